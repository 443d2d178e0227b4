//! The registry and the model side by side: each step given to both, each answer held against the other.

use std::collections::BTreeMap;

use crate::model::Tally;
use crate::model::draw::Draw;
use crate::model::name::Name;
use crate::model::query::{Query, Slot, Value, ask, type_urn};
use crate::model::registry::Face;
use crate::model::remove::remove;
use crate::model::submit::{Stored, Submission, submit};
use crate::model::update::update;
use crate::model::wire::{Answer, Heard, Uuids, adhoc_query, remove_objects, submit_objects};
use crate::model::world::{Codes, Id, Object, Status, What, World};

const ITI18: &str = "urn:ihe:iti:2007:RegistryStoredQuery";
const ITI42: &str = "urn:ihe:iti:2007:RegisterDocumentSet-b";
const ITI51: &str = "urn:ihe:iti:2009:MultiPatientStoredQuery";
const ITI61: &str = "urn:ihe:iti:2010:RegisterOnDemandDocumentEntry";

const ITI57: &str = "urn:ihe:iti:2010:UpdateDocumentSet";
const ITI62: &str = "urn:ihe:iti:2010:DeleteDocumentSet";

pub(crate) struct Pair<'f, 'a> {
    face: &'f Face<'a>,
    world: World,
    uuids: Uuids,
    ids: BTreeMap<String, Id>,
    /// What was done, in words.
    story: Vec<String>,
}

impl<'f, 'a> Pair<'f, 'a> {
    pub(crate) fn new(face: &'f Face<'a>, patients: &[String]) -> Self {
        let world = World { patients: patients.to_vec(), ..World::default() };
        Self { face, world, uuids: Uuids::new(), ids: BTreeMap::new(), story: Vec::new() }
    }

    /// A fault with all that led to it.
    pub(crate) fn told(&self, fault: &str) -> String {
        format!("{}\n=> {fault}", self.story.join("\n"))
    }

    /// One change of the registry, or an attempt at it.
    pub(crate) async fn step(&mut self, draw: &mut Draw, now: &str, tally: &mut Tally) -> Result<(), String> {
        match draw.random.below(100) {
            0..12 if self.world.objects().next().is_some() => self.removal(draw, now, tally).await,
            12..38 if self.world.objects().next().is_some() => self.update(draw, now, tally).await,
            _ => self.submission(draw, now, tally).await,
        }
    }

    async fn update(&mut self, draw: &mut Draw, now: &str, tally: &mut Tally) -> Result<(), String> {
        let Some(sent) = draw.update(&self.world) else { return Ok(()) };
        self.story.push(format!("{now} update {}", brief(&sent)));
        let mut after = self.world.next();
        let expected = update(&mut after, &sent, &|id| self.is_taken(id), now);
        let answer = self.face.send(ITI57, &submit_objects(&sent, &self.uuids)).await;
        if let Some(stored) = self.judge(&answer, expected, tally)? {
            self.world = after;
            self.learn_sent(&sent, &stored);
        }
        self.agree().await
    }

    async fn removal(&mut self, draw: &mut Draw, now: &str, tally: &mut Tally) -> Result<(), String> {
        let named = draw.removal(&self.world);
        let told: Vec<String> = named.iter().map(|value| self.named(value)).collect();
        self.story.push(format!("{now} remove {}", told.join(", ")));
        let mut after = self.world.next();
        let expected = remove(&mut after, &named, now);
        let answer = self.face.send(ITI62, &remove_objects(&named, &self.uuids)).await;
        if self.judge(&answer, expected, tally)?.is_some() {
            self.world = after;
        }
        self.agree().await
    }

    async fn submission(&mut self, draw: &mut Draw, now: &str, tally: &mut Tally) -> Result<(), String> {
        let mut sent = draw.submission(&self.world);
        if draw.random.percent(22) {
            let known: Vec<String> = self.uuids.values().cloned().collect();
            draw.spoil(&self.world, &known, &mut sent);
        }
        self.story.push(format!("{now} submit {}", brief(&sent)));
        let mut after = self.world.next();
        let expected = submit(&mut after, &sent, &|id| self.is_taken(id), now);
        let action = if sent.on_demand { ITI61 } else { ITI42 };
        let answer = self.face.send(action, &submit_objects(&sent, &self.uuids)).await;
        let stored = self.judge(&answer, expected, tally)?;
        if let Some(stored) = stored {
            self.world = after;
            self.learn_sent(&sent, &stored);
        }
        self.agree().await
    }

