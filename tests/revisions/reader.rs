//! The readers that poll in a history: what each keeps of an answer, and what it says the next time.
//!
//! Knows nothing of the server but its answers, and of the model nothing at all.

use std::collections::{HashMap, HashSet};

use http::request::Builder;
use http::{HeaderMap, Request, StatusCode};
use wellhead::resource::Format;

/// What a reader keeps and sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// The ETag alone.
    Etag,
    /// Last-Modified alone.
    Date,
    /// Last-Modified alone, and an answer without it makes it forget the one it had.
    DateDrop,
    /// Both, as most do.
    Both,
    /// Both; but it throws away an answer whose Last-Modified is not later than the one it has (curl -z, newsboat,
    /// sfeed).
    CurlZ,
    /// Both, and it always asks for deltas.
    Delta,
    /// It asks for deltas once it has a tag, and throws away as curl -z does.
    DeltaZ,
    /// Nothing.
    Nothing,
}

/// All of them. The last one is promised something only behind a cache.
pub const READERS: [Keeps; 8] =
    [Keeps::Etag, Keeps::Date, Keeps::DateDrop, Keeps::Both, Keeps::CurlZ, Keeps::Delta, Keeps::DeltaZ, Keeps::Nothing];

/// How many of these are promised something without a cache, too.
pub const DIRECT: usize = READERS.len() - 1;

impl Keeps {
    fn by_date(self) -> bool {
        matches!(self, Self::Date | Self::DateDrop)
    }

    pub fn delta(self) -> bool {
        matches!(self, Self::Delta | Self::DeltaZ)
    }
}

/// One reader's subscription to one feed.
#[derive(Clone, Debug)]
pub struct Reader {
    pub keeps: Keeps,
    pub format: Format,
    etag: Option<String>,
    date: Option<String>,
    /// The last title it saw under each id.
    pub seen: HashMap<String, String>,
    /// The ids in the first document that it can go on from, and the revision up to which that told everything.
    pub first: Option<(HashSet<String>, u64)>,
}

/// What an answer holds.
pub struct Answer<'a> {
    pub status: StatusCode,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

impl Reader {
    pub fn new(keeps: Keeps, format: Format) -> Self {
        Self { keeps, format, etag: None, date: None, seen: HashMap::new(), first: None }
    }

    /// Its next request.
    pub fn request(&self, path: &str) -> Request<()> {
        let with = |request: Builder, name: &str, value: Option<&String>| match value {
            Some(value) => request.header(name, value),
            None => request,
        };
        let etag = self.etag.as_ref().filter(|_| !self.keeps.by_date());
        let date = self.date.as_ref().filter(|_| self.keeps != Keeps::Etag);
        let mut request = with(Request::get(path).header("host", "news.example"), "if-none-match", etag);
        if self.keeps == Keeps::Delta || (self.keeps == Keeps::DeltaZ && etag.is_some()) {
            request = request.header("a-im", "feed");
        }
        with(request, "if-modified-since", date).body(()).expect("a request")
    }

    /// Takes an answer in, as such a reader does.
    pub fn take(&mut self, answer: &Answer<'_>) {
        let field = |name: &str| answer.headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (etag, date) = (field("etag"), field("last-modified"));
        let at = |date: &Option<String>| date.as_deref().map(|d| httpdate::parse_http_date(d).expect("a date"));
        let not_later = at(&date).zip(at(&self.date)).is_some_and(|(new, old)| new <= old);
        let full = answer.status == StatusCode::OK || answer.status == StatusCode::IM_USED;
        if answer.status == StatusCode::IM_USED {
            assert!(self.keeps.delta(), "a delta for a reader that asked for none");
            assert_eq!(field("im").as_deref(), Some("feed"));
            assert_eq!(field("cache-control").as_deref(), Some("private, no-store"));
        }
        if !full {
            // An error tells a reader nothing.
            if answer.status == StatusCode::NOT_MODIFIED {
                self.keep(etag, date);
            }
            return;
        }
        let entries = entries(self.format, answer.body);
        if self.first.is_none() && (!self.keeps.by_date() || date.is_some()) {
            assert_eq!(answer.status, StatusCode::OK, "a delta to nothing");
            let revision = etag.as_deref().and_then(|tag| tag.strip_prefix("W/\"")?.split('-').next()?.parse().ok());
            self.first = Some((entries.iter().map(|(id, _)| id.clone()).collect(), revision.expect("a revision")));
        }
        if !(not_later && matches!(self.keeps, Keeps::CurlZ | Keeps::DeltaZ)) {
            self.seen.extend(entries);
        }
        if self.keeps == Keeps::DateDrop {
            self.date = None;
        }
        self.keep(etag, date);
    }

