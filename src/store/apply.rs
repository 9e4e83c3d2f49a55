//! What is planned is written: articles, their places in feeds, their history, and the revision (rules 1, 2 and 5).
//!
//! Decides nothing.

use std::collections::HashMap;

use rusqlite::{ToSql, Transaction, params, params_from_iter};

use super::history::{self, HistoryAction, Recorded};
use super::joining::Joins;
use super::plan::{Edit, Plan};
use super::revision::begin_revision;
use super::rhythm::Tally;
use super::row::{self, FeedRow};
use super::{StoreError, read, sql};
use crate::article::Time;
use crate::feed::window::Extent;

/// Entries that one INSERT carries: wide enough that statements cost little, narrow enough to be kept prepared.
const ENTRIES_A_STATEMENT: usize = 64;

/// Writes what is planned, and remembers what sources say even where readers see nothing of it. If readers see anything,
/// that makes a revision, which is given to every feed whose document it changed.
pub fn apply(tx: &Transaction<'_>, plan: &mut Plan<'_>, now: Time) -> Result<Option<u64>, StoreError> {
    note_sources(tx, plan)?;
    if !plan.changes() {
        return write_articles(tx, plan, now, None).map(|()| None);
    }
    let number = begin_revision(tx, now)?.number;
    let before = listings(tx, plan)?;
    write_articles(tx, plan, now, Some(number))?;
    let (mut held, mut tally) = (HashMap::new(), Tally::new(tx)?);
    for edit in plan.edits.iter().filter(|edit| edit.shows) {
        move_places(tx, edit, number, &mut held)?;
        count_places(edit, &mut tally);
    }
    join(tx, plan, number, &mut tally)?;
    tally.keep(tx)?;
    for feed in plan.feeds.values_mut() {
        feed.entries += held.get(&feed.feed_id).copied().unwrap_or(0);
        if let Some(before) = before.get(&feed.feed_id)
            && before.is_outdated_by(&listing(tx, feed)?)
        {
            feed.revision = number;
        }
        // Documents that are doubtful, and those that are certain to change: all feeds in which anything has a place.
        if before.contains_key(&feed.feed_id) || feed.revision == number {
            feed.touched = number;
            row::save_feed(tx, feed)?;
        }
    }
    Ok(Some(number))
}

/// Writes what sources say now of stored articles.
fn note_sources(tx: &Transaction<'_>, plan: &Plan<'_>) -> Result<(), StoreError> {
    for heard in &plan.heard {
        if heard.same {
            row::update_hash(tx, heard.row, &heard.submission.hash, heard.submission.own.brought())?;
        }
        row::add_addresses(tx, heard.row, &heard.submission.addresses)?;
    }
    for (row, submission) in &plan.adopted {
        tx.prepare_cached(sql::ADOPT)?.execute(params![submission.key.as_str(), row, submission.guid])?;
    }
    Ok(())
}

/// Writes the articles' rows and their history.
fn write_articles(tx: &Transaction<'_>, plan: &Plan<'_>, now: Time, number: Option<u64>) -> Result<(), StoreError> {
    for new in &plan.new {
        let (article, embargoed) = (new.stored.row, new.stored.embargoed);
        row::insert(tx, &new.stored, &new.submission.hash)?;
        row::add_addresses(tx, article, &new.submission.addresses)?;
        let action = if embargoed { HistoryAction::Held } else { HistoryAction::Published };
        let change = Recorded { article, action, actor: new.actor, before: None };
        history::record(tx, now, number.filter(|_| !embargoed), change)?;
    }
    for edit in &plan.edits {
        let (article, action) = (edit.stored.row, edit.action);
        if action == HistoryAction::Purged {
            history::forget(tx, article)?;
            tx.execute(sql::FORGET_WATCHED_ARTICLE, [article])?;
            tx.execute(sql::FORGET_ADDRESSES, [article])?;
        }
        row::update(tx, &edit.stored, edit.hash)?;
        let change = Recorded { article, action, actor: edit.actor, before: edit.before.as_deref() };
        history::record(tx, now, number.filter(|_| edit.shows), change)?;
    }
    Ok(())
}

/// The documents of those feeds that may or may not change, as they are now.
fn listings(tx: &Transaction<'_>, plan: &Plan<'_>) -> Result<HashMap<i64, Listing>, StoreError> {
    let doubtful = plan.doubtful();
    let feeds = plan.feeds.values().filter(|feed| doubtful.contains(&feed.feed_id));
    feeds.map(|feed| Ok((feed.feed_id, listing(tx, feed)?))).collect()
}

