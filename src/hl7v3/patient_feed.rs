//! Which identities a message makes known, and which it merges. Spec: ITI TF-2: 3.44.4.1.2, 3.44.4.2.2.

use crate::datatype::cx::PatientId;
use crate::datatype::identities::{Identities, NotOneMore};
use crate::datatype::oid::Oid;
use crate::hl7v3::interaction::Interaction;
use crate::hl7v3::rule::{self, Refusal, Rule};
use crate::hl7v3::transmission::{InstanceId, Transmission};
use crate::xml::document::{Node, child, children, plain_attribute};
use crate::xml::location::Location;
use crate::xml::namespace::HL7V3;

/// A message of the feed, as far as it could be read.
#[derive(Debug)]
pub struct PatientFeed {
    /// Its wrapper.
    pub transmission: Transmission,
    /// What it says, or the first rule that it breaks.
    pub content: Result<Content, Refusal>,
}

/// What a message says, and where.
#[derive(Debug)]
pub struct Content {
    /// What it says.
    pub feed: Feed,
    /// Where the identities stand that are announced or survive.
    pub staying: Location,
    event: Location,
    replacements: usize,
}

/// What a message says of identities.
#[derive(Debug, PartialEq, Eq)]
pub enum Feed {
    /// These are identities of a patient, one for each assigning authority of the domain.
    Announce(Vec<PatientId>),
    /// These were found to be one patient's.
    Merge(Vec<Merge>),
}

/// One pair of a merge.
#[derive(Debug, PartialEq, Eq)]
pub struct Merge {
    /// It ends.
    pub subsumed: PatientId,
    /// It stays.
    pub surviving: PatientId,
    /// Which `replacementOf` of the message, from 1.
    pub group: usize,
}

/// The most pairs of one message: all of them are one change.
const MOST_MERGES: usize = 1000;

/// From a `replacementOf` to the role that ends.
const ENDED: [&str; 3] = ["priorRegistration", "subject1", "priorRegisteredRole"];

/// Reads the body of a message whose root element is one of the feed's. Identities of other domains than `authorities` are passed
/// over; without any, all are taken.
pub fn decode(message: Node<'_, '_>, authorities: &[Oid]) -> PatientFeed {
    PatientFeed { transmission: Transmission::read(message), content: content(message, authorities) }
}

impl Content {
    /// Where the identity stands that ends by one pair of the merge, from 0, as an `XPath` of local names.
    pub fn ending(&self, at: usize) -> Option<String> {
        let Feed::Merge(merges) = &self.feed else { return None };
        let group = merges.get(at)?.group;
        let position = if self.replacements > 1 { format!("[{group}]") } else { String::new() };
        Some(format!("{}/replacementOf{position}/{}", self.event.xpath, ENDED.join("/")))
    }
}

fn content(message: Node<'_, '_>, authorities: &[Oid]) -> Result<Content, Refusal> {
    let name = message.tag_name().name();
    let interaction = Interaction::parse(name).ok_or_else(|| broken(&rule::INTERACTION, message))?;
    let id = only(message, "id").ok_or_else(|| broken(&rule::MESSAGE_ID, message))?;
    InstanceId::of(id).ok_or_else(|| broken(&rule::MESSAGE_ID, id))?;
    let declared = child(message, HL7V3, "interactionId").and_then(|id| plain_attribute(id, "extension"));
    if declared != Some(name) {
        return Err(broken(&rule::INTERACTION, message));
    }
    let no_patient = || broken(&rule::PATIENT, message);
    let event = ["controlActProcess", "subject", "registrationEvent"];
    let event = event.into_iter().try_fold(message, only).ok_or_else(no_patient)?;
    let patient = ["subject1", "patient"].into_iter().try_fold(event, only).ok_or_else(no_patient)?;
    let staying = identities(patient, authorities)?;
    let feed = match interaction {
        Interaction::Added | Interaction::Revised => Feed::Announce(staying.into_vec()),
        Interaction::DuplicatesResolved => Feed::Merge(merges(event, &staying, authorities)?),
    };
    let replacements = children(event, HL7V3, "replacementOf").count();
    Ok(Content { feed, staying: Location::of(patient), event: Location::of(event), replacements })
}

fn merges(event: Node<'_, '_>, surviving: &Identities, authorities: &[Oid]) -> Result<Vec<Merge>, Refusal> {
    let mut merges = Vec::new();
    for (at, replacement) in children(event, HL7V3, "replacementOf").enumerate() {
        let role = ENDED.into_iter().try_fold(replacement, only);
        let role = role.ok_or_else(|| broken(&rule::REPLACED, replacement))?;
        for subsumed in identities(role, authorities)?.into_vec() {
            if merges.len() == MOST_MERGES {
                return Err(broken(&rule::MANY_MERGES, replacement));
            }
            let surviving = surviving.successor_of(&subsumed).cloned();
            let surviving = surviving.ok_or_else(|| broken(&rule::PARTNER, role))?;
            merges.push(Merge { subsumed, surviving, group: at + 1 });
        }
    }
    if merges.is_empty() { Err(broken(&rule::REPLACED, event)) } else { Ok(merges) }
}

