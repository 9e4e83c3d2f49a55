//! Which pairs are articles: each draft is at most one article and each article at most one draft, the likeliest first.
//!
//! Knows nothing of how pairs were found.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::clue::{Clue, LEADS, MAY_LEAD};
use super::index::Pair;
use super::{Import, Recognised, Twice, fold};
use crate::store::Candidate;

/// The likelihood that a pair is one article.
enum Likely {
    /// It is, the more likely the greater this is.
    Is(u32),
    /// Its address says so, and nothing else does.
    May,
    /// It is not.
    IsNot,
}

/// Decides for each draft which article it is, if any; what is decided goes to `recognised`. The articles that are taken.
pub(super) fn assign(
    drafts: &[Clue],
    articles: &[Candidate],
    pairs: Vec<Pair>,
    recognised: &mut Recognised,
) -> HashSet<usize> {
    let (mut ranked, mut doubtful) = (BTreeMap::<(i64, i64), Vec<Pair>>::new(), Vec::new());
    for pair in pairs {
        let (draft, article) = (&drafts[pair.draft], &articles[pair.article]);
        match likely(&pair, draft, article) {
            Likely::Is(score) => {
                let distance = draft.distance(article).unwrap_or(0);
                ranked.entry((-i64::from(score), distance)).or_default().push(pair);
            }
            Likely::May => doubtful.push(pair),
            Likely::IsNot => {}
        }
    }
    let (mut given, mut taken, mut unclear) = (HashSet::new(), HashSet::new(), Vec::new());
    for mut alike in ranked.into_values() {
        alike.retain(|pair| !given.contains(&pair.draft) && !taken.contains(&pair.article));
        let (mut by_draft, mut by_article) = (HashMap::<_, usize>::new(), HashMap::<_, usize>::new());
        for pair in &alike {
            *by_draft.entry(pair.draft).or_default() += 1;
            *by_article.entry(pair.article).or_default() += 1;
        }
        for pair in alike {
            let (draft, article) = (&drafts[pair.draft], &articles[pair.article]);
            given.insert(pair.draft);
            if by_draft[&pair.draft] == 1 && by_article[&pair.article] == 1 {
                taken.insert(pair.article);
                recognised.same.insert(draft.key.clone(), article.key.clone());
                if !pair.title && !draft.is_near(article) {
                    let note = format!("is taken for the feed's {}, as its address says", named(article));
                    recognised.notes.insert(draft.key.clone(), note);
                }
            } else {
                unclear.push(pair);
            }
        }
    }
    leave(drafts, articles, &unclear, "and nothing tells which post is which entry", recognised);
    doubtful.retain(|pair| !given.contains(&pair.draft) && !taken.contains(&pair.article));
    leave(drafts, articles, &doubtful, "as its address says, but neither title nor time do", recognised);
    taken
}

/// Says of drafts which articles each may be; `reason` is why that is not clear.
fn leave(drafts: &[Clue], articles: &[Candidate], unclear: &[Pair], reason: &str, recognised: &mut Recognised) {
    let mut candidates = BTreeMap::<usize, Vec<String>>::new();
    unclear.iter().for_each(|pair| candidates.entry(pair.draft).or_default().push(named(&articles[pair.article])));
    for (draft, mut candidates) in candidates {
        candidates.sort();
        let told = candidates.join(" or ");
        let reason = format!(
            "may be the feed's {told}, {reason}; its slug or url can tell, or --confirm takes it for a new article"
        );
        recognised.unclear.insert(drafts[draft].key.clone(), reason);
    }
}

/// An article as messages name it.
fn named(article: &Candidate) -> String {
    format!("{:?} ({:?})", address(article), article.title)
}

fn address(article: &Candidate) -> &str {
    article.url.as_ref().or(article.guid.as_ref()).map_or(article.key.as_str(), String::as_str)
}

fn likely(pair: &Pair, draft: &Clue, article: &Candidate) -> Likely {
    let is_near = draft.is_near(article);
    // A title without a time says as much as the title does.
    let is_titled = pair.title && (is_near || draft.time.is_none());
    let is_same = match pair.link {
        link if draft.from_feed => link >= LEADS || (link > 0 && is_titled),
        0 => is_titled,
        1..MAY_LEAD if draft.time.is_some() && pair.link > 1 => pair.title || is_near,
        1..MAY_LEAD => is_titled,
        MAY_LEAD..LEADS => pair.title || is_near,
        _ => true,
    };
    match is_same {
        true => Likely::Is(pair.link + u32::from(pair.title) * 20 + u32::from(is_near) * 5),
        false if pair.link >= MAY_LEAD && !draft.from_feed && draft.is_shown => Likely::May,
        false => Likely::IsNot,
    }
}

/// The drafts that are no article, and have the title of one that is no draft; if that is looked for, also those that have
/// the title of another draft of the same day.
pub(super) fn twice(
    import: &Import<'_>,
    drafts: &[Clue],
    articles: &[Candidate],
    taken: &HashSet<usize>,
    recognised: &Recognised,
) -> Vec<Twice> {
    let mut left = HashMap::<String, Vec<&Candidate>>::new();
    for (_, article) in articles.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
        left.entry(fold::title(&article.title)).or_default().push(article);
    }
    let is_new = |draft: &&Clue| {
        let is_decided = recognised.same.contains_key(&draft.key) || recognised.unclear.contains_key(&draft.key);
        draft.is_shown && !is_decided && !draft.folded.is_empty()
    };
    let mut among = HashMap::<&str, Vec<&Clue>>::new();
    drafts.iter().filter(is_new).for_each(|draft| among.entry(&draft.folded).or_default().push(draft));
    let twice = drafts.iter().filter(is_new).filter_map(|draft| {
        // A post beside an entry that no post is, or an entry beside a post, may be the same; two posts of a day, or two
        // entries, are columns of one title.
        let stands = |article: &&&Candidate| match (draft.from_feed, &article.guid) {
            (false, Some(_)) if article.is_free => true,
            (true, None) => draft.is_near(article),
            _ => import.is_thorough && draft.is_near(article),
        };
        let beside = left.get(&draft.folded).and_then(|articles| articles.iter().find(stands));
        let alike = import.is_thorough && among.get(draft.folded.as_str()).is_some_and(|alike| draft.has_near(alike));
        (beside.is_some() || alike).then(|| Twice {
            file: import.inputs[draft.input].path.clone(),
            line: draft.line,
            title: draft.title.clone(),
            beside: beside.map(|article| address(article).to_owned()),
        })
    });
    twice.collect()
}
