//! The writer's transactions: batches of articles, what is done to one of them, and the fingerprint (rules 1, 2 and 5).
//!
//! Knows nothing of where articles come from or of how they will look; what to do is decided in `plan` and `editing`.

use std::collections::HashMap;

use rusqlite::{Connection, ToSql, Transaction, TransactionBehavior, params, params_from_iter};

use super::batch::{Amendment, Batch, MAX_REVISION, Outcome, Relabel, Stored, Turn};
use super::history::{self, By, Deed};
use super::joining::Joins;
use super::plan::{Edit, Plan, plan};
use super::rhythm::Tally;
use super::row::{self, FeedRow};
use super::seconds::Seconds;
use super::watched::{self, Followed};
use super::{Clock, Revision, StoreError, editing, read, sql};
use crate::article::{Key, Time};
use crate::feed::window::Extent;

/// Entries that one INSERT carries: wide enough that statements cost little, narrow enough to be kept prepared.
const ENTRIES_A_STATEMENT: usize = 64;

/// Writes a batch: all of it or, if it fails, nothing. Each [`MAX_REVISION`] articles make a revision, if they change
/// anything; they share a transaction, because what is written many times over are the pages of feeds' indexes.
pub fn put(connection: &mut Connection, batch: &Batch, clock: Clock) -> Result<Outcome, StoreError> {
    let tx = begin(connection)?;
    let mut outcome = Outcome { fates: Vec::with_capacity(batch.submissions.len()), revision: None };
    for submissions in batch.submissions.chunks(MAX_REVISION) {
        let by = By { who: &batch.who, time: clock.now() };
        let mut plan = plan(&tx, submissions, batch, by)?;
        outcome.revision = take_in(&tx, &mut plan, by)?.or(outcome.revision);
        outcome.fates.append(&mut plan.fates);
    }
    tx.commit()?;
    Ok(outcome)
}

/// What would become of a batch, at this moment.
pub fn preview(connection: &mut Connection, batch: &Batch, now: Time) -> Result<Outcome, StoreError> {
    let tx = connection.transaction()?;
    let by = By { who: &batch.who, time: now };
    let plan = plan(&tx, &batch.submissions, batch, by)?;
    Ok(Outcome { fates: plan.fates, revision: None })
}

/// Does what is planned, and remembers what sources say even where readers see nothing of it.
pub fn take_in(tx: &Transaction<'_>, plan: &mut Plan<'_>, by: By<'_>) -> Result<Option<u64>, StoreError> {
    for (row, submission) in &plan.same {
        row::update_hash(tx, *row, &submission.hash, submission.own.brought())?;
    }
    for (row, submission) in &plan.adopted {
        tx.prepare_cached(sql::ADOPT)?.execute(params![submission.key.as_str(), row, submission.guid])?;
    }
    for (row, submission) in &plan.heard {
        row::add_addresses(tx, *row, &submission.addresses)?;
    }
    carry_out(tx, plan, by)
}

/// Withdraws an article, if there is a note for readers (it may be empty), or restores it.
pub fn set_notice(connection: &mut Connection, key: &Key, note: Option<&str>, by: By<'_>) -> Result<Turn, StoreError> {
    turn(connection, key, by, |tx, old| {
        if old.article.withdrawn.as_deref() == note {
            return Ok(Err(Turn::Already));
        }
        if old.purged {
            return Ok(Err(Turn::Purged));
        }
        editing::notice(tx, old, note, by.time).map(Ok)
    })
}

/// Withdraws articles whose files are gone and remembers files, in one transaction: [`MAX_REVISION`] articles a revision.
/// How many were withdrawn.
pub fn follow(connection: &mut Connection, files: &Followed, who: &str, clock: Clock) -> Result<u64, StoreError> {
    let tx = begin(connection)?;
    let mut seconds = Seconds::default();
    let mut changed = 0;
    for keys in files.withdrawn.chunks(MAX_REVISION) {
        let by = By { who, time: clock.now() };
        let mut plan = editing::withdrawals(&tx, keys, &mut seconds, by.time)?;
        changed += plan.edits.len() as u64;
        carry_out(&tx, &mut plan, by)?;
    }
    watched::note(&tx, files)?;
    tx.commit()?;
    Ok(changed)
}

/// Takes over what an editor makes of an article.
pub fn amend(connection: &mut Connection, amendment: &Amendment, by: By<'_>) -> Result<Turn, StoreError> {
    turn(connection, &amendment.key, by, |tx, old| {
        let moves = amendment.published.is_some_and(|published| published != old.article.published);
        Ok(match &old {
            old if old.purged => Err(Turn::Purged),
            old if old.article.withdrawn.is_some() => Err(Turn::Withdrawn),
            old if old.version != amendment.version => Err(Turn::Overtaken),
            old if moves && !old.embargoed => Err(Turn::Public),
            _ => editing::amendment(tx, old, amendment, by.time)?.ok_or(Turn::Already),
        })
    })
}

/// Erases an article's text from its row and its history: what is left is a notice. What lies in the file's free pages
/// and in the log is the caller's to erase.
pub fn purge(connection: &mut Connection, key: &Key, note: &str, by: By<'_>) -> Result<Turn, StoreError> {
    turn(connection, key, by, |tx, old| {
        if old.purged {
            return Ok(Err(Turn::Purged));
        }
        history::forget(tx, old.row)?;
        tx.execute(sql::FORGET_WATCHED_ARTICLE, [old.row])?;
        tx.execute(sql::FORGET_ADDRESSES, [old.row])?;
        editing::purge(tx, old, note, by.time).map(Ok)
    })
}

