//! Settings as the user wrote them: the options in groups, each of which is a part of wellhead.toml, too.
//!
//! Knows nothing of their bounds and of what is in force where nothing is given.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

use crate::web::limiter::Mode;

/// The settings as they were given; an option beats the environment, and that beats the file.
///
/// Each group belongs to the commands that use it; the file holds them all, whichever command reads it.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The options of every command.
    pub common: Common,
    /// The options of commands that read or serve media files.
    pub media: Media,
    /// The options of `serve` alone.
    pub serving: Serving,
    /// The limits of `serve` on its clients.
    pub clients: Clients,
}

/// The options of every command.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[command(next_help_heading = "Settings")]
pub struct Common {
    /// The article store: a path, or sqlite: and a path [default: wellhead.db]
    #[arg(long, value_name = "URL", env = "WELLHEAD_STORE", global = true)]
    pub store: Option<String>,
    /// The folder with the definitions of site, districts and topics [default: feeds]
    #[arg(long, value_name = "DIR", env = "WELLHEAD_FEEDS", global = true)]
    pub feeds: Option<PathBuf>,
    /// The public address [default: site.toml's]
    #[arg(long, value_name = "URL", env = "WELLHEAD_BASE_URL", global = true)]
    pub base_url: Option<String>,
    /// The filter of the log, such as info or wellhead=debug [default: info]
    #[arg(long, value_name = "FILTER", env = "WELLHEAD_LOG", global = true)]
    pub log: Option<String>,
}

/// The option of commands that look for the files to which articles refer.
#[derive(Args, Clone, Debug, Default, Deserialize)]
pub struct Media {
    /// A folder whose pictures, sounds, films and PDFs are served at their paths below it; several times for several
    #[arg(long, value_name = "DIR", env = "WELLHEAD_MEDIA", value_delimiter = ',')]
    #[serde(default)]
    pub media: Vec<PathBuf>,
}

/// The options of `serve`.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[command(next_help_heading = "Serving")]
pub struct Serving {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", env = "WELLHEAD_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// Where operators find /metrics, /healthz and /readyz, and publishers on this machine the API; off for nowhere
    /// [default: 127.0.0.1:8081, if it is free]
    #[arg(long, value_name = "ADDR", env = "WELLHEAD_ADMIN_LISTEN")]
    pub admin_listen: Option<String>,
    /// The size that the store's file may reach, in MiB; then nothing more is published (507) [default: the disk's]
    #[arg(long, value_name = "MIB", env = "WELLHEAD_MAX_STORE")]
    pub max_store: Option<u64>,
    /// Memory for rendered feeds and pages, in MiB [default: 32]
    #[arg(long, value_name = "MIB", env = "WELLHEAD_CACHE")]
    pub cache: Option<u64>,
    /// The mode for clients that poll without using what they were given: off, observe (in the log) or enforce (429)
    /// [default: observe]
    #[arg(long, value_name = "MODE", env = "WELLHEAD_LIMITER")]
    pub limiter: Option<Mode>,
    /// Full answers an hour to such a client for each feed [default: 12]
    #[arg(long, value_name = "N", env = "WELLHEAD_FULL_ANSWERS")]
    pub full_answers: Option<u32>,
}

