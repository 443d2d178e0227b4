//! Each request on a connection: is its peer still taken, and does it end in time.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};

use crate::server::connection::{Connection, UnderWay};
use crate::server::listener::Live;
use crate::server::middleware::refusal;
use crate::telemetry::metric;

/// The credentials in force, for [`admit`]; none when TLS is off.
pub(in crate::server) struct Gate(pub(in crate::server) Option<std::sync::Arc<Live>>);

pub(in crate::server) async fn admit<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let connection = request.conn_data::<Rc<Connection>>().cloned();
    let gate = request.app_data::<Data<Gate>>().cloned();
    let (Some(connection), Some(gate)) = (connection, gate) else {
        return Ok(request.into_response(refusal(StatusCode::FORBIDDEN, "the connection is not known")));
    };
    if let Err(cause) = connection.admit(gate.0.as_deref()) {
        metrics::counter!(metric::CONNECTIONS_CUT, "reason" => "certificate").increment(1);
        return Ok(request.into_response(refusal(StatusCode::FORBIDDEN, &cause)));
    }
    let under_way = connection.begin();
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| BoxBody::new(Answer { body: body.boxed(), under_way })))
}

/// An answer that is under way until its last byte is handed over.
struct Answer {
    body: BoxBody,
    /// Only held.
    under_way: UnderWay,
}

impl MessageBody for Answer {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.get_mut().body.as_pin_mut().poll_next(context)
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let Self { body, under_way } = self;
        body.try_into_bytes().map_err(|body| Self { body, under_way })
    }
}
