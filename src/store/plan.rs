//! What a change would do: which articles are new or edited, and what joins, leaves or returns to which feed.
//!
//! Reads the store within the writer's transaction and writes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{OptionalExtension, Transaction, params, params_from_iter};

use super::batch::{Batch, Brought, Decision, Fate, Stored, Submission, decide, feeds_of};
use super::history::{self, By, Deed};
use super::joining::{Changed, Joins, Member};
use super::row::{self, FeedRow};
use super::seconds::Seconds;
use super::{StoreError, read, sql};
use crate::article::{Article, Key, Time};

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
    /// Stored articles that have come under another key.
    pub adopted: Vec<(i64, &'b Submission)>,
    /// Stored articles of which their sources say something else.
    pub heard: Vec<(i64, &'b Submission)>,
    /// By feed.
    pub joins: BTreeMap<String, Joins>,
    /// Every feed as it is before.
    pub feeds: HashMap<String, FeedRow>,
    /// On whose behalf articles are written, by row, if not on that of all.
    pub behalves: HashMap<i64, &'b str>,
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
    pub deed: Deed,
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
        self.new.iter().any(|(stored, _)| !stored.embargoed) || self.edits.iter().any(|edit| edit.shows)
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
    pub fn of(stored: Stored, hash: Option<&'b str>, deed: Deed, before: Option<String>) -> Self {
        let (stays, leaves, returns) = (Vec::new(), Vec::new(), Vec::new());
        let shows = !stored.embargoed;
        Self { stored, was_withdrawn: false, hash, shows, significant: false, deed, before, stays, leaves, returns }
    }
}

/// A plan being made.
pub struct Planning<'t, 'b> {
    tx: &'t Transaction<'t>,
    pub plan: Plan<'b>,
    /// What joins which feed, as yet in no order.
    members: BTreeMap<String, Vec<Member>>,
    /// Feeds' keys by their rows.
    keys: HashMap<i64, String>,
}

/// How an article is edited.
pub struct Change<'b> {
    pub article: Article,
    pub brought: Brought,
    pub hash: Option<&'b str>,
    pub significant: bool,
    pub deed: Deed,
}

/// Compares submissions with the store.
///
/// `batch` is the one that they are of.
pub fn plan<'b>(
    tx: &Transaction<'_>,
    submissions: &'b [Submission],
    batch: &Batch,
    by: By<'_>,
) -> Result<Plan<'b>, StoreError> {
    let known = known(tx, submissions.iter().map(|submission| &submission.key))?;
    let known = |submission: &Submission| known.get(submission.key.as_str());
    let same = |known: &Known, submission: &Submission| known.says(submission) && !(known.withdrawn && batch.restores);
    if submissions.iter().all(|submission| known(submission).is_some_and(|known| same(known, submission))) {
        return Ok(Plan { fates: vec![Fate::Unchanged; submissions.len()], ..Plan::default() });
    }
    let mut planning = Planning::new(tx)?;
    let mut seconds = Seconds::default();
    let mut row: i64 = tx.prepare_cached(sql::LAST_ARTICLE)?.query_row([], |r| r.get(0))?;
    for submission in submissions {
        let fate = match known(submission) {
            Some(known) if same(known, submission) => Fate::Unchanged,
            Some(known) => planning.again(row::loaded(tx, known.row)?, submission, batch.restores, by, &mut seconds)?,
            None => match planning.recognised(submission)? {
                Some(row) => {
                    planning.plan.adopted.push((row, submission));
                    planning.again(row::loaded(tx, row)?, submission, batch.restores, by, &mut seconds)?
                }
                None if planning.is_taken(submission)? => Fate::Taken,
                None => {
                    row += 1;
                    let published = seconds.resolve(tx, submission)?;
                    planning.add(row, published, submission, batch.backfill.is_some(), by.time)
                }
            },
        };
        planning.plan.fates.push(fate);
    }
    Ok(planning.arranged(batch.backfill))
}

/// What is stored of a submission.
pub struct Known {
    pub row: i64,
    hash: String,
    /// Whether it is under embargo, and when its source last said that this ends.
    embargoed: bool,
    said: Option<Time>,
    withdrawn: bool,
}

