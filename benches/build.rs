//! Measures the build of a feed that is in no cache of ours: read from the store and written out, before compression.
//!
//! Two stores, of 1,000 and of 100,000 articles of 3 KB, are filled so that the documents measured hold exactly 50
//! entries in full text: 50 articles a revision, revisions three days apart, and one article in twenty in the measured
//! district. "All" reads 50 neighbouring rows, "district" rows twenty apart. Round by round, every feed is built in
//! every format from both stores in turn, so that the machine's moods fall on both alike, through the store's reader
//! threads as the server does it. In the same round runs the yardstick: plain reads of the same 50 articles by their
//! row numbers through a connection of its own. "First" builds come from a store that was opened a moment before.
//!
//! `cargo bench --bench build` takes about a minute; WELLHEAD_BENCH_SCALE=10 divides the large store and the rounds by
//! ten, `--test` does a tiny run.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/corpus.rs"]
mod corpus;
#[path = "support/machine.rs"]
mod machine;

use std::collections::VecDeque;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use rusqlite::Connection;
use tokio::runtime::Runtime;

use machine::quantile;
use wellhead::article::{Draft, Key, Slug, Time};
use wellhead::feed::{FeedKey, FeedSet, load};
use wellhead::fingerprint::fingerprint;
use wellhead::ingest::clean::Door;
use wellhead::intake;
use wellhead::resource::{Format, Resource};
use wellhead::site::{self, Selected};
use wellhead::store::Store;
use wellhead::store::batch::{Batch, OwnLabels, Published, Submission};

/// Articles of the small store and of the large one.
const SIZES: [u64; 2] = [1_000, 100_000];
const ROUNDS: u64 = 400;
/// Rounds of first builds, each of which opens both stores anew.
const FIRSTS: u64 = 20;
/// Articles of a revision, and entries of every measured document.
const ENTRIES: u64 = 50;
/// Seconds between two revisions: beyond the 48 hours within which a document shows every change.
const APART: i64 = 3 * 24 * 60 * 60;
/// One article in so many is in the measured district.
const EVERY: u64 = 20;
/// The time of the first revision.
const BEGAN: i64 = 900_000_000;
/// Batches that may wait for the store while it is filled.
const WAITING: usize = 4;

fn main() -> anyhow::Result<()> {
    let divisor = machine::divisor(50)?;
    let set = load::from_folder(&machine::feeds())?;
    let folder = machine::scratch()?;
    println!("build: {}", machine::describe(folder.path()));
    let sizes = [SIZES[0], (SIZES[1] / divisor).max(SIZES[0])];
    let paths = ["small.db", "large.db"].map(|name| folder.path().join(name));
    let district = Slug::parse("daan").context("a slug")?;
    for (path, size) in paths.iter().zip(sizes) {
        fill(&set, path, size, &district)?;
    }
    let bench = Bench {
        set,
        runtime: tokio::runtime::Builder::new_multi_thread().build()?,
        feeds: [FeedKey::All, FeedKey::District(district)],
        paths,
        sizes,
    };
    bench.steady((ROUNDS / divisor).max(3))?;
    bench.first((FIRSTS / divisor).max(2))?;
    println!("load at the end: {}", machine::describe(folder.path()));
    Ok(())
}

/// Fills a store, batch by batch at the times that it is told.
fn fill(set: &FeedSet, path: &Path, size: u64, district: &Slug) -> anyhow::Result<()> {
    let door = Door::new(intake::base(set));
    let store = open(set, path)?;
    let mut waiting = VecDeque::new();
    for revision in 0..size / ENTRIES {
        let now = Time(BEGAN).plus(APART * revision as i64);
        let numbers = revision * ENTRIES..(revision + 1) * ENTRIES;
        let submissions = numbers.map(|number| submission(set, &door, number, now, district));
        let batch =
            Batch { submissions: submissions.collect::<Result<_, _>>()?, backfill: None, who: "bench".to_owned() };
        waiting.push_back(store.put(batch, now));
        if waiting.len() > WAITING {
            waiting.pop_front().map(|stored| stored.wait()).transpose()?;
        }
    }
    for stored in waiting {
        stored.wait()?;
    }
    Ok(())
}

