//! The envelope: guard, tree, headers, body. Whatever comes is read or answered by a fault that is itself well-formed.
#![no_main]

use dmp_gateway::soap::envelope::{self, Envelope, ResponseHeader, Soap11, message_id_of};
use dmp_gateway::soap::fault;
use dmp_gateway::xml::document::{Document, text_of_bytes};
use dmp_gateway::xml::limits::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = text_of_bytes(input) else { return };
    let limits = Limits::default();
    let Ok(document) = Document::parse(text, &limits) else { return };
    for soap11 in [Soap11::Refused, Soap11::Taken] {
        let mut out = Vec::new();
        match Envelope::read(&document, soap11) {
            Ok(read) => {
                let header = ResponseHeader {
                    action: "urn:answer",
                    message_id: "urn:uuid:1",
                    relates_to: read.addressing.message_id.as_deref(),
                    to: None,
                };
                envelope::write(&mut out, &header, |_| {});
            }
            Err(refused) => {
                fault::write(&mut out, &refused, "urn:uuid:1", message_id_of(&document).as_deref(), None);
            }
        }
        let answer = text_of_bytes(&out).expect("an answer is UTF-8");
        Document::parse(answer, &limits).expect("an answer can be read");
    }
});
