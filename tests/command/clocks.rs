//! Clocks that differ: those of sources, and one that was wrong when the store was written.
//!
//! Knows nothing of how revisions are dated.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wellhead::article::Time;
use wellhead::store::Store;

use super::Newsroom;
use super::serve::Server;
use crate::support::{line, poll};

fn in_seconds(seconds: i64) -> Time {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("later").as_secs() as i64;
    Time(now + seconds)
}

#[test]
fn a_store_that_was_written_with_a_clock_far_ahead_is_named_with_what_can_be_done() {
    let newsroom = Newsroom::new();
    let ahead = in_seconds(30 * 86_400);
    let store = Store::open(&newsroom.path("wellhead.db").to_string_lossy(), "", ahead).expect("a store");
    drop(store);
    let server = Server::start(&newsroom, &[]);
    let log = poll("it is told", Duration::from_secs(60), || Some(server.log()).filter(|log| !log.is_empty()));
    let told = newsroom.done(&["check"]).out;
    for told in [&log, &told] {
        for part in ["without Last-Modified", &ahead.to_string()[..10], "Set the clock right", "a copy of the store"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
    assert!(told.lines().any(|line| line.starts_with("wrong clock\t")), "{told}");
    assert_eq!(server.get("/feed.atom").header("last-modified"), None);
}

#[test]
fn a_burst_that_has_just_been_published_is_no_wrong_clock() {
    let newsroom = Newsroom::new();
    drop(Store::open(&newsroom.path("wellhead.db").to_string_lossy(), "", in_seconds(3000)).expect("a store"));
    assert!(!newsroom.done(&["check"]).out.contains("wrong clock"));
}

#[test]
fn an_import_takes_what_a_clock_a_little_ahead_has_dated_and_refuses_the_rest() {
    let newsroom = Newsroom::new();
    let dated = |id: &str, seconds| {
        let updated = format!("\"published\":\"2026-01-02T03:04:05Z\",\"updated\":\"{}\"", in_seconds(seconds));
        line(id, &format!("大安 {id}"), &updated)
    };
    newsroom.write("a.jsonl", &(dated("1", 120) + &dated("2", 3600)));
    let ended = newsroom.call(&["import", "a.jsonl"]);
    assert!(ended.out.starts_with("1 new, "), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("a.jsonl:2: ") && ended.err.contains("lies ahead"), "{}", ended.err);
    let again = newsroom.call(&["import", "a.jsonl"]).out;
    assert!(again.starts_with("0 new, 0 edited, 1 unchanged"), "{again}");
}
