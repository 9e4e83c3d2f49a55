//! `reclassify`: what changed rules would move, and what happens when it is moved.
//!
//! Knows nothing of how an article is placed.

use super::Newsroom;
use crate::support::line;

/// A newsroom whose articles were placed by other rules than it has now: 会馆 has become a word for salt, and 盐井 is
/// none any more.
fn with_other_rules() -> Newsroom {
    let newsroom = Newsroom::new();
    let dated = |n: u32| format!("\"published\":\"2026-11-20T08:00:{n:02}Z\"");
    let lines = [
        line("well", "盐井开放", &dated(1)),
        line("hall", "会馆开放", &dated(2)),
        line("own", "会馆旁的路", &format!("{},\"topics\":[]", dated(3))),
        line("brine", "卤水又见", &dated(4)),
    ];
    newsroom.write("a.jsonl", &lines.concat());
    newsroom.done(&["import", "a.jsonl"]);
    newsroom.write("feeds/topics/salt.toml", "title = \"盐业\"\n[terms]\n\"卤水\" = 3\n\"会馆\" = 3\n");
    newsroom
}

#[test]
fn a_dry_run_tells_what_would_move_and_why_and_changes_nothing() {
    let newsroom = with_other_rules();
    let before = newsroom.feed("/topics/salt.atom");
    let told = newsroom.done(&["reclassify", "--dry-run"]).out;
    let lines: Vec<Vec<&str>> = told.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!((lines[0][1], lines[0][2], lines[0][3]), ("盐井开放", "-topics/salt", "-salt 0/120 (no term)"));
    assert_eq!((lines[1][1], lines[1][2], lines[1][3]), ("会馆开放", "+topics/salt", "+salt 120/120 (会馆 120)"));
    assert_eq!(told.lines().last(), Some("2 articles would move; nothing was changed"));
    assert_eq!(newsroom.feed("/topics/salt.atom"), before);
}

#[test]
fn articles_move_under_their_ids_and_dates_and_what_brought_its_labels_stays() {
    let newsroom = with_other_rules();
    let told = newsroom.done(&["reclassify"]).out;
    assert_eq!(told.lines().last(), Some("2 articles moved"));
    let atom = newsroom.exported("topics/salt.atom");
    assert!(
        atom.contains("会馆开放")
            && atom.contains("卤水又见")
            && !atom.contains("盐井开放")
            && !atom.contains("会馆旁的路")
    );
    let all = newsroom.exported("feed.atom");
    assert!(all.contains("盐井开放"), "it is still published, elsewhere");
    assert_eq!(newsroom.done(&["reclassify"]).out, "every article is where it belongs\n");
    newsroom.done(&["check"]);
}

#[test]
fn more_than_half_of_a_document_goes_only_if_that_is_confirmed() {
    let newsroom = with_other_rules();
    newsroom.write("feeds/topics/salt.toml", "title = \"盐业\"\n[terms]\n\"井盐\" = 3\n");
    let ended = newsroom.call(&["reclassify"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.err.contains("topics/salt: 2 of the 2 articles that its document shows would leave it"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("say --confirm"), "{}", ended.err);
    assert_eq!(newsroom.feed("/topics/salt.atom")[1], "2");
    newsroom.done(&["reclassify", "--confirm"]);
    assert_eq!(newsroom.feed("/topics/salt.atom")[1], "0");
}
