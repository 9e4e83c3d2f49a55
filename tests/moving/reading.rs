//! What feed readers keep of a feed: each format is read by a crate that is not ours, so that two feeds can be compared.
//!
//! Knows nothing of which feed it reads: the same function reads a sample and what we publish of it.

use std::collections::BTreeMap;

use chrono::DateTime;
use rss::Channel;
use serde_json::Value;

/// What a reader keeps of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub title: String,
    pub published: Option<i64>,
    pub updated: Option<i64>,
    pub html: Option<String>,
    pub file: Option<File>,
}

/// The first file of an article, the only one that our feeds carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub url: String,
    pub media_type: String,
    pub length: Option<u64>,
}

/// What a reader keeps of a feed: its articles, told apart by nothing but their ids.
pub type Entries = BTreeMap<String, Entry>;

fn by_id(entries: impl Iterator<Item = (String, Entry)>) -> Entries {
    let mut all = Entries::new();
    for (id, entry) in entries {
        assert!(all.insert(id.clone(), entry).is_none(), "{id} stands there twice");
    }
    all
}

fn rfc822(text: &str) -> i64 {
    DateTime::parse_from_rfc2822(text.trim()).unwrap_or_else(|error| panic!("{text}: {error}")).timestamp()
}

pub fn rfc3339(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text.trim()).unwrap_or_else(|error| panic!("{text}: {error}")).timestamp()
}

/// What a reader keeps of RSS. An item of RSS 1.0 has its address for an id, and its date from Dublin Core.
pub fn read_rss(bytes: &[u8]) -> Entries {
    let channel = Channel::read_from(bytes).expect("RSS");
    by_id(channel.items().iter().map(|item| {
        let id = item.guid().map(|guid| guid.value()).or(item.link()).expect("an id");
        let dublin_core = item.dublin_core_ext().and_then(|extension| extension.dates().first());
        let entry = Entry {
            title: item.title().expect("a title").trim().to_owned(),
            published: item.pub_date().map(rfc822).or_else(|| dublin_core.map(|date| rfc3339(date))),
            updated: None,
            html: item.content().or(item.description()).map(|html| html.trim().to_owned()),
            file: item.enclosure().map(|enclosure| File {
                url: enclosure.url().to_owned(),
                media_type: enclosure.mime_type().to_owned(),
                length: enclosure.length().parse().ok(),
            }),
        };
        (id.to_owned(), entry)
    }))
}

/// What a reader keeps of Atom.
pub fn read_atom(bytes: &[u8]) -> Entries {
    let feed = feed_rs::parser::parse(bytes).expect("Atom");
    by_id(feed.entries.into_iter().map(|entry| {
        let title = entry.title.expect("a title");
        let is_html = title.content_type.to_string() == "text/html";
        let file = entry.links.iter().find(|link| link.rel.as_deref() == Some("enclosure"));
        let read = Entry {
            title: if is_html { unescaped(&title.content) } else { title.content.trim().to_owned() },
            published: entry.published.map(|date| date.timestamp()),
            updated: entry.updated.map(|date| date.timestamp()),
            // The reader writes XHTML anew, and ends in it what HTML does not end.
            html: entry.content.and_then(|it| it.body).map(|html| html.replace("<br></br>", "<br>").trim().to_owned()),
            file: file.map(|link| File {
                url: link.href.clone(),
                media_type: link.media_type.clone().unwrap_or_default(),
                length: link.length,
            }),
        };
        (entry.id, read)
    }))
}

/// A title in HTML as it reads, as far as the samples go.
fn unescaped(html: &str) -> String {
    html.trim().replace("&ldquo;", "“").replace("&rdquo;", "”").replace("&amp;", "&")
}

/// What a reader keeps of JSON Feed. An id may be a number, and is the same as text.
pub fn read_json(bytes: &[u8]) -> Entries {
    let feed: Value = serde_json::from_slice(bytes).expect("JSON");
    by_id(feed["items"].as_array().expect("items").iter().map(|item| {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let entry = Entry {
            title: text(&item["title"]).expect("a title"),
            published: item["date_published"].as_str().map(rfc3339),
            updated: item["date_modified"].as_str().map(rfc3339),
            html: text(&item["content_html"]).map(|html| html.trim().to_owned()),
            file: item["attachments"].get(0).map(|file| File {
                url: text(&file["url"]).expect("an address"),
                media_type: text(&file["mime_type"]).expect("a media type"),
                length: file["size_in_bytes"].as_u64(),
            }),
        };
        (text(&item["id"]).unwrap_or_else(|| item["id"].to_string()), entry)
    }))
}
