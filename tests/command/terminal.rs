//! Hostile names and values: nothing that any command prints holds a character that a terminal would obey.
//!
//! Knows nothing of what the commands say otherwise.

use std::time::Duration;

use serde_json::json;
use wellhead::printable::is_hidden;

use super::serve::Server;
use super::{Ended, Newsroom};
use crate::support::poll;

/// Moves the cursor, clears the screen, makes a new line and a new column, turns the direction of the text.
const HOSTILE: &str = "\u{1b}[2J\u{9b}31m\r\n\tforged\tfake\u{202e}\u{2066}\u{7f}\u{7}";

/// The same without what no command line and no file name can hold.
const NAME: &str = "a\u{1b}[2J\u{9b}31m\r\nforged\tfake\u{202e}";

fn clean(text: &str) {
    let hidden = text.chars().find(|c| is_hidden(*c) && *c != '\n' && *c != '\t');
    assert_eq!(hidden, None, "{text:?}");
}

/// What is printed is clean, and nothing from outside begins a line or a column of its own.
fn checked(newsroom: &Newsroom, arguments: &[&str]) -> Ended {
    let ended = newsroom.call(arguments);
    for text in [&ended.out, &ended.err] {
        clean(text);
        assert!(!text.contains("\nforged") && !text.contains("\tfake"), "{arguments:?}: {text}");
    }
    ended
}

/// A store in which every text is hostile, also where the door would have cleaned it.
fn newsroom() -> Newsroom {
    let newsroom = Newsroom::new();
    let article =
        |id: &str, more: &str| json!({ "id": id, "title": format!("大安{more}"), "text": HOSTILE }).to_string();
    newsroom.write("a.jsonl", &[article("1", ""), article("2", HOSTILE), article("3", "")].join("\n"));
    let ended = checked(&newsroom, &["import", "--source", NAME, "a.jsonl"]);
    assert!(ended.out.starts_with("3 new"), "{}{}", ended.out, ended.err);
    let store = crate::support::tables(&newsroom.path("wellhead.db"));
    store
        .execute(
            "UPDATE article SET title = '大安' || ?1, summary = ?1, html = ?2, url = ?1, own_id = own_id || ?1",
            [HOSTILE, "\u{1b}[2J\u{9b}\u{202e}"],
        )
        .expect("the SQL is right");
    newsroom
}

fn some_key(newsroom: &Newsroom) -> String {
    newsroom.done(&["article", "list"]).out.split('\t').next().expect("a key").to_owned()
}

#[test]
fn no_command_shows_a_control_character_of_an_article() {
    let newsroom = newsroom();
    let list = checked(&newsroom, &["article", "list"]).out;
    assert_eq!(list.lines().count(), 3, "{list}");
    assert!(list.lines().all(|line| line.split('\t').count() == 4 && line.contains("\\u001b[2J\\u009b31m")), "{list}");
    let key = some_key(&newsroom);
    for arguments in [
        &["article", "show", &key][..],
        &["article", "history", &key],
        &["article", "edit", &key, "--note", HOSTILE],
        &["article", "edit", &key, "--title", &format!("大安{NAME}")],
        &["article", "history", &key],
        &["article", "withdraw", &key, "--note", HOSTILE],
        &["article", "show", &key],
        &["feeds"],
        &["check"],
        &["reclassify", "--dry-run"],
        &["reclassify"],
        &["export", NAME],
    ] {
        let ended = checked(&newsroom, arguments);
        assert!(!ended.out.is_empty() || ended.code != Some(0), "{arguments:?}: {}", ended.err);
    }
    // JSON says the same in escapes of its own.
    for arguments in [&["check", "--json"][..], &["article", "history", "--json", &key]] {
        let out = checked(&newsroom, arguments).out;
        let told = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON").to_string());
        assert!(told.collect::<String>().contains('\u{202e}'), "{out}");
    }
}

