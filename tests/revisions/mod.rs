//! Never miss, never resend: random histories of imports, edits, relabellings, backfills and restarts, on a clock that
//! the test moves, held against the rules of [`model`] after every step, and against what readers keep.
//!
//! `PROPTEST_CASES=1000 cargo test revisions` looks further.

mod model;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use http::{Request, StatusCode};
use http_body_util::BodyExt;
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wellhead::article::{Draft, Time};
use wellhead::feed::{FeedKey, FeedSet, load};
use wellhead::ingest::Found;
use wellhead::intake::{self, Counts, Input, Options};
use wellhead::resource::{Format, Resource};
use wellhead::site::Site;
use wellhead::store::Store;
use wellhead::web::route::{self, App};

use model::{Model, Said, labels};

const SITE: &str = "title = '井口日报'\nbase_url = 'https://news.example'\nlanguage = 'zh-CN'\nauthority = 'news.example'\nyear = 2026\ntime_zone = 'Asia/Shanghai'\nauthors = [{ name = '编辑部' }]\n";
const FEEDS: [(&str, &str); 4] = [
    ("districts/daan.toml", "title = '大安区'\n[terms]\n'大安' = 3\n"),
    ("districts/yantan.toml", "title = '沿滩区'\n[terms]\n'沿滩' = 3\n"),
    ("topics/lantern.toml", "title = '彩灯'\n[terms]\n'彩灯' = 3\n"),
    ("topics/salt.toml", "title = '盐'\n[terms]\n'盐' = 3\n"),
];

/// Noon of some day; the articles of a history are published before it, each in a second of its own.
const START: i64 = 1_795_000_000;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// Time passes, in seconds.
    Wait(i64),
    /// This many new articles come in, so many hours old, in this order of age.
    Bring { count: usize, hours: i64, pattern: u8, backfill: bool, newest_first: bool },
    /// Known articles come in again: which ones, and what became of each.
    Again(Vec<(u16, Edit)>),
    /// The server stops and starts, with the same program and definitions.
    Restart,
    /// The server stops, and another program or other definitions start.
    Deploy,
    /// A reader polls: which one, and which feed.
    Poll { reader: usize, feed: usize },
}

#[derive(Clone, Copy, Debug)]
enum Edit {
    /// Nothing.
    Same,
    /// Another title under the same date.
    Silent(u8),
    /// Another title and a later `updated`.
    Significant(u8),
    /// Other labels.
    Relabel(u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        1 => Just(Edit::Same),
        1 => (0u8..4).prop_map(Edit::Silent),
        1 => (0u8..4).prop_map(Edit::Significant),
        2 => prop_oneof![Just(0u8), Just(5), Just(15), 0u8..16].prop_map(Edit::Relabel),
    ]
}

/// Time passes: within a second, or so that the 48 hours of a document begin between two changes.
fn wait() -> impl Strategy<Value = Step> {
    prop_oneof![Just(0), Just(1), 2i64..100, Just(7200), Just(171_000), Just(173_500)].prop_map(Step::Wait)
}

/// How a history begins: with nothing, or with enough articles in all feeds to fill archive pages and documents.
fn beginning() -> impl Strategy<Value = Vec<Step>> {
    let bulk = (100usize..330, any::<bool>()).prop_map(|(count, backfill)| {
        let (hours, pattern, newest_first) = (60, 15, false);
        vec![Step::Bring { count, hours, pattern, backfill, newest_first }, Step::Wait(200_000)]
    });
    prop_oneof![Just(Vec::new()), bulk]
}

fn step() -> impl Strategy<Value = Step> {
    let count = prop_oneof![4 => 1usize..6, 2 => 20usize..70];
    // A few old articles are edited again and again, so that they leave and return, and come back into documents.
    let which = prop_oneof![3 => 0u16..3, 1 => any::<u16>()];
    let hours = prop_oneof![3 => Just(0i64), 1 => 1i64..40, 2 => 60i64..2000];
    prop_oneof![
        3 => wait(),
        4 => (count, hours, 0u8..16, any::<bool>(), any::<bool>()).prop_map(
            |(count, hours, pattern, backfill, newest_first)| Step::Bring { count, hours, pattern, backfill, newest_first }
        ),
        5 => prop::collection::vec((which, edit()), 1..8).prop_map(Step::Again),
        1 => Just(Step::Restart),
        1 => Just(Step::Deploy),
        6 => (0..READERS.len(), 0usize..9).prop_map(|(reader, feed)| Step::Poll { reader, feed }),
    ]
}

