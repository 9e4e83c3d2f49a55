//! The conditions under which an article may be changed (RFC 9110 §13.1.1 and §13.1.2): its states by strong tags.
//!
//! Knows nothing of articles.

use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::store::command::{Preconditions, Tags};
use crate::web::error::ApiError;

/// The preconditions with what a request's conditions add to them.
pub fn conditional(preconditions: Preconditions, headers: &HeaderMap) -> Result<Preconditions, ApiError> {
    let (if_match, if_none_match) = (named(headers, IF_MATCH)?, named(headers, IF_NONE_MATCH)?);
    Ok(Preconditions { if_match, if_none_match, ..preconditions })
}

/// The states that a field names; `None` without it.
pub fn named(headers: &HeaderMap, field: HeaderName) -> Result<Option<Tags>, ApiError> {
    if !headers.contains_key(&field) {
        return Ok(None);
    }
    let values = headers.get_all(&field).iter().map(|value| value.to_str().unwrap_or("\u{fffd}"));
    let members: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    if members == ["*"] {
        return Ok(Some(Tags::Any));
    }
    let mut tags = Vec::new();
    for member in members.into_iter().filter(|member| !member.is_empty()) {
        let (weak, quoted) = member.strip_prefix("W/").map_or((false, member), |quoted| (true, quoted));
        let opaque = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let opaque = opaque.ok_or_else(|| ApiError::Tag(field.clone(), member.to_owned()))?;
        // For If-Match only a strong tag names a state (RFC 9110 §8.8.3.2).
        if !weak || field == IF_NONE_MATCH {
            tags.push(opaque.to_owned());
        }
    }
    Ok(Some(Tags::These(tags)))
}

/// The entity tag of a state.
pub fn etag(tag: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{tag}\"")).expect("digits and letters")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: HeaderName, value: &'static str) -> Option<Tags> {
        let headers = HeaderMap::from_iter([(field.clone(), HeaderValue::from_static(value))]);
        named(&headers, field).expect("tags")
    }

    #[test]
    fn a_weak_tag_names_no_state_that_is_to_be_changed() {
        let these = |tags: &[&str]| Some(Tags::These(tags.iter().map(ToString::to_string).collect()));
        assert_eq!(read(IF_MATCH, "\"1-a\", W/\"2-b\" ,\"3-c\""), these(&["1-a", "3-c"]));
        assert_eq!(read(IF_NONE_MATCH, "W/\"2-b\""), these(&["2-b"]));
        assert_eq!(read(IF_MATCH, "*"), Some(Tags::Any));
    }

    #[test]
    fn a_tag_without_its_quotes_is_an_error() {
        let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static("1-a"))]);
        assert!(named(&headers, IF_MATCH).is_err());
    }
}
