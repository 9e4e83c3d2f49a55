//! Archive pages over a socket: their header fields, validators and neighbours, and what is under embargo meanwhile.
//!
//! Knows nothing of which articles stand where: `tests/revisions` holds that against the rules.

use crate::support::line;
use crate::support::served::{NOW, Served, another, http_date};
use crate::support::wire::Response;

/// A server with 120 articles of Da'an: two archive pages are full.
fn archived() -> Served {
    let served = Served::start();
    let more: String = (0..119).map(|n| another(&format!("n{n}"))).collect();
    assert_eq!(served.import(&more).new, 119);
    served.refresh();
    served.set_clock(NOW + 100);
    served
}

fn named(response: &Response) -> String {
    format!("If-None-Match: {}", response.expect("etag"))
}

#[test]
fn a_feed_leads_to_its_archives_and_they_lead_on_and_back() {
    let served = archived();
    for extension in ["atom", "rss", "json"] {
        for (stem, feed) in [("", "/feed"), ("/districts/daan", "/districts/daan"), ("/topics/salt", "/topics/salt")] {
            let to = |path: String, rel: &str| format!("<https://news.example{path}>; rel=\"{rel}\"");
            let page = |n: i64| format!("{stem}/archive/{n}.{extension}");
            let link = |path: &str| served.get(path, &[]).expect("link").to_owned();
            assert_eq!(link(&format!("{feed}.{extension}")), to(page(2), "prev-archive"));
            let current = to(format!("{feed}.{extension}"), "current");
            assert_eq!(link(&page(2)), format!("{current}, {}", to(page(1), "prev-archive")));
            assert_eq!(link(&page(1)), format!("{current}, {}", to(page(2), "next-archive")));
        }
    }
    assert_eq!(served.get("/districts/yantan.atom", &[]).header("link"), None, "nothing is archived there");
}

#[test]
fn an_archive_page_says_so_in_the_words_of_its_format() {
    let served = archived();
    let text = |path: &str| String::from_utf8(served.get(path, &[]).decoded()).expect("UTF-8");
    let atom = text("/archive/1.atom");
    assert!(atom.contains("xmlns:fh=\"http://purl.org/syndication/history/1.0\"") && atom.contains("<fh:archive>"));
    assert!(atom.contains("rel=\"current\"") && atom.contains("rel=\"next-archive\""), "{atom}");
    let rss = text("/archive/1.rss");
    assert!(rss.contains("<fh:archive>") && rss.contains("rel=\"next-archive\"") && !rss.contains("<ttl>"), "{rss}");
    let json: serde_json::Value = serde_json::from_str(&text("/archive/2.json")).expect("JSON");
    assert_eq!(json["next_url"], "https://news.example/archive/1.json");
    assert_eq!(json["feed_url"], "https://news.example/archive/2.json");
    let newest: serde_json::Value = serde_json::from_str(&text("/feed.json")).expect("JSON");
    assert_eq!(newest["next_url"], "https://news.example/archive/2.json");
    assert!(!text("/feed.atom").contains("fh:archive") && !text("/feed.rss").contains("fh:archive"));
}

#[test]
fn an_archive_page_may_be_kept_for_an_hour_and_is_answered_304_until_it_changes() {
    let served = archived();
    let page = served.get("/archive/1.atom", &[]);
    assert_eq!((page.status, page.expect("cache-control")), (200, "public, max-age=3600"));
    assert_eq!(page.expect("content-type"), "application/atom+xml; charset=utf-8");
    assert_eq!(page.expect("access-control-allow-origin"), "*");
    let unchanged = |fields: &[&str]| {
        let answer = served.get("/archive/1.atom", fields);
        assert_eq!(answer.status, 304, "{fields:?}");
        let repeated = ["etag", "last-modified", "cache-control", "vary"].map(|name| answer.expect(name).to_owned());
        assert_eq!(
            repeated,
            ["etag", "last-modified", "cache-control", "vary"].map(|name| page.expect(name).to_owned())
        );
    };
    unchanged(&[&named(&page)]);
    unchanged(&[&format!("If-Modified-Since: {}", page.expect("last-modified"))]);
    // What joins elsewhere does not touch it, whether the server has the page in memory or not.
    assert_eq!(served.import(&another("later")).new, 1);
    served.refresh();
    unchanged(&[&named(&page)]);
    let other = served.another();
    assert_eq!(other.get("/archive/1.atom", &[&named(&page)]).status, 304);
    assert_eq!(other.get("/archive/1.rss", &[&named(&page)]).status, 304, "validators are the same in all formats");
    // A correction does.
    let fixed = line("first", "大安盐井，改", "\"published\":\"2026-11-23T08:00:00+08:00\"");
    assert_eq!(served.import(&fixed).edited, 1);
    served.refresh();
    let changed = served.get("/archive/1.atom", &[&named(&page)]);
    assert_eq!(changed.status, 200);
    assert_ne!(changed.expect("etag"), page.expect("etag"));
    assert!(String::from_utf8(changed.decoded()).expect("UTF-8").contains("大安盐井，改"));
    assert_eq!(served.get("/archive/2.atom", &[]).status, 200);
}

