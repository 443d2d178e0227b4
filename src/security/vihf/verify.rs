//! The checks of an assertion, in their order, and the proof that all of them were passed.
//!
//! Each check stops at the first mistake: what comes later would judge content that is not yet believed. The
//! assertion is found by its place, never by its ID. Spec: DMP TD0.1, order of checks; rows 9 and 12 on need a
//! directory and records, and are made elsewhere.

use std::sync::Arc;

use arc_swap::ArcSwap;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::datatype::cx::Cx;
use crate::datatype::ins::Ins;
use crate::datatype::oid::Oid;
use crate::security::pki::chain::{ChainError, Purpose, TrustStore};
use crate::security::pki::holder::Holder;
use crate::security::signature::algorithm::Sha1;
use crate::security::signature::xmldsig::{Enveloped, SignatureError};
use crate::security::tls::PeerIdentity;
use crate::security::vihf::assertion::{Assertion, Mode};
use crate::security::vihf::attribute::Attribute;
use crate::security::vihf::decode::{Content, decode};
use crate::security::vihf::rule;
pub use crate::security::vihf::rule::{VihfError, VihfFault};
use crate::security::vihf::{Settings, UnknownCodes, UnsignedDirect};
use crate::terminology::value_set::{Lookup, ValueSet};
use crate::xml::canonical::Canonicalization;
use crate::xml::document::{Node, is, plain_attribute};
use crate::xml::location::Location;
use crate::xml::namespace::SAML2;

type Checked<T> = Result<T, Box<VihfError>>;

/// Verifies assertions against one trust store and one set of settings.
#[derive(Debug)]
pub struct Verifier {
    settings: Settings,
    trust: ArcSwap<TrustStore>,
}

/// An assertion that passed every check. Made only by [`Verifier::verify`].
#[derive(Debug)]
pub struct VerifiedVihf {
    assertion: Assertion,
    holder: Holder,
}

impl VerifiedVihf {
    /// The holder of the certificate that vouches for the assertion.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }
}

impl std::ops::Deref for VerifiedVihf {
    type Target = Assertion;

    fn deref(&self) -> &Assertion {
        &self.assertion
    }
}

/// The authorities of the national health identity; identifiers of others have no key to verify.
const INS_AUTHORITIES: [&str; 4] =
    ["1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"];

/// Professions (`TRE_G15`) whose speciality must be given: médecin, pharmacien.
const WITH_SPECIALITY: [&str; 2] = ["10", "21"];
const PROFESSIONS: &str = "1.2.250.1.71.1.2.7";

impl Verifier {
    /// A verifier for the time the process lives.
    pub fn new(settings: Settings, trust: Arc<TrustStore>) -> Self {
        Self { settings, trust: ArcSwap::new(trust) }
    }

    /// Puts other authorities and revocation lists in force at once.
    pub fn replace_trust(&self, trust: Arc<TrustStore>) {
        self.trust.store(trust);
    }

