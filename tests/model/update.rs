//! Changes of metadata by ITI-57: which operations a request asks for, what forbids them, what they do.
//! Spec: ITI TF-2: 3.57.4.1.3 (Metadata Update).

use crate::model::submit::{End, Kind, Sent, SentLink, Stored, Submission, kind_of, put_into_folder};
use crate::model::world::{Codes, Folder, Id, Link, LinkKind, Status, What, World};

/// What refuses an update: the kit looks for the code that fits best, and more general ones may stand beside it.
const UPDATE: &str = "XDSMetadataUpdateError";
const OPERATION: &str = "XDSMetadataUpdateOperationError";
const VERSION: &str = "XDSMetadataVersionError";
const METADATA: &str = "XDSRegistryMetadataError";
const PATIENT: &str = "XDSPatientIDReconciliationError";

/// Carries an update out, or says by which codes it may be refused.
pub(crate) fn update(
    world: &mut World,
    sent: &Submission,
    known_uuids: &dyn Fn(&str) -> bool,
    now: &str,
) -> Result<Stored, Codes> {
    let mut codes = Codes::new();
    set_is_new(world, sent, known_uuids, &mut codes);
    versions(world, sent, &mut codes);
    orders(world, sent, &mut codes);
    let successors = successors(world, sent);
    let relations = taken_over(world, &successors);
    patients_of_relations(world, &successors, &relations, &mut codes);
    if !codes.is_empty() {
        return Err(codes);
    }
    let (mut after, before) = (world.clone(), world.clone());
    let stored = install(&mut after, sent, &successors, &relations, now);
    // Statuses are changed once new versions and associations are there.
    for link in sent.links.iter().filter(|link| link.kind == LinkKind::UpdateStatus) {
        change_status(&mut after, &before, &stored, link, now)?;
    }
    *world = after;
    Ok(stored)
}

/// One set, with an id and a uniqueId that nothing has, of a known patient.
fn set_is_new(world: &World, sent: &Submission, known_uuids: &dyn Fn(&str) -> bool, codes: &mut Codes) {
    if world.objects().any(|object| object.unique_id == sent.set.unique_id) {
        codes.extend(["XDSDuplicateUniqueIdInRegistry", METADATA, UPDATE]);
    }
    if known_uuids(&sent.set.id) {
        codes.insert(METADATA);
    }
    if !world.patients.contains(&sent.set.patient) {
        codes.insert("XDSUnknownPatientId");
    }
}

/// The slot of an order.
fn order<'l>(link: &'l SentLink, name: &str) -> Option<&'l str> {
    link.orders.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// The association by which the set takes a new version in.
fn membership<'s>(sent: &'s Submission, member: &End) -> Option<&'s SentLink> {
    let is = |link: &&SentLink| link.kind == LinkKind::HasMember && link.source == End::Set && link.target == *member;
    sent.links.iter().find(is)
}

/// Whether the members of the former version are taken over.
fn propagates(link: &SentLink) -> bool {
    order(link, "AssociationPropagation") != Some("no")
}

/// The latest version of what a logical id names.
fn latest(world: &World, lid: Option<&End>) -> Option<Id> {
    let Some(End::Known(logical)) = lid else { return None };
    let versions = world.objects().filter(|object| object.logical == *logical);
    versions.max_by_key(|object| object.version).map(|object| object.id)
}

/// A new version names an object that exists by its lid, and the version that it follows, which is in force.
fn versions(world: &World, sent: &Submission, codes: &mut Codes) {
    for (at, entry) in sent.entries.iter().enumerate() {
        let same_type = |id: Id| world.entry(id).is_some_and(|one| one.on_demand == entry.value.on_demand);
        version(world, sent, entry, &End::Entry(at), same_type, codes);
    }
    for (at, folder) in sent.folders.iter().enumerate() {
        version(world, sent, folder, &End::Folder(at), |id| world.is_folder(id), codes);
    }
    let lids: Vec<&End> = sent.entries.iter().filter_map(|one| one.lid.as_ref()).collect();
    if lids.iter().any(|lid| lids.iter().filter(|other| other == &lid).count() > 1) {
        codes.extend([UPDATE, OPERATION, VERSION]);
    }
}

