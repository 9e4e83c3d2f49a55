//! Files of the media folders as answers, wherever nothing of ours is: whole or in part, and as far as they are new to
//! the client.
//!
//! Knows nothing of articles. Every look at a disk is made on a thread that may block, of which each folder has a few: a
//! disk that does not answer keeps those, and nothing else waits for it.

mod condition;
mod content;

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, DATE,
    ETAG, LAST_MODIFIED, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use self::condition::{Extent, Stamp, Verdict};
pub use self::content::Content;
use super::api;
use super::cors;
use super::error::WebError;
use super::outgoing::{Outgoing, Ready};
use super::prepared::{Prepared, value};
use crate::article::Time;
use crate::media::{self, MediaPath, Opened, SVG};
use crate::resource::Resource;

/// The threads that may wait for one folder's disk.
const THREADS: usize = 8;

/// The most media files that are open at once, each for an answer that is being sent.
pub const MAX_OPEN: usize = 512;

/// The longest that a disk may take to open a file, or others to give up their places, before the answer is 503.
const PATIENCE: Duration = Duration::from_secs(5);

/// An SVG that is opened by itself could run scripts in the site's name: then it is nobody's, and is saved rather than
/// shown. In a page's `img` neither counts.
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
const SAVED: HeaderValue = HeaderValue::from_static("attachment");

/// The folders, and who waits for them.
pub struct Media {
    folders: Vec<Folder>,
    places: Arc<Semaphore>,
}

struct Folder {
    path: Arc<Path>,
    threads: Arc<Semaphore>,
}

/// A file that was found, with its place among those that are open.
struct Found {
    file: Opened,
    media_type: &'static str,
    threads: Arc<Semaphore>,
    place: OwnedSemaphorePermit,
}

impl Media {
    /// These folders, of which the first that has a file gives it.
    pub fn new(folders: &[PathBuf]) -> Self {
        let threads = || Arc::new(Semaphore::new(THREADS));
        let folders = folders.iter().map(|path| Folder { path: path.as_path().into(), threads: threads() });
        Self { folders: folders.collect(), places: Arc::new(Semaphore::new(MAX_OPEN)) }
    }

    /// Answers a request if there is a file at its path.
    pub async fn answer<B>(
        &self,
        request: &Request<B>,
        prepared: &Prepared,
        now: Time,
    ) -> Result<Option<Ready>, WebError> {
        if self.folders.is_empty() {
            return Ok(None);
        }
        let Some(path) = MediaPath::parse(request.uri().path()) else { return Ok(None) };
        // Encoded, the address of what is ours is not found at once; it is ours all the same.
        let plain = path.plain();
        if api::is_below_root(&plain) || Resource::parse(&plain).is_some() {
            return Ok(None);
        }
        let Some(found) = self.find(&path).await? else { return Ok(None) };
        match *request.method() {
            Method::GET | Method::HEAD => respond(found, request, prepared, now).map(Some),
            Method::OPTIONS => Ok(Some(cors::options(request.headers(), now).map(Outgoing::from))),
            _ => Err(WebError::Method),
        }
    }

    async fn find(&self, path: &MediaPath) -> Result<Option<Found>, WebError> {
        let places = Arc::clone(&self.places).acquire_owned();
        let place = in_time(places).await?.map_err(|_| WebError::MediaAway)?;
        for folder in &self.folders {
            let (below, named) = (Arc::clone(&folder.path), path.clone());
            let opening = on_a_thread(Arc::clone(&folder.threads), move || media::open(&below, &named));
            let opened = in_time(opening).await?.map_err(|error| {
                tracing::error!(%error, folder = %folder.path.display(), "a media file cannot be read");
                WebError::MediaAway
            })?;
            if let Some(file) = opened {
                let threads = Arc::clone(&folder.threads);
                return Ok(Some(Found { file, media_type: path.media_type, threads, place }));
            }
        }
        Ok(None)
    }
}

async fn in_time<T>(waiting: impl Future<Output = T>) -> Result<T, WebError> {
    timeout(PATIENCE, waiting).await.map_err(|_| {
        tracing::error!("a media folder does not answer, or too many media files are open");
        WebError::MediaAway
    })
}

/// Does work on one of these threads, which is taken until the work ends, whether anybody still waits for it or not.
async fn on_a_thread<T: Send + 'static>(
    threads: Arc<Semaphore>,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let taken = threads.acquire_owned().await.map_err(io::Error::other)?;
    let working = spawn_blocking(move || {
        let done = work();
        drop(taken);
        done
    });
    working.await.map_err(io::Error::other)?
}

/// The file, or as much of it as is asked for; 304 if the client has it.
fn respond<B>(found: Found, request: &Request<B>, prepared: &Prepared, now: Time) -> Result<Ready, WebError> {
    let Found { file, media_type, threads, place } = found;
    let stamp = Stamp::of(&file, now);
    let mut headers = HeaderMap::with_capacity(12);
    headers.insert(DATE, prepared.date(now));
    headers.insert(CACHE_CONTROL, prepared.archive_policy.clone());
    headers.insert(ETAG, value(stamp.etag()));
    if let Some(modified) = stamp.last_modified() {
        headers.insert(LAST_MODIFIED, modified);
    }
    let extent = match stamp.verdict(request.method(), request.headers()) {
        Verdict::NotModified => return Ok(ready(StatusCode::NOT_MODIFIED, headers, Full::<Bytes>::default())),
        Verdict::Unsatisfiable => return Err(WebError::Range { length: file.length }),
        Verdict::Send(extent) => extent,
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if media_type == SVG {
        headers.insert(CONTENT_SECURITY_POLICY, SANDBOX);
        headers.insert(CONTENT_DISPOSITION, SAVED);
    }
    let (status, range) = match extent {
        Extent::Whole => (StatusCode::OK, 0..file.length),
        Extent::Part(range) => {
            let said = format!("bytes {}-{}/{}", range.start, range.end - 1, file.length);
            headers.insert(CONTENT_RANGE, value(said));
            (StatusCode::PARTIAL_CONTENT, range)
        }
    };
    Ok(ready(status, headers, Outgoing::File(Content::new(file.file, range, threads, place))))
}

fn ready(status: StatusCode, headers: HeaderMap, body: impl Into<Outgoing>) -> Ready {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file in a folder of its own.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.jpg"), "盐").expect("a file");
        folder
    }

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_does_not_answer_keeps_its_own_threads_alone() {
        let folder = folder();
        let path = MediaPath::parse("/a.jpg").expect("a path");
        let media = Media::new(&[folder.path().to_owned()]);
        assert!(media.find(&path).await.expect("the disk answers").is_some());
        let hanging = Arc::clone(&media.folders[0].threads).acquire_many_owned(THREADS as u32).await;
        assert_eq!(media.find(&path).await.err(), Some(WebError::MediaAway));
        drop(hanging);
        assert!(media.find(&path).await.expect("the disk answers").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_files_are_open_than_there_are_places() {
        let folder = folder();
        let path = MediaPath::parse("/a.jpg").expect("a path");
        let media = Media::new(&[folder.path().to_owned()]);
        let mut open = Vec::new();
        for _ in 0..MAX_OPEN {
            open.push(media.find(&path).await.expect("there is a place").expect("the file"));
        }
        assert_eq!(media.find(&path).await.err(), Some(WebError::MediaAway));
        drop(open.pop());
        assert!(media.find(&path).await.expect("there is a place").is_some());
    }
}
