//! One signed VIHF, made without a canonicaliser: the text is written so that it *is* its own exclusive canonical form.
//!
//! No prefix is declared that is not used in a name, empty elements have an end tag, attributes stand in canonical
//! order, and no value needs escaping beyond what C14N itself writes. What a server has to canonicalise (whitespace,
//! entities, other prefixes) is tested in the gateway's own tests; here the point is a second, independent signer.
//! Spec: DMP TD0.1; XML Signature; Exclusive XML Canonicalization 1.0.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::{MessageDigest, hash};
use openssl::nid::Nid;
use openssl::sign::Signer;
use openssl::x509::X509;

use crate::failure::Failure;
use crate::pki::{Card, Pair};
use crate::soap::escape;
use crate::time;

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// What an assertion says, before it is signed. `Vihf::of` makes a right one; plans then change one thing.
#[derive(Clone)]
pub struct Vihf {
    /// `Authentification_mode`.
    pub mode: String,
    /// The patient, a CX; nothing for transactions that concern nobody in particular.
    pub patient: Option<String>,
    /// `purposeofuse`.
    pub purpose: String,
    /// Seconds from now at which the assertion claims to be issued and its user to have authenticated.
    pub issued: i64,
    /// `Identifiant_Structure`.
    pub structure: String,
    card: Card,
}

impl Vihf {
    /// A right one, mode directe, for the holder of `card`.
    pub fn of(card: &Card, patient: &str) -> Self {
        Self {
            mode: "DIRECTE".to_owned(),
            patient: Some(patient.to_owned()),
            purpose: "normal".to_owned(),
            issued: 0,
            structure: card.organisation.identifier.clone(),
            card: card.clone(),
        }
    }

    /// The assertion, enveloping its signature by `signer`.
    pub fn signed_by(&self, signer: &Pair) -> Result<String, Failure> {
        let id = format!("_{}", time::uuid()?);
        let (before, after) = self.text(&id, &signer.certificate);
        let digest = digest_of(format!("{before}{after}").as_bytes())?;
        let signature = signature(&id, &digest, signer)?;
        Ok(format!("{before}{signature}{after}"))
    }

    /// The assertion without a signature, issued by the holder of the TLS certificate.
    pub fn unsigned(&self, authentication: &Pair) -> Result<String, Failure> {
        let (before, after) = self.text(&format!("_{}", time::uuid()?), &authentication.certificate);
        Ok(before + &after)
    }

    /// The text up to and including `Issuer`, and the text after it: the signature stands between.
    fn text(&self, id: &str, certificate: &X509) -> (String, String) {
        let instant = time::instant(self.issued);
        let before = format!(
            "<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" IssueInstant=\"{instant}\" \
             Version=\"2.0\"><saml2:Issuer Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName\">{}</saml2:Issuer>",
            escape_text(&distinguished_name(certificate)),
        );
        let class = if self.mode == "DIRECTE" { "SmartcardPKI" } else { "Password" };
        let declaration = if self.mode == "INDIRECTE_RENFORCEE" {
            "<saml2:AuthnContextDecl>APP_BROWSER_AUTH</saml2:AuthnContextDecl>"
        } else {
            ""
        };
        let facts = &self.card.facts;
        let after = format!(
            "<saml2:Subject><saml2:NameID>{}</saml2:NameID></saml2:Subject><saml2:AuthnStatement AuthnInstant=\"{instant}\">\
             <saml2:AuthnContext><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:{class}\
             </saml2:AuthnContextClassRef>{declaration}</saml2:AuthnContext></saml2:AuthnStatement>\
             <saml2:AttributeStatement>{}</saml2:AttributeStatement></saml2:Assertion>",
            escape_text(&facts.identifier),
            self.attributes(),
        );
        (before, after)
    }

    fn attributes(&self) -> String {
        let facts = &self.card.facts;
        let mut roles = coded("Role", &facts.profession, None);
        if !facts.speciality.is_empty() {
            roles += &coded("Role", &facts.speciality, None);
        }
        let purpose = format!("{}^1.2.250.1.213.1.1.4.248", self.purpose);
        let purpose = coded("PurposeOfUse", &purpose, Some("mode acces VIHF 2.0"));
        let mut out = [
            plain("VIHF_Version", "3.0"),
            plain("Authentification_Mode", &self.mode),
            plain("Identifiant_Structure", &self.structure),
            plain("Secteur_Activite", &self.card.organisation.sector),
            plain("urn:oasis:names:tc:xspa:1.0:subject:subject-id", &format!("{} {}", facts.family, facts.given)),
            attribute("urn:oasis:names:tc:xacml:2.0:subject:role", &roles),
            plain("Ressource_URN", "urn:dmp"),
            attribute("urn:oasis:names:tc:xspa:1.0:subject:purposeofuse", &purpose),
            plain("LPS_Nom", "dmp-conformance"),
            plain("LPS_Version", env!("CARGO_PKG_VERSION")),
            plain("LPS_ID_HOMOLOGATION_DMP", "XXX-000000-tmp1"),
        ]
        .concat();
        if let Some(patient) = &self.patient {
            out += &plain("urn:oasis:names:tc:xacml:2.0:resource:resource-id", patient);
        }
        out
    }
}

fn attribute(name: &str, values: &str) -> String {
    format!("<saml2:Attribute Name=\"{name}\">{values}</saml2:Attribute>")
}

