//! What went wrong, as problem details (RFC 9457), with a JSON Pointer (RFC 6901) to each faulty field.
//!
//! Knows nothing of how it came to that; statuses are `error`'s.

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response};
use http_body_util::Full;
use percent_encoding::utf8_percent_encode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ingest::html::anchors::NOT_IN_FRAGMENTS;
use crate::web::error::ApiError;
use crate::web::prepared::value;

const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// How long a client is asked to wait for a store that is full or away, or for its turn, in seconds.
const LATER: HeaderValue = HeaderValue::from_static("60");

/// Problem details (RFC 9457 §3). Without a type, the status says what kind it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The status in words.
    pub title: &'static str,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What is wrong, and what can be done about it.
    pub detail: String,
    /// What is wrong with single fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// What is wrong with a field of a body.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Which one: a JSON Pointer as a URI fragment (RFC 6901 §6), `#` alone for the whole.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl From<&ApiError> for Problem {
    fn from(error: &ApiError) -> Self {
        let status = error.status();
        let field = |pointer: &str, detail: String| FieldError {
            pointer: format!("#{}", utf8_percent_encode(pointer, NOT_IN_FRAGMENTS)),
            detail,
        };
        let errors = match error {
            ApiError::Refused(refusals) => {
                refusals.told().map(|refusal| field(&refusal.pointer, refusal.to_string())).collect()
            }
            ApiError::Outside { .. } => vec![field("/districts", error.to_string())],
            _ => Vec::new(),
        };
        let detail = match error {
            ApiError::Refused(_) => "what was sent cannot be published as it is".to_owned(),
            _ => error.to_string(),
        };
        Self { title: status.canonical_reason().unwrap_or_default(), status: status.as_u16(), detail, errors }
    }
}

/// The answer to what went wrong.
pub fn answer(error: &ApiError) -> Response<Full<Bytes>> {
    let body = serde_json::to_vec(&Problem::from(error)).expect("texts and numbers are always JSON");
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = error.status();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, PROBLEM);
    match error {
        ApiError::Method(methods) => drop(headers.insert(ALLOW, HeaderValue::from_static(methods))),
        // RFC 6750 §3: a client that has said nothing is told nothing more.
        ApiError::Token { given: false } => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"wellhead\""));
        }
        ApiError::Token { given: true } => {
            let challenge = "Bearer realm=\"wellhead\", error=\"invalid_token\"";
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        ApiError::ReadOnly | ApiError::Outside { .. } => {
            let challenge = "Bearer realm=\"wellhead\", error=\"insufficient_scope\"";
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        // What would be taken instead (RFC 9110 §15.5.16).
        ApiError::MediaType(types) => drop(headers.insert(ACCEPT, value(types.join(", ")))),
        ApiError::Coding => drop(headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"))),
        ApiError::Busy | ApiError::Away | ApiError::Full | ApiError::Unkept => drop(headers.insert(RETRY_AFTER, LATER)),
        _ => {}
    }
    answer
}
