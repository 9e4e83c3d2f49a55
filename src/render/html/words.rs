//! The phrases of pages in either language, beside the newsroom's own texts.
//!
//! Knows nothing of markup. Each phrase stands here once, the two languages side by side.

use chrono::{DateTime, Datelike, FixedOffset, Timelike};

use crate::feed::Site;

/// A language that pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// Chinese, in simplified characters.
    Chinese,
    /// English.
    English,
}

/// The phrases that stand as they are.
pub(super) struct Words {
    pub skip: &'static str,
    pub navigation: &'static str,
    pub front_page: &'static str,
    pub everything: &'static str,
    pub districts: &'static str,
    pub topics: &'static str,
    pub what: &'static str,
    pub glance: &'static str,
    pub latest: &'static str,
    pub none_yet: &'static str,
    pub subscribe: &'static str,
    pub subscribe_how: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,
    pub pressed: &'static str,
    pub open_in: &'static str,
    pub this_device: &'static str,
    pub opml: &'static str,
    pub rhythm: &'static str,
    pub by_month: &'static str,
    pub month: &'static str,
    pub articles: &'static str,
    pub mix: &'static str,
    pub mix_how: &'static str,
    pub archives: &'static str,
    pub older: &'static str,
    pub newer: &'static str,
    pub earlier: &'static str,
    pub later: &'static str,
    pub to_feed: &'static str,
    pub in_feeds: &'static str,
    pub original: &'static str,
    pub updated: &'static str,
    pub correction: &'static str,
    pub withdrawn: &'static str,
    pub files: &'static str,
    pub tags: &'static str,
    pub untitled: &'static str,
    pub missing: &'static str,
    pub missing_how: &'static str,
    pub meant: &'static str,
}

const CHINESE: Words = Words {
    skip: "跳到正文",
    navigation: "全站",
    front_page: "首页",
    everything: "全部",
    districts: "区县",
    topics: "专题",
    what: "订阅源是一个网址：把它交给阅读器，有新文章会自动送达。不用注册，不留邮箱，随时可以退订。",
    glance: "近30天一览",
    latest: "最新文章",
    none_yet: "这里还没有文章。订阅之后，第一篇一发布就会送达。",
    subscribe: "订阅",
    subscribe_how: "复制网址，粘贴到阅读器。三种格式内容相同，不确定就选 Atom。还没有阅读器？苹果设备可用 NetNewsWire，安卓可用 Feeder，电脑可用 Thunderbird，都是免费的。",
    copy: "复制",
    copied: "已复制，粘贴到阅读器即可",
    pressed: "请按 Ctrl+C 或 ⌘C 复制",
    open_in: "直接打开",
    this_device: "本机的阅读器",
    opml: "全部订阅源（OPML）",
    rhythm: "近一年发文",
    by_month: "按月列出",
    month: "月份",
    articles: "篇数",
    mix: "组合订阅",
    mix_how: "增减区县或专题，即可得到相应的订阅源。每类最多三个。",
    archives: "更早的文章",
    older: "较早的一页",
    newer: "较新的一页",
    earlier: "较早",
    later: "较新",
    to_feed: "回到最新",
    in_feeds: "同类文章",
    original: "阅读原文",
    updated: "更新于",
    correction: "更正",
    withdrawn: "此文已撤回",
    files: "附件",
    tags: "关键词",
    untitled: "（无题）",
    missing: "这里没有内容",
    missing_how: "网址可能有误，或者页面已经移走。",
    meant: "您要找的也许是",
};

