//! A WordPress export (WXR): RSS 2.0 with all that a post has, and with posts that no feed shows.
//!
//! Knows nothing of comments, menus and settings, which are in it, too.

use std::collections::HashMap;

use super::entry::Entry;
use super::rss::{self, Channel};
use super::tree::Element;
use crate::article::Status;
use crate::ingest::text::escape;

/// The most authors of an export that are remembered.
const MAX_AUTHORS: usize = 10_000;

/// Elements that are blocks, or parts of one: what begins with one is no paragraph of text.
const BLOCKS: [&str; 38] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
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
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
    "video",
    "audio",
];

/// Shortcodes of WordPress itself that show what is no text, and what they may hold.
const SHORTCODES: [&str; 7] = ["caption", "gallery", "audio", "video", "embed", "playlist", "wp_caption"];

/// Who writes: the names of those who sign with their logins.
#[derive(Clone, Debug, Default)]
pub struct Authors(HashMap<String, String>);

impl Authors {
    /// Hears of an author.
    pub fn hear(&mut self, author: &Element) {
        let (login, name) = (author.value_of("wp:author_login"), author.value_of("wp:author_display_name"));
        if let (Some(login), Some(name)) = (login, name)
            && self.0.len() < MAX_AUTHORS
        {
            self.0.insert(login, name);
        }
    }
}

/// A post as an entry: `None` if it is none (a page, a picture, a menu's item), and a reason if it is not to be seen.
pub fn entry(item: &Element, channel: &Channel, authors: &Authors) -> Option<Result<Entry, String>> {
    let value = |name: &str| item.value_of(name);
    if value("wp:post_type").is_some_and(|kind| kind != "post") {
        return None;
    }
    if value("wp:post_password").is_some() {
        return Some(Err("is protected by a password".to_owned()));
    }
    let mut entry = rss::entry(item, channel);
    entry.status = match value("wp:status").as_deref() {
        None | Some("publish" | "future") => Status::Published,
        Some("draft") => Status::Draft,
        Some(other) => return Some(Err(format!("its status is {other}; only published posts are taken"))),
    };
    let date = |gmt: &str, local: &str| {
        let said = |text: String| Some(text).filter(|text| !text.starts_with("0000"));
        value(gmt).and_then(said).map(|date| format!("{date} +0000")).or_else(|| value(local).and_then(said))
    };
    entry.published = date("wp:post_date_gmt", "wp:post_date").or(entry.published);
    entry.updated = date("wp:post_modified_gmt", "wp:post_modified");
    for author in &mut entry.authors {
        if let Some(name) = authors.0.get(&author.name) {
            author.name.clone_from(name);
        }
    }
    entry.html = value("content:encoded").map(|content| published(&content));
    entry.summary = value("excerpt:encoded");
    Some(Ok(entry))
}

/// What WordPress makes of a post's text when it shows it: paragraphs where there are none, and nothing of shortcodes.
fn published(content: &str) -> String {
    let content = without_shortcodes(content);
    let is_marked = content.contains("<!-- wp:") || content.contains("<p>") || content.contains("<p ");
    if is_marked { content } else { paragraphs(&content) }
}

/// Lines apart by empty ones or by elements that are blocks as paragraphs; a line break within one is one.
fn paragraphs(content: &str) -> String {
    let (mut html, mut paragraph, mut verbatim) = (String::with_capacity(content.len() * 2), Vec::new(), false);
    for line in content.lines().chain([""]) {
        if verbatim {
            html.push_str(&format!("{line}\n"));
            verbatim = !line.contains("</pre>");
            continue;
        }
        let line = line.trim();
        let is_block = begins_block(line);
        if !line.is_empty() && !is_block {
            paragraph.push(line);
            continue;
        }
        if !paragraph.is_empty() {
            html.push_str(&format!("<p>{}</p>\n", paragraph.join("<br>\n")));
            paragraph.clear();
        }
        if is_block {
            html.push_str(&format!("{line}\n"));
            verbatim = line.contains("<pre") && !line.contains("</pre>");
        }
    }
    html
}

/// Whether a line begins with an element that is a block, or with the end of one.
fn begins_block(line: &str) -> bool {
    let Some(tag) = line.strip_prefix('<') else { return false };
    let tag = tag.trim_start_matches('/').to_ascii_lowercase();
    let name_ends = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
    BLOCKS.contains(&&tag[..name_ends])
}

