//! SOAP 1.2 with WS-Addressing and MTOM/XOP: bytes to an [`envelope::Envelope`] and back, faults, and the WSDL.
//!
//! Spec: SOAP 1.2 part 1, WS-Addressing 1.0 SOAP binding, XOP 1.0, ITI TF-2: Appendix V. Nothing here knows
//! a transaction: which Action belongs to which body is the business of the endpoint. What real clients
//! get wrong and is taken all the same stands in one table, [`tolerance`]; what is refused, in [`rule`].

pub mod addressing;
pub mod envelope;
pub mod fault;
pub mod mtom;
pub mod rule;
pub mod security_header;
pub mod tolerance;
pub mod wsdl;

use crate::xml::namespace::{SOAP11, SOAP12};

/// The two versions of SOAP that reach us. Answers are always 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoapVersion {
    /// SOAP 1.2.
    V12,
    /// SOAP 1.1, taken in the root part of an ITI-41 package only.
    V11,
}

impl SoapVersion {
    /// The namespace of its envelope.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V12 => SOAP12,
            Self::V11 => SOAP11,
        }
    }
}
