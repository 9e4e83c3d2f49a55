//! Pages for people after every step: what a server has kept of them is what it would make of the store at this moment, and
//! what they count is there.
//!
//! Knows nothing of how a page looks.

use wellhead::article::{Key, Time};
use wellhead::feed::FeedKey;
use wellhead::representation::Coding;
use wellhead::resource::{Edition, Resource, Sitemap, Subject};
use wellhead::site;
use wellhead::view::{LATELY, YEAR};

use super::world::World;

/// Seconds by which the newsroom's days begin earlier than those of UTC.
const SHANGHAI: i64 = 8 * 60 * 60;

impl World {
    /// Asks for pages of every kind, among them always some that were asked for before.
    pub fn check_pages(&self) {
        for key in &self.keys {
            self.check_counts(key);
            self.check_page(&Resource::Page(Subject::Feed(key.clone()), Edition::Own));
            let archives = self.model.archives(key);
            for page in archives.first().into_iter().chain(archives.last()) {
                self.check_page(&Resource::Page(Subject::Archive(key.clone(), *page), Edition::English));
            }
        }
        let articles: Vec<&String> = self.model.articles.keys().collect();
        // Now and then all of them: what has left a feed may have stood beside any.
        let some = if self.looks.is_multiple_of(4) { articles.len() } else { 5 };
        for own_id in articles.iter().take(some).chain(articles.last()) {
            let subject = Subject::Article(Key::derive("local", own_id));
            self.check_page(&Resource::Page(subject, Edition::Own));
        }
        self.check_page(&Resource::Sitemap(Sitemap::Whole));
        self.check_page(&Resource::Sitemap(Sitemap::News));
    }

    /// What is kept of a page is what it would be if it were made now.
    fn check_page(&self, page: &Resource) {
        let site = &self.apps[0].site;
        let kept = self.runtime.block_on(site.representation(page, Coding::Identity)).expect("an answer");
        let selected = self
            .runtime
            .block_on(site::select(site.set(), site.store(), page, None, site.time_of_news()))
            .expect("a snapshot");
        let made = selected.map(|selected| site::render(site.set(), page, selected));
        let kept = kept.map(|kept| String::from_utf8(kept.identity.to_vec()).expect("UTF-8"));
        let made = made.map(|made| String::from_utf8(made.bytes).expect("UTF-8"));
        assert_eq!(kept, made, "{}", page.path());
    }

    /// A feed's page counts what the feed holds, day by day.
    fn check_counts(&self, key: &FeedKey) {
        let store = self.apps[0].site.store();
        let overview = store.overview(key).wait().expect("the store answers");
        let published = |cell: &FeedKey| -> Vec<i64> {
            let held = self.model.held(cell).into_keys();
            let day = |time: Time| time.plus(SHANGHAI).0.div_euclid(86_400);
            let articles = held.map(|own_id| &self.model.articles[&own_id]);
            articles.filter(|article| !article.withdrawn).map(|article| day(article.published)).collect()
        };
        let cells: Vec<i64> = key.cells().iter().flat_map(published).collect();
        assert_eq!(overview.entries, cells.len() as u64, "how many {key} holds");
        let today = overview.today.unwrap_or(0);
        let within = |days: i64| cells.iter().filter(|day| **day > today - days).count() as u64;
        let told: u64 = overview.days.iter().map(|(_, entries)| entries).sum();
        assert_eq!(told, within(YEAR), "how many articles of the last year {key} holds");
        if key.is_stored() {
            let all = store.overview(&FeedKey::All).wait().expect("the store answers");
            let lately = all.lately.iter().find(|(other, _)| other == key).map_or(0, |(_, entries)| *entries);
            assert_eq!(lately, within(LATELY), "how many articles of the last month {key} holds");
        }
    }
}
