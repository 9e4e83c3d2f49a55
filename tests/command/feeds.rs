//! `import --as feed`: what is taken in part is said, and whose ids are kept.
//!
//! Knows nothing of the shapes that feeds have.

use super::Newsroom;
use crate::support::DEFINITIONS;

/// A feed with these entries.
fn atom(entries: &str) -> String {
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title>{entries}</feed>")
}

fn entry(id: &str, title: &str, more: &str) -> String {
    format!("<entry><id>{id}</id><title>{title}</title><published>2026-11-20T08:00:00Z</published>{more}</entry>")
}

#[test]
fn a_change_that_lies_ahead_is_left_out_and_its_entry_is_not() {
    let newsroom = Newsroom::new();
    newsroom
        .write("a.xml", &atom(&entry("tag:a.example,2026:1", "大安盐井", "<updated>2999-01-01T00:00:00Z</updated>")));
    let ended = newsroom.done(&["import", "a.xml"]);
    assert_eq!(ended.out, "1 new, 0 edited, 0 unchanged, 0 left out\n");
    assert!(
        ended.err.starts_with("a.xml:1: \"大安盐井\": it says that it changed at a time that lies ahead"),
        "{}",
        ended.err
    );
    assert_eq!(newsroom.done(&["import", "a.xml"]).out, "0 new, 0 edited, 1 unchanged, 0 left out\n");
}

#[test]
fn an_article_that_another_source_has_brought_under_its_id_is_left_out_and_named() {
    let newsroom = Newsroom::new();
    let (own, other) = (entry("https://a.example/?p=1", "盐井", ""), entry("5f8d0a", "灯", ""));
    newsroom.write("a.xml", &atom(&(own.clone() + &other)));
    newsroom.write("b.xml", &atom(&format!("{own}{other}{}", entry("tag:b.example,2026:2", "龙", ""))));
    newsroom.done(&["import", "--source", "a", "a.xml"]);
    let ended = newsroom.call(&["import", "--source", "b", "b.xml"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), "1 new, 0 edited, 0 unchanged, 2 left out\n"));
    assert!(
        ended.err.contains("b.xml:1: readers know an article from elsewhere by its id, \"https://a.example/?p=1\""),
        "{}",
        ended.err
    );
    newsroom.done(&["check"]);
}

#[test]
fn what_wellhead_has_published_is_not_taken_in_again() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &crate::support::line("1", "大安盐井", "\"published\":\"2026-11-20T08:00:00Z\""));
    newsroom.done(&["import", "a.jsonl"]);
    newsroom.write("own.xml", &newsroom.exported("feed.atom"));
    let ended = newsroom.call(&["import", "--source", "planet", "own.xml"]);
    assert!(ended.err.contains("readers know an article from elsewhere by its id"), "{}", ended.err);
    assert_eq!(newsroom.entries(), 1);
}

#[test]
fn an_id_that_is_no_iri_is_itself_in_rss_and_json_and_a_tag_in_atom() {
    let newsroom = Newsroom::new();
    newsroom.write("a.xml", &atom(&entry("5f8d0a", "灯", "")));
    newsroom.done(&["import", "a.xml"]);
    assert!(newsroom.exported("feed.rss").contains("<guid isPermaLink=\"false\">5f8d0a</guid>"));
    assert!(newsroom.exported("feed.json").contains("\"id\":\"5f8d0a\""));
    let atom = newsroom.exported("feed.atom");
    assert!(!atom.contains("5f8d0a") && atom.contains("<id>tag:news.example,2026:a/"), "{atom}");
}

#[test]
fn one_bad_entry_is_named_with_its_line_and_the_others_go_in() {
    let newsroom = Newsroom::new();
    let post = |status: &str, title: &str| {
        format!(
            "\n<item><title>{title}</title><guid>{title}</guid><wp:status>{status}</wp:status><wp:post_type>post</wp:post_type></item>"
        )
    };
    let export = format!(
        "<rss><channel><wp:wxr_version>1.2</wp:wxr_version>{}{}</channel></rss>",
        post("private", "内部"),
        post("publish", "公开")
    );
    newsroom.write("a.xml", &export);
    let ended = newsroom.call(&["import", "a.xml"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), "1 new, 0 edited, 0 unchanged, 1 left out\n"));
    assert!(ended.err.contains("a.xml:2: \"内部\": its status is"), "{}", ended.err);
}

#[test]
fn an_export_has_the_farewells_of_retired_feeds() {
    let newsroom = Newsroom::new();
    let (_, salt) = DEFINITIONS.iter().find(|(name, _)| name.ends_with("salt.toml")).expect("the topic");
    newsroom.write("feeds/topics/salt.toml", &format!("retired = 2026-11-20\n{salt}"));
    for feed in ["topics/salt.rss", "districts/daan/topics/salt.rss"] {
        assert_eq!(newsroom.exported(feed).matches("<item>").count(), 1, "{feed}");
    }
}
