//! From the body of an envelope to the request of a transaction: each catalogue row meets its codec here.

use crate::hl7v3::patient_feed::{self, PatientFeed};
use crate::soap::mtom::xop::{self, Content, PartReference, XopError};
use crate::transaction::Context;
use crate::transaction::catalogue::{Row, Transaction};
use crate::transaction::iti18::Wanted;
use crate::xds::error::{ErrorCode, Finding, Profile};
use crate::xds::message::remove::RemoveObjectsRequest;
use crate::xds::message::remove_documents::RemoveDocumentsRequest;
use crate::xds::message::retrieve::RetrieveDocumentSetRequest;
use crate::xds::message::stored_query::{AdhocQueryRequest, Page, ReturnType};
use crate::xds::message::{
    provide_and_register, register, remove, remove_documents, retrieve, rule, stored_query, update,
};
use crate::xds::metadata::submission::Submission;
use crate::xds::query::{self, StoredQuery};
use crate::xds::validation::RegisterSettings;
use crate::xds::validation::update::Updating;
use crate::xml::document::Node;
use crate::xml::location::Location;

/// A request, as far as it could be read.
pub(super) enum Message {
    /// ITI-18.
    StoredQuery(Query),
    /// ITI-41.
    ProvideAndRegister(Provided),
    /// ITI-42.
    Register { submission: Option<Submission>, findings: Vec<Finding> },
    /// ITI-44.
    Identities(PatientFeed),
    /// ITI-51.
    MultiPatientQuery(Query),
    /// ITI-57, ITI-92.
    Update { updating: Updating, submission: Option<Submission>, findings: Vec<Finding> },
    /// ITI-43.
    Retrieve { request: Option<RetrieveDocumentSetRequest>, findings: Vec<Finding> },
    /// ITI-61.
    RegisterOnDemand { submission: Option<Submission>, findings: Vec<Finding> },
    /// ITI-62.
    RemoveMetadata { request: Option<RemoveObjectsRequest>, findings: Vec<Finding> },
    /// ITI-86.
    RemoveDocuments { request: Option<RemoveDocumentsRequest>, findings: Vec<Finding> },
}

/// The request of ITI-18 or of ITI-51.
#[expect(clippy::struct_field_names, reason = "the request holds the stored query and how it is to be answered")]
pub(super) struct Query {
    pub(super) query: Option<StoredQuery>,
    pub(super) wanted: Wanted,
    pub(super) findings: Vec<Finding>,
}

/// The request of ITI-41, its documents still to be found among the parts.
pub(super) struct Provided {
    pub(super) submission: Option<Submission>,
    /// `Document/@id` and where its bytes are.
    pub(super) documents: Vec<(String, Source)>,
    pub(super) findings: Vec<Finding>,
}

/// Where the bytes of a document are.
pub(super) enum Source {
    Part(PartReference),
    Inline(Vec<u8>),
}

/// Reads the body of a transaction. What is wrong with it stands in the findings.
pub(super) fn decode(row: &Row, body: Node<'_, '_>, context: &Context, register: &RegisterSettings) -> Message {
    let profile = register.profile;
    match row.transaction {
        Transaction::Iti18 => {
            Message::StoredQuery(queried(body, |request| query::decode(request, profile, context.patient())))
        }
        Transaction::Iti41 => Message::ProvideAndRegister(provided(body, profile)),
        Transaction::Iti42 => {
            let (submission, findings) = register::decode(body, profile);
            Message::Register { submission, findings }
        }
        Transaction::Iti44 => Message::Identities(patient_feed::decode(body, &register.assigning_authorities)),
        Transaction::Iti57 => updated(body, profile, Updating::Full),
        Transaction::Iti92 => updated(body, profile, Updating::Restricted),
        Transaction::Iti43 => {
            let (request, findings) = retrieve::decode(body);
            Message::Retrieve { request, findings }
        }
        Transaction::Iti51 => {
            Message::MultiPatientQuery(queried(body, |request| query::decode_of_several_patients(request, profile)))
        }
        Transaction::Iti61 => {
            let (submission, findings) = register::decode(body, profile);
            Message::RegisterOnDemand { submission, findings }
        }
        Transaction::Iti62 => {
            let (request, findings) = remove::decode(body);
            Message::RemoveMetadata { request, findings }
        }
        Transaction::Iti86 => {
            let (request, findings) = remove_documents::decode(body);
            Message::RemoveDocuments { request, findings }
        }
    }
}

/// Reads a query whose parameters `decode` understands.
fn queried(
    body: Node<'_, '_>,
    decode: impl FnOnce(&AdhocQueryRequest) -> (Option<StoredQuery>, Vec<Finding>),
) -> Query {
    let (request, mut findings) = stored_query::decode(body);
    let Some(request) = request else {
        let wanted = Wanted { return_type: ReturnType::LeafClass, page: Page::default() };
        return Query { query: None, wanted, findings };
    };
    let (query, more) = decode(&request);
    findings.extend(more);
    Query { query, wanted: Wanted { return_type: request.return_type, page: request.page }, findings }
}

fn updated(body: Node<'_, '_>, profile: Profile, updating: Updating) -> Message {
    let (submission, findings) = update::decode(body, profile);
    Message::Update { updating, submission, findings }
}

fn provided(body: Node<'_, '_>, profile: Profile) -> Provided {
    let (request, mut findings) = provide_and_register::decode(body, profile);
    let mut documents = Vec::new();
    let mut told = 0;
    for document in request.documents {
        match source(document.element) {
            Ok(source) => documents.push((document.id, source)),
            Err(error) => {
                findings.push(unusable(&error, &document.id));
                told += 1;
                if told == MOST_UNUSABLE {
                    break;
                }
            }
        }
    }
    Provided { submission: request.submission, documents, findings }
}

fn source(element: Node<'_, '_>) -> Result<Source, XopError> {
    match xop::content_of(element)? {
        Content::Part(reference) => Ok(Source::Part(reference)),
        Content::Inline(text) => {
            // The place costs a walk over the elements beside it: it is looked for only where something is wrong.
            text.decode().map(Source::Inline).map_err(|_| XopError::NotBase64(Location::of(element)))
        }
    }
}

/// Documents without usable bytes that one answer tells of: a message may hold a hundred thousand, and the place of each costs
/// a walk over those before it.
pub(super) const MOST_UNUSABLE: usize = 50;

/// A document whose bytes cannot be had. Spec: ITI TF-2: 3.41.4.1.3.
pub(super) fn unusable(error: &XopError, document: &str) -> Finding {
    let code = match error {
        XopError::Missing(_) => ErrorCode::MissingDocument,
        XopError::Content(_) | XopError::Reference(_) | XopError::NotBase64(_) | XopError::ReferencedTwice(_) => {
            ErrorCode::RepositoryMetadataError
        }
    };
    let finding = Finding::of(&rule::DOCUMENT_BYTES, format!("{error} ({})", error.rule().id)).coded(code).on(document);
    match error {
        XopError::Content(at) | XopError::Reference(at) | XopError::NotBase64(at) => finding.at(at.clone()),
        XopError::Missing(_) | XopError::ReferencedTwice(_) => finding,
    }
}
