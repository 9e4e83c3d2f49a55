//! The rules of revisions, joining and documents, restated over plain lists: the specification that the store must meet.
//!
//! Knows nothing of the store's code but the names of its limits. Nothing here is fast, and nothing needs to be.

use std::collections::{BTreeMap, BTreeSet};

use wellhead::article::{Labels, Slug, Time};
use wellhead::feed::FeedKey;
use wellhead::feed::window::{MAX_ENTRIES, PAGE, RECENT, WINDOW};
use wellhead::store::batch::{MAX_REVISION, feeds_of};

/// What a source says of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub own_id: String,
    pub title: String,
    pub published: Time,
    pub updated: Option<Time>,
    pub labels: Labels,
}

/// An article as it is published.
#[derive(Clone, Debug)]
pub struct Article {
    pub title: String,
    pub published: Time,
    pub updated: Time,
    pub labels: Labels,
    pub version: u64,
    pub withdrawn: bool,
    /// The titles under which it stood since its last significant change: whoever has one of them was told.
    pub forms: Vec<String>,
}

/// An article's place in a feed.
#[derive(Clone, Debug)]
pub struct Entry {
    pub position: i64,
    pub changed: u64,
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
}

impl Model {
    /// A revision is the next number, at the next whole second that no revision had (rule 1).
    fn revision(&mut self, now: Time) -> u64 {
        let time = self.times.last().map_or(now.plus(1), |last| now.plus(1).max(last.plus(1)));
        self.times.push(time);
        self.times.len() as u64
    }

    /// A new fingerprint gives every feed a new revision; the same one changes nothing (rule 2).
    pub fn set_fingerprint(&mut self, now: Time) {
        self.fingerprint = self.revision(now);
        for feed in self.feeds.values_mut() {
            feed.revision = Some(self.fingerprint);
        }
    }

    /// An import: a transaction takes 1,000 articles, oldest first (backfill newest first), and every 200 of them are a
    /// revision, if they change anything.
    pub fn import(&mut self, said: &[Said], backfill: bool, now: Time) {
        let newest = said.iter().map(|said| said.published).max().filter(|_| backfill);
        for transaction in said.chunks(1000) {
            let mut ordered = transaction.to_vec();
            ordered.sort_by_key(|said| said.published);
            if backfill {
                ordered.reverse();
            }
            for batch in ordered.chunks(MAX_REVISION) {
                self.put(batch, newest, now);
            }
        }
    }

    fn put(&mut self, batch: &[Said], backfill: Option<Time>, now: Time) {
        let changed: Vec<&Said> = batch.iter().filter(|said| self.differs(said)).collect();
        if changed.is_empty() {
            return;
        }
        let before: BTreeMap<FeedKey, _> = self.feeds.keys().map(|key| (key.clone(), self.listing(key))).collect();
        let number = self.revision(now);
        let fresh = |said: &&Said| !self.articles.contains_key(&said.own_id);
        let newest_new = changed.iter().copied().filter(fresh).map(|said| said.published).max();
        let mut joining: BTreeMap<FeedKey, Vec<(Time, String, bool)>> = BTreeMap::new();
        for said in changed {
            self.write(said, number, backfill.is_some(), &mut joining);
        }
        for (key, members) in joining {
            self.join(&key, members, backfill.max(newest_new), number);
        }
        let keys: Vec<FeedKey> = self.feeds.keys().cloned().collect();
        for key in keys {
            // A feed's revision is the last that changed its document.
            if before.get(&key) != Some(&self.listing(&key)) {
                self.feeds.entry(key).or_default().revision = Some(number);
            }
        }
    }

    /// Whether anything of it would be published differently.
    fn differs(&self, said: &Said) -> bool {
        self.articles.get(&said.own_id).is_none_or(|article| {
            if article.withdrawn {
                return false;
            }
            let significant = said.updated.is_some_and(|updated| updated > article.updated);
            significant || article.title != said.title || article.labels != said.labels
        })
    }

