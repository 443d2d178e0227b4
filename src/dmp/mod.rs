//! The national rules: decisions on values, still without I/O, clock or log.
//!
//! So far: who speaks ([`caller`]), on which conditions ([`admission`]), which metadata a document implies ([`derivation`]) and
//! whether they are those that came with it ([`coherence`]), whether a submission set is signed as it should be
//! ([`submission_signature`]). Records, rights and visibility are not here yet.

pub mod admission;
pub mod caller;
pub mod coherence;
pub mod derivation;
pub mod submission_signature;
