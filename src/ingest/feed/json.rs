//! JSON Feed 1.0 and 1.1.
//!
//! Knows nothing of what is made up where something is missing. Values of another type than they should be are as if
//! they were not there.

use serde_json::{Map, Value};

use super::entry::Entry;
use crate::article::{Enclosure, Image, Person};

/// A document's entries.
pub fn entries(document: &Value) -> Option<Vec<Entry>> {
    let feed = document.as_object()?;
    let items = feed.get("items")?.as_array()?;
    let language = text(feed, "language");
    let base = text(feed, "home_page_url").or_else(|| text(feed, "feed_url"));
    let authors = authors(feed);
    let entry = |item: &Value| {
        let mut entry = item.as_object().map(entry)?;
        entry.language = entry.language.or_else(|| language.clone());
        entry.base = base.clone();
        if entry.authors.is_empty() {
            entry.authors.clone_from(&authors);
        }
        Some(entry)
    };
    Some(items.iter().filter_map(entry).collect())
}

fn entry(item: &Map<String, Value>) -> Entry {
    let text = |name: &str| text(item, name);
    Entry {
        line: 1,
        id: text("id"),
        title: text("title"),
        link: text("url").or_else(|| text("external_url")),
        html: text("content_html"),
        text: text("content_text"),
        summary: text("summary"),
        published: text("date_published"),
        updated: text("date_modified"),
        authors: authors(item),
        categories: list(item, "tags").filter_map(as_text).map(|tag| vec![tag]).collect(),
        language: text("language"),
        image: text("image").or_else(|| text("banner_image")).map(image),
        enclosures: list(item, "attachments").filter_map(enclosure).collect(),
        ..Entry::default()
    }
}

/// Text, or a number as it was written: ids should be texts, and some are numbers.
fn as_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.trim().is_empty())
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    object.get(name).and_then(as_text)
}

fn list<'v>(object: &'v Map<String, Value>, name: &str) -> impl Iterator<Item = &'v Value> {
    object.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// `authors` of 1.1, else `author` of 1.0.
fn authors(object: &Map<String, Value>) -> Vec<Person> {
    let all = list(object, "authors").chain(object.get("author"));
    let person = |value: &Value| {
        let author = value.as_object()?;
        Some(Person { name: text(author, "name")?, url: text(author, "url") })
    };
    let mut people: Vec<Person> = all.filter_map(person).collect();
    people.dedup();
    people
}

fn image(url: String) -> Image {
    Image { url, media_type: None, width: None, height: None, alt: None }
}

fn enclosure(value: &Value) -> Option<Enclosure> {
    let attachment = value.as_object()?;
    let number = |name: &str| attachment.get(name).and_then(Value::as_f64).filter(|n| *n >= 0.0).map(|n| n as u64);
    Some(Enclosure {
        url: text(attachment, "url")?,
        media_type: text(attachment, "mime_type").unwrap_or_default(),
        length: number("size_in_bytes"),
        duration: number("duration_in_seconds"),
    })
}
