//! What an assertion says, as typed values.
//!
//! An [`Assertion`] is only ever made from the canonical bytes that a signature covers, and reaches the rest of the
//! gateway only inside a `VerifiedVihf`. Spec: DMP TD0.1.

use chrono::{DateTime, Utc};

use crate::datatype::code::Code;
use crate::datatype::cx::Cx;
use crate::security::pki::name::DistinguishedName;

/// How the professional was authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By card: the certificate is the person's.
    Direct,
    /// By the software of a structure, whose certificate vouches for the person.
    Indirect,
    /// Indirecte renforcée: the same with a strong authentication of the person.
    Air,
}

/// Why the record is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PurposeOfUse {
    /// Ordinary care.
    Normal,
    /// Break-glass: an emergency, the patient cannot consent.
    BrisDeGlace,
    /// Medical regulation of emergency calls.
    Centre15,
}

const MODES: &[(&str, Mode)] =
    &[("DIRECTE", Mode::Direct), ("INDIRECTE", Mode::Indirect), ("INDIRECTE_RENFORCEE", Mode::Air)];

/// Spec: NOS `TRE_R248`.
const PURPOSES: &[(&str, &str, PurposeOfUse)] = &[
    ("normal", "Accès normal", PurposeOfUse::Normal),
    ("bris_de_glace", "Accès en bris de glace", PurposeOfUse::BrisDeGlace),
    ("centre_15", "Accès par un centre de régulation médicale", PurposeOfUse::Centre15),
];

/// The scheme of the access modes, `TRE_R248`.
pub(in crate::security::vihf) const PURPOSE_SCHEME: &str = "1.2.250.1.213.1.1.4.248";

impl Mode {
    /// Reads the wire form.
    pub fn parse(text: &str) -> Option<Self> {
        MODES.iter().find(|(wire, _)| *wire == text).map(|(_, mode)| *mode)
    }

    /// The wire form.
    pub fn as_str(self) -> &'static str {
        MODES.iter().find(|(_, mode)| *mode == self).map_or("", |(wire, _)| wire)
    }

    /// The wire forms, for the text of a refusal.
    pub(in crate::security::vihf) fn expected() -> String {
        MODES.iter().map(|(wire, _)| *wire).collect::<Vec<_>>().join(", ")
    }
}

impl PurposeOfUse {
    /// Reads the code.
    pub fn parse(text: &str) -> Option<Self> {
        PURPOSES.iter().find(|(code, ..)| *code == text).map(|(.., purpose)| *purpose)
    }

    /// The code.
    pub fn as_str(self) -> &'static str {
        PURPOSES.iter().find(|(.., purpose)| *purpose == self).map_or("", |(code, ..)| code)
    }

    /// What a human reads.
    pub fn label(self) -> &'static str {
        PURPOSES.iter().find(|(.., purpose)| *purpose == self).map_or("", |(_, label, _)| label)
    }

    /// The codes, for the text of a refusal.
    pub(in crate::security::vihf) fn expected() -> String {
        PURPOSES.iter().map(|(code, ..)| *code).collect::<Vec<_>>().join(", ")
    }
}

/// The software that calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Software {
    /// `LPS_Nom`.
    pub name: String,
    /// `LPS_Version`.
    pub version: String,
    /// `LPS_ID_HOMOLOGATION_DMP`.
    pub homologation: String,
    /// `LPS_ID`.
    pub id: Option<String>,
}

/// The instants between which the assertion says to be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    /// `NotBefore`.
    pub not_before: Option<DateTime<Utc>>,
    /// `NotOnOrAfter`.
    pub not_on_or_after: Option<DateTime<Utc>>,
}

/// The content of a VIHF.
pub struct Assertion {
    pub(in crate::security::vihf) id: String,
    pub(in crate::security::vihf) issue_instant: DateTime<Utc>,
    pub(in crate::security::vihf) issuer: DistinguishedName,
    pub(in crate::security::vihf) name_id: String,
    pub(in crate::security::vihf) conditions: Conditions,
    pub(in crate::security::vihf) authn_instant: DateTime<Utc>,
    pub(in crate::security::vihf) authn_context: String,
    pub(in crate::security::vihf) authn_declaration: Option<String>,
    pub(in crate::security::vihf) version: String,
    pub(in crate::security::vihf) mode: Mode,
    pub(in crate::security::vihf) structure_id: String,
    pub(in crate::security::vihf) sector: Code,
    pub(in crate::security::vihf) subject_id: Option<String>,
    pub(in crate::security::vihf) roles: Vec<Code>,
    pub(in crate::security::vihf) resource_id: Option<Cx>,
    pub(in crate::security::vihf) purpose_of_use: PurposeOfUse,
    pub(in crate::security::vihf) confidentiality: Option<Code>,
    pub(in crate::security::vihf) software: Software,
}

impl Assertion {
    /// `Assertion/@ID`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When the assertion was made.
    pub fn issue_instant(&self) -> DateTime<Utc> {
        self.issue_instant
    }

    /// The certificate holder who made it.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// The national identifier of the professional.
    pub fn name_id(&self) -> &str {
        &self.name_id
    }

    /// When the assertion says to be valid.
    pub fn conditions(&self) -> Conditions {
        self.conditions
    }

    /// When the professional was authenticated.
    pub fn authn_instant(&self) -> DateTime<Utc> {
        self.authn_instant
    }

    /// How the professional was authenticated: a SAML class.
    pub fn authn_context(&self) -> &str {
        &self.authn_context
    }

    /// What the mode indirecte renforcée adds on the authentication.
    pub fn authn_declaration(&self) -> Option<&str> {
        self.authn_declaration.as_deref()
    }

    /// `VIHF_Version`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The authentication mode.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// `Struct_IdNat` of the structure.
    pub fn structure_id(&self) -> &str {
        &self.structure_id
    }

    /// The sector of activity.
    pub fn sector(&self) -> &Code {
        &self.sector
    }

    /// The person or device in free text.
    pub fn subject_id(&self) -> Option<&str> {
        self.subject_id.as_deref()
    }

    /// Profession, then speciality.
    pub fn roles(&self) -> &[Code] {
        &self.roles
    }

    /// The profession. Always there in a decoded assertion.
    pub fn profession(&self) -> Option<&Code> {
        self.roles.first()
    }

    /// The speciality.
    pub fn speciality(&self) -> Option<&Code> {
        self.roles.get(1)
    }

    /// The patient.
    pub fn resource_id(&self) -> Option<&Cx> {
        self.resource_id.as_ref()
    }

    /// The access mode.
    pub fn purpose_of_use(&self) -> PurposeOfUse {
        self.purpose_of_use
    }

    /// The confidentiality code of a connexion secrète.
    pub fn confidentiality(&self) -> Option<&Code> {
        self.confidentiality.as_ref()
    }

    /// The software that calls.
    pub fn software(&self) -> &Software {
        &self.software
    }
}

impl std::fmt::Debug for Assertion {
    /// Shows neither the professional nor the patient.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Assertion({}, {})", self.mode.as_str(), self.purpose_of_use.as_str())
    }
}
