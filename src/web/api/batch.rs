//! Many articles in one request: a line for each, and a line for what became of each, in the same order.
//!
//! Holds as many articles as share a transaction, however many there are. Answers are kept, at first in memory and then
//! in a file without a name, until the last line has come: most clients read nothing before they have said everything,
//! and each side would wait for the other.

use std::collections::VecDeque;
use std::io::{self, Read, Seek, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use http_body_util::Either;
use hyper::body::{Body, Frame, SizeHint};
use serde::Serialize;
use tempfile::SpooledTempFile;
use utoipa::ToSchema;

use super::admission::Admitted;
use super::article;
use super::body::{Arriving, is_of};
use super::lines::{Line, Lines};
use super::problem::Problem;
use super::{Answer, Asked};
use crate::article::Time;
use crate::ingest::MAX_INPUT;
use crate::publish;
use crate::publish::report::OutcomeName;
use crate::store::command::{Done, MAX_REVISION, Operation, Outcome, Rejection};
use crate::store::stored::Stored;
use crate::web::error::ApiError;

/// JSON Lines by the names that it goes by.
pub const LINES: &[&str] = &["application/jsonl", "application/x-ndjson", "application/x-jsonlines"];

/// The most bytes of articles that wait for the store.
const MAX_WAITING: usize = 8 << 20;

/// After so many lines it is asked whether the token is still good.
const TRUST: u64 = 100;

/// Bytes of answers that are kept in memory, and that are sent at once.
const IN_MEMORY: usize = 64 << 10;

/// What became of a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineResult {
    /// Its number, from 1.
    pub line: u64,
    /// The status that it would have had in a request of its own.
    pub status: u16,
    /// The source's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_id: Option<String>,
    /// The last part of its page's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its permanent id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<OutcomeName>,
    /// The last revision in which readers saw anything of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// What its publisher should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Why nothing became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// POST: puts an article for each line.
pub async fn post(asked: &Asked<'_>, admitted: Admitted, body: Arriving<'_>) -> Result<Answer, ApiError> {
    is_of(asked.headers(), LINES)?;
    let mut lines = Lines::new(body, MAX_INPUT);
    let mut read: u64 = 0;
    let mut batch =
        Batch { asked, admitted, waiting: VecDeque::new(), bytes: 0, shown: None, due: false, kept: Kept::new() };
    loop {
        match lines.next().await {
            Ok(Some(line)) => {
                let number = line.number;
                read += 1;
                if (lines.has_waited() || read.is_multiple_of(TRUST))
                    && let Err(error) = batch.admitted.recheck(&asked.app).await
                {
                    batch.finish_with(number, error).await;
                    lines.drain().await;
                    break;
                }
                batch.add(line).await;
            }
            Ok(None) => {
                batch.settle(0).await;
                break;
            }
            // What has been published is so, and told.
            Err(error) => {
                batch.finish_with(lines.number(), error).await;
                break;
            }
        }
    }
    // Those whose time had come already are not left to the clock.
    let now = (asked.app.clock)();
    if batch.due && !asked.query.dry_run {
        super::in_time(asked.current.app().site.release(now)).await?;
    }
    asked.show(batch.shown).await;
    batch.kept.answer()
}

/// What a line is waiting for.
type Doing = Pin<Box<dyn Future<Output = Result<Result<Done, Rejection>, ApiError>> + Send>>;

/// A line whose article is on its way.
struct Waiting {
    line: u64,
    own_id: String,
    bytes: usize,
    warnings: Vec<String>,
    said: Option<Time>,
    doing: Doing,
}

struct Batch<'a> {
    asked: &'a Asked<'a>,
    admitted: Admitted,
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// The last revision that shows any of it.
    shown: Option<u64>,
    /// Whether the time of any of it has come that was under embargo.
    due: bool,
    kept: Kept,
}

