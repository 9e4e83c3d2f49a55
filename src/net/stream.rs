//! A connection's socket: tells its session what comes and what is taken, and stops a request line that does not end.
//!
//! Knows nothing of requests beyond where their first line ends. Bytes pass through uncopied, and when hyper lets go
//! of the stream, the socket goes back to whom it was taken from.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::session::Session;

/// How every connection that speaks HTTP/2 begins, and no request of HTTP/1 (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI ";

/// What is left of a connection when hyper is done with it.
pub struct Remains {
    pub socket: TcpStream,
    /// Whether it ended because its request line did not.
    pub endless: bool,
}

/// A socket while hyper has it.
pub struct Stream {
    held: Option<(TcpStream, oneshot::Sender<Remains>)>,
    session: Arc<Session>,
    /// How much of a request's first line has come, until it has come whole.
    line: Option<usize>,
    longest_line: usize,
    endless: bool,
}

impl Stream {
    /// Lends out a socket, until the stream is dropped.
    pub fn new(socket: TcpStream, session: Arc<Session>, longest_line: usize) -> (Self, oneshot::Receiver<Remains>) {
        let (back, returned) = oneshot::channel();
        (Self { held: Some((socket, back)), session, line: None, longest_line, endless: false }, returned)
    }

    fn socket(&mut self) -> Result<Pin<&mut TcpStream>> {
        // It is there until the stream is dropped.
        self.held.as_mut().map(|(socket, _)| Pin::new(socket)).ok_or_else(|| ErrorKind::NotConnected.into())
    }

    /// Looks at what has come, where it may be the beginning of a request.
    fn hear(&mut self, bytes: &[u8]) -> Result<()> {
        let session = &self.session;
        if session.is_multiplexed() || session.is_bodied() || !session.is_idle() {
            return Ok(());
        }
        if session.hear() {
            self.line = Some(0);
            if bytes.starts_with(PREFACE) {
                session.multiplex();
            }
        }
        let Some(before) = self.line else { return Ok(()) };
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let length = before + end.unwrap_or(bytes.len());
        self.line = if end.is_some() { None } else { Some(length) };
        self.endless = length > self.longest_line;
        if self.endless { Err(Error::new(ErrorKind::InvalidData, "the request line does not end")) } else { Ok(()) }
    }

    fn note(&self, polled: Poll<Result<usize>>) -> Poll<Result<usize>> {
        self.session.note_writing(polled.is_ready());
        polled
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some((socket, back)) = self.held.take() {
            // Unless nobody waits for it; then it is closed.
            drop(back.send(Remains { socket, endless: self.endless }));
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let before = into.filled().len();
        let polled = self.socket()?.poll_read(context, into);
        match &into.filled()[before..] {
            [] => polled,
            new => Poll::Ready(self.hear(new)),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let polled = self.socket()?.poll_write(context, bytes);
        self.note(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let polled = self.socket()?.poll_write_vectored(context, parts);
        self.note(polled)
    }

    fn is_write_vectored(&self) -> bool {
        // Otherwise hyper would copy every body behind its header.
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.socket()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.socket()?.poll_shutdown(context)
    }
}
