//! Whether a conditional request is answered with 304: pure (rules 1, 2 and 8; RFC 9110 §13).
//!
//! Knows nothing of responses. It is decided from the ledger alone: no rendering, no query.

use http::HeaderMap;
use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};

use crate::article::Time;
use crate::ledger::Ledger;

/// What a request says it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The tags of If-None-Match; `None` without that field.
    pub tags: Option<Vec<Tag>>,
    /// If-Modified-Since, if it is a date.
    pub since: Option<Time>,
}

/// One entity tag of If-None-Match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `*`: whatever there is.
    Any,
    /// One of ours, or of a store we do not know.
    Revision {
        /// The revision's number.
        number: u64,
        /// Its nonce.
        nonce: u32,
        /// The tag as it was sent, to be sent back.
        text: String,
    },
    /// Any other, without `W/`, quotes and what proxies add.
    Other(String),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is new: 304.
    NotModified,
    /// The current representation: 200.
    Send,
    /// It names a later revision than this server knows: ask the store, then decide again; if it does not answer, 304
    /// with what the client named (rule 8).
    Later,
}

impl Conditions {
    /// Reads them from a request. A date that is none is as if it were not there.
    pub fn of(headers: &HeaderMap) -> Self {
        let tags = headers.contains_key(IF_NONE_MATCH).then(|| {
            let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
            values.flat_map(|value| value.split(',')).filter_map(tag).collect()
        });
        let mut dates = headers.get_all(IF_MODIFIED_SINCE).iter();
        let since = match (dates.next(), dates.next()) {
            (Some(date), None) => date.to_str().ok().and_then(date_of),
            _ => None,
        };
        Self { tags, since }
    }

    /// Whether the request names anything that a 304 could repeat.
    pub fn names_something(&self) -> bool {
        self.tags.as_ref().map_or(self.since.is_some(), |tags| !tags.is_empty())
    }
}

/// One member of an If-None-Match list: weak or strong, and, as some readers lose them, with or without quotes.
fn tag(member: &str) -> Option<Tag> {
    let text = member.trim();
    let opaque = text.strip_prefix("W/").or_else(|| text.strip_prefix("w/")).unwrap_or(text).trim_matches('"');
    match opaque {
        "" => None,
        "*" => Some(Tag::Any),
        _ => Some(revision(opaque, text).unwrap_or_else(|| Tag::Other(without_suffix(opaque).to_owned()))),
    }
}

/// `12-9f3a01bc`, perhaps with what a proxy has added behind it.
fn revision(opaque: &str, text: &str) -> Option<Tag> {
    let (number, nonce) = without_suffix(opaque).split_once('-')?;
    let digits = !number.is_empty() && number.len() <= 19 && number.bytes().all(|b| b.is_ascii_digit());
    let hex = nonce.len() == 8 && nonce.bytes().all(|b| b.is_ascii_hexdigit());
    if !digits || !hex {
        return None;
    }
    let number = number.parse().ok()?;
    Some(Tag::Revision { number, nonce: u32::from_str_radix(nonce, 16).ok()?, text: text.to_owned() })
}

/// What Apache and others put behind a tag whose body they have compressed, and do not take away again.
const SUFFIXES: [&str; 8] = ["--gzip", "-gzip", ";gzip", "--br", "-br", ";br", "-zstd", "-df"];

fn without_suffix(opaque: &str) -> &str {
    SUFFIXES.iter().find_map(|suffix| opaque.strip_suffix(suffix)).unwrap_or(opaque)
}

fn date_of(text: &str) -> Option<Time> {
    let at = httpdate::parse_http_date(text).ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok().map(Time)
}

/// Decides for a feed whose last revision is `current`.
pub fn feed(conditions: &Conditions, ledger: &Ledger, current: u64, now: Time) -> Verdict {
    match &conditions.tags {
        // With If-None-Match, If-Modified-Since is not looked at (RFC 9110 §13.1.3).
        Some(tags) => by_tags(tags, ledger, current),
        None => match conditions.since {
            Some(since) if has_all(since, ledger, current, now) => Verdict::NotModified,
            _ => Verdict::Send,
        },
    }
}

fn by_tags(tags: &[Tag], ledger: &Ledger, current: u64) -> Verdict {
    let mut later = false;
    for tag in tags {
        match tag {
            Tag::Any => return Verdict::NotModified,
            Tag::Revision { number, nonce, .. } => match ledger.named(*number, *nonce) {
                Some(named) if named >= current => return Verdict::NotModified,
                _ => later |= *number > ledger.last(),
            },
            Tag::Other(_) => {}
        }
    }
    if later { Verdict::Later } else { Verdict::Send }
}

