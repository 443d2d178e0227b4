//! For each family of demand a header that breaks it. The header that all are made of keeps every rule.

use crate::cda_header::{HEADER, changed, told};

/// Text, what stands there instead, the findings that this makes.
type Case = (&'static str, &'static str, &'static [&'static str]);

#[track_caller]
fn break_each(cases: &[Case]) {
    for (from, to, expected) in cases {
        let mut expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        expected.sort();
        assert_eq!(told(&changed(from, to)), expected, "{from} -> {to}");
    }
}

#[test]
fn the_header_that_all_are_made_of_keeps_every_rule() {
    assert_eq!(told(HEADER), Vec::<String>::new());
}

#[test]
fn the_number_of_children_is_demanded() {
    break_each(&[
        // None where one is needed, two where one is allowed, a null one where null does not count.
        ("<setId root=\"1.2.250.1.999.90.2\"/>", "", &["SM001/setId "]),
        ("<realmCode code=\"FR\"/>", "<realmCode code=\"FR\"/><realmCode code=\"FR\"/>", &["SM001/realmCode "]),
        ("<setId root=\"1.2.250.1.999.90.2\"/>", "<setId nullFlavor=\"UNK\"/>", &["SM001/setId ", "SW001? /setId"]),
        // With a condition, and told apart from a namesake.
        ("<templateId root=\"1.2.250.1.213.1.1.1.1\"/>", "", &["SM001/templateId[@root=1.2.250.1.213.1.1.1.1] "]),
        (
            "<signatureCode code=\"S\"/>",
            "<signatureCode code=\"X\"/>",
            &["SM001/legalAuthenticator ", "SW001? /legalAuthenticator"],
        ),
        // A range, and a bound beyond one.
        (
            "<family qualifier=\"SP\">PARTERRE</family>",
            "<family>A</family><family>B</family><family>C</family><family>D</family>",
            &["SM065/family /recordTarget/patientRole/patient/guardian/guardianPerson/name"],
        ),
        (
            "<streetAddressLine>3 rue des Lilas</streetAddressLine>",
            "<streetAddressLine>1</streetAddressLine><streetAddressLine>2</streetAddressLine><streetAddressLine>3</streetAddressLine>\
             <streetAddressLine>4</streetAddressLine><streetAddressLine>5</streetAddressLine><streetAddressLine>6</streetAddressLine>\
             <streetAddressLine>7</streetAddressLine>",
            &["SM061/streetAddressLine /recordTarget/patientRole/patient/guardian/addr"],
        ),
        // Alternatives together.
        (
            "<guardianPerson><name><family qualifier=\"SP\">PARTERRE</family><given>NARCISSE</given></name></guardianPerson>",
            "",
            &["SM045/choice /recordTarget/patientRole/patient/guardian"],
        ),
        (
            "<assignedAuthoringDevice>",
            "<assignedPerson><name><family>A</family></name></assignedPerson><assignedAuthoringDevice>",
            &["SM093/choice /author[2]/assignedAuthor"],
        ),
    ]);
}

