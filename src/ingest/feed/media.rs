//! Media RSS, in RSS and Atom alike: files of sound and film, a picture, words about them.
//!
//! Knows nothing of the elements around it.

use std::collections::HashSet;

use super::entry::{Enclosed, seconds};
use super::tree::Element;
use crate::article::Image;

/// An entry's elements of one name, whether they stand in it, in a group, or in other media.
fn all<'a>(item: &'a Element, name: &'a str) -> impl Iterator<Item = &'a Element> {
    let groups = item.elements().filter(|element| matches!(element.name.as_str(), "media:group" | "media:content"));
    item.all(name).chain(groups.flat_map(move |group| {
        group.all(name).chain(group.all("media:content").flat_map(move |content| content.all(name)))
    }))
}

/// Whether an element is of this kind (`audio`, `image`), by its medium or its type.
fn is(element: &Element, kind: &str) -> bool {
    element.attribute("medium") == Some(kind)
        || element.attribute("type").is_some_and(|own| own.split('/').next() == Some(kind))
}

/// Files of sound and film.
pub(super) fn enclosures(item: &Element) -> Vec<Enclosed> {
    let files = all(item, "media:content").filter(|content| is(content, "audio") || is(content, "video"));
    files
        .filter_map(|content| {
            Some(Enclosed {
                url: content.attribute("url")?.to_owned(),
                media_type: content.attribute("type").map(str::to_owned),
                length: content.number("filesize"),
                duration: content.attribute("duration").and_then(seconds),
            })
        })
        .collect()
}

/// The picture: an image itself rather than a small one of it.
pub(super) fn image(item: &Element) -> Option<Image> {
    let pictures = all(item, "media:content").filter(|content| is(content, "image"));
    let mut images = pictures.chain(all(item, "media:thumbnail")).filter_map(|element| {
        Some(Image {
            url: element.attribute("url")?.to_owned(),
            media_type: element.attribute("type").map(str::to_owned),
            width: element.number("width"),
            height: element.number("height"),
            alt: element.value("media:description"),
        })
    });
    images.next()
}

/// Keywords, and categories: no list of a site's, but words of whoever keeps the file.
pub(super) fn tags(item: &Element) -> Vec<String> {
    let listed = ["itunes:keywords", "media:keywords"].into_iter().flat_map(|name| all(item, name)).map(Element::text);
    let mut tags: Vec<String> =
        listed.flat_map(|words| words.split(',').map(str::to_owned).collect::<Vec<_>>()).collect();
    let label = |category: &Element| category.attribute("label").map_or_else(|| category.text(), str::to_owned);
    tags.extend(all(item, "media:category").map(label));
    let mut seen = HashSet::new();
    tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty() && seen.insert(*tag)).map(str::to_owned).collect()
}

/// What is said of a group or a file, for want of other words.
pub(super) fn description(item: &Element) -> Option<String> {
    let mut said = all(item, "media:description").map(Element::text).filter(|text| !text.is_empty());
    said.next()
}
