//! Identifiers with an assigning authority. Spec: ITI TF-3: Table 4.2.3.1.7-2 "CX".

use crate::datatype::Malformed;
use crate::datatype::oid::Oid;

/// `id^^^&authority&ISO[^type…]`. Components after the authority are kept but never compared:
/// real clients add an effective date there.
#[derive(Clone, PartialEq, Eq)]
pub struct Cx {
    id: String,
    authority: Oid,
    type_code: Option<String>,
}

/// The identity of a patient in a domain: the first and fourth component of a CX, and nothing else.
///
/// Two CX name the same patient if and only if their `PatientId` are equal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PatientId {
    id: String,
    authority: Oid,
}

const MALFORMED: Malformed = Malformed { kind: "CX", expected: "id^^^&OID&ISO" };

impl Cx {
    /// Reads `id^^^&OID&ISO`, with or without an identifier type (CX.5) and further components.
    ///
    /// # Errors
    /// [`Malformed`] when the id is empty, components 2 or 3 are used, or the authority is not `&OID&ISO`.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut components = text.split('^');
        let id = components.next().filter(|id| is_identifier(id)).ok_or(MALFORMED)?;
        let unused = [components.next(), components.next()];
        if unused != [Some(""), Some("")] {
            return Err(MALFORMED);
        }
        let authority = components.next().ok_or(MALFORMED)?;
        let oid = authority.strip_prefix('&').and_then(|rest| rest.strip_suffix("&ISO")).ok_or(MALFORMED)?;
        let authority = Oid::parse(oid).map_err(|_| MALFORMED)?;
        let type_code = components.next().filter(|code| !code.is_empty()).map(str::to_owned);
        Ok(Self { id: id.to_owned(), authority, type_code })
    }

    /// CX.1.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The OID within CX.4.
    pub fn authority(&self) -> &Oid {
        &self.authority
    }

    /// CX.5, such as `NH` for an INS or `PI` for a local identifier.
    pub fn type_code(&self) -> Option<&str> {
        self.type_code.as_deref()
    }

    /// What identifies the patient.
    pub fn to_patient_id(&self) -> PatientId {
        PatientId { id: self.id.clone(), authority: self.authority.clone() }
    }
}

impl PatientId {
    /// An identity from its two parts, as messages give them that are not written in CX.
    ///
    /// # Errors
    /// [`Malformed`] when the identifier could not stand in a CX.
    pub fn new(id: &str, authority: Oid) -> Result<Self, Malformed> {
        if is_identifier(id) && !id.contains('^') { Ok(Self { id: id.to_owned(), authority }) } else { Err(MALFORMED) }
    }

    /// Reads a CX and keeps what identifies the patient.
    ///
    /// # Errors
    /// Those of [`Cx::parse`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        Cx::parse(text).map(|cx| cx.to_patient_id())
    }

    /// CX.1.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The assigning authority.
    pub fn authority(&self) -> &Oid {
        &self.authority
    }
}

fn is_identifier(text: &str) -> bool {
    (1..=128).contains(&text.len()) && !text.contains(['&', '~', '|']) && !text.chars().any(char::is_control)
}

impl std::fmt::Display for PatientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}^^^&{}&ISO", self.id, self.authority)
    }
}

impl std::fmt::Display for Cx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}^^^&{}&ISO", self.id, self.authority)?;
        self.type_code.as_ref().map_or(Ok(()), |code| write!(f, "^{code}"))
    }
}

impl std::fmt::Debug for Cx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cx(…^^^&{}&ISO)", self.authority)
    }
}

impl std::fmt::Debug for PatientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PatientId(…^^^&{}&ISO)", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cx, Oid, PatientId};

    #[test]
    fn a_date_after_the_identifier_type_does_not_make_another_patient() {
        let plain = PatientId::parse("284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH").unwrap();
        let dated = PatientId::parse("284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH^^20100907").unwrap();
        let bare = PatientId::parse("284067510512388^^^&1.2.250.1.213.1.4.10&ISO").unwrap();
        assert_eq!(plain, dated);
        assert_eq!(plain, bare);
        assert_eq!(plain.to_string(), "284067510512388^^^&1.2.250.1.213.1.4.10&ISO");
    }

    #[test]
    fn an_identifier_without_its_authority_is_refused() {
        for bad in [
            "",
            "123",
            "123^^^",
            "^^^&1.2.3&ISO",
            "1^x^^&1.2.3&ISO",
            "1^^^&1.2.3&DNS",
            "1^^^HOSP&1.2.3&ISO",
            "1^^^&1&ISO",
        ] {
            assert!(Cx::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_identity_of_two_parts_is_the_one_that_its_cx_names() {
        let authority = Oid::parse("1.2.3").unwrap();
        let identity = PatientId::new("a", authority.clone()).unwrap();
        assert_eq!(PatientId::parse(&identity.to_string()).unwrap(), identity);
        for bad in ["", "a^^^&1.2.4&ISO^", "a&b", "a|b", "a~b", "a\u{b}"] {
            assert!(PatientId::new(bad, authority.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_patient() {
        let cx = Cx::parse("284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH").unwrap();
        assert!(!format!("{cx:?} {:?}", cx.to_patient_id()).contains("284067510512388"));
    }
}
