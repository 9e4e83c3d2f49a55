//! Publishing many articles in one request: a line for each line, whatever is wrong with some of them.
//!
//! Knows nothing of what single articles are told; that is the same.

use serde_json::{Value, json};

use crate::support::publishing::Publishing;
use crate::support::served::{NOW, Served};
use crate::support::wire::{Response, request};

const LINES: &str = "Content-Type: application/jsonl";
const BATCH: &str = "/api/v1/articles:batch";

fn line(id: &str, title: &str) -> String {
    json!({ "id": id, "title": title, "published": "2026-11-23T10:00:00Z" }).to_string()
}

fn results(response: &Response) -> Vec<Value> {
    assert_eq!((response.status, response.expect("content-type")), (200, "application/jsonl"), "{}", response.text());
    response.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn post(served: &Served, api: &Publishing, body: &str) -> Vec<Value> {
    results(&api.send(served, "POST", BATCH, &[LINES], body))
}

#[test]
fn each_line_is_answered_in_its_place_and_faulty_ones_hinder_nobody() {
    let served = Served::start();
    let api = served.publishing("publish");
    api.put(&served, "gone", &json!({ "title": "大安" }));
    api.send(&served, "DELETE", "/api/v1/articles/gone", &[], "");
    let long = format!("{{\"id\":\"long\",\"title\":\"{}\"}}", "a".repeat(1 << 20));
    let lines = [
        line("1", "大安盐井"),
        "{".to_owned(),
        line("", "大安"),
        String::new(),
        long,
        line("gone", "大安"),
        line("1", "大安盐井"),
        line("1", "大安卤水"),
        "{\"id\":\"2\",\"titel\":\"x\"}".to_owned(),
        line("3", "沿滩"),
    ];
    let results = post(&served, &api, &lines.join("\n"));
    let told: Vec<(u64, u64)> =
        results.iter().map(|r| (r["line"].as_u64().unwrap(), r["status"].as_u64().unwrap())).collect();
    assert_eq!(
        told,
        [(1, 201), (2, 400), (3, 422), (5, 413), (6, 409), (7, 200), (8, 200), (9, 422), (10, 201)],
        "{results:?}"
    );
    let outcomes: Vec<&Value> = results.iter().map(|result| &result["result"]).collect();
    assert_eq!((outcomes[5], outcomes[6]), (&json!("unchanged"), &json!("replaced")));
    assert_eq!(results[2]["problem"]["errors"][0]["pointer"], "#/id");
    assert_eq!(results[7]["problem"]["errors"].as_array().map(Vec::len), Some(2));
    let feed = served.get("/feed.json", &[]).json();
    let titles: Vec<&str> =
        feed["items"].as_array().unwrap().iter().filter_map(|item| item["title"].as_str()).collect();
    assert!(titles.contains(&"大安卤水") && titles.contains(&"沿滩"), "{titles:?}");
}

#[test]
fn a_client_that_reads_nothing_before_it_has_said_everything_is_answered() {
    let served = Served::start();
    let api = served.publishing("publish");
    // Far more answers than any buffer between the two holds.
    let body: String = (0..20_000).map(|n| format!("{{\"id\":\"{n}\",\"titel\":\"a\"}}\n")).collect();
    let results = post(&served, &api, &body);
    assert_eq!(results.len(), 20_000);
    assert!(results.iter().zip(1..).all(|(result, line)| result["line"] == line && result["status"] == 422));
}

#[test]
fn lines_may_come_in_chunks_and_a_dry_run_publishes_none_of_them() {
    let served = Served::start();
    let api = served.publishing("publish");
    let body = line("1", "大安盐井") + "\n" + &line("2", "大安卤水");
    let fields = [LINES, "Transfer-Encoding: chunked", "Connection: close"];
    let token = format!("Authorization: Bearer {}", api.token);
    let mut wire = served.wire();
    wire.send(request("POST", &format!("{BATCH}?dry-run=true"), &[&fields[..], &[&token]].concat()));
    for piece in body.as_bytes().chunks(7) {
        wire.send(format!("{:x}\r\n", piece.len()));
        wire.send(piece);
        wire.send("\r\n");
    }
    wire.send("0\r\n\r\n");
    let dry = results(&wire.response());
    assert!(dry.len() == 2 && dry.iter().all(|result| result["result"] == "created"), "{dry:?}");
    assert_eq!(api.get(&served, "/api/v1/articles/1").status, 404);
    assert_eq!(post(&served, &api, &body).len(), 2);
    assert_eq!(api.get(&served, "/api/v1/articles/2").status, 200);
}

#[test]
fn what_shares_a_transaction_shares_a_revision() {
    let served = Served::start();
    let api = served.publishing("publish");
    let body: String = (0..500).map(|n| line(&n.to_string(), "大安") + "\n").collect();
    let results = post(&served, &api, &body);
    let revisions: std::collections::BTreeSet<u64> = results.iter().filter_map(|r| r["revision"].as_u64()).collect();
    assert!((3..100).contains(&revisions.len()), "{} revisions of 500 articles", revisions.len());
    let last = revisions.last().expect("a revision");
    assert!(served.get("/feed.atom", &[]).expect("etag").starts_with(&format!("W/\"{last}-")));
}

#[test]
fn a_batch_says_that_it_is_lines() {
    let served = Served::start();
    let api = served.publishing("publish");
    for (fields, status) in [
        (&["Content-Type: application/json"][..], 415),
        (&[LINES, "Content-Encoding: gzip"], 415),
        (&["Content-Type: application/x-ndjson; charset=utf-8"], 200),
    ] {
        assert_eq!(api.send(&served, "POST", BATCH, fields, &line("1", "大安")).status, status, "{fields:?}");
    }
    assert_eq!(api.send(&served, "POST", BATCH, &[LINES], "").text(), "");
}

/// The titles of a feed's entries in their order, and when each is said to have been published.
fn shown(served: &Served, path: &str) -> Vec<(String, String)> {
    let feed = served.get(path, &[]).json();
    let text = |item: &Value, name: &str| item[name].as_str().expect("a text").to_owned();
    let items = feed["items"].as_array().expect("items").iter();
    items.map(|item| (text(item, "title"), text(item, "date_published"))).collect()
}

#[test]
fn articles_without_a_date_stand_in_the_order_in_which_they_came_however_fast_they_come() {
    let served = Served::start();
    let api = served.publishing("publish");
    for id in ["1", "2", "3"] {
        let told = api.put(&served, id, &json!({ "title": format!("大安 {id}") }));
        assert_eq!((told.status, told.json()["result"].as_str()), (201, Some("created")), "{}", told.text());
        assert_eq!(told.json()["warnings"], json!([]), "{}", told.text());
    }
    let lines: Vec<String> =
        (4..=250).map(|n| json!({ "id": n.to_string(), "title": format!("大安 {n}") }).to_string()).collect();
    assert!(post(&served, &api, &lines.join("\n")).iter().all(|result| result["status"] == 201));
    let mut wanted: Vec<String> = (1..=250).rev().map(|n| format!("大安 {n}")).collect();
    wanted.push("大安盐井".to_owned());
    let shown = shown(&served, "/districts/daan.json");
    assert_eq!(shown.iter().map(|(title, _)| title.clone()).collect::<Vec<_>>(), wanted);
    let time = |nth: usize| chrono::DateTime::parse_from_rfc3339(&shown[nth].1).expect("a date").timestamp();
    let seconds = [249, 248, 247, 190, 189, 0].map(|nth| time(nth) - NOW);
    assert_eq!(seconds, [0, 1, 2, 59, 60, 60], "no date lies more than a minute ahead");
    // A minute later everybody has a second of his own again.
    served.set_clock(NOW + 90);
    api.put(&served, "251", &json!({ "title": "大安 251" }));
    assert_eq!(self::shown(&served, "/feed.json")[0], ("大安 251".to_owned(), "2026-11-24T08:18:10+08:00".to_owned()));
    let page = served.get("/districts/daan", &[]).text().to_owned();
    let at = |title: &str| page.find(title).expect("it is shown");
    assert!(at("大安 251") < at("大安 250") && at("大安 250") < at("大安 249"));
}

#[test]
fn an_article_without_a_date_is_not_put_behind_what_is_under_embargo() {
    let served = Served::start();
    let api = served.publishing("publish");
    api.put(&served, "later", &json!({ "title": "大安", "published": "2026-11-24T00:17:00Z" }));
    let told = api.put(&served, "1", &json!({ "title": "沿滩" })).json();
    assert_eq!(told["published"], "2026-11-24T00:16:40Z", "{told}");
}
