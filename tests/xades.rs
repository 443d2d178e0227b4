//! Signatures of submission sets: the forms that real clients send, each check broken once, the attacks, and `xmlsec1`
//! as the other opinion. Spec: DMP TD2.1 signature of the submission set, ETSI TS 101 903.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use dmp_gateway::security::pki::chain::{KeyUsageRule, TrustStore};
use dmp_gateway::security::pki::holder::Holder;
use dmp_gateway::security::signature::algorithm::Hash;
use dmp_gateway::security::signature::xades::Settings;
use dmp_gateway::security::signature::xades::issue::{SignatureRequest, Version};
use dmp_gateway::security::signature::xades::verify::Verifier;
use dmp_gateway::xml::canonical::Canonicalization;
use dmp_gateway::xml::document::Document;
use dmp_gateway::xml::limits::Limits;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use crate::support::pki::{certificate, file, foreign_files, lists, now, trust};
use crate::support::xades::{CDA, ID, SET, Xades, request, resigned, signed, signed_with};

const XADES: &str = "http://uri.etsi.org/01903/v1.1.1#";

/// The text between two marks of the valid document, marks included.
fn piece(start: &str, end: &str) -> String {
    let text = signed().text;
    let from = text.find(start).unwrap_or_else(|| panic!("no {start} in {text}"));
    let to = from + text[from..].find(end).unwrap() + end.len();
    text[from..to].to_owned()
}

fn digest_of_set() -> String {
    piece("<ds:Manifest", "</ds:Reference>").replace("<ds:Manifest Id=\"IHEManifest\">", "")
}

// What is taken.

#[test]
fn a_signature_of_each_version_by_a_person_and_by_a_structure_is_taken() {
    for version in [Version::V111, Version::V132] {
        let verified = signed_with(Hash::Sha256, version).is_taken();
        assert!(matches!(verified.holder(), Holder::Person { identifier, .. } if identifier == "899700000017"));
        assert_eq!(verified.signing_time(), now());
        let manifest = verified.manifest();
        assert_eq!(manifest.submission_set(), SET);
        let [cda, image] = manifest.documents() else { panic!("{manifest:?}") };
        assert_eq!((cda.unique_id(), cda.hash(), image.canonicalization()), (CDA, Hash::Sha256, None));
        let document = "<?x y?><a><!-- c --></a>";
        assert_eq!(cda.digest_of(document.as_bytes(), &Limits::default()).unwrap(), cda.digest());
        assert!(cda.digest_of(b"DICM\0\x01", &Limits::default()).is_err());
        assert_eq!(cda.digest(), Hash::Sha256.digest(b"<?x y?>\n<a><!-- c --></a>"));
        assert_eq!(image.digest(), Hash::Sha256.digest(b"DICM\0\x01"));
        let by_structure = SignatureRequest { version, ..request(SET, &[], Hash::Sha256) };
        let verified = Xades::by("organisations/hopital/sign", &by_structure).is_taken();
        assert_eq!(verified.holder().identifier(), "1750099990");
    }
}

#[test]
fn sha1_is_taken_by_setting_only() {
    let old = signed_with(Hash::Sha1, Version::V111);
    let error = old.is_refused_by("XADES-ALG-01");
    assert_eq!(error.expected.as_deref(), Some(Hash::Sha256.signature_uri()));
    old.clone().at_gateway_with(|settings| settings.allow_sha1 = true).is_taken();
    // One digest with SHA-1 in an otherwise good document.
    let digest = STANDARD.encode(Hash::Sha256.digest(b"DICM\0\x01"));
    let method = |hash: Hash, digest: &str| {
        format!("<ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue>{digest}", hash.digest_uri())
    };
    let weak = method(Hash::Sha1, &STANDARD.encode(Hash::Sha1.digest(b"DICM\0\x01")));
    signed().resigned_with(&method(Hash::Sha256, &digest), &weak).is_refused_by("XADES-ALG-01");
}

#[test]
fn the_digest_that_stands_for_the_set_may_be_anything() {
    let dummy = digest_of_set();
    assert!(dummy.contains("AA=="), "{dummy}");
    for other in [dummy.replace("AA==", "0"), dummy.replace(Hash::Sha256.digest_uri(), Hash::Sha1.digest_uri())] {
        signed().resigned_with(&dummy, &other).is_taken();
    }
}

/// As one Java client writes it: everything in default namespaces, elements of version 1.1.1 in theirs, no transform
/// in `SignedInfo`, instants with milliseconds, a manifest and properties that declare what they do not use.
#[test]
fn a_signature_without_prefixes_is_taken() {
    let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\"";
    let qualifying = format!("<QualifyingProperties xmlns=\"{XADES}\"");
    let text = signed()
        .text
        .replace("<ds:", "<")
        .replace("</ds:", "</")
        .replace("xmlns:ds=", "xmlns=")
        .replace(&format!("<xad:QualifyingProperties xmlns:xad=\"{XADES}\""), &qualifying)
        .replace("<xad:", "<")
        .replace("</xad:", "</")
        .replace("<X509IssuerName>", "<X509IssuerName xmlns=\"http://www.w3.org/2000/09/xmldsig#\">")
        .replace("<X509SerialNumber>", "<X509SerialNumber xmlns=\"http://www.w3.org/2000/09/xmldsig#\">")
        .replace("<Manifest ", &format!("<Manifest {xsi} "))
        .replace("<SignedProperties ", &format!("<SignedProperties {xsi} "))
        .replace("2025-03-10T09:30:00+00:00", "2025-03-10T10:30:00.000+01:00")
        .replace("</SignedSignatureProperties>", "</SignedSignatureProperties><SignedDataObjectProperties/>");
    let sent = Xades::sent(resigned(&text, "cards/medecin/sign"), "cards/medecin/sign");
    assert_eq!(sent.is_taken().signing_time(), now());
}

