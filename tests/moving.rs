//! A newsroom moves in with its feed, and its readers find every article as they have known it.
//!
//! Knows nothing of how feeds are taken in: the samples, and what becomes of them, are read by other people's readers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::DateTime;
use rss::Channel;
use serde_json::Value;
use tempfile::TempDir;
use wellhead::article::Time;
use wellhead::export::export;
use wellhead::feed::{FeedKey, FeedSet, load};
use wellhead::fingerprint::fingerprint;
use wellhead::ingest::{InputFile, Kind};
use wellhead::intake::{self, Counts, Event, Input, Options};
use wellhead::store::Store;

/// When the samples are imported: after the last of them, but for what WordPress has planned for 2030.
const NOW: Time = Time(1_800_000_000);

/// All of fixtures/moving.
const SAMPLES: [&str; 16] = [
    "atom-export.xml",
    "broken.xml",
    "feed-1.0.json",
    "feed.json",
    "gbk.xml",
    "ghost.xml",
    "hugo.xml",
    "planet.xml",
    "podcast.xml",
    "rdf.xml",
    "rss-091.xml",
    "substack.xml",
    "wordpress-export.xml",
    "wordpress.xml",
    "youtube.xml",
    "../golden/feed.atom",
];

/// Where a file of fixtures/moving lies.
fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/moving").join(name)
}

/// A site whose feeds are those of feeds/, and a store that was empty before somebody moved in.
struct Site {
    folder: TempDir,
    set: FeedSet,
    store: Store,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds");
        let set = load::from_folder(&definitions).expect("sound definitions");
        let store = folder.path().join("store.db");
        let store = Store::open(&store.to_string_lossy(), &fingerprint(&set), NOW).expect("a store");
        Self { folder, set, store }
    }

    /// A site to which all of a sample has moved.
    fn of(name: &str) -> Self {
        let site = Self::new();
        let (_, left) = site.import(name);
        assert!(left.is_empty(), "{left:#?}");
        site
    }

    /// Takes in a sample; says how that went, and what was left out.
    fn import(&self, name: &str) -> (Counts, Vec<String>) {
        let file = InputFile::new(&sample(name), Some(Kind::Feed), self.set.site.time_zone).expect("a file");
        let options = Options { by: "import", source: "local".to_owned(), published: None, backfill: true };
        let mut left = Vec::new();
        let counts = intake::import(&self.set, &self.store, &[Input::file(file)], &options, &|| NOW, &mut |event| {
            if let Event::Left(fault) = event {
                left.push(fault.to_string());
            }
        });
        (counts.expect("an import"), left)
    }

    /// Exports all, and reads one of the files.
    fn published(&self, name: &str) -> Vec<u8> {
        let folder = self.folder.path().join("site");
        if !folder.exists() {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(export(&self.set, &self.store, &folder)).expect("an export");
        }
        std::fs::read(folder.join(name)).expect("a file")
    }

    fn revision(&self) -> u64 {
        self.store.document(&FeedKey::All, None).wait().expect("a document").revision.number
    }
}

/// What a reader keeps of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    title: String,
    published: Option<i64>,
    updated: Option<i64>,
    html: Option<String>,
    file: Option<File>,
}

/// The first file of an article, the only one that our feeds carry.
#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    url: String,
    media_type: String,
    length: Option<u64>,
}

/// What a reader keeps of a feed: its articles, told apart by nothing but their ids.
type Entries = BTreeMap<String, Entry>;

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

fn rfc3339(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text.trim()).unwrap_or_else(|error| panic!("{text}: {error}")).timestamp()
}

/// What a reader keeps of RSS. An item of RSS 1.0 has its address for an id, and its date from Dublin Core.
fn read_rss(bytes: &[u8]) -> Entries {
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
fn read_atom(bytes: &[u8]) -> Entries {
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
fn read_json(bytes: &[u8]) -> Entries {
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

/// Asserts that readers find in ours what they knew from theirs: all of it, and nothing else.
///
/// A change or a text that theirs did not tell may be told in ours.
fn assert_same(theirs: &Entries, ours: &Entries) {
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "ids");
    for (id, known) in theirs {
        let mut found = ours[id].clone();
        found.updated = found.updated.filter(|_| known.updated.is_some());
        found.html = found.html.filter(|_| known.html.is_some());
        assert_eq!(found, *known, "{id}");
    }
}

/// Moves a sample in, and compares what the same reader makes of it there and here.
fn assert_moves(name: &str, file: &str, read: fn(&[u8]) -> Entries) -> Site {
    let site = Site::of(name);
    let theirs = read(&std::fs::read(sample(name)).expect("a sample"));
    assert!(theirs.len() >= 4, "the reader sees {} of {name}", theirs.len());
    assert_same(&theirs, &read(&site.published(file)));
    site
}

#[test]
fn a_wordpress_feed_comes_out_with_the_same_ids_dates_titles_and_texts() {
    assert_moves("wordpress.xml", "feed.rss", read_rss);
}

#[test]
fn a_ghost_feed_comes_out_with_the_same_ids_dates_titles_and_texts() {
    assert_moves("ghost.xml", "feed.rss", read_rss);
}

#[test]
fn a_hugo_feed_comes_out_with_the_same_ids_dates_titles_and_texts() {
    assert_moves("hugo.xml", "feed.rss", read_rss);
}

#[test]
fn a_substack_feed_comes_out_with_the_same_ids_dates_titles_texts_and_files() {
    assert_moves("substack.xml", "feed.rss", read_rss);
}

#[test]
fn a_feed_in_rss_1_comes_out_with_the_same_ids_dates_titles_and_texts() {
    assert_moves("rdf.xml", "feed.rss", read_rss);
}
