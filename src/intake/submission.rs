//! What the store is given of an article: its identity, what it says once clean, and where the rules place it.
//!
//! Knows nothing of files or batches.

use serde::Serialize;
use sha2::{Digest, Sha256};
use url::Url;

use crate::article::{Content, Key, Slug, Time};
use crate::feed::{Axis, FeedSet};
use crate::ingest::clean::Cleaned;
use crate::store::batch::{OwnLabels, Published, Submission};

/// The site's address as the base of relative links.
///
/// It was parsed when the definitions were loaded.
pub fn base(set: &FeedSet) -> Url {
    Url::parse(&format!("{}/", set.site.base_url)).expect("the definitions hold an absolute base URL")
}

/// Refuses labels that no definition stands behind.
pub fn known(set: &FeedSet, cleaned: &Cleaned) -> Result<(), String> {
    for (axis, slugs) in [(Axis::District, &cleaned.districts), (Axis::Topic, &cleaned.topics)] {
        if let Some(slug) = slugs.iter().flatten().find(|slug| set.get(axis, slug).is_none()) {
            return Err(format!("{}: {:?} is not defined", axis.plural(), slug.as_str()));
        }
    }
    Ok(())
}

/// A cleaned draft with its identity and with what the rules say of it.
pub(super) fn submission(set: &FeedSet, source: &str, key: Key, published: Published, cleaned: Cleaned) -> Submission {
    let ruled = set.classifier.classify(&cleaned.content.title, &cleaned.plain).labels;
    let (hash, bytes) = hash(&cleaned);
    Submission {
        id: format!("tag:{},{}:a/{key}", set.site.authority, set.site.year),
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
