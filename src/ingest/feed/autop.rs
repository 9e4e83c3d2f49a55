//! What WordPress stores as the HTML that it shows: paragraphs of blank lines, and the shortcodes it comes with.
//!
//! Knows nothing of posts. Shortcodes that plugins brought are left as the text they are: nobody here knows what they
//! stood for.

use crate::ingest::MAX_INPUT;
use crate::ingest::text::escape;

/// Elements that stand apart by themselves, so that no paragraph is made of them.
const BLOCKS: [&str; 38] = [
    "address",
    "article",
    "aside",
    "audio",
    "blockquote",
    "caption",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "iframe",
    "li",
    "ol",
    "p",
    "pre",
    "script",
    "section",
    "style",
    "table",
    "tbody",
    "td",
    "tr",
    "ul",
    "video",
];

/// How long a shortcode's tag, and what it stands around, can be, in bytes.
const MAX_TAG: usize = 1024;
const MAX_INNER: usize = 8192;

/// Elements within which blank lines are not paragraphs' ends.
const WHOLE: [&str; 7] = ["pre", "script", "style", "table", "ul", "ol", "figure"];

/// The HTML of a stored post. Posts of blocks have their paragraphs already.
pub(super) fn html(stored: &str) -> String {
    if stored.len() > MAX_INPUT {
        // Of what is too long only a beginning will be taken.
        return stored.to_owned();
    }
    let stored = shortcodes(&stored.replace("\r\n", "\n"));
    if stored.contains("<!-- wp:") { stored } else { paragraphs(&stored) }
}

/// Paragraphs apart by blank lines; a line break within one stays a break.
fn paragraphs(stored: &str) -> String {
    let mut html = String::with_capacity(stored.len() + stored.len() / 8);
    let mut paragraph: Vec<&str> = Vec::new();
    // How many elements that are to stay whole are open.
    let mut whole = 0_usize;
    for line in stored.lines() {
        let trimmed = line.trim();
        let apart = whole > 0 || is_block(trimmed);
        if apart || trimmed.is_empty() {
            close(&mut html, &mut paragraph);
        } else {
            paragraph.push(trimmed);
        }
        if apart {
            html.push_str(if whole > 0 { line } else { trimmed });
            html.push('\n');
        }
        for tag in line.split('<').skip(1) {
            let closes = tag.starts_with('/');
            let name = name(tag.trim_start_matches('/'));
            if WHOLE.contains(&name.as_str()) {
                whole = if closes { whole.saturating_sub(1) } else { whole + 1 };
            }
        }
    }
    close(&mut html, &mut paragraph);
    html.trim_end().to_owned()
}

fn close(html: &mut String, paragraph: &mut Vec<&str>) {
    if !paragraph.is_empty() {
        html.push_str(&format!("<p>{}</p>\n", paragraph.join("<br>\n")));
        paragraph.clear();
    }
}

/// Whether a line begins with a block, its end, or a comment.
fn is_block(line: &str) -> bool {
    let Some(tag) = line.strip_prefix('<') else { return false };
    tag.starts_with("!--") || BLOCKS.contains(&name(tag.trim_start_matches('/')).as_str())
}

fn name(tag: &str) -> String {
    let end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
    tag[..end].to_ascii_lowercase()
}

/// The text with WordPress' own shortcodes as what they show: a caption, an address. A gallery shows what is not here.
fn shortcodes(stored: &str) -> String {
    let mut html = String::with_capacity(stored.len());
    let mut rest = stored;
    while let Some(at) = rest.find('[') {
        html.push_str(&rest[..at]);
        rest = &rest[at..];
        match shortcode(rest) {
            Some((shown, behind)) => {
                html.push_str(&shown);
                rest = behind;
            }
            None => {
                html.push('[');
                rest = &rest[1..];
            }
        }
    }
    html + rest
}

