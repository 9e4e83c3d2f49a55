//! Writes RSS 2.0, after the RSS Advisory Board's profile, with the conventional prefixes.
//!
//! Knows nothing of what the words are; it leaves out what RSS cannot say (an update).

use std::borrow::Cow;
use std::collections::BTreeMap;

use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Enclosure, Guid, Image, Item};

use super::masthead::{Masthead, alt, media_attributes};
use super::xml::{HISTORY, escape, respelled};
use crate::article::{self, Article, Time};
use crate::page::{Page, Part};
use crate::resource::Format;

/// Prefixes that readers expect to see spelled just so; `content` and `dc` are declared by the crate, where used.
const NAMESPACES: [(&str, &str); 2] =
    [("atom", "http://www.w3.org/2005/Atom"), ("media", "http://search.yahoo.com/mrss/")];

/// The page as RSS 2.0.
pub(super) fn feed(page: &Page, masthead: &Masthead<'_>) -> Vec<u8> {
    let written = channel(page, masthead).write_to(Vec::new()).expect("writing to memory cannot fail");
    profiled(&String::from_utf8(written).expect("the crate writes the strings it was given"))
}

/// The elements of `channel`. It has no categories: Miniflux would hang them on every item that has none.
fn channel(page: &Page, masthead: &Masthead<'_>) -> Channel {
    let site = masthead.site();
    let image = |url: &String| Image {
        url: url.clone(),
        title: masthead.title.clone(),
        link: masthead.home.clone(),
        ..Image::default()
    };
    Channel {
        title: masthead.title.clone(),
        link: masthead.home.clone(),
        description: escape(masthead.description().unwrap_or(&masthead.title)).into_owned(),
        language: Some(site.language.clone()),
        copyright: site.rights.clone(),
        last_build_date: Some(date(masthead, page.updated)),
        ttl: matches!(page.part, Part::Subscription { .. }).then(|| (site.max_age / 60).to_string()),
        image: site.icon.as_ref().filter(|icon| is_picture(icon)).map(image),
        extensions: channel_extensions(page, masthead),
        namespaces: namespaces(page.part),
        items: page.entries.iter().map(|article| item(article, masthead)).collect(),
        ..Channel::default()
    }
}

/// Whether RSS can show it: the specification knows GIF, JPEG and PNG only. Atom and JSON Feed take any icon.
fn is_picture(icon: &str) -> bool {
    let path = icon.split(['?', '#']).next().unwrap_or_default();
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["gif", "jpg", "jpeg", "png"].contains(&extension.to_ascii_lowercase().as_str())
}

/// `atom:link` to itself and to the feed's other parts, and how often to ask: as often as `ttl` and Cache-Control say,
/// but for archive pages, which nobody polls.
fn channel_extensions(page: &Page, masthead: &Masthead<'_>) -> ExtensionMap {
    let itself = ("self", masthead.address(page.part, Format::Rss));
    let mut extensions = ExtensionMap::new();
    for (relation, href) in std::iter::once(itself).chain(masthead.relations(page.part, Format::Rss)) {
        let link = [("href", href), ("rel", relation.into()), ("type", Format::Rss.media_type().into())];
        extend(&mut extensions, element("atom:link", link, None));
    }
    match page.part {
        Part::Archive { .. } => extend(&mut extensions, element("fh:archive", [], None)),
        Part::Subscription { .. } => {
            let times_an_hour = 3600 / masthead.site().max_age.clamp(60, 3600);
            extend(&mut extensions, element("sy:updatePeriod", [], Some("hourly".to_owned())));
            extend(&mut extensions, element("sy:updateFrequency", [], Some(times_an_hour.to_string())));
        }
    }
    extensions
}

/// The prefixes that a part of a feed uses, beside those that the crate declares.
fn namespaces(part: Part) -> BTreeMap<String, String> {
    let of_part = match part {
        Part::Archive { .. } => ("fh", HISTORY),
        Part::Subscription { .. } => ("sy", "http://purl.org/rss/1.0/modules/syndication/"),
    };
    NAMESPACES.into_iter().chain([of_part]).map(|(prefix, iri)| (prefix.to_owned(), iri.to_owned())).collect()
}

