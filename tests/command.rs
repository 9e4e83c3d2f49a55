//! The program as it is called: its options, what it prints where, and how it ends.
//!
//! Knows nothing of the library's insides; what a store holds is asked of the program itself.

mod article;
mod check;
mod classify;
mod clocks;
mod feeds;
mod import;
mod irregular;
mod known;
mod markdown;
mod media;
mod owned;
mod publishing;
mod reclassify;
mod running;
pub mod serve;
mod settings;
mod survival;
mod terminal;
mod token;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::write_definitions;

/// A newsroom's folder, in which the program is called.
pub struct Newsroom(TempDir);

/// How a call ended, and what it printed.
pub struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Newsroom {
    /// A folder with definitions and nothing else.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        write_definitions(folder.path());
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.path(name).parent().expect("a folder")).expect("a folder");
        std::fs::write(self.path(name), text).expect("a file");
    }

    /// The program in this folder, with no settings in its environment.
    fn program(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_wellhead"));
        program.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        let settings = std::env::vars_os().map(|(name, _)| name);
        for name in settings.filter(|name| name.to_string_lossy().starts_with("WELLHEAD_")) {
            program.env_remove(name);
        }
        program
    }

    /// Calls the program and waits for its end.
    fn call(&self, arguments: &[&str]) -> Ended {
        self.program(arguments).output().expect("the program starts").into()
    }

    /// Calls the program, which must do all that it was asked, and returns what it printed.
    pub fn done(&self, arguments: &[&str]) -> Ended {
        let ended = self.call(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.err);
        ended
    }

    /// The line of `feeds` for a path, as columns.
    fn feed(&self, path: &str) -> Vec<String> {
        let out = self.done(&["feeds"]).out;
        let line = out.lines().find(|line| line.split('\t').next() == Some(path));
        line.unwrap_or_else(|| panic!("no {path} in {out}")).split('\t').map(str::to_owned).collect()
    }

    /// How many articles the feed of everything holds.
    fn entries(&self) -> u64 {
        self.feed("/feed.atom")[1].parse().expect("a number")
    }

    /// The bytes of a file of an export.
    fn exported(&self, name: &str) -> String {
        let folder = tempfile::tempdir_in(self.0.path()).expect("a folder");
        self.done(&["export", &folder.path().to_string_lossy()]);
        std::fs::read_to_string(folder.path().join(name)).expect("a file of the export")
    }
}

/// All files below a folder, by their names.
fn files(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut files = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(&inner).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it").to_string_lossy().into_owned();
                files.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    files
}
