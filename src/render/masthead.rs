//! The content that every format says in the same words: a feed's title, id, addresses and authors, an entry's dates
//! and categories.
//!
//! Knows nothing of elements, attributes or fields: the formats' own files decide where a word stands.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, FixedOffset};

use crate::article::{Article, Image, Person, Slug, Time};
use crate::feed::window::Neighbours;
use crate::feed::{Axis, FeedKey, FeedSet, Site};
use crate::page::{Part, feed_html};
use crate::render::{address, anchors};
use crate::resource::{Format, Resource};

/// The relation that leads to older entries (RFC 5005 §4).
pub(super) const PREV_ARCHIVE: &str = "prev-archive";

/// The properties of one feed, and of its entries, whatever the format.
pub(super) struct Masthead<'a> {
    set: &'a FeedSet,
    key: &'a FeedKey,
    /// Plain text; other feeds of the site have other titles.
    pub title: String,
    /// The page that belongs to the feed.
    pub home: String,
    /// The authors of entries that name nobody; never empty (RFC 4287 §4.1.1: a feed has an author).
    pub authors: Vec<Person>,
}

/// A word under which an entry is filed.
pub(super) struct Category<'a> {
    /// The slug, or the tag itself.
    pub term: &'a str,
    /// The text for people, where it is not the term.
    pub label: Option<&'a str>,
    /// Whose term it is; tags are nobody's.
    pub scheme: Option<Axis>,
}

impl Category<'_> {
    /// The word as people read it.
    pub(super) fn text(&self) -> &str {
        self.label.unwrap_or(self.term)
    }
}

/// A feed's title: the site's, after what sets the feed apart, so that lists cut short at the end still tell them apart.
pub fn title(set: &FeedSet, key: &FeedKey) -> String {
    let comma = if ["zh", "ja"].iter().any(|cjk| set.site.language.starts_with(cjk)) { "、" } else { ", " };
    let names = |axis, slugs: &[Slug]| {
        let names: Vec<&str> = slugs.iter().map(|slug| name(set, axis, slug)).collect();
        (!names.is_empty()).then(|| names.join(comma))
    };
    let (districts, topics) = (names(Axis::District, key.districts()), names(Axis::Topic, key.topics()));
    let parts: Vec<String> = districts.into_iter().chain(topics).chain([set.site.title.clone()]).collect();
    parts.join(" · ")
}

/// One line on what a feed holds, if somebody wrote one.
pub(super) fn description<'a>(set: &'a FeedSet, key: &FeedKey) -> Option<&'a str> {
    match key {
        FeedKey::All => set.site.description.as_deref(),
        _ => set.definition(key)?.description.as_deref(),
    }
}

/// The name of a district or topic for people. A slug whose definition is gone speaks for itself.
fn name<'a>(set: &'a FeedSet, axis: Axis, slug: &'a Slug) -> &'a str {
    set.get(axis, slug).map_or(slug.as_str(), |def| &def.title)
}

/// A moment in the site's time zone.
///
/// Zones of the nineteenth century differ from UTC by odd seconds, and a zone can carry a moment out of the years
/// 1 to 9999; neither RFC 3339 nor RFC 822 can spell those, so they are told in UTC.
pub(super) fn date(site: &Site, time: Time) -> DateTime<FixedOffset> {
    let local = time.utc().with_timezone(&site.time_zone).fixed_offset();
    let spelled = local.offset().local_minus_utc() % 60 == 0 && (1..=9999).contains(&local.year());
    if spelled { local } else { time.utc().fixed_offset() }
}

impl<'a> Masthead<'a> {
    /// The masthead of one feed.
    pub(super) fn new(set: &'a FeedSet, key: &'a FeedKey) -> Self {
        let home = address(&set.site, &Resource::page(key.clone()));
        let mut authors = set.site.authors.clone();
        if authors.is_empty() {
            let url = Some(address(&set.site, &Resource::index()));
            authors.push(Person { name: set.site.title.clone(), url });
        }
        Self { set, key, title: title(set, key), home, authors }
    }

