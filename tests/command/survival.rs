//! What is left when an import is killed: a store that opens, whole articles, and nothing that must be repaired.
//!
//! Knows nothing of power cuts: the operating system goes on, and keeps what it was given.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::Stdio;
use std::time::Duration;

use super::Newsroom;
use super::serve::Server;
use crate::support::poll;

const ARTICLES: u64 = 20_000;

/// As many as a transaction writes.
const BATCH: u64 = 200;

fn title(n: u64) -> String {
    format!("第{n}篇")
}

fn lines() -> String {
    let mut lines = String::new();
    for n in 0..ARTICLES {
        let title = title(n);
        writeln!(
            lines,
            "{{\"id\":\"{n}\",\"title\":\"{title}\",\"text\":\"正文：{title}\",\"published\":\"2026-11-20T08:00:00Z\"}}"
        )
        .expect("memory");
    }
    lines
}

/// What the store's file holds: number of articles, and how many of them are whole.
fn articles(newsroom: &Newsroom) -> (u64, u64) {
    let store = crate::support::tables(&newsroom.path("wellhead.db"));
    let sound: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer");
    assert_eq!(sound, "ok");
    let count = |sql: &str| store.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("an answer") as u64;
    assert_eq!(count("SELECT COUNT(*) FROM pragma_foreign_key_check"), 0);
    let all = count("SELECT COUNT(*) FROM article");
    let whole =
        "SELECT COUNT(*) FROM article WHERE title = '第' || own_id || '篇' AND html LIKE '%正文：' || title || '%'
        AND EXISTS (SELECT 1 FROM entry WHERE entry.article_id = article.article_id)";
    assert_eq!(count("SELECT COUNT(DISTINCT own_id) FROM article"), all);
    (all, count(whole))
}

#[test]
fn a_killed_import_leaves_whole_articles_and_can_be_repeated() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &lines());
    newsroom.done(&["feeds"]);
    let mut program = newsroom.program(&["import", "a.jsonl"]);
    let mut import = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let seen = poll("the import begins", Duration::from_secs(30), || Some(newsroom.entries()).filter(|n| *n > 0));
    import.kill().expect("a child");
    let status = import.wait().expect("a child");
    assert_eq!(status.code(), None, "it was killed before it was done");

    let (all, whole) = articles(&newsroom);
    assert!(all >= seen && all < ARTICLES && all % BATCH == 0, "{all} of {ARTICLES}, after {seen} were seen");
    assert_eq!((whole, newsroom.entries()), (all, all));
    let atom = served(&newsroom);
    assert_eq!(atom.matches("<entry>").count(), atom.matches("</entry>").count());

    let again = newsroom.done(&["import", "a.jsonl"]);
    assert_eq!(again.out, format!("{} new, 0 edited, {all} unchanged, 0 left out\n", ARTICLES - all));
    assert_eq!((articles(&newsroom), newsroom.entries()), ((ARTICLES, ARTICLES), ARTICLES));
    let ids: BTreeSet<String> = entry_ids(&served(&newsroom));
    assert!(ids.len() >= 50 && ids.len() <= 300, "{}", ids.len());
}

/// The feed of everything as a server sends it: an export would write a page for each article.
fn served(newsroom: &Newsroom) -> String {
    Server::start(newsroom, &[]).get("/feed.atom").text().to_owned()
}

/// The ids of an Atom feed's entries; a repeated one fails.
fn entry_ids(atom: &str) -> BTreeSet<String> {
    let ids: Vec<String> = atom
        .split("<entry>")
        .skip(1)
        .filter_map(|entry| entry.split("<id>").nth(1)?.split('<').next())
        .map(str::to_owned)
        .collect();
    let distinct: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(distinct.len(), ids.len());
    distinct
}
