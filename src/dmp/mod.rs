//! The national rules: decisions on values, still without I/O, clock or log.
//!
//! So far: who speaks ([`caller`]) and on which conditions ([`admission`]). Records, rights and visibility are not here yet.

pub mod admission;
pub mod caller;
