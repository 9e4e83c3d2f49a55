//! Remarks that are meant for nobody but the writer, taken out of a text before anything is made of it: Obsidian's
//! `%%…%%`, kramdown's `{::comment}`, MDX' `{/*…*/}`, CriticMarkup's `{>>…<<}`, and references that are never used.
//!
//! Fails closed: a remark that does not end hides all that follows. Code is left as it is. Comments of HTML go when the
//! text is cleaned. Knows nothing of what else a text holds.

use std::borrow::Cow;
use std::ops::Range;

use super::commonmark::code;

/// The beginnings and ends of remarks.
const MARKS: [(&str, &str); 4] = [("%%", "%%"), (KRAMDOWNS, "{:/"), ("{/*", "*/}"), ("{>>", "<<}")];

/// kramdown's beginning, whose end may repeat its name.
const KRAMDOWNS: &str = "{::comment}";

/// The beginnings of references that say something to nobody.
const REFERENCES: [&str; 3] = ["[//]:", "[comment]:", "[_]:"];

/// The passes over a text: a remark may have hidden the beginning of code.
const MAX_LOOKS: usize = 4;

/// The rest of a text, and the mark of the remark that hides its end, if one does.
pub(super) fn without(markdown: &str) -> (Cow<'_, str>, Option<&'static str>) {
    let (mut text, mut endless) = (Cow::Borrowed(markdown), None);
    for nth in 1..=MAX_LOOKS {
        if !MARKS.iter().any(|(mark, _)| text.contains(mark)) {
            break;
        }
        let Some(looked) = look(&text, nth == MAX_LOOKS) else { break };
        text = Cow::Owned(looked.text);
        endless = endless.or(looked.endless);
    }
    if REFERENCES.iter().any(|reference| text.contains(reference)) {
        text = Cow::Owned(without_references(&text));
    }
    (text, endless)
}

struct Looked {
    text: String,
    endless: Option<&'static str>,
}

/// Takes out the remarks; `None` if there are none. The last look takes whatever follows the first for one.
fn look(text: &str, is_last: bool) -> Option<Looked> {
    let mut code = code(text).into_iter().peekable();
    let (mut kept, mut copied, mut at) = (String::with_capacity(text.len()), 0, 0);
    let (mut is_changed, mut address) = (false, Address::default());
    while let Some(next) = text[at..].find(['%', '{', '\\']) {
        at += next;
        while code.next_if(|code| code.end <= at).is_some() {}
        if let Some(code) = code.peek().filter(|code| code.contains(&at)) {
            at = code.end;
            continue;
        }
        if text[at..].starts_with('\\') {
            at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8);
            continue;
        }
        let Some((mark, end)) = MARKS.iter().find(|(mark, _)| text[at..].starts_with(mark)) else {
            at += 1;
            continue;
        };
        if *mark == "%%" && address.is_percentage(text, at) {
            at += mark.len();
            continue;
        }
        kept.push_str(&text[copied..at]);
        let inner = at + mark.len();
        let end = text[inner..].find(end).map(|length| inner + length + end.len());
        let end =
            end.map(|end| if *mark == KRAMDOWNS { end + text[end..].find('}').map_or(0, |at| at + 1) } else { end });
        let Some(end) = end.filter(|_| !is_last) else {
            return Some(Looked { text: kept, endless: Some(mark) });
        };
        (copied, at) = (whole_lines(text, at..end), end);
        is_changed = true;
        // Code that began in the remark was none, and what follows may be.
        if code.next_if(|code| code.start < end && code.end > end).is_some() {
            break;
        }
    }
    kept.push_str(&text[copied..]);
    is_changed.then_some(Looked { text: kept, endless: None })
}

/// The last address that a look has come to.
#[derive(Default)]
struct Address(Range<usize>);

impl Address {
    /// Whether two percent signs are a number's or an address', and no other two on their line show that they are not.
    fn is_percentage(&mut self, text: &str, at: usize) -> bool {
        if !self.is_doubtful(text, at) {
            return false;
        }
        let rest = &text[at + 2..];
        let next = rest.find("%%").filter(|next| !rest[..*next].contains('\n'));
        next.is_none_or(|next| self.is_doubtful(text, at + 2 + next))
    }

