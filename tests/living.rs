//! A watched folder: editors' ways of saving, renames, removals, and what looks like a removal and is none.
//!
//! Knows nothing of events or of serving; time is an argument, so that nothing here waits.

use std::cell::Cell;
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;
use wellhead::article::{Key, Time};
use wellhead::feed::FeedSet;
use wellhead::fingerprint::fingerprint;
use wellhead::ingest::{InputFile, Kind};
use wellhead::intake::{self, Counts, Input, Options};
use wellhead::living::{Living, LivingError, Look, SETTLE};
use wellhead::store::Store;
use wellhead::store::command::{Command, Operation};
use wellhead::store::stored::Stored;

use crate::support::served::definitions;

/// When the tests begin; files are written then unless they say otherwise.
const BEGIN: i64 = 1_795_478_400;

/// A folder, a store, and what time it is.
struct Newsroom {
    folder: TempDir,
    set: FeedSet,
    store: Store,
    living: Living,
    now: Cell<i64>,
    told: Vec<String>,
}

impl Newsroom {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("posts")).expect("a folder");
        let set = definitions();
        let path = folder.path().join("wellhead.db");
        let store = Store::open(&path.to_string_lossy(), &fingerprint(&set), Time(BEGIN - 100)).expect("a store");
        let living = Living::new(folder.path().join("posts"), "local".to_owned(), false);
        Self { folder, set, store, living, now: Cell::new(BEGIN), told: Vec::new() }
    }

    /// The server starts anew, and remembers what is in the store.
    fn restarted(mut self, confirmed: bool) -> Self {
        self.living = Living::new(self.folder.path().join("posts"), "local".to_owned(), confirmed);
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("posts").join(name)
    }

    /// Writes a file; it was last changed now.
    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().expect("a folder")).expect("a folder");
        fs::write(self.path(name), text).expect("a file");
        self.touch(name);
    }

    fn touch(&self, name: &str) {
        let file = File::options().write(true).open(self.path(name)).expect("a file");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(self.now.get() as u64)).expect("a time");
    }

    fn rename(&self, old: &str, new: &str) {
        fs::rename(self.path(old), self.path(new)).expect("renamed");
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).expect("removed");
    }

    fn look(&mut self) -> Result<Look, LivingError> {
        let now = Time(self.now.get());
        self.living.look(&self.set, &self.store, &move || now, &mut |fault| self.told.push(fault.to_string()))
    }

    /// Does something to an article, as an editor.
    fn operate(&self, own_id: &str, operation: Operation, now: i64) {
        let command = Command::new(Key::derive("local", own_id), operation, "editor");
        assert!(matches!(self.store.execute_one(command, Time(now)).wait(), Ok(Ok(_))));
    }

    /// Looks, and again once everything has had its time; what both came to.
    fn settle(&mut self) -> Look {
        let first = self.look().expect("a look");
        self.now.set(self.now.get() + SETTLE);
        let second = self.look().expect("a look");
        let counts = Counts {
            new: first.counts.new + second.counts.new,
            edited: first.counts.edited + second.counts.edited,
            left: first.counts.left + second.counts.left,
            ..second.counts
        };
        Look {
            counts,
            withdrawn: first.withdrawn + second.withdrawn,
            restored: first.restored + second.restored,
            renamed: first.renamed + second.renamed,
            waiting: second.waiting,
        }
    }

    fn article(&self, own_id: &str) -> Option<Stored> {
        self.store.dossier(&Key::derive("local", own_id)).wait().expect("the store answers")
    }

    fn title(&self, own_id: &str) -> String {
        self.article(own_id).expect("an article").article.content.title
    }

    fn is_withdrawn(&self, own_id: &str) -> bool {
        self.article(own_id).expect("an article").article.withdrawn.is_some()
    }

    /// Fills the folder with so many articles, and takes them in.
    fn with_articles(mut self, count: usize) -> Self {
        for n in 0..count {
            self.write(&format!("{n}.md"), &post(&format!("第{n}口井")));
        }
        assert_eq!(self.settle().counts.new, count as u64);
        self
    }
}

