//! Titles and links in spellings in which those of one article are equal, however its site has written them.
//!
//! Knows nothing of drafts, of the store or of what is compared.

use percent_encoding::percent_decode_str;

/// Endings of the names of pages.
const EXTENSIONS: [&str; 6] = [".html", ".htm", ".php", ".aspx", ".md", ".shtml"];

/// A title without quotation marks, white space and markup, and with one spelling for all dashes and ellipses: site
/// generators set these as printers do.
pub fn title(text: &str) -> String {
    let plain = unmarked(text);
    let mut folded = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '‐'..='―' | '−' | '－' | '-' if folded.ends_with('-') => {}
            '‐'..='―' | '−' | '－' | '-' => folded.push('-'),
            '…' | '⋯' => folded.push_str("..."),
            '\'' | '"' | '`' | '´' | '‘'..='‟' | '«' | '»' | '‹' | '›' | '「'..='』' | '〝'..='〟' | '＂' | '＇' =>
                {}
            '*' | '_' | '~' | '\\' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' => {}
            c if c.is_whitespace() => {}
            // Full-width letters, digits and signs are the ASCII ones.
            '！'..='～' => folded.extend(char::from_u32(c as u32 - 0xfee0)),
            c => folded.push(c),
        }
    }
    // "Six dots" are one ellipsis in Chinese, and any number of them in a hurry.
    while folded.contains("....") {
        folded = folded.replace("....", "...");
    }
    folded
}

/// A title without the tags and the references of HTML that it may hold.
fn unmarked(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        let end = rest.find('>').filter(|_| is_tag).map_or(1, |end| end + 1);
        plain.push_str(if is_tag && end > 1 { "" } else { "<" });
        rest = &rest[end..];
    }
    plain.push_str(rest);
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
        .into_iter()
        .fold(plain, |plain, (reference, said)| plain.replace(reference, said))
}

/// A part of a path: its letters and digits in lower case, decoded.
pub fn segment(text: &str) -> String {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    decoded.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// An address without scheme, fragment and slash at the end: the same page under `http` and `https`.
/// `None` for what is no address on the web.
pub fn address(text: &str) -> Option<&str> {
    let (scheme, rest) = text.trim().split_once("://")?;
    let rest = rest.split('#').next()?.trim_end_matches('/');
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")).then_some(rest)
}

/// What an address says of its page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Its path, decoded, without a page's ending and slashes at its ends.
    pub path: String,
    /// The parts of the path but the last and those of a date, folded.
    pub folders: Vec<String>,
    /// The last part, folded; empty for the root.
    pub name: String,
    /// The day, month or year that stands in the path, as `2026`, `2026-11` or `2026-11-23`.
    pub date: Option<String>,
}

impl Link {
    /// Takes an address, or a path, apart. What is told by a query alone has no name.
    pub fn of(address: &str) -> Self {
        let path = match address.split_once("://") {
            Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
            None => address,
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = percent_decode_str(path).decode_utf8_lossy().to_lowercase();
        let path = path.trim_matches('/');
        let bare = EXTENSIONS.iter().find_map(|extension| path.strip_suffix(extension)).unwrap_or(path);
        let bare = bare.strip_suffix("/index").unwrap_or(bare);
        let mut parts: Vec<&str> = bare.split('/').filter(|part| !part.is_empty()).collect();
        let last = parts.pop().unwrap_or_default();
        let (mut date, name) = dated(last);
        let mut folders = Vec::new();
        let mut digits: Vec<&str> = Vec::new();
        for part in parts {
            if is_date_part(part, digits.len()) {
                digits.push(part);
            } else {
                folders.push(segment(part));
            }
        }
        if date.is_none() && !digits.is_empty() {
            date = Some(digits.iter().map(|part| format!("{part:0>2}")).collect::<Vec<_>>().join("-"));
        }
        Self { path: bare.to_owned(), folders, name: segment(name), date }
    }
}

/// Whether a part is a year, or behind a year a month, or behind that a day.
fn is_date_part(part: &str, before: usize) -> bool {
    let number = part.parse::<u32>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
    number.is_some_and(|number| match before {
        0 => part.len() == 4 && (1980..2100).contains(&number),
        1 => part.len() <= 2 && (1..=12).contains(&number),
        2 => part.len() <= 2 && (1..=31).contains(&number),
        _ => false,
    })
}

/// The day that a name begins with, and the rest of the name; all of it, if nothing follows.
fn dated(name: &str) -> (Option<String>, &str) {
    let day = name.get(..10).and_then(|day| chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").ok());
    match (day, name.get(11..)) {
        (Some(day), Some(rest)) if !rest.is_empty() => (Some(day.to_string()), rest),
        _ => (None, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_equal_to_what_site_generators_make_of_it() {
        for (written, shown) in [
            ("The well's \"new\" brine -- and more...", "The well’s “new” brine – and more…"),
            ("A *salt* well", "A <em>salt</em> well"),
            ("盐 & 灯", "盐 &amp; 灯"),
            ("大安——石桥", "大安--石桥"),
            ("“恐龙”回来了……", "「恐龙」回来了..."),
            ("2026 年灯会", "2026年灯会"),
            ("灯会：开幕！", "灯会:开幕!"),
        ] {
            assert_eq!(title(written), title(shown));
        }
        for (one, other) in [("盐价 +5", "盐价 -5"), ("A salt well", "A salt wall"), ("C", "C++")] {
            assert_ne!(title(one), title(other));
        }
    }

    #[test]
    fn a_link_says_its_name_its_folders_and_its_date() {
        let link = Link::of("https://old.example/news/2026/5/03/Stone_Bridge.html?utm=x#top");
        assert_eq!((link.name.as_str(), link.date.as_deref()), ("stonebridge", Some("2026-05-03")));
        assert_eq!((link.path.as_str(), link.folders), ("news/2026/5/03/stone_bridge", vec!["news".to_owned()]));
        let link = Link::of("/posts/2026-05-03-bridge/index.html");
        assert_eq!((link.name.as_str(), link.date.as_deref()), ("bridge", Some("2026-05-03")));
        let link = Link::of("https://old.example/%E7%9B%90/");
        assert_eq!((link.name.as_str(), link.path.as_str(), link.date), ("盐", "盐", None));
        assert_eq!(Link::of("https://old.example/?p=12"), Link::default());
    }

    #[test]
    fn addresses_are_equal_whatever_their_scheme() {
        assert_eq!(address("http://old.example/?p=1"), address("https://old.example/?p=1"));
        assert_eq!(address("HTTPS://old.example/a/"), address("http://old.example/a#x"));
        assert_ne!(address("http://old.example/?p=1"), address("http://old.example/?p=12"));
        assert_eq!(address("tag:old.example,2026:1"), None);
    }
}
