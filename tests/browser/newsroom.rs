//! The newsroom that is looked at: the sample articles, hostile ones among them, with one corrected and one withdrawn.
//!
//! Knows nothing of browsers.

use std::path::Path;

use wellhead::article::Key;
use wellhead::resource::Resource;

use crate::command::Newsroom;
use crate::command::serve::Server;

/// An article with ruby, an image and lists; one that is corrected; one that is withdrawn.
pub const RICH: &str = "20260601-lantern-school";
pub const CORRECTED: &str = "corrected";
pub const WITHDRAWN: &str = "withdrawn";

/// A server with everything that a page can show.
pub struct Open {
    server: Server,
    _newsroom: Newsroom,
}

impl Open {
    pub fn start() -> Self {
        let newsroom = Newsroom::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let feeds = root.join("feeds").to_string_lossy().into_owned();
        let site = |name: &str| root.join("fixtures/site").join(name).to_string_lossy().into_owned();
        let import = |more: &[&str]| {
            newsroom.done(&[&["import", "--feeds", &feeds, "--source", "local"], more].concat());
        };
        import(&[&site("articles.jsonl"), &site("hostile.jsonl"), &site("page.txt")]);
        import(&["--backfill", &site("earlier.jsonl")]);
        let own = |id: &str, title: &str, more: &str| {
            format!("{{\"id\":\"{id}\",\"title\":\"{title}\",\"published\":\"2026-11-01T20:00:00+08:00\"{more}}}\n")
        };
        let long = "燊海井边的老师傅说，".repeat(30);
        let articles = own(
            CORRECTED,
            "盐井的深度",
            ",\"text\":\"一千零一米。\",\"districts\":[\"daan\"],\"note\":\"深度原写作一千米。\"",
        ) + &own(WITHDRAWN, "要撤回的", ",\"text\":\"正文\",\"districts\":[\"daan\"]")
            + &own("long", &long, ",\"districts\":[\"daan\"]")
            + &own(
                "wide",
                &"Donaudampfschifffahrtsgesellschaft".repeat(5),
                ",\"districts\":[\"daan\"],\"language\":\"de\"",
            );
        newsroom.write("own.jsonl", &articles);
        import(&["own.jsonl"]);
        let withdrawn = Key::derive("local", WITHDRAWN).to_string();
        newsroom.done(&["article", "withdraw", "--feeds", &feeds, "--note", "数字有误。", &withdrawn]);
        Self { server: Server::start(&newsroom, &["--feeds", &feeds]), _newsroom: newsroom }
    }

    /// Where it is to be looked at.
    pub fn base(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// A page of every kind, by name and path, in the site's own language.
    pub fn kinds(&self) -> Vec<(&'static str, String)> {
        let article = |own_id: &str| Resource::article(Key::derive("local", own_id)).path();
        vec![
            ("index", "/".to_owned()),
            ("district", "/districts/daan".to_owned()),
            ("topic", "/topics/salt".to_owned()),
            ("pair", "/districts/daan/topics/salt".to_owned()),
            ("combination", "/districts/daan+yantan/topics/lantern+salt".to_owned()),
            ("empty", "/districts/yantan/topics/dinosaur".to_owned()),
            ("archive", "/archive/1".to_owned()),
            ("old-archive", "/archive/-1".to_owned()),
            ("article", article(RICH)),
            ("corrected", article(CORRECTED)),
            ("withdrawn", article(WITHDRAWN)),
            ("hostile", article("hostile-8-nesting")),
            ("long", article("long")),
            ("wide", article("wide")),
            ("missing", "/districts/da-an/slat".to_owned()),
        ]
    }
}
