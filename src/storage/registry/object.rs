//! What all objects of the registry share: identity, version, status, patient and the ebRIM that answers are made of.

#![expect(clippy::ref_option_ref, reason = "written by the derive of Insertable")]

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromStaticSqlRow};
use diesel::prelude::{Insertable, Queryable};
use diesel::result::QueryResult;
use diesel::sql_types::Text;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, insert_into, update};
use uuid::Uuid;

use crate::datatype::cx::PatientId;
use crate::datatype::entry_uuid::EntryUuid;
use crate::datatype::unique_id::UniqueId;
use crate::storage::dialect::{in_list, insert_if_absent};
use crate::storage::registry::column::{
    of_instant, of_kind, of_size, of_status, to_kind, to_patient, to_status, to_uuid,
};
use crate::storage::schema::{global_id, object_author, object_code, registry_object, unique_id_use};
use crate::storage::{Reader, StorageError, Writer};
use crate::xds::metadata::author::Author;
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::metadata::registration::{Fragment, Registered};

/// What a query found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The objects, in the order of the query; none twice.
    pub objects: Vec<FoundObject>,
}

/// One object as a query answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundObject {
    /// What it is.
    pub kind: ObjectKind,
    /// Its id, in a third of the bytes of the `entryUUID`.
    pub uuid: Uuid,
    /// Its status, to be written between the parts of the fragment.
    pub status: AvailabilityStatus,
    /// Its patient, whom most objects of an answer share; of an association, the one of the submission set that brought it.
    pub patient: Arc<PatientId>,
    /// Its ebRIM; absent when only references were asked for.
    pub fragment: Option<Box<Fragment>>,
}

impl FoundObject {
    /// Its `entryUUID`.
    pub fn entry_uuid(&self) -> EntryUuid {
        EntryUuid::from_uuid(self.uuid)
    }
}

impl Found {
    /// What stands in the rows of a query, in their order.
    pub(super) fn of(identities: Vec<Identity>) -> Result<Self, StorageError> {
        // Nearly always all are of one patient, read once.
        let mut last_patient: Option<(Arc<str>, Arc<PatientId>)> = None;
        let found = |identity: Identity| {
            let patient = match &last_patient {
                Some((text, patient)) if *text == identity.patient_id => Arc::clone(patient),
                _ => Arc::new(to_patient(&identity.patient_id)?),
            };
            last_patient = Some((identity.patient_id, Arc::clone(&patient)));
            Ok(FoundObject {
                kind: identity.kind,
                uuid: identity.entry_uuid,
                status: identity.status,
                patient,
                fragment: None,
            })
        };
        let objects = identities.into_iter().map(found).collect::<Result<_, StorageError>>()?;
        Ok(Self { objects })
    }

    /// The patients whose documents, submission sets and folders are in the answer: more than one is refused.
    /// Spec: ITI TF-2: 3.18.4.1.2.3.8.
    pub fn patients(&self) -> BTreeSet<&PatientId> {
        let of_patient = |object: &&FoundObject| object.kind != ObjectKind::Association;
        self.objects.iter().filter(of_patient).map(|object| &*object.patient).collect()
    }
}

#[derive(Insertable)]
#[diesel(table_name = registry_object, treat_none_as_default_value = false)]
struct ObjectRow<'r> {
    patient_id: &'r str,
    entry_uuid: &'r str,
    kind: &'r str,
    logical_id: &'r str,
    version: i32,
    status: &'r str,
    unique_id: Option<&'r str>,
    received_at: i64,
    fragment_head: &'r [u8],
    fragment_tail: &'r [u8],
}

#[derive(Insertable)]
#[diesel(table_name = global_id)]
struct GlobalIdRow<'r> {
    entry_uuid: &'r str,
    patient_id: &'r str,
    kind: &'r str,
    logical_id: &'r str,
    version: i32,
}

#[derive(Insertable)]
#[diesel(table_name = unique_id_use, treat_none_as_default_value = false)]
struct UniqueIdRow<'r> {
    unique_id: &'r str,
    entry_uuid: &'r str,
    patient_id: &'r str,
    kind: &'r str,
    hash: Option<String>,
    size: Option<i64>,
}

