//! XML as small trees, one for each thing that a feed holds, however broken the document is.
//!
//! Knows nothing of what elements mean, but for which hold a feed, which are its entries, and which hold text alone.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape_with};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::source::{MAX_PART, Source};
use crate::ingest::text;

/// How deep elements are kept within an entry; tags further down are passed over, and their text is kept.
const MAX_DEPTH: usize = 128;

/// An element with all that is in it.
#[derive(Clone, Debug, Default)]
pub struct Element {
    /// In lower case, with the usual prefix of its namespace, whatever the document's own is; without for RSS and Atom.
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub nodes: Vec<Node>,
    /// Where it begins.
    pub line: u64,
    /// Whether the document ends within it.
    pub cut: bool,
}

/// What is in an element.
#[derive(Clone, Debug)]
pub enum Node {
    Text(String),
    Element(Element),
}

/// Why something of a document cannot be read.
#[derive(Debug)]
pub struct Broken {
    pub line: u64,
    pub reason: String,
}

/// Namespaces by the prefix that everybody gives them.
const NAMESPACES: [(&str, &str); 15] = [
    ("http://purl.org/rss/1.0/modules/content/", "content"),
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://purl.org/dc/terms/", "dcterms"),
    ("http://search.yahoo.com/mrss", "media"),
    ("http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes"),
    ("http://www.w3.org/2005/Atom", "atom"),
    ("http://purl.org/atom/ns#", "atom"),
    ("http://www.youtube.com/xml/schemas/2015", "yt"),
    ("http://rssnamespace.org/feedburner/ext/1.0", "feedburner"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    ("http://www.w3.org/1999/xhtml", ""),
    ("http://purl.org/rss/1.0/", ""),
    ("http://backend.userland.com/rss2", ""),
    ("http://my.netscape.com/rdf/simple/0.9/", ""),
    ("http://www.w3.org/XML/1998/namespace", "xml"),
];

/// Elements that hold a feed's parts and are none.
const CONTAINERS: [&str; 5] = ["rss", "rdf:rdf", "channel", "feed", "atom:feed"];

/// Elements of an entry that hold a line of text, and no other of these.
const LINES: [&str; 12] = [
    "title",
    "link",
    "guid",
    "pubdate",
    "id",
    "updated",
    "published",
    "dc:date",
    "dc:creator",
    "category",
    "comments",
    "enclosure",
];

/// Elements of an entry that may hold markup by mistake; some of the lines are elements of HTML, too.
const TEXTS: [&str; 4] = ["description", "content:encoded", "summary", "content"];

impl Element {
    /// The first element of this name in it.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name == name)
    }

    /// The elements of this name in it.
    pub fn children<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.elements().filter(move |element| element.name == name)
    }

    /// All elements in it.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// What an attribute says, if it says anything.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let value = self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// Its text or, if it holds elements, its markup; `None` if there is nothing in it.
    pub fn value(&self) -> Option<String> {
        let mut value = String::new();
        if self.elements().next().is_none() {
            self.nodes.iter().for_each(|node| value.push_str(if let Node::Text(text) = node { text } else { "" }));
        } else {
            self.markup(&mut value);
        }
        let trimmed = value.trim();
        if trimmed.is_empty() { None } else { Some(trimmed.to_owned()) }
    }

    /// The text or markup of the first element of this name that has any.
    pub fn value_of(&self, name: &str) -> Option<String> {
        self.elements().filter(|element| element.name == name).find_map(Self::value)
    }

    /// What is in it as HTML.
    fn markup(&self, html: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Text(text) => html.push_str(&text::escape(text)),
                Node::Element(element) => {
                    html.push_str(&format!("<{}", element.name));
                    for (name, value) in element.attributes.iter().filter(|(name, _)| !name.starts_with("xmlns")) {
                        html.push_str(&format!(" {name}=\"{}\"", text::escape(value)));
                    }
                    html.push('>');
                    element.markup(html);
                    // Without an end in HTML; where one was forgotten, what follows it was read into it.
                    if !["br", "hr", "img", "wbr", "source", "col", "input"].contains(&element.name.as_str()) {
                        html.push_str(&format!("</{}>", element.name));
                    }
                }
            }
        }
    }

    fn push_text(&mut self, text: &str) {
        match self.nodes.last_mut() {
            Some(Node::Text(last)) => last.push_str(text),
            _ => self.nodes.push(Node::Text(text.to_owned())),
        }
    }

    fn is_entry(&self) -> bool {
        ["item", "entry"].contains(&self.name.as_str())
    }
}

