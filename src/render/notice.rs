//! What stands in the place of a withdrawn article: a short notice under its id, in its feeds.
//!
//! Knows nothing of who withdraws or of what HTTP says of it; nothing of the article's texts is left in a notice.

use crate::article::{Article, Content, Html};
use crate::feed::FeedSet;
use crate::ingest::html;

/// The article as it is shown: itself, or, if it is withdrawn, a notice.
pub fn shown(set: &FeedSet, article: Article) -> Article {
    let Some(note) = &article.withdrawn else { return article };
    let title = if set.site.language.starts_with("zh") { "此文已撤回" } else { "This article has been withdrawn" };
    let content = Content {
        title: title.to_owned(),
        summary: if note.is_empty() { title.to_owned() } else { note.clone() },
        html: if note.is_empty() { Html::default() } else { html::of_text(note) },
        ..Content::default()
    };
    Article { content, ..article }
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
    fn a_notice_without_a_note_is_still_an_entry() {
        let shown = shown(&set(), Article { withdrawn: Some(String::new()), ..article("a") });
        assert_eq!((shown.content.title.as_str(), shown.content.summary.as_str()), ("此文已撤回", "此文已撤回"));
        let published = super::shown(&set(), article("a"));
        assert_eq!(published, article("a"));
    }
}
