//! Messages as a practice's software sends them: one good base, to be changed by name.
//!
//! Fictitious people, test identifiers.

/// The patient of most tests, as CX.
pub(crate) const PATIENT: &str = "284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH";
/// The repository of the default configuration.
pub(crate) const REPOSITORY: &str = "1.2.250.1.213.4.1.1.1.2";

pub(crate) const ITI18: &str = "urn:ihe:iti:2007:RegistryStoredQuery";
pub(crate) const ITI41: &str = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b";
pub(crate) const ITI42: &str = "urn:ihe:iti:2007:RegisterDocumentSet-b";
pub(crate) const ITI51: &str = "urn:ihe:iti:2009:MultiPatientStoredQuery";
pub(crate) const ITI43: &str = "urn:ihe:iti:2007:RetrieveDocumentSet";

pub(crate) const ITI61: &str = "urn:ihe:iti:2010:RegisterOnDemandDocumentEntry";
pub(crate) const ITI62: &str = "urn:ihe:iti:2010:DeleteDocumentSet";
pub(crate) const ITI86: &str = "urn:ihe:iti:2017:RemoveDocuments";

pub(crate) const FIND_DOCUMENTS: &str = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d";
pub(crate) const GET_DOCUMENTS: &str = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4";
pub(crate) const GET_ASSOCIATIONS: &str = "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155";
pub(crate) const GET_SUBMISSION_SET: &str = "urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83";
pub(crate) const FIND_SUBMISSION_SETS: &str = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9";
pub(crate) const FIND_FOLDERS: &str = "urn:uuid:958f3006-baad-4929-a4de-ff1114824431";
pub(crate) const FIND_BY_REFERENCE_ID: &str = "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492";
pub(crate) const GET_FOLDERS: &str = "urn:uuid:5737b14c-8a1a-4539-b659-e03a34a5e1e4";
pub(crate) const GET_DOCUMENTS_AND_ASSOCIATIONS: &str = "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a";
pub(crate) const GET_SUBMISSION_SETS: &str = "urn:uuid:51224314-5390-4169-9b91-b1980040715a";
pub(crate) const GET_FOLDER_AND_CONTENTS: &str = "urn:uuid:b909a503-523d-4517-8acf-8e5834dfc4c7";
pub(crate) const GET_FOLDERS_FOR_DOCUMENT: &str = "urn:uuid:10cae35a-c7f9-4cf5-b61e-fc3278ffb578";
pub(crate) const GET_RELATED_DOCUMENTS: &str = "urn:uuid:d90e5407-b356-4d91-a89f-873917b4b0e6";
pub(crate) const FIND_FOR_PATIENTS: &str = "urn:uuid:3d1bdb10-39a2-11de-89c2-2f44d94eaa9f";
pub(crate) const FIND_FOLDERS_FOR_PATIENTS: &str = "urn:uuid:50d3f5ac-39a2-11de-a1ca-b366239e58df";
pub(crate) const GET_ALL: &str = "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3";

const AUTHOR: &str = "<Slot name=\"authorPerson\"><ValueList><Value>899700000017^DUMONT^ALICE^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS</Value></ValueList></Slot>\
<Slot name=\"authorSpecialty\"><ValueList><Value>G15_10/SM26^Médecin - Qualifié en Médecine Générale (SM)^1.2.250.1.213.1.1.4.5</Value></ValueList></Slot>\
<Slot name=\"authorInstitution\"><ValueList><Value>CABINET DU PONT^^^^^&amp;1.2.250.1.71.4.2.2&amp;ISO^IDNST^^^499700000017001</Value></ValueList></Slot>";

/// Escapes what stands in a text or an attribute.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Puts a body, and an assertion if there is one, into an envelope.
pub(crate) fn envelope(action: &str, assertion: Option<&str>, body: &str) -> String {
    let security = assertion.map_or_else(String::new, |assertion| {
        format!(
            "<wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">{assertion}</wsse:Security>"
        )
    });
    format!(
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Header>\
         <MessageID xmlns=\"http://www.w3.org/2005/08/addressing\">urn:uuid:0d5a1a5e-33b1-4d9c-9d0f-6a1f8f9a1001</MessageID>\
         <To xmlns=\"http://www.w3.org/2005/08/addressing\"/>\
         <ReplyTo xmlns=\"http://www.w3.org/2005/08/addressing\" mustUnderstand=\"true\"><Address>http://www.w3.org/2005/08/addressing/anonymous</Address></ReplyTo>\
         <Action xmlns=\"http://www.w3.org/2005/08/addressing\" mustUnderstand=\"true\">{action}</Action>{security}\
         </soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>"
    )
}

