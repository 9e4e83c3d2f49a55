//! The page where there is nothing: the pages that whoever came may have meant.
//!
//! Knows nothing of articles: it has only the definitions to compare an address with.

use askama::Template;
use percent_encoding::percent_decode_str;

use super::subscribe::of_site;
use super::voice::{Link, Voice, Worded};
use super::{Frame, rendered};
use crate::feed::{Axis, FeedDef, FeedKey, FeedSet};
use crate::resource::{Edition, Subject};

/// The most pages that are proposed.
const PROPOSED: usize = 6;

/// From which likeness on a word may have been meant (Jaro and Winkler, 0 to 1).
const ALIKE: f64 = 0.8;

/// The longest beginning, in bytes, that is none yet, and the shortest word: three letters, or one Chinese character.
const SHORT: usize = 3;

/// The longest word that is compared, and how many of them: nothing of ours has more.
const MAX_WORD: usize = 64;
const MAX_WORDS: usize = 12;

/// The words that stand in every address, and means nothing by itself.
const FRAME: [&str; 14] = [
    "articles",
    "archive",
    "atom",
    "district",
    "districts",
    "en",
    "feed",
    "html",
    "json",
    "rss",
    "topic",
    "topics",
    "xml",
    "zh",
];

#[derive(Template)]
#[template(path = "missing.html")]
struct MissingPage<'a> {
    frame: Frame<'a>,
    meant: Vec<(Vec<(&'static str, Worded<'a>)>, String)>,
    districts: Vec<Link<'a>>,
    topics: Vec<Link<'a>>,
}

/// The page for an address at which there is nothing.
pub fn missing(set: &FeedSet, path: &str) -> Vec<u8> {
    let voice = Voice::new(set, Edition::of_path(&set.site, path));
    let keys = meant(set, path);
    let mut frame = Frame::new(voice, &Subject::Feed(FeedKey::All), voice.words.missing, of_site(voice));
    // It is a page of no address, and in the other language there is nothing either.
    frame.canonical.clear();
    frame.indexed = false;
    let (districts, topics) = (std::mem::take(&mut frame.districts), std::mem::take(&mut frame.topics));
    let meant = keys.iter().map(|key| (voice.parts(key), voice.feed(key))).collect();
    rendered(&MissingPage { frame, meant, districts, topics })
}

/// The feeds that an address may have meant, the likeliest first: each word of it is compared with all names there are.
fn meant(set: &FeedSet, path: &str) -> Vec<FeedKey> {
    let path = percent_decode_str(path).decode_utf8_lossy().to_lowercase();
    let words = path.split(['/', '+', '.', ',', '_', ' ']).filter(|word| (SHORT..=MAX_WORD).contains(&word.len()));
    let words = words.filter(|word| !FRAME.contains(word));
    let mut found: Vec<(f64, &FeedDef)> = Vec::new();
    for word in words.take(MAX_WORDS) {
        for def in set.districts.iter().chain(&set.topics) {
            let likeness = likeness(word, def);
            match found.iter_mut().find(|(_, other)| (other.axis, &other.slug) == (def.axis, &def.slug)) {
                Some((other, _)) => *other = likeness.max(*other),
                None if likeness >= ALIKE => found.push((likeness, def)),
                None => {}
            }
        }
    }
    found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let best = |axis| found.iter().find(|(_, def)| def.axis == axis).map(|(_, def)| def.slug.clone());
    // Of a district and a topic together, their pair was meant.
    let pair = best(Axis::District).zip(best(Axis::Topic)).map(|(district, topic)| FeedKey::Pair(district, topic));
    pair.into_iter().chain(found.iter().map(|(_, def)| def.key())).take(PROPOSED).collect()
}

/// The likeness of a word to any of the names of a district or topic.
fn likeness(word: &str, def: &FeedDef) -> f64 {
    let names = [Some(def.slug.as_str()), Some(def.title.as_str()), def.title_en.as_deref()];
    let like = |name: &str| {
        let name = name.to_lowercase();
        // People leave out what a name ends with, as in 大安 for 大安区. Two letters begin too many words for that, and one
        // Chinese character, too.
        let begins = |long: &str, short: &str| long.starts_with(short) && short.len() > SHORT;
        if begins(&name, word) || begins(word, &name) {
            return 1.0;
        }
        strsim::jaro_winkler(&name, word)
    };
    names.into_iter().flatten().map(like).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use crate::render::samples::set;

    fn meant(path: &str) -> Vec<String> {
        super::meant(&set(), path).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_misspelt_address_proposes_what_it_is_like() {
        assert_eq!(meant("/districts/da-an"), ["districts/daan"]);
        assert_eq!(meant("/district/yantang.rss"), ["districts/yantan"]);
        assert_eq!(meant("/topics/lanterns"), ["topics/lantern"]);
        assert_eq!(meant("/daan/slat"), ["districts/daan/topics/salt", "districts/daan", "topics/salt"]);
        assert_eq!(meant("/%E5%A4%A7%E5%AE%89"), ["districts/daan"]);
        assert_eq!(meant("/en/topics/sal"), ["topics/salt"]);
    }

    #[test]
    fn what_is_like_nothing_proposes_nothing() {
        for path in [
            "/wp-login.php",
            "/",
            "/en/feed.atom",
            "/to/la/sa",
            "/%ff%fe",
            "/articles/aaaaaaaaaaaaaaaa",
            &"/x".repeat(5000),
        ] {
            assert_eq!(meant(path), [""; 0], "{path}");
        }
    }
}
