//! A feed reader that is a script in a page of another origin, as browsers let it poll.
//!
//! Knows nothing of our own pages.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::{Value, json};

use super::driver::Browser;
use crate::support::served::{NOW, Served, another, definitions};

/// Asks with these header fields and tells all that a reader wants to know; an answer that a script may not read is `null`.
const POLL: &str = "async (url, fields) => {
    try {
        const answer = await fetch(url, { headers: fields });
        const text = await answer.text(), field = name => answer.headers.get(name);
        return {
            status: answer.status, text, etag: field('ETag'), modified: field('Last-Modified'), link: field('Link'),
            im: field('IM'), location: field('Content-Location'), retry: field('Retry-After'), url: answer.url,
        };
    } catch (error) {
        return null;
    }
}";

/// A browser with an empty page of an origin that is none of ours.
fn reader() -> Browser {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            // A browser opens connections before it has something to ask.
            std::thread::spawn(move || {
                while stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
                    let page = "<!doctype html><title>reader</title>";
                    let head =
                        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", page.len());
                    if stream.write_all((head + page).as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    let browser = Browser::open(format!("http://{address}"));
    browser.visit("/");
    browser
}

fn poll(browser: &Browser, served: &Served, path: &str, fields: &Value) -> Value {
    browser.wait(&format!("({POLL})('http://{}{path}', {fields})", served.address))
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn a_script_of_another_origin_polls_with_conditions_and_gets_what_is_new() {
    let (served, browser) = (Served::start(), reader());
    // As many as are needed for a feed that has archives to link to.
    served.import(&(0..110).map(|n| another(&format!("old-{n}"))).collect::<String>());
    served.set_clock(NOW + 100);
    served.refresh();
    let first = poll(&browser, &served, "/feed.atom", &json!({ "A-IM": "feed" }));
    assert_eq!(first["status"], 200, "{first}");
    assert!(first["text"].as_str().expect("a text").contains("大安盐井"));
    assert!(first["link"].as_str().expect("Link").contains("prev-archive"), "{first}");
    assert!(first["modified"].as_str().expect("Last-Modified").ends_with("GMT"), "{first}");
    let having = json!({ "A-IM": "feed", "If-None-Match": first["etag"] });
    let unchanged = poll(&browser, &served, "/feed.atom", &having);
    assert_eq!((&unchanged["status"], &unchanged["text"]), (&json!(304), &json!("")), "{unchanged}");
    assert_eq!((&unchanged["etag"], &unchanged["modified"]), (&first["etag"], &first["modified"]));
    let dated = poll(&browser, &served, "/feed.atom", &json!({ "If-Modified-Since": first["modified"] }));
    assert_eq!(dated["status"], 304, "{dated}");
    served.import(&another("second"));
    served.refresh();
    let new = poll(&browser, &served, "/feed.atom", &having);
    assert_eq!((&new["status"], &new["im"]), (&json!(226), &json!("feed")), "{new}");
    assert_ne!(new["etag"], first["etag"]);
    assert_eq!(new["text"].as_str().expect("a text").matches("<entry").count(), 1);
    let guessed = poll(&browser, &served, "/rss", &json!({}));
    assert_eq!(guessed["location"], "/feed.rss", "{guessed}");
    assert_eq!(poll(&browser, &served, "/feeds.opml", &json!({ "If-None-Match": "\"x\"" }))["status"], 200);
    let unknown = poll(&browser, &served, "/topics/nothing.atom", &json!({ "If-None-Match": "\"x\"" }));
    assert_eq!(unknown["status"], 404, "{unknown}");
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn a_script_follows_another_spelling_and_reads_when_it_may_come_again() {
    let (served, browser) = (Served::with_limiter(1, "192.0.2.1/32"), reader());
    let base = format!("http://{}", served.address);
    served.renew(definitions().with_base_url(&base).expect("an address"));
    let led = poll(&browser, &served, "/FEED.ATOM", &json!({ "A-IM": "feed" }));
    assert_eq!((&led["status"], &led["url"]), (&json!(200), &json!(format!("{base}/feed.atom"))), "{led}");
    // With a condition of its own, no cache of the browser's answers.
    let refused = poll(&browser, &served, "/feed.atom", &json!({ "If-None-Match": "\"unknown\"" }));
    assert_eq!(refused["status"], 429, "{refused}");
    assert!(refused["retry"].as_str().is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "{refused}");
}

#[test]
#[ignore = "needs Chromium: tests/all"]
fn no_script_of_another_origin_reads_the_api() {
    let (served, browser) = (Served::start(), reader());
    let token = format!("Bearer {}", served.publishing("read").token);
    for fields in [json!({}), json!({ "Authorization": token })] {
        for path in ["/api/v1/openapi.json", "/api/v1/articles"] {
            assert_eq!(poll(&browser, &served, path, &fields), Value::Null, "{path} {fields}");
        }
    }
}