/// The text without WordPress' own shortcodes: a caption becomes a figure's, what is embedded a link to it.
fn without_shortcodes(content: &str) -> String {
    let mut plain = String::with_capacity(content.len());
    let mut rest = content;
    while let Some(at) = rest.find('[') {
        let (before, tag) = rest.split_at(at);
        plain.push_str(before);
        let Some((shortcode, after)) = Shortcode::read(tag) else {
            plain.push('[');
            rest = &tag[1..];
            continue;
        };
        plain.push_str(&shortcode.html());
        rest = after;
    }
    plain + rest
}

/// `[name attributes]inner[/name]`, or without an end.
struct Shortcode<'c> {
    name: &'c str,
    attributes: &'c str,
    inner: &'c str,
}

impl<'c> Shortcode<'c> {
    /// The shortcode that a text begins with, and the rest of the text.
    fn read(text: &'c str) -> Option<(Self, &'c str)> {
        let tag = text.strip_prefix('[')?;
        let end = tag.find(']')?;
        let name_ends = tag[..end].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(end);
        let (name, attributes) = tag[..end].split_at(name_ends);
        if !SHORTCODES.contains(&name) {
            return None;
        }
        let after = &tag[end + 1..];
        let closing = format!("[/{name}]");
        let (inner, after) = match after.find(&closing) {
            Some(at) if !attributes.trim_end().ends_with('/') => (&after[..at], &after[at + closing.len()..]),
            _ => ("", after),
        };
        Some((Self { name, attributes, inner }, after))
    }

    /// What an attribute says.
    fn attribute(&self, name: &str) -> Option<&'c str> {
        let (_, rest) = self.attributes.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value)
    }

    fn html(&self) -> String {
        let link = |url: &str| format!("<p><a href=\"{0}\">{0}</a></p>\n", escape(url.trim()));
        match self.name {
            "caption" | "wp_caption" => {
                // The picture, perhaps as a link, then the words; they stood in an attribute once.
                let image_ends =
                    self.inner.rfind("</a>").map(|at| at + 4).or_else(|| self.inner.rfind('>').map(|at| at + 1));
                let (image, words) = self.inner.split_at(image_ends.unwrap_or(0));
                let words =
                    if words.trim().is_empty() { self.attribute("caption").unwrap_or("") } else { words.trim() };
                format!("<figure>{}<figcaption>{words}</figcaption></figure>", image.trim())
            }
            "embed" => link(self.inner),
            "audio" | "video" => {
                let files = ["src", "mp3", "m4a", "ogg", "wav", "mp4", "m4v", "webm"];
                files.iter().find_map(|name| self.attribute(name)).map(link).unwrap_or_default()
            }
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_markup_gets_paragraphs() {
        let html =
            published("第一段\r\n还是第一段\n\n<h2>井</h2>\n第二段 <em>井</em>\n<ul>\n<li>一</li>\n</ul>\n<em>井</em>");
        let shown = "<p>第一段<br>\n还是第一段</p>\n<h2>井</h2>\n<p>第二段 <em>井</em></p>\n<ul>\n<li>一</li>\n</ul>\n<p><em>井</em></p>\n";
        assert_eq!(html, shown);
        assert_eq!(published("<pre>a\n\nb</pre>\nc"), "<pre>a\n\nb</pre>\n<p>c</p>\n");
        let blocks = "<!-- wp:paragraph -->\n<p>井</p>\n<!-- /wp:paragraph -->";
        assert_eq!(published(blocks), blocks);
    }

    #[test]
    fn shortcodes_become_what_they_show_and_other_brackets_stay() {
        let html = published(
            "[caption id=\"a\" width=\"3\"]<img src=\"/a.jpg\"> 井口[/caption]\n\n[gallery ids=\"1,2\"]\n\n见[注]",
        );
        assert_eq!(html, "<figure><img src=\"/a.jpg\"><figcaption>井口</figcaption></figure>\n<p>见[注]</p>\n");
        let html =
            published("[embed]https://video.example/1[/embed]\n\n[audio mp3=\"https://a.example/1.mp3\"][/audio]");
        assert!(html.contains("href=\"https://video.example/1\"") && html.contains("href=\"https://a.example/1.mp3\""));
    }
}
