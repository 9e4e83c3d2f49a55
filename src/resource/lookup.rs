//! Which resource an address means under the definitions: at its own path, at an alias, by a former name, by what readers
//! guess, or in another spelling.
//!
//! Knows nothing of requests, and not which articles and archive pages there are.

use super::{Edition, Format, Resource, Subject};
use crate::feed::{FeedKey, FeedSet, plain};

/// The paths that feed readers try when a page names no feed, and where other systems have their feeds, below the root
/// and below the pages of feeds. Miniflux follows no redirect from the first nine, so all of these are answered as they
/// stand.
const GUESSES: [(&str, Format); 21] = [
    ("/atom.xml", Format::Atom),
    ("/feed.atom", Format::Atom),
    ("/feed.xml", Format::Rss),
    ("/feed", Format::Rss),
    ("/index.rss", Format::Rss),
    ("/index.xml", Format::Rss),
    ("/rss.xml", Format::Rss),
    ("/rss", Format::Rss),
    ("/rss/feed.xml", Format::Rss),
    ("/feed.rss", Format::Rss),
    ("/feed.json", Format::Json),
    ("/atom", Format::Atom),
    ("/index.atom", Format::Atom),
    ("/rss2", Format::Rss),
    ("/rss2.xml", Format::Rss),
    ("/index.rdf", Format::Rss),
    ("/feed/atom", Format::Atom),
    ("/feed/rss", Format::Rss),
    ("/feed/rss2", Format::Rss),
    ("/feed/rdf", Format::Rss),
    ("/feed/json", Format::Json),
];

impl Resource {
    /// The resource that is published under these definitions at this address, or was there before: at an alias, or
    /// under a former name of a district or topic; or the feed that a reader guesses there.
    pub fn find(set: &FeedSet, path: &str, query: Option<&str>) -> Option<Self> {
        let format = || Format::told_by(&plain(path).unwrap_or_default(), query);
        let aliased = set.aliased(path, query).map(|key| Self::Feed(key.clone(), format()));
        let published = || Self::parse(path).and_then(|resource| resource.defined(set));
        aliased.or_else(published).or_else(|| match path.strip_suffix('/') {
            // With a slash behind it, this is the address of something that is published, and no guess.
            Some(path) if Self::parse(path).is_some_and(|resource| resource.defined(set).is_some()) => None,
            shorter => Self::guess(set, shorter.unwrap_or(path), FeedKey::parse),
        })
    }

    /// The resource that is meant by a path in another spelling: encoded, in capitals, with a slash too many or too
    /// few, the slugs of a combination in another order, a feed below an edition. Nothing may be published at the path
    /// itself.
    ///
    /// Whether there is such an article or such an archive page is the store's to say.
    pub fn meant(set: &FeedSet, path: &str) -> Option<Self> {
        let plain = plain(path)?;
        let name = plain.strip_prefix('/').unwrap_or_default();
        let of = |name: &str| Self::of_feed(name, FeedKey::parse_any_order);
        let page = || of(&format!("{name}/"));
        let published = Self::parse(&plain).or_else(|| of(name)).or_else(page);
        let of_edition = || of(Edition::split(name).1).filter(Self::is_feed).and_then(|resource| resource.defined(set));
        published
            .and_then(|resource| resource.defined(set))
            .or_else(of_edition)
            .or_else(|| Self::guess(set, &plain, FeedKey::parse_any_order))
    }

    /// The same with districts and topics as they are named today, in an edition that there is.
    pub fn present(self, set: &FeedSet) -> Self {
        match self {
            Self::Page(subject, edition) => {
                let offered = Edition::offered(&set.site).contains(&edition);
                let subject = match subject {
                    Subject::Feed(key) => Subject::Feed(set.present(key)),
                    Subject::Archive(key, page) => Subject::Archive(set.present(key), page),
                    article @ Subject::Article(_) => article,
                };
                Self::Page(subject, if offered { edition } else { Edition::Own })
            }
            Self::Feed(key, format) => Self::Feed(set.present(key), format),
            Self::Archive(key, page, format) => Self::Archive(set.present(key), page, format),
            other => other,
        }
    }

