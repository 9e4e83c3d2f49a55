//! Claims about feeds as a whole: what is missing is named, what is broken is read, and what is hostile is refused.
//!
//! Knows nothing of what becomes of a draft.

use std::io::Cursor;

use super::*;
use crate::ingest::Kind;

fn drafts(document: impl AsRef<[u8]>) -> Vec<Result<Found, Fault>> {
    let zone = chrono_tz::Asia::Shanghai;
    let file = InputFile { path: "f.xml".into(), name: "f.xml".to_owned(), kind: Kind::Feed, zone };
    match read(&file, Cursor::new(document.as_ref().to_vec())) {
        Ok(drafts) => drafts.collect(),
        Err(fault) => vec![Err(fault)],
    }
}

/// Items in a document of RSS.
fn rss(items: &str) -> Vec<Result<Found, Fault>> {
    drafts(format!(
        "<rss version=\"2.0\"><channel><title>t</title><link>https://a.example/</link>{items}</channel></rss>"
    ))
}

/// The one draft of an item.
fn item(fields: &str) -> Found {
    let mut found = rss(&format!("<item>{fields}</item>"));
    assert_eq!(found.len(), 1);
    found.remove(0).expect("it is taken")
}

const WHOLE: &str = "<guid>g</guid><title>盐</title><pubDate>Mon, 23 Nov 2026 09:15:00 +0800</pubDate>";

#[test]
fn what_is_missing_is_made_up_and_named() {
    assert_eq!(item(WHOLE).notes, Vec::<String>::new());
    let found = item("<title>盐</title><link>/p/1</link><pubDate>soon</pubDate>");
    assert_eq!((found.draft.id.as_str(), found.keeps_id), ("https://a.example/p/1", true));
    assert_eq!(found.notes, ["its date \"soon\" is not understood; one is assumed", "has no id; its link is taken"]);
    let found = item("<guid>g</guid><description>&lt;p&gt;大安的井。&lt;/p&gt;</description>");
    assert_eq!(found.draft.title, "大安的井。");
    assert_eq!(found.notes, ["has no date; one is assumed", "has no title; its beginning is taken"]);
    assert_eq!(item("<guid>g</guid><link>https://a.example/salt-well/</link>").draft.title, "salt well");
    let (one, two) = (item("<description>井</description>"), item("<description>灯</description>"));
    assert!(!one.keeps_id && one.draft.id.starts_with("hash-") && one.draft.id != two.draft.id);
    assert_eq!(one.draft.id, item("<description>井</description>").draft.id);
}

#[test]
fn an_undated_item_is_a_second_older_than_the_one_before() {
    let found = rss(&format!("<item>{WHOLE}</item><item><guid>h</guid><title>井</title></item>"));
    let found: Vec<Found> = found.into_iter().map(|found| found.expect("it is taken")).collect();
    assert_eq!(found[0].draft.published.as_deref(), Some("2026-11-23T01:15:00Z"));
    assert_eq!(found[1].assumed.map(|time| time.to_string()).as_deref(), Some("2026-11-23T01:14:59Z"));
}

#[test]
fn two_items_of_one_id_are_told_apart_by_their_links() {
    let item = |link: &str| format!("<item>{WHOLE}<link>https://a.example/{link}</link></item>");
    let ids: Vec<String> = rss(&[item("1"), item("2"), item("1")].concat())
        .into_iter()
        .map(|found| found.expect("it is taken").draft.id)
        .collect();
    // The third is the first again, which is refused where ids are remembered.
    assert_eq!(ids, ["g", "g|https://a.example/2", "g"]);
}

#[test]
fn a_title_is_text_whether_it_was_escaped_once_or_twice() {
    for (written, title) in [
        ("盐 &amp; 井", "盐 & 井"),
        ("盐 &amp;amp; 井", "盐 & 井"),
        ("<![CDATA[盐 &#8211; 井]]>", "盐 – 井"),
        ("5 &lt; 6", "5 < 6"),
        ("盐&nbsp;井", "盐\u{a0}井"),
    ] {
        assert_eq!(item(&format!("<guid>g</guid><title>{written}</title>")).draft.title, title, "{written}");
    }
}

#[test]
fn a_type_definition_is_refused_and_a_name_of_one_is_not() {
    let bomb = "<!DOCTYPE rss [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><rss><channel><item><title>&b;</title></item></channel></rss>";
    let found = drafts(bomb);
    assert!(found.len() == 1 && found[0].as_ref().is_err_and(|fault| fault.reason.contains("definition is refused")));
    let named = "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" \"http://a.example/rss.dtd\">";
    let found = drafts(format!("{named}<rss><channel><item>{WHOLE}</item></channel></rss>"));
    assert!(found.len() == 1 && found[0].is_ok());
}

#[test]
fn what_is_no_feed_is_said_to_be_none() {
    for (document, reason) in [
        ("<!doctype html><html><body></body></html>", "is no feed: it begins with <html>"),
        ("", "is no feed: there is nothing in it"),
        ("plain text", "is no feed: there is nothing in it"),
        ("{\"version\": 1}", "is no JSON Feed"),
        ("{\n\"items\": [\n", "is no JSON: "),
    ] {
        let found = drafts(document);
        let fault = found.first().and_then(|found| found.as_ref().err()).expect(document);
        assert!(fault.reason.starts_with(reason), "{fault}");
    }
    assert!(rss("").is_empty(), "an empty feed is one");
}

