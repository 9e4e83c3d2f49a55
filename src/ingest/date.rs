//! Dates as people, feeds and site generators write them: RFC 822 and RFC 3339 with all that is usually wrong with them.
//!
//! Knows nothing of the clock, of keys or of files. A date without a zone is meant in the zone that the caller names.

use chrono::{Duration, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{OffsetName, Tz};

use crate::article::Time;

/// The longest text that is looked at.
const MAX_LENGTH: usize = 100;

/// Beginnings of the names of months.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Zones by name, in hours from UTC: those of RFC 822 §5.1, and a few that are met.
const ZONES: [(&str, i32); 20] = [
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
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];

/// Days of the week, with which some dates are explained; they are not looked at.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Words before a time of day in Chinese, and below which hour those after them are of the afternoon.
const PARTS_OF_DAY: [(&str, u32); 8] =
    [("凌晨", AM), ("清晨", AM), ("早上", AM), ("上午", AM), ("中午", 11), ("下午", PM), ("傍晚", PM), ("晚上", PM)];

/// The same for `am` and `pm`.
const AM: u32 = 0;
const PM: u32 = 12;

/// Seconds of Unix time that are taken for a date of ten digits: 2001 to 2030. Beyond, digits are a year, month, day and hour.
const UNIX: std::ops::Range<i64> = 1_000_000_000..1_900_000_000;

/// Hours from UTC of China's time.
const CHINA: i32 = 8;

/// The meaning of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date {
    /// The moment; without a time of day, the beginning of the day.
    pub time: Time,
    /// Whether only the day is said.
    pub whole_day: bool,
    /// Whether it names no zone, so that it is meant in the caller's.
    pub is_local: bool,
}

/// Reads the dates of one document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dates {
    /// The zone of dates that name none.
    zone: Tz,
    /// The offset of CST, in hours from UTC, if the document's other zones tell it.
    cst: Option<i32>,
}

impl Dates {
    /// `zone` is that of dates that name none.
    pub(super) fn new(zone: Tz) -> Self {
        Self { zone, cst: None }
    }

    /// Takes from other dates, or from a part of the document that holds some, what CST means: China's Standard Time, or
    /// America's Central. What was heard first stands.
    pub(super) fn hear(&mut self, text: &str) {
        let holds = |offsets: &[&str]| offsets.iter().any(|offset| text.contains(offset));
        if self.cst.is_none() && holds(&["+0800", "+08:00"]) {
            self.cst = Some(CHINA);
        } else if self.cst.is_none() && holds(&[" -0600", " -0500", "0-06:00", "0-05:00", " CDT"]) {
            self.cst = Some(-6);
        }
    }

    /// Reads a date; `None` if it is none.
    ///
    /// The first moment of 1970 and all of the first thousand years are what programs write for lack of a date.
    pub(super) fn read(&self, text: &str) -> Option<Date> {
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return None;
        }
        if let Some(time) = unix(text) {
            return Some(Date { time, whole_day: false, is_local: false });
        }
        let Shown { local, whole_day, rest } = numeric(text).or_else(|| worded(text))?;
        let (time, is_local) = self.moment(local, rest.trim())?;
        let is_said = time.0 != 0 && local.date() >= NaiveDate::from_ymd_opt(1000, 1, 1)?;
        is_said.then_some(Date { time, whole_day, is_local })
    }

    /// The moment of a local time: in the zone that is said, if any, else in the one that is meant; and whether it is that.
    fn moment(&self, local: NaiveDateTime, said: &str) -> Option<(Time, bool)> {
        // What clocks leave out, an hour in spring or a day at the date line, goes on as before.
        let before = [Duration::zero(), Duration::hours(1), Duration::days(1)];
        let meant = before.iter().find_map(|before| match self.zone.from_local_datetime(&(local - *before)) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Some(time),
            LocalResult::None => None,
        })?;
        let meant_seconds = meant.offset().fix().local_minus_utc();
        let word = said.split([' ', '(', '[']).next().unwrap_or_default();
        let is_cst = word.eq_ignore_ascii_case("CST");
        let is_meant = meant.offset().abbreviation().is_some_and(|name| name.eq_ignore_ascii_case(word));
        let offset = match word {
            "" => None,
            _ if is_cst && (!is_meant || self.cst.is_some()) => Some(self.cst(meant_seconds) * 3600),
            _ if is_meant => None,
            word => offset(word),
        };
        let time = Time(local.and_utc().timestamp() - i64::from(offset.unwrap_or(meant_seconds)));
        // Only what a feed can carry.
        let is_carried = Time::parse(&time.to_string()).is_ok_and(|parsed| parsed == time);
        is_carried.then_some((time, word.is_empty()))
    }

    /// China's where the document's other dates say so, or else where its own time is kept.
    fn cst(&self, meant_seconds: i32) -> i32 {
        self.cst.unwrap_or(if meant_seconds == CHINA * 3600 { CHINA } else { -6 })
    }
}

