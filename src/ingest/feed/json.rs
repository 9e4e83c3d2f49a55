//! JSON Feed 1.0 and 1.1: each item an entry, those before a fault too.
//!
//! Knows nothing of XML. The document is held whole and so is bounded; its items are parsed one at a time.

use std::io::{BufRead, Read};

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use super::complete::Completer;
use super::entry::{Enclosed, Entry, Head, Prose};
use super::tree::resolved;
use crate::article::{Image, Person};
use crate::ingest::date::Dates;
use crate::ingest::json::reason;
use crate::ingest::{Category, Drafts, Fault, InputFile};

/// The longest document, in bytes of UTF-8.
pub(super) const MAX_DOCUMENT: u64 = 64 << 20;

/// The longest item, in bytes: parsed, it takes some ten times as much.
const MAX_ITEM: usize = 4 << 20;

/// The longest of the other values that are looked at.
const MAX_VALUE: usize = 1 << 16;

/// The most items.
const MAX_ITEMS: usize = 1_000_000;

/// Reads a whole document.
pub(super) fn read(file: &InputFile, reader: impl BufRead + Send + 'static, dates: Dates) -> Result<Drafts, Fault> {
    let mut text = String::new();
    let read = reader.take(MAX_DOCUMENT + 1).read_to_string(&mut text);
    read.map_err(|error| Fault::unreadable(&file.path, error))?;
    if text.len() as u64 > MAX_DOCUMENT {
        return Err(Fault::of(&file.path, format!("the document is longer than {MAX_DOCUMENT} bytes")));
    }
    let mut document = Document::default();
    let mut parser = serde_json::Deserializer::from_str(&text);
    let parsed = Whole(&mut document, &text).deserialize(&mut parser).and_then(|()| parser.end());
    let fault = match parsed {
        Err(error) => Some(Fault::at(&file.path, error.line() as u64, reason(&error))),
        Ok(()) if !document.has_items => Some(Fault::of(&file.path, "is no feed: it has no items")),
        Ok(()) => None,
    };
    let (path, mut completer) = (file.path.clone(), Completer::new(dates));
    let Document { head, items, .. } = document;
    let entries = items.into_iter().map(move |(line, range)| match parsed_item(&text[range]) {
        Ok(item) => Ok(completer.complete(entry(&item, &head, line))),
        Err(reason) => Err(Fault::at(&path, line, reason)),
    });
    // What is wrong with the whole is read before what is wrong with its items.
    Ok(Box::new(fault.map(Err).into_iter().chain(entries)))
}

fn parsed_item(text: &str) -> Result<serde_json::Map<String, Value>, String> {
    if text.len() > MAX_ITEM {
        return Err(format!("the item is longer than {MAX_ITEM} bytes"));
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(item)) => Ok(item),
        Ok(_) => Err("an item is no object".to_owned()),
        Err(error) => Err(reason(&error)),
    }
}

/// The parts of a document up to its first fault.
#[derive(Default)]
struct Document {
    head: Head,
    /// Where the items stand: the line, and the bytes.
    items: Vec<(u64, std::ops::Range<usize>)>,
    has_items: bool,
}

/// Reads the top level into what it is given, so that what was read outlives a fault.
struct Whole<'a, 'de>(&'a mut Document, &'de str);

impl<'de> DeserializeSeed<'de> for Whole<'_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON Feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let head = &mut self.0.head;
            match key.as_str() {
                "items" => {
                    self.0.has_items = true;
                    map.next_value_seed(Items { found: &mut self.0.items, text: self.1 })?;
                }
                "home_page_url" => head.site = address(&value(map.next_value()?)),
                "feed_url" => head.itself = address(&value(map.next_value()?)),
                "language" => head.language = text_of(&value(map.next_value()?)),
                "author" | "authors" => people(&value(map.next_value()?)).into_iter().for_each(|p| head.sign(p)),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Reads where each item stands.
struct Items<'a, 'de> {
    found: &'a mut Vec<(u64, std::ops::Range<usize>)>,
    text: &'de str,
}

impl<'de> DeserializeSeed<'de> for Items<'_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let (mut line, mut counted) = (1, 0);
        while let Some(item) = items.next_element::<&RawValue>()? {
            // The item is a part of the text.
            if self.found.len() == MAX_ITEMS {
                return Err(serde::de::Error::custom(format_args!("more than {MAX_ITEMS} items")));
            }
            let begins = item.get().as_ptr() as usize - self.text.as_ptr() as usize;
            line += self.text[counted..begins].bytes().filter(|b| *b == b'\n').count() as u64;
            counted = begins;
            self.found.push((line, begins..begins + item.get().len()));
        }
        Ok(())
    }
}

/// A value, unless it is longer than such a one ever is.
fn value(raw: &RawValue) -> Value {
    let bounded = Some(raw.get()).filter(|raw| raw.len() <= MAX_VALUE);
    bounded.and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default()
}

/// A text, or a number or truth as one; ids are numbers in some feeds.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn address(value: &Value) -> Option<Url> {
    resolved(None, value.as_str()?)
}

/// Numbers, some of which are written as texts or with a fraction.
fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64().or_else(|| number.as_f64().filter(|n| *n >= 0.0).map(|n| n as u64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// One author, or a list of them.
fn people(value: &Value) -> Vec<Person> {
    let one = |value: &Value| match value {
        Value::Object(author) => {
            let url = author.get("url").and_then(text_of);
            Some(Person { name: author.get("name").and_then(text_of)?, url })
        }
        other => super::entry::person(&text_of(other)?),
    };
    match value {
        Value::Array(authors) => authors.iter().filter_map(one).collect(),
        other => one(other).into_iter().collect(),
    }
}

fn entry(item: &serde_json::Map<String, Value>, head: &Head, line: u64) -> Entry {
    let said = |name: &str| item.get(name).and_then(text_of);
    let mut authors: Vec<Person> =
        ["authors", "author"].iter().filter_map(|name| item.get(*name)).flat_map(people).collect();
    if authors.is_empty() {
        authors.clone_from(&head.authors);
    }
    let list = |name: &str| item.get(name).and_then(Value::as_array).into_iter().flatten();
    let image = |url| Image { url, media_type: None, width: None, height: None, alt: None };
    let html = said("content_html").map_or(Prose::None, Prose::Html);
    Entry {
        line,
        id: said("id"),
        link: said("url").or_else(|| said("external_url")),
        home: head.home(),
        title: said("title").map_or(Prose::None, Prose::of_text),
        body: html.or(|| said("content_text").map_or(Prose::None, Prose::of_text)),
        summary: said("summary").map_or(Prose::None, Prose::of_text),
        published: said("date_published").into_iter().collect(),
        updated: said("date_modified").into_iter().collect(),
        authors,
        categories: list("tags").filter_map(text_of).map(Category::from).collect(),
        enclosures: list("attachments").filter_map(attachment).collect(),
        image: said("image").or_else(|| said("banner_image")).map(image),
        language: said("language").or_else(|| head.language.clone()),
        ..Entry::default()
    }
}

fn attachment(value: &Value) -> Option<Enclosed> {
    Some(Enclosed {
        url: value.get("url").and_then(text_of)?,
        media_type: value.get("mime_type").and_then(text_of),
        length: number(value.get("size_in_bytes")),
        duration: number(value.get("duration_in_seconds")),
    })
}
