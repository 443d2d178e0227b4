//! The rules of the XML form, asked while reading. Spec: ebRIM 3.0; ITI TF-3: 4.2.3.1.

use crate::xds::error::ErrorCode;
use crate::xds::rule::{Rule, rules};

/// In a query the slots have the same form, and no code of their own.
const fn form(id: &'static str, demands: &'static str, spec: &'static str) -> Rule {
    Rule::new(id, ErrorCode::RegistryMetadataError, demands, spec).or(&[ErrorCode::RegistryError])
}

rules! {
    ID = form("EBRIM-ID", "an id is a symbolic id, or urn:uuid: and a UUID in lower case", "ITI TF-3: 4.2.3.1.5");
    ELEMENT = form("EBRIM-ELEMENT", "an element stands where the schema has it, as often as it may", "ebRIM 3.0: rim.xsd");
    STRAY_TEXT = form("EBRIM-STRAY-TEXT", "no text stands between the elements of an object", "ebRIM 3.0: rim.xsd");
    SLOT_NAME = form("EBRIM-SLOT-NAME", "a Slot has a name", "ebRIM 3.0: rim.xsd");
    SLOT_ONCE = form("EBRIM-SLOT-ONCE", "a slot name stands once on an object", "ITI TF-3: 4.2.3.1.1");
    VALUE = form("EBRIM-VALUE", "a Value is plain text", "ebRIM 3.0: rim.xsd");
    LOCALIZED = form("EBRIM-LOCALIZED", "Name and Description hold LocalizedString elements with a value", "ebRIM 3.0: rim.xsd");
    CLASSIFIED_OBJECT = form("EBRIM-CLASSIFIED-OBJECT",
        "a Classification names the object that it classifies in classifiedObject", "ITI TF-3: 4.2.3.1.2");
    REGISTRY_OBJECT = form("EBRIM-REGISTRY-OBJECT",
        "an ExternalIdentifier names the object that holds it in registryObject", "ITI TF-3: 4.2.3.1.3");
    PACKAGE_KIND = form("EBRIM-PACKAGE-KIND",
        "a RegistryPackage is classified as SubmissionSet or as Folder", "ITI TF-3: 4.2.1.2, 4.2.1.3");
    LIMITED_METADATA = form("EBRIM-LIMITED-METADATA",
        "an object is not classified as limited metadata", "ITI TF-3: 4.2.3.1.7");
    ID_ONCE = form("STRUCT-ID-ONCE", "an id stands on one object of the message only", "ITI TF-3: 4.2.3.1.5");
    ONE_SET = form("STRUCT-ONE-SET", "a submission has exactly one SubmissionSet", "ITI TF-3: 4.2.1.2");
}
