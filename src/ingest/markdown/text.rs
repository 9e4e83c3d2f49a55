//! The properties that an article's own text gives it: its headline, and where its summary ends.
//!
//! Knows nothing of front matter but the title that it gives; renders nothing.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::ingest::cjk;
use crate::ingest::clean::{MAX_SUMMARY, MAX_TITLE};
use crate::ingest::text::{is_blank, line};

/// A heading, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heading {
    pub text: String,
    pub range: Range<usize>,
}

/// The heading of the first level that is the article's headline and so no part of its text.
///
/// Without a title it is the first one; with a title only what says the same at the very beginning.
pub(super) fn heading(markdown: &str, title: &str) -> Option<Heading> {
    // Without either of these there is no heading of the first level (CommonMark §4.2 and 4.3).
    if !markdown.contains(['#', '=']) {
        return None;
    }
    let marked = cjk::marked(markdown);
    let mut depth = 0_usize;
    let mut open: Option<Heading> = None;
    // With attributes: `{#salt}` behind a headline is none of its words.
    for (event, range) in Parser::new_ext(&marked, Options::ENABLE_HEADING_ATTRIBUTES).into_offset_iter() {
        match (&event, &mut open) {
            (Event::End(TagEnd::Heading(HeadingLevel::H1)), Some(_)) => {
                let Heading { text, range } = open.take()?;
                let [start, end] = [range.start, range.end].map(|at| cjk::unmarked_offset(&marked, at));
                let found = Heading { text: line(&cjk::unmarked(text)), range: start..end };
                let is_title = match title {
                    "" => !is_blank(&found.text) && found.text.chars().count() <= MAX_TITLE,
                    title => found.text == line(title),
                };
                if is_title {
                    return Some(found);
                }
            }
            (Event::Text(text) | Event::Code(text), Some(heading)) => heading.text.push_str(text),
            (Event::SoftBreak | Event::HardBreak, Some(heading)) => heading.text.push(' '),
            (Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }), None) if depth == 0 => {
                open = Some(Heading { text: String::new(), range });
            }
            _ => {}
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if open.is_none() && !title.is_empty() {
            return None;
        }
    }
    None
}

/// The text before `<!--more-->`, which Hugo, Zola and Jekyll's users put behind what is to be read in lists.
pub(super) fn teaser(markdown: &str) -> Option<String> {
    if !markdown.contains("<!--") {
        return None;
    }
    let mut text = String::new();
    let mut in_heading = false;
    let marked = cjk::marked(markdown);
    for event in cjk::joined(Parser::new(&marked)) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) if is_more(&html) => {
                let text = line(&cjk::unmarked(text));
                return Some(text).filter(|text| !is_blank(text) && text.chars().count() <= MAX_SUMMARY);
            }
            Event::Start(Tag::Heading { .. }) => in_heading = true,
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Text(words) | Event::Code(words) if !in_heading => text.push_str(&words),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Item) => text.push(' '),
            _ => {}
        }
    }
    None
}

fn is_more(html: &str) -> bool {
    let comment = html.trim().strip_prefix("<!--").and_then(|inner| inner.strip_suffix("-->"));
    comment.is_some_and(|comment| comment.trim() == "more")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(markdown: &str, title: &str) -> Option<String> {
        heading(markdown, title).map(|heading| heading.text)
    }

    #[test]
    fn the_first_heading_of_the_first_level_is_the_title_if_there_is_none() {
        assert_eq!(text("引言。\n\n## 小节\n\n# 盐 *与* `灯` {#salt}\n\n# 二\n", "").as_deref(), Some("盐 与 灯"));
        assert_eq!(text("盐都\n====\n", "").as_deref(), Some("盐都"));
        let marked = "从**“桥”**说起\n\n# 看**“井”**去\n\n文。\n";
        let found = heading(marked, "").expect("a headline");
        assert_eq!((found.text.as_str(), &marked[found.range]), ("看“井”去", "# 看**“井”**去\n"));
        for none in ["", "## 二级\n", "```\n# 注释\n```\n", "> # 引文\n", "- # 列表\n", "#\n", "#盐\n"] {
            assert_eq!(text(none, ""), None, "{none}");
        }
    }

    #[test]
    fn a_heading_that_repeats_the_title_is_found_only_at_the_beginning() {
        assert_eq!(heading("\n# 盐  都\n\n正文。\n", "盐 都").map(|heading| heading.range), Some(1..12));
        for other in ["正文。\n\n# 盐都\n", "# 灯都\n\n# 盐都\n", "## 盐都\n"] {
            assert_eq!(text(other, "盐都"), None, "{other}");
        }
    }

    #[test]
    fn what_stands_before_the_mark_is_the_summary() {
        assert_eq!(teaser("# 题\n\n一**段**。\n\n<!-- more -->\n\n二。").as_deref(), Some("一段。"));
        assert_eq!(teaser("**一：**句，\n二句。\n\n<!--more-->\n").as_deref(), Some("一：句，二句。"));
        assert_eq!(teaser("一句。<!--more-->二句。").as_deref(), Some("一句。"));
        for none in ["一。", "<!--more-->\n二。", "`<!--more-->`", "<!-- 其他 -->"] {
            assert_eq!(teaser(none), None, "{none}");
        }
    }
}
