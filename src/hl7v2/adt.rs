//! The patient identity feed: which identity a message makes known, which it merges. Spec: ITI TF-2: 3.8; HL7 2.3.1 chapter 3.
//!
//! Of a patient only the identifiers are read: PID-3 and MRG-1. Names, addresses and visits stay in the message.

use crate::datatype::cx::PatientId;
use crate::datatype::identities::{Identities, NotOneMore};
use crate::datatype::oid::Oid;
use crate::hl7v2::rule::{self, Refusal, Rule};
use crate::hl7v2::segment::{Message, Part, Place, Segment};

/// A trigger event that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A01: admission of an in-patient.
    Admit,
    /// A04: registration of an out-patient.
    Register,
    /// A05: pre-admission.
    PreAdmit,
    /// A08: update of patient information.
    Update,
    /// A40: merge of two identifiers.
    Merge,
}

/// MSH-9, second component, and what it means.
const EVENTS: &[(&str, Event)] = &[
    ("A01", Event::Admit),
    ("A04", Event::Register),
    ("A05", Event::PreAdmit),
    ("A08", Event::Update),
    ("A40", Event::Merge),
];

impl Event {
    /// The event of MSH-9.
    pub fn parse(text: &str) -> Option<Self> {
        EVENTS.iter().find(|(code, _)| *code == text).map(|(_, event)| *event)
    }

    /// The wire form.
    pub fn as_str(self) -> &'static str {
        EVENTS.iter().find(|(_, event)| *event == self).map_or("", |(code, _)| code)
    }
}

/// What a message says of identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feed {
    /// These are identities of a patient, one for each assigning authority of the domain.
    Announce(Vec<PatientId>),
    /// These were found to be one patient's.
    Merge(Vec<Merge>),
}

/// One pair of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// MRG-1: it ends.
    pub subsumed: PatientId,
    /// PID-3: it stays.
    pub surviving: PatientId,
    /// Which PID and MRG of the message, from 1.
    pub group: usize,
}

/// The most pairs of one message: all of them are one change.
const MOST_MERGES: usize = 1000;

/// Where the identifiers of a patient stand.
pub const PATIENT: Place = Place::field("PID", 3);
/// Where the identifiers that end stand.
pub const SUBSUMED: Place = Place::field("MRG", 1);

/// Reads the identities of a message. Those of other domains than `authorities` are passed over.
///
/// # Errors
/// The first rule that is broken.
pub fn decode(message: &Message<'_>, authorities: &[Oid]) -> Result<(Event, Feed), Refusal> {
    let event = Event::parse(message.header(9).component(2).raw());
    let event = event.ok_or(rule::EVENT.broken_at(Place::field("MSH", 9)))?;
    let feed = match event {
        Event::Admit | Event::Register | Event::PreAdmit | Event::Update => {
            let mut patients = message.segments().filter(|segment| segment.name() == "PID");
            let (Some(patient), None) = (patients.next(), patients.next()) else {
                return Err(rule::PID_ONCE.broken_at(Place::segment("PID")));
            };
            Feed::Announce(identities(patient.field(3), PATIENT, authorities)?.into_vec())
        }
        Event::Merge => Feed::Merge(merges(message, authorities)?),
    };
    Ok((event, feed))
}

