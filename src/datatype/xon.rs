//! Organisations. Spec: ITI TF-3: Table 4.2.3.1.7-2 "XON".

use crate::datatype::Malformed;
use crate::datatype::oid::is_oid;

/// An organisation: name (XON.1), authority (XON.6), identifier (XON.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xon {
    text: String,
}

impl Xon {
    /// Reads an XON.
    ///
    /// # Errors
    /// [`Malformed`] with neither name nor identifier, or when an identifier that is not an OID lacks its authority `&OID&ISO`.
    /// Whether a name may be missing is for a rule to say.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed { kind: "XON", expected: "name^^^^^&OID&ISO^type^^^identifier" };
        let organisation = Self { text: text.to_owned() };
        let identifier = organisation.identifier();
        let authority_ok = identifier.is_empty() || is_oid(identifier) || is_oid(organisation.authority());
        let named = !organisation.name().is_empty() || !identifier.is_empty();
        let visible = !text.chars().any(char::is_control);
        if named && authority_ok && visible { Ok(organisation) } else { Err(malformed) }
    }

    /// XON.1, empty when absent.
    pub fn name(&self) -> &str {
        self.component(1)
    }

    /// XON.10.
    pub fn identifier(&self) -> &str {
        self.component(10)
    }

    /// The OID within XON.6, empty when absent.
    pub fn authority(&self) -> &str {
        self.component(6).split('&').nth(1).unwrap_or("")
    }

    /// The wire form.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn component(&self, number: usize) -> &str {
        self.text.split('^').nth(number.saturating_sub(1)).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::Xon;

    #[test]
    fn an_organisation_has_a_name_or_an_identifier_and_that_an_authority() {
        let xon = Xon::parse("CENTRE DE SANTE DU PONT^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1759999990").unwrap();
        assert_eq!((xon.identifier(), xon.authority()), ("1759999990", "1.2.250.1.71.4.2.2"));
        for good in ["Cleveland Clinic", "Some Hospital^^^^^^^^^1.2.3.4.5.6.7.8.9.1789.45"] {
            assert!(Xon::parse(good).is_ok(), "{good}");
        }
        assert_eq!(Xon::parse("^^^^^&1.2.3&ISO^^^^1").unwrap().name(), "");
        for bad in ["", "^^^^^&1.2.3&ISO", "^^^^^^^^^1", "Some Hospital^^^^^^^^^1789"] {
            assert!(Xon::parse(bad).is_err(), "{bad}");
        }
    }
}
