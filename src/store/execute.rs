//! Transactions that execute commands: a batch in one, and what publishers ask for at the same moment in one.
//!
//! Knows nothing of who asks or what articles say.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::apply::apply;
use super::command::{Answer, Batch, Command, Done, Executed, MAX_REVISION, Operation, Outcome, Rejection};
use super::engine::{begin, erase};
use super::plan::{Decision, Plan, Settings};
use super::planning::plan;
use super::{Clock, StoreError, history, row, sql, watched};
use crate::article::{Key, Time};

/// The most bytes of articles in a group: a transaction stays short however long they are.
const MAX_BYTES: usize = 8 << 20;

/// Behind how many others an article of a group looks for a second of its own.
const PATIENCE: usize = 60;

/// Executes a batch: all of it or, if it fails, nothing. Each [`MAX_REVISION`] commands make a revision, if they change
/// anything; they share a transaction, because what is written many times over are the pages of feeds' indexes.
pub fn execute(connection: &mut Connection, batch: &Batch, clock: Clock) -> Result<Vec<Answer>, StoreError> {
    let tx = begin(connection)?;
    let commands: Vec<&Command> = batch.commands.iter().collect();
    let mut answers = Vec::with_capacity(commands.len());
    while let Some(rest) = commands.get(answers.len()..).filter(|rest| !rest.is_empty()) {
        let settings = Settings { now: clock.now(), backfill: batch.backfill, patience: None };
        let mut plan = plan(&tx, &rest[..rest.len().min(MAX_REVISION)], settings)?;
        let revision = apply(&tx, &mut plan, settings.now)?;
        answers.extend(plan.decisions.into_iter().map(|decision| answer(decision, revision)));
    }
    watched::note(&tx, &batch.files)?;
    tx.commit()?;
    if erases(batch, &answers) {
        erase(connection)?;
    }
    Ok(answers)
}

/// Whether anything of an article may be left in the file's free pages and in the log: if it was purged now, or before by
/// somebody who was cut off.
fn erases(batch: &Batch, answers: &[Answer]) -> bool {
    let purged = |answer: &Answer| match answer {
        Ok(executed) => executed.outcome == Outcome::Purged,
        Err(rejection) => *rejection == Rejection::Purged,
    };
    let is_purge = |command: &Command| matches!(command.operation, Operation::Purge { .. });
    batch.commands.iter().zip(answers).any(|(command, answer)| is_purge(command) && purged(answer))
}

/// What would become of a batch, at this moment.
pub fn preview(connection: &mut Connection, batch: &Batch, now: Time) -> Result<Vec<Answer>, StoreError> {
    let tx = connection.transaction()?;
    let commands: Vec<&Command> = batch.commands.iter().collect();
    let plan = plan(&tx, &commands, Settings { now, backfill: batch.backfill, patience: None })?;
    Ok(plan.decisions.into_iter().map(|decision| answer(decision, None)).collect())
}

fn answer(decision: Result<Decision, Rejection>, revision: Option<u64>) -> Answer {
    decision.map(|Decision { outcome, shows, .. }| Executed { outcome, revision: revision.filter(|_| shows) })
}

/// Makes all articles public whose time has come, [`MAX_REVISION`] of them a revision. How many there were.
pub fn release(connection: &mut Connection, actor: &str, clock: Clock) -> Result<u64, StoreError> {
    let tx = begin(connection)?;
    let (actor, mut released) = (Arc::from(actor), 0);
    loop {
        let settings = Settings { now: clock.now(), backfill: None, patience: None };
        let release = |key| Command::new(key, Operation::Release, Arc::clone(&actor));
        let commands: Vec<Command> = due(&tx, settings.now)?.into_iter().map(release).collect();
        if commands.is_empty() {
            tx.commit()?;
            return Ok(released);
        }
        apply(&tx, &mut plan(&tx, &commands.iter().collect::<Vec<_>>(), settings)?, settings.now)?;
        released += commands.len() as u64;
    }
}

/// Up to a revision's worth of the articles whose time has come, the oldest first.
fn due(tx: &Transaction<'_>, now: Time) -> Result<Vec<Key>, StoreError> {
    let mut statement = tx.prepare_cached(sql::DUE)?;
    let rows = statement.query_map([now.0, MAX_REVISION as i64], |r| r.get::<_, String>(0))?;
    rows.map(|key| Key::parse(&key?).ok_or(StoreError::Damaged("key"))).collect()
}

