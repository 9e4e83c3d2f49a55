//! The article store: the only owner of SQL. Its modules use only those that are listed above them.
//!
//! Knows nothing of files to import, formats, requests or the clock: `now` is an argument.

mod error;
mod worker;
mod answers;
mod connection;
mod watch;
mod sql;
pub mod submission;
pub mod stored;
mod history;
mod seconds;
mod watched;
pub mod command;
mod joining;
mod row;
mod tokens;
mod imports;
mod candidates;
mod rhythm;
mod read;
mod audit;
mod dossier;
mod glance;
mod survey;
mod plan;
mod target;
mod planning;
mod revision;
mod apply;
mod execute;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rusqlite::Connection;

use crate::article::{Key, Time};
use crate::feed::FeedKey;
use crate::feed::catch_up::Since;
use crate::token::{Name, Token};
pub use answers::{ArchivePage, Change, Document, FeedState, Listed, Revision};
pub use audit::{Audit, Broken, Measured};
pub use candidates::Candidate;
use command::{Answer, Batch, Command, Done, Rejection};
use connection::{bound_wal, checkpoint, connect, migrate, read_only};
pub use dossier::Placed;
pub use error::StoreError;
use execute::Mailbox;
pub use history::{HistoryAction, HistoryEntry};
pub use imports::Imported;
use stored::Stored;
pub use tokens::{Admission, MAX_TOKENS, Revocation};
pub use watch::Watch;
pub use watched::{Followed, Stamp, State, Watched};
pub use worker::Pending;
use worker::Worker;

/// Read connections: as many documents are read at once.
const READERS: usize = 2;

/// What time it is when a transaction has begun: when it was asked for, and the seconds that it had to wait for others.
/// Were it the former alone, a revision could be dated long before anybody could see it.
#[derive(Clone, Copy)]
struct Clock {
    asked: Time,
    at: Instant,
}

impl Clock {
    fn at(now: Time) -> Self {
        Self { asked: now, at: Instant::now() }
    }

    fn now(self) -> Time {
        self.asked.plus(self.at.elapsed().as_secs() as i64)
    }
}

/// An open store. Methods queue one job and return at once; await them or `wait()` for them.
pub struct Store {
    path: PathBuf,
    writer: Worker,
    readers: Worker,
    mailbox: Arc<Mailbox>,
}

impl Store {
    /// Opens the store at `url` (a path, or `sqlite:` and a path), making or migrating it as needed.
    ///
    /// A new store is born with its first revision, which records `fingerprint`.
    pub fn open(url: &str, fingerprint: &str, now: Time) -> Result<Self, StoreError> {
        let path = match url.split_once(':') {
            Some(("sqlite", path)) => Path::new(path.strip_prefix("//").unwrap_or(path)),
            Some((scheme, rest)) if rest.starts_with("//") && !scheme.contains('/') => {
                return Err(StoreError::Url(url.to_owned()));
            }
            _ => Path::new(url),
        };
        let mut connection = connect(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        migrate(&mut connection)?;
        revision::birth(&mut connection, fingerprint, Clock::at(now))?;
        let readers = (0..READERS).map(|_| read_only(path)).collect::<Result<_, _>>()?;
        Ok(Self {
            path: path.to_owned(),
            writer: Worker::start("store-writer", vec![connection], checkpoint)?,
            readers: Worker::start("store-reader", readers, |_| ())?,
            mailbox: Arc::default(),
        })
    }

    /// Executes a batch of commands in one transaction; the answers, in order.
    ///
    /// When an article is purged, the whole file is written anew, since parts of its text may lie in any of the file's free
    /// places; that wants as much room again.
    pub fn execute(&self, batch: Batch, now: Time) -> Pending<Vec<Answer>> {
        self.writing(now, move |connection, clock| execute::execute(connection, &batch, clock))
    }

    /// Executes one command in a transaction of its own.
    pub fn execute_one(&self, command: Command, now: Time) -> Pending<Answer> {
        let batch = Batch { commands: vec![command], ..Batch::default() };
        self.writing(now, move |connection, clock| {
            execute::execute(connection, &batch, clock)?.pop().ok_or(StoreError::Closed)
        })
    }

    /// What would become of a batch if it were executed at this moment; `Taken` and second seconds apart, batches know
    /// nothing of those before them.
    pub fn preview(&self, batch: Batch, now: Time) -> Pending<Vec<Answer>> {
        self.readers.ask(move |connection| execute::preview(connection, &batch, now))
    }

    /// Lets the store's file grow to so many bytes and no further; what needs more is refused with
    /// [`StoreError::is_full`] and changes nothing.
    pub fn bound(&self, bytes: u64) -> Pending<()> {
        self.writer.ask(move |connection| connection::bound(connection, bytes))
    }

    /// Executes a publisher's command, in one transaction and one revision with what others ask for meanwhile.
    pub fn execute_grouped(
        &self,
        command: Command,
        now: Time,
    ) -> impl Future<Output = Result<Result<Done, Rejection>, StoreError>> + Send + 'static {
        let answered = self.mailbox.put(command, Clock::at(now));
        let mailbox = Arc::clone(&self.mailbox);
        // A job for each command, and each executes one at least: so all are executed.
        let worked = self.writing(now, move |connection, _| {
            mailbox.work(connection);
            Ok(())
        });
        async move {
            let mut answered = answered;
            tokio::select! {
                biased;
                answer = &mut answered => return answer.unwrap_or(Err(StoreError::Closed)),
                // Another command may have come before; then a later job executes this one.
                worked = worked => worked?,
            }
            answered.await.unwrap_or(Err(StoreError::Closed))
        }
    }

