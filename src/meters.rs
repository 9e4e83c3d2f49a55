//! Counters of the site while it is served, for whoever reads `/metrics`.
//!
//! Knows nothing of requests or of the store: names, labels and numbers. Labels come from small fixed sets.

use prometheus::{Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

/// All counters of one server. A name always means the same thing, whatever is counted later.
pub struct Meters {
    registry: Registry,
    /// Requests by kind of resource, format and status.
    pub requests: IntCounterVec,
    /// The share of feed polls that found nothing new.
    pub not_modified: Gauge,
    /// Bytes of bodies by content coding.
    pub body_bytes: IntCounterVec,
    /// Representations that were found in memory.
    pub hits: IntCounter,
    /// Representations that were not.
    pub misses: IntCounter,
    /// Seconds from a miss to its representation, waiting for a place included.
    pub builds: Histogram,
    /// Seconds from a request to publish to its answer, the disk included.
    pub publishes: Histogram,
    /// Requests for which nothing could be built.
    pub failures: IntCounter,
    /// Answers to those who were behind: `whole` with the document, or `partial`.
    pub catch_ups: IntCounterVec,
    /// Answers with status 226.
    pub deltas: IntCounter,
    /// Requests that the limiter found too many, and let pass.
    pub observed: IntCounter,
    /// Requests that it refused.
    pub refused: IntCounter,
    /// Connections open now.
    pub connections: IntGauge,
    /// Bytes that the cache holds.
    pub cache_bytes: IntGauge,
    /// 1 if the last look at the watched folder came to nothing, or does not come back.
    pub watch_failing: IntGauge,
    /// The revision of each feed that is not a pair, and of the store.
    pub revision: IntGaugeVec,
    /// Seconds since that revision.
    pub age: IntGaugeVec,
}

/// The kinds and formats of feeds, as labels.
pub const FEEDS: [&str; 5] = ["all", "district", "topic", "pair", "combination"];
const FORMATS: [&str; 3] = ["atom", "rss", "json"];

/// Seconds: from a small feed in a warm store to a large one in a cold store on a busy machine.
const SECONDS: [f64; 9] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.5];

impl Meters {
    /// Everything at zero.
    pub fn new() -> Self {
        let registry = Registry::new();
        let counters = |name, help, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), labels).expect("a name and labels of ours");
            registry.register(Box::new(counters.clone())).expect("each name stands here once");
            counters
        };
        let gauges = |name, help, labels: &[&str]| {
            let gauges = IntGaugeVec::new(Opts::new(name, help), labels).expect("a name and labels of ours");
            registry.register(Box::new(gauges.clone())).expect("each name stands here once");
            gauges
        };
        let gauge = |name, help| gauges(name, help, &[]).with_label_values::<&str>(&[]);
        let counter = |name, help| counters(name, help, &[]).with_label_values::<&str>(&[]);
        let histogram = |name, help| {
            let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
            let histogram = Histogram::with_opts(options).expect("buckets that grow");
            registry.register(Box::new(histogram.clone())).expect("each name stands here once");
            histogram
        };
        let cache = counters("wellhead_cache_lookups_total", "Representations looked up in memory.", &["result"]);
        let share = "Share of the polls of feeds that were answered with 304 since the start.";
        let not_modified = Gauge::new("wellhead_not_modified_ratio", share).expect("a name of ours");
        registry.register(Box::new(not_modified.clone())).expect("each name stands here once");
        let limited = counters("wellhead_limited_total", "Full answers beyond what is allowed.", &["action"]);
        let requests = "Requests by kind of resource, format and status.";
        let catch_ups = "Answers with what a client had missed, whole or the oldest part of it.";
        Self {
            requests: counters("wellhead_requests_total", requests, &["kind", "format", "status"]),
            not_modified,
            body_bytes: counters("wellhead_body_bytes_total", "Bytes of bodies sent, by content coding.", &["coding"]),
            hits: cache.with_label_values(&["hit"]),
            misses: cache.with_label_values(&["miss"]),
            builds: histogram("wellhead_build_seconds", "Time to build a representation that was not in memory."),
            publishes: histogram(
                "wellhead_publish_seconds",
                "Time to answer a request to publish, once it is on disk.",
            ),
            failures: counter("wellhead_build_failures_total", "Requests for which nothing could be built."),
            catch_ups: counters("wellhead_catch_ups_total", catch_ups, &["extent"]),
            deltas: counter("wellhead_deltas_total", "Answers with only what is new to the client (226)."),
            observed: limited.with_label_values(&["observed"]),
            refused: limited.with_label_values(&["refused"]),
            connections: gauge("wellhead_open_connections", "Connections open now."),
            cache_bytes: gauge("wellhead_cache_bytes", "Bytes that representations in memory take."),
            watch_failing: gauge("wellhead_watch_failing", "1 if the watched folder could not be followed."),
            revision: gauges("wellhead_feed_revision", "Number of a feed's last revision.", &["feed"]),
            age: gauges("wellhead_feed_age_seconds", "Seconds since a feed's last revision.", &["feed"]),
            registry,
        }
    }

    /// Everything in Prometheus' text format 0.0.4.
    pub fn text(&self) -> String {
        let share = self.polls(&["304"]) as f64 / self.polls(&["200", "226", "304"]).max(1) as f64;
        self.not_modified.set(share);
        prometheus::TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}

impl Meters {
    /// The number of polls of feeds that were answered with one of these statuses.
    fn polls(&self, statuses: &[&str]) -> u64 {
        let of = |kind, format, status| self.requests.with_label_values(&[kind, format, status]).get();
        let formats = |kind, status| FORMATS.iter().map(|format| of(kind, *format, status)).sum::<u64>();
        let kinds = |status| FEEDS.iter().map(|kind| formats(*kind, status)).sum::<u64>();
        statuses.iter().map(|status| kinds(*status)).sum()
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let meters = Meters::new();
        meters.requests.with_label_values(&["district", "atom", "304"]).inc_by(3);
        meters.requests.with_label_values(&["all", "rss", "200"]).inc();
        meters.requests.with_label_values(&["article", "html", "200"]).inc();
        meters.deltas.inc();
        let text = meters.text();
        assert!(
            text.contains("wellhead_requests_total{format=\"atom\",kind=\"district\",status=\"304\"} 3\n"),
            "{text}"
        );
        assert!(text.contains("wellhead_not_modified_ratio 0.75\n"), "{text}");
        assert!(text.contains("wellhead_deltas_total 1\n") && text.contains("wellhead_open_connections 0\n"), "{text}");
    }
}
