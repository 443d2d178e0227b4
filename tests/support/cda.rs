//! CDA documents of the tests, and the metadata that their headers imply.

use std::path::{Path, PathBuf};

use dmp_gateway::cda::document::ClinicalDocument;
use dmp_gateway::cda::header::Header;
use dmp_gateway::datatype::dtm::Dtm;
use dmp_gateway::datatype::entry_uuid::EntryUuid;
use dmp_gateway::datatype::hash::Sha1;
use dmp_gateway::datatype::oid::Oid;
use dmp_gateway::datatype::unique_id::UniqueId;
use dmp_gateway::dmp::derivation::submission::{ENTRY, Sending, content_type, content_type_of, objects};
use dmp_gateway::dmp::derivation::{FileFacts, derive};
use dmp_gateway::xds::message::provide_and_register;
use dmp_gateway::xml::document::{Document, text_of_bytes};
use dmp_gateway::xml::limits::Limits;

/// A consultation of a fictitious patient: level 3, by her general practitioner.
pub(crate) const CONSULTATION: &str = include_str!("../../cda-samples/consultation.xml");
/// The patient of it, as CX.
pub(crate) const PATIENT: &str = "284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH";
/// Its id.
pub(crate) const UNIQUE_ID: &str = "1.2.250.1.999.77.1.3.1";

/// Replaces a text that stands in a document; a change that changes nothing is a mistake of the test.
#[track_caller]
pub(crate) fn changed(document: &str, from: &str, to: &str) -> String {
    assert!(document.contains(from), "the document does not hold {from}");
    document.replacen(from, to, 1)
}

/// Looks at the header of a document.
pub(crate) fn with_header<T>(document: &[u8], look: impl FnOnce(&Header<'_>) -> T) -> T {
    let limits = Limits { bytes: usize::MAX, text_bytes: usize::MAX, ..Limits::default() };
    let document = Document::parse(text_of_bytes(document).unwrap(), &limits).unwrap();
    look(&Header::of(ClinicalDocument::of(&document).unwrap()))
}

/// The id of a document.
pub(crate) fn unique_id_of(document: &str) -> String {
    with_header(document.as_bytes(), |header| header.id.as_ref().map(|id| id.value.to_unique_id())).unwrap()
}

/// The ITI-41 body that a document implies, for these bytes, which are the part `cid:document`; perhaps in the place of another.
pub(crate) fn provide_and_register(document: &[u8], bytes: &[u8], replaces: Option<&str>) -> String {
    let file = FileFacts { hash: Sha1::from_bytes(openssl::sha::sha1(bytes)), size: bytes.len() as u64 };
    let set = format!("{}.1", unique_id_of(std::str::from_utf8(document).unwrap()));
    let objects = with_header(document, |header| {
        let sending = Sending {
            unique_id: UniqueId::parse(&set).unwrap(),
            source_id: Oid::parse("1.2.250.1.999.77.1").unwrap(),
            time: Dtm::parse("20261125093000").unwrap(),
            content_type: content_type_of(header).or_else(|| content_type("97")),
            replaces: replaces.map(|old| EntryUuid::parse(old).unwrap()),
        };
        objects(&derive(header, file), &sending)
    });
    String::from_utf8(provide_and_register::encode(&objects.all(), &[(ENTRY, "document")])).unwrap()
}

/// The XML files of a folder, in order; none, said in one line, where the folder is absent.
pub(crate) fn files_of(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("{} is absent: its documents are not looked at", folder.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "xml"));
    files.sort();
    files
}
