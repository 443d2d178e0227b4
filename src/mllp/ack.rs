//! Which refusal becomes which acknowledgement: one table for the feed.

use crate::hl7v2::acknowledgement::{Code, Fault};
use crate::hl7v2::adt::{PATIENT, SUBSUMED};
use crate::hl7v2::rule::Condition;
use crate::transaction::iti8::{About, FeedError, Kind, Refusal};
use crate::transaction::rule;

/// The fault of a change that was not carried out; `group` says which PID of the message each part of it came from.
pub(super) fn fault(error: &FeedError, group: impl Fn(usize) -> usize) -> Fault {
    match error {
        FeedError::Refused(Refusal { rule, at }) => Fault {
            code: Code::Error,
            condition: match rule.kind {
                Kind::Unknown => Condition::UnknownKey,
                Kind::Duplicate => Condition::DuplicateKey,
                Kind::Closed => Condition::Internal,
            },
            rule: rule.id,
            place: Some(
                match rule.about {
                    About::Staying => PATIENT,
                    About::Ending => SUBSUMED,
                }
                .of(group(*at)),
            ),
            text: format!("expected: {}", rule.demands),
        },
        FeedError::Storage(_) => unavailable(),
    }
}

/// The gateway failed; the log has the cause.
pub(super) fn unavailable() -> Fault {
    Fault {
        code: Code::Reject,
        condition: Condition::Internal,
        rule: rule::STORAGE.id,
        place: None,
        text: "the gateway could not carry out the message; the same message may succeed later".to_owned(),
    }
}
