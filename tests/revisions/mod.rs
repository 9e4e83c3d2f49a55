//! Never miss, never resend: random histories of imports, edits, relabellings, withdrawals, backfills and restarts, on a
//! clock that the test moves, held against the rules of [`model`] after every step.
//!
//! Two servers stand on one store; the second may lag, and either may lose the store for a poll. The readers of
//! [`reader`] poll at any moment, at either. In the end each has every article that was in its first document or joined
//! at the head since and is still in the feed, as it stands since its last significant change; and if nothing new comes,
//! it is told nothing.
//!
//! `PROPTEST_CASES=1000 cargo test revisions` looks further.

mod model;
mod reader;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use http::{Request, StatusCode};
use http_body_util::BodyExt;
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wellhead::article::{Draft, Key, Time};
use wellhead::feed::{FeedKey, FeedSet, load};
use wellhead::ingest::Found;
use wellhead::intake::{self, Counts, Input, Options};
use wellhead::resource::{Format, Resource};
use wellhead::site::{self, Site};
use wellhead::store::Store;
use wellhead::store::batch::Turn;
use wellhead::web::Limits;
use wellhead::web::limiter::{Limiter, Mode};
use wellhead::web::route::{self, App};

use model::{Model, Said, labels};
use reader::{Answer, READERS, Reader};

const SITE: &str = "title = '井口日报'\nbase_url = 'https://news.example'\nlanguage = 'zh-CN'\nauthority = 'news.example'\nyear = 2026\ntime_zone = 'Asia/Shanghai'\nauthors = [{ name = '编辑部' }]\n";
const FEEDS: [(&str, &str); 4] = [
    ("districts/daan.toml", "title = '大安区'\n[terms]\n'大安' = 3\n"),
    ("districts/yantan.toml", "title = '沿滩区'\n[terms]\n'沿滩' = 3\n"),
    ("topics/lantern.toml", "title = '彩灯'\n[terms]\n'彩灯' = 3\n"),
    ("topics/salt.toml", "title = '盐'\n[terms]\n'盐' = 3\n"),
];

/// What stands in the place of a withdrawn article.
const NOTICE: &str = "此文已撤回";

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
    /// An article is withdrawn, or restored if it is.
    Turn(u16),
    /// The second server hears of what has happened.
    Hear,
    /// A reader polls: which one, which feed, at which server, and whether that one has lost the store.
    Poll { reader: usize, feed: usize, second: bool, away: bool },
    /// Both servers are asked the same by somebody so many revisions behind, and say the same.
    Compare { feed: usize, behind: u64, delta: bool, by_date: bool },
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

/// One of few feeds, so that readers come back to the same: stored ones and combinations.
fn feed() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 0usize..3, 2 => 9usize..13, 1 => 0usize..13]
}

fn step() -> impl Strategy<Value = Step> {
    let count = prop_oneof![8 => 1usize..6, 4 => 20usize..70, 1 => 150usize..420];
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
        2 => prop_oneof![2 => 0u16..3, 1 => any::<u16>()].prop_map(Step::Turn),
        2 => Just(Step::Hear),
        9 => (0..READERS.len(), feed(), any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(reader, feed, second, away)| Step::Poll { reader, feed, second, away }),
        1 => (feed(), prop_oneof![1u64..4, 0u64..40], any::<bool>(), any::<bool>())
            .prop_map(|(feed, behind, delta, by_date)| Step::Compare { feed, behind, delta, by_date }),
    ]
}

/// What was seen of a feed at the last look: its revision's number, and its bytes in all formats.
type Seen = (u64, Vec<Vec<u8>>);

/// A newsroom with its server, its model and its readers.
struct World {
    folder: TempDir,
    runtime: Runtime,
    clock: Arc<AtomicI64>,
    /// The first hears of everything at once, the second when it is told to.
    apps: Vec<App>,
    fingerprint: u32,
    model: Model,
    said: Vec<Said>,
    keys: Vec<FeedKey>,
    seen: BTreeMap<FeedKey, Seen>,
    readers: HashMap<(usize, usize), Reader>,
    /// The titles of withdrawn articles.
    before: HashMap<String, String>,
}

const COMBINATIONS: [&str; 4] = [
    "districts/daan+yantan",
    "topics/lantern+salt",
    "districts/daan/topics/lantern+salt",
    "districts/daan+yantan/topics/lantern+salt",
];

fn key(text: &str) -> FeedKey {
    FeedKey::parse(text).expect("a feed")
}

/// An article's permanent id.
fn id(own_id: &str) -> String {
    format!("tag:news.example,2026:a/{}", Key::derive("local", own_id))
}

