//! The files that an article refers to by relative links: looked for beside its own file, and given the address at which
//! the folder they lie in is served.
//!
//! The one place where cleaning looks at a disk, and only for what the command line has named. Fetches nothing, and knows
//! nothing of HTML.

mod size;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use url::{ParseError, Url};

use super::link;
use crate::{media, regular};

pub use self::size::Size;

/// The most different links of one article that are looked for.
const MAX_LOOKED_FOR: usize = 1000;

/// The most files that are named to an editor as missing, each article.
const MAX_NAMED: usize = 8;

/// The folder whose content generators publish at the root of a site: Hugo and Zola call it so.
const CONTENT: &str = "content";

/// Where an article's file lies, and what stands in it.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The folder that was named.
    pub folder: PathBuf,
    /// The file's path below it.
    pub name: String,
    /// Whether it stands for its folder, as `index.md` does.
    pub stands_for_folder: bool,
    /// Its text, to tell on which line a link stands.
    pub text: String,
}

/// A file that an article refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Where it is published.
    pub address: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Whether it lies in a media folder.
    served: bool,
}

/// A folder that is served at the root of the site, and where the article's file lies below it.
struct Root {
    folder: PathBuf,
    /// The folder out of which no file may lie, wherever links lead.
    bounds: PathBuf,
    place: Vec<String>,
    served: bool,
}

impl Root {
    /// Where the file at a path below it lies, if there is one that may be looked at.
    fn file(&self, steps: &[String]) -> Option<PathBuf> {
        let file = self.folder.join(steps.iter().collect::<PathBuf>()).canonicalize().ok()?;
        (file.starts_with(&self.bounds) && file.is_file()).then_some(file)
    }
}

/// Where the files of one article are looked for.
pub struct Neighbourhood<'a> {
    beside: &'a Beside,
    media: &'a [PathBuf],
    site: &'a Url,
    roots: OnceCell<Vec<Root>>,
    looked_for: RefCell<BTreeMap<(String, bool), Option<Neighbour>>>,
    lost: RefCell<Vec<String>>,
}

impl<'a> Neighbourhood<'a> {
    /// Of a file, with the site's media folders and address.
    pub fn new(beside: &'a Beside, media: &'a [PathBuf], site: &'a Url) -> Self {
        let (roots, looked_for, lost) = Default::default();
        Self { beside, media, site, roots, looked_for, lost }
    }

    /// The address of a picture, a sound or a film that a text shows; `None` if the link is not relative, or leads
    /// nowhere. A path from the root is one of this site if a media folder has the file. What is not there has the address
    /// that it would have, unless the article lives elsewhere, at `base`.
    pub fn shown(&self, link: &str, base: &Url) -> Option<String> {
        match self.found(link, false)? {
            Some(found) => Some(found.address),
            None if base != self.site => None,
            None => {
                let own = self.roots().first()?;
                self.address(&steps(&own.place, split(link).0)?, split(link).1)
            }
        }
    }

    /// The same of what a link leads to, if that is a file of a kind that is served; other links lead to pages.
    pub fn linked(&self, link: &str, base: &Url) -> Option<String> {
        media::type_of(split(link).0)?;
        self.shown(link, base)
    }

    /// The file that front matter names; there, generators also take a path for one from the site's root.
    pub fn named(&self, link: &str) -> Option<Neighbour> {
        self.found(link, true)?
    }

    /// Notes for an editor on files that are not there, or that nobody serves.
    pub fn notes(self) -> Vec<String> {
        let mut lost = self.lost.into_inner();
        let more = lost.len().saturating_sub(MAX_NAMED);
        lost.truncate(MAX_NAMED);
        if more > 0 {
            lost.push(format!("so it is with {more} more"));
        }
        lost
    }

    /// A file, once it has been looked for; `None` if the link is not relative, or there are too many of them.
    fn found(&self, link: &str, also_at_root: bool) -> Option<Option<Neighbour>> {
        let (link, rooted) = (link.trim(), is_rooted(link.trim()));
        if !(rooted || is_relative(link)) || self.roots().is_empty() {
            return None;
        }
        // Where a path from the root leads if no folder has it, nobody here knows.
        let told = |found: Option<Neighbour>| if rooted { found.map(Some) } else { Some(found) };
        let key = (link.to_owned(), also_at_root);
        if let Some(known) = self.looked_for.borrow().get(&key) {
            return told(known.clone());
        }
        if self.looked_for.borrow().len() >= MAX_LOOKED_FOR {
            return None;
        }
        let found = if rooted { self.rooted(link) } else { self.look(link, also_at_root) };
        match &found {
            None if !rooted => self.lose(link, "is not there"),
            Some(found) if !found.served && !self.media.is_empty() => self.lose(link, "lies in no media folder"),
            _ => {}
        }
        self.looked_for.borrow_mut().insert(key, found.clone());
        told(found)
    }

