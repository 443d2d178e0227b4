//! The queries that follow ids: by which ids, how many of them, and how much history they show.

use dmp_gateway::xds::error::ErrorCode;
use dmp_gateway::xds::metadata::association::AssociationType;
use dmp_gateway::xds::metadata::availability::AvailabilityStatus;
use dmp_gateway::xds::metadata::document_entry::DocumentEntryType;
use dmp_gateway::xds::metadata::object::Slot;
use dmp_gateway::xds::query::id::StoredQueryId;
use dmp_gateway::xds::query::{MetadataLevel, Selector, StoredQuery};

use crate::xds_fixture::OLD;
use crate::xds_query::{refused, request, slot, understood};

const MISSING: ErrorCode = ErrorCode::StoredQueryMissingParam;
const NUMBER: ErrorCode = ErrorCode::StoredQueryParamNumber;
const DEPRECATED: &str = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')";

/// How many objects a query takes.
enum Takes {
    One,
    Several,
}

fn uuid(name: &str) -> Slot {
    slot(name, &[&format!("'{OLD}'")])
}

/// A query by id: the names of its entryUUID and uniqueId, that of its logicalID where there is one, and what else it
/// needs.
type QueryById = (StoredQueryId, [&'static str; 2], Option<&'static str>, Takes, Vec<Slot>);

fn queries_by_id() -> Vec<QueryById> {
    let document = ["$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId"];
    let set = ["$XDSSubmissionSetEntryUUID", "$XDSSubmissionSetUniqueId"];
    let folder = ["$XDSFolderEntryUUID", "$XDSFolderUniqueId"];
    let types = slot("$AssociationTypes", &["('urn:ihe:iti:2007:AssociationType:APND')"]);
    let logical_document = Some("$XDSDocumentEntryLogicalID");
    vec![
        (StoredQueryId::GetDocuments, document, logical_document, Takes::Several, vec![]),
        (StoredQueryId::GetDocumentsAndAssociations, document, logical_document, Takes::Several, vec![]),
        (StoredQueryId::GetFolders, folder, Some("$XDSFolderLogicalID"), Takes::Several, vec![]),
        (StoredQueryId::GetSubmissionSetAndContents, set, None, Takes::One, vec![]),
        (StoredQueryId::GetFolderAndContents, folder, None, Takes::One, vec![]),
        (StoredQueryId::GetFoldersForDocument, document, None, Takes::One, vec![]),
        (StoredQueryId::GetRelatedDocuments, document, None, Takes::One, vec![types]),
    ]
}

#[test]
fn exactly_one_kind_of_id_chooses_the_objects() {
    for (id, [entry_uuid, unique_id], _, _, more) in queries_by_id() {
        let ask = |slots: &[Slot]| request(id, [slots, &more].concat());
        let by_unique_id = slot(unique_id, &["'1.2.3'"]);
        understood(&ask(&[uuid(entry_uuid)]));
        understood(&ask(&[by_unique_id.clone()]));
        refused(&ask(&[]), "QUERY-SELECTOR", MISSING);
        refused(&ask(&[uuid(entry_uuid), by_unique_id]), "QUERY-SELECTOR", NUMBER);
        refused(&ask(&[slot(entry_uuid, &["'Document01'"])]), "QUERY-VALUE", ErrorCode::RegistryError);
    }
}

#[test]
fn a_query_about_one_object_takes_one_id() {
    for (id, [_, unique_id], _, takes, more) in queries_by_id() {
        let ask = |values: &[&str]| request(id, [&[slot(unique_id, values)], more.as_slice()].concat());
        understood(&ask(&["('1.2.3')"]));
        for two in [&ask(&["('1.2.3','1.2.4')"]), &ask(&["'1.2.3'", "'1.2.4'"])] {
            match takes {
                Takes::One => refused(two, "QUERY-NUMBER", NUMBER),
                Takes::Several => drop(understood(two)),
            }
        }
    }
}

#[test]
fn logical_ids_are_taken_at_level_two_where_versions_are_shown() {
    for (id, _, logical_id, _, more) in queries_by_id() {
        let ask = |slots: &[Slot]| request(id, [slots, &more].concat());
        let Some(name) = logical_id else {
            refused(&ask(&[uuid("$XDSDocumentEntryLogicalID")]), "QUERY-SELECTOR", MISSING);
            continue;
        };
        refused(&ask(&[uuid(name)]), "QUERY-LEVEL", ErrorCode::RegistryError);
        understood(&ask(&[uuid(name), slot("$MetadataLevel", &["2"])]));
    }
}

#[test]
fn deprecated_associations_are_asked_for_at_level_two() {
    let statuses = |more: &[Slot]| {
        let query = understood(&request(StoredQueryId::GetAssociations, [&[uuid("$uuid")], more].concat()));
        let StoredQuery::GetAssociations(get) = query else { panic!("another query") };
        get.statuses
    };
    let (deprecated, two) = (slot("$XDSAssociationStatus", &[DEPRECATED]), slot("$MetadataLevel", &["2"]));
    let approved = vec![AvailabilityStatus::Approved];
    assert_eq!(statuses(&[]), approved);
    assert_eq!(statuses(&[deprecated.clone()]), approved);
    assert_eq!(statuses(&[two.clone()]), approved);
    assert_eq!(statuses(&[deprecated, two]), [AvailabilityStatus::Deprecated]);
}

#[test]
fn related_documents_need_types_of_which_unknown_ones_relate_nothing() {
    let document = uuid("$XDSDocumentEntryEntryUUID");
    refused(&request(StoredQueryId::GetRelatedDocuments, vec![document.clone()]), "QUERY-REQUIRED", MISSING);
    let types = slot(
        "$AssociationTypes",
        &["('urn:ihe:iti:2007:AssociationType:APND','urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember','x')"],
    );
    let StoredQuery::GetRelatedDocuments(get) =
        understood(&request(StoredQueryId::GetRelatedDocuments, vec![document, types]))
    else {
        panic!("another query")
    };
    assert_eq!(get.types, [AssociationType::Append, AssociationType::HasMember]);
    assert_eq!((get.entry_types, get.level), (vec![DocumentEntryType::Stable], MetadataLevel::One));
}

#[test]
fn submission_sets_are_asked_for_by_what_they_hold() {
    refused(&request(StoredQueryId::GetSubmissionSets, vec![]), "QUERY-REQUIRED", MISSING);
    let both = slot("$uuid", &[&format!("('{OLD}','{OLD}')")]);
    let StoredQuery::GetSubmissionSets(get) = understood(&request(StoredQueryId::GetSubmissionSets, vec![both])) else {
        panic!("another query")
    };
    assert_eq!(get.uuids.len(), 2);
}

#[test]
fn the_documents_of_a_folder_are_chosen_as_those_of_a_submission_set() {
    let StoredQuery::GetFolderAndContents(get) = understood(&request(
        StoredQueryId::GetFolderAndContents,
        vec![
            slot("$XDSFolderUniqueId", &["'1.2.3'"]),
            slot("$XDSDocumentEntryFormatCode", &["('f^^s')"]),
            slot("$XDSDocumentEntryConfidentialityCode", &["('N^^s')"]),
            slot("$XDSDocumentEntryConfidentialityCode", &["('R^^s')"]),
        ],
    )) else {
        panic!("another query")
    };
    assert!(matches!(get.by, Selector::UniqueIds(ids) if ids.len() == 1));
    assert_eq!((get.contents.format_codes.len(), get.contents.confidentiality_codes.len()), (1, 2));
}
