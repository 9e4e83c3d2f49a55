//! The rules of how the code is written, checked on the code itself: arrows, opening sentences, sizes, refusals.
//!
//! Knows nothing of Rust's grammar: it trusts rustfmt's layout, and every check is shown to find what it looks for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The longest file, without its tests.
const MAX_FILE: usize = 400;
/// The longest function, from its first line to its last.
const MAX_FUNCTION: usize = 80;
/// The longest ARCHITECTURE.md.
const MAX_ARCHITECTURE: usize = 150;
/// The folders whose files do not stand in order yet.
const UNORDERED: [&str; 2] = ["web", "cli"];

/// A file of src/: its path below src/, and its text.
struct Source {
    path: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All of src/, in order of paths.
fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut found = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder that can be read") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(&src).expect("below src").to_string_lossy().replace('\\', "/");
                found.push(Source { path: name, text: fs::read_to_string(&path).expect("UTF-8") });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 20, "src/ was not found");
    found
}

/// Runs a check over all of src/ and fails with everything that it found.
fn all_pass(check: impl Fn(&Source) -> Vec<String>) {
    let faults: Vec<String> = sources().iter().flat_map(check).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Files that are compiled for tests only: `#[cfg(test)]` stands before their `mod`.
fn test_files(sources: &[Source]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources {
        let folder = match source.path.rsplit_once('/') {
            Some((folder, "mod.rs")) => format!("{folder}/"),
            None => String::new(),
            Some(_) => format!("{}/", source.path.trim_end_matches(".rs")),
        };
        let lines: Vec<&str> = source.text.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]") {
            if let Some(name) = module_declared(pair[1]) {
                found.insert(format!("{folder}{name}.rs"));
            }
        }
    }
    found
}

/// `x` of `pub mod x;`, `pub(crate) mod x;` or `mod x;`.
fn module_declared(line: &str) -> Option<&str> {
    let line = line.strip_suffix(';')?;
    let (before, name) = line.rsplit_once("mod ")?;
    (before.is_empty() || before.starts_with("pub")).then_some(name)
}

/// The lines with their numbers, without tests: without the declarations of test files, and up to `mod tests`.
fn without_tests(text: &str) -> Vec<(usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        match (lines[at], next) {
            ("#[cfg(test)]", "mod tests {") => break,
            ("#[cfg(test)]", next) if module_declared(next).is_some() => at += 2,
            (line, _) => {
                kept.push((at + 1, line));
                at += 1;
            }
        }
    }
    kept
}

/// The same without lines that are comments.
fn code(text: &str) -> Vec<(usize, &str)> {
    without_tests(text).into_iter().filter(|(_, line)| !line.trim_start().starts_with("//")).collect()
}

/// The modules in the order of lib.rs.
fn order(lib: &str) -> Vec<String> {
    lib.lines().filter_map(module_declared).map(str::to_owned).collect()
}

/// The module path of a file: `feed/load.rs` is [feed, load], `feed/mod.rs` is [feed].
fn module_path(path: &str) -> Vec<&str> {
    let parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    match parts.split_last() {
        Some((&"mod", folders)) => folders.to_vec(),
        _ => parts,
    }
}

/// The text with every `super::` that starts a path resolved to `crate::…`.
fn absolute(text: &str, path: &str) -> String {
    let module = module_path(path);
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some(at) = rest.find("super::") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let mut up = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            (rest, up) = (after, up + 1);
        }
        out.push_str("crate::");
        for part in &module[..module.len().saturating_sub(up)] {
            out.push_str(part);
            out.push_str("::");
        }
    }
    out.push_str(rest);
    out
}

/// The paths that a text names behind `crate::`, also those in groups.
fn paths_used(text: &str) -> Vec<Vec<String>> {
    text.split("crate::").skip(1).flat_map(|after| paths(after).0).collect()
}

