//! From a verified assertion to a caller: the checks that need the transaction. Spec: DMP TD0.1.
//!
//! The checks of the assertion itself are those of `security::vihf::verify`. What needs a directory or a patient's record
//! comes with them.

use crate::datatype::Malformed;
use crate::datatype::ins::Ins;
use crate::dmp::caller::Caller;
use crate::security::vihf::verify::VerifiedVihf;

/// Why a verified assertion does not open this transaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// The transaction concerns one patient and the assertion names none.
    #[error("the assertion names no patient")]
    NoPatient,
    /// The patient identifier is no INS.
    #[error("the patient identifier of the assertion is refused: {0}")]
    Ins(Malformed),
}

/// A rule of admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdmissionRule {
    /// By which it is quoted.
    pub id: &'static str,
    /// What is told in French.
    pub reason_fr: &'static str,
    /// What is told in English.
    pub reason_en: &'static str,
    /// What should have stood there.
    pub expected: &'static str,
}

static NO_PATIENT: AdmissionRule = AdmissionRule {
    id: "ADM-PATIENT-01",
    reason_fr: "Cette transaction concerne un patient et l'assertion n'en désigne aucun (attribut resource-id).",
    reason_en: "This transaction concerns one patient and the assertion names none (attribute resource-id).",
    expected: "<INS>^^^&<OID>&ISO^NH",
};

static INS: AdmissionRule = AdmissionRule {
    id: "ADM-PATIENT-02",
    reason_fr: "L'identifiant du patient de l'assertion n'est pas un INS valide (15 caractères, clé).",
    reason_en: "The patient identifier of the assertion is not a valid INS (15 characters, key).",
    expected: "13 characters and a key of two digits, 97 − (N mod 97)",
};

/// Every rule of admission.
pub static RULES: &[&AdmissionRule] = &[&NO_PATIENT, &INS];

/// The attribute that names the patient.
pub const RESOURCE_ID: &str = "urn:oasis:names:tc:xacml:2.0:resource:resource-id";

impl NotAdmitted {
    /// The rule that was broken.
    pub fn rule(&self) -> &'static AdmissionRule {
        match self {
            Self::NoPatient => &NO_PATIENT,
            Self::Ins(_) => &INS,
        }
    }
}

/// Admits a caller to a transaction that concerns one patient.
///
/// # Errors
/// The first check that fails.
pub fn admit(vihf: VerifiedVihf) -> Result<Caller, NotAdmitted> {
    let named = vihf.resource_id().ok_or(NotAdmitted::NoPatient)?;
    let patient = Ins::of(&named.to_patient_id()).map_err(NotAdmitted::Ins)?;
    Ok(Caller::new(vihf, Some(patient)))
}
