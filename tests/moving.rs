//! A newsroom moves in with its feed, and its readers find every article as they have known it.
//!
//! Knows nothing of how feeds are taken in: the samples, and what becomes of them, are read by other people's readers.

mod reading;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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

use reading::{Entries, read_atom, read_json, read_rss, rfc3339};

/// When the samples are imported: after the last of them, but for what WordPress has planned for 2030.
const NOW: Time = Time(1_800_000_000);

/// All of fixtures/moving.
const SAMPLES: [&str; 15] = [
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
        let options = Options { by: "import", source: "local".to_owned(), backfill: true, ..Options::default() };
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
            runtime.block_on(export(&self.set, &self.store, &folder, NOW)).expect("an export");
        }
        std::fs::read(folder.join(name)).expect("a file")
    }

    fn revision(&self) -> u64 {
        self.store.document(&FeedKey::All, None).wait().expect("a document").revision.number
    }
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

#[test]
fn a_podcast_comes_out_with_the_same_ids_dates_titles_texts_and_files() {
    let site = Site::of("podcast.xml");
    let theirs = read_rss(&std::fs::read(sample("podcast.xml")).expect("a sample"));
    let mut ours = read_rss(&site.published("feed.rss"));
    // An episode's own picture may stand before its notes, which do not show it.
    let notes = |html: String| match html.split_once("</figure>\n") {
        Some((picture, notes)) if picture.starts_with("<figure><img src=\"https://img.pod.example/") => {
            notes.to_owned()
        }
        _ => html,
    };
    ours.values_mut().for_each(|entry| entry.html = entry.html.take().map(notes));
    assert_same(&theirs, &ours);
}

#[test]
fn each_spelling_of_a_duration_is_the_same_number_of_seconds() {
    let site = Site::of("podcast.xml");
    let feed: Value = serde_json::from_slice(&site.published("feed.json")).expect("JSON");
    let items = feed["items"].as_array().expect("items").iter();
    let durations: Vec<u64> = items.filter_map(|item| item["attachments"][0]["duration_in_seconds"].as_u64()).collect();
    assert_eq!(durations, [3723, 25 * 60 + 7, 3600 + 2 * 60 + 38, 61]);
}

#[test]
fn a_feed_of_videos_comes_out_with_the_same_ids_dates_and_titles_and_with_what_is_said_of_each() {
    let site = assert_moves("youtube.xml", "feed.atom", read_atom);
    let feed: Value = serde_json::from_slice(&site.published("feed.json")).expect("JSON");
    let items = feed["items"].as_array().expect("items");
    let item = |id: &str| items.iter().find(|item| item["id"] == id).expect("a video").to_string();
    for said in ["卤水烧了六个小时", "第二段：点豆浆", "https://old.example/2026/11/22/one-pan/"] {
        assert!(item("yt:video:a1_Bc-D2eFg").contains(said), "{said}");
    }
    assert!(item("yt:video:mmmmmmmmmmM").contains("我們帶了三隻臉盆去，用上了兩隻。"));
}

#[test]
fn a_planet_comes_out_with_the_same_ids_dates_titles_and_texts() {
    let site = assert_moves("planet.xml", "feed.atom", read_atom);
    let feed = feed_rs::parser::parse(&site.published("feed.atom")[..]).expect("Atom");
    let entry = feed.entries.iter().find(|entry| entry.id == "https://bones.example/?p=77").expect("an entry");
    let authors: Vec<_> = entry.authors.iter().filter_map(|author| author.name.as_deref()).collect();
    assert_eq!(authors, ["Night Brush", "Second Brush"], "its own, and not those of the blog or of the planet");
}

#[test]
fn an_atom_export_comes_out_with_the_same_ids_dates_titles_texts_and_files() {
    assert_moves("atom-export.xml", "feed.atom", read_atom);
}

#[test]
fn a_json_feed_comes_out_with_the_same_ids_dates_titles_texts_and_files() {
    let site = assert_moves("feed.json", "feed.json", read_json);
    let ours = read_json(&site.published("feed.json"));
    let plain = ours["urn:uuid:9b6c1e0a-54a4-4f2e-8f5d-0d7b7c9a2e41"].html.as_deref();
    assert_eq!(plain, Some("<p>蓝色，毛线，左手。</p>\n<p>右手的那只也可以一起来领。</p>"));
}

#[test]
fn an_earlier_json_feed_comes_out_with_the_same_ids_dates_titles_texts_and_files() {
    let site = assert_moves("feed-1.0.json", "feed.json", read_json);
    let feed: Value = serde_json::from_slice(&site.published("feed.json")).expect("JSON");
    let items = feed["items"].as_array().expect("items").iter();
    let visitors: Vec<_> =
        items.filter(|item| item["authors"][0]["name"] == "隔壁的人").map(|item| &item["id"]).collect();
    assert_eq!(visitors, ["https://orange.example/203"]);
}

/// The titles of all that is published once a sample has moved in.
fn titles_of(name: &str) -> BTreeSet<String> {
    let ours = read_rss(&Site::of(name).published("feed.rss"));
    ours.into_values().map(|entry| entry.title.replace('\u{a0}', " ")).collect()
}

