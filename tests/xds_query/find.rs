//! The queries that search, ITI-51 included: what each takes, and what it cannot do without.

use dmp_gateway::datatype::code::Code;
use dmp_gateway::datatype::cx::PatientId;
use dmp_gateway::datatype::dtm::Dtm;
use dmp_gateway::xds::error::{ErrorCode, Profile};
use dmp_gateway::xds::message::stored_query::AdhocQueryRequest;
use dmp_gateway::xds::metadata::availability::{AvailabilityStatus, DocumentAvailability};
use dmp_gateway::xds::metadata::object::Slot;
use dmp_gateway::xds::query::id::{StoredQueryId, TABLE};
use dmp_gateway::xds::query::{DateRange, MetadataLevel, StoredQuery, decode, decode_of_several_patients};

use crate::xds_fixture::{OTHER_PATIENT, PATIENT};
use crate::xds_query::{APPROVED, codes, refused, request, slot, understood};

const MISSING: ErrorCode = ErrorCode::StoredQueryMissingParam;
const NUMBER: ErrorCode = ErrorCode::StoredQueryParamNumber;

fn quoted(text: &str) -> String {
    format!("'{text}'")
}

fn of_patient(name: &str) -> Slot {
    slot(name, &[&quoted(PATIENT)])
}

fn patient() -> PatientId {
    PatientId::parse(PATIENT).unwrap()
}

fn range(from: &str, to: &str) -> DateRange {
    DateRange { from: Dtm::parse(from).ok(), to: Dtm::parse(to).ok() }
}

/// Without each of the first `required` slots in turn the query is refused.
fn needs(id: StoredQueryId, slots: &[Slot], required: usize) {
    for missing in 0..required {
        let mut slots = slots.to_vec();
        slots.remove(missing);
        refused(&request(id, slots), "QUERY-REQUIRED", MISSING);
    }
}

