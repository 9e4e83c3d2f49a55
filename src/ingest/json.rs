//! The article form in JSON, for lines of files and bodies of requests alike: one type, and all that is wrong with what
//! should be one.
//!
//! Knows nothing of what the fields mean. What could be read of a faulty form is given, too, so that whoever cleans it can
//! tell what else is wrong.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_path_to_error::Segment;

use super::refusal::{Reason, Refusal, Refusals};
use crate::article::Draft;

/// The most faults of a form that are told: to find each one, the rest is read again.
pub const MAX_FAULTS: usize = 50;

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
        /// The form without what is faulty.
        draft: Box<Draft>,
        /// The faults.
        refusals: Refusals,
    },
}

/// Reads the article form.
pub fn draft(bytes: &[u8]) -> Result<Draft, Misread> {
    // Almost always there is nothing to find.
    if let Ok(draft) = serde_json::from_slice(bytes) {
        return Ok(draft);
    }
    let value = read(bytes)?;
    let twice = repeated(bytes).into_iter().map(|name| Refusal::new(escaped(&name), Reason::Twice)).collect();
    looked_through(value, twice)
}

/// The same of what has been read already.
pub fn draft_of(value: Value) -> Result<Draft, Misread> {
    looked_through(value, Vec::new())
}

/// Reads anything that has no form of its own to be told of.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Misread> {
    serde_json::from_slice(bytes).map_err(|error| Misread::Syntax {
        line: error.line(),
        column: error.column(),
        reason: reason(&error),
    })
}

/// What serde_json says, without where.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason).to_owned()
}

/// Reads the form again and again, each time without the fault that was found the last time.
fn looked_through(mut value: Value, mut faults: Vec<Refusal>) -> Result<Draft, Misread> {
    if !value.is_object() {
        let found = kind(&value).to_owned();
        let fault = Refusal::new("", Reason::Kind { expected: "an object".to_owned(), found });
        return Err(Misread::Form { draft: Box::default(), refusals: fault.into() });
    }
    let mut told = Refusals(std::mem::take(&mut faults));
    let draft = loop {
        match serde_path_to_error::deserialize::<_, Draft>(&value) {
            Ok(draft) => break draft,
            Err(error) if told.0.len() < MAX_FAULTS => {
                let text = error.inner().to_string();
                let fault = found(places(error.path()), &text);
                mend(&mut value, &fault, &text);
                told = told.and(fault.into());
            }
            Err(_) => break Draft::default(),
        }
    };
    if told.0.is_empty() { Ok(draft) } else { Err(Misread::Form { draft: Box::new(draft), refusals: told }) }
}

/// The names and numbers of a path.
fn places(path: &serde_path_to_error::Path) -> Vec<String> {
    let place = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(escaped(key)),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().filter_map(place).collect()
}

/// A name as it stands in a JSON Pointer (RFC 6901 §3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// What serde says of a place, in words for an editor.
fn found(mut places: Vec<String>, text: &str) -> Refusal {
    let quoted = || text.split('`').nth(1).map(escaped).unwrap_or_default();
    let reason = if text.starts_with("unknown field ") {
        // The path ends with the field, or before it.
        if places.last() != Some(&quoted()) {
            places.push(quoted());
        }
        Reason::Unknown
    } else if text.starts_with("missing field ") {
        places.push(quoted());
        Reason::Missing
    } else if let Some((found, expected)) = text.split_once(", expected ") {
        let found = found.split_once(": ").map_or(found, |(_, found)| found);
        Reason::Kind { expected: expected_kind(expected), found: found_kind(found) }
    } else {
        Reason::Other(text.to_owned())
    };
    Refusal::new(places.join("/"), reason)
}

fn expected_kind(expected: &str) -> String {
    match expected {
        "a string" => "text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        named if named.starts_with("struct ") => "an object".to_owned(),
        number if number.starts_with('u') && number.len() <= 3 => "a whole number".to_owned(),
        others => others.replace('`', ""),
    }
}

