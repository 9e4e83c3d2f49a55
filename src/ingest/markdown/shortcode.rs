//! Takes out of a text the markup that only a site generator can execute: Hugo's and Zola's shortcodes, Jekyll's
//! Liquid.
//!
//! Figures become images; of anything else the tags go and what stands between them stays. Code is left as it is.
//! Knows nothing of what a generator would have made of it, and executes nothing.

use std::ops::Range;

use crate::ingest::commonmark::code;
use crate::ingest::text::{escape, line};

/// The longest tag, in bytes, so that the search for an end that is missing ends soon.
const MAX_TAG: usize = 2048;

/// The longest name of a shortcode, in bytes.
const MAX_NAME: usize = 64;

/// The beginnings and ends of generators' tags; the longer beginnings first.
const MARKS: [(&str, &str); 4] = [("{{<", ">}}"), ("{{%", "%}}"), ("{%", "%}"), ("{{", "}}")];

/// The replacement of a tag.
enum Instead {
    /// This text.
    Text(String),
    /// This figure.
    Figure(Figure),
    /// Nothing: it is the end of something, or says nothing to readers.
    Nothing,
    /// Nothing, though something was meant: its name.
    Lost(String),
}

#[derive(Default)]
struct Figure {
    src: String,
    alt: Option<String>,
    caption: String,
}

/// The text without shortcodes, and the name of each of which nothing could be made.
pub(super) fn without(markdown: &str) -> (String, Vec<String>) {
    let mut text = String::with_capacity(markdown.len());
    let mut lost: Vec<String> = Vec::new();
    if !markdown.contains("{{") && !markdown.contains("{%") {
        return (markdown.to_owned(), lost);
    }
    let mut code = code(markdown).into_iter().peekable();
    let (mut copied, mut at, mut ends) = (0, 0, Ends::of(markdown));
    while let Some(found) = markdown[at..].find('{') {
        at += found;
        while code.next_if(|code| code.end <= at).is_some() {}
        if let Some(code) = code.peek().filter(|code| code.contains(&at)) {
            at = code.end;
            continue;
        }
        let Some((length, instead)) = tag(markdown, at, &mut ends) else {
            at += 1;
            continue;
        };
        text.push_str(&markdown[copied..at]);
        let mut end = at + length;
        if matches!(&instead, Instead::Lost(name) if name == "comment") {
            // What stands in it is to be read by nobody.
            end += hidden(&markdown[end..]);
            (copied, at) = (end, end);
            continue;
        }
        match instead {
            Instead::Text(instead) => text.push_str(&instead),
            Instead::Figure(figure) => text.push_str(&figure.html(stands_alone(markdown, at..end))),
            Instead::Nothing => {}
            Instead::Lost(name) => lost.push(name),
        }
        (copied, at) = (end, end);
    }
    text.push_str(&markdown[copied..]);
    (text, lost)
}

/// The length of a comment's text with the tag that ends it; without one, it never ends.
fn hidden(text: &str) -> usize {
    let end = text.find("endcomment").and_then(|at| Some(at + text[at..].find("%}")? + 2));
    end.unwrap_or(text.len())
}

/// Whether a tag has its line to itself.
fn stands_alone(markdown: &str, tag: Range<usize>) -> bool {
    let before = markdown[..tag.start].rsplit('\n').next().unwrap_or_default();
    let after = markdown[tag.end..].split('\n').next().unwrap_or_default();
    before.is_empty() && after.trim().is_empty()
}

/// Where the next tags end, looked for once for all that begin before.
struct Ends<'t> {
    text: &'t str,
    next: [usize; MARKS.len()],
}

impl<'t> Ends<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, next: [0; MARKS.len()] }
    }

    /// The first end of this kind from `at` on; none is found again and again that is not there.
    fn behind(&mut self, kind: usize, at: usize) -> usize {
        if self.next[kind] < at {
            self.next[kind] = self.text[at..].find(MARKS[kind].1).map_or(usize::MAX, |end| at + end);
        }
        self.next[kind]
    }
}

