//! A folder that files are written to: each is whole at any moment, and no link leads out of it.
//!
//! Knows nothing of what is written. Every name is looked up in a folder that is already open, without following links, so
//! that nobody who may write there can turn a path aside between a look and a write.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, open, openat, renameat, unlinkat};
use rustix::io::Errno;

use crate::media::Opened;

/// Others may read what is published; the process's umask takes away what its operator does not want.
const FILE: Mode = Mode::from_raw_mode(0o666);
const FOLDER: Mode = Mode::from_raw_mode(0o777);

/// The length of a file's name that its temporary one repeats, in bytes.
const LONG_NAME: usize = 200;

/// An open folder.
pub(super) struct Folder(OwnedFd);

impl Folder {
    /// Opens a folder, or makes it. It may be a link itself: that is what its operator has named.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self(open(path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?))
    }

    /// Writes a file at a path below the folder, with the folders on its way; what stands there is replaced at once, be it
    /// a link.
    pub(super) fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.put(path, |file| file.write_all(bytes))
    }

    /// Copies a file to a path below the folder, unless one of its length and time is there.
    pub(super) fn copy(&self, path: &str, from: &Opened) -> io::Result<()> {
        if self.has(path, from) {
            return Ok(());
        }
        self.put(path, |file| {
            io::copy(&mut (&from.file).take(from.length), file)?;
            file.set_modified(from.modified)
        })
    }

    /// Whether a copy of a file is there.
    fn has(&self, path: &str, of: &Opened) -> bool {
        let there = self.reach(path, false).and_then(|(folder, name)| {
            let file = openat(&folder, name, OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
            File::from(file).metadata()
        });
        there.is_ok_and(|there| {
            there.is_file() && there.len() == of.length && there.modified().is_ok_and(|at| at == of.modified)
        })
    }

    /// Puts a file at a path once it is filled.
    fn put(&self, path: &str, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let (folder, name) = self.reach(path, true)?;
        let chance = getrandom::u64().map_err(|_| io::Error::other("the system gives no random numbers"))?;
        // A long name leaves no room for more (NAME_MAX).
        let temporary = format!(".{}.{chance:016x}", &name[..name.floor_char_boundary(LONG_NAME)]);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&folder, &temporary, flags, FILE)?;
        let written = fill(&mut File::from(file));
        let placed = written.and_then(|()| Ok(renameat(&folder, &temporary, &folder, name)?));
        if placed.is_err() {
            // What is left is a file of ours; the first failure is the one to tell.
            unlinkat(&folder, &temporary, AtFlags::empty()).ok();
        }
        placed
    }

    /// Takes a file away, if it is there.
    pub(super) fn remove(&self, path: &str) -> io::Result<()> {
        let removed = self.reach(path, false).and_then(|(folder, name)| Ok(unlinkat(&folder, name, AtFlags::empty())?));
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            // On the way stands a link or a file: nothing of ours lies behind it.
            Err(error) if is_no_folder(error.raw_os_error()) => Ok(()),
            removed => removed,
        }
    }

    /// The folder in which the path's last name stands, and that name.
    fn reach<'p>(&self, path: &'p str, make: bool) -> io::Result<(OwnedFd, &'p str)> {
        let mut names = path.split('/');
        let name = names.next_back().unwrap_or_default();
        let mut folder = self.0.try_clone()?;
        for step in names {
            folder = below(folder.as_fd(), step, make)?;
        }
        Ok((folder, name))
    }
}

/// A folder within another; if it is to be made, a link in its place gives way to it.
fn below(folder: BorrowedFd<'_>, name: &str, make: bool) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(folder, name, flags, Mode::empty()) {
        Err(error) if make && (error == Errno::NOENT || is_no_folder(Some(error.raw_os_error()))) => {
            if error != Errno::NOENT && is_link(folder, name)? {
                unlinkat(folder, name, AtFlags::empty())?;
            }
            match mkdirat(folder, name, FOLDER) {
                // Another export may have made it meanwhile; what else stands there is told by the next line.
                Ok(()) | Err(Errno::EXIST) => Ok(openat(folder, name, flags, Mode::empty())?),
                Err(error) => Err(error.into()),
            }
        }
        opened => Ok(opened?),
    }
}

fn is_link(folder: BorrowedFd<'_>, name: &str) -> io::Result<bool> {
    let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(rustix::fs::FileType::from_raw_mode(stat.st_mode).is_symlink())
}

/// Whether a folder was not opened because something else stands there: Linux says ENOTDIR of a link, others ELOOP.
fn is_no_folder(code: Option<i32>) -> bool {
    code.is_some_and(|code| [Errno::NOTDIR, Errno::LOOP].map(Errno::raw_os_error).contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn two() -> (tempfile::TempDir, tempfile::TempDir, Folder) {
        let (inside, outside) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let folder = Folder::open(inside.path()).expect("a folder");
        (inside, outside, folder)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn links_give_way_to_files_and_folders_and_nothing_behind_them_is_touched() {
        let (inside, outside, folder) = two();
        fs::write(outside.path().join("secret"), "卤水").expect("a file");
        symlink(outside.path(), inside.path().join("articles")).expect("a link");
        symlink(outside.path().join("secret"), inside.path().join("feed.atom")).expect("a link");
        symlink(outside.path().join("nothing"), inside.path().join("feed.rss")).expect("a link");
        for path in ["articles/a/secret", "feed.atom", "feed.rss"] {
            folder.write(path, "盐".as_bytes()).expect("it is written");
            assert_eq!(fs::read_to_string(inside.path().join(path)).expect("a file"), "盐");
        }
        assert_eq!(names(outside.path()), ["secret"]);
        assert_eq!(fs::read_to_string(outside.path().join("secret")).expect("a file"), "卤水");
        assert_eq!(names(inside.path()), ["articles", "feed.atom", "feed.rss"]);
        assert!(inside.path().join("articles").symlink_metadata().expect("it is there").is_dir());
    }

    #[test]
    fn nothing_behind_a_link_is_taken_away() {
        let (inside, outside, folder) = two();
        fs::write(outside.path().join("a"), "盐").expect("a file");
        symlink(outside.path(), inside.path().join("articles")).expect("a link");
        for path in ["articles/a", "missing", "missing/too"] {
            folder.remove(path).expect("there is nothing to do");
        }
        assert_eq!(names(outside.path()), ["a"]);
        folder.write("a", b"b").expect("it is written");
        folder.remove("a").expect("it is removed");
        assert_eq!(names(inside.path()), ["articles"]);
    }

    #[test]
    fn a_file_that_cannot_be_placed_leaves_nothing_beside_it() {
        let (inside, _outside, folder) = two();
        fs::create_dir(inside.path().join("feed.atom")).expect("a folder");
        fs::write(inside.path().join("topics"), "").expect("a file");
        assert!(folder.write("feed.atom", b"a").is_err());
        assert!(folder.write("topics/salt.atom", b"a").is_err());
        assert_eq!(names(inside.path()), ["feed.atom", "topics"]);
    }

    #[test]
    fn a_reader_of_the_old_file_keeps_it_whole() {
        let (inside, _outside, folder) = two();
        folder.write("a", b"old").expect("it is written");
        let mut open = File::open(inside.path().join("a")).expect("a file");
        folder.write("a", b"new").expect("it is written");
        assert_eq!(io::read_to_string(&mut open).expect("text"), "old");
        assert_eq!(names(inside.path()), ["a"]);
    }
}
