//! The submissions of a fictitious patient, as text: sets of up to five entries, the first of them with a folder.

use chrono::{DateTime, Utc};
use uuid::{Builder, Uuid};

use crate::terminology::value_set::{Concept, State, ValueSet};
use crate::xds::validation::RegisterSettings;

/// How the identifiers of these patients begin: born in January of '99, in a district that does not exist.
pub(super) const PREFIX: &str = "1990199";

/// Entries of one submission, at most.
const TOGETHER: u64 = 5;

/// What is made.
pub(super) struct Plan {
    /// The domain of the patients.
    pub(super) domain: String,
    /// The number of the first patient.
    pub(super) first: u64,
    /// Entries of each patient.
    pub(super) entries: u64,
    pub(super) seed: u64,
    /// The repository that the entries name.
    pub(super) repository: String,
    /// How submissions are judged.
    pub(super) settings: RegisterSettings,
    /// When all this is said to have come.
    pub(super) now: DateTime<Utc>,
}

/// How many identifiers there are: six digits after the prefix.
pub(super) const PATIENTS: u64 = 1_000_000;

/// The identifier of a patient: 13 digits and their key, in the way of an INS.
pub(super) fn patient_of(plan: &Plan, number: u64) -> String {
    let digits = format!("{PREFIX}{:06}", plan.first + number);
    let key = 97 - digits.parse::<u64>().unwrap_or(0) % 97;
    format!("{digits}{key:02}^^^&{}&ISO^NH", plan.domain)
}

/// Numbers that follow from a seed (`SplitMix64`).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn of(seed: u64, patient: u64) -> Self {
        let mut random = Self(seed.rotate_left(32) ^ patient);
        Self(random.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn pick<T>(&mut self, choices: &'static [T]) -> Option<&'static T> {
        let at = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices.get(at)
    }

    /// A UUID that no other patient and no other seed has.
    pub(super) fn uuid(&mut self) -> Uuid {
        let bytes = (u128::from(self.next()) << 64) | u128::from(self.next());
        Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid()
    }

    /// A member of a value set that is in force.
    fn concept(&mut self, set: ValueSet) -> Option<&'static Concept> {
        (0..32).find_map(|_| self.pick(set.concepts()).filter(|concept| concept.state == State::Current))
    }

    /// A moment of the last ten years or so.
    fn time(&mut self) -> String {
        let (year, month, day) = (2016 + self.below(10), 1 + self.below(12), 1 + self.below(28));
        let (hour, minute, second) = (self.below(24), self.below(60), self.below(60));
        format!("{year}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
    }
}

/// The submissions of a patient: how many entries, and the `RegistryObjectList`.
pub(super) fn submissions(plan: &Plan, number: u64, random: &mut Random) -> Vec<(u64, String)> {
    let patient = patient_of(plan, number);
    let mut rest = plan.entries;
    let mut serial = 0;
    let mut submissions = Vec::new();
    while rest > 0 {
        let entries = rest.min(1 + random.below(TOGETHER));
        rest -= entries;
        let list =
            List { plan, patient: &patient, root: format!("{ROOT}.{}", plan.first + number), out: String::new() };
        submissions.push((entries, list.of(entries, serial, random)));
        serial += entries + 2;
    }
    submissions
}

/// The text of one submission.
struct List<'p> {
    plan: &'p Plan,
    patient: &'p str,
    /// Of the identifiers of this patient's objects.
    root: String,
    out: String,
}

