//! The test PKI: two authorities under one root, cards of persons, pairs of structures, one server.
//!
//! Modelled on the IGC-Santé: persons and organisations have an authority each, every holder has an authentication
//! and a signature pair under one subject. All names and numbers are invented. Keys are drawn anew on every call and
//! are worth nothing outside tests. Spec: DMP TD0.1, IGC-Santé certificate profiles.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, CrlNumber, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509CrlBuilder, X509Name, X509NameBuilder, X509RevokedBuilder};

/// One file of the test PKI, to be written by whoever asked for it.
pub struct PkiFile {
    /// Path within the directory of the PKI.
    pub path: String,
    /// PEM or TOML.
    pub content: Vec<u8>,
    /// A private key: readable by its owner only.
    pub secret: bool,
}

/// The library under the test PKI refused: no random numbers or no memory.
#[derive(Debug, thiserror::Error)]
#[error("the test PKI could not be made: {0}")]
pub struct IssueError(#[from] ErrorStack);

struct Card {
    name: &'static str,
    identifier: &'static str,
    family: &'static str,
    given: &'static str,
    /// `OU` of the subject: the kind of card, as on cards of the first IGC, or the structure of an employee.
    unit: &'static str,
    profession: &'static str,
    speciality: Option<&'static str>,
    organisation: &'static str,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Valid,
    Revoked,
    Expired,
}

struct Organisation {
    name: &'static str,
    identifier: &'static str,
    label: &'static str,
    sector: &'static str,
}

const DOCTOR: &str = "10^1.2.250.1.71.1.2.7";
const GENERAL_PRACTICE: Option<&str> = Some("SM26^1.2.250.1.71.4.2.5");

#[rustfmt::skip]
const CARDS: &[Card] = &[
    Card { name: "medecin", identifier: "899700000017", family: "DUMONT", given: "ALICE", unit: "Médecin", profession: DOCTOR, speciality: GENERAL_PRACTICE, organisation: "cabinet", state: State::Valid },
    Card { name: "cardiologue", identifier: "899700000025", family: "MOREAU", given: "PAUL", unit: "Médecin", profession: DOCTOR, speciality: Some("SM04^1.2.250.1.71.4.2.5"), organisation: "hopital", state: State::Valid },
    Card { name: "infirmiere", identifier: "899700000033", family: "LEFEVRE", given: "JULIE", unit: "Infirmier", profession: "60^1.2.250.1.71.1.2.7", speciality: None, organisation: "ehpad", state: State::Valid },
    Card { name: "pharmacien", identifier: "899700000041", family: "GARNIER", given: "HUGO", unit: "Pharmacien", profession: "21^1.2.250.1.71.1.2.7", speciality: Some("G^1.2.250.1.71.4.2.6"), organisation: "laboratoire", state: State::Valid },
    Card { name: "dentiste", identifier: "899700000058", family: "ROUX", given: "EMMA", unit: "Chirurgien-Dentiste", profession: "40^1.2.250.1.71.1.2.7", speciality: None, organisation: "cabinet", state: State::Valid },
    Card { name: "kinesitherapeute", identifier: "899700000066", family: "FAURE", given: "NOE", unit: "Masseur-Kinésithérapeute", profession: "70^1.2.250.1.71.1.2.7", speciality: None, organisation: "cabinet", state: State::Valid },
    Card { name: "regulateur", identifier: "899700000074", family: "BLANC", given: "SARA", unit: "Médecin", profession: DOCTOR, speciality: Some("SM59^1.2.250.1.71.4.2.5"), organisation: "hopital", state: State::Valid },
    Card { name: "secretaire", identifier: "699700000017001/0001", family: "PETIT", given: "LINA", unit: "499700000017001", profession: "SECRETARIAT_MEDICAL^1.2.250.1.213.1.1.4.6", speciality: None, organisation: "cabinet", state: State::Valid },
    Card { name: "revoque", identifier: "899700000082", family: "ANDRE", given: "LEO", unit: "Médecin", profession: DOCTOR, speciality: GENERAL_PRACTICE, organisation: "cabinet", state: State::Revoked },
    Card { name: "expire", identifier: "899700000090", family: "SIMON", given: "INES", unit: "Médecin", profession: DOCTOR, speciality: GENERAL_PRACTICE, organisation: "cabinet", state: State::Expired },
];

#[rustfmt::skip]
const ORGANISATIONS: &[Organisation] = &[
    Organisation { name: "cabinet", identifier: "499700000017001", label: "CABINET DU PONT", sector: "SA07^1.2.250.1.71.4.2.4" },
    Organisation { name: "hopital", identifier: "1750099990", label: "HOPITAL DU PONT", sector: "SA01^1.2.250.1.71.4.2.4" },
    Organisation { name: "ehpad", identifier: "1750099982", label: "EHPAD DU PONT", sector: "SA17^1.2.250.1.71.4.2.4" },
    Organisation { name: "laboratoire", identifier: "1750099974", label: "LABORATOIRE DU PONT", sector: "SA25^1.2.250.1.71.4.2.4" },
];

/// Makes the whole test PKI, valid from a day before `now`.
///
/// Some thirty RSA keys are drawn, which takes a few seconds of processor time.
///
/// # Errors
/// [`IssueError`].
pub fn test_pki(now: DateTime<Utc>) -> Result<Vec<PkiFile>, IssueError> {
    let mut keys = draw_keys(4 + 2 * (CARDS.len() + ORGANISATIONS.len()))?.into_iter();
    let mut draw = || keys.next().map_or_else(draw_key, Ok);
    let root = Authority::new(now, "TEST AC RACINE OPEN-DMP ELEMENTAIRE", draw()?, None)?;
    let people = Authority::new(now, "TEST AC OPEN-DMP ELEMENTAIRE PERSONNES", draw()?, Some(&root))?;
    let organisations = Authority::new(now, "TEST AC OPEN-DMP ELEMENTAIRE ORGANISATIONS", draw()?, Some(&root))?;

    let mut files = Vec::new();
    let mut trust = Vec::new();
    for (name, authority) in [("root", &root), ("people", &people), ("organisations", &organisations)] {
        push_pair(&mut files, &format!("ca/{name}"), &authority.certificate, &authority.key)?;
        trust.extend(authority.certificate.to_pem()?);
    }
    files.push(PkiFile { path: "trust.pem".to_owned(), content: trust, secret: false });

    let server = (draw()?, name_of(&[(Nid::COMMONNAME, "localhost")])?);
    let certificate = organisations.issue(&Usage::Server, &server.1, &server.0, period(now, State::Valid))?;
    push_pair(&mut files, "server/tls", &certificate, &server.0)?;

    let mut revoked = Vec::new();
    for card in CARDS {
        for (file, usage) in [("auth", Usage::Authentication), ("sign", Usage::Signature)] {
            let key = draw()?;
            let certificate = people.issue(&usage, &card.subject()?, &key, period(now, card.state))?;
            push_pair(&mut files, &format!("cards/{}/{file}", card.name), &certificate, &key)?;
            if card.state == State::Revoked {
                revoked.push(certificate);
            }
        }
    }
    for organisation in ORGANISATIONS {
        for (file, usage) in [("auth", Usage::Authentication), ("sign", Usage::Signature)] {
            let key = draw()?;
            let certificate = organisations.issue(&usage, &organisation.subject()?, &key, period(now, State::Valid))?;
            push_pair(&mut files, &format!("organisations/{}/{file}", organisation.name), &certificate, &key)?;
        }
    }
    let list = |authority: &Authority, revoked: &[X509]| authority.revocation_list(now, revoked);
    for (path, content) in
        [("ca/people.crl", list(&people, &revoked)?), ("ca/organisations.crl", list(&organisations, &[])?)]
    {
        files.push(PkiFile { path: path.to_owned(), content, secret: false });
    }
    files.push(PkiFile { path: "index.toml".to_owned(), content: index().into_bytes(), secret: false });
    Ok(files)
}

/// Who the holders are, for people and for tools that sign in their name.
fn index() -> String {
    let mut out = String::from("# The holders of this test PKI. All of them are invented.\n");
    // Writing to a String cannot fail.
    for card in CARDS {
        let organisation = ORGANISATIONS.iter().find(|organisation| organisation.name == card.organisation);
        let sector = organisation.map_or("", |organisation| organisation.sector);
        let _ = write!(
            out,
            "\n[cards.{}]\nidentifier = \"{}\"\nfamily = \"{}\"\ngiven = \"{}\"\nprofession = \"{}\"\n",
            card.name, card.identifier, card.family, card.given, card.profession
        );
        if let Some(speciality) = card.speciality {
            let _ = writeln!(out, "speciality = \"{speciality}\"");
        }
        let _ = writeln!(out, "structure = \"{}\"\nsector = \"{sector}\"", card.organisation);
    }
    for organisation in ORGANISATIONS {
        let _ = write!(
            out,
            "\n[organisations.{}]\nidentifier = \"{}\"\nname = \"{}\"\nsector = \"{}\"\n",
            organisation.name, organisation.identifier, organisation.label, organisation.sector
        );
    }
    out
}

impl Card {
    fn subject(&self) -> Result<X509Name, ErrorStack> {
        name_of(&[
            (Nid::ORGANIZATIONALUNITNAME, self.unit),
            (Nid::COMMONNAME, self.identifier),
            (Nid::SURNAME, self.family),
            (Nid::GIVENNAME, self.given),
        ])
    }
}

impl Organisation {
    fn subject(&self) -> Result<X509Name, ErrorStack> {
        name_of(&[(Nid::ORGANIZATIONALUNITNAME, self.identifier), (Nid::COMMONNAME, self.label)])
    }
}

fn name_of(entries: &[(Nid, &str)]) -> Result<X509Name, ErrorStack> {
    let mut name = X509NameBuilder::new()?;
    for (kind, value) in [(Nid::COUNTRYNAME, "FR"), (Nid::ORGANIZATIONNAME, "TEST")].iter().chain(entries) {
        name.append_entry_by_nid(*kind, value)?;
    }
    Ok(name.build())
}

enum Usage {
    Authority,
    Authentication,
    Signature,
    Server,
}

struct Authority {
    certificate: X509,
    key: PKey<Private>,
}

type Period = (DateTime<Utc>, DateTime<Utc>);

fn period(now: DateTime<Utc>, state: State) -> Period {
    match state {
        State::Valid | State::Revoked => (now - TimeDelta::days(1), now + TimeDelta::days(5 * 365)),
        State::Expired => (now - TimeDelta::days(3 * 365), now - TimeDelta::days(1)),
    }
}

impl Authority {
    fn new(now: DateTime<Utc>, name: &str, key: PKey<Private>, above: Option<&Self>) -> Result<Self, ErrorStack> {
        let subject = name_of(&[(Nid::ORGANIZATIONALUNITNAME, "OPEN-DMP TEST"), (Nid::COMMONNAME, name)])?;
        let period = (now - TimeDelta::days(4 * 365), now + TimeDelta::days(10 * 365));
        let (issuer, issuer_key) = above.map_or((None, &key), |above| (Some(&above.certificate), &above.key));
        let certificate = issue(&Usage::Authority, &subject, &key, period, issuer, issuer_key)?;
        Ok(Self { certificate, key })
    }

    fn issue(
        &self,
        usage: &Usage,
        subject: &X509Name,
        key: &PKey<Private>,
        period: Period,
    ) -> Result<X509, ErrorStack> {
        issue(usage, subject, key, period, Some(&self.certificate), &self.key)
    }

    fn revocation_list(&self, now: DateTime<Utc>, revoked: &[X509]) -> Result<Vec<u8>, ErrorStack> {
        let since = asn1_time(now - TimeDelta::hours(1))?;
        let mut list = X509CrlBuilder::new()?;
        list.set_issuer_name(self.certificate.subject_name())?;
        list.set_last_update(&since)?;
        list.set_next_update(asn1_time(now + TimeDelta::days(5 * 365))?.as_ref())?;
        for certificate in revoked {
            let mut entry = X509RevokedBuilder::new()?;
            entry.set_serial_number(certificate.serial_number())?;
            entry.set_revocation_date(&since)?;
            list.add_revoked(entry.build())?;
        }
        list.sort()?;
        let issuer = X509Builder::new()?;
        let identifier =
            AuthorityKeyIdentifier::new().keyid(true).build(&issuer.x509v3_context(Some(&self.certificate), None))?;
        list.append_extension(identifier)?;
        list.append_extension(CrlNumber::new(BigNum::from_u32(1)?)?.build()?)?;
        list.sign(&self.key, MessageDigest::sha256())?;
        list.build()?.to_pem()
    }
}

/// Makes one certificate; `issuer` is none for a root, which signs itself.
fn issue(
    usage: &Usage,
    subject: &X509Name,
    key: &PKey<Private>,
    (from, to): Period,
    issuer: Option<&X509>,
    issuer_key: &PKey<Private>,
) -> Result<X509, ErrorStack> {
    let mut serial = BigNum::new()?;
    serial.rand(120, MsbOption::ONE, false)?;
    let mut builder = X509Builder::new()?;
    builder.set_version(2)?;
    builder.set_serial_number(Asn1Integer::from_bn(&serial)?.as_ref())?;
    builder.set_subject_name(subject)?;
    builder.set_issuer_name(issuer.map_or(subject, |issuer| issuer.subject_name()))?;
    builder.set_pubkey(key)?;
    builder.set_not_before(asn1_time(from)?.as_ref())?;
    builder.set_not_after(asn1_time(to)?.as_ref())?;
    let identifier = SubjectKeyIdentifier::new().build(&builder.x509v3_context(issuer.map(|i| &**i), None))?;
    builder.append_extension(identifier)?;
    if issuer.is_some() {
        let context = builder.x509v3_context(issuer.map(|i| &**i), None);
        let identifier = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
        builder.append_extension(identifier)?;
    }
    usage.extend(&mut builder)?;
    builder.sign(issuer_key, MessageDigest::sha256())?;
    Ok(builder.build())
}

impl Usage {
    fn extend(&self, builder: &mut X509Builder) -> Result<(), ErrorStack> {
        let mut key_usage = KeyUsage::new();
        let mut extended = ExtendedKeyUsage::new();
        match self {
            Self::Authority => {
                builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
                return builder.append_extension(key_usage.critical().key_cert_sign().crl_sign().build()?);
            }
            Self::Authentication => {
                key_usage.digital_signature();
                extended.client_auth();
            }
            Self::Signature => {
                key_usage.digital_signature().non_repudiation();
                extended.email_protection();
            }
            Self::Server => {
                key_usage.digital_signature().key_encipherment();
                extended.server_auth();
                let context = builder.x509v3_context(None, None);
                let names = SubjectAlternativeName::new().dns("localhost").ip("127.0.0.1").ip("::1").build(&context)?;
                builder.append_extension(names)?;
            }
        }
        builder.append_extension(BasicConstraints::new().critical().build()?)?;
        builder.append_extension(key_usage.critical().build()?)?;
        builder.append_extension(extended.build()?)
    }
}

fn asn1_time(at: DateTime<Utc>) -> Result<Asn1Time, ErrorStack> {
    Asn1Time::from_unix(at.timestamp())
}

fn push_pair(files: &mut Vec<PkiFile>, path: &str, certificate: &X509, key: &PKey<Private>) -> Result<(), ErrorStack> {
    files.push(PkiFile { path: format!("{path}.pem"), content: certificate.to_pem()?, secret: false });
    files.push(PkiFile { path: format!("{path}.key"), content: key.private_key_to_pem_pkcs8()?, secret: true });
    Ok(())
}

fn draw_key() -> Result<PKey<Private>, ErrorStack> {
    PKey::from_rsa(Rsa::generate(2048)?)
}

/// Draws the keys on two threads: they are nearly all the time that a test PKI takes.
fn draw_keys(count: usize) -> Result<Vec<PKey<Private>>, ErrorStack> {
    let draw = |count| (0..count).map(|_| draw_key()).collect::<Result<Vec<_>, _>>();
    std::thread::scope(|scope| {
        let other = scope.spawn(move || draw(count / 2));
        let mut keys = draw(count - count / 2)?;
        // A thread that panicked drew nothing; what is missing is drawn when it is asked for.
        keys.extend(other.join().unwrap_or(Ok(Vec::new()))?);
        Ok(keys)
    })
}

#[cfg(test)]
mod tests {
    use super::{CARDS, ORGANISATIONS, index};

    #[test]
    fn the_index_names_every_holder_and_its_structure() {
        let index = index();
        for name in [
            "medecin",
            "cardiologue",
            "infirmiere",
            "pharmacien",
            "dentiste",
            "kinesitherapeute",
            "regulateur",
            "secretaire",
            "revoque",
            "expire",
        ] {
            assert!(index.contains(&format!("[cards.{name}]")), "{name}");
        }
        for name in ["cabinet", "hopital", "ehpad", "laboratoire"] {
            assert!(index.contains(&format!("[organisations.{name}]")), "{name}");
        }
        for card in CARDS {
            assert!(ORGANISATIONS.iter().any(|organisation| organisation.name == card.organisation), "{}", card.name);
        }
    }
}
