//! The rules of the envelope and of the package, each with the paragraph that demands it.
//!
//! The id stands in the detail of the fault, so that an editor can quote it.

/// One demand on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The name by which it is quoted.
    pub id: &'static str,
    /// What it demands.
    pub demands: &'static str,
    /// Who demands it.
    pub spec: &'static str,
}

macro_rules! rules {
    ($($name:ident = $id:literal, $demands:literal, $spec:literal;)+) => {
        $(#[doc = $demands] pub const $name: Rule = Rule { id: $id, demands: $demands, spec: $spec };)+
        /// Every rule of this module.
        pub const TABLE: &[Rule] = &[$($name),+];
    };
}

rules! {
    XML_WELL_FORMED = "SOAP-XML-01", "the message is well-formed XML 1.0 in UTF-8", "ITI TF-2: V.3";
    XML_DOCTYPE = "SOAP-XML-02", "a message holds no document type declaration", "SOAP 1.2 part 1: 5";
    XML_LIMIT = "SOAP-XML-03", "a message stays within the limits of depth, size and attributes", "gateway limit";
    ENVELOPE = "SOAP-ENV-01", "the root element is soap:Envelope", "SOAP 1.2 part 1: 5.1";
    VERSION = "SOAP-ENV-02", "the envelope is of SOAP 1.2", "ITI TF-2: V.3.2";
    HEADER = "SOAP-ENV-03", "the envelope holds exactly one soap:Header, before the body", "ITI TF-2: V.3.2";
    BODY = "SOAP-ENV-04", "the envelope holds exactly one soap:Body and nothing after it", "SOAP 1.2 part 1: 5.1";
    BODY_CHILD = "SOAP-ENV-05", "the body holds exactly one element", "ITI TF-2: V.3.2";
    BODY_ROOT = "SOAP-ENV-06", "the element of the body is one that this service takes", "ITI TF-2: V.3.2";
    MUST_UNDERSTAND = "SOAP-HDR-01", "a header block with soap:mustUnderstand is one that the receiver knows", "SOAP 1.2 part 1: 5.4.8";
    MUST_UNDERSTAND_VALUE = "SOAP-HDR-02", "soap:mustUnderstand is true, false, 1 or 0", "SOAP 1.2 part 1: 5.2.3";
    WSA_NAMESPACE = "WSA-01", "addressing headers are of WS-Addressing 1.0", "ITI TF-2: V.3.2.2";
    WSA_ONCE = "WSA-02", "an addressing header stands at most once", "WS-Addressing 1.0 SOAP binding: 6.4.1";
    WSA_TEXT = "WSA-03", "an addressing header holds plain text of at most 2048 bytes", "WS-Addressing 1.0 core: 3.2";
    WSA_REPLY_ADDRESS = "WSA-04", "wsa:ReplyTo and wsa:FaultTo hold an Address that is anonymous, none, or http(s)", "ITI TF-2: V.3.2.2";
    WSA_ANONYMOUS_ONLY = "WSA-05", "an answer goes back on the same connection, or to an address that the configuration names", "ITI TF-2: V.3.2.2; WS-Addressing 1.0 SOAP binding: 6.4.1.7";
    WSA_BUSY = "WSA-09", "an answer that goes elsewhere finds room among those that wait", "WS-Addressing 1.0 SOAP binding: 6.4.5";
    WSA_ACTION_REQUIRED = "WSA-06", "wsa:Action stands in every request", "ITI TF-2: V.3.2.2";
    WSA_ACTION_SUPPORTED = "WSA-07", "wsa:Action is one that this service takes", "WS-Addressing 1.0 SOAP binding: 6.4.4";
    WSA_ACTION_BODY = "WSA-08", "wsa:Action and the element of the body name the same transaction", "WS-Addressing 1.0 SOAP binding: 6.4.1";
    WSSE_ONCE = "WSSE-01", "wsse:Security stands at most once", "WSS SOAP message security 1.1: 5";
    MEDIA_TYPE = "MTOM-01", "the Content-Type is application/soap+xml, or multipart/related of type application/xop+xml", "ITI TF-2: V.3.6";
    PACKAGE_BOUNDARY = "MTOM-02", "a package has a boundary of 1 to 70 characters and ends by it", "RFC 2046: 5.1.1";
    PACKAGE_HEADER = "MTOM-03", "a part begins with well-formed headers, each at most once", "RFC 2045: 3";
    PACKAGE_ENCODING = "MTOM-04", "a part is binary, 8bit, 7bit or base64 and not compressed", "RFC 2045: 6.1";
    PACKAGE_ROOT = "MTOM-05", "the start parameter names a part, else the first part is the root", "RFC 2387: 3.2";
    PACKAGE_UNIQUE = "MTOM-06", "a Content-ID stands on one part only", "RFC 2392: 2";
    PACKAGE_LIMIT = "MTOM-07", "a package stays within the limits of size and number", "gateway limit";
    XOP_REFERENCE = "XOP-01", "an element holds one xop:Include with a cid reference and nothing else, or base64 text", "XOP 1.0: 3.2";
    XOP_ONCE = "XOP-02", "a part is referenced at most once", "XOP 1.0: 4.2";
    XOP_FOUND = "XOP-03", "a cid reference names a part of the package", "XOP 1.0: 4.2";
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn every_rule_has_its_own_id_and_a_paragraph() {
        let ids: std::collections::BTreeSet<_> = TABLE.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), TABLE.len());
        assert!(TABLE.iter().all(|rule| !rule.spec.is_empty() && !rule.demands.is_empty()));
    }
}