    /// Writes one article and its places; what joins a feed for the first time is only noted.
    fn write(
        &mut self,
        said: &Said,
        number: u64,
        backfill: bool,
        joining: &mut BTreeMap<FeedKey, Vec<(Time, String, bool)>>,
    ) {
        let old = self.articles.get(&said.own_id).cloned();
        let published = old.as_ref().map_or(said.published, |old| old.published);
        let shown = old.as_ref().map_or(published, |old| old.updated);
        let updated = said.updated.map_or(shown, |updated| updated.max(shown));
        let significant = old.is_some() && updated > shown;
        let mut forms = old.as_ref().filter(|_| !significant).map_or(Vec::new(), |old| old.forms.clone());
        forms.push(said.title.clone());
        let article = Article {
            withdrawn: false,
            forms,
            title: said.title.clone(),
            published,
            updated,
            labels: said.labels.clone(),
            version: old.as_ref().map_or(1, |old| old.version + 1),
        };
        self.articles.insert(said.own_id.clone(), article);
        let wanted: BTreeSet<FeedKey> = feeds_of(&said.labels).into_iter().collect();
        for (key, feed) in &mut self.feeds {
            if let Some(entry) = feed.entries.get_mut(&said.own_id) {
                let returns = !entry.held && wanted.contains(key);
                entry.held = wanted.contains(key);
                if returns || (entry.held && significant) {
                    entry.changed = number;
                }
            }
        }
        for key in wanted {
            let feed = self.feeds.entry(key.clone()).or_insert_with(|| Feed { tail: 1, ..Feed::default() });
            if !feed.entries.contains_key(&said.own_id) {
                let member = (published, said.own_id.clone(), backfill || old.is_some());
                joining.entry(key).or_default().push(member);
            }
        }
    }

    /// A withdrawal or restoration is a significant change in all the feeds that hold the article, at a second that no
    /// other has. It makes a revision if it changes anything.
    pub fn turn(&mut self, own_id: &str, title: &str, withdrawn: bool, now: Time) {
        let taken: BTreeSet<Time> = self.articles.values().map(|article| article.updated).collect();
        let Some(article) = self.articles.get_mut(own_id).filter(|article| article.withdrawn != withdrawn) else {
            return;
        };
        let free = (0..).map(|back| now.plus(-back)).find(|time| !taken.contains(time)).unwrap_or(now);
        article.updated = free.max(article.updated.plus(1));
        (article.title, article.withdrawn) = (title.to_owned(), withdrawn);
        article.forms = vec![title.to_owned()];
        article.version += 1;
        let number = self.revision(now);
        for feed in self.feeds.values_mut() {
            if let Some(entry) = feed.entries.get_mut(own_id).filter(|entry| entry.held) {
                entry.changed = number;
                feed.revision = Some(number);
            }
        }
    }

    /// Joining: at the head oldest first; what is backfilled and over 48 h older than the newest, at the tail, newest
    /// first (rule 5).
    fn join(&mut self, key: &FeedKey, members: Vec<(Time, String, bool)>, newest: Option<Time>, number: u64) {
        let Some(feed) = self.feeds.get_mut(key) else { return };
        let newest = newest.max(feed.newest);
        let old = |(published, _, backfill): &(Time, String, bool)| {
            *backfill && newest.is_some_and(|newest| published.0 < newest.0 - WINDOW)
        };
        let (mut tail, mut head): (Vec<_>, Vec<_>) = members.into_iter().partition(old);
        head.sort_by_key(|(published, ..)| *published);
        tail.sort_by_key(|(published, ..)| std::cmp::Reverse(*published));
        for (published, own_id, _) in head {
            feed.head += 1;
            feed.newest = feed.newest.max(Some(published));
            feed.entries.insert(own_id, Entry { position: feed.head, changed: number, held: true });
        }
        for (published, own_id, _) in tail {
            feed.tail -= 1;
            feed.newest = feed.newest.max(Some(published));
            feed.entries.insert(own_id, Entry { position: feed.tail, changed: 0, held: true });
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
        let full_pages = feed.head / PAGE + (1 - feed.tail) / PAGE;
        let in_open_page = |entry: &Entry| full_pages < 2 || entry.position > feed.head - feed.head % PAGE;
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

    /// What a document's bytes are made of.
    fn listing(&self, key: &FeedKey) -> Vec<(String, u64)> {
        let document = self.document(key).into_iter();
        document.map(|own_id| (own_id.clone(), self.articles[&own_id].version)).collect()
    }

    /// What a feed holds: for each article the last revision at which readers of this feed should have heard of it.
    pub fn held(&self, key: &FeedKey) -> BTreeMap<String, u64> {
        let mut held: BTreeMap<String, u64> = BTreeMap::new();
        for feed in key.cells().iter().filter_map(|cell| self.feeds.get(cell)) {
            for (own_id, entry) in feed.entries.iter().filter(|(_, entry)| entry.held) {
                let changed = held.entry(own_id.clone()).or_default();
                *changed = entry.changed.max(*changed);
            }
        }
        held
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

/// Labels by number: every way to belong to at most two districts and two topics.
pub fn labels(pattern: u8) -> Labels {
    let slugs = |bits: u8, names: [&str; 2]| -> Vec<Slug> {
        let chosen = names.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
        chosen.filter_map(|(_, name)| Slug::parse(name)).collect()
    };
    Labels { districts: slugs(pattern & 3, ["daan", "yantan"]), topics: slugs(pattern >> 2 & 3, ["lantern", "salt"]) }
}
