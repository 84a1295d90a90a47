//! What an app and the routes see of the platform.

use std::sync::Arc;

use lumiku_accounts::Accounts;
use lumiku_core::bus::Bus;
use lumiku_core::{Ambient, Config, Db};
use lumiku_jobs::Jobs;
use lumiku_ledger::Ledger;
use lumiku_media::Media;
use lumiku_storage::Storage;

use crate::events::Events;

/// The platform's parts, made once by the binary and handed down. Cheap to clone.
#[derive(Clone)]
pub struct AppContext {
    pub config: Arc<Config>,
    pub ambient: Ambient,
    pub db: Db,
    pub bus: Arc<dyn Bus>,
    pub accounts: Accounts,
    pub ledger: Ledger,
    pub jobs: Jobs,
    pub storage: Storage,
    pub media: Media,
    pub events: Events,
}