/// As the kit for editors writes it: a canonicalisation in every reference, the whole chain in `SigningCertificate`, a
/// property without namespace whose `Target` has no `#`.
#[test]
fn a_signature_with_its_chain_and_transforms_is_taken() {
    let transform = "<ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments\"/></ds:Transforms>";
    let listed = piece("<xad:Cert>", "</xad:Cert>");
    let authority = listed.replacen("<xad:DigestValue>", "<xad:DigestValue>AAAA", 1);
    let property = piece("<ds:SignatureProperty ", "</ds:SignatureProperty>");
    let bare = property.replace("<ds:SignatureProperty ", "<SignatureProperty ").replace("ds:", "").replace('#', "");
    signed()
        .with("URI=\"#IHEManifest\">", &format!("URI=\"#IHEManifest\">{transform}"))
        .with("URI=\"#S0-SignedProperties\">", &format!("URI=\"#S0-SignedProperties\">{transform}"))
        .with(&property, &bare)
        .with("Type=\"http://uri.etsi.org/01903/v1.1.1#SignedProperties\" ", "")
        .resigned_with(&listed, &format!("{authority}{listed}"))
        .is_taken();
}

#[test]
fn each_canonicalisation_of_the_list_is_taken_and_comments_are_not_covered_by_a_reference() {
    for uri in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    ] {
        let transform =
            format!("URI=\"#IHEManifest\"><ds:Transforms><ds:Transform Algorithm=\"{uri}\"/></ds:Transforms>");
        let document = signed()
            .with("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", uri)
            .resigned_with("URI=\"#IHEManifest\">", &transform);
        document.is_taken();
        document.with("<ds:Manifest Id=\"IHEManifest\">", "<ds:Manifest Id=\"IHEManifest\"><!-- later -->").is_taken();
    }
}

#[test]
fn the_policy_that_ihe_names_for_detached_signatures_is_taken() {
    let policy = |identifier: &str| {
        format!(
            "<xad:SignaturePolicyId><xad:SigPolicyId><xad:Identifier>{identifier}</xad:Identifier></xad:SigPolicyId>\
             </xad:SignaturePolicyId>"
        )
    };
    let implied = "<xad:SignaturePolicyImplied/>";
    signed().resigned_with(implied, &policy("urn:ihe:iti:dsg:detached:2014")).is_taken();
    signed().resigned_with(implied, &policy("urn:oid:1.2.3")).is_refused_by("XADES-PRO-07");
    signed().resigned_with(implied, &format!("{implied}{}", policy("urn:oid:1.2.3"))).is_refused_by("XADES-PRO-07");
}

// The document.

#[test]
fn what_is_no_small_document_in_utf_8_is_refused() {
    for text in ["", "<a", "<!DOCTYPE a><a/>", &format!("<a>{}</a>", "x".repeat(70_000)), &"<a>".repeat(2_000_000)] {
        Xades::sent(text.to_owned(), "cards/medecin/sign").is_refused_by("XADES-DOC-01");
    }
    let entity = "<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    signed().with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", entity).is_refused_by("XADES-DOC-01");
}

#[test]
fn the_root_is_the_signature_and_has_an_id() {
    signed().with(&format!(" Id=\"{ID}\""), "").is_refused_by("XADES-DOC-02");
    signed().with(&format!(" Id=\"{ID}\""), " Id=\"xpointer(/)\"").is_refused_by("XADES-DOC-02");
    signed()
        .with("xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"", "xmlns:ds=\"urn:x\"")
        .is_refused_by("XADES-DOC-02");
    let bare = signed().text.replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "");
    Xades::sent(format!("<root>{bare}</root>"), "cards/medecin/sign").is_refused_by("XADES-DOC-02");
}

#[test]
fn a_second_signature_and_a_second_owner_of_an_id_are_refused() {
    let bare = signed().text.replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "");
    signed().with("</ds:Object>", &format!("{bare}</ds:Object>")).is_refused_by("XADES-DOC-03");
    signed().with("</ds:Object>", "<ds:Signature/></ds:Object>").is_refused_by("XADES-DOC-03");
    for twin in ["Id", "ID", "id", "xml:id"] {
        let second = format!("<x {twin}=\"IHEManifest\"/></ds:Object>");
        let error = signed().with("</ds:Object>", &second).is_refused_by("XADES-DOC-04");
        assert_eq!(error.found.as_deref(), Some("IHEManifest"));
    }
    signed().with("<ds:KeyInfo>", "<ds:KeyInfo Id=\"S0-SignedProperties\">").is_refused_by("XADES-DOC-04");
}

