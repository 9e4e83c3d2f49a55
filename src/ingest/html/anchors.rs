//! Links within an article: the ids that they lead to are kept, and no others.
//!
//! A clean text names an id as its author did (`id="fn:1"`, `href="#fn:1"`); a key is put before it only where the article
//! is shown, so that what is stored says nothing of where it stands. Knows nothing of trees: it goes over HTML that is
//! clean but for its ids.

use std::borrow::Cow;
use std::collections::HashSet;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::reference;

/// The longest id that is kept, in bytes.
pub const MAX_ANCHOR: usize = 256;

/// The element in whose place an id stands whose own element is not kept. It is none that is kept itself.
pub const MARKER: &str = "span";

/// The element that such an id gets in the end: an empty one, which may stand wherever text may.
const STAND_IN: &str = "i";

/// The characters that a fragment cannot hold as it is (RFC 3986 §3.5).
pub const NOT_IN_FRAGMENTS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The address of an article's own page, as links within the article may spell it out.
#[derive(Clone, Debug)]
pub struct OwnPage(String);

impl OwnPage {
    /// A page; its scheme and a slash at its end make no difference.
    pub fn new(url: &Url) -> Self {
        Self(Self::folded(url.as_str().split('#').next().unwrap_or_default()).to_owned())
    }

    fn folded(url: &str) -> &str {
        url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/')
    }

    fn is(&self, url: &str) -> bool {
        Self::folded(url) == self.0
    }
}

/// The fragment of a link that leads, or may lead, to a place within the article.
pub fn fragment<'a>(link: &'a str, own: Option<&OwnPage>) -> Option<&'a str> {
    let (page, fragment) = link.trim().split_once('#')?;
    let is_within = page.is_empty() || own.is_some_and(|own| own.is(page));
    (is_within && !fragment.is_empty()).then_some(fragment)
}

/// An id, if it is one (HTML §3.2.6) and not too long.
pub fn id(value: &str) -> Option<&str> {
    let is_id = !value.is_empty() && value.len() <= MAX_ANCHOR && !value.contains(char::is_whitespace);
    is_id.then_some(value)
}

/// The HTML with those ids alone that links in it lead to, each once, and those links as `#` with the id. A link to an
/// id that is not there leads nowhere.
///
/// It is clean otherwise: each tag is written as `write` writes it.
pub fn settled(html: &str, own: Option<&OwnPage>) -> String {
    let mut ids = HashSet::new();
    for (name, value) in tags(html).flat_map(|(tag, _)| attributes(tag)) {
        if is_id(name)
            && let Some(id) = id(&unescaped(value))
        {
            ids.insert(id.to_owned());
        }
    }
    let links = tags(html).flat_map(|(tag, _)| attributes(tag)).filter(|(name, _)| *name == "href");
    let mut wanted: HashSet<String> = links.filter_map(|(_, value)| target(&unescaped(value), own, &ids)).collect();
    let mut settled = String::with_capacity(html.len());
    settled.push_str(html.split('<').next().unwrap_or_default());
    let mut in_marker = false;
    for (tag, text) in tags(html) {
        match tag_name(tag) {
            MARKER if tag.starts_with('/') => in_marker = false,
            MARKER => {
                in_marker = true;
                if let Some(id) = anchor(tag, &mut wanted) {
                    settled.push_str(&format!("<{STAND_IN} id=\"{id}\"></{STAND_IN}>"));
                }
            }
            _ => rewrite(tag, own, &ids, &mut wanted, &mut settled),
        }
        debug_assert!(!in_marker || text.is_empty(), "a marker is empty");
        settled.push_str(text);
    }
    settled
}

/// Writes a tag with its id, if that is wanted, and with its link, if that leads somewhere.
fn rewrite(
    tag: &str,
    own: Option<&OwnPage>,
    ids: &HashSet<String>,
    wanted: &mut HashSet<String>,
    settled: &mut String,
) {
    settled.push('<');
    if !attributes(tag).any(|(name, _)| is_id(name) || name == "href") {
        settled.extend([tag, ">"]);
        return;
    }
    settled.push_str(tag_name(tag));
    for (name, value) in attributes(tag).filter(|(name, _)| !is_id(name)) {
        let link = unescaped(value);
        let value = match target(&link, own, ids) {
            Some(_) if name != "href" => Cow::Borrowed(value),
            Some(id) => Cow::Owned(format!("#{}", escaped(&utf8_percent_encode(&id, NOT_IN_FRAGMENTS).to_string()))),
            None if name == "href" && link.starts_with('#') => continue,
            None => Cow::Borrowed(value),
        };
        settled.extend([" ", name, "=\"", &value, "\""]);
    }
    if let Some(id) = anchor(tag, wanted) {
        settled.extend([" id=\"", &id, "\""]);
    }
    settled.push('>');
}

