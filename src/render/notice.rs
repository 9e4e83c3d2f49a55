//! An article as it is shown: what was corrected stands first, and a withdrawn one is a short notice under its id.
//!
//! Knows nothing of who corrects or withdraws, or of what HTTP says of it. Both are made here and not stored, since
//! their words depend on the definitions, and what an article says must stay apart from what is said of it.

use crate::article::{Article, Content, Html};
use crate::feed::FeedSet;
use crate::ingest::{html, text};

/// The article as it is shown.
pub fn shown(set: &FeedSet, article: Article) -> Article {
    let content = match &article.withdrawn {
        Some(note) => notice(set, note),
        None => match &article.content.note {
            Some(note) => corrected(&article.content, note),
            None => return article,
        },
    };
    Article { content, ..article }
}

/// The notice in the place of a withdrawn article: nothing of its texts is left in it.
fn notice(set: &FeedSet, note: &str) -> Content {
    let title = if set.site.is_chinese() { "此文已撤回" } else { "This article has been withdrawn" };
    Content {
        title: title.to_owned(),
        summary: if note.is_empty() { title.to_owned() } else { note.to_owned() },
        html: if note.is_empty() { Html::default() } else { html::of_text(note) },
        ..Content::default()
    }
}

/// The note first in the body and in the summary, so that no reader shows one without it.
fn corrected(content: &Content, note: &str) -> Content {
    let lead = format!("<p><strong>{}</strong></p>\n", text::escape(note));
    Content {
        summary: format!("{note} {}", content.summary),
        html: html::joined(&lead, &content.html),
        ..content.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Page;
    use crate::render::samples::{article, page, set};
    use crate::resource::Format;

    #[test]
    fn a_notice_says_why_and_nothing_that_the_article_said() {
        let withdrawn = Article { withdrawn: Some("数字有误 <见更正>。".to_owned()), ..article("a") };
        let shown = shown(&set(), withdrawn.clone());
        assert_eq!(
            (&shown.id, shown.published, shown.updated),
            (&withdrawn.id, withdrawn.published, withdrawn.updated)
        );
        for format in Format::ALL {
            let page = Page { entries: vec![shown.clone()], ..page(vec![]) };
            let text = String::from_utf8(crate::render::feed(&page, &set(), format)).unwrap();
            assert!(text.contains("此文已撤回") && text.contains("数字有误"), "{text}");
            assert!(!text.contains("燊海井") && !text.contains("well.mp3") && !text.contains("李雷"), "{text}");
        }
    }

    #[test]
    fn a_note_stands_first_in_body_and_summary() {
        let mut article = article("a");
        article.content.note = Some("更正<井深>".to_owned());
        let content = shown(&set(), article.clone()).content;
        assert_eq!(content.summary, format!("更正<井深> {}", article.content.summary));
        let body = article.content.html.as_str();
        assert_eq!(content.html.as_str(), format!("<p><strong>更正&lt;井深&gt;</strong></p>\n{body}"));
    }

    #[test]
    fn a_notice_without_a_note_is_still_an_entry() {
        let shown = shown(&set(), Article { withdrawn: Some(String::new()), ..article("a") });
        assert_eq!((shown.content.title.as_str(), shown.content.summary.as_str()), ("此文已撤回", "此文已撤回"));
        let published = super::shown(&set(), article("a"));
        assert_eq!(published, article("a"));
    }
}