const ENGLISH: Words = Words {
    skip: "Skip to content",
    navigation: "Site",
    front_page: "Home",
    everything: "Everything",
    districts: "Districts",
    topics: "Topics",
    what: "A feed is an address: give it to a feed reader, and new articles arrive on their own. There is nothing to sign \
           up for, and you can stop at any time.",
    glance: "The last 30 days at a glance",
    latest: "Latest articles",
    none_yet: "Nothing here yet. Subscribe, and the first article arrives as soon as it is published.",
    subscribe: "Subscribe",
    subscribe_how: "Copy one of these addresses into your feed reader. All three formats carry the same articles; if in \
                    doubt, take Atom. No reader yet? NetNewsWire (Apple), Feeder (Android) and Thunderbird (computers) \
                    are free.",
    copy: "Copy",
    copied: "Copied: now paste it into your reader",
    pressed: "Press Ctrl+C or ⌘C to copy",
    open_in: "Open in",
    this_device: "Reader on this device",
    opml: "All feeds (OPML)",
    rhythm: "The last year",
    by_month: "Month by month",
    month: "Month",
    articles: "Articles",
    mix: "Change the selection",
    mix_how: "Add or drop districts and topics, and you have a feed of just these: at most three of each.",
    archives: "Older articles",
    older: "Older page",
    newer: "Newer page",
    earlier: "Older",
    later: "Newer",
    to_feed: "Back to the latest",
    in_feeds: "More from these feeds",
    original: "Read the original",
    updated: "updated",
    correction: "Correction",
    withdrawn: "This article has been withdrawn",
    files: "Files",
    tags: "Keywords",
    untitled: "(untitled)",
    missing: "Page not found",
    missing_how: "The address may be mistyped, or the page may have moved.",
    meant: "Did you mean",
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Language {
    /// The language of a site's own pages: Chinese or, whatever else it speaks, English.
    pub(super) fn of(site: &Site) -> Self {
        if site.is_chinese() { Self::Chinese } else { Self::English }
    }

    /// Its phrases.
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::Chinese => &CHINESE,
            Self::English => &ENGLISH,
        }
    }

    /// Its name in itself.
    pub(super) fn own_name(self) -> &'static str {
        match self {
            Self::Chinese => "中文",
            Self::English => "English",
        }
    }

    /// The text between the members of a list.
    pub(super) fn comma(self) -> &'static str {
        match self {
            Self::Chinese => "、",
            Self::English => ", ",
        }
    }

    /// A colon, with the space that follows it.
    pub(super) fn colon(self) -> &'static str {
        match self {
            Self::Chinese => "：",
            Self::English => ": ",
        }
    }

    /// So many articles.
    pub(super) fn count(self, n: u64) -> String {
        match self {
            Self::Chinese => format!("{n}篇"),
            Self::English if n == 1 => "1 article".to_owned(),
            Self::English => format!("{n} articles"),
        }
    }

    /// The number of articles of a feed, in words.
    pub(super) fn holds(self, all: u64) -> String {
        match self {
            Self::Chinese => format!("共{all}篇"),
            Self::English => self.count(all),
        }
    }

    /// A day.
    pub(super) fn day(self, time: &DateTime<FixedOffset>) -> String {
        let (year, month, day) = (time.year(), time.month(), time.day());
        match self {
            Self::Chinese => format!("{year}年{month}月{day}日"),
            Self::English => format!("{day} {} {year}", MONTHS[month as usize - 1]),
        }
    }

    /// A month.
    pub(super) fn month(self, year: i32, month: u32) -> String {
        match self {
            Self::Chinese => format!("{year}年{month}月"),
            Self::English => format!("{} {year}", MONTHS[month as usize - 1]),
        }
    }

    /// A moment.
    pub(super) fn moment(self, time: &DateTime<FixedOffset>) -> String {
        let (hour, minute) = (time.hour(), time.minute());
        let between = if self == Self::Chinese { " " } else { ", " };
        format!("{}{between}{hour:02}:{minute:02}", self.day(time))
    }

    /// The caption of the grid of the index.
    pub(super) fn grid(self, day: &str) -> String {
        match self {
            Self::Chinese => format!("截至{day}的30天里，各区县、各专题发布的篇数。点数字看文章、取订阅源。"),
            Self::English => format!(
                "Articles of each district and topic in the 30 days up to {day}. Each number leads to its articles and \
                 feeds."
            ),
        }
    }

    /// The description of a year's chart, for those who do not see it: the sum, the day at which it ends, and the most
    /// in a week with the day on which that week began.
    pub(super) fn year(self, sum: u64, until: &str, most: u64, week: &str) -> String {
        match (self, sum) {
            (Self::Chinese, 0) => format!("截至{until}的一年里没有文章。"),
            (Self::English, 0) => format!("No articles in the year up to {until}."),
            (Self::Chinese, _) => format!("截至{until}的一年里共{sum}篇；最多的一周从{week}开始，有{most}篇。"),
            (Self::English, _) => format!(
                "{} in the year up to {until}; the busiest week, with {most}, began on {week}.",
                self.count(sum)
            ),
        }
    }

    /// The same of several feeds together: an article that stands in two of them counts twice.
    pub(super) fn years_added(self, sum: u64, until: &str) -> String {
        match self {
            Self::Chinese => format!("截至{until}的一年里，各部分相加共{sum}篇；一篇属于几个部分的，各计一次。"),
            Self::English => format!(
                "The parts added up: {} in the year up to {until}. One that stands in several parts counts in each.",
                self.count(sum)
            ),
        }
    }

    /// From one day to another.
    pub(super) fn span(self, from: &str, to: &str) -> String {
        match self {
            _ if from == to => from.to_owned(),
            Self::Chinese => format!("{from}至{to}"),
            Self::English => format!("{from} to {to}"),
        }
    }

    /// An archive page by its number. Those of what was there before the newsroom came here have numbers from 0 downwards,
    /// which nobody would take for pages.
    pub(super) fn page(self, number: i64) -> String {
        match self {
            Self::Chinese if number > 0 => format!("第 {number} 页"),
            Self::Chinese => format!("旧档第 {} 页", 1 - number),
            Self::English if number > 0 => format!("Page {number}"),
            Self::English => format!("Old archive, page {}", 1 - number),
        }
    }

    /// To be shown so many more.
    pub(super) fn more(self, n: usize) -> String {
        match self {
            Self::Chinese => format!("展开其余{n}篇"),
            Self::English => format!("Show {n} more"),
        }
    }

    /// To add a district or topic.
    pub(super) fn add(self, name: &str) -> String {
        match self {
            Self::Chinese => format!("加上{name}"),
            Self::English => format!("Add {name}"),
        }
    }

    /// To drop one.
    pub(super) fn drop(self, name: &str) -> String {
        match self {
            Self::Chinese => format!("去掉{name}"),
            Self::English => format!("Drop {name}"),
        }
    }

    /// To copy an address.
    pub(super) fn copy(self, format: &str) -> String {
        match self {
            Self::Chinese => format!("复制 {format} 地址"),
            Self::English => format!("Copy the {format} address"),
        }
    }
}
