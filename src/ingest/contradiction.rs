//! Whether a file is of the kind it is said to be: its name, or its first bytes, may say that it is not.
//!
//! Knows nothing of what a whole file holds. Read as another kind, an export's drafts would be published as they stand.

use std::path::Path;

use serde_json::Value;

use super::{Kind, markdown};

/// The most of a file that is looked at, in bytes.
pub(super) const HEAD: usize = 1 << 16;

/// The kinds of beginnings that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Xml,
    Html,
    Object,
    JsonFeed,
    JsonLines,
    FrontMatter,
    Other,
}

impl Look {
    fn of(head: &str) -> Self {
        let text = head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
        let begins = |starts: &[&str]| {
            starts.iter().any(|start| text.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start)))
        };
        match text {
            _ if begins(&["<?xml", "<rss", "<feed", "<rdf:", "<channel"]) => Self::Xml,
            _ if begins(&["<!doctype", "<html", "<head", "<body"]) => Self::Html,
            _ if text.starts_with('{') && !text.starts_with("{{") && !text.starts_with("{%") => Self::of_json(text),
            _ if markdown::keys_at_head(text).is_some() => Self::FrontMatter,
            _ => Self::Other,
        }
    }

    fn of_json(text: &str) -> Self {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let first = lines.next().unwrap_or_default();
        if text.contains("jsonfeed.org/version") || object(text).is_some_and(|whole| whole.contains_key("items")) {
            return Self::JsonFeed;
        }
        match object(first) {
            Some(_) if lines.next().is_some_and(|second| second.trim_start().starts_with("{\"")) => Self::JsonLines,
            // One article a file, or the front matter of a text.
            Some(fields) if ["html", "text", "markdown"].iter().any(|body| fields.contains_key(*body)) => {
                Self::JsonLines
            }
            _ => Self::Object,
        }
    }

    fn called(self) -> &'static str {
        match self {
            Self::Xml => "XML",
            Self::Html => "a page in HTML",
            Self::Object => "JSON",
            Self::JsonFeed => "a JSON Feed",
            Self::JsonLines => "JSON lines",
            Self::FrontMatter => "front matter",
            Self::Other => "text",
        }
    }

    /// Whether a file of the kind can begin so.
    fn fits(self, kind: Kind) -> bool {
        match kind {
            Kind::Feed => matches!(self, Self::Xml | Self::JsonFeed | Self::Object | Self::Html | Self::Other),
            Kind::Jsonl => matches!(self, Self::JsonLines | Self::Object | Self::Other),
            Kind::Markdown => matches!(self, Self::Object | Self::FrontMatter | Self::Other),
            Kind::Page => self == Self::Other,
        }
    }

    /// Whether it says of itself that it is of this kind, whatever its name.
    fn shows(self, kind: Kind) -> bool {
        match kind {
            Kind::Feed => matches!(self, Self::Xml | Self::JsonFeed),
            Kind::Jsonl => matches!(self, Self::JsonLines | Self::Object),
            Kind::Markdown => self == Self::FrontMatter,
            Kind::Page => false,
        }
    }
}

fn object(text: &str) -> Option<serde_json::Map<String, Value>> {
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

/// Why a file is hardly of this kind.
pub(super) fn reason(path: &Path, kind: Kind, head: &str) -> Option<String> {
    let look = Look::of(head);
    if !look.fits(kind) {
        return Some(format!("begins like {}, and not like {}", look.called(), called(kind)));
    }
    // A text may be called `.txt` whatever is in it.
    let named = Kind::guess(path).filter(|named| *named != kind && (*named, kind) != (Kind::Page, Kind::Markdown))?;
    if look.shows(kind) {
        return None;
    }
    Some(format!("is {} by its name, and was said to be {}", called(named), called(kind)))
}

fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::Page => "a page in plain text",
        Kind::Markdown => "Markdown",
        Kind::Jsonl => "JSON lines",
        Kind::Feed => "a feed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, kind: Kind, head: &str) -> bool {
        reason(Path::new(name), kind, head).is_some()
    }

    #[test]
    fn what_begins_like_another_kind_is_refused() {
        let line = "{\"id\":\"1\",\"title\":\"盐\",\"status\":\"draft\"}\n{\"id\":\"2\",\"title\":\"灯\"}\n";
        let feed = "{\n \"version\": \"https://jsonfeed.org/version/1.1\", \"items\": []}";
        for (kind, head) in [
            (Kind::Markdown, line),
            (Kind::Page, line),
            (Kind::Markdown, "{\"id\":\"1\",\"title\":\"盐\",\"text\":\"井\"}\n"),
            (Kind::Markdown, feed),
            (Kind::Jsonl, feed),
            (Kind::Page, "{\"title\": \"盐\"}\n\n井。\n"),
            (Kind::Markdown, "\u{feff}\n<?xml version=\"1.0\"?><rss></rss>"),
            (Kind::Page, "<rss version=\"2.0\">"),
            (Kind::Jsonl, "<feed xmlns=\"http://www.w3.org/2005/Atom\">"),
            (Kind::Page, "<!DOCTYPE html>\n<html>"),
            (Kind::Page, "---\ntitle: 盐\ndraft: true\n---\n井。\n"),
            (Kind::Page, "+++\ndraft = true\n+++\n井。\n"),
            (Kind::Page, "title: 盐\npublished: false\n---\n井。\n"),
            (Kind::Jsonl, "---\ntitle: 盐\n---\n"),
            (Kind::Feed, "---\ntitle: 盐\n---\n"),
        ] {
            assert!(refused("a", kind, head), "{kind:?}: {head}");
        }
    }

    #[test]
    fn a_name_that_says_another_kind_is_refused_unless_the_first_bytes_agree() {
        for (name, kind, head) in [
            ("a.jsonl", Kind::Markdown, "# 盐\n"),
            ("a.md", Kind::Page, "盐井\n\n文。\n"),
            ("a.xml", Kind::Page, "盐井\n"),
            ("a.md", Kind::Feed, "# 盐\n"),
        ] {
            assert!(refused(name, kind, head), "{name} as {kind:?}");
        }
        for (name, kind, head) in [
            ("a.txt", Kind::Markdown, "# 盐\n"),
            ("a.txt", Kind::Feed, "<?xml version=\"1.0\"?><rss/>"),
            ("a.json", Kind::Jsonl, "{\"id\":\"1\",\"title\":\"盐\"}\n"),
            ("a.md", Kind::Markdown, "{\"title\":\"盐\"}\n\n井。\n"),
            ("a.md", Kind::Markdown, "<div>井</div>\n"),
            ("a", Kind::Feed, "<!-- by a script -->\n<rss>"),
            ("a.php", Kind::Feed, "Warning: x\n<rss>"),
            ("a.txt", Kind::Page, "盐井：一口\n\n文。\n"),
        ] {
            assert!(!refused(name, kind, head), "{name} as {kind:?}: {:?}", reason(Path::new(name), kind, head));
        }
    }
}
