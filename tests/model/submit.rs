//! A submission, and what becomes of it: refused whole or taken whole. Spec: ITI TF-2: 3.42.4.1.3, 3.61.4.1.3; ITI TF-3: 4.2.2.

use crate::model::query::earliest;
use crate::model::world::{Codes, Entry, Folder, Id, LinkKind, Object, Set, Status, What, World};

/// What is sent to ITI-42 or ITI-61.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    /// Sent to ITI-61.
    pub(crate) on_demand: bool,
    pub(crate) set: Sent<Set>,
    pub(crate) entries: Vec<Sent<Entry>>,
    pub(crate) folders: Vec<Sent<Folder>>,
    pub(crate) links: Vec<SentLink>,
}

/// An object with what all kinds have.
#[derive(Debug, Clone)]
pub(crate) struct Sent<T> {
    /// The entryUUID, or a name that is valid in the message only.
    pub(crate) id: String,
    /// In an update, the logicalID of what gets a new version.
    pub(crate) lid: Option<End>,
    pub(crate) patient: String,
    pub(crate) unique_id: String,
    pub(crate) title: String,
    /// A required attribute that was forgotten.
    pub(crate) without: Option<&'static str>,
    pub(crate) value: T,
}

#[derive(Debug, Clone)]
pub(crate) struct SentLink {
    pub(crate) id: String,
    /// In a slot of extra metadata, by which the association is known again.
    pub(crate) title: String,
    pub(crate) kind: LinkKind,
    pub(crate) source: End,
    pub(crate) target: End,
    /// Slot `SubmissionSetStatus`.
    pub(crate) membership: Option<&'static str>,
    /// Whether it carries a documentation code.
    pub(crate) documented: bool,
    /// Slots of ITI-57: `PreviousVersion`, `AssociationPropagation`, `OriginalStatus`, `NewStatus`.
    pub(crate) orders: Vec<(&'static str, String)>,
}

/// What an association names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The submission set of the message.
    Set,
    /// An entry of the message.
    Entry(usize),
    /// A folder of the message.
    Folder(usize),
    /// An association of the message.
    Link(usize),
    /// An object of the registry.
    Known(Id),
    /// A UUID that nobody has.
    NoUuid(String),
    /// A name that nothing in the message has.
    NoName(String),
}

/// Where the objects of a submission went.
pub(crate) struct Stored {
    pub(crate) set: Id,
    pub(crate) entries: Vec<Id>,
    pub(crate) folders: Vec<Id>,
    pub(crate) links: Vec<Id>,
}

impl Stored {
    pub(crate) fn end(&self, end: &End) -> Id {
        match end {
            End::Set => self.set,
            End::Entry(at) => self.entries[*at],
            End::Folder(at) => self.folders[*at],
            End::Link(at) => self.links[*at],
            End::Known(id) => *id,
            End::NoUuid(_) | End::NoName(_) => panic!("a submission that names nothing was taken"),
        }
    }
}

/// Takes a submission, or says by which codes it may be refused.
pub(crate) fn submit(
    world: &mut World,
    sent: &Submission,
    known_uuids: &dyn Fn(&str) -> bool,
    now: &str,
) -> Result<Stored, Codes> {
    let mut codes = Codes::new();
    attributes(sent, &mut codes);
    unique_ids(world, sent, &mut codes);
    patients(world, sent, &mut codes);
    memberships(world, sent, &mut codes);
    relationships(world, sent, &mut codes);
    let ids = sent.entries.iter().map(|one| &one.id).chain(sent.folders.iter().map(|one| &one.id));
    let ids = ids.chain([&sent.set.id]).chain(sent.links.iter().map(|link| &link.id));
    if ids.into_iter().any(|id| known_uuids(id)) {
        codes.insert("XDSRegistryMetadataError");
        // An id that means two things: what the rest of the message says by it is anybody's guess.
        codes.extend([
            "UnresolvedReferenceException",
            "XDSRegistryDeprecatedDocumentError",
            "XDSPatientIdDoesNotMatch",
        ]);
    }
    if codes.is_empty() { Ok(store(world, sent, now)) } else { Err(codes) }
}