    /// The site.
    pub(super) fn site(&self) -> &'a Site {
        &self.set.site
    }

    /// One line on what the feed holds, if somebody wrote one.
    pub(super) fn description(&self) -> Option<&'a str> {
        description(self.set, self.key)
    }

    /// The feed's permanent id, one for all its formats. It names neither host nor format, which may change.
    pub(super) fn id(&self) -> String {
        self.tag(&self.key.to_string())
    }

    /// The IRI of the scheme to which an axis' slugs belong (RFC 4287 §4.2.2.2).
    pub(super) fn scheme(&self, axis: Axis) -> String {
        self.tag(axis.plural())
    }

    /// A `tag:` URI of the site's (RFC 4151).
    pub(super) fn tag(&self, specific: &str) -> String {
        let Site { authority, year, .. } = self.site();
        format!("tag:{authority},{year}:{specific}")
    }

    /// Where a part of the feed lies in this format.
    pub(super) fn address(&self, part: Part, format: Format) -> String {
        match part {
            Part::Subscription { .. } => address(self.site(), &Resource::Feed(self.key.clone(), format)),
            Part::Archive { page, .. } => self.archive(page, format),
        }
    }

    /// Where the feed's other parts lie in this format, by link relation (RFC 5005 §4).
    pub(super) fn relations(&self, part: Part, format: Format) -> Vec<(&'static str, String)> {
        let to = |relation, page: Option<i64>| page.map(|page| (relation, self.archive(page, format)));
        match part {
            Part::Subscription { newest } => to(PREV_ARCHIVE, newest).into_iter().collect(),
            Part::Archive { neighbours: Neighbours { before, after }, .. } => {
                let current = address(self.site(), &Resource::Feed(self.key.clone(), format));
                let beside = to(PREV_ARCHIVE, before).into_iter().chain(to("next-archive", after));
                std::iter::once(("current", current)).chain(beside).collect()
            }
        }
    }

    fn archive(&self, page: i64, format: Format) -> String {
        address(self.site(), &Resource::Archive(self.key.clone(), page, format))
    }

    /// Where an article is read: at its canonical address if it lives elsewhere, else with us.
    pub(super) fn link(&self, article: &Article) -> String {
        let own = || address(self.site(), &Resource::article(article.key.clone()));
        article.content.url.clone().unwrap_or_else(own)
    }

    /// The HTML that a feed shows of an article, if it shows any.
    pub(super) fn body<'h>(&self, article: &'h Article) -> Option<Cow<'h, str>> {
        let own = address(self.site(), &Resource::article(article.key.clone()));
        feed_html(article).map(|html| anchors::keyed(html.as_str(), &article.key, &own))
    }

    /// A moment in the site's time zone.
    pub(super) fn date(&self, time: Time) -> DateTime<FixedOffset> {
        date(self.site(), time)
    }

    /// The date in RFC 3339, as Atom and JSON Feed want it.
    pub(super) fn rfc3339(&self, time: Time) -> String {
        self.date(time).to_rfc3339()
    }

    /// The language of an entry that differs from the feed's.
    pub(super) fn language<'b>(&self, article: &'b Article) -> Option<&'b str> {
        let language = article.content.language.as_deref()?;
        (!language.eq_ignore_ascii_case(&self.site().language)).then_some(language)
    }

    /// Districts, topics, then the tags that do not repeat what already stands there.
    pub(super) fn categories<'b>(&'b self, article: &'b Article) -> Vec<Category<'b>> {
        let of = |axis, slugs: &'b [Slug]| {
            slugs.iter().map(move |slug| Category {
                term: slug.as_str(),
                label: Some(name(self.set, axis, slug)),
                scheme: Some(axis),
            })
        };
        let (districts, topics) = (&article.labels.districts, &article.labels.topics);
        let mut categories: Vec<_> = of(Axis::District, districts).chain(of(Axis::Topic, topics)).collect();
        for tag in &article.content.tags {
            if !categories.iter().any(|category| category.text() == tag) {
                categories.push(Category { term: tag, label: None, scheme: None });
            }
        }
        categories
    }
}

