//! What submissions would change: which articles are new or edited, and what joins, leaves or returns to which feed.
//!
//! Reads the store within the writer's transaction and writes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Transaction, params_from_iter};

use super::batch::{Decision, Fate, Stored, Submission, decide, feeds_of};
use super::row::{self, FeedRow};
use super::seconds::Seconds;
use super::{StoreError, read, sql};
use crate::article::{Article, Time};
use crate::feed::window::WINDOW;

/// All that a revision does to the store.
#[derive(Default)]
pub struct Plan<'b> {
    /// In the order of the submissions.
    pub fates: Vec<Fate>,
    /// Articles to insert.
    pub new: Vec<(Stored, &'b Submission)>,
    /// Articles to write again.
    pub edits: Vec<Edit<'b>>,
    /// Articles of which only the source's hash changed.
    pub same: Vec<(i64, &'b Submission)>,
    /// By feed.
    pub joins: BTreeMap<String, Joins>,
    /// Every feed as it is before.
    pub feeds: HashMap<String, FeedRow>,
}

/// An article that is published differently from now on.
pub struct Edit<'b> {
    pub stored: Stored,
    /// What its source says now, if that is what has changed.
    pub hash: Option<&'b str>,
    pub significant: bool,
    /// Places that it keeps.
    pub stays: Vec<Place>,
    /// Places that it gives up.
    pub leaves: Vec<Place>,
    /// Places that it takes again.
    pub returns: Vec<Place>,
}

/// An entry's number in a feed.
pub struct Place {
    pub feed_id: i64,
    pub position: i64,
}

/// What joins one feed, in the order of joining.
#[derive(Default)]
pub struct Joins {
    pub head: Vec<Member>,
    pub tail: Vec<Member>,
}

/// An article about to join.
#[derive(Clone)]
pub struct Member {
    pub row: i64,
    pub published: Time,
    id: String,
    backfill: bool,
}

impl Plan<'_> {
    /// Whether anything is published differently.
    pub fn changes(&self) -> bool {
        !self.new.is_empty() || !self.edits.is_empty()
    }

    /// The feeds whose documents must be compared before and after.
    ///
    /// Not those that an article joins at the head: their documents are certain to show it, and to change.
    pub fn doubtful(&self) -> BTreeSet<i64> {
        let places = self.edits.iter().flat_map(|e| e.stays.iter().chain(&e.leaves).chain(&e.returns));
        let joined = |key: &String| self.joins.get(key).is_some_and(|joins| !joins.head.is_empty());
        let certain: BTreeSet<i64> =
            self.feeds.values().filter(|feed| joined(&feed.key)).map(|feed| feed.feed_id).collect();
        let tails = self.joins.iter().filter(|(_, j)| j.head.is_empty()).filter_map(|(key, _)| self.feeds.get(key));
        let touched = places.map(|p| p.feed_id).chain(tails.map(|f| f.feed_id));
        touched.filter(|id| !certain.contains(id)).collect()
    }
}

/// Compares submissions with the store. `backfill` is the newest `published` of the whole import, if it is one.
pub fn plan<'b>(
    tx: &Transaction<'_>,
    submissions: &'b [Submission],
    backfill: Option<Time>,
) -> Result<Plan<'b>, StoreError> {
    let known = known(tx, submissions)?;
    let mut plan = Plan::default();
    if submissions.iter().all(|s| known.get(s.key.as_str()).is_some_and(|(_, hash)| *hash == s.hash)) {
        plan.fates = vec![Fate::Unchanged; submissions.len()];
        return Ok(plan);
    }
    plan.feeds = read::feeds(tx)?.into_iter().map(|feed| (feed.key.clone(), feed)).collect();
    let mut members = BTreeMap::new();
    let mut seconds = Seconds::default();
    let mut row: i64 = tx.prepare_cached(sql::LAST_ARTICLE)?.query_row([], |r| r.get(0))?;
    for submission in submissions {
        let fate = match known.get(submission.key.as_str()) {
            Some((_, hash)) if *hash == submission.hash => Fate::Unchanged,
            Some((row, _)) => plan_again(tx, &mut plan, &mut members, *row, submission)?,
            None => {
                row += 1;
                let published = seconds.resolve(tx, submission.published, submission.updated)?;
                plan_new(&mut plan, &mut members, row, published, submission, backfill.is_some());
                Fate::New
            }
        };
        plan.fates.push(fate);
    }
    arrange(&mut plan, members, backfill);
    Ok(plan)
}

