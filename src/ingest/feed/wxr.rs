//! A WordPress export (WXR): RSS items that say what they are, who wrote them under which login, and when in UTC.
//!
//! Knows nothing of comments or attachments. The posts alone are articles; what else people wrote is counted and told,
//! and what WordPress keeps for itself is passed over: an export of a site holds more revisions and pictures than posts.

use super::autop;
use super::entry::{Entry, Head, Prose, person};
use super::rss;
use super::tree::Element;
use crate::article::{Person, Status};
use crate::ingest::Category;

/// What WordPress writes where there is no date.
const NO_DATE: &str = "0000-00-00 00:00:00";

/// Types of what WordPress keeps for itself: nobody would miss it.
const OWN: [&str; 7] =
    ["attachment", "revision", "nav_menu_item", "custom_css", "customize_changeset", "oembed_cache", "user_request"];

/// Takes what an element beside the items says.
pub(super) fn learn(head: &mut Head, element: &Element) {
    if element.name == "wp:author"
        && let Some(login) = element.value("wp:author_login")
    {
        let whole = || {
            let parts = ["wp:author_first_name", "wp:author_last_name"].map(|name| element.value(name));
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        let name = element.value("wp:author_display_name").unwrap_or_else(whole);
        head.introduce(login, name);
    }
}

/// What becomes of an item of an export.
pub(super) enum Post {
    /// An article, or something that is to be one.
    Entry(Box<Entry>),
    /// Something that is not for everybody, and why.
    Closed(String),
    /// Something of another type, which is told, or of WordPress' own.
    Other(Option<String>),
}

/// The item of an export; `None` if it is one of a feed.
pub(super) fn post(item: &Element, head: &Head) -> Option<Post> {
    let kind = item.value("wp:post_type")?;
    if kind != "post" {
        let is_its_own = kind.starts_with("wp_") || OWN.contains(&kind.as_str());
        return Some(Post::Other((!is_its_own).then_some(kind)));
    }
    if item.value("wp:post_password").is_some() {
        let title = item.value("title").or_else(|| item.value("guid")).unwrap_or_default();
        return Some(Post::Closed(format!("{title:?}: is protected by a password")));
    }
    let dated = |gmt: &str, local: &str| {
        let gmt = item.value(gmt).filter(|date| date != NO_DATE).map(|date| date + "Z");
        let local = item.value(local).filter(|date| date != NO_DATE);
        gmt.into_iter().chain(local).collect::<Vec<_>>()
    };
    let mut entry = rss::entry(item, head);
    entry.published = [dated("wp:post_date_gmt", "wp:post_date"), item.values("pubdate")].concat();
    entry.updated = dated("wp:post_modified_gmt", "wp:post_modified");
    entry.status = match item.value("wp:status").as_deref() {
        // What is to appear later appears when its time has come.
        Some("publish" | "future" | "inherit") | None => Status::Published,
        _ => Status::Draft,
    };
    entry.authors = authors(item, head);
    entry.categories = item.all("category").filter_map(category).collect();
    entry.body = item
        .all("content:encoded")
        .map(Element::markup)
        .find(|body| !body.is_empty())
        .map_or(Prose::None, |body| Prose::Html(autop::html(&body)));
    entry.summary = item
        .all("excerpt:encoded")
        .map(Element::markup)
        .find(|text| !text.is_empty())
        .map_or(Prose::None, Prose::of_markup);
    Some(Post::Entry(Box::new(entry)))
}

fn authors(item: &Element, head: &Head) -> Vec<Person> {
    let named = |login: &String| match head.logins.get(login) {
        Some(name) => Some(Person { name: name.clone(), url: None }),
        None => person(login),
    };
    item.values("dc:creator").iter().filter_map(named).collect()
}

/// A category or a tag, with its slug; formats of posts and the like are neither.
fn category(element: &Element) -> Option<Category> {
    let filed = matches!(element.attribute("domain"), None | Some("category" | "post_tag" | "tag"));
    let slug = element.attribute("nicename");
    let slug = slug.map(|slug| percent_encoding::percent_decode_str(slug).decode_utf8_lossy().into_owned());
    let name = Some(element.text()).filter(|name| !name.is_empty()).or_else(|| slug.clone());
    Some(Category { name: name.filter(|_| filed)?, slug })
}
