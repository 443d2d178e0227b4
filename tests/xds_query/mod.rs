//! Stored queries and messages, in and out. Spec: ITI TF-2: 3.18.4, 3.41.4, 3.42.4, 3.43.4.

mod find;
mod get;

use crate::xds_fixture::{OLD, PATIENT, base};
use dmp_gateway::datatype::code::Code;
use dmp_gateway::datatype::cx::PatientId;
use dmp_gateway::datatype::dtm::Dtm;
use dmp_gateway::xds::error::{ErrorCode, Finding, Profile};
use dmp_gateway::xds::message::provide_and_register;
use dmp_gateway::xds::message::registry_response::ResponseStatus;
use dmp_gateway::xds::message::retrieve::{self, DocumentResponse};
use dmp_gateway::xds::message::stored_query::{self, AdhocQueryRequest, Page, ReturnType};
use dmp_gateway::xds::message::{register, retrieve::RetrieveDocumentSetRequest};
use dmp_gateway::xds::metadata::availability::AvailabilityStatus;
use dmp_gateway::xds::metadata::document_entry::DocumentEntryType;
use dmp_gateway::xds::metadata::object::Slot;
use dmp_gateway::xds::query::id::StoredQueryId;
use dmp_gateway::xds::query::{DateRange, MetadataLevel, Selector, StoredQuery, decode};
use dmp_gateway::xml::document::Document;
use dmp_gateway::xml::limits::Limits;

pub(crate) const APPROVED: &str = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')";

pub(crate) fn slot(name: &str, values: &[&str]) -> Slot {
    Slot { name: name.to_owned(), slot_type: None, values: values.iter().map(|v| (*v).to_owned()).collect() }
}

pub(crate) fn request(id: StoredQueryId, slots: Vec<Slot>) -> AdhocQueryRequest {
    AdhocQueryRequest {
        id: id.as_urn().to_owned(),
        return_type: ReturnType::LeafClass,
        page: Page::default(),
        home: None,
        slots,
    }
}

fn patient() -> Slot {
    slot("$XDSDocumentEntryPatientId", &[&format!("'{PATIENT}'")])
}

fn find_documents(more: Vec<Slot>) -> AdhocQueryRequest {
    let mut slots = vec![patient(), slot("$XDSDocumentEntryStatus", &[APPROVED])];
    slots.extend(more);
    request(StoredQueryId::FindDocuments, slots)
}

pub(crate) fn understood(request: &AdhocQueryRequest) -> StoredQuery {
    let (query, findings) = decode(request, Profile::Dmp, None);
    assert_eq!(findings, []);
    query.unwrap()
}

pub(crate) fn codes(findings: &[Finding]) -> Vec<(&'static str, ErrorCode)> {
    findings.iter().map(|finding| (finding.rule, finding.code)).collect()
}

/// Each fault with its rule and the code that the transaction gives it.
pub(crate) fn refused(request: &AdhocQueryRequest, rule: &str, code: ErrorCode) {
    let (query, findings) = decode(request, Profile::Ihe, None);
    assert!(query.is_none(), "{request:?}");
    assert_eq!(codes(&findings), [(rule, code)], "{request:?} {findings:?}");
}

