//! Conditional requests (RFC 9110 §13; rules 1 and 2), as real readers make them.
//!
//! Knows nothing of how revisions come about.

use crate::support::served::{BORN, NOW, Served, another, first_page, http_date};

const FEEDS: [&str; 3] = ["/feed.atom", "/districts/daan.rss", "/districts/daan/topics/salt.json"];

/// The tag of a feed, without `W/` and quotes.
fn opaque(served: &Served) -> String {
    let etag = served.get("/feed.atom", &[]).expect("etag").to_owned();
    etag.trim_start_matches("W/").trim_matches('"').to_owned()
}

fn status(served: &Served, fields: &[&str]) -> u16 {
    served.get("/feed.atom", fields).status
}

fn since(time: i64) -> String {
    format!("If-Modified-Since: {}", http_date(time))
}

#[test]
fn an_etag_is_weak_and_the_same_for_all_codings() {
    let served = Served::start();
    for path in FEEDS.into_iter().chain(["/", "/feeds.opml", "/style.css", &first_page()]) {
        let plain = served.get(path, &[]);
        let small = served.get(path, &["Accept-Encoding: gzip"]);
        assert_eq!(
            (plain.header("content-encoding"), small.header("content-encoding")),
            (None, Some("gzip")),
            "{path}"
        );
        assert_eq!(plain.expect("etag"), small.expect("etag"), "{path}");
        assert!(plain.expect("etag").starts_with("W/\"") && plain.expect("etag").ends_with('"'), "{path}");
        assert_eq!(plain.header("last-modified"), small.header("last-modified"), "{path}");
    }
}

#[test]
fn a_tag_got_with_one_coding_is_good_for_the_other() {
    let served = Served::start();
    let tag = format!("If-None-Match: {}", served.get("/feed.atom", &["Accept-Encoding: gzip"]).expect("etag"));
    assert_eq!(status(&served, &[&tag]), 304);
    assert_eq!(status(&served, &[&tag, "Accept-Encoding: gzip"]), 304);
}

#[test]
fn all_formats_of_a_feed_share_its_validators_and_another_feed_may_have_its_own() {
    let served = Served::start();
    served.import("{\"id\":\"x\",\"title\":\"沿滩\",\"published\":\"2026-11-23T09:00:00+08:00\"}\n");
    served.refresh();
    served.set_clock(NOW + 10);
    let validators = |path: &str| {
        let response = served.get(path, &[]);
        (response.expect("etag").to_owned(), response.expect("last-modified").to_owned())
    };
    assert_eq!(validators("/feed.atom"), validators("/feed.rss"));
    assert_eq!(validators("/feed.atom"), validators("/feed.json"));
    assert_ne!(validators("/feed.atom"), validators("/districts/daan.atom"));
}

#[test]
fn a_304_says_what_the_200_would_have_said() {
    let served = Served::start();
    for path in FEEDS.into_iter().chain(["/atom.xml", "/feed/", "/", "/feeds.opml", "/style.css", &first_page()]) {
        let full = served.get(path, &[]);
        let tag = format!("If-None-Match: {}", full.expect("etag"));
        let unchanged = served.get(path, &[&tag]);
        assert_eq!((full.status, unchanged.status), (200, 304), "{path}");
        for name in ["etag", "last-modified", "cache-control", "vary", "content-location", "date"] {
            assert_eq!(full.header(name), unchanged.header(name), "{name} of {path}");
        }
        assert_eq!(full.header("access-control-allow-origin"), unchanged.header("access-control-allow-origin"));
        assert!(unchanged.body.is_empty());
    }
    let full = served.get("/rss", &[]);
    assert!(
        ["etag", "last-modified", "cache-control", "vary", "content-location"].iter().all(|n| full.header(n).is_some())
    );
}

#[test]
fn a_304_for_a_date_says_what_the_200_would_have_said() {
    let served = Served::start();
    let full = served.get("/feed.xml", &[]);
    let unchanged = served.get("/feed.xml", &[&format!("If-Modified-Since: {}", full.expect("last-modified"))]);
    assert_eq!(unchanged.status, 304);
    for name in ["etag", "last-modified", "cache-control", "vary", "content-location"] {
        assert_eq!(full.expect(name), unchanged.expect(name));
    }
}

#[test]
fn a_head_may_be_conditional_too() {
    let served = Served::start();
    let tag = format!("If-None-Match: W/\"{}\"", opaque(&served));
    let (head, get) = (served.ask("HEAD", "/feed.atom", &[&tag]), served.get("/feed.atom", &[&tag]));
    assert_eq!((head.status, get.status), (304, 304));
    assert_eq!(head.fields(&[]), get.fields(&[]));
}

