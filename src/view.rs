//! What pages for people say, before any markup: what the store hands to them, each in one snapshot.
//!
//! Knows nothing of HTML, of languages or of the store.

use std::ops::RangeInclusive;

use crate::article::{Article, Key, Time};
use crate::feed::FeedKey;
use crate::feed::window::Neighbours;

/// Days of the rhythm that a page shows: 53 weeks.
pub const YEAR: i64 = 53 * 7;

/// The days that count as lately.
pub const LATELY: i64 = 30;

/// What the page of a feed shows of it: one snapshot.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// The day, counted from 1970, of the newest article of the site: the last of the days that are counted. None while
    /// nothing has been published.
    pub today: Option<i64>,
    /// Its latest articles without their texts, newest first, ties by id: all that stand in no archive page, and 50 at
    /// least if there are as many; of a combination, 50.
    pub latest: Vec<Article>,
    /// The numbers of its archive pages; an empty range if there are none.
    pub archives: Option<RangeInclusive<i64>>,
    /// How many articles it holds that are not withdrawn; of a combination, its cells together: one that stands in several
    /// counts in each.
    pub entries: u64,
    /// How many of these are of which day, for the days of the last 53 weeks that have any.
    pub days: Vec<(i64, u64)>,
    /// How many articles each stored feed holds of the last 30 days: for the feed of everything alone.
    pub lately: Vec<(FeedKey, u64)>,
}

/// An archive page for people: one snapshot.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The last revision that touched it.
    pub touched: u64,
    /// The pages beside it.
    pub neighbours: Neighbours,
    /// Its articles without their texts, newest first, ties by id.
    pub articles: Vec<Article>,
}

/// What the page of an article shows: one snapshot.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The article.
    pub article: Article,
    /// The last revision that touched it or what stands beside it.
    pub touched: u64,
    /// What stands beside it in the feed of everything, in its districts and its topics.
    pub beside: Vec<Beside>,
}

/// What stands before and after an article in a feed, without texts.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The feed.
    pub feed: FeedKey,
    /// What joined before it.
    pub older: Option<Article>,
    /// What joined after it.
    pub newer: Option<Article>,
}

/// What there is to tell of: one snapshot.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The numbers of the feed of everything.
    pub numbers: RangeInclusive<i64>,
    /// The stored feeds that hold anything.
    pub feeds: Vec<FeedKey>,
    /// All articles that are to be read here, the latest first, with the times of their last significant changes; `None`
    /// if they are too many.
    pub pages: Option<Vec<(Key, Time)>>,
}

/// The same of a stretch of the feed of everything.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// The last revision that touched it.
    pub touched: u64,
    /// Its articles.
    pub pages: Vec<(Key, Time)>,
}
