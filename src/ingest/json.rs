//! The article form in JSON, for lines of files and bodies of requests alike: its fields, and all that is wrong with them.
//!
//! Knows nothing of what the fields mean. A faulty form is given as far as it could be read, too, so that whoever cleans it
//! can tell what else is wrong.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::clean::MAX_LIST;
use super::refusal::{MAX_FAULTS, Reason, Refusal, Refusals};
use crate::article::{Draft, Enclosure, Image, Person, Status};

/// How deep the form is: a field of an object in a list of the article.
const LEVELS: usize = 3;

/// What is no article form.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Misread {
    /// It is no JSON.
    #[error("{reason} (line {line}, column {column})")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// In serde_json's words.
        reason: String,
    },
    /// It is JSON, but has faults.
    #[error("{refusals}")]
    Form {
        /// The form without what is faulty; `None` if too much is.
        draft: Option<Box<Draft>>,
        /// The faults.
        refusals: Refusals,
    },
}

/// Reads the article form.
pub fn draft(bytes: &[u8]) -> Result<Draft, Misread> {
    let (value, walk) = read(bytes)?;
    walk.draft(value)
}

/// The same of JSON that has been parsed already.
pub fn draft_of(value: Value) -> Result<Draft, Misread> {
    Walk::default().draft(value)
}

/// Reads an object, of which each field is there once.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, Misread> {
    let (value, mut walk) = read(bytes)?;
    let fields = walk.object(value, |_, fields| std::mem::take(fields));
    let refusals = Refusals(walk.faults);
    if refusals.0.is_empty() { Ok(fields) } else { Err(Misread::Form { draft: None, refusals }) }
}

/// Parses JSON, and notes the fields that stand more than once.
fn read(bytes: &[u8]) -> Result<(Value, Walk), Misread> {
    // Some editors put a byte order mark first.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let syntax = |error: serde_json::Error| Misread::Syntax {
        line: error.line(),
        column: error.column(),
        reason: reason(&error),
    };
    let value = serde_json::from_slice(bytes).map_err(syntax)?;
    let mut walk = Walk::default();
    walk.repeated(bytes, LEVELS);
    Ok((value, walk))
}

/// What serde_json says, without where.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason).to_owned()
}

/// A fault at a place of these names and numbers, whatever characters they have.
pub fn at(places: &[String], reason: Reason) -> Refusal {
    let escaped = |name: &String| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    Refusal { pointer: places.iter().map(escaped).collect(), reason }
}

