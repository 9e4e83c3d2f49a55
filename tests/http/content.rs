//! What a 200 carries: media types, codings, and the header fields for browsers.
//!
//! Knows nothing of conditions.

use crate::support::served::{Served, first_page};

fn all_paths() -> Vec<String> {
    let feeds = ["/feed", "/districts/daan", "/districts/yantan", "/topics/salt", "/districts/daan/topics/salt"];
    let feeds = feeds.iter().flat_map(|stem| ["atom", "rss", "json"].map(|format| format!("{stem}.{format}")));
    feeds.chain(["/", "/feeds.opml", "/style.css"].map(str::to_owned)).chain([first_page()]).collect()
}

#[test]
fn everything_has_its_media_type_with_its_charset() {
    let served = Served::start();
    for (path, media_type) in [
        ("/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/topics/salt.rss", "application/rss+xml; charset=utf-8"),
        ("/districts/daan.json", "application/feed+json; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        (&first_page(), "text/html; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
    ] {
        let response = served.get(path, &[]);
        assert_eq!((response.status, response.expect("content-type")), (200, media_type), "{path}");
        assert_eq!(response.expect("x-content-type-options"), "nosniff", "{path}");
    }
}

#[test]
fn feeds_may_be_read_by_any_site_and_cached_by_anybody() {
    let served = Served::start();
    for path in ["/feed.atom", "/topics/salt.rss", "/districts/daan.json", "/rss"] {
        let response = served.get(path, &["Origin: https://reader.example"]);
        assert_eq!(response.expect("access-control-allow-origin"), "*", "{path}");
        assert_eq!(response.expect("cache-control"), "public, max-age=600, stale-if-error=86400", "{path}");
        assert_eq!(response.expect("vary"), "Accept-Encoding, A-IM, Sec-Fetch-Dest", "{path}");
        assert_eq!((response.header("expires"), response.header("set-cookie")), (None, None), "{path}");
    }
}

#[test]
fn pages_run_nothing_but_a_script_of_ours() {
    let served = Served::start();
    for path in ["/", "/en/districts/daan", &first_page(), "/nothing"] {
        let response = served.get(path, &[]);
        let policy = response.expect("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("data:"), "{path}: {policy}");
        assert!(response.header("referrer-policy").is_some(), "{path}");
        let text = response.text();
        let scripts: Vec<&str> = text.split("<script").skip(1).filter_map(|script| script.split('>').next()).collect();
        assert!(scripts.iter().all(|script| *script == " src=\"/copy.js\" defer"), "{path}: {scripts:?}");
        assert!(!text.contains("<style") && !text.contains(" style=") && !text.contains(" onclick"), "{path}");
    }
}

#[test]
fn all_codings_decode_to_the_same_bytes() {
    let served = Served::start();
    for path in all_paths() {
        let plain = served.get(&path, &["Accept-Encoding: identity"]);
        assert!(plain.status == 200 && !plain.body.is_empty(), "{path}");
        for coding in ["gzip", "br"] {
            let small = served.get(&path, &[&format!("Accept-Encoding: {coding}")]);
            assert_eq!((small.status, small.header("content-encoding")), (200, Some(coding)), "{path}");
            assert!(plain.body == small.decoded(), "{path}");
            assert_eq!(small.header("etag"), plain.header("etag"), "one weak tag for all codings");
        }
        for response in [&plain, &served.get(&path, &["Accept-Encoding: br"])] {
            assert_eq!(response.expect("content-length"), response.body.len().to_string(), "{path}");
            assert!(response.expect("vary").contains("Accept-Encoding"), "{path}");
        }
    }
}

#[test]
fn the_client_decides_on_the_coding() {
    let served = Served::start();
    for (asked, coding) in [
        ("gzip", Some("gzip")),
        ("gzip, deflate, br, zstd", Some("br")),
        ("br,gzip", Some("br")),
        ("br;q=0.9, gzip", Some("gzip")),
        ("x-gzip", Some("gzip")),
        ("*", Some("br")),
        ("GZIP;Q=0.5", Some("gzip")),
        ("identity;q=0", None),
        ("identity;q=0, gzip", Some("gzip")),
        ("identity;q=0, *;q=0.1", Some("br")),
        ("gzip;q=0", None),
        ("gzip;q=0.000, *;q=1", Some("br")),
        ("*;q=0", None),
        ("gzip;q=0.2, identity;q=0.8", None),
        ("gzip;q=0.8, identity;q=0.2", Some("gzip")),
        ("br", Some("br")),
        ("deflate", None),
        ("", None),
        ("gzip;q=nonsense", Some("gzip")),
        (";;;,,=", None),
    ] {
        let response = served.get("/feed.atom", &[&format!("Accept-Encoding: {asked}")]);
        assert_eq!((response.status, response.header("content-encoding")), (200, coding), "{asked:?}");
        assert!(String::from_utf8(response.decoded()).expect("UTF-8").contains("大安盐井"));
    }
    assert_eq!(served.get("/feed.atom", &[]).header("content-encoding"), None);
}

#[test]
fn a_range_is_answered_whole() {
    let served = Served::start();
    let whole = served.get("/feed.atom", &[]);
    for range in ["bytes=0-9", "bytes=-5", "bytes=999999-", "bytes=0-1,3-4", "lines=1-2"] {
        let response = served.get("/feed.atom", &[&format!("Range: {range}")]);
        assert_eq!((response.status, &response.body), (200, &whole.body), "{range}");
        assert_eq!(response.header("content-range"), None);
    }
}

#[test]
fn what_a_client_accepts_changes_nothing() {
    let served = Served::start();
    let plain = served.get("/feed.atom", &[]);
    let miniflux = "Accept: application/xml, application/atom+xml, application/rss+xml, application/rdf+xml, \
                    application/feed+json, text/html, */*;q=0.9";
    for accept in [miniflux, "Accept: text/html", "Accept: application/feed+json", "Accept: image/png"] {
        let response = served.get("/feed.atom", &[accept]);
        assert_eq!((response.fields(&[]), response.body), (plain.fields(&[]), plain.body.clone()), "{accept}");
    }
}
