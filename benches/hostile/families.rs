//! Families of hostile input of each form, and the ordinary prose that each is measured by.
//!
//! Knows nothing of how they are measured.

use crate::{corpus, markup};

/// In which form an article comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The field `html` of the article form.
    Html,
    /// The field `text`.
    Text,
    /// The article form itself, as a request brings it.
    Json,
    /// A file of Markdown.
    Markdown,
    /// A feed.
    Feed,
    /// A page of plain text.
    Page,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Html, Self::Text, Self::Json, Self::Markdown, Self::Feed, Self::Page];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Html => "html:",
            Self::Text => "text:",
            Self::Json => "json:",
            Self::Markdown => "markdown:",
            Self::Feed => "feed:",
            Self::Page => "page:",
        }
    }
}

/// Inputs of one kind, of any size.
pub struct Family {
    /// In which form.
    pub form: Form,
    /// What makes it hostile.
    pub name: &'static str,
    /// Makes one of about so many bytes, and never more.
    pub make: Box<dyn Fn(usize) -> Vec<u8>>,
}

impl Family {
    /// A family of texts.
    pub fn new(form: Form, name: &'static str, make: impl Fn(usize) -> String + 'static) -> Self {
        Self { form, name, make: Box::new(move |size| make(size).into_bytes()) }
    }
}

/// As many of a piece as there is room for.
pub fn repeated(piece: &str, size: usize) -> String {
    piece.repeat(size / piece.len())
}

/// The same between a beginning and an end.
pub fn framed(begin: &str, piece: &str, end: &str, size: usize) -> String {
    let room = size.saturating_sub(begin.len() + end.len());
    format!("{begin}{}{end}", repeated(piece, room))
}

/// A beginning and numbered pieces.
pub fn numbered(begin: &str, piece: impl Fn(usize) -> String, size: usize) -> String {
    let mut text = begin.to_owned();
    // Room for an end.
    for piece in (0..).map(piece).take_while(|piece| !piece.is_empty()) {
        if text.len() + piece.len() + 64 > size {
            break;
        }
        text.push_str(&piece);
    }
    text
}

/// Ordinary prose of a form.
pub fn prose(form: Form) -> Family {
    Family::new(form, "prose", move |size| match form {
        Form::Html => paragraphs(size),
        Form::Text | Form::Page => format!("盐井\n\n{}", plain("\n\n", size - 64)),
        Form::Json => article("html", &paragraphs(size - size / 8)),
        Form::Markdown => format!("# 盐井\n\n{}", marked(size - 64)),
        Form::Feed => feed(&format!("<description><![CDATA[{}]]></description>", paragraphs(size - 512))),
    })
}

/// Paragraphs, of which every second article's have attributes that are not kept.
fn paragraphs(size: usize) -> String {
    numbered("", |nth| corpus::article(nth as u64).html, size)
}

/// The same without markup.
fn plain(between: &str, size: usize) -> String {
    let text = |html: &str| {
        html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect::<Vec<_>>().concat()
    };
    numbered("", |nth| text(&corpus::article(nth as u64).html).replace('\n', between), size)
}

/// The same in CommonMark.
fn marked(size: usize) -> String {
    let of = |html: String| {
        let (mut text, mut links) = (html.replace(" class=\"text\"", ""), Vec::new());
        for (html, mark) in [("<p>", "\n"), ("</p>", "\n"), ("<h2>", "\n## "), ("</h2>", "\n")] {
            text = text.replace(html, mark);
        }
        for (html, mark) in [("<em>", "*"), ("</em>", "*"), ("<strong>", "**"), ("</strong>", "**")] {
            text = text.replace(html, mark);
        }
        for link in text.split("<a href=\"").skip(1) {
            let (address, rest) = link.split_once("\">").unwrap_or_default();
            let (words, _) = rest.split_once("</a>").unwrap_or_default();
            links.push((format!("<a href=\"{address}\">{words}</a>"), format!("[{words}]({address})")));
        }
        links.iter().fold(text, |text, (html, mark)| text.replace(html, mark))
    };
    numbered("", |nth| of(corpus::article(nth as u64).html), size)
}

