//! Feeds in, drafts out: RSS 0.9x, 1.0 and 2.0, Atom 1.0 and 0.3, JSON Feed, and WordPress exports.
//!
//! Of a feed that any lenient parser reads, every entry comes in; each that does not is a fault with its line. What an
//! entry lacks is made up and noted. Knows nothing of stores, and never fetches anything.

mod atom;
mod autop;
mod blogger;
mod complete;
mod encoding;
mod entry;
#[cfg(test)]
mod hostile;
mod json;
mod media;
mod meter;
mod names;
mod reference;
mod rss;
#[cfg(test)]
mod specs;
mod stream;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unseen;
mod tree;
mod wxr;

use std::collections::BTreeMap;
use std::io::{BufRead, Cursor, Read};
use std::path::PathBuf;

use complete::Completer;
use entry::{Head, Post};
use stream::{Dialect, Part, Parts};
use tree::Element;

use super::date::Dates;
use super::{Drafts, Fault, Found, InputFile};

/// How much of a document is looked at to tell what CST means in its dates, in bytes.
const BEGINNING: u64 = 1 << 16;

/// Reads a feed of any kind. XML is read an entry at a time, whatever the document's length; JSON is read whole.
pub fn read(file: &InputFile, reader: impl BufRead + Send + 'static) -> Result<Drafts, Fault> {
    let unreadable = |error| Fault::unreadable(&file.path, error);
    let text = encoding::utf8(reader).map_err(unreadable)?;
    let mut reader = text.reader;
    let mut dates = Dates::new(file.zone);
    // The beginning holds the feed's own dates and its first entries'.
    let mut begins = Vec::new();
    reader.by_ref().take(BEGINNING).read_to_end(&mut begins).map_err(unreadable)?;
    dates.hear(&String::from_utf8_lossy(&begins));
    let reader = Cursor::new(begins).chain(reader);
    match text.first {
        Some('{') => json::read(file, reader, dates),
        Some(_) => Ok(Box::new(Entries {
            path: file.path.clone(),
            parts: Parts::new(reader),
            head: Head::default(),
            completer: Completer::new(dates),
            others: BTreeMap::new(),
        })),
        None => Err(Fault::of(&file.path, "is empty")),
    }
}

/// The entries of a document in XML.
struct Entries<R> {
    path: PathBuf,
    parts: Parts<R>,
    head: Head,
    completer: Completer,
    /// How many there were of each type of things that are no posts.
    others: BTreeMap<String, u64>,
}

/// The most types of things that are told apart.
const MAX_TYPES: usize = 100;

impl<R: BufRead> Entries<R> {
    /// Takes what stands around or beside the entries.
    fn learn(&mut self, element: &Element) {
        match self.parts.dialect {
            Some(Dialect::Atom) => {
                atom::learn(&mut self.head, element);
                blogger::learn(&mut self.head, element);
            }
            _ => {
                rss::learn(&mut self.head, element);
                wxr::learn(&mut self.head, element);
            }
        }
    }

    /// Takes what `rss`, `channel`, `rdf:RDF` or `feed` says in its attributes.
    fn enter(&mut self, element: &Element) {
        self.head.base = element.base(self.head.base.as_ref());
        if let Some(language) = element.attribute("xml:lang") {
            self.head.language = Some(language.to_owned());
        }
    }

    /// An item as a draft; `None` if it is passed over.
    fn item(&mut self, item: &Element) -> Option<Result<Found, Fault>> {
        let post = match self.parts.dialect {
            Some(Dialect::Atom) => blogger::post(item, &self.head),
            _ => wxr::post(item, &self.head),
        };
        match post {
            Post::Entry(entry) => Some(Ok(self.completer.complete(*entry))),
            Post::Closed(reason) => Some(Err(Fault::at(&self.path, item.line, reason))),
            Post::Other(kind) => {
                let is_counted =
                    |kind: &String| self.others.len() < MAX_TYPES || self.others.contains_key(kind.as_str());
                if let Some(kind) = kind.filter(is_counted) {
                    *self.others.entry(kind).or_default() += 1;
                }
                None
            }
        }
    }

    /// An item without its end tag, as readers show it. Where drafts can stand too, what is missing of it could hold it
    /// back: of an export, and of Atom, it is not taken.
    fn unclosed(&mut self, item: &Element) -> Option<Result<Found, Fault>> {
        let is_feed = self.parts.dialect == Some(Dialect::Rss) && !self.head.is_export && !wxr::is_post(item);
        if is_feed {
            return self.item(item);
        }
        Some(Err(Fault::at(&self.path, item.line, "the item has no end tag; it is left out")))
    }
}

impl<R: BufRead> Iterator for Entries<R> {
    type Item = Result<Found, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(part) = self.parts.next() else {
                let (kind, count) = self.others.pop_first()?;
                return Some(Err(Fault::of(&self.path, format!("{count} of the type {kind:?} are no posts"))));
            };
            match part {
                Ok(Part::Around(element)) => self.enter(&element),
                Ok(Part::Beside(element)) => self.learn(&element),
                Ok(Part::Item(item)) => {
                    if let Some(found) = self.item(&item) {
                        return Some(found);
                    }
                }
                Ok(Part::Unclosed(item)) => {
                    if let Some(found) = self.unclosed(&item) {
                        return Some(found);
                    }
                }
                Err(wrong) => return Some(Err(Fault::at(&self.path, wrong.line, wrong.reason))),
            }
        }
    }
}
