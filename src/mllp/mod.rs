//! The MLLP face: messages of HL7 version 2 over a byte stream, each answered by its acknowledgement. It decides nothing.
//!
//! Spec: HL7 2.3.1 appendix C.4 (Minimal Lower Layer Protocol); ITI TF-2: 3.8. Where the bytes come from, over TLS or not, is the
//! business of `server`.

mod ack;
pub mod connection;
mod feed;
pub mod framing;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::transaction::Gateway;

/// The face and what stands behind it. Shared by all connections.
pub struct Feed {
    gateway: Arc<Gateway>,
    limits: Limits,
    clock: fn() -> DateTime<Utc>,
    draw: fn() -> Uuid,
}

/// What a sender may send, and how slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at one time. When they are all taken, the one that is idle longest makes room.
    pub connections: usize,
    /// Bytes of one message.
    pub message_bytes: usize,
    /// Time for one message, from its first byte to its last, and again for its acknowledgement.
    pub message: Duration,
    /// A connection that is idle for so long is closed.
    pub idle: Duration,
}

impl Feed {
    /// A face. `clock` and `draw` are where time and new identifiers come from; tests give fixed ones.
    pub fn new(gateway: Arc<Gateway>, limits: Limits, clock: fn() -> DateTime<Utc>, draw: fn() -> Uuid) -> Self {
        Self { gateway, limits, clock, draw }
    }

    /// What a sender may send.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}
