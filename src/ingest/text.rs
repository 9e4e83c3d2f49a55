//! Plain text: what XML forbids is removed, summaries are cut where a reader would.
//!
//! Knows nothing of HTML beyond escaping and of what a text is for. Unicode is otherwise left as it came: no
//! normalisation, which would rewrite CJK compatibility ideographs.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

/// The length of a cut summary, in columns; a Han character takes two.
const SUMMARY_COLUMNS: usize = 240;

/// Sentence ends of Chinese; those of English need a space behind them.
const FULL_STOPS: &[&str] = &["。", "！", "？"];

/// Whether feeds can carry a character: XML 1.0 allows it, and no validator takes it for damage.
///
/// XML's production 2 allows U+007F to U+009F, but discourages them, and finds them where Windows-1252 was taken for
/// Unicode; U+FFFD is what is left of a character that was lost before it came to us.
pub fn is_clean(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffd}'..='\u{ffff}')
        && (u32::from(c) & 0xfffe) != 0xfffe
        && !matches!(c, '\u{fdd0}'..='\u{fdef}')
}

/// Whether UTF-8 may hold a character that is not clean. Two looks at the bytes spare nearly every text the decoding.
///
/// Such characters begin with a control character, or C2 and less than A0 (U+0080 to U+009F), or EF and B7 or BF
/// (U+FDC0 to U+FDFF, U+FFC0 to U+FFFF), or F0 and more (all beyond U+FFFF).
fn is_doubtful(text: &[u8]) -> bool {
    let pairs = text.iter().zip(text.get(1..).unwrap_or_default());
    // Without a way out before the end, both become a few instructions for sixteen bytes at once.
    let alone = text.iter().fold(false, |any, &b| {
        any | ((b < b' ') & (b != b'\t') & (b != b'\n') & (b != b'\r')) | (b == 0x7f) | (b >= 0xf0)
    });
    alone
        | pairs
            .fold(false, |any, (&a, &b)| any | ((a == 0xc2) & (b < 0xa0)) | ((a == 0xef) & ((b == 0xb7) | (b == 0xbf))))
}

/// The text without the characters that feeds cannot carry.
pub fn strip(text: &str) -> Cow<'_, str> {
    if !is_doubtful(text.as_bytes()) || text.chars().all(is_clean) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| is_clean(*c)).collect())
    }
}

/// Whether there is nothing to be seen: only white space, of any script, and characters without width.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}'))
}

