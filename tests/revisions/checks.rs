//! What must be true after every step, and of every reader in the end.
//!
//! Knows nothing of what has happened: the store is held against the model, and everything against what was seen of it
//! before.

use std::collections::BTreeSet;

use http::{Request, StatusCode};
use wellhead::article::{Article, Key, Time};
use wellhead::feed::FeedKey;
use wellhead::resource::{Format, Resource};
use wellhead::site;

use super::model::NOTICE;
use super::reader::{self, Keeps, READERS, Reader};
use super::world::{Seen, Shown, World, id};

/// For how many seconds caches keep a document.
const MAX_AGE: i64 = 600;

impl World {
    /// Holds the store against the model, and every feed and archive page against what was seen of it before.
    pub fn check(&mut self, deployed: bool) {
        let keys = self.keys.clone();
        self.looks += 1;
        for (nth, key) in keys.iter().enumerate() {
            let seen = self.look(key);
            if let Some((number, bytes)) = self.seen.get(key) {
                let (moved, changed) = (*number != seen.0, *bytes != seen.1);
                assert!(seen.0 >= *number, "{key}: revisions only grow");
                assert!(!changed || moved, "{key}: other bytes under the same validators");
                let raised = self.model.feeds.get(key).is_some_and(|feed| feed.raised > *number);
                assert!(
                    !moved || changed || deployed || raised || !key.is_stored(),
                    "{key}: other validators for the same bytes"
                );
            }
            if self.seen.get(key).is_none_or(|before| before.1 != seen.1) {
                formats_agree(&key.to_string(), &seen.1);
            }
            self.seen.insert(key.clone(), seen);
            if key.is_stored() {
                self.check_archives(key, deployed, self.looks % keys.len() == nth);
            }
        }
        self.check_embargoes();
        self.check_pages();
        self.note_what_is_shown();
    }

    /// Remembers from when on each feed has had which document.
    fn note_what_is_shown(&mut self) {
        let now = self.now();
        for key in &self.keys {
            let document = self.model.document(key).into_iter();
            let shown: Shown = document.map(|own_id| (own_id.clone(), self.model.articles[&own_id].outdated)).collect();
            let all = self.shown.entry(key.clone()).or_default();
            if all.last().is_none_or(|(_, last)| *last != shown) {
                all.push((now, shown));
            }
        }
    }

    /// After a poll through a cache a reader has at least what the document showed at some moment of the last
    /// [`MAX_AGE`] seconds, unless it goes through the changes that it lacks, the oldest first.
    pub fn has_what_was_shown(&self, reader: &Reader, key: &FeedKey, swaps: bool) {
        if reader.own_tag().is_some_and(|named| named < self.model.feed_revision(key)) {
            return;
        }
        let has = |(own_id, outdated): (&String, &usize)| {
            let seen = reader.seen.get(&id(own_id));
            seen.is_some_and(|title| self.model.articles[own_id].titles[*outdated..].contains(title))
        };
        let documents = &self.shown[key];
        let until = documents.iter().skip(1).map(|(begin, _)| *begin).chain([Time(i64::MAX)]);
        let mut recent = documents.iter().zip(until).filter(|(_, end)| end.0 >= self.now().0 - MAX_AGE);
        let covered = recent.any(|((_, shown), _)| shown.iter().all(has));
        let cache = if swaps { "that swaps validators" } else { "that does not" };
        assert!(covered, "{:?} of {key} behind a cache {cache} lacks what the document shows", reader.keeps);
    }

    /// Archives cover all, and no article stands in two pages; no page changes without its validators, nor they without
    /// it. Pages whose revision has not moved are looked into now and then only.
    fn check_archives(&mut self, key: &FeedKey, deployed: bool, thoroughly: bool) {
        let (pages, shown) = (self.model.archives(key), self.model.pages(key));
        let store = self.apps[0].site.store();
        let there = store.archive_pages(key).wait().expect("the store answers");
        assert_eq!(there.clone().collect::<Vec<i64>>(), pages, "the archive pages of {key}");
        for beyond in [there.start() - 1, there.end() + 1] {
            assert!(store.archive_revision(key, beyond).wait().expect("the store answers").is_none());
        }
        let mut reached: BTreeSet<String> = self.model.document(key).into_iter().collect();
        let mut in_pages: BTreeSet<String> = BTreeSet::new();
        for page in &pages {
            for (own_id, _) in &shown[page].0 {
                assert!(in_pages.insert(own_id.clone()), "{own_id} stands in two archive pages of {key}");
            }
        }
        reached.extend(in_pages);
        let held: BTreeSet<String> = self.model.held(key).into_keys().collect();
        assert_eq!(reached, held, "following prev-archive from {key}");
        for page in pages {
            let revision = self.apps[0].site.store().archive_revision(key, page).wait().expect("the store answers");
            let number = revision.expect("a page that is there").number;
            assert_eq!(number, self.model.page_revision(key, page), "the revision of page {page} of {key}");
            let before = self.shelved.get(&(key.clone(), page));
            if before.is_some_and(|before| before.0 == number) && !thoroughly {
                continue;
            }
            let seen = self.look_at_page(key, page);
            if let Some((number, bytes)) = self.shelved.get(&(key.clone(), page)) {
                let (moved, changed) = (*number != seen.0, *bytes != seen.1);
                assert!(!changed || moved, "page {page} of {key}: other bytes under the same validators");
                assert!(!moved || changed || deployed, "page {page} of {key}: other validators for the same bytes");
            }
            formats_agree(&format!("page {page} of {key}"), &seen.1);
            self.shelved.insert((key.clone(), page), seen);
        }
    }