#[test]
fn a_feed_in_gbk_comes_out_with_all_its_titles() {
    let titles = [
        "早间：盐井边的广播体操",
        "午间：燊海井有几个火（问答）",
        "晚间：彩燈點亮之前（粵語）",
        "Late: songs for drivers — 夜路歌单",
    ];
    assert_eq!(titles_of("gbk.xml"), BTreeSet::from(titles.map(str::to_owned)));
}

#[test]
fn a_feed_that_is_no_xml_comes_out_with_all_its_titles() {
    let titles =
        ["集市挪到了学校后门", "针线 & 纽扣：裁缝铺搬家", "Café by the well opens at seven", "夜裡的路燈會自己暗下來"];
    assert_eq!(titles_of("broken.xml"), BTreeSet::from(titles.map(str::to_owned)));
}

#[test]
fn a_feed_without_ids_and_dates_comes_out_with_all_its_titles() {
    let titles = [
        "十字口的红绿灯改为感应式",
        "西山路补好了七个坑",
        "Footbridge closed on Tuesday for painting",
        "舊橋頭的里程碑找到了",
    ];
    assert_eq!(titles_of("rss-091.xml"), BTreeSet::from(titles.map(str::to_owned)));
}

#[test]
fn of_a_wordpress_export_the_published_posts_come_in_and_what_is_not_public_is_named() {
    let site = Site::new();
    let (counts, left) = site.import("wordpress-export.xml");
    assert_eq!((counts.new, counts.held), (4, 1), "three, and one under embargo: {left:#?}");
    for title in ["草稿：还没想好的题目", "内部：值班表", "加密：街坊聚餐的地址"] {
        assert_eq!(left.iter().filter(|fault| fault.contains(title)).count(), 1, "{title}: {left:#?}");
    }
    let ours = read_json(&site.published("feed.json"));
    let dates: Vec<_> = ours.iter().map(|(id, e)| (id.as_str(), e.published, e.updated)).collect();
    let at = |date: &str| Some(rfc3339(date));
    let expected = [
        ("https://old.example/?p=101", at("2026-11-19T13:40:00Z"), at("2026-11-20T00:00:00Z")),
        ("https://old.example/?p=123", at("2026-11-23T01:15:00Z"), at("2026-11-23T02:05:30Z")),
        ("https://old.example/?p=41", at("2024-05-05T23:20:00Z"), at("2024-05-05T23:20:00Z")),
    ];
    assert_eq!(dates, expected);
}

#[test]
fn the_texts_of_a_wordpress_export_are_what_wordpress_would_show() {
    let site = Site::new();
    site.import("wordpress-export.xml");
    let ours = read_rss(&site.published("feed.rss"));
    let shows = |post: &str, pieces: &[&str]| {
        let html = ours[&format!("https://old.example/?p={post}")].html.as_deref().expect("a text");
        pieces.iter().for_each(|piece| assert!(html.contains(piece), "{piece} is not in {html}"));
        ["<!--", "[caption", "class="].iter().for_each(|left| assert!(!html.contains(left), "{left} is in {html}"));
    };
    shows("41", &["<p>第一家的豆花嫩，", "老，<br>", "<p>三家共用一口石磨，<strong>磨的主人是第四家</strong>。</p>"]);
    shows("41", &["<h2>怎么走</h2>", "<p>从码头往上，闻着走 &amp; 问着走都行。</p>"]);
    shows(
        "123",
        &["<p>街坊们借来三根井绳，接起来还是没有到底。</p>", "<h2>为什么要重新量</h2>", "<li>井绳换过了</li>"],
    );
    shows("101", &["<p>霧大的時候，天車只剩下四條腿。</p>", "<figcaption>霧裡的天車，攝於清晨</figcaption>"]);
    shows("101", &["<img src=\"https://old.example/wp-content/uploads/2026/11/derrick.jpg\" alt=\"霧裡的天車\""]);
}

#[test]
fn the_authors_of_a_wordpress_export_have_the_names_that_readers_know() {
    let site = Site::new();
    site.import("wordpress-export.xml");
    let channel = Channel::read_from(&site.published("feed.rss")[..]).expect("RSS");
    let creators = |item: &rss::Item| item.dublin_core_ext().map(|extension| extension.creators().join(", "));
    let authors: BTreeSet<String> = channel.items().iter().filter_map(creators).collect();
    assert_eq!(authors, BTreeSet::from(["井边小组", "夜間小組"].map(str::to_owned)));
}

#[test]
fn a_category_of_a_districts_or_topics_name_or_slug_places_an_article_there() {
    let site = Site::of("wordpress.xml");
    let daan = read_rss(&site.published("districts/daan.rss"));
    assert!(daan.contains_key("https://old.example/?p=123") && !daan.contains_key("https://old.example/?p=118"));
    let site = Site::new();
    site.import("wordpress-export.xml");
    assert!(read_rss(&site.published("districts/daan.rss")).contains_key("https://old.example/?p=123"));
    assert!(read_rss(&site.published("topics/lantern.rss")).contains_key("https://old.example/?p=101"));
}

#[test]
fn importing_the_same_feed_again_changes_nothing() {
    for name in SAMPLES {
        let site = Site::new();
        let (first, _) = site.import(name);
        assert!(first.new > 0, "{name}: {first:?}");
        let before = site.revision();
        let (second, _) = site.import(name);
        let nothing = Counts { unchanged: first.new, left: first.left, lost: first.lost, ..Counts::default() };
        assert_eq!((second, site.revision()), (nothing, before), "{name}");
    }
}
