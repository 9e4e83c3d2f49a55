//! Pollers that make no use of what they are given are told to wait; nobody else is.
//!
//! Knows nothing of how it is counted: the limiter's own tests do.

use crate::support::served::{NOW, Served, another};

#[test]
fn who_names_nothing_is_told_to_wait_for_this_feed_alone() {
    let served = Served::with_limiter(2, "10.0.0.0/8");
    let bot = "User-Agent: bot/1";
    for _ in 0..2 {
        assert_eq!(served.get("/feed.atom", &[bot]).status, 200);
    }
    let refused = served.get("/feed.atom", &[bot]);
    assert_eq!((refused.status, refused.expect("cache-control")), (429, "no-store"));
    assert_eq!(refused.expect("retry-after"), "1800");
    assert_eq!(served.get("/feed.atom", &[bot, "If-None-Match: \"x\""]).status, 429, "a foreign tag names nothing");
    for (path, agent) in [("/feed.rss", bot), ("/districts/daan.atom", bot), ("/feed.atom", "User-Agent: reader/1")] {
        assert_eq!(served.get(path, &[agent]).status, 200, "{path} {agent}");
    }
    for _ in 0..5 {
        assert_eq!(served.ask("HEAD", "/feed.atom", &[bot]).status, 200, "a HEAD costs nothing");
        assert_eq!(served.get("/", &[bot]).status, 200);
    }
    served.set_clock(NOW + 1800);
    assert_eq!(served.get("/feed.atom", &[bot]).status, 200, "as long as was said, and no longer");
}

#[test]
fn a_correct_conditional_poll_is_never_refused() {
    let served = Served::with_limiter(1, "10.0.0.0/8");
    let reader = "User-Agent: reader/1";
    let mut tag = served.get("/feed.atom", &[reader, "A-IM: feed"]).expect("etag").to_owned();
    for n in 0..8 {
        assert_eq!(served.get("/feed.atom", &[reader, &format!("If-None-Match: {tag}")]).status, 304);
        served.import(&another(&format!("n{n}")));
        served.refresh();
        let fields = [reader, &format!("If-None-Match: {tag}"), "A-IM: feed"];
        let news = served.get("/feed.atom", &fields);
        assert_eq!(news.status, 226);
        tag = news.expect("etag").to_owned();
    }
    // Another program, in the same place, that never moves on.
    let stuck = ["User-Agent: stuck/1", &format!("If-None-Match: {tag}")];
    served.import(&another("last"));
    served.refresh();
    let statuses: Vec<u16> = (0..4).map(|_| served.get("/feed.atom", &stuck).status).collect();
    assert_eq!(statuses, [200, 200, 429, 429]);
}

#[test]
fn behind_a_trusted_proxy_each_network_is_counted_by_itself() {
    let served = Served::with_limiter(1, "127.0.0.0/8");
    for client in ["192.0.2.1", "198.51.100.1", "2001:db8::1"] {
        let forwarded = format!("X-Forwarded-For: {client}");
        assert_eq!(served.get("/feed.atom", &[&forwarded]).status, 200, "{client}");
        assert_eq!(served.get("/feed.atom", &[&forwarded]).status, 429, "{client}");
    }
    let untrusting = Served::with_limiter(1, "10.0.0.0/8");
    assert_eq!(untrusting.get("/feed.atom", &["X-Forwarded-For: 192.0.2.1"]).status, 200);
    assert_eq!(untrusting.get("/feed.atom", &["Forwarded: for=198.51.100.1"]).status, 429, "nobody vouches for that");
}
