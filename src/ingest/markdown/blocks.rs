//! Lines that only some generators know, taken away or written as CommonMark: containers (`:::`, `///`), admonitions
//! (`!!!`, `???`), tabs, callouts (`> [!note]`), tables of contents, attributes of blocks, abbreviations.
//!
//! What stands in them stays, and a title becomes a paragraph in bold. Code is left as it is. Knows nothing of what stands
//! within lines.

use std::ops::Range;

use super::lost::Lost;
use super::marks::{anchor, are_attributes};

/// Lines that ask for a table of contents, in lower case.
const CONTENTS: [&str; 6] = ["[toc]", "[[toc]]", "[[_toc_]]", "${toc}", "@[toc]", "{:toc}"];

/// Columns by which admonitions indent what stands in them.
const INDENT: usize = 4;

/// The text without these lines.
pub(super) fn without(markdown: &str, lost: &mut Lost) -> String {
    let mut blocks = Blocks { text: String::with_capacity(markdown.len()), ..Blocks::default() };
    // Empty lines behind an admonition's beginning are passed over once, however many there are.
    let mut next_indent = (0, 0);
    let mut at = 0;
    for line in markdown.split_inclusive('\n') {
        at += line.len();
        if next_indent.0 < at {
            let rest = &markdown[at..];
            let words = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
            let begins = rest[..words].rfind('\n').map_or(0, |feed| feed + 1);
            next_indent = (at + words + 1, columns(&rest[begins..words]));
        }
        blocks.line(line, next_indent.1, lost);
    }
    blocks.text
}

/// The columns that white space takes.
fn columns(space: &str) -> usize {
    space.chars().fold(0, |columns, c| if c == '\t' { columns / INDENT * INDENT + INDENT } else { columns + 1 })
}

#[derive(Default)]
struct Blocks {
    text: String,
    /// The columns from which on lines belong to the admonitions that are open.
    open: Vec<usize>,
    /// The end of the code that is open: so many of this character, or the tag.
    code: Option<Code>,
    /// Whether lines belong to a list, where they may be indented.
    in_list: bool,
    /// The number of open blocks that `///` ends.
    slashes: usize,
}

enum Code {
    Fence(char, usize),
    Pre,
}

impl Blocks {
    /// Takes a line, of which the next one that is not empty is indented by so many columns.
    fn line(&mut self, whole: &str, next_indent: usize, lost: &mut Lost) {
        let indent = columns(&whole[..whole.len() - whole.trim_start().len()]);
        let is_blank = whole.trim().is_empty();
        while !is_blank && self.open.pop_if(|columns| indent < *columns).is_some() {}
        let line = dedented(whole, self.open.len() * INDENT);
        if self.is_code(line) {
            self.text.push_str(line);
            return;
        }
        let own_indent = columns(&line[..line.len() - line.trim_start().len()]);
        if !is_blank && (own_indent == 0 || is_item(line)) {
            self.in_list = is_item(line);
        }
        let may_be_mark = own_indent < INDENT || self.in_list;
        let is_followed = next_indent >= indent + INDENT;
        let before = &line[..line.len() - line.trim_start().len()];
        match Some(line.trim())
            .filter(|line| may_be_mark && !line.is_empty())
            .and_then(|line| self.mark(line, is_followed))
        {
            None => self.text.push_str(line),
            Some(Mark { name, instead, opens }) => {
                if let Some(name) = name {
                    lost.add(&name);
                }
                if opens {
                    self.open.push(indent + INDENT);
                }
                self.write(before, instead);
            }
        }
    }

    fn write(&mut self, before: &str, instead: Instead) {
        match instead {
            Instead::Nothing => {}
            // A paragraph ends where a block begins or ends.
            Instead::Break => self.text.push('\n'),
            Instead::Title(title) => self.text.push_str(&format!("\n{before}**{title}**\n\n")),
            Instead::Line(line) => self.text.push_str(&format!("{before}{line}\n")),
            Instead::NoItem => {
                // The list's only item is there to be replaced.
                if let Some(last) = self.last_line().filter(|last| is_item(&self.text[last.clone()])) {
                    self.text.truncate(last.start);
                }
            }
            Instead::Anchor(anchor) => {
                // A heading or a paragraph right before it is what is meant.
                if let Some(last) = self.last_line() {
                    self.text.insert_str(last.end, &anchor);
                }
            }
        }
    }