/// What a reader keeps and sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeps {
    Etag,
    Date,
    Both,
}

const READERS: [Keeps; 3] = [Keeps::Etag, Keeps::Date, Keeps::Both];

/// One reader's copy of one feed.
#[derive(Clone, Debug, Default)]
struct Copy {
    etag: Option<String>,
    date: Option<String>,
    bytes: Vec<u8>,
}

/// What was seen of a feed at the last look: its revision's number, and its bytes in all formats.
type Seen = (u64, Vec<Vec<u8>>);

/// A newsroom with its server, its model and its readers.
struct World {
    folder: TempDir,
    runtime: Runtime,
    clock: Arc<AtomicI64>,
    app: Option<App>,
    fingerprint: u32,
    model: Model,
    said: Vec<Said>,
    keys: Vec<FeedKey>,
    ids: HashMap<String, String>,
    seen: BTreeMap<FeedKey, Seen>,
    copies: HashMap<(usize, usize), Copy>,
}

fn definitions() -> FeedSet {
    load::from_texts("feeds", std::iter::once(("site.toml", SITE)).chain(FEEDS)).expect("sound definitions")
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            folder: tempfile::tempdir().expect("a folder"),
            runtime: tokio::runtime::Builder::new_current_thread().build().expect("a runtime"),
            clock: Arc::new(AtomicI64::new(START)),
            app: None,
            fingerprint: 0,
            model: Model::default(),
            said: Vec::new(),
            keys: definitions().keys(),
            ids: HashMap::new(),
            seen: BTreeMap::new(),
            copies: HashMap::new(),
        };
        world.model.set_fingerprint(world.now());
        world.start();
        world
    }

    fn now(&self) -> Time {
        Time(self.clock.load(Ordering::SeqCst))
    }

    fn app(&self) -> &App {
        self.app.as_ref().expect("the server runs")
    }

    /// Starts the server as `serve` does.
    fn start(&mut self) {
        self.app = None;
        let path = self.folder.path().join("store.db");
        let fingerprint = self.fingerprint.to_string();
        let store = Store::open(&path.to_string_lossy(), &fingerprint, self.now()).expect("a store");
        store.set_fingerprint(&fingerprint, self.now()).wait().expect("a fingerprint");
        let site = self.runtime.block_on(Site::open(definitions(), store, 64 << 20)).expect("a site");
        let clock = Arc::clone(&self.clock);
        self.app = Some(App { site, clock: Box::new(move || Time(clock.load(Ordering::SeqCst))) });
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Wait(seconds) => drop(self.clock.fetch_add(*seconds, Ordering::SeqCst)),
            Step::Bring { count, hours, pattern, backfill, newest_first } => {
                let mut new: Vec<Said> = (0..*count).map(|n| self.invent(n as i64, *hours, *pattern)).collect();
                if *newest_first {
                    new.reverse();
                }
                self.said.extend(new.clone());
                self.import(&new, *backfill);
            }
            Step::Again(edits) => self.again(edits),
            Step::Restart => self.start(),
            Step::Deploy => {
                self.fingerprint += 1;
                self.model.set_fingerprint(self.now());
                self.start();
            }
            Step::Poll { reader, feed } => self.poll(*reader, *feed % self.keys.len()),
        }
    }

    /// A new article. Its second is its own: the number of articles so far makes it so.
    fn invent(&self, nth: i64, hours: i64, pattern: u8) -> Said {
        let number = self.said.len() as i64 + nth;
        let published = Time(START - 100_000 - hours * 3600 * 7 + number);
        let title = format!("第{number}篇");
        let used: HashSet<Time> = self.said.iter().map(|said| said.published).collect();
        let published = (0..).map(|back| published.plus(-back * 100_000)).find(|at| !used.contains(at));
        let published = published.expect("some second is free");
        Said { own_id: number.to_string(), title, published, updated: None, labels: labels(pattern) }
    }

    fn again(&mut self, edits: &[(u16, Edit)]) {
        let mut chosen = BTreeMap::new();
        for (which, edit) in edits.iter().filter(|_| !self.said.is_empty()) {
            chosen.insert(usize::from(*which) % self.said.len(), *edit);
        }
        for (index, edit) in &chosen {
            let said = &mut self.said[*index];
            match edit {
                Edit::Same => {}
                Edit::Silent(word) => said.title = format!("第{}篇，改{word}", said.own_id),
                Edit::Significant(word) => {
                    said.title = format!("第{}篇，新{word}", said.own_id);
                    said.updated = Some(said.updated.unwrap_or(said.published).plus(1));
                }
                Edit::Relabel(pattern) => said.labels = labels(*pattern),
            }
        }
        let again: Vec<Said> = chosen.keys().map(|index| self.said[*index].clone()).collect();
        self.import(&again, false);
    }

    fn import(&mut self, said: &[Said], backfill: bool) {
        let found: Vec<Found> = said.iter().map(|said| Found { line: 1, draft: draft(said), assumed: None }).collect();
        let open = move || Ok(Box::new(found.clone().into_iter().map(Ok)) as wellhead::ingest::Drafts);
        let input = Input { path: PathBuf::from("history"), open: Box::new(open) };
        let options = Options { source: "local".to_owned(), published: None, backfill };
        let now = self.now();
        let site = &self.app().site;
        let counts = intake::import(site.set(), site.store(), &[input], &options, &|| now, &mut |event| {
            assert!(!matches!(event, intake::Event::Left(_)), "{event:?}");
        });
        let Counts { new, edited, unchanged, left } = counts.expect("an import");
        assert_eq!((new + edited + unchanged, left), (said.len() as u64, 0));
        self.model.import(said, backfill, now);
        self.runtime.block_on(self.app().site.refresh()).expect("a refresh");
    }

    /// One poll: a 304 only if the reader's copy is the current document, byte for byte.
    fn poll(&mut self, reader: usize, feed: usize) {
        let resource = Resource::Feed(self.keys[feed].clone(), Format::ALL[reader % 3]);
        let mut copy = self.copies.remove(&(reader, feed)).unwrap_or_default();
        let keeps = READERS[reader];
        let mut request = Request::get(resource.path()).header("host", "news.example");
        if let Some(etag) = copy.etag.as_ref().filter(|_| keeps != Keeps::Date) {
            request = request.header("if-none-match", etag);
        }
        if let Some(date) = copy.date.as_ref().filter(|_| keeps != Keeps::Etag) {
            request = request.header("if-modified-since", date);
        }
        let request = request.body(()).expect("a request");
        let answer = self.runtime.block_on(route::answer(self.app(), &request));
        let field = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (etag, date, at) = (field("etag"), field("last-modified"), field("date"));
        if let Some(date) = &date {
            let (date, at) = (httpdate::parse_http_date(date), httpdate::parse_http_date(&at.expect("a date")));
            assert!(date.expect("a date") < at.expect("a date"), "Last-Modified must be past");
        }
        let (status, body) = (answer.status(), answer.into_body());
        let body = self.runtime.block_on(body.collect()).expect("a body").to_bytes();
        let current = &self.seen[&self.keys[feed]].1[reader % 3];
        match status {
            StatusCode::OK => copy.bytes = body.to_vec(),
            StatusCode::NOT_MODIFIED => assert!(body.is_empty() && !copy.bytes.is_empty()),
            other => panic!("{other}"),
        }
        assert!(copy.bytes == *current, "{keeps:?} of {} was told nothing of a change", resource.path());
        copy = Copy { etag, date, ..copy };
        self.copies.insert((reader, feed), copy);
    }

    /// Holds the store against the model, and every feed against what was seen of it before.
    fn check(&mut self, deployed: bool) {
        let keys = self.keys.clone();
        for key in &keys {
            let seen = self.look(key);
            if let Some((number, bytes)) = self.seen.get(key) {
                let (moved, changed) = (*number != seen.0, *bytes != seen.1);
                assert!(seen.0 >= *number, "{key}: revisions only grow");
                assert!(!changed || moved, "{key}: other bytes under the same validators");
                assert!(!moved || changed || deployed, "{key}: other validators for the same bytes");
            }
            self.seen.insert(key.clone(), seen);
        }
    }

    /// A feed as the server has it, after comparing it with the model.
    fn look(&mut self, key: &FeedKey) -> Seen {
        let site = &self.app.as_ref().expect("the server runs").site;
        let document = self.runtime.block_on(site.store().document(key)).expect("a document");
        let expected = self.model.document(key);
        let titles: Vec<&str> = document.articles.iter().map(|article| article.content.title.as_str()).collect();
        let wanted: Vec<&str> = expected.iter().map(|own| self.model.articles[own].title.as_str()).collect();
        assert_eq!(titles, wanted, "the document of {key}");
        assert_eq!(document.revision.number, self.model.feed_revision(key), "the revision of {key}");
        let time = self.model.times[document.revision.number as usize - 1];
        assert_eq!(document.revision.time, time, "the time of {key}'s revision");
        assert_eq!(site.read(|ledger| ledger.feed(key)), document.revision.number, "the ledger's revision of {key}");
        assert_eq!(site.read(|ledger| ledger.entries(key)), self.model.entries(key), "how many {key} holds");
        for (own_id, article) in expected.iter().zip(&document.articles) {
            let id = self.ids.entry(own_id.clone()).or_insert_with(|| article.id.clone());
            assert_eq!(*id, article.id, "an id never changes");
            let told = &self.model.articles[own_id];
            assert_eq!((article.published, article.updated), (told.published, told.updated), "dates of {own_id}");
        }
        let bytes = Format::ALL.map(|format| {
            let resource = Resource::Feed(key.clone(), format);
            let representation = self.runtime.block_on(site.representation(&resource)).expect("a representation");
            representation.expect("a defined feed").identity.to_vec()
        });
        (document.revision.number, bytes.to_vec())
    }
}

