//! The checks of a signature document, in their order, and the proof that all of them were passed.
//!
//! What the signature covers is read from the canonical bytes that were digested, and from nothing else. An Id is
//! looked up in the document only, after it is known to name one element; nothing outside is ever asked for.
//! Spec: DMP TD2.1 signature of the submission set, W3C xmldsig-core §3.2, ETSI TS 101 903.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use chrono::{DateTime, SecondsFormat, Utc};

use crate::security::pki::certificate::Certificate;
use crate::security::pki::chain::{ChainError, Purpose, TrustStore};
use crate::security::pki::holder::Holder;
use crate::security::signature::algorithm::{Canonicalizations, Hash, Sha1};
use crate::security::signature::reference::canonicalization_of;
use crate::security::signature::xades::manifest::{self, Manifest, Parts};
use crate::security::signature::xades::rule::{self, Checked, Rule, XadesError, refusal};
use crate::security::signature::xades::{
    MANIFEST_ID, MANIFEST_TYPE, MOST_BYTES, MOST_REFERENCES, Settings, VERSIONS, is_name, limits, properties, property,
};
use crate::security::signature::xmldsig::{base64_of, certificate_of, has_signed, shown, signature_method};
use crate::xml::canonical::Canonicalization;
use crate::xml::document::{Document, Node, is, plain_attribute, text_of_bytes};
use crate::xml::limits::Limits;
use crate::xml::location::Location;
use crate::xml::namespace::DS;

/// Verifies signature documents against one trust store and one set of settings.
#[derive(Debug)]
pub struct Verifier {
    settings: Settings,
    trust: ArcSwap<TrustStore>,
}

/// A signature document that passed every check. Made only by [`Verifier::verify`].
#[derive(Debug)]
pub struct VerifiedSignature {
    holder: Holder,
    signing_time: DateTime<Utc>,
    manifest: Manifest,
}

impl VerifiedSignature {
    /// Who signed, as the certificate proves it.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// When the signer says to have signed. The certificate was valid then.
    pub fn signing_time(&self) -> DateTime<Utc> {
        self.signing_time
    }

    /// What was signed.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

impl Verifier {
    /// A verifier for the time the process lives.
    pub fn new(settings: Settings, trust: Arc<TrustStore>) -> Self {
        Self { settings, trust: ArcSwap::new(trust) }
    }

    /// Puts other authorities and revocation lists in force at once.
    pub fn replace_trust(&self, trust: Arc<TrustStore>) {
        self.trust.store(trust);
    }

    /// Verifies the bytes of a signature document.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn verify(&self, bytes: &[u8], now: DateTime<Utc>) -> Checked<VerifiedSignature> {
        let text = text_of_bytes(bytes).map_err(|refused| rule::READABLE.broken().found(refused.to_string()))?;
        let document =
            Document::parse(text, &limits()).map_err(|refused| rule::READABLE.broken().found(refused.to_string()))?;
        let sha1 = if self.settings.allow_sha1 { Sha1::Taken } else { Sha1::Refused };
        let sent = Sent::read(&document)?;
        let signed_info = SignedInfo::read(sent.signed_info, sha1)?;
        let (certificate, holder) = self.signer(&sent, &signed_info, now)?;
        let covered = covered(&sent, &signed_info)?;
        let manifest = covered.manifest.read(|manifest| manifest::read(manifest, sha1))?;
        let signing_time = covered.properties.read(|properties| properties::read(properties, &certificate, sha1))?;
        self.check_time(signing_time, &certificate, now)?;
        property::check(sent.signature, sent.id)?;
        Ok(VerifiedSignature { holder, signing_time, manifest })
    }

    /// The signature value, then the certificate that made it.
    fn signer(&self, sent: &Sent<'_, '_>, signed: &SignedInfo, now: DateTime<Utc>) -> Checked<(Certificate, Holder)> {
        let at = |error: XadesError, local: &str| error.at(format!("{}/{local}", Location::of(sent.signature).xpath));
        let trust = self.trust.load();
        let certificate =
            trust.certificate(&sent.certificate).map_err(|_| at(rule::CERTIFICATE.broken(), "KeyInfo"))?;
        if !has_signed(&certificate, signed.hash, &signed.canonical, &sent.value) {
            return Err(at(rule::SIGNATURE_VALUE.broken(), "SignatureValue"));
        }
        let purpose = Purpose::Signature(self.settings.key_usage);
        let trusted = trust.verify(&certificate, purpose, now).map_err(|error| at(chain_refusal(&error), "KeyInfo"))?;
        Ok((certificate, trusted.holder().clone()))
    }

