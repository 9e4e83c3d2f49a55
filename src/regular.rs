//! Opens files to read, and regular ones only: nothing waits for the other end of a named pipe.
//!
//! Knows nothing of what stands in them.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// Where a shell puts what it hands over: a redirected input, a process substitution, or nothing.
const HANDED_OVER: [&str; 4] = ["/dev/stdin", "/dev/fd", "/proc/self/fd", "/dev/null"];

/// Opens a regular file, or what a link to one leads to; anything else is an error that says what it is.
pub fn open(path: &Path) -> io::Result<File> {
    // Before it is opened, since a device may do something at that.
    only_regular(&fs::metadata(path)?)?;
    // After, since another may have taken its place meanwhile. Without NONBLOCK, a named pipe would wait for a writer.
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits() as i32;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    only_regular(&file.metadata()?)?;
    Ok(file)
}

/// Opens what somebody named on the command line, who may also hand over a pipe: `/dev/stdin`, or `<(…)` in a shell.
pub fn open_named(path: &Path) -> io::Result<File> {
    if is_handed_over(path) { File::open(path) } else { open(path) }
}

/// Whether a path is one by which a shell hands something over, and not the place of a file.
pub fn is_handed_over(path: &Path) -> bool {
    HANDED_OVER.iter().any(|place| path.starts_with(place))
}

fn only_regular(metadata: &Metadata) -> io::Result<()> {
    let kind = metadata.file_type();
    let what = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a named pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a regular file")))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn whatever_is_no_regular_file_is_refused_at_once_and_by_its_kind() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        assert!(Command::new("mkfifo").arg(path("pipe")).status().expect("mkfifo").success());
        let _listener = UnixListener::bind(path("socket")).expect("a socket");
        fs::create_dir(path("folder")).expect("a folder");
        for (link, target) in [("to-pipe", "pipe"), ("to-device", "/dev/zero"), ("to-nothing", "nothing")] {
            symlink(target, path(link)).expect("a link");
        }
        let refusals = [
            ("pipe", "it is a named pipe, not a regular file"),
            ("to-pipe", "it is a named pipe, not a regular file"),
            ("socket", "it is a socket, not a regular file"),
            ("folder", "it is a folder, not a regular file"),
            ("to-device", "it is a device, not a regular file"),
            ("to-nothing", "No such file or directory (os error 2)"),
        ];
        for (name, reason) in refusals {
            for open in [open, open_named] {
                assert_eq!(open(&path(name)).expect_err(name).to_string(), reason, "{name}");
            }
        }
    }

    #[test]
    fn a_regular_file_and_a_link_to_it_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a.md"), "盐井").expect("a file");
        symlink("a.md", folder.path().join("link.md")).expect("a link");
        for name in ["a.md", "link.md"] {
            let mut text = String::new();
            let file = open(&folder.path().join(name));
            file.expect("a regular file").read_to_string(&mut text).expect("UTF-8");
            assert_eq!(text, "盐井");
        }
    }
}
