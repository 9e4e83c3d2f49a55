//! The media files that exported articles refer to: found in their texts, and copied from the media folders to where
//! pages look for them.
//!
//! Knows nothing of the store or of how pages look.

use std::collections::BTreeMap;
use std::io;

use super::folder::Folder;
use crate::article::{Article, Content, Key};
use crate::feed::FeedSet;
use crate::media::{self, MediaPath, Opened};
use crate::resource::Resource;

/// A file that could not be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its path on the site.
    pub path: String,
    /// The first article that refers to it.
    pub article: Key,
    /// The fault.
    pub reason: String,
}

/// Paths on the site, each with the first article that refers to it.
#[derive(Default)]
pub(super) struct References(BTreeMap<String, Key>);

impl References {
    /// Notes what an article refers to.
    pub(super) fn note(&mut self, set: &FeedSet, article: &Article) {
        if set.media.is_empty() {
            return;
        }
        for path in links(&article.content).filter_map(|link| on_site(&link, &set.site.base_url)) {
            self.0.entry(path).or_insert_with(|| article.key.clone());
        }
    }

    /// Copies all of it; how many files there are now, and which there are not.
    pub(super) fn copy(self, set: &FeedSet, target: &Folder) -> Result<(u64, Vec<Missing>), (String, io::Error)> {
        let (mut copied, mut missing) = (0, Vec::new());
        for (path, article) in self.0 {
            let is_ours = |named: &MediaPath| Resource::parse(&named.plain()).is_some();
            let Some(named) = MediaPath::parse(&path).filter(|named| !is_ours(named)) else { continue };
            let reason = match found(set, &named) {
                Ok(Some((file, below))) => {
                    target.copy(&below, &file).map_err(|error| (below, error))?;
                    copied += 1;
                    continue;
                }
                Ok(None) => "is in no media folder".to_owned(),
                Err(error) => format!("cannot be read: {error}"),
            };
            missing.push(Missing { path, article, reason });
        }
        Ok((copied, missing))
    }
}

/// The file that would be served, and the path at which a server of files finds it.
fn found(set: &FeedSet, path: &MediaPath) -> io::Result<Option<(Opened, String)>> {
    // A name that is no text would need another in an address.
    let Some(below) = path.below().to_str() else { return Ok(None) };
    for folder in &set.media {
        if let Some(file) = media::open(folder, path)? {
            return Ok(Some((file, below.to_owned())));
        }
    }
    Ok(None)
}

/// Everything that an article leads to or shows.
fn links(content: &Content) -> impl Iterator<Item = String> {
    // What is clean has its attributes in double quotes.
    let tags = content.html.as_str().split('<').skip(1).filter_map(|tag| tag.split_once('>'));
    let values = tags.flat_map(|(tag, _)| tag.split('"').skip(1).step_by(2)).map(|value| value.replace("&amp;", "&"));
    let image = content.image.iter().map(|image| image.url.clone());
    values.chain(image).chain(content.enclosures.iter().map(|file| file.url.clone()))
}

/// The path of a media file on this site, whichever of http and https a link says.
fn on_site(link: &str, base_url: &str) -> Option<String> {
    let hostwards = |url: &str| url.split_once("://").map(|(_, rest)| rest.to_owned());
    let rest = hostwards(link)?.strip_prefix(&hostwards(base_url)?)?.to_owned();
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    MediaPath::parse(path).map(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Enclosure, Html, Image};

    #[test]
    fn what_an_article_shows_links_and_encloses_on_this_site_is_found_once_each() {
        let html = "<p>src=\"x\"</p><img src=\"https://news.example/a.jpg?x=1&amp;y=2\" alt=\"https://b\"><a \
                    href=\"http://news.example/b%20c.pdf#2\">b</a><video poster=\"https://news.example/d.png\"></video><img \
                    src=\"https://else.example/e.jpg\"><a href=\"https://news.example/articles/f\">f</a><img \
                    src=\"https://news.example.evil.example/g.jpg\"><img src=\"https://news.example/../h.jpg\">";
        let image = Image {
            url: "https://news.example/a.jpg".to_owned(),
            media_type: None,
            width: None,
            height: None,
            alt: None,
        };
        let sound = Enclosure {
            url: "https://news.example/s.mp3".to_owned(),
            media_type: "audio/mpeg".to_owned(),
            length: None,
            duration: None,
        };
        let content = Content {
            html: Html::trusted(html.to_owned()),
            image: Some(image),
            enclosures: vec![sound],
            ..Content::default()
        };
        let found: Vec<String> = links(&content).filter_map(|link| on_site(&link, "https://news.example")).collect();
        assert_eq!(found, ["/a.jpg", "/b%20c.pdf", "/d.png", "/a.jpg", "/s.mp3"]);
    }
}
