//! Files of the media folders over HTTP: where they stand among what is ours, in whole and in part, and what is never
//! given.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use super::definitions::with;
use super::http2;
use crate::support::served::{NOW, Served, WIDE, http_date};
use crate::support::wire::{PATIENCE, Response, request};
use crate::support::{line, poll};

/// When the tests' files were written, well before their clock.
const WRITTEN: i64 = NOW - 5000;

/// Something of so many bytes in which each place is another.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 251 + at) as u8).collect()
}

fn put(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, content).expect("a file");
    let file = File::options().append(true).open(&path).expect("a file");
    file.set_modified(UNIX_EPOCH + Duration::from_secs(WRITTEN as u64)).expect("a time");
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    files.iter().for_each(|(name, content)| put(folder.path(), name, content));
    folder
}

fn served(folders: &[&Path]) -> Served {
    let folders: Vec<PathBuf> = folders.iter().map(|folder| (*folder).to_owned()).collect();
    Served::with_media(&folders, WIDE)
}

/// The folder of most tests: a picture of 100,000 bytes.
fn pictures() -> tempfile::TempDir {
    folder(&[("wp-content/uploads/2024/05/a.jpg", &bytes(100_000))])
}

const PICTURE: &str = "/wp-content/uploads/2024/05/a.jpg";

fn is_missing(response: &Response) -> bool {
    response.status == 404 && !response.text().contains('/')
}

#[test]
fn a_file_is_served_at_its_path_with_all_that_caches_and_players_need() {
    let folder = pictures();
    let served = served(&[folder.path()]);
    let response = served.get(PICTURE, &["Accept-Encoding: gzip, br"]);
    assert_eq!((response.status, &response.body), (200, &bytes(100_000)));
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("content-length", "100000"),
        ("accept-ranges", "bytes"),
        ("cache-control", "public, max-age=3600"),
        ("last-modified", &*http_date(WRITTEN)),
        ("date", &*http_date(NOW)),
        ("x-content-type-options", "nosniff"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(response.header(name), Some(value), "{name}");
    }
    assert!(response.expect("etag").starts_with("\"m"), "a strong tag");
    for name in ["content-encoding", "vary", "content-range", "content-disposition"] {
        assert_eq!(response.header(name), None, "{name}");
    }
    let head = served.ask("HEAD", PICTURE, &["Range: bytes=0-1"]);
    assert_eq!((head.status, head.fields(&[])), (200, response.fields(&[])));
    assert_eq!(served.get(&format!("{PICTURE}?ver=2"), &[]).body, response.body);
}

#[test]
fn a_client_that_has_the_file_is_told_so_and_may_have_parts_of_it() {
    let folder = pictures();
    let served = served(&[folder.path()]);
    let whole = served.get(PICTURE, &[]);
    let (tag, date) = (whole.expect("etag"), whole.expect("last-modified"));
    for field in [format!("If-None-Match: {tag}"), format!("If-Modified-Since: {date}")] {
        let known = served.get(PICTURE, &[&field]);
        assert_eq!((known.status, known.header("etag"), known.body.len()), (304, Some(tag), 0), "{field}");
        assert_eq!(known.header("cache-control"), whole.header("cache-control"));
    }
    let part = served.get(PICTURE, &["Range: bytes=40000-89999", &format!("If-Range: {tag}")]);
    assert_eq!((part.status, &part.body[..]), (206, &whole.body[40_000..90_000]));
    assert_eq!(part.expect("content-range"), "bytes 40000-89999/100000");
    assert_eq!(part.fields(&["content-range", "content-length"]), whole.fields(&["content-length"]));
    let last = served.get(PICTURE, &["Range: bytes=-1"]);
    assert_eq!((last.status, &last.body[..]), (206, &whole.body[99_999..]));
    let behind = served.get(PICTURE, &["Range: bytes=100000-"]);
    assert_eq!((behind.status, behind.header("content-range")), (416, Some("bytes */100000")));

    put(folder.path(), &PICTURE[1..], b"other");
    let other = served.get(PICTURE, &["Range: bytes=1-2", &format!("If-Range: {tag}")]);
    assert_eq!((other.status, other.text()), (200, "other"));
    assert_ne!(other.expect("etag"), tag);
    assert_eq!(served.get(PICTURE, &[&format!("If-None-Match: {tag}")]).status, 200);
}

