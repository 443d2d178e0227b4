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

/// Which part of what a query finds is wanted: `@startIndex` and `@maxResults`. The order of an answer is the same each
/// time, so that pages can be put together. Spec: ebRS 3.0, 6.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Page {
    /// How many objects are left out before the first.
    pub start: usize,
    /// How many objects are wanted, at most; all when absent.
    pub most: Option<usize>,
}

/// A stored query as it came, parameters not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdhocQueryRequest {
    /// `AdhocQuery/@id`.
    pub id: String,
    /// `ResponseOption/@returnType`.
    pub return_type: ReturnType,
    /// Which part of the objects found is wanted.
    pub page: Page,
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
    let page = page(request, &mut findings);
    let id = plain_attribute(query, "id").unwrap_or("").trim().to_owned();
    let home = plain_attribute(query, "home").map(str::to_owned);
    let request = return_type.map(|return_type| AdhocQueryRequest { id, return_type, page, home, slots });
    (request.filter(|_| findings.is_empty()), findings)
}

/// Reads the part that is wanted. `-1` is the schema's word for all.
fn page(request: Node<'_, '_>, findings: &mut Vec<Finding>) -> Page {
    let mut number = |name: &'static str, least: i64| {
        let text = plain_attribute(request, name)?.trim();
        match text.parse::<i64>() {
            Ok(number) if number >= least => usize::try_from(number).ok(),
            Ok(_) | Err(_) => {
                let context = format!("AdhocQueryRequest/@{name} must be a number from {least}");
                findings.push(Finding::of(&rule::PAGE, context).at(Location::of(request)));
                None
            }
        }
    };
    Page { start: number("startIndex", 0).unwrap_or(0), most: number("maxResults", -1) }
}

/// Writes the start of a successful response, up to the first object. `start` objects were left out before it of the
/// `total` that the query found.
pub fn write_header(out: &mut Vec<u8>, start: usize, total: usize, warnings: &[Finding]) {
    out.extend_from_slice(b"<ns3:AdhocQueryResponse");
    push_attribute(out, "startIndex", &start.to_string());
    push_attribute(out, "totalResultCount", &total.to_string());
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
