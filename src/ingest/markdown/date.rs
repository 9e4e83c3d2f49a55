//! Dates as people and site generators write them, with or without a time and a zone.
//!
//! Knows nothing of keys or files; RFC 3339 is one of the ways it reads, not the only one.

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::article::Time;

/// Reads `2026-11-23`, and behind it `T` or a space, `09:15` or `09:15:00`, and `Z`, `UTC`, `+08:00` or `+0800`.
///
/// What names no zone is meant in `zone`; without a time it is the beginning of the day.
pub fn parse(text: &str, zone: Tz) -> Option<Time> {
    let text = text.trim();
    let (date, rest) = text.split_at(text.find(['T', 't', ' ']).unwrap_or(text.len()));
    let date = day(date)?;
    let rest = rest.get(1..).unwrap_or_default().trim();
    if rest.is_empty() {
        return representable(local(date.and_time(NaiveTime::MIN), zone)?);
    }
    let (time, offset) = rest.split_at(rest.find(['Z', 'z', 'U', '+', '-']).unwrap_or(rest.len()));
    let formats = ["%H:%M:%S%.f", "%H:%M"];
    let time = formats.iter().find_map(|format| NaiveTime::parse_from_str(time.trim(), format).ok())?;
    let moment = date.and_time(time);
    representable(match offset.trim() {
        "" => local(moment, zone)?,
        "Z" | "z" | "UTC" => moment.and_utc().timestamp(),
        offset => self::offset(offset)?.from_local_datetime(&moment).single()?.timestamp(),
    })
}

/// A date of four, one or two, and one or two digits.
pub fn day(text: &str) -> Option<NaiveDate> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let date = Some(text).filter(|text| digits(text) && text.find('-') == Some(4))?;
    NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()
}

/// `+08:00`, `+0800` or `+08`.
fn offset(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = (text.get(..1)?, text.get(1..)?.replace(':', ""));
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = digits[2..].parse().unwrap_or(0);
    let seconds = (hours * 60 + minutes) * 60;
    FixedOffset::east_opt(if sign == "-" { -seconds } else { seconds })
}

/// The moment at which clocks in the zone show this; the earlier if they do twice, and an hour on (on the day that a
/// zone left out, a day on) if they never do.
fn local(shown: NaiveDateTime, zone: Tz) -> Option<i64> {
    let on = [TimeDelta::zero(), TimeDelta::hours(1), TimeDelta::days(1)];
    let mut shown = on.iter().filter_map(|on| shown.checked_add_signed(*on));
    shown.find_map(|shown| zone.from_local_datetime(&shown).earliest()).map(|moment| moment.timestamp())
}

/// Only what a feed can carry.
fn representable(seconds: i64) -> Option<Time> {
    let time = Time(seconds);
    Time::parse(&time.to_string()).ok().filter(|parsed| *parsed == time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: Tz) -> Option<String> {
        parse(text, zone).map(|time| time.to_string())
    }

    #[test]
    fn dates_are_read_in_every_way_that_generators_write_them() {
        for text in [
            "2026-11-23T09:15:00+08:00",
            "2026-11-23T01:15:00Z",
            "2026-11-23T01:15:00.123Z",
            "2026-11-23 09:15:00 +0800",
            "2026-11-23 09:15:00 +08:00",
            "2026-11-23 09:15:00+08",
            "2026-11-23 01:15:00 UTC",
            "2026-11-22 20:15:00 -0500",
            "2026-11-23T09:15:00",
            "2026-11-23 09:15:00",
            "2026-11-23 09:15",
            " 2026-11-23  9:15 ",
        ] {
            assert_eq!(at(text, Tz::Asia__Shanghai).as_deref(), Some("2026-11-23T01:15:00Z"), "{text}");
        }
        for text in ["2026-11-23", "2026-11-23T", "2026-11-22T16:00:00Z"] {
            assert_eq!(at(text, Tz::Asia__Shanghai).as_deref(), Some("2026-11-22T16:00:00Z"), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "gestern",
            "2026",
            "09:15:00",
            "2026-13-01",
            "2026-02-30",
            "23.11.2026",
            "+12026-11-23",
            "2026-11-23 25:00",
            "2026-11-23 09:15 +8",
            "2026-11-23 09:15 +99:00",
            "2026-11-23 09:15 CST",
            "2026-11-23 +08:00",
            "二〇二六-十一",
            "0000-01-01",
            "9999-12-31T23:59:59-01:00",
        ] {
            assert_eq!(at(text, Tz::UTC), None, "{text}");
        }
    }

    #[test]
    fn of_an_hour_that_comes_twice_the_first_is_meant_and_one_that_never_comes_is_an_hour_later() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(at("2026-10-25 02:30", berlin).as_deref(), Some("2026-10-25T00:30:00Z"));
        assert_eq!(at("2026-03-29 02:30", berlin).as_deref(), Some("2026-03-29T01:30:00Z"));
        assert_eq!(at("2011-12-30 12:00", Tz::Pacific__Apia).as_deref(), Some("2011-12-30T22:00:00Z"));
    }
}
