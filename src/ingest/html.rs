//! Foreign HTML in, trusted `Html` out: the elements that readers keep, absolute links, nothing that XML forbids.
//!
//! The only maker of `Html`. Knows nothing of articles or of files.

pub mod anchors;
mod elements;
mod source;
mod tree;
mod parse;
mod canonical;
mod twin;
mod write;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod oracle;

use html5ever::tendril::StrTendril;
use url::Url;

use self::anchors::OwnPage;
use self::elements::{Attributes, DROPPED};
pub use self::parse::{MAX_ALL_ATTRIBUTES, MAX_ATTRIBUTES, MAX_ELEMENTS};
use self::write::Written;
use super::beside::Neighbourhood;
use super::link::{absolute, may_lead_somewhere};
use super::loss::{Loss, LossKind};
use super::refusal::Reason;
use super::text;
use crate::article::Html;

/// The depth to which elements may be nested: readers and validators have limits of their own, and no article needs a
/// tenth of it.
pub const MAX_DEPTH: usize = 256;

/// The longest attribute that is kept, in bytes. (An image within its own address is none that is kept.)
pub const MAX_ATTRIBUTE: usize = 64 << 10;

/// The elements in a text, by name, that go with all that is in them.
pub fn dropped(html: &str) -> Vec<&'static str> {
    let begins = |tag: &str, name: &str| {
        tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            && !tag[name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
    };
    let there = |name: &&str| html.split('<').skip(1).any(|tag| begins(tag, name));
    DROPPED.into_iter().filter(there).collect()
}

/// Cleans HTML whose relative links are meant from one base.
pub struct Cleaner {
    base: Url,
    /// The article's own page, if it has one elsewhere.
    own: Option<OwnPage>,
}

/// The files that relative links may mean, if any may.
type Files<'f> = Option<&'f Neighbourhood<'f>>;

impl Cleaner {
    /// A cleaner that resolves links against `base`.
    pub fn new(base: Url) -> Self {
        Self { base, own: None }
    }

    /// The same for an article whose page is at this address: links there may lead to a place within the article.
    pub fn of_page(self, page: &Url) -> Self {
        Self { own: Some(OwnPage::new(page)), ..self }
    }

    /// The HTML as it may be published, or why it cannot be.
    pub fn clean(&self, html: &str) -> Result<Html, Reason> {
        self.clean_telling(html, None).map(|(html, _)| html)
    }

    /// The same, and what of it is lost; what is shown, and files that are linked, are looked for among these first.
    pub fn clean_telling(&self, html: &str, files: Files<'_>) -> Result<(Html, Vec<Loss>), Reason> {
        let html = text::strip(html);
        if canonical::is_canonical(&html, |link| absolute(&self.base, link).is_some_and(|kept| kept == link)) {
            return Ok((Html::trusted(html.trim().to_owned()), Vec::new()));
        }
        self.sanitise(&html, files)
    }

    /// What [`Cleaner::clean_telling`] says, whatever the HTML.
    fn sanitise(&self, html: &str, files: Files<'_>) -> Result<(Html, Vec<Loss>), Reason> {
        let mut steps = parse::steps(html.len());
        let (Written { html: mut cleaned, pictures, players }, mut links_within) =
            self.rewritten(html, files, &mut steps)?;
        let loss = |kind, count, what: &str| (count > 0).then(|| Loss { kind, count, what: what.to_owned() });
        let pictures = loss(LossKind::Picture, pictures, "without a source that readers can load");
        let players = loss(LossKind::Player, players, "without an address that a link can lead to");
        for _ in 0..UNTANGLINGS {
            if !has_nested_links(&cleaned) {
                break;
            }
            let (written, within) = self.rewritten(&cleaned, files, &mut steps)?;
            (cleaned, links_within) = (written.html, within);
        }
        // Only now: character references can spell what was not there as a character.
        let cleaned = text::strip(cleaned.trim());
        let cleaned = match links_within {
            true => anchors::settled(&cleaned, self.own.as_ref()).trim().to_owned(),
            false => cleaned.into_owned(),
        };
        Ok((Html::trusted(cleaned), [pictures, players].into_iter().flatten().collect()))
    }