fn post(title: &str) -> String {
    format!("---\ntitle: {title}\ndate: 2026-11-23T08:00:00+08:00\n---\n大安的井今天开放。\n")
}

#[test]
fn a_file_that_is_written_in_place_is_an_article_and_then_an_edit_of_it() {
    let mut newsroom = Newsroom::new();
    newsroom.write("well.md", &post("盐井开放"));
    assert_eq!(newsroom.settle().counts.new, 1);
    newsroom.write("well.md", &post("盐井今天开放"));
    assert_eq!(newsroom.settle().counts.edited, 1);
    assert_eq!(newsroom.title("well"), "盐井今天开放");
    assert!(!newsroom.settle().changed());
}

#[test]
fn a_file_that_is_written_beside_and_renamed_over_is_an_edit() {
    let mut newsroom = Newsroom::new().with_articles(1);
    newsroom.write(".0.md.swp", "…");
    newsroom.write("0.md.new", &post("第一口井"));
    newsroom.look().expect("a look");
    newsroom.rename("0.md.new", "0.md");
    let look = newsroom.settle();
    assert_eq!((look.counts.edited, look.counts.new, look.withdrawn), (1, 0, 0));
    assert_eq!(newsroom.title("0"), "第一口井");
}

#[test]
fn a_file_that_is_removed_and_created_anew_is_never_withdrawn() {
    let mut newsroom = Newsroom::new().with_articles(2);
    newsroom.remove("0.md");
    let look = newsroom.look().expect("a look");
    assert_eq!((look.withdrawn, look.waiting), (0, 1));
    newsroom.now.set(newsroom.now.get() + SETTLE - 1);
    newsroom.write("0.md", &post("重写的井"));
    let look = newsroom.settle();
    assert_eq!((look.withdrawn, look.counts.edited), (0, 1));
    assert_eq!(newsroom.title("0"), "重写的井");
}

#[test]
fn a_half_written_file_waits_until_it_is_whole() {
    let mut newsroom = Newsroom::new().with_articles(1);
    newsroom.write("1.md", "");
    newsroom.settle();
    for end in [10, 40, 60] {
        newsroom.now.set(newsroom.now.get() + 1);
        let whole = post("写到一半的井");
        newsroom.write("1.md", &whole[..whole.floor_char_boundary(end)]);
        let look = newsroom.look().expect("a look");
        assert_eq!((look.waiting, look.counts.new), (1, 0));
    }
    newsroom.write("1.md", &post("写完的井"));
    assert_eq!(newsroom.settle().counts.new, 1);
    assert_eq!(newsroom.title("1"), "写完的井");
}

#[test]
fn a_file_in_the_future_is_whole_once_it_stays_as_it_is() {
    let mut newsroom = Newsroom::new().with_articles(1);
    newsroom.now.set(BEGIN + 100_000);
    newsroom.write("1.md", &post("明天的井"));
    newsroom.now.set(BEGIN + 10);
    assert_eq!(newsroom.settle().counts.new, 1);
}

#[test]
fn a_removed_file_withdraws_its_article_and_a_returned_one_restores_it() {
    let mut newsroom = Newsroom::new().with_articles(2);
    newsroom.remove("1.md");
    assert_eq!(newsroom.settle().withdrawn, 1);
    assert!(newsroom.is_withdrawn("1") && !newsroom.is_withdrawn("0"));
    newsroom.write("1.md", &post("第1口井回来了"));
    let look = newsroom.settle();
    assert_eq!((look.restored, look.counts.new), (1, 0));
    assert!(!newsroom.is_withdrawn("1"));
    assert_eq!(newsroom.title("1"), "第1口井回来了");
}

#[test]
fn what_an_editor_withdraws_stays_so_whatever_the_file_says() {
    let mut newsroom = Newsroom::new().with_articles(1);
    newsroom.operate("0", Operation::Withdraw { note: Some("有误".to_owned()) }, BEGIN + 9);
    newsroom.write("0.md", &post("改过的井"));
    newsroom.settle();
    assert!(newsroom.is_withdrawn("0"));
}