#[test]
fn attributes_are_demanded() {
    break_each(&[
        // There.
        (" extension=\"284067510512388\"", "", &["SM017/@extension /recordTarget/patientRole/id"]),
        // A value, where it is there, or one of several.
        ("typeCode=\"AUTH\"", "typeCode=\"XCRPT\"", &["SM485/@typeCode=AUTH /authorization"]),
        ("<addr use=\"H\">", "<addr use=\"PST\">", &["SM018/@use:values /recordTarget/patientRole/addr"]),
        (
            "<representedCustodianOrganization><id root=\"1.2.250.1.71.4.2.2\"",
            "<representedCustodianOrganization><id root=\"1.2.3\"",
            &["SM209/@root:values /custodian/assignedCustodian/representedCustodianOrganization/id"],
        ),
        // A syntax.
        ("codeSystemName=\"LOINC\"", "codeSystemName=\"\"", &["SM008/@codeSystemName:st /code"]),
        (
            "<guardian>\n          <id root=\"1.2.250.1.999.90.4\"",
            "<guardian>\n          <id root=\"1..2\"",
            &[
                "DT-II-10 /recordTarget/patientRole/patient/guardian/id",
                "SM046/@root:uid /recordTarget/patientRole/patient/guardian/id",
            ],
        ),
        (
            "codeSystem=\"2.16.840.1.113883.6.1\" codeSystemName",
            "codeSystem=\"LOINC\" codeSystemName",
            &["SM008/@codeSystem:oid /code"],
        ),
        ("<versionNumber value=\"2\"/>", "<versionNumber value=\"two\"/>", &["SM014/@value:int /versionNumber"]),
        (
            "code=\"1\" codeSystem=\"1.2.250.1.999.91\"",
            "codeSystem=\"1.2.250.1.999.91\" nullFlavor=\"OTH\"",
            &[
                "DT-ANY-1 /authorization/consent/code",
                "DT-CD-5 /authorization/consent/code",
                "DT-CD-7 /authorization/consent/code",
                "SV05? /authorization/consent/code",
            ],
        ),
        (
            "<dataEnterer>\n    <time value=\"20261125\"/>",
            "<dataEnterer>\n    <time value=\"2026112\"/>",
            &["DT-TS-2 /dataEnterer/time"],
        ),
        (
            "<birthTime value=\"19840615\"/>",
            "<birthTime value=\"84\"/>",
            &["SM040/@value:ts /recordTarget/patientRole/patient/birthTime"],
        ),
        // A value set: each word of the attribute.
        (
            "code=\"F\" codeSystem",
            "code=\"F Z\" codeSystem",
            &["SM039/@code:J143 /recordTarget/patientRole/patient/administrativeGenderCode"],
        ),
        (
            "<ClinicalDocument xmlns",
            "<ClinicalDocument extravalidationterminologies=\"MME DR XX\" xmlns",
            &["SM001/@extravalidationterminologies:J245,J246 "],
        ),
        // xsi:type.
        ("<setId ", "<setId xsi:type=\"CD\" ", &["SM013/xsi:type /setId"]),
        ("<setId ", "<setId xsi:type=\"nobody:II\" ", &["SM013/xsi:type /setId"]),
        ("<setId ", "<setId xsi:type=\"II\" ", &[]),
    ]);
}

#[test]
fn a_code_that_is_one_of_two_alternatives_needs_its_value_or_a_null_flavor() {
    break_each(&[
        ("<statusCode code=\"completed\"/>", "<statusCode nullFlavor=\"UNK\"/>", &[]),
        (
            "<statusCode code=\"completed\"/>",
            "<statusCode code=\"active\"/>",
            &["SM485/consent /authorization", "SW117? /authorization/consent"],
        ),
    ]);
}

#[test]
fn civilities_and_titles_are_those_of_the_value_sets() {
    break_each(&[
        (
            "<given>ACANTHE</given><prefix>MME</prefix>",
            "<given>ACANTHE</given><prefix>Madame</prefix>",
            &["SM089/assignedAuthor/assignedPerson/name/prefix /author[1]"],
        ),
        (
            "<prefix>MME</prefix><suffix>DR</suffix>",
            "<prefix>MME</prefix><suffix>Docteur</suffix>",
            &["SM089/assignedAuthor/assignedPerson/name/suffix /author[1]"],
        ),
        // Elsewhere prefixes are not looked at.
        ("<prefix>MME</prefix>\n", "<prefix>Madame</prefix>\n", &[]),
    ]);
}

#[test]
fn the_main_act_has_a_performer_and_a_time() {
    let performer = HEADER.split_once("<performer").unwrap().1.split_once("</performer>").unwrap().0;
    let performer = format!("<performer{performer}</performer>");
    assert_eq!(
        told(&HEADER.replace(&performer, "")),
        ["SM001/main-performer ", "SM417/event-performer /documentationOf", "SM417/event-time /documentationOf"]
    );
    break_each(&[
        (
            "<effectiveTime><low value=\"20261125090000+0100\"/></effectiveTime>\n      <performer",
            "<performer",
            &["SM001/main-time ", "SM417/event-time /documentationOf"],
        ),
        // A second act needs neither.
        ("<relatedDocument", "<documentationOf><serviceEvent/></documentationOf><relatedDocument", &[]),
        (
            "<documentationOf>",
            "<documentationOf><serviceEvent/></documentationOf><documentationOf>",
            &["SM001/main-performer ", "SM001/main-time "],
        ),
    ]);
}

