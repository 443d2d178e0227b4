//! A submission is stored whole, with all that was sent, or leaves no trace.

use super::story;
use crate::support::story::{Story, document, named, numbered};
use crate::xds_fixture::{
    HAS_MEMBER, REPLACE, association_object, base, base_related, base_with_folder, entry_object, original,
};
use dmp_gateway::xds::metadata::attribute::folder;

#[test]
fn one_bad_document_keeps_out_the_other_and_changes_nothing_else() {
    let story = story();
    story.register(1, &base_with_folder()).is_taken();
    let state = |story: &Story| {
        (story.counts(), story.everything().slot("lastUpdateTime"), story.status_of(&named(1, "Document01")))
    };
    let before = state(&story);
    let mut message = base_related(REPLACE, &named(1, "Document01"));
    let mut bad = entry_object("Document02", "1.2.3");
    bad.no_slot("repositoryUniqueId");
    message.entries.push(bad);
    message.associations.push(original("as09", "Document02"));
    story.register(2, &message).fails_with("XDSRegistryMetadataError", "ENTRY-COMPLETE");
    assert_eq!(state(&story), before);
    // Nothing of it was kept back: mended, it is taken under the same ids.
    message.entries[1].slot("repositoryUniqueId", &["1.2.250.1.213.4.1.1.1.2"]);
    story.register(2, &message).is_taken();
}

#[test]
fn extra_metadata_comes_back_from_every_kind_of_object() {
    let mut message = base_with_folder();
    message.set.slot("urn:example:set", &["s1", "s2"]);
    message.entries[0].slot("urn:example:entry", &["é & <b>"]);
    message.folders[0].slot("urn:example:folder", &["f"]);
    message.associations[0].slot("urn:example:association", &["a"]);
    let story = story();
    story.register(1, &message).is_taken();
    let all = story.everything();
    assert_eq!(all.slot("urn:example:set"), ["s1", "s2"]);
    assert_eq!(all.slot("urn:example:entry"), ["é & <b>"]);
    assert_eq!(all.slot("urn:example:folder"), ["f"]);
    assert_eq!(all.slot("urn:example:association"), ["a"]);
}

#[test]
fn a_slot_that_no_one_knows_is_refused_on_every_kind_of_object() {
    let story = story();
    for (slot, code, rule) in [
        ("urn:ihe:iti:2099:new", "XDSRegistryError", "EXTRA-IHE"),
        ("homemade", "XDSRegistryMetadataError", "EXTRA-NAME"),
    ] {
        for place in 0..4 {
            let mut message = base_with_folder();
            let object = match place {
                0 => &mut message.set,
                1 => &mut message.entries[0],
                2 => &mut message.folders[0],
                _ => &mut message.associations[0],
            };
            object.slot(slot, &["x"]);
            story.register(1, &message).fails_with(code, rule);
        }
    }
    assert_eq!(story.counts(), [0, 0, 0]);
}

#[test]
fn an_id_of_the_registry_is_not_given_again() {
    let story = story();
    story.register(1, &base()).is_taken();
    for name in ["SubmissionSet01", "Document01", "as01"] {
        let list = numbered(2, &base()).replace(&named(2, name), &named(1, name));
        let body = format!(
            "<lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\">{list}</lcm:SubmitObjectsRequest>"
        );
        let answer = story.caller.send("registry", crate::support::message::ITI42, &body);
        answer.fails_with("XDSRegistryMetadataError", "UNIQUE-ENTRY-UUID");
    }
    assert_eq!(story.counts(), [1, 1, 1]);
}

#[test]
fn a_folder_and_a_document_never_share_a_unique_id() {
    let story = story();
    let mut message = base_with_folder();
    story.register(1, &message).is_taken();
    // The folder of the second takes the uniqueId of the first's document, then the other way round.
    message.folders[0].identifier(&folder::UNIQUE_ID, "x");
    let (mine, theirs) = ("value=\"1.2.250.1.999.62.2.4.1\"", format!("value=\"{}\"", document(1, 1)));
    for (from, to) in
        [(mine, theirs.as_str()), ("value=\"1.2.250.1.999.62.2.3.1\"", "value=\"1.2.250.1.999.62.1.4.1\"")]
    {
        let list = numbered(2, &message);
        assert!(list.contains(from), "{from}");
        let body = format!(
            "<lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\">{}</lcm:SubmitObjectsRequest>",
            list.replace(from, to)
        );
        let answer = story.caller.send("registry", crate::support::message::ITI42, &body);
        answer.fails_with("XDSDuplicateUniqueIdInRegistry", "UNIQUE-PACKAGE");
    }
}

#[test]
fn a_set_holds_each_object_once_and_by_the_right_word() {
    let story = story();
    let mut twice = base();
    twice.associations.push(original("as99", "Document01"));
    story.register(1, &twice).fails_with("XDSRegistryMetadataError", "STRUCT-ENTRY-MEMBER");
    let mut itself = base();
    itself.associations.push(association_object("x", HAS_MEMBER, "SubmissionSet01", "SubmissionSet01"));
    story.register(1, &itself).fails_with("XDSRegistryMetadataError", "STRUCT-SET-TARGET");
    let mut update = base();
    update.associations[0].slot("PreviousVersion", &["1"]);
    story.register(1, &update).fails_with("XDSRegistryMetadataError", "STRUCT-UPDATE-ONLY");
    assert_eq!(story.counts(), [0, 0, 0]);
}