    /// An archive page as a client gets it, after comparing it with the model.
    fn look_at_page(&self, key: &FeedKey, page: i64) -> Seen {
        let (shown, before, after) = self.model.pages(key).remove(&page).expect("a page of the model");
        let site = &self.apps[0].site;
        let stored = site.store().archive(key, page).wait().expect("the store answers").expect("a page that is there");
        let titles: Vec<String> = stored.articles.iter().map(title).collect();
        let wanted: Vec<&str> = shown.iter().map(|(own, _)| self.model.articles[own].shown()).collect();
        assert_eq!(titles, wanted, "page {page} of {key}");
        let beside = |there: bool, page: i64| there.then_some(page);
        let neighbours = (stored.neighbours.before, stored.neighbours.after);
        assert_eq!(neighbours, (beside(before, page - 1), beside(after, page + 1)), "beside page {page} of {key}");
        let bytes = Format::ALL.map(|format| {
            let path = Resource::Archive(key.clone(), page, format).path();
            let request = Request::get(path).header("host", "x").body(()).expect("a request");
            let (status, headers, body) = self.ask(0, &request);
            assert_eq!(
                (status, &headers["cache-control"]),
                (StatusCode::OK, &http::HeaderValue::from_static("public, max-age=3600"))
            );
            let tag = format!("W/\"{}-{:08x}\"", stored.revision.number, stored.revision.nonce);
            assert_eq!(headers["etag"], tag.as_str());
            assert_eq!(headers["link"].to_str().expect("text"), self.links(key, page, format), "page {page} of {key}");
            body
        });
        (stored.revision.number, bytes.to_vec())
    }

    /// What the Link field of an archive page says by the model.
    fn links(&self, key: &FeedKey, page: i64, format: Format) -> String {
        let (_, before, after) = self.model.pages(key).remove(&page).expect("a page of the model");
        let to = |resource: Resource, relation: &str| {
            format!("<https://news.example{}>; rel=\"{relation}\"", resource.path())
        };
        let archive = |page| Resource::Archive(key.clone(), page, format);
        let mut links = vec![to(Resource::Feed(key.clone(), format), "current")];
        links.extend(before.then(|| to(archive(page - 1), "prev-archive")));
        links.extend(after.then(|| to(archive(page + 1), "next-archive")));
        links.join(", ")
    }

    /// What is under embargo is nowhere: not as a page, not in an export, and in no feed (which the model says).
    fn check_embargoes(&self) {
        let store = self.apps[0].site.store();
        let Some(hidden) = self.model.articles.values().find(|article| article.embargoed) else { return };
        let key = Key::derive("local", &hidden.said.own_id);
        let path = Resource::article(key.clone()).path();
        let request = Request::get(path).header("host", "x").body(()).expect("a request");
        assert_eq!(self.ask(0, &request).0, StatusCode::NOT_FOUND, "the page of an article under embargo");
        let all = store.keys_after(None, u32::MAX).wait().expect("the store answers");
        assert!(!all.contains(&key), "an article under embargo among those to be exported");
    }

