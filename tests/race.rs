//! Two changes that race end as if one had come first.
//!
//! Each test stages two submissions, or a merge of patients and something else. They are sent one after the other, in both
//! orders, and then many times at once, each time for a patient of its own: what both hear and what the registry then holds
//! must be what one of the orders gave.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Barrier, OnceLock};

use roxmltree::{Document, Node};

use crate::support::caller::{Caller, patient, sha1};
use crate::support::gateway::{Gateway, IHE, Setup};
use crate::support::message::{Deposit, GET_ALL, REPOSITORY, query};
use crate::support::wire::Answer;

/// How often two changes are sent at once.
const ROUNDS: usize = 20;

/// The document that is there before, among the identifiers of a stage.
const OLD: &str = "1";

/// The folder that is there before.
const FOLDER: &str = "5";

const BOTH: &str =
    "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved','urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')";

/// A patient of a round, and identifiers that nobody else uses.
struct Stage<'g> {
    gateway: &'g Gateway,
    patient: String,
    /// Another one, into whom the first may be merged.
    survivor: String,
    prefix: String,
    /// Ids of what was there before, when they must be known after it is gone: the document first.
    remembered: OnceLock<Vec<String>>,
}

type Step = fn(&Stage<'_>) -> Answer;

/// What is there before, and two changes.
struct Scenario {
    before: fn(&Stage<'_>),
    one: Step,
    other: Step,
}

impl<'g> Stage<'g> {
    fn new(gateway: &'g Gateway) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self {
            gateway,
            patient: patient(980_000 + number),
            survivor: patient(970_000 + number),
            prefix: format!("1.2.250.1.999.98.{number}."),
            remembered: OnceLock::new(),
        }
    }

    fn caller(&self) -> Caller {
        self.gateway.anybody()
    }

    /// A deposit of a document, with the set that carries it.
    fn deposit(&self, document: &str, set: &str) -> Deposit {
        self.deposit_for(&self.patient, document, set)
    }

    fn deposit_for(&self, patient: &str, document: &str, set: &str) -> Deposit {
        let unique_id = format!("{}{document}", self.prefix);
        let deposit = Deposit::of(&unique_id).for_patient(patient);
        deposit.with(&format!("value=\"{unique_id}.1\""), &format!("value=\"{}{set}\"", self.prefix))
    }

    fn send(&self, deposit: &Deposit, bytes: &[u8]) -> Answer {
        self.caller().deposit(deposit, bytes)
    }

    /// The entryUUID of the only object with that uniqueId.
    fn id_of(&self, unique_id: &str) -> String {
        let envelope = self.everything();
        let document = Document::parse(&envelope).unwrap();
        let wanted = format!("{}{unique_id}", self.prefix);
        let object = objects(&document).find(|object| unique_id_of(*object) == Some(&wanted));
        object.unwrap().attribute("id").unwrap().to_owned()
    }

    fn everything(&self) -> String {
        self.everything_of(&self.patient)
    }

    fn everything_of(&self, patient: &str) -> String {
        let patient = format!("'{patient}'");
        let parameters = [
            ("$patientId", patient.as_str()),
            ("$XDSDocumentEntryStatus", BOTH),
            ("$XDSSubmissionSetStatus", BOTH),
            ("$XDSFolderStatus", BOTH),
        ];
        let answer = self.caller().ask(&query(GET_ALL, "LeafClass", &parameters));
        assert_eq!(answer.status_urn(), "Success", "{}", answer.envelope());
        answer.envelope()
    }

    /// All that the registry and the repository hold of the two patients, in words that are the same in every round.
    fn seen(&self) -> String {
        let mut lines = Vec::new();
        let mut documents = BTreeSet::new();
        for (whose, patient) in [("", &self.patient), ("survivor: ", &self.survivor)] {
            let envelope = self.everything_of(patient);
            let answer = Document::parse(&envelope).unwrap();
            lines.extend(self.lines(&answer).into_iter().map(|line| format!("{whose}{line}")));
            let entries = objects(&answer).filter(|object| object.has_tag_name((RIM, "ExtrinsicObject")));
            documents.extend(entries.filter_map(unique_id_of).map(str::to_owned));
        }
        let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
        for (unique_id, bytes) in self.caller().fetch(&documents).documents() {
            lines.push(format!("bytes {} {}", unique_id.replace(&self.prefix, ""), String::from_utf8(bytes).unwrap()));
        }
        lines.sort();
        lines.join("\n")
    }

    /// The objects of an answer.
    fn lines(&self, answer: &Document<'_>) -> Vec<String> {
        let mut names: BTreeMap<&str, String> = BTreeMap::new();
        let mut lines = Vec::new();
        for object in objects(answer) {
            if let Some(unique_id) = unique_id_of(object) {
                let name = unique_id.replace(&self.prefix, "");
                lines.push(format!("{} {name} {}", object.tag_name().name(), status_of(object)));
                names.insert(object.attribute("id").unwrap(), name);
            }
        }
        // Memberships of a folder are themselves members of a set.
        let associations: Vec<Node<'_, '_>> =
            objects(answer).filter(|object| object.has_attribute("sourceObject")).collect();
        for _ in 0..2 {
            for association in &associations {
                let end = |name| names.get(association.attribute(name).unwrap()).cloned();
                if let (Some(source), Some(target)) = (end("sourceObject"), end("targetObject")) {
                    names.insert(association.attribute("id").unwrap(), format!("({source}>{target})"));
                }
            }
        }
        for association in associations {
            let kind = association.attribute("associationType").unwrap().rsplit(':').next().unwrap();
            let name = names.get(association.attribute("id").unwrap());
            lines.push(format!("{kind} {} {}", name.map_or("?", String::as_str), status_of(association)));
        }
        lines
    }
}

const RIM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0";

fn objects<'d>(document: &'d Document<'_>) -> impl Iterator<Item = Node<'d, 'd>> {
    let list = document.descendants().find(|node| node.has_tag_name((RIM, "RegistryObjectList")));
    list.into_iter().flat_map(|list| list.children().filter(Node::is_element))
}

