//! A stream of XML, as badly made as feeds are, into small trees: each item, and each thing that stands beside them.
//!
//! Knows nothing of what elements mean, beyond which of them are items, and holds one tree at a time. A document type
//! definition that declares anything is refused, nothing is ever fetched, and every size is bounded.

use std::io::{self, BufRead};

use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::{BytesStart, Event};

use super::meter::Meter;
use super::names::{Names, is_leaf, is_void};
use super::reference::{decoded, resolved};
use super::tree::{Element, Node};

/// The longest item, in bytes of its source.
pub(super) const MAX_ITEM: u64 = 4 << 20;

/// The longest tag, text or section, in bytes: what is held of a document before it is known what it is.
pub(super) const MAX_TOKEN: u64 = 8 << 20;

/// The most elements and attributes of an item: each takes some hundred bytes.
const MAX_NODES: usize = 50_000;

/// The depth to which elements are kept; deeper ones leave their text alone.
const MAX_DEPTH: usize = 300;

/// The memory that the tokenizer may use for the elements that are open, whether they are kept or not, in bytes: the
/// name of each, and where it begins.
const MAX_OPEN: usize = 16 << 20;

/// Why an item is left out that is not closed: what is missing of it could say that it is not to be seen.
pub(super) const UNCLOSED: &str = "the item has no end tag; it is left out";

/// The formats of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// RSS, of any version.
    Rss,
    /// Atom, of either.
    Atom,
}

/// A part of a document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An element that holds the items, without what is in it.
    Around(Element),
    /// Something beside the items.
    Beside(Element),
    /// An item.
    Item(Element),
    /// An item without its end tag, of a document that goes on: its line. Some of it may be missing.
    Unclosed(u64),
}

/// A fault and its line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub line: u64,
    pub reason: String,
}

/// The parts of a document.
pub(super) struct Parts<R> {
    reader: Reader<Meter<R>>,
    token: Vec<u8>,
    names: Names,
    /// The document's format, once its first element has said it.
    pub dialect: Option<Dialect>,
    /// Elements that hold items and are open.
    around: Vec<String>,
    /// The elements of the tree that is being read.
    open: Vec<Element>,
    /// Elements of it that are open but too deep to be kept.
    deeper: usize,
    /// The nodes of the tree, and where it began.
    nodes: usize,
    began: u64,
    /// Whether it is too large, so that it is passed over.
    over: bool,
    /// The memory of the tokenizer for each element that is open, and of all, in bytes.
    remembered: Vec<u32>,
    remembered_of_all: usize,
    ended: bool,
    /// Whether it has been told already that the document ends early.
    pub is_cut: bool,
}

/// Elements that hold items.
const AROUND: [&str; 4] = ["rss", "rdf:rdf", "channel", "feed"];

impl<R: BufRead> Parts<R> {
    /// Reads from `reader`, which is UTF-8.
    pub(super) fn new(reader: R) -> Self {
        let mut reader = Reader::from_reader(Meter::new(reader));
        let config = reader.config_mut();
        (config.allow_dangling_amp, config.allow_unmatched_ends, config.check_end_names) = (true, true, false);
        Self {
            reader,
            token: Vec::new(),
            names: Names::default(),
            dialect: None,
            around: Vec::new(),
            open: Vec::new(),
            deeper: 0,
            nodes: 0,
            began: 0,
            over: false,
            remembered: Vec::new(),
            remembered_of_all: 0,
            ended: false,
            is_cut: false,
        }
    }

    fn wrong(&mut self, line: u64, reason: impl Into<String>) -> Option<Result<Part, Wrong>> {
        Some(Err(Wrong { line, reason: reason.into() }))
    }

    fn end(&mut self, line: u64, reason: impl Into<String>) -> Option<Result<Part, Wrong>> {
        self.ended = true;
        self.wrong(line, reason)
    }