fn draft(said: &Said) -> Draft {
    let slugs = |slugs: &[wellhead::article::Slug]| Some(slugs.iter().map(ToString::to_string).collect());
    Draft {
        id: said.own_id.clone(),
        title: said.title.clone(),
        published: Some(said.published.to_string()),
        updated: said.updated.map(|updated| updated.to_string()),
        districts: slugs(&said.labels.districts),
        topics: slugs(&said.labels.topics),
        ..Draft::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::with_cases(
        std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(20)
    ) })]

    #[test]
    fn any_history_is_published_by_the_rules(
        beginning in beginning(),
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let mut world = World::new();
        world.check(false);
        for step in beginning.iter().chain(&steps) {
            world.take(step);
            if !matches!(step, Step::Wait(_) | Step::Poll { .. }) {
                world.check(matches!(step, Step::Deploy));
            }
        }
        // Whatever has been polled once is polled again at the end: nobody was left behind.
        let readers: Vec<(usize, usize)> = world.copies.keys().copied().collect();
        for (reader, feed) in readers {
            world.poll(reader, feed);
            world.poll(reader, feed);
        }
    }
}

#[test]
fn a_new_store_is_born_with_a_revision_and_only_another_fingerprint_makes_a_second() {
    let mut world = World::new();
    world.start();
    assert_eq!(world.app().site.read(wellhead::ledger::Ledger::last), 1);
    world.take(&Step::Deploy);
    assert_eq!(world.app().site.read(wellhead::ledger::Ledger::last), 2);
}

