//! The page of a feed: what it is, how it goes, how to subscribe, what to add or drop, and its latest articles. That of
//! everything is the index, and shows the whole site at a glance.
//!
//! Knows nothing of how the store counts.

use askama::Template;

use super::chart::Chart;
use super::index::{Grid, grids};
use super::mix::{Choices, mix};
use super::subscribe::{self, Subscribe};
use super::voice::{Entry, Voice, Worded};
use super::{Frame, rendered};
use crate::feed::{FeedKey, FeedSet};
use crate::render::retirement::farewell;
use crate::resource::{Edition, Subject};
use crate::view::Overview;

/// Where a page says how to subscribe to its own feed.
const HERE: &str = "#subscribe";

/// How many articles the index shows at once: as many as stand beside its table.
const AT_ONCE: usize = 16;

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    frame: Frame<'a>,
    description: Option<Worded<'a>>,
    grids: Vec<Grid<'a>>,
    caption: Option<String>,
    latest: Vec<Entry<'a>>,
    /// What is not shown before it is asked for, and what asks for it.
    rest: Vec<Entry<'a>>,
    more: String,
    archives: Vec<(String, String)>,
    subscribe: Subscribe,
}

#[derive(Template)]
#[template(path = "feed.html")]
struct FeedPage<'a> {
    frame: Frame<'a>,
    name: Vec<(&'static str, Worded<'a>)>,
    description: Option<Worded<'a>>,
    /// The language of what the newsroom says itself, if it is not the page's.
    own: Option<&'a str>,
    /// What is said of a feed that has retired.
    farewell: Option<(String, String)>,
    holds: Option<String>,
    chart: Option<Chart>,
    subscribe: Subscribe,
    mix: Vec<Choices<'a>>,
    latest: Vec<Entry<'a>>,
    rest: Vec<Entry<'a>>,
    more: String,
    archives: Vec<(String, String)>,
}

/// The page of a feed.
pub fn feed(set: &FeedSet, edition: Edition, key: &FeedKey, overview: &Overview) -> Vec<u8> {
    let voice = Voice::new(set, edition);
    let subject = Subject::Feed(key.clone());
    let description = voice.description(key);
    let mut latest: Vec<Entry<'_>> = overview.latest.iter().map(|article| voice.entry(article)).collect();
    let (subscribe, archives) = (Subscribe::to(voice, key), archives(voice, key, overview));
    let title = voice.title(key);
    if *key == FeedKey::All {
        let frame = Frame::new(voice, &subject, &title, subscribe::of_site(voice));
        let rest = latest.split_off(latest.len().min(AT_ONCE));
        return rendered(&IndexPage {
            frame: Frame { description: description.clone(), subscribe: HERE.to_owned(), ..frame },
            description,
            grids: grids(voice, &overview.lately),
            caption: overview.today.map(|today| voice.language.grid(&voice.calendar_day(today))),
            latest,
            more: voice.language.more(rest.len()),
            rest,
            archives,
            subscribe,
        });
    }
    let frame = Frame::new(voice, &subject, &title, subscribe::links(voice, key).collect());
    let farewell = farewell(set, key);
    let (stored, empty) = (key.is_stored(), overview.entries == 0);
    rendered(&FeedPage {
        frame: Frame {
            description: description.clone(),
            subscribe: HERE.to_owned(),
            // There are tens of thousands of combinations, and they hold nothing of their own.
            indexed: stored && !empty,
            ..frame
        },
        name: voice.parts(key),
        own: voice.foreign(&set.site.language),
        description,
        farewell: farewell.map(|farewell| (farewell.content.title, farewell.content.html.as_str().to_owned())),
        holds: (stored && !empty).then(|| voice.language.holds(overview.entries)),
        // There is nothing to be drawn of what was never there.
        chart: overview.today.filter(|_| !empty).map(|today| Chart::new(voice, &overview.days, today, !stored)),
        subscribe,
        mix: mix(voice, key),
        latest,
        rest: Vec::new(),
        more: String::new(),
        archives,
    })
}

/// Links to the newest archive page and to the first.
fn archives(voice: Voice<'_>, key: &FeedKey, overview: &Overview) -> Vec<(String, String)> {
    let Some(pages) = overview.archives.as_ref().filter(|pages| !pages.is_empty()) else { return Vec::new() };
    let link = |page: i64| (voice.language.page(page), voice.page(Subject::Archive(key.clone(), page)));
    let (first, last) = (*pages.start(), *pages.end());
    let near = (last - 2).max(first)..=last;
    let near = near.clone().rev().map(link);
    near.chain((first < last - 2).then(|| link(first))).collect()
}
