//! The rules of revisions, joining, documents, archives and embargoes, restated over plain lists: the specification that
//! the store must meet.
//!
//! Knows nothing of the store's code but the names of its limits. Nothing here is fast, and nothing needs to be.

use std::collections::{BTreeMap, BTreeSet};

use wellhead::article::{Labels, Slug, Time};
use wellhead::feed::FeedKey;
use wellhead::feed::window::{MAX_ENTRIES, PAGE, RECENT, WINDOW};
use wellhead::store::command::MAX_REVISION;
use wellhead::store::stored::feeds_of;

/// What stands in the place of a withdrawn article.
pub const NOTICE: &str = "此文已撤回";

/// What a source says of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub own_id: String,
    pub title: String,
    pub published: Time,
    pub updated: Option<Time>,
    /// The labels it brings; without any, the rules look at its title.
    pub own: Option<Labels>,
}

/// An article as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Articles are numbered as they come.
    pub row: usize,
    pub title: String,
    pub note: Option<String>,
    pub published: Time,
    pub updated: Time,
    pub labels: Labels,
    /// Whether it brought them.
    pub own: bool,
    pub version: u64,
    pub withdrawn: bool,
    pub purged: bool,
    /// Whether its time has not come yet.
    pub embargoed: bool,
    /// What its source said last, and the latest date of change that it ever said.
    pub said: Said,
    pub said_updated: Option<Time>,
    /// All titles under which it ever stood, in their order.
    pub titles: Vec<String>,
    /// How many of them it had before its last significant change.
    pub outdated: usize,
}

impl Article {
    /// The title under which readers see it.
    pub fn shown(&self) -> &str {
        if self.withdrawn { NOTICE } else { &self.title }
    }

    /// The titles under which it stood since its last significant change: whoever has one of them was told.
    pub fn forms(&self) -> &[String] {
        &self.titles[self.outdated..]
    }
}

/// An article's place in a feed.
#[derive(Clone, Debug)]
pub struct Entry {
    pub position: i64,
    pub changed: u64,
    /// The last revision at which readers of this feed were owed it; 0 for backfill.
    pub owed: u64,
    pub held: bool,
}

/// A feed.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    pub head: i64,
    pub tail: i64,
    pub newest: Option<Time>,
    pub entries: BTreeMap<String, Entry>,
    pub revision: Option<u64>,
    /// The last revision that moved the feed's without changing its document.
    pub raised: u64,
    /// The last revision that changed what an archive page shows.
    pub pages: BTreeMap<i64, u64>,
}

/// What an archive page shows: its articles in their versions, and whether there are pages before and after it.
pub type Shown = (Vec<(String, u64)>, bool, bool);

/// What joins a feed: when it was published, its own id, and its `changed` if it may join at the tail.
type Joining = (Time, String, Option<u64>);

/// What becomes of one article.
struct Change {
    article: Article,
    /// Whether readers are told.
    significant: bool,
    /// Whether it may join at the tail.
    backfill: bool,
    /// Whether it is new.
    fresh: bool,
    /// Whether readers see anything of it.
    shows: bool,
}

/// Everything.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The times of all revisions, the first at index 0.
    pub times: Vec<Time>,
    pub articles: BTreeMap<String, Article>,
    pub feeds: BTreeMap<FeedKey, Feed>,
    /// The revision of the last fingerprint.
    pub fingerprint: u64,
    /// Which rules place what brings no labels.
    pub rules: u8,
    /// Of each combination that is looked at: what it holds, and the last revision at which its readers were owed that.
    pub combinations: BTreeMap<FeedKey, BTreeMap<String, u64>>,
}

impl Model {
    /// Nothing has happened yet.
    pub fn with(combinations: impl IntoIterator<Item = FeedKey>) -> Self {
        let combinations = combinations.into_iter().map(|key| (key, BTreeMap::new())).collect();
        Self { combinations, ..Self::default() }
    }

    /// A revision is the next number, at the next whole second that no revision had (rule 1).
    fn revision(&mut self, now: Time) -> u64 {
        let time = self.times.last().map_or(now.plus(1), |last| now.plus(1).max(last.plus(1)));
        self.times.push(time);
        self.times.len() as u64
    }

