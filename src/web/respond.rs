//! Responses: which header fields go with which answer.
//!
//! Knows nothing of requests; what to answer was decided before.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LOCATION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    DATE, ETAG, HeaderName, LAST_MODIFIED, LINK, LOCATION, REFERRER_POLICY, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;

use super::conditional::Conditions;
use super::cors;
use super::encoding::Coding;
use super::error::WebError;
use super::prepared::{Place, Prepared, Tagged, copied, date, value};
use crate::article::Time;
use crate::feed::catch_up::Form;
use crate::representation::{Representation, TagKind, Validator};
use crate::resource::Resource;
use crate::store::Revision;

/// A response with its whole body in memory.
pub type Answer = Response<Full<Bytes>>;

/// What feeds vary on. A-IM and Sec-Fetch-Dest stand here from the first day, so that shared caches that outlive an
/// upgrade never mix up what depends on them.
const FEED_VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding, A-IM, Sec-Fetch-Dest");
/// The policy of an answer that only the client that asked may have, and no cache may keep.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// The policy of a document that tells only the oldest of the changes that its reader lacks. A cache may keep it for the
/// shortest time there is, so that a cache whose own copy is old goes on from it: with `no-store`, nginx would ask with
/// the same old tag for ever.
const BRIEFLY: HeaderValue = HeaderValue::from_static("public, max-age=1");

/// RFC 3229 §10.5.2 and §10.5.1.
const IM: HeaderName = HeaderName::from_static("im");
const DELTA_BASE: HeaderName = HeaderName::from_static("delta-base");

const PAGE_VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding");

/// Pages show cleaned article bodies, with a stylesheet and a script of their own; nothing else may run, and nothing may
/// frame them or submit.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' http: https:; media-src http: https:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Other sites are told from which one a reader comes, and no more.
const REFERRER: HeaderValue = HeaderValue::from_static("strict-origin-when-cross-origin");

/// How long a client is asked to wait for a store that is away, in seconds.
const AWAY: HeaderValue = HeaderValue::from_static("60");

/// What a response says of the resource, whatever its status.
pub struct Head<'a> {
    /// The resource that is answered.
    pub resource: &'a Resource,
    /// Its place, if its address is one of those that are known beforehand.
    pub place: Option<&'a Place>,
    /// What answers have in common.
    pub prepared: &'a Prepared,
    /// The canonical path, if another was asked for.
    pub content_location: Option<String>,
    /// Whether a feed was asked for with `A-IM: feed`. A cache may pass that on with conditions of its own, so that the
    /// answer is for nobody else (rule 8).
    pub asks_delta: bool,
    /// The response's Date.
    pub now: Time,
}

/// The representation: 200, or 226 if it is a delta (RFC 3229 §10.4.1), or 410 if it stands for what was withdrawn.
pub fn full(head: &Head<'_>, representation: &Representation, coding: Coding) -> Answer {
    let mut headers = headers(head);
    let own = head.asks_delta || !representation.coverage.document;
    let kind = if own { TagKind::Own } else { TagKind::Shared };
    validators(&mut headers, head, &representation.validator, kind);
    described(&mut headers, head);
    let delta = representation.since.is_some_and(|since| since.form == Form::Delta);
    if delta {
        headers.insert(IM, HeaderValue::from_static("feed"));
    }
    if own {
        headers.insert(CACHE_CONTROL, PRIVATE);
    } else if !representation.coverage.all_changes {
        headers.insert(CACHE_CONTROL, BRIEFLY);
    }
    if let Some(links) = links(representation) {
        headers.insert(LINK, links);
    }
    let (coding, body) = match representation.coded(coding) {
        Some(coded) => (coding, coded),
        // The last good copy may be there only as it was rendered.
        None => (Coding::Identity, &representation.identity),
    };
    if coding != Coding::Identity {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    }
    let status = match representation.gone {
        true => StatusCode::GONE,
        false if delta => StatusCode::IM_USED,
        false => StatusCode::OK,
    };
    answer(status, headers, body.clone())
}

/// Says which of several states that a client named a delta starts from, if this is one (RFC 3229 §10.5.1).
pub fn with_base(mut answer: Answer, base: Revision) -> Answer {
    if answer.status() == StatusCode::IM_USED {
        answer.headers_mut().insert(DELTA_BASE, Tagged::of(base).own_etag);
    }
    answer
}

/// 303 to the page that belongs to a feed, for a browser that opens the feed itself.
pub fn see_page(page: String, now: Time) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(DATE, date(now));
    headers.insert(LOCATION, value(page));
    headers.insert(VARY, FEED_VARY);
    headers.insert(CACHE_CONTROL, PRIVATE);
    answer(StatusCode::SEE_OTHER, headers, Bytes::new())
}

/// 308 to the one address of what was asked for by another.
pub fn moved(address: String, prepared: &Prepared, now: Time) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(DATE, date(now));
    headers.insert(LOCATION, value(address));
    headers.insert(CACHE_CONTROL, copied(&prepared.page_policy));
    answer(StatusCode::PERMANENT_REDIRECT, headers, Bytes::new())
}

