//! Front matter as Hugo, Zola and Jekyll write it, in YAML, TOML or JSON: one tree of scalars, with where each stands.
//!
//! Knows nothing of what any key means.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, options};
use serde_json::value::RawValue;
use toml::de::{DeTable, DeValue};

use crate::ingest::cjk;

/// The longest front matter, in bytes: far beyond what anybody writes, and little enough to hold several times.
pub(super) const MAX_LENGTH: usize = 64 * 1024;

/// The depth to which YAML may be nested; TOML and JSON have limits of their own.
const MAX_DEPTH: usize = 32;

/// What cannot be taken, and the offset in the text at which it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misread {
    pub at: usize,
    pub reason: String,
}

impl Misread {
    pub(super) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into() }
    }
}

/// A value, and the offset of its key, or of itself in a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub at: usize,
    pub value: Value,
}

/// The value of a key.
///
/// Numbers, dates and truth values are texts as they were written: only the key knows which of them it wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    Nothing,
    Scalar(String),
    List(Vec<Node>),
    Table(Table),
}

/// Keys with their values, in any order.
pub(super) type Table = Vec<(String, Node)>;

/// Takes front matter off a text: its keys, and what follows it. A text may have none.
pub(super) fn split(text: &str) -> Result<(Table, &str), Misread> {
    let first = text.lines().next().unwrap_or_default().trim_end();
    let opens_json = text.strip_prefix('{').is_some_and(|inner| inner.trim_start().starts_with(['"', '}']));
    match first {
        "---" => fenced(text, &["---", "..."], yaml),
        "+++" => fenced(text, &["+++"], toml),
        // A template's tag at the beginning opens with two braces, or with a brace and a percent sign.
        _ if opens_json => json(text),
        _ => match super::unrecognised::reason(text) {
            Some(reason) => Err(Misread::new(0, reason)),
            None => Ok((Table::new(), text)),
        },
    }
}

/// Front matter from the line behind the first to the next that is one of `ends`.
fn fenced<'t>(
    text: &'t str,
    ends: &[&str],
    read: fn(&str, usize) -> Result<Table, Misread>,
) -> Result<(Table, &'t str), Misread> {
    let begin = text.find('\n').map_or(text.len(), |at| at + 1);
    let mut at = begin;
    for line in text[begin..].split_inclusive('\n') {
        if ends.contains(&line.trim_end()) {
            return Ok((bounded(&text[begin..at], begin, read)?, &text[at + line.len()..]));
        }
        at += line.len();
    }
    Err(Misread::new(0, format!("front matter begins here, and no line {} ends it", ends[0])))
}

fn bounded(block: &str, begin: usize, read: fn(&str, usize) -> Result<Table, Misread>) -> Result<Table, Misread> {
    if block.len() > MAX_LENGTH {
        return Err(Misread::new(0, format!("front matter is longer than {MAX_LENGTH} bytes")));
    }
    read(block, begin)
}

/// A list or table that is not yet complete.
enum Open {
    List(usize, Vec<Node>),
    Table(usize, Table, Option<(usize, String)>),
}

/// Reads YAML from the parser's events: nothing is expanded, and nothing recurses.
fn yaml(block: &str, begin: usize) -> Result<Table, Misread> {
    let options = options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        disallow_directives: true,
    };
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str_with_options(block, options) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or_default();
            Misread::new(begin + at.min(block.len()), format!("is not YAML: {}", error.info()))
        })?;
        let at = begin + span.start.byte_offset().unwrap_or_default();
        let value = match event {
            Event::DocumentStart(..) if root.is_some() => {
                return Err(Misread::new(at, "a second document begins here"));
            }
            Event::Alias(_) => return Err(Misread::new(at, "aliases such as *name are not followed; write it out")),
            Event::SequenceStart(..) => {
                open.push(Open::List(at, Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Table(at, Table::new(), None));
                continue;
            }
            Event::Scalar(text, ScalarStyle::Plain, ..) if ["", "~", "null", "Null", "NULL"].contains(&&*text) => {
                Node { at, value: Value::Nothing }
            }
            Event::Scalar(text, ..) => {
                let [from, to] = [span.start, span.end].map(|mark| mark.byte_offset().unwrap_or_default());
                let source = block.get(from..to).unwrap_or_default();
                Node { at, value: Value::Scalar(cjk::unfolded(text.into_owned(), source)) }
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(at, list)) => Node { at, value: Value::List(list) },
                Some(Open::Table(at, table, _)) => Node { at, value: Value::Table(unrepeated(table)?) },
                None => continue,
            },
            _ => continue,
        };
        match open.last_mut() {
            None => root = Some(value),
            Some(Open::List(_, list)) => list.push(value),
            Some(Open::Table(_, table, key)) => match (key.take(), value) {
                (Some((at, key)), value) => table.push((key, Node { at, ..value })),
                (None, Node { at, value: Value::Scalar(text) }) => *key = Some((at, text)),
                (None, Node { at, value: Value::Nothing }) => *key = Some((at, String::new())),
                (None, Node { at, .. }) => return Err(Misread::new(at, "a key must be a text")),
            },
        }
    }
    match root {
        None | Some(Node { value: Value::Nothing, .. }) => Ok(Table::new()),
        Some(Node { value: Value::Table(table), .. }) => Ok(table),
        Some(Node { at, .. }) => Err(Misread::new(at, "front matter must be keys with values, such as `title: …`")),
    }
}

