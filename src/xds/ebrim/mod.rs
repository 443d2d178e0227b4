//! ebRIM 3.0: the XML form of the metadata. Spec: ITI TF-3: 4.2.3.1, 4.2.1; ebRIM 3.0.
//!
//! [`decode`] keeps whatever stands in an object, [`encode`] writes it back; names go by namespace, never by prefix.

pub mod decode;
pub mod encode;
pub mod faults;
mod reader;
pub mod rule;
mod wire;

pub(super) use crate::xds::ebrim::wire::slot as read_slot;
