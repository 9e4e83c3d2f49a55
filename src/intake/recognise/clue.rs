//! The clues by which a draft may be recognised, weighed against a stored article's address, ids and time.
//!
//! Knows nothing of other drafts, or of the store.

use std::path::Path;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::ZONES;
use super::fold::{self, Link};
use crate::article::{Key, Status, Time};
use crate::ingest::{Found, Naming};
use crate::store::Candidate;

/// The clues by which a draft may be recognised.
pub(super) struct Clue {
    pub key: Key,
    /// Which input it stands in, and at which line, from 1.
    pub input: usize,
    pub line: u64,
    pub title: String,
    /// Its title as titles are compared; empty if it says nothing.
    pub folded: String,
    /// `None` if it has no date.
    pub time: Option<Time>,
    /// Its local time as seconds, as if in UTC, if it names no zone.
    pub local: Option<i64>,
    /// Whether it names a day and no time.
    pub whole_day: bool,
    /// Whether it is to be seen.
    pub is_shown: bool,
    /// Whether it comes from a feed.
    pub from_feed: bool,
    /// The ids and the link of a feed's entry, as addresses.
    pub addresses: Vec<String>,
    /// The paths that it names as its own, now or formerly.
    pub paths: Vec<String>,
    /// The names that the last part of a link to it may have.
    pub names: Vec<String>,
    /// Those of these that are made of its title.
    slugs: Vec<String>,
    /// Of `addresses`, how many are ids.
    ids: usize,
    /// Whether its editor has given it its name.
    is_named: bool,
    /// The folders in which its file lies, the language of its file, and the day in its name.
    folders: Vec<String>,
    language: Option<String>,
    day: Option<Time>,
}

impl Clue {
    /// Takes the clues of a draft, whose dates without a zone were read in this one.
    pub(super) fn of(source: &str, input: usize, found: &Found, zone: Tz) -> Self {
        let Found { draft, clues, aliases, .. } = found;
        let time = draft.published.as_deref().and_then(|time| Time::parse(time).ok());
        let local = time.filter(|_| clues.is_local).map(|time| {
            let offset = zone.offset_from_utc_datetime(&time.utc().naive_utc()).fix().local_minus_utc();
            time.0 + i64::from(offset)
        });
        let has_place = clues.place.is_some();
        let names = clues.names.iter().map(|name| fold::segment(name)).filter(|name| !name.is_empty());
        let names: Vec<String> = names.collect();
        let slugs = fold::slugs(&draft.title).into_iter().filter(|slug| has_place && !slug.is_empty());
        let slugs: Vec<String> = slugs.filter(|slug| !names.contains(slug)).collect();
        let mut all = [names, slugs.clone()].concat();
        all.sort();
        all.dedup();
        let ids = clues.ids.iter().chain([&draft.id]).filter_map(|id| fold::address(id));
        let ids: Vec<String> = ids.filter(|_| found.keeps_id).collect();
        let place = clues.place.as_deref().unwrap_or_default();
        Self {
            key: Key::derive(source, draft.id.trim()),
            input,
            line: found.line,
            title: draft.title.clone(),
            folded: fold::title(&draft.title),
            time,
            local,
            whole_day: found.whole_day,
            is_shown: found.held.is_none() && draft.status == Status::Published,
            from_feed: found.keeps_id,
            paths: aliases.iter().chain(&draft.url).map(|path| Link::of(path).path).filter(|p| !p.is_empty()).collect(),
            names: all,
            slugs,
            is_named: found.naming == Naming::Slug,
            folders: Path::new(place).iter().map(|part| fold::segment(&part.to_string_lossy())).collect(),
            language: clues.language.as_deref().map(fold::segment),
            day: clues.day,
            addresses: ids.iter().cloned().chain(draft.url.as_deref().and_then(fold::address)).collect(),
            ids: ids.len(),
        }
    }

    /// Takes its date to be meant in this zone, if it names none.
    pub(super) fn mean(&mut self, zone: Tz) {
        let naive = self.local.and_then(|local| DateTime::from_timestamp(local, 0)).map(|at| at.naive_utc());
        let meant = naive.and_then(|naive| zone.from_local_datetime(&naive).earliest());
        self.time = meant.map(|time| Time(time.timestamp())).or(self.time);
    }

    /// The seconds between its time and an article's; `None` if it has no date.
    pub(super) fn distance(&self, article: &Candidate) -> Option<i64> {
        self.time.map(|time| (time.0 - article.published.0).abs())
    }

    /// Whether the times of both agree in some zone.
    pub(super) fn is_near(&self, article: &Candidate) -> bool {
        self.distance(article).is_some_and(|distance| distance <= ZONES)
    }

    /// Whether one of these drafts has come within a day of it; of what is undated nothing tells that it has not.
    pub(super) fn has_near(&self, alike: &[&Self]) -> bool {
        let apart = |other: &&Self| Some((self.time?.0 - other.time?.0).abs());
        alike.iter().any(|other| other.key != self.key && apart(other).is_none_or(|apart| apart <= ZONES))
    }

    /// The weight with which an article's link leads to this draft. From [`LEADS`] on that is enough; from [`MAY_LEAD`] on
    /// it wants its title or time to agree, or is in doubt; what is less wants its title.
    pub(super) fn leads_here(&self, link: &Link, language: &str) -> u32 {
        if !link.path.is_empty() && self.paths.contains(&link.path) {
            return 40;
        }
        if link.name.is_empty() || !self.names.contains(&link.name) || !self.is_of(link.date.as_deref()) {
            return 0;
        }
        let own = self.language.as_deref();
        let explains = |folder: &String| self.folders.contains(folder) || own == Some(folder);
        let is_explained = link.folders.iter().all(explains) || link.date.as_ref().is_some_and(|date| date.len() > 4);
        // Of a text in several languages, the link of the site's own one does without a folder for it.
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
        let spoken = match own {
            Some(own) if link.folders.iter().any(|folder| folder == own) => 2,
            Some(own) => u32::from(primary(own) == primary(language)),
            None => 1,
        };
        match () {
            () if self.slugs.contains(&link.name) => MAY_LEAD - 2,
            () if is_explained => 30 + spoken,
            () if self.is_named => LEADS + spoken,
            // A number alone names something else in every folder.
            () if link.name.bytes().all(|b| b.is_ascii_digit()) => 1,
            () => MAY_LEAD + spoken,
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

    /// The weight with which the ids and links of two feeds' entries say that they are the same.
    pub(super) fn is_entry(&self, guid: &str, addresses: &[String]) -> u32 {
        let guid = fold::address(guid);
        let is_there = |address: &String| addresses.contains(address);
        match (
            self.addresses[..self.ids].iter().any(|id| guid.as_ref() == Some(id)),
            self.addresses.iter().any(is_there),
        ) {
            (true, _) => 50,
            // Many entries may have one link.
            (false, true) => 1,
            (false, false) => 0,
        }
    }
}

/// From here on a link is enough.
pub(super) const LEADS: u32 = 20;

/// From here on a link is worth a doubt.
pub(super) const MAY_LEAD: u32 = 10;