/// The tag that begins at `at`: its length, and what is written instead.
fn tag(markdown: &str, at: usize, ends: &mut Ends<'_>) -> Option<(usize, Instead)> {
    let kind = MARKS.iter().position(|(begin, _)| markdown[at..].starts_with(begin))?;
    let (begin, end) = MARKS[kind];
    let inner = at + begin.len();
    let inner = markdown.get(inner..ends.behind(kind, inner))?;
    if begin.len() + inner.len() + end.len() > MAX_TAG {
        return None;
    }
    let length = begin.len() + inner.len() + end.len();
    let instead = match begin {
        "{{" => expression(inner.trim_matches(['-', ' ']))?,
        "{%" => call(inner.trim_matches(['-', ' ', '\n', '\r', '\t']))?,
        _ => match inner.trim().strip_prefix("/*").and_then(|inner| inner.strip_suffix("*/")) {
            // So Hugo's users write of shortcodes without using them.
            Some(shown) => Instead::Text(format!("{begin}{shown}{end}")),
            None => call(inner.trim().trim_end_matches('/'))?,
        },
    };
    Some((length, instead))
}

/// A name that generators may know: letters of ASCII, digits and a little punctuation.
fn name(inner: &str) -> Option<&str> {
    let name =
        inner[..inner.floor_char_boundary(MAX_NAME + 1)].split(|c: char| c.is_whitespace() || c == '(').next()?;
    let spelled = |c: u8| c.is_ascii_alphanumeric() || b"_-./".contains(&c);
    (!name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(spelled)).then_some(name)
}

/// A shortcode or a Liquid tag.
fn call(inner: &str) -> Option<Instead> {
    let name = name(inner)?;
    let arguments = inner[name.len()..].trim();
    // Jekyll's themes call their figures by including them.
    let included = arguments.split_whitespace().next().filter(|_| name == "include").unwrap_or_default();
    if (name == "figure" || included.starts_with("figure") || included.starts_with("image"))
        && let Some(figure) = Figure::read(arguments)
    {
        return Some(Instead::Figure(figure));
    }
    if name == "highlight" {
        let language: String =
            arguments.chars().take_while(|c| c.is_ascii_alphanumeric() || "+-_".contains(*c)).collect();
        return Some(Instead::Text(format!("\n```{language}\n")));
    }
    if name == "/highlight" || name == "endhighlight" {
        return Some(Instead::Text("\n```\n".to_owned()));
    }
    let says_nothing = name.starts_with('/') || name.starts_with("end") || name == "raw";
    Some(if says_nothing { Instead::Nothing } else { Instead::Lost(name.to_owned()) })
}

/// The content that Liquid and Zola write between two braces: a quoted text, the site's address, a call, or a variable.
fn expression(inner: &str) -> Option<Instead> {
    let quote = inner.chars().next().filter(|c| ['"', '\''].contains(c));
    if let Some((text, filters)) = quote.and_then(|quote| inner[1..].split_once(quote)) {
        let known = ["", "| relative_url", "| absolute_url"].contains(&filters.trim());
        return known.then(|| Instead::Text(text.to_owned()));
    }
    match inner {
        "site.baseurl" | "site.url" => Some(Instead::Nothing),
        _ => call(inner),
    }
}