    /// Both take it, or both refuse it, with codes that the model has too.
    fn judge<T>(
        &mut self,
        answer: &Answer,
        expected: Result<T, Codes>,
        tally: &mut Tally,
    ) -> Result<Option<T>, String> {
        match expected {
            Ok(taken) if answer.success => {
                tally.taken += 1;
                Ok(Some(taken))
            }
            Ok(_) => Err(format!("the registry refuses what the model takes:\n{}", answer.said)),
            Err(codes) if answer.success => Err(format!("the registry takes what the model refuses: {codes:?}")),
            Err(codes) => {
                tally.refused += 1;
                self.story.push(format!("  refused: {:?}", answer.codes));
                within(answer, &codes).map(|()| None)
            }
        }
    }

    /// Whether an object of the registry has that id; one that was removed leaves it free.
    fn is_taken(&self, id: &str) -> bool {
        self.ids.get(id).is_some_and(|id| self.world.get(*id).is_some())
    }

    /// UUIDs that were sent are kept.
    fn learn_sent(&mut self, sent: &Submission, stored: &Stored) {
        let ids = [(&sent.set.id, stored.set)].into_iter();
        let ids = ids.chain(sent.entries.iter().map(|one| &one.id).zip(stored.entries.iter().copied()));
        let ids = ids.chain(sent.folders.iter().map(|one| &one.id).zip(stored.folders.iter().copied()));
        let ids = ids.chain(sent.links.iter().map(|one| &one.id).zip(stored.links.iter().copied()));
        let chosen: Vec<(String, Id)> =
            ids.filter(|(id, _)| id.starts_with("urn:uuid:")).map(|(id, at)| (id.clone(), at)).collect();
        for (uuid, id) in chosen {
            self.learn(&uuid, id);
        }
    }

    fn learn(&mut self, uuid: &str, id: Id) {
        self.uuids.insert(id, uuid.to_owned());
        self.ids.insert(uuid.to_owned(), id);
    }

    /// Every object of the sequence's patients is in both, and the same; UUIDs that the registry drew are learnt.
    async fn agree(&mut self) -> Result<(), String> {
        let mut heard = Vec::new();
        for patient in self.world.patients.clone() {
            let answer = self.face.send(ITI18, &adhoc_query(&everything(&patient), &self.uuids, None)).await;
            if !answer.success {
                return Err(format!("GetAll fails: {}", answer.said));
            }
            heard.extend(answer.objects.into_iter().filter(|one| one.element != "Association"));
        }
        for one in &heard {
            if !self.ids.contains_key(&one.id) {
                let id = self.world.objects().find(|object| object.link().is_none() && object.title == one.title);
                let id = id.map(|object| object.id).ok_or_else(|| format!("the model does not have {one:?}"))?;
                self.learn(&one.id, id);
            }
        }
        let uuids: Vec<Value> = heard.iter().map(|one| Value::Uuid(self.ids[&one.id])).collect();
        if !uuids.is_empty() {
            let answer = self.face.send(ITI18, &adhoc_query(&all_associations(uuids), &self.uuids, None)).await;
            if !answer.success {
                return Err(format!("GetAssociations fails: {}", answer.said));
            }
            self.learn_associations(&answer.objects)?;
            heard.extend(answer.objects);
        }
        let here: Vec<Id> = self.world.objects().map(|object| object.id).collect();
        self.same(&heard, &here, true)
    }

    /// Associations have no name: one that is new is known by its ends.
    fn learn_associations(&mut self, heard: &[Heard]) -> Result<(), String> {
        let mut unknown: Vec<&Heard> = heard.iter().filter(|one| !self.ids.contains_key(&one.id)).collect();
        while !unknown.is_empty() {
            let before = unknown.len();
            unknown.retain(|one| {
                let (Some(source), Some(target)) = (self.ids.get(&one.source), self.ids.get(&one.target)) else {
                    return true;
                };
                let is = |object: &&Object| {
                    object.link().is_some_and(|link| {
                        link.kind.urn() == one.kind && (link.source, link.target) == (*source, *target)
                    }) && object.title == one.title
                        && !self.uuids.contains_key(&object.id)
                };
                let found = self.world.objects().find(is).map(|object| object.id);
                if let Some(id) = found {
                    self.learn(&one.id, id);
                }
                found.is_none()
            });
            if unknown.len() == before {
                return Err(format!("the model does not have {unknown:#?}"));
            }
        }
        Ok(())
    }