fn definitions() -> FeedSet {
    load::from_texts("feeds", std::iter::once(("site.toml", SITE)).chain(FEEDS)).expect("sound definitions")
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            folder: tempfile::tempdir().expect("a folder"),
            runtime: tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime"),
            clock: Arc::new(AtomicI64::new(START)),
            apps: Vec::new(),
            fingerprint: 0,
            model: Model::default(),
            said: Vec::new(),
            keys: definitions().keys().into_iter().chain(COMBINATIONS.map(key)).collect(),
            seen: BTreeMap::new(),
            readers: HashMap::new(),
            before: HashMap::new(),
        };
        world.model.set_fingerprint(world.now());
        world.start();
        world
    }

    fn now(&self) -> Time {
        Time(self.clock.load(Ordering::SeqCst))
    }

    fn app(&self) -> &App {
        &self.apps[0]
    }

    /// Starts both servers as `serve` does.
    fn start(&mut self) {
        self.apps.clear();
        for _ in 0..2 {
            let path = self.folder.path().join("store.db");
            let fingerprint = self.fingerprint.to_string();
            let store = Store::open(&path.to_string_lossy(), &fingerprint, self.now()).expect("a store");
            store.set_fingerprint(&fingerprint, self.now()).wait().expect("a fingerprint");
            let site = self.runtime.block_on(Site::open(definitions(), store, 64 << 20)).expect("a site");
            let clock = Arc::clone(&self.clock);
            let clock = Box::new(move || Time(clock.load(Ordering::SeqCst)));
            let limiter = Limiter::new(Mode::Off, NonZeroU32::MIN);
            self.apps.push(App::new(site, clock, Limits::DEFAULT, limiter));
        }
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
            Step::Turn(which) => self.turn(*which),
            Step::Hear => self.hear(1),
            Step::Poll { reader, feed, second, away } => drop(self.poll(*reader, *feed, usize::from(*second), *away)),
            Step::Compare { feed, behind, delta, by_date } => self.compare(*feed, *behind, *delta, *by_date),
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

    fn hear(&mut self, server: usize) {
        self.runtime.block_on(self.apps[server].site.refresh()).expect("a refresh");
    }

    fn turn(&mut self, which: u16) {
        if self.said.is_empty() {
            return;
        }
        let said = self.said[usize::from(which) % self.said.len()].clone();
        let withdrawn = !self.model.articles[&said.own_id].withdrawn;
        let (key, now) = (Key::derive("local", &said.own_id), self.now());
        let store = self.app().site.store();
        let turn = if withdrawn { store.withdraw(&key, "", now) } else { store.restore(&key, now) };
        assert!(matches!(turn.wait().expect("a turn"), Turn::Done(_)));
        // What its source has said meanwhile is looked at with the next import, not before.
        let title = if withdrawn { NOTICE.to_owned() } else { self.before.remove(&said.own_id).expect("it was there") };
        if withdrawn {
            self.before.insert(said.own_id.clone(), self.model.articles[&said.own_id].title.clone());
        }
        self.model.turn(&said.own_id, &title, withdrawn, now);
        self.hear(0);
    }

    fn ask(&self, server: usize, request: &Request<()>) -> (StatusCode, http::HeaderMap, Vec<u8>) {
        let (parts, body) = self.runtime.block_on(route::answer(&self.apps[server], request, None)).into_parts();
        let body = self.runtime.block_on(body.collect()).expect("a body").to_bytes();
        if let Some(date) = parts.headers.get("last-modified") {
            let at =
                |value: &http::HeaderValue| httpdate::parse_http_date(value.to_str().expect("text")).expect("a date");
            assert!(at(date) < at(&parts.headers["date"]), "Last-Modified must be past");
        }
        (parts.status, parts.headers, body.to_vec())
    }

    /// One poll; how many entries came with it.
    fn poll(&mut self, reader: usize, feed: usize, server: usize, away: bool) -> Option<usize> {
        let fresh = || Reader::new(READERS[reader], Format::ALL[reader % 3]);
        let mut polling = self.readers.remove(&(reader, feed)).unwrap_or_else(fresh);
        let resource = Resource::Feed(self.keys[feed].clone(), polling.format);
        if away {
            self.sabotage("ALTER TABLE revision RENAME TO gone");
        }
        let (status, headers, body) = self.ask(server, &polling.request(&resource.path()));
        if away {
            self.sabotage("ALTER TABLE gone RENAME TO revision");
        }
        match status {
            StatusCode::OK | StatusCode::IM_USED | StatusCode::NOT_MODIFIED => {}
            StatusCode::SERVICE_UNAVAILABLE if away => {}
            other => panic!("{other}"),
        }
        polling.take(&Answer { status, headers: &headers, body: &body });
        let given: HashSet<String> = self.said.iter().map(|said| id(&said.own_id)).collect();
        assert!(polling.seen.keys().all(|id| given.contains(id)), "an id that nobody gave");
        let full = status == StatusCode::OK || status == StatusCode::IM_USED;
        let came = full.then(|| reader::entries(polling.format, &body).len());
        self.readers.insert((reader, feed), polling);
        came
    }

    fn sabotage(&self, sql: &str) {
        let store = rusqlite::Connection::open(self.folder.path().join("store.db")).expect("the store");
        store.execute_batch(sql).expect("the SQL is right");
    }

    fn compare(&mut self, feed: usize, behind: u64, delta: bool, by_date: bool) {
        self.hear(1);
        let last = self.app().site.read(wellhead::ledger::Ledger::last);
        let named = self.app().site.read(|ledger| ledger.revision(last.saturating_sub(behind).max(1)));
        let named = named.expect("a revision");
        let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(named.time.0 as u64);
        let request = Request::get(Resource::Feed(self.keys[feed].clone(), Format::Atom).path()).header("host", "x");
        let request = if by_date {
            request.header("if-modified-since", httpdate::fmt_http_date(date))
        } else {
            request.header("if-none-match", format!("W/\"{}-{:08x}\"", named.number, named.nonce))
        };
        let request = if delta { request.header("a-im", "feed") } else { request };
        let request = request.body(()).expect("a request");
        assert!(self.ask(0, &request) == self.ask(1, &request), "two servers say different things");
    }

    /// What must be true of every reader in the end, at either server.
    fn settle(&mut self) {
        let readers: Vec<(usize, usize)> = self.readers.keys().copied().collect();
        self.hear(1);
        for (reader, feed) in readers {
            let mut polls = 0;
            loop {
                self.clock.fetch_add(3, Ordering::SeqCst);
                let came = self.poll(reader, feed, polls % 2, false);
                if came.is_none() && self.readers[&(reader, feed)].first.is_some() {
                    break;
                }
                polls += 1;
                assert!(polls < 40, "{:?} is never done", READERS[reader]);
            }
            self.has_all(&self.readers[&(reader, feed)], &self.keys[feed]);
            assert_eq!(self.poll(reader, feed, 1, false), None, "nothing is new");
        }
    }

    fn has_all(&self, reader: &Reader, key: &FeedKey) {
        let (first, at) = reader.first.as_ref().expect("it has polled");
        for (own_id, changed) in self.model.held(key) {
            let id = id(&own_id);
            if !first.contains(&id) && changed <= *at {
                continue;
            }
            let forms = &self.model.articles[&own_id].forms;
            let seen = reader.seen.get(&id);
            let told = seen.is_some_and(|title| forms.contains(title));
            assert!(told, "{:?} of {key} has {seen:?} of {own_id}, which is {forms:?}", reader.keeps);
        }
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
                let combined = matches!(key, FeedKey::Combination(_));
                assert!(!moved || changed || deployed || combined, "{key}: other validators for the same bytes");
            }
            self.seen.insert(key.clone(), seen);
        }
    }

    /// A feed as the server has it, after comparing it with the model.
    fn look(&mut self, key: &FeedKey) -> Seen {
        let site = &self.apps[0].site;
        let document = self.runtime.block_on(site.store().document(key, None)).expect("a document");
        let expected = self.model.document(key);
        let title = |article: &wellhead::article::Article| match article.withdrawn {
            Some(_) => NOTICE.to_owned(),
            None => article.content.title.clone(),
        };
        let titles: Vec<String> = document.articles.iter().map(title).collect();
        let wanted: Vec<&str> = expected.iter().map(|own| self.model.articles[own].title.as_str()).collect();
        assert_eq!(titles, wanted, "the document of {key}");
        assert_eq!(document.revision.number, self.model.feed_revision(key), "the revision of {key}");
        let time = self.model.times[document.revision.number as usize - 1];
        assert_eq!(document.revision.time, time, "the time of {key}'s revision");
        assert_eq!(site.read(|ledger| ledger.feed(key)), document.revision.number, "the ledger's revision of {key}");
        if !matches!(key, FeedKey::Combination(_)) {
            assert_eq!(site.read(|ledger| ledger.entries(key)), self.model.entries(key), "how many {key} holds");
        }
        for (own_id, article) in expected.iter().zip(&document.articles) {
            assert_eq!(article.id, id(own_id), "an id never changes");
            let told = &self.model.articles[own_id];
            assert_eq!((article.published, article.updated), (told.published, told.updated), "dates of {own_id}");
        }
        let bytes = Format::ALL.map(|format| {
            let resource = Resource::Feed(key.clone(), format);
            let selected = self.runtime.block_on(site::select(site.set(), site.store(), &resource, None));
            site::render(site.set(), &resource, selected.expect("a snapshot").expect("a defined feed")).bytes
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
            if !matches!(step, Step::Wait(_) | Step::Poll { .. } | Step::Hear | Step::Compare { .. }) {
                world.check(matches!(step, Step::Deploy));
            }
        }
        world.settle();
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
