//! Object identifiers. Spec: ITI TF-3: Table 4.2.3.1.7-2 "OID".

use crate::datatype::checked_text;

checked_text!(
    /// An ISO object identifier in dotted form, at most 64 characters.
    ///
    /// ```
    /// use dmp_gateway::datatype::oid::Oid;
    /// assert!(Oid::parse("1.2.250.1.213.1.4.8").is_ok());
    /// assert!(Oid::parse("1.02.3").is_err());
    /// ```
    Oid, kind: "OID", expected: "digits and dots such as 1.2.250.1.213.1.4.8, at most 64 characters",
    check: is_oid, debug: shown
);

/// Whether the text is an OID: first arc 0, 1 or 2, no leading zeros, at least two arcs, 64 characters.
pub fn is_oid(text: &str) -> bool {
    if text.len() > 64 {
        return false;
    }
    let mut arcs = text.split('.');
    let first = matches!(arcs.next(), Some("0" | "1" | "2"));
    let mut count = 1;
    let rest = arcs.all(|arc| {
        count += 1;
        !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'))
    });
    first && rest && count > 1
}

#[cfg(test)]
mod tests {
    use super::Oid;

    #[test]
    fn an_oid_has_arcs_without_leading_zeros_and_at_most_64_characters() {
        for good in ["1.2", "0.0", "2.16.840.1.113883.1.3", "1.2.250.1.213.1.4.10"] {
            assert!(Oid::parse(good).is_ok(), "{good}");
        }
        let long = format!("1.{}", "2".repeat(63));
        for bad in ["", "1", "3.1", "1..2", "1.2.", "1.02", "a.b", "urn:oid:1.2", long.as_str()] {
            assert!(Oid::parse(bad).is_err(), "{bad}");
        }
    }
}
