//! The rhythm of a feed over a year: a bar a week, drawn as one path, and the same by month in words.
//!
//! Knows nothing of feeds: it is given days and how many articles each has.

use std::collections::BTreeMap;

use chrono::Datelike;

use super::voice::Voice;
use crate::article::Time;
use crate::view::YEAR;

/// Weeks that are shown, a bar each.
const WEEKS: i64 = YEAR / 7;
/// A bar's place and a bar, in units of the picture.
const STEP: i64 = 10;
const BAR: i64 = 8;
/// The picture's height.
const HEIGHT: u64 = 64;
/// The least height of a week that has any article.
const LEAST: u64 = 2;

/// A year as it is shown.
pub(super) struct Chart {
    /// The path of all bars (SVG 2 §9.3).
    pub bars: String,
    pub width: i64,
    pub height: u64,
    /// Its description in words.
    pub summary: String,
    /// The days on which the first and the last week begin.
    pub from: String,
    pub to: String,
    /// The same by month, newest first: its name and how many articles it has.
    pub months: Vec<(String, u64)>,
}

impl Chart {
    /// The year that ends with this day, counted from 1970.
    ///
    /// Of several feeds together (`added`) an article may have been counted in each.
    pub(super) fn new(voice: Voice<'_>, days: &[(i64, u64)], today: i64, added: bool) -> Self {
        let first = week(today) - WEEKS + 1;
        let mut weeks = vec![0u64; WEEKS as usize];
        let mut months: BTreeMap<(i32, u32), u64> = BTreeMap::new();
        // A month without articles is one, too. Of the first only a part is shown, and so it is not listed.
        let partial = month(monday(first));
        for day in (monday(first)..=today).step_by(7).chain([today]) {
            months.entry(month(day)).or_default();
        }
        for (day, entries) in days {
            if let Some(week) = usize::try_from(week(*day) - first).ok().and_then(|at| weeks.get_mut(at)) {
                *week += entries;
                *months.entry(month(*day)).or_default() += entries;
            }
        }
        let most = weeks.iter().copied().max().unwrap_or(0);
        let busiest = weeks.iter().position(|week| *week == most).unwrap_or(0) as i64;
        let begins = |week: i64| voice.calendar_day(monday(week));
        Self {
            bars: bars(&weeks, most),
            width: WEEKS * STEP,
            height: HEIGHT,
            summary: match (weeks.iter().sum(), added) {
                (sum, false) => voice.language.year(sum, &voice.calendar_day(today), most, &begins(first + busiest)),
                (sum, true) => voice.language.years_added(sum, &voice.calendar_day(today)),
            },
            from: begins(first),
            to: voice.calendar_day(today),
            months: months
                .into_iter()
                .rev()
                .filter(|(month, _)| *month != partial)
                .map(|((y, m), n)| (voice.language.month(y, m), n))
                .collect(),
        }
    }
}

/// Each bar from the ground up and down again.
fn bars(weeks: &[u64], most: u64) -> String {
    let bar = |(at, entries): (usize, &u64)| {
        let height = (entries * HEIGHT).div_ceil(most.max(1)).max(LEAST);
        let left = at as i64 * STEP + (STEP - BAR) / 2;
        format!("M{left} {HEIGHT}v-{height}h{BAR}v{height}z")
    };
    weeks.iter().enumerate().filter(|(_, entries)| **entries > 0).map(bar).collect()
}

/// A day's week, which begins on Monday; 1970 began on a Thursday.
fn week(day: i64) -> i64 {
    (day + 3).div_euclid(7)
}

fn monday(week: i64) -> i64 {
    week * 7 - 3
}

fn month(day: i64) -> (i32, u32) {
    let date = Time(day.saturating_mul(86_400)).utc();
    (date.year(), date.month())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::set;
    use crate::resource::Edition;

    /// Wednesday, 25 November 2026.
    const TODAY: i64 = 20_782;

    fn chart(days: &[(i64, u64)]) -> Chart {
        Chart::new(Voice::new(&set(), Edition::Own), days, TODAY, false)
    }

    #[test]
    fn each_week_has_a_bar_as_high_as_its_share_of_the_busiest() {
        let chart = chart(&[(TODAY, 1), (TODAY - 2, 1), (TODAY - 3, 4), (TODAY - 10, 1)]);
        let last = (WEEKS - 1) * STEP + 1;
        let expected =
            [(last - 2 * STEP, 16), (last - STEP, 64), (last, 32)].map(|(x, h)| format!("M{x} 64v-{h}h8v{h}z"));
        assert_eq!(chart.bars, expected.concat());
        assert_eq!(chart.summary, "截至2026年11月25日的一年里共7篇；最多的一周从2026年11月16日开始，有4篇。");
    }

    #[test]
    fn months_without_articles_are_told_as_well() {
        let chart = chart(&[(TODAY - 40, 3)]);
        assert_eq!(chart.months.len(), 12, "the first one would be a part of one");
        assert_eq!(chart.months[..2], [("2026年11月".to_owned(), 0), ("2026年10月".to_owned(), 3)]);
    }

    #[test]
    fn a_year_of_silence_is_said_to_be_one() {
        let chart = chart(&[(TODAY - YEAR - 7, 3)]);
        assert_eq!((chart.bars.as_str(), chart.summary.contains("没有文章")), ("", true));
    }
}
