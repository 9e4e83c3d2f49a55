//! An answer's body on its way out: most are there in one piece, some come in parts from a file.
//!
//! Knows nothing of what is in it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, SizeHint};

use super::api::Answers;
use super::media::Content;

/// A body of any kind.
pub enum Outgoing {
    /// In one piece.
    Whole(Full<Bytes>),
    /// The answers to a batch.
    Lines(Answers),
    /// A media file, or a part of it.
    File(Content),
}

/// An answer that is ready to be sent.
pub type Ready = Response<Outgoing>;

impl From<Full<Bytes>> for Outgoing {
    fn from(body: Full<Bytes>) -> Self {
        Self::Whole(body)
    }
}

impl From<Either<Full<Bytes>, Answers>> for Outgoing {
    fn from(body: Either<Full<Bytes>, Answers>) -> Self {
        match body {
            Either::Left(whole) => Self::Whole(whole),
            Either::Right(lines) => Self::Lines(lines),
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut *self {
            Self::Whole(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Self::Lines(body) => Pin::new(body).poll_frame(context),
            Self::File(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Lines(body) => body.is_end_stream(),
            Self::File(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Lines(body) => body.size_hint(),
            Self::File(body) => body.size_hint(),
        }
    }
}
