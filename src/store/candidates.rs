//! What an import compares its drafts with, to recognise articles that have come before from elsewhere.
//!
//! Knows nothing of how they are recognised.

use std::collections::HashSet;

use rusqlite::{Connection, params, params_from_iter};

use super::{Pending, Store, StoreError, sql};
use crate::article::{Key, Time};

/// A stored article as far as a draft may be recognised as it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its row: candidates are read in this order.
    pub row: i64,
    /// Its key.
    pub key: Key,
    /// The id by which readers of a feed know it, if it has come from one.
    pub guid: Option<String>,
    /// Where it lives, if not here.
    pub url: Option<String>,
    /// Its title; empty if it has been erased.
    pub title: String,
    /// When it was published.
    pub published: Time,
    /// Whether no draft other than entries of feeds has been recognised as it.
    pub is_free: bool,
}

impl Store {
    /// Whether a source has brought any article from a feed.
    pub fn has_feed_of(&self, source: &str) -> Pending<bool> {
        let source = source.to_owned();
        self.readers.ask(move |connection| has_feed(connection, &source))
    }

    /// Those of these keys that lead to an article.
    pub fn known(&self, keys: Vec<Key>) -> Pending<HashSet<Key>> {
        self.readers.ask(move |connection| known(connection, &keys))
    }

    /// Up to `limit` articles of a source behind a row, as far as drafts may be recognised as them.
    pub fn candidates(&self, source: &str, after: i64, limit: usize) -> Pending<Vec<Candidate>> {
        let source = source.to_owned();
        self.readers.ask(move |connection| page(connection, &source, after, limit))
    }
}

/// Whether a source has brought any article from a feed.
fn has_feed(connection: &Connection, source: &str) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(sql::HAS_FEED)?.exists([source])?)
}

/// Those of these keys that lead to an article.
fn known(connection: &Connection, keys: &[Key]) -> Result<HashSet<Key>, StoreError> {
    let markers = vec!["?"; keys.len()].join(",");
    let mut known = HashSet::new();
    for text in [sql::KEYS_KNOWN, sql::OTHER_KEYS_KNOWN] {
        let mut statement = connection.prepare_cached(&format!("{text}({markers})"))?;
        let mut rows = statement.query(params_from_iter(keys.iter().map(Key::as_str)))?;
        while let Some(row) = rows.next()? {
            known.extend(Key::parse(&row.get::<_, String>(0)?));
        }
    }
    Ok(known)
}

/// Up to `limit` articles of a source behind a row.
fn page(connection: &Connection, source: &str, after: i64, limit: usize) -> Result<Vec<Candidate>, StoreError> {
    let mut statement = connection.prepare_cached(sql::CANDIDATES)?;
    let rows = statement.query_map(params![source, after, limit as i64], |row| {
        let key: String = row.get(1)?;
        Ok((key, row.get(0)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get::<_, i64>(6)?))
    })?;
    rows.map(|row| {
        let (key, row, guid, url, title, published, others) = row?;
        let key = Key::parse(&key).ok_or(StoreError::Damaged("key"))?;
        Ok(Candidate { row, key, guid, url, title, published: Time(published), is_free: others == 0 })
    })
    .collect()
}
