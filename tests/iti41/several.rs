//! Several documents in one message, in the packagings and under the names that clients mix; several repositories behind one door.

use super::DATABASE;
use crate::support::message::{ITI43, REPOSITORY, retrieve};
use crate::support::story::{Sent, Story, document};
use crate::xds_fixture::{Message, base, entry_object, original};

/// One submission set with that many documents.
fn several(number: usize) -> Message {
    let mut message = base();
    for at in 2..=number {
        let id = format!("Document{at:02}");
        message.entries.push(entry_object(&id, "1.2.3"));
        message.associations.push(original(&format!("as-{id}"), &id));
    }
    message
}

#[test]
fn parts_and_base64_come_mixed_in_one_message() {
    let all: Vec<u8> = (0..=255).collect();
    let documents: [&[u8]; 4] = [b"<a/>\r\n", &all, b"", b"\xef\xbb\xbf\0"];
    let story = Story::on(DATABASE);
    let sent = [
        Sent::Inline(documents[0]),
        Sent::Part("second", "second", documents[1]),
        Sent::Inline(documents[2]),
        Sent::Part("fourth", "fourth", documents[3]),
    ];
    story.send_documents(1, &several(4), &sent).is_taken();
    for (place, bytes) in (1..).zip(documents) {
        story.caller.finds_and_fetches(&document(1, place), bytes);
    }
}

#[test]
fn a_reference_is_found_in_whatever_letters_its_writer_escaped_it() {
    // What Axis, .NET and CXF write, beside the Content-ID of the part.
    let names = [
        ("1.urn%3Auuid%3A5E2F%40apache.org", "1.urn:uuid:5E2F@apache.org"),
        ("http%3a%2f%2ftempuri.org%2f1%2f635", "http://tempuri.org/1/635"),
        ("a%2Bb%3Dc", "a+b=c"),
        ("plain@host", "plain@host"),
        ("%41bc", "Abc"),
        ("abc", "abc"),
    ];
    let story = Story::on(DATABASE);
    let texts: Vec<String> = names.iter().map(|(_, id)| format!("the part {id}")).collect();
    let sent: Vec<Sent<'_>> =
        names.iter().zip(&texts).map(|((name, id), text)| Sent::Part(name, id, text.as_bytes())).collect();
    story.send_documents(1, &several(names.len()), &sent).is_taken();
    for (place, text) in (1..).zip(&texts) {
        story.caller.finds_and_fetches(&document(1, place), text.as_bytes());
    }
}

