//! Claims about WordPress exports: what their posts show of the attachments and shortcodes in the same file.
//!
//! Knows nothing of how either is found.

use std::io::Write as _;
use std::path::Path;

use chrono_tz::Tz;

use super::library::Library;
use super::shown::Shower;
use super::tests::rss;
use crate::ingest::{Fault, Found, InputFile, Kind};

/// An item of an export.
fn item(id: u32, kind: &str, more: &str) -> String {
    let status = if kind == "attachment" { "inherit" } else { "publish" };
    format!(
        "<item><title>盐{id}</title><guid>https://old.example/?p={id}</guid><pubDate>Mon, 23 Nov 2026 09:15:00 +0800</pubDate>\
         <wp:post_id>{id}</wp:post_id><wp:post_type>{kind}</wp:post_type><wp:status>{status}</wp:status>{more}</item>\n"
    )
}

fn meta(key: &str, value: &str) -> String {
    format!(
        "<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>"
    )
}

fn attachment(id: u32, parent: u32, name: &str, more: &str) -> String {
    let url = format!("https://old.example/up/{name}");
    let parent = format!("<wp:post_parent>{parent}</wp:post_parent><wp:attachment_url>{url}</wp:attachment_url>");
    item(id, "attachment", &format!("{parent}<excerpt:encoded>图{id}</excerpt:encoded>{more}"))
}

fn post(id: u32, body: &str, more: &str) -> String {
    item(id, "post", &format!("<content:encoded><![CDATA[{body}]]></content:encoded>{more}"))
}

/// Reads a document from a file, as `import` does.
fn opened(document: &str) -> Vec<Result<Found, Fault>> {
    let mut file = tempfile::NamedTempFile::with_suffix(".xml").unwrap();
    file.write_all(document.as_bytes()).unwrap();
    let input = InputFile::new(file.path(), Some(Kind::Feed), Tz::UTC).unwrap();
    let all: Vec<_> = input.open().unwrap().collect();
    let named = |fault: Fault| Fault { file: Path::new("f.xml").to_owned(), ..fault };
    all.into_iter().map(|found| found.map_err(named)).collect()
}

/// The posts of an export of these items.
fn posts(items: &[String]) -> Vec<Found> {
    opened(&rss(&items.concat())).into_iter().collect::<Result<_, _>>().unwrap()
}

fn losses(found: &Found) -> Vec<String> {
    found.losses.iter().map(ToString::to_string).collect()
}

/// A text as it is shown without attachments, and what it loses.
fn shown(text: &str) -> (String, Vec<String>) {
    let mut library = Library::default();
    let mut shower = Shower::new(&mut library, Some(1));
    let html = shower.show(text);
    (html.split_whitespace().collect::<Vec<_>>().join(" "), shower.losses().iter().map(ToString::to_string).collect())
}

#[test]
fn the_chosen_picture_is_the_articles_image_wherever_its_attachment_stands() {
    let size = "a:2:{s:5:\"width\";i:1200;s:6:\"height\";i:800;}";
    let about = meta("_wp_attachment_image_alt", "一口井") + &meta("_wp_attachment_metadata", size);
    let picture = attachment(7, 0, "well.jpg", &about);
    let post = post(1, "井 <img src=\"https://old.example/up/lamp.png\">", &meta("_thumbnail_id", "7"));
    for items in [[picture.clone(), post.clone()], [post, picture]] {
        let found = posts(&items).remove(0);
        assert_eq!(losses(&found), Vec::<String>::new());
        let image = found.draft.image.expect("an image");
        assert_eq!(
            (image.url.as_str(), image.media_type.as_deref()),
            ("https://old.example/up/well.jpg", Some("image/jpeg"))
        );
        assert_eq!((image.alt.as_deref(), image.width, image.height), (Some("一口井"), Some(1200), Some(800)));
    }
}

#[test]
fn a_chosen_picture_that_the_body_shows_in_another_size_is_not_shown_twice() {
    let picture = attachment(7, 0, "well-scaled.jpg", "");
    let post = post(1, "<img src=\"https://old.example/up/well-300x200.jpg\">", &meta("_thumbnail_id", "7"));
    let found = posts(&[post, picture]).remove(0);
    assert_eq!(found.draft.image.expect("an image").url, "https://old.example/up/well-300x200.jpg");
}

#[test]
fn a_chosen_picture_that_the_export_lacks_is_a_loss_and_none_is_not() {
    let found = posts(&[post(1, "a", &meta("_thumbnail_id", "7")), post(2, "b", &meta("_thumbnail_id", "0"))]);
    assert_eq!(
        losses(&found[0]),
        ["1 picture left out: the export does not hold the picture that was chosen for it, \"7\""]
    );
    assert_eq!(losses(&found[1]), Vec::<String>::new());
    for held in ["trash", "private"] {
        let picture = attachment(7, 0, "a.jpg", "").replace("inherit", held);
        assert!(posts(&[post(1, "a", &meta("_thumbnail_id", "7")), picture])[0].draft.image.is_none(), "{held}");
    }
}

