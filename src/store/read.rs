//! What the store answers: each in one read transaction, so that a page and its revision belong together (rule 6).
//!
//! Knows nothing of formats or requests, and writes nothing.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::command::MAX_REVISION;
use super::row::{self, FeedRow};
use super::{ArchivePage, Change, Document, FeedState, Pending, Revision, Store, StoreError, rhythm, sql};
use crate::article::{Article, Key, Time};
use crate::feed::FeedKey;
use crate::feed::catch_up::{self, CatchUp, Since};
use crate::feed::window::{self, Chosen, EntryHead, Extent, MAX_ENTRIES, Neighbours};

const LAST_REVISION: &str = "SELECT number, time, nonce FROM revision ORDER BY number DESC LIMIT 1";
const REVISION: &str = "SELECT number, time, nonce FROM revision WHERE number = ?1";
const REVISIONS_AFTER: &str = "SELECT number, time, nonce FROM revision WHERE number > ?1 ORDER BY number";
/// The first revision within ?2 seconds of revision ?1, itself included; NULL if there is no such revision.
const FIRST_WITHIN: &str =
    "SELECT MIN(number) FROM revision WHERE time >= (SELECT time FROM revision WHERE number = ?1) - ?2";
const FINGERPRINT: &str = "SELECT hash, revision FROM fingerprint WHERE id = 1";
const FEEDS: &str = "SELECT feed_id, key, head, tail, newest, entries, revision, touched FROM feed";
/// By key, so that pages of them are stable while others are added; without those under embargo.
const KEYS_AFTER: &str = "SELECT key FROM article WHERE key > ?1 AND embargoed = 0 ORDER BY key LIMIT ?2";
const NEXT_DUE: &str = "SELECT MIN(published) FROM article WHERE embargoed = 1 AND notice IS NULL";
/// What a document shows whatever its age.
const ENTRIES_FROM: &str = "SELECT e.article_id, e.position, e.changed, e.touched, a.published, a.version, a.size
    FROM entry e JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.position >= ?2 AND e.held = 1";
/// A feed's entries by recency of change; the reader stops when it has enough.
const ENTRIES_BY_CHANGE: &str = "SELECT e.article_id, e.position, e.changed, e.touched, a.published, a.version, a.size
    FROM entry e JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.held = 1
    ORDER BY e.changed DESC, e.position DESC LIMIT ?2";
/// A feed's entries that changed after a revision, oldest change first.
const ENTRIES_CHANGED_AFTER: &str = "SELECT e.article_id, e.position, e.changed, e.touched, a.published, a.version,
    a.size FROM entry e JOIN article a ON a.article_id = e.article_id WHERE e.feed_id = ?1 AND e.held = 1
    AND e.changed > ?2 ORDER BY e.changed, e.position LIMIT ?3";
const NEWEST_CHANGE: &str =
    "SELECT changed FROM entry WHERE feed_id = ?1 AND held = 1 ORDER BY changed DESC, position DESC LIMIT 1";
/// The entries that an archive page shows, and the last revision that touched any of its numbers.
const ENTRIES_OF_PAGE: &str = "SELECT article_id FROM entry
    WHERE feed_id = ?1 AND position BETWEEN ?2 AND ?3 AND held = 1";
/// The later of the revisions at which two numbers were given; NULL if neither was.
const LATER_JOINED: &str = "SELECT MAX(joined) FROM entry WHERE feed_id = ?1 AND position IN (?2, ?3)";

impl Store {
    /// Every revision after `number`, and, if there are any, every feed's state.
    pub fn changes_after(&self, number: u64) -> Pending<Change> {
        self.engine.read(move |connection| changes_after(connection, number))
    }

    /// A feed's document, or, for a client that has everything up to a revision, what it is to be sent.
    pub fn document(&self, key: &FeedKey, since: Option<Since>) -> Pending<Document> {
        let key = key.clone();
        self.engine.read(move |connection| document(connection, &key, since))
    }

    /// An archive page of a feed; `None` if there is none of this number.
    pub fn archive(&self, key: &FeedKey, page: i64) -> Pending<Option<ArchivePage>> {
        let key = key.clone();
        self.engine.read(move |connection| archive(connection, &key, page))
    }

