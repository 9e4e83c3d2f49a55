//! Load: connections that ask for the same thing again and again, each as soon as it has been answered.
//!
//! All run on one thread, which takes less of the machine than any server does. Every answer must have the status and
//! the length of the first, so that none need be parsed. Knows nothing of what is asked for.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::machine::quantile;
use crate::servers::{self, Server};

/// What is not measured at the beginning, as part of the time.
const WARMING: u32 = 5;
/// How much longer than it should a run may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What one or several runs of a kind show.
#[derive(Default)]
pub struct Measured {
    /// Microseconds that each answer took, but for those of the beginning.
    times: Vec<f64>,
    /// Seconds in which these came.
    seconds: f64,
    /// All answers.
    answers: f64,
    /// Seconds of processor time that the server took for all answers, and this process for its part.
    processor: [f64; 2],
}

impl Measured {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.seconds
    }

    /// Microseconds in which this part of the answers came.
    pub fn within(&self, part: f64) -> f64 {
        quantile(&self.times, part)
    }

    /// Microseconds of processor time that the server took for an answer.
    pub fn server(&self) -> f64 {
        1e6 * self.processor[0] / self.answers
    }

    /// The same of the load itself.
    pub fn load(&self) -> f64 {
        1e6 * self.processor[1] / self.answers
    }
}

/// A request, and the answer that it gets every time.
#[derive(Clone)]
pub struct Asked {
    request: String,
    status: u16,
    length: usize,
}

impl Asked {
    /// Asks once.
    pub fn of(server: &Server, request: String, status: u16) -> anyhow::Result<Self> {
        let answer = Client::connect(server.address)?.ask(&request)?;
        ensure!(answer.status == status, "{} answers {request}\n{}", server.name, answer.status);
        Ok(Self { request, status, length: answer.raw.len() })
    }
}

/// Loads a server for so long, and adds what that shows.
pub fn run(
    measured: &mut Measured,
    server: &Server,
    asked: &Asked,
    connections: usize,
    time: Duration,
) -> anyhow::Result<()> {
    let before = [server.processor(), servers::processor("self")];
    let began = Instant::now() + time / WARMING;
    let end = began + time;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let loaded = runtime
        .block_on(async { tokio::time::timeout(time + PATIENCE, all(server.address, asked, connections, end)).await });
    let answers = loaded.context("answers are missing")??;
    let after = [server.processor(), servers::processor("self")];
    for (sum, (after, before)) in measured.processor.iter_mut().zip(after.into_iter().zip(before)) {
        *sum += after - before;
    }
    let times = answers.iter().filter(|(asked, _)| *asked >= began);
    measured.times.extend(times.map(|(_, took)| took.as_secs_f64() * 1e6));
    measured.seconds += time.as_secs_f64();
    measured.answers += answers.len() as f64;
    Ok(())
}

/// When each request was sent, and how long its answer took.
type Answers = Vec<(Instant, Duration)>;

async fn all(address: SocketAddr, asked: &Asked, connections: usize, end: Instant) -> anyhow::Result<Answers> {
    let mut running = JoinSet::new();
    for _ in 0..connections {
        running.spawn(one(address, asked.clone(), end));
    }
    let mut answers = Vec::new();
    while let Some(ended) = running.join_next().await {
        answers.extend(ended??);
    }
    Ok(answers)
}

/// One connection.
async fn one(address: SocketAddr, asked: Asked, end: Instant) -> anyhow::Result<Answers> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; asked.length + 1];
    let mut answers = Vec::new();
    let status = asked.status.to_string();
    loop {
        let sent = Instant::now();
        if sent >= end {
            return Ok(answers);
        }
        stream.write_all(asked.request.as_bytes()).await?;
        let mut filled = 0;
        while filled < asked.length {
            let read = stream.read(&mut buffer[filled..]).await?;
            ensure!(read > 0, "a connection was closed");
            filled += read;
        }
        answers.push((sent, sent.elapsed()));
        ensure!(filled == asked.length && buffer[9..12] == *status.as_bytes(), "another answer than the first");
    }
}
