//! What scripts on other sites' pages may ask and read, and OPTIONS in general.
//!
//! Knows nothing of browsers; `tests/browser` has a real one poll.

use crate::support::line;
use crate::support::served::{NOW, Served, WIDE, another, first_page};
use crate::support::wire::{Response, request};
use wellhead::net::Limits;

const ORIGIN: &str = "Origin: https://reader.example";
const PREFLIGHT: [&str; 3] =
    [ORIGIN, "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: a-im,if-none-match"];

/// Says that a script may read this answer, and of it what a poll needs.
fn assert_open(response: &Response, what: &str) {
    assert_eq!(response.header("access-control-allow-origin"), Some("*"), "{what}");
    let exposed = response.expect("access-control-expose-headers");
    assert_eq!(exposed, "ETag, Last-Modified, Link, IM, Retry-After, Content-Location", "{what}");
    assert_eq!(response.header("access-control-allow-credentials"), None, "{what}");
    assert!(!response.header("vary").unwrap_or_default().contains("Origin"), "{what}: it is the same for everybody");
}

#[test]
fn a_preflight_is_answered_for_whatever_is_published_or_was() {
    let served = Served::start();
    let article = first_page();
    for path in [
        "/feed.atom",
        "/districts/daan+yantan/topics/salt.json",
        "/archive/1.rss",
        "/feeds.opml",
        "/",
        &article,
        "/rss",
        "//FEED.atom", // a redirect may be followed once the preflight has been answered, not instead
        "/districts/nowhere.atom", // so that the script sees 404
    ] {
        let answer = served.ask("OPTIONS", path, &PREFLIGHT);
        assert_eq!(answer.status, 204, "{path}");
        assert_open(&answer, path);
        assert_eq!(answer.expect("access-control-allow-methods"), "GET, HEAD", "{path}");
        assert_eq!(answer.expect("access-control-max-age"), "86400", "{path}");
        assert_eq!(answer.header("content-length"), None, "RFC 9110 §8.6");
        let sent: Vec<String> =
            answer.expect("access-control-allow-headers").split(", ").map(str::to_ascii_lowercase).collect();
        for name in ["if-none-match", "if-modified-since", "a-im"] {
            assert!(sent.iter().any(|sent| sent == name), "{path}: {sent:?}");
        }
    }
}

#[test]
fn options_without_an_origin_tells_the_methods() {
    let served = Served::start();
    let article = first_page();
    for path in ["/feed.atom", "/", "/feed", &article, "/districts/daan+yantan.rss", "/style.css"] {
        for fields in [&[][..], &[ORIGIN]] {
            let answer = served.ask("OPTIONS", path, fields);
            assert_eq!((answer.status, answer.expect("allow")), (204, "GET, HEAD, OPTIONS"), "{path}");
            assert_eq!(answer.header("access-control-allow-methods"), None, "{path}");
        }
    }
    assert_eq!(served.ask("OPTIONS", "/nothing", &[]).status, 404);
    let all = served.ask("OPTIONS", "*", &[]);
    assert_eq!((all.status, all.expect("allow")), (204, "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"));
    // The connection goes on.
    let mut wire = served.wire();
    wire.send(
        request("OPTIONS", "*", &[])
            + &request("OPTIONS", "/feed.atom", &PREFLIGHT)
            + &request("GET", "/feed.atom", &[]),
    );
    assert_eq!([wire.response().status, wire.response().status, wire.response().status], [204, 204, 200]);
}