impl List<'_> {
    fn of(mut self, entries: u64, serial: u64, random: &mut Random) -> String {
        self.out.push_str("<RegistryObjectList xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\">");
        let doctor = random.pick(&DOCTORS).copied().unwrap_or_default();
        self.set(serial, doctor, random);
        for at in 0..entries {
            self.entry(at, serial + 1 + at, doctor, random);
        }
        if serial == 0 {
            self.folder(entries, entries + 1, random);
        }
        self.out.push_str("</RegistryObjectList>");
        self.out
    }

    fn set(&mut self, serial: u64, doctor: &str, random: &mut Random) {
        self.open("RegistryPackage id=\"set\"");
        self.slot("submissionTime", &random.time());
        self.name("Envoi");
        self.author("set", "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d", doctor);
        self.code("set", "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500", random.concept(ValueSet::ContentTypeCode));
        self.node("set", "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd");
        self.identifiers("set", SET, serial);
        self.identifier("set", "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832", "XDSSubmissionSet.sourceId", ROOT);
        self.close("RegistryPackage");
    }

    fn entry(&mut self, at: u64, serial: u64, doctor: &str, random: &mut Random) {
        let id = format!("entry{at}");
        let kind = (0..32).find_map(|_| random.concept(ValueSet::TypeCode).filter(|kind| class_of(kind).is_some()));
        self.open(&format!(
            "ExtrinsicObject id=\"{id}\" mimeType=\"text/xml\" objectType=\"urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1\""
        ));
        let (created, hash) = (random.time(), format!("{:020x}{:020x}", random.next(), random.next()));
        self.slot("creationTime", &created);
        self.slot("hash", &hash);
        self.slot("languageCode", "fr-FR");
        self.slot("legalAuthenticator", doctor);
        self.slot("repositoryUniqueId", &self.plan.repository);
        self.slot("serviceStartTime", &created);
        self.slot("size", &(2_000 + random.below(60_000)).to_string());
        self.slot("sourcePatientId", &format!("{}^^^&{ROOT}.2&ISO^PI", self.plan.first));
        self.out.push_str(TRAITS);
        self.name(kind.map_or("Document", |concept| concept.label));
        self.author(&id, "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d", doctor);
        let codes = [
            ("urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a", kind.and_then(class_of)),
            ("urn:uuid:f0306f51-975f-434e-a61c-c59651d33983", kind),
            ("urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f", normal()),
            ("urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d", random.concept(ValueSet::FormatCode)),
            ("urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", random.concept(ValueSet::HealthcareFacilityTypeCode)),
            ("urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead", random.concept(ValueSet::PracticeSettingCode)),
        ];
        for (scheme, concept) in codes {
            self.code(&id, scheme, concept);
        }
        self.identifiers(&id, ENTRY, serial);
        self.close("ExtrinsicObject");
        self.association(HAS_MEMBER, "set", &id, &format!("member{at}"), Some("Original"));
    }

    /// A folder with all entries of the submission.
    fn folder(&mut self, entries: u64, serial: u64, random: &mut Random) {
        self.open("RegistryPackage id=\"folder\"");
        self.name("Suivi");
        self.code(
            "folder",
            "urn:uuid:1ba97051-7806-41a8-a48b-8fce7af683c5",
            random.concept(ValueSet::PracticeSettingCode),
        );
        self.node("folder", "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2");
        self.identifiers("folder", FOLDER, serial);
        self.close("RegistryPackage");
        self.association(HAS_MEMBER, "set", "folder", "member-folder", None);
        for at in 0..entries {
            let held = format!("held{at}");
            self.association(HAS_MEMBER, "folder", &format!("entry{at}"), &held, None);
            self.association(HAS_MEMBER, "set", &held, &format!("member-held{at}"), None);
        }
    }

    fn open(&mut self, tag: &str) {
        self.out.extend(["<", tag, ">"]);
    }

    fn close(&mut self, name: &str) {
        self.out.extend(["</", name, ">"]);
    }

    /// `value` is ours and needs no escape but that of `&`.
    fn slot(&mut self, name: &str, value: &str) {
        let value = value.replace('&', "&amp;");
        self.out.extend(["<Slot name=\"", name, "\"><ValueList><Value>", &value, "</Value></ValueList></Slot>"]);
    }

    fn name(&mut self, text: &str) {
        let text = text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        self.out.extend(["<Name><LocalizedString charset=\"UTF-8\" xml:lang=\"fr-FR\" value=\"", &text, "\"/></Name>"]);
    }

    fn classification(&mut self, of: &str, attributes: &str) {
        self.open(&format!("Classification id=\"{of}-{}\" classifiedObject=\"{of}\" {attributes}", self.out.len()));
    }

    fn node(&mut self, of: &str, node: &str) {
        self.classification(of, &format!("classificationNode=\"{node}\""));
        self.close("Classification");
    }

    fn code(&mut self, of: &str, scheme: &str, concept: Option<&Concept>) {
        let Some(concept) = concept else { return };
        self.classification(of, &format!("classificationScheme=\"{scheme}\" nodeRepresentation=\"{}\"", concept.code));
        self.slot("codingScheme", concept.system);
        self.name(if concept.label.is_empty() { concept.code } else { concept.label });
        self.close("Classification");
    }

    fn author(&mut self, of: &str, scheme: &str, doctor: &str) {
        self.classification(of, &format!("classificationScheme=\"{scheme}\" nodeRepresentation=\"\""));
        self.slot("authorPerson", doctor);
        self.slot("authorInstitution", "CABINET FICTIF^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^499700000017001");
        self.slot("authorSpecialty", "G15_10/SM26^Médecin - Qualifié en Médecine Générale (SM)^1.2.250.1.213.1.1.4.5");
        self.close("Classification");
    }

    fn identifiers(&mut self, of: &str, [kind, patient, unique]: [&str; 3], serial: u64) {
        let (id, unique_id) = (self.patient.to_owned(), format!("{}.{serial}", self.root));
        self.identifier(of, patient, &format!("{kind}.patientId"), &id);
        self.identifier(of, unique, &format!("{kind}.uniqueId"), &unique_id);
    }

    fn identifier(&mut self, of: &str, scheme: &str, name: &str, value: &str) {
        let value = value.replace('&', "&amp;");
        self.open(&format!(
            "ExternalIdentifier id=\"{of}-{}\" registryObject=\"{of}\" identificationScheme=\"{scheme}\" value=\"{value}\"",
            self.out.len()
        ));
        self.name(name);
        self.close("ExternalIdentifier");
    }

    fn association(&mut self, kind: &str, source: &str, target: &str, id: &str, status: Option<&str>) {
        self.open(&format!(
            "Association id=\"{id}\" associationType=\"{kind}\" sourceObject=\"{source}\" targetObject=\"{target}\""
        ));
        if let Some(status) = status {
            self.slot("SubmissionSetStatus", status);
        }
        self.close("Association");
    }
}

