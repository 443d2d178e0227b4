//! What the model sends and hears, as XML: its own small writer and reader, which share no code with the gateway's.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::model::query::{Query, Slot, Value, type_urn};
use crate::model::submit::{End, Sent, SentLink, Submission};
use crate::model::world::{Code, Entry, Folder, Id, Set};

/// The UUIDs that the registry gave to what the model knows.
pub(crate) type Uuids = BTreeMap<Id, String>;

/// Extra metadata, to be stored and returned.
const TITLE: &str = "urn:model:title";
const AUTHOR_OF_ENTRY: &str = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d";
const AUTHOR_OF_SET: &str = "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d";

/// An object of an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Heard {
    pub(crate) element: String,
    pub(crate) id: String,
    pub(crate) lid: String,
    pub(crate) version: String,
    pub(crate) status: String,
    pub(crate) title: String,
    pub(crate) unique_id: String,
    pub(crate) patient: String,
    pub(crate) updated: String,
    pub(crate) kind: String,
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) membership: String,
}

/// An answer to any request.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) success: bool,
    /// Error codes; of warnings none.
    pub(crate) codes: Vec<String>,
    /// Error codes with what was said about them.
    pub(crate) said: String,
    pub(crate) objects: Vec<Heard>,
    pub(crate) total: Option<usize>,
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The `lcm:SubmitObjectsRequest` of a submission.
pub(crate) fn submit_objects(sent: &Submission, uuids: &Uuids) -> String {
    let mut objects = String::new();
    objects.push_str(&set(&sent.set));
    for one in &sent.entries {
        objects.push_str(&entry(one, uuids));
    }
    for one in &sent.folders {
        objects.push_str(&folder(one, uuids));
    }
    for one in &sent.links {
        objects.push_str(&link(sent, one, uuids));
    }
    format!(
        "<lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\" \
         xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\"><RegistryObjectList>{objects}</RegistryObjectList>\
         </lcm:SubmitObjectsRequest>"
    )
}

/// The `lcm:RemoveObjectsRequest` of a removal.
pub(crate) fn remove_objects(named: &[Value], uuids: &Uuids) -> String {
    let id = |value: &Value| match value {
        Value::Uuid(id) => uuids[id].clone(),
        Value::Text(text) | Value::Number(text) | Value::NoUuid(text) => text.clone(),
    };
    let references: Vec<String> = named.iter().map(|value| format!("<ObjectRef id=\"{}\"/>", id(value))).collect();
    format!(
        "<lcm:RemoveObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\" \
         xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\"><ObjectRefList>{}</ObjectRefList></lcm:RemoveObjectsRequest>",
        references.concat()
    )
}

/// The `query:AdhocQueryRequest` of a query; `window` asks for a page of the answer.
pub(crate) fn adhoc_query(query: &Query, uuids: &Uuids, window: Option<(usize, usize)>) -> String {
    let slots: String = query.slots.iter().map(|slot| parameter(slot, uuids)).collect();
    let return_type = if query.leaf { "LeafClass" } else { "ObjectRef" };
    let window =
        window.map_or_else(String::new, |(start, most)| format!(" startIndex=\"{start}\" maxResults=\"{most}\""));
    format!(
        "<query:AdhocQueryRequest xmlns:query=\"urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0\" \
         xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\"{window}><query:ResponseOption \
         returnComposedObjects=\"true\" returnType=\"{return_type}\"/><AdhocQuery id=\"{}\">{slots}</AdhocQuery>\
         </query:AdhocQueryRequest>",
        query.name.urn()
    )
}

/// A list, cut into several `Value` elements when it is long.
fn parameter(slot: &Slot, uuids: &Uuids) -> String {
    let literal = |value: &Value| match value {
        Value::Text(text) | Value::NoUuid(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Number(digits) => digits.clone(),
        Value::Uuid(id) => format!("'{}'", uuids[id]),
    };
    let single = slot.values.len() == 1 && (slot.name.ends_with("PatientId") || slot.name == "$patientId");
    let number = matches!(slot.values.as_slice(), [Value::Number(_)]);
    let values: String = if single || number {
        format!("<Value>{}</Value>", escaped(&literal(&slot.values[0])))
    } else {
        let list = |part: &[Value]| part.iter().map(literal).collect::<Vec<_>>().join(",");
        slot.values
            .chunks(2)
            .map(|part| format!("<Value>({})</Value>", escaped(&list(part))))
            .collect::<Vec<_>>()
            .concat()
    };
    format!("<Slot name=\"{}\"><ValueList>{values}</ValueList></Slot>", slot.name)
}

fn slot(name: &str, values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("<Value>{}</Value>", escaped(value))).collect();
    let values = values.concat();
    format!("<Slot name=\"{name}\"><ValueList>{values}</ValueList></Slot>")
}