/// A document, part by part: what is said of the feed, and its entries.
pub struct Parts {
    reader: Reader<Source>,
    prefixes: HashMap<String, &'static str>,
    /// The containers that have begun: what they say in their attributes holds for all parts.
    pub containers: Vec<Element>,
    /// Whether Atom's elements have a prefix, so that it means nothing.
    atom: bool,
    /// An entry that began where another had not ended.
    begun: Option<Element>,
    ended: bool,
}

impl Parts {
    pub fn new(source: Source) -> Self {
        let (prefixes, containers) = (HashMap::new(), Vec::new());
        Self { reader: reader(source), prefixes, containers, atom: false, begun: None, ended: false }
    }

    fn broken(&self, reason: impl Into<String>) -> Broken {
        Broken { line: self.reader.get_ref().line(), reason: reason.into() }
    }

    fn name(&self, raw: &[u8]) -> String {
        let name = String::from_utf8_lossy(raw).to_ascii_lowercase();
        let Some((prefix, local)) = name.split_once(':') else { return name };
        match self.prefixes.get(prefix).copied().unwrap_or(prefix) {
            "" => local.to_owned(),
            "atom" if self.atom => local.to_owned(),
            prefix => format!("{prefix}:{local}"),
        }
    }

    fn element(&mut self, tag: &BytesStart<'_>) -> Element {
        let mut attributes = Vec::new();
        for attribute in tag.html_attributes().with_checks(false).filter_map(Result::ok) {
            let name = String::from_utf8_lossy(attribute.key.as_ref()).to_ascii_lowercase();
            let value = String::from_utf8_lossy(&attribute.value).into_owned();
            let value =
                unescape_with(&value, resolve_predefined_entity).map(|value| value.into_owned()).unwrap_or(value);
            if let Some(prefix) = name.strip_prefix("xmlns:")
                && let Some(usual) = usual_prefix(&value)
            {
                self.prefixes.insert(prefix.to_owned(), usual);
            }
            attributes.push((name, value));
        }
        let name = self.name(tag.name().as_ref());
        Element { name, attributes, line: self.reader.get_ref().line(), ..Element::default() }
    }

    /// A container begins, or `None` if it is none. What is outside of any is no feed.
    fn container(&mut self, element: Element) -> Result<Option<Element>, Broken> {
        if CONTAINERS.contains(&element.name.as_str()) {
            self.atom |= element.name == "atom:feed";
            self.containers.push(element);
            return Ok(None);
        }
        if self.containers.is_empty() {
            self.ended = true;
            return Err(self.broken(format!("is no feed: it begins with <{}>", element.name)));
        }
        Ok(Some(element))
    }

    /// Reads on behind what cannot be read: at the next entry.
    fn recover(&mut self, error: &quick_xml::Error, open: &[Element]) -> Broken {
        let broken = match self.reader.get_ref().is_exhausted() {
            true => self.broken(format!("an entry or what is said of the feed is longer than {MAX_PART} bytes")),
            false => self.broken(format!("cannot be read: {error}")),
        };
        let end = match open.first() {
            Some(entry) if entry.name == "entry" => &b"</entry>"[..],
            _ => &b"</item>"[..],
        };
        let stand_in = Source::open(std::io::empty());
        let Ok(stand_in) = stand_in else { return broken };
        let mut source = std::mem::replace(&mut self.reader, reader(stand_in)).into_inner();
        self.ended = !source.skip_past(end).unwrap_or(false);
        self.reader = reader(source);
        broken
    }

