//! Who speaks: certificates and their chain, XML signatures, the TLS peer, and the VIHF that names the caller.
//!
//! Everything that was verified is a type with private fields and one constructor, the check itself:
//! [`pki::chain::Trusted`], [`tls::PeerIdentity`],
//! [`vihf::verify::VerifiedVihf`]. Time comes in as an argument; no file is read and nothing is logged here.

pub mod pki;
pub mod signature;
pub mod tls;
pub mod vihf;
