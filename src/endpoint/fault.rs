//! Which refusal becomes which fault and which HTTP status: one table for everything that is not a typed answer.
//!
//! Spec: ITI TF-2: V.3.2; DMP TD0.1, order of checks.

use crate::dmp::admission::NotAdmitted;
use crate::security::vihf::rule::{NO_ASSERTION, VihfFault};
use crate::security::vihf::verify::VihfError;
use crate::soap::fault::{Fault, FaultCode, FaultDetail, Subcode, Vocabulary};
use crate::soap::mtom::package::PackageError;
use crate::soap::mtom::refusal::Class;
use crate::soap::mtom::xop::XopError;
use crate::transaction::catalogue::{CATALOGUE, Service, Unserved};
use crate::xds::error::Profile;
use crate::xml::document::Node;
use crate::xml::guard::Refused;

/// A message that gets no typed answer.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) fault: Box<Fault>,
    pub(super) status: Status,
}

/// The HTTP status of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// That of faults, by setting.
    OfFault,
    /// Refused before SOAP: this one.
    Http(u16),
}

impl Refusal {
    fn of(fault: Fault) -> Self {
        Self { fault: Box::new(fault), status: Status::OfFault }
    }

    /// The gateway failed; the log has the cause under the correlation id.
    pub(super) fn internal(correlation: &str) -> Self {
        Self::of(Fault::receiver(correlation))
    }

    /// The root part is not XML that is taken; `text` is what was read.
    pub(super) fn xml(refused: &Refused, text: &str) -> Self {
        Self::of(Fault::of_refused_xml(refused, text))
    }

    /// The body of the HTTP request could not be read to its end.
    pub(super) fn cut() -> Self {
        Self::from(PackageError::NotClosed)
    }

    /// No transaction of the service has this body and this action.
    pub(super) fn unserved(
        unserved: &Unserved,
        service: Service,
        profile: Profile,
        action: Option<&str>,
        body: Node<'_, '_>,
    ) -> Self {
        Self::of(match unserved {
            Unserved::Root { expected, served_at } => {
                let mut fault = Fault::body_not_supported(body, expected);
                if let Some(other) = served_at {
                    fault.reason_fr = format!("{} Le service {} le traite.", fault.reason_fr, other.path());
                    fault.reason_en = format!("{} The service {} does.", fault.reason_en, other.path());
                }
                fault
            }
            Unserved::Action { expected } => match action {
                None => Fault::action_required().expected(expected.join(" | ")),
                Some(action) if CATALOGUE.iter().any(|row| row.request_action == action && row.is_served(profile)) => {
                    Fault::action_mismatch(action, &expected.join(" | "), body)
                }
                Some(action) => {
                    let actions = CATALOGUE.iter().filter(|row| row.service == service && row.is_served(profile));
                    Fault::action_not_supported(action, &actions.map(|row| row.request_action).collect::<Vec<_>>())
                }
            },
        })
    }

    /// No room for another answer that goes elsewhere.
    pub(super) fn busy(correlation: &str) -> Self {
        Self { fault: Box::new(Fault::busy(correlation)), status: Status::Http(503) }
    }

    /// No assertion where one is required.
    pub(super) fn no_assertion() -> Self {
        Self::of(Fault {
            code: FaultCode::Sender,
            subcodes: vec![Subcode::INVALID_SECURITY],
            reason_fr: NO_ASSERTION.fr.to_owned(),
            reason_en: NO_ASSERTION.en.to_owned(),
            detail: Some(FaultDetail {
                rule: NO_ASSERTION.id.to_owned(),
                xpath: Some("/Envelope/Header/Security".to_owned()),
                expected: Some("wsse:Security/saml2:Assertion".to_owned()),
                ..FaultDetail::default()
            }),
            not_understood: Vec::new(),
        })
    }
}

impl From<Box<Fault>> for Refusal {
    fn from(fault: Box<Fault>) -> Self {
        Self { fault, status: Status::OfFault }
    }
}

impl From<PackageError> for Refusal {
    fn from(error: PackageError) -> Self {
        let status = match error.class() {
            Class::MediaType => 415,
            Class::TooLarge => 413,
            Class::Malformed => 400,
        };
        Self { fault: Box::new(error.fault()), status: Status::Http(status) }
    }
}

impl From<XopError> for Refusal {
    fn from(error: XopError) -> Self {
        Self::of(error.fault())
    }
}

impl From<Box<VihfError>> for Refusal {
    fn from(error: Box<VihfError>) -> Self {
        let subcode = match error.kind {
            VihfFault::InvalidSecurity => Subcode::INVALID_SECURITY,
            // The national service puts its own subcode under the prefix of SOAP.
            VihfFault::InvalidCertificate => Subcode::new(Vocabulary::Soap, error.kind.subcode()),
            VihfFault::InvalidSecurityToken | VihfFault::FailedCheck | VihfFault::FailedAuthentication => {
                Subcode::new(Vocabulary::Wsse, error.kind.subcode())
            }
        };
        Self::of(Fault {
            code: FaultCode::Sender,
            subcodes: vec![subcode],
            reason_fr: error.reason_fr,
            reason_en: error.reason_en,
            detail: Some(FaultDetail {
                rule: error.rule.to_owned(),
                xpath: error.xpath,
                expected: error.expected,
                found: error.found,
                server_time: error.server_time,
                ..FaultDetail::default()
            }),
            not_understood: Vec::new(),
        })
    }
}

impl From<NotAdmitted> for Refusal {
    fn from(refused: NotAdmitted) -> Self {
        let rule = refused.rule();
        Self::of(Fault {
            code: FaultCode::Sender,
            subcodes: vec![Subcode::new(Vocabulary::Wsse, "InvalidSecurityToken")],
            reason_fr: rule.reason_fr.to_owned(),
            reason_en: rule.reason_en.to_owned(),
            detail: Some(FaultDetail {
                rule: rule.id.to_owned(),
                xpath: Some(format!(
                    "/Assertion/AttributeStatement/Attribute[@Name='{}']",
                    crate::dmp::admission::RESOURCE_ID
                )),
                expected: Some(rule.expected.to_owned()),
                ..FaultDetail::default()
            }),
            not_understood: Vec::new(),
        })
    }
}
