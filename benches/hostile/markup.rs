//! Families of HTML for each of the parser's modes: what is left open, crossed, moved, repeated or escaped.
//!
//! Knows nothing of how they are measured.

use crate::families::{Family, Form, framed, numbered, repeated};

/// Pieces that are repeated as they are, and what stands before them once.
const REPEATED: [(&str, &str, &str); 74] = [
    ("html with attributes again and again", "", "<html aaaa>"),
    ("body with attributes", "<body>", "<body bbbb>"),
    ("b left open", "", "<b>"),
    ("a left open", "", "<a>"),
    ("a with href", "", "<a href=x>"),
    ("b in a table", "<table>", "<b>"),
    ("a in a table", "<table>", "<a>"),
    ("a and text in a table", "<table>", "<a>x"),
    ("text and rows", "<table>", "x<tr>"),
    ("cells", "<table>", "<td>"),
    ("tables in cells", "", "<table><td>"),
    ("tables in tables", "", "<table>"),
    ("tables in a linked table", "<a>", "<table><td><a>"),
    ("captions", "<table>", "<caption><b>"),
    ("columns", "<table>", "<colgroup><col>"),
    ("div in a table", "<table>", "<div>"),
    ("p in a table", "<table>", "<p>x"),
    ("p left open", "", "<p>"),
    ("p ended", "", "</p>"),
    ("br ended", "", "</br>"),
    ("p in b", "<p><b><i><em><strong><s><u><tt>", "<p>x"),
    ("p across b", "", "<b><p></b>"),
    ("div across b", "", "<b><div></b>"),
    ("p across a", "", "<a><p></a>"),
    ("nobr", "", "<nobr>"),
    ("nobr in p", "", "<nobr><p>"),
    ("b ended beneath 250 div", "DIV", "</b>"),
    ("p beneath 250 div", "DIV", "<p>x"),
    ("div ended beneath 250 b", "B", "</div>"),
    ("li beneath 250 div", "DIV", "<li>x"),
    ("sixty b opened again", "PB", "<p>x"),
    ("div left open", "", "<div>"),
    ("span left open", "", "<span>"),
    ("unknown elements left open", "", "<x>"),
    ("lists in lists", "", "<ul><li>"),
    ("li left open", "", "<li>"),
    ("dd and dt", "", "<dd><dt>"),
    ("headings", "", "<h1><h2>"),
    ("buttons", "", "<button>"),
    ("forms", "", "<form>"),
    ("select", "", "<select>"),
    ("select and options", "<select>", "<option>"),
    ("options across b", "<select>", "<option><b>"),
    ("select in a table", "<table>", "<select><td>"),
    ("input", "", "<input>"),
    ("templates", "", "<template>"),
    ("templates with b", "", "<template><b>"),
    ("framesets", "", "<frameset>"),
    ("svg", "", "<svg>"),
    ("svg with groups", "<svg>", "<g>"),
    ("svg with html", "", "<svg><foreignObject>"),
    ("svg left by p", "", "<svg><p>"),
    ("math", "", "<math><mi>"),
    ("math with html", "", "<math><annotation-xml encoding=text/html>"),
    ("math with attributes", "<math>", "<x definitionurl=a>"),
    ("cdata", "<svg>", "<![CDATA[x]]>"),
    ("objects", "", "<object>"),
    ("objects with b", "", "<object><b>"),
    ("applet and marquee", "", "<applet><marquee>"),
    ("ruby", "<ruby>", "<rt><rp>"),
    ("img", "", "<img>"),
    ("br", "", "<br>"),
    ("wbr", "", "<wbr>"),
    ("script", "", "<script></script>"),
    ("script that escapes", "<script>", "<!--<script>"),
    ("textarea", "", "<textarea></textarea>"),
    ("title", "", "<title>"),
    ("xmp", "", "<xmp></xmp>"),
    ("plaintext", "<plaintext>", "<b>"),
    ("comments", "", "<!---->"),
    ("comments left open", "", "<!--"),
    ("bogus comments", "", "<?>"),
    ("doctypes", "", "<!doctype html>"),
    ("ends of nothing", "", "</x>"),
];