fn article(field: &str, value: &str) -> String {
    let corpus::Article { id, title, .. } = corpus::article(0);
    let mut article = serde_json::json!({ "id": id, "title": title });
    article[field] = value.into();
    article.to_string()
}

fn feed(item: &str) -> String {
    format!(
        "<rss><channel><item><guid>1</guid><title>盐</title><link>https://a.example/1</link>{item}</item></channel></rss>"
    )
}

/// All families of a form.
pub fn of(form: Form) -> Vec<Family> {
    match form {
        Form::Html => markup::families(),
        Form::Text => {
            let pieces =
                [("line feeds", "\n"), ("short lines", "x\n"), ("ampersands", "&"), ("tags", "</b>"), ("spaces", " ")];
            pieces.map(|(name, piece)| Family::new(form, name, move |size| repeated(piece, size))).into()
        }
        Form::Json => json(),
        Form::Markdown => markdown(),
        Form::Feed => feeds(),
        Form::Page => {
            let pieces = [("headlines", "- • x\n"), ("headings", "x\n"), ("dashes", "-"), ("ampersands", "&")];
            pieces
                .map(|(name, piece)| Family::new(form, name, move |size| framed("盐\n盐。\n", piece, "", size)))
                .into()
        }
    }
}

/// What stands in the list of districts, and so on.
fn list(field: &str, item: impl Fn(usize) -> String, size: usize) -> String {
    let items = numbered("", |nth| format!("{},", item(nth)), size.saturating_sub(64));
    format!("{{\"id\":\"1\",\"title\":\"t\",\"{field}\":[{}]}}", items.trim_end_matches(','))
}

fn json() -> Vec<Family> {
    let mut all = Vec::new();
    let mut more = |name, make: fn(usize) -> String| all.push(Family::new(Form::Json, name, make));
    more("unknown districts", |size| list("districts", |n| format!("\"gebiet{n}\""), size));
    more("districts that are no text", |size| list("districts", |n| n.to_string(), size));
    more("one long district", |size| {
        article("title", "t").replace('}', &framed(",\"districts\":[\"", "盐", "\"]}", size - 64))
    });
    more("unknown topics", |size| list("topics", |n| format!("\"Thema {n}\""), size));
    more("tags", |size| list("tags", |n| format!("\"t{n}\""), size));
    more("tags that are no text", |size| list("tags", |_| "1".to_owned(), size));
    more("authors", |size| list("authors", |n| format!("{{\"name\":\"a{n}\"}}"), size));
    more("authors without names", |size| list("authors", |_| "{}".to_owned(), size));
    more("authors that are no objects", |size| list("authors", |_| "[]".to_owned(), size));
    more("enclosures that lack all", |size| list("enclosures", |_| "{}".to_owned(), size));
    more("enclosures", |size| {
        list("enclosures", |n| format!("{{\"url\":\"/{n}\",\"type\":\"a/b\",\"length\":\"x\"}}"), size)
    });
    more("unknown fields", |size| numbered("{\"id\":\"1\",\"title\":\"t\"", |n| format!(",\"f{n}\":1"), size) + "}");
    more("unknown fields beside a long text", |size| {
        let text = "盐".repeat(size / 6);
        numbered(&format!("{{\"html\":\"{text}\""), |n| format!(",\"z{n}\":1"), size) + "}"
    });
    more("unknown fields beside many tags", |size| {
        let tags = "\"t\",".repeat(size / 8);
        numbered(&format!("{{\"tags\":[{tags}\"t\"]"), |n| format!(",\"z{n}\":1"), size) + "}"
    });
    more("one field again and again", |size| numbered("{\"id\":\"1\"", |_| ",\"id\":\"1\"".to_owned(), size) + "}");
    more("two fields again and again", |size| {
        numbered("{\"id\":\"1\"", |n| format!(",\"f{0}\":1,\"f{0}\":1", n), size) + "}"
    });
    more("a long unknown field", |size| framed("{\"id\":\"1\",\"title\":\"t\",\"", "~", "\":1}", size));
    more("brackets", |size| framed("{\"id\":", "[", "", size));
    more("braces", |size| framed("{\"id\":", "{\"a\":", "", size));
    more("escapes", |size| framed("{\"id\":\"1\",\"title\":\"t\",\"text\":\"", "\\u76d0", "\"}", size));
    more("a number", |size| framed("{\"id\":", "9", "}", size));
    more("a title of tags", |size| framed("{\"id\":\"1\",\"title\":\"", "</b>", "\"}", size.min(7900)));
    more("a summary of nested tags", |size| {
        let nested = size.min(79_000) / 4;
        article("summary", &format!("{}</b>{}", "<".repeat(nested), "/b>".repeat(nested)))
    });
    more("a summary of less-than", |size| article("summary", &framed("</b>", "<", "", size.min(79_000))));
    more("a summary of starts", |size| article("summary", &framed("</b>", "<b", "", size.min(79_000))));
    more("a link", |size| framed("{\"id\":\"1\",\"title\":\"t\",\"url\":\"https://", "盐.", "\"}", size));
    more("a language", |size| framed("{\"id\":\"1\",\"title\":\"t\",\"language\":\"zh", "-a", "\"}", size));
    more("a date", |size| framed("{\"id\":\"1\",\"title\":\"t\",\"published\":\"", "2", "\"}", size));
    more("terms of the rules", |size| article("text", &repeated("盐井灯会恐龙", size - 256)));
    all
}

