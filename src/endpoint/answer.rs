//! Carries a request out and packs what comes of it: body, envelope, packaging, streamed documents.
//!
//! Spec: ITI TF-2: V.3.6. The blocking half of an exchange runs here in one go: storage, then the writing of the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use crate::endpoint::destination::Destination;
use crate::endpoint::document::{self, Segment};
use crate::endpoint::exchange::{Exchange, Outcome};
use crate::endpoint::fault::{Refusal, Status};
use crate::endpoint::message::{MOST_UNUSABLE, Message, Provided, Source, unusable};
use crate::endpoint::opening::Opened;
use crate::endpoint::query::queried;
use crate::endpoint::receive::{Parts, discard};
use crate::endpoint::{Endpoint, FaultStatus, identity, removal};
use crate::soap::envelope::{self, ResponseHeader};
use crate::soap::fault::{self, FaultCode};
use crate::soap::mtom::content_id::ContentId;
use crate::soap::mtom::writer::Writer;
use crate::soap::mtom::xop::References;
use crate::transaction::catalogue::AnswerPackaging;
use crate::transaction::error::TransactionError;
use crate::transaction::intake::ReceivedDocument;
use crate::transaction::iti18::registry_stored_query;
use crate::transaction::iti41::{ProvideAndRegister, provide_and_register};
use crate::transaction::iti42::register_document_set;
use crate::transaction::iti43::{OpenDocument, Retrieved, retrieve_document_set};
use crate::transaction::iti51::multi_patient_stored_query;
use crate::transaction::iti57::update_document_set;
use crate::transaction::iti61::register_on_demand_document_entry;
use crate::transaction::iti92::restricted_update_document_set;
use crate::transaction::rule;
use crate::transaction::{Context, Gateway};
use crate::xds::ebrim::faults::locate;
use crate::xds::error::{ErrorCode, Finding, Profile, refuses};
use crate::xds::message::Service;
use crate::xds::message::registry_response::{self, ResponseStatus};
use crate::xds::message::retrieve::{self, DocumentResponse};
use crate::xds::validation::update::Updating;
use crate::xml::document::{Document, text_of_bytes};
use crate::xml::limits::Limits;

/// The envelope of an answer and its packaging.
pub(super) struct Frame {
    action: &'static str,
    message_id: String,
    relates_to: Option<String>,
    to: Option<String>,
    package: Option<Writer>,
}

/// An answer, packed.
pub(super) struct Packed {
    pub(super) segments: Vec<Segment>,
    pub(super) outcome: Outcome,
    pub(super) findings: Vec<Finding>,
    pub(super) results: Option<usize>,
}

/// An answer, ready to go out on whichever connection.
pub(super) struct Answer {
    status: StatusCode,
    pub(super) content_type: String,
    pub(super) segments: Vec<Segment>,
    pub(super) is_fault: bool,
}

impl Answer {
    /// On the connection of the request.
    pub(super) fn respond(self) -> HttpResponse {
        document::respond(self.status, &self.content_type, self.segments)
    }
}

