//! Addresses: combinations, other spellings, and browsers that open a feed.
//!
//! Knows nothing of what a feed holds beyond what tells two feeds apart.

use wellhead::article::Key;

use crate::support::line;
use crate::support::served::{Served, another, first_page};

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
fn another_spelling_leads_to_the_address_in_one_hop() {
    let served = Served::start();
    for (asked, address) in [
        ("//feed.atom", "/feed.atom"),
        ("/feed.atom/", "/feed.atom"),
        ("/feed.atom//", "/feed.atom"),
        ("/%66eed.atom", "/feed.atom"),
        ("/feed%2Eatom?_=1", "/feed.atom"),
        ("/FEED.ATOM", "/feed.atom"),
        ("/./feed.atom", "/feed.atom"),
        ("/feed.rss%20", "/feed.rss"),
        ("/districts/DaAn.atom", "/districts/daan.atom"),
        ("/districts//daan.atom", "/districts/daan.atom"),
        ("/districts%2Fdaan.atom", "/districts/daan.atom"),
        ("/districts/%64%61an/topics/s%61lt.JSON", "/districts/daan/topics/salt.json"),
        ("/Districts/Yantan+DaAn/", "/districts/daan+yantan"),
        ("/en//topics/salt", "/en/topics/salt"),
        ("/EN", "/en/"),
        ("/en/topics/salt.atom", "/topics/salt.atom"),
        ("//", "/"),
        ("/FEED/", "/feed.rss"),
        ("/feed//atom/", "/feed.atom"),
        ("/FEEDS.opml", "/feeds.opml"),
        ("/robots.txt/", "/robots.txt"),
        (&first_page().to_uppercase(), &first_page()),
    ] {
        for method in ["GET", "HEAD"] {
            let moved = served.ask(method, asked, &[]);
            assert_eq!(moved.status, 308, "{asked}");
            assert_eq!(moved.expect("location"), format!("https://news.example{address}"), "{asked}");
        }
        let there = served.get(address, &[]);
        assert_eq!((there.status, there.header("content-location")), (200, None), "{address}");
    }
}

#[test]
fn no_redirect_leaves_the_site() {
    let served = Served::start();
    for path in [
        "//evil.example/feed.atom",
        "//evil.example",
        "///evil.example/%2e%2e/feed.atom",
        "/%2F%2Fevil.example/",
        "/%5Cevil.example/feed.atom",
        "/https://evil.example/feed.atom",
        "//feed.atom@evil.example/",
        "/feed.atom%0d%0aLocation:%20https://evil.example/",
        "/districts/daan.atom//evil.example",
    ] {
        let response = served.get(path, &[]);
        assert_eq!((response.status, response.header("location")), (404, None), "{path}");
    }
    let elsewhere = served.get("http://evil.example//feed.atom", &["X-Forwarded-Host: evil.example"]);
    assert_eq!((elsewhere.status, elsewhere.expect("location")), (308, "https://news.example/feed.atom"));
}

#[test]
fn an_article_s_old_address_is_not_hidden_by_another_spelling() {
    let served = Served::start();
    let old = |id: &str, path: &str| line(id, "盐", &format!("\"url\":\"https://news.example{path}\""));
    let lines = [("upper", "/Feed.Atom"), ("slug", "/topics/Salt"), ("undefined", "/topics/lost"), ("index", "/?p=12")];
    served.import(&lines.map(|(id, path)| old(id, path)).concat());
    served.refresh();
    let page = |id: &str| format!("https://news.example/articles/{}", Key::derive("local", id));
    for (id, path) in lines {
        assert_eq!(served.get(path, &[]).header("location"), Some(&*page(id)), "{path}");
    }
    assert_eq!(served.get("//?p=12", &[]).header("location"), Some(&*page("index")));
    assert_eq!(served.get("/FEED.ATOM", &[]).header("location"), Some("https://news.example/feed.atom"));
}

#[test]
fn a_spelling_leads_on_while_the_store_is_away() {
    let served = Served::start();
    served.sabotage("ALTER TABLE address RENAME TO gone");
    assert_eq!(served.get("//feed.atom", &[]).header("location"), Some("https://news.example/feed.atom"));
    assert_eq!(served.get("/nothing", &[]).status, 503);
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