#[test]
fn the_current_tag_is_known_in_every_spelling() {
    let served = Served::start();
    let tag = opaque(&served);
    for spelling in [
        format!("W/\"{tag}\""),
        format!("\"{tag}\""),
        format!("w/\"{tag}\""),
        format!("W/\"{tag}-gzip\""),
        format!("\"{tag}-gzip\""),
        format!("W/\"{tag}--gzip\""),
        format!("W/\"{tag};gzip\""),
        format!("W/\"{tag}-br\""),
        format!("\"{tag}-zstd\""),
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", W/\"{tag}\""),
        format!("W/\"{tag}\" , \"other\""),
        format!("\"a,b\", \"{tag}\""),
        format!(",, \"{tag}\",,"),
        "*".to_owned(),
        " * ".to_owned(),
    ] {
        assert_eq!(status(&served, &[&format!("If-None-Match: {spelling}")]), 304, "{spelling}");
    }
    let (one, two) = ("If-None-Match: \"other\"", format!("If-None-Match: W/\"{tag}\""));
    assert_eq!(status(&served, &[one, &two]), 304);
    assert_eq!(status(&served, &[&two, one]), 304);
}

#[test]
fn a_tag_that_is_not_current_gets_the_document() {
    let served = Served::start();
    let tag = opaque(&served);
    let (number, nonce) = tag.split_once('-').expect("number and nonce");
    for other in [
        "\"other\"".to_owned(),
        String::new(),
        "\"\"".to_owned(),
        "W/\"\"".to_owned(),
        format!("\"{number}\""),
        format!("\"-{nonce}\""),
        format!("\"{number}-{nonce}0\""),
        format!("\"{number}-00000000\""),
        format!("\"99999999999999999999-{nonce}\""),
        format!("\"18446744073709551615-{nonce}\""),
        format!("\"9223372036854775807-{nonce}\""),
        format!("\"0-{nonce}\""),
        "\"**\"".to_owned(),
        "\u{7f}".to_owned().replace('\u{7f}', "\"\u{e4}\""),
    ] {
        let response = served.get("/feed.atom", &[&format!("If-None-Match: {other}")]);
        assert_eq!(response.status, 200, "{other}");
        assert!(response.text().contains("大安盐井"));
    }
}

#[test]
fn a_foreign_tag_gets_the_document_wherever_it_comes_from() {
    let served = Served::start();
    let tag = opaque(&served);
    let elsewhere = Served::start();
    assert_ne!(opaque(&elsewhere), tag, "two stores, one nonce: very unlikely");
    assert_eq!(status(&elsewhere, &[&format!("If-None-Match: W/\"{tag}\"")]), 200);
    assert_eq!(status(&served, &["If-None-Match: W/\"777-deadbeef\""]), 200);
    let mixed = format!("If-None-Match: W/\"777-deadbeef\", W/\"{tag}\"");
    assert_eq!(status(&served, &[&mixed]), 304);
}

#[test]
fn with_a_stale_tag_a_fresh_date_is_not_looked_at() {
    let served = Served::start();
    assert_eq!(status(&served, &["If-None-Match: \"other\"", &since(NOW)]), 200);
    assert_eq!(status(&served, &["If-None-Match: W/\"1-00000000\"", &since(BORN + 2)]), 200);
    assert_eq!(status(&served, &["If-None-Match:", &since(NOW)]), 200);
}

#[test]
fn with_a_fresh_tag_a_stale_date_is_not_looked_at() {
    let served = Served::start();
    assert_eq!(status(&served, &[&format!("If-None-Match: \"{}\"", opaque(&served)), &since(0)]), 304);
}

#[test]
fn the_old_tag_gets_the_new_document_once_something_has_joined() {
    let served = Served::start();
    let old = format!("If-None-Match: W/\"{}\"", opaque(&served));
    assert_eq!(status(&served, &[&old]), 304);
    served.import(&another("second"));
    served.refresh();
    let response = served.get("/feed.atom", &[&old]);
    assert_eq!(response.status, 200);
    assert!(response.text().contains("大安盐井 second") && response.text().contains("<title>大安盐井</title>"));
}

#[test]
fn a_date_gets_304_unless_it_is_before_last_modified() {
    let served = Served::start();
    let modified = BORN + 2;
    assert_eq!(served.get("/feed.atom", &[]).expect("last-modified"), http_date(modified));
    assert_eq!(status(&served, &[&since(modified)]), 304, "equal");
    assert_eq!(status(&served, &[&since(modified + 1)]), 304, "newer");
    assert_eq!(status(&served, &[&since(NOW)]), 304, "now");
    assert_eq!(status(&served, &[&since(modified - 1)]), 200, "older: the store's birth");
    assert_eq!(status(&served, &[&since(modified - 100)]), 200, "older");
    assert_eq!(status(&served, &["If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"]), 200, "Thunderbird's first");
}

