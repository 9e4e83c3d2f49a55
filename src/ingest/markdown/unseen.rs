//! Claims about what is not to be seen: whatever holds an article back does, and no front matter is taken for a text.
//!
//! Knows nothing of what becomes of a draft.

use super::tests::{found, read_as};
use super::*;

#[test]
fn what_is_held_back_in_any_way_is_a_draft() {
    let status = |name: &str, keys: &str| found(name, &format!("---\n{keys}\n---\n文。\n")).draft.status;
    for keys in ["draft: true", "draft: yes", "published: false", "status: Draft", "draft: true\nstatus: published"] {
        assert_eq!(status("a.md", keys), Status::Draft, "{keys}");
    }
    for keys in [
        "password: abc",
        "params: {password: abc}",
        "private: true",
        "publish: false",
        "published: \"false\"",
        "published: no",
        "published: 0",
        "public: false",
        "hidden: true",
        "extra: {unlisted: 1}",
        "encrypted: true",
        "visibility: private",
        "visibility: hidden",
        "status: private",
        "status: pending",
        "build: {list: never}",
        "_build: {list: local}",
        "build: {render: false}",
        "build: {render: link}",
        "draft: false\npublished: false\ndate: 2026-11-23",
    ] {
        let Found { draft, held, .. } = found("a.md", &format!("---\n{keys}\n---\n文。\n"));
        assert_eq!((draft.status, held.is_some()), (Status::Draft, true), "{keys}");
        assert!(!held.is_some_and(|held| held.contains("abc")), "what protects is not told");
    }
    assert_eq!(status("_drafts/a.md", "draft: false"), Status::Draft);
    assert_eq!(status("a.md", "status: withdrawn"), Status::Withdrawn);
    for keys in [
        "draft: false",
        "published: true",
        "published: 2026-11-23",
        "status: publish",
        "visibility: public",
        "private: no",
        "password:",
        "build: {list: always, render: true}",
        "draft:",
        "a: b",
    ] {
        assert_eq!(status("a.md", keys), Status::Published, "{keys}");
    }
}

#[test]
fn front_matter_that_is_not_recognised_is_no_text() {
    for text in [
        "title: 盐\npublished: false\ndate: 2024-03-01 10:00:00\n---\n机密。\n",
        "title: 盐\n---\n机密。\n",
        "tags:\n  - 盐\n- 井\ntitle: 盐\n\n机密。\n",
        "\"title\": \"盐\",\n\"draft\": true\n;;;\n机密。\n",
        ";;;\n\"title\": \"盐\",\n\"draft\": true\n;;;\n机密。\n",
        "----\ntitle: 盐\ndraft: true\n----\n机密。\n",
        "---json\n{\n  \"title\": \"盐\"\n}\n---\n机密。\n",
        "---yaml\ntitle: 盐\n---\n机密。\n",
        "--- # 说明\ntitle: 盐\ndraft: true\n---\n机密。\n",
        "--- title: 盐\ndraft: true\n---\n机密。\n",
        "++++\ntitle = \"盐\"\n++++\n机密。\n",
        "draft = true\ntitle = \"盐\"\n+++\n机密。\n",
        "\u{200b}---\ndraft: true\n---\n机密。\n",
        " ---\ndraft: true\n---\n机密。\n",
        "———\ndraft: true\n———\n机密。\n",
        "#+TITLE: 盐\n#+DRAFT: true\n\n机密。\n",
        "<!--\ntitle: 盐\ndraft: true\n-->\n机密。\n",
        "<!-- draft: true, title: 盐 -->\n机密。\n",
        "<!--\n.. title: 盐\n.. status: draft\n-->\n机密。\n",
        "<!-- 自动生成 -->\n---\ndraft: true\n---\n机密。\n",
        "[//]: # (draft: true)\n\n机密。\n",
        "Title: 盐\nDate: 2024-03-01\nStatus: draft\n\n机密。\n",
        "Status: draft\n\n机密。\n",
        ":title: 盐\n:draft: true\n\n机密。\n",
        "{ title: \"盐\", draft: true }\n机密。\n",
        "{\n  title: '盐',\n  draft: true\n}\n机密。\n",
        "----\n标题: 盐\n草稿: true\n----\n机密。\n",
        "title：盐\ndraft：true\n\n机密。\n",
        "-",
        "--",
        "++",
        "{\n",
        "title: 盐\npubli",
    ] {
        assert!(read_as("a.md", text).is_err(), "{text}");
    }
}

#[test]
fn a_text_may_begin_with_what_is_no_key() {
    for text in [
        ":smile: 今天\n\n文。\n",
        "：冒号开头\n",
        "----\n\n一条线以后。\n",
        "***\nNote: closed tomorrow\n***\n",
        "——他说：今天\n",
        "----\n甲：早\n乙：晚\n----\n",
        "Review: the bridge\n---\n\n文。\n",
        "Li: good morning\nHan: good morning\n\n文。\n",
        "Date: the fruit of the palm\n\nText.\n",
        "https://salt.example/\n\n文。\n",
        "<!-- more -->\n文。\n",
        "<!-- TODO: a picture -->\n文。\n",
        "{{< figure src=\"/a.jpg\" >}}\n\n文。\n",
        "{: .lead}\n文。\n",
        "{% raw %}\n文。\n{% endraw %}\n",
        "#盐\n",
        "# title: 盐\n\n文。\n",
        "| a | b |\n|---|---|\n",
        "```yaml\ntitle: 盐\n```\n",
        "> title: 盐\n",
        "10:30 出发\n",
    ] {
        assert!(read_as("a.md", text).is_ok(), "{text}: {:?}", read_as("a.md", text));
    }
}

#[test]
fn an_expiry_is_told() {
    let text = "---\ntitle: 盐\nexpiryDate: 2026-11-23\nunpublishDate: 2026-11-25\n---\n";
    let Found { expires, notes, .. } = found("a.md", text);
    assert_eq!(expires.map(|time| time.to_string()).as_deref(), Some("2026-11-22T16:00:00Z"));
    assert!(notes[0].starts_with("expires at 2026-11-22T16:00:00Z"), "{notes:?}");
}