fn named(value: &str) -> String {
    format!("<Name><LocalizedString value=\"{}\"/></Name>", escaped(value))
}

fn coded(owner: &str, scheme: &str, (code, coding): &Code) -> String {
    format!(
        "<Classification id=\"c-{owner}-{scheme}-{code}\" classificationScheme=\"urn:uuid:{scheme}\" classifiedObject=\"{owner}\" \
         nodeRepresentation=\"{code}\">{}{}</Classification>",
        slot("codingScheme", std::slice::from_ref(coding)),
        named("code")
    )
}

fn labelled(owner: &str, node: &str) -> String {
    format!(
        "<Classification id=\"n-{owner}\" classificationNode=\"urn:uuid:{node}\" classifiedObject=\"{owner}\" nodeRepresentation=\"\"/>"
    )
}

fn author(owner: &str, scheme: &str, at: usize, person: &str) -> String {
    format!(
        "<Classification id=\"a-{owner}-{at}\" classificationScheme=\"{scheme}\" classifiedObject=\"{owner}\" \
         nodeRepresentation=\"\">{}</Classification>",
        slot("authorPerson", &[person.to_owned()])
    )
}

fn identifier(owner: &str, scheme: &str, value: &str, name: &str) -> String {
    format!(
        "<ExternalIdentifier id=\"x-{owner}-{name}\" identificationScheme=\"urn:uuid:{scheme}\" registryObject=\"{owner}\" \
         value=\"{}\">{}</ExternalIdentifier>",
        escaped(value),
        named(name)
    )
}

/// Parts by name, without the one that was forgotten.
fn assembled(parts: &[(&str, String)], without: Option<&str>) -> String {
    parts.iter().filter(|(name, _)| Some(*name) != without).map(|(_, part)| part.as_str()).collect()
}

fn set(sent: &Sent<Set>) -> String {
    let (id, value) = (&sent.id, &sent.value);
    let authors: String =
        value.authors.iter().enumerate().map(|(at, person)| author(id, AUTHOR_OF_SET, at, person)).collect();
    let parts = [
        ("submissionTime", slot("submissionTime", std::slice::from_ref(&value.time))),
        ("title", named(&sent.title)),
        ("label", labelled(id, "a54d6aa5-d40d-43f9-88c5-b4633d873bdd")),
        ("author", authors),
        ("contentTypeCode", coded(id, "aa543740-bdda-424e-8c96-df4873be8500", &value.content_type)),
        (
            "patientId",
            identifier(id, "6b5aea1a-874d-4603-a4bc-96a0a7b38446", &sent.patient, "XDSSubmissionSet.patientId"),
        ),
        (
            "sourceId",
            identifier(id, "554ac39e-e3fe-47fe-b233-965d2a147832", &value.source, "XDSSubmissionSet.sourceId"),
        ),
        (
            "uniqueId",
            identifier(id, "96fdda7c-d067-4183-912e-bf5ee74998a8", &sent.unique_id, "XDSSubmissionSet.uniqueId"),
        ),
    ];
    format!("<RegistryPackage id=\"{id}\">{}</RegistryPackage>", assembled(&parts, sent.without))
}

/// The attribute of an update that says of what this is a version.
fn lid(sent: Option<&End>, uuids: &Uuids) -> String {
    match sent {
        Some(End::Known(id)) => format!(" lid=\"{}\"", uuids[id]),
        Some(End::NoUuid(text) | End::NoName(text)) => format!(" lid=\"{text}\""),
        Some(End::Set | End::Entry(_) | End::Folder(_) | End::Link(_)) | None => String::new(),
    }
}