/// Executes the first of these commands and those behind it that can be executed with it; an answer for each that was.
fn perform(
    connection: &mut Connection,
    commands: &[&Command],
    now: Time,
) -> Result<Vec<Result<Done, Rejection>>, StoreError> {
    let tx = begin(connection)?;
    let mut plan = plan(&tx, commands, Settings { now, backfill: None, patience: Some(PATIENCE) })?;
    apply(&tx, &mut plan, now)?;
    let answers = done(&tx, &mut plan)?;
    tx.commit()?;
    Ok(answers)
}

fn alone(connection: &mut Connection, command: &Command, now: Time) -> Result<Result<Done, Rejection>, StoreError> {
    perform(connection, &[command], now)?.pop().ok_or(StoreError::Closed)
}

/// What would become of a command, at this moment.
pub fn rehearse(
    connection: &mut Connection,
    command: &Command,
    now: Time,
) -> Result<Result<Done, Rejection>, StoreError> {
    let tx = connection.transaction()?;
    let mut plan = plan(&tx, &[command], Settings { now, backfill: None, patience: Some(PATIENCE) })?;
    done(&tx, &mut plan)?.pop().ok_or(StoreError::Closed)
}

/// The articles as the plan leaves them, whether it has been applied or not.
fn done(tx: &Transaction<'_>, plan: &mut Plan<'_>) -> Result<Vec<Result<Done, Rejection>>, StoreError> {
    let decisions = std::mem::take(&mut plan.decisions);
    let done = |decision| {
        let Decision { outcome, row, kept, .. } = match decision {
            Ok(decision) => decision,
            Err(rejection) => return Ok(Err(rejection)),
        };
        let planned = || plan.article(row).cloned().map_or_else(|| row::loaded(tx, row), Ok);
        let stored = kept.map_or_else(planned, |kept| Ok(*kept))?;
        Ok(Ok(Done { outcome, stored, revision: history::last_shown(tx, row)? }))
    };
    decisions.into_iter().map(done).collect()
}

/// Commands that wait for the writer, each to be answered by itself.
///
/// Those that wait at the same moment are executed in one transaction and one revision, in the order in which they came:
/// nobody waits for others' disk writes.
#[derive(Default)]
pub struct Mailbox(Mutex<VecDeque<Waiting>>);

struct Waiting {
    command: Command,
    clock: Clock,
    answer: oneshot::Sender<Result<Result<Done, Rejection>, StoreError>>,
}