    /// The file of a media folder that a path from the site's root leads to.
    fn rooted(&self, link: &str) -> Option<Neighbour> {
        let steps = steps(&[], split(link).0)?;
        let path = self.roots().iter().filter(|root| root.served).find_map(|root| root.file(&steps))?;
        Some(Neighbour { address: link::absolute(self.site, link)?, path, served: true })
    }

    fn lose(&self, link: &str, what: &str) {
        let mut lost = self.lost.borrow_mut();
        // Further ones are only counted.
        let line = if lost.len() < MAX_NAMED { self.line(link) } else { None };
        let line = line.map(|line| format!(" (line {line})")).unwrap_or_default();
        let link = percent_decode_str(link).decode_utf8().unwrap_or(link.into());
        let note = format!("the file {link}{line} {what}");
        if !lost.contains(&note) {
            lost.push(note);
        }
    }

    /// Beside the article's file, then in the folder that is called like it, as Hexo has it and as browsers find it where
    /// each post is a folder of its own.
    fn look(&self, link: &str, also_at_root: bool) -> Option<Neighbour> {
        let (path, behind) = split(link);
        let stem = self.stem();
        let places =
            |root: &Root| [Some(root.place.clone()), stem.clone().map(|stem| [&root.place[..], &[stem]].concat())];
        let roots = self.roots();
        let beside =
            (0..2).flat_map(|nth| roots.iter().filter_map(move |root| Some((root, places(root)[nth].clone()?))));
        let at_root = roots.iter().filter(|_| also_at_root).map(|root| (root, Vec::new()));
        beside.chain(at_root).find_map(|(root, place)| {
            let steps = steps(&place, path)?;
            let path = root.file(&steps)?;
            Some(Neighbour { address: self.address(&steps, behind)?, path, served: root.served })
        })
    }

    fn stem(&self) -> Option<String> {
        let name = self.beside.name.rsplit('/').next().filter(|_| !self.beside.stands_for_folder)?;
        Some(name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned())
    }

    /// The address of a path below the site's root.
    fn address(&self, steps: &[String], behind: &str) -> Option<String> {
        let mut address = self.site.clone();
        address.path_segments_mut().ok()?.pop_if_empty().extend(steps);
        link::absolute(self.site, &format!("{address}{behind}"))
    }

    /// The roots: first those in which the article's file lies, so that it has its place there.
    fn roots(&self) -> &[Root] {
        self.roots.get_or_init(|| roots(self.beside, self.media).unwrap_or_default())
    }

    /// The line of the article's file on which a link stands, from 1.
    fn line(&self, link: &str) -> Option<usize> {
        let text = &self.beside.text;
        let decoded = percent_decode_str(link).decode_utf8().ok();
        let at = text.find(link).or_else(|| text.find(&*decoded?))?;
        Some(1 + text[..at].matches('\n').count())
    }
}

/// The media folders; and the nearest folder called `content`, or else the one that holds the folder that was named. Those
/// in which the article's file lies come first: it has its place there, and in the others the same.
fn roots(beside: &Beside, media: &[PathBuf]) -> Option<Vec<Root>> {
    if regular::is_handed_over(&beside.folder.join(&beside.name)) {
        return None;
    }
    let named = beside.folder.canonicalize().ok()?;
    let inner = beside.name.rsplit_once('/').map_or("", |(inner, _)| inner);
    let folder = named.join(inner);
    let content = named.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == CONTENT));
    let (own, bounds) = match content {
        Some(content) => (content, content),
        None => (named.parent()?, named.as_path()),
    };
    let own = Root { place: place(&folder, own)?, folder: own.to_owned(), bounds: bounds.to_owned(), served: false };
    let served = media.iter().filter_map(|root| root.canonicalize().ok()).map(|root| {
        let place = place(&folder, &root).unwrap_or_else(|| own.place.clone());
        Root { place, bounds: root.clone(), folder: root, served: true }
    });
    let (mut roots, others): (Vec<Root>, Vec<Root>) = served.partition(|root| folder.starts_with(&root.folder));
    roots.push(own);
    roots.extend(others);
    Some(roots)
}

/// The names of a folder's way from another, if it lies below.
fn place(folder: &Path, root: &Path) -> Option<Vec<String>> {
    let below = folder.strip_prefix(root).ok()?;
    below.iter().map(|name| name.to_str().map(str::to_owned)).collect()
}