fn entry(sent: &Sent<Entry>, uuids: &Uuids) -> String {
    let (id, value) = (&sent.id, &sent.value);
    let of_stable = |part: String| if value.on_demand { String::new() } else { part };
    let optional = |name: &str, time: &Option<String>| {
        time.as_ref().map(|time| slot(name, std::slice::from_ref(time))).unwrap_or_default()
    };
    let references = if value.references.is_empty() {
        String::new()
    } else {
        slot("urn:ihe:iti:xds:2013:referenceIdList", &value.references)
    };
    let all = |scheme: &str, codes: &[Code]| codes.iter().map(|code| coded(id, scheme, code)).collect::<String>();
    let authors: String =
        value.authors.iter().enumerate().map(|(at, person)| author(id, AUTHOR_OF_ENTRY, at, person)).collect();
    let parts = [
        ("creationTime", of_stable(slot("creationTime", std::slice::from_ref(&value.created)))),
        ("hash", of_stable(slot("hash", std::slice::from_ref(&value.hash)))),
        ("languageCode", slot("languageCode", &["fr-FR".to_owned()])),
        ("repositoryUniqueId", slot("repositoryUniqueId", &["1.2.250.1.213.4.1.1.1.2".to_owned()])),
        ("serviceStartTime", optional("serviceStartTime", &value.start)),
        ("serviceStopTime", optional("serviceStopTime", &value.stop)),
        ("size", of_stable(slot("size", &[value.size.to_string()]))),
        ("sourcePatientId", slot("sourcePatientId", &["7^^^&1.2.250.1.999.77.1.2&ISO".to_owned()])),
        ("referenceIdList", references),
        ("title", named(&sent.title)),
        ("author", authors),
        ("classCode", coded(id, "41a5887f-8865-4c09-adf7-e362475b143a", &value.class)),
        ("confidentialityCode", all("f4f85eac-e6cb-4883-b524-f2705394840f", &value.confidentiality)),
        ("eventCodeList", all("2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4", &value.events)),
        ("formatCode", coded(id, "a09d5840-386c-46f2-b5ad-9c3699a4309d", &value.format)),
        ("healthcareFacilityTypeCode", coded(id, "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", &value.facility)),
        ("practiceSettingCode", coded(id, "cccf5598-8b07-4b77-a05e-ae952c785ead", &value.practice)),
        ("typeCode", coded(id, "f0306f51-975f-434e-a61c-c59651d33983", &value.kind)),
        (
            "patientId",
            identifier(id, "58a6f841-87b3-4a3e-92fd-a8ffeff98427", &sent.patient, "XDSDocumentEntry.patientId"),
        ),
        (
            "uniqueId",
            identifier(id, "2e82c1f6-a085-4c72-9da3-8640a32e42ab", &sent.unique_id, "XDSDocumentEntry.uniqueId"),
        ),
    ];
    format!(
        "<ExtrinsicObject id=\"{id}\"{} mimeType=\"text/plain\" objectType=\"{}\">{}</ExtrinsicObject>",
        lid(sent.lid.as_ref(), uuids),
        type_urn(value.on_demand),
        assembled(&parts, sent.without)
    )
}

fn folder(sent: &Sent<Folder>, uuids: &Uuids) -> String {
    let id = &sent.id;
    let codes: String =
        sent.value.codes.iter().map(|code| coded(id, "1ba97051-7806-41a8-a48b-8fce7af683c5", code)).collect();
    let parts = [
        // A submitted time is not taken.
        ("lastUpdateTime", slot("lastUpdateTime", &["19990101".to_owned()])),
        ("title", named(&sent.title)),
        ("label", labelled(id, "d9d542f3-6cc4-48b6-8870-ea235fbc94c2")),
        ("codeList", codes),
        ("patientId", identifier(id, "f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a", &sent.patient, "XDSFolder.patientId")),
        ("uniqueId", identifier(id, "75df8f67-9973-4fbe-a900-df66cefecc5a", &sent.unique_id, "XDSFolder.uniqueId")),
    ];
    let lid = lid(sent.lid.as_ref(), uuids);
    format!("<RegistryPackage id=\"{id}\"{lid}>{}</RegistryPackage>", assembled(&parts, sent.without))
}