#[test]
fn an_enclosure_of_postmeta_is_one_of_the_article() {
    let written = "https://old.example/up/1.mp3\r\n4521\r\naudio/mpeg\r\na:1:{s:8:\"duration\";s:8:\"00:12:34\";}";
    let short = "https://old.example/up/2.m4a\n0\n";
    let found = posts(&[post(1, "a", &(meta("enclosure", written) + &meta("enclosure", short)))]).remove(0);
    let files: Vec<_> =
        found.draft.enclosures.iter().map(|file| (&*file.url, &*file.media_type, file.length, file.duration)).collect();
    let first = ("https://old.example/up/1.mp3", "audio/mpeg", Some(4521), Some(754));
    assert_eq!(files, [first, ("https://old.example/up/2.m4a", "audio/mp4", None, None)]);
}

#[test]
fn a_gallery_shows_the_attachments_it_names_or_else_those_of_its_post() {
    let items = |body: &str| {
        let pictures = [attachment(7, 1, "7.jpg", ""), attachment(8, 1, "8.png", "<wp:menu_order>-1</wp:menu_order>")];
        let others = [attachment(9, 2, "9.jpg", ""), attachment(10, 1, "10.mp3", "")];
        [vec![post(1, body, "")], pictures.to_vec(), others.to_vec()].concat()
    };
    let order = |body: &str| {
        let found = posts(&items(body)).remove(0);
        let html = found.draft.html.clone().unwrap();
        let sources = html.split("/up/").skip(1).map(|rest| rest.split(['"', '.']).next().unwrap().to_owned());
        (sources.collect::<Vec<_>>().join(" "), losses(&found).join(" "))
    };
    let none = String::new();
    assert_eq!(order("[gallery ids=\"9,7\"]"), ("9 7".to_owned(), none.clone()));
    assert_eq!(order("[gallery]"), ("8 7".to_owned(), none.clone()));
    assert_eq!(order("<!-- wp:shortcode -->[gallery exclude=\"8\"]<!-- /wp:shortcode -->"), ("7".to_owned(), none));
    let lost = "1 picture left out: the export does not hold them as attachments";
    assert_eq!(order("[gallery ids='7,77']"), ("7".to_owned(), lost.to_owned()));
    let html = posts(&items("[gallery ids=9]")).remove(0).draft.html.unwrap();
    assert_eq!(
        html,
        "<figure><img src=\"https://old.example/up/9.jpg\" alt=\"\"><figcaption>图9</figcaption></figure>"
    );
}

#[test]
fn recordings_are_played_and_enclosed() {
    let sound = "https://a.example/1.mp3";
    let player = format!("<audio controls src=\"{sound}\"><a href=\"{sound}\">1.mp3</a></audio>");
    for body in [
        format!("[audio mp3=\"{sound}\"][/audio]"),
        format!("[audio src='{sound}']"),
        format!("[audio]{sound}[/audio]"),
        format!("[embed]{sound}[/embed]"),
    ] {
        let found = posts(&[post(1, &body, "")]).remove(0);
        assert_eq!(found.draft.html.as_deref(), Some(&*format!("<p>{player}</p>")), "{body}");
        let files: Vec<_> = found.draft.enclosures.iter().map(|file| (&*file.url, &*file.media_type)).collect();
        assert_eq!(files, [(sound, "audio/mpeg")], "{body}");
    }
    let film = "[video width=\"640\" mp4=\"https://a.example/1.mp4\" poster=\"https://a.example/1.jpg\"][/video]";
    let html = posts(&[post(1, film, "")]).remove(0).draft.html.unwrap();
    assert!(html.starts_with("<p><video controls src=\"https://a.example/1.mp4\" poster=\"https://a.example/1.jpg\">"));
    let own = [post(1, "[audio] [playlist]", ""), attachment(9, 1, "9.ogg", "")];
    let found = posts(&own).remove(0);
    assert_eq!(found.draft.enclosures[0].media_type, "audio/ogg");
    assert_eq!(found.draft.html.unwrap().matches("<audio").count(), 2);
    assert_eq!(
        losses(&posts(&[post(1, "[video]", "")])[0]),
        ["1 player left out: no address of what they play is known"]
    );
}