impl Known {
    /// Whether this is what the submission says: `published` counts only until it has come.
    pub fn says(&self, submission: &Submission) -> bool {
        let moved = self.embargoed && submission.published.given().is_some_and(|given| Some(given) != self.said);
        self.hash == submission.hash && !moved
    }
}

/// Those of these articles that are stored, by the keys asked for.
pub fn known<'k>(
    tx: &Transaction<'_>,
    keys: impl ExactSizeIterator<Item = &'k Key> + Clone,
) -> Result<HashMap<String, Known>, StoreError> {
    let markers = vec!["?"; keys.len()].join(",");
    let mut known = HashMap::new();
    for text in [sql::KNOWN, sql::KNOWN_OTHERWISE] {
        let mut statement = tx.prepare_cached(&format!("{text}({markers})"))?;
        let rows = statement.query_map(params_from_iter(keys.clone().map(Key::as_str)), |r| {
            let (embargoed, said) = (r.get::<_, i64>(3)? != 0, r.get::<_, Option<i64>>(4)?.map(Time));
            Ok((
                r.get(0)?,
                Known { row: r.get(1)?, hash: r.get(2)?, embargoed, said, withdrawn: r.get::<_, i64>(5)? != 0 },
            ))
        })?;
        for row in rows {
            let (key, one): (String, Known) = row?;
            known.insert(key, one);
        }
    }
    Ok(known)
}

impl<'t, 'b> Planning<'t, 'b> {
    /// Nothing is planned yet.
    pub fn new(tx: &'t Transaction<'t>) -> Result<Self, StoreError> {
        let feeds = read::feeds(tx)?;
        let keys = feeds.iter().map(|feed| (feed.feed_id, feed.key.clone())).collect();
        let feeds = feeds.into_iter().map(|feed| (feed.key.clone(), feed)).collect();
        Ok(Self { tx, plan: Plan { feeds, ..Plan::default() }, members: BTreeMap::new(), keys })
    }

    /// Whether readers know another article, stored or new, by the id that this one brings.
    fn is_taken(&self, submission: &Submission) -> Result<bool, StoreError> {
        let Some(guid) = &submission.guid else { return Ok(false) };
        let key = guid.rsplit_once(":a/").map_or("", |(_, key)| key);
        let stored = self.tx.prepare_cached(sql::TAKEN)?.exists([guid.as_str(), key])?;
        Ok(stored || self.plan.new.iter().any(|(_, new)| new.guid.as_ref() == Some(guid)))
    }

    /// The article that this one is, if it has come under another key.
    fn recognised(&self, submission: &Submission) -> Result<Option<i64>, StoreError> {
        let Some(key) = &submission.same_as else { return self.brought_by_feed(submission) };
        let row: Option<i64> =
            self.tx.prepare_cached(sql::ROW_OF)?.query_row([key.as_str()], |r| r.get(0)).optional()?;
        // Somebody may have been faster.
        Ok(row.filter(|row| !self.plan.adopted.iter().any(|(adopted, _)| adopted == row)))
    }

    /// The article that this one is, if its source has brought that from a feed before: it has the same headline and
    /// time. So a newsroom that moves in goes on with the files that its old site was made of, and readers see one.
    pub fn brought_by_feed(&self, submission: &Submission) -> Result<Option<i64>, StoreError> {
        let (None, Some(published)) = (&submission.guid, submission.published.given()) else { return Ok(None) };
        let mut statement = self.tx.prepare_cached(sql::FROM_FEED)?;
        let row = params![published.0, submission.source, submission.content.title];
        let row: Option<i64> = statement.query_row(row, |r| r.get(0)).optional()?;
        Ok(row.filter(|row| !self.plan.adopted.iter().any(|(adopted, _)| adopted == row)))
    }

