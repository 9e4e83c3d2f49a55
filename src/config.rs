//! Settings: as the user wrote them (options, environment, wellhead.toml), and as they are resolved.
//!
//! The only reader of the environment is clap, through `Given`; everything else asks `Settings`.

mod given;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::IgnoredAny;

use self::given::known;
pub use self::given::{Clients, Common, Given, Media, Serving};
use crate::media;
use crate::net::Limits;
use crate::printable::field;
use crate::regular;
use crate::web::limiter::Mode;

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The store.
    pub store: String,
    /// The bytes that its file may have, if that is bounded.
    pub max_store: Option<u64>,
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
    /// The limits on clients.
    pub limits: Limits,
    /// The cache, in bytes.
    pub cache_bytes: u64,
    /// The folders whose files are served at their paths.
    pub media: Vec<PathBuf>,
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
    #[error("{}: {source}", field(&path.to_string_lossy()))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{}:{line}: {reason}", field(&path.to_string_lossy()))]
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
        // A link that leads nowhere is there, too, and somebody means something by it.
        None if Path::new(DEFAULT_FILE).symlink_metadata().is_ok() => read(Path::new(DEFAULT_FILE))?,
        None => Given::default(),
    };
    let given = given.or(written);
    let Given { common, media: Media { media }, serving, clients } = given;
    within("the number of media folders", Some(media.len() as u64), 0, 0, media::MAX_FOLDERS as u64)?;
    let full_answers = within("full-answers", serving.full_answers.map(u64::from), 12, 1, 1_000_000)? as u32;
    Ok(Settings {
        limits: limits(&clients)?,
        limiter: serving.limiter.unwrap_or_default(),
        full_answers: NonZeroU32::new(full_answers).expect("it was found to be within 1 and a million"),
        cache_bytes: within("cache", serving.cache, 32, 1, 1 << 20)? << 20,
        max_store: match serving.max_store {
            None => None,
            given => Some(within("max-store", given, 0, 1, 1 << 30)? << 20),
        },
        media,
        store: common.store.unwrap_or_else(|| "wellhead.db".to_owned()),
        feeds_given: common.feeds.is_some(),
        feeds: common.feeds.unwrap_or_else(|| PathBuf::from("feeds")),
        listen: serving.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
        admin: Admin::parse(serving.admin_listen.as_deref())?,
        base_url: common.base_url,
        log: common.log.unwrap_or_else(|| "info".to_owned()),
    })
}

/// The size of a file beyond which it holds something other than settings.
const MAX_FILE: u64 = 1 << 20;

/// Reads the file's text.
fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    regular::open_named(path)?.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is over 1 MiB, too large for settings"));
    }
    Ok(text)
}

fn limits(given: &Clients) -> Result<Limits, ConfigError> {
    let usual = Limits::DEFAULT;
    let count = |name, given: Option<u64>, usual: usize, least, most| {
        within(name, given, usual as u64, least, most).map(|count| count as usize)
    };
    let seconds = |name, given: Option<u64>, usual: Duration, most| {
        within(name, given, usual.as_secs(), 1, most).map(Duration::from_secs)
    };
    let per_address = given.connections_per_address;
    Ok(Limits {
        connections: count("connections", given.connections, usual.connections, 1, 1_000_000)?,
        connections_per_address: count(
            "connections-per-address",
            per_address,
            usual.connections_per_address,
            1,
            1_000_000,
        )?,
        trusted: given.trusted_proxy.clone(),
        // No URI of ours could be longer than 64 KiB.
        max_uri: count("max-uri", given.max_uri, usual.max_uri, 256, 65_000)?,
        max_header_bytes: count("max-headers", given.max_headers, usual.max_header_bytes, 1024, 1 << 20)?,
        max_header_fields: count("max-header-fields", given.max_header_fields, usual.max_header_fields, 10, 1000)?,
        header_read_timeout: seconds("header-timeout", given.header_timeout, usual.header_read_timeout, 3600)?,
        body_read_timeout: seconds("body-timeout", given.body_timeout, usual.body_read_timeout, 3600)?,
        idle_timeout: seconds("idle-timeout", given.idle_timeout, usual.idle_timeout, 86_400)?,
        write_timeout: seconds("write-timeout", given.write_timeout, usual.write_timeout, 3600)?,
        lowest_rate: count("lowest-rate", given.lowest_rate, usual.lowest_rate as usize, 0, 1_000_000)? as u32,
        http2_streams: count("http2-streams", given.http2_streams, usual.http2_streams as usize, 1, 10_000)? as u32,
        http2_resets: count("http2-resets", given.http2_resets, usual.http2_resets, 1, 10_000)?,
    })
}

/// The number that is given, or the usual one, if it is within its bounds.
fn within(name: &'static str, given: Option<u64>, usual: u64, least: u64, most: u64) -> Result<u64, ConfigError> {
    let value = given.unwrap_or(usual);
    if (least..=most).contains(&value) { Ok(value) } else { Err(ConfigError::Range { name, least, most }) }
}

