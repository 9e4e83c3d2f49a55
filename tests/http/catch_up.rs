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

/// A server with an article, and 400 more that it does not know of yet; and the tag from before.
fn away_for_400() -> (Served, String) {
    let served = Served::start();
    let before = named(&served.get("/feed.json", &[]));
    assert_eq!(served.import(&many(400)).new, 400);
    served.set_clock(NOW + 100);
    (served, before)
}

#[test]
fn a_poller_away_for_400_articles_gets_all_of_them_in_two_polls() {
    for ask in [&[][..], &["A-IM: feed"], &["A-IM: feed", "Accept-Encoding: br"]] {
        let (served, before) = away_for_400();
        served.refresh();
        let status = if ask.is_empty() { 200 } else { 226 };
        let first = served.get("/feed.json", &[&[before.as_str()], ask].concat());
        assert_eq!((first.status, first.expect("cache-control")), (status, "private, no-store"));
        assert!(first.header("last-modified").is_some(), "the part has the date of its own revision");
        let second = served.get("/feed.json", &[&[named(&first).as_str()], ask].concat());
        assert_eq!(second.status, status);
        let all: BTreeSet<String> = ids(&first).union(&ids(&second)).cloned().collect();
        assert!(all.len() >= 400 && ids(&first).len() <= 300, "{} and {}", ids(&first).len(), ids(&second).len());
        assert_eq!(served.get("/feed.json", &[&[named(&second).as_str()], ask].concat()).status, 304);
    }
}

#[test]
fn catching_up_goes_on_after_a_restart() {
    for ask in [&[][..], &["A-IM: feed"]] {
        let (mut served, before) = away_for_400();
        served.refresh();
        let first = served.get("/feed.json", &[&[before.as_str()], ask].concat());
        let restarted = served.another();
        served.end();
        let second = restarted.get("/feed.json", &[&[named(&first).as_str()], ask].concat());
        assert!(ids(&first).union(&ids(&second)).count() >= 400);
        assert_eq!(restarted.get("/feed.json", &[&[named(&second).as_str()], ask].concat()).status, 304);
    }
}

