//! A browser of a test's own, driven over WebDriver (W3C) and, where that knows no word for it, Chromium's protocol.
//!
//! Knows nothing of any page.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use url::Url;

/// What a server may be told nothing of, and a test must not depend on: everything that Chromium does by itself.
const QUIET: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// A running browser with one window; it ends with the test.
pub struct Browser {
    runtime: Runtime,
    client: Option<Client>,
    driver: Child,
    base: String,
    _profile: TempDir,
}

/// A command of the Chrome DevTools Protocol.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base_url: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base_url.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.command, "params": self.parameters }).to_string()))
    }
}

impl Browser {
    /// A browser that is to look at the server at this address.
    pub fn open(base: String) -> Self {
        let mut driver = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver, as tests/all installs it");
        let told = BufReader::new(driver.stdout.take().expect("it prints")).lines().map_while(Result::ok);
        let port =
            |line: String| line.trim_end_matches('.').rsplit_once("successfully on port ")?.1.parse::<u16>().ok();
        let port = told.filter_map(port).next().expect("the port on which it listens");
        let profile = tempfile::tempdir().expect("a folder");
        let mut arguments: Vec<String> = QUIET.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let capabilities = json!({ "goog:chromeOptions": { "args": arguments } });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let client = runtime.block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities.as_object().expect("an object").clone());
            builder.connect(&format!("http://127.0.0.1:{port}")).await
        });
        let browser = Self { runtime, client: Some(client.expect("a session")), driver, base, _profile: profile };
        browser.size(1280, 900);
        browser
    }

    fn client(&self) -> &Client {
        self.client.as_ref().expect("it is there until it is dropped")
    }

    /// Tells Chromium something in its own protocol.
    pub fn devtools(&self, command: &'static str, parameters: Value) {
        let command = DevTools { command, parameters };
        self.runtime.block_on(self.client().issue_cmd(command)).expect("Chromium understands");
    }

    /// Gives the window this many CSS pixels.
    pub fn size(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size);
    }

    /// Prefers light or dark.
    pub fn prefer(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Opens a path, as if it had been typed.
    pub fn visit(&self, path: &str) {
        self.runtime.block_on(self.client().goto(&format!("{}{path}", self.base))).expect("it opens");
    }

    /// The path that is open.
    pub fn path(&self) -> String {
        self.runtime.block_on(self.client().current_url()).expect("an address").path().to_owned()
    }

    /// The first element that a CSS selector finds.
    pub fn find(&self, selector: &str) -> Element {
        let found = self.runtime.block_on(self.client().find(Locator::Css(selector)));
        found.unwrap_or_else(|error| panic!("{selector} on {}: {error}", self.path()))
    }

    /// Clicks what a CSS selector finds first.
    pub fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.runtime.block_on(element.click()).unwrap_or_else(|error| panic!("{selector} on {}: {error}", self.path()));
    }

    /// The text that is to be seen of what a CSS selector finds first.
    pub fn text(&self, selector: &str) -> String {
        let element = self.find(selector);
        self.runtime.block_on(element.text()).expect("a text")
    }

    /// Whether the first element that a CSS selector finds is to be seen.
    pub fn sees(&self, selector: &str) -> bool {
        let element = self.find(selector);
        self.runtime.block_on(element.is_displayed()).expect("an answer")
    }

    /// Presses keys, wherever the focus is.
    pub fn press(&self, keys: &str) {
        let client = self.client();
        self.runtime
            .block_on(async { client.active_element().await?.send_keys(keys).await })
            .expect("something has the focus");
    }

    /// What a function's body returns.
    pub fn ask(&self, body: &str) -> Value {
        self.runtime.block_on(self.client().execute(body, Vec::new())).unwrap_or_else(|error| panic!("{body}: {error}"))
    }

    /// What a promise, the value of an expression, comes to.
    pub fn wait(&self, promise: &str) -> Value {
        let body = format!("const done = arguments[0]; ({promise}).then(done, error => done(String(error)));");
        self.runtime.block_on(self.client().execute_async(&body, Vec::new())).expect("it comes to an end")
    }

    /// What the screen shows, as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        self.runtime.block_on(self.client().screenshot()).expect("a picture")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // A session that is not closed leaves its browser behind.
            let _ = self.runtime.block_on(client.close());
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