    /// Parses and writes HTML once, and takes what that costs from `steps`. With it comes whether it holds links that may
    /// lead to a place within it; without any, no id is written.
    fn rewritten(&self, html: &str, files: Files<'_>, steps: &mut u64) -> Result<(Written, bool), Reason> {
        let tree = parse::parse(html, *steps)?;
        *steps = tree.steps.get();
        let links_within = tree.any_link(|link| self.may_lead_within(link));
        let written = write::write(&tree, |attributes| {
            let mut kept = self.attributes(attributes, files)?;
            let ids = attributes.iter().filter(|(name, _)| links_within && is_anchor(name));
            kept.extend(ids.filter_map(|(name, id)| Some((*name, anchors::id(id)?.to_owned()))));
            Ok(kept)
        })?;
        Ok((written, links_within))
    }

    /// Whether a link may lead to a place within the article.
    fn may_lead_within(&self, link: &str) -> bool {
        if !link.contains('#') {
            return false;
        }
        let is_within = |link: &str| anchors::fragment(link, self.own.as_ref()).is_some();
        is_within(link) || (self.own.is_some() && absolute(&self.base, link).is_some_and(|link| is_within(&link)))
    }

    /// The attributes of an element that are kept, as they are to be.
    ///
    /// Their order is what it has always been, odd as it is: articles that are stored would otherwise change.
    fn attributes(&self, given: &[(&'static str, StrTendril)], files: Files<'_>) -> Result<Attributes, Reason> {
        let given = given.iter().filter(|(name, _)| !is_anchor(name));
        let given = given.filter(|(name, value)| !is_followed(name) || may_lead_somewhere(value));
        let mut kept: Vec<(&str, Option<String>)> =
            given.map(|(name, value)| (*name, self.kept(name, value, files))).collect();
        for at in (0..kept.len()).rev() {
            if kept[at].1.is_none() {
                kept.swap_remove(at);
            }
        }
        let kept: Vec<_> = kept.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        match kept.iter().any(|(_, value)| value.len() > MAX_ATTRIBUTE) {
            true => Err(Reason::LongAttribute(MAX_ATTRIBUTE)),
            false => Ok(kept),
        }
    }

    /// Where a link leads.
    fn address(&self, name: &str, link: &str, files: Files<'_>) -> Option<String> {
        let file = files.and_then(|files| match name {
            "src" | "poster" => files.shown(link, &self.base),
            "href" => files.linked(link, &self.base),
            _ => None,
        });
        file.or_else(|| absolute(&self.base, link))
    }

    /// The value of an attribute, if it is kept.
    fn kept(&self, name: &str, value: &str, files: Files<'_>) -> Option<String> {
        match name {
            // Whether it leads anywhere turns out when all ids are known.
            "href" if value.trim().starts_with('#') => anchors::fragment(value, None).map(|to| format!("#{to}")),
            "href" | "src" | "poster" | "cite" => self.address(name, value, files),
            "width" | "height" | "colspan" | "rowspan" | "start" | "value" => {
                value.trim().parse::<u32>().is_ok().then(|| value.trim().to_owned())
            }
            _ => Some(value.to_owned()),
        }
    }
}

/// Whether links may lead to what an attribute names.
fn is_anchor(attribute: &str) -> bool {
    matches!(attribute, "id" | "name")
}

/// Whether readers follow or load what an attribute names.
fn is_followed(attribute: &str) -> bool {
    matches!(attribute, "href" | "src" | "poster")
}

/// Whether cleaned HTML shows a picture or a film, other than one that counts its readers.
pub fn has_picture(html: &Html) -> bool {
    let tags = html.as_str().split('<').skip(1).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag);
    let side = |tag: &str, name: &str| {
        let value = tag.split_once(&format!(" {name}=\""))?.1;
        value.split('"').next().map(str::to_owned)
    };
    let counts = |tag: &str| source::is_tiny(side(tag, "width").as_deref(), side(tag, "height").as_deref());
    tags.into_iter().any(|tag| tag.starts_with("video") || (tag.starts_with("img ") && !counts(tag)))
}

/// The passes that untangle links in links; those in a table's cells are the parser's own, and stay.
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
        cleaner().clean(html).expect("can be cleaned").as_str().to_owned()
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
    fn a_picture_that_is_loaded_late_has_its_real_source() {
        let shown = |src: &str| format!("<img src=\"https://news.example/{src}\">");
        let pictures = [
            "<img src=\"data:image/gif;base64,AA\" data-src=\"/a.jpg\" class=\"lazyload\">",
            "<img data-lazy-src=\"/a.jpg\">",
            "<img src=\"/blank.gif\" data-original=\"/a.jpg\">",
            "<img srcset=\"/b.jpg 480w, /a.jpg 800w\">",
            "<img src=\"about:blank\" data-srcset=\"/b.jpg 1x, /a.jpg 2x\">",
            "<img src=\"/a.jpg\" srcset=\"/b.jpg 2x\" data-original=\"salt\">",
            "<noscript><img src=\"/a.jpg\"></noscript>",
            "<img src=\"data:,\"><noscript><img src=\"/a.jpg\"/></noscript>",
            "<img data-src=\"/a.jpg\"><noscript><img src=\"/a.jpg\"></noscript>",
            "<noscript><img src=\"/a.jpg\"></noscript><img data-src=\"/a.jpg\">",
            "<picture><source srcset=\"/a.webp\"><img srcset=\"/a.jpg\"></picture>",
            "<img src=\"/a.jpg\"><noscript><img src=\"/count.gif\" width=\"1\" height=\"1\">no script</noscript>",
        ];
        pictures.iter().for_each(|html| assert_eq!(clean(html), shown("a.jpg"), "{html}"));
        assert_eq!(clean("<video data-src=\"/a.mp4\"></video>"), "<video src=\"https://news.example/a.mp4\"></video>");
    }

