//! A stored post with its shortcodes as WordPress would show them: galleries, captions, players and links.
//!
//! Shortcodes of plugins are taken away and named, with the text that they stand around kept. Code and the insides of
//! tags are left as they are. Knows nothing of paragraphs.

use std::collections::HashSet;

use super::entry::Enclosed;
use super::library::{Attachment, Library};
use super::media::media_type;
use super::reference::decoded;
use super::shortcode::{Places, Tag, is_address};
use crate::ingest::loss::{Loss, LossKind};
use crate::ingest::text::escape;

/// The most pictures and recordings that a post shows by their ids.
const MAX_SHOWN: usize = 500;

/// The depth to which shortcodes may stand in one another: a recording in a caption, not more.
const MAX_DEPTH: usize = 4;

/// Elements in which nothing is a shortcode.
const VERBATIM: [&str; 5] = ["code", "pre", "script", "style", "textarea"];

/// Attributes in which a recording's address can stand.
const SOURCES: [&str; 14] =
    ["src", "mp3", "m4a", "ogg", "oga", "wav", "wma", "flac", "mp4", "m4v", "webm", "ogv", "wmv", "flv"];

/// Makes HTML of one post's shortcodes.
pub(super) struct Shower<'l> {
    library: &'l mut Library,
    /// The post's id, by which its own attachments are known.
    post: Option<u64>,
    depth: usize,
    seen: HashSet<u64>,
    /// Recordings that the post plays.
    pub enclosures: Vec<Enclosed>,
    pictures: u64,
    players: u64,
    shortcodes: Vec<String>,
}

impl<'l> Shower<'l> {
    /// Shows the post of this id with the attachments of its export.
    pub(super) fn new(library: &'l mut Library, post: Option<u64>) -> Self {
        let (depth, seen, enclosures) = (0, HashSet::new(), Vec::new());
        Self { library, post, depth, seen, enclosures, pictures: 0, players: 0, shortcodes: Vec::new() }
    }

    /// The shortcodes that could not be shown.
    pub(super) fn losses(&self) -> Vec<Loss> {
        let loss = |kind, count, what: &str| (count > 0).then(|| Loss { kind, count, what: what.to_owned() });
        let pictures = loss(LossKind::Picture, self.pictures, "the export does not hold them as attachments");
        let players = loss(LossKind::Player, self.players, "no address of what they play is known");
        [pictures, players, Loss::shortcodes(&self.shortcodes)].into_iter().flatten().collect()
    }

    /// The text as it is shown.
    pub(super) fn show(&mut self, stored: &str) -> String {
        let places = Places::of(stored);
        let mut html = String::with_capacity(stored.len());
        let mut markup = Markup::default();
        let (mut at, mut copied) = (0, 0);
        while let Some(next) = stored[at..].find(['<', '[']) {
            at += next;
            let text = &stored[copied..at];
            if stored[at..].starts_with('<') {
                let end = markup.pass(stored, at);
                let tag = &stored[at..end];
                html.push_str(&self.linked(text, markup.bounds(stored, copied), !markup.in_link && bounds(tag)));
                html.push_str(tag);
                markup.learn(tag);
                (at, copied) = (end, end);
            } else if let Some((shown, end)) = self.shortcode(stored, at, &places, markup.in_shortcode) {
                html.push_str(&self.linked(text, markup.bounds(stored, copied), false));
                html.push_str(&shown);
                markup.is_apart = false;
                (at, copied) = (end, end);
            } else {
                at += 1;
            }
        }
        html.push_str(&self.linked(&stored[copied..], markup.bounds(stored, copied), true));
        html
    }

    /// The HTML of the shortcode at `at`, and its end; `None` if it is text.
    fn shortcode(&mut self, text: &str, at: usize, places: &Places<'_>, certain: bool) -> Option<(String, usize)> {
        if text[at..].starts_with("[[") {
            return escaped(text, at, places);
        }
        let tag = Tag::read(&text[at..])?;
        let end = at + tag.length;
        let closing = places.end_of(&tag, at).filter(|_| !tag.ends);
        let inner = closing.map(|closing| &text[end..closing]);
        let behind = closing.map_or(end, |closing| closing + tag.name.len() + "[/]".len());
        if !tag.ends && tag.is_own() && self.depth < MAX_DEPTH {
            self.depth += 1;
            let shown = self.own(&tag, inner);
            self.depth -= 1;
            if let Some(shown) = shown {
                return Some((shown, behind));
            }
        }
        if !certain && !places.is_shortcode(&tag, at) {
            return None;
        }
        if tag.ends {
            return Some((String::new(), end));
        }
        if matches!(tag.name, "code" | "sourcecode")
            && let Some(inner) = inner
        {
            return Some((format!("\n\n<pre><code>{}</code></pre>\n\n", inner.trim_matches('\n')), behind));
        }
        if tag.is_player() {
            let address = tag.address();
            let within = || Some(decoded(inner?.trim()).into_owned()).filter(|inner| is_address(inner));
            let behind = if address.is_some() { end } else { behind };
            if let Some(address) = address.or_else(within) {
                return Some((format!("\n\n<p>{}</p>\n\n", link(&address)), behind));
            }
        }
        self.shortcodes.push(tag.name.to_owned());
        Some((String::new(), end))
    }

