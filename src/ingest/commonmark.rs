//! CommonMark as HTML that is yet to be cleaned, and what of it would take too long to read.
//!
//! Knows nothing of front matter, of shortcodes or of what is kept.

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::html::MAX_DEPTH;
use super::refusal::Reason;
use super::{cjk, math};

/// Characters that may begin or end something within a line, of which each costs the parser more than a letter does.
const MARKS: [u8; 10] = *b"*_[]!`<\\&~";

/// The share of a text that may be such characters: one in so many, and so many in the shortest text.
const BYTES_PER_MARK: usize = 3;
const FEWEST_MARKS: usize = 4096;

/// The extensions that are read beside CommonMark.
const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_HEADING_ATTRIBUTES);

/// CommonMark with tables, footnotes, strikethrough, tasks, formulas, and ids of headings, as HTML.
pub(super) fn html(markdown: &str) -> Result<String, Reason> {
    check(markdown)?;
    let protected = math::protected(markdown, &math::formulas(markdown, &code_beside(markdown, ['$', '\\'])));
    let marked = cjk::marked(&protected);
    let mut rendered = String::with_capacity(markdown.len() * 3 / 2);
    let mut braced = None;
    let events = Parser::new_ext(&marked, OPTIONS).flat_map(|event| spoken(event, &mut braced)).map(ticked);
    let events = cjk::joined(events);
    // Only links need the ids.
    if markdown.contains("](#") || markdown.contains("href=\"#") || markdown.contains("]: #") {
        let mut events: Vec<Event<'_>> = events.collect();
        name_headings(&mut events);
        html::push_html(&mut rendered, events.into_iter());
    } else {
        html::push_html(&mut rendered, events);
    }
    Ok(cjk::unmarked(rendered))
}

/// Where code stands: in spans and blocks, and in HTML that shows it.
pub(super) fn code(markdown: &str) -> Vec<Range<usize>> {
    let events = Parser::new(markdown).into_offset_iter();
    let code = events.filter(|(event, range)| match event {
        Event::Code(_) | Event::Start(Tag::CodeBlock(_)) => true,
        Event::Start(Tag::HtmlBlock) => markdown[range.clone()].trim_start().starts_with("<pre"),
        _ => false,
    });
    code.map(|(_, range)| range).collect()
}

/// The same, if there is any of these characters beside it.
fn code_beside(markdown: &str, characters: [char; 2]) -> Vec<Range<usize>> {
    if markdown.contains(characters) { code(markdown) } else { Vec::new() }
}

/// Words in braces behind a heading, which the parser takes for attributes, are words.
fn spoken<'m>(event: Event<'m>, braced: &mut Option<String>) -> impl Iterator<Item = Event<'m>> + use<'m> {
    if let Event::Start(Tag::Heading { id: None, classes, attrs, .. }) = &event {
        let is_words = classes.is_empty() && !attrs.is_empty() && attrs.iter().all(|(_, value)| value.is_none());
        let words = || attrs.iter().map(|(name, _)| name.as_ref()).collect::<Vec<_>>().join(" ");
        // kramdown has its colon there.
        *braced = Some(()).filter(|()| is_words && attrs[0].0.as_ref() != ":").map(|()| format!(" {{{}}}", words()));
    }
    let words = braced.take_if(|_| matches!(event, Event::End(TagEnd::Heading(_))));
    words.map(|words| Event::Text(words.into())).into_iter().chain([event])
}

