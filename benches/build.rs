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
#[path = "support/plain.rs"]
mod plain;
#[path = "support/times.rs"]
mod times;
#[path = "support/two_stores.rs"]
mod two_stores;

use anyhow::ensure;

use times::{OfFeed, Times};
use two_stores::{ENTRIES, Shape, TwoStores};
use wellhead::article::Draft;
use wellhead::feed::FeedKey;
use wellhead::resource::{Format, Resource};
use wellhead::store::Store;

/// Articles of the small store and of the large one.
const SIZES: [u64; 2] = [1_000, 100_000];
const ROUNDS: u64 = 400;
/// Rounds of first builds, each of which opens both stores anew.
const FIRSTS: u64 = 20;
/// One article in so many is in the measured district.
const EVERY: u64 = 20;

fn main() -> anyhow::Result<()> {
    let divisor = machine::divisor(50)?;
    let folder = machine::scratch()?;
    println!("build: {}", machine::describe(folder.path()));
    let sizes = [SIZES[0], (SIZES[1] / divisor).max(SIZES[0])];
    let shape = Shape { sizes, batch: ENTRIES, every: EVERY };
    let stores = TwoStores::filled(folder.path(), shape, |number| {
        let corpus::Article { id, title, html } = corpus::article(number);
        Draft { id, title, html: Some(html), ..Draft::default() }
    })?;
    steady(&stores, (ROUNDS / divisor).max(3))?;
    first(&stores, (FIRSTS / divisor).max(2))?;
    println!("load at the end: {}", machine::describe(folder.path()));
    Ok(())
}

/// One build.
fn build(stores: &TwoStores, store: &Store, key: &FeedKey, format: Format, times: &mut Times) -> anyhow::Result<()> {
    let built = stores.build(store, &Resource::Feed(key.clone(), format))?;
    ensure!(built.entries == ENTRIES, "{key} holds {} entries", built.entries);
    times.add_build(built.select, built.whole, built.bytes);
    Ok(())
}

/// No times yet: a row for each format of each feed.
fn unmeasured() -> [OfFeed; 2] {
    ["all", "district"].map(|name| OfFeed::new(Format::ALL.map(|f| format!("{name} {}", f.extension())).into_iter()))
}

/// Builds from stores that have been open for a while, beside the yardstick.
fn steady(stores: &TwoStores, rounds: u64) -> anyhow::Result<()> {
    let opened = [stores.open(0)?, stores.open(1)?];
    let plain = [stores.plain(0)?, stores.plain(1)?];
    let sizes = stores.shape.sizes;
    let mut measured = unmeasured();
    for _ in 0..rounds {
        for (key, of_feed) in stores.feeds.iter().zip(&mut measured) {
            for (format, row) in Format::ALL.into_iter().zip(&mut of_feed.rows) {
                for (store, times) in opened.iter().zip(&mut row.times) {
                    build(stores, store, key, format, times)?;
                }
            }
            let step = stores.step(key);
            for ((plain, size), times) in plain.iter().zip(sizes).zip(&mut of_feed.yardstick.times) {
                // The first of each `step` rows is one of the feed's.
                times.add(plain.read((0..ENTRIES).map(|nth| size + 1 - (nth + 1) * step))?);
            }
        }
    }
    times::report(&format!("{ENTRIES} entries, {rounds} rounds; microseconds"), sizes, &measured);
    Ok(())
}

/// First builds: the statements are not prepared yet, and none of the file's pages is in the connection's cache.
fn first(stores: &TwoStores, rounds: u64) -> anyhow::Result<()> {
    let mut measured = unmeasured();
    for _ in 0..rounds {
        for (key, of_feed) in stores.feeds.iter().zip(&mut measured) {
            for (format, row) in Format::ALL.into_iter().zip(&mut of_feed.rows) {
                for (which, times) in row.times.iter_mut().enumerate() {
                    build(stores, &stores.open(which)?, key, format, times)?;
                }
            }
        }
    }
    let what = format!("the first build after opening the store, {rounds} rounds; microseconds");
    times::report(&what, stores.shape.sizes, &measured);
    Ok(())
}
