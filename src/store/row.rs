//! Rows of the store as values, and back.
//!
//! Knows nothing of transactions or of what a change means.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::stored::Stored;
use super::submission::Brought;
use super::{Revision, StoreError, sql};
use crate::article::{Article, Content, Enclosure, Html, Image, Key, Labels, Person, Slug, Time};
use crate::feed::FeedKey;
use crate::feed::window::{EntryHead, Extent};
use crate::page::MAX_FEED_HTML;

/// What an entry takes in a document beside its texts: element names, id, dates, links.
const ENTRY_OVERHEAD: u64 = 1024;

/// A feed's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedRow {
    pub feed_id: i64,
    pub key: String,
    pub extent: Extent,
    /// The newest `published` of all that ever joined.
    pub newest: Time,
    /// How many articles it holds.
    pub entries: i64,
    pub revision: u64,
    /// The last revision that touched anything in it.
    pub touched: u64,
}

/// The parts of an article that nobody searches by, as one JSON object.
#[derive(Default, Serialize, Deserialize)]
struct Details {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Person>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image: Option<Image>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    enclosures: Vec<Enclosure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

pub fn revision(row: &Row<'_>) -> rusqlite::Result<Revision> {
    Ok(Revision { number: unsigned(row, 0)?, time: Time(row.get(1)?), nonce: unsigned(row, 2)? as u32 })
}

pub fn feed(row: &Row<'_>) -> rusqlite::Result<FeedRow> {
    Ok(FeedRow {
        feed_id: row.get(0)?,
        key: row.get(1)?,
        extent: Extent { head: row.get(2)?, tail: row.get(3)? },
        newest: Time(row.get(4)?),
        entries: row.get(5)?,
        revision: unsigned(row, 6)?,
        touched: unsigned(row, 7)?,
    })
}

pub fn entry(row: &Row<'_>) -> rusqlite::Result<EntryHead> {
    Ok(EntryHead {
        article: row.get(0)?,
        position: row.get(1)?,
        changed: unsigned(row, 2)?,
        touched: unsigned(row, 3)?,
        published: Time(row.get(4)?),
        version: unsigned(row, 5)?,
        size: unsigned(row, 6)?,
    })
}

/// Numbers are BIGINT in every engine; none of ours is negative.
fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|n| n.max(0) as u64)
}

/// The article in this row of the table, if there is one.
pub fn load(connection: &Connection, row: i64) -> Result<Option<Stored>, StoreError> {
    let mut statement = connection.prepare_cached(sql::ARTICLE)?;
    statement.query_row([row], |r| Ok(stored(r))).optional()?.transpose()
}

/// The article in a row that is known to be there; of its text a space, if there is any.
pub fn headline(connection: &Connection, row: i64) -> Result<Article, StoreError> {
    let mut statement = connection.prepare_cached(sql::HEADLINE)?;
    let found = statement.query_row([row], |r| Ok(stored(r))).optional()?.transpose()?;
    Ok(found.ok_or(StoreError::Damaged("article"))?.article)
}

/// The article in a row that is known to be there.
pub fn loaded(connection: &Connection, row: i64) -> Result<Stored, StoreError> {
    load(connection, row)?.ok_or(StoreError::Damaged("article"))
}

/// The article of this key, or of which it is another, if there is one.
pub fn load_by_key(connection: &Connection, key: &Key) -> Result<Option<Stored>, StoreError> {
    let mut statement = connection.prepare_cached(sql::ARTICLE_BY_KEY)?;
    let found = statement.query_row([key.as_str()], |r| Ok(stored(r))).optional()?.transpose()?;
    if found.is_some() {
        return Ok(found);
    }
    let mut other = connection.prepare_cached(sql::ROW_OF_OTHER)?;
    let row: Option<i64> = other.query_row([key.as_str()], |r| r.get(0)).optional()?;
    row.map_or(Ok(None), |row| load(connection, row))
}

fn stored(row: &Row<'_>) -> Result<Stored, StoreError> {
    let brought: i64 = row.get(6)?;
    let details: Details = serde_json::from_str(row.get_ref(12)?.as_str().map_err(rusqlite::Error::from)?)?;
    let article = Article {
        key: Key::parse(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?).ok_or(StoreError::Damaged("key"))?,
        id: row.get(2)?,
        guid: row.get(21)?,
        published: Time(row.get(4)?),
        updated: Time(row.get(5)?),
        labels: Labels { districts: slugs(row, 7)?, topics: slugs(row, 8)? },
        content: Content {
            url: row.get(9)?,
            title: row.get(10)?,
            summary: row.get(11)?,
            html: Html::trusted(row.get(13)?),
            authors: details.authors,
            tags: details.tags,
            language: details.language,
            image: details.image,
            enclosures: details.enclosures,
            note: details.note,
        },
        withdrawn: row.get(14)?,
    };
    Ok(Stored {
        row: row.get(0)?,
        version: unsigned(row, 3)?,
        brought: Brought { districts: brought & 1 != 0, topics: brought & 2 != 0 },
        source: row.get(15)?,
        own_id: row.get(16)?,
        said_updated: row.get::<_, Option<i64>>(17)?.map(Time),
        said_published: row.get::<_, Option<i64>>(18)?.map(Time),
        embargoed: row.get::<_, i64>(19)? != 0,
        purged: row.get::<_, i64>(20)? != 0,
        article,
    })
}