    /// Where the line before stands, unless it is empty.
    fn last_line(&self) -> Option<Range<usize>> {
        let line = self.text.strip_suffix('\n')?.trim_end_matches('\r');
        let begins = line.rfind('\n').map_or(0, |at| at + 1);
        (!line[begins..].trim().is_empty()).then_some(begins..line.len())
    }

    /// Whether a line is one of code, or begins or ends it.
    fn is_code(&mut self, line: &str) -> bool {
        let inner = line.trim_start_matches([' ', '\t', '>']);
        match &self.code {
            Some(Code::Pre) => {
                if line.contains("</pre") {
                    self.code = None;
                }
                return true;
            }
            Some(Code::Fence(mark, length)) => {
                let rest = inner.trim_end();
                if rest.len() >= *length && rest.chars().all(|c| c == *mark) {
                    self.code = None;
                }
                return true;
            }
            None => {}
        }
        if inner.starts_with("<pre") {
            self.code = Some(Code::Pre).filter(|_| !inner.contains("</pre"));
            return true;
        }
        let inner = item(inner).unwrap_or(inner);
        let Some(mark) = inner.chars().next().filter(|c| ['`', '~'].contains(c)) else { return false };
        let length = inner.chars().take_while(|c| *c == mark).count();
        if length < 3 || (mark == '`' && inner[length..].contains('`')) {
            return false;
        }
        self.code = Some(Code::Fence(mark, length));
        true
    }

    fn mark(&mut self, line: &str, is_followed: bool) -> Option<Mark> {
        if CONTENTS.contains(&line.to_ascii_lowercase().as_str()) {
            let instead = if line.starts_with("{:") { Instead::NoItem } else { Instead::Break };
            return Some(Mark::named("[TOC]", instead));
        }
        if let Some(inner) = line.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'))
            && !inner.contains(['{', '}'])
            && (inner.starts_with(':') || are_attributes(inner))
        {
            return Some(Mark::named("{…}", Instead::Anchor(anchor(inner))));
        }
        let is_abbreviation = line.starts_with("*[") && line.split_once("]:").is_some_and(|(name, _)| name.len() < 64);
        if is_abbreviation {
            return Some(Mark::named("*[…]:", Instead::Nothing));
        }
        container(line)
            .or_else(|| self.slashes(line))
            .or_else(|| admonition(line).filter(|_| is_followed))
            .or_else(|| callout(line))
    }

    /// Blocks of pymdownx: `/// note | title` up to `///`.
    fn slashes(&mut self, line: &str) -> Option<Mark> {
        let inner = line.strip_prefix("///")?.trim_start_matches('/');
        if inner.is_empty() {
            self.slashes = self.slashes.checked_sub(1)?;
            return Some(Mark::unnamed(Instead::Break));
        }
        let (kind, title) = inner.split_once('|').unwrap_or((inner, ""));
        let kind = Some(kind.trim()).filter(|kind| is_name(kind) && inner.starts_with(' '))?;
        self.slashes += 1;
        Some(Mark::named(&format!("/// {kind}"), titled(title)))
    }
}

/// A line that is none of the text.
struct Mark {
    name: Option<String>,
    instead: Instead,
    /// Whether what is indented below belongs to it.
    opens: bool,
}

enum Instead {
    Nothing,
    Break,
    Title(String),
    Line(String),
    NoItem,
    Anchor(String),
}

impl Mark {
    fn named(name: &str, instead: Instead) -> Self {
        Self { name: Some(name.to_owned()), instead, opens: false }
    }

    fn unnamed(instead: Instead) -> Self {
        Self { name: None, instead, opens: false }
    }
}

