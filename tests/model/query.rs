//! Stored queries answered by looking at every object. Spec: ITI TF-2: 3.18.4.1.2, 3.51.4.1.2.
//!
//! Parameters are kept as they are sent: names with lists of texts, one list for each slot.

use crate::model::name::{Name, is_code, is_find, is_repeatable};
use crate::model::registry::just_now;
use crate::model::world::{Code, Codes, Entry, Id, Link, LinkKind, Object, Status, What, World};

/// A query as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) name: Name,
    /// `LeafClass`, or else `ObjectRef`.
    pub(crate) leaf: bool,
    pub(crate) slots: Vec<Slot>,
}

#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) name: &'static str,
    pub(crate) values: Vec<Value>,
}

/// A value: a text to be quoted, a number, or an object of the registry.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Number(String),
    Uuid(Id),
    /// A UUID that nobody has.
    NoUuid(String),
}

impl Query {
    fn of(&self, name: &str) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(move |slot| slot.name == name)
    }

    fn has(&self, name: &str) -> bool {
        self.of(name).next().is_some()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.of(name).flat_map(|slot| slot.values.iter().map(Value::text)).collect()
    }

    fn first(&self, name: &str) -> Option<String> {
        self.texts(name).into_iter().next()
    }

    fn ids(&self, name: &str) -> Vec<Id> {
        let ids = self.of(name).flat_map(|slot| &slot.values).filter_map(|value| match value {
            Value::Uuid(id) => Some(*id),
            Value::Text(_) | Value::Number(_) | Value::NoUuid(_) => None,
        });
        ids.collect()
    }

    /// The statuses asked for, if the parameter stands.
    fn statuses(&self, name: &str) -> Option<Vec<Status>> {
        let known = |text: &String| [Status::Approved, Status::Deprecated].into_iter().find(|one| one.urn() == *text);
        self.has(name).then(|| self.texts(name).iter().filter_map(known).collect())
    }

    fn shows_history(&self) -> bool {
        self.first("$MetadataLevel").as_deref() == Some("2")
    }

    /// The associations that the query may see: those in force, or with history those of the statuses asked for.
    ///
    /// What orders a change (ITI-57) is kept, and is history.
    fn sees(&self, association: &Object) -> bool {
        let is_order =
            association.link().is_some_and(|link| matches!(link.kind, LinkKind::UpdateStatus | LinkKind::Submit));
        if is_order && !self.shows_history() {
            return false;
        }
        let wanted = self.statuses("$XDSAssociationStatus").filter(|_| self.shows_history());
        wanted.unwrap_or_else(|| vec![Status::Approved]).contains(&association.status)
    }
}

impl Value {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) | Self::NoUuid(text) => text.clone(),
            Self::Uuid(id) => format!("#{}", id.0),
        }
    }
}

/// Answers a query, or says with which codes it may be refused.
pub(crate) fn ask(world: &World, query: &Query) -> Result<Vec<Id>, Codes> {
    let codes = faults(query);
    if !codes.is_empty() {
        return Err(codes);
    }
    let mut found = answer(world, query);
    found.sort_unstable();
    found.dedup();
    let by_id = query.name != Name::GetAll && !is_find(query.name);
    if by_id && query.leaf {
        let mut patients: Vec<&str> = found
            .iter()
            .filter_map(|id| world.get(*id))
            .filter(|object| object.link().is_none())
            .map(|object| object.patient.as_str())
            .collect();
        patients.sort_unstable();
        patients.dedup();
        if patients.len() > 1 {
            return Err(Codes::from(["XDSResultNotSinglePatient"]));
        }
    }
    Ok(found)
}

fn faults(query: &Query) -> Codes {
    let mut codes = Codes::new();
    for name in query.name.required() {
        let nothing_left = name.ends_with("Status") && query.statuses(name).is_some_and(|known| known.is_empty());
        if !query.has(name) || nothing_left {
            codes.insert("XDSStoredQueryMissingParam");
        }
    }
    let (choices, exclusive) = query.name.one_of();
    let chosen = choices.iter().filter(|name| query.has(name)).count();
    if !choices.is_empty() && chosen == 0 {
        codes.insert("XDSStoredQueryMissingParam");
    }
    if exclusive && chosen > 1 {
        codes.insert("XDSStoredQueryParamNumber");
    }
    for slot in &query.slots {
        let (slots, values) = (query.of(slot.name).count(), query.texts(slot.name).len());
        if (slots > 1 && !is_repeatable(slot.name)) || (values > 1 && query.name.is_single(slot.name)) {
            codes.insert("XDSStoredQueryParamNumber");
        }
        if is_code(slot.name)
            && query.name.takes_codes()
            && slot.values.iter().any(|value| code(&value.text()).is_none())
        {
            codes.insert("XDSRegistryError");
        }
        if slot.name.ends_with("LogicalID") && !query.shows_history() {
            codes.insert("XDSRegistryError");
        }
    }
    if query.first("$MetadataLevel").is_some_and(|level| level != "1" && level != "2") {
        codes.insert("XDSRegistryError");
    }
    codes
}

