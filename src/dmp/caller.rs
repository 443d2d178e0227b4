//! Who speaks. A [`Caller`] is made by [`admission`](crate::dmp::admission) and nowhere else. Spec: DMP TD0.1.

use crate::datatype::cx::PatientId;
use crate::datatype::ins::Ins;
use crate::security::vihf::verify::VerifiedVihf;

/// A professional or a structure whose assertion was verified and admitted.
pub struct Caller {
    vihf: VerifiedVihf,
    patient: Option<Ins>,
}

impl Caller {
    pub(in crate::dmp) fn new(vihf: VerifiedVihf, patient: Option<Ins>) -> Self {
        Self { vihf, patient }
    }

    /// The assertion.
    pub fn vihf(&self) -> &VerifiedVihf {
        &self.vihf
    }

    /// The patient whom the request concerns.
    pub fn patient(&self) -> Option<&PatientId> {
        self.patient.as_ref().map(Ins::patient_id)
    }
}

impl std::fmt::Debug for Caller {
    /// Shows the structure, neither the professional nor the patient.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("structure", &self.vihf.structure_id()).finish_non_exhaustive()
    }
}
