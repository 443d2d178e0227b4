//! What a caller hears: an answer of the gateway, unpacked and read by another parser than the gateway's own.

use roxmltree::{Document, Node};

use crate::support::wire::Answer;

/// One entry of the error list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegistryError {
    pub(crate) code: String,
    pub(crate) context: String,
    pub(crate) location: String,
    pub(crate) severity: String,
}

/// A SOAP fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// `soap:Sender` and the subcodes below it.
    pub(crate) codes: Vec<String>,
    pub(crate) french: String,
    pub(crate) english: String,
    /// Names and texts of the detail.
    pub(crate) detail: Vec<(String, String)>,
}

impl Fault {
    /// One field of the detail.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.detail.iter().find(|(found, _)| found == name).map(|(_, text)| text.as_str())
    }

    /// The rule that was broken.
    pub(crate) fn rule(&self) -> &str {
        self.field("rule").unwrap_or_default()
    }
}

/// One part of a package: its header lines, its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) head: String,
    pub(crate) content: Vec<u8>,
}

impl Answer {
    pub(crate) fn status_urn_or_fault(&self) -> String {
        if self.fault().is_some() { "Fault".to_owned() } else { self.status_urn() }
    }

    /// Whether it came as a package.
    pub(crate) fn is_package(&self) -> bool {
        self.header("content-type").is_some_and(|value| value.starts_with("multipart/related;"))
    }

