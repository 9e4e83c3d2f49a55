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
use super::batch::{Fate, MAX_REVISION, Published, Stored, Submission, labels_after};
use super::editing::notice_among;
use super::history::{self, By};
use super::plan::{Known, Plan, Planning, known};
use super::seconds::Seconds;
use super::write::{begin, take_in};
use super::{Clock, StoreError, row, sql};
use crate::article::{Key, Time};

/// The most bytes of articles in a group: a transaction stays short however long they are.
const MAX_BYTES: usize = 8 << 20;

/// Behind how many others an article without a date looks for a second of its own.
const PATIENCE: usize = 60;

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
            // All would wait as long for nothing: who has the store has it.
            Err(error) if error.is_busy() => {
                let others = (1..acts.len()).map(|_| Err(StoreError::Slow));
                std::iter::once(Err(error)).chain(others).collect()
            }
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
    let (planning, seconds) = (Planning::new(tx)?, Seconds::behind(PATIENCE));
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
        let old = row.map(|row| row::loaded(self.tx, row)).transpose()?;
        if let Err(declined) = act.terms.before(old.as_ref()) {
            return Ok(Some(Planned::Declined(declined)));
        }
        let planned = match (&act.what, old) {
            (What::Put { submission, .. }, None) => self.add(act, submission)?,
            (What::Put { submission, anyway }, Some(old)) => {
                let same = known.is_some_and(|known| known.says(submission)) && !anyway;
                let planned = self.put(act, submission, old, same)?;
                // Known by this id from now on, so that it can be restored by it.
                let known = !matches!(planned, Planned::Declined(Declined::Outside(_)));
                if let Some(row) = adopted.filter(|_| known) {
                    self.planning.plan.adopted.push((row, submission));
                }
                planned
            }
            (_, None) => Planned::Declined(Declined::Unknown),
            (What::Withdraw(_, None), Some(old)) if old.article.withdrawn.is_some() => Planned::Same(Box::new(old)),
            (What::Withdraw(_, note), Some(old)) => self.notice(act, old, Some(note.as_deref().unwrap_or_default()))?,
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
        if self.tx.prepare_cached(sql::KNOWN_AS)?.exists([&submission.id])? {
            return Ok(Planned::Declined(Declined::Taken));
        }
        let published = match submission.published {
            Published::Given(_) | Published::Day(..) => self.seconds.resolve(self.tx, submission)?,
            Published::Assumed(time) => self.seconds.next(self.tx, time)?,
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Content, Labels, Slug};
    use crate::store::act::{Tags, Terms};
    use crate::store::batch::OwnLabels;
    use crate::store::{Change, Revision, Store};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const NOW: Time = Time(1_800_000_000);

    /// An article that says this, by a publisher of this name.
    fn put(own_id: &str, title: &str, who: &str) -> Act {
        let key = Key::derive("local", own_id);
        let content = Content { title: title.to_owned(), summary: title.to_owned(), ..Content::default() };
        let submission = Submission {
            id: format!("tag:news.example,2026:a/{key}"),
            key,
            same_as: None,
            guid: None,
            source: "local".to_owned(),
            own_id: own_id.to_owned(),
            published: Published::Assumed(NOW),
            updated: None,
            content,
            own: OwnLabels::default(),
            ruled: Labels::default(),
            addresses: Vec::new(),
            hash: title.to_owned(),
            bytes: title.len(),
        };
        let what = What::Put { submission: Box::new(submission), anyway: false };
        Act { what, terms: Terms::default(), who: who.to_owned() }
    }

    fn key(own_id: &str) -> Key {
        Key::derive("local", own_id)
    }

    /// A store in a folder of its own, and a connection that may write to it.
    fn store() -> (tempfile::TempDir, Store, Connection) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        let store = Store::open(&path.to_string_lossy(), "", NOW).expect("a store");
        let connection = Connection::open(&path).expect("a connection");
        (folder, store, connection)
    }

    /// What becomes of acts that all wait before the writer comes; after so many groups.
    fn together(connection: &mut Connection, acts: Vec<Act>) -> (Vec<Answer>, usize) {
        let mailbox = Mailbox::default();
        let mut waiting: Vec<_> = acts.into_iter().map(|act| mailbox.put(act, Clock::at(NOW))).collect();
        let (mut answers, mut groups) = (Vec::new(), 0);
        while answers.len() < waiting.len() {
            mailbox.work(connection);
            groups += 1;
            while let Some(Ok(answer)) = waiting.get_mut(answers.len()).map(|one| one.try_recv()) {
                answers.push(answer.expect("the store answers"));
            }
            assert!(groups <= waiting.len(), "each group does one at least");
        }
        (answers, groups)
    }

    fn last(store: &Store) -> Revision {
        let Change { revisions, .. } = store.changes_after(0).wait().expect("the store answers");
        *revisions.last().expect("it was born with one")
    }

    #[test]
    fn acts_that_wait_together_share_a_revision_and_each_is_told_of_his_own() {
        let (_folder, store, mut connection) = store();
        let born = last(&store).number;
        let acts = vec![put("1", "盐", "token a"), put("2", "灯", "token b"), put("3", "龙", "token c")];
        let (answers, groups) = together(&mut connection, acts);
        assert_eq!((groups, last(&store).number), (1, born + 1));
        for (answer, (own_id, who)) in answers.iter().zip([("1", "token a"), ("2", "token b"), ("3", "token c")]) {
            let done = answer.as_ref().expect("it is done");
            let told = (&done.stored.own_id[..], done.became, done.revision);
            assert_eq!(told, (own_id, Became::Created, Some(born + 1)));
            let past = store.history(&key(own_id)).wait().expect("an answer").expect("a past");
            assert_eq!(past[0].who, who);
        }
        // Each has a second of its own, since nobody gave it one, in the order in which they came.
        let seconds: Vec<Time> = answers.iter().flatten().map(|done| done.stored.article.published).collect();
        assert_eq!(seconds, [NOW, NOW.plus(1), NOW.plus(2)]);
        assert!(answers.iter().flatten().all(|done| !done.stored.embargoed));
    }

    #[test]
    fn who_asks_for_the_same_article_is_next_and_sees_what_the_first_has_done() {
        let (_folder, _store, mut connection) = store();
        let new = Terms { if_none_match: Some(Tags::Any), ..Terms::default() };
        let acts = vec![
            Act { terms: new.clone(), ..put("1", "盐", "a") },
            Act { terms: new, ..put("1", "灯", "b") },
            put("1", "盐", "c"),
            put("1", "龙", "d"),
        ];
        let (answers, groups) = together(&mut connection, acts);
        let became: Vec<_> = answers.iter().map(|answer| answer.as_ref().map(|done| done.became).ok()).collect();
        let replaced = Became::Replaced { significant: false };
        assert_eq!(became, [Some(Became::Created), None, Some(Became::Unchanged), Some(replaced)]);
        assert_eq!(answers[1], Err(Declined::Precondition));
        assert_eq!(groups, 2, "what changes nothing waits for nobody");
    }

    #[test]
    fn one_that_cannot_be_written_takes_no_other_with_it() {
        let (folder, store, mut connection) = store();
        store.put(Default::default(), NOW).wait().expect("nothing is written");
        let broken = rusqlite::Connection::open(folder.path().join("a.db")).expect("the store");
        let trigger = "CREATE TRIGGER broken BEFORE INSERT ON article WHEN NEW.own_id = '2'
            BEGIN SELECT RAISE(ABORT, 'broken'); END";
        broken.execute_batch(trigger).expect("a trigger");
        let mailbox = Mailbox::default();
        let waiting: Vec<_> = ["1", "2", "3"].map(|id| mailbox.put(put(id, "盐", "a"), Clock::at(NOW))).into();
        mailbox.work(&mut connection);
        let done: Vec<bool> = waiting.into_iter().map(|mut one| one.try_recv().expect("an answer").is_ok()).collect();
        assert_eq!(done, [true, false, true]);
        assert!(store.dossier(&key("2")).wait().expect("an answer").is_none());
    }

    #[test]
    fn what_is_not_within_bounds_before_and_after_is_declined() {
        let (_folder, _store, mut connection) = store();
        let slug = |text: &str| Slug::parse(text).expect("a slug");
        let bounded =
            |act: Act| Act { terms: Terms { within: Some(BTreeSet::from([slug("daan")])), ..Terms::default() }, ..act };
        let placed = |own_id: &str, districts: &[&str]| {
            let mut act = put(own_id, &districts.join(""), "a");
            if let What::Put { submission, .. } = &mut act.what {
                submission.own.districts = Some(districts.iter().map(|district| slug(district)).collect());
            }
            act
        };
        let outside = |answer: &Answer| matches!(answer, Err(Declined::Outside(_)));
        let (answers, _) = together(
            &mut connection,
            vec![bounded(placed("1", &["daan"])), bounded(placed("2", &["yantan"])), bounded(placed("3", &[]))],
        );
        assert!(answers[0].is_ok() && outside(&answers[1]) && outside(&answers[2]), "{answers:?}");
        together(&mut connection, vec![placed("4", &["daan", "yantan"])]);
        let (answers, _) = together(
            &mut connection,
            vec![
                bounded(placed("4", &["daan"])),
                bounded(placed("1", &["yantan"])),
                bounded(Act { what: What::Withdraw(key("4"), None), ..put("4", "", "a") }),
            ],
        );
        assert!(answers.iter().all(outside), "{answers:?}");
    }

    #[test]
    fn a_rehearsal_tells_what_would_become_and_changes_nothing() {
        let (_folder, store, mut connection) = store();
        let before = last(&store);
        let told = rehearse(&mut connection, &put("1", "盐", "a"), NOW).expect("an answer").expect("it would be done");
        assert_eq!((told.became, told.revision), (Became::Created, None));
        assert!(store.dossier(&key("1")).wait().expect("an answer").is_none());
        assert_eq!(last(&store), before);
    }

    /// Something that one of a few publishers asks of one of a few articles.
    fn any_act() -> impl Strategy<Value = Act> {
        let own_id = || prop::sample::select(vec!["1", "2", "3"]);
        let title = prop::sample::select(vec!["盐", "灯"]);
        prop_oneof![
            4 => (own_id(), title).prop_map(|(own_id, title)| put(own_id, title, "a")),
            1 => own_id().prop_map(|id| Act { what: What::Withdraw(key(id), Some("误".to_owned())), ..put(id, "", "b") }),
            1 => own_id().prop_map(|id| Act { what: What::Restore(key(id)), ..put(id, "", "c") }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn acts_come_to_the_same_together_as_one_after_the_other(acts in prop::collection::vec(any_act(), 1..12)) {
            let (_one, _, mut connection) = store();
            let (together, _) = together(&mut connection, acts.clone());
            let (_other, _, mut connection) = store();
            let became = |answer: &Answer| answer.as_ref().map(|done| (done.became, done.stored.article.content.clone())).map_err(Clone::clone);
            for (act, answer) in acts.into_iter().zip(together) {
                let (alone, _) = self::together(&mut connection, vec![act]);
                prop_assert_eq!(became(&alone[0]), became(&answer));
            }
        }
    }
}
