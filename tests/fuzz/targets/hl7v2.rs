//! The patient identity feed: a stream is cut into messages, and whatever a message holds, it is acknowledged by a text that
//! reads back, says what became of the message and repeats no segment of it.
#![no_main]

use dmp_gateway::datatype::dtm::Dtm;
use dmp_gateway::datatype::oid::Oid;
use dmp_gateway::hl7v2::acknowledgement::{self, Fault};
use dmp_gateway::hl7v2::header::{self, Header};
use dmp_gateway::hl7v2::segment::Message;
use dmp_gateway::hl7v2::{adt, charset};
use dmp_gateway::mllp::framing::{Broken, Frames};
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 4096;

fuzz_target!(|input: &[u8]| {
    // The stream, in pieces whose size its first byte chooses.
    let (piece, stream) = input.split_first().map_or((1, input), |(first, rest)| (usize::from(*first).max(1), rest));
    let mut frames = Frames::new(LIMIT);
    'stream: for mut bytes in stream.chunks(piece) {
        loop {
            match frames.next(&mut bytes) {
                Ok(Some(message)) => one(&message),
                Ok(None) => break,
                Err(Broken::NotMllp) => break 'stream,
                Err(Broken::TooLong(beginning)) => {
                    assert!(beginning.len() <= LIMIT);
                    break 'stream;
                }
            }
        }
    }
    one(stream);
});

fn one(bytes: &[u8]) {
    let authorities = [Oid::parse("1.2.3").expect("an OID")];
    let mut header = Header::unread();
    let outcome = charset::decode(bytes).and_then(|(text, charset)| {
        let message = Message::parse(&text)?;
        header = Header::read(&message, charset);
        header::check(&message, &header)?;
        adt::decode(&message, &authorities).map(drop)
    });
    let fault = outcome.err().map(Fault::from);
    let now = Dtm::parse("20261125120000").expect("a date");
    let written = acknowledgement::write(&header, fault.as_ref(), "1", &now);
    let (text, _) = charset::decode(&written).expect("an acknowledgement is of its character set");
    let read = Message::parse(&text).expect("an acknowledgement can be read");
    let names: Vec<&str> = read.segments().map(|segment| segment.name()).collect();
    let expected: &[&str] = if fault.is_some() { &["MSH", "MSA", "ERR"] } else { &["MSH", "MSA"] };
    assert_eq!(names, expected, "nothing else of the message comes back");
    let verdict = read.segments().nth(1).map(|segment| segment.field(1).raw().to_owned());
    assert_eq!(verdict.as_deref() == Some("AA"), fault.is_none());
}
