//! The feeds: the site, its districts and topics as defined in feeds/*.toml, and the key of every feed.
//!
//! Knows nothing of articles' texts, of the store, or of how a feed looks when it is written out.

pub mod classify;
pub mod headlines;
mod paths;
mod addresses;
mod sheet;
mod spelling;
mod define;
pub mod load;
pub mod window;
pub mod catch_up;

use std::fmt;
use std::path::PathBuf;

use chrono_tz::Tz;

use crate::article::{Person, Slug};
use classify::Classifier;

pub use addresses::{Aliases, FAREWELL, Retirement};
pub use paths::{compared, plain};

/// One of the two ways in which a newsroom is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// Where.
    District,
    /// The subject.
    Topic,
}

impl Axis {
    /// The plural that stands in paths, keys and folder names.
    pub fn plural(self) -> &'static str {
        match self {
            Self::District => "districts",
            Self::Topic => "topics",
        }
    }
}

/// The most districts, and the most topics, that a combination names.
pub const MAX_COMBINED: usize = 3;

/// The name of a feed. As text it is also its path without a format: `districts/daan/topics/salt`.
///
/// All but combinations are stored; a combination is put together from stored feeds, its cells.
///
/// ```
/// use wellhead::feed::FeedKey;
///
/// let pair = FeedKey::parse("districts/daan/topics/salt").expect("a district and a topic");
/// assert!(pair.is_stored());
/// // A combination has one name, whatever order somebody asks for.
/// let asked = FeedKey::parse_any_order("districts/yantan+daan").expect("two districts");
/// assert_eq!(asked.to_string(), "districts/daan+yantan");
/// assert_eq!(asked.cells().len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedKey {
    /// Everything.
    All,
    /// One district.
    District(Slug),
    /// One topic.
    Topic(Slug),
    /// A district's articles on a topic.
    Pair(Slug, Slug),
    /// Any of these districts and any of these topics: made by [`FeedKey::of`] alone, so that each set has one name.
    Combination(Combination),
}

/// Several districts, several topics, or both: each axis sorted, without repetition, of at most [`MAX_COMBINED`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Combination {
    districts: Vec<Slug>,
    topics: Vec<Slug>,
}

impl FeedKey {
    /// The feed of any of these districts and any of these topics, where an axis without slugs sets no condition;
    /// `None` if there are too many. Order and repetition make no difference.
    pub fn of(mut districts: Vec<Slug>, mut topics: Vec<Slug>) -> Option<Self> {
        for axis in [&mut districts, &mut topics] {
            axis.sort();
            axis.dedup();
        }
        Some(match (&mut districts[..], &mut topics[..]) {
            ([], []) => Self::All,
            ([_], []) => Self::District(districts.remove(0)),
            ([], [_]) => Self::Topic(topics.remove(0)),
            ([_], [_]) => Self::Pair(districts.remove(0), topics.remove(0)),
            (ds, ts) if ds.len().max(ts.len()) > MAX_COMBINED => return None,
            _ => Self::Combination(Combination { districts, topics }),
        })
    }

    /// Reads what `Display` writes; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_any_order(text).filter(|key| key.to_string() == text)
    }

    /// The same, but slugs may stand in any order and more than once.
    pub fn parse_any_order(text: &str) -> Option<Self> {
        let slugs = |list: &str| list.split('+').map(Slug::parse).collect::<Option<Vec<_>>>();
        let parts: Vec<&str> = text.split('/').collect();
        match parts[..] {
            ["feed"] => Some(Self::All),
            ["districts", ds] => Self::of(slugs(ds)?, Vec::new()),
            ["topics", ts] => Self::of(Vec::new(), slugs(ts)?),
            ["districts", ds, "topics", ts] => Self::of(slugs(ds)?, slugs(ts)?),
            _ => None,
        }
    }

    /// The districts of which an article must have one; none if it need not.
    pub fn districts(&self) -> &[Slug] {
        match self {
            Self::District(d) | Self::Pair(d, _) => std::slice::from_ref(d),
            Self::Combination(combination) => &combination.districts,
            Self::All | Self::Topic(_) => &[],
        }
    }

    /// The topics of which an article must have one; none if it need not.
    pub fn topics(&self) -> &[Slug] {
        match self {
            Self::Topic(t) | Self::Pair(_, t) => std::slice::from_ref(t),
            Self::Combination(combination) => &combination.topics,
            Self::All | Self::District(_) => &[],
        }
    }

    /// Whether it has entries of its own, and so archives: a combination has those of its cells.
    pub fn is_stored(&self) -> bool {
        !matches!(self, Self::Combination(_))
    }

    /// The stored feeds whose union this feed is: itself, or a combination's pairs or, with one axis, its districts or
    /// topics.
    pub fn cells(&self) -> Vec<Self> {
        let Self::Combination(Combination { districts, topics }) = self else { return vec![self.clone()] };
        match (&districts[..], &topics[..]) {
            (ds, []) => ds.iter().cloned().map(Self::District).collect(),
            ([], ts) => ts.iter().cloned().map(Self::Topic).collect(),
            (ds, ts) => ds.iter().flat_map(|d| ts.iter().map(|t| Self::Pair(d.clone(), t.clone()))).collect(),
        }
    }
}

