//! A small store and a large one of the same kind of articles, in which the same is measured.
//!
//! They are filled as an import fills them, batch by batch in order of time, but at times and with a district of the
//! benchmark's choice. Knows nothing of what articles say or of what is measured.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::runtime::Runtime;

use crate::machine;
use crate::plain::Plain;
use wellhead::article::{Draft, Key, Slug, Time};
use wellhead::feed::{FeedKey, FeedSet, load};
use wellhead::fingerprint::fingerprint;
use wellhead::ingest::clean::Door;
use wellhead::intake;
use wellhead::resource::Resource;
use wellhead::site::{self, Selected};
use wellhead::store::Store;
use wellhead::store::command::{Batch, Command, PutMode};
use wellhead::store::submission::{OwnLabels, Published, Submission};

/// Entries of every measured document.
pub const ENTRIES: u64 = 50;
/// The measured district.
const DISTRICT: &str = "daan";
/// Seconds between two batches: beyond the 48 hours within which a document shows every change.
const APART: i64 = 3 * 24 * 60 * 60;
/// The time of the first batch.
const BEGAN: i64 = 900_000_000;
/// Batches that may wait for the store while it is filled.
const WAITING: usize = 4;
/// After so many articles it is told how far a store is filled.
const TOLD: u64 = 100_000;

/// What the stores are to hold.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Articles of the small store and of the large one.
    pub sizes: [u64; 2],
    /// Articles of a batch.
    pub batch: u64,
    /// One article in so many is in the measured district, the very first among them.
    pub every: u64,
}

/// The stores, and what is asked of them.
pub struct TwoStores {
    /// The feed of everything, and the district.
    pub feeds: [FeedKey; 2],
    /// What they hold.
    pub shape: Shape,
    set: FeedSet,
    runtime: Runtime,
    /// Where they lie.
    pub paths: [PathBuf; 2],
}

/// A document that was built.
pub struct Built {
    /// How long it took to read.
    pub select: Duration,
    /// And to write out, too.
    pub whole: Duration,
    /// Its length.
    pub bytes: usize,
    /// How many entries it holds.
    pub entries: u64,
}

impl TwoStores {
    /// Fills two stores in this folder with articles as they are drawn by their numbers.
    pub fn filled(folder: &Path, shape: Shape, draft: impl Fn(u64) -> Draft) -> anyhow::Result<Self> {
        let district = Slug::parse(DISTRICT).context("a slug")?;
        let stores = Self {
            feeds: [FeedKey::All, FeedKey::District(district.clone())],
            shape,
            set: load::from_folder(&machine::feeds())?,
            runtime: tokio::runtime::Builder::new_multi_thread().build()?,
            paths: ["small.db", "large.db"].map(|name| folder.join(name)),
        };
        for (which, (path, size)) in stores.paths.iter().zip(shape.sizes).enumerate() {
            stores.fill(which, &district, &draft)?;
            println!("{size} articles take {:.1} MB", std::fs::metadata(path)?.len() as f64 / 1e6);
        }
        Ok(stores)
    }

    /// Fills a store, batch by batch at the times that it is told.
    fn fill(&self, which: usize, district: &Slug, draft: impl Fn(u64) -> Draft) -> anyhow::Result<()> {
        let (begun, size) = (Instant::now(), self.shape.sizes[which]);
        let door = Door::new(intake::base(&self.set));
        let store = self.open(which)?;
        let mut waiting = VecDeque::new();
        for first in (0..size).step_by(self.shape.batch as usize) {
            let now = Time(BEGAN).plus(APART * (first / self.shape.batch) as i64);
            let last = size.min(first + self.shape.batch) - 1;
            let submission = |number: u64| {
                let own = if number.is_multiple_of(self.shape.every) { vec![district.clone()] } else { Vec::new() };
                submission(&self.set, &door, &draft(number), now.plus(number as i64 - last as i64), own)
            };
            let command = |number| Ok(Command::put(submission(number)?, PutMode::Import, "bench"));
            let commands = (first..=last).map(command).collect::<anyhow::Result<_>>()?;
            waiting.push_back(store.execute(Batch { commands, ..Batch::default() }, now));
            if waiting.len() > WAITING {
                waiting.pop_front().map(|stored| stored.wait()).transpose()?;
            }
            if first > 0 && first.is_multiple_of(TOLD) {
                eprintln!("filling: {first} of {size} articles, {:.0} s", begun.elapsed().as_secs_f64());
            }
        }
        for stored in waiting {
            stored.wait()?;
        }
        Ok(())
    }

    /// Opens the small store (0) or the large one (1) anew.
    pub fn open(&self, which: usize) -> anyhow::Result<Store> {
        let path = self.paths[which].to_string_lossy();
        Ok(Store::open(&path, &fingerprint(&self.set), Time(BEGAN).plus(-1))?)
    }

    /// Opens the yardstick in one of them.
    pub fn plain(&self, which: usize) -> anyhow::Result<Plain> {
        Plain::open(&self.paths[which])
    }

    /// Builds a document as the server does it, but for compression.
    pub fn build(&self, store: &Store, resource: &Resource) -> anyhow::Result<Built> {
        let started = Instant::now();
        let selected =
            self.wait(site::select(&self.set, store, resource, None, Time(BEGAN)))?.context("no such document")?;
        let select = started.elapsed();
        let entries = match &selected {
            Selected::Feed(document) => document.articles.len() as u64,
            Selected::Archive(page) => page.articles.len() as u64,
            _ => 0,
        };
        let rendered = site::render(&self.set, resource, selected);
        let whole = started.elapsed();
        Ok(Built { select, whole, bytes: std::hint::black_box(rendered.bytes).len(), entries })
    }

    /// The definitions.
    #[allow(dead_code, reason = "not every benchmark that shares this file asks for them")]
    pub fn set(&self) -> &FeedSet {
        &self.set
    }

    /// Waits for the store's answer as the server does it.
    pub fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }

    /// How many rows lie between two neighbours of a feed.
    pub fn step(&self, key: &FeedKey) -> u64 {
        if *key == FeedKey::All { 1 } else { self.shape.every }
    }
}

/// The small store (0) and the large one (1), each first in every other round: what comes first wakes the machine.
#[allow(dead_code, reason = "not every benchmark that shares this file takes turns")]
pub fn turns(round: u64) -> [usize; 2] {
    if round.is_multiple_of(2) { [0, 1] } else { [1, 0] }
}

/// An article as an import hands it to the store, but for its districts.
fn submission(
    set: &FeedSet,
    door: &Door,
    draft: &Draft,
    published: Time,
    districts: Vec<Slug>,
) -> anyhow::Result<Submission> {
    let cleaned = door.clean(draft)?;
    let ruled = set.classifier.classify(&cleaned.content.title, &cleaned.plain).labels;
    let key = Key::derive("bench", &cleaned.own_id);
    Ok(Submission {
        same_as: None,
        guid: None,
        addresses: Vec::new(),
        bytes: 0,
        id: format!("tag:{},{}:a/{key}", set.site.authority, set.site.year),
        hash: key.to_string(),
        key,
        source: "bench".to_owned(),
        own_id: cleaned.own_id,
        published: Published::Given(published),
        updated: None,
        content: cleaned.content,
        own: OwnLabels { districts: Some(districts), topics: None },
        ruled,
    })
}
