//! `classify`, `feeds` and `export`: what can be looked at, and that looking changes nothing.
//!
//! Knows nothing of the rules' arithmetic.

use std::io::Read;

use super::{Newsroom, files};
use crate::support::line;
use crate::support::wire::unbrotlied;

#[test]
fn classify_shows_where_and_why_and_changes_nothing() {
    let newsroom = Newsroom::new();
    let brought = line("2", "自带", "\"districts\":[\"yantan\"],\"topics\":[]");
    newsroom.write("a.jsonl", &(line("1", "大安盐井", "") + &brought + &line("3", "别的", "")));
    let before = files(newsroom.0.path());
    let out = newsroom.done(&["classify", "a.jsonl"]).out;
    assert!(files(newsroom.0.path()) == before, "no store is made, and nothing else");
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 4), "{out}");
    assert_eq!(rows[0][..3], ["大安盐井", "daan", "salt"]);
    assert!(rows[0][3].contains("大安 ") && rows[0][3].contains("盐井 "), "{out}");
    assert_eq!(rows[1][..3], ["自带", "yantan", ""]);
    assert!(rows[1][3].contains("districts brought along"), "{out}");
    assert_eq!(rows[2], ["别的", "", "", ""]);
}

#[test]
fn classify_names_what_it_cannot_read() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &(line("1", "大安\\t盐\\n井", "") + "nonsense\n"));
    let ended = newsroom.call(&["classify", "a.jsonl"]);
    assert_eq!((ended.code, ended.out.lines().count()), (Some(2), 1));
    assert_eq!(ended.out.split('\t').count(), 4, "a title holds no tab: {}", ended.out);
    assert!(ended.err.starts_with("a.jsonl:2: "), "{}", ended.err);
    assert_eq!(newsroom.call(&["classify", "missing.jsonl"]).code, Some(1));
}

#[test]
fn feeds_lists_every_feed_in_four_columns() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &line("1", "大安盐井", "\"published\":\"2026-11-20T08:00:00+08:00\""));
    newsroom.done(&["import", "a.jsonl"]);
    let out = newsroom.done(&["feeds"]).out;
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
    let paths: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(
        paths,
        [
            "/feed.atom",
            "/districts/daan.atom",
            "/districts/yantan.atom",
            "/topics/salt.atom",
            "/districts/daan/topics/salt.atom",
            "/districts/yantan/topics/salt.atom",
        ]
    );
    let entries: Vec<&str> = rows.iter().map(|row| row[1]).collect();
    assert_eq!(entries, ["1", "1", "0", "1", "1", "0"]);
    for row in &rows {
        assert_eq!(row.len(), 4, "{out}");
        assert!(row[2].parse::<u64>().is_ok_and(|revision| revision > 0), "{out}");
        assert!(row[3].len() == 20 && row[3].ends_with('Z') && row[3].starts_with("20"), "{out}");
    }
    assert_eq!(newsroom.done(&["feeds"]).out, out, "looking makes no revision");
}

#[test]
fn export_twice_gives_the_same_bytes() {
    let newsroom = Newsroom::new();
    let body = "\"html\":\"<p>盐井</p>\",\"published\":\"2026-11-20T08:00:00+08:00\"";
    newsroom.write("a.jsonl", &(line("1", "大安盐井", body) + &line("2", "沿滩", body)));
    newsroom.done(&["import", "a.jsonl"]);
    newsroom.done(&["export", "one"]);
    newsroom.done(&["export", "two"]);
    let (one, two) = (files(&newsroom.path("one")), files(&newsroom.path("two")));
    assert!(one == two && one.len() == 3 * (4 + 5 + 6 * (3 + 2) + 2 * 2), "{:?}", one.keys());
    for (name, bytes) in one.iter().filter(|(name, _)| !name.ends_with(".gz") && !name.ends_with(".br")) {
        let mut unpacked = Vec::new();
        let compressed = one.get(&format!("{name}.gz")).unwrap_or_else(|| panic!("no {name}.gz"));
        flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut unpacked).expect("gzip");
        assert!(unpacked == *bytes, "{name}");
        assert!(unbrotlied(&one[&format!("{name}.br")]) == *bytes, "{name}");
    }
}

#[test]
fn an_export_over_an_older_one_renews_it() {
    let newsroom = Newsroom::new();
    let dated = "\"published\":\"2026-11-20T08:00:00+08:00\"";
    newsroom.write("a.jsonl", &line("1", "大安盐井", dated));
    newsroom.done(&["import", "a.jsonl"]);
    newsroom.done(&["export", "out"]);
    newsroom.write("a.jsonl", &line("2", "沿滩", dated));
    newsroom.done(&["import", "a.jsonl"]);
    newsroom.done(&["export", "out"]);
    newsroom.done(&["export", "fresh"]);
    assert!(files(&newsroom.path("out")) == files(&newsroom.path("fresh")));
}

#[test]
fn an_export_that_cannot_be_written_has_failed() {
    let newsroom = Newsroom::new();
    newsroom.write("out", "a file");
    let ended = newsroom.call(&["export", "out"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.starts_with("wellhead: out"), "{}", ended.err);
}
