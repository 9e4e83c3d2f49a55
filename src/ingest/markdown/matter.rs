//! Front matter as it is asked for: a key by any of its names, its value as the kind of thing it must be.
//!
//! Knows nothing of which keys there are; a value of the wrong kind is an error that names its key and place.

use std::str::FromStr;

use super::front_matter::{Misread, Node, Table, Value};
use crate::ingest::date::{Date, Dates};

/// The tables in which generators keep what is not theirs to know: Zola the first two, Hugo the last.
const INNER: [&str; 3] = ["taxonomies", "extra", "params"];

/// A file's front matter.
pub(super) struct Matter<'m> {
    outer: &'m Table,
    inner: Vec<&'m Table>,
}

/// A key that has a value.
#[derive(Clone, Copy)]
pub(super) struct Key<'m> {
    /// Its name as it is written.
    pub name: &'m str,
    /// Its value.
    pub node: &'m Node,
}

impl<'m> Matter<'m> {
    /// All keys of a file.
    pub(super) fn new(outer: &'m Table) -> Self {
        let inner = INNER.iter().filter_map(|name| match &lookup(outer, name)?.node.value {
            Value::Table(table) => Some(table),
            _ => None,
        });
        Self { outer, inner: inner.collect() }
    }

    /// The first of these keys, outside of inner tables, that says anything.
    pub(super) fn own(&self, names: &[&str]) -> Option<Key<'m>> {
        names.iter().filter_map(|name| lookup(self.outer, name)).find(Key::says)
    }

    /// The same in inner tables too, once the outer one says nothing.
    pub(super) fn any(&self, names: &[&str]) -> Option<Key<'m>> {
        self.all(names).into_iter().find(Key::says)
    }

    /// Every occurrence of these keys, also of those that say nothing.
    pub(super) fn all(&self, names: &[&str]) -> Vec<Key<'m>> {
        let tables = std::iter::once(self.outer).chain(self.inner.iter().copied());
        tables.flat_map(|table| names.iter().filter_map(|name| lookup(table, name))).collect()
    }
}

/// Hugo reads keys in any case, the others in lower case.
fn lookup<'m>(table: &'m Table, name: &str) -> Option<Key<'m>> {
    let (name, node) = table.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(Key { name, node })
}

impl<'m> Key<'m> {
    /// Whether there is anything but what templates leave to be filled in: nothing, an empty text, an empty list.
    pub(super) fn says(&self) -> bool {
        match &self.node.value {
            Value::Nothing => false,
            Value::Scalar(text) => !text.trim().is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Table(_) => true,
        }
    }

    /// The fault in it.
    pub(super) fn misread(&self, reason: &str) -> Misread {
        Misread::new(self.node.at, format!("{}: {reason}", self.name))
    }

    /// Its text, if it has one.
    pub(super) fn scalar(&self) -> Option<&'m str> {
        match &self.node.value {
            Value::Scalar(text) => Some(text.trim()),
            _ => None,
        }
    }

    /// A text; a number or a date is one as it was written.
    pub(super) fn text(&self) -> Result<String, Misread> {
        self.scalar().map(str::to_owned).ok_or_else(|| self.misread("must be a text"))
    }

    /// Yes or no, in the words of YAML 1.1 too, which Jekyll reads, or in digits.
    pub(super) fn flag(&self) -> Option<bool> {
        match self.scalar()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" | "1" => Some(true),
            "false" | "no" | "off" | "n" | "0" => Some(false),
            _ => None,
        }
    }

    /// A whole number.
    pub(super) fn number<N: FromStr>(&self) -> Result<N, Misread> {
        self.scalar().and_then(|text| text.parse().ok()).ok_or_else(|| self.misread("must be a whole number"))
    }

    /// A moment, or a day.
    pub(super) fn date(&self, dates: &Dates) -> Result<Date, Misread> {
        let text = self.scalar().ok_or_else(|| self.misread("must be a date"))?;
        let fault = || self.misread(&format!("{text:?} is not a date such as 2026-11-23 or 2026-11-23T09:15:00+08:00"));
        dates.read(text).ok_or_else(fault)
    }

    /// The texts of a list and of the lists in it, as Hexo nests categories, or the one text that stands for a list; none
    /// that is empty.
    pub(super) fn texts(&self) -> Result<Vec<String>, Misread> {
        let mut texts = Vec::new();
        for item in self.items() {
            match &item.node.value {
                Value::Nothing => {}
                Value::Scalar(_) if !item.says() => {}
                Value::Scalar(text) => texts.push(text.trim().to_owned()),
                // The parsers bound how deep they are nested.
                Value::List(_) => texts.extend(item.texts()?),
                Value::Table(_) => return Err(item.misread("must be a list of texts")),
            }
        }
        Ok(texts)
    }

    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    /// The items of a list, or the one value that stands for a list.
    pub(super) fn items(&self) -> Vec<Key<'m>> {
        match &self.node.value {
            Value::List(items) => items.iter().map(|node| Key { node, ..*self }).collect(),
            _ => vec![*self],
        }
    }

    /// A key of its table; `None` if it has none or is no table.
    pub(super) fn inner(&self, names: &[&str]) -> Option<Key<'m>> {
        let Value::Table(table) = &self.node.value else { return None };
        names.iter().find_map(|name| lookup(table, name))
    }
}
