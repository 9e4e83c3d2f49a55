//! Dates as feeds write them: RFC 822 and RFC 3339 with all that is usually wrong with them.
//!
//! Knows nothing of the clock. A date without zone is meant in the zone that the caller names.

use chrono::{Duration, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{OffsetName, Tz};

use crate::article::Time;

/// The longest text that is looked at.
const MAX_LENGTH: usize = 100;

/// Beginnings of the names of months.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Zones by name, in hours from UTC: those of RFC 822 §5.1, and a few that are met.
const ZONES: [(&str, i32); 21] = [
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("bst", 1),
    ("cet", 1),
    ("cest", 2),
    ("eet", 2),
    ("eest", 3),
    ("hkt", 8),
    ("jst", 9),
    ("kst", 9),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];

/// The moment that a date means; `None` if it means none.
///
/// The first moment of 1970 and all of the first thousand years are what programs write for lack of a date.
pub(super) fn parse(text: &str, zone: Tz) -> Option<Time> {
    let text = text.trim();
    if text.len() > MAX_LENGTH {
        return None;
    }
    let (local, said) = numeric(text).or_else(|| worded(text))?;
    let time = moment(local, said.trim(), zone)?;
    (time.0 != 0 && local.date() >= NaiveDate::from_ymd_opt(1000, 1, 1)?).then_some(time)
}

/// Digits at the beginning, at least one and at most so many, and what stands behind them.
fn number(text: &str, most: usize) -> Option<(u32, &str)> {
    let end = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Year, month and day in this order, then perhaps a time: ISO 8601, RFC 3339, and as Chinese writes dates.
fn numeric(text: &str) -> Option<(NaiveDateTime, &str)> {
    let (year, rest) = number(text, 4).filter(|_| text.bytes().take(4).all(|b| b.is_ascii_digit()))?;
    let part = |text: &'_ str| text.strip_prefix(['-', '/', '.', '年', '月']).map_or(text.len(), |rest| rest.len());
    let rest = &rest[rest.len() - part(rest)..];
    let (month, rest) = number(rest, 2)?;
    let rest = &rest[rest.len() - part(rest)..];
    // W3CDTF takes a month for a date.
    let (day, rest) = number(rest, 2).unwrap_or((1, rest));
    let rest = rest.strip_prefix('日').unwrap_or(rest);
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let rest = rest.trim_start_matches(['T', 't', ' ', '\u{3000}', ',']);
    match clock(rest) {
        Some((seconds, rest)) => Some((at(date, seconds)?, rest)),
        None => Some((at(date, 0)?, rest)),
    }
}

/// A time of day in seconds, and what stands behind it.
fn clock(text: &str) -> Option<(i64, &str)> {
    let (hour, rest) = number(text, 2)?;
    let parted = |rest: &'_ str| rest.strip_prefix([':', '时', '時', '点', '點', '：']).map(str::len);
    let (minute, rest) = match parted(rest) {
        Some(length) => number(&rest[rest.len() - length..], 2)?,
        // Without colons, as in 20261123T091500Z.
        None => number(rest, 2)?,
    };
    let rest = rest.strip_prefix('分').unwrap_or(rest);
    let behind = rest.strip_prefix([':', '：']).unwrap_or(rest);
    let (second, rest) = number(behind, 2).unwrap_or((0, rest));
    let rest = rest.strip_prefix('秒').unwrap_or(rest);
    let rest = match rest.strip_prefix(['.', ',']) {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
            fraction.trim_start_matches(|c: char| c.is_ascii_digit())
        }
        _ => rest,
    };
    let (half, rest) = half(rest);
    let hour = match half {
        Some(afternoon) if hour <= 12 => hour % 12 + if afternoon { 12 } else { 0 },
        _ => hour,
    };
    let sound = hour <= 24 && minute <= 59 && second <= 60;
    sound.then_some((i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second), rest))
}

/// Whether `pm` or `am` stands at the beginning, and what stands behind it.
fn half(text: &str) -> (Option<bool>, &str) {
    let text = text.trim_start();
    match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("pm") => (Some(true), &text[2..]),
        Some("am") => (Some(false), &text[2..]),
        _ => (None, text),
    }
}

