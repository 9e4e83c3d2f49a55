//! From a request to its answer: what is asked for, and who answers it.
//!
//! Knows nothing of connections or of how anything is rendered.

use std::borrow::Cow;
use std::net::IpAddr;

use http::header::{HOST, REFERER};
use http::{HeaderMap, Method, Request, Response, Uri, Version};
use hyper::body::Body;

use super::api;
use super::app::App;
use super::archive;
use super::conditional::{self, Conditions, Verdict};
use super::cors;
use super::encoding::{self, Coding};
use super::error::WebError;
use super::outgoing::{Outgoing, Ready};
use super::poll::Poll;
use super::prepared::{self, Place};
use super::respond::{self, Answer, Head};
use crate::article::Time;
use crate::feed::FeedSet;
use crate::net::Limits;
use crate::render;
use crate::representation::{Representation, Validator};
use crate::resource::{Edition, Resource, Sitemap, Subject};

/// Answers one request, of ours if it has no `peer` at the other end of a connection. Its body, if it has one, is not
/// read.
pub async fn answer<B>(app: &App, request: &Request<B>, peer: Option<IpAddr>) -> Ready {
    match at_once(app, request, peer) {
        Some(answer) => answer,
        None => in_time(app, request, peer).await,
    }
}

/// Answers a request if that takes nothing that is not at hand: no query, no rendering, and nobody to wait for. Most
/// are answered so; that it is a plain function is worth a tenth of what an answer costs.
pub fn at_once<B>(app: &App, request: &Request<B>, peer: Option<IpAddr>) -> Option<Ready> {
    let asked = Asked::of(app, request);
    let answered = match asked.route(app, request) {
        Err(error) => Err(error),
        Ok(Step::Answer(answer)) => Ok(answer),
        Ok(Step::Feed(head)) => {
            asked.note();
            Poll::new(app, &head, request, peer).at_once()?
        }
        Ok(Step::Archive(head)) => Ok(archive::at_once(app, &head, request.headers())?),
        Ok(Step::Page(head)) if is_query_for_index(&head, request.uri()) => return None,
        Ok(Step::Page(head)) => {
            let current = app.site.at_hand(head.resource, None, encoding::choose(request.headers()))?;
            Ok(page(&head, &current, request.headers()))
        }
        Ok(Step::Unknown) => return None,
    };
    Some(asked.told(app, request, answered))
}

/// Answers a request that may need the store.
pub async fn in_time<B>(app: &App, request: &Request<B>, peer: Option<IpAddr>) -> Ready {
    let mut asked = Asked::of(app, request);
    let answered = match asked.route(app, request) {
        Err(error) => Err(error),
        Ok(Step::Answer(answer)) => Ok(answer),
        Ok(Step::Feed(head)) => Poll::new(app, &head, request, peer).answer().await,
        Ok(Step::Archive(head)) => archive::answer(app, &head, request.headers()).await,
        Ok(Step::Page(head)) if is_query_for_index(&head, request.uri()) => {
            match moved(app, request.uri(), asked.now).await {
                Ok(moved) => Ok(moved),
                Err(_) => built(app, &head, request.headers()).await,
            }
        }
        Ok(Step::Page(head)) => match built(app, &head, request.headers()).await {
            // Other sites have pages at such addresses, too: perhaps an article was at this one.
            Err(WebError::NotFound) => moved(app, request.uri(), asked.now).await,
            answered => answered,
        },
        Ok(Step::Unknown) => match moved(app, request.uri(), asked.now).await {
            Ok(moved) => Ok(moved),
            Err(error) => match app.media.answer(request, &app.prepared, asked.now).await {
                Ok(None) => otherwise(app, request.uri(), asked.now, error).await,
                found => {
                    asked.is_media = true;
                    return asked.told(app, request, found.and_then(|found| found.ok_or(error)));
                }
            },
        },
    };
    asked.told(app, request, answered)
}

/// What a request is about.
struct Asked<'a> {
    place: Option<&'a Place>,
    resource: Option<Cow<'a, Resource>>,
    /// Whether a file of a media folder is there.
    is_media: bool,
    now: Time,
}