/// One article. The description stands before the content, and both hold HTML: the summary is plain text made HTML.
fn item(article: &Article, masthead: &Masthead<'_>) -> Item {
    let content = &article.content;
    Item {
        title: Some(content.title.clone()),
        link: Some(masthead.link(article)),
        description: Some(escape(&content.summary).into_owned()),
        categories: masthead.categories(article).iter().map(|category| Category::from(category.text())).collect(),
        enclosure: content.enclosures.first().map(enclosure),
        guid: Some(Guid { value: article.guid().to_owned(), permalink: false }),
        pub_date: Some(date(masthead, article.published)),
        content: masthead.body(article).map(Cow::into_owned),
        extensions: media(content),
        dublin_core_ext: Some(dublin_core(article, masthead)),
        ..Item::default()
    }
}

/// RSS requires a length and we never fetch to learn one; 0 says that it is not known (RSS Advisory Board's profile).
fn enclosure(enclosure: &article::Enclosure) -> Enclosure {
    let length = enclosure.length.unwrap_or(0).to_string();
    Enclosure { url: enclosure.url.clone(), length, mime_type: enclosure.media_type.clone() }
}

fn dublin_core(article: &Article, masthead: &Masthead<'_>) -> DublinCoreExtension {
    let own = &article.content.authors;
    let authors = if own.is_empty() { &masthead.authors } else { own };
    DublinCoreExtension {
        creators: authors.iter().map(|person| person.name.clone()).collect(),
        languages: masthead.language(article).map(str::to_owned).into_iter().collect(),
        ..DublinCoreExtension::default()
    }
}

/// The lead image, and the files behind the first one: RSS has room for one enclosure.
fn media(content: &article::Content) -> ExtensionMap {
    let mut extensions = ExtensionMap::new();
    if let Some(image) = &content.image {
        let [attributes, thumbnail] = media_attributes(image);
        let mut element = self::element("media:content", attributes, None);
        if let Some(alt) = alt(image) {
            let description = self::element("media:description", [], Some(alt));
            element.children.insert("description".to_owned(), vec![description]);
        }
        extend(&mut extensions, element);
        extend(&mut extensions, self::element("media:thumbnail", thumbnail, None));
    }
    for file in content.enclosures.iter().skip(1) {
        let length = file.length.map(|length| ("fileSize", length.to_string()));
        let kind = [("type", file.media_type.clone()), ("url", file.url.clone())];
        extend(&mut extensions, element("media:content", length.into_iter().chain(kind), None));
    }
    extensions
}

