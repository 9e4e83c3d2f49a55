//! Turns pages into bytes: one file per format, all of them saying the same words.
//!
//! Knows nothing of requests, stores, clocks, chance or versions: the same page and definitions give the same bytes.

mod anchors;
mod masthead;
mod json_feed;
mod notice;
mod retirement;
mod xml;
mod atom;
pub mod html;
mod opml;
mod rss;
pub mod sitemap;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod samples;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde_json::Value;

use crate::article::Article;
use crate::feed::{FeedKey, FeedSet, Site};
use crate::page::{Page, Part};
use crate::resource::{Format, Resource};
use masthead::Masthead;

pub use masthead::title;
pub use notice::shown;
pub use opml::opml;
pub use retirement::{farewell, gone};

/// The characters that are encoded in an address that is a part of another (RFC 3986 §2.3): all that is not unreserved.
pub const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A feed document in one format. It cannot fail: what could break a feed was refused or repaired at ingest.
pub fn feed(page: &Page, set: &FeedSet, format: Format) -> Vec<u8> {
    let masthead = Masthead::new(set, &page.key);
    match format {
        Format::Atom => atom::feed(page, &masthead),
        Format::Rss => rss::feed(page, &masthead),
        Format::Json => json_feed::feed(page, &masthead),
    }
}

/// One article as the feed of everything shows it: an `entry`, an `item`, or an item of JSON Feed.
pub fn entry(set: &FeedSet, article: &Article, format: Format) -> String {
    let (part, updated) = (Part::Subscription { newest: None }, article.updated);
    let page = Page { key: FeedKey::All, part, updated, entries: vec![shown(set, article.clone())] };
    let document = String::from_utf8(feed(&page, set, format)).expect("texts give texts");
    // Texts hold no tags that are not escaped, so that the first and the last are the entry's.
    let between = |from: &str, to: &str| {
        let (begin, end) = (document.find(from)?, document.rfind(to)? + to.len());
        document.get(begin..end).map(str::to_owned)
    };
    let cut = match format {
        Format::Atom => between("<entry", "</entry>"),
        Format::Rss => between("<item>", "</item>"),
        Format::Json => serde_json::from_str::<Value>(&document).ok().map(|document| document["items"][0].to_string()),
    };
    cut.expect("a document of one article has one entry")
}

/// Where the other parts of a page's feed lie, by link relation: what the page itself says, for whoever looks at it from
/// outside.
pub fn relations(page: &Page, set: &FeedSet, format: Format) -> Vec<(&'static str, String)> {
    Masthead::new(set, &page.key).relations(page.part, format)
}

/// The absolute address of what the site publishes. Feeds carry no other addresses: RSS readers ignore `xml:base`.
pub fn address(site: &Site, resource: &Resource) -> String {
    site.base_url.clone() + &resource.path()
}

#[cfg(test)]
mod tests {
    use super::*;
    use samples::{article, page, set};

    #[test]
    fn the_same_page_gives_the_same_bytes() {
        let (set, page) = (set(), page(vec![article("a"), article("b")]));
        for format in Format::ALL {
            assert_eq!(feed(&page, &set, format), feed(&page.clone(), &set, format));
        }
    }

    #[test]
    fn every_address_in_a_feed_is_absolute() {
        let set = set();
        for key in set.keys() {
            let page = Page { key, ..page(vec![article("a")]) };
            for format in Format::ALL {
                let text = String::from_utf8(feed(&page, &set, format)).unwrap();
                assert!(!text.contains("=\"/") && !text.contains(">/") && !text.contains(":\"/"), "{text}");
                assert!(text.contains(&address(&set.site, &Resource::Feed(page.key.clone(), format))));
            }
        }
    }

    #[test]
    fn an_empty_feed_is_still_a_feed() {
        for format in Format::ALL {
            let bytes = feed(&page(vec![]), &set(), format);
            let read = feed_rs::parser::parse(&bytes[..]).unwrap();
            assert_eq!((read.entries.len(), read.title.unwrap().content), (0, title(&set(), &FeedKey::All)));
        }
    }
}
