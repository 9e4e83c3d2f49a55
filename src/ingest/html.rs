//! Foreign HTML in, trusted `Html` out: the elements that readers keep, absolute links, nothing that XML forbids.
//!
//! The only maker of `Html`. Knows nothing of articles or of files.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};
use url::Url;

use super::{canonical, text};
use crate::article::Html;

/// The elements that Miniflux, Feedbin and FreshRSS all keep.
const ELEMENTS: [&str; 48] = [
    "p",
    "br",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "a",
    "img",
    "figure",
    "figcaption",
    "blockquote",
    "q",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "pre",
    "code",
    "em",
    "strong",
    "b",
    "i",
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
    "div",
];

/// Elements that go with all that is in them: it is not text for people.
const DROPPED: [&str; 7] = ["script", "style", "noscript", "template", "iframe", "object", "svg"];

/// The attributes that are kept, by element.
const ATTRIBUTES: [(&str, &[&str]); 14] = [
    ("a", &["href", "title"]),
    ("img", &["src", "alt", "title", "width", "height"]),
    ("audio", &["src", "controls"]),
    ("video", &["src", "controls", "poster", "width", "height"]),
    ("source", &["src", "type"]),
    ("blockquote", &["cite"]),
    ("q", &["cite"]),
    ("del", &["cite", "datetime"]),
    ("ins", &["cite", "datetime"]),
    ("ol", &["start", "reversed"]),
    ("li", &["value"]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("td", &["colspan", "rowspan"]),
    ("pre", &[]),
];

/// Attributes of any element: a passage's language and direction.
const EVERYWHERE: [&str; 2] = ["lang", "dir"];

/// Where links may lead.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// How deep elements may be nested: parsing takes time by depth, and no article needs a tenth of it.
pub const MAX_DEPTH: usize = 256;

/// Elements that are empty or that the parser closes by itself, so that many in a row are not nested.
const UNNESTED: [&str; 29] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p",
    "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "a", "html", "head", "body",
];

/// The elements in a text, by name, that go with all that is in them.
pub fn dropped(html: &str) -> Vec<&'static str> {
    let begins = |tag: &str, name: &str| {
        tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            && !tag[name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
    };
    let there = |name: &&str| html.split('<').skip(1).any(|tag| begins(tag, name));
    DROPPED.into_iter().filter(there).collect()
}

/// Whether elements are nested deeper than [`MAX_DEPTH`], counted by their tags before anything is parsed.
pub fn too_deep(html: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1) {
        let closes = tag.starts_with('/');
        let name = tag.trim_start_matches('/');
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let name = &name[..end];
        if name.is_empty() || UNNESTED.iter().any(|unnested| unnested.eq_ignore_ascii_case(name)) {
            continue;
        }
        if !closes {
            open.push(name);
        } else if let Some(at) = open.iter().rposition(|opened| opened.eq_ignore_ascii_case(name)) {
            // An end tag closes what is open within its element, and without its start tag nothing.
            open.truncate(at);
        }
        if open.len() > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// Cleans HTML whose relative links are meant from one base.
pub struct Cleaner {
    base: Url,
    sanitiser: Builder<'static>,
}

impl Cleaner {
    /// A cleaner that resolves links against `base`.
    pub fn new(base: Url) -> Self {
        let mut sanitiser = Builder::empty();
        let for_links = base.clone();
        sanitiser
            .tags(HashSet::from(ELEMENTS))
            .clean_content_tags(HashSet::from(DROPPED))
            .tag_attributes(attributes())
            .generic_attributes(HashSet::from(EVERYWHERE))
            .url_schemes(HashSet::from(SCHEMES))
            .url_relative(UrlRelative::PassThrough)
            .link_rel(None)
            .strip_comments(true)
            .attribute_filter(move |_, attribute, value| match attribute {
                "href" | "src" | "poster" | "cite" => absolute(&for_links, value).map(Into::into),
                "width" | "height" | "colspan" | "rowspan" | "start" | "value" => {
                    value.trim().parse::<u32>().is_ok().then(|| value.trim().into())
                }
                _ => Some(value.into()),
            });
        Self { base, sanitiser }
    }

    /// The HTML as it may be published.
    pub fn clean(&self, html: &str) -> Html {
        let html = text::strip(html);
        if canonical::is_canonical(&html, |link| absolute(&self.base, link).is_some_and(|kept| kept == link)) {
            return Html::trusted(html.trim().to_owned());
        }
        self.sanitise(&html)
    }

    /// What [`Cleaner::clean`] says, whatever the HTML.
    fn sanitise(&self, html: &str) -> Html {
        let html = &*in_pieces(html);
        let mut cleaned = self.sanitiser.clean(html).to_string();
        for _ in 0..UNTANGLINGS {
            if !has_nested_links(&cleaned) {
                break;
            }
            cleaned = self.sanitiser.clean(&cleaned).to_string();
        }
        // Only now: character references can spell what was not there as a character.
        Html::trusted(text::strip(cleaned.trim()).into_owned())
    }
}

/// How many characters to be escaped a text may have in one piece: the serializer takes time by their number times the
/// length of the text.
const PIECE: usize = 1000;

/// The same HTML, with comments, which will be gone, between pieces of very long texts.
fn in_pieces(html: &str) -> Cow<'_, str> {
    // `&`, and the first byte of a space that does not break.
    let is_special = |byte: u8| byte == b'&' || byte == 0xc2;
    if html.bytes().filter(|byte| is_special(*byte)).nth(PIECE).is_none() {
        return Cow::Borrowed(html);
    }
    let (mut pieces, mut copied, mut in_tag, mut count) = (String::with_capacity(html.len() + 1024), 0, false, 0);
    for (at, byte) in html.bytes().enumerate() {
        match byte {
            b'<' => (in_tag, count) = (true, 0),
            b'>' => in_tag = false,
            byte if is_special(byte) && !in_tag => count += 1,
            _ => continue,
        }
        if count > PIECE {
            pieces.push_str(&html[copied..at]);
            pieces.push_str("<!---->");
            (copied, count) = (at, 0);
        }
    }
    pieces.push_str(&html[copied..]);
    Cow::Owned(pieces)
}

