//! `lcm:SubmitObjectsRequest`, the request of ITI-57 and ITI-92. Spec: ITI TF-2: 3.57.4.1.2.

use crate::xds::error::{Finding, Profile};
use crate::xds::message::register;
use crate::xds::metadata::attribute::AttributeRow;
use crate::xds::metadata::attribute::association as row;
use crate::xds::metadata::submission::Submission;
use crate::xml::document::Node;

/// Attributes that order an update. What is wrong with them is judged by the rules of updates, under their own codes.
const OF_ORDERS: [&AttributeRow; 5] = [
    &row::PREVIOUS_VERSION,
    &row::ASSOCIATION_PROPAGATION,
    &row::ORIGINAL_STATUS,
    &row::NEW_STATUS,
    &row::SUBMISSION_SET_STATUS,
];

/// Reads the request from its root element.
pub fn decode(request: Node<'_, '_>, profile: Profile) -> (Option<Submission>, Vec<Finding>) {
    let (submission, mut findings) = register::decode(request, profile);
    if submission.is_some() {
        findings.retain(|finding| !OF_ORDERS.iter().any(|row| row.rule.id == finding.rule));
    }
    (submission, findings)
}
