//! The content of a feed document, before any format: the model that all renderers share.
//!
//! Knows nothing of XML, JSON, HTTP or the store.

use crate::article::{Article, Html, Time};
use crate::feed::FeedKey;
use crate::feed::window::Neighbours;

/// The most HTML of one article that a feed carries, in bytes; of a longer one it shows the summary and the link.
pub const MAX_FEED_HTML: usize = 64 * 1024;

/// One feed document: a feed's entries as they are to be shown, newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// Which feed.
    pub key: FeedKey,
    /// Which part of it.
    pub part: Part,
    /// The feed's `updated` (RFC 4287 §4.2.15): the latest of its entries', or the revision's time if it has none.
    pub updated: Time,
    /// By `published`, newest first, ties by id.
    pub entries: Vec<Article>,
}

/// Which part of a feed a document is, and what it leads to (RFC 5005 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The subscription document, to be polled.
    Subscription {
        /// The newest archive page, if there are archives.
        newest: Option<i64>,
    },
    /// An archive page, to be read once.
    Archive {
        /// Its number.
        page: i64,
        /// The pages beside it.
        neighbours: Neighbours,
    },
}

/// The HTML that feeds show of an article; `None` if it has no body, or one too long for a feed.
pub fn feed_html(article: &Article) -> Option<&Html> {
    let html = &article.content.html;
    (!html.is_empty() && html.as_str().len() <= MAX_FEED_HTML).then_some(html)
}