#[test]
fn find_documents_takes_every_parameter() {
    let query = understood(&find_documents(vec![
        slot("$XDSDocumentEntryClassCode", &["('10^^1.2.250.1.213.1.1.4.1', '11^^1.2.250.1.213.1.1.4.1')"]),
        slot("$XDSDocumentEntryTypeCode", &["('11488-4^^2.16.840.1.113883.6.1')", "('a^^b')"]),
        slot("$XDSDocumentEntryPracticeSettingCode", &["('p^^s')"]),
        slot("$XDSDocumentEntryHealthcareFacilityTypeCode", &["('h^^s')"]),
        slot("$XDSDocumentEntryFormatCode", &["('f^^s')"]),
        slot("$XDSDocumentEntryEventCodeList", &["('CT^^1.2.3','MR^^1.2.3')"]),
        slot("$XDSDocumentEntryEventCodeList", &["('TX^^1.2.4')"]),
        slot("$XDSDocumentEntryConfidentialityCode", &["('N^^2.16.840.1.113883.5.25')"]),
        slot("$XDSDocumentEntryCreationTimeFrom", &["20041224"]),
        slot("$XDSDocumentEntryCreationTimeTo", &["'200501010934'"]),
        slot("$XDSDocumentEntryServiceStartTimeFrom", &["2005"]),
        slot("$XDSDocumentEntryServiceStopTimeTo", &["(2006)"]),
        slot("$XDSDocumentEntryAuthorPerson", &["('%Ford%','O''Neil_')"]),
        slot("$XDSDocumentEntryType", &["('urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248')"]),
        slot("$MetadataLevel", &["2"]),
    ]));
    let StoredQuery::FindDocuments(query) = query else { panic!("another query") };
    assert_eq!(query.patient, PatientId::parse(PATIENT).unwrap());
    let find = query.criteria;
    assert_eq!(find.statuses, [AvailabilityStatus::Approved]);
    assert_eq!(find.class_codes.len(), 2);
    assert_eq!(find.type_codes, [Code::new("11488-4", "2.16.840.1.113883.6.1"), Code::new("a", "b")]);
    assert_eq!(find.practice_setting_codes, [Code::new("p", "s")]);
    assert_eq!(find.healthcare_facility_type_codes, [Code::new("h", "s")]);
    assert_eq!(find.format_codes, [Code::new("f", "s")]);
    assert_eq!(
        find.event_codes,
        [vec![Code::new("CT", "1.2.3"), Code::new("MR", "1.2.3")], vec![Code::new("TX", "1.2.4")]]
    );
    assert_eq!(find.confidentiality_codes, [vec![Code::new("N", "2.16.840.1.113883.5.25")]]);
    let range = |from: &str, to: &str| DateRange { from: Dtm::parse(from).ok(), to: Dtm::parse(to).ok() };
    assert_eq!(find.creation_time, range("20041224", "200501010934"));
    assert_eq!(find.service_start_time, range("2005", ""));
    assert_eq!(find.service_stop_time, range("", "2006"));
    assert_eq!(find.author_persons, ["%Ford%", "O'Neil_"]);
    assert_eq!(find.entry_types, [DocumentEntryType::OnDemand]);
    assert_eq!(find.level, MetadataLevel::Two);
}

#[test]
fn without_a_type_only_stable_documents_are_meant_and_level_one() {
    let StoredQuery::FindDocuments(find) = understood(&find_documents(vec![])) else { panic!("another query") };
    let find = find.criteria;
    assert_eq!((find.entry_types, find.level), (vec![DocumentEntryType::Stable], MetadataLevel::One));
}

#[test]
fn each_fault_of_a_query_has_its_code() {
    let find = |name: &str, values: &[&str]| find_documents(vec![slot(name, values)]);
    let error = ErrorCode::RegistryError;
    refused(&find("$XDSDocumentEntryClassCode", &["('a^^')"]), "QUERY-CODE", error);
    refused(&find("$XDSDocumentEntryClassCode", &["('Dialysis')"]), "QUERY-CODE", error);
    refused(&find("$XDSDocumentEntryClassCode", &["('a^b^c')"]), "QUERY-CODE", error);
    refused(&find("$XDSDocumentEntryClassCode", &["(a)"]), "QUERY-SYNTAX", error);
    refused(&find("$XDSDocumentEntryClassCode", &["('a^^b'"]), "QUERY-SYNTAX", error);
    refused(&find("$XDSDocumentEntryCreationTimeFrom", &["'yesterday'"]), "QUERY-VALUE", error);
    refused(&find("$XDSDocumentEntryType", &["('urn:uuid:x')"]), "QUERY-VALUE", error);
    refused(&find("$MetadataLevel", &["3"]), "QUERY-LEVEL", error);
    let number = ErrorCode::StoredQueryParamNumber;
    refused(&find("$XDSDocumentEntryCreationTimeFrom", &["(2004, 2005)"]), "QUERY-NUMBER", number);
    refused(&find("$XDSDocumentEntryCreationTimeFrom", &["2004", "2005"]), "QUERY-NUMBER", number);
    let twice = |name: &str| find_documents(vec![slot(name, &["('a^^b')"]), slot(name, &["('c^^d')"])]);
    refused(&twice("$XDSDocumentEntryClassCode"), "QUERY-REPEATED", number);
    understood(&twice("$XDSDocumentEntryConfidentialityCode"));
    let many = format!("({})", vec!["'a^^b'"; 1001].join(","));
    refused(&find("$XDSDocumentEntryClassCode", &[&many]), "QUERY-NUMBER", number);
}