fn version<T>(
    world: &World,
    sent: &Submission,
    one: &Sent<T>,
    member: &End,
    same_type: impl Fn(Id) -> bool,
    codes: &mut Codes,
) {
    if one.without.is_some() {
        codes.insert(METADATA);
    }
    if one.lid.is_none() {
        codes.extend([UPDATE, OPERATION]);
        return;
    }
    let Some(link) = membership(sent, member) else {
        codes.extend([UPDATE, OPERATION, METADATA]);
        return;
    };
    let numeric = order(link, "PreviousVersion").and_then(|text| text.parse::<u32>().ok());
    let misplaced = order(link, "OriginalStatus").is_some() || order(link, "NewStatus").is_some();
    let propagation = order(link, "AssociationPropagation").is_none_or(|word| ["yes", "no"].contains(&word));
    if numeric.is_none() || link.membership != Some("Original") || misplaced || !propagation {
        codes.extend([UPDATE, OPERATION, METADATA]);
    }
    let Some(former) = latest(world, one.lid.as_ref()).filter(|id| !world.is_set(*id)) else {
        codes.extend([VERSION, UPDATE]);
        return;
    };
    let Some(object) = world.get(former) else { return };
    if numeric.is_some_and(|number| number != object.version) {
        codes.insert(VERSION);
    }
    if object.status != Status::Approved || object.unique_id != one.unique_id || !same_type(former) {
        codes.insert(UPDATE);
    }
    // The patient may be another one than before: that of the set.
    if sent.set.patient != one.patient {
        codes.extend([PATIENT, "XDSPatientIdDoesNotMatch"]);
    }
}

/// A former version and its successor.
struct Successor {
    old: Id,
    new: End,
    patient: String,
    propagates: bool,
}

fn successors(world: &World, sent: &Submission) -> Vec<Successor> {
    let entries = sent.entries.iter().enumerate().map(|(at, one)| (End::Entry(at), &one.lid, &one.patient));
    let folders = sent.folders.iter().enumerate().map(|(at, one)| (End::Folder(at), &one.lid, &one.patient));
    let successor = |(new, lid, patient): (End, &Option<End>, &String)| {
        let old = latest(world, lid.as_ref())?;
        let propagates = propagates(membership(sent, &new)?);
        Some(Successor { old, new, patient: patient.clone(), propagates })
    };
    entries.chain(folders).filter_map(successor).collect()
}

/// What related former versions to others in force relates the new ones to them; the place of a version in sets stays its own. Each
/// end that changes has to take its relations over.
fn taken_over(world: &World, successors: &[Successor]) -> Vec<Id> {
    let mut taken = Vec::new();
    for (object, link) in world.links() {
        let into_folder = link.kind == LinkKind::HasMember;
        let relates = link.kind.is_relationship() || into_folder && !world.is_set(link.source);
        let successor = |end: Id| successors.iter().find(move |one| one.old == end);
        let changes = successor(link.source).is_some() || successor(link.target).is_some();
        // A former version of the other end is history. The rules do not say so; without it relations would multiply.
        let goes_on = |end: Id| match successor(end) {
            Some(one) => one.propagates,
            None => world
                .get(end)
                .is_some_and(|object| world.is_latest(object) && (!into_folder || object.status == Status::Approved)),
        };
        if object.status == Status::Approved && relates && changes && goes_on(link.source) && goes_on(link.target) {
            taken.push(object.id);
        }
    }
    taken
}

/// What is related afterwards is of one patient.
fn patients_of_relations(world: &World, successors: &[Successor], relations: &[Id], codes: &mut Codes) {
    let patient = |end: Id| match successors.iter().find(|one| one.old == end) {
        Some(one) => one.patient.clone(),
        None => world.get(end).map(|object| object.patient.clone()).unwrap_or_default(),
    };
    let apart = |link: &Link| patient(link.source) != patient(link.target);
    if relations.iter().filter_map(|id| world.get(*id)?.link()).any(apart) {
        codes.insert(PATIENT);
    }
}

/// Each association belongs to an operation, and each operation is well-formed.
fn orders(world: &World, sent: &Submission, codes: &mut Codes) {
    for (at, link) in sent.links.iter().enumerate() {
        // The names of slots are unique within an object.
        if link.orders.iter().any(|(name, _)| link.orders.iter().filter(|(other, _)| other == name).count() > 1) {
            codes.insert(METADATA);
        }
        let submitted = || {
            let is = |one: &&SentLink| one.kind == LinkKind::Submit && one.target == End::Link(at);
            sent.links.iter().any(|one| is(&one) && one.source == End::Set)
        };
        let of_set = link.source == End::Set;
        let takes_in = link.kind == LinkKind::HasMember && matches!(link.target, End::Entry(_) | End::Folder(_));
        let submits = link.kind == LinkKind::Submit && matches!(link.target, End::Link(_));
        if link.kind == LinkKind::UpdateStatus {
            status_order(world, sent, link, codes);
        } else if of_set && (takes_in || submits) {
            // What it brings is judged by itself.
        } else if submitted() {
            payload(world, sent, link, codes);
        } else {
            codes.extend([OPERATION, METADATA, UPDATE]);
        }
    }
}

