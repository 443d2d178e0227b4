//! The correlation id: taken from the caller's trace or drawn here, handed to the service, returned in a header.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use uuid::Uuid;

use crate::telemetry::correlation::{self, Correlation};

pub(in crate::server) async fn correlate<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let trace = request.headers().get(correlation::TRACEPARENT).and_then(|header| header.to_str().ok());
    let correlation = Correlation::new(trace, Uuid::new_v4());
    let header = HeaderValue::from_str(&correlation.to_string());
    request.extensions_mut().insert(correlation);
    let mut response = next.call(request).await?;
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(correlation::HEADER), header) {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
