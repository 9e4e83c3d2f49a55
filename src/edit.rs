//! The write spine for one stored article: what an editor says of it becomes what it says.
//!
//! Knows nothing of SQL or of who is told; the article's text goes through the same door and the same rules as any other.

use crate::article::{Content, Draft, Key, Time};
use crate::feed::FeedSet;
use crate::ingest::beside::Beside;
use crate::ingest::clean::{self, Door};
use crate::ingest::html;
use crate::ingest::refusal::Refusals;
use crate::intake;
use crate::store::command::{Amendment, Answer, Command, Operation, Rejection};
use crate::store::stored::{Stored, labels_after};
use crate::store::submission::OwnLabels;
use crate::store::{Store, StoreError};

/// How often an edit is tried again because somebody else was faster.
const TRIES: u32 = 5;

/// What an editor says of an article; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The whole article anew.
    pub draft: Option<Draft>,
    /// Where its file lies, if files beside it may belong to it.
    pub beside: Option<Beside>,
    /// Whether that draft has its source's own id, which must be the article's.
    pub named: bool,
    /// Another headline.
    pub title: Option<String>,
    /// What was corrected; an empty note takes away the one there is.
    pub note: Option<String>,
    /// Another time for an article that is not public yet.
    pub published: Option<Time>,
    /// Whether readers are told.
    pub significant: bool,
}

/// Why an article cannot be edited so.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// What it says cannot be published.
    #[error(transparent)]
    Refused(#[from] Refusals),
    /// The draft is another article's.
    #[error("the draft's id is {id:?}, which is the article {key}")]
    Foreign {
        /// The draft's own id.
        id: String,
        /// The key of the article that has it.
        key: Key,
    },
    /// The store does not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Edits an article, on behalf of `who`.
pub fn edit(set: &FeedSet, store: &Store, key: &Key, edit: &Edit, who: &str, now: Time) -> Result<Answer, EditError> {
    for _ in 0..TRIES {
        let Some(old) = store.dossier(key).wait()? else { return Ok(Err(Rejection::Unknown)) };
        let operation = Operation::Amend(Box::new(amendment(set, &old, edit, now)?));
        let command = Command::new(old.article.key, operation, who).on_version(old.version);
        match store.execute_one(command, now).wait()? {
            Err(Rejection::Precondition) => {}
            answer => return Ok(answer),
        }
    }
    Ok(Err(Rejection::Precondition))
}

/// What the edit makes of the article as it is stored.
fn amendment(set: &FeedSet, old: &Stored, edit: &Edit, now: Time) -> Result<Amendment, EditError> {
    let (mut content, own, dates) = match &edit.draft {
        Some(draft) => redrafted(set, old, draft, edit)?,
        None => (old.article.content.clone(), own_labels(old), (None, None)),
    };
    let published = edit.published.or(dates.0);
    let public = if old.embargoed { published.unwrap_or(old.article.published) } else { now };
    let updated = intake::updated(dates.1, public, now).map_err(Refusals::from)?;
    if let Some(title) = &edit.title {
        let title = clean::title(title).map_err(Refusals::from)?;
        if content.summary == content.title {
            // A headline alone is its own summary.
            content.summary.clone_from(&title);
        }
        content.title = title;
    }
    if let Some(note) = &edit.note {
        content.note = Some(clean::note(note).map_err(Refusals::from)?).filter(|note| !note.is_empty());
    }
    let ruled = set.classifier.classify(&content.title, &html::to_text(&content.html)).labels;
    Ok(Amendment {
        labels: labels_after(old, &content, &own, &ruled),
        brought: own.brought(),
        // The time of what is public already stays what it is, whatever a draft repeats.
        published: edit.published.or(dates.0.filter(|_| old.embargoed)),
        updated,
        significant: edit.significant,
        content,
    })
}

/// When a draft says that it was published and last changed.
type Dates = (Option<Time>, Option<Time>);

fn redrafted(
    set: &FeedSet,
    old: &Stored,
    draft: &Draft,
    Edit { named, beside, .. }: &Edit,
) -> Result<(Content, OwnLabels, Dates), EditError> {
    let door = Door::new(intake::base(set));
    let cleaned = match beside {
        Some(file) => door.clean_beside(draft, file, &set.media),
        None => door.clean(draft),
    };
    let cleaned = intake::placed(set, cleaned?)?;
    let key = Key::derive(&old.source, &cleaned.own_id);
    if *named && key != old.article.key {
        return Err(EditError::Foreign { id: cleaned.own_id, key });
    }
    let own = OwnLabels { districts: cleaned.districts, topics: cleaned.topics };
    Ok((cleaned.content, own, (cleaned.published, cleaned.updated)))
}

/// The labels that an article has brought itself.
fn own_labels(old: &Stored) -> OwnLabels {
    let labels = old.article.labels.clone();
    OwnLabels {
        districts: Some(labels.districts).filter(|_| old.brought.districts),
        topics: Some(labels.topics).filter(|_| old.brought.topics),
    }
}
