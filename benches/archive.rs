//! Measures what an archive page costs in a store of 1,000 articles and in one of 1,000,000: it should be the same.
//!
//! Articles of 600 bytes are put into both as an import does it, a thousand a batch, one in ten of them in the measured
//! district: of 1,000 articles these fill two pages, and with fewer there are no archives. Round by round, small and
//! large store in turn so that the machine's moods fall on both alike, a page of the feed of everything ("all", 50
//! neighbouring rows) and of the district (50 rows ten apart) is built in each format: read from the store, through its
//! reader threads as the server does it, and written out, before compression. "Revision" asks for a page's revision
//! alone, which is what a 304 costs for a page that is not in memory. Each build, and each reading of a revision, is of
//! a page of its own, drawn from all that there are. In the same round runs the yardstick: plain reads of 50 articles'
//! texts by their row numbers, those of a page drawn likewise, through a connection of its own.
//!
//! What is warm: both files lie in the system's memory, since they have just been written; no disk is ever waited for.
//! A reader itself remembers 1 MB, which is most of the small store and next to nothing of the large one: the small one
//! is read partly from there, the large one from the system. The ratio holds this difference and that of a deeper tree;
//! the yardstick's ratio tells what these do to reads alone. "First" measures the same in stores, and by a yardstick,
//! that were opened a moment before and remember nothing, however many articles there are.
//!
//! `cargo bench --bench archive` takes about a minute, most of which goes into the large store, and 1.5 GB below
//! target/ meanwhile; WELLHEAD_BENCH_SCALE=10 divides the large store and the rounds by ten, `--test` does a tiny run.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/machine.rs"]
mod machine;
#[path = "support/plain.rs"]
mod plain;
#[path = "support/prose.rs"]
mod prose;
#[path = "support/times.rs"]
mod times;
#[path = "support/two_stores.rs"]
mod two_stores;

use std::time::Instant;

use anyhow::ensure;

use chance::Chance;
use plain::Plain;
use prose::Prose;
use times::{OfFeed, Times};
use two_stores::{ENTRIES, Shape, TwoStores, turns};
use wellhead::article::Draft;
use wellhead::resource::{Format, Resource};
use wellhead::store::Store;

/// Articles of the small store and of the large one.
const SIZES: [u64; 2] = [1_000, 1_000_000];
/// Articles of a batch: as many as an import puts into a transaction.
const BATCH: u64 = 1_000;
/// Bytes of an article's text: short, so that a million of them are soon written.
const BODY: usize = 600;
/// One article in so many is in the measured district.
const EVERY: u64 = 10;
const ROUNDS: u64 = 1_000;
/// Rounds of first builds, for each of which both stores are opened anew.
const FIRSTS: u64 = 50;
/// Where the drawing of pages begins.
const SEED: u64 = 5005;

/// What is asked of a page: all of it in a format, or its revision alone.
const ASKED: [Option<Format>; 4] = [Some(Format::Atom), Some(Format::Rss), Some(Format::Json), None];

fn main() -> anyhow::Result<()> {
    let divisor = machine::divisor(500)?;
    let folder = machine::scratch()?;
    println!("archive: {}", machine::describe(folder.path()));
    let sizes = [SIZES[0], (SIZES[1] / divisor).max(SIZES[0])];
    let prose = Prose::learned();
    let stores = TwoStores::filled(folder.path(), Shape { sizes, batch: BATCH, every: EVERY }, |number| {
        let (title, html) = prose.article(number, BODY);
        Draft { id: format!("bench-{number}"), title, html: Some(html), ..Draft::default() }
    })?;
    let mut bench = Bench { pages: pages(&stores)?, stores, chance: Chance(SEED) };
    bench.steady((ROUNDS / divisor).max(3))?;
    bench.first((FIRSTS / divisor).max(2))?;
    println!("load at the end: {}", machine::describe(folder.path()));
    Ok(())
}

/// How many archive pages there are: of each feed, in each store.
fn pages(stores: &TwoStores) -> anyhow::Result<[[u64; 2]; 2]> {
    let mut pages = [[0; 2]; 2];
    for (key, pages) in stores.feeds.iter().zip(&mut pages) {
        for (which, pages) in pages.iter_mut().enumerate() {
            let there = stores.open(which)?.archive_pages(key).wait()?;
            *pages = stores.shape.sizes[which].div_ceil(stores.step(key)) / ENTRIES;
            ensure!(there == (1..=*pages as i64), "{key} has the pages {there:?}");
        }
    }
    Ok(pages)
}

