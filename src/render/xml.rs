//! The one place where text is escaped for markup by hand.
//!
//! Knows nothing of elements; characters that XML forbids were removed at ingest (rule 9 of the design).

use std::borrow::Cow;

/// Text as it may stand between tags and between quotes, in XML and in HTML alike: hence no `&apos;`.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + text.len() / 8 + 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
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