/// The limits of `serve` on what a client may hold, and for how long.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[command(next_help_heading = "Limits")]
pub struct Clients {
    /// Connections open at once; then the one that was idle longest gives way [default: 8192]
    #[arg(long, value_name = "N", env = "WELLHEAD_CONNECTIONS")]
    pub connections: Option<u64>,
    /// Connections from one IPv4 address or IPv6 /64; then 429 [default: 4096]
    #[arg(long, value_name = "N", env = "WELLHEAD_CONNECTIONS_PER_ADDRESS")]
    pub connections_per_address: Option<u64>,
    /// A proxy, as an address or CIDR block: its connections are not counted by address, and it must say https for tokens
    #[arg(long, value_name = "CIDR", env = "WELLHEAD_TRUSTED_PROXY", value_parser = network, value_delimiter = ',')]
    #[serde(default, deserialize_with = "networks")]
    pub trusted_proxy: Vec<IpNet>,
    /// Seconds that a request's header may take to arrive; then 408 [default: 10]
    #[arg(long, value_name = "SECONDS", env = "WELLHEAD_HEADER_TIMEOUT")]
    pub header_timeout: Option<u64>,
    /// Seconds in which nothing of a published body may arrive; then 408 [default: 30]
    #[arg(long, value_name = "SECONDS", env = "WELLHEAD_BODY_TIMEOUT")]
    pub body_timeout: Option<u64>,
    /// Seconds that a connection may be open without a request [default: 60]
    #[arg(long, value_name = "SECONDS", env = "WELLHEAD_IDLE_TIMEOUT")]
    pub idle_timeout: Option<u64>,
    /// Seconds that a client may take nothing of its answer [default: 30]
    #[arg(long, value_name = "SECONDS", env = "WELLHEAD_WRITE_TIMEOUT")]
    pub write_timeout: Option<u64>,
    /// Bytes of a body that a client must take or send in a second, over a minute; 0 for any [default: 500]
    #[arg(long, value_name = "BYTES", env = "WELLHEAD_LOWEST_RATE")]
    pub lowest_rate: Option<u64>,
    /// Bytes of a path with its query; then 414 [default: 8192]
    #[arg(long, value_name = "BYTES", env = "WELLHEAD_MAX_URI")]
    pub max_uri: Option<u64>,
    /// Bytes of a request's header; then 431 [default: 16384]
    #[arg(long, value_name = "BYTES", env = "WELLHEAD_MAX_HEADERS")]
    pub max_headers: Option<u64>,
    /// Fields of a request's header; then 431 [default: 100]
    #[arg(long, value_name = "N", env = "WELLHEAD_MAX_HEADER_FIELDS")]
    pub max_header_fields: Option<u64>,
    /// Requests at once on an HTTP/2 connection [default: 100]
    #[arg(long, value_name = "N", env = "WELLHEAD_HTTP2_STREAMS")]
    pub http2_streams: Option<u64>,
    /// Requests reset at once on an HTTP/2 connection; then it is closed [default: 20]
    #[arg(long, value_name = "N", env = "WELLHEAD_HTTP2_RESETS")]
    pub http2_resets: Option<u64>,
}

impl Given {
    /// These settings, and those of `other` where there are none.
    pub fn or(self, other: Self) -> Self {
        Self {
            common: self.common.or(other.common),
            media: if self.media.media.is_empty() { other.media } else { self.media },
            serving: self.serving.or(other.serving),
            clients: self.clients.or(other.clients),
        }
    }
}

impl Common {
    fn or(self, other: Self) -> Self {
        Self {
            store: self.store.or(other.store),
            feeds: self.feeds.or(other.feeds),
            base_url: self.base_url.or(other.base_url),
            log: self.log.or(other.log),
        }
    }
}

impl Serving {
    fn or(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
            admin_listen: self.admin_listen.or(other.admin_listen),
            max_store: self.max_store.or(other.max_store),
            cache: self.cache.or(other.cache),
            limiter: self.limiter.or(other.limiter),
            full_answers: self.full_answers.or(other.full_answers),
        }
    }
}

impl Clients {
    fn or(self, other: Self) -> Self {
        Self {
            connections: self.connections.or(other.connections),
            connections_per_address: self.connections_per_address.or(other.connections_per_address),
            trusted_proxy: if self.trusted_proxy.is_empty() { other.trusted_proxy } else { self.trusted_proxy },
            header_timeout: self.header_timeout.or(other.header_timeout),
            body_timeout: self.body_timeout.or(other.body_timeout),
            idle_timeout: self.idle_timeout.or(other.idle_timeout),
            write_timeout: self.write_timeout.or(other.write_timeout),
            lowest_rate: self.lowest_rate.or(other.lowest_rate),
            max_uri: self.max_uri.or(other.max_uri),
            max_headers: self.max_headers.or(other.max_headers),
            max_header_fields: self.max_header_fields.or(other.max_header_fields),
            http2_streams: self.http2_streams.or(other.http2_streams),
            http2_resets: self.http2_resets.or(other.http2_resets),
        }
    }
}

/// A CIDR block, or an address alone.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| format!("{text:?} is neither an address nor a CIDR block"))
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| network(text).map_err(serde::de::Error::custom)).collect()
}

/// The keys that the file may have: the names of all options.
pub(super) fn known() -> Vec<String> {
    let options = Common::augment_args(clap::Command::new("wellhead"));
    let options = Clients::augment_args(Serving::augment_args(Media::augment_args(options)));
    options.get_arguments().map(|option| option.get_id().to_string()).collect()
}