/// The identities of a role that are of this domain, one for each authority.
fn identities(role: Node<'_, '_>, authorities: &[Oid]) -> Result<Identities, Refusal> {
    let mut named = false;
    let mut identities = Identities::default();
    for element in children(role, HL7V3, "id") {
        let Some(id) = InstanceId::of(element) else { continue };
        named = true;
        let Ok(authority) = Oid::parse(&id.root) else { continue };
        if !authorities.is_empty() && !authorities.contains(&authority) {
            continue;
        }
        let extension = id.extension.as_deref().ok_or_else(|| broken(&rule::IDENTIFIER, element))?;
        let identity = PatientId::new(extension.trim_matches(' '), authority);
        let identity = identity.map_err(|_| broken(&rule::FORM, element))?;
        identities.add(identity).map_err(|why| match why {
            NotOneMore::Ambiguous => broken(&rule::ONE_OF_EACH, element),
            NotOneMore::TooMany => broken(&rule::MANY_IDENTITIES, element),
        })?;
    }
    match (named, identities.is_empty()) {
        (false, _) => Err(broken(&rule::IDENTIFIER, role)),
        (true, true) => Err(broken(&rule::AUTHORITY, role)),
        (true, false) => Ok(identities),
    }
}

/// The place of an element costs a walk over those beside it: it is looked for only where a rule is broken.
fn broken(rule: &'static Rule, element: Node<'_, '_>) -> Refusal {
    rule.broken_at(Location::of(element))
}

