//! Which elements and attributes of HTML a published article keeps, and what goes with all that is in it.
//!
//! Knows nothing of how HTML is parsed or written.

use html5ever::{QualName, ns};

/// The attributes of an element, as they are to be written.
pub(super) type Attributes = Vec<(&'static str, String)>;

/// The treatment of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is kept, under this name, with those of its attributes that are listed.
    Kept(&'static str, &'static [&'static str]),
    /// Its tags go, and what stands in it is kept.
    Unwrapped,
    /// It goes with all that is in it.
    Dropped,
    /// A link to what it would have embedded takes its place; if there is none, what stands in it may be kept.
    Linked { unwraps: bool },
    /// Its pictures are kept, if the article does not show them otherwise.
    Twin,
}

/// The elements that Miniflux, Feedbin and FreshRSS all keep, and the attributes that each keeps beside [`EVERYWHERE`].
pub(super) const KEPT: [(&str, &[&str]); 48] = [
    ("p", &[]),
    ("a", &["href", "title"]),
    ("br", &[]),
    ("em", &[]),
    ("strong", &[]),
    ("b", &[]),
    ("i", &[]),
    ("img", &["src", "alt", "title", "width", "height"]),
    ("li", &["value"]),
    ("td", &["colspan", "rowspan"]),
    ("tr", &[]),
    ("div", &[]),
    ("h1", &[]),
    ("h2", &[]),
    ("h3", &[]),
    ("h4", &[]),
    ("h5", &[]),
    ("h6", &[]),
    ("figure", &[]),
    ("figcaption", &[]),
    ("blockquote", &["cite"]),
    ("q", &["cite"]),
    ("ul", &[]),
    ("ol", &["start", "reversed"]),
    ("dl", &[]),
    ("dt", &[]),
    ("dd", &[]),
    ("table", &[]),
    ("caption", &[]),
    ("thead", &[]),
    ("tbody", &[]),
    ("tfoot", &[]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("pre", &[]),
    ("code", &[]),
    ("s", &[]),
    ("sub", &[]),
    ("sup", &[]),
    ("ruby", &[]),
    ("rt", &[]),
    ("rp", &[]),
    ("audio", &["src", "controls"]),
    ("video", &["src", "controls", "poster", "width", "height"]),
    ("source", &["src", "type"]),
    ("del", &["cite", "datetime"]),
    ("ins", &["cite", "datetime"]),
    ("hr", &[]),
    ("cite", &[]),
];

/// Attributes of any element: a passage's language and direction, and its id while it is not known whether a link leads
/// there.
pub(super) const EVERYWHERE: [&str; 3] = ["lang", "dir", "id"];

/// An id of old, which only links have.
const NAME: &str = "name";

/// Elements that hold no text themselves: the parser moves what stands in them between their parts (HTML §13.2.6.1).
const TABLES: [&str; 5] = ["table", "thead", "tbody", "tfoot", "tr"];

/// Elements that go with all that is in them: it is not text for people.
pub(super) const DROPPED: [&str; 4] = ["script", "style", "noscript", "template"];

/// The same among those of SVG and MathML: what people do not see of a drawing or a formula.
const UNSEEN: [&str; 5] = ["script", "style", "metadata", "annotation", "annotation-xml"];

/// Elements that have no end tag (HTML §13.1.2), among those that are kept.
const VOID: [&str; 4] = ["br", "hr", "img", "source"];

impl Treatment {
    /// Says what becomes of the elements of this name.
    pub(super) fn of(name: &QualName) -> Self {
        let local = &*name.local;
        if name.ns != ns!(html) {
            // The text alone stays; an element that is written where HTML is read would be taken for one of HTML.
            return if UNSEEN.contains(&local) { Self::Dropped } else { Self::Unwrapped };
        }
        match local {
            "iframe" | "embed" => return Self::Linked { unwraps: false },
            "object" => return Self::Linked { unwraps: true },
            "noscript" => return Self::Twin,
            dropped if DROPPED.contains(&dropped) => return Self::Dropped,
            _ => {}
        }
        let kept = KEPT.iter().find(|(kept, _)| *kept == local);
        kept.map_or(Self::Unwrapped, |(name, attributes)| Self::Kept(name, attributes))
    }
}

/// The attribute of this name, if an element keeps it that keeps the listed ones.
pub(super) fn attribute(element: &str, name: &str, listed: &[&'static str]) -> Option<&'static str> {
    let of_old = Some(NAME).filter(|of_old| element == "a" && name == *of_old);
    listed.iter().chain(&EVERYWHERE).copied().find(|kept| *kept == name).or(of_old)
}

/// Whether text may stand in an element that is kept.
pub(super) fn holds_text(name: &str) -> bool {
    !TABLES.contains(&name)
}

/// Whether an element is nothing without a source.
pub(super) fn needs_source(name: &str) -> bool {
    matches!(name, "img" | "source")
}

/// Whether an element that is kept has no end tag.
pub(super) fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}
