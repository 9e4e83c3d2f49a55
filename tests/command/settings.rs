//! Options, environment and wellhead.toml; wrong usage and broken definitions.
//!
//! Knows nothing of what the commands do once they are understood.

use super::Newsroom;
use crate::support::line;

/// A command that makes a store.
const MAKE: &str = "feeds";

fn stores(newsroom: &Newsroom) -> Vec<&'static str> {
    let candidates = ["wellhead.db", "file.db", "environment.db", "option.db"];
    candidates.into_iter().filter(|name| newsroom.path(name).exists()).collect()
}

#[test]
fn wrong_usage_ends_with_64_and_says_why() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", "");
    for arguments in [
        &[][..],
        &["nonsense"],
        &["--nonsense", "feeds"],
        &["feeds", "surplus"],
        &["import"],
        &["export"],
        &["classify"],
        &["import", "--as", "nonsense", "a.jsonl"],
        &["import", "--published", "yesterday", "a.jsonl"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--connections", "many"],
        &["serve", "--trusted-proxy", "10.0.0.0/8,proxy"],
        &["feeds", "--listen", "127.0.0.1:0"],
        &["import", "--connections", "9", "a.jsonl"],
        &["token", "list", "--media", "."],
    ] {
        let ended = newsroom.call(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""), "{arguments:?}");
        assert!(ended.err.contains("--help") || ended.err.contains("Usage: "), "{arguments:?}: {}", ended.err);
    }
    assert!(stores(&newsroom).is_empty());
}

#[test]
fn help_and_version_are_done() {
    let newsroom = Newsroom::new();
    for arguments in [&["--help"][..], &["--version"], &["help", "import"], &["import", "--help"]] {
        let ended = newsroom.done(arguments);
        assert!(ended.out.contains("wellhead") && ended.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_option_beats_the_environment_and_that_beats_the_file() {
    let newsroom = Newsroom::new();
    newsroom.done(&[MAKE]);
    assert_eq!(stores(&newsroom), ["wellhead.db"]);

    let newsroom = Newsroom::new();
    newsroom.write("wellhead.toml", "store = \"file.db\"\n");
    newsroom.done(&[MAKE]);
    assert_eq!(stores(&newsroom), ["file.db"]);

    let newsroom = Newsroom::new();
    newsroom.write("wellhead.toml", "store = \"file.db\"\n");
    let environment = newsroom.program(&[MAKE]).env("WELLHEAD_STORE", "environment.db").output().expect("it starts");
    assert_eq!((environment.status.code(), stores(&newsroom)), (Some(0), vec!["environment.db"]));

    let newsroom = Newsroom::new();
    newsroom.write("wellhead.toml", "store = \"file.db\"\n");
    let mut both = newsroom.program(&[MAKE, "--store", "sqlite:option.db"]);
    let both = both.env("WELLHEAD_STORE", "environment.db").output().expect("it starts");
    assert_eq!((both.status.code(), stores(&newsroom)), (Some(0), vec!["option.db"]));
}

#[test]
fn the_environment_and_the_file_may_hold_what_a_command_does_not_use() {
    let newsroom = Newsroom::new();
    newsroom.write("wellhead.toml", "listen = \"127.0.0.1:0\"\nconnections = 9\nmedia = [\"content\"]\ncache = 7\n");
    let mut program = newsroom.program(&[MAKE]);
    let ended = program.env("WELLHEAD_IDLE_TIMEOUT", "9").env("WELLHEAD_MEDIA", "static").output().expect("it starts");
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn a_named_file_is_read_instead_of_the_usual_one() {
    let newsroom = Newsroom::new();
    newsroom.write("wellhead.toml", "nonsense");
    newsroom.write("other.toml", "store = \"file.db\"\n");
    newsroom.done(&["--config", "other.toml", MAKE]);
    assert_eq!(stores(&newsroom), ["file.db"]);
    let missing = newsroom.call(&["--config", "missing.toml", MAKE]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.starts_with("wellhead: missing.toml: "), "{}", missing.err);
}

#[test]
fn a_faulty_configuration_is_named_with_its_line() {
    let newsroom = Newsroom::new();
    newsroom.write("wellhead.toml", "store = \"file.db\"\nstroe = 1\n");
    let ended = newsroom.call(&[MAKE]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.starts_with("wellhead: wellhead.toml:2: unknown field `stroe`"), "{}", ended.err);
    for (text, reason) in [
        ("connections = 0\n", "connections must be"),
        ("idle_timeout = 0\n", "idle-timeout must be"),
        ("base_url = \"news\"\n", "the base URL \"news\" must be"),
    ] {
        newsroom.write("wellhead.toml", text);
        let ended = newsroom.call(&[MAKE]);
        assert_eq!(ended.code, Some(1), "{text}");
        assert!(ended.err.starts_with(&format!("wellhead: {reason}")), "{}", ended.err);
    }
}

#[test]
fn a_broken_definition_is_named_with_its_line() {
    let newsroom = Newsroom::new();
    newsroom.write("feeds/topics/salt.toml", "title = \"盐业\"\n[terms]\n\"盐井\" = 9\n");
    newsroom.write("feeds/districts/daan.toml", "title = \"大安区\"\nterms\n");
    newsroom.write("a.jsonl", &line("1", "大安盐井", ""));
    for arguments in [&["feeds"][..], &["import", "a.jsonl"], &["classify", "a.jsonl"], &["export", "out"]] {
        let ended = newsroom.call(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{arguments:?}");
        let faults: Vec<&str> = ended.err.lines().collect();
        assert_eq!(faults.len(), 2, "every fault of every file: {}", ended.err);
        assert!(faults[0].starts_with("wellhead: feeds/districts/daan.toml:2: "), "{}", faults[0]);
        assert!(
            faults[1].starts_with("feeds/topics/salt.toml:3: the weight of \"盐井\" must be 1 to 5"),
            "{}",
            faults[1]
        );
    }
    assert!(stores(&newsroom).is_empty(), "nothing was begun");
}

#[test]
fn without_definitions_it_says_where_they_should_be() {
    let newsroom = Newsroom::new();
    let ended = newsroom.call(&["--feeds", "nowhere", MAKE]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("nowhere: the folder cannot be read"), "{}", ended.err);
}

#[test]
fn a_store_that_is_none_is_named() {
    let newsroom = Newsroom::new();
    newsroom.write("notes.txt", &"these are notes, and no store at all\n".repeat(1000));
    for (store, reason) in [
        ("postgres://db/news", "is no store"),
        ("nowhere/wellhead.db", "unable to open"),
        ("notes.txt", "not a database"),
    ] {
        let ended = newsroom.call(&["--store", store, MAKE]);
        assert_eq!(ended.code, Some(1), "{store}");
        assert!(ended.err.starts_with(&format!("wellhead: {store}: ")) && ended.err.contains(reason), "{}", ended.err);
    }
}

#[test]
fn the_base_url_that_is_given_stands_in_all_addresses() {
    let newsroom = Newsroom::new();
    newsroom.done(&["export", "out", "--base-url", "https://other.example/zg/"]);
    let atom = std::fs::read_to_string(newsroom.path("out/feed.atom")).expect("a feed");
    assert!(atom.contains("https://other.example/zg/feed.atom") && !atom.contains("https://news.example"), "{atom}");
}
