//! Character references, of XML and of HTML alike, as feeds hold both; a bare `&` is itself.
//!
//! Knows nothing of where the text stands.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use quick_xml::escape::resolve_html5_entity;

/// The longest name of an entity of HTML, and a number is shorter.
const MAX_NAME: usize = 32;

/// The character of a reference without its `&` and `;`; `None` if it has none.
pub(super) fn resolved(name: &str) -> Option<Cow<'static, str>> {
    let Some(number) = name.strip_prefix('#') else {
        return resolve_html5_entity(name).map(Cow::Borrowed);
    };
    let number = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    let number = number.ok()?;
    if let 0x80..=0x9f = number {
        // Numbers of windows-1252 were written for those of Unicode (HTML §13.2.5.80).
        return Some(WINDOWS_1252.decode_without_bom_handling(&[number as u8]).0.into_owned().into());
    }
    char::from_u32(number).map(|c| c.to_string().into())
}

/// The text with its references replaced by what they say; what is none stays as it is.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(MAX_NAME + 2).position(|b| b == b';');
        match end.and_then(|end| Some((end, resolved(&rest[1..end])?))) {
            Some((end, said)) => {
                decoded.push_str(&said);
                rest = &rest[end + 1..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_html_are_known_and_a_bare_ampersand_is_itself() {
        assert_eq!(decoded("a&nbsp;b &eacute;&#30416;&#x4e95;&amp;amp;"), "a\u{a0}b é盐井&amp;");
        assert_eq!(decoded("R&D; AT&T &; &#xd83d; &盐; &"), "R&D; AT&T &; &#xd83d; &盐; &");
        assert_eq!(decoded("it&#146;s"), "it’s");
    }
}
