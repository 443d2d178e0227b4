//! The stored queries, one file each. A query finds the identities of objects, in order; how much of each object is
//! read then depends on what was asked for. Spec: ITI TF-2: 3.18.4.1.2.3.7.

mod entry_filter;
mod get_all;
mod get_associations;
mod get_documents;
mod get_submission_set_and_contents;
