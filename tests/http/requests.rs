//! Requests as they come: methods, targets, hosts, lengths, and what nobody should send.
//!
//! Knows nothing of conditions and codings.

use crate::support::served::{Served, first_page};
use crate::support::wire::request;

const GUESSES: [(&str, &str); 41] = [
    ("/atom.xml", "/feed.atom"),
    ("/feed", "/feed.rss"),
    ("/feed/", "/feed.rss"),
    ("/rss", "/feed.rss"),
    ("/rss/", "/feed.rss"),
    ("/rss.xml", "/feed.rss"),
    ("/feed.xml", "/feed.rss"),
    ("/index.xml", "/feed.rss"),
    ("/feed?format=x", "/feed.rss"),
    ("/atom.xml?_=1", "/feed.atom"),
    ("/atom.xml/", "/feed.atom"),
    ("/atom", "/feed.atom"),
    ("/atom/", "/feed.atom"),
    ("/feed/atom", "/feed.atom"),
    ("/feed/atom/", "/feed.atom"),
    ("/feed/rss/", "/feed.rss"),
    ("/feed/rss2/", "/feed.rss"),
    ("/feed/rss2", "/feed.rss"),
    ("/feed/rdf/", "/feed.rss"),
    ("/feed/rdf", "/feed.rss"),
    ("/feed/json", "/feed.json"),
    ("/feed/json/", "/feed.json"),
    ("/rss2.xml", "/feed.rss"),
    ("/index.rss", "/feed.rss"),
    ("/index.rss/", "/feed.rss"),
    ("/rss/feed.xml", "/feed.rss"),
    // What Miniflux looks for in the folder of the page that it was given, without following redirects.
    ("/en/atom.xml", "/feed.atom"),
    ("/en/feed.atom", "/feed.atom"),
    ("/districts/feed/", "/feed.rss"),
    ("/districts/rss/feed.xml", "/feed.rss"),
    ("/articles/feed.xml", "/feed.rss"),
    ("/archive/index.rss", "/feed.rss"),
    ("/districts/daan/feed/", "/districts/daan.rss"),
    ("/districts/daan/atom.xml", "/districts/daan.atom"),
    ("/districts/daan/feed.atom", "/districts/daan.atom"),
    ("/districts/daan/topics/feed.xml", "/districts/daan.rss"),
    ("/districts/daan/archive/index.xml", "/districts/daan.rss"),
    ("/topics/salt/feed/json/", "/topics/salt.json"),
    ("/en/districts/daan/topics/salt/rss/", "/districts/daan/topics/salt.rss"),
    ("/districts/daan+yantan/rss.xml", "/districts/daan+yantan.rss"),
    ("/topics/salt/feed?paged=2", "/topics/salt.rss"),
];

#[test]
fn guessed_paths_are_the_feed_that_a_reader_looks_for_and_say_where_it_is() {
    let served = Served::start();
    for (guess, canonical) in GUESSES {
        let (guessed, real) = (served.get(guess, &[]), served.get(canonical, &[]));
        assert_eq!((guessed.status, guessed.expect("content-location")), (200, canonical), "{guess}");
        assert_eq!(guessed.fields(&["content-location"]), real.fields(&[]), "{guess}");
        assert_eq!(guessed.body, real.body, "{guess}");
    }
}

#[test]
fn unknown_query_parameters_change_nothing() {
    let served = Served::start();
    for path in ["/feed.atom", "/districts/daan.json", "/", &first_page()] {
        let plain = served.get(path, &[]);
        for query in ["?_=1", "?", "?null", "?utm_source=x&utm_medium=y", "?a=/../b", "?feed.rss", "?%E7%9B%90"] {
            let response = served.get(&format!("{path}{query}"), &[]);
            assert_eq!((response.status, response.fields(&[])), (200, plain.fields(&[])), "{path}{query}");
            assert_eq!(response.body, plain.body, "{path}{query}");
        }
    }
}

