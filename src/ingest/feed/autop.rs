//! Turns the text that WordPress stores into the HTML that it shows: its shortcodes first, then paragraphs of blank
//! lines.
//!
//! Knows nothing of posts, or of what shortcodes show.

use super::shown::Shower;
use crate::ingest::MAX_INPUT;

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

/// Elements within which blank lines are not paragraphs' ends.
const WHOLE: [&str; 7] = ["pre", "script", "style", "table", "ul", "ol", "figure"];

/// The HTML of a stored post. Posts of blocks have their paragraphs already.
pub(super) fn html(stored: &str, shower: &mut Shower<'_>) -> String {
    if stored.len() > MAX_INPUT {
        // Of what is too long only a beginning will be taken.
        return stored.to_owned();
    }
    let stored = shower.show(&stored.replace("\r\n", "\n"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::feed::library::Library;

    fn html(stored: &str) -> String {
        super::html(stored, &mut Shower::new(&mut Library::default(), None))
    }

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
}