/// The paths of a tree such as `a::{b, c::d}`, and the text behind it.
fn paths(text: &str) -> (Vec<Vec<String>>, &str) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if let Some(mut rest) = text.trim_start().strip_prefix('{') {
        let mut members = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
            if rest.is_empty() || rest.starts_with('}') {
                return (members, rest.get(1..).unwrap_or_default());
            }
            let (found, behind) = paths(rest);
            members.extend(found);
            rest = &behind[behind.find([',', '}']).unwrap_or(behind.len())..];
        }
    }
    let (name, rest) = text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
    match rest.strip_prefix("::") {
        Some(inner) if inner.starts_with(|c| c == '{' || is_name(c)) => {
            let (found, rest) = paths(inner);
            (found.into_iter().map(|path| [vec![name.to_owned()], path].concat()).collect(), rest)
        }
        _ => (vec![vec![name.to_owned()]], rest),
    }
}

/// A file that declares modules: their order, and by name what it gives on from them (`pub use`).
struct Folder {
    order: Vec<String>,
    given: BTreeMap<String, String>,
}

impl Folder {
    fn of(text: &str) -> Self {
        let order = order(text);
        let text = text.replace("self::", "");
        let given =
            text.split("\npub").skip(1).filter_map(|item| item.split_once("use ")).flat_map(|(before, tree)| {
                let visibility = before.trim();
                let is_use = visibility.is_empty() || (visibility.starts_with('(') && visibility.ends_with(')'));
                if is_use { paths(tree).0 } else { Vec::new() }
            });
        let given = given.filter_map(|path| Some((path.last()?.clone(), path.first()?.clone())));
        Self { given: given.filter(|(_, module)| order.contains(module)).collect(), order }
    }

    /// Where in the order a name stands: a module's own, or one that is given on from a module.
    fn place(&self, name: &str) -> Option<usize> {
        let name = self.given.get(name).map_or(name, String::as_str);
        self.order.iter().position(|listed| listed == name)
    }
}

/// The files that declare modules, by the module that each is; lib.rs is that without a name.
fn folders(sources: &[Source]) -> BTreeMap<Vec<String>, Folder> {
    let module = |source: &Source| match source.path.as_str() {
        "lib.rs" => Vec::new(),
        path => module_path(path).into_iter().map(str::to_owned).collect(),
    };
    let all = sources.iter().map(|source| (module(source), Folder::of(&source.text)));
    all.filter(|(_, folder)| !folder.order.is_empty()).collect()
}

/// Uses of what is not listed above: of modules in lib.rs, and of files in the list of their folder.
fn arrows(source: &Source, folders: &BTreeMap<Vec<String>, Folder>) -> Vec<String> {
    let module: Vec<String> = module_path(&source.path).into_iter().map(str::to_owned).collect();
    if matches!(module[0].as_str(), "lib" | "main") {
        return Vec::new();
    }
    let lines: Vec<&str> = code(&source.text).into_iter().map(|(_, line)| line).collect();
    let used = paths_used(&absolute(&lines.join("\n"), &source.path));
    let mut faults = BTreeSet::new();
    for (depth, own) in module.iter().enumerate() {
        let Some(folder) = folders.get(&module[..depth]) else { continue };
        if depth > 0 && UNORDERED.contains(&module[0].as_str()) {
            break;
        }
        let list = if depth == 0 { "lib.rs".to_owned() } else { format!("the list of {}", module[..depth].join("/")) };
        let Some(own_place) = folder.place(own) else {
            faults.insert(format!("src/{}: not in {list}", source.path));
            continue;
        };
        for path in used.iter().filter(|path| path.len() > depth && path[..depth] == module[..depth]) {
            // Within a folder, what is no file's name is an item of the file that declares them.
            let upward = folder.place(&path[depth]).map_or(depth == 0, |place| place > own_place);
            if upward {
                faults.insert(format!("src/{}: uses {}, and {list} has it below {own}", source.path, path[depth]));
            }
        }
    }
    faults.into_iter().collect()
}

