//! `wellhead serve`: opens everything, says where it is, keeps it fresh, and ends it in order.
//!
//! Knows nothing of requests, and nothing of feeds but which to name as an example.

mod blocking;
mod definitions;
mod hints;
mod stop;
mod watch;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono_tz::Tz;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, oneshot};

use super::output::out;
use super::{Done, based, definitions, now, open, runtime};
use crate::article::Time;
use crate::check;
use crate::config::{Admin, Settings};
use crate::feed::{FeedKey, FeedSet, load};
use crate::fingerprint::fingerprint;
use crate::intake::{self, Event};
use crate::resource::{Format, Resource};
use crate::site::Site;
use crate::store::{Store, StoreError};
use crate::web::current::Current;
use crate::web::limiter::Limiter;
use crate::web::route::App;
use crate::{demo, web};

/// How long the clock is not looked at while an article waits for its time: it may be set meanwhile.
const LONGEST: Duration = Duration::from_secs(10);

/// How long no commit must have been noticed before feeds are rebuilt, and how long that is waited for.
const PAUSE: Duration = Duration::from_millis(150);
const RUN: Duration = Duration::from_secs(2);

/// How long a store that does not answer is left alone.
const RETRY: Duration = Duration::from_secs(1);

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
        web::allow_files(&settings.limits);
        let current = Current::new(App::new(site, Box::new(now), settings.limits.clone(), limiter));
        let watch = follow(&current)?;
        if let Some(folder) = living.folder {
            let living =
                crate::living::Living::new(folder.clone(), living.source, living.confirmed).dates_in(living.dates_in);
            watch::follow(&current, &folder, living);
        }
        if !demo || settings.feeds_given {
            let base_url = settings.base_url.clone().or(demo.then_some(address));
            definitions::follow(&current, Settings { base_url, ..settings }, hangup);
        }
        serve(listener, admin, current, stop::signalled()?).await;
        drop(watch);
        tracing::info!("stopped");
        Ok(Done::All)
    });
    // A thread that a file system lets hang is left behind.
    runtime.shutdown_timeout(stop::LEFT);
    done
}

/// Serves readers and operators until `stop` ends, and lets the requests of both finish.
async fn serve(
    listener: TcpListener,
    admin: Option<TcpListener>,
    current: Arc<Current>,
    stop: impl Future<Output = ()>,
) {
    let (stopping, stopped) = oneshot::channel::<()>();
    let readers = web::run(listener, Arc::clone(&current), async move {
        stop.await;
        drop(stopping);
    });
    let operators = async {
        if let Some(admin) = admin {
            web::run_admin(admin, current, async { drop(stopped.await) }).await;
        }
    };
    tokio::join!(readers, operators);
}

async fn demo_site(settings: &Settings, folder: &std::path::Path, address: &str) -> anyhow::Result<(FeedSet, Store)> {
    let set = if settings.feeds_given { load::from_folder(&settings.feeds)? } else { demo::definitions()? };
    let set = Arc::new(based(set, Some(settings.base_url.as_deref().unwrap_or(address)))?);
    let path = folder.join("demo.db");
    let store = Store::open(&path.to_string_lossy(), &fingerprint(&set), now())?;
    let importing = Arc::clone(&set);
    let store = tokio::task::spawn_blocking(move || {
        let mut tell = |event| match event {
            Event::Left(fault) | Event::Noted(fault) => tracing::warn!("{fault}"),
            Event::Lost(_) | Event::Dated { .. } | Event::Withdrawn { .. } | Event::Stored(_) => {}
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

/// Refreshes the site whenever any process has changed the store, and rebuilds what most will ask for next.
fn follow(current: &Arc<Current>) -> anyhow::Result<crate::store::Watch> {
    let changed = Arc::new(Notify::new());
    let noticed = Arc::clone(&changed);
    let (refreshed, scheduled) = (rebuild(current), release(current));
    let current = Arc::clone(current);
    let watch = current.now().site.store().watch(move || changed.notify_one())?;
    // Something may have been committed before the watch began.
    noticed.notify_one();
    tokio::spawn(async move {
        loop {
            noticed.notified().await;
            if let Err(error) = current.app().site.refresh().await {
                tracing::warn!(%error, "the store does not answer; it is asked again");
                tokio::time::sleep(RETRY).await;
                noticed.notify_one();
            } else {
                refreshed.notify_one();
                scheduled.notify_one();
            }
        }
    });
    Ok(watch)
}

/// Makes articles public when their time comes; told when the schedule may have changed. A commit that makes no revision
/// is told, too.
fn release(current: &Arc<Current>) -> Arc<Notify> {
    let told = Arc::new(Notify::new());
    let (telling, current) = (Arc::clone(&told), Arc::clone(current));
    tokio::spawn(async move {
        loop {
            match due(&current.app()).await {
                Some(wait) => drop(tokio::time::timeout(wait, told.notified()).await),
                None => told.notified().await,
            }
        }
    });
    telling
}

/// Makes public what is due; how long to wait for the next article, if there is any.
async fn due(app: &App) -> Option<Duration> {
    let now = (app.clock)();
    match app.site.release(now).await {
        Ok(next) => next.map(|next| until(now, next)),
        Err(error) => {
            tracing::warn!(%error, "what is due could not be made public; it is tried again");
            Some(RETRY)
        }
    }
}

/// How long to wait before the clock is looked at again. It tells whole seconds only and may be set, so that a wait is
/// never long, and short within the last second.
fn until(now: Time, next: Time) -> Duration {
    match next.0.saturating_sub(now.0) {
        ..=1 => Duration::from_millis(20),
        seconds => Duration::from_secs(seconds.unsigned_abs() - 1).min(LONGEST),
    }
}

/// Rebuilds what most ask for whenever it is told to; on a task of its own, so that no further change has to wait.
fn rebuild(current: &Arc<Current>) -> Arc<Notify> {
    let told = Arc::new(Notify::new());
    let (telling, current) = (Arc::clone(&told), Arc::clone(current));
    tokio::spawn(async move {
        loop {
            told.notified().await;
            // What the next of many commits outdates at once would only be in the way of those who publish and ask.
            let begun = Instant::now();
            while begun.elapsed() < RUN && tokio::time::timeout(PAUSE, told.notified()).await.is_ok() {}
            current.app().site.rebuild_busiest().await;
        }
    });
    telling
}
