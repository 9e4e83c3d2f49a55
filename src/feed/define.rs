//! One definition from its sheet: a site, or a district or topic with its rules; every fault is noted on the sheet.
//!
//! Knows nothing of folders, or of what other files define.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::classify::{BODY_POINTS, MAX_WEIGHT, Rules, THRESHOLD, TITLE, Term, fold_case};
use super::sheet::{At, Section, Sheet, unfit};
use super::{Axis, FeedDef, Retirement, Site, paths, spelling};
use crate::article::{Person, Slug};

/// Seconds for which a feed may be cached, if site.toml says nothing.
const MAX_AGE: u32 = 600;

/// The site as its file defines it.
pub(super) struct DefinedSite {
    pub site: Site,
    /// The lines of its aliases.
    pub alias_lines: Vec<usize>,
    /// The zone of dates that name none, if it is said.
    pub dates_in: Option<Tz>,
}

/// Takes the site from its section; `None` if anything it cannot do without is wrong, which is then noted.
pub(super) fn site(sheet: &mut Sheet<'_>, mut section: Section<'_>) -> Option<DefinedSite> {
    let title = section.required_text(sheet, "title");
    let title_en = section.text(sheet, "title_en");
    let description = section.text(sheet, "description");
    let description_en = section.text(sheet, "description_en");
    let base_url = section.required_text(sheet, "base_url");
    let base_url = spelled(sheet, "base_url", base_url, spelling::base_url);
    let language = section.required_text(sheet, "language");
    let language = spelled(sheet, "language", language, spelling::language);
    let rights = section.text(sheet, "rights");
    let icon = section.text(sheet, "icon");
    let icon = spelled(sheet, "icon", icon, spelling::web_address);
    let authority = section.required_text(sheet, "authority");
    let authority = spelled(sheet, "authority", authority, spelling::authority);
    let time_zone = section.required_text(sheet, "time_zone");
    let time_zone = spelled(sheet, "time_zone", time_zone, spelling::time_zone);
    let dates_in = section.text(sheet, "dates_in");
    let dates_in = spelled(sheet, "dates_in", dates_in, spelling::time_zone);
    let year = section.required_number(sheet, "year");
    let year = year.and_then(|year| checked_number(sheet, year, spelling::year));
    let max_age = section.number(sheet, "max_age");
    let max_age = max_age.map_or(Some(MAX_AGE), |age| checked_number(sheet, age, spelling::max_age));
    let authors = authors(sheet, &mut section);
    let (aliases, alias_lines) = aliases(sheet, &mut section);
    section.finish(
        sheet,
        "title, title_en, description, description_en, base_url, language, authors, rights, icon, authority, year, \
         time_zone, dates_in, max_age, aliases",
    );
    let site = Site {
        title: title?.value,
        title_en: title_en.map(|t| t.value),
        description: description.map(|t| t.value),
        description_en: description_en.map(|t| t.value),
        base_url: base_url?,
        language: language?,
        authors,
        rights: rights.map(|t| t.value),
        icon,
        authority: authority?,
        year: year?,
        time_zone: time_zone?,
        max_age: max_age?,
        aliases,
    };
    Some(DefinedSite { site, alias_lines, dates_in })
}

fn authors(sheet: &mut Sheet<'_>, site: &mut Section<'_>) -> Vec<Person> {
    // RFC 4287 §4.1.1: a feed names an author unless every entry does.
    let sections = site.required_sections(sheet, "authors");
    let author = |mut section: Section<'_>| {
        let name = section.required_text(sheet, "name");
        let url = section.text(sheet, "url");
        let url = spelled(sheet, "url", url, spelling::web_address);
        section.finish(sheet, "name, url");
        Some(Person { name: name?.value, url })
    };
    sections.into_iter().filter_map(author).collect()
}

/// A district or topic as its file defines it.
pub(super) struct Defined {
    pub def: FeedDef,
    pub rules: Rules,
    /// The offset of its code.
    pub code_at: usize,
    /// The offsets of its former slugs.
    pub formerly_at: Vec<usize>,
    /// The lines of its aliases.
    pub alias_lines: Vec<usize>,
}

/// Takes a district or topic and its rules from its section.
pub(super) fn feed(sheet: &mut Sheet<'_>, mut section: Section<'_>, axis: Axis, slug: Slug) -> Option<Defined> {
    let title = section.required_text(sheet, "title");
    let title_en = section.text(sheet, "title_en").map(|t| t.value);
    let description = section.text(sheet, "description").map(|t| t.value);
    let description_en = section.text(sheet, "description_en").map(|t| t.value);
    let code = match axis {
        Axis::District => section.text(sheet, "code"),
        Axis::Topic => {
            section.refuse(sheet, "code", "`code` is for districts only");
            None
        }
    };
    let code_at = code.as_ref().map_or(0, |code| code.at);
    let code = spelled(sheet, "code", code, spelling::code);
    let (aliases, alias_lines) = aliases(sheet, &mut section);
    let (formerly, formerly_at) = formerly(sheet, &mut section);
    let retired = retired(sheet, &mut section);
    let exclude = section.texts(sheet, "exclude");
    let terms = match &retired {
        // It places nothing more; what it went by may stay in the file.
        Some(_) => section.optional_section(sheet, "terms").map(|_| Vec::new()).or(Some(Vec::new())),
        None => section.required_section(sheet, "terms").map(|terms| self::terms(sheet, terms, &exclude)),
    };
    section.finish(
        sheet,
        "title, title_en, description, description_en, code, aliases, formerly, retired, farewell, exclude, [terms]",
    );
    let exclude = exclude.into_iter().map(|e| e.value).filter(|_| retired.is_none()).collect();
    let rules = Rules { axis, slug: slug.clone(), terms: terms?, exclude };
    let title = title?.value;
    let def = FeedDef { axis, slug, title, title_en, description, description_en, code, aliases, formerly, retired };
    Some(Defined { def, rules, code_at, formerly_at, alias_lines })
}