    /// The next part, or why it cannot be read; `None` at the end.
    fn part(&mut self) -> Result<Option<Element>, Broken> {
        self.reader.get_mut().next_part();
        let mut open: Vec<Element> = self.begun.take().into_iter().collect();
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match self.reader.read_event_into(&mut buffer) {
                Ok(Event::Start(tag)) => {
                    if let Some(done) = self.start(&tag.into_owned(), &mut open)? {
                        return Ok(Some(done));
                    }
                }
                Ok(Event::Empty(tag)) => {
                    let element = self.element(&tag.into_owned());
                    match open.last_mut() {
                        Some(parent) => parent.nodes.push(Node::Element(element)),
                        None => {
                            if let Some(element) = self.container(element)? {
                                return Ok(Some(element));
                            }
                        }
                    }
                }
                Ok(Event::End(tag)) => {
                    let name = self.name(tag.name().as_ref());
                    if let Some(done) =
                        open.iter().rposition(|own| own.name == name).and_then(|at| close(&mut open, at))
                    {
                        return Ok(Some(done));
                    }
                }
                Ok(Event::Text(text)) => say(&mut open, &String::from_utf8_lossy(&text)),
                Ok(Event::CData(text)) => say(&mut open, &String::from_utf8_lossy(&text)),
                Ok(Event::GeneralRef(reference)) => say(&mut open, &referred(&reference)),
                Ok(Event::DocType(definition)) if definition.contains(&b'[') => {
                    self.ended = true;
                    return Err(self.broken("a document type definition is refused"));
                }
                Ok(Event::Eof) => {
                    self.ended = true;
                    let cut = close(&mut open, 0);
                    return Ok(cut.map(|element| Element { cut: true, ..element }));
                }
                Ok(_) => {}
                Err(error) => return Err(self.recover(&error, &open)),
            }
        }
    }

    /// An element begins; whether another part ends with that.
    fn start(&mut self, tag: &BytesStart<'_>, open: &mut Vec<Element>) -> Result<Option<Element>, Broken> {
        let element = self.element(tag);
        if open.is_empty() {
            open.extend(self.container(element)?);
            return Ok(None);
        }
        if element.is_entry() && open[0].is_entry() && !open.iter().any(|own| own.name.contains("source")) {
            self.begun = Some(element);
            return Ok(close(open, 0));
        }
        // An end tag was forgotten or misspelt.
        if open.get(1).is_some_and(|field| ends(field, &element)) {
            close(open, 1);
        }
        if open.len() < MAX_DEPTH {
            open.push(element);
        }
        Ok(None)
    }
}

/// Whether a field of an entry ends where another begins: lines hold no lines; texts may, if these are HTML.
fn ends(field: &Element, next: &Element) -> bool {
    let is = |list: &[&str], element: &Element| list.contains(&element.name.as_str());
    let html = ["title", "link", "summary"];
    (is(&LINES, field) && (is(&LINES, next) || is(&TEXTS, next)))
        || (is(&TEXTS, field)
            && !is(&html, next)
            && field.attribute("type").is_none()
            && (is(&LINES, next) || is(&TEXTS, next)))
}

/// A reader that takes what it can get.
fn reader(source: Source) -> Reader<Source> {
    let mut reader = Reader::from_reader(source);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

/// The prefix that everybody gives to a namespace.
fn usual_prefix(namespace: &str) -> Option<&'static str> {
    if namespace.starts_with("http://wordpress.org/export/") {
        return Some(if namespace.contains("/excerpt") { "excerpt" } else { "wp" });
    }
    let same = |own: &str| own.trim_end_matches('/').eq_ignore_ascii_case(namespace.trim().trim_end_matches('/'));
    NAMESPACES.iter().find(|(own, _)| same(own)).map(|(_, prefix)| *prefix)
}

/// Closes the element at `at` and all that is open within it; returns it if it was in none.
fn close(open: &mut Vec<Element>, at: usize) -> Option<Element> {
    while open.len() > at {
        let element = open.pop()?;
        match open.last_mut() {
            Some(parent) => parent.nodes.push(Node::Element(element)),
            None => return Some(element),
        }
    }
    None
}

fn say(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.push_text(text);
    }
}

/// What a reference stands for; one that nobody knows stands for itself.
fn referred(reference: &BytesRef<'_>) -> String {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => c.to_string(),
        Ok(None) => {
            let name = String::from_utf8_lossy(reference);
            resolve_predefined_entity(&name).map_or_else(|| format!("&{name};"), str::to_owned)
        }
        Err(_) => String::new(),
    }
}

impl Iterator for Parts {
    type Item = Result<Element, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended && self.begun.is_none() {
            return None;
        }
        self.part().transpose()
    }
}
