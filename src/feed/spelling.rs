//! The spelling of values in a definition: addresses, languages, zones, authorities, codes.
//!
//! Knows nothing of files or lines: a value comes in, and it or a reason in an editor's words goes out.

use chrono_tz::Tz;
use url::Url;

/// An absolute address on the web; the text itself is kept.
pub(super) fn web_address(text: &str) -> Result<String, &'static str> {
    parse(text).map(|_| text.to_owned())
}

/// The address below which everything is published: as `url` writes it, without a slash at the end.
pub(super) fn base_url(text: &str) -> Result<String, &'static str> {
    let url = parse(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must be an address without ? and #");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn parse(text: &str) -> Result<Url, &'static str> {
    // The crate mends `https:host`; what an editor wrote is to be right as it stands.
    let absolute = text.starts_with("https://") || text.starts_with("http://");
    let url = Url::parse(text).ok().filter(|_| absolute && !text.contains(char::is_whitespace));
    let url = url.ok_or("must be a whole address such as https://news.example/")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must be an address without a user's name or password");
    }
    Ok(url)
}

/// A tag of the shape of RFC 5646 §2.1: a language of two to eight letters, then subtags of up to eight.
pub(super) fn language(text: &str) -> Result<String, &'static str> {
    let mut subtags = text.split('-');
    let primary = subtags.next().unwrap_or_default();
    let language = (2..=8).contains(&primary.len()) && primary.bytes().all(|c| c.is_ascii_alphabetic());
    let subtag = |s: &str| (1..=8).contains(&s.len()) && s.bytes().all(|c| c.is_ascii_alphanumeric());
    let closed = text.rsplit('-').next().is_some_and(|last| last.len() > 1); // a singleton opens an extension
    if language && closed && subtags.all(subtag) { Ok(text.to_owned()) } else { Err("must be a tag such as zh-CN") }
}

/// A zone of the IANA database.
pub(super) fn time_zone(text: &str) -> Result<Tz, &'static str> {
    text.parse().map_err(|_| "must be a zone such as Asia/Shanghai")
}

/// A DNS name as RFC 4151 §2.1 wants it in tags, in lower case.
pub(super) fn authority(text: &str) -> Result<String, &'static str> {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let label =
        |s: &str| (1..=63).contains(&s.len()) && s.bytes().all(inner) && !s.starts_with('-') && !s.ends_with('-');
    let named = text.rsplit('.').next().is_some_and(|last| !last.bytes().all(|c| c.is_ascii_digit()));
    let whole = text.len() <= 253 && text.contains('.') && text.split('.').all(label);
    if whole && named { Ok(text.to_owned()) } else { Err("must be a domain in lower case, such as news.example") }
}

/// A year of four digits in which somebody could own a domain.
pub(super) fn year(number: i64) -> Result<u16, &'static str> {
    let year = u16::try_from(number).ok().filter(|year| (1985..=9999).contains(year));
    year.ok_or("`year` must be one in which you owned the domain, such as 2026")
}

/// Seconds: one of the three that the design allows.
pub(super) fn max_age(number: i64) -> Result<u32, &'static str> {
    let age = u32::try_from(number).ok().filter(|age| [300, 600, 900].contains(age));
    age.ok_or("`max_age` must be 300, 600 or 900 seconds")
}

/// The six digits of GB/T 2260, or the nine or twelve below the county.
pub(super) fn code(text: &str) -> Result<String, &'static str> {
    let digits = [6, 9, 12].contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
    if digits { Ok(text.to_owned()) } else { Err("must be an administrative code of six digits, such as \"510304\"") }
}