    /// A new fingerprint gives every feed and page a new revision; the same one changes nothing (rule 2).
    pub fn set_fingerprint(&mut self, now: Time) {
        self.fingerprint = self.revision(now);
        for feed in self.feeds.values_mut() {
            feed.revision = Some(self.fingerprint);
        }
    }

    /// An import: a transaction takes 1,000 articles, oldest first (backfill newest first), and every 200 of them are a
    /// revision, if they change anything that readers see.
    pub fn import(&mut self, said: &[Said], backfill: bool, now: Time) {
        let public = said.iter().map(|said| said.published).filter(|published| *published <= now);
        let newest = public.max().filter(|_| backfill);
        for transaction in said.chunks(1000) {
            let mut ordered = transaction.to_vec();
            ordered.sort_by_key(|said| said.published);
            if backfill {
                ordered.reverse();
            }
            for batch in ordered.chunks(MAX_REVISION) {
                let changes = batch.iter().filter_map(|said| self.hear(said, backfill, now)).collect();
                self.commit(changes, newest, now);
            }
        }
    }

    /// What a source's word makes of an article, if anything.
    fn hear(&mut self, said: &Said, backfill: bool, now: Time) -> Option<Change> {
        let ruled = said.own.clone().unwrap_or_else(|| ruled(&said.title, self.rules));
        let rows = self.articles.len();
        let Some(old) = self.articles.get_mut(&said.own_id) else {
            let article = Article {
                row: rows,
                title: said.title.clone(),
                note: None,
                published: said.published,
                updated: said.updated.map_or(said.published, |updated| updated.max(said.published)),
                labels: ruled,
                own: said.own.is_some(),
                version: 1,
                withdrawn: false,
                purged: false,
                embargoed: said.published > now,
                said: said.clone(),
                said_updated: said.updated,
                titles: Vec::new(),
                outdated: 0,
            };
            // Rows are given in order, whatever becomes of the rest.
            self.articles.insert(said.own_id.clone(), article.clone());
            let shows = !article.embargoed;
            return Some(Change { article, significant: true, backfill, fresh: true, shows });
        };
        // `published` never moves once it has come.
        let said = if old.embargoed { said.clone() } else { Said { published: old.said.published, ..said.clone() } };
        if old.withdrawn || old.said == said {
            return None;
        }
        let moved = said.updated.filter(|updated| *updated > old.said_updated.unwrap_or(old.published));
        let mut article = old.clone();
        if old.embargoed {
            // An editor may have moved its time; that stands until its source says another one.
            if said.published != old.said.published {
                article.published = said.published;
            }
            article.updated = said.updated.map_or(article.published, |updated| updated.max(article.published));
        } else if let Some(moved) = moved {
            article.updated = moved.max(old.updated.plus(1));
        }
        if said.own.is_some() || said.title != old.title || old.own {
            article.labels = ruled;
        }
        (article.title, article.note) = (said.title.clone(), None);
        let same = article == *old;
        (article.own, article.said_updated) = (said.own.is_some(), old.said_updated.max(said.updated));
        article.said = said;
        if same {
            *old = article;
            return None;
        }
        let (significant, shows) = (moved.is_some() && !old.embargoed, !old.embargoed);
        Some(Change { article, significant, backfill: true, fresh: false, shows })
    }

    /// An editor's correction: of the title, with a note. It moves `updated` only if it is said to be significant, and
    /// then to a second that no article has.
    ///
    /// Before its time it can be given another one.
    pub fn edit(
        &mut self,
        own_id: &str,
        (title, note): (&str, Option<&str>),
        published: Option<Time>,
        significant: bool,
        now: Time,
    ) {
        let old = &self.articles[own_id];
        if old.withdrawn {
            return;
        }
        let mut article = old.clone();
        (article.title, article.note) = (title.to_owned(), note.map(str::to_owned));
        if let Some(published) = published {
            article.published = published;
            article.updated = old.said_updated.map_or(published, |said| said.max(published));
        }
        if !old.own && title != old.title {
            article.labels = ruled(title, self.rules);
        }
        let significant = significant && !old.embargoed;
        if significant {
            article.updated = self.second(old, now);
        }
        let shows = !old.embargoed;
        if article != *old {
            self.commit(vec![Change { article, significant, backfill: true, fresh: false, shows }], None, now);
        }
    }