fn found_kind(found: &str) -> String {
    match found.split_once(' ') {
        Some(("string", _)) => "text".to_owned(),
        Some(("integer", number)) => format!("the number {}", number.trim_matches('`')),
        Some(("floating", number)) => format!("the number {}", number.trim_start_matches("point ").trim_matches('`')),
        Some(("boolean", value)) => value.trim_matches('`').to_owned(),
        Some(("unknown", variant)) => variant.trim_start_matches("variant ").trim_matches('`').to_owned(),
        _ if found == "sequence" => "a list".to_owned(),
        _ if found == "map" => "an object".to_owned(),
        _ => found.to_owned(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Puts in the faulty place what the form takes there, and takes away what it does not know.
///
/// Nothing is moved, so that the places of further faults are those of what was sent.
fn mend(value: &mut Value, fault: &Refusal, text: &str) {
    let pointer = fault.pointer();
    let (outer, name) = pointer.rsplit_once('/').unwrap_or_default();
    let name = name.replace("~1", "/").replace("~0", "~");
    let expected = text.rsplit_once(", expected ").map(|(_, expected)| expected);
    let filler = match (&fault.reason, expected) {
        (Reason::Missing, _) | (Reason::Kind { .. }, Some("a string")) => Some(Value::String(String::new())),
        (Reason::Kind { .. }, Some("a sequence")) => Some(Value::Array(Vec::new())),
        (Reason::Kind { .. }, Some(expected)) if expected.starts_with("struct ") => {
            Some(Value::Object(Default::default()))
        }
        _ => None,
    };
    match (value.pointer_mut(outer), filler) {
        (Some(Value::Object(fields)), Some(filler)) => drop(fields.insert(name, filler)),
        (Some(Value::Object(fields)), None) => drop(fields.remove(&name)),
        (Some(Value::Array(items)), Some(filler)) => {
            if let Some(item) = name.parse().ok().and_then(|index: usize| items.get_mut(index)) {
                *item = filler;
            }
        }
        // A place that cannot be mended: the form as a whole is given up.
        _ => *value = serde_json::json!({ "id": "", "title": "" }),
    }
}

/// The fields that an object has more than once, of which a `Value` would keep the last.
fn repeated(bytes: &[u8]) -> Vec<String> {
    struct Names(Vec<String>);
    struct Seen;
    impl<'de> Visitor<'de> for Seen {
        type Value = Names;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
            let (mut seen, mut twice) = (std::collections::HashSet::new(), Vec::new());
            while let Some((name, _)) = map.next_entry::<String, IgnoredAny>()? {
                if twice.len() < MAX_FAULTS && !seen.insert(name.clone()) && !twice.contains(&name) {
                    twice.push(name);
                }
            }
            Ok(Names(twice))
        }
    }
    impl<'de> Deserialize<'de> for Names {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(Seen)
        }
    }
    serde_json::from_slice::<Names>(bytes).map(|names| names.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is told of a form, and what is left of it.
    fn faults(text: &str) -> (Vec<String>, Draft) {
        match draft(text.as_bytes()) {
            Err(Misread::Form { draft, refusals }) => (refusals.0.iter().map(ToString::to_string).collect(), *draft),
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
            "image/a~1b is no field of an article",
            "image/width should be a whole number, not text",
            "status should be one of published, draft, withdrawn, not hidden",
            "tags/1 should be text, not the number 7",
            "title should be text, not the number 5",
        ];
        assert_eq!(told_sorted, expected.map(str::to_owned).into());
        assert_eq!((draft.tags.len(), draft.authors.len(), draft.html.as_deref()), (3, 3, Some("<p>")));
    }

    #[test]
    fn what_is_no_object_has_one_fault_and_what_is_no_json_none() {
        for (text, what) in [("[]", "a list"), ("null", "null"), ("\"a\"", "text"), ("7", "a number")] {
            assert_eq!(faults(text).0, [format!("the article should be an object, not {what}")]);
        }
        for text in ["", "{", "{\"id\":\"1\",}", "{\"id\":\"\\ud800\"}", "{} {}", &"[".repeat(1000)] {
            assert!(matches!(draft(text.as_bytes()), Err(Misread::Syntax { .. })), "{text}");
        }
        assert!(matches!(draft(b"{\"id\":\"\xff\"}"), Err(Misread::Syntax { line: 1, .. })));
    }

    #[test]
    fn no_more_faults_are_told_than_are_worth_it() {
        let fields: Vec<String> = (0..1000).map(|n| format!("\"f{n}\":1")).collect();
        assert_eq!(faults(&format!("{{{}}}", fields.join(","))).0.len(), MAX_FAULTS);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let name =
            prop::sample::select(vec!["id", "title", "tags", "authors", "image", "url", "name", "status", "x/~"]);
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
                    let there = value.pointer(&refusal.pointer()).is_some();
                    prop_assert_eq!(there, refusal.reason != Reason::Missing, "{}", refusal);
                }
            }
        }
    }
}
