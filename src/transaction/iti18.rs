//! Registry Stored Query. Spec: ITI TF-2: 3.18, DMP TD3.1.

use crate::datatype::cx::PatientId;
use crate::datatype::entry_uuid::EntryUuid;
use crate::storage::registry::object::{Found, FoundObject};
use crate::transaction::error::TransactionError;
use crate::transaction::{Context, Gateway};
use crate::xds::error::{ErrorCode, Finding};
use crate::xds::message::stored_query::ReturnType;
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::metadata::registration::Fragment;
use crate::xds::query::StoredQuery;

/// One object of the answer.
#[derive(Debug)]
pub struct Answered {
    /// Its id.
    pub entry_uuid: EntryUuid,
    /// Its status.
    pub status: AvailabilityStatus,
    /// Its ebRIM; absent when only references were asked for.
    pub fragment: Option<Fragment>,
}

/// Answers a query. A caller of the DMP gets the objects of the patient for whom he speaks, and no others.
///
/// # Errors
/// [`TransactionError`].
pub fn registry_stored_query(
    gateway: &Gateway,
    context: &Context,
    query: &StoredQuery,
    return_type: ReturnType,
) -> Result<Vec<Answered>, TransactionError> {
    if let (Some(spoken_for), Some(asked)) = (context.patient(), query.patient())
        && spoken_for != asked
    {
        return Err(refused(other_patient(asked)));
    }
    let found = gateway.store.read("iti18", |reader| match return_type {
        ReturnType::LeafClass => reader.find(query),
        ReturnType::ObjectRef => reader.find_references(query),
    })?;
    let objects = visible(found, context.patient());
    if return_type == ReturnType::LeafClass {
        single_patient(query, &objects)?;
        within(gateway.settings.max_results, &objects)?;
    }
    Ok(objects.into_iter().map(Answered::from).collect())
}

impl From<FoundObject> for Answered {
    fn from(found: FoundObject) -> Self {
        Self { entry_uuid: found.entry_uuid, status: found.status, fragment: found.fragment }
    }
}

/// What a caller may know of: an id that belongs to another patient is answered like an id that nobody has.
fn visible(found: Found, spoken_for: Option<&PatientId>) -> Vec<FoundObject> {
    let mut objects = found.objects;
    if let Some(patient) = spoken_for {
        objects.retain(|object| object.patient == *patient);
    }
    objects
}

/// Spec: ITI TF-2: 3.18.4.1.2.3.8: queries by id do not mix patients in one answer.
fn single_patient(query: &StoredQuery, objects: &[FoundObject]) -> Result<(), TransactionError> {
    if query.patient().is_some() || query.is_of_several_patients() {
        return Ok(());
    }
    let mut patients =
        objects.iter().filter(|object| object.kind != ObjectKind::Association).map(|object| &object.patient);
    let first = patients.next();
    if patients.all(|patient| Some(patient) == first) {
        return Ok(());
    }
    let context = "the objects asked for belong to several patients; ask for ObjectRef or for one patient";
    Err(refused(Finding::error("SQ-SINGLE-PATIENT", ErrorCode::ResultNotSinglePatient, context)))
}

fn within(most: Option<usize>, objects: &[FoundObject]) -> Result<(), TransactionError> {
    match most {
        Some(most) if objects.len() > most => {
            let context = format!(
                "{} objects found, at most {most} are given: narrow the query or ask for ObjectRef",
                objects.len()
            );
            Err(refused(Finding::error("SQ-TOO-MANY", ErrorCode::TooManyResults, context)))
        }
        _ => Ok(()),
    }
}

fn other_patient(asked: &PatientId) -> Finding {
    let context = "the patient of the query is not the patient of the assertion (resource-id)";
    Finding::error("ADM-PATIENT-04", ErrorCode::PatientIdDoesNotMatch, context).about("patientId").of_patient(asked)
}

fn refused(finding: Finding) -> TransactionError {
    TransactionError::Refused(vec![finding])
}