#[test]
fn a_module_uses_only_what_is_listed_above_it_in_lib_rs_and_in_its_folder() {
    let sources = sources();
    let tests = test_files(&sources);
    let folders = folders(&sources);
    assert!(folders.len() > 10 && folders[&Vec::new()].order.len() > 10, "no folders were found");
    all_pass(|source| if tests.contains(&source.path) { Vec::new() } else { arrows(source, &folders) });
}

#[test]
fn the_check_of_arrows_finds_each_way_of_pointing_upward() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let folders = folders(&[
        source("lib.rs", "//! Words.\npub mod article;\npub mod feed;\n\npub(crate) mod store;\nmod web;\n"),
        source("feed/mod.rs", "mod sheet;\npub mod load;\n\npub use load::{Fault, read as loaded};\n"),
    ]);
    assert_eq!(folders[&Vec::new()].order, ["article", "feed", "store", "web"]);
    let faults = |path: &str, text: &str| arrows(&source(path, text), &folders).len();
    for text in ["use super::load;", "use super::{Axis, Fault};", "use crate::{article, feed::{self, load::Rules}};"] {
        assert_eq!(faults("feed/sheet.rs", text), 1, "{text}");
        assert_eq!(faults("feed/sheet/lines.rs", &text.replace("super::", "super::super::")), 1, "{text}");
    }
    assert_eq!(faults("feed/load.rs", "use super::sheet::Sheet;\nuse super::Axis;"), 0);
    for text in [
        "use crate::web::Limits;",
        "use crate::{article, web};",
        "use crate::{\n    article::{Key, Time},\n    web,\n};",
        "fn f() -> crate::web::Limits {}",
        "use super::super::web;",
        "use crate::{article::Key, store::{Batch, Store}, web::run};",
        "use crate::unlisted;",
    ] {
        assert_eq!(faults("store/plan.rs", text), 1, "{text}");
    }
    assert_eq!(faults("feed/mod.rs", "use super::store;"), 1);
    assert_eq!(faults("later.rs", ""), 1);
    for text in [
        "use super::{article, web};",
        "use crate::article::Key;\nuse crate::feed::{web, x};\nuse super::row;",
        "// crate::web",
        "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::web;\n}",
    ] {
        assert_eq!(faults("store/plan.rs", text), 0, "{text}");
    }
}

fn opening(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().take_while(|line| line.starts_with("//!")).collect();
    let says = lines.iter().filter(|line| line.len() > "//! ".len()).count();
    let sentence = lines.first().is_some_and(|line| line.starts_with("//! ")) && says >= 2;
    let ended = lines.join(" ").contains(". ") || lines.iter().any(|line| line.ends_with(['.', ':']));
    if sentence && ended {
        Vec::new()
    } else {
        vec![format!("src/{}: opens without a //! sentence and what it refuses to know", source.path)]
    }
}

#[test]
fn every_file_opens_with_a_sentence_and_what_it_refuses_to_know() {
    all_pass(opening);
}

#[test]
fn the_check_of_openings_finds_files_without() {
    let faults = |text: &str| opening(&Source { path: "a.rs".to_owned(), text: text.to_owned() }).len();
    assert_eq!(faults("//! Words.\n//!\n//! Knows nothing of I/O.\n\nuse x;\n"), 0);
    for text in
        ["use x;\n", "//! Words.\n\nuse x;\n", "//! Words.\n//!\n", "\n//! Words.\n//! More.\n", "//! a\n//! b\n"]
    {
        assert_eq!(faults(text), 1, "{text:?}");
    }
}

fn file_size(source: &Source) -> Vec<String> {
    let lines = without_tests(&source.text).len();
    if lines > MAX_FILE { vec![format!("src/{}: {lines} lines without tests", source.path)] } else { Vec::new() }
}

#[test]
fn no_file_is_longer_than_400_lines_without_its_tests() {
    all_pass(file_size);
}

