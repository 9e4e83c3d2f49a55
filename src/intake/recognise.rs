//! Which drafts are articles that have come before from elsewhere: a folder's posts are the entries of the feed that was
//! imported before them, and an entry of one feed may be that of another.
//!
//! All drafts of an import are looked at together, since one article is one draft. Knows nothing of how they are stored.

mod clue;
mod fold;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use chrono_tz::Tz;

use self::clue::Clue;
use self::fold::Link;
use super::Input;
use crate::article::{Key, Status, Time};
use crate::store::{Candidate, Store, StoreError};

/// By how many seconds two readings of one date can differ if they mean different zones: 14 hours.
const ZONES: i64 = 14 * 3600;

/// How many drafts of one name or title are compared with an article; the names of more say nothing.
const MAX_ALIKE: usize = 64;

/// How many new drafts of one import are recognised, so that memory stays bounded; later ones are recognised only by the
/// same title and second.
const MAX_DRAFTS: usize = 200_000;

/// Articles that are asked for at a time.
const PAGE: usize = 1000;

/// What was found out about the drafts of an import.
#[derive(Clone, Debug, Default)]
pub struct Recognised {
    /// The stored articles that drafts are, by the drafts' keys.
    pub same: HashMap<Key, Key>,
    /// Drafts of which it is not clear which article they are, and why.
    pub unclear: HashMap<Key, String>,
    /// How many drafts there are that may be seen.
    pub drafts: usize,
    /// How many of these are stored already, under their own key or another article's.
    pub known: usize,
    /// Whether the store has articles of this source that have come from feeds.
    pub has_feed: bool,
    /// The zone in which dates without one are meant, where the articles show that it is another than was assumed, and how
    /// many show it.
    pub zone: Option<(Tz, usize)>,
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
}

impl Recognised {
    /// Whether so many titles would stand twice, more than a tenth, that the two are rather the same articles.
    pub fn doubles(&self) -> bool {
        self.twice.len() * 10 > self.drafts
    }
}

/// A draft and an article that may be the same.
struct Pair {
    draft: usize,
    article: usize,
    /// How much the article's address speaks for it.
    link: u32,
    /// Whether their titles agree.
    title: bool,
}

/// Looks at all drafts before they are imported. `zone` is the one in which their dates without one were read; unless it
/// `is_said`, the articles may show another. `thorough` looks for titles that would stand twice even if nothing has come
/// from a feed.
pub fn recognise(
    store: &Store,
    source: &str,
    inputs: &[Input],
    zone: Tz,
    is_said: bool,
    thorough: bool,
    now: Time,
) -> Result<Recognised, StoreError> {
    let mut recognised = Recognised { has_feed: store.has_feed_of(source).wait()?, ..Recognised::default() };
    if !recognised.has_feed && !thorough {
        return Ok(recognised);
    }
    let opened = inputs.iter().enumerate().filter_map(|(input, opened)| Some((input, (opened.open)(None).ok()?)));
    let found = opened.flat_map(|(input, found)| found.flatten().map(move |found| (input, found)));
    let shown = found.filter(|(_, found)| found.held.is_none() && found.draft.status == Status::Published);
    let shown = shown.filter(|(_, found)| super::in_time(found, now).is_ok());
    let clues = shown.map(|(input, found)| Clue::of(source, input, &found, zone));
    let mut drafts = unknown(store, clues, &mut recognised)?;
    if drafts.is_empty() {
        return Ok(recognised);
    }
    let index = Index::of(&drafts);
    let (mut articles, mut pairs, mut after) = (Vec::new(), Vec::new(), 0);
    loop {
        let page = store.candidates(source, after, PAGE).wait()?;
        let Some(last) = page.last() else { break };
        after = last.row;
        for candidate in page {
            let before = pairs.len();
            index.pair(&drafts, &candidate, articles.len(), &mut pairs);
            if pairs.len() > before || index.titles.contains_key(fold::title(&candidate.title).as_str()) {
                articles.push(candidate);
            }
        }
    }
    drop(index);
    if !is_said {
        recognised.zone = shown_zone(&drafts, &articles, &pairs, zone);
    }
    if let Some((zone, _)) = recognised.zone {
        drafts.iter_mut().for_each(|draft| draft.mean(zone));
    }
    let taken = assign(&drafts, &articles, pairs, &mut recognised);
    recognised.twice = twice(inputs, &drafts, &articles, &taken, &recognised, thorough);
    recognised.known += recognised.same.len();
    Ok(recognised)
}

