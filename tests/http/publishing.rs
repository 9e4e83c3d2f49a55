//! Publishing one article over HTTP: what becomes of it, what its publisher is told, and what the next poll shows.
//!
//! Knows nothing of many articles at once or of who may publish; those have files of their own.

use serde_json::{Value, json};
use wellhead::article::Key;

use crate::support::publishing::Publishing;
use crate::support::served::{NOW, Served};
use crate::support::wire::Response;

const JSON: &str = "Content-Type: application/json";
const PATCH: &str = "Content-Type: application/merge-patch+json";

fn well() -> Value {
    json!({ "title": "大安盐井复产", "html": "<p>大安盐井的卤水又冒泡了。</p>", "published": "2026-11-23T10:00:00+08:00" })
}

fn pointers(response: &Response) -> Vec<String> {
    let problem = response.json();
    assert_eq!(response.expect("content-type"), "application/problem+json");
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["pointer"].as_str().expect("text").to_owned()).collect()
}

fn published() -> (Served, Publishing) {
    let served = Served::start();
    let publishing = served.publishing("publish");
    (served, publishing)
}

#[test]
fn the_very_next_poll_of_every_affected_feed_shows_what_was_published() {
    let (served, api) = published();
    let feeds = ["/feed.atom", "/districts/daan.rss", "/topics/salt.json", "/districts/daan+yantan/topics/salt.atom"];
    let before = feeds.map(|feed| served.get(feed, &[]));
    let created = api.put(&served, "well-1", &well());
    assert_eq!(created.status, 201, "{}", created.text());
    for (feed, before) in feeds.iter().zip(before) {
        let after = served.get(feed, &[&format!("If-None-Match: {}", before.expect("etag"))]);
        assert!(after.status == 200 && after.text().contains("大安盐井复产"), "{feed}: {}", after.status);
    }
    assert_eq!(served.get("/districts/yantan.atom", &[]).text().matches("<entry").count(), 0);
}

#[test]
fn a_writers_private_remarks_in_markdown_are_for_nobody_else() {
    let (served, api) = published();
    let markdown =
        json!({"title": "大安盐井", "markdown": "卤水。%%问井工%% 井深。[^1]\n\n[^1]: 千米。\n\n%%还没写完\n\n秘密"});
    let report = api.put(&served, "1", &markdown);
    assert_eq!(report.status, 201, "{}", report.text());
    assert!(report.text().contains("a private remark (%%) does not end"), "{}", report.text());
    let feed = served.get("/feed.atom", &[]);
    let feed = feed.text();
    assert!(feed.contains("卤水。") && !feed.contains("井工") && !feed.contains("秘密"), "{feed}");
    // The footnote is there, on the page and in the feed under the article's key.
    let page = served.get(
        report.json()["page"].as_str().and_then(|page| page.strip_prefix("https://news.example")).expect("a page"),
        &[],
    );
    let key = Key::derive("local", "1");
    for text in [page.text(), feed] {
        assert!(text.contains(&format!("{key}-1\"")) || text.contains(&format!("{key}-1&quot;")), "{text}");
    }
}

#[test]
fn an_answer_says_where_the_article_is_what_it_is_called_and_why_it_is_where_it_is() {
    let (served, api) = published();
    let created = api.put(&served, "a/b 井", &well());
    assert_eq!(created.status, 201);
    assert_eq!(created.expect("location"), "/api/v1/articles/a%2Fb%20%E4%BA%95");
    assert_eq!(created.expect("cache-control"), "private, no-store, no-transform");
    assert_eq!(created.header("access-control-allow-origin"), None);
    let report = created.json();
    let key = Key::derive("local", "a/b 井");
    assert_eq!((report["key"].as_str(), report["result"].as_str()), (Some(key.as_str()), Some("created")));
    assert_eq!(report["id"], format!("tag:news.example,2026:a/{key}"));
    let district = &report["labels"]["districts"][0];
    assert_eq!((district["slug"].as_str(), district["by"].as_str()), (Some("daan"), Some("rules")));
    assert_eq!(district["evidence"][0]["term"], "大安");
    assert!(district["score"].as_u64() >= district["needed"].as_u64());
    let feeds: Vec<&str> =
        report["feeds"].as_array().expect("a list").iter().map(|f| f["feed"].as_str().expect("text")).collect();
    assert_eq!(feeds, ["feed", "districts/daan", "topics/salt", "districts/daan/topics/salt"]);
    assert_eq!(report["feeds"][1]["atom"], "https://news.example/districts/daan.atom");
    let etag = served.get("/feed.atom", &[]).expect("etag").to_owned();
    assert!(etag.starts_with(&format!("W/\"{}-", report["revision"])), "{etag}");
    let read = api.get(&served, created.expect("location"));
    assert_eq!((read.status, read.header("etag")), (200, created.header("etag")));
    assert_eq!(read.json()["article"], report["article"]);
}