#[test]
fn a_signature_of_another_shape_is_refused() {
    let certificate = piece("<ds:X509Certificate>", "</ds:X509Certificate>");
    let value = piece("<ds:SignatureValue>", "</ds:SignatureValue>");
    let document = signed().text;
    let objects = &document[document.find("<ds:Object>").unwrap()..document.rfind("</ds:Signature>").unwrap()];
    for (from, to) in [
        (value.as_str(), ""),
        (value.as_str(), "<ds:SignatureValue>§</ds:SignatureValue>"),
        (certificate.as_str(), ""),
        (certificate.as_str(), &certificate.repeat(2)),
        ("<ds:SignedInfo>", "<ds:SignedInfo/><ds:SignedInfo>"),
        ("<ds:KeyInfo>", "<x/><ds:KeyInfo>"),
        ("<ds:CanonicalizationMethod", "<x/><ds:CanonicalizationMethod"),
        ("<ds:SignatureMethod", "<x/><ds:SignatureMethod"),
        ("<ds:Reference ", "<x/><ds:Reference "),
        ("<ds:DigestMethod ", "<x/><ds:DigestMethod "),
        (objects, ""),
        (objects, "<x/>"),
    ] {
        signed().with(from, to).is_refused_by("XADES-DOC-05");
    }
}

#[test]
fn what_stands_beside_is_not_read() {
    let evil = digest_of_set().replace(SET, "6.6.6");
    signed().with("<ds:Object>", &format!("<ds:Object>{evil}<x>anything</x></ds:Object><ds:Object>")).is_taken();
    signed().with("<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyName>admin</ds:KeyName>").is_taken();
    let unsigned = "</xad:SignedProperties><xad:UnsignedProperties/>";
    signed().with("</xad:SignedProperties>", unsigned).is_taken();
}

// Algorithms.

#[test]
fn an_hmac_with_the_public_certificate_as_its_key_is_refused() {
    for uri in ["http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"] {
        let text = signed().with(Hash::Sha256.signature_uri(), uri).text;
        let document = Document::parse(&text, &Limits::default()).unwrap();
        let apex = document.root().first_element_child().unwrap();
        let canonical = Canonicalization::inclusive().with_comments().canonicalize(apex, None);
        let key = PKey::hmac(&certificate("cards/medecin/sign").to_der().unwrap()).unwrap();
        let value = Signer::new(MessageDigest::sha256(), &key).unwrap().sign_oneshot_to_vec(&canonical).unwrap();
        let value = format!("<ds:SignatureValue>{}</ds:SignatureValue>", STANDARD.encode(value));
        let hmac =
            Xades::sent(text, "cards/medecin/sign").with(&piece("<ds:SignatureValue>", "</ds:SignatureValue>"), &value);
        assert_eq!(hmac.is_refused_by("XADES-ALG-01").found.as_deref(), Some(uri));
        hmac.at_gateway_with(|settings| settings.allow_sha1 = true).is_refused_by("XADES-ALG-01");
    }
}

