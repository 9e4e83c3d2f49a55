//! What a folder's files mean for their articles: which are new, changed, renamed, back or gone.
//!
//! Reads no file and changes nothing. All files of a look are decided upon together, since they may have taken each
//! other's places.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::folder::{ReadFile, Seen};
use crate::article::Key;
use crate::ingest::{Drafts, Fault, Naming};
use crate::intake::Input;
use crate::store::{Stamp, State, Watched};

/// What is to be done.
#[derive(Default)]
pub(super) struct Decisions {
    /// Files whose articles are new, changed or back.
    pub puts: Vec<Put>,
    /// Articles that are to be withdrawn, each with the path that held it.
    pub withdrawals: Vec<(String, Key)>,
    /// What is to be remembered of files of which nothing has to be put.
    pub notes: Vec<Watched>,
    /// Paths at which there is nothing any more.
    pub forgotten: Vec<String>,
    /// Files that cannot be taken.
    pub faults: Vec<Fault>,
    /// How many published articles have files of other names.
    pub renamed: u64,
}

/// A file whose article is new, changed or back.
pub(super) struct Put {
    pub file: Arc<Seen>,
    note: Watched,
    /// The article's file as it is known, if that was another.
    renamed: Option<Watched>,
}

impl Put {
    /// The file as the write spine takes it in.
    pub(super) fn input(&self) -> Input {
        let (file, digest, own_id) = (Arc::clone(&self.file), self.note.digest.clone(), self.note.own_id.clone());
        let open = move |zone| Ok(Box::new(std::iter::once(Ok(file.draft(&digest, &own_id, zone)?))) as Drafts);
        Input { path: self.file.path().to_owned(), open: Box::new(open) }
    }

    /// What is to be remembered of a file that was taken.
    pub(super) fn taken(self) -> Watched {
        self.note
    }

    /// What is to be remembered of one that was not, if anything: it is looked at again each time.
    pub(super) fn left(self) -> Option<Watched> {
        let Self { note, renamed, .. } = self;
        renamed.map(|former| Watched { path: note.path, stamp: UNSEEN, ..former })
    }

    /// What is to be remembered of one whose article is withdrawn: it is offered again each time, so that its text of the
    /// day is taken once the article is restored.
    pub(super) fn withdrawn(self) -> Watched {
        Watched { stamp: UNSEEN, digest: String::new(), ..self.note }
    }
}

/// What no file looks like.
const UNSEEN: Stamp = Stamp { size: 0, modified: 0, inode: 0 };

/// A file that was read.
pub(super) struct Reading<'a> {
    pub file: &'a Seen,
    pub read: ReadFile,
}

/// What is known, and what was found.
struct Compared<'a> {
    source: &'a str,
    known: HashMap<&'a str, &'a Watched>,
    by_id: HashMap<&'a str, &'a Watched>,
    there: HashSet<&'a str>,
    /// The hash of what each file that was read holds now.
    digests: HashMap<&'a str, &'a str>,
    /// Which file holds each article from now on.
    holders: HashMap<String, &'a str>,
    decisions: Decisions,
}

/// Decides what is known, the files that are there and those of them that were read (because they are new or look
/// otherwise) come to. Of what is known and is not there, only what is `gone` for long enough counts as gone.
pub(super) fn decide<'a>(
    source: &'a str,
    known: &'a [Watched],
    files: &'a [Seen],
    readings: &'a [Reading<'a>],
    gone: &HashSet<&str>,
) -> Decisions {
    let digests = readings.iter().map(|reading| (reading.file.name(), reading.read.digest.as_str())).collect();
    let there: HashSet<&str> = files.iter().map(Seen::name).collect();
    let mut compared = Compared {
        source,
        known: known.iter().map(|file| (file.path.as_str(), file)).collect(),
        by_id: known.iter().map(|file| (file.own_id.as_str(), file)).collect(),
        there,
        digests,
        holders: HashMap::new(),
        decisions: Decisions::default(),
    };
    compared.hold(known);
    let claims = compared.claims(readings);
    compared.take(claims);
    compared.release(known, gone);
    compared.decisions
}

impl<'a> Compared<'a> {
    /// Files that were not read hold what they held.
    fn hold(&mut self, known: &'a [Watched]) {
        let kept = known.iter().filter(|file| file.state != State::Gone && self.there.contains(file.path.as_str()));
        for file in kept.filter(|file| !self.digests.contains_key(file.path.as_str())) {
            self.holders.insert(file.own_id.clone(), &file.path);
        }
    }

    /// Whether what is known of a file stands there no more: it may stand in another one now.
    fn is_vacated(&self, file: &Watched) -> bool {
        let path = file.path.as_str();
        !self.there.contains(path) || self.digests.get(path).is_some_and(|digest| *digest != file.digest)
    }