/// Gives articles other labels: [`MAX_REVISION`] of them a revision. How many were changed.
pub fn relabel(connection: &mut Connection, relabels: &[Relabel], who: &str, clock: Clock) -> Result<u64, StoreError> {
    let tx = begin(connection)?;
    let mut changed = 0;
    for relabels in relabels.chunks(MAX_REVISION) {
        let by = By { who, time: clock.now() };
        let mut plan = editing::labels(&tx, relabels)?;
        changed += plan.edits.len() as u64;
        carry_out(&tx, &mut plan, by)?;
    }
    tx.commit()?;
    Ok(changed)
}

/// Makes all articles public whose time has come, [`MAX_REVISION`] of them a revision. How many there were.
pub fn release(connection: &mut Connection, who: &str, clock: Clock) -> Result<u64, StoreError> {
    let tx = begin(connection)?;
    let mut released = 0;
    loop {
        let by = By { who, time: clock.now() };
        let due = due(&tx, by.time)?;
        if due.is_empty() {
            tx.commit()?;
            return Ok(released);
        }
        released += due.len() as u64;
        carry_out(&tx, &mut editing::release(&tx, due)?, by)?;
    }
}

/// Up to a revision's worth of the articles whose time has come, the oldest first.
fn due(tx: &Transaction<'_>, now: Time) -> Result<Vec<Stored>, StoreError> {
    let mut statement = tx.prepare_cached(sql::DUE)?;
    let rows = statement.query_map([now.0, MAX_REVISION as i64], |r| r.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    rows.into_iter().map(|row| row::loaded(tx, row)).collect()
}

/// Does something to one article, in a transaction of its own, unless there is a reason not to.
fn turn(
    connection: &mut Connection,
    key: &Key,
    by: By<'_>,
    plan: impl FnOnce(&Transaction<'_>, Stored) -> Result<Result<Plan<'static>, Turn>, StoreError>,
) -> Result<Turn, StoreError> {
    let tx = begin(connection)?;
    let Some(stored) = row::load_by_key(&tx, key)? else { return Ok(Turn::Unknown) };
    let mut plan = match plan(&tx, stored)? {
        Ok(plan) => plan,
        Err(reason) => return Ok(reason),
    };
    let revision = carry_out(&tx, &mut plan, by)?;
    tx.commit()?;
    Ok(Turn::Done(revision))
}

/// Begins a transaction that is going to write: no other process writes until it ends.
pub fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// Records what the server renders with; if it is new, every feed and page has a new revision.
pub fn set_fingerprint(connection: &mut Connection, hash: &str, clock: Clock) -> Result<(), StoreError> {
    let tx = begin(connection)?;
    if read::fingerprint(&tx)?.is_none_or(|(last, _)| last != hash) {
        let revision = begin_revision(&tx, clock.now())?;
        tx.execute(sql::SET_FINGERPRINT, params![hash, revision.number as i64])?;
        tx.execute(sql::TOUCH_ALL_FEEDS, [revision.number as i64])?;
    }
    Ok(tx.commit()?)
}

/// Gives a new store its first fingerprint; leaves any other as it is.
pub fn birth(connection: &mut Connection, hash: &str, clock: Clock) -> Result<(), StoreError> {
    let tx = begin(connection)?;
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

/// Does what is planned. If readers see anything of it, that makes a revision, which is given to every feed whose
/// document it changed.
fn carry_out(tx: &Transaction<'_>, plan: &mut Plan<'_>, by: By<'_>) -> Result<Option<u64>, StoreError> {
    if !plan.changes() {
        return write_articles(tx, plan, by, None).map(|()| None);
    }
    let number = begin_revision(tx, by.time)?.number;
    let before = listings(tx, plan)?;
    write_articles(tx, plan, by, Some(number))?;
    let (mut held, mut tally) = (HashMap::new(), Tally::new(tx)?);
    for edit in plan.edits.iter().filter(|edit| edit.shows) {
        move_places(tx, edit, number, &mut held)?;
        tally.count_edit(edit);
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

/// Writes the articles' rows and their history.
fn write_articles(tx: &Transaction<'_>, plan: &Plan<'_>, by: By<'_>, number: Option<u64>) -> Result<(), StoreError> {
    let on_behalf = |row: i64| By { who: plan.behalves.get(&row).copied().unwrap_or(by.who), ..by };
    for (stored, submission) in &plan.new {
        row::insert(tx, stored, &submission.hash)?;
        row::add_addresses(tx, stored.row, &submission.addresses)?;
        let deed = if stored.embargoed { Deed::Held } else { Deed::Published };
        let revision = number.filter(|_| !stored.embargoed);
        history::record(tx, on_behalf(stored.row), revision, stored.row, deed, None)?;
    }
    for edit in &plan.edits {
        row::update(tx, &edit.stored, edit.hash)?;
        let revision = number.filter(|_| edit.shows);
        let row = edit.stored.row;
        history::record(tx, on_behalf(row), revision, row, edit.deed, edit.before.as_deref())?;
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
