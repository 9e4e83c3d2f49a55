//! The papers against what they speak of: options against `--help`, links against files and headings, rules against code.
//!
//! Knows nothing of Markdown but headings, links, tables and code, as these papers use them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Environment variables that only tests read.
const OF_TESTS: [&str; 3] = ["WELLHEAD_AXE", "WELLHEAD_GOLDEN", "WELLHEAD_SCREENSHOTS"];
/// Programs that the papers call and whose options are their own.
const OTHERS: [&str; 4] = ["cargo", "git", "rustup", "chromium"];
/// The longest README.
const MAX_README: usize = 150;

/// An option as `--help` tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Told {
    short: Option<String>,
    value: String,
    environment: String,
    default: String,
}

/// The options of each command by their long names, without `--help` and `--version`.
type Commands = BTreeMap<String, BTreeMap<String, Told>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Markdown file of the project, by its path.
fn papers() -> BTreeMap<PathBuf, String> {
    let folders = ["", "docs"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    let paths = files.map(|entry| entry.expect("an entry").path());
    let papers: BTreeMap<_, _> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .map(|path| (path.clone(), read(path)))
        .collect();
    assert!(papers.len() > 10, "{:?}", papers.keys());
    papers
}

/// The text between two others, if both are there.
fn between<'t>(text: &'t str, from: &str, to: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(from)?;
    rest.split_once(to).map(|(found, _)| found)
}

/// The help of a command, and of all below it, gathered into `commands`.
fn gather(words: &[&str], commands: &mut Commands) {
    let output = Command::new(env!("CARGO_BIN_EXE_wellhead")).args(words).arg("--help").output().expect("it starts");
    assert!(output.status.success(), "{words:?}");
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    if let Some((_, list)) = help.split_once("\nCommands:\n") {
        let names = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
        names.filter(|name| *name != "help").for_each(|name| gather(&[words, &[name]].concat(), commands));
    } else {
        commands.insert(words.join(" "), options(&help));
    }
}

/// The options in a help's text.
fn options(help: &str) -> BTreeMap<String, Told> {
    let mut found: Vec<(String, Told, String)> = Vec::new();
    for line in help.lines() {
        let option = line.trim_start();
        if line.starts_with(' ') && option.starts_with('-') && option.contains("--") {
            let (before, after) = option.split_once("--").expect("it is there");
            let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            let told = Told {
                short: before.strip_suffix(", ").map(str::to_owned),
                value: between(option, "<", ">").unwrap_or_default().to_owned(),
                ..Told::default()
            };
            found.push((format!("--{name}"), told, option.to_owned()));
        } else if let Some((_, _, text)) = found.last_mut() {
            text.push(' ');
            text.push_str(option);
        }
    }
    let complete = |(name, told, text): (String, Told, String)| {
        let environment = between(&text, "[env: ", "=").unwrap_or_default().to_owned();
        let default = between(&text, "[default: ", "]").unwrap_or_default().to_owned();
        (name, Told { environment, default, ..told })
    };
    found.into_iter().map(complete).filter(|(name, _)| name != "--help" && name != "--version").collect()
}

fn commands() -> Commands {
    let mut commands = Commands::new();
    gather(&[], &mut commands);
    assert!(commands.len() > 10, "{:?}", commands.keys());
    commands
}

/// The code in a text, span by span.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// All code in a text: spans, and lines that are indented or fenced, without those that call other programs. A span may
/// go on in the next line of a paragraph.
fn code(text: &str) -> Vec<String> {
    let mut fenced = false;
    let (mut found, mut paragraphs) = (Vec::new(), vec![String::new()]);
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if !fence && (fenced || line.starts_with("    ")) {
            found.push(line.trim().to_owned());
        } else if fence || line.is_empty() {
            paragraphs.push(String::new());
        } else if let Some(paragraph) = paragraphs.last_mut() {
            paragraph.push_str(line.trim_start());
            paragraph.push(' ');
        }
    }
    found.extend(paragraphs.iter().flat_map(|paragraph| spans(paragraph)).map(str::to_owned));
    let program = |code: &str| code.split(' ').find(|word| !word.contains('=')).unwrap_or_default().to_owned();
    found.retain(|code| !OTHERS.contains(&program(code).as_str()));
    found
}

