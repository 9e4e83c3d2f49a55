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
use crate::article::Draft;

/// The depth of the form: a field of an object in a list of the article.
const LEVELS: usize = 3;

/// The reason why a text is no article form.
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
    match value {
        Value::Object(fields) if walk.faults.is_empty() => return Ok(fields),
        Value::Object(_) => {}
        other => walk.fault(wrong_kind("an object", &other)),
    }
    Err(Misread::Form { draft: None, refusals: Refusals(walk.faults) })
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

/// The message of serde_json, without the place.
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

/// The shape of a value in the form.
enum Shape {
    Text,
    Status,
    /// A whole number up to this one.
    Whole(u64),
    List(&'static Shape),
    Object(&'static [Fields]),
}

/// Fields of one shape by name, and whether they must be there.
struct Fields(&'static [&'static str], Shape, Presence);

#[derive(PartialEq)]
enum Presence {
    Required,
    Optional,
    /// Null is the same as nothing.
    Nullable,
}

use Presence::{Nullable, Optional, Required};
use Shape::{List, Object, Text, Whole};

const ARTICLE: Shape = Object(&[
    Fields(&["title"], Text, Required),
    Fields(&["id"], Text, Optional),
    Fields(&["html", "text", "markdown", "summary", "note"], Text, Nullable),
    Fields(&["url", "published", "updated", "language"], Text, Nullable),
    Fields(&["districts", "topics"], List(&Text), Nullable),
    Fields(&["tags"], List(&Text), Optional),
    Fields(&["authors"], List(&PERSON), Optional),
    Fields(&["image"], IMAGE, Nullable),
    Fields(&["enclosures"], List(&ENCLOSURE), Optional),
    Fields(&["status"], Shape::Status, Optional),
]);

const PERSON: Shape = Object(&[Fields(&["name"], Text, Required), Fields(&["url"], Text, Nullable)]);

const IMAGE: Shape = Object(&[
    Fields(&["url"], Text, Required),
    Fields(&["type", "alt"], Text, Nullable),
    Fields(&["width", "height"], Whole(u32::MAX as u64), Nullable),
]);

const ENCLOSURE: Shape =
    Object(&[Fields(&["url", "type"], Text, Required), Fields(&["length", "duration"], Whole(u64::MAX), Nullable)]);

impl Shape {
    /// Its name in a message, and the value that takes the place of a faulty one.
    fn described(&self) -> (String, Value) {
        match self {
            Text => ("text".to_owned(), "".into()),
            Self::Status => ("text".to_owned(), "published".into()),
            Whole(u64::MAX) => ("a whole number, 0 or more".to_owned(), Value::Null),
            Whole(most) => (format!("a whole number up to {most}"), Value::Null),
            List(_) => ("a list".to_owned(), Value::Array(Vec::new())),
            Object(_) => ("an object".to_owned(), Value::Object(Map::new())),
        }
    }
}

/// A walk through a form: the names and numbers of the place where it is, and the faults found so far.
#[derive(Default)]
struct Walk {
    place: Vec<String>,
    faults: Vec<Refusal>,
}

impl Walk {
    fn draft(mut self, mut value: Value) -> Result<Draft, Misread> {
        self.mend(&ARTICLE, &mut value);
        let draft: Draft = serde_json::from_value(value).expect("what is mended has the shape of a draft");
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

    fn within(&mut self, name: impl Into<String>, look: impl FnOnce(&mut Self)) {
        self.place.push(name.into());
        look(self);
        self.place.pop();
    }

    /// Notes the faults of a value and puts an empty one in each faulty place, so that the others keep their places.
    fn mend(&mut self, shape: &Shape, value: &mut Value) {
        match (shape, &mut *value) {
            (Text, Value::String(_)) => {}
            (Whole(most), Value::Number(number)) if number.as_u64().is_some_and(|number| number <= *most) => {}
            (Shape::Status, Value::String(text)) if matches!(&**text, "published" | "draft" | "withdrawn") => {}
            (Shape::Status, Value::String(text)) => {
                let expected = "published, draft or withdrawn".to_owned();
                self.fault(Reason::Kind { expected, found: std::mem::replace(text, "published".to_owned()) });
            }
            (List(item_shape), Value::Array(items)) => {
                // One more than there may be: whoever cleans it tells that it is too long.
                items.truncate(MAX_LIST + 1);
                for (nth, item) in items.iter_mut().enumerate() {
                    self.within(nth.to_string(), |walk| walk.mend(item_shape, item));
                }
            }
            (Object(known), Value::Object(fields)) => self.mend_fields(known, fields),
            _ => {
                let (expected, empty) = shape.described();
                self.fault(wrong_kind(expected, value));
                *value = empty;
                if let (Object(known), Value::Object(fields)) = (shape, value) {
                    // What it lacks is not told beside that.
                    Self::default().mend_fields(known, fields);
                }
            }
        }
    }

    fn mend_fields(&mut self, known: &[Fields], fields: &mut Map<String, Value>) {
        fields.retain(|name, _| {
            let is_known = known.iter().any(|field| field.0.contains(&name.as_str()));
            if !is_known {
                self.within(name, |walk| walk.fault(Reason::Unknown));
            }
            is_known
        });
        let named =
            known.iter().flat_map(|Fields(names, shape, presence)| names.iter().map(move |n| (n, shape, presence)));
        for (name, shape, presence) in named {
            match fields.get_mut(*name) {
                Some(Value::Null) if *presence == Nullable => {}
                Some(value) => self.within(*name, |walk| walk.mend(shape, value)),
                None if *presence == Required => {
                    self.within(*name, |walk| walk.fault(Reason::Missing));
                    fields.insert((*name).to_owned(), shape.described().1);
                }
                None => {}
            }
        }
    }

    /// Notes the fields that stand more than once in their object, of which a `Value` has only the last.
    fn repeated(&mut self, json: &[u8], levels: usize) {
        // To refuse a long text, serde would write it all into its reason.
        let begins_with = |sign| json.trim_ascii_start().first() == Some(&sign);
        if !(begins_with(b'{') || begins_with(b'[')) {
            return;
        }
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

    /// The faults of a form, and the rest of it.
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
