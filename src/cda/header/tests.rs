//! The header as it is read: what is there, where, and that what is not there is no error.

use crate::cda::document::{ClinicalDocument, Level, Wrapper};
use crate::cda::header::{Header, Identifier};
use crate::xml::document::Document;
use crate::xml::limits::Limits;

const CONSULTATION: &str = include_str!("../../../cda-samples/consultation.xml");

fn with<T>(text: &str, look: impl FnOnce(&Header<'_>) -> T) -> T {
    let document = Document::parse(text, &Limits::default()).unwrap();
    look(&Header::of(ClinicalDocument::of(&document).unwrap()))
}

fn check(text: &str, said: impl FnOnce(&Header<'_>) -> Option<String>, expected: Option<&str>) {
    assert_eq!(with(text, said).as_deref(), expected);
}

#[test]
fn a_sample_says_who_what_when_and_where() {
    with(CONSULTATION, |header| {
        assert_eq!(header.wrapper, Wrapper::Bare);
        assert_eq!(header.id.as_ref().unwrap().value.to_unique_id(), "1.2.250.1.999.77.1.3.1");
        assert_eq!(header.code.as_ref().unwrap().value.value, "11488-4");
        assert_eq!(header.effective_time.as_ref().unwrap().value.to_dtm().unwrap().as_str(), "20251117094500");
        let patient = header.patient.as_ref().unwrap();
        let roots: Vec<&str> = patient.ids.iter().map(|id| id.value.root.as_str()).collect();
        assert_eq!(roots, ["1.2.250.1.213.1.4.10", "1.2.250.1.999.77.1.2"]);
        let name = &patient.name.as_ref().unwrap().value;
        assert_eq!((name.family("BR"), name.given(Some("BR"))), (Some("MARTIN"), Some("CLAIRE")));
        assert_eq!((name.family("CL"), name.given(None)), (Some("LEROY"), Some("CLAIRE ANNE")));
        assert_eq!(patient.address.as_ref().unwrap().street, "3 impasse du Bac à Sable");
        assert_eq!(patient.birthplace.as_ref().unwrap().county, "75105");
        let author = header.authors.first().unwrap();
        assert_eq!(author.function.as_ref().unwrap().value, "Médecin traitant");
        assert_eq!(author.entity.name.as_ref().unwrap().family, "DUMONT");
        assert_eq!(author.entity.organization.as_ref().unwrap().name.as_ref().unwrap().value, "CABINET DU PONT");
        assert_eq!(
            header.service_events.first().unwrap().practice_setting.as_ref().unwrap().value.value,
            "AMBULATOIRE"
        );
        assert_eq!(header.encounter.as_ref().unwrap().facility.as_ref().unwrap().value.value, "SA07");
        assert_eq!(header.body.as_ref().unwrap().level, Level::Three);
        assert_eq!(header.version_number.as_ref().unwrap().value, 1);
    });
}

#[test]
fn what_is_said_remembers_where() {
    with(CONSULTATION, |header| {
        let at = header.id.as_ref().unwrap().place.location();
        assert_eq!((at.xpath.as_str(), at.line), ("/ClinicalDocument/id", 10));
        let patient = header.patient.as_ref().unwrap();
        assert_eq!(patient.ids[1].place.location().xpath, "/ClinicalDocument/recordTarget/patientRole/id[2]");
    });
}

#[test]
fn what_is_null_empty_or_malformed_is_not_said() {
    let null = |from: &str, to: &str| {
        assert!(CONSULTATION.contains(from), "{from}");
        CONSULTATION.replacen(from, to, 1)
    };
    let id = |header: &Header<'_>| header.id.as_ref().map(|id| id.value.root.clone());
    check(&null("<id root=\"1.2.250.1.999.77.1.3.1\"/>", "<id nullFlavor=\"NI\" root=\"1.2\"/>"), id, None);
    check(&null("<id root=\"1.2.250.1.999.77.1.3.1\"/>", "<id root=\"\"/>"), id, None);
    let time = |header: &Header<'_>| header.effective_time.as_ref().map(|time| format!("{:?}", time.value));
    check(&null("<effectiveTime value=\"20251117104500+0100\"/>", "<effectiveTime value=\"hier\"/>"), time, None);
    let title = |header: &Header<'_>| header.title.as_ref().map(|title| title.value.clone());
    check(
        &null("<title>Compte rendu de consultation</title>", "<title>\n Compte <!-- --> rendu\n</title>"),
        title,
        Some("Compte rendu"),
    );
    check(&null("<title>Compte rendu de consultation</title>", "<title> </title>"), title, None);
}

#[test]
fn an_empty_document_says_nothing_and_is_no_error() {
    with("<ClinicalDocument xmlns='urn:hl7-org:v3'/>", |header| {
        assert!(header.id.is_none() && header.patient.is_none() && header.authors.is_empty() && header.body.is_none());
        assert_eq!(format!("{header:?}"), "Header(no id)");
    });
}

#[test]
fn an_identifier_is_recognised_in_the_two_ways_of_joining_it() {
    let identifier =
        |extension: Option<&str>| Identifier { root: "1.2.3".to_owned(), extension: extension.map(str::to_owned) };
    let check = |extension, unique_id, expected| {
        assert_eq!(identifier(extension).is_unique_id(unique_id), expected, "{extension:?} {unique_id}");
    };
    check(None, "1.2.3", true);
    check(None, "1.2.3.4", false);
    check(Some("4"), "1.2.3^4", true);
    check(Some("4"), "1.2.3.4", true);
    check(Some("4"), "1.2.3", false);
    check(Some("4"), "1.2.34", false);
    check(Some("4"), "9.9.9^4", false);
    assert_eq!(identifier(Some("4")).to_unique_id(), "1.2.3^4");
    assert_eq!(format!("{:?}", identifier(Some("284067510512388"))), "Identifier(1.2.3, …)");
}

#[test]
fn only_the_document_that_is_replaced_is_a_parent() {
    let related = |kind: &str| {
        let related = format!(
            "<relatedDocument typeCode=\"{kind}\"><parentDocument><id root=\"1.2.9\"/></parentDocument></relatedDocument><componentOf>"
        );
        CONSULTATION.replacen("<componentOf>", &related, 1)
    };
    let parent = |header: &Header<'_>| header.replaced.first().map(|parent| parent.ids[0].value.to_unique_id());
    check(&related("RPLC"), parent, Some("1.2.9"));
    check(&related("APND"), parent, None);
}
