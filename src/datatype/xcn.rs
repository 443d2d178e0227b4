//! Persons with an identifier. Spec: ITI TF-3: Table 4.2.3.1.7-2 "XCN".

use crate::datatype::Malformed;
use crate::datatype::oid::is_oid;

/// A person as XDS names one: identifier, names, authority. Names are kept and never compared.
#[derive(Clone, PartialEq, Eq)]
pub struct Xcn {
    text: String,
}

impl Xcn {
    /// Reads an XCN: an identifier (XCN.1) or a family name (XCN.2), and an authority in the form `&OID&ISO`.
    ///
    /// # Errors
    /// [`Malformed`] when both are empty or the authority (XCN.9) is in another form.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed { kind: "XCN", expected: "identifier^family^given^^^^^^&OID&ISO…" };
        let person = Self { text: text.to_owned() };
        let named = !person.component(1).is_empty() || !person.component(2).is_empty();
        let authority = person.component(9);
        let authority_ok =
            authority.is_empty() || authority.split('&').nth(1).is_some_and(is_oid) && authority.ends_with("&ISO");
        let visible = !text.chars().any(char::is_control);
        if named && authority_ok && visible { Ok(person) } else { Err(malformed) }
    }

    /// XCN.1.
    pub fn identifier(&self) -> &str {
        self.component(1)
    }

    /// XCN.2.
    pub fn family(&self) -> &str {
        self.component(2)
    }

    /// The OID within XCN.9, empty when absent.
    pub fn authority(&self) -> &str {
        self.component(9).split('&').nth(1).unwrap_or("")
    }

    /// XCN.13, such as `IDNPS`.
    pub fn identifier_type(&self) -> &str {
        self.component(13)
    }

    /// The wire form.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn component(&self, number: usize) -> &str {
        self.text.split('^').nth(number.saturating_sub(1)).unwrap_or("")
    }
}

impl std::fmt::Debug for Xcn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Xcn(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Xcn;

    #[test]
    fn a_person_has_an_identifier_or_a_family_name() {
        let person = Xcn::parse("899700000017^DUMONT^ALICE^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS").unwrap();
        assert_eq!(
            (person.identifier(), person.authority(), person.identifier_type()),
            ("899700000017", "1.2.250.1.71.4.2.1", "IDNPS")
        );
        for good in ["^Smitty^Gerald^^^", "11375^^^^^^^^&1.2.840.113619.6.197&ISO", "^Dopplemeyer^Sherry"] {
            assert!(Xcn::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "^^Gerald", "1^A^B^^^^^^HOSP", "1^A^B^^^^^^&1.2.3&DNS"] {
            assert!(Xcn::parse(bad).is_err(), "{bad}");
        }
    }
}
