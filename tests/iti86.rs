//! ITI-86, Remove Documents: the bytes go, the metadata stays, and each document has a result of its own.

use std::path::PathBuf;

use super::DATABASE;
use crate::support::caller::{BASE, SIMPLE};
use crate::support::message::{ITI43, ITI86, REPOSITORY, remove_documents, retrieve};
use crate::support::story::{Story, document, numbered};
use crate::support::wire::Wire;
use crate::xds_fixture::base;

/// A registry and repository with one document in each of some submissions.
fn story_with(documents: &[&[u8]]) -> Story {
    let story = Story::on(DATABASE);
    for (submission, bytes) in (1..).zip(documents) {
        story.provide(submission, &base(), &[bytes]).is_taken();
    }
    story
}

#[test]
fn a_removed_document_is_gone_and_its_metadata_stays() {
    let story = story_with(&[b"one"]);
    let removed = story.caller.remove_documents(&[&document(1, 1)]);
    removed.is_taken();
    assert!(removed.envelope().contains(">urn:ihe:iti:2017:RemoveDocumentsResponse</"), "{}", removed.envelope());
    story.caller.fetch(&[&document(1, 1)]).fails_with("XDSDocumentUniqueIdError", "RET-UNKNOWN");
    assert_eq!(story.gateway.documents_on_disk(), Vec::<PathBuf>::new());
    assert_eq!(story.caller.entry(&document(1, 1)).entries(), [(document(1, 1), "Approved".to_owned())]);
    let again = story.caller.remove_documents(&[&document(1, 1)]);
    again.fails_with("XDSDocumentUniqueIdError", "RMD-UNKNOWN");
}

#[test]
fn a_document_of_another_repository_or_of_no_name_is_not_removed() {
    let story = story_with(&[b"one"]);
    let other = story.caller.send("repository", ITI86, &remove_documents("1.2.3.4", &[&document(1, 1)]));
    assert_eq!(other.fails_with("XDSUnknownRepositoryId", "RMD-REPOSITORY").location, document(1, 1));
    let unknown = story.caller.remove_documents(&["1.2.3.4.5", "not an identifier"]);
    assert_eq!(unknown.fails_with("XDSDocumentUniqueIdError", "RMD-UNKNOWN").location, "1.2.3.4.5");
    assert_eq!(unknown.errors().len(), 2);
    story.caller.finds_and_fetches(&document(1, 1), b"one");
}

#[test]
fn some_of_several_are_a_partial_success() {
    let story = story_with(&[b"one", b"two"]);
    let answer = story.caller.remove_documents(&["1.2.3.4.5", &document(2, 1)]);
    assert!(answer.envelope().contains("\"urn:ihe:iti:2007:ResponseStatusType:PartialSuccess\""));
    assert_eq!(answer.errors().iter().map(|error| error.location.as_str()).collect::<Vec<_>>(), ["1.2.3.4.5"]);
    story.caller.finds_and_fetches(&document(1, 1), b"one");
    story.caller.fetch(&[&document(2, 1)]).fails_with("XDSDocumentUniqueIdError", "RET-UNKNOWN");
}

#[test]
fn a_document_named_twice_is_removed_once() {
    let story = story_with(&[b"one"]);
    story.caller.remove_documents(&[&document(1, 1), &document(1, 1)]).is_taken();
    let unknown = story.caller.remove_documents(&[&document(1, 1), &document(1, 1)]);
    assert_eq!((unknown.status_urn().as_str(), unknown.errors().len()), ("Failure", 1));
}

#[test]
fn a_request_without_document_is_refused_in_its_own_answer() {
    let story = Story::on(DATABASE);
    let answer = story.caller.remove_documents(&[]);
    answer.fails_with("XDSRepositoryError", "MESSAGE-SHAPE");
    assert!(answer.envelope().contains("RegistryResponse"), "{}", answer.envelope());
}

/// The same uniqueId registered twice is one document with two entries.
#[test]
fn entries_that_share_a_document_lose_it_together_and_it_may_come_back() {
    let story = story_with(&[b"one"]);
    let again = |submission: u32, bytes: &[u8]| {
        let mut message = base();
        message.entries[0].no_slot("hash");
        message.entries[0].no_slot("size");
        let list = numbered(submission, &message).replace(&document(submission, 1), &document(1, 1));
        let id = crate::support::story::named(submission, "Document01");
        let inline = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        let body = format!(
            "<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb=\"urn:ihe:iti:xds-b:2007\"><lcm:SubmitObjectsRequest \
             xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\">{list}</lcm:SubmitObjectsRequest>\
             <xdsb:Document id=\"{id}\">{inline}</xdsb:Document></xdsb:ProvideAndRegisterDocumentSetRequest>"
        );
        story.caller.send("repository", crate::support::message::ITI41, &body)
    };
    again(2, b"one").is_taken();
    assert_eq!(story.gateway.documents_on_disk().len(), 1);
    story.caller.remove_documents(&[&document(1, 1)]).is_taken();
    assert_eq!(story.gateway.documents_on_disk().len(), 0);
    assert_eq!(story.caller.entry(&document(1, 1)).ids("ExtrinsicObject").len(), 2);
    // The registry still knows which bytes are meant.
    again(3, b"two").fails_with("XDSNonIdenticalHash", "UNIQUE-HASH");
    again(4, b"one").is_taken();
    assert_eq!(story.caller.fetch(&[&document(1, 1)]).documents(), [(document(1, 1), b"one".to_vec())]);
}

#[test]
fn whoever_is_reading_a_document_when_it_is_removed_reads_it_to_its_end() {
    let large: Vec<u8> = (0..16_u32 << 20).flat_map(u32::to_le_bytes).collect();
    let story = story_with(&[&large]);
    let mut reader = Wire::plain(story.gateway.address);
    let request = story.caller.envelope(ITI43, &retrieve(REPOSITORY, &[&document(1, 1)]));
    let head = format!(
        "POST {BASE}/repository HTTP/1.1\r\nHost: localhost\r\nContent-Type: {SIMPLE}\r\nContent-Length: {}\r\n\r\n",
        request.len()
    );
    reader.send(head + &request).unwrap();
    reader.begun().unwrap();
    story.caller.remove_documents(&[&document(1, 1)]).is_taken();
    assert_eq!(story.gateway.documents_on_disk().len(), 0);
    let answer = reader.answer().unwrap();
    assert!(answer.documents() == [(document(1, 1), large)], "other bytes came");
}

#[test]
fn a_domain_may_refuse_removal() {
    let story = Story::with(DATABASE, "removal = \"refuse\"\n");
    story.provide(1, &base(), &[b"one"]).is_taken();
    let refused = story.caller.remove_documents(&[&document(1, 1)]).fails_with("XDSRemoveDocumentsError", "RMD-OFF");
    assert!(refused.context.contains(&document(1, 1)), "{refused:?}");
    story.caller.finds_and_fetches(&document(1, 1), b"one");
}