fn open(set: &FeedSet, path: &Path) -> anyhow::Result<Store> {
    Ok(Store::open(&path.to_string_lossy(), &fingerprint(set), Time(BEGAN).plus(-1))?)
}

/// An article as an import hands it to the store, but for its district.
fn submission(set: &FeedSet, door: &Door, number: u64, now: Time, district: &Slug) -> anyhow::Result<Submission> {
    let corpus::Article { id, title, html } = corpus::article(number);
    let cleaned = door.clean(&Draft { id, title, html: Some(html), ..Draft::default() })?;
    let ruled = set.classifier.classify(&cleaned.content.title, &cleaned.plain).labels;
    let own: Vec<Slug> = if number.is_multiple_of(EVERY) { vec![district.clone()] } else { Vec::new() };
    let key = Key::derive("bench", &cleaned.own_id);
    Ok(Submission {
        bytes: 0,
        id: format!("tag:{},{}:a/{key}", set.site.authority, set.site.year),
        hash: key.to_string(),
        key,
        source: "bench".to_owned(),
        own_id: cleaned.own_id,
        published: Published::Given(now.plus(-(number as i64 % ENTRIES as i64))),
        updated: None,
        content: cleaned.content,
        own: OwnLabels { districts: Some(own), topics: None },
        ruled,
    })
}

/// What is measured: two feeds in two stores.
struct Bench {
    set: FeedSet,
    runtime: Runtime,
    feeds: [FeedKey; 2],
    paths: [std::path::PathBuf; 2],
    sizes: [u64; 2],
}

/// How long builds of one kind took, in microseconds.
#[derive(Default)]
struct Times {
    select: Vec<f64>,
    whole: Vec<f64>,
    bytes: usize,
}

/// The times of one feed: in each format, in each store, and those of the yardstick in each store.
#[derive(Default)]
struct OfFeed {
    builds: [[Times; 2]; 3],
    yardstick: [Vec<f64>; 2],
}

impl Bench {
    /// One build.
    fn build(&self, store: &Store, key: &FeedKey, format: Format, times: &mut Times) -> anyhow::Result<()> {
        let resource = Resource::Feed(key.clone(), format);
        let started = Instant::now();
        let selected = self.runtime.block_on(site::select(&self.set, store, &resource, None))?.context("no feed")?;
        let select = started.elapsed();
        let entries = if let Selected::Feed(document) = &selected { document.articles.len() as u64 } else { 0 };
        let rendered = site::render(&self.set, &resource, selected);
        let whole = started.elapsed();
        ensure!(entries == ENTRIES, "{key} holds {entries} entries");
        times.bytes = black_box(rendered.bytes).len();
        times.select.push(select.as_secs_f64() * 1e6);
        times.whole.push(whole.as_secs_f64() * 1e6);
        Ok(())
    }

    /// Builds from stores that have been open for a while, beside the yardstick.
    fn steady(&self, rounds: u64) -> anyhow::Result<()> {
        let stores = [open(&self.set, &self.paths[0])?, open(&self.set, &self.paths[1])?];
        let plain = [Plain::open(&self.paths[0])?, Plain::open(&self.paths[1])?];
        let mut measured = [OfFeed::default(), OfFeed::default()];
        for _ in 0..rounds {
            for (key, of_feed) in self.feeds.iter().zip(&mut measured) {
                for (format, builds) in Format::ALL.into_iter().zip(&mut of_feed.builds) {
                    for (store, times) in stores.iter().zip(builds) {
                        self.build(store, key, format, times)?;
                    }
                }
                let step = if *key == FeedKey::All { 1 } else { EVERY };
                for ((plain, size), times) in plain.iter().zip(self.sizes).zip(&mut of_feed.yardstick) {
                    times.push(plain.read(size, step)?);
                }
            }
        }
        self.report(&format!("{ENTRIES} entries, {rounds} rounds; microseconds"), &measured);
        Ok(())
    }

