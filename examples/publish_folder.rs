//! Publishes a folder of articles as a folder of feeds and pages, for any server of files.
//!
//!     cargo run --example publish_folder -- feeds posts site

use std::path::PathBuf;
use std::time::SystemTime;

use wellhead::article::Time;
use wellhead::intake::{self, Input, Options};
use wellhead::store::Store;
use wellhead::{export, feed, fingerprint, ingest};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [feeds, posts, site] = &paths[..] else { return Err("usage: publish_folder FEEDS POSTS SITE".into()) };
    let now = || Time(SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs() as i64));

    let set = feed::load::from_folder(feeds)?;
    let store = Store::open("wellhead.db", &fingerprint::fingerprint(&set), now())?;

    let (files, faults) = ingest::files(posts, None, set.zone_of_dates());
    faults.iter().for_each(|fault| eprintln!("{fault}"));
    let inputs: Vec<Input> = files.into_iter().map(Input::file).collect();
    let options = Options { by: "example", source: "local".to_owned(), ..Options::default() };
    let counts = intake::import(&set, &store, &inputs, &options, &now, &mut |event| eprintln!("{event:?}"))?;

    let exported = tokio::runtime::Runtime::new()?.block_on(export::export(&set, &store, site, now()))?;
    println!("{} articles are new, {} files were written", counts.new, exported.written);
    Ok(())
}
