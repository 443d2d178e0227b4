//! Software of a hospital that sends its patients' identities over MLLP, and what it hears.

use std::net::SocketAddr;
use std::time::Duration;

use crate::support::wire::{Client, Wire};

/// A sender with one connection.
pub(crate) struct Sender {
    wire: Wire,
}

/// An acknowledgement.
#[derive(Debug)]
pub(crate) struct Acknowledgement(pub(crate) String);

/// A message of one event; `segments` follow MSH and EVN.
pub(crate) fn message(event: &str, segments: &str) -> String {
    format!(
        "MSH|^~\\&|HIS|HOSPITAL|XDS|REGION|20261125120000||ADT^{event}|MSG4711|P|2.3.1\rEVN||20261125120000\r{segments}\r"
    )
}

/// A patient is there, with a name that nobody may repeat.
pub(crate) fn announcement(event: &str, identifiers: &str) -> String {
    message(event, &format!("PID|1||{identifiers}||MARTIN^CLAIRE^^^^^L||19710101|F\rPV1|1|I"))
}

/// The second identifier ends, the first takes over.
pub(crate) fn merge(surviving: &str, subsumed: &str) -> String {
    message("A40^ADT_A39", &format!("PID|1||{surviving}||MARTIN^CLAIRE\rMRG|{subsumed}"))
}

impl Sender {
    /// Over plain TCP.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self { wire: Wire::plain(address) }
    }

    /// Over TLS.
    pub(crate) fn over_tls(client: &Client, address: SocketAddr) -> Result<Self, String> {
        client.connect(address).map(|wire| Self { wire })
    }

    /// Sends a message in its frame and hears the acknowledgement.
    #[track_caller]
    pub(crate) fn send(&mut self, message: &str) -> Acknowledgement {
        self.try_send(message.as_bytes()).unwrap()
    }

    /// The same, or why there was no acknowledgement.
    pub(crate) fn try_send(&mut self, message: &[u8]) -> Result<Acknowledgement, String> {
        self.write(&[b"\x0b", message, b"\x1c\r"].concat());
        self.hear()
    }

    /// Sends bytes as they are. A gateway that refuses may have closed already: what it said counts.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let _ = self.wire.send(bytes);
    }

    /// Hears one acknowledgement.
    pub(crate) fn hear(&mut self) -> Result<Acknowledgement, String> {
        let frame = self.wire.until(b"\x1c\r")?;
        let frame = frame.strip_prefix(b"\x0b").and_then(|frame| frame.strip_suffix(b"\x1c\r"));
        let text = String::from_utf8(frame.ok_or("no frame")?.to_vec()).map_err(|_| "not UTF-8")?;
        Ok(Acknowledgement(text))
    }

    /// What comes before the gateway ends the connection.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        self.wire.rest()
    }

    /// Whether the gateway says something, or ends the connection, within a moment.
    pub(crate) fn hears_something(&mut self, moment: Duration) -> bool {
        self.wire.peek(moment).unwrap()
    }
}

impl Acknowledgement {
    /// MSA-1.
    pub(crate) fn code(&self) -> &str {
        self.field("MSA", 1)
    }

    /// A field of the first segment of that name; MSH counts its separator.
    pub(crate) fn field(&self, segment: &str, number: usize) -> &str {
        let line = self.0.split('\r').find(|line| line.starts_with(segment)).unwrap_or_default();
        line.split('|').nth(number).unwrap_or_default()
    }

    /// The message was taken.
    #[track_caller]
    pub(crate) fn accepts(&self) {
        assert_eq!((self.code(), self.field("MSA", 2), self.field("ERR", 0)), ("AA", "MSG4711", ""), "{self:?}");
    }

    /// The message was refused by this rule, there: `PID^1^3`.
    #[track_caller]
    pub(crate) fn refuses(&self, code: &str, rule: &str, place: &str) {
        assert_eq!(self.code(), code, "{self:?}");
        assert!(self.field("MSA", 3).ends_with(&format!("({rule})")), "no {rule} in {self:?}");
        assert!(self.field("ERR", 1).starts_with(&format!("{place}^")), "no {place} in {self:?}");
        assert!(!self.0.contains("MARTIN") && !self.0.contains("28406751"), "a patient in {self:?}");
    }
}
