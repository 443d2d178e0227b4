//! ebRIM of a submission, a stored query and a retrieve, written by hand. Spec: ITI TF-3: 4.2; DMP TD2.1, TD3.1, TD3.2.

use crate::document::{Code, Document, Person};
use crate::failure::Failure;
use crate::soap::escape;
use crate::time;

const RIM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0";
const STABLE: &str = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1";

/// Content-ID of the one document of a deposit.
pub const DOCUMENT_PART: &str = "document@conformance";

/// What a plan may add to the metadata of a deposit or get wrong in it.
#[derive(Default)]
pub struct Variation<'a> {
    /// entryUUID of the entry to replace.
    pub replaces: Option<&'a str>,
    /// The hash to announce.
    pub hash: Option<&'a str>,
    /// The size to announce.
    pub size: Option<&'a str>,
    /// uniqueId of the submission set, when it is not to be a new one.
    pub set: Option<&'a str>,
}

/// The body of a TD2.1 for one document.
pub fn deposit(document: &Document, variation: &Variation) -> Result<String, Failure> {
    let set = match variation.set {
        Some(unique_id) => submission_set(document, unique_id, &time::dtm()),
        None => submission_set(document, &time::oid()?, &time::dtm()),
    };
    let entry = entry(document, variation);
    let replaced = variation.replaces.map_or_else(String::new, |old| {
        association("as2", "urn:ihe:iti:2007:AssociationType:RPLC", "Document01", old, "")
    });
    let member = association(
        "as1",
        "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember",
        "SubmissionSet01",
        "Document01",
        &slot("SubmissionSetStatus", &["Original"]),
    );
    Ok(format!(
        "<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb=\"urn:ihe:iti:xds-b:2007\" xmlns=\"{RIM}\" \
         xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\"><lcm:SubmitObjectsRequest><RegistryObjectList>\
         {set}{entry}{member}{replaced}</RegistryObjectList></lcm:SubmitObjectsRequest><xdsb:Document id=\"Document01\">\
         <xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:{}\"/></xdsb:Document>\
         </xdsb:ProvideAndRegisterDocumentSetRequest>",
        DOCUMENT_PART.replace('@', "%40"),
    ))
}

/// The body of a TD3.1: `FindDocuments` of a patient.
pub fn find_documents(patient: &str, statuses: &[&str], return_type: &str) -> String {
    let statuses: Vec<String> =
        statuses.iter().map(|s| format!("'urn:oasis:names:tc:ebxml-regrep:StatusType:{s}'")).collect();
    let parameters = slot("$XDSDocumentEntryPatientId", &[&format!("'{patient}'")])
        + &slot("$XDSDocumentEntryStatus", &[&format!("({})", statuses.join(","))]);
    query("urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d", return_type, &parameters)
}

/// The body of a TD3.1: `GetDocuments` by uniqueId.
pub fn get_documents(unique_id: &str) -> String {
    let parameters = slot("$XDSDocumentEntryUniqueId", &[&format!("('{unique_id}')")]);
    query("urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4", "LeafClass", &parameters)
}

/// The body of a TD3.2 for one document.
pub fn retrieve(repository: &str, unique_id: &str) -> String {
    format!(
        "<RetrieveDocumentSetRequest xmlns=\"urn:ihe:iti:xds-b:2007\"><DocumentRequest>\
         <RepositoryUniqueId>{repository}</RepositoryUniqueId><DocumentUniqueId>{unique_id}</DocumentUniqueId>\
         </DocumentRequest></RetrieveDocumentSetRequest>"
    )
}

fn query(id: &str, return_type: &str, parameters: &str) -> String {
    format!(
        "<query:AdhocQueryRequest xmlns:query=\"urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0\" xmlns=\"{RIM}\">\
         <query:ResponseOption returnComposedObjects=\"true\" returnType=\"{return_type}\"/>\
         <AdhocQuery id=\"{id}\">{parameters}</AdhocQuery></query:AdhocQueryRequest>"
    )
}