#[test]
fn a_date_in_the_future_or_no_date_at_all_is_ignored() {
    let served = Served::start();
    let garbage = ["yesterday", "0", "", "-1", "Tue, 31 Feb 2026 00:00:00 GMT", "2026-11-24T00:00:00Z", "1795478402"];
    for value in garbage {
        assert_eq!(status(&served, &[&format!("If-Modified-Since: {value}")]), 200, "{value}");
    }
    assert_eq!(status(&served, &[&since(NOW + 1)]), 200);
    assert_eq!(status(&served, &["If-Modified-Since: Tue, 19 Jan 2038 03:14:07 GMT"]), 200);
    assert_eq!(status(&served, &["If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT"]), 200);
    assert_eq!(status(&served, &[&since(NOW), &since(NOW)]), 200, "two dates are none");
}

#[test]
fn the_obsolete_spellings_of_dates_are_read_too() {
    let served = Served::start();
    assert_eq!(status(&served, &["If-Modified-Since: Tuesday, 24-Nov-26 00:00:02 GMT"]), 304);
    assert_eq!(status(&served, &["If-Modified-Since: Tue Nov 24 00:00:02 2026"]), 304);
    assert_eq!(status(&served, &["If-Modified-Since: Mon Nov 23 00:00:02 2026"]), 200);
}

#[test]
fn last_modified_is_left_out_until_it_is_earlier_than_date() {
    let served = Served::start();
    let modified = BORN + 2;
    for (now, shown) in [(BORN, None), (modified, None), (modified + 1, Some(http_date(modified)))] {
        served.set_clock(now);
        let full = served.get("/feed.atom", &[]);
        let unchanged = served.get("/feed.atom", &[&format!("If-None-Match: {}", full.expect("etag"))]);
        assert_eq!((full.status, unchanged.status), (200, 304));
        assert_eq!(full.expect("date"), http_date(now));
        assert_eq!(full.header("last-modified"), shown.as_deref(), "at {}", now - BORN);
        assert_eq!(unchanged.header("last-modified"), shown.as_deref(), "at {}", now - BORN);
    }
}

#[test]
fn two_imports_in_one_second_have_two_dates() {
    let served = Served::start();
    let dates: Vec<String> = ["second", "third"]
        .map(|id| {
            served.set_clock(NOW);
            served.import(&another(id));
            served.refresh();
            served.set_clock(NOW + 10);
            served.get("/feed.atom", &[]).expect("last-modified").to_owned()
        })
        .into();
    assert_eq!(dates, [http_date(NOW + 1), http_date(NOW + 2)]);
}

#[test]
fn pages_have_a_hash_as_tag_and_no_last_modified() {
    let served = Served::start();
    for path in ["/", "/feeds.opml", "/style.css", &first_page()] {
        let full = served.get(path, &[]);
        assert_eq!((full.status, full.header("last-modified")), (200, None), "{path}");
        let tag = full.expect("etag");
        assert_eq!(served.get(path, &[&format!("If-None-Match: {tag}")]).status, 304, "{path}");
        let suffixed = format!("{}-gzip\"", tag.trim_end_matches('"'));
        assert_eq!(served.get(path, &[&format!("If-None-Match: {suffixed}")]).status, 304, "{path}");
        assert_eq!(served.get(path, &["If-None-Match: *"]).status, 304, "{path}");
        assert_eq!(served.get(path, &["If-None-Match: \"other\""]).status, 200, "{path}");
        assert_eq!(served.get(path, &[&since(NOW)]).status, 200, "{path}: a page has no date");
    }
}

#[test]
fn an_articles_tag_moves_with_its_text_and_with_what_stands_beside_it() {
    let served = Served::start();
    served.import(&another("neighbour"));
    served.refresh();
    let tag = served.get(&first_page(), &[]).expect("etag").to_owned();
    served.import(&another("second"));
    served.refresh();
    assert_eq!(served.get(&first_page(), &[]).expect("etag"), tag);
    let edited = "{\"id\":\"first\",\"title\":\"大安盐井，更正\",\"text\":\"卤水\",\"published\":\"2026-11-23T08:00:00+08:00\"}\n";
    assert_eq!(served.import(edited).edited, 1);
    served.refresh();
    let response = served.get(&first_page(), &[&format!("If-None-Match: {tag}")]);
    assert_eq!(response.status, 200);
    assert!(response.text().contains("大安盐井，更正"));
}