    /// A feed as the server has it, after comparing it with the model.
    fn look(&mut self, key: &FeedKey) -> Seen {
        let site = &self.apps[0].site;
        let document = self.runtime.block_on(site.store().document(key, None)).expect("a document");
        let expected = self.model.document(key);
        let titles: Vec<String> = document.articles.iter().map(title).collect();
        let wanted: Vec<&str> = expected.iter().map(|own| self.model.articles[own].shown()).collect();
        assert_eq!(titles, wanted, "the document of {key}");
        assert_eq!(document.revision.number, self.model.feed_revision(key), "the revision of {key}");
        let time = self.model.times[document.revision.number as usize - 1];
        assert_eq!(document.revision.time, time, "the time of {key}'s revision");
        assert_eq!(site.read(|ledger| ledger.feed(key)), document.revision.number, "the ledger's revision of {key}");
        if key.is_stored() {
            assert_eq!(site.read(|ledger| ledger.entries(key)), self.model.entries(key), "how many {key} holds");
            assert_eq!(document.newest_page, self.model.archives(key).last().copied(), "where {key} leads");
        }
        for (own_id, article) in expected.iter().zip(&document.articles) {
            assert_eq!(article.id, id(own_id), "an id never changes");
            let told = &self.model.articles[own_id];
            assert_eq!((article.published, article.updated), (told.published, told.updated), "dates of {own_id}");
            if article.withdrawn.is_none() {
                assert_eq!(article.content.note, told.note, "the note of {own_id}");
                assert_eq!(article.labels, told.labels, "the labels of {own_id}");
            }
        }
        let bytes = Format::ALL.map(|format| {
            let resource = Resource::Feed(key.clone(), format);
            let selected = self.runtime.block_on(site::select(site.set(), site.store(), &resource, None, self.now()));
            site::render(site.set(), &resource, selected.expect("a snapshot").expect("a defined feed")).bytes
        });
        (document.revision.number, bytes.to_vec())
    }

    /// What must be true of every reader in the end, at either server.
    pub fn settle(&mut self) {
        let readers: Vec<(usize, usize)> = self.readers.keys().copied().collect();
        self.release();
        self.hear(1);
        for (reader, feed) in readers {
            let mut polls = 0;
            loop {
                self.pass(3);
                let came = self.poll(reader, feed, polls % 2, false);
                if came.is_none() && self.readers[&(reader, feed)].first.is_some() {
                    break;
                }
                polls += 1;
                assert!(polls < 40, "{:?} is never done", self.readers[&(reader, feed)].keeps);
            }
            self.has_all(&self.readers[&(reader, feed)], &self.keys[feed]);
            assert_eq!(self.poll(reader, feed, 1, false), None, "nothing is new");
        }
        self.settle_behind_caches();
    }

    /// Behind a cache everybody comes to rest, too, but for readers of deltas behind one that swaps validators: they get
    /// whole documents, and lose nothing.
    fn settle_behind_caches(&mut self) {
        let readers: Vec<(usize, usize, bool)> = self.cached_readers.keys().copied().collect();
        for (reader, feed, swaps) in readers {
            let keeps = READERS[reader];
            let rests = keeps != Keeps::Nothing && !(swaps && keeps.delta());
            let mut polls = 0;
            loop {
                self.pass(MAX_AGE + 3);
                let came = self.poll_through_cache(reader, feed, swaps);
                polls += 1;
                if came.is_none() || (!rests && polls > 9) {
                    break;
                }
                assert!(polls < 40, "{keeps:?} behind a cache is never done");
            }
            // Whatever it was last given is no older than this.
            let (_, document) = self.shown[&self.keys[feed]].last().expect("a document").clone();
            let reader = &self.cached_readers[&(reader, feed, swaps)];
            assert!(document.keys().all(|own_id| reader.seen.contains_key(&id(own_id))), "{keeps:?} lacks something");
        }
    }

    fn has_all(&self, reader: &Reader, key: &FeedKey) {
        let (first, at) = reader.first.as_ref().expect("it has polled");
        for (own_id, changed) in self.model.held(key) {
            let id = id(&own_id);
            if !first.contains(&id) && changed <= *at {
                continue;
            }
            let forms = self.model.articles[&own_id].forms();
            let seen = reader.seen.get(&id);
            let told = seen.is_some_and(|title| forms.contains(title));
            assert!(told, "{:?} of {key} has {seen:?} of {own_id}, which is {forms:?}", reader.keeps);
        }
    }
}

fn title(article: &Article) -> String {
    if article.withdrawn.is_some() { NOTICE.to_owned() } else { article.content.title.clone() }
}

/// The three formats say the same: which articles, in which order, under which titles and dates, with which text; and
/// they lead to the same older page. (RSS knows no date of change.)
fn formats_agree(what: &str, bytes: &[Vec<u8>]) {
    let [atom, rss, json] = [0, 1, 2].map(|nth| reader::details(Format::ALL[nth], &bytes[nth]));
    assert_eq!(atom, json, "{what}: Atom and JSON Feed");
    let without_updates = |mut details: reader::Details| {
        details.entries.iter_mut().for_each(|entry| entry.updated = None);
        details
    };
    assert_eq!(without_updates(atom), without_updates(rss), "{what}: Atom and RSS");
}
