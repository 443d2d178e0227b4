//! ebRIM in and out: nothing lost, every fault told. Spec: ITI TF-3: 4.2.3.

use crate::xds_fixture::{Message, Object, base, base_with_folder, decode_list};
use dmp_gateway::xds::ebrim::encode;
use dmp_gateway::xds::error::{Profile, Severity};
use dmp_gateway::xds::metadata::attribute::{AttributeRow, Carrier, ONE, SOME, TABLE, entry, submission_set};
use dmp_gateway::xds::metadata::object::{ObjectKind, RegistryObject};
use dmp_gateway::xds::metadata::submission::Submission;
use proptest::prelude::{Strategy, any, prop, prop_assert_eq, proptest};

fn encoded(submission: &Submission, prefix: &str) -> String {
    let mut out =
        format!("<{prefix}:RegistryObjectList xmlns:{prefix}=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\">")
            .into_bytes();
    encode::object(&mut out, ObjectKind::SubmissionSet, &submission.submission_set.object, prefix);
    submission.entries.iter().for_each(|e| encode::object(&mut out, ObjectKind::DocumentEntry, &e.object, prefix));
    submission.folders.iter().for_each(|f| encode::object(&mut out, ObjectKind::Folder, &f.object, prefix));
    submission.associations.iter().for_each(|a| encode::object(&mut out, ObjectKind::Association, &a.object, prefix));
    out.extend_from_slice(format!("</{prefix}:RegistryObjectList>").as_bytes());
    String::from_utf8(out).unwrap()
}

fn round_trip(message: &Message) {
    let (first, findings) = message.decode(Profile::Ihe);
    let first = first.unwrap_or_else(|| panic!("{findings:?}"));
    let (second, _) = decode_list(&encoded(&first, "ns4"), Profile::Ihe);
    assert!(second == Some(first), "the second reading differs from the first");
}

#[test]
fn what_is_decoded_encodes_to_the_same() {
    round_trip(&base());
    round_trip(&base_with_folder());
}

#[test]
fn the_prefix_of_the_client_does_not_matter() {
    let plain = base_with_folder().submission(Profile::Ihe);
    for prefix in ["rim", "ns2", "q-3"] {
        let (prefixed, findings) = decode_list(&base_with_folder().xml_with(prefix), Profile::Ihe);
        assert!(findings.is_empty(), "{findings:?}");
        assert!(prefixed == Some(plain.clone()));
    }
}

#[test]
fn unknown_slots_and_attributes_are_kept_in_order() {
    let mut message = base();
    message.entries[0].slot("urn:example:first", &["a", "b"]);
    message.entries[0].slot("urn:example:second", &["  white  space\n kept "]);
    message.entries[0].set("isOpaque", "false");
    message.associations[0].slot("urn:example:third", &[""]);
    round_trip(&message);
    let submission = message.submission(Profile::Ihe);
    let slots = &submission.entries[0].object.slots;
    assert_eq!(slots[slots.len() - 2].name, "urn:example:first");
    assert_eq!(slots[slots.len() - 1].values, ["  white  space\n kept "]);
}

/// A value of the row that the reader takes, with the text drawn put in where the type allows any.
fn sample(row: &AttributeRow, text: &str) -> String {
    use dmp_gateway::xds::metadata::data_type::DataType;
    match row.data_type {
        DataType::Text | DataType::Author | DataType::Code => text.to_owned(),
        DataType::AssociationType => "urn:ihe:iti:2007:AssociationType:RPLC".to_owned(),
        DataType::Cx => "1^^^&1.2.3&ISO".to_owned(),
        DataType::Cxi => "1^^^&1.2.3&ISO^urn:x".to_owned(),
        DataType::DocumentAvailability => "urn:ihe:iti:2010:DocumentAvailability:Online".to_owned(),
        DataType::DocumentEntryType => "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1".to_owned(),
        DataType::Dtm => "2025".to_owned(),
        DataType::HomeCommunityId => "urn:oid:1.2.3".to_owned(),
        DataType::Language => "art".to_owned(),
        DataType::MimeType => "text/goofy".to_owned(),
        DataType::Number => "7".to_owned(),
        DataType::ObjectId => "X1".to_owned(),
        DataType::Oid | DataType::UniqueId => "1.2.3.4".to_owned(),
        DataType::PatientInfo => format!("PID-5|{text}"),
        DataType::Recipient => format!("|1^{}", text.replace(|c: char| c.is_control() || c == '|', "")),
        DataType::Sha1 => "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709".to_owned(),
        DataType::Status => "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated".to_owned(),
        DataType::SubmissionSetStatus => "Original".to_owned(),
        DataType::Uuid => "urn:uuid:3b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e21".to_owned(),
        DataType::Xcn => "1^Name".to_owned(),
        DataType::YesOrNo => "yes".to_owned(),
    }
}

