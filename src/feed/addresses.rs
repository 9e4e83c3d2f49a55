//! Where feeds were to be found before: at aliases, under former slugs; and which feeds have retired.
//!
//! Knows nothing of formats or requests, and of no clock: when a retired feed ends is for others to compare.

use std::collections::HashMap;

use chrono::{Days, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::paths::plain;
use super::{Axis, FeedDef, FeedKey, FeedSet};
use crate::article::{Slug, Time};

/// The days on which a retired feed says farewell before it is gone.
pub const FAREWELL: u64 = 30;

/// That a feed is to be followed no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// The day on which its readers are told.
    pub on: NaiveDate,
    /// Why, or where to go instead, in the editors' words.
    pub farewell: Option<String>,
}

impl Retirement {
    /// When its readers are told: as that day begins in the newsroom.
    pub fn begins(&self, zone: Tz) -> Time {
        begin(self.on, zone)
    }

    /// The day on which it is gone.
    pub fn last_day(&self) -> NaiveDate {
        self.on.checked_add_days(Days::new(FAREWELL)).unwrap_or(NaiveDate::MAX)
    }

    /// When it is gone.
    pub fn ends(&self, zone: Tz) -> Time {
        begin(self.last_day(), zone)
    }
}

/// The first moment of a day; midnight, or what follows it where clocks jump over it.
fn begin(day: NaiveDate, zone: Tz) -> Time {
    let midnight = day.and_time(NaiveTime::MIN);
    let local = zone.from_local_datetime(&midnight).earliest();
    Time(local.map_or_else(|| midnight.and_utc().timestamp(), |local| local.timestamp()))
}

/// The targets of aliases, by their plain path and, if they have one, their query (see [`alias_key`]).
pub type Aliases = HashMap<String, FeedKey>;

/// The key of an alias in [`Aliases`].
pub(super) fn alias_key(plain: &str, query: Option<&str>) -> String {
    match query {
        Some(query) => format!("{plain}?{query}"),
        None => plain.to_owned(),
    }
}

impl FeedSet {
    /// The feed that was at this address before.
    pub fn aliased(&self, path: &str, query: Option<&str>) -> Option<&FeedKey> {
        if self.former.is_empty() {
            return None;
        }
        let plain = plain(path)?;
        // What a reader adds to an address is ignored, as it is everywhere (`?_=123`); but some addresses are queries.
        let named = query.and_then(|query| self.former.get(&alias_key(&plain, Some(query))));
        named.or_else(|| self.former.get(&plain))
    }

    /// Every address at which a feed was before, as it was written.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        let of_feeds = self.districts.iter().chain(&self.topics).flat_map(|def| &def.aliases);
        self.site.aliases.iter().chain(of_feeds).map(String::as_str)
    }

    /// The feed that goes by this name today, if a district or topic in it has been renamed or merged since.
    pub fn present(&self, key: FeedKey) -> FeedKey {
        let today = |axis, slugs: &[Slug]| slugs.iter().map(|slug| self.present_slug(axis, slug).clone()).collect();
        if self.defines(&key) {
            return key;
        }
        let (districts, topics) = (today(Axis::District, key.districts()), today(Axis::Topic, key.topics()));
        FeedKey::of(districts, topics).unwrap_or(key)
    }

    /// The present slug of a district or topic.
    pub fn present_slug<'a>(&'a self, axis: Axis, slug: &'a Slug) -> &'a Slug {
        let today = self.axis(axis).iter().chain(&self.retired).filter(|def| def.axis == axis);
        let mut renamed = today.filter(|def| def.formerly.contains(slug));
        if self.get(axis, slug).is_some() { slug } else { renamed.next().map_or(slug, |def| &def.slug) }
    }

    /// Labels as they are today: by their present slugs, without those that have retired; sorted.
    pub fn present_labels(&self, axis: Axis, labels: &[Slug]) -> Vec<Slug> {
        let today = labels.iter().map(|slug| self.present_slug(axis, slug));
        let lives = |slug: &&Slug| self.get(axis, slug).is_none_or(|def| def.retired.is_none());
        let mut present: Vec<Slug> = today.filter(lives).cloned().collect();
        present.sort();
        present.dedup();
        present
    }

    /// Every stored feed that has retired: districts and topics, and the pairs that they are in.
    pub fn retired_keys(&self) -> Vec<FeedKey> {
        let of = |axis| self.axis(axis).iter().chain(self.retired.iter().filter(move |def| def.axis == axis));
        let pairs =
            of(Axis::District).flat_map(|d| of(Axis::Topic).map(|t| FeedKey::Pair(d.slug.clone(), t.slug.clone())));
        let all = self.retired.iter().map(FeedDef::key).chain(pairs);
        all.filter(|key| self.retirement(key).is_some()).collect()
    }

    /// Whether and when a feed has retired: one does with its district or topic, a combination with the last of an axis.
    pub fn retirement(&self, key: &FeedKey) -> Option<&Retirement> {
        if self.retired.is_empty() {
            return None;
        }
        let axis = |axis, slugs: &[Slug]| {
            let retirements = slugs.iter().map(|slug| self.get(axis, slug).and_then(|def| def.retired.as_ref()));
            let all: Option<Vec<&Retirement>> = retirements.collect();
            all?.into_iter().max_by_key(|retirement| retirement.on)
        };
        let both = [axis(Axis::District, key.districts()), axis(Axis::Topic, key.topics())];
        both.into_iter().flatten().min_by_key(|retirement| retirement.on)
    }
}
