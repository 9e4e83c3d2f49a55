//! What publishers ask for at the same moment is done in one transaction and one revision: nobody waits for others'
//! disk writes.
//!
//! Knows nothing of who asks or what articles say. Acts are done in the order in which they came; one on an article
//! that the group has touched already begins the next group.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::act::{Act, Answer, Became, Declined, Done, What};
use super::batch::{Fate, MAX_REVISION, Stored, Submission, labels_after};
use super::editing::notice_among;
use super::history::{self, By};
use super::plan::{Known, Plan, Planning, known, loaded};
use super::seconds::Seconds;
use super::write::{begin, take_in};
use super::{Clock, StoreError, sql};
use crate::article::{Key, Time};

/// The most bytes of articles in a group: a transaction stays short however long they are.
const MAX_BYTES: usize = 8 << 20;

/// How far back an article without a date is dated so that it has a second of its own.
const FARTHEST: i64 = 300;

/// Acts that wait for the writer.
#[derive(Default)]
pub struct Mailbox(Mutex<VecDeque<Waiting>>);

struct Waiting {
    act: Act,
    clock: Clock,
    answer: oneshot::Sender<Result<Answer, StoreError>>,
}

impl Mailbox {
    /// Puts an act in; the writer is to be told.
    pub fn put(&self, act: Act, clock: Clock) -> oneshot::Receiver<Result<Answer, StoreError>> {
        let (answer, answered) = oneshot::channel();
        self.locked().push_back(Waiting { act, clock, answer });
        answered
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, VecDeque<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As many of the first acts as share a revision.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.locked();
        let (mut count, mut bytes) = (0, 0);
        while let Some(next) = waiting.get(count).filter(|_| count < MAX_REVISION) {
            bytes += next.act.what.bytes();
            if count > 0 && bytes > MAX_BYTES {
                break;
            }
            count += 1;
        }
        waiting.drain(..count).collect()
    }

    fn put_back(&self, waiting: impl DoubleEndedIterator<Item = Waiting>) {
        let mut all = self.locked();
        waiting.rev().for_each(|one| all.push_front(one));
    }

    /// Does at least one of the acts that wait, if there are any, and tells those who asked for them.
    pub fn work(&self, connection: &mut Connection) {
        let mut waiting = self.take();
        let acts: Vec<&Act> = waiting.iter().map(|one| &one.act).collect();
        let Some(now) = waiting.iter().map(|one| one.clock.now()).max() else { return };
        let answers = match perform(connection, &acts, now) {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) if acts.len() == 1 => vec![Err(error)],
            // What is wrong with one is no other's fault.
            Err(_) => acts.iter().map(|act| alone(connection, act, now)).collect::<Vec<_>>(),
        };
        self.put_back(waiting.drain(answers.len()..));
        for (one, answer) in waiting.into_iter().zip(answers) {
            // Whoever asked may have gone; it is done all the same.
            drop(one.answer.send(answer));
        }
    }
}

fn alone(connection: &mut Connection, act: &Act, now: Time) -> Result<Answer, StoreError> {
    perform(connection, &[act], now)?.pop().ok_or(StoreError::Closed)
}

/// Does the first of these acts and those behind it that can be done with it; an answer for each that was.
fn perform(connection: &mut Connection, acts: &[&Act], now: Time) -> Result<Vec<Answer>, StoreError> {
    let tx = begin(connection)?;
    let (mut plan, planned) = planned(&tx, acts, now)?;
    // Each article has somebody on whose behalf it is written.
    let number = take_in(&tx, &mut plan, By { who: "", time: now })?;
    let answers = answers(&tx, &plan, planned, number)?;
    tx.commit()?;
    Ok(answers)
}

/// What would become of an act, at this moment.
pub fn rehearse(connection: &mut Connection, act: &Act, now: Time) -> Result<Answer, StoreError> {
    let tx = connection.transaction()?;
    let (plan, planned) = planned(&tx, &[act], now)?;
    answers(&tx, &plan, planned, None)?.pop().ok_or(StoreError::Closed)
}

/// What is planned for one act.
enum Planned {
    Declined(Declined),
    Same(Box<Stored>),
    New(usize),
    Edit(usize, Became),
}

/// A group being planned.
struct Group<'t, 'b> {
    tx: &'t Transaction<'t>,
    planning: Planning<'t, 'b>,
    seconds: Seconds,
    now: Time,
    /// The row of the next new article.
    next: i64,
}

fn planned<'b>(tx: &Transaction<'_>, acts: &[&'b Act], now: Time) -> Result<(Plan<'b>, Vec<Planned>), StoreError> {
    let known = known(tx, acts.iter().map(|act| act.what.key()))?;
    let last: i64 = tx.prepare_cached(sql::LAST_ARTICLE)?.query_row([], |r| r.get(0))?;
    let (planning, seconds) = (Planning::new(tx)?, Seconds::of_the_last(FARTHEST));
    let mut group = Group { tx, planning, seconds, now, next: last + 1 };
    let mut planned = Vec::with_capacity(acts.len());
    for act in acts {
        let key = act.what.key();
        let Some(one) = group.plan(act, known.get(key.as_str()))? else { break };
        planned.push(one);
    }
    Ok((group.planning.arranged(None), planned))
}