#[test]
fn a_script_reads_whatever_a_poll_is_answered_with() {
    let served = Served::start();
    let first = served.get("/feed.atom", &["A-IM: feed"]);
    let tag = format!("If-None-Match: {}", first.expect("etag"));
    let unchanged = served.get("/feed.atom", &[&tag, "A-IM: feed", ORIGIN]);
    served.import(&another("second"));
    served.refresh();
    let delta = served.get("/feed.atom", &[&tag, "A-IM: feed", ORIGIN]);
    for (answer, status) in [(&first, 200), (&unchanged, 304), (&delta, 226)] {
        assert_eq!(answer.status, status);
        assert_open(answer, &status.to_string());
    }
    for (path, status) in [
        ("/feeds.opml", 200),
        ("/rss", 200),
        ("/", 200),
        ("//feed.atom", 308),
        ("/topics/nothing.atom", 404),
        ("/archive/9.atom", 404),
    ] {
        let answer = served.get(path, &[ORIGIN]);
        assert_eq!(answer.status, status, "{path}");
        assert_open(&answer, path);
    }
    assert_open(&served.ask("POST", "/feed.atom", &[ORIGIN]), "405");
}

#[test]
fn a_script_reads_that_it_is_to_come_later() {
    let served = Served::with_limiter(1, "192.0.2.1/32");
    assert_eq!(served.get("/feed.atom", &[ORIGIN]).status, 200);
    let refused = served.get("/feed.atom", &[ORIGIN]);
    assert_eq!((refused.status, refused.header("retry-after").is_some()), (429, true));
    assert_open(&refused, "429");

    let served = Served::with_limits(Limits { connections_per_address: 1, ..WIDE });
    let mut first = served.wire();
    first.send(request("GET", "/feed.atom", &[]));
    assert_eq!(first.response().status, 200);
    for (path, open) in [("/feed.atom", true), ("/api/v1/articles", false)] {
        let crowded = served.get(path, &[ORIGIN]);
        assert_eq!((crowded.status, crowded.header("access-control-allow-origin").is_some()), (429, open), "{path}");
    }

    let served = Served::start();
    served.sabotage("ALTER TABLE article RENAME TO gone");
    let away = served.get("/districts/daan.atom", &[ORIGIN]);
    assert_eq!((away.status, away.header("retry-after").is_some()), (503, true));
    assert_open(&away, "503");
}

#[test]
fn a_script_reads_that_a_feed_is_gone() {
    let served = Served::start();
    let salt = "title = \"盐业\"\nretired = 2026-11-24\n";
    served.renew(super::definitions::with("topics/salt.toml", Some(salt)));
    served.set_clock(NOW + 31 * 86_400);
    assert_eq!(served.ask("OPTIONS", "/topics/salt.atom", &PREFLIGHT).status, 204);
    let gone = served.get("/topics/salt.atom", &[ORIGIN]);
    assert_eq!(gone.status, 410);
    assert_open(&gone, "410");
}

#[test]
fn the_api_is_open_to_no_script() {
    let served = Served::start();
    let api = served.publishing("publish");
    served.import(&line("1", "大安", ""));
    let wanted = "Access-Control-Request-Method: PUT";
    for path in
        ["/api/v1/articles/1", "/api/v1/articles", "/api/v1", "/api/v1/openapi.json", "/api", "/api/v2/articles"]
    {
        for answer in [
            served.ask("OPTIONS", path, &[ORIGIN, wanted]),
            served.ask("OPTIONS", path, &[]),
            served.get(path, &[ORIGIN]),
            api.send(&served, "GET", path, &[ORIGIN], ""),
        ] {
            let cors = answer.headers.iter().find(|(name, _)| name.starts_with("access-control"));
            assert_eq!(cors, None, "{path} {}", answer.status);
            assert_ne!(answer.status, 204, "{path}");
        }
    }
    // However its path is spelled, no other method than reading is ever allowed.
    for path in ["/%61pi/v1/articles/1", "//api/v1/articles/1", "/API/v1/articles/1"] {
        let answer = served.ask("OPTIONS", path, &[ORIGIN, wanted]);
        assert_ne!(answer.header("access-control-allow-methods").unwrap_or_default(), "PUT", "{path}");
        assert_eq!(api.send(&served, "GET", path, &[], "").status, 404, "{path}");
    }
}