/// One document in one submission set, to be changed with [`Deposit::with`].
#[derive(Clone)]
pub(crate) struct Deposit {
    pub(crate) unique_id: String,
    pub(crate) patient: String,
    changes: Vec<(String, String)>,
    extra: String,
}

impl Deposit {
    pub(crate) fn of(unique_id: &str) -> Self {
        Self { unique_id: unique_id.to_owned(), patient: PATIENT.to_owned(), changes: Vec::new(), extra: String::new() }
    }

    pub(crate) fn for_patient(mut self, patient: &str) -> Self {
        patient.clone_into(&mut self.patient);
        self
    }

    /// Replaces a text that stands in the message; a change that changes nothing is a mistake of the test.
    pub(crate) fn with(mut self, from: &str, to: &str) -> Self {
        self.changes.push((from.to_owned(), to.to_owned()));
        self
    }

    /// Replaces an existing document.
    pub(crate) fn replacing(mut self, entry_uuid: &str) -> Self {
        self.extra = format!(
            "<Association id=\"as9\" associationType=\"urn:ihe:iti:2007:AssociationType:RPLC\" sourceObject=\"Document01\" targetObject=\"{entry_uuid}\"/>"
        );
        self
    }

    /// In a folder of its own, which comes with it.
    pub(crate) fn in_folder(mut self, unique_id: &str) -> Self {
        let patient = escaped(&self.patient);
        let member = |id: &str, source: &str, target: &str| {
            format!(
                "<Association id=\"{id}\" associationType=\"urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember\" sourceObject=\"{source}\" targetObject=\"{target}\"/>"
            )
        };
        let identifier = |id: &str, scheme: &str, value: &str, name: &str| {
            format!(
                "<ExternalIdentifier id=\"{id}\" registryObject=\"Folder01\" identificationScheme=\"urn:uuid:{scheme}\" value=\"{value}\"><Name><LocalizedString value=\"{name}\"/></Name></ExternalIdentifier>"
            )
        };
        let folder = [
            "<RegistryPackage id=\"Folder01\"><Name><LocalizedString value=\"Grossesse\"/></Name>".to_owned(),
            "<Classification id=\"fc1\" classificationNode=\"urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2\" classifiedObject=\"Folder01\"/>".to_owned(),
            "<Classification id=\"fc2\" classificationScheme=\"urn:uuid:1ba97051-7806-41a8-a48b-8fce7af683c5\" classifiedObject=\"Folder01\" nodeRepresentation=\"G\"><Slot name=\"codingScheme\"><ValueList><Value>1.2.3</Value></ValueList></Slot><Name><LocalizedString value=\"Grossesse\"/></Name></Classification>".to_owned(),
            identifier("fi1", "f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a", &patient, "XDSFolder.patientId"),
            identifier("fi2", "75df8f67-9973-4fbe-a900-df66cefecc5a", unique_id, "XDSFolder.uniqueId"),
            "</RegistryPackage>".to_owned(),
            member("as2", "SubmissionSet01", "Folder01"),
            member("as3", "Folder01", "Document01"),
            member("as4", "SubmissionSet01", "as3"),
        ];
        self.extra.push_str(&folder.concat());
        self
    }

    /// Related to an existing document in that way.
    pub(crate) fn related(mut self, kind: &str, entry_uuid: &str) -> Self {
        let association = format!(
            "<Association id=\"as8\" associationType=\"urn:ihe:iti:2007:AssociationType:{kind}\" sourceObject=\"Document01\" targetObject=\"{entry_uuid}\"/>"
        );
        self.extra.push_str(&association);
        self
    }