/// How often links in links are untangled; those in a table's cells are the parser's own, and stay.
const UNTANGLINGS: usize = 8;

/// Whether a link stands in a link: the parser untangles links only eight blocks deep (HTML §13.2.6.4.7), and most of
/// what it leaves is untangled when it is parsed again.
fn has_nested_links(html: &str) -> bool {
    let mut open = false;
    for tag in html.split('<').skip(1) {
        let link = tag.starts_with("a ") || tag.starts_with("a>");
        if open && link {
            return true;
        }
        open = link || (open && !tag.starts_with("/a>"));
    }
    false
}

/// Paragraphs of plain text as HTML; there is nothing to clean in what is escaped.
pub fn of_text(plain: &str) -> Html {
    Html::trusted(text::paragraphs(&text::strip(plain)))
}

/// One HTML behind the other.
pub fn joined(first: &str, second: &Html) -> Html {
    Html::trusted(format!("{first}{}", second.as_str()))
}

fn attributes() -> HashMap<&'static str, HashSet<&'static str>> {
    ATTRIBUTES.iter().map(|(element, names)| (*element, names.iter().copied().collect())).collect()
}

/// The link as an absolute URI in ASCII (RFC 3986), or `None` if it leads nowhere a reader could follow.
///
/// A bare fragment leads into the document it stands in, and ids are not kept.
pub fn absolute(base: &Url, link: &str) -> Option<String> {
    let link = link.trim();
    if link.is_empty() || link.starts_with('#') {
        return None;
    }
    let url = base.join(link).ok().filter(|url| SCHEMES.contains(&url.scheme()))?;
    Some(strict(url.as_str()))
}

/// The WHATWG's URLs leave some characters bare that RFC 3986 wants encoded.
fn strict(url: &str) -> String {
    if !url.contains(['|', '[', ']', '^', '`', '{', '}', '\\', '"', '<', '>']) {
        return url.to_owned();
    }
    let host_ends =
        url.find("://").map_or(0, |at| url[at + 3..].find(['/', '?', '#']).map_or(url.len(), |end| at + 3 + end));
    let (host, rest) = url.split_at(host_ends);
    let mut strict = host.to_owned();
    for c in rest.chars() {
        match c {
            '|' | '[' | ']' | '^' | '`' | '{' | '}' | '\\' | '"' | '<' | '>' => {
                strict.push_str(&format!("%{:02X}", u32::from(c)));
            }
            _ => strict.push(c),
        }
    }
    strict
}

