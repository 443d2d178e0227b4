//! A CDA document to send: its bytes, and what its header says that the metadata must say too.
//!
//! Spec: CI-SIS "Structuration minimale", the mapping of the header to XDS metadata. Only the coupling is read here;
//! whether the document is valid is not this module's question.

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use roxmltree::{Document as Xml, Node};

use crate::failure::Failure;

const V3: &str = "urn:hl7-org:v3";
const INS_DOMAINS: [&str; 4] =
    ["1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"];

/// A code with its system and label.
#[derive(Clone, Default)]
pub struct Code {
    /// The code.
    pub code: String,
    /// OID of its system.
    pub system: String,
    /// Its label.
    pub label: String,
}

/// A person, as XCN needs it.
#[derive(Clone)]
pub struct Person {
    /// National identifier.
    pub id: String,
    /// Authority of the identifier.
    pub authority: String,
    /// Family name.
    pub family: String,
    /// Given name.
    pub given: String,
}

/// A document and the facts of its header.
#[derive(Clone)]
pub struct Document {
    /// What is sent.
    pub bytes: Vec<u8>,
    /// `id/@root`.
    pub unique_id: String,
    /// The patient as a CX of the INS domain.
    pub patient: String,
    /// The patient in the sender's own numbering, as a CX; the INS when there is none.
    pub source_patient: String,
    /// `PID-5|…` and its like.
    pub source_patient_info: Vec<String>,
    /// `code`.
    pub kind: Code,
    /// `title`.
    pub title: String,
    /// `effectiveTime`, UTC.
    pub created: String,
    /// Beginning of the act, UTC.
    pub service_start: String,
    /// End of the act, UTC.
    pub service_stop: Option<String>,
    /// `languageCode`.
    pub language: String,
    /// `confidentialityCode`.
    pub confidentiality: Code,
    /// The first author.
    pub author: Person,
    /// Its profession and speciality.
    pub author_specialty: Code,
    /// Its role in the act.
    pub author_role: Option<String>,
    /// Its structure: name and `Struct_IdNat`.
    pub author_institution: (String, String),
    /// The person responsible.
    pub legal_authenticator: Person,
    /// Setting of the act.
    pub practice_setting: Code,
    /// Kind of the place.
    pub facility: Code,
    /// Level 1: media type of the body.
    pub body_media_type: Option<String>,
    /// What the metadata call the file.
    pub mime_type: &'static str,
}

impl Document {
    /// Reads the header.
    pub fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::Usage(format!("not a CDA document that can be sent: {what}"));
        let text = std::str::from_utf8(bytes).map_err(|e| wrong(&e.to_string()))?;
        let xml = Xml::parse(text).map_err(|e| wrong(&e.to_string()))?;
        let header = xml.descendants().find(|n| n.has_tag_name((V3, "ClinicalDocument")));
        let header = Reader(header.ok_or_else(|| wrong("no ClinicalDocument"))?);
        let must = |path: &str| header.at(path).ok_or_else(|| wrong(path));

