//! Whether pages can be used by everybody: axe-core looks at each kind, in both languages and both lights.
//!
//! Knows nothing of what axe-core looks for; it is taken from where tests/all has put it.

use super::driver::Browser;
use super::newsroom::Open;

#[test]
#[ignore = "needs Chromium: tests/all"]
fn axe_finds_no_violation_on_any_kind_of_page() {
    let axe = std::env::var("WELLHEAD_AXE").expect("WELLHEAD_AXE: where axe.min.js lies, as tests/all sets it");
    let axe = std::fs::read_to_string(axe).expect("axe-core");
    let open = Open::start();
    let browser = Browser::open(open.base());
    let mut violations = Vec::new();
    for (kind, path) in open.kinds() {
        for prefix in ["", "/en"] {
            browser.visit(&format!("{prefix}{path}"));
            browser.ask(&format!(
                "{axe}; for (const details of document.querySelectorAll('details')) details.open = true"
            ));
            for scheme in ["light", "dark"] {
                browser.prefer(scheme);
                for (width, height) in [(1280, 900), (360, 740)] {
                    browser.size(width, height);
                    let found = browser.wait("axe.run(document, { resultTypes: ['violations'] })");
                    let passed = found["passes"].as_array().map_or(0, Vec::len);
                    assert!(passed > 10, "{kind}: axe has looked at nothing: {found}");
                    let found = found["violations"].as_array().expect("a list").iter();
                    violations.extend(found.map(|violation| {
                        let nodes = violation["nodes"].as_array().expect("a list");
                        let first = nodes.first().map(|node| format!("{} {}", node["html"], node["failureSummary"]));
                        format!("{kind} {prefix} {scheme} {width}: {} ({}×): {first:?}", violation["id"], nodes.len())
                    }));
                }
            }
        }
    }
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}
