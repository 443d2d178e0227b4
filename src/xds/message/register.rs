//! `lcm:SubmitObjectsRequest`, the request of ITI-42. Spec: ITI TF-2: 3.42.4.1.2.

use crate::xds::ebrim::decode;
use crate::xds::error::{ErrorCode, Finding, Profile};
use crate::xds::message::missing;
use crate::xds::metadata::submission::Submission;
use crate::xml::document::{Node, child};
use crate::xml::namespace::RIM;

/// Reads the request from its root element.
pub fn decode(request: Node<'_, '_>, profile: Profile) -> (Option<Submission>, Vec<Finding>) {
    match child(request, RIM, "RegistryObjectList") {
        Some(list) => decode::submission(list, profile),
        None => (None, vec![missing(ErrorCode::RegistryMetadataError, "rim:RegistryObjectList", request)]),
    }
}
