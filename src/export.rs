//! The whole site as files: every resource at its own path, for a server that serves files.
//!
//! Knows nothing of HTTP. Everything comes from one moment only as far as each file goes: each is one snapshot.

mod folder;
mod references;

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use self::folder::Folder;
pub use self::references::Missing;
use self::references::References;
use crate::article::{Key, Time};
use crate::feed::FeedSet;
use crate::printable::field;
use crate::render::{html, sitemap};
use crate::representation;
use crate::resource::{Asset, Edition, Format, Resource, Sitemap, Subject};
use crate::site::{Selected, render, select};
use crate::store::{Store, StoreError};
use crate::view::Survey;

/// The ways in which an export can fail.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file cannot be written.
    #[error("{}: {source}", field(&path.to_string_lossy()))]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The result of an export.
#[derive(Debug, Default)]
pub struct Exported {
    /// The number of resources that were written.
    pub written: u64,
    /// The number of media files with them.
    pub media: u64,
    /// Media files that are not.
    pub missing: Vec<Missing>,
}

/// Where files go.
struct Target<'a> {
    folder: Folder,
    /// For messages.
    path: &'a Path,
    /// The files that articles refer to.
    references: References,
}

/// Articles that are named in one read of the store.
const KEYS: u32 = 1000;

/// Writes every resource below `folder`, each compressed beside it, as gzip and Brotli; and the files of the media folders
/// that articles refer to.
pub async fn export(set: &FeedSet, store: &Store, folder: &Path, now: Time) -> Result<Exported, ExportError> {
    store.keep_days_in(set.site.time_zone).await?;
    let opened = Folder::open(folder).map_err(|source| ExportError::Write { path: folder.to_owned(), source })?;
    let mut target = Target { folder: opened, path: folder, references: References::default() };
    let mut written = 0;
    let editions = Edition::offered(&set.site);
    let both = |subject: Subject| editions.map(|edition| Resource::Page(subject.clone(), edition));
    let assets = Asset::ALL.into_iter().map(Resource::Asset);
    let fixed = assets.chain([Resource::Opml, Resource::Robots, Resource::Sitemap(Sitemap::News)]);
    let pages = set.keys().into_iter().flat_map(|key| both(Subject::Feed(key)));
    // What is gone one day says farewell until then; a server of files goes on with that.
    let retired = set.retired_keys().into_iter();
    let retired = retired.flat_map(|key| Format::ALL.map(|format| Resource::Feed(key.clone(), format)));
    for resource in fixed.chain(Resource::feeds(set)).chain(pages).chain(retired) {
        written += write(set, store, &mut target, &resource, now).await?;
    }
    for key in set.keys() {
        for page in store.archive_pages(&key).await? {
            let formats = Format::ALL.map(|format| Resource::Archive(key.clone(), page, format));
            for resource in formats.into_iter().chain(both(Subject::Archive(key.clone(), page))) {
                written += write(set, store, &mut target, &resource, now).await?;
            }
        }
    }
    for part in sitemaps(&store.survey(sitemap::room(set)).await?) {
        written += write(set, store, &mut target, &Resource::Sitemap(part), now).await?;
    }
    let mut after: Option<Key> = None;
    // What servers of files say where there is nothing.
    target.save("404.html", html::missing(set, "/"))?;
    loop {
        let keys = store.keys_after(after.as_ref(), KEYS).await?;
        let Some(last) = keys.last() else { break };
        after = Some(last.clone());
        for key in keys {
            for page in both(Subject::Article(key)) {
                written += write(set, store, &mut target, &page, now).await?;
            }
        }
    }
    let (media, missing) = target.copy_references(set)?;
    Ok(Exported { written, media, missing })
}

async fn write(
    set: &FeedSet,
    store: &Store,
    target: &mut Target<'_>,
    resource: &Resource,
    now: Time,
) -> Result<u64, ExportError> {
    let Some(selected) = select(set, store, resource, None, now).await? else { return Ok(0) };
    if let Selected::Reading(reading) = &selected
        && reading.article.withdrawn.is_none()
    {
        target.references.note(set, &reading.article);
    }
    let rendered = render(set, resource, selected);
    let path = file_name(resource);
    if rendered.gone {
        return target.remove(&path).map(|()| 0);
    }
    target.save(&path, rendered.bytes).map(|()| 1)
}

impl Target<'_> {
    /// Writes a file, and compressed ones beside it.
    fn save(&self, path: &str, bytes: Vec<u8>) -> Result<(), ExportError> {
        let bytes = Bytes::from(bytes);
        let codings = [bytes.clone(), representation::gzip(&bytes), representation::brotli(&bytes)];
        let files = beside(path).into_iter().zip(codings);
        files.into_iter().try_for_each(|(path, bytes)| self.told(&path, self.folder.write(&path, &bytes)))
    }

    /// Takes away what an earlier export wrote of a withdrawn article: a server of files has no better answer than 404.
    fn remove(&self, path: &str) -> Result<(), ExportError> {
        beside(path).iter().try_for_each(|path| self.told(path, self.folder.remove(path)))
    }

    /// Copies what articles refer to.
    fn copy_references(&mut self, set: &FeedSet) -> Result<(u64, Vec<Missing>), ExportError> {
        let copied = std::mem::take(&mut self.references).copy(set, &self.folder);
        copied.map_err(|(path, source)| ExportError::Write { path: self.path.join(path), source })
    }

    fn told(&self, path: &str, done: io::Result<()>) -> Result<(), ExportError> {
        done.map_err(|source| ExportError::Write { path: self.path.join(path), source })
    }
}

/// A file's path and those of the compressed ones beside it.
fn beside(path: &str) -> [String; 3] {
    ["", ".gz", ".br"].map(|extension| format!("{path}{extension}"))
}

/// The sitemaps that there are: one, or an index and its parts.
fn sitemaps(survey: &Survey) -> Vec<Sitemap> {
    let several = survey.pages.is_none();
    let parts = sitemap::parts(survey).map(Sitemap::Articles);
    let parts = std::iter::once(Sitemap::Feeds).chain(parts).filter(|_| several);
    std::iter::once(Sitemap::Whole).chain(parts).collect()
}

/// The resource's path as a file's: pages get the name that file servers look for.
fn file_name(resource: &Resource) -> String {
    let path = resource.path();
    match resource {
        Resource::Page(..) if path.ends_with('/') => format!("{}index.html", &path[1..]),
        Resource::Page(..) => format!("{}.html", &path[1..]),
        _ => path[1..].to_owned(),
    }
}
