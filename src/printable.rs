//! Text from outside as a terminal can show it: control characters are escaped, so that no name or value can move the
//! cursor, reorder what stands around it or pretend to be another line.
//!
//! Knows nothing of where text comes from or goes to.

use std::borrow::Cow;

/// A name or a value: on one line, without a tab.
pub fn field(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

/// Text of our own in which names and values may stand: it keeps its lines and columns.
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_hidden(c) && c != '\n' && c != '\t')
}

/// Whether a terminal obeys a character instead of showing it: controls (C0, DEL, C1), separators of lines, and what
/// turns the direction of the text around it (Unicode Standard Annex #9 §2).
pub fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' if hidden(c) => escaped.push_str("\\n"),
            '\t' if hidden(c) => escaped.push_str("\\t"),
            // None lies beyond U+FFFF; so written, they mean the same within JSON.
            c if hidden(c) => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn controls_are_escaped_and_all_other_letters_stay() {
        assert_eq!(field("盐\u{1b}[31m\t井\n\u{202e}\u{9b}\u{7f}"), "盐\\u001b[31m\\t井\\n\\u202e\\u009b\\u007f");
        assert_eq!(lines("盐\t井\n\r\u{2066}"), "盐\t井\n\\u000d\\u2066");
        assert!(matches!(field("盐井 & «مرحبا» 👩‍🌾"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in any::<String>()) {
            prop_assert!(!field(&text).contains(is_hidden));
            prop_assert!(!lines(&text).contains(|c| is_hidden(c) && c != '\n' && c != '\t'));
        }

        #[test]
        fn escaping_within_json_changes_nothing_that_it_means(text in any::<String>()) {
            let json = serde_json::to_string(&text).expect("a text");
            prop_assert_eq!(serde_json::from_str::<String>(&lines(&json)).expect("JSON"), text);
        }
    }
}
