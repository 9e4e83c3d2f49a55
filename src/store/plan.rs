//! What commands do to the store: which articles are new or edited, and what joins, leaves or returns to which feed.
//!
//! Reads the store and writes nothing; knows nothing of what is decided, or why.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::Transaction;

use super::command::{Command, Outcome, Rejection};
use super::history::{self, HistoryAction};
use super::joining::{Changed, Joins, Member};
use super::row::FeedRow;
use super::seconds::Seconds;
use super::stored::{Stored, feeds_of};
use super::submission::{Brought, Submission};
use super::{StoreError, read, sql};
use crate::article::{Article, Time};

/// All that a revision does to the store.
#[derive(Default)]
pub struct Plan<'b> {
    /// What is decided of the commands, in their order; the last ones may have been left to the next plan.
    pub decisions: Vec<Result<Decision, Rejection>>,
    /// Articles to insert.
    pub new: Vec<New<'b>>,
    /// Articles to write again.
    pub edits: Vec<Edit<'b>>,
    /// Stored articles of which their sources say something else, whether readers see anything of it or not.
    pub heard: Vec<Heard<'b>>,
    /// Stored articles that have come under another key.
    pub adopted: Vec<(i64, &'b Submission)>,
    /// By feed.
    pub joins: BTreeMap<String, Joins>,
    /// Every feed as it is before.
    pub feeds: HashMap<String, FeedRow>,
}

/// What a command comes to.
pub struct Decision {
    pub outcome: Outcome,
    /// The article's row.
    pub row: i64,
    /// Whether readers see anything of it.
    pub shows: bool,
    /// The article as it was, if it stays so but a later command of the plan may change it; not read for imports.
    pub kept: Option<Box<Stored>>,
}

/// An article that is not stored yet.
pub struct New<'b> {
    pub stored: Stored,
    pub submission: &'b Submission,
    pub actor: &'b str,
}

/// A stored article of which its source says something else.
pub struct Heard<'b> {
    pub row: i64,
    pub submission: &'b Submission,
    /// Whether the article is as it was.
    pub same: bool,
}

/// An article that is stored otherwise from now on.
pub struct Edit<'b> {
    pub stored: Stored,
    /// Whether a notice stood in its place before.
    pub was_withdrawn: bool,
    /// What its source says now, if that is what has changed.
    pub hash: Option<&'b str>,
    /// Whether readers see anything of it.
    pub shows: bool,
    /// Whether they are told.
    pub significant: bool,
    /// For the history.
    pub action: HistoryAction,
    /// On whose behalf.
    pub actor: &'b str,
    /// The fields that are changed, as they were.
    pub before: Option<String>,
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

impl Plan<'_> {
    /// Whether anything is published differently: nobody sees what is under embargo.
    pub fn changes(&self) -> bool {
        self.new.iter().any(|new| !new.stored.embargoed) || self.edits.iter().any(|edit| edit.shows)
    }

    /// An article as the plan leaves it, if the plan changes it.
    pub fn article(&self, row: i64) -> Option<&Stored> {
        let new = self.new.iter().map(|new| &new.stored);
        new.chain(self.edits.iter().map(|edit| &edit.stored)).find(|stored| stored.row == row)
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

impl<'b> Edit<'b> {
    /// Of an article that keeps, takes and gives up no place yet.
    pub fn of(stored: Stored, action: HistoryAction, actor: &'b str) -> Self {
        let (stays, leaves, returns) = (Vec::new(), Vec::new(), Vec::new());
        let (shows, hash, before) = (!stored.embargoed, None, None);
        let (was_withdrawn, significant) = (false, false);
        Self { stored, was_withdrawn, hash, shows, significant, action, actor, before, stays, leaves, returns }
    }
}

/// What holds for all commands of a plan.
#[derive(Clone, Copy)]
pub struct Settings {
    /// This moment.
    pub now: Time,
    /// For a backfill: the newest `published` of the whole import.
    pub backfill: Option<Time>,
    /// Behind how many others an article looks for a second of its own, if there is a limit.
    pub patience: Option<usize>,
}

/// A plan being made.
pub struct Planning<'t, 'b> {
    pub tx: &'t Transaction<'t>,
    pub plan: Plan<'b>,
    pub settings: Settings,
    pub seconds: Seconds,
    /// The row of the last article.
    pub last_row: i64,
    /// What joins which feed, as yet in no order.
    members: BTreeMap<String, Vec<Member>>,
    /// Feeds' keys by their rows.
    keys: HashMap<i64, String>,
}

/// How an article is edited.
pub struct Change<'b> {
    pub article: Article,
    pub brought: Brought,
    /// What its source says now, if that is what has changed.
    pub hash: Option<&'b str>,
    pub significant: bool,
    pub action: HistoryAction,
}

