//! Patient Identity Feed: identities become known, and end by a merge. Spec: ITI TF-2: 3.8.4.1.3, 3.8.4.2.4.
//!
//! ITI-44 ends here too: it says the same in another language.

use crate::datatype::cx::PatientId;
use crate::storage::registry::merge::Standing;
use crate::storage::{StorageError, Writer};
use crate::transaction::{Context, Gateway};
use crate::xds::validation::UnknownPatients;

/// What a feed says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// These are identities of a patient: they are known from now on, and stay so when they were.
    Announce(Vec<PatientId>),
    /// These pairs were found to be one patient each. They are carried out in their order, all of them or none.
    Merge(Vec<Merge>),
}

/// Two identities of one patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The one that ends.
    pub subsumed: PatientId,
    /// The one that stays.
    pub surviving: PatientId,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changed {
    /// Identities that were not known before.
    pub made_known: usize,
    /// Identities that ended.
    pub merged: usize,
    /// Documents, submission sets, folders and associations that were theirs.
    pub moved: usize,
}

/// Why nothing became of it.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The registry cannot do what the feed asks.
    #[error("refused by {}", .0.rule.id)]
    Refused(Refusal),
    /// The store failed. The cause is for the log, not for the sender.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A change that is against a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Which rule.
    pub rule: &'static Rule,
    /// Which identity or pair of the change, from 0.
    pub at: usize,
}

/// One rule of the feed.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name by which it is quoted.
    pub id: &'static str,
    /// What it demands; it stands in the answer.
    pub demands: &'static str,
    /// The paragraph.
    pub spec: &'static str,
    /// Which identity breaks it.
    pub about: About,
    /// How it does.
    pub kind: Kind,
}

/// An identity by its part in the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The one that is announced or survives.
    Staying,
    /// The one that is subsumed.
    Ending,
}

/// How an identity breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is not, or no longer, one to which the change can be applied.
    Unknown,
    /// It stands twice.
    Duplicate,
    /// Nobody may change one here.
    Closed,
}

macro_rules! rules {
    ($($name:ident = $id:literal, $about:ident, $kind:ident, $demands:literal, $spec:literal;)+) => {
        $(
            #[doc = $demands]
            pub static $name: Rule =
                Rule { id: $id, demands: $demands, spec: $spec, about: About::$about, kind: Kind::$kind };
        )+
        /// Every rule of the feed.
        pub static RULES: &[&Rule] = &[$(&$name),+];
    };
}

rules! {
    NOT_MERGED = "PIF-STATE-01", Staying, Unknown, "an identity that was merged into another is not announced again", "ITI TF-2: 3.8.4.2.4";
    NOT_ITSELF = "PIF-STATE-02", Ending, Duplicate, "an identity is merged into another one, not into itself", "ITI TF-2: 3.8.4.2.4";
    ONCE = "PIF-STATE-03", Ending, Unknown, "an identity ends once: it was merged into another one before", "ITI TF-2: 3.8.4.2.4";
    SURVIVOR_ACTIVE = "PIF-STATE-04", Staying, Unknown, "the surviving identity was not itself merged into another one before", "ITI TF-2: 3.8.4.2.4";
    PROVEN = "PIF-CALLER-01", Staying, Closed, "identities are fed by ITI-44 only where callers are proven: by TLS, by an assertion, or by calling a loopback address", "ITI TF-2: 3.44.5";
    SUBSUMED_KNOWN = "PIF-STATE-05", Ending, Unknown, "the subsumed identity is one that this registry knows", "ITI TF-2: 3.8.4.2.4";
}

/// Carries out what a feed says, in one transaction or not at all. Saying it again changes nothing.
///
/// A survivor that nobody announced is announced by the merge. What the subsumed identity had is the survivor's from then on:
/// queries for the subsumed one find nothing, and submissions for it are refused.
///
/// # Errors
/// [`FeedError`]; nothing is changed then.
pub fn patient_identity_feed(gateway: &Gateway, context: &Context, change: &Change) -> Result<Changed, FeedError> {
    let unknown = gateway.settings.register.unknown_patients;
    let outcome = gateway.store.write("patient identity feed", |writer| match change {
        Change::Announce(identities) => announce(writer, context, identities),
        Change::Merge(pairs) => {
            // What is against a rule is known before anything is written: a refusal leaves no trace.
            if let Some(refusal) = judge(writer, pairs, unknown)? {
                return Ok(Err(refusal));
            }
            merge(writer, context, pairs).map(Ok)
        }
    })?;
    outcome.map_err(FeedError::Refused)
}

fn announce(
    writer: &mut Writer<'_>,
    context: &Context,
    identities: &[PatientId],
) -> Result<Result<Changed, Refusal>, StorageError> {
    for (at, identity) in identities.iter().enumerate() {
        if let Standing::MergedInto(_) = writer.standing(identity)? {
            return Ok(Err(Refusal { rule: &NOT_MERGED, at }));
        }
    }
    let mut changed = Changed::default();
    for identity in identities {
        changed.made_known += usize::from(writer.know_patient(identity, context.now)?);
    }
    Ok(Ok(changed))
}

/// The first pair that is against a rule, the pairs before it taken as done.
fn judge(writer: &mut Writer<'_>, pairs: &[Merge], unknown: UnknownPatients) -> Result<Option<Refusal>, StorageError> {
    for (at, pair) in pairs.iter().enumerate() {
        let before = pairs.get(..at).unwrap_or_default();
        let subsumed = standing(writer, &pair.subsumed, before)?;
        let surviving = standing(writer, &pair.surviving, before)?;
        let broken = match (subsumed, surviving) {
            _ if pair.subsumed == pair.surviving => &NOT_ITSELF,
            // The sender did not hear the answer to the first time.
            (Standing::MergedInto(into), Standing::Active) if into == pair.surviving => continue,
            (_, Standing::MergedInto(_)) => &SURVIVOR_ACTIVE,
            (Standing::MergedInto(_), _) => &ONCE,
            (Standing::Unknown, _) if unknown == UnknownPatients::Refuse => &SUBSUMED_KNOWN,
            (Standing::Unknown | Standing::Active, _) => continue,
        };
        return Ok(Some(Refusal { rule: broken, at }));
    }
    Ok(None)
}

fn standing(writer: &mut Writer<'_>, identity: &PatientId, before: &[Merge]) -> Result<Standing, StorageError> {
    if let Some(done) = before.iter().find(|pair| pair.subsumed == *identity) {
        return Ok(Standing::MergedInto(done.surviving.clone()));
    }
    if before.iter().any(|pair| pair.surviving == *identity) {
        return Ok(Standing::Active);
    }
    writer.standing(identity)
}

fn merge(writer: &mut Writer<'_>, context: &Context, pairs: &[Merge]) -> Result<Changed, StorageError> {
    let mut changed = Changed::default();
    for Merge { subsumed, surviving } in pairs {
        if let Standing::MergedInto(_) = writer.standing(subsumed)? {
            continue;
        }
        for identity in [subsumed, surviving] {
            changed.made_known += usize::from(writer.know_patient(identity, context.now)?);
        }
        changed.moved += writer.merge_patient(subsumed, surviving, context.now)?;
        changed.merged += 1;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn every_rule_has_its_own_id_and_a_paragraph() {
        let ids: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        assert!(RULES.iter().all(|rule| !rule.spec.is_empty() && !rule.demands.ends_with('.')));
    }
}