/// The identity columns of an object, without its ebRIM. A large answer holds one for each of its objects, so that nothing in it is
/// larger than need be.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) entry_uuid: Uuid,
    pub(super) kind: ObjectKind,
    pub(super) status: AvailabilityStatus,
    pub(super) patient_id: Arc<str>,
}

impl Identity {
    /// The id as columns have it.
    pub(super) fn urn(&self) -> String {
        self.entry_uuid.urn().to_string()
    }
}

impl<DB: Backend> Queryable<(Text, Text, Text, Text), DB> for Identity
where
    (String, String, String, String): FromStaticSqlRow<(Text, Text, Text, Text), DB>,
{
    type Row = (String, String, String, String);

    fn build((entry_uuid, kind, status, patient_id): Self::Row) -> deserialize::Result<Self> {
        let entry_uuid = to_uuid(&entry_uuid)?.to_uuid();
        Ok(Self { entry_uuid, kind: to_kind(&kind)?, status: to_status(&status)?, patient_id: patient_id.into() })
    }
}

/// Gathers the rows of a search as they come. Rows that follow one another are mostly of one patient, who is held once.
pub(super) fn gathered(rows: impl Iterator<Item = QueryResult<Identity>>) -> Result<Vec<Identity>, StorageError> {
    let mut found: Vec<Identity> = Vec::new();
    for row in rows {
        let mut row = row?;
        if let Some(last) = found.last().filter(|last| last.patient_id == row.patient_id) {
            row.patient_id = Arc::clone(&last.patient_id);
        }
        found.push(row);
    }
    Ok(found)
}

/// The bytes of a document, as its entry states them.
#[derive(Debug, Clone, Default)]
pub(super) struct StatedContent {
    pub(super) hash: Option<String>,
    pub(super) size: Option<u64>,
}

impl Reader<'_> {
    /// Reads the ebRIM of objects that a query of this same transaction found.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] if one has none.
    pub fn complete(&mut self, objects: &mut [FoundObject]) -> Result<(), StorageError> {
        let patients: BTreeSet<String> = objects.iter().map(|object| object.patient.to_string()).collect();
        let ids: Vec<String> = objects.iter().map(|object| object.entry_uuid().to_string()).collect();
        let mut fragments = self.fragments(patients.iter().map(String::as_str), ids.iter().map(String::as_str))?;
        for (object, id) in objects.iter_mut().zip(&ids) {
            let fragment = fragments.remove(id).ok_or(StorageError::Corrupt { what: "ebRIM of an object" })?;
            object.fragment = Some(Box::new(fragment));
        }
        Ok(())
    }

    /// The ebRIM of objects wherever they are now, for those that a query found some time ago: one that was removed
    /// since has none.
    pub fn fragments_of(&mut self, ids: &[EntryUuid]) -> Result<Vec<Option<Fragment>>, StorageError> {
        let texts: Vec<&str> = ids.iter().map(EntryUuid::as_str).collect();
        let patients = self.patients_of_objects(&texts)?;
        let mut fragments = self.fragments(patients.iter().map(String::as_str), texts)?;
        Ok(ids.iter().map(|id| fragments.remove(id.as_str())).collect())
    }

    /// The patients of objects, each once.
    pub(super) fn patients_of_objects<T: AsRef<str>>(&mut self, ids: &[T]) -> Result<Vec<String>, StorageError> {
        Ok(global_id::table
            .filter(in_list(global_id::entry_uuid, ids))
            .select(global_id::patient_id)
            .distinct()
            .load(self.connection)?)
    }

    /// The ebRIM of objects. `patients` are theirs.
    pub(super) fn fragments<'u>(
        &mut self,
        patients: impl IntoIterator<Item = &'u str>,
        ids: impl IntoIterator<Item = &'u str>,
    ) -> Result<HashMap<String, Fragment>, StorageError> {
        let rows: Vec<(String, Vec<u8>, Vec<u8>)> = registry_object::table
            .filter(in_list(registry_object::patient_id, patients))
            .filter(in_list(registry_object::entry_uuid, ids))
            .select((registry_object::entry_uuid, registry_object::fragment_head, registry_object::fragment_tail))
            .load(self.connection)?;
        Ok(rows.into_iter().map(|(id, head, tail)| (id, Fragment { head, tail })).collect())
    }
}

