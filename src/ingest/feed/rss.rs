//! Items of RSS 0.9x, 1.0 and 2.0 with the usual extensions (content, dc, media, itunes).
//!
//! Knows nothing of what is made up where something is missing.

use super::entry::Entry;
use super::tree::Element;
use crate::article::{Enclosure, Image, Person};

/// What a feed says of all its items.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    pub link: Option<String>,
    pub language: Option<String>,
}

impl Channel {
    /// Hears what stands beside the items, or around them.
    pub fn hear(&mut self, element: &Element) {
        match element.name.as_str() {
            "link" if self.link.is_none() => self.link = element.value(),
            "language" | "dc:language" => self.language = element.value(),
            _ => {}
        }
    }
}

/// An item as an entry.
pub fn entry(item: &Element, channel: &Channel) -> Entry {
    let value = |name: &str| item.value_of(name);
    let guid = value("guid").or_else(|| item.attribute("rdf:about").map(str::to_owned));
    let description = value("description");
    let content = value("content:encoded").or_else(|| value("xhtml:body"));
    // Of a guid that says nothing else, RSS 2.0 holds that it is a link.
    let is_link = |guid: &&Element| guid.attribute("ispermalink") != Some("false");
    let by_guid =
        || item.child("guid").filter(is_link).and_then(Element::value).filter(|guid| guid.starts_with("http"));
    let link = value("feedburner:origlink").or_else(|| value("link")).or_else(|| link_element(item));
    let summary = description.clone().filter(|_| content.is_some()).or_else(|| value("excerpt:encoded"));
    Entry {
        line: item.line,
        id: guid,
        title: value("title").or_else(|| value("media:title")).map(|title| unescaped(&title)),
        link: link.or_else(by_guid).or_else(|| item.attribute("rdf:about").map(str::to_owned)),
        base: item.attribute("xml:base").map(str::to_owned).or_else(|| channel.link.clone()),
        body_base: item.attribute("xml:base").map(str::to_owned),
        html: content.or(description).or_else(|| value("media:description")),
        summary: summary.or_else(|| value("itunes:summary").filter(|_| value("description").is_none())),
        published: value("pubdate")
            .or_else(|| value("dc:date"))
            .or_else(|| value("dcterms:created"))
            .or_else(|| value("published")),
        updated: value("dcterms:modified").or_else(|| value("atom:updated")),
        authors: authors(item),
        categories: categories(item),
        tags: value("itunes:keywords").map(|words| words.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        language: value("dc:language").or_else(|| channel.language.clone()),
        image: image(item),
        enclosures: enclosures(item),
        cut: item.cut,
        ..Entry::default()
    }
}

/// Some write Atom's links into RSS.
fn link_element(item: &Element) -> Option<String> {
    let links = item.children("link").chain(item.children("atom:link"));
    let mut alternate = links.filter(|link| link.attribute("rel").is_none_or(|rel| rel == "alternate"));
    alternate.find_map(|link| link.attribute("href").map(str::to_owned))
}

/// A title as text: RSS does not say whether it is HTML, and what holds references nearly always is.
pub fn unescaped(title: &str) -> String {
    let resolve = quick_xml::escape::resolve_predefined_entity;
    quick_xml::escape::unescape_with(title, resolve).map_or_else(|_| title.to_owned(), |title| title.into_owned())
}

fn authors(item: &Element) -> Vec<Person> {
    let creators: Vec<String> = item.children("dc:creator").filter_map(Element::value).collect();
    let own =
        || item.children("author").filter_map(|author| author.value_of("name").or_else(|| author.value())).collect();
    let names: Vec<String> = if creators.is_empty() { own() } else { creators };
    let names = if names.is_empty() { item.value_of("itunes:author").into_iter().collect() } else { names };
    names.iter().filter_map(|name| person(name)).map(|name| Person { name, url: None }).collect()
}

/// The name in `mail@example.com (Name)` or `Name <mail@example.com>`; mail addresses are nobody's to publish.
fn person(text: &str) -> Option<String> {
    let text = unescaped(text);
    let name = match (text.split_once('('), text.split_once('<')) {
        (Some((mail, name)), _) if mail.contains('@') => name.trim_end().trim_end_matches(')').trim(),
        (_, Some((name, mail))) if mail.contains('@') => name.trim().trim_matches('"'),
        _ => text.trim(),
    };
    let is_mail = name.contains('@') && !name.contains(char::is_whitespace);
    if is_mail || name.is_empty() { None } else { Some(name.to_owned()) }
}

/// Categories, each by its text and, in a WordPress export, by its slug.
fn categories(item: &Element) -> Vec<Vec<String>> {
    let categories = item.children("category").chain(item.children("dc:subject"));
    let spellings = |category: &Element| {
        let slug = category.attribute("nicename");
        let slug = slug.map(|slug| percent_encoding::percent_decode_str(slug).decode_utf8_lossy().into_owned());
        category.value().map(|name| unescaped(&name)).into_iter().chain(slug).collect::<Vec<_>>()
    };
    categories.map(spellings).filter(|spellings| !spellings.is_empty()).collect()
}

/// Media RSS stands in an item or in a group within it.
fn media<'e>(item: &'e Element, name: &'static str) -> impl Iterator<Item = &'e Element> {
    item.children(name).chain(item.children("media:group").flat_map(move |group| group.children(name)))
}

pub fn image(item: &Element) -> Option<Image> {
    let of = |element: &Element| {
        let number = |name: &str| element.attribute(name).and_then(|value| value.parse().ok());
        Some(Image {
            url: element.attribute("url")?.to_owned(),
            media_type: element.attribute("type").filter(|own| own.starts_with("image/")).map(str::to_owned),
            width: number("width"),
            height: number("height"),
            alt: element.value_of("media:description").or_else(|| element.value_of("media:title")),
        })
    };
    let is_image = |content: &&Element| {
        content.attribute("medium") == Some("image")
            || content.attribute("type").is_some_and(|t| t.starts_with("image/"))
    };
    let thumbnails = media(item, "media:thumbnail");
    media(item, "media:content").filter(is_image).chain(thumbnails).find_map(of)
}

fn enclosures(item: &Element) -> Vec<Enclosure> {
    let duration = item.value_of("itunes:duration").and_then(|duration| seconds(&duration));
    let mut enclosures: Vec<Enclosure> = item.children("enclosure").filter_map(|e| enclosure(e, "length")).collect();
    if enclosures.is_empty() {
        enclosures = sound_and_film(item);
    }
    if let Some(first) = enclosures.first_mut() {
        first.duration = first.duration.or(duration);
    }
    enclosures
}

/// Media RSS' files, but for images, which are no enclosures.
pub fn sound_and_film(item: &Element) -> Vec<Enclosure> {
    let plays = |content: &&Element| {
        let medium = content.attribute("medium").is_some_and(|medium| ["audio", "video"].contains(&medium));
        let starts = |start: &&str| content.attribute("type").is_some_and(|own| own.starts_with(*start));
        medium || ["audio/", "video/"].iter().any(starts)
    };
    media(item, "media:content").filter(plays).filter_map(|content| enclosure(content, "filesize")).collect()
}

fn enclosure(element: &Element, length: &str) -> Option<Enclosure> {
    Some(Enclosure {
        url: element.attribute("url")?.to_owned(),
        media_type: element.attribute("type").unwrap_or_default().to_owned(),
        length: element.attribute(length).and_then(|length| length.replace(',', "").parse().ok()),
        duration: element.attribute("duration").and_then(seconds),
    })
}

/// `61`, `1:01` or `0:01:01`.
fn seconds(text: &str) -> Option<u64> {
    text.trim().split(':').try_fold(0u64, |sum, part| {
        let part: f64 = part.trim().parse().ok().filter(|part: &f64| (0.0..1e9).contains(part))?;
        sum.checked_mul(60)?.checked_add(part as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_s_mail_address_is_not_published() {
        for (text, name) in [
            ("a@b.example (李雷)", Some("李雷")),
            ("李雷 <a@b.example>", Some("李雷")),
            ("a@b.example", None),
            ("盐都编辑部", Some("盐都编辑部")),
            ("Salt &amp; Lantern", Some("Salt & Lantern")),
        ] {
            assert_eq!(person(text).as_deref(), name, "{text}");
        }
    }

    #[test]
    fn durations_are_read_in_all_three_spellings() {
        assert_eq!(["61", "1:01", "0:01:01", "61.7"].map(seconds), [Some(61); 4]);
        assert_eq!(["", "soon", "-1", "1:x"].map(seconds), [None; 4]);
    }
}
