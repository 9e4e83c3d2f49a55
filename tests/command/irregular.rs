//! Named pipes, sockets, devices and links in the place of files: nothing waits for them, and the rest goes on.
//!
//! Knows nothing of HTTP beyond that a server answers. Every call here must end by itself within the tests' patience.

use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use super::serve::Server;
use super::{Ended, Newsroom};
use crate::support::wire::PATIENCE;
use crate::support::{line, poll};

const DATED: &str = "\"published\":\"2026-11-20T08:00:00+08:00\"";
const POST: &str = "---\ntitle: 大安的盐井\ndate: 2026-11-20T08:00:00+08:00\n---\n卤水。\n";

impl Newsroom {
    fn pipe(&self, name: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
    }

    /// Writes a file that has been there for a while.
    fn old(&self, name: &str, text: &str) {
        self.write(name, text);
        let file = std::fs::File::options().write(true).open(self.path(name)).expect("a file");
        file.set_modified(SystemTime::now() - Duration::from_secs(3600)).expect("a time");
    }

    /// Calls the program with this on its standard input.
    fn piped(&self, arguments: &[&str], input: &str) -> Ended {
        let mut program = self.program(arguments);
        let program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().expect("the program starts");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it is read");
        poll("it ends", PATIENCE, || child.try_wait().expect("a child").map(drop));
        child.wait_with_output().expect("a child").into()
    }
}

/// A server whose stop signal must end it in order.
fn stopped(mut server: Server) -> String {
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0), "{}", server.log());
    server.log()
}

#[test]
fn an_import_names_what_is_no_regular_file_and_takes_the_rest() {
    let newsroom = Newsroom::new();
    newsroom.write("in/a.jsonl", &line("1", "大安盐井", DATED));
    newsroom.pipe("in/b.jsonl");
    let _socket = UnixListener::bind(newsroom.path("in/c.md")).expect("a socket");
    std::fs::create_dir(newsroom.path("in/d.txt")).expect("a folder");
    for (name, target) in [("e.md", "b.jsonl"), ("f.md", "nothing"), ("g.md", "/dev/zero")] {
        symlink(target, newsroom.path("in").join(name)).expect("a link");
    }
    let ended = newsroom.piped(&["import", "in"], "");
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), "1 new, 0 edited, 0 unchanged, 5 left out\n"));
    for (name, reason) in [
        ("b.jsonl", "it is a named pipe, not a regular file"),
        ("c.md", "it is a socket, not a regular file"),
        ("e.md", "is a link that leads out of the folder, or to no regular file"),
        ("f.md", "is a link that leads out of the folder, or to no regular file"),
        ("g.md", "is a link that leads out of the folder, or to no regular file"),
    ] {
        let told = ended.err.lines().any(|line| line.starts_with(&format!("in/{name}: ")) && line.contains(reason));
        assert!(told, "{name}: {}", ended.err);
    }
}

#[test]
fn what_comes_through_a_pipe_is_recognised_and_backfilled_as_what_stands_in_a_file() {
    let newsroom = Newsroom::new();
    let item = |n: u32, year: u32| {
        format!(
            "<item><title>第 {n} 口盐井</title><guid>https://old.example/{n}</guid>\
             <pubDate>Fri, 03 May {year} 09:00:00 GMT</pubDate></item>"
        )
    };
    let feed = |items: &str| format!("<rss version=\"2.0\"><channel><title>x</title>{items}</channel></rss>");
    for (items, out) in [
        (item(1, 2024) + &item(2, 2026), "2 new, 0 edited, 0 unchanged, 0 left out\n"),
        (item(1, 2024) + &item(3, 2026), "1 new, 0 edited, 1 unchanged, 0 left out\n"),
    ] {
        let dry = newsroom.piped(&["import", "--dry-run", "--as", "feed", "/dev/stdin"], &feed(&items));
        assert!(dry.out.ends_with(&format!("would be: {out}")), "{}{}", dry.out, dry.err);
        let ended = newsroom.piped(&["import", "--as", "feed", "/dev/stdin"], &feed(&items));
        assert_eq!(ended.out, out, "{}", ended.err);
    }
}

