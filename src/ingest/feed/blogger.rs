//! Blogger's exports, old and new: Atom entries of which posts are some, beside comments, pages, settings and templates.
//!
//! Knows nothing of what an entry says beyond its kind and whether it was public.

use super::atom;
use super::entry::{Entry, Head, Post};
use super::tree::Element;
use super::wxr;
use crate::ingest::date::Dates;

/// Where the older exports say of which kind an entry is: the scheme of a category.
const KIND: &str = "http://schemas.google.com/g/2005#kind";

/// Takes what an element beside the entries says: the older exports have an id of their own.
pub(super) fn learn(head: &mut Head, element: &Element) {
    if element.name == "id" {
        let id = element.text();
        head.is_export |= id.starts_with("tag:blogger.com,") && id.ends_with(".archive");
    }
}

/// The entry of an export, or of a feed.
pub(super) fn post(element: &Element, head: &Head) -> Post {
    let is_kind = |category: &&Element| category.attribute("scheme").is_some_and(is_kind);
    let kinds: Vec<&str> = element
        .all("category")
        .filter(is_kind)
        .map(|category| category.attribute("term").unwrap_or_default())
        .map(|term| term.rsplit('#').next().unwrap_or_default())
        .collect();
    let types = element.values("blogger:type");
    let kinds: Vec<&str> = kinds.into_iter().chain(types.iter().map(String::as_str)).collect();
    let is_export = head.is_export || elements_of_blogger(element) || wxr::is_post(element);
    if kinds.iter().any(|kind| !kind.eq_ignore_ascii_case("post")) {
        return Post::Other(kinds.first().map(|kind| kind.to_ascii_lowercase()));
    }
    let closed = |reason: String| Post::Closed(format!("{:?}: {reason}", element.value("title").unwrap_or_default()));
    if is_export && kinds.is_empty() {
        return closed("does not say of which kind it is".to_owned());
    }
    let mut entry = atom::entry(element, head);
    if !types.is_empty() || elements_of_blogger(element) {
        match told(element, &entry) {
            Ok(planned) => entry.planned = planned,
            Err(reason) => return closed(reason),
        }
    }
    entry.categories.retain(|category| !category.name.starts_with("http://schemas.google.com/blogger/2008/kind#"));
    Post::Entry(Box::new(entry))
}

fn is_kind(scheme: &str) -> bool {
    scheme.split_once("://").map(|(_, rest)| rest) == KIND.split_once("://").map(|(_, rest)| rest)
}

fn elements_of_blogger(element: &Element) -> bool {
    ["blogger:type", "blogger:status"].iter().any(|name| element.first(name).is_some())
}

/// Whether a post of the newer exports is planned, or why it is not to be seen.
fn told(element: &Element, entry: &Entry) -> Result<bool, String> {
    if element.value("blogger:trashed").is_some() {
        return Err("stands in the trash".to_owned());
    }
    match &element.values("blogger:status")[..] {
        [status] if status.eq_ignore_ascii_case("live") => Ok(false),
        [status] if status.eq_ignore_ascii_case("scheduled") => {
            let is_dated = entry.published.iter().any(|written| Dates::new(chrono_tz::UTC).read(written).is_some());
            if is_dated { Ok(true) } else { Err("is planned for a time that is not understood".to_owned()) }
        }
        [status] => Err(format!("its status is {status:?}; only what is live is taken")),
        _ => Err("does not say whether it is published".to_owned()),
    }
}