    /// Asks both one query.
    pub(crate) async fn compare(&mut self, draw: &mut Draw, name: Name, tally: &mut Tally) -> Result<(), String> {
        let query = draw.query(&self.world, name);
        let action = if name.is_of_several_patients() { ITI51 } else { ITI18 };
        let answer = self.face.send(action, &adhoc_query(&query, &self.uuids, None)).await;
        let expected = ask(&self.world, &query);
        tally.queries += 1;
        let outcome = match &expected {
            Ok(_) if !answer.success => Err(format!("the registry refuses it: {}", answer.said)),
            Err(codes) if answer.success => Err(format!("the registry answers what the model refuses: {codes:?}")),
            Err(codes) => within(&answer, codes),
            Ok(ids) if answer.total.is_some_and(|total| total != ids.len()) => {
                Err(format!("totalResultCount {:?}, expected {}", answer.total, ids.len()))
            }
            Ok(ids) => {
                tally.objects += ids.len() as u64;
                self.same(&answer.objects, ids, query.leaf)
            }
        };
        let outcome = match outcome {
            Ok(()) if answer.objects.len() > 1 && draw.random.percent(10) => {
                self.pages(action, &query, &answer, 1 + draw.random.below(4)).await
            }
            outcome => outcome,
        };
        outcome.map_err(|fault| {
            self.story.push(self.everything_told());
            format!("{}\n{fault}", self.asked(&query))
        })
    }

    /// The pages of an answer, put together, are the answer, in its order; each tells how much there is in all.
    async fn pages(&self, action: &str, query: &Query, whole: &Answer, most: usize) -> Result<(), String> {
        let (number, mut together) = (whole.objects.len(), Vec::new());
        for start in (0..number).step_by(most) {
            let window = Some((start, most));
            let page = self.face.send(action, &adhoc_query(query, &self.uuids, window)).await;
            if !page.success || page.total != Some(number) || page.objects.len() > most {
                let (success, length) = (page.success, page.objects.len());
                return Err(format!("page {window:?}: {success} {:?} {length} {}", page.total, page.said));
            }
            together.extend(page.objects);
        }
        if together == whole.objects {
            return Ok(());
        }
        Err(format!("pages of {most} are not the whole, which is\n{:#?}\nbut\n{together:#?}", whole.objects))
    }

    /// The same objects, none twice; when they are whole, the same in all that the model knows of them.
    fn same(&self, heard: &[Heard], expected: &[Id], leaf: bool) -> Result<(), String> {
        let mut found = Vec::new();
        for one in heard {
            let id = *self.ids.get(&one.id).ok_or_else(|| format!("the model does not have {one:?}"))?;
            if (one.element == "ObjectRef") == leaf {
                return Err(format!("{one:?} is not of the returnType asked for"));
            }
            let object = self.world.get(id).ok_or_else(|| format!("{one:?} was removed"))?;
            let said = self.as_heard(object, one);
            if leaf && *one != said {
                return Err(format!("the registry says {one:#?}\nthe model says {said:#?}"));
            }
            found.push(id);
        }
        found.sort_unstable();
        if found == expected {
            return Ok(());
        }
        let only = |these: &[Id], those: &[Id]| {
            these.iter().filter(|id| !those.contains(id)).map(|id| self.name(*id)).collect::<Vec<_>>()
        };
        Err(format!(
            "{} objects, expected {}; only in the registry {:?}, only in the model {:?}",
            found.len(),
            expected.len(),
            only(&found, expected),
            only(expected, &found)
        ))
    }

    /// What the model knows of an object in the words of an answer.
    fn as_heard(&self, object: &Object, heard: &Heard) -> Heard {
        let uuid = |id: &Id| self.uuids.get(id).cloned().unwrap_or_default();
        let mut said = Heard {
            element: heard.element.clone(),
            id: uuid(&object.id),
            lid: uuid(&object.logical),
            version: object.version.to_string(),
            status: object.status.urn().to_owned(),
            title: object.title.clone(),
            unique_id: object.unique_id.clone(),
            patient: object.patient.clone(),
            updated: String::new(),
            kind: String::new(),
            source: String::new(),
            target: String::new(),
            membership: String::new(),
        };
        match &object.what {
            What::Set(_) | What::Entry(_) => {}
            What::Folder(folder) => said.updated.clone_from(&folder.updated),
            What::Link(link) => {
                link.kind.urn().clone_into(&mut said.kind);
                (said.source, said.target) = (uuid(&link.source), uuid(&link.target));
                link.membership.unwrap_or_default().clone_into(&mut said.membership);
            }
        }
        said
    }

