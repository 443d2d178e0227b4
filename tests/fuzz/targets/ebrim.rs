//! The ebRIM decoder: it never panics, and what it read it reads again from what it writes, with nothing lost.
//!
//! Input: a `rim:RegistryObjectList`.
#![no_main]

use dmp_gateway::xds::ebrim::{decode, encode};
use dmp_gateway::xds::error::Profile;
use dmp_gateway::xds::metadata::object::ObjectKind;
use dmp_gateway::xds::metadata::submission::Submission;
use dmp_gateway::xml::document::{Document, text_of_bytes};
use dmp_gateway::xml::limits::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = text_of_bytes(input) else { return };
    for profile in [Profile::Ihe, Profile::Dmp] {
        let Some(first) = read(text, profile) else { continue };
        if !first.unreadable.is_empty() {
            continue;
        }
        let written = write(&first);
        let again = read(std::str::from_utf8(&written).expect("UTF-8"), profile).expect("what is written can be read");
        assert!(first == again, "{}", String::from_utf8_lossy(&written));
    }
});

fn read(text: &str, profile: Profile) -> Option<Submission> {
    let document = Document::parse(text, &Limits::default()).ok()?;
    decode::submission(document.root(), profile).0
}

fn write(submission: &Submission) -> Vec<u8> {
    let mut out = b"<r:RegistryObjectList xmlns:r=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\">".to_vec();
    encode::object(&mut out, ObjectKind::SubmissionSet, &submission.submission_set.object, "r");
    for entry in &submission.entries {
        encode::object(&mut out, ObjectKind::DocumentEntry, &entry.object, "r");
    }
    for folder in &submission.folders {
        encode::object(&mut out, ObjectKind::Folder, &folder.object, "r");
    }
    for association in &submission.associations {
        encode::object(&mut out, ObjectKind::Association, &association.object, "r");
    }
    out.extend_from_slice(b"</r:RegistryObjectList>");
    out
}