#[test]
fn a_document_is_sought_by_what_it_refers_to() {
    let mut slots = vec![
        of_patient("$XDSDocumentEntryPatientId"),
        slot("$XDSDocumentEntryStatus", &[APPROVED]),
        slot("$XDSDocumentEntryReferenceIdList", &["('A-1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:order','B%')"]),
        slot("$XDSDocumentEntryReferenceIdList", &["('C-3^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:order')"]),
        slot("$XDSDocumentEntryDocumentAvailability", &["('urn:ihe:iti:2010:DocumentAvailability:Offline')"]),
    ];
    let StoredQuery::FindDocumentsByReferenceId(find) =
        understood(&request(StoredQueryId::FindDocumentsByReferenceId, slots.clone()))
    else {
        panic!("another query")
    };
    assert_eq!(find.criteria.reference_ids.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(find.criteria.reference_ids[0][1], "B%");
    assert_eq!(find.criteria.availabilities, [DocumentAvailability::Offline]);
    slots.remove(3);
    needs(StoredQueryId::FindDocumentsByReferenceId, &slots, 3);
    slots[3] = slot("$XDSDocumentEntryDocumentAvailability", &["('Offline')"]);
    refused(&request(StoredQueryId::FindDocumentsByReferenceId, slots), "QUERY-VALUE", ErrorCode::RegistryError);
}

#[test]
fn find_documents_knows_no_reference_ids() {
    let slots = vec![
        of_patient("$XDSDocumentEntryPatientId"),
        slot("$XDSDocumentEntryStatus", &[APPROVED]),
        slot("$XDSDocumentEntryReferenceIdList", &["what?"]),
    ];
    let StoredQuery::FindDocuments(find) = understood(&request(StoredQueryId::FindDocuments, slots)) else {
        panic!("another query")
    };
    assert!(find.criteria.reference_ids.is_empty());
}

#[test]
fn find_submission_sets_takes_every_parameter() {
    let slots = vec![
        of_patient("$XDSSubmissionSetPatientId"),
        slot("$XDSSubmissionSetStatus", &[APPROVED]),
        slot("$XDSSubmissionSetSourceId", &["('1.2.3','1.2.4')"]),
        slot("$XDSSubmissionSetSubmissionTimeFrom", &["2005"]),
        slot("$XDSSubmissionSetSubmissionTimeTo", &["200601"]),
        slot("$XDSSubmissionSetAuthorPerson", &["'%Dopplemeyer%'"]),
        slot("$XDSSubmissionSetContentType", &["('a^^b','c^^d')"]),
    ];
    let StoredQuery::FindSubmissionSets(find) = understood(&request(StoredQueryId::FindSubmissionSets, slots.clone()))
    else {
        panic!("another query")
    };
    assert_eq!(find.patient, patient());
    assert_eq!(find.statuses, [AvailabilityStatus::Approved]);
    assert_eq!(find.source_ids, ["1.2.3", "1.2.4"]);
    assert_eq!(find.submission_time, range("2005", "200601"));
    assert_eq!(find.author_person.as_deref(), Some("%Dopplemeyer%"));
    assert_eq!(find.content_type_codes, [Code::new("a", "b"), Code::new("c", "d")]);
    needs(StoredQueryId::FindSubmissionSets, &slots, 2);
    let with = |name: &str, values: &[&str]| {
        let other = slots.iter().filter(|slot| slot.name != name).cloned();
        request(StoredQueryId::FindSubmissionSets, other.chain([slot(name, values)]).collect())
    };
    refused(&with("$XDSSubmissionSetAuthorPerson", &["('a','b')"]), "QUERY-NUMBER", NUMBER);
    refused(&with("$XDSSubmissionSetSubmissionTimeTo", &["2006", "2007"]), "QUERY-NUMBER", NUMBER);
    refused(&with("$XDSSubmissionSetContentType", &["('a')"]), "QUERY-CODE", ErrorCode::RegistryError);
    refused(&with("$MetadataLevel", &["0"]), "QUERY-LEVEL", ErrorCode::RegistryError);
    let mut twice = slots;
    twice.push(slot("$XDSSubmissionSetContentType", &["('e^^f')"]));
    refused(&request(StoredQueryId::FindSubmissionSets, twice), "QUERY-REPEATED", NUMBER);
}

#[test]
fn find_folders_takes_every_parameter() {
    let slots = vec![
        of_patient("$XDSFolderPatientId"),
        slot("$XDSFolderStatus", &[APPROVED]),
        slot("$XDSFolderLastUpdateTimeFrom", &["2005"]),
        slot("$XDSFolderLastUpdateTimeTo", &["2006"]),
        slot("$XDSFolderCodeList", &["('a^^b','c^^d')"]),
        slot("$XDSFolderCodeList", &["('e^^f')"]),
        slot("$MetadataLevel", &["2"]),
    ];
    let StoredQuery::FindFolders(find) = understood(&request(StoredQueryId::FindFolders, slots.clone())) else {
        panic!("another query")
    };
    assert_eq!(find.patient, patient());
    assert_eq!(find.criteria.last_update_time, range("2005", "2006"));
    assert_eq!(find.criteria.codes, [vec![Code::new("a", "b"), Code::new("c", "d")], vec![Code::new("e", "f")]]);
    assert_eq!((find.criteria.statuses, find.criteria.level), (vec![AvailabilityStatus::Approved], MetadataLevel::Two));
    needs(StoredQueryId::FindFolders, &slots, 2);
}

#[test]
fn the_patient_of_the_assertion_stands_in_for_that_of_every_search() {
    let status = |name: &str| slot(name, &[APPROVED]);
    let cases = [
        (StoredQueryId::FindSubmissionSets, vec![status("$XDSSubmissionSetStatus")]),
        (StoredQueryId::FindFolders, vec![status("$XDSFolderStatus")]),
        (
            StoredQueryId::GetAll,
            ["$XDSDocumentEntryStatus", "$XDSSubmissionSetStatus", "$XDSFolderStatus"].map(status).to_vec(),
        ),
        (
            StoredQueryId::FindDocumentsByReferenceId,
            vec![status("$XDSDocumentEntryStatus"), slot("$XDSDocumentEntryReferenceIdList", &["('a')"])],
        ),
    ];
    for (id, slots) in cases {
        let request = request(id, slots);
        let (query, findings) = decode(&request, Profile::Dmp, Some(&patient()));
        assert_eq!(findings, []);
        assert_eq!(query.unwrap().patient(), Some(&patient()));
        refused(&request, "QUERY-REQUIRED", MISSING);
    }
}

fn several(id: StoredQueryId, slots: Vec<Slot>) -> AdhocQueryRequest {
    request(id, slots)
}

/// The query of ITI-51 is refused.
fn refused_of_several(request: &AdhocQueryRequest, rule: &str, code: ErrorCode) {
    let (query, findings) = decode_of_several_patients(request, Profile::Ihe);
    assert!(query.is_none(), "{request:?}");
    assert_eq!(codes(&findings), [(rule, code)], "{findings:?}");
}

#[test]
fn a_search_among_several_patients_takes_them_in_one_list() {
    let (both, id) = (format!("('{PATIENT}','{OTHER_PATIENT}')"), StoredQueryId::FindDocumentsForMultiplePatients);
    let slots = vec![slot("$XDSDocumentEntryPatientId", &[&both]), slot("$XDSDocumentEntryStatus", &[APPROVED])];
    let (query, findings) = decode_of_several_patients(&several(id, slots.clone()), Profile::Ihe);
    assert_eq!(findings, []);
    let Some(StoredQuery::FindDocumentsForMultiplePatients(find)) = query else { panic!("another query") };
    assert_eq!(find.patients, [patient(), PatientId::parse(OTHER_PATIENT).unwrap()]);
    refused_of_several(&several(id, slots[..1].to_vec()), "QUERY-REQUIRED", MISSING);
    let mut twice = slots;
    twice.push(of_patient("$XDSDocumentEntryPatientId"));
    refused_of_several(&several(id, twice), "QUERY-REPEATED", NUMBER);
}

#[test]
fn a_search_among_all_patients_is_bounded_by_a_code() {
    let id = StoredQueryId::FindDocumentsForMultiplePatients;
    let status = slot("$XDSDocumentEntryStatus", &[APPROVED]);
    refused_of_several(&several(id, vec![status.clone()]), "QUERY-BOUND", MISSING);
    let type_code = slot("$XDSDocumentEntryTypeCode", &["('a^^b')"]);
    refused_of_several(&several(id, vec![status.clone(), type_code]), "QUERY-BOUND", MISSING);
    for name in
        ["$XDSDocumentEntryClassCode", "$XDSDocumentEntryEventCodeList", "$XDSDocumentEntryHealthcareFacilityTypeCode"]
    {
        let bounded = several(id, vec![status.clone(), slot(name, &["('a^^b')"])]);
        assert!(decode_of_several_patients(&bounded, Profile::Ihe).0.is_some(), "{name}");
    }
    let id = StoredQueryId::FindFoldersForMultiplePatients;
    let status = slot("$XDSFolderStatus", &[APPROVED]);
    refused_of_several(&several(id, vec![status.clone()]), "QUERY-BOUND", MISSING);
    for bound in [of_patient("$XDSFolderPatientId"), slot("$XDSFolderCodeList", &["('a^^b')"])] {
        assert!(decode_of_several_patients(&several(id, vec![status.clone(), bound]), Profile::Ihe).0.is_some());
    }
}

#[test]
fn each_query_is_known_to_its_transaction_only() {
    let unknown = ErrorCode::UnknownStoredQuery;
    for (id, _, name) in TABLE {
        let request = request(*id, vec![]);
        let (refused_here, taken_here) = if name.ends_with("ForMultiplePatients") {
            (decode(&request, Profile::Ihe, None).1, decode_of_several_patients(&request, Profile::Ihe).1)
        } else {
            (decode_of_several_patients(&request, Profile::Ihe).1, decode(&request, Profile::Ihe, None).1)
        };
        assert_eq!(codes(&refused_here), [("QUERY-ID", unknown)], "{name}");
        assert!(taken_here.iter().all(|finding| finding.code != unknown), "{name}");
    }
    let stranger = AdhocQueryRequest { id: "urn:uuid:x".to_owned(), ..request(StoredQueryId::GetAll, vec![]) };
    refused_of_several(&stranger, "QUERY-ID", unknown);
}
