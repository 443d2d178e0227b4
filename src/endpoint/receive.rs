//! Takes in one request, streaming its documents, and gives the response.
//!
//! The caller is verified as soon as the root part is complete, which real clients send first: the documents of a caller who is
//! refused are read to their end, so that the answer reaches him, and kept nowhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::StreamExt;

use crate::endpoint::Endpoint;
use crate::endpoint::answer;
use crate::endpoint::asynchronous;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::fault::Refusal;
use crate::endpoint::message::Message;
use crate::endpoint::opening::{Opened, open};
use crate::security::tls::PeerIdentity;
use crate::soap::mtom::content_id::ContentId;
use crate::soap::mtom::media_type::{MediaType, Packaging};
use crate::soap::mtom::package::{Event, PackageError, PartHeader, Reader};
use crate::transaction::Gateway;
use crate::transaction::error::TransactionError;
use crate::transaction::intake::{DocumentIntake, ReceivedDocument};

/// The documents of a package, by the Content-ID of their part.
pub(super) type Parts = BTreeMap<ContentId, ReceivedDocument>;

/// Receives, carries out and answers.
pub(super) async fn answer(
    endpoint: &Data<Endpoint>,
    request: &HttpRequest,
    mut payload: Payload,
    exchange: &mut Exchange,
) -> HttpResponse {
    match receive(endpoint, request, &mut payload, exchange).await {
        Ok((opened, parts)) if exchange.reply.answer.is_some() => {
            asynchronous::accept(endpoint, opened, parts, exchange).await
        }
        Ok((opened, parts)) => answer::carry_out(endpoint, opened, parts, exchange).await.respond(),
        Err(refusal) => {
            drain(&mut payload).await;
            if exchange.reply.fault.is_some() {
                asynchronous::accept_refused(endpoint, refusal, exchange)
            } else {
                answer::refusal(endpoint, refusal, exchange).respond()
            }
        }
    }
}

async fn receive(
    endpoint: &Data<Endpoint>,
    request: &HttpRequest,
    payload: &mut Payload,
    exchange: &mut Exchange,
) -> Result<(Opened, Parts), Refusal> {
    let header = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("");
    let media_type = MediaType::parse(header).ok_or(PackageError::MediaType)?;
    let peer = request.conn_data::<Arc<PeerIdentity>>().cloned();
    match media_type.packaging()? {
        Packaging::Simple => {
            exchange.tolerate(media_type.tolerated());
            let root = whole(payload, endpoint.settings.package.root_bytes, exchange).await?;
            let opened = open(endpoint, exchange, root, peer.as_deref())?;
            Ok((opened, Parts::new()))
        }
        Packaging::Package => {
            exchange.packaged = true;
            let mut reader = Reader::new(header, endpoint.settings.package)?;
            let mut reception = Reception::new(endpoint, peer);
            let received = reception.read(payload, &mut reader, exchange).await;
            exchange.tolerate(reader.tolerated());
            match received.and_then(|()| reception.opened.take().unwrap_or(Err(PackageError::NoRoot.into()))) {
                Ok(opened) => Ok((opened, reception.parts)),
                Err(refusal) => {
                    discard(&endpoint.gateway, reception.parts).await;
                    Err(refusal)
                }
            }
        }
    }
}