#[test]
fn a_required_parameter_is_missed() {
    let missing = ErrorCode::StoredQueryMissingParam;
    let without_status = request(StoredQueryId::FindDocuments, vec![patient()]);
    refused(&without_status, "QUERY-REQUIRED", missing);
    let empty = request(StoredQueryId::FindDocuments, vec![patient(), slot("$XDSDocumentEntryStatus", &[])]);
    refused(&empty, "QUERY-REQUIRED", missing);
    let unknown = slot("$XDSDocumentEntryStatus", &["('Approved','urn:asip:ci-sis:2010:StatusType:Archived')"]);
    refused(&request(StoredQueryId::FindDocuments, vec![patient(), unknown]), "QUERY-REQUIRED", missing);
    let without_patient = request(StoredQueryId::FindDocuments, vec![slot("$XDSDocumentEntryStatus", &[APPROVED])]);
    refused(&without_patient, "QUERY-REQUIRED", missing);
    refused(&request(StoredQueryId::GetAssociations, vec![]), "QUERY-REQUIRED", missing);
}

#[test]
fn all_faults_of_a_query_are_told_at_once() {
    let faulty = request(
        StoredQueryId::FindDocuments,
        vec![slot("$XDSDocumentEntryClassCode", &["('a')"]), slot("$XDSDocumentEntryStatus", &["Approved"])],
    );
    let (_, findings) = decode(&faulty, Profile::Ihe, None);
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["QUERY-CODE", "QUERY-REQUIRED", "QUERY-SYNTAX"]);
}

#[test]
fn the_patient_of_the_assertion_stands_in_in_profile_dmp_only() {
    let without = request(StoredQueryId::FindDocuments, vec![slot("$XDSDocumentEntryStatus", &[APPROVED])]);
    let ins = PatientId::parse(PATIENT).unwrap();
    let (query, findings) = decode(&without, Profile::Dmp, Some(&ins));
    assert_eq!(findings, []);
    assert!(matches!(query, Some(StoredQuery::FindDocuments(find)) if find.patient == ins));
    assert!(decode(&without, Profile::Ihe, Some(&ins)).0.is_none());
}

#[test]
fn statuses_of_the_dmp_are_known_in_profile_dmp_and_unknown_ones_are_ignored() {
    let archived = slot("$XDSDocumentEntryStatus", &["('urn:asip:ci-sis:2010:StatusType:Archived','Unheard')"]);
    let StoredQuery::FindDocuments(find) =
        understood(&request(StoredQueryId::FindDocuments, vec![patient(), archived]))
    else {
        panic!("another query")
    };
    assert_eq!(find.criteria.statuses, [AvailabilityStatus::Archived]);
}

#[test]
fn a_parameter_that_the_query_does_not_take_is_ignored() {
    understood(&find_documents(vec![slot("$XDSDocumentEntryUnheardOf", &["what?"])]));
}

#[test]
fn documents_are_chosen_by_one_kind_of_id() {
    let by = |slots: Vec<Slot>| request(StoredQueryId::GetDocuments, slots);
    let uuid = slot("$XDSDocumentEntryEntryUUID", &[&format!("('{OLD}')"), &format!("('{}')", OLD.to_uppercase())]);
    let StoredQuery::GetDocuments(get) = understood(&by(vec![uuid.clone()])) else { panic!("another query") };
    assert!(matches!(&get.by, Selector::EntryUuids(uuids) if uuids.len() == 2 && uuids[0] == uuids[1]));
    let unique = slot("$XDSDocumentEntryUniqueId", &["('1.2.3^4','1.2.5')"]);
    let StoredQuery::GetDocuments(get) = understood(&by(vec![unique.clone()])) else { panic!("another query") };
    assert!(matches!(&get.by, Selector::UniqueIds(ids) if ids.len() == 2));
    refused(&by(vec![]), "QUERY-SELECTOR", ErrorCode::StoredQueryMissingParam);
    refused(&by(vec![slot("$XDSDocumentEntryUniqueId", &[])]), "QUERY-SELECTOR", ErrorCode::StoredQueryMissingParam);
    refused(&by(vec![uuid, unique]), "QUERY-SELECTOR", ErrorCode::StoredQueryParamNumber);
    let logical = slot("$XDSDocumentEntryLogicalID", &[&format!("('{OLD}')")]);
    refused(&by(vec![logical.clone()]), "QUERY-LEVEL", ErrorCode::RegistryError);
    understood(&by(vec![logical, slot("$MetadataLevel", &["'2'"])]));
    refused(
        &by(vec![slot("$XDSDocumentEntryEntryUUID", &["('Document01')"])]),
        "QUERY-VALUE",
        ErrorCode::RegistryError,
    );
}

