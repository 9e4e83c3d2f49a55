//! What the store answers: revisions, feeds' states and documents.
//!
//! Knows nothing of SQL or of how an answer is found.

use std::collections::HashMap;

use crate::article::{Article, Key, Labels, Time};
use crate::feed::FeedKey;
use crate::feed::catch_up::Coverage;
use crate::feed::window::Neighbours;

/// One change of what is published (rule 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Grows by one.
    pub number: u64,
    /// Strictly grows, and is never before the second after the change.
    pub time: Time,
    /// Tells two histories apart that gave the same number.
    pub nonce: u32,
}

/// A feed as the 304 decision needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedState {
    /// The last revision that changed its document.
    pub revision: u64,
    /// How many articles it holds.
    pub entries: u64,
    /// The last revision that touched anything in it.
    pub touched: u64,
}

/// What the store knows that its reader does not yet; without revisions there is nothing.
#[derive(Clone, Debug)]
pub struct Change {
    /// Revisions that are new to the reader, by number.
    pub revisions: Vec<Revision>,
    /// Every feed that something has joined.
    pub feeds: HashMap<FeedKey, FeedState>,
    /// The revision of the last fingerprint: that of every feed without a state.
    pub fingerprint: u64,
    /// The day, counted from 1970, of the newest article of all, if there is any.
    pub today: Option<i64>,
}

/// A feed's document, or what a client lacks of it: one snapshot.
#[derive(Clone, Debug)]
pub struct Document {
    /// The revision up to which this tells everything.
    pub revision: Revision,
    /// The revision since which the feed's document shows every change.
    pub complete_since: u64,
    /// What these articles are of the feed.
    pub coverage: Coverage,
    /// The archive page that the feed's document leads to, if there are archives.
    pub newest_page: Option<i64>,
    /// By `published`, newest first, ties by id.
    pub articles: Vec<Article>,
}

/// An archive page of a feed: one snapshot.
#[derive(Clone, Debug)]
pub struct ArchivePage {
    /// The last revision that changed its bytes.
    pub revision: Revision,
    /// The pages beside it.
    pub neighbours: Neighbours,
    /// By `published`, newest first, ties by id.
    pub articles: Vec<Article>,
}

/// An article in a list of all, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its row: rows grow as articles come.
    pub row: i64,
    /// Its short permanent name.
    pub key: Key,
    /// Its permanent id.
    pub id: String,
    /// Who brought it.
    pub source: String,
    /// What its source calls it; empty once it has been erased.
    pub own_id: String,
    /// Its headline.
    pub title: String,
    /// When it became public, or will.
    pub published: Time,
    /// When it last changed significantly.
    pub updated: Time,
    /// Where it belongs.
    pub labels: Labels,
    /// Whether its time has not come yet.
    pub embargoed: bool,
    /// Whether a notice stands in its place.
    pub withdrawn: bool,
    /// Whether its text has been erased.
    pub purged: bool,
}
