//! WordPress' shortcodes as they are written: their tags, their attributes, and what tells them from text in brackets.
//!
//! Knows nothing of what they show. WordPress knows its shortcodes by their names; a plugin's names are not known here,
//! so that anything in brackets counts as text unless its form says otherwise.

use std::collections::HashMap;

use super::reference::decoded;

/// The longest tag, in bytes: page builders write their styles into them.
const MAX_TAG: usize = 2048;

/// The longest name, in bytes.
const MAX_NAME: usize = 64;

/// The shortcodes that WordPress itself comes with.
const OWN: [&str; 7] = ["audio", "caption", "embed", "gallery", "playlist", "video", "wp_caption"];

/// Names of plugins' shortcodes that often stand alone, and that nobody would write in brackets for another reason.
const KNOWN: [&str; 14] = [
    "addtoany",
    "adsense",
    "contact-form",
    "contact-form-7",
    "ez-toc",
    "googlemaps",
    "iframe",
    "lwptoc",
    "nggallery",
    "sharethis",
    "sitemap",
    "social-share",
    "toc",
    "youtube",
];

/// Shortcodes that show what lies elsewhere: the address of it is worth a link.
const PLAYERS: [&str; 24] = [
    "bandcamp",
    "bilibili",
    "dailymotion",
    "embedyt",
    "facebook",
    "flickr",
    "googlemaps",
    "iframe",
    "instagram",
    "mixcloud",
    "podcast",
    "powerpress",
    "sc_embed_player",
    "slideshare",
    "soundcloud",
    "spotify",
    "ted",
    "tiktok",
    "tweet",
    "twitter",
    "videopress",
    "vimeo",
    "youku",
    "youtube",
];

/// A tag in brackets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'t> {
    pub name: &'t str,
    /// The text behind the name.
    rest: &'t str,
    /// Whether it is the end of a shortcode.
    pub ends: bool,
    /// Whether a slash says that nothing belongs to it.
    closed: bool,
    /// Its length with its brackets.
    pub length: usize,
}

impl<'t> Tag<'t> {
    /// The tag at the beginning of a text. It holds no other bracket, as in WordPress.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        let bytes = text.as_bytes();
        let end = bytes.iter().take(MAX_TAG).skip(1).position(|b| matches!(b, b'[' | b']'))? + 1;
        if bytes.first() != Some(&b'[') || bytes[end] != b']' {
            return None;
        }
        let inner = &text[1..end];
        let (inner, ends) = inner.strip_prefix('/').map_or((inner, false), |inner| (inner, true));
        let length = inner.find(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c)).unwrap_or(inner.len());
        let (name, rest) = inner.split_at(length);
        let is_name = name.len() <= MAX_NAME && name.starts_with(|c: char| c.is_ascii_alphabetic());
        let is_parted = rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || c == '/');
        // `[youtube=https://…]` is an old form that some hosts still have.
        let is_assigned = rest.starts_with('=') && PLAYERS.contains(&name);
        if !is_name || !(is_parted || is_assigned) || ends && !rest.trim().is_empty() {
            return None;
        }
        let (rest, closed) = rest.trim_end().strip_suffix('/').map_or((rest, false), |rest| (rest, true));
        Some(Self { name, rest, ends, closed, length: end + 1 })
    }

    /// Whether it is one of WordPress' own.
    pub(super) fn is_own(&self) -> bool {
        OWN.contains(&self.name)
    }

    /// Whether it shows what lies elsewhere.
    pub(super) fn is_player(&self) -> bool {
        PLAYERS.contains(&self.name)
    }

    /// The value of an attribute, if there is anything in it.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let found = Attributes(self.rest).find(|own| own.name.eq_ignore_ascii_case(name));
        found.map(|own| decoded(own.value).trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The first address among its values.
    pub(super) fn address(&self) -> Option<String> {
        let mut values = Attributes(self.rest.trim_start_matches('=')).map(|own| decoded(own.value).trim().to_owned());
        values.find(|value| is_address(value))
    }

    /// Whether its form is one that only shortcodes have.
    ///
    /// `[1]`, `[sic]`, `[图]`, `[update]`, `[vice-president]` and `[update 3pm]` are text.
    fn is_formed(&self) -> bool {
        let all: Vec<Attribute<'_>> = Attributes(self.rest).collect();
        let named = all.iter().filter(|own| !own.name.is_empty()).count();
        let is_named = named > 0 && named == all.len() && self.name.len() > 1;
        let has_quoted = all.iter().any(|own| !own.name.is_empty() && own.is_quoted);
        let is_joined = self.name.contains('_') && !self.name.contains(|c: char| c.is_ascii_uppercase());
        self.closed || is_named || has_quoted || is_joined || KNOWN.contains(&self.name)
    }
}

/// Whether a text is an address that a link can lead to.
pub(super) fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or(text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && !text.contains(|c: char| c.is_whitespace() || "<>\"".contains(c))
}

