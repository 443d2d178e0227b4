//! Certificates as the field has them: names, chains, revocation, the holder that a certificate proves, and a
//! test PKI. Spec: DMP TD0.1, IGC-Santé certificate profiles, RFC 5280.

pub mod certificate;
pub mod chain;
pub mod holder;
pub mod issue;
pub mod name;
pub mod revocation;
