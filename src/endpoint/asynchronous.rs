//! Requests whose answer goes elsewhere: 202 on the connection, the answer on one of its own. Spec: ITI TF-2: V.3.2.2, V.5.
//!
//! The caller was heard before: a message that cannot be opened, or whose assertion does not hold, gets its fault on the
//! connection on which it came, so that nobody unknown makes the gateway send anything anywhere.

use actix_web::HttpResponse;
use actix_web::web::Data;
use futures_util::FutureExt as _;
use tokio::sync::OwnedSemaphorePermit;

use crate::endpoint::Endpoint;
use crate::endpoint::answer::{self, Answer};
use crate::endpoint::destination::{Destination, Reply};
use crate::endpoint::exchange::{Exchange, Outcome};
use crate::endpoint::fault::Refusal;
use crate::endpoint::opening::Opened;
use crate::endpoint::outbox::{Body, Job, Letter, Outbox};
use crate::endpoint::receive::{Parts, discard};

/// Accepts a request: its transaction and its answer come after this response.
pub(super) async fn accept(
    endpoint: &Data<Endpoint>,
    opened: Opened,
    parts: Parts,
    exchange: &mut Exchange,
) -> HttpResponse {
    let Some(room) = endpoint.outbox.as_ref().and_then(Outbox::room) else {
        discard(&endpoint.gateway, parts).await;
        return busy(endpoint, exchange);
    };
    let (own, mut exchange_of_answer) = (Data::clone(endpoint), exchange.continued());
    let job = Box::new(move || {
        async move {
            let answer = answer::carry_out(&own, opened, parts, &mut exchange_of_answer).await;
            letter(&own, answer, exchange_of_answer).await
        }
        .boxed_local()
    });
    post(endpoint, room, job, exchange)
}

/// Accepts a request of a known caller that turned out to be no request: its fault goes where he wants faults.
pub(super) fn accept_refused(endpoint: &Data<Endpoint>, refusal: Refusal, exchange: &mut Exchange) -> HttpResponse {
    let Some(room) = endpoint.outbox.as_ref().and_then(Outbox::room) else { return busy(endpoint, exchange) };
    let (own, mut exchange_of_answer) = (Data::clone(endpoint), exchange.continued());
    let job = Box::new(move || {
        async move {
            let answer = answer::refusal(&own, refusal, &mut exchange_of_answer);
            letter(&own, answer, exchange_of_answer).await
        }
        .boxed_local()
    });
    post(endpoint, room, job, exchange)
}

fn post(endpoint: &Data<Endpoint>, room: OwnedSemaphorePermit, job: Job, exchange: &mut Exchange) -> HttpResponse {
    let posted = endpoint.outbox.as_ref().is_some_and(|outbox| outbox.post(room, exchange.correlation.clone(), job));
    if !posted {
        return busy(endpoint, exchange);
    }
    exchange.outcome = Outcome::Accepted;
    HttpResponse::Accepted().finish()
}

/// No room, or the gateway is stopping: said on the same connection, before anything was done.
fn busy(endpoint: &Endpoint, exchange: &mut Exchange) -> HttpResponse {
    exchange.reply = Reply::default();
    answer::refusal(endpoint, Refusal::busy(&exchange.correlation.to_string()), exchange).respond()
}

/// Puts an answer into its envelope, or says why it cannot be sent.
async fn letter(endpoint: &Endpoint, answer: Answer, exchange: Exchange) -> Option<Letter> {
    let outbox = endpoint.outbox.as_ref()?;
    let destination: Option<Destination> =
        if answer.is_fault { exchange.reply.fault.clone() } else { exchange.reply.answer.clone() };
    let correlation = exchange.correlation.clone();
    let transaction = exchange.row.map_or("unknown", |row| row.number);
    exchange.end(202);
    let destination = destination?;
    match Body::keep(answer.segments, outbox.spool()).await {
        Ok(body) => Some(Letter { destination, content_type: answer.content_type, body, correlation, transaction }),
        Err(error) => {
            tracing::error!(%correlation, transaction, %error, "an answer was made and cannot be kept for sending: it is lost");
            None
        }
    }
}