#[test]
fn the_same_twice_is_one_article_and_moves_nothing() {
    let (served, api) = published();
    let created = api.put(&served, "1", &well());
    let feed = served.get("/feed.atom", &[]);
    served.set_clock(NOW + 60);
    let again = api.put(&served, "1", &well());
    assert_eq!((again.status, again.header("etag")), (200, created.header("etag")));
    assert_eq!(
        (again.json()["result"].as_str(), &again.json()["revision"]),
        (Some("unchanged"), &created.json()["revision"])
    );
    assert_eq!(again.header("location"), None);
    let after = served.get("/feed.atom", &[]);
    assert_eq!((after.header("etag"), &after.body), (feed.header("etag"), &feed.body));
}

#[test]
fn what_is_read_can_be_put_again_and_changes_nothing() {
    let (served, api) = published();
    let hostile = json!({
        "title": "更正<井深> &amp; ]]> 𠀀", "markdown": "# 井\n\n<script>x</script>深 *千米*", "url": "https://elsewhere.example/a?b&c",
        "summary": "a < b", "authors": [{ "name": "甲 & 乙" }], "tags": ["盐", "<b>"], "topics": ["salt"], "note": "井深<千米>",
        "image": { "url": "/a.jpg?x=1&y=2", "alt": "\"井\"", "width": 3 }, "updated": "2026-11-23T11:00:00Z",
        "published": "2026-11-23T10:00:00Z", "language": "zh-Hant",
        "enclosures": [{ "url": "https://elsewhere.example/a.mp3", "type": "audio/mpeg", "length": 7 }],
    });
    for (id, article) in [("1", hostile), ("2", json!({ "title": "大安" })), ("3", well())] {
        let created = api.put(&served, id, &article);
        assert_eq!(created.status, 201, "{}", created.text());
        let path = format!("/api/v1/articles/{id}");
        let read = api.get(&served, &path);
        // Insisting, so that it is compared and not only recognised.
        let etag = format!("If-Match: {}", read.expect("etag"));
        let again = api.send(&served, "PUT", &path, &[JSON, &etag], &read.json()["article"].to_string());
        assert_eq!((again.status, again.json()["result"].as_str()), (200, Some("unchanged")), "{}", again.text());
        assert_eq!(again.header("etag"), read.header("etag"));
    }
}

#[test]
fn an_edit_is_silent_unless_its_source_says_that_it_was_updated() {
    let (served, api) = published();
    api.put(&served, "1", &well());
    let mut article = well();
    article["html"] = json!("<p>大安盐井。</p>");
    let silent = api.put(&served, "1", &article).json();
    assert_eq!((silent["result"].as_str(), &silent["updated"]), (Some("replaced"), &silent["published"]));
    article["updated"] = json!("2026-11-23T12:00:00Z");
    let told = api.put(&served, "1", &article).json();
    assert_eq!((told["result"].as_str(), told["updated"].as_str()), (Some("corrected"), Some("2026-11-23T12:00:00Z")));
}

