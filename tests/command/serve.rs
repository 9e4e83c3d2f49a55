//! `serve` as a process: its addresses, its answers, what other processes do to its store, and its end.
//!
//! Knows nothing of HTTP beyond a GET.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};

use tempfile::NamedTempFile;

use super::Newsroom;
use crate::support::wire::{PATIENCE, Response, Wire, request};
use crate::support::{line, poll};

/// A server process; it is ended when the test drops it.
pub struct Server {
    process: Child,
    address: SocketAddr,
    announced: Vec<String>,
    log: NamedTempFile,
}

impl Server {
    pub fn start(newsroom: &Newsroom, options: &[&str]) -> Self {
        let log = NamedTempFile::new().expect("a file");
        let logs = log.reopen().expect("the file");
        let mut program = newsroom.program(&[&["serve", "--listen", "127.0.0.1:0"], options].concat());
        let mut process = program.stdout(Stdio::piped()).stderr(logs).spawn().expect("it starts");
        let out = BufReader::new(process.stdout.take().expect("it prints"));
        let announced: Vec<String> = out.lines().take(3).map(|line| line.expect("UTF-8")).collect();
        let open = announced.get(1).and_then(|line| line.trim().strip_prefix("open"));
        let open = open.and_then(|url| url.trim().strip_prefix("http://")?.strip_suffix('/'));
        let address = open.and_then(|address| address.parse().ok());
        Self { address: address.unwrap_or_else(|| panic!("{announced:?}")), process, announced, log }
    }

    /// What it has told its operator so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).expect("UTF-8")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it, in the middle of whatever it does.
    pub fn kill(&mut self) {
        self.process.kill().expect("a child");
        self.process.wait().expect("a child");
    }

    pub fn get(&self, path: &str) -> Response {
        let mut wire = Wire::open(self.address);
        wire.send(request("GET", path, &["Connection: close"]));
        wire.response()
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.process.id().to_string()]).status().expect("kill");
        assert!(sent.success());
    }

    /// How it ended, once it has.
    pub fn ended(&mut self) -> ExitStatus {
        poll("the server ends", PATIENCE, || self.process.try_wait().expect("a child"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn dated(id: &str, title: &str) -> String {
    line(id, title, "\"published\":\"2026-11-20T08:00:00+08:00\"")
}

#[test]
fn it_says_where_to_look_and_what_it_says_is_there() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &(dated("1", "大安盐井") + &dated("2", "大安")));
    newsroom.done(&["import", "a.jsonl"]);
    let server = Server::start(&newsroom, &[]);
    assert_eq!(server.announced[0], "wellhead serves 2 articles");
    assert_eq!(server.announced[2], format!("  subscribe   http://{}/districts/daan.atom", server.address));
    assert_eq!(server.get("/").status, 200);
    assert!(server.get("/districts/daan.atom").text().contains("大安盐井"));
}

#[test]
fn what_another_process_imports_shows_by_itself() {
    let newsroom = Newsroom::new();
    let server = Server::start(&newsroom, &[]);
    assert!(!server.get("/feed.atom").text().contains("<entry>"));
    for n in 1..=3 {
        let title = format!("大安盐井 {n}");
        newsroom.write("a.jsonl", &dated(&n.to_string(), &title));
        newsroom.done(&["import", "a.jsonl"]);
        poll(&title, PATIENCE, || server.get("/feed.atom").text().contains(&title).then_some(()));
    }
}

#[test]
fn it_ends_in_order_when_it_is_asked_to() {
    let newsroom = Newsroom::new();
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(&newsroom, &[]);
        let mut idle = Wire::open(server.address);
        idle.send(request("GET", "/feed.atom", &[]));
        assert_eq!(idle.response().status, 200);
        server.signal(signal);
        assert_eq!(server.ended().code(), Some(0), "{signal}");
        assert_eq!(idle.rest(), b"", "{signal}");
    }
}

#[test]
fn a_running_server_publishes_an_article_by_itself_when_its_time_comes() {
    let newsroom = Newsroom::new();
    let server = Server::start(&newsroom, &[]);
    // The server's own clock, in each of its answers.
    let date = |answer: &Response| {
        let date = httpdate::parse_http_date(answer.expect("date")).expect("a date");
        date.duration_since(std::time::UNIX_EPOCH).expect("later").as_secs() as i64
    };
    let due = date(&server.get("/")) + 2;
    let published = format!("\"published\":\"{}\"", wellhead::article::Time(due));
    newsroom.write("a.jsonl", &line("1", "大安盐井的秘密", &published));
    assert_eq!(
        newsroom.done(&["import", "a.jsonl"]).out,
        "1 new (1 under embargo), 0 edited, 0 unchanged, 0 left out\n"
    );
    poll("it appears", PATIENCE, || {
        let answer = server.get("/districts/daan.atom");
        let shown = answer.text().contains("秘密");
        assert!(!shown || date(&answer) >= due, "it is shown before its time");
        shown.then_some(())
    });
    assert_eq!(newsroom.entries(), 1);
}

#[test]
fn validators_survive_a_restart() {
    let newsroom = Newsroom::new();
    newsroom.write("a.jsonl", &dated("1", "大安盐井"));
    newsroom.done(&["import", "a.jsonl"]);
    let served = || {
        let server = Server::start(&newsroom, &[]);
        ["/feed.atom", "/topics/salt.rss", "/districts/yantan.json", "/"].map(|path| {
            let response = server.get(path);
            (response.expect("etag").to_owned(), response.body)
        })
    };
    assert_eq!(served(), served());
}

#[test]
fn an_edited_definition_gives_every_feed_another_tag_when_it_serves() {
    let newsroom = Newsroom::new();
    let tag = |newsroom: &Newsroom| Server::start(newsroom, &[]).get("/topics/salt.rss").expect("etag").to_owned();
    let before = tag(&newsroom);
    newsroom.write("feeds/topics/salt.toml", "title = \"井盐\"\n[terms]\n\"盐井\" = 3\n");
    newsroom.done(&["feeds"]);
    let after = tag(&newsroom);
    assert_ne!(after, before);
    assert_eq!(tag(&newsroom), after);
}

#[test]
fn an_address_that_is_taken_is_named() {
    let newsroom = Newsroom::new();
    let server = Server::start(&newsroom, &[]);
    let ended = newsroom.call(&["serve", "--listen", &server.address.to_string()]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains(&server.address.to_string()), "{}", ended.err);
}

#[test]
fn a_server_without_definitions_does_not_start() {
    let newsroom = Newsroom::new();
    let ended = newsroom.call(&["serve", "--listen", "127.0.0.1:0", "--feeds", "nowhere"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
}

#[test]
fn the_demo_needs_nothing_and_leaves_nothing() {
    let newsroom = Newsroom(tempfile::tempdir().expect("a folder"));
    let mut server = Server::start(&newsroom, &["--demo"]);
    let articles: u64 = server.announced[0].split(' ').nth(2).and_then(|n| n.parse().ok()).expect("a number");
    assert!(articles > 10, "{:?}", server.announced);
    let atom = server.get("/feed.atom");
    assert!(atom.text().contains("<entry>") && atom.text().contains(&format!("http://{}/feed.atom", server.address)));
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
    assert!(super::files(newsroom.0.path()).is_empty());
}