impl<'b> Group<'_, 'b> {
    /// Plans an act; `None` if the group has touched its article already.
    fn plan(&mut self, act: &'b Act, known: Option<&Known>) -> Result<Option<Planned>, StoreError> {
        let adopted = match (&act.what, known) {
            (What::Put { submission, .. }, None) => self.planning.brought_by_feed(submission)?,
            _ => None,
        };
        let row = known.map(|known| known.row).or(adopted);
        if self.touches(row, act.what.key()) {
            return Ok(None);
        }
        let old = row.map(|row| loaded(self.tx, row)).transpose()?;
        if let Err(declined) = act.terms.before(old.as_ref()) {
            return Ok(Some(Planned::Declined(declined)));
        }
        let planned = match (&act.what, old) {
            (What::Put { submission, .. }, None) => self.add(act, submission)?,
            (What::Put { submission, anyway }, Some(old)) => {
                if let Some(row) = adopted {
                    self.planning.plan.adopted.push((row, submission));
                }
                let same = known.is_some_and(|known| known.says(submission)) && !anyway;
                self.put(act, submission, old, same)?
            }
            (_, None) => Planned::Declined(Declined::Unknown),
            (What::Withdraw(_, note), Some(old)) => self.notice(act, old, Some(note))?,
            (What::Restore(_), Some(old)) => self.notice(act, old, None)?,
        };
        Ok(Some(planned))
    }

    fn touches(&self, row: Option<i64>, key: &Key) -> bool {
        let plan = &self.planning.plan;
        plan.new.iter().any(|(new, _)| new.article.key == *key)
            || row.is_some_and(|row| {
                plan.edits.iter().any(|edit| edit.stored.row == row)
                    || plan.same.iter().chain(&plan.adopted).any(|(touched, _)| *touched == row)
            })
    }

    fn add(&mut self, act: &'b Act, submission: &'b Submission) -> Result<Planned, StoreError> {
        if let Err(declined) = act.terms.districts(&submission.own.or(&submission.ruled).districts) {
            return Ok(Planned::Declined(declined));
        }
        let published = self.seconds.resolve(self.tx, submission.published, submission.updated)?;
        self.planning.add(self.next, published, submission, false, self.now);
        self.planning.plan.behalves.insert(self.next, &act.who);
        self.next += 1;
        Ok(Planned::New(self.planning.plan.new.len() - 1))
    }

    fn put(
        &mut self,
        act: &'b Act,
        submission: &'b Submission,
        old: Stored,
        same: bool,
    ) -> Result<Planned, StoreError> {
        if old.article.withdrawn.is_some() {
            return Ok(Planned::Declined(if old.purged { Declined::Purged } else { Declined::Withdrawn }));
        }
        if same {
            return Ok(Planned::Same(Box::new(old)));
        }
        let labels = labels_after(&old, &submission.content, &submission.own, &submission.ruled);
        if let Err(declined) = act.terms.districts(&labels.districts) {
            return Ok(Planned::Declined(declined));
        }
        let (row, by) = (old.row, By { who: &act.who, time: self.now });
        let kept = Stored { brought: submission.own.brought(), ..old.clone() };
        match self.planning.again(old, submission, false, by, &mut self.seconds)? {
            Fate::Edited { significant } => Ok(self.edited(act, row, Became::Replaced { significant })),
            _ => Ok(Planned::Same(Box::new(kept))),
        }
    }

    fn notice(&mut self, act: &'b Act, old: Stored, note: Option<&str>) -> Result<Planned, StoreError> {
        if old.article.withdrawn.as_deref() == note {
            return Ok(Planned::Same(Box::new(old)));
        }
        if old.purged {
            return Ok(Planned::Declined(Declined::Purged));
        }
        let (row, second) = (old.row, self.seconds.take(self.tx, self.now)?);
        notice_among(&mut self.planning, old, note, second)?;
        let became = if note.is_some() { Became::Withdrawn } else { Became::Restored };
        Ok(self.edited(act, row, became))
    }

    fn edited(&mut self, act: &'b Act, row: i64, became: Became) -> Planned {
        self.planning.plan.behalves.insert(row, &act.who);
        Planned::Edit(self.planning.plan.edits.len() - 1, became)
    }
}

/// What is told of each act; `number` is the revision that shows what was done.
fn answers(
    tx: &Transaction<'_>,
    plan: &Plan<'_>,
    planned: Vec<Planned>,
    number: Option<u64>,
) -> Result<Vec<Answer>, StoreError> {
    let done = |became, stored: Stored, number: Option<u64>| {
        let last = || history::last_shown(tx, stored.row);
        let revision = number.map_or_else(last, |number| Ok(Some(number)))?;
        Ok(Ok(Done { became, stored, revision }))
    };
    let answer = |planned| match planned {
        Planned::Declined(declined) => Ok(Err(declined)),
        Planned::Same(stored) => done(Became::Unchanged, *stored, None),
        Planned::New(index) => {
            let stored = plan.new[index].0.clone();
            let number = number.filter(|_| !stored.embargoed);
            done(Became::Created, stored, number)
        }
        Planned::Edit(index, became) => {
            let edit = &plan.edits[index];
            done(became, edit.stored.clone(), number.filter(|_| edit.shows))
        }
    };
    planned.into_iter().map(answer).collect()
}
