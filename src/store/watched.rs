//! What is remembered of a watched folder's files, so that the folder can be compared with the store.
//!
//! Knows nothing of files; it keeps what it is told.

use rusqlite::{Connection, Row, Transaction, params};

use super::{Pending, Store, StoreError};
use crate::article::Key;

const WATCHED: &str = "SELECT path, key, own_id, digest, size, modified, inode, state FROM watched WHERE source = ?1";
const SET_WATCHED: &str = "INSERT INTO watched(source, path, key, own_id, digest, size, modified, inode, state)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(source, path) DO UPDATE SET key = excluded.key,
    own_id = excluded.own_id, digest = excluded.digest, size = excluded.size, modified = excluded.modified,
    inode = excluded.inode, state = excluded.state";
const FORGET_WATCHED: &str = "DELETE FROM watched WHERE source = ?1 AND path = ?2";

/// A file of a watched folder as it was last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Its path below the folder, with `/` between folders.
    pub path: String,
    /// The article that it holds.
    pub key: Key,
    /// What its source calls that article.
    pub own_id: String,
    /// A hash of its bytes.
    pub digest: String,
    /// How large it was, and when it was last written.
    pub stamp: Stamp,
    /// What the folder says of its article.
    pub state: State,
}

/// What a watched file says of its article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is to be seen.
    Shown,
    /// The file is gone.
    Gone,
    /// It is not to be seen yet, or no more.
    Draft,
}

impl State {
    fn number(self) -> i64 {
        match self {
            Self::Gone => 0,
            Self::Shown => 1,
            Self::Draft => 2,
        }
    }
}

/// What has become of a watched folder's files.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// In whose name it is watched.
    pub source: String,
    /// Files as they are to be remembered.
    pub files: Vec<Watched>,
    /// Paths at which there is nothing any more.
    pub forgotten: Vec<String>,
}

/// What a file looks like from outside; if it changes, the file must be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub modified: i64,
    /// The number of its file: another file at the same path has another.
    pub inode: i64,
}

impl Store {
    /// What is remembered of the files of a source's watched folder.
    pub fn watched(&self, source: &str) -> Pending<Vec<Watched>> {
        let source = source.to_owned();
        self.engine.read(move |connection| of(connection, &source))
    }
}

/// All files of a source's folder.
fn of(connection: &Connection, source: &str) -> Result<Vec<Watched>, StoreError> {
    let mut statement = connection.prepare_cached(WATCHED)?;
    let rows = statement.query_map([source], |row| Ok(watched(row)))?;
    rows.map(|row| row?).collect()
}

fn watched(row: &Row<'_>) -> Result<Watched, StoreError> {
    let (size, state): (i64, i64) = (row.get(4)?, row.get(7)?);
    Ok(Watched {
        path: row.get(0)?,
        key: Key::parse(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?).ok_or(StoreError::Damaged("key"))?,
        own_id: row.get(2)?,
        digest: row.get(3)?,
        stamp: Stamp { size: size.max(0) as u64, modified: row.get(5)?, inode: row.get(6)? },
        state: [State::Shown, State::Draft].into_iter().find(|s| s.number() == state).unwrap_or(State::Gone),
    })
}

/// Remembers what has become of a folder's files.
pub fn note(tx: &Transaction<'_>, followed: &Followed) -> Result<(), StoreError> {
    let source = &followed.source;
    for path in &followed.forgotten {
        tx.prepare_cached(FORGET_WATCHED)?.execute([source, path])?;
    }
    for Watched { path, key, own_id, digest, stamp: Stamp { size, modified, inode }, state } in &followed.files {
        let row = params![source, path, key.as_str(), own_id, digest, *size as i64, modified, inode, state.number()];
        tx.prepare_cached(SET_WATCHED)?.execute(row)?;
    }
    Ok(())
}