    fn is_doubtful(&mut self, text: &str, at: usize) -> bool {
        while self.0.end <= at {
            let begins = text[self.0.end..].find("://").map_or(text.len(), |begins| self.0.end + begins);
            let length = text[begins..].find(char::is_whitespace).unwrap_or(text.len() - begins);
            self.0 = begins..begins + length.max(1);
        }
        self.0.contains(&at) || text.as_bytes()[..at].last().is_some_and(u8::is_ascii_digit)
    }
}

/// Where a remark ends with the line feed behind it, if its lines are its own.
fn whole_lines(text: &str, remark: Range<usize>) -> usize {
    let space = [' ', '\t', '\r'];
    let before = text[..remark.start].trim_end_matches(space);
    let after = text[remark.end..].trim_start_matches(space);
    let is_whole = (before.is_empty() || before.ends_with('\n')) && after.starts_with('\n');
    if is_whole { text.len() - after.len() + 1 } else { remark.end }
}

/// The text without these references: behind a paragraph's line they would be its words (CommonMark §4.7).
fn without_references(text: &str) -> String {
    let mut code = code(text).into_iter().peekable();
    let (mut kept, mut at) = (String::with_capacity(text.len()), 0);
    for line in text.split_inclusive('\n') {
        while code.next_if(|code| code.end <= at).is_some() {}
        let begins = at + line.len() - line.trim_start().len();
        let is_code = code.peek().is_some_and(|code| code.contains(&begins));
        if is_code || !REFERENCES.iter().any(|reference| line.trim_start().starts_with(reference)) {
            kept.push_str(line);
        }
        at += line.len();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_taken_out_in_a_line_and_over_many() {
        for (markdown, kept) in [
            ("井%%机密%%深", "井深"),
            ("井 %% 机密 %% 深", "井  深"),
            ("一。\n\n%%\n机密\n\n- 也是\n%%\n\n二。", "一。\n\n\n二。"),
            ("一。\n%% 机密 %%\n二。", "一。\n二。"),
            ("%%机密%%", ""),
            ("> 引 %%机密\n> 机密%% 文", "> 引  文"),
            ("a%%机密%%b%%机密%%c", "abc"),
            ("2024%%机密%%年", "2024年"),
            ("{::comment}\n机密\n{:/comment}\n文", "文"),
            ("文{::comment}机密{:/}字", "文字"),
            ("文{/* 机密 */}字{>>机密<<}", "文字"),
            ("文。\n[//]: # (机密)\n[comment]: <> (机密)\n字。", "文。\n字。"),
            ("%% ``` 机密\n``` %%\n文 `%%x%%` 字", "文 `%%x%%` 字"),
            ("%% ` %% ` a ` %%机密%% ` z", " ` a `  ` z"),
        ] {
            let (text, endless) = without(markdown);
            assert_eq!((text.as_ref(), endless), (kept, None), "{markdown}");
        }
    }

    #[test]
    fn a_remark_that_does_not_end_hides_the_rest() {
        for (markdown, kept) in [
            ("一。\n\n%%\n机密\n\n`机密`", "一。\n\n"),
            ("文%%a%%字%%机密", "文字"),
            ("文 {/* 机密", "文 "),
            ("文 {>> 机密", "文 "),
            ("{::comment}\n机密", ""),
            ("2024%%机密", "2024%%机密"),
        ] {
            let (text, endless) = without(markdown);
            assert_eq!((text.as_ref(), endless.is_some()), (kept, kept != markdown), "{markdown}");
        }
    }

    #[test]
    fn percentages_addresses_and_code_are_left_alone() {
        for markdown in [
            "涨了50%%。",
            "50%% 到 60%% 之间",
            "https://a.example/?q=%%E4",
            "`%%x%%`",
            "```\n%%\n机密\n%%\n```\n",
            "文\n\n    %% 码\n",
            "<pre>\n%% 码\n</pre>\n",
            "100%",
            "\\%% 文",
            "[盐]: /a\n",
            "```\n[//]: # (码)\n```\n",
        ] {
            assert_eq!(without(markdown), (Cow::Borrowed(markdown), None), "{markdown}");
        }
    }

    #[test]
    fn remarks_without_ends_do_not_keep_it_busy() {
        for mark in ["1%%", "%%a", "{/*", "%%`", "{::comment}", "[//]:\n", "a://b%%c"] {
            without(&mark.repeat(100_000));
        }
    }
}