/// Runs the transaction of a message and answers it.
pub(super) async fn carry_out(
    endpoint: &Data<Endpoint>,
    opened: Opened,
    parts: Parts,
    exchange: &mut Exchange,
) -> Answer {
    let Opened { context, message, root } = opened;
    let frame = Frame::of(endpoint, exchange, exchange.reply.answer.as_ref());
    let (content_type, profile) = (frame.content_type(frame.action), endpoint.settings.profile);
    let gateway = Arc::clone(&endpoint.gateway);
    let packed = match message {
        Message::ProvideAndRegister(provided) => {
            let (request, unused) = with_parts(provided, parts, &gateway, &context, exchange);
            discard(&gateway, unused).await;
            actix_web::web::block(move || {
                let outcome = provide_and_register(&gateway, &context, request);
                registered(outcome, Service::Repository, ErrorCode::RepositoryError, &root, &context, &frame)
            })
            .await
        }
        Message::StoredQuery(query) => {
            discard(&gateway, parts).await;
            actix_web::web::block(move || queried(&gateway, &context, query, &frame, registry_stored_query)).await
        }
        Message::MultiPatientQuery(query) => {
            discard(&gateway, parts).await;
            actix_web::web::block(move || queried(&gateway, &context, query, &frame, multi_patient_stored_query)).await
        }
        Message::Register { submission, findings } => {
            discard(&gateway, parts).await;
            actix_web::web::block(move || {
                let outcome = register_document_set(&gateway, &context, submission, findings);
                registered(outcome, Service::Registry, ErrorCode::RegistryError, &root, &context, &frame)
            })
            .await
        }
        Message::Identities(feed) => {
            discard(&gateway, parts).await;
            let id = (endpoint.draw)().to_string();
            actix_web::web::block(move || identity::answer(&gateway, &context, &feed, &id, &frame)).await
        }
        Message::Update { updating, submission, findings } => {
            discard(&gateway, parts).await;
            actix_web::web::block(move || {
                let outcome = match updating {
                    Updating::Full => update_document_set(&gateway, &context, submission, findings),
                    Updating::Restricted => restricted_update_document_set(&gateway, &context, submission, findings),
                };
                registered(outcome, Service::Registry, ErrorCode::RegistryError, &root, &context, &frame)
            })
            .await
        }
        Message::RegisterOnDemand { submission, findings } => {
            discard(&gateway, parts).await;
            actix_web::web::block(move || {
                let outcome = register_on_demand_document_entry(&gateway, &context, submission, findings);
                registered(outcome, Service::Registry, ErrorCode::RegistryError, &root, &context, &frame)
            })
            .await
        }
        Message::Retrieve { request, findings } => {
            discard(&gateway, parts).await;
            actix_web::web::block(move || {
                let retrieved = match request {
                    Some(request) if !refuses(&findings) => retrieve_document_set(&gateway, &context, &request),
                    _ => Err(TransactionError::Refused(findings)),
                };
                retrieval(retrieved, profile, &context, &frame)
            })
            .await
        }
        Message::RemoveMetadata { request, findings } => {
            discard(&gateway, parts).await;
            actix_web::web::block(move || removal::metadata(&gateway, &context, request, findings, &frame)).await
        }
        Message::RemoveDocuments { request, findings } => {
            discard(&gateway, parts).await;
            actix_web::web::block(move || removal::documents(&gateway, &context, request, findings, &frame)).await
        }
    };
    match packed {
        Ok(packed) => {
            exchange.note(packed.outcome, &packed.findings);
            exchange.results = packed.results;
            exchange.bytes_out = packed.segments.iter().map(Segment::len).sum();
            Answer { status: StatusCode::OK, content_type, segments: packed.segments, is_fault: false }
        }
        Err(error) => {
            tracing::error!(correlation = %exchange.correlation, %error, "the transaction did not end");
            refusal(endpoint, Refusal::internal(&exchange.correlation.to_string()), exchange)
        }
    }
}

/// Answers a message that gets no typed answer.
pub(super) fn refusal(endpoint: &Endpoint, refusal: Refusal, exchange: &mut Exchange) -> Answer {
    let Refusal { fault, status } = refusal;
    let fault = fault.correlated(&exchange.correlation.to_string());
    exchange.outcome = Outcome::Fault;
    exchange.rules = fault.detail.iter().map(|detail| detail.rule.clone()).collect();
    let frame = Frame::of(endpoint, exchange, exchange.reply.fault.as_ref());
    let mut out = Vec::with_capacity(2048);
    if let Some(package) = &frame.package {
        package.root(&mut out);
    }
    fault::write(&mut out, &fault, &frame.message_id, frame.relates_to.as_deref(), frame.to.as_deref());
    if let Some(package) = &frame.package {
        package.close(&mut out);
    }
    let status = match (status, endpoint.settings.fault_status, fault.code) {
        (Status::Http(status), ..) => status,
        (Status::OfFault, FaultStatus::ByCode, FaultCode::Sender) => 400,
        (Status::OfFault, ..) => 500,
    };
    exchange.bytes_out = Some(out.len() as u64);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = frame.content_type(fault.action());
    Answer { status, content_type, segments: vec![Segment::from(out)], is_fault: true }
}