impl Figure {
    /// A figure of its arguments, `name="value"` each; `None` without an image.
    fn read(arguments: &str) -> Option<Self> {
        let mut figure = Self::default();
        let mut rest = arguments;
        while let Some((before, after)) = rest.split_once('=') {
            let name = before.trim_end().rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()?;
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| ['"', '\'', '`'].contains(c));
            let (value, behind) = match quote {
                Some(quote) => after[1..].split_once(quote)?,
                None => after.split_at(after.find([' ', '\t', '\n', ',', ')']).unwrap_or(after.len())),
            };
            let value = line(value);
            match name {
                "src" | "url" | "image_path" => figure.src = value,
                "alt" => figure.alt = Some(value),
                "title" | "caption" | "description" if !value.is_empty() => {
                    let gap = if figure.caption.is_empty() { "" } else { " " };
                    figure.caption = format!("{}{gap}{value}", figure.caption);
                }
                _ => {}
            }
            rest = behind;
        }
        (!figure.src.is_empty()).then_some(figure)
    }

    /// Its HTML. Alone on its line it ends in an empty one, behind which Markdown goes on (CommonMark §4.6); within a
    /// line it is a mere image.
    fn html(&self, alone: bool) -> String {
        let (src, caption) = (escape(&self.src), escape(&self.caption));
        let alt = self.alt.as_deref().map_or(caption.clone(), escape);
        match (alone, self.caption.is_empty()) {
            (true, true) => format!("<figure><img src=\"{src}\" alt=\"{alt}\"></figure>\n"),
            (true, false) => {
                format!("<figure><img src=\"{src}\" alt=\"{alt}\"><figcaption>{caption}</figcaption></figure>\n")
            }
            (false, _) => format!("<img src=\"{src}\" alt=\"{alt}\" title=\"{caption}\">"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(markdown: &str) -> (String, String) {
        let (text, lost) = without(markdown);
        (text, lost.join(" "))
    }

    fn said(text: &str, lost: &str) -> (String, String) {
        (text.to_owned(), lost.to_owned())
    }

    #[test]
    fn a_figure_becomes_an_image_with_its_caption() {
        let figure = "<figure><img src=\"/a.jpg\" alt=\"井架\"><figcaption>老井 与&lt;新&gt;井</figcaption></figure>\n";
        for text in [
            "{{< figure src=\"/a.jpg\" alt=\"井架\" title=\"老井\" caption=\"与<新>井\" >}}",
            "{{< figure src=`/a.jpg` alt='井架' caption=\"老井\n\n与<新>井\" width=600 />}}",
            "{% include figure.html image_path=\"/a.jpg\" alt=\"井架\" caption=\"老井 与<新>井\" %}",
            "{{ figure(src=\"/a.jpg\", alt=\"井架\", caption=\"老井 与<新>井\") }}",
        ] {
            assert_eq!(of(&format!("前。\n{text}\n后。")), said(&format!("前。\n{figure}\n后。"), ""), "{text}");
        }
        let inline = of("看{{< figure src=/a.jpg >}}。");
        assert_eq!(inline, said("看<img src=\"/a.jpg\" alt=\"\" title=\"\">。", ""));
    }

    #[test]
    fn of_other_shortcodes_the_tags_go_and_are_named() {
        let text = "{{% notice tip %}}\n**小心**\n{{% /notice %}}\n{{< youtube abc >}}{% if a %}甲{% endif %}{{ page.title }}{{< youtube b >}}";
        assert_eq!(of(text), said("\n**小心**\n\n甲", "notice youtube if page.title youtube"));
        assert_eq!(of("{{ tour(id=\"1\") }}{% quote(author=\"x\") %}水{% end %}"), said("水", "tour quote"));
        assert_eq!(of("{%- raw -%}a{% endraw %}"), said("a", ""));
    }

    #[test]
    fn addresses_that_jekyll_would_complete_stay_paths() {
        let text = "![井]({{ site.baseurl }}/a.png) [灯]({{ \"/b/\" | relative_url }})";
        assert_eq!(of(text), said("![井](/a.png) [灯](/b/)", ""));
    }

    #[test]
    fn code_and_what_is_no_shortcode_is_left_alone() {
        for text in [
            "`{{< youtube a >}}`",
            "```\n{{< youtube a >}}\n{% if %}\n```\n",
            "    {{ a }}\n",
            "{{ 姓名 }}",
            "{{",
            "{%",
            "{{< youtube",
            "{{<>}}",
            "{ }",
            "{{}}",
            "a {{\n",
        ] {
            assert_eq!(of(text), said(text, ""));
        }
        assert_eq!(of("{{</* youtube a */>}}"), said("{{< youtube a >}}", ""));
        let long = format!("{{{{< youtube {} >}}}}", "盐".repeat(MAX_TAG));
        assert_eq!(of(&long), said(&long, ""));
    }

    #[test]
    fn tags_that_never_end_do_not_keep_it_busy() {
        let text = "{{< ".repeat(100_000);
        assert_eq!(of(&text).0, text);
    }
}
