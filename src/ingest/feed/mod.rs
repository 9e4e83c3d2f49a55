//! Feeds in, drafts out: RSS 0.9x, 1.0 and 2.0, Atom 1.0 and 0.3, JSON Feed, and WordPress exports.
//!
//! Of a feed that any lenient parser reads, every entry that is closed comes in; each that does not is a fault with its
//! line. What an entry lacks is made up and noted. Knows nothing of stores, and never fetches anything.

mod encoding;
mod ending;
mod entry;
mod meter;
mod names;
mod reference;
mod shortcode;
mod tree;
mod media;
mod atom;
mod complete;
mod json;
mod rss;
mod stream;
mod library;
mod shown;
mod autop;
mod wxr;
mod blogger;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod specs;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unseen;
#[cfg(test)]
mod wordpress;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::PathBuf;

use complete::Completer;
use entry::{Head, Post};
use library::Library;
use stream::{Dialect, Part, Parts, UNCLOSED};
use tree::Element;

use super::date::Dates;
use super::{Drafts, Fault, Found, InputFile};

/// The bytes of a document that are looked at to tell what CST means in its dates.
const BEGINNING: u64 = 1 << 16;

/// The bytes that are read ahead of a file.
const BUFFER: usize = 1 << 16;

/// Reads a feed of any kind from a file, whose end is looked at first.
pub(super) fn open(file: &InputFile, mut opened: File) -> Result<Drafts, Fault> {
    let last = ending::last(&mut opened).map_err(|error| Fault::unreadable(&file.path, error))?;
    // What can be looked at twice may name pictures behind the posts that show them.
    let again = last.is_some().then(|| file.path.clone());
    entries(file, BufReader::with_capacity(BUFFER, opened), last.as_deref(), Library::of(again))
}

/// Reads a feed of any kind. XML is read an entry at a time, whatever the document's length; JSON is read whole.
pub(super) fn read(file: &InputFile, reader: impl Read + Send + 'static) -> Result<Drafts, Fault> {
    entries(file, BufReader::with_capacity(BUFFER, reader), None, Library::default())
}

/// The entries of a document, of which the `last` bytes may be known.
fn entries(
    file: &InputFile,
    reader: impl BufRead + Send + 'static,
    last: Option<&str>,
    library: Library,
) -> Result<Drafts, Fault> {
    let unreadable = |error| Fault::unreadable(&file.path, error);
    let text = encoding::utf8(reader).map_err(unreadable)?;
    let mut reader = text.reader;
    let mut dates = Dates::new(file.zone);
    // The beginning holds the feed's own dates and its first entries'.
    let mut begins = Vec::new();
    reader.by_ref().take(BEGINNING).read_to_end(&mut begins).map_err(unreadable)?;
    let first = String::from_utf8_lossy(&begins).into_owned();
    dates.hear(&first);
    let reader = Cursor::new(begins).chain(reader);
    match text.first {
        Some('{') => json::read(file, reader, dates),
        Some(_) => {
            let mut parts = Parts::new(reader);
            parts.is_cut = last.is_some_and(|last| ending::is_cut(&first, last));
            let cut = parts.is_cut.then(|| Fault::of(&file.path, "the file ends early, before its end tag"));
            let entries = Entries {
                path: file.path.clone(),
                parts,
                head: Head::default(),
                completer: Completer::new(dates),
                others: BTreeMap::new(),
                library,
            };
            Ok(Box::new(cut.map(Err).into_iter().chain(entries)))
        }
        None => Err(Fault::of(&file.path, "is empty")),
    }
}

/// The entries of a document in XML.
struct Entries<R> {
    path: PathBuf,
    parts: Parts<R>,
    head: Head,
    completer: Completer,
    /// The number of items of each type that are no posts.
    others: BTreeMap<String, u64>,
    /// The pictures and files of an export.
    library: Library,
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
            _ => wxr::post(item, &self.head, &mut self.library),
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
                Ok(Part::Unclosed(line)) => return Some(Err(Fault::at(&self.path, line, UNCLOSED))),
                Err(wrong) => return Some(Err(Fault::at(&self.path, wrong.line, wrong.reason))),
            }
        }
    }
}
