//! Atom 1.0 (RFC 4287) and 0.3: an entry, and what the feed says for its entries.
//!
//! Knows nothing of streams or drafts. What 0.3 called otherwise is read under both names.

use data_encoding::BASE64;
use url::Url;

use super::entry::{Enclosed, Entry, Head, Prose};
use super::media;
use super::tree::{Element, resolved};
use crate::article::Person;
use crate::ingest::Category;

/// Takes what an element beside the entries says.
pub(super) fn learn(head: &mut Head, element: &Element) {
    match element.name.as_str() {
        "link" => {
            let base = element.base(head.base.as_ref());
            let link = element.attribute("href").and_then(|href| resolved(base.as_ref(), href));
            match element.attribute("rel") {
                None | Some("alternate") if head.site.is_none() => head.site = link,
                Some("self") if head.itself.is_none() => head.itself = link,
                _ => {}
            }
        }
        // It is resolved here: for the entries another base may hold.
        "author" => person(element, head.base.clone().as_ref()).into_iter().for_each(|person| head.sign(person)),
        _ => {}
    }
}

/// The entry.
pub(super) fn entry(element: &Element, head: &Head) -> Entry {
    let base = element.base(head.base.as_ref());
    let values = |names: &[&str]| names.iter().flat_map(|name| element.values(name)).collect::<Vec<_>>();
    let content = element.first("content");
    let mut entry = Entry {
        ids: Vec::new(),
        line: element.line,
        id: element.value("id"),
        link: link(element, base.as_ref()),
        body_base: content.and_then(|content| body_base(content, base.as_ref())),
        home: head.home(),
        title: element.first("title").map_or(Prose::None, prose),
        body: content.map_or(Prose::None, prose),
        summary: element.first("summary").map_or(Prose::None, prose),
        published: values(&["published", "issued", "created", "dc:date"]),
        updated: values(&["updated", "modified"]),
        authors: authors(element, head, base.as_ref()),
        categories: element.all("category").filter_map(category).chain(subjects(element)).collect(),
        tags: media::tags(element),
        enclosures: enclosures(element, base.as_ref()),
        image: media::image(element),
        language: language(element, content).or_else(|| head.language.clone()),
        held: held(element),
        base,
        ..Entry::default()
    };
    if entry.title.is_none() {
        entry.title =
            element.first("media:group").and_then(|g| g.value("media:title")).map_or(Prose::None, Prose::of_text);
    }
    if entry.body.is_none() {
        entry.body = std::mem::take(&mut entry.summary);
        entry.body_base = element.first("summary").and_then(|summary| body_base(summary, entry.base.as_ref()));
    }
    if entry.body.is_none() {
        entry.body = media::description(element).map_or(Prose::None, Prose::of_text);
    }
    entry
}

/// Why its publisher keeps an entry back (RFC 5023 §13.1.1): whatever is not a plain `no` does.
pub(super) fn held(element: &Element) -> Option<String> {
    let controls = element.all("app:control").flat_map(|control| control.all("app:draft"));
    let mut drafts = controls.chain(element.all("app:draft")).map(Element::text);
    let draft = drafts.find(|draft| !draft.eq_ignore_ascii_case("no") && !draft.eq_ignore_ascii_case("false"))?;
    Some(format!("app:draft is {draft:?}"))
}

/// The base that a text construct names for itself, or the `div` in it that holds its XHTML does.
pub(super) fn body_base(text: &Element, outer: Option<&Url>) -> Option<Url> {
    let own = text.own_base(outer);
    let divs: Vec<&Element> = text.elements().collect();
    let inner = match divs[..] {
        [div] => div.own_base(own.as_ref().or(outer)),
        _ => None,
    };
    inner.or(own)
}

/// Where it is read: a page rather than anything else.
fn link(element: &Element, base: Option<&Url>) -> Option<String> {
    let links = || element.all("link").filter(|link| matches!(link.attribute("rel"), None | Some("alternate")));
    let page = |link: &&Element| link.attribute("type").is_none_or(|own| own.contains("html"));
    let original = || element.value("feedburner:origlink");
    let written = links().filter(page).chain(links()).find_map(|link| link.address("href", base));
    original().or(written)
}

