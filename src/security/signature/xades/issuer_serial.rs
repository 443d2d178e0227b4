//! `IssuerSerial`, by which signed properties name a certificate: as text, and as the DER of version 2.
//! Spec: ETSI TS 101 903 §7.1.1, EN 319 132-1 §5.2.2, RFC 5035 §4.

use openssl::bn::BigNum;
use openssl::error::ErrorStack;

use crate::security::pki::certificate::Certificate;
use crate::security::pki::name::DistinguishedName;

/// Digits of the longest serial number: twenty octets have forty-nine.
const MOST_DIGITS: usize = 64;

/// Whether issuer and decimal serial number are those of the certificate.
pub(super) fn names(certificate: &Certificate, issuer: &str, serial: &str) -> bool {
    let digits = (1..=MOST_DIGITS).contains(&serial.len()) && serial.bytes().all(|byte| byte.is_ascii_digit());
    let serial = BigNum::from_dec_str(if digits { serial } else { "" }).map(|number| number.to_vec());
    digits
        && serial.is_ok_and(|serial| serial == certificate.serial())
        && DistinguishedName::parse(issuer).is_some_and(|issuer| issuer.matches(certificate.issuer()))
}

/// The decimal form of the serial number.
pub(super) fn decimal_serial(certificate: &Certificate) -> Result<String, ErrorStack> {
    Ok(BigNum::from_slice(certificate.serial())?.to_dec_str()?.to_string())
}

/// The DER that names the certificate.
///
/// ```text
/// IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber INTEGER }
/// GeneralNames ::= SEQUENCE OF GeneralName;  GeneralName ::= [4] Name
/// ```
pub(super) fn der(certificate: &Certificate) -> Result<Vec<u8>, ErrorStack> {
    let name = certificate.x509().issuer_name().to_der()?;
    let mut serial = certificate.serial().to_vec();
    if serial.first().is_none_or(|first| first & 0x80 != 0) {
        serial.insert(0, 0);
    }
    let mut content = tagged(SEQUENCE, &tagged(DIRECTORY_NAME, &name));
    content.extend(tagged(INTEGER, &serial));
    Ok(tagged(SEQUENCE, &content))
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const DIRECTORY_NAME: u8 = 0xa4;

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            // A length has eight octets at most.
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
            out.extend(significant);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::tagged;

    #[test]
    fn lengths_are_written_as_der_has_them() {
        assert_eq!(tagged(2, &[7]), [2, 1, 7]);
        assert_eq!(tagged(2, &[0; 0x7f])[..2], [2, 0x7f]);
        assert_eq!(tagged(2, &[0; 0x80])[..3], [2, 0x81, 0x80]);
        assert_eq!(tagged(2, &[0; 0x1234])[..4], [2, 0x82, 0x12, 0x34]);
    }
}
