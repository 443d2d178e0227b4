//! What the rules of metadata demand, in French: for the editors who read reports on their submissions.
//!
//! A table beside the command line, since answers on the wire are English. Whoever adds a rule adds a line; a test counts.

use crate::xds::error::Profile;
use crate::xds::metadata::attribute::{AttributeRow, Cardinality, TABLE};

/// What a rule demands; nothing for a rule that the table lacks.
pub(super) fn sentence(rule: &str, profile: Profile) -> Option<String> {
    let lines = include_str!("french.tsv").lines().filter_map(|line| line.split_once('\t'));
    let written = lines.into_iter().find(|(id, _)| *id == rule).map(|(_, sentence)| sentence.to_owned());
    written.or_else(|| TABLE.iter().find(|row| row.rule.id == rule).map(|row| of_attribute(row, profile)))
}

fn of_attribute(row: &AttributeRow, profile: Profile) -> String {
    let (times, whose) = match profile {
        Profile::Dmp => (row.dmp, "le profil DMP"),
        Profile::Ihe => (row.source, "le profil IHE"),
    };
    let (object, name, data_type) = (row.object.as_str(), row.name, row.data_type.as_str());
    format!("Donner à {object}.{name} la forme voulue ({data_type}), {} dans {whose}.", how_often(times))
}

fn how_often(times: Cardinality) -> String {
    match (times.min, times.max) {
        (0, 0) => "sans qu'il figure".to_owned(),
        (1, 1) => "exactement une fois".to_owned(),
        (0, 1) => "une fois au plus".to_owned(),
        (0, usize::MAX) => "autant de fois que nécessaire".to_owned(),
        (1, usize::MAX) => "au moins une fois".to_owned(),
        (min, max) => format!("de {min} à {max} fois"),
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;
    use crate::xds::error::Profile;
    use crate::xds::{metadata, rule};

    #[test]
    fn every_rule_that_speaks_of_metadata_is_said_in_french() {
        let rows = metadata::attribute::TABLE.iter().map(|row| row.rule.id);
        for id in rule::all().map(|rule| rule.id).chain(rows) {
            for profile in [Profile::Dmp, Profile::Ihe] {
                let said = sentence(id, profile).unwrap_or_else(|| panic!("{id} has no line in french.tsv"));
                assert!(said.ends_with('.') && said.len() > 20, "{id}: {said}");
            }
        }
    }

    #[test]
    fn every_line_is_of_a_rule_and_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        for line in include_str!("french.tsv").lines().filter(|line| !line.starts_with('#')) {
            let (id, _) = line.split_once('\t').unwrap();
            assert!(rule::all().any(|rule| rule.id == id), "{id} is no rule");
            assert!(seen.insert(id), "{id} stands twice");
        }
    }

    #[test]
    fn an_attribute_is_said_with_its_number_in_the_profile() {
        let said = sentence("DE-CONFIDENTIALITY-CODE", Profile::Dmp).unwrap();
        assert!(said.contains("DocumentEntry.confidentialityCode") && said.contains("de 1 à 4 fois"), "{said}");
        assert!(sentence("DE-CONFIDENTIALITY-CODE", Profile::Ihe).unwrap().contains("au moins une fois"));
        assert_eq!(sentence("NOWHERE", Profile::Dmp), None);
    }
}
