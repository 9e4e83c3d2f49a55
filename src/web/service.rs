//! The service that answers a connection's requests: readers' requests, the API's and operators', each in its place.
//!
//! Knows nothing of connections.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, RETRY_AFTER};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;

use super::admin;
use super::api::{self, Asker};
use super::cors;
use super::current::Current;
use super::error::WebError;
use super::outgoing::{Outgoing, Ready};
use super::respond;
use super::route;
use super::secured::Listener;
use crate::net::{Handler, InFlight, Refusal, Reply};

/// The seconds that a client with too many connections is asked to stay away.
const TOO_MANY: HeaderValue = HeaderValue::from_static("60");

/// Answers the requests of one listener.
#[derive(Clone)]
pub struct Service {
    current: Arc<Current>,
    listener: Listener,
}

impl Service {
    /// A service that answers from whatever application is there at the moment.
    pub fn new(current: Arc<Current>, listener: Listener) -> Self {
        Self { current, listener }
    }

    /// Answers a request that may have to wait.
    async fn in_time(self, request: Request<Incoming>, in_flight: &InFlight) -> Ready {
        let asker = Asker { peer: in_flight.peer(), listener: self.listener };
        if api::is_at(request.uri().path()) {
            return api::answer(&self.current, request, asker, in_flight).await.map(Outgoing::from);
        }
        if self.listener != Listener::Public {
            return admin::answer(&self.current.app(), request.uri().path()).await.map(Outgoing::from);
        }
        loop {
            let app = self.current.app();
            let answer = route::in_time(&app, &request, Some(asker.peer)).await;
            // A request that finds nothing because the application is replaced meanwhile asks the new one.
            if answer.status() != StatusCode::SERVICE_UNAVAILABLE || !self.current.has_replaced(&app).await {
                return answer;
            }
        }
    }
}

impl Handler for Service {
    type Body = Outgoing;

    fn handle(&self, request: Request<Incoming>, in_flight: InFlight) -> Reply<Outgoing> {
        if self.listener == Listener::Public && !api::is_at(request.uri().path()) {
            let app = self.current.now();
            if let Some(answer) = route::at_once(&app, &request, Some(in_flight.peer())) {
                return Reply::ready(in_flight.answered(answer));
            }
        }
        let service = self.clone();
        Reply::later(async move {
            let answer = service.in_time(request, &in_flight).await;
            in_flight.answered(answer)
        })
    }

    fn refuse(&self, refusal: Refusal<'_>) -> Response<Full<Bytes>> {
        let error = match refusal {
            Refusal::TooMany(_) => WebError::TooMany,
            Refusal::Timeout => WebError::Timeout,
            Refusal::UriTooLong => WebError::UriTooLong,
        };
        let mut answer = respond::error(error, (self.current.now().clock)());
        if let Refusal::TooMany(path) = refusal {
            if !api::is_below_root(path) {
                cors::open(answer.headers_mut());
            }
            answer.headers_mut().insert(RETRY_AFTER, TOO_MANY);
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }
}
