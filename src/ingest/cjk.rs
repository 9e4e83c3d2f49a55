//! CommonMark as Chinese, Japanese and Korean writers mean it: emphasis beside their punctuation, and lines that join
//! without a space.
//!
//! Emphasis follows the CJK-friendly amendments (github.com/tats-u/markdown-cjk-friendly): an ideograph or its punctuation
//! beside a delimiter counts as a letter. The parser knows nothing of that; so a mark that it takes for a letter is put
//! where it needs one, and taken away again. Underscores are left alone: in running Chinese they open nothing anyway.

use std::borrow::Cow;
use std::collections::VecDeque;

use pulldown_cmark::{Event, Tag, TagEnd};

/// A noncharacter, which no text holds and which is neither white space nor punctuation to the parser.
const MARK: char = '\u{fdd0}';

/// The same in an address.
const MARK_IN_URL: &str = "%EF%B7%90";

/// Delimiters of emphasis and strikethrough.
const DELIMITERS: [char; 2] = ['*', '~'];

/// Blocks whose characters are ideographs, syllables, or punctuation that goes with them.
const CJK: [(char, char); 8] = [
    ('\u{1100}', '\u{11ff}'),
    ('\u{2e80}', '\u{a4cf}'),
    ('\u{a960}', '\u{a97f}'),
    ('\u{ac00}', '\u{d7ff}'),
    ('\u{f900}', '\u{faff}'),
    ('\u{fe30}', '\u{fe6f}'),
    ('\u{ff00}', '\u{ffef}'),
    ('\u{20000}', '\u{3ffff}'),
];

/// Korean, which has spaces between words.
const HANGUL: [(char, char); 4] =
    [('\u{1100}', '\u{11ff}'), ('\u{3130}', '\u{318f}'), ('\u{a960}', '\u{a97f}'), ('\u{ac00}', '\u{d7ff}')];

fn within(blocks: &[(char, char)], c: char) -> bool {
    blocks.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

fn is_cjk(c: char) -> bool {
    within(&CJK, c)
}

/// The text with marks where a delimiter stands between punctuation and a letter, and either is CJK: seen from such a
/// delimiter, what is punctuation counts as a letter.
pub(super) fn marked(markdown: &str) -> Cow<'_, str> {
    if markdown.is_ascii() || !markdown.contains(DELIMITERS) {
        return Cow::Borrowed(markdown);
    }
    let mut marked = String::with_capacity(markdown.len() + markdown.len() / 16);
    let mut rest = markdown;
    while let Some(begins) = rest.find(DELIMITERS) {
        let delimiter = &rest[begins..=begins];
        let length = rest[begins..].bytes().take_while(|b| *b == delimiter.as_bytes()[0]).count();
        let (before, run) = (&rest[..begins], &rest[begins..begins + length]);
        marked.push_str(before);
        // Behind another run, its delimiter.
        let previous = marked.chars().rev().find(|c| *c != MARK).filter(|c| !c.is_whitespace());
        let next = rest[begins + length..].chars().next().filter(|c| !c.is_whitespace());
        match (previous, next) {
            (Some(previous), Some(next)) if is_cjk(previous) || is_cjk(next) => {
                let is_letter = (previous.is_alphanumeric(), next.is_alphanumeric());
                // A delimiter behind a backslash is none, and stays so.
                if is_letter == (false, true) && previous != '\\' {
                    marked.push(MARK);
                }
                marked.push_str(run);
                if is_letter == (true, false) {
                    marked.push(MARK);
                }
            }
            _ => marked.push_str(run),
        }
        rest = &rest[begins + length..];
    }
    marked.push_str(rest);
    Cow::Owned(marked)
}

/// A rendered text without the marks.
pub(super) fn unmarked(text: String) -> String {
    if !text.contains(MARK) && !text.contains(MARK_IN_URL) {
        return text;
    }
    text.replace(MARK, "").replace(MARK_IN_URL, "")
}

/// Where a place in a marked text is without the marks.
pub(super) fn unmarked_offset(marked: &str, at: usize) -> usize {
    at - marked[..at].matches(MARK).count() * MARK.len_utf8()
}