#[test]
fn algorithms_outside_the_list_are_refused_wherever_they_stand() {
    let c14n =
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments\"/>";
    for (from, to) in [
        (c14n, "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"/>"),
        (c14n, "<ds:CanonicalizationMethod/>"),
        (Hash::Sha256.signature_uri(), "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
        (Hash::Sha256.signature_uri(), "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
        (Hash::Sha256.digest_uri(), "http://www.w3.org/2001/04/xmldsig-more#md5"),
    ] {
        signed().with(from, to).is_refused_by("XADES-ALG-01");
    }
    let truncated = "><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>";
    let method = format!("<ds:SignatureMethod Algorithm=\"{}\"", Hash::Sha256.signature_uri());
    signed().with(&format!("{method}/>"), &format!("{method}{truncated}")).is_refused_by("XADES-DOC-05");
    signed().with(c14n, &c14n.replace("/>", "><x/></ds:CanonicalizationMethod>")).is_refused_by("XADES-DOC-05");
}

// References.

#[test]
fn a_reference_leads_to_an_element_of_the_objects_and_nowhere_else() {
    for uri in [
        "",
        "IHEManifest",
        "#nobody",
        "#xpointer(/)",
        "#xpointer(id('IHEManifest'))",
        "http://evil.example/x",
        "file:///etc/passwd",
        "urn:oid:1.2.3",
        &format!("#{ID}"),
    ] {
        signed().resigned_with("URI=\"#IHEManifest\"", &format!("URI=\"{uri}\"")).is_refused_by("XADES-REF-01");
    }
    signed().resigned_with(" URI=\"#IHEManifest\"", "").is_refused_by("XADES-REF-01");
    signed()
        .with("<ds:SignatureValue>", "<ds:SignatureValue Id=\"value\">")
        .resigned_with("#IHEManifest", "#value")
        .is_refused_by("XADES-REF-01");
}

#[test]
fn a_toolkit_may_cover_the_key_but_a_manifest_there_is_none() {
    let reference = piece("<ds:Reference Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\"", "</ds:Reference>");
    let key =
        reference.replace("Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\" URI=\"#IHEManifest\"", "URI=\"#key\"");
    let covered = signed().with("<ds:KeyInfo>", "<ds:KeyInfo Id=\"key\">");
    let covered = covered.resigned_with(&reference, &format!("{reference}{key}"));
    covered.is_taken();
    covered.with("<ds:X509Data>", "<ds:KeyName>x</ds:KeyName><ds:X509Data>").is_refused_by("XADES-REF-04");
    let (object, manifest) = (format!("<ds:Object>{}</ds:Object>", manifest()), manifest());
    let moved = signed().with(&object, "").resigned_with("</ds:KeyInfo>", &format!("{manifest}</ds:KeyInfo>"));
    moved.is_refused_by("XADES-REF-05");
}

#[test]
fn references_are_two_to_eight_and_each_to_another_element() {
    let reference = piece("<ds:Reference Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\"", "</ds:Reference>");
    signed().resigned_with(&reference, "").is_refused_by("XADES-REF-02");
    signed().resigned_with(&reference, &reference.repeat(2)).is_refused_by("XADES-REF-02");
    signed().resigned_with(&reference, &reference.repeat(8)).is_refused_by("XADES-REF-02");
    let more = |count: usize| {
        let own = |n: usize| {
            reference
                .replace("Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\" ", "")
                .replace("IHEManifest", &format!("o{n}"))
        };
        let references: String = (0..count).map(own).collect();
        let objects = (0..count).map(|n| format!("<ds:Object Id=\"o{n}\">é</ds:Object>")).collect::<Vec<_>>().concat();
        let document = signed().with("<ds:Object>", &format!("{objects}<ds:Object>"));
        document.resigned_with(&reference, &format!("{reference}{references}"))
    };
    more(6).is_taken();
    more(7).is_refused_by("XADES-REF-02");
}

#[test]
fn no_transform_but_one_canonicalisation_is_taken() {
    let other = |uri: &str, content: &str| format!("<ds:Transform Algorithm=\"{uri}\">{content}</ds:Transform>");
    let c14n = other("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "");
    for transforms in [
        other("http://www.w3.org/TR/1999/REC-xslt-19991116", "<xsl:stylesheet xmlns:xsl=\"u\"/>"),
        other("http://www.w3.org/TR/1999/REC-xpath-19991116", "<ds:XPath>false()</ds:XPath>"),
        other("http://www.w3.org/2002/06/xmldsig-filter2", ""),
        other("http://www.w3.org/2000/09/xmldsig#enveloped-signature", ""),
        other("http://www.w3.org/2000/09/xmldsig#base64", ""),
        c14n.repeat(2),
        c14n.replace("></", "><x/></"),
        String::new(),
    ] {
        for uri in ["#IHEManifest", &format!("urn:oid:{CDA}")] {
            let with = format!("URI=\"{uri}\"><ds:Transforms>{transforms}</ds:Transforms>");
            let document = if uri.starts_with('#') {
                signed().resigned_with(&format!("URI=\"{uri}\">"), &with)
            } else {
                let own = piece("<ds:Transforms>", "</ds:Transforms>");
                signed().resigned_with(&format!("URI=\"{uri}\">{own}"), &with)
            };
            document.is_refused_by("XADES-REF-03");
        }
    }
}

#[test]
fn what_was_changed_after_it_was_signed_is_noticed() {
    for (from, to) in [
        (SET, "1.2.250.1.999.77.1.1.2"),
        (CDA, "1.2.250.1.999.77.1.3.9"),
        ("AA==", "AQ=="),
        ("2025-03-10T09:30:00+00:00", "2025-03-10T09:29:00+00:00"),
        ("<xad:SignaturePolicyImplied/>", "<xad:SignaturePolicyImplied /> "),
    ] {
        let error = signed().with(from, to).is_refused_by("XADES-REF-04");
        assert!(error.xpath.is_some_and(|xpath| xpath.starts_with("/Signature/SignedInfo/Reference[")));
    }
    // A digest that was made right again breaks the signature value.
    let changed = signed().with(SET, "1.2.250.1.999.77.1.1.2").text;
    let right = resigned(&changed, "cards/medecin/sign");
    let value = piece("<ds:SignatureValue>", "</ds:SignatureValue>");
    let other = &right[right.find("<ds:SignatureValue>").unwrap()..right.find("<ds:KeyInfo>").unwrap()];
    Xades::sent(right.replace(other, &value), "cards/medecin/sign").is_refused_by("XADES-SIG-01");
}

#[test]
fn comments_and_instructions_within_values_are_refused_not_skipped() {
    signed().resigned_with("2025-03-10T09:30:00+00:00", "2025-03-10<?x?>T09:30:00+00:00").is_refused_by("XADES-PRO-02");
    // A comment is left out before anything is digested or read, so it changes nothing.
    signed().with("2025-03-10T09:30:00+00:00", "2025-03-10<!-- x -->T09:30:00+00:00").is_taken();
}

// Wrapping: the signed original elsewhere, a forgery in its place.

fn manifest() -> String {
    piece("<ds:Manifest", "</ds:Manifest>")
}

#[test]
fn a_forged_manifest_beside_the_signed_one_is_refused() {
    let (original, evil) = (manifest(), manifest().replace(CDA, "6.6.6"));
    let renamed = evil.replace("IHEManifest", "other");
    signed().with(&original, &format!("{evil}{original}")).is_refused_by("XADES-DOC-04");
    signed().with(&original, &format!("{renamed}{original}")).is_refused_by("XADES-REF-05");
    signed().with(&original, &format!("{evil}<x>{}</x>", original.replace("Id=", "ID="))).is_refused_by("XADES-DOC-04");
    signed().with(&original, &evil).is_refused_by("XADES-REF-04");
    // The original where no manifest is looked for, the forgery where it is.
    signed().with(&original, &format!("{renamed}<x>{original}</x>")).is_refused_by("XADES-REF-05");
    signed().with(&original, &format!("<x>{original}</x>")).is_refused_by("XADES-REF-05");
    let hidden = original.replace("ds:Manifest", "ds:Hidden");
    let error = signed().with(&original, &format!("{renamed}{hidden}"));
    error.is_refused_by("XADES-REF-04");
}

#[test]
fn a_reference_to_the_manifest_has_its_type_and_the_manifest_its_name() {
    let typed = "Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\" ";
    signed().resigned_with(typed, "").is_refused_by("XADES-REF-05");
    signed().resigned_with(typed, "Type=\"urn:x\" ").is_refused_by("XADES-REF-05");
    let renamed = signed().text.replace("IHEManifest", "Other");
    Xades::sent(resigned(&renamed, "cards/medecin/sign"), "cards/medecin/sign").is_refused_by("XADES-REF-05");
    // The type of a manifest on a reference to something else.
    let both = signed().with(typed, "").text.replace(
        "Type=\"http://uri.etsi.org/01903/v1.1.1#SignedProperties\"",
        "Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\"",
    );
    Xades::sent(resigned(&both, "cards/medecin/sign"), "cards/medecin/sign").is_refused_by("XADES-REF-05");
}

#[test]
fn forged_properties_beside_the_signed_ones_are_refused() {
    let original = piece("<xad:QualifyingProperties", "</xad:QualifyingProperties>");
    let forged = original.replace("S0-SignedProperties", "other");
    signed().with(&original, &format!("{forged}{original}")).is_refused_by("XADES-REF-06");
    signed().with(&original, &format!("<x>{original}</x>")).is_refused_by("XADES-REF-06");
    let inner = piece("<xad:SignedProperties", "</xad:SignedProperties>");
    let evil = inner.replace("S0-SignedProperties", "other");
    signed().with(&inner, &format!("{evil}{inner}")).is_refused_by("XADES-REF-06");
    let typed = "Type=\"http://uri.etsi.org/01903/v1.1.1#SignedProperties\"";
    signed().resigned_with(typed, "Type=\"urn:x\"").is_refused_by("XADES-REF-06");
    signed()
        .resigned_with("xmlns:xad=\"http://uri.etsi.org/01903/v1.1.1#\"", "xmlns:xad=\"urn:x\"")
        .is_refused_by("XADES-REF-06");
    let emptied = inner.replace("SignedSignatureProperties", "Other");
    signed().resigned_with(&inner, &emptied).is_refused_by("XADES-REF-06");
}

// The manifest.

#[test]
fn the_manifest_names_the_set_first() {
    let set = digest_of_set();
    signed().resigned_with(&format!("urn:oid:{SET}"), SET).is_refused_by("XADES-MAN-01");
    signed().resigned_with(&format!("urn:oid:{SET}"), "urn:oid:").is_refused_by("XADES-MAN-01");
    signed().resigned_with(&set, &set.replace("ds:Reference", "ds:Other")).is_refused_by("XADES-MAN-01");
    let references = manifest().replace("<ds:Manifest Id=\"IHEManifest\">", "").replace("</ds:Manifest>", "");
    signed().resigned_with(&references, "").is_refused_by("XADES-MAN-01");
}

#[test]
fn the_manifest_names_each_document_once_with_its_digest() {
    let document = format!("urn:oid:{CDA}");
    for other in [CDA, "http://evil.example/x", "#IHEManifest", ""] {
        signed().resigned_with(&document, other).is_refused_by("XADES-MAN-02");
    }
    let digest = STANDARD.encode(Hash::Sha256.digest(b"DICM\0\x01"));
    let value = format!("<ds:DigestValue>{digest}</ds:DigestValue>");
    for other in ["", "<ds:DigestValue/>", "<ds:DigestValue>§</ds:DigestValue>", &value.repeat(2)] {
        signed().resigned_with(&value, other).is_refused_by("XADES-MAN-02");
    }
    signed().resigned_with("urn:oid:1.2.250.1.999.77.1.3.2", &document).is_refused_by("XADES-MAN-03");
}

// The properties.

#[test]
fn the_properties_name_the_signature() {
    let target = format!("<xad:QualifyingProperties xmlns:xad=\"{XADES}\" Target=\"#{ID}\"");
    for other in [format!("Target=\"{ID}\""), "Target=\"#other\"".to_owned(), String::new()] {
        let changed = target.replace(&format!("Target=\"#{ID}\""), &other);
        signed().with(&target, &changed).is_refused_by("XADES-PRO-01");
    }
}

#[test]
fn the_signing_time_has_an_offset_and_is_not_in_the_future() {
    let time = "<xad:SigningTime>2025-03-10T09:30:00+00:00</xad:SigningTime>";
    let text = |text: &str| format!("<xad:SigningTime>{text}</xad:SigningTime>");
    for bad in ["2025-03-10T09:30:00", "2025-03-10", "20250310093000", "yesterday", ""] {
        signed().resigned_with(time, &text(bad)).is_refused_by("XADES-PRO-02");
    }
    signed().resigned_with(time, "").is_refused_by("XADES-PRO-02");
    signed().resigned_with(time, &time.repeat(2)).is_refused_by("XADES-PRO-02");
    signed().resigned_with(time, &text("2025-03-10T10:35:00+01:00")).is_taken();
    let error = signed().resigned_with(time, &text("2025-03-10T10:35:01+01:00")).is_refused_by("XADES-PRO-03");
    assert_eq!(error.expected.as_deref(), Some("≤ 2025-03-10T09:35:00Z"));
}

#[test]
fn the_certificate_is_valid_when_it_signs_and_when_the_signature_comes() {
    let time = "2025-03-10T09:30:00+00:00";
    signed().resigned_with(time, "2025-03-09T09:30:00+00:00").is_taken();
    signed().resigned_with(time, "2025-03-09T09:29:59+00:00").is_refused_by("XADES-PRO-04");
    signed().at(now() - TimeDelta::days(2)).is_refused_by("XADES-CRT-04");
    signed().at(now() + TimeDelta::days(6 * 365)).is_refused_by("XADES-CRT-04");
    Xades::by("cards/expire/sign", &request(SET, &[], Hash::Sha256)).is_refused_by("XADES-CRT-04");
}

#[test]
fn the_signing_certificate_is_the_one_of_key_info() {
    for version in [Version::V111, Version::V132] {
        let mine = signed_with(Hash::Sha256, version);
        let digest = |path: &str| STANDARD.encode(Hash::Sha256.digest(&certificate(path).to_der().unwrap()));
        let (own, other) = (digest("cards/medecin/sign"), digest("cards/cardiologue/sign"));
        mine.clone().resigned_with(&own, &other).is_refused_by("XADES-PRO-05");
        // Left out altogether.
        let (start, end) = match version {
            Version::V111 => ("<xad:SigningCertificate>", "</xad:SigningCertificate>"),
            Version::V132 => ("<xad:SigningCertificateV2>", "</xad:SigningCertificateV2>"),
        };
        let from = mine.text.find(start).unwrap();
        let whole = mine.text[from..mine.text.find(end).unwrap() + end.len()].to_owned();
        mine.clone().resigned_with(&whole, "").is_refused_by("XADES-PRO-05");
        mine.clone().resigned_with(&whole, &format!("{start}{end}")).is_refused_by("XADES-PRO-05");
        mine.clone().resigned_with(&whole, &whole.repeat(2)).is_refused_by("XADES-PRO-05");
        mine.resigned_with(&own, &own.replace('=', "")).is_refused_by("XADES-PRO-05");
    }
}

#[test]
fn issuer_and_serial_number_are_those_of_the_certificate() {
    let serial = piece("<ds:X509SerialNumber>", "</ds:X509SerialNumber>");
    let issuer = piece("<ds:X509IssuerName>", "</ds:X509IssuerName>");
    let one_more = serial.replace("</ds:X509SerialNumber>", "0</ds:X509SerialNumber>");
    for (from, to) in [
        (serial.as_str(), one_more.as_str()),
        (&serial, "<ds:X509SerialNumber>0x10</ds:X509SerialNumber>"),
        (&serial, "<ds:X509SerialNumber/>"),
        (&serial, ""),
        (&issuer, "<ds:X509IssuerName>CN=Somebody,C=FR</ds:X509IssuerName>"),
        (&issuer, "<ds:X509IssuerName>nobody</ds:X509IssuerName>"),
        (&piece("<xad:IssuerSerial>", "</xad:IssuerSerial>"), ""),
    ] {
        signed().resigned_with(from, to).is_refused_by("XADES-PRO-06");
    }
    // The same name in another order and other spaces, as toolkits write it.
    let name = issuer.replace("<ds:X509IssuerName>", "").replace("</ds:X509IssuerName>", "");
    let turned = name.split(',').rev().collect::<Vec<_>>().join(", ");
    signed().resigned_with(&name, &turned).is_taken();
    let second = signed_with(Hash::Sha256, Version::V132);
    let start = second.text.find("<xad:IssuerSerialV2>").unwrap();
    let end = second.text.find("</xad:IssuerSerialV2>").unwrap();
    let whole = second.text[start..end + "</xad:IssuerSerialV2>".len()].to_owned();
    second.clone().resigned_with(&whole, "").is_taken();
    second.clone().resigned_with(&whole, "<xad:IssuerSerialV2>MAA=</xad:IssuerSerialV2>").is_refused_by("XADES-PRO-06");
    second.resigned_with(&whole, "<xad:IssuerSerialV2>§</xad:IssuerSerialV2>").is_refused_by("XADES-PRO-06");
}

#[test]
fn the_policy_is_implied() {
    signed().resigned_with("<xad:SignaturePolicyImplied/>", "").is_refused_by("XADES-PRO-07");
    let whole = piece("<xad:SignaturePolicyIdentifier>", "</xad:SignaturePolicyIdentifier>");
    signed().resigned_with(&whole, "").is_refused_by("XADES-PRO-07");
}

#[test]
fn the_purpose_is_source() {
    let property = piece("<ds:SignatureProperty ", "</ds:SignatureProperty>");
    for other in [
        String::new(),
        property.repeat(2).replacen("Id=\"purposeOfSignature\"", "", 1).replacen("Id=\"purposeOfSignature\"", "", 1),
        property.replace("1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12.1.1"),
        property.replace(&format!("#{ID}"), "#other"),
        property.replace("1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12<!-- -->.1.14"),
    ] {
        signed().with(&property, &other).is_refused_by("XADES-PRO-08");
    }
}

// The certificate.

#[test]
fn the_signature_value_is_of_the_certificate_that_comes_with_it() {
    let encoded = |path: &str| STANDARD.encode(certificate(path).to_der().unwrap());
    let swapped = signed().with(&encoded("cards/medecin/sign"), &encoded("cards/cardiologue/sign"));
    swapped.is_refused_by("XADES-SIG-01");
    signed().with(&encoded("cards/medecin/sign"), "MAA=").is_refused_by("XADES-CRT-01");
}

#[test]
fn each_way_in_which_a_certificate_fails_has_its_rule() {
    let request = request(SET, &[], Hash::Sha256);
    let refused = |trust: TrustStore| signed().verified_against(Arc::new(trust)).unwrap_err().rule.id;
    let foreign = &foreign_files().iter().find(|file| file.path == "trust.pem").unwrap().content;
    assert_eq!(refused(TrustStore::from_pem(foreign, &[]).unwrap()), "XADES-CRT-02");
    assert_eq!(refused(TrustStore::from_pem(file("trust.pem"), &[]).unwrap()), "XADES-CRT-06");
    assert!(signed().verified_against(Arc::new(TrustStore::from_pem(file("trust.pem"), &lists()).unwrap())).is_ok());
    Xades::by("cards/revoque/sign", &request).is_refused_by("XADES-CRT-05");
    let authentication = Xades::by("cards/medecin/auth", &request);
    authentication.is_refused_by("XADES-CRT-07");
    authentication.at_gateway_with(|settings| settings.key_usage = KeyUsageRule::SignatureOrAuthentication).is_taken();
    Xades::by("server/tls", &request).is_refused_by("XADES-CRT-03");
}

#[test]
fn a_refusal_names_the_element_in_the_document() {
    let time = "<xad:SigningTime>2025-03-10T09:30:00+00:00</xad:SigningTime>";
    let error = signed().resigned_with(time, "<xad:SigningTime>now</xad:SigningTime>").is_refused_by("XADES-PRO-02");
    let properties = "/Signature/Object[3]/QualifyingProperties/SignedProperties/SignedSignatureProperties/SigningTime";
    assert_eq!((error.xpath.as_deref(), error.found.as_deref()), (Some(properties), Some("now")));
    let error = signed().resigned_with(&format!("urn:oid:{CDA}"), "x").is_refused_by("XADES-MAN-02");
    assert_eq!(error.xpath.as_deref(), Some("/Signature/Object[2]/Manifest/Reference[2]"));
}

#[test]
fn other_authorities_are_in_force_at_once() {
    let verifier = Verifier::new(Settings::default(), trust());
    let document = signed().text;
    assert!(verifier.verify(document.as_bytes(), now()).is_ok());
    verifier.replace_trust(Arc::new(TrustStore::from_pem(file("trust.pem"), &[]).unwrap()));
    assert_eq!(verifier.verify(document.as_bytes(), now()).unwrap_err().rule.id, "XADES-CRT-06");
}

/// Whatever is done to the bytes of a signature document, it is refused or says what was signed.
#[test]
fn no_change_of_a_byte_makes_a_signature_say_something_else() {
    let verifier = Verifier::new(Settings { allow_sha1: true, ..Settings::default() }, trust());
    for version in [Version::V111, Version::V132] {
        let text = signed_with(Hash::Sha256, version).text.into_bytes();
        let signed = verifier.verify(&text, now()).unwrap();
        let mut taken = 0;
        for at in 0..text.len() {
            let (before, after) = text.split_at(at);
            let changes = [
                [before, &[after[0] ^ 1], &after[1..]].concat(),
                [before, &after[1..]].concat(),
                [before, b"<!---->", after].concat(),
            ];
            for changed in changes {
                let Ok(verified) = verifier.verify(&changed, now()) else { continue };
                taken += 1;
                assert_eq!(verified.manifest(), signed.manifest(), "{}", String::from_utf8_lossy(&changed));
                assert_eq!(verified.holder(), signed.holder());
                assert_eq!(verified.signing_time(), signed.signing_time());
            }
        }
        // Comments where no comment is covered.
        assert!(taken > 0);
    }
}

#[test]
fn the_seeds_of_the_fuzz_target_are_taken() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let read = |path: &str| std::fs::read(base.join(path)).unwrap();
    let lists = [read("fixture/xades/people.crl"), read("fixture/xades/organisations.crl")];
    let trust = Arc::new(TrustStore::from_pem(&read("fixture/xades/trust.pem"), &lists).unwrap());
    let verifier = Verifier::new(Settings { allow_sha1: true, ..Settings::default() }, trust);
    let at = "2026-11-25T19:00:00Z".parse().unwrap();
    for seed in ["card", "card-sha1", "card-v2", "structure", "xmlsec1"] {
        let verified = verifier.verify(&read(&format!("corpus/xades/{seed}")), at);
        assert_eq!(verified.unwrap().manifest().documents().len(), 2, "{seed}");
    }
}

// xmlsec1, the other opinion: the signature value and the references within the document. The documents that a manifest names
// are beyond it: it would look for them on the network.

/// Runs `xmlsec1`, or says in one line that it is missing.
fn xmlsec1(arguments: &[&str], directory: &Path) -> Option<Output> {
    match Command::new("xmlsec1").args(arguments).current_dir(directory).output() {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("xmlsec1 is missing ({error}); `make test` installs it");
            None
        }
    }
}

const IDS: [&str; 10] = [
    "--ignore-manifests",
    "--id-attr:Id",
    "http://www.w3.org/2000/09/xmldsig#:Manifest",
    "--id-attr:Id",
    "http://uri.etsi.org/01903/v1.1.1#:SignedProperties",
    "--id-attr:Id",
    "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
    "--id-attr:Id",
    "http://www.w3.org/2000/09/xmldsig#:Object",
    "--enabled-key-data",
];

fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, path) in [
        ("root.pem", "ca/root.pem"),
        ("people.pem", "ca/people.pem"),
        ("organisations.pem", "ca/organisations.pem"),
        ("sign.pem", "cards/medecin/sign.pem"),
        ("sign.key", "cards/medecin/sign.key"),
    ] {
        std::fs::write(directory.path().join(name), file(path)).unwrap();
    }
    directory
}

