//! Entries of Atom 1.0 (RFC 4287), of Atom 0.3, and of YouTube, which puts everything into Media RSS.
//!
//! Knows nothing of what is made up where something is missing.

use super::entry::Entry;
use super::rss::{image, sound_and_film};
use super::tree::Element;
use crate::article::{Enclosure, Person};
use crate::ingest::text;

/// What a feed says of all its entries.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    authors: Vec<Person>,
    base: Option<String>,
    /// Where it says that it lies: relative links are meant from there, unless it says otherwise (RFC 3986 §5.1).
    itself: Option<String>,
    language: Option<String>,
}

impl Feed {
    /// Hears what stands around the entries.
    pub fn around(&mut self, container: &Element) {
        self.base = container.attribute("xml:base").map(str::to_owned).or(self.base.take());
        self.language = container.attribute("xml:lang").map(str::to_owned).or(self.language.take());
    }

    /// Hears what stands beside the entries.
    pub fn hear(&mut self, element: &Element) {
        match element.name.as_str() {
            "author" => self.authors.extend(person(element)),
            "link" if element.attribute("rel") == Some("self") => {
                self.itself = element.attribute("href").map(str::to_owned);
            }
            _ => {}
        }
    }
}

/// An entry.
pub fn entry(element: &Element, feed: &Feed) -> Entry {
    let value = |name: &str| element.value_of(name);
    let group = element.child("media:group");
    let in_group = |name: &str| group.and_then(|group| group.value_of(name));
    let content = element.child("content").filter(|content| content.attribute("src").is_none());
    let (html, text) = content.map(body).unwrap_or_default();
    let summary = element.child("summary").map(body).unwrap_or_default();
    let has_content = html.is_some() || text.is_some();
    let described = || value("media:description").or_else(|| in_group("media:description"));
    let base = element.attribute("xml:base").map(str::to_owned).or_else(|| feed.base.clone());
    let of_content = content.and_then(|content| content.attribute("xml:base")).map(str::to_owned);
    Entry {
        line: element.line,
        id: value("id"),
        title: element.child("title").and_then(title).or_else(|| in_group("media:title")),
        link: link(element),
        base: base.clone().or_else(|| feed.itself.clone()),
        body_base: of_content.or(base),
        html: html.or_else(|| summary.0.clone().filter(|_| !has_content)),
        text: text.or_else(|| summary.1.clone().filter(|_| !has_content)).or_else(described),
        summary: summary.0.or(summary.1).filter(|_| has_content),
        published: value("published")
            .or_else(|| value("issued"))
            .or_else(|| value("created"))
            .or_else(|| value("dc:date")),
        updated: value("updated").or_else(|| value("modified")),
        authors: authors(element, feed),
        categories: element.children("category").map(category).filter(|spellings| !spellings.is_empty()).collect(),
        language: element.attribute("xml:lang").map(str::to_owned).or_else(|| feed.language.clone()),
        image: image(element),
        enclosures: enclosures(element),
        cut: element.cut,
        ..Entry::default()
    }
}

/// A text construct (RFC 4287 §3.1) or content (§4.1.3) as HTML or as text.
fn body(element: &Element) -> (Option<String>, Option<String>) {
    let value = element.value();
    match element.attribute("type").unwrap_or("text").to_ascii_lowercase().as_str() {
        "html" | "text/html" => (value, None),
        // The one `div` around it is not part of it (§3.1.1.3).
        "xhtml" | "application/xhtml+xml" => match element.child("div") {
            Some(div) => (div.value().map(|inner| if has_elements(div) { inner } else { text::escape(&inner) }), None),
            None => (value, None),
        },
        _ if has_elements(element) => (value, None),
        // Atom 0.3 said how it is written apart from what it is.
        _ if element.attribute("mode") == Some("escaped") => (value, None),
        _ => (None, value),
    }
}

fn has_elements(element: &Element) -> bool {
    element.elements().next().is_some()
}

fn title(element: &Element) -> Option<String> {
    let (html, text) = body(element);
    // Tags go when it is cleaned; references have to be read here.
    text.or_else(|| html.map(|html| super::rss::unescaped(&html)))
}

/// The page that an entry is read at: an alternate one, HTML first.
fn link(entry: &Element) -> Option<String> {
    let alternate = |link: &&Element| link.attribute("rel").is_none_or(|rel| rel == "alternate");
    let is_html = |link: &&Element| link.attribute("type").is_none_or(|own| own.contains("html"));
    let links = || entry.children("link").filter(alternate);
    let link = links().find(is_html).or_else(|| links().next())?;
    link.attribute("href").map(str::to_owned).or_else(|| link.value())
}

/// Its own authors, else those of the feed that it was taken from (§4.2.11), else the feed's.
fn authors(entry: &Element, feed: &Feed) -> Vec<Person> {
    let of = |element: &Element| element.children("author").filter_map(person).collect::<Vec<_>>();
    let own: Vec<Person> = of(entry);
    let own = if own.is_empty() { entry.child("source").map(of).unwrap_or_default() } else { own };
    if own.is_empty() { feed.authors.clone() } else { own }
}

fn person(element: &Element) -> Option<Person> {
    let name = element.value_of("name").or_else(|| element.value().filter(|_| !has_elements(element)))?;
    Some(Person { name, url: element.value_of("uri").or_else(|| element.value_of("url")) })
}

/// A category by its label and by its term.
fn category(element: &Element) -> Vec<String> {
    let text = element.value();
    let spellings = [element.attribute("label"), element.attribute("term"), text.as_deref()];
    spellings.into_iter().flatten().map(str::to_owned).collect()
}

fn enclosures(entry: &Element) -> Vec<Enclosure> {
    let links = entry.children("link").filter(|link| link.attribute("rel") == Some("enclosure"));
    let enclosure = |link: &Element| {
        Some(Enclosure {
            url: link.attribute("href")?.to_owned(),
            media_type: link.attribute("type").unwrap_or_default().to_owned(),
            length: link.attribute("length").and_then(|length| length.parse().ok()),
            duration: None,
        })
    };
    let enclosures: Vec<Enclosure> = links.filter_map(enclosure).collect();
    // YouTube's players are files of type Flash, which nobody can play.
    if enclosures.is_empty() { sound_and_film(entry) } else { enclosures }
}