        let role = Reader(must("recordTarget/patientRole")?);
        let ids: Vec<(&str, &str)> =
            role.all("id").iter().map(|id| (attribute(*id, "root"), attribute(*id, "extension"))).collect();
        let ins =
            ids.iter().find(|(root, _)| INS_DOMAINS.contains(root)).ok_or_else(|| wrong("no INS in recordTarget"))?;
        let patient = cx(ins, "NH");
        let local = ids.iter().find(|(root, _)| !INS_DOMAINS.contains(root));
        let event = Reader(must("documentationOf/serviceEvent")?);
        let author = Reader(must("author/assignedAuthor")?);
        let institution = Reader(must("author/assignedAuthor/representedOrganization")?);
        Ok(Self {
            bytes: bytes.to_vec(),
            unique_id: attribute(must("id")?, "root").to_owned(),
            source_patient: local.map_or_else(|| patient.clone(), |id| cx(id, "PI")),
            source_patient_info: patient_info(&role),
            patient,
            kind: code(must("code")?),
            title: must("title")?.text().unwrap_or_default().trim().to_owned(),
            created: utc(attribute(must("effectiveTime")?, "value")),
            service_start: utc(attribute(
                event.at("effectiveTime/low").ok_or_else(|| wrong("serviceEvent/low"))?,
                "value",
            )),
            service_stop: event.at("effectiveTime/high").map(|n| utc(attribute(n, "value"))),
            language: attribute(must("languageCode")?, "code").to_owned(),
            confidentiality: code(must("confidentialityCode")?),
            author: person(&author, "assignedPerson"),
            author_specialty: author.at("code").map(code).unwrap_or_default(),
            author_role: header.at("author/functionCode").map(|n| attribute(n, "displayName").to_owned()),
            author_institution: (
                institution.text("name"),
                institution.at("id").map(|n| attribute(n, "extension").to_owned()).unwrap_or_default(),
            ),
            legal_authenticator: person(&Reader(must("legalAuthenticator/assignedEntity")?), "assignedPerson"),
            practice_setting: event
                .at("performer/assignedEntity/representedOrganization/standardIndustryClassCode")
                .map(code)
                .unwrap_or_default(),
            facility: header
                .at("componentOf/encompassingEncounter/location/healthCareFacility/code")
                .map(code)
                .unwrap_or_default(),
            body_media_type: header.at("component/nonXMLBody/text").map(|n| attribute(n, "mediaType").to_owned()),
            mime_type: "text/xml",
        })
    }

    /// The same document under another identifier.
    #[must_use]
    pub fn under(&self, unique_id: &str) -> Self {
        let text = String::from_utf8_lossy(&self.bytes);
        let text = text.replace(&format!("\"{}\"", self.unique_id), &format!("\"{unique_id}\""));
        Self { bytes: text.into_bytes(), unique_id: unique_id.to_owned(), ..self.clone() }
    }

    /// A next version that replaces `old`, as the header says it.
    #[must_use]
    pub fn replacing(&self, old: &str) -> Self {
        let related = format!(
            "<relatedDocument typeCode=\"RPLC\"><parentDocument><id root=\"{old}\"/></parentDocument></relatedDocument>\n  <componentOf>"
        );
        let text = String::from_utf8_lossy(&self.bytes);
        let text = text.replacen("<versionNumber value=\"1\"/>", "<versionNumber value=\"2\"/>", 1);
        Self { bytes: text.replacen("<componentOf>", &related, 1).into_bytes(), ..self.clone() }
    }

    /// The same bytes, announced as something that is no CDA: a server takes them by their metadata alone.
    #[must_use]
    pub fn as_images(&self) -> Self {
        Self { mime_type: "application/dicom", ..self.clone() }
    }

    /// The same document about another patient of the same domain.
    #[must_use]
    pub fn about(&self, ins: &str) -> Self {
        let old = self.patient.split('^').next().unwrap_or_default();
        let text = String::from_utf8_lossy(&self.bytes).replace(&format!("\"{old}\""), &format!("\"{ins}\""));
        let patient = self.patient.replacen(old, ins, 1);
        let source_patient =
            if self.source_patient == self.patient { patient.clone() } else { self.source_patient.clone() };
        Self { bytes: text.into_bytes(), patient, source_patient, ..self.clone() }
    }

    /// The same document grown to about `size` bytes by a paragraph nobody reads.
    #[must_use]
    pub fn grown_to(&self, size: usize) -> Self {
        let line = "Ligne de remplissage sans contenu médical, pour donner au document la taille voulue. ";
        let missing = size.saturating_sub(self.bytes.len());
        let filling = format!("<text><paragraph>{}</paragraph>", line.repeat(missing / line.len() + 1));
        let text = String::from_utf8_lossy(&self.bytes).replacen("<text>", &filling, 1);
        Self { bytes: text.into_bytes(), ..self.clone() }
    }
}

/// Walks down by the local names of one path.
struct Reader<'a, 'i>(Node<'a, 'i>);

impl<'a, 'i> Reader<'a, 'i> {
    fn at(&self, path: &str) -> Option<Node<'a, 'i>> {
        path.split('/').try_fold(self.0, |node, name| node.children().find(|n| n.has_tag_name((V3, name))))
    }

    fn all(&self, name: &str) -> Vec<Node<'a, 'i>> {
        self.0.children().filter(|n| n.has_tag_name((V3, name))).collect()
    }

    fn text(&self, path: &str) -> String {
        self.at(path).and_then(|n| n.text()).unwrap_or_default().trim().to_owned()
    }
}

fn attribute<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    node.attribute(name).unwrap_or_default()
}

