//! Each rule of the registry, broken by one change to a valid submission. Spec: ITI TF-2: 3.42.4.1.3; DMP TD2.1.

use std::collections::BTreeSet;

use crate::xds_fixture::{
    APPEND, HAS_MEMBER, Message, OLD, OTHER_PATIENT, PATIENT, REPLACE, SIGNS, TRANSFORM, association_object, base,
    base_on_demand, base_related, base_with_folder, entry_object, original,
};
use dmp_gateway::datatype::cx::PatientId;
use dmp_gateway::datatype::entry_uuid::EntryUuid;
use dmp_gateway::datatype::hash::Sha1;
use dmp_gateway::datatype::oid::Oid;
use dmp_gateway::datatype::unique_id::{RepositoryUniqueId, UniqueId};
use dmp_gateway::xds::error::{ErrorCode, Finding, Profile, Severity};
use dmp_gateway::xds::metadata::attribute::{TABLE, entry, folder, submission_set};
use dmp_gateway::xds::metadata::availability::AvailabilityStatus;
use dmp_gateway::xds::metadata::document_entry::DocumentEntryType;
use dmp_gateway::xds::metadata::object::ObjectKind;
use dmp_gateway::xds::metadata::registration::{FactsWanted, ObjectFact, RegistryFacts, UniqueIdUse};
use dmp_gateway::xds::rule;
use dmp_gateway::xds::validation::code::CodesInForce;
use dmp_gateway::xds::validation::provide::{self, ProvidedDocument};
use dmp_gateway::xds::validation::{RegisterSettings, Registering, UnknownPatients, register, rules};

const DOCUMENT_UID: &str = "1.2.250.1.999.77.1.3.2025031000001";
const SET_UID: &str = "1.2.250.1.999.77.1.1.2025031000001";
const SNAPSHOT: &str = "urn:ihe:iti:2010:AssociationType:IsSnapshotOf";

fn settings(profile: Profile) -> RegisterSettings {
    RegisterSettings {
        profile,
        unknown_patients: UnknownPatients::Refuse,
        assigning_authorities: vec![Oid::parse("1.2.250.1.213.1.4.10").unwrap()],
        codes: CodesInForce::default(),
    }
}

fn patient(text: &str) -> PatientId {
    PatientId::parse(text).unwrap()
}

fn uuid(text: &str) -> EntryUuid {
    EntryUuid::parse(text).unwrap()
}

pub(crate) fn old_document() -> ObjectFact {
    ObjectFact {
        kind: ObjectKind::DocumentEntry,
        logical_id: uuid(OLD).to_logical_id(),
        version: 1,
        status: AvailabilityStatus::Approved,
        patient: Some(patient(PATIENT)),
        unique_id: Some(UniqueId::parse("1.2.250.1.999.77.1.3.1").unwrap()),
        object_type: Some(DocumentEntryType::Stable),
        is_transformation: false,
    }
}

/// A registry that knows two patients and one document.
pub(crate) fn facts() -> RegistryFacts {
    RegistryFacts {
        known_patients: BTreeSet::from([patient(PATIENT), patient(OTHER_PATIENT)]),
        objects: [(uuid(OLD), old_document())].into(),
        ..RegistryFacts::default()
    }
}

fn with_old(change: impl Fn(&mut ObjectFact)) -> RegistryFacts {
    let mut facts = facts();
    change(facts.objects.get_mut(&uuid(OLD)).unwrap());
    facts
}

fn used(unique_id: &str, kind: ObjectKind, hash: &str, size: u64) -> RegistryFacts {
    let one = UniqueIdUse { kind, entry_uuid: uuid(OLD), hash: Some(Sha1::parse(hash).unwrap()), size: Some(size) };
    RegistryFacts { unique_ids: [(UniqueId::parse(unique_id).unwrap(), vec![one])].into(), ..facts() }
}

/// A uniqueId used by something without hash: a package or an on-demand entry.
fn unhashed(unique_id: &str, kind: ObjectKind) -> RegistryFacts {
    let one = UniqueIdUse { kind, entry_uuid: uuid(OLD), hash: None, size: None };
    RegistryFacts { unique_ids: [(UniqueId::parse(unique_id).unwrap(), vec![one])].into(), ..facts() }
}

const HASH: &str = "0d1c4e1a2b3c4d5e6f708192a3b4c5d6e7f80910";
const OTHER_HASH: &str = "1d1c4e1a2b3c4d5e6f708192a3b4c5d6e7f80910";

fn judge(message: &Message, facts: &RegistryFacts, profile: Profile) -> Vec<Finding> {
    judge_as(Registering::Documents, message, facts, profile)
}

fn judge_as(registering: Registering, message: &Message, facts: &RegistryFacts, profile: Profile) -> Vec<Finding> {
    let (submission, mut findings) = message.decode(profile);
    let submission = submission.expect("the submission set can be read");
    findings.extend(register(&submission, registering, facts, &settings(profile)));
    findings
}

