//! What may be removed: what exists, with everything that refers to it, leaving nothing behind that is related to nothing.
//! Spec: ITI TF-2: 3.62.4.1.3.

use std::collections::{BTreeMap, BTreeSet};

use crate::datatype::entry_uuid::EntryUuid;
use crate::xds::error::{ErrorCode, Finding};
use crate::xds::metadata::registration::removal::RemovalFacts;
use crate::xds::rule::{Rule, rules};

rules! {
    KNOWN = Rule::new("REMOVE-KNOWN", ErrorCode::UnresolvedReference,
        "each object to be removed exists", "ITI TF-2: 3.62.4.1.3");
    REFERENCES = Rule::new("REMOVE-REFERENCES", ErrorCode::ReferencesExist,
        "an object is removed together with every association that leads from or to it", "ITI TF-2: 3.62.4.1.3");
    ORPHANS = Rule::new("REMOVE-ORPHANS", ErrorCode::UnreferencedObject,
        "what an association related is removed with the last association that touches it", "ITI TF-2: 3.62.4.1.3");
}

/// Findings of one rule that are kept.
const KEPT: usize = 50;

/// Judges the removal of objects by the ids that were sent. All findings; but with an unknown id, nothing else is asked.
pub fn remove(ids: &BTreeSet<String>, facts: &RemovalFacts) -> Vec<Finding> {
    let exists = |id: &String| EntryUuid::parse(id).is_ok_and(|uuid| facts.objects.contains_key(&uuid));
    let unknown = ids.iter().filter(|id| !exists(id)).take(KEPT);
    let unknown: Vec<Finding> = unknown.map(|id| Finding::of(&KNOWN, shown(id)).on(id.as_str())).collect();
    if unknown.is_empty() { references(facts).chain(orphans(facts)).collect() } else { unknown }
}

/// Associations that stay although one of their ends goes.
fn references(facts: &RemovalFacts) -> impl Iterator<Item = Finding> {
    let stay = facts.links.iter().filter(|(id, _)| !facts.objects.contains_key(*id));
    let hanging = stay.filter_map(|(id, link)| {
        let gone = link.ends().into_iter().find(|end| facts.objects.contains_key(*end))?;
        let context = format!("association {id} refers to {gone} and is not in the request");
        Some(Finding::of(&REFERENCES, context).on(gone.as_str()))
    });
    hanging.take(KEPT)
}

/// Objects that stay although the last association that touched them goes. A membership of a folder counts as one that
/// must be touched: it is there only as a member of a submission set.
fn orphans(facts: &RemovalFacts) -> impl Iterator<Item = Finding> {
    let mut left: BTreeMap<&EntryUuid, usize> = BTreeMap::new();
    for (id, link) in &facts.links {
        let stays = usize::from(!facts.objects.contains_key(id));
        link.ends().into_iter().for_each(|end| *left.entry(end).or_default() += stays);
    }
    let removed = facts.links.iter().filter(|(id, _)| facts.objects.contains_key(*id));
    let ends: BTreeSet<&EntryUuid> = removed.flat_map(|(_, link)| link.ends()).collect();
    let orphans = ends.into_iter().filter(move |end| !facts.objects.contains_key(*end) && left.get(end) == Some(&0));
    orphans
        .take(KEPT)
        .map(|end| Finding::of(&ORPHANS, format!("{end} would stay and be related to nothing")).on(end.as_str()))
}

fn shown(id: &str) -> String {
    format!("{} does not exist", id.chars().take(64).collect::<String>())
}
