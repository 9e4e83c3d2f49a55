//! Which drafts are articles that have come before from elsewhere: a folder's posts are the entries of the feed that was
//! imported before them, and an entry of one feed may be that of another.
//!
//! All drafts of an import are looked at together, since one article is one draft. Knows nothing of how they are stored.

mod fold;
mod clue;
mod index;
mod assign;
mod zone;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use chrono_tz::Tz;

use self::assign::{assign, twice};
use self::clue::Clue;
use self::index::{Index, Pair};
use self::zone::{Evidence, Shown};
use super::Input;
use crate::article::{Key, Time};
use crate::feed::FeedSet;
use crate::ingest::Fault;
use crate::store::{Candidate, Store, StoreError};

/// By how many seconds two readings of one date can differ if they mean different zones: 14 hours.
const ZONES: i64 = 14 * 3600;

/// The number of new drafts of one import that are recognised, so that memory stays bounded; later ones are recognised only by the
/// same title and second.
const MAX_DRAFTS: usize = 200_000;

/// Drafts or articles that are asked for at a time.
const PAGE: usize = 1000;

/// An import whose drafts are to be recognised.
pub struct Import<'a> {
    /// In whose name they come.
    pub source: &'a str,
    /// The files that hold them.
    pub inputs: &'a [Input],
    /// Whether any of these is a feed.
    pub from_feed: bool,
    /// The definitions of the site.
    pub set: &'a FeedSet,
    /// The zone of dates that name none, if somebody has said it; otherwise they were read in the site's, and articles may
    /// show that another is meant.
    pub dates_in: Option<Tz>,
    /// Whether somebody has confirmed that drafts in doubt are new articles.
    pub is_confirmed: bool,
    /// Whether to look for titles that would stand twice even if nothing has come from a feed.
    pub is_thorough: bool,
}

impl Import<'_> {
    /// The zone in which dates without one were read.
    fn zone(&self) -> Tz {
        self.dates_in.unwrap_or(self.set.site.time_zone)
    }
}

/// The drafts of an import, compared with the store's articles.
#[derive(Clone, Debug, Default)]
pub struct Recognised {
    /// The stored articles that drafts are, by the drafts' keys.
    pub same: HashMap<Key, Key>,
    /// Notes on drafts that are taken for articles though neither title nor time agree.
    pub notes: HashMap<Key, String>,
    /// Drafts of which it is not clear which article they are, and why.
    pub unclear: HashMap<Key, String>,
    /// The number of drafts that may be seen.
    pub drafts: usize,
    /// The number of these that are known from a feed.
    pub known: usize,
    /// The number of others that are stored already.
    pub stored: usize,
    /// The number of drafts that the store did not know before they were compared with its articles.
    pub compared: usize,
    /// Whether the store has articles of this source that have come from feeds.
    pub has_feed: bool,
    /// The zone in which dates without one are meant, where articles show that it is another than was assumed.
    pub zone: Option<Tz>,
    /// A remark for the editor on that zone.
    pub remark: Option<String>,
    /// Drafts that would stand beside an article of the same title.
    pub twice: Vec<Twice>,
}

/// A draft that would stand beside an article of the same title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twice {
    /// Its file.
    pub file: PathBuf,
    /// The line it begins at, from 1.
    pub line: u64,
    /// Its title.
    pub title: String,
    /// The article, by its address or else its id; `None` if it is another draft.
    pub beside: Option<String>,
}

impl Twice {
    /// The draft and the article, for the editor.
    pub fn fault(&self) -> Fault {
        let beside = self.beside.as_ref().map_or("in this import".to_owned(), |article| format!("at {article}"));
        Fault::at(&self.file, self.line, format!("{:?} stands {beside}, too", self.title))
    }
}

impl Recognised {
    /// Whether so many titles would stand twice, more than a tenth, that the two are rather the same articles.
    pub fn doubles(&self) -> bool {
        self.twice.len() * 10 > self.drafts
    }
}

/// Looks at all drafts before they are imported.
pub fn recognise(store: &Store, import: &Import<'_>, now: Time) -> Result<Recognised, StoreError> {
    let (has_any, has_feed) = store.has_articles_of(import.source).wait()?;
    let mut recognised = Recognised { has_feed, ..Recognised::default() };
    if !(has_feed || import.is_thorough || (import.from_feed && has_any)) {
        return Ok(recognised);
    }
    let opened = import.inputs.iter().enumerate();
    let opened = opened.filter_map(|(input, opened)| Some((input, (opened.open)(None).ok()?)));
    let found = opened.flat_map(|(input, found)| found.flatten().map(move |found| (input, found)));
    let found = found.filter(|(_, found)| super::in_time(found, now).is_ok());
    let clues = found.map(|(input, found)| Clue::of(import.source, input, &found, import.zone()));
    let New { mut drafts, present, mut evidence } = new(store, clues, &mut recognised)?;
    recognised.compared = drafts.iter().filter(|draft| draft.is_shown).count();
    if drafts.is_empty() {
        return Ok(recognised);
    }
    let index = Index::of(&drafts, &import.set.site.language);
    let (articles, pairs) = candidates(store, import.source, &drafts, &index, &present)?;
    evidence.extend(pairs.iter().filter(|pair| pair.title || pair.link >= clue::MAY_LEAD).filter_map(|pair| {
        let (draft, article) = (&drafts[pair.draft], &articles[pair.article]);
        draft.local.map(|local| draft.evidence(pair.draft, local, article.published))
    }));
    drop(index);
    let shown = zone::shown(&evidence);
    recognised.remark = remark(import, &shown, &drafts, has_feed);
    if let (Shown::Zone(zone, _), None) = (shown, import.dates_in) {
        recognised.zone = Some(zone);
        drafts.iter_mut().for_each(|draft| draft.mean(zone));
    }
    let taken = assign(&drafts, &articles, pairs, &mut recognised);
    recognised.known += drafts.iter().filter(|d| d.is_shown && recognised.same.contains_key(&d.key)).count();
    recognised.twice = twice(import, &drafts, &articles, &taken, &recognised);
    if import.is_confirmed {
        recognised.unclear.clear();
    }
    Ok(recognised)
}

