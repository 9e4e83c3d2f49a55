//! The folders whose pictures, sounds, films and PDFs are served: which kinds of file count, and how one is opened
//! without leaving its folder.
//!
//! Knows nothing of requests or of articles.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use percent_encoding::percent_decode_str;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, fstat, open as open_root, openat, statat};
use rustix::io::Errno;

/// The most folders: each may keep some threads waiting if its disk does not answer.
pub const MAX_FOLDERS: usize = 16;

/// The most folders within one another that a path may name.
const MAX_DEPTH: usize = 32;

/// The longest name of a file or folder, in bytes, as most file systems have it.
const MAX_NAME: usize = 255;

/// An SVG can hold scripts: it is served, but not as a document (see `web::media`).
pub const SVG: &str = "image/svg+xml";

/// The media types that are served, by extension. Nothing here is a document that could run a script on this site, but
/// for [`SVG`].
const TYPES: [(&str, &str); 20] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("svg", SVG),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("ogg", "audio/ogg"),
    ("oga", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("webm", "video/webm"),
    ("mov", "video/quicktime"),
    ("ogv", "video/ogg"),
    ("pdf", "application/pdf"),
];

/// The media type of a name or path with one of the known extensions.
pub fn type_of(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension)).map(|(_, media_type)| *media_type)
}

/// The path of a file below a media folder, as an address names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaPath {
    /// Without anything that would lead out of the folder or to a hidden file.
    below: PathBuf,
    /// The media type of its extension.
    pub media_type: &'static str,
}

impl MediaPath {
    /// Reads the path of a URL; `None` if nothing of a media folder can be there.
    pub fn parse(path: &str) -> Option<Self> {
        let names: Option<Vec<OsString>> = path.strip_prefix('/')?.split('/').take(MAX_DEPTH + 1).map(name).collect();
        let names = names.filter(|names| names.len() <= MAX_DEPTH)?;
        let media_type = type_of(&names.last()?.to_string_lossy())?;
        Some(Self { below: names.iter().collect(), media_type })
    }

    /// The same as an address that is not encoded.
    pub fn plain(&self) -> String {
        format!("/{}", self.below.to_string_lossy())
    }

    /// Its path below the folder.
    pub fn below(&self) -> &Path {
        &self.below
    }
}

/// One name of a path, decoded. What is encoded must not become a separator.
fn name(encoded: &str) -> Option<OsString> {
    let decoded: Vec<u8> = percent_decode_str(encoded).collect();
    let is_hidden = decoded.is_empty() || decoded[0] == b'.';
    let is_name = decoded.len() <= MAX_NAME && !decoded.iter().any(|b| matches!(b, b'/' | b'\\' | 0..=0x1f | 0x7f));
    (is_name && !is_hidden).then(|| OsString::from_vec(decoded))
}

/// A regular file, open to be read.
#[derive(Debug)]
pub struct Opened {
    /// The file.
    pub file: File,
    /// Its length in bytes.
    pub length: u64,
    /// When it was last written.
    pub modified: SystemTime,
}

/// Opens a file of a folder; `None` if there is none that may be served. It blocks, and a network folder may let it hang.
///
/// Links are followed as long as they stay within the folder. Where they lead is found out first, and then opened
/// without following any, so that nobody who may write there can turn the path aside in between.
pub fn open(folder: &Path, path: &MediaPath) -> io::Result<Option<Opened>> {
    let opened = folder.canonicalize().and_then(|root| {
        let file = root.join(&path.below).canonicalize()?;
        match file.strip_prefix(&root) {
            Ok(below) => open_beneath(&root, below),
            Err(_) => Ok(None),
        }
    });
    opened.or_else(|error| if is_absence(&error) { Ok(None) } else { Err(error) })
}

/// Opens a path that has no links in it.
fn open_beneath(root: &Path, below: &Path) -> io::Result<Option<Opened>> {
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut folder = open_root(root, flags | OFlags::DIRECTORY, Mode::empty())?;
    let mut names: Vec<&OsStr> = below.components().filter_map(normal).collect();
    let Some(last) = names.pop() else { return Ok(None) };
    for name in names {
        folder = openat(&folder, name, flags | OFlags::DIRECTORY, Mode::empty())?;
    }
    let is_regular = |mode| FileType::from_raw_mode(mode) == FileType::RegularFile;
    // Before it is opened, since a device may do something at that; and after, since another may have taken its place.
    if !is_regular(statat(&folder, last, AtFlags::SYMLINK_NOFOLLOW)?.st_mode) {
        return Ok(None);
    }
    let file = openat(&folder, last, flags | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty())?;
    if !is_regular(fstat(&file)?.st_mode) {
        return Ok(None);
    }
    let file = File::from(file);
    let metadata = file.metadata()?;
    Ok(Some(Opened { length: metadata.len(), modified: metadata.modified()?, file }))
}

fn normal(component: Component<'_>) -> Option<&OsStr> {
    if let Component::Normal(name) = component { Some(name) } else { None }
}

