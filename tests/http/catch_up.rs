//! Who was away gets what it lacks: catch-up, deltas, and what is withdrawn meanwhile (rule 8; RFC 3229).
//!
//! Knows nothing of random histories: `tests/revisions` holds those against the rules.

use std::collections::BTreeSet;

use crate::support::line;
use crate::support::served::{NOW, Served, another, first_page, http_date};
use crate::support::wire::Response;

/// So many articles of Da'an, all in one import.
fn many(count: usize) -> String {
    (0..count).map(|n| another(&format!("n{n}"))).collect()
}

fn ids(response: &Response) -> BTreeSet<String> {
    let feed: serde_json::Value = serde_json::from_slice(&response.decoded()).expect("JSON");
    let items = feed["items"].as_array().expect("items");
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

fn named(response: &Response) -> String {
    format!("If-None-Match: {}", response.expect("etag"))
}

/// The own tag of the feed's present revision, which is given to a client that asks for deltas.
fn own(served: &Served) -> String {
    let first = served.get("/feed.json", &["A-IM: feed"]);
    assert_eq!((first.status, first.expect("cache-control")), (200, PRIVATE));
    named(&first)
}

const PUBLIC: &str = "public, max-age=600, stale-if-error=86400";
const BRIEF: &str = "public, max-age=1";
const PRIVATE: &str = "private, no-store";

/// A server with an article, and 800 more that it does not know of yet; and the shared and the own tag from before.
fn away_for_800() -> (Served, [String; 2]) {
    let served = Served::start();
    let before = [named(&served.get("/feed.json", &[])), own(&served)];
    assert_eq!(served.import(&many(800)).new, 800);
    served.set_clock(NOW + 100);
    (served, before)
}

/// Polls until nothing is new: all that it is told, and each answer's policy. The last one's, a 304's, is the document's
/// or that of an answer for one client alone.
fn polls(served: &Served, tag: &str, ask: &[&str]) -> (BTreeSet<String>, Vec<String>) {
    let (mut tag, mut told, mut policies) = (tag.to_owned(), BTreeSet::new(), Vec::new());
    loop {
        let answer = served.get("/feed.json", &[&[tag.as_str()], ask].concat());
        policies.push(answer.expect("cache-control").to_owned());
        if answer.status == 304 {
            assert_eq!(named(&answer), tag, "a 304 repeats the tag that was named");
            return (told, policies);
        }
        assert!(answer.header("last-modified").is_some(), "each part has the date of its own revision");
        tag = named(&answer);
        told.extend(ids(&answer));
        assert!(policies.len() < 9, "it never ends");
    }
}

#[test]
fn a_poller_with_an_own_tag_away_for_800_articles_gets_the_changes_alone() {
    for ask in [&["A-IM: feed"][..], &["A-IM: feed", "Accept-Encoding: br"]] {
        let (served, [_, before]) = away_for_800();
        served.refresh();
        let first = served.get("/feed.json", &[&[before.as_str()], ask].concat());
        assert_eq!((first.status, first.expect("im"), ids(&first).len()), (226, "feed", 200));
        let (told, policies) = polls(&served, &before, ask);
        assert_eq!((told.len(), policies), (800, vec![PRIVATE.to_owned(); 4 + 1]));
    }
}

#[test]
fn a_poller_that_names_a_shared_tag_always_gets_the_document_and_every_change_in_time() {
    let (served, [before, _]) = away_for_800();
    served.refresh();
    let document = ids(&served.get("/feed.json", &[]));
    let first = served.get("/feed.json", &[&before]);
    assert!(ids(&first).is_superset(&document) && ids(&first).len() > document.len());
    // A cache passes the field on that it does not know, with the tag of its own copy.
    let delta = served.get("/feed.json", &[&before, "A-IM: feed"]);
    assert_eq!((delta.status, delta.header("im"), delta.expect("cache-control")), (200, None, PRIVATE));
    assert_eq!(ids(&delta), ids(&first), "no changes alone");
    let (told, policies) = polls(&served, &before, &[]);
    assert_eq!((told.len(), policies), (800, vec![BRIEF.to_owned(), PUBLIC.to_owned(), PUBLIC.to_owned()]));
}

#[test]
fn a_poller_with_an_own_tag_that_asks_for_no_delta_is_told_changes_alone_only_while_not_all_fit() {
    let (served, [_, before]) = away_for_800();
    served.refresh();
    let first = served.get("/feed.json", &[&before]);
    assert_eq!((first.status, first.header("im"), ids(&first).len()), (200, None, 200));
    assert!(first.expect("etag").ends_with("-own\""));
    let (told, policies) = polls(&served, &before, &[]);
    assert_eq!((told.len(), policies), (800, vec![PRIVATE.to_owned(), PUBLIC.to_owned(), PUBLIC.to_owned()]));
}

#[test]
fn catching_up_goes_on_after_a_restart() {
    for (ask, kind) in [(&[][..], 0), (&["A-IM: feed"], 1), (&["A-IM: feed"], 0)] {
        let (mut served, before) = away_for_800();
        served.refresh();
        let first = served.get("/feed.json", &[&[before[kind].as_str()], ask].concat());
        let restarted = served.another();
        served.end();
        let (told, _) = polls(&restarted, &named(&first), ask);
        assert_eq!(ids(&first).union(&told).count(), 800);
    }
}

#[test]
fn two_servers_on_one_store_answer_alike_byte_for_byte() {
    let (served, [before, own]) = away_for_800();
    served.refresh();
    let twin = served.another();
    let part = named(&served.get("/feed.json", &[&before]));
    for path in
        ["/feed.json", "/feed.atom", "/districts/daan.rss", "/districts/daan+yantan.atom", "/districts/yantan.atom"]
    {
        for tag in ["X-Nothing: 1", &before, &own, &part] {
            for more in [&["Accept-Encoding: br"][..], &["A-IM: feed"], &["A-IM: feed", "Accept-Encoding: gzip"]] {
                let fields = [&[tag], more].concat();
                let (one, two) = (served.get(path, &fields), twin.get(path, &fields));
                assert_eq!((one.status, one.fields(&[])), (two.status, two.fields(&[])), "{path} {fields:?}");
                assert!(one.body == two.body, "{path} {fields:?}");
            }
        }
    }
}

#[test]
fn a_delta_holds_what_is_new_and_says_that_it_is_one() {
    let served = Served::start();
    let before = own(&served);
    served.import(&another("second"));
    served.refresh();
    served.set_clock(NOW + 10);
    let delta = served.get("/feed.json", &[&before, "A-IM: feed"]);
    assert_eq!((delta.status, delta.expect("im"), ids(&delta).len()), (226, "feed", 1));
    assert_eq!(delta.expect("cache-control"), "private, no-store");
    assert_eq!(delta.expect("vary"), "Accept-Encoding, A-IM, Sec-Fetch-Dest");
    assert_eq!(delta.header("delta-base"), None, "only one state was named");
    let whole = served.get("/feed.json", &["A-IM: feed"]);
    for field in ["etag", "last-modified", "content-type"] {
        assert_eq!(delta.expect(field), whole.expect(field), "{field}");
    }
    assert_eq!(served.get("/feed.json", &[&named(&delta), "A-IM: feed"]).status, 304);
}

#[test]
fn a_delta_names_its_base_if_the_client_named_several() {
    let served = Served::start();
    let first = served.get("/feed.json", &["A-IM: feed"]).expect("etag").to_owned();
    served.import(&another("second"));
    served.refresh();
    let second = served.get("/feed.json", &["A-IM: feed"]).expect("etag").to_owned();
    served.import(&another("third"));
    served.refresh();
    let delta = served.get("/feed.json", &[&format!("If-None-Match: {second}, {first}"), "A-IM: feed"]);
    assert_eq!((delta.status, delta.expect("delta-base"), ids(&delta).len()), (226, first.as_str(), 2));
    // A cache may have put its tag beside the client's.
    let doubtful = served.get("/feed.json", &[&format!("If-None-Match: \"x\", {first}"), "A-IM: feed"]);
    assert_eq!((doubtful.status, doubtful.header("delta-base"), ids(&doubtful).len()), (200, None, 3));
}

#[test]
fn a_client_that_asks_for_no_delta_takes_none_or_names_no_own_tag_gets_the_feed() {
    let served = Served::start();
    let (before, own) = (named(&served.get("/feed.json", &[])), own(&served));
    served.import(&another("second"));
    served.refresh();
    let rss2email = "User-Agent: rss2email/3.13 (https://example.org/)";
    for (fields, policy) in [
        (&[before.as_str()][..], PUBLIC),
        (&[&own], PUBLIC),
        (&[&before, "A-IM: gzip"], PUBLIC),
        (&[&own, "A-IM: feed;q=0"], PUBLIC),
        (&[&own, "A-IM: feed", rss2email], PRIVATE),
        (&[&before, "A-IM: feed"], PRIVATE),
        (&["A-IM: feed"], PRIVATE),
        (&["A-IM: feed", "If-None-Match: \"somebody-else-s\""], PRIVATE),
    ] {
        let response = served.get("/feed.json", fields);
        assert_eq!((response.status, response.header("im"), ids(&response).len()), (200, None, 2), "{fields:?}");
        assert_eq!(response.expect("cache-control"), policy, "{fields:?}");
        assert_eq!(response.expect("etag").contains("own"), policy == PRIVATE, "{fields:?}");
    }
}

#[test]
fn a_date_that_is_exactly_a_revision_s_names_it() {
    let served = Served::start();
    let before = served.get("/feed.json", &[]).expect("last-modified").to_owned();
    assert_eq!(served.import(&many(800)).new, 800);
    served.refresh();
    served.set_clock(NOW + 100);
    let first = served.get("/feed.json", &[&format!("If-Modified-Since: {before}")]);
    assert_eq!((first.status, first.expect("cache-control")), (200, BRIEF));
    let second = served.get("/feed.json", &[&format!("If-Modified-Since: {}", first.expect("last-modified"))]);
    assert_eq!((second.status, second.expect("cache-control")), (200, PUBLIC));
    assert_eq!(ids(&first).union(&ids(&second)).count(), 800);
    // A second later is nobody's date: that client gets what everybody gets.
    let other = served.get("/feed.json", &[&format!("If-Modified-Since: {}", http_date(NOW))]);
    assert_eq!(other.expect("cache-control"), PUBLIC);
}

#[test]
fn a_reader_of_dates_loses_nothing_while_last_modified_lies_ahead() {
    let served = Served::start();
    let mut date = served.get("/feed.json", &[]).expect("last-modified").to_owned();
    // Each is a revision of its own, and a second later than the one before.
    for n in 0..500 {
        served.import(&another(&format!("n{n}")));
    }
    served.refresh();
    let mut told = BTreeSet::new();
    for poll in 0..40 {
        served.set_clock(NOW + 1 + poll * 20);
        let answer = served.get("/feed.json", &[&format!("If-Modified-Since: {date}")]);
        if answer.status == 304 {
            break;
        }
        told.extend(ids(&answer));
        assert!(answer.expect("cache-control") == BRIEF || poll > 20, "{answer:?}");
        date = answer.expect("last-modified").to_owned();
    }
    assert_eq!(told.len(), 500);
    assert_eq!(served.get("/feed.json", &[&format!("If-Modified-Since: {date}")]).status, 304);
}

#[test]
fn what_is_withdrawn_stands_as_a_notice_under_its_id_and_its_page_is_gone() {
    let served = Served::start();
    served.import(&line("second", "大安盐井停电", "\"text\":\"卤水\",\"published\":\"2026-11-23T10:00:00+08:00\""));
    served.refresh();
    let (before, own) = (served.get("/feed.json", &[]), own(&served));
    let page = served.get(&first_page(), &[]);
    served.set_clock(NOW + 50);
    served.withdraw("first", "停电与盐井无关。");
    served.refresh();
    served.set_clock(NOW + 100);
    for format in ["atom", "rss", "json"] {
        let feed = served.get(&format!("/topics/salt.{format}"), &[]);
        assert!(feed.text().contains("此文已撤回") && feed.text().contains("停电与盐井无关。"), "{}", feed.text());
        assert!(!feed.text().contains("又冒了泡"), "nothing of it is left");
    }
    let after = served.get("/feed.json", &[&named(&before)]);
    assert_eq!((after.status, ids(&after)), (200, ids(&before)));
    let delta = served.get("/feed.json", &[&own, "A-IM: feed"]);
    assert_eq!((delta.status, ids(&delta).len()), (226, 1));
    let gone = served.get(&first_page(), &[]);
    assert_eq!(gone.status, 410);
    assert!(gone.text().contains("停电与盐井无关。") && !gone.text().contains("又冒了泡"));
    for tag in [&page, &gone] {
        assert_eq!(served.get(&first_page(), &[&named(tag)]).status, 410, "what is gone is not unchanged");
    }
    // Its source still has it: that brings it back no more than anything else does.
    let counts = served.import(&crate::support::served::first().replace("又冒了泡", "冒了大泡"));
    assert_eq!((counts.unchanged, counts.edited), (1, 0));
}

#[test]
fn a_tag_of_another_history_does_not_make_one_of_ours_forgotten() {
    let (served, [before, _]) = away_for_800();
    served.refresh();
    let alone = served.get("/feed.json", &[&before]);
    let both = served.get("/feed.json", &[&format!("{before}, \"999999-deadbeef\"")]);
    assert_eq!((both.status, both.fields(&[])), (alone.status, alone.fields(&[])));
    assert!(both.body == alone.body);
}