    /// The number of the revision that it names by a tag of its own.
    pub fn own_tag(&self) -> Option<u64> {
        let (number, rest) = self.etag.as_deref()?.strip_prefix("W/\"")?.split_once('-')?;
        rest.ends_with("-own\"").then(|| number.parse().expect("a number"))
    }

    fn keep(&mut self, etag: Option<String>, date: Option<String>) {
        if self.keeps != Keeps::Nothing {
            self.etag = etag.or(self.etag.take());
            self.date = date.or(self.date.take());
        }
    }
}

/// The ids and titles in a feed.
pub fn entries(format: Format, body: &[u8]) -> Vec<(String, String)> {
    if format == Format::Json {
        let feed: serde_json::Value = serde_json::from_slice(body).expect("JSON");
        let items = feed["items"].as_array().expect("items");
        let text = |item: &serde_json::Value, name: &str| item[name].as_str().expect("a text").to_owned();
        return items.iter().map(|item| (text(item, "id"), text(item, "title"))).collect();
    }
    let feed = feed_rs::parser::parse(body).expect("a feed");
    feed.entries.into_iter().map(|entry| (entry.id, entry.title.expect("a title").content)).collect()
}

/// All that a reader shows of a document.
#[derive(Debug, PartialEq, Eq)]
pub struct Details {
    pub entries: Vec<Entry>,
    /// The number of the archive page that holds older entries.
    pub older: Option<String>,
}

/// All that a reader shows of an entry.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    id: String,
    title: String,
    text: String,
    published: i64,
    pub updated: Option<i64>,
    categories: Vec<String>,
}

/// What a document says, whatever its format.
pub fn details(format: Format, body: &[u8]) -> Details {
    if format == Format::Json {
        let feed: serde_json::Value = serde_json::from_slice(body).expect("JSON");
        let entries = feed["items"].as_array().expect("items").iter().map(json_entry).collect();
        return Details { entries, older: feed["next_url"].as_str().map(page_number) };
    }
    let feed = feed_rs::parser::parse(body).expect("a feed");
    // feed-rs does not tell the relations of RSS' links: the only link to a page of archives is looked up as text.
    let text = std::str::from_utf8(body).expect("UTF-8");
    let links = text.split("<").filter(|tag| tag.contains("rel=\"prev-archive\""));
    let older = links.filter_map(|tag| tag.split("href=\"").nth(1)?.split('"').next().map(page_number)).next();
    Details { entries: feed.entries.into_iter().map(xml_entry).collect(), older }
}

/// `3` of `…/archive/3.atom`.
fn page_number(address: &str) -> String {
    let (_, name) = address.rsplit_once("/archive/").expect("an archive page");
    name.split('.').next().expect("a number").to_owned()
}

fn json_entry(item: &serde_json::Value) -> Entry {
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let time = |name: &str| chrono::DateTime::parse_from_rfc3339(&text(name)).expect("a date").timestamp();
    let categories = item["tags"].as_array().into_iter().flatten().filter_map(|tag| tag.as_str());
    Entry {
        id: text("id"),
        title: text("title"),
        text: text("content_html").trim().to_owned(),
        published: time("date_published"),
        updated: Some(time("date_modified")),
        categories: categories.map(str::to_owned).collect(),
    }
}

fn xml_entry(entry: feed_rs::model::Entry) -> Entry {
    let categories = entry.categories.into_iter().map(|category| category.label.unwrap_or(category.term));
    Entry {
        id: entry.id,
        title: entry.title.expect("a title").content,
        text: entry.content.and_then(|content| content.body).unwrap_or_default().trim().to_owned(),
        published: entry.published.expect("a date").timestamp(),
        updated: entry.updated.map(|updated| updated.timestamp()),
        categories: categories.collect(),
    }
}
