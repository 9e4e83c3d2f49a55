//! Requests of scripts on other sites' pages (Fetch §3.3): everything that is published may be read by all of them, and
//! whatever a reader sends with a poll may be sent. Answers to OPTIONS.
//!
//! Knows nothing of what is published. The API and the admin listener take no part in this.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ALLOW, DATE, ORIGIN,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;

use super::prepared::date;
use super::respond::Answer;
use crate::article::Time;

/// The methods of whatever is published.
pub const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// The methods of the whole server, with those of the API.
const ALL_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE");

const ANYBODY: HeaderValue = HeaderValue::from_static("*");

/// What a script reads of an answer besides the fields that every script may read (Fetch §2.2.2). They stand there by
/// name, since older browsers do not know `*` here.
const EXPOSED: HeaderValue = HeaderValue::from_static("ETag, Last-Modified, Link, IM, Retry-After, Content-Location");

const READ_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD");

/// What a script may send: the conditions, and what libraries for feeds add by themselves.
const SENT: HeaderValue = HeaderValue::from_static(
    "If-None-Match, If-Modified-Since, A-IM, Accept, Accept-Language, Cache-Control, Content-Type, Pragma, Range, \
     User-Agent, X-Requested-With",
);

/// How long a browser need not ask again, in seconds: a day. Some keep it for less.
const MAX_AGE: HeaderValue = HeaderValue::from_static("86400");

/// Lets scripts of all origins read an answer. It says so whoever asks, so that no cache needs `Vary: Origin`.
pub fn open(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANYBODY);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// Whether this asks if a script may send its request. A browser takes any answer but success for a no, so that the
/// script could not even see that a feed is gone.
pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// 204 to OPTIONS (RFC 9110 §9.3.7), with what a preflight asks for if it is one.
pub fn options(request: &HeaderMap, now: Time) -> Answer {
    let mut answer = allowing(METHODS, now);
    if is_preflight(&Method::OPTIONS, request) {
        let headers = answer.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, READ_METHODS);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, SENT);
        headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    answer
}

/// 204 to `OPTIONS *`, which asks about the server.
pub fn options_of_server(now: Time) -> Answer {
    allowing(ALL_METHODS, now)
}

fn allowing(methods: HeaderValue, now: Time) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer.headers_mut().insert(DATE, date(now));
    answer.headers_mut().insert(ALLOW, methods);
    answer
}
