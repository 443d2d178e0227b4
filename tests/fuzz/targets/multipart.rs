//! The MIME reader: it never panics, hands out no more than it was given, and says the same however the bytes arrive.
//!
//! Input: the Content-Type on the first line, then the body.
#![no_main]

use bytes::Bytes;
use dmp_gateway::soap::mtom::package::{Event, Limits, PackageError, Reader};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { message_bytes: 32_768, root_bytes: 4_096, parts: 8, header_bytes: 512 };

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|b| *b == b'\n') else { return };
    let (head, body) = input.split_at(end);
    let Ok(content_type) = std::str::from_utf8(head) else { return };
    let body = &body[1..];
    let whole = read(content_type, body, body.len().max(1));
    assert!(whole.as_ref().map_or(0, |events| length(events)) <= body.len());
    for size in [1, 7] {
        assert_eq!(whole, read(content_type, body, size), "in chunks of {size}");
    }
});

/// The events, with neighbouring data joined.
fn read(content_type: &str, body: &[u8], size: usize) -> Result<Vec<Event>, PackageError> {
    let mut reader = Reader::new(content_type, LIMITS)?;
    let mut events = Vec::new();
    for chunk in body.chunks(size) {
        reader.feed(Bytes::copy_from_slice(chunk));
        while let Some(event) = reader.next()? {
            match (event, events.last_mut()) {
                (Event::Data(new), Some(Event::Data(old))) => *old = [&old[..], &new[..]].concat().into(),
                (event, _) => events.push(event),
            }
        }
    }
    reader.finish()?;
    // An empty piece of content is no content.
    events.retain(|event| !matches!(event, Event::Data(data) if data.is_empty()));
    Ok(events)
}

fn length(events: &[Event]) -> usize {
    events.iter().map(|event| if let Event::Data(data) = event { data.len() } else { 0 }).sum()
}
