//! `check`: what it names, and what it says when a rule is broken.
//!
//! Knows nothing of how it is found.

use super::Newsroom;
use crate::support::line;

fn recent(days: i64, seconds: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("later").as_secs() as i64;
    format!("\"published\":\"{}\"", wellhead::article::Time(now - days * 86_400 - seconds))
}

/// A newsroom in which everything there is to find can be found.
fn newsroom() -> Newsroom {
    let newsroom = Newsroom::new();
    let lines = [
        line("1", "大安盐井今天重新开放，卤水仍有千米深", &recent(1, 1)),
        line("2", "大安盐井今天重新开放，卤水还有千米深", &recent(2, 1)),
        line("3", "大安盐井今天重新开放，卤水还有九百米深", &recent(60, 1)),
        line("4", "图书车开进山里", &recent(3, 1)),
        line("5", "大安盐井明天重新开放，卤水仍有千米深", "\"published\":\"2999-01-01T00:00:00Z\""),
    ];
    newsroom.write("a.jsonl", &lines.concat());
    newsroom.done(&["import", "a.jsonl"]);
    newsroom
}

#[test]
fn what_is_worth_a_look_is_named_and_nothing_that_is_under_embargo() {
    let newsroom = newsroom();
    newsroom.write("feeds/topics/books.toml", "title = \"读书\"\n[terms]\n\"图书车\" = 3\n");
    let told = newsroom.done(&["check"]).out;
    let lines =
        |kind: &str| -> Vec<&str> { told.lines().filter_map(|line| line.strip_prefix(&format!("{kind}\t"))).collect() };
    assert_eq!(lines("empty"), ["districts/yantan", "topics/books"]);
    assert_eq!(lines("dead rules"), ["districts/yantan\t沿滩"]);
    assert!(lines("unlabelled")[0].ends_with("\t图书车开进山里") && lines("unlabelled").len() == 1, "{told}");
    assert_eq!(lines("alike").len(), 1, "{told}");
    assert!(lines("alike")[0].contains("仍有千米深") && lines("alike")[0].contains("还有千米深"), "{told}");
    assert!(lines("would move")[0].ends_with("\t图书车开进山里\t+topics/books\t+books 120/120 (图书车 120)"), "{told}");
    assert!(!told.contains("明天") && lines("quiet").is_empty() && lines("broken").is_empty(), "{told}");
    assert!(lines("empty pairs")[0].contains("districts/yantan/topics/salt"), "{told}");
}

#[test]
fn a_feed_without_a_new_entry_for_ninety_days_has_gone_quiet() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &(line("1", "大安盐井", &recent(89, 0)) + &line("2", "沿滩来信", &recent(91, 0))));
    newsroom.done(&["import", "a.jsonl"]);
    let told = newsroom.done(&["check"]).out;
    let quiet: Vec<&str> = told.lines().filter(|line| line.starts_with("quiet\t")).collect();
    assert!(quiet.len() == 1 && quiet[0].starts_with("quiet\tdistricts/yantan\tnothing new since "), "{told}");
}

#[test]
fn a_feed_in_which_nearly_as_much_has_changed_as_its_document_can_show_is_crowded() {
    let crowded = |count: i64, text: &str| {
        let newsroom = Newsroom::new();
        let fields = |n: i64| format!("\"text\":\"{text}\",{}", recent(1, n));
        let lines: Vec<String> =
            (0..count).map(|n| line(&n.to_string(), &format!("沿滩来信{n}"), &fields(n))).collect();
        newsroom.write("a.jsonl", &lines.concat());
        newsroom.done(&["import", "a.jsonl"]);
        let told = newsroom.done(&["check"]).out;
        told.lines().filter_map(|line| line.strip_prefix("crowded\t")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(crowded(239, "盐工"), [""; 0]);
    let told = crowded(240, "盐工");
    assert!(told.iter().any(|line| line.starts_with("districts/yantan\t240 articles, ")), "{told:?}");
    assert_eq!(crowded(50, &"盐".repeat(20_000)), [""; 0]);
    let told = crowded(55, &"盐".repeat(20_000));
    assert!(told.iter().any(|line| line.starts_with("districts/yantan\t55 articles, 3.")), "{told:?}");
}

#[test]
fn the_same_is_told_as_one_json_document() {
    let newsroom = newsroom();
    let told: serde_json::Value = serde_json::from_str(&newsroom.done(&["check", "--json"]).out).expect("JSON");
    assert_eq!(told["sound"], true);
    let findings = told["findings"].as_array().expect("findings");
    let alike: Vec<_> = findings.iter().filter(|finding| finding["finding"] == "alike").collect();
    assert_eq!(alike.len(), 1);
    assert!(alike[0]["percent"].as_u64().is_some_and(|percent| percent > 50 && percent < 100), "{told}");
    assert_eq!(told["would_move"].as_array().map(Vec::len), Some(0));
}

#[test]
fn whatever_breaks_a_rule_is_named_and_fails() {
    for (damage, rule, what) in [
        ("UPDATE entry SET held = 0 WHERE position = 1 AND feed_id = 1", "rule 5", "is in "),
        ("UPDATE feed SET entries = 77 WHERE feed_id = 1", "rule 5", "does not hold as many articles as it says"),
        ("UPDATE rhythm SET entries = entries + 1 WHERE feed_id = 2", "rule 5", "were miscounted"),
        ("DELETE FROM rhythm WHERE feed_id = 1", "rule 5", "were miscounted"),
        ("UPDATE feed SET head = head + 1 WHERE feed_id = 2", "rule 5", "numbers have gaps"),
        ("UPDATE entry SET touched = 99 WHERE feed_id = 1", "rule 5", "in no revision"),
        ("UPDATE feed SET revision = 1 WHERE feed_id = 1", "rule 1", "is before a change in it"),
        ("UPDATE revision SET time = 5 WHERE number = 2", "rule 1", "is not later than the one before it"),
        ("UPDATE article SET own_id = 'x' WHERE article_id = 1", "rule 4", "is not the key of \"x\""),
        (
            "UPDATE article SET updated = published - 1 WHERE article_id = 1",
            "rule 4",
            "changed before it was published",
        ),
        (
            "UPDATE article SET title = 'a' || char(8) WHERE article_id = 1",
            "rule 9",
            "a character that feeds cannot carry",
        ),
    ] {
        let newsroom = newsroom();
        assert_eq!(newsroom.call(&["check"]).code, Some(0), "sound before {damage}");
        let store = crate::support::tables(&newsroom.path("wellhead.db"));
        store.execute_batch(damage).expect("the SQL is right");
        drop(store);
        let ended = newsroom.call(&["check"]);
        assert_eq!(ended.code, Some(1), "{damage}: {}", ended.out);
        let named = ended.out.lines().any(|line| line.starts_with(&format!("broken\t{rule}\t")) && line.contains(what));
        assert!(named, "{damage}: {}", ended.out);
    }
}
