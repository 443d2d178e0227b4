//! The document that is replaced, and the version that replaces it. Spec: DMP TD2.1b; ANS "Structuration minimale", setId and
//! versionNumber.

use crate::dmp::coherence::{Case, Check, Differences, Version, differs};
use crate::xds::metadata::attribute::{association, entry};
use crate::xds::rule::rules;

rules! {
    REPLACED = differs("COH-REPLACED", "the document that is replaced is the parentDocument (RPLC) of the CDA document, and the other way round",
        "DMP TD2.1b, relatedDocument").warning();
    VERSION = differs("COH-VERSION", "a CDA document has the setId of the one that it replaces, and a higher versionNumber",
        "DMP TD2.1b, setId and versionNumber").warning();
}

/// What this family compares.
pub(super) static CHECKS: &[Check] = &[
    Check::new(
        &REPLACED,
        "Désigner le même document remplacé dans relatedDocument (RPLC) et dans l'association RPLC.",
        replaced,
    ),
    Check::new(&VERSION, "Garder le setId du document remplacé et augmenter versionNumber.", version),
];

fn replaced(case: &Case<'_>, differences: &mut Differences<'_>) {
    let parents = &case.header.replaced;
    if case.replaced.is_empty() {
        if let Some(parent) = parents.first() {
            let context = "the document replaces another one, and the submission has no association RPLC for it";
            differences.tell(&association::TARGET_OBJECT, parent.place, context);
        }
        return;
    }
    for unique_id in case.replaced.iter().filter_map(|replaced| replaced.unique_id.as_ref()) {
        let named = parents.iter().flat_map(|parent| &parent.ids).any(|id| id.value.is_unique_id(unique_id.as_str()));
        if !named {
            let place = parents.first().map_or(case.header.place, |parent| parent.place);
            let context = format_args!("{unique_id} is replaced, and is no parentDocument (RPLC) of the document");
            differences.tell(&association::TARGET_OBJECT, place, context);
        }
    }
}

fn version(case: &Case<'_>, differences: &mut Differences<'_>) {
    let Some(own) = Version::of(case.header) else { return };
    let (Some(set_id), Some(number)) = (&case.header.set_id, &case.header.version_number) else { return };
    for former in case.replaced.iter().filter_map(|replaced| replaced.version.as_ref()) {
        if former.set_id != own.set_id {
            let context = "setId is not the one of the document that is replaced";
            differences.tell(&entry::UNIQUE_ID, set_id.place, context);
        } else if own.number <= former.number {
            let context = format_args!(
                "versionNumber is {}, that of the document that is replaced is {}",
                own.number, former.number
            );
            differences.tell(&entry::UNIQUE_ID, number.place, context);
        }
    }
}