/// A date of four, one or two, and one or two digits with dashes between, as names of files begin with.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let date = Some(text).filter(|text| digits(text) && text.find('-') == Some(4))?;
    NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()
}

/// The time that clocks show, and the text behind it: the zone, if there is any.
struct Shown<'t> {
    local: NaiveDateTime,
    whole_day: bool,
    rest: &'t str,
}

impl<'t> Shown<'t> {
    fn new(date: NaiveDate, seconds: Option<i64>, rest: &'t str) -> Option<Self> {
        let local = date.and_hms_opt(0, 0, 0)?.checked_add_signed(Duration::seconds(seconds.unwrap_or(0)))?;
        Some(Self { local, whole_day: seconds.is_none(), rest })
    }
}

/// Seconds or milliseconds since 1970, as some generators write dates.
fn unix(text: &str) -> Option<Time> {
    let is_number = matches!(text.len(), 10 | 13) && text.bytes().all(|b| b.is_ascii_digit());
    let seconds: i64 = text.get(..10).filter(|_| is_number)?.parse().ok()?;
    UNIX.contains(&seconds).then_some(Time(seconds))
}

/// Digits at the beginning, at least one and at most so many, and what stands behind them.
fn number(text: &str, most: usize) -> Option<(u32, &str)> {
    let end = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Year, month and day in this order, then perhaps a time: ISO 8601, RFC 3339, and as Chinese writes dates.
fn numeric(text: &str) -> Option<Shown<'_>> {
    let (year, rest) = number(text, 4).filter(|_| text.bytes().take(4).all(|b| b.is_ascii_digit()))?;
    let part = |text: &'_ str| text.strip_prefix(['-', '/', '.', '年', '月']).map_or(text.len(), str::len);
    // Without a sign between them year and month have four digits and two; a year of five has none.
    let is_cut = rest.bytes().take_while(u8::is_ascii_digit).count() == 1;
    let rest = Some(&rest[rest.len() - part(rest)..]).filter(|_| !is_cut)?;
    let (month, rest) = number(rest, 2)?;
    let rest = &rest[rest.len() - part(rest)..];
    // W3CDTF takes a month for a date.
    let (day, rest) = number(rest, 2).unwrap_or((1, rest));
    let rest = rest.strip_prefix(['日', '号']).unwrap_or(rest);
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let rest = without_weekday(rest.trim_start_matches(['T', 't', ' ', '\u{3000}', ',', '，']));
    match clock(rest) {
        Some((seconds, rest)) if !rest.starts_with(|c: char| c.is_ascii_digit()) => {
            Shown::new(date, Some(seconds), rest)
        }
        // A time that is none, such as 25:51, must not become the beginning of the day without a word.
        _ if rest.contains(|c: char| c.is_ascii_digit()) && offset(rest.trim()).is_none() => None,
        _ => Shown::new(date, None, rest),
    }
}

