//! A newsroom with two servers on one store, its model, and its readers: it takes one step after the other.
//!
//! Knows nothing of what must be true after a step, but for what each step itself is told.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wellhead::article::{Draft, Key, Slug, Time};
use wellhead::edit;
use wellhead::feed::{FeedKey, FeedSet, load};
use wellhead::ingest::Found;
use wellhead::intake::{self, Counts, Input, Options};
use wellhead::ledger::Ledger;
use wellhead::net::Limits;
use wellhead::reclassify;
use wellhead::resource::{Format, Resource};
use wellhead::site::Site;
use wellhead::store::Store;
use wellhead::store::command::{Command, Executed, Operation, Outcome, Rejection};
use wellhead::web::app::App;
use wellhead::web::limiter::{Limiter, Mode};
use wellhead::web::route;

use super::cache::{Cache, Reply};
use super::model::{Model, Said, labels, terms, words};
use super::reader::{self, Answer, READERS, Reader};
use super::steps::{Edit, Labelled, Step};

const SITE: &str = "title = '井口日报'\nbase_url = 'https://news.example'\nlanguage = 'zh-CN'\nauthority = 'news.example'\nyear = 2026\ntime_zone = 'Asia/Shanghai'\nauthors = [{ name = '编辑部' }]\n";

const FEEDS: [(&str, &str); 4] = [
    ("districts/daan.toml", "大安区"),
    ("districts/yantan.toml", "沿滩区"),
    ("topics/lantern.toml", "彩灯"),
    ("topics/salt.toml", "盐"),
];

const COMBINATIONS: [&str; 4] = [
    "districts/daan+yantan",
    "topics/lantern+salt",
    "districts/daan/topics/lantern+salt",
    "districts/daan+yantan/topics/lantern+salt",
];

/// Noon of some day; the articles of a history are published before it, each in a second of its own.
pub const START: i64 = 1_795_000_000;

/// What was seen of something at the last look: its revision's number, and its bytes in all formats.
pub type Seen = (u64, Vec<Vec<u8>>);

/// What a document shows: for each own id, how many of its titles were outdated then.
pub type Shown = BTreeMap<String, usize>;

/// A newsroom with its servers, its model and its readers.
pub struct World {
    folder: TempDir,
    pub runtime: Runtime,
    clock: Arc<AtomicI64>,
    /// The first hears of everything at once, the second when it is told to.
    pub apps: Vec<App>,
    fingerprint: u32,
    pub model: Model,
    /// What the sources say.
    pub said: Vec<Said>,
    pub keys: Vec<FeedKey>,
    pub seen: BTreeMap<FeedKey, Seen>,
    /// The same of archive pages.
    pub shelved: BTreeMap<(FeedKey, i64), Seen>,
    pub readers: HashMap<(usize, usize), Reader>,
    /// The shared caches before the first server: one that swaps validators and one that does not.
    caches: [Cache; 2],
    /// The readers behind them: by reader, feed, and whether its cache swaps validators.
    pub cached_readers: HashMap<(usize, usize, bool), Reader>,
    /// The documents that each feed has had, and since when.
    pub shown: BTreeMap<FeedKey, Vec<(Time, Shown)>>,
    /// How many looks there were.
    pub looks: usize,
}

pub fn key(text: &str) -> FeedKey {
    FeedKey::parse(text).expect("a feed")
}

/// An article's permanent id.
pub fn id(own_id: &str) -> String {
    format!("tag:news.example,2026:a/{}", Key::derive("local", own_id))
}

/// The definitions with these rules.
fn definitions(rules: u8) -> FeedSet {
    let feeds = FEEDS.iter().zip(terms(rules));
    let feeds: Vec<(&str, String)> =
        feeds.map(|((name, title), term)| (*name, format!("title = '{title}'\n[terms]\n'{term}' = 3\n"))).collect();
    let texts = feeds.iter().map(|(name, text)| (*name, text.as_str()));
    load::from_texts("feeds", std::iter::once(("site.toml", SITE)).chain(texts)).expect("sound definitions")
}

impl World {
    pub fn new() -> Self {
        let mut world = Self {
            folder: tempfile::tempdir().expect("a folder"),
            runtime: tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime"),
            clock: Arc::new(AtomicI64::new(START)),
            apps: Vec::new(),
            fingerprint: 0,
            model: Model::with(COMBINATIONS.map(key)),
            said: Vec::new(),
            keys: definitions(0).keys().into_iter().chain(COMBINATIONS.map(key)).collect(),
            seen: BTreeMap::new(),
            shelved: BTreeMap::new(),
            readers: HashMap::new(),
            caches: [Cache::new(false), Cache::new(true)],
            cached_readers: HashMap::new(),
            shown: BTreeMap::new(),
            looks: 0,
        };
        world.model.set_fingerprint(world.now());
        world.start();
        world
    }