    /// The parts of a package, the envelope first.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let content_type = self.header("content-type").unwrap();
        let boundary = content_type.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        let whole = [b"\r\n", self.body.as_slice()].concat();
        let cuts: Vec<usize> = memchr_iter(&whole, &delimiter);
        assert!(whole.ends_with(format!("\r\n--{boundary}--\r\n").as_bytes()), "the package is not closed");
        cuts.windows(2)
            .map(|pair| {
                let part = &whole[pair[0] + delimiter.len() + 2..pair[1]];
                let end = memchr_iter(part, b"\r\n\r\n")[0];
                Part { head: String::from_utf8(part[..end].to_vec()).unwrap(), content: part[end + 4..].to_vec() }
            })
            .collect()
    }

    /// The envelope, whatever the packaging.
    pub(crate) fn envelope(&self) -> String {
        let bytes = if self.is_package() { self.parts().remove(0).content } else { self.body.clone() };
        String::from_utf8(bytes).unwrap()
    }

    /// The `status` of the typed answer, without what all of them begin with.
    pub(crate) fn status_urn(&self) -> String {
        let envelope = self.envelope();
        let document = parsed(&envelope);
        let mut status = document.descendants().filter_map(|node| {
            let name = node.tag_name().name();
            (name == "RegistryResponse" || name == "AdhocQueryResponse").then(|| node.attribute("status")).flatten()
        });
        let status = status.next_back().unwrap_or_else(|| panic!("no typed answer: {envelope}")).to_owned();
        status.rsplit(':').next().unwrap().to_owned()
    }

    /// It is a success without a word.
    #[track_caller]
    pub(crate) fn is_taken(&self) {
        assert_eq!((self.status, self.errors()), (200, vec![]), "{}", self.envelope());
        assert_eq!(self.status_urn(), "Success");
    }

    /// The error list.
    pub(crate) fn errors(&self) -> Vec<RegistryError> {
        let envelope = self.envelope();
        let document = parsed(&envelope);
        let errors = document.descendants().filter(|node| node.has_tag_name((RS, "RegistryError")));
        let text = |node: Node<'_, '_>, name: &str| node.attribute(name).unwrap_or_default().to_owned();
        errors
            .map(|node| RegistryError {
                code: text(node, "errorCode"),
                context: text(node, "codeContext"),
                location: text(node, "location"),
                severity: text(node, "severity").rsplit(':').next().unwrap().to_owned(),
            })
            .collect()
    }

    /// It is a failure with this code by this rule, among others perhaps.
    #[track_caller]
    pub(crate) fn fails_with(&self, code: &str, rule: &str) -> RegistryError {
        assert_eq!((self.status, self.status_urn().as_str()), (200, "Failure"), "{}", self.envelope());
        let errors = self.errors();
        let rule = format!("[{rule}]");
        let found = errors.iter().find(|error| error.code == code && error.context.ends_with(&rule));
        found.unwrap_or_else(|| panic!("no {code} {rule} in {errors:#?}")).clone()
    }

    /// The fault, if it is one.
    pub(crate) fn fault(&self) -> Option<Fault> {
        let envelope = self.envelope();
        let document = parsed(&envelope);
        let fault = document.descendants().find(|node| node.has_tag_name((SOAP, "Fault")))?;
        let texts = |name: &str| {
            let found = fault.descendants().filter(|node| node.has_tag_name((SOAP, name)));
            found.map(|node| (node, node.text().unwrap_or_default().to_owned())).collect::<Vec<_>>()
        };
        let reason = |language: &str| {
            let lang =
                |node: Node<'_, '_>| node.attribute(("http://www.w3.org/XML/1998/namespace", "lang")) == Some(language);
            texts("Text").into_iter().find(|(node, _)| lang(*node)).map(|(_, text)| text).unwrap_or_default()
        };
        let detail = fault.descendants().find(|node| node.tag_name().name() == "fault");
        let fields = detail.into_iter().flat_map(|detail| detail.children().filter(Node::is_element));
        Some(Fault {
            codes: texts("Value").into_iter().map(|(_, text)| text).collect(),
            french: reason("fr"),
            english: reason("en"),
            detail: fields
                .map(|node| (node.tag_name().name().to_owned(), node.text().unwrap_or_default().to_owned()))
                .collect(),
        })
    }

    /// It is a fault of the caller's, in both languages, by this rule, under the correlation id of the HTTP header.
    #[track_caller]
    pub(crate) fn faults_by(&self, status: u16, rule: &str) -> Fault {
        let fault = self.fault().unwrap_or_else(|| panic!("no fault: {} {}", self.status, self.envelope()));
        assert_eq!((self.status, fault.rule()), (status, rule), "{fault:#?}");
        assert!(fault.french.len() > 10 && fault.english.len() > 10 && fault.french != fault.english, "{fault:#?}");
        assert!(fault.field("correlation").is_some(), "{fault:#?}");
        assert_eq!(fault.field("correlation"), self.header("x-correlation-id"), "{:?}", self.headers);
        fault
    }

    /// The ids of the objects of one kind in a `LeafClass` answer, or of `ObjectRef`.
    pub(crate) fn ids(&self, kind: &str) -> Vec<String> {
        self.attributes(kind, "id")
    }

    /// One attribute of the objects of one kind.
    pub(crate) fn attributes(&self, kind: &str, name: &str) -> Vec<String> {
        let envelope = self.envelope();
        let document = parsed(&envelope);
        let objects = document.descendants().filter(|node| node.has_tag_name((RIM, kind)));
        objects.map(|node| node.attribute(name).unwrap_or_default().to_owned()).collect()
    }

    /// One attribute of an `AdhocQueryResponse`.
    pub(crate) fn response_attribute(&self, name: &str) -> String {
        let envelope = self.envelope();
        let document = parsed(&envelope);
        let answer = document.descendants().find(|node| node.tag_name().name() == "AdhocQueryResponse").unwrap();
        answer.attribute(name).unwrap_or_default().to_owned()
    }

    /// For each entry of a `LeafClass` answer its uniqueId and its status.
    pub(crate) fn entries(&self) -> Vec<(String, String)> {
        let envelope = self.envelope();
        let document = parsed(&envelope);
        let entries = document.descendants().filter(|node| node.has_tag_name((RIM, "ExtrinsicObject")));
        let mut found: Vec<_> = entries
            .map(|entry| {
                let unique_id = entry.descendants().find(|node| {
                    node.attribute("identificationScheme") == Some("urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab")
                });
                let status = entry.attribute("status").unwrap().rsplit(':').next().unwrap();
                (unique_id.unwrap().attribute("value").unwrap().to_owned(), status.to_owned())
            })
            .collect();
        found.sort();
        found
    }

    /// The values of a slot of the first entry that has it.
    pub(crate) fn slot(&self, name: &str) -> Vec<String> {
        let envelope = self.envelope();
        let document = parsed(&envelope);
        let slot = document
            .descendants()
            .find(|node| node.has_tag_name((RIM, "Slot")) && node.attribute("name") == Some(name));
        let values =
            slot.into_iter().flat_map(|slot| slot.descendants().filter(|node| node.has_tag_name((RIM, "Value"))));
        values.map(|value| value.text().unwrap_or_default().to_owned()).collect()
    }

    /// The documents of an ITI-43 answer by uniqueId, each found by its reference.
    pub(crate) fn documents(&self) -> Vec<(String, Vec<u8>)> {
        let envelope = self.envelope();
        let document = parsed(&envelope);
        let parts = self.parts();
        let responses = document.descendants().filter(|node| node.tag_name().name() == "DocumentResponse");
        responses
            .map(|response| {
                let named = |name: &str| response.descendants().find(|node| node.tag_name().name() == name).unwrap();
                let href = named("Include").attribute("href").unwrap();
                let id = percent_encoding::percent_decode_str(href.strip_prefix("cid:").unwrap());
                let header = format!("Content-ID: <{}>", id.decode_utf8().unwrap());
                let part = parts.iter().find(|part| part.head.contains(&header));
                let content = part.unwrap_or_else(|| panic!("no part {header}")).content.clone();
                (named("DocumentUniqueId").text().unwrap().to_owned(), content)
            })
            .collect()
    }
}

const RS: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0";
const RIM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0";
const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";

fn parsed(envelope: &str) -> Document<'_> {
    Document::parse(envelope).unwrap_or_else(|cause| panic!("{cause}: {envelope}"))
}

fn memchr_iter(haystack: &[u8], needle: &[u8]) -> Vec<usize> {
    memchr::memmem::find_iter(haystack, needle).collect()
}
