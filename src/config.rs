//! Settings: as the user wrote them (options, environment, wellhead.toml), and as they are resolved.
//!
//! The only reader of the environment is clap, through `Given`; everything else asks `Settings`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use crate::web::Limits;
use crate::web::limiter::Mode;

/// What was given, option by option; an option beats the environment, and that beats the file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The article store: a path, or sqlite: and a path [default: wellhead.db]
    #[arg(long, value_name = "URL", env = "WELLHEAD_STORE", global = true)]
    pub store: Option<String>,
    /// The folder with the definitions of site, districts and topics [default: feeds]
    #[arg(long, value_name = "DIR", env = "WELLHEAD_FEEDS", global = true)]
    pub feeds: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", env = "WELLHEAD_LISTEN", global = true, help_heading = "Serving")]
    pub listen: Option<SocketAddr>,
    /// Where operators find /metrics, /healthz and /readyz; off for nowhere [default: 127.0.0.1:8081, if it is free]
    #[arg(long, value_name = "ADDR", env = "WELLHEAD_ADMIN_LISTEN", global = true, help_heading = "Serving")]
    pub admin_listen: Option<String>,
    /// The public address, instead of site.toml's
    #[arg(long, value_name = "URL", env = "WELLHEAD_BASE_URL", global = true, help_heading = "Serving")]
    pub base_url: Option<String>,
    /// Connections open at once; further ones wait [default: 1024]
    #[arg(long, value_name = "N", env = "WELLHEAD_CONNECTIONS", global = true, help_heading = "Serving")]
    pub connections: Option<usize>,
    /// Seconds that a request's header may take to arrive [default: 10]
    #[arg(long, value_name = "SECONDS", env = "WELLHEAD_HEADER_TIMEOUT", global = true, help_heading = "Serving")]
    pub header_timeout: Option<u64>,
    /// Memory for rendered feeds and pages, in MiB [default: 64]
    #[arg(long, value_name = "MIB", env = "WELLHEAD_CACHE", global = true, help_heading = "Serving")]
    pub cache: Option<u64>,
    /// What becomes of clients that poll without using what they were given: off, observe (in the log) or enforce (429)
    /// [default: observe]
    #[arg(long, value_name = "MODE", env = "WELLHEAD_LIMITER", global = true, help_heading = "Serving")]
    pub limiter: Option<Mode>,
    /// Full answers an hour to such a client for each feed [default: 12]
    #[arg(long, value_name = "N", env = "WELLHEAD_FULL_ANSWERS", global = true, help_heading = "Serving")]
    pub full_answers: Option<u32>,
    /// What to log, such as info or wellhead=debug [default: info]
    #[arg(long, value_name = "FILTER", env = "WELLHEAD_LOG", global = true)]
    pub log: Option<String>,
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The store.
    pub store: String,
    /// The definitions' folder.
    pub feeds: PathBuf,
    /// Whether somebody named that folder.
    pub feeds_given: bool,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where operators look.
    pub admin: Admin,
    /// The public address, if it is not to be site.toml's.
    pub base_url: Option<String>,
    /// Connections.
    pub limits: Limits,
    /// The cache, in bytes.
    pub cache_bytes: u64,
    /// Whether clients are limited.
    pub limiter: Mode,
    /// Full answers an hour that a client may have without using those before.
    pub full_answers: NonZeroU32,
    /// What to log.
    pub log: String,
}

/// Where `/metrics` and its like are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admin {
    /// At the default address, unless somebody else is there.
    Default,
    /// There and nowhere else.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

impl Admin {
    /// The address that is tried without being named.
    pub const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8081);

    fn parse(text: Option<&str>) -> Result<Self, ConfigError> {
        match text {
            None => Ok(Self::Default),
            Some("off") => Ok(Self::Off),
            Some(text) => text.parse().map(Self::At).map_err(|_| ConfigError::Admin(text.to_owned())),
        }
    }
}

/// A configuration file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{}:{line}: {reason}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// An address that is none.
    #[error("admin-listen: {0:?} is neither an address such as 127.0.0.1:8081 nor off")]
    Admin(String),
    /// A number is out of bounds.
    #[error("{name} must be from {least} to {most}")]
    Range {
        /// The setting.
        name: &'static str,
        /// The least it may be.
        least: u64,
        /// The most it may be.
        most: u64,
    },
}

