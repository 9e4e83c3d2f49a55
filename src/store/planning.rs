//! What commands come to: each is decided upon by what is stored at this moment, and by the commands before it.
//!
//! Reads the store and writes nothing; knows nothing of who asks.

use rusqlite::{OptionalExtension, Transaction, params};

use super::command::{Amendment, Command, Operation, Outcome, PutMode, Rejection};
use super::history::{self, HistoryAction};
use super::joining::Changed;
use super::plan::{Change, Decision, Edit, Heard, New, Plan, Planning, Settings, wanted};
use super::stored::{Stored, replaced};
use super::submission::Submission;
use super::target::{Target, targets};
use super::{StoreError, row, sql};
use crate::article::{Article, Content, Key, Labels, Time};

/// Plans the first of these commands and those behind it that can be executed with it.
///
/// A command on an article that the plan changes already, and all behind it, are left to the next plan; but an import
/// that names an article twice, under two of its keys, changes it once.
pub fn plan<'b>(tx: &Transaction<'_>, commands: &[&'b Command], settings: Settings) -> Result<Plan<'b>, StoreError> {
    let known = targets(tx, commands.iter().map(|command| &command.target))?;
    let known = |command: &Command| known.get(command.target.as_str());
    let repeated = commands.iter().map(|command| known(command)?.repeated(command).map(Ok)).collect();
    if let Some(decisions) = repeated {
        // Nothing else has to be read.
        return Ok(Plan { decisions, ..Plan::default() });
    }
    let mut planning = Planning::new(tx, settings)?;
    for command in commands {
        let Some(decision) = planning.decide(command, known(command))? else { break };
        planning.plan.decisions.push(decision);
    }
    Ok(planning.arranged())
}

/// What an operation comes to.
type Decided = Result<Result<Outcome, Rejection>, StoreError>;

/// The same of an operation that is executed.
fn done(outcome: Outcome) -> Decided {
    Ok(Ok(outcome))
}

/// The same of an operation that is rejected.
fn rejected(rejection: Rejection) -> Decided {
    Ok(Err(rejection))
}

/// Why a withdrawn article is not changed.
fn closed(old: &Stored) -> Option<Rejection> {
    let rejection = if old.purged { Rejection::Purged } else { Rejection::Withdrawn };
    old.article.withdrawn.is_some().then_some(rejection)
}

impl<'b> Planning<'_, 'b> {
    /// Decides on a command; `None` if it is left to the next plan.
    fn decide(
        &mut self,
        command: &'b Command,
        known: Option<&Target>,
    ) -> Result<Option<Result<Decision, Rejection>>, StoreError> {
        if let Some(decision) = known.and_then(|known| known.repeated(command)) {
            return Ok(Some(Ok(decision)));
        }
        let adopted = match (&command.operation, known) {
            (Operation::Put { submission, .. }, None) => self.recognised(submission)?,
            _ => None,
        };
        let row = known.map(|known| known.row).or(adopted);
        let is_import = matches!(&command.operation, Operation::Put { mode, .. } if mode.is_import());
        if !is_import && self.touches(row, &command.target) {
            return Ok(None);
        }
        let old = row.map(|row| row::loaded(self.tx, row)).transpose()?;
        if let Err(rejection) = command.preconditions.before(old.as_ref()) {
            return Ok(Some(Err(rejection)));
        }
        let kept = old.as_ref().filter(|_| !is_import).cloned();
        let decided = self.operate(command, old, known)?;
        // Known by this id from now on, so that it can be restored by it.
        if let (Some(row), Operation::Put { submission, .. }) = (adopted, &command.operation)
            && !matches!(decided, Err(Rejection::Outside(_)))
        {
            self.plan.adopted.push((row, submission));
        }
        Ok(Some(decided.map(|outcome| self.decision(outcome, row.unwrap_or(self.last_row), kept))))
    }

    /// What has just been planned.
    fn decision(&self, outcome: Outcome, row: i64, kept: Option<Stored>) -> Decision {
        let shows = match outcome {
            Outcome::Unchanged => false,
            Outcome::Created { embargoed } => !embargoed,
            _ => self.plan.edits.last().is_some_and(|edit| edit.shows),
        };
        let heard = self.plan.heard.last().filter(|heard| heard.row == row && heard.same);
        let brought = heard.map(|heard| heard.submission.own.brought());
        let kept = kept.filter(|_| outcome == Outcome::Unchanged).map(|kept| {
            let brought = brought.unwrap_or(kept.brought);
            Box::new(Stored { brought, ..kept })
        });
        Decision { outcome, row, shows, kept }
    }

    fn operate(&mut self, command: &'b Command, old: Option<Stored>, known: Option<&Target>) -> Decided {
        match (&command.operation, old) {
            (Operation::Put { submission, mode }, None) => self.create(command, submission, *mode),
            (Operation::Put { submission, mode }, Some(old)) => {
                let says_same = *mode == PutMode::Publish && known.is_some_and(|known| known.says(submission));
                self.put(command, old, submission, *mode, says_same)
            }
            (_, None) => rejected(Rejection::Unknown),
            (Operation::Amend(amendment), Some(old)) => self.amend(command, old, amendment),
            (Operation::Relabel(labels), Some(old)) => self.relabel(command, old, labels),
            (Operation::Withdraw { note: None }, Some(old)) if old.article.withdrawn.is_some() => {
                done(Outcome::Unchanged)
            }
            (Operation::Withdraw { note }, Some(old)) => self.notice(command, old, Some(note.as_deref().unwrap_or(""))),
            (Operation::Restore, Some(old)) => self.notice(command, old, None),
            (Operation::Purge { note }, Some(old)) => self.purge(command, old, note),
            (Operation::Release, Some(old)) => Ok(Ok(self.release(command, old))),
        }
    }

    /// Whether the plan changes an article, or the command before has told that it is the same.
    fn touches(&self, row: Option<i64>, key: &Key) -> bool {
        let Plan { new, adopted, heard, .. } = &self.plan;
        new.iter().any(|new| new.stored.article.key == *key)
            || row.is_some_and(|row| {
                let mut told = heard.iter().map(|heard| heard.row).chain(adopted.iter().map(|(row, _)| *row));
                self.edits(row) || told.any(|told| told == row)
            })
    }

    fn edits(&self, row: i64) -> bool {
        self.plan.edits.iter().any(|edit| edit.stored.row == row)
    }

    /// Whether readers know another article, stored or new, by the id that this one brings.
    fn is_taken(&self, submission: &Submission, mode: PutMode) -> Result<bool, StoreError> {
        let Some(guid) = &submission.guid else {
            return Ok(!mode.is_import() && self.tx.prepare_cached(sql::KNOWN_AS)?.exists([&submission.id])?);
        };
        let key = guid.rsplit_once(":a/").map_or("", |(_, key)| key);
        let stored = self.tx.prepare_cached(sql::TAKEN)?.exists([guid.as_str(), key])?;
        Ok(stored || self.plan.new.iter().any(|new| new.submission.guid.as_ref() == Some(guid)))
    }

    /// The article that this one is, if it has come under another key.
    ///
    /// Its source may have brought it from a feed before: then it has the same headline and time. So a newsroom that
    /// moves in goes on with the files that its old site was made of, and readers see one.
    fn recognised(&self, submission: &Submission) -> Result<Option<i64>, StoreError> {
        let row: Option<i64> = match (&submission.same_as, &submission.guid, submission.published.given()) {
            (Some(key), ..) => {
                self.tx.prepare_cached(sql::ROW_OF)?.query_row([key.as_str()], |r| r.get(0)).optional()?
            }
            (None, None, Some(published)) => {
                let row = params![published.0, submission.source, submission.content.title];
                self.tx.prepare_cached(sql::FROM_FEED)?.query_row(row, |r| r.get(0)).optional()?
            }
            _ => None,
        };
        // Somebody may have been faster.
        Ok(row.filter(|row| !self.plan.adopted.iter().any(|(adopted, _)| adopted == row)))
    }

    /// An article is new.
    fn create(&mut self, command: &'b Command, submission: &'b Submission, mode: PutMode) -> Decided {
        let labels = submission.own.or(&submission.ruled);
        if let Err(rejection) = command.preconditions.districts(&labels.districts) {
            return rejected(rejection);
        }
        if self.is_taken(submission, mode)? {
            return rejected(Rejection::Taken);
        }
        self.last_row += 1;
        let published = self.seconds.resolve(self.tx, submission)?;
        let article = Article {
            key: submission.key.clone(),
            id: submission.id.clone(),
            guid: submission.guid.clone(),
            published,
            updated: submission.updated.map_or(published, |updated| updated.told.max(published)),
            labels,
            content: submission.content.clone(),
            withdrawn: None,
        };
        // Nobody has asked for an embargo who gives no time.
        let embargoed = submission.published.given().is_some() && published > self.settings.now;
        let stored = Stored {
            row: self.last_row,
            version: 1,
            brought: submission.own.brought(),
            source: submission.source.clone(),
            own_id: submission.own_id.clone(),
            said_updated: submission.updated.map(|updated| updated.said),
            said_published: submission.published.given(),
            embargoed,
            purged: false,
            article,
        };
        if !embargoed {
            self.joins(&stored, wanted(&stored), self.settings.backfill.map(|_| Changed::Before(0)));
        }
        self.plan.new.push(New { stored, submission, actor: &command.actor });
        done(Outcome::Created { embargoed })
    }

    /// An article is stored already, and its source says something else now or brings it back.
    fn put(
        &mut self,
        command: &'b Command,
        mut old: Stored,
        submission: &'b Submission,
        mode: PutMode,
        says_same: bool,
    ) -> Decided {
        if self.edits(old.row) {
            // It came under both its keys at once; the other one is looked at again next time.
            return done(Outcome::Unchanged);
        }
        if let Some(rejection) = closed(&old) {
            let actor = || history::withdrawn_by(self.tx, old.row);
            let is_back = mode == PutMode::ImportAndRestore && !old.purged;
            let is_back = is_back && actor()?.as_deref() == Some(&*command.actor);
            return if is_back { self.put_back(command, old, submission) } else { rejected(rejection) };
        }
        if says_same {
            return done(Outcome::Unchanged);
        }
        let replaced = replaced(&old, submission);
        if let Some((article, _)) = &replaced
            && let Err(rejection) = command.preconditions.districts(&article.labels.districts)
        {
            return rejected(rejection);
        }
        self.plan.heard.push(Heard { row: old.row, submission, same: replaced.is_none() });
        let Some((article, significant)) = replaced else { return done(Outcome::Unchanged) };
        old.said_updated = old.latest_said(submission.updated);
        old.said_published = submission.published.given().or(old.said_published);
        let action = if significant { HistoryAction::Corrected } else { HistoryAction::Edited };
        let (brought, hash) = (submission.own.brought(), Some(submission.hash.as_str()));
        self.edit(command, old, Change { article, brought, hash, significant, action })?;
        done(Outcome::Replaced { significant })
    }

    /// A withdrawn article is public again, as its source brings it now.
    fn put_back(&mut self, command: &'b Command, old: Stored, submission: &'b Submission) -> Decided {
        self.plan.heard.push(Heard { row: old.row, submission, same: false });
        let significant = !old.embargoed;
        let shown = Stored { article: Article { withdrawn: None, ..old.article.clone() }, ..old.clone() };
        let mut article = replaced(&shown, submission).map_or(shown.article, |(article, _)| article);
        if significant {
            article.updated = self.second_after(&old)?.max(article.updated);
        }
        let old = Stored { said_updated: old.latest_said(submission.updated), ..old };
        let (brought, hash) = (submission.own.brought(), Some(submission.hash.as_str()));
        let action = HistoryAction::Restored;
        self.edit(command, old, Change { article, brought, hash, significant, action })?;
        done(Outcome::Restored)
    }

    /// An editor makes something else of an article.
    fn amend(&mut self, command: &'b Command, old: Stored, amendment: &Amendment) -> Decided {
        let Amendment { content, labels, brought, published, updated, .. } = amendment;
        if let Some(rejection) = closed(&old) {
            return rejected(rejection);
        }
        if !old.embargoed && published.is_some_and(|published| published != old.article.published) {
            return rejected(Rejection::Public);
        }
        let moved = old.moved(*updated).filter(|_| !old.embargoed);
        let mut article = Article { content: content.clone(), labels: labels.clone(), ..old.article.clone() };
        let significant = moved.is_some() || (amendment.significant && !old.embargoed);
        if let Some(published) = published.filter(|_| old.embargoed) {
            article.published = published;
            let said = old.latest_said(*updated);
            article.updated = said.map_or(published, |said| said.min(self.settings.now).max(published));
        } else if let Some(moved) = moved {
            article.updated = moved.max(old.article.updated.plus(1));
        } else if significant {
            article.updated = self.second_after(&old)?;
        }
        if article == old.article && old.brought == *brought {
            return done(Outcome::Unchanged);
        }
        let action = if significant { HistoryAction::Corrected } else { HistoryAction::Edited };
        let old = Stored { said_updated: old.latest_said(*updated), ..old };
        self.edit(command, old, Change { article, brought: *brought, hash: None, significant, action })?;
        done(Outcome::Replaced { significant })
    }

    /// An article belongs elsewhere by the rules.
    fn relabel(&mut self, command: &'b Command, old: Stored, labels: &Labels) -> Decided {
        if let Some(rejection) = closed(&old) {
            return rejected(rejection);
        }
        if old.article.labels == *labels {
            return done(Outcome::Unchanged);
        }
        let article = Article { labels: labels.clone(), ..old.article.clone() };
        let (brought, action) = (old.brought, HistoryAction::Relabelled);
        self.edit(command, old, Change { article, brought, hash: None, significant: false, action })?;
        done(Outcome::Relabelled)
    }

    /// An article is withdrawn with a note, or restored with none.
    fn notice(&mut self, command: &'b Command, old: Stored, note: Option<&str>) -> Decided {
        if old.article.withdrawn.as_deref() == note {
            return done(Outcome::Unchanged);
        }
        if old.purged {
            return rejected(Rejection::Purged);
        }
        let article = Article { withdrawn: note.map(str::to_owned), ..old.article.clone() };
        let (action, outcome) = match note {
            Some(_) => (HistoryAction::Withdrawn, Outcome::Withdrawn),
            None => (HistoryAction::Restored, Outcome::Restored),
        };
        self.significantly(command, old, article, action)?;
        done(outcome)
    }

    /// Nothing is left of an article but a notice.
    fn purge(&mut self, command: &'b Command, old: Stored, note: &str) -> Decided {
        if old.purged {
            return rejected(Rejection::Purged);
        }
        let article = Article { withdrawn: Some(note.to_owned()), content: Content::default(), ..old.article.clone() };
        if old.article.withdrawn == article.withdrawn {
            // Its feeds show just that already.
            let edit = Edit::of(Stored { article, ..old }, HistoryAction::Purged, &command.actor);
            self.plan.edits.push(Edit { shows: false, ..edit });
        } else {
            self.significantly(command, old, article, HistoryAction::Purged)?;
        }
        let edit = self.plan.edits.last_mut().expect("it has just been planned");
        (edit.stored.purged, edit.hash, edit.before) = (true, Some(""), None);
        edit.stored.own_id.clear();
        done(Outcome::Purged)
    }

    /// The time of an article has come: it joins at the heads of its feeds, however old it says it is.
    fn release(&mut self, command: &'b Command, old: Stored) -> Outcome {
        let due = old.embargoed && old.article.withdrawn.is_none() && old.article.published <= self.settings.now;
        if !due {
            return Outcome::Unchanged;
        }
        let stored = Stored { embargoed: false, ..old };
        self.joins(&stored, wanted(&stored), None);
        self.plan.edits.push(Edit::of(stored, HistoryAction::Released, &command.actor));
        Outcome::Released
    }

    /// A significant change of an article, at a second of its own; before its time, a change that nobody sees.
    fn significantly(
        &mut self,
        command: &'b Command,
        old: Stored,
        mut article: Article,
        action: HistoryAction,
    ) -> Result<(), StoreError> {
        let (significant, brought) = (!old.embargoed, old.brought);
        if significant {
            article.updated = self.second_after(&old)?;
        }
        self.edit(command, old, Change { article, brought, hash: None, significant, action })
    }

    /// A second until now that no article has, but later than the one this article has.
    fn second_after(&mut self, old: &Stored) -> Result<Time, StoreError> {
        Ok(self.seconds.take(self.tx, self.settings.now)?.max(old.article.updated.plus(1)))
    }
}