#[test]
fn what_is_ours_comes_first_and_a_file_before_a_guess() {
    let folder = folder(&[
        ("feed.jpg", b"a file"),
        ("icon.svg", b"not ours"),
        ("ICON.svg", b"capitals"),
        ("old/feed.png", b"hidden by an alias"),
        ("moved.jpg", b"hidden by an article"),
        ("districts/daan/map.png", b"a map"),
        ("api/v1/a.png", b"api"),
        ("api/a.png", b"api"),
    ]);
    let served = served(&[folder.path()]);
    assert_ne!(served.get("/icon.svg", &[]).body, b"not ours");
    assert_eq!(served.get("/ICON.svg", &[]).text(), "capitals");
    assert_eq!(served.get("/Icon.svg", &[]).status, 308, "there is no such file");
    assert_eq!(served.get("/feed.jpg", &[]).text(), "a file");
    assert_eq!(served.get("/districts/daan/map.png", &[]).text(), "a map");
    assert_eq!(served.get("/%69con.svg", &[]).header("location"), Some("https://news.example/icon.svg"));
    for path in ["/api/a.png", "/api/v1/a.png", "/%61pi/a.png"] {
        assert_eq!(served.get(path, &[]).status, 404, "{path}");
    }
    let site = format!("aliases = [\"/old/feed.png\"]\n{}", crate::support::DEFINITIONS[0].1);
    assert_eq!(served.get("/old/feed.png", &[]).text(), "hidden by an alias");
    served.renew(with("site.toml", Some(&site)));
    assert_eq!(served.get("/old/feed.png", &[]).header("content-location"), Some("/feed.rss"));
    assert_eq!(served.get("/feed.jpg", &[]).text(), "a file", "media folders outlive other definitions");
    assert_eq!(served.get("/moved.jpg", &[]).text(), "hidden by an article");
    served.import(&line("moved", "搬来的", "\"url\":\"https://news.example/moved.jpg\""));
    assert_eq!(served.get("/moved.jpg", &[]).status, 308);
}

#[test]
fn several_folders_are_looked_through_in_their_order() {
    let (first, second) = (folder(&[("a.png", b"first")]), folder(&[("a.png", b"second"), ("b.pdf", b"only here")]));
    let served = served(&[first.path(), second.path()]);
    assert_eq!(served.get("/a.png", &[]).text(), "first");
    let pdf = served.get("/b.pdf", &[]);
    assert_eq!((pdf.text(), pdf.expect("content-type")), ("only here", "application/pdf"));
}

#[test]
fn an_svg_is_no_document_of_this_site() {
    let folder = folder(&[("plan.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>")]);
    let svg = served(&[folder.path()]).get("/plan.svg", &[]);
    assert_eq!((svg.status, svg.expect("content-type")), (200, "image/svg+xml"));
    assert!(svg.expect("content-security-policy").ends_with("; sandbox"));
    assert_eq!(svg.expect("content-disposition"), "attachment");
}

#[test]
fn nothing_else_is_given_and_the_answer_says_nothing_of_the_disk() {
    let outer = folder(&[("secret.jpg", b"secret"), ("in/.hidden.jpg", b"hidden"), ("in/.git/a.jpg", b"hidden")]);
    let inner = outer.path().join("in");
    for name in ["a.html", "a.js", "a.txt", "a.md", "a", "a.jpg.html", "sub/b.jpg"] {
        put(&inner, name, b"not media");
    }
    symlink(outer.path().join("secret.jpg"), inner.join("out.jpg")).expect("a link");
    symlink("sub", inner.join("folder.jpg")).expect("a link");
    symlink("sub/b.jpg", inner.join("inside.jpg")).expect("a link");
    assert!(Command::new("mkfifo").arg(inner.join("pipe.jpg")).status().expect("mkfifo").success());
    let served = served(&[&inner]);
    let long = format!("/{}.jpg", "a".repeat(4000));
    for path in [
        "/../secret.jpg",
        "/%2e%2e/secret.jpg",
        "/..%2Fsecret.jpg",
        "/..%5Csecret.jpg",
        "/sub/../sub/b.jpg",
        "/sub%2Fb.jpg",
        "/sub/b.jpg%00",
        "/sub/b%00.jpg",
        "/.hidden.jpg",
        "/%2Ehidden.jpg",
        "/.git/a.jpg",
        "/out.jpg",
        "/folder.jpg",
        "/pipe.jpg",
        "/a.html",
        "/a.js",
        "/a.txt",
        "/a.md",
        "/a.jpg.html",
        "/b.jpg",
        &long,
    ] {
        let response = served.get(path, &[]);
        assert!(is_missing(&response), "{path}: {response:?}");
    }
    assert_eq!(served.get("/inside.jpg", &[]).text(), "not media");
    for path in ["/sub", "/sub/", "/a"] {
        assert_eq!(served.get(path, &[]).status, 404, "{path}");
    }
}

