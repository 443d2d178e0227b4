//! Where a message begins and ends in a stream: `<VT> message <FS> <CR>`. Spec: HL7 2.3.1: C.4.2.
//!
//! Sans I/O: bytes are pushed in, frames come out. It never holds more than one message within the limit.

use memchr::memchr2;

/// Begins a message.
pub const START: u8 = 0x0B;
/// Ends a message; a CR follows.
pub const END: u8 = 0x1C;
/// Ends the frame.
pub const CARRIAGE_RETURN: u8 = 0x0D;

/// Cuts a stream into messages.
#[derive(Debug)]
pub struct Frames {
    limit: usize,
    /// The message under way, when one is.
    message: Option<Vec<u8>>,
}

/// Why no further message can be found in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// Bytes that are of no message: whoever sends them speaks something else.
    NotMllp,
    /// A message beyond the limit; its beginning tells whom to answer.
    TooLong(Vec<u8>),
}

impl Frames {
    /// A stream from its first byte.
    pub fn new(limit: usize) -> Self {
        Self { limit, message: None }
    }

    /// Whether a message has begun and not ended.
    pub fn in_message(&self) -> bool {
        self.message.is_some()
    }

    /// Takes bytes up to the end of a message and gives the message; `bytes` is left with what follows. `None` when more is needed.
    ///
    /// Between messages CR, LF and FS are passed over: some senders end a frame by FS alone, others write a line end after it. A
    /// message that begins inside another one takes its place: the sender gave up the first.
    ///
    /// # Errors
    /// [`Broken`]; the stream cannot be read on.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Vec<u8>>, Broken> {
        while let Some((first, rest)) = bytes.split_first() {
            let Some(message) = &mut self.message else {
                match *first {
                    START => self.message = Some(Vec::new()),
                    CARRIAGE_RETURN | b'\n' | END => {}
                    _ => return Err(Broken::NotMllp),
                }
                *bytes = rest;
                continue;
            };
            let length = memchr2(START, END, bytes).unwrap_or(bytes.len());
            let (part, rest) = bytes.split_at(length);
            let room = self.limit.saturating_sub(message.len());
            message.extend_from_slice(part.get(..room).unwrap_or(part));
            if part.len() > room {
                return Err(Broken::TooLong(std::mem::take(message)));
            }
            match rest.split_first() {
                Some((&END, rest)) => {
                    *bytes = rest;
                    return Ok(self.message.take());
                }
                Some((_, rest)) => {
                    message.clear();
                    *bytes = rest;
                }
                None => *bytes = rest,
            }
        }
        Ok(None)
    }
}

/// Puts a message into its frame.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(message.len() + 3);
    frame.push(START);
    frame.extend_from_slice(message);
    frame.extend_from_slice(&[END, CARRIAGE_RETURN]);
    frame
}

#[cfg(test)]
mod tests {
    use super::{Broken, Frames, framed};

    /// The messages of a stream that arrives in pieces of some size.
    fn read(stream: &[u8], piece: usize) -> (Vec<String>, Option<Broken>) {
        let mut frames = Frames::new(10);
        let mut messages = Vec::new();
        for mut bytes in stream.chunks(piece) {
            loop {
                match frames.next(&mut bytes) {
                    Ok(Some(message)) => messages.push(String::from_utf8(message).unwrap()),
                    Ok(None) => break,
                    Err(broken) => return (messages, Some(broken)),
                }
            }
        }
        (messages, None)
    }

    #[track_caller]
    fn check(stream: &[u8], expected: &[&str], broken: Option<&Broken>) {
        for piece in [1, 2, 3, 7, 100] {
            let (messages, found) = read(stream, piece);
            assert_eq!(messages, expected, "in pieces of {piece}");
            assert_eq!(found.is_some(), broken.is_some(), "in pieces of {piece}");
            if let (Some(Broken::NotMllp), found) = (broken, found) {
                assert_eq!(found, Some(Broken::NotMllp));
            }
        }
    }

    #[test]
    fn messages_come_out_whole_however_the_bytes_arrive() {
        check(b"\x0bMSH|1\x1c\r\x0bMSH|2\x1c\r", &["MSH|1", "MSH|2"], None);
        check(&framed(b"a\rb\r"), &["a\rb\r"], None);
        check(b"\x0b\x1c\r", &[""], None);
        check(b"\x0bMSH", &[], None);
        check(b"", &[], None);
    }

    #[test]
    fn a_frame_without_its_last_carriage_return_and_line_ends_between_frames_are_taken() {
        check(b"\x0b1\x1c\x0b2\x1c\r\n\r\n\x0b3\x1c", &["1", "2", "3"], None);
    }

    #[test]
    fn a_message_that_was_given_up_leaves_no_trace() {
        check(b"\x0bfirst\x0bsecond\x1c\r", &["second"], None);
    }

    #[test]
    fn a_message_is_as_long_as_the_limit_at_most() {
        check(b"\x0b0123456789\x1c\r", &["0123456789"], None);
        check(b"\x0b1\x1c\r\x0b0123456789a\x1c\r", &["1"], Some(&Broken::TooLong(Vec::new())));
    }

    #[test]
    fn another_protocol_is_recognised_by_its_first_byte() {
        check(b"GET / HTTP/1.1\r\n", &[], Some(&Broken::NotMllp));
        check(b"\x16\x03\x01", &[], Some(&Broken::NotMllp));
        check(b"\x0b1\x1c\rMSH", &["1"], Some(&Broken::NotMllp));
    }
}