impl Frame {
    fn of(endpoint: &Endpoint, exchange: &Exchange, to: Option<&Destination>) -> Self {
        let always = exchange.row.is_some_and(|row| row.answer_packaging == AnswerPackaging::AlwaysMultipart);
        Self {
            action: exchange.row.map_or("", |row| endpoint.settings.answer_action(row)),
            message_id: (endpoint.draw)().urn().to_string(),
            relates_to: exchange.message_id.clone(),
            to: to.map(|destination| destination.address.clone()),
            package: (exchange.packaged || always).then(|| Writer::new((endpoint.draw)())),
        }
    }

    fn content_type(&self, action: &str) -> String {
        match &self.package {
            Some(package) => package.content_type(action),
            None => "application/soap+xml; charset=UTF-8".to_owned(),
        }
    }

    /// Everything up to the end of the envelope.
    fn envelope(&self, capacity: usize, body: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::with_capacity(capacity + 1024);
        if let Some(package) = &self.package {
            package.root(&mut out);
        }
        let relates_to = self.relates_to.as_deref();
        let to = self.to.as_deref();
        let header = ResponseHeader { action: self.action, message_id: &self.message_id, relates_to, to };
        envelope::write(&mut out, &header, body);
        out
    }

    /// An answer whose body is in two pieces, for what comes between them.
    pub(super) fn halves(
        &self,
        before: impl FnOnce(&mut Vec<u8>),
        after: impl FnOnce(&mut Vec<u8>),
    ) -> (Vec<u8>, Vec<u8>) {
        let mut cut = 0;
        let mut out = self.envelope(1024, |out| {
            before(out);
            cut = out.len();
            after(out);
        });
        if let Some(package) = &self.package {
            package.close(&mut out);
        }
        let rest = out.split_off(cut);
        (out, rest)
    }

    /// An answer without documents.
    pub(super) fn whole(&self, capacity: usize, body: impl FnOnce(&mut Vec<u8>)) -> Vec<Segment> {
        let mut out = self.envelope(capacity, body);
        if let Some(package) = &self.package {
            package.close(&mut out);
        }
        vec![Segment::from(out)]
    }
}

/// Finds the document of each `xdsb:Document` among the parts; gives back the parts that nothing refers to.
fn with_parts(
    provided: Provided,
    mut parts: Parts,
    gateway: &Gateway,
    context: &Context,
    exchange: &mut Exchange,
) -> (ProvideAndRegister, Parts) {
    let Provided { submission, documents, mut findings } = provided;
    // The name of a part stands for it until all references are known to be good.
    let names: BTreeMap<ContentId, ContentId> = parts.keys().map(|id| (id.clone(), id.clone())).collect();
    let mut references = References::new(&names);
    let mut received: Vec<(String, ReceivedDocument)> = Vec::with_capacity(documents.len());
    let mut told = 0;
    for (id, source) in documents {
        let found = match source {
            Source::Inline(octets) => {
                references.take_inline();
                received_inline(gateway, context, &octets)
            }
            Source::Part(reference) => match references.take(&reference) {
                Ok(part) => parts.remove(part).ok_or(None),
                Err(error) => Err(Some(Box::new(unusable(&error, &id)))),
            },
        };
        match found {
            Ok(document) => received.push((id, document)),
            Err(finding) => {
                findings.extend(finding.map(|finding| *finding));
                told += 1;
                if told == MOST_UNUSABLE {
                    break;
                }
            }
        }
    }
    let unreferenced = references.unreferenced().count();
    if unreferenced > 0 {
        tracing::warn!(correlation = %exchange.correlation, parts = unreferenced, "parts that no Document refers to are ignored");
    }
    if exchange.packaged {
        exchange.tolerate(references.tolerated());
    }
    (ProvideAndRegister { submission, documents: received, findings }, parts)
}