    /// An object as people tell it apart.
    fn name(&self, id: Id) -> String {
        let Some(object) = self.world.get(id) else { return format!("{} (removed)", id.0) };
        let name = match &object.what {
            What::Link(link) => {
                let kind = link.kind;
                format!("{kind:?}({} -> {})", self.name(link.source), self.name(link.target))
            }
            What::Set(_) | What::Entry(_) | What::Folder(_) => object.title.clone(),
        };
        let old = if object.status == Status::Deprecated { "!" } else { "" };
        format!("{}:{old}{name}", id.0)
    }

    fn everything_told(&self) -> String {
        let told = self.world.objects().map(|object| match &object.what {
            What::Link(_) => format!("    {}", self.name(object.id)),
            What::Set(what) => format!("    {} {} {what:?}", self.name(object.id), object.patient),
            What::Entry(what) => format!("    {} {} {what:?}", self.name(object.id), object.patient),
            What::Folder(what) => format!("    {} {} {what:?}", self.name(object.id), object.patient),
        });
        format!("  the model now:\n{}", told.collect::<Vec<_>>().join("\n"))
    }

    fn named(&self, value: &Value) -> String {
        match value {
            Value::Uuid(id) => self.name(*id),
            Value::Text(text) | Value::Number(text) | Value::NoUuid(text) => text.clone(),
        }
    }

    fn asked(&self, query: &Query) -> String {
        let value = |value: &Value| self.named(value);
        let slot = |slot: &Slot| format!("{}={:?}", slot.name, slot.values.iter().map(value).collect::<Vec<_>>());
        let slots: Vec<String> = query.slots.iter().map(slot).collect();
        format!("ask {:?} leaf={} {}", query.name, query.leaf, slots.join(" "))
    }
}

/// The codes of a refusal are among those that the model has, and something is said.
fn within(answer: &Answer, codes: &Codes) -> Result<(), String> {
    let fitting = !answer.codes.is_empty() && answer.codes.iter().all(|code| codes.contains(code.as_str()));
    if fitting && answer.objects.is_empty() {
        return Ok(());
    }
    Err(format!("refused with {} instead of {codes:?}", answer.said))
}

fn brief(sent: &Submission) -> String {
    let links: Vec<String> = sent
        .links
        .iter()
        .map(|link| {
            format!("{:?} {:?}->{:?} {:?} {:?}", link.kind, link.source, link.target, link.membership, link.orders)
        })
        .collect();
    let one = |title: &str, patient: &str, unique_id: &str, without: Option<&str>| {
        let without = without.map(|name| format!(" without {name}")).unwrap_or_default();
        format!("{title} ({patient}, {unique_id}{without})")
    };
    let entries = sent.entries.iter().map(|e| one(&e.title, &e.patient, &e.unique_id, e.without));
    let folders = sent.folders.iter().map(|f| one(&f.title, &f.patient, &f.unique_id, f.without));
    let set = &sent.set;
    format!(
        "{} {:?} {:?}\n      {}",
        one(&set.title, &set.patient, &set.unique_id, set.without),
        entries.collect::<Vec<_>>(),
        folders.collect::<Vec<_>>(),
        links.join("\n      ")
    )
}

fn texts(name: &'static str, texts: &[&str]) -> Slot {
    Slot { name, values: texts.iter().map(|text| Value::Text((*text).to_owned())).collect() }
}

const BOTH: [Status; 2] = [Status::Approved, Status::Deprecated];

/// Every version of every set, entry and folder of a patient.
fn everything(patient: &str) -> Query {
    let statuses = BOTH.map(Status::urn);
    let slots = vec![
        texts("$patientId", &[patient]),
        texts("$XDSDocumentEntryStatus", &statuses),
        texts("$XDSSubmissionSetStatus", &statuses),
        texts("$XDSFolderStatus", &statuses),
        texts("$XDSDocumentEntryType", &[type_urn(false), type_urn(true)]),
        Slot { name: "$MetadataLevel", values: vec![Value::Number("2".to_owned())] },
    ];
    Query { name: Name::GetAll, leaf: true, slots }
}

/// Every association of some objects, in force or not.
fn all_associations(uuids: Vec<Value>) -> Query {
    let slots = vec![
        Slot { name: "$uuid", values: uuids },
        texts("$XDSAssociationStatus", &BOTH.map(Status::urn)),
        Slot { name: "$MetadataLevel", values: vec![Value::Number("2".to_owned())] },
    ];
    Query { name: Name::GetAssociations, leaf: true, slots }
}
