//! The writer's transactions: a batch of articles, and the fingerprint (rules 1, 2 and 5).
//!
//! Knows nothing of where articles come from or of how they will look; what to do is decided in `plan`.

use std::collections::HashMap;

use rusqlite::{Connection, ToSql, Transaction, TransactionBehavior, params, params_from_iter};

use super::batch::{Batch, MAX_REVISION, Outcome, Turn};
use super::plan::{Edit, Joins, Plan, plan, plan_notice};
use super::row::{self, FeedRow};
use super::{Clock, Revision, StoreError, read, sql};
use crate::article::{Key, Time};
use crate::feed::window::{Chosen, Extent};

/// Entries that one INSERT carries: wide enough that statements cost little, narrow enough to be kept prepared.
const ENTRIES_A_STATEMENT: usize = 64;

/// Writes a batch: all of it or, if it fails, nothing. Each [`MAX_REVISION`] articles make a revision, if they change
/// anything; they share a transaction, because what is written many times over are the pages of feeds' indexes.
pub fn put(connection: &mut Connection, batch: &Batch, clock: Clock) -> Result<Outcome, StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outcome = Outcome { fates: Vec::with_capacity(batch.submissions.len()), revision: None };
    for submissions in batch.submissions.chunks(MAX_REVISION) {
        let mut plan = plan(&tx, submissions, batch.backfill)?;
        for (row, submission) in &plan.same {
            row::update_hash(&tx, *row, &submission.hash, submission.brought())?;
        }
        if plan.changes() {
            let revision = begin_revision(&tx, clock.now())?;
            carry_out(&tx, &mut plan, revision.number)?;
            outcome.revision = Some(revision.number);
        }
        outcome.fates.append(&mut plan.fates);
    }
    tx.commit()?;
    Ok(outcome)
}

/// Withdraws an article, if there is a note for readers (it may be empty), or restores it.
pub fn set_notice(
    connection: &mut Connection,
    key: &Key,
    notice: Option<&str>,
    clock: Clock,
) -> Result<Turn, StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(stored) = row::load_by_key(&tx, key)? else { return Ok(Turn::Unknown) };
    let Some(mut plan) = plan_notice(&tx, stored, notice, clock.now())? else { return Ok(Turn::Already) };
    let revision = begin_revision(&tx, clock.now())?;
    carry_out(&tx, &mut plan, revision.number)?;
    tx.commit()?;
    Ok(Turn::Done(revision.number))
}

/// Records what the server renders with; if it is new, every feed and page has a new revision.
pub fn set_fingerprint(connection: &mut Connection, hash: &str, clock: Clock) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if read::fingerprint(&tx)?.is_none_or(|(last, _)| last != hash) {
        let revision = begin_revision(&tx, clock.now())?;
        tx.execute(sql::SET_FINGERPRINT, params![hash, revision.number as i64])?;
        tx.execute(sql::TOUCH_ALL_FEEDS, [revision.number as i64])?;
    }
    Ok(tx.commit()?)
}

/// Gives a new store its first fingerprint; leaves any other as it is.
pub fn birth(connection: &mut Connection, hash: &str, clock: Clock) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if read::fingerprint(&tx)?.is_none() {
        let revision = begin_revision(&tx, clock.now())?;
        tx.execute(sql::SET_FINGERPRINT, params![hash, revision.number as i64])?;
    }
    Ok(tx.commit()?)
}

/// Makes the next revision: number and time strictly grow, whatever the clock does.
fn begin_revision(tx: &Transaction<'_>, now: Time) -> Result<Revision, StoreError> {
    let last = read::last_revision(tx)?;
    let number = last.map_or(1, |last| last.number + 1);
    let time = last.map_or(now.plus(1), |last| now.plus(1).max(last.time.plus(1)));
    let nonce = getrandom::u32().map_err(|_| StoreError::Random)?;
    tx.prepare_cached(sql::INSERT_REVISION)?.execute(params![number as i64, time.0, nonce])?;
    Ok(Revision { number, time, nonce })
}

/// Does what is planned, and gives the revision to every feed whose document it changed.
fn carry_out(tx: &Transaction<'_>, plan: &mut Plan<'_>, number: u64) -> Result<(), StoreError> {
    let before = listings(tx, plan)?;
    for (stored, submission) in &plan.new {
        row::insert(tx, stored, &submission.hash, &submission.source, &submission.own_id)?;
    }
    let mut held = HashMap::new();
    for edit in &plan.edits {
        apply(tx, edit, number, &mut held)?;
    }
    join(tx, plan, number)?;
    for feed in plan.feeds.values_mut() {
        feed.entries += held.get(&feed.feed_id).copied().unwrap_or(0);
        if let Some(before) = before.get(&feed.feed_id)
            && (*before != versions(read::listing(tx, feed.feed_id, feed.extent)?)
                // A change that a document has no room for is told all the same: whoever asks catches up (rule 8).
                || read::newest_change(tx, feed.feed_id)? == Some(number as i64))
        {
            feed.revision = number;
        }
        if before.contains_key(&feed.feed_id) || feed.revision == number {
            row::save_feed(tx, feed)?;
        }
    }
    Ok(())
}