/// Every required attribute is there, times make sense, entries are of the kind that the transaction takes.
fn attributes(sent: &Submission, codes: &mut Codes) {
    let forgotten = sent.entries.iter().map(|one| one.without).chain(sent.folders.iter().map(|one| one.without));
    if forgotten.chain([sent.set.without]).flatten().next().is_some() {
        codes.insert("XDSRegistryMetadataError");
    }
    for entry in &sent.entries {
        let value = &entry.value;
        let backwards =
            value.start.as_ref().zip(value.stop.as_ref()).is_some_and(|(start, stop)| earliest(start) > earliest(stop));
        if backwards || value.on_demand != sent.on_demand {
            codes.insert("XDSRegistryMetadataError");
        }
    }
    if sent.on_demand && sent.entries.is_empty() {
        codes.insert("XDSRegistryMetadataError");
    }
}

/// A uniqueId stands once in the message; sets and folders never share theirs; a document may come again as the same bytes.
fn unique_ids(world: &World, sent: &Submission, codes: &mut Codes) {
    let mut all: Vec<&String> = vec![&sent.set.unique_id];
    all.extend(sent.entries.iter().map(|one| &one.unique_id));
    all.extend(sent.folders.iter().map(|one| &one.unique_id));
    if all.iter().any(|id| all.iter().filter(|other| *other == id).count() > 1) {
        codes.insert("XDSRegistryDuplicateUniqueIdInMessage");
    }
    let used = |id: &String| world.objects().any(|object| object.unique_id == *id);
    if used(&sent.set.unique_id) || sent.folders.iter().any(|folder| used(&folder.unique_id)) {
        codes.insert("XDSDuplicateUniqueIdInRegistry");
    }
    for entry in &sent.entries {
        // What a former version stated binds nobody any more: hash and size may be updated.
        let same = |object: &&Object| object.unique_id == entry.unique_id && world.is_latest(object);
        for known in world.objects().filter(same) {
            let Some(known) = known.entry() else {
                codes.insert("XDSDuplicateUniqueIdInRegistry");
                continue;
            };
            if entry.without != Some("hash") && !known.hash.eq_ignore_ascii_case(&entry.value.hash) {
                codes.insert("XDSNonIdenticalHash");
            }
            if entry.without != Some("size") && known.size != entry.value.size {
                codes.insert("XDSNonIdenticalSize");
            }
        }
    }
}

/// The patient is known, and is the one of the set.
fn patients(world: &World, sent: &Submission, codes: &mut Codes) {
    let members = sent.entries.iter().map(|one| &one.patient).chain(sent.folders.iter().map(|one| &one.patient));
    for patient in members.clone().chain([&sent.set.patient]) {
        if !world.patients.contains(patient) {
            codes.insert("XDSUnknownPatientId");
        }
    }
    if members.into_iter().any(|patient| *patient != sent.set.patient) {
        codes.insert("XDSPatientIdDoesNotMatch");
    }
}

/// What an end is. Nothing when it names nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Set,
    Entry,
    Folder,
    Link,
    Nothing,
}

pub(crate) fn kind_of(world: &World, end: &End) -> Kind {
    match end {
        End::Set => Kind::Set,
        End::Entry(_) => Kind::Entry,
        End::Folder(_) => Kind::Folder,
        End::Link(_) => Kind::Link,
        End::Known(id) => match world.get(*id).map(|object| &object.what) {
            Some(What::Set(_)) => Kind::Set,
            Some(What::Entry(_)) => Kind::Entry,
            Some(What::Folder(_)) => Kind::Folder,
            Some(What::Link(_)) => Kind::Link,
            None => Kind::Nothing,
        },
        End::NoUuid(_) | End::NoName(_) => Kind::Nothing,
    }
}

fn patient_of(world: &World, sent: &Submission, end: &End) -> String {
    match end {
        End::Entry(at) => sent.entries[*at].patient.clone(),
        End::Folder(at) => sent.folders[*at].patient.clone(),
        End::Known(id) => world.get(*id).map(|object| object.patient.clone()).unwrap_or_default(),
        End::Set | End::Link(_) | End::NoUuid(_) | End::NoName(_) => String::new(),
    }
}

/// Whether an object of the registry is out of force.
fn is_deprecated(world: &World, end: &End) -> bool {
    matches!(end, End::Known(id) if world.get(*id).is_some_and(|object| object.status == Status::Deprecated))
}