/// What the shortcode at the beginning shows, and what stands behind it.
fn shortcode(text: &str) -> Option<(String, &str)> {
    // Neither a tag nor what it stands around holds another one that begins.
    let end = text.bytes().take(MAX_TAG).skip(1).position(|b| matches!(b, b'[' | b']'))? + 1;
    if !text[end..].starts_with(']') {
        return None;
    }
    let (tag, behind) = (&text[1..end], &text[end + 1..]);
    let tag = tag.trim_end_matches('/').trim_end();
    let name = tag.split_whitespace().next()?;
    let end = format!("[/{name}]");
    let within = || {
        let inner = &behind[..behind.floor_char_boundary(MAX_INNER)];
        // Another one that begins before has that end.
        let again = [' ', ']'].iter().filter_map(|next| inner.find(&format!("[{name}{next}"))).min();
        let at = inner[..again.unwrap_or(inner.len())].find(&end)?;
        Some((&behind[..at], &behind[at + end.len()..]))
    };
    match name {
        "caption" | "wp_caption" => {
            let (inner, behind) = within()?;
            Some((caption(inner, tag), behind))
        }
        "embed" => {
            let (inner, behind) = within()?;
            Some((link(inner.trim())?, behind))
        }
        "audio" | "video" => {
            let sources = ["src", "mp3", "m4a", "ogg", "wav", "mp4", "m4v", "webm"];
            let source = sources.iter().find_map(|name| attribute(tag, name));
            let (inner, behind) = within().unwrap_or(("", behind));
            Some((source.and_then(link).or_else(|| link(inner.trim())).unwrap_or_default(), behind))
        }
        "gallery" | "playlist" | "/gallery" | "/playlist" | "/audio" | "/video" => Some((String::new(), behind)),
        _ => None,
    }
}

/// A picture, alone or in its link, with the words below it.
fn caption(inner: &str, tag: &str) -> String {
    let image = inner.find("<img").and_then(|at| Some(at + inner[at..].find('>')? + 1)).unwrap_or(0);
    let link = inner[image..].trim_start().strip_prefix("</a>").map_or(image, |rest| inner.len() - rest.len());
    let (picture, words) = inner.split_at(link);
    let words = if words.trim().is_empty() { attribute(tag, "caption").unwrap_or_default() } else { words.trim() };
    format!("\n\n<figure>{}<figcaption>{words}</figcaption></figure>\n\n", picture.trim())
}

/// A paragraph that is a link.
fn link(address: &str) -> Option<String> {
    let is_address = address.starts_with("http://") || address.starts_with("https://");
    let address = escape(address);
    is_address.then(|| format!("\n\n<p><a href=\"{address}\">{address}</a></p>\n\n"))
}

/// An attribute's value in double quotes.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    Some(value.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_part_paragraphs_and_line_breaks_stay() {
        assert_eq!(html("盐井\r\n在大安\r\n\r\n灯会"), "<p>盐井<br>\n在大安</p>\n<p>灯会</p>");
        assert_eq!(html("<h2>井</h2>\n深千米\n\n<b>灯</b>"), "<h2>井</h2>\n<p>深千米</p>\n<p><b>灯</b></p>");
    }

    #[test]
    fn blocks_stay_whole() {
        let list = "<ul>\n<li>盐</li>\n\n<li>灯</li>\n</ul>";
        assert_eq!(html(&format!("a\n\n{list}\n\nb")), format!("<p>a</p>\n{list}\n<p>b</p>"));
        assert_eq!(html("<pre>a\n\n  b</pre>"), "<pre>a\n\n  b</pre>");
        let blocks = "<!-- wp:paragraph -->\n<p>盐</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:x /-->";
        assert_eq!(html(blocks), blocks);
    }

    #[test]
    fn shortcodes_of_wordpress_become_what_they_show() {
        let image = "<img src=\"https://a.example/1.jpg\" alt=\"井\">";
        assert_eq!(
            html(&format!("[caption id=\"a_1\" width=\"300\"]{image} 大安的井[/caption]\n井深。")),
            format!("<figure>{image}<figcaption>大安的井</figcaption></figure>\n<p>井深。</p>")
        );
        let link = "<p><a href=\"https://a.example/1.mp3\">https://a.example/1.mp3</a></p>";
        assert_eq!(html("[audio mp3=\"https://a.example/1.mp3\"][/audio]"), link);
        assert_eq!(html("[embed]https://a.example/1.mp3[/embed]"), link);
        assert_eq!(html("看图 [gallery ids=\"1,2\"]"), "<p>看图</p>");
        assert_eq!(html("见 [1] 与 [form id=2] [caption] ["), "<p>见 [1] 与 [form id=2] [caption] [</p>");
    }
}
