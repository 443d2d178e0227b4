//! Patient Identity Feed HL7 V3: the same changes as ITI-8, in another language. Spec: ITI TF-2: 3.44.4.1.3, 3.44.4.2.3.

use crate::transaction::iti8::{Change, Changed, FeedError, patient_identity_feed};
use crate::transaction::{Context, Gateway};

/// Carries out what a feed says, by the rules of [`patient_identity_feed`].
///
/// # Errors
/// [`FeedError`]; nothing is changed then.
pub fn patient_identity_feed_v3(gateway: &Gateway, context: &Context, change: &Change) -> Result<Changed, FeedError> {
    patient_identity_feed(gateway, context, change)
}