/// One change and the rules that it breaks, the first of which it is meant for.
struct Break {
    rules: &'static [&'static str],
    profile: Profile,
    registering: Registering,
    message: Message,
    facts: RegistryFacts,
}

fn breaks(rules: &'static [&'static str], message: Message) -> Break {
    let registering = Registering::Documents;
    Break { rules, profile: Profile::Ihe, registering, message, facts: facts() }
}

fn changed(rules: &'static [&'static str], change: impl Fn(&mut Message)) -> Break {
    let mut message = base();
    change(&mut message);
    breaks(rules, message)
}

impl Break {
    fn dmp(self) -> Self {
        Self { profile: Profile::Dmp, ..self }
    }

    fn on_demand(self) -> Self {
        Self { registering: Registering::OnDemand, ..self }
    }

    fn facts(self, facts: RegistryFacts) -> Self {
        Self { facts, ..self }
    }
}

fn structure_breaks() -> Vec<Break> {
    vec![
        breaks(&["STRUCT-STABLE"], base_on_demand()),
        changed(&["STRUCT-ON-DEMAND"], |_| ()).on_demand(),
        changed(&["STRUCT-ON-DEMAND"], |m| {
            m.entries.clear();
            m.associations.clear();
        })
        .on_demand(),
        changed(&["STRUCT-UPDATE-ONLY"], |m| m.associations[0].slot("PreviousVersion", &["1"])),
        changed(&["STRUCT-UPDATE-ONLY"], |m| {
            let update = "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus";
            m.associations.push(association_object("u", update, "SubmissionSet01", OLD));
        }),
        changed(&["STRUCT-SET-TARGET"], |m| {
            m.associations.push(association_object("x", HAS_MEMBER, "SubmissionSet01", "SubmissionSet01"));
        }),
        breaks(&["STRUCT-SET-TARGET", "ASSOC-TARGET"], base_related(SIGNS, "SubmissionSet01")),
        changed(&["STRUCT-HAS-MEMBER"], |m| {
            m.associations.push(association_object("x", HAS_MEMBER, "Document01", OLD));
        }),
        changed(&["STRUCT-HAS-MEMBER"], |m| {
            m.associations.push(association_object("x", HAS_MEMBER, "SubmissionSet01", "as01"));
        }),
        breaks(&["STRUCT-HAS-MEMBER"], {
            let mut message = base();
            message.associations.push(association_object("x", HAS_MEMBER, "SubmissionSet01", OLD));
            message
        })
        .facts(with_old(|old| old.kind = ObjectKind::Folder)),
        changed(&["STRUCT-SET-STATUS"], |m| m.associations[0].slot("SubmissionSetStatus", &["Reference"])),
        changed(&["STRUCT-SET-STATUS"], |m| m.associations[0].no_slot("SubmissionSetStatus")),
        changed(&["STRUCT-SET-STATUS"], |m| m.associations.push(original("x", OLD))),
        changed(&["STRUCT-ENTRY-MEMBER"], |m| m.associations.clear()),
        changed(&["STRUCT-ENTRY-MEMBER"], |m| m.associations.push(original("as99", "Document01"))),
        breaks(&["STRUCT-FOLDER-MEMBER"], {
            let mut message = base_with_folder();
            message.associations.retain(|one| one.id() != "as02");
            message
        }),
        breaks(&["STRUCT-MEMBERSHIP-MEMBER"], {
            let mut message = base_with_folder();
            message.associations.retain(|one| one.id() != "as04");
            message
        }),
    ]
}

/// The institution of an author by its number alone, as some documents name theirs.
fn nameless(message: &mut Message) {
    let author = message.entries[0].classified(&entry::AUTHOR);
    author.slots.retain(|(name, _)| name != "authorInstitution");
    let number = "^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750803447";
    author.slots.push(("authorInstitution".to_owned(), vec![number.to_owned()]));
}

fn entry_breaks() -> Vec<Break> {
    vec![
        changed(&["ENTRY-COMPLETE"], |m| m.entries[0].no_slot("hash")),
        changed(&["ENTRY-COMPLETE"], |m| m.entries[0].no_slot("size")),
        changed(&["ENTRY-COMPLETE"], |m| m.entries[0].no_slot("repositoryUniqueId")),
        changed(&["ENTRY-SERVICE-TIMES"], |m| m.entries[0].slot("serviceStopTime", &["20250310085959"])),
        changed(&["AUTHOR-INSTITUTION-NAME"], nameless),
        changed(&["EXTRA-IHE"], |m| m.entries[0].slot("urn:ihe:iti:2099:unheardOf", &["x"])),
        changed(&["EXTRA-NAME"], |m| m.entries[0].slot("homemade", &["x"])),
        changed(&["EXTRA-NAME"], |m| m.entries[0].slot("submissionTime", &["2025"])),
        changed(&["EXTRA-NAME"], |m| m.associations[0].slot("hash", &["x"])),
    ]
}