    fn check_time(&self, time: DateTime<Utc>, certificate: &Certificate, now: DateTime<Utc>) -> Checked<()> {
        let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        if time > now + self.settings.clock_skew {
            let latest = format!("≤ {}", text(now + self.settings.clock_skew));
            return Err(rule::SIGNED_IN_FUTURE.broken().expected(latest).found(text(time)));
        }
        let validity = certificate.validity();
        if time < validity.not_before || time > validity.not_after {
            let period = format!("{} to {}", text(validity.not_before), text(validity.not_after));
            return Err(rule::SIGNED_OUTSIDE.broken().expected(period).found(text(time)));
        }
        Ok(())
    }
}

/// The refusal of a document of that many bytes, for whoever need not read it to know that it is too large.
pub fn too_large(size: u64) -> Option<XadesError> {
    (size > MOST_BYTES as u64)
        .then(|| rule::READABLE.broken().expected(format!("at most {MOST_BYTES} bytes")).found(format!("{size} bytes")))
}

fn chain_refusal(error: &ChainError) -> XadesError {
    let rule = match error {
        ChainError::Unreadable(_) => &rule::CERTIFICATE,
        ChainError::Untrusted(_) => &rule::CERTIFICATE_CHAIN,
        ChainError::UnknownHolder => &rule::CERTIFICATE_HOLDER,
        ChainError::NotYetValid(_) | ChainError::Expired(_) => &rule::CERTIFICATE_DATES,
        ChainError::Revoked => &rule::CERTIFICATE_REVOKED,
        ChainError::NoRevocationList | ChainError::RevocationListTooOld(_) => &rule::CERTIFICATE_LIST,
        ChainError::Usage(_) => &rule::CERTIFICATE_USAGE,
    };
    rule.broken().found(error.to_string())
}

/// The parts of the document, each found by its place; nothing is verified yet.
struct Sent<'a, 'i> {
    signature: Node<'a, 'i>,
    id: &'a str,
    signed_info: Node<'a, 'i>,
    value: Vec<u8>,
    certificate: Vec<u8>,
    /// The elements of the objects and of the key by their Id, which no other element has.
    named: BTreeMap<&'a str, Node<'a, 'i>>,
}

impl<'a, 'i> Sent<'a, 'i> {
    fn read(document: &'a Document<'i>) -> Checked<Self> {
        let signature = document.root();
        let at_root = || Location::of(signature).xpath;
        let id = plain_attribute(signature, "Id").filter(|id| is_name(id) && is(signature, DS, "Signature"));
        let id = id.ok_or_else(|| rule::ROOT.broken().at(at_root()).expected("ds:Signature with Id"))?;
        if let Some(second) = signature.descendants().skip(1).find(|node| is(*node, DS, "Signature")) {
            return Err(rule::ONE_SIGNATURE.broken().at(Location::of(second).xpath));
        }
        check_ids(signature)?;
        let shape = || {
            let expected = "ds:SignedInfo, ds:SignatureValue, ds:KeyInfo, ds:Object…";
            rule::SHAPE.broken().at(at_root()).expected(expected)
        };
        let refused = refusal(&rule::SHAPE);
        let parts: Vec<_> = signature.children().filter(Node::is_element).collect();
        let [signed_info, value, key_info, objects @ ..] = parts.as_slice() else { return Err(shape()) };
        let three =
            is(*signed_info, DS, "SignedInfo") && is(*value, DS, "SignatureValue") && is(*key_info, DS, "KeyInfo");
        if !three || objects.is_empty() || !objects.iter().all(|object| is(*object, DS, "Object")) {
            return Err(shape());
        }
        // Some toolkits cover the certificate too.
        let signable = objects.iter().chain([key_info]);
        let within = signable.flat_map(|part| part.descendants().filter(Node::is_element));
        Ok(Self {
            signature,
            id,
            signed_info: *signed_info,
            value: base64_of(*value).map_err(&refused)?,
            certificate: certificate_of(*key_info).map_err(&refused)?,
            named: within.filter_map(|node| plain_attribute(node, "Id").map(|id| (id, node))).collect(),
        })
    }
}