/// A text construct or a content (RFC 4287 §3.1, §4.1.3; 0.3 had media types and modes).
pub(super) fn prose(element: &Element) -> Prose {
    let kind = element.attribute("type").unwrap_or("text").to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if element.attribute("src").is_some() {
        return Prose::None;
    }
    if element.attribute("mode") == Some("base64") {
        let decoded = BASE64.decode(element.text().as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        return decoded.map_or(Prose::None, |text| of(kind, text));
    }
    let is_element = element.elements().next().is_some();
    match kind {
        "xhtml" | "application/xhtml+xml" | "text/html" | "html" if is_element => {
            // The `div` that holds it is no part of it (§3.1.1.3).
            let divs: Vec<&Element> = element.elements().collect();
            let inner = match divs[..] {
                [div] if div.name.rsplit(':').next() == Some("div") => div,
                _ => element,
            };
            let html = if kind.contains("xhtml") { inner.xhtml() } else { inner.markup() };
            if html.is_empty() { Prose::None } else { Prose::Html(html) }
        }
        // Elements that nobody escaped.
        "text" if is_element => Prose::of_markup(element.markup()),
        _ => of(kind, element.text()),
    }
}

fn of(kind: &str, text: String) -> Prose {
    match kind {
        _ if text.is_empty() => Prose::None,
        "html" | "text/html" | "xhtml" | "application/xhtml+xml" => Prose::Html(text),
        kind if kind == "text" || kind.starts_with("text/") => Prose::Text(text),
        _ => Prose::None,
    }
}

fn person(element: &Element, base: Option<&Url>) -> Option<Person> {
    let base = element.base(base);
    let from = |uri: &Element| {
        let (base, text) = (uri.own_base(base.as_ref()).or_else(|| base.clone()), uri.text());
        let own = base.and_then(|base| resolved(Some(&base), &text));
        own.map(Into::into).or(Some(text).filter(|text| !text.is_empty()))
    };
    let url = ["uri", "url"].iter().find_map(|name| element.all(name).find_map(from));
    Some(Person { name: element.value("name")?, url })
}

/// Its own authors, else those of the feed that it comes from, else this one's (RFC 4287 §4.2.1).
fn authors(element: &Element, head: &Head, base: Option<&Url>) -> Vec<Person> {
    let person = |author| person(author, base);
    let own: Vec<Person> = element.all("author").filter_map(person).collect();
    let creators = || element.values("dc:creator").iter().filter_map(|line| super::entry::person(line)).collect();
    let own = if own.is_empty() { creators() } else { own };
    if !own.is_empty() {
        return own;
    }
    let source: Vec<Person> =
        element.first("source").into_iter().flat_map(|s| s.all("author").filter_map(person)).collect();
    if source.is_empty() { head.authors.clone() } else { source }
}

/// A category: people read the label, the term may be a slug.
pub(super) fn category(element: &Element) -> Option<Category> {
    let term = element.attribute("term").map(str::to_owned).or_else(|| Some(element.text()).filter(|t| !t.is_empty()));
    match (element.attribute("label"), term) {
        (Some(label), slug) => Some(Category { name: label.to_owned(), slug }),
        (None, Some(term)) => Some(Category::from(term)),
        (None, None) => None,
    }
}

fn subjects(element: &Element) -> impl Iterator<Item = Category> {
    element.values("dc:subject").into_iter().map(Category::from)
}

/// Its files, else those of Media RSS.
fn enclosures(element: &Element, base: Option<&Url>) -> Vec<Enclosed> {
    let files = linked(element, "link", base);
    if files.is_empty() { media::enclosures(element) } else { files }
}

/// The files that links of this name enclose.
pub(super) fn linked(element: &Element, name: &str, base: Option<&Url>) -> Vec<Enclosed> {
    let links = element.all(name).filter(|link| link.attribute("rel") == Some("enclosure"));
    let files = links.filter_map(|link| {
        Some(Enclosed {
            url: link.address("href", base)?,
            media_type: link.attribute("type").map(str::to_owned),
            length: link.number("length"),
            duration: None,
        })
    });
    files.collect()
}

fn language(element: &Element, content: Option<&Element>) -> Option<String> {
    let own = element.attribute("xml:lang").or_else(|| content?.attribute("xml:lang"));
    own.map(str::to_owned).or_else(|| element.value("dc:language"))
}
