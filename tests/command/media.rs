//! A newsroom that moves in with its pictures: what import, classify, export, check and serve make of media folders.
//!
//! Knows nothing of ranges and conditions.

use std::fs;
use std::time::Duration;

use super::serve::Server;
use super::{Newsroom, files};
use crate::support::poll;

/// The beginning of a picture that is 640 pixels wide and 480 high, and something more.
const PICTURE: &[u8] = b"GIF89a\x80\x02\xe0\x01\x80\x00\x00 the rest";

impl Newsroom {
    fn picture(&self, name: &str) {
        fs::create_dir_all(self.path(name).parent().expect("a folder")).expect("a folder");
        fs::write(self.path(name), PICTURE).expect("a file");
    }
}

/// A Hugo site: a bundle, a post beside which pictures lie, and a folder of what is served as it is.
fn hugo() -> Newsroom {
    let newsroom = Newsroom::new();
    let bundle = "---\ntitle: 大安石桥\ndate: 2026-11-20 08:00\nurl: /old/bridge/\nimage: photo.gif\nenclosures:\n- url: 采访.mp3\n  \
                  type: audio/mpeg\n---\n\n![桥](photo.gif)\n\n<video src=\"film.mp4\" poster=\"photo.gif\"></video>\n\n[图纸](plan.pdf) \
                  [说明](notes.html)\n\n![丢了](lost.gif)\n";
    let post = "---\ntitle: 新路\ndate: 2026-11-21\ncanonical_url: https://else.example/road/\n---\n\n![路](road/a.gif)\n\n\
                ![灯](/img/lamp.gif)\n\n![外](https://else.example/b.gif)\n";
    newsroom.write("content/posts/bridge/index.md", bundle);
    newsroom.write("content/posts/road.md", post);
    for name in ["bridge/photo.gif", "bridge/film.mp4", "bridge/plan.pdf", "bridge/采访.mp3", "road/a.gif"] {
        newsroom.picture(&format!("content/posts/{name}"));
    }
    newsroom.picture("static/img/lamp.gif");
    newsroom
}

#[test]
fn pictures_of_a_hugo_site_have_the_addresses_at_which_its_folders_are_served() {
    let newsroom = hugo();
    let ended = newsroom.call(&["import", "--as", "markdown", "content/posts"]);
    assert_eq!(ended.out, "2 new, 0 edited, 0 unchanged, 0 left out\n");
    assert_eq!(ended.err, "content/posts/bridge/index.md:1: \"大安石桥\": the file lost.gif (line 17) is not there\n");
    let json = newsroom.exported("feed.json");
    for part in [
        "src=\\\"https://news.example/posts/bridge/photo.gif\\\"",
        "src=\\\"https://news.example/posts/bridge/film.mp4\\\"",
        "poster=\\\"https://news.example/posts/bridge/photo.gif\\\"",
        "href=\\\"https://news.example/posts/bridge/plan.pdf\\\"",
        "href=\\\"https://news.example/notes.html\\\"",
        "src=\\\"https://news.example/posts/bridge/lost.gif\\\"",
        "\"https://news.example/posts/bridge/%E9%87%87%E8%AE%BF.mp3\"",
        "\"size_in_bytes\":22",
        "src=\\\"https://news.example/posts/road/a.gif\\\"",
        "src=\\\"https://else.example/b.gif\\\"",
    ] {
        assert!(json.contains(part), "{part}: {json}");
    }
    // Whoever names the folders comes to the same, and knows that the road's lamp is a picture of this site, too.
    let again = newsroom.done(&["import", "content", "--media", "content,static"]);
    assert!(again.out.contains("2 new") && !again.err.contains("media folder"), "{}", again.err);
    let again =
        newsroom.done(&["import", "--media", "content", "--media", "static", "--as", "markdown", "content/posts"]);
    assert_eq!(again.out, "0 new, 1 edited, 1 unchanged, 0 left out\n");
    assert!(newsroom.exported("feed.json").contains("src=\\\"https://news.example/img/lamp.gif\\\""));
}

#[test]
fn the_lead_image_has_the_size_of_its_file() {
    let newsroom = hugo();
    newsroom.done(&["import", "--as", "markdown", "content/posts"]);
    let key = newsroom.exported("feed.json");
    assert!(key.contains("\"image\":\"https://news.example/posts/bridge/photo.gif\""), "{key}");
    newsroom.write(
        "content/posts/lead.md",
        "---\ntitle: 头图\ndate: 2026-11-22\nimage: {src: bridge/photo.gif, alt: 桥}\n---\n文。\n",
    );
    newsroom.write(
        "content/posts/given.md",
        "---\ntitle: 自定\ndate: 2026-11-22\nimage: {src: bridge/photo.gif, width: 9}\n---\n文。\n",
    );
    newsroom.done(&["import", "--as", "markdown", "content/posts"]);
    let json = newsroom.exported("feed.json");
    assert!(json.contains("alt=\\\"桥\\\" width=\\\"640\\\" height=\\\"480\\\""), "{json}");
    assert!(json.contains("alt=\\\"\\\" width=\\\"9\\\">"), "{json}");
}