#[test]
fn a_renamed_file_keeps_its_article_and_later_edits_are_edits_of_it() {
    let mut newsroom = Newsroom::new().with_articles(2);
    newsroom.rename("0.md", "well.md");
    let look = newsroom.settle();
    assert_eq!((look.renamed, look.withdrawn, look.counts.new), (1, 0, 0));
    newsroom.write("well.md", &post("改名的井"));
    assert_eq!(newsroom.settle().counts.edited, 1);
    assert_eq!(newsroom.title("0"), "改名的井");
    assert_eq!(newsroom.article("well"), None);
    let mut newsroom = newsroom.restarted(false);
    newsroom.rename("well.md", "again.md");
    assert_eq!(newsroom.settle().renamed, 1);
    newsroom.write("well.md", &post("另一口井"));
    assert_eq!(newsroom.settle().counts.new, 1);
}

#[test]
fn a_file_that_names_its_article_may_be_renamed_and_rewritten_at_once() {
    let named = |title: &str| post(title).replacen("---\n", "---\nid: well-1\n", 1);
    let mut newsroom = Newsroom::new();
    newsroom.write("a.md", &named("有名的井"));
    newsroom.settle();
    newsroom.remove("a.md");
    newsroom.write("2026/b.md", &named("仍有名的井"));
    let look = newsroom.settle();
    assert_eq!((look.renamed, look.withdrawn, look.counts.edited), (1, 0, 1));
    assert_eq!(newsroom.title("well-1"), "仍有名的井");
}

#[test]
fn a_draft_is_not_published_and_an_article_that_becomes_one_is_withdrawn() {
    let draft = |draft: bool| post("未定的井").replacen("---\n", &format!("---\ndraft: {draft}\n"), 1);
    let mut newsroom = Newsroom::new().with_articles(1);
    newsroom.write("draft.md", &draft(true));
    assert!(!newsroom.settle().changed());
    assert_eq!(newsroom.article("draft"), None);
    newsroom.write("draft.md", &draft(false));
    assert_eq!(newsroom.settle().counts.new, 1);
    newsroom.write("draft.md", &draft(true));
    assert_eq!(newsroom.settle().withdrawn, 1);
    newsroom.write("draft.md", &draft(false));
    assert_eq!(newsroom.settle().restored, 1);
    assert!(!newsroom.is_withdrawn("draft"));
    assert_eq!(newsroom.told, Vec::<String>::new());
}

#[test]
fn an_unmounted_folder_withdraws_nothing() {
    let mut newsroom = Newsroom::new().with_articles(3);
    fs::rename(newsroom.path(""), newsroom.folder.path().join("elsewhere")).expect("renamed");
    assert!(matches!(newsroom.look(), Err(LivingError::Missing(_))));
    fs::create_dir(newsroom.path("")).expect("a mount point");
    newsroom.now.set(BEGIN + 1000);
    for _ in 0..3 {
        assert!(matches!(newsroom.look(), Err(LivingError::Empty(_))));
        newsroom.now.set(newsroom.now.get() + SETTLE);
    }
    let mut newsroom = newsroom.restarted(true);
    assert!(matches!(newsroom.look(), Err(LivingError::Empty(_))), "even with leave to withdraw everything");
    fs::remove_dir(newsroom.path("")).expect("empty");
    fs::rename(newsroom.folder.path().join("elsewhere"), newsroom.path("")).expect("renamed");
    assert!(!newsroom.settle().changed());
    assert!((0..3).all(|n| !newsroom.is_withdrawn(&n.to_string())));
}