/// Slugs stand in one column, with spaces between.
pub fn slugs(row: &Row<'_>, column: usize) -> Result<Vec<Slug>, StoreError> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    text.split_ascii_whitespace().map(|s| Slug::parse(s).ok_or(StoreError::Damaged("slug"))).collect()
}

fn spaced(slugs: &[Slug]) -> String {
    slugs.iter().map(Slug::as_str).collect::<Vec<_>>().join(" ")
}

fn flags(brought: Brought) -> i64 {
    i64::from(brought.districts) + 2 * i64::from(brought.topics)
}

fn details(content: &Content) -> Result<String, StoreError> {
    Ok(serde_json::to_string(&Details {
        authors: content.authors.clone(),
        tags: content.tags.clone(),
        language: content.language.clone(),
        image: content.image.clone(),
        enclosures: content.enclosures.clone(),
        note: content.note.clone(),
    })?)
}

/// About how many bytes the address and the keys take that a link to a place within an article gets in a feed.
const LINK_WITHIN: u64 = 100;

/// About how many bytes the article takes in a document: its texts as the most wordy format escapes them.
fn size(content: &Content, details: &str) -> u64 {
    let escaped =
        |text: &str| text.bytes().map(|b| if matches!(b, b'<' | b'>' | b'&' | b'"') { 6 } else { 1 }).sum::<u64>();
    let html = content.html.as_str();
    let links_within = LINK_WITHIN * html.matches(" href=\"#").count() as u64;
    let body = if html.len() <= MAX_FEED_HTML { escaped(html) + links_within } else { 0 };
    // It stands in the summary and in the body.
    let note = 2 * escaped(content.note.as_deref().unwrap_or_default());
    ENTRY_OVERHEAD + details.len() as u64 + escaped(&content.title) + escaped(&content.summary) + note + body
}

/// Writes a new article's row.
pub fn insert(connection: &Connection, stored: &Stored, hash: &str) -> Result<(), StoreError> {
    let (article, content) = (&stored.article, &stored.article.content);
    let details = details(content)?;
    connection.prepare_cached(sql::INSERT_ARTICLE)?.execute(params![
        stored.row,
        article.key.as_str(),
        article.id,
        stored.version as i64,
        article.published.0,
        article.updated.0,
        flags(stored.brought),
        spaced(&article.labels.districts),
        spaced(&article.labels.topics),
        content.url,
        content.title,
        content.summary,
        details,
        content.html.as_str(),
        hash,
        size(content, &details) as i64,
        stored.source,
        stored.own_id,
        stored.said_updated.map(|said| said.0),
        stored.said_published.map(|said| said.0),
        stored.embargoed,
        article.guid,
    ])?;
    Ok(())
}

/// Writes an article's row again; without a hash, what its source says of it is still the same.
pub fn update(connection: &Connection, stored: &Stored, hash: Option<&str>) -> Result<(), StoreError> {
    let (article, content) = (&stored.article, &stored.article.content);
    let details = details(content)?;
    connection.prepare_cached(sql::UPDATE_ARTICLE)?.execute(params![
        stored.row,
        stored.version as i64,
        article.updated.0,
        flags(stored.brought),
        spaced(&article.labels.districts),
        spaced(&article.labels.topics),
        content.url,
        content.title,
        content.summary,
        details,
        content.html.as_str(),
        hash,
        size(content, &details) as i64,
        article.withdrawn,
        article.published.0,
        stored.own_id,
        stored.said_updated.map(|said| said.0),
        stored.said_published.map(|said| said.0),
        stored.embargoed,
        stored.purged,
    ])?;
    Ok(())
}

/// Remembers what an article's source says now although nothing is published differently.
pub fn update_hash(connection: &Connection, row: i64, hash: &str, brought: Brought) -> Result<(), StoreError> {
    connection.prepare_cached(sql::UPDATE_HASH)?.execute(params![row, hash, flags(brought)])?;
    Ok(())
}

/// Remembers where an article was before, beside what is remembered of it: old addresses live on.
pub fn add_addresses(connection: &Connection, row: i64, paths: &[String]) -> Result<(), StoreError> {
    for path in paths {
        connection.prepare_cached(sql::SET_ADDRESS)?.execute(params![path, row])?;
    }
    Ok(())
}

/// The public article that was at this path.
pub fn at_address(connection: &Connection, path: &str) -> Result<Option<Key>, StoreError> {
    let mut statement = connection.prepare_cached(sql::AT_ADDRESS)?;
    let key: Option<String> = statement.query_row([path], |row| row.get(0)).optional()?;
    key.map(|key| Key::parse(&key).ok_or(StoreError::Damaged("key"))).transpose()
}

/// Writes a feed's row, new or again.
pub fn save_feed(connection: &Connection, feed: &FeedRow) -> Result<(), StoreError> {
    let FeedRow { feed_id, key, extent, newest, entries, revision, touched } = feed;
    connection.prepare_cached(sql::UPSERT_FEED)?.execute(params![
        feed_id,
        key,
        extent.head,
        extent.tail,
        newest.0,
        entries,
        *revision as i64,
        *touched as i64,
    ])?;
    Ok(())
}

/// A feed's row by its key.
pub fn feed_by_key(connection: &Connection, key: &FeedKey) -> Result<Option<FeedRow>, StoreError> {
    Ok(connection.prepare_cached(sql::FEED)?.query_row([key.to_string()], feed).optional()?)
}