/// Markdown: what stands first, what is repeated, and what stands last.
const MARKDOWN: [(&str, &str, &str, &str); 68] = [
    ("quotes", "", "> ", "x"),
    ("quotes, a line each", "", ">\n", ""),
    ("lists", "", "- ", "x"),
    ("lists indented", "", "* * 1. ", "x"),
    ("brackets", "", "[", ""),
    ("brackets closed", "", "]", ""),
    ("brackets in both ways", "", "[a](", ""),
    ("brackets nested", "", "[a", "](x)"),
    ("images nested", "", "![", ""),
    ("links of less-than", "", "[a](<", ""),
    ("links with titles", "", "[a](b \"", ""),
    ("emphasis", "", "*a ", ""),
    ("emphasis of two kinds", "", "*a _b", ""),
    ("emphasis ended", "", "a* ", ""),
    ("emphasis in a row", "", "**x*", ""),
    ("stars", "x", "*", "x"),
    ("tildes", "", "~a", ""),
    ("backticks apart", "", "` ``", ""),
    ("backslashes", "", "\\", ""),
    ("autolinks", "", "<http:", ""),
    ("less-than", "", "<", ""),
    ("comments left open", "", "a <!-- ", ""),
    ("instructions left open", "", "a <?", ""),
    ("declarations left open", "", "a <!A ", ""),
    ("cdata left open", "", "a <![CDATA[", ""),
    ("tags left open", "", "a <b c=\"", ""),
    ("blocks of html", "", "<div>\n\n", ""),
    ("table of one row", "", "|", "\n|-|\n"),
    ("rules", "", "---\n\n", ""),
    ("headings", "", "# \n", ""),
    ("setext", "", "a\n=\n", ""),
    ("fences", "", "```\n", ""),
    ("code by spaces", "", "    a\n", ""),
    ("references", "[a]: /x\n\n", "[a]", ""),
    ("references to nothing", "", "[a][b]", ""),
    ("footnotes", "[^1]: x\n\n", "[^1]", ""),
    ("definitions", "", "[a]: b\n", ""),
    ("definitions left open", "", "[a]: b '\n", ""),
    ("entities", "", "&amp;", ""),
    ("shortcodes left open", "", "{{< ", ""),
    ("shortcodes", "", "{{< x >}}", ""),
    ("figures", "", "{{< figure src=/x >}}\n", ""),
    ("comments of Liquid", "", "{% comment %}", ""),
    ("braces", "", "{", ""),
    ("expressions", "", "{{ \"a\" | b }}", ""),
    ("b left open", "", "<b a=1>", ""),
    ("remarks", "", "%%a%%", ""),
    ("remarks that hide code", "", "%%` %%", ""),
    ("percentages", "", "1%%", ""),
    ("percentages in addresses", "", "a://b%%c ", ""),
    ("remarks of kramdown", "", "{::comment}{:/}", ""),
    ("remarks in lines of references", "", "[//]: #\n", ""),
    ("containers", "", "::: a\n", ""),
    ("admonitions", "", "!!! a\n", ""),
    ("admonitions and empty lines", "", "!!! a\n\n", "    x"),
    ("tables of contents", "", "{:toc}\n\n", ""),
    ("attributes of blocks", "", "a\n{: #b}\n\n", ""),
    ("attributes in lines", "", "*a*{: .b}", ""),
    ("attributes left open", "", "`a`{.", ""),
    ("links of wikis", "", "[[a]] x ", ""),
    ("links of wikis left open", "", "[[aaaa", ""),
    ("highlights", "", "==a== ", ""),
    ("highlights left open", "", " ==a", ""),
    ("formulas", "", "$a_b$ ", ""),
    ("formulas of marks", "", "$[*_$ ", ""),
    ("formulas left open", "", "$$a ", ""),
    ("brackets of formulas left open", "", "\\[\\a ", ""),
    ("tasks", "", "- [ ] a\n", ""),
];

