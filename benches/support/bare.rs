//! A bare hyper server, the yardstick: one answer and its 304 out of memory.
//!
//! Knows nothing of feeds: it repeats two answers of another server, but for the Date, which hyper writes itself.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use http::header::{ETAG, HeaderName, IF_NONE_MATCH};
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Serves the files `200` and `304` of a folder for ever, and prints its address as wellhead does.
pub fn serve(folder: &Path) -> anyhow::Result<()> {
    let answers = Arc::new([read(&folder.join("200"))?, read(&folder.join("304"))?]);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("  open        http://{}/", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let answers = Arc::clone(&answers);
            let service = service_fn(move |request: Request<Incoming>| {
                let [full, not_modified] = &*answers;
                let named = request.headers().get(IF_NONE_MATCH);
                let known = named.is_some() && named == full.headers().get(ETAG);
                let answer = if known { not_modified.clone() } else { full.clone() };
                async move { Ok::<_, Infallible>(answer) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    })
}

/// An answer as it came over the wire.
fn read(file: &Path) -> anyhow::Result<Response<Full<Bytes>>> {
    let raw = std::fs::read(file)?;
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n").context("no head")?;
    let mut lines = std::str::from_utf8(&raw[..end])?.split("\r\n");
    let status = lines.next().and_then(|line| line.get(9..12)).context("no status")?;
    let mut answer = Response::new(Full::new(Bytes::copy_from_slice(&raw[end + 4..])));
    *answer.status_mut() = status.parse()?;
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if !name.eq_ignore_ascii_case("date") && !name.eq_ignore_ascii_case("content-length") {
            answer.headers_mut().append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
    }
    Ok(answer)
}