#[test]
fn importing_the_same_again_makes_no_revision() {
    let mut world = World::new();
    world.take(&Step::Bring { count: 250, hours: 0, pattern: 15, backfill: false, newest_first: false });
    let last = world.app().site.read(wellhead::ledger::Ledger::last);
    assert_eq!(last, 3, "250 articles are two revisions");
    let all = world.said.clone();
    world.import(&all, false);
    assert_eq!(world.app().site.read(wellhead::ledger::Ledger::last), last);
}

#[test]
fn an_article_that_leaves_and_returns_has_its_old_number() {
    let mut world = World::new();
    world.take(&Step::Bring { count: 3, hours: 0, pattern: 5, backfill: false, newest_first: false });
    world.take(&Step::Again(vec![(0, Edit::Relabel(0))]));
    world.take(&Step::Again(vec![(0, Edit::Relabel(5))]));
    let key = FeedKey::parse("districts/daan").expect("a key");
    assert_eq!(world.model.feeds[&key].entries["0"].position, 1);
    assert_eq!(world.model.feeds[&key].head, 3);
    world.check(false);
}

/// So many articles in all feeds at once, all of one hour.
fn bulk(count: usize) -> Step {
    Step::Bring { count, hours: 60, pattern: 15, backfill: false, newest_first: false }
}

