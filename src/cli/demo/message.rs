//! The three messages of the demonstration, as a practice's software sends them. Spec: DMP TD2.1, TD3.1, TD3.2.

use uuid::Uuid;

use crate::datatype::dtm::Dtm;
use crate::xml::document::{Document, Node};
use crate::xml::guard::Refused;
use crate::xml::limits::Limits;
use crate::xml::namespace::HL7V3;
use crate::xml::writer::{push_attribute, push_text};

/// The boundary of the package that carries a deposit.
pub(super) const BOUNDARY: &str = "demo-part";

/// Why the sample cannot be deposited.
#[derive(Debug, thiserror::Error)]
pub(super) enum SampleError {
    /// It is not XML within the limits.
    #[error("the sample is not readable: {0}")]
    Xml(#[from] Refused),
    /// A header element that the metadata needs is missing.
    #[error("the sample lacks {0}")]
    Missing(&'static str),
}

/// What a CDA header says of the document, in the form of XDS metadata.
pub(super) struct Sample {
    /// The identifier, new for each run so that the demonstration can be repeated.
    pub(super) unique_id: String,
    /// The document with that identifier.
    pub(super) content: Vec<u8>,
    /// The patient, as CX.
    pub(super) patient: String,
    title: String,
    type_code: String,
    type_display: String,
    created: String,
    service_start: String,
    author_person: String,
    author_specialty: String,
    author_institution: String,
}

impl Sample {
    /// Reads the header of a CDA document and gives the document a new identifier under its own root.
    pub(super) fn read(text: &str, now: &Dtm) -> Result<Self, SampleError> {
        let document = Document::parse(text, &Limits::default())?;
        let root = document.root();
        let id = find(root, &["id"]).and_then(|id| id.attribute("root")).ok_or(SampleError::Missing("id"))?;
        let patient = find(root, &["recordTarget", "patientRole", "id"]).ok_or(SampleError::Missing("patient id"))?;
        let code = find(root, &["code"]).ok_or(SampleError::Missing("code"))?;
        let author = find(root, &["author", "assignedAuthor"]).ok_or(SampleError::Missing("author"))?;
        let role = find(author, &["code"]).ok_or(SampleError::Missing("author code"))?;
        let unique_id = format!("{id}.{}", now.as_str());
        let attribute = |node: Node<'_, '_>, name: &str| node.attribute(name).unwrap_or("").to_owned();
        let text_of = |node: Node<'_, '_>, path: &[&'static str]| {
            find(node, path).and_then(|found| found.text()).unwrap_or("").trim().to_owned()
        };
        let time_of = |path: &[&'static str]| {
            find(root, path).and_then(|time| time.attribute("value")).and_then(utc).ok_or(SampleError::Missing("time"))
        };
        let identifier = |path| find(author, path).map(|id| attribute(id, "extension")).unwrap_or_default();
        Ok(Self {
            patient: format!("{}^^^&{}&ISO^NH", attribute(patient, "extension"), attribute(patient, "root")),
            title: text_of(root, &["title"]),
            type_code: attribute(code, "code"),
            type_display: attribute(code, "displayName"),
            created: time_of(&["effectiveTime"])?,
            service_start: time_of(&["documentationOf", "serviceEvent", "effectiveTime", "low"])?,
            author_person: format!(
                "{}^{}^{}^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
                identifier(&["id"]),
                text_of(author, &["assignedPerson", "name", "family"]),
                text_of(author, &["assignedPerson", "name", "given"]),
            ),
            author_specialty: format!(
                "{}^{}^{}",
                attribute(role, "code"),
                attribute(role, "displayName"),
                attribute(role, "codeSystem")
            ),
            author_institution: format!(
                "{}^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^{}",
                text_of(author, &["representedOrganization", "name"]),
                identifier(&["representedOrganization", "id"]),
            ),
            content: text
                .replacen(&format!("<id root=\"{id}\"/>"), &format!("<id root=\"{unique_id}\"/>"), 1)
                .into_bytes(),
            unique_id,
        })
    }

    /// The body of TD2.1: one document in one submission set.
    pub(super) fn provide_and_register(&self, now: &Dtm) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend_from_slice(
            b"<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb=\"urn:ihe:iti:xds-b:2007\" \
              xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\" xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\">\
              <lcm:SubmitObjectsRequest><RegistryObjectList>",
        );
        self.submission_set(&mut out, now);
        self.document_entry(&mut out);
        out.extend_from_slice(
            b"<Association id=\"as1\" associationType=\"urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember\" \
              sourceObject=\"SubmissionSet01\" targetObject=\"Document01\"><Slot name=\"SubmissionSetStatus\"><ValueList>\
              <Value>Original</Value></ValueList></Slot></Association></RegistryObjectList></lcm:SubmitObjectsRequest>\
              <xdsb:Document id=\"Document01\"><xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" \
              href=\"cid:document\"/></xdsb:Document></xdsb:ProvideAndRegisterDocumentSetRequest>",
        );
        out
    }

    fn submission_set(&self, out: &mut Vec<u8>, now: &Dtm) {
        let owner = "SubmissionSet01";
        out.extend_from_slice(b"<RegistryPackage id=\"SubmissionSet01\">");
        slot(out, "submissionTime", now.as_str());
        self.author(out, owner, "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d");
        let content_type =
            ["urn:uuid:aa543740-bdda-424e-8c96-df4873be8500", "07", "1.2.250.1.213.2.2", "Consultations"];
        coded(out, owner, content_type);
        out.extend_from_slice(
            b"<Classification id=\"kind\" classificationNode=\"urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd\" \
              classifiedObject=\"SubmissionSet01\"/>",
        );
        for (scheme, name, value) in [
            ("6b5aea1a-874d-4603-a4bc-96a0a7b38446", "XDSSubmissionSet.patientId", self.patient.clone()),
            ("554ac39e-e3fe-47fe-b233-965d2a147832", "XDSSubmissionSet.sourceId", "1.2.250.1.999.77.1".to_owned()),
            ("96fdda7c-d067-4183-912e-bf5ee74998a8", "XDSSubmissionSet.uniqueId", format!("{}.1", self.unique_id)),
        ] {
            identifier(out, owner, scheme, name, &value);
        }
        out.extend_from_slice(b"</RegistryPackage>");
    }

    fn document_entry(&self, out: &mut Vec<u8>) {
        let owner = "Document01";
        out.extend_from_slice(
            b"<ExtrinsicObject id=\"Document01\" mimeType=\"text/xml\" \
              objectType=\"urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1\">",
        );
        for (name, value) in [
            ("creationTime", self.created.as_str()),
            ("languageCode", "fr-FR"),
            ("legalAuthenticator", self.author_person.as_str()),
            ("serviceStartTime", self.service_start.as_str()),
            ("sourcePatientId", self.patient.as_str()),
            ("sourcePatientInfo", "PID-5|MARTIN^CLAIRE^^^^^L"),
        ] {
            slot(out, name, value);
        }
        named(out, &self.title);
        self.author(out, owner, "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d");
        for code in [
            ["urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a", "10", "1.2.250.1.213.1.1.4.1", "Compte rendu"],
            [
                "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983",
                &self.type_code,
                "2.16.840.1.113883.6.1",
                &self.type_display,
            ],
            ["urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f", "N", "2.16.840.1.113883.5.25", "Normal"],
            [
                "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d",
                "urn:asipSante:modelesHorsProfils:2011",
                "1.2.250.1.213.1.1.4.2.282",
                "Hors référentiel",
            ],
            ["urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", "SA07", "1.2.250.1.71.4.2.4", "Cabinet individuel"],
            ["urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead", "AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"],
        ] {
            coded(out, owner, code);
        }
        identifier(out, owner, "58a6f841-87b3-4a3e-92fd-a8ffeff98427", "XDSDocumentEntry.patientId", &self.patient);
        identifier(out, owner, "2e82c1f6-a085-4c72-9da3-8640a32e42ab", "XDSDocumentEntry.uniqueId", &self.unique_id);
        out.extend_from_slice(b"</ExtrinsicObject>");
    }

    fn author(&self, out: &mut Vec<u8>, owner: &str, scheme: &str) {
        out.extend_from_slice(b"<Classification");
        push_attribute(out, "id", &format!("author-{owner}"));
        push_attribute(out, "classificationScheme", scheme);
        push_attribute(out, "classifiedObject", owner);
        out.extend_from_slice(b" nodeRepresentation=\"\">");
        slot(out, "authorPerson", &self.author_person);
        slot(out, "authorSpecialty", &self.author_specialty);
        slot(out, "authorInstitution", &self.author_institution);
        out.extend_from_slice(b"</Classification>");
    }
}

/// The body of TD3.1: the approved documents of a patient.
pub(super) fn find_documents(patient: &str) -> Vec<u8> {
    let mut out = b"<query:AdhocQueryRequest xmlns:query=\"urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0\" \
        xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\"><query:ResponseOption returnComposedObjects=\"true\" \
        returnType=\"LeafClass\"/><AdhocQuery id=\"urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d\">"
        .to_vec();
    slot(&mut out, "$XDSDocumentEntryPatientId", &format!("'{patient}'"));
    slot(&mut out, "$XDSDocumentEntryStatus", "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')");
    out.extend_from_slice(b"</AdhocQuery></query:AdhocQueryRequest>");
    out
}

/// The body of TD3.2: one document.
pub(super) fn retrieve(repository: &str, unique_id: &str) -> Vec<u8> {
    let mut out =
        b"<RetrieveDocumentSetRequest xmlns=\"urn:ihe:iti:xds-b:2007\"><DocumentRequest><RepositoryUniqueId>".to_vec();
    push_text(&mut out, repository);
    out.extend_from_slice(b"</RepositoryUniqueId><DocumentUniqueId>");
    push_text(&mut out, unique_id);
    out.extend_from_slice(b"</DocumentUniqueId></DocumentRequest></RetrieveDocumentSetRequest>");
    out
}

/// Puts a body and an assertion into an envelope.
pub(super) fn envelope(action: &str, message_id: Uuid, assertion: &str, body: &[u8]) -> Vec<u8> {
    let mut out = format!(
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">\
         <soap:Header><wsa:Action soap:mustUnderstand=\"true\">{action}</wsa:Action><wsa:MessageID>{}</wsa:MessageID>\
         <wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>\
         <wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">\
         {assertion}</wsse:Security></soap:Header><soap:Body>",
        message_id.urn()
    )
    .into_bytes();
    out.extend_from_slice(body);
    out.extend_from_slice(b"</soap:Body></soap:Envelope>");
    out
}

/// Packs an envelope and the document that it refers to as `cid:document`.
pub(super) fn package(envelope: &[u8], document: &[u8]) -> Vec<u8> {
    let mut out = format!(
        "--{BOUNDARY}\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\n\
         Content-Transfer-Encoding: binary\r\nContent-ID: <root>\r\n\r\n"
    )
    .into_bytes();
    out.extend_from_slice(envelope);
    out.extend_from_slice(
        format!(
            "\r\n--{BOUNDARY}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\
             Content-ID: <document>\r\n\r\n"
        )
        .as_bytes(),
    );
    out.extend_from_slice(document);
    out.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    out
}

/// HL7 time with an offset → UTC in 14 digits.
fn utc(time: &str) -> Option<String> {
    let zoned = chrono::DateTime::parse_from_str(time, "%Y%m%d%H%M%S%z").ok()?;
    Some(Dtm::from_utc(zoned.to_utc()).as_str().to_owned())
}

/// The first element at the end of a path of HL7 names.
fn find<'a, 'i>(from: Node<'a, 'i>, path: &[&'static str]) -> Option<Node<'a, 'i>> {
    path.iter().try_fold(from, |node, name| crate::xml::document::child(node, HL7V3, name))
}

fn slot(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(b"<Slot");
    push_attribute(out, "name", name);
    out.extend_from_slice(b"><ValueList><Value>");
    push_text(out, value);
    out.extend_from_slice(b"</Value></ValueList></Slot>");
}

fn named(out: &mut Vec<u8>, value: &str) {
    out.extend_from_slice(b"<Name><LocalizedString charset=\"UTF8\" xml:lang=\"FR\"");
    push_attribute(out, "value", value);
    out.extend_from_slice(b"/></Name>");
}

/// A coded attribute: scheme of the attribute, code, coding scheme, display name.
fn coded(out: &mut Vec<u8>, owner: &str, [attribute, code, scheme, display]: [&str; 4]) {
    out.extend_from_slice(b"<Classification");
    push_attribute(out, "id", &format!("{owner}-{code}-{scheme}"));
    push_attribute(out, "classificationScheme", attribute);
    push_attribute(out, "classifiedObject", owner);
    push_attribute(out, "nodeRepresentation", code);
    out.push(b'>');
    slot(out, "codingScheme", scheme);
    named(out, display);
    out.extend_from_slice(b"</Classification>");
}

fn identifier(out: &mut Vec<u8>, owner: &str, scheme: &str, name: &str, value: &str) {
    out.extend_from_slice(b"<ExternalIdentifier");
    push_attribute(out, "id", &format!("{owner}-{name}"));
    push_attribute(out, "identificationScheme", &format!("urn:uuid:{scheme}"));
    push_attribute(out, "registryObject", owner);
    push_attribute(out, "value", value);
    out.push(b'>');
    named(out, name);
    out.extend_from_slice(b"</ExternalIdentifier>");
}
