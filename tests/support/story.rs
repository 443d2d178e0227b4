//! Submissions of an affinity domain over the wire, with ids that the test chooses, so that it can speak of each object by its name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dmp_gateway::xds::metadata::attribute::{entry, folder, submission_set};

use crate::support::caller::Caller;
use crate::support::database::Database;
use crate::support::gateway::{Gateway, IHE, Setup};
use crate::support::message::{FIND_DOCUMENTS, GET_ALL, ITI41, ITI42, ITI61, PACKAGE, package, query};
use crate::support::wire::Answer;
use crate::xds_fixture::{HASH, Message, Object, PATIENT, base_related};

/// A registry of one test's own, and somebody who speaks to it.
pub(crate) struct Story {
    pub(crate) gateway: Gateway,
    pub(crate) caller: Caller,
}

/// The entryUUID of an object of a submission, by the id that it has in the fixture.
pub(crate) fn named(submission: u32, name: &str) -> String {
    let sum = name.bytes().fold(0_u64, |sum, byte| (sum * 131 + u64::from(byte)) & 0xffff_ffff_ffff);
    format!("urn:uuid:{submission:08x}-0000-4000-8000-{sum:012x}")
}

/// The uniqueId of the document of that place in a submission.
pub(crate) fn document(submission: u32, place: usize) -> String {
    format!("1.2.250.1.999.62.{submission}.3.{place}")
}

/// The message as that submission: its ids are the test's, its uniqueIds its own.
pub(crate) fn numbered(submission: u32, message: &Message) -> String {
    let mut message = message.clone();
    message.set.identifier(&submission_set::UNIQUE_ID, &format!("1.2.250.1.999.62.{submission}.1"));
    for (place, object) in message.entries.iter_mut().enumerate() {
        object.identifier(&entry::UNIQUE_ID, &document(submission, place + 1));
    }
    for (place, object) in message.folders.iter_mut().enumerate() {
        object.identifier(&folder::UNIQUE_ID, &format!("1.2.250.1.999.62.{submission}.4.{}", place + 1));
    }
    let all = message.entries.iter().chain(&message.folders).chain(&message.associations).chain([&message.set]);
    let names: Vec<String> = all.map(|object| object.id().to_owned()).collect();
    let mut xml = message.xml();
    for name in names.iter().filter(|name| !name.starts_with("urn:uuid:")) {
        xml = xml.replace(&format!("\"{name}\""), &format!("\"{}\"", named(submission, name)));
    }
    xml
}

fn submit_objects(list: &str) -> String {
    format!(
        "<lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\">{list}</lcm:SubmitObjectsRequest>"
    )
}