fn element(
    name: &str,
    attributes: impl IntoIterator<Item = (&'static str, String)>,
    value: Option<String>,
) -> Extension {
    let attrs = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Extension { name: name.to_owned(), value, attrs, children: BTreeMap::new() }
}

/// Puts an element where the crate looks for it: under its prefix, then under its name.
fn extend(extensions: &mut ExtensionMap, element: Extension) {
    let (prefix, name) = element.name.split_once(':').expect("elements of extensions are prefixed");
    let elements = extensions.entry(prefix.to_owned()).or_default();
    elements.entry(name.to_owned()).or_default().push(element);
}

/// RFC 822 with the four-digit year of RFC 1123 and a numeric zone.
fn date(masthead: &Masthead<'_>, time: Time) -> String {
    masthead.date(time).format("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// The crate's output, as the RSS profile wants it.
///
/// Plain text escapes with `&#x26;` and `&#x3C;`, so that a reader which takes it for HTML still shows the character
/// (profile, "Character Data"). CDATA sections are escaped like all other text: to parsers it is the same, and no
/// `]]>` can end them early. Between its sections the crate escapes every `<`, so each marker found here is its own.
fn profiled(written: &str) -> Vec<u8> {
    let plain = |markup: &str| respelled(markup, &[("&amp;", "&#x26;"), ("&lt;", "&#x3C;")]);
    let mut profiled = String::with_capacity(written.len() + written.len() / 8);
    let mut rest = written;
    while let Some((markup, section)) = rest.split_once("<![CDATA[") {
        let (html, after) = section.split_once("]]>").expect("the crate ends each section it begins");
        profiled.push_str(&plain(markup));
        profiled.push_str(&escape(html));
        rest = after;
    }
    profiled.push_str(&plain(rest));
    profiled.push('\n');
    profiled.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedKey;
    use crate::render::samples::{article, page, set};

    fn written(article: Article) -> String {
        let set = set();
        String::from_utf8(feed(&page(vec![article]), &Masthead::new(&set, &FeedKey::All))).unwrap()
    }

    #[test]
    fn a_guid_is_never_a_permalink() {
        let text = written(article("a"));
        assert!(text.contains(&format!("<guid isPermaLink=\"false\">{}</guid>", article("a").id)), "{text}");
    }

    #[test]
    fn plain_text_survives_a_reader_that_takes_it_for_html() {
        let mut article = article("a");
        article.content.title = "R&D <b> &amp;".to_owned();
        assert!(written(article).contains("<title>R&#x26;D &#x3C;b&gt; &#x26;amp;</title>"));
    }

    #[test]
    fn a_description_is_html_that_shows_the_plain_summary() {
        let mut article = article("a");
        article.content.summary = "1 < 2 & <b>".to_owned();
        assert!(written(article).contains("<description>1 &amp;lt; 2 &amp;amp; &amp;lt;b&amp;gt;</description>"));
    }

    #[test]
    fn the_end_of_a_cdata_section_can_stand_in_content() {
        let mut article = article("a");
        article.content.html = crate::article::Html::trusted("<p>]]&gt; ]]> <![CDATA[x]]></p>".to_owned());
        let text = written(article);
        assert!(text.contains("&lt;p&gt;]]&amp;gt; ]]&gt; &lt;![CDATA[x]]&gt;&lt;/p&gt;"), "{text}");
        assert!(!text.contains("<!["));
    }

    #[test]
    fn the_description_stands_before_the_content() {
        let text = written(article("a"));
        let item = &text[text.find("<item>").unwrap()..];
        assert!(item.find("<description>").unwrap() < item.find("<content:encoded>").unwrap());
    }

    #[test]
    fn a_file_of_unknown_length_has_a_length_of_0_and_further_files_are_media() {
        let mut article = article("a");
        article.content.enclosures[0].length = None;
        let further = crate::article::Enclosure { length: Some(7), ..article.content.enclosures[0].clone() };
        article.content.enclosures.push(further);
        let text = written(article);
        assert_eq!((text.matches("<enclosure ").count(), text.matches("length=\"0\"").count()), (1, 1), "{text}");
        assert_eq!(text.matches("<media:content fileSize=\"7\" type=").count(), 1, "{text}");
    }

    #[test]
    fn ttl_and_update_frequency_say_the_same() {
        let text = written(article("a"));
        assert!(text.contains("<ttl>10</ttl>") && text.contains("<sy:updateFrequency>6</sy:updateFrequency>"));
        assert!(text.contains("<sy:updatePeriod>hourly</sy:updatePeriod>"));
    }

    #[test]
    fn dates_have_four_digit_years_and_the_zone_of_the_site() {
        assert!(written(article("a")).contains("<pubDate>Mon, 23 Nov 2026 09:15:00 +0800</pubDate>"));
    }

    #[test]
    fn each_author_is_a_creator_and_the_site_signs_what_nobody_signed() {
        let mut article = article("a");
        assert!(written(article.clone()).contains("<dc:creator>李雷</dc:creator><dc:creator>韩梅梅</dc:creator>"));
        article.content.authors.clear();
        assert!(written(article).contains("<dc:creator>井口日报编辑部</dc:creator>"));
    }
}