#[test]
fn our_signatures_verify_in_xmlsec1() {
    let directory = directory();
    let verify = |text: &str| {
        std::fs::write(directory.path().join("signature.xml"), text).unwrap();
        let mut arguments = vec!["--verify", "--verification-gmt-time", "2025-03-10 09:30:00"];
        arguments.extend(IDS);
        arguments.push("x509");
        arguments.extend(["--trusted-pem", "root.pem", "--untrusted-pem", "people.pem"]);
        arguments.extend(["--untrusted-pem", "organisations.pem", "signature.xml"]);
        xmlsec1(&arguments, directory.path())
    };
    for hash in [Hash::Sha256, Hash::Sha1] {
        for version in [Version::V111, Version::V132] {
            let ours = signed_with(hash, version);
            let Some(output) = verify(&ours.text) else { return };
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            for (from, to) in
                [(SET, "1.2.3"), ("2025-03-10T09", "2025-03-10T08"), ("#S0-SignedProperties", "#IHEManifest")]
            {
                let changed = verify(&ours.clone().with(from, to).text).unwrap();
                assert!(!changed.status.success(), "{from}");
            }
        }
    }
    let structure = Xades::by("organisations/hopital/sign", &request(SET, &[], Hash::Sha256));
    let output = verify(&structure.text).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn signatures_of_xmlsec1_verify_here() {
    let directory = directory();
    let emptied = |text: &str, element: &str, times: usize| {
        let (start, end) = (format!("<ds:{element}>"), format!("</ds:{element}>"));
        let mut out = String::new();
        let mut rest = text;
        for _ in 0..times {
            let Some((before, after)) = rest.split_once(&start) else { break };
            out.push_str(before);
            out.push_str(&start);
            rest = &after[after.find(&end).unwrap()..];
        }
        out + rest
    };
    for separator in ["", "\n", "\r\n\t"] {
        for c14n in ["#WithComments", ""] {
            let ours = signed().text.replace("><", &format!(">{separator}<"));
            let template =
                ours.replacen("REC-xml-c14n-20010315#WithComments", &format!("REC-xml-c14n-20010315{c14n}"), 1);
            let template = emptied(&emptied(&template, "DigestValue", 2), "SignatureValue", 1);
            let template = template.replacen("<ds:SignedInfo>", "<ds:SignedInfo><!-- é -->", 1);
            let template = emptied(&template, "X509Certificate", 1);
            std::fs::write(directory.path().join("template.xml"), template).unwrap();
            let mut arguments = vec!["--sign", "--privkey-pem", "sign.key,sign.pem"];
            arguments.extend(&IDS[..9]);
            arguments.extend(["--output", "signed.xml", "template.xml"]);
            let Some(output) = xmlsec1(&arguments, directory.path()) else { return };
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let made = std::fs::read_to_string(directory.path().join("signed.xml")).unwrap();
            let made = Xades::sent(made, "cards/medecin/sign");
            assert_eq!(made.is_taken().manifest().submission_set(), SET);
            made.with(CDA, "6.6.6").is_refused_by("XADES-REF-04");
        }
    }
}