    pub fn now(&self) -> Time {
        Time(self.clock.load(Ordering::SeqCst))
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn app(&self) -> &App {
        &self.apps[0]
    }

    pub fn last_revision(&self) -> u64 {
        self.app().site.read(Ledger::last)
    }

    /// Starts both servers as `serve` does.
    pub fn start(&mut self) {
        self.apps.clear();
        for _ in 0..2 {
            let path = self.folder.path().join("store.db");
            let fingerprint = self.fingerprint.to_string();
            let store = Store::open(&path.to_string_lossy(), &fingerprint, self.now()).expect("a store");
            store.set_fingerprint(&fingerprint, self.now()).wait().expect("a fingerprint");
            let set = definitions(self.model.rules);
            let site = self.runtime.block_on(Site::open(set, store, 64 << 20)).expect("a site");
            let clock = Arc::clone(&self.clock);
            let clock = Box::new(move || Time(clock.load(Ordering::SeqCst)));
            let limiter = Limiter::new(Mode::Off, NonZeroU32::MIN);
            self.apps.push(App::new(site, clock, Limits::DEFAULT, limiter));
        }
    }

    pub fn take(&mut self, step: &Step) {
        match step {
            Step::Wait(seconds) => self.pass(*seconds),
            Step::Bring { count, hours, labels, backfill, newest_first } => {
                let mut new: Vec<Said> = Vec::new();
                for _ in 0..*count {
                    let number = (self.said.len() + new.len()) as i64;
                    let published = self.free(Time(START - 100_000 - hours * 3600 * 7 + number), -100_000, &new);
                    new.push(said(number, published, *labels));
                }
                if *newest_first {
                    new.reverse();
                }
                self.said.extend(new.clone());
                self.import(&new, *backfill);
            }
            Step::Announce { count, ahead, labels } => {
                let mut new: Vec<Said> = Vec::new();
                for nth in 0..*count as i64 {
                    let number = (self.said.len() + new.len()) as i64;
                    let published = self.free(self.now().plus(ahead + nth), 1, &new);
                    new.push(said(number, published, *labels));
                }
                self.said.extend(new.clone());
                self.import(&new, false);
            }
            Step::Again(edits) => self.again(edits),
            Step::Correct { which, word, note, significant } => self.correct(*which, *word, *note, *significant),
            Step::Reclassify => self.reclassify(),
            Step::Release => self.release(),
            Step::Restart => self.start(),
            Step::Deploy => {
                self.fingerprint += 1;
                self.model.set_fingerprint(self.now());
                self.start();
            }
            Step::Turn(which) => self.turn(*which),
            Step::Purge(which) => self.purge(*which),
            Step::Hear => self.hear(1),
            Step::Poll { reader, feed, second, away } => drop(self.poll(*reader, *feed, usize::from(*second), *away)),
            Step::PollThroughCache { reader, feed, swaps } => drop(self.poll_through_cache(*reader, *feed, *swaps)),
            Step::Compare { feed, behind, delta, by_date } => self.compare(*feed, *behind, *delta, *by_date),
        }
    }

    /// A second that no article was or is to be published in, from this one on in steps.
    fn free(&self, from: Time, step: i64, others: &[Said]) -> Time {
        let stored = self.model.articles.values().map(|article| article.published);
        let used: HashSet<Time> = self.said.iter().chain(others).map(|said| said.published).chain(stored).collect();
        let free = (0..).map(|steps| from.plus(steps * step)).find(|at| !used.contains(at));
        free.expect("some second is free")
    }

    fn again(&mut self, edits: &[(u16, Edit)]) {
        let mut chosen = BTreeMap::new();
        for (which, edit) in edits.iter().filter(|_| !self.said.is_empty()) {
            chosen.insert(usize::from(*which) % self.said.len(), *edit);
        }
        let now = self.now();
        for (index, edit) in &chosen {
            let at = self.free(now.plus(if let Edit::Reschedule(ahead) = edit { *ahead } else { 0 }), 1, &[]);
            let said = &mut self.said[*index];
            let known = &self.model.articles[&said.own_id];
            let later = said.updated.unwrap_or(said.published).plus(1);
            match edit {
                Edit::Same => {}
                Edit::Significant(word) if later <= now => {
                    said.title = retitled(said, &format!("新{word}"));
                    said.updated = Some(later);
                }
                Edit::Silent(word) | Edit::Significant(word) => said.title = retitled(said, &format!("改{word}")),
                Edit::Relabel(Labelled::Own(pattern)) => said.own = Some(labels(*pattern)),
                Edit::Relabel(Labelled::Ruled(pattern)) => {
                    said.own = None;
                    said.title = format!("第{}篇{}", said.own_id, words(*pattern));
                }
                Edit::Rewrite(pattern) if later <= now => {
                    (said.own, said.updated) = (Some(labels(*pattern)), Some(later));
                    said.title = retitled(said, "又");
                }
                Edit::Rewrite(_) => {}
                Edit::Reschedule(_) if known.embargoed => said.published = at,
                Edit::Reschedule(_) => {}
            }
        }
        let again: Vec<Said> = chosen.keys().map(|index| self.said[*index].clone()).collect();
        self.import(&again, false);
    }

    pub fn import(&mut self, said: &[Said], backfill: bool) {
        let found: Vec<Found> =
            said.iter().map(|said| Found { line: 1, draft: draft(said), ..Found::default() }).collect();
        let open = move |_| Ok(Box::new(found.clone().into_iter().map(Ok)) as wellhead::ingest::Drafts);
        let input = Input { path: PathBuf::from("history"), open: Box::new(open) };
        let options = Options { by: "import", source: "local".to_owned(), backfill, ..Options::default() };
        let now = self.now();
        let site = &self.app().site;
        let counts = intake::import(site.set(), site.store(), &[input], &options, &|| now, &mut |event| {
            assert!(!matches!(event, intake::Event::Left(_)), "{event:?}");
        });
        let Counts { new, edited, unchanged, left, .. } = counts.expect("an import");
        assert_eq!((new + edited + unchanged, left), (said.len() as u64, 0));
        self.model.import(said, backfill, now);
        self.hear(0);
    }

    fn correct(&mut self, which: u16, word: u8, note: bool, significant: bool) {
        let Some(own_id) = self.some(which) else { return };
        let known = &self.model.articles[&own_id];
        // Every second word leaves the title as it is.
        let title = if word.is_multiple_of(2) { known.title.clone() } else { format!("{}，正{word}", known.title) };
        let note = note.then(|| format!("更正{word}"));
        let later = self.free(self.now().plus(300), 1, &[]);
        let published = (known.embargoed && word > 1).then_some(later);
        let edit = edit::Edit {
            title: Some(title.clone()),
            published,
            note: Some(note.clone().unwrap_or_default()),
            significant,
            ..edit::Edit::default()
        };
        let (key, now) = (Key::derive("local", &own_id), self.now());
        let site = &self.app().site;
        let answer = edit::edit(site.set(), site.store(), &key, &edit, "test", now).expect("an edit");
        match (known.purged, known.withdrawn) {
            (true, _) => assert_eq!(answer, Err(Rejection::Purged)),
            (_, true) => assert_eq!(answer, Err(Rejection::Withdrawn)),
            _ => assert!(answer.is_ok(), "{answer:?}"),
        }
        self.model.edit(&own_id, (&title, note.as_deref()), published, significant, now);
        self.hear(0);
    }

    fn reclassify(&mut self) {
        let (rules, now) = (1 - self.model.rules, self.now());
        let before = self.model.clone();
        self.model.reclassify(rules, now);
        // Other rules alone change nothing that is published, and a server with the old ones goes on.
        self.start();
        let site = &self.app().site;
        let mut told: Vec<Key> = Vec::new();
        let survey = reclassify::survey(site.set(), site.store(), |found| {
            told.push(found.stored.article.key.clone());
            Ok::<_, wellhead::store::StoreError>(())
        });
        let moved = reclassify::reclassify(site.set(), site.store(), "test", &|| now).expect("the store answers");
        assert_eq!((survey.expect("the store answers").moved, told.len() as u64), (moved, moved));
        let differ = |own_id: &String| before.articles[own_id].labels != self.model.articles[own_id].labels;
        let expected: HashSet<Key> =
            before.articles.keys().filter(|own| differ(own)).map(|own| Key::derive("local", own)).collect();
        assert_eq!(told.into_iter().collect::<HashSet<_>>(), expected, "what is told is what moves");
        self.hear(0);
    }

    pub fn release(&mut self) {
        let now = self.now();
        let next = self.runtime.block_on(self.app().site.release(now)).expect("the store answers");
        self.model.release(now);
        let waiting = self.model.articles.values().filter(|article| article.embargoed && !article.withdrawn);
        assert_eq!(next, waiting.map(|article| article.published).min());
    }

    pub fn hear(&mut self, server: usize) {
        self.runtime.block_on(self.apps[server].site.refresh()).expect("a refresh");
    }

    /// One of the articles, if there are any.
    fn some(&self, which: u16) -> Option<String> {
        let index = usize::from(which).checked_rem(self.said.len())?;
        Some(self.said[index].own_id.clone())
    }

    fn turn(&mut self, which: u16) {
        let Some(own_id) = self.some(which) else { return };
        let known = self.model.articles[&own_id].clone();
        let (key, now) = (Key::derive("local", &own_id), self.now());
        let store = self.app().site.store();
        let (operation, outcome) = match known.withdrawn {
            true => (Operation::Restore, Outcome::Restored),
            false => (Operation::Withdraw { note: Some(String::new()) }, Outcome::Withdrawn),
        };
        let answer = store.execute_one(Command::new(key, operation, "test"), now).wait().expect("an answer");
        if known.purged {
            assert_eq!(answer, Err(Rejection::Purged), "what is erased does not come back");
            return;
        }
        let Executed { outcome: told, revision } = answer.expect("it is done");
        assert_eq!((told, revision.is_none()), (outcome, known.embargoed));
        self.model.turn(&own_id, !known.withdrawn, now);
        self.hear(0);
    }

    fn purge(&mut self, which: u16) {
        let Some(own_id) = self.some(which) else { return };
        let known = self.model.articles[&own_id].clone();
        let (key, now) = (Key::derive("local", &own_id), self.now());
        let command = Command::new(key, Operation::Purge { note: String::new() }, "test");
        let answer = self.app().site.store().execute_one(command, now).wait().expect("an answer");
        if known.purged {
            assert_eq!(answer, Err(Rejection::Purged));
            return;
        }
        let Executed { outcome, revision } = answer.expect("it is done");
        let quiet = known.embargoed || known.withdrawn;
        assert_eq!((outcome, revision.is_none()), (Outcome::Purged, quiet));
        self.model.purge(&own_id, now);
        self.hear(0);
    }

    pub fn ask(&self, server: usize, request: &Request<()>) -> (StatusCode, http::HeaderMap, Vec<u8>) {
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
    pub fn poll(&mut self, reader: usize, feed: usize, server: usize, away: bool) -> Option<usize> {
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
        let came = self.hand_over(&mut polling, &(status, headers, body));
        self.readers.insert((reader, feed), polling);
        came
    }

    /// One poll through a cache; how many entries came with it.
    pub fn poll_through_cache(&mut self, reader: usize, feed: usize, swaps: bool) -> Option<usize> {
        let fresh = || Reader::new(READERS[reader], Format::ALL[reader % 3]);
        let mut polling = self.cached_readers.remove(&(reader, feed, swaps)).unwrap_or_else(fresh);
        let path = Resource::Feed(self.keys[feed].clone(), polling.format).path();
        let mut caches = std::mem::take(&mut self.caches);
        let request = polling.request(&path);
        let reply = caches[usize::from(swaps)].answer(self.now(), &request, |request| self.ask(0, request));
        self.caches = caches;
        let came = self.hand_over(&mut polling, &reply);
        self.has_what_was_shown(&polling, &self.keys[feed], swaps);
        self.cached_readers.insert((reader, feed, swaps), polling);
        came
    }

    /// Gives a reader its answer; how many entries came with it.
    fn hand_over(&self, polling: &mut Reader, (status, headers, body): &Reply) -> Option<usize> {
        polling.take(&Answer { status: *status, headers, body });
        let public = self.model.articles.values().filter(|article| !article.embargoed);
        let public: HashSet<String> = public.map(|article| id(&article.said.own_id)).collect();
        assert!(polling.seen.keys().all(|id| public.contains(id)), "an id that nobody gave, or not yet");
        let full = *status == StatusCode::OK || *status == StatusCode::IM_USED;
        full.then(|| reader::entries(polling.format, body).len())
    }

    fn sabotage(&self, sql: &str) {
        let store = crate::support::tables(&self.folder.path().join("store.db"));
        store.execute_batch(sql).expect("the SQL is right");
    }

    fn compare(&mut self, feed: usize, behind: u64, delta: bool, by_date: bool) {
        self.hear(1);
        let last = self.last_revision();
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
}

/// A new article; its number is its own id.
fn said(number: i64, published: Time, labelled: Labelled) -> Said {
    let (own, words) = match labelled {
        Labelled::Own(pattern) => (Some(labels(pattern)), String::new()),
        Labelled::Ruled(pattern) => (None, words(pattern)),
    };
    Said { own_id: number.to_string(), title: format!("第{number}篇{words}"), published, updated: None, own }
}

/// Another title with the words that the rules look for.
fn retitled(said: &Said, word: &str) -> String {
    let (kept, _) = said.title.split_once('，').unwrap_or((&said.title, ""));
    format!("{kept}，{word}")
}

fn draft(said: &Said) -> Draft {
    let slugs = |slugs: &[Slug]| slugs.iter().map(ToString::to_string).collect::<Vec<_>>();
    Draft {
        id: said.own_id.clone(),
        title: said.title.clone(),
        published: Some(said.published.to_string()),
        updated: said.updated.map(|updated| updated.to_string()),
        districts: said.own.as_ref().map(|own| slugs(&own.districts)),
        topics: said.own.as_ref().map(|own| slugs(&own.topics)),
        ..Draft::default()
    }
}
