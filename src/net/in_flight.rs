//! A request in flight, from its arrival until the last byte of its answer has been handed to the socket or given up.
//!
//! Knows nothing of what is asked and answered; the buffers of an answer carry the request's mark, so that it ends with
//! them.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response, Version};
use hyper::body::{Body, Frame, SizeHint};

use super::session::Session;

/// A request that counts for its connection until this is dropped.
pub struct InFlight {
    session: Arc<Session>,
    sending: bool,
    /// Whether hyper would send a body that must not be there: over HTTP/2 it does so to HEAD (RFC 9110 §9.3.2).
    bodiless: bool,
}

impl InFlight {
    /// A request has come.
    pub(super) fn begin<B: Body>(session: &Arc<Session>, request: &Request<B>) -> Self {
        let multiplexed = request.version() == Version::HTTP_2;
        session.begin(multiplexed, !multiplexed && !request.body().is_end_stream());
        let bodiless = multiplexed && *request.method() == Method::HEAD;
        Self { session: Arc::clone(session), sending: false, bodiless }
    }

    /// The client at the other end of the connection, or the nearest proxy.
    pub fn peer(&self) -> IpAddr {
        self.session.peer.ip()
    }

    /// A part of its body has come, or of what is done with it: it may take long as long as it goes on.
    pub fn goes_on(&self) {
        self.session.go_on();
    }

    /// Its body has been read to its end.
    pub fn has_read(&self) {
        self.session.read_body();
    }

    /// Its answer is there.
    pub fn answered<B: Body>(mut self, mut answer: Response<B>) -> Response<Tracked<B>> {
        self.session.send();
        self.sending = true;
        if self.bodiless {
            // The header section alone, with the length that the body would have.
            let length = answer.body().size_hint().lower();
            answer.headers_mut().insert(CONTENT_LENGTH, length.into());
        }
        answer.map(|body| Tracked { body: (!self.bodiless).then_some(body), in_flight: Some(self) })
    }

    /// Another part of the same answer.
    fn share(&self) -> Self {
        self.session.share();
        Self { session: Arc::clone(&self.session), ..*self }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.session.land(self.sending);
    }
}

/// An answer's body whose bytes say when they are gone; without the body, if there must be none.
pub struct Tracked<B> {
    body: Option<B>,
    in_flight: Option<InFlight>,
}

impl<B: Body<Data = Bytes> + Unpin> Body for Tracked<B> {
    type Data = Parcel;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Parcel>, B::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = Pin::new(&mut *body).poll_frame(context);
        let last = body.is_end_stream();
        polled.map_ok(|frame| {
            if let Some(in_flight) = self.in_flight.as_ref().filter(|_| !last) {
                in_flight.session.go_on_sending();
            }
            frame.map_data(|bytes| {
                let in_flight = if last { self.in_flight.take() } else { self.in_flight.as_ref().map(InFlight::share) };
                Parcel { bytes, in_flight }
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), B::size_hint)
    }
}

/// Bytes of an answer, on their way.
pub struct Parcel {
    bytes: Bytes,
    in_flight: Option<InFlight>,
}

impl Buf for Parcel {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(in_flight) = &self.in_flight {
            in_flight.session.advance(count);
        }
    }
}