/// A body that is one envelope.
async fn whole(payload: &mut Payload, limit: u64, exchange: &mut Exchange) -> Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Refusal::cut())?;
        exchange.bytes_in += chunk.len() as u64;
        if exchange.bytes_in > limit {
            return Err(PackageError::Limit { what: "message size", limit }.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads what is left so that a client that is still sending gets to read its answer. Size and pace are held by the server.
async fn drain(payload: &mut Payload) {
    while let Some(Ok(_)) = payload.next().await {}
}

/// A package under way.
struct Reception<'e> {
    endpoint: &'e Endpoint,
    peer: Option<Arc<PeerIdentity>>,
    opened: Option<Result<Opened, Refusal>>,
    parts: Parts,
    /// Bytes of complete documents that wait in memory.
    waiting: u64,
    current: Current,
}

/// The part under way.
enum Current {
    None,
    Root(Vec<u8>),
    Document(ContentId, DocumentIntake),
    /// A part that nothing can refer to, or that comes after a refusal.
    Ignored,
}

impl<'e> Reception<'e> {
    fn new(endpoint: &'e Endpoint, peer: Option<Arc<PeerIdentity>>) -> Self {
        Self { endpoint, peer, opened: None, parts: Parts::new(), waiting: 0, current: Current::None }
    }

    async fn read(
        &mut self,
        payload: &mut Payload,
        reader: &mut Reader,
        exchange: &mut Exchange,
    ) -> Result<(), Refusal> {
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Refusal::cut())?;
            exchange.bytes_in += chunk.len() as u64;
            reader.feed(chunk);
            while let Some(event) = reader.next()? {
                match event {
                    Event::PartStart(header) => self.begin(header, exchange),
                    Event::Data(octets) => self.take(octets, exchange).await?,
                    Event::PartEnd => self.end(exchange).await?,
                    Event::End => {}
                }
            }
        }
        reader.finish()?;
        Ok(())
    }

    fn begin(&mut self, header: PartHeader, exchange: &Exchange) {
        self.current = match header.content_id {
            _ if header.is_root => Current::Root(Vec::new()),
            Some(id) if self.wants_documents() => {
                Current::Document(id, self.endpoint.gateway.receive_document(exchange.now))
            }
            _ => Current::Ignored,
        };
    }

    /// Whether documents are kept: not after a refusal, and not for transactions that have none.
    fn wants_documents(&self) -> bool {
        match &self.opened {
            None => true,
            Some(Err(_)) => false,
            Some(Ok(opened)) => matches!(opened.message, Message::ProvideAndRegister(_)),
        }
    }

    async fn take(&mut self, octets: Bytes, exchange: &Exchange) -> Result<(), Refusal> {
        match std::mem::replace(&mut self.current, Current::None) {
            Current::Root(mut root) => {
                root.extend_from_slice(&octets);
                self.current = Current::Root(root);
            }
            Current::Document(id, mut intake) => {
                let limit = self.endpoint.gateway.settings().max_document_bytes;
                if intake.size().saturating_add(octets.len() as u64) > limit {
                    return Err(PackageError::Limit { what: "document size", limit }.into());
                }
                if intake.has_room_for(octets.len()) {
                    intake.write(&octets).map_err(|error| failed(&error, exchange))?;
                } else {
                    intake = blocking(exchange, move || intake.write(&octets).map(|()| intake)).await?;
                }
                self.current = Current::Document(id, intake);
            }
            other @ (Current::None | Current::Ignored) => self.current = other,
        }
        Ok(())
    }

    async fn end(&mut self, exchange: &mut Exchange) -> Result<(), Refusal> {
        match std::mem::replace(&mut self.current, Current::None) {
            Current::Root(root) => {
                self.opened = Some(open(self.endpoint, exchange, root, self.peer.as_deref()));
            }
            Current::Document(id, intake) => {
                let waiting = self.waiting;
                let document = if intake.fits_beside(waiting) {
                    intake.wait()
                } else {
                    blocking(exchange, move || intake.finish()).await?
                };
                self.waiting += document.waiting();
                self.parts.insert(id, document);
            }
            Current::None | Current::Ignored => {}
        }
        Ok(())
    }
}

/// Runs storage work where waiting is allowed.
async fn blocking<T: Send + 'static>(
    exchange: &Exchange,
    work: impl FnOnce() -> Result<T, TransactionError> + Send + 'static,
) -> Result<T, Refusal> {
    match actix_web::web::block(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(failed(&error, exchange)),
        Err(error) => Err(failed(&error, exchange)),
    }
}

/// The store failed: the cause is for the log.
fn failed(error: &dyn std::error::Error, exchange: &Exchange) -> Refusal {
    tracing::error!(correlation = %exchange.correlation, %error, "a document could not be received");
    Refusal::internal(&exchange.correlation.to_string())
}

/// Takes back documents that came with a message that has no use for them.
pub(super) async fn discard(gateway: &Arc<Gateway>, parts: Parts) {
    if !parts.is_empty() {
        let gateway = Arc::clone(gateway);
        // A failure to take back is logged there; the sweep finds what stays.
        drop(actix_web::web::block(move || gateway.discard(parts.into_values().collect())).await);
    }
}