#[test]
fn no_fault_shows_a_control_character_of_a_file_or_its_name() {
    let newsroom = Newsroom::new();
    let (jsonl, page, post) = (format!("{NAME}.jsonl"), format!("{NAME}.txt"), format!("posts/{NAME}.md"));
    let unknown = json!({ "id": "1", "title": HOSTILE, "districts": [HOSTILE], HOSTILE: 1 });
    newsroom.write(&jsonl, &format!("{unknown}\n{{\"{HOSTILE}\n{}", json!({ "id": HOSTILE, "title": "" })));
    newsroom.write(&page, &format!("大安{HOSTILE}\n\n盐\n"));
    newsroom.write(&post, &format!("---\ntitle: [{HOSTILE}\n{HOSTILE}: \"\u{7}\n---\n盐\n"));
    newsroom.write("feed.xml", &format!("<rss><channel><item><title>大安{HOSTILE}</title><link>{HOSTILE}</link>"));
    for command in ["import", "classify"] {
        let ended = checked(&newsroom, &[command, &jsonl, &page, "posts", "feed.xml", NAME]);
        assert!(ended.err.contains("a\\u001b[2J\\u009b31m\\u000d\\nforged\\tfake\\u202e.jsonl:1: "), "{}", ended.err);
        assert!(ended.err.lines().count() >= 4, "{}", ended.err);
    }
}

#[test]
fn no_fault_shows_a_control_character_of_settings_definitions_or_arguments() {
    let newsroom = Newsroom::new();
    newsroom.done(&["token", "add", "cms", "--scope", "publish"]);
    for arguments in [
        &["token", "add", NAME, "--scope", NAME][..],
        &["token", "revoke", NAME],
        &["token", "list"],
        &["--store", &format!("none/{NAME}"), "feeds"],
        &["--store", &format!("ftp://{NAME}"), "feeds"],
        &["--config", NAME, "feeds"],
        &["--feeds", NAME, "feeds"],
        &["article", "show", NAME],
        &["article", "list", "--feed", NAME],
        &["import", "--published", NAME, "a.jsonl"],
        &["import", &format!("--{NAME}")],
        &[NAME],
    ] {
        let ended = newsroom.call(arguments);
        clean(&ended.out);
        clean(&ended.err);
    }
    newsroom
        .write("wellhead.toml", &format!("\"{}\" = 1\n", NAME.escape_default().to_string().replace("\\u{", "\\U{")));
    checked(&newsroom, &["feeds"]);
    std::fs::remove_file(newsroom.path("wellhead.toml")).expect("removed");
    newsroom.write("feeds/topics/salt.toml", "title = \"盐业\"\n[terms]\n\"盐\\u202e井\\u001b\" = 3\n");
    newsroom.write("a.jsonl", &json!({ "id": "1", "title": "盐\u{202e}井" }).to_string());
    checked(&newsroom, &["classify", "a.jsonl"]);
    checked(&newsroom, &["check"]);
    newsroom.write(&format!("feeds/topics/{NAME}.toml"), &format!("title = \"{HOSTILE}\nx"));
    let ended = checked(&newsroom, &["feeds"]);
    assert!(ended.code == Some(1) && ended.err.contains("\\u001b"), "{}", ended.err);
}

#[test]
fn the_log_shows_no_control_character() {
    let newsroom = Newsroom::new();
    newsroom.write(&format!("{NAME}/{NAME}.md"), &format!("---\ntitle: [{HOSTILE}\n---\n盐\n"));
    let server = Server::start(&newsroom, &["--watch", NAME, "--log", "debug"]);
    newsroom.write(&format!("feeds/topics/{NAME}.toml"), "title = ");
    server.signal("HUP");
    poll("both are told", Duration::from_secs(60), || {
        let log = server.log();
        (log.contains(".md") && log.contains(".toml:1")).then_some(())
    });
    let log = server.log();
    clean(&log);
    assert!(!log.contains("\nforged") && !log.contains("\tfake"), "{log}");
}