fn uniqueness_breaks() -> Vec<Break> {
    vec![
        changed(&["UNIQUE-MESSAGE"], |m| {
            m.entries.push(entry_object("Document02", DOCUMENT_UID));
            m.associations.push(original("as09", "Document02"));
        }),
        changed(&["UNIQUE-MESSAGE"], |m| m.set.identifier(&submission_set::UNIQUE_ID, DOCUMENT_UID)),
        changed(&["UNIQUE-PACKAGE"], |_| ()).facts(used(SET_UID, ObjectKind::DocumentEntry, HASH, 1)),
        breaks(&["UNIQUE-PACKAGE"], base_with_folder()).facts(used(
            "1.2.250.1.999.77.1.4.2025031000001",
            ObjectKind::Folder,
            HASH,
            1,
        )),
        changed(&["UNIQUE-PACKAGE"], |_| ()).facts(unhashed(DOCUMENT_UID, ObjectKind::SubmissionSet)),
        changed(&["UNIQUE-HASH"], |_| ()).facts(used(DOCUMENT_UID, ObjectKind::DocumentEntry, OTHER_HASH, 18342)),
        changed(&["UNIQUE-SIZE"], |_| ()).facts(used(DOCUMENT_UID, ObjectKind::DocumentEntry, HASH, 18343)),
        changed(&["UNIQUE-ON-DEMAND"], |_| ()).facts(unhashed(DOCUMENT_UID, ObjectKind::DocumentEntry)),
        breaks(&["UNIQUE-ON-DEMAND"], base_on_demand()).on_demand().facts(used(
            DOCUMENT_UID,
            ObjectKind::DocumentEntry,
            HASH,
            18342,
        )),
        changed(&["UNIQUE-DOCUMENT"], |_| ()).facts(used(DOCUMENT_UID, ObjectKind::DocumentEntry, HASH, 18342)).dmp(),
        changed(&["UNIQUE-ENTRY-UUID"], |m| {
            m.entries = vec![entry_object(OLD, DOCUMENT_UID)];
            m.associations = vec![original("as01", OLD)];
        }),
        changed(&["UNIQUE-ENTRY-UUID"], |m| {
            m.entries = vec![entry_object(OLD, DOCUMENT_UID)];
            m.associations = vec![original("as01", OLD)];
        })
        .facts(RegistryFacts { objects: [].into(), logical_ids: [uuid(OLD)].into(), ..facts() }),
    ]
}

fn patient_breaks() -> Vec<Break> {
    let everywhere = |id: &str| {
        let mut message = base();
        message.set.identifier(&submission_set::PATIENT_ID, id);
        message.entries[0].identifier(&entry::PATIENT_ID, id);
        message
    };
    let of_another = || with_old(|old| old.patient = Some(patient(OTHER_PATIENT)));
    vec![
        breaks(&["PATIENT-DOMAIN", "PATIENT-KNOWN"], everywhere("1^^^&1.2.3&ISO")),
        breaks(&["PATIENT-KNOWN"], everywhere("153078987658513^^^&1.2.250.1.213.1.4.10&ISO^NH")),
        breaks(&["PATIENT-MERGED"], base()).facts(RegistryFacts {
            known_patients: BTreeSet::new(),
            merged_patients: BTreeSet::from([patient(PATIENT)]),
            ..facts()
        }),
        changed(&["PATIENT-SET"], |m| m.entries[0].identifier(&entry::PATIENT_ID, OTHER_PATIENT)),
        breaks(&["PATIENT-SET", "PATIENT-FOLDER"], {
            let mut message = base_with_folder();
            message.folders[0].identifier(&folder::PATIENT_ID, OTHER_PATIENT);
            message
        }),
        breaks(&["PATIENT-FOLDER"], {
            let mut message = base_with_folder();
            message.associations.push(association_object("as06", HAS_MEMBER, "Folder01", OLD));
            message.associations.push(association_object("as07", HAS_MEMBER, "SubmissionSet01", "as06"));
            message
        })
        .facts(of_another()),
        breaks(&["PATIENT-RELATIONSHIP"], base_related(REPLACE, OLD)).facts(of_another()),
    ]
}

