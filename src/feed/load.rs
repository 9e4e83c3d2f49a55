//! Reads feeds/: a site, its districts and its topics, each from a small file that an editor writes, all checked.
//!
//! Knows nothing of articles, stores or settings, and repairs nothing: it lists every fault, with its file and line.
//!
//! `site.toml` describes the site. `districts/` and `topics/` hold one file a feed; its name without `.toml` is the
//! feed's slug, for districts and topics together. Only `title` and `[terms]` must be there:
//!
//! ```toml
//! title = "盐业"                 # the feed's name for people
//! title_en = "Salt"             # and in English
//! description = "盐井与盐化工"    # one line
//! description_en = "Salt wells"  # and in English
//! code = "510304"               # districts only: GB/T 2260
//! aliases = ["/category/yan/feed/"] # where its feed was before; Atom or JSON if the address says so, else RSS
//! formerly = ["brine"]          # slugs that it had before, or of what was merged into it
//! retired = 2026-11-30          # its readers are told on this day, and 30 days later it is gone
//! farewell = "请改订…"           # what they are told
//! exclude = ["卤水鸭"]           # longer words in which a term below means something else
//!
//! [terms]                       # what speaks for the feed, and how loudly
//! "盐井" = 3                     # 3: places an article by its headline alone
//! "卤水" = 2                     # 2: with something else; 1: a hint; 4 and 5: also when only the body says it
//! ```
//!
//! Letters match in either case and width, and only as whole words: AI is not in MAIL. Of terms within each other, the
//! longest speaks: beside `"恐龙" = 3`, `"恐龙灭绝" = 1` makes that phrase a hint. How weights add up: [`super::classify`].

use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::classify::{Classifier, Rules};
use super::define::{Defined, DefinedSite, feed, site};
use super::sheet::Sheet;
use super::{Aliases, Axis, FeedDef, FeedKey, FeedSet, Site, addresses, paths};
use crate::article::Slug;
use crate::regular;

pub use super::sheet::Fault;

/// The size of a file beyond which it is nothing an editor wrote.
pub const MAX_FILE: u64 = 256 * 1024;

