//! Stores of invented articles, as years of publishing leave them: fifty a revision, revisions three days apart.
//!
//! So far apart a document is its feed's last fifty entries, since the 48 hours within which it shows every change hold
//! one revision only. Articles take the pairs of a district and a topic in turn, so that no feed stays empty. Knows
//! nothing of servers or of what is measured.

use std::path::Path;

use anyhow::ensure;

use wellhead::article::{Draft, Time};
use wellhead::feed::{Axis, FeedSet, load};
use wellhead::fingerprint::fingerprint;
use wellhead::ingest::Found;
use wellhead::intake::{self, Input, Options};
use wellhead::store::Store;

use crate::machine;
use crate::prose::Prose;

/// Entries of every document: of those are a page's.
pub const ENTRIES: u64 = 50;
/// The bytes of an article's text where nothing else is asked for.
pub const BODY: usize = 3000;
/// Seconds between two revisions.
const APART: i64 = 3 * 24 * 60 * 60;
/// The time of the first revision: so long ago that thousands of them still lie in the past.
const BEGAN: i64 = 900_000_000;

/// A store that grows.
pub struct Stock {
    /// The repository's own definitions.
    pub set: FeedSet,
    /// The store, open in this process.
    pub store: Store,
    /// How many articles it holds.
    pub articles: u64,
    prose: Prose,
    length: usize,
    now: Time,
}

impl Stock {
    /// A store at this path with so many articles, whose bodies have so many bytes.
    pub fn new(path: &Path, articles: u64, length: usize) -> anyhow::Result<Self> {
        let set = load::from_folder(&machine::feeds())?;
        let store = Store::open(&path.to_string_lossy(), &fingerprint(&set), Time(BEGAN).plus(-1))?;
        let mut stock = Self { set, store, articles: 0, prose: Prose::learned(), length, now: Time(BEGAN) };
        for _ in 0..articles / ENTRIES {
            stock.publish(ENTRIES)?;
        }
        Ok(stock)
    }

    /// Publishes so many further articles in one revision. They are on disk when this returns.
    pub fn publish(&mut self, articles: u64) -> anyhow::Result<()> {
        let numbers = self.articles..self.articles + articles;
        let drafts: Vec<Draft> = numbers.map(|number| self.draft(number)).collect();
        let found = move || drafts.clone().into_iter().map(|draft| Ok(Found { line: 1, draft, ..Found::default() }));
        let input = Input { path: "invented".into(), open: Box::new(move |_| Ok(Box::new(found()))) };
        let options = Options { by: "import", source: "bench".to_owned(), ..Options::default() };
        let now = self.now;
        let counts = intake::import(&self.set, &self.store, &[input], &options, &move || now, &mut |_| {})?;
        ensure!(counts.new == articles, "{counts:?}");
        self.articles += articles;
        self.now = now.plus(APART);
        Ok(())
    }

    fn draft(&self, number: u64) -> Draft {
        let (title, html) = self.prose.article(number, self.length);
        let (districts, topics) = (self.set.axis(Axis::District), self.set.axis(Axis::Topic));
        let district = &districts[number as usize % districts.len()];
        let topic = &topics[number as usize / districts.len() % topics.len()];
        Draft {
            id: format!("bench-{number}"),
            title,
            html: Some(html),
            published: Some(self.now.plus((number % ENTRIES) as i64 - ENTRIES as i64).to_string()),
            districts: Some(vec![district.slug.to_string()]),
            topics: Some(vec![topic.slug.to_string()]),
            ..Draft::default()
        }
    }
}