    /// A withdrawal or restoration is a significant change in all the feeds that hold the article, at a second that no
    /// other has. Before its time nobody sees it.
    pub fn turn(&mut self, own_id: &str, withdrawn: bool, now: Time) {
        let old = &self.articles[own_id];
        let mut article = Article { withdrawn, ..old.clone() };
        if !old.embargoed {
            article.updated = self.second(old, now);
        }
        let shows = !old.embargoed;
        self.commit(vec![Change { article, significant: shows, backfill: true, fresh: false, shows }], None, now);
    }

    /// An erasure is a withdrawal for ever. Of what is withdrawn already readers see nothing new.
    pub fn purge(&mut self, own_id: &str, now: Time) {
        if !self.articles[own_id].withdrawn {
            self.turn(own_id, true, now);
        }
        if let Some(article) = self.articles.get_mut(own_id) {
            article.purged = true;
        }
    }

    /// Other rules: whatever brings no labels belongs where they say, by the order in which it came, 200 a revision.
    pub fn reclassify(&mut self, rules: u8, now: Time) {
        self.rules = rules;
        let mut moved: Vec<Article> = self.articles.values().filter(|a| !a.own && !a.withdrawn).cloned().collect();
        moved.sort_by_key(|article| article.row);
        moved.retain_mut(|article| {
            let labels = ruled(&article.title, rules);
            std::mem::replace(&mut article.labels, labels) != article.labels
        });
        for articles in moved.chunks(MAX_REVISION) {
            let changes = articles.iter().map(|article| {
                let shows = !article.embargoed;
                Change { article: article.clone(), significant: false, backfill: true, fresh: false, shows }
            });
            self.commit(changes.collect(), None, now);
        }
    }

    /// What is due becomes public, the oldest first, 200 a revision; it joins at the heads of its feeds.
    pub fn release(&mut self, now: Time) {
        let due = |article: &&Article| article.embargoed && !article.withdrawn && article.published <= now;
        let mut due: Vec<Article> = self.articles.values().filter(due).cloned().collect();
        due.sort_by_key(|article| (article.published, article.row));
        for articles in due.chunks(MAX_REVISION) {
            let changes = articles.iter().map(|article| Change {
                // Nobody has seen it: it is told as it is, and keeps its version.
                article: Article { embargoed: false, version: article.version - 1, ..article.clone() },
                significant: true,
                backfill: false,
                fresh: false,
                shows: true,
            });
            self.commit(changes.collect(), None, now);
        }
    }

    /// The latest second until now that no article has; later than the one that this article has.
    fn second(&self, article: &Article, now: Time) -> Time {
        let taken: BTreeSet<Time> = self.articles.values().map(|article| article.updated).collect();
        let free = (0..).map(|back| now.plus(-back)).find(|time| !taken.contains(time)).unwrap_or(now);
        free.max(article.updated.plus(1))
    }

    /// Does all this at once. If readers see any of it, it is a revision: of every feed whose document it changes, and of
    /// every archive page.
    fn commit(&mut self, changes: Vec<Change>, backfill: Option<Time>, now: Time) {
        if !changes.iter().any(|change| change.shows) {
            changes.into_iter().for_each(|change| drop(self.write(change)));
            return;
        }
        let keys: Vec<FeedKey> = self.feeds.keys().cloned().collect();
        let before: BTreeMap<FeedKey, _> = keys
            .iter()
            .map(|key| (key.clone(), (self.listing(key), self.complete_since(key), self.pages(key))))
            .collect();
        let number = self.revision(now);
        let public = changes.iter().filter(|change| change.fresh && change.shows);
        let newest = public.map(|change| change.article.published).max().max(backfill);
        let mut joining: BTreeMap<FeedKey, Vec<Joining>> = BTreeMap::new();
        for change in changes {
            let (significant, backfill, shows) = (change.significant, change.backfill, change.shows);
            let own_id = self.write(change);
            if shows {
                self.place(&own_id, significant, backfill, number, &mut joining);
            }
        }
        for (key, members) in joining {
            self.join(&key, members, newest, number);
        }
        let keys: Vec<FeedKey> = self.feeds.keys().cloned().collect();
        for key in keys {
            let (listing, since, pages) = (self.listing(&key), self.complete_since(&key), self.pages(&key));
            let (listed, complete, paged) = before.get(&key).cloned().unwrap_or_default();
            let is_new = !before.contains_key(&key);
            let feed = self.feeds.entry(key).or_default();
            if is_new || listed != listing {
                feed.revision = Some(number);
            } else if complete < since {
                (feed.revision, feed.raised) = (Some(number), number);
            }
            for (page, shown) in pages {
                if paged.get(&page) != Some(&shown) {
                    feed.pages.insert(page, number);
                }
            }
        }
        self.combine();
    }

