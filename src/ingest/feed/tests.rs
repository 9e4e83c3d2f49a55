//! Feeds of every kind, well made and badly, as drafts.
//!
//! Knows nothing of the importer's insides: what a document says, and what is found.

use std::io::Cursor;

use chrono_tz::Tz;

use super::stream::MAX_ITEM;
use super::*;
use crate::article::{Person, Status};
use crate::ingest::clean::{Door, MAX_TITLE, MAX_URL};
use crate::ingest::{Category, Kind, MAX_INPUT};

pub(super) fn all(document: impl Into<Vec<u8>>) -> Vec<Result<Found, Fault>> {
    let file = InputFile { path: "f.xml".into(), name: "f.xml".into(), kind: Kind::Feed, zone: Tz::Asia__Shanghai };
    match read(&file, Cursor::new(document.into())) {
        Ok(drafts) => drafts.collect(),
        Err(fault) => vec![Err(fault)],
    }
}

/// All drafts of a document of which nothing is left out.
pub(super) fn found(document: impl Into<Vec<u8>>) -> Vec<Found> {
    all(document).into_iter().collect::<Result<_, _>>().expect("nothing is left out")
}

pub(super) fn one(document: impl Into<Vec<u8>>) -> Found {
    let mut found = found(document);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

pub(super) fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>盐</title><link>https://salt.example/</link>\n{items}</channel></rss>"
    )
}

pub(super) fn atom(entries: &str) -> String {
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>盐</title>{entries}</feed>")
}

pub(super) fn faults(document: impl Into<Vec<u8>>) -> Vec<String> {
    all(document).into_iter().filter_map(|found| found.err().map(|fault| fault.to_string())).collect()
}

pub(super) fn door() -> Door {
    Door::new(url::Url::parse("https://news.example/").unwrap())
}

pub(super) const DATED: &str = "<guid>g</guid><title>t</title><pubDate>Mon, 23 Nov 2026 09:15:00 +0800</pubDate>";

#[test]
fn an_item_of_rss_keeps_what_it_says() {
    let draft = one(rss(
        "<item xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><guid isPermaLink=\"false\"> 5f8d </guid><title>盐&amp;amp;井</title>\
         <link>/1</link><pubDate>Mon, 23 Nov 2026 09:15:00 +0800</pubDate><dc:creator>李雷</dc:creator>\
         <author>a@b.example (韩梅梅)</author><category>盐业</category><category><![CDATA[灯会]]></category>\
         <description>摘要</description><content:encoded><![CDATA[<p>井&nbsp;深</p>]]></content:encoded>\
         <enclosure url=\"https://salt.example/1.mp3\" length=\"12\" type=\"audio/mpeg\"/>\
         <itunes:duration>1:01</itunes:duration></item>",
    ));
    assert!(draft.keeps_id && draft.notes.is_empty(), "{:?}", draft.notes);
    assert_eq!(draft.categories, [Category::from("盐业".to_owned()), Category::from("灯会".to_owned())]);
    let draft = draft.draft;
    assert_eq!((draft.id.as_str(), draft.title.as_str()), ("5f8d", "盐&井"));
    assert_eq!(draft.url.as_deref(), Some("https://salt.example/1"));
    assert_eq!(draft.published.as_deref(), Some("2026-11-23T01:15:00Z"));
    assert_eq!(draft.authors, [Person { name: "李雷".into(), url: None }]);
    assert_eq!((draft.summary.as_deref(), draft.html.as_deref()), (Some("摘要"), Some("<p>井&nbsp;深</p>")));
    let file = &draft.enclosures[0];
    assert_eq!((file.length, file.duration, file.media_type.as_str()), (Some(12), Some(61), "audio/mpeg"));
}