fn association_breaks() -> Vec<Break> {
    let unknown = "urn:uuid:00000000-0000-4000-8000-000000000000";
    let status = |status| with_old(move |old| old.status = status);
    vec![
        breaks(&["ASSOC-UUID"], base_related(REPLACE, unknown)),
        breaks(&["ASSOC-SYMBOL"], base_related(REPLACE, "Document99")),
        changed(&["ASSOC-SOURCE"], |m| m.associations.push(association_object("x", REPLACE, "SubmissionSet01", OLD))),
        breaks(&["ASSOC-TARGET"], base_related(APPEND, "as01")),
        breaks(&["ASSOC-TARGET"], base_related(APPEND, "Document01")),
        changed(&["ASSOC-REPLACED"], |m| {
            m.entries.push(entry_object("Document02", "1.2.250.1.999.77.1.3.2"));
            m.associations.push(original("as09", "Document02"));
            m.associations.push(association_object("x", REPLACE, "Document01", "Document02"));
        }),
        breaks(&["ASSOC-APPROVED"], base_related(REPLACE, OLD)).facts(status(AvailabilityStatus::Deprecated)),
        breaks(&["ASSOC-APPROVED"], base_related(APPEND, OLD)).facts(status(AvailabilityStatus::Deprecated)),
        breaks(&["ASSOC-APPROVED"], base_related(REPLACE, OLD)).facts(status(AvailabilityStatus::Archived)).dmp(),
        breaks(&["ASSOC-APPROVED"], {
            let mut message = base_with_folder();
            message.associations.push(association_object("as06", HAS_MEMBER, "Folder01", OLD));
            message.associations.push(association_object("as07", HAS_MEMBER, "SubmissionSet01", "as06"));
            message
        })
        .facts(status(AvailabilityStatus::Deprecated)),
        breaks(&["ASSOC-APPEND"], base_related(APPEND, OLD)).facts(with_old(|old| old.is_transformation = true)),
        changed(&["ASSOC-APPEND"], |m| {
            for (id, unique_id) in [("Document02", "1.2.3.2"), ("Document03", "1.2.3.3")] {
                m.entries.push(entry_object(id, unique_id));
                m.associations.push(original(&format!("as-{id}"), id));
            }
            m.associations.push(association_object("x", TRANSFORM, "Document02", "Document01"));
            m.associations.push(association_object("y", APPEND, "Document03", "Document02"));
        }),
        breaks(&["ASSOC-SNAPSHOT"], base_related(SNAPSHOT, OLD)),
        breaks(&["ASSOC-SNAPSHOT"], {
            let mut message = base_on_demand();
            message.associations.push(association_object("x", SNAPSHOT, "Document01", OLD));
            message
        })
        .on_demand()
        .facts(with_old(|old| old.object_type = Some(DocumentEntryType::OnDemand))),
        changed(&["ASSOC-DOCUMENTATION"], |m| {
            let row = &dmp_gateway::xds::metadata::attribute::association::DOCUMENTATION;
            m.associations[0].add_code(row, "x", "1.2.3");
        }),
    ]
}

fn dmp_breaks() -> Vec<Break> {
    let wrong_key = "284067510512389^^^&1.2.250.1.213.1.4.10&ISO^NH";
    let mut not_an_ins = base();
    not_an_ins.set.identifier(&submission_set::PATIENT_ID, wrong_key);
    not_an_ins.entries[0].identifier(&entry::PATIENT_ID, wrong_key);
    let mut not_an_ins = breaks(&["DMP-INS"], not_an_ins);
    not_an_ins.facts.known_patients.insert(patient(wrong_key));
    let loinc = "2.16.840.1.113883.6.1";
    let a05 = "1.2.250.1.213.1.1.4.12";
    let a07 = "1.2.250.1.213.1.1.4.13";
    let author = |rules, slot: &'static str, values: Vec<&'static str>| {
        changed(rules, move |m| {
            let author = m.entries[0].classified(&entry::AUTHOR);
            author.slots.retain(|(name, _)| name != slot);
            author.slots.push((slot.to_owned(), values.iter().map(|value| (*value).to_owned()).collect()));
        })
    };
    let list = vec![
        not_an_ins,
        changed(&["DMP-LANGUAGE"], |m| m.entries[0].slot("languageCode", &["en-US"])),
        changed(&["DMP-PATIENT-INFO"], |m| m.entries[0].no_slot("sourcePatientInfo")),
        changed(&["DMP-PATIENT-INFO"], |m| m.entries[0].slot("sourcePatientInfo", &["PID-8|F"])),
        author(&["DMP-AUTHOR"], "authorPerson", vec![]),
        author(&["DMP-AUTHOR"], "authorInstitution", vec![]),
        author(&["DMP-AUTHOR"], "authorSpecialty", vec!["a", "b"]),
        author(&["DMP-AUTHOR"], "authorRole", vec!["a", "b"]),
        changed(&["DMP-INSTITUTION-NAME"], nameless),
        changed(&["DMP-CLASS-CODE", "DMP-CLASS-OF-TYPE"], |m| m.entries[0].code(&entry::CLASS_CODE, "12", "1.2.3")),
        changed(&["DMP-TYPE-CODE"], move |m| m.entries[0].code(&entry::TYPE_CODE, "11488-5", loinc)),
        changed(&["DMP-TYPE-CODE"], move |m| m.entries[0].code(&entry::TYPE_CODE, "PIECE-IDENTITE", a05)),
        changed(&["DMP-TYPE-LEGACY"], move |m| m.entries[0].code(&entry::TYPE_CODE, "27899-4", loinc)),
        changed(&["DMP-CLASS-OF-TYPE"], |m| m.entries[0].code(&entry::CLASS_CODE, "11", "1.2.250.1.213.1.1.4.1")),
        changed(&["DMP-FORMAT-CODE"], |m| m.entries[0].code(&entry::FORMAT_CODE, "pdf", "1.2.3")),
        changed(&["DMP-FACILITY-CODE"], |m| {
            m.entries[0].code(&entry::HEALTHCARE_FACILITY_TYPE_CODE, "SA62", "1.2.250.1.71.4.2.4");
        }),
        changed(&["DMP-PRACTICE-CODE"], |m| m.entries[0].code(&entry::PRACTICE_SETTING_CODE, "AMBULATOIRE", "1.2.3")),
        changed(&["DMP-CONTENT-TYPE"], |m| m.set.code(&submission_set::CONTENT_TYPE_CODE, "01", "1.2.250.1.213.2.2")),
        changed(&["DMP-CONFIDENTIALITY"], move |m| {
            m.entries[0].add_code(&entry::CONFIDENTIALITY_CODE, "INVISIBLE_REP_LEGAUX", a07);
        }),
        changed(&["DMP-CONFIDENTIALITY-BASE"], |m| {
            m.entries[0].add_code(&entry::CONFIDENTIALITY_CODE, "R", "2.16.840.1.113883.5.25");
        }),
        changed(&["DMP-CONFIDENTIALITY-BASE"], move |m| {
            m.entries[0].code(&entry::CONFIDENTIALITY_CODE, "MASQUE_PS", a07);
        }),
    ];
    list.into_iter().map(Break::dmp).collect()
}

