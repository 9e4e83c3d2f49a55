//! The page of an article: what it says, when, of what and by whom, and what stands beside it in its feeds. Of one that was
//! withdrawn, that it was.
//!
//! Knows nothing of other articles' texts.

use std::borrow::Cow;

use askama::Template;
use percent_encoding::percent_decode_str;

use super::body::arranged;
use super::subscribe::{HERE, of_feeds};
use super::voice::{Entry, Lang, Link, Voice, Worded};
use super::{Frame, rendered};
use crate::article::{Article, Enclosure, Image, Person, Time};
use crate::feed::{Axis, FeedDef, FeedKey, FeedSet};
use crate::ingest::text::shortened;
use crate::render::anchors::keyed;
use crate::render::xml::escape;
use crate::resource::{Edition, Subject};
use crate::view::{Beside, Reading};

/// The most feeds in which it is shown what stands beside an article.
const MAX_BESIDE: usize = 6;

/// The widest description that search engines and previews are given, in columns.
const MAX_DESCRIPTION: usize = 300;

/// From how many bytes on a headline is set smaller: half as many characters of Chinese as of English, or a third.
const LONG: usize = 150;

/// A feed, with what stands before and after the article in it.
struct Row<'a> {
    name: String,
    url: String,
    /// Each with what it is to the article.
    entries: Vec<(&'static str, Entry<'a>)>,
}

/// A moment for machines and for people.
struct Moment {
    date: String,
    text: String,
}

#[derive(Template)]
#[template(path = "article.html")]
struct ArticlePage<'a> {
    frame: Frame<'a>,
    entry: Entry<'a>,
    /// Its whole headline.
    title: &'a str,
    /// Whether it is too long to be set large.
    long: bool,
    /// Where it lives, if not with us.
    elsewhere: Option<&'a str>,
    published: Moment,
    updated: Option<Moment>,
    authors: &'a [Person],
    /// Their type (schema.org): the site's are no persons.
    author_type: &'static str,
    /// The language of their names.
    author_lang: Lang<'a>,
    labels: Vec<Link<'a>>,
    tags: &'a [String],
    note: Option<&'a str>,
    /// Its lead image, and whether the text shows it anyway.
    image: Option<(&'a Image, bool)>,
    summary: &'a str,
    body: String,
    files: Vec<File<'a>>,
    beside: Vec<Row<'a>>,
}

#[derive(Template)]
#[template(path = "withdrawn.html")]
struct WithdrawnPage<'a> {
    frame: Frame<'a>,
    note: Option<Worded<'a>>,
    labels: Vec<Link<'a>>,
    beside: Vec<Row<'a>>,
}

#[derive(Template)]
#[template(path = "farewell.html")]
struct FarewellPage<'a> {
    frame: Frame<'a>,
    title: &'a str,
    body: &'a str,
    own: Lang<'a>,
}

/// A file that belongs to an article.
struct File<'a> {
    file: &'a Enclosure,
    /// Which of the browser's players takes it.
    player: &'static str,
    name: Cow<'a, str>,
    size: String,
}

