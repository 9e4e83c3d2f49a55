//! Rendered bytes in each coding, with the validators that all codings share.
//!
//! Knows nothing of requests or of what the bytes mean.

use std::io::Write;
use std::sync::OnceLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::feed::catch_up::{Coverage, Since};
use crate::resource::Resource;
use crate::store::Revision;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// As rendered.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932).
    Brotli,
}

impl Coding {
    /// All of them, each at the index that it is as a number.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Gzip, Self::Brotli];

    /// Its registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }
}

/// The validator that tells one state of a resource from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Validator {
    /// A feed's revision (rule 1).
    Revision(Revision),
    /// A hash of the bytes: of everything that is not a feed (rule 2).
    Hash(String),
}

impl Validator {
    /// The entity tag: weak, and the same for all codings (RFC 9110 §8.8.3).
    pub fn etag(&self, kind: TagKind) -> String {
        match (self, kind) {
            (Self::Revision(Revision { number, nonce, .. }), TagKind::Shared) => format!("W/\"{number}-{nonce:08x}\""),
            (Self::Revision(Revision { number, nonce, .. }), TagKind::Own) => {
                format!("W/\"{number}-{nonce:08x}{OWN_MARK}\"")
            }
            (Self::Hash(hash), _) => format!("W/\"{hash}\""),
        }
    }
}

/// The two kinds of entity tag of one revision (rule 1): they mean the same state, and say how the client got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagKind {
    /// Sent with answers that a shared cache may store. A cache may name it in place of any client's.
    Shared,
    /// Sent only with answers that no cache may store: a client that names it got it from the server itself.
    Own,
}

/// The end of an own tag, within the quotes: `W/"12-9f3a01bc-own"`.
pub const OWN_MARK: &str = "-own";

/// A rendered document, before compression.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The revision of exactly these bytes, if it is a feed.
    pub revision: Option<Revision>,
    /// The last revision that touched what it is made of, where the store can tell.
    pub touched: u64,
    /// The revision since which a feed's document shows every change.
    pub complete_since: u64,
    /// The part of a feed that these bytes show.
    pub coverage: Coverage,
    /// Whether it stands in the place of what was withdrawn.
    pub gone: bool,
    /// Where the other parts of its feed lie, by link relation (RFC 8288).
    pub relations: Vec<(&'static str, String)>,
}

impl Default for Rendered {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            revision: None,
            touched: 0,
            complete_since: 0,
            coverage: Coverage::DOCUMENT,
            gone: false,
            relations: Vec::new(),
        }
    }
}

/// A resource at one moment, ready to be sent.
#[derive(Clone, Debug)]
pub struct Representation {
    /// Its media type.
    pub resource: Resource,
    /// For clients that stand where, if it is more or less than the document.
    pub since: Option<Since>,
    /// Which state of it.
    pub validator: Validator,
    /// The last revision that touched what it is made of, where the store can tell.
    pub touched: u64,
    /// The revision since which it shows every change.
    pub complete_since: u64,
    /// The part of a feed that it shows: for whom it is good, and for how long.
    pub coverage: Coverage,
    /// Whether it stands in the place of what was withdrawn.
    pub gone: bool,
    /// Where the other parts of its feed lie: the value of a Link field (RFC 8288 §3), empty if there are none.
    pub links: Bytes,
    /// The bytes as rendered.
    pub identity: Bytes,
    /// The same in other codings, each once somebody has wanted it: whoever asks first after a change waits only for
    /// his own.
    gzip: OnceLock<Bytes>,
    brotli: OnceLock<Bytes>,
}

/// gzip's level. On a 50-entry feed of Chinese text level 9 saves 2 % for two thirds more time, and level 4 takes a fifth
/// less for 2 % more bytes (`cargo bench --bench compress`).
const GZIP: Compression = Compression::new(6);

/// Brotli's quality, and the base-2 logarithm of its window in bytes. On a 50-entry feed quality 5 is a tenth smaller than
/// gzip for twice its time; 4 saves little, 9 takes five times as long for 4 % more, and 11 forty times for 10 %. Feeds are
/// short: a larger window gains nothing, and a smaller one makes the encoder slow.
const BROTLI: (u32, u32) = (5, 18);

impl Representation {
    /// Of what was rendered, not yet compressed.
    pub fn new(resource: Resource, since: Option<Since>, rendered: Rendered) -> Self {
        let Rendered { bytes, revision, touched, complete_since, coverage, gone, relations } = rendered;
        let validator = match revision {
            Some(revision) => Validator::Revision(revision),
            None => Validator::Hash(data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)[..16])),
        };
        let identity = kept(bytes);
        let links: Vec<String> = relations.iter().map(|(rel, to)| format!("<{to}>; rel=\"{rel}\"")).collect();
        let links = links.join(", ").into();
        let (gzip, brotli) = (OnceLock::new(), OnceLock::new());
        Self { resource, since, validator, touched, complete_since, coverage, gone, links, identity, gzip, brotli }
    }

    /// The bytes in a coding, if somebody has wanted them before.
    pub fn coded(&self, coding: Coding) -> Option<&Bytes> {
        match coding {
            Coding::Identity => Some(&self.identity),
            Coding::Gzip => self.gzip.get(),
            Coding::Brotli => self.brotli.get(),
        }
    }

    /// The bytes in a coding; they are compressed if nobody has wanted them before, which takes milliseconds.
    pub fn code(&self, coding: Coding) -> &Bytes {
        match coding {
            Coding::Identity => &self.identity,
            Coding::Gzip => self.gzip.get_or_init(|| gzip(&self.identity)),
            Coding::Brotli => self.brotli.get_or_init(|| brotli(&self.identity)),
        }
    }

    /// About how much memory it takes in all codings, in bytes: text of more than a sentence is compressed to less than
    /// half.
    pub fn weight(&self) -> u64 {
        2 * self.identity.len() as u64 + 512
    }
}

/// The bytes as a gzip file without name or time, so that the same bytes always give the same.
pub fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2 + 64), GZIP);
    encoder.write_all(bytes).expect("writing to memory cannot fail");
    kept(encoder.finish().expect("writing to memory cannot fail"))
}

/// The bytes in Brotli.
pub fn brotli(bytes: &[u8]) -> Bytes {
    let (quality, window) = BROTLI;
    let compressed = Vec::with_capacity(bytes.len() / 2 + 64);
    let mut encoder = brotli::CompressorWriter::new(compressed, 16 * 1024, quality, window);
    encoder.write_all(bytes).expect("writing to memory cannot fail");
    kept(encoder.into_inner())
}

/// Bytes to be kept: in no more memory than they are.
fn kept(bytes: Vec<u8>) -> Bytes {
    bytes.into_boxed_slice().into()
}
