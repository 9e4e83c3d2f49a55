//! `wellhead serve`: opens everything, says where it is, keeps it fresh, and ends it in order.
//!
//! Knows nothing of requests, and nothing of feeds but which to name as an example.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono_tz::Tz;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::output::out;
use super::{Done, based, check_media, definitions, now, open, runtime};
use crate::check;
use crate::config::{Admin, Settings};
use crate::demo;
use crate::feed::{FeedKey, FeedSet, load};
use crate::fingerprint::fingerprint;
use crate::intake::{self, Event};
use crate::resource::{Format, Resource};
use crate::server::{self, stop};
use crate::site::Site;
use crate::store::{Store, StoreError};
use crate::web::app::App;
use crate::web::current::Current;
use crate::web::limiter::Limiter;

/// The longest that the media folders may take to say that they are there.
const MEDIA_PATIENCE: Duration = Duration::from_secs(5);

/// What is served beside the store.
pub struct Living {
    /// A folder whose files are articles.
    pub folder: Option<PathBuf>,
    /// In whose name.
    pub source: String,
    /// Whether it may withdraw any number of them at first.
    pub confirmed: bool,
    /// The zone of their dates that name none, if it is not to be the definitions'.
    pub dates_in: Option<Tz>,
}

/// Serves until a signal ends it.
pub fn run(settings: Settings, demo: bool, living: Living) -> anyhow::Result<Done> {
    let runtime = runtime()?;
    let done = runtime.block_on(async {
        media_folders(&settings).await?;
        let listener = TcpListener::bind(settings.listen).await.with_context(|| settings.listen.to_string())?;
        let address = format!("http://{}", listener.local_addr()?);
        // Until somebody listens for it, it ends the process; so that is first.
        let hangup = signal(SignalKind::hangup())?;
        // Kept until the server ends: the demo's store lies in it.
        let folder = if demo { Some(tempfile::tempdir()?) } else { None };
        let (set, store) = match &folder {
            Some(folder) => demo_site(&settings, folder.path(), &address).await?,
            None => {
                let set = definitions(&settings)?;
                let store = open(&settings, &set)?;
                (set, store)
            }
        };
        if let Some(bytes) = settings.max_store {
            store.bound(bytes).await?;
        }
        store.set_fingerprint(&fingerprint(&set), now()).await?;
        let site = Site::open(set, store, settings.cache_bytes).await?;
        if let Some(last) = site.read(|ledger| ledger.revision(ledger.last()))
            && check::wrong_clock(last.time, now()).is_some()
        {
            tracing::warn!("{}", super::check::wrong_clock(&last.time.to_string()));
        }
        let admin = admin_listener(settings.admin).await?;
        announce(&site, &address, admin.as_ref())?;
        let limiter = Limiter::new(settings.limiter, settings.full_answers);
        server::allow_files(&settings.limits);
        let current = Current::new(App::new(site, Box::new(now), settings.limits.clone(), limiter));
        let watch = server::follow(&current)?;
        if let Some(folder) = living.folder {
            let living =
                crate::living::Living::new(folder.clone(), living.source, living.confirmed).dates_in(living.dates_in);
            server::watch::follow(&current, &folder, living);
        }
        if !demo || settings.feeds_given {
            let base_url = settings.base_url.clone().or(demo.then_some(address));
            let (folder, settings) = (settings.feeds.clone(), Settings { base_url, ..settings });
            let read = move || definitions(&settings).map_err(|error| format!("{error:#}"));
            server::definitions::follow(&current, folder, Box::new(read), hangup);
        }
        server::run(listener, admin, current, stop::signalled()?).await;
        drop(watch);
        tracing::info!("stopped");
        Ok(Done::All)
    });
    // A thread that a file system lets hang is left behind.
    runtime.shutdown_timeout(stop::LEFT);
    done
}

/// Refuses media folders of which one is none. One whose disk does not answer keeps no feed from being served.
async fn media_folders(settings: &Settings) -> anyhow::Result<()> {
    let folders = settings.media.clone();
    let checking = tokio::task::spawn_blocking(move || check_media(&folders));
    match tokio::time::timeout(MEDIA_PATIENCE, checking).await {
        Ok(checked) => checked?,
        Err(_) => {
            tracing::error!("a media folder does not answer; everything else is served");
            Ok(())
        }
    }
}

async fn demo_site(settings: &Settings, folder: &std::path::Path, address: &str) -> anyhow::Result<(FeedSet, Store)> {
    let set = if settings.feeds_given { load::from_folder(&settings.feeds)? } else { demo::definitions()? };
    let set = based(set, Some(settings.base_url.as_deref().unwrap_or(address)))?.with_media(&settings.media);
    let set = Arc::new(set);
    let path = folder.join("demo.db");
    let store = Store::open(&path.to_string_lossy(), &fingerprint(&set), now())?;
    let importing = Arc::clone(&set);
    let store = tokio::task::spawn_blocking(move || {
        let mut tell = |event| match event {
            Event::Left(fault) | Event::Noted(fault) => tracing::warn!("{fault}"),
            _ => {}
        };
        for (inputs, options) in demo::imports() {
            intake::import(&importing, &store, &inputs, &options, &now, &mut tell)?;
        }
        Ok::<_, StoreError>(store)
    });
    let store = store.await??;
    Ok((Arc::into_inner(set).context("the definitions are still in use")?, store))
}

/// Where operators are listened to, if anywhere. An address that nobody chose may be taken: then it is done without.
async fn admin_listener(admin: Admin) -> anyhow::Result<Option<TcpListener>> {
    match admin {
        Admin::Off => Ok(None),
        Admin::At(address) => Ok(Some(TcpListener::bind(address).await.with_context(|| address.to_string())?)),
        Admin::Default => Ok(TcpListener::bind(Admin::DEFAULT)
            .await
            .inspect_err(|error| tracing::warn!(%error, "no /metrics at {}", Admin::DEFAULT))
            .ok()),
    }
}

/// Says where to look: the address to open, a feed to subscribe to, and what operators read.
fn announce(site: &Site, address: &str, admin: Option<&TcpListener>) -> anyhow::Result<()> {
    let keys = site.set().keys();
    let example = keys.iter().skip(1).max_by_key(|key| site.read(|ledger| ledger.entries(key)));
    let example = Resource::Feed(example.cloned().unwrap_or(FeedKey::All), Format::Atom);
    let articles = site.read(|ledger| ledger.entries(&FeedKey::All));
    let example = example.path();
    let mut text =
        format!("wellhead serves {articles} articles\n  open        {address}/\n  subscribe   {address}{example}\n");
    if let Some(admin) = admin {
        text.push_str(&format!("  metrics     http://{}/metrics\n", admin.local_addr()?));
    }
    // Whether anybody reads it or not, the server serves.
    drop(out().write_all(text.as_bytes()));
    Ok(())
}