#[test]
fn nothing_is_lost_to_whoever_changes_what_somebody_else_has_changed() {
    let (served, api) = published();
    let first = api.put(&served, "1", &well()).expect("etag").to_owned();
    let path = "/api/v1/articles/1";
    let absent = api.send(&served, "PUT", path, &[JSON, "If-None-Match: *"], &well().to_string());
    assert_eq!(absent.status, 412, "it is there");
    let mut other = well();
    other["title"] = json!("大安盐井停产");
    let if_first = format!("If-Match: {first}");
    let second = api.send(&served, "PUT", path, &[JSON, &if_first], &other.to_string());
    assert_eq!(second.status, 200);
    assert_ne!(second.expect("etag"), first);
    assert!(!second.expect("etag").starts_with("W/"));
    for (method, fields, body) in [
        ("PUT", vec![JSON, &if_first], well().to_string()),
        ("PATCH", vec![PATCH, &if_first], "{\"title\":\"x\"}".to_owned()),
        ("DELETE", vec![if_first.as_str()], String::new()),
    ] {
        let refused = api.send(&served, method, path, &fields, &body);
        assert_eq!(refused.status, 412, "{method}: {}", refused.text());
    }
    let new = api.send(&served, "PUT", "/api/v1/articles/2", &[JSON, "If-Match: *"], &well().to_string());
    assert_eq!(new.status, 412, "it is not there");
    assert_eq!(api.get(&served, path).json()["article"]["title"], "大安盐井停产");
    // Back to what its source said first: that is meant, since the state is named.
    let if_second = format!("If-Match: {}", second.expect("etag"));
    let back = api.send(&served, "PUT", path, &[JSON, &if_second], &well().to_string());
    assert_eq!((back.status, back.json()["article"]["title"].as_str()), (200, Some("大安盐井复产")));
}

#[test]
fn a_patch_changes_what_it_names_and_must_say_what_it_has_read() {
    let (served, api) = published();
    let etag = api.put(&served, "1", &well()).expect("etag").to_owned();
    let path = "/api/v1/articles/1";
    assert_eq!(api.send(&served, "PATCH", path, &[PATCH], "{\"title\":\"大安\"}").status, 428);
    assert_eq!(api.send(&served, "PATCH", path, &[JSON, "If-Match: *"], "{}").status, 415);
    assert_eq!(api.send(&served, "PATCH", "/api/v1/articles/2", &[PATCH, "If-Match: *"], "{}").status, 404);
    let if_match = format!("If-Match: {etag}");
    let patched = api.send(&served, "PATCH", path, &[PATCH, &if_match], "{\"title\":\"大安卤水\",\"tags\":[\"井\"]}");
    assert_eq!(patched.status, 200, "{}", patched.text());
    let article = &patched.json()["article"];
    assert_eq!((article["title"].as_str(), &article["tags"]), (Some("大安卤水"), &json!(["井"])));
    assert_eq!(article["html"], well()["html"]);
    let body = "{\"tags\":null,\"text\":\"沿滩\\n\\n沿滩的桥，沿滩的路，沿滩人\"}";
    let patched = api.send(&served, "PATCH", path, &[PATCH, "If-Match: *"], body);
    assert_eq!(patched.status, 200, "another kind of body takes the place of the first: {}", patched.text());
    let report = patched.json();
    assert_eq!(report["article"]["tags"], Value::Null);
    assert!(report["article"]["summary"].is_null(), "it was never given");
    let faulty =
        api.send(&served, "PATCH", path, &[PATCH, "If-Match: *"], "{\"title\":null,\"colour\":1,\"id\":\"2\"}");
    assert_eq!(faulty.status, 422);
    let mut named = pointers(&faulty);
    named.sort();
    assert_eq!(named, ["#/colour", "#/id", "#/title"]);
}

