//! Distinguished names, compared the way real clients force it: as a set, tolerant on what encodings damage.
//!
//! The same subject is sent as RFC 2253, in reversed order, with `ST` or `S`, with attributes as hexadecimal
//! T61 strings, and with accents lost on the way. A name never grants anything here by itself: it is compared
//! with the subject of a certificate that was verified. Spec: DMP TD0.1 Issuer, RFC 2253.

/// A subject or issuer name: its attributes, whatever their order and their grouping in RDNs.
#[derive(Clone)]
pub struct DistinguishedName {
    /// Dotted OID and value, in the order that was read.
    entries: Vec<(String, String)>,
    /// What is compared: OID and folded value, sorted.
    folded: Vec<(String, String)>,
}

/// Keywords of attribute types in text forms, by OID. The first of an OID is the one written.
const KEYWORDS: &[(&str, &str)] = &[
    ("CN", COMMON_NAME),
    ("SN", SURNAME),
    ("SURNAME", SURNAME),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("S", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", ORGANISATION),
    ("OU", UNIT),
    ("TITLE", "2.5.4.12"),
    ("T", "2.5.4.12"),
    ("GN", GIVEN_NAME),
    ("G", GIVEN_NAME),
    ("GIVENNAME", GIVEN_NAME),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
    ("E", "1.2.840.113549.1.9.1"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
];

/// `commonName`.
pub const COMMON_NAME: &str = "2.5.4.3";
/// `surname`.
pub const SURNAME: &str = "2.5.4.4";
/// `organizationName`.
pub const ORGANISATION: &str = "2.5.4.10";
/// `organizationalUnitName`.
pub const UNIT: &str = "2.5.4.11";
/// `givenName`.
pub const GIVEN_NAME: &str = "2.5.4.42";

impl DistinguishedName {
    /// Reads the name of a certificate, with openssl's tolerance for sets that are not in DER order.
    pub fn of(name: &openssl::x509::X509NameRef) -> Self {
        let value_of = |entry: &openssl::x509::X509NameEntryRef| {
            let data = entry.data();
            data.to_string().unwrap_or_else(|_| String::from_utf8_lossy(data.as_slice()).into_owned())
        };
        // The binding gives the type of an entry as a name or in dotted form; the object of that text has the bytes.
        let kind_of = |entry: &openssl::x509::X509NameEntryRef| {
            let text = entry.object().to_string();
            openssl::asn1::Asn1Object::from_str(&text).map_or(text, |object| dotted(object.as_slice()))
        };
        Self::new(name.entries().map(|entry| (kind_of(entry), value_of(entry))).collect())
    }

    /// Reads a text form. `None` when it is not `TYPE=value` throughout.
    ///
    /// ```text
    /// name = rdn *( ("," / ";") rdn );  rdn = pair *( "+" pair );  pair = type "=" ( "#" hex / quoted / text )
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let pairs: Option<Vec<_>> = split(text).into_iter().map(pair).collect();
        pairs.filter(|pairs| !pairs.is_empty()).map(Self::new)
    }

    fn new(entries: Vec<(String, String)>) -> Self {
        let mut folded: Vec<_> = entries.iter().map(|(kind, value)| (kind.clone(), fold(value))).collect();
        folded.sort_unstable();
        Self { entries, folded }
    }

    /// The first value of an attribute type given by its OID.
    pub fn value(&self, kind: &str) -> Option<&str> {
        self.entries.iter().find(|(known, _)| known == kind).map(|(_, value)| value.as_str())
    }

    /// Whether both name the same holder: the same attributes, letter case, spaces and everything that is not
    /// ASCII apart.
    pub fn matches(&self, other: &Self) -> bool {
        self.folded == other.folded
    }

    /// The form of RFC 2253: last attribute first, reserved characters escaped.
    pub fn to_rfc2253(&self) -> String {
        let pairs: Vec<String> = self.entries.iter().rev().map(|(kind, value)| written(kind, value)).collect();
        pairs.join(",")
    }
}

impl std::fmt::Debug for DistinguishedName {
    /// Shows no value: the subject of a card is the name of a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DistinguishedName({} attributes)", self.entries.len())
    }
}

fn written(kind: &str, value: &str) -> String {
    let keyword = KEYWORDS.iter().find(|(_, oid)| *oid == kind).map_or(kind, |(keyword, _)| keyword);
    let mut out = format!("{keyword}=");
    let last = value.chars().count().saturating_sub(1);
    for (at, character) in value.chars().enumerate() {
        let reserved = matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';');
        if reserved || (at == 0 && matches!(character, '#' | ' ')) || (at == last && character == ' ') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// What remains of a value when the damage seen in the field is taken away: letter case, runs of spaces, and each
/// run of characters that are not ASCII (or the `?` they became) as one `?`.
fn fold(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for character in value.trim().chars() {
        let folded = match character {
            '?' => '?',
            space if space.is_whitespace() => ' ',
            ascii if ascii.is_ascii() => ascii.to_ascii_lowercase(),
            _ => '?',
        };
        let run = matches!(folded, '?' | ' ') && out.ends_with(folded);
        if !run {
            out.push(folded);
        }
    }
    out
}

/// Splits at `,`, `;` and `+` that are neither escaped nor quoted.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b';' | b'+' if !quoted => {
                parts.push(text.get(start..at).unwrap_or(""));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or(""));
    parts
}

