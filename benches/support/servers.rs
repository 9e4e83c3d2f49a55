//! Servers as processes of their own: started on a free port, watched through /proc, ended with the value.
//!
//! Knows nothing of what they are asked.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyhow::{Context, ensure};

use crate::client::{Answer, Client};
use crate::machine;

/// The first argument of a process that is the bare server; the second is its folder.
pub const BARE: &str = "--bare";
/// The variable that names another build.
const OTHER: &str = "WELLHEAD_BENCH_OTHER";
/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);
/// Clock ticks a second in /proc (`getconf CLK_TCK`), the same on all of Linux's common machines.
const TICKS: f64 = 100.0;

/// A running server.
pub struct Server {
    /// What it is.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
}

impl Server {
    /// wellhead on a store.
    pub fn wellhead(store: &Path) -> anyhow::Result<Self> {
        Self::build("wellhead", Path::new(env!("CARGO_BIN_EXE_wellhead")), store)
    }

    /// The build of wellhead that WELLHEAD_BENCH_OTHER names, to be compared with this one.
    pub fn other(store: &Path) -> anyhow::Result<Option<Self>> {
        let Some(program) = env::var_os(OTHER) else { return Ok(None) };
        Self::build("other build", Path::new(&program), store).map(Some)
    }

    fn build(name: &'static str, program: &Path, store: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            "off",
            "--connections",
            "8192",
            "--log",
            "warn",
        ]);
        command.arg("--store").arg(store).arg("--feeds").arg(machine::feeds());
        Self::announced(name, command)
    }

    /// The bare server with these answers.
    pub fn bare(folder: &Path, full: &Answer, not_modified: &Answer) -> anyhow::Result<Self> {
        fs::write(folder.join("200"), &full.raw)?;
        fs::write(folder.join("304"), &not_modified.raw)?;
        let mut command = Command::new(env::current_exe()?);
        command.arg(BARE).arg(folder);
        Self::announced("bare hyper", command)
    }

    /// A server that prints its address.
    fn announced(name: &'static str, mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().context(name)?;
        let out = BufReader::new(child.stdout.take().context("no output")?);
        let address = out.lines().map_while(Result::ok).find_map(|line| {
            let (_, address) = line.split_once("open        http://")?;
            address.trim_end_matches('/').parse().ok()
        });
        // Held by a value from now on, so that it ends whatever happens.
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Self { name, address: address.unwrap_or(unknown), child };
        ensure!(address.is_some(), "{name} does not say where it listens");
        Ok(server)
    }

    /// nginx with a feed as files, if it is installed: as it is documented for static files, with two workers.
    pub fn nginx(folder: &Path, identity: &Answer, gzip: &Answer) -> anyhow::Result<Option<Self>> {
        if !Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return Ok(None);
        }
        fs::write(folder.join("feed.atom"), identity.body())?;
        fs::write(folder.join("feed.atom.gz"), gzip.body())?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration(folder, address, gzip))?;
        let mut command = Command::new("nginx");
        let child = command.arg("-p").arg(folder).arg("-c").arg(&file).spawn()?;
        let server = Self { name: "nginx", address, child };
        let begun = Instant::now();
        while Client::connect(address).is_err() {
            ensure!(begun.elapsed() < PATIENCE, "nginx does not listen");
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Some(server))
    }

    /// Seconds of processor time that it and its workers have taken.
    pub fn processor(&self) -> f64 {
        let id = self.child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        let children = children.split_whitespace().map(processor);
        processor(&id.to_string()) + children.sum::<f64>()
    }

    /// A line of its memory, such as VmRSS, in MB.
    pub fn memory(&self, line: &str) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|found| found.strip_prefix(line)).context("no such line")?;
        let kibibytes = line.trim_start_matches(':').trim_end_matches("kB").trim();
        Ok(kibibytes.parse::<f64>()? * 1024.0 / 1e6)
    }
}

/// Seconds of processor time of a process: `self` for this one.
pub fn processor(id: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let Some((_, rest)) = stat.rsplit_once(") ") else { return 0.0 };
    let ticks = rest.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS
}

/// nginx's settings: the same header fields as wellhead's but for those that it makes itself.
fn configuration(folder: &Path, address: SocketAddr, like: &Answer) -> String {
    const OWN: [&str; 6] = ["date", "content-type", "content-length", "content-encoding", "etag", "last-modified"];
    let fields = like.fields().into_iter().filter(|(name, _)| !OWN.contains(name));
    let fields: String = fields.map(|(name, value)| format!("add_header {name} {};\n", quoted(value))).collect();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String = temporary.iter().map(|of| format!("{of}_temp_path temporary;\n")).collect();
    let folder = folder.display();
    format!(
        "user root;\ndaemon off;\nworker_processes 2;\npid nginx.pid;\nerror_log stderr error;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n{temporary}access_log off;\nsendfile on;\ntcp_nopush on;\nopen_file_cache max=100;\n\
         keepalive_requests 1000000000;\nkeepalive_timeout 3600;\ngzip_static on;\n\
         types {{ application/atom+xml atom; }}\ncharset utf-8;\ncharset_types application/atom+xml;\n\
         server {{ listen {address} backlog=1024;\nroot \"{folder}\";\n{fields}}}\n}}\n"
    )
}

/// A value as a string of nginx's: within quotation marks, a backslash stands before each of these and of itself.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.name == "nginx" {
            // Killed, it would leave its workers behind.
            drop(Command::new("sh").args(["-c", "kill $0", &self.child.id().to_string()]).status());
        } else {
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}