#[test]
fn what_is_not_published_is_404() {
    let served = Served::start();
    let paths = [
        "/nothing",
        "/feed.xml.gz",
        "/.atom",
        "/districts/nowhere.atom",
        "/districts/nowhere",
        "/districts/nowhere+daan.atom",
        "/districts/daan+daan+nowhere.atom",
        "/districts/a+b+c+d.atom",
        "/topics/",
        "/districts/daan/topics/nothing.rss",
        "/topics/daan.atom",
        "/districts/salt.atom",
        "/topics/salt/districts/daan.atom",
        "/articles/",
        "/articles/aaaaaaaaaaaaaaaa",
        "/articles/../feed.atom",
        "/%2e%2e/feed.atom",
        "/ARTICLES/AAAAAAAAAAAAAAAA/",
        "/articles/aaaaaaaaaaaaaaaa/feed/",
        "/archive/99.ATOM",
        "/districts//nowhere.atom",
        "/districts/nowhere/feed/",
        "/nothing/feed/",
        "/nothing/feed.atom",
        "/api/feed.atom",
        "/%2561pi",
        "/feed.atom%00",
        "/../../etc/passwd",
        "/index.html",
        "/wp-login.php",
    ];
    for path in paths {
        let response = served.get(path, &[]);
        assert_eq!(response.status, 404, "{path}");
        let file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
        let content_type = if file { "text/plain; charset=utf-8" } else { "text/html; charset=utf-8" };
        assert_eq!(response.expect("content-type"), content_type, "{path}");
        assert_eq!(response.expect("cache-control"), "no-store", "{path}");
    }
}

#[test]
fn head_has_the_same_header_fields_as_get_and_no_body() {
    let served = Served::start();
    let paths = ["/feed.atom", "/topics/salt.rss", "/feed.json", "/rss", "/", &first_page(), "/feeds.opml", "/nothing"];
    for path in paths {
        for coding in ["Accept-Encoding: gzip", "Accept-Encoding: identity"] {
            let mut wire = served.wire();
            wire.send(request("HEAD", path, &[coding]) + &request("GET", path, &[coding]));
            // Were there a body behind the first, the second would not begin where it should.
            let (head, get) = (wire.response_to("HEAD"), wire.response());
            assert_eq!((head.status, head.fields(&[])), (get.status, get.fields(&[])), "{path}");
            assert!(!get.body.is_empty());
        }
    }
}

#[test]
fn other_methods_are_405_and_hear_which_are_not() {
    let served = Served::start();
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "X"] {
        for path in ["/feed.atom", "/", "/feed", &first_page()] {
            let response = served.ask(method, path, &[]);
            assert_eq!((response.status, response.expect("allow")), (405, "GET, HEAD, OPTIONS"), "{method} {path}");
        }
        assert_eq!(served.ask(method, "/nothing", &[]).status, 404, "{method}");
    }
    assert_eq!(served.ask("get", "/feed.atom", &[]).status, 405, "methods are case-sensitive");
}

#[test]
fn a_body_is_never_taken_for_a_request() {
    let served = Served::start();
    let hidden = request("GET", "/style.css", &["Connection: close"]);
    let length = format!("Content-Length: {}", hidden.len());
    let mut wire = served.wire();
    wire.send(
        request("POST", "/feed.atom", &[&length]) + &hidden + &request("GET", "/feed.json", &["Connection: close"]),
    );
    assert_eq!(wire.response().status, 405);
    let rest = String::from_utf8_lossy(&wire.rest()).into_owned();
    assert!(!rest.contains("text/css"), "{rest}");
    assert!(rest.is_empty() || rest.contains("feed+json"), "{rest}");
}

#[test]
fn a_request_whose_length_is_in_doubt_is_refused() {
    let served = Served::start();
    for fields in
        [["Content-Length: 5", "Content-Length: 6"], ["Content-Length: +5", "X: y"], ["Transfer-Encoding: x", "X: y"]]
    {
        let mut wire = served.wire();
        wire.send(request("POST", "/feed.atom", &fields) + "12345" + &request("GET", "/style.css", &[]));
        let all = String::from_utf8_lossy(&wire.rest()).into_owned();
        assert!(all.starts_with("HTTP/1.1 4") && !all.contains("text/css"), "{fields:?}: {all}");
    }
}

#[test]
fn an_http_1_1_request_needs_exactly_one_host() {
    let served = Served::start();
    let status = |bytes: &str| served.raw(bytes).status;
    assert_eq!(status("GET /feed.atom HTTP/1.1\r\nConnection: close\r\n\r\n"), 400);
    assert_eq!(status("GET /feed.atom HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n"), 400);
    assert_eq!(status("GET /feed.atom HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n\r\n"), 400);
    assert_eq!(status("GET /nothing HTTP/1.1\r\n\r\n"), 400);
    assert_eq!(
        status("GET http://a.example/feed.atom HTTP/1.1\r\n\r\n"),
        400,
        "RFC 9112 §3.2: whatever the target says"
    );
    assert_eq!(status("GET /feed.atom HTTP/1.1\r\nHost:\r\n\r\n"), 200, "empty is a value");
}