#[test]
fn code_is_found_in_spans_of_several_lines_and_in_blocks() {
    let text = "Say `wellhead\nfeeds` or `a`:\n\n    one --two\n\n```sh\nthree\n```\n`X=1 cargo --four`\n";
    assert_eq!(code(text), ["one --two", "three", "wellhead feeds", "a"]);
}

/// The long options in a piece of code.
fn long_options(code: &str) -> impl Iterator<Item = String> {
    let words = code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let long = words.filter(|word| word.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c != '-')));
    long.map(str::to_owned)
}

/// The rows of a table of settings with the paragraph before it: who takes them, and the cells.
fn settings(text: &str) -> Vec<(String, Vec<String>)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut rows = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("| option |")) {
        let mut who: Vec<&str> = lines[..at - 1].iter().rev().take_while(|line| !line.is_empty()).copied().collect();
        who.reverse();
        for row in lines[at + 2..].iter().take_while(|line| line.starts_with('|')) {
            let cells = row.trim_matches('|').split(" | ").map(|cell| cell.trim().replace('`', ""));
            rows.push((who.join(" "), cells.collect()));
        }
    }
    rows
}

#[test]
fn every_setting_is_documented_as_help_tells_it_and_no_other() {
    let (commands, page) = (commands(), read("docs/operating.md"));
    let mut documented: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (who, cells) in settings(&page) {
        let [option, environment, default, what] = &cells[..] else { panic!("four cells: {cells:?}") };
        assert!(!what.is_empty(), "{option}");
        let (name, value) = option.split_once(' ').expect("an option and its value");
        let takers: BTreeSet<String> = match who.starts_with("Every command") {
            true => commands.keys().cloned().collect(),
            false => spans(&who).map(str::to_owned).collect(),
        };
        for taker in &takers {
            let told = commands.get(taker).and_then(|options| options.get(name));
            let told = told.unwrap_or_else(|| panic!("{taker} has no {name}"));
            let default = if default == "none" { "" } else { default };
            assert_eq!((&told.value[..], &told.environment[..]), (value, &environment[..]), "{taker} {name}");
            assert_eq!(told.default, default, "{taker} {name}");
        }
        assert!(documented.insert(name.to_owned(), takers).is_none(), "{name} is there twice");
    }
    for (command, options) in &commands {
        for (name, told) in options.iter().filter(|(_, told)| !told.environment.is_empty()) {
            let takers =
                documented.get(name).unwrap_or_else(|| panic!("{name} ({}) is not documented", told.environment));
            assert!(takers.contains(command), "{command} takes {name}, too");
        }
    }
}

