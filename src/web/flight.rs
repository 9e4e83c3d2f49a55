//! A request in flight, from its arrival until the last byte of its answer has been handed to the socket or given up.
//!
//! Knows nothing of what is asked and answered; the buffers of an answer carry the flight, so that it ends with them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::{Request, Version};
use hyper::body::{Body, Frame, SizeHint};

use super::session::Session;

/// A request that counts for its connection until this is dropped.
pub struct Flight {
    session: Arc<Session>,
    sending: bool,
}

impl Flight {
    /// A request has come.
    pub fn begin<B: Body>(session: &Arc<Session>, request: &Request<B>) -> Self {
        let multiplexed = request.version() == Version::HTTP_2;
        session.begin(multiplexed, !multiplexed && !request.body().is_end_stream());
        Self { session: Arc::clone(session), sending: false }
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
    pub fn answered<B>(mut self, body: B) -> Sending<B> {
        self.session.send();
        self.sending = true;
        Sending { body, flight: Some(self) }
    }

    /// Another part of the same answer.
    fn share(&self) -> Self {
        self.session.share();
        Self { session: Arc::clone(&self.session), sending: true }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.session.land(self.sending);
    }
}

/// An answer's body whose bytes say when they are gone.
pub struct Sending<B> {
    body: B,
    flight: Option<Flight>,
}

impl<B: Body<Data = Bytes> + Unpin> Body for Sending<B> {
    type Data = Parcel;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Parcel>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        polled.map_ok(|frame| {
            let last = self.body.is_end_stream();
            if let Some(flight) = self.flight.as_ref().filter(|_| !last) {
                flight.session.go_on_sending();
            }
            frame.map_data(|bytes| {
                let flight = if last { self.flight.take() } else { self.flight.as_ref().map(Flight::share) };
                Parcel { bytes, flight }
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes of an answer, on their way.
pub struct Parcel {
    bytes: Bytes,
    flight: Option<Flight>,
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
        if let Some(flight) = &self.flight {
            flight.session.advance(count);
        }
    }
}