    /// The `lcm:SubmitObjectsRequest`.
    pub(crate) fn submit_objects(&self) -> String {
        let (unique_id, patient) = (escaped(&self.unique_id), escaped(&self.patient));
        let named =
            |value: &str| format!("<Name><LocalizedString charset=\"UTF8\" xml:lang=\"FR\" value=\"{value}\"/></Name>");
        let slot = |name: &str, value: &str| {
            format!("<Slot name=\"{name}\"><ValueList><Value>{value}</Value></ValueList></Slot>")
        };
        let code = |owner: &str, id: &str, attribute: &str, value: &str, scheme: &str, display: &str| {
            format!(
                "<Classification id=\"{id}\" classificationScheme=\"urn:uuid:{attribute}\" classifiedObject=\"{owner}\" nodeRepresentation=\"{value}\">{}{}</Classification>",
                slot("codingScheme", scheme),
                named(display)
            )
        };
        let identifier = |owner: &str, id: &str, scheme: &str, value: &str, name: &str| {
            format!(
                "<ExternalIdentifier id=\"{id}\" identificationScheme=\"urn:uuid:{scheme}\" registryObject=\"{owner}\" value=\"{value}\">{}</ExternalIdentifier>",
                named(name)
            )
        };
        let author = |owner: &str, id: &str, scheme: &str| {
            format!(
                "<Classification id=\"{id}\" classificationScheme=\"urn:uuid:{scheme}\" classifiedObject=\"{owner}\" nodeRepresentation=\"\">{AUTHOR}</Classification>"
            )
        };
        let set = [
            slot("submissionTime", "20261125093000"),
            author("SubmissionSet01", "cl1", "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"),
            code("SubmissionSet01", "cl2", "aa543740-bdda-424e-8c96-df4873be8500", "07", "1.2.250.1.213.2.2", "Consultations"),
            "<Classification id=\"cl3\" classificationNode=\"urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd\" classifiedObject=\"SubmissionSet01\"/>".to_owned(),
            identifier("SubmissionSet01", "ei1", "6b5aea1a-874d-4603-a4bc-96a0a7b38446", &patient, "XDSSubmissionSet.patientId"),
            identifier("SubmissionSet01", "ei2", "554ac39e-e3fe-47fe-b233-965d2a147832", "1.2.250.1.999.77.1", "XDSSubmissionSet.sourceId"),
            identifier("SubmissionSet01", "ei3", "96fdda7c-d067-4183-912e-bf5ee74998a8", &format!("{unique_id}.1"), "XDSSubmissionSet.uniqueId"),
        ]
        .concat();
        let entry = [
            slot("creationTime", "20261125092500"),
            slot("languageCode", "fr-FR"),
            slot("legalAuthenticator", "899700000017^DUMONT^ALICE^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS"),
            slot("serviceStartTime", "20261125090000"),
            slot("sourcePatientId", "0004471^^^&amp;1.2.250.1.999.77.1.2&amp;ISO^PI"),
            slot("sourcePatientInfo", "PID-5|MARTIN^CLAIRE^^^^^L"),
            named("Compte rendu de consultation"),
            author("Document01", "cl4", "93606bcf-9494-43ec-9b4e-a7748d1a838d"),
            code(
                "Document01",
                "cl5",
                "41a5887f-8865-4c09-adf7-e362475b143a",
                "10",
                "1.2.250.1.213.1.1.4.1",
                "Compte rendu",
            ),
            code(
                "Document01",
                "cl6",
                "f0306f51-975f-434e-a61c-c59651d33983",
                "11488-4",
                "2.16.840.1.113883.6.1",
                "CR de consultation",
            ),
            code("Document01", "cl7", "f4f85eac-e6cb-4883-b524-f2705394840f", "N", "2.16.840.1.113883.5.25", "Normal"),
            code(
                "Document01",
                "cl8",
                "a09d5840-386c-46f2-b5ad-9c3699a4309d",
                "urn:ihe:iti:xds-sd:pdf:2008",
                "1.3.6.1.4.1.19376.1.2.3",
                "Pdf/A-1",
            ),
            code(
                "Document01",
                "cl9",
                "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1",
                "SA07",
                "1.2.250.1.71.4.2.4",
                "Cabinet individuel",
            ),
            code(
                "Document01",
                "cl10",
                "cccf5598-8b07-4b77-a05e-ae952c785ead",
                "AMBULATOIRE",
                "1.2.250.1.213.1.1.4.9",
                "Ambulatoire",
            ),
            identifier(
                "Document01",
                "ei4",
                "58a6f841-87b3-4a3e-92fd-a8ffeff98427",
                &patient,
                "XDSDocumentEntry.patientId",
            ),
            identifier(
                "Document01",
                "ei5",
                "2e82c1f6-a085-4c72-9da3-8640a32e42ab",
                &unique_id,
                "XDSDocumentEntry.uniqueId",
            ),
        ]
        .concat();
        let mut text = format!(
            "<lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\" xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\"><RegistryObjectList>\
             <RegistryPackage id=\"SubmissionSet01\">{set}</RegistryPackage>\
             <ExtrinsicObject id=\"Document01\" mimeType=\"text/xml\" objectType=\"urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1\">{entry}</ExtrinsicObject>\
             <Association id=\"as1\" associationType=\"urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember\" sourceObject=\"SubmissionSet01\" targetObject=\"Document01\">{}</Association>{}\
             </RegistryObjectList></lcm:SubmitObjectsRequest>",
            slot("SubmissionSetStatus", "Original"),
            self.extra
        );
        for (from, to) in &self.changes {
            assert!(text.contains(from.as_str()), "the message does not hold {from}");
            text = text.replace(from.as_str(), to);
        }
        text
    }

