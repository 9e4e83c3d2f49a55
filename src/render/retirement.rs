//! The last entry of a feed that has retired: that it has, why, and when it is gone.
//!
//! Knows nothing of what day it is: the entry is the same from the day on which it is written to the last.

use super::address;
use super::masthead::{Masthead, title};
use crate::article::{Article, Content, Html, Key, Labels};
use crate::feed::{FeedKey, FeedSet, Retirement, is_traditional};
use crate::ingest::text;
use crate::page::{Page, Part};
use crate::resource::{Format, Resource};

/// The source in whose name farewells have their keys; no article's is called so.
const SOURCE: &str = "\u{0}retirement";

/// The farewell of a feed, if it has retired.
pub fn farewell(set: &FeedSet, key: &FeedKey) -> Option<Article> {
    let retirement = set.retirement(key)?;
    let published = retirement.begins(set.site.time_zone);
    Some(Article {
        key: Key::derive(SOURCE, &key.to_string()),
        id: Masthead::new(set, key).tag(&format!("{key}/retired")),
        guid: None,
        published,
        updated: published,
        labels: Labels::default(),
        content: words(set, key, retirement),
        withdrawn: None,
    })
}

/// The document that is left of a retired feed once it is gone: its farewell alone, in its format.
pub fn gone(set: &FeedSet, key: &FeedKey, format: Format) -> Vec<u8> {
    let entries: Vec<Article> = farewell(set, key).into_iter().collect();
    let updated = entries.first().map_or(crate::article::Time(0), |entry| entry.updated);
    let page = Page { key: key.clone(), part: Part::Subscription { newest: None }, updated, entries };
    super::feed(&page, set, format)
}

fn words(set: &FeedSet, key: &FeedKey, retirement: &Retirement) -> Content {
    let (feed, site, day) = (title(set, key), &set.site.title, retirement.last_day());
    let (title, sentence) = match set.site.is_chinese() {
        true if is_traditional(&set.site.language) => {
            (format!("「{feed}」不再更新"), format!("此訂閱不再更新，{day} 起關閉。《{site}》的全部文章仍可訂閱。"))
        }
        true => (format!("“{feed}”不再更新"), format!("此订阅不再更新，{day} 起关闭。《{site}》的全部文章仍可订阅。")),
        false => (
            format!("“{feed}” has ended"),
            format!(
                "Nothing new will appear here, and from {day} on this feed is gone. All of {site} can still be followed."
            ),
        ),
    };
    let own = retirement.farewell.as_deref().unwrap_or_default();
    let home = address(&set.site, &Resource::index());
    let own_paragraph = if own.is_empty() { String::new() } else { format!("<p>{}</p>\n", text::escape(own)) };
    let link = format!("<a href=\"{0}\">{0}</a>", text::escape(&home));
    Content {
        title,
        summary: format!("{own}{}{sentence}", if own.is_empty() { "" } else { " " }),
        html: Html::trusted(format!("{own_paragraph}<p>{}</p>\n<p>{link}</p>\n", text::escape(&sentence))),
        url: Some(home),
        ..Content::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::load;

    fn set(more: &str) -> FeedSet {
        let site = "title = \"井口日报\"\nbase_url = \"https://news.example\"\nlanguage = \"zh-CN\"\nyear = 2026\n\
                    authority = \"news.example\"\ntime_zone = \"Asia/Shanghai\"\n[[authors]]\nname = \"编辑部\"\n";
        let salt = format!("title = \"盐业\"\nretired = 2026-11-30\n{more}");
        load::from_texts("feeds", [("site.toml", site), ("topics/salt.toml", &*salt)]).unwrap()
    }

    #[test]
    fn a_farewell_says_why_and_until_when_in_every_format() {
        let (set, key) = (set("farewell = \"请改订<民生>\"\n"), FeedKey::parse("topics/salt").unwrap());
        let said = farewell(&set, &key).unwrap();
        assert_eq!(said.published.to_string(), "2026-11-29T16:00:00Z");
        assert_eq!(said.id, "tag:news.example,2026:topics/salt/retired");
        for format in Format::ALL {
            let read = feed_rs::parser::parse(&gone(&set, &key, format)[..]).unwrap();
            let text = format!("{:?}", read.entries);
            assert_eq!(read.entries.len(), 1);
            assert!(text.contains("2026-12-30") && text.contains("民生") && text.contains("不再更新"), "{text}");
        }
    }

    #[test]
    fn a_feed_that_goes_on_has_no_farewell() {
        assert_eq!(farewell(&set(""), &FeedKey::All), None);
    }
}