    /// The HTML of one of WordPress' own shortcodes; `None` if it lacks what makes it one.
    fn own(&mut self, tag: &Tag<'_>, inner: Option<&str>) -> Option<String> {
        match tag.name {
            "caption" | "wp_caption" => {
                let inner = self.show(inner?);
                Some(caption(&inner, tag))
            }
            "embed" => {
                let address = inner.map(|inner| decoded(inner.trim()).into_owned()).filter(|inner| is_address(inner));
                let address = address.or_else(|| tag.address())?;
                Some(format!("\n\n<p>{}</p>\n\n", self.media(&address, "")))
            }
            "audio" | "video" => Some(self.recording(tag, inner)),
            "gallery" => Some(self.gallery(tag)),
            "playlist" => Some(self.playlist(tag)),
            _ => None,
        }
    }

    fn recording(&mut self, tag: &Tag<'_>, inner: Option<&str>) -> String {
        let written = SOURCES.iter().find_map(|name| tag.value(name));
        let within = || inner.map(|inner| decoded(inner.trim()).into_owned()).filter(|inner| is_address(inner));
        // Without a source WordPress plays what was uploaded for the post.
        let source = written.or_else(within).or_else(|| {
            let first = *self.library.of_post(self.post?, tag.name).first()?;
            Some(self.library.get(first)?.url.clone())
        });
        let Some(source) = source else {
            self.players += 1;
            return String::new();
        };
        let poster = tag.value("poster").map(|poster| format!(" poster=\"{}\"", escape(&poster))).unwrap_or_default();
        self.enclose(&source);
        format!("\n\n<p>{}</p>\n\n", player(tag.name, &source, &poster))
    }

    fn gallery(&mut self, tag: &Tag<'_>) -> String {
        let mut html = String::new();
        for picture in self.attachments(tag, "image/") {
            let (url, alt) = (escape(&picture.url), escape(&picture.alt));
            let caption = match picture.caption.as_str() {
                "" => String::new(),
                caption => format!("<figcaption>{}</figcaption>", escape(caption)),
            };
            html.push_str(&format!("\n\n<figure><img src=\"{url}\" alt=\"{alt}\">{caption}</figure>"));
        }
        html + "\n\n"
    }

    fn playlist(&mut self, tag: &Tag<'_>) -> String {
        let kind = if tag.value("type").as_deref() == Some("video") { "video" } else { "audio" };
        let mut html = String::new();
        for recording in self.attachments(tag, kind) {
            self.enclose(&recording.url);
            let title = if recording.title.is_empty() { &recording.url } else { &recording.title };
            html.push_str(&format!("\n\n<p>{}<br>{}</p>", escape(title), player(kind, &recording.url, "")));
        }
        html + "\n\n"
    }

    /// The attachments that a shortcode names, or else the post's own. Each is shown once.
    fn attachments(&mut self, tag: &Tag<'_>, kind: &str) -> Vec<Attachment> {
        let listed = |name| {
            let ids = tag.value(name)?;
            Some(ids.split([',', ' ']).filter_map(|id| id.parse().ok()).take(MAX_SHOWN).collect::<Vec<u64>>())
        };
        let post = tag.value("id").and_then(|id| id.parse().ok()).or(self.post);
        let named = listed("ids").or_else(|| listed("include"));
        let mut ids = named.unwrap_or_else(|| post.map_or_else(Vec::new, |post| self.library.of_post(post, kind)));
        let excluded = listed("exclude").unwrap_or_default();
        ids.retain(|id| !excluded.contains(id));
        let mut missing = if ids.is_empty() { 1 } else { 0 };
        let mut found = Vec::new();
        for id in ids {
            match self.library.get(id) {
                None => missing += 1,
                Some(_) if self.seen.len() >= MAX_SHOWN => missing += 1,
                Some(attachment) if self.seen.insert(id) => found.push(attachment.clone()),
                Some(_) => {}
            }
        }
        let lost = if kind == "image/" { &mut self.pictures } else { &mut self.players };
        *lost += missing;
        found
    }

    /// A text in which each address that has its line to itself is a link, or plays what it leads to. `begins` and `ends`
    /// tell whether a line does where the text does.
    fn linked(&mut self, text: &str, begins: bool, ends: bool) -> String {
        if !text.contains("://") {
            return text.to_owned();
        }
        let mut html = String::with_capacity(text.len());
        let last = text.matches('\n').count();
        for (nth, line) in text.split('\n').enumerate() {
            html.push_str(if nth > 0 { "\n" } else { "" });
            let is_whole = (nth > 0 || begins) && (nth < last || ends);
            match line.trim() {
                address if is_whole && is_address(address) => html.push_str(&self.media(&decoded(address), "")),
                _ => html.push_str(line),
            }
        }
        html
    }