#[test]
fn an_entry_of_atom_keeps_what_it_says() {
    let draft = one(atom(
        "<author><name>编辑部</name></author><entry xml:lang=\"zh-TW\" xml:base=\"https://salt.example/2026/\"><id>tag:salt.example,2026:1</id>\
         <title type=\"html\">&lt;b&gt;鹽&lt;/b&gt;</title><link rel=\"alternate\" href=\"1\"/>\
         <link rel=\"enclosure\" href=\"1.mp3\" length=\"x\"/><published>2026-11-23T09:15:00+08:00</published>\
         <updated>2026-11-24T09:15:00+08:00</updated><category term=\"salt\" label=\"鹽業\"/>\
         <content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a<br/>1 &lt; 2 <img src=\"i.png\" alt=\"\"/></p></div></content></entry>",
    ));
    assert_eq!(draft.categories, [Category { name: "鹽業".into(), slug: Some("salt".into()) }]);
    let draft = draft.draft;
    assert_eq!((draft.title.as_str(), draft.language.as_deref()), ("鹽", Some("zh-TW")));
    assert_eq!(draft.url.as_deref(), Some("https://salt.example/2026/1"));
    assert_eq!(draft.updated.as_deref(), Some("2026-11-24T01:15:00Z"));
    assert_eq!(draft.authors[0].name, "编辑部");
    let html = "<p>a<br>1 &lt; 2 <img src=\"https://salt.example/2026/i.png\" alt=\"\"></p>";
    assert_eq!(draft.html.as_deref(), Some(html));
    let file = &draft.enclosures[0];
    assert_eq!((file.url.as_str(), file.length), ("https://salt.example/2026/1.mp3", None));
    assert_eq!(file.media_type, "audio/mpeg");
}

#[test]
fn an_item_of_json_keeps_what_it_says() {
    let found = found(
        "{\"version\":\"https://jsonfeed.org/version/1\",\"author\":{\"name\":\"编辑部\"},\"items\":[\n{\"id\":42,\
         \"url\":\"https://salt.example/1\",\"title\":\"盐\",\"content_text\":\"井\",\"tags\":[\"盐业\"],\
         \"date_published\":\"2026-11-23T09:15:00+08:00\",\"attachments\":[{\"url\":\"https://salt.example/1.mp3\",\
         \"mime_type\":\"audio/mpeg\",\"size_in_bytes\":12.0,\"duration_in_seconds\":61}]}]}",
    );
    let Found { line, draft, categories, .. } = &found[0];
    assert_eq!((*line, draft.id.as_str(), draft.text.as_deref()), (2, "42", Some("井")));
    assert_eq!((draft.authors[0].name.as_str(), categories[0].name.as_str()), ("编辑部", "盐业"));
    assert_eq!((draft.enclosures[0].length, draft.enclosures[0].duration), (Some(12), Some(61)));
}

#[test]
fn one_bad_item_is_a_fault_and_the_others_come_in() {
    let item = |n: usize| format!("<item><guid>{n}</guid><title>{n}</title>{}</item>\n", "x".repeat(n));
    let document = rss(&(item(1) + &item(MAX_ITEM as usize + 1) + &item(2)));
    let all = all(document);
    assert_eq!(all.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert!(all[1].as_ref().unwrap_err().to_string().starts_with("f.xml:3: the item is longer than"));
    let many = format!("<item><guid>1</guid>{}</item>{}", "<a/>".repeat(60_000), item(2));
    assert_eq!(super::tests::all(rss(&many)).iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true]);
    let json = "{\"items\":[{\"id\":1,\"title\":\"a\"},\n7,\n{\"id\":\"2\",\"title\":\"b\"}]}";
    assert_eq!(faults(json), ["f.xml:2: an item is no object"]);
    assert_eq!(super::tests::all(json).len(), 3);
}

