//! A tree as HTML that is safe to publish, in time that grows with its length.
//!
//! Escapes as HTML §13.3 says, and as html5ever does, so that what was stored before stays as it is. Knows nothing of
//! links or of what is kept.

use html5ever::tendril::StrTendril;
use url::Url;

use super::MAX_DEPTH;
use super::anchors::MARKER;
use super::elements::{Treatment, holds_text, is_void, needs_source};
use super::tree::{Content, Index, ROOT, Tree};
use super::twin::Shown;
use crate::ingest::refusal::Reason;

/// The attributes of an element, as they are to be written.
pub type Attributes = Vec<(&'static str, String)>;

/// Writes a tree, unless its elements are nested deeper than [`MAX_DEPTH`].
///
/// `attributes` says which of an element's attributes are kept, and what they say then.
pub fn write(
    tree: &Tree,
    attributes: impl Fn(&[(&'static str, StrTendril)]) -> Result<Attributes, Reason>,
) -> Result<String, Reason> {
    let (mut html, mut shown) = (String::new(), Shown::default());
    // The document and its `html` are no elements of the article.
    let (mut node, mut depth) = (ROOT, 0_usize);
    loop {
        let goes_in = tree.with(node, |content| match content {
            Content::Text(text) => {
                escape(text, false, &mut html);
                Ok(false)
            }
            Content::Element(..) if depth > MAX_DEPTH + 1 => Err(Reason::TooDeep(MAX_DEPTH)),
            Content::Element(Treatment::Dropped, _) => Ok(false),
            Content::Element(Treatment::Unwrapped, own) => {
                mark(tree, node, &attributes(own)?, &mut html);
                Ok(true)
            }
            Content::Element(Treatment::Linked { unwraps }, own) => Ok(!link(&attributes(own)?, &mut html) && *unwraps),
            Content::Element(Treatment::Twin, _) => {
                let pictures = shown.twins(tree, node, &attributes)?;
                pictures.iter().for_each(|picture| start("img", picture, &mut html));
                Ok(false)
            }
            Content::Element(Treatment::Kept(name, _), own) => {
                let kept = attributes(own)?;
                if needs_source(name) && kept.iter().all(|(name, _)| *name != "src") {
                    return Ok(false);
                }
                start(name, &kept, &mut html);
                Ok(!is_void(name))
            }
        })?;
        match tree.first(node).filter(|_| goes_in) {
            Some(first) => (node, depth) = (first, depth + 1),
            None => match behind(tree, node, goes_in, &mut depth, &mut html) {
                Some(next) => node = next,
                None => return Ok(html),
            },
        }
    }
}

/// The node that follows one, with what is in it, in the text; ends all elements between.
fn behind(tree: &Tree, mut node: Index, mut is_open: bool, depth: &mut usize, html: &mut String) -> Option<Index> {
    loop {
        if is_open {
            tree.with(node, |content| end(content, html));
        }
        if let Some(next) = tree.next(node) {
            return Some(next);
        }
        node = tree.parent(node)?;
        (*depth, is_open) = (depth.saturating_sub(1), true);
    }
}

/// Writes the id of an element that is unwrapped, where text may stand.
fn mark(tree: &Tree, node: Index, ids: &Attributes, html: &mut String) {
    if ids.is_empty() {
        return;
    }
    let around = std::iter::successors(tree.parent(node), |parent| tree.parent(*parent));
    let kept = around.map(|parent| {
        tree.with(parent, |content| match content {
            Content::Element(Treatment::Kept(name, _), _) => Some(*name),
            _ => None,
        })
    });
    if kept.flatten().next().is_none_or(holds_text) {
        start(MARKER, ids, html);
        html.extend(["</", MARKER, ">"]);
    }
}

fn start(name: &str, attributes: &[(&'static str, String)], html: &mut String) {
    html.push('<');
    html.push_str(name);
    for (name, value) in attributes {
        html.extend([" ", name, "=\""]);
        escape(value, true, html);
        html.push('"');
    }
    html.push('>');
}

/// Writes a link to a page, with the name of its host; `false` if there is no page.
fn link(attributes: &Attributes, html: &mut String) -> bool {
    let url = attributes.iter().find_map(|(_, href)| Url::parse(href).ok());
    let Some(host) = url.as_ref().filter(|url| url.scheme().starts_with("http")).and_then(Url::host_str) else {
        return false;
    };
    start("a", attributes, html);
    escape(host, false, html);
    html.push_str("</a>");
    true
}

fn end(content: &Content, html: &mut String) {
    if let Content::Element(Treatment::Kept(name, _), _) = content
        && !is_void(name)
    {
        html.extend(["</", name, ">"]);
    }
}

fn escape(text: &str, in_attribute: bool, html: &mut String) {
    let mut rest = text;
    // The first byte of a space that does not break begins other characters, too.
    while let Some(at) = rest.bytes().position(|b| matches!(b, b'&' | b'<' | b'>' | b'"' | 0xc2)) {
        let (before, special) = rest.split_at(at);
        html.push_str(before);
        let length = special.chars().next().map_or(1, char::len_utf8);
        let (c, behind) = special.split_at(length);
        html.push_str(match c {
            "&" => "&amp;",
            "<" => "&lt;",
            ">" => "&gt;",
            "\"" if in_attribute => "&quot;",
            "\u{a0}" => "&nbsp;",
            other => other,
        });
        rest = behind;
    }
    html.push_str(rest);
}