/// The first of a tag's ids that is wanted and has not been before, as it is written.
fn anchor(tag: &str, wanted: &mut HashSet<String>) -> Option<String> {
    let mut own = attributes(tag).filter(|(name, _)| is_id(name));
    own.find(|(_, value)| wanted.remove(&*unescaped(value))).map(|(_, value)| value.to_owned())
}

/// The id that a link leads to, of those that there are.
fn target(link: &str, own: Option<&OwnPage>, ids: &HashSet<String>) -> Option<String> {
    let fragment = fragment(link, own)?;
    let decoded = percent_decode_str(fragment).decode_utf8().ok();
    // Decoded first, so that a link that was written here leads to the same id again.
    let found = decoded.filter(|decoded| ids.contains(&**decoded)).map(Cow::into_owned);
    found.or_else(|| ids.get(fragment).cloned())
}

fn is_id(attribute: &str) -> bool {
    // Only links have their names here.
    attribute == "id" || attribute == "name"
}

/// Each tag, without `<` and `>`, and the text behind it. In clean HTML no `<` is anything else, and values hold no `>`.
fn tags(html: &str) -> impl Iterator<Item = (&str, &str)> {
    html.split('<').skip(1).map(|part| part.split_once('>').unwrap_or((part, "")))
}

fn tag_name(tag: &str) -> &str {
    tag.trim_start_matches('/').split(' ').next().unwrap_or_default()
}

/// The attributes of a start tag, as they are written.
fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = tag.split_once(' ').map_or("", |(_, attributes)| attributes);
    std::iter::from_fn(move || {
        let (name, value) = rest.split_once("=\"")?;
        let (value, behind) = value.split_once('"')?;
        rest = behind.trim_start_matches(' ');
        Some((name, value))
    })
}

/// The value of an attribute.
fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let (mut plain, mut rest) = (String::with_capacity(value.len()), value);
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = reference(&rest[at..], &mut plain);
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// A fragment as an attribute holds it: of what is escaped there it can hold only one character.
fn escaped(fragment: &str) -> String {
    fragment.replace('&', "&amp;")
}

#[cfg(test)]
mod tests {
    use super::super::Cleaner;
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn clean(html: &str) -> String {
        let cleaner = Cleaner::new(url("https://news.example/")).of_page(&url("https://news.example/p/salt/"));
        cleaner.clean(html).expect("can be cleaned").as_str().to_owned()
    }

    #[test]
    fn footnotes_of_substack_wordpress_and_generators_lead_to_their_notes_and_back() {
        for (html, cleaned) in [
            (
                "<p>盐<a class=\"footnote-anchor\" id=\"footnote-anchor-1-9\" href=\"#footnote-1-9\" target=\"_self\">1</a></p>\
                 <div class=\"footnote\"><a id=\"footnote-1-9\" href=\"#footnote-anchor-1-9\">1</a><div><p>井</p></div></div>",
                "<p>盐<a href=\"#footnote-1-9\" id=\"footnote-anchor-1-9\">1</a></p>\
                 <div><a href=\"#footnote-anchor-1-9\" id=\"footnote-1-9\">1</a><div><p>井</p></div></div>",
            ),
            (
                "<p>盐<sup data-fn=\"u-1\" class=\"fn\"><a href=\"#u-1\" id=\"u-1-link\">1</a></sup></p>\
                 <ol class=\"wp-block-footnotes\"><li id=\"u-1\">井 <a href=\"#u-1-link\">↩</a></li></ol>",
                "<p>盐<sup><a href=\"#u-1\" id=\"u-1-link\">1</a></sup></p>\
                 <ol><li id=\"u-1\">井 <a href=\"#u-1-link\">↩</a></li></ol>",
            ),
            (
                "<sup id=\"fnref:盐\"><a href=\"#fn:%E7%9B%90\">1</a></sup><li id=\"fn:盐\"><a href=\"#fnref:盐\">x</a></li>",
                "<sup id=\"fnref:盐\"><a href=\"#fn:%E7%9B%90\">1</a></sup><li id=\"fn:盐\"><a href=\"#fnref:%E7%9B%90\">x</a></li>",
            ),
        ] {
            assert_eq!(clean(html), cleaned);
            assert_eq!(clean(cleaned), cleaned);
        }
    }