/// The page of an article.
pub fn article(set: &FeedSet, edition: Edition, reading: &Reading) -> Vec<u8> {
    let Reading { article, beside, .. } = reading;
    let voice = Voice::new(set, edition);
    let subject = Subject::Article(article.key.clone());
    let defs: Vec<&FeedDef> = defs(set, article).collect();
    let labels: Vec<Link<'_>> = defs.iter().map(|def| voice.link(def)).collect();
    let feeds = of_feeds(voice, defs.iter().map(|def| def.key()));
    // What is closest to it comes first: the feed of everything is the last.
    let (all, labelled): (Vec<&Beside>, Vec<&Beside>) = beside.iter().partition(|beside| beside.feed == FeedKey::All);
    let beside = labelled.into_iter().chain(all).map(|beside| {
        let each = [(voice.words.later, &beside.newer), (voice.words.earlier, &beside.older)];
        let entries = each.into_iter().filter_map(|(what, article)| Some((what, voice.entry(article.as_ref()?))));
        Row { name: voice.label(&beside.feed), url: voice.feed(&beside.feed), entries: entries.collect() }
    });
    let beside = beside.filter(|row| !row.entries.is_empty()).take(MAX_BESIDE).collect();
    if let Some(note) = &article.withdrawn {
        let frame = Frame::new(voice, &subject, voice.words.withdrawn, feeds);
        let note = Some(voice.own(note)).filter(|note| !note.text.is_empty());
        return rendered(&WithdrawnPage { frame, note, labels, beside });
    }
    let content = &article.content;
    let entry = voice.entry(article);
    let frame = Frame::new(voice, &subject, &entry.title, feeds);
    let lang = entry.lang;
    let description = shortened(&content.summary, MAX_DESCRIPTION);
    let subscribe = labels.first().map_or(frame.subscribe, |label| label.url.clone() + HERE);
    let (authors, author_type, author_lang) = match &content.authors[..] {
        [] => (&set.site.authors[..], "Organization", voice.foreign(&set.site.language)),
        authors => (authors, "Person", lang),
    };
    rendered(&ArticlePage {
        frame: Frame {
            description: Some(Worded { text: &description, lang }),
            elsewhere: content.url.is_some(),
            canonical: content.url.clone().unwrap_or(frame.canonical),
            subscribe,
            ..frame
        },
        title: if content.title.is_empty() { voice.words.untitled } else { &content.title },
        long: content.title.len() > LONG,
        elsewhere: content.url.as_deref(),
        published: moment(voice, article.published),
        updated: (article.updated > article.published).then(|| moment(voice, article.updated)),
        authors,
        author_type,
        author_lang,
        labels,
        tags: &content.tags,
        note: content.note.as_deref(),
        image: content.image.as_ref().map(|image| (image, shows(content.html.as_str(), image))),
        summary: if content.summary == content.title { "" } else { &content.summary },
        body: arranged(&keyed(content.html.as_str(), &article.key, "")),
        files: content.enclosures.iter().map(file).collect(),
        beside,
        entry,
    })
}

/// The rest of the page of a retired feed.
pub fn farewell(set: &FeedSet, edition: Edition, key: &FeedKey, farewell: &Article) -> Vec<u8> {
    let voice = Voice::new(set, edition);
    let title = &farewell.content.title;
    rendered(&FarewellPage {
        frame: Frame::new(voice, &Subject::Feed(key.clone()), title, of_feeds(voice, std::iter::empty())),
        title,
        body: farewell.content.html.as_str(),
        own: voice.foreign(&set.site.language),
    })
}

/// The definitions of an article's districts and topics that are followed.
fn defs<'a>(set: &'a FeedSet, article: &'a Article) -> impl Iterator<Item = &'a FeedDef> {
    let labels = [(Axis::District, &article.labels.districts), (Axis::Topic, &article.labels.topics)];
    let defs =
        labels.into_iter().flat_map(move |(axis, slugs)| slugs.iter().filter_map(move |slug| set.get(axis, slug)));
    defs.filter(|def| def.retired.is_none())
}

fn moment(voice: Voice<'_>, time: Time) -> Moment {
    let date = voice.date(time);
    Moment { date: date.to_rfc3339(), text: voice.language.moment(&date) }
}

/// Whether a text has this image in it.
fn shows(html: &str, image: &Image) -> bool {
    html.contains(&format!("src=\"{}\"", escape(&image.url)))
}

fn file(file: &Enclosure) -> File<'_> {
    let player = match file.media_type.split('/').next() {
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "",
    };
    let name = file.url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let size = file.length.filter(|length| *length > 0).map(|length| match length {
        0..1_000_000 => format!("{} kB", length.div_ceil(1000)),
        _ => format!("{:.1} MB", length as f64 / 1e6),
    });
    let name = percent_decode_str(if name.is_empty() { &file.media_type } else { name }).decode_utf8_lossy();
    File { file, player, name, size: size.unwrap_or_default() }
}
