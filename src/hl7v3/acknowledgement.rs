//! The answer to a message of the feed: `MCCI_IN000002UV01`. Spec: ITI TF-2: 3.44.4.1.2; HL7 V3 `MCCI_MT000200UV01`.

use crate::datatype::dtm::Dtm;
use crate::hl7v3::interaction::INTERACTION_ROOT;
use crate::hl7v3::rule::{Detail, Refusal};
use crate::hl7v3::transmission::{InstanceId, Transmission};
use crate::xml::writer::{push_attribute, push_element};

/// What becomes of a message. Spec: HL7 V3 vocabulary `AcknowledgementType`; the interaction is an accept acknowledgement, so its codes
/// begin with C.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// CA: taken, and on the disk.
    Accept,
    /// CE: refused for what it says.
    Error,
    /// CR: not processed, for reasons of ours.
    Reject,
}

impl Code {
    fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "CA",
            Self::Error => "CE",
            Self::Reject => "CR",
        }
    }
}

/// What is wrong with a message, in the words of the acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// CE or CR.
    pub code: Code,
    /// Which acknowledgement detail it is.
    pub detail: Detail,
    /// The rule by which it was refused.
    pub rule: &'static str,
    /// What was expected. It never repeats a value of the message.
    pub text: String,
    /// Where, as an `XPath` of local names.
    pub location: Option<String>,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let rule = refusal.rule;
        Self {
            code: Code::Error,
            detail: rule.detail,
            rule: rule.id,
            text: format!("expected: {}", rule.demands),
            location: Some(refusal.location.xpath),
        }
    }
}

/// Writes the acknowledgement of a message, of that id: with a fault an error, without an acceptance.
pub fn write(out: &mut Vec<u8>, message: &Transmission, fault: Option<&Fault>, id: &str, now: &Dtm) {
    out.extend_from_slice(b"<MCCI_IN000002UV01 xmlns=\"urn:hl7-org:v3\" ITSVersion=\"XML_1.0\">");
    empty(out, "id", &[("root", id)]);
    empty(out, "creationTime", &[("value", now.as_str())]);
    empty(out, "interactionId", &[("root", INTERACTION_ROOT), ("extension", "MCCI_IN000002UV01")]);
    empty(out, "processingCode", &[("code", "P")]);
    empty(out, "processingModeCode", &[("code", "T")]);
    empty(out, "acceptAckCode", &[("code", "NE")]);
    // Who received it is who answers.
    device(out, "receiver", "RCV", message.sender.as_ref());
    device(out, "sender", "SND", message.receiver.as_ref());
    out.extend_from_slice(b"<acknowledgement>");
    empty(out, "typeCode", &[("code", fault.map_or(Code::Accept, |fault| fault.code).as_str())]);
    out.extend_from_slice(b"<targetMessage>");
    instance(out, message.id.as_ref());
    out.extend_from_slice(b"</targetMessage>");
    if let Some(fault) = fault {
        out.extend_from_slice(b"<acknowledgementDetail typeCode=\"E\">");
        let code = [
            ("code", fault.detail.as_code()),
            ("codeSystem", "2.16.840.1.113883.5.1100"),
            ("displayName", fault.detail.as_text()),
        ];
        empty(out, "code", &code);
        push_element(out, "text", &format!("{} ({})", fault.text, fault.rule));
        if let Some(location) = &fault.location {
            push_element(out, "location", location);
        }
        out.extend_from_slice(b"</acknowledgementDetail>");
    }
    out.extend_from_slice(b"</acknowledgement></MCCI_IN000002UV01>");
}

fn device(out: &mut Vec<u8>, side: &str, type_code: &str, id: Option<&InstanceId>) {
    out.extend_from_slice(b"<");
    out.extend_from_slice(side.as_bytes());
    push_attribute(out, "typeCode", type_code);
    out.extend_from_slice(b"><device classCode=\"DEV\" determinerCode=\"INSTANCE\">");
    instance(out, id);
    out.extend_from_slice(b"</device></");
    out.extend_from_slice(side.as_bytes());
    out.push(b'>');
}

fn instance(out: &mut Vec<u8>, id: Option<&InstanceId>) {
    match id {
        None => empty(out, "id", &[("nullFlavor", "UNK")]),
        Some(InstanceId { root, extension: None }) => empty(out, "id", &[("root", root)]),
        Some(InstanceId { root, extension: Some(extension) }) => {
            empty(out, "id", &[("root", root), ("extension", extension)]);
        }
    }
}

fn empty(out: &mut Vec<u8>, name: &str, attributes: &[(&str, &str)]) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    for (name, value) in attributes {
        push_attribute(out, name, value);
    }
    out.extend_from_slice(b"/>");
}
