//! Cleaning held against ammonia, which cleaned articles before: what it made of them is stored, and must not change.
//!
//! Differences are meant: a picture without a source goes now; and what stands for something else (`noscript`, what is
//! embedded, drawings and formulas) went with all that was in it. Of that, it is held that only what is kept comes out.

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};
use proptest::prelude::*;
use url::Url;

use super::elements::{DROPPED, EVERYWHERE, KEPT};
use super::{Cleaner, UNTANGLINGS, has_nested_links, text};
use crate::ingest::link::{SCHEMES, absolute};

fn base() -> Url {
    Url::parse("https://news.example/zh/").expect("a URL")
}

/// Cleaning as ammonia did it.
fn by_ammonia(html: &str) -> String {
    let mut builder = Builder::empty();
    builder
        .tags(KEPT.iter().map(|(name, _)| *name).collect())
        .clean_content_tags(HashSet::from(DROPPED))
        .tag_attributes(
            KEPT.iter().map(|(name, kept)| (*name, kept.iter().copied().collect())).collect::<HashMap<_, _>>(),
        )
        .generic_attributes(EVERYWHERE.into_iter().filter(|name| *name != "id").collect())
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(|_, attribute, value| match attribute {
            "href" | "src" | "poster" | "cite" => absolute(&base(), value).map(Into::into),
            "width" | "height" | "colspan" | "rowspan" | "start" | "value" => {
                value.trim().parse::<u32>().is_ok().then(|| value.trim().into())
            }
            _ => Some(value.into()),
        });
    let clean = |html: &str| without_sourceless(&builder.clean(html).to_string());
    let mut cleaned = clean(&text::strip(html));
    for _ in 0..UNTANGLINGS {
        if !has_nested_links(&cleaned) {
            break;
        }
        cleaned = clean(&cleaned);
    }
    text::strip(cleaned.trim()).into_owned()
}

/// Clean HTML without pictures that have no source. In it every `<` begins a tag, and every `>` ends one.
fn without_sourceless(html: &str) -> String {
    let mut parts = html.split('<');
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (tag, text) = part.split_once('>').expect("a tag that ends");
        let goes = matches!(tag.split(' ').next(), Some("img" | "source")) && !tag.contains(" src=\"");
        if !goes {
            kept.push_str(&format!("<{tag}>"));
        }
        kept.push_str(text);
    }
    kept
}

/// The parts of clean HTML that should not have been kept, or that leads where nothing may lead.
fn smuggled(html: &str) -> Option<String> {
    for part in html.split('<').skip(1) {
        let Some((tag, _)) = part.split_once('>') else { return Some(part.to_owned()) };
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let Some((_, listed)) = KEPT.iter().find(|(kept, _)| *kept == name.trim_start_matches('/')) else {
            return Some(tag.to_owned());
        };
        while !attributes.is_empty() {
            let Some((name, rest)) = attributes.split_once("=\"") else { return Some(tag.to_owned()) };
            let Some((value, rest)) = rest.split_once('"') else { return Some(tag.to_owned()) };
            // `anchors` holds what such links lead to.
            let leads = !matches!(name, "href" | "src" | "poster")
                || SCHEMES.iter().any(|scheme| value.starts_with(scheme))
                || (name == "href" && value.starts_with('#'));
            if !leads || !(listed.contains(&name) || EVERYWHERE.contains(&name)) {
                return Some(tag.to_owned());
            }
            attributes = rest.trim_start();
        }
    }
    None
}

/// Clean HTML without links to places within it, and without their ids.
fn without_anchors(html: &str) -> String {
    let mut parts = html.split('<');
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (tag, text) = part.split_once('>').expect("a tag that ends");
        let mut pieces = tag.split(' ');
        rest.push_str(&format!("<{}", pieces.next().unwrap_or_default()));
        let of_anchors = |piece: &&str| piece.starts_with("id=\"") || piece.starts_with("href=\"#");
        pieces.filter(|piece| !of_anchors(piece)).for_each(|piece| rest.push_str(&format!(" {piece}")));
        rest.push_str(&format!(">{text}"));
    }
    // An empty one may stand for what is unwrapped.
    rest.replace("<i></i>", "").trim().to_owned()
}

