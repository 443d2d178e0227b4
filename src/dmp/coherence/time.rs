//! When the document was made, and when the act took place.

use crate::cda::header::{PointInTime, Stated};
use crate::datatype::dtm::Dtm;
use crate::dmp::coherence::{Case, Check, Differences, differs};
use crate::xds::metadata::attribute::{AttributeRow, entry};
use crate::xds::rule::rules;

rules! {
    CREATION = differs("COH-CREATION-TIME", "creationTime is the effectiveTime of the CDA document, in UTC",
        "DMP TD2.1, creationTime").warning();
    START = differs("COH-SERVICE-START", "serviceStartTime is the beginning of the main act of the CDA document, in UTC",
        "DMP TD2.1, serviceStartTime").warning();
    STOP = differs("COH-SERVICE-STOP", "serviceStopTime is the end of the main act of the CDA document, in UTC",
        "DMP TD2.1, serviceStopTime").warning();
}

/// What this family compares.
pub(super) static CHECKS: &[Check] = &[
    Check::new(
        &CREATION,
        "Reprendre dans creationTime la date effectiveTime du document, en temps universel.",
        creation,
    ),
    Check::new(
        &START,
        "Reprendre dans serviceStartTime le début de l'acte principal du document, en temps universel.",
        start,
    ),
    Check::new(
        &STOP,
        "Reprendre dans serviceStopTime la fin de l'acte principal du document, en temps universel.",
        stop,
    ),
];

fn creation(case: &Case<'_>, differences: &mut Differences<'_>) {
    let stated = case.header.effective_time.as_ref();
    compare(case.entry.creation_time.as_ref(), stated, &entry::CREATION_TIME, differences);
}

fn start(case: &Case<'_>, differences: &mut Differences<'_>) {
    let stated = case.header.service_events.first().and_then(|event| event.start.as_ref());
    compare(case.entry.service_start_time.as_ref(), stated, &entry::SERVICE_START_TIME, differences);
}

fn stop(case: &Case<'_>, differences: &mut Differences<'_>) {
    let stated = case.header.service_events.first().and_then(|event| event.stop.as_ref());
    compare(case.entry.service_stop_time.as_ref(), stated, &entry::SERVICE_STOP_TIME, differences);
}

fn compare(
    sent: Option<&Dtm>,
    stated: Option<&Stated<'_, PointInTime>>,
    attribute: &'static AttributeRow,
    differences: &mut Differences<'_>,
) {
    let Some(stated) = stated else { return };
    if sent.is_some_and(|sent| stated.value.may_be(sent)) {
        return;
    }
    let sent = sent.map_or_else(|| "absent".to_owned(), ToString::to_string);
    let said = stated.value.to_dtm().map_or_else(String::new, |utc| format!(", the document says {utc} (UTC)"));
    differences.tell(attribute, stated.place, format_args!("{} is {sent}{said}", attribute.name));
}
