//! The correlation id of one exchange: in every log line, in the answer's HTTP header and in faults.
//!
//! Spec: W3C Trace Context §3.2 "traceparent". A caller's trace is taken up when its header is well formed;
//! else the id is drawn here.

use std::fmt;

use uuid::Uuid;

/// The HTTP header that carries the id back to the caller.
pub const HEADER: &str = "X-Correlation-Id";

/// The HTTP header in which a caller may hand over its trace.
pub const TRACEPARENT: &str = "traceparent";

/// Thirty-two hexadecimal digits that name one exchange.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Correlation(Uuid);

impl Correlation {
    /// The trace of the caller when `traceparent` is well formed, else the id that was drawn.
    ///
    /// ```
    /// use dmp_gateway::telemetry::correlation::Correlation;
    /// let taken = Correlation::new(Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), uuid::Uuid::nil());
    /// assert_eq!(taken.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    /// ```
    pub fn new(traceparent: Option<&str>, drawn: Uuid) -> Self {
        Self(traceparent.and_then(trace_id).unwrap_or(drawn))
    }
}

impl fmt::Display for Correlation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(out)
    }
}

impl fmt::Debug for Correlation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// `version "-" trace-id "-" parent-id "-" flags`; a later version may go on after the flags.
fn trace_id(header: &str) -> Option<Uuid> {
    let mut fields = header.trim().split('-');
    let (version, trace, parent, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let more = fields.next().is_some();
    let known = hex(version, 2) && version != "ff" && (version != "00" || !more);
    if !known || !hex(trace, 32) || !hex(parent, 16) || !hex(flags, 2) || parent.bytes().all(|digit| digit == b'0') {
        return None;
    }
    Uuid::try_parse(trace).ok().filter(|trace| !trace.is_nil())
}

/// The standard writes lower case only.
fn hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::{Correlation, Uuid};

    const DRAWN: Uuid = Uuid::from_u128(0x1111_2222_3333_4444_5555_6666_7777_8888);

    fn check(header: Option<&str>, expected: &str) {
        assert_eq!(Correlation::new(header, DRAWN).to_string(), expected, "{header:?}");
    }

    #[test]
    fn a_well_formed_trace_of_the_caller_is_taken_up() {
        check(Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), "4bf92f3577b34da6a3ce929d0e0e4736");
        check(Some("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-new"), "4bf92f3577b34da6a3ce929d0e0e4736");
    }

    #[test]
    fn anything_else_gets_the_drawn_id() {
        let drawn = "11112222333344445555666677778888";
        check(None, drawn);
        for bad in [
            "",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-<script>-00f067aa0ba902b7-01",
        ] {
            check(Some(bad), drawn);
        }
    }
}