/// 410 for good, with a document in the resource's own format that says so (RFC 9110 §15.5.11).
pub fn gone(head: &Head<'_>, body: Vec<u8>) -> Answer {
    let mut headers = headers(head);
    described(&mut headers, head);
    answer(StatusCode::GONE, headers, body.into())
}

/// 304 with what the 200 would have said of the representation (RFC 9110 §15.4.5), under the kind of tag that was named.
pub fn not_modified(head: &Head<'_>, validator: &Validator, kind: TagKind) -> Answer {
    let mut headers = headers(head);
    validators(&mut headers, head, validator, kind);
    if kind == TagKind::Own {
        headers.insert(CACHE_CONTROL, PRIVATE);
    }
    answer(StatusCode::NOT_MODIFIED, headers, Bytes::new())
}

/// 304 with the validators that the client named, when this server knows less than it does (rule 8).
pub fn not_modified_as_named(head: &Head<'_>, conditions: &Conditions<'_>) -> Answer {
    let mut headers = headers(head);
    if let Some(tag) = conditions.newest_tag() {
        headers.insert(ETAG, value(tag.to_owned()));
    }
    if let Some(since) = conditions.since {
        headers.insert(LAST_MODIFIED, date(since));
    }
    if conditions.names_own() {
        headers.insert(CACHE_CONTROL, PRIVATE);
    }
    answer(StatusCode::NOT_MODIFIED, headers, Bytes::new())
}

/// An error, in a line of text.
pub fn error(error: WebError, now: Time) -> Answer {
    let mut headers = error_headers("text/plain; charset=utf-8", now);
    match error {
        WebError::Method => drop(headers.insert(ALLOW, cors::METHODS)),
        WebError::Away | WebError::MediaAway => drop(headers.insert(RETRY_AFTER, AWAY)),
        WebError::Range { length } => drop(headers.insert(CONTENT_RANGE, value(format!("bytes */{length}")))),
        WebError::TooOften { retry_after } => drop(headers.insert(RETRY_AFTER, retry_after.into())),
        _ => {}
    }
    answer(error.status(), headers, format!("{error}\n").into())
}

/// 404 with a page that leads on.
pub fn missing(page: Vec<u8>, now: Time) -> Answer {
    let mut headers = error_headers("text/html; charset=utf-8", now);
    headers.insert(CONTENT_SECURITY_POLICY, PAGE_POLICY);
    headers.insert(REFERRER_POLICY, REFERRER);
    answer(StatusCode::NOT_FOUND, headers, page.into())
}

fn error_headers(content_type: &'static str, now: Time) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(DATE, date(now));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
}

/// The value of Link, if the representation leads anywhere: addresses of ours, which are ASCII.
fn links(representation: &Representation) -> Option<HeaderValue> {
    let links = Some(representation.links.clone()).filter(|links| !links.is_empty())?;
    HeaderValue::from_maybe_shared(links).ok()
}

fn headers(head: &Head<'_>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(12);
    headers.insert(DATE, head.prepared.date(head.now));
    if head.resource.is_feed() {
        headers.insert(VARY, FEED_VARY);
        let prepared = head.prepared;
        let policy = match head.resource.is_archive() {
            _ if head.asks_delta => PRIVATE,
            true => copied(&prepared.archive_policy),
            false => copied(&prepared.feed_policy),
        };
        headers.insert(CACHE_CONTROL, policy);
    } else {
        headers.insert(VARY, PAGE_VARY);
        headers.insert(CACHE_CONTROL, copied(&head.prepared.page_policy));
    }
    if let Some(path) = &head.content_location {
        headers.insert(CONTENT_LOCATION, value(path.clone()));
    }
    headers
}

/// What a body is, and what may be done with it.
fn described(headers: &mut HeaderMap, head: &Head<'_>) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(head.resource.content_type()));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if head.resource.is_page() {
        headers.insert(CONTENT_SECURITY_POLICY, PAGE_POLICY);
        headers.insert(REFERRER_POLICY, REFERRER);
    }
}

fn validators(headers: &mut HeaderMap, head: &Head<'_>, validator: &Validator, kind: TagKind) {
    let revision = match validator {
        Validator::Revision(revision) => *revision,
        Validator::Hash(_) => return drop(headers.insert(ETAG, value(validator.etag(kind)))),
    };
    let mut insert = |tagged: &Tagged| {
        headers.insert(ETAG, copied(if kind == TagKind::Own { &tagged.own_etag } else { &tagged.etag }));
        // While it is not yet past, a second change could still follow within it: left out, never replaced (rule 2).
        if revision.time < head.now {
            headers.insert(LAST_MODIFIED, copied(&tagged.last_modified));
        }
    };
    match head.place {
        Some(place) => place.tagged(revision, insert),
        None => insert(&Tagged::of(revision)),
    }
}

fn answer(status: StatusCode, headers: HeaderMap, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}