    /// First builds: the statements are not prepared yet, and none of the file's pages is in the connection's cache.
    fn first(&self, rounds: u64) -> anyhow::Result<()> {
        let mut measured = [OfFeed::default(), OfFeed::default()];
        for _ in 0..rounds {
            for (key, of_feed) in self.feeds.iter().zip(&mut measured) {
                for (format, builds) in Format::ALL.into_iter().zip(&mut of_feed.builds) {
                    for (path, times) in self.paths.iter().zip(builds) {
                        self.build(&open(&self.set, path)?, key, format, times)?;
                    }
                }
            }
        }
        self.report(&format!("the first build after opening the store, {rounds} rounds; microseconds"), &measured);
        Ok(())
    }

    fn report(&self, what: &str, measured: &[OfFeed]) {
        let [small, large] = self.sizes.map(|size| format!("{size} art."));
        println!("\n{what}");
        println!(
            "{:<15} {:>7} {small:>11} {:>6} {large:>12} {:>6} {:>7} {:>7} {:>7} {:>11}",
            "", "KB", "p90", "p90", "ratio", "select", "render", "/ yardstick"
        );
        for (key, of_feed) in self.feeds.iter().zip(measured) {
            let yardstick = of_feed.yardstick.each_ref().map(|times| quantile(times, 0.5));
            for (format, [small, large]) in Format::ALL.iter().zip(&of_feed.builds) {
                let [a, b] = [small, large].map(|times| quantile(&times.whole, 0.5));
                let [p, q] = [small, large].map(|times| quantile(&times.whole, 0.9));
                let select = quantile(&large.select, 0.5);
                let name = format!("{} {}", name(key), format.extension());
                let kilobytes = large.bytes as f64 / 1e3;
                let to = if yardstick[1].is_nan() { "-".to_owned() } else { format!("{:.2}", b / yardstick[1]) };
                println!(
                    "{name:<15} {kilobytes:>7.0} {a:>11.0} {p:>6.0} {b:>12.0} {q:>6.0} {:>7.2} {select:>7.0} {:>7.0} {to:>11}",
                    b / a,
                    b - select
                );
            }
            if let [a, b] = yardstick
                && !a.is_nan()
            {
                let [p, q] = of_feed.yardstick.each_ref().map(|times| quantile(times, 0.9));
                println!("{:<15} {:>7} {a:>11.0} {p:>6.0} {b:>12.0} {q:>6.0} {:>7.2}", "  yardstick", "", b / a);
            }
        }
    }
}

fn name(key: &FeedKey) -> &'static str {
    if *key == FeedKey::All { "all" } else { "district" }
}

/// The yardstick: a connection of its own to the same file.
struct Plain(Connection);

impl Plain {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch("PRAGMA cache_size = -16000; PRAGMA query_only = ON;")?;
        Ok(Self(connection))
    }

    /// Copies the texts of the 50 last articles, `step` apart, out of a store of `size`: microseconds.
    fn read(&self, size: u64, step: u64) -> anyhow::Result<f64> {
        let started = Instant::now();
        let tx = self.0.unchecked_transaction()?;
        let mut statement = tx.prepare_cached("SELECT title, summary, html FROM article WHERE article_id = ?1")?;
        for nth in 0..ENTRIES {
            let row = (size - nth * step) as i64;
            let text = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let texts: (String, String, String) = statement.query_row([row], text)?;
            ensure!(black_box(texts).2.len() > 1000, "article {row} is short");
        }
        Ok(started.elapsed().as_secs_f64() * 1e6)
    }
}