#[test]
fn http_1_0_needs_no_host() {
    let served = Served::start();
    let mut wire = served.wire();
    wire.send("GET /feed.atom HTTP/1.0\r\n\r\n");
    let response = wire.response();
    assert_eq!(response.status, 200);
    assert!(response.text().contains("大安盐井"));
    assert_eq!(wire.rest(), b"", "without keep-alive the connection ends");
    assert_eq!(served.raw("GET /feed.atom HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n").status, 400);
}

#[test]
fn an_absolute_target_is_answered_as_its_path() {
    let served = Served::start();
    let plain = served.get("/feed.atom", &[]);
    for target in ["http://news.example/feed.atom", "https://other.example:8443/feed.atom?_=1", "HTTP://a/feed.atom"] {
        let response = served.get(target, &[]);
        assert_eq!((response.status, &response.body), (200, &plain.body), "{target}");
    }
    assert_eq!(served.get("http://news.example", &[]).body, served.get("/", &[]).body);
}

#[test]
fn the_host_changes_no_byte() {
    let served = Served::start();
    let ask = |host: &str| served.raw(format!("GET /feed.atom HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    let plain = ask("news.example");
    for host in ["NEWS.EXAMPLE", "evil.example", "127.0.0.1:1", "[::1]"] {
        assert_eq!((ask(host).fields(&[]), ask(host).body), (plain.fields(&[]), plain.body.clone()), "{host}");
    }
}

#[test]
fn an_address_that_is_too_long_is_414() {
    let served = Served::start();
    for length in [9 << 10, 60 << 10] {
        for target in [format!("/{}", "a".repeat(length)), format!("/feed.atom?{}", "a".repeat(length))] {
            assert_eq!(served.raw(request("GET", &target, &[])).status, 414, "{length}");
        }
    }
    let long = format!("/feed.atom?{}", "a".repeat(7 << 10));
    assert_eq!(served.get(&long, &[]).status, 200);
}

#[test]
fn headers_that_are_too_large_or_too_many_are_431() {
    let served = Served::start();
    for length in [20 << 10, 100 << 10] {
        let one = format!("Cookie: {}", "a".repeat(length));
        assert_eq!(served.raw(request("GET", "/feed.atom", &[&one])).status, 431, "{length} in one");
        let some: Vec<String> = (0..50).map(|n| format!("X-{n}: {}", "a".repeat(length / 50))).collect();
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        assert_eq!(served.raw(request("GET", "/feed.atom", &some)).status, 431, "{length} in fifty");
    }
    for count in [150, 300] {
        let many: Vec<String> = (0..count).map(|n| format!("X-{n}: a")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(served.raw(request("GET", "/feed.atom", &many)).status, 431, "{count}");
    }
    let fine = format!("Cookie: {}", "a".repeat(15 << 10));
    assert_eq!(served.get("/feed.atom", &[&fine]).status, 200);
}

#[test]
fn what_is_no_http_is_400_or_silence_and_others_are_served() {
    let served = Served::start();
    for bytes in [
        "hello\r\n\r\n",
        "GET /feed.atom\r\n\r\n",
        "GET  HTTP/1.1\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
    ] {
        let mut wire = served.wire();
        wire.send(bytes);
        wire.finish();
        let answer = String::from_utf8_lossy(&wire.rest()).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{bytes:?}: {answer}");
    }
    let bad_field = "GET /feed.atom HTTP/1.1\r\nHost: a\r\nbad field: x\r\n\r\n";
    assert_eq!(status_line(&served, bad_field), 400);
    assert_eq!(served.get("/feed.atom", &[]).status, 200);
}

/// The status of an answer that may lack a body's length.
fn status_line(served: &Served, bytes: &str) -> u16 {
    let mut wire = served.wire();
    wire.send(bytes);
    wire.finish();
    let answer = String::from_utf8_lossy(&wire.rest()).into_owned();
    answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer:?}"))
}
