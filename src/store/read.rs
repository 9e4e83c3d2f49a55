//! What the store answers: each in one read transaction, so that a page and its revision belong together (rule 6).
//!
//! Knows nothing of formats or requests, and writes nothing.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::batch::Stored;
use super::row::{self, FeedRow};
use super::{Change, Document, FeedState, Revision, StoreError, sql};
use crate::article::Key;
use crate::feed::FeedKey;
use crate::feed::window::{self, EntryHead, Extent, MAX_ENTRIES};

/// All revisions after `number`, with every feed's state now.
pub fn changes_after(connection: &mut Connection, number: u64) -> Result<Change, StoreError> {
    let tx = connection.transaction()?;
    let revisions = tx
        .prepare_cached(sql::REVISIONS_AFTER)?
        .query_map([number as i64], row::revision)?
        .collect::<Result<Vec<_>, _>>()?;
    let feeds = feeds(&tx)?
        .into_iter()
        .filter_map(|feed| {
            let state = FeedState { revision: feed.revision, entries: feed.entries.max(0) as u64 };
            FeedKey::parse(&feed.key).map(|key| (key, state))
        })
        .collect();
    let (_, fingerprint) = fingerprint(&tx)?.ok_or(StoreError::Damaged("fingerprint"))?;
    Ok(Change { revisions, feeds, fingerprint })
}

/// A feed's document: its entries' articles with the revision of exactly these bytes.
pub fn document(connection: &mut Connection, key: &FeedKey) -> Result<Document, StoreError> {
    let tx = connection.transaction()?;
    let Some(feed) = row::feed_by_key(&tx, key)? else {
        let (_, number) = fingerprint(&tx)?.ok_or(StoreError::Damaged("fingerprint"))?;
        return Ok(Document { revision: revision(&tx, number)?, articles: Vec::new() });
    };
    let mut articles = Vec::new();
    for head in listing(&tx, feed.feed_id, feed.extent)? {
        articles.push(row::load(&tx, head.article)?.ok_or(StoreError::Damaged("entry"))?.article);
    }
    articles.sort_unstable_by(|a, b| b.published.cmp(&a.published).then_with(|| a.id.cmp(&b.id)));
    Ok(Document { revision: revision(&tx, feed.revision)?, articles })
}

/// One article.
pub fn article(connection: &mut Connection, key: &Key) -> Result<Option<Stored>, StoreError> {
    row::load_by_key(connection, key)
}

/// Up to `limit` articles' keys, in their order, after one of them or from the first.
pub fn keys_after(connection: &mut Connection, after: Option<&Key>, limit: u32) -> Result<Vec<Key>, StoreError> {
    let mut statement = connection.prepare_cached(sql::KEYS_AFTER)?;
    let keys = statement.query_map((after.map_or("", Key::as_str), limit), |r| r.get::<_, String>(0))?;
    keys.map(|key| Key::parse(&key?).ok_or(StoreError::Damaged("key"))).collect()
}

/// The entries of a feed's document, in no particular order.
pub fn listing(tx: &Transaction<'_>, feed_id: i64, extent: Extent) -> Result<Vec<EntryHead>, StoreError> {
    let newest: Option<i64> = tx.prepare_cached(sql::NEWEST_CHANGE)?.query_row([feed_id], |r| r.get(0)).optional()?;
    let Some(newest) = newest else { return Ok(Vec::new()) };
    let within: Option<i64> =
        tx.prepare_cached(sql::FIRST_WITHIN)?.query_row([newest, window::WINDOW], |r| r.get(0))?;
    let always = tx
        .prepare_cached(sql::ENTRIES_FROM)?
        .query_map([feed_id, extent.always_from()], row::entry)?
        .collect::<Result<Vec<_>, _>>()?;
    // One more than a document holds: those shown whatever their age may stand among the most recent.
    let limit = (MAX_ENTRIES + always.len()) as i64;
    let mut statement = tx.prepare_cached(sql::ENTRIES_BY_CHANGE)?;
    let recent = statement.query_map([feed_id, limit], row::entry)?;
    Ok(window::document(always, recent, within.map_or(u64::MAX, |n| n.max(0) as u64))?)
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

fn revision(tx: &Transaction<'_>, number: u64) -> Result<Revision, StoreError> {
    let found = tx.prepare_cached(sql::REVISION)?.query_row([number as i64], row::revision).optional()?;
    found.ok_or(StoreError::Damaged("revision"))
}

/// The last revision, if there is any.
pub fn last_revision(tx: &Transaction<'_>) -> Result<Option<Revision>, StoreError> {
    Ok(tx.prepare_cached(sql::LAST_REVISION)?.query_row([], row::revision).optional()?)
}
