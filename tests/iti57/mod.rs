//! ITI-57, Update Document Set: what is registered gets new versions, other statuses and further relations; its history
//! stays readable.

mod dmp;
mod folder;
mod level;
mod refusal;
mod relation;
mod status;
mod version;

use super::DATABASE;
use crate::support::message::query;
use crate::support::story::{Story, named, numbered};
use crate::support::wire::Answer;
use crate::xds_fixture::{HAS_MEMBER, Message, Object, association_object, base, folder_object};

const ITI57: &str = "urn:ihe:iti:2010:UpdateDocumentSet";
const UPDATE_STATUS: &str = "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus";
const SUBMIT_ASSOCIATION: &str = "urn:ihe:iti:2010:AssociationType:SubmitAssociation";
const APPROVED: &str = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved";
const DEPRECATED: &str = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated";
const BOTH: &str =
    "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved','urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')";

const GET_DOCUMENTS: &str = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4";
const GET_FOLDERS: &str = "urn:uuid:5737b14c-8a1a-4539-b659-e03a34a5e1e4";
const GET_ASSOCIATIONS: &str = "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155";
const GET_FOLDER_AND_CONTENTS: &str = "urn:uuid:b909a503-523d-4517-8acf-8e5834dfc4c7";
const GET_RELATED: &str = "urn:uuid:d90e5407-b356-4d91-a89f-873917b4b0e6";

/// An object as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) id: String,
    pub(super) lid: String,
    pub(super) version: String,
    pub(super) status: String,
}

/// The objects of one kind in an answer, by their version.
fn shown(answer: &Answer, kind: &str) -> Vec<Shown> {
    let envelope = answer.envelope();
    let document = roxmltree::Document::parse(&envelope).unwrap();
    let objects = document.descendants().filter(|node| node.tag_name().name() == kind);
    let text = |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap_or_default().to_owned();
    let mut found: Vec<Shown> = objects
        .map(|object| Shown {
            id: text(object, "id"),
            lid: text(object, "lid"),
            version: object
                .children()
                .find(|child| child.tag_name().name() == "VersionInfo")
                .map(|info| text(info, "versionName"))
                .unwrap_or_default(),
            status: text(object, "status").rsplit(':').next().unwrap().to_owned(),
        })
        .collect();
    found.sort_by(|one, other| one.version.cmp(&other.version));
    found
}

/// Every version of the document of a submission.
pub(super) fn versions(story: &Story, of: u32) -> Vec<Shown> {
    let id = format!("('{}')", named(of, "Document01"));
    let parameters = [("$XDSDocumentEntryLogicalID", id.as_str()), ("$MetadataLevel", "2")];
    shown(&story.caller.ask(&query(GET_DOCUMENTS, "LeafClass", &parameters)), "ExtrinsicObject")
}

/// Version and status of each version of the document of a submission.
#[track_caller]
fn history(story: &Story, of: u32) -> Vec<(String, String)> {
    versions(story, of).into_iter().map(|one| (one.version, one.status)).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

/// The associations that touch an object, with one of the statuses, at a level.
fn associations(story: &Story, of: &str, level: &str, statuses: &str) -> Answer {
    let id = format!("('{of}')");
    let mut parameters = vec![("$uuid", id.as_str()), ("$MetadataLevel", level)];
    if level == "2" {
        parameters.push(("$XDSAssociationStatus", statuses));
    }
    story.caller.ask(&query(GET_ASSOCIATIONS, "LeafClass", &parameters))
}

/// The relations between other objects than submission sets and control associations: type, source, target.
fn relations(story: &Story, of: &str) -> Vec<(String, String, String)> {
    let answer = associations(story, of, "2", &format!("('{APPROVED}')"));
    let attribute = |name: &str| answer.attributes("Association", name);
    let ends = attribute("sourceObject").into_iter().zip(attribute("targetObject"));
    let mut found: Vec<_> = attribute("associationType")
        .into_iter()
        .zip(ends)
        .map(|(kind, (source, target))| (kind.rsplit(':').next().unwrap().to_owned(), source, target))
        .collect();
    found.sort();
    found
}

/// A new version of the document of a submission.
pub(super) fn revision(of: u32, previous: &str) -> Message {
    let mut message = base();
    message.entries[0].set("lid", &named(of, "Document01"));
    message.entries[0].title = Some("Titre corrigé".to_owned());
    message.associations[0].slot("PreviousVersion", &[previous]);
    message
}

/// A new version of the folder of a submission.
fn folder_revision(of: u32, previous: &str) -> Message {
    let mut message = orders();
    message.folders.push(folder_object("Folder01", "1.2.3"));
    message.folders[0].set("lid", &named(of, "Folder01"));
    message.folders[0].title = Some("Titre corrigé".to_owned());
    let membership = association_object("fm", HAS_MEMBER, "SubmissionSet01", "Folder01");
    message.associations.push(membership.with_slot("PreviousVersion", &[previous]));
    message
}

/// A submission set that brings nothing yet.
pub(super) fn orders() -> Message {
    let mut message = base();
    message.entries.clear();
    message.associations.clear();
    message
}

/// The order to change the status of an object.
pub(super) fn status_order(target: &str, original: &str, new: &str) -> Object {
    let order = association_object("us", UPDATE_STATUS, "SubmissionSet01", target);
    order.with_slot("OriginalStatus", &[original]).with_slot("NewStatus", &[new])
}

/// An update that does nothing but change a status.
fn status_change(target: &str, original: &str, new: &str) -> Message {
    let mut message = orders();
    message.associations.push(status_order(target, original, new));
    message
}

/// An update that does nothing but submit an association.
pub(super) fn submitting(kind: &str, source: &str, target: &str) -> Message {
    let mut message = orders();
    message.associations.push(association_object("new", kind, source, target));
    message.associations.push(association_object("sa", SUBMIT_ASSOCIATION, "SubmissionSet01", "new"));
    message
}

/// Sends an update: the ids are those of that submission, the uniqueIds those of the submission that it changes.
#[track_caller]
pub(super) fn send(story: &Story, action: &str, submission: u32, of: u32, message: &Message) -> Answer {
    let mut list = numbered(submission, message);
    for part in ["3", "4"] {
        let prefix = |submission: u32| format!("1.2.250.1.999.62.{submission}.{part}.");
        list = list.replace(&prefix(submission), &prefix(of));
    }
    let body = format!(
        "<lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\">{list}</lcm:SubmitObjectsRequest>"
    );
    story.caller.send("registry", action, &body)
}

/// ITI-57 of what an earlier submission brought.
#[track_caller]
fn update(story: &Story, submission: u32, of: u32, message: &Message) -> Answer {
    send(story, ITI57, submission, of, message)
}