fn all_breaks() -> Vec<Break> {
    let families =
        [structure_breaks(), entry_breaks(), uniqueness_breaks(), patient_breaks(), association_breaks(), dmp_breaks()];
    families.into_iter().flatten().collect()
}

#[test]
fn a_valid_submission_breaks_no_rule_in_either_profile() {
    for profile in [Profile::Ihe, Profile::Dmp] {
        for message in [base(), base_with_folder(), base_related(REPLACE, OLD), base_related(APPEND, OLD)] {
            assert_eq!(judge(&message, &facts(), profile), []);
        }
    }
}

#[test]
fn each_change_breaks_the_rules_it_is_meant_for_and_no_other() {
    for one in all_breaks() {
        let findings = judge_as(one.registering, &one.message, &one.facts, one.profile);
        let mut broken: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
        broken.sort_unstable();
        broken.dedup();
        let mut expected = one.rules.to_vec();
        expected.sort_unstable();
        assert_eq!(broken, expected, "{:?} {findings:?}", one.rules);
        for finding in findings {
            let rule = rules().find(|rule| rule.id == finding.rule).unwrap();
            assert_eq!((finding.code, finding.severity), (rule.code, rule.severity), "{}", rule.id);
            assert!(finding.object.is_some(), "{} names no object", rule.id);
        }
    }
}

#[test]
fn each_rule_has_a_change_that_breaks_it_a_paragraph_and_an_id_of_its_own() {
    let tested: BTreeSet<&str> = all_breaks().iter().filter_map(|one| one.rules.first().copied()).collect();
    // What a code table says is broken in `codes.rs`, with a table.
    let known: BTreeSet<&str> = rules().map(|rule| rule.id).filter(|id| !id.starts_with("CODE-")).collect();
    assert_eq!(tested, known);
    let mut ids: Vec<&str> = rule::all().map(|rule| rule.id).collect();
    ids.extend(TABLE.iter().map(|row| row.rule.id));
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id stands twice");
    let named = |spec: &str| ["ITI TF-", "DMP ", "ebRIM ", "ebRS "].iter().any(|standard| spec.starts_with(standard));
    assert!(rule::all().all(|rule| named(rule.spec) && !rule.demands.is_empty()));
}

#[test]
fn on_demand_entries_are_registered_by_their_own_transaction() {
    let mut message = base_on_demand();
    assert_eq!(judge_as(Registering::OnDemand, &message, &facts(), Profile::Ihe), []);
    let again = unhashed(DOCUMENT_UID, ObjectKind::DocumentEntry);
    assert_eq!(judge_as(Registering::OnDemand, &message, &again, Profile::Ihe), [], "registered again");
    for (slot, value) in [("creationTime", "2025"), ("hash", HASH), ("size", "1")] {
        message.entries[0].slot(slot, &[value]);
    }
    message.entries[0].no_slot("repositoryUniqueId");
    let mut rules: Vec<&str> = message.decode(Profile::Ihe).1.iter().map(|finding| finding.rule).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["DE-CREATION-TIME", "DE-HASH", "DE-REPOSITORY", "DE-SIZE"]);
}

#[test]
fn a_stable_document_is_a_snapshot_of_an_on_demand_entry() {
    let on_demand = with_old(|old| old.object_type = Some(DocumentEntryType::OnDemand));
    assert_eq!(judge(&base_related(SNAPSHOT, OLD), &on_demand, Profile::Ihe), []);
}

