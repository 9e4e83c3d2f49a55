//! Threads that own database connections and do one job after another.
//!
//! Knows nothing of SQL. A job runs to its end even if whoever asked for it has stopped waiting.

use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::store::StoreError;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// How long after its last job a thread does its idle work.
const IDLE: Duration = Duration::from_millis(50);

/// One or more threads, each with a connection of its own, that take jobs from one queue.
pub struct Worker {
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

/// A job's result to come: await it, or block on [`Pending::wait`] outside of async code.
#[must_use = "a job's result tells whether it was done"]
pub struct Pending<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Pending<T> {
    /// Blocks until the job is done.
    pub fn wait(self) -> Result<T, StoreError> {
        self.0.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|done| done.unwrap_or(Err(StoreError::Closed)))
    }
}

impl Worker {
    /// Starts a thread for each connection. `idle` is called once jobs have ceased for a moment.
    pub fn start(name: &str, connections: Vec<Connection>, idle: fn(&Connection)) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<Job>();
        let queue = Arc::new(Mutex::new(receiver));
        let threads = connections
            .into_iter()
            .map(|mut connection| {
                let queue = Arc::clone(&queue);
                std::thread::Builder::new().name(name.to_owned()).spawn(move || work(&queue, &mut connection, idle))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { jobs: Some(sender), threads })
    }

    /// Queues a job.
    pub fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        let (answer, pending) = oneshot::channel();
        // Nobody may be waiting any more; the job was done all the same.
        let job: Job = Box::new(move |connection| drop(answer.send(job(connection))));
        if let Some(jobs) = &self.jobs {
            // Were all threads gone, dropping the job would answer `Closed`.
            drop(jobs.send(job));
        }
        Pending(pending)
    }
}

/// Does jobs, and the idle work after them, until there will be no more.
fn work(queue: &Mutex<Receiver<Job>>, connection: &mut Connection, idle: fn(&Connection)) {
    let mut worked = false;
    loop {
        let next = {
            let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            if worked { queue.recv_timeout(IDLE) } else { queue.recv().map_err(|_| RecvTimeoutError::Disconnected) }
        };
        worked = next.is_ok();
        match next {
            Ok(job) => job(connection),
            Err(RecvTimeoutError::Timeout) => idle(connection),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

impl Drop for Worker {
    /// Lets queued jobs finish and joins the threads, so that a store that is gone has closed its files.
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}
