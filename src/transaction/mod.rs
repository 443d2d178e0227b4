//! The use cases, one file per transaction: the only place where things happen.
//!
//! Every face (SOAP today) ends in one of these functions with a [`Context`] of its own. They block; a face calls them
//! from a thread where waiting is allowed. They know neither XML nor HTTP.

pub mod catalogue;
pub mod clinical;
pub mod error;
pub mod intake;
pub mod iti18;
pub mod iti41;
pub mod iti42;
pub mod iti43;
pub mod iti51;
pub mod iti57;
pub mod iti8;
pub mod iti44;
pub mod iti61;
pub mod iti62;
pub mod iti86;
pub mod iti92;
pub mod rule;
pub mod signature;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::datatype::cx::PatientId;
use crate::datatype::unique_id::RepositoryUniqueId;
use crate::dmp::caller::Caller;
use crate::storage::Store;
use crate::telemetry::correlation::Correlation;
use crate::transaction::clinical::Judging;
use crate::transaction::signature::Signing;
use crate::xds::validation::RegisterSettings;

/// What a transaction works with, shared by all.
pub struct Gateway {
    store: Store,
    settings: Settings,
    draw: fn() -> Uuid,
}

/// What a deployment decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How submissions are judged.
    pub register: RegisterSettings,
    /// Whether anything may be removed.
    pub removing: Removing,
    /// Whether identities may be announced and merged by ITI-44.
    pub feeding: Feeding,
    /// The repository that this gateway is.
    pub repository_unique_id: RepositoryUniqueId,
    /// Further repositories that it is: a deposit may name one of them, and its documents are asked of that one.
    pub other_repository_unique_ids: Vec<RepositoryUniqueId>,
    /// The largest document, in bytes.
    pub max_document_bytes: u64,
    /// The most documents in one submission.
    pub max_documents: usize,
    /// The most whole objects in one answer; no limit when absent.
    pub max_results: Option<usize>,
    /// How clinical documents of deposits are judged; not at all when absent.
    pub judging: Option<Judging>,
    /// How signatures of deposits are judged; not at all when absent.
    pub signing: Option<Signing>,
}

/// Whether metadata and documents may be removed, by ITI-62 and ITI-86.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removing {
    /// By whoever is admitted.
    Admitted,
    /// By nobody.
    Refused,
}

/// Whether identities may be announced and merged by ITI-44. ITI-8 has a listener of its own, which decides for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feeding {
    /// By whoever is admitted.
    Admitted,
    /// By nobody.
    Refused,
}

/// One exchange.
#[derive(Debug)]
pub struct Context {
    /// Under which id the log tells of it.
    pub correlation: Correlation,
    /// When it happens.
    pub now: DateTime<Utc>,
    /// Who asks; nobody in profile `ihe` without VIHF.
    pub caller: Option<Caller>,
}

impl Gateway {
    /// A gateway over an open store. `draw` gives the UUIDs of new objects.
    pub fn new(store: Store, settings: Settings, draw: fn() -> Uuid) -> Self {
        Self { store, settings, draw }
    }

    /// What the deployment decided.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl Settings {
    /// The repository of that id, if this gateway is it.
    pub(crate) fn own_repository(&self, id: &str) -> Option<&RepositoryUniqueId> {
        std::iter::once(&self.repository_unique_id)
            .chain(&self.other_repository_unique_ids)
            .find(|own| own.as_str() == id)
    }
}

impl Context {
    /// The patient for whom the caller speaks, when the assertion names one.
    pub fn patient(&self) -> Option<&PatientId> {
        self.caller.as_ref().and_then(Caller::patient)
    }
}
