//! Somebody else's opinion of a DMP-like server.
//!
//! The harness talks to a server over the network and shares no code with the gateway of this repository: its SOAP, its
//! packaging, its signature and its reading of answers are its own, so that a mistake made in `src/` is not made here
//! too. What it sends is right, or wrong in one named way; what it expects stands in plans (`plan/`), not in code.

pub mod command;
pub mod failure;

pub mod bench;
pub mod demo;
pub mod plan;

pub mod answer;
pub mod client;
pub mod document;
pub mod http;
pub mod metadata;
pub mod pki;
pub mod server;
pub mod soap;
pub mod time;
pub mod vihf;
