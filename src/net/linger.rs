//! Lingering close: a last answer where hyper can give none (408, 414), and time for the client to read it before the
//! connection is reset (RFC 9112 §9.6).
//!
//! Knows nothing of why the connection ends, and discards what the client still sends.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a client may take to read its last answer and close.
const LINGER: Duration = Duration::from_secs(2);

/// How much a client may send that nobody reads, in bytes.
const MOST_UNREAD: usize = 1 << 20;

/// Sends the answer, if there is one, and closes once the client has had time to read what it was sent.
///
/// Closing at once while bytes come in would reset the connection, and the client's system would throw away what it
/// has received but not yet read (RFC 9112 §9.6).
pub async fn close(mut socket: TcpStream, answer: Option<Response<Full<Bytes>>>) {
    let lingering = async {
        if let Some(answer) = answer {
            socket.write_all(&bytes(answer).await).await?;
        }
        socket.shutdown().await?;
        let (mut unread, mut buffer) = (0, [0; 4096]);
        while unread < MOST_UNREAD {
            match socket.read(&mut buffer).await? {
                0 => break,
                count => unread += count,
            }
        }
        std::io::Result::Ok(())
    };
    // Whether the client stayed for it or not, that was all.
    drop(tokio::time::timeout(LINGER, lingering).await);
}

/// The answer as HTTP/1.1.
async fn bytes(answer: Response<Full<Bytes>>) -> Vec<u8> {
    let (head, body) = answer.into_parts();
    let Ok(body) = body.collect().await;
    let body = body.to_bytes();
    let mut bytes = format!("HTTP/1.1 {}\r\nconnection: close\r\ncontent-length: {}\r\n", head.status, body.len());
    for (name, value) in &head.headers {
        // Errors have header fields of our own alone, all in ASCII.
        bytes.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
    }
    bytes.push_str("\r\n");
    [bytes.as_bytes(), &body].concat()
}
