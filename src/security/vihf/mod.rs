//! The VIHF: one SAML assertion that says who calls, from which structure, in which mode, for which patient.
//!
//! [`verify`] is the only way to a [`verify::VerifiedVihf`]; [`issue`] signs one for tools and tests. What needs a
//! directory (is the structure open, does the person work there) is not decided here. Spec: DMP TD0.1, SAML 2.0 core.

pub mod assertion;
pub mod attribute;
mod decode;
pub mod issue;
pub mod rule;
pub mod verify;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::datatype::oid::Oid;
use crate::security::pki::chain::KeyUsageRule;
use crate::security::vihf::assertion::Mode;

/// What a deployment decides about assertions.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether a request without assertion is refused. Read by whoever receives requests, not by the verifier.
    pub required: bool,
    /// How far two clocks may be apart.
    pub clock_skew: TimeDelta,
    /// How long after its `IssueInstant` an assertion may be used.
    pub issue_max_age: TimeDelta,
    /// How long after the authentication of the person an assertion may be used.
    pub authn_max_age: TimeDelta,
    /// Whether SHA-1 digests and signatures are taken.
    pub allow_sha1: bool,
    /// Whether an assertion without signature is taken in direct mode.
    pub unsigned_direct: UnsignedDirect,
    /// Whether a profession, a speciality or a sector that no value set has is taken.
    pub unknown_codes: UnknownCodes,
    /// The values of `VIHF_Version` that are taken.
    pub accepted_versions: Vec<String>,
    /// Which certificate may sign, by mode.
    pub key_usage: KeyUsageRules,
    /// The assigning authorities of patient identifiers that are taken; empty takes any.
    pub patient_authorities: Vec<Oid>,
    /// Further structures that the certificate of a structure may speak for: the sites of a legal entity.
    pub linked_structures: BTreeMap<String, BTreeSet<String>>,
}

/// What is done with an unsigned assertion of the mode directe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsignedDirect {
    /// It is refused.
    Refuse,
    /// It is taken when the TLS certificate is a person's and its subject is the `Issuer`.
    Accept,
}

/// What is done with a profession, a speciality or a sector that no value set has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownCodes {
    /// The assertion is refused.
    Refuse,
    /// It is taken: the value sets of a deployment may be older than its callers.
    Accept,
}

/// Which certificate may sign, by mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsageRules {
    /// Mode directe.
    pub direct: KeyUsageRule,
    /// Mode indirecte.
    pub indirect: KeyUsageRule,
    /// Mode indirecte renforcée.
    pub air: KeyUsageRule,
}

impl KeyUsageRules {
    /// The rule of a mode.
    pub fn of(&self, mode: Mode) -> KeyUsageRule {
        match mode {
            Mode::Direct => self.direct,
            Mode::Indirect => self.indirect,
            Mode::Air => self.air,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            required: true,
            clock_skew: TimeDelta::minutes(5),
            issue_max_age: TimeDelta::hours(1),
            authn_max_age: TimeDelta::hours(24),
            allow_sha1: false,
            unsigned_direct: UnsignedDirect::Refuse,
            unknown_codes: UnknownCodes::Refuse,
            accepted_versions: ["2.0", "3.0", "4.0"].map(str::to_owned).to_vec(),
            key_usage: KeyUsageRules {
                direct: KeyUsageRule::SignatureOnly,
                indirect: KeyUsageRule::SignatureOnly,
                air: KeyUsageRule::SignatureOrAuthentication,
            },
            patient_authorities: Vec::new(),
            linked_structures: BTreeMap::new(),
        }
    }
}
