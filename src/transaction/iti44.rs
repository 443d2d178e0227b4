//! Patient Identity Feed HL7 V3: the same changes as ITI-8, in another language. Spec: ITI TF-2: 3.44.4.1.3, 3.44.4.2.3.

use crate::transaction::iti8::{Change, Changed, FeedError, PROVEN, Refusal, patient_identity_feed};
use crate::transaction::{Context, Feeding, Gateway};

/// Carries out what a feed says, by the rules of [`patient_identity_feed`]; only where callers are proven, since a merge cannot be
/// undone.
///
/// # Errors
/// [`FeedError`]; nothing is changed then.
pub fn patient_identity_feed_v3(gateway: &Gateway, context: &Context, change: &Change) -> Result<Changed, FeedError> {
    if gateway.settings.feeding == Feeding::Refused {
        return Err(FeedError::Refused(Refusal { rule: &PROVEN, at: 0 }));
    }
    patient_identity_feed(gateway, context, change)
}