    /// Those of its files that others than their owner may read or write, with their permissions: files that this
    /// program has not made, or that somebody has opened to others since.
    pub fn exposed(&self) -> Vec<(PathBuf, u32)> {
        connection::exposed(&self.path)
    }

    /// What would become of a command if it were executed at this moment.
    pub fn rehearse(&self, command: Command, now: Time) -> Pending<Result<Done, Rejection>> {
        self.readers.ask(move |connection| execute::rehearse(connection, &command, now))
    }

    /// An article as its newsroom sees it, with the last revision that showed readers anything of it.
    pub fn standing(&self, key: &Key) -> Pending<Option<(Stored, Option<u64>)>> {
        let key = key.clone();
        self.readers.ask(move |connection| dossier::standing(connection, &key))
    }

    /// What is remembered of the files of a source's watched folder.
    pub fn watched(&self, source: &str) -> Pending<Vec<Watched>> {
        let source = source.to_owned();
        self.readers.ask(move |connection| watched::of(connection, &source))
    }

    /// Makes all articles public whose time has come, and tells how many there were.
    pub fn release(&self, actor: &str, now: Time) -> Pending<u64> {
        let actor = actor.to_owned();
        self.writing(now, move |connection, clock| execute::release(connection, &actor, clock))
    }

    /// Queues a job that writes; the log is kept short after it.
    fn writing<T: Send + 'static>(
        &self,
        now: Time,
        job: impl FnOnce(&mut Connection, Clock) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        let (path, clock) = (self.path.clone(), Clock::at(now));
        self.writer.ask(move |connection| {
            let done = job(connection, clock);
            bound_wal(connection, &path);
            done
        })
    }

    /// Records what a server renders with; a new fingerprint gives every feed and page a new revision (rule 2).
    pub fn set_fingerprint(&self, hash: &str, now: Time) -> Pending<()> {
        let hash = hash.to_owned();
        self.writing(now, move |connection, clock| revision::set_fingerprint(connection, &hash, clock))
    }

    /// Every revision after `number`, and, if there are any, every feed's state.
    pub fn changes_after(&self, number: u64) -> Pending<Change> {
        self.readers.ask(move |connection| read::changes_after(connection, number))
    }

    /// A feed's document, or, for a client that has everything up to a revision, what it is to be sent.
    pub fn document(&self, key: &FeedKey, since: Option<Since>) -> Pending<Document> {
        let key = key.clone();
        self.readers.ask(move |connection| read::document(connection, &key, since))
    }

    /// An archive page of a feed; `None` if there is none of this number.
    pub fn archive(&self, key: &FeedKey, page: i64) -> Pending<Option<ArchivePage>> {
        let key = key.clone();
        self.readers.ask(move |connection| read::archive(connection, &key, page))
    }

    /// The last revision that changed an archive page; `None` if there is none of this number.
    pub fn archive_revision(&self, key: &FeedKey, page: i64) -> Pending<Option<Revision>> {
        let key = key.clone();
        self.readers.ask(move |connection| read::archive_revision(connection, &key, page))
    }

    /// The numbers of a feed's archive pages; an empty range if there are none.
    pub fn archive_pages(&self, key: &FeedKey) -> Pending<RangeInclusive<i64>> {
        let key = key.clone();
        self.readers.ask(move |connection| read::archive_pages(connection, &key))
    }

    /// The public article that was at this path before, which is given as [`crate::feed::compared`] has it.
    pub fn moved(&self, path: &str) -> Pending<Option<Key>> {
        let path = path.to_owned();
        self.readers.ask(move |connection| row::at_address(connection, &path))
    }

    /// When the next article under embargo is to appear, if there is any.
    pub fn next_due(&self) -> Pending<Option<Time>> {
        self.readers.ask(read::next_due)
    }

    /// Up to `limit` public articles' keys, in their order, after one of them or from the first.
    pub fn keys_after(&self, after: Option<&Key>, limit: u32) -> Pending<Vec<Key>> {
        let after = after.cloned();
        self.readers.ask(move |connection| read::keys_after(connection, after.as_ref(), limit))
    }

    /// All that is stored of an article, for its newsroom.
    pub fn dossier(&self, key: &Key) -> Pending<Option<Stored>> {
        let key = key.clone();
        self.readers.ask(move |connection| dossier::article(connection, &key))
    }

    /// What was done to an article, the first first, for its newsroom; `None` if there is no such article.
    pub fn history(&self, key: &Key) -> Pending<Option<Vec<HistoryEntry>>> {
        let key = key.clone();
        self.readers.ask(move |connection| dossier::history(connection, &key))
    }

    /// Every place that an article has or had.
    pub fn places(&self, key: &Key) -> Pending<Vec<Placed>> {
        let key = key.clone();
        self.readers.ask(move |connection| dossier::places(connection, &key))
    }

    /// The last articles that joined a feed, the last first, for its newsroom: of the feed of everything, those under
    /// embargo before them.
    pub fn latest(&self, key: &FeedKey, limit: u32) -> Pending<Vec<Stored>> {
        let key = key.clone();
        self.readers.ask(move |connection| dossier::latest(connection, &key, limit))
    }

    /// Up to `limit` articles, for their newsroom, after one row of them; from 0 on, all are met by going on from the last.
    pub fn rows_after(&self, row: i64, limit: u32) -> Pending<Vec<Stored>> {
        self.readers.ask(move |connection| dossier::rows_after(connection, row, limit))
    }

    /// The same of one source or of all, without their texts.
    pub fn listing(&self, after: i64, limit: u32, source: Option<&str>) -> Pending<Vec<Listed>> {
        let source = source.map(str::to_owned);
        self.readers.ask(move |connection| dossier::listing(connection, after, limit, source.as_deref()))
    }

    /// What in the store breaks a rule of the design, and how its feeds stand since a time. It reads everything.
    pub fn audit(&self, since: Time) -> Pending<Audit> {
        self.readers.ask(move |connection| audit::audit(connection, since))
    }

    /// The keys of the articles that a stored feed's document shows.
    pub fn shown(&self, key: &FeedKey) -> Pending<Vec<Key>> {
        let key = key.clone();
        self.readers.ask(move |connection| dossier::shown(connection, &key))
    }

    /// Adds a token, unless its name has been used or there are too many.
    pub fn add_token(&self, token: Token) -> Pending<Admission> {
        self.writer.ask(move |connection| tokens::add(connection, &token))
    }

    /// Takes a token back for ever.
    pub fn revoke_token(&self, name: &Name, now: Time) -> Pending<Revocation> {
        let name = name.clone();
        self.writer.ask(move |connection| tokens::revoke(connection, &name, now))
    }

    /// All tokens that are not revoked, some of which may have expired. It is to be asked at each request that brings
    /// one, so that a revocation works at once.
    pub fn tokens(&self) -> Pending<Vec<Token>> {
        self.readers.ask(|connection| tokens::unrevoked(connection))
    }

    /// All tokens that there ever were, the first first.
    pub fn all_tokens(&self) -> Pending<Vec<Token>> {
        self.readers.ask(|connection| tokens::all(connection))
    }

    /// Calls `changed` soon after any process has changed the store, until the watch is dropped.
    pub fn watch(&self, changed: impl FnMut() + Send + 'static) -> Result<Watch, StoreError> {
        Watch::start(read_only(&self.path)?, changed)
    }
}
