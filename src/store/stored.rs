//! An article as it is stored, and what a submission makes of it.
//!
//! Knows nothing of SQL; reads and writes nothing.

use sha2::{Digest, Sha256};

use super::submission::{Brought, OwnLabels, Submission, Updated};
use crate::article::{Article, Content, Labels, Slug, Time};
use crate::feed::FeedKey;

/// An article with what the store alone knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its row.
    pub row: i64,
    /// Grows with every change of its bytes.
    pub version: u64,
    /// Which labels it brought.
    pub brought: Brought,
    /// Who brought it.
    pub source: String,
    /// What its source calls it; empty once it has been erased.
    pub own_id: String,
    /// The source's own date of its last significant change, if it gave one.
    pub said_updated: Option<Time>,
    /// When its source last said that it is to appear, if it gave a time.
    pub said_published: Option<Time>,
    /// Whether its time has not come yet: nobody but its newsroom sees it.
    pub embargoed: bool,
    /// Whether its text has been erased.
    pub purged: bool,
    /// What readers see.
    pub article: Article,
}

impl Stored {
    /// What tells one state of it from another: its version, and a hash of what it is, since a number that was lost in
    /// a restored backup comes again.
    pub fn tag(&self) -> String {
        let Self { version, brought, embargoed, purged, article, .. } = self;
        let Article { published, updated, labels, content, withdrawn, .. } = article;
        let brought = (brought.districts, brought.topics);
        let state = (brought, embargoed, purged, published, updated, labels, content, withdrawn);
        let bytes = serde_json::to_vec(&state).expect("texts and numbers are always JSON");
        format!("{version}-{}", data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)[..4]))
    }

    /// What a source's own date says that has moved on since it was last heard.
    pub fn moved(&self, updated: Option<Updated>) -> Option<Time> {
        let moved = updated.filter(|updated| updated.said > self.said_updated.unwrap_or(self.article.published));
        moved.map(|updated| updated.told)
    }

    /// The latest date of change that its source has ever said, when it says this.
    pub fn latest_said(&self, updated: Option<Updated>) -> Option<Time> {
        self.said_updated.max(updated.map(|updated| updated.said))
    }
}

/// The article that a submission makes of a stored one, and whether that is significant; `None` if it is the same.
///
/// `updated` moves if the source's own has moved; should editors have acted since, it still moves on.
pub fn replaced(old: &Stored, new: &Submission) -> Option<(Article, bool)> {
    let moved = old.moved(new.updated);
    let (published, updated) = match (old.embargoed, moved) {
        (true, _) => {
            // Editors may have moved it since; that stands until its source says another time.
            let moved = new.published.given().filter(|given| Some(*given) != old.said_published);
            let published = moved.unwrap_or(old.article.published);
            (published, new.updated.map_or(published, |updated| updated.told.max(published)))
        }
        (false, Some(moved)) => (old.article.published, moved.max(old.article.updated.plus(1))),
        (false, None) => (old.article.published, old.article.updated),
    };
    let mut content = new.content.clone();
    let (was, is) = (&old.article.content.html, &content.html);
    if reads_alike(was.as_str(), is.as_str()) {
        content.html.clone_from(was);
    }
    let labels = labels_after(old, &content, &new.own, &new.ruled);
    let article = Article { published, updated, labels, content, ..old.article.clone() };
    let significant = !old.embargoed && moved.is_some();
    (article != old.article).then_some((article, significant))
}

/// Whether two bodies differ at most in what is lost when one is read and put again: white space at the end, and how a
/// quotation mark is written.
fn reads_alike(one: &str, other: &str) -> bool {
    let plain = |html: &str| html.trim_ascii_end().replace("&quot;", "\"");
    one == other || plain(one) == plain(other)
}

/// Where an article belongs that says something else now.
///
/// An axis that the article labels itself is taken from it; one that it leaves to the rules is decided anew if the
/// text changed or the axis was its own before, and kept otherwise (rule 5: an edit of the text classifies anew).
pub fn labels_after(old: &Stored, content: &Content, own: &OwnLabels, ruled: &Labels) -> Labels {
    let before = &old.article.content;
    let text_changed = before.title != content.title || before.html != content.html;
    let axis = |own: &Option<Vec<Slug>>, ruled: &[Slug], kept: &[Slug], was_own: bool| match own {
        Some(own) => own.clone(),
        None if text_changed || was_own => ruled.to_vec(),
        None => kept.to_vec(),
    };
    let kept = &old.article.labels;
    Labels {
        districts: axis(&own.districts, &ruled.districts, &kept.districts, old.brought.districts),
        topics: axis(&own.topics, &ruled.topics, &kept.topics, old.brought.topics),
    }
}

/// Every feed an article with these labels belongs to (a pair for each district and topic).
pub fn feeds_of(labels: &Labels) -> Vec<FeedKey> {
    let districts = labels.districts.iter().cloned().map(FeedKey::District);
    let topics = labels.topics.iter().cloned().map(FeedKey::Topic);
    let pairs =
        labels.districts.iter().flat_map(|d| labels.topics.iter().map(move |t| FeedKey::Pair(d.clone(), t.clone())));
    std::iter::once(FeedKey::All).chain(districts).chain(topics).chain(pairs).collect()
}
