//! Tests that HTML is refused which would take too long, that long HTML is taken otherwise, and that the work is
//! counted.
//!
//! Knows nothing of clocks: html5ever's own looks at elements are counted.

use url::Url;

use super::{Cleaner, MAX_ALL_ATTRIBUTES, MAX_ATTRIBUTE, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, parse};
use crate::ingest::MAX_INPUT;
use crate::ingest::refusal::Reason;

fn clean(html: &str) -> Result<String, Reason> {
    let cleaner = Cleaner::new(Url::parse("https://news.example/").expect("a URL"));
    cleaner.clean(html).map(|html| html.as_str().to_owned())
}

fn many(piece: impl Fn(usize) -> String, count: usize) -> String {
    (0..count).map(piece).collect()
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    let too_deep = Err(Reason::TooDeep(MAX_DEPTH));
    assert_eq!(clean(&"<div>".repeat(MAX_DEPTH + 1)), too_deep);
    assert_eq!(clean(&"<ul class=x><li>".repeat(MAX_DEPTH / 2 + 1)), too_deep);
    assert_eq!(clean(&"<div></span>".repeat(MAX_DEPTH + 1)), too_deep);
    assert_eq!(clean(&"<div>".repeat(200_000)), too_deep);
    for fine in ["<div>".repeat(MAX_DEPTH), "<p>a<br>b".repeat(5000), "<ruby>井<rt>jǐng</ruby>".repeat(5000)] {
        assert!(clean(&fine).is_ok());
    }
}

#[test]
fn attributes_are_counted_in_an_element_and_in_an_article_wherever_they_stand() {
    let too_many = Err(Reason::TooMany { limit: MAX_ATTRIBUTES, what: "attributes in one element" });
    for name in ["p", "html", "x", "/p", "b"] {
        let of = |count| format!("<i class=x>a</i><{name}{}>", many(|n| format!(" a{n}"), count));
        assert_eq!(clean(&of(MAX_ATTRIBUTES + 1)), too_many, "{name}");
        assert!(clean(&of(MAX_ATTRIBUTES)).is_ok(), "{name}");
        let values = |count| format!("<{name}{}>", many(|n| format!(" a{n}='<b> > {n}'\n"), count));
        assert_eq!(clean(&values(100_000)), too_many, "{name}");
        // A tag that never ends is none.
        assert_eq!(clean(&format!("<{name}{}", many(|n| format!(" a{n}"), 100_000))), too_many, "{name}");
    }
    let all = many(|_| format!("<p{}>", many(|n| format!(" a{n}"), 200)), MAX_ALL_ATTRIBUTES / 200 + 1);
    assert_eq!(clean(&all), Err(Reason::TooMany { limit: MAX_ALL_ATTRIBUTES, what: "attributes" }));
}

#[test]
fn what_only_looks_like_attributes_is_not_counted() {
    let words = "a b c ".repeat(2000);
    for html in [
        format!("<!-- <p {words} -->盐"),
        format!("<script>if (a<b {words})</script>盐"),
        format!("<title><p {words}</title>盐"),
        format!("<p class=\"<b {words}\">盐"),
        format!("<p title=x class='{words}' lang=\"zh\">盐"),
        format!("1 < 2 {words}盐"),
        format!("<! {words}>盐"),
    ] {
        assert!(clean(&html).expect("is not refused").contains('盐'), "{}", &html[..20]);
    }
}

#[test]
fn an_attribute_that_is_kept_has_a_longest_length_and_others_have_none() {
    let long = "盐".repeat(MAX_ATTRIBUTE / 3 + 1);
    assert_eq!(clean(&format!("<img alt='{long}'>")), Err(Reason::LongAttribute(MAX_ATTRIBUTE)));
    assert_eq!(clean(&format!("<p class='{long}'>x")).as_deref(), Ok("<p>x</p>"));
    assert_eq!(clean(&format!("<img src='data:image/png;base64,{long}' alt=x>")).as_deref(), Ok(""));
}