/// Refuses a key that stands twice: YAML forbids it, and either of the two could be the one that is meant.
fn unrepeated(table: Table) -> Result<Table, Misread> {
    let mut keys: Vec<(&str, usize)> = table.iter().map(|(key, node)| (key.as_str(), node.at)).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(Misread::new(pair[1].1, format!("{}: stands twice", pair[1].0))),
        None => Ok(table),
    }
}

fn toml(block: &str, begin: usize) -> Result<Table, Misread> {
    match DeTable::parse(block) {
        Ok(table) => Ok(toml_table(table.into_inner(), begin)),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start.min(block.len()));
            Err(Misread::new(begin + at, format!("is not TOML: {}", error.message())))
        }
    }
}

fn toml_table(table: DeTable<'_>, begin: usize) -> Table {
    let entry = |(key, value): (toml::Spanned<_>, toml::Spanned<DeValue<'_>>)| {
        let at = begin + key.span().start;
        let key: std::borrow::Cow<'_, str> = key.into_inner();
        (key.into_owned(), Node { at, value: toml_value(value.into_inner(), begin) })
    };
    table.into_iter().map(entry).collect()
}

fn toml_value(value: DeValue<'_>, begin: usize) -> Value {
    match value {
        DeValue::String(text) => Value::Scalar(text.into_owned()),
        DeValue::Integer(number) => Value::Scalar(number.to_string()),
        DeValue::Float(number) => Value::Scalar(number.to_string()),
        DeValue::Boolean(flag) => Value::Scalar(flag.to_string()),
        DeValue::Datetime(date) => Value::Scalar(date.to_string()),
        DeValue::Array(items) => {
            let node = |item: toml::Spanned<DeValue<'_>>| {
                let at = begin + item.span().start;
                Node { at, value: toml_value(item.into_inner(), begin) }
            };
            Value::List(items.into_iter().map(node).collect())
        }
        DeValue::Table(table) => Value::Table(toml_table(table, begin)),
    }
}

/// Reads a JSON object and leaves what follows it.
fn json(text: &str) -> Result<(Table, &str), Misread> {
    let misread = |error: serde_json::Error| {
        let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let reason = error.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
        Misread::new(lines.map(str::len).sum(), format!("is not JSON: {reason}"))
    };
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<BTreeMap<String, &RawValue>>();
    let object = values.next().transpose().map_err(misread)?.unwrap_or_default();
    let end = values.byte_offset();
    if end > MAX_LENGTH {
        return Err(Misread::new(0, format!("front matter is longer than {MAX_LENGTH} bytes")));
    }
    let mut table = Table::new();
    for (key, raw) in object {
        // The raw value is a part of the text.
        let at = (raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let value =
            serde_json::from_str(raw.get()).map_err(|error| Misread::new(at, format!("is not JSON: {error}")))?;
        table.push((key, Node { at, value: json_value(value, at) }));
    }
    Ok((table, &text[end..]))
}

/// All that is within a value stands where the value does.
fn json_value(value: serde_json::Value, at: usize) -> Value {
    use serde_json::Value as Json;
    let node = |value| Node { at, value: json_value(value, at) };
    match value {
        Json::Null => Value::Nothing,
        Json::Bool(flag) => Value::Scalar(flag.to_string()),
        Json::Number(number) => Value::Scalar(number.to_string()),
        Json::String(text) => Value::Scalar(text),
        Json::Array(items) => Value::List(items.into_iter().map(node).collect()),
        Json::Object(entries) => Value::Table(entries.into_iter().map(|(key, value)| (key, node(value))).collect()),
    }
}