/// Who may hold whom, how the set says so, and who must be held by it.
fn memberships(world: &World, sent: &Submission, codes: &mut Codes) {
    for link in &sent.links {
        for end in [&link.source, &link.target] {
            match end {
                End::NoUuid(_) => codes.insert("UnresolvedReferenceException"),
                End::NoName(_) => codes.insert("XDSRegistryMetadataError"),
                End::Set | End::Entry(_) | End::Folder(_) | End::Link(_) | End::Known(_) => false,
            };
        }
        let is_order = matches!(link.kind, LinkKind::UpdateStatus | LinkKind::Submit);
        let documentable =
            link.kind.is_relationship() && !matches!(link.kind, LinkKind::Signs | LinkKind::IsSnapshotOf);
        if is_order
            || link.kind == LinkKind::Unknown
            || !link.orders.is_empty()
            || (link.documented && !documentable)
            || kind_of(world, &link.target) == Kind::Set
        {
            codes.insert("XDSRegistryMetadataError");
        }
    }
    for link in sent.links.iter().filter(|link| link.kind == LinkKind::HasMember) {
        membership(world, sent, link, codes);
    }
    let held = |member: &End| {
        sent.links
            .iter()
            .filter(|link| link.kind == LinkKind::HasMember && link.source == End::Set && link.target == *member)
            .count()
    };
    let entries = (0..sent.entries.len()).map(End::Entry);
    let folders = (0..sent.folders.len()).map(End::Folder);
    let in_folders = (0..sent.links.len())
        .filter(|at| {
            let link = &sent.links[*at];
            link.kind == LinkKind::HasMember
                && kind_of(world, &link.source) == Kind::Folder
                && kind_of(world, &link.target) == Kind::Entry
        })
        .map(End::Link);
    if entries.chain(folders).chain(in_folders).any(|member| held(&member) != 1) {
        codes.insert("XDSRegistryMetadataError");
    }
}

/// The legal shapes: the set holds a document (`Original` if submitted, else `Reference`), a submitted folder, or a
/// submitted membership of a folder; a folder holds a document of its patient, both in force.
fn membership(world: &World, sent: &Submission, link: &SentLink, codes: &mut Codes) {
    let (source, target) = (kind_of(world, &link.source), kind_of(world, &link.target));
    if source == Kind::Nothing || target == Kind::Nothing {
        return;
    }
    let legal = match (&link.source, &link.target) {
        (End::Set, End::Entry(_)) => link.membership == Some("Original"),
        (End::Set, End::Known(_)) => target == Kind::Entry && link.membership == Some("Reference"),
        (End::Set, End::Folder(_)) => true,
        (End::Set, End::Link(at)) => {
            let member = &sent.links[*at];
            member.kind == LinkKind::HasMember
                && kind_of(world, &member.source) == Kind::Folder
                && kind_of(world, &member.target) == Kind::Entry
        }
        _ => source == Kind::Folder && target == Kind::Entry && link.membership != Some("Original"),
    };
    if !legal {
        codes.insert("XDSRegistryMetadataError");
    }
    if source == Kind::Folder {
        if [&link.source, &link.target].into_iter().any(|end| is_deprecated(world, end)) {
            codes.insert("XDSRegistryDeprecatedDocumentError");
        }
        if target == Kind::Entry && patient_of(world, sent, &link.source) != patient_of(world, sent, &link.target) {
            codes.insert("XDSPatientIdDoesNotMatch");
        }
    }
}

/// A relationship leads from a submitted document to a document in force of the same patient.
fn relationships(world: &World, sent: &Submission, codes: &mut Codes) {
    for link in sent.links.iter().filter(|link| link.kind.is_relationship()) {
        let (source, target) = (kind_of(world, &link.source), kind_of(world, &link.target));
        if source != Kind::Nothing && !matches!(link.source, End::Entry(_)) {
            codes.insert("UnresolvedReferenceException");
        }
        if target != Kind::Nothing && target != Kind::Entry || link.source == link.target {
            codes.insert("UnresolvedReferenceException");
        }
        let in_registry_only = link.kind.replaces() || link.kind == LinkKind::IsSnapshotOf;
        if in_registry_only && matches!(link.target, End::Entry(_)) {
            codes.insert("UnresolvedReferenceException");
        }
        if is_deprecated(world, &link.target) {
            codes.insert("XDSRegistryDeprecatedDocumentError");
        }
        let both = source == Kind::Entry && target == Kind::Entry;
        if both && patient_of(world, sent, &link.source) != patient_of(world, sent, &link.target) {
            codes.insert("XDSPatientIdDoesNotMatch");
        }
        if link.kind == LinkKind::Append && is_transformation(world, sent, &link.target) {
            codes.insert("XDSRegistryMetadataError");
        }
        if link.kind == LinkKind::IsSnapshotOf {
            let of_stable = matches!(link.target, End::Known(id) if world.entry(id).is_some_and(|one| !one.on_demand));
            if of_stable || matches!(link.source, End::Entry(at) if sent.entries[at].value.on_demand) {
                codes.insert("XDSRegistryMetadataError");
            }
        }
    }
}