impl Mailbox {
    /// Puts a command in; the writer is to be told.
    pub fn put(
        &self,
        command: Command,
        clock: Clock,
    ) -> oneshot::Receiver<Result<Result<Done, Rejection>, StoreError>> {
        let (answer, answered) = oneshot::channel();
        self.locked().push_back(Waiting { command, clock, answer });
        answered
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, VecDeque<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As many of the first commands as share a revision.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.locked();
        let (mut count, mut bytes) = (0, 0);
        while let Some(next) = waiting.get(count).filter(|_| count < MAX_REVISION) {
            bytes += next.command.bytes();
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

    /// Executes at least one of the commands that wait, if there are any, and tells those who asked for them.
    pub fn work(&self, connection: &mut Connection) {
        let mut waiting = self.take();
        let commands: Vec<&Command> = waiting.iter().map(|one| &one.command).collect();
        let Some(now) = waiting.iter().map(|one| one.clock.now()).max() else { return };
        let answers = match perform(connection, &commands, now) {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) if commands.len() == 1 => vec![Err(error)],
            // All would wait as long for nothing: who has the store has it.
            Err(error) if error.is_busy() => {
                let others = (1..commands.len()).map(|_| Err(StoreError::Slow));
                std::iter::once(Err(error)).chain(others).collect()
            }
            // What is wrong with one is no other's fault.
            Err(_) => commands.iter().map(|command| alone(connection, command, now)).collect::<Vec<_>>(),
        };
        self.put_back(waiting.drain(answers.len()..));
        for (one, answer) in waiting.into_iter().zip(answers) {
            // Whoever asked may have gone; it is done all the same.
            drop(one.answer.send(answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Content, Labels, Slug};
    use crate::store::command::{Preconditions, PutMode, Tags};
    use crate::store::submission::{OwnLabels, Published, Submission};
    use crate::store::{Change, Revision, Store};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const NOW: Time = Time(1_800_000_000);
    const CREATED: Outcome = Outcome::Created { embargoed: false };

    type Told = Result<Done, Rejection>;

    /// An article that says this, by a publisher of this name.
    fn put(own_id: &str, title: &str, actor: &str) -> Command {
        let key = Key::derive("local", own_id);
        let content = Content { title: title.to_owned(), summary: title.to_owned(), ..Content::default() };
        let submission = Submission {
            id: format!("tag:news.example,2026:a/{key}"),
            key,
            same_as: None,
            guid: None,
            source: "local".to_owned(),
            own_id: own_id.to_owned(),
            published: Published::Now(NOW),
            updated: None,
            content,
            own: OwnLabels::default(),
            ruled: Labels::default(),
            addresses: Vec::new(),
            hash: title.to_owned(),
            bytes: title.len(),
        };
        Command::put(submission, PutMode::Publish, actor)
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

    /// The answers to commands that all wait before the writer comes; after so many groups.
    fn together(connection: &mut Connection, commands: Vec<Command>) -> (Vec<Told>, usize) {
        let mailbox = Mailbox::default();
        let mut waiting: Vec<_> = commands.into_iter().map(|one| mailbox.put(one, Clock::at(NOW))).collect();
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
    fn commands_that_wait_together_share_a_revision_and_each_is_answered_by_itself() {
        let (_folder, store, mut connection) = store();
        let born = last(&store).number;
        let commands = vec![put("1", "盐", "token a"), put("2", "灯", "token b"), put("3", "龙", "token c")];
        let (answers, groups) = together(&mut connection, commands);
        assert_eq!((groups, last(&store).number), (1, born + 1));
        for (answer, (own_id, who)) in answers.iter().zip([("1", "token a"), ("2", "token b"), ("3", "token c")]) {
            let done = answer.as_ref().expect("it is done");
            let told = (&done.stored.own_id[..], done.outcome, done.revision);
            assert_eq!(told, (own_id, CREATED, Some(born + 1)));
            let history = store.history(&key(own_id)).wait().expect("an answer").expect("a history");
            assert_eq!(history[0].who, who);
        }
        // Each has a second of its own, since nobody gave it one, in the order in which they came.
        let seconds: Vec<Time> = answers.iter().flatten().map(|done| done.stored.article.published).collect();
        assert_eq!(seconds, [NOW, NOW.plus(1), NOW.plus(2)]);
        assert!(answers.iter().flatten().all(|done| !done.stored.embargoed));
    }

    #[test]
    fn a_second_command_on_an_article_is_next_and_sees_what_the_first_has_done() {
        let (_folder, _store, mut connection) = store();
        let new = Preconditions { if_none_match: Some(Tags::Any), ..Preconditions::default() };
        let commands = vec![
            Command { preconditions: new.clone(), ..put("1", "盐", "a") },
            Command { preconditions: new, ..put("1", "灯", "b") },
            put("1", "盐", "c"),
            put("1", "龙", "d"),
        ];
        let (answers, groups) = together(&mut connection, commands);
        let outcomes: Vec<_> = answers.iter().map(|answer| answer.as_ref().map(|done| done.outcome).ok()).collect();
        let replaced = Outcome::Replaced { significant: false };
        assert_eq!(outcomes, [Some(CREATED), None, Some(Outcome::Unchanged), Some(replaced)]);
        assert_eq!(answers[1], Err(Rejection::Precondition));
        assert_eq!(groups, 2, "what changes nothing waits for nobody");
    }

    #[test]
    fn one_that_cannot_be_written_takes_no_other_with_it() {
        let (folder, store, mut connection) = store();
        store.execute(Batch::default(), NOW).wait().expect("nothing is written");
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
    fn what_is_not_within_bounds_before_and_after_is_rejected() {
        let (_folder, _store, mut connection) = store();
        let slug = |text: &str| Slug::parse(text).expect("a slug");
        let bounds = Preconditions { within: Some(BTreeSet::from([slug("daan")])), ..Preconditions::default() };
        let bounded = |command| Command { preconditions: bounds.clone(), ..command };
        let placed = |own_id: &str, districts: &[&str]| {
            let mut command = put(own_id, &districts.join(""), "a");
            if let Operation::Put { submission, .. } = &mut command.operation {
                submission.own.districts = Some(districts.iter().map(|district| slug(district)).collect());
            }
            command
        };
        let outside = |answer: &Told| matches!(answer, Err(Rejection::Outside(_)));
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
                bounded(Command::new(key("4"), Operation::Withdraw { note: None }, "a")),
            ],
        );
        assert!(answers.iter().all(outside), "{answers:?}");
    }

    #[test]
    fn a_rehearsal_tells_what_would_become_and_changes_nothing() {
        let (_folder, store, mut connection) = store();
        let before = last(&store);
        let told = rehearse(&mut connection, &put("1", "盐", "a"), NOW).expect("an answer").expect("it would be done");
        assert_eq!((told.outcome, told.revision), (CREATED, None));
        assert!(store.dossier(&key("1")).wait().expect("an answer").is_none());
        assert_eq!(last(&store), before);
    }

    /// A batch of one import that restores what it has withdrawn.
    fn import(articles: &[(&str, Published)]) -> Batch {
        let put = |(own_id, published): &(&str, Published)| {
            let mut command = put(own_id, own_id, "watch");
            if let Operation::Put { submission, mode } = &mut command.operation {
                (submission.published, *mode) = (*published, PutMode::ImportAndRestore);
                submission.hash = format!("{published:?}");
            }
            command
        };
        Batch { commands: articles.iter().map(put).collect(), ..Batch::default() }
    }

    #[test]
    fn a_second_command_on_an_article_of_a_batch_has_a_revision_of_its_own() {
        let (_folder, store, _) = store();
        store.execute(import(&[("1", Published::Given(NOW))]), NOW).wait().expect("it is stored");
        let born = last(&store).number;
        let operations = [Operation::Withdraw { note: None }, Operation::Restore, Operation::Restore];
        let commands = operations.map(|operation| Command::new(key("1"), operation, "editor")).into();
        let answers = store.execute(Batch { commands, ..Batch::default() }, NOW).wait().expect("answers");
        let executed = |outcome, revision| Ok(Executed { outcome, revision });
        let expected = [
            executed(Outcome::Withdrawn, Some(born + 1)),
            executed(Outcome::Restored, Some(born + 2)),
            executed(Outcome::Unchanged, None),
        ];
        assert_eq!(answers, expected);
    }

    #[test]
    fn what_returns_beside_an_old_article_without_a_date_has_changed_now() {
        let (_folder, store, _) = store();
        let withdraw = Command::new(key("1"), Operation::Withdraw { note: None }, "watch");
        store.execute(import(&[("1", Published::Given(NOW))]), NOW).wait().expect("it is stored");
        store.execute_one(withdraw, NOW).wait().expect("an answer").expect("it is withdrawn");
        let (old, now) = (Published::Assumed(NOW.plus(-10_000)), NOW.plus(100));
        store
            .execute(import(&[("2", old), ("1", Published::Given(NOW.plus(1)))]), now)
            .wait()
            .expect("both are stored");
        let stored = store.dossier(&key("1")).wait().expect("an answer").expect("an article");
        assert_eq!((stored.article.withdrawn, stored.article.updated), (None, now));
    }

    /// Something that one of a few publishers asks of one of a few articles.
    fn any_command() -> impl Strategy<Value = Command> {
        let withdraw = || Operation::Withdraw { note: Some("误".to_owned()) };
        let own_id = || prop::sample::select(vec!["1", "2", "3"]);
        let title = prop::sample::select(vec!["盐", "灯"]);
        prop_oneof![
            4 => (own_id(), title).prop_map(|(own_id, title)| put(own_id, title, "a")),
            1 => own_id().prop_map(move |id| Command::new(key(id), withdraw(), "b")),
            1 => own_id().prop_map(|id| Command::new(key(id), Operation::Restore, "c")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn commands_come_to_the_same_together_as_one_after_the_other(
            commands in prop::collection::vec(any_command(), 1..12),
        ) {
            let (_one, _, mut connection) = store();
            let (together, _) = together(&mut connection, commands.clone());
            let (_other, _, mut connection) = store();
            let told = |answer: &Told| {
                answer.as_ref().map(|done| (done.outcome, done.stored.article.content.clone())).map_err(Clone::clone)
            };
            for (command, answer) in commands.into_iter().zip(together) {
                let (alone, _) = self::together(&mut connection, vec![command]);
                prop_assert_eq!(told(&alone[0]), told(&answer));
            }
        }
    }
}