#[test]
fn a_submission_set_is_chosen_by_one_id_with_its_contents_filtered() {
    let ask = |slots: Vec<Slot>| request(StoredQueryId::GetSubmissionSetAndContents, slots);
    let StoredQuery::GetSubmissionSetAndContents(get) = understood(&ask(vec![
        slot("$XDSSubmissionSetUniqueId", &["'1.2.3'"]),
        slot("$XDSDocumentEntryFormatCode", &["('f^^s')"]),
        slot("$XDSDocumentEntryConfidentialityCode", &["('N^^s')"]),
    ])) else {
        panic!("another query")
    };
    assert!(matches!(&get.by, Selector::UniqueIds(ids) if ids[0].as_str() == "1.2.3"));
    assert_eq!(get.contents.format_codes, [Code::new("f", "s")]);
    let two = ask(vec![slot("$XDSSubmissionSetUniqueId", &["('1.2.3','1.2.4')"])]);
    refused(&two, "QUERY-NUMBER", ErrorCode::StoredQueryParamNumber);
}

#[test]
fn associations_in_force_are_meant_unless_a_status_is_named() {
    let StoredQuery::GetAssociations(get) =
        understood(&request(StoredQueryId::GetAssociations, vec![slot("$uuid", &[&format!("('{OLD}')")])]))
    else {
        panic!("another query")
    };
    assert_eq!(get.statuses, [AvailabilityStatus::Approved]);
}

#[test]
fn get_all_needs_a_patient_and_three_statuses() {
    let all = vec![
        slot("$patientId", &[&format!("'{PATIENT}'")]),
        slot("$XDSDocumentEntryStatus", &[APPROVED]),
        slot("$XDSSubmissionSetStatus", &[APPROVED]),
        slot("$XDSFolderStatus", &[APPROVED]),
    ];
    understood(&request(StoredQueryId::GetAll, all.clone()));
    for missing in 0..all.len() {
        let mut slots = all.clone();
        slots.remove(missing);
        let one = request(StoredQueryId::GetAll, slots);
        refused(&one, "QUERY-REQUIRED", ErrorCode::StoredQueryMissingParam);
    }
}

#[test]
fn a_query_that_is_not_served_is_unknown() {
    let unknown = AdhocQueryRequest { id: "urn:uuid:x".to_owned(), ..find_documents(vec![]) };
    refused(&unknown, "QUERY-ID", ErrorCode::UnknownStoredQuery);
}

// Messages.