fn unique_id_of<'d>(object: Node<'d, '_>) -> Option<&'d str> {
    let is_name = |node: &Node<'_, '_>| node.attribute("value").is_some_and(|value| value.ends_with(".uniqueId"));
    let identifier =
        object.descendants().find(is_name)?.ancestors().find(|node| node.has_attribute("registryObject"))?;
    identifier.attribute("value")
}

fn status_of<'d>(object: Node<'d, '_>) -> &'d str {
    object.attribute("status").unwrap_or_default().rsplit(':').next().unwrap()
}

/// What a sender hears.
fn told(answer: &Answer) -> String {
    let envelope = answer.envelope();
    if let Some((_, acknowledged)) = envelope.split_once("<acknowledgement><typeCode code=\"") {
        let rule = envelope.split_once(" (PIF-").and_then(|(_, rule)| rule.split(')').next());
        return format!("{} {}", &acknowledged[..2], rule.unwrap_or_default());
    }
    let mut codes: Vec<String> = answer.errors().into_iter().map(|error| error.code).collect();
    codes.sort();
    codes.dedup();
    format!("{} {}", answer.status_urn_or_fault(), codes.join(","))
}

/// What became of a round: both answers, what is there, and how many files were added.
fn outcome(gateway: &Gateway, scenario: &Scenario, act: impl FnOnce(&Stage<'_>) -> (Answer, Answer)) -> String {
    let stage = Stage::new(gateway);
    (scenario.before)(&stage);
    let files_of = || i64::try_from(gateway.documents_on_disk().len()).unwrap();
    let before = files_of();
    let (one, other) = act(&stage);
    let files = files_of() - before;
    let mut text = String::new();
    write!(text, "one: {}\nother: {}\nfiles: {files}\n{}", told(&one), told(&other), stage.seen()).unwrap();
    text
}

fn check(scenario: &Scenario) {
    let gateway = Setup::toml(IHE).on(super::DATABASE).serve();
    let in_order = outcome(&gateway, scenario, |stage| {
        let one = (scenario.one)(stage);
        (one, (scenario.other)(stage))
    });
    let reversed = outcome(&gateway, scenario, |stage| {
        let other = (scenario.other)(stage);
        ((scenario.one)(stage), other)
    });
    for round in 0..ROUNDS {
        let raced = outcome(&gateway, scenario, |stage| {
            let start = Barrier::new(2);
            let run = |step: Step| {
                start.wait();
                step(stage)
            };
            std::thread::scope(|scope| {
                let one = scope.spawn(|| run(scenario.one));
                let other = scope.spawn(|| run(scenario.other));
                (one.join().unwrap(), other.join().unwrap())
            })
        });
        assert!(
            raced == in_order || raced == reversed,
            "round {round} ended as no order would\n{raced}\n\nin order\n{in_order}\n\nreversed\n{reversed}"
        );
    }
}

fn nothing(_: &Stage<'_>) {}

fn an_old_document(stage: &Stage<'_>) {
    stage.send(&stage.deposit(OLD, "90"), b"old").is_taken();
}

/// An old document whose id, with those of its set and of the association between them, is known when it is gone.
fn a_remembered_document(stage: &Stage<'_>) {
    an_old_document(stage);
    let envelope = stage.everything();
    let document = Document::parse(&envelope).unwrap();
    let old = stage.id_of(OLD);
    let mut ids: Vec<String> = objects(&document).map(|object| object.attribute("id").unwrap().to_owned()).collect();
    ids.sort_by_key(|id| *id != old);
    assert_eq!(ids.len(), 3);
    stage.remembered.set(ids).unwrap();
}

/// The metadata of what is remembered goes.
fn remove(stage: &Stage<'_>) -> Answer {
    stage.caller().remove(&stage.remembered.get().unwrap().iter().map(String::as_str).collect::<Vec<_>>())
}

/// A new document in a relation to the one that is remembered.
fn related_to_remembered(stage: &Stage<'_>, kind: &str) -> Answer {
    related_to_remembered_for(stage, &stage.patient, kind)
}

fn related_to_remembered_for(stage: &Stage<'_>, patient: &str, kind: &str) -> Answer {
    let old = &stage.remembered.get().unwrap()[0];
    let deposit = with_objects(stage.deposit_for(patient, "2", "92"), &association("r1", kind, "Document01", old));
    stage.send(&deposit, b"2")
}

/// One identity ends, another takes over.
fn merge(stage: &Stage<'_>, surviving: &str, subsumed: &str) -> Answer {
    let message = crate::iti44::merge(surviving, subsumed);
    stage.caller().send("patient-identity", "urn:hl7-org:v3:PRPA_IN201304UV02", &message)
}

/// The patient becomes the survivor.
fn merged(stage: &Stage<'_>) -> Answer {
    merge(stage, &stage.survivor, &stage.patient)
}

/// A folder with a first document.
fn a_folder(stage: &Stage<'_>) {
    let named = "<Name><LocalizedString value=\"Grossesse\"/></Name>";
    let patient = crate::support::message::escaped(&stage.patient);
    let identifier = |scheme: &str, value: &str, name: &str| {
        format!(
            "<ExternalIdentifier id=\"x{name}\" identificationScheme=\"urn:uuid:{scheme}\" registryObject=\"Folder01\" \
             value=\"{value}\"><Name><LocalizedString value=\"XDSFolder.{name}\"/></Name></ExternalIdentifier>"
        )
    };
    let folder = [
        "<RegistryPackage id=\"Folder01\">".to_owned(),
        named.to_owned(),
        "<Classification id=\"fc1\" classificationScheme=\"urn:uuid:1ba97051-7806-41a8-a48b-8fce7af683c5\" \
         classifiedObject=\"Folder01\" nodeRepresentation=\"GRO\"><Slot name=\"codingScheme\"><ValueList>\
         <Value>1.2.250.1.999.77.9</Value></ValueList></Slot><Name><LocalizedString value=\"Grossesse\"/></Name>\
         </Classification>"
            .to_owned(),
        "<Classification id=\"fc2\" classificationNode=\"urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2\" \
         classifiedObject=\"Folder01\"/>"
            .to_owned(),
        identifier("f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a", &patient, "patientId"),
        identifier("75df8f67-9973-4fbe-a900-df66cefecc5a", &format!("{}{FOLDER}", stage.prefix), "uniqueId"),
        "</RegistryPackage>".to_owned(),
        association("m1", "HasMember", "SubmissionSet01", "Folder01"),
        association("m2", "HasMember", "Folder01", "Document01"),
        association("m3", "HasMember", "SubmissionSet01", "m2"),
    ];
    stage.send(&with_objects(stage.deposit(OLD, "90"), &folder.concat()), b"old").is_taken();
}

/// A second version of the remembered document, in a submission of its own.
fn update(stage: &Stage<'_>, set: &str) -> Answer {
    let slot =
        |name: &str, value: &str| format!("<Slot name=\"{name}\"><ValueList><Value>{value}</Value></ValueList></Slot>");
    let old = &stage.remembered.get().unwrap()[0];
    let content = [slot("hash", &sha1(b"old")), slot("size", "3"), slot("repositoryUniqueId", REPOSITORY)].concat();
    let status = slot("SubmissionSetStatus", "Original");
    let body = stage
        .deposit(OLD, set)
        .with("<ExtrinsicObject id=\"Document01\"", &format!("<ExtrinsicObject id=\"Document01\" lid=\"{old}\""))
        .with("<Slot name=\"languageCode\">", &format!("{content}<Slot name=\"languageCode\">"))
        .with(&status, &format!("{}{status}", slot("PreviousVersion", "1")));
    stage.caller().send("registry", "urn:ihe:iti:2010:UpdateDocumentSet", &body.submit_objects())
}

fn association(id: &str, kind: &str, source: &str, target: &str) -> String {
    let kind = match kind {
        "HasMember" => "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember".to_owned(),
        other => format!("urn:ihe:iti:2007:AssociationType:{other}"),
    };
    format!("<Association id=\"{id}\" associationType=\"{kind}\" sourceObject=\"{source}\" targetObject=\"{target}\"/>")
}

fn with_objects(deposit: Deposit, objects: &str) -> Deposit {
    deposit.with("</RegistryObjectList>", &format!("{objects}</RegistryObjectList>"))
}

/// A new document in a relation to the old one.
fn related(stage: &Stage<'_>, document: &str, kind: &str) -> Answer {
    let old = stage.id_of(OLD);
    let deposit = stage.deposit(document, &format!("9{document}"));
    let deposit = with_objects(deposit, &association("r1", kind, "Document01", &old));
    stage.send(&deposit, document.as_bytes())
}

/// A new document in the folder that is there.
fn into_folder(stage: &Stage<'_>, document: &str) -> Answer {
    let folder = stage.id_of(FOLDER);
    let members = [
        association("m2", "HasMember", &folder, "Document01"),
        association("m3", "HasMember", "SubmissionSet01", "m2"),
    ];
    stage.send(&with_objects(stage.deposit(document, &format!("9{document}")), &members.concat()), document.as_bytes())
}

#[test]
fn the_same_document_twice_with_the_same_bytes() {
    check(&Scenario {
        before: nothing,
        one: |stage| stage.send(&stage.deposit("7", "8"), b"the document"),
        other: |stage| stage.send(&stage.deposit("7", "9"), b"the document"),
    });
}

#[test]
fn the_same_document_twice_with_other_bytes() {
    check(&Scenario {
        before: nothing,
        one: |stage| stage.send(&stage.deposit("7", "8"), b"the document"),
        other: |stage| stage.send(&stage.deposit("7", "9"), b"another document"),
    });
}

#[test]
fn the_same_submission_set_twice() {
    check(&Scenario {
        before: nothing,
        one: |stage| stage.send(&stage.deposit("7", "9"), b"one"),
        other: |stage| stage.send(&stage.deposit("8", "9"), b"other"),
    });
}

#[test]
fn a_document_that_takes_the_identifier_of_a_set() {
    check(&Scenario {
        before: nothing,
        one: |stage| stage.send(&stage.deposit("7", "8"), b"one"),
        other: |stage| stage.send(&stage.deposit("8", "9"), b"other"),
    });
}

#[test]
fn the_same_document_replaced_twice() {
    check(&Scenario {
        before: an_old_document,
        one: |stage| related(stage, "2", "RPLC"),
        other: |stage| related(stage, "3", "RPLC"),
    });
}

#[test]
fn a_document_replaced_while_another_is_appended_to_it() {
    check(&Scenario {
        before: an_old_document,
        one: |stage| related(stage, "2", "RPLC"),
        other: |stage| related(stage, "3", "APND"),
    });
}

#[test]
fn a_document_replaced_while_it_is_transformed() {
    check(&Scenario {
        before: an_old_document,
        one: |stage| related(stage, "2", "XFRM_RPLC"),
        other: |stage| related(stage, "3", "XFRM"),
    });
}

#[test]
fn the_same_folder_filled_twice() {
    check(&Scenario { before: a_folder, one: |stage| into_folder(stage, "2"), other: |stage| into_folder(stage, "3") });
}

#[test]
fn a_document_of_a_folder_replaced_while_the_folder_is_filled() {
    check(&Scenario {
        before: a_folder,
        one: |stage| related(stage, "2", "RPLC"),
        other: |stage| into_folder(stage, "3"),
    });
}

#[test]
fn a_document_replaced_while_it_is_put_into_a_folder() {
    check(&Scenario {
        before: |stage| {
            a_folder(stage);
            stage.send(&stage.deposit("4", "94"), b"four").is_taken();
        },
        one: |stage| {
            let old = stage.id_of("4");
            let deposit = stage.deposit("2", "92");
            stage.send(&with_objects(deposit, &association("r1", "RPLC", "Document01", &old)), b"two")
        },
        other: |stage| {
            let (folder, old) = (stage.id_of(FOLDER), stage.id_of("4"));
            let members = [
                association("m2", "HasMember", &folder, &old),
                association("m3", "HasMember", "SubmissionSet01", "m2"),
            ];
            stage.send(&with_objects(stage.deposit("3", "93"), &members.concat()), b"three")
        },
    });
}

#[test]
fn a_document_removed_while_another_is_appended_to_it() {
    check(&Scenario {
        before: a_remembered_document,
        one: remove,
        other: |stage| related_to_remembered(stage, "APND"),
    });
}

#[test]
fn a_document_removed_while_it_is_replaced() {
    check(&Scenario {
        before: a_remembered_document,
        one: remove,
        other: |stage| related_to_remembered(stage, "RPLC"),
    });
}

#[test]
fn the_same_metadata_removed_twice() {
    check(&Scenario { before: a_remembered_document, one: remove, other: remove });
}

#[test]
fn the_bytes_of_a_document_removed_while_it_is_deposited_again() {
    check(&Scenario {
        before: an_old_document,
        one: |stage| stage.caller().remove_documents(&[&format!("{}{OLD}", stage.prefix)]),
        other: |stage| stage.send(&stage.deposit(OLD, "9"), b"old"),
    });
}

#[test]
fn the_same_document_updated_twice() {
    check(&Scenario {
        before: a_remembered_document,
        one: |stage| update(stage, "92"),
        other: |stage| update(stage, "93"),
    });
}

#[test]
fn a_document_updated_while_it_is_replaced() {
    check(&Scenario {
        before: a_remembered_document,
        one: |stage| update(stage, "93"),
        other: |stage| related_to_remembered(stage, "RPLC"),
    });
}

#[test]
fn a_document_updated_while_it_is_removed() {
    check(&Scenario { before: a_remembered_document, one: |stage| update(stage, "93"), other: remove });
}

#[test]
fn a_patient_merged_while_a_document_is_deposited_for_him() {
    check(&Scenario {
        before: an_old_document,
        one: merged,
        other: |stage| stage.send(&stage.deposit("2", "92"), b"2"),
    });
}

#[test]
fn a_patient_merged_while_his_first_document_is_deposited() {
    check(&Scenario { before: nothing, one: merged, other: |stage| stage.send(&stage.deposit("2", "92"), b"2") });
}

#[test]
fn a_patient_merged_while_his_document_is_replaced() {
    check(&Scenario {
        before: a_remembered_document,
        one: merged,
        other: |stage| related_to_remembered(stage, "RPLC"),
    });
}

#[test]
fn a_patient_merged_while_the_survivor_replaces_his_document() {
    check(&Scenario {
        before: a_remembered_document,
        one: merged,
        other: |stage| related_to_remembered_for(stage, &stage.survivor, "RPLC"),
    });
}

#[test]
fn a_patient_merged_while_his_document_is_updated() {
    check(&Scenario { before: a_remembered_document, one: merged, other: |stage| update(stage, "93") });
}

#[test]
fn a_patient_merged_while_his_document_is_removed() {
    check(&Scenario { before: a_remembered_document, one: merged, other: remove });
}

#[test]
fn two_patients_merged_into_each_other() {
    check(&Scenario {
        before: |stage| {
            an_old_document(stage);
            stage.send(&stage.deposit_for(&stage.survivor, "3", "93"), b"three").is_taken();
        },
        one: merged,
        other: |stage| merge(stage, &stage.patient, &stage.survivor),
    });
}
