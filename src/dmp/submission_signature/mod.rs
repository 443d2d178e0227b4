//! Whether a submission set is signed as it should be: one signature document, of the right entry, whose manifest covers the
//! set and every document in it, by whoever speaks in the assertion. Spec: DMP TD2.1, signature of the submission set.
//!
//! The signature document itself is verified in `security::signature::xades`. Digesting documents needs their bytes, so
//! it is left to the caller: [`coverage()`] says which, [`compare`] judges the outcome.

mod coverage;
mod entry;
pub mod rule;
mod signer;

pub use self::coverage::{Digested, Signed, compare, coverage};
pub use self::entry::metadata;
pub use self::signer::signer;

use crate::dmp::submission_signature::rule::{MISSING, ONE, SIGNS, SignatureRule, finding_of};
use crate::security::signature::xades::rule::XadesError;
use crate::xds::error::Finding;
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::metadata::submission::Submission;

/// What becomes of a deposit whose signature is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Nothing is looked at.
    Off,
    /// It is taken, and the answer warns.
    Report,
    /// It is refused.
    Enforce,
}

/// What becomes of a deposit without signature where signatures are enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// It is refused.
    Refuse,
    /// It is taken.
    Accept,
}

/// The entry that announces the signature of the set, and what is wrong with how it is announced.
///
/// A set without any document has nothing to sign.
pub fn announced(submission: &Submission, unsigned: Unsigned) -> (Option<&DocumentEntry>, Vec<Finding>) {
    let mut signatures = submission.entries.iter().filter(|entry| entry.is_signature());
    let Some(signature) = signatures.next() else {
        let refused = unsigned == Unsigned::Refuse && !submission.entries.is_empty();
        let missing = || about_set(&MISSING, submission, "no document of the set is its signature");
        return (None, refused.then(missing).into_iter().collect());
    };
    let mut findings: Vec<Finding> =
        signatures.map(|second| ONE.broken(second, "a second document of the set is a signature")).collect();
    let set = &submission.submission_set.id;
    let signs = submission.associations.iter().any(|association| {
        association.association_type == AssociationType::Signs
            && association.source == signature.id
            && association.target == *set
    });
    if !signs {
        findings.push(SIGNS.broken(signature, "no association `signs` leads from the signature to the submission set"));
    }
    (Some(signature), findings)
}

/// What is wrong with the signature document, in the words of the answer.
pub fn refused(entry: &DocumentEntry, error: &XadesError) -> Finding {
    let said = |what: &str, value: &Option<String>| value.as_ref().map(|value| format!("; {what} {value}"));
    let place = error.xpath.as_ref().map(|xpath| format!("; at {xpath}"));
    let details = [place, said("expected", &error.expected), said("found", &error.found)];
    let details: String = details.into_iter().flatten().collect();
    finding_of(error.rule, format!("{}{details}. {}.", error.rule.en, error.rule.fr)).on(entry.id.as_str())
}

fn about_set(rule: &'static SignatureRule, submission: &Submission, context: &str) -> Finding {
    rule.finding(context).on(submission.submission_set.id.as_str())
}