fn submission_set(document: &Document, unique_id: &str, now: &str) -> String {
    let of = "SubmissionSet01";
    format!(
        "<RegistryPackage id=\"{of}\">{}{}{}{}<Classification id=\"ss-node\" \
         classificationNode=\"urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd\" classifiedObject=\"{of}\"/>{}{}{}</RegistryPackage>",
        slot("submissionTime", &[now]),
        name(&document.title),
        author("ss-author", "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d", of, document),
        classification("ss-content", "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500", of, &document.facility),
        identifier(
            "ss-patient",
            "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446",
            of,
            &document.patient,
            "XDSSubmissionSet.patientId"
        ),
        identifier(
            "ss-source",
            "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832",
            of,
            "1.2.250.1.999.77.1",
            "XDSSubmissionSet.sourceId"
        ),
        identifier(
            "ss-id",
            "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8",
            of,
            unique_id,
            "XDSSubmissionSet.uniqueId"
        ),
    )
}

fn entry(document: &Document, variation: &Variation) -> String {
    let of = "Document01";
    let authenticator = xcn(&document.legal_authenticator);
    let info: Vec<&str> = document.source_patient_info.iter().map(String::as_str).collect();
    let slots = [
        slot("creationTime", &[&document.created]),
        variation.hash.map(|hash| slot("hash", &[hash])).unwrap_or_default(),
        slot("languageCode", &[&document.language]),
        slot("legalAuthenticator", &[&authenticator]),
        slot("serviceStartTime", &[&document.service_start]),
        document.service_stop.as_deref().map(|stop| slot("serviceStopTime", &[stop])).unwrap_or_default(),
        variation.size.map(|size| slot("size", &[size])).unwrap_or_default(),
        slot("sourcePatientId", &[&document.source_patient]),
        slot("sourcePatientInfo", &info),
    ];
    let codes = [
        ("de-class", "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a", class_of(&document.kind)),
        ("de-type", "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983", document.kind.clone()),
        ("de-confidentiality", "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f", document.confidentiality.clone()),
        ("de-format", "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d", format_of(document)),
        ("de-facility", "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", document.facility.clone()),
        ("de-practice", "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead", document.practice_setting.clone()),
    ];
    let codes: String = codes.iter().map(|(id, scheme, code)| classification(id, scheme, of, code)).collect();
    format!(
        "<ExtrinsicObject id=\"{of}\" mimeType=\"{}\" objectType=\"{STABLE}\">{}{}{}{codes}{}{}</ExtrinsicObject>",
        document.mime_type,
        slots.concat(),
        name(&document.title),
        author("de-author", "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d", of, document),
        identifier(
            "de-patient",
            "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427",
            of,
            &document.patient,
            "XDSDocumentEntry.patientId"
        ),
        identifier(
            "de-id",
            "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab",
            of,
            &document.unique_id,
            "XDSDocumentEntry.uniqueId"
        ),
    )
}

fn slot(name: &str, values: &[&str]) -> String {
    let values: Vec<String> = values.iter().map(|v| format!("<Value>{}</Value>", escape(v))).collect();
    format!("<Slot name=\"{name}\"><ValueList>{}</ValueList></Slot>", values.concat())
}

fn name(value: &str) -> String {
    format!("<Name><LocalizedString charset=\"UTF8\" xml:lang=\"FR\" value=\"{}\"/></Name>", escape(value))
}

fn classification(id: &str, scheme: &str, of: &str, code: &Code) -> String {
    format!(
        "<Classification id=\"{id}\" classificationScheme=\"{scheme}\" classifiedObject=\"{of}\" nodeRepresentation=\"{}\">{}{}\
         </Classification>",
        escape(&code.code),
        slot("codingScheme", &[&code.system]),
        name(&code.label),
    )
}

fn identifier(id: &str, scheme: &str, of: &str, value: &str, what: &str) -> String {
    format!(
        "<ExternalIdentifier id=\"{id}\" identificationScheme=\"{scheme}\" registryObject=\"{of}\" value=\"{}\">{}</ExternalIdentifier>",
        escape(value),
        name(what),
    )
}

fn association(id: &str, kind: &str, source: &str, target: &str, inside: &str) -> String {
    format!(
        "<Association id=\"{id}\" associationType=\"{kind}\" sourceObject=\"{source}\" targetObject=\"{target}\">{inside}</Association>"
    )
}

fn author(id: &str, scheme: &str, of: &str, document: &Document) -> String {
    let specialty = &document.author_specialty;
    let (institution, institution_id) = &document.author_institution;
    let institution = format!("{institution}^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^{institution_id}");
    let specialty = format!("{}^{}^{}", specialty.code, specialty.label, specialty.system);
    let slots = [
        slot("authorPerson", &[&xcn(&document.author)]),
        slot("authorInstitution", &[&institution]),
        document.author_role.as_deref().map(|role| slot("authorRole", &[role])).unwrap_or_default(),
        slot("authorSpecialty", &[&specialty]),
    ];
    format!(
        "<Classification id=\"{id}\" classificationScheme=\"{scheme}\" classifiedObject=\"{of}\" nodeRepresentation=\"\">{}</Classification>",
        slots.concat()
    )
}