#[test]
fn the_check_of_file_sizes_counts_code_and_not_tests() {
    let faults = |text: String| file_size(&Source { path: "a.rs".to_owned(), text }).len();
    assert_eq!(faults("x\n".repeat(400)), 0);
    assert_eq!(faults("x\n".repeat(401)), 1);
    assert_eq!(faults(format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "x\n".repeat(400), "y\n".repeat(400))), 0);
    assert_eq!(faults(format!("#[cfg(test)]\nmod samples;\n{}", "x\n".repeat(401))), 1);
}

/// Whether a line begins a function: `fn` behind nothing but what may qualify one.
fn begins_function(line: &str) -> bool {
    let Some((before, _)) = line.split_once("fn ") else { return false };
    before.split_whitespace().all(|word| {
        word.starts_with("pub") || matches!(word, "async" | "const" | "extern" | "\"C\"" | "unsafe") || word == "super)"
    })
}

fn function_sizes(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut faults = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| begins_function(line)) {
        let indent = &line[..line.len() - line.trim_start().len()];
        let ends = |line: &&str| {
            let own = line.strip_prefix(indent).unwrap_or_default();
            own == "}" || (!own.starts_with([' ', '/']) && (own.ends_with(';') || own.ends_with(" }")))
        };
        let length = lines[at..].iter().position(ends).map_or(lines.len() - at, |end| end + 1);
        if length > MAX_FUNCTION {
            faults.push(format!("src/{}:{}: a function of {length} lines", source.path, at + 1));
        }
    }
    faults
}

#[test]
fn no_function_is_longer_than_80_lines() {
    all_pass(function_sizes);
}

#[test]
fn the_check_of_function_sizes_finds_each_kind_of_function() {
    let faults = |text: String| function_sizes(&Source { path: "a.rs".to_owned(), text }).len();
    let body = |lines| "    x;\n".repeat(lines);
    assert_eq!(faults(format!("fn f() {{\n{}}}\n", body(78))), 0);
    assert_eq!(faults(format!("fn f() {{\n{}}}\n", body(79))), 1);
    assert_eq!(faults(format!("pub(super) async fn f(\n    a: u8,\n) -> u8 {{\n{}}}\n", body(77))), 1);
    assert_eq!(faults(format!("impl X {{\n    pub fn f() {{\n{}    }}\n}}\n", "        x;\n".repeat(79))), 1);
    let short = "fn f() { x }\nfn g();\n    fn h(\n        a: u8,\n    ) -> u8;\n";
    assert_eq!(faults(format!("{short}{}", body(90))), 0);
}

/// Lines of code (not of tests or comments) that hold any of `texts`, in files that `concerns` names.
fn forbidden(source: &Source, texts: &[&str], concerns: impl Fn(&str) -> bool) -> Vec<String> {
    if !concerns(&source.path) {
        return Vec::new();
    }
    let lines = code(&source.text).into_iter();
    let bad = lines.filter_map(|(n, line)| texts.iter().find(|text| line.contains(**text)).map(|text| (n, *text)));
    bad.map(|(n, text)| format!("src/{}:{n}: {text}", source.path)).collect()
}

const UNWRAP: &[&str] = &[".unwrap()", ".unwrap_err()", "::unwrap)", "todo!(", "unimplemented!(", "dbg!("];
const SQL: &[&str] = &[
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE FROM",
    "CREATE TABLE",
    "CREATE INDEX",
    "DROP TABLE",
    "ALTER TABLE",
    "PRAGMA ",
    "BEGIN IMMEDIATE",
    "ORDER BY ",
    "rusqlite::Connection",
    "use rusqlite",
];
const PRINTING: &[&str] = &["print!(", "println!(", "io::stdout()", "io::stderr()"];
const ENVIRONMENT: &[&str] = &["std::env", "env::var", "env::args", "env::current_dir", "option_env!"];

#[test]
fn nothing_unwraps_outside_tests() {
    let tests = test_files(&sources());
    all_pass(|source| forbidden(source, UNWRAP, |path| !tests.contains(path)));
}