/// `::: tip title`, `:::tip[title]{open}`, `::: {.tip title="…"}`, and `:::` at the end.
fn container(line: &str) -> Option<Mark> {
    let inner = line.strip_prefix(":::")?.trim_matches(':').trim();
    if inner.is_empty() {
        return Some(Mark::unnamed(Instead::Break));
    }
    let (words, attributes) = inner.split_once('{').map_or((inner, ""), |(words, rest)| (words.trim(), rest));
    let class = || attributes.split([' ', '}']).find_map(|word| word.strip_prefix('.'));
    let end = words.find([' ', '[', '\t']).unwrap_or(words.len());
    let (kind, title) = words.split_at(end);
    let kind = if kind.is_empty() { class().unwrap_or_default() } else { kind };
    if !kind.is_empty() && !is_name(kind) {
        return None;
    }
    let title = title.trim();
    let title = title.strip_prefix('[').and_then(|title| title.strip_suffix(']')).unwrap_or(title);
    let named = attributes.split_once("title=\"").and_then(|(_, title)| title.split('"').next());
    // `:::{note} title` of MyST.
    let behind = attributes.split_once('}').map_or("", |(_, behind)| behind.trim());
    let title = [title, named.unwrap_or_default(), behind].into_iter().find(|title| !title.is_empty());
    Some(Mark::named(format!("::: {kind}").trim_end(), titled(title.unwrap_or_default())))
}

/// `!!! note "title"`, `???+ note`, `=== "tab"`, with what is indented below.
fn admonition(line: &str) -> Option<Mark> {
    let mark = ["!!!", "???", "==="].into_iter().find(|mark| line.starts_with(mark))?;
    let inner = line[3..].trim_start_matches(['+', '!']);
    let (kind, title) = inner.split_once('"').map_or((inner, None), |(kind, title)| (kind, Some(title)));
    let title = match title {
        Some(title) => Some(title.strip_suffix('"')?),
        None => None,
    };
    let kinds_fit = kind.split_whitespace().all(is_name) && kind.starts_with(' ');
    // A tab has its title alone; anything else has a kind.
    let is_whole = if mark == "===" { kind.trim().is_empty() && title.is_some() } else { !kind.trim().is_empty() };
    let name = format!("{mark} {}", kind.trim());
    (kinds_fit && is_whole)
        .then(|| Mark { opens: true, ..Mark::named(name.trim_end(), titled(title.unwrap_or_default())) })
}

/// `> [!note] title` of Obsidian and GitHub.
fn callout(line: &str) -> Option<Mark> {
    let inner = line.trim_start_matches(['>', ' ']);
    let (quote, (kind, title)) = (
        &line[..line.len() - inner.len()],
        inner.strip_prefix("[!").filter(|_| line.starts_with('>'))?.split_once(']')?,
    );
    if !is_name(kind.split('|').next().unwrap_or_default()) {
        return None;
    }
    let quote = quote.trim_end();
    let instead = match title.trim_start_matches(['+', '-']).trim() {
        "" => quote.to_owned(),
        title => format!("{quote} **{title}**\n{quote}"),
    };
    Some(Mark::named(&format!("[!{kind}]"), Instead::Line(instead)))
}