fn object_of(message: &mut Message, kind: ObjectKind) -> &mut Object {
    match kind {
        ObjectKind::DocumentEntry => &mut message.entries[0],
        ObjectKind::SubmissionSet => &mut message.set,
        ObjectKind::Folder => &mut message.folders[0],
        ObjectKind::Association => &mut message.associations[0],
    }
}

fn put(message: &mut Message, row: &AttributeRow, text: &str) {
    let value = sample(row, text);
    let object = object_of(message, row.object);
    match row.carrier {
        Carrier::XmlAttribute("id") => {}
        Carrier::XmlAttribute(name) => object.set(name, &value),
        Carrier::Slot(name) => object.slot(name, &[&value]),
        Carrier::Classification(_) => object.add_code(row, &value, "1.2.3"),
        Carrier::ExternalIdentifier(..) => object.identifier(row, &value),
        Carrier::Name => object.title = Some(value),
        Carrier::Description => object.comments = Some(value),
        Carrier::VersionName => object.version = Some("3".to_owned()),
    }
}

fn xml_text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 1..30).prop_map(|characters| {
        let kept = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
        let text: String = characters.into_iter().filter(kept).collect();
        format!("x{text}")
    })
}

proptest! {
    #[test]
    fn each_attribute_of_the_table_survives_the_round_trip(index in 0..TABLE.len(), text in xml_text()) {
        let row = TABLE[index];
        let mut message = base_with_folder();
        put(&mut message, row, &text);
        let (first, _) = message.decode(Profile::Ihe);
        let first = first.expect("the submission set can be read");
        prop_assert_eq!(first.unreadable.len(), 0);
        let (second, _) = decode_list(&encoded(&first, "rim"), Profile::Ihe);
        prop_assert_eq!(second, Some(first));
    }

    #[test]
    fn any_bytes_that_parse_are_read_without_a_panic(cut in 0usize..4000, insert in "[<>/&a-zA-Z\"= ]{0,12}") {
        let mut xml = base_with_folder().xml();
        let cut = (0..=cut.min(xml.len())).rev().find(|at| xml.is_char_boundary(*at)).unwrap_or(0);
        xml.insert_str(cut, &insert);
        let limits = dmp_gateway::xml::limits::Limits::default();
        if let Ok(document) = dmp_gateway::xml::document::Document::parse(&xml, &limits) {
            let (submission, findings) =
                dmp_gateway::xds::ebrim::decode::submission(document.root(), Profile::Dmp);
            assert!(submission.is_some() || !findings.is_empty());
        }
    }
}

#[test]
fn utf8_is_kept_exactly() {
    let mut message = base();
    let title = "Compte rendu – é à œ 漢字 \u{1f600} & < > \" '";
    message.entries[0].title = Some(title.to_owned());
    round_trip(&message);
    assert_eq!(message.submission(Profile::Dmp).entries[0].title.as_deref(), Some(title));
}

#[test]
fn each_attribute_that_the_standard_demands_is_missed_by_its_own_rule() {
    for profile in [Profile::Ihe, Profile::Dmp] {
        for row in TABLE {
            let mut message = base_with_folder();
            object_of(&mut message, row.object).without(row);
            let (_, findings) = message.decode(profile);
            let demanded = row.cardinality(profile, None).min > 0;
            let found = findings.iter().any(|finding| finding.rule == row.rule.id && finding.is_error());
            assert_eq!(found, demanded, "{profile:?} {} {findings:?}", row.spec());
        }
    }
}

