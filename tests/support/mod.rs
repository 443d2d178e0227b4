//! What the specifications share: the test PKI, in memory and on disk, a client on the wire, a gateway of their
//! own, callers who speak to it and what they hear.

pub(crate) mod answer;
pub(crate) mod caller;
pub(crate) mod child;
pub(crate) mod gateway;
pub(crate) mod message;
pub(crate) mod pki;
pub(crate) mod pki_on_disk;
pub(crate) mod story;
pub(crate) mod vihf;
pub(crate) mod wire;