#[test]
fn a_withdrawn_article_is_a_notice_until_it_is_restored() {
    let (served, api) = published();
    api.put(&served, "1", &well());
    let path = "/api/v1/articles/1";
    let withdrawn = api.send(&served, "DELETE", path, &[JSON], "{\"note\":\"数字有误\"}");
    assert_eq!(
        (withdrawn.status, withdrawn.json()["state"].as_str()),
        (200, Some("withdrawn")),
        "{}",
        withdrawn.text()
    );
    let feed = served.get("/districts/daan.atom", &[]);
    assert!(feed.text().contains("数字有误") && !feed.text().contains("又冒泡"));
    assert_eq!(served.get(&format!("/articles/{}", Key::derive("local", "1")), &[]).status, 410);
    let again = api.send(&served, "DELETE", &format!("{path}?note=%E6%95%B0%E5%AD%97%E6%9C%89%E8%AF%AF"), &[], "");
    assert_eq!((again.status, again.json()["result"].as_str()), (200, Some("unchanged")));
    assert_eq!(api.put(&served, "1", &well()).status, 409);
    assert_eq!(api.send(&served, "PATCH", path, &[PATCH, "If-Match: *"], "{}").status, 409);
    let restored = api.send(&served, "POST", &format!("{path}/restore"), &[], "");
    assert_eq!((restored.status, restored.json()["result"].as_str()), (200, Some("restored")));
    assert!(served.get("/districts/daan.atom", &[]).text().contains("又冒泡"));
    assert_eq!(api.send(&served, "POST", &format!("{path}/restore"), &[], "").json()["result"], "unchanged");
    for (method, path) in [("DELETE", "/api/v1/articles/2"), ("POST", "/api/v1/articles/2/restore")] {
        assert_eq!(api.send(&served, method, path, &[], "").status, 404, "{method}");
    }
    let both = api.send(&served, "DELETE", &format!("{path}?note=a"), &[JSON], "{\"note\":\"b\"}");
    assert_eq!(both.status, 400);
}

#[test]
fn a_dry_run_tells_everything_and_does_nothing() {
    let (served, api) = published();
    let feed = served.get("/feed.atom", &[]);
    let path = "/api/v1/articles/1?dry-run=true";
    let dry = api.send(&served, "PUT", path, &[JSON], &well().to_string());
    assert_eq!((dry.status, dry.header("location"), dry.header("etag")), (200, None, None));
    let report = dry.json();
    assert_eq!((report["result"].as_str(), &report["dry_run"]), (Some("created"), &json!(true)));
    assert_eq!(report["labels"]["topics"][0]["slug"], "salt");
    for (format, beginning) in [("atom", "<entry>"), ("rss", "<item>"), ("json", "{")] {
        let entry = report["entry"][format].as_str().expect("text");
        assert!(entry.starts_with(beginning) && entry.contains("大安盐井复产"), "{entry}");
    }
    assert_eq!(api.get(&served, "/api/v1/articles/1").status, 404);
    assert_eq!(served.get("/feed.atom", &[]).body, feed.body);
    let faulty = api.send(&served, "PUT", path, &[JSON], "{\"title\":\"\"}");
    assert_eq!((faulty.status, pointers(&faulty)), (422, vec!["#/title".to_owned()]));
    let scripted =
        api.send(&served, "PUT", path, &[JSON], "{\"title\":\"大安\",\"html\":\"<SCRIPT>x</SCRIPT><scripts>\"}");
    assert!(scripted.json()["warnings"][0].as_str().is_some_and(|w| w.ends_with(": script")), "{}", scripted.text());
    let nowhere = api.send(&served, "PUT", path, &[JSON], "{\"title\":\"桥\"}").json();
    assert!(nowhere["warnings"][0].as_str().expect("text").contains("feed of everything"));
    api.put(&served, "1", &well());
    let dry = api.send(&served, "DELETE", path, &[], "").json();
    assert_eq!(dry["result"], "withdrawn");
    assert!(dry["entry"]["atom"].as_str().expect("text").contains("撤"), "{dry}");
    assert_eq!(api.get(&served, "/api/v1/articles/1").json()["state"], "published");
}

#[test]
fn all_faults_of_a_body_are_told_at_once_each_with_its_place() {
    let (served, api) = published();
    let body = json!({
        "id": "2", "titel": "x", "text": 5, "html": "<p>a</p>", "markdown": "b", "published": "gestern",
        "districts": ["daan", "mars"], "authors": [{ "name": "a" }, { "url": "x" }], "tags": ["a", 7],
        "enclosures": [{ "url": "ftp://x", "type": "audio" }],
    });
    let refused = api.put(&served, "1", &body);
    assert_eq!(refused.status, 422);
    let named = pointers(&refused);
    for place in [
        "/id",
        "/titel",
        "/title",
        "/text",
        "/markdown",
        "/published",
        "/districts/1",
        "/authors/1",
        "/tags/1",
        "/enclosures/0",
    ] {
        let there = named.iter().any(|pointer| pointer.trim_start_matches('#').starts_with(place));
        assert!(there, "{place} is not among {named:?}");
    }
    let problem = refused.json();
    assert_eq!((problem["status"].as_u64(), problem["title"].as_str()), (Some(422), Some("Unprocessable Entity")));
    assert_eq!(api.get(&served, "/api/v1/articles/1").status, 404);
}

