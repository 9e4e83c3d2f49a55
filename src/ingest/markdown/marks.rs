//! Marks within lines that only some generators and note-takers know, taken away: the words stay.
//!
//! Obsidian's and wikis' `[[links]]` become words and their pictures pictures, `==highlights==` words, and attributes in
//! braces go but for ids, which links may lead to. Code, formulas and HTML are left as they are.

use std::ops::Range;

use pulldown_cmark::{Event, Parser};

use super::lost::Lost;
use crate::ingest::commonmark::{code, slug};
use crate::ingest::math;
use crate::ingest::text::escape;

/// The longest mark, in bytes, with what is in it.
const MAX_MARK: usize = 256;

/// The ends of files that are pictures.
const PICTURES: [&str; 8] = ["png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "bmp"];

/// The text without marks that mean nothing here.
pub(super) fn without(markdown: &str, lost: &mut Lost) -> String {
    if !["[[", "==", "{:", "{.", "{#", "=\"", "}"].iter().any(|mark| markdown.contains(mark)) {
        return markdown.to_owned();
    }
    let mut left = untouched(markdown).into_iter().peekable();
    let references = Parser::new(markdown);
    let references = references.reference_definitions();
    let (mut text, mut copied, mut at) = (String::with_capacity(markdown.len()), 0, 0);
    while let Some(next) = markdown[at..].find(['[', '!', '=', '{', '\\']) {
        at += next;
        while left.next_if(|left| left.end <= at).is_some() {}
        if let Some(left) = left.peek().filter(|left| left.contains(&at)) {
            at = left.end;
            continue;
        }
        let rest = &markdown[at..];
        let found = match rest.as_bytes()[0] {
            b'\\' => {
                at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                continue;
            }
            b'[' | b'!' => link(rest, |label| references.get(label).is_some()),
            b'=' => highlight(&markdown[..at], rest),
            _ => attributes(&markdown[..at], rest),
        };
        let Some((length, instead, name)) = found else {
            at += rest.bytes().take_while(|b| *b == rest.as_bytes()[0]).count();
            continue;
        };
        lost.add(name);
        text.push_str(&markdown[copied..at]);
        text.push_str(&instead);
        at += length;
        copied = at;
    }
    text.push_str(&markdown[copied..]);
    text
}

/// A mark found in a text: its length, its replacement and its name.
type Mark = (usize, String, &'static str);

/// Code, formulas and HTML, in their order.
fn untouched(markdown: &str) -> Vec<Range<usize>> {
    let code = code(markdown);
    let mut all: Vec<_> = math::formulas(markdown, &code).into_iter().map(|formula| formula.range).collect();
    all.extend(code);
    let html = Parser::new(markdown).into_offset_iter();
    let html = html.filter(|(event, _)| matches!(event, Event::Html(_) | Event::InlineHtml(_)));
    all.extend(html.map(|(_, range)| range));
    all.sort_unstable_by_key(|range| (range.start, range.end));
    all
}

/// The beginning of a line up to `end`, if it is there and not too far.
fn until<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    let near = &text[..text.floor_char_boundary(MAX_MARK.min(text.len()))];
    near.split('\n').next()?.split_once(end).map(|(before, _)| before)
}

/// `[[page]]`, `[[page|words]]`, `[[#heading]]`, `![[picture.png]]`.
fn link(rest: &str, is_reference: impl Fn(&str) -> bool) -> Option<Mark> {
    let (is_embedded, inner) = match rest.strip_prefix("![[") {
        Some(inner) => (true, inner),
        None => (false, rest.strip_prefix("[[")?),
    };
    let inner = until(inner, "]]")?;
    let length = inner.len() + 4 + usize::from(is_embedded);
    // `[[1]](/a)` and `[[a]][b]` are links of CommonMark, and `[^1]` is a footnote.
    let is_commonmark =
        rest[length..].starts_with(['(', '[', ':']) || inner.contains(['[', ']']) || is_reference(inner);
    if is_commonmark || inner.trim().is_empty() || inner.starts_with([' ', '^']) {
        return None;
    }
    let (target, shown) = inner.split_once('|').map_or((inner, None), |(target, shown)| (target, Some(shown)));
    let (target, shown) =
        (target.trim_end_matches('\\').trim(), shown.map(str::trim).filter(|shown| !shown.is_empty()));
    let extension = target.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    if is_embedded && PICTURES.contains(&&*extension) {
        // A number is its width.
        let alt = shown.filter(|shown| !shown.bytes().all(|b| b.is_ascii_digit() || b == b'x')).unwrap_or_default();
        return Some((length, format!("<img src=\"{}\" alt=\"{}\">", escape(target), escape(alt)), "![[…]]"));
    }
    if let Some(heading) = target.strip_prefix('#').filter(|heading| !heading.starts_with('^') && !is_embedded) {
        let heading = heading.rsplit('#').next().unwrap_or(heading);
        return Some((length, format!("[{}](#{})", shown.unwrap_or(heading), slug(heading)), "[[…]]"));
    }
    let words = shown.map_or_else(|| target.replace('#', " > "), str::to_owned);
    Some((length, words, if is_embedded { "![[…]]" } else { "[[…]]" }))
}

/// `==words==`, not within words of letters, where it compares.
fn highlight(before: &str, rest: &str) -> Option<Mark> {
    let inner = rest.strip_prefix("==").filter(|inner| !inner.starts_with('='))?;
    let inner = until(inner, "==")?;
    let length = inner.len() + 4;
    let compares = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '=' || c == '!')
        || rest[length..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '=');
    let is_spaced = inner.starts_with(char::is_whitespace) || inner.ends_with(char::is_whitespace);
    (!compares && !is_spaced && !inner.is_empty()).then(|| (length, inner.to_owned(), "==…=="))
}

