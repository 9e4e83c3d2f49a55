//! The list of imports: what was brought, when, and between which revisions.
//!
//! Knows nothing of articles: which of them an import brought is told by the revisions in their histories.

use rusqlite::{Connection, params};

use super::{Pending, Store, StoreError};
use crate::article::Time;

const BEGIN_IMPORT: &str = "INSERT INTO import(began, source, paths, first)
    VALUES (?1, ?2, ?3, (SELECT COALESCE(MAX(number), 0) FROM revision)) RETURNING import_id";
const END_IMPORT: &str = "UPDATE import SET ended = ?2, last = (SELECT COALESCE(MAX(number), 0) FROM revision),
    new = ?3, edited = ?4, unchanged = ?5, left_out = ?6 WHERE import_id = ?1";
const IMPORTS: &str = "SELECT import_id, began, ended, source, paths, first, last, new, edited, unchanged, left_out
    FROM import ORDER BY import_id";

/// An import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Its number, from 1.
    pub id: u64,
    /// When it began.
    pub began: Time,
    /// When it ended; `None` if it was cut off, or is going on.
    pub ended: Option<Time>,
    /// Who brought it.
    pub source: String,
    /// The paths that were named.
    pub paths: String,
    /// The newest revision before it, and the newest after it.
    pub revisions: (u64, Option<u64>),
    /// How many articles were new, edited and unchanged, and how many items were left out.
    pub counts: Option<[u64; 4]>,
}

impl Store {
    /// Notes that an import begins, and gives it an id.
    pub fn begin_import(&self, source: &str, paths: &str, now: Time) -> Pending<u64> {
        let (source, paths) = (source.to_owned(), paths.to_owned());
        self.engine.write(move |connection| begin(connection, &source, &paths, now))
    }

    /// Notes how an import has ended: how many articles are new, edited and unchanged, and how many items were left out.
    pub fn end_import(&self, id: u64, counts: [u64; 4], now: Time) -> Pending<()> {
        self.engine.write(move |connection| end(connection, id, counts, now))
    }

    /// All imports, the first first.
    pub fn imports(&self) -> Pending<Vec<Imported>> {
        self.engine.read(|connection| all(connection))
    }
}

fn begin(connection: &Connection, source: &str, paths: &str, now: Time) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(BEGIN_IMPORT)?;
    let id: i64 = statement.query_row(params![now.0, source, paths], |row| row.get(0))?;
    Ok(id as u64)
}

fn end(connection: &Connection, id: u64, counts: [u64; 4], now: Time) -> Result<(), StoreError> {
    let [new, edited, unchanged, left_out] = counts.map(|count| count as i64);
    connection.execute(END_IMPORT, params![id as i64, now.0, new, edited, unchanged, left_out])?;
    Ok(())
}

fn all(connection: &Connection) -> Result<Vec<Imported>, StoreError> {
    let number = |number: Option<i64>| number.map(|number| number.max(0) as u64);
    let mut statement = connection.prepare_cached(IMPORTS)?;
    let rows = statement.query_map([], |row| {
        let counts = [row.get(7)?, row.get(8)?, row.get(9)?, row.get(10)?].map(number);
        Ok(Imported {
            id: row.get::<_, i64>(0)?.max(0) as u64,
            began: Time(row.get(1)?),
            ended: row.get::<_, Option<i64>>(2)?.map(Time),
            source: row.get(3)?,
            paths: row.get(4)?,
            revisions: (row.get::<_, i64>(5)?.max(0) as u64, number(row.get(6)?)),
            counts: match counts {
                [Some(new), Some(edited), Some(unchanged), Some(left)] => Some([new, edited, unchanged, left]),
                _ => None,
            },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
