//! The unavoidable work of one request, done here as fast as it can be: what a server cannot do without.
//!
//! One RSA-2048 verification, SHA-256 of the assertion, SHA-1 of a deposited document, one namespace-aware pass over the
//! request's envelope, the record layer of TLS over the bytes in and out in the suite that the load negotiated (see
//! [`record`](crate::bench::record)), and one copy of those bytes. System calls, the network stack, the disk and the database are not
//! in it: they are part of what the ratio measures.

use std::hint::black_box;
use std::time::Duration;

use openssl::hash::{MessageDigest, hash};
use openssl::sign::{Signer, Verifier};
use quick_xml::NsReader;
use quick_xml::events::Event;
use serde_json::{Value, json};

use crate::bench::load::Measured;
use crate::bench::process::thread_cpu;
use crate::bench::record::Records;
use crate::failure::Failure;
use crate::pki::Pair;

/// The material of one request.
pub struct Work {
    /// Who signed the VIHF.
    pub signer: Pair,
    /// The VIHF.
    pub assertion: String,
    /// The SOAP envelope of the request.
    pub envelope: String,
    /// A deposited document; nothing in other transactions.
    pub document: Vec<u8>,
}

/// Microseconds of CPU for each part.
pub struct Yardstick {
    parts: [(&'static str, f64); 6],
}

impl Yardstick {
    /// Does the work repeatedly and takes the best round of each part.
    pub fn measure(work: &Work, measured: &Measured) -> Result<Self, Failure> {
        let (sent, received) = (measured.sent, measured.received);
        let signed = work.assertion.as_bytes().get(..800).unwrap_or_default();
        let signature = Signer::new(MessageDigest::sha256(), &work.signer.key)?.sign_oneshot_to_vec(signed)?;
        let key = work.signer.certificate.public_key()?;
        let source = vec![0x5A_u8; sent.max(received)];
        let mut target = vec![0_u8; source.len()];
        let mut records = Records::of(&measured.suite, &work.signer)?;
        let copied = |n: usize| source.get(..n).unwrap_or_default();

        let rsa =
            best(|| Ok(Verifier::new(MessageDigest::sha256(), &key)?.verify_oneshot(&signature, signed).map(drop)?))?;
        let sha256 = best(|| Ok(hash(MessageDigest::sha256(), work.assertion.as_bytes()).map(drop)?))?;
        let sha1 = if work.document.is_empty() {
            0.0
        } else {
            best(|| Ok(hash(MessageDigest::sha1(), &work.document).map(drop)?))?
        };
        let xml = best(|| {
            pass(&work.envelope);
            Ok(())
        })?;
        let tls = best(|| records.pass(sent).and_then(|()| records.pass(received)).map_err(Failure::io("TLS")))?;
        let copy = best(|| {
            for n in [sent, received] {
                if let Some(room) = target.get_mut(..n) {
                    room.copy_from_slice(copied(n));
                }
                black_box(&mut target);
            }
            Ok(())
        })?;
        let parts = [("rsa", rsa), ("sha256", sha256), ("sha1", sha1), ("xml", xml), ("tls", tls), ("copy", copy)];
        Ok(Self { parts })
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.parts.iter().map(|(_, us)| us).sum()
    }

    /// Each part, on one line.
    pub fn parts(&self) -> String {
        self.parts.map(|(name, us)| format!("{name} {us:.1}")).join(" · ")
    }

    /// Each part.
    pub fn json(&self) -> Value {
        self.parts.iter().map(|(name, us)| ((*name).to_owned(), json!(us))).collect::<serde_json::Map<_, _>>().into()
    }
}

/// Microseconds of this thread's CPU for one call: the best of five rounds of at least 40 ms.
fn best(mut work: impl FnMut() -> Result<(), Failure>) -> Result<f64, Failure> {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let (begin, mut calls) = (thread_cpu()?, 0_u32);
        loop {
            for _ in 0..16 {
                work()?;
            }
            calls += 16;
            let spent = thread_cpu()?.saturating_sub(begin);
            if spent >= Duration::from_millis(40) {
                best = best.min(spent.as_secs_f64() * 1e6 / f64::from(calls));
                break;
            }
        }
    }
    Ok(best)
}

fn pass(envelope: &str) {
    let mut reader = NsReader::from_str(envelope);
    while let Ok((namespace, event)) = reader.read_resolved_event() {
        black_box(namespace);
        if matches!(black_box(event), Event::Eof) {
            break;
        }
    }
}
