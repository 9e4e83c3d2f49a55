//! A small newsroom for the renderers' tests.
//!
//! Knows nothing of what the tests claim.

use crate::article::{Article, Content, Enclosure, Html, Image, Key, Labels, Person, Slug, Time};
use crate::feed::classify::Classifier;
use crate::feed::{Axis, FeedDef, FeedKey, FeedSet, Site};
use crate::page::{Page, Part};

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn def(axis: Axis, name: &str, title: &str) -> FeedDef {
    let description = Some(format!("{title}的消息"));
    FeedDef {
        axis,
        slug: slug(name),
        title: title.to_owned(),
        title_en: None,
        description,
        description_en: None,
        code: None,
        aliases: Vec::new(),
        formerly: Vec::new(),
        retired: None,
    }
}

fn person(name: &str, url: Option<&str>) -> Person {
    Person { name: name.to_owned(), url: url.map(str::to_owned) }
}

pub(super) fn set() -> FeedSet {
    FeedSet {
        site: Site {
            title: "井口日报".to_owned(),
            title_en: None,
            description: Some("自贡的新闻".to_owned()),
            description_en: None,
            base_url: "https://news.example".to_owned(),
            language: "zh-CN".to_owned(),
            authors: vec![person("井口日报编辑部", Some("https://news.example/"))],
            rights: Some("© 井口日报".to_owned()),
            icon: Some("https://news.example/icon.png".to_owned()),
            authority: "news.example".to_owned(),
            year: 2026,
            time_zone: chrono_tz::Asia::Shanghai,
            max_age: 600,
            aliases: Vec::new(),
        },
        districts: vec![def(Axis::District, "daan", "大安区"), def(Axis::District, "yantan", "沿滩区")],
        topics: vec![def(Axis::Topic, "lantern", "灯"), def(Axis::Topic, "salt", "盐")],
        retired: Vec::new(),
        former: Default::default(),
        digest: String::new(),
        dates_in: None,
        media: Vec::new(),
        classifier: Classifier::default(),
    }
}

pub(super) fn page(entries: Vec<Article>) -> Page {
    let updated = entries.iter().map(|article| article.updated).max().unwrap_or(Time(1_795_396_500));
    Page { key: FeedKey::All, part: Part::Subscription { newest: None }, updated, entries }
}

/// An article with everything that an article can have.
pub(super) fn article(own_id: &str) -> Article {
    let key = Key::derive("local", own_id);
    Article {
        id: format!("tag:news.example,2026:a/{key}"),
        key,
        published: Time(1_795_396_500),
        updated: Time(1_795_400_100),
        labels: Labels { districts: vec![slug("daan")], topics: vec![slug("salt")] },
        content: content(),
        withdrawn: None,
        guid: None,
    }
}

fn content() -> Content {
    let image = Image {
        url: "https://img.example/well.jpg".to_owned(),
        media_type: Some("image/jpeg".to_owned()),
        width: Some(1200),
        height: Some(800),
        alt: Some("燊海井的井架".to_owned()),
    };
    let enclosure = Enclosure {
        url: "https://img.example/well.mp3".to_owned(),
        media_type: "audio/mpeg".to_owned(),
        length: Some(1234),
        duration: Some(61),
    };
    Content {
        title: "燊海井重新开放".to_owned(),
        summary: "千米深井今日重新开放。".to_owned(),
        html: Html::trusted("<p>千米深井今日<em>重新开放</em>。</p>".to_owned()),
        url: None,
        authors: vec![person("李雷", Some("https://news.example/people/lilei")), person("韩梅梅", None)],
        tags: vec!["井".to_owned()],
        language: None,
        image: Some(image),
        enclosures: vec![enclosure],
        note: None,
    }
}
