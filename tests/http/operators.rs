//! What operators see, and that the server does no work twice.
//!
//! Knows nothing of the feeds' contents.

use crate::support::poll;
use crate::support::served::{NOW, Served, another};
use crate::support::wire::{PATIENCE, Response, Wire, request};

fn ask(served: &Served, path: &str) -> Response {
    let mut wire = Wire::open(served.admin());
    wire.send(request("GET", path, &[]));
    wire.response()
}

/// The value of a sample in `/metrics`.
fn metric(served: &Served, sample: &str) -> f64 {
    let metrics = ask(served, "/metrics");
    let line = metrics.text().lines().find(|line| line.strip_prefix(sample).is_some_and(|rest| rest.starts_with(' ')));
    let line = line.unwrap_or_else(|| panic!("no {sample} in {}", metrics.text()));
    line.rsplit(' ').next().expect("a value").parse().expect("a number")
}

#[test]
fn requests_bytes_and_what_they_found_are_counted() {
    let served = Served::start();
    let feed = served.get("/districts/daan.atom", &["Accept-Encoding: br"]);
    let tag = format!("If-None-Match: {}", feed.expect("etag").replace("\"", "").replace("W/", ""));
    let own = format!("{tag}-own");
    for _ in 0..3 {
        served.get("/districts/daan.atom", &[&tag]);
    }
    served.get("/nothing", &[]);
    served.import(&another("second"));
    served.refresh();
    served.get("/districts/daan.atom", &[&own, "A-IM: feed"]);
    let requests = |labels: &str| metric(&served, &format!("wellhead_requests_total{{{labels}}}"));
    assert_eq!(requests("format=\"atom\",kind=\"district\",status=\"200\""), 1.0);
    assert_eq!(requests("format=\"atom\",kind=\"district\",status=\"304\""), 3.0);
    assert_eq!(requests("format=\"atom\",kind=\"district\",status=\"226\""), 1.0);
    assert_eq!(requests("format=\"\",kind=\"unknown\",status=\"404\""), 1.0);
    assert_eq!(metric(&served, "wellhead_body_bytes_total{coding=\"br\"}"), feed.body.len() as f64);
    assert_eq!(metric(&served, "wellhead_not_modified_ratio"), 0.6);
    assert_eq!(metric(&served, "wellhead_deltas_total"), 1.0);
    assert_eq!(metric(&served, "wellhead_catch_ups_total{extent=\"whole\"}"), 1.0);
    assert_eq!(metric(&served, "wellhead_build_seconds_count"), 2.0);
    let closed = || (metric(&served, "wellhead_open_connections") == 0.0).then_some(());
    poll("all connections are closed", PATIENCE, closed);
}

#[test]
fn every_feed_but_pairs_tells_its_revision_and_age() {
    let served = Served::start();
    served.set_clock(NOW + 500);
    let revision = served.get("/topics/salt.atom", &[]).expect("etag").trim_start_matches("W/\"").to_owned();
    let revision: f64 = revision.split('-').next().expect("a number").parse().expect("a number");
    assert_eq!(metric(&served, "wellhead_feed_revision{feed=\"topics/salt\"}"), revision);
    assert_eq!(metric(&served, "wellhead_feed_age_seconds{feed=\"topics/salt\"}"), 1498.0);
    let metrics = ask(&served, "/metrics");
    assert_eq!(metrics.expect("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert!(metrics.text().contains("{feed=\"feed\"}") && !metrics.text().contains("daan/topics"));
}

#[test]
fn health_is_the_process_s_and_readiness_the_store_s() {
    let served = Served::start();
    assert_eq!((ask(&served, "/healthz").status, ask(&served, "/readyz").status), (200, 200));
    served.sabotage("ALTER TABLE revision RENAME TO gone");
    assert_eq!((ask(&served, "/healthz").status, ask(&served, "/readyz").status), (200, 503));
    served.sabotage("ALTER TABLE gone RENAME TO revision");
    assert_eq!(ask(&served, "/readyz").status, 200);
    for path in ["/metrics", "/healthz", "/readyz"] {
        assert_eq!(served.get(path, &[]).status, 404, "{path} is not for the public");
    }
    assert_eq!(ask(&served, "/feed.atom").status, 404);
}

#[test]
fn however_many_ask_at_once_a_feed_is_built_once() {
    let served = Served::start();
    let clients: Vec<Wire> = (0..32).map(|_| served.wire()).collect();
    std::thread::scope(|scope| {
        for mut client in clients {
            scope.spawn(move || {
                client.send(request("GET", "/topics/salt.atom", &[]));
                assert_eq!(client.response().status, 200);
            });
        }
    });
    assert_eq!(metric(&served, "wellhead_build_seconds_count"), 1.0);
}

#[test]
fn what_is_asked_for_most_is_built_before_anybody_asks_again() {
    let served = Served::start();
    let tag = format!("If-None-Match: {}", served.get("/topics/salt.atom", &[]).expect("etag"));
    served.import(&another("second"));
    served.refresh();
    served.rebuild_busiest();
    let builds = metric(&served, "wellhead_build_seconds_count");
    assert_eq!(builds, 2.0, "the one feed that anybody has asked for");
    assert_eq!(served.get("/topics/salt.atom", &[&tag]).status, 200);
    assert_eq!(metric(&served, "wellhead_build_seconds_count"), builds);
}
