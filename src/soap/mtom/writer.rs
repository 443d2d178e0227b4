//! The frame of a package that we send: everything but the octets of envelope and documents.
//!
//! Spec: ITI TF-2: V.3.6; RFC 2387: 3. Documents are streamed by the caller between two calls, so nothing here
//! holds them.

use uuid::Uuid;

use crate::soap::mtom::content_id::ContentId;

/// Names of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    uuid: Uuid,
    boundary: String,
}

impl Writer {
    /// A package named by a freshly drawn UUID; a document that holds it was written by someone who saw the future.
    pub fn new(uuid: Uuid) -> Self {
        Self { uuid, boundary: format!("MIMEBoundary_{}", uuid.simple()) }
    }

    /// The Content-Type of the message.
    pub fn content_type(&self, action: &str) -> String {
        let Self { uuid, boundary } = self;
        // The Action is ours, of a catalogue: no quote can stand in it.
        format!(
            "multipart/related; boundary=\"{boundary}\"; type=\"application/xop+xml\"; start=\"<0.{uuid}@dmp-gateway>\"; \
             start-info=\"application/soap+xml\"; action=\"{action}\""
        )
    }

    /// Appends what stands before the envelope.
    pub fn root(&self, out: &mut Vec<u8>) {
        let Self { uuid, boundary } = self;
        out.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\n\
                 Content-Transfer-Encoding: binary\r\nContent-ID: <0.{uuid}@dmp-gateway>\r\n\r\n"
            )
            .as_bytes(),
        );
    }

    /// The Content-ID of a document, numbered from 1, in the form of the DMP.
    ///
    /// # Panics
    /// Never: the form is that of an identifier.
    pub fn content_id(&self, number: usize) -> ContentId {
        #[expect(clippy::expect_used, reason = "a UUID, a number and a URN are an identifier")]
        ContentId::parse(&format!("{}-{number}@urn:ihe:iti:xds-b:2007", self.uuid)).expect("an identifier")
    }

    /// Appends what stands before a document, the end of the part before it included. The media type is one that was
    /// parsed: no line end can stand in it.
    pub fn part(&self, out: &mut Vec<u8>, number: usize, media_type: &str) {
        let (boundary, id) = (&self.boundary, self.content_id(number));
        out.extend_from_slice(
            format!(
                "\r\n--{boundary}\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\n\
                 Content-ID: {id}\r\n\r\n"
            )
            .as_bytes(),
        );
    }

    /// Appends the end of the last part and of the package.
    pub fn close(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("\r\n--{}--\r\n", self.boundary).as_bytes());
    }
}