#[test]
fn elements_are_counted_with_those_that_the_parser_adds() {
    let too_many = Err(Reason::TooMany { limit: MAX_ELEMENTS, what: "elements" });
    assert_eq!(clean(&"<br>盐".repeat(MAX_ELEMENTS + 1)), too_many);
    assert_eq!(clean(&"<hr class=x>".repeat(MAX_ELEMENTS + 1)), too_many);
    // Twelve are opened again in each paragraph.
    let open = "<p><b><b><b><i><i><i><em><em><em><s><s><s>";
    assert!(clean(&format!("{open}{}", "<p>x".repeat(MAX_ELEMENTS / 12))).is_err());
}

#[test]
fn markup_that_would_take_the_parser_too_long_is_refused() {
    for html in [
        many(|n| format!("<b id={n}>"), 20_000),
        format!("{}{}", "<x>".repeat(250), "</b>".repeat(200_000)),
        format!("<p>{}{}", many(|n| format!("<b id={n}>"), 60), "<p>x".repeat(40_000)),
    ] {
        assert!(clean(&html).is_err(), "{}", &html[..30]);
    }
}

#[test]
fn the_parser_does_no_more_than_its_text_is_worth() {
    let pieces = [
        "<b>",
        "<a>",
        "<table>",
        "<td>",
        "<tr>",
        "<p>",
        "<div>",
        "</b>",
        "</a>",
        "</p>",
        "<select>",
        "<option>",
        "<svg>",
        "<template>",
        "<nobr>",
        "<li>",
        "<ul>",
        "<i id=1>",
        "<button>",
        "<form>",
        "<h1>",
        "<rt>",
        "x",
    ];
    for first in pieces {
        for second in pieces {
            let html = format!("{first}{second}x").repeat(300);
            let steps = parse::steps(html.len());
            // A refusal comes as soon as the work is done that is allowed.
            if let Ok(tree) = parse::parse(&html, steps) {
                assert!(tree.steps.get() > 0, "{first}{second}");
            }
        }
    }
}

#[test]
fn what_editors_write_is_taken_however_long() {
    let cells = "<td class=\"c\" align=\"right\"><b>12</b>.5</td>".repeat(10);
    let table = format!("<table><tbody>{}</tbody></table>", format!("<tr>{cells}</tr>\n").repeat(2000));
    let image = "<figure class=\"g\"><a href=\"/1.jpg\"><img src=\"/1-s.jpg\" alt=\"盐井 & 灯\" srcset=\"/1 1x, /2 2x\"></a>\
                 <figcaption>井</figcaption></figure>\n";
    let quotes =
        format!("{}<p>盐 <b>井</b></p>{}", "<blockquote class=q><p>灯</p>".repeat(30), "</blockquote>".repeat(30));
    let prose =
        "<p class=\"t\">盐井在大安，<em>深</em>千米；<a href=\"/a?b=1&amp;c=2\" rel=\"x\">灯会</a>·«井»&nbsp;°。</p>\n";
    let fonts = "<p><font face=\"x\" color=\"red\"><b>盐<i>井</i></b></font><o:p></o:p><p>灯".repeat(5000);
    for html in [table, image.repeat(500), quotes.repeat(100), prose.repeat(MAX_INPUT / prose.len()), fonts] {
        assert!(html.len() <= MAX_INPUT, "{}", html.len());
        assert!(clean(&html).is_ok(), "{:?} of {}", clean(&html).err(), &html[..40]);
    }
}

#[test]
fn comments_go_whatever_they_hold_and_attributes_stay_as_they_are() {
    for special in ["·", "&", "\u{a0}", "&amp;"] {
        let many = special.repeat(3000);
        assert_eq!(clean(&format!("a<!-- > {many} -->b")).as_deref(), Ok("ab"));
        assert_eq!(clean(&format!("a<!-- x=\"{many}\"> <b> -->b")).as_deref(), Ok("ab"));
        let written = special.replace("&amp;", "&").replace('&', "&amp;").replace('\u{a0}', "&nbsp;").repeat(3000);
        let image = clean(&format!("<img src=https://a.example/ class=x alt=\"1 > 0 {many}\">")).expect("an image");
        assert_eq!(image, format!("<img src=\"https://a.example/\" alt=\"1 &gt; 0 {written}\">"));
        assert_eq!(clean(&format!("<p class=x>{many}</p>")), Ok(format!("<p>{written}</p>")));
        assert_eq!(clean(&format!("<script>{many}</script><textarea>{many}</textarea>")), Ok(written.clone()));
    }
}
