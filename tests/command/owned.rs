//! Files that are the newsroom's own: who may read the store, and where an export writes.
//!
//! Knows nothing of what they hold.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::serve::Server;
use super::{Newsroom, files};
use crate::support::line;

const STORE: [&str; 3] = ["wellhead.db", "wellhead.db-wal", "wellhead.db-shm"];

fn mode(newsroom: &Newsroom, name: &str) -> u32 {
    newsroom.path(name).metadata().expect("it is there").permissions().mode() & 0o777
}

fn set_mode(newsroom: &Newsroom, name: &str, mode: u32) {
    let permissions = PermissionsExt::from_mode(mode);
    std::fs::set_permissions(newsroom.path(name), permissions).expect("it is there");
}

fn newsroom() -> Newsroom {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &line("1", "大安盐井", ""));
    newsroom.done(&["import", "a.jsonl"]);
    newsroom
}

#[test]
fn a_new_store_and_its_log_are_for_their_owner_alone() {
    let newsroom = newsroom();
    let server = Server::start(&newsroom, &[]);
    assert_eq!(STORE.map(|name| mode(&newsroom, name)), [0o600; 3]);
    drop(server);
    let key = newsroom.done(&["article", "list"]).out.split('\t').next().expect("a key").to_owned();
    newsroom.done(&["article", "purge", &key]);
    assert_eq!(mode(&newsroom, STORE[0]), 0o600, "written anew");
    assert!(!newsroom.done(&["check"]).out.contains("exposed"));
}

#[test]
fn a_store_behind_a_link_is_made_for_its_owner_alone() {
    let newsroom = Newsroom::new();
    std::fs::create_dir(newsroom.path("disk")).expect("a folder");
    symlink("disk/news.db", newsroom.path("wellhead.db")).expect("a link");
    newsroom.done(&["feeds"]);
    assert_eq!(mode(&newsroom, "disk/news.db"), 0o600);
}

#[test]
fn a_store_that_others_may_read_is_left_so_and_named() {
    let newsroom = newsroom();
    set_mode(&newsroom, STORE[0], 0o644);
    let server = Server::start(&newsroom, &[]);
    let told = newsroom.done(&["check"]).out;
    let exposed: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("exposed\t")).collect();
    let names: Vec<&str> = exposed.iter().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(names, STORE, "the log has what the store's file has: {told}");
    assert!(exposed[0].contains("mode 644") && exposed[0].contains("chmod 600"), "{told}");
    assert_eq!(mode(&newsroom, STORE[0]), 0o644);
    let json: serde_json::Value = serde_json::from_str(&newsroom.done(&["check", "--json"]).out).expect("JSON");
    let findings = json["findings"].as_array().expect("findings");
    assert!(findings.iter().any(|finding| finding["finding"] == "exposed" && finding["mode"] == "644"), "{json}");
    drop(server);
}

#[test]
fn an_export_follows_no_link_and_leaves_nothing_half_written() {
    let newsroom = newsroom();
    newsroom.write("elsewhere/feed.atom", "mine");
    newsroom.write("elsewhere/daan.rss", "mine");
    newsroom.done(&["export", "clean"]);
    std::fs::create_dir(newsroom.path("site")).expect("a folder");
    symlink("../elsewhere/feed.atom", newsroom.path("site/feed.atom")).expect("a link");
    symlink("../elsewhere", newsroom.path("site/districts")).expect("a link");
    symlink("../elsewhere/new", newsroom.path("site/articles")).expect("a link");
    let fifo = newsroom.path("site/feed.json");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    // What the operator names may be a link.
    symlink("site", newsroom.path("www")).expect("a link");
    newsroom.done(&["export", "www"]);
    assert!(files(&newsroom.path("site")) == files(&newsroom.path("clean")), "the same as in a new folder");
    let elsewhere = files(&newsroom.path("elsewhere"));
    assert!(elsewhere.len() == 2 && elsewhere.values().all(|bytes| bytes == b"mine"), "{:?}", elsewhere.keys());
}

#[test]
fn an_export_that_cannot_replace_what_stands_in_its_way_names_it() {
    let newsroom = newsroom();
    newsroom.write("site/feed.rss/kept", "mine");
    let ended = newsroom.call(&["export", "site"]);
    assert!(ended.code == Some(1) && ended.err.contains("site/feed.rss: "), "{}", ended.err);
    assert_eq!(std::fs::read_to_string(newsroom.path("site/feed.rss/kept")).expect("a file"), "mine");
}