#[test]
fn a_look_that_would_withdraw_many_is_refused_as_a_whole_until_it_is_confirmed() {
    let mut newsroom = Newsroom::new().with_articles(30);
    (0..11).for_each(|n| newsroom.remove(&format!("{n}.md")));
    newsroom.write("new.md", &post("新井"));
    newsroom.look().expect("they are not gone for good yet");
    newsroom.now.set(newsroom.now.get() + SETTLE);
    let refused = newsroom.look().expect_err("eleven of thirty");
    assert!(refused.to_string().contains("11 of 30") && refused.to_string().contains("10.md"), "{refused}");
    assert_eq!(newsroom.article("new"), None);
    assert!((0..11).all(|n| !newsroom.is_withdrawn(&n.to_string())));

    let mut newsroom = newsroom.restarted(true);
    let look = newsroom.settle();
    assert_eq!(look.withdrawn, 11);
    assert!(newsroom.article("new").is_some());
    (11..22).for_each(|n| newsroom.remove(&format!("{n}.md")));
    newsroom.look().expect("they are not gone for good yet");
    newsroom.now.set(newsroom.now.get() + SETTLE);
    assert!(matches!(newsroom.look(), Err(LivingError::TooMany { .. })), "the leave was for one time");
}

#[test]
fn ten_may_go_at_any_time_and_more_if_they_are_a_small_share() {
    let mut newsroom = Newsroom::new().with_articles(11);
    (0..10).for_each(|n| newsroom.remove(&format!("{n}.md")));
    assert_eq!(newsroom.settle().withdrawn, 10);
    let mut newsroom = Newsroom::new().with_articles(220);
    (0..11).for_each(|n| newsroom.remove(&format!("{n}.md")));
    assert_eq!(newsroom.settle().withdrawn, 11);
}

#[test]
fn a_faulty_file_is_told_once_and_its_article_stays_as_it_was() {
    let mut newsroom = Newsroom::new().with_articles(2);
    newsroom.write("0.md", "---\ntitle: [\n---\n井\n");
    newsroom.write("2.md", &post("好的井"));
    assert_eq!(newsroom.settle().counts.new, 1);
    newsroom.settle();
    assert_eq!(newsroom.told.len(), 1, "{:?}", newsroom.told);
    assert!(newsroom.told[0].contains("0.md:"), "{:?}", newsroom.told);
    assert_eq!(newsroom.title("0"), "第0口井");
    assert!(!newsroom.is_withdrawn("0"));
}

#[test]
fn two_files_of_one_id_are_told_and_the_first_one_holds_it() {
    let named = |title: &str| post(title).replacen("---\n", "---\nid: well-1\n", 1);
    let mut newsroom = Newsroom::new();
    newsroom.write("a.md", &named("甲"));
    newsroom.settle();
    newsroom.write("b.md", &named("乙"));
    newsroom.settle();
    assert!(newsroom.told.len() == 1 && newsroom.told[0].contains("that of a.md"), "{:?}", newsroom.told);
    assert_eq!(newsroom.title("well-1"), "甲");
}

#[test]
fn what_happened_while_nobody_watched_is_found_at_the_next_start() {
    let newsroom = Newsroom::new().with_articles(3);
    newsroom.remove("0.md");
    newsroom.write("1.md", &post("改过的井"));
    newsroom.rename("2.md", "c.md");
    newsroom.write("d.md", &post("新井"));
    let look = newsroom.restarted(false).settle();
    assert_eq!((look.withdrawn, look.renamed, look.counts.edited, look.counts.new), (1, 1, 1, 1));
}

#[test]
fn a_purged_article_s_file_is_forgotten() {
    let mut newsroom = Newsroom::new().with_articles(2);
    newsroom.operate("0", Operation::Purge { note: String::new() }, BEGIN + 9);
    assert_eq!(newsroom.store.watched("local").wait().expect("the store answers").len(), 1);
    newsroom.remove("0.md");
    assert_eq!(newsroom.settle().withdrawn, 0);
}