/// A document before or after a revision.
struct Listing {
    /// Its articles and their versions.
    versions: Vec<(i64, u64)>,
    /// The archive page it leads to.
    newest_page: Option<i64>,
    complete_since: u64,
}

impl Listing {
    /// Whether a copy of this document must not be sent any more.
    ///
    /// That is so if its bytes changed, and also if it is complete since a later revision only: whoever names one
    /// between the two must be told what the document has no room for (rule 8).
    fn is_outdated_by(&self, after: &Self) -> bool {
        self.versions != after.versions
            || self.newest_page != after.newest_page
            || self.complete_since < after.complete_since
    }
}

fn listing(tx: &Transaction<'_>, feed: &FeedRow) -> Result<Listing, StoreError> {
    let document = read::listing(tx, feed.feed_id, feed.extent)?;
    let mut versions: Vec<_> = document.entries.iter().map(|e| (e.article, e.version)).collect();
    versions.sort_unstable();
    Ok(Listing { versions, newest_page: feed.extent.newest_page(), complete_since: document.complete_since })
}

/// Writes what becomes of an edited article's places; counts by feed how many articles it gains or loses.
fn move_places(
    tx: &Transaction<'_>,
    edit: &Edit<'_>,
    number: u64,
    held: &mut HashMap<i64, i64>,
) -> Result<(), StoreError> {
    let number = number as i64;
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

/// Counts what an edit does to its feeds: a withdrawn article keeps its positions but is not counted.
fn count_places(edit: &Edit<'_>, tally: &mut Tally) {
    let published = edit.stored.article.published;
    let before = i64::from(!edit.was_withdrawn);
    let after = i64::from(edit.stored.article.withdrawn.is_none());
    for (places, change) in [(&edit.stays, after - before), (&edit.leaves, -before), (&edit.returns, after)] {
        for place in places {
            tally.count(place.feed_id, published, change);
        }
    }
}

/// Numbers and inserts everything that joins, counts it, and moves the feeds' ends.
fn join(tx: &Transaction<'_>, plan: &mut Plan<'_>, number: u64, tally: &mut Tally) -> Result<(), StoreError> {
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
                touched: number,
            }
        });
        number_joins(feed, joins, number, &mut entries);
        for member in joins.head.iter().chain(&joins.tail) {
            tally.count(feed.feed_id, member.published, 1);
        }
        if !joins.head.is_empty() {
            feed.revision = number;
        }
        // Its entries refer to it, so a new feed's row comes first.
        row::save_feed(tx, feed)?;
    }
    insert_entries(tx, &entries)
}

/// An entry's row: feed, position, article, changed, touched and joined.
type EntryRow = [i64; 6];

fn number_joins(feed: &mut FeedRow, joins: &Joins, revision: u64, entries: &mut Vec<EntryRow>) {
    let number = revision as i64;
    for member in &joins.head {
        feed.extent.head += 1;
        entries.push([feed.feed_id, feed.extent.head, member.row, number, number, number]);
    }
    for member in &joins.tail {
        feed.extent.tail -= 1;
        entries.push([feed.feed_id, feed.extent.tail, member.row, member.changed(revision) as i64, number, number]);
    }
    let joined = joins.head.iter().chain(&joins.tail);
    feed.newest = joined.map(|member| member.published).max().map_or(feed.newest, |newest| newest.max(feed.newest));
    feed.entries += (joins.head.len() + joins.tail.len()) as i64;
}

fn insert_entries(tx: &Transaction<'_>, entries: &[EntryRow]) -> Result<(), StoreError> {
    for chunk in entries.chunks(ENTRIES_A_STATEMENT) {
        // Full chunks share one prepared statement; the rest of a batch goes row by row through another.
        let width = if chunk.len() == ENTRIES_A_STATEMENT { ENTRIES_A_STATEMENT } else { 1 };
        let rows = vec!["(?, ?, ?, ?, ?, ?, 1)"; width].join(", ");
        let mut statement = tx.prepare_cached(&format!("{}{rows}", sql::INSERT_ENTRIES))?;
        for rows in chunk.chunks(width) {
            statement.execute(params_from_iter(rows.iter().flatten().map(|n| n as &dyn ToSql)))?;
        }
    }
    Ok(())
}
