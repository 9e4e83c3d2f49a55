//! A file's bytes as a body: read piece by piece as the client takes them, so that a file of any size costs one piece.
//!
//! Knows nothing of HTTP's fields.

use std::fs::File;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::on_a_thread;

/// The number of bytes that are read at once.
const PIECE: u64 = 32 << 10;

/// A part of a file that has yet to be sent.
pub struct Content {
    /// The file and its place among those that are open; none once everything has been read.
    open: Option<(Arc<File>, OwnedSemaphorePermit)>,
    left: Range<u64>,
    threads: Arc<Semaphore>,
    reading: Option<Pin<Box<dyn Future<Output = io::Result<Bytes>> + Send>>>,
}

impl Content {
    /// These bytes of a file, read on these threads.
    pub fn new(file: File, left: Range<u64>, threads: Arc<Semaphore>, place: OwnedSemaphorePermit) -> Self {
        let open = (!left.is_empty()).then(|| (Arc::new(file), place));
        Self { open, left, threads, reading: None }
    }

    /// Reads the next piece.
    fn read(&self, file: &Arc<File>) -> Pin<Box<dyn Future<Output = io::Result<Bytes>> + Send>> {
        let (file, at) = (Arc::clone(file), self.left.start);
        let mut piece = vec![0; PIECE.min(self.left.end - at) as usize];
        let read = move || {
            file.read_exact_at(&mut piece, at).map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => io::Error::new(ErrorKind::UnexpectedEof, "the file has been shortened"),
                _ => error,
            })?;
            Ok(Bytes::from(piece))
        };
        Box::pin(on_a_thread(Arc::clone(&self.threads), read))
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let content = &mut *self;
        let Some((file, _)) = &content.open else { return Poll::Ready(None) };
        if content.reading.is_none() {
            content.reading = Some(content.read(file));
        }
        let Some(reading) = &mut content.reading else { return Poll::Ready(None) };
        let read = ready!(reading.as_mut().poll(context));
        content.reading = None;
        content.left.start += read.as_ref().map_or(0, |piece| piece.len() as u64);
        if read.is_err() || content.left.is_empty() {
            content.open = None;
        }
        Poll::Ready(Some(read.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.open.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.end.saturating_sub(self.left.start))
    }
}