/// What is measured: two feeds in two stores.
struct Bench {
    stores: TwoStores,
    /// How many archive pages there are: of each feed, in each store.
    pages: [[u64; 2]; 2],
    chance: Chance,
}

impl Bench {
    /// Pages of stores that have been open for a while, beside the yardstick.
    fn steady(&mut self, rounds: u64) -> anyhow::Result<()> {
        let opened = [self.stores.open(0)?, self.stores.open(1)?];
        let plain = [self.stores.plain(0)?, self.stores.plain(1)?];
        let mut measured = unmeasured();
        for round in 0..rounds {
            for (feed, of_feed) in measured.iter_mut().enumerate() {
                for (asked, row) in ASKED.into_iter().zip(&mut of_feed.rows) {
                    for which in turns(round) {
                        self.ask(&opened[which], feed, which, asked, &mut row.times[which])?;
                    }
                }
                for which in turns(round) {
                    self.yardstick(&plain[which], feed, which, &mut of_feed.yardstick.times[which])?;
                }
            }
        }
        let what = format!("{ENTRIES} entries, {rounds} rounds; microseconds");
        times::report(&what, self.stores.shape.sizes, &measured);
        Ok(())
    }

    /// The same, each the first after opening: the statements are not prepared yet, and none of the file's pages is in
    /// the connection's cache.
    fn first(&mut self, rounds: u64) -> anyhow::Result<()> {
        let mut measured = unmeasured();
        for round in 0..rounds {
            for (feed, of_feed) in measured.iter_mut().enumerate() {
                for (asked, row) in ASKED.into_iter().zip(&mut of_feed.rows) {
                    for which in turns(round) {
                        self.ask(&self.stores.open(which)?, feed, which, asked, &mut row.times[which])?;
                    }
                }
                for which in turns(round) {
                    // Held open beside it, so that the yardstick need not set up the log any more than a reader need.
                    let _open = self.stores.open(which)?;
                    self.yardstick(&self.stores.plain(which)?, feed, which, &mut of_feed.yardstick.times[which])?;
                }
            }
        }
        let what = format!("the first after opening the store, {rounds} rounds; microseconds");
        times::report(&what, self.stores.shape.sizes, &measured);
        Ok(())
    }

    /// Asks a store for a page, or for its revision.
    fn ask(
        &mut self,
        store: &Store,
        feed: usize,
        which: usize,
        asked: Option<Format>,
        times: &mut Times,
    ) -> anyhow::Result<()> {
        let key = &self.stores.feeds[feed];
        let page = 1 + self.chance.below(self.pages[feed][which]) as i64;
        if let Some(format) = asked {
            let built = self.stores.build(store, &Resource::Archive(key.clone(), page, format))?;
            ensure!(built.entries == ENTRIES, "page {page} of {key} holds {} entries", built.entries);
            times.add_build(built.select, built.whole, built.bytes);
        } else {
            let started = Instant::now();
            let revision = self.stores.wait(store.archive_revision(key, page))?;
            times.add(started.elapsed());
            ensure!(revision.is_some(), "{key} has no page {page}");
        }
        Ok(())
    }

    /// Reads the articles of a page, which are known to be in these rows.
    fn yardstick(&mut self, plain: &Plain, feed: usize, which: usize, times: &mut Times) -> anyhow::Result<()> {
        let step = self.stores.step(&self.stores.feeds[feed]);
        let before = self.chance.below(self.pages[feed][which]) * ENTRIES;
        times.add(plain.read((before..before + ENTRIES).map(|nth| 1 + nth * step))?);
        Ok(())
    }
}

/// No times yet: a row for each thing asked of each feed.
fn unmeasured() -> [OfFeed; 2] {
    ["all", "district"].map(|feed| {
        let names = ASKED.map(|asked| format!("{feed} {}", asked.map_or("revision", Format::extension)));
        OfFeed::new(names.into_iter())
    })
}