#[test]
fn a_server_that_lags_looks_before_it_says_that_an_archive_page_is_unchanged() {
    let served = archived();
    let other = served.another();
    assert_eq!(other.get("/archive/1.atom", &[]).status, 200);
    let fixed = line("first", "大安盐井，改", "\"published\":\"2026-11-23T08:00:00+08:00\"");
    assert_eq!(served.import(&fixed).edited, 1);
    served.refresh();
    served.set_clock(NOW + 200);
    let changed = served.get("/archive/1.atom", &[]);
    let told = other.get("/archive/1.atom", &[&named(&changed)]);
    assert_eq!((told.status, told.expect("etag")), (304, changed.expect("etag")));
}

#[test]
fn without_the_store_an_archive_page_is_late_and_never_an_error_for_those_who_have_it() {
    let served = archived();
    let page = served.get("/archive/1.atom", &[]);
    assert_eq!(served.import(&another("later")).new, 1);
    served.refresh();
    served.sabotage("ALTER TABLE entry RENAME TO gone");
    let told = served.get("/archive/1.atom", &[&named(&page)]);
    assert_eq!((told.status, told.expect("etag")), (304, page.expect("etag")));
    let last = served.get("/archive/1.atom", &[]);
    assert_eq!((last.status, last.decoded()), (200, page.decoded()));
    assert_eq!(served.get("/archive/2.atom", &[]).status, 503, "nothing of it is remembered");
    served.sabotage("ALTER TABLE gone RENAME TO entry");
    assert_eq!(served.get("/archive/2.atom", &[]).status, 200);
}

#[test]
fn what_is_no_archive_page_is_404() {
    let served = archived();
    for path in [
        "/archive/3.atom",
        "/archive/0.atom",
        "/archive/-1.atom",
        "/archive/01.atom",
        "/archive/3",
        "/archive/1.xml",
        "/districts/yantan/archive/1.atom",
        "/districts/nowhere/archive/1.atom",
        "/districts/daan+yantan/archive/1.atom",
        "/districts/daan+yantan/archive/1",
        "/feed/archive/1.atom",
    ] {
        assert_eq!(served.get(path, &[]).status, 404, "{path}");
    }
    let opened = served.get("/districts/daan/archive/1.atom", &["Sec-Fetch-Dest: document"]);
    assert_eq!((opened.status, opened.expect("location")), (303, "/districts/daan/archive/1"));
}

#[test]
fn nobody_sees_an_article_before_its_time_and_everybody_at_that_second() {
    let served = Served::start();
    let admin = served.admin();
    let before = served.get("/feed.atom", &[]);
    let due = NOW + 500;
    let published = format!("\"published\":\"{}\"", wellhead::article::Time(due));
    let counts = served.import(&line("secret", "大安盐井的秘密", &published));
    assert_eq!((counts.new, counts.held), (1, 1));
    served.refresh();
    let key = wellhead::article::Key::derive("local", "secret");
    let page = format!("/articles/{key}");
    let metrics = || {
        let mut wire = crate::support::wire::Wire::open(admin);
        wire.send(crate::support::wire::request("GET", "/metrics", &["Connection: close"]));
        wire.response().text().to_owned()
    };
    let revisions = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("wellhead_feed_revision")).map(str::to_owned).collect()
    };
    let counted = revisions(&metrics());
    served.set_clock(due - 1);
    assert_eq!(served.release(), Some(due), "it is the next that is due");
    for path in ["/", "/feed.atom", "/feed.rss", "/feed.json", "/districts/daan", "/topics/salt.atom", "/feeds.opml"] {
        let text = String::from_utf8(served.get(path, &[]).decoded()).expect("UTF-8");
        assert!(!text.contains("秘密") && !text.contains(key.as_str()), "{path}");
    }
    assert_eq!(served.get(&page, &[]).status, 404);
    assert_eq!(served.get("/feed.atom", &[&named(&before)]).status, 304);
    let text = metrics();
    assert!(revisions(&text) == counted && !text.contains(key.as_str()), "{text}");

    served.set_clock(due);
    assert_eq!(served.release(), None);
    for path in ["/feed.atom", "/districts/daan.rss", "/topics/salt.json", "/districts/daan/topics/salt.atom"] {
        let text = String::from_utf8(served.get(path, &[&named(&before)]).decoded()).expect("UTF-8");
        assert!(text.contains("秘密"), "{path}");
    }
    assert_eq!(served.get(&page, &[]).status, 200);
    let other = served.another();
    assert!(String::from_utf8(other.get("/feed.atom", &[]).decoded()).expect("UTF-8").contains("秘密"));
    let fresh = served.get("/feed.atom", &[]);
    served.set_clock(due + 2);
    assert_eq!(served.get("/feed.atom", &[]).expect("last-modified"), http_date(due + 1), "{fresh:?}");
}