#[test]
fn an_unstructured_document_has_three_templates() {
    let body = ("<component><structuredBody/></component>", "<component><nonXMLBody><text/></nonXMLBody></component>");
    let level_one = HEADER.replace(body.0, body.1);
    assert_eq!(told(&level_one), ["SM001/level-one-template ", "SM001/level-one-templates "]);
    let templates = level_one.replace("1.2.250.1.213.1.1.1.29", "1.3.6.1.4.1.19376.1.2.20");
    assert_eq!(told(&templates), Vec::<String>::new());
    let volet = templates
        .replace("<id root=\"1.2.250.1.999.90.1\"/>", "<templateId root=\"1.2.3\"/><id root=\"1.2.250.1.999.90.1\"/>");
    assert_eq!(told(&volet), ["SM001/level-one-templates "]);
    let none = HEADER.replace("<structuredBody/>", "");
    assert_eq!(told(&none), ["SM001/level-one-templates "]);
}

#[test]
fn an_ins_comes_with_its_traits() {
    break_each(&[
        ("<addr><county>69383</county></addr>", "<addr><city>LYON</city></addr>", &["SM001/ins "]),
        ("<given>FLORE JASMINE</given>\n", "\n", &["SM001/ins "]),
        ("<given qualifier=\"BR\">FLORE</given>", "<given qualifier=\"CL\">FLORE</given>", &["SM001/ins "]),
        // Any other identity needs no more than an id.
        ("<addr><county>69383</county></addr>", "", &["SM001/ins "]),
    ]);
    let local =
        HEADER.replace("1.2.250.1.213.1.4.10", "1.2.250.1.999.92").replace("<addr><county>69383</county></addr>", "");
    assert_eq!(told(&local), Vec::<String>::new());
}

#[test]
fn the_names_of_the_patient_are_qualified() {
    let patient = "/recordTarget/patientRole/patient";
    let name = format!("{patient}/name");
    assert_eq!(
        told(&changed(
            "<given qualifier=\"BR\">FLORE</given>",
            "<given qualifier=\"BR\">FLORE</given><given qualifier=\"AC\">X</given>"
        )),
        [format!("SM036/given-qualifier {name}")]
    );
    assert_eq!(
        told(&changed(
            "<family qualifier=\"BR\">PARTERRE</family>",
            "<family qualifier=\"BR\">PARTERRE</family><family qualifier=\"SP\">X</family>"
        )),
        [format!("SM036/family-qualifier {name}")]
    );
    assert_eq!(
        told(&changed("<family qualifier=\"BR\">PARTERRE</family>", "<family>PARTERRE</family>")),
        [
            "SM001/ins ".to_owned(),
            format!("SM038/@qualifier {name}/family"),
            format!("SM066/guardian-family {patient}/guardian/guardianPerson/name/family"),
        ]
    );
}

#[test]
fn what_only_code_can_say_of_an_element_is_demanded() {
    break_each(&[
        ("<time value=\"20261125\"/>", "<time value=\"20261125\"><low/></time>", &["SM139/no-child /dataEnterer/time"]),
        ("code=\"fr-FR\"", "code=\"fr-fr\"", &["SM012/language /languageCode", "SV04? /languageCode"]),
        (
            "value=\"tel:+33472000000\"",
            "value=\"+33472000000\"",
            &["SM034/telecom-value /recordTarget/patientRole/telecom"],
        ),
        ("<telecom use=\"H\" value=\"tel:+33472000000\"/>", "<telecom nullFlavor=\"NAV\"/>", &[]),
        (
            "<telecom use=\"H\" value=\"tel:+33472000000\"/>",
            "<telecom nullFlavor=\"NAV\" value=\"tel:1\"/>",
            &[
                "DT-ANY-1 /recordTarget/patientRole",
                "DT-ANY-1 /recordTarget/patientRole/telecom",
                "SM034/telecom-one /recordTarget/patientRole/telecom",
            ],
        ),
        (
            "<code code=\"34117-2\" codeSystem=\"2.16.840.1.113883.6.1\" displayName=\"Anamnèse\"/>",
            "<code><originalText>Anamnèse</originalText></code>",
            &["SM420/code-or-null /documentationOf/serviceEvent/code"],
        ),
    ]);
    let assigned = "<informant><assignedEntity><id root=\"1.2.3\"/></assignedEntity></informant><informant>";
    assert_eq!(told(&changed("<informant>", assigned)), ["SM142/root-and-extension /informant[1]/assignedEntity/id"]);
}