fn code(node: Node<'_, '_>) -> Code {
    let get = |name| attribute(node, name).to_owned();
    Code { code: get("code"), system: get("codeSystem"), label: get("displayName") }
}

fn cx((root, extension): &(&str, &str), kind: &str) -> String {
    format!("{extension}^^^&{root}&ISO^{kind}")
}

fn person(entity: &Reader, name: &str) -> Person {
    let id = entity.at("id");
    let get = |attribute_name| id.map(|n| attribute(n, attribute_name).to_owned()).unwrap_or_default();
    Person {
        id: get("extension"),
        authority: get("root"),
        family: entity.text(&format!("{name}/name/family")),
        given: entity.text(&format!("{name}/name/given")),
    }
}

/// Birth name (L) and used name (D), birth date, sex.
fn patient_info(role: &Reader) -> Vec<String> {
    let Some(patient) = role.at("patient").map(Reader) else { return Vec::new() };
    let Some(name) = patient.at("name").map(Reader) else { return Vec::new() };
    let part = |element: &str, qualifier: &str| {
        let found = name.all(element).into_iter().find(|n| n.attribute("qualifier") == Some(qualifier));
        found.and_then(|n| n.text()).map(|t| t.trim().to_owned())
    };
    let mut out = Vec::new();
    for (qualifier, kind) in [("BR", "L"), ("CL", "D")] {
        if let Some(family) = part("family", qualifier) {
            out.push(format!("PID-5|{family}^{}^^^^^{kind}", part("given", qualifier).unwrap_or_default()));
        }
    }
    let birth = patient.at("birthTime").map(|n| attribute(n, "value")).unwrap_or_default();
    out.push(format!("PID-7|{}", birth.get(..8).unwrap_or(birth)));
    out.push(format!(
        "PID-8|{}",
        patient.at("administrativeGenderCode").map(|n| attribute(n, "code")).unwrap_or_default()
    ));
    out
}

/// An HL7 time with its offset, moved to UTC; one without an offset, or a bare date, stays as it is.
fn utc(value: &str) -> String {
    let Some((at, zone)) = value.find(['+', '-']).and_then(|i| value.split_at_checked(i)) else {
        return value.to_owned();
    };
    let moved = NaiveDateTime::parse_from_str(at, "%Y%m%d%H%M%S").ok().and_then(|local| {
        let offset: FixedOffset = zone.parse().ok()?;
        local.and_local_timezone(offset).single()
    });
    moved.map_or_else(|| at.to_owned(), |t: DateTime<FixedOffset>| t.to_utc().format("%Y%m%d%H%M%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONSULTATION: &[u8] = include_bytes!("../../cda-samples/consultation.xml");

    #[test]
    fn the_header_of_a_sample_gives_the_metadata_of_the_dmp() {
        let document = Document::read(CONSULTATION).unwrap();
        assert_eq!(document.patient, "284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH");
        assert_eq!(document.source_patient, "0004471^^^&1.2.250.1.999.77.1.2&ISO^PI");
        assert_eq!(document.created, "20251117094500");
        assert_eq!(document.service_stop.as_deref(), Some("20251117093000"));
        assert_eq!(document.source_patient_info.first().map(String::as_str), Some("PID-5|MARTIN^CLAIRE^^^^^L"));
        assert_eq!(document.author.id, document.legal_authenticator.id);
        assert_eq!((document.facility.code.as_str(), document.practice_setting.code.as_str()), ("SA07", "AMBULATOIRE"));
    }

    #[test]
    fn a_copy_has_its_own_identifier_in_the_document_and_keeps_the_set() {
        let copy = Document::read(CONSULTATION).unwrap().under("2.25.1").replacing("2.25.0");
        let again = Document::read(&copy.bytes).unwrap();
        assert_eq!(again.unique_id, "2.25.1");
        let text = String::from_utf8(copy.bytes).unwrap();
        assert!(text.contains("<setId root=\"1.2.250.1.999.77.1.3.1.0\"/>"));
        assert!(text.contains("<parentDocument><id root=\"2.25.0\"/>"));
    }

    #[test]
    fn a_grown_document_is_still_one() {
        let grown = Document::read(CONSULTATION).unwrap().grown_to(100_000);
        assert!((100_000..101_000).contains(&grown.bytes.len()));
        assert!(Document::read(&grown.bytes).is_ok());
    }
}
