//! The wrapper of a message: its id, who sends it, to whom. Spec: HL7 V3 `MCCI_MT000100UV01`.

use crate::xml::document::{Node, child, plain_attribute};
use crate::xml::namespace::HL7V3;

/// An instance identifier as it was sent. Spec: HL7 V3 data type II.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceId {
    /// An OID or a UUID.
    pub root: String,
    /// What is unique within it.
    pub extension: Option<String>,
}

/// What an acknowledgement repeats of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transmission {
    /// The message.
    pub id: Option<InstanceId>,
    /// The device that sent it.
    pub sender: Option<InstanceId>,
    /// The device that it was sent to.
    pub receiver: Option<InstanceId>,
}

impl InstanceId {
    /// Reads an element; nothing when it has no root.
    pub fn of(element: Node<'_, '_>) -> Option<Self> {
        let root = plain_attribute(element, "root").map(str::trim).filter(|root| !root.is_empty())?;
        let extension = plain_attribute(element, "extension").map(str::to_owned).filter(|text| !text.is_empty());
        Some(Self { root: root.to_owned(), extension })
    }
}

impl Transmission {
    /// Reads what is there, so that a refusal can be addressed too.
    pub fn read(message: Node<'_, '_>) -> Self {
        let device = |side: &'static str| {
            let device = child(message, HL7V3, side).and_then(|side| child(side, HL7V3, "device"))?;
            child(device, HL7V3, "id").and_then(InstanceId::of)
        };
        Self {
            id: child(message, HL7V3, "id").and_then(InstanceId::of),
            sender: device("sender"),
            receiver: device("receiver"),
        }
    }
}