    /// The last revision that changed an archive page; `None` if there is none of this number.
    pub fn archive_revision(&self, key: &FeedKey, page: i64) -> Pending<Option<Revision>> {
        let key = key.clone();
        self.engine.read(move |connection| archive_revision(connection, &key, page))
    }

    /// The numbers of a feed's archive pages; an empty range if there are none.
    pub fn archive_pages(&self, key: &FeedKey) -> Pending<RangeInclusive<i64>> {
        let key = key.clone();
        self.engine.read(move |connection| archive_pages(connection, &key))
    }

    /// The public article that was at this path before, which is given as [`crate::feed::compared`] has it.
    pub fn moved(&self, path: &str) -> Pending<Option<Key>> {
        let path = path.to_owned();
        self.engine.read(move |connection| row::at_address(connection, &path))
    }

    /// When the next article under embargo is to appear, if there is any.
    pub fn next_due(&self) -> Pending<Option<Time>> {
        self.engine.read(next_due)
    }

    /// Up to `limit` public articles' keys, in their order, after one of them or from the first.
    pub fn keys_after(&self, after: Option<&Key>, limit: u32) -> Pending<Vec<Key>> {
        let after = after.cloned();
        self.engine.read(move |connection| keys_after(connection, after.as_ref(), limit))
    }
}

/// All revisions after `number`, with every feed's state now, if there are any.
fn changes_after(connection: &mut Connection, number: u64) -> Result<Change, StoreError> {
    let tx = connection.transaction()?;
    let revisions = tx
        .prepare_cached(REVISIONS_AFTER)?
        .query_map([number as i64], row::revision)?
        .collect::<Result<Vec<_>, _>>()?;
    if revisions.is_empty() {
        // Asked for by whoever names a revision that nobody has made: it costs no more than this.
        return Ok(Change { revisions, feeds: HashMap::new(), fingerprint: 0, today: None });
    }
    let feeds = feeds(&tx)?
        .into_iter()
        .filter_map(|feed| {
            let FeedRow { revision, touched, .. } = feed;
            let state = FeedState { revision, entries: feed.entries.max(0) as u64, touched };
            FeedKey::parse(&feed.key).map(|key| (key, state))
        })
        .collect();
    let fingerprint = last_fingerprint(&tx)?;
    Ok(Change { revisions, feeds, fingerprint, today: rhythm::today(&tx)? })
}

/// A feed's document, or what of it and of its other entries a client lacks, with the revision of exactly these bytes.
fn document(connection: &mut Connection, key: &FeedKey, since: Option<Since>) -> Result<Document, StoreError> {
    let tx = connection.transaction()?;
    let fingerprint = last_fingerprint(&tx)?;
    let rows = key.cells().iter().map(|cell| row::feed_by_key(&tx, cell)).collect::<Result<Vec<_>, _>>()?;
    // A feed that nothing has joined has the last fingerprint's revision; a combination, the last of its cells'.
    let current = rows.iter().map(|row| row.as_ref().map_or(fingerprint, |feed| feed.revision)).max();
    let cells: Vec<FeedRow> = rows.into_iter().flatten().collect();
    let chosen = choose(&tx, &cells, matches!(key, FeedKey::Combination(_)))?;
    let told = match since {
        None => CatchUp { entries: chosen.entries, until: None, document: true },
        Some(since) => catch_up::select(&chosen, &changes(&tx, &cells, since.revision)?, since),
    };
    let articles = articles(&tx, told.entries.iter().map(|head| head.article))?;
    let revision = revision(&tx, told.until.or(current).unwrap_or(fingerprint))?;
    let newest_page = match &cells[..] {
        [feed] if key.is_stored() => feed.extent.newest_page(),
        _ => None,
    };
    Ok(Document { revision, complete_since: chosen.complete_since, coverage: told.coverage(), newest_page, articles })
}

/// These articles as a document or an archive page shows them.
fn articles(tx: &Transaction<'_>, rows: impl Iterator<Item = i64>) -> Result<Vec<Article>, StoreError> {
    let load = |row| Ok((row, row::load(tx, row)?.ok_or(StoreError::Damaged("entry"))?.article));
    Ok(arranged(rows.map(load).collect::<Result<_, StoreError>>()?))
}