/// The text of cleaned HTML, blocks apart by line feeds, for summaries and for the classifier.
pub fn to_text(html: &Html) -> String {
    let mut plain = String::with_capacity(html.as_str().len());
    let mut rest = html.as_str();
    while let Some(at) = rest.bytes().position(|b| matches!(b, b'<' | b'&')) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = if rest.starts_with('<') { tag(rest, &mut plain) } else { reference(rest, &mut plain) };
    }
    plain.push_str(rest);
    plain
}

/// Elements that do not part what stands before from what stands behind.
const INLINE: [&str; 14] =
    ["a", "em", "strong", "b", "i", "s", "sub", "sup", "code", "q", "del", "ins", "cite", "ruby"];

/// Passes over a tag; attribute values may hold `>`.
fn tag<'a>(html: &'a str, plain: &mut String) -> &'a str {
    let mut quoted = false;
    let end = html.find(|c| {
        quoted ^= c == '"';
        c == '>' && !quoted
    });
    let (tag, rest) = html.split_at(end.map_or(html.len(), |at| at + 1));
    let name = tag.trim_start_matches(['<', '/']).split([' ', '>', '/']).next().unwrap_or_default();
    if matches!(name, "rt" | "rp") && !tag.starts_with("</") {
        // Readings beside characters are not part of the sentence.
        return rest.find("</").map_or("", |at| &rest[at..]);
    }
    if !INLINE.contains(&name) && !matches!(name, "rt" | "rp") && !plain.ends_with('\n') {
        plain.push('\n');
    }
    rest
}

/// The references that html5ever writes; nothing else is one.
const REFERENCES: [(&str, char); 5] =
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&nbsp;", '\u{a0}')];

