//! An HTTP/1.1 client on one kept connection that counts the bytes it sends and receives.
//!
//! Knows as little of HTTP as serves the purpose: no chunks, no trailers, and answers only that tell their length.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection.
pub struct Client {
    stream: TcpStream,
    /// Bytes sent so far.
    pub sent: u64,
    /// Bytes received so far.
    pub received: u64,
}

/// An answer as it came.
pub struct Answer {
    /// Its status code.
    pub status: u16,
    /// All its bytes.
    pub raw: Vec<u8>,
    /// Where the body begins.
    body: usize,
}

impl Answer {
    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.raw[self.body..]
    }

    /// A header field of one line.
    pub fn field(&self, name: &str) -> Option<&str> {
        let lines = self.fields();
        lines.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All header fields.
    pub fn fields(&self) -> Vec<(&str, &str)> {
        let head = std::str::from_utf8(&self.raw[..self.body]).unwrap_or_default();
        head.split("\r\n").filter_map(|line| line.split_once(": ")).collect()
    }
}

/// A request for a path with these fields.
pub fn request(path: &str, fields: &[(&str, &str)]) -> String {
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("GET {path} HTTP/1.1\r\nHost: wellhead.example\r\nUser-Agent: bench/1\r\n{fields}\r\n")
}

impl Client {
    /// Connects.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, sent: 0, received: 0 })
    }

    /// Sends a request and waits for its answer.
    pub fn ask(&mut self, request: &str) -> io::Result<Answer> {
        self.stream.write_all(request.as_bytes())?;
        self.sent += request.len() as u64;
        let mut raw = Vec::with_capacity(1 << 16);
        let body = loop {
            if let Some(end) = raw.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.read(&mut raw)?;
        };
        let status = std::str::from_utf8(&raw[..body]).ok().and_then(|head| head.get(9..12)?.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        let mut answer = Answer { status, raw, body };
        let length: usize = match answer.field("content-length").map(str::parse) {
            Some(Ok(length)) if status != 304 => length,
            None if status == 304 => 0,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        while answer.raw.len() < body + length {
            self.read(&mut answer.raw)?;
        }
        Ok(answer)
    }

    fn read(&mut self, raw: &mut Vec<u8>) -> io::Result<()> {
        let mut chunk = [0; 1 << 16];
        let read = self.stream.read(&mut chunk)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        raw.extend_from_slice(&chunk[..read]);
        self.received += read as u64;
        Ok(())
    }
}
