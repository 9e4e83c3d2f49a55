//! Opens files that are files.
//!
//! A FIFO is waited for until somebody writes into it, a device may never end: neither is anything that an editor wrote.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens a regular file to be read, and refuses whatever else is at this path, by its own name or behind links.
///
/// # Errors
/// Those of the system, and `InvalidInput` for what is no regular file.
pub fn open(path: &Path) -> Result<File> {
    // Without waiting for a FIFO's other end; to a regular file the flag makes no difference. The file is looked at once
    // it is open, since another may be put in its place before.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() {
        return Ok(file);
    }
    let reason = if kind.is_dir() { "it is a folder" } else { "it is no regular file" };
    Err(Error::new(ErrorKind::InvalidInput, reason))
}

/// Reads a regular file that is text.
///
/// # Errors
/// Those of [`open`], and `InvalidData` for what is not UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_opened_and_a_folder_a_socket_and_a_fifo_are_refused_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("file"), "盐").expect("a file");
        std::os::unix::fs::symlink(path("file"), path("link")).expect("a link");
        assert_eq!(read_text(&path("link")).expect("a text"), "盐");
        let fifo = std::process::Command::new("mkfifo").arg(path("fifo")).status().expect("mkfifo runs");
        assert!(fifo.success());
        std::os::unix::fs::symlink(path("fifo"), path("link-to-fifo")).expect("a link");
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).expect("a socket");
        for name in ["", "fifo", "link-to-fifo", "socket", "nothing"] {
            assert!(open(&path(name)).is_err(), "{name}");
        }
        assert_eq!(open(&path("fifo")).expect_err("a FIFO").to_string(), "it is no regular file");
    }
}
