//! Measures how long articles take that were made to take long, beside ordinary prose of the same form and size.
//!
//! Each family of hostile input, of 128 KiB and of 1 MiB, is read, cleaned and classified as an import or a request
//! would do it, round by round beside its yardstick, so that the machine's moods fall on all alike. None should take more
//! than 10 times as long as prose, and none should grow faster than its size. It is told what became of each:
//! most are refused, and a refusal must not take long either.
//!
//! `cargo bench --bench hostile` takes about a minute; `--test` does a tiny run. Words behind `--` choose families.

#[path = "support/chance.rs"]
mod chance;
#[path = "support/corpus.rs"]
mod corpus;
#[path = "hostile/families.rs"]
mod families;
#[path = "hostile/markup.rs"]
mod markup;
#[path = "support/machine.rs"]
mod machine;

use std::io::Cursor;
use std::path::Path;
use std::time::Instant;

use families::{Family, Form};
use machine::quantile;
use wellhead::article::{Draft, Time};
use wellhead::feed::{FeedSet, load};
use wellhead::ingest::clean::Door;
use wellhead::ingest::{Found, InputFile, Kind};
use wellhead::intake;
use wellhead::publish::{self, Publisher, Unfit};

const SIZES: [usize; 2] = [128 << 10, 1 << 20];
const ROUNDS: usize = 3;
const NOW: Time = Time(1_800_000_000);
/// How many times as long as prose anything may take, and as one of an eighth of its size.
const GOAL: f64 = 10.0;

fn main() -> anyhow::Result<()> {
    let divisor = machine::divisor(64)?;
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let folder = machine::scratch()?;
    println!("hostile: {}", machine::describe(folder.path()));
    let set = load::from_folder(&machine::feeds())?;
    let place = Place { door: Door::new(intake::base(&set)), set };
    let sizes = SIZES.map(|size| size / divisor as usize);
    println!(
        "{:<44} {:>9} {:>7} {:>9} {:>7} {:>7}  what became of it",
        "", "small ms", "/ prose", "large ms", "/ prose", "growth"
    );
    let mut beyond = 0;
    for form in Form::ALL {
        let mut all = families::of(form);
        all.retain(|family| words.is_empty() || words.iter().any(|word| family.name.contains(word.as_str())));
        for family in all {
            beyond += usize::from(!place.compare(&family, sizes));
        }
    }
    println!("beyond {GOAL} times prose, or growing faster than by {GOAL}: {beyond}");
    println!("load at the end: {}", machine::describe(folder.path()));
    Ok(())
}

/// Where articles come in.
struct Place {
    set: FeedSet,
    door: Door,
}

impl Place {
    /// Measures a family beside its yardstick, and prints it; whether it keeps to the goal.
    fn compare(&self, family: &Family, sizes: [usize; 2]) -> bool {
        let yardstick = families::prose(family.form);
        let (mut times, mut prose) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        let mut outcome = String::new();
        for _ in 0..ROUNDS {
            for (nth, size) in sizes.into_iter().enumerate() {
                let (time, became) = self.time(family, size);
                times[nth].push(time);
                outcome = became;
                prose[nth].push(self.time(&yardstick, size).0);
            }
        }
        let [small, large] = times.each_ref().map(|times| quantile(times, 0.5));
        let [a, b] = prose.each_ref().map(|times| quantile(times, 0.5));
        let name = format!("{} {}", family.form.name(), family.name);
        // What takes no time at all has no growth to speak of.
        let growth = if large < b { String::new() } else { format!("{:.1}", large / small) };
        println!("{name:<44} {small:>9.1} {:>7.1} {large:>9.1} {:>7.1} {growth:>7}  {outcome}", small / a, large / b);
        large <= GOAL * b && small <= GOAL * a && (large < b || large <= GOAL * small)
    }

    /// Milliseconds, and what became of it.
    fn time(&self, family: &Family, size: usize) -> (f64, String) {
        let bytes = (family.make)(size);
        let begun = Instant::now();
        let outcome = self.take(family.form, bytes);
        let outcome = outcome.map_or_else(|reason| reason, |()| "taken".to_owned());
        let short: String = outcome.chars().take(70).collect();
        (
            begun.elapsed().as_secs_f64() * 1e3,
            if outcome.len() > 1000 { format!("{} bytes: {short}", outcome.len()) } else { short },
        )
    }

    /// Reads, cleans and classifies, as a request or an import does.
    fn take(&self, form: Form, bytes: Vec<u8>) -> Result<(), String> {
        let text = |bytes| String::from_utf8(bytes).map_err(|error| error.to_string());
        let draft = Draft { id: "1".to_owned(), title: "盐".to_owned(), ..Draft::default() };
        match form {
            Form::Html => self.one(&Found { draft: Draft { html: Some(text(bytes)?), ..draft }, ..Found::default() }),
            Form::Text => self.one(&Found { draft: Draft { text: Some(text(bytes)?), ..draft }, ..Found::default() }),
            Form::Json => self.put(&bytes),
            Form::Markdown => self.file(Kind::Markdown, bytes),
            Form::Feed => self.file(Kind::Feed, bytes),
            Form::Page => self.file(Kind::Page, bytes),
        }
    }

    fn one(&self, found: &Found) -> Result<(), String> {
        let cleaned = intake::clean(&self.set, &self.door, found).map_err(|refusals| refusals.to_string())?;
        std::hint::black_box(self.set.classifier.classify(&cleaned.content.title, &cleaned.plain));
        Ok(())
    }

    fn put(&self, bytes: &[u8]) -> Result<(), String> {
        let publisher = Publisher { source: "bench".to_owned(), actor: "bench".into(), within: None };
        let read = publish::read(bytes);
        let put = read.and_then(|read| publisher.put(&self.set, &self.door, read, None, NOW));
        put.map(drop).map_err(|unfit| match unfit {
            Unfit::Misread(misread) => misread.to_string(),
            Unfit::Refused(refusals) => refusals.to_string(),
            Unfit::Outside(districts) => format!("{} districts outside", districts.len()),
        })
    }

    fn file(&self, kind: Kind, bytes: Vec<u8>) -> Result<(), String> {
        let file =
            InputFile::new(Path::new("hostile"), Some(kind), chrono_tz::UTC).map_err(|fault| fault.to_string())?;
        let drafts = file.read(Cursor::new(bytes), None).map_err(|fault| fault.to_string())?;
        let mut last = Ok(());
        for found in drafts {
            last = found.map_err(|fault| fault.to_string()).and_then(|found| self.one(&found)).and(last);
        }
        last
    }
}
