//! The page of a feed: what it is, how it goes, how to subscribe, what to add or drop, and its latest articles. That of
//! everything is the index, and shows the whole site at a glance.
//!
//! Knows nothing of how the store counts.

use askama::Template;

use super::chart::Chart;
use super::index::{Grid, grids};
use super::mix::{Choices, mix};
use super::subscribe::{self, HERE, Subscribe};
use super::voice::{Entry, Lang, Voice, Worded};
use super::{Frame, rendered};
use crate::feed::{FeedKey, FeedSet};
use crate::render::retirement::farewell;
use crate::resource::{Edition, Subject};
use crate::view::Overview;

/// The number of articles that the index shows at once: as many as stand beside its table.
const AT_ONCE: usize = 16;

/// The number of articles of which the page of a feed tells more than their headlines.
const SUMMARIES: usize = 10;

/// The latest articles of a feed, and the way to those before.
struct Latest<'a> {
    entries: Vec<Entry<'a>>,
    /// The part that is shown only on request, and the control that asks for it.
    rest: Vec<Entry<'a>>,
    more: String,
    archives: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    frame: Frame<'a>,
    description: Option<Worded<'a>>,
    grids: Vec<Grid<'a>>,
    caption: Option<String>,
    latest: Latest<'a>,
    subscribe: Subscribe,
}

#[derive(Template)]
#[template(path = "feed.html")]
struct FeedPage<'a> {
    frame: Frame<'a>,
    name: Vec<(&'static str, Worded<'a>)>,
    description: Option<Worded<'a>>,
    /// The language of what the newsroom says itself, if it is not the page's.
    own: Lang<'a>,
    /// The notice of a feed that has retired.
    farewell: Option<(String, String)>,
    holds: Option<String>,
    chart: Option<Chart>,
    /// Nobody is invited to what has retired.
    subscribe: Option<Subscribe>,
    mix: Vec<Choices<'a>>,
    latest: Latest<'a>,
}

/// The page of a feed.
pub fn feed(set: &FeedSet, edition: Edition, key: &FeedKey, overview: &Overview) -> Vec<u8> {
    let voice = Voice::new(set, edition);
    let subject = Subject::Feed(key.clone());
    let description = voice.description(key);
    let title = voice.title(key);
    if *key == FeedKey::All {
        let frame = Frame::new(voice, &subject, &title, subscribe::of_site(voice));
        return rendered(&IndexPage {
            frame: Frame { description: description.clone(), subscribe: HERE.to_owned(), ..frame },
            description,
            grids: grids(voice, &overview.lately),
            caption: overview.today.map(|today| voice.language.grid(&voice.calendar_day(today))),
            latest: Latest::of(voice, key, overview, AT_ONCE, 0),
            subscribe: Subscribe::to(voice, key),
        });
    }
    let frame = Frame::new(voice, &subject, &title, subscribe::links(voice, key).collect());
    let farewell = farewell(set, key);
    let (stored, empty) = (key.is_stored(), overview.entries == 0);
    rendered(&FeedPage {
        frame: Frame {
            description: description.clone(),
            subscribe: if farewell.is_some() { frame.subscribe } else { HERE.to_owned() },
            // There are tens of thousands of combinations, and they hold nothing of their own.
            indexed: stored && !empty,
            ..frame
        },
        name: voice.parts(key),
        own: voice.foreign(&set.site.language),
        description,
        subscribe: farewell.is_none().then(|| Subscribe::to(voice, key)),
        farewell: farewell.map(|farewell| (farewell.content.title, farewell.content.html.as_str().to_owned())),
        holds: (stored && !empty).then(|| voice.language.holds(overview.entries)),
        // There is nothing to be drawn of what was never there.
        chart: overview.today.filter(|_| !empty).map(|today| Chart::new(voice, &overview.days, today, !stored)),
        mix: mix(voice, key),
        latest: Latest::of(voice, key, overview, usize::MAX, SUMMARIES),
    })
}

impl<'a> Latest<'a> {
    /// Of which so many are shown at once, and so many with their summaries.
    fn of(voice: Voice<'a>, key: &FeedKey, overview: &'a Overview, at_once: usize, summaries: usize) -> Self {
        let entry = |(nth, article)| match nth < summaries {
            true => voice.entry_with_summary(article),
            false => voice.entry(article),
        };
        let mut entries: Vec<Entry<'a>> = overview.latest.iter().enumerate().map(entry).collect();
        let rest = entries.split_off(entries.len().min(at_once));
        Self { entries, more: voice.language.more(rest.len()), rest, archives: archives(voice, key, overview) }
    }
}

/// Links to the newest archive page and to the first.
fn archives(voice: Voice<'_>, key: &FeedKey, overview: &Overview) -> Vec<(String, String)> {
    let Some(pages) = overview.archives.as_ref().filter(|pages| !pages.is_empty()) else { return Vec::new() };
    let link = |page: i64| (voice.language.page(page), voice.page(Subject::Archive(key.clone(), page)));
    let (first, last) = (*pages.start(), *pages.end());
    let near = ((last - 2).max(first)..=last).rev().map(link);
    near.chain((first < last - 2).then(|| link(first))).collect()
}
