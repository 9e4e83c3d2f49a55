//! Front matter that is none of what is read: without its fence, behind another one, in a comment, in Org's keys.
//!
//! Taken for text it would publish a draft with `draft: true` above it, so it is refused. Nothing is guessed or taken
//! away: a text may begin with a rule, a colon or a comment, and only what looks like keys at its head is refused.

/// Keys that hardly anything but front matter begins with, in lower case.
const STRONG: [&str; 17] = [
    "title",
    "date",
    "tags",
    "categories",
    "category",
    "layout",
    "slug",
    "permalink",
    "lastmod",
    "updated",
    "modified",
    "publishdate",
    "pubdate",
    "taxonomies",
    "author",
    "authors",
    "aliases",
];

/// Keys that can hold an article back.
const HIDING: [&str; 12] = [
    "draft",
    "published",
    "publish",
    "private",
    "public",
    "hidden",
    "headless",
    "unlisted",
    "status",
    "visibility",
    "password",
    "expirydate",
];

/// The most of a text that is looked at, in bytes and lines.
const MAX_HEAD: usize = 1 << 14;
const MAX_LINES: usize = 100;

/// Why a text without front matter that can be read is not taken for a mere text, if it begins with something like it.
pub(crate) fn reason(text: &str) -> Option<String> {
    let head = &text[..text.floor_char_boundary(MAX_HEAD)];
    let mut head = head.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c));
    if ["-", "--", "+", "++", "{", ";", ";;"].contains(&head.trim_end()) {
        return Some("ends where front matter begins".to_owned());
    }
    while let Some(comment) = head.strip_prefix("<!--") {
        let (inner, rest) = comment.split_once("-->").unwrap_or((comment, ""));
        if Head::of_inline(inner).is_in_comment() {
            return Some("begins with a comment that holds keys; front matter stands between two lines ---".to_owned());
        }
        head = rest.trim_start();
    }
    let first = head.lines().next().unwrap_or_default().trim();
    if org_key(first) || (first.starts_with("[//]:") || first.starts_with("[comment]:")) && labelled(first) {
        return Some(format!("begins with keys such as {:?}, which are not read as front matter", shown(first)));
    }
    let (is_head, fenced) = match fence(first) {
        Some(inline) => {
            // Behind the fence may stand a key, the name of a format, or a comment.
            let inline = if key(inline).is_some() { inline } else { "" };
            (Head::of(&format!("{inline}{}", &head[first.len()..])).is_behind_fence(), true)
        }
        None if first.starts_with('{') => (Head::of_inline(head).is_in_comment(), true),
        None => (Head::of(head).is_bare(), false),
    };
    match (is_head, fenced) {
        (true, true) => {
            let first = shown(first);
            Some(format!("begins with {first:?} and keys; front matter stands between two lines ---, or two lines +++"))
        }
        (true, false) => Some("begins with keys, and no line --- stands before them".to_owned()),
        (false, _) => None,
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

fn shown(line: &str) -> String {
    line.chars().take(40).collect()
}

/// The rest of a line that begins with three or more marks, and so could be meant as a fence.
fn fence(line: &str) -> Option<&str> {
    let mark = line.chars().next().filter(|c| "-+;=*~_%—–−".contains(*c))?;
    let rest = line.trim_start_matches(mark);
    let marks = line[..line.len() - rest.len()].chars().count();
    let enough = if mark.is_ascii() { 3 } else { 1 };
    // What follows these is emphasised, or a language.
    let is_other = "*_~".contains(mark) && !rest.is_empty();
    (marks >= enough && !is_other).then(|| rest.trim_start_matches(['-', '—', '–']).trim())
}

/// A key of Org's: `#+TITLE:`.
fn org_key(line: &str) -> bool {
    let key = line.strip_prefix("#+").and_then(|line| line.split_once(':'));
    key.is_some_and(|(key, _)| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// Whether a link definition that stands for a comment holds a key.
fn labelled(line: &str) -> bool {
    let inner = line.split_once(['(', '"', '\'']).map_or("", |(_, inner)| inner.trim_end_matches([')', '"', '\'']));
    Head::of_inline(inner).is_in_comment()
}

/// The keys in the first lines of a text.
#[derive(Debug, Default)]
struct Head {
    /// Lines with a key.
    keys: usize,
    /// Whether one is a key that only front matter has.
    strong: bool,
    /// Whether one holds the article back, or could.
    hides: bool,
    /// Whether a fence stands below them.
    closed: bool,
    /// Whether nothing stands below them.
    ends: bool,
}

impl Head {
    fn of(text: &str) -> Self {
        let mut head = Self::default();
        let mut lines = text.lines().take(MAX_LINES).peekable();
        while let Some(line) = lines.next() {
            let is_indented = line.starts_with([' ', '\t', '-']) && head.keys > 0;
            let line = line.trim();
            if let Some((key, value)) = key(line) {
                head.keys += 1;
                head.strong |= STRONG.contains(&key.as_str());
                head.hides |= HIDING.contains(&key.as_str()) && decides(value);
            } else if fence(line).is_some_and(str::is_empty) {
                if head.keys > 0 {
                    head.closed = true;
                    return head;
                }
            } else if line.is_empty() && head.keys > 0 {
                head.ends = lines.all(|line| line.trim().is_empty());
                return head;
            } else if !is_indented && !is_between(line) {
                // A last line that is cut may be the beginning of a key.
                head.ends = head.keys > 0 && lines.peek().is_none() && !text.ends_with('\n');
                return head;
            }
        }
        head.ends = head.keys > 0;
        head
    }

    /// The same of keys that may stand in one line, with commas between.
    fn of_inline(text: &str) -> Self {
        Self::of(&text.replace([',', ';'], "\n"))
    }

    fn is_behind_fence(&self) -> bool {
        self.hides || self.strong || self.keys > 1 && self.closed
    }

    fn is_in_comment(&self) -> bool {
        self.hides || self.strong
    }

    fn is_bare(&self) -> bool {
        self.hides || self.strong && (self.closed || self.ends || self.keys > 1)
    }
}

/// Whether a line may stand between keys: nothing, a comment, or a bracket.
fn is_between(line: &str) -> bool {
    line.is_empty() || line.starts_with('#') || line.chars().all(|c| "{}[](),".contains(c))
}

/// A key in lower case and its value: `title: …`, `title = …`, `"title": …`, also behind `{`, `:`, `..` or `@`.
fn key(line: &str) -> Option<(String, &str)> {
    let line = line.trim_start_matches(['{', ',', '(']).trim_start();
    let line = [".. ", ":", "@", "% ", "// "].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
    let quote = line.chars().next().filter(|c| matches!(c, '"' | '\''));
    let line = quote.map_or(line, |quote| &line[quote.len_utf8()..]);
    let end = line.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.'))?;
    let (key, rest) = line.split_at(end);
    let rest = quote.map_or(Some(rest), |quote| rest.strip_prefix(quote))?.trim_start();
    let separator = rest.chars().next().filter(|c| matches!(c, ':' | '=' | '：'))?;
    let value = &rest[separator.len_utf8()..];
    // A full-width colon stands in sentences, too.
    let is_key = key.starts_with(|c: char| c.is_alphabetic() || c == '_') && (key.is_ascii() || separator != '：');
    // `https://…` and `10:30` are none.
    let is_apart = separator == '：' || value.is_empty() || value.starts_with([' ', '\t', '"', '\'', '[', '{']);
    (is_key && (is_apart || STRONG.iter().chain(&HIDING).any(|known| key.eq_ignore_ascii_case(known))))
        .then(|| (key.to_ascii_lowercase().replace('_', ""), value.trim()))
}

/// Whether a value is what such a key has, and not the rest of a sentence.
fn decides(value: &str) -> bool {
    let value = value.trim_end_matches([',', '}', ')']).trim().trim_matches(['"', '\'']);
    !value.is_empty() && !value.contains(char::is_whitespace) && value.chars().count() <= 40
}