/// `code^^scheme`.
fn code(text: &str) -> Option<Code> {
    match text.split('^').collect::<Vec<_>>().as_slice() {
        [code, "", scheme] if !code.is_empty() && !scheme.is_empty() => {
            Some(((*code).to_owned(), (*scheme).to_owned()))
        }
        _ => None,
    }
}

fn answer(world: &World, query: &Query) -> Vec<Id> {
    let objects = world.objects();
    let ids = |chosen: Vec<&Object>| chosen.into_iter().map(|object| object.id).collect::<Vec<_>>();
    match query.name {
        Name::FindDocuments | Name::FindDocumentsByReferenceId | Name::FindDocumentsForMultiplePatients => {
            ids(objects.filter(|one| is_shown(world, query, one) && entry_passes(one, query)).collect())
        }
        Name::FindSubmissionSets => ids(objects.filter(|one| set_passes(one, query)).collect()),
        Name::FindFolders | Name::FindFoldersForMultiplePatients => {
            ids(objects.filter(|one| is_shown(world, query, one) && folder_passes(one, query)).collect())
        }
        Name::GetAll => get_all(world, query),
        Name::GetDocuments => documents(world, query),
        Name::GetFolders => folders(world, query),
        Name::GetAssociations => touching(world, query, &query.ids("$uuid")),
        Name::GetDocumentsAndAssociations => {
            let mut found = documents(world, query);
            found.extend(touching(world, query, &found.clone()));
            found
        }
        Name::GetSubmissionSets => submission_sets(world, query),
        Name::GetSubmissionSetAndContents => submission_set_and_contents(world, query),
        Name::GetFolderAndContents => folder_and_contents(world, query),
        Name::GetFoldersForDocument => {
            let documents = documents(world, query);
            let holds = |link: &Link, folder: Id| link.source == folder && documents.contains(&link.target);
            let held = |folder: Id| members(world, query).any(|(_, link)| holds(link, folder));
            ids(objects.filter(|one| world.is_folder(one.id) && is_shown(world, query, one) && held(one.id)).collect())
        }
        Name::GetRelatedDocuments => related_documents(world, query),
    }
}

/// Former versions are history.
fn is_shown(world: &World, query: &Query, object: &Object) -> bool {
    query.shows_history() || world.is_latest(object)
}

fn members<'w>(world: &'w World, query: &Query) -> impl Iterator<Item = (&'w Object, &'w Link)> {
    world.links().filter(|(object, link)| link.kind == LinkKind::HasMember && query.sees(object))
}

/// Associations with one end among some objects.
fn touching(world: &World, query: &Query, ids: &[Id]) -> Vec<Id> {
    let touches = |link: &Link| ids.contains(&link.source) || ids.contains(&link.target);
    world.links().filter(|(object, link)| query.sees(object) && touches(link)).map(|(object, _)| object.id).collect()
}

fn get_all(world: &World, query: &Query) -> Vec<Id> {
    let patient = query.first("$patientId");
    let of_patient = world.objects().filter(|object| Some(&object.patient) == patient.as_ref());
    let wanted = |object: &&Object| {
        let name = match &object.what {
            What::Set(_) => "$XDSSubmissionSetStatus",
            What::Entry(_) => "$XDSDocumentEntryStatus",
            What::Folder(_) => "$XDSFolderStatus",
            What::Link(_) => return false,
        };
        let passes = object.entry().is_none_or(|entry| entry_is_of_content(entry, query));
        is_shown(world, query, object) && passes && query.statuses(name).is_some_and(|all| all.contains(&object.status))
    };
    let mut found: Vec<Id> = of_patient.filter(wanted).map(|object| object.id).collect();
    found.extend(touching(world, query, &found.clone()));
    found
}