/// Whether a client that has all until `since` has the current document.
///
/// A date in the future is nobody's Last-Modified, unless a server whose clock runs ahead gave it: then it is exactly a
/// revision's. Any other is ignored.
fn has_all(since: Time, ledger: &Ledger, current: u64, now: Time) -> bool {
    if let Some(named) = ledger.at(since) {
        return named >= current;
    }
    since <= now && ledger.revision(current).is_some_and(|revision| since >= revision.time)
}

/// Decides for anything that has a hash of its bytes as tag.
pub fn hashed(conditions: &Conditions, hash: &str) -> Verdict {
    let same = |tag: &Tag| match tag {
        Tag::Any => true,
        Tag::Other(opaque) => opaque == hash,
        Tag::Revision { .. } => false,
    };
    match &conditions.tags {
        Some(tags) if tags.iter().any(same) => Verdict::NotModified,
        _ => Verdict::Send,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Change, Revision};
    use http::HeaderValue;
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// Revisions 1 to 5 at the times 110, 120 … 150, each with ten times its number as nonce.
    fn ledger() -> Ledger {
        let revision = |n: u64| Revision { number: n, time: Time(100 + 10 * n as i64), nonce: 10 * n as u32 };
        let mut ledger = Ledger::default();
        ledger.apply(Change { revisions: (1..=5).map(revision).collect(), feeds: HashMap::new(), fingerprint: 1 });
        ledger
    }

    fn verdict(fields: &[(&'static str, &str)], now: i64) -> Verdict {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_str(value).expect("a header value"));
        }
        feed(&Conditions::of(&headers), &ledger(), 3, Time(now))
    }

    fn date(time: u64) -> String {
        httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(time))
    }

    #[test]
    fn the_current_tag_and_any_later_one_is_not_modified_in_every_spelling() {
        for tag in [
            "W/\"3-0000001e\"",
            "\"3-0000001e\"",
            "3-0000001e",
            "W/\"3-0000001e-gzip\"",
            "\"3-0000001e--gzip\"",
            "\"3-0000001e;gzip\"",
            "\"3-0000001e-br\"",
            "\"x\", W/\"3-0000001e\"",
            "*",
            "W/\"5-00000032\"",
        ] {
            assert_eq!(verdict(&[("if-none-match", tag)], 200), Verdict::NotModified, "{tag}");
        }
        let two = [("if-none-match", "\"x\""), ("if-none-match", "\"3-0000001e\"")];
        assert_eq!(verdict(&two, 200), Verdict::NotModified);
    }

    #[test]
    fn an_older_or_foreign_tag_gets_the_document() {
        for tag in ["W/\"2-00000014\"", "\"3-deadbeef\"", "\"abc\"", "", "\"3-1e\"", "\"-0000001e\"", "\"+3-0000001e\""]
        {
            assert_eq!(verdict(&[("if-none-match", tag)], 200), Verdict::Send, "{tag}");
        }
    }

    #[test]
    fn a_later_revision_than_known_is_looked_up() {
        assert_eq!(verdict(&[("if-none-match", "\"6-00000001\"")], 200), Verdict::Later);
        assert_eq!(verdict(&[("if-none-match", "\"6-00000001\", \"4-00000028\"")], 200), Verdict::NotModified);
    }

    #[test]
    fn if_modified_since_counts_only_without_if_none_match() {
        assert_eq!(verdict(&[("if-none-match", "\"abc\""), ("if-modified-since", &date(150))], 200), Verdict::Send);
        assert_eq!(verdict(&[("if-modified-since", &date(130))], 200), Verdict::NotModified);
        assert_eq!(verdict(&[("if-modified-since", &date(135))], 200), Verdict::NotModified);
        assert_eq!(verdict(&[("if-modified-since", &date(129))], 200), Verdict::Send);
    }

    #[test]
    fn a_date_in_the_future_or_none_at_all_is_ignored() {
        assert_eq!(verdict(&[("if-modified-since", &date(201))], 200), Verdict::Send);
        assert_eq!(verdict(&[("if-modified-since", "yesterday")], 200), Verdict::Send);
        // Another server of this store may have a clock ahead of ours.
        assert_eq!(verdict(&[("if-modified-since", &date(130))], 120), Verdict::NotModified);
    }

    #[test]
    fn a_hash_matches_itself_only() {
        let conditions = |tag: &str| {
            let mut headers = HeaderMap::new();
            headers.append(IF_NONE_MATCH, HeaderValue::from_str(tag).expect("a header value"));
            Conditions::of(&headers)
        };
        assert_eq!(hashed(&conditions("W/\"ab12-gzip\""), "ab12"), Verdict::NotModified);
        assert_eq!(hashed(&conditions("\"ab13\""), "ab12"), Verdict::Send);
    }

    proptest! {
        #[test]
        fn no_header_value_makes_it_stumble(value in "[ -~]{0,60}", now in 0i64..400) {
            verdict(&[("if-none-match", &value)], now);
            verdict(&[("if-modified-since", &value)], now);
        }
    }
}