#[test]
fn an_unknown_patient_is_taken_where_the_deployment_accepts_it() {
    let accepting = RegisterSettings { unknown_patients: UnknownPatients::Accept, ..settings(Profile::Dmp) };
    let findings =
        register(&base().submission(Profile::Dmp), Registering::Documents, &RegistryFacts::default(), &accepting);
    assert_eq!(findings, []);
}

#[test]
fn an_unknown_patient_is_named_in_the_answer_only() {
    let findings = register(
        &base().submission(Profile::Ihe),
        Registering::Documents,
        &RegistryFacts::default(),
        &settings(Profile::Ihe),
    );
    assert_eq!(findings.len(), 1, "the patient is told once, not once per object");
    assert_eq!(findings[0].code, ErrorCode::UnknownPatientId);
    assert_eq!(findings[0].patient, Some(patient(PATIENT)));
    assert!(!format!("{findings:?}").contains("284067510512388"));
}

#[test]
fn the_same_document_again_is_taken_in_profile_ihe_only() {
    let again = used(DOCUMENT_UID, ObjectKind::DocumentEntry, &HASH.to_uppercase(), 18342);
    assert_eq!(judge(&base(), &again, Profile::Ihe), []);
    assert_eq!(judge(&base(), &again, Profile::Dmp)[0].code, ErrorCode::DuplicateUniqueIdInRegistry);
}

#[test]
fn a_document_of_another_patient_may_be_referenced_but_not_joined() {
    let mut message = base();
    let reference = association_object("x", HAS_MEMBER, "SubmissionSet01", OLD);
    message.associations.push(reference.with_slot("SubmissionSetStatus", &["Reference"]));
    let other = with_old(|old| old.patient = Some(patient(OTHER_PATIENT)));
    assert_eq!(judge(&message, &other, Profile::Ihe), []);
}

#[test]
fn an_existing_document_joins_an_existing_folder_without_a_reference() {
    let folder_id = "urn:uuid:5b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e22";
    let mut message = base();
    message.entries.clear();
    message.associations = vec![
        association_object("fd", HAS_MEMBER, folder_id, OLD),
        association_object("hm", HAS_MEMBER, "SubmissionSet01", "fd"),
    ];
    let mut known = facts();
    let folder = ObjectFact { kind: ObjectKind::Folder, object_type: None, ..old_document() };
    known.objects.insert(uuid(folder_id), folder);
    assert_eq!(judge(&message, &known, Profile::Ihe), []);
}

#[test]
fn the_signature_of_a_submission_set_is_taken_in_profile_dmp() {
    let a07 = "1.2.250.1.213.1.1.4.13";
    let mut message = base();
    let mut signature = entry_object("Signature01", "1.2.250.1.999.77.1.5.1");
    signature.code(&entry::CLASS_CODE, "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN");
    signature.code(&entry::TYPE_CODE, "E1762", "ASTM");
    signature.code(&entry::FORMAT_CODE, "http://www.w3.org/2000/09/xmldsig#", "URN");
    signature.add_code(&entry::CONFIDENTIALITY_CODE, "MASQUE_PS", a07);
    signature.add_code(&entry::CONFIDENTIALITY_CODE, "INVISIBLE_PATIENT", a07);
    signature.slot("languageCode", &["art"]);
    signature.no_slot("sourcePatientInfo");
    message.entries.push(signature);
    message.associations.push(original("as08", "Signature01"));
    message.associations.push(association_object("as09", SIGNS, "Signature01", "SubmissionSet01"));
    assert_eq!(judge(&message, &facts(), Profile::Dmp), []);
}

#[test]
fn a_document_of_the_patient_needs_no_institution() {
    let mut message = base();
    let document = &mut message.entries[0];
    document.code(&entry::CLASS_CODE, "90", "1.2.250.1.213.1.1.4.1");
    document.code(&entry::TYPE_CODE, "EXPPAT_2", "1.2.250.1.213.1.1.4.12");
    document.classified(&entry::AUTHOR).slots.retain(|(name, _)| name != "authorInstitution");
    message.set.classified(&submission_set::AUTHOR).slots.retain(|(name, _)| name != "authorInstitution");
    assert_eq!(judge(&message, &facts(), Profile::Dmp), []);
}

#[test]
fn an_imaging_manifest_is_judged_by_its_metadata_alone() {
    let mut message = base();
    let document = &mut message.entries[0];
    document.set("mimeType", "application/dicom");
    document.code(&entry::CLASS_CODE, "31", "1.2.250.1.213.1.1.4.1");
    document.code(&entry::TYPE_CODE, "IMG-KOS", "1.2.250.1.213.1.1.4.12");
    document.code(&entry::FORMAT_CODE, "1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.2.6.1");
    assert_eq!(judge(&message, &facts(), Profile::Dmp), []);
}

