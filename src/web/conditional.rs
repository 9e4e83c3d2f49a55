//! What a conditional request is answered with: pure (rules 1, 2 and 8; RFC 9110 §13).
//!
//! Knows nothing of responses. It is decided from the ledger alone: no rendering, no query.

use http::HeaderMap;
use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, USER_AGENT};

use crate::article::Time;
use crate::ledger::Ledger;
use crate::representation::{OWN_MARK, TagKind};

/// What a request says it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions<'a> {
    /// The tags of If-None-Match; `None` without that field.
    pub tags: Option<Vec<Tag<'a>>>,
    /// If-Modified-Since, if it is a date.
    pub since: Option<Time>,
}

/// One entity tag of If-None-Match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag<'a> {
    /// `*`: whatever there is.
    Any,
    /// One of ours, or of a store we do not know.
    Revision {
        /// The revision's number.
        number: u64,
        /// Its nonce.
        nonce: u32,
        /// Whether the server itself gave it to the client.
        kind: TagKind,
        /// The tag as it was sent, to be sent back.
        text: &'a str,
    },
    /// Any other.
    Other {
        /// Without `W/`, quotes and what proxies add.
        opaque: &'a str,
        /// As it was sent.
        text: &'a str,
    },
}

impl Tag<'_> {
    /// The revision's number, if it is one of ours or looks like it.
    fn number(&self) -> Option<u64> {
        match self {
            Self::Revision { number, .. } => Some(*number),
            Self::Any | Self::Other { .. } => None,
        }
    }

    fn is_own(&self) -> bool {
        matches!(self, Self::Revision { kind: TagKind::Own, .. })
    }
}

/// The state that a client says it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The revision of which it has every change.
    pub revision: u64,
    /// By which of the validators it is named.
    pub by: By,
}

/// How a revision is named, which decides what may be told (rule 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By own tags: the client got them from the server.
    OwnTag,
    /// By a shared tag, or by a date that can be followed by the current one: perhaps a cache's.
    Shared,
    /// By a date, while the current Last-Modified may not be sent yet: the client would be left with nothing to name.
    DateAlone {
        /// The last revision whose time is past.
        past: u64,
    },
}

/// The answer to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is new: 304, which repeats the kind of tag that was named.
    NotModified(TagKind),
    /// Whatever the client lacks.
    Send {
        /// What it says it has, if that is a revision of ours.
        named: Option<Named>,
        /// The latest revision that it names, if it names several.
        newest: Option<u64>,
    },
    /// It names a later revision than this server knows: ask the store, then decide again; if it does not answer, 304
    /// with what the client named (rule 8). What the store does not know either is not of this history: then the rest
    /// of what it names counts.
    Later {
        /// As in [`Verdict::Send`].
        named: Option<Named>,
        /// As in [`Verdict::Send`].
        newest: Option<u64>,
    },
}

/// The verdict on a client that names nothing of ours.
pub const NEW_HERE: Verdict = Verdict::Send { named: None, newest: None };

impl<'a> Conditions<'a> {
    /// Reads them from a request. A date that is none is as if it were not there.
    pub fn of(headers: &'a HeaderMap) -> Self {
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

    /// Whether the request names more than one state.
    pub fn names_several(&self) -> bool {
        self.tags.as_ref().is_some_and(|tags| tags.len() > 1)
    }

    /// Whether all tags that the request names are own ones. A cache may add its tags to a client's, so one that is not
    /// is enough for a doubt.
    pub fn names_own(&self) -> bool {
        self.tags.as_ref().is_some_and(|tags| names_own(tags))
    }

    /// Of the tags it names the one that knows most, as it was sent: that of the latest revision, else the first.
    pub fn newest_tag(&self) -> Option<&str> {
        let tags = self.tags.iter().flatten();
        let texts = tags.rev().filter_map(|tag| match tag {
            Tag::Revision { text, .. } | Tag::Other { text, .. } => Some((tag.number(), *text)),
            Tag::Any => None,
        });
        texts.max_by_key(|(number, _)| *number).map(|(_, text)| text)
    }
}

/// One member of an If-None-Match list: weak or strong, and, as some readers lose them, with or without quotes.
fn tag(member: &str) -> Option<Tag<'_>> {
    let text = member.trim();
    let opaque = text.strip_prefix("W/").or_else(|| text.strip_prefix("w/")).unwrap_or(text);
    match opaque.trim_matches('"') {
        "" => None,
        "*" => Some(Tag::Any),
        opaque => {
            let opaque = without_codings(opaque);
            Some(revision(opaque, text).unwrap_or(Tag::Other { opaque, text }))
        }
    }
}