fn status_of(text: Option<&str>) -> Option<Status> {
    [Status::Approved, Status::Deprecated].into_iter().find(|status| Some(status.urn()) == text)
}

/// From one status to another; nothing else is said.
fn status_order(world: &World, sent: &Submission, link: &SentLink, codes: &mut Codes) {
    let (from, to) = (status_of(order(link, "OriginalStatus")), status_of(order(link, "NewStatus")));
    let others = link.orders.iter().any(|(name, _)| !matches!(*name, "OriginalStatus" | "NewStatus"));
    if from.is_none() || to.is_none() || from == to || others || link.source != End::Set {
        codes.insert(OPERATION);
    }
    // One operation of a kind for one object.
    let same = |one: &&SentLink| one.kind == LinkKind::UpdateStatus && one.target == link.target;
    if sent.links.iter().filter(same).count() > 1 {
        codes.extend([UPDATE, OPERATION]);
    }
    let is_new = matches!(link.target, End::Entry(_) | End::Folder(_) | End::Link(_));
    if is_new && from != Some(Status::Approved) {
        codes.insert(UPDATE);
    }
    if let End::Known(id) = link.target
        && let Some(object) = world.get(id)
    {
        if Some(object.status) != from {
            codes.insert(UPDATE);
        }
        if !world.is_latest(object) || successors(world, sent).iter().any(|one| one.old == id) {
            codes.extend([UPDATE, VERSION]);
        }
        if object.link().is_some_and(|one| world.is_set(one.source)) {
            codes.insert(UPDATE);
        }
        let of_patient = object.link().map_or(id, |link| link.source);
        if world.get(of_patient).is_some_and(|one| one.patient != sent.set.patient && one.link().is_none()) {
            codes.extend([PATIENT, "XDSPatientIdDoesNotMatch"]);
        }
    }
    match kind_of(world, &link.target) {
        Kind::Set => codes.extend([UPDATE, OPERATION]),
        Kind::Nothing => codes.extend([UPDATE, VERSION, OPERATION, METADATA, "UnresolvedReferenceException"]),
        Kind::Entry | Kind::Folder | Kind::Link => {}
    }
}

/// An association to be added: a relation of two documents, or a document in a folder, all in force, of one patient.
fn payload(world: &World, sent: &Submission, link: &SentLink, codes: &mut Codes) {
    let (source, target) = (kind_of(world, &link.source), kind_of(world, &link.target));
    let ends = (source, target);
    let fits = if link.kind == LinkKind::HasMember {
        ends == (Kind::Folder, Kind::Entry)
    } else {
        link.kind.is_relationship() && ends == (Kind::Entry, Kind::Entry)
    };
    if source == Kind::Nothing || target == Kind::Nothing {
        codes.extend(["UnresolvedReferenceException", METADATA, UPDATE]);
    } else if !fits || link.source == link.target {
        codes.extend([METADATA, UPDATE, OPERATION]);
    }
    for end in [&link.source, &link.target] {
        if let End::Known(id) = end
            && let Some(object) = world.get(*id)
        {
            if object.status == Status::Deprecated {
                codes.extend([UPDATE, "XDSRegistryDeprecatedDocumentError"]);
            }
            if object.patient != sent.set.patient && object.link().is_none() {
                codes.extend([PATIENT, "XDSPatientIdDoesNotMatch"]);
            }
        }
        // What gets a new version in the same request is out of force; and taking over the associations of an object and adding
        // one to it are not one thing, by whichever name it goes.
        for successor in successors(world, sent) {
            let (is_old, is_new) = (*end == End::Known(successor.old), *end == successor.new);
            if is_old {
                codes.insert(UPDATE);
            }
            if (is_old || is_new) && successor.propagates {
                codes.insert(OPERATION);
            }
        }
    }
    let same = |one: &&SentLink| (one.kind, &one.source, &one.target) == (link.kind, &link.source, &link.target);
    if sent.links.iter().filter(same).count() > 1 {
        codes.insert(UPDATE);
    }
    if let (End::Known(source), End::Known(target)) = (&link.source, &link.target)
        && world.links().any(|(object, known)| {
            object.status == Status::Approved
                && known.kind == link.kind
                && (known.source, known.target) == (*source, *target)
        })
    {
        codes.insert(UPDATE);
    }
}