fn read(path: &Path) -> Result<Given, ConfigError> {
    let text = text(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    parse(&text).map_err(|(offset, reason)| ConfigError::Parse {
        path: path.to_owned(),
        line: 1 + text[..offset].matches('\n').count(),
        reason,
    })
}

/// The settings in a file's text, or where in it a fault lies, and which. Each group takes its own keys out of the file,
/// so that what none of them knows is found first.
fn parse(text: &str) -> Result<Given, (usize, String)> {
    fn group<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, (usize, String)> {
        toml::from_str(text).map_err(|error| (error.span().map_or(0, |span| span.start), error.message().to_owned()))
    }
    let known = known();
    let keys: BTreeMap<toml::Spanned<String>, IgnoredAny> = group(text)?;
    match keys.keys().filter(|key| !known.contains(key.get_ref())).min_by_key(|key| key.span().start) {
        Some(key) => {
            let expected: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            let reason = format!("unknown field `{}`, expected one of {}", field(key.get_ref()), expected.join(", "));
            Err((key.span().start, reason))
        }
        None => Ok(Given { common: group(text)?, media: group(text)?, serving: group(text)?, clients: group(text)? }),
    }
}

#[cfg(test)]
mod tests {
    use ipnet::IpNet;

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
        let given =
            Given { common: Common { store: Some("b.db".to_owned()), ..Common::default() }, ..Given::default() };
        let settings = resolve(given, Some(&file)).expect("settings");
        assert_eq!(
            (settings.store.as_str(), settings.cache_bytes, settings.limits.connections),
            ("b.db", 7 << 20, 8192)
        );
    }

    #[test]
    fn a_faulty_file_is_named_with_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("w.toml");
        std::fs::write(&file, "store = \"a.db\"\nstroe = 1\n").expect("a file");
        let error = resolve(Given::default(), Some(&file)).expect_err("an unknown key").to_string();
        assert!(error.starts_with(&format!("{}:2: unknown field `stroe`", file.display())), "{error}");
        let given = Given { clients: Clients { connections: Some(0), ..Clients::default() }, ..Given::default() };
        let unanswered = Given { serving: Serving { full_answers: Some(0), ..Serving::default() }, ..Given::default() };
        assert_eq!(
            resolve(unanswered, None).expect_err("nobody would be answered").to_string(),
            "full-answers must be from 1 to 1000000"
        );
        assert_eq!(
            resolve(given, None).expect_err("nobody could connect").to_string(),
            "connections must be from 1 to 1000000"
        );
    }

    #[test]
    fn every_limit_can_be_written_in_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("w.toml");
        let written = "connections = 1\nconnections_per_address = 2\ntrusted_proxy = [\"10.0.0.0/8\", \"::1\"]\n\
                       header_timeout = 3\nbody_timeout = 8\nidle_timeout = 4\nwrite_timeout = 5\nlowest_rate = 11\nmax_uri = 600\nmax_headers = 7000\n\
                       max_header_fields = 80\nhttp2_streams = 9\nhttp2_resets = 10\n";
        std::fs::write(&file, written).expect("a file");
        let limits = resolve(Given::default(), Some(&file)).expect("settings").limits;
        assert_eq!((limits.connections, limits.connections_per_address), (1, 2));
        assert_eq!(limits.trusted, ["10.0.0.0/8", "::1/128"].map(|net| net.parse::<IpNet>().expect("a net")));
        let Limits { header_read_timeout, body_read_timeout, idle_timeout, write_timeout, .. } = &limits;
        let seconds = [header_read_timeout, body_read_timeout, idle_timeout, write_timeout].map(|t| t.as_secs());
        assert_eq!(seconds, [3, 8, 4, 5]);
        assert_eq!((limits.max_uri, limits.max_header_bytes, limits.max_header_fields), (600, 7000, 80));
        assert_eq!((limits.http2_streams, limits.http2_resets, limits.lowest_rate), (9, 10, 11));
    }

    #[test]
    fn media_folders_are_a_list_of_which_the_options_one_beats_the_file_s() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("w.toml");
        std::fs::write(&file, "media = [\"content\", \"static, old\"]\n").expect("a file");
        let media = |given: Given| resolve(given, Some(&file)).map(|settings| settings.media);
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(media(Given::default()).expect("settings"), paths(&["content", "static, old"]));
        let given = Given { media: Media { media: paths(&["uploads"]) }, ..Given::default() };
        assert_eq!(media(given).expect("settings"), paths(&["uploads"]));
        let many =
            Given { media: Media { media: vec![PathBuf::from("a"); media::MAX_FOLDERS + 1] }, ..Given::default() };
        assert_eq!(media(many).expect_err("too many").to_string(), "the number of media folders must be from 0 to 16");
    }

    #[test]
    fn a_proxy_that_is_no_address_is_named_with_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("w.toml");
        std::fs::write(&file, "cache = 7\ntrusted_proxy = [\"proxy\"]\n").expect("a file");
        let error = resolve(Given::default(), Some(&file)).expect_err("a name").to_string();
        assert!(error.contains(":2: \"proxy\" is neither an address nor a CIDR block"), "{error}");
    }
}