    /// The HTML for an address: a player if it is a recording, else a link.
    fn media(&mut self, address: &str, more: &str) -> String {
        match media_type(address).split_once('/') {
            Some((kind @ ("audio" | "video"), _)) => {
                self.enclose(address);
                player(kind, address, more)
            }
            _ => link(address),
        }
    }

    fn enclose(&mut self, address: &str) {
        if self.enclosures.len() < MAX_SHOWN {
            self.enclosures.push(Enclosed { url: address.to_owned(), ..Enclosed::default() });
        }
    }
}

/// A shortcode that is written with two brackets is shown, with one.
fn escaped(text: &str, at: usize, places: &Places<'_>) -> Option<(String, usize)> {
    let begins = at + 1;
    let tag = Tag::read(&text[begins..])?;
    if !(places.is_shortcode(&tag, begins) || tag.is_own()) {
        return None;
    }
    let opening = begins + tag.length;
    let closing = places.end_of(&tag, begins).map(|end| end + tag.name.len() + "[/]".len());
    let ends = [Some(opening), closing].into_iter().flatten().find(|end| text[*end..].starts_with(']'))?;
    Some((text[begins..ends].to_owned(), ends + 1))
}

/// A player. Readers that know none show what is in it: the file's name, which is short enough for a summary, too.
fn player(kind: &str, source: &str, more: &str) -> String {
    let source = escape(source);
    let name = source.split(['?', '#']).next().and_then(|path| path.rsplit('/').find(|part| !part.is_empty()));
    let name = name.unwrap_or(&source);
    format!("<{kind} controls src=\"{source}\"{more}><a href=\"{source}\">{name}</a></{kind}>")
}

fn link(address: &str) -> String {
    let address = escape(address);
    format!("<a href=\"{address}\">{address}</a>")
}

/// A picture, alone or in its link, with the words below it.
fn caption(inner: &str, tag: &Tag<'_>) -> String {
    let image = inner.find("<img").and_then(|at| Some(at + inner[at..].find('>')? + 1)).unwrap_or(0);
    let link = inner[image..].trim_start().strip_prefix("</a>").map_or(image, |rest| inner.len() - rest.len());
    let (picture, words) = inner.split_at(link);
    let said = tag.value("caption").unwrap_or_default();
    let words = if words.trim().is_empty() { said } else { words.trim().to_owned() };
    let words = if words.is_empty() { words } else { format!("<figcaption>{words}</figcaption>") };
    format!("\n\n<figure>{}{words}</figure>\n\n", picture.trim())
}

/// The state of the markup that has been passed.
#[derive(Default)]
struct Markup {
    in_link: bool,
    /// Whether it is in a block of which WordPress says that it holds a shortcode.
    in_shortcode: bool,
    /// Whether a line begins behind the last tag.
    is_apart: bool,
}

impl Markup {
    /// Where the markup ends that begins at `at`: a tag, a comment, or an element in which nothing is looked at.
    fn pass(&self, text: &str, at: usize) -> usize {
        let rest = &text[at..];
        let behind = |what: &str| rest.find(what).map_or(text.len(), |end| at + end + what.len());
        if rest.starts_with("<!--") {
            return behind("-->");
        }
        if !rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
            return at + 1;
        }
        let name = name(&rest[1..]);
        match VERBATIM.iter().find(|verbatim| name.eq_ignore_ascii_case(verbatim)) {
            Some(verbatim) => end_of(rest, verbatim).map_or(text.len(), |end| at + end),
            None => behind(">"),
        }
    }

    /// Whether a line begins at `at`, where the last tag ended.
    fn bounds(&self, text: &str, at: usize) -> bool {
        !self.in_link && (at == 0 || self.is_apart || text[..at].ends_with('\n'))
    }

    fn learn(&mut self, tag: &str) {
        self.is_apart = bounds(tag);
        match name(tag.trim_start_matches(['<', '/'])) {
            "a" | "A" => self.in_link = !tag.starts_with("</"),
            _ => {}
        }
        if let Some(comment) = tag.strip_prefix("<!--") {
            let comment = comment.trim_start();
            self.in_shortcode =
                comment.starts_with("wp:shortcode") || self.in_shortcode && !comment.starts_with("/wp:");
        }
    }
}

/// Whether a tag ends or begins a paragraph, or a line.
fn bounds(tag: &str) -> bool {
    let name = name(tag.trim_start_matches(['<', '/']));
    tag.starts_with("<!--") || ["p", "div", "br", "figure"].iter().any(|block| name.eq_ignore_ascii_case(block))
}

fn name(tag: &str) -> &str {
    &tag[..tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len())]
}

/// Where an element ends whose start tag begins a text, with its end tag.
fn end_of(text: &str, element: &str) -> Option<usize> {
    let ends = |(at, _): &(usize, &str)| {
        let tag = &text[at + 2..];
        tag.get(..element.len()).is_some_and(|name| name.eq_ignore_ascii_case(element))
            && !tag[element.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
    };
    let (at, _) = text.match_indices("</").find(ends)?;
    Some(text[at..].find('>').map_or(text.len(), |end| at + end + 1))
}