/// The rows and hashes of those submissions that are stored.
fn known(tx: &Transaction<'_>, submissions: &[Submission]) -> Result<HashMap<String, (i64, String)>, StoreError> {
    let markers = vec!["?"; submissions.len()].join(",");
    let mut statement = tx.prepare_cached(&format!("{}({markers})", sql::KNOWN))?;
    let keys = params_from_iter(submissions.iter().map(|s| s.key.as_str()));
    let rows = statement.query_map(keys, |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn plan_new<'b>(
    plan: &mut Plan<'b>,
    members: &mut BTreeMap<String, Vec<Member>>,
    row: i64,
    published: Time,
    submission: &'b Submission,
    backfill: bool,
) {
    let mut labels = submission.ruled.clone();
    labels.districts = submission.districts.clone().unwrap_or(labels.districts);
    labels.topics = submission.topics.clone().unwrap_or(labels.topics);
    let article = Article {
        key: submission.key.clone(),
        id: submission.id.clone(),
        published,
        updated: submission.updated.map_or(published, |updated| updated.max(published)),
        labels,
        content: submission.content.clone(),
        withdrawn: None,
    };
    let member = Member { row, published, id: article.id.clone(), backfill };
    for key in feeds_of(&article.labels) {
        members.entry(key.to_string()).or_default().push(member.clone());
    }
    let stored = Stored { row, version: 1, brought: submission.brought(), article };
    plan.new.push((stored, submission));
}

/// Plans for an article that is stored and whose source says something else now.
fn plan_again<'b>(
    tx: &Transaction<'_>,
    plan: &mut Plan<'b>,
    members: &mut BTreeMap<String, Vec<Member>>,
    row: i64,
    submission: &'b Submission,
) -> Result<Fate, StoreError> {
    let old = row::load(tx, row)?.ok_or(StoreError::Damaged("article"))?;
    if old.article.withdrawn.is_some() {
        // It stays so whatever its source says; that is looked at again once it has been restored.
        return Ok(Fate::Unchanged);
    }
    let Decision::Edit { article, significant } = decide(&old, submission) else {
        plan.same.push((row, submission));
        return Ok(Fate::Unchanged);
    };
    let mut wanted: BTreeSet<String> = feeds_of(&article.labels).iter().map(ToString::to_string).collect();
    let stored = Stored { row, version: old.version + 1, brought: submission.brought(), article: *article };
    let hash = Some(submission.hash.as_str());
    let mut edit = Edit { stored, hash, significant, stays: Vec::new(), leaves: Vec::new(), returns: Vec::new() };
    let keys: HashMap<i64, &String> = plan.feeds.values().map(|feed| (feed.feed_id, &feed.key)).collect();
    for (place, held) in places(tx, row)? {
        let wants = keys.get(&place.feed_id).is_some_and(|key| wanted.remove(*key));
        match (held, wants) {
            (true, true) => edit.stays.push(place),
            (true, false) => edit.leaves.push(place),
            (false, true) => edit.returns.push(place),
            (false, false) => {}
        }
    }
    let article = &edit.stored.article;
    let member = Member { row, published: article.published, id: article.id.clone(), backfill: true };
    for key in wanted {
        members.entry(key).or_default().push(member.clone());
    }
    plan.edits.push(edit);
    Ok(Fate::Edited { significant })
}

/// Plans for an article that is withdrawn with a note, or restored with none: a significant change in all its feeds, at a
/// second of its own. `None` if nothing of it would change.
pub fn plan_notice(
    tx: &Transaction<'_>,
    old: Stored,
    notice: Option<&str>,
    now: Time,
) -> Result<Option<Plan<'static>>, StoreError> {
    if old.article.withdrawn.as_deref() == notice {
        return Ok(None);
    }
    let free = Seconds::default().search(tx, now)?;
    let updated = free.max(old.article.updated.plus(1));
    let article = Article { updated, withdrawn: notice.map(str::to_owned), ..old.article };
    let stays = places(tx, old.row)?.into_iter().filter(|(_, held)| *held).map(|(place, _)| place).collect();
    let stored = Stored { version: old.version + 1, article, ..old };
    let edit = Edit { stored, hash: None, significant: true, stays, leaves: Vec::new(), returns: Vec::new() };
    let feeds = read::feeds(tx)?.into_iter().map(|feed| (feed.key.clone(), feed)).collect();
    Ok(Some(Plan { edits: vec![edit], feeds, ..Plan::default() }))
}

/// Every place an article has or had, and whether it holds it.
fn places(tx: &Transaction<'_>, row: i64) -> Result<Vec<(Place, bool)>, StoreError> {
    let mut statement = tx.prepare_cached(sql::ENTRIES_OF_ARTICLE)?;
    let read =
        |r: &rusqlite::Row<'_>| Ok((Place { feed_id: r.get(0)?, position: r.get(1)? }, r.get::<_, i64>(2)? != 0));
    Ok(statement.query_map([row], read)?.collect::<Result<_, _>>()?)
}

/// Decides for each joining article whether it joins at the head or at the tail, and in which order (rule 5).
fn arrange(plan: &mut Plan<'_>, members: BTreeMap<String, Vec<Member>>, newest: Option<Time>) {
    let of_batch = plan.new.iter().map(|(stored, _)| stored.article.published).max();
    for (key, members) in members {
        let of_feed = plan.feeds.get(&key).map(|feed| feed.newest);
        let newest = newest.max(of_batch).max(of_feed);
        let old = |m: &Member| m.backfill && newest.is_some_and(|newest| m.published < newest.plus(-WINDOW));
        let (mut tail, mut head): (Vec<_>, Vec<_>) = members.into_iter().partition(old);
        // The order in which they are shown is newest first, ties by id: joining follows it from either end.
        head.sort_by(|a, b| a.published.cmp(&b.published).then_with(|| b.id.cmp(&a.id)));
        tail.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.id.cmp(&b.id)));
        plan.joins.insert(key, Joins { head, tail });
    }
}