/// A kind of front matter: its name, and one of about so many bytes.
type Front = (&'static str, fn(usize) -> String);

fn markdown() -> Vec<Family> {
    let all = MARKDOWN.map(|(name, begin, piece, end)| {
        Family::new(Form::Markdown, name, move |size| framed(&format!("# t\n\n{begin}"), piece, end, size))
    });
    let mut all = Vec::from(all);
    let mut more = |name, make: fn(usize) -> String| all.push(Family::new(Form::Markdown, name, make));
    more("headings that are linked to", |size| numbered("", |n| format!("# a\n[b](#a-{n})\n"), size));
    more("admonitions, one deeper each line", |size| numbered("", |n| format!("{}!!! a\n", "    ".repeat(n)), size));
    more("backticks of all lengths", |size| numbered("", |n| "`".repeat(n + 1) + " ", size));
    more("a wide table with short rows", |size| {
        let columns = (size as f64).sqrt() as usize;
        format!("# t\n\n{}\n{}\n", "|a".repeat(columns), "|-".repeat(columns)) + &repeated("|\n", size / 2)
    });
    more("a long reference", |size| {
        let link = "x".repeat(size / 2);
        format!("# t\n\n[a]: /{link}\n\n") + &repeated("[a]", size / 3)
    });
    more("many footnotes", |size| numbered("", |n| format!("[^{n}] \n\n[^{n}]: x\n\n"), size));
    more("many definitions", |size| numbered("", |n| format!("[a{n}]: b\n[a{n}]\n"), size));
    more("lists, one deeper each line", |size| numbered("", |n| format!("{}- a\n", "  ".repeat(n)), size));
    more("quotes, one deeper each line", |size| numbered("", |n| "> ".repeat(n) + "a\n", size));
    let front: [Front; 9] = [
        ("yaml, keys", |size| numbered("", |n| format!("k{n}: v\n"), size)),
        ("yaml, flow", |size| framed("a: ", "[", "\n", size)),
        ("yaml, tags", |size| framed("tags: [", "a, ", "]\n", size)),
        ("yaml, blocks", |size| numbered("", |n| format!("{}a:\n", " ".repeat(n)), size)),
        ("yaml, questions", |size| framed("", "? ", "\n", size)),
        ("yaml, dashes", |size| framed("", "- ", "\n", size)),
        ("yaml, anchors", |size| numbered("", |n| format!("k{n}: &a{n} v\n"), size)),
        ("yaml, a quoted text", |size| framed("title: \"", "\\x41", "\"\n", size)),
        ("yaml, comments", |size| framed("", "#\n", "", size)),
    ];
    all.extend(front.map(|(name, make)| {
        Family::new(Form::Markdown, name, move |size| format!("---\n{}---\nx\n", make(size.min(65_000))))
    }));
    let front: [Front; 5] = [
        ("toml, keys", |size| numbered("", |n| format!("k{n} = 1\n"), size)),
        ("toml, dotted keys", |size| framed("", "a.", "a = 1\n", size)),
        ("toml, tables", |size| numbered("", |n| format!("[t{n}]\n"), size)),
        ("toml, lists", |size| framed("a = ", "[", "\n", size)),
        ("toml, tables in lists", |size| framed("", "[[a]]\n", "", size)),
    ];
    all.extend(front.map(|(name, make)| {
        Family::new(Form::Markdown, name, move |size| format!("+++\n{}+++\nx\n", make(size.min(65_000))))
    }));
    all
}

fn feeds() -> Vec<Family> {
    let mut all = Vec::new();
    let pieces = [
        ("elements left open", "<a>"),
        ("elements", "<a/>"),
        ("elements of namespaces", "<a:b/>"),
        ("ends of nothing", "</a>"),
        ("references", "&amp;"),
        ("references that are none", "&x;"),
        ("ampersands", "&"),
        ("sections", "<![CDATA[x]]>"),
        ("comments", "<!---->"),
        ("instructions", "<?a?>"),
        ("less-than", "<"),
        ("titles", "<title>x</title>"),
        ("categories", "<category>x</category>"),
        ("enclosures", "<enclosure url='/x'/>"),
        ("authors", "<author>a@b.example (x)</author>"),
        ("dates", "<pubDate>x</pubDate>"),
        ("items in items", "<item>"),
        ("channels", "</item><channel><item>"),
        ("media", "<media:group><media:content url='/x'>"),
    ];
    all.extend(
        pieces.map(|(name, piece)| Family::new(Form::Feed, name, move |size| feed(&repeated(piece, size - 256)))),
    );
    let bodies = [
        ("body of b", "&lt;b&gt;"),
        ("body of brackets", "["),
        ("body of captions", "[caption]"),
        ("body of captions that end", "[caption]x[/caption]"),
        ("body of embeds", "[embed]"),
        ("body of lines", "\n\n"),
        ("body of short lines", "x\n"),
        ("body of blocks", "&lt;ul>\n"),
    ];
    all.extend(bodies.map(|(name, piece)| {
        let wxr = move |size: usize| {
            let body = repeated(piece, size - 512);
            feed(&format!("<wp:post_type>post</wp:post_type><content:encoded>{body}</content:encoded>"))
        };
        Family::new(Form::Feed, name, wxr)
    }));
    let mut more = |name, make: fn(usize) -> String| all.push(Family::new(Form::Feed, name, make));
    more("attributes", |size| feed(&(numbered("<a", |n| format!(" a{n}='x'"), size - 256) + "/>")));
    more("declarations", |size| feed(&(numbered("<a", |n| format!(" xmlns:a{n}='x'"), size - 256) + "/>")));
    more("elements below many declarations", |size| {
        let declared: String = (0..256).map(|n| format!(" xmlns:a{n}='x'")).collect();
        format!(
            "<rss{declared}><channel><item><guid>1</guid>{}</item></channel></rss>",
            repeated("<z:a/>", size.saturating_sub(8192))
        )
    });
    more("ends of nothing beneath 290 elements", |size| feed(&framed(&"<a>".repeat(290), "</b>", "", size - 256)));
    more("names of elements", |size| feed(&numbered("", |n| format!("<a{n}/>"), size - 256)));
    more("a title of nested tags", |size| {
        let nested = size / 12;
        feed(&format!("<title>{}&lt;/b>{}</title>", "&lt;".repeat(nested), "/b>".repeat(nested)))
    });
    more("small items", |size| numbered("<rss><channel>", |n| format!("<item><guid>{n}</guid></item>"), size));
    more("json: items", |size| numbered("{\"items\":[{\"id\":1}", |n| format!(",{{\"id\":{n}}}"), size) + "]}");
    more("json: brackets", |size| framed("{\"items\":[", "[", "", size));
    more("json: tags", |size| framed("{\"items\":[{\"id\":1,\"tags\":[\"x\"", ",\"x\"", "]}]}", size));
    more("json: authors", |size| framed("{\"items\":[{\"id\":1,\"authors\":[\"x\"", ",\"x\"", "]}]}", size));
    all
}
