//! Who is related to whom.

use std::collections::BTreeSet;

use diesel::dsl::{IntoBoxed, auto_type};
use diesel::prelude::{Insertable, Queryable};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl, insert_into};

use crate::storage::dialect::{Database, in_list};
use crate::storage::registry::column::{of_association_type, of_kind, of_status, to_association_type};
use crate::storage::registry::object::Identity;
use crate::storage::schema::{association, global_id, registry_object};
use crate::storage::{Reader, StorageError, Writer};
use crate::xds::metadata::association::{Association, AssociationType};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::object::ObjectKind;
use crate::xds::metadata::registration::Registered;

#[derive(Insertable)]
#[diesel(table_name = association)]
struct AssociationRow<'r> {
    patient_id: &'r str,
    entry_uuid: &'r str,
    source: &'r str,
    target: &'r str,
    association_type: &'r str,
}

/// The two ends of an association.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(super) struct Ends {
    pub(super) source: String,
    pub(super) target: String,
}

/// An association as queries find it.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) identity: Identity,
    pub(super) ends: Ends,
    association_type: String,
}

impl Link {
    /// What it says.
    pub(super) fn association_type(&self) -> Result<AssociationType, StorageError> {
        to_association_type(&self.association_type)
    }

    /// Whether it is of one of some types.
    pub(super) fn is(&self, types: &[AssociationType]) -> bool {
        types.iter().any(|kind| of_association_type(*kind) == self.association_type)
    }
}

/// By what an association is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Its own id.
    Itself,
    /// The id of its source.
    Source,
    /// The id of its target.
    Target,
}

#[auto_type]
fn linked() -> _ {
    let of_object = association::patient_id
        .eq(registry_object::patient_id)
        .and(association::entry_uuid.eq(registry_object::entry_uuid));
    registry_object::table.inner_join(association::table.on(of_object)).select((
        (registry_object::entry_uuid, registry_object::kind, registry_object::status, registry_object::patient_id),
        (association::source, association::target),
        association::association_type,
    ))
}

impl Reader<'_> {
    /// Associations with one of the statuses, looked up by some ids.
    pub(super) fn links(
        &mut self,
        by: By,
        ids: &[String],
        status: &[AvailabilityStatus],
    ) -> Result<Vec<Link>, StorageError> {
        let links: IntoBoxed<'_, linked, Database> = linked().into_boxed();
        let links = match by {
            By::Itself => links
                .filter(in_list(association::patient_id, self.patients_of_objects(ids)?))
                .filter(in_list(association::entry_uuid, ids)),
            By::Source => links.filter(in_list(association::source, ids)),
            By::Target => links.filter(in_list(association::target, ids)),
        };
        let rows: Vec<(Identity, Ends, String)> = links
            .filter(in_list(registry_object::status, status.iter().map(|status| of_status(*status))))
            .order(registry_object::entry_uuid)
            .load(self.connection)?;
        Ok(rows
            .into_iter()
            .map(|(identity, ends, association_type)| Link { identity, ends, association_type })
            .collect())
    }

    /// Associations that touch one of some objects at either end, none twice.
    pub(super) fn links_touching(
        &mut self,
        ids: &[String],
        status: &[AvailabilityStatus],
    ) -> Result<Vec<Link>, StorageError> {
        let mut links = self.links(By::Source, ids, status)?;
        let seen: BTreeSet<String> = links.iter().map(|link| link.identity.urn()).collect();
        let towards = self.links(By::Target, ids, status)?;
        links.extend(towards.into_iter().filter(|link| !seen.contains(&link.identity.urn())));
        Ok(links)
    }

    /// Approved associations of some types towards some objects, from objects of one kind that are Approved.
    pub(super) fn approved_towards(
        &mut self,
        targets: &[&str],
        types: &[AssociationType],
        from: ObjectKind,
    ) -> Result<Vec<Ends>, StorageError> {
        let (link, end) = diesel::alias!(registry_object as link, registry_object as end);
        let approved = of_status(AvailabilityStatus::Approved);
        let of_link = link
            .field(registry_object::patient_id)
            .eq(association::patient_id)
            .and(link.field(registry_object::entry_uuid).eq(association::entry_uuid));
        let of_end = end
            .field(registry_object::patient_id)
            .eq(global_id::patient_id)
            .and(end.field(registry_object::entry_uuid).eq(global_id::entry_uuid));
        let rows: Vec<(String, String)> = association::table
            .inner_join(link.on(of_link))
            .inner_join(global_id::table.on(global_id::entry_uuid.eq(association::source)))
            .inner_join(end.on(of_end))
            .filter(in_list(association::target, targets.iter().copied()))
            .filter(in_list(association::association_type, types.iter().map(|kind| of_association_type(*kind))))
            .filter(link.field(registry_object::status).eq(approved))
            .filter(
                end.field(registry_object::kind).eq(of_kind(from)).and(end.field(registry_object::status).eq(approved)),
            )
            .select((association::source, association::target))
            .order((association::source, association::target))
            .load(self.connection)?;
        Ok(rows.into_iter().map(|(source, target)| Ends { source, target }).collect())
    }

    /// Which of some objects are the source of an association of a type.
    pub(super) fn sources_of(&mut self, ids: &[&str], kind: AssociationType) -> Result<Vec<String>, StorageError> {
        Ok(association::table
            .filter(in_list(association::source, ids.iter().copied()))
            .filter(association::association_type.eq(of_association_type(kind)))
            .select(association::source)
            .distinct()
            .load(self.connection)?)
    }
}

impl Writer<'_> {
    /// Stores who an association relates.
    pub(super) fn insert_association(
        &mut self,
        stored: &Registered<Association>,
        patient_id: &str,
    ) -> Result<(), StorageError> {
        let row = AssociationRow {
            patient_id,
            entry_uuid: stored.entry_uuid.as_str(),
            source: stored.value.source.as_str(),
            target: stored.value.target.as_str(),
            association_type: of_association_type(stored.value.association_type),
        };
        insert_into(association::table).values(row).execute(self.connection)?;
        Ok(())
    }
}
