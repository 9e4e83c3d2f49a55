//! What a draft may be recognised by, and how much a stored article's address, ids and time say that it is this one.
//!
//! Knows nothing of other drafts, or of the store.

use std::path::Path;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::fold::{self, Link};
use super::{MAX_ALIKE, ZONES};
use crate::article::{Key, Time};
use crate::ingest::Found;
use crate::store::Candidate;

/// What a draft may be recognised by.
pub struct Clue {
    pub key: Key,
    pub input: usize,
    pub line: u64,
    pub title: String,
    pub folded: String,
    /// `None` if it has no date.
    pub time: Option<Time>,
    /// What clocks show at its time, as if in UTC, if it names no zone.
    pub local: Option<i64>,
    pub day: Option<Time>,
    pub names: Vec<String>,
    pub folders: Vec<String>,
    /// Its former paths.
    pub paths: Vec<String>,
    /// Its ids that are addresses.
    pub ids: Vec<String>,
    /// Its ids and its link, as addresses.
    pub addresses: Vec<String>,
    /// Whether it comes from a feed.
    pub from_feed: bool,
}

impl Clue {
    pub fn of(source: &str, input: usize, found: &Found, zone: Tz) -> Self {
        let Found { draft, clues, aliases, .. } = found;
        let time = draft.published.as_deref().and_then(|time| Time::parse(time).ok());
        let local = time.filter(|_| clues.is_local).map(|time| {
            let offset = zone.offset_from_utc_datetime(&time.utc().naive_utc()).fix().local_minus_utc();
            time.0 + i64::from(offset)
        });
        // A generator may make the address of the title.
        let names = clues.names.iter().chain([&draft.title]).map(|name| fold::segment(name));
        let mut names: Vec<String> = names.filter(|name| clues.place.is_some() && !name.is_empty()).collect();
        names.sort();
        names.dedup();
        let place = clues.place.as_deref().unwrap_or_default();
        let address = |id: &String| fold::address(id).map(str::to_owned);
        let ids: Vec<String> = clues.ids.iter().chain([&draft.id]).filter_map(address).collect();
        Self {
            key: Key::derive(source, &draft.id),
            input,
            line: found.line,
            title: draft.title.clone(),
            folded: fold::title(&draft.title),
            time,
            local,
            day: clues.day,
            names,
            folders: Path::new(place).iter().map(|part| fold::segment(&part.to_string_lossy())).collect(),
            paths: aliases.iter().chain(&draft.url).map(|path| Link::of(path).path).filter(|p| !p.is_empty()).collect(),
            addresses: ids.iter().cloned().chain(draft.url.iter().filter_map(address)).collect(),
            ids,
            from_feed: found.keeps_id,
        }
    }

    /// Takes its date to be meant in this zone, if it names none.
    pub fn mean(&mut self, zone: Tz) {
        let naive = self.local.and_then(|local| DateTime::from_timestamp(local, 0)).map(|at| at.naive_utc());
        let meant = naive.and_then(|naive| zone.from_local_datetime(&naive).earliest());
        self.time = meant.map(|time| Time(time.timestamp())).or(self.time);
    }

    /// How far its time lies from an article's; a draft without a date is near to all.
    pub fn distance(&self, article: &Candidate) -> i64 {
        self.time.map_or(0, |time| (time.0 - article.published.0).abs())
    }

    /// Whether one of the drafts of its title has come within a day.
    pub fn has_near(&self, alike: &[&Self]) -> bool {
        let apart = |other: &&Self| Some((self.time?.0 - other.time?.0).abs());
        alike
            .iter()
            .take(MAX_ALIKE)
            .any(|other| other.key != self.key && apart(other).is_none_or(|apart| apart <= ZONES))
    }

    /// How much an article's address says that it is this draft's.
    pub fn leads_here(&self, link: &Link) -> u32 {
        if self.paths.contains(&link.path) {
            return 40;
        }
        if link.name.is_empty() || !self.names.contains(&link.name) || !self.is_of(link.date.as_deref()) {
            return 0;
        }
        let explained = link.folders.iter().all(|folder| self.folders.contains(folder));
        match (explained, link.name.bytes().all(|b| b.is_ascii_digit())) {
            (true, _) => 30,
            (false, false) => 15,
            // A number alone names something else in every folder.
            (false, true) => 1,
        }
    }

    /// Whether the date in an address is the draft's own, in whatever zone.
    fn is_of(&self, date: Option<&str>) -> bool {
        let Some(date) = date else { return true };
        let days =
            [self.time, self.day].into_iter().flatten().flat_map(|time| [-ZONES, 0, ZONES].map(|by| time.plus(by)));
        let mut days = days.map(|day| day.to_string()).peekable();
        days.peek().is_none() || days.any(|day| day.starts_with(date))
    }

    /// How much the ids and links of two feeds' entries say that they are the same.
    pub fn is_entry(&self, guid: &str, addresses: &[&str]) -> u32 {
        let is_guid = |id: &String| fold::address(guid) == Some(id);
        let is_there = |address: &String| addresses.contains(&address.as_str());
        match (self.ids.iter().any(is_guid), self.addresses.iter().any(is_there)) {
            (true, _) => 50,
            (false, true) => 10,
            (false, false) => 0,
        }
    }
}