/// How a document is sent.
pub(crate) enum Sent<'b> {
    /// As base64 in its element.
    Inline(&'b [u8]),
    /// As a part: how the reference names it, its Content-ID, its bytes.
    Part(&'b str, &'b str, &'b [u8]),
}

impl Story {
    /// On that database.
    pub(crate) fn on(database: Database) -> Self {
        Self::with(database, "")
    }

    /// The same with further lines of the section `[domain]`, and further sections.
    pub(crate) fn with(database: Database, toml: &str) -> Self {
        let gateway = Setup::toml(&format!("{IHE}{toml}")).on(database).serve();
        let caller = gateway.anybody();
        Self { gateway, caller }
    }

    /// ITI-42.
    #[track_caller]
    pub(crate) fn register(&self, submission: u32, message: &Message) -> Answer {
        self.caller.send("registry", ITI42, &submit_objects(&numbered(submission, message)))
    }

    /// ITI-61.
    #[track_caller]
    pub(crate) fn register_on_demand(&self, submission: u32, message: &Message) -> Answer {
        self.caller.send("registry", ITI61, &submit_objects(&numbered(submission, message)))
    }

    /// ITI-41 with one part for each entry.
    #[track_caller]
    pub(crate) fn provide(&self, submission: u32, message: &Message, documents: &[&[u8]]) -> Answer {
        let names: Vec<String> = (0..documents.len()).map(|at| format!("d{at}")).collect();
        let sent: Vec<Sent<'_>> =
            names.iter().zip(documents).map(|(name, bytes)| Sent::Part(name, name, bytes)).collect();
        self.send_documents(submission, message, &sent)
    }

    /// ITI-41 with each document, in the order of the entries, as the test says.
    #[track_caller]
    pub(crate) fn send_documents(&self, submission: u32, message: &Message, documents: &[Sent<'_>]) -> Answer {
        let mut message = message.clone();
        for object in &mut message.entries {
            // What the fixture says of its own bytes is not true of these; what the test says stays.
            if object.slots.contains(&("hash".to_owned(), vec![HASH.to_owned()])) {
                object.no_slot("hash");
            }
            object.no_slot("size");
        }
        let element = |(object, sent): (&Object, &Sent<'_>)| {
            let content = match sent {
                Sent::Inline(bytes) => STANDARD.encode(bytes),
                Sent::Part(reference, ..) => format!(
                    "<xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:{reference}\"/>"
                ),
            };
            format!("<xdsb:Document id=\"{}\">{content}</xdsb:Document>", named(submission, object.id()))
        };
        let elements: String = message.entries.iter().zip(documents).map(element).collect();
        let body = format!(
            "<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb=\"urn:ihe:iti:xds-b:2007\">{}{elements}</xdsb:ProvideAndRegisterDocumentSetRequest>",
            submit_objects(&numbered(submission, &message))
        );
        let parts: Vec<(&str, &[u8])> = documents
            .iter()
            .filter_map(|sent| match sent {
                Sent::Part(_, id, bytes) => Some((*id, *bytes)),
                Sent::Inline(_) => None,
            })
            .collect();
        self.caller.post("repository", PACKAGE, &package(&self.caller.envelope(ITI41, &body), &parts))
    }

    /// `GetAll` for the patient of the fixture, whatever the status and the type.
    #[track_caller]
    pub(crate) fn everything(&self) -> Answer {
        let both = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved','urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')";
        let types = "('urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1','urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248')";
        let patient = format!("'{PATIENT}'");
        let parameters = [
            ("$patientId", patient.as_str()),
            ("$XDSDocumentEntryStatus", both),
            ("$XDSSubmissionSetStatus", both),
            ("$XDSFolderStatus", both),
            ("$XDSDocumentEntryType", types),
        ];
        let answer = self.caller.ask(&query(GET_ALL, "LeafClass", &parameters));
        assert_eq!(answer.status_urn(), "Success", "{}", answer.envelope());
        answer
    }

    /// How many entries, packages and associations there are.
    #[track_caller]
    pub(crate) fn counts(&self) -> [usize; 3] {
        let all = self.everything();
        ["ExtrinsicObject", "RegistryPackage", "Association"].map(|kind| all.ids(kind).len())
    }

    /// The status of an object.
    #[track_caller]
    pub(crate) fn status_of(&self, id: &str) -> Option<String> {
        let all = self.everything();
        ["ExtrinsicObject", "RegistryPackage", "Association"].into_iter().find_map(|kind| {
            let at = all.ids(kind).iter().position(|found| found == id)?;
            all.attributes(kind, "status")[at].rsplit(':').next().map(str::to_owned)
        })
    }

    /// The status of the document of each submission, in order.
    #[track_caller]
    pub(crate) fn statuses(&self, submissions: std::ops::RangeInclusive<u32>) -> Vec<String> {
        submissions.map(|one| self.status_of(&named(one, "Document01")).unwrap_or_default()).collect()
    }

    /// Registers a document that stands in a relation to the document of an earlier submission.
    #[track_caller]
    pub(crate) fn relate(&self, submission: u32, kind: &str, earlier: u32) -> Answer {
        self.register(submission, &base_related(kind, &named(earlier, "Document01")))
    }

    pub(crate) fn time(&self) -> String {
        self.everything().slot("lastUpdateTime").concat()
    }

    /// The documents that a folder holds.
    pub(crate) fn members(&self, folder: &str) -> Vec<String> {
        let all = self.everything();
        let attribute = |name: &str| all.attributes("Association", name);
        let ends = attribute("sourceObject").into_iter().zip(attribute("targetObject"));
        let mut members: Vec<String> = ends.filter(|(source, _)| source == folder).map(|(_, target)| target).collect();
        members.sort();
        members
    }

    /// The ids of the documents of the patient, of the types asked for.
    pub(crate) fn find(&self, types: &[&str]) -> Vec<String> {
        let patient = format!("'{PATIENT}'");
        let approved = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')";
        let types = types.iter().map(|one| format!("'{one}'")).collect::<Vec<_>>().join(",");
        let types = format!("({types})");
        let mut parameters =
            vec![("$XDSDocumentEntryPatientId", patient.as_str()), ("$XDSDocumentEntryStatus", approved)];
        if types != "()" {
            parameters.push(("$XDSDocumentEntryType", &types));
        }
        let mut found = self.caller.ask(&query(FIND_DOCUMENTS, "ObjectRef", &parameters)).ids("ObjectRef");
        found.sort();
        found
    }

    #[track_caller]
    pub(crate) fn remove(&self, ids: &[String]) -> Answer {
        self.caller.remove(&ids.iter().map(String::as_str).collect::<Vec<_>>())
    }
}
