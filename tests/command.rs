//! The program as it is called: what it prints, what it leaves behind, and with which status it ends.
//!
//! Knows nothing of the library but the definitions and lines of jsonl that `support` writes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::{line, poll, write_definitions};

/// A folder with definitions, in which the program is called.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        write_definitions(folder.path());
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("a file");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wellhead"));
        command.current_dir(self.path()).args(arguments).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// Runs a command that must do all it was asked, and returns what it printed.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", errors(&output));
        printed(&output)
    }

    /// The columns of `wellhead feeds` for one feed.
    fn feed(&self, path: &str) -> Vec<String> {
        let feeds = self.done(&["feeds"]);
        let line = feeds.lines().find(|line| line.split('\t').next() == Some(path));
        line.expect("a listed feed").split('\t').map(str::to_owned).collect()
    }
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Three articles with dates of their own.
fn three() -> String {
    let dated = |day: u8| format!("\"published\":\"2026-10-0{day}T08:00:00+08:00\",\"text\":\"正文。\"");
    line("1", "大安的盐井", &dated(1)) + &line("2", "沿滩的路", &dated(2)) + &line("3", "卤水", &dated(3))
}

#[test]
fn importing_the_same_file_again_changes_nothing_at_all() {
    let desk = Desk::new();
    desk.write("a.jsonl", &three());
    assert_eq!(desk.done(&["import", "a.jsonl"]), "3 new, 0 edited, 0 unchanged, 0 left out\n");
    let (feeds, _) = (desk.done(&["feeds"]), desk.done(&["export", "first"]));
    assert_eq!(desk.done(&["import", "a.jsonl"]), "0 new, 0 edited, 3 unchanged, 0 left out\n");
    assert_eq!(desk.done(&["feeds"]), feeds);
    desk.done(&["export", "second"]);
    for file in ["feed.atom", "districts/daan.rss", "topics/salt.json", "districts/daan/topics/salt.atom", "index.html"]
    {
        let read = |folder: &str| std::fs::read(desk.path().join(folder).join(file)).expect("an exported file");
        assert!(read("first") == read("second"), "{file}");
    }
}