    #[test]
    fn an_id_is_kept_only_if_a_link_leads_there_and_only_once() {
        assert_eq!(
            clean("<p id=a>x</p><p id=b>y</p><a href=#b>z</a>"),
            "<p>x</p><p id=\"b\">y</p><a href=\"#b\">z</a>"
        );
        assert_eq!(
            clean("<a href=#b>z</a><p id=b>y</p><i id=b>x</i>"),
            "<a href=\"#b\">z</a><p id=\"b\">y</p><i>x</i>"
        );
        assert_eq!(clean("<p id=a>x</p>"), "<p>x</p>");
    }

    #[test]
    fn a_link_to_an_id_that_is_not_there_is_none() {
        for link in ["#b", "#", "#A", "#%", "# "] {
            assert_eq!(clean(&format!("<p id=a>x</p><a href=\"{link}\">z</a>")), "<p>x</p><a>z</a>", "{link}");
        }
        assert_eq!(clean("<script id=a>x</script><img id=b><a href=#a>y</a><a href=#b>z</a>"), "<a>y</a><a>z</a>");
        let long = "a".repeat(MAX_ANCHOR + 1);
        assert_eq!(clean(&format!("<p id={long}>x</p><a href=#{long}>z</a>")), "<p>x</p><a>z</a>");
    }

    #[test]
    fn a_name_of_old_and_an_element_that_is_not_kept_are_led_to_as_well() {
        assert_eq!(clean("<a name=n></a>x<a href=#n>y</a>"), "<a id=\"n\"></a>x<a href=\"#n\">y</a>");
        assert_eq!(clean("<a id=m name=n>x</a><a href=#n>y</a>"), "<a id=\"n\">x</a><a href=\"#n\">y</a>");
        let stands_in = "<i id=\"n\"></i><p>x</p><a href=\"#n\">y</a>";
        assert_eq!(clean("<section id=n><p>x</p></section><a href=#n>y</a>"), stands_in);
        assert_eq!(clean("<span id=o></span><section id=n><p>x</p></section><a href=#n>y</a>"), stands_in);
        assert_eq!(clean(stands_in), stands_in);
        // Where the parser would move it, it does not stand.
        assert_eq!(clean("<table><form id=n><tr><td>x</table><a href=#n>y</a>").matches("id=").count(), 0);
    }

    #[test]
    fn a_link_that_spells_out_the_articles_own_page_leads_within_if_the_id_is_there() {
        for page in ["https://news.example/p/salt", "http://news.example/p/salt/", "/p/salt"] {
            let html = format!("<a href=\"{page}#a\">x</a><p id=a>y</p>");
            assert_eq!(clean(&html), "<a href=\"#a\">x</a><p id=\"a\">y</p>", "{page}");
        }
        let elsewhere = "<a href=\"https://news.example/p/salt#comments\">x</a><a href=\"https://e.x/#a\">y</a>";
        assert_eq!(clean(elsewhere), elsewhere);
        assert_eq!(clean(&format!("{elsewhere}<p id=\"a\">z</p>")), format!("{elsewhere}<p>z</p>"));
        // Where it is not known where the article lives, no address is its own.
        let cleaner = Cleaner::new(url("https://news.example/"));
        let html = "<a href=\"https://news.example/#a\">x</a><p id=\"a\">y</p>";
        assert_eq!(cleaner.clean(html).expect("can be cleaned").as_str(), html.replace(" id=\"a\"", ""));
    }

    #[test]
    fn an_id_may_hold_any_character_but_space() {
        let html = "<p id='a\"&amp;<>#%41'>x</p><a href='#a%22%26%3C%3E%23%2541'>y</a>";
        let cleaned = "<p id=\"a&quot;&amp;&lt;&gt;#%41\">x</p><a href=\"#a%22&amp;%3C%3E%23%2541\">y</a>";
        assert_eq!((clean(html), clean(cleaned)), (cleaned.to_owned(), cleaned.to_owned()));
        assert_eq!(clean("<p id='a b'>x</p><a href='#a b'>y</a>"), "<p>x</p><a>y</a>");
        assert_eq!(clean("<p>id=\"a\" href=\"#a\"</p><p id=a>x</p><a href=#a>y</a>").matches(" id=").count(), 1);
    }

    #[test]
    fn as_many_ids_as_there_may_be_elements_cost_no_more_than_their_length() {
        let html: String = (0..20_000).map(|n| format!("<p id=a{n}>x<a href=#a{}>y</a>", n * 7919 % 20_000)).collect();
        let cleaned = clean(&html);
        assert_eq!((cleaned.matches(" id=").count(), cleaned.matches(" href=").count()), (20_000, 20_000));
        assert!(cleaned.len() < 2 * html.len());
    }
}