/// The only child element of that name.
fn only<'a, 'input>(parent: Node<'a, 'input>, local: &'static str) -> Option<Node<'a, 'input>> {
    let mut found = children(parent, HL7V3, local);
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::{Feed, decode};
    use crate::datatype::oid::Oid;
    use crate::xml::document::Document;
    use crate::xml::limits::Limits;

    const WRAPPER: &str = "<id root='1.9' extension='m1'/><interactionId root='2.16.840.1.113883.1.6' extension='#'/>";

    fn read(name: &str, event: &str) -> Result<Feed, String> {
        read_whole(&whole(name, event))
    }

    fn whole(name: &str, event: &str) -> String {
        let wrapper = WRAPPER.replace('#', name);
        format!(
            "<{name} xmlns='urn:hl7-org:v3'>{wrapper}<controlActProcess><subject><registrationEvent>{event}</registrationEvent></subject></controlActProcess></{name}>"
        )
    }

    fn read_whole(text: &str) -> Result<Feed, String> {
        read_for(text, &["1.2.1", "1.2.2"].map(|oid| Oid::parse(oid).unwrap()))
    }

    fn read_for(text: &str, authorities: &[Oid]) -> Result<Feed, String> {
        let document = Document::parse(text, &Limits::default()).unwrap();
        let place = |refusal: super::Refusal| {
            format!("{} {}", refusal.rule.id, refusal.location.xpath.rsplit('/').next().unwrap())
        };
        decode(document.root(), authorities).content.map(|content| content.feed).map_err(place)
    }

    fn patient(ids: &str) -> String {
        format!("<subject1><patient>{ids}<statusCode code='active'/></patient></subject1>")
    }

    fn replaced(ids: &str) -> String {
        format!(
            "<replacementOf><priorRegistration><subject1><priorRegisteredRole>{ids}</priorRegisteredRole></subject1></priorRegistration></replacementOf>"
        )
    }

    const ADD: &str = "PRPA_IN201301UV02";
    const MERGE: &str = "PRPA_IN201304UV02";
    const ID: &str = "<id root='1.2.1' extension='a'/>";

    #[test]
    fn the_ids_of_the_domain_are_found_among_others() {
        let ids = format!(
            "<id root='1.3' extension='x'/><id root='1.2.3-uuid' extension='x'/>{ID}{ID}<id root='1.2.2' extension=' b '/>"
        );
        for name in [ADD, "PRPA_IN201302UV02"] {
            let Ok(Feed::Announce(found)) = read(name, &patient(&ids)) else { panic!("{name}") };
            let found: Vec<&str> = found.iter().map(super::PatientId::id).collect();
            assert_eq!(found, ["a", "b"]);
        }
    }

    #[test]
    fn a_patient_without_an_id_of_the_domain_is_refused_by_its_element() {
        let refused = |ids: &str| read(ADD, &patient(ids)).unwrap_err();
        assert_eq!(refused(""), "HL7V3-PAT-02 patient");
        assert_eq!(refused("<id nullFlavor='UNK'/>"), "HL7V3-PAT-02 patient");
        assert_eq!(refused("<id root='1.2.1'/>"), "HL7V3-PAT-02 id");
        assert_eq!(refused("<id root='1.3' extension='a'/>"), "HL7V3-PAT-03 patient");
        assert_eq!(refused("<id root='1.2.1' extension='a^^^&amp;1.2.2&amp;ISO^'/>"), "HL7V3-PAT-04 id");
        assert_eq!(refused(&format!("{ID}<id root='1.2.1' extension='b'/>")), "HL7V3-PAT-05 id[2]");
    }

    #[test]
    fn a_message_without_its_parts_is_refused() {
        assert_eq!(read(ADD, "").unwrap_err(), "HL7V3-PAT-01 PRPA_IN201301UV02");
        let two = format!("{}{}", patient(ID), patient(ID));
        assert_eq!(read(ADD, &two).unwrap_err(), "HL7V3-PAT-01 PRPA_IN201301UV02");
        let whole = |inside: &str| read_whole(&format!("<{ADD} xmlns='urn:hl7-org:v3'>{inside}</{ADD}>")).unwrap_err();
        assert_eq!(whole(""), "HL7V3-MSG-01 PRPA_IN201301UV02");
        assert_eq!(whole("<id extension='x'/>"), "HL7V3-MSG-01 id");
        assert_eq!(whole(&WRAPPER.replace('#', MERGE)), "HL7V3-MSG-02 PRPA_IN201301UV02");
        assert_eq!(read_whole("<x xmlns='urn:hl7-org:v3'/>").unwrap_err(), "HL7V3-MSG-02 x");
    }

    #[test]
    fn a_merge_pairs_what_ends_with_what_stays() {
        let merges = |event: &str| match read(MERGE, event) {
            Ok(Feed::Merge(merges)) => {
                merges.iter().map(|one| format!("{}>{}", one.subsumed.id(), one.surviving.id())).collect()
            }
            other => vec![format!("{other:?}")],
        };
        let old = "<id root='1.2.1' extension='old'/>";
        assert_eq!(merges(&format!("{}{}", patient(ID), replaced(old))), ["old>a"]);
        assert_eq!(
            merges(&format!("{}{}{}", patient(ID), replaced(old), replaced("<id root='1.2.2' extension='x'/>"))),
            ["old>a", "x>a"]
        );
        let refused = |event: &str| read(MERGE, event).unwrap_err();
        assert_eq!(refused(&patient(ID)), "HL7V3-MRG-01 registrationEvent");
        assert_eq!(refused(&format!("{}<replacementOf/>", patient(ID))), "HL7V3-MRG-01 replacementOf");
        assert_eq!(refused(&format!("{}{}", patient(ID), replaced(""))), "HL7V3-PAT-02 priorRegisteredRole");
        assert_eq!(
            refused(&format!("{}{}", patient(ID), replaced("<id root='1.3' extension='x'/>"))),
            "HL7V3-PAT-03 priorRegisteredRole"
        );
    }

    #[test]
    fn where_every_authority_is_taken_the_ids_of_a_message_are_bounded() {
        let id = |at: usize| format!("<id root='1.2.{at}' extension='x'/>");
        let ids = |count: usize| (1..=count).map(id).collect::<Vec<_>>().concat();
        let read = |name: &str, event: &str| read_for(&whole(name, event), &[]);
        assert!(read(ADD, &patient(&ids(100))).is_ok());
        let refused = read(ADD, &patient(&ids(101))).unwrap_err();
        assert_eq!(refused.split_once(' '), Some(("HL7V3-PAT-06", "id[101]")));
        let merge = |roles: usize| {
            read(MERGE, &format!("{}{}", patient("<id root='1.3' extension='y'/>"), replaced(&ids(100)).repeat(roles)))
        };
        assert!(matches!(merge(10), Ok(Feed::Merge(merges)) if merges.len() == 1000));
        assert_eq!(merge(11).unwrap_err().split_once(' '), Some(("HL7V3-MRG-03", "replacementOf[11]")));
    }

    #[test]
    fn a_message_that_holds_nothing_but_ids_is_read_in_one_pass() {
        // A place for each of them would cost a walk over all of them: hours, in a message of this size.
        let event = patient(&"<id root='1.2.1' extension='a'/>".repeat(190_000));
        assert!(matches!(read(ADD, &event), Ok(Feed::Announce(found)) if found.len() == 1));
    }

    #[test]
    fn no_debug_of_a_message_shows_an_id_of_a_patient() {
        let text = whole(
            MERGE,
            &format!(
                "{}{}",
                patient("<id root='1.2.1' extension='SECRET1'/>"),
                replaced("<id root='1.2.1' extension='SECRET2'/>")
            ),
        );
        let document = Document::parse(&text, &Limits::default()).unwrap();
        let shown = format!("{:?}", decode(document.root(), &[]));
        assert!(shown.contains("Merge") && !shown.contains("SECRET"), "{shown}");
    }
}
