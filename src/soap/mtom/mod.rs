//! MTOM: messages whose documents travel as parts of a MIME package.
//!
//! Spec: ITI TF-2: V.3.6, XOP 1.0, RFC 2387, RFC 2046, RFC 2392. Reading is without I/O: [`package::Reader`] is fed
//! chunks as they arrive and hands out slices of them, so that a document of any size costs no memory here.

pub mod base64;
pub mod content_id;
mod delimiter;
pub mod media_type;
pub mod package;
pub mod part_header;
pub mod refusal;
pub mod writer;
pub mod xop;
