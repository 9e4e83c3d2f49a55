//! The attachments of a WordPress export: its pictures, sounds and films, by their ids and by the posts they belong to.
//!
//! A post may show what stands behind it in the file. So the file is read once more, for its attachments alone, when a
//! post first asks for one that has not come yet; an export whose posts ask for none is read once. Knows nothing of posts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::encoding;
use super::media::media_type;
use super::reference::decoded;
use super::stream::{Part, Parts};
use super::tree::Element;
use crate::article::Image;
use crate::ingest::clean::MAX_URL;
use crate::ingest::text;
use crate::regular;

/// The memory for all attachments, in bytes: some 150,000 of them. Those beyond are not found.
const MAX_REMEMBERED: usize = 48 << 20;

/// The length of an attachment's title, caption or alternative text that is remembered, in columns.
const MAX_WORDS: usize = 500;

/// The size of an attachment beside its words, in bytes, with its places in the tables.
const OVERHEAD: usize = 256;

/// A file that was uploaded to the site.
#[derive(Clone, Debug, Default)]
pub(super) struct Attachment {
    pub url: String,
    pub title: String,
    pub caption: String,
    pub alt: String,
    /// Its width and height, if it is a picture.
    size: Option<(u32, u32)>,
    /// Its place among those of its post.
    order: i64,
}

impl Attachment {
    /// Its media type, by the end of its address.
    pub(super) fn media_type(&self) -> &'static str {
        media_type(&self.url)
    }

    /// The picture.
    pub(super) fn image(&self) -> Image {
        Image {
            url: self.url.clone(),
            media_type: Some(self.media_type().to_owned()).filter(|known| known.starts_with("image/")),
            width: self.size.map(|(width, _)| width),
            height: self.size.map(|(_, height)| height),
            alt: Some(self.alt.clone()).filter(|alt| !alt.is_empty()),
        }
    }
}

/// All attachments, as far as they are known.
#[derive(Default)]
pub(super) struct Library {
    /// Where they can be read that have not come yet.
    again: Option<PathBuf>,
    by_id: HashMap<u64, Attachment>,
    by_post: HashMap<u64, Vec<u64>>,
    remembered: usize,
}

impl Library {
    /// Those of a file that can be read `again`.
    pub(super) fn of(again: Option<PathBuf>) -> Self {
        Self { again, ..Self::default() }
    }

    /// Takes an item, if it is an attachment that everybody may see.
    pub(super) fn learn(&mut self, item: &Element) {
        let id = number(item, "wp:post_id").filter(|id| !self.by_id.contains_key(id));
        let Some((id, attachment)) = id.and_then(|id| Some((id, attachment(item)?))) else { return };
        let Attachment { url, title, caption, alt, .. } = &attachment;
        let length = OVERHEAD + url.len() + title.len() + caption.len() + alt.len();
        if self.remembered + length > MAX_REMEMBERED {
            return;
        }
        self.remembered += length;
        if let Some(post) = number(item, "wp:post_parent").filter(|post| *post != 0) {
            self.by_post.entry(post).or_default().push(id);
        }
        self.by_id.insert(id, attachment);
    }

    /// The attachment of this id.
    pub(super) fn get(&mut self, id: u64) -> Option<&Attachment> {
        if !self.by_id.contains_key(&id) {
            self.read();
        }
        self.by_id.get(&id)
    }

    /// The ids of a post's own attachments whose type begins like this, in their order.
    pub(super) fn of_post(&mut self, post: u64, kind: &str) -> Vec<u64> {
        self.read();
        let mut own = self.by_post.get(&post).cloned().unwrap_or_default();
        own.retain(|id| self.by_id.get(id).is_some_and(|own| own.media_type().starts_with(kind)));
        own.sort_by_key(|id| (self.by_id.get(id).map(|own| own.order), *id));
        own
    }

    /// Reads what has not come yet, once. What cannot be read again is not known.
    fn read(&mut self) {
        if let Some(path) = self.again.take() {
            drop(self.read_from(&path));
        }
    }

    fn read_from(&mut self, path: &Path) -> std::io::Result<()> {
        for part in Parts::new(encoding::utf8(regular::open_named(path)?)?.reader) {
            if let Ok(Part::Item(item)) = part {
                self.learn(&item);
            }
        }
        Ok(())
    }
}

fn number(item: &Element, name: &str) -> Option<u64> {
    item.value(name)?.parse().ok()
}

/// The value that an item has under a key of WordPress' own.
pub(super) fn meta<'a>(item: &'a Element, key: &'a str) -> impl Iterator<Item = String> + 'a {
    let own = item.all("wp:postmeta").filter(move |meta| meta.value("wp:meta_key").as_deref() == Some(key));
    own.filter_map(|meta| meta.value("wp:meta_value"))
}

fn attachment(item: &Element) -> Option<Attachment> {
    let is_attachment = item.value("wp:post_type").as_deref() == Some("attachment");
    let is_seen = matches!(item.values("wp:status").as_slice(), [status] if status == "inherit" || status == "publish");
    if !is_attachment || !is_seen || item.value("wp:post_password").is_some() {
        return None;
    }
    let words = |words: Option<String>| text::shortened(&decoded(&words.unwrap_or_default()), MAX_WORDS);
    let size = meta(item, "_wp_attachment_metadata").next();
    let url = item.value("wp:attachment_url").or_else(|| item.value("guid")).filter(|url| url.len() <= MAX_URL)?;
    // Documents are linked in the text itself.
    if !["image/", "audio/", "video/"].iter().any(|kind| media_type(&url).starts_with(kind)) {
        return None;
    }
    Some(Attachment {
        url,
        title: words(item.value("title")),
        caption: words(item.value("excerpt:encoded")),
        alt: words(meta(item, "_wp_attachment_image_alt").next()),
        size: size.and_then(|size| Some((serialised(&size, "width")?, serialised(&size, "height")?))),
        order: item.value("wp:menu_order").and_then(|order| order.parse().ok()).unwrap_or_default(),
    })
}

/// The first number under this key in what PHP's `serialize` has written: `s:5:"width";i:1200;`.
fn serialised(text: &str, key: &str) -> Option<u32> {
    let (_, rest) = text.split_once(&format!("\"{key}\";i:"))?;
    rest.split(';').next()?.parse().ok().filter(|pixels| *pixels > 0)
}
