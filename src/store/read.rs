//! What the store answers: each in one read transaction, so that a page and its revision belong together (rule 6).
//!
//! Knows nothing of formats or requests, and writes nothing.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::command::MAX_REVISION;
use super::row::{self, FeedRow};
use super::{ArchivePage, Change, Document, FeedState, Revision, StoreError, rhythm, sql};
use crate::article::{Article, Key, Time};
use crate::feed::FeedKey;
use crate::feed::catch_up::{self, CatchUp, Since};
use crate::feed::window::{self, Chosen, EntryHead, Extent, MAX_ENTRIES, Neighbours};

/// All revisions after `number`, with every feed's state now, if there are any.
pub fn changes_after(connection: &mut Connection, number: u64) -> Result<Change, StoreError> {
    let tx = connection.transaction()?;
    let revisions = tx
        .prepare_cached(sql::REVISIONS_AFTER)?
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
pub fn document(connection: &mut Connection, key: &FeedKey, since: Option<Since>) -> Result<Document, StoreError> {
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
pub fn archive(connection: &mut Connection, key: &FeedKey, page: i64) -> Result<Option<ArchivePage>, StoreError> {
    let tx = connection.transaction()?;
    let Some((feed, neighbours)) = shelved(&tx, key, page)? else { return Ok(None) };
    let articles = articles(&tx, rows_of_page(&tx, &feed, page)?.into_iter())?;
    Ok(Some(ArchivePage { revision: page_revision(&tx, &feed, page)?, neighbours, articles }))
}

/// The rows of the articles that stand in an archive page.
pub fn rows_of_page(tx: &Transaction<'_>, feed: &FeedRow, page: i64) -> Result<Vec<i64>, StoreError> {
    let numbers = window::numbers(page);
    let mut statement = tx.prepare_cached(sql::ENTRIES_OF_PAGE)?;
    let rows = statement.query_map([feed.feed_id, *numbers.start(), *numbers.end()], |r| r.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The last revision that changed an archive page's bytes; `None` if there is none of this number.
pub fn archive_revision(connection: &mut Connection, key: &FeedKey, page: i64) -> Result<Option<Revision>, StoreError> {
    let tx = connection.transaction()?;
    let found = shelved(&tx, key, page)?;
    found.map(|(feed, _)| page_revision(&tx, &feed, page)).transpose()
}

/// How far a feed's archives reach; an empty range if there are none.
pub fn archive_pages(connection: &mut Connection, key: &FeedKey) -> Result<RangeInclusive<i64>, StoreError> {
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
    let joined = ask(sql::LATER_JOINED, before, after)?;
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
    let mut statement = tx.prepare_cached(sql::ENTRIES_CHANGED_AFTER)?;
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
pub fn keys_after(connection: &mut Connection, after: Option<&Key>, limit: u32) -> Result<Vec<Key>, StoreError> {
    let mut statement = connection.prepare_cached(sql::KEYS_AFTER)?;
    let keys = statement.query_map((after.map_or("", Key::as_str), limit), |r| r.get::<_, String>(0))?;
    keys.map(|key| Key::parse(&key?).ok_or(StoreError::Damaged("key"))).collect()
}

/// When the next article under embargo is to appear.
pub fn next_due(connection: &mut Connection) -> Result<Option<Time>, StoreError> {
    let due: Option<i64> = connection.prepare_cached(sql::NEXT_DUE)?.query_row([], |r| r.get(0))?;
    Ok(due.map(Time))
}

/// The entries of a feed's document.
pub fn listing(tx: &Transaction<'_>, feed_id: i64, extent: Extent) -> Result<Chosen, StoreError> {
    let Some(newest) = newest_change(tx, feed_id)? else { return Ok(Chosen::default()) };
    let always = tx
        .prepare_cached(sql::ENTRIES_FROM)?
        .query_map([feed_id, extent.always_from()], row::entry)?
        .collect::<Result<Vec<_>, _>>()?;
    // Those shown whatever their age may stand among the most recent, and the first that is not shown is looked at.
    let limit = (MAX_ENTRIES + always.len() + 1) as i64;
    let mut statement = tx.prepare_cached(sql::ENTRIES_BY_CHANGE)?;
    let recent = statement.query_map([feed_id, limit], row::entry)?;
    Ok(window::document(always, recent, first_within(tx, newest)?)?)
}

/// The revision of a feed's last change that readers should hear of, if it holds anything.
pub fn newest_change(tx: &Transaction<'_>, feed_id: i64) -> Result<Option<i64>, StoreError> {
    Ok(tx.prepare_cached(sql::NEWEST_CHANGE)?.query_row([feed_id], |r| r.get(0)).optional()?)
}

/// The first revision so close to this one that a document still shows its changes.
fn first_within(tx: &Transaction<'_>, newest: i64) -> Result<u64, StoreError> {
    let within: Option<i64> =
        tx.prepare_cached(sql::FIRST_WITHIN)?.query_row([newest, window::WINDOW], |r| r.get(0))?;
    Ok(within.map_or(u64::MAX, |number| number.max(0) as u64))
}

/// Every feed's row.
pub fn feeds(tx: &Transaction<'_>) -> Result<Vec<FeedRow>, StoreError> {
    Ok(tx.prepare_cached(sql::FEEDS)?.query_map([], row::feed)?.collect::<Result<Vec<_>, _>>()?)
}

/// The last fingerprint and its revision's number.
pub fn fingerprint(tx: &Transaction<'_>) -> Result<Option<(String, u64)>, StoreError> {
    let read = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get::<_, i64>(1)?.max(0) as u64));
    Ok(tx.prepare_cached(sql::FINGERPRINT)?.query_row([], read).optional()?)
}

/// The number of the last fingerprint's revision: a store is born with one.
pub fn last_fingerprint(tx: &Transaction<'_>) -> Result<u64, StoreError> {
    Ok(fingerprint(tx)?.ok_or(StoreError::Damaged("fingerprint"))?.1)
}

fn revision(tx: &Transaction<'_>, number: u64) -> Result<Revision, StoreError> {
    let found = tx.prepare_cached(sql::REVISION)?.query_row([number as i64], row::revision).optional()?;
    found.ok_or(StoreError::Damaged("revision"))
}

/// The last revision, if there is any.
pub fn last_revision(tx: &Transaction<'_>) -> Result<Option<Revision>, StoreError> {
    Ok(tx.prepare_cached(sql::LAST_REVISION)?.query_row([], row::revision).optional()?)
}