    /// Which article each file holds, first by its own word or byte for byte, then by its place.
    fn claims(&mut self, readings: &'a [Reading<'a>]) -> Vec<(&'a Reading<'a>, String)> {
        let (mut claims, mut others) = (Vec::new(), Vec::new());
        for reading in readings {
            match self.certain(reading) {
                Some(own_id) => claims.push((reading, own_id)),
                None => others.push(reading),
            }
        }
        // Of two files that name the same article, it is the one's that held it.
        claims.sort_by_key(|(reading, own_id)| self.own(reading).is_none_or(|own| own.own_id != *own_id));
        claims.retain(|(reading, own_id)| self.claim(reading, own_id));
        for reading in others {
            if let Some(own_id) = self.likely(reading).filter(|own_id| self.claim(reading, own_id)) {
                claims.push((reading, own_id));
            }
        }
        claims
    }

    /// What is known of the file at the same path.
    fn own(&self, reading: &Reading<'_>) -> Option<&'a Watched> {
        self.known.get(reading.file.name()).copied()
    }

    fn certain(&self, Reading { file, read }: &Reading<'_>) -> Option<String> {
        match read.naming {
            Naming::Id => return Some(read.own_id.clone()),
            // Another slug is another address, not another article, unless it is known as one.
            Naming::Slug => return self.by_id.contains_key(read.own_id.as_str()).then(|| read.own_id.clone()),
            Naming::Place => {}
        }
        let same = |known: &&&Watched| known.digest == read.digest;
        let own = self.known.get(file.name()).filter(same);
        let moved =
            || self.known.values().filter(same).filter(|known| self.is_vacated(known)).min_by_key(|known| &known.path);
        own.or_else(moved).map(|known| known.own_id.clone())
    }

    fn likely(&mut self, reading: &Reading<'_>) -> Option<String> {
        let Reading { file, read } = reading;
        if let Some(own) = self.own(reading).filter(|own| !self.holders.contains_key(&own.own_id)) {
            return Some(own.own_id.clone());
        }
        let copied = self.known.values().find(|known| known.digest == read.digest && known.state == State::Shown);
        let copied = copied.map(|known| known.path.as_str()).filter(|_| read.naming == Naming::Place);
        if let Some(original) = copied {
            let reason = format!("is a copy of {original}; it is taken when something else stands in it");
            self.decisions.faults.push(Fault::of(file.path(), reason));
            return None;
        }
        let free = |own_id: &String| !self.holders.contains_key(own_id) && !self.by_id.contains_key(own_id.as_str());
        // A path may be used again, when what was there before is known by it somewhere else.
        let numbered = (2..).map(|n| format!("{}#{n}", read.own_id));
        let mut names = std::iter::once(read.own_id.clone()).chain(numbered);
        if read.naming == Naming::Place { names.find(free) } else { names.next() }
    }

    /// Whether the article is this file's.
    fn claim(&mut self, Reading { file, .. }: &Reading<'a>, own_id: &str) -> bool {
        if let Some(holder) = self.holders.get(own_id) {
            let reason = format!("its id {own_id:?} is that of {holder}");
            self.decisions.faults.push(Fault::of(file.path(), reason));
            return false;
        }
        self.holders.insert(own_id.to_owned(), file.name());
        true
    }

    /// What has to be done about files that hold articles.
    fn take(&mut self, claims: Vec<(&'a Reading<'a>, String)>) {
        let taken: HashSet<&str> = claims.iter().map(|(reading, _)| reading.file.name()).collect();
        for (Reading { file, read }, own_id) in claims {
            // A draft is on its writer's mind; whatever else holds an article back may be a surprise.
            if let Some(reason) = read.held.as_ref().filter(|reason| !reason.starts_with("draft:")) {
                self.decisions.faults.push(Fault::of(file.path(), format!("is held back: {reason}")));
            }
            let former = self.by_id.get(own_id.as_str()).copied();
            let note = Watched {
                path: file.name().to_owned(),
                key: Key::derive(self.source, &own_id),
                own_id,
                digest: read.digest.clone(),
                stamp: file.stamp,
                state: if read.draft { State::Draft } else { State::Shown },
            };
            let renamed = former.filter(|former| former.path != note.path);
            if let Some(former) = renamed {
                self.decisions.renamed += u64::from(former.state == State::Shown && !read.draft);
                if !taken.contains(former.path.as_str()) {
                    self.decisions.forgotten.push(former.path.clone());
                }
            }
            let was = former.map(|former| (former.state, &former.digest));
            match was {
                Some((State::Shown, _)) if read.draft => {
                    self.decisions.withdrawals.push((note.path.clone(), note.key.clone()));
                    self.note(note);
                }
                // Only its time has changed. Under another name, the files beside it may have other addresses.
                Some((State::Shown, digest)) if *digest == note.digest && renamed.is_none() => self.note(note),
                _ if read.draft => self.note(note),
                _ => {
                    let (file, renamed) = (Arc::new((*file).clone()), renamed.cloned());
                    self.decisions.puts.push(Put { file, note, renamed });
                }
            }
        }
    }

    /// Remembers a file, if that says anything new.
    fn note(&mut self, note: Watched) {
        if self.known.get(note.path.as_str()) != Some(&&note) {
            self.decisions.notes.push(note);
        }
    }

    /// What becomes of articles that no file holds.
    fn release(&mut self, known: &'a [Watched], gone: &HashSet<&str>) {
        for file in known.iter().filter(|file| !self.holders.contains_key(&file.own_id)) {
            let is_there = self.there.contains(file.path.as_str());
            if !is_there && !gone.contains(file.path.as_str()) {
                continue;
            }
            match file.state {
                State::Shown => {
                    self.decisions.withdrawals.push((file.path.clone(), file.key.clone()));
                    if !is_there {
                        self.decisions.notes.push(Watched { state: State::Gone, ..file.clone() });
                    }
                }
                State::Draft if !is_there => self.decisions.forgotten.push(file.path.clone()),
                State::Draft | State::Gone => {}
            }
        }
    }
}
