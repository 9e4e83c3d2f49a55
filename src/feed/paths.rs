//! Compares paths on this site, and tells which of them an alias may take.
//!
//! Knows nothing of requests, and of what is published only which paths that takes.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::FeedKey;

/// The longest alias, in bytes.
const MAX_ALIAS: usize = 1024;

/// Files at the root that are no feeds.
const FILES: [&str; 8] =
    ["feeds.opml", "style.css", "copy.js", "icon.svg", "favicon.ico", "robots.txt", "sitemap.xml", "news-sitemap.xml"];

/// Names at the root that belong to the server with all that lies below them, whether anything does or not.
const FOLDERS: [&str; 8] = ["api", "hub", "metrics", "healthz", "readyz", "articles", "archive", "sitemaps"];

/// Where pages of another edition are.
const EDITIONS: [&str; 2] = ["en", "zh"];

/// An article's former address as the store keeps it and is asked for it: its path without percent-encoding and without
/// slashes at the end. Rows have been written in this spelling, so that it cannot change.
pub fn compared(path: &str, query: Option<&str>) -> String {
    let mut compared = percent_decode_str(path.trim_end_matches('/')).decode_utf8_lossy().into_owned();
    if let Some(query) = query {
        compared.push('?');
        compared.push_str(query);
    }
    compared
}

/// A path in the one spelling in which all paths of the same meaning are equal: percent-decoded, in lower case, without
/// empty segments, `.` segments, and white space at its end. Empty for the root.
///
/// It is `None` for what is no path, and for one with a `..` segment: clients resolve these before they ask (RFC 3986
/// §5.2.4), so that only somebody who looks for holes sends one. What is no UTF-8 once it is decoded, such as the
/// addresses of old sites in GBK, stays encoded.
pub fn plain(path: &str) -> Option<String> {
    let decoded = |segment| percent_decode_str(segment).decode_utf8().unwrap_or(Cow::Borrowed(segment));
    let decoded: Vec<Cow<'_, str>> = path.strip_prefix('/')?.split('/').map(decoded).collect();
    let decoded = decoded.join("/").to_ascii_lowercase();
    let mut plain = String::with_capacity(path.len());
    for segment in decoded.trim_end().split('/').filter(|segment| !["", "."].contains(segment)) {
        if segment == ".." {
            return None;
        }
        plain.push('/');
        plain.push_str(segment);
    }
    Some(plain)
}

/// The plain path and the query of an alias, or why it cannot be one.
pub(super) fn alias(text: &str) -> Result<(String, Option<&str>), &'static str> {
    let typed = |c: char| !c.is_whitespace() && !c.is_control() && c != '#';
    if !text.starts_with('/') || text.starts_with("//") || !text.chars().all(typed) {
        return Err("must be an address on this site, such as /category/daan/feed/");
    }
    if text.len() > MAX_ALIAS {
        return Err("is longer than 1024 bytes");
    }
    let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
    let plain = plain(path).ok_or("holds `..`, which no reader sends: write the address that it leads to")?;
    if plain.is_empty() && query.is_none() {
        return Err("is the address of the front page");
    }
    Ok((plain, query))
}

/// Whether something else is published at a plain path, so that an alias there would hide it or would never be asked for.
/// `defined` tells of a feed's key whether there is such a feed, by its present name or a former one.
pub(super) fn occupied(plain: &str, query: Option<&str>, defined: impl Fn(&FeedKey) -> bool) -> bool {
    let name = plain.trim_start_matches('/');
    if name.is_empty() || EDITIONS.contains(&name) {
        // Front pages take no parameters, and other sites have feeds there, such as `/?feed=rss2`.
        return query.is_none();
    }
    let first = name.split('/').next().unwrap_or_default();
    if FILES.contains(&name) || FOLDERS.contains(&first) {
        return true;
    }
    let feed = ["atom", "rss", "json"].iter().find_map(|format| name.strip_suffix(format)?.strip_suffix('.'));
    // `/feed` itself is only a guess; it may have been any feed's address before.
    if feed == Some("feed") {
        return true;
    }
    let page = EDITIONS.iter().find_map(|edition| name.strip_prefix(edition)?.strip_prefix('/'));
    if page.is_some_and(|page| ["articles/", "archive/"].iter().any(|folder| page.starts_with(folder))) {
        return true;
    }
    let stem = feed.or(page).unwrap_or(name);
    let stem = stem.split_once("/archive/").map_or(stem, |(feed, _)| feed);
    FeedKey::parse_any_order(stem).is_some_and(|key| key != FeedKey::All && defined(&key))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_spellings_of_a_path_are_one_plain_path() {
        for (path, expected) in [
            ("/feed.atom", "/feed.atom"),
            ("//feed.atom", "/feed.atom"),
            ("/feed.atom/", "/feed.atom"),
            ("/./FEED.Atom//", "/feed.atom"),
            ("/%66eed%2eatom", "/feed.atom"),
            ("/feed.atom%20", "/feed.atom"),
            ("/districts%2FDaAn%2F%2e/", "/districts/daan"),
            ("/category/%E7%9B%90/", "/category/盐"),
            ("/category/%D1%CE/feed", "/category/%d1%ce/feed"),
            ("/%2566eed.atom", "/%66eed.atom"),
            ("/", ""),
            ("/%2F/.", ""),
        ] {
            assert_eq!(plain(path).as_deref(), Some(expected), "{path}");
        }
        for path in ["", "*", "feed.atom", "/../feed.atom", "/a/%2e%2E/feed.atom", "/a%2F..%2Ffeed.atom"] {
            assert_eq!(plain(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn a_plain_path_never_leaves_the_site(path in "/[/.a-zA-Z0-9%+:@\\ ]{0,40}") {
            if let Some(plain) = plain(&path) {
                prop_assert!(plain.is_empty() || (plain.starts_with('/') && !plain.starts_with("//")), "{}", plain);
                prop_assert!(!plain.contains("//") && !plain.contains("/../") && !plain.ends_with('/'), "{}", plain);
            }
        }
    }
}