fn reference<'a>(html: &'a str, plain: &mut String) -> &'a str {
    let known = REFERENCES.iter().find(|(name, _)| html.starts_with(name));
    let (length, c) = known.map_or((1, '&'), |(name, c)| (name.len(), *c));
    plain.push(c);
    &html[length..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cleaner() -> Cleaner {
        Cleaner::new(Url::parse("https://news.example/zh/").expect("a URL"))
    }

    fn clean(html: &str) -> String {
        cleaner().clean(html).as_str().to_owned()
    }

    #[test]
    fn scripts_styles_and_handlers_go_and_text_stays() {
        let html = "<p style=\"color:red\" onclick=\"x()\">盐<script>alert(1)</script><b>井</b><style>p{}</style>";
        assert_eq!(clean(html), "<p>盐<b>井</b></p>");
        assert_eq!(clean("<section><p>a</p></section>"), "<p>a</p>");
    }

    #[test]
    fn links_become_absolute_and_ascii() {
        assert_eq!(clean("<a href=\"../map.html\">图</a>"), "<a href=\"https://news.example/map.html\">图</a>");
        let html = "<img src=\"/a b/灯.jpg\" width=\"12px\" height=\"3\">";
        assert_eq!(clean(html), "<img src=\"https://news.example/a%20b/%E7%81%AF.jpg\" height=\"3\">");
        assert_eq!(clean("<a href=\"?a[0]=|x\">q</a>"), "<a href=\"https://news.example/zh/?a%5B0%5D=%7Cx\">q</a>");
        assert_eq!(clean("<a href=\"javascript:x()\">q</a><a href=\"#n\">r</a>"), "<a>q</a><a>r</a>");
    }

    #[test]
    fn what_is_nested_too_deeply_is_seen_before_it_is_parsed() {
        assert!(too_deep(&"<div>".repeat(MAX_DEPTH + 1)) && too_deep(&"<UL class=x><li>".repeat(MAX_DEPTH + 1)));
        assert!(too_deep(&"<div></span>".repeat(MAX_DEPTH + 1)) && too_deep(&"<rt>".repeat(MAX_DEPTH + 1)));
        assert!(!too_deep(&"<ruby>井<rt>jǐng</ruby>".repeat(5000)));
        assert!(!too_deep(&"<div>".repeat(MAX_DEPTH)) && !too_deep(&"<p>a<br>b".repeat(5000)));
        assert!(!too_deep(&"<div><b>1 < 2</b></div>".repeat(5000)));
    }

    #[test]
    fn links_in_the_cells_of_a_linked_table_do_not_keep_it_busy_for_ever() {
        assert!(clean("<a href=y><table><td><a href=y>").contains("<table>"));
    }

    #[test]
    fn references_cannot_smuggle_what_xml_forbids() {
        assert_eq!(clean("a&#8;b&#0;c&#xFFFE;d&#x1F9C2;"), "abcd\u{1f9c2}");
    }

    #[test]
    fn text_leaves_out_tags_and_readings() {
        let html = cleaner().clean("<h2>盐</h2><p>a<b>b</b> &lt;c&gt; <ruby>井<rp>(</rp><rt>jǐng</rt><rp>)</rp></ruby>口<img alt=\">\" src=\"/x\">z</p>");
        assert_eq!(to_text(&html), "\n盐\nab <c> 井口\nz\n");
    }

    /// Tags and texts of which some rows are canonical; to see them nested, each tag opens one element or closes one.
    const PIECES: [&str; 36] = [
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<em>",
        "</em>",
        "<a>",
        "</a>",
        "<a href=\"https://e.x/\">",
        "<a href=\"https://e.x\">",
        "<a href=\"/盐\">",
        "<ul>",
        "</ul>",
        "<li>",
        "</li>",
        "<ol>",
        "</ol>",
        "<h2>",
        "</h2>",
        "<blockquote>",
        "</blockquote>",
        "<figure>",
        "</figure>",
        "<br>",
        "<hr>",
        "<img src=\"https://e.x/\" alt=\"\">",
        "<img alt=\"a\" src=\"https://e.x/\">",
        "盐",
        " ",
        "\n",
        "&amp;",
        "&nbsp;",
        "\"",
        ">",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn what_is_canonical_is_what_cleaning_makes(picks in prop::collection::vec(0..PIECES.len() + 12, 0..40)) {
            // What lies beyond the pieces closes the innermost element, so that many rows are well nested.
            let mut html = String::new();
            let mut open: Vec<&str> = Vec::new();
            for pick in picks {
                let piece = PIECES.get(pick).copied();
                let name = |tag: &'static str| tag.trim_start_matches('<').split([' ', '>']).next().unwrap_or_default();
                match piece {
                    Some(end) if end.starts_with("</") => continue,
                    Some(tag) if tag.starts_with('<') && !matches!(name(tag), "br" | "hr" | "img") => open.push(name(tag)),
                    Some(_) => {}
                    None => html.push_str(&open.pop().map(|name| format!("</{name}>")).unwrap_or_default()),
                }
                html.push_str(piece.unwrap_or_default());
            }
            while let Some(name) = open.pop() {
                html.push_str(&format!("</{name}>"));
            }
            let cleaner = cleaner();
            prop_assert_eq!(cleaner.clean(&html), cleaner.sanitise(&html));
        }

        #[test]
        fn any_row_of_tags_is_cleaned_alike(picks in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24)) {
            let (cleaner, html) = (cleaner(), picks.concat());
            prop_assert_eq!(cleaner.clean(&html), cleaner.sanitise(&html));
        }

        #[test]
        fn cleaning_twice_is_cleaning_once(html in "(<(p|b|a href=\"x\"|ul|li|td|/p|/b|div)>|[a-z&;<>\"盐 ]){0,40}") {
            let once = clean(&html);
            prop_assert_eq!(clean(&once), once);
        }
    }

    #[test]
    fn a_text_with_very_many_references_is_the_same_in_pieces() {
        let cleaner = Cleaner::new(Url::parse("https://a.example/").unwrap());
        let text = "盐 & 井 &amp; &lt;灯&gt; &nbsp;&#8217;&#x76D0; \u{a0} &nosuch; &# <i class=x>a&b</i>";
        let few = cleaner.clean(text);
        let many = cleaner.clean(&text.repeat(PIECE));
        assert_eq!(many.as_str(), few.as_str().repeat(PIECE));
        let plain = cleaner.clean(&format!("<i class=x></i>{}", "& &amp;\u{a0}".repeat(PIECE)));
        assert_eq!(plain.as_str(), format!("<i></i>{}", "&amp; &amp;&nbsp;".repeat(PIECE)));
    }
}