    /// Readers of a combination are owed what its cells owe them for as long as any cell holds it, whichever that is.
    fn combine(&mut self) {
        for (key, owed) in &mut self.combinations {
            let before = std::mem::take(owed);
            for feed in key.cells().iter().filter_map(|cell| self.feeds.get(cell)) {
                for (own_id, entry) in feed.entries.iter().filter(|(_, entry)| entry.held) {
                    let kept = before.get(own_id).copied().unwrap_or(0);
                    let owed = owed.entry(own_id.clone()).or_default();
                    *owed = entry.owed.max(kept).max(*owed);
                }
            }
        }
    }

    /// Writes an article.
    fn write(&mut self, change: Change) -> String {
        let Change { mut article, significant, fresh, .. } = change;
        article.version += u64::from(!fresh);
        if significant || article.embargoed {
            article.outdated = article.titles.len();
        }
        article.titles.push(article.shown().to_owned());
        let own_id = article.said.own_id.clone();
        self.articles.insert(own_id.clone(), article);
        own_id
    }

    /// Gives an article its places; what joins a feed for the first time is only noted.
    fn place(
        &mut self,
        own_id: &str,
        significant: bool,
        backfill: bool,
        number: u64,
        joining: &mut BTreeMap<FeedKey, Vec<Joining>>,
    ) {
        let article = &self.articles[own_id];
        let wanted: BTreeSet<FeedKey> = feeds_of(&article.labels).into_iter().collect();
        // Where it joins at the tail it counts as changed when it last was anywhere: so combinations still tell of it.
        let known = self.feeds.values().filter_map(|feed| feed.entries.get(own_id)).map(|entry| entry.changed).max();
        let changed = known.map_or(0, |greatest| if significant { number } else { greatest });
        for (key, feed) in &mut self.feeds {
            if let Some(entry) = feed.entries.get_mut(own_id) {
                let returns = !entry.held && wanted.contains(key);
                entry.held = wanted.contains(key);
                if returns || (entry.held && significant) {
                    (entry.changed, entry.owed) = (number, number);
                }
            }
        }
        for key in wanted {
            let feed = self.feeds.entry(key.clone()).or_insert_with(|| Feed { tail: 1, ..Feed::default() });
            if !feed.entries.contains_key(own_id) {
                joining.entry(key).or_default().push((
                    article.published,
                    own_id.to_owned(),
                    backfill.then_some(changed),
                ));
            }
        }
    }

    /// Joining: at the head oldest first; what is backfilled and over 48 h older than the newest, at the tail, newest
    /// first (rule 5).
    fn join(&mut self, key: &FeedKey, members: Vec<Joining>, newest: Option<Time>, number: u64) {
        let Some(feed) = self.feeds.get_mut(key) else { return };
        let newest = newest.max(feed.newest);
        let old = |(published, _, backfill): &Joining| {
            backfill.is_some() && newest.is_some_and(|newest| published.0 < newest.0 - WINDOW)
        };
        let (mut tail, mut head): (Vec<_>, Vec<_>) = members.into_iter().partition(old);
        head.sort_by_key(|(published, ..)| *published);
        tail.sort_by_key(|(published, ..)| std::cmp::Reverse(*published));
        for (published, own_id, _) in head {
            feed.head += 1;
            feed.newest = feed.newest.max(Some(published));
            feed.entries.insert(own_id, Entry { position: feed.head, changed: number, owed: number, held: true });
        }
        for (published, own_id, changed) in tail {
            feed.tail -= 1;
            feed.newest = feed.newest.max(Some(published));
            let changed = changed.unwrap_or(number);
            let owed = if changed == number { number } else { 0 };
            feed.entries.insert(own_id, Entry { position: feed.tail, changed, owed, held: true });
        }
    }

