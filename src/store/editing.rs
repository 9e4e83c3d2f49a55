//! Plans for what editors and the clock do to stored articles: notices, corrections, erasure, other labels, release.
//!
//! Reads the store within the writer's transaction and writes nothing; knows nothing of who asks.

use rusqlite::Transaction;

use super::StoreError;
use super::batch::{Amendment, Relabel, Stored};
use super::history::Deed;
use super::plan::{Change, Edit, Plan, Planning, wanted};
use super::row;
use super::seconds::Seconds;
use crate::article::{Article, Content, Key, Time};

/// An article is withdrawn with a note, or restored with none: a significant change in all its feeds, at a second of
/// its own. Under embargo nobody sees either.
pub fn notice(tx: &Transaction<'_>, old: Stored, note: Option<&str>, now: Time) -> Result<Plan<'static>, StoreError> {
    let deed = if note.is_some() { Deed::Withdrawn } else { Deed::Restored };
    let article = Article { withdrawn: note.map(str::to_owned), ..old.article.clone() };
    significantly(tx, old, article, deed, now)
}

/// Articles are withdrawn without a note. Those that are withdrawn already, in whatever words, are left alone; the others
/// are the plan's edits.
pub fn withdrawals(
    tx: &Transaction<'_>,
    keys: &[Key],
    seconds: &mut Seconds,
    now: Time,
) -> Result<Plan<'static>, StoreError> {
    let mut planning = Planning::new(tx)?;
    for key in keys {
        if let Some(old) = row::load_by_key(tx, key)?.filter(|old| old.article.withdrawn.is_none()) {
            notice_among(&mut planning, old, Some(""), seconds.take(tx, now)?)?;
        }
    }
    Ok(planning.arranged(None))
}

/// One of several articles is withdrawn with a note, or restored with none, at this second if readers see it.
pub fn notice_among(
    planning: &mut Planning<'_, '_>,
    old: Stored,
    note: Option<&str>,
    second: Time,
) -> Result<(), StoreError> {
    let deed = if note.is_some() { Deed::Withdrawn } else { Deed::Restored };
    let mut article = Article { withdrawn: note.map(str::to_owned), ..old.article.clone() };
    let (significant, brought) = (!old.embargoed, old.brought);
    if significant {
        article.updated = second.max(old.article.updated.plus(1));
    }
    planning.edit(old, Change { article, brought, hash: None, significant, deed })
}

/// Nothing is left of an article but a notice.
pub fn purge(tx: &Transaction<'_>, old: Stored, note: &str, now: Time) -> Result<Plan<'static>, StoreError> {
    let article = Article { withdrawn: Some(note.to_owned()), content: Content::default(), ..old.article.clone() };
    let mut plan = if old.article.withdrawn.as_deref() == Some(note) {
        // Its feeds show just that already.
        let mut edit = Edit::of(Stored { article, ..old }, None, Deed::Purged, None);
        edit.shows = false;
        Plan { edits: vec![edit], ..Plan::default() }
    } else {
        significantly(tx, old, article, Deed::Purged, now)?
    };
    for edit in &mut plan.edits {
        (edit.stored.purged, edit.hash, edit.before) = (true, Some(""), None);
        edit.stored.own_id.clear();
    }
    Ok(plan)
}

/// An editor makes something else of an article; `None` if it is what it was.
pub fn amendment(
    tx: &Transaction<'_>,
    old: Stored,
    amendment: &Amendment,
    now: Time,
) -> Result<Option<Plan<'static>>, StoreError> {
    let Amendment { content, labels, brought, published, updated, .. } = amendment;
    let moved = old.moved(*updated).filter(|_| !old.embargoed);
    let mut article = Article { content: content.clone(), labels: labels.clone(), ..old.article.clone() };
    let significant = moved.is_some() || (amendment.significant && !old.embargoed);
    if let Some(published) = published.filter(|_| old.embargoed) {
        article.published = published;
        article.updated = old.latest_said(*updated).map_or(published, |said| said.min(now).max(published));
    } else if let Some(moved) = moved {
        article.updated = moved.max(old.article.updated.plus(1));
    } else if significant {
        article.updated = later_second(tx, &old, now)?;
    }
    if article == old.article && old.brought == *brought {
        return Ok(None);
    }
    let deed = if significant { Deed::Corrected } else { Deed::Edited };
    let old = Stored { said_updated: old.latest_said(*updated), ..old };
    let mut planning = Planning::new(tx)?;
    planning.edit(old, Change { article, brought: *brought, hash: None, significant, deed })?;
    Ok(Some(planning.arranged(None)))
}

/// Articles belong elsewhere by the rules. Those that have changed meanwhile are left alone; the others are the plan's
/// edits.
pub fn labels(tx: &Transaction<'_>, relabels: &[Relabel]) -> Result<Plan<'static>, StoreError> {
    let mut planning = Planning::new(tx)?;
    for relabel in relabels {
        let Some(old) = row::load_by_key(tx, &relabel.key)? else { continue };
        let moved = old.version != relabel.version || old.article.withdrawn.is_some();
        if moved || old.article.labels == relabel.labels {
            continue;
        }
        let article = Article { labels: relabel.labels.clone(), ..old.article.clone() };
        let (brought, deed) = (old.brought, Deed::Relabelled);
        planning.edit(old, Change { article, brought, hash: None, significant: false, deed })?;
    }
    Ok(planning.arranged(None))
}

/// The time of these articles has come: they join at the heads of their feeds, however old they say they are.
pub fn release(tx: &Transaction<'_>, due: Vec<Stored>) -> Result<Plan<'static>, StoreError> {
    let mut planning = Planning::new(tx)?;
    for old in due {
        let stored = Stored { embargoed: false, ..old };
        planning.joins(&stored, wanted(&stored), None);
        planning.plan.edits.push(Edit::of(stored, None, Deed::Released, None));
    }
    Ok(planning.arranged(None))
}

/// A significant change of one article, at a second of its own; before its time, a change that nobody sees.
fn significantly(
    tx: &Transaction<'_>,
    old: Stored,
    mut article: Article,
    deed: Deed,
    now: Time,
) -> Result<Plan<'static>, StoreError> {
    let (significant, brought) = (!old.embargoed, old.brought);
    if significant {
        article.updated = later_second(tx, &old, now)?;
    }
    let mut planning = Planning::new(tx)?;
    planning.edit(old, Change { article, brought, hash: None, significant, deed })?;
    Ok(planning.arranged(None))
}

/// A second until now that no article has, but later than the one this article has.
fn later_second(tx: &Transaction<'_>, old: &Stored, now: Time) -> Result<Time, StoreError> {
    Ok(Seconds::default().search(tx, now)?.max(old.article.updated.plus(1)))
}