/// No two elements answer to one name, however the attribute is written.
fn check_ids(signature: Node<'_, '_>) -> Checked<()> {
    let mut seen = BTreeSet::new();
    for node in signature.descendants() {
        for attribute in node.attributes().filter(|attribute| attribute.name().eq_ignore_ascii_case("id")) {
            if !seen.insert(attribute.value()) {
                return Err(rule::UNIQUE_ID.broken().at(Location::of(node).xpath).found(shown(attribute.value())));
            }
        }
    }
    Ok(())
}

/// `SignedInfo` as its canonical bytes say it.
struct SignedInfo {
    canonical: Vec<u8>,
    hash: Hash,
    references: Vec<Reference>,
}

struct Reference {
    /// Without its `#`.
    target: String,
    kind: Option<String>,
    parts: Parts,
    /// Where it stands, for refusals.
    xpath: String,
}

impl SignedInfo {
    fn read(signed_info: Node<'_, '_>, sha1: Sha1) -> Checked<Self> {
        let refused = refusal(&rule::SHAPE);
        let method = signed_info.first_element_child().filter(|node| is(*node, DS, "CanonicalizationMethod"));
        let method = method.ok_or_else(|| rule::SHAPE.broken().at(Location::of(signed_info).xpath))?;
        let canonicalization = canonicalization_of(method, Canonicalizations::All).map_err(&refused)?;
        let canonical = Covered::of(signed_info, &canonicalization);
        let (hash, references) = canonical.read(|signed_info| {
            let mut parts = signed_info.children().filter(Node::is_element).skip(1);
            let method = parts.next().filter(|node| is(*node, DS, "SignatureMethod"));
            let method = method.ok_or_else(|| rule::SHAPE.broken().at(Location::of(signed_info).xpath))?;
            let hash = signature_method(method, sha1).map_err(&refused)?;
            let references: Vec<_> = parts.collect();
            if !(2..=MOST_REFERENCES).contains(&references.len()) {
                return Err(rule::REFERENCE_NUMBER.broken().at(Location::of(signed_info).xpath));
            }
            let references = references.into_iter().map(|reference| Reference::read(reference, sha1));
            Ok((hash, references.collect::<Checked<Vec<_>>>()?))
        })?;
        Ok(Self { canonical: canonical.bytes, hash, references })
    }
}

impl Reference {
    fn read(reference: Node<'_, '_>, sha1: Sha1) -> Checked<Self> {
        let xpath = Location::of(reference).xpath;
        if !is(reference, DS, "Reference") {
            return Err(rule::SHAPE.broken().at(xpath).expected("ds:Reference"));
        }
        let uri = plain_attribute(reference, "URI").unwrap_or("");
        let target = uri.strip_prefix('#').filter(|target| is_name(target));
        let target = target.ok_or_else(|| rule::REFERENCE.broken().at(&xpath).expected("#Id").found(shown(uri)))?;
        let kind = plain_attribute(reference, "Type").map(str::to_owned);
        let parts = Parts::of(reference, &rule::SHAPE, sha1)?;
        Ok(Self { target: target.to_owned(), kind, parts, xpath })
    }
}

/// An element as the canonical bytes that were digested.
struct Covered {
    bytes: Vec<u8>,
    /// Where the element stands in the document, for refusals.
    xpath: String,
}

impl Covered {
    fn of(element: Node<'_, '_>, canonicalization: &Canonicalization) -> Self {
        Self { bytes: canonicalization.canonicalize(element, None), xpath: Location::of(element).xpath }
    }

    /// Reads from the canonical bytes. Places within them begin at the element; an editor looks for them in the document.
    fn read<T>(&self, read: impl FnOnce(Node<'_, '_>) -> Checked<T>) -> Checked<T> {
        // Escapes make the canonical form longer than what was sent, by a factor of six at most.
        let sent = limits();
        let limits = Limits {
            bytes: sent.bytes * 8,
            tag_bytes: sent.tag_bytes * 8,
            text_bytes: sent.text_bytes * 8,
            // The element takes over what is declared around it.
            attributes: sent.attributes + sent.namespaces,
            ..sent
        };
        let unreadable = || rule::READABLE.broken().at(&self.xpath);
        let text = text_of_bytes(&self.bytes).map_err(|_| unreadable())?;
        let document = Document::parse(text, &limits).map_err(|refused| unreadable().found(refused.to_string()))?;
        read(document.root()).map_err(|mut error| {
            let inside = error.xpath.as_deref().and_then(|xpath| xpath.get(1..)?.split_once('/')).map(|(_, rest)| rest);
            error.xpath = Some(inside.map_or_else(|| self.xpath.clone(), |inside| format!("{}/{inside}", self.xpath)));
            error
        })
    }
}