fn at(date: NaiveDate, seconds: i64) -> Option<NaiveDateTime> {
    date.and_hms_opt(0, 0, 0)?.checked_add_signed(Duration::seconds(seconds))
}

/// A date with the month's name: RFC 822, RFC 850, what C's asctime writes, in whatever order.
///
/// The day of the week is not looked at: it is wrong more often than the date.
fn worded(text: &str) -> Option<(NaiveDateTime, &str)> {
    let (mut day, mut month, mut year) = (None, None, None);
    let (mut time, mut zone) = (None, None);
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '-' | '.' | '/'));
        let word = &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != ':').unwrap_or(rest.len())];
        if word.is_empty() {
            break;
        }
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        if word[digits..].starts_with(':') && time.is_none() {
            let (seconds, behind) = clock(rest)?;
            (time, rest) = (Some(seconds), behind);
            if year.is_some() {
                break;
            }
            // In asctime the year stands behind the time, and in what others made of it behind the zone.
            let behind = rest.trim_start();
            if !behind.starts_with(|c: char| c.is_ascii_digit()) {
                let (word, after) = behind.split_at(behind.find(' ').unwrap_or(behind.len()));
                (zone, rest) = (Some(word), after);
            }
            continue;
        }
        let value: Option<u32> = word[..digits].parse().ok();
        match value {
            Some(value) if digits <= 2 && day.is_none() => day = Some(value),
            Some(value) if year.is_none() => year = Some(full_year(value, digits)?),
            Some(_) => return None,
            None if month.is_none() => {
                month = MONTHS.iter().position(|name| word.get(..3).is_some_and(|w| w.eq_ignore_ascii_case(name)));
            }
            None => {}
        }
        rest = &rest[word.len()..];
    }
    let month = u32::try_from(month?).ok()? + 1;
    let date = NaiveDate::from_ymd_opt(year?, month, day?)?;
    Some((at(date, time.unwrap_or(0))?, zone.unwrap_or(rest)))
}

/// Years of two digits are of this century or the last (RFC 5322 §4.3).
fn full_year(value: u32, digits: usize) -> Option<i32> {
    let value = i32::try_from(value).ok()?;
    match digits {
        1 | 2 if value < 50 => Some(2000 + value),
        1 | 2 => Some(1900 + value),
        // From a program that counts years from 1900.
        3 => Some(1900 + value),
        4 => Some(value),
        _ => None,
    }
}

/// The moment of a local time: in the zone that is said, if any, else in the one that is meant.
fn moment(local: NaiveDateTime, said: &str, zone: Tz) -> Option<Time> {
    let meant = match zone.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Some(time),
        // In the hour that spring leaves out, clocks that were not put forward go on as before.
        LocalResult::None => zone.from_local_datetime(&(local - Duration::hours(1))).earliest(),
    };
    let meant = meant?;
    let word = said.split([' ', '(', '[']).next().unwrap_or_default();
    // CST is China's in China.
    let is_meant = word.is_empty() || meant.offset().abbreviation().is_some_and(|name| name.eq_ignore_ascii_case(word));
    let offset = if is_meant { None } else { offset(word) };
    let seconds = offset.unwrap_or_else(|| meant.offset().fix().local_minus_utc());
    let time = Time(local.and_utc().timestamp() - i64::from(seconds));
    Time::parse(&time.to_string()).ok()
}

