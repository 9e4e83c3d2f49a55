//! An archive page for people: fifty headlines, and the way to the pages beside it.
//!
//! Knows nothing of which articles stand in which page.

use askama::Template;

use super::subscribe::{FeedLink, HERE, archive_links, links};
use super::voice::{Entry, Voice, Worded};
use super::{Frame, rendered};
use crate::feed::{FeedKey, FeedSet};
use crate::resource::{Edition, Subject};
use crate::view::Shelf;

#[derive(Template)]
#[template(path = "archive.html")]
struct ArchivePage<'a> {
    frame: Frame<'a>,
    name: Vec<(&'static str, Worded<'a>)>,
    number: String,
    /// From which day to which its articles are.
    span: Option<String>,
    home: String,
    older: Option<(String, String)>,
    newer: Option<(String, String)>,
    formats: Vec<FeedLink>,
    articles: Vec<Entry<'a>>,
}

/// The page of an archive page.
pub fn archive(set: &FeedSet, edition: Edition, key: &FeedKey, page: i64, shelf: &Shelf) -> Vec<u8> {
    let voice = Voice::new(set, edition);
    let number = voice.language.page(page);
    let archives = format!("{}{}{number}", voice.words.archives, voice.language.comma());
    let title = if *key == FeedKey::All { archives } else { format!("{} · {archives}", voice.title(key)) };
    let ends = shelf.articles.last().zip(shelf.articles.first());
    let span = ends.map(|(first, last)| voice.language.span(&voice.day(first.published), &voice.day(last.published)));
    let beside = |page: Option<i64>| {
        page.map(|page| (voice.language.page(page), voice.page(Subject::Archive(key.clone(), page))))
    };
    let frame = Frame::new(voice, &Subject::Archive(key.clone(), page), &title, links(voice, key).collect());
    let description = format!("{title}{}{}", voice.language.colon(), span.as_deref().unwrap_or_default());
    rendered(&ArchivePage {
        frame: Frame { description: Some(Worded::plain(&description)), subscribe: voice.feed(key) + HERE, ..frame },
        span,
        name: voice.parts(key),
        number,
        home: voice.feed(key),
        older: beside(shelf.neighbours.before),
        newer: beside(shelf.neighbours.after),
        formats: archive_links(voice, key, page),
        articles: shelf.articles.iter().map(|article| voice.entry(article)).collect(),
    })
}