#[test]
fn files_that_take_each_other_s_places_keep_their_articles() {
    let named = |id: &str, title: &str| post(title).replacen("---\n", &format!("---\nid: {id}\n"), 1);
    for steps in [&[("b.md", "c.md"), ("a.md", "b.md")][..], &[("a.md", "x.md"), ("b.md", "a.md"), ("x.md", "b.md")]] {
        for by_name in [true, false] {
            let mut newsroom = Newsroom::new();
            let (one, two) = if by_name { ("one", "two") } else { ("a", "b") };
            let text = |id: &str, title: &str| if by_name { named(id, title) } else { post(title) };
            newsroom.write("a.md", &text("one", "第一口"));
            newsroom.write("b.md", &text("two", "第二口"));
            newsroom.settle();
            steps.iter().for_each(|(old, new)| newsroom.rename(old, new));
            let look = newsroom.settle();
            assert_eq!((look.withdrawn, look.counts.new, look.counts.edited), (0, 0, 0), "{steps:?} {by_name}");
            assert_eq!((newsroom.title(one), newsroom.title(two)), ("第一口".to_owned(), "第二口".to_owned()));
            assert!(!newsroom.is_withdrawn(one) && !newsroom.is_withdrawn(two), "{steps:?} {by_name}");
            let last = steps[0].1;
            let holds = if steps.len() == 2 { two } else { one };
            let last = if steps.len() == 2 { last } else { "b.md" };
            newsroom.write(last, &text(if by_name { holds } else { "" }, "改过的"));
            assert_eq!(newsroom.settle().counts.edited, 1, "{steps:?} {by_name}");
            assert_eq!(newsroom.title(holds), "改过的");
        }
    }
}

#[test]
fn a_path_can_be_used_again_after_what_was_there_has_another_name() {
    let mut newsroom = Newsroom::new();
    newsroom.write("news.md", &post("十月"));
    newsroom.settle();
    newsroom.rename("news.md", "2026-10.md");
    newsroom.write("news.md", &post("十一月"));
    let look = newsroom.settle();
    assert_eq!((look.counts.new, look.withdrawn), (1, 0), "{:?}", newsroom.told);
    assert_eq!(newsroom.title("news"), "十月");
    assert_eq!(newsroom.title("news#2"), "十一月");
    newsroom.write("news.md", &post("十一月二十五日"));
    assert_eq!(newsroom.settle().counts.edited, 1);
    assert_eq!(newsroom.title("news#2"), "十一月二十五日");
}

#[test]
fn a_copy_waits_until_something_else_stands_in_it_or_it_stands_alone() {
    let mut newsroom = Newsroom::new().with_articles(2);
    fs::copy(newsroom.path("0.md"), newsroom.path("draft.md")).expect("a copy");
    fs::copy(newsroom.path("1.md"), newsroom.path("moved.md")).expect("a copy");
    assert!(!newsroom.settle().changed());
    assert!(newsroom.told.iter().any(|told| told.contains("draft.md: is a copy of 0.md")), "{:?}", newsroom.told);
    newsroom.write("draft.md", &post("从旧稿写起的新文"));
    newsroom.remove("1.md");
    let look = newsroom.settle();
    assert_eq!((look.counts.new, look.renamed, look.withdrawn), (1, 1, 0));
    assert!(!newsroom.is_withdrawn("1"));
}

#[test]
fn another_slug_is_not_another_article() {
    let slugged = |slug: &str| post("有别名的井").replacen("---\n", &format!("---\nslug: {slug}\n"), 1);
    let mut newsroom = Newsroom::new();
    newsroom.write("a.md", &slugged("well"));
    newsroom.settle();
    newsroom.write("a.md", &slugged("old-well"));
    let look = newsroom.settle();
    assert_eq!((look.counts.new, look.withdrawn), (0, 0));
    assert!(newsroom.article("old-well").is_none() && !newsroom.is_withdrawn("well"));
}

#[test]
fn an_editor_s_withdrawal_outlives_a_draft_and_a_file_s_return() {
    let mut newsroom = Newsroom::new().with_articles(2);
    let withdraw = |newsroom: &Newsroom, own_id: &str| {
        newsroom.operate(own_id, Operation::Withdraw { note: Some("有误".to_owned()) }, BEGIN + 9);
    };
    withdraw(&newsroom, "0");
    newsroom.write("0.md", &post("第0口井").replacen("---\n", "---\ndraft: true\n", 1));
    newsroom.remove("1.md");
    newsroom.settle();
    withdraw(&newsroom, "1");
    newsroom.write("0.md", &post("第0口井"));
    newsroom.write("1.md", &post("第1口井"));
    newsroom.settle();
    assert!(newsroom.is_withdrawn("0") && newsroom.is_withdrawn("1"));
}