/// Addresses at which a feed was before, and the line of each: whether something else is there is known only once all
/// files have been read.
fn aliases(sheet: &mut Sheet<'_>, section: &mut Section<'_>) -> (Vec<String>, Vec<usize>) {
    let texts = section.texts(sheet, "aliases");
    let texts = texts.into_iter().filter_map(|text| {
        if let Err(reason) = paths::alias(&text.value) {
            sheet.fault(text.at, format!("the alias \"{}\" {reason}", text.value));
            return None;
        }
        Some((text.value, sheet.line(text.at)))
    });
    texts.unzip()
}

/// Slugs that a district or topic had before.
fn formerly(sheet: &mut Sheet<'_>, section: &mut Section<'_>) -> (Vec<Slug>, Vec<usize>) {
    let texts = section.texts(sheet, "formerly");
    let slugs = texts.into_iter().filter_map(|text| {
        let slug = Slug::parse(&text.value);
        if slug.is_none() {
            sheet.fault(text.at, format!("`formerly` names slugs such as \"salt\"; \"{}\" is none", text.value));
        }
        Some((slug?, text.at))
    });
    slugs.unzip()
}

/// Whether a district or topic has retired.
fn retired(sheet: &mut Sheet<'_>, section: &mut Section<'_>) -> Option<Retirement> {
    let on = section.day(sheet, "retired");
    let farewell = section.text(sheet, "farewell");
    if let (None, Some(farewell)) = (&on, &farewell) {
        sheet.fault(
            farewell.at,
            "`farewell` is said by a feed that has retired: say when, such as retired = 2026-11-30",
        );
    }
    Some(Retirement { on: on?.value, farewell: farewell.map(|text| text.value) })
}

/// Takes the terms, and notes those and the exclusions that can never do anything.
fn terms(sheet: &mut Sheet<'_>, section: Section<'_>, exclude: &[At<String>]) -> Vec<Term> {
    let at = section.at();
    let entries = section.numbers(sheet);
    let mut terms = Vec::new();
    let mut folded: HashMap<String, &str> = HashMap::new();
    for (term, weight) in &entries {
        if let Some(reason) = unfit(&term.value) {
            sheet.fault(term.at, format!("the term \"{}\" {reason}", term.value.escape_debug()));
        }
        if let Some(first) = folded.insert(fold_case(&term.value), &term.value) {
            sheet.fault(term.at, format!("\"{}\" is the same term as \"{first}\"", term.value));
        }
        match u8::try_from(*weight) {
            Ok(weight @ 1..=MAX_WEIGHT) => terms.push(Term { text: term.value.clone(), weight }),
            _ => sheet.fault(term.at, format!("the weight of \"{}\" must be 1 to {MAX_WEIGHT}", term.value)),
        }
    }
    if entries.is_empty() {
        sheet.fault(at, "there are no terms: nothing would ever be placed here");
    }
    exclusions(sheet, exclude, &folded);
    let most: u32 = terms.iter().map(|t| u32::from(t.weight) * (TITLE + BODY_POINTS)).sum();
    if !terms.is_empty() && terms.len() == entries.len() && most < THRESHOLD {
        sheet.fault(at, "all terms together are too light: nothing would ever be placed here");
    }
    terms
}

fn exclusions(sheet: &mut Sheet<'_>, exclude: &[At<String>], terms: &HashMap<String, &str>) {
    let mut seen = HashMap::new();
    for exclusion in exclude {
        let (text, folded) = (&exclusion.value, fold_case(&exclusion.value));
        if terms.contains_key(&folded) {
            sheet.fault(exclusion.at, format!("\"{text}\" is a term as well: the term could never match"));
        } else if !terms.keys().any(|term| folded.contains(term)) {
            sheet.fault(exclusion.at, format!("\"{text}\" holds no term, so there is nothing for it to exclude"));
        }
        if seen.insert(folded, ()).is_some() {
            sheet.fault(exclusion.at, format!("\"{text}\" stands in `exclude` twice"));
        }
    }
}

/// A text read by a rule of spelling, or the reason why not.
fn spelled<T>(
    sheet: &mut Sheet<'_>,
    key: &str,
    text: Option<At<String>>,
    rule: impl Fn(&str) -> Result<T, &'static str>,
) -> Option<T> {
    let text = text?;
    rule(&text.value).map_err(|reason| sheet.fault(text.at, format!("`{key}` {reason}"))).ok()
}

fn checked_number<T>(sheet: &mut Sheet<'_>, number: At<i64>, rule: fn(i64) -> Result<T, &'static str>) -> Option<T> {
    rule(number.value).map_err(|reason| sheet.fault(number.at, reason)).ok()
}
