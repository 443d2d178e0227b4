//! XDS.b: metadata, its ebRIM form, messages, stored queries and the rules that judge them.
//!
//! Pure: no storage, no clock, no log. What the registry knows comes in as
//! [`metadata::registration::RegistryFacts`], what it shall store goes out as
//! [`metadata::registration::Registration`]. Spec: ITI TF-3: 4.2, 4.3.

pub mod ebrim;
pub mod error;
pub mod message;
pub mod metadata;
pub mod query;
pub mod rule;
pub mod validation;
