//! CDA R2 documents: how one is read, what the French profile demands of it, and what a report says.
//!
//! A document is read once ([`document::ClinicalDocument`]); each family of rules walks that tree and tells the
//! [`finding::Findings`]; [`validation::Validator`] asks them all and answers with a [`report::Report`]. Rules never stop at the
//! first fault. Spec: HL7 CDA R2, ANS "Structuration minimale" and the volets of the CI-SIS.

pub mod document;
pub mod finding;
pub mod header;
pub mod report;
pub mod rule;
pub mod validation;