#[test]
fn two_servers_on_one_store_answer_alike_byte_for_byte() {
    let (served, before) = away_for_400();
    served.refresh();
    let twin = served.another();
    let part = named(&served.get("/feed.json", &[&before]));
    for path in
        ["/feed.json", "/feed.atom", "/districts/daan.rss", "/districts/daan+yantan.atom", "/districts/yantan.atom"]
    {
        for tag in ["X-Nothing: 1", &before, &part] {
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
    let before = named(&served.get("/feed.json", &[]));
    served.import(&another("second"));
    served.refresh();
    served.set_clock(NOW + 10);
    let delta = served.get("/feed.json", &[&before, "A-IM: feed"]);
    assert_eq!((delta.status, delta.expect("im"), ids(&delta).len()), (226, "feed", 1));
    assert_eq!(delta.expect("cache-control"), "private, no-store");
    assert_eq!(delta.expect("vary"), "Accept-Encoding, A-IM, Sec-Fetch-Dest");
    assert_eq!(delta.header("delta-base"), None, "only one state was named");
    let whole = served.get("/feed.json", &[]);
    for field in ["etag", "last-modified", "content-type"] {
        assert_eq!(delta.expect(field), whole.expect(field), "{field}");
    }
    assert_eq!(served.get("/feed.json", &[&named(&delta), "A-IM: feed"]).status, 304);
}

#[test]
fn a_delta_names_its_base_if_the_client_named_several() {
    let served = Served::start();
    let first = served.get("/feed.json", &[]).expect("etag").to_owned();
    for id in ["second", "third"] {
        served.import(&another(id));
        served.refresh();
    }
    let delta = served.get("/feed.json", &[&format!("If-None-Match: \"x\", {first}"), "A-IM: feed"]);
    assert_eq!((delta.status, delta.expect("delta-base"), ids(&delta).len()), (226, first.as_str(), 2));
    let whole = served.get("/feed.json", &[&format!("If-None-Match: \"x\", {first}")]);
    assert_eq!((whole.status, whole.header("delta-base"), ids(&whole).len()), (200, None, 3));
}

#[test]
fn who_does_not_ask_for_a_delta_or_names_nothing_gets_the_feed() {
    let served = Served::start();
    let before = named(&served.get("/feed.json", &[]));
    served.import(&another("second"));
    served.refresh();
    let rss2email = "User-Agent: rss2email/3.13 (https://example.org/)";
    for fields in [
        &[before.as_str()][..],
        &[&before, "A-IM: gzip"],
        &[&before, "A-IM: feed;q=0"],
        &[&before, "A-IM: feed", rss2email],
        &["A-IM: feed"],
        &["A-IM: feed", "If-None-Match: \"somebody-else-s\""],
    ] {
        let response = served.get("/feed.json", fields);
        assert_eq!((response.status, response.header("im"), ids(&response).len()), (200, None, 2), "{fields:?}");
        assert_eq!(response.expect("cache-control"), "public, max-age=600, stale-if-error=86400", "{fields:?}");
    }
}

#[test]
fn a_date_that_is_exactly_a_revision_s_names_it() {
    let served = Served::start();
    let before = served.get("/feed.json", &[]).expect("last-modified").to_owned();
    assert_eq!(served.import(&many(400)).new, 400);
    served.refresh();
    served.set_clock(NOW + 100);
    let first = served.get("/feed.json", &[&format!("If-Modified-Since: {before}")]);
    assert_eq!((first.status, first.expect("cache-control")), (200, "private, no-store"));
    let second = served.get("/feed.json", &[&format!("If-Modified-Since: {}", first.expect("last-modified"))]);
    assert!(ids(&first).union(&ids(&second)).count() >= 400);
    // A second later is nobody's date: that client gets what everybody gets.
    let other = served.get("/feed.json", &[&format!("If-Modified-Since: {}", http_date(NOW))]);
    assert_eq!(other.expect("cache-control"), "public, max-age=600, stale-if-error=86400");
}

#[test]
fn what_is_withdrawn_stands_as_a_notice_under_its_id_and_its_page_is_gone() {
    let served = Served::start();
    served.import(&line("second", "大安盐井停电", "\"text\":\"卤水\",\"published\":\"2026-11-23T10:00:00+08:00\""));
    served.refresh();
    let before = served.get("/feed.json", &[]);
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
    let delta = served.get("/feed.json", &[&named(&before), "A-IM: feed"]);
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
fn changes_without_the_document_are_for_one_client_alone() {
    let served = Served::start();
    served.import(&many(330));
    served.refresh();
    let before = named(&served.get("/feed.json", &[]));
    let dates =
        "\"text\":\"卤水\",\"published\":\"2026-11-23T09:00:00+08:00\",\"updated\":\"2026-11-23T10:00:00+08:00\"";
    let edited: String = (0..280).map(|n| line(&format!("n{n}"), &format!("大安盐井更正 n{n}"), dates)).collect();
    assert_eq!(served.import(&edited).edited, 280);
    served.refresh();
    let mut tag = before;
    let mut told = BTreeSet::new();
    while let Some(news) = Some(served.get("/feed.json", &[&tag])).filter(|answer| answer.status == 200) {
        let whole = ids(&news).len() >= 300;
        let kept = if whole { "public, max-age=600, stale-if-error=86400" } else { "private, no-store" };
        assert_eq!(news.expect("cache-control"), kept, "{} entries", ids(&news).len());
        told.extend(ids(&news));
        tag = named(&news);
    }
    assert!(told.len() >= 280);
}

#[test]
fn a_tag_of_another_history_does_not_make_one_of_ours_forgotten() {
    let (served, before) = away_for_400();
    served.refresh();
    let alone = served.get("/feed.json", &[&before]);
    let both = served.get("/feed.json", &[&format!("{before}, \"999999-deadbeef\"")]);
    assert_eq!((both.status, both.fields(&[])), (alone.status, alone.fields(&[])));
    assert!(both.body == alone.body);
}