/// Quotes that values stand in; those of printers come from editors that mend quotes.
const QUOTES: [(&str, &str); 6] =
    [("\"", "\""), ("'", "'"), ("“", "”"), ("”", "”"), ("&quot;", "&quot;"), ("&#8221;", "&#8221;")];

/// `name="value"`; of a value alone the name is empty.
struct Attribute<'t> {
    name: &'t str,
    value: &'t str,
    is_quoted: bool,
}

/// The attributes in a tag, behind its name.
struct Attributes<'t>(&'t str);

impl<'t> Iterator for Attributes<'t> {
    type Item = Attribute<'t>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0.trim_start();
        if text.is_empty() {
            return None;
        }
        let length = text.find(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c)).unwrap_or(text.len());
        let (name, behind) = text.split_at(length);
        let value = behind.trim_start().strip_prefix('=').filter(|_| !name.is_empty());
        let (name, value) = value.map_or(("", text), |value| (name, value.trim_start()));
        let quoted = QUOTES.iter().find_map(|(begins, ends)| value.strip_prefix(begins)?.split_once(ends));
        let bare = || value.split_at(value.find(char::is_whitespace).unwrap_or(value.len()));
        let (value, rest) = quoted.unwrap_or_else(bare);
        self.0 = rest;
        Some(Attribute { name, value, is_quoted: quoted.is_some() })
    }
}

/// Where the tags of each name begin in a text.
#[derive(Default)]
pub(super) struct Places<'t> {
    begins: HashMap<&'t str, Vec<usize>>,
    ends: HashMap<&'t str, Vec<usize>>,
}

impl<'t> Places<'t> {
    /// Looks at each bracket once.
    pub(super) fn of(text: &'t str) -> Self {
        let mut places = Self::default();
        for (at, _) in text.match_indices('[') {
            if let Some(tag) = Tag::read(&text[at..]) {
                let all = if tag.ends { &mut places.ends } else { &mut places.begins };
                all.entry(tag.name).or_default().push(at);
            }
        }
        places
    }

    /// Where the end tag of a tag at `at` begins, unless another one of its name begins before.
    pub(super) fn end_of(&self, tag: &Tag<'_>, at: usize) -> Option<usize> {
        let next = |all: &HashMap<&str, Vec<usize>>| {
            let all = all.get(tag.name)?;
            all.get(all.partition_point(|place| *place <= at)).copied()
        };
        let end = next(&self.ends).filter(|_| !tag.closed)?;
        next(&self.begins).is_none_or(|begins| end < begins).then_some(end)
    }

    /// Whether a tag is a shortcode's, and not text in brackets.
    pub(super) fn is_shortcode(&self, tag: &Tag<'_>, at: usize) -> bool {
        let last = |all: &HashMap<&str, Vec<usize>>| all.get(tag.name).and_then(|all| all.last().copied());
        let first = self.begins.get(tag.name).and_then(|all| all.first().copied());
        match tag.ends {
            true => tag.is_formed() || tag.is_own() || first.is_some_and(|first| first < at),
            false => tag.is_formed() || last(&self.ends).is_some_and(|end| end > at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_shortcode(text: &str) -> bool {
        Tag::read(text).is_some_and(|tag| Places::of(text).is_shortcode(&tag, 0))
    }

    #[test]
    fn the_form_tells_shortcodes_from_text_in_brackets() {
        for text in [
            "[contact-form-7 id=\"12\" title='x']",
            "[su_box title=“盐”]水[/su_box]",
            "[vc_row]",
            "[form id=2]",
            "[quote]盐[/quote]",
            "[toc]",
            "[hr /]",
            "[button url=&quot;https://a.example/&quot; 大]",
            "[youtube=https://a.example/1]",
        ] {
            assert!(is_shortcode(text), "{text}");
        }
        for text in [
            "[1]",
            "[图]",
            "[sic]",
            "[编者按]",
            "[update]",
            "[update 3pm]",
            "[vice-president]",
            "[YOUR_NAME]",
            "[a=b]",
            "[x y=1]",
            "[and/or]",
            "[caption]",
            "[",
            "[]",
            "[ gallery]",
            "[gallery",
            "[see [1]]",
            "[/s]",
            "[John said: \"yes\"]",
            "[…]",
        ] {
            assert!(!is_shortcode(text), "{text}");
        }
    }

    #[test]
    fn attributes_are_read_in_any_quotes_or_none() {
        let tag =
            Tag::read("[gallery ids=\"1,2\" columns='3' size=“large” link=file &amp; x=&quot;y&quot; order = \"a\"]");
        let tag = tag.expect("a tag");
        let values = ["ids", "columns", "size", "link", "x", "order"].map(|name| tag.value(name).unwrap_or_default());
        assert_eq!(values, ["1,2", "3", "large", "file", "y", "a"]);
    }
}