/// An inline document is as large as the root part at most, so it waits in memory.
fn received_inline(
    gateway: &Gateway,
    context: &Context,
    octets: &[u8],
) -> Result<ReceivedDocument, Option<Box<Finding>>> {
    let limit = gateway.settings().max_document_bytes;
    if octets.len() as u64 > limit {
        let context = format!("a document of {} bytes; at most {limit} are taken", octets.len());
        return Err(Some(Box::new(Finding::of(&rule::DOCUMENT_LARGE, context))));
    }
    let mut intake = gateway.receive_document(context.now);
    match intake.write(octets) {
        Ok(()) => Ok(intake.wait()),
        Err(error) => {
            tracing::error!(correlation = %context.correlation, %error, "a document could not be received");
            let text = "the document could not be received";
            Err(Some(Box::new(Finding::of(&rule::STORAGE, text).coded(ErrorCode::RepositoryError))))
        }
    }
}

fn registered(
    outcome: Result<Vec<Finding>, TransactionError>,
    service: Service,
    unavailable: ErrorCode,
    root: &[u8],
    context: &Context,
    frame: &Frame,
) -> Packed {
    let findings = outcome.unwrap_or_else(|error| placed(told(error, unavailable, context), root));
    let status = ResponseStatus::of(&findings);
    let segments = frame.whole(1024, |out| registry_response::write(out, service, status, &findings));
    Packed { segments, outcome: outcome_of(status), findings, results: None }
}

fn retrieval(
    retrieved: Result<Retrieved, TransactionError>,
    profile: Profile,
    context: &Context,
    frame: &Frame,
) -> Packed {
    let Retrieved { documents, findings } = retrieved.unwrap_or_else(|error| Retrieved {
        documents: Vec::new(),
        findings: told(error, ErrorCode::RepositoryError, context),
    });
    // The catalogue has this answer always packed; a package is needed to refer to parts.
    let nil = Writer::new(uuid::Uuid::nil());
    let package = frame.package.as_ref().unwrap_or(&nil);
    let responses: Vec<DocumentResponse> = documents
        .iter()
        .enumerate()
        .map(|(at, document)| DocumentResponse {
            request: document.request.clone(),
            mime_type: document.mime_type.as_str().to_owned(),
            href: package.content_id(at + 1).reference(),
        })
        .collect();
    let status = retrieve::status(&responses, &findings);
    let mut out = frame.envelope(1024 + 512 * responses.len(), |out| retrieve::write(out, &responses, &findings));
    let mut segments = Vec::with_capacity(2 * documents.len() + 1);
    let results = Some(documents.len());
    for (at, document) in documents.into_iter().enumerate() {
        let OpenDocument { mime_type, size, file, .. } = document;
        package.part(&mut out, at + 1, part_type(profile, mime_type.as_str()));
        segments.push(Segment::from(std::mem::take(&mut out)));
        segments.push(Segment::File { file, size });
    }
    package.close(&mut out);
    segments.push(Segment::from(out));
    Packed { segments, outcome: outcome_of(status), findings, results }
}

/// The national service sends every document as octets; the ITI framework wants its media type.
fn part_type(profile: Profile, mime_type: &str) -> &str {
    match profile {
        Profile::Dmp => "application/octet-stream",
        Profile::Ihe => mime_type,
    }
}

/// Says of each finding where in the message it stands. The tree of the message is made anew: a refusal can afford it.
fn placed(mut findings: Vec<Finding>, root: &[u8]) -> Vec<Finding> {
    // The guard has passed these bytes once.
    if let Ok(text) = text_of_bytes(root)
        && let Ok(document) = Document::parse(text, &Limits { bytes: root.len(), ..Limits::default() })
    {
        locate(document.root(), &mut findings);
    }
    findings
}

/// What the sender learns of an error; the cause of our own failures goes to the log.
pub(super) fn told(error: TransactionError, unavailable: ErrorCode, context: &Context) -> Vec<Finding> {
    if let TransactionError::Storage(cause) = &error {
        tracing::error!(correlation = %context.correlation, error = %cause, "the store failed");
    }
    error.into_findings(unavailable)
}

pub(super) fn outcome_of(status: ResponseStatus) -> Outcome {
    match status {
        ResponseStatus::Success => Outcome::Success,
        ResponseStatus::PartialSuccess => Outcome::Partial,
        ResponseStatus::Failure => Outcome::Failure,
    }
}
