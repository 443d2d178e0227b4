//! WS-Addressing headers of a request. Spec: ITI TF-2: V.3.2.2, WS-Addressing 1.0 core: 3.

use crate::soap::envelope::ANONYMOUS;
use crate::soap::fault::{Fault, Subcode, name_of};
use crate::soap::rule;
use crate::soap::tolerance::Tolerance;
use crate::xml::document::{Node, children, plain_text};
use crate::xml::namespace::WSA;

/// What the headers say. A value that is empty is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addressing {
    /// `wsa:Action`.
    pub action: Option<String>,
    /// `wsa:MessageID`, to be echoed unchanged in `RelatesTo`.
    pub message_id: Option<String>,
    /// `wsa:To`, which is not looked at: clients leave it empty or name a proxy.
    pub to: Option<String>,
    /// `wsa:ReplyTo`; `None` is anonymous.
    pub reply_to: Option<String>,
    /// `wsa:FaultTo`; `None` is anonymous or absent.
    pub fault_to: Option<String>,
}

/// The names that stand at most once.
const ONCE: &[&str] = &["Action", "MessageID", "To", "ReplyTo", "FaultTo", "From"];
/// The names that are understood when a client marks them so.
pub(crate) const UNDERSTOOD: &[&str] = &["Action", "MessageID", "To", "ReplyTo", "FaultTo", "From", "RelatesTo"];
/// Forerunners of WS-Addressing 1.0, told apart so that the fault can say what to change.
const FORERUNNERS: &[&str] = &[
    "http://schemas.xmlsoap.org/ws/2003/03/addressing",
    "http://schemas.xmlsoap.org/ws/2004/03/addressing",
    "http://schemas.xmlsoap.org/ws/2004/08/addressing",
];
/// `wsa:ReplyTo` of those who want no answer.
const NONE: &str = "http://www.w3.org/2005/08/addressing/none";
/// Longest value; the answer echoes the `MessageID`.
const LONGEST: usize = 2048;

impl Addressing {
    pub(crate) fn read(header: Node<'_, '_>, tolerated: &mut Vec<Tolerance>) -> Result<Self, Box<Fault>> {
        refuse_forerunners(header)?;
        for name in ONCE {
            refuse_second(header, name)?;
        }
        let action = value(header, "Action", tolerated)?;
        if action.is_none() {
            tolerated.push(Tolerance::NoAction);
        }
        let to = value(header, "To", tolerated)?;
        if to.is_none() && children(header, WSA, "To").next().is_some() {
            tolerated.push(Tolerance::EmptyTo);
        }
        if children(header, WSA, "ReplyTo").next().is_none() {
            tolerated.push(Tolerance::NoReplyTo);
        }
        Ok(Self {
            action,
            message_id: value(header, "MessageID", tolerated)?,
            to,
            reply_to: reply_address(header, "ReplyTo", tolerated)?,
            fault_to: reply_address(header, "FaultTo", tolerated)?,
        })
    }
}

/// The `MessageID` of a header that may be wrong in other ways, so that a fault can still be matched to its request.
pub(crate) fn message_id_of(header: Node<'_, '_>) -> Option<String> {
    let mut blocks = children(header, WSA, "MessageID");
    let (Some(only), None) = (blocks.next(), blocks.next()) else { return None };
    plain_text(only).filter(|text| !text.is_empty() && text.len() <= LONGEST).map(str::to_owned)
}

fn refuse_forerunners(header: Node<'_, '_>) -> Result<(), Box<Fault>> {
    let older = |block: &Node<'_, '_>| block.tag_name().namespace().is_some_and(|uri| FORERUNNERS.contains(&uri));
    match header.children().filter(Node::is_element).find(older) {
        None => Ok(()),
        Some(block) => Err(Fault::sender(
            &rule::WSA_NAMESPACE,
            "Les en-têtes d'adressage sont d'une version antérieure à WS-Addressing 1.0.",
            "The addressing headers are of a version before WS-Addressing 1.0.",
        )
        .subcode(Subcode::INVALID_ADDRESSING_HEADER)
        .at(block)
        .expected(WSA)
        .found(&name_of(block))
        .boxed()),
    }
}

fn refuse_second(header: Node<'_, '_>, name: &'static str) -> Result<(), Box<Fault>> {
    match children(header, WSA, name).nth(1) {
        None => Ok(()),
        Some(second) => Err(Fault::sender(
            &rule::WSA_ONCE,
            format!("L'en-tête wsa:{name} est présent plus d'une fois."),
            format!("The wsa:{name} header stands more than once."),
        )
        .subcode(Subcode::INVALID_ADDRESSING_HEADER)
        .subcode(Subcode::INVALID_CARDINALITY)
        .problem_header(name)
        .at(second)
        .boxed()),
    }
}

fn value(
    parent: Node<'_, '_>,
    name: &'static str,
    tolerated: &mut Vec<Tolerance>,
) -> Result<Option<String>, Box<Fault>> {
    let Some(block) = children(parent, WSA, name).next() else { return Ok(None) };
    match plain_text(block) {
        Some(text) if text.len() <= LONGEST => {
            if block.text().is_some_and(|whole| whole.len() != text.len()) {
                tolerated.push(Tolerance::PaddedAddressing);
            }
            Ok((!text.is_empty()).then(|| text.to_owned()))
        }
        _ => Err(Fault::sender(
            &rule::WSA_TEXT,
            format!("L'en-tête wsa:{name} doit contenir un texte simple d'au plus {LONGEST} octets."),
            format!("The wsa:{name} header has to hold plain text of at most {LONGEST} bytes."),
        )
        .subcode(Subcode::INVALID_ADDRESSING_HEADER)
        .problem_header(name)
        .at(block)
        .boxed()),
    }
}

fn reply_address(
    header: Node<'_, '_>,
    name: &'static str,
    tolerated: &mut Vec<Tolerance>,
) -> Result<Option<String>, Box<Fault>> {
    let Some(block) = children(header, WSA, name).next() else { return Ok(None) };
    refuse_second(block, "Address")?;
    let address = value(block, "Address", tolerated)?;
    let refused = |subcode| {
        Err(Fault::sender(
            &rule::WSA_REPLY_ADDRESS,
            format!("L'en-tête wsa:{name} doit contenir une adresse anonyme ou http(s)."),
            format!("The wsa:{name} header has to hold an address that is anonymous or http(s)."),
        )
        .subcode(Subcode::INVALID_ADDRESSING_HEADER)
        .subcode(subcode)
        .problem_header(name)
        .at(block)
        .expected(ANONYMOUS)
        .boxed())
    };
    match address {
        None => refused(Subcode::MISSING_ADDRESS),
        Some(address) if address == ANONYMOUS => Ok(None),
        Some(address) if address == NONE || address.starts_with("http://") || address.starts_with("https://") => {
            Ok(Some(address))
        }
        Some(_) => refused(Subcode::INVALID_ADDRESS),
    }
}