/// What is to be done about it.
enum Step<'a> {
    Answer(Answer),
    Feed(Head<'a>),
    Archive(Head<'a>),
    Page(Head<'a>),
    /// Nothing is published at this address; perhaps an article was, or it is another spelling of one.
    Unknown,
}

impl<'a> Asked<'a> {
    fn of<B>(app: &'a App, request: &Request<B>) -> Self {
        let (path, now) = (request.uri().path(), (app.clock)());
        let place = app.prepared.place(path);
        let found = || Resource::find(app.site.set(), path, request.uri().query()).map(Cow::Owned);
        Self { place, resource: place.map(|place| Cow::Borrowed(&place.resource)).or_else(found), is_media: false, now }
    }

    fn route<B>(&self, app: &'a App, request: &Request<B>) -> Result<Step<'_>, WebError> {
        check(request, &app.limits)?;
        if let Some(answer) = options(request, self.resource.is_some(), self.now) {
            return Ok(Step::Answer(answer));
        }
        let set = app.site.set();
        let Some(resource) = self.resource.as_deref() else { return Ok(Step::Unknown) };
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return Err(WebError::Method);
        }
        let elsewhere = self.place.is_none_or(Place::is_alias) && resource.path() != request.uri().path();
        if elsewhere && resource.is_page() {
            return Ok(Step::Answer(respond::moved(render::address(&set.site, resource), &app.prepared, self.now)));
        }
        let content_location = elsewhere.then(|| render::html::local(set, resource));
        let asks_delta = matches!(resource, Resource::Feed(..)) && conditional::asks_delta(request.headers());
        let (place, prepared, now) = (self.place, &app.prepared, self.now);
        let head = Head { resource, place, prepared, content_location, asks_delta, now };
        if let Some(gone) = gone(set, &head) {
            return Ok(Step::Answer(gone));
        }
        match resource {
            Resource::Feed(key, _) | Resource::Archive(key, ..) if navigates(request.headers()) => {
                let subject = match resource {
                    Resource::Archive(key, page, _) => Subject::Archive(key.clone(), *page),
                    _ => Subject::Feed(key.clone()),
                };
                let edition = edition_of_referer(set, request.headers());
                let page = render::html::local(set, &Resource::Page(subject, edition));
                Ok(Step::Answer(respond::see_page(page, self.now)))
            }
            Resource::Feed(..) => Ok(Step::Feed(head)),
            Resource::Archive(..) => Ok(Step::Archive(head)),
            _ => {
                if *resource == Resource::Sitemap(Sitemap::News) {
                    app.site.note_time(self.now);
                }
                Ok(Step::Page(head))
            }
        }
    }

    fn note(&self) {
        if let Some(place) = self.place {
            place.note();
        }
    }

    /// Makes an answer of what came of it, and counts it.
    fn told<B, T>(&self, app: &App, request: &Request<B>, answered: Result<Response<T>, WebError>) -> Ready
    where
        Outgoing: From<T>,
    {
        let answered = answered.map(|answer| answer.map(Outgoing::from));
        let mut answer = answered.unwrap_or_else(|error| match error {
            WebError::NotFound if is_read_by_people(request) => {
                respond::missing(render::html::missing(app.site.set(), request.uri().path()), self.now)
                    .map(Outgoing::Whole)
            }
            error => respond::error(error, self.now).map(Outgoing::Whole),
        });
        if !api::is_below_root(request.uri().path()) {
            cors::open(answer.headers_mut());
        }
        let (meters, status) = (app.site.meters(), answer.status());
        if self.is_media {
            prepared::media_counter(meters, status).inc();
        } else if !self.place.is_some_and(|place| place.count(status)) {
            prepared::counter(meters, self.resource.as_deref(), status).inc();
        }
        let length = answer.body().size_hint().lower();
        if length > 0 && *request.method() != Method::HEAD {
            app.prepared.count_body(encoding::of(answer.headers()), length);
        }
        tracing::debug!(method = %request.method(), path = request.uri().path(), status = status.as_u16());
        answer
    }
}

/// The answer of a retired feed, or of its page, once its farewell has been said for long enough.
fn gone(set: &FeedSet, head: &Head<'_>) -> Option<Answer> {
    // Feeds that are known beforehand have not retired.
    let (Resource::Feed(key, _) | Resource::Page(Subject::Feed(key), _)) = head.resource else { return None };
    let retirement = if head.place.is_some() { None } else { set.retirement(key) }?;
    if head.now < retirement.ends(set.site.time_zone) {
        return None;
    }
    let body = match head.resource {
        Resource::Page(_, edition) => render::html::farewell(set, *edition, key, &render::farewell(set, key)?),
        Resource::Feed(_, format) => render::gone(set, key, *format),
        _ => return None,
    };
    Some(respond::gone(head, body))
}

/// Whether a browser opens this as a page of its own (Fetch Metadata); feed readers do not say so.
fn navigates(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|dest| dest.as_bytes() == b"document")
}

/// The edition of the page on which a feed's link was followed: whoever reads English is not sent to a page in Chinese.
/// Only our own pages are told in whole where a reader comes from.
fn edition_of_referer(set: &FeedSet, headers: &HeaderMap) -> Edition {
    let referer = headers.get(REFERER).and_then(|referer| referer.to_str().ok()).unwrap_or_default();
    let path = referer.split_once("://").and_then(|(_, rest)| Some(&rest[rest.find('/')?..])).unwrap_or_default();
    Edition::of_path(&set.site, path.strip_prefix(render::html::root(set)).unwrap_or_default())
}

/// Whether somebody may want to read what is said where there is nothing: whoever navigates there, or asks for what is no
/// file. Readers that have lost their feed, and scanners, are told in a line.
fn is_read_by_people<B>(request: &Request<B>) -> bool {
    let last = request.uri().path().rsplit('/').next().unwrap_or_default();
    navigates(request.headers()) || !last.contains('.')
}

/// What must be right whatever is asked for.
pub(super) fn check<B>(request: &Request<B>, limits: &Limits) -> Result<(), WebError> {
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

/// Whether this may be the address of an article at a site that names articles by queries, such as `/?p=12`.
fn is_query_for_index(head: &Head<'_>, uri: &Uri) -> bool {
    *head.resource == Resource::index() && uri.query().is_some()
}

/// Leads to where an article is now that was at this address before.
async fn moved(app: &App, uri: &Uri, now: Time) -> Result<Answer, WebError> {
    let article = app.site.moved(uri.path(), uri.query()).await.map_err(|error| {
        tracing::error!(%error, path = uri.path(), "the store does not answer");
        WebError::Away
    })?;
    let address = render::address(&app.site.set().site, &article.ok_or(WebError::NotFound)?);
    Ok(respond::moved(address, &app.prepared, now))
}

/// Answers where nothing is, no article was, and no file is: leads to what is meant by this spelling. It comes last, so that
/// none of ours hides an old address of the newsroom's. Otherwise `error` is the answer.
async fn otherwise(app: &App, uri: &Uri, now: Time, error: WebError) -> Result<Answer, WebError> {
    let set = app.site.set();
    match Resource::meant(set, uri.path()) {
        Some(meant) if is_there(app, &meant).await => {
            Ok(respond::moved(render::address(&set.site, &meant), &app.prepared, now))
        }
        _ => Err(error),
    }
}

/// Whether there is such an article, archive page or part of the sitemap; the definitions vouch for anything else. If the
/// store is away, its own address will say so.
async fn is_there(app: &App, resource: &Resource) -> bool {
    match resource {
        Resource::Archive(..)
        | Resource::Page(Subject::Archive(..) | Subject::Article(_), _)
        | Resource::Sitemap(Sitemap::Articles(_)) => {
            !matches!(app.site.representation(resource, Coding::Identity).await, Ok(None))
        }
        _ => true,
    }
}

/// Answers OPTIONS, unless it is asked of what is not there; a preflight is answered in any case (see [`cors`]).
fn options<B>(request: &Request<B>, published: bool, now: Time) -> Option<Answer> {
    let (method, path) = (request.method(), request.uri().path());
    if *method != Method::OPTIONS || api::is_below_root(path) {
        return None;
    }
    if path == "*" {
        return Some(cors::options_of_server(now));
    }
    let headers = request.headers();
    (published || cors::is_preflight(method, headers)).then(|| cors::options(headers, now))
}

/// What is not a feed, built if need be.
async fn built(app: &App, head: &Head<'_>, headers: &HeaderMap) -> Result<Answer, WebError> {
    let current = match app.site.representation(head.resource, encoding::choose(headers)).await {
        Ok(current) => current.ok_or(WebError::NotFound)?,
        Err(error) => {
            tracing::error!(%error, path = head.resource.path(), "the store does not answer");
            app.site.last_good(head.resource).ok_or(WebError::Away)?
        }
    };
    Ok(page(head, &current, headers))
}

/// What is not a feed, as far as it is new to the client.
fn page(head: &Head<'_>, current: &Representation, headers: &HeaderMap) -> Answer {
    // What is gone is not said to be unchanged.
    if !current.gone
        && let Validator::Hash(hash) = &current.validator
        && let Verdict::NotModified(kind) = conditional::hashed(&Conditions::of(headers), hash)
    {
        return respond::not_modified(head, &current.validator, kind);
    }
    respond::full(head, current, encoding::choose(headers))
}