fn with_document<T>(xml: &str, read: impl FnOnce(&Document<'_>) -> T) -> T {
    read(&Document::parse(xml, &Limits::default()).unwrap())
}

const NAMESPACES: &str = "xmlns:q='urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0' \
                          xmlns='urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0'";

fn adhoc_query(inside: &str) -> (Option<AdhocQueryRequest>, Vec<Finding>) {
    let xml = format!("<q:AdhocQueryRequest {NAMESPACES}>{inside}</q:AdhocQueryRequest>");
    with_document(&xml, |document| stored_query::decode(document.root()))
}

#[test]
fn a_query_is_read_from_its_message() {
    let (request, findings) = adhoc_query(
        "<q:ResponseOption returnComposedObjects='true' returnType='ObjectRef'/>\
         <AdhocQuery id='urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d' home='urn:oid:1.2'>\
         <Slot name='$uuid'><ValueList><Value>('a','b&amp;c')</Value><Value>('d')</Value></ValueList></Slot></AdhocQuery>",
    );
    assert_eq!(findings, []);
    let request = request.unwrap();
    assert_eq!((request.return_type, request.home.as_deref()), (ReturnType::ObjectRef, Some("urn:oid:1.2")));
    assert_eq!(request.slots[0].values, ["('a','b&c')", "('d')"]);
}

#[test]
fn a_query_message_that_lacks_a_part_is_refused_with_codes_of_its_transaction() {
    let query = "<AdhocQuery id='x'/>";
    let cases = [
        (String::new(), "MESSAGE-SHAPE"),
        (query.to_owned(), "QUERY-RETURN-TYPE"),
        (format!("<q:ResponseOption/>{query}"), "QUERY-RETURN-TYPE"),
        (format!("<q:ResponseOption returnType='LeafClassWithRepositoryItem'/>{query}"), "QUERY-RETURN-TYPE"),
        (
            "<q:ResponseOption returnType='LeafClass'/><AdhocQuery id='x'><Slot/></AdhocQuery>".to_owned(),
            "EBRIM-SLOT-NAME",
        ),
    ];
    for (inside, rule) in cases {
        let (request, findings) = adhoc_query(&inside);
        assert!(request.is_none());
        assert_eq!(codes(&findings), [(rule, ErrorCode::RegistryError)], "{inside}");
        assert!(findings[0].location.is_some());
    }
}

#[test]
fn an_answer_is_written_in_pieces_and_reads_as_one_message() {
    let mut out = Vec::new();
    stored_query::write_header(&mut out, 0, 1, &[]);
    stored_query::write_object(&mut out, b"<ns4:ExtrinsicObject id=\"i\" lid=\"l\"", "urn:s", b" mimeType=\"m\"/>");
    stored_query::write_footer(&mut out);
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with(
        "<ns3:AdhocQueryResponse startIndex=\"0\" totalResultCount=\"1\" \
         status=\"urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success\" \
         xmlns:ns2=\"urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0\" \
         xmlns:ns3=\"urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0\" \
         xmlns:ns4=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\" \
         xmlns:ns5=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\"><ns4:RegistryObjectList><ns4:ExtrinsicObject"
    ));
    assert!(text.contains("id=\"i\" lid=\"l\" status=\"urn:s\" mimeType=\"m\""));
    with_document(&text, |document| assert_eq!(document.root().descendants().count(), 3));
}

#[test]
fn a_refused_query_has_errors_and_an_empty_object_list() {
    let mut out = Vec::new();
    stored_query::write_failure(&mut out, &[Finding::of(rule("QUERY-ID"), "no")]);
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with("</ns2:RegistryErrorList><ns4:RegistryObjectList/></ns3:AdhocQueryResponse>"));
    with_document(&text, |_| ());
}

#[test]
fn object_references_carry_the_id_first() {
    let mut out = Vec::new();
    stored_query::write_object_ref(&mut out, OLD);
    assert_eq!(String::from_utf8(out).unwrap(), format!("<ns4:ObjectRef id=\"{OLD}\"/>"));
}

fn provide(documents: &str) -> String {
    format!(
        "<x:ProvideAndRegisterDocumentSetRequest xmlns:x='urn:ihe:iti:xds-b:2007' \
         xmlns:xop='http://www.w3.org/2004/08/xop/include'>\
         <lcm:SubmitObjectsRequest xmlns:lcm='urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0'>{}\
         </lcm:SubmitObjectsRequest>{documents}</x:ProvideAndRegisterDocumentSetRequest>",
        base().xml()
    )
}

#[test]
fn a_deposit_gives_its_metadata_and_its_documents_in_order() {
    let xml = provide("<x:Document id='Document02'>aGVsbG8=</x:Document><x:Document id='Document01'/>");
    with_document(&xml, |document| {
        let (request, findings) = provide_and_register::decode(document.root(), Profile::Dmp);
        assert_eq!(findings, []);
        assert_eq!(request.submission.unwrap().entries.len(), 1);
        let ids: Vec<&str> = request.documents.iter().map(|document| document.id.as_str()).collect();
        assert_eq!(ids, ["Document02", "Document01"]);
    });
}

