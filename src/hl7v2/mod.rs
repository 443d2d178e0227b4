//! HL7 version 2: the few messages that the gateway takes, and the acknowledgements that it gives.
//!
//! Spec: HL7 2.3.1 chapters 2 and 3; HL7 2.5 chapter 2 where later senders differ; ITI TF-2: 3.8. Pure: bytes in, values and
//! bytes out. What is not looked at (EVN, PV1, names, addresses) is neither read nor kept.

pub mod acknowledgement;
pub mod adt;
pub mod charset;
pub mod header;
pub mod rule;
pub mod segment;
