//! Feeds of others: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed, and WordPress' exports, as leniently as readers take them.
//!
//! Knows nothing of what becomes of an entry, and never fetches anything. XML is read entry by entry, whatever its length;
//! JSON as a whole. Document type definitions are refused.

mod atom;
mod entry;
mod json;
mod rss;
mod source;
mod tree;
mod wxr;

#[cfg(test)]
mod tests;

use std::io::{BufRead, Read};
use std::path::PathBuf;

use chrono_tz::Tz;

use self::entry::{Completer, Entry};
use self::source::Source;
use self::tree::{Broken, Element, Parts};
use super::{Drafts, Fault, Found, InputFile};

/// The most bytes of a JSON Feed.
pub const MAX_JSON: usize = 64 << 20;

/// Reads a feed of any kind: its drafts, each with its faults.
pub fn read(file: &InputFile, mut reader: impl BufRead + Send + 'static) -> Result<Drafts, Fault> {
    let unreadable = |error: std::io::Error| Fault::of(&file.path, format!("cannot be read: {error}"));
    let is_json = begins_with_brace(reader.fill_buf().map_err(unreadable)?);
    if is_json {
        return Ok(Box::new(json(file, reader)?.into_iter().map(Ok)));
    }
    let parts = Parts::new(Source::open(reader).map_err(unreadable)?);
    Ok(Box::new(Entries::new(file.path.clone(), parts, file.zone)))
}

fn begins_with_brace(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().first() == Some(&b'{')
}

fn json(file: &InputFile, reader: impl Read) -> Result<Vec<Found>, Fault> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_JSON as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Fault::of(&file.path, format!("cannot be read: {error}")))?;
    if bytes.len() > MAX_JSON {
        return Err(Fault::of(&file.path, format!("is longer than {MAX_JSON} bytes")));
    }
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes));
    let document = serde_json::from_str(&text);
    let document =
        document.map_err(|error| Fault::at(&file.path, error.line() as u64, format!("is no JSON: {error}")))?;
    let entries = json::entries(&document).ok_or_else(|| Fault::of(&file.path, "is no JSON Feed: it has no items"))?;
    let mut completer = Completer::new(file.zone);
    Ok(entries.into_iter().map(|entry| completer.complete(entry)).collect())
}

/// The entries of a document in XML.
struct Entries {
    path: PathBuf,
    parts: Parts,
    completer: Completer,
    channel: rss::Channel,
    feed: atom::Feed,
    authors: wxr::Authors,
    is_export: bool,
    /// How many containers have been heard.
    heard: usize,
    /// Whether anything was a feed's.
    found: bool,
}

impl Entries {
    fn new(path: PathBuf, parts: Parts, zone: Tz) -> Self {
        let completer = Completer::new(zone);
        let (channel, feed, authors) = Default::default();
        Self { path, parts, completer, channel, feed, authors, is_export: false, heard: 0, found: false }
    }

    fn fault(&self, broken: Broken) -> Fault {
        Fault::at(&self.path, broken.line, broken.reason)
    }

    /// What a part says of the feed, or the entry that it is.
    fn hear(&mut self, part: &Element) -> Option<Result<Entry, Fault>> {
        for container in &self.parts.containers[self.heard..] {
            self.feed.around(container);
        }
        self.heard = self.parts.containers.len();
        self.found = true;
        match part.name.as_str() {
            "entry" => Some(Ok(atom::entry(part, &self.feed))),
            "item" if self.is_export || part.child("wp:post_type").is_some() => {
                let entry = wxr::entry(part, &self.channel, &self.authors)?;
                let title = part.value_of("title").unwrap_or_default();
                Some(entry.map_err(|reason| Fault::at(&self.path, part.line, format!("{title:?}: {reason}"))))
            }
            "item" => Some(Ok(rss::entry(part, &self.channel))),
            name => {
                self.is_export |= name == "wp:wxr_version";
                self.authors.hear(part);
                self.channel.hear(part);
                self.feed.hear(part);
                None
            }
        }
    }
}

impl Iterator for Entries {
    type Item = Result<Found, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.parts.next() {
                None if self.found || !self.parts.containers.is_empty() => return None,
                None => {
                    self.found = true;
                    return Some(Err(Fault::of(&self.path, "is no feed: there is nothing in it")));
                }
                Some(Err(broken)) => {
                    self.found = true;
                    return Some(Err(self.fault(broken)));
                }
                Some(Ok(part)) => match self.hear(&part) {
                    Some(Ok(entry)) => return Some(Ok(self.completer.complete(entry))),
                    Some(Err(fault)) => return Some(Err(fault)),
                    None => {}
                },
            }
        }
    }
}
