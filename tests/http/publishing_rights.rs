//! Who may publish: by which token, within which districts, and over which ways.
//!
//! Knows nothing of what is published.

use serde_json::json;

use crate::support::publishing::Publishing;
use crate::support::served::{NOW, Served, WIDE};
use crate::support::wire::Wire;
use wellhead::net::Limits;

const JSON: &str = "Content-Type: application/json";
const PATH: &str = "/api/v1/articles/1";

#[test]
fn an_unknown_a_wrong_an_expired_and_a_revoked_token_are_told_the_same() {
    let served = Served::start();
    let good = served.publishing("publish");
    assert_eq!(good.put(&served, "1", &json!({ "title": "大安" })).status, 201);
    let other = Publishing::with(format!("wh_{}", "A".repeat(43)));
    let short = Publishing::with("x".to_owned());
    let unknown = other.get(&served, PATH);
    assert_eq!(unknown.status, 401);
    assert!(unknown.expect("www-authenticate").starts_with("Bearer "));
    let of_another_kind = served.get(PATH, &["Authorization: Basic eDp5"]);
    let missing = served.get(PATH, &[]);
    for refused in [&of_another_kind, &missing] {
        assert_eq!((refused.status, refused.expect("www-authenticate")), (401, "Bearer realm=\"wellhead\""));
    }
    served.revoke(&good);
    let revoked = good.get(&served, PATH);
    let expiring = served.publishing("read");
    assert_eq!(expiring.get(&served, PATH).status, 200);
    served.set_clock(NOW + 3600);
    let expired = expiring.get(&served, PATH);
    for refused in [short.get(&served, PATH), revoked, expired] {
        assert_eq!((refused.status, &refused.body), (401, &unknown.body));
        assert_eq!(refused.fields(&["date"]), unknown.fields(&["date"]));
    }
}

#[test]
fn a_token_that_is_revoked_while_a_body_arrives_is_refused() {
    let served = Served::start();
    let api = served.publishing("publish");
    for (method, path, fields, parts) in [
        ("PUT", PATH, JSON, ["{\"title\":", "\"大安\"}"]),
        (
            "POST",
            "/api/v1/articles:batch",
            "Content-Type: application/jsonl",
            ["{\"id\":\"2\",\"title\":\"大安\"}\n\n", "{\"id\":\"3\",\"title\":\"大安\"}\n"],
        ),
    ] {
        let token = served.publishing("publish");
        let request = token.request(method, path, &[fields, "Connection: close"], &parts.concat());
        let (first, second) = request.split_at(request.len() - parts[1].len());
        let mut wire = served.wire();
        wire.send(first);
        served.revoke(&token);
        wire.send(second);
        let answer = wire.response();
        assert!(answer.status == 401 || answer.text().contains("\"status\":401"), "{}", answer.text());
    }
    for id in ["1", "3"] {
        assert_eq!(api.get(&served, &format!("/api/v1/articles/{id}")).status, 404, "{id}");
    }
}

#[test]
fn a_token_that_reads_publishes_nothing_and_sees_no_embargo() {
    let served = Served::start();
    let (writer, reader) = (served.publishing("publish"), served.publishing("read"));
    let ahead = wellhead::article::Time(NOW + 3600).to_string();
    writer.put(&served, "1", &json!({ "title": "大安", "html": "<p>旧文</p>" }));
    writer.put(&served, "secret", &json!({ "title": "秘密", "published": ahead }));
    assert_eq!(reader.get(&served, PATH).json()["article"]["title"], "大安");
    assert_eq!(reader.get(&served, "/api/v1/articles/secret").status, 404);
    assert_eq!(writer.get(&served, "/api/v1/articles/secret").json()["state"], "embargoed");
    assert!(!reader.get(&served, "/api/v1/articles").text().contains("秘密"));
    assert!(writer.get(&served, "/api/v1/articles").text().contains("秘密"));
    writer.send(&served, "DELETE", PATH, &[], "");
    let withdrawn = reader.get(&served, PATH);
    assert!(withdrawn.json()["state"] == "withdrawn" && !withdrawn.text().contains("旧文"));
    for (method, path) in [
        ("PUT", PATH),
        ("PUT", "/api/v1/articles/1?dry-run=true"),
        ("PATCH", PATH),
        ("DELETE", PATH),
        ("POST", "/api/v1/articles/1/restore"),
        ("POST", "/api/v1/articles:batch"),
    ] {
        assert_eq!(reader.send(&served, method, path, &[JSON], "{}").status, 403, "{method}");
    }
}

