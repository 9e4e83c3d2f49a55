//! Ways to subscribe to a feed: its addresses in each format, and links that open them in common readers.
//!
//! Knows nothing of what a feed holds.

use askama::filters::Safe;
use percent_encoding::utf8_percent_encode;

use super::voice::Voice;
use crate::feed::{FeedKey, FeedSet};
use crate::render::xml::escape;
use crate::render::{RESERVED, address};
use crate::resource::{Format, Resource};

/// A feed in one format.
pub(super) struct FeedLink {
    pub media_type: &'static str,
    pub format: &'static str,
    /// The title that readers propose for it: in the page's language.
    pub title: String,
    /// From the host's root.
    pub url: String,
    /// The public address, to be copied.
    pub address: String,
    /// The text of the button that copies it.
    pub copy: String,
}

impl FeedLink {
    /// The address as markup that says where it may be broken.
    pub(super) fn broken(&self) -> Safe<String> {
        Safe(escape(&self.address).replace('/', "/<wbr>"))
    }
}

/// The place on the page of a feed where it is said how to subscribe.
pub(super) const HERE: &str = "#subscribe";

/// A reader that can be sent to a feed.
pub(super) struct Opener {
    pub name: &'static str,
    pub url: String,
}

/// The ways to subscribe to one feed.
pub(super) struct Subscribe {
    pub links: Vec<FeedLink>,
    pub openers: Vec<Opener>,
}

/// Where readers on the web take the address of a feed, which stands at the end, encoded.
const READERS: [(&str, &str); 5] = [
    ("Feedly", "https://feedly.com/i/subscription/feed/"),
    ("Inoreader", "https://www.inoreader.com/?add_feed="),
    ("NewsBlur", "https://www.newsblur.com/?url="),
    ("Feedbin", "https://feedbin.com/?subscribe="),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url="),
];

impl Subscribe {
    /// To this feed; readers are given the best format.
    pub(super) fn to(voice: Voice<'_>, key: &FeedKey) -> Self {
        let links: Vec<FeedLink> = links(voice, key).collect();
        let best = &links[0].address;
        let encoded = utf8_percent_encode(best, RESERVED).to_string();
        // What apps on this device have registered for; there is no list of them to choose from.
        let local = Opener { name: voice.words.this_device, url: format!("feed:{best}") };
        let elsewhere = READERS.into_iter().map(|(name, at)| Opener { name, url: format!("{at}{encoded}") });
        let openers = std::iter::once(local).chain(elsewhere).collect();
        Self { links, openers }
    }
}

/// A feed in every format, the best first: readers offer them in this order.
pub(super) fn links<'a>(voice: Voice<'a>, key: &'a FeedKey) -> impl Iterator<Item = FeedLink> + use<'a> {
    Format::ALL.into_iter().map(move |format| link(voice, Resource::Feed(key.clone(), format), key, format))
}

/// An archive page in every format.
pub(super) fn archive_links(voice: Voice<'_>, key: &FeedKey, page: i64) -> Vec<FeedLink> {
    let each = Format::ALL.into_iter();
    each.map(|format| link(voice, Resource::Archive(key.clone(), page, format), key, format)).collect()
}

fn link(voice: Voice<'_>, resource: Resource, key: &FeedKey, format: Format) -> FeedLink {
    FeedLink {
        media_type: format.media_type(),
        format: format.name(),
        title: format!("{} ({})", voice.full(&voice.title(key)), format.name()),
        url: voice.local(&resource),
        address: address(&voice.set.site, &resource),
        copy: voice.language.copy(format.name()),
    }
}

/// The feeds that a reader finds at the site's address: the feed of everything in all formats, then each district
/// and topic in the best one.
pub(super) fn of_site(voice: Voice<'_>) -> Vec<FeedLink> {
    let set: &FeedSet = voice.set;
    of_feeds(voice, set.districts.iter().chain(&set.topics).map(|def| def.key()))
}

/// The feed of everything in all formats, then each of these in the best one.
pub(super) fn of_feeds(voice: Voice<'_>, keys: impl Iterator<Item = FeedKey>) -> Vec<FeedLink> {
    let best = keys.filter_map(|key| links(voice, &key).next());
    links(voice, &FeedKey::All).chain(best).collect()
}
