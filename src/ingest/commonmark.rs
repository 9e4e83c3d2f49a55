//! CommonMark as HTML that is yet to be cleaned, and what of it would take too long to read.
//!
//! Knows nothing of front matter, of shortcodes or of what is kept.

use pulldown_cmark::{Options, Parser, html};

use super::html::MAX_DEPTH;
use super::refusal::Reason;

/// Characters that may begin or end something within a line, of which each costs the parser more than a letter does.
const MARKS: [u8; 10] = *b"*_[]!`<\\&~";

/// The share of a text that may be such characters: one in so many, and so many in the shortest text.
const BYTES_PER_MARK: usize = 3;
const FEWEST_MARKS: usize = 4096;

/// CommonMark with tables, footnotes and strikethrough, as HTML.
pub fn html(markdown: &str) -> Result<String, Reason> {
    check(markdown)?;
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    let mut rendered = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut rendered, Parser::new_ext(markdown, options));
    Ok(rendered)
}

/// Says why a text cannot be parsed in a time that its length is worth, before it is.
pub fn check(markdown: &str) -> Result<(), Reason> {
    if markdown.lines().any(|line| depth(line) > MAX_DEPTH) {
        return Err(Reason::TooDeep(MAX_DEPTH));
    }
    let marks = markdown.bytes().filter(|b| MARKS.contains(b)).count();
    if marks > FEWEST_MARKS + markdown.len() / BYTES_PER_MARK { Err(Reason::Tangled) } else { Ok(()) }
}

/// How many quotes and lists a line can begin or go on with (CommonMark §5.1 and 5.2).
fn depth(line: &str) -> usize {
    let of_containers =
        |b: &u8| matches!(b, b' ' | b'\t' | b'>' | b'-' | b'+' | b'*' | b'.' | b')') || b.is_ascii_digit();
    let marks = line.bytes().take_while(of_containers);
    marks.filter(|b| matches!(b, b'>' | b'-' | b'+' | b'*' | b'.' | b')')).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nested_too_deeply_or_made_of_marks_is_refused_unparsed() {
        for deep in ["> ", ">", "- ", "* * 1. ", "1) "] {
            assert_eq!(
                html(&format!("盐\n\n{}x", deep.repeat(MAX_DEPTH + 1))),
                Err(Reason::TooDeep(MAX_DEPTH)),
                "{deep}"
            );
        }
        for marks in ["[", "*a", "[a](", "`", "&", "]", "![", "\\"] {
            assert_eq!(html(&marks.repeat(50_000)), Err(Reason::Tangled), "{marks}");
        }
    }

    #[test]
    fn what_editors_write_is_rendered() {
        let row = "| 12 | **13** | [14](/14) |\n";
        let table = format!("| a | b | c |\n|---|---|---|\n{}", row.repeat(2000));
        let prose = "**盐井**在[大安](/daan)，`深`千米。\n\n> 灯会*开幕*。\n\n- 一\n  - 二\n\n---\n\n".repeat(5000);
        for markdown in [table, prose, "-".repeat(200), "&amp;&lt;b&gt;".repeat(300)] {
            assert!(html(&markdown).is_ok(), "{}", &markdown[..20]);
        }
    }
}
