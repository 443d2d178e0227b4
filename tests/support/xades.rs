//! Signature documents in the words of the field: one valid base, named changes to it, and a signer who signs what is left.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use dmp_gateway::security::pki::chain::TrustStore;
use dmp_gateway::security::signature::algorithm::{Canonicalizations, Hash, Sha1};
use dmp_gateway::security::signature::xades::Settings;
use dmp_gateway::security::signature::xades::issue::{SignatureRequest, SignedDocument, Version, sign};
use dmp_gateway::security::signature::xades::rule::XadesError;
use dmp_gateway::security::signature::xades::verify::{VerifiedSignature, Verifier};
use dmp_gateway::xml::canonical::Canonicalization;
use dmp_gateway::xml::document::{Document, Node};
use dmp_gateway::xml::limits::Limits;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use std::sync::Arc;

use crate::support::pki;

/// The Id of every signature of the specifications.
pub(crate) const ID: &str = "1.2.250.1.999.77.1.4.1";
/// The submission set of most of them.
pub(crate) const SET: &str = "1.2.250.1.999.77.1.1.1";
/// The document of most of them.
pub(crate) const CDA: &str = "1.2.250.1.999.77.1.3.1";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

/// A signature document about to be sent.
#[derive(Clone)]
pub(crate) struct Xades {
    pub(crate) text: String,
    signer: String,
    at: DateTime<Utc>,
    settings: Settings,
}

/// The request behind [`signed`], for a set of these documents.
pub(crate) fn request(set: &str, documents: &[(&str, &[u8])], hash: Hash) -> SignatureRequest {
    let limits = Limits::default();
    let documents = documents.iter().map(|(id, content)| SignedDocument::of(id, content, hash, &limits)).collect();
    SignatureRequest { id: ID.to_owned(), submission_set: set.to_owned(), documents, hash, version: Version::V111 }
}

/// A set with one CDA and one image, signed with her card by a general practitioner.
pub(crate) fn signed() -> Xades {
    signed_with(Hash::Sha256, Version::V111)
}

pub(crate) fn signed_with(hash: Hash, version: Version) -> Xades {
    let documents: [(&str, &[u8]); 2] = [(CDA, b"<?x y?><a><!-- c --></a>"), ("1.2.250.1.999.77.1.3.2", b"DICM\0\x01")];
    Xades::of(&SignatureRequest { version, ..request(SET, &documents, hash) })
}

impl Xades {
    pub(crate) fn of(request: &SignatureRequest) -> Self {
        Self::by("cards/medecin/sign", request)
    }

    /// Signed by another holder of the PKI.
    pub(crate) fn by(signer: &str, request: &SignatureRequest) -> Self {
        let (key, certificate) = pki::pair(signer);
        Self::sent(sign(request, &key, &certificate, pki::now()).unwrap(), signer)
    }

    /// A text as it is.
    pub(crate) fn sent(text: String, signer: &str) -> Self {
        Self { text, signer: signer.to_owned(), at: pki::now(), settings: Settings::default() }
    }

    /// With a piece of text changed, nothing signed anew. The piece must be there.
    pub(crate) fn with(mut self, from: &str, to: &str) -> Self {
        assert!(self.text.contains(from), "no {from} in {}", self.text);
        self.text = self.text.replacen(from, to, 1);
        self
    }

    /// The same, and signed anew, as a signer does whose software writes that.
    pub(crate) fn resigned_with(self, from: &str, to: &str) -> Self {
        let mut changed = self.with(from, to);
        changed.text = resigned(&changed.text, &changed.signer);
        changed
    }

    pub(crate) fn at(mut self, at: DateTime<Utc>) -> Self {
        self.at = at;
        self
    }

    pub(crate) fn at_gateway_with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    pub(crate) fn verified(&self) -> Result<VerifiedSignature, XadesError> {
        self.verified_against(pki::trust())
    }

    pub(crate) fn verified_against(&self, trust: Arc<TrustStore>) -> Result<VerifiedSignature, XadesError> {
        Verifier::new(self.settings.clone(), trust).verify(self.text.as_bytes(), self.at)
    }

    pub(crate) fn is_taken(&self) -> VerifiedSignature {
        self.verified().unwrap_or_else(|error| panic!("{error:?} for {}", self.text))
    }

    pub(crate) fn is_refused_by(&self, rule: &str) -> XadesError {
        match self.verified() {
            Ok(_) => panic!("taken: {}", self.text),
            Err(error) => {
                assert_eq!(error.rule.id, rule, "{error:?} for {}", self.text);
                error
            }
        }
    }
}

/// What `SignedInfo` says of an algorithm.
fn algorithm(node: Node<'_, '_>) -> String {
    node.attribute("Algorithm").unwrap_or_default().to_owned()
}

fn canonicalization(node: Option<Node<'_, '_>>) -> Canonicalization {
    let inclusive = Canonicalization::inclusive();
    node.and_then(|node| Canonicalizations::All.of(&algorithm(node))).unwrap_or(inclusive)
}

/// The same document with right digests and a right signature value, by this holder.
pub(crate) fn resigned(text: &str, signer: &str) -> String {
    let with_digests = replaced(text, |document| {
        let signed_info = document.root().descendants().find(|node| node.has_tag_name((DS, "SignedInfo"))).unwrap();
        let references = signed_info.children().filter(|node| node.has_tag_name((DS, "Reference")));
        references
            .filter_map(|reference| {
                let id = reference.attribute("URI")?.strip_prefix('#')?;
                let target = document.root().descendants().find(|node| node.attribute("Id") == Some(id))?;
                let find = |name| reference.descendants().find(|node| node.has_tag_name((DS, name)));
                let canonical = canonicalization(find("Transform")).without_comments().canonicalize(target, None);
                let hash = Hash::of_digest(&algorithm(find("DigestMethod")?), Sha1::Taken)?;
                Some((find("DigestValue")?, STANDARD.encode(hash.digest(&canonical))))
            })
            .collect()
    });
    replaced(&with_digests, |document| {
        let find = |name| document.root().descendants().find(|node| node.has_tag_name((DS, name))).unwrap();
        let canonical = canonicalization(Some(find("CanonicalizationMethod"))).canonicalize(find("SignedInfo"), None);
        let sha1 = algorithm(find("SignatureMethod")).ends_with("sha1");
        let digest = if sha1 { MessageDigest::sha1() } else { MessageDigest::sha256() };
        let key = PKey::private_key_from_pem(pki::file(&format!("{signer}.key"))).unwrap();
        let value = Signer::new(digest, &key).unwrap().sign_oneshot_to_vec(&canonical).unwrap();
        vec![(find("SignatureValue"), STANDARD.encode(value))]
    })
}

/// The text with the content of some elements replaced.
fn replaced(text: &str, change: impl for<'a, 'i> Fn(&'a Document<'i>) -> Vec<(Node<'a, 'i>, String)>) -> String {
    let document = Document::parse(text, &Limits::default()).unwrap();
    let mut changes: Vec<_> = change(&document).into_iter().map(|(node, value)| (node.range(), value)).collect();
    changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut out = text.to_owned();
    for (range, value) in changes {
        let element = &text[range.clone()];
        let name = &element[1..element.find([' ', '>', '/']).unwrap()];
        let start = element.find('>').unwrap();
        let tag = element[1..start].trim_end_matches('/');
        out.replace_range(range, &format!("<{tag}>{value}</{name}>"));
    }
    out
}