/// Stores the set, the new versions with what they take over, and the associations that were submitted.
fn install(world: &mut World, sent: &Submission, successors: &[Successor], relations: &[Id], now: &str) -> Stored {
    let set = world.add(&sent.set.patient, &sent.set.unique_id, &sent.set.title, What::Set(sent.set.value.clone()));
    let mut stored = Stored { set, entries: Vec::new(), folders: Vec::new(), links: Vec::new() };
    for one in &sent.entries {
        let old = latest(world, one.lid.as_ref()).unwrap();
        let new = next_version(world, old, one, What::Entry(Box::new(one.value.clone())));
        stored.entries.push(new);
    }
    for one in &sent.folders {
        let old = latest(world, one.lid.as_ref()).unwrap();
        let updated = match world.get(old).map(|object| &object.what) {
            Some(What::Folder(folder)) => folder.updated.clone(),
            _ => now.to_owned(),
        };
        let new = next_version(world, old, one, What::Folder(Folder { codes: one.value.codes.clone(), updated }));
        world.touch(new, now);
        stored.folders.push(new);
    }
    let first = world.places.len();
    stored.links = (0..sent.links.len()).map(|at| Id(first + at)).collect();
    for link in &sent.links {
        let id = world.add_link(link.kind, stored.end(&link.source), stored.end(&link.target), link.membership);
        world.change(id).title.clone_from(&link.title);
    }
    for relation in relations {
        take_over(world, &stored, successors, *relation, now);
    }
    // A document that was put into a folder is one of the set's doing.
    for (at, link) in sent.links.iter().enumerate() {
        if link.kind == LinkKind::HasMember && link.source != End::Set {
            world.add_link(LinkKind::HasMember, set, stored.links[at], None);
            world.touch(stored.end(&link.source), now);
        }
    }
    stored
}

fn next_version<T>(world: &mut World, old: Id, sent: &Sent<T>, what: What) -> Id {
    let (logical, version) = world.get(old).map(|object| (object.logical, object.version)).unwrap();
    world.change(old).status = Status::Deprecated;
    let new = world.add(&sent.patient, &sent.unique_id, &sent.title, what);
    let object = world.change(new);
    (object.logical, object.version) = (logical, version + 1);
    new
}

/// A relation of former versions again, between their successors.
fn take_over(world: &mut World, stored: &Stored, successors: &[Successor], relation: Id, now: &str) {
    let Some((title, link)) = world.get(relation).and_then(|one| Some((one.title.clone(), one.link()?.clone()))) else {
        return;
    };
    let new = |end: Id| successors.iter().find(|one| one.old == end).map(|one| stored.end(&one.new));
    let (source, target) = (new(link.source), new(link.target));
    let ends = (source.unwrap_or(link.source), target.unwrap_or(link.target));
    if link.kind == LinkKind::HasMember {
        world.touch(ends.0, now);
    }
    // The set is told what a document joins; of a folder it holds the new version and no more.
    let copy = if link.kind == LinkKind::HasMember && target.is_some() {
        put_into_folder(world, stored.set, ends.0, ends.1)
    } else {
        world.add_link(link.kind, ends.0, ends.1, None)
    };
    // What else stands in the association stands in its successor too.
    let object = world.change(copy);
    object.title = title;
    if let What::Link(copy) = &mut object.what {
        copy.membership = link.membership;
    }
}

/// Approved to Deprecated or back, of the latest version only, and of associations that are no part of a set.
fn change_status(world: &mut World, before: &World, stored: &Stored, link: &SentLink, now: &str) -> Result<(), Codes> {
    let id = stored.end(&link.target);
    let Some(object) = world.get(id).cloned() else { return Err(Codes::from([UPDATE])) };
    let of_set = object.link().is_some_and(|one| world.is_set(one.source));
    let mut codes = Codes::new();
    if Some(object.status) != status_of(order(link, "OriginalStatus")) || of_set {
        codes.insert(UPDATE);
    }
    if !before.is_latest(&object) || !world.is_latest(&object) {
        codes.extend([UPDATE, VERSION]);
    }
    if !codes.is_empty() {
        return Err(codes);
    }
    world.change(id).status = status_of(order(link, "NewStatus")).unwrap();
    if let What::Link(link) = &object.what
        && link.kind == LinkKind::HasMember
    {
        world.touch(link.source, now);
    }
    Ok(())
}
