//! Claims about single fields of front matter: how they can be written, and what one costs that is not understood.
//!
//! Knows nothing of the text below.

use super::tests::{fault, found, image, person};
use super::*;
use crate::ingest::Category;

#[test]
fn what_must_not_be_guessed_costs_the_article_and_is_named_with_its_line() {
    for (text, reason) in [
        ("---\n\nid: [盐]\n---\n", ":3: id: must be a text"),
        ("---\na: 1\nslug: {a: b}\n---\n", ":3: slug: must be a text"),
        ("---\ntitle: |\n  盐\n  井\nDraft: maybe\n---\n", ":5: Draft: must be true or false"),
        ("---\nstatus: perhaps\n---\n", ":2: status: must be published, draft or withdrawn"),
        ("---\npublishDate: 改天\n---\n", ":2: publishDate: \"改天\" is not a date such as 2026-11-23 "),
        ("---\npublished: maybe\n---\n", ":2: published: must be true, false or a date"),
    ] {
        let fault = fault(text);
        assert!(fault.starts_with(reason), "{text}: {fault}");
    }
}

#[test]
fn a_field_that_is_not_understood_costs_the_field_and_is_noted_with_its_line() {
    let Found { draft, notes, categories, .. } = found(
        "2026-11-22-a.md",
        "---\ntitle: [盐]\ndate: 昨天\nupdated: {a: b}\ntags:\n  - a\n  - {b: c}\nimage:\n  url: /a.jpg\n  width: wide\n\
         authors:\n- 编辑部\n- url: b\nenclosures:\n- url: b\ndistricts: {}\nurl: [a]\nlanguage: [zh]\n\
         categories: [盐业]\n---\n# 盐都\n\n文。\n",
    );
    assert_eq!((draft.title.as_str(), draft.updated, draft.url), ("盐都", None, None));
    assert_eq!(draft.published.as_deref(), Some("2026-11-21T16:00:00Z"), "its name has a date, too");
    assert_eq!((draft.image, draft.authors), (Some(image("/a.jpg")), vec![person("编辑部")]));
    assert_eq!((draft.tags, draft.enclosures, draft.districts, draft.language), (vec![], vec![], None, None));
    assert_eq!(categories, [Category::from("盐业".to_owned())]);
    let mut notes = notes;
    notes.sort();
    let expected = [
        "authors: must be a name, or a table with a name (line 13); that is left out",
        "date: \"昨天\" is not a date such as 2026-11-23 or 2026-11-23T09:15:00+08:00 (line 3); that is left out",
        "districts: must be a list of texts (line 16); that is left out",
        "enclosures: must be tables with url and type (line 15); that is left out",
        "language: must be a text (line 18); that is left out",
        "tags: must be a list of texts (line 7); that is left out",
        "title: must be a text (line 2); that is left out",
        "updated: must be a date (line 4); that is left out",
        "url: must be a text (line 17); that is left out",
        "width: must be a whole number (line 10); that is left out",
    ];
    assert_eq!(notes, expected);
}

#[test]
fn lines_of_front_matter_are_joined_as_lines_of_a_text_are() {
    for (keys, title) in [
        ("title: >\n  第一行，\n  第二行", "第一行，第二行"),
        ("title: >-\n  盐井\n  salt\n  well\n  灯 会\n  灯\n", "盐井 salt well 灯 会灯"),
        ("title: 盐井\n  很深", "盐井很深"),
        ("title: \"盐井\n  很深\"", "盐井很深"),
        ("title: '盐 井\n  很深'", "盐 井很深"),
        ("title: |\n  盐井\n  很深", "盐井很深"),
        ("title: 盐 井 盐\n  井", "盐 井 盐井"),
        ("title: salt\n  well", "salt well"),
        ("title: >\n  一。\n\n  二。\n", "一。二。"),
    ] {
        assert_eq!(found("a.md", &format!("---\n{keys}\n---\n文。\n")).draft.title, title, "{keys}");
    }
    let toml = found("a.md", "+++\ntitle = \"a\"\ndescription = \"\"\"\n盐井\n很深\n\"\"\"\n+++\n文。\n");
    assert_eq!(toml.draft.summary.as_deref(), Some("盐井很深"));
}

#[test]
fn dates_are_read_as_feeds_write_them() {
    let published = |date: &str| found("a.md", &format!("---\ndate: {date}\n---\n文。\n")).draft.published;
    for date in [
        "2026/11/23 09:15",
        "Mon, 23 Nov 2026 09:15:00 +0800",
        "2026-11-23 09:15:00 CST",
        "2026-11-23 9:15 AM",
        "2026年11月23日 9:15",
        "'1795396500'",
    ] {
        assert_eq!(published(date).as_deref(), Some("2026-11-23T01:15:00Z"), "{date}");
    }
    for date in ["2026.11.23", "23 Nov 2026", "2026年11月23日", "Nov 23, 2026"] {
        assert_eq!(published(date).as_deref(), Some("2026-11-22T16:00:00Z"), "{date}");
    }
}

#[test]
fn categories_within_categories_are_categories() {
    for (keys, expected) in [
        ("categories: [[新闻, 本地], [生活]]", vec!["新闻", "本地", "生活"]),
        ("categories:\n- [新闻, 本地]\n- 生活", vec!["新闻", "本地", "生活"]),
        ("categories:\n- - 新闻\n  - 本地\n- 新闻", vec!["新闻", "本地"]),
    ] {
        let categories = found("a.md", &format!("---\n{keys}\n---\n文。\n")).categories;
        assert_eq!(categories.into_iter().map(|category| category.name).collect::<Vec<_>>(), expected, "{keys}");
    }
}