/// The description of a lead image; decoration has an empty `alt` in HTML and no `media:description`.
pub(super) fn alt(image: &Image) -> Option<String> {
    image.alt.clone().filter(|alt| !alt.is_empty())
}

/// The attributes of a lead image in Media RSS, in alphabetical order: of `media:content`, then of `media:thumbnail`.
pub(super) fn media_attributes(image: &Image) -> [Vec<(&'static str, String)>; 2] {
    let number = |name, value: Option<u32>| value.map(|value| (name, value.to_string()));
    let size = || number("height", image.height).into_iter().chain(number("width", image.width));
    let url = || std::iter::once(("url", image.url.clone()));
    let media_type = image.media_type.clone().map(|media_type| ("type", media_type));
    [
        url().chain([("medium", "image".to_owned())]).chain(media_type).chain(size()).collect(),
        url().chain(size()).collect(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{article, set};

    #[test]
    fn every_feed_has_a_title_and_an_id_of_its_own() {
        let set = set();
        let keys = set.keys();
        let mastheads: Vec<_> = keys.iter().map(|key| Masthead::new(&set, key)).collect();
        let titles: std::collections::HashSet<_> = mastheads.iter().map(|m| m.title.clone()).collect();
        let ids: std::collections::HashSet<_> = mastheads.iter().map(Masthead::id).collect();
        assert_eq!((titles.len(), ids.len()), (keys.len(), keys.len()));
        assert_eq!(mastheads[0].title, "井口日报");
        assert_eq!(mastheads.last().unwrap().title, "沿滩区 · 盐 · 井口日报");
        assert_eq!(mastheads.last().unwrap().id(), "tag:news.example,2026:districts/yantan/topics/salt");
    }

    #[test]
    fn a_combination_is_named_after_all_its_parts() {
        let mut set = set();
        let key = FeedKey::parse("districts/daan+yantan/topics/salt").unwrap();
        assert_eq!(title(&set, &key), "大安区、沿滩区 · 盐 · 井口日报");
        set.site.language = "en".to_owned();
        assert_eq!(title(&set, &key), "大安区, 沿滩区 · 盐 · 井口日报");
        assert_eq!(Masthead::new(&set, &key).id(), "tag:news.example,2026:districts/daan+yantan/topics/salt");
    }

    #[test]
    fn a_date_keeps_its_moment_in_any_zone() {
        for zone in [chrono_tz::Asia::Shanghai, chrono_tz::America::Los_Angeles, chrono_tz::UTC] {
            let mut set = set();
            set.site.time_zone = zone;
            let masthead = Masthead::new(&set, &FeedKey::All);
            for time in [-62_135_596_800, -3_000_000_000, 0, 1_795_396_500, 253_402_300_799].map(Time) {
                assert_eq!(Time::parse(&masthead.rfc3339(time)), Ok(time), "{zone} {time}");
            }
        }
    }

    #[test]
    fn a_tag_that_says_what_a_topic_says_is_not_said_twice() {
        let set = set();
        let mut article = article("a");
        article.content.tags = vec!["盐".to_owned(), "灯会".to_owned(), "灯会".to_owned()];
        let masthead = Masthead::new(&set, &FeedKey::All);
        let texts: Vec<_> = masthead.categories(&article).iter().map(|c| c.text().to_owned()).collect();
        assert_eq!(texts, ["大安区", "盐", "灯会"]);
    }

    #[test]
    fn a_site_without_authors_signs_itself() {
        let mut set = set();
        set.site.authors.clear();
        let authors = Masthead::new(&set, &FeedKey::All).authors;
        assert_eq!(authors, [Person { name: "井口日报".into(), url: Some("https://news.example/".into()) }]);
    }

    #[test]
    fn a_language_is_named_only_where_it_differs() {
        let set = set();
        let masthead = Masthead::new(&set, &FeedKey::All);
        let mut article = article("a");
        for (language, named) in [(None, None), (Some("zh-cn"), None), (Some("en"), Some("en"))] {
            article.content.language = language.map(str::to_owned);
            assert_eq!(masthead.language(&article), named);
        }
    }
}