/// The class that goes with a type, when professionals write such documents with author and institution.
fn class_of(kind: &Concept) -> Option<&'static Concept> {
    let code = kind.class.filter(|class| class.len() == 2 && *class != "90")?;
    ValueSet::ClassCode.concepts().iter().find(|class| class.code == code)
}

/// The base confidentiality: one that is right alone.
fn normal() -> Option<&'static Concept> {
    ValueSet::ConfidentialityCode.concepts().iter().find(|concept| concept.code == "N")
}

/// The arc of the identifiers that are made here.
const ROOT: &str = "1.2.250.1.999.77.8";

const HAS_MEMBER: &str = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember";

/// The name of a kind of object, and the schemes of its patientId and its uniqueId. Spec: ITI TF-3: Table 4.2.5.2-1.
const SET: [&str; 3] = [
    "XDSSubmissionSet",
    "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446",
    "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8",
];
const ENTRY: [&str; 3] = [
    "XDSDocumentEntry",
    "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427",
    "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab",
];
const FOLDER: [&str; 3] =
    ["XDSFolder", "urn:uuid:f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a", "urn:uuid:75df8f67-9973-4fbe-a900-df66cefecc5a"];

/// Traits of somebody who does not exist.
const TRAITS: &str = "<Slot name=\"sourcePatientInfo\"><ValueList><Value>PID-5|FICTIF^PATIENT^^^^^L</Value>\
    <Value>PID-7|19990115</Value><Value>PID-8|F</Value></ValueList></Slot>";

/// Professionals who do not exist.
const DOCTORS: [&str; 4] = [
    "899700000017^DUMONT^ALICE^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
    "899700000025^LEROY^HENRI^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
    "899700000033^PETIT^JEANNE^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
    "899700000041^MOREL^PAUL^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
];