/// `{: .c}` of kramdown, `{.c}` and `{#id width=50%}` of Pandoc and Hugo, right behind what they belong to.
fn attributes(before: &str, rest: &str) -> Option<Mark> {
    let inner = until(rest.strip_prefix('{')?, "}")?;
    let length = inner.len() + 2;
    let follows = before.ends_with([')', ']', '*', '_', '`', '>', '~']);
    let is_kramdown = inner.starts_with(':') && before.ends_with(|c: char| !c.is_whitespace());
    if !(is_kramdown || (follows && are_attributes(inner))) {
        return None;
    }
    Some((length, anchor(inner), "{…}"))
}

/// Whether what stands in braces are attributes: `.c`, `#id`, `key=value`.
pub(super) fn are_attributes(inner: &str) -> bool {
    let inner = inner.trim().trim_start_matches(':').trim();
    let is_one = |word: &str| {
        let name = word.strip_prefix(['.', '#']).or_else(|| word.split_once('=').map(|(name, _)| name));
        name.is_some_and(|name| !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_punctuation()))
    };
    // Values in quotation marks may hold spaces.
    let quoted = inner.contains(['"', '\'']);
    let mut words = inner.split_whitespace();
    words.next().is_some_and(is_one) && (quoted || words.all(is_one))
}

/// The id among attributes, as an element that is only kept if a link leads there.
pub(super) fn anchor(attributes: &str) -> String {
    let id = attributes.split_whitespace().find_map(|word| word.trim_start_matches(':').strip_prefix('#'));
    id.map_or_else(String::new, |id| format!("<span id=\"{}\"></span>", escape(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(markdown: &str) -> (String, String) {
        let mut lost = Lost::default();
        let text = without(markdown, &mut lost);
        (text, lost.names().join(" "))
    }

    #[test]
    fn links_of_wikis_become_words_and_pictures() {
        for (markdown, text) in [
            ("见[[盐井]]。", "见盐井。"),
            ("见[[盐井|那口井]]。", "见那口井。"),
            ("见[[盐井#深度]]。", "见盐井 > 深度。"),
            ("见[[#深 度|下文]]。", "见[下文](#深-度)。"),
            ("![[井 架.png]]", "<img src=\"井 架.png\" alt=\"\">"),
            ("![[a.JPG|300]]", "<img src=\"a.JPG\" alt=\"\">"),
            ("![[a.jpg|井架]]", "<img src=\"a.jpg\" alt=\"井架\">"),
            ("![[笔记]]", "笔记"),
            ("| [[a\\|b]] |", "| b |"),
        ] {
            assert_eq!(of(markdown).0, text, "{markdown}");
            assert!(!of(markdown).1.is_empty());
        }
    }

    #[test]
    fn highlights_and_attributes_go() {
        for (markdown, text) in [
            ("这是==重点==。", "这是重点。"),
            ("==a b== c", "a b c"),
            ("*灯*{: .lead}会", "*灯*会"),
            ("[a](/b){:target=\"_blank\"}", "[a](/b)"),
            ("![](/a.png){width=50% .wide}", "![](/a.png)"),
            ("[小字]{.small}", "[小字]"),
            ("`码`{.js}", "`码`"),
            ("**a**{#x}", "**a**<span id=\"x\"></span>"),
        ] {
            assert_eq!(of(markdown).0, text, "{markdown}");
        }
    }

    #[test]
    fn what_only_looks_like_marks_stays() {
        for markdown in [
            "[[1]](/a) [[b]][c]",
            "见[[^1]]",
            "[[1,2],[3,4]]",
            "[[ -f x ]]",
            "if a==b and c==d",
            "a == b == c",
            "`==a==` `[[b]]` `{: .c}`",
            "    ==a==\n",
            "$[[x]]$ 与 $$==a==$$",
            "<img alt=\"==a==\">",
            "\\[[a]]",
            "题\n====\n\n文==",
            "[a](/b){c}",
            "# 题 {#id}",
            "{ a: 1 }",
            "文{盐}",
            "[[a]]\n\n[a]: /b",
        ] {
            assert_eq!(of(markdown), (markdown.to_owned(), String::new()), "{markdown}");
        }
    }

    #[test]
    fn marks_without_ends_do_not_keep_it_busy() {
        for mark in ["[[", "==a ", "a{:", "![[", "==", "{", "[[a|"] {
            without(&mark.repeat(100_000), &mut Lost::default());
        }
    }
}