#[test]
fn an_export_has_the_files_that_articles_refer_to_and_names_the_others() {
    let newsroom = hugo();
    newsroom.picture("static/icon.svg");
    newsroom.picture("static/unused.gif");
    newsroom.write("wellhead.toml", "media = [\"content\", \"static\"]\n");
    newsroom.write(
        "content/posts/icon.md",
        "---\ntitle: 图标\ndate: 2026-11-22\n---\n![](/icon.svg) ![](/%69con.svg) ![](/img/lamp.gif?v=2)\n",
    );
    newsroom.done(&["import", "--as", "markdown", "content/posts"]);
    let ended = newsroom.call(&["export", "out"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.starts_with("/posts/bridge/lost.gif: is in no media folder; the article "), "{}", ended.err);
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    assert!(ended.out.contains(" resources and 6 media files written to out\n"), "{}", ended.out);
    let out = files(&newsroom.path("out"));
    for name in ["bridge/photo.gif", "bridge/film.mp4", "bridge/plan.pdf", "bridge/采访.mp3", "road/a.gif"] {
        assert_eq!(out.get(&format!("posts/{name}")).map(Vec::as_slice), Some(PICTURE), "{name}");
    }
    assert_eq!(out.get("img/lamp.gif").map(Vec::as_slice), Some(PICTURE));
    assert_ne!(out.get("icon.svg").map(Vec::as_slice), Some(PICTURE), "that one is ours");
    assert!(!out.contains_key("unused.gif"));
    let hidden = out.keys().filter(|name| name.split('/').any(|part| part.starts_with('.')));
    assert_eq!(hidden.count(), 0, "nothing is left beside them");

    let stamp = |name: &str| fs::metadata(newsroom.path(name)).expect("a file").modified().expect("a time");
    assert_eq!(stamp("out/img/lamp.gif"), stamp("static/img/lamp.gif"));
    fs::write(newsroom.path("static/img/lamp.gif"), "new").expect("a file");
    newsroom.call(&["export", "out"]);
    assert_eq!(fs::read(newsroom.path("out/img/lamp.gif")).expect("a file"), b"new");
}

#[test]
fn a_corrected_file_keeps_its_pictures() {
    let newsroom = hugo();
    newsroom.done(&["import", "--as", "markdown", "content/posts"]);
    let listed = newsroom.done(&["article", "list"]).out;
    let key = listed.lines().find(|line| line.ends_with("大安石桥")).and_then(|line| line.split('\t').next());
    let file = newsroom.path("content/posts/bridge/index.md");
    let text =
        fs::read_to_string(&file).expect("a file").replace("title: 大安石桥", "title: 大安石桥修好了\nid: bridge");
    fs::write(&file, text).expect("a file");
    newsroom.done(&["article", "edit", key.expect("a key"), "--file", "content/posts/bridge/index.md"]);
    let json = newsroom.exported("feed.json");
    assert!(
        json.contains("修好了") && json.contains("src=\\\"https://news.example/posts/bridge/photo.gif\\\""),
        "{json}"
    );
}

#[test]
fn a_folder_that_is_none_is_named() {
    let newsroom = hugo();
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["export", "out"]] {
        let ended = newsroom.call(&[command, &["--media", "content", "--media", "nowhere"]].concat());
        let told = "wellhead: --media nowhere: No such file or directory (os error 2)\n";
        assert_eq!((ended.code, ended.err.as_str()), (Some(1), told), "{command:?}");
    }
    let checked = newsroom.done(&["check", "--media", "content/posts/road.md"]).out;
    assert!(checked.contains("media\tcontent/posts/road.md\tit is not a folder\n"), "{checked}");
}

#[test]
fn a_watched_folder_s_pictures_are_served_where_its_articles_look_for_them_wherever_they_move() {
    let newsroom = hugo();
    newsroom.write("wellhead.toml", "media = [\"content\", \"static\"]\n");
    let server = Server::start(&newsroom, &["--watch", "content/posts"]);
    let shows = |address: &str| server.get("/feed.json").text().contains(&format!("https://news.example{address}\\\""));
    let until = |address: &str| poll(address, Duration::from_secs(60), || shows(address).then_some(()));
    until("/posts/bridge/photo.gif");
    for path in
        ["/posts/bridge/photo.gif", "/posts/bridge/%E9%87%87%E8%AE%BF.mp3", "/posts/road/a.gif", "/img/lamp.gif"]
    {
        assert_eq!((server.get(path).status, server.get(path).body), (200, PICTURE.to_vec()), "{path}");
    }
    assert_eq!(server.get("/posts/bridge/index.md").status, 404);
    assert!(server.log().contains("the file lost.gif (line 17) is not there"), "{}", server.log());
    fs::rename(newsroom.path("content/posts/bridge"), newsroom.path("content/posts/stone-bridge")).expect("renamed");
    until("/posts/stone-bridge/photo.gif");
    assert_eq!(server.get("/posts/stone-bridge/photo.gif").status, 200);
}