impl fmt::Display for FeedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::All {
            return f.write_str("feed");
        }
        let mut before = "";
        for (axis, slugs) in [(Axis::District, self.districts()), (Axis::Topic, self.topics())] {
            for (nth, slug) in slugs.iter().enumerate() {
                if nth == 0 {
                    write!(f, "{before}{}/{slug}", axis.plural())?;
                    before = "/";
                } else {
                    write!(f, "+{slug}")?;
                }
            }
        }
        Ok(())
    }
}

/// The site, from feeds/site.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The newsroom's name.
    pub title: String,
    /// Its name in English, if it has one.
    pub title_en: Option<String>,
    /// One line on what it publishes.
    pub description: Option<String>,
    /// The same in English.
    pub description_en: Option<String>,
    /// Where it is published: scheme, host and perhaps a path, without a slash at the end.
    pub base_url: String,
    /// BCP 47, such as `zh-CN`.
    pub language: String,
    /// The authors of articles that name nobody.
    pub authors: Vec<Person>,
    /// The copyright line.
    pub rights: Option<String>,
    /// A square icon, absolute.
    pub icon: Option<String>,
    /// The authority in article ids (RFC 4151): a domain the newsroom owned on the first day of `year`. Never changed.
    pub authority: String,
    /// The year in article ids. Never changed.
    pub year: u16,
    /// The zone in which dates are written.
    pub time_zone: Tz,
    /// Seconds for which a feed may be cached: 300, 600 or 900.
    pub max_age: u32,
    /// Paths on this site at which the feed of everything was before.
    pub aliases: Vec<String>,
}

impl Site {
    /// Whether its own language is Chinese, of whatever kind.
    pub fn is_chinese(&self) -> bool {
        self.language.split('-').next().is_some_and(|primary| primary.eq_ignore_ascii_case("zh"))
    }
}

/// Whether a language (BCP 47) is Chinese in traditional characters.
pub fn is_traditional(tag: &str) -> bool {
    let tag = tag.to_ascii_lowercase();
    ["zh-hant", "zh-tw", "zh-hk", "zh-mo"].iter().any(|start| tag.starts_with(start))
}

/// One district or topic, from a file whose stem is its slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedDef {
    /// Which of the two it is.
    pub axis: Axis,
    /// Its name in paths and labels.
    pub slug: Slug,
    /// Its name for people.
    pub title: String,
    /// Its name in English, if it has one.
    pub title_en: Option<String>,
    /// One line on what it holds.
    pub description: Option<String>,
    /// The same in English.
    pub description_en: Option<String>,
    /// A district's administrative code (GB/T 2260).
    pub code: Option<String>,
    /// Paths on this site at which it was before.
    pub aliases: Vec<String>,
    /// Slugs that it had before, and those of what was merged into it.
    pub formerly: Vec<Slug>,
    /// Whether it is followed no longer.
    pub retired: Option<Retirement>,
}

impl FeedDef {
    /// The key of its feed.
    pub fn key(&self) -> FeedKey {
        match self.axis {
            Axis::District => FeedKey::District(self.slug.clone()),
            Axis::Topic => FeedKey::Topic(self.slug.clone()),
        }
    }
}

/// All definitions together, checked, with the classifier made from their rules.
///
/// ```
/// use wellhead::feed::load;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let site = "title = '盐都'\nbase_url = 'https://news.example'\nlanguage = 'zh-CN'\n\
///             authority = 'news.example'\nyear = 2026\ntime_zone = 'Asia/Shanghai'\n\
///             authors = [{ name = '编辑部' }]\n";
/// let bridges = "title = '桥'\n[terms]\n'石桥' = 3\n";
/// let set = load::from_texts("feeds", [("site.toml", site), ("topics/bridges.toml", bridges)])?;
/// let found = set.classifier.classify("大安石桥修好了", "");
/// assert_eq!(found.labels.topics[0].as_str(), "bridges");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FeedSet {
    /// The site.
    pub site: Site,
    /// The districts, by code if they have codes, then by slug.
    pub districts: Vec<FeedDef>,
    /// The topics, by slug.
    pub topics: Vec<FeedDef>,
    /// The districts and topics that have retired: they place nothing and are in no list.
    pub retired: Vec<FeedDef>,
    /// All addresses at which feeds were before.
    pub former: Aliases,
    /// A hash of the files' names and texts: other texts, another hash.
    pub digest: String,
    /// The zone of dates that name none, in what is brought here, if site.toml names it. It shows in nothing that is served.
    pub dates_in: Option<Tz>,
    /// The folders whose files are served at their paths: they come with the settings, as another public address does.
    pub media: Vec<PathBuf>,
    /// The rules that place an article without labels.
    pub classifier: Classifier,
}

