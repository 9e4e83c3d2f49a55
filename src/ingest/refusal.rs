//! Why an article cannot be published: each fault with its place, in words for its editor, and all of them together.
//!
//! Knows nothing of how faults are found.

use std::borrow::Cow;
use std::fmt;

use crate::article::{DateError, Time};

/// A fault, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The place in the article form, as a JSON Pointer (RFC 6901): `/authors/3/url`; empty for the whole.
    pub pointer: String,
    /// The fault at that place.
    pub reason: Reason,
}

/// A fault of an article or with a part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A required text is empty once clean.
    #[error(" is empty")]
    Empty,
    /// A text or a list is too long.
    #[error(" is longer than {limit} {unit}")]
    TooLong {
        /// The limit.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// An id that feeds cannot carry.
    #[error(" has characters that XML forbids")]
    Unclean,
    /// More than one body.
    #[error(": only one of html, text and markdown can be given")]
    Bodies,
    /// Elements within elements within elements.
    #[error(": its elements are nested deeper than {0}")]
    TooDeep(usize),
    /// More of something than there may be.
    #[error(" has more than {limit} {what}")]
    TooMany {
        /// The limit.
        limit: usize,
        /// Of what.
        what: &'static str,
    },
    /// An attribute that is too long.
    #[error(" has an attribute that is longer than {0} bytes")]
    LongAttribute(usize),
    /// Markup that the parser cannot make sense of in a time that its length is worth.
    #[error(": it has so much markup, or markup so badly crossed, that reading it takes too long")]
    Tangled,
    /// A date that is none.
    #[error(": {0}")]
    Date(DateError),
    /// A date of change that nobody can know yet.
    #[error(" {0} lies ahead")]
    Ahead(Time),
    /// A link that leads nowhere.
    #[error(": {} is not an http or https address", shown(.0))]
    Link(String),
    /// A media type that is none.
    #[error(": {} is not a media type such as image/jpeg", shown(.0))]
    MediaType(String),
    /// A language tag that is none.
    #[error(": {} is not a language tag such as zh-Hant (BCP 47)", shown(.0))]
    Language(String),
    /// A label that cannot be a slug.
    #[error(": {} is not a slug", shown(.0))]
    Slug(String),
    /// A label that nothing stands behind.
    #[error(": {} is not defined", shown(.0))]
    Undefined(String),
    /// It is not to be seen.
    #[error(" is {0}; only published articles are taken")]
    Status(&'static str),
    /// It is not to be seen, for a reason of its own.
    #[error(" is not to be published: {0}")]
    Held(String),
    /// The address names another article.
    #[error(" is {}, and the address names {}", shown(said), shown(asked))]
    OtherId {
        /// In the article.
        said: String,
        /// In the address.
        asked: String,
    },
    /// A field that is none of an article's.
    #[error(" is no field of an article")]
    Unknown,
    /// A field that must be there.
    #[error(" is missing")]
    Missing,
    /// A field that is there more than once.
    #[error(" is there twice")]
    Twice,
    /// A value of another kind.
    #[error(" should be {expected}, not {found}")]
    Kind {
        /// The kind that it should be of.
        expected: String,
        /// The kind that it is of.
        found: String,
    },
    /// It has more faults than are told.
    #[error(" has more faults than these")]
    More,
    /// It has so many more faults than are told.
    #[error(" has {0} more faults")]
    Further(usize),
}

/// The most faults of an article that are told.
pub const MAX_FAULTS: usize = 50;

/// The longest part of a refused value that is shown, in characters.
const MAX_SHOWN: usize = 100;

/// The longest place that is told whole, in characters.
const MAX_PLACE: usize = 300;

/// A value as it is shown to whoever gave it, in quotes.
fn shown(value: &str) -> String {
    format!("{:?}", beginning(value, MAX_SHOWN))
}

/// A text, cut if it is longer than so many characters.
fn beginning(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.into(),
    }
}

impl Refusal {
    /// A fault at a place: names and numbers of ours with `/` between, none for the whole.
    pub fn new(place: &str, reason: Reason) -> Self {
        Self { pointer: if place.is_empty() { String::new() } else { format!("/{place}") }, reason }
    }