/// PID and MRG, pair by pair.
fn merges(message: &Message<'_>, authorities: &[Oid]) -> Result<Vec<Merge>, Refusal> {
    let mut merges = Vec::new();
    let (mut group, mut waiting): (usize, Option<Segment<'_>>) = (0, None);
    for segment in message.segments() {
        match (segment.name(), waiting) {
            ("PID", None) => {
                group += 1;
                waiting = Some(segment);
            }
            ("MRG", Some(patient)) => {
                let surviving = identities(patient.field(3), PATIENT.of(group), authorities)?;
                let subsumed = identities(segment.field(1), SUBSUMED.of(group), authorities)?;
                for subsumed in subsumed.into_vec() {
                    if merges.len() == MOST_MERGES {
                        return Err(rule::MANY_MERGES.broken_at(SUBSUMED.of(group)));
                    }
                    let surviving = surviving.successor_of(&subsumed).cloned();
                    let surviving = surviving.ok_or(rule::PARTNER.broken_at(SUBSUMED.of(group)))?;
                    merges.push(Merge { subsumed, surviving, group });
                }
                waiting = None;
            }
            ("PID", Some(_)) | ("MRG", None) => {
                return Err(rule::PID_THEN_MRG.broken_at(Place::segment("MRG").of(group.max(1))));
            }
            _ => {}
        }
    }
    match (group, waiting) {
        (0, _) => Err(rule::PID_THEN_MRG.broken_at(Place::segment("PID"))),
        (_, Some(_)) => Err(rule::PID_THEN_MRG.broken_at(Place::segment("MRG").of(group))),
        (_, None) => Ok(merges),
    }
}

/// The identities of a field that are of this domain, one for each authority.
fn identities(field: Part<'_>, place: Place, authorities: &[Oid]) -> Result<Identities, Refusal> {
    let broken = |rule: &'static Rule| rule.broken_at(place);
    let mut named = false;
    let mut identities = Identities::default();
    for repetition in field.repetitions().filter(|repetition| !repetition.is_empty()) {
        named = true;
        let Some(authority) = authority(repetition.component(4)) else { continue };
        if !authorities.is_empty() && !authorities.contains(&authority) {
            continue;
        }
        let id = repetition.component(1);
        if id.is_empty() {
            return Err(broken(&rule::IDENTIFIER));
        }
        let identity = PatientId::new(id.value().trim_matches(' '), authority).map_err(|_| broken(&rule::FORM))?;
        identities.add(identity).map_err(|why| match why {
            NotOneMore::Ambiguous => broken(&rule::ONE_OF_EACH),
            NotOneMore::TooMany => broken(&rule::MANY_IDENTITIES),
        })?;
    }
    match (named, identities.is_empty()) {
        (false, _) => Err(broken(&rule::IDENTIFIER)),
        (true, true) => Err(broken(&rule::AUTHORITY)),
        (true, false) => Ok(identities),
    }
}

/// `namespace&OID&ISO`. A type that is not written is tolerated where the identifier is an OID; a namespace alone names no domain.
fn authority(component: Part<'_>) -> Option<Oid> {
    let kind = component.subcomponent(3);
    if !kind.is_empty() && !kind.raw().eq_ignore_ascii_case("ISO") {
        return None;
    }
    let id = component.subcomponent(2);
    Oid::parse(id.raw().trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::{Event, Feed, decode};
    use crate::datatype::oid::Oid;
    use crate::hl7v2::segment::Message;

    const OURS: &str = "1.3.6.1.4.1.21367.13.20.1000";
    const ALSO_OURS: &str = "1.3.6.1.4.1.21367.13.20.2000";

    fn read(event: &str, segments: &str) -> Result<Feed, String> {
        read_for(event, segments, &[OURS, ALSO_OURS].map(|oid| Oid::parse(oid).unwrap()))
    }

    fn read_for(event: &str, segments: &str, authorities: &[Oid]) -> Result<Feed, String> {
        let segments = segments.replace('@', &format!("^^^&{OURS}&ISO")).replace('%', &format!("^^^&{ALSO_OURS}&ISO"));
        let text = format!("MSH|^~\\&|A|B|C|D|1||ADT^{event}|1|P|2.3.1\rEVN|{event}|1\r{segments}");
        let message = Message::parse(&text).unwrap();
        decode(&message, authorities)
            .map(|(_, feed)| feed)
            .map_err(|refusal| format!("{} {}", refusal.rule.id, refusal.place))
    }

    #[track_caller]
    fn announces(segments: &str, expected: &[&str]) {
        let Ok(Feed::Announce(identities)) = read("A01", segments) else { panic!("{:?}", read("A01", segments)) };
        let identities: Vec<String> =
            identities.iter().map(|one| format!("{}@{}", one.id(), one.authority())).collect();
        let expected: Vec<String> = expected
            .iter()
            .map(|one| one.replace("@1", &format!("@{OURS}")).replace("@2", &format!("@{ALSO_OURS}")))
            .collect();
        assert_eq!(identities, expected);
    }

    #[track_caller]
    fn merges(segments: &str, expected: &[(&str, &str)]) {
        let Ok(Feed::Merge(merges)) = read("A40", segments) else { panic!("{:?}", read("A40", segments)) };
        let pairs: Vec<(&str, &str)> = merges.iter().map(|merge| (merge.subsumed.id(), merge.surviving.id())).collect();
        assert_eq!(pairs, expected);
    }

    #[track_caller]
    fn refuses(event: &str, segments: &str, expected: &str) {
        assert_eq!(read(event, segments).unwrap_err(), expected, "{segments}");
    }

    #[test]
    fn each_event_is_read_by_its_name() {
        for name in ["A01", "A04", "A05", "A08", "A40"] {
            assert_eq!(Event::parse(name).unwrap().as_str(), name);
        }
        refuses("A02", "PID|||x@", "HL7-MSH-09-2 MSH-9");
        refuses("", "PID|||x@", "HL7-MSH-09-2 MSH-9");
    }

    #[test]
    fn among_several_identifiers_that_of_the_domain_is_chosen() {
        announces("PID|1||x@", &["x@1"]);
        announces("PID|1||0004471^^^HOSP&1.2.250.1.999.77.1.2&ISO^PI~x@~local", &["x@1"]);
        announces("PID|1||x@^PI~y%^NH", &["x@1", "y@2"]);
        announces("PID|1||x@~x@^PI^^20200101", &["x@1"]);
        announces(&format!("PID|1||x^^^HOSP&{OURS}&iso"), &["x@1"]);
        announces(&format!("PID|1||x^^^&{OURS}"), &["x@1"]);
        announces("PID|1|| x y @", &["x y@1"]);
    }

    #[test]
    fn an_identifier_that_is_missing_foreign_or_malformed_is_refused_by_its_field() {
        refuses("A04", "PID|1", "PIF-ID-01 PID-3");
        refuses("A04", "PID|1||\"\"", "PIF-ID-01 PID-3");
        refuses("A04", "PID|1||@", "PIF-ID-01 PID-3");
        refuses("A04", "PID|1||x", "PIF-ID-02 PID-3");
        refuses("A04", "PID|1||x^^^&1.2.3&ISO", "PIF-ID-02 PID-3");
        refuses("A04", &format!("PID|1||x^^^{OURS}"), "PIF-ID-02 PID-3");
        refuses("A04", &format!("PID|1||x^^^&{OURS}&DNS"), "PIF-ID-02 PID-3");
        refuses("A04", "PID|1||x@~y@", "PIF-ID-04 PID-3");
        refuses("A04", &format!("PID|1||{}@", "x".repeat(129)), "PIF-ID-03 PID-3");
    }

    #[test]
    fn an_escaped_delimiter_makes_no_other_identity() {
        refuses("A04", "PID|1||x\\S\\\\S\\\\S\\\\T\\1.2.3\\T\\ISO\\S\\@", "PIF-ID-03 PID-3");
        refuses("A04", "PID|1||x\\R\\y@", "PIF-ID-03 PID-3");
        refuses("A04", "PID|1||x\\X0B\\@", "PIF-ID-03 PID-3");
    }

    #[test]
    fn an_announcement_has_one_patient() {
        refuses("A01", "EVN||1", "PIF-PID-01 PID");
        refuses("A08", "PID|1||x@\rPID|2||y@", "PIF-PID-01 PID");
    }

    #[test]
    fn a_merge_pairs_what_ends_with_what_stays() {
        merges("PID|1||new@\rMRG|old@", &[("old", "new")]);
        merges("PID|1||new@\rPD1|\rMRG|old@\rPV1|", &[("old", "new")]);
        merges("PID|1||a@\rMRG|b@\rPID|2||c@\rMRG|d@", &[("b", "a"), ("d", "c")]);
        merges("PID|1||a@~b%\rMRG|c@~d%", &[("c", "a"), ("d", "b")]);
        merges("PID|1||a@\rMRG|d%", &[("d", "a")]);
    }

    #[test]
    fn a_merge_without_its_pairs_is_refused() {
        refuses("A40", "PV1|1", "PIF-MRG-01 PID");
        refuses("A40", "PID|1||a@", "PIF-MRG-01 MRG");
        refuses("A40", "MRG|b@", "PIF-MRG-01 MRG");
        refuses("A40", "PID|1||a@\rMRG|b@\rPID|2||c@", "PIF-MRG-01 MRG(2)");
        refuses("A40", "PID|1||a@\rPID|2||c@\rMRG|b@", "PIF-MRG-01 MRG");
        refuses("A40", "PID|1||a@\rMRG|b@\rMRG|c@", "PIF-MRG-01 MRG");
        refuses("A40", "PID|1||a@\rMRG|b^^^&1.2.3&ISO", "PIF-ID-02 MRG-1");
        refuses("A40", "PID|1||a@\rMRG|", "PIF-ID-01 MRG-1");
        refuses("A40", "PID|1||a@\rMRG|b@\rPID|2||c^^^&1.2.3&ISO\rMRG|d@", "PIF-ID-02 PID(2)-3");
    }

    #[test]
    fn where_every_authority_is_taken_the_identifiers_of_a_message_are_bounded() {
        let ids = |count: usize| (1..=count).map(|at| format!("x^^^&1.2.{at}&ISO~")).collect::<Vec<_>>().concat();
        assert!(read_for("A01", &format!("PID|1||{}", ids(100)), &[]).is_ok());
        let refused = read_for("A01", &format!("PID|1||{}", ids(101)), &[]).unwrap_err();
        assert_eq!(refused.split_once(' '), Some(("PIF-ID-06", "PID-3")));
        let merge =
            |pairs: usize| read_for("A40", &format!("PID|1||y^^^&1.3&ISO\rMRG|{}\r", ids(100)).repeat(pairs), &[]);
        assert!(matches!(merge(10), Ok(Feed::Merge(merges)) if merges.len() == 1000));
        assert_eq!(merge(11).unwrap_err().split_once(' '), Some(("PIF-MRG-02", "MRG(11)-1")));
    }
}
