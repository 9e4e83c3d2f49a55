//! Writes JSON Feed 1.1.
//!
//! Knows nothing of what the words are; the order of fields below is the order in the file, and never changes.

use std::borrow::Cow;

use serde::Serialize;

use super::masthead::{Category, Masthead, PREV_ARCHIVE};
use crate::article::{Article, Enclosure, Person};
use crate::page::Page;
use crate::resource::Format;

/// The top level of a JSON Feed.
#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: &'a str,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<&'a str>,
    authors: Vec<Author<'a>>,
    language: &'a str,
    items: Vec<Item<'a>>,
}

/// One article. Exactly one of `content_html` and `content_text` is there.
#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    url: String,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    date_published: String,
    date_modified: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_in_seconds: Option<u64>,
}

/// The page as JSON Feed 1.1: one line, with a newline at its end.
pub(super) fn feed(page: &Page, masthead: &Masthead<'_>) -> Vec<u8> {
    let categories: Vec<_> = page.entries.iter().map(|article| masthead.categories(article)).collect();
    let site = masthead.site();
    let mut relations = masthead.relations(page.part, Format::Json).into_iter();
    let older = relations.find(|(relation, _)| *relation == PREV_ARCHIVE);
    let feed = Feed {
        version: "https://jsonfeed.org/version/1.1",
        title: &masthead.title,
        home_page_url: &masthead.home,
        feed_url: masthead.address(page.part, Format::Json),
        next_url: older.map(|(_, address)| address),
        description: masthead.description(),
        icon: site.icon.as_deref(),
        authors: authors(&masthead.authors),
        language: &site.language,
        items: page.entries.iter().zip(&categories).map(|(article, words)| item(article, words, masthead)).collect(),
    };
    let mut bytes = serde_json::to_vec(&feed).expect("strings and numbers always serialise");
    bytes.push(b'\n');
    bytes
}

/// One article; a headline without a body shows its summary, as an item must have content.
fn item<'a>(article: &'a Article, categories: &'a [Category<'_>], masthead: &Masthead<'_>) -> Item<'a> {
    let content = &article.content;
    let html = masthead.body(article);
    Item {
        id: article.guid(),
        url: masthead.link(article),
        title: &content.title,
        content_text: html.is_none().then_some(&content.summary),
        content_html: html,
        summary: &content.summary,
        image: content.image.as_ref().map(|image| image.url.as_str()),
        date_published: masthead.rfc3339(article.published),
        date_modified: masthead.rfc3339(article.updated),
        authors: authors(&content.authors),
        tags: categories.iter().map(Category::text).collect(),
        language: masthead.language(article),
        attachments: content.enclosures.iter().map(attachment).collect(),
    }
}

fn authors(people: &[Person]) -> Vec<Author<'_>> {
    people.iter().map(|person| Author { name: &person.name, url: person.url.as_deref() }).collect()
}

fn attachment(enclosure: &Enclosure) -> Attachment<'_> {
    Attachment {
        url: &enclosure.url,
        mime_type: &enclosure.media_type,
        size_in_bytes: enclosure.length,
        duration_in_seconds: enclosure.duration,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedKey;
    use crate::render::samples::{article, page, set};

    fn written(article: Article) -> serde_json::Value {
        let set = set();
        serde_json::from_slice(&feed(&page(vec![article]), &Masthead::new(&set, &FeedKey::All))).unwrap()
    }

    #[test]
    fn an_item_has_one_kind_of_content() {
        let mut article = article("a");
        let item = &written(article.clone())["items"][0];
        assert!(item["content_html"].is_string() && item.get("content_text").is_none());
        article.content.html = crate::article::Html::default();
        let item = &written(article)["items"][0];
        assert!(item.get("content_html").is_none() && item["content_text"] == item["summary"]);
    }

    #[test]
    fn what_is_unknown_is_left_out_and_never_null() {
        let mut article = article("a");
        article.content.image = None;
        article.content.enclosures.clear();
        article.content.authors.clear();
        assert!(!written(article).to_string().contains("null"));
    }

    #[test]
    fn dates_are_in_the_zone_of_the_site() {
        assert_eq!(written(article("a"))["items"][0]["date_published"], "2026-11-23T09:15:00+08:00");
    }

    #[test]
    fn a_file_brings_its_size_and_duration() {
        let attachment = &written(article("a"))["items"][0]["attachments"][0];
        assert_eq!(
            (attachment["size_in_bytes"].as_u64(), attachment["duration_in_seconds"].as_u64()),
            (Some(1234), Some(61))
        );
    }
}
