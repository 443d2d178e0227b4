//! Makes one signed assertion: for the command line, the demonstration, the tests and the benchmark.
//! Spec: DMP TD0.1.

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::datatype::code::Code;
use crate::datatype::cx::Cx;
use crate::security::pki::certificate::{Certificate, PrivateKey};
use crate::security::signature::algorithm::Hash;
use crate::security::signature::xmldsig::{SigningError, sign as sign_assertion};
use crate::security::vihf::assertion::{Mode, PURPOSE_SCHEME, PurposeOfUse, Software};
use crate::security::vihf::attribute::Attribute;
use crate::security::vihf::decode::DMP;
use crate::xml::namespace::{HL7V3, SAML2, XS, XSI};
use crate::xml::writer::{push_attribute, push_text};

/// What an assertion shall say.
#[derive(Clone)]
pub struct VihfRequest {
    /// The authentication mode.
    pub mode: Mode,
    /// The professional.
    pub name_id: String,
    /// The professional in free text; written when given, and mandatory in the two modes indirectes.
    pub subject_id: Option<String>,
    /// `Struct_IdNat` of the structure.
    pub structure_id: String,
    /// Sector of activity.
    pub sector: Code,
    /// Profession, then speciality.
    pub roles: Vec<Code>,
    /// The patient, unless the transaction concerns none.
    pub resource_id: Option<Cx>,
    /// The access mode.
    pub purpose_of_use: PurposeOfUse,
    /// The confidentiality code of a connexion secrète.
    pub confidentiality: Option<Code>,
    /// The software that calls.
    pub software: Software,
}

/// Signs an assertion that is issued at `now` for a person authenticated at that moment. The `Issuer` is the subject
/// of the certificate.
///
/// # Errors
/// [`SigningError`].
pub fn sign(
    request: &VihfRequest,
    key: &PrivateKey,
    certificate: &Certificate,
    now: DateTime<Utc>,
    uuid: Uuid,
) -> Result<String, SigningError> {
    let text = unsigned(request, certificate, now, uuid);
    sign_assertion(&text, &id_of(uuid), Hash::Sha256, key, certificate)
}

/// The same assertion without signature, as some clients send it in mode directe.
pub fn unsigned(request: &VihfRequest, certificate: &Certificate, now: DateTime<Utc>, uuid: Uuid) -> String {
    let instant = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut out = format!(
        "<saml2:Assertion xmlns:saml2=\"{SAML2}\" xmlns:xs=\"{XS}\" xmlns:xsi=\"{XSI}\" ID=\"{}\" \
         IssueInstant=\"{instant}\" Version=\"2.0\">\
         <saml2:Issuer Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName\">",
        id_of(uuid)
    )
    .into_bytes();
    push_text(&mut out, &certificate.subject().to_rfc2253());
    out.extend_from_slice(b"</saml2:Issuer><saml2:Subject><saml2:NameID>");
    push_text(&mut out, &request.name_id);
    let (class, declaration) = match request.mode {
        Mode::Direct => ("SmartcardPKI", ""),
        Mode::Indirect => ("Password", ""),
        Mode::Air => ("SmartcardPKI", "<saml2:AuthnContextDecl>APP_BROWSER_AUTH</saml2:AuthnContextDecl>"),
    };
    out.extend_from_slice(
        format!(
            "</saml2:NameID></saml2:Subject><saml2:AuthnStatement AuthnInstant=\"{instant}\"><saml2:AuthnContext>\
             <saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:{class}</saml2:AuthnContextClassRef>\
             {declaration}</saml2:AuthnContext></saml2:AuthnStatement><saml2:AttributeStatement>"
        )
        .as_bytes(),
    );
    push_attributes(&mut out, request);
    out.extend_from_slice(b"</saml2:AttributeStatement></saml2:Assertion>");
    // Everything that was pushed is text.
    String::from_utf8_lossy(&out).into_owned()
}

fn id_of(uuid: Uuid) -> String {
    format!("_{uuid}")
}

fn push_attributes(out: &mut Vec<u8>, request: &VihfRequest) {
    let with_scheme = |code: &Code| format!("{}^{}", code.value, code.scheme);
    push_value(out, Attribute::Version, "3.0");
    push_value(out, Attribute::Mode, request.mode.as_str());
    push_value(out, Attribute::Structure, &request.structure_id);
    push_value(out, Attribute::Sector, &with_scheme(&request.sector));
    push_optional(out, Attribute::SubjectId, request.subject_id.as_deref());
    push_codes(out, Attribute::Role, "Role", &request.roles);
    push_value(out, Attribute::ResourceUrn, DMP);
    push_optional(out, Attribute::ResourceId, request.resource_id.as_ref().map(Cx::to_string).as_deref());
    let purpose = request.purpose_of_use;
    let purpose = Code { display: Some(purpose.label().to_owned()), ..Code::new(purpose.as_str(), PURPOSE_SCHEME) };
    push_codes(out, Attribute::PurposeOfUse, "PurposeOfUse", &[purpose]);
    push_optional(out, Attribute::Confidentiality, request.confidentiality.as_ref().map(with_scheme).as_deref());
    push_value(out, Attribute::SoftwareName, &request.software.name);
    push_value(out, Attribute::SoftwareVersion, &request.software.version);
    push_optional(out, Attribute::SoftwareId, request.software.id.as_deref());
    push_value(out, Attribute::SoftwareHomologation, &request.software.homologation);
}

fn push_start(out: &mut Vec<u8>, attribute: Attribute) {
    out.extend_from_slice(b"<saml2:Attribute");
    push_attribute(out, "Name", attribute.name());
    out.push(b'>');
}

fn push_value(out: &mut Vec<u8>, attribute: Attribute, value: &str) {
    push_start(out, attribute);
    out.extend_from_slice(b"<saml2:AttributeValue xsi:type=\"xs:string\">");
    push_text(out, value);
    out.extend_from_slice(b"</saml2:AttributeValue></saml2:Attribute>");
}

fn push_optional(out: &mut Vec<u8>, attribute: Attribute, value: Option<&str>) {
    if let Some(value) = value {
        push_value(out, attribute, value);
    }
}

fn push_codes(out: &mut Vec<u8>, attribute: Attribute, element: &str, codes: &[Code]) {
    push_start(out, attribute);
    for code in codes {
        out.extend_from_slice(format!("<saml2:AttributeValue><{element} xmlns=\"{HL7V3}\" xsi:type=\"CE\"").as_bytes());
        push_attribute(out, "code", &code.value);
        push_attribute(out, "codeSystem", &code.scheme);
        if let Some(display) = &code.display {
            push_attribute(out, "displayName", display);
        }
        out.extend_from_slice(b"/></saml2:AttributeValue>");
    }
    out.extend_from_slice(b"</saml2:Attribute>");
}
