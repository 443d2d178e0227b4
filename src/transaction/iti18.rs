//! Registry Stored Query. Spec: ITI TF-2: 3.18, DMP TD3.1.
//!
//! An answer of few objects is read whole, in the transaction that found them. One of many is read page by page while
//! it is written: each object is then as the registry has it at that moment, and one that was removed meanwhile is left
//! out. No database transaction waits for a slow reader.

use std::vec::IntoIter;

use uuid::Uuid;

use crate::datatype::cx::PatientId;
use crate::datatype::entry_uuid::EntryUuid;
use crate::storage::registry::object::FoundObject;
use crate::storage::{Reader, StorageError};
use crate::transaction::error::TransactionError;
use crate::transaction::{Context, Gateway, rule};
use crate::xds::error::Finding;
use crate::xds::message::stored_query::{Page, ReturnType};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::metadata::registration::Fragment;
use crate::xds::query::StoredQuery;

/// Objects that are read at once: an answer of no more is written in one piece.
const AT_ONCE: usize = 100;

/// Objects of one page of a larger answer: some 64 KB. Larger pieces, passed between threads, cost the allocator tens of
/// megabytes.
const PAGE: usize = 10;

/// What is asked of the objects that a query finds.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// How much of each.
    pub return_type: ReturnType,
    /// Which of them.
    pub page: Page,
}

/// The answer to a query.
#[derive(Debug)]
pub struct QueryAnswer {
    /// How many objects were left out before the first.
    pub start: usize,
    /// How many objects the query finds.
    pub total: usize,
    /// The objects.
    pub objects: Objects,
}

/// The objects of an answer.
#[derive(Debug)]
pub enum Objects {
    /// Few, all here.
    Few(Vec<Answered>),
    /// Many, still to be read.
    Many(Pages),
}

/// Objects that are read a page at a time.
#[derive(Debug)]
pub struct Pages {
    return_type: ReturnType,
    found: IntoIter<(Uuid, AvailabilityStatus)>,
}

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
    query: StoredQuery,
    wanted: Wanted,
) -> Result<QueryAnswer, TransactionError> {
    if let (Some(spoken_for), Some(asked)) = (context.patient(), query.patient())
        && spoken_for != asked
    {
        return Err(refused(other_patient(asked)));
    }
    answer(gateway, context, query, wanted, "iti18")
}

/// Finds, judges, and reads as much as is to be read at once.
pub(super) fn answer(
    gateway: &Gateway,
    context: &Context,
    query: StoredQuery,
    wanted: Wanted,
    name: &'static str,
) -> Result<QueryAnswer, TransactionError> {
    let query = query.asked_at(context.now);
    let answered = gateway.store.read(name, |reader| {
        let mut objects = reader.find_references(&query)?.objects;
        retain_visible(&mut objects, context.patient());
        if let Err(finding) = judge(&query, &objects, wanted, gateway.settings.max_results) {
            return Ok(Err(finding));
        }
        let total = objects.len();
        let objects = part(reader, objects, wanted)?;
        Ok(Ok(QueryAnswer { start: wanted.page.start, total, objects }))
    });
    match answered {
        Ok(answer) => answer.map_err(|finding| refused(*finding)),
        Err(StorageError::TooManyFound { most }) => Err(refused(too_many(most))),
        Err(error) => Err(error.into()),
    }
}

/// The part that is wanted, read if it is small.
fn part(reader: &mut Reader<'_>, objects: Vec<FoundObject>, wanted: Wanted) -> Result<Objects, StorageError> {
    let Wanted { return_type, page } = wanted;
    let mut objects: Vec<FoundObject> =
        objects.into_iter().skip(page.start).take(page.most.unwrap_or(usize::MAX)).collect();
    if objects.len() <= AT_ONCE {
        match return_type {
            ReturnType::LeafClass => reader.complete(&mut objects)?,
            ReturnType::ObjectRef => {}
        }
        return Ok(Objects::Few(objects.into_iter().map(Answered::from).collect()));
    }
    let found: Vec<_> = objects.into_iter().map(|object| (object.uuid, object.status)).collect();
    Ok(Objects::Many(Pages { return_type, found: found.into_iter() }))
}

impl Objects {
    /// How many there are, as far as is known before they are read.
    pub fn len(&self) -> usize {
        match self {
            Self::Few(objects) => objects.len(),
            Self::Many(pages) => pages.found.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Pages {
    /// Reads the next objects; nothing when all were read.
    ///
    /// # Errors
    /// [`TransactionError::Storage`].
    pub fn next(&mut self, gateway: &Gateway) -> Result<Option<Vec<Answered>>, TransactionError> {
        let page = self.found.by_ref().take(PAGE).map(|(id, status)| (EntryUuid::from_uuid(id), status));
        let (ids, statuses): (Vec<EntryUuid>, Vec<AvailabilityStatus>) = page.unzip();
        if ids.is_empty() {
            return Ok(None);
        }
        let fragments = match self.return_type {
            ReturnType::LeafClass => gateway.store.read("query page", |reader| reader.fragments_of(&ids))?,
            ReturnType::ObjectRef => ids.iter().map(|_| None).collect(),
        };
        let objects = ids.into_iter().zip(statuses).zip(fragments);
        let objects = objects.map(|((entry_uuid, status), fragment)| Answered { entry_uuid, status, fragment }).filter(
            |object| match self.return_type {
                ReturnType::LeafClass => object.fragment.is_some(),
                ReturnType::ObjectRef => true,
            },
        );
        Ok(Some(objects.collect()))
    }
}

impl From<FoundObject> for Answered {
    fn from(found: FoundObject) -> Self {
        Self {
            entry_uuid: found.entry_uuid(),
            status: found.status,
            fragment: found.fragment.map(|fragment| *fragment),
        }
    }
}

/// What a caller may know of: an id that belongs to another patient is answered like an id that nobody has.
fn retain_visible(objects: &mut Vec<FoundObject>, spoken_for: Option<&PatientId>) {
    if let Some(patient) = spoken_for {
        objects.retain(|object| *object.patient == *patient);
    }
}

/// Whether what was found may be answered.
fn judge(
    query: &StoredQuery,
    objects: &[FoundObject],
    wanted: Wanted,
    most: Option<usize>,
) -> Result<(), Box<Finding>> {
    match wanted.return_type {
        ReturnType::LeafClass => {
            single_patient(query, objects)?;
            let given = objects.len().saturating_sub(wanted.page.start).min(wanted.page.most.unwrap_or(usize::MAX));
            most.filter(|most| given > *most).map_or(Ok(()), |most| Err(Box::new(too_many(most))))
        }
        ReturnType::ObjectRef => Ok(()),
    }
}

/// Spec: ITI TF-2: 3.18.4.1.2.3.8: queries by id do not mix patients in one answer.
fn single_patient(query: &StoredQuery, objects: &[FoundObject]) -> Result<(), Box<Finding>> {
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
    Err(Box::new(Finding::of(&rule::SINGLE_PATIENT, context)))
}

fn too_many(most: usize) -> Finding {
    let context = format!("more than {most} objects: narrow the query, ask for ObjectRef, or for a page by maxResults");
    Finding::of(&rule::TOO_MANY, context)
}

fn other_patient(asked: &PatientId) -> Finding {
    let context = "the patient of the query is not the patient of the assertion (resource-id)";
    Finding::of(&rule::PATIENT_OF_QUERY, context).about("patientId").of_patient(asked)
}

fn refused(finding: Finding) -> TransactionError {
    TransactionError::Refused(vec![finding])
}
