//! What an import compares its drafts with, to recognise articles that have come before from elsewhere.
//!
//! Knows nothing of how they are recognised.

use std::collections::HashMap;

use rusqlite::{Connection, params, params_from_iter};

use super::{Pending, Store, StoreError};
use crate::article::{Key, Time};

const HAS_ARTICLES: &str = "SELECT 1 FROM article WHERE source = ?1";
const HAS_FEED: &str = "SELECT 1 FROM article WHERE source = ?1 AND guid IS NOT NULL";
/// The markers at the ends are the caller's.
const KEYS_KNOWN: &str = "SELECT key, key, published, guid IS NOT NULL FROM article WHERE key IN ";
const OTHER_KEYS_KNOWN: &str = "SELECT o.key, a.key, a.published, a.guid IS NOT NULL FROM other_key o
    JOIN article a ON a.article_id = o.article_id WHERE o.key IN ";
/// By row; the last column counts the keys that are not of feeds' entries.
const CANDIDATES: &str = "SELECT article_id, key, guid, url, title, published,
    (SELECT COUNT(*) FROM other_key o WHERE o.article_id = a.article_id AND o.guid IS NULL)
    FROM article a WHERE source = ?1 AND article_id > ?2 ORDER BY article_id LIMIT ?3";

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

/// An article that is stored under a draft's key, its own or another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its own key.
    pub key: Key,
    /// When it was published.
    pub published: Time,
    /// Whether it has come from a feed.
    pub from_feed: bool,
}

impl Store {
    /// Whether a source has brought any article, and any from a feed.
    pub fn has_articles_of(&self, source: &str) -> Pending<(bool, bool)> {
        let source = source.to_owned();
        self.engine.read(move |connection| has_articles(connection, &source))
    }

    /// The articles to which these keys lead, by key.
    pub fn known(&self, keys: Vec<Key>) -> Pending<HashMap<Key, Known>> {
        self.engine.read(move |connection| known(connection, &keys))
    }

    /// Up to `limit` articles of a source behind a row, as far as drafts may be recognised as them.
    pub fn candidates(&self, source: &str, after: i64, limit: usize) -> Pending<Vec<Candidate>> {
        let source = source.to_owned();
        self.engine.read(move |connection| page(connection, &source, after, limit))
    }
}

fn has_articles(connection: &Connection, source: &str) -> Result<(bool, bool), StoreError> {
    let has = |text| Ok::<_, StoreError>(connection.prepare_cached(text)?.exists([source])?);
    Ok((has(HAS_ARTICLES)?, has(HAS_FEED)?))
}

fn known(connection: &Connection, keys: &[Key]) -> Result<HashMap<Key, Known>, StoreError> {
    let markers = vec!["?"; keys.len()].join(",");
    let parsed = |text: String| Key::parse(&text).ok_or(StoreError::Damaged("key"));
    let mut known = HashMap::new();
    for text in [KEYS_KNOWN, OTHER_KEYS_KNOWN] {
        let mut statement = connection.prepare_cached(&format!("{text}({markers})"))?;
        let mut rows = statement.query(params_from_iter(keys.iter().map(Key::as_str)))?;
        while let Some(row) = rows.next()? {
            let (key, published, from_feed) = (parsed(row.get(1)?)?, Time(row.get(2)?), row.get::<_, i64>(3)? != 0);
            known.insert(parsed(row.get(0)?)?, Known { key, published, from_feed });
        }
    }
    Ok(known)
}

/// Up to `limit` articles of a source behind a row.
fn page(connection: &Connection, source: &str, after: i64, limit: usize) -> Result<Vec<Candidate>, StoreError> {
    let mut statement = connection.prepare_cached(CANDIDATES)?;
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
