//! Definitions that change while the server runs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use wellhead::feed::{FeedSet, load};

use crate::support::DEFINITIONS;
use crate::support::served::Served;
use crate::support::wire::{Response, request};

/// The tests' definitions with one file of another text; without one, if there is none.
pub fn with(name: &str, text: Option<&str>) -> FeedSet {
    let others = DEFINITIONS.iter().copied().filter(|(other, _)| *other != name);
    load::from_texts("feeds", others.chain(text.map(|text| (name, text)))).expect("the definitions are right")
}

const SALT: &str = "topics/salt.toml";
const RENAMED: &str = "title = \"井盐\"\n[terms]\n\"盐井\" = 3\n";

#[test]
fn a_new_title_is_a_new_revision_for_whoever_polls_and_old_connections_go_on() {
    let served = Served::start();
    let mut wire = served.wire();
    wire.send(request("GET", "/topics/salt.atom", &[]));
    let before = wire.response();
    served.renew(with(SALT, Some(RENAMED)));
    let tag = format!("If-None-Match: {}", before.expect("etag"));
    wire.send(request("GET", "/topics/salt.atom", &[&tag]));
    let after = wire.response();
    assert_eq!(after.status, 200);
    assert!(before.text().contains("<title>盐业 ") && after.text().contains("<title>井盐 "), "{}", after.text());
    assert_ne!(before.expect("etag"), after.expect("etag"));
    assert_eq!(served.app().connections.open(), 1);
}

#[test]
fn the_same_definitions_again_move_nothing() {
    let served = Served::start();
    let before = served.get("/feed.atom", &[]);
    served.renew(with("", None));
    let tag = format!("If-None-Match: {}", before.expect("etag"));
    assert_eq!(served.get("/feed.atom", &[&tag]).status, 304);
}

#[test]
fn a_feed_appears_with_its_definition_and_goes_with_it() {
    let served = Served::start();
    assert_eq!(served.get("/topics/lantern.rss", &[]).status, 404);
    served.renew(with("topics/lantern.toml", Some("title = \"灯会\"\n[terms]\n\"灯\" = 4\n")));
    assert_eq!(served.get("/topics/lantern.rss", &[]).status, 200);
    served.renew(with(SALT, None));
    assert_eq!(served.get("/topics/lantern.rss", &[]).status, 404);
    assert_eq!(served.get("/topics/salt.rss", &[]).status, 404);
}

/// Polls until it is told to stop, and returns every full answer.
fn polled(served: &Served, over: &AtomicBool) -> Vec<Response> {
    let mut wire = served.wire();
    let mut answers = Vec::new();
    while !over.load(Ordering::SeqCst) {
        wire.send(request("GET", "/topics/salt.atom", &[]));
        answers.push(wire.response());
    }
    answers
}

#[test]
fn while_definitions_change_nobody_sees_an_error_or_two_documents_under_one_tag() {
    let served = Served::start();
    let over = AtomicBool::new(false);
    let answers = std::thread::scope(|scope| {
        let pollers: Vec<_> = (0..3).map(|_| scope.spawn(|| polled(&served, &over))).collect();
        for round in 0..20 {
            let title = format!("title = \"井盐{round}\"\n[terms]\n\"盐井\" = 3\n");
            served.renew(with(SALT, Some(&title)));
        }
        over.store(true, Ordering::SeqCst);
        pollers.into_iter().flat_map(|poller| poller.join().expect("it polls")).collect::<Vec<_>>()
    });
    let mut documents = HashMap::new();
    for answer in &answers {
        assert_eq!(answer.status, 200, "{answer:?}");
        let document = documents.entry(answer.expect("etag")).or_insert(answer.text());
        assert_eq!(*document, answer.text());
    }
    assert!(documents.len() > 1, "nothing changed while it was polled");
}