#[test]
fn a_submission_time_on_a_document_is_kept_with_a_warning_in_profile_dmp() {
    let mut message = base();
    message.entries[0].slot("submissionTime", &["20250310093000"]);
    let findings = judge(&message, &facts(), Profile::Dmp);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].rule, findings[0].severity), ("EXTRA-NAME", Severity::Warning));
}

#[test]
fn a_wrong_code_is_answered_with_its_scheme_and_the_nearest_one() {
    let mut message = base();
    message.entries[0].code(&entry::TYPE_CODE, "11488-5", "2.16.840.1.113883.6.1");
    let findings = judge(&message, &facts(), Profile::Dmp);
    assert_eq!(
        findings[0].context,
        "typeCode 11488-5^^2.16.840.1.113883.6.1 is not in value set 1.2.250.1.213.1.1.5.7; \
         nearest is 11488-4^^2.16.840.1.113883.6.1"
    );
}

#[test]
fn more_than_one_author_of_the_set_and_a_fifth_confidentiality_code_are_refused_in_profile_dmp() {
    let mut message = base();
    let second = message.set.classified(&submission_set::AUTHOR).clone();
    message.set.classifications.push(second);
    for value in ["MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX", "MASQUE_PS"] {
        message.entries[0].add_code(&entry::CONFIDENTIALITY_CODE, value, "1.2.250.1.213.1.1.4.13");
    }
    let rules: Vec<&str> = message.decode(Profile::Dmp).1.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["SS-AUTHOR", "DE-CONFIDENTIALITY-CODE"]);
    assert_eq!(message.decode(Profile::Ihe).1, []);
}

#[test]
fn a_reference_to_an_unreadable_document_is_not_a_second_fault() {
    let mut message = base();
    message.entries[0].no_identifier(&entry::UNIQUE_ID);
    let rules: Vec<&str> = judge(&message, &facts(), Profile::Ihe).iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["DE-UNIQUE-ID"]);
}

#[test]
fn findings_without_a_place_are_given_one_on_refusal() {
    let mut message = base_related(REPLACE, "Document99");
    message.entries[0].slot("serviceStopTime", &["20250310085959"]);
    let mut findings = judge(&message, &facts(), Profile::Ihe);
    let xml = message.xml();
    let document =
        dmp_gateway::xml::document::Document::parse(&xml, &dmp_gateway::xml::limits::Limits::default()).unwrap();
    dmp_gateway::xds::ebrim::faults::locate(document.root(), &mut findings);
    let places: Vec<&str> = findings.iter().map(|finding| finding.location.as_ref().unwrap().xpath.as_str()).collect();
    assert_eq!(places, ["/RegistryObjectList/ExtrinsicObject/Slot[10]", "/RegistryObjectList/Association[2]"]);
}

#[test]
fn a_submission_asks_for_the_facts_it_is_judged_by() {
    let wanted = FactsWanted::of(&base_related(REPLACE, OLD).submission(Profile::Ihe));
    assert_eq!(wanted.patients, BTreeSet::from([patient(PATIENT)]));
    assert_eq!(wanted.unique_ids.len(), 2);
    assert_eq!(wanted.entry_uuids, BTreeSet::from([uuid(OLD)]));
    assert_eq!(wanted.replaced, BTreeSet::from([uuid(OLD)]));
}

// The repository's part.

fn provided(id: &str) -> ProvidedDocument {
    ProvidedDocument { id: id.to_owned(), hash: Sha1::parse(HASH).unwrap(), size: 18342 }
}

fn provide_rules(message: &Message, documents: &[ProvidedDocument]) -> Vec<(&'static str, ErrorCode)> {
    let mut submission = message.decode(Profile::Ihe).0.unwrap();
    let repository = RepositoryUniqueId::parse("1.2.250.1.213.4.1.1.1.2").unwrap();
    let (_, findings) = provide::provide(&mut submission, documents, &repository, &[]);
    findings.iter().map(|finding| (finding.rule, finding.code)).collect()
}

#[test]
fn each_rule_of_the_repository_is_broken_by_its_change() {
    let mut with_hash = base();
    with_hash.entries[0].slot("hash", &[OTHER_HASH]);
    let mut with_size = base();
    with_size.entries[0].slot("size", &["1"]);
    let cases: Vec<(Message, Vec<ProvidedDocument>, Vec<&str>)> = vec![
        (base(), vec![provided("Document01")], vec![]),
        (base(), vec![], vec!["PROVIDE-DOCUMENT"]),
        (base(), vec![provided("Document01"), provided("Stray")], vec!["PROVIDE-METADATA"]),
        (base(), vec![provided("Document01"), provided("Document01")], vec!["PROVIDE-ID-ONCE"]),
        (base(), vec![provided("DOCUMENT01")], vec!["PROVIDE-ID-CASE"]),
        (with_hash, vec![provided("Document01")], vec!["PROVIDE-HASH"]),
        (with_size, vec![provided("Document01")], vec!["PROVIDE-SIZE"]),
    ];
    let mut seen = BTreeSet::new();
    for (message, documents, expected) in cases {
        let found = provide_rules(&message, &documents);
        assert_eq!(found.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), expected);
        for (rule, code) in found {
            assert_eq!(rule::all().find(|known| known.id == rule).unwrap().code, code);
            seen.insert(rule);
        }
    }
    assert_eq!(seen, rule::all().map(|rule| rule.id).filter(|id| id.starts_with("PROVIDE-")).collect());
}

