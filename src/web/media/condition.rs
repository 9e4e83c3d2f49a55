//! Conditions and ranges of requests for files: pure (RFC 9110 §13 and §14).
//!
//! Knows nothing of responses or of disks.

use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use http::header::{IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, Method};
use http_range_header::{RangeUnsatisfiableError, parse_range_header};

use crate::article::Time;
use crate::media::Opened;
use crate::web::conditional::{self, Conditions};
use crate::web::prepared::date;

/// The part of the file that is to be sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Whole,
    /// These bytes.
    Part(Range<u64>),
}

/// The answer to be given.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The client has the file.
    NotModified,
    /// It lacks this.
    Send(Extent),
    /// It asks for bytes that are not there.
    Unsatisfiable,
}

/// The validators that tell a file from others at its path, earlier and later.
pub struct Stamp {
    length: u64,
    /// Within the tag, without quotes.
    opaque: String,
    modified: Time,
    now: Time,
}

impl Stamp {
    /// The stamp of a file. Servers with copies of one folder give the same, if its times were copied, too.
    pub fn of(file: &Opened, now: Time) -> Self {
        Self::new(file.length, file.modified, now)
    }

    fn new(length: u64, modified: SystemTime, now: Time) -> Self {
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        // Its beginning tells it from a revision's tag.
        let opaque = format!("m{length:x}-{:x}", since.as_nanos());
        Self { length, opaque, modified: Time(since.as_secs() as i64), now }
    }