/// The drafts of an import that the store does not know.
struct New {
    drafts: Vec<Clue>,
    /// The articles that the others are.
    present: HashSet<Key>,
    /// Evidence from these of the zone of dates.
    evidence: Vec<Evidence>,
}

/// Tells the drafts that the store does not know, as many as are looked at, from those that it does; counts all.
fn new(store: &Store, mut drafts: impl Iterator<Item = Clue>, recognised: &mut Recognised) -> Result<New, StoreError> {
    let mut new = New { drafts: Vec::new(), present: HashSet::new(), evidence: Vec::new() };
    loop {
        let page: Vec<Clue> = drafts.by_ref().take(PAGE).collect();
        if page.is_empty() {
            return Ok(new);
        }
        let known = store.known(page.iter().map(|draft| draft.key.clone()).collect()).wait()?;
        for draft in page {
            recognised.drafts += usize::from(draft.is_shown);
            let Some(article) = known.get(&draft.key) else {
                if new.drafts.len() < MAX_DRAFTS {
                    new.drafts.push(draft);
                }
                continue;
            };
            let is_from_feed = usize::from(article.from_feed);
            recognised.known += usize::from(draft.is_shown) * is_from_feed;
            recognised.stored += usize::from(draft.is_shown) * (1 - is_from_feed);
            if let Some(local) = draft.local.filter(|_| article.from_feed) {
                // Numbered apart from the new ones.
                new.evidence.push(draft.evidence(usize::MAX - new.evidence.len(), local, article.published));
            }
            new.present.insert(article.key.clone());
        }
    }
}

impl Clue {
    fn evidence(&self, draft: usize, local: i64, published: Time) -> Evidence {
        Evidence { draft, local, whole_day: self.whole_day, assumed: self.time, published }
    }
}

/// The articles that any draft may be or has the title of, and the pairs. Those that are `present` are no new draft.
fn candidates(
    store: &Store,
    source: &str,
    drafts: &[Clue],
    index: &Index<'_>,
    present: &HashSet<Key>,
) -> Result<(Vec<Candidate>, Vec<Pair>), StoreError> {
    let (mut articles, mut pairs, mut after, mut host) = (Vec::new(), Vec::new(), 0, None);
    loop {
        let page = store.candidates(source, after, PAGE).wait()?;
        let Some(last) = page.last() else { return Ok((articles, pairs)) };
        after = last.row;
        let host = host.get_or_insert_with(|| index::usual_host(&page));
        for article in page.into_iter().filter(|article| !present.contains(&article.key)) {
            let before = pairs.len();
            let title = fold::title(&article.title);
            index.pair(drafts, &article, &title, articles.len(), host, &mut pairs);
            if pairs.len() > before || index.has_title(&title) {
                articles.push(article);
            }
        }
    }
}

/// A remark for the editor on the zone of dates without one, if articles show another than was assumed, or nothing certain.
fn remark(import: &Import<'_>, shown: &Shown, drafts: &[Clue], has_feed: bool) -> Option<String> {
    let zone = import.zone();
    let local = drafts.iter().filter(|draft| draft.is_shown && draft.local.is_some()).count();
    match shown {
        Shown::Zone(other, count) if import.dates_in.is_some() => Some(format!(
            "the feed shows ({count} of them) that dates without a zone are meant in {other}, and not in {zone} as was said"
        )),
        Shown::Zone(other, count) => Some(format!(
            "dates without a zone are read in {other}, as the feed shows ({count} of them); put dates_in = \"{other}\" into \
             site.toml, so that later imports and `serve --watch` read them so, too"
        )),
        Shown::Several(offsets) if import.dates_in.is_none() => {
            let told = offsets.iter().take(4).map(|(offset, count)| format!("{} ({count})", zone::distance(*offset)));
            Some(format!(
                "dates without a zone are read in {zone}, but the feed shows {}; say the region's zone with --dates-in, \
                 such as America/New_York",
                told.collect::<Vec<_>>().join(", ")
            ))
        }
        Shown::Nothing if import.dates_in.is_none() && has_feed && local > 0 => Some(format!(
            "{local} new without a zone in their dates, read in {zone}; if they are meant in another (Hugo, Zola and Jekyll \
             mean UTC), say --dates-in, or dates_in in site.toml"
        )),
        _ => None,
    }
}