/// The documents of those feeds that may or may not change, as they are now.
fn listings(tx: &Transaction<'_>, plan: &Plan<'_>) -> Result<HashMap<i64, Vec<(i64, u64)>>, StoreError> {
    let doubtful = plan.doubtful();
    let feeds = plan.feeds.values().filter(|feed| doubtful.contains(&feed.feed_id));
    feeds.map(|feed| Ok((feed.feed_id, versions(read::listing(tx, feed.feed_id, feed.extent)?)))).collect()
}

/// What a document's bytes are made of: which articles, and in which version.
fn versions(document: Chosen) -> Vec<(i64, u64)> {
    let mut versions: Vec<_> = document.entries.iter().map(|e| (e.article, e.version)).collect();
    versions.sort_unstable();
    versions
}

/// Writes an edited article and what becomes of its places; counts by feed how many it gains or loses.
fn apply(tx: &Transaction<'_>, edit: &Edit<'_>, number: u64, held: &mut HashMap<i64, i64>) -> Result<(), StoreError> {
    let number = number as i64;
    row::update(tx, &edit.stored, edit.hash)?;
    for place in &edit.leaves {
        tx.prepare_cached(sql::LEAVE)?.execute(params![place.feed_id, place.position, number])?;
        *held.entry(place.feed_id).or_default() -= 1;
    }
    let touch = if edit.significant { sql::CHANGE_ENTRIES } else { sql::TOUCH_ENTRIES };
    tx.prepare_cached(touch)?.execute(params![edit.stored.row, number])?;
    for place in &edit.returns {
        tx.prepare_cached(sql::RETURN)?.execute(params![place.feed_id, place.position, number])?;
        *held.entry(place.feed_id).or_default() += 1;
    }
    Ok(())
}

/// Numbers and inserts everything that joins, and moves the feeds' ends.
fn join(tx: &Transaction<'_>, plan: &mut Plan<'_>, number: u64) -> Result<(), StoreError> {
    let mut entries = Vec::new();
    let mut next_id = plan.feeds.values().map(|feed| feed.feed_id).max().unwrap_or(0) + 1;
    for (key, joins) in &plan.joins {
        let feed = plan.feeds.entry(key.clone()).or_insert_with(|| {
            next_id += 1;
            FeedRow {
                feed_id: next_id - 1,
                key: key.clone(),
                extent: Extent::EMPTY,
                newest: Time(i64::MIN),
                entries: 0,
                revision: number,
            }
        });
        number_joins(feed, joins, number as i64, &mut entries);
        if !joins.head.is_empty() {
            feed.revision = number;
        }
        // Its entries refer to it, so a new feed's row comes first.
        row::save_feed(tx, feed)?;
    }
    insert_entries(tx, &entries)
}

/// An entry's row: feed, position, article, changed, touched.
type EntryRow = [i64; 5];

fn number_joins(feed: &mut FeedRow, joins: &Joins, number: i64, entries: &mut Vec<EntryRow>) {
    for member in &joins.head {
        feed.extent.head += 1;
        entries.push([feed.feed_id, feed.extent.head, member.row, number, number]);
    }
    for member in &joins.tail {
        feed.extent.tail -= 1;
        entries.push([feed.feed_id, feed.extent.tail, member.row, 0, number]);
    }
    let joined = joins.head.iter().chain(&joins.tail);
    feed.newest = joined.map(|member| member.published).max().map_or(feed.newest, |newest| newest.max(feed.newest));
    feed.entries += (joins.head.len() + joins.tail.len()) as i64;
}

fn insert_entries(tx: &Transaction<'_>, entries: &[EntryRow]) -> Result<(), StoreError> {
    for chunk in entries.chunks(ENTRIES_A_STATEMENT) {
        // Full chunks share one prepared statement; the rest of a batch goes row by row through another.
        let width = if chunk.len() == ENTRIES_A_STATEMENT { ENTRIES_A_STATEMENT } else { 1 };
        let rows = vec!["(?, ?, ?, ?, ?, 1)"; width].join(", ");
        let mut statement = tx.prepare_cached(&format!("{}{rows}", sql::INSERT_ENTRIES))?;
        for rows in chunk.chunks(width) {
            statement.execute(params_from_iter(rows.iter().flatten().map(|n| n as &dyn ToSql)))?;
        }
    }
    Ok(())
}