/// The events without line breaks between characters that go without spaces (CSS Text 4 §4.1.3).
pub(super) fn joined<'m>(events: impl Iterator<Item = Event<'m>>) -> impl Iterator<Item = Event<'m>> {
    Joined { events, ahead: VecDeque::new(), last: None }
}

struct Joined<'m, I> {
    events: I,
    /// Events that were looked at before their turn.
    ahead: VecDeque<Event<'m>>,
    /// The last character of this line.
    last: Option<char>,
}

impl<'m, I: Iterator<Item = Event<'m>>> Iterator for Joined<'m, I> {
    type Item = Event<'m>;

    fn next(&mut self) -> Option<Event<'m>> {
        loop {
            let event = self.ahead.pop_front().or_else(|| self.events.next())?;
            if matches!(event, Event::SoftBreak)
                && let Some(last) = self.last
                && self.first_ahead().is_some_and(|first| joins(last, first))
            {
                continue;
            }
            match &event {
                Event::Text(text) | Event::Code(text) => {
                    self.last = text.chars().rev().find(|c| *c != MARK).or(self.last)
                }
                inline if is_transparent(inline) => {}
                _ => self.last = None,
            }
            return Some(event);
        }
    }
}

impl<'m, I: Iterator<Item = Event<'m>>> Joined<'m, I> {
    /// The first character of the next line, if it begins with text.
    fn first_ahead(&mut self) -> Option<char> {
        let mut nth = 0;
        loop {
            if nth == self.ahead.len() {
                self.ahead.push_back(self.events.next()?);
            }
            match &self.ahead[nth] {
                Event::Text(text) | Event::Code(text) => match text.chars().find(|c| *c != MARK) {
                    Some(first) => return Some(first),
                    None => nth += 1,
                },
                inline if is_transparent(inline) => nth += 1,
                _ => return None,
            }
        }
    }
}

/// Whether text goes on within or behind this as if it were not there.
fn is_transparent(event: &Event<'_>) -> bool {
    use Tag::{Emphasis, Link, Strikethrough, Strong};
    match event {
        Event::Start(tag) => matches!(tag, Emphasis | Strong | Strikethrough | Link { .. }),
        Event::End(tag) => {
            matches!(tag, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link)
        }
        _ => false,
    }
}

/// The lines of a text as one, without a space where none belongs.
pub(super) fn one_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut whole = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        if !joined_ends(&whole, line) {
            whole.push(' ');
        }
        whole.push_str(line);
    }
    whole
}

/// A text without the spaces that stand in it for line breaks of its source, where none belongs.
pub(super) fn unfolded(text: String, source: &str) -> String {
    if text.is_ascii() || !text.contains(' ') || !source.contains('\n') {
        return text;
    }
    let (mut unfolded, mut rest) = (String::with_capacity(text.len()), text.as_str());
    let source = source.strip_prefix(['"', '\'']).unwrap_or(source);
    let mut lines = source.lines().map(str::trim).peekable();
    while let (Some(line), Some(next)) = (lines.next(), lines.peek()) {
        // As much of the line's end as tells it from others.
        let at = line.char_indices().rev().nth(LINE_END).map_or(0, |(at, _)| at);
        let end = &line[at..];
        let first = next.chars().next().filter(|_| joined_ends(end, next));
        if let Some(found) = first.and_then(|first| rest.find(&format!("{end} {first}"))) {
            unfolded.push_str(&rest[..found + end.len()]);
            rest = &rest[found + end.len() + 1..];
        }
    }
    unfolded + rest
}

/// The number of characters at a line's end that are looked for, less one.
const LINE_END: usize = 15;

fn joined_ends(line: &str, next: &str) -> bool {
    line.chars().next_back().zip(next.chars().next()).is_some_and(|(last, first)| joins(last, first))
}

/// Whether nothing stands between these two. Quotation marks, dashes and dots belong to what they stand beside.
fn joins(last: char, first: char) -> bool {
    let is_dense = |c: char| is_cjk(c) && !within(&HANGUL, c);
    let is_neutral = |c: char| matches!(c, '“' | '”' | '‘' | '’' | '—' | '…' | '·');
    let goes = |c: char| is_dense(c) || is_neutral(c);
    goes(last) && goes(first) && (is_dense(last) || is_dense(first))
}
