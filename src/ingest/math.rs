//! Formulas in TeX within Markdown: readers and scripts get them as they were written, since CommonMark would take `_`, `*`
//! and `\\` in them for marks of its own.
//!
//! Knows nothing of TeX.

use std::borrow::Cow;
use std::ops::Range;

/// The beginnings and ends of formulas that may have a paragraph for themselves.
const LONG: [(&str, &str); 5] = [("$$", "$$"), ("\\\\[", "\\\\]"), ("\\\\(", "\\\\)"), ("\\[", "\\]"), ("\\(", "\\)")];

/// A formula, with the marks around it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Formula {
    /// Where it stands.
    pub range: Range<usize>,
    /// The length of each of its marks.
    mark: usize,
}

/// The formulas of a text, outside of its code.
pub(super) fn formulas(markdown: &str, code: &[Range<usize>]) -> Vec<Formula> {
    let mut found = Vec::new();
    if !markdown.contains(['$', '\\']) {
        return found;
    }
    let (mut at, mut code) = (0, code.iter().peekable());
    let mut nexts = [Next::default(); LONG.len()];
    let mut blank = Next::default();
    while let Some(next) = markdown[at..].find(['$', '\\']) {
        at += next;
        while code.next_if(|code| code.end <= at).is_some() {}
        if let Some(code) = code.peek().filter(|code| code.contains(&at)) {
            at = code.end;
            continue;
        }
        // A formula does not go on behind an empty line, nor into code.
        let limit = blank.behind(markdown, "\n\n", at).min(code.peek().map_or(usize::MAX, |code| code.start));
        let formula = long(markdown, at, limit, &mut nexts).or_else(|| short(markdown, at, limit));
        at = match &formula {
            Some(formula) => formula.range.end,
            None if markdown[at..].starts_with('$') => at + markdown[at..].bytes().take_while(|b| *b == b'$').count(),
            // What a backslash escapes begins nothing.
            None => at + 1 + markdown[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
        found.extend(formula);
    }
    found
}

/// Where something comes next, looked for once for all that stands before it.
#[derive(Clone, Copy, Default)]
struct Next(Option<usize>);

impl Next {
    fn behind(&mut self, text: &str, what: &str, from: usize) -> usize {
        match self.0 {
            Some(at) if at >= from => at,
            _ => *self.0.insert(text.get(from..).and_then(|rest| rest.find(what)).map_or(usize::MAX, |at| from + at)),
        }
    }
}

fn long(text: &str, at: usize, limit: usize, nexts: &mut [Next; LONG.len()]) -> Option<Formula> {
    let kind = LONG.iter().position(|(begin, _)| text[at..].starts_with(begin))?;
    let (begin, end) = LONG[kind];
    let inner = at + begin.len();
    let ends = Some(nexts[kind].behind(text, end, inner)).filter(|ends| *ends < limit && *ends > inner)?;
    let formula = Formula { range: at..ends + end.len(), mark: begin.len() };
    // An escaped bracket is mostly just that.
    let is_command = |two: &[u8]| two[0] == b'\\' && two[1].is_ascii_alphabetic();
    let is_alone = || {
        let before = text[..at].rsplit('\n').next().unwrap_or_default();
        let after = text[formula.range.end..].split('\n').next().unwrap_or_default();
        text[inner..ends].contains('\n') && before.trim().is_empty() && after.trim().is_empty()
    };
    (kind < 3 || text.as_bytes()[inner..ends].windows(2).any(is_command) || is_alone()).then_some(formula)
}

/// A formula between two dollar signs, as Pandoc takes it: no space behind the first and before the second one, no digit
/// behind that. So sums of money are none.
fn short(text: &str, at: usize, limit: usize) -> Option<Formula> {
    let inner = text[at..].strip_prefix('$')?;
    let follows_word = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '$');
    let length = inner.bytes().enumerate().scan(false, |escaped, (nth, b)| {
        let ends = b == b'$' && !*escaped;
        *escaped = b == b'\\' && !*escaped;
        Some(ends.then_some(nth))
    });
    let length = length.take(limit.saturating_sub(at)).flatten().next()?;
    let (formula, behind) = (&inner[..length], &inner[length + 1..]);
    let is_space = |c: char| c.is_whitespace();
    let is_sum = formula.starts_with(|c: char| c.is_ascii_digit())
        && formula.contains(is_space)
        && !formula.contains(['\\', '^', '_', '=', '{']);
    let is_formula = !formula.is_empty()
        && !follows_word
        && !is_sum
        && !formula.starts_with(is_space)
        && !formula.ends_with(is_space)
        && !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '$');
    is_formula.then(|| Formula { range: at..at + length + 2, mark: 1 })
}