    /// The next token; `None` if it only moved on.
    fn step(&mut self) -> Option<Result<Part, Wrong>> {
        let mut token = std::mem::take(&mut self.token);
        token.clear();
        let meter = self.reader.get_mut();
        meter.allow(MAX_TOKEN);
        let (line, at) = (meter.lines, meter.bytes);
        let event = self.reader.read_event_into(&mut token);
        let part = match event {
            Ok(Event::Start(tag)) => self.start(&tag, line, false),
            Ok(Event::Empty(tag)) => self.start(&tag, line, true),
            Ok(Event::End(tag)) => self.close(&tag),
            Ok(Event::Text(text)) => self.text(&String::from_utf8_lossy(&text).replace("\r\n", "\n")),
            Ok(Event::CData(text)) => self.text(&String::from_utf8_lossy(&text).replace("\r\n", "\n")),
            Ok(Event::GeneralRef(name)) => {
                let name = String::from_utf8_lossy(&name).into_owned();
                let text = resolved(&name).unwrap_or_else(|| format!("&{name};").into());
                self.text(&text)
            }
            Ok(Event::DocType(text)) if text.contains(&b'[') || find(&text, b"<!") => {
                self.end(line, "a document type definition is refused")
            }
            Ok(Event::DocType(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_)) => None,
            Ok(Event::Eof) => self.eof(),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
                self.end(line, format!("a tag or a text is longer than {MAX_TOKEN} bytes"))
            }
            Err(Error::Io(error)) => self.end(line, format!("cannot be read: {error}")),
            // Behind markup that is none the text goes on, if that took a byte at least.
            Err(_) if self.reader.get_ref().bytes > at => None,
            Err(error) => self.end(line, error.to_string()),
        };
        self.token = token;
        part
    }

    fn eof(&mut self) -> Option<Result<Part, Wrong>> {
        let line = self.reader.get_ref().lines;
        self.ended = true;
        // The rest of an item could say that it is a draft, so nothing of one that is cut is taken.
        let item = self.open.first().filter(|tree| self.is_item(&tree.name)).map(|item| item.line);
        match (item, self.around.is_empty(), self.dialect) {
            (Some(begun), ..) if self.is_cut => self.wrong(begun, UNCLOSED),
            (None, false, _) if self.is_cut => None,
            (Some(begun), ..) => {
                self.wrong(line, format!("the file ends early, within the item of line {begun}, which is left out"))
            }
            (None, false, _) => self.wrong(line, "the file ends early, before its end tag; there may have been more"),
            (None, true, None) => self.wrong(line, "is no feed"),
            (None, true, Some(_)) => None,
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, line: u64, empty: bool) -> Option<Result<Part, Wrong>> {
        let written = String::from_utf8_lossy(tag.name().into_inner()).into_owned();
        if !empty && !self.remember(tag.name().into_inner().len()) {
            return self.end(line, format!("the names of the elements that are open take more than {MAX_OPEN} bytes"));
        }
        if !written.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return self.text(&format!("<{}>", String::from_utf8_lossy(tag)));
        }
        // An item in an item shows that the first one's end tag is missing; but content may hold an element so called.
        let home = self.home();
        let within = self.open.get(1).is_some_and(|field| field.attribute("type").is_some());
        let is_item = self.is_item(&self.names.resolve(&written, home)) && !within;
        let before = if is_item { self.finish(false) } else { None };
        let depth = self.around.len() + self.open.len() + 1;
        let keeps = !self.over && self.deeper == 0 && self.open.len() < MAX_DEPTH;
        let mut attributes = Vec::new();
        if keeps {
            self.names.leave(depth);
            attributes = self.attributes(tag, depth);
        }
        let name = self.names.resolve(&written, home);
        let empty = empty || is_void(&name);
        let element = Element { name, attributes, nodes: Vec::new(), line };
        if self.open.is_empty() {
            return before.or(self.begin(element, empty));
        }
        if !keeps {
            self.deeper += usize::from(!empty && !self.over);
            return None;
        }
        self.nodes += 1 + element.attributes.len();
        if is_leaf(&element.name) && self.open.get(1).is_some_and(|field| is_leaf(&field.name)) {
            while self.open.len() > 1 {
                self.fold();
            }
        }
        self.open.push(element);
        if empty {
            self.fold();
        }
        self.weigh();
        None
    }

    /// Counts what the tokenizer remembers of an element; `false` if that becomes too much.
    fn remember(&mut self, name: usize) -> bool {
        let bytes = name + 2 * size_of::<usize>();
        self.remembered.push(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.remembered_of_all += bytes;
        self.remembered_of_all <= MAX_OPEN
    }

    /// Begins what stands around the items, beside them, or an item itself.
    fn begin(&mut self, element: Element, empty: bool) -> Option<Result<Part, Wrong>> {
        if self.dialect.is_none() {
            self.dialect = match element.name.as_str() {
                "rss" | "rdf:rdf" | "channel" => Some(Dialect::Rss),
                // An entry may be a document of its own (RFC 4287 §2).
                "feed" | "entry" => Some(Dialect::Atom),
                // What a broken program has written before the feed, such as a warning in HTML.
                "br" | "b" | "i" | "p" | "font" | "pre" | "div" | "span" | "script" | "style" | "link" | "meta" => None,
                other => {
                    let reason = format!("is no feed: its first element is {other:?}");
                    return self.end(element.line, reason);
                }
            };
            self.dialect?;
        }
        if AROUND.contains(&element.name.as_str()) && self.around.len() < MAX_DEPTH {
            if !empty {
                self.around.push(element.name.clone());
            }
            return Some(Ok(Part::Around(element)));
        }
        self.began = self.reader.get_ref().bytes;
        self.nodes = element.attributes.len();
        self.open.push(element);
        if empty { self.finish(true) } else { None }
    }

    fn attributes(&mut self, tag: &BytesStart<'_>, depth: usize) -> Vec<(String, String)> {
        let mut attributes = Vec::new();
        for attribute in tag.html_attributes().with_checks(false).filter_map(Result::ok).take(MAX_NODES) {
            let name = String::from_utf8_lossy(attribute.key.into_inner()).to_ascii_lowercase();
            let value = decoded(&String::from_utf8_lossy(&attribute.value)).into_owned();
            if !self.names.declare(depth, &name, &value) {
                attributes.push((name, value));
            }
        }
        attributes
    }

    fn close(&mut self, tag: &[u8]) -> Option<Result<Part, Wrong>> {
        self.remembered_of_all -= self.remembered.pop().unwrap_or(0) as usize;
        let written = String::from_utf8_lossy(tag);
        let name = self.names.resolve(&written, self.home());
        let ends_item = self.open.first().is_some_and(|tree| tree.name == name);
        if self.deeper > 0 && !(ends_item && self.is_item(&name)) {
            self.deeper -= 1;
            return None;
        }
        if self.over {
            return if ends_item { self.finish(true) } else { None };
        }
        match self.open.iter().rposition(|element| element.name == name) {
            Some(0) => return self.finish(true),
            Some(at) => {
                while self.open.len() > at {
                    self.fold();
                }
            }
            None => {
                if let Some(at) = self.around.iter().rposition(|around| *around == name) {
                    let part = self.finish(false);
                    self.around.truncate(at);
                    return part;
                }
            }
        }
        self.names.leave(self.around.len() + self.open.len() + 1);
        None
    }

    fn text(&mut self, text: &str) -> Option<Result<Part, Wrong>> {
        if !self.over
            && let Some(element) = self.open.last_mut()
        {
            element.push_text(text);
        }
        self.weigh();
        None
    }

    /// Passes over the tree if it has become too large.
    fn weigh(&mut self) {
        let length = self.reader.get_ref().bytes - self.began;
        if !self.open.is_empty() && !self.over && (length > MAX_ITEM || self.nodes > MAX_NODES) {
            self.over = true;
            self.open.truncate(1);
            self.open.iter_mut().for_each(|tree| tree.nodes = Vec::new());
        }
    }

    /// Closes the innermost element.
    fn fold(&mut self) {
        if let Some(inner) = self.open.pop()
            && let Some(outer) = self.open.last_mut()
        {
            outer.nodes.push(Node::Element(inner));
        }
    }

    /// Closes the tree; `closed` is whether its own end tag does.
    fn finish(&mut self, closed: bool) -> Option<Result<Part, Wrong>> {
        while self.open.len() > 1 {
            self.fold();
        }
        self.deeper = 0;
        let over = std::mem::take(&mut self.over);
        let tree = self.open.pop()?;
        self.names.leave(self.around.len() + 1);
        match (self.is_item(&tree.name), over) {
            (true, false) => Some(Ok(if closed { Part::Item(tree) } else { Part::Unclosed(tree.line) })),
            (true, true) => {
                let reason = format!("the item is longer than {MAX_ITEM} bytes, or has more than {MAX_NODES} elements");
                self.wrong(tree.line, reason)
            }
            (false, false) => Some(Ok(Part::Beside(tree))),
            (false, true) => None,
        }
    }

    /// The prefix of what the document itself is written in.
    fn home(&self) -> &'static str {
        if self.dialect == Some(Dialect::Rss) { "" } else { "atom" }
    }

    fn is_item(&self, name: &str) -> bool {
        match self.dialect {
            Some(Dialect::Rss) => name == "item",
            Some(Dialect::Atom) => name == "entry",
            None => false,
        }
    }
}

impl<R: BufRead> Iterator for Parts<R> {
    type Item = Result<Part, Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let part = self.step();
            if part.is_some() {
                return part;
            }
        }
        None
    }
}

fn find(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|window| window == what)
}
