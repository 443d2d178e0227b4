//! How much a body may hold and how slowly it may come.
//!
//! Only the time spent waiting for the caller counts: a service that takes its time to store a document does not make
//! the caller late. Whoever reads the body gets an error; whatever it answers then, the caller gets 408 or 413.

use std::cell::Cell;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::{InternalError, PayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpMessage as _};
use futures_util::Stream;
use tokio::time::{Instant, Sleep};

use crate::server::Limits;
use crate::server::middleware::refusal;
use crate::telemetry::metric;

pub(in crate::server) async fn hold<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(limits) = request.app_data::<Data<Limits>>().map(|limits| *limits.get_ref()) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limits.message_bytes) {
        return Ok(request.into_response(answer(Excess::TooLarge, limits)));
    }
    let excess = Rc::new(Cell::new(None));
    if !matches!(request.parts_mut().1, Payload::None) {
        let held = Held::new(request.take_payload(), limits, Rc::clone(&excess));
        request.set_payload(Payload::Stream { payload: Box::pin(held) });
    }
    match (next.call(request).await, excess.get()) {
        (Ok(response), Some(excess)) => Ok(response.into_response(answer(excess, limits))),
        (Err(_), Some(excess)) => Err(InternalError::from_response("body", answer(excess, limits)).into()),
        (response, None) => Ok(response?.map_into_boxed_body()),
    }
}

/// In what a body went too far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Excess {
    TooLarge,
    TooSlow,
}

fn answer(excess: Excess, limits: Limits) -> actix_web::HttpResponse<BoxBody> {
    let (reason, status, sentence) = match excess {
        Excess::TooLarge => (
            "large body",
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the request body holds more than {} bytes", limits.message_bytes),
        ),
        Excess::TooSlow => (
            "slow body",
            StatusCode::REQUEST_TIMEOUT,
            format!(
                "the request body came at less than {} bytes a second for {} seconds",
                limits.body_minimum_rate,
                limits.body_stall.as_secs_f32()
            ),
        ),
    };
    metrics::counter!(metric::CONNECTIONS_CUT, "reason" => reason).increment(1);
    refusal(status, &sentence)
}

/// A body that ends with an error when it goes too far.
struct Held {
    body: Payload,
    limits: Limits,
    excess: Rc<Cell<Option<Excess>>>,
    total: u64,
    /// Bytes of the present span. A span ends when it holds as many as the pace asks of `body_stall`.
    span: u64,
    /// Waited for the caller in this span.
    waited: std::time::Duration,
    waiting: Option<Waiting>,
}

struct Waiting {
    since: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl Held {
    fn new(body: Payload, limits: Limits, excess: Rc<Cell<Option<Excess>>>) -> Self {
        Self { body, limits, excess, total: 0, span: 0, waited: std::time::Duration::ZERO, waiting: None }
    }

    fn arrived(&mut self, bytes: &Bytes) -> Result<(), PayloadError> {
        let length = bytes.len() as u64;
        self.total = self.total.saturating_add(length);
        self.span = self.span.saturating_add(length);
        if self.total > self.limits.message_bytes {
            self.excess.set(Some(Excess::TooLarge));
            return Err(PayloadError::Overflow);
        }
        if u128::from(self.span) * 1000
            >= self.limits.body_stall.as_millis() * u128::from(self.limits.body_minimum_rate)
        {
            self.span = 0;
            self.waited = std::time::Duration::ZERO;
        }
        Ok(())
    }

    fn wait(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        let left = self.limits.body_stall.saturating_sub(self.waited);
        let waiting = self
            .waiting
            .get_or_insert_with(|| Waiting { since: Instant::now(), alarm: Box::pin(tokio::time::sleep(left)) });
        if waiting.alarm.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.excess.set(Some(Excess::TooSlow));
        Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

impl Stream for Held {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let held = self.get_mut();
        if held.excess.get().is_some() {
            return Poll::Ready(None);
        }
        let Poll::Ready(item) = Pin::new(&mut held.body).poll_next(context) else { return held.wait(context) };
        if let Some(waiting) = held.waiting.take() {
            held.waited += waiting.since.elapsed();
        }
        Poll::Ready(match item {
            Some(Ok(bytes)) => Some(held.arrived(&bytes).map(|()| bytes)),
            other => other,
        })
    }
}