/// The drafts whose keys the store does not know, as many as are looked at; all are counted.
fn unknown(
    store: &Store,
    mut drafts: impl Iterator<Item = Clue>,
    recognised: &mut Recognised,
) -> Result<Vec<Clue>, StoreError> {
    let mut unknown = Vec::new();
    loop {
        let page: Vec<Clue> = drafts.by_ref().take(PAGE).collect();
        if page.is_empty() {
            return Ok(unknown);
        }
        let known = store.known(page.iter().map(|draft| draft.key.clone()).collect()).wait()?;
        let is_known = |draft: &Clue| known.contains(&draft.key);
        recognised.drafts += page.len();
        recognised.known += page.iter().filter(|draft| is_known(draft)).count();
        let room = MAX_DRAFTS.saturating_sub(unknown.len());
        unknown.extend(page.into_iter().filter(|draft| !is_known(draft)).take(room));
    }
}

/// Drafts by what articles are compared with.
struct Index<'d> {
    titles: HashMap<&'d str, Vec<usize>>,
    names: HashMap<&'d str, Vec<usize>>,
    paths: HashMap<&'d str, Vec<usize>>,
    addresses: HashMap<&'d str, Vec<usize>>,
}

impl<'d> Index<'d> {
    fn of(drafts: &'d [Clue]) -> Self {
        let mut index =
            Self { titles: HashMap::new(), names: HashMap::new(), paths: HashMap::new(), addresses: HashMap::new() };
        for (at, draft) in drafts.iter().enumerate() {
            index.titles.entry(&draft.folded).or_default().push(at);
            draft.names.iter().for_each(|name| index.names.entry(name).or_default().push(at));
            draft.paths.iter().for_each(|path| index.paths.entry(path).or_default().push(at));
            draft.addresses.iter().for_each(|address| index.addresses.entry(address).or_default().push(at));
        }
        // Articles of one title are told apart by their times.
        index.titles.values_mut().for_each(|alike| alike.sort_by_key(|at| drafts[*at].time));
        index
    }

    /// All drafts that may be this article.
    fn pair(&self, drafts: &[Clue], candidate: &Candidate, article: usize, pairs: &mut Vec<Pair>) {
        let Some(guid) = &candidate.guid else { return };
        let folded = fold::title(&candidate.title);
        let addresses: Vec<&str> =
            [Some(guid), candidate.url.as_ref()].into_iter().flatten().filter_map(|a| fold::address(a)).collect();
        let links: Vec<Link> = addresses.iter().map(|address| Link::of(&format!("https://{address}"))).collect();
        let few =
            |found: Option<&Vec<usize>>| found.filter(|found| found.len() <= MAX_ALIKE).cloned().unwrap_or_default();
        let mut candidates = near(drafts, self.titles.get(folded.as_str()), candidate.published);
        for link in &links {
            candidates.extend(few(self.names.get(link.name.as_str())));
            candidates.extend(few(self.paths.get(link.path.as_str())));
        }
        for address in &addresses {
            candidates.extend(few(self.addresses.get(address)));
        }
        candidates.sort_unstable();
        candidates.dedup();
        for draft in candidates {
            let clue = &drafts[draft];
            let title = clue.folded == folded;
            let link = if clue.from_feed {
                clue.is_entry(guid, &addresses)
            } else if candidate.is_free {
                links.iter().map(|link| clue.leads_here(link)).max().unwrap_or_default()
            } else {
                continue;
            };
            if link > 0 || (title && !clue.from_feed) {
                pairs.push(Pair { draft, article, link, title });
            }
        }
    }
}

/// The drafts of one title that are nearest in time to an article.
fn near(drafts: &[Clue], alike: Option<&Vec<usize>>, published: Time) -> Vec<usize> {
    let Some(alike) = alike else { return Vec::new() };
    let at = alike.partition_point(|at| drafts[*at].time.is_none_or(|time| time < published));
    let from = at.saturating_sub(MAX_ALIKE / 8);
    let undated = alike.iter().take_while(|at| drafts[**at].time.is_none()).take(MAX_ALIKE / 8);
    alike[from..alike.len().min(at + MAX_ALIKE / 8)].iter().chain(undated).copied().collect()
}