/// The text behind a day of the week: `周五`, `（星期五）`, `Fri`.
fn without_weekday(text: &str) -> &str {
    let inner = text.trim_start_matches(['(', '（', '[']);
    let chinese = ["星期", "礼拜", "周", "週"].iter().find_map(|word| inner.strip_prefix(word));
    let rest = match chinese.and_then(|rest| rest.strip_prefix(['一', '二', '三', '四', '五', '六', '日', '天']))
    {
        Some(rest) => rest,
        None => {
            let word = &inner[..inner.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(inner.len())];
            let is_day = word.get(..3).is_some_and(|day| WEEKDAYS.iter().any(|known| known.eq_ignore_ascii_case(day)));
            if !is_day {
                return text;
            }
            &inner[word.len()..]
        }
    };
    rest.trim_start_matches([')', '）', ']', ',', '，', ' ', '\u{3000}'])
}

/// A time of day in seconds, and what stands behind it.
fn clock(text: &str) -> Option<(i64, &str)> {
    let (part, text) = part_of_day(text);
    let (hour, rest) = number(text, 2)?;
    let parted = |rest: &'_ str| rest.strip_prefix([':', '时', '時', '点', '點', '：']).map(str::len);
    let (minute, rest) = match parted(rest) {
        // Nine o'clock is 9时 or 9点.
        Some(length) if !rest.starts_with([':', '：']) => {
            let behind = &rest[rest.len() - length..];
            number(behind, 2).unwrap_or((0, behind))
        }
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
    let hour = match half.or(part) {
        Some(AM) if hour == 12 => 0,
        Some(least) if hour < least => hour + 12,
        _ => hour,
    };
    // ISO 8601 has 24:00 for the end of a day, and UTC has a second 60.
    let sound = (hour < 24 || (hour, minute, second) == (24, 0, 0)) && minute <= 59 && second <= 60;
    sound.then_some((i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second), rest))
}

/// Whether a Chinese word for a part of the day stands at the beginning, and what stands behind it.
fn part_of_day(text: &str) -> (Option<u32>, &str) {
    let part = PARTS_OF_DAY.iter().find_map(|(word, least)| Some((*least, text.strip_prefix(word)?)));
    part.map_or((None, text), |(least, rest)| (Some(least), rest.trim_start()))
}

/// Whether `pm` or `am` stands at the beginning, and what stands behind it.
fn half(text: &str) -> (Option<u32>, &str) {
    let text = text.trim_start();
    match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("pm") => (Some(PM), &text[2..]),
        Some("am") => (Some(AM), &text[2..]),
        _ => (None, text),
    }
}

/// A date with the month's name: RFC 822, RFC 850, what C's asctime writes, in whatever order.
///
/// The day of the week is not looked at: it is wrong more often than the date.
fn worded(text: &str) -> Option<Shown<'_>> {
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
    Shown::new(date, time, zone.unwrap_or(rest))
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

