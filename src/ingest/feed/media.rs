//! Media RSS, in RSS and Atom alike: files of sound and film, a picture, words about them.
//!
//! Knows nothing of the elements around it.

use std::collections::HashSet;

use super::entry::{Enclosed, seconds};
use super::tree::Element;
use crate::article::Image;
use crate::media;

/// Media types by the ends of paths that are enclosed in feeds and not served here.
const ENCLOSED: [(&str, &str); 2] = [("aac", "audio/aac"), ("zip", "application/zip")];

/// The media type that the end of an address' path names, for enclosures that name none.
pub(super) fn media_type(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let enclosed = ENCLOSED.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
    // A drawing that may hold scripts is announced as nothing that a reader would open.
    let served = || media::type_of(path).filter(|served| *served != media::SVG);
    enclosed.map(|(_, media_type)| *media_type).or_else(served).unwrap_or("application/octet-stream")
}

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

/// Whether an element names a picture, by its medium, its type or, for want of both, the end of its address.
fn is_picture(content: &Element) -> bool {
    let unnamed = content.attribute("medium").or(content.attribute("type")).is_none();
    let path = content.attribute("url").unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    let end = path.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
    is(content, "image") || unnamed && PICTURES.contains(&end.as_str())
}

/// The ends of addresses of pictures.
const PICTURES: [&str; 6] = ["jpg", "jpeg", "png", "gif", "webp", "avif"];

/// The picture: an image itself rather than a small one of it, and that of a podcast's episode.
pub(super) fn image(item: &Element) -> Option<Image> {
    let pictures = all(item, "media:content").filter(|content| is_picture(content));
    let mut images =
        pictures.chain(all(item, "media:thumbnail")).chain(item.all("itunes:image")).filter_map(|element| {
            Some(Image {
                url: element.attribute("url").or(element.attribute("href"))?.to_owned(),
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

/// The description of a group or a film, for want of other words. What is said of a picture stands for it where it
/// cannot be seen.
pub(super) fn description(item: &Element) -> Option<String> {
    let groups = || item.all("media:group");
    let contents = item.all("media:content").chain(groups().flat_map(|group| group.all("media:content")));
    let outer = std::iter::once(item).chain(groups());
    let mut said =
        outer.chain(contents.filter(|content| !is_picture(content))).filter_map(|e| e.value("media:description"));
    said.next()
}
