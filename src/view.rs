//! The content of pages for people, before any markup: the store hands it to them, each in one snapshot.
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

/// The part of a feed that its page shows: one snapshot.
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
    /// The number of its articles that are not withdrawn; of a combination, its cells together: one that stands in
    /// several counts in each.
    pub entries: u64,
    /// The number of these by day, for the days of the last 53 weeks that have any.
    pub days: Vec<(i64, u64)>,
    /// The number of articles of the last 30 days in each stored feed: for the feed of everything alone.
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

/// The content of an article's page: one snapshot.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The article.
    pub article: Article,
    /// The last revision that touched it or what stands beside it.
    pub touched: u64,
    /// Its neighbours in the feed of everything, in its districts and its topics.
    pub beside: Vec<Beside>,
}

/// The neighbours of an article in a feed, without texts.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The feed.
    pub feed: FeedKey,
    /// The one that joined before it.
    pub older: Option<Article>,
    /// The one that joined after it.
    pub newer: Option<Article>,
}

/// The content of a sitemap: one snapshot.
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
