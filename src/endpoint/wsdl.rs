//! The WSDL and its schemas over HTTP: `?wsdl`, `?xsd=NAME`, `/wsdl.zip`.

use std::io::{Cursor, Write};

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use zip::write::SimpleFileOptions;

use crate::endpoint::Endpoint;
use crate::soap::wsdl;
use crate::transaction::catalogue::Service;

/// `GET` on a service.
#[expect(clippy::unused_async, reason = "a handler of the HTTP library is async")]
pub(super) async fn serve(service: Service, endpoint: Data<Endpoint>, request: HttpRequest) -> HttpResponse {
    let parameters = Query::<Vec<(String, String)>>::from_query(request.query_string());
    let parameters = parameters.map(Query::into_inner).unwrap_or_default();
    let value = |wanted: &str| {
        parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    };
    let url = url_of(&endpoint, service.path());
    let document = match (value("wsdl"), value("xsd")) {
        (Some(_), _) => wsdl::description(service.path(), &url),
        (None, Some(name)) => wsdl::schema(name, &url),
        (None, None) => {
            return HttpResponse::MethodNotAllowed()
                .insert_header(("Allow", "POST"))
                .body("this service takes POST; its description is at ?wsdl\n");
        }
    };
    match document {
        Some(text) => HttpResponse::Ok().content_type("text/xml; charset=utf-8").body(text),
        None => HttpResponse::NotFound().body("there is no schema of that name\n"),
    }
}

/// `GET /wsdl.zip`.
pub(super) async fn archive(endpoint: Data<Endpoint>) -> HttpResponse {
    match packed(&endpoint) {
        Ok(bytes) => HttpResponse::Ok().content_type("application/zip").body(bytes),
        Err(error) => {
            tracing::error!(%error, "the archive of the WSDL could not be made");
            HttpResponse::InternalServerError().body("the archive could not be made\n")
        }
    }
}

fn packed(endpoint: &Endpoint) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let absent: Vec<String> = Service::ALL
        .into_iter()
        .filter(|service| !service.is_served(endpoint.settings.profile))
        .map(|service| format!("wsdl/{}.wsdl", service.path()))
        .collect();
    let files = wsdl::archive(|service| url_of(endpoint, service));
    for (path, text) in files.filter(|(path, _)| !absent.iter().any(|absent| absent == path)) {
        archive.start_file(path, options)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The public address of a service.
fn url_of(endpoint: &Endpoint, service: &str) -> String {
    format!("{}{}/{service}", endpoint.settings.public_url.trim_end_matches('/'), endpoint.settings.base_path)
}
