//! What has been done to each article: a row for every change, with what it replaced, so that nothing said is lost.
//!
//! Knows nothing of why something is done; an erased article's rows say only that there was something.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::{Map, Value};

use super::{StoreError, sql};
use crate::article::{Article, Time};

/// What can be done to an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryAction {
    /// It came and was public at once.
    Published,
    /// It came under embargo.
    Held,
    /// Its time had come.
    Released,
    /// It was changed without telling readers, or before there were any.
    Edited,
    /// It was changed significantly: `updated` moved.
    Corrected,
    /// Only its districts and topics were changed.
    Relabelled,
    /// It was taken back.
    Withdrawn,
    /// It was published again.
    Restored,
    /// Its text was erased for ever.
    Purged,
}

impl HistoryAction {
    const ALL: [Self; 9] = [
        Self::Published,
        Self::Held,
        Self::Released,
        Self::Edited,
        Self::Corrected,
        Self::Relabelled,
        Self::Withdrawn,
        Self::Restored,
        Self::Purged,
    ];

    /// Its name in the store and for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Held => "held",
            Self::Released => "released",
            Self::Edited => "edited",
            Self::Corrected => "corrected",
            Self::Relabelled => "relabelled",
            Self::Withdrawn => "withdrawn",
            Self::Restored => "restored",
            Self::Purged => "purged",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// A row of an article's history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// When it was done.
    pub time: Time,
    /// By which command and source, or by whose token.
    pub who: String,
    /// The revision that showed it, if readers saw anything.
    pub revision: Option<u64>,
    /// What was done.
    pub action: HistoryAction,
    /// The fields that were changed, as they were before; empty if nothing was there, or once it has been erased.
    pub before: Map<String, Value>,
}

/// A change that is recorded.
pub struct Recorded<'a> {
    /// The article's row.
    pub article: i64,
    pub action: HistoryAction,
    /// On whose behalf.
    pub actor: &'a str,
    /// The fields that are changed, as they were, as JSON.
    pub before: Option<&'a str>,
}

/// Writes a row.
pub fn record(tx: &Transaction<'_>, now: Time, revision: Option<u64>, change: Recorded<'_>) -> Result<(), StoreError> {
    let Recorded { article, action, actor, before } = change;
    let row = params![article, now.0, actor, revision.map(|number| number as i64), action.name(), before];
    tx.prepare_cached(sql::INSERT_HISTORY)?.execute(row)?;
    Ok(())
}

/// In whose name an article was last withdrawn.
pub fn withdrawn_by(tx: &Transaction<'_>, article: i64) -> Result<Option<String>, StoreError> {
    Ok(tx.prepare_cached(sql::WITHDRAWN_BY)?.query_row([article], |row| row.get(0)).optional()?)
}

/// The last revision that showed readers anything of an article, if there was one.
pub fn last_shown(tx: &Transaction<'_>, article: i64) -> Result<Option<u64>, StoreError> {
    let number: Option<i64> = tx.prepare_cached(sql::LAST_SHOWN)?.query_row([article], |row| row.get(0))?;
    Ok(number.map(|number| number.max(0) as u64))
}

/// Forgets what an article said before.
pub fn forget(tx: &Transaction<'_>, article: i64) -> Result<(), StoreError> {
    tx.prepare_cached(sql::FORGET_HISTORY)?.execute([article])?;
    Ok(())
}

/// An article's rows, the first first.
pub fn of(connection: &Connection, article: i64) -> Result<Vec<HistoryEntry>, StoreError> {
    let mut statement = connection.prepare_cached(sql::HISTORY)?;
    let mut rows = statement.query([article])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let action: String = row.get(3)?;
        let before: Option<String> = row.get(4)?;
        entries.push(HistoryEntry {
            time: Time(row.get(0)?),
            who: row.get(1)?,
            revision: row.get::<_, Option<i64>>(2)?.map(|number| number.max(0) as u64),
            action: HistoryAction::parse(&action).ok_or(StoreError::Damaged("deed"))?,
            before: before.map_or(Ok(Map::new()), |before| serde_json::from_str(&before))?,
        });
    }
    Ok(entries)
}

/// The fields of an article that are otherwise now, as they were, as JSON; `None` if all are the same.
pub fn replaced(old: &Article, new: &Article) -> Result<Option<String>, StoreError> {
    let (before, after) = (fields(old)?, fields(new)?);
    let changed: Map<String, Value> =
        before.into_iter().filter(|(name, value)| after.get(name) != Some(value)).collect();
    Ok(if changed.is_empty() { None } else { Some(serde_json::to_string(&changed)?) })
}

fn fields(article: &Article) -> Result<Map<String, Value>, StoreError> {
    let Value::Object(mut fields) = serde_json::to_value(&article.content)? else { return Ok(Map::new()) };
    for (name, value) in [
        ("published", article.published.to_string().into()),
        ("updated", article.updated.to_string().into()),
        ("districts", serde_json::to_value(&article.labels.districts)?),
        ("topics", serde_json::to_value(&article.labels.topics)?),
        ("notice", article.withdrawn.clone().into()),
    ] {
        fields.insert(name.to_owned(), value);
    }
    Ok(fields)
}