/// Elements and links with ids, and what may part them.
fn anchored_piece() -> impl Strategy<Value = String> {
    let attributes = prop::sample::select(vec![
        "",
        " id=a",
        " id=b",
        " id='盐'",
        " id='&amp;x\"'",
        " id='a b'",
        " href=#a",
        " href='#a' id=b",
        " href=#%E7%9B%90",
        " href='#&amp;x\"'",
        " href=#盐",
        " name=a",
        " name=b id=a",
        " href=#",
        " href=https://e.x/#a",
        " lang=zh id=a",
    ]);
    let names = prop::sample::select(vec![
        "p",
        "a",
        "a",
        "b",
        "span",
        "div",
        "section",
        "table",
        "td",
        "tr",
        "li",
        "ul",
        "sup",
        "img src=/x",
        "script",
        "h2",
        "font",
        "tbody",
        "form",
        "col",
        "select",
        "option",
        "br",
    ]);
    let ends = prop::sample::select(vec![
        "p", "a", "b", "span", "div", "section", "table", "td", "li", "sup", "font", "script",
    ]);
    prop_oneof![
        6 => (names, attributes).prop_map(|(name, attributes)| format!("<{name}{attributes}>")),
        3 => ends.prop_map(|name| format!("</{name}>")),
        2 => prop::sample::select(vec!["盐", " ", "\n", "&amp;", "id=\"a\""]).prop_map(str::to_owned),
    ]
}

/// Names of elements: all that are kept, all that are dropped, and those of which the parser makes something of its own.
const NAMES: [&str; 100] = [
    "p",
    "a",
    "br",
    "em",
    "strong",
    "b",
    "i",
    "img",
    "li",
    "td",
    "tr",
    "div",
    "h1",
    "h2",
    "h3",
    "h6",
    "figure",
    "figcaption",
    "blockquote",
    "q",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "th",
    "pre",
    "code",
    "s",
    "sub",
    "sup",
    "ruby",
    "rt",
    "rp",
    "audio",
    "video",
    "source",
    "del",
    "ins",
    "hr",
    "cite",
    "script",
    "style",
    "template",
    "html",
    "head",
    "body",
    "frameset",
    "frame",
    "select",
    "option",
    "optgroup",
    "input",
    "button",
    "form",
    "textarea",
    "title",
    "xmp",
    "noembed",
    "noframes",
    "listing",
    "nobr",
    "font",
    "big",
    "small",
    "strike",
    "tt",
    "u",
    "applet",
    "marquee",
    "area",
    "image",
    "keygen",
    "wbr",
    "param",
    "track",
    "col",
    "colgroup",
    "rb",
    "rtc",
    "section",
    "article",
    "details",
    "summary",
    "main",
    "center",
    "span",
    "base",
    "link",
    "meta",
    "fieldset",
    "dialog",
    "menu",
    "x-y",
    "bgsound",
];

/// Elements that something else comes out of, with what may be in them and in what they come from.
const OTHERWISE: [&str; 36] = [
    "<svg>",
    "</svg>",
    "<math>",
    "</math>",
    "<mi>",
    "<mtext>",
    "<annotation-xml encoding=text/html>",
    "<annotation-xml>",
    "<foreignObject>",
    "<desc>",
    "<title>",
    "</title>",
    "<style>",
    "</style>",
    "<script>",
    "</script>",
    "<noscript>",
    "</noscript>",
    "<iframe src=//x.example/>",
    "<iframe src=javascript:x>",
    "<iframe>",
    "</iframe>",
    "<object data=/x.y>",
    "<object data=data:,>",
    "</object>",
    "<embed src='/x\">'>",
    "<embed data-src=javascript:x/y>",
    "<param name=x>",
    "<img data-src=javascript:x.y>",
    "<img data-src=/a.jpg src=data:,>",
    "<img srcset='x.jpg 2x, javascript:x/y 3x'>",
    "<img data-src='&quot;>/.<script>' onerror=x>",
    "<mglyph>",
    "<malignmark>",
    "<![CDATA[",
    "<font color=red>",
];