    /// Verifies the assertion of a `wsse:Security` element.
    ///
    /// `peer` is what TLS proved; none where the deployment has TLS off, which it may on loopback only.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn verify(
        &self,
        security: Node<'_, '_>,
        peer: Option<&PeerIdentity>,
        now: DateTime<Utc>,
    ) -> Checked<VerifiedVihf> {
        let (node, id) = only_assertion(security)?;
        let sha1 = if self.settings.allow_sha1 { Sha1::Taken } else { Sha1::Refused };
        let signature = Enveloped::read(node, id, sha1).map_err(signature_refusal)?;
        check_place(signature.as_ref())?;
        let covered = match &signature {
            Some(signature) => signature.covered(),
            None => Canonicalization::exclusive().canonicalize(node, None),
        };
        // From here on only `covered` is read: what else the message says about the caller is not looked at.
        let content = decode(&covered, &self.settings.accepted_versions).map_err(|error| rebased(error, node))?;
        let assertion = &content.assertion;
        let holder = match &signature {
            Some(signature) => self.signer(signature, &covered, assertion, now)?,
            None => self.unsigned_holder(assertion, peer, node)?,
        };
        self.check_times(assertion, now).map_err(|error| rebased(error, node))?;
        self.check_identity(assertion, &holder, peer).map_err(|error| rebased(error, node))?;
        check_speciality(assertion).map_err(|error| rebased(error, node))?;
        if self.settings.unknown_codes == UnknownCodes::Refuse {
            check_codes(assertion).map_err(|error| rebased(error, node))?;
        }
        let resource_id = self.resource_id(&content).map_err(|error| rebased(error, node))?;
        Ok(VerifiedVihf { assertion: Assertion { resource_id, ..content.assertion }, holder })
    }

    /// Signature, certificate, and `Issuer` as the subject of that certificate.
    fn signer(
        &self,
        signature: &Enveloped<'_, '_>,
        covered: &[u8],
        assertion: &Assertion,
        now: DateTime<Utc>,
    ) -> Checked<Holder> {
        let at_signature = |error: Box<VihfError>| error.at(Location::of(signature.node()).xpath);
        let trust = self.trust.load();
        let certificate =
            trust.certificate(signature.certificate()).map_err(|_| at_signature(rule::CERTIFICATE.broken()))?;
        signature.verify(covered, &certificate).map_err(|error| at_signature(signature_refusal(error)))?;
        let purpose = Purpose::Signature(self.settings.key_usage.of(assertion.mode()));
        let trusted =
            trust.verify(&certificate, purpose, now).map_err(|error| at_signature(chain_refusal(&error, now)))?;
        if !trusted.subject().matches(assertion.issuer()) {
            return Err(at_signature(rule::ISSUER_IS_SIGNER.broken()));
        }
        Ok(trusted.holder().clone())
    }

    /// An unsigned assertion is worth what TLS proves: it is taken, if at all, from the person herself.
    fn unsigned_holder(
        &self,
        assertion: &Assertion,
        peer: Option<&PeerIdentity>,
        node: Node<'_, '_>,
    ) -> Checked<Holder> {
        let xpath = Location::of(node).xpath;
        if assertion.mode() != Mode::Direct || self.settings.unsigned_direct == UnsignedDirect::Refuse {
            return Err(rule::SIGNATURE_MISSING.broken().at(format!("{xpath}/Signature")).expected("ds:Signature"));
        }
        match peer {
            Some(peer)
                if matches!(peer.holder(), Holder::Person { .. }) && peer.subject().matches(assertion.issuer()) =>
            {
                Ok(peer.holder().clone())
            }
            _ => Err(rule::ISSUER_IS_PEER.broken().at(format!("{xpath}/Issuer"))),
        }
    }

    fn check_times(&self, assertion: &Assertion, now: DateTime<Utc>) -> Checked<()> {
        let Settings { clock_skew, issue_max_age, authn_max_age, .. } = self.settings;
        let refuse = |rule: &rule::Rule, at: &str, found: DateTime<Utc>, expected: String| {
            let mut error = rule.broken().at(at).found(text_of(found)).expected(expected);
            error.server_time = Some(text_of(now));
            Err(error)
        };
        let ages = [
            (assertion.issue_instant(), issue_max_age, ISSUE_RULES, "/Assertion/@IssueInstant"),
            (assertion.authn_instant(), authn_max_age, AUTHN_RULES, "/Assertion/AuthnStatement/@AuthnInstant"),
        ];
        for (instant, max_age, [in_future, too_old], at) in ages {
            if instant > now + clock_skew {
                return refuse(in_future, at, instant, not_after(now + clock_skew));
            }
            if instant < now - max_age - clock_skew {
                return refuse(too_old, at, instant, not_before(now - max_age - clock_skew));
            }
        }
        let conditions = assertion.conditions();
        if let Some(from) = conditions.not_before.filter(|from| now + clock_skew < *from) {
            return refuse(&rule::NOT_BEFORE, "/Assertion/Conditions/@NotBefore", from, not_after(now + clock_skew));
        }
        if let Some(to) = conditions.not_on_or_after.filter(|to| now - clock_skew >= *to) {
            let at = "/Assertion/Conditions/@NotOnOrAfter";
            return refuse(&rule::NOT_ON_OR_AFTER, at, to, not_before(now - clock_skew + TimeDelta::seconds(1)));
        }
        Ok(())
    }

    /// Mode, person, structure and TLS peer all speak of the same holder.
    fn check_identity(&self, assertion: &Assertion, holder: &Holder, peer: Option<&PeerIdentity>) -> Checked<()> {
        let mode = assertion.mode();
        let structure = Attribute::Structure;
        let at = |attribute: Attribute| {
            format!("/Assertion/AttributeStatement/Attribute[@Name='{}']/AttributeValue", attribute.name())
        };
        let proven_structure = match (mode, holder) {
            (Mode::Direct, Holder::Person { identifier, structure, .. }) => {
                if identifier != assertion.name_id() {
                    return Err(rule::NAME_ID.broken().at("/Assertion/Subject/NameID"));
                }
                structure.as_ref()
            }
            (Mode::Indirect | Mode::Air, Holder::Organisation { identifier, .. }) => Some(identifier),
            (Mode::Direct, Holder::Organisation { .. }) | (Mode::Indirect | Mode::Air, Holder::Person { .. }) => {
                return Err(rule::MODE_OF_CERTIFICATE.broken_by(mode.as_str()).at(at(Attribute::Mode)));
            }
        };
        let speaks_for = |proven: &String| self.speaks_for(proven, assertion.structure_id());
        if !proven_structure.is_none_or(speaks_for) {
            return Err(rule::STRUCTURE_OF_CERTIFICATE.broken_by(structure.name()).at(at(structure)));
        }
        let same = |peer: &PeerIdentity| match (peer.holder(), holder) {
            (Holder::Person { identifier: peer, .. }, Holder::Person { identifier, .. }) => peer == identifier,
            (Holder::Organisation { identifier: peer, .. }, Holder::Organisation { identifier, .. }) => {
                self.speaks_for(peer, identifier)
            }
            (Holder::Person { .. }, Holder::Organisation { .. })
            | (Holder::Organisation { .. }, Holder::Person { .. }) => false,
        };
        if peer.is_none_or(same) { Ok(()) } else { Err(rule::PEER.broken().at("/Assertion/Issuer")) }
    }

    /// Whether the certificate of one structure may be used in the name of the other.
    fn speaks_for(&self, proven: &str, structure: &str) -> bool {
        let linked = self.settings.linked_structures.get(proven);
        proven == structure || linked.is_some_and(|linked| linked.contains(structure))
    }

    /// Row 11, as far as it can be decided without the message: form, authority, key.
    fn resource_id(&self, content: &Content) -> Checked<Option<Cx>> {
        let Some(text) = &content.resource_id else { return Ok(None) };
        let name = Attribute::ResourceId.name();
        let broken = |rule: &rule::Rule| {
            rule.broken_by("resource-id").at(format!("/Assertion/AttributeStatement/Attribute[@Name='{name}']"))
        };
        let patient = Cx::parse(text).map_err(|malformed| broken(&rule::RESOURCE_ID).expected(malformed.expected))?;
        let authorities = &self.settings.patient_authorities;
        if !authorities.is_empty() && !authorities.contains(patient.authority()) {
            let taken = authorities.iter().map(Oid::as_str).collect::<Vec<_>>().join(", ");
            let found = patient.authority().as_str().to_owned();
            return Err(broken(&rule::RESOURCE_AUTHORITY).expected(taken).found(found));
        }
        if INS_AUTHORITIES.contains(&patient.authority().as_str()) {
            Ins::of(&patient.to_patient_id())
                .map_err(|malformed| broken(&rule::RESOURCE_KEY).expected(malformed.expected))?;
        }
        Ok(Some(patient))
    }
}