#[test]
fn a_token_of_districts_touches_only_what_lies_within_them_before_and_after() {
    let served = Served::start();
    let (all, daan) = (served.publishing("publish"), served.publishing("publish:daan"));
    let put = |api: &Publishing, id: &str, article: serde_json::Value| api.put(&served, id, &article);
    // What the rules say beyond its bounds is left out, and told.
    let both = put(&daan, "both", json!({ "title": "大安和沿滩的盐井" }));
    assert_eq!(both.status, 201, "{}", both.text());
    let report = both.json();
    assert_eq!(report["labels"]["districts"].as_array().map(Vec::len), Some(1));
    assert!(report["warnings"][0].as_str().expect("text").contains("yantan"), "{report}");
    // What it says itself beyond them is refused, and so is what lies in no district.
    for districts in [json!(["daan", "yantan"]), json!(["yantan"]), json!([])] {
        let refused = put(&daan, "own", json!({ "title": "大安", "districts": districts }));
        assert_eq!((refused.status, refused.json()["errors"][0]["pointer"].as_str()), (403, Some("#/districts")));
    }
    assert_eq!(put(&daan, "none", json!({ "title": "桥" })).status, 403);
    assert_eq!(put(&daan, "own", json!({ "title": "桥", "districts": ["daan"] })).status, 201);
    // Nor may it touch what lay elsewhere, or move something there.
    assert_eq!(put(&all, "other", json!({ "title": "沿滩" })).status, 201);
    assert_eq!(put(&all, "wide", json!({ "title": "大安", "districts": ["daan", "yantan"] })).status, 201);
    for id in ["other", "wide"] {
        let path = format!("/api/v1/articles/{id}");
        assert_eq!(put(&daan, id, json!({ "title": "大安", "districts": ["daan"] })).status, 403);
        assert_eq!(daan.send(&served, "DELETE", &path, &[], "").status, 403);
        assert_eq!(daan.get(&served, &path).status, 200, "everybody may read it");
    }
    let ahead = wellhead::article::Time(NOW + 3600).to_string();
    put(&all, "secret", json!({ "title": "沿滩", "published": ahead }));
    assert_eq!(daan.get(&served, "/api/v1/articles/secret").status, 404);
    assert_eq!(put(&daan, "own", json!({ "title": "桥", "districts": ["yantan"] })).status, 403);
    assert_eq!(daan.send(&served, "DELETE", "/api/v1/articles/own", &[], "").status, 200);
    let line = json!({ "id": "own2", "title": "沿滩", "districts": ["yantan"] }).to_string();
    let batch = daan.send(&served, "POST", "/api/v1/articles:batch", &["Content-Type: application/jsonl"], &line);
    assert!(batch.text().contains("\"status\":403"), "{}", batch.text());
}

#[test]
fn a_token_is_asked_for_only_where_nobody_else_reads_it() {
    let proxied = Served::with_limits(Limits { trusted: vec!["127.0.0.0/8".parse().expect("a net")], ..WIDE });
    let direct = Served::start();
    for (served, fields, status) in [
        (&direct, &[][..], 200),
        (&direct, &["X-Forwarded-For: 192.0.2.1"], 403),
        (&direct, &["X-Forwarded-Proto: https"], 403),
        // A proxy that adds nothing looks like a program on this machine; that program asks the admin listener.
        (&proxied, &[], 403),
        (&proxied, &["X-Forwarded-Proto: https"], 200),
        (&proxied, &["X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https"], 200),
        (&proxied, &["X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: http"], 403),
        (&proxied, &["X-Forwarded-For: 192.0.2.1"], 403),
        (&proxied, &["Forwarded: for=192.0.2.1;proto=https"], 200),
        (&proxied, &["Forwarded: for=192.0.2.1;proto=http", "X-Forwarded-Proto: https"], 403),
    ] {
        let answer = served.publishing("read").send(served, "GET", "/api/v1/articles", fields, "");
        assert_eq!(answer.status, status, "{fields:?}: {}", answer.text());
    }
}