/// The text in which CommonMark takes nothing in these formulas for a mark of its own.
pub(super) fn protected<'m>(markdown: &'m str, formulas: &[Formula]) -> Cow<'m, str> {
    if formulas.is_empty() {
        return Cow::Borrowed(markdown);
    }
    let (mut protected, mut copied) = (String::with_capacity(markdown.len() * 5 / 4), 0);
    for Formula { range, mark } in formulas {
        protected.push_str(&markdown[copied..range.start]);
        let line = || markdown[..range.start].rsplit('\n').next().unwrap_or_default();
        let quoted = markdown[range.clone()].contains('\n') && line().trim_start().starts_with('>');
        let (begin, end) = (range.start + mark, range.end - mark);
        for (at, mark) in [(range.start, &markdown[range.start..begin]), (end, &markdown[end..range.end])] {
            if at == end {
                escape(&markdown[begin..end], quoted, &mut protected);
            }
            // One backslash before a bracket would be gone.
            protected.push_str(if mark.len() == 2 && mark.starts_with('\\') { "\\" } else { "" });
            protected.push_str(mark);
        }
        copied = range.end;
    }
    protected.push_str(&markdown[copied..]);
    Cow::Owned(protected)
}

/// Writes a formula so that CommonMark gives it back as it is (§2.4): what could be a mark behind a backslash.
fn escape(formula: &str, quoted: bool, protected: &mut String) {
    for (nth, line) in formula.split('\n').enumerate() {
        let own = match nth {
            0 => line,
            // What marks a quotation is no part of the formula.
            _ => {
                protected.push('\n');
                let own = line.trim_start_matches(|c| c == ' ' || (quoted && c == '>'));
                protected.push_str(&line[..line.len() - own.len()]);
                own
            }
        };
        // Two spaces at a line's end would break it.
        let own = if formula.contains('\n') { own.trim_end() } else { own };
        for c in own.chars() {
            if c.is_ascii_punctuation() {
                protected.push('\\');
            }
            protected.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::commonmark;
    use super::*;

    fn formulas_of(markdown: &str) -> Vec<&str> {
        formulas(markdown, &commonmark::code(markdown)).iter().map(|formula| &markdown[formula.range.clone()]).collect()
    }

    #[test]
    fn formulas_are_found_and_sums_of_money_are_none() {
        for (markdown, expected) in [
            ("设 $x_1$ 与 $y*2*$。", vec!["$x_1$", "$y*2*$"]),
            ("$$\na_1 \\\\\nb_2\n$$", vec!["$$\na_1 \\\\\nb_2\n$$"]),
            ("\\\\[a_1\\\\] 与 \\\\(b\\\\)", vec!["\\\\[a_1\\\\]", "\\\\(b\\\\)"]),
            ("\\[\\frac{a}{b}\\]", vec!["\\[\\frac{a}{b}\\]"]),
            ("$5x^2 + 1$", vec!["$5x^2 + 1$"]),
        ] {
            assert_eq!(formulas_of(markdown), expected, "{markdown}");
        }
        for none in [
            "costs $5 and $6",
            "US$5 or HK$6",
            "$5 **or** 6$ more",
            "\\$x$",
            "`$x$`",
            "    $x$\n",
            "$ x $",
            "$x\n\ny$",
            "$$",
            "$$x\n\n$$",
            "\\[1\\] 与 \\[^2\\]",
            "$",
            "a$b$c",
            "$1",
            "\\",
        ] {
            assert_eq!(formulas_of(none), Vec::<&str>::new(), "{none}");
        }
    }

    #[test]
    fn formulas_are_published_as_they_were_written() {
        let text = |markdown: &str| {
            let html = commonmark::html(markdown).expect("a text");
            html.trim().trim_start_matches("<p>").trim_end_matches("</p>").replace("&lt;", "<").replace("&amp;", "&")
        };
        for formula in [
            "$a_1 * b_2 * c$",
            "$$a \\\\ b \\, c_{1}^{*}$$",
            "$$\na & b \\\\\n- c < d\n$$",
            "$\\{x|y\\}$",
            "\\[\\alpha_1\\_\\]",
        ] {
            assert_eq!(text(&format!("设 {formula}。")), format!("设 {formula}。"));
        }
        assert_eq!(text("\\\\[a_1 * b * c_1\\\\]"), "\\[a_1 * b * c_1\\]");
        assert_eq!(text("从 $5 到 $6 是*便宜*的"), "从 $5 到 $6 是<em>便宜</em>的");
        assert_eq!(text("\\[1\\] *a*"), "[1] <em>a</em>");
    }

    #[test]
    fn many_marks_without_ends_do_not_keep_it_busy() {
        for mark in ["$a ", "$$a", "\\\\[", "\\[\\a", "$a", "$$ $"] {
            let text = mark.repeat(200_000);
            assert!(formulas(&text, &[]).len() <= 200_000);
        }
    }
}
