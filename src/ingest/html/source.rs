//! Where a picture, a sound or a player really is, among the attributes that programs write it into to load it late.
//!
//! Knows nothing of addresses but whether they may lead somewhere, and nothing of what is kept.

use html5ever::Attribute;
use html5ever::tendril::StrTendril;

use crate::ingest::link::may_lead_somewhere;

/// Attributes that scripts take `src` from.
const LATE: [&str; 7] =
    ["data-src", "data-lazy-src", "data-original", "data-lazy", "data-actualsrc", "data-echo", "data-url"];

/// Attributes that scripts take `srcset` from.
const LATE_SETS: [&str; 2] = ["data-srcset", "data-lazy-srcset"];

/// The side, in pixels, up to which a frame or a picture is there to count its readers.
const TINY: u32 = 1;

/// The source that an element is to have instead of what its `src` says, if there is one.
pub(super) fn real(name: &str, attributes: &[Attribute]) -> Option<StrTendril> {
    let value = |name: &&str| attribute(attributes, name);
    let late = || LATE.iter().filter_map(value).find(|late| is_address(late)).map(str::to_owned);
    let own = || attribute(attributes, "src").filter(|own| leads(own)).map(str::to_owned);
    let found = match name {
        "img" => {
            let late_set = || LATE_SETS.iter().filter_map(value).find_map(largest);
            let set = || attribute(attributes, "srcset").and_then(largest);
            late().or_else(late_set).or_else(own).or_else(set)
        }
        "audio" | "video" | "source" => own().or_else(late),
        _ => None,
    };
    found.map(StrTendril::from)
}

/// Whether an element is there to count its readers.
pub(super) fn counts_readers(attributes: &[Attribute]) -> bool {
    let side = |name| attribute(attributes, name);
    is_tiny(side("width"), side("height"))
}

/// The address of what an element would have embedded.
pub(super) fn embedded(name: &str, attributes: &[Attribute]) -> Option<StrTendril> {
    let names: &[&str] = if name == "object" { &["data"] } else { &["src"] };
    let found =
        names.iter().chain(&LATE).filter_map(|name| attribute(attributes, name)).find(|found| is_address(found));
    found.map(StrTendril::from)
}

/// Whether something of this width and height is there to count its readers.
pub(super) fn is_tiny(width: Option<&str>, height: Option<&str>) -> bool {
    let tiny = |side: Option<&str>| {
        let pixels = side.map(|side| side.trim().trim_end_matches("px").parse::<u32>());
        matches!(pixels, Some(Ok(..=TINY)))
    };
    tiny(width) || tiny(height)
}

fn attribute<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    let own = attributes.iter().find(|own| &*own.name.local == name)?;
    Some(own.value.trim()).filter(|value| !value.is_empty())
}

/// Whether a `src` names anything that is not held in it.
fn leads(own: &str) -> bool {
    !own.starts_with('#') && may_lead_somewhere(own)
}

/// Whether a value that need not be an address looks like one.
fn is_address(value: &str) -> bool {
    leads(value) && value.contains(['/', '.']) && !value.starts_with(['{', '['])
}

/// The largest picture of a set (HTML §4.8.4.2.1): each is an address, and after white space its width or density.
fn largest(set: &str) -> Option<String> {
    let (mut rest, mut best) = (set, None::<(f64, &str)>);
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            break best.map(|(_, url)| url.to_owned());
        }
        let (url, behind) = rest.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((rest, ""));
        let (descriptor, behind) =
            if url.ends_with(',') { ("", behind) } else { behind.split_once(',').unwrap_or((behind, "")) };
        let (url, size) = (url.trim_end_matches(','), descriptor.trim().trim_end_matches(['w', 'x', 'h']));
        let size = size.parse().unwrap_or(1.0);
        if is_address(url) && best.is_none_or(|(most, _)| size > most) {
            best = Some((size, url));
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_set_the_largest_is_taken() {
        let sets = [
            ("a.jpg 480w, b.jpg 800w, c.jpg 600w", Some("b.jpg")),
            ("a.jpg, b.jpg 2x", Some("b.jpg")),
            (" /w,1/a.jpg 1x,\n/w,2/b.jpg 1.5x ,", Some("/w,2/b.jpg")),
            ("a.jpg", Some("a.jpg")),
            ("data:image/gif;base64,AA 800w, a.jpg 1w", Some("a.jpg")),
            (" , ", None),
        ];
        sets.iter().for_each(|(set, found)| assert_eq!(largest(set).as_deref(), *found, "{set}"));
    }
}