    /// The own ids that a feed's document shows, newest first.
    pub fn document(&self, key: &FeedKey) -> Vec<String> {
        match key {
            FeedKey::Combination(_) => self.union(&key.cells()),
            _ => self.stored(key),
        }
    }

    /// A combination's document: of what its cells' documents show, the 50 most recently changed, and all within 48
    /// hours before the newest change.
    fn union(&self, cells: &[FeedKey]) -> Vec<String> {
        let mut changed: BTreeMap<String, u64> = BTreeMap::new();
        for cell in cells {
            for own_id in self.stored(cell) {
                let here = self.feeds[cell].entries[&own_id].changed;
                let greatest = changed.entry(own_id).or_default();
                *greatest = here.max(*greatest);
            }
        }
        let time = |number: u64| number.checked_sub(1).map(|index| self.times[index as usize]);
        let mut recent: Vec<(u64, Time, String)> =
            changed.into_iter().map(|(own_id, changed)| (changed, self.articles[&own_id].published, own_id)).collect();
        recent.sort_by_key(|(changed, published, _)| std::cmp::Reverse((*changed, *published)));
        let newest = recent.first().and_then(|(changed, ..)| time(*changed));
        let within = |at: u64| time(at).zip(newest).is_some_and(|(at, newest)| at.0 >= newest.0 - WINDOW);
        let shown = recent.into_iter().enumerate().filter(|(rank, (at, ..))| *rank < RECENT || within(*at));
        let mut shown: Vec<String> = shown.take(MAX_ENTRIES).map(|(_, (.., own_id))| own_id).collect();
        shown.sort_by_key(|own_id| std::cmp::Reverse(self.articles[own_id].published));
        shown
    }

    fn stored(&self, key: &FeedKey) -> Vec<String> {
        let Some(feed) = self.feeds.get(key) else { return Vec::new() };
        let mut held: Vec<(&String, &Entry)> = feed.entries.iter().filter(|(_, entry)| entry.held).collect();
        held.sort_by_key(|(_, entry)| std::cmp::Reverse((entry.changed, entry.position)));
        let time = |number: u64| number.checked_sub(1).map(|index| self.times[index as usize]);
        let newest = held.first().and_then(|(_, entry)| time(entry.changed));
        let in_open_page = |entry: &Entry| !feed.has_archives() || entry.position > feed.head - feed.head % PAGE;
        let recent = |rank: usize, entry: &Entry| {
            rank < RECENT || time(entry.changed).zip(newest).is_some_and(|(at, newest)| at.0 >= newest.0 - WINDOW)
        };
        let always = held.iter().filter(|(_, entry)| in_open_page(entry)).count();
        let mut room = MAX_ENTRIES.saturating_sub(always);
        let mut shown: Vec<&String> = Vec::new();
        for (rank, (own_id, entry)) in held.iter().enumerate() {
            if in_open_page(entry) {
                shown.push(own_id);
            } else if room > 0 && recent(rank, entry) {
                shown.push(own_id);
                room -= 1;
            }
        }
        // No two of these articles have the same time, so that this is the whole order.
        shown.sort_by_key(|own_id| std::cmp::Reverse(self.articles[*own_id].published));
        shown.into_iter().cloned().collect()
    }

    /// What a document's bytes are made of: its articles in their versions, and the archive page that it leads to.
    fn listing(&self, key: &FeedKey) -> (Vec<(String, u64)>, Option<i64>) {
        let document = self.document(key).into_iter();
        let listed = document.map(|own_id| (own_id.clone(), self.articles[&own_id].version)).collect();
        (listed, self.archives(key).last().copied())
    }

    /// The revision since which a feed's document shows every change.
    fn complete_since(&self, key: &FeedKey) -> u64 {
        let (Some(feed), shown) = (self.feeds.get(key), self.document(key)) else { return 0 };
        let hidden = feed.entries.iter().filter(|(own_id, entry)| entry.held && !shown.contains(own_id));
        hidden.map(|(_, entry)| entry.changed).max().unwrap_or(0)
    }

    /// The numbers of a feed's archive pages: none before two pages are full.
    pub fn archives(&self, key: &FeedKey) -> Vec<i64> {
        let there = self.feeds.get(key).is_some_and(Feed::has_archives);
        if there { self.pages(key).into_keys().collect() } else { Vec::new() }
    }