#[test]
fn every_option_of_a_command_stands_in_the_list_of_commands_and_no_other() {
    let (commands, page) = (commands(), read("docs/operating.md"));
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `wellhead ")) {
        let cell = line.split(" | ").next().expect("a cell");
        let mut group = "";
        for span in spans(cell) {
            let words = span.strip_prefix("wellhead ").unwrap_or(span);
            let name = |words: &str| {
                commands.keys().find(|name| format!("{words} ").starts_with(&format!("{name} "))).cloned()
            };
            let name = name(words).or_else(|| name(&format!("{group} {words}")));
            let name = name.unwrap_or_else(|| panic!("{span} is no command"));
            group = words.split(' ').next().filter(|_| span.starts_with("wellhead ")).unwrap_or(group);
            let short = words.split(['[', ']', ' ']).filter(|word| word.len() == 2 && word.starts_with('-'));
            listed.insert(name, long_options(words).chain(short.map(str::to_owned)).collect());
        }
    }
    for (command, options) in &commands {
        let own = options.iter().filter(|(_, told)| told.environment.is_empty());
        let list = listed.get(command).unwrap_or_else(|| panic!("{command} is not listed"));
        // One that has a short form is listed by that.
        let own: BTreeSet<String> = own.map(|(name, told)| told.short.as_ref().unwrap_or(name).clone()).collect();
        assert_eq!(&own, list, "{command}");
    }
    assert_eq!(listed.len(), commands.len());
}

#[test]
fn no_paper_names_an_option_or_variable_that_is_not_there() {
    let commands = commands();
    let all: BTreeSet<&str> = commands.values().flat_map(|options| options.keys().map(String::as_str)).collect();
    let variables: BTreeSet<&str> =
        commands.values().flat_map(|options| options.values().map(|told| told.environment.as_str())).collect();
    for (path, text) in papers() {
        for code in code(&text) {
            let code = code.as_str();
            let called = code.strip_prefix("wellhead ").filter(|_| !code.starts_with("wellhead --"));
            let command = called.and_then(|words| commands.keys().find(|name| words.starts_with(name.as_str())));
            for option in long_options(code).filter(|option| option != "--help" && option != "--version") {
                let known = match command {
                    Some(command) => commands[command].contains_key(&option),
                    None => all.contains(option.as_str()),
                };
                assert!(known, "{}: {option} in {code:?}", path.display());
            }
        }
        for word in text.split(|c: char| !(c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())) {
            let ours = word.starts_with("WELLHEAD_") && word.len() > "WELLHEAD_".len();
            assert!(!ours || variables.contains(word) || OF_TESTS.contains(&word), "{}: {word}", path.display());
        }
    }
}

/// The name by which a heading can be linked to, as forges make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn headings(text: &str) -> BTreeSet<String> {
    text.lines().filter(|line| line.starts_with('#')).map(|line| anchor(line.trim_start_matches('#'))).collect()
}

#[test]
fn every_link_within_the_papers_leads_somewhere() {
    let papers = papers();
    let mut links = 0;
    for (path, text) in &papers {
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('/')) {
            let (file, heading) =
                target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
            let file = if file.is_empty() { path.clone() } else { path.parent().expect("a folder").join(file) };
            let there = fs::canonicalize(&file).unwrap_or_else(|error| panic!("{}: {target}: {error}", path.display()));
            if let Some(heading) = heading {
                assert!(headings(&papers[&there]).contains(heading), "{}: {target}", path.display());
            }
            links += 1;
        }
    }
    assert!(links > 40, "{links} links were found");
}

#[test]
fn anchors_are_made_as_forges_make_them() {
    assert_eq!(anchor(" What a poll gets"), "what-a-poll-gets");
    assert_eq!(anchor(" 4. Identity is permanent"), "4-identity-is-permanent");
    assert_eq!(anchor(" Who's `first`"), "whos-first");
}

#[test]
fn a_table_is_not_broken_by_a_blank_line() {
    for (path, text) in papers() {
        let lines: Vec<&str> = text.lines().collect();
        for (at, window) in lines.windows(4).enumerate() {
            let [before, blank, first, second] = window else { continue };
            let broken = before.starts_with('|') && blank.is_empty() && first.starts_with('|');
            assert!(!broken || second.starts_with("|---"), "{}:{}", path.display(), at + 2);
        }
    }
}

#[test]
fn both_readmes_are_short_and_say_the_same_commands() {
    let [english, chinese] = ["README.md", "README.zh-CN.md"].map(read);
    for text in [&english, &chinese] {
        assert!(text.lines().count() <= MAX_README, "{} lines", text.lines().count());
    }
    let indented = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("    ")).map(|line| line.trim().to_owned()).collect()
    };
    assert_eq!(indented(&english), indented(&chinese));
}

/// The numbers that follow "rule " or "rules " in a text.
fn rules_named(text: &str) -> Vec<usize> {
    let after =
        text.split("rule ").chain(text.split("rules ")).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let numbers = after.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    numbers.map(|number| number.parse().expect("a number")).collect()
}

#[test]
fn the_ten_rules_have_a_page_and_the_code_names_no_others() {
    let page = read("docs/rules.md");
    let numbers = page.lines().filter_map(|line| line.strip_prefix("## ")?.split_once(". ")?.0.parse::<usize>().ok());
    assert_eq!(numbers.collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    let mut folders = vec![root().join("src")];
    let mut named = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => named.extend(rules_named(&read(&path))),
            }
        }
    }
    assert!(named.len() > 30 && named.iter().all(|rule| (1..=10).contains(rule)), "{named:?}");
}
