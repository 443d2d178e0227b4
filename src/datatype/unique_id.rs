//! `uniqueId` of documents, submission sets and folders. Spec: ITI TF-3: 4.2.3.2.26.

use crate::datatype::checked_text;
use crate::datatype::oid::is_oid;

checked_text!(
    /// The identifier of a document, a submission set or a folder: an OID, `root^extension`, a URN or a URI.
    ///
    /// The framework calls it opaque; only its length (128, as the field needs for `root^extension`) and
    /// its characters are bounded, so that nothing unprintable is stored or echoed.
    UniqueId, kind: "uniqueId", expected: "1 to 128 visible characters, such as an OID or root^extension",
    check: is_unique_id, debug: shown
);

checked_text!(
    /// The OID of a repository.
    RepositoryUniqueId, kind: "repositoryUniqueId", expected: "an OID", check: is_oid, debug: shown
);

checked_text!(
    /// The community of a gateway, `urn:oid:` and an OID.
    HomeCommunityId, kind: "homeCommunityId", expected: "urn:oid: and an OID",
    check: |text| text.strip_prefix("urn:oid:").is_some_and(is_oid), debug: shown
);

fn is_unique_id(text: &str) -> bool {
    (1..=128).contains(&text.chars().count()) && text.chars().all(|c| !c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::UniqueId;

    #[test]
    fn a_unique_id_is_opaque_but_short_and_visible() {
        let long = "1".repeat(129);
        for good in ["1.2.3", "1.2.250.1.999.77^ABC-1", "urn:uuid:3b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e21"] {
            assert!(UniqueId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a\nb", long.as_str()] {
            assert!(UniqueId::parse(bad).is_err(), "{bad}");
        }
    }
}
