//! Who a certificate proves: a person (CPS, CPF, CPE card) or an organisation (structure, application server).
//! Spec: DMP TD0.1, IGC-Santé certificate profiles.

use crate::security::pki::name::{COMMON_NAME, DistinguishedName, GIVEN_NAME, SURNAME, UNIT};

/// The holder of a verified certificate.
#[derive(Clone, PartialEq, Eq)]
pub enum Holder {
    /// The person of a card.
    Person {
        /// `PS_IdNat`, or `structure/internal id` of an employee: the common name.
        identifier: String,
        /// Surname, absent on cards without a name.
        family: Option<String>,
        /// Given name, absent on cards without a name.
        given: Option<String>,
        /// `Struct_IdNat`, on cards that name the structure instead of the kind of card.
        structure: Option<String>,
    },
    /// A structure.
    Organisation {
        /// `Struct_IdNat`: the organisational unit.
        identifier: String,
        /// The common name, which the structure chose.
        name: String,
    },
}

impl Holder {
    /// Reads the holder from the names of a certificate. `None` for a certificate that is neither, such as that of
    /// a server.
    ///
    /// The authority decides first, since it issues one kind only; the shape of the subject decides under
    /// authorities that do not say their kind (old IGC-CPS).
    pub(in crate::security::pki) fn of(subject: &DistinguishedName, issuer: &DistinguishedName) -> Option<Self> {
        let text = |kind| subject.value(kind).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
        let issued_by = |word| issuer.value(COMMON_NAME).is_some_and(|name| name.ends_with(word));
        let named = text(SURNAME).is_some() && text(GIVEN_NAME).is_some();
        if issued_by("PERSONNES") || (named && !issued_by("ORGANISATIONS")) {
            let structure = text(UNIT).filter(|unit| is_structure_identifier(unit));
            Some(Self::Person {
                identifier: text(COMMON_NAME)?,
                family: text(SURNAME),
                given: text(GIVEN_NAME),
                structure,
            })
        } else {
            Some(Self::Organisation { identifier: text(UNIT)?, name: text(COMMON_NAME)? })
        }
    }

    /// The identifier that the certificate proves.
    pub fn identifier(&self) -> &str {
        match self {
            Self::Person { identifier, .. } | Self::Organisation { identifier, .. } => identifier,
        }
    }
}

/// `Struct_IdNat`: a digit that says the kind, then at least eight letters or digits. Letters occur in test values.
fn is_structure_identifier(text: &str) -> bool {
    text.len() >= 9
        && text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl std::fmt::Debug for Holder {
    /// Shows the kind only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person { .. } => f.write_str("Person(…)"),
            Self::Organisation { .. } => f.write_str("Organisation(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Holder;
    use crate::security::pki::name::DistinguishedName;

    fn holder(subject: &str, issuer: &str) -> Option<Holder> {
        Holder::of(&DistinguishedName::parse(subject).unwrap(), &DistinguishedName::parse(issuer).unwrap())
    }

    const PERSONS: &str = "CN=TEST AC IGC-SANTE ELEMENTAIRE PERSONNES,C=FR";
    const ORGANISATIONS: &str = "CN=TEST AC IGC-SANTE ELEMENTAIRE ORGANISATIONS,C=FR";

    fn is_person(holder: Option<Holder>, identifier: &str) -> bool {
        matches!(holder, Some(Holder::Person { identifier: read, .. }) if read == identifier)
    }

    fn is_organisation(holder: Option<Holder>, identifier: &str) -> bool {
        matches!(holder, Some(Holder::Organisation { identifier: read, .. }) if read == identifier)
    }

    #[test]
    fn the_shapes_of_real_certificates_are_told_apart() {
        assert!(is_person(holder("C=FR,O=TEST,OU=Médecin,CN=1+SN=A+GN=B", "CN=TEST CLASSE-1,C=FR"), "1"));
        assert!(is_person(holder("C=FR,TITLE=Médecin,GN=A+SN=B+CN=899700000017", PERSONS), "899700000017"));
        assert!(is_person(holder("C=FR,O=CLINIQUE,OU=1759999990,CN=0012/0034", PERSONS), "0012/0034"));
        let structure = "C=FR,ST=Paris (75),O=CENTRE,OU=1759999990,CN=signature-dmp";
        assert!(is_organisation(holder(structure, ORGANISATIONS), "1759999990"));
        assert!(is_organisation(holder("OU=1759999990,SN=A,GN=B,CN=x", ORGANISATIONS), "1759999990"));
        assert_eq!(holder("C=FR,O=TEST,CN=localhost", ORGANISATIONS), None);
    }

    #[test]
    fn a_card_names_its_structure_only_when_the_unit_is_an_identifier() {
        let structure = |unit: &str| match holder(&format!("OU={unit},SN=A,GN=B,CN=1"), PERSONS) {
            Some(Holder::Person { structure, .. }) => structure,
            other => panic!("{other:?}"),
        };
        assert_eq!(structure("1759999990").as_deref(), Some("1759999990"));
        assert_eq!(structure("00B1234567").as_deref(), Some("00B1234567"));
        for kind in ["Médecin", "CPE", "0002 187512751"] {
            assert_eq!(structure(kind), None, "{kind}");
        }
    }
}
