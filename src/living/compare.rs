//! What a folder's files mean for their articles: which are new, changed, renamed, back or gone.
//!
//! Reads no file and changes nothing: decisions are made here, and carried out elsewhere.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::folder::{ReadFile, Seen};
use crate::article::Key;
use crate::ingest::Fault;
use crate::intake::Input;
use crate::store::Watched;

/// What is to be done.
pub struct Decisions<'a> {
    source: Arc<str>,
    /// What is known of each path.
    known: HashMap<&'a str, &'a Watched>,
    /// Known files that are not in the folder, by path, as long as nothing is known to have become of them.
    missing: BTreeMap<&'a str, &'a Watched>,
    /// Which file holds each article.
    holders: HashMap<String, String>,
    /// Files whose articles are new or changed.
    pub puts: Vec<Put>,
    /// Articles whose files are back.
    pub restores: Vec<Key>,
    /// Articles that are to be withdrawn, each with the path of its file.
    pub withdrawals: Vec<(String, Key)>,
    /// What is to be remembered of files of which nothing has to be put.
    pub notes: Vec<Watched>,
    /// Paths at which there is nothing any more.
    pub forgotten: Vec<String>,
    /// How many files have another name.
    pub renamed: u64,
}

/// A file whose article is new or changed.
pub struct Put {
    pub file: Arc<Seen>,
    pub renamed: bool,
    note: Watched,
}

impl Put {
    /// The file as the write spine takes it in.
    pub fn input(&self) -> Input {
        let (file, digest, own_id) = (Arc::clone(&self.file), self.note.digest.clone(), self.note.own_id.clone());
        let open = move || {
            let found = file.draft(&digest, &own_id)?;
            Ok(Box::new(std::iter::once(Ok(found))) as crate::ingest::Drafts)
        };
        Input { path: self.file.path().to_owned(), open: Box::new(open) }
    }

    /// What is to be remembered of it.
    pub fn into_note(self) -> Watched {
        self.note
    }
}

impl<'a> Decisions<'a> {
    /// Nothing is decided yet of what is `known`; these `files` are there.
    pub fn new(source: Arc<str>, known: &'a [Watched], files: &'a [Seen]) -> Self {
        let there: HashSet<&str> = files.iter().map(Seen::name).collect();
        let missing = known.iter().filter(|file| !there.contains(file.path.as_str()));
        let held = known.iter().filter(|file| file.shown && there.contains(file.path.as_str()));
        Self {
            source,
            known: known.iter().map(|file| (file.path.as_str(), file)).collect(),
            missing: missing.map(|file| (file.path.as_str(), file)).collect(),
            holders: held.map(|file| (file.own_id.clone(), file.path.clone())).collect(),
            puts: Vec::new(),
            restores: Vec::new(),
            withdrawals: Vec::new(),
            notes: Vec::new(),
            forgotten: Vec::new(),
            renamed: 0,
        }
    }

    /// Decides what a file that is new or looks otherwise means; refused if its article stands in another file.
    pub fn take(&mut self, file: &Seen, read: ReadFile) -> Result<(), Fault> {
        let before = self.known.get(file.name()).copied();
        let renamed = match before {
            Some(before) if before.shown => None,
            _ => self.former(&read).cloned(),
        };
        let own_id = match renamed.as_ref().or(before) {
            Some(former) if !read.names_itself => former.own_id.clone(),
            _ => read.own_id,
        };
        if let Some(holder) = self.holders.get(&own_id).filter(|holder| *holder != file.name()) {
            return Err(Fault::of(file.path(), format!("its id {own_id:?} is that of {holder}")));
        }
        let note = Watched {
            path: file.name().to_owned(),
            key: Key::derive(&self.source, &own_id),
            own_id,
            digest: read.digest,
            stamp: file.stamp,
            shown: !read.draft,
        };
        self.decide(file, note, before, renamed);
        Ok(())
    }

    /// The file that is not there any more and whose article this one holds: by its own word, or byte for byte.
    fn former(&self, read: &ReadFile) -> Option<&'a Watched> {
        let mut missing = self.missing.values();
        let same = |former: &&&Watched| match read.names_itself {
            true => former.own_id == read.own_id,
            false => former.digest == read.digest,
        };
        missing.find(same).copied()
    }

    fn decide(&mut self, file: &Seen, note: Watched, before: Option<&Watched>, renamed: Option<Watched>) {
        if let Some(former) = &renamed {
            self.missing.remove(former.path.as_str());
            self.forgotten.push(former.path.clone());
            self.renamed += u64::from(former.shown && note.shown);
        }
        let former = renamed.as_ref().or(before);
        let shown_before = former.is_some_and(|former| former.shown);
        if let Some(other) = before.filter(|before| before.shown && before.key != note.key) {
            // The file holds another article from now on.
            self.holders.remove(&other.own_id);
            self.withdrawals.push((other.path.clone(), other.key.clone()));
        }
        if !note.shown {
            self.holders.remove(&note.own_id);
            if let Some(former) = former.filter(|former| former.shown && former.key == note.key) {
                self.withdrawals.push((note.path.clone(), former.key.clone()));
            }
            return self.notes.push(note);
        }
        self.holders.insert(note.own_id.clone(), note.path.clone());
        let same = former.filter(|former| former.key == note.key);
        if same.is_some() && !shown_before {
            self.restores.push(note.key.clone());
        }
        match same {
            // Only its time has changed, or its name.
            Some(former) if shown_before && former.digest == note.digest => self.notes.push(note),
            _ => self.puts.push(Put { file: Arc::new(file.clone()), renamed: renamed.is_some(), note }),
        }
    }

    /// The paths of files that held published articles and are not there.
    pub fn missing(&self) -> impl Iterator<Item = &'a str> {
        self.missing.values().filter(|file| file.shown).map(|file| file.path.as_str())
    }

    /// Decides that the file at this path is gone for good.
    pub fn withdraw(&mut self, path: &str) {
        if let Some(gone) = self.missing.remove(path) {
            // Unless another file has come to hold its article meanwhile.
            if !self.holders.contains_key(&gone.own_id) {
                self.withdrawals.push((gone.path.clone(), gone.key.clone()));
            }
            self.notes.push(Watched { shown: false, ..gone.clone() });
        }
    }
}