#[test]
fn what_is_wrong_with_a_form_is_told_whatever_it_is_called_and_none_of_it_is_taken() {
    let (served, api) = published();
    for (body, pointer) in [
        ("{\"title\":\"t\",\"a`b\":{}}", "#/a%60b"),
        ("{\"title\":\"t\",\"标 题\":1}", "#/%E6%A0%87%20%E9%A2%98"),
        ("{\"title\":\"t\",\"id\":5}", "#/id"),
        ("{\"title\":\"t\",\"title\":\"u\"}", "#/title"),
        ("{\"title\":\"t\",\"image\":{\"url\":\"/a\",\"url\":\"/b\"}}", "#/image/url"),
        ("[\"1\",\"t\"]", "#"),
    ] {
        let refused = api.send(&served, "PUT", "/api/v1/articles/1", &[JSON], body);
        assert_eq!((refused.status, pointers(&refused)), (422, vec![pointer.to_owned()]), "{body}");
    }
    api.put(&served, "1", &well());
    for (body, pointer) in [("{\"note\":5}", "#/note"), ("{\"foo\":1}", "#/foo"), ("[\"x\"]", "#")] {
        let refused = api.send(&served, "DELETE", "/api/v1/articles/1", &[JSON], body);
        assert_eq!((refused.status, pointers(&refused)), (422, vec![pointer.to_owned()]), "{body}");
    }
    assert_eq!(api.get(&served, "/api/v1/articles/1").json()["state"], "published");
}

#[test]
fn an_embargo_that_is_lifted_is_over_for_the_very_next_poll() {
    let (served, api) = published();
    let at = |time: i64| wellhead::article::Time(time).to_string();
    let secret = |time| json!({ "title": "大安的秘密", "published": at(time) });
    assert_eq!(api.put(&served, "1", &secret(NOW + 3600)).json()["state"], "embargoed");
    let lifted = api.put(&served, "1", &secret(NOW)).json();
    assert_eq!((lifted["state"].as_str(), lifted["revision"].is_u64()), (Some("published"), true), "{lifted}");
    assert!(served.get("/districts/daan.atom", &[]).text().contains("秘密"));
    let moved = api.put(&served, "1", &secret(NOW + 3600)).json();
    assert_eq!((moved["state"].as_str(), moved["published"].as_str()), (Some("published"), Some(&at(NOW)[..])));
    assert!(moved["warnings"][0].as_str().is_some_and(|warning| warning.contains("published stays")), "{moved}");
}

#[test]
fn a_note_stands_until_another_one_is_given() {
    let (served, api) = published();
    api.put(&served, "1", &well());
    api.send(&served, "DELETE", "/api/v1/articles/1?note=a", &[], "");
    let again = api.send(&served, "DELETE", "/api/v1/articles/1", &[], "").json();
    assert_eq!((again["result"].as_str(), again["notice"].as_str()), (Some("unchanged"), Some("a")));
    let other = api.send(&served, "DELETE", "/api/v1/articles/1?note=b", &[], "").json();
    assert_eq!((other["result"].as_str(), other["notice"].as_str()), (Some("withdrawn"), Some("b")));
}

