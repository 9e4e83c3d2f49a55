//! What is remembered of a watched folder's files, so that the folder can be compared with the store.
//!
//! Knows nothing of files; it keeps what it is told.

use rusqlite::{Connection, Row, params};

use super::{StoreError, sql};
use crate::article::Key;

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
    /// Whether the article is published on the folder's word: not if the file is gone, or says that it is a draft.
    pub shown: bool,
}

/// What a file looks like from outside; if it changes, the file must be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub modified: i64,
}

/// All files of a source's folder, by path.
pub fn of(connection: &Connection, source: &str) -> Result<Vec<Watched>, StoreError> {
    let mut statement = connection.prepare_cached(sql::WATCHED)?;
    let rows = statement.query_map([source], |row| Ok(watched(row)))?;
    rows.map(|row| row?).collect()
}

fn watched(row: &Row<'_>) -> Result<Watched, StoreError> {
    let size: i64 = row.get(4)?;
    Ok(Watched {
        path: row.get(0)?,
        key: Key::parse(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?).ok_or(StoreError::Damaged("key"))?,
        own_id: row.get(2)?,
        digest: row.get(3)?,
        stamp: Stamp { size: size.max(0) as u64, modified: row.get(5)? },
        shown: row.get::<_, i64>(6)? != 0,
    })
}

/// Remembers these files, and forgets those that are at other paths now; all or nothing.
pub fn note(
    connection: &mut Connection,
    source: &str,
    files: &[Watched],
    forgotten: &[String],
) -> Result<(), StoreError> {
    let tx = connection.transaction()?;
    for path in forgotten {
        tx.prepare_cached(sql::FORGET_WATCHED)?.execute([source, path])?;
    }
    for Watched { path, key, own_id, digest, stamp: Stamp { size, modified }, shown } in files {
        let row = params![source, path, key.as_str(), own_id, digest, *size as i64, modified, shown];
        tx.prepare_cached(sql::SET_WATCHED)?.execute(row)?;
    }
    Ok(tx.commit()?)
}
