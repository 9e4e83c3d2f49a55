//! Writes the list of all feeds as OPML 2.0, for readers to subscribe to in one go.
//!
//! Knows nothing of articles and has no date: nothing in it changes but by a change of definitions.

use super::masthead::title;
use super::{address, xml::escape};
use crate::feed::{Axis, FeedKey, FeedSet};
use crate::resource::{Format, Resource};

/// The feed of everything, then the districts and the topics, each in Atom, the format that tells corrections best.
///
/// Pairs are left out: whoever takes the whole list would get every article many times.
pub fn opml(set: &FeedSet) -> Vec<u8> {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\">\n<head>\n<title>{}</title>\n</head>\n<body>\n",
        escape(&set.site.title)
    );
    text.push_str(&subscription(set, FeedKey::All));
    for axis in [Axis::District, Axis::Topic] {
        text.push_str(&group(set, axis));
    }
    text.push_str("</body>\n</opml>\n");
    text.into_bytes()
}

/// The feeds of one axis, in the order of their definitions; nothing if there are none.
fn group(set: &FeedSet, axis: Axis) -> String {
    let outlines: String = set.axis(axis).iter().map(|def| subscription(set, def.key())).collect();
    if outlines.is_empty() {
        return outlines;
    }
    let name = match axis {
        Axis::District if set.site.is_chinese() => "区县",
        Axis::District => "Districts",
        Axis::Topic if set.site.is_chinese() => "专题",
        Axis::Topic => "Topics",
    };
    format!("<outline text=\"{name}\">\n{outlines}</outline>\n")
}

/// One feed (OPML 2.0, "Subscription lists"). `title` repeats `text` for readers that look for the one or the other.
fn subscription(set: &FeedSet, key: FeedKey) -> String {
    format!(
        "<outline type=\"rss\" text=\"{title}\" title=\"{title}\" xmlUrl=\"{xml}\" htmlUrl=\"{html}\" language=\"{language}\"/>\n",
        title = escape(&title(set, &key)),
        html = escape(&address(&set.site, &Resource::page(key.clone()))),
        language = escape(&set.site.language),
        xml = escape(&address(&set.site, &Resource::Feed(key, Format::Atom))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::set;

    #[test]
    fn every_district_and_topic_is_listed_once() {
        let set = set();
        let text = String::from_utf8(opml(&set)).unwrap();
        assert_eq!(text.matches("type=\"rss\"").count(), 1 + set.districts.len() + set.topics.len());
        let daan =
            "xmlUrl=\"https://news.example/districts/daan.atom\" htmlUrl=\"https://news.example/districts/daan\"";
        assert!(text.contains(daan), "{text}");
    }

    #[test]
    fn names_may_hold_markup() {
        let mut set = set();
        set.site.title = "R&D \"<News>\"".to_owned();
        let text = String::from_utf8(opml(&set)).unwrap();
        assert!(text.contains("text=\"大安区 · R&amp;D &quot;&lt;News&gt;&quot;\""), "{text}");
    }
}