const ISSUE_RULES: [&rule::Rule; 2] = [&rule::ISSUED_IN_FUTURE, &rule::ISSUED_TOO_LONG_AGO];
const AUTHN_RULES: [&rule::Rule; 2] = [&rule::AUTHN_IN_FUTURE, &rule::AUTHN_TOO_LONG_AGO];

fn text_of(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn not_after(instant: DateTime<Utc>) -> String {
    format!("≤ {}", text_of(instant))
}

fn not_before(instant: DateTime<Utc>) -> String {
    format!("≥ {}", text_of(instant))
}

/// The only assertion in the header, and its ID. A second one anywhere in the header, whatever holds it, is refused.
fn only_assertion<'a, 'i>(security: Node<'a, 'i>) -> Checked<(Node<'a, 'i>, &'a str)> {
    let header = || Location::of(security).xpath;
    let mut assertions = security.descendants().filter(|node| is(*node, SAML2, "Assertion"));
    let assertion = match (assertions.next(), assertions.next()) {
        (Some(assertion), None) if assertion.parent() == Some(security) => assertion,
        _ => {
            return Err(rule::ONE_ASSERTION
                .broken()
                .at(header())
                .expected("one saml2:Assertion, child of wsse:Security"));
        }
    };
    let at_id = || format!("{}/@ID", Location::of(assertion).xpath);
    let id = plain_attribute(assertion, "ID").filter(|id| is_id(id));
    let id = id.ok_or_else(|| rule::ASSERTION_ID.broken().at(at_id()).expected("_ and a UUID"))?;
    for node in security.descendants() {
        if (node.is_comment() || node.is_pi()) && node.parent().is_some_and(holds_text) {
            return Err(rule::NO_COMMENT_IN_VALUE.broken().at(Location::of(node).xpath));
        }
        let is_id = |name: &str| name.eq_ignore_ascii_case("id");
        if node != assertion && node.attributes().any(|other| is_id(other.name()) && other.value() == id) {
            return Err(rule::UNIQUE_ID.broken().at(Location::of(node).xpath));
        }
    }
    Ok((assertion, id))
}

/// `_uuid`, a bare UUID (which is no `NCName`, but is sent) or `VIHF-uuid`: letters, digits, `-`, `_`, `.`, `:`.
fn is_id(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
}

fn holds_text(element: Node<'_, '_>) -> bool {
    element.children().any(|child| child.is_text() && !child.text().unwrap_or("").trim().is_empty())
}

/// The signature stands just after `Issuer`, where the schema of SAML has it.
fn check_place(signature: Option<&Enveloped<'_, '_>>) -> Checked<()> {
    let Some(signature) = signature else { return Ok(()) };
    let before = signature.node().prev_sibling_element();
    if before.is_some_and(|before| is(before, SAML2, "Issuer")) {
        return Ok(());
    }
    let at = Location::of(signature.node()).xpath;
    Err(rule::SIGNATURE_SHAPE.broken().at(at).expected("ds:Signature just after saml2:Issuer"))
}

fn check_speciality(assertion: &Assertion) -> Checked<()> {
    let needed = assertion.profession().is_some_and(|profession| {
        profession.scheme == PROFESSIONS && WITH_SPECIALITY.contains(&profession.value.as_str())
    });
    if needed && assertion.speciality().is_none() {
        let name = Attribute::Role.name();
        let at = format!("/Assertion/AttributeStatement/Attribute[@Name='{name}']/AttributeValue[2]");
        return Err(rule::SPECIALITY.broken().at(at));
    }
    Ok(())
}

/// Profession, speciality and sector are in their value sets. Codes name no person, so the answer may say them.
fn check_codes(assertion: &Assertion) -> Checked<()> {
    let place = |attribute: Attribute, value: usize| {
        format!("/Assertion/AttributeStatement/Attribute[@Name='{}']/AttributeValue[{value}]", attribute.name())
    };
    let told = [
        (assertion.profession(), ValueSet::Role, &rule::ROLE_CODE, place(Attribute::Role, 1)),
        (assertion.speciality(), ValueSet::Speciality, &rule::SPECIALITY_CODE, place(Attribute::Role, 2)),
        (
            Some(assertion.sector()),
            ValueSet::HealthcareFacilityTypeCode,
            &rule::SECTOR_CODE,
            place(Attribute::Sector, 1),
        ),
    ];
    for (code, set, rule, at) in told {
        let Some(code) = code.filter(|code| !set.admits(code)) else { continue };
        let nearest = match set.look_up(code) {
            Lookup::Found(near) | Lookup::OtherScheme(near) | Lookup::Unknown(Some(near)) => {
                format!("for instance {}^{}", near.code, near.system)
            }
            Lookup::Unknown(None) => set.list().map_or_else(String::new, |list| list.source.to_owned()),
        };
        return Err(rule.broken_by(&format!("{}^{}", code.value, code.scheme)).at(at).expected(&nearest));
    }
    Ok(())
}

/// Locations within the canonical bytes begin at the assertion; an editor looks for them in the message.
fn rebased(mut error: Box<VihfError>, assertion: Node<'_, '_>) -> Box<VihfError> {
    let base = Location::of(assertion).xpath;
    let inside = error.xpath.as_deref().and_then(|xpath| xpath.strip_prefix("/Assertion")).unwrap_or("");
    error.xpath = Some(format!("{base}{inside}"));
    error
}

fn signature_refusal(error: SignatureError) -> Box<VihfError> {
    match error {
        SignatureError::Shape { location, expected } => {
            rule::SIGNATURE_SHAPE.broken().at(location.xpath).expected(expected)
        }
        SignatureError::Algorithm { location, expected, found } => {
            rule::SIGNATURE_ALGORITHM.broken().at(location.xpath).expected(expected).found(found)
        }
        SignatureError::Reference { location, expected, found } => {
            rule::SIGNATURE_REFERENCE.broken().at(location.xpath).expected(expected).found(found)
        }
        SignatureError::Transforms { location } => rule::SIGNATURE_TRANSFORMS
            .broken()
            .at(location.xpath)
            .expected("enveloped-signature, then http://www.w3.org/2001/10/xml-exc-c14n#"),
        SignatureError::Digest => rule::SIGNATURE_DIGEST.broken(),
        SignatureError::Value => rule::SIGNATURE_VALUE.broken(),
    }
}

fn chain_refusal(error: &ChainError, now: DateTime<Utc>) -> Box<VihfError> {
    let rule = match error {
        ChainError::Unreadable(_) => &rule::CERTIFICATE,
        ChainError::Untrusted(_) => &rule::CERTIFICATE_CHAIN,
        ChainError::UnknownHolder => &rule::CERTIFICATE_HOLDER,
        ChainError::NotYetValid(_) | ChainError::Expired(_) => &rule::CERTIFICATE_DATES,
        ChainError::Revoked => &rule::CERTIFICATE_REVOKED,
        ChainError::NoRevocationList | ChainError::RevocationListTooOld(_) => &rule::CERTIFICATE_LIST,
        ChainError::Usage(_) => &rule::CERTIFICATE_USAGE,
    };
    let mut refusal = rule.broken().found(error.to_string());
    if let ChainError::Usage(expected) = error {
        refusal = refusal.expected(*expected);
    }
    refusal.server_time = Some(text_of(now));
    refusal
}