#[test]
fn what_is_corrected_while_an_article_is_withdrawn_is_taken_once_it_is_restored() {
    let mut newsroom = Newsroom::new().with_articles(1);
    newsroom.operate("0", Operation::Withdraw { note: Some("有误".to_owned()) }, BEGIN + 9);
    newsroom.write("0.md", &post("更正过的井"));
    newsroom.settle();
    newsroom.operate("0", Operation::Restore, BEGIN + 20);
    assert_eq!(newsroom.settle().counts.edited, 1);
    assert_eq!(newsroom.title("0"), "更正过的井");
    assert!(!newsroom.settle().changed());
}

#[test]
fn a_file_that_returns_with_a_fault_restores_nothing_until_it_is_mended() {
    let mut newsroom = Newsroom::new().with_articles(2);
    newsroom.remove("0.md");
    newsroom.settle();
    newsroom.write("0.md", &post("井").replacen("---\n", "---\ntopics: [nowhere]\n", 1));
    assert_eq!(newsroom.settle().restored, 0);
    assert!(newsroom.is_withdrawn("0"));
    newsroom.settle();
    assert_eq!(newsroom.told.len(), 1, "{:?}", newsroom.told);
    newsroom.write("0.md", &post("井"));
    assert_eq!(newsroom.settle().restored, 1);
    assert_eq!(newsroom.title("0"), "井");
}

#[test]
fn a_fault_that_is_not_the_file_s_is_looked_at_again_though_the_file_is_as_it_was() {
    let named = |title: &str| post(title).replacen("---\n", "---\nid: well-1\n", 1);
    let mut newsroom = Newsroom::new();
    newsroom.write("a.md", &named("甲"));
    newsroom.settle();
    fs::copy(newsroom.path("a.md"), newsroom.path("b.md")).expect("a copy");
    newsroom.settle();
    newsroom.remove("a.md");
    let look = newsroom.settle();
    assert_eq!((look.withdrawn, look.renamed), (0, 1), "{:?}", newsroom.told);
    assert!(!newsroom.is_withdrawn("well-1"));
}

#[test]
fn everything_that_is_there_at_the_first_start_is_a_backfill_however_freshly_it_was_written() {
    let old = |title: &str| post(title).replace("2026-11-23", "2019-11-23");
    let mut newsroom = Newsroom::new();
    newsroom.write("a.md", &old("甲"));
    newsroom.write("new.md", &post("新"));
    newsroom.now.set(BEGIN + 60);
    newsroom.write("b.md", &old("乙"));
    newsroom.settle();
    let position = |own_id: &str| {
        let places = newsroom.store.places(&Key::derive("local", own_id)).wait().expect("the store answers");
        places.iter().find(|place| place.feed == "feed").expect("a place").position
    };
    assert!(position("new") > 0 && position("a") <= 0 && position("b") <= 0);
}

/// A newsroom that has imported a feed with entries of these paths, titles and hours (of 23 November, in UTC).
fn moved_in(entries: &[(&str, &str, u32)]) -> Newsroom {
    let newsroom = Newsroom::new();
    let items = entries.iter().map(|(path, title, hour)| {
        let link = format!("https://old.example{path}");
        let time = format!("Mon, 23 Nov 2026 {hour:02}:00:00 +0000");
        format!("<item><title>{title}</title><link>{link}</link><guid>{link}</guid><pubDate>{time}</pubDate></item>")
    });
    let items: String = items.collect();
    let path = newsroom.folder.path().join("rss.xml");
    fs::write(&path, format!("<rss version=\"2.0\"><channel><title>x</title>{items}</channel></rss>")).expect("a feed");
    let file = InputFile::new(&path, Some(Kind::Feed), chrono_tz::UTC).expect("a file");
    let options = Options { by: "import", source: "local".to_owned(), backfill: true, ..Options::default() };
    let clock = || Time(BEGIN);
    let (set, store) = (&newsroom.set, &newsroom.store);
    let counts = intake::import(set, store, &[Input::file(file)], &options, &clock, &mut |_| ()).expect("an import");
    assert_eq!(counts.new, entries.len() as u64);
    newsroom
}

