//! A WordPress export (WXR): RSS items that say what they are, who wrote them under which login, and when in UTC.
//!
//! Knows nothing of comments. The posts alone are articles, with the attachments that they show; what else people wrote is
//! counted and told, and what WordPress keeps for itself is passed over: an export of a site holds more revisions and
//! pictures than posts.

use chrono_tz::Tz;

use super::autop;
use super::entry::{Enclosed, Entry, Head, Post, Prose, person, seconds};
use super::library::{Library, meta};
use super::rss;
use super::shown::Shower;
use super::tree::Element;
use crate::article::{Image, Person};
use crate::ingest::Category;
use crate::ingest::date::Dates;
use crate::ingest::loss::{Loss, LossKind};

/// The value that WordPress writes where there is no date.
const NO_DATE: &str = "0000-00-00 00:00:00";

/// Types of what WordPress keeps for itself: nobody would miss it.
const OWN: [&str; 7] =
    ["attachment", "revision", "nav_menu_item", "custom_css", "customize_changeset", "oembed_cache", "user_request"];

/// Takes what an element beside the items says.
pub(super) fn learn(head: &mut Head, element: &Element) {
    head.is_export |= element.name.starts_with("wp:");
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

/// Elements that only items of an export have.
const MARKS: [&str; 4] = ["wp:post_type", "wp:status", "wp:post_password", "wp:post_id"];

/// Whether an item is one of an export, whatever the document looks like.
pub(super) fn is_post(item: &Element) -> bool {
    MARKS.iter().any(|name| item.first(name).is_some())
}

/// The item of an export, or of a feed.
///
/// Of an export only what says that it is a post, and published or planned, and nothing else beside that, is taken.
pub(super) fn post(item: &Element, head: &Head, library: &mut Library) -> Post {
    library.learn(item);
    if !head.is_export && !is_post(item) {
        return Post::Entry(Box::new(rss::entry(item, head)));
    }
    let closed = |reason: String| {
        let title = item.value("title").or_else(|| item.value("guid")).unwrap_or_default();
        Post::Closed(format!("{title:?}: {reason}"))
    };
    match &item.values("wp:post_type")[..] {
        [kind] if kind == "post" => {}
        [kind] if kind.starts_with("wp_") || OWN.contains(&kind.as_str()) => return Post::Other(None),
        [kind] => return Post::Other(Some(kind.clone())),
        _ => return closed("does not say of which type it is".to_owned()),
    }
    if item.value("wp:post_password").is_some() {
        return closed("is protected by a password".to_owned());
    }
    let planned = match &item.values("wp:status")[..] {
        [status] if status == "publish" => false,
        [status] if status == "future" => true,
        [status] => return closed(format!("its status is {status:?}; only what is published is taken")),
        _ => return closed("does not say whether it is published".to_owned()),
    };
    let dated = |gmt: &str, local: &str| {
        let gmt = item.value(gmt).filter(|date| date != NO_DATE).map(|date| date + "Z");
        let local = item.value(local).filter(|date| date != NO_DATE);
        gmt.into_iter().chain(local).collect::<Vec<_>>()
    };
    let mut entry = rss::entry(item, head);
    entry.published = [dated("wp:post_date_gmt", "wp:post_date"), item.values("pubdate")].concat();
    entry.updated = dated("wp:post_modified_gmt", "wp:post_modified");
    // What is planned without a time would appear at once. The zone does not matter here.
    if planned && !entry.published.iter().any(|written| Dates::new(Tz::UTC).read(written).is_some()) {
        return closed("is planned for a time that is not understood".to_owned());
    }
    entry.planned = planned;
    // A feed may have the post under the address that WordPress gives it by its number.
    let site = head.site.as_ref().map(|site| site.as_str().trim_end_matches('/'));
    let numbered = site.zip(item.value("wp:post_id")).map(|(site, id)| format!("{site}/?p={id}"));
    entry.ids = numbered.into_iter().collect();
    entry.authors = authors(item, head);
    entry.categories = item.all("category").filter_map(category).collect();
    let post = item.value("wp:post_id").and_then(|id| id.parse().ok());
    let mut shower = Shower::new(library, post);
    let words = |name| item.all(name).map(Element::markup).find(|text| !text.is_empty());
    entry.body = words("content:encoded").map_or(Prose::None, |body| Prose::Html(autop::html(&body, &mut shower)));
    entry.summary = words("excerpt:encoded").map_or(Prose::None, |text| Prose::of_markup(shower.show(&text)));
    entry.losses = shower.losses();
    entry.enclosures.extend(meta(item, "enclosure").filter_map(|written| enclosure(&written)));
    entry.enclosures.append(&mut shower.enclosures);
    // A site that takes the choice back leaves a zero, or less.
    if let Some(chosen) = meta(item, "_thumbnail_id").find(|chosen| *chosen != "0" && *chosen != "-1") {
        thumbnail(&mut entry, &chosen, library);
    }
    Post::Entry(Box::new(entry))
}

/// An enclosure as WordPress keeps it: its address, its length, its type, and what a plugin may have serialised.
fn enclosure(written: &str) -> Option<Enclosed> {
    let mut lines = written.lines().map(str::trim);
    let url = lines.next().filter(|url| !url.is_empty())?.to_owned();
    let length = lines.next().and_then(|length| length.parse().ok()).filter(|length| *length > 0);
    let media_type = lines.next().filter(|named| named.contains('/')).map(str::to_owned);
    let duration = lines.find_map(|more| {
        let (_, value) = more.split_once("\"duration\";s:")?;
        seconds(value.split('"').nth(1)?)
    });
    Some(Enclosed { url, media_type, length, duration })
}

/// Takes the picture that was chosen for a post. If the body shows it in another size, it is that one, and not shown
/// twice.
fn thumbnail(entry: &mut Entry, chosen: &str, library: &mut Library) {
    let Some(attachment) = chosen.parse().ok().and_then(|id| library.get(id)) else {
        let what = format!("the export does not hold the picture that was chosen for it, {chosen:?}");
        return entry.losses.push(Loss { kind: LossKind::Picture, count: 1, what });
    };
    let mut image = attachment.image();
    if let Prose::Html(body) = &entry.body
        && let Some(shown) = other_size(body, &image.url)
    {
        image = Image { url: shown, width: None, height: None, ..image };
    }
    (entry.image, entry.has_chosen_image) = (Some(image), true);
}

/// The longest `-300x200` or `-scaled`, in bytes.
const MAX_SIZE: usize = 16;

/// The address of a picture in the size in which a body shows it: WordPress puts `-300x200` or `-scaled` before the end.
fn other_size(body: &str, url: &str) -> Option<String> {
    let (stem, end) = url.rsplit_once('.')?;
    let stem = stem.strip_suffix("-scaled").unwrap_or(stem);
    body.match_indices(stem).find_map(|(at, _)| {
        let rest = &body[at + stem.len()..];
        let size = rest.bytes().take(MAX_SIZE).position(|b| !b.is_ascii_alphanumeric() && b != b'-')?;
        let is_size = rest[..size].is_empty()
            || rest[..size] == *"-scaled"
            || rest[1..size].split_once('x').is_some_and(|(w, h)| w.parse::<u32>().is_ok() && h.parse::<u32>().is_ok());
        let is_end = rest[size..].strip_prefix('.').is_some_and(|rest| rest.starts_with(end));
        (is_size && is_end).then(|| format!("{stem}{}.{end}", &rest[..size]))
    })
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