/// By entryUUID whatever version; by uniqueId the versions that show; by logicalID all.
fn selected(world: &World, query: &Query, prefix: &str, is_kind: impl Fn(&Object) -> bool) -> Vec<Id> {
    let uuids = query.ids(&format!("{prefix}EntryUUID"));
    let unique_ids = query.texts(&format!("{prefix}UniqueId"));
    let logical = query.ids(&format!("{prefix}LogicalID"));
    let chosen = |object: &&Object| {
        uuids.contains(&object.id)
            || (unique_ids.contains(&object.unique_id) && is_shown(world, query, object))
            || logical.contains(&object.logical)
    };
    world.objects().filter(|one| is_kind(one)).filter(chosen).map(|object| object.id).collect()
}

fn documents(world: &World, query: &Query) -> Vec<Id> {
    selected(world, query, "$XDSDocumentEntry", |one| one.entry().is_some())
}

fn folders(world: &World, query: &Query) -> Vec<Id> {
    selected(world, query, "$XDSFolder", |one| world.is_folder(one.id))
}

fn submission_sets(world: &World, query: &Query) -> Vec<Id> {
    let uuids = query.ids("$uuid");
    let holding = members(world, query).filter(|(_, link)| world.is_set(link.source) && uuids.contains(&link.target));
    holding.flat_map(|(object, link)| [object.id, link.source]).collect()
}

/// The set, its documents that pass, its folders; memberships that it holds when both their ends are there; and its
/// own associations to what is there.
fn submission_set_and_contents(world: &World, query: &Query) -> Vec<Id> {
    let mut found = selected(world, query, "$XDSSubmissionSet", |one| world.is_set(one.id));
    let own: Vec<(Id, Id)> = members(world, query)
        .filter(|(_, link)| found.contains(&link.source))
        .map(|(object, link)| (object.id, link.target))
        .collect();
    for (_, member) in &own {
        let document = world.entry(*member).is_some_and(|entry| entry_is_of_content(entry, query));
        if document || world.is_folder(*member) {
            found.push(*member);
        }
    }
    for (_, member) in &own {
        let Some(object) = world.get(*member) else { continue };
        if object.link().is_some_and(|link| found.contains(&link.source) && found.contains(&link.target))
            && query.sees(object)
        {
            found.push(*member);
        }
    }
    let links: Vec<Id> = own.iter().filter(|(_, member)| found.contains(member)).map(|(id, _)| *id).collect();
    found.extend(links);
    found
}

fn folder_and_contents(world: &World, query: &Query) -> Vec<Id> {
    let mut found = folders(world, query);
    let folders = found.clone();
    for (object, link) in members(world, query).filter(|(_, link)| folders.contains(&link.source)) {
        let Some(document) = world.get(link.target) else { continue };
        let passes = document.entry().is_some_and(|entry| entry_is_of_content(entry, query));
        if passes && is_shown(world, query, document) {
            found.extend([object.id, document.id]);
        }
    }
    found
}

/// Associations of the types between the document and another, both of a type asked for, and these documents.
fn related_documents(world: &World, query: &Query) -> Vec<Id> {
    let given = documents(world, query);
    let types = query.texts("$AssociationTypes");
    let passes = |id: Id| {
        let Some(object) = world.get(id) else { return false };
        let shown = given.contains(&id) || is_shown(world, query, object);
        shown && object.entry().is_some_and(|entry| type_passes(entry, query))
    };
    let mut found = Vec::new();
    for (object, link) in world.links().filter(|(object, _)| query.sees(object)) {
        let related = link.kind.is_relationship() && types.iter().any(|one| one == link.kind.urn());
        let touches = given.contains(&link.source) || given.contains(&link.target);
        if related && touches && passes(link.source) && passes(link.target) {
            found.extend([object.id, link.source, link.target]);
        }
    }
    found
}

fn entry_passes(object: &Object, query: &Query) -> bool {
    let Some(entry) = object.entry() else { return false };
    let (created, of) = (&entry.created, "$XDSDocumentEntry");
    one_of(query, "$XDSDocumentEntryPatientId", &object.patient)
        && query.statuses("$XDSDocumentEntryStatus").is_some_and(|all| all.contains(&object.status))
        && code_is(query, "$XDSDocumentEntryClassCode", &entry.class)
        && code_is(query, "$XDSDocumentEntryTypeCode", &entry.kind)
        && code_is(query, "$XDSDocumentEntryPracticeSettingCode", &entry.practice)
        && code_is(query, "$XDSDocumentEntryHealthcareFacilityTypeCode", &entry.facility)
        && codes_hold(query, "$XDSDocumentEntryEventCodeList", &entry.events)
        && entry_is_of_content(entry, query)
        && within(query, &format!("{of}CreationTime"), (!entry.on_demand).then_some(created))
        && within(query, &format!("{of}ServiceStartTime"), entry.start.as_ref())
        && within(query, &format!("{of}ServiceStopTime"), entry.stop.as_ref())
        && like(query, "$XDSDocumentEntryAuthorPerson", &entry.authors)
        && like(query, "$XDSDocumentEntryReferenceIdList", &entry.references)
}