    #[test]
    fn a_picture_without_a_source_goes() {
        for html in
            ["<p>a<img alt=\"x\"></p>", "<p>a<img src=\"data:image/gif;base64,AA\"></p>", "<p>a<img src=\"\"></p>"]
        {
            assert_eq!(clean(html), "<p>a</p>", "{html}");
        }
    }

    #[test]
    fn what_is_embedded_leaves_a_link() {
        let link = "<p>a</p><a href=\"https://film.example/embed/1\">film.example</a>";
        for html in [
            "<iframe src=\"https://film.example/embed/1\" title=\"x\">no frames</iframe>",
            "<iframe src=\"about:blank\" data-src=\"//film.example/embed/1\"></iframe>",
            "<embed src=\"https://film.example/embed/1\">",
            "<object data=\"https://film.example/embed/1\">none</object>",
            "<object><param name=\"movie\" value=\"x\"><embed src=\"https://film.example/embed/1\"></object>",
        ] {
            assert_eq!(clean(&format!("<p>a</p>{html}")), link, "{html}");
        }
        for html in [
            "<iframe src=\"javascript:x\"><b>x</b></iframe>",
            "<iframe src=\"https://count.example/ns.html\" height=\"0\" width=\"0\"></iframe>",
            "<embed src=\"mailto:a@b\">",
            "<iframe srcdoc=\"x\"></iframe>",
        ] {
            assert_eq!(clean(&format!("<p>a</p>{html}")), "<p>a</p>", "{html}");
        }
    }

    #[test]
    fn of_formulas_and_drawings_the_text_stays() {
        assert_eq!(clean("<p>E=<math><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>.</p>"), "<p>E=mc2.</p>");
        let formula = "<math><semantics><mi>x</mi><annotation encoding=\"TeX\">\\x</annotation></semantics></math>";
        assert_eq!(clean(formula), "x");
        let drawing = "<svg><style>p{}</style><script>x()</script><g onload=\"x()\"><text x=\"1\">盐<tspan>井</tspan></text></g></svg>";
        assert_eq!(clean(drawing), "盐井");
        assert_eq!(clean("<svg><foreignObject><p onclick=\"x\">灯</p></foreignObject></svg>"), "<p>灯</p>");
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
        let html = cleaner().clean("<h2>盐</h2><p>a<b>b</b> &lt;c&gt; <ruby>井<rp>(</rp><rt>jǐng</rt><rp>)</rp></ruby>口<img alt=\">\" src=\"/x\">z</p>").expect("can be cleaned");
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
            prop_assert_eq!(cleaner.clean_telling(&html, None), cleaner.sanitise(&html, None));
        }

        #[test]
        fn any_row_of_tags_is_cleaned_alike(picks in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24)) {
            let (cleaner, html) = (cleaner(), picks.concat());
            prop_assert_eq!(cleaner.clean_telling(&html, None), cleaner.sanitise(&html, None));
        }

        #[test]
        fn cleaning_twice_is_cleaning_once(html in "(<(p|b|a href=\"x\"|ul|li|td|/p|/b|div)>|[a-z&;<>\"盐 ]){0,40}") {
            let once = clean(&html);
            prop_assert_eq!(clean(&once), once);
        }
    }
}
