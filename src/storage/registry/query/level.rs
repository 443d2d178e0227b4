//! How much history a query shows. Spec: ITI TF-2: 3.18.4.1.2.3.9.

use std::collections::BTreeSet;

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};

use crate::storage::dialect::in_list;
use crate::storage::registry::object::Identity;
use crate::storage::schema::global_id;
use crate::storage::{Reader, StorageError};
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::query::MetadataLevel;

impl Reader<'_> {
    /// What of some objects a level shows: at level 1 of each object its latest version only.
    ///
    /// A version that has a successor is never Approved, so that an answer without others asks nothing more.
    pub(super) fn shown(
        &mut self,
        level: MetadataLevel,
        mut objects: Vec<Identity>,
    ) -> Result<Vec<Identity>, StorageError> {
        let approved = AvailabilityStatus::Approved;
        let doubtful: Vec<String> = match level {
            MetadataLevel::One => objects.iter().filter(|one| one.status != approved).map(Identity::urn).collect(),
            MetadataLevel::Two => Vec::new(),
        };
        if !doubtful.is_empty() {
            let superseded = self.superseded(&doubtful)?;
            objects.retain(|object| !superseded.contains(&object.urn()));
        }
        Ok(objects)
    }

    /// Those of some objects that have a later version.
    pub(in crate::storage::registry) fn superseded<T: AsRef<str>>(
        &mut self,
        ids: &[T],
    ) -> Result<BTreeSet<String>, StorageError> {
        let later = diesel::alias!(global_id as later);
        let follows = later
            .field(global_id::logical_id)
            .eq(global_id::logical_id)
            .and(later.field(global_id::version).gt(global_id::version));
        let found: Vec<String> = global_id::table
            .inner_join(later.on(follows))
            .filter(in_list(global_id::entry_uuid, ids))
            .select(global_id::entry_uuid)
            .distinct()
            .load(self.connection)?;
        Ok(found.into_iter().collect())
    }
}
