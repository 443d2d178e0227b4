//! `rs:RegistryResponse` and the error list. Spec: ITI TF-3: 4.2.4; ebRS 3.0, rs.xsd.

use crate::xds::error::{Finding, Severity, refuses};
use crate::xds::message::Service;
use crate::xml::writer::push_attribute;

/// The outcome of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseStatus {
    /// All was done.
    Success,
    /// Some documents were given and some not.
    PartialSuccess,
    /// Nothing was done.
    Failure,
}

impl ResponseStatus {
    /// The outcome of a transaction that is done whole or not at all.
    pub fn of(findings: &[Finding]) -> Self {
        if refuses(findings) { Self::Failure } else { Self::Success }
    }

    /// The outcome of a transaction that is done document by document, of which `done` were.
    pub fn of_several(done: usize, findings: &[Finding]) -> Self {
        match (Self::of(findings), done) {
            (Self::Failure, 1..) => Self::PartialSuccess,
            (status, _) => status,
        }
    }

    /// The wire form.
    pub fn as_urn(self) -> &'static str {
        match self {
            Self::Success => "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success",
            Self::PartialSuccess => "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess",
            Self::Failure => "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure",
        }
    }
}

/// Writes a whole response as the root of the body.
pub fn write(out: &mut Vec<u8>, service: Service, status: ResponseStatus, findings: &[Finding]) {
    out.extend_from_slice(b"<ns2:RegistryResponse");
    push_attribute(out, "status", status.as_urn());
    service.push_prefixes(out);
    write_content(out, findings);
}

/// Writes a response inside another element, which has declared the prefixes.
pub(super) fn write_inner(out: &mut Vec<u8>, status: ResponseStatus, findings: &[Finding]) {
    out.extend_from_slice(b"<ns2:RegistryResponse");
    push_attribute(out, "status", status.as_urn());
    write_content(out, findings);
}

fn write_content(out: &mut Vec<u8>, findings: &[Finding]) {
    if findings.is_empty() {
        out.extend_from_slice(b"/>");
    } else {
        out.push(b'>');
        write_error_list(out, findings);
        out.extend_from_slice(b"</ns2:RegistryResponse>");
    }
}

/// Writes the error list, or nothing when there is nothing to say: the schema forbids an empty one.
pub(super) fn write_error_list(out: &mut Vec<u8>, findings: &[Finding]) {
    let Some(highest) = findings.iter().map(|finding| finding.severity).max() else { return };
    out.extend_from_slice(b"<ns2:RegistryErrorList");
    push_attribute(out, "highestSeverity", highest.as_urn());
    out.push(b'>');
    // What refuses comes first: some clients show the first entry only.
    for severity in [Severity::Error, Severity::Warning] {
        findings.iter().filter(|finding| finding.severity == severity).for_each(|finding| write_error(out, finding));
    }
    out.extend_from_slice(b"</ns2:RegistryErrorList>");
}

fn write_error(out: &mut Vec<u8>, finding: &Finding) {
    out.extend_from_slice(b"<ns2:RegistryError");
    push_attribute(out, "errorCode", finding.code.as_str());
    push_attribute(out, "codeContext", &context_of(finding));
    push_attribute(out, "location", &location_of(finding));
    push_attribute(out, "severity", finding.severity.as_urn());
    out.extend_from_slice(b"/>");
}

/// What is wrong, the patient that the caller named where the standard wants it said, and the rule.
fn context_of(finding: &Finding) -> String {
    let patient = finding.patient.as_ref().map(|patient| format!(": {patient}")).unwrap_or_default();
    format!("{}{patient} [{}]", finding.context, finding.rule)
}

/// The object, and where it stands. For ITI-43 the object is the uniqueId of the document and nothing follows it.
fn location_of(finding: &Finding) -> String {
    // An id is as long as its sender likes.
    let object = finding.object.as_ref().map(|object| object.chars().take(LONGEST_OBJECT).collect::<String>());
    match (object, &finding.location) {
        (Some(object), Some(location)) => format!("{object} {location}"),
        (Some(object), None) => object,
        (None, Some(location)) => location.to_string(),
        (None, None) => String::new(),
    }
}

/// Characters of an id that an answer repeats.
const LONGEST_OBJECT: usize = 256;

#[cfg(test)]
mod tests {
    use super::{ResponseStatus, write};
    use crate::datatype::cx::PatientId;
    use crate::xds::error::{ErrorCode, Finding};
    use crate::xds::message::Service;

    fn by_rule(context: &str) -> Finding {
        Finding::of(&crate::xds::message::rule::SHAPE, context)
    }

    fn written(service: Service, findings: &[Finding]) -> String {
        let mut out = Vec::new();
        write(&mut out, service, ResponseStatus::of(findings), findings);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn success_without_findings_has_no_error_list() {
        assert_eq!(
            written(Service::Repository, &[]),
            "<ns2:RegistryResponse status=\"urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success\" \
             xmlns:ns2=\"urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0\" \
             xmlns:ns3=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\" \
             xmlns:ns4=\"urn:ihe:iti:xds-b:2007\" \
             xmlns:ns5=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\" \
             xmlns:ns6=\"urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0\"/>"
        );
    }

    #[test]
    fn a_refusal_lists_errors_before_warnings_with_rule_place_and_patient() {
        let patient = PatientId::parse("1^^^&1.2.3&ISO").unwrap();
        let findings = [
            by_rule("dropped").coded(ErrorCode::ExtraMetadataNotSaved).tolerated(),
            by_rule("unknown").coded(ErrorCode::UnknownPatientId).on("Document01").of_patient(&patient),
        ];
        let text = written(Service::Registry, &findings);
        assert!(text.contains("ResponseStatusType:Failure"));
        assert!(text.contains(
            "<ns2:RegistryErrorList highestSeverity=\"urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error\">\
             <ns2:RegistryError errorCode=\"XDSUnknownPatientId\" codeContext=\"unknown: 1^^^&amp;1.2.3&amp;ISO [MESSAGE-SHAPE]\" \
             location=\"Document01\" severity=\"urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error\"/>\
             <ns2:RegistryError errorCode=\"XDSExtraMetadataNotSaved\""
        ));
    }

    #[test]
    fn warnings_alone_are_a_success() {
        let findings = [by_rule("dropped").coded(ErrorCode::ExtraMetadataNotSaved).tolerated()];
        let text = written(Service::Registry, &findings);
        assert!(text.contains("ResponseStatusType:Success"));
        assert!(text.contains("highestSeverity=\"urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning\""));
    }
}