#[test]
fn other_methods_are_answered_as_everywhere() {
    let folder = pictures();
    let served = served(&[folder.path()]);
    for method in ["POST", "PUT", "DELETE"] {
        let response = served.ask(method, PICTURE, &["Content-Length: 0"]);
        assert_eq!((response.status, response.header("allow")), (405, Some("GET, HEAD, OPTIONS")), "{method}");
    }
    let options = served.ask("OPTIONS", PICTURE, &[]);
    assert_eq!((options.status, options.header("allow")), (204, Some("GET, HEAD, OPTIONS")));
}

#[test]
fn files_come_over_http_2_too() {
    // No longer than what may come before a window is opened (RFC 9113 §6.9.2).
    let folder = folder(&[("a.jpg", &bytes(60_000))]);
    let served = served(&[folder.path()]);
    let mut wire = http2::opened(&served);
    wire.send(http2::get(1, "/a.jpg", Some("news.example")));
    assert_eq!(http2::answer(&mut wire, 1), (200, bytes(60_000)));
    wire.send(http2::head(3, "/a.jpg"));
    assert_eq!(http2::answer(&mut wire, 3), (200, Vec::new()));
}

#[test]
fn a_file_that_is_shortened_while_it_is_sent_does_not_look_whole() {
    let folder = folder(&[("a.mp4", &bytes(40 << 20))]);
    let served = served(&[folder.path()]);
    let mut wire = served.wire();
    wire.send(request("GET", "/a.mp4", &[]));
    wire.try_bytes(1000).expect("it begins");
    fs::write(folder.path().join("a.mp4"), b"short").expect("a file");
    let rest = wire.rest();
    assert!(rest.len() < 40 << 20, "{}", rest.len());
    assert_eq!(served.get("/a.mp4", &[]).text(), "short");
}

#[test]
fn clients_that_take_nothing_of_a_file_are_closed_and_leave_its_place() {
    let folder = folder(&[("a.mp4", &bytes(40 << 20))]);
    let served = Served::paused_with_media(&[folder.path().to_owned()]);
    let mut stuck: Vec<_> = (0..8).map(|_| served.wire()).collect();
    stuck.iter_mut().for_each(|wire| wire.send(request("GET", "/a.mp4", &[])));
    poll("all have begun", PATIENCE, || (served.app().connections.open() == 8).then_some(()));
    served.pass_until("their places are free", || served.app().connections.open() == 0);
    assert_eq!(served.get("/a.mp4", &["Range: bytes=-4"]).body, bytes(40 << 20)[(40 << 20) - 4..]);
}

#[test]
fn files_are_counted_as_a_kind_of_their_own() {
    let folder = pictures();
    let served = served(&[folder.path()]);
    served.get(PICTURE, &[]);
    served.get(PICTURE, &["Range: bytes=0-0"]);
    let mut wire = crate::support::wire::Wire::open(served.admin());
    wire.send(request("GET", "/metrics", &["Connection: close"]));
    let metrics = wire.response();
    for status in ["200", "206"] {
        let counted = format!("wellhead_requests_total{{format=\"\",kind=\"media\",status=\"{status}\"}} 1");
        assert!(metrics.text().contains(&counted), "{}", metrics.text());
    }
}
