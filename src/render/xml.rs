//! The one place where text is escaped for markup by hand, and what both XML formats share.
//!
//! Knows nothing of elements; characters that XML forbids were removed at ingest (rule 9).

use std::borrow::Cow;

/// The namespace in which an archive page says that it is one (RFC 5005 §4).
pub(super) const HISTORY: &str = "http://purl.org/syndication/history/1.0";

/// Text as it may stand between tags and between quotes, in XML and in HTML alike: hence no `&apos;`.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let mut escaped = String::new();
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'')) {
        if escaped.is_empty() {
            escaped.reserve(text.len() + text.len() / 4 + 8);
        }
        escaped.push_str(&rest[..at]);
        escaped.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        });
        rest = &rest[at + 1..];
    }
    if escaped.is_empty() {
        return Cow::Borrowed(text);
    }
    escaped.push_str(rest);
    Cow::Owned(escaped)
}

/// The markup with some of its references spelled otherwise: each `(reference, instead)`, in one pass.
pub(super) fn respelled(markup: &str, references: &[(&str, &str)]) -> String {
    let mut respelled = String::with_capacity(markup.len() + markup.len() / 16);
    let mut rest = markup;
    while let Some(at) = rest.bytes().position(|byte| byte == b'&') {
        let (before, reference) = rest.split_at(at);
        let (taken, instead) = references.iter().find(|(taken, _)| reference.starts_with(taken)).unwrap_or(&("&", "&"));
        respelled.push_str(before);
        respelled.push_str(instead);
        rest = &reference[taken.len()..];
    }
    respelled.push_str(rest);
    respelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_means_markup_is_left() {
        assert_eq!(escape("<a b=\"c\">'&amp;'</a>"), "&lt;a b=&quot;c&quot;&gt;&#39;&amp;amp;&#39;&lt;/a&gt;");
        assert!(matches!(escape("盐井 𨋢"), Cow::Borrowed(_)));
    }
}
