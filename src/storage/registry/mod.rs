//! The registry: patients, objects and their relations, as questions ([`Reader`](crate::storage::Reader)) and changes
//! ([`Writer`](crate::storage::Writer)) of the domain.
//!
//! Values go to columns and come back through `column`; no diesel trait stands on a type of the domain.
//! Spec: ITI TF-2: 3.42.4.1.3, 3.18.4.1.2.

mod association;
mod column;
pub mod document;
mod document_entry;
mod fact;
mod folder;
pub mod merge;
pub mod object;
mod patient;
pub mod query;
mod registration;
mod remove;
mod removed_file;
mod submission_set;
mod update;
