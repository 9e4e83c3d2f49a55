//! What the program prints: lines on standard output and words on standard error, with control characters escaped.
//!
//! The only place that writes to either. Knows nothing of what is said.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format::debug_fn;

use crate::printable;

/// Standard output, on which nothing comes through that a terminal would obey but ends of lines and tabs.
pub fn out() -> Printable<io::StdoutLock<'static>> {
    Printable(io::stdout().lock())
}

/// Says something on standard error.
pub fn tell(words: impl Display) {
    // Where nobody can hear it, nothing more can be done.
    drop(writeln!(Printable(io::stderr().lock()), "{words}"));
}

/// Columns with tabs between them; no value has one, or an end of line.
pub fn row<const N: usize>(columns: [&str; N]) -> String {
    columns.map(printable::field).join("\t")
}

/// Writes the log to standard error. Values are escaped before the log's own colours are added.
pub fn log(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).context("log")?;
    let fields = debug_fn(|writer, field, value| match field.name() {
        "message" => write!(writer, "{}", printable::lines(&format!("{value:?}"))),
        name => write!(writer, "{name}={}", printable::field(&format!("{value:?}"))),
    });
    let colours = io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).fmt_fields(fields.delimited(" "));
    log.with_ansi(colours).with_writer(io::stderr).init();
    Ok(())
}

/// On a terminal, a line that moves; elsewhere nothing.
pub fn progress() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {pos} articles, {per_sec}: {msg}");
    let bar = ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A writer of text that escapes what a terminal would obey. Each piece that it is given is text by itself.
pub struct Printable<W>(W);

impl<W: Write> Write for Printable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(printable::lines(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