/// The zone in which most dates without one are those of the articles, if it is not the one that was assumed.
fn shown_zone(drafts: &[Clue], articles: &[Candidate], pairs: &[Pair], assumed: Tz) -> Option<(Tz, usize)> {
    let (mut as_assumed, mut offsets, mut of) = (0, BTreeMap::<i64, usize>::new(), HashSet::new());
    for pair in pairs {
        let (draft, published) = (&drafts[pair.draft], articles[pair.article].published);
        let Some(local) = draft.local else { continue };
        as_assumed += usize::from(draft.time == Some(published));
        if (local - published.0).abs() <= ZONES {
            *offsets.entry(local - published.0).or_default() += 1;
            of.insert(pair.draft);
        }
    }
    // Of equally many, UTC.
    let (offset, count) = offsets.into_iter().max_by_key(|(offset, count)| (*count, *offset == 0))?;
    if count <= as_assumed || count * 2 <= of.len() || offset % 3600 != 0 || (offset != 0 && count < 2) {
        return None;
    }
    let zone = match offset / 3600 {
        0 => Tz::UTC,
        // The names of these zones have the sign the other way round.
        hours => format!("Etc/GMT{:+}", -hours).parse().ok()?,
    };
    (zone != assumed).then_some((zone, count))
}

/// Gives each draft at most one article and each article at most one draft, the likeliest first. The articles that are taken.
fn assign(drafts: &[Clue], articles: &[Candidate], pairs: Vec<Pair>, recognised: &mut Recognised) -> HashSet<usize> {
    let mut ranked = BTreeMap::<(i64, i64), Vec<Pair>>::new();
    for pair in pairs {
        let (draft, article) = (&drafts[pair.draft], &articles[pair.article]);
        let distance = draft.distance(article);
        if let Some(score) = score(&pair, distance, draft.from_feed) {
            ranked.entry((-i64::from(score), distance)).or_default().push(pair);
        }
    }
    let (mut given, mut taken) = (HashSet::new(), HashSet::new());
    for mut alike in ranked.into_values() {
        alike.retain(|pair| !given.contains(&pair.draft) && !taken.contains(&pair.article));
        let (mut by_draft, mut by_article) = (HashMap::<_, usize>::new(), HashMap::<_, usize>::new());
        for pair in &alike {
            *by_draft.entry(pair.draft).or_default() += 1;
            *by_article.entry(pair.article).or_default() += 1;
        }
        for pair in alike {
            let (key, article) = (&drafts[pair.draft].key, &articles[pair.article]);
            given.insert(pair.draft);
            if by_draft[&pair.draft] == 1 && by_article[&pair.article] == 1 {
                taken.insert(pair.article);
                recognised.same.insert(key.clone(), article.key.clone());
            } else {
                let name = article.url.as_ref().or(article.guid.as_ref()).unwrap_or(&article.title);
                let reason =
                    format!("it is not clear whether it is {name:?}, which has come from a feed, or another; left out");
                recognised.unclear.insert(key.clone(), reason);
            }
        }
    }
    taken
}

/// How likely a pair is one article; `None` if it is not.
fn score(pair: &Pair, distance: i64, from_feed: bool) -> Option<u32> {
    let is_near = distance <= ZONES;
    let told = if pair.title { 20 } else { 0 } + if is_near { 5 } else { 0 };
    let is_same = match pair.link {
        0 => pair.title && is_near,
        // An address that many entries may share, or a number, wants to be borne out.
        1..15 if from_feed => (pair.title && is_near) || distance == 0,
        1..15 => pair.title || is_near,
        _ => true,
    };
    is_same.then_some(pair.link + told)
}

/// The drafts that are no article, and have the title of one that is no draft.
fn twice(
    inputs: &[Input],
    drafts: &[Clue],
    articles: &[Candidate],
    taken: &HashSet<usize>,
    recognised: &Recognised,
    thorough: bool,
) -> Vec<Twice> {
    let mut left = HashMap::<String, Vec<&Candidate>>::new();
    for (_, article) in articles.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
        left.entry(fold::title(&article.title)).or_default().push(article);
    }
    let mut among = HashMap::<&str, Vec<&Clue>>::new();
    drafts
        .iter()
        .filter(|draft| !draft.folded.is_empty())
        .for_each(|draft| among.entry(&draft.folded).or_default().push(draft));
    let stands = |draft: &&Clue| {
        let is_new = !recognised.same.contains_key(&draft.key) && !recognised.unclear.contains_key(&draft.key);
        let near = |article: &&&Candidate| article.guid.is_some() || draft.distance(article) <= ZONES;
        let beside = left.get(&draft.folded).is_some_and(|articles| articles.iter().any(|article| near(&article)));
        let alike = || among.get(draft.folded.as_str()).is_some_and(|alike| draft.has_near(alike));
        is_new && (beside || (thorough && alike()))
    };
    let twice = drafts.iter().filter(stands);
    twice
        .map(|draft| Twice { file: inputs[draft.input].path.clone(), line: draft.line, title: draft.title.clone() })
        .collect()
}