#[test]
fn publishers_on_this_machine_have_the_admin_listener() {
    let proxied = Served::with_limits(Limits { trusted: vec!["127.0.0.1/32".parse().expect("a net")], ..WIDE });
    let api = proxied.publishing("publish");
    let admin = proxied.admin();
    let send = |api: &Publishing, method: &str, path: &str, fields: &[&str], body: &str| {
        let mut wire = Wire::open(admin);
        wire.send(api.request(method, path, &[fields, &["Connection: close"]].concat(), body));
        wire.response_to(method)
    };
    let article = json!({ "title": "大安盐井复产" }).to_string();
    let refused = api.put(&proxied, "well", &json!({ "title": "大安盐井复产" }));
    assert!(refused.status == 403 && refused.text().contains("admin listener"), "{}", refused.text());
    let created = send(&api, "PUT", "/api/v1/articles/well", &[JSON], &article);
    assert_eq!(created.status, 201, "{}", created.text());
    assert!(proxied.get("/feed.atom", &[]).text().contains("大安盐井复产"), "the next poll shows it");
    assert_eq!(send(&api, "GET", "/api/v1/articles/well", &[], "").expect("etag"), created.expect("etag"));
    let lines = "{\"id\":\"a\",\"title\":\"大安\"}\n{\"id\":\"b\",\"title\":\"大安桥\"}\n";
    let batch = send(&api, "POST", "/api/v1/articles:batch", &["Content-Type: application/jsonl"], lines);
    assert_eq!((batch.status, batch.text().matches("\"status\":201").count()), (200, 2), "{}", batch.text());
    // It asks for a token as everywhere, believes no proxy that is not named, and publishes nothing else.
    let nobody = Publishing::with(format!("wh_{}", "A".repeat(43)));
    assert_eq!(send(&nobody, "GET", "/api/v1/articles", &[], "").status, 401);
    for (fields, status) in
        [(["X-Forwarded-Proto: http"], 403), (["X-Forwarded-For: 192.0.2.1"], 403), (["X-Forwarded-Proto: https"], 200)]
    {
        assert_eq!(send(&api, "GET", "/api/v1/articles", &fields, "").status, status, "{fields:?}");
    }
    assert_eq!(send(&api, "GET", "/feed.atom", &[], "").status, 404);
    assert_eq!(send(&api, "GET", "/healthz", &[], "").status, 200);
}

#[test]
fn an_admin_listener_that_others_reach_is_as_strict_as_the_public_one() {
    let limits = Limits { trusted: vec!["127.0.0.1/32".parse().expect("a net")], ..WIDE };
    for (served, status) in [(Served::start(), 200), (Served::with_limits(limits), 403)] {
        let api = served.publishing("read");
        let mut wire = Wire::open(served.admin_at("0.0.0.0:0"));
        wire.send(api.request("GET", "/api/v1/articles", &[], ""));
        assert_eq!(wire.response().status, status, "from this machine");
    }
}

#[test]
fn whoever_goes_on_failing_waits_longer_and_nobody_else_does() {
    let served = Served::paused(WIDE);
    let good = served.publishing("publish");
    let [wrong, other] = ["B", "C"].map(|letter| Publishing::with(format!("wh_{}", letter.repeat(43))));
    for _ in 0..3 {
        assert_eq!(wrong.get(&served, "/api/v1/articles").status, 401);
    }
    let mut held = served.wire();
    held.send(wrong.request("GET", "/api/v1/articles", &[], ""));
    served.pass(0);
    assert!(held.is_silent(), "the fourth waits");
    assert_eq!(other.get(&served, "/api/v1/articles").status, 401);
    assert_eq!(good.get(&served, "/api/v1/articles").status, 200);
    assert!(held.is_silent());
    served.pass_until("the fourth is answered", || !held.is_silent());
    assert_eq!(held.response().status, 401);
}