fn plain(name: &str, value: &str) -> String {
    attribute(name, &format!("<saml2:AttributeValue>{}</saml2:AttributeValue>", escape_text(value)))
}

/// An HL7 coded value of `code^system`. Attributes without a namespace come first, by name; then `xsi:type`.
fn coded(element: &str, value: &str, system_name: Option<&str>) -> String {
    let (code, system) = value.split_once('^').unwrap_or((value, ""));
    let system_name = system_name.map_or_else(String::new, |name| format!(" codeSystemName=\"{name}\""));
    format!(
        "<saml2:AttributeValue><{element} xmlns=\"urn:hl7-org:v3\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         code=\"{code}\" codeSystem=\"{system}\"{system_name} displayName=\"{code}\" xsi:type=\"CE\"></{element}></saml2:AttributeValue>"
    )
}

/// Text in canonical form: a quotation mark stays itself.
fn escape_text(text: &str) -> String {
    escape(text).replace("&quot;", "\"")
}

fn digest_of(bytes: &[u8]) -> Result<String, Failure> {
    Ok(STANDARD.encode(hash(MessageDigest::sha256(), bytes)?))
}

fn signature(id: &str, digest: &str, signer: &Pair) -> Result<String, Failure> {
    let transform = |algorithm: &str| format!("<ds:Transform Algorithm=\"{algorithm}\"></ds:Transform>");
    let enveloped = transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature");
    let inside = format!(
        "<ds:CanonicalizationMethod Algorithm=\"{EXC_C14N}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod>\
         <ds:Reference URI=\"#{id}\"><ds:Transforms>{enveloped}{}</ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
         <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>",
        transform(EXC_C14N),
    );
    // As an apex `SignedInfo` declares the prefix it uses; in the document `Signature` has declared it already.
    let mut rsa = Signer::new(MessageDigest::sha256(), &signer.key)?;
    let value = rsa.sign_oneshot_to_vec(format!("<ds:SignedInfo xmlns:ds=\"{DS}\">{inside}").as_bytes())?;
    Ok(format!(
        "<ds:Signature xmlns:ds=\"{DS}\"><ds:SignedInfo>{inside}<ds:SignatureValue>{}</ds:SignatureValue><ds:KeyInfo>\
         <ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
        STANDARD.encode(value),
        STANDARD.encode(signer.certificate.to_der()?),
    ))
}

/// The subject as RFC 2253 writes it, most specific first.
fn distinguished_name(certificate: &X509) -> String {
    let mut parts: Vec<String> = certificate
        .subject_name()
        .entries()
        .map(|entry| {
            let nid = entry.object().nid();
            let name =
                if nid == Nid::UNDEF { entry.object().to_string() } else { nid.short_name().unwrap_or("?").to_owned() };
            let value = entry.data().to_string().map(|text| (*text).to_owned()).unwrap_or_default();
            format!("{name}={}", value.replace('\\', "\\\\").replace(',', "\\,").replace('+', "\\+"))
        })
        .collect();
    parts.reverse();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use openssl::asn1::Asn1Time;
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;
    use openssl::x509::{X509Builder, X509NameBuilder};

    use super::*;
    use crate::pki::{CardFacts, OrganisationFacts};

    fn pair() -> Pair {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let mut name = X509NameBuilder::new().unwrap();
        for (kind, value) in [("C", "FR"), ("O", "TEST"), ("OU", "Médecin"), ("CN", "899700000017")] {
            name.append_entry_by_text(kind, value).unwrap();
        }
        let name = name.build();
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Pair { certificate: builder.build(), key }
    }

    fn card(pair: &Pair) -> Card {
        let text = |t: &str| t.to_owned();
        Card {
            facts: CardFacts {
                identifier: text("899700000017"),
                family: text("D'ÉTÉ & \"FILS\""),
                given: text("ALICE"),
                profession: text("10^1.2.250.1.71.1.2.7"),
                speciality: text("SM26^1.2.250.1.71.4.2.5"),
                structure: text("cabinet"),
                sector: text("SA07^1.2.250.1.71.4.2.4"),
            },
            organisation: OrganisationFacts {
                identifier: text("1"),
                name: text("C"),
                sector: text("SA07^1.2.250.1.71.4.2.4"),
            },
            authentication: pair.clone(),
            signature: pair.clone(),
        }
    }

    /// What `xmlsec1` says of an assertion that stands inside an envelope with other namespaces.
    fn xmlsec1_takes(assertion: &str) -> bool {
        let mut child = Command::new("xmlsec1")
            .args(["--verify", "--insecure", "--enabled-key-data", "x509"])
            .args(["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let envelope = format!("<e xmlns=\"urn:e\" xmlns:xs=\"urn:xs\">\n{assertion}</e>");
        child.stdin.take().unwrap().write_all(envelope.as_bytes()).unwrap();
        child.wait().unwrap().success()
    }

    #[test]
    fn xmlsec1_takes_what_is_signed_here_and_not_what_was_changed_after() {
        let pair = pair();
        let mut vihf = Vihf::of(&card(&pair), "284067510512388^^^&1.2.250.1.213.1.4.10&ISO^NH");
        vihf.mode = "INDIRECTE_RENFORCEE".to_owned();
        let assertion = vihf.signed_by(&pair).unwrap();
        assert!(xmlsec1_takes(&assertion));
        assert!(!xmlsec1_takes(&assertion.replacen("=\"normal\"", "=\"centre_15\"", 1)));
    }
}
