//! What several specifications share.

pub(crate) mod pki;
pub(crate) mod vihf;