/// Whether an error says that there is nothing to serve, and not that the disk is at fault.
fn is_absence(error: &io::Error) -> bool {
    const ABSENT: [Errno; 8] = [
        Errno::NOENT,
        Errno::NOTDIR,
        Errno::LOOP,
        Errno::NAMETOOLONG,
        Errno::ACCESS,
        Errno::PERM,
        Errno::INVAL,
        Errno::NXIO,
    ];
    Errno::from_io_error(error).is_some_and(|errno| ABSENT.contains(&errno))
}

/// Why one of these folders cannot be used, if one cannot.
pub fn unusable(folders: &[PathBuf]) -> Option<(&Path, String)> {
    folders.iter().find_map(|folder| match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => None,
        Ok(_) => Some((folder.as_path(), "it is not a folder".to_owned())),
        Err(error) => Some((folder.as_path(), error.to_string())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    fn found(folder: &Path, path: &str) -> Option<String> {
        let path = MediaPath::parse(path)?;
        let mut opened = open(folder, &path).expect("the disk answers")?;
        let mut text = String::new();
        opened.file.read_to_string(&mut text).expect("text");
        assert_eq!(text.len() as u64, opened.length);
        Some(text)
    }

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, name).expect("a file");
        }
        folder
    }

    #[test]
    fn files_of_the_known_kinds_are_found_at_their_paths() {
        let folder = folder(&["a.jpg", "wp-content/uploads/2024/05/照片 1.PNG", "b.html", "c"]);
        assert_eq!(found(folder.path(), "/a.jpg").as_deref(), Some("a.jpg"));
        let encoded = "/wp-content/uploads/2024/05/%E7%85%A7%E7%89%87%201.PNG";
        assert_eq!(found(folder.path(), encoded).as_deref(), Some("wp-content/uploads/2024/05/照片 1.PNG"));
        assert_eq!(found(folder.path(), "/%61%2e%6a%70g").as_deref(), Some("a.jpg"));
        for path in ["/b.html", "/c", "/", "", "a.jpg", "/b.jpg", "/a.jpg/", "/a.jpg/b.jpg", "//a.jpg"] {
            assert_eq!(found(folder.path(), path), None, "{path}");
        }
    }

    #[test]
    fn no_path_leads_out_of_the_folder_or_to_what_is_hidden() {
        let outer = folder(&["secret.jpg", "in/a.jpg", "in/.hidden.jpg", "in/.git/a.jpg"]);
        let folder = outer.path().join("in");
        let long = format!("/{}.jpg", "a".repeat(300));
        let deep = format!("{}/a.jpg", "/a".repeat(40));
        for path in [
            "/../secret.jpg",
            "/%2e%2e/secret.jpg",
            "/..%2fsecret.jpg",
            "/..%5csecret.jpg",
            "/x/../a.jpg",
            "/.hidden.jpg",
            "/%2ehidden.jpg",
            "/.git/a.jpg",
            "/a%00.jpg",
            "/a.jpg%00.jpg",
            "/%2Fa.jpg",
            "/.jpg",
            &long,
            &deep,
        ] {
            assert_eq!(found(&folder, path), None, "{path}");
        }
    }

    #[test]
    fn links_are_followed_within_the_folder_alone() {
        let outside = folder(&["secret.jpg", "more/secret.jpg"]);
        let folder = folder(&["a.jpg", "b/c.jpg"]);
        let link = |target: &Path, name: &str| symlink(target, folder.path().join(name)).expect("a link");
        link(Path::new("a.jpg"), "relative.jpg");
        link(&folder.path().join("b"), "absolute");
        link(&outside.path().join("secret.jpg"), "out.jpg");
        link(&outside.path().join("more"), "more");
        link(Path::new("loop.jpg"), "loop.jpg");
        link(Path::new("nowhere.jpg"), "broken.jpg");
        assert_eq!(found(folder.path(), "/relative.jpg").as_deref(), Some("a.jpg"));
        assert_eq!(found(folder.path(), "/absolute/c.jpg").as_deref(), Some("b/c.jpg"));
        for path in ["/out.jpg", "/more/secret.jpg", "/loop.jpg", "/broken.jpg"] {
            assert_eq!(found(folder.path(), path), None, "{path}");
        }
    }

    #[test]
    fn only_regular_files_are_opened() {
        let folder = folder(&["d.jpg/a.jpg"]);
        assert!(Command::new("mkfifo").arg(folder.path().join("p.jpg")).status().expect("mkfifo").success());
        symlink("/dev/zero", folder.path().join("z.jpg")).expect("a link");
        for path in ["/d.jpg", "/p.jpg", "/z.jpg"] {
            assert_eq!(found(folder.path(), path), None, "{path}");
        }
        assert_eq!(found(folder.path(), "/d.jpg/a.jpg").as_deref(), Some("d.jpg/a.jpg"));
        assert_eq!(found(&folder.path().join("nowhere"), "/a.jpg"), None);
    }

    #[test]
    fn what_is_no_folder_is_named() {
        let folder = folder(&["a.jpg"]);
        let paths = |name: &str| [folder.path().to_owned(), folder.path().join(name)];
        assert_eq!(unusable(&[folder.path().to_owned()]), None);
        let file = paths("a.jpg");
        assert_eq!(unusable(&file), Some((file[1].as_path(), "it is not a folder".to_owned())));
        let reason = unusable(&paths("b")).expect("it is not there").1;
        assert!(reason.starts_with("No such file"), "{reason}");
    }
}
