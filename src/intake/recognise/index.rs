//! Drafts by all that articles are compared with, so that each article is compared with few of them.
//!
//! Knows nothing of which pair is an article in the end.

use std::collections::HashMap;

use super::clue::Clue;
use super::fold::{self, Link};
use crate::article::Time;
use crate::store::Candidate;

/// The most drafts of one name or address that are compared with an article; a name that more share says nothing.
const MAX_ALIKE: usize = 64;

/// The number of drafts of one title, before and behind an article in time, that are compared with it.
const NEAREST: usize = 8;

/// A draft and an article that may be the same.
pub(super) struct Pair {
    pub draft: usize,
    pub article: usize,
    /// The weight of the article's address as evidence.
    pub link: u32,
    /// Whether their titles agree.
    pub title: bool,
}

/// Drafts by what articles are compared with.
pub(super) struct Index<'d> {
    language: &'d str,
    titles: HashMap<&'d str, Vec<usize>>,
    names: HashMap<&'d str, Vec<usize>>,
    paths: HashMap<&'d str, Vec<usize>>,
    addresses: HashMap<&'d str, Vec<usize>>,
}

impl<'d> Index<'d> {
    /// These drafts, of a site in this language.
    pub(super) fn of(drafts: &'d [Clue], language: &'d str) -> Self {
        let (titles, names, paths, addresses) = Default::default();
        let mut index = Self { language, titles, names, paths, addresses };
        for (at, draft) in drafts.iter().enumerate() {
            if !draft.folded.is_empty() {
                index.titles.entry(&draft.folded).or_default().push(at);
            }
            draft.names.iter().for_each(|name| index.names.entry(name).or_default().push(at));
            draft.paths.iter().for_each(|path| index.paths.entry(path).or_default().push(at));
            draft.addresses.iter().for_each(|address| index.addresses.entry(address).or_default().push(at));
        }
        // Articles of one title are told apart by their times.
        index.titles.values_mut().for_each(|alike| alike.sort_by_key(|at| drafts[*at].time));
        index
    }

    /// Whether any draft has this title.
    pub(super) fn has_title(&self, title: &str) -> bool {
        self.titles.contains_key(fold::title(title).as_str())
    }

    /// Adds all drafts that may be this article, whose title is given as titles are compared. Links that lead away from the
    /// site's `host` say nothing of its files.
    pub(super) fn pair(
        &self,
        drafts: &[Clue],
        candidate: &Candidate,
        title: &str,
        article: usize,
        host: &str,
        pairs: &mut Vec<Pair>,
    ) {
        let Some(guid) = &candidate.guid else { return };
        let addresses = addresses(candidate);
        let own = addresses.iter().filter(|address| host.is_empty() || host_of(address) == host);
        let links: Vec<Link> = own.map(|address| Link::of(&format!("https://{address}"))).collect();
        let mut alike = self.nearest(drafts, title, candidate.published);
        for link in &links {
            alike.extend(few(self.names.get(link.name.as_str())));
            alike.extend(few(self.paths.get(link.path.as_str())));
        }
        for address in &addresses {
            alike.extend(few(self.addresses.get(address.as_str())));
        }
        alike.sort_unstable();
        alike.dedup();
        for draft in alike {
            let clue = &drafts[draft];
            let is_titled = !title.is_empty() && clue.folded == title;
            let link = match clue.from_feed {
                true => clue.is_entry(guid, &addresses),
                false => links.iter().map(|link| clue.leads_here(link, self.language)).max().unwrap_or_default(),
            };
            if link > 0 || (is_titled && !clue.from_feed) && candidate.is_free {
                pairs.push(Pair { draft, article, link, title: is_titled });
            }
        }
    }

    /// The drafts of a title that are nearest in time to an article, and some of those without a time.
    fn nearest(&self, drafts: &[Clue], folded: &str, published: Time) -> Vec<usize> {
        let Some(alike) = self.titles.get(folded) else { return Vec::new() };
        let at = alike.partition_point(|at| drafts[*at].time.is_none_or(|time| time < published));
        let near = &alike[at.saturating_sub(NEAREST)..alike.len().min(at + NEAREST)];
        let undated = alike.iter().take_while(|at| drafts[**at].time.is_none()).take(NEAREST);
        near.iter().chain(undated).copied().collect()
    }
}

fn few(found: Option<&Vec<usize>>) -> impl Iterator<Item = usize> {
    found.into_iter().filter(|found| found.len() <= MAX_ALIKE).flatten().copied()
}

/// The id and the link of an article, if they are addresses on the web.
fn addresses(candidate: &Candidate) -> Vec<String> {
    [&candidate.guid, &candidate.url].into_iter().flatten().filter_map(|address| fold::address(address)).collect()
}

fn host_of(address: &str) -> &str {
    address.split(['/', '?', '#']).next().unwrap_or_default()
}

/// The host that most of these articles have lived at; empty if there is none.
pub(super) fn usual_host(articles: &[Candidate]) -> String {
    let mut hosts = HashMap::<String, usize>::new();
    for address in articles.iter().flat_map(addresses) {
        *hosts.entry(host_of(&address).to_owned()).or_default() += 1;
    }
    hosts.into_iter().max_by_key(|(host, count)| (*count, host.clone())).map_or_else(String::new, |(host, _)| host)
}
