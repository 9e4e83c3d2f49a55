//! Tells HTML that cleaning would give back just as it is, so that most articles need not become a tree and text again.
//!
//! Knows nothing of what is allowed beyond a strict part of it: a few elements, properly nested where the parser moves
//! nothing, spelled as html5ever spells them. Whatever else there is, is left to the sanitiser. To be sure that both
//! say the same, `html`'s tests clean what is canonical all the same.

use super::{MAX_ATTRIBUTE, MAX_ELEMENTS};

/// How an element stands among others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Holds blocks, and what stands in a line.
    Block,
    /// Holds only what stands in a line.
    Line,
    /// Holds items, and white space between them.
    List,
    /// A block in a list.
    Item,
    /// Stands in a line, and holds only what does; never in its own kind, which the parser would take for its end.
    Inline,
    /// Stands in a line, and is empty.
    Void,
    /// A block, and empty.
    Rule,
}

/// An element: its name, where it stands, and the attributes it may have here.
struct Element(&'static str, Place, &'static [&'static str]);

const ELEMENTS: [Element; 21] = [
    Element("p", Place::Line, &[]),
    Element("a", Place::Inline, &["href"]),
    Element("em", Place::Inline, &[]),
    Element("strong", Place::Inline, &[]),
    Element("b", Place::Inline, &[]),
    Element("i", Place::Inline, &[]),
    Element("br", Place::Void, &[]),
    Element("img", Place::Void, &["src", "alt", "title"]),
    Element("h1", Place::Line, &[]),
    Element("h2", Place::Line, &[]),
    Element("h3", Place::Line, &[]),
    Element("h4", Place::Line, &[]),
    Element("h5", Place::Line, &[]),
    Element("h6", Place::Line, &[]),
    Element("ul", Place::List, &[]),
    Element("ol", Place::List, &[]),
    Element("li", Place::Item, &[]),
    Element("figure", Place::Block, &[]),
    Element("figcaption", Place::Block, &[]),
    Element("blockquote", Place::Block, &[]),
    Element("hr", Place::Rule, &[]),
];

/// The references that html5ever writes in text.
const REFERENCES: [&str; 4] = ["&amp;", "&lt;", "&gt;", "&nbsp;"];

/// Elements in elements beyond which a look at them all each time would cost more than it spares.
const MAX_DEPTH: usize = 16;

/// Whether cleaning would change nothing but white space at the ends.
///
/// The HTML holds no character that XML forbids; `keeps` says whether a link would be kept just as it is.
pub(super) fn is_canonical(html: &str, keeps: impl Fn(&str) -> bool) -> bool {
    // Carriage returns become line feeds, a byte order mark goes, and a no-break space is written as a reference.
    if html.contains('\r') || html.starts_with('\u{feff}') || has_no_break_space(html) {
        return false;
    }
    let mut open: Vec<&Element> = Vec::with_capacity(MAX_DEPTH);
    let (mut rest, mut elements) = (html, 0);
    while let Some(at) = rest.bytes().position(|b| matches!(b, b'<' | b'>' | b'&')) {
        let (text, markup) = rest.split_at(at);
        let in_list = open.last().is_some_and(|parent| parent.1 == Place::List);
        if in_list && !text.bytes().all(|b| b == b' ' || b == b'\n') {
            return false;
        }
        let behind = match markup.strip_prefix('<') {
            Some(tag) => match tag.strip_prefix('/') {
                Some(tag) => end(tag, &mut open),
                None => {
                    elements += 1;
                    start(tag, &mut open, &keeps)
                }
            },
            None if in_list => None,
            None => REFERENCES.iter().find_map(|reference| markup.strip_prefix(reference)),
        };
        let Some(behind) = behind else { return false };
        rest = behind;
    }
    open.is_empty() && elements <= MAX_ELEMENTS
}

fn has_no_break_space(html: &str) -> bool {
    let bytes = html.as_bytes();
    bytes.iter().zip(bytes.get(1..).unwrap_or_default()).fold(false, |any, (a, b)| any | ((*a == 0xc2) & (*b == 0xa0)))
}

/// Passes over an end tag behind its `</`: that of the innermost open element.
fn end<'a>(tag: &'a str, open: &mut Vec<&Element>) -> Option<&'a str> {
    tag.strip_prefix(open.pop()?.0)?.strip_prefix('>')
}

/// Passes over a start tag behind its `<`, if the element may stand there.
fn start<'a>(tag: &'a str, open: &mut Vec<&Element>, keeps: &impl Fn(&str) -> bool) -> Option<&'a str> {
    let length = tag.bytes().position(|b| !b.is_ascii_lowercase() && !b.is_ascii_digit())?;
    let (name, mut rest) = tag.split_at(length);
    let element = ELEMENTS.iter().find(|element| element.0 == name)?;
    let stands = match open.last().map_or(Place::Block, |parent| parent.1) {
        Place::Block | Place::Item => element.1 != Place::Item,
        Place::Line => matches!(element.1, Place::Inline | Place::Void),
        Place::Inline => matches!(element.1, Place::Inline | Place::Void) && open.iter().all(|e| e.0 != name),
        Place::List => element.1 == Place::Item,
        Place::Void | Place::Rule => false,
    };
    if !stands || open.len() == MAX_DEPTH {
        return None;
    }
    // A picture without a source goes.
    if name == "img" && !rest.starts_with(" src=\"") {
        return None;
    }
    let mut before: Option<&str> = None;
    while let Some(attribute) = rest.strip_prefix(' ') {
        let (name, value) = attribute.split_once("=\"")?;
        let (value, behind) = value.split_once('"')?;
        // In the order of the list, so that none comes twice.
        let allowed = element.2.iter().position(|allowed| *allowed == name)?;
        let follows = before.is_none_or(|before| element.2[..allowed].contains(&before));
        let plain = value.len() <= MAX_ATTRIBUTE && !value.bytes().any(|b| b < b' ' || matches!(b, b'<' | b'>' | b'&'));
        if !follows || !plain || (matches!(name, "href" | "src") && !keeps(value)) {
            return None;
        }
        (before, rest) = (Some(name), behind);
    }
    if !matches!(element.1, Place::Void | Place::Rule) {
        open.push(element);
    }
    rest.strip_prefix('>')
}