fn xcn(person: &Person) -> String {
    format!("{}^{}^{}^^^^^^&{}&ISO^D^^^IDNPS", person.id, person.family, person.given, person.authority)
}

/// formatCode: of a level 1 body by its media type; a level 3 body of no known model is "outside the models".
fn format_of(document: &Document) -> Code {
    let (code, system, label) = match document.body_media_type.as_deref() {
        Some("application/pdf") => {
            ("urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3", "Document à corps non structuré en Pdf/A-1")
        }
        Some("text/plain") => {
            ("urn:ihe:iti:xds-sd:text:2008", "1.3.6.1.4.1.19376.1.2.3", "Document à corps non structuré en texte")
        }
        Some(_) | None => ("urn:asipSante:modelesHorsProfils:2011", "1.2.250.1.213.1.1.4.2.282", "Hors référentiel"),
    };
    Code { code: code.to_owned(), system: system.to_owned(), label: label.to_owned() }
}

/// classCode with its label and the LOINC and national types that belong to it. Spec: `JDV_J57`, `JDV_J66`, `ASS_X16`.
const CLASSES: &[(&str, &str, &str)] = &[
    (
        "11",
        "Synthèse",
        "SYNTH 18761-7 34133-9 34842-5 56445-0 57057-2 57055-6 57075-4 60591-5 68599-0 68817-6 74207-2 78489-2 80820-4 83836-7 83901-9 88348-8 89235-6",
    ),
    ("31", "Imagerie médicale", "IMG-KOS 18748-4 52040-3"),
    (
        "42",
        "Prescription",
        "PRESC-AAT PRESC-BIO PRESC-KINE PRESC-INF PRESC-PEDI PRESC-ORTHOPHO PRESC-ORTHOPTIE 55115-0 57828-6 57832-8 57833-6 61357-0 75468-9",
    ),
    ("43", "Dispensation", "DISP_AUT 60593-1"),
    ("44", "Plan de soins, protocole de soins", "PROT_ALD 18776-5 77604-7 80771-9 80788-3 83869-8"),
    ("45", "Traitement administré", "80565-5"),
    ("52", "Certificat, déclaration", "CERT_DECL 11369-6 87273-9 89601-9 96173-0 96874-3"),
    ("60", "Données de remboursement", "REMB"),
    ("90", "Autres documents déposés par le patient", "EXPPAT_1 EXPPAT_2 EXPPAT_3 74465-6"),
    (
        "95",
        "Document de gestion (administratif)",
        "AUTORIS-SOINS ATTEST-RESID ATTEST-DROITS-AM ATTEST-ASS-COMPL ATTEST-HEBGT 59284-0 86531-1",
    ),
];

/// classCode of a typeCode; whatever is in no other class is a report.
fn class_of(kind: &Code) -> Code {
    let found = CLASSES.iter().find(|(_, _, types)| types.split(' ').any(|t| t == kind.code));
    let (code, label) = found.map_or(("10", "Compte rendu"), |(code, label, _)| (*code, *label));
    Code { code: code.to_owned(), system: "1.2.250.1.213.1.1.4.1".to_owned(), label: label.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Document {
        Document::read(include_bytes!("../../cda-samples/adressage.xml")).unwrap()
    }

    #[test]
    fn a_deposit_is_well_formed_and_names_its_document_once() {
        let body = deposit(&sample(), &Variation::default()).unwrap();
        let tree = roxmltree::Document::parse(&body).unwrap();
        let ids = tree.descendants().filter(|n| n.attribute("value") == Some(&sample().unique_id)).count();
        assert_eq!(ids, 1);
        assert!(body.contains("urn:ihe:iti:xds-sd:pdf:2008"));
    }

    #[test]
    fn the_class_of_a_letter_is_a_report_and_of_a_certificate_is_not() {
        let of = |code: &str| {
            class_of(&Code { code: code.to_owned(), system: "2.16.840.1.113883.6.1".to_owned(), label: String::new() })
                .code
        };
        assert_eq!((of("96349-6").as_str(), of("89601-9").as_str()), ("10", "52"));
    }
}
