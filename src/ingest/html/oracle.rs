//! Cleaning held against ammonia, which cleaned articles before: what it made of them is stored, and must not change.
//!
//! Knows one difference: an element that only SVG or MathML has, outside of these, went with its text; now its text stays.

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};
use proptest::prelude::*;
use url::Url;

use super::elements::{DROPPED, EVERYWHERE, KEPT};
use super::{Cleaner, SCHEMES, UNTANGLINGS, absolute, has_nested_links, text};

fn base() -> Url {
    Url::parse("https://news.example/zh/").expect("a URL")
}

/// What cleaning was when ammonia did it.
fn by_ammonia(html: &str) -> String {
    let mut builder = Builder::empty();
    builder
        .tags(KEPT.iter().map(|(name, _)| *name).collect())
        .clean_content_tags(HashSet::from(DROPPED))
        .tag_attributes(
            KEPT.iter().map(|(name, kept)| (*name, kept.iter().copied().collect())).collect::<HashMap<_, _>>(),
        )
        .generic_attributes(HashSet::from(EVERYWHERE))
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
    let mut cleaned = builder.clean(&text::strip(html)).to_string();
    for _ in 0..UNTANGLINGS {
        if !has_nested_links(&cleaned) {
            break;
        }
        cleaned = builder.clean(&cleaned).to_string();
    }
    text::strip(cleaned.trim()).into_owned()
}

/// Names of elements: all that are kept, all that are dropped, and those of which the parser makes something of its own.
const NAMES: [&str; 106] = [
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
    "noscript",
    "template",
    "iframe",
    "object",
    "svg",
    "math",
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
    "embed",
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

#[test]
fn drawings_and_formulas_are_cleaned_as_ammonia_cleaned_them() {
    let inner = ["<mi>x</mi>", "<mtext><b>x</b><svg>y</svg></mtext>", "<p>x", "<b>x", "<a href=/x>y</a>", "x<y>z</y>"];
    let more = [
        "<annotation-xml encoding=text/html><p>x</p>y</annotation-xml>z",
        "<annotation-xml><svg><p>x</annotation-xml>",
        "<foreignObject><p>x</p></foreignObject>",
        "<desc><b>x</b></desc><title><i>y</i></title>",
        "<font>x</font><font color=red>y</font>",
        "<![CDATA[x<b>y</b>]]>z",
        "<table><td>x",
        "<script><b>x</script>y",
        "<template><td>x</template>",
    ];
    for outer in ["math", "svg", "math><math", "svg><math", "math><svg", "table><math", "p><math", "select><math"] {
        for inner in inner.iter().chain(&more) {
            let html = format!("盐<{outer}>{inner}</math>井</svg>灯");
            assert_eq!(Cleaner::new(base()).sanitise(&html).expect("HTML").as_str(), by_ammonia(&html), "{html}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn html_is_cleaned_as_ammonia_cleaned_it(pieces in prop::collection::vec(piece(), 0..24)) {
        let html = pieces.concat();
        let cleaned = Cleaner::new(base()).sanitise(&text::strip(&html)).map_err(|reason| TestCaseError::fail(reason.to_string()))?;
        prop_assert_eq!(cleaned.as_str(), by_ammonia(&html), "{}", html);
    }

    #[test]
    fn any_text_is_cleaned_as_ammonia_cleaned_it(html in "[</>a-bp =\"'&;!\\[\\]\\-盐·\u{a0}#x0-9]{0,80}") {
        let cleaned = Cleaner::new(base()).sanitise(&text::strip(&html)).map_err(|reason| TestCaseError::fail(reason.to_string()))?;
        prop_assert_eq!(cleaned.as_str(), by_ammonia(&html), "{}", html);
    }
}
