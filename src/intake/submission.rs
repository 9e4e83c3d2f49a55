//! What the store is given of an article: its identity, what it says once clean, and where the rules place it.
//!
//! Knows nothing of files or batches.

use std::borrow::Cow;

use serde::Serialize;
use sha2::{Digest, Sha256};
use url::Url;

use crate::article::{Content, Key, Slug, Time};
use crate::feed::{Axis, FeedDef, FeedSet};
use crate::ingest::Found;
use crate::ingest::clean::{Cleaned, Door, MAX_LIST};
use crate::store::batch::{OwnLabels, Published, Submission};

/// The site's address as the base of relative links.
///
/// It was parsed when the definitions were loaded.
pub fn base(set: &FeedSet) -> Url {
    Url::parse(&format!("{}/", set.site.base_url)).expect("the definitions hold an absolute base URL")
}

/// A clean draft, placed by the categories that it names, or the reason why it cannot be published.
///
/// A category that is called like a district or a topic is a label; any other is a keyword.
pub fn clean(set: &FeedSet, door: &Door, found: &Found) -> Result<Cleaned, String> {
    let mut draft = Cow::Borrowed(&found.draft);
    if !found.categories.is_empty() {
        let draft = draft.to_mut();
        for category in &found.categories {
            match set.named(category) {
                Some(FeedDef { axis: Axis::District, slug, .. }) => label(&mut draft.districts, slug),
                Some(FeedDef { axis: Axis::Topic, slug, .. }) => label(&mut draft.topics, slug),
                None if draft.tags.len() < MAX_LIST && !draft.tags.contains(category) => {
                    draft.tags.push(category.clone())
                }
                None => {}
            }
        }
    }
    placed(set, door.clean(&draft).map_err(|refusal| refusal.to_string())?)
}

fn label(labels: &mut Option<Vec<String>>, slug: &Slug) {
    let labels = labels.get_or_insert_default();
    if labels.len() < MAX_LIST {
        labels.push(slug.to_string());
    }
}

/// The same with its own labels by their present names and without those that have retired; refused if no definition
/// stands behind one.
pub fn placed(set: &FeedSet, mut cleaned: Cleaned) -> Result<Cleaned, String> {
    for (axis, slugs) in [(Axis::District, &mut cleaned.districts), (Axis::Topic, &mut cleaned.topics)] {
        let Some(slugs) = slugs else { continue };
        let unknown = slugs.iter().find(|slug| set.get(axis, set.present_slug(axis, slug)).is_none());
        if let Some(slug) = unknown {
            return Err(format!("{}: {:?} is not defined", axis.plural(), slug.as_str()));
        }
        *slugs = set.present_labels(axis, slugs);
    }
    Ok(cleaned)
}

/// A cleaned draft with its identity and with what the rules say of it.
pub(super) fn submission(
    set: &FeedSet,
    source: &str,
    key: Key,
    published: Published,
    keeps_id: bool,
    cleaned: Cleaned,
) -> Submission {
    let ruled = set.classifier.classify(&cleaned.content.title, &cleaned.plain).labels;
    let (hash, bytes) = hash(&cleaned);
    let guid = keeps_id.then(|| cleaned.own_id.clone());
    let tag = || format!("tag:{},{}:a/{key}", set.site.authority, set.site.year);
    Submission {
        id: guid.clone().filter(|guid| is_iri(guid)).unwrap_or_else(tag),
        guid,
        hash,
        bytes,
        key,
        source: source.to_owned(),
        own_id: cleaned.own_id,
        published,
        updated: cleaned.updated,
        content: cleaned.content,
        own: OwnLabels { districts: cleaned.districts, topics: cleaned.topics },
        ruled,
    }
}

/// A hash of all that a source says of an article, once clean, but for its identity and `published`, which never move;
/// and how many bytes that is.
///
/// What the rules say is not in it: an unchanged import never classifies anew.
fn hash(cleaned: &Cleaned) -> (String, usize) {
    #[derive(Serialize)]
    struct Said<'a>(&'a Content, Option<Time>, &'a Option<Vec<Slug>>, &'a Option<Vec<Slug>>);
    let said = Said(&cleaned.content, cleaned.updated, &cleaned.districts, &cleaned.topics);
    let bytes = serde_json::to_vec(&said).expect("texts and numbers are always JSON");
    (data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)[..16]), bytes.len())
}

/// Whether a text is an absolute IRI (RFC 3987 §2.2), so that Atom can carry it as an id.
fn is_iri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let spelled = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c);
    let escaped = |at: usize| rest.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(spelled)
        && !rest.is_empty()
        && !rest.contains(forbidden)
        && rest.match_indices('%').all(|(at, _)| escaped(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_atom_cannot_carry_is_no_iri() {
        for iri in [
            "https://news.example/?p=12",
            "tag:a.example,2020:x",
            "urn:uuid:1",
            "yt:video:a_b-c",
            "https://例.example/盐",
        ] {
            assert!(is_iri(iri), "{iri}");
        }
        for other in
            ["5f8d0a", "", "salt:", ":salt", "1a:b", "https://a b", "/posts/1", "https://a/%zz", "https://a/<b>"]
        {
            assert!(!is_iri(other), "{other}");
        }
    }
}
