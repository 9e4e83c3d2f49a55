//! HTTP/1.1 as bytes on a socket: what is sent is what the test wrote, and what comes back is taken apart.
//!
//! Knows nothing of what the server should say; it fails only on what is no HTTP (RFC 9112).

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a test waits for bytes before it fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A response as it came.
#[derive(Clone)]
pub struct Response {
    pub status: u16,
    /// In their order, names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Without the body, which would drown everything else in a failed test's message.
impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} and {} bytes", self.status, self.headers, self.body.len())
    }
}

impl Response {
    /// The one value of a header field; `None` without one, and a failure if there are two.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let first = values.next();
        assert_eq!(values.next(), None, "{name} stands twice");
        first
    }

    /// A header field that must be there.
    pub fn expect(&self, name: &str) -> &str {
        self.header(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body without its content coding.
    pub fn decoded(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.header("content-encoding") {
            None => bytes.clone_from(&self.body),
            Some("gzip") => {
                flate2::read::GzDecoder::new(&self.body[..]).read_to_end(&mut bytes).expect("gzip");
            }
            Some("br") => bytes = unbrotlied(&self.body),
            Some(other) => panic!("nobody asked for {other}"),
        }
        bytes
    }

    /// The header fields in order of names, without `except`.
    pub fn fields(&self, except: &[&str]) -> Vec<(String, String)> {
        let mut fields = self.headers.clone();
        fields.retain(|(name, _)| !except.contains(&name.as_str()));
        fields.sort();
        fields
    }
}

/// What was compressed with Brotli.
pub fn unbrotlied(mut compressed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    brotli::BrotliDecompress(&mut compressed, &mut bytes).expect("Brotli");
    bytes
}

/// A connection on which bytes are sent and responses read.
pub struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    /// Connects.
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        Self { stream, read: Vec::new() }
    }

    /// Sends these bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("the bytes are taken");
    }

    /// Sends these bytes, unless the connection has ended.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Says that nothing more is sent.
    pub fn finish(&mut self) {
        self.stream.shutdown(std::net::Shutdown::Write).expect("a half-closed connection");
    }

    /// Reads the response to a GET.
    pub fn response(&mut self) -> Response {
        self.response_to("GET")
    }

    /// Reads the response to a request with this method.
    pub fn response_to(&mut self, method: &str) -> Response {
        let (status, headers) = self.head();
        let mut response = Response { status, headers, body: Vec::new() };
        if method != "HEAD" && ![204, 304].contains(&status) && status >= 200 {
            let length = response.expect("content-length").parse().expect("a number");
            while self.read.len() < length {
                assert!(self.more(), "the body ended after {} of {length} bytes", self.read.len());
            }
            response.body = self.read.drain(..length).collect();
        }
        response
    }

    fn head(&mut self) -> (u16, Vec<(String, String)>) {
        let end = loop {
            if let Some(at) = self.read.windows(4).position(|w| w == b"\r\n\r\n") {
                break at;
            }
            assert!(self.more(), "the connection ended in a header section: {:?}", String::from_utf8_lossy(&self.read));
        };
        let head = String::from_utf8(self.read.drain(..end + 4).take(end).collect()).expect("ASCII");
        let mut lines = head.split("\r\n");
        let status = lines.next().expect("a status line");
        assert!(status.starts_with("HTTP/1."), "{status}");
        let field = |line: &str| {
            let (name, value) = line.split_once(": ").expect("a header field");
            (name.to_ascii_lowercase(), value.to_owned())
        };
        (status[9..12].parse().expect("a status"), lines.map(field).collect())
    }

    fn more(&mut self) -> bool {
        let mut buffer = [0; 1 << 16];
        let count = match self.stream.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            read => read.expect("bytes or an end in time"),
        };
        self.read.extend_from_slice(&buffer[..count]);
        count > 0
    }

    /// So many bytes, whatever they mean; `None` if the connection has ended before.
    pub fn try_bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.read.len() < count {
            if !self.more() {
                return None;
            }
        }
        Some(self.read.drain(..count).collect())
    }

    /// Everything until the server closes; a reset is an end too.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut buffer = [0; 1 << 16];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return std::mem::take(&mut self.read),
                Ok(count) => self.read.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return std::mem::take(&mut self.read),
                Err(error) => panic!("no end of the connection: {error}"),
            }
        }
    }

    /// Whether nothing has come yet.
    pub fn is_silent(&mut self) -> bool {
        self.stream.set_nonblocking(true).expect("a mode");
        let silent = matches!(self.stream.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
        self.stream.set_nonblocking(false).expect("a mode");
        silent && self.read.is_empty()
    }
}

/// A request's bytes: `Host` is added, and `fields` are lines without their ends.
pub fn request(method: &str, target: &str, fields: &[&str]) -> String {
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    format!("{method} {target} HTTP/1.1\r\nHost: news.example\r\n{fields}\r\n")
}
