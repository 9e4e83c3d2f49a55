//! One definition file as it is being read: typed access to its TOML, and every fault in it with its line.
//!
//! Knows nothing of sites, districts or topics, and stops at no fault: an editor sees all mistakes of a file at once.

use std::fmt;

use crate::printable::field;
use chrono::NaiveDate;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Something wrong in a definition file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, with its folder.
    pub file: String,
    /// The line, from 1; `None` if the fault is the file's, not a line's.
    pub line: Option<usize>,
    /// The fault, in words for an editor.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, reason) = (field(&self.file), field(&self.reason));
        match self.line {
            Some(line) => write!(f, "{file}:{line}: {reason}"),
            None => write!(f, "{file}: {reason}"),
        }
    }
}

/// A file and what has been found wrong in it so far.
pub(super) struct Sheet<'t> {
    file: &'t str,
    text: &'t str,
    pub faults: Vec<Fault>,
}

/// A table of a file. Keys are taken out of it, so that what is left over at the end is unknown.
pub(super) struct Section<'t> {
    table: DeTable<'t>,
    at: usize,
}

/// A value and the offset at which it stands in its file.
pub(super) struct At<T> {
    pub value: T,
    pub at: usize,
}

impl<'t> Sheet<'t> {
    /// Opens a file; `None` if it is not TOML, and then the faults say where.
    pub(super) fn open(file: &'t str, text: &'t str) -> (Self, Option<Section<'t>>) {
        let mut sheet = Self { file, text: text.strip_prefix('\u{FEFF}').unwrap_or(text), faults: Vec::new() };
        let (table, errors) = DeTable::parse_recoverable(sheet.text);
        let mut readable = true;
        for error in &errors {
            let at = error.span().map_or(0, |span| span.start);
            // A key that stands twice leaves everything else readable; after any other error, much would seem missing.
            let stands_twice = error.message() == "duplicate key";
            readable &= stands_twice;
            let twice = || "this stands twice; keep one of them".to_owned();
            let reason = if stands_twice { twice() } else { sheet.explain(at, error.message()) };
            sheet.fault(at, reason);
        }
        let section = readable.then(|| Section { table: table.into_inner(), at: 0 });
        (sheet, section)
    }

    /// Notes a fault at an offset.
    pub(super) fn fault(&mut self, at: usize, reason: impl Into<String>) {
        self.faults.push(Fault { file: self.file.to_owned(), line: Some(self.line(at)), reason: reason.into() });
    }

    /// The line, from 1, of an offset.
    pub(super) fn line(&self, at: usize) -> usize {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        1 + before.iter().filter(|&&b| b == b'\n').count()
    }

    /// A TOML error in an editor's words, with the usual cause if the line shows it.
    fn explain(&self, at: usize, message: &str) -> String {
        let begin =
            self.text.as_bytes()[..at.min(self.text.len())].iter().rposition(|&b| b == b'\n').map_or(0, |n| n + 1);
        let line = self.text[begin..].lines().next().unwrap_or_default().trim();
        let hint = if line.contains(['“', '”', '‘', '’', '＂', '＝', '，', '［', '］']) {
            ": outside quoted text, write \" = , [ ] as on an English keyboard"
        } else if line.chars().next().is_some_and(|c| !c.is_ascii()) {
            ": put the word in quotation marks, such as \"盐井\" = 3"
        } else {
            ""
        };
        format!("cannot be read ({message}){hint}")
    }
}

impl<'t> Section<'t> {
    /// The offset at which it begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// A text that may be left out.
    pub(super) fn text(&mut self, sheet: &mut Sheet<'_>, key: &str) -> Option<At<String>> {
        let (at, value) = self.take(key)?;
        text(sheet, &format!("`{key}`"), at, value)
    }

    /// A text that must be there.
    pub(super) fn required_text(&mut self, sheet: &mut Sheet<'_>, key: &str) -> Option<At<String>> {
        self.require(sheet, key);
        self.text(sheet, key)
    }

    /// A whole number that may be left out.
    pub(super) fn number(&mut self, sheet: &mut Sheet<'_>, key: &str) -> Option<At<i64>> {
        let (at, value) = self.take(key)?;
        number(sheet, &format!("`{key}`"), at, &value)
    }

    /// A whole number that must be there.
    pub(super) fn required_number(&mut self, sheet: &mut Sheet<'_>, key: &str) -> Option<At<i64>> {
        self.require(sheet, key);
        self.number(sheet, key)
    }