    /// The ITI-41 body whose document is the part `cid:document`.
    pub(crate) fn provide_and_register(&self) -> String {
        self.provide(PART)
    }

    /// The ITI-41 body with that content of `xdsb:Document`.
    pub(crate) fn provide(&self, content: &str) -> String {
        provide(&self.submit_objects(), content)
    }
}

/// What stands in an ITI-41 body for the part `cid:document`.
pub(crate) const PART: &str =
    "<xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:document\"/>";

/// The ITI-41 body of a `SubmitObjectsRequest` with that content of `xdsb:Document`.
pub(crate) fn provide(submit_objects: &str, content: &str) -> String {
    format!(
        "<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb=\"urn:ihe:iti:xds-b:2007\">{submit_objects}<xdsb:Document id=\"Document01\">{content}</xdsb:Document></xdsb:ProvideAndRegisterDocumentSetRequest>",
    )
}

/// A stored query.
pub(crate) fn query(id: &str, return_type: &str, parameters: &[(&str, &str)]) -> String {
    let slots = parameters
        .iter()
        .map(|(name, value)| {
            format!("<Slot name=\"{name}\"><ValueList><Value>{}</Value></ValueList></Slot>", escaped(value))
        })
        .collect::<Vec<_>>();
    let slots = slots.concat();
    format!(
        "<query:AdhocQueryRequest xmlns:query=\"urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0\" xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\">\
         <query:ResponseOption returnComposedObjects=\"true\" returnType=\"{return_type}\"/><AdhocQuery id=\"{id}\">{slots}</AdhocQuery></query:AdhocQueryRequest>"
    )
}

/// `FindDocuments` for a patient, with the status Approved.
pub(crate) fn find_documents(patient: &str) -> String {
    query(
        FIND_DOCUMENTS,
        "LeafClass",
        &[
            ("$XDSDocumentEntryPatientId", &format!("'{patient}'")),
            ("$XDSDocumentEntryStatus", "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')"),
        ],
    )
}

/// A retrieval of documents of one repository.
pub(crate) fn retrieve(repository: &str, unique_ids: &[&str]) -> String {
    let requests = unique_ids
        .iter()
        .map(|id| format!("<DocumentRequest><RepositoryUniqueId>{repository}</RepositoryUniqueId><DocumentUniqueId>{}</DocumentUniqueId></DocumentRequest>", escaped(id)))
        .collect::<Vec<_>>();
    let requests = requests.concat();
    format!("<RetrieveDocumentSetRequest xmlns=\"urn:ihe:iti:xds-b:2007\">{requests}</RetrieveDocumentSetRequest>")
}

/// A removal of metadata.
pub(crate) fn remove_objects(ids: &[&str]) -> String {
    let references = ids.iter().map(|id| format!("<ObjectRef id=\"{id}\"/>")).collect::<Vec<_>>().concat();
    format!(
        "<lcm:RemoveObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\" xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\">\
         <ObjectRefList>{references}</ObjectRefList></lcm:RemoveObjectsRequest>"
    )
}

/// A removal of documents of one repository.
pub(crate) fn remove_documents(repository: &str, unique_ids: &[&str]) -> String {
    let request = retrieve(repository, unique_ids);
    let (_, documents) = request.split_once('>').unwrap();
    let (documents, _) = documents.rsplit_once('<').unwrap();
    format!(
        "<rmd:RemoveDocumentsRequest xmlns:rmd=\"urn:ihe:iti:rmd:2017\" xmlns=\"urn:ihe:iti:xds-b:2007\">{documents}</rmd:RemoveDocumentsRequest>"
    )
}

/// The Content-Type of [`package`].
pub(crate) const PACKAGE: &str = "multipart/related; boundary=\"b1\"; type=\"application/xop+xml\"; start=\"<root>\"; start-info=\"application/soap+xml\"";

/// Packs an envelope and its parts.
pub(crate) fn package(envelope: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = format!(
        "--b1\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <root>\r\n\r\n{envelope}"
    )
    .into_bytes();
    for (id, content) in parts {
        out.extend(format!("\r\n--b1\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{id}>\r\n\r\n").into_bytes());
        out.extend_from_slice(content);
    }
    out.extend_from_slice(b"\r\n--b1--\r\n");
    out
}