    /// Whether its place is another one's, or lies within it.
    fn is_within(&self, other: &Self) -> bool {
        let rest = self.pointer.strip_prefix(&other.pointer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.strip_prefix('/') {
            None => write!(f, "the article{}", self.reason),
            Some("") => write!(f, "\"\"{}", self.reason),
            Some(place) => {
                let place = beginning(place, MAX_PLACE).replace("~1", "/").replace("~0", "~");
                write!(f, "{place}{}", self.reason)
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// All that is wrong with an article: one fault at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusals(pub Vec<Refusal>);

impl Refusals {
    /// These, and others as far as nothing is known of their places yet.
    pub fn and(mut self, others: Self) -> Self {
        for other in others.0 {
            if !self.0.iter().any(|known| other.is_within(known)) {
                self.0.push(other);
            }
        }
        self
    }

    /// Those that are told: the first [`MAX_FAULTS`], each with a place of bounded length, and how many more there are.
    pub fn told(&self) -> impl Iterator<Item = Refusal> {
        let further = self.0.len().saturating_sub(MAX_FAULTS);
        let further = (further > 0).then(|| Refusal::new("", Reason::Further(further)));
        let told = self.0.iter().take(MAX_FAULTS).map(|refusal| Refusal {
            pointer: beginning(&refusal.pointer, MAX_PLACE).into_owned(),
            reason: refusal.reason.clone(),
        });
        told.chain(further)
    }
}

impl From<Refusal> for Refusals {
    fn from(refusal: Refusal) -> Self {
        Self(vec![refusal])
    }
}

/// One after the other.
impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.told().map(|refusal| refusal.to_string()).collect();
        f.write_str(&texts.join("; "))
    }
}

impl std::error::Error for Refusals {}

/// Faults as they are found, while one goes on looking.
#[derive(Debug, Default)]
pub struct Faults(Vec<Refusal>);

impl Faults {
    /// Returns what is right, or notes the fault and returns `None`.
    pub fn ok<T>(&mut self, found: Result<T, Refusal>) -> Option<T> {
        found.map_err(|refusal| self.0.push(refusal)).ok()
    }

    /// The same of what may be absent.
    pub fn maybe<T, U>(&mut self, value: Option<T>, clean: impl FnOnce(T) -> Result<U, Refusal>) -> Option<U> {
        value.and_then(|value| self.ok(clean(value)))
    }

    /// Looks at a part, whose faults lie within this place.
    pub fn within<T>(&mut self, place: &str, look: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.0.len();
        let found = look(self);
        for refusal in &mut self.0[before..] {
            refusal.pointer.insert_str(0, place);
            refusal.pointer.insert(0, '/');
        }
        found
    }

    /// Looks at each of a list of at most `limit`; those that are right.
    pub fn each<T, U>(
        &mut self,
        place: &'static str,
        values: &[T],
        limit: usize,
        mut clean: impl FnMut(&mut Self, &T) -> Option<U>,
    ) -> Vec<U> {
        if values.len() > limit {
            self.0.push(Refusal::new(place, Reason::TooLong { limit, unit: "items" }));
            return Vec::new();
        }
        let all = values.iter().enumerate();
        all.filter_map(|(nth, value)| self.within(&format!("{place}/{nth}"), |faults| clean(faults, value))).collect()
    }

    /// All faults, if there are any.
    pub fn end(self) -> Result<(), Refusals> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusals(self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_a_place_that_is_known_to_be_faulty_is_not_told_again() {
        let at = |place: &str| Refusal::new(place, Reason::Missing);
        let all = Refusals(vec![at("authors/1"), at("title")]);
        let all = all.and(Refusals(vec![at("authors/1/name"), at("authors/11"), at("title"), at("titles")]));
        let places: Vec<&str> = all.0.iter().map(|refusal| refusal.pointer.as_str()).collect();
        assert_eq!(places, ["/authors/1", "/title", "/authors/11", "/titles"]);
    }

    #[test]
    fn no_more_is_told_than_anybody_reads_and_the_rest_is_counted() {
        let long = "盐".repeat(100_000);
        let faults = (0..1000).map(|n| Refusal::new(&format!("{long}/{n}"), Reason::Slug(long.clone()))).collect();
        let all = Refusals(faults);
        assert_eq!(all.told().count(), MAX_FAULTS + 1);
        let text = all.to_string();
        assert!(text.ends_with("; the article has 950 more faults"), "{text}");
        assert!(text.len() < 100_000, "{}", text.len());
    }
}