fn link(sent: &Submission, link: &SentLink, uuids: &Uuids) -> String {
    let end = |end: &End| match end {
        End::Set => sent.set.id.clone(),
        End::Entry(at) => sent.entries[*at].id.clone(),
        End::Folder(at) => sent.folders[*at].id.clone(),
        End::Link(at) => sent.links[*at].id.clone(),
        End::Known(id) => uuids[id].clone(),
        End::NoUuid(text) | End::NoName(text) => text.clone(),
    };
    let mut inside = slot(TITLE, std::slice::from_ref(&link.title));
    if let Some(membership) = link.membership {
        inside.push_str(&slot("SubmissionSetStatus", &[membership.to_owned()]));
    }
    for (name, value) in &link.orders {
        inside.push_str(&slot(name, std::slice::from_ref(value)));
    }
    if link.documented {
        let code = ("why".to_owned(), "1.2.3.4".to_owned());
        inside.push_str(&coded(&link.id, "abd807a3-4432-4053-87b4-fd82c643d1f3", &code));
    }
    let mut text = String::new();
    write!(
        text,
        "<Association id=\"{}\" associationType=\"{}\" sourceObject=\"{}\" targetObject=\"{}\">{inside}</Association>",
        link.id,
        link.kind.urn(),
        end(&link.source),
        end(&link.target)
    )
    .unwrap();
    text
}

/// Reads the envelope of any answer.
pub(crate) fn read(answer: &str) -> Answer {
    let tree = roxmltree::Document::parse(answer).unwrap();
    let is = |node: &roxmltree::Node<'_, '_>, name: &str| node.tag_name().name() == name;
    let root = tree.descendants().find(|node| node.attribute("status").is_some());
    let root = root.unwrap_or_else(|| panic!("neither a success nor a failure:\n{answer}"));
    let success = root.attribute("status").unwrap().ends_with(":Success");
    let errors: Vec<_> = tree.descendants().filter(|node| is(node, "RegistryError")).collect();
    let refusals = errors.iter().filter(|node| node.attribute("severity").is_none_or(|one| one.ends_with(":Error")));
    let list = tree.descendants().find(|node| is(node, "RegistryObjectList"));
    let objects = list.iter().flat_map(roxmltree::Node::children).filter(roxmltree::Node::is_element);
    Answer {
        success,
        codes: refusals.map(|node| node.attribute("errorCode").unwrap_or("").to_owned()).collect(),
        said: errors
            .iter()
            .map(|node| {
                format!(
                    "{}: {}",
                    node.attribute("errorCode").unwrap_or(""),
                    node.attribute("codeContext").unwrap_or("")
                )
            })
            .collect::<Vec<_>>()
            .join("\n"),
        objects: objects.map(heard).collect(),
        total: root.attribute("totalResultCount").and_then(|text| text.parse().ok()),
    }
}

fn heard(node: roxmltree::Node<'_, '_>) -> Heard {
    let text = |name: &str| node.attribute(name).unwrap_or("").to_owned();
    let child = |name: &'static str| node.children().filter(move |one| one.tag_name().name() == name);
    let slot = |name: &str| {
        let slot = child("Slot").find(|slot| slot.attribute("name") == Some(name));
        let value = slot.and_then(|slot| slot.descendants().find(|one| one.tag_name().name() == "Value"));
        value.and_then(|value| value.text()).unwrap_or("").to_owned()
    };
    let identifier = |end: &str| {
        let named = |one: &roxmltree::Node<'_, '_>| {
            one.descendants().any(|name| name.attribute("value").is_some_and(|value| value.ends_with(end)))
        };
        child("ExternalIdentifier").find(named).and_then(|one| one.attribute("value")).unwrap_or("").to_owned()
    };
    let title = child("Name").next().and_then(|name| name.descendants().find(|one| one.has_attribute("value")));
    let title = title.and_then(|one| one.attribute("value")).map_or_else(|| slot(TITLE), str::to_owned);
    Heard {
        element: node.tag_name().name().to_owned(),
        id: text("id"),
        lid: text("lid"),
        version: child("VersionInfo").next().and_then(|one| one.attribute("versionName")).unwrap_or("").to_owned(),
        status: text("status"),
        title,
        unique_id: identifier(".uniqueId"),
        patient: identifier(".patientId"),
        updated: slot("lastUpdateTime"),
        kind: text("associationType"),
        source: text("sourceObject"),
        target: text("targetObject"),
        membership: slot("SubmissionSetStatus"),
    }
}