/// The file that is read if none is named.
const DEFAULT_FILE: &str = "wellhead.toml";

/// Puts together options, environment and file.
pub fn resolve(given: Given, file: Option<&Path>) -> Result<Settings, ConfigError> {
    let written = match file {
        Some(path) => read(path)?,
        None if Path::new(DEFAULT_FILE).exists() => read(Path::new(DEFAULT_FILE))?,
        None => Given::default(),
    };
    let feeds = given.feeds.or(written.feeds);
    let connections = given.connections.or(written.connections).unwrap_or(1024);
    let header_timeout = given.header_timeout.or(written.header_timeout).unwrap_or(10);
    let cache = given.cache.or(written.cache).unwrap_or(64);
    within("connections", connections as u64, 1, 1_000_000)?;
    within("header-timeout", header_timeout, 1, 3600)?;
    within("cache", cache, 1, 1 << 20)?;
    let full_answers = given.full_answers.or(written.full_answers).unwrap_or(12);
    within("full-answers", u64::from(full_answers), 1, 1_000_000)?;
    Ok(Settings {
        store: given.store.or(written.store).unwrap_or_else(|| "wellhead.db".to_owned()),
        feeds_given: feeds.is_some(),
        feeds: feeds.unwrap_or_else(|| PathBuf::from("feeds")),
        listen: given.listen.or(written.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
        admin: Admin::parse(given.admin_listen.or(written.admin_listen).as_deref())?,
        base_url: given.base_url.or(written.base_url),
        limits: Limits { connections, header_read_timeout: Duration::from_secs(header_timeout) },
        cache_bytes: cache << 20,
        limiter: given.limiter.or(written.limiter).unwrap_or_default(),
        full_answers: NonZeroU32::new(full_answers).expect("it was found to be within 1 and a million"),
        log: given.log.or(written.log).unwrap_or_else(|| "info".to_owned()),
    })
}

fn within(name: &'static str, value: u64, least: u64, most: u64) -> Result<(), ConfigError> {
    if (least..=most).contains(&value) { Ok(()) } else { Err(ConfigError::Range { name, least, most }) }
}

fn read(path: &Path) -> Result<Given, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| ConfigError::Parse {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count()),
        reason: error.message().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limiter_observes_unless_it_is_told_otherwise() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("w.toml");
        std::fs::write(&file, "").expect("a file");
        let settings = resolve(Given::default(), Some(&file)).expect("settings");
        assert_eq!((settings.limiter, settings.full_answers.get()), (Mode::Observe, 12));
        std::fs::write(&file, "limiter = \"enforce\"\nfull_answers = 60\n").expect("a file");
        let settings = resolve(Given::default(), Some(&file)).expect("settings");
        assert_eq!((settings.limiter, settings.full_answers.get()), (Mode::Enforce, 60));
    }

    #[test]
    fn an_option_beats_the_file_and_the_file_beats_the_default() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("w.toml");
        std::fs::write(&file, "store = \"a.db\"\ncache = 7\n").expect("a file");
        let given = Given { store: Some("b.db".to_owned()), ..Given::default() };
        let settings = resolve(given, Some(&file)).expect("settings");
        assert_eq!(
            (settings.store.as_str(), settings.cache_bytes, settings.limits.connections),
            ("b.db", 7 << 20, 1024)
        );
    }

    #[test]
    fn a_faulty_file_is_named_with_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("w.toml");
        std::fs::write(&file, "store = \"a.db\"\nstroe = 1\n").expect("a file");
        let error = resolve(Given::default(), Some(&file)).expect_err("an unknown key").to_string();
        assert!(error.starts_with(&format!("{}:2: unknown field `stroe`", file.display())), "{error}");
        let given = Given { connections: Some(0), ..Given::default() };
        let unanswered = Given { full_answers: Some(0), ..Given::default() };
        assert_eq!(
            resolve(unanswered, None).expect_err("nobody would be answered").to_string(),
            "full-answers must be from 1 to 1000000"
        );
        assert_eq!(
            resolve(given, None).expect_err("nobody could connect").to_string(),
            "connections must be from 1 to 1000000"
        );
    }
}