/// One clean line: every run of ASCII white space is one space, and there is none at the ends.
pub fn line(text: &str) -> String {
    strip(text).split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// One clean line of a text that is meant to be plain, without markup that was left in it.
///
/// An end tag says that it is markup: readers that take titles for HTML would swallow it, and the validator warns.
/// Without one, `<` is a character like any other.
pub fn plain(text: &str) -> String {
    let mut text = line(text);
    for _ in 0..MAX_STRIPS {
        if !has_end_tag(&text) {
            return text;
        }
        text = line(&without_tags(&text));
    }
    // What goes on making tags of what stood around them is no text that anybody wrote.
    if has_end_tag(&text) { line(&text.replace('<', "")) } else { text }
}

/// The passes that take tags out of a text: the text around a tag can make another.
const MAX_STRIPS: usize = 8;

/// The name that a line gives somebody, in `mail (Name)`, `Name <mail>` or alone. A mail address names nobody, and is
/// nothing to publish.
pub fn without_mail(line: &str) -> Option<String> {
    // A name on a network begins with the sign.
    let is_mail = |word: &str| word.trim_start_matches(['(', '<', '（', '"', '\'']).find('@').is_some_and(|at| at > 0);
    let inner = line.split_once(['(', '（']).and_then(|(before, rest)| {
        let (inner, _) = rest.split_once([')', '）'])?;
        (is_mail(before) && !is_mail(inner)).then_some(inner)
    });
    let words = inner.unwrap_or(line).split_whitespace().filter(|word| !is_mail(word));
    let name = words.collect::<Vec<_>>().join(" ");
    let name = name.trim_matches(['"', ',', ';', ' ']);
    (!name.is_empty()).then(|| name.to_owned())
}

fn has_end_tag(text: &str) -> bool {
    text.split('<').skip(1).filter_map(|tag| tag.strip_prefix('/')).any(|tag| {
        let name = tag.split_once('>').map_or("", |(name, _)| name);
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}

/// The text without whatever looks like a tag.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    // Behind the last end of a tag none begins, and between slashes and a name nothing is looked for again and again.
    let ends = text.rfind('>').map_or(0, |at| at + 1);
    let (mut rest, beyond) = text.split_at(ends);
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        plain.push_str(before);
        let name = tag[1..].trim_start_matches('/');
        let is_tag = name.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let end = if is_tag { tag.find('>') } else { None };
        plain.push_str(if end.is_some() { "" } else { "<" });
        rest = &tag[end.unwrap_or(0) + 1..];
    }
    plain + rest + beyond
}

/// The text for use between tags or in an attribute in double quotes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Paragraphs apart by empty lines as HTML; a line break within one stays a break.
pub fn paragraphs(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    let mut open = false;
    for line in text.lines().map(str::trim) {
        match (line.is_empty(), open) {
            (true, true) => html.push_str("</p>\n"),
            (true, false) => continue,
            (false, true) => html.push_str("<br>\n"),
            (false, false) => html.push_str("<p>"),
        }
        open = !line.is_empty();
        html.push_str(&escape(line));
    }
    if open {
        html.push_str("</p>\n");
    }
    html
}

/// Where a summary ends at the latest, in bytes of what it is made of.
const SUMMARY_SOURCE: usize = 4 * 1024;

/// A summary of a text: whole if it is short, else cut behind a sentence, at a space, or between two graphemes.
pub fn summary(text: &str) -> String {
    shortened(text, SUMMARY_COLUMNS)
}

/// The same of another length, in columns.
pub fn shortened(text: &str, limit: usize) -> String {
    let text = plain(&text[..text.floor_char_boundary(SUMMARY_SOURCE)]);
    let mut columns = 0;
    let mut sentence = None;
    let mut space = None;
    let mut ended = false;
    for (at, grapheme) in text.grapheme_indices(true) {
        if grapheme == " " {
            space = Some(at);
            sentence = if ended { Some(at) } else { sentence };
        }
        columns += width(grapheme);
        if columns > limit {
            return cut(&text, at, sentence, space);
        }
        if FULL_STOPS.contains(&grapheme) {
            sentence = Some(at + grapheme.len());
        }
        ended = matches!(grapheme, "." | "!" | "?");
    }
    text
}

/// Cuts at the last sentence, else at the last space, if either leaves at least half; else at the limit.
fn cut(text: &str, limit: usize, sentence: Option<usize>, space: Option<usize>) -> String {
    let enough = |at: &usize| *at >= limit / 2;
    match (sentence.filter(enough), space.filter(enough)) {
        (Some(at), _) => text[..at].to_owned(),
        (None, at) => format!("{}…", text[..at.unwrap_or(limit)].trim_end()),
    }
}

/// The columns that a grapheme takes: two from the CJK radicals on, where nearly everything is wide.
fn width(grapheme: &str) -> usize {
    if grapheme.chars().next().is_some_and(|c| c >= '\u{2e80}') { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_character_that_is_not_clean_is_doubtful() {
        let unclean = ('\0'..=char::MAX).filter(|c| !is_clean(*c));
        for c in unclean {
            assert!(is_doubtful(c.to_string().as_bytes()), "{c:?}");
        }
    }

    #[test]
    fn what_xml_forbids_is_removed_and_nothing_else() {
        assert_eq!(strip("a\0b\u{8}\u{b}\u{1b}\u{fffe}\u{ffff}\u{1ffff}c\t\n\r"), "abc\t\n\r");
        let kept = "𨋢𠮷\u{f900}\u{fe0f}👨‍👩‍👧\u{200f}\u{e0100}é";
        assert_eq!(strip(kept), kept);
    }

    #[test]
    fn plain_text_keeps_its_angle_brackets_unless_an_end_tag_makes_them_markup() {
        assert_eq!(plain("a < b, <b> and 1 > 0"), "a < b, <b> and 1 > 0");
        assert_eq!(plain("<b class=\"x\">盐</b>井 <br> <3"), "盐井 <3");
        assert_eq!(plain("<</b>/b>盐</i>"), "盐");
    }

    #[test]
    fn a_summary_ends_behind_a_sentence() {
        let text = format!("{}。{}。{}", "盐".repeat(60), "井".repeat(40), "灯".repeat(80));
        assert_eq!(summary(&text), format!("{}。{}。", "盐".repeat(60), "井".repeat(40)));
        let english = format!("{} end. {}", "salt ".repeat(30), "well ".repeat(40));
        assert!(summary(&english).ends_with(" end."), "{}", summary(&english));
    }

    #[test]
    fn a_summary_without_sentences_is_cut_between_graphemes() {
        let family = "👨‍👩‍👧";
        let cut = summary(&family.repeat(200));
        assert_eq!(cut, format!("{}…", family.repeat(SUMMARY_COLUMNS / 2)));
        assert!(summary(&"word ".repeat(100)).ends_with("word…"));
    }

    proptest! {
        #[test]
        fn no_character_that_is_not_clean_escapes_a_look_at_the_bytes(text in any::<String>(), c in any::<char>()) {
            for text in [text, c.to_string()] {
                prop_assert!(is_doubtful(text.as_bytes()) || text.chars().all(is_clean), "{text:?}");
            }
        }

        #[test]
        fn a_summary_is_bounded_and_one_line(text in "\\PC{0,600}") {
            let summary = summary(&text);
            prop_assert!(summary.graphemes(true).map(width).sum::<usize>() <= SUMMARY_COLUMNS + 1);
            prop_assert!(!summary.contains('\n'));
        }

        #[test]
        fn plain_text_has_no_end_tag(text in "[</>ab 盐]{0,60}") {
            prop_assert!(!has_end_tag(&plain(&text)));
        }
    }
}