impl FeedSet {
    /// The same definitions at another public address, or the reason why it cannot be one.
    pub fn with_base_url(mut self, base_url: &str) -> Result<Self, &'static str> {
        self.site.base_url = spelling::base_url(base_url)?;
        Ok(self)
    }

    /// The zone of dates that name none: the site's, unless another is named.
    pub fn zone_of_dates(&self) -> Tz {
        self.dates_in.unwrap_or(self.site.time_zone)
    }

    /// The same definitions with these media folders.
    #[must_use]
    pub fn with_media(self, media: &[PathBuf]) -> Self {
        Self { media: media.to_vec(), ..self }
    }

    /// The definition behind a slug, retired or not.
    pub fn get(&self, axis: Axis, slug: &Slug) -> Option<&FeedDef> {
        let retired = self.retired.iter().filter(|def| def.axis == axis);
        self.axis(axis).iter().chain(retired).find(|def| def.slug == *slug)
    }

    /// The definition of a feed that has just one: of a district or a topic.
    pub fn definition(&self, key: &FeedKey) -> Option<&FeedDef> {
        match key {
            FeedKey::District(slug) => self.get(Axis::District, slug),
            FeedKey::Topic(slug) => self.get(Axis::Topic, slug),
            FeedKey::All | FeedKey::Pair(..) | FeedKey::Combination(_) => None,
        }
    }

    /// The definition that a category means, on whichever axis.
    pub fn named(&self, category: &str) -> Option<&FeedDef> {
        let axes = [Axis::District, Axis::Topic];
        axes.into_iter().find_map(|axis| self.called(axis, category))
    }

    /// The definition of one axis that is called so: by its slug or by either of its names, in any case, whatever else
    /// it is.
    pub fn called(&self, axis: Axis, name: &str) -> Option<&FeedDef> {
        let name = classify::fold_case(name.trim());
        let is = |own: &str| classify::fold_case(own) == name;
        let called =
            |def: &&FeedDef| is(def.slug.as_str()) || is(&def.title) || def.title_en.as_deref().is_some_and(is);
        self.axis(axis).iter().find(called)
    }

    /// All definitions of one axis that have not retired.
    pub fn axis(&self, axis: Axis) -> &[FeedDef] {
        match axis {
            Axis::District => &self.districts,
            Axis::Topic => &self.topics,
        }
    }

    /// Whether every slug in the key is defined.
    pub fn defines(&self, key: &FeedKey) -> bool {
        key.districts().iter().all(|d| self.get(Axis::District, d).is_some())
            && key.topics().iter().all(|t| self.get(Axis::Topic, t).is_some())
    }

    /// Every stored feed: everything, the districts, the topics, then every pair of them.
    pub fn keys(&self) -> Vec<FeedKey> {
        let districts = self.districts.iter().map(|d| FeedKey::District(d.slug.clone()));
        let topics = self.topics.iter().map(|t| FeedKey::Topic(t.slug.clone()));
        let pairs = self
            .districts
            .iter()
            .flat_map(|d| self.topics.iter().map(move |t| FeedKey::Pair(d.slug.clone(), t.slug.clone())));
        std::iter::once(FeedKey::All).chain(districts).chain(topics).chain(pairs).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_districts_and_topics_has_one_name() {
        for (text, name) in [
            ("districts/yantan+daan", "districts/daan+yantan"),
            ("districts/daan+daan", "districts/daan"),
            ("topics/salt+road+lantern", "topics/lantern+road+salt"),
            ("districts/daan+daan/topics/salt", "districts/daan/topics/salt"),
            ("districts/daan+yantan/topics/salt+road", "districts/daan+yantan/topics/road+salt"),
        ] {
            let key = FeedKey::parse_any_order(text).expect("a feed");
            assert_eq!(key.to_string(), name);
            assert_eq!(FeedKey::parse(name), Some(key));
            assert_eq!(FeedKey::parse(text), None, "{text} is not its name");
        }
    }

    #[test]
    fn a_combination_has_at_most_three_of_each() {
        assert!(FeedKey::parse("districts/a+b+c/topics/x+y+z").is_some());
        for text in ["districts/a+b+c+d", "topics/a+b+c+d", "districts/a+", "districts/+a", "districts/a++b", "topics/"]
        {
            assert_eq!(FeedKey::parse_any_order(text), None, "{text}");
        }
    }

    #[test]
    fn a_combination_is_the_union_of_its_cells() {
        let cells = |text: &str| -> Vec<String> {
            FeedKey::parse(text).expect("a feed").cells().iter().map(ToString::to_string).collect()
        };
        assert_eq!(cells("feed"), ["feed"]);
        assert_eq!(cells("topics/a+b"), ["topics/a", "topics/b"]);
        assert_eq!(cells("districts/a/topics/x+y"), ["districts/a/topics/x", "districts/a/topics/y"]);
        assert_eq!(cells("districts/a+b/topics/x+y").len(), 4);
    }
}
