//! The clock and drawn identifiers: the only place of the harness that reads either.

use chrono::{DateTime, TimeDelta, Utc};

use crate::failure::Failure;

/// Now.
#[expect(clippy::disallowed_methods, reason = "the harness is a client: its clock is the machine's")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// An instant as SAML writes it, moved by `seconds` from now.
pub fn instant(seconds: i64) -> String {
    (now() + TimeDelta::seconds(seconds)).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Now as an HL7 DTM: 14 digits, UTC.
pub fn dtm() -> String {
    now().format("%Y%m%d%H%M%S").to_string()
}

/// A random UUID (version 4), lower case.
pub fn uuid() -> Result<String, Failure> {
    let mut b = [0_u8; 16];
    openssl::rand::rand_bytes(&mut b)?;
    let n = u128::from_be_bytes(b) & !(0xF000_u128 << 64) & !(0xC000_u128 << 48)
        | (0x4000_u128 << 64)
        | (0x8000_u128 << 48);
    let hex = format!("{n:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Ok(format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)))
}

/// A new OID, made of a UUID (arc 2.25).
pub fn oid() -> Result<String, Failure> {
    let hex = uuid()?.replace('-', "");
    let number = u128::from_str_radix(&hex, 16).map_err(|e| Failure::Usage(e.to_string()))?;
    Ok(format!("2.25.{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_the_version_and_variant_of_a_random_one() {
        let uuid = uuid().unwrap();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&uuid.as_bytes()[19]));
    }

    #[test]
    fn an_oid_fits_the_64_characters_of_a_unique_id() {
        assert!(oid().unwrap().len() <= 64);
    }
}
