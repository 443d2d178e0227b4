//! The WS-Security header: found and counted here, judged in `security`.
//!
//! Spec: WSS SOAP message security 1.1: 5. Two headers are refused whatever their role: a reader that takes the
//! first and a verifier that takes the last would otherwise see two callers.

use crate::soap::fault::{Fault, Subcode};
use crate::soap::rule;
use crate::xml::document::{Node, children};
use crate::xml::namespace::WSSE;

/// What a request says of its caller.
#[derive(Clone, Copy)]
pub enum SecurityHeader<'a, 'i> {
    /// No `wsse:Security`.
    Absent,
    /// The only one.
    One(Node<'a, 'i>),
}

impl<'a, 'i> SecurityHeader<'a, 'i> {
    /// Finds the header block among the children of `soap:Header`.
    pub(crate) fn read(header: Node<'a, 'i>) -> Result<Self, Box<Fault>> {
        let mut blocks = children(header, WSSE, "Security");
        match (blocks.next(), blocks.next()) {
            (None, _) => Ok(Self::Absent),
            (Some(only), None) => Ok(Self::One(only)),
            (Some(_), Some(second)) => Err(Fault::sender(
                &rule::WSSE_ONCE,
                "Le message porte plus d'un en-tête wsse:Security.",
                "The message carries more than one wsse:Security header.",
            )
            .subcode(Subcode::INVALID_SECURITY)
            .at(second)
            .boxed()),
        }
    }
}

/// Whether there is one; never what it says.
impl std::fmt::Debug for SecurityHeader<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::One(_) => "One",
        })
    }
}
