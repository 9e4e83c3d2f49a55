//! RSS 0.9x, 1.0 and 2.0: an item as an entry, and what the channel says for its items.
//!
//! Knows nothing of streams or drafts. The modules that most feeds use (content, Dublin Core, Media RSS, iTunes) say
//! what RSS itself cannot, and are believed before it.

use super::atom;
use super::entry::{Enclosed, Entry, Head, Prose, person, seconds};
use super::media;
use super::reference::decoded;
use super::tree::{Element, resolved};
use crate::article::Person;
use crate::ingest::clean::MAX_TITLE;
use crate::ingest::{Category, text};

/// Takes what an element beside the items says.
pub(super) fn learn(head: &mut Head, element: &Element) {
    let link = |text: &str| resolved(head.base.as_ref(), text);
    match element.name.as_str() {
        "link" if head.site.is_none() => head.site = link(&element.text()),
        "atom:link" if element.attribute("rel") == Some("self") && head.itself.is_none() => {
            head.itself = element.attribute("href").and_then(link);
        }
        "language" | "dc:language" if head.language.is_none() => head.language = Some(element.text()),
        _ => {}
    }
}

/// The item as an entry.
pub(super) fn entry(item: &Element, head: &Head) -> Entry {
    let guid = item.first("guid");
    let id = guid.map(Element::text).filter(|id| !id.is_empty());
    let mut entry = Entry {
        line: item.line,
        id: id
            .or_else(|| item.attribute("rdf:about").map(str::to_owned))
            .or_else(|| item.value("atom:id"))
            .or_else(|| item.value("dc:identifier")),
        link: link(item, guid),
        base: item.base(head.base.as_ref()),
        home: head.home(),
        title: title(item),
        published: dates(
            item,
            &["pubdate", "dc:date", "dcterms:created", "dcterms:issued", "published", "atom:published"],
        ),
        updated: dates(item, &["dcterms:modified", "atom:updated", "updated"]),
        authors: authors(item),
        categories: categories(item),
        tags: media::tags(item),
        enclosures: enclosures(item, head),
        image: media::image(item),
        held: super::atom::held(item),
        language: item.value("dc:language").or(item.attribute("xml:lang").map(str::to_owned)),
        ..Entry::default()
    };
    entry.language = entry.language.or_else(|| head.language.clone());
    words(&mut entry, item);
    entry
}

/// Where it is read: a proxy's redirect says where it leads, and a guid is a link unless it says otherwise.
fn link(item: &Element, guid: Option<&Element>) -> Option<String> {
    let alternate = |link: &&Element| matches!(link.attribute("rel"), None | Some("alternate"));
    let atom = || item.all("atom:link").filter(alternate).find_map(|link| link.attribute("href"));
    let href = || item.all("link").filter(alternate).find_map(|link| link.attribute("href"));
    let permanent = || {
        let guid = guid.filter(|guid| guid.attribute("ispermalink") != Some("false"))?.text();
        (guid.starts_with("http://") || guid.starts_with("https://")).then_some(guid)
    };
    let original = item.value("feedburner:origlink").or_else(|| item.value("link"));
    original.or_else(|| atom().or_else(href).map(str::to_owned)).or_else(permanent)
}

/// The title, from which one more level of references is taken than XML has: programs escape it twice. Markup goes first:
/// what is escaped in it is meant to be read.
fn title(item: &Element) -> Prose {
    let titles = ["title", "dc:title", "itunes:title", "media:title"];
    let title = titles.into_iter().find_map(|name| item.value(name));
    let atom = || item.first("atom:title").map_or(Prose::None, atom::prose);
    let read = |title: String| {
        // What is far too long for a title is not looked at as markup.
        let plain = if title.len() <= 8 * MAX_TITLE { text::plain(&title) } else { title };
        Prose::of_text(decoded(&plain).into_owned())
    };
    title.map_or_else(atom, read)
}

/// Its own categories, those of Dublin Core, and those of Atom, whose words stand in attributes.
fn categories(item: &Element) -> Vec<Category> {
    let written = [item.values("category"), item.values("dc:subject")].concat().into_iter().map(Category::from);
    written.chain(item.all("atom:category").filter_map(atom::category)).collect()
}

fn dates(item: &Element, names: &[&str]) -> Vec<String> {
    names.iter().flat_map(|name| item.values(name)).collect()
}

/// The body and the summary: a description is the body where there is no other.
fn words(entry: &mut Entry, item: &Element) {
    let markup = |name| item.all(name).map(Element::markup).find(|html| !html.is_empty());
    let description = markup("description").map_or(Prose::None, Prose::of_markup);
    let told = || markup("itunes:summary").map_or(Prose::None, Prose::of_markup);
    let summary = || item.first("atom:summary").map_or(Prose::None, atom::prose);
    match content(item) {
        Some((element, content)) => {
            entry.body = content;
            entry.body_base = atom::body_base(element, entry.base.as_ref());
            entry.summary = description.or(told).or(summary);
        }
        None => {
            entry.body_base = item.first("description").and_then(|element| element.own_base(entry.base.as_ref()));
            let media = || media::description(item).map_or(Prose::None, Prose::of_text);
            entry.body = description.or(told).or(summary).or(media);
        }
    }
}

/// The whole text, and the element that holds it: in the module for it, as XHTML, or as Atom's `content`.
fn content(item: &Element) -> Option<(&Element, Prose)> {
    let html = |html: String| if html.is_empty() { Prose::None } else { Prose::Html(html) };
    let encoded = item.all("content:encoded").map(|element| (element, html(element.markup())));
    let xhtml = item.all("xhtml:body").map(|element| (element, html(element.xhtml())));
    let atom = item.all("atom:content").chain(item.all("content")).map(|element| (element, atom::prose(element)));
    encoded.chain(xhtml).chain(atom).find(|(_, content)| !content.is_none())
}

/// Its authors. The authors of a feed as a whole say nothing of an item's.
fn authors(item: &Element) -> Vec<Person> {
    let people = |name| item.values(name).iter().filter_map(|line| person(line)).collect::<Vec<_>>();
    let atom = || {
        let name = |author: &Element| Some(Person { name: author.value("atom:name")?, url: author.value("atom:uri") });
        item.all("atom:author").filter_map(name).collect::<Vec<_>>()
    };
    let mut found = people("dc:creator");
    // The name of the feed that it comes from: a planet's items have no other.
    for others in [&|| people("author"), &atom, &|| people("itunes:author"), &|| people("source")]
        as [&dyn Fn() -> Vec<Person>; 4]
    {
        if found.is_empty() {
            found = others();
        }
    }
    found
}

/// Its files; `itunes:duration` is that of the first.
fn enclosures(item: &Element, head: &Head) -> Vec<Enclosed> {
    let written = item.all("enclosure").filter_map(|enclosure| {
        Some(Enclosed {
            url: enclosure.attribute("url").or(enclosure.attribute("rdf:resource"))?.to_owned(),
            media_type: enclosure.attribute("type").map(str::to_owned),
            length: enclosure.number("length"),
            duration: None,
        })
    });
    let mut files: Vec<Enclosed> = written.collect();
    let base = item.base(head.base.as_ref());
    for name in ["atom:link", "link"] {
        files.extend(atom::linked(item, name, base.as_ref()));
    }
    if files.is_empty() {
        files = media::enclosures(item);
    }
    if let Some(first) = files.first_mut() {
        first.duration = item.value("itunes:duration").and_then(|duration| seconds(&duration)).or(first.duration);
    }
    files
}