    /// The resource that it is today, unless it is of a feed that is not defined.
    fn defined(self, set: &FeedSet) -> Option<Self> {
        let resource = self.present(set);
        resource.feed_key().is_none_or(|key| set.defines(key)).then_some(resource)
    }

    /// The feed that a reader guesses at a path without a slash at its end.
    fn guess(set: &FeedSet, path: &str, key: fn(&str) -> Option<FeedKey>) -> Option<Self> {
        let mut guesses = GUESSES.iter().filter_map(|(guess, format)| Some((path.strip_suffix(guess)?, *format)));
        guesses.find_map(|(folder, format)| Self::Feed(feed_of_folder(folder, key)?, format).defined(set))
    }
}

/// The feed whose page is at a path, or the nearest one above a folder of pages: a reader that has found `/topics/salt`
/// looks for feeds in `/topics/`.
fn feed_of_folder(path: &str, key: fn(&str) -> Option<FeedKey>) -> Option<FeedKey> {
    if path.is_empty() {
        return Some(FeedKey::All);
    }
    let (_, name) = Edition::split(path.strip_prefix('/')?);
    if ["en", "zh", "districts", "topics", "articles", "archive"].contains(&name) {
        return Some(FeedKey::All);
    }
    let found = match name.rsplit_once('/') {
        Some((feed, "topics")) => key(feed).filter(|key| key.topics().is_empty()),
        Some((feed, "archive")) => key(feed).filter(FeedKey::is_stored),
        _ => key(name),
    };
    found.filter(|key| *key != FeedKey::All)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::feed::load;

    /// A Chinese site with an alias, a former name, and topics called as folders and files are elsewhere.
    fn set() -> FeedSet {
        let site = "title = \"盐都新闻\"\nbase_url = \"https://news.example\"\nlanguage = \"zh-CN\"\n\
                    authority = \"news.example\"\nyear = 2026\ntime_zone = \"Asia/Shanghai\"\n\
                    aliases = [\"/wp/feed/atom/\", \"/?feed=rss2\"]\n[[authors]]\nname = \"编辑部\"\n";
        let feed = |more: &str| format!("title = \"盐\"\n{more}\n[terms]\n\"盐\" = 3\n");
        let (plain, salt) = (feed(""), feed("formerly = [\"brine\"]"));
        let files = [
            ("site.toml", site),
            ("districts/daan.toml", &plain),
            ("districts/yantan.toml", &plain),
            ("topics/salt.toml", &salt),
            ("topics/atom.toml", &plain),
            ("topics/feed.toml", &plain),
        ];
        load::from_texts("feeds", files).expect("the definitions are right")
    }

    fn found(path: &str) -> Option<String> {
        Resource::find(&set(), path, None).map(|resource| resource.path())
    }

    /// Where another spelling of a path leads, if nothing is at the path itself.
    fn meant(path: &str) -> Option<String> {
        let set = set();
        assert_eq!(Resource::find(&set, path, None), None, "{path}");
        Resource::meant(&set, path).map(|resource| resource.path())
    }

    #[test]
    fn readers_guesses_are_the_feed_of_the_folder_in_which_they_look() {
        for (path, feed) in [
            ("/feed/", "/feed.rss"),
            ("/feed/atom/", "/feed.atom"),
            ("/feed/json", "/feed.json"),
            ("/rss/feed.xml", "/feed.rss"),
            ("/en/feed.atom", "/feed.atom"),
            ("/districts/index.rss", "/feed.rss"),
            ("/districts/daan/feed/", "/districts/daan.rss"),
            ("/districts/daan/topics/atom.xml", "/districts/daan.atom"),
            ("/districts/daan/archive/rss/", "/districts/daan.rss"),
            ("/en/districts/daan+yantan/topics/salt/feed/json", "/districts/daan+yantan/topics/salt.json"),
            ("/topics/brine/feed.xml", "/topics/salt.rss"),
            ("/articles/rss.xml", "/feed.rss"),
        ] {
            assert_eq!(found(path).as_deref(), Some(feed), "{path}");
        }
        for path in
            ["/category/feed", "/districts/nowhere/feed", "/feed/feed", "/sitemaps/feed", "/api/feed", "/api/v1/rss"]
        {
            assert_eq!((found(path), meant(path)), (None, None), "{path}");
        }
    }

    #[test]
    fn what_is_published_beats_a_guess() {
        assert_eq!(found("/topics/atom").as_deref(), Some("/topics/atom"), "the page of that topic");
        assert_eq!(meant("/topics/atom/").as_deref(), Some("/topics/atom"));
        assert_eq!(found("/topics/feed.atom").as_deref(), Some("/topics/feed.atom"));
        assert_eq!(found("/districts/feed.atom").as_deref(), Some("/feed.atom"), "there is no such district");
    }

    #[test]
    fn another_spelling_leads_to_what_is_meant() {
        for (path, address) in [
            ("//feed.atom", "/feed.atom"),
            ("/feed.atom/", "/feed.atom"),
            ("/%66eed.atom", "/feed.atom"),
            ("/FEED.ATOM", "/feed.atom"),
            ("/./feed.atom", "/feed.atom"),
            ("/feed.atom%20", "/feed.atom"),
            ("/districts/DaAn.atom", "/districts/daan.atom"),
            ("/districts//daan.atom/", "/districts/daan.atom"),
            ("/districts/%64aan/archive/3.RSS", "/districts/daan/archive/3.rss"),
            ("/districts/yantan%2bdaan/topics/Salt.json", "/districts/daan+yantan/topics/salt.json"),
            ("/en/districts/daan.atom", "/districts/daan.atom"),
            ("/topics/brine/", "/topics/salt"),
            ("/en", "/en/"),
            ("/en/districts/yantan+daan/", "/en/districts/daan+yantan"),
            ("/ZH/districts/daan", "/districts/daan"),
            ("//", "/"),
            ("/Feed/", "/feed.rss"),
            ("//rss2.xml", "/feed.rss"),
            ("/Districts/Daan/Feed/", "/districts/daan.rss"),
            ("/Feeds.opml/", "/feeds.opml"),
            ("/sitemap.xml/", "/sitemap.xml"),
        ] {
            assert_eq!(meant(path).as_deref(), Some(address), "{path}");
        }
        for path in
            ["/districts/nowhere/", "/../feed.atom", "/feed.atom%00", "/a/feed.atom", "/districts/a+b+c+d.rss", "*"]
        {
            assert_eq!(meant(path), None, "{path}");
        }
    }

    #[test]
    fn an_alias_is_found_in_every_spelling() {
        for path in ["/wp/feed/atom/", "/wp/feed/atom", "//WP/feed/%61tom"] {
            assert_eq!(found(path).as_deref(), Some("/feed.atom"), "{path}");
        }
        let queried = Resource::find(&set(), "//", Some("feed=rss2")).map(|resource| resource.path());
        assert_eq!(queried.as_deref(), Some("/feed.rss"));
    }

    proptest! {
        #[test]
        fn no_path_leads_in_a_circle_or_elsewhere(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "/", "//", "/.", "/..", "%2F", "%2e", "/%2e%2e", "\\", "/en", "/EN", "/zh/", "/districts/", "/topics/",
                "daan", "DaAn", "yantan", "%64aan", "+", "%2B", "salt", "brine", "nowhere", "/archive/", "3", "-1", "03",
                ".atom", ".RSS", ".json", ".xml", "/feed", "feed", "/atom", "rss2", "index", "/articles/", "/api/v1/",
                "aaaaaaaaaaaaaaaa", "/wp/feed/atom", "@evil.example", "evil.example", ":", "%00", "%0d%0aX:y", "%ff",
                "%20", "?feed=rss2", "/feeds.opml", "/sitemaps/", "盐",
            ]), 0..7)
        ) {
            let path = format!("/{}", pieces.concat());
            let (path, query) = path.split_once('?').map_or((&*path, None), |(path, query)| (path, Some(query)));
            let set = set();
            let Some(resource) = Resource::find(&set, path, query).or_else(|| Resource::meant(&set, path)) else {
                return Ok(());
            };
            let address = resource.path();
            let safe = |c: u8| c.is_ascii_alphanumeric() || b"/.+-".contains(&c);
            prop_assert!(address.starts_with('/') && !address.starts_with("//") && address.bytes().all(safe), "{}", address);
            prop_assert_eq!(Resource::find(&set, &address, None), Some(resource), "{} leads on", address);
        }
    }
}