/// A task's box as a character: forms are not kept.
fn ticked(event: Event<'_>) -> Event<'_> {
    match event {
        Event::TaskListMarker(true) => Event::Text("☑ ".into()),
        Event::TaskListMarker(false) => Event::Text("☐ ".into()),
        other => other,
    }
}

/// Gives headings without an id the one that GitHub and most generators make of their words, so that a table of contents
/// written by hand leads to them.
fn name_headings(events: &mut [Event<'_>]) {
    let mut named: HashMap<String, usize> = HashMap::new();
    let mut open: Option<(usize, String)> = None;
    for at in 0..events.len() {
        match &events[at] {
            Event::Start(Tag::Heading { id: None, .. }) => open = Some((at, String::new())),
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, words)) = &mut open {
                    words.push_str(text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let Some((start, words)) = open.take() else { continue };
                let slug = slug(&cjk::unmarked(words));
                let times = named.entry(slug.clone()).or_default();
                let unique = if *times == 0 { slug } else { format!("{slug}-{times}") };
                *times += 1;
                if let Event::Start(Tag::Heading { id, .. }) = &mut events[start] {
                    *id = Some(CowStr::from(unique)).filter(|id| !id.is_empty());
                }
            }
            _ => {}
        }
    }
}

/// Words as the id of their heading.
pub(super) fn slug(words: &str) -> String {
    let kept = |c: char| match c {
        ' ' | '\n' => Some('-'),
        '-' | '_' => Some(c),
        c => c.is_alphanumeric().then_some(c),
    };
    words.trim().to_lowercase().chars().filter_map(kept).collect()
}

/// Says why a text cannot be parsed in a time that its length is worth, before it is.
pub(super) fn check(markdown: &str) -> Result<(), Reason> {
    if markdown.lines().any(|line| depth(line) > MAX_DEPTH) {
        return Err(Reason::TooDeep(MAX_DEPTH));
    }
    let marks = markdown.bytes().filter(|b| MARKS.contains(b)).count();
    if marks > FEWEST_MARKS + markdown.len() / BYTES_PER_MARK { Err(Reason::Tangled) } else { Ok(()) }
}

/// The number of quotes and lists that a line can begin or go on with (CommonMark §5.1 and 5.2).
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

    /// What stands in the one paragraph.
    fn paragraph(markdown: &str) -> String {
        let html = html(markdown).expect("a text");
        html.trim_end().trim_start_matches("<p>").trim_end_matches("</p>").to_owned()
    }

    #[test]
    fn emphasis_beside_chinese_punctuation_is_what_its_writer_means() {
        for (markdown, html) in [
            ("**工期：**三个月", "<strong>工期：</strong>三个月"),
            ("从**“桥”**项目", "从<strong>“桥”</strong>项目"),
            ("三个月。**（一）**先行，*重点。*后续", "三个月。<strong>（一）</strong>先行，<em>重点。</em>后续"),
            ("见**[公告](/a)**全文", "见<strong><a href=\"/a\">公告</a></strong>全文"),
            ("用**`盐`**字", "用<strong><code>盐</code></strong>字"),
            ("~~旧价：~~新价", "<del>旧价：</del>新价"),
            ("***“井”***深", "<em><strong>“井”</strong></em>深"),
            ("**井，**A座", "<strong>井，</strong>A座"),
            ("*一*，*二*", "<em>一</em>，<em>二</em>"),
            ("**『灯』**을", "<strong>『灯』</strong>을"),
        ] {
            assert_eq!(paragraph(markdown), html);
        }
    }

    #[test]
    fn emphasis_elsewhere_is_commonmarks_own() {
        for markdown in
            ["a**“b”**c", "**a:**b", "2*3*4 盐", "** 井 **", "\\*井：\\*盐", "`**井：**盐`", "盐 * 井", "**井"]
        {
            let mut plain = String::new();
            html::push_html(&mut plain, Parser::new(markdown));
            assert_eq!(html(markdown).expect("a text"), plain, "{markdown}");
        }
        assert_eq!(paragraph("[井](/a**：b**盐)"), "<a href=\"/a**%EF%BC%9Ab**%E7%9B%90\">井</a>");
    }

    #[test]
    fn a_line_break_between_ideographs_is_no_space() {
        for (markdown, html) in [
            ("第一行，\n第二行。", "第一行，第二行。"),
            ("他说：\n“好”\n就走", "他说：“好”就走"),
            ("**盐井**\n*灯会*", "<strong>盐井</strong><em>灯会</em>"),
            ("盐\nsalt", "盐\nsalt"),
            ("salt\nwell", "salt\nwell"),
            ("“salt”\n“well”", "“salt”\n“well”"),
            ("소금\n우물", "소금\n우물"),
            ("盐  \n井", "盐<br />\n井"),
            ("盐\n<b>井</b>", "盐\n<b>井</b>"),
        ] {
            assert_eq!(paragraph(markdown), html);
        }
        assert_eq!(html("```\n盐\n井\n```\n").expect("a text"), "<pre><code>盐\n井\n</code></pre>\n");
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