/// Articles by their rows: newest first; of the same second, the last to come first.
pub fn arranged(mut articles: Vec<(i64, Article)>) -> Vec<Article> {
    articles.sort_unstable_by_key(|(row, article)| Reverse((article.published, *row)));
    articles.into_iter().map(|(_, article)| article).collect()
}

/// An archive page of a feed; `None` if there is none of this number. It reads its own entries and no others.
fn archive(connection: &mut Connection, key: &FeedKey, page: i64) -> Result<Option<ArchivePage>, StoreError> {
    let tx = connection.transaction()?;
    let Some((feed, neighbours)) = shelved(&tx, key, page)? else { return Ok(None) };
    let articles = articles(&tx, rows_of_page(&tx, &feed, page)?.into_iter())?;
    Ok(Some(ArchivePage { revision: page_revision(&tx, &feed, page)?, neighbours, articles }))
}

/// The rows of the articles that stand in an archive page.
pub fn rows_of_page(tx: &Transaction<'_>, feed: &FeedRow, page: i64) -> Result<Vec<i64>, StoreError> {
    let numbers = window::numbers(page);
    let mut statement = tx.prepare_cached(ENTRIES_OF_PAGE)?;
    let rows = statement.query_map([feed.feed_id, *numbers.start(), *numbers.end()], |r| r.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The last revision that changed an archive page's bytes; `None` if there is none of this number.
fn archive_revision(connection: &mut Connection, key: &FeedKey, page: i64) -> Result<Option<Revision>, StoreError> {
    let tx = connection.transaction()?;
    let found = shelved(&tx, key, page)?;
    found.map(|(feed, _)| page_revision(&tx, &feed, page)).transpose()
}

/// How far a feed's archives reach; an empty range if there are none.
fn archive_pages(connection: &mut Connection, key: &FeedKey) -> Result<RangeInclusive<i64>, StoreError> {
    let extent = row::feed_by_key(connection, key)?.map_or(Extent::EMPTY, |feed| feed.extent);
    Ok(extent.pages())
}

/// The feed whose archive page this is, and the pages beside it. Combinations have neither rows nor archives.
pub fn shelved(tx: &Transaction<'_>, key: &FeedKey, page: i64) -> Result<Option<(FeedRow, Neighbours)>, StoreError> {
    let feed = row::feed_by_key(tx, key)?;
    Ok(feed.and_then(|feed| feed.extent.neighbours(page).map(|neighbours| (feed, neighbours))))
}

/// The greatest of what touched the page's numbers, of what gave it its neighbours, and of the last fingerprint.
pub fn page_revision(tx: &Transaction<'_>, feed: &FeedRow, page: i64) -> Result<Revision, StoreError> {
    let (numbers, [after, before]) = (window::numbers(page), window::numbers_of_neighbours(page));
    let ask = |sql, first, second| -> Result<Option<i64>, StoreError> {
        Ok(tx.prepare_cached(sql)?.query_row([feed.feed_id, first, second], |r| r.get(0))?)
    };
    let touched = ask(sql::PAGE_TOUCHED, *numbers.start(), *numbers.end())?;
    let joined = ask(LATER_JOINED, before, after)?;
    let touched = touched.max(joined).map_or(0, |number| number.max(0) as u64);
    revision(tx, touched.max(last_fingerprint(tx)?))
}

/// The entries of the document of a feed, or of the union of several.
fn choose(tx: &Transaction<'_>, cells: &[FeedRow], union: bool) -> Result<Chosen, StoreError> {
    let mut documents: Vec<Chosen> =
        cells.iter().map(|feed| listing(tx, feed.feed_id, feed.extent)).collect::<Result<_, _>>()?;
    if !union {
        return Ok(documents.pop().unwrap_or_default());
    }
    let newest = documents.iter().flat_map(|document| &document.entries).map(|entry| entry.changed).max();
    Ok(window::union(documents, first_within(tx, newest.unwrap_or(0) as i64)?))
}

/// More changes of one feed than one answer can tell, in whole revisions, although the document may show as many of them
/// as it has room for: what is cut off is never reached.
const CHANGES: usize = 2 * MAX_ENTRIES + MAX_REVISION + 1;

/// What changed in any of the feeds after a revision, oldest change first.
fn changes(tx: &Transaction<'_>, cells: &[FeedRow], revision: u64) -> Result<Vec<EntryHead>, StoreError> {
    let mut changes = Vec::new();
    let mut statement = tx.prepare_cached(ENTRIES_CHANGED_AFTER)?;
    for feed in cells {
        let entries = statement.query_map([feed.feed_id, revision as i64, CHANGES as i64], row::entry)?;
        for entry in entries {
            changes.push(entry?);
        }
    }
    changes.sort_by_key(|entry| (entry.changed, entry.article));
    Ok(changes)
}

/// Up to `limit` public articles' keys, in their order, after one of them or from the first.
fn keys_after(connection: &mut Connection, after: Option<&Key>, limit: u32) -> Result<Vec<Key>, StoreError> {
    let mut statement = connection.prepare_cached(KEYS_AFTER)?;
    let keys = statement.query_map((after.map_or("", Key::as_str), limit), |r| r.get::<_, String>(0))?;
    keys.map(|key| Key::parse(&key?).ok_or(StoreError::Damaged("key"))).collect()
}

/// When the next article under embargo is to appear.
fn next_due(connection: &mut Connection) -> Result<Option<Time>, StoreError> {
    let due: Option<i64> = connection.prepare_cached(NEXT_DUE)?.query_row([], |r| r.get(0))?;
    Ok(due.map(Time))
}

/// The entries of a feed's document.
pub fn listing(tx: &Transaction<'_>, feed_id: i64, extent: Extent) -> Result<Chosen, StoreError> {
    let Some(newest) = newest_change(tx, feed_id)? else { return Ok(Chosen::default()) };
    let always = tx
        .prepare_cached(ENTRIES_FROM)?
        .query_map([feed_id, extent.always_from()], row::entry)?
        .collect::<Result<Vec<_>, _>>()?;
    // Those shown whatever their age may stand among the most recent, and the first that is not shown is looked at.
    let limit = (MAX_ENTRIES + always.len() + 1) as i64;
    let mut statement = tx.prepare_cached(ENTRIES_BY_CHANGE)?;
    let recent = statement.query_map([feed_id, limit], row::entry)?;
    Ok(window::document(always, recent, first_within(tx, newest)?)?)
}

/// The revision of a feed's last change that readers should hear of, if it holds anything.
fn newest_change(tx: &Transaction<'_>, feed_id: i64) -> Result<Option<i64>, StoreError> {
    Ok(tx.prepare_cached(NEWEST_CHANGE)?.query_row([feed_id], |r| r.get(0)).optional()?)
}

/// The first revision so close to this one that a document still shows its changes.
fn first_within(tx: &Transaction<'_>, newest: i64) -> Result<u64, StoreError> {
    let within: Option<i64> = tx.prepare_cached(FIRST_WITHIN)?.query_row([newest, window::WINDOW], |r| r.get(0))?;
    Ok(within.map_or(u64::MAX, |number| number.max(0) as u64))
}

/// Every feed's row.
pub fn feeds(tx: &Transaction<'_>) -> Result<Vec<FeedRow>, StoreError> {
    Ok(tx.prepare_cached(FEEDS)?.query_map([], row::feed)?.collect::<Result<Vec<_>, _>>()?)
}

/// The last fingerprint and its revision's number.
pub fn fingerprint(tx: &Transaction<'_>) -> Result<Option<(String, u64)>, StoreError> {
    let read = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get::<_, i64>(1)?.max(0) as u64));
    Ok(tx.prepare_cached(FINGERPRINT)?.query_row([], read).optional()?)
}

/// The number of the last fingerprint's revision: a store is born with one.
pub fn last_fingerprint(tx: &Transaction<'_>) -> Result<u64, StoreError> {
    Ok(fingerprint(tx)?.ok_or(StoreError::Damaged("fingerprint"))?.1)
}

fn revision(tx: &Transaction<'_>, number: u64) -> Result<Revision, StoreError> {
    let found = tx.prepare_cached(REVISION)?.query_row([number as i64], row::revision).optional()?;
    found.ok_or(StoreError::Damaged("revision"))
}

/// The last revision, if there is any.
pub fn last_revision(tx: &Transaction<'_>) -> Result<Option<Revision>, StoreError> {
    Ok(tx.prepare_cached(LAST_REVISION)?.query_row([], row::revision).optional()?)
}