/// All that is wrong with a set of definitions: one fault a line, by file and line.
#[derive(Debug, thiserror::Error)]
pub struct DefinitionError {
    /// At least one.
    pub faults: Vec<Fault>,
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.faults.iter().map(Fault::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Reads a folder: site.toml, districts/*.toml, topics/*.toml. Other files, and hidden ones, are left alone.
pub fn from_folder(folder: &Path) -> Result<FeedSet, DefinitionError> {
    let mut faults = Vec::new();
    let mut texts = Vec::new();
    for path in toml_files(folder, &mut faults) {
        match read(&path) {
            Ok(text) => texts.push((path.strip_prefix(folder).unwrap_or(&path).to_owned(), text)),
            Err(reason) => faults.push(Fault { file: path.display().to_string(), line: None, reason }),
        }
    }
    let names: Vec<String> = texts.iter().map(|(path, _)| path.to_string_lossy().replace('\\', "/")).collect();
    let files = names.iter().map(String::as_str).zip(texts.iter().map(|(_, text)| text.as_str()));
    assemble(&folder.to_string_lossy(), files, faults)
}

/// Reads definitions that are at hand: names below the folder, such as `topics/salt.toml`, with their texts. `folder`
/// stands before the names in messages.
pub fn from_texts<'t>(
    folder: &str,
    files: impl IntoIterator<Item = (&'t str, &'t str)>,
) -> Result<FeedSet, DefinitionError> {
    assemble(folder, files, Vec::new())
}

/// The definitions in a folder and in its folders, in order of their names.
fn toml_files(folder: &Path, faults: &mut Vec<Fault>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        match visible(&folder) {
            Ok(paths) => {
                // Whatever is called so is meant to be a definition; if it is no regular file, that is a fault.
                let is_toml = |path: &PathBuf| path.extension().is_some_and(|e| e == "toml");
                let (toml, others): (Vec<_>, Vec<_>) = paths.into_iter().partition(is_toml);
                files.extend(toml);
                folders.extend(others.into_iter().filter(|path| depth == 0 && path.is_dir()).map(|path| (path, 1)));
            }
            Err(error) => {
                let reason = format!("the folder cannot be read: {error}");
                faults.push(Fault { file: folder.display().to_string(), line: None, reason });
            }
        }
    }
    files.sort();
    files
}

/// The files of a folder, without those that an editing program hides there.
fn visible(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    let hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    Ok(paths.into_iter().filter(|path| !hidden(path)).collect())
}

fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = regular::open(path).map_err(|error| format!("cannot be opened: {error}"))?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|_| "is not text in UTF-8".to_owned())
}

fn too_large() -> String {
    format!("is over {} KiB, more than anybody writes by hand", MAX_FILE / 1024)
}

/// An alias where it is written.
struct Alias {
    of: FeedKey,
    text: String,
    file: String,
    line: usize,
}

/// The definitions in the files read so far.
#[derive(Default)]
struct Definitions {
    /// The site, and the zone of dates that name none.
    site: Option<(Site, Option<Tz>)>,
    feeds: Vec<(FeedDef, Rules)>,
    /// The file that first used each slug and each code.
    files: HashMap<String, String>,
    aliases: Vec<Alias>,
    faults: Vec<Fault>,
}

fn assemble<'t>(
    folder: &str,
    files: impl IntoIterator<Item = (&'t str, &'t str)>,
    faults: Vec<Fault>,
) -> Result<FeedSet, DefinitionError> {
    let mut definitions = Definitions { faults, ..Definitions::default() };
    let folder = folder.trim_end_matches('/');
    let site = format!("{folder}/site.toml");
    let mut described = definitions.faults.iter().any(|fault| fault.file == site);
    let mut digest = Sha256::new();
    for (name, text) in files.into_iter().filter(|(name, _)| name.ends_with(".toml")) {
        described |= name == "site.toml";
        digest.update(format!("{}:{name}{}:{text}", name.len(), text.len()));
        definitions.file(name, &format!("{folder}/{name}"), text);
    }
    if !described {
        definitions.fault(&site, "is missing: it names the site and its address");
    }
    definitions.finish(folder, data_encoding::HEXLOWER.encode(&digest.finalize()[..16]))
}

impl Definitions {
    fn fault(&mut self, file: &str, reason: impl Into<String>) {
        self.faults.push(Fault { file: file.to_owned(), line: None, reason: reason.into() });
    }

    /// Reads one file; `name` is below the folder, `file` with it.
    fn file(&mut self, name: &str, file: &str, text: &str) {
        if text.len() as u64 > MAX_FILE {
            return self.fault(file, too_large());
        }
        let stem = name.trim_end_matches(".toml");
        match stem.split_once('/') {
            None if stem == "site" => self.site(file, text),
            Some(("districts", stem)) => self.feed(Axis::District, stem, file, text),
            Some(("topics", stem)) => self.feed(Axis::Topic, stem, file, text),
            _ => self.fault(file, "is none of site.toml, districts/….toml and topics/….toml"),
        }
    }

    fn site(&mut self, file: &str, text: &str) {
        let (mut sheet, section) = Sheet::open(file, text);
        if let Some(DefinedSite { site, alias_lines, dates_in }) = section.and_then(|section| site(&mut sheet, section))
        {
            self.note_aliases(FeedKey::All, &site.aliases, file, alias_lines);
            self.site = Some((site, dates_in));
        }
        self.faults.append(&mut sheet.faults);
    }

    fn feed(&mut self, axis: Axis, stem: &str, file: &str, text: &str) {
        let slug = Slug::parse(stem);
        if slug.is_none() {
            self.fault(file, "the file's name may hold only a-z, 0-9 and inner hyphens, at most 64 of them");
        }
        if let Some(first) = self.first(stem, file) {
            self.fault(file, format!("has the same name as {first}; a name belongs to one district or topic"));
        }
        let (mut sheet, section) = Sheet::open(file, text);
        let slug = slug.or_else(|| Slug::parse("unnamed")); // so that the rest of the file is checked too
        let read = section.zip(slug).and_then(|(section, slug)| feed(&mut sheet, section, axis, slug));
        if let Some(Defined { def, rules, code_at, formerly_at, alias_lines }) = read {
            self.note_aliases(def.key(), &def.aliases, file, alias_lines);
            if let Some(first) = def.code.as_ref().and_then(|code| self.first(&format!("code {code}"), file)) {
                sheet.fault(code_at, format!("`code` is that of {first} as well"));
            }
            for (slug, at) in def.formerly.iter().zip(formerly_at) {
                if let Some(first) = self.first(slug.as_str(), file).or((*slug == def.slug).then(|| file.to_owned())) {
                    sheet.fault(at, format!("`formerly` names \"{slug}\", but {first} goes by that name"));
                }
            }
            self.feeds.push((def, rules));
        }
        self.faults.append(&mut sheet.faults);
    }

    /// The file that claimed a slug or code before this one did.
    fn first(&mut self, claim: &str, file: &str) -> Option<String> {
        let first = self.files.entry(claim.to_owned()).or_insert_with(|| file.to_owned());
        (first != file).then(|| first.clone())
    }

    fn note_aliases(&mut self, of: FeedKey, aliases: &[String], file: &str, lines: Vec<usize>) {
        let noted = aliases.iter().zip(lines);
        let alias =
            |(text, line): (&String, usize)| Alias { of: of.clone(), text: text.clone(), file: file.to_owned(), line };
        self.aliases.extend(noted.map(alias));
    }

    /// Every address at which a feed was before, by the spelling in which they are compared.
    fn aliases(&mut self, defs: &[FeedDef]) -> Aliases {
        let named = |axis, slug: &Slug| {
            defs.iter().any(|def| def.axis == axis && (def.slug == *slug || def.formerly.contains(slug)))
        };
        let is_feed = |key: &FeedKey| {
            key.districts().iter().all(|slug| named(Axis::District, slug))
                && key.topics().iter().all(|slug| named(Axis::Topic, slug))
        };
        let mut aliases = Aliases::new();
        for Alias { of, text, file, line } in std::mem::take(&mut self.aliases) {
            let Ok((plain, query)) = paths::alias(&text) else { continue };
            let first = aliases.insert(addresses::alias_key(&plain, query), of.clone()).filter(|first| *first != of);
            let reason = match first {
                Some(first) => format!("is also one of {first}"),
                None if paths::occupied(&plain, query, is_feed) => {
                    "is the address of something else that is published, in this spelling or another".to_owned()
                }
                None => continue,
            };
            self.faults.push(Fault { file, line: Some(line), reason: format!("the alias \"{text}\" {reason}") });
        }
        aliases
    }

    fn finish(mut self, folder: &str, digest: String) -> Result<FeedSet, DefinitionError> {
        let (mut defs, rules): (Vec<_>, Vec<_>) = self.feeds.drain(..).unzip();
        let classifier = Classifier::new(rules);
        if let Err(error) = &classifier {
            self.faults.push(Fault { file: folder.to_owned(), line: None, reason: format!("too many terms: {error}") });
        }
        let former = self.aliases(&defs);
        self.faults.sort();
        match (self.site, classifier) {
            (Some((site, dates_in)), Ok(classifier)) if self.faults.is_empty() => {
                // Districts have codes or not; the country's order is the codes'.
                defs.sort_by(|a, b| {
                    (a.axis, a.code.is_none(), &a.code, &a.slug).cmp(&(b.axis, b.code.is_none(), &b.code, &b.slug))
                });
                let (retired, defs): (Vec<_>, Vec<_>) = defs.into_iter().partition(|def| def.retired.is_some());
                let (districts, topics) = defs.into_iter().partition(|def| def.axis == Axis::District);
                Ok(FeedSet {
                    site,
                    districts,
                    topics,
                    retired,
                    former,
                    digest,
                    dates_in,
                    media: Vec::new(),
                    classifier,
                })
            }
            _ => Err(DefinitionError { faults: self.faults }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = r#"
title = "盐都新闻"
base_url = "https://news.example/zg/"
language = "zh-CN"
authority = "news.example"
year = 2026
time_zone = "Asia/Shanghai"
[[authors]]
name = "编辑部"
"#;
    const SALT: &str = "title = \"盐业\"\n[terms]\n\"盐井\" = 3\n";

    /// The faults of a set of files, as an editor sees them.
    fn faults(files: &[(&str, &str)]) -> Vec<String> {
        let error = from_texts("feeds", files.iter().copied()).expect_err("something is wrong");
        error.to_string().lines().map(str::to_owned).collect()
    }

    /// The faults of a topic with this text.
    fn topic(text: &str) -> Vec<String> {
        faults(&[("site.toml", SITE), ("topics/salt.toml", text)])
    }

    /// The faults of a site in which one line is another.
    fn site_with(line: &str, other: &str) -> Vec<String> {
        assert!(SITE.contains(line), "{line}");
        faults(&[("site.toml", &SITE.replace(line, other))])
    }

    #[track_caller]
    fn assert_fault(found: Vec<String>, start: &str, reason: &str) {
        let [one] = &found[..] else { panic!("{found:#?}") };
        assert!(one.starts_with(start) && one.contains(reason), "{one}");
    }

    #[test]
    fn a_site_without_districts_and_with_defaults_is_whole() {
        let set = from_texts("feeds", [("site.toml", SITE), ("topics/salt.toml", SALT)]).expect("it is right");
        assert_eq!((set.site.base_url.as_str(), set.site.max_age), ("https://news.example/zg", 600));
        assert_eq!((set.districts.len(), set.topics.len()), (0, 1));
        assert_eq!(set.classifier.classify("盐井", "").labels.topics, [Slug::parse("salt").expect("a slug")]);
    }

    #[test]
    fn districts_stand_in_the_order_of_their_codes() {
        let district = |code: &str| format!("title = \"区\"\n{code}\n[terms]\n\"盐井\" = 3\n");
        let (a, b, c) = (district(""), district("code = \"510322\""), district("code = \"510304\""));
        let files = [("site.toml", SITE), ("districts/a.toml", &a), ("districts/b.toml", &b), ("districts/c.toml", &c)];
        let set = from_texts("feeds", files).expect("they are right");
        let slugs: Vec<&str> = set.districts.iter().map(|d| d.slug.as_str()).collect();
        assert_eq!(slugs, ["c", "b", "a"]);
    }

    #[test]
    fn all_faults_of_all_files_come_at_once() {
        let found = faults(&[
            ("site.toml", &SITE.replace("2026", "26").replace("zh-CN", "中文")),
            ("topics/salt.toml", "titel = \"盐\"\nexclude = [\"盐城\"]\n[terms]\n\"盐井\" = 0\n\"盐商\" = 9\n"),
            ("topics/bad.toml", "title = “盐”\n"),
        ]);
        let places: Vec<&str> = found.iter().filter_map(|f| f.split(": ").next()).collect();
        let salt = "feeds/topics/salt.toml:";
        let salt = [1, 1, 2, 4, 5].map(|line| format!("{salt}{line}"));
        assert_eq!(places[..2], ["feeds/site.toml:4", "feeds/site.toml:6"]);
        assert!(places[2].starts_with("feeds/topics/bad.toml:1"), "{found:#?}");
        assert_eq!(places[places.len() - 5..], salt);
    }

    #[test]
    fn unknown_keys_are_named_with_the_known_ones() {
        assert_fault(topic(&SALT.replace("[terms]", "colour = 1\n[terms]")), "feeds/topics/salt.toml:2", "`colour`");
        assert_fault(site_with("name =", "email = \"a@b\"\nname ="), "feeds/site.toml:9", "`email`");
        assert_fault(topic(&format!("code = \"510304\"\n{SALT}")), "feeds/topics/salt.toml:1", "districts only");
    }

    #[test]
    fn broken_toml_is_explained_where_it_breaks() {
        let line = "feeds/topics/salt.toml:4";
        assert!(topic(&format!("{SALT}盐商 = 3\n"))[0].starts_with(line));
        assert!(topic(&format!("{SALT}盐商 = 3\n"))[0].contains("put the word in quotation marks"));
        assert!(topic(&format!("{SALT}“盐商” = 3\n"))[0].contains("as on an English keyboard"));
        assert_fault(topic(&format!("{SALT}\"盐井\" = 3\n")), line, "stands twice");
    }

    #[test]
    fn values_of_the_wrong_kind_are_refused() {
        let line = "feeds/topics/salt.toml:4";
        assert_fault(topic(&format!("{SALT}\"盐商\" = \"3\"\n")), line, "whole number, not text");
        assert_fault(topic(&format!("{SALT}\"盐商\" = 1.5\n")), line, "decimal point");
        assert_fault(topic(&format!("{SALT}exclude = [\"盐井酒\"]\n")), line, "above this section");
        assert_fault(topic(&SALT.replace("\"盐业\"", "7")), "feeds/topics/salt.toml:1", "must be text");
        assert_fault(topic(&format!("exclude = \"盐井酒\"\n{SALT}")), "feeds/topics/salt.toml:1", "must be a list");
        assert_fault(topic("title = \"盐\"\nterms = [\"盐井\"]\n"), "feeds/topics/salt.toml:2", "must be a section");
        assert_fault(site_with("[[authors]]", "[authors]"), "feeds/site.toml:8", "[[authors]]");
    }

    #[test]
    fn rules_that_place_nothing_are_refused() {
        let file = "feeds/topics/salt.toml";
        assert_fault(topic("title = \"盐\"\n"), file, "`terms` is missing");
        assert_fault(topic("title = \"盐\"\n[terms]\n"), &format!("{file}:2"), "there are no terms");
        assert_fault(topic("title = \"盐\"\n[terms]\n\"盐\" = 1\n"), &format!("{file}:2"), "too light");
    }

    #[test]
    fn terms_that_never_match_are_refused() {
        let line = "feeds/topics/salt.toml:4";
        for weight in [0, 6, -1] {
            assert_fault(topic(&format!("{SALT}\"盐商\" = {weight}\n")), line, "must be 1 to 5");
        }
        assert_fault(topic(&format!("{SALT}\"\" = 3\n")), line, "is empty");
        assert_fault(topic(&format!("{SALT}\" 　\" = 3\n")), line, "is empty");
        assert_fault(topic(&format!("{SALT}\" 盐商\" = 3\n")), line, "space");
        assert_fault(topic(&format!("{SALT}\"盐\\u0007商\" = 3\n")), line, "control character");
        assert_fault(topic(&format!("{SALT}\"AI\" = 3\n\"ａｉ\" = 2\n")), "feeds/topics/salt.toml:5", "the same term");
    }

    #[test]
    fn exclusions_that_kill_a_term_or_nothing_are_refused() {
        let line = "feeds/topics/salt.toml:1";
        assert_fault(topic(&format!("exclude = [\"盐井\"]\n{SALT}")), line, "is a term as well");
        assert_fault(topic(&format!("exclude = [\"盐城\"]\n{SALT}")), line, "holds no term");
        assert_fault(topic(&format!("exclude = [\"盐井酒\", \"盐井酒\"]\n{SALT}")), line, "twice");
        assert_fault(topic(&format!("exclude = [\n\"盐井酒\",\n3,\n]\n{SALT}")), "feeds/topics/salt.toml:3", "text");
    }

    #[test]
    fn a_slug_belongs_to_one_file_and_is_plain() {
        let twice = faults(&[("site.toml", SITE), ("districts/salt.toml", SALT), ("topics/salt.toml", SALT)]);
        assert_fault(twice, "feeds/topics/salt.toml: ", "feeds/districts/salt.toml");
        for name in ["topics/Salt.toml", "topics/盐.toml", "topics/a+b.toml", "topics/.toml"] {
            assert_fault(faults(&[("site.toml", SITE), (name, SALT)]), &format!("feeds/{name}: "), "a-z");
        }
        assert_fault(faults(&[("site.toml", SITE), ("topic/salt.toml", SALT)]), "feeds/topic/salt.toml: ", "none of");
    }

    #[test]
    fn a_code_is_digits_and_belongs_to_one_district() {
        let text = format!("code = \"510304\"\n{SALT}");
        let twice = faults(&[("site.toml", SITE), ("districts/a.toml", &text), ("districts/b.toml", &text)]);
        assert_fault(twice, "feeds/districts/b.toml:1", "feeds/districts/a.toml");
        let text = format!("code = \"51030\"\n{SALT}");
        assert_fault(
            faults(&[("site.toml", SITE), ("districts/a.toml", &text)]),
            "feeds/districts/a.toml:1",
            "six digits",
        );
    }

    #[test]
    fn a_site_says_everything_it_must_in_the_right_spelling() {
        assert_fault(faults(&[("topics/salt.toml", SALT)]), "feeds/site.toml: ", "is missing");
        assert_fault(site_with("title = \"盐都新闻\"", ""), "feeds/site.toml:1", "`title` is missing");
        assert_fault(site_with("[[authors]]\nname = \"编辑部\"", ""), "feeds/site.toml:1", "`authors` is missing");
        assert_fault(site_with("盐都新闻", "盐都\\n新闻"), "feeds/site.toml:2", "line break");
        for bad in [
            "news.example",
            "/zg",
            "ftp://a.example",
            "https:a.example",
            "https://a.example/?b",
            "https://a.example/#b",
        ] {
            assert_fault(site_with("https://news.example/zg/", bad), "feeds/site.toml:3", "`base_url`");
        }
        assert_fault(site_with("https://", "https://me@"), "feeds/site.toml:3", "user's name");
        for bad in ["z", "zh_CN", "zh-", "中文", "zh-x", "zh-abcdefghi"] {
            assert_fault(site_with("zh-CN", bad), "feeds/site.toml:4", "`language`");
        }
        for bad in
            ["News.example", "news", "news..example", "-a.example", "a@news.example", "192.0.2.1", "新闻.example"]
        {
            assert_fault(
                site_with("authority = \"news.example\"", &format!("authority = \"{bad}\"")),
                "feeds/site.toml:5",
                "`authority`",
            );
        }
        assert_fault(site_with("2026", "26"), "feeds/site.toml:6", "`year`");
        assert_fault(site_with("Asia/Shanghai", "Beijing"), "feeds/site.toml:7", "`time_zone`");
        assert_fault(site_with("year =", "dates_in = \"Beijing\"\nyear ="), "feeds/site.toml:6", "`dates_in`");
        assert_fault(site_with("year =", "max_age = 60\nyear ="), "feeds/site.toml:6", "300, 600 or 900");
        assert_fault(site_with("year =", "icon = \"/favicon.ico\"\nyear ="), "feeds/site.toml:6", "`icon`");
        assert_fault(site_with("name =", "url = \"javascript:1\"\nname ="), "feeds/site.toml:9", "`url`");
    }

    #[test]
    fn a_folder_is_read_as_its_texts_are_and_other_files_are_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).expect("a file");
        fs::create_dir(folder.path().join("topics")).expect("a folder");
        write("site.toml", format!("\u{FEFF}{}", SITE.replace('\n', "\r\n")).as_bytes());
        write("topics/salt.toml", SALT.as_bytes());
        write("topics/notes.md", b"[");
        write("topics/.salt.toml", b"[");
        assert_eq!(from_folder(folder.path()).expect("it is right").topics.len(), 1);

        write("topics/long.toml", &vec![b'#'; MAX_FILE as usize + 1]);
        write("topics/wild.toml", b"# \xFF");
        let error = from_folder(folder.path()).expect_err("two files are wrong").to_string();
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 2, "{error}");
        assert!(
            lines[0].contains("topics/long.toml: is over 256 KiB")
                && lines[1].contains("topics/wild.toml: is not text")
        );
    }

    /// A topic with this alias on its second line.
    fn with_alias(alias: &str) -> String {
        format!("title = \"盐业\"\naliases = [\"{alias}\"]\n[terms]\n\"盐井\" = 3\n")
    }

    #[test]
    fn an_address_belongs_to_one_feed() {
        assert_fault(topic(&with_alias("feed/")), "feeds/topics/salt.toml:2: ", "an address on this site");
        for front in ["/", "/./", "/%2F"] {
            assert_fault(topic(&with_alias(front)), "feeds/topics/salt.toml:2: ", "the front page");
        }
        assert_fault(topic(&with_alias("/x/../feed")), "feeds/topics/salt.toml:2: ", "holds `..`");
        for (one, same) in [("/a/feed", "/a/feed/"), ("/a/feed", "/%61//Feed"), ("/盐", "/%e7%9b%90/")] {
            let (one, same) = (with_alias(one), with_alias(same));
            let files = [("site.toml", SITE), ("topics/a.toml", &*one), ("topics/b.toml", &*same)];
            assert_fault(faults(&files), "feeds/topics/b.toml:2: ", "is also one of topics/a");
        }
    }

    #[test]
    fn an_alias_hides_nothing_that_is_published_however_it_is_spelled() {
        let published = [
            "/topics/salt.atom",
            "/topics/salt",
            "/topics/brine.rss",
            "/topics/salt/archive/1.json",
            "/en/topics/salt/archive/1",
            "/feed.rss",
            "/feeds.opml",
            "/articles/x",
            "/en/articles/x",
            "/archive/3.atom",
            "/en/archive/3",
            "/api",
            "/api/v1/",
            "/api/v1/articles?source=cms",
            "/hub",
            "/metrics",
            "/healthz",
            "/readyz",
            "/robots.txt",
            "/favicon.ico",
            "/style.css",
            "/sitemaps/1.xml",
            "/en/",
            "/feed.atom?format=rss",
        ];
        for address in published {
            let (path, query) = address.split_once('?').map_or((address, String::new()), |(p, q)| (p, format!("?{q}")));
            let encoded: String =
                path.bytes().map(|b| if b == b'/' { "/".into() } else { format!("%{b:02x}") }).collect();
            let slashes = format!("/{}", path[1..].replace('/', "//"));
            for spelled in [path, &encoded, &path.to_uppercase(), &slashes, &format!("{path}/."), &format!("/.{path}/")]
            {
                let salt =
                    with_alias(&format!("{spelled}{query}")).replace("[terms]", "formerly = [\"brine\"]\n[terms]");
                assert_fault(topic(&salt), "feeds/topics/salt.toml:2: ", "something else that is published");
            }
        }
    }

    #[test]
    fn an_alias_may_take_what_readers_guess_and_what_nobody_has() {
        let free = [
            "/topics/brine.atom",
            "/feed/",
            "/?feed=rss2",
            "/en/?feed=rss2",
            "/en/feed/",
            "/feed.xml",
            "/topics/salt/feed/",
            "/apis",
            "/metrics.xml",
            "/category/%D1%CE/feed",
        ];
        for free in free {
            let salt = with_alias(free);
            let files = [("site.toml", SITE), ("topics/salt.toml", &*salt)];
            assert!(from_texts("feeds", files).is_ok(), "{free}");
        }
    }

    #[test]
    fn an_alias_of_the_site_is_named_with_its_line() {
        let found = site_with("year =", "aliases = [\n\"/old\",\n\"/%61pi/v1\"]\nyear =");
        assert_fault(found, "feeds/site.toml:8: ", "the alias \"/%61pi/v1\" is the address of something else");
    }

    #[test]
    fn a_former_slug_is_nobody_s_present_one() {
        let brine = format!("formerly = [\"salt\"]\n{SALT}");
        let files = [("site.toml", SITE), ("topics/brine.toml", &*brine), ("topics/salt.toml", SALT)];
        assert_fault(faults(&files), "feeds/topics/salt.toml: ", "topics/brine.toml");
        let files = [("site.toml", SITE), ("topics/salt.toml", SALT), ("topics/well.toml", &*brine)];
        assert_fault(faults(&files), "feeds/topics/well.toml:1", "topics/salt.toml goes by that name");
        assert_fault(topic(&brine), "feeds/topics/salt.toml:1", "goes by that name");
        assert_fault(topic(&format!("formerly = [\"盐\"]\n{SALT}")), "feeds/topics/salt.toml:1", "names slugs");
    }

    #[test]
    fn a_retired_feed_needs_a_day_and_no_terms() {
        let retired = "title = \"盐业\"\nretired = 2026-11-30\n";
        let set = from_texts("feeds", [("site.toml", SITE), ("topics/salt.toml", retired)]).expect("it is right");
        assert_eq!((set.topics.len(), set.retired.len(), set.keys().len()), (0, 1, 1));
        assert_fault(topic(&retired.replace("-30", "-31")), "feeds/topics/salt.toml:", "");
        assert_fault(topic(&format!("retired = \"soon\"\n{SALT}")), "feeds/topics/salt.toml:1", "2026-11-30");
        assert_fault(topic(&format!("farewell = \"再见\"\n{SALT}")), "feeds/topics/salt.toml:1", "say when");
    }

    #[test]
    fn a_missing_folder_is_a_fault() {
        let error = from_folder(Path::new("/nowhere/feeds")).expect_err("it is not there").to_string();
        assert!(error.contains("/nowhere/feeds: the folder cannot be read"), "{error}");
    }
}
