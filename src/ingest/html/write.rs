//! A tree as HTML that is safe to publish, in time that grows with its length.
//!
//! Escapes as HTML §13.3 says, and as html5ever does, so that what was stored before stays as it is. Knows nothing of
//! links or of what is kept.

use html5ever::tendril::StrTendril;
use url::Url;

use super::MAX_DEPTH;
use super::anchors::MARKER;
use super::elements::{Attributes, Treatment, holds_text, is_void, needs_source};
use super::source::is_tiny;
use super::tree::{Content, Index, ROOT, Tree};
use super::twin::Shown;
use crate::ingest::refusal::Reason;

/// HTML, and what had to be left out of it.
pub(super) struct Written {
    pub html: String,
    /// Pictures without a source, unless a twin is shown.
    pub pictures: u64,
    /// Players without an address.
    pub players: u64,
}

/// Writes a tree, unless its elements are nested deeper than [`MAX_DEPTH`].
///
/// `attributes` says which of an element's attributes are kept, and what they say then.
pub(super) fn write(
    tree: &Tree,
    attributes: impl Fn(&[(&'static str, StrTendril)]) -> Result<Attributes, Reason>,
) -> Result<Written, Reason> {
    let (mut written, mut shown) = (String::new(), Shown::default());
    let html = &mut written;
    let (mut pictures, mut twins, mut players) = (0_u64, 0_u64, 0_u64);
    // The document and its `html` are no elements of the article.
    let (mut node, mut depth) = (ROOT, 0_usize);
    loop {
        let goes_in = tree.with(node, |content| match content {
            Content::Text(text) => {
                escape(text, false, html);
                Ok(false)
            }
            Content::Element(..) if depth > MAX_DEPTH + 1 => Err(Reason::TooDeep(MAX_DEPTH)),
            Content::Element(Treatment::Dropped, _) => Ok(false),
            Content::Element(Treatment::Unwrapped, own) => {
                mark(tree, node, &attributes(own)?, html);
                Ok(true)
            }
            Content::Element(Treatment::Linked { unwraps }, own) => {
                let is_linked = link(&attributes(own)?, html);
                players += u64::from(!(is_linked || *unwraps && holds_anything(tree, node)));
                Ok(!is_linked && *unwraps)
            }
            Content::Element(Treatment::Twin, _) => {
                let pictures = shown.twins(tree, node, &attributes)?;
                twins += pictures.len() as u64;
                pictures.iter().for_each(|picture| start("img", picture, html));
                Ok(false)
            }
            Content::Element(Treatment::Kept(name, _), own) => {
                let kept = attributes(own)?;
                let has_source = kept.iter().any(|(name, _)| *name == "src");
                if needs_source(name) && !has_source {
                    pictures += u64::from(*name == "img" && !is_tiny(value(&kept, "width"), value(&kept, "height")));
                    return Ok(false);
                }
                let plays = matches!(*name, "audio" | "video");
                players += u64::from(plays && !has_source && !holds_anything(tree, node));
                start(name, &kept, html);
                Ok(!is_void(name))
            }
        })?;
        match tree.first(node).filter(|_| goes_in) {
            Some(first) => (node, depth) = (first, depth + 1),
            None => match behind(tree, node, goes_in, &mut depth, html) {
                Some(next) => node = next,
                None => return Ok(Written { html: written, pictures: pictures.saturating_sub(twins), players }),
            },
        }
    }
}

/// Whether an element holds something that is kept, or that a link can lead to.
fn holds_anything(tree: &Tree, node: Index) -> bool {
    let children = std::iter::successors(tree.first(node), |child| tree.next(*child));
    children.into_iter().any(|child| {
        tree.with(child, |content| match content {
            Content::Text(text) => !text.trim().is_empty(),
            Content::Element(Treatment::Kept("source", _), own) => own.iter().any(|(name, _)| *name == "src"),
            Content::Element(treatment, _) => matches!(treatment, Treatment::Kept(..) | Treatment::Linked { .. }),
        })
    })
}

fn value<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    attributes.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
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