#[test]
fn good_lines_go_in_and_each_faulty_one_is_named() {
    let desk = Desk::new();
    let ahead = line("5", "明天", "\"published\":\"2999-01-01T00:00:00Z\"");
    let draft = line("6", "草稿", "\"status\":\"draft\"");
    let label = line("7", "哪里", "\"districts\":[\"nowhere\"]");
    let twice = line("1", "又来", "");
    desk.write("a.jsonl", &(three() + "{\"id\":\"4\"\n" + &ahead + &draft + &label + &twice));
    let output = desk.run(&["import", "a.jsonl"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(printed(&output), "3 new, 0 edited, 0 unchanged, 5 left out\n");
    let told = errors(&output);
    let expected = [
        "a.jsonl:4: ",
        "a.jsonl:5: \"明天\": published 2999-01-01T00:00:00Z lies ahead",
        "a.jsonl:6: \"草稿\": its status is draft",
        "a.jsonl:7: \"哪里\": districts: \"nowhere\" is not defined",
        "a.jsonl:8: \"又来\": the id \"1\" stood in this import before",
    ];
    for (line, begins) in told.lines().zip(expected) {
        assert!(line.starts_with(begins), "{line}");
    }
    assert_eq!(told.lines().count(), expected.len(), "{told}");
}

#[test]
fn only_a_later_date_of_its_own_makes_an_edit_significant() {
    let desk = Desk::new();
    let with = |title: &str, updated: &str| {
        line("1", title, &format!("\"published\":\"2026-10-01T00:00:00Z\",\"updated\":\"{updated}\""))
    };
    let updated = || {
        desk.done(&["export", "out"]);
        let feed = std::fs::read_to_string(desk.path().join("out/feed.json")).expect("a feed");
        assert!(feed.contains("\"date_published\":\"2026-10-01T08:00:00+08:00\""), "{feed}");
        feed.split("\"date_modified\":\"").nth(1).expect("a date")[..19].to_owned()
    };
    let cases = [
        ("盐井", "2026-10-01T01:00:00Z", "2026-10-01T09:00:00"),
        ("老盐井", "2026-10-01T01:00:00Z", "2026-10-01T09:00:00"),
        ("老盐井", "2026-10-01T02:00:00Z", "2026-10-01T10:00:00"),
        ("盐井", "2026-10-01T00:30:00Z", "2026-10-01T10:00:00"),
    ];
    for (title, given, shown) in cases {
        desk.write("a.jsonl", &with(title, given));
        desk.done(&["import", "a.jsonl"]);
        assert_eq!(updated(), shown, "{title} {given}");
    }
    assert_eq!(desk.feed("/feed.atom")[1..3], ["1", "5"], "one article, and a revision for each change");
}

#[test]
fn an_undated_page_says_from_when_it_is_dated_and_keeps_that() {
    let desk = Desk::new();
    desk.write("p.txt", "大安的一天\n正文在此。\n- • 卤水\n- • 沿滩\n");
    let output = desk.run(&["import", "p.txt"]);
    assert!(errors(&output).starts_with("p.txt: 3 new without a date; dated from 20"), "{}", errors(&output));
    let before = desk.done(&["feeds"]);
    desk.write("p.txt", "大安的一天\n正文在此。\n- • 卤水\n- • 沿滩\n");
    assert_eq!(desk.done(&["import", "p.txt"]), "0 new, 0 edited, 3 unchanged, 0 left out\n");
    assert_eq!(desk.done(&["feeds"]), before);
    let given = desk.run(&["import", "--published", "2026-10-01T00:00:00Z", "--source", "other", "p.txt"]);
    assert_eq!((given.status.code(), errors(&given)), (Some(0), String::new()));
}

#[test]
fn classify_shows_labels_and_evidence_and_changes_nothing() {
    let desk = Desk::new();
    desk.write("a.jsonl", &(line("1", "大安的盐井", "") + &line("2", "别处", "\"topics\":[\"salt\"]")));
    let printed = desk.done(&["classify", "a.jsonl"]);
    let rows: Vec<Vec<&str>> = printed.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows[0][..3], ["大安的盐井", "daan", "salt"]);
    assert!(rows[0][3].contains("+daan") && rows[0][3].contains("大安"), "{printed}");
    assert_eq!(rows[1][..], ["别处", "", "salt", "topics brought along"]);
    assert!(!desk.path().join("wellhead.db").exists());
}

#[test]
fn wrong_usage_ends_with_64_and_a_wrong_definition_with_its_line() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["ladder"]).status.code(), Some(64));
    assert_eq!(desk.run(&["import"]).status.code(), Some(64));
    assert_eq!(desk.run(&["import", "--published", "soon", "a.jsonl"]).status.code(), Some(64));
    assert_eq!(desk.run(&["--help"]).status.code(), Some(0));
    assert_eq!(desk.run(&["import", "missing.jsonl"]).status.code(), Some(1));
    desk.write("feeds/topics/road.toml", "title = \"路\"\ncolour = \"red\"\n[terms]\n\"路\" = 9\n");
    let output = desk.run(&["feeds"]);
    assert_eq!(output.status.code(), Some(1));
    let told = errors(&output);
    assert!(told.contains("feeds/topics/road.toml:2: ") && told.contains("feeds/topics/road.toml:4: "), "{told}");
}

#[test]
fn an_option_beats_the_environment_and_that_beats_the_file() {
    let desk = Desk::new();
    desk.write("wellhead.toml", "store = \"file.db\"\n");
    desk.done(&["feeds"]);
    assert!(desk.path().join("file.db").exists());
    assert!(desk.command(&["feeds"]).env("WELLHEAD_STORE", "env.db").output().expect("it runs").status.success());
    assert!(desk.path().join("env.db").exists());
    let mut both = desk.command(&["feeds", "--store", "option.db"]);
    assert!(both.env("WELLHEAD_STORE", "other.db").output().expect("it runs").status.success());
    assert!(desk.path().join("option.db").exists() && !desk.path().join("other.db").exists());
    desk.write("wellhead.toml", "store = \"file.db\"\nstories = 3\n");
    let output = desk.run(&["feeds"]);
    assert!(errors(&output).contains("wellhead.toml:2: unknown field `stories`"), "{}", errors(&output));
}

