//! Claims about texts as generators and note-takers write them: rendered, or without their marks, and never with what is
//! meant for the writer alone.
//!
//! Knows nothing of front matter.

use url::Url;

use super::tests::found;
use crate::ingest::Found;
use crate::ingest::clean::Door;

/// What is published of a text, and what the editor is told.
fn published(text: &str) -> (String, String, Vec<String>) {
    let Found { draft, notes, .. } = found("a.md", &format!("---\ntitle: 盐\n---\n{text}"));
    let content =
        Door::new(Url::parse("https://news.example/").expect("a URL")).clean(&draft).expect("an article").content;
    (content.html.as_str().to_owned(), content.summary, notes)
}

fn html(text: &str) -> String {
    published(text).0.trim().to_owned()
}

#[test]
fn what_only_the_writer_is_to_see_is_in_no_text_and_no_summary() {
    for text in [
        "文。%%机密%%\n\n<!--more-->\n\n后。",
        "%%\n机密\n%%\n\n文。",
        "文。\n\n%%\n机密\n\n```\n机密\n```\n",
        "<!-- 机密 -->文。",
        "<!--\n机密\n\n机密\n-->\n\n文。",
        "文。\n[//]: # (机密)\n",
        "[//]: # (机密)\n\n文。",
        "[comment]: <> \"机密\"\n\n文。",
        "文。\n\n{::comment}\n机密\n{:/comment}\n",
        "文。{>>机密<<}",
        "文。\n\n{% comment %}机密{% endcomment %}",
        "> [!note] 题\n> 文。%%机密%%",
        "- 文。\n  %%\n  机密\n  %%\n",
        "| 文。 |\n|---|\n| %%机密%% |\n",
        "!!! note\n    文。%%机密%%\n",
        "{{< figure src=\"/a.jpg\" caption=\"文。%%机密%%\" >}}",
    ] {
        let (html, summary, notes) = published(text);
        assert!(!html.contains("机密") && !summary.contains("机密"), "{text}: {html}");
        assert!(html.contains("文"), "{text}: {html}");
        assert!(!notes.iter().any(|note| note.contains("机密")), "{notes:?}");
    }
    let (_, _, notes) = published("文。\n\n%%\n机密");
    assert_eq!(notes, ["has a private remark (%%) that does not end; all that follows it is left out"]);
}

#[test]
fn marks_that_mean_nothing_here_are_named_and_code_that_shows_them_is_left_alone() {
    let text =
        "[TOC]\n\n::: tip 当心\n井==深==\n:::\n\n见[[盐井|井]]{: .c}。\n\n!!! note\n    灯\n\n> [!info] 题\n> 文\n";
    let (html, _, notes) = published(text);
    assert_eq!(
        html.replace('\n', ""),
        "<p><strong>当心</strong></p><p>井深</p><p>见井。</p><p>灯</p><blockquote><p><strong>题</strong></p><p>文</p></blockquote>"
    );
    assert_eq!(notes, ["has marks that mean nothing here: [TOC], ::: tip, !!! note, [!info], ==…==, [[…]], {…}"]);
    let (_, _, notes) = published(&format!("````\n{text}%%\n````\n\n`==a== [[b]] %%c%%`\n"));
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn tasks_have_boxes() {
    assert_eq!(html("- [ ] 一\n- [x] 二\n").replace('\n', ""), "<ul><li>☐ 一</li><li>☑ 二</li></ul>");
}

#[test]
fn headings_have_the_ids_that_links_lead_to() {
    for (text, id) in [
        ("[见](#salt)\n\n## 盐 {#salt .x}", "salt"),
        ("[见](#salt)\n\n## 盐\n{: #salt}", "salt"),
        ("[见](#salt)\n\n盐 {#salt}\n---", "salt"),
        ("[见](#盐-井与灯)\n\n## 盐 井，与**灯**", "盐-井与灯"),
        ("[见](#the-salt-well-1)\n\n## A\n\n## The Salt Well!\n\n## The *Salt* Well", "the-salt-well-1"),
        ("[[#盐 井]]\n\n## 盐 井", "盐-井"),
    ] {
        let html = html(text);
        assert!(html.contains(&format!(" id=\"{id}\"")) && html.contains("<a href=\"#"), "{text}: {html}");
    }
    assert_eq!(html("## 盐 {#salt .x}"), "<h2>盐</h2>");
    assert_eq!(html("## 盐 {井}"), "<h2>盐 {井}</h2>");
    assert_eq!(html("[见](#灯)\n\n## 盐").replace('\n', ""), "<p><a>见</a></p><h2>盐</h2>");
}

#[test]
fn formulas_are_published_as_they_were_written_and_prices_are_prices() {
    let text = "设 $a_1 * b_2 * c_{3}$，\n\n$$\n\\begin{matrix} a & b \\\\ c & d \\end{matrix}\n$$\n\n*从* $5 到 $6。";
    assert_eq!(
        html(text),
        "<p>设 $a_1 * b_2 * c_{3}$，</p>\n<p>$$\n\\begin{matrix} a &amp; b \\\\ c &amp; d \\end{matrix}\n$$</p>\n<p><em>从</em> $5 到 $6。</p>"
    );
    assert_eq!(html("$$ [[a]] ==b== {: .c} $$"), "<p>$$ [[a]] ==b== {: .c} $$</p>");
}
