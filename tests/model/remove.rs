//! Removal of metadata: the named objects and nothing else, if nothing is left hanging. Spec: ITI TF-2: 3.62.4.1.3.

use std::collections::BTreeSet;

use crate::model::draw::Draw;
use crate::model::query::Value;
use crate::model::world::{Codes, Id, World};

/// Removes objects, or says by which codes it may be refused. The order of the ids says nothing.
pub(crate) fn remove(world: &mut World, named: &[Value], now: &str) -> Result<(), Codes> {
    let mut codes = Codes::new();
    if named.is_empty() {
        // No other code says that nothing is asked for.
        codes.insert("XDSRegistryError");
    }
    let ids: BTreeSet<Id> = named
        .iter()
        .filter_map(|value| match value {
            Value::Uuid(id) => Some(*id),
            Value::Text(_) | Value::Number(_) | Value::NoUuid(_) => None,
        })
        .collect();
    if named.iter().any(|value| matches!(value, Value::NoUuid(_))) || ids.iter().any(|id| world.get(*id).is_none()) {
        codes.insert("UnresolvedReferenceException");
    }
    if world
        .links()
        .any(|(object, link)| !ids.contains(&object.id) && (ids.contains(&link.source) || ids.contains(&link.target)))
    {
        codes.insert("ReferencesExistException");
    }
    if !stranded(world, &ids).is_empty() {
        codes.insert("XDSUnreferencedObjectException");
    }
    if !codes.is_empty() {
        return Err(codes);
    }
    // A folder that loses a document is another folder than before.
    let memberships = world.links().filter(|(object, _)| ids.contains(&object.id));
    let mut folders: Vec<Id> = memberships.map(|(_, link)| link.source).filter(|id| world.is_folder(*id)).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        world.touch(folder, now);
    }
    for id in ids {
        world.places[id.0] = None;
    }
    Ok(())
}

/// What stays, although the last association that goes from or to it is removed. A document's place in a folder is such a
/// thing too: it is there as a member of a submission set only.
fn stranded(world: &World, removed: &BTreeSet<Id>) -> Vec<Id> {
    let is_end = |id: Id, of_removed: bool| {
        world.links().any(|(object, link)| {
            removed.contains(&object.id) == of_removed && (link.source == id || link.target == id)
        })
    };
    let staying = world.objects().filter(|object| !removed.contains(&object.id));
    staying.map(|object| object.id).filter(|id| is_end(*id, true) && !is_end(*id, false)).collect()
}

impl Draw {
    /// Something with all that hangs on it; sometimes one thing more or less.
    pub(crate) fn removal(&mut self, world: &World) -> Vec<Value> {
        let all: Vec<Id> = world.objects().map(|object| object.id).collect();
        let mut chosen: BTreeSet<Id> = self.random.any(&all).into_iter().collect();
        loop {
            let before = chosen.len();
            let hanging =
                |link: &crate::model::world::Link| chosen.contains(&link.source) || chosen.contains(&link.target);
            let more: Vec<Id> = world.links().filter(|(_, link)| hanging(link)).map(|(object, _)| object.id).collect();
            chosen.extend(more);
            chosen.extend(stranded(world, &chosen));
            if chosen.len() == before {
                break;
            }
        }
        let mut named: Vec<Value> = chosen.into_iter().map(Value::Uuid).collect();
        if self.random.percent(30) && !named.is_empty() {
            match self.random.below(4) {
                0 => drop(named.remove(self.random.below(named.len()))),
                1 => named.push(Value::NoUuid(self.random.uuid(self.serial))),
                2 => named.extend(self.random.any(&all).map(Value::Uuid)),
                _ => named.truncate(1),
            }
        }
        for at in (1..named.len()).rev() {
            named.swap(at, self.random.below(at + 1));
        }
        named
    }
}