/// Seconds from UTC: `+0800`, `+08:00`, `-5`, `GMT+8`, `EST`. What is none of these says nothing.
fn offset(word: &str) -> Option<i32> {
    let Some(at) = word.find(['+', '-', '−']) else {
        let name = word.to_ascii_lowercase();
        return ZONES.iter().find(|(known, _)| *known == name).map(|(_, hours)| hours * 3600);
    };
    let sign = if word[at..].starts_with('+') { 1 } else { -1 };
    let digits: String = word[at..].chars().filter(char::is_ascii_digit).collect();
    let value: i32 = digits.parse().ok().filter(|_| digits.len() <= 4)?;
    let (hours, minutes) = if digits.len() <= 2 { (value, 0) } else { (value / 100, value % 100) };
    (hours <= 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shanghai(text: &str) -> Option<String> {
        parse(text, Tz::Asia__Shanghai).map(|time| time.to_string())
    }

    #[test]
    fn dates_of_rss_are_understood_with_all_their_sins() {
        for text in [
            "Mon, 23 Nov 2026 09:15:00 +0800",
            "Mon, 23 Nov 2026 01:15:00 GMT",
            "Mon, 23 Nov 2026 01:15:00 UT",
            "Mon, 23 Nov 2026 01:15:00 Z",
            "Sun, 22 Nov 2026 20:15:00 EST",
            "Sun, 22 Nov 2026 21:15:00 EDT",
            "Sun, 22 Nov 2026 18:15:00 PDT",
            "23 Nov 26 01:15 GMT",
            "Friday, 23-Nov-26 01:15:00 GMT",
            "mon,23 november 2026 1:15:00 +0000",
            "Mon, 23 Nov 2026 09:15:00 GMT+8",
            "Mon, 23 Nov 2026 09:15:00 CST",
            "Mon, 23 Nov 2026 09:15:00 +08:00 (CST)",
            "Mon, 23 Nov 2026 09:15:00",
            "Mon Nov 23 09:15:00 2026",
            "Mon Nov 23 09:15:00 +0800 2026",
            "Mon Nov 23 01:15:00 GMT 2026",
            "Nov 23rd, 2026 9:15 AM",
            "Mon, 23 Nov 2026 09:15:00.000 +0800",
        ] {
            assert_eq!(shanghai(text).as_deref(), Some("2026-11-23T01:15:00Z"), "{text}");
        }
        assert_eq!(shanghai("6 Sep 99 12:00 PM UTC").as_deref(), Some("1999-09-06T12:00:00Z"));
        assert_eq!(shanghai("Mon, 23 Nov 2026").as_deref(), Some("2026-11-22T16:00:00Z"));
    }

    #[test]
    fn dates_of_atom_are_understood_with_all_their_sins() {
        for text in [
            "2026-11-23T09:15:00+08:00",
            "2026-11-23T01:15:00Z",
            "2026-11-23t01:15:00.123456z",
            "2026-11-23T09:15:00+0800",
            "2026-11-23T09:15:00+08",
            "2026-11-23 09:15:00",
            "2026-11-23 09:15",
            "2026-11-23 09:15:00 +0800",
            "2026/11/23 9:15:00",
            "2026.11.23 09:15:00",
            "20261123T011500Z",
            "2026年11月23日 09:15",
            "2026年11月23日9时15分",
            "2026-11-22T20:15:00-05:00",
            "2026-11-23 01:15:00 UTC",
        ] {
            assert_eq!(shanghai(text).as_deref(), Some("2026-11-23T01:15:00Z"), "{text}");
        }
        assert_eq!(shanghai("2026-11-23").as_deref(), Some("2026-11-22T16:00:00Z"));
        assert_eq!(shanghai("2026-11-23T24:00:00Z").as_deref(), Some("2026-11-24T00:00:00Z"));
        assert_eq!(shanghai("2026-11").as_deref(), Some("2026-10-31T16:00:00Z"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "soon",
            "0000-00-00 00:00:00",
            "2026-13-01",
            "2026-02-30",
            "Mon, 31 Feb 2026 00:00:00 GMT",
            "23 Nov",
            "0001-01-01T00:00:00Z",
            "Thu, 01 Jan 1970 00:00:00 +0000",
            "99999999999",
            "盐井",
            "2026",
            "Nov 2026",
            "-",
            ":",
        ] {
            assert_eq!(shanghai(text), None, "{text}");
        }
        assert_eq!(shanghai(&"1 ".repeat(1000)), None);
    }

    #[test]
    fn an_offset_that_is_none_says_nothing() {
        for offset in ["+2147483647", "+99", "-1275", "XYZ", "+盐"] {
            let date = format!("2026-11-23T09:15:00{offset}");
            assert_eq!(shanghai(&date).as_deref(), Some("2026-11-23T01:15:00Z"), "{offset}");
        }
    }

    #[test]
    fn no_hour_is_lost_to_summer_time() {
        let berlin = |text| parse(text, Tz::Europe__Berlin).map(|time| time.to_string());
        assert_eq!(berlin("2026-03-29 02:30:00").as_deref(), Some("2026-03-29T01:30:00Z"));
        assert_eq!(berlin("2026-10-25 02:30:00").as_deref(), Some("2026-10-25T00:30:00Z"));
    }
}