    /// Plans for an article that is not stored yet.
    pub fn add(&mut self, row: i64, published: Time, submission: &'b Submission, backfill: bool, now: Time) -> Fate {
        let article = Article {
            key: submission.key.clone(),
            id: submission.id.clone(),
            guid: submission.guid.clone(),
            published,
            updated: submission.updated.map_or(published, |updated| updated.told.max(published)),
            labels: submission.own.or(&submission.ruled),
            content: submission.content.clone(),
            withdrawn: None,
        };
        let stored = Stored {
            row,
            version: 1,
            brought: submission.own.brought(),
            source: submission.source.clone(),
            own_id: submission.own_id.clone(),
            said_updated: submission.updated.map(|updated| updated.said),
            said_published: submission.published.given(),
            // Nobody has asked for an embargo who gives no time.
            embargoed: submission.published.given().is_some() && published > now,
            purged: false,
            article,
        };
        let fate = if stored.embargoed { Fate::Held } else { Fate::New };
        if !stored.embargoed {
            self.joins(&stored, wanted(&stored), backfill.then_some(Changed::Before(0)));
        }
        self.plan.new.push((stored, submission));
        fate
    }

    /// Plans for an article that is stored and whose source says something else now, or brings it back.
    pub fn again(
        &mut self,
        mut old: Stored,
        submission: &'b Submission,
        restores: bool,
        by: By<'_>,
        seconds: &mut Seconds,
    ) -> Result<Fate, StoreError> {
        let row = old.row;
        if self.plan.edits.iter().any(|edit| edit.stored.row == row) {
            // It came under both its keys at once; the other one is looked at again next time.
            return Ok(Fate::Unchanged);
        }
        if old.article.withdrawn.is_some() {
            let by_itself = || Ok::<_, StoreError>(history::withdrawn_by(self.tx, row)?.as_deref() == Some(by.who));
            if !restores || old.purged || !by_itself()? {
                return Ok(Fate::Withdrawn { purged: old.purged });
            }
            return self.restore(old, submission, seconds.take(self.tx, by.time)?).map(|()| Fate::Restored);
        }
        self.plan.heard.push((row, submission));
        let Decision::Edit { article, significant } = decide(&old, submission) else {
            self.plan.same.push((row, submission));
            return Ok(Fate::Unchanged);
        };
        old.said_updated = old.latest_said(submission.updated);
        old.said_published = submission.published.given().or(old.said_published);
        let deed = if significant { Deed::Corrected } else { Deed::Edited };
        let (brought, hash) = (submission.own.brought(), Some(submission.hash.as_str()));
        self.edit(old, Change { article: *article, brought, hash, significant, deed })?;
        Ok(Fate::Edited { significant })
    }

    /// Plans for an article that is public again, as its source brings it now.
    fn restore(&mut self, old: Stored, submission: &'b Submission, second: Time) -> Result<(), StoreError> {
        self.plan.heard.push((old.row, submission));
        let significant = !old.embargoed;
        let shown = Stored { article: Article { withdrawn: None, ..old.article.clone() }, ..old.clone() };
        let mut article = match decide(&shown, submission) {
            Decision::Edit { article, .. } => *article,
            Decision::Same => shown.article,
        };
        if significant {
            article.updated = second.max(article.updated).max(old.article.updated.plus(1));
        }
        let old = Stored { said_updated: old.latest_said(submission.updated), ..old };
        let (brought, hash) = (submission.own.brought(), Some(submission.hash.as_str()));
        self.edit(old, Change { article, brought, hash, significant, deed: Deed::Restored })
    }

    /// Plans for an article that is stored otherwise from now on.
    pub fn edit(&mut self, old: Stored, change: Change<'b>) -> Result<(), StoreError> {
        let Change { article, brought, hash, significant, deed } = change;
        let before = history::replaced(&old.article, &article)?;
        let was_withdrawn = old.article.withdrawn.is_some();
        let stored = Stored { version: old.version + 1, brought, article, ..old };
        let mut edit = Edit::of(stored, hash, deed, before);
        (edit.was_withdrawn, edit.significant) = (was_withdrawn, significant);
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

    /// Decides for each joining article where it joins, and in which order. `newest` is the newest `published` of the whole import, if it is a backfill.
    pub fn arranged(self, newest: Option<Time>) -> Plan<'b> {
        let Self { mut plan, members, .. } = self;
        let public = plan.new.iter().map(|(stored, _)| stored).filter(|stored| !stored.embargoed);
        let of_batch = public.map(|stored| stored.article.published).max();
        for (key, members) in members {
            let of_feed = plan.feeds.get(&key).map(|feed| feed.newest);
            let newest = newest.max(of_batch).max(of_feed);
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