/// Nothing is appended to the source of an XFRM.
fn is_transformation(world: &World, sent: &Submission, end: &End) -> bool {
    let in_message = sent.links.iter().any(|link| link.kind == LinkKind::Transform && link.source == *end);
    let in_registry = matches!(end, End::Known(id)
        if world.links().any(|(_, link)| link.kind == LinkKind::Transform && link.source == *id));
    in_message || in_registry
}

/// Stores a submission that broke no rule, with all that follows from it.
fn store(world: &mut World, sent: &Submission, now: &str) -> Stored {
    let replaced: Vec<(usize, Id)> = sent
        .links
        .iter()
        .filter(|link| link.kind.replaces())
        .filter_map(|link| match (&link.source, &link.target) {
            (End::Entry(at), End::Known(id)) => Some((*at, *id)),
            _ => None,
        })
        .collect();
    // Where replacements go is asked before the submission is stored.
    let folders_of: Vec<(usize, Id)> = replaced
        .iter()
        .flat_map(|(at, id)| approved_folders_of(world, *id).into_iter().map(move |folder| (*at, folder)))
        .collect();
    for (_, id) in &replaced {
        deprecate(world, *id);
    }
    let set = world.add(&sent.set.patient, &sent.set.unique_id, &sent.set.title, What::Set(sent.set.value.clone()));
    let mut stored = Stored { set, entries: Vec::new(), folders: Vec::new(), links: Vec::new() };
    for one in &sent.entries {
        let what = What::Entry(Box::new(one.value.clone()));
        stored.entries.push(world.add(&one.patient, &one.unique_id, &one.title, what));
    }
    for one in &sent.folders {
        let what = What::Folder(Folder { codes: one.value.codes.clone(), updated: now.to_owned() });
        stored.folders.push(world.add(&one.patient, &one.unique_id, &one.title, what));
    }
    // An association may name a later one of the message.
    let first = world.places.len();
    stored.links = (0..sent.links.len()).map(|at| Id(first + at)).collect();
    for link in &sent.links {
        let id = world.add_link(link.kind, stored.end(&link.source), stored.end(&link.target), link.membership);
        world.change(id).title.clone_from(&link.title);
    }
    for (at, folder) in folders_of {
        let document = stored.entries[at];
        let holds = |link: &crate::model::world::Link| (link.source, link.target) == (folder, document);
        if !world.links().any(|(_, link)| holds(link)) {
            put_into_folder(world, set, folder, document);
        }
    }
    let mut touched: Vec<Id> = world
        .links()
        .filter(|(object, link)| object.id >= set && link.kind == LinkKind::HasMember && link.source < set)
        .map(|(_, link)| link.source)
        .collect();
    touched.sort_unstable();
    touched.dedup();
    for folder in touched {
        world.touch(folder, now);
    }
    stored
}

/// A membership that the registry adds belongs to the set that caused it.
pub(crate) fn put_into_folder(world: &mut World, set: Id, folder: Id, document: Id) -> Id {
    let membership = world.add_link(LinkKind::HasMember, folder, document, None);
    world.add_link(LinkKind::HasMember, set, membership, None);
    membership
}

fn approved_folders_of(world: &World, document: Id) -> Vec<Id> {
    world
        .links()
        .filter(|(object, link)| {
            object.status == Status::Approved
                && link.kind == LinkKind::HasMember
                && link.target == document
                && world.is_folder(link.source)
                && world.is_approved(link.source)
        })
        .map(|(_, link)| link.source)
        .collect()
}

/// A document that is replaced takes its addenda and transformations with it, and theirs.
fn deprecate(world: &mut World, document: Id) {
    world.change(document).status = Status::Deprecated;
    let dependants: Vec<Id> = world
        .links()
        .filter(|(object, link)| {
            object.status == Status::Approved
                && matches!(link.kind, LinkKind::Append | LinkKind::Transform)
                && link.target == document
                && world.is_approved(link.source)
        })
        .map(|(_, link)| link.source)
        .collect();
    for dependant in dependants {
        deprecate(world, dependant);
    }
}
