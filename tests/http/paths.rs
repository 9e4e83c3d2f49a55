//! Addresses: combinations, and browsers that open a feed.
//!
//! Knows nothing of what a feed holds beyond what tells two feeds apart.

use crate::support::line;
use crate::support::served::{Served, another};

#[test]
fn a_combination_holds_what_any_of_its_cells_holds_once() {
    let served = Served::start();
    let published = "\"published\":\"2026-11-23T10:00:00+08:00\"";
    served.import(&(another("both") + &line("here", "沿滩看灯", published) + &line("there", "富顺看灯", published)));
    served.refresh();
    let count = |path: &str| {
        let feed = served.get(path, &[]);
        assert_eq!(feed.status, 200, "{path}");
        let feed: serde_json::Value = serde_json::from_slice(&feed.body).expect("JSON");
        feed["items"].as_array().expect("items").len()
    };
    assert_eq!((count("/districts/daan.json"), count("/districts/yantan.json"), count("/feed.json")), (2, 1, 4));
    assert_eq!(count("/districts/daan+yantan.json"), 3);
    assert_eq!(count("/districts/daan+yantan/topics/salt.json"), 2);
    let feed = served.get("/districts/daan+yantan.atom", &[]);
    assert!(feed.text().contains("<title>大安区、沿滩区 · 盐都新闻</title>"), "{}", feed.text());
    assert!(feed.text().contains("href=\"https://news.example/districts/daan+yantan.atom\" rel=\"self\""));
    let tag = format!("If-None-Match: {}", feed.expect("etag"));
    assert_eq!(served.get("/districts/daan+yantan.atom", &[&tag]).status, 304);
    served.import(&line("new", "沿滩点灯", "\"published\":\"2026-11-23T11:00:00+08:00\""));
    served.refresh();
    assert_eq!(served.get("/districts/daan+yantan.atom", &[&tag]).status, 200);
}

#[test]
fn a_combination_in_another_order_is_at_one_address_only() {
    let served = Served::start();
    for (asked, address) in [
        ("/districts/yantan+daan.rss", "/districts/daan+yantan.rss"),
        ("/districts/daan%2Byantan.rss", "/districts/daan+yantan.rss"),
        ("/districts/yantan%2bdaan/topics/salt.json?x=1", "/districts/daan+yantan/topics/salt.json"),
        ("/districts/daan+daan.atom", "/districts/daan.atom"),
        ("/districts/yantan+daan", "/districts/daan+yantan"),
    ] {
        let moved = served.get(asked, &[]);
        assert_eq!((moved.status, moved.header("set-cookie")), (308, None), "{asked}");
        assert_eq!(moved.expect("location"), format!("https://news.example{address}"), "{asked}");
        assert_eq!(served.get(address, &[]).status, 200, "{address}");
    }
}

#[test]
fn a_browser_that_opens_a_feed_is_sent_to_its_page() {
    let served = Served::start();
    for (feed, page) in [
        ("/feed.atom", "/"),
        ("/rss", "/"),
        ("/districts/daan.rss", "/districts/daan"),
        ("/districts/daan+yantan/topics/salt.json", "/districts/daan+yantan/topics/salt"),
    ] {
        let seen = served.get(feed, &["Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate"]);
        assert_eq!((seen.status, seen.expect("location")), (303, page), "{feed}");
        assert_eq!(seen.expect("cache-control"), "private, no-store");
        assert_eq!(seen.expect("vary"), "Accept-Encoding, A-IM, Sec-Fetch-Dest");
        let page = served.get(page, &["Sec-Fetch-Dest: document"]);
        assert_eq!((page.status, page.expect("content-type")), (200, "text/html; charset=utf-8"));
        for dest in ["empty", "iframe", ""] {
            assert_eq!(served.get(feed, &[&format!("Sec-Fetch-Dest: {dest}")]).status, 200, "{dest}");
        }
    }
    assert_eq!(served.get("/districts/nowhere.atom", &["Sec-Fetch-Dest: document"]).status, 404);
}

#[test]
fn a_feed_names_its_page_and_the_page_its_feeds() {
    let served = Served::start();
    let feed = served.get("/districts/daan/topics/salt.atom", &[]);
    assert!(feed.text().contains("href=\"https://news.example/districts/daan/topics/salt\" rel=\"alternate\""));
    let page = served.get("/districts/daan/topics/salt", &[]);
    for format in ["atom", "rss", "json"] {
        assert!(page.text().contains(&format!("href=\"/districts/daan/topics/salt.{format}\"")), "{format}");
    }
    assert!(page.text().contains("大安盐井"));
}