    /// What each full page shows, and the tail's lowest however few it holds, whether they are served yet or not.
    pub fn pages(&self, key: &FeedKey) -> BTreeMap<i64, Shown> {
        let Some(feed) = self.feeds.get(key) else { return BTreeMap::new() };
        let numbers = (feed.tail..=feed.head - feed.head % PAGE).collect::<Vec<i64>>();
        let page_of = |number: i64| (number + PAGE - 1).div_euclid(PAGE);
        let pages: BTreeSet<i64> = numbers.into_iter().map(page_of).collect();
        let shown = |page: i64| {
            let entries = feed.entries.iter().filter(|(_, entry)| entry.held && page_of(entry.position) == page);
            let mut shown: Vec<&String> = entries.map(|(own_id, _)| own_id).collect();
            shown.sort_by_key(|own_id| std::cmp::Reverse(self.articles[*own_id].published));
            let shown = shown.into_iter().map(|own_id| (own_id.clone(), self.articles[own_id].version)).collect();
            (page, (shown, pages.contains(&(page - 1)), pages.contains(&(page + 1))))
        };
        pages.iter().map(|page| shown(*page)).collect()
    }

    /// The last revision that changed what a page shows, or the last fingerprint's.
    pub fn page_revision(&self, key: &FeedKey, page: i64) -> u64 {
        self.feeds[key].pages[&page].max(self.fingerprint)
    }

    /// What a feed holds: for each article the last revision at which readers of this feed were owed it.
    pub fn held(&self, key: &FeedKey) -> BTreeMap<String, u64> {
        if let FeedKey::Combination(_) = key {
            return self.combinations[key].clone();
        }
        let entries = self.feeds.get(key).into_iter().flat_map(|feed| &feed.entries);
        entries.filter(|(_, entry)| entry.held).map(|(own_id, entry)| (own_id.clone(), entry.owed)).collect()
    }

    /// A feed's revision; one that nothing joined has the last fingerprint's, and a combination the last of its cells'.
    pub fn feed_revision(&self, key: &FeedKey) -> u64 {
        if let FeedKey::Combination(_) = key {
            return key.cells().iter().map(|cell| self.feed_revision(cell)).max().unwrap_or(self.fingerprint);
        }
        self.feeds.get(key).and_then(|feed| feed.revision).unwrap_or(self.fingerprint)
    }

    /// How many articles a feed holds.
    pub fn entries(&self, key: &FeedKey) -> u64 {
        self.feeds.get(key).map_or(0, |feed| feed.entries.values().filter(|entry| entry.held).count() as u64)
    }
}

impl Feed {
    /// Whether two pages are full.
    fn has_archives(&self) -> bool {
        self.head / PAGE + (1 - self.tail) / PAGE >= 2
    }
}

const DISTRICTS: [&str; 2] = ["daan", "yantan"];
const TOPICS: [&str; 2] = ["lantern", "salt"];
/// The words that the rules look for: two for districts, two for topics.
const WORDS: [&str; 4] = ["大安", "沿滩", "彩灯", "盐井"];

fn chosen(bits: u8, names: [&str; 2]) -> Vec<Slug> {
    let chosen = names.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
    chosen.filter_map(|(_, name)| Slug::parse(name)).collect()
}

/// Labels by number: every way to belong to at most two districts and two topics.
pub fn labels(pattern: u8) -> Labels {
    Labels { districts: chosen(pattern & 3, DISTRICTS), topics: chosen(pattern >> 2 & 3, TOPICS) }
}

/// The words of these labels, by the first rules.
pub fn words(pattern: u8) -> String {
    WORDS.iter().enumerate().filter(|(bit, _)| pattern & (1 << bit) != 0).map(|(_, word)| *word).collect()
}

/// The word that each of the two districts and two topics looks for: the second rules have them the other way round.
pub fn terms(rules: u8) -> [&'static str; 4] {
    let [a, b, c, d] = WORDS;
    if rules == 0 { [a, b, c, d] } else { [b, a, d, c] }
}

/// Where a title belongs by the rules.
pub fn ruled(title: &str, rules: u8) -> Labels {
    let found = terms(rules).map(|term| title.contains(term));
    let pattern = found.iter().enumerate().map(|(bit, found)| u8::from(*found) << bit).sum();
    labels(pattern)
}