/// Whether a link is one from the place of the article itself.
fn is_relative(link: &str) -> bool {
    !link.is_empty()
        && !link.starts_with(['/', '\\', '#', '?'])
        && Url::parse(link) == Err(ParseError::RelativeUrlWithoutBase)
}

/// Whether a link is a path from the root of a site.
fn is_rooted(link: &str) -> bool {
    link.starts_with('/') && !link[1..].starts_with(['/', '\\'])
}

/// A link's path, and the query and fragment behind it.
fn split(link: &str) -> (&str, &str) {
    link.split_at(link.find(['?', '#']).unwrap_or(link.len()))
}

/// The way from the root along a relative path; `None` if it leaves the root, or leads to what is hidden.
fn steps(place: &[String], path: &str) -> Option<Vec<String>> {
    let mut steps = place.to_vec();
    let path = percent_decode_str(path).decode_utf8().ok()?;
    // A writer on Windows means a slash by a backslash, which CommonMark encodes.
    for step in path.split(['/', '\\']) {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()?),
            step if step.starts_with('.') || step.contains('\0') => return None,
            step => steps.push(step.to_owned()),
        }
    }
    Some(steps).filter(|steps| !steps.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A folder with these files.
    fn site(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, file).expect("a file");
        }
        folder
    }

    fn of(folder: PathBuf, name: &str) -> Beside {
        let stands_for_folder = name.ends_with("index.md");
        Beside { folder, name: name.to_owned(), stands_for_folder, text: String::new() }
    }

    fn base() -> Url {
        Url::parse("https://news.example/").expect("a URL")
    }

    /// The path of what a text shows, and what its editor is told.
    fn shown(beside: &Beside, media: &[PathBuf], link: &str) -> (Option<String>, Vec<String>) {
        let base = base();
        let files = Neighbourhood::new(beside, media, &base);
        let address = files.shown(link, &base).map(|address| address.replace("https://news.example", ""));
        (address, files.notes())
    }

    fn at(path: &str) -> (Option<String>, Vec<String>) {
        (Some(path.to_owned()), Vec::new())
    }

    fn missing(path: &str, note: &str) -> (Option<String>, Vec<String>) {
        (Some(path.to_owned()), vec![note.to_owned()])
    }

    #[test]
    fn a_bundle_s_picture_has_the_address_of_its_folder_whichever_folder_was_named() {
        let site = site(&["content/posts/bridge/photo.jpg", "content/posts/bridge/big/照 片.jpg"]);
        for (named, name) in [
            ("content", "posts/bridge/index.md"),
            ("content/posts", "bridge/index.md"),
            ("content/posts/bridge", "index.md"),
        ] {
            let beside = of(site.path().join(named), name);
            for link in [
                "photo.jpg",
                "./photo.jpg",
                "../bridge/photo.jpg",
                "x/../photo.jpg",
                ".\\photo.jpg",
                "..%5Cbridge%5Cphoto.jpg",
            ] {
                assert_eq!(shown(&beside, &[], link), at("/posts/bridge/photo.jpg"), "{named}: {link}");
            }
            assert_eq!(shown(&beside, &[], "photo.jpg?v=1#c"), at("/posts/bridge/photo.jpg?v=1#c"));
            let encoded = at("/posts/bridge/big/%E7%85%A7%20%E7%89%87.jpg");
            for link in ["big/照 片.jpg", "big/%E7%85%A7%20%E7%89%87.jpg"] {
                assert_eq!(shown(&beside, &[], link), encoded, "{link}");
            }
        }
    }

    #[test]
    fn a_post_s_pictures_lie_beside_it_or_in_the_folder_that_is_called_like_it() {
        let site = site(&["posts/photo.jpg", "posts/bridge/deep.jpg"]);
        let beside = of(site.path().join("posts"), "bridge.md");
        assert_eq!(shown(&beside, &[], "photo.jpg"), at("/posts/photo.jpg"));
        assert_eq!(shown(&beside, &[], "bridge/deep.jpg"), at("/posts/bridge/deep.jpg"));
        assert_eq!(shown(&beside, &[], "deep.jpg"), at("/posts/bridge/deep.jpg"));
    }

    #[test]
    fn what_is_not_there_is_named_and_has_the_address_that_it_would_have() {
        let site = site(&["posts/photo.jpg"]);
        let mut beside = of(site.path().join("posts"), "bridge.md");
        beside.text = "---\ntitle: 桥\n---\n![](lost.jpg)\n".to_owned();
        assert_eq!(
            shown(&beside, &[], "lost.jpg"),
            missing("/posts/lost.jpg", "the file lost.jpg (line 4) is not there")
        );
        assert_eq!(
            shown(&beside, &[], "%E4%BA%95.jpg"),
            missing("/posts/%E4%BA%95.jpg", "the file 井.jpg is not there")
        );
        let base = base();
        let elsewhere = Url::parse("https://else.example/a/").expect("a URL");
        let files = Neighbourhood::new(&beside, &[], &base);
        assert_eq!(files.shown("lost.jpg", &elsewhere), None, "an article that lives elsewhere has its pictures there");
        let own = Some("https://news.example/posts/photo.jpg".to_owned());
        assert_eq!(files.shown("photo.jpg", &elsewhere), own, "unless they lie beside it");
        assert_eq!(files.linked("map.html", &base), None);
        for n in 0..20 {
            files.shown(&format!("{n}.jpg"), &base);
        }
        let notes = files.notes();
        assert_eq!((notes.len(), notes[8].as_str()), (9, "so it is with 13 more"));
    }

    #[test]
    fn a_file_of_a_media_folder_has_its_path_there() {
        let site = site(&["src/blog/a/photo.jpg", "static/blog/a/other.jpg", "static/blog/b.jpg", "src/blog/c.jpg"]);
        let beside = of(site.path().join("src/blog"), "a/index.md");
        let media = ["src", "static"].map(|name| site.path().join(name));
        assert_eq!(shown(&beside, &media, "photo.jpg"), at("/blog/a/photo.jpg"));
        assert_eq!(shown(&beside, &media, "other.jpg"), at("/blog/a/other.jpg"));
        assert_eq!(shown(&beside, &media, "../b.jpg"), at("/blog/b.jpg"));
        let lost = missing("/blog/a/photo.jpg", "the file photo.jpg lies in no media folder");
        assert_eq!(shown(&beside, &media[1..], "photo.jpg"), lost);
        // Where the media folder begins decides, and not the folder that was named.
        assert_eq!(shown(&beside, &[site.path().join("src/blog")], "photo.jpg"), at("/a/photo.jpg"));
    }

    #[test]
    fn front_matter_may_name_a_path_from_the_site_s_root() {
        let site = site(&["content/posts/a.md", "static/img/cover.jpg", "content/posts/near.jpg"]);
        let beside = of(site.path().join("content/posts"), "a.md");
        let (media, base) = ([site.path().join("static")], base());
        let files = Neighbourhood::new(&beside, &media, &base);
        let named = |link| files.named(link).map(|file| file.address);
        assert_eq!(named("img/cover.jpg").as_deref(), Some("https://news.example/img/cover.jpg"));
        assert_eq!(named("near.jpg").as_deref(), Some("https://news.example/posts/near.jpg"));
        assert_eq!((named("/img/other.jpg"), named("https://else.example/a.jpg")), (None, None));
        assert_eq!(named("/img/cover.jpg?v=1").as_deref(), Some("https://news.example/img/cover.jpg?v=1"));
        let elsewhere = Url::parse("https://else.example/a/").expect("a URL");
        let shown = |link| files.shown(link, &elsewhere);
        assert_eq!(shown("/img/cover.jpg").as_deref(), Some("https://news.example/img/cover.jpg"));
        assert_eq!(
            (shown("/img/other.jpg"), shown("//img/cover.jpg"), shown("/../static/img/cover.jpg")),
            (None, None, None)
        );
        assert_eq!(files.notes(), ["the file near.jpg lies in no media folder"]);
    }

    #[test]
    fn no_link_leads_out_of_the_folder() {
        let site = site(&["secret.jpg", "posts/a.md", "posts/.hidden.jpg", "posts/in.jpg", "posts/d.jpg/x"]);
        let link = |target: &str, name: &str| symlink(target, site.path().join("posts").join(name)).expect("a link");
        link("../secret.jpg", "out.jpg");
        link("in.jpg", "inside.jpg");
        let beside = of(site.path().join("posts"), "a.md");
        assert_eq!(shown(&beside, &[], "inside.jpg"), at("/posts/inside.jpg"));
        for link in ["out.jpg", "../secret.jpg", ".hidden.jpg", "d.jpg", "../../../../etc/a.jpg"] {
            let (_, notes) = shown(&beside, &[], link);
            assert_eq!(notes, [format!("the file {link} is not there")]);
        }
        for link in
            ["/a.jpg", "https://else.example/a.jpg", "//else.example/a.jpg", "data:,", "#a", "?a", "", "mailto:a"]
        {
            assert_eq!(shown(&beside, &[], link), (None, Vec::new()), "{link}");
        }
    }

    #[test]
    fn what_a_shell_hands_over_or_is_nowhere_has_nothing_beside_it() {
        for folder in ["/dev", "/nowhere/at/all", "/"] {
            assert_eq!(shown(&of(folder.into(), "stdin"), &[], "a.jpg"), (None, Vec::new()), "{folder}");
        }
    }
}