fn local(title: &str, hour: u32) -> String {
    format!("---\ntitle: {title}\ndate: 2026-11-23 {hour:02}:00:00\n---\n全文在这里。\n")
}

#[test]
fn posts_are_recognised_as_entries_of_the_feed_that_came_before_and_show_the_zone_of_their_dates() {
    let mut newsroom = moved_in(&[("/posts/bridge/", "石桥修好了", 9), ("/?p=2", "“大安”盐井", 11)]);
    newsroom.write("bridge.md", &local("石桥修好", 9));
    newsroom.write("well.md", &local("'\"大安\"盐井'", 11));
    let look = newsroom.settle();
    assert_eq!((look.counts.new, look.counts.edited), (0, 2), "{:?}", newsroom.told);
    let told = newsroom.told.join("\n");
    assert!(told.contains("dates without a zone are read in UTC, as the feed shows (2 of them)"), "{told}");
    newsroom.write("new.md", &local("新的一篇", 12));
    assert_eq!(newsroom.settle().counts.new, 1);
    let published = newsroom.article("new").expect("an article").article.published;
    assert_eq!(published.to_string(), "2026-11-23T12:00:00Z");
    newsroom.write("bridge.md", &local("石桥今天修好", 9));
    assert_eq!(newsroom.settle().counts.edited, 1);
}

#[test]
fn an_article_that_is_held_back_by_anything_but_being_a_draft_is_told_once() {
    let mut newsroom = Newsroom::new();
    newsroom.write("a.md", "---\ntitle: 一\npassword: abc\n---\n文。\n");
    newsroom.write("b.md", "---\ntitle: 二\ndraft: true\n---\n文。\n");
    newsroom.settle();
    newsroom.settle();
    assert_eq!(newsroom.told.len(), 1, "{:?}", newsroom.told);
    assert!(newsroom.told[0].ends_with("a.md: is held back: it has a password"), "{:?}", newsroom.told);
}

#[test]
fn a_folder_whose_titles_would_stand_twice_changes_nothing_unless_that_is_meant() {
    let mut newsroom = moved_in(&[("/?p=1", "石桥修好了", 9), ("/?p=2", "大安盐井", 11)]);
    newsroom.write("bridge.md", "---\ntitle: 石桥修好了\ndate: 2020-01-01T00:00:00Z\n---\n全文。\n");
    newsroom.look().expect("a look");
    newsroom.now.set(BEGIN + SETTLE);
    match newsroom.look() {
        Err(LivingError::Twice { paths, of: 1 }) => assert!(paths[0].ends_with("bridge.md"), "{paths:?}"),
        other => panic!("{other:?}"),
    }
    assert!(newsroom.article("bridge").is_none());
    let mut newsroom = newsroom.restarted(true);
    assert_eq!(newsroom.settle().counts.new, 1);
}

#[test]
fn looking_at_what_has_not_changed_writes_nothing() {
    let draft = post("未定的井").replacen("---\n", "---\ndraft: true\n", 1);
    let mut newsroom = Newsroom::new().with_articles(2);
    newsroom.write("draft.md", &draft);
    newsroom.write("faulty.md", "---\ntitle: [\n---\n");
    newsroom.settle();
    let version = |newsroom: &Newsroom| {
        let database = crate::support::tables(&newsroom.folder.path().join("wellhead.db"));
        let rows =
            database.query_row("SELECT total(rowid) FROM history", [], |row| row.get::<_, f64>(0)).expect("rows");
        (std::fs::metadata(newsroom.folder.path().join("wellhead.db-wal")).map_or(0, |wal| wal.len()), rows)
    };
    let before = version(&newsroom);
    (0..3).for_each(|_| assert!(!newsroom.settle().changed()));
    assert_eq!(version(&newsroom), before);
}
