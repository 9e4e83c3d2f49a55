//! Measures what pages for people cost in a store of 1,000 articles and in one of 1,000,000: it should be the same, and
//! each kind should be made in less than 5 ms.
//!
//! Articles of 600 bytes are put into both as an import does it, a thousand a batch, three days apart, one in ten of them
//! in the measured district; topics are those that the rules find. Round by round, small and large store in turn, each kind
//! of page is read from the store, through its reader threads as the server does it, and written out, before compression:
//! the index, a district, its pair with the topic that has most, a combination of three districts and three topics, an archive
//! page and an article, the last two drawn anew each time. In the same round runs the yardstick: plain reads of 50
//! articles' texts by their row numbers, through a connection of its own. "missing" is the page of an address at which
//! there is nothing, for which no store is asked; "sitemap" is a part of 10,000 articles, for comparison: it is no page.
//!
//! `cargo bench --bench pages` takes about a minute and a half, most of which goes into the large store, and 1.5 GB below
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
#[allow(dead_code, reason = "how many entries a document holds is asked by others")]
mod two_stores;

use std::time::Instant;

use anyhow::Context;

use chance::Chance;
use plain::Plain;
use prose::Prose;
use times::{OfFeed, Times};
use two_stores::{ENTRIES, Shape, TwoStores, turns};
use wellhead::article::{Draft, Key};
use wellhead::feed::FeedKey;
use wellhead::render::html;
use wellhead::resource::{Edition, Resource, Sitemap, Subject};
use wellhead::store::Store;

const SIZES: [u64; 2] = [1_000, 1_000_000];
const BATCH: u64 = 1_000;
const BODY: usize = 600;
const EVERY: u64 = 10;
const ROUNDS: u64 = 500;
/// Rounds in which a part of the sitemap is made, too.
const SITEMAPS: u64 = 20;
const SEED: u64 = 707;

const KINDS: [&str; 8] = ["index", "district", "pair", "combination", "archive", "article", "missing", "sitemap"];

fn main() -> anyhow::Result<()> {
    let divisor = machine::divisor(500)?;
    let folder = machine::scratch()?;
    println!("pages: {}", machine::describe(folder.path()));
    let sizes = [SIZES[0], (SIZES[1] / divisor).max(SIZES[0])];
    let prose = Prose::learned();
    let stores = TwoStores::filled(folder.path(), Shape { sizes, batch: BATCH, every: EVERY }, |number| {
        let (title, html) = prose.article(number, BODY);
        Draft { id: format!("bench-{number}"), title, html: Some(html), ..Draft::default() }
    })?;
    let pair = busiest_pair(&stores)?;
    let mut bench = Bench { stores, pair, chance: Chance(SEED) };
    let rounds = (ROUNDS / divisor).max(3);
    let opened = [bench.stores.open(0)?, bench.stores.open(1)?];
    let plain = [bench.stores.plain(0)?, bench.stores.plain(1)?];
    let mut measured = [OfFeed::new(KINDS.into_iter().map(str::to_owned))];
    for round in 0..rounds {
        for (kind, row) in KINDS.into_iter().zip(&mut measured[0].rows) {
            for which in turns(round) {
                if kind != "sitemap" || round < SITEMAPS {
                    bench.make(&opened[which], which, kind, &mut row.times[which])?;
                }
            }
        }
        for which in turns(round) {
            bench.yardstick(&plain[which], which, &mut measured[0].yardstick.times[which])?;
        }
    }
    times::report(&format!("pages, {rounds} rounds; microseconds"), bench.stores.shape.sizes, &measured);
    println!("load at the end: {}", machine::describe(folder.path()));
    Ok(())
}

/// The pair of the measured district that holds most.
fn busiest_pair(stores: &TwoStores) -> anyhow::Result<FeedKey> {
    let store = stores.open(1)?;
    let lately = stores.wait(store.overview(&FeedKey::All))?.lately;
    let of_district = lately.into_iter().filter(
        |(key, _)| matches!((key, &stores.feeds[1]), (FeedKey::Pair(one, _), FeedKey::District(other)) if one == other),
    );
    Ok(of_district.max_by_key(|(_, count)| *count).context("a pair")?.0)
}

/// What is measured.
struct Bench {
    stores: TwoStores,
    pair: FeedKey,
    chance: Chance,
}

impl Bench {
    /// Makes a page of a kind.
    fn make(&mut self, store: &Store, which: usize, kind: &str, times: &mut Times) -> anyhow::Result<()> {
        let size = self.stores.shape.sizes[which];
        let page = |subject| Resource::Page(subject, Edition::Own);
        let resource = match kind {
            "index" => page(Subject::Feed(FeedKey::All)),
            "district" => page(Subject::Feed(self.stores.feeds[1].clone())),
            "pair" => page(Subject::Feed(self.pair.clone())),
            "combination" => {
                let key = FeedKey::parse("districts/daan+gongjing+ziliujing/topics/heritage+industry+salt")
                    .context("a combination")?;
                page(Subject::Feed(key))
            }
            "archive" => page(Subject::Archive(FeedKey::All, 1 + self.chance.below(size / ENTRIES) as i64)),
            "article" => {
                let number = self.chance.below(size);
                page(Subject::Article(Key::derive("bench", &format!("bench-{number}"))))
            }
            "missing" => {
                let started = Instant::now();
                std::hint::black_box(html::missing(self.stores.set(), "/district/da-an/slat.rss"));
                times.add(started.elapsed());
                return Ok(());
            }
            _ => Resource::Sitemap(Sitemap::Articles(1)),
        };
        let built = self.stores.build(store, &resource)?;
        times.add_build(built.select, built.whole, built.bytes);
        Ok(())
    }

    /// Reads the articles of as many neighbouring rows as a page names.
    fn yardstick(&mut self, plain: &Plain, which: usize, times: &mut Times) -> anyhow::Result<()> {
        let first = 1 + self.chance.below(self.stores.shape.sizes[which] - ENTRIES);
        times.add(plain.read(first..first + ENTRIES)?);
        Ok(())
    }
}