fn pair(text: &str) -> Option<(String, String)> {
    let (kind, value) = text.split_once('=')?;
    let kind = kind.trim().to_ascii_uppercase();
    let kind = kind.strip_prefix("OID.").unwrap_or(&kind);
    let known = KEYWORDS.iter().find(|(keyword, _)| *keyword == kind).map(|(_, oid)| *oid);
    let is_oid = kind.contains('.') && kind.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let kind = known.or(is_oid.then_some(kind))?;
    let value = value.trim();
    let value = if let Some(hex) = value.strip_prefix('#') {
        der_string(&bytes_of_hex(hex)?)?
    } else if let Some(quoted) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        unescape(&quoted.replace("\"\"", "\""))
    } else {
        unescape(value)
    };
    Some((kind.to_owned(), value))
}

/// `\,` and `\C3`: an escaped character, or one byte in hexadecimal.
fn unescape(value: &str) -> String {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        out.extend_from_slice(plain.as_bytes());
        if let Some((byte, after)) = hexadecimal_pair(escaped) {
            out.push(byte);
            rest = after;
        } else {
            // The escaped character is copied as it stands, a backslash included.
            let width = escaped.chars().next().map_or(0, char::len_utf8);
            let (character, after) = escaped.split_at_checked(width).unwrap_or((escaped, ""));
            out.extend_from_slice(character.as_bytes());
            rest = after;
        }
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

fn hexadecimal_pair(text: &str) -> Option<(u8, &str)> {
    let (pair, after) = text.split_at_checked(2)?;
    pair.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
    Some((u8::from_str_radix(pair, 16).ok()?, after))
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// Reads a DER string of up to 127 bytes: UTF-8, BMP (UTF-16), or one byte a character (T61 is read as Latin-1,
/// which is what the cards hold).
fn der_string(der: &[u8]) -> Option<String> {
    let (tag, length, content) = (der.first()?, der.get(1)?, der.get(2..)?);
    if usize::from(*length) != content.len() {
        return None;
    }
    match tag {
        0x0c => Some(String::from_utf8_lossy(content).into_owned()),
        0x1e => {
            let units: Vec<u16> =
                content.chunks(2).filter_map(|unit| Some(u16::from_be_bytes(unit.try_into().ok()?))).collect();
            Some(String::from_utf16_lossy(&units))
        }
        0x13 | 0x14 | 0x16 => Some(content.iter().map(|byte| char::from(*byte)).collect()),
        _ => None,
    }
}

/// The dotted form of an OID from its DER content.
fn dotted(der: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc: u64 = 0;
    for byte in der {
        arc = arc.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first);
                arc -= first * 40;
            }
            arcs.push(arc);
            arc = 0;
        }
    }
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::{COMMON_NAME, DistinguishedName};

    fn name(text: &str) -> DistinguishedName {
        DistinguishedName::parse(text).unwrap()
    }

    #[test]
    fn the_forms_that_clients_send_name_the_same_holder() {
        let reference = name("CN=signature-dmp,OU=1759999990,O=CENTRE DE SANTE DU PONT,ST=Rhône (69),C=FR");
        for same in [
            "C=FR, ST=Rhône (69), O=CENTRE DE SANTE DU PONT, OU=1759999990, CN=signature-dmp",
            "CN=signature-dmp, OU=1759999990, O=CENTRE DE SANTE DU PONT, S=Rh?ne (69), C=FR",
            "CN=signature-dmp,OU=1759999990,O=Centre de  sante du pont,2.5.4.8=Rh\u{fffd}\u{fffd}ne (69),C=FR",
            "CN=signature-dmp,OU=1759999990,O=CENTRE DE SANTE DU PONT,ST=Rh\\C3\\B4ne (69),C=FR",
            "CN=\"signature-dmp\";OU=1759999990;O=\"CENTRE DE SANTE DU PONT\";OID.2.5.4.8=RhÃ´ne (69);C=FR",
            "CN=signature-dmp,OU=1759999990,O=CENTRE DE SANTE DU PONT,ST=#140a5268f46e652028363929,C=FR",
        ] {
            assert!(reference.matches(&name(same)), "{same}");
        }
        for other in [
            "CN=signature-dmp,OU=1759999991,O=CENTRE DE SANTE DU PONT,ST=Rhône (69),C=FR",
            "CN=signature-dmp,OU=1759999990,O=CENTRE DE SANTE DU PONT,C=FR",
            "CN=signature-dmp,OU=1759999990,OU=1759999990,O=CENTRE DE SANTE DU PONT,ST=Rhône (69),C=FR",
            "OU=signature-dmp,CN=1759999990,O=CENTRE DE SANTE DU PONT,ST=Rhône (69),C=FR",
        ] {
            assert!(!reference.matches(&name(other)), "{other}");
        }
    }

    #[test]
    fn a_multi_valued_rdn_with_hexadecimal_values_is_read() {
        let sent = name("C=FR,O=TEST,OU=M?decin,CN=899700000017+2.5.4.4=#140644554d4f4e54+2.5.4.42=#1405414c494345");
        assert!(sent.matches(&name("CN=899700000017,SN=DUMONT,GN=ALICE,OU=Médecin,O=TEST,C=FR")));
        assert_eq!(sent.value(COMMON_NAME), Some("899700000017"));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let strange = name("CN=a\\,b\\+c\\\\ \\\"d\\\" é,OU=\\#x,O=TEST,C=FR");
        assert_eq!(strange.value(COMMON_NAME), Some("a,b+c\\ \"d\" é"));
        assert!(strange.matches(&name(&strange.to_rfc2253())));
    }

    #[test]
    fn a_text_that_is_no_name_is_refused() {
        for bad in ["", "899700000017", "CN", "X=1", "CN=a,,C=FR", "CN=#14", "CN=#1402zz", "CN=#14ff00", "1..2"] {
            assert!(DistinguishedName::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_name() {
        assert!(!format!("{:?}", name("CN=1,SN=DUMONT")).contains("DUMONT"));
    }
}