/// Seconds from UTC: `+0800`, `+08:00`, `-5`, `GMT+8`, `EST`. What is none of these says nothing.
fn offset(word: &str) -> Option<i32> {
    let Some(at) = word.find(['+', '-', '−']) else {
        let name = word.to_ascii_lowercase();
        return ZONES.iter().find(|(known, _)| *known == name).map(|(_, hours)| hours * 3600);
    };
    if !word[..at].bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let sign = if word[at..].starts_with('+') { 1 } else { -1 };
    let digits: String = word[at..].chars().filter(char::is_ascii_digit).collect();
    let value: i32 = digits.parse().ok().filter(|_| digits.len() <= 4)?;
    let (hours, minutes) = if digits.len() <= 2 { (value, 0) } else { (value / 100, value % 100) };
    (hours <= 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: Tz) -> Option<String> {
        Dates::new(zone).read(text).map(|date| date.time.to_string())
    }

    fn shanghai(text: &str) -> Option<String> {
        at(text, Tz::Asia__Shanghai)
    }

    #[test]
    fn a_year_of_five_digits_is_none() {
        for text in ["99999-01-01", "20245-01-01T09:00:00Z"] {
            assert_eq!(at(text, Tz::UTC), None, "{text}");
        }
        assert_eq!(at("20240105T090000Z", Tz::UTC).as_deref(), Some("2024-01-05T09:00:00Z"));
        assert_eq!(at("202401", Tz::UTC).as_deref(), Some("2024-01-01T00:00:00Z"));
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
            "2026-11-23 09:15 +8",
            "2026-11-23 01:15:00.123Z",
            " 2026-11-23  9:15 ",
            "2026-11-23 9:15 AM",
            "2026-11-23 Mon 09:15",
            "2026年11月23日 星期一 上午9:15",
            "2026年11月23日（周一）9点15分",
            "2026-11-23 清晨9:15",
            "1795396500",
            "1795396500000",
        ] {
            assert_eq!(shanghai(text).as_deref(), Some("2026-11-23T01:15:00Z"), "{text}");
        }
        assert_eq!(shanghai("2026-11-23").as_deref(), Some("2026-11-22T16:00:00Z"));
        assert_eq!(shanghai("2026-11-23T24:00:00Z").as_deref(), Some("2026-11-24T00:00:00Z"));
        assert_eq!(shanghai("2026年11月23日 下午3:05").as_deref(), Some("2026-11-23T07:05:00Z"));
        assert_eq!(shanghai("2026-11-23 12:05 AM").as_deref(), Some("2026-11-22T16:05:00Z"));
        assert_eq!(shanghai("2026年11月23日中午11时").as_deref(), Some("2026-11-23T03:00:00Z"));
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
            "2026-11-23T25:51:00Z",
            "2026-11-23 25:51",
            "2026-11-23T25:51:00+08:00",
            "2026年11月23日 25:51",
            "Mon, 23 Nov 2026 25:51:00 +0800",
            "2026-11-23T09:61:00Z",
            "2026-11-23T24:30:00Z",
            "2026-11-23T09:15:61Z",
            "2026112309150099",
            "gestern",
            "09:15:00",
            "23.11.2026",
            "+12026-11-23",
            "二〇二六-十一",
            "0000-01-01",
            "9999-12-31T23:59:59-01:00",
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
        let berlin = |text| at(text, Tz::Europe__Berlin);
        assert_eq!(berlin("2026-03-29 02:30:00").as_deref(), Some("2026-03-29T01:30:00Z"));
        assert_eq!(berlin("2026-10-25 02:30:00").as_deref(), Some("2026-10-25T00:30:00Z"));
        assert_eq!(at("2011-12-30 12:00", Tz::Pacific__Apia).as_deref(), Some("2011-12-30T22:00:00Z"));
    }

    #[test]
    fn cst_is_chinas_in_china_and_where_other_dates_are_chinas_and_else_americas() {
        let with = |zone: Tz, others: &str| {
            let mut dates = Dates::new(zone);
            dates.hear(others);
            dates.read("Mon, 23 Nov 2026 09:15:00 CST").map(|date| date.time.to_string())
        };
        let (chinas, americas) = (Some("2026-11-23T01:15:00Z".to_owned()), Some("2026-11-23T15:15:00Z".to_owned()));
        for zone in [Tz::Asia__Shanghai, Tz::Asia__Taipei, Tz::Asia__Hong_Kong] {
            assert_eq!(with(zone, ""), chinas, "{zone}");
        }
        for zone in [Tz::UTC, Tz::Europe__Berlin, Tz::America__Chicago] {
            assert_eq!(with(zone, "2026-11-23T09:15:00Z"), americas, "{zone}");
            assert_eq!(with(zone, "2026-11-23T09:15:00+08:00"), chinas, "{zone}");
        }
        assert_eq!(with(Tz::Asia__Shanghai, "Mon, 23 Nov 2026 09:15:00 -0600"), americas);
    }

    #[test]
    fn a_date_without_a_time_is_a_whole_day() {
        let whole = |text| Dates::new(Tz::UTC).read(text).map(|date| date.whole_day);
        for text in ["2026-11-23", "2026/11/23", "2026年11月23日", "23 Nov 2026", "2026-11-23+08:00"] {
            assert_eq!(whole(text), Some(true), "{text}");
        }
        for text in ["2026-11-23 00:00", "2026-11-23T00:00:00Z", "23 Nov 2026 00:00 GMT"] {
            assert_eq!(whole(text), Some(false), "{text}");
        }
    }
}