impl Writer<'_> {
    /// Stores what all kinds of objects share.
    pub(super) fn insert_object<T>(
        &mut self,
        kind: ObjectKind,
        object: &Registered<T>,
        patient_id: &str,
        unique_id: Option<&UniqueId>,
        received_at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let version = i32::try_from(object.version).unwrap_or(i32::MAX);
        let global = GlobalIdRow {
            entry_uuid: object.entry_uuid.as_str(),
            patient_id,
            kind: of_kind(kind),
            logical_id: object.logical_id.as_str(),
            version,
        };
        insert_into(global_id::table).values(global).execute(self.connection)?;
        let row = ObjectRow {
            patient_id,
            entry_uuid: object.entry_uuid.as_str(),
            kind: of_kind(kind),
            logical_id: object.logical_id.as_str(),
            version,
            status: of_status(object.status),
            unique_id: unique_id.map(UniqueId::as_str),
            received_at: of_instant(received_at),
            fragment_head: &object.fragment.head,
            fragment_tail: &object.fragment.tail,
        };
        insert_into(registry_object::table).values(row).execute(self.connection)?;
        Ok(())
    }

    /// Notes that an object uses a unique id.
    pub(super) fn insert_unique_id<T>(
        &mut self,
        kind: ObjectKind,
        object: &Registered<T>,
        patient_id: &str,
        unique_id: &UniqueId,
        content: StatedContent,
    ) -> Result<(), StorageError> {
        let row = UniqueIdRow {
            unique_id: unique_id.as_str(),
            entry_uuid: object.entry_uuid.as_str(),
            patient_id,
            kind: of_kind(kind),
            hash: content.hash,
            size: content.size.map(of_size),
        };
        insert_into(unique_id_use::table).values(row).execute(self.connection)?;
        Ok(())
    }

    /// Notes codes of which an object may have several.
    pub(super) fn insert_codes(
        &mut self,
        patient_id: &str,
        entry_uuid: &EntryUuid,
        attribute: &str,
        codes: impl IntoIterator<Item = String>,
    ) -> Result<(), StorageError> {
        for code in codes {
            let row = (
                object_code::patient_id.eq(patient_id),
                object_code::entry_uuid.eq(entry_uuid.as_str()),
                object_code::attribute.eq(attribute),
                object_code::code.eq(code),
            );
            insert_if_absent!(self.connection, object_code::table, row)?;
        }
        Ok(())
    }

    /// Notes the persons among the authors.
    pub(super) fn insert_authors(
        &mut self,
        patient_id: &str,
        entry_uuid: &EntryUuid,
        authors: &[Author],
    ) -> Result<(), StorageError> {
        let persons = authors.iter().flat_map(|author| &author.persons);
        for (position, person) in (0_i32..).zip(persons) {
            let row = (
                object_author::patient_id.eq(patient_id),
                object_author::entry_uuid.eq(entry_uuid.as_str()),
                object_author::position.eq(position),
                object_author::person.eq(person.as_str()),
            );
            insert_into(object_author::table).values(row).execute(self.connection)?;
        }
        Ok(())
    }

    /// Changes the status of objects.
    pub(super) fn set_status(&mut self, ids: &[EntryUuid], status: AvailabilityStatus) -> Result<(), StorageError> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = ids.iter().map(EntryUuid::as_str).collect();
        let objects = registry_object::table
            .filter(in_list(registry_object::patient_id, self.patients_of_objects(&ids)?))
            .filter(in_list(registry_object::entry_uuid, ids));
        update(objects).set(registry_object::status.eq(of_status(status))).execute(self.connection)?;
        Ok(())
    }
}
