//! The pictures in `noscript`: what stands there for readers without scripts is what feed readers need.
//!
//! A picture that the article shows anyway is not shown twice. Knows nothing of where in the article they stand.

use std::collections::HashSet;

use html5ever::tendril::StrTendril;

use super::elements::{Attributes, Treatment};
use super::parse;
use super::source::is_tiny;
use super::tree::{Content, Index, Tree};
use crate::ingest::refusal::Reason;

/// The sources of the pictures that an article shows, once they are asked for.
#[derive(Default)]
pub(super) struct Shown(Option<HashSet<String>>);

impl Shown {
    /// The pictures in a `noscript` that the article does not show otherwise. Markup in it that costs too much has none.
    pub(super) fn twins(
        &mut self,
        tree: &Tree,
        noscript: Index,
        attributes: &impl Fn(&[(&'static str, StrTendril)]) -> Result<Attributes, Reason>,
    ) -> Result<Vec<Attributes>, Reason> {
        // The parser takes its content as text, as browsers do that run scripts.
        let markup = tree.text_in(noscript);
        if !markup.contains('<') {
            return Ok(Vec::new());
        }
        let Ok(inner) = parse::parse(&markup, parse::further_steps(markup.len())) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for picture in pictures(&inner, attributes)? {
            let Some(source) = value(&picture, "src").map(str::to_owned) else { continue };
            if self.0.is_none() {
                let all = pictures(tree, attributes)?;
                self.0 = Some(all.iter().filter_map(|own| value(own, "src")).map(str::to_owned).collect());
            }
            let new = self.0.as_mut().is_some_and(|shown| shown.insert(source));
            if new && !is_tiny(value(&picture, "width"), value(&picture, "height")) {
                found.push(picture);
            }
        }
        Ok(found)
    }
}

fn pictures(
    tree: &Tree,
    attributes: &impl Fn(&[(&'static str, StrTendril)]) -> Result<Attributes, Reason>,
) -> Result<Vec<Attributes>, Reason> {
    let picture = |node| {
        tree.with(node, |content| match content {
            Content::Element(Treatment::Kept("img", _), own) => Some(attributes(own)),
            _ => None,
        })
    };
    tree.all().filter_map(picture).collect()
}

fn value<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    attributes.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
}
