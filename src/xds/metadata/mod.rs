//! The metadata model of XDS, free of XML. Spec: ITI TF-3: 4.2.
//!
//! Each object has typed fields for what the gateway understands, and the whole [`object::RegistryObject`] for
//! what it only keeps: unknown slots come back in a query as they were sent.

pub mod association;
pub mod attribute;
pub mod author;
pub mod availability;
pub mod data_type;
pub mod document_entry;
pub mod folder;
pub mod object;
pub mod registration;
pub mod submission;
pub mod submission_set;
pub mod update;
