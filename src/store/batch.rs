//! What the write spine hands to the store, and what it hears back.
//!
//! Knows nothing of SQL; a batch is decided upon by [`decide`], which is pure.

use crate::article::{Article, Content, Key, Labels, Slug, Time};
use crate::feed::FeedKey;

/// The most articles a revision carries (rule 1); a larger batch makes several.
pub const MAX_REVISION: usize = 200;

/// When an article is said to have been published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// Its source says so; taken as it is, if the article is new.
    Given(Time),
    /// Its source says nothing: this moment, or the next earlier second that no other article has, if it is new.
    Assumed(Time),
}

impl Published {
    /// The time, given or assumed.
    pub fn time(self) -> Time {
        match self {
            Self::Given(time) | Self::Assumed(time) => time,
        }
    }
}

/// An article as the store takes it: cleaned and classified, not yet compared with what is stored.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Its permanent name.
    pub key: Key,
    /// The id it gets if it is new.
    pub id: String,
    /// Who brings it.
    pub source: String,
    /// What its source calls it.
    pub own_id: String,
    /// When it was published.
    pub published: Published,
    /// The source's own date of the last significant change.
    pub updated: Option<Time>,
    /// What it says.
    pub content: Content,
    /// Districts that it brings; `None` leaves them to the rules.
    pub districts: Option<Vec<Slug>>,
    /// Topics that it brings; `None` leaves them to the rules.
    pub topics: Option<Vec<Slug>>,
    /// What the rules say.
    pub ruled: Labels,
    /// A hash of all that its source says but for `published`; equal to the stored one if nothing changed.
    pub hash: String,
    /// About how much memory it takes.
    pub bytes: usize,
}

/// Submissions that are written in one transaction, no key twice.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The articles.
    pub submissions: Vec<Submission>,
    /// For a backfill: the newest `published` of the whole import. What is much older joins at the tail.
    pub backfill: Option<Time>,
}

/// What became of one submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    New,
    /// It replaced what was stored; `significant` if `updated` moved.
    Edited {
        /// Whether readers are told.
        significant: bool,
    },
    /// Nothing of it is published differently.
    Unchanged,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// One for each submission, in order.
    pub fates: Vec<Fate>,
    /// The last revision that it made, if it changed anything.
    pub revision: Option<u64>,
}

/// What became of a withdrawal or a restoration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// There is no such article.
    Unknown,
    /// It was as wanted before.
    Already,
    /// It is as wanted now; the revision's number.
    Done(u64),
}

/// An article with what the store alone knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its row.
    pub row: i64,
    /// Grows with every change of its bytes.
    pub version: u64,
    /// Which labels it brought.
    pub brought: Brought,
    /// What readers see.
    pub article: Article,
}

/// Which axes an article labelled itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Its districts came with it.
    pub districts: bool,
    /// Its topics came with it.
    pub topics: bool,
}

impl Submission {
    /// Which axes it labels itself.
    pub fn brought(&self) -> Brought {
        Brought { districts: self.districts.is_some(), topics: self.topics.is_some() }
    }
}

/// What a submission makes of a stored article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The same bytes: at most the hash is new.
    Same,
    /// Other bytes; the article as it is to be stored.
    Edit {
        /// With its new content, labels and perhaps `updated`.
        article: Box<Article>,
        /// Whether `updated` moved.
        significant: bool,
    },
}

/// Compares a submission whose hash differs with what is stored.
///
/// An axis that the article labels itself is taken from it; one that it leaves to the rules is decided anew if the
/// text changed or the axis was its own before, and kept otherwise (rule 5: an edit of the text classifies anew).
pub fn decide(old: &Stored, new: &Submission) -> Decision {
    let before = &old.article.content;
    let text_changed = before.title != new.content.title || before.html != new.content.html;
    let axis = |own: &Option<Vec<Slug>>, ruled: &[Slug], kept: &[Slug], was_own: bool| match own {
        Some(own) => own.clone(),
        None if text_changed || was_own => ruled.to_vec(),
        None => kept.to_vec(),
    };
    let labels = Labels {
        districts: axis(&new.districts, &new.ruled.districts, &old.article.labels.districts, old.brought.districts),
        topics: axis(&new.topics, &new.ruled.topics, &old.article.labels.topics, old.brought.topics),
    };
    let significant = new.updated.is_some_and(|moved| moved > old.article.updated);
    let updated = if significant { new.updated.unwrap_or(old.article.updated) } else { old.article.updated };
    let article = Article { updated, labels, content: new.content.clone(), ..old.article.clone() };
    if article == old.article { Decision::Same } else { Decision::Edit { article: Box::new(article), significant } }
}

/// Every feed an article with these labels belongs to (a pair for each district and topic).
pub fn feeds_of(labels: &Labels) -> Vec<FeedKey> {
    let districts = labels.districts.iter().cloned().map(FeedKey::District);
    let topics = labels.topics.iter().cloned().map(FeedKey::Topic);
    let pairs =
        labels.districts.iter().flat_map(|d| labels.topics.iter().map(move |t| FeedKey::Pair(d.clone(), t.clone())));
    std::iter::once(FeedKey::All).chain(districts).chain(topics).chain(pairs).collect()
}