#[test]
fn a_pipe_is_read_where_the_shell_hands_one_over_and_nowhere_else() {
    let newsroom = Newsroom::new();
    let import = ["import", "--as", "jsonl", "/dev/stdin"];
    assert_eq!(newsroom.piped(&import, &line("1", "大安盐井", DATED)).code, Some(0));
    assert_eq!(newsroom.entries(), 1);
    newsroom.pipe("a.jsonl");
    newsroom.pipe("a.md");
    let key = newsroom.done(&["article", "list"]).out[..].split('\t').next().expect("a key").to_owned();
    for arguments in
        [&["import", "a.jsonl"][..], &["classify", "a.jsonl"], &["article", "edit", &key, "--file", "a.md"]]
    {
        let ended = newsroom.piped(arguments, "");
        assert_eq!(ended.code, Some(1), "{arguments:?}");
        assert!(ended.err.contains("it is a named pipe, not a regular file"), "{}", ended.err);
    }
}

#[test]
fn settings_are_read_from_a_regular_file_alone_or_named_as_missing() {
    let pipe = Newsroom::new();
    pipe.pipe("wellhead.toml");
    let folder = Newsroom::new();
    std::fs::create_dir(folder.path("wellhead.toml")).expect("a folder");
    let link = Newsroom::new();
    symlink("nothing", link.path("wellhead.toml")).expect("a link");
    for (newsroom, reason) in [(pipe, "a named pipe"), (folder, "a folder"), (link, "No such file")] {
        let ended = newsroom.piped(&["feeds"], "");
        assert_eq!(ended.code, Some(1));
        assert!(ended.err.starts_with("wellhead: wellhead.toml: ") && ended.err.contains(reason), "{}", ended.err);
    }
    assert_eq!(Newsroom::new().piped(&["--config", "/dev/null", "feeds"], "").code, Some(0));
    let handed = Newsroom::new();
    assert_eq!(handed.piped(&["--config", "/dev/stdin", "feeds"], "store = \"file.db\"\n").code, Some(0));
    assert!(handed.path("file.db").exists());
}

#[test]
fn definitions_that_are_no_regular_files_are_faults_and_a_running_server_goes_on() {
    let newsroom = Newsroom::new();
    let server = Server::start(&newsroom, &[]);
    newsroom.pipe("feeds/topics/pipe.toml");
    symlink("pipe.toml", newsroom.path("feeds/topics/link.toml")).expect("a link");
    symlink("nothing", newsroom.path("feeds/districts/nothing.toml")).expect("a link");
    std::fs::create_dir(newsroom.path("feeds/districts/folder.toml")).expect("a folder");
    poll("it is told", PATIENCE, || server.log().contains("feeds/districts/folder.toml: ").then_some(()));
    assert_eq!(server.get("/feed.atom").status, 200);
    let log = stopped(server);
    let ended = newsroom.piped(&["feeds"], "");
    assert_eq!(ended.code, Some(1));
    for told in [log, ended.err] {
        assert!(told.contains("topics/pipe.toml: cannot be opened: it is a named pipe"), "{told}");
        assert!(told.contains("topics/link.toml: cannot be opened: it is a named pipe"), "{told}");
        assert!(told.contains("districts/folder.toml: cannot be opened: it is a folder"), "{told}");
        assert!(told.contains("districts/nothing.toml: cannot be opened: No such file"), "{told}");
    }
}

#[test]
fn a_pipe_in_a_watched_folder_is_named_while_other_files_are_published() {
    let newsroom = Newsroom::new();
    newsroom.pipe("posts/a.md");
    newsroom.old("posts/b.md", POST);
    let server = Server::start(&newsroom, &["--watch", "posts"]);
    poll("it is published", PATIENCE, || server.get("/feed.atom").text().contains("大安的盐井").then_some(()));
    let told = "posts/a.md: cannot be read: it is a named pipe, not a regular file";
    poll("it is named", PATIENCE, || server.log().contains(told).then_some(()));
    stopped(server);
}

#[test]
fn a_store_that_somebody_keeps_locked_does_not_keep_the_server_from_ending() {
    let newsroom = Newsroom::new();
    newsroom.old("posts/a.md", POST);
    let mut server = Server::start(&newsroom, &["--watch", "posts", "--log", "wellhead=debug"]);
    poll("it is published", PATIENCE, || server.get("/feed.atom").text().contains("大安的盐井").then_some(()));
    let store = crate::support::tables(&newsroom.path("wellhead.db"));
    store.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    let looks = || server.log().matches("looking at the watched folder").count();
    let before = looks();
    newsroom.old("posts/b.md", &POST.replace("大安", "沿滩"));
    // One look finds the file; another, once it has stayed as it is, waits for the lock, for 10 seconds.
    poll("it looks", PATIENCE, || (looks() >= before + 2).then_some(()));
    assert_eq!(server.get("/feed.atom").status, 200);
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0), "{}", server.log());
    drop(store);
    assert_eq!(newsroom.entries(), 1);
}