    /// A day that may be left out.
    pub(super) fn day(&mut self, sheet: &mut Sheet<'_>, key: &str) -> Option<At<NaiveDate>> {
        let (at, value) = self.take(key)?;
        let text = match &value {
            DeValue::Datetime(day) => day.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        let day = text.parse().ok();
        if day.is_none() {
            sheet.fault(at, format!("`{key}` must be a day such as 2026-11-30"));
        }
        day.map(|value| At { value, at })
    }

    /// A list of texts; empty if it is left out.
    pub(super) fn texts(&mut self, sheet: &mut Sheet<'_>, key: &str) -> Vec<At<String>> {
        let items = self.take(key).map(|(at, value)| match value {
            DeValue::Array(items) => items.into_iter().map(spanned).collect(),
            _ => {
                sheet.fault(at, format!("`{key}` must be a list such as [\"盐城\", \"加盐\"]"));
                Vec::new()
            }
        });
        let name = format!("an entry of `{key}`");
        items.into_iter().flatten().filter_map(|(at, value)| text(sheet, &name, at, value)).collect()
    }

    /// A section that must be there, under its own `[key]`.
    pub(super) fn required_section(&mut self, sheet: &mut Sheet<'_>, key: &str) -> Option<Self> {
        self.require(sheet, key);
        let (at, value) = self.take(key)?;
        section(sheet, &format!("`{key}` must be a section: a line [{key}], and its entries below"), at, value)
    }

    /// A section that may be left out.
    pub(super) fn optional_section(&mut self, sheet: &mut Sheet<'_>, key: &str) -> Option<Self> {
        if self.table.contains_key(key) { self.required_section(sheet, key) } else { None }
    }

    /// The sections under `[[key]]`, of which there must be one.
    pub(super) fn required_sections(&mut self, sheet: &mut Sheet<'_>, key: &str) -> Vec<Self> {
        self.require(sheet, key);
        let shape = format!("`{key}` must be sections: a line [[{key}]] for each, and its entries below");
        match self.take(key) {
            Some((_, DeValue::Array(items))) if !items.is_empty() => {
                items.into_iter().map(spanned).filter_map(|(at, value)| section(sheet, &shape, at, value)).collect()
            }
            Some((at, _)) => {
                sheet.fault(at, shape);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Every entry that is left, as a number under a name of the editor's own; in the order of the file.
    pub(super) fn numbers(self, sheet: &mut Sheet<'_>) -> Vec<(At<String>, i64)> {
        let mut entries: Vec<_> = self.table.into_iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let number = |(key, value): (Spanned<_>, Spanned<DeValue<'_>>)| {
            let at = key.span().start;
            let key: std::borrow::Cow<'_, str> = key.into_inner();
            let misplaced = value.get_ref().is_array() || value.get_ref().is_table();
            if misplaced {
                sheet.fault(at, format!("`{key}` is not a term with a weight; other keys stand above this section"));
                return None;
            }
            let number = number(sheet, &format!("the weight of \"{key}\""), at, value.get_ref())?;
            Some((At { value: key.into_owned(), at }, number.value))
        };
        entries.into_iter().filter_map(number).collect()
    }

    /// Notes a key that does not belong here, for this reason.
    pub(super) fn refuse(&mut self, sheet: &mut Sheet<'_>, key: &str, reason: &str) {
        if let Some((at, _)) = self.take(key) {
            sheet.fault(at, reason);
        }
    }

    /// Notes all that nobody has taken.
    pub(super) fn finish(self, sheet: &mut Sheet<'_>, known: &str) {
        for (key, _) in self.table {
            sheet.fault(key.span().start, format!("`{}` is not known here; the keys are {known}", key.get_ref()));
        }
    }

    fn take(&mut self, key: &str) -> Option<(usize, DeValue<'t>)> {
        let (key, value) = self.table.remove_entry(key)?;
        Some((key.span().start, value.into_inner()))
    }

    fn require(&self, sheet: &mut Sheet<'_>, key: &str) {
        if !self.table.contains_key(key) {
            sheet.fault(self.at, format!("`{key}` is missing"));
        }
    }
}

fn spanned(value: Spanned<DeValue<'_>>) -> (usize, DeValue<'_>) {
    (value.span().start, value.into_inner())
}

fn section<'t>(sheet: &mut Sheet<'_>, shape: &str, at: usize, value: DeValue<'t>) -> Option<Section<'t>> {
    match value {
        DeValue::Table(table) => Some(Section { table, at }),
        _ => {
            sheet.fault(at, shape);
            None
        }
    }
}

/// One line of text that says something.
fn text(sheet: &mut Sheet<'_>, name: &str, at: usize, value: DeValue<'_>) -> Option<At<String>> {
    let DeValue::String(value) = value else {
        sheet.fault(at, format!("{name} must be text in quotation marks, not {}", kind(&value)));
        return None;
    };
    match unfit(&value) {
        Some(reason) => {
            sheet.fault(at, format!("{name} {reason}"));
            None
        }
        None => Some(At { value: value.into_owned(), at }),
    }
}

fn number(sheet: &mut Sheet<'_>, name: &str, at: usize, value: &DeValue<'_>) -> Option<At<i64>> {
    let number = value.as_integer().and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
    if number.is_none() {
        sheet.fault(at, format!("{name} must be a whole number, not {}", kind(value)));
    }
    number.map(|value| At { value, at })
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a number of another size",
        DeValue::Float(_) => "a number with a decimal point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}

/// Why a text cannot stand in a feed or be found in an article.
pub(super) fn unfit(text: &str) -> Option<&'static str> {
    // Besides control characters: marks without width, which nobody sees, and what XML 1.0 §2.2 forbids.
    let unseen = |c: char| matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}');
    let hidden = |c: char| c.is_control() || unseen(c) || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    if text.trim().is_empty() {
        Some("is empty")
    } else if text.contains(hidden) {
        Some("holds a line break, a control character or a mark that nobody sees")
    } else if text.trim() != text {
        Some("begins or ends with a space")
    } else {
        None
    }
}