#[test]
fn an_import_that_is_killed_leaves_whole_articles_and_is_completed_by_running_it_again() {
    let desk = Desk::new();
    let articles = 6000;
    let body = format!("\"html\":\"<p>{}</p>\"", "大安的盐井。".repeat(40));
    let text: String = (0..articles).map(|n| line(&n.to_string(), &format!("第{n}篇"), &body)).collect();
    desk.write("a.jsonl", &text);
    for _ in 0..3 {
        let begun = desk.feed("/feed.atom")[1].parse::<u64>().expect("a number");
        let mut import = desk.command(&["import", "a.jsonl"]).stdout(Stdio::null()).spawn().expect("it runs");
        let stored = || desk.feed("/feed.atom")[1].parse::<u64>().ok().filter(|now| *now > begun);
        let some = poll("an import", Duration::from_secs(60), || match import.try_wait() {
            Ok(Some(_)) => Some(articles),
            _ => stored(),
        });
        // SIGKILL: nothing is tidied up.
        import.kill().expect("killed");
        import.wait().expect("ended");
        assert!(some % 200 == 0, "{some} articles: batches are whole");
    }
    desk.done(&["import", "a.jsonl"]);
    let all = articles.to_string();
    assert_eq!(desk.feed("/feed.atom")[1], all);
    assert_eq!(desk.feed("/districts/daan.atom")[1], all);
    assert_eq!(desk.done(&["import", "a.jsonl"]), format!("0 new, 0 edited, {articles} unchanged, 0 left out\n"));
}

/// A running server; killed if a test ends before it.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(desk: &Desk, arguments: &[&str]) -> Self {
        let mut command = desk.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().expect("it runs");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let open = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("  open ").map(str::to_owned));
        let address =
            open.expect("an address to open").trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { child, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_running_server_shows_what_another_process_imports_and_stops_in_order() {
    let desk = Desk::new();
    let mut server = Server::start(&desk, &[]);
    assert!(server.get("/feed.atom").starts_with("HTTP/1.1 200 OK\r\n"));
    desk.write("a.jsonl", &three());
    desk.done(&["import", "a.jsonl"]);
    poll("the import", Duration::from_secs(1), || {
        server.get("/districts/daan.rss").contains("大安的盐井").then_some(())
    });
    let terminated = Command::new("kill").arg(server.child.id().to_string()).status();
    assert!(terminated.expect("kill runs").success());
    assert_eq!(server.child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_restart_changes_no_validator_and_no_byte() {
    let desk = Desk::new();
    desk.write("a.jsonl", &three());
    desk.done(&["import", "a.jsonl"]);
    let undated = |answer: String| answer.lines().filter(|l| !l.starts_with("date: ")).collect::<Vec<_>>().join("\n");
    let feed = |server: &Server| {
        // Last-Modified is shown once it is past, at most two seconds after the store was made.
        poll("a date", Duration::from_secs(5), || {
            Some(server.get("/feed.rss")).filter(|a| a.contains("last-modified: "))
        })
    };
    let first = undated(feed(&Server::start(&desk, &[])));
    desk.done(&["import", "a.jsonl"]);
    assert_eq!(undated(feed(&Server::start(&desk, &[]))), first);
}

#[test]
fn the_demo_needs_nothing_and_leaves_nothing() {
    let empty = Desk(tempfile::tempdir().expect("a folder"));
    let server = Server::start(&empty, &["--demo"]);
    assert!(server.get("/").contains("大安区"));
    assert!(server.get("/districts/daan/topics/dinosaur.atom").contains("<entry"));
    assert_eq!(std::fs::read_dir(empty.path()).expect("a folder").count(), 0);
}
