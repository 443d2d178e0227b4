//! Which identities a message makes known, and which it merges. Spec: ITI TF-2: 3.44.4.1.2, 3.44.4.2.2.

use crate::datatype::cx::PatientId;
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
    content: Result<Content, Refusal>,
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
}

/// The ids of a message, of whatever domain.
#[derive(Debug)]
struct Content {
    interaction: Interaction,
    patient: Ids,
    replaced: Vec<Ids>,
}

/// The ids of one role and where they stand.
#[derive(Debug)]
struct Ids {
    role: Location,
    ids: Vec<(Option<InstanceId>, Location)>,
}

/// Reads the body of a message whose root element is one of the feed's.
pub fn decode(message: Node<'_, '_>) -> PatientFeed {
    PatientFeed { transmission: Transmission::read(message), content: content(message) }
}

impl PatientFeed {
    /// What the message says of the identities of a domain; those of others are passed over.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn of_domain(&self, authorities: &[Oid]) -> Result<Feed, Refusal> {
        let content = self.content.as_ref().map_err(Clone::clone)?;
        let surviving = content.patient.identities(authorities)?;
        match content.interaction {
            Interaction::Added | Interaction::Revised => Ok(Feed::Announce(surviving)),
            Interaction::DuplicatesResolved => {
                let mut merges = Vec::new();
                for replaced in &content.replaced {
                    for subsumed in replaced.identities(authorities)? {
                        let surviving = partner(&subsumed, &surviving)
                            .ok_or_else(|| rule::PARTNER.broken_at(&replaced.role))?
                            .clone();
                        merges.push(Merge { subsumed, surviving });
                    }
                }
                Ok(Feed::Merge(merges))
            }
        }
    }

    /// Where the identities stand that the message announces or lets survive.
    pub fn staying(&self) -> Option<&Location> {
        self.content.as_ref().ok().map(|content| &content.patient.role)
    }

    /// Where an identity stands that ends.
    pub fn ending(&self) -> Option<&Location> {
        self.content.as_ref().ok().and_then(|content| content.replaced.first()).map(|replaced| &replaced.role)
    }
}

fn content(message: Node<'_, '_>) -> Result<Content, Refusal> {
    let here = Location::of(message);
    let name = message.tag_name().name();
    let interaction = Interaction::parse(name).ok_or_else(|| rule::INTERACTION.broken_at(&here))?;
    let id = only(message, "id").ok_or_else(|| rule::MESSAGE_ID.broken_at(&here))?;
    InstanceId::of(id).ok_or_else(|| rule::MESSAGE_ID.broken_at(&Location::of(id)))?;
    let declared = child(message, HL7V3, "interactionId").and_then(|id| plain_attribute(id, "extension"));
    if declared != Some(name) {
        return Err(rule::INTERACTION.broken_at(&here));
    }
    let no_patient = || rule::PATIENT.broken_at(&here);
    let event = ["controlActProcess", "subject", "registrationEvent"];
    let event = event.into_iter().try_fold(message, only).ok_or_else(no_patient)?;
    let patient = ["subject1", "patient"].into_iter().try_fold(event, only).ok_or_else(no_patient)?;
    let replaced = match interaction {
        Interaction::Added | Interaction::Revised => Vec::new(),
        Interaction::DuplicatesResolved => {
            let replaced: Vec<Ids> = children(event, HL7V3, "replacementOf").map(ended).collect::<Result<_, _>>()?;
            if replaced.is_empty() {
                return Err(rule::REPLACED.broken_at(&Location::of(event)));
            }
            replaced
        }
    };
    Ok(Content { interaction, patient: Ids::of(patient), replaced })
}

fn ended(replacement: Node<'_, '_>) -> Result<Ids, Refusal> {
    let role = ["priorRegistration", "subject1", "priorRegisteredRole"].into_iter().try_fold(replacement, only);
    role.map(Ids::of).ok_or_else(|| rule::REPLACED.broken_at(&Location::of(replacement)))
}

/// The only child element of that name.
fn only<'a, 'input>(parent: Node<'a, 'input>, local: &'static str) -> Option<Node<'a, 'input>> {
    let mut found = children(parent, HL7V3, local);
    found.next().filter(|_| found.next().is_none())
}

/// The surviving identity of the same authority, or the only one there is.
fn partner<'s>(subsumed: &PatientId, surviving: &'s [PatientId]) -> Option<&'s PatientId> {
    let same = surviving.iter().find(|identity| identity.authority() == subsumed.authority());
    same.or(match surviving {
        [only] => Some(only),
        _ => None,
    })
}

impl Ids {
    fn of(role: Node<'_, '_>) -> Self {
        let ids = children(role, HL7V3, "id").map(|id| (InstanceId::of(id), Location::of(id))).collect();
        Self { role: Location::of(role), ids }
    }

    /// The identities of the domain, one for each authority.
    fn identities(&self, authorities: &[Oid]) -> Result<Vec<PatientId>, Refusal> {
        let broken = |rule: &'static Rule, at: &Location| rule.broken_at(at);
        let mut named = false;
        let mut identities: Vec<PatientId> = Vec::new();
        for (id, at) in &self.ids {
            let Some(id) = id else { continue };
            named = true;
            let Ok(authority) = Oid::parse(&id.root) else { continue };
            if !authorities.is_empty() && !authorities.contains(&authority) {
                continue;
            }
            let extension = id.extension.as_deref().ok_or_else(|| broken(&rule::IDENTIFIER, at))?;
            let identity = PatientId::new(extension.trim_matches(' '), authority);
            let identity = identity.map_err(|_| broken(&rule::FORM, at))?;
            match identities.iter().find(|other| other.authority() == identity.authority()) {
                None => identities.push(identity),
                Some(same) if *same == identity => {}
                Some(_) => return Err(broken(&rule::ONE_OF_EACH, at)),
            }
        }
        match (named, identities.is_empty()) {
            (false, _) => Err(broken(&rule::IDENTIFIER, &self.role)),
            (true, true) => Err(broken(&rule::AUTHORITY, &self.role)),
            (true, false) => Ok(identities),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Feed, decode};
    use crate::datatype::oid::Oid;
    use crate::xml::document::Document;
    use crate::xml::limits::Limits;

    const WRAPPER: &str = "<id root='1.9' extension='m1'/><interactionId root='2.16.840.1.113883.1.6' extension='#'/>";

    fn read(name: &str, event: &str) -> Result<Feed, String> {
        let wrapper = WRAPPER.replace('#', name);
        read_whole(&format!(
            "<{name} xmlns='urn:hl7-org:v3'>{wrapper}<controlActProcess><subject><registrationEvent>{event}</registrationEvent></subject></controlActProcess></{name}>"
        ))
    }

    fn read_whole(text: &str) -> Result<Feed, String> {
        let document = Document::parse(text, &Limits::default()).unwrap();
        let authorities = ["1.2.1", "1.2.2"].map(|oid| Oid::parse(oid).unwrap());
        let place = |refusal: super::Refusal| {
            format!("{} {}", refusal.rule.id, refusal.location.xpath.rsplit('/').next().unwrap())
        };
        decode(document.root()).of_domain(&authorities).map_err(place)
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
}