#[test]
fn each_attribute_that_may_stand_once_is_refused_twice() {
    for row in TABLE.iter().filter(|row| row.source.max == 1) {
        let mut message = base_with_folder();
        let value = sample(row, "text");
        let object = object_of(&mut message, row.object);
        match row.carrier {
            Carrier::Slot(name) => object.slot(name, &[&value, &value]),
            Carrier::Classification(_) => {
                object.add_code(row, "a", "1.2.3");
                object.add_code(row, "b", "1.2.3");
            }
            Carrier::ExternalIdentifier(scheme, _) => object.identifiers.push((scheme.to_owned(), value)),
            Carrier::XmlAttribute(_) | Carrier::Name | Carrier::Description | Carrier::VersionName => continue,
        }
        let (_, findings) = message.decode(Profile::Ihe);
        assert!(findings.iter().any(|finding| finding.rule == row.rule.id), "{} {findings:?}", row.spec());
    }
}

#[test]
fn each_malformed_value_is_told_with_its_attribute_and_its_place() {
    for row in TABLE {
        let mut message = base_with_folder();
        let object = object_of(&mut message, row.object);
        // No data type but text and recipients takes the first.
        let bad = if row.name == "intendedRecipient" { "||" } else { "^^\u{1f600} x" };
        match row.carrier {
            Carrier::Slot(name) => object.slot(name, &[bad]),
            Carrier::ExternalIdentifier(..) => object.identifier(row, bad),
            Carrier::XmlAttribute(name @ ("objectType" | "mimeType" | "home" | "associationType")) => {
                object.set(name, bad);
            }
            Carrier::XmlAttribute(_)
            | Carrier::Classification(_)
            | Carrier::Name
            | Carrier::Description
            | Carrier::VersionName => continue,
        }
        if matches!(row.name, "URI") {
            continue;
        }
        let (_, findings) = message.decode(Profile::Ihe);
        let finding = findings.iter().find(|finding| finding.rule == row.rule.id);
        let finding = finding.unwrap_or_else(|| panic!("{} {findings:?}", row.spec()));
        assert_eq!(finding.attribute, Some(row.name));
        assert!(!finding.context.contains(bad), "a refused value must not be echoed");
        let place = finding.location.as_ref().unwrap();
        assert!(place.xpath.starts_with("/RegistryObjectList/") && place.line > 1, "{place}");
    }
}

#[test]
fn all_faults_are_told_at_once_with_their_places() {
    let mut message = base();
    message.entries[0].no_slot("creationTime");
    message.entries[0].slot("languageCode", &["fr_FR"]);
    message.entries[0].classified(&entry::CLASS_CODE).slots.clear();
    message.set.no_identifier(&submission_set::SOURCE_ID);
    let (submission, findings) = message.decode(Profile::Ihe);
    assert!(submission.is_none());
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["DE-CLASS-CODE", "DE-CREATION-TIME", "DE-LANGUAGE", "SS-SOURCE-ID"]);
    let language = findings.iter().find(|finding| finding.rule == "DE-LANGUAGE").unwrap();
    assert_eq!(language.object.as_deref(), Some("Document01"));
    let place = language.location.as_ref().unwrap();
    assert_eq!(place.xpath, "/RegistryObjectList/ExtrinsicObject/Slot[9]");
    assert!(findings.iter().all(|finding| finding.location.is_some()));
}

#[test]
fn an_entry_that_cannot_be_read_is_named_so_that_it_is_not_missed_twice() {
    let mut message = base();
    message.entries[0].no_identifier(&entry::UNIQUE_ID);
    let (submission, _) = message.decode(Profile::Ihe);
    assert_eq!(submission.unwrap().unreadable, ["Document01"]);
}