#[test]
fn an_upper_case_hash_is_the_same_hash() {
    let mut message = base();
    message.entries[0].slot("hash", &[&HASH.to_uppercase()]);
    assert_eq!(provide_rules(&message, &[provided("Document01")]), []);
}

#[test]
fn the_repository_fills_in_what_the_source_left_out() {
    let mut message = base();
    for slot in ["hash", "size", "repositoryUniqueId"] {
        message.entries[0].no_slot(slot);
    }
    let mut submission = message.submission(Profile::Dmp);
    let repository = RepositoryUniqueId::parse("1.2.250.1.213.4.1.1.1.2").unwrap();
    let (pairing, findings) = provide::provide(&mut submission, &[provided("Document01")], &repository, &[]);
    assert_eq!((pairing.document_of_entry, findings), (vec![Some(0)], vec![]));
    let object = &submission.entries[0].object;
    assert_eq!(object.slot("hash").unwrap().values, [HASH]);
    assert_eq!(object.slot("size").unwrap().values, ["18342"]);
    assert_eq!(object.slot("repositoryUniqueId").unwrap().values, ["1.2.250.1.213.4.1.1.1.2"]);
    assert_eq!(register(&submission, Registering::Documents, &facts(), &settings(Profile::Dmp)), []);
}

#[test]
fn a_deposit_may_name_another_repository_that_is_ours() {
    let repository = |id: &str| RepositoryUniqueId::parse(id).unwrap();
    let (ours, others) = (repository("1.2.3"), [repository("1.2.4"), repository("1.2.5")]);
    for (sent, kept) in [("1.2.5", "1.2.5"), ("1.2.3", "1.2.3"), ("9.9.9", "1.2.3")] {
        let mut message = base();
        message.entries[0].slot("repositoryUniqueId", &[sent]);
        let mut submission = message.decode(Profile::Ihe).0.unwrap();
        provide::provide(&mut submission, &[provided("Document01")], &ours, &others);
        assert_eq!(submission.entries[0].repository_unique_id, Some(repository(kept)));
        assert_eq!(submission.entries[0].object.slot("repositoryUniqueId").unwrap().values, [kept]);
    }
}

#[test]
fn documents_may_come_in_another_order_than_their_entries() {
    let mut message = base();
    message.entries.push(entry_object("Document02", "1.2.3.2"));
    message.associations.push(original("as09", "Document02"));
    let mut submission = message.submission(Profile::Ihe);
    let repository = RepositoryUniqueId::parse("1.2.3").unwrap();
    let documents = [provided("Document02"), provided("Document01")];
    let (pairing, findings) = provide::provide(&mut submission, &documents, &repository, &[]);
    assert_eq!((pairing.document_of_entry, findings), (vec![Some(1), Some(0)], vec![]));
}

#[test]
fn a_document_that_has_its_entry_is_not_given_to_another_that_differs_in_case() {
    let mut message = base();
    message.entries.push(entry_object("DOCUMENT01", "1.2.3.2"));
    message.associations.push(original("as09", "DOCUMENT01"));
    let rules: Vec<&str> =
        provide_rules(&message, &[provided("Document01")]).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["PROVIDE-DOCUMENT"]);
    let rules: Vec<&str> =
        provide_rules(&message, &[provided("document01")]).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["PROVIDE-DOCUMENT", "PROVIDE-ID-CASE"], "one document is no two");
}

#[test]
fn a_flood_of_warnings_does_not_hide_an_error() {
    let mut message = base();
    for number in 0..300 {
        let mut document = entry_object(&format!("D{number}"), &format!("1.2.3.{number}"));
        document.slot("submissionTime", &["2025"]);
        document.classifications[1].attributes.retain(|(name, _)| name != "classifiedObject");
        message.entries.push(document);
        message.associations.push(original(&format!("as-D{number}"), &format!("D{number}")));
    }
    let last = message.entries.last_mut().unwrap();
    last.slot("homemade", &["x"]);
    last.classifications[2].attributes[1].1 = "Document01".to_owned();
    let findings = judge(&message, &facts(), Profile::Dmp);
    let errors: Vec<&str> = findings.iter().filter(|one| one.is_error()).map(|one| one.rule).collect();
    assert_eq!(errors, ["EBRIM-CLASSIFIED-OBJECT", "EXTRA-NAME"]);
    assert!(findings.len() < 300);
}