fn titled(title: &str) -> Instead {
    match title.trim().trim_matches('*').trim() {
        "" => Instead::Break,
        title => Instead::Title(title.to_owned()),
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(char::is_alphabetic) && word.chars().all(|c| c.is_alphanumeric() || ['-', '_'].contains(&c))
}

fn is_item(line: &str) -> bool {
    item(line.trim_start()).is_some()
}

/// The content of an item of a list that begins here (CommonMark §5.2).
fn item(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let behind = match digits {
        0 => line.strip_prefix(['-', '*', '+']),
        1..=9 => line[digits..].strip_prefix(['.', ')']),
        _ => None,
    };
    behind.filter(|behind| behind.starts_with([' ', '\t'])).map(str::trim_start)
}

/// A line without so many columns of white space.
fn dedented(line: &str, most: usize) -> &str {
    let mut columns = 0;
    let space = |c: char| {
        columns = if c == '\t' { columns / INDENT * INDENT + INDENT } else { columns + 1 };
        matches!(c, ' ' | '\t') && columns <= most
    };
    line.trim_start_matches(space)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(markdown: &str) -> (String, String) {
        let mut lost = Lost::default();
        let text = without(markdown, &mut lost);
        // How many empty lines there are means nothing.
        let mut text = text.replace("\r\n", "\n");
        while text.contains("\n\n\n") {
            text = text.replace("\n\n\n", "\n\n");
        }
        (text.trim().to_owned(), lost.names().join(" "))
    }

    #[test]
    fn of_containers_the_words_and_titles_stay() {
        for (markdown, text, name) in [
            ("前\n::: tip\n小心*盐*\n:::\n后", "前\n\n小心*盐*\n\n后", "::: tip"),
            (":::warning 当心\n井\n:::", "**当心**\n\n井", "::: warning"),
            (":::note[当心]\n井\n:::", "**当心**\n\n井", "::: note"),
            ("::::: {.callout-tip title=\"当心\"}\n井\n:::::", "**当心**\n\n井", "::: callout-tip"),
            ("::: details 点我 {open}\n井\n:::", "**点我**\n\n井", "::: details"),
            ("::: Warning ::::\n井\n::::::", "井", "::: Warning"),
            (":::{note} 当心\n井\n:::", "**当心**\n\n井", ":::"),
            ("/// note | 当心\n井\n///", "**当心**\n\n井", "/// note"),
            ("- 一\n\n    ::: tip\n    井\n    :::\n", "- 一\n\n    井", "::: tip"),
        ] {
            assert_eq!(of(markdown), (text.to_owned(), name.to_owned()), "{markdown}");
        }
    }

    #[test]
    fn of_admonitions_what_is_indented_stays_a_text() {
        for (markdown, text, name) in [
            ("!!! note \"当心\"\n\n    井*深*\n\n    - 一\n\n后", "**当心**\n\n井*深*\n\n- 一\n\n后", "!!! note"),
            ("!!! note\n    井\n后", "井\n后", "!!! note"),
            ("??? tip inline end\n\t井\n", "井", "??? tip inline end"),
            ("???+ tip \"\"\n    井", "井", "??? tip"),
            ("!!! a\n    一\n\n    !!! b \"题\"\n        二\n\n    三\n", "一\n\n**题**\n\n二\n\n三", "!!! a !!! b"),
            ("=== \"甲\"\n\n    一\n\n=== \"乙\"\n\n    二\n", "**甲**\n\n一\n\n**乙**\n\n二", "==="),
            ("!!! a\n    ```\n    !!! b\n        c\n    ```\n", "```\n!!! b\n    c\n```", "!!! a"),
            ("> [!NOTE]\n> 井", ">\n> 井", "[!NOTE]"),
            ("> [!tip]- 当心\n> 井", "> **当心**\n>\n> 井", "[!tip]"),
        ] {
            assert_eq!(of(markdown), (text.to_owned(), name.to_owned()), "{markdown}");
        }
    }

    #[test]
    fn contents_attributes_and_abbreviations_go() {
        for (markdown, text, name) in [
            ("[TOC]\n\n文", "文", "[TOC]"),
            ("* 目录\n{:toc}\n\n文", "文", "[TOC]"),
            ("1. TOC\n{:toc}\n文", "文", "[TOC]"),
            ("[[_TOC_]]\n文", "文", "[TOC]"),
            ("文\n{: .lead}\n\n后", "文\n\n后", "{…}"),
            ("{: .lead}\n文", "文", "{…}"),
            ("## 题\n{: #salt .x}\n", "## 题<span id=\"salt\"></span>", "{…}"),
            ("文\n{.lead width=\"3 px\"}\n", "文", "{…}"),
            ("文 HTML。\n\n*[HTML]: 超文本\n", "文 HTML。", "*[…]:"),
        ] {
            assert_eq!(of(markdown), (text.to_owned(), name.to_owned()), "{markdown}");
        }
    }

    #[test]
    fn code_and_what_is_no_mark_is_left_alone() {
        for markdown in [
            "```\n::: tip\n!!! note\n    a\n[TOC]\n```",
            "~~~~\n~~~\n{: .c}\n~~~~",
            "文\n\n    ::: tip\n\n    !!! note\n        x",
            "<pre>\n::: tip\n</pre>",
            "> ```\n> [!note]\n> ```",
            "!!! 重要\n文",
            "!!!\n文",
            "题\n===\n文",
            "::smile:: 文",
            "{ 盐 }",
            "{{ a }}",
            "///",
            "[toc] 文",
            "> 引 [!note]",
            "- 一\n- 二\n",
        ] {
            assert_eq!(of(markdown), (markdown.trim().to_owned(), String::new()), "{markdown}");
        }
    }

    #[test]
    fn many_lines_do_not_keep_it_busy() {
        let deep: String = (0..400).map(|n| format!("{}!!! a\n", " ".repeat(4 * n))).collect();
        for text in [
            "!!! a\n\n".repeat(100_000),
            "::: a\n".repeat(100_000),
            "{:toc}\n".repeat(100_000),
            deep,
            "\n".repeat(500_000),
        ] {
            without(&text, &mut Lost::default());
        }
    }
}