#[test]
fn a_caption_is_a_figure() {
    let image = "<img src=\"https://a.example/1.jpg\" alt=\"井\">";
    let figure = |words: &str| format!("<figure>{image}<figcaption>{words}</figcaption></figure>");
    let shown = |text: &str| shown(text).0;
    assert_eq!(
        shown(&format!("[caption id=\"a_1\" width=\"300\"]{image} 大安的<b>井</b>[/caption]井深。")),
        figure("大安的<b>井</b>") + " 井深。"
    );
    assert_eq!(shown(&format!("[wp_caption caption='井 &amp; 灯']{image}[/wp_caption]")), figure("井 & 灯"));
    let linked = format!("[caption width=\"1\"]<a href=\"/b\">{image}</a> 灯[/caption]");
    assert_eq!(shown(&linked), format!("<figure><a href=\"/b\">{image}</a><figcaption>灯</figcaption></figure>"));
}

#[test]
fn an_address_alone_on_its_line_is_a_link() {
    let link = "<a href=\"https://a.example/v?a=1&amp;b\">https://a.example/v?a=1&amp;b</a>";
    let address = "https://a.example/v?a=1&b";
    for (text, expected) in [
        (format!("看\n{address}\n完"), format!("看 {link} 完")),
        (format!("<p>{address}</p>"), format!("<p>{link}</p>")),
        (format!("<div class=\"x\">\n{address}\n</div>"), format!("<div class=\"x\"> {link} </div>")),
        (format!("[embed width=\"3\"]{address}[/embed]"), format!("<p>{link}</p>")),
        (format!("看 {address}"), format!("看 {address}")),
        (format!("<a href=\"/\">{address}</a>"), format!("<a href=\"/\">{address}</a>")),
        (format!("<pre>{address}</pre>"), format!("<pre>{address}</pre>")),
        (format!("<b>{address}</b>"), format!("<b>{address}</b>")),
    ] {
        assert_eq!(shown(&text), (expected, Vec::new()), "{text}");
    }
}

#[test]
fn shortcodes_of_plugins_are_taken_away_and_named_and_their_text_stays() {
    let text = "[vc_row][vc_column width=\"1/2\"]水[/vc_column][/vc_row] [contact-form-7 id=\"4\" title=\"联系\"] [su_box title=\"盐\"]井[/su_box]";
    let (html, lost) = shown(text);
    assert_eq!(html, "水 井");
    assert_eq!(lost, ["4 shortcodes left out: vc_row, vc_column, contact-form-7, su_box"]);
    let address = "https://a.example/watch?v=1";
    let linked = format!("<p><a href=\"{address}\">{address}</a></p>");
    for text in [format!("[youtube {address}]"), format!("[youtube={address}]"), format!("[vimeo]{address}[/vimeo]")] {
        assert_eq!(shown(&text), (linked.clone(), Vec::new()), "{text}");
    }
    assert_eq!(shown("[sourcecode language=\"sh\"]a[1] [toc][/sourcecode]").0, "<pre><code>a[1] [toc]</code></pre>");
}

#[test]
fn text_in_brackets_and_code_stay_and_escaped_shortcodes_lose_a_bracket() {
    for text in [
        "见 [1] 与 [图] [sic] [编者按] [update] [caption] [vice-president] [",
        "<code>[gallery ids=\"1\"]</code> <pre>[vc_row]</pre> <a title=\"[toc]\">x</a> <!-- wp:x {\"a\":\"[toc]\"} -->",
        "[[1]] [[页面]] a[i][j]",
    ] {
        assert_eq!(shown(text), (text.to_owned(), Vec::new()));
    }
    let escaped = shown("[[gallery ids=\"1\"]] [[su_box a=\"b\"]水[/su_box]] [[audio]]");
    assert_eq!(escaped, ("[gallery ids=\"1\"] [su_box a=\"b\"]水[/su_box] [audio]".to_owned(), Vec::new()));
}

#[test]
fn tags_that_never_end_do_not_keep_it_busy() {
    for text in [
        "[caption a=\"b\"]",
        "[[gallery",
        "<code>[x_y]",
        "[embed]https://",
        "<!--[",
        "https://a.example/\n",
        "<a [audio]",
    ] {
        shown(&text.repeat(20_000));
    }
}

#[test]
fn a_file_that_ends_early_says_so_first() {
    let whole = rss(&[post(1, "a", ""), post(2, "b", "")].concat());
    let told = |document: &str| -> Vec<String> {
        opened(document)
            .into_iter()
            .map(|found| found.map_or_else(|fault| fault.to_string(), |found| found.draft.id))
            .collect()
    };
    let (first, cut) = ("https://old.example/?p=1", "f.xml: the file ends early, before its end tag");
    let within = &whole[..whole.rfind("<wp:status").unwrap()];
    assert_eq!(told(within), [cut, first, "f.xml:3: the item has no end tag; it is left out"]);
    let between = &whole[..whole.find("</item>").unwrap() + 7];
    assert_eq!(told(between), [cut, first]);
    assert_eq!(told(&whole).len(), 2);
}
