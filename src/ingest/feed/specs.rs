//! Tests of the rules for feeds that programs get wrong or seldom use.
//!
//! Knows nothing of the importer's insides.

use super::tests::{DATED, atom, door, faults, one, rss};
use super::*;
use crate::ingest::Category;

#[test]
fn a_base_holds_for_its_own_element_alone() {
    let entry = |content: &str| {
        one(format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:base=\"https://salt.example/blog/\"><title>盐</title><entry><id>i</id>\
             <title>t</title><updated>2026-11-23T09:15:00Z</updated><author><name>李雷</name><uri>li</uri></author>\
             <link href=\"1\"/><link rel=\"enclosure\" href=\"1.mp3\" xml:base=\"/sound/\"/>{content}</entry></feed>"
        ))
        .draft
    };
    for content in [
        "<content type=\"html\" xml:base=\"img/\">&lt;img src=\"p.png\">&lt;a href=\"q\">q&lt;/a></content>",
        "<content type=\"xhtml\"><div xml:base=\"img/\"><img src=\"p.png\"/><a href=\"q\">q</a></div></content>",
        "<summary type=\"html\" xml:base=\"img/\">&lt;img src=\"p.png\">&lt;a href=\"q\">q&lt;/a></summary>",
    ] {
        let draft = entry(content);
        assert_eq!(draft.url.as_deref(), Some("https://salt.example/blog/1"));
        assert_eq!(draft.enclosures[0].url, "https://salt.example/sound/1.mp3");
        assert_eq!(draft.authors[0].url.as_deref(), Some("https://salt.example/blog/li"));
        let html = draft.html.unwrap();
        assert!(html.contains("\"https://salt.example/blog/img/p.png\""), "{html}");
        assert!(html.contains("\"https://salt.example/blog/img/q\""), "{html}");
    }
    let encoded =
        "<content:encoded xml:base=\"https://a.example/img/\"><![CDATA[<img src=\"p.png\">]]></content:encoded>";
    let draft = one(rss(&format!("<item>{DATED}<link>/1</link>{encoded}</item>"))).draft;
    assert_eq!(draft.url.as_deref(), Some("https://salt.example/1"));
    assert_eq!(draft.html.as_deref(), Some("<img src=\"https://a.example/img/p.png\">"));
}

#[test]
fn elements_of_atom_in_an_item_of_rss_say_what_they_say_in_atom() {
    let items = "<item><guid isPermaLink=\"false\">1</guid><a10:title type=\"html\">&lt;b>盐&lt;/b></a10:title>\
        <a10:content type=\"xhtml\"><div><p>井</p></div></a10:content><a10:category term=\"salt\" label=\"盐业\"/>\
        <a10:link rel=\"self\" href=\"https://salt.example/self\"/><a10:link rel=\"enclosure\" href=\"/1.mp3\" length=\"5\"/>\
        <a10:link href=\"https://salt.example/1\"/><a10:published>2026-11-23T01:15:00Z</a10:published>\
        <a10:updated>2026-11-24T01:15:00Z</a10:updated><a10:author><a10:name>李雷</a10:name></a10:author></item>";
    let document = rss(items).replace("<rss ", "<rss xmlns:a10=\"http://www.w3.org/2005/Atom\" ");
    let Found { draft, categories, .. } = one(document);
    assert_eq!((draft.title.as_str(), draft.html.as_deref()), ("盐", Some("<p>井</p>")));
    assert_eq!(draft.url.as_deref(), Some("https://salt.example/1"));
    assert_eq!(draft.published.as_deref(), Some("2026-11-23T01:15:00Z"));
    assert_eq!(draft.updated.as_deref(), Some("2026-11-24T01:15:00Z"));
    assert_eq!((draft.enclosures[0].url.as_str(), draft.enclosures[0].length), ("https://salt.example/1.mp3", Some(5)));
    assert_eq!(categories, [Category { name: "盐业".into(), slug: Some("salt".into()) }]);
    assert_eq!(draft.authors[0].name, "李雷");
}

#[test]
fn an_entry_document_is_a_feed_of_one() {
    let entry = "<?xml version=\"1.0\"?>\n<entry xmlns=\"http://www.w3.org/2005/Atom\" xml:base=\"https://salt.example/\"><id>i</id>\
        <title>盐</title><link href=\"1\"/><updated>2026-11-23T09:15:00Z</updated><content type=\"html\">&lt;p>井&lt;/p></content>";
    let draft = one(format!("{entry}</entry>")).draft;
    assert_eq!((draft.title.as_str(), draft.url.as_deref()), ("盐", Some("https://salt.example/1")));
    assert!(!faults(entry).is_empty(), "it is cut");
}

#[test]
fn keywords_and_categories_of_media_are_tags() {
    let media = "<media:group><media:category label=\"灯会\">festival</media:category></media:group>\
        <media:content url=\"https://a.example/1.mp4\" type=\"video/mp4\"><media:keywords>盐, 井,盐</media:keywords></media:content>\
        <media:category>恐龙</media:category>";
    assert_eq!(one(rss(&format!("<item>{DATED}{media}</item>"))).draft.tags, ["盐", "井", "恐龙", "灯会"]);
    let entry = format!("<entry><id>i</id><title>t</title><updated>2026-11-23T09:15:00Z</updated>{media}</entry>");
    assert_eq!(one(atom(&entry)).draft.tags, ["盐", "井", "恐龙", "灯会"]);
}

#[test]
fn an_address_that_is_none_or_holds_a_password_is_mended_or_left_out_and_named() {
    let item = |link: &str| {
        let author = format!("<atom:author><atom:name>李雷</atom:name><atom:uri>{link}</atom:uri></atom:author>");
        let file = format!("<enclosure url=\"{link}\" type=\"audio/mpeg\"/>");
        one(rss(&format!("<item>{DATED}<link>{link}</link>{author}{file}</item>")))
    };
    let mended = [
        ("https://a.example/50%zz", "https://a.example/50%25zz"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://a.example/%E7%9B%90?a=%2", "https://a.example/%E7%9B%90?a=%252"),
        ("https://li:secret@a.example/1", "https://a.example/1"),
        ("https://li@a.example/1", "https://a.example/1"),
    ];
    for (written, published) in mended {
        let Found { draft, notes, .. } = item(written);
        assert_eq!(draft.url.as_deref(), Some(published));
        assert_eq!((draft.enclosures[0].url.as_str(), draft.authors[0].url.as_deref()), (published, Some(published)));
        assert_eq!(notes.len(), 3, "{notes:?}");
        assert!(notes.iter().all(|note| !note.contains("secret")));
    }
    let Found { draft, notes, .. } = item("https://[a/");
    assert!(draft.url.is_none() && draft.enclosures.is_empty() && draft.authors[0].url.is_none());
    assert_eq!(notes.len(), 3, "{notes:?}");
    let html = "<description>&lt;a href=\"https://li:secret@a.example/%zz\">盐&lt;/a></description>";
    let html = door().clean(&one(rss(&format!("<item>{DATED}{html}</item>"))).draft).unwrap().content.html;
    assert_eq!(html.as_str(), "<a href=\"https://a.example/%25zz\">盐</a>");
}
