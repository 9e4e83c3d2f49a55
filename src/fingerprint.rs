//! A hash of all that a server renders with: this program and the definitions, shown on a small article of our own.
//!
//! Knows nothing of stores or servers; whoever calls it records the hash and sees whether it is the last one (rule 2).

use sha2::{Digest, Sha256};

use crate::article::{Article, Content, Enclosure, Html, Image, Key, Labels, Person, Time};
use crate::feed::window::Neighbours;
use crate::feed::{FeedDef, FeedKey, FeedSet};
use crate::page::{Page, Part};
use crate::render;
use crate::resource::Format;

/// The order in which entries stand in documents: the store's part in their bytes, which no sample shows.
const ORDER: &str = "by published, newest first; of the same second, the last to come first";

/// A hash of everything that shows in bytes but does not come from the store: this program and the definitions.
///
/// A small article of our own is rendered in every way there is, and every feed without any (rule 2). Pages for people have
/// hashes of their own as tags: another word in one of them is no reason to send feeds again.
pub fn fingerprint(set: &FeedSet) -> String {
    let mut hash = Sha256::new();
    hash.update(ORDER);
    // Not all of it shows in the samples: a time zone is more than its offset on one day.
    hash.update(format!("{:?}{:?}{:?}{:?}", set.site, set.districts, set.topics, set.retired));
    let said = sample(set);
    let sample = render::shown(set, said.clone());
    let bare = Article { content: Content { title: "盐".to_owned(), ..Content::default() }, ..sample.clone() };
    let notice = render::shown(set, Article { withdrawn: Some("撤回".to_owned()), ..said });
    let singles = set.keys().into_iter().filter(|key| !matches!(key, FeedKey::Pair(..)));
    for key in singles {
        for format in Format::ALL {
            let all = key == FeedKey::All;
            let entries = if all { vec![sample.clone(), bare.clone(), notice.clone()] } else { Vec::new() };
            let page =
                Page { key: key.clone(), part: Part::Subscription { newest: Some(1) }, updated: Time(0), entries };
            hash.update(render::feed(&page, set, format));
            let neighbours = Neighbours { before: Some(-1), after: Some(1) };
            let part = Part::Archive { page: 0, neighbours };
            hash.update(render::feed(&Page { part, entries: Vec::new(), ..page }, set, format));
        }
    }
    hash.update(render::opml(set));
    data_encoding::HEXLOWER.encode(&hash.finalize()[..16])
}

/// An article with something in every field, and in the first district and topic.
fn sample(set: &FeedSet) -> Article {
    let first = |defs: &[FeedDef]| defs.first().map(|def| def.slug.clone()).into_iter().collect();
    let text = "盐井 & <well>".to_owned();
    let url = Some("https://example.com/".to_owned());
    let image = Image {
        url: "https://example.com/a.jpg".to_owned(),
        media_type: Some("image/jpeg".to_owned()),
        width: Some(2),
        height: Some(1),
        alt: Some(text.clone()),
    };
    let enclosure = Enclosure {
        url: "https://example.com/a.mp3".to_owned(),
        media_type: "audio/mpeg".to_owned(),
        length: Some(1),
        duration: Some(1),
    };
    Article {
        key: Key::derive("", ""),
        id: "tag:example.com,2026:a".to_owned(),
        published: Time(0),
        updated: Time(1),
        labels: Labels { districts: first(&set.districts), topics: first(&set.topics) },
        content: Content {
            title: text.clone(),
            summary: text.clone(),
            html: Html::trusted("<p>盐井</p>".to_owned()),
            url: url.clone(),
            authors: vec![Person { name: text.clone(), url }],
            tags: vec![text.clone()],
            language: Some("en".to_owned()),
            image: Some(image),
            enclosures: vec![enclosure],
            note: Some(text),
        },
        withdrawn: None,
        guid: None,
    }
}
