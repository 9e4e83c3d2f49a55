//! From a request to its answer: what is asked for, what of it is new to the client, and in which coding it goes.
//!
//! Knows nothing of connections or of how anything is rendered.

use std::sync::Arc;

use http::header::HOST;
use http::{HeaderMap, Method, Request, Version};
use hyper::body::Body;

use super::conditional::{self, Conditions, Verdict};
use super::encoding;
use super::error::WebError;
use super::limiter::Limiter;
use super::poll::Poll;
use super::respond::{self, Answer, Head};
use super::{Connections, Limits};
use crate::article::Time;
use crate::feed::FeedKey;
use crate::meters;
use crate::render;
use crate::representation::Validator;
use crate::resource::Resource;
use crate::site::Site;

/// What requests are answered from.
pub struct App {
    /// The site.
    pub site: Site,
    /// What time it is.
    pub clock: Box<dyn Fn() -> Time + Send + Sync>,
    /// What clients may hold.
    pub limits: Limits,
    /// How many connections there are.
    pub connections: Arc<Connections>,
    /// What becomes of those who make no use of what they are given.
    pub limiter: Limiter,
}

/// Answers one request. Its body, if it has one, is not read.
pub async fn answer<B>(app: &App, request: &Request<B>) -> Answer {
    let now = (app.clock)();
    let resource = Resource::parse(request.uri().path()).or_else(|| Resource::guess(request.uri().path()));
    let answer = match try_answer(app, request, resource.as_ref(), now).await {
        Ok(answer) => answer,
        Err(error) => respond::error(error, now),
    };
    meter(app, request.method(), resource.as_ref(), &answer);
    tracing::debug!(method = %request.method(), path = request.uri().path(), status = answer.status().as_u16());
    answer
}

/// Counts an answer.
fn meter(app: &App, method: &Method, resource: Option<&Resource>, answer: &Answer) {
    let meters = app.site.meters();
    let (kind, format) = resource.map_or(("unknown", ""), labels);
    meters.requests.with_label_values(&[kind, format, answer.status().as_str()]).inc();
    let length = answer.body().size_hint().lower();
    if length > 0 && *method != Method::HEAD {
        let coding = answer.headers().get(http::header::CONTENT_ENCODING).and_then(|coding| coding.to_str().ok());
        meters.body_bytes.with_label_values(&[coding.unwrap_or("identity")]).inc_by(length);
    }
}

/// The kind and the format of a resource, as they are counted.
fn labels(resource: &Resource) -> (&'static str, &'static str) {
    match resource {
        Resource::Feed(key, format) => (kind(key), format.extension()),
        Resource::Index | Resource::Page(_) => ("page", "html"),
        Resource::Article(_) => ("article", "html"),
        Resource::Opml => ("opml", "opml"),
        Resource::Stylesheet => ("stylesheet", "css"),
    }
}

fn kind(key: &FeedKey) -> &'static str {
    let [all, district, topic, pair, combination] = meters::FEEDS;
    match key {
        FeedKey::All => all,
        FeedKey::District(_) => district,
        FeedKey::Topic(_) => topic,
        FeedKey::Pair(..) => pair,
        FeedKey::Combination(_) => combination,
    }
}

async fn try_answer<B>(
    app: &App,
    request: &Request<B>,
    resource: Option<&Resource>,
    now: Time,
) -> Result<Answer, WebError> {
    check(request, &app.limits)?;
    let set = app.site.set();
    let defined = |resource: &Resource| resource.feed_key().is_none_or(|key| set.defines(key));
    let Some(resource) = resource else {
        let meant = Resource::canonical(request.uri().path()).filter(defined).ok_or(WebError::NotFound)?;
        return Ok(respond::moved(render::address(&set.site, &meant), set.site.max_age, now));
    };
    if !defined(resource) {
        return Err(WebError::NotFound);
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err(WebError::Method);
    }
    let path = resource.path();
    let content_location = (path != request.uri().path()).then_some(path);
    let head = Head { resource, max_age: set.site.max_age, content_location, now };
    match resource {
        Resource::Feed(key, _) if navigates(request.headers()) => {
            Ok(respond::see_page(render::html::local(set, &Resource::page(key.clone())), now))
        }
        Resource::Feed(key, _) => Poll::new(app, &head, key, request).answer().await,
        _ => hashed(app, &head, request.headers()).await,
    }
}

/// Whether a browser opens this as a page of its own (Fetch Metadata); feed readers do not say so.
fn navigates(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|dest| dest.as_bytes() == b"document")
}

/// What must be right whatever is asked for.
fn check<B>(request: &Request<B>, limits: &Limits) -> Result<(), WebError> {
    let uri = request.uri();
    if uri.path_and_query().map_or(0, |path| path.as_str().len()) > limits.max_uri {
        return Err(WebError::UriTooLong);
    }
    // A name, a value, and the four bytes between and behind them.
    let bytes: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes > limits.max_header_bytes || request.headers().len() > limits.max_header_fields {
        return Err(WebError::HeadersTooLarge);
    }
    let hosts = request.headers().get_all(HOST).iter().count();
    let named = hosts == 1 || (hosts == 0 && uri.authority().is_some() && request.version() == Version::HTTP_2);
    if named || (hosts == 0 && request.version() < Version::HTTP_11) { Ok(()) } else { Err(WebError::Host) }
}

async fn hashed(app: &App, head: &Head<'_>, headers: &HeaderMap) -> Result<Answer, WebError> {
    let current = match app.site.representation(head.resource).await {
        Ok(current) => current.ok_or(WebError::NotFound)?,
        Err(error) => {
            tracing::error!(%error, path = head.resource.path(), "the store does not answer");
            app.site.last_good(head.resource).ok_or(WebError::Away)?
        }
    };
    // What is gone is not said to be unchanged.
    if !current.gone
        && let Validator::Hash(hash) = &current.validator
        && conditional::hashed(&Conditions::of(headers), hash) == Verdict::NotModified
    {
        return Ok(respond::not_modified(head, &current.validator));
    }
    Ok(respond::full(head, &current, encoding::choose(headers)))
}
