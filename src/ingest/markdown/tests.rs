//! Claims about Markdown files as a whole: what generators write is read, what is wrong is named, and nothing panics.
//!
//! Knows nothing of what becomes of a draft.

use std::path::PathBuf;

use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::article::{Enclosure, Image, Person};
use crate::ingest::Kind;

const HUGO: &str = "\u{feff}---\r
title: 盐井旁的灯会\r
date: 2026-11-23T09:15:00+08:00\r
publishDate: 2026-11-20\r
lastmod: 2026-11-24 10:00\r
draft: false\r
slug: lantern\r
description: \"灯会：今晚开幕\"\r
author:\r
  - 编辑部\r
  - name: 王, 灯工\r
    url: https://news.example/deng\r
tags: [灯会, \"盐业\", 灯会]\r
keywords: [夜游]\r
categories:\r
  - 大安区\r
districts: []\r
images: []\r
cover:\r
  image: /img/deng.jpg\r
  alt: 一盏灯\r
  width: 800\r
  height: '600'\r
url: /old/lantern/\r
aliases: [/a/, /b/]\r
weight: 3\r
menu: {main: {weight: 1}}\r
params:\r
  lang: zh-CN\r
  note: 更正了时间。\r
---\r
\r
灯会**今晚**开幕。\r
\r
<!--more-->\r
\r
{{< youtube abc >}}\r
\r
| 盏 | 数 |\r
|----|----|\r
| 灯 | 9 |\r
";

const ZOLA: &str = "+++
title = \"恐龙馆开放\"
date = 2026-11-23T09:15:00
updated = 2026-11-24
draft = true
authors = [\"科普组\"]
description = \"\"

[taxonomies]
tags = [\"恐龙\", \"博物馆\"]
categories = [\"教育\"]
people = [\"某\"]
topics = [\"恐龙\"]

[extra]
image = \"cover.jpg\"
canonical = \"https://museum.example/open\"
[[extra.enclosures]]
url = \"https://news.example/a.mp3\"
type = \"audio/mpeg\"
length = 12_000
duration = 60
+++
# 恐龙馆开放

请进。
";

const JEKYLL: &str = "---
layout: post
title:  柑橘丰收
date:   2026-11-23 09:15:00 +0800
published: true
last_modified_at: 2026-11-24
categories: 农业 沿滩区
tags: 柑橘, 丰 收
author: 农业组
excerpt: 今年的柑橘很甜。
permalink: https://news.example/oranges
image:
  path: /img/a.png
...
路边的橘子。
";

const JSON: &str = "{
  \"title\": \"新诊所\",
  \"date\": \"2026-11-23\",
  \"id\": 7,
  \"district\": \"大安区\",
  \"tags\": [\"医疗\", null],
  \"author\": {\"name\": \"健康组\", \"url\": \"\"}
}

诊所开门了。
";

const PLAIN: &str = "# 学校的路修好了\n\n孩子们走新路[^1]。\n\n[^1]: 长三里。\n";

const BARE: &str = "---\n---\n路修好了。\n";

pub(super) fn read_as(name: &str, text: impl AsRef<[u8]>) -> Result<Found, Fault> {
    let path = PathBuf::from("/site").join(name);
    let file = InputFile { path, name: name.to_owned(), kind: Kind::Markdown, zone: Tz::Asia__Shanghai };
    super::read(&file, text.as_ref(), Some(Time(1000)))
}

pub(super) fn found(name: &str, text: &str) -> Found {
    read_as(name, text).unwrap_or_else(|fault| panic!("{fault}"))
}

/// The fault of a file with this front matter between its own marks, without its path.
pub(super) fn fault(text: &str) -> String {
    let fault = read_as("a.md", text).expect_err(text).to_string();
    fault.strip_prefix("/site/a.md").unwrap_or(&fault).to_owned()
}

pub(super) fn image(url: &str) -> Image {
    Image { url: url.to_owned(), media_type: None, width: None, height: None, alt: None }
}

pub(super) fn person(name: &str) -> Person {
    Person { name: name.to_owned(), url: None }
}

#[test]
fn hugos_front_matter_in_yaml_is_read() {
    let Found { draft, assumed, categories, notes, losses, line, .. } = found("posts/x.md", HUGO);
    assert_eq!((draft.id.as_str(), draft.title.as_str(), line), ("lantern", "盐井旁的灯会", 1));
    assert_eq!(draft.published.as_deref(), Some("2026-11-23T01:15:00Z"));
    assert_eq!(draft.updated.as_deref(), Some("2026-11-24T02:00:00Z"));
    assert_eq!(draft.summary.as_deref(), Some("灯会：今晚开幕"));
    let linked = Person { url: Some("https://news.example/deng".to_owned()), ..person("王, 灯工") };
    assert_eq!(draft.authors, [person("编辑部"), linked]);
    assert_eq!(
        (draft.tags, categories),
        (vec!["灯会".into(), "盐业".into(), "夜游".into()], vec!["大安区".to_owned().into()])
    );
    assert_eq!((draft.districts, draft.topics), (Some(Vec::new()), None));
    let cover =
        Image { width: Some(800), height: Some(600), alt: Some("一盏灯".to_owned()), ..image("/img/deng.jpg") };
    assert_eq!((draft.image, draft.url, draft.status), (Some(cover), None, Status::Published));
    assert_eq!((draft.language.as_deref(), draft.note.as_deref()), (Some("zh-CN"), Some("更正了时间。")));
    assert!(draft.markdown.is_some_and(|body| body.contains("**今晚**") && !body.contains("youtube")));
    assert_eq!((assumed, notes.len()), (Some(Time(1000)), 0));
    assert_eq!(losses[0].to_string(), "1 shortcode left out: youtube");
}

#[test]
fn zolas_front_matter_in_toml_is_read() {
    let Found { draft, categories, notes, .. } = found("blog/open.md", ZOLA);
    assert_eq!((draft.id.as_str(), draft.title.as_str(), draft.status), ("blog/open", "恐龙馆开放", Status::Draft));
    assert_eq!(draft.published.as_deref(), Some("2026-11-23T01:15:00Z"));
    assert_eq!(draft.updated.as_deref(), Some("2026-11-23T16:00:00Z"));
    assert_eq!((draft.authors, draft.summary), (vec![person("科普组")], None));
    assert_eq!((draft.tags, categories), (vec!["恐龙".into(), "博物馆".into()], vec!["教育".to_owned().into()]));
    assert_eq!((draft.districts, draft.topics), (None, Some(vec!["恐龙".to_owned()])));
    assert_eq!((draft.image, draft.url.as_deref()), (Some(image("cover.jpg")), Some("https://museum.example/open")));
    let sound = Enclosure {
        url: "https://news.example/a.mp3".to_owned(),
        media_type: "audio/mpeg".to_owned(),
        length: Some(12_000),
        duration: Some(60),
    };
    assert_eq!((draft.enclosures, notes.len()), (vec![sound], 0));
    assert_eq!(draft.markdown.as_deref().map(str::trim), Some("请进。"));
}

#[test]
fn jekylls_front_matter_is_read() {
    let Found { draft, categories, .. } = found("_posts/2026-11-22-oranges.md", JEKYLL);
    assert_eq!((draft.id.as_str(), draft.title.as_str()), ("_posts/2026-11-22-oranges", "柑橘丰收"));
    assert_eq!(draft.published.as_deref(), Some("2026-11-23T01:15:00Z"));
    assert_eq!(draft.updated.as_deref(), Some("2026-11-23T16:00:00Z"));
    assert_eq!(
        (draft.tags, categories),
        (vec!["柑橘".into(), "丰 收".into()], vec!["农业".to_owned().into(), "沿滩区".to_owned().into()])
    );
    assert_eq!((draft.authors, draft.summary.as_deref()), (vec![person("农业组")], Some("今年的柑橘很甜。")));
    assert_eq!((draft.image, draft.url.as_deref()), (Some(image("/img/a.png")), Some("https://news.example/oranges")));
    assert_eq!((draft.status, draft.markdown.as_deref()), (Status::Published, Some("路边的橘子。\n")));
}

#[test]
fn hugos_front_matter_in_json_is_read() {
    let Found { draft, .. } = found("clinic.md", JSON);
    assert_eq!((draft.id.as_str(), draft.title.as_str()), ("7", "新诊所"));
    assert_eq!(draft.published.as_deref(), Some("2026-11-22T16:00:00Z"));
    assert_eq!((draft.districts, draft.tags), (Some(vec!["大安区".to_owned()]), vec!["医疗".to_owned()]));
    assert_eq!((draft.authors, draft.markdown.as_deref()), (vec![person("健康组")], Some("\n\n诊所开门了。\n")));
}

#[test]
fn without_front_matter_the_heading_is_the_title_and_no_part_of_the_text() {
    let Found { draft, notes, .. } = found("road.md", PLAIN);
    assert_eq!((draft.title.as_str(), notes.len()), ("学校的路修好了", 0));
    assert!(draft.markdown.is_some_and(|body| body.trim_start().starts_with("孩子们走新路[^1]。")));
    let Found { draft, .. } = found("road.md", "{{< figure src=\"/a.jpg\" >}}\n\n# 路\n");
    assert_eq!(draft.title, "路");
    assert!(draft.markdown.is_some_and(|body| body.starts_with("<figure>")));
}

#[test]
fn without_any_title_the_files_name_is_taken_and_its_editor_told() {
    for (name, title) in [
        ("_posts/2026-11-23-salt-well_story.md", "salt well story"),
        ("posts/盐井-故事/index.md", "盐井 故事"),
        ("2026-11-23.md", "2026-11-23"),
        ("2026-13-45-a.md", "2026 13 45 a"),
        ("-.md", "-"),
    ] {
        let Found { draft, notes, .. } = found(name, BARE);
        assert_eq!((draft.title.as_str(), notes), (title, vec!["has no title; its file's name is taken".to_owned()]));
    }
}

#[test]
fn an_id_is_what_is_called_id_else_the_slug_else_the_path() {
    let id = |name: &str, keys: &str| found(name, &format!("---\n{keys}\n---\n文。\n")).draft.id;
    assert_eq!(id("a/b.md", "id: 007\nslug: s"), "007");
    assert_eq!(id("a/b.md", "id:\nslug: s"), "s");
    for (name, path) in [
        ("a/b.md", "a/b"),
        ("a/b.zh.md", "a/b.zh"),
        ("posts/lantern/index.md", "posts/lantern"),
        ("posts/lantern/_index.md", "posts/lantern"),
        ("lantern/README.md", "lantern"),
        ("_posts/2026-11-23-lantern.md", "_posts/2026-11-23-lantern"),
        ("index.md", "site"),
    ] {
        assert_eq!(id(name, "x: y"), path);
    }
}

#[test]
fn a_date_is_the_front_matters_else_the_names_else_the_files() {
    let published = |name: &str, keys: &str| found(name, &format!("---\n{keys}\n---\n文。\n")).draft.published;
    let day = |day: u32| Some(format!("2026-11-{day}T16:00:00Z"));
    assert_eq!(published("a.md", "publishDate: 2026-11-23\npubDate: 2026-11-21"), day(22));
    assert_eq!(published("a.md", "published: 2026-11-23"), day(22));
    assert_eq!(published("2026-11-22-a.md", "date: 2026-11-23"), day(22));
    assert_eq!(published("x/2026-11-22-a.md", "date:"), day(21));
    assert_eq!(published("2026-11-22-a/index.md", "published: yes"), day(21));
    assert_eq!((published("a.md", "a: b"), published("2026-11-221.md", "a: b")), (None, None));
}

#[test]
fn a_key_that_could_hold_an_article_back_is_named_with_its_line_if_it_is_not_understood() {
    for (text, reason) in [
        ("---\ntitle: |\n  盐\n  井\nDraft: maybe\n---\n", ":5: Draft: must be true or false"),
        ("---\nstatus: perhaps\n---\n", ":2: status: must be published, draft or withdrawn"),
        ("---\ndate: 2026-11-23\npublished: sometimes\n---\n", ":3: published: must be true, false or a date"),
        ("---\nprivate: perhaps\n---\n", ":2: private: must be true or false"),
        ("---\nvisibility: friends?\n---\n", ":2: visibility: must be public, private or hidden"),
        ("---\nexpiryDate: soon\n---\n", ":2: expiryDate: \"soon\" is not a date"),
    ] {
        let fault = fault(text);
        assert!(fault.starts_with(reason), "{text}: {fault}");
    }
}

#[test]
fn front_matter_that_cannot_be_read_is_named_with_its_line_in_the_file() {
    for (text, reason) in [
        ("\u{feff}---\ntitle: 盐\n  x: y\n---\n", ":3: is not YAML: "),
        ("---\ntitle: 盐\ntitle: 井\n---\n", ":3: title: stands twice"),
        ("---\n- 盐\n---\n", ":2: front matter must be keys with values"),
        ("---\na: &a b\nc: *a\n---\n", ":3: aliases such as *name are not followed"),
        ("---\n? [a]\n: b\n---\n", ":2: a key must be a text"),
        ("---\na: b\n--- c\n---\n", ":3: "),
        ("---\ntitle: 盐\n", ":1: front matter begins here, and no line --- ends it"),
        ("+++", ":1: front matter begins here, and no line +++ ends it"),
        ("+++\r\na = 1\r\nb = \r\n+++\r\n", ":3: is not TOML: "),
        ("+++\na = 1\na = 2\n+++\n", ":3: is not TOML: duplicate key"),
        ("{\"a\": 1,\n\"b\": }\n", ":2: is not JSON: expected value"),
        ("{\"a\": 1,\n", ":2: is not JSON: EOF"),
        ("---\n---\n", ": has neither a title nor a text"),
        ("\n", ": has neither a title nor a text"),
    ] {
        let fault = fault(text);
        assert!(fault.starts_with(reason), "{text}: {fault}");
    }
    let fault = read_as("a.md", b"a\nb\xff\n").expect_err("no UTF-8").to_string();
    assert_eq!(fault, "/site/a.md:2: is not UTF-8 text");
}

#[test]
fn what_is_far_too_large_or_nested_or_would_grow_is_refused_at_once() {
    let laughs: String = (1..20).map(|n| format!("a{n}: &a{n} [{}]\n", format!("*a{},", n - 1).repeat(9))).collect();
    let depth = 60_000;
    let deep = ["[", "{a: ", "- ", "{? "].map(|open| format!("---\na:\n  {}\n---\n", open.repeat(depth / open.len())));
    let indented: String = (0..300).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    let mut all = vec![
        format!("---\na0: &a0 x\n{laughs}---\n"),
        format!("---\n{indented}---\n"),
        format!("+++\na = {}\n+++\n", "[".repeat(depth)),
        format!("+++\n{} = 1\n+++\n", ["a"; 30_000].join(".")),
        format!("{{\"a\": {}", "[".repeat(MAX_INPUT / 2)),
        format!("{{\"a\": \"{}\"}}", "x".repeat(front_matter::MAX_LENGTH)),
        format!("---\na: {}\n---\n", "x".repeat(front_matter::MAX_LENGTH)),
        "盐".repeat(MAX_INPUT / 3 + 1),
    ];
    all.extend(deep);
    for text in &all {
        let start: String = text.chars().take(40).collect();
        assert!(read_as("a.md", text).is_err(), "{start}");
    }
    let keys: String = (0..6000).map(|n| format!("k{n}: [a]\n")).collect();
    assert!(read_as("a.md", format!("---\n{keys}---\n文。")).is_ok());
    assert!(read_as("a.md", "> - ".repeat(MAX_INPUT / 4)).is_ok(), "the door looks at its depth");
}

/// A valid file, changed in a few places.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (0..5_usize, any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>());
    let samples = vec![HUGO, ZOLA, JEKYLL, JSON, PLAIN, BARE];
    (prop::sample::select(samples), prop::collection::vec(change, 1..6)).prop_map(|(sample, changes)| {
        let mut bytes = sample.as_bytes().to_vec();
        for (kind, from, to, byte) in changes {
            let (from, to) = (from.index(bytes.len() + 1), to.index(bytes.len() + 1));
            let range = from.min(to)..from.max(to);
            let insertions = b"-+{}[]:&*'\"|>%!?#\n\t= ";
            match kind {
                0 if from < bytes.len() => bytes[from] ^= 1 << (byte % 8),
                1 => drop(bytes.drain(range.start..range.end.min(range.start + usize::from(byte)))),
                2 => {
                    let copy = bytes[range.start..range.end.min(range.start + 64)].to_vec();
                    bytes.splice(to..to, copy);
                }
                3 => bytes.truncate(from),
                _ => bytes.insert(from, insertions[usize::from(byte) % insertions.len()]),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_a_file_holds_it_is_an_article_or_a_fault(bytes in mutated()) {
        match read_as("posts/a.md", &bytes) {
            Ok(found) => prop_assert!(!found.draft.id.is_empty() && !found.draft.title.is_empty()),
            Err(fault) => {
                let lines = bytes.iter().filter(|b| **b == b'\n').count() as u64 + 1;
                prop_assert!(fault.line.is_none_or(|line| (1..=lines).contains(&line)), "{}", fault);
            }
        }
    }
}
