//! Plain-text pages: a title, paragraphs and short headings, then `- •` headlines of further articles.
//!
//! Knows nothing of HTML cleaning; it writes paragraphs and headings and escapes what stands in them.

use std::io::Read;
use std::path::Path;

use super::text::escape;
use super::{Fault, Found, MAX_INPUT};
use crate::article::{Draft, Time};

/// A longer line is a paragraph, whatever it ends with; in characters.
const LONGEST_HEADING: usize = 40;

/// The characters that end a sentence, and so make even a short line a paragraph.
const SENTENCE_ENDS: &[char] =
    &['。', '！', '？', '…', '；', '，', '：', '.', '!', '?', ';', ',', ':', '」', '”', '’', '）', ')', '"'];

/// Reads a page: its article first, then one for each headline, each a second older than the one before.
pub(super) fn read(path: &Path, reader: impl Read, modified: Option<Time>) -> Result<Vec<Found>, Fault> {
    let mut bytes = Vec::new();
    let limit = MAX_INPUT as u64 + 1;
    reader.take(limit).read_to_end(&mut bytes).map_err(|e| Fault::of(path, format!("cannot be read: {e}")))?;
    if bytes.len() > MAX_INPUT {
        return Err(Fault::of(path, format!("the page is longer than {MAX_INPUT} bytes")));
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        Fault::at(path, line as u64, "is not UTF-8 text")
    })?;
    let lines = numbered(text);
    let body_ends = lines.iter().rposition(|(_, line)| headline(line).is_none()).map_or(0, |at| at + 1);
    let (body, headlines) = lines.split_at(body_ends);
    let Some(((line, title), paragraphs)) = body.split_first() else {
        return Err(Fault::of(path, "has no title: the first line of a page is its title"));
    };
    let assumed = |nth: usize| modified.map(|at| at.plus(-(nth as i64)));
    let mut found = vec![at(*line, draft(title, Some(html(paragraphs))), assumed(0))];
    for (line, text) in headlines {
        let title = headline(text).unwrap_or(text);
        found.push(at(*line, draft(title, None), assumed(found.len())));
    }
    Ok(found)
}

fn at(line: u64, draft: Draft, assumed: Option<Time>) -> Found {
    Found { line, draft, assumed, ..Found::default() }
}

/// The lines that are not empty, with their numbers.
fn numbered(text: &str) -> Vec<(u64, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate().map(|(n, line)| (n as u64 + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty()).collect()
}

/// The headline of a `- •` line.
fn headline(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('-')?.trim_start();
    Some(rest.strip_prefix('•')?.trim())
}

/// A draft whose own id is its normalised headline (rule 4): one space for any run of white space, none at the ends.
fn draft(title: &str, html: Option<String>) -> Draft {
    let id = title.split_whitespace().collect::<Vec<_>>().join(" ");
    Draft { id, title: title.to_owned(), html, ..Draft::default() }
}

fn html(lines: &[(u64, &str)]) -> String {
    lines
        .iter()
        .map(|(_, line)| match (headline(line), is_heading(line)) {
            (Some(item), _) => format!("<p>• {}</p>\n", escape(item)),
            (None, true) => format!("<h2>{}</h2>\n", escape(line)),
            (None, false) => format!("<p>{}</p>\n", escape(line)),
        })
        .collect()
}

fn is_heading(line: &str) -> bool {
    line.chars().count() <= LONGEST_HEADING && !line.ends_with(SENTENCE_ENDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\u{feff}盐井旁的小学\n\n秋天，孩子们去看井。\r\n井边的一课\n老师讲了<b>卤水</b>。\n- • 灯会开幕\n- •  柑橘  丰收 \n\n";

    #[test]
    fn a_page_is_its_article_and_its_headlines() {
        let found = read(Path::new("p.txt"), PAGE.as_bytes(), Some(Time(1000))).expect("a page");
        let titles: Vec<_> = found.iter().map(|f| (f.line, f.draft.title.as_str(), f.assumed)).collect();
        let expected = [(1, "盐井旁的小学", 1000), (6, "灯会开幕", 999), (7, "柑橘  丰收", 998)];
        assert_eq!(titles, expected.map(|(line, title, at)| (line, title, Some(Time(at)))));
        assert_eq!(found[2].draft.id, "柑橘 丰收");
        let html = "<p>秋天，孩子们去看井。</p>\n<h2>井边的一课</h2>\n<p>老师讲了&lt;b&gt;卤水&lt;/b&gt;。</p>\n";
        assert_eq!(found[0].draft.html.as_deref(), Some(html));
        assert_eq!(found[1].draft.html, None);
    }

    #[test]
    fn a_page_without_title_and_a_page_that_is_not_utf_8_are_faults() {
        let fault = read(Path::new("p.txt"), "\n\n- • 灯会\n".as_bytes(), None).expect_err("no title");
        assert!(fault.to_string().starts_with("p.txt: has no title"));
        let fault = read(Path::new("p.txt"), &b"a\nb\xff\n"[..], None).expect_err("not UTF-8");
        assert_eq!(fault.to_string(), "p.txt:2: is not UTF-8 text");
    }
}
