//! What changes under a running server: its definitions, and the folder that it watches.
//!
//! Knows nothing of how changes are noticed.

use std::time::Duration;

use super::Newsroom;
use super::serve::Server;
use crate::support::{line, poll};

/// How long a change may take to show: the system's hint, and the time that files have to be whole.
const SOON: Duration = Duration::from_secs(60);

const SALT: &str = "feeds/topics/salt.toml";

fn until(what: &str, shows: impl Fn() -> bool) {
    poll(what, SOON, || shows().then_some(()));
}

#[test]
fn changed_definitions_are_in_force_without_a_restart_and_faulty_ones_are_told() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &line("1", "大安盐井", ""));
    newsroom.done(&["import", "a.jsonl"]);
    let server = Server::start(&newsroom, &[]);
    let title = |text: &str| server.get("/topics/salt.atom").text().contains(text);
    assert!(title("<title>盐业 "));
    newsroom.write(SALT, "title = \"井盐\"\n[terms]\n\"灯会\" = 3\n");
    until("the new title", || title("<title>井盐 "));
    until("what would move", || server.log().contains("moved=1"));
    assert!(title("大安盐井"), "articles stay until they are reclassified");

    newsroom.write(SALT, "title = \"井\"\n[terms]\n\"灯会\" = 33\n");
    until("the fault", || server.log().contains("feeds/topics/salt.toml:3"));
    assert!(title("<title>井盐 "));
    newsroom.write(SALT, "title = \"盐井\"\n[terms]\n\"灯会\" = 3\n");
    until("the mended one", || title("<title>盐井 "));
    std::fs::remove_file(newsroom.0.path().join("feeds/districts/yantan.toml")).expect("removed");
    until("what is gone", || server.log().contains("districts/yantan"));
    assert_eq!(server.get("/districts/yantan.rss").status, 404);
}

#[test]
fn a_hangup_reads_the_definitions_again() {
    let newsroom = Newsroom::new();
    let server = Server::start(&newsroom, &[]);
    server.signal("HUP");
    until("it is told", || server.log().contains("have been read again"));
    newsroom.write(SALT, "title = ");
    server.signal("HUP");
    until("the fault", || server.log().contains("feeds/topics/salt.toml:1"));
    assert_eq!(server.get("/topics/salt.rss").status, 200);
}

#[test]
fn a_watched_folder_s_files_become_articles_edits_and_withdrawals() {
    let newsroom = Newsroom::new();
    let post = |title: &str| format!("---\ntitle: {title}\ndate: 2026-11-20T08:00:00+08:00\n---\n大安的盐井。\n");
    newsroom.write("posts/a.md", &post("第一口盐井"));
    newsroom.write("posts/b.md", &post("第二口盐井"));
    let server = Server::start(&newsroom, &["--watch", "posts"]);
    let shows = |text: &str| server.get("/topics/salt.rss").text().contains(text);
    until("what was there", || shows("第一口盐井") && shows("第二口盐井"));
    newsroom.write("posts/a.md", &post("改过的盐井"));
    newsroom.write("posts/2026/c.md", &post("第三口盐井"));
    until("an edit and an article", || shows("改过的盐井") && shows("第三口盐井"));
    std::fs::rename(newsroom.0.path().join("posts/b.md"), newsroom.0.path().join("posts/d.md")).expect("renamed");
    std::fs::remove_file(newsroom.0.path().join("posts/a.md")).expect("removed");
    until("a withdrawal", || shows("此文已撤回"));
    assert!(shows("第二口盐井") && !shows("改过的盐井"));
    assert_eq!(newsroom.entries(), 3);
}

#[test]
fn a_watched_folder_that_is_not_there_is_told_and_the_feeds_are_served() {
    let newsroom = Newsroom::new();
    let server = Server::start(&newsroom, &["--watch", "posts"]);
    until("it is told", || server.log().contains("posts: there is no such folder"));
    assert_eq!(server.get("/feed.atom").status, 200);
    let post = "---\ntitle: 盐井\ndate: 2026-11-20T08:00:00+08:00\n---\n井\n";
    newsroom.write("posts/a.md", post);
    until("it is followed once it is there", || server.get("/topics/salt.rss").text().contains("<title>盐井</title>"));
}
