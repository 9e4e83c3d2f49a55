//! The application that answers at this moment: replaced as a whole when the definitions change, between two requests.
//!
//! Knows nothing of where definitions come from.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::Mutex;

use super::app::App;
use crate::feed::FeedSet;
use crate::store::StoreError;

/// Where every request, and whatever keeps the site fresh, finds the application.
pub struct Current {
    app: ArcSwap<App>,
    /// Held while another application is made, so that two are never made at once.
    renewing: Mutex<()>,
}

impl Current {
    /// This application, until it is replaced.
    pub fn new(app: App) -> Arc<Self> {
        Arc::new(Self { app: ArcSwap::from_pointee(app), renewing: Mutex::new(()) })
    }

    /// The application, for as long as a request takes that waits for nothing.
    pub fn now(&self) -> Guard<Arc<App>> {
        self.app.load()
    }

    /// The application, for as long as it is wanted.
    pub fn app(&self) -> Arc<App> {
        self.app.load_full()
    }

    /// Answers from other definitions from now on. Connections, the cache of the store and all counts go on; feeds have
    /// a new revision, if what they look like has changed (rule 2).
    pub async fn renew(&self, set: FeedSet) -> Result<(), StoreError> {
        let _renewing = self.renewing.lock().await;
        let old = self.app();
        let site = old.site.renewed(set, (old.clock)()).await?;
        self.app.store(Arc::new(old.renewed(site)));
        // What was committed while it was made, nobody will tell it of.
        self.app().site.refresh().await
    }

    /// Lets every request from now on see this revision. Should another application be on its way, that does, too.
    pub async fn learn(&self, revision: u64) -> Result<(), StoreError> {
        loop {
            let app = self.app();
            app.site.learn(revision).await?;
            if !self.has_replaced(&app).await {
                return Ok(());
            }
        }
    }

    /// Whether this application answers no more, once the one that is being made, if any, is there.
    pub async fn has_replaced(&self, app: &Arc<App>) -> bool {
        let _settled = self.renewing.lock().await;
        !Arc::ptr_eq(app, &self.app.load())
    }
}