/// The parameters that choose documents within a whole.
fn entry_is_of_content(entry: &Entry, query: &Query) -> bool {
    code_is(query, "$XDSDocumentEntryFormatCode", &entry.format)
        && codes_hold(query, "$XDSDocumentEntryConfidentialityCode", &entry.confidentiality)
        && type_passes(entry, query)
}

/// Stable documents, if nothing else is asked for.
fn type_passes(entry: &Entry, query: &Query) -> bool {
    let wanted = query.texts("$XDSDocumentEntryType");
    if wanted.is_empty() { !entry.on_demand } else { wanted.iter().any(|one| one == type_urn(entry.on_demand)) }
}

pub(crate) fn type_urn(on_demand: bool) -> &'static str {
    if on_demand {
        "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248"
    } else {
        "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
    }
}

fn set_passes(object: &Object, query: &Query) -> bool {
    let What::Set(set) = &object.what else { return false };
    one_of(query, "$XDSSubmissionSetPatientId", &object.patient)
        && query.statuses("$XDSSubmissionSetStatus").is_some_and(|all| all.contains(&object.status))
        && one_of(query, "$XDSSubmissionSetSourceId", &set.source)
        && within(query, "$XDSSubmissionSetSubmissionTime", Some(&set.time))
        && like(query, "$XDSSubmissionSetAuthorPerson", &set.authors)
        && code_is(query, "$XDSSubmissionSetContentType", &set.content_type)
}

fn folder_passes(object: &Object, query: &Query) -> bool {
    let What::Folder(folder) = &object.what else { return false };
    one_of(query, "$XDSFolderPatientId", &object.patient)
        && query.statuses("$XDSFolderStatus").is_some_and(|all| all.contains(&object.status))
        && changed_within(query, &folder.updated)
        && codes_hold(query, "$XDSFolderCodeList", &folder.codes)
}

/// An end that is the present second, or the one before, means all that has changed so far.
fn changed_within(query: &Query, updated: &String) -> bool {
    let name = "$XDSFolderLastUpdateTime";
    let is_now = query.first(&format!("{name}To")).is_some_and(|to| just_now().contains(&to));
    if is_now {
        query.first(&format!("{name}From")).is_none_or(|from| earliest(&from) <= *updated)
    } else {
        within(query, name, Some(updated))
    }
}

fn one_of(query: &Query, name: &str, value: &String) -> bool {
    !query.has(name) || query.texts(name).contains(value)
}

fn code_is(query: &Query, name: &str, value: &Code) -> bool {
    codes_hold(query, name, std::slice::from_ref(value))
}

/// Each slot names a code that the object has.
fn codes_hold(query: &Query, name: &str, values: &[Code]) -> bool {
    query
        .of(name)
        .all(|slot| slot.values.iter().filter_map(|value| code(&value.text())).any(|wanted| values.contains(&wanted)))
}

/// Each slot has a pattern that one of the values meets.
fn like(query: &Query, name: &str, values: &[String]) -> bool {
    query.of(name).all(|slot| {
        slot.values.iter().any(|pattern| {
            let pattern: Vec<char> = pattern.text().chars().collect();
            values.iter().any(|value| matches(&pattern, &value.chars().collect::<Vec<_>>()))
        })
    })
}

/// `%` is any run, `_` one character, anything else itself.
fn matches(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|at| matches(rest, &text[at..])),
        ['_', rest @ ..] => !text.is_empty() && matches(rest, &text[1..]),
        [one, rest @ ..] => text.first() == Some(one) && matches(rest, &text[1..]),
    }
}

/// From ≤ value < To, each at the earliest instant that it may mean; what states no time is not excluded by a bound.
fn within(query: &Query, name: &str, value: Option<&String>) -> bool {
    let Some(value) = value else { return true };
    let value = earliest(value);
    let from = query.first(&format!("{name}From"));
    let to = query.first(&format!("{name}To"));
    from.is_none_or(|from| earliest(&from) <= value) && to.is_none_or(|to| value < earliest(&to))
}

/// A month or a day that is not told is the first, a time that is not told is midnight.
pub(crate) fn earliest(dtm: &str) -> String {
    let rest = "00000101000000";
    format!("{dtm}{}", &rest[dtm.len()..])
}
