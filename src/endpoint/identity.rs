//! ITI-44: a message of the patient identity feed, from its tree to its acknowledgement.

use crate::datatype::dtm::Dtm;
use crate::endpoint::answer::{Frame, Packed};
use crate::endpoint::exchange::Outcome;
use crate::hl7v3::acknowledgement::{self, Code, Fault};
use crate::hl7v3::patient_feed::{Content, Feed, PatientFeed};
use crate::hl7v3::rule::Detail;
use crate::telemetry::log_field;
use crate::transaction::iti8::{About, Change, Changed, FeedError, Kind, Merge};
use crate::transaction::iti44::patient_identity_feed_v3;
use crate::transaction::{Context, Gateway, rule};

/// Carries a message out and packs its acknowledgement, whose id is `id`. It blocks.
pub(super) fn answer(gateway: &Gateway, context: &Context, feed: &PatientFeed, id: &str, frame: &Frame) -> Packed {
    let outcome = carry_out(gateway, context, feed);
    let (outcome, fault) = match outcome {
        Ok(Changed { made_known, merged, moved }) => {
            tracing::debug!(correlation = %context.correlation, made_known, merged, moved, "identities changed");
            (Outcome::Success, None)
        }
        Err(fault) => {
            tracing::info!(correlation = %context.correlation, { log_field::RULE } = fault.rule, "identities not changed");
            (Outcome::Failure, Some(fault))
        }
    };
    let now = Dtm::from_utc(context.now);
    let segments = frame.whole(2048, |out| acknowledgement::write(out, &feed.transmission, fault.as_ref(), id, &now));
    Packed { segments, outcome, findings: Vec::new(), results: None }
}

fn carry_out(gateway: &Gateway, context: &Context, feed: &PatientFeed) -> Result<Changed, Fault> {
    let content = feed.content.as_ref().map_err(Clone::clone)?;
    let change = match &content.feed {
        Feed::Announce(identities) => Change::Announce(identities.clone()),
        Feed::Merge(merges) => Change::Merge(
            merges
                .iter()
                .map(|one| Merge { subsumed: one.subsumed.clone(), surviving: one.surviving.clone() })
                .collect(),
        ),
    };
    patient_identity_feed_v3(gateway, context, &change).map_err(|error| fault(error, context, content))
}

/// Which refusal becomes which acknowledgement.
fn fault(error: FeedError, context: &Context, content: &Content) -> Fault {
    match error {
        FeedError::Refused(refusal) => {
            let place = match refusal.rule.about {
                About::Staying => Some(content.staying.xpath.clone()),
                About::Ending => content.ending(refusal.at),
            };
            Fault {
                code: match refusal.rule.kind {
                    Kind::Unknown | Kind::Duplicate => Code::Error,
                    Kind::Closed => Code::Reject,
                },
                detail: match refusal.rule.kind {
                    Kind::Unknown => Detail::UnknownKey,
                    Kind::Duplicate => Detail::DuplicateKey,
                    Kind::Closed => Detail::Internal,
                },
                rule: refusal.rule.id,
                text: format!("expected: {}", refusal.rule.demands),
                location: place,
            }
        }
        FeedError::Storage(cause) => {
            tracing::error!(correlation = %context.correlation, { log_field::CAUSE } = %cause, "the feed could not be stored");
            Fault {
                code: Code::Reject,
                detail: Detail::Internal,
                rule: rule::STORAGE.id,
                text: "the gateway could not carry out the message; the same message may succeed later".to_owned(),
                location: None,
            }
        }
    }
}
