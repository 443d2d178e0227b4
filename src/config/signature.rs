//! How signatures of submissions are judged: the section `[signature]`.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::cda::validation;
use crate::config::Config;
use crate::config::file::{self, Profile, SignaturePolicy};
use crate::config::settings::key_usage;
use crate::dmp::submission_signature::{Policy, Unsigned};
use crate::security::pki::chain::TrustStore;
use crate::security::signature::xades::Settings;
use crate::security::signature::xades::verify::Verifier;
use crate::transaction::signature::Signing;

impl Config {
    /// How signatures of deposits are judged, by the authorities that vouch for assertions; nothing where they are not
    /// looked at. A plain IHE domain has no rules for them.
    pub fn signing(&self, trust: Arc<TrustStore>) -> Option<Signing> {
        let file = self.file();
        let policy = match (file.domain.profile, file.signature.policy) {
            (Profile::Ihe, _) | (_, SignaturePolicy::Off) => return None,
            (Profile::Dmp, SignaturePolicy::Report) => Policy::Report,
            (Profile::Dmp, SignaturePolicy::Enforce) => Policy::Enforce,
        };
        let settings = Settings {
            allow_sha1: file.signature.allow_sha1,
            clock_skew: TimeDelta::seconds(file.vihf.clock_skew_seconds.into()),
            key_usage: key_usage(file.signature.key_usage),
        };
        Some(Signing {
            policy,
            unsigned: match file.signature.unsigned {
                file::Policy::Refuse => Unsigned::Refuse,
                file::Policy::Accept => Unsigned::Accept,
            },
            verifier: Arc::new(Verifier::new(settings, trust)),
            limits: validation::Settings::limits_of(file.cda.max_document_bytes),
        })
    }
}