#[test]
fn every_entry_of_a_broken_document_comes_in() {
    let document = "\n junk <?xml version=\"1.0\"?><rss><channel>\
        <item><title>一 & 二</titel><guid>1</guid><description><p>井<br>盐</description></item>\
        <item><title>二<guid>2</guid><description>a&nbsp;b &foo; c</description></item>\
        <item><guid>3</guid><title>三</title>\
        <item><guid>4</guid><title>四</title><description>没有结束";
    let found: Vec<Found> = drafts(document).into_iter().map(|found| found.expect("it is taken")).collect();
    let said: Vec<_> = found.iter().map(|f| (f.draft.id.as_str(), f.draft.title.as_str())).collect();
    assert_eq!(said, [("1", "一 & 二"), ("2", "二"), ("3", "三"), ("4", "四")]);
    assert_eq!(found[0].draft.html.as_deref(), Some("<p>井<br>盐</p>"));
    assert!(found[3].notes[0].contains("ends within it"), "{:?}", found[3].notes);
}

#[test]
fn an_entry_that_is_far_too_long_is_named_and_the_others_come_in() {
    let long = format!("<item><title>{}</title></item>", "x".repeat(source::MAX_PART));
    let found = rss(&format!("<item>{WHOLE}</item>{long}<item><guid>h</guid><title>井</title></item>"));
    assert_eq!(found.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert!(found[1].as_ref().is_err_and(|fault| fault.reason.contains("longer than 16777216 bytes")));
}

#[test]
fn a_million_open_elements_are_passed_over() {
    let deep = format!("<guid>g</guid><title>盐</title><description>{}井", "<a>".repeat(1_000_000));
    let found = item(&deep);
    assert_eq!(found.draft.title, "盐");
    let found = drafts("<a>".repeat(100_000));
    assert!(found.len() == 1 && found[0].is_err());
    let found = drafts("[".repeat(1_000_000));
    assert!(found.len() == 1 && found[0].is_err());
    let found = drafts(format!("{{\"items\":{}", "[".repeat(1_000_000)));
    assert!(found.len() == 1 && found[0].is_err());
}

#[test]
fn a_body_that_cannot_be_published_costs_its_entry_only_the_body() {
    let deep = format!("<guid>g</guid><title>盐</title><description><![CDATA[{}]]></description>", "<div>".repeat(300));
    let found = item(&deep);
    assert_eq!((found.draft.title.as_str(), found.draft.html), ("盐", None));
    assert!(found.notes.iter().any(|note| note.contains("nested deeper")), "{:?}", found.notes);
}

#[test]
fn relative_links_are_meant_from_where_the_document_says() {
    let content = "<content type='html'>&lt;img src=\"a.jpg\"&gt;</content>";
    let entry = |base: &str| {
        let link = "<link href='https://a.example/2026/post'/>";
        let document = format!("<feed><entry {base}><id>1</id><title>t</title>{link}{content}</entry></feed>");
        drafts(document).remove(0).expect("it is taken").draft.html
    };
    assert_eq!(entry("").as_deref(), Some("<img src=\"a.jpg\">"), "the entry's own link, which the door knows");
    assert_eq!(entry("xml:base='https://b.example/x/'").as_deref(), Some("<img src=\"https://b.example/x/a.jpg\">"));
}

#[test]
fn atom_s_texts_are_read_as_what_they_say_they_are() {
    let document = "<a:feed xmlns:a='http://www.w3.org/2005/Atom' xml:base='https://a.example/x/'>\
        <a:author><a:name>编辑部</a:name></a:author>\
        <a:entry><a:id>tag:a.example,2026:1</a:id><a:title type='html'>盐 &amp;amp; &lt;b&gt;井&lt;/b&gt;</a:title>\
        <a:link href='1'/><a:updated>2026-11-23T09:15:00+08:00</a:updated>\
        <a:content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>井<br/>&lt;灯&gt;</p></div></a:content></a:entry>\
        <a:entry><a:id>tag:a.example,2026:2</a:id><a:title>1 &lt; 2</a:title><a:summary>a &lt; b</a:summary>\
        <a:link rel='enclosure' href='/a.mp3' length='7'/><a:updated>2026-11-23T09:15:00Z</a:updated></a:entry></a:feed>";
    let found: Vec<Found> = drafts(document).into_iter().map(|found| found.expect("it is taken")).collect();
    assert_eq!(found[0].draft.title, "盐 & 井");
    assert_eq!(found[0].draft.url.as_deref(), Some("https://a.example/x/1"));
    assert_eq!(found[0].draft.html.as_deref(), Some("<p>井<br>&lt;灯&gt;</p>"));
    assert_eq!(found[0].draft.authors[0].name, "编辑部");
    assert_eq!((found[1].draft.title.as_str(), found[1].draft.text.as_deref()), ("1 < 2", Some("a < b")));
    let file = &found[1].draft.enclosures[0];
    assert_eq!(
        (file.url.as_str(), file.media_type.as_str(), file.length),
        ("https://a.example/a.mp3", "audio/mpeg", Some(7))
    );
}