#[test]
fn a_deposit_that_lacks_a_part_is_refused() {
    with_document(&provide("<x:Document>aGVsbG8=</x:Document>"), |tree| {
        let (_, findings) = provide_and_register::decode(tree.root(), Profile::Dmp);
        assert_eq!(codes(&findings), [("MESSAGE-DOCUMENT", ErrorCode::RepositoryMetadataError)]);
    });
    let empty = "<x:ProvideAndRegisterDocumentSetRequest xmlns:x='urn:ihe:iti:xds-b:2007'/>";
    with_document(empty, |tree| {
        let (_, findings) = provide_and_register::decode(tree.root(), Profile::Dmp);
        assert_eq!(codes(&findings), [("MESSAGE-SHAPE", ErrorCode::RepositoryMetadataError)]);
    });
    with_document("<l:SubmitObjectsRequest xmlns:l='urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0'/>", |tree| {
        let (_, findings) = register::decode(tree.root(), Profile::Ihe);
        assert_eq!(codes(&findings), [("MESSAGE-SHAPE", ErrorCode::RegistryMetadataError)]);
    });
}

fn retrieve_request(inside: &str) -> (Option<RetrieveDocumentSetRequest>, Vec<Finding>) {
    let xml =
        format!("<RetrieveDocumentSetRequest xmlns='urn:ihe:iti:xds-b:2007'>{inside}</RetrieveDocumentSetRequest>");
    with_document(&xml, |document| retrieve::decode(document.root()))
}

#[test]
fn a_retrieval_names_repository_and_document() {
    let good = "<DocumentRequest><HomeCommunityId>urn:oid:1.2</HomeCommunityId>\
                <RepositoryUniqueId>1.2.3</RepositoryUniqueId><DocumentUniqueId> 1.2.4 </DocumentUniqueId></DocumentRequest>";
    let (request, findings) = retrieve_request(good);
    assert_eq!(findings, []);
    assert_eq!(request.unwrap().documents[0].document_unique_id, "1.2.4");
    for bad in [
        "",
        "<DocumentRequest/>",
        "<DocumentRequest><RepositoryUniqueId>1</RepositoryUniqueId></DocumentRequest>",
        "<DocumentRequest><RepositoryUniqueId>1</RepositoryUniqueId><DocumentUniqueId>2<!----></DocumentUniqueId></DocumentRequest>",
    ] {
        let (request, findings) = retrieve_request(bad);
        assert!(request.is_none());
        assert_eq!(codes(&findings), [("MESSAGE-SHAPE", ErrorCode::RepositoryError)], "{bad}");
    }
}

#[test]
fn a_retrieval_is_answered_per_document_and_partly_if_need_be() {
    let (request, _) = retrieve_request(
        "<DocumentRequest><RepositoryUniqueId>1.2.3</RepositoryUniqueId><DocumentUniqueId>1.2.4</DocumentUniqueId></DocumentRequest>",
    );
    let asked = request.unwrap().documents.remove(0);
    let given =
        DocumentResponse { request: asked.clone(), mime_type: "text/xml".to_owned(), href: "cid:a%3Ab".to_owned() };
    let finding = Finding::of(rule("MESSAGE-SHAPE"), "no such document")
        .coded(ErrorCode::DocumentUniqueIdError)
        .on(&*asked.document_unique_id);
    let given = [given];
    let findings = [finding];
    assert_eq!(retrieve::status(&given, &[]), ResponseStatus::Success);
    assert_eq!(retrieve::status(&given, &findings), ResponseStatus::PartialSuccess);
    assert_eq!(retrieve::status(&[], &findings), ResponseStatus::Failure);
    let mut out = Vec::new();
    retrieve::write(&mut out, &given, &findings);
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("location=\"1.2.4\""), "{text}");
    assert!(text.contains("status=\"urn:ihe:iti:2007:ResponseStatusType:PartialSuccess\""));
    assert!(text.contains(
        "<ns4:DocumentResponse><ns4:RepositoryUniqueId>1.2.3</ns4:RepositoryUniqueId>\
         <ns4:DocumentUniqueId>1.2.4</ns4:DocumentUniqueId><ns4:mimeType>text/xml</ns4:mimeType><ns4:Document>\
         <xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:a%3Ab\"/></ns4:Document>"
    ));
    with_document(&text, |_| ());
}

/// A rule by its id.
fn rule(id: &str) -> &'static dmp_gateway::xds::rule::Rule {
    dmp_gateway::xds::rule::all().find(|rule| rule.id == id).unwrap()
}
