//! Requests as bytes: the envelope, and the MTOM package around it. Spec: SOAP 1.2, WS-Addressing 1.0, XOP.

use crate::failure::Failure;
use crate::time;

/// The parts of a request that a plan may vary.
pub struct Call<'a> {
    /// `registry` or `repository`.
    pub service: &'a str,
    /// `wsa:Action`.
    pub action: &'a str,
    /// What stands inside `wsse:Security`; nothing means no such header.
    pub security: Option<&'a str>,
    /// The child of `soap:Body`.
    pub body: &'a str,
    /// Documents, sent as MTOM parts when there are any.
    pub documents: &'a [Part<'a>],
}

/// One document part.
pub struct Part<'a> {
    /// Content-ID without its angle brackets, as `xop:Include` names it after `cid:`.
    pub content_id: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// A request ready for the wire.
pub struct Message {
    /// `wsa:MessageID`, to be found again in `RelatesTo`.
    pub message_id: String,
    /// HTTP `Content-Type`.
    pub content_type: String,
    /// HTTP body.
    pub body: Vec<u8>,
}

impl Message {
    /// A message under a new identifier.
    pub fn of(call: &Call) -> Result<Self, Failure> {
        Self::under(format!("urn:uuid:{}", time::uuid()?), call)
    }

    /// Builds the envelope and, around documents, the package.
    pub fn under(message_id: String, call: &Call) -> Result<Self, Failure> {
        let envelope = envelope(call.action, &message_id, call.security, call.body);
        if call.documents.is_empty() {
            let content_type = format!("application/soap+xml; charset=UTF-8; action=\"{}\"", call.action);
            return Ok(Self { message_id, content_type, body: envelope.into_bytes() });
        }
        let boundary = format!("dmp-{}", time::uuid()?);
        let content_type = format!(
            "multipart/related; boundary=\"{boundary}\"; type=\"application/xop+xml\"; start=\"<root@conformance>\"; \
             start-info=\"application/soap+xml\"; action=\"{}\"",
            call.action
        );
        Ok(Self { message_id, content_type, body: package(&boundary, &envelope, call.documents) })
    }
}

fn envelope(action: &str, message_id: &str, security: Option<&str>, body: &str) -> String {
    let security = security.map_or_else(String::new, |assertion| {
        format!(
            "<wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">\
             {assertion}</wsse:Security>"
        )
    });
    format!(
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\">\
         <soap:Header xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">\
         <wsa:MessageID>{message_id}</wsa:MessageID><wsa:To/>\
         <wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>\
         <wsa:Action soap:mustUnderstand=\"true\">{action}</wsa:Action>{security}</soap:Header>\
         <soap:Body>{body}</soap:Body></soap:Envelope>"
    )
}

fn package(boundary: &str, envelope: &str, documents: &[Part]) -> Vec<u8> {
    let size: usize = documents.iter().map(|d| d.bytes.len() + 256).sum();
    let mut out = Vec::with_capacity(size + envelope.len() + 512);
    out.extend_from_slice(
        format!(
            "--{boundary}\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\n\
             Content-Transfer-Encoding: binary\r\nContent-ID: <root@conformance>\r\n\r\n{envelope}\r\n"
        )
        .as_bytes(),
    );
    for document in documents {
        let head = format!(
            "--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\
             Content-ID: <{}>\r\n\r\n",
            document.content_id
        );
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(document.bytes);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}

/// Text fit for an element or a double-quoted attribute, in its canonical form for text.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
