//! New versions of folders. Spec: ITI TF-2: 3.57.4.1.3.3.3.

use super::{
    DATABASE, GET_FOLDER_AND_CONTENTS, GET_FOLDERS, folder_revision, orders, pairs, relations, revision, shown, update,
};
use crate::support::message::query;
use crate::support::story::{Story, named};
use crate::support::wire::Answer;
use crate::xds_fixture::{Message, base_with_folder};

const UNIQUE_ID: &str = "1.2.250.1.999.62.1.4.1";

fn contents(story: &Story, level: &str) -> Answer {
    let id = format!("'{UNIQUE_ID}'");
    let parameters = [("$XDSFolderUniqueId", id.as_str()), ("$MetadataLevel", level)];
    story.caller.ask(&query(GET_FOLDER_AND_CONTENTS, "LeafClass", &parameters))
}

fn counts(answer: &Answer) -> [usize; 3] {
    ["RegistryPackage", "ExtrinsicObject", "Association"].map(|kind| answer.ids(kind).len())
}

#[test]
fn a_new_version_of_a_folder_holds_what_the_former_one_held() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    let before = story.time();
    update(&story, 2, 1, &folder_revision(1, "1")).is_taken();
    let id = format!("('{UNIQUE_ID}')");
    let parameters = [("$XDSFolderUniqueId", id.as_str()), ("$MetadataLevel", "2")];
    let both = story.caller.ask(&query(GET_FOLDERS, "LeafClass", &parameters));
    let history: Vec<_> = shown(&both, "RegistryPackage").into_iter().map(|one| (one.version, one.status)).collect();
    assert_eq!(history, pairs(&[("1", "Deprecated"), ("2", "Approved")]));
    assert_eq!(counts(&contents(&story, "1")), [1, 1, 1]);
    assert_eq!(counts(&contents(&story, "2")), [2, 1, 2]);
    let latest = contents(&story, "1");
    assert!(latest.envelope().contains("Titre corrigé"));
    assert!(latest.slot("lastUpdateTime").concat() > before);
    // Of the set of the update: the membership of the folder, and no more.
    assert_eq!(relations(&story, &named(2, "SubmissionSet01")).len(), 1);
}

#[test]
fn a_new_version_of_a_folder_is_empty_if_the_sender_says_so() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    let mut message = folder_revision(1, "1");
    message.associations[0].slot("AssociationPropagation", &["no"]);
    update(&story, 2, 1, &message).is_taken();
    assert_eq!(counts(&contents(&story, "1")), [1, 0, 0]);
    assert_eq!(counts(&contents(&story, "2")), [2, 1, 1]);
}

#[test]
fn a_folder_and_its_document_that_change_together_stay_together_once() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    let mut message: Message = revision(1, "1");
    let folder = folder_revision(1, "1");
    message.folders = folder.folders;
    message.associations.extend(folder.associations);
    update(&story, 2, 1, &message).is_taken();
    let latest = contents(&story, "1");
    assert_eq!(counts(&latest), [1, 1, 1]);
    assert_eq!(latest.ids("ExtrinsicObject"), [named(2, "Document01")]);
    let former = relations(&story, &named(1, "Folder01"));
    assert!(former.iter().all(|(_, _, target)| *target != named(2, "Document01")), "{former:?}");
}

#[test]
fn a_folder_that_the_registry_does_not_have_cannot_be_updated() {
    let story = Story::on(DATABASE);
    story.register(1, &base_with_folder()).is_taken();
    let unknown = update(&story, 2, 1, &folder_revision(9, "1"));
    unknown.fails_with("XDSMetadataUpdateError", "UPDATE-VERSION");
    unknown.fails_with("XDSMetadataVersionError", "UPDATE-VERSION");
    let mut first = folder_revision(1, "1");
    first.folders[0].unset("lid");
    update(&story, 2, 1, &first).fails_with("XDSMetadataUpdateError", "UPDATE-LID");
    update(&story, 2, 1, &orders()).fails_with("XDSMetadataUpdateOperationError", "UPDATE-OPERATION");
    assert_eq!(counts(&contents(&story, "2")), [1, 1, 1]);
}
