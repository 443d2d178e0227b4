//! Registry object identifiers in URN form. Spec: ITI TF-3: Table 4.2.3.1.7-2 "UUID".

use crate::datatype::checked_text;

checked_text!(
    /// The identifier of one version of a registry object: `urn:uuid:` and 32 hexadecimal digits in lower case.
    EntryUuid, kind: "entryUUID", expected: "urn:uuid: and a UUID in lower case", check: is_uuid_urn, debug: shown
);

checked_text!(
    /// The identifier shared by all versions of a registry object (`lid`).
    LogicalId, kind: "logicalId", expected: "urn:uuid: and a UUID in lower case", check: is_uuid_urn, debug: shown
);

impl EntryUuid {
    /// The identifier of the object whose first version this is.
    pub fn to_logical_id(&self) -> LogicalId {
        LogicalId(self.0.clone())
    }

    /// The UUID itself, in a third of the bytes.
    pub fn to_uuid(&self) -> uuid::Uuid {
        // What has the form of the URN is one.
        uuid::Uuid::try_parse(&self.0).unwrap_or_default()
    }

    /// Names an object by a UUID that the caller has drawn.
    pub fn from_uuid(uuid: uuid::Uuid) -> Self {
        Self(uuid.urn().to_string())
    }
}

/// Whether the text has the exact form that the ITI framework gives a UUID: lower case, 45 characters.
pub fn is_uuid_urn(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else {
        return false;
    };
    uuid.len() == 36
        && uuid.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
mod tests {
    use super::EntryUuid;

    #[test]
    fn an_entry_uuid_comes_back_from_its_uuid() {
        let id = EntryUuid::parse("urn:uuid:3b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e21").unwrap();
        assert_eq!(EntryUuid::from_uuid(id.to_uuid()), id);
    }

    #[test]
    fn an_entry_uuid_is_a_lower_case_urn() {
        assert!(EntryUuid::parse("urn:uuid:3b0f6d0e-5c31-4f0a-9d2c-1f6f5f0b7e21").is_ok());
        for bad in
            ["Document01", "urn:uuid:3B0F6D0E-5C31-4F0A-9D2C-1F6F5F0B7E21", "urn:uuid:3b0f6d0e5c314f0a9d2c1f6f5f0b7e21"]
        {
            assert!(EntryUuid::parse(bad).is_err(), "{bad}");
        }
    }
}