impl<'t, 'b> Planning<'t, 'b> {
    /// Nothing is planned yet.
    pub fn new(tx: &'t Transaction<'t>, settings: Settings) -> Result<Self, StoreError> {
        let feeds = read::feeds(tx)?;
        let keys = feeds.iter().map(|feed| (feed.feed_id, feed.key.clone())).collect();
        let feeds = feeds.into_iter().map(|feed| (feed.key.clone(), feed)).collect();
        let (plan, members) = (Plan { feeds, ..Plan::default() }, BTreeMap::new());
        let last_row = tx.prepare_cached(sql::LAST_ARTICLE)?.query_row([], |r| r.get(0))?;
        Ok(Self { tx, plan, settings, seconds: Seconds::within(settings.patience), last_row, members, keys })
    }

    /// An article is stored otherwise from now on.
    pub fn edit(&mut self, command: &'b Command, old: Stored, change: Change<'b>) -> Result<(), StoreError> {
        let Change { article, brought, hash, significant, action } = change;
        let before = history::replaced(&old.article, &article)?;
        let was_withdrawn = old.article.withdrawn.is_some();
        let stored = Stored { version: old.version + 1, brought, article, ..old };
        let edit = Edit::of(stored, action, &command.actor);
        let mut edit = Edit { was_withdrawn, hash, significant, before, ..edit };
        if edit.shows {
            let (mut wanted, mut greatest) = (wanted(&edit.stored), 0);
            for (place, held, changed) in places(self.tx, edit.stored.row)? {
                greatest = changed.max(greatest);
                let wants = self.keys.get(&place.feed_id).is_some_and(|key| wanted.remove(key));
                match (held, wants) {
                    (true, true) => edit.stays.push(place),
                    (true, false) => edit.leaves.push(place),
                    (false, true) => edit.returns.push(place),
                    (false, false) => {}
                }
            }
            let changed = if significant { Changed::Now } else { Changed::Before(greatest) };
            self.joins(&edit.stored, wanted, Some(changed));
        }
        self.plan.edits.push(edit);
        Ok(())
    }

    /// Notes that an article joins these feeds for the first time; `backfill` if that may be at the tail.
    pub fn joins(&mut self, stored: &Stored, feeds: BTreeSet<String>, backfill: Option<Changed>) {
        let member = Member::of(stored, backfill);
        for key in feeds {
            self.members.entry(key).or_default().push(member);
        }
    }

    /// Decides for each joining article where it joins, and in which order.
    pub fn arranged(self) -> Plan<'b> {
        let Self { mut plan, members, settings, .. } = self;
        let public = plan.new.iter().map(|new| &new.stored).filter(|stored| !stored.embargoed);
        let of_batch = public.map(|stored| stored.article.published).max();
        for (key, members) in members {
            let of_feed = plan.feeds.get(&key).map(|feed| feed.newest);
            let newest = settings.backfill.max(of_batch).max(of_feed);
            plan.joins.insert(key, Joins::of(members, newest));
        }
        plan
    }
}

/// The keys of the feeds that an article belongs to.
pub fn wanted(stored: &Stored) -> BTreeSet<String> {
    feeds_of(&stored.article.labels).iter().map(ToString::to_string).collect()
}

/// Every place an article has or had, whether it holds it, and the revision at which its entry there last changed.
fn places(tx: &Transaction<'_>, row: i64) -> Result<Vec<(Place, bool, u64)>, StoreError> {
    let mut statement = tx.prepare_cached(sql::ENTRIES_OF_ARTICLE)?;
    let read = |r: &rusqlite::Row<'_>| {
        let place = Place { feed_id: r.get(0)?, position: r.get(1)? };
        Ok((place, r.get::<_, i64>(2)? != 0, r.get::<_, i64>(3)?.max(0) as u64))
    };
    Ok(statement.query_map([row], read)?.collect::<Result<_, _>>()?)
}