#[test]
fn of_two_lines_that_fit_the_first_speaks() {
    // An id of the structures must have an extension; another one need not.
    break_each(&[
        (
            "<representedOrganization>\n            <id root=\"1.2.250.1.71.4.2.2\" extension=\"1690000001\"/>",
            "<representedOrganization>\n            <id root=\"1.2.250.1.71.4.2.2\"/>",
            &["SM455/@extension /documentationOf/serviceEvent/performer/assignedEntity/representedOrganization/id"],
        ),
        (
            "<representedOrganization>\n            <id root=\"1.2.250.1.71.4.2.2\" extension=\"1690000001\"/>",
            "<representedOrganization>\n            <id root=\"1.2.250.1.999.93\"/>",
            &[],
        ),
    ]);
}

#[test]
fn what_is_not_in_the_model_is_warned_of() {
    break_each(&[
        ("<custodian>", "<custodian><note xmlns=\"urn:other\"/>", &["SW053? /custodian/note"]),
        ("<birthTime", "<sdtc:raceCode/><birthTime", &["SW006? /recordTarget/patientRole/patient/raceCode"]),
    ]);
}

#[test]
fn the_data_types_are_asked_where_the_table_names_them() {
    break_each(&[
        ("<title>Suivi de l'arrosage</title>", "<title/>", &["DT-BIN-1 /title"]),
        (
            "<high value=\"20261125093000+0100\"/>",
            "<high value=\"20261124\"/>",
            &["DT-IVL_TS-7 /componentOf/encompassingEncounter/effectiveTime"],
        ),
        ("<city>LYON</city></addr>", "<city>LYON</city>!</addr>", &["DT-AD-1 /recordTarget/patientRole/addr"]),
        (
            "<sdtc:multipleBirthOrderNumber value=\"1\"/>",
            "<sdtc:multipleBirthOrderNumber value=\"0\"/>",
            &["DT-INT.POS-2 /recordTarget/patientRole/patient/multipleBirthOrderNumber"],
        ),
    ]);
}

#[test]
fn what_the_volet_says_and_no_official_check_asks_is_a_warning() {
    let long = format!("<title>{}</title>", "a".repeat(129));
    let longest = format!("<title>{}</title>", "é".repeat(128));
    assert_eq!(told(&changed("<title>Suivi de l'arrosage</title>", &longest)), Vec::<String>::new());
    let created = "<effectiveTime value=\"20261125093000+0100\"/>";
    let id = "<id root=\"1.2.250.1.999.90.1\"/>";
    for (rule, place, from, to) in [
        ("SV01", "/title", "<title>Suivi de l'arrosage</title>", long.as_str()),
        ("SV02", "/effectiveTime", created, "<effectiveTime value=\"20261125\"/>"),
        ("SV02", "/effectiveTime", created, "<effectiveTime value=\"20261125093000\"/>"),
        ("SV03", "/versionNumber", "<versionNumber value=\"2\"/>", "<versionNumber value=\"0\"/>"),
        ("SV04", "/languageCode", "code=\"fr-FR\"", "code=\"xfr-FRx\""),
        ("SV05", "/participant/time", "<time><low value=\"20261101\"/></time>", "<time nullFlavor=\"NA\"/>"),
        ("SV06", "/id", id, "<id root=\"1.2.250.1.999.90.1\" extension=\"1\"/>"),
        ("SV06", "/id", id, "<id root=\"6f9619ff-8b86-d011-b42d-00cf4fc964ff\"/>"),
    ] {
        assert_eq!(told(&changed(from, to)), [format!("{rule}? {place}")], "{to}");
    }
}

#[test]
fn without_the_type_id_of_cda_nothing_else_is_asked() {
    break_each(&[
        ("extension=\"POCD_HD000040\"", "extension=\"POCD_HD000041\"", &["SW000? "]),
        ("<typeId root=\"2.16.840.1.113883.1.3\" extension=\"POCD_HD000040\"/>", "", &["SW000? "]),
    ]);
}
