//! The zone in which a site's dates without one are meant, as the times of articles show it that are known from its feed.
//!
//! Knows nothing of how articles are recognised.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::ZONES;
use crate::article::Time;

/// Zones that are no whole number of hours from UTC all the year, in minutes.
const ODD: [(i64, Tz); 6] = [
    (210, Tz::Asia__Tehran),
    (270, Tz::Asia__Kabul),
    (330, Tz::Asia__Kolkata),
    (345, Tz::Asia__Kathmandu),
    (390, Tz::Asia__Yangon),
    (570, Tz::Australia__Darwin),
];

/// A draft whose date names no zone, and an article that it may be.
pub(super) struct Evidence {
    /// Which draft.
    pub draft: usize,
    /// The draft's local time as seconds, as if in UTC.
    pub local: i64,
    /// Whether the draft names a day only: that says something only if the article has the beginning of that day in UTC.
    pub whole_day: bool,
    /// The draft's time in the zone that was assumed.
    pub assumed: Option<Time>,
    /// The article's time.
    pub published: Time,
}

/// The zone that the evidence shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nothing.
    Nothing,
    /// That the zone is what it was taken for.
    Assumed,
    /// Another zone, by so many drafts.
    Zone(Tz, usize),
    /// Several distances from UTC, in minutes, so that the zone has summer time or dates have been edited.
    Several(Vec<(i64, usize)>),
}

/// Finds the zone that the evidence shows.
pub(super) fn shown(evidence: &[Evidence]) -> Shown {
    let (mut offsets, mut drafts, mut as_assumed) = (BTreeMap::<i64, Vec<usize>>::new(), Vec::new(), Vec::new());
    for Evidence { draft, local, whole_day, assumed, published } in evidence {
        let offset = local - published.0;
        let is_odd = offset % 900 != 0 || (*whole_day && offset != 0);
        if *assumed == Some(*published) {
            as_assumed.push(*draft);
            drafts.push(*draft);
        } else if offset.abs() <= ZONES && !is_odd {
            offsets.entry(offset / 60).or_default().push(*draft);
            drafts.push(*draft);
        }
    }
    let count = |mut drafts: Vec<usize>| {
        drafts.sort_unstable();
        drafts.dedup();
        drafts.len()
    };
    let (total, as_assumed) = (count(drafts), count(as_assumed));
    let mut offsets: Vec<(i64, usize)> = offsets.into_iter().map(|(offset, drafts)| (offset, count(drafts))).collect();
    // Of equally many, UTC.
    offsets.sort_by_key(|(offset, count)| (std::cmp::Reverse(*count), offset.abs()));
    let Some((offset, shown)) = offsets.first().copied().filter(|(_, shown)| *shown > as_assumed) else {
        return if total == 0 { Shown::Nothing } else { Shown::Assumed };
    };
    let is_clear = if offset == 0 { shown * 2 > total } else { shown >= 2 && shown * 10 >= total * 9 };
    match fixed(offset).filter(|_| is_clear) {
        Some(zone) => Shown::Zone(zone, shown),
        None => Shown::Several(offsets),
    }
}

/// The zone that is so many minutes from UTC all the year.
fn fixed(minutes: i64) -> Option<Tz> {
    match minutes {
        0 => Some(Tz::UTC),
        // These names have the sign the other way round.
        minutes if minutes % 60 == 0 => format!("Etc/GMT{:+}", -minutes / 60).parse().ok(),
        minutes => ODD.iter().find(|(odd, _)| *odd == minutes).map(|(_, zone)| *zone),
    }
}

/// A distance from UTC in minutes, as people write it.
pub(super) fn distance(minutes: i64) -> String {
    let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.abs());
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The zone that is shown by drafts whose clocks stand so many hours after those of UTC, of a site taken for Shanghai's.
    fn of(hours: &[f64]) -> Shown {
        let evidence = hours.iter().enumerate().map(|(draft, hours)| {
            let local = 1_700_000_000 + (hours * 3600.0) as i64;
            let assumed = Some(Time(local - 8 * 3600));
            Evidence { draft, local, whole_day: false, assumed, published: Time(1_700_000_000) }
        });
        shown(&evidence.collect::<Vec<_>>())
    }

    #[test]
    fn the_zone_is_that_of_nearly_all() {
        assert_eq!(of(&[]), Shown::Nothing);
        assert_eq!(of(&[8.0, 8.0, 0.0]), Shown::Assumed);
        assert_eq!(of(&[0.0]), Shown::Zone(Tz::UTC, 1));
        assert_eq!(of(&[0.0, 0.0, 3.0]), Shown::Zone(Tz::UTC, 2));
        assert_eq!(of(&[5.5, 5.5]), Shown::Zone(Tz::Asia__Kolkata, 2));
        assert_eq!(of(&[9.0, 9.0]), Shown::Zone(Tz::Etc__GMTMinus9, 2));
        assert_eq!(of(&[-4.0, -4.0, -5.0]), Shown::Several(vec![(-240, 2), (-300, 1)]));
        assert_eq!(of(&[1.0]), Shown::Several(vec![(60, 1)]));
        assert_eq!(of(&[0.37]), Shown::Nothing);
    }

    #[test]
    fn a_day_alone_shows_nothing_but_utc() {
        let day = |local| Evidence { draft: 0, local, whole_day: true, assumed: None, published: Time(86_400) };
        assert_eq!(shown(&[day(86_400 + 3600)]), Shown::Nothing);
        assert_eq!(shown(&[day(86_400)]), Shown::Zone(Tz::UTC, 1));
    }
}