#[test]
fn what_changed_within_48_hours_before_the_newest_change_is_shown() {
    for (seconds, shown) in [(171_000, 160), (173_500, 60)] {
        let mut world = World::new();
        for step in [bulk(100), Step::Wait(seconds), bulk(60)] {
            world.take(&step);
        }
        world.check(false);
        let key = FeedKey::parse("topics/salt").expect("a key");
        assert_eq!(world.model.document(&key).len(), shown, "{seconds} s later");
    }
}

#[test]
fn an_old_article_is_shown_again_when_it_returns_or_is_edited_significantly_but_not_for_a_silent_fix() {
    let key = FeedKey::parse("topics/salt").expect("a key");
    let cases = [
        (vec![Edit::Relabel(0), Edit::Relabel(15)], true),
        (vec![Edit::Significant(1)], true),
        (vec![Edit::Silent(1)], false),
    ];
    for (edits, shown) in cases {
        let mut world = World::new();
        for step in [bulk(120), Step::Wait(200_000), bulk(5)] {
            world.take(&step);
        }
        for edit in &edits {
            world.take(&Step::Again(vec![(0, *edit)]));
            world.check(false);
        }
        assert_eq!(world.model.document(&key).contains(&"0".to_owned()), shown, "{edits:?}");
    }
}

#[test]
fn backfill_joins_at_the_tail_and_moves_no_document_that_is_full() {
    let mut world = World::new();
    for step in [bulk(120), Step::Wait(200_000), bulk(5)] {
        world.take(&step);
    }
    world.check(false);
    let key = FeedKey::parse("topics/salt").expect("a key");
    let revision = world.model.feed_revision(&key);
    world.take(&Step::Bring { count: 70, hours: 900, pattern: 15, backfill: true, newest_first: false });
    world.check(false);
    assert_eq!((world.model.feeds[&key].tail, world.model.feed_revision(&key)), (-69, revision));
}

#[test]
fn the_open_page_is_shown_however_many_older_articles_change() {
    let mut world = World::new();
    for step in [bulk(120), Step::Wait(200_000)] {
        world.take(&step);
    }
    world.take(&Step::Again((0..60).map(|which| (which, Edit::Significant(1))).collect()));
    world.check(false);
    let key = FeedKey::parse("topics/salt").expect("a key");
    let document = world.model.document(&key);
    assert_eq!(document.len(), 80);
    assert!(document.contains(&"100".to_owned()), "the first of the open page");
}

#[test]
fn a_backfill_fills_a_short_document_with_its_newest() {
    let mut world = World::new();
    world.take(&bulk(10));
    world.take(&Step::Bring { count: 150, hours: 900, pattern: 15, backfill: true, newest_first: false });
    world.check(false);
    let key = FeedKey::parse("topics/salt").expect("a key");
    let document = world.model.document(&key);
    assert_eq!(document.len(), 50);
    assert!(document.contains(&"159".to_owned()) && !document.contains(&"10".to_owned()));
}