#[test]
fn the_kind_of_a_package_may_be_told_beside_it() {
    let mut message = base();
    let kind = message.set.classifications.pop().unwrap();
    assert!(message.decode(Profile::Ihe).0.is_none());
    message.extra = format!(
        "<Classification id=\"c\" classificationNode=\"{}\" classifiedObject=\"SubmissionSet01\"/>",
        kind.attributes[0].1
    );
    message.submission(Profile::Ihe);
    message.extra = message.extra.replace("SubmissionSet01", "Nobody");
    let (_, findings) = message.decode(Profile::Ihe);
    assert!(findings.iter().any(|finding| finding.rule == "EBRIM-CLASSIFIED-OBJECT"));
}

#[test]
fn a_missing_classified_object_is_a_warning_in_profile_dmp_and_completed() {
    let mut message = base();
    message.set.classifications[0].attributes.retain(|(name, _)| name != "classifiedObject");
    let (submission, findings) = message.decode(Profile::Dmp);
    let severities: Vec<Severity> = findings.iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::Warning]);
    assert_eq!(findings[0].rule, "EBRIM-CLASSIFIED-OBJECT");
    let set = submission.unwrap().submission_set;
    assert_eq!(set.object.classifications[0].classified_object(), Some("SubmissionSet01"));
    let (_, findings) = message.decode(Profile::Ihe);
    assert!(findings[0].is_error());
}

#[test]
fn a_classification_that_names_another_object_is_refused_and_one_that_names_the_logical_id_is_not() {
    let named = |name: &str| {
        let mut message = base();
        message.entries[0].set("lid", "urn:uuid:3b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e21");
        message.entries[0].classifications[1].attributes[1].1 = name.to_owned();
        let (_, findings) = message.decode(Profile::Dmp);
        assert_eq!(findings.len(), 1);
        findings[0].severity
    };
    assert_eq!(named("SubmissionSet01"), Severity::Error);
    assert_eq!(named("urn:uuid:3b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e21"), Severity::Warning);
}

/// Malformed XML shapes, each with the rule that tells it.
#[test]
fn shapes_that_ebrim_does_not_know_are_refused_by_name() {
    fn check(rule: &str, change: impl Fn(String) -> String) {
        let (_, findings) = decode_list(&change(base().xml()), Profile::Ihe);
        assert!(findings.iter().any(|finding| finding.rule == rule && finding.is_error()), "{rule}: {findings:?}");
    }
    let value = "<Value>fr-FR</Value>";
    check("EBRIM-ELEMENT", |xml| xml.replace("<ExtrinsicObject", "<Service id='s'/><ExtrinsicObject"));
    check("EBRIM-ELEMENT", |xml| xml.replacen("<Name>", "<Name/><Name>", 1));
    check("EBRIM-VALUE", |xml| xml.replace(value, "<Value>fr<!-- x -->-FR</Value>"));
    check("EBRIM-VALUE", |xml| xml.replace(value, "<Text>fr-FR</Text>"));
    check("EBRIM-ELEMENT", |xml| xml.replace(value, "</ValueList><Name/><ValueList><Value>fr-FR</Value>"));
    check("EBRIM-STRAY-TEXT", |xml| xml.replacen("<Name>", "text<Name>", 1));
    check("EBRIM-SLOT-NAME", |xml| xml.replace("Slot name=\"languageCode\"", "Slot"));
    check("EBRIM-SLOT-ONCE", |xml| xml.replace("\"serviceStartTime\"", "\"creationTime\""));
    check("EBRIM-LOCALIZED", |xml| xml.replacen(" value=\"Compte rendu de consultation\"", "", 1));
    check("EBRIM-ID", |xml| xml.replace("\"Document01\"", "\"urn:uuid:3B0F6D0E-5C31-4F0A-9D2C-1F6F5F0B7E21\""));
    check("STRUCT-ID-ONCE", |xml| xml.replace("id=\"as01\"", "id=\"Document01\""));
    check("STRUCT-ONE-SET", |xml| {
        xml.replace("urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd", "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2")
    });
    check("EBRIM-PACKAGE-KIND", |xml| {
        xml.replace("urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd", "urn:uuid:00000000-0000-0000-0000-000000000000")
    });
    check("EBRIM-REGISTRY-OBJECT", |xml| xml.replace("registryObject=\"Document01\"", "registryObject=\"X\""));
    check("EBRIM-LIMITED-METADATA", |xml| {
        let limited = "<Classification id=\"l\" classifiedObject=\"Document01\" \
                       classificationNode=\"urn:uuid:ab9b591b-83ab-4d03-8f5d-f93b1fb92e85\"/>";
        xml.replacen("<ExternalIdentifier id=\"Document01", &format!("{limited}<ExternalIdentifier id=\"Document01"), 1)
    });
}