    /// The entity tag: a strong one, since the times of files are far finer than seconds.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.opaque)
    }

    /// The time of its last change, while that is past: later, another change could still follow within the same second.
    pub fn last_modified(&self) -> Option<HeaderValue> {
        (self.modified < self.now && self.modified > Time(0)).then(|| date(self.modified))
    }

    /// Decides the answer to a request.
    pub fn verdict(&self, method: &Method, headers: &HeaderMap) -> Verdict {
        let conditions = Conditions::of(headers);
        // With If-None-Match, If-Modified-Since is not looked at (RFC 9110 §13.1.3).
        let is_known = match (&conditions.tags, conditions.since) {
            (Some(_), _) => conditional::hashed(&conditions, &self.opaque) != conditional::NEW_HERE,
            (None, Some(since)) => self.last_modified().is_some() && self.modified <= since,
            (None, None) => false,
        };
        if is_known {
            return Verdict::NotModified;
        }
        // Only GET has ranges (§14.2), and only of the file that the client has a part of (§13.1.5).
        if *method == Method::GET && self.is_in_range(headers) {
            return self.range(headers);
        }
        Verdict::Send(Extent::Whole)
    }

    fn is_in_range(&self, headers: &HeaderMap) -> bool {
        headers.get(IF_RANGE).is_none_or(|named| {
            named.as_bytes() == self.etag().as_bytes() || self.last_modified().is_some_and(|own| own == *named)
        })
    }

    /// The one range that is asked for. Several would make a document of parts, which no player asks for: they are
    /// answered with everything, as a range that is none is.
    fn range(&self, headers: &HeaderMap) -> Verdict {
        let mut values = headers.get_all(RANGE).iter();
        let (Some(range), None) = (values.next(), values.next()) else { return Verdict::Send(Extent::Whole) };
        let parsed = range.to_str().ok().and_then(|range| parse_range_header(range).ok());
        let Some(parsed) = parsed.filter(|parsed| parsed.len() == 1) else { return Verdict::Send(Extent::Whole) };
        match parsed.validate(self.length).as_deref() {
            Ok([range]) => Verdict::Send(Extent::Part(*range.start()..*range.end() + 1)),
            Err(RangeUnsatisfiableError::Unsatisfiable) => Verdict::Unsatisfiable,
            _ => Verdict::Send(Extent::Whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    const CHANGED: u64 = 1_700_000_000;

    fn stamp(length: u64) -> Stamp {
        Stamp::new(length, UNIX_EPOCH + Duration::new(CHANGED, 7), Time(CHANGED as i64 + 1))
    }

    fn asked(stamp: &Stamp, fields: &[(&'static str, &str)]) -> Verdict {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_str(value).expect("a value"));
        }
        stamp.verdict(&Method::GET, &headers)
    }

    fn part(range: Range<u64>) -> Verdict {
        Verdict::Send(Extent::Part(range))
    }

    #[test]
    fn one_range_is_a_part_and_anything_else_is_everything() {
        for (range, verdict) in [
            ("bytes=0-0", part(0..1)),
            ("bytes=2-", part(2..10)),
            ("bytes=-3", part(7..10)),
            ("bytes=-300", part(0..10)),
            ("bytes=5-99999999999999999999999", part(5..10)),
            ("bytes=10-", Verdict::Unsatisfiable),
            ("bytes=-0", Verdict::Unsatisfiable),
            ("bytes=0-0,2-3", Verdict::Send(Extent::Whole)),
            ("bytes=3-2", Verdict::Send(Extent::Whole)),
            ("bytes=a-b", Verdict::Send(Extent::Whole)),
            ("lines=0-1", Verdict::Send(Extent::Whole)),
        ] {
            assert_eq!(asked(&stamp(10), &[("range", range)]), verdict, "{range}");
        }
        assert_eq!(asked(&stamp(0), &[("range", "bytes=0-")]), Verdict::Unsatisfiable);
        assert_eq!(asked(&stamp(0), &[("range", "bytes=-1")]), Verdict::Send(Extent::Whole));
        let twice = [("range", "bytes=0-0"), ("range", "bytes=1-1")];
        assert_eq!(asked(&stamp(10), &twice), Verdict::Send(Extent::Whole));
    }

    #[test]
    fn a_range_is_of_the_file_that_if_range_names() {
        let (tag, changed) = (stamp(10).etag(), httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(CHANGED)));
        let range = ("range", "bytes=1-1");
        for named in [&tag, &changed] {
            assert_eq!(asked(&stamp(10), &[range, ("if-range", named)]), part(1..2), "{named}");
        }
        // A weak tag does not say that the bytes are the same.
        for named in [&format!("W/{tag}"), "\"m1-1\"", "Tue, 14 Nov 2023 22:13:21 GMT", ""] {
            assert_eq!(asked(&stamp(10), &[range, ("if-range", named)]), Verdict::Send(Extent::Whole), "{named}");
        }
    }

    #[test]
    fn a_client_that_names_the_file_is_told_that_it_has_it() {
        let (tag, changed) = (stamp(10).etag(), httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(CHANGED)));
        let (weak, several) = (format!("W/{tag}"), format!("\"a\", {tag}"));
        for tags in [&*tag, &weak, &several, "*"] {
            assert_eq!(asked(&stamp(10), &[("if-none-match", tags), ("range", "bytes=0-0")]), Verdict::NotModified);
        }
        assert_eq!(asked(&stamp(10), &[("if-modified-since", &changed)]), Verdict::NotModified);
        let other = [("if-none-match", "\"a\""), ("if-modified-since", &*changed)];
        assert_eq!(asked(&stamp(10), &other), Verdict::Send(Extent::Whole));
        assert_ne!(stamp(10).etag(), stamp(11).etag());
    }

    #[test]
    fn a_file_of_this_second_has_no_date_yet() {
        let fresh = Stamp::new(10, UNIX_EPOCH + Duration::from_secs(CHANGED), Time(CHANGED as i64));
        let changed = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(CHANGED));
        assert_eq!(fresh.last_modified(), None);
        assert_eq!(asked(&fresh, &[("if-modified-since", &changed)]), Verdict::Send(Extent::Whole));
    }

    proptest! {
        #[test]
        fn a_part_lies_within_the_file(range in "bytes=[0-9]{0,3}-[0-9]{0,3}(,[0-9]{0,2}-)?", length in 0u64..40) {
            if let Verdict::Send(Extent::Part(part)) = asked(&stamp(length), &[("range", &range)]) {
                prop_assert!(!part.is_empty() && part.end <= length, "{:?}", part);
            }
        }
    }
}
