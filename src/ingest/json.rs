//! The article form in JSON, for lines of files and bodies of requests alike: one type, and all that is wrong with what
//! should be one.
//!
//! Knows nothing of what the fields mean. What could be read of a faulty form is given, too, so that whoever cleans it can
//! tell what else is wrong.

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use super::clean::MAX_LIST;
use super::refusal::{MAX_FAULTS, Reason, Refusal, Refusals};
use crate::article::Draft;

/// How often a form is read to find them: what takes a faulty place may be found at fault once more.
const MAX_LOOKS: usize = 3 * MAX_FAULTS;

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
    let bytes = unmarked(bytes);
    // Almost always there is nothing to find; but a struct is read from a list, too.
    let wrong = match serde_json::from_slice(bytes) {
        Ok(draft) if bytes.trim_ascii_start().starts_with(b"{") => return Ok(draft),
        Ok(_) => None,
        Err(_) => first_wrong(bytes),
    };
    let twice = repeated(bytes).into_iter().map(|name| at(&[name], Reason::Twice)).collect();
    match looked_through(read(bytes)?, twice) {
        // What a `Value` does not keep, such as a field within a field that is there twice.
        Ok(draft) => match wrong {
            Some(wrong) => Err(Misread::Form { draft: Some(Box::new(draft)), refusals: wrong.into() }),
            None => Ok(draft),
        },
        misread => misread,
    }
}

/// The same of what has been read already.
pub fn draft_of(value: Value) -> Result<Draft, Misread> {
    looked_through(value, Vec::new())
}

/// Reads an object, of which each field is there once.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, Misread> {
    let bytes = unmarked(bytes);
    let told = match read(bytes)? {
        Value::Object(fields) => {
            let twice: Vec<Refusal> = repeated(bytes).into_iter().map(|name| at(&[name], Reason::Twice)).collect();
            if twice.is_empty() {
                return Ok(fields);
            }
            Refusals(twice)
        }
        other => no_object(&other).into(),
    };
    Err(Misread::Form { draft: None, refusals: told })
}

fn read(bytes: &[u8]) -> Result<Value, Misread> {
    serde_json::from_slice(bytes).map_err(|error| Misread::Syntax {
        line: error.line(),
        column: error.column(),
        reason: reason(&error),
    })
}

/// Without the byte order mark that some editors put first.
fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// What serde_json says, without where.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason).to_owned()
}

fn no_object(value: &Value) -> Refusal {
    at(&[], Reason::Kind { expected: "an object".to_owned(), found: kind(value).to_owned() })
}

/// A fault at a place of these names and numbers, whatever characters they have.
pub fn at(places: &[String], reason: Reason) -> Refusal {
    let escaped = |name: &String| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    Refusal { pointer: places.iter().map(escaped).collect(), reason }
}

/// The first fault of a form as it stands.
fn first_wrong(bytes: &[u8]) -> Option<Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let error = serde_path_to_error::deserialize::<_, Draft>(&mut reader).err()?;
    let text = reason(error.inner());
    Some(found(places(error.path()), &text))
}

/// Reads the form again and again, each time without the fault that was found the last time.
fn looked_through(mut value: Value, faults: Vec<Refusal>) -> Result<Draft, Misread> {
    let Value::Object(fields) = &mut value else {
        return Err(Misread::Form { draft: None, refusals: no_object(&value).into() });
    };
    // Of a list that is too long whoever cleans it tells that it is, whatever it holds.
    fields.values_mut().filter_map(Value::as_array_mut).for_each(|list| list.truncate(MAX_LIST + 1));
    let mut told = Refusals(faults);
    for _ in 0..MAX_LOOKS {
        let error = match serde_path_to_error::deserialize::<_, Draft>(&value) {
            Ok(draft) if told.0.is_empty() => return Ok(draft),
            Ok(draft) => return Err(Misread::Form { draft: Some(Box::new(draft)), refusals: told }),
            Err(error) => error,
        };
        let text = error.inner().to_string();
        let fault = found(places(error.path()), &text);
        let mended = mend(&mut value, &fault, &text);
        told = told.and(fault.into());
        if !mended || told.0.len() >= MAX_FAULTS {
            break;
        }
    }
    told.0.push(at(&[], Reason::More));
    Err(Misread::Form { draft: None, refusals: told })
}

/// The names and numbers of a path.
fn places(path: &serde_path_to_error::Path) -> Vec<String> {
    let place = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().filter_map(place).collect()
}

/// What serde says of a place, in words for an editor.
fn found(mut places: Vec<String>, text: &str) -> Refusal {
    let known = || text.split('`').nth(1).unwrap_or_default().to_owned();
    let reason = if text.starts_with("unknown field ") {
        // The path ends with it.
        Reason::Unknown
    } else if text.starts_with("missing field ") {
        places.push(known());
        Reason::Missing
    } else if text.starts_with("duplicate field ") {
        if places.last() != Some(&known()) {
            places.push(known());
        }
        Reason::Twice
    } else if let Some((found, expected)) = text.split_once(", expected ") {
        let found = found.split_once(": ").map_or(found, |(_, found)| found);
        Reason::Kind { expected: expected_kind(expected), found: found_kind(found) }
    } else {
        Reason::Other(text.to_owned())
    };
    at(&places, reason)
}

fn expected_kind(expected: &str) -> String {
    match expected {
        "a string" => "text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "u32" => format!("a whole number up to {}", u32::MAX),
        "u64" => "a whole number, 0 or more".to_owned(),
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

/// What kind of value this is, in words.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Puts in the faulty place what the form takes there, and takes away what it does not know; whether that could be done.
///
/// Nothing is moved, so that the places of further faults are those of what was sent.
fn mend(value: &mut Value, fault: &Refusal, text: &str) -> bool {
    let Some((outer, name)) = fault.pointer.rsplit_once('/') else { return false };
    let name = name.replace("~1", "/").replace("~0", "~");
    let expected = text.rsplit_once(", expected ").map(|(_, expected)| expected);
    let filler = match (&fault.reason, expected) {
        (Reason::Missing, _) | (Reason::Kind { .. }, Some("a string")) => Some(Value::String(String::new())),
        (Reason::Kind { .. }, Some("a sequence")) => Some(Value::Array(Vec::new())),
        (Reason::Kind { .. }, Some("a map")) => Some(Value::Object(Map::new())),
        _ => None,
    };
    match (value.pointer_mut(outer), filler) {
        (Some(Value::Object(fields)), Some(filler)) => {
            fields.insert(name, filler);
            true
        }
        (Some(Value::Object(fields)), None) => fields.remove(&name).is_some(),
        (Some(Value::Array(items)), Some(filler)) => {
            let item = name.parse().ok().and_then(|index: usize| items.get_mut(index));
            item.map(|item| *item = filler).is_some()
        }
        _ => false,
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
        for (text, what) in [("[]", "a list"), ("null", "null"), ("\"a\"", "text"), ("7", "a number")] {
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
        assert_eq!((told.len(), told[MAX_FAULTS].as_str()), (MAX_FAULTS + 1, "the article has more faults than these"));
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
