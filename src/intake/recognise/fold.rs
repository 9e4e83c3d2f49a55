//! Titles and links in spellings in which those of one article are equal, however its site has written them.
//!
//! Knows nothing of drafts, of the store or of what is compared.

use icu_normalizer::ComposingNormalizerBorrowed;
use percent_encoding::percent_decode_str;

/// Endings of the names of pages.
const EXTENSIONS: [&str; 6] = [".html", ".htm", ".php", ".aspx", ".md", ".shtml"];

/// A title without case, quotation marks, white space and markup, and with one spelling for dashes and ellipses: site
/// generators set these as printers do. Empty if it has no letters or digits.
pub(super) fn title(text: &str) -> String {
    let plain = ComposingNormalizerBorrowed::new_nfc().normalize(&unmarked(text)).to_lowercase();
    let mut folded = String::with_capacity(plain.len());
    // Full-width letters, digits and signs are the ASCII ones.
    let narrow = |c: char| if ('！'..='～').contains(&c) { char::from_u32(c as u32 - 0xfee0) } else { Some(c) };
    for c in plain.chars().filter_map(narrow) {
        match c {
            '‐'..='―' | '−' | '-' if folded.ends_with('-') => {}
            '‐'..='―' | '−' | '-' => folded.push('-'),
            '…' | '⋯' => folded.push_str("..."),
            '\'' | '"' | '`' | '´' | '‘'..='‟' | '«' | '»' | '‹' | '›' | '「'..='』' | '〝'..='〟' => {}
            '*' | '_' | '~' | '\\' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' => {}
            c if c.is_whitespace() => {}
            c => folded.push(c),
        }
    }
    // Six dots are one ellipsis in Chinese, and any number of them in a hurry.
    while folded.contains("....") {
        folded = folded.replace("....", "...");
    }
    if folded.chars().any(char::is_alphanumeric) { folded } else { String::new() }
}

/// A title without the tags and references of HTML and the links of Markdown that it may hold.
fn unmarked(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['<', ']']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        let is_link = rest.starts_with("](");
        let end = match () {
            () if rest.starts_with('<') && is_tag => rest.find('>'),
            () if is_link => rest.find(')'),
            () => None,
        };
        if let Some(begin) = plain.rfind('[').filter(|_| is_link && end.is_some()) {
            plain.remove(begin);
        }
        plain.push_str(if end.is_some() { "" } else { &rest[..1] });
        rest = &rest[end.map_or(1, |end| end + 1)..];
    }
    plain.push_str(rest);
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
        .into_iter()
        .fold(plain, |plain, (reference, said)| plain.replace(reference, said))
}

/// A part of a path in lower case, decoded, with a dash for whatever parts words.
pub(super) fn segment(text: &str) -> String {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    let decoded = ComposingNormalizerBorrowed::new_nfc().normalize(&decoded).to_lowercase();
    decoded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The slugs that a site generator may make of a title: signs within words are taken away, or part them.
pub(super) fn slugs(title: &str) -> [String; 2] {
    let within = |c: char| {
        matches!(
            c,
            '\'' | '"' | '.' | ',' | '!' | '?' | ':' | ';' | '‘'..='”' | '，' | '。' | '！' | '？' | '：' | '；'
        )
    };
    [segment(title), segment(&title.replace(within, ""))]
}

/// An address without scheme, `www.`, the campaign in its query and the slash at its end: the same page under `http` and
/// `https`. `None` for what is no address on the web.
pub(super) fn address(text: &str) -> Option<String> {
    let (scheme, rest) = text.trim().split_once("://")?;
    if !(scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")) {
        return None;
    }
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(rest, fragment)| (rest, Some(fragment)));
    let (path, query) = (rest.split('?').next().unwrap_or_default(), own_query(rest));
    let mut address = path.trim_end_matches('/').to_owned();
    for (sign, part) in [('?', query.as_str()), ('#', fragment.unwrap_or_default())] {
        if !part.is_empty() {
            address.extend([sign].into_iter().chain(part.chars()));
        }
    }
    Some(address)
}

/// The query of an address without the parameters that tell where a reader has come from.
fn own_query(address: &str) -> String {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    query.split('&').filter(|part| !part.starts_with("utm_")).collect::<Vec<_>>().join("&")
}

/// An address, taken apart into the clues that it gives to its page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
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
    /// Takes an address, or a path, apart. What is told by a query says nothing here.
    pub(super) fn of(address: &str) -> Self {
        let path = match address.split_once("://") {
            Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
            None => address,
        };
        if !own_query(path).is_empty() {
            return Self::default();
        }
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = percent_decode_str(path).decode_utf8_lossy();
        let path = ComposingNormalizerBorrowed::new_nfc().normalize(&path).to_lowercase();
        let path = path.trim_matches('/').trim_start_matches("index.php/");
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
            ("See [the well](https://a.example/b)", "See the well"),
            ("盐 & 灯", "盐 &amp; 灯"),
            ("大安——石桥", "大安--石桥"),
            ("“恐龙”回来了……", "「恐龙」回来了..."),
            ("2026 年灯会～", "2026年灯会"),
            ("灯会：开幕！", "灯会:开幕!"),
            ("Cafe\u{301} Salt", "CAFÉ salt"),
        ] {
            assert_eq!(title(written), title(shown));
        }
        for (one, other) in [("盐价 +5", "盐价 -5"), ("A salt well", "A salt wall"), ("C", "C++")] {
            assert_ne!(title(one), title(other));
        }
        assert_eq!(title("***") + &title("“”"), "");
    }

    #[test]
    fn a_link_says_its_name_its_folders_and_its_date() {
        let link = Link::of("https://old.example/news/2026/5/03/Stone_Bridge.html?utm_source=x#top");
        assert_eq!((link.name.as_str(), link.date.as_deref()), ("stone-bridge", Some("2026-05-03")));
        assert_eq!((link.path.as_str(), link.folders), ("news/2026/5/03/stone_bridge", vec!["news".to_owned()]));
        let link = Link::of("/posts/2026-05-03-bridge/index.html");
        assert_eq!((link.name.as_str(), link.date.as_deref()), ("bridge", Some("2026-05-03")));
        let link = Link::of("https://old.example/index.php/%E7%9B%90/");
        assert_eq!((link.name.as_str(), link.path.as_str(), link.date), ("盐", "盐", None));
        for told_by_a_query in ["https://old.example/?p=12", "https://old.example/show.php?id=3&utm_medium=rss"] {
            assert_eq!(Link::of(told_by_a_query), Link::default());
        }
        assert_ne!(Link::of("/week-1-11/").name, Link::of("/week-11-1/").name);
    }

    #[test]
    fn addresses_are_equal_whatever_their_scheme() {
        for (one, other) in [
            ("http://old.example/?p=1", "https://www.old.example/?p=1"),
            ("HTTPS://old.example/a/", "http://old.example/a"),
            ("https://old.example/a/?utm_source=rss&utm_medium=rss", "https://old.example/a"),
        ] {
            assert_eq!(address(one), address(other));
        }
        for (one, other) in
            [("http://old.example/?p=1", "http://old.example/?p=12"), ("http://a.example/#1", "http://a.example/#2")]
        {
            assert_ne!(address(one), address(other));
        }
        assert_eq!(address("tag:old.example,2026:1"), None);
    }
}
