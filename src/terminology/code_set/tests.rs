//! Sets by key, the two forms of a file, and an operator's file in the place of ours.

use super::{BUILT_IN, CodeSet, CodeSets, Concept, tsv_form};

#[test]
fn each_set_is_dated_sourced_and_read_to_the_last_line() {
    for text in BUILT_IN {
        let sets = tsv_form::read(text).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(sets.iter().map(|set| set.concepts().len()).sum::<usize>(), lines);
        for set in sets {
            assert!(!set.source.is_empty() && set.date.len() == 10 && set.oid.contains('.'), "{}", set.name);
            let mut keys: Vec<_> = set.concepts().iter().map(|concept| (&concept.code, &concept.system)).collect();
            keys.dedup();
            assert_eq!(keys.len(), set.concepts().len(), "{} holds a code twice", set.name);
        }
    }
    assert!(CodeSets::built_in().all().count() >= 14);
}

#[test]
fn a_set_is_found_by_oid_by_name_and_by_number() {
    let sets = CodeSets::built_in();
    let name = |key: &str| sets.get(key).map(|set| set.name.as_str());
    for key in ["1.2.250.1.213.1.1.5.590", "J143", "j143", "JDV_J143-AdministrativeGender-CISIS.xml"] {
        assert_eq!(name(key), Some("JDV_J143_AdministrativeGender_CISIS"), "{key}");
    }
    assert_eq!(name("2.16.840.1.113883.1.11.10228"), Some("JDV_HL7_Confidentiality_CISIS"));
    assert_eq!(name("J14"), None);
}

#[test]
fn a_member_is_known_by_code_and_system() {
    let sets = CodeSets::built_in();
    let types = sets.get("J07").unwrap();
    assert!(types.contains("11502-2", "2.16.840.1.113883.6.1"));
    assert!(!types.contains("11502-2", "1.2.3"));
    assert!(types.contains_code("11502-2") && !types.contains_code("11502-20") && !types.contains_code(""));
    assert_eq!(types.nearest("11502-3").map(|near| near.code.as_str()), Some("11502-2"));
    assert_eq!(types.nearest("nothing of the kind"), None);
}

#[test]
fn a_file_of_an_operator_replaces_a_set_or_adds_one() {
    let own = "# name: my genders\n# oid: 1.2.250.1.213.1.1.5.590\nX\t?\n# name: JDV_J999_Own\n# oid: 1.2.3\na\tb\tc\n";
    let sets = CodeSets::built_in().with(CodeSet::read(own.as_bytes()).unwrap());
    assert!(sets.get("J143").unwrap().contains("X", "any system"));
    assert!(!sets.get("J143").unwrap().contains_code("F"));
    let added = Concept { code: "a".to_owned(), system: "b".to_owned(), label: "c".to_owned() };
    assert_eq!(sets.get("J999").unwrap().concepts(), [added]);
    assert!(CodeSets::built_in().get("J143").unwrap().contains_code("F"));
}

#[test]
fn the_published_xml_reads_like_ours() {
    let xml = "<RetrieveValueSetResponse xmlns='urn:ihe:iti:svs:2008'><ValueSet id='1.2.3' displayName='JDV_J1_x.tabs' \
               dateMaj='20210326120000' urlFichier='u'><ConceptList><Concept code='F' codeSystem='1.9' displayName='f'/>\
               </ConceptList></ValueSet></RetrieveValueSetResponse>";
    let tsv = "# name: JDV_J1_x\n# oid: 1.2.3\n# date: 2021-03-26\n# source: u\nF\t1.9\tf\n";
    assert_eq!(CodeSet::read(xml.as_bytes()), CodeSet::read(tsv.as_bytes()));
}

#[test]
fn what_is_no_set_is_told_with_its_line() {
    let line = |text: &str| CodeSet::read(text.as_bytes()).unwrap_err().first().unwrap().line;
    assert_eq!(line("a\tb\n"), 1);
    assert_eq!(line("# name: x\n# oid: 1.2\na b\n"), 3);
    assert_eq!(line("# name: x\n"), 1);
    assert_eq!(line(""), 1);
    assert_eq!(line("<a/>"), 1);
    assert_eq!(
        line("<RetrieveValueSetResponse xmlns='urn:ihe:iti:svs:2008'>\n<ValueSet/></RetrieveValueSetResponse>"),
        2
    );
    assert!(CodeSet::read(b"\xff").is_err());
}