/// Start tags in several guises, end tags, texts, and what begins or ends something else.
fn piece() -> impl Strategy<Value = String> {
    let attributes = prop::sample::select(vec![
        "",
        " ",
        "/",
        " class=x",
        " href=\"/a?b=1&c=2\" title='井 \"<>\u{a0}&amp;'",
        " href=javascript:x src=data:, alt=a",
        " src= alt=1 title=2 width=3",
        " SRC='//x.example/|' lang=zh dir=rtl lang=en",
        " href='https:' cite=' x '",
        " width=12px height=' 3 ' start=1 value=2 colspan=x",
        " type=hidden",
        " encoding=text/html",
        " color=red",
        " a<b='>' c",
        " \"'=",
        " href=\"http://[\"",
        " href='&#x6a;avascript:x' id=a",
        " src=\"mailto:a@b\" controls",
    ]);
    prop_oneof![
        6 => (prop::sample::select(&NAMES[..]), attributes).prop_map(|(name, attributes)| format!("<{name}{attributes}>")),
        4 => prop::sample::select(&NAMES[..]).prop_map(|name| format!("</{name}>")),
        2 => prop::sample::select(vec![
            "盐", " ", "\n", "&amp;", "&nbsp;", "&lt", "&#0;", "&notit;", "\u{a0}", "·", "\"", "'", ">", "<", "</", "<!--",
            "-->", "<!", "<![CDATA[", "]]>", "<?", "<!doctype html>", "<!---->", "<a", "<b title=\"", "&", "]]", "\0",
            "</math>", "</svg>", "\r\n",
        ]).prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn html_is_cleaned_as_ammonia_cleaned_it(pieces in prop::collection::vec(piece(), 0..24)) {
        let html = pieces.concat();
        let cleaned = Cleaner::new(base()).sanitise(&text::strip(&html), None).map(|(html, _)| html).map_err(|reason| TestCaseError::fail(reason.to_string()))?;
        prop_assert_eq!(cleaned.as_str(), by_ammonia(&html), "{}", html);
    }

    #[test]
    fn nothing_comes_out_but_what_is_kept(
        pieces in prop::collection::vec(prop_oneof![piece(), prop::sample::select(&OTHERWISE[..]).prop_map(str::to_owned)], 0..24)
    ) {
        let html = pieces.concat();
        let cleaner = Cleaner::new(base());
        let cleaned = cleaner.sanitise(&text::strip(&html), None).map(|(html, _)| html).map_err(|reason| TestCaseError::fail(reason.to_string()))?;
        prop_assert_eq!(smuggled(cleaned.as_str()), None, "{}", html);
        // And whoever reads it finds nothing else in it.
        prop_assert_eq!(smuggled(&by_ammonia(cleaned.as_str())), None, "{}", html);
        let again = cleaner.sanitise(cleaned.as_str(), None).map(|(html, _)| html).map_err(|reason| TestCaseError::fail(reason.to_string()))?;
        prop_assert_eq!(again.as_str(), by_ammonia(cleaned.as_str()), "{}", html);
    }

    #[test]
    fn links_within_change_nothing_else_and_lead_to_ids_that_are_there_once(
        pieces in prop::collection::vec(anchored_piece(), 0..24)
    ) {
        let html = pieces.concat();
        let cleaner = Cleaner::new(base());
        let cleaned = cleaner.sanitise(&text::strip(&html), None).map(|(html, _)| html).map_err(|reason| TestCaseError::fail(reason.to_string()))?;
        prop_assert_eq!(smuggled(cleaned.as_str()), None, "{}", html);
        let values = |name: &str| -> Vec<&str> {
            let tags = cleaned.as_str().split('<').filter_map(|part| part.split_once('>')).map(|(tag, _)| tag);
            tags.filter_map(|tag| tag.split_once(&format!(" {name}=\""))?.1.split('"').next()).collect()
        };
        let ids = values("id");
        let links: Vec<_> = values("href").into_iter().filter_map(|href| href.strip_prefix('#')).collect();
        let spelled = |id: &str| id.replace("盐", "%E7%9B%90").replace("&quot;", "%22");
        prop_assert!(ids.iter().all(|id| links.contains(&&*spelled(id))), "{} {}", html, cleaned.as_str());
        prop_assert!(links.iter().all(|link| ids.iter().any(|id| spelled(id) == **link)), "{} {}", html, cleaned.as_str());
        prop_assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{}", cleaned.as_str());
        let without = without_anchors(cleaned.as_str());
        if by_ammonia(&without) == without {
            let again = cleaner.sanitise(cleaned.as_str(), None).map(|(html, _)| html).map_err(|reason| TestCaseError::fail(reason.to_string()))?;
            prop_assert_eq!(again.as_str(), cleaned.as_str(), "{}", html);
        }
        prop_assert_eq!(without, without_anchors(&by_ammonia(&html)), "{}", html);
    }

    #[test]
    fn any_text_is_cleaned_as_ammonia_cleaned_it(html in "[</>a-bp =\"'&;!\\[\\]\\-盐·\u{a0}#x0-9]{0,80}") {
        let cleaned = Cleaner::new(base()).sanitise(&text::strip(&html), None).map(|(html, _)| html).map_err(|reason| TestCaseError::fail(reason.to_string()))?;
        prop_assert_eq!(cleaned.as_str(), by_ammonia(&html), "{}", html);
    }
}