/// `12-9f3a01bc`, or `12-9f3a01bc-own`.
fn revision<'a>(opaque: &str, text: &'a str) -> Option<Tag<'a>> {
    let (opaque, kind) = match opaque.strip_suffix(OWN_MARK) {
        Some(opaque) => (opaque, TagKind::Own),
        None => (opaque, TagKind::Shared),
    };
    let (number, nonce) = opaque.split_once('-')?;
    let digits = !number.is_empty() && number.len() <= 19 && number.bytes().all(|b| b.is_ascii_digit());
    let hex = nonce.len() == 8 && nonce.bytes().all(|b| b.is_ascii_hexdigit());
    if !digits || !hex {
        return None;
    }
    let number = number.parse().ok()?;
    Some(Tag::Revision { number, nonce: u32::from_str_radix(nonce, 16).ok()?, kind, text })
}

/// The content codings of which Apache and others write the names behind a tag whose body they have compressed, and do
/// not take them away again; several proxies behind one another add several.
const CODINGS: [&str; 6] = ["gzip", "br", "zstd", "deflate", "df", "identity"];

/// A tag without the names of codings, each behind `-`, `--` or `;`, within its quotes or behind them.
fn without_codings(opaque: &str) -> &str {
    let mut rest = opaque;
    loop {
        let shorter = CODINGS.iter().find_map(|coding| rest.strip_suffix(coding)).and_then(|before| {
            let before = before.trim_end_matches('"');
            let name = before.strip_suffix("--").or(before.strip_suffix(['-', ';']))?;
            Some(name.trim_end_matches('"')).filter(|name| !name.is_empty())
        });
        match shorter {
            Some(shorter) => rest = shorter,
            None => return rest,
        }
    }
}

fn date_of(text: &str) -> Option<Time> {
    let at = httpdate::parse_http_date(text).ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok().map(Time)
}

/// Decides for a feed whose last revision is `current`.
pub fn feed(conditions: &Conditions<'_>, ledger: &Ledger, current: u64, now: Time) -> Verdict {
    match (&conditions.tags, conditions.since) {
        // With If-None-Match, If-Modified-Since is not looked at (RFC 9110 §13.1.3).
        (Some(tags), _) => by_tags(tags, ledger, current),
        (None, Some(since)) => by_date(since, ledger, current, now),
        (None, None) => NEW_HERE,
    }
}

/// Of several tags, if none is current, the oldest known counts: whoever has that one lacks the most.
fn by_tags(tags: &[Tag<'_>], ledger: &Ledger, current: u64) -> Verdict {
    let own = names_own(tags);
    let kind = if own { TagKind::Own } else { TagKind::Shared };
    let mut later = false;
    let (mut oldest, mut newest): (Option<u64>, Option<u64>) = (None, None);
    for tag in tags {
        match tag {
            Tag::Any => return Verdict::NotModified(TagKind::Shared),
            Tag::Revision { number, nonce, .. } => match ledger.named(*number, *nonce) {
                Some(named) if named >= current => return Verdict::NotModified(kind),
                Some(named) => {
                    oldest = Some(oldest.map_or(named, |oldest| oldest.min(named)));
                    newest = newest.max(Some(named));
                }
                None => later |= *number > ledger.last(),
            },
            Tag::Other { .. } => {}
        }
    }
    let by = if own { By::OwnTag } else { By::Shared };
    let named = oldest.map(|revision| Named { revision, by });
    if later { Verdict::Later { named, newest } } else { Verdict::Send { named, newest } }
}

fn names_own(tags: &[Tag<'_>]) -> bool {
    !tags.is_empty() && tags.iter().all(Tag::is_own)
}

/// A date that is exactly a revision's names it. Any other is somebody's own: it tells whether that client has the
/// current document, and nothing else; and one in the future is nobody's Last-Modified, and is ignored.
fn by_date(since: Time, ledger: &Ledger, current: u64, now: Time) -> Verdict {
    let last_modified = ledger.revision(current).map(|revision| revision.time);
    match ledger.at(since) {
        Some(named) if named >= current => Verdict::NotModified(TagKind::Shared),
        Some(named) => {
            let sendable = last_modified.is_some_and(|time| time < now);
            let by = if sendable { By::Shared } else { By::DateAlone { past: ledger.past(now) } };
            Verdict::Send { named: Some(Named { revision: named, by }), newest: Some(named) }
        }
        None if since <= now && last_modified.is_some_and(|time| since >= time) => {
            Verdict::NotModified(TagKind::Shared)
        }
        None => NEW_HERE,
    }
}

/// Whether the request asks for a delta: `A-IM: feed` (RFC 3229 §10.5.3), unless with a quality of nothing.
pub fn asks_delta(headers: &HeaderMap) -> bool {
    let values = headers.get_all("a-im").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|member| {
        let mut parts = member.split(';').map(str::trim);
        let refused = |parameter: &str| {
            let quality = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="));
            quality.is_some_and(|quality| quality.parse() == Ok(0.0))
        };
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("feed")) && !parts.any(refused)
    })
}