/// The fault of a value that is of another kind than expected.
pub fn wrong_kind(expected: impl Into<String>, value: &Value) -> Reason {
    let found = match value {
        Value::String(_) => "text".to_owned(),
        Value::Number(number) => format!("the number {number}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Null | Value::Bool(_) => value.to_string(),
    };
    Reason::Kind { expected: expected.into(), found }
}

fn article(walk: &mut Walk, fields: &mut Map<String, Value>) -> Draft {
    Draft {
        id: walk.field(fields, "id", Walk::text).unwrap_or_default(),
        title: walk.required(fields, "title"),
        html: walk.optional(fields, "html", Walk::text),
        text: walk.optional(fields, "text", Walk::text),
        markdown: walk.optional(fields, "markdown", Walk::text),
        summary: walk.optional(fields, "summary", Walk::text),
        url: walk.optional(fields, "url", Walk::text),
        authors: walk.field(fields, "authors", |walk, list| walk.objects(list, person)).unwrap_or_default(),
        published: walk.optional(fields, "published", Walk::text),
        updated: walk.optional(fields, "updated", Walk::text),
        districts: walk.optional(fields, "districts", Walk::texts),
        topics: walk.optional(fields, "topics", Walk::texts),
        tags: walk.field(fields, "tags", Walk::texts).unwrap_or_default(),
        language: walk.optional(fields, "language", Walk::text),
        image: walk.optional(fields, "image", |walk, value| walk.object(value, image)),
        enclosures: walk.field(fields, "enclosures", |walk, list| walk.objects(list, enclosure)).unwrap_or_default(),
        note: walk.optional(fields, "note", Walk::text),
        status: walk.field(fields, "status", Walk::status).unwrap_or_default(),
    }
}

fn person(walk: &mut Walk, fields: &mut Map<String, Value>) -> Person {
    Person { name: walk.required(fields, "name"), url: walk.optional(fields, "url", Walk::text) }
}

fn image(walk: &mut Walk, fields: &mut Map<String, Value>) -> Image {
    let mut pixels = |walk: &mut Walk, name| walk.optional(fields, name, Walk::pixels).flatten();
    Image {
        width: pixels(walk, "width"),
        height: pixels(walk, "height"),
        url: walk.required(fields, "url"),
        media_type: walk.optional(fields, "type", Walk::text),
        alt: walk.optional(fields, "alt", Walk::text),
    }
}

fn enclosure(walk: &mut Walk, fields: &mut Map<String, Value>) -> Enclosure {
    Enclosure {
        url: walk.required(fields, "url"),
        media_type: walk.required(fields, "type"),
        length: walk.optional(fields, "length", Walk::number).flatten(),
        duration: walk.optional(fields, "duration", Walk::number).flatten(),
    }
}

/// A walk through a form: the names and numbers of the place where it is, and the faults found so far.
///
/// In the place of a faulty value it puts an empty one, so that the places of further faults are those of what was sent.
#[derive(Default)]
struct Walk {
    place: Vec<String>,
    faults: Vec<Refusal>,
}

impl Walk {
    fn draft(mut self, value: Value) -> Result<Draft, Misread> {
        let draft = self.object(value, article);
        match self.faults.len() {
            0 => Ok(draft),
            MAX_FAULTS => Err(Misread::Form { draft: None, refusals: Refusals(self.faults) }),
            _ => Err(Misread::Form { draft: Some(Box::new(draft)), refusals: Refusals(self.faults) }),
        }
    }

    /// Notes a fault where the walk is, unless there are too many already: the last one says so.
    fn fault(&mut self, reason: Reason) {
        match self.faults.len() + 1 {
            ..MAX_FAULTS => self.faults.push(at(&self.place, reason)),
            MAX_FAULTS => self.faults.push(at(&[], Reason::More)),
            _ => {}
        }
    }

    fn within<T>(&mut self, name: impl Into<String>, look: impl FnOnce(&mut Self) -> T) -> T {
        self.place.push(name.into());
        let found = look(self);
        self.place.pop();
        found
    }

    /// Notes the fields that stand more than once in their object, of which a `Value` has only the last.
    fn repeated(&mut self, json: &[u8], levels: usize) {
        let mut times = HashMap::new();
        if let Ok(Written(fields)) = serde_json::from_slice(json) {
            for (name, value) in fields {
                let times = times.entry(name.clone()).or_insert(0);
                *times += 1;
                self.within(name, |walk| match (*times, levels) {
                    (2, _) => walk.fault(Reason::Twice),
                    (1, 1..) => walk.repeated(value.get().as_bytes(), levels - 1),
                    _ => {}
                });
            }
        } else if let Ok(items) = serde_json::from_slice::<Vec<&RawValue>>(json) {
            for (nth, item) in items.into_iter().enumerate().take(MAX_LIST) {
                self.within(nth.to_string(), |walk| walk.repeated(item.get().as_bytes(), levels.saturating_sub(1)));
            }
        }
    }

    /// Reads a field that may be left out.
    fn field<T>(
        &mut self,
        fields: &mut Map<String, Value>,
        name: &str,
        read: impl FnOnce(&mut Self, Value) -> T,
    ) -> Option<T> {
        let value = fields.remove(name)?;
        Some(self.within(name, |walk| read(walk, value)))
    }

    /// Reads a field that may be left out or be null.
    fn optional<T>(
        &mut self,
        fields: &mut Map<String, Value>,
        name: &str,
        read: impl FnOnce(&mut Self, Value) -> T,
    ) -> Option<T> {
        if fields.get(name).is_some_and(Value::is_null) {
            fields.remove(name);
        }
        self.field(fields, name, read)
    }

    /// Reads a text that must be there.
    fn required(&mut self, fields: &mut Map<String, Value>, name: &str) -> String {
        self.field(fields, name, Self::text).unwrap_or_else(|| {
            self.within(name, |walk| walk.fault(Reason::Missing));
            String::new()
        })
    }

    fn text(&mut self, value: Value) -> String {
        match value {
            Value::String(text) => text,
            other => self.wrong("text", &other),
        }
    }

    fn texts(&mut self, value: Value) -> Vec<String> {
        self.list(value, Self::text)
    }

    fn number(&mut self, value: Value) -> Option<u64> {
        value.as_u64().or_else(|| self.wrong("a whole number, 0 or more", &value))
    }

    fn pixels(&mut self, value: Value) -> Option<u32> {
        let number = value.as_u64().and_then(|number| number.try_into().ok());
        number.or_else(|| self.wrong(format!("a whole number up to {}", u32::MAX), &value))
    }

    fn status(&mut self, value: Value) -> Status {
        let expected = "published, draft or withdrawn".to_owned();
        match value {
            Value::String(text) => Status::parse(&text).unwrap_or_else(|| {
                self.fault(Reason::Kind { expected, found: text });
                Status::default()
            }),
            other => self.wrong("text", &other),
        }
    }

    /// Reads a list, of which it looks at one item more than there may be: whoever cleans it tells that it is too long.
    fn list<T>(&mut self, value: Value, read: impl Fn(&mut Self, Value) -> T) -> Vec<T> {
        let Value::Array(items) = value else { return self.wrong("a list", &value) };
        let items = items.into_iter().take(MAX_LIST + 1).enumerate();
        items.map(|(nth, item)| self.within(nth.to_string(), |walk| read(walk, item))).collect()
    }

    fn objects<T>(&mut self, value: Value, read: impl Fn(&mut Self, &mut Map<String, Value>) -> T) -> Vec<T> {
        self.list(value, |walk, item| walk.object(item, &read))
    }

    /// Reads an object, of which nothing may be left over.
    fn object<T>(&mut self, value: Value, read: impl FnOnce(&mut Self, &mut Map<String, Value>) -> T) -> T {
        let Value::Object(mut fields) = value else {
            self.fault(wrong_kind("an object", &value));
            // What it lacks is not told beside that.
            return read(&mut Self::default(), &mut Map::new());
        };
        let found = read(self, &mut fields);
        for (name, _) in fields {
            self.within(name, |walk| walk.fault(Reason::Unknown));
        }
        found
    }

    fn wrong<T: Default>(&mut self, expected: impl Into<String>, value: &Value) -> T {
        self.fault(wrong_kind(expected, value));
        T::default()
    }
}

/// An object's fields as they are written, also those that stand more than once.
struct Written<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Written<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Written<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Written(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is told of a form, and what is left of it.
    fn faults(text: &str) -> (Vec<String>, Draft) {
        match draft(text.as_bytes()) {
            Err(Misread::Form { draft, refusals }) => {
                (refusals.0.iter().map(ToString::to_string).collect(), draft.map(|draft| *draft).unwrap_or_default())
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_fault_of_a_form_is_told_with_its_place_and_the_rest_is_read() {
        let (told, draft) = faults(
            r#"{"id":"1","colour":1,"title":5,"tags":["a",7,"b"],"authors":[{"name":"a"},{"url":"x"},"c"],"html":"<p>",
            "image":{"url":"/a","width":"wide","a/b":1},"status":"hidden","districts":"daan","id":"2"}"#,
        );
        let told_sorted = std::collections::BTreeSet::from_iter(told);
        let expected = [
            "authors/1/name is missing",
            "authors/2 should be an object, not text",
            "colour is no field of an article",
            "districts should be a list, not text",
            "id is there twice",
            "image/a/b is no field of an article",
            "image/width should be a whole number up to 4294967295, not text",
            "status should be published, draft or withdrawn, not hidden",
            "tags/1 should be text, not the number 7",
            "title should be text, not the number 5",
        ];
        assert_eq!(told_sorted, expected.map(str::to_owned).into());
        assert_eq!((draft.tags.len(), draft.authors.len(), draft.html.as_deref()), (3, 3, Some("<p>")));
    }

    #[test]
    fn what_is_no_object_has_one_fault_and_what_is_no_json_none() {
        for (text, what) in [("[]", "a list"), ("null", "null"), ("\"a\"", "text"), ("7", "the number 7")] {
            assert_eq!(faults(text).0, [format!("the article should be an object, not {what}")]);
        }
        for text in ["", "{", "{\"id\":\"1\",}", "{\"id\":\"\\ud800\"}", "{} {}", &"[".repeat(1000)] {
            assert!(matches!(draft(text.as_bytes()), Err(Misread::Syntax { .. })), "{text}");
        }
        assert!(matches!(draft(b"{\"id\":\"\xff\"}"), Err(Misread::Syntax { line: 1, .. })));
    }

    #[test]
    fn an_object_is_not_read_from_a_list_and_no_field_is_there_twice_at_any_depth() {
        for (text, told) in [
            (r#"{"id":"1","title":"a","image":["/x"]}"#, "image should be an object, not a list"),
            (r#"{"id":"1","title":"a","authors":[["b"]]}"#, "authors/0 should be an object, not a list"),
            (r#"{"id":"1","title":"a","status":{"draft":null}}"#, "status should be text, not an object"),
            (r#"{"id":"1","title":"a","image":{"url":"/x","url":"/y"}}"#, "image/url is there twice"),
            (r#"["1","title"]"#, "the article should be an object, not a list"),
        ] {
            assert_eq!(faults(text).0, [told], "{text}");
        }
    }

    #[test]
    fn a_name_with_any_characters_is_told_as_it_is() {
        assert_eq!(faults("{\"id\":\"1\",\"title\":\"t\",\"a`b\":{}}").0, ["a`b is no field of an article"]);
        assert_eq!(faults("{\"id\":\"1\",\"title\":\"t\",\"\":1,\"x~y\":2}").0.len(), 2);
    }

    #[test]
    fn no_more_faults_are_told_than_are_worth_it() {
        let fields: Vec<String> = (0..1000).map(|n| format!("\"f{n}\":1")).collect();
        let told = faults(&format!("{{{}}}", fields.join(","))).0;
        assert_eq!((told.len(), told[MAX_FAULTS - 1].as_str()), (MAX_FAULTS, "the article has more faults than these"));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let name = prop::sample::select(vec![
            "id", "title", "tags", "authors", "image", "url", "name", "status", "x/~", "a`b", "",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(name.clone(), inner, 0..4)
                    .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_told_and_what_is_told_is_there_or_missing(value in any_json()) {
            if let Err(Misread::Form { refusals, .. }) = draft(value.to_string().as_bytes()) {
                for refusal in &refusals.0 {
                    let there = value.pointer(&refusal.pointer).is_some();
                    prop_assert_eq!(there, refusal.reason != Reason::Missing, "{}", refusal);
                }
            }
        }
    }
}