/// The two elements that a signature of a submission set must cover.
struct Both {
    manifest: Covered,
    properties: Covered,
}

/// Verifies the digest of every reference and picks the two that count.
fn covered(sent: &Sent<'_, '_>, signed_info: &SignedInfo) -> Checked<Both> {
    let (mut manifest, mut properties) = (None, None);
    let mut targets = BTreeSet::new();
    for reference in &signed_info.references {
        let refuse = |rule: &'static Rule| {
            let inside = reference.xpath.strip_prefix("/SignedInfo").unwrap_or("");
            let xpath = format!("{}{inside}", Location::of(sent.signed_info).xpath);
            rule.broken().at(xpath).found(format!("#{}", shown(&reference.target)))
        };
        if !targets.insert(reference.target.as_str()) {
            return Err(refuse(&rule::REFERENCE_NUMBER));
        }
        let element = *sent.named.get(reference.target.as_str()).ok_or_else(|| refuse(&rule::REFERENCE))?;
        let canonicalization = reference.parts.canonicalization.clone().unwrap_or_else(Canonicalization::inclusive);
        let covered = Covered::of(element, &canonicalization.without_comments());
        if reference.parts.hash.digest(&covered.bytes) != reference.parts.digest {
            return Err(refuse(&rule::DIGEST));
        }
        let kind = reference.kind.as_deref();
        if kind == Some(MANIFEST_TYPE) {
            check_manifest(sent, element).then_some(()).ok_or_else(|| refuse(&rule::MANIFEST_REFERENCE))?;
            manifest = Some(covered);
        } else if properties::version_of(element, "SignedProperties").is_some() {
            let right = kind.is_none_or(|kind| VERSIONS.iter().any(|(_, known)| *known == kind));
            let placed = right && check_properties(sent, element)?;
            placed.then_some(()).ok_or_else(|| refuse(&rule::PROPERTIES_REFERENCE))?;
            properties = Some(covered);
        }
    }
    let missing = |rule: &'static Rule| rule.broken().at(Location::of(sent.signed_info).xpath);
    Ok(Both {
        manifest: manifest.ok_or_else(|| missing(&rule::MANIFEST_REFERENCE))?,
        properties: properties.ok_or_else(|| missing(&rule::PROPERTIES_REFERENCE))?,
    })
}

fn is_object_of(sent: &Sent<'_, '_>, node: Node<'_, '_>) -> bool {
    is(node, DS, "Object") && node.parent() == Some(sent.signature)
}

/// Whether it is the only manifest of the document, in its place.
fn check_manifest(sent: &Sent<'_, '_>, element: Node<'_, '_>) -> bool {
    is(element, DS, "Manifest")
        && plain_attribute(element, "Id") == Some(MANIFEST_ID)
        && element.parent().is_some_and(|parent| is_object_of(sent, parent))
        && sent.signature.descendants().filter(|node| is(*node, DS, "Manifest")).count() == 1
}

/// Whether they are the only signed properties of the document, in their place; and that they speak of this signature.
fn check_properties(sent: &Sent<'_, '_>, element: Node<'_, '_>) -> Checked<bool> {
    let any = |local: &str| {
        sent.signature.descendants().filter(|node| properties::version_of(*node, local).is_some()).count()
    };
    let version = properties::version_of(element, "SignedProperties");
    let qualifying = element
        .parent()
        .filter(|qualifying| properties::version_of(*qualifying, "QualifyingProperties") == version)
        .filter(|qualifying| qualifying.parent().is_some_and(|parent| is_object_of(sent, parent)));
    let Some(qualifying) = qualifying else { return Ok(false) };
    let target = plain_attribute(qualifying, "Target").unwrap_or("");
    if target.strip_prefix('#') != Some(sent.id) {
        let expected = format!("Target=\"#{}\"", sent.id);
        return Err(rule::QUALIFYING
            .broken()
            .at(Location::of(qualifying).xpath)
            .expected(expected)
            .found(shown(target)));
    }
    Ok(any("QualifyingProperties") == 1 && any("SignedProperties") == 1)
}