#[test]
fn sql_is_in_the_store_alone() {
    all_pass(|source| forbidden(source, SQL, |path| !path.starts_with("store/")));
}

#[test]
fn clap_alone_reads_the_environment() {
    all_pass(|source| forbidden(source, ENVIRONMENT, |_| true));
}

#[test]
fn one_place_prints() {
    all_pass(|source| forbidden(source, PRINTING, |path| path != "cli/output.rs"));
}

#[test]
fn anyhow_is_for_the_shell_alone() {
    all_pass(|source| forbidden(source, &["anyhow"], |path| path != "main.rs" && !path.starts_with("cli")));
}

#[test]
fn the_checks_of_refusals_find_code_and_pass_over_comments_and_tests() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let count = |texts: &[&str], text: &str| forbidden(&source("a.rs", text), texts, |_| true).len();
    assert_eq!(count(UNWRAP, "let x = y.unwrap();\nz.map(Option::unwrap);\n"), 2);
    assert_eq!(count(UNWRAP, "// y.unwrap()\n/// z.unwrap()\nlet x = y.unwrap_or(1);\n"), 0);
    assert_eq!(count(UNWRAP, "#[cfg(test)]\nmod tests {\n    y.unwrap();\n}\n"), 0);
    assert_eq!(count(UNWRAP, "#[cfg(test)]\nfn hidden() {\n    y.unwrap();\n}\n"), 1);
    assert_eq!(count(SQL, "const Q: &str = \"SELECT 1\";\n"), 1);
    assert_eq!(count(ENVIRONMENT, "    std::env::var(\"HOME\")\n"), 1);
    assert_eq!(forbidden(&source("store/sql.rs", "SELECT 1"), SQL, |path| !path.starts_with("store/")).len(), 0);
}

/// Names that say nothing of what is inside.
fn vague(source: &Source) -> Vec<String> {
    let vague = |part: &&str| ["util", "utils", "helper", "helpers", "manager", "common", "misc"].contains(part);
    let found = module_path(&source.path).into_iter().find(vague);
    found.map(|part| format!("src/{}: {part} is no name", source.path)).into_iter().collect()
}

#[test]
fn no_module_has_a_name_that_says_nothing() {
    all_pass(vague);
    assert_eq!(vague(&Source { path: "store/util.rs".to_owned(), text: String::new() }).len(), 1);
}

/// Nothing but `mod tests` and test files may hide behind `#[cfg(test)]`, and nothing stands below the tests.
fn hidden(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut faults = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.trim_start() == "#[cfg(test)]") {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        let tests_end = lines[at..].iter().position(|line| *line == "}").map(|end| at + end + 1);
        let last = next == "mod tests {" && tests_end == Some(lines.len());
        if !(line.starts_with('#') && (last || module_declared(next).is_some())) {
            faults.push(format!("src/{}:{}: #[cfg(test)] on what is not the tests at the end", source.path, at + 1));
        }
    }
    faults
}

#[test]
fn tests_stand_at_the_end_and_hide_nothing() {
    all_pass(hidden);
    let faults = |text: &str| hidden(&Source { path: "a.rs".to_owned(), text: text.to_owned() }).len();
    assert_eq!(faults("#[cfg(test)]\nmod samples;\n#[cfg(test)]\nmod tests {\n    fn f() {\n    }\n}\n"), 0);
    assert_eq!(faults("#[cfg(test)]\nfn f() {\n}\n"), 1);
    assert_eq!(faults("#[cfg(test)]\nmod tests {\n}\nfn f() {}\n"), 1);
}

#[test]
fn architecture_md_can_be_read_in_one_sitting() {
    let fits = |text: &str| text.lines().count() <= MAX_ARCHITECTURE;
    assert!(fits(&"x\n".repeat(150)) && !fits(&"x\n".repeat(151)));
    if let Ok(text) = fs::read_to_string(root().join("ARCHITECTURE.md")) {
        assert!(fits(&text), "ARCHITECTURE.md has {} lines", text.lines().count());
    }
}