#[test]
fn what_cannot_be_read_or_is_not_there_is_answered_with_the_status_that_says_so() {
    let (served, api) = published();
    let path = "/api/v1/articles/1";
    let long = json!({ "title": "井", "text": "盐".repeat(400_000) }).to_string();
    let cases: [(&str, &str, &[&str], &str, u16); 16] = [
        ("PUT", path, &[JSON], "{\"title\":", 400),
        ("PUT", path, &[JSON], "{\"title\":\"\\ud800\"}", 400),
        ("PUT", "/api/v1/articles/1?dry_run=true", &[JSON], "{\"title\":\"a\"}", 400),
        ("PUT", path, &[JSON, "If-Match: 1-a"], "{\"title\":\"a\"}", 400),
        ("PUT", path, &[JSON], "[]", 422),
        ("PUT", path, &[], "{\"title\":\"a\"}", 415),
        ("PUT", path, &["Content-Type: application/x-www-form-urlencoded"], "{\"title\":\"a\"}", 415),
        ("PUT", path, &[JSON, "Content-Encoding: gzip"], "{\"title\":\"a\"}", 415),
        ("PUT", path, &[JSON], &long, 413),
        ("POST", path, &[JSON], "{}", 405),
        ("OPTIONS", path, &[], "", 405),
        ("PUT", "/api/v1/articles", &[JSON], "{}", 405),
        ("GET", path, &[], "", 404),
        ("GET", "/api/v1/articles/a/b", &[], "", 404),
        ("GET", "/api/v1", &[], "", 404),
        ("GET", "/api/v1/articles?limit=0", &[], "", 400),
    ];
    for (method, path, fields, body, status) in cases {
        let answer = api.send(&served, method, path, fields, body);
        assert_eq!(answer.status, status, "{method} {path} {fields:?}: {}", answer.text());
        assert_eq!(answer.expect("content-type"), "application/problem+json");
        assert_eq!(answer.expect("cache-control"), "private, no-store, no-transform");
        assert_eq!(answer.header("allow").is_some(), status == 405);
    }
    assert_eq!(served.get("/feed.atom", &[]).text().matches("<entry").count(), 1, "nothing was published");
}

#[test]
fn an_article_without_a_date_is_dated_now_and_one_ahead_of_now_waits() {
    let (served, api) = published();
    let now = api.put(&served, "now", &json!({ "title": "大安" })).json();
    assert_eq!(now["published"], wellhead::article::Time(NOW).to_string());
    let ahead = wellhead::article::Time(NOW + 1800).to_string();
    let held = api.put(&served, "held", &json!({ "title": "大安的秘密", "published": ahead }));
    let report = held.json();
    assert_eq!((held.status, report["state"].as_str(), &report["feeds"]), (201, Some("embargoed"), &json!([])));
    assert!(report.get("revision").is_none() && report["warnings"][0].as_str().is_some());
    assert!(!served.get("/feed.atom", &[]).text().contains("秘密"));
    served.set_clock(NOW + 1800);
    served.release();
    assert!(served.get("/districts/daan.atom", &[]).text().contains("秘密"));
    let public = api.get(&served, "/api/v1/articles/held");
    assert_eq!(public.json()["state"], "published");
    assert_ne!(public.header("etag"), held.header("etag"));
}

#[test]
fn an_article_is_of_its_source_and_another_source_s_is_another() {
    let (served, api) = published();
    let path = "/api/v1/articles/1?source=cms";
    let created = api.send(&served, "PUT", path, &[JSON], &well().to_string());
    assert_eq!((created.status, created.expect("location")), (201, path));
    assert_eq!(created.json()["key"], Key::derive("cms", "1").as_str());
    assert_eq!(api.get(&served, "/api/v1/articles/1").status, 404);
    assert_eq!(api.get(&served, path).status, 200);
    assert_eq!(api.put(&served, "1", &well()).status, 201);
    let first = api.get(&served, "/api/v1/articles/first").json();
    assert_eq!(first["article"]["title"], "大安盐井", "what was imported in this source is reached, too");
}

#[test]
fn the_list_of_all_articles_is_read_page_by_page_while_others_come() {
    let (served, api) = published();
    for id in ["1", "2", "3", "4"] {
        api.put(&served, id, &well());
    }
    let mut next = Some("/api/v1/articles?limit=2".to_owned());
    let mut ids = Vec::new();
    while let Some(path) = next {
        let page = api.get(&served, &path);
        assert_eq!(page.status, 200, "{}", page.text());
        let listing = page.json();
        for item in listing["articles"].as_array().expect("a list") {
            let read = api.get(&served, item["href"].as_str().expect("text"));
            assert_eq!(read.json()["key"], item["key"]);
            ids.push(read.json()["article"]["id"].as_str().expect("text").to_owned());
        }
        if ids.len() == 2 {
            api.put(&served, "5", &well());
        }
        next = listing["next"].as_str().map(str::to_owned);
        assert_eq!(page.header("link").is_some(), next.is_some());
    }
    assert_eq!(ids, ["first", "1", "2", "3", "4", "5"]);
    let other = api.get(&served, "/api/v1/articles?source=cms").json();
    assert_eq!(other["articles"], json!([]));
}