/// Whether a client that asks for a delta takes a 226: rss2email has its library ask, and takes the answer for an error.
pub fn takes_delta(headers: &HeaderMap) -> bool {
    !headers.get(USER_AGENT).is_some_and(|agent| agent.as_bytes().starts_with(b"rss2email/"))
}

/// Decides for anything that has a hash of its bytes as tag.
pub fn hashed(conditions: &Conditions<'_>, hash: &str) -> Verdict {
    let same = |tag: &Tag<'_>| match tag {
        Tag::Any => true,
        Tag::Other { opaque, .. } => *opaque == hash,
        Tag::Revision { .. } => false,
    };
    match &conditions.tags {
        Some(tags) if tags.iter().any(same) => Verdict::NotModified(TagKind::Shared),
        _ => NEW_HERE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Change, Revision};
    use http::HeaderValue;
    use proptest::prelude::*;
    use std::collections::HashMap;

    const SEND: Verdict = NEW_HERE;
    const SAME: Verdict = Verdict::NotModified(TagKind::Shared);

    /// Revisions 1 to 5 at the times 110, 120 … 150, each with ten times its number as nonce.
    fn ledger() -> Ledger {
        let revision = |n: u64| Revision { number: n, time: Time(100 + 10 * n as i64), nonce: 10 * n as u32 };
        let mut ledger = Ledger::default();
        ledger.apply(Change {
            revisions: (1..=5).map(revision).collect(),
            feeds: HashMap::new(),
            fingerprint: 1,
            today: None,
        });
        ledger
    }

    fn verdict(fields: &[(&'static str, &str)], now: i64) -> Verdict {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_str(value).expect("a header value"));
        }
        feed(&Conditions::of(&headers), &ledger(), 3, Time(now))
    }

    fn shared(revision: u64) -> Named {
        Named { revision, by: By::Shared }
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
            "W/\"3-0000001e-zstd-gzip\"",
            "W/\"3-0000001e-deflate;gzip--br\"",
            "\"3-0000001e\"-gzip",
            "\"x\", W/\"3-0000001e\"",
            "*",
            "W/\"5-00000032\"",
        ] {
            assert_eq!(verdict(&[("if-none-match", tag)], 200), SAME, "{tag}");
        }
        let two = [("if-none-match", "\"x\""), ("if-none-match", "\"3-0000001e\"")];
        assert_eq!(verdict(&two, 200), SAME);
    }

    #[test]
    fn a_foreign_tag_gets_the_document() {
        for tag in ["\"3-deadbeef\"", "\"abc\"", "", "\"3-1e\"", "\"-0000001e\"", "\"+3-0000001e\""] {
            assert_eq!(verdict(&[("if-none-match", tag)], 200), SEND, "{tag}");
        }
    }

    #[test]
    fn a_later_revision_than_known_is_looked_up() {
        let later = |number: Option<u64>| Verdict::Later { named: number.map(shared), newest: number };
        assert_eq!(verdict(&[("if-none-match", "\"6-00000001\"")], 200), later(None));
        assert_eq!(verdict(&[("if-none-match", "\"6-00000001\", \"2-00000014\"")], 200), later(Some(2)));
        assert_eq!(verdict(&[("if-none-match", "\"6-00000001\", \"4-00000028\"")], 200), SAME);
    }

    #[test]
    fn if_modified_since_counts_only_without_if_none_match() {
        assert_eq!(verdict(&[("if-none-match", "\"abc\""), ("if-modified-since", &date(150))], 200), SEND);
        assert_eq!(verdict(&[("if-modified-since", &date(130))], 200), SAME);
        assert_eq!(verdict(&[("if-modified-since", &date(135))], 200), SAME);
        assert_eq!(verdict(&[("if-modified-since", &date(129))], 200), SEND);
    }

    #[test]
    fn an_older_revision_is_recognised_by_tag_or_by_date() {
        let named = |n| Verdict::Send { named: Some(shared(n)), newest: Some(n) };
        assert_eq!(verdict(&[("if-none-match", "W/\"2-00000014\"")], 200), named(2));
        assert_eq!(
            verdict(&[("if-none-match", "\"x\", \"2-00000014\", \"1-0000000a\", \"1-0\"")], 200),
            Verdict::Send { named: Some(shared(1)), newest: Some(2) }
        );
        assert_eq!(verdict(&[("if-modified-since", &date(120))], 200), named(2));
        assert_eq!(verdict(&[("if-none-match", "\"2-00000014\""), ("if-modified-since", &date(110))], 200), named(2));
    }

    #[test]
    fn an_own_tag_is_known_from_a_shared_one_behind_any_proxy() {
        let own = Verdict::NotModified(TagKind::Own);
        for tag in ["W/\"3-0000001e-own\"", "\"3-0000001e-own-gzip\"", "3-0000001e-own;gzip-br"] {
            assert_eq!(verdict(&[("if-none-match", tag)], 200), own, "{tag}");
        }
        let named = |by| Verdict::Send { named: Some(Named { revision: 2, by }), newest: Some(2) };
        assert_eq!(verdict(&[("if-none-match", "W/\"2-00000014-own\"")], 200), named(By::OwnTag));
        // One that is not is enough for a doubt: a cache may have added it.
        assert_eq!(verdict(&[("if-none-match", "\"2-00000014-own\", \"x\"")], 200), named(By::Shared));
        assert_eq!(verdict(&[("if-none-match", "\"3-0000001e-own\", \"3-0000001e\"")], 200), SAME);
    }

    #[test]
    fn a_date_stands_alone_while_the_current_one_may_not_be_sent() {
        let named = |by| Verdict::Send { named: Some(Named { revision: 2, by }), newest: Some(2) };
        assert_eq!(verdict(&[("if-modified-since", &date(120))], 131), named(By::Shared));
        assert_eq!(verdict(&[("if-modified-since", &date(120))], 130), named(By::DateAlone { past: 2 }));
        assert_eq!(verdict(&[("if-modified-since", &date(120))], 100), named(By::DateAlone { past: 0 }));
        assert_eq!(verdict(&[("if-none-match", "\"2-00000014\"")], 130), named(By::Shared));
    }

    #[test]
    fn a_delta_is_asked_for_by_name() {
        let asks = |fields: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in fields {
                headers.append(*name, HeaderValue::from_static(value));
            }
            asks_delta(&headers)
        };
        for value in ["feed", "Feed", "vcdiff, feed;q=0.5, gzip", "gzip,feed"] {
            assert!(asks(&[("a-im", value)]), "{value}");
        }
        assert!(asks(&[("a-im", "gzip"), ("a-im", "feed")]));
        for value in ["", "feed;q=0", "feed; q=0.000", "feeds", "gzip"] {
            assert!(!asks(&[("a-im", value)]), "{value}");
        }
        assert!(!asks(&[]));
    }

    #[test]
    fn rss2email_takes_no_delta() {
        let takes =
            |agent: &'static str| takes_delta(&HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(agent))]));
        assert!(takes("newsboat/2.40") && !takes("rss2email/3.13 (https://example.org/)"));
    }

    #[test]
    fn the_newest_of_several_tags_is_repeated_as_it_was_sent() {
        let newest = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(IF_NONE_MATCH, HeaderValue::from_static(value));
            Conditions::of(&headers).newest_tag().map(str::to_owned)
        };
        assert_eq!(newest("\"abc\", W/\"2-00000014\", 7-00000001"), Some("7-00000001".to_owned()));
        assert_eq!(newest("\"abc\", \"def\""), Some("\"abc\"".to_owned()));
        assert_eq!(newest("*"), None);
    }

    #[test]
    fn a_date_in_the_future_or_none_at_all_is_ignored() {
        assert_eq!(verdict(&[("if-modified-since", &date(201))], 200), SEND);
        assert_eq!(verdict(&[("if-modified-since", "yesterday")], 200), SEND);
        // Another server of this store may have a clock ahead of ours.
        assert_eq!(verdict(&[("if-modified-since", &date(130))], 120), SAME);
    }

    #[test]
    fn a_hash_matches_itself_only() {
        let verdict = |tag: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(IF_NONE_MATCH, HeaderValue::from_static(tag));
            hashed(&Conditions::of(&headers), "ab12")
        };
        assert_eq!(verdict("W/\"ab12-gzip\""), SAME);
        assert_eq!(verdict("\"ab13\""), SEND);
    }

    proptest! {
        #[test]
        fn no_header_value_makes_it_stumble(value in "[ -~]{0,60}", now in 0i64..400) {
            verdict(&[("if-none-match", &value)], now);
            verdict(&[("if-modified-since", &value)], now);
        }
    }
}
