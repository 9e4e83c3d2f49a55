//! The newsroom that is looked at: the sample articles, hostile ones among them, with one corrected and one withdrawn.
//!
//! Knows nothing of browsers.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use wellhead::article::Key;
use wellhead::resource::Resource;

/// An article with ruby, an image and lists; one that is corrected; one that is withdrawn.
pub const RICH: &str = "20260601-lantern-school";
pub const CORRECTED: &str = "corrected";
pub const WITHDRAWN: &str = "withdrawn";

/// A server with everything that a page can show.
pub struct Open {
    server: Child,
    base: String,
    _folder: TempDir,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// The program, which cargo builds beside this one, with no settings in its environment.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let own = std::env::current_exe().expect("this program");
    let built = own.parent().and_then(Path::parent).expect("a folder of cargo's").join("wellhead");
    let mut program = Command::new(built);
    program.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped());
    let settings = std::env::vars_os().map(|(name, _)| name);
    for name in settings.filter(|name| name.to_string_lossy().starts_with("WELLHEAD_")) {
        program.env_remove(name);
    }
    program
}

impl Open {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let done = |arguments: &[&str]| {
            let ended = program(folder.path(), arguments).output().expect("the program starts");
            assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let feeds = root.join("feeds").to_string_lossy().into_owned();
        let site = |name: &str| root.join("fixtures/site").join(name).to_string_lossy().into_owned();
        let import = |more: &[&str]| {
            done(&[&["import", "--feeds", &feeds, "--source", "local"], more].concat());
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
        std::fs::write(folder.path().join("own.jsonl"), articles).expect("a file");
        import(&["own.jsonl"]);
        let withdrawn = Key::derive("local", WITHDRAWN).to_string();
        done(&["article", "withdraw", "--feeds", &feeds, "--note", "数字有误。", &withdrawn]);
        let mut serve = program(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--feeds", &feeds]);
        let mut server = serve.stderr(Stdio::null()).spawn().expect("the program starts");
        let out = BufReader::new(server.stdout.take().expect("it prints"));
        let announced: Vec<String> = out.lines().take(3).map(|line| line.expect("UTF-8")).collect();
        let base =
            announced[1].trim().strip_prefix("open").expect("where to look").trim().trim_end_matches('/').to_owned();
        Self { server, base, _folder: folder }
    }

    /// Where it is to be looked at.
    pub fn base(&self) -> String {
        self.base.clone()
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