impl Batch<'_> {
    /// Takes a line on its way; waits for others first if there are too many.
    async fn add(&mut self, line: Line) {
        let prepared = match line.bytes {
            None => Err(ApiError::LongLine(MAX_INPUT)),
            Some(bytes) => {
                let app = self.asked.current.app();
                let prepared = article::prepared(&app, &self.admitted.publisher, bytes, None).await;
                prepared.and_then(|prepared| prepared.map_err(|unfit| self.admitted.refused(unfit)))
            }
        };
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                self.settle(0).await;
                return self.kept.keep(&LineResult::failed(line.number, None, &error));
            }
        };
        let (command, said) = (prepared.command, prepared.said);
        let bytes = command.bytes();
        let own_id = match &command.operation {
            Operation::Put { submission, .. } => submission.own_id.clone(),
            _ => command.target.to_string(),
        };
        let (store, now) = (self.asked.app.site.store(), (self.asked.app.clock)());
        let doing: Doing = if self.asked.query.dry_run {
            Box::pin(super::in_time(store.rehearse(command, now)))
        } else {
            Box::pin(super::in_time(store.execute_grouped(command, now)))
        };
        self.bytes += bytes;
        let warnings = prepared.warnings;
        self.waiting.push_back(Waiting { line: line.number, own_id, bytes, warnings, said, doing });
        // What is only rehearsed is read where polls are, which are not to wait for many at once.
        let most = if self.asked.query.dry_run { 1 } else { MAX_REVISION };
        if self.waiting.len() >= most || self.bytes >= MAX_WAITING {
            // By halves, so that one half is being written while the other is read.
            self.settle(self.waiting.len() / 2).await;
        }
    }

    /// Waits until no more than so many are on their way, and keeps what became of the others.
    async fn settle(&mut self, leave: usize) {
        while self.waiting.len() > leave {
            let Some(Waiting { line, own_id, bytes, mut warnings, said, doing }) = self.waiting.pop_front() else {
                break;
            };
            self.bytes -= bytes;
            self.asked.in_flight.goes_on();
            let answer = doing
                .await
                .and_then(|answer| answer.map_err(|rejection| ApiError::rejected(rejection, &self.admitted.scope)));
            let result = match answer {
                Err(error) => LineResult::failed(line, Some(own_id), &error),
                Ok(done) => {
                    self.shown = self.shown.max(done.revision);
                    let Stored { embargoed, article, .. } = &done.stored;
                    self.due |= *embargoed && article.published <= (self.asked.app.clock)();
                    warnings.extend(publish::of_its_time(said, &done));
                    LineResult {
                        line,
                        status: if matches!(done.outcome, Outcome::Created { .. }) { 201 } else { 200 },
                        own_id: Some(own_id),
                        key: Some(done.stored.article.key.to_string()),
                        id: Some(done.stored.article.id),
                        result: Some(done.outcome.into()),
                        revision: done.revision,
                        warnings,
                        problem: None,
                    }
                }
            };
            self.kept.keep(&result);
        }
    }

    /// Ends early, and says why at this line.
    async fn finish_with(&mut self, line: u64, error: ApiError) {
        self.settle(0).await;
        self.kept.keep(&LineResult::failed(line, None, &error));
    }
}

impl LineResult {
    fn failed(line: u64, own_id: Option<String>, error: &ApiError) -> Self {
        let problem = Problem::from(error);
        Self {
            line,
            status: problem.status,
            own_id,
            key: None,
            id: None,
            result: None,
            revision: None,
            warnings: Vec::new(),
            problem: Some(problem),
        }
    }
}

/// Answers that are kept until they are wanted.
struct Kept {
    file: SpooledTempFile,
    /// Why no more can be kept.
    broken: Option<io::Error>,
}

impl Kept {
    fn new() -> Self {
        Self { file: SpooledTempFile::new(IN_MEMORY), broken: None }
    }

    /// Keeps one more. It is written to the system's memory, mostly: nobody waits for a disk. Where there is no room, what
    /// is published is published all the same.
    fn keep(&mut self, result: &LineResult) {
        let mut line = serde_json::to_vec(result).expect("texts and numbers are always JSON");
        line.push(b'\n');
        if self.broken.is_none() {
            self.broken = self.file.write_all(&line).err();
        }
    }

    /// All of them.
    fn answer(mut self) -> Result<Answer, ApiError> {
        let kept = self.broken.take().map_or(Ok(()), Err);
        let kept = kept.and_then(|()| self.file.stream_position()).and_then(|left| {
            self.file.rewind()?;
            Ok(left)
        });
        let left = kept.map_err(|error| {
            tracing::error!(%error, "what became of a batch could not be kept");
            ApiError::Unkept
        })?;
        let mut answer = Response::new(Either::Right(Answers { file: self.file, left }));
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/jsonl"));
        Ok(answer)
    }
}

/// Kept answers as a body.
pub struct Answers {
    file: SpooledTempFile,
    left: u64,
}

impl Body for Answers {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut part = vec![0; self.left.min(IN_MEMORY as u64) as usize];
        let read = self.file.read_exact(&mut part);
        self.left -= part.len() as u64;
        Poll::Ready(Some(read.map(|()| Frame::data(part.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
