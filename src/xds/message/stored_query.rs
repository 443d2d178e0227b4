//! `query:AdhocQueryRequest` and its response, ITI-18. Spec: ITI TF-2: 3.18.4.
//!
//! The response is written in pieces (header, one object after the other, footer), so that it can be streamed.

use crate::xds::ebrim::faults::Faults;
use crate::xds::ebrim::read_slot;
use crate::xds::error::{ErrorCode, Finding};
use crate::xds::message::registry_response::{ResponseStatus, write_error_list};
use crate::xds::message::{Service, missing, rule};
use crate::xds::metadata::object::Slot;
use crate::xml::document::{Node, child, children, plain_attribute};
use crate::xml::location::Location;
use crate::xml::namespace::{QUERY, RIM};
use crate::xml::writer::push_attribute;

/// How objects are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnType {
    /// Whole.
    LeafClass,
    /// By their ids.
    ObjectRef,
}

/// A stored query as it came, parameters not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdhocQueryRequest {
    /// `AdhocQuery/@id`.
    pub id: String,
    /// `ResponseOption/@returnType`.
    pub return_type: ReturnType,
    /// `AdhocQuery/@home`, taken and not used.
    pub home: Option<String>,
    /// The parameters; a name may stand more than once.
    pub slots: Vec<Slot>,
}

/// Reads the request from its root element.
pub fn decode(request: Node<'_, '_>) -> (Option<AdhocQueryRequest>, Vec<Finding>) {
    let mut faults = Faults::default();
    let Some(query) = child(request, RIM, "AdhocQuery") else {
        return (None, vec![missing(ErrorCode::RegistryError, "rim:AdhocQuery", request)]);
    };
    let slots = children(query, RIM, "Slot").filter_map(|slot| read_slot(slot, &mut faults)).collect();
    // The slots share their reader with submissions, whose error code is not one of ITI-18.
    let mut findings: Vec<Finding> =
        faults.into_findings().into_iter().map(|finding| finding.coded(ErrorCode::RegistryError)).collect();
    let option = child(request, QUERY, "ResponseOption");
    let return_type = match option.and_then(|option| plain_attribute(option, "returnType")) {
        Some("LeafClass") => Some(ReturnType::LeafClass),
        Some("ObjectRef") => Some(ReturnType::ObjectRef),
        _ => None,
    };
    if return_type.is_none() {
        let context = "ResponseOption/@returnType must be LeafClass or ObjectRef";
        let finding = Finding::of(&rule::RETURN_TYPE, context);
        findings.push(finding.at(Location::of(option.unwrap_or(request))));
    }
    let id = plain_attribute(query, "id").unwrap_or("").trim().to_owned();
    let home = plain_attribute(query, "home").map(str::to_owned);
    let request = return_type.map(|return_type| AdhocQueryRequest { id, return_type, home, slots });
    (request.filter(|_| findings.is_empty()), findings)
}

/// Writes the start of a successful response, up to the first object.
pub fn write_header(out: &mut Vec<u8>, count: usize, warnings: &[Finding]) {
    out.extend_from_slice(b"<ns3:AdhocQueryResponse startIndex=\"0\"");
    push_attribute(out, "totalResultCount", &count.to_string());
    push_attribute(out, "status", ResponseStatus::Success.as_urn());
    Service::Registry.push_prefixes(out);
    out.push(b'>');
    write_error_list(out, warnings);
    out.extend_from_slice(b"<ns4:RegistryObjectList>");
}

/// Writes one object: the parts of its [`Fragment`](crate::xds::metadata::registration::Fragment) with its status.
pub fn write_object(out: &mut Vec<u8>, head: &[u8], status: &str, tail: &[u8]) {
    out.reserve(head.len() + tail.len() + 80);
    out.extend_from_slice(head);
    push_attribute(out, "status", status);
    out.extend_from_slice(tail);
}

/// Writes one reference.
pub fn write_object_ref(out: &mut Vec<u8>, id: &str) {
    out.extend_from_slice(b"<ns4:ObjectRef");
    push_attribute(out, "id", id);
    out.extend_from_slice(b"/>");
}

/// Writes the end of a successful response.
pub fn write_footer(out: &mut Vec<u8>) {
    out.extend_from_slice(b"</ns4:RegistryObjectList></ns3:AdhocQueryResponse>");
}

/// Writes a refusal. The schema wants an object list even then.
pub fn write_failure(out: &mut Vec<u8>, findings: &[Finding]) {
    out.extend_from_slice(b"<ns3:AdhocQueryResponse");
    push_attribute(out, "status", ResponseStatus::Failure.as_urn());
    Service::Registry.push_prefixes(out);
    out.push(b'>');
    write_error_list(out, findings);
    out.extend_from_slice(b"<ns4:RegistryObjectList/></ns3:AdhocQueryResponse>");
}