#[test]
fn a_connection_goes_on_after_a_body_that_was_read() {
    let (served, api) = published();
    let mut wire = served.wire();
    for id in ["1", "2"] {
        wire.send(api.request("PUT", &format!("/api/v1/articles/{id}"), &[JSON], &well().to_string()));
        assert_eq!(wire.response().status, 201);
    }
    wire.send(crate::support::wire::request("GET", "/feed.atom", &[]));
    assert_eq!(wire.response().text().matches("<entry").count(), 3);
}

#[test]
fn a_full_store_is_told_and_loses_nothing_and_feeds_go_on() {
    let (served, api) = published();
    served.app().site.store().bound(200 * 8192).wait().expect("the store answers");
    let body = |n: u32| json!({ "title": format!("大安 {n}"), "text": "卤水".repeat(10_000) });
    let mut acknowledged = 0;
    let refused = loop {
        let answer = api.put(&served, &acknowledged.to_string(), &body(acknowledged));
        if answer.status != 201 {
            break answer;
        }
        acknowledged += 1;
    };
    assert!(acknowledged > 3, "there was room for {acknowledged}");
    assert_eq!(refused.status, 507, "{}", refused.text());
    assert!(refused.header("retry-after").is_some());
    let feed = served.get("/districts/daan.json", &[]).json();
    assert_eq!(feed["items"].as_array().expect("items").len(), acknowledged as usize + 1);
    for n in 0..acknowledged {
        assert_eq!(api.get(&served, &format!("/api/v1/articles/{n}")).status, 200);
    }
    // What needs no more room is still done.
    assert_eq!(api.put(&served, "0", &body(0)).json()["result"], "unchanged");
}

#[test]
fn the_api_describes_itself_without_a_token() {
    let served = Served::start();
    let described = served.get("/api/v1/openapi.json", &[]);
    assert_eq!((described.status, described.expect("content-type")), (200, "application/json"));
    assert_eq!(described.json()["openapi"], "3.1.0");
}

#[test]
fn a_source_whose_clock_is_a_little_ahead_is_believed_to_speak_of_now() {
    let (served, api) = published();
    let said = |seconds: i64| {
        let updated = wellhead::article::Time(NOW + seconds).to_string();
        json!({ "title": "大安", "published": "2026-11-23T10:00:00+08:00", "updated": updated })
    };
    let created = api.put(&served, "1", &said(2)).json();
    assert_eq!(created["updated"], wellhead::article::Time(NOW).to_string(), "{created}");
    // Its clock goes on as ours does: the same again is nothing new, and a later change is told.
    served.set_clock(NOW + 10);
    assert_eq!(api.put(&served, "1", &said(2)).json()["result"], "unchanged");
    let replaced = api.put(&served, "1", &said(310)).json();
    assert_eq!(replaced["updated"], wellhead::article::Time(NOW + 10).to_string(), "{replaced}");
    let feed = served.get("/feed.atom", &[]);
    assert!(feed.text().contains("<updated>2026-11-24T08:16:50+08:00</updated>"), "{}", feed.text());
    let refused = api.put(&served, "2", &said(311));
    assert_eq!((refused.status, pointers(&refused)), (422, vec!["#/updated".to_owned()]));
    // An article that is to appear a little later waits: that is what it says.
    let later = wellhead::article::Time(NOW + 130).to_string();
    let held = api.put(&served, "3", &json!({ "title": "沿滩", "published": later, "updated": later })).json();
    assert_eq!((&held["state"], &held["published"]), (&json!("embargoed"), &json!(later)), "{held}");
}