#[test]
fn a_flood_of_faults_costs_a_bounded_number_of_findings() {
    let mut message = base();
    message.extra = "<Nothing/>".repeat(20_000);
    let (_, findings) = message.decode(Profile::Ihe);
    assert_eq!(findings.len(), 200);
    assert_eq!(findings.iter().filter(|finding| finding.location.is_some()).count(), 50);
}

#[test]
fn no_patient_and_no_professional_shows_in_debug() {
    let submission = base_with_folder().submission(Profile::Dmp);
    let debug = format!("{submission:?} {:?}", submission.entries[0].object);
    for secret in ["284067510512388", "MARTIN", "DUMONT", "0004471"] {
        assert!(!debug.contains(secret), "{debug}");
    }
}

#[test]
fn a_demanded_attribute_has_the_cardinality_of_the_standard() {
    assert_eq!(entry::CLASS_CODE.source, ONE);
    assert_eq!(entry::CONFIDENTIALITY_CODE.registry, SOME);
    assert_eq!(RegistryObject::default().attribute("lid"), None);
}

#[test]
fn a_nested_object_may_have_any_id_or_none() {
    for id in ["", "urn:uuid:3B0F6D0E-5C31-4F0A-9D2C-1F6F5F0B7E21", "urn:uuid:cl1"] {
        let xml = base().xml().replace("id=\"Document01-cl1\"", &format!("id=\"{id}\""));
        assert_eq!(decode_list(&xml, Profile::Ihe).1, []);
    }
    let xml = base().xml().replace(" id=\"Document01-cl1\"", "");
    assert_eq!(decode_list(&xml, Profile::Ihe).1, []);
}

/// Each shape would take minutes if any step looked at every other object for each object.
#[test]
fn a_message_of_a_hundred_thousand_parts_is_read_in_linear_time() {
    let many = |part: &dyn Fn(usize) -> String| (0..60_000).map(part).collect::<String>();
    let slots = many(&|n| format!("<Slot name='urn:x:{n}'/>"));
    let bad_codes = many(&|_| {
        "<Classification classificationScheme='urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f' \
         classifiedObject='Document01'/>"
            .to_owned()
    });
    let with_slots =
        base().xml().replacen("<Slot name=\"creationTime\"", &format!("{slots}<Slot name=\"creationTime\""), 1);
    let with_codes = with_slots.replacen(
        "<Classification id=\"Document01",
        &format!("{bad_codes}<Classification id=\"Document01"),
        1,
    );
    let mut siblings = base();
    siblings.extra = many(&|n| format!("<RegistryPackage id='p{n}'/><Classification classifiedObject='p{n}'/>"));
    let mut associations = base();
    associations.extra = many(&|n| {
        format!(
            "<Association id='a{n}' associationType='urn:ihe:iti:2007:AssociationType:APND' sourceObject='b{n}' targetObject='c'/>"
        )
    });
    for (xml, refused) in [(with_slots, false), (with_codes, true), (siblings.xml(), true), (associations.xml(), false)]
    {
        let limits = dmp_gateway::xml::limits::Limits { bytes: 1 << 28, nodes: 4_000_000, ..Default::default() };
        let document = dmp_gateway::xml::document::Document::parse(&xml, &limits).unwrap();
        let (submission, findings) = dmp_gateway::xds::ebrim::decode::submission(document.root(), Profile::Ihe);
        assert_eq!(findings.iter().any(dmp_gateway::xds::error::Finding::is_error), refused);
        assert!(findings.len() <= 200);
        assert!(submission.is_some());
    }
}