#[test]
fn many_documents_come_and_go_in_one_message_each() {
    let texts: Vec<String> = (1..=40).map(|at| format!("document {at}\n").repeat(at * 200)).collect();
    let documents: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    let story = Story::on(DATABASE);
    story.provide(1, &several(40), &documents).is_taken();
    let wanted: Vec<String> = (1..=40).rev().map(|place| document(1, place)).collect();
    let answer = story.caller.fetch(&wanted.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(answer.status_urn(), "Success");
    let expected: Vec<(String, Vec<u8>)> =
        wanted.into_iter().zip(documents.iter().rev().map(|bytes| bytes.to_vec())).collect();
    assert!(answer.documents() == expected, "in the order asked for, byte for byte");
}

#[test]
fn each_document_comes_back_under_its_media_type() {
    let types = ["text/goofy", "application/dicom", "multipart/mixed", "image/svg+xml"];
    let mut message = several(types.len());
    for (object, mime_type) in message.entries.iter_mut().zip(types) {
        object.set("mimeType", mime_type);
    }
    let story = Story::on(DATABASE);
    story.provide(1, &message, &[b"\0one", b"\r\n--two", b"three", b"four"]).is_taken();
    let wanted: Vec<String> = (1..=types.len()).map(|place| document(1, place)).collect();
    let answer = story.caller.fetch(&wanted.iter().map(String::as_str).collect::<Vec<_>>());
    for (part, mime_type) in answer.parts().iter().skip(1).zip(types) {
        assert!(part.head.contains(&format!("Content-Type: {mime_type}\r\n")), "{}", part.head);
        assert!(part.head.contains("Content-Transfer-Encoding: binary"), "{}", part.head);
        assert!(answer.envelope().contains(&format!("mimeType>{mime_type}</")));
    }
}

#[test]
fn a_document_of_two_that_is_missing_or_other_than_said_keeps_out_both() {
    let story = Story::on(DATABASE);
    story.provide(1, &several(2), &[b"one"]).fails_with("XDSMissingDocument", "PROVIDE-DOCUMENT");
    let mut message = several(2);
    message.entries[1].slot("hash", &["0000000000000000000000000000000000000000"]);
    let refused = story.provide(1, &message, &[b"one", b"two"]);
    refused.fails_with("XDSRepositoryMetadataError", "PROVIDE-HASH");
    assert_eq!(story.counts(), [0, 0, 0]);
    assert_eq!(story.gateway.documents_on_disk().len(), 0);
}

#[test]
fn what_cannot_be_had_is_told_document_by_document() {
    let story = Story::on(DATABASE);
    story.provide(1, &several(2), &[b"one", b"two"]).is_taken();
    let known = [document(1, 1), document(1, 2)];
    let mixed = retrieve(REPOSITORY, &["9.9.1", &known[1], "9.9.2", &known[0]]);
    let other = retrieve("1.2.3.4", &[&known[0]]);
    let foreign = other.split_once('>').unwrap().1.rsplit_once('<').unwrap().0;
    let mixed = mixed.replacen("<DocumentRequest>", &format!("{foreign}<DocumentRequest>"), 1);
    let answer = story.caller.send("repository", ITI43, &mixed);
    assert_eq!(answer.status_urn(), "PartialSuccess");
    let errors: Vec<(String, String)> = answer.errors().into_iter().map(|error| (error.code, error.location)).collect();
    let expected = [
        ("XDSUnknownRepositoryId", known[0].as_str()),
        ("XDSDocumentUniqueIdError", "9.9.1"),
        ("XDSDocumentUniqueIdError", "9.9.2"),
    ];
    assert_eq!(errors, expected.map(|(code, location)| (code.to_owned(), location.to_owned())));
    let given: Vec<String> = answer.documents().into_iter().map(|(id, _)| id).collect();
    assert_eq!(given, [known[1].clone(), known[0].clone()]);
    let nothing = story.caller.fetch(&["9.9.1", "9.9.2"]);
    assert_eq!((nothing.status_urn().as_str(), nothing.errors().len()), ("Failure", 2));
}

#[test]
fn a_home_community_comes_back_when_it_was_sent_and_only_then() {
    let story = Story::on(DATABASE);
    story.provide(1, &base(), &[b"one"]).is_taken();
    let plain = retrieve(REPOSITORY, &[&document(1, 1)]);
    let home = "<HomeCommunityId>urn:oid:1.2.3</HomeCommunityId>";
    let with_home = plain.replace("<DocumentRequest>", &format!("<DocumentRequest>{home}"));
    let answer = story.caller.send("repository", ITI43, &with_home);
    assert!(answer.envelope().contains("HomeCommunityId>urn:oid:1.2.3</"), "{}", answer.envelope());
    assert!(!story.caller.send("repository", ITI43, &plain).envelope().contains("HomeCommunityId"));
}

#[test]
fn one_gateway_is_several_repositories_when_it_is_told_so() {
    let other = "1.2.250.1.213.4.1.1.1.4";
    let toml = format!("[repository]\nother_unique_ids = [\"{other}\", \"1.2.3.4\"]\n");
    let story = Story::with(DATABASE, &toml);
    let mut message = several(3);
    for (object, repository) in message.entries.iter_mut().zip([REPOSITORY, other, "2.9.9"]) {
        object.slot("repositoryUniqueId", &[repository]);
    }
    story.provide(1, &message, &[b"one", b"two", b"three"]).is_taken();
    let from = |repository: &str, place: usize| {
        story.caller.send("repository", ITI43, &retrieve(repository, &[&document(1, place)]))
    };
    // The one that is ours is kept, any other becomes the first.
    for (place, repository, bytes) in [(1, REPOSITORY, "one"), (2, other, "two"), (3, REPOSITORY, "three")] {
        assert_eq!(story.caller.entry(&document(1, place)).slot("repositoryUniqueId"), [repository]);
        assert_eq!(from(repository, place).documents(), [(document(1, place), bytes.as_bytes().to_vec())]);
    }
    from(REPOSITORY, 2).fails_with("XDSDocumentUniqueIdError", "RET-UNKNOWN");
    from("1.2.3.4", 1).fails_with("XDSDocumentUniqueIdError", "RET-UNKNOWN");
    from("2.9.9", 3).fails_with("XDSUnknownRepositoryId", "RET-REPOSITORY");
    let removal = crate::support::message::remove_documents(other, &[&document(1, 2)]);
    story.caller.send("repository", crate::support::message::ITI86, &removal).is_taken();
    from(other, 2).fails_with("XDSDocumentUniqueIdError", "RET-UNKNOWN");
}
