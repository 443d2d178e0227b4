//! What happens to every request before a service sees it, in this order: it gets its correlation id, its peer is
//! looked at again, its body is held to size and pace.

pub(super) mod admission;
pub(super) mod correlation;
pub(super) mod limit;

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;

/// A request refused before SOAP: one sentence, and the connection ends.
fn refusal(status: StatusCode, sentence: &str) -> HttpResponse<BoxBody> {
    HttpResponse::build(status).content_type(ContentType::plaintext()).force_close().body(format!("{sentence}\n"))
}