#[test]
fn of_a_document_that_is_cut_no_open_item_comes_in_and_the_cut_is_a_fault_with_its_line() {
    let whole = rss(&format!("<item>{DATED}</item>\n<item>{DATED}</item>\n"));
    let cut = &whole[..whole.rfind("<pubDate").unwrap()];
    let all = all(cut);
    assert_eq!(all.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    assert_eq!(faults(cut), ["f.xml:3: the file ends early, within the item of line 3, which is left out"]);
    let between = &whole[..whole.find("</item>").unwrap() + 7];
    assert_eq!(faults(between), ["f.xml:2: the file ends early, before its end tag; there may have been more"]);
    let json = "{\"items\":[{\"id\":1,\"title\":\"a\"},\n{\"id\":2";
    assert_eq!((super::tests::all(json).len(), faults(json).len()), (2, 1));
    assert!(faults(json)[0].starts_with("f.xml:2: EOF"), "{:?}", faults(json));
}

#[test]
fn what_is_no_feed_is_a_fault() {
    assert_eq!(faults("<html><body/></html>"), ["f.xml:1: is no feed: its first element is \"html\""]);
    assert_eq!(faults(""), ["f.xml: is empty"]);
    assert_eq!(faults("盐井"), ["f.xml:1: is no feed"]);
    assert_eq!(faults("{}"), ["f.xml: is no feed: it has no items"]);
    assert!(faults("{\"items\":7}")[0].starts_with("f.xml:1: invalid type"));
    assert!(found(rss("")).is_empty());
}

#[test]
fn a_definition_of_a_document_type_is_refused_and_its_mere_name_is_not() {
    let item = format!("<item>{DATED}</item>");
    let named = "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" \"http://my.netscape.com/publish/formats/rss-0.91.dtd\">";
    assert_eq!(found(format!("{named}{}", rss(&item))).len(), 1);
    for declared in ["<!DOCTYPE rss [<!ENTITY a \"b\">]>", "<!doctype rss [ ]>"] {
        assert_eq!(faults(format!("\n{declared}{}", rss(&item))), ["f.xml:2: a document type definition is refused"]);
    }
}

#[test]
fn junk_before_the_document_and_undeclared_names_are_no_matter() {
    let item = "<item><guid>g</guid><title>caf&eacute; R&D & AT&T&nbsp;x</title><content:encoded>a</content:encoded>\
                <dc:date>2026-11-23</dc:date></item>";
    let Found { draft, .. } = one(format!("\u{feff}\n Warning: x\n<?xml version=\"1.0\"?>{}", rss(item)));
    assert_eq!((draft.title.as_str(), draft.html.as_deref()), ("café R&D & AT&T\u{a0}x", Some("a")));
    assert!(draft.published.is_some());
}

#[test]
fn missing_and_wrong_end_tags_of_fields_lose_no_item() {
    let broken = "<item><title>一<link>https://salt.example/1</link><guid>1</guid></item>\
                  <item><title>二</titel></title><guid>2<description>a <b>b</i> c</description></item>\
                  <item><GUID>3</GUID><Title>三</TITLE><description>1 < 2 <> 3</description></item>";
    let all = found(rss(broken));
    let told: Vec<_> = all.iter().map(|f| (f.draft.id.as_str(), f.draft.title.as_str())).collect();
    assert_eq!(told, [("1", "一"), ("2", "二"), ("3", "三")]);
    assert_eq!(all[0].draft.url.as_deref(), Some("https://salt.example/1"));
    assert_eq!(all[1].draft.html.as_deref(), Some("a <b>b c</b>"));
    assert_eq!(all[2].draft.html.as_deref(), Some("1 &lt; 2 &lt;&gt; 3"));
}

#[test]
fn what_is_missing_is_made_up_and_named() {
    let all = found(rss(&format!(
        "<item>{DATED}</item><item><link>https://salt.example/a%E4%BA%95/</link></item>\
         <item><guid>3</guid><description>大安的盐井。&lt;p&gt;又一口。</description><pubDate>soon</pubDate></item>\
         <item><title>只有标题</title></item>"
    )));
    let told: Vec<_> = all.iter().map(|f| (f.draft.title.as_str(), f.keeps_id, f.notes.join(", "))).collect();
    let taken = |second: u32| format!("2026-11-23T01:14:{second}Z is taken, by the one before it");
    assert_eq!(
        told[1],
        (
            "a井",
            true,
            format!(
                "has no id; its link is taken, has no date; {}, has no title; the end of its link is taken",
                taken(59)
            )
        )
    );
    let said = "has no title; its beginning is taken";
    assert_eq!(told[2], ("大安的盐井。", true, format!("its date \"soon\" is not understood; {}, {said}", taken(58))));
    assert!(told[3].2.starts_with("has no id and no link; one is made of its words"));
    assert!(!told[3].1 && all[3].draft.id.starts_with("hash-"));
    assert_eq!(all[1].draft.id, "https://salt.example/a%E4%BA%95/");
    assert_eq!(all[1].draft.published, None);
}

#[test]
fn two_entries_of_one_id_are_told_apart_by_their_links() {
    let item = |link: &str| format!("<item>{DATED}<link>https://salt.example/{link}</link></item>");
    let all = found(rss(&(item("1") + &item("2") + &item("1"))));
    let ids: Vec<_> = all.iter().map(|f| f.draft.id.as_str()).collect();
    assert_eq!(ids, ["g", "g|https://salt.example/2", "g"]);
    assert_eq!(all[1].notes, ["has the id of an entry before it, \"g\"; its link is added"]);
}

#[test]
fn entries_without_ids_that_share_a_link_are_told_apart_by_their_titles() {
    let item = |title: &str| format!("<item><title>{title}</title><link>https://salt.example/log</link></item>");
    let all = found(rss(&(item("一号井") + &item("二号井") + &item("一号井"))));
    let ids: Vec<_> = all.iter().map(|f| (f.draft.id.as_str(), f.keeps_id)).collect();
    let (first, second) = ("https://salt.example/log", "https://salt.example/log|二号井");
    assert_eq!(ids, [(first, true), (second, true), (first, true)]);
    assert!(all[1].notes[0].starts_with("has no id and the link of an entry before it; its title is added"));
}

#[test]
fn cst_is_chinas_where_the_feed_says_0800_elsewhere() {
    let of = |dates: [&str; 2]| {
        let [one, other] = dates.map(|date| format!("<item><guid>{date}</guid><pubDate>{date}</pubDate></item>"));
        let file = InputFile { path: "f.xml".into(), name: "f.xml".into(), kind: Kind::Feed, zone: Tz::UTC };
        let drafts = read(&file, Cursor::new(rss(&(one + &other)))).expect("a feed");
        drafts.map(|found| found.expect("an entry").draft.published.expect("a date")).collect::<Vec<_>>()
    };
    let (cst, china) = ("Mon, 23 Nov 2026 09:15:00 CST", "Mon, 23 Nov 2026 09:15:00 +0800");
    let (at_one, at_three) = ("2026-11-23T01:15:00Z", "2026-11-23T15:15:00Z");
    assert_eq!(of([cst, china]), [at_one, at_one]);
    assert_eq!(of([china, cst]), [at_one, at_one]);
    assert_eq!(of([cst, "Mon, 23 Nov 2026 15:15:00 GMT"]), [at_three, at_three]);
}

#[test]
fn a_time_that_is_none_makes_no_date_and_is_noted() {
    for date in ["2026-11-23T25:51:00+08:00", "Mon, 23 Nov 2026 25:51:00 +0800"] {
        let Found { draft, notes, .. } =
            one(rss(&format!("<item><guid>g</guid><title>t</title><pubDate>{date}</pubDate></item>")));
        assert_eq!((draft.published, notes), (None, vec![format!("its date {date:?} is not understood")]));
    }
}

#[test]
fn what_is_too_long_is_cut_and_not_lost() {
    let title = "盐".repeat(MAX_TITLE + 1);
    let body = "井".repeat(MAX_INPUT / 3 + 1);
    let deep = format!("{}深{}", "&lt;div&gt;".repeat(400), "&lt;/div&gt;".repeat(400));
    let long = "a".repeat(MAX_URL);
    let item = |title: &str, body: &str| {
        format!(
            "<item><guid>{title:.9}{}</guid><title>{title}</title><link>https://a.example/{long}</link><description>{body}</description><pubDate>2026-11-23</pubDate></item>",
            body.len()
        )
    };
    let all = found(rss(&(item(&title, "a") + &item("b", &body) + &item("c", &deep))));
    assert_eq!(all[0].draft.title.chars().count(), MAX_TITLE);
    assert!(all[1].notes[0].contains("longer than 1048576 bytes"), "{:?}", all[1].notes);
    assert_eq!(all[2].draft.text.as_deref(), Some("深"));
    assert!(all.iter().all(|found| found.draft.url.is_none()));
    all.iter().for_each(|found| drop(door().clean(&found.draft).expect("publishable")));
}

#[test]
fn the_image_of_an_item_is_its_articles_if_the_body_has_none() {
    let image = |media: &str, body: &str| one(rss(&format!("<item>{DATED}{media}{body}</item>"))).draft.image;
    let named = |media: &str, body: &str| image(media, body).map(|image| image.url);
    let (found, other) = ("https://a.example/1.jpg", "<description>&lt;img src=\"/2.jpg\"></description>");
    let shown = "<description>&lt;img src=\"https://a.example/1.jpg\"></description>";
    let counted = "<description>&lt;p>盐&lt;img src=\"/c.gif\" width=\"1\" height=\"1\"></description>";
    for media in [
        "<media:content url=\"https://a.example/1.jpg\" medium=\"image\"/>",
        "<media:content url=\"https://a.example/1.jpg\" type=\"image/jpeg\"/>",
        "<media:content url=\"https://a.example/1.jpg\"/>",
        "<media:thumbnail url=\"https://a.example/1.jpg\"/>",
        "<media:group><media:thumbnail url=\"https://a.example/1.jpg\"/></media:group>",
        "<itunes:image href=\"https://a.example/1.jpg\"/>",
    ] {
        for body in ["", "<description>盐</description>", "<description>&lt;p>盐</description>", shown, counted] {
            assert_eq!(named(media, body).as_deref(), Some(found), "{media}{body}");
        }
        assert_eq!(named(media, other), None, "{media}");
    }
    let json =
        "{\"items\":[{\"id\":1,\"title\":\"a\",\"content_html\":\"<p>盐</p>\",\"image\":\"https://a.example/1.jpg\"}]}";
    assert_eq!(one(json).draft.image.map(|image| image.url).as_deref(), Some(found));
}

#[test]
fn what_media_say_of_a_picture_stands_for_it_and_is_no_body() {
    let said = "<media:description type=\"plain\">一盏灯</media:description>";
    let media = format!("<media:content url=\"https://a.example/1.jpg\" medium=\"image\">{said}</media:content>");
    let draft = one(rss(&format!("<item><guid>g</guid><pubDate>2026-11-23</pubDate>{media}</item>"))).draft;
    assert_eq!((draft.title.as_str(), draft.html.as_deref(), draft.text.as_deref()), ("一盏灯", None, None));
    assert_eq!(draft.image.as_ref().and_then(|image| image.alt.as_deref()), Some("一盏灯"));
    let html = door().clean(&draft).unwrap().content.html;
    assert!(html.as_str().contains("<img src=\"https://a.example/1.jpg\" alt=\"一盏灯\">"), "{}", html.as_str());
    let film =
        format!("<media:group><media:content url=\"https://a.example/1.mp4\" type=\"video/mp4\"/>{said}</media:group>");
    assert_eq!(one(rss(&format!("<item>{DATED}{film}</item>"))).draft.text.as_deref(), Some("一盏灯"));
}

#[test]
fn atom_0_3_is_read_under_its_own_names() {
    let Found { draft, .. } = one(
        "<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\"><entry><id>tag:a.example,2004:1</id><title mode=\"escaped\" \
         type=\"text/html\">R&amp;amp;D</title><issued>2004-11-23T09:15:00+08:00</issued><modified>2004-11-24T09:15:00+08:00</modified>\
         <content type=\"text/html\" mode=\"base64\">PHA+55uQPC9wPg==</content></entry></feed>",
    );
    assert_eq!((draft.title.as_str(), draft.html.as_deref()), ("R&D", Some("<p>盐</p>")));
    assert_eq!(draft.published.as_deref(), Some("2004-11-23T01:15:00Z"));
    assert_eq!(draft.updated.as_deref(), Some("2004-11-24T01:15:00Z"));
}

#[test]
fn a_wordpress_export_brings_its_posts() {
    let post = |status: &str, more: &str| {
        format!(
            "<item><title>盐</title><guid isPermaLink=\"false\">https://salt.example/?p={status}{more}</guid><dc:creator>lilei</dc:creator>\
             <category domain=\"category\" nicename=\"%e5%a4%a7%e5%ae%89\">大安区</category><category domain=\"post_format\" nicename=\"x\">x</category>\
             <content:encoded><![CDATA[a\n\nb]]></content:encoded><excerpt:encoded>摘</excerpt:encoded>\
             <wp:post_date>2026-11-23 09:15:00</wp:post_date><wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>\
             <wp:post_modified_gmt>2026-11-24 01:15:00</wp:post_modified_gmt><wp:status>{status}</wp:status>\
             <wp:post_type>post</wp:post_type><wp:post_password>{more}</wp:post_password></item>\n"
        )
    };
    let author = "<wp:author><wp:author_login>lilei</wp:author_login><wp:author_display_name>李雷</wp:author_display_name></wp:author>";
    let page = "<item><wp:post_type>page</wp:post_type></item>";
    let items =
        [post("publish", ""), page.to_owned(), post("private", ""), post("future", ""), post("publish", "x")].concat();
    let all = all(rss(&(author.to_owned() + &items)));
    let statuses: Vec<_> = all.iter().flatten().map(|found| found.draft.status).collect();
    assert_eq!(statuses, [Status::Published, Status::Published]);
    let reasons: Vec<_> = all.iter().filter_map(|found| found.as_ref().err()).map(|fault| &*fault.reason).collect();
    let private = "\"盐\": its status is \"private\"; only what is published is taken";
    assert_eq!(reasons, [private, "\"盐\": is protected by a password", "1 of the type \"page\" are no posts"]);
    assert_eq!(all.iter().flatten().map(|found| found.planned).collect::<Vec<_>>(), [false, true]);
    let Found { draft, categories, .. } = all[0].as_ref().unwrap();
    assert_eq!((draft.html.as_deref(), draft.summary.as_deref()), (Some("<p>a</p>\n<p>b</p>"), Some("摘")));
    assert_eq!(draft.published.as_deref(), Some("2026-11-23T01:15:00Z"));
    assert_eq!(draft.updated.as_deref(), Some("2026-11-24T01:15:00Z"));
    assert_eq!(draft.authors[0].name, "李雷");
    assert_eq!(categories, &[Category { name: "大安区".into(), slug: Some("大安".into()) }]);
}