/// Texts and attributes of one piece each, repeated between two frames.
const FRAMED: [(&str, &str, &str, &str); 28] = [
    ("ampersands in alt", "<img alt=\"", "&", "\">"),
    ("references in alt", "<img alt=\"", "&amp;", "\">"),
    ("no-break spaces in alt", "<img alt=\"", "\u{a0}", "\">"),
    ("quotes in alt", "<img alt='", "\"", "'>"),
    ("middle dots in alt", "<img alt='", "·", "'>"),
    ("less-than in alt", "<img alt='", "<", "'>"),
    ("tags in alt", "<img alt='", "<b>", "'>"),
    ("ampersands", "<b class=x></b>", "&", ""),
    ("references", "<b class=x></b>", "&amp;", ""),
    ("references that are none", "<b class=x></b>", "&x", ""),
    ("the longest reference", "<b class=x></b>", "&CounterClockwiseContourIntegra", ""),
    ("numbers", "<b class=x></b>", "&#x76d0;", ""),
    ("a number", "&#", "9", ";"),
    ("no-break spaces", "<b class=x></b>", "\u{a0}", ""),
    ("middle dots", "<b class=x></b>", "·", ""),
    ("middle dots in a comment", "<!-- > ", "·", " -->"),
    ("less-than", "", "<", ""),
    ("less-than and a slash", "", "</", ""),
    ("quotes in a tag", "<b ", "\"", ">"),
    ("equals signs in a tag", "<b ", "=", ">"),
    ("slashes in a tag", "<b ", "/", ">"),
    ("one attribute again and again", "<b ", "a ", ">"),
    ("a long name", "<", "a", ">"),
    ("a long attribute name", "<b ", "a", ">"),
    ("a long link", "<a href=\"https://", "a.", "\">x</a>"),
    ("a long link in Chinese", "<a href=\"https://", "盐.", "\">x</a>"),
    ("a long link of paths", "<a href=\"", "../", "\">x</a>"),
    ("pre with carriage returns", "<pre>", "\r\n", "</pre>"),
];

/// All of them.
pub fn families() -> Vec<Family> {
    let before = |before: &'static str| match before {
        "DIV" => "<div>".repeat(250),
        "B" => (0..250).map(|nth| format!("<b dir={nth}>")).collect(),
        "PB" => format!("<p>{}", (0..60).map(|nth| format!("<b dir={nth}>")).collect::<String>()),
        other => other.to_owned(),
    };
    let many = REPEATED.iter().map(|&(name, begin, piece)| {
        Family::new(Form::Html, name, move |size| framed(&before(begin), piece, "", size))
    });
    let one = FRAMED
        .iter()
        .map(|&(name, begin, piece, end)| Family::new(Form::Html, name, move |size| framed(begin, piece, end, size)));
    let mut families: Vec<Family> = many.chain(one).collect();
    let mut more = |name, make: fn(usize) -> String| families.push(Family::new(Form::Html, name, make));
    more("attributes of one element", |size| numbered("<b", |n| format!(" a{n}"), size) + ">");
    more("attributes of one end tag", |size| numbered("</b", |n| format!(" a{n}"), size) + ">");
    more("attributes with values", |size| numbered("<p", |n| format!(" a{n}='>'"), size) + ">");
    more("attributes left open", |size| numbered("<p", |n| format!(" a{n}"), size));
    more("attributes that hold tags", |size| numbered("<p", |n| format!(" a{n}='<b'"), size) + ">");
    more("attributes in many elements", |size| {
        numbered("", |n| format!("<p {}>", (0..200).map(|a| format!("a{}", a + n)).collect::<Vec<_>>().join(" ")), size)
    });
    more("attributes of html", |size| numbered("", |n| format!("<html a{n}>"), size));
    more("attributes of body", |size| numbered("<body>", |n| format!("<body a{n}>"), size));
    more("b of many kinds", |size| numbered("", |n| format!("<b a{n}>"), size));
    more("b of many kinds, p between", |size| numbered("", |n| format!("<b a{n}><p>"), size));
    more("b with many attributes", |size| {
        let many = (0..200).map(|a| format!(" a{a}")).collect::<String>();
        numbered("", move |n| format!("<b{many}><b id={n}>"), size)
    });
    more("b and i ended crosswise", |size| repeated("<b><i></b></i>", size));
    more("forty kinds reopened", |size| {
        let kinds = ["b", "i", "em", "strong", "s", "u", "tt", "big", "small", "code", "font", "strike"];
        framed(&("<p>".to_owned() + &kinds.map(|kind| format!("<{kind}>").repeat(3)).concat()), "<p>x", "", size)
    });
    more("names of elements", |size| numbered("", |n| format!("<x{n}>"), size));
    more("names of elements, ended", |size| numbered("", |n| format!("<x{n}></x{n}>"), size));
    more("fonts of many kinds", |size| numbered("", |n| format!("<font color={n}>x"), size));
    more("small elements", |size| repeated("<p><b>x</b></p>", size));
    more("links", |size| repeated("<p class=x><a href=/x>x</a>", size));
    more("pictures", |size| repeated("<img src=/x class=y>", size));
    more("rt beneath each other", |size| repeated("<ruby><rt>x", size));
    families
}
