//! Signatures of assertions: the one legal shape, the attacks on it, and `xmlsec1` as the other opinion.
//! Spec: DMP TD0.1 signature profile, W3C xmldsig-core.

use std::path::Path;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dmp_gateway::security::signature::algorithm::Hash;
use dmp_gateway::security::vihf::verify::VihfFault;
use dmp_gateway::xml::canonical::Canonicalization;
use dmp_gateway::xml::document::{Document, Node};
use dmp_gateway::xml::limits::Limits;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use crate::support::pki::{certificate, file};
use crate::support::vihf::{ID, air, direct, indirect, sent, sent_as};

/// The signature of a signed assertion, and the assertion without it.
fn apart(signed: &str) -> (String, String) {
    let start = signed.find("<ds:Signature ").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    (signed[start..end].to_owned(), format!("{}{}", &signed[..start], &signed[end..]))
}

/// The assertion of a caller who would be somebody else, with this signature after its issuer.
fn forged(signature: &str) -> String {
    let evil = direct().with(">899700000017<", ">899700000025<").unsigned();
    evil.replace("</saml2:Issuer>", &format!("</saml2:Issuer>{signature}"))
}

/// The same with an ID of its own.
fn forged_with_other_id(signature: &str) -> String {
    forged(signature).replacen(&format!("ID=\"{ID}\""), "ID=\"_evil\"", 1)
}

fn inside(signature: &str, content: &str) -> String {
    signature.replace("</ds:Signature>", &format!("{content}</ds:Signature>"))
}

// The eight signature wrappings, with the header of a SOAP message in the part of the SAML response.

#[test]
fn wrapping_1_the_original_in_an_object_of_the_signature_of_the_forgery_is_refused() {
    let (signature, original) = apart(&direct().signed());
    let wrapped = inside(&signature, &format!("<ds:Object>{original}</ds:Object>"));
    sent(&forged(&wrapped)).is_refused_by("VIHF-SEC-01");
    sent(&forged_with_other_id(&wrapped)).is_refused_by("VIHF-SEC-01");
}

#[test]
fn wrapping_2_a_detached_signature_beside_forgery_and_original_is_refused() {
    let (signature, original) = apart(&direct().signed());
    sent(&format!("{}{signature}{original}", forged_with_other_id(""))).is_refused_by("VIHF-SEC-01");
}

#[test]
fn wrapping_3_a_forgery_before_the_signed_original_is_refused() {
    sent(&format!("{}{}", forged_with_other_id(""), direct().signed())).is_refused_by("VIHF-SEC-01");
}

#[test]
fn wrapping_4_a_forgery_around_the_signed_original_is_refused() {
    let around = forged_with_other_id("");
    let around = around.replace("</saml2:Assertion>", &format!("{}</saml2:Assertion>", direct().signed()));
    sent(&around).is_refused_by("VIHF-SEC-01");
}

#[test]
fn wrapping_5_a_forgery_with_the_signature_before_the_bare_original_is_refused() {
    let (signature, original) = apart(&direct().signed());
    sent(&format!("{}{original}", forged(&signature))).is_refused_by("VIHF-SEC-01");
    sent(&format!("{}{original}", forged_with_other_id(&signature))).is_refused_by("VIHF-SEC-01");
}

#[test]
fn wrapping_6_the_original_inside_the_signature_of_the_forgery_is_refused() {
    let (signature, original) = apart(&direct().signed());
    sent(&forged(&inside(&signature, &original))).is_refused_by("VIHF-SEC-01");
}

#[test]
fn wrapping_7_the_original_elsewhere_in_the_message_is_refused() {
    let (signature, original) = apart(&direct().signed());
    let message = |forged: &str, header: &str, body: &str| {
        format!(
            "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Header>{header}<wsse:Security \
             xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">{forged}\
             </wsse:Security></soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>"
        )
    };
    for (header, body) in [(format!("<x:y xmlns:x=\"u\">{original}</x:y>"), String::new()), (String::new(), original)] {
        let other_id = sent_as(&message(&forged_with_other_id(&signature), &header, &body));
        other_id.is_refused_by("VIHF-SIG-04");
        sent_as(&message(&forged(&signature), &header, &body)).is_refused_by("VIHF-SIG-06");
    }
}

#[test]
fn wrapping_8_the_original_in_an_object_without_its_assertion_name_is_refused() {
    let (signature, original) = apart(&direct().signed());
    // Hidden from who looks for assertions by name, found by who looks for IDs.
    let hidden = original.replace("saml2:Assertion", "saml2:Evidence");
    let wrapped = inside(&signature, &format!("<ds:Object>{hidden}</ds:Object>"));
    sent(&forged(&wrapped)).is_refused_by("VIHF-SEC-03");
    sent(&forged_with_other_id(&wrapped)).is_refused_by("VIHF-SIG-02");
}

#[test]
fn a_forgery_elsewhere_in_the_message_changes_nothing() {
    let message = format!(
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Header><x>{}</x><wsse:Security \
         xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">{}\
         </wsse:Security></soap:Header><soap:Body>{}</soap:Body></soap:Envelope>",
        forged(""),
        direct().signed(),
        forged("")
    );
    assert_eq!(sent_as(&message).is_taken().name_id(), "899700000017");
}

// Stripped, swapped, changed.

#[test]
fn a_stripped_signature_is_missed() {
    for vihf in [direct(), indirect(), air()] {
        let (_, stripped) = apart(&vihf.signed());
        let error = sent(&stripped).is_refused_by("VIHF-SIG-01");
        assert_eq!(error.kind, VihfFault::FailedCheck);
        assert_eq!(error.xpath.as_deref(), Some("/Envelope/Header/Security/Assertion/Signature"));
    }
}

#[test]
fn the_signature_of_another_assertion_is_refused() {
    let (signature, _) = apart(&direct().signed());
    sent(&forged(&signature)).is_refused_by("VIHF-SIG-06");
    sent(&forged_with_other_id(&signature)).is_refused_by("VIHF-SIG-04");
}

#[test]
fn one_changed_character_anywhere_breaks_the_signature() {
    let signed = direct().signed();
    for (from, to) in [
        (">899700000017<", ">899700000018<"),
        ("284067510512388", "279035121518989"),
        ("code=\"normal\"", "code=\"centre_15\""),
        ("2025-03-10T09:30:00.000Z", "2025-03-10T09:31:00.000Z"),
        ("<saml2:Subject>", " <saml2:Subject>"),
    ] {
        assert!(signed.contains(from), "{from}");
        sent(&signed.replace(from, to)).is_refused_by("VIHF-SIG-06");
    }
}

#[test]
fn a_recomputed_digest_breaks_the_signature_value() {
    let signed = direct().signed();
    let digest_of = |text: &str| {
        let start = text.find("<ds:DigestValue>").unwrap() + "<ds:DigestValue>".len();
        text[start..start + text[start..].find('<').unwrap()].to_owned()
    };
    let evil = direct().with(">899700000017<", ">899700000025<").signed();
    let (signature, _) = apart(&signed);
    sent(&forged(&signature.replace(&digest_of(&signed), &digest_of(&evil)))).is_refused_by("VIHF-SIG-07");
}

#[test]
fn the_certificate_of_another_holder_does_not_fit_the_signature() {
    let encoded = |path: &str| STANDARD.encode(certificate(path).to_der().unwrap());
    let signed = direct().signed();
    let swapped = signed.replace(&encoded("cards/medecin/sign"), &encoded("cards/cardiologue/sign"));
    assert_ne!(signed, swapped);
    sent(&swapped).is_refused_by("VIHF-SIG-07");
}

// Algorithms.

#[test]
fn an_hmac_with_the_public_certificate_as_its_key_is_refused() {
    let (signature, _) = apart(&direct().signed());
    for (uri, digest) in [
        ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", openssl::hash::MessageDigest::sha256()),
        ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", openssl::hash::MessageDigest::sha1()),
    ] {
        let text = signature.replace(Hash::Sha256.signature_uri(), uri);
        let document = Document::parse(&text, &Limits::default()).unwrap();
        let signed_info = Canonicalization::exclusive().canonicalize(document.root().first_child().unwrap(), None);
        let key = PKey::hmac(&certificate("cards/medecin/sign").to_der().unwrap()).unwrap();
        let value = Signer::new(digest, &key).unwrap().sign_oneshot_to_vec(&signed_info).unwrap();
        let start = text.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
        let end = text.find("</ds:SignatureValue>").unwrap();
        let hmac = format!("{}{}{}", &text[..start], STANDARD.encode(value), &text[end..]);
        let message = direct().unsigned().replace("</saml2:Issuer>", &format!("</saml2:Issuer>{hmac}"));
        let error = sent(&message).is_refused_by("VIHF-SIG-03");
        assert_eq!(error.found.as_deref(), Some(uri));
        sent(&message).at_gateway_with(|settings| settings.allow_sha1 = true).is_refused_by("VIHF-SIG-03");
    }
}

#[test]
fn sha1_is_refused_unless_the_setting_takes_it() {
    let error = direct().with_sha1().sent().is_refused_by("VIHF-SIG-03");
    assert_eq!(error.expected.as_deref(), Some(Hash::Sha256.signature_uri()));
    direct().with_sha1().sent().at_gateway_with(|settings| settings.allow_sha1 = true).is_taken();
    let digest_only = direct().signed().replace(Hash::Sha256.digest_uri(), Hash::Sha1.digest_uri());
    sent(&digest_only).is_refused_by("VIHF-SIG-03");
}

#[test]
fn parameters_of_algorithms_are_refused() {
    let truncated = "<ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>";
    sent(&direct().signed().replace("</ds:SignatureMethod>", truncated)).is_refused_by("VIHF-SIG-02");
}

// The reference and its transforms.

#[test]
fn the_reference_points_to_the_assertion_and_nowhere_else() {
    for uri in [
        "",
        "#",
        ID,
        "#other",
        "http://evil.example/x",
        "file:///etc/passwd",
        "#xpointer(/)",
        "#xpointer(id('_6f0c7a52-0b1e-4a6e-9a5e-2f5b8a1d9c01'))",
    ] {
        let changed = direct().signed().replace(&format!("URI=\"#{ID}\""), &format!("URI=\"{uri}\""));
        let error = sent(&changed).is_refused_by("VIHF-SIG-04");
        assert_eq!(error.expected, Some(format!("URI=\"#{ID}\"")));
    }
    sent(&direct().signed().replace(&format!(" URI=\"#{ID}\""), "")).is_refused_by("VIHF-SIG-04");
}

#[test]
fn a_second_reference_and_a_manifest_are_refused() {
    let signed = direct().signed();
    let start = signed.find("<ds:Reference ").unwrap();
    let end = signed.find("</ds:Reference>").unwrap() + "</ds:Reference>".len();
    let reference = &signed[start..end];
    sent(&signed.replace(reference, &reference.repeat(2))).is_refused_by("VIHF-SIG-02");
    sent(&signed.replace(reference, "")).is_refused_by("VIHF-SIG-02");
    let manifest = format!("</ds:KeyInfo><ds:Object><ds:Manifest>{reference}</ds:Manifest></ds:Object>");
    sent(&signed.replace("</ds:KeyInfo>", &manifest)).is_refused_by("VIHF-SIG-02");
}

#[test]
fn only_the_two_transforms_in_their_order_are_taken() {
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>";
    let canonical = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    let other = |uri: &str, content: &str| format!("<ds:Transform Algorithm=\"{uri}\">{content}</ds:Transform>");
    let xslt = other("http://www.w3.org/TR/1999/REC-xslt-19991116", "<xsl:stylesheet xmlns:xsl=\"u\"/>");
    let xpath = other("http://www.w3.org/TR/1999/REC-xpath-19991116", "<ds:XPath>false()</ds:XPath>");
    let filter = other("http://www.w3.org/2002/06/xmldsig-filter2", "");
    let inclusive = other("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "");
    let with_comments = other("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", "");
    let base64 = other("http://www.w3.org/2000/09/xmldsig#base64", "");
    let signed = direct().signed();
    let both = format!("{enveloped}{canonical}");
    assert!(signed.contains(&both));
    for transforms in [
        String::new(),
        enveloped.to_owned(),
        canonical.to_owned(),
        format!("{canonical}{enveloped}"),
        format!("{both}{xslt}"),
        format!("{both}{xpath}"),
        format!("{xpath}{canonical}"),
        format!("{enveloped}{xslt}"),
        format!("{enveloped}{filter}"),
        format!("{enveloped}{inclusive}"),
        format!("{enveloped}{with_comments}"),
        format!("{enveloped}{base64}"),
        format!("{both}{canonical}"),
        both.replace("enveloped-signature\">", "enveloped-signature\"><x/>"),
        both.replace("xml-exc-c14n#\">", "xml-exc-c14n#\"><x/>"),
    ] {
        sent(&signed.replace(&both, &transforms)).is_refused_by("VIHF-SIG-05");
    }
}

#[test]
fn the_canonicalisation_of_the_signed_info_is_the_exclusive_one() {
    for uri in ["http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2006/12/xml-c14n11", ""] {
        let method = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
        let changed = method.replace("http://www.w3.org/2001/10/xml-exc-c14n#", uri);
        sent(&direct().signed().replace(method, &changed)).is_refused_by("VIHF-SIG-03");
    }
}

// The shape of the rest.

#[test]
fn a_signature_of_another_shape_is_refused() {
    let signed = direct().signed();
    let (signature, bare) = apart(&signed);
    let leaf = {
        let start = signed.find("<ds:X509Certificate>").unwrap();
        let end = signed.find("</ds:X509Certificate>").unwrap() + "</ds:X509Certificate>".len();
        signed[start..end].to_owned()
    };
    for changed in [
        signed.replace(&leaf, ""),
        signed.replace(&leaf, &leaf.repeat(2)),
        signed.replace(&leaf, "<ds:X509Certificate>§</ds:X509Certificate>"),
        signed.replace("<ds:KeyInfo>", "<ds:KeyInfo/><ds:KeyInfo>"),
        signed.replace("<ds:SignatureValue>", "<ds:SignatureValue><x/>"),
        signed.replace("<ds:SignedInfo>", "<ds:SignedInfo>text"),
        signed.replace(
            "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>",
            "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo/><ds:SignedInfo>",
        ),
        signed.replace(&signature, &signature.repeat(2)),
        bare.replace("</saml2:Assertion>", &format!("{signature}</saml2:Assertion>")),
        bare.replace("<saml2:Subject>", &format!("<saml2:Subject>{signature}")),
    ] {
        assert_ne!(changed, signed);
        sent(&changed).is_refused_by("VIHF-SIG-02");
    }
}

#[test]
fn what_key_info_says_besides_the_certificate_is_not_read() {
    let hints = "<ds:KeyInfo><ds:KeyName>admin</ds:KeyName><ds:KeyValue><x/></ds:KeyValue>";
    sent(&direct().signed().replace("<ds:KeyInfo>", hints)).is_taken();
}

// xmlsec1, the other opinion.

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

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion:Assertion";

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
    let verify = |assertion: &str| {
        let message = format!("<e xmlns=\"urn:default\" xmlns:ds=\"urn:not-ds\" xmlns:q=\"urn:q\">{assertion}</e>");
        std::fs::write(directory.path().join("message.xml"), message).unwrap();
        let trusted =
            ["--trusted-pem", "root.pem", "--untrusted-pem", "people.pem", "--untrusted-pem", "organisations.pem"];
        let mut arguments =
            vec!["--verify", "--id-attr:ID", ASSERTION, "--verification-gmt-time", "2025-03-10 09:30:00"];
        arguments.extend(trusted);
        arguments.push("message.xml");
        xmlsec1(&arguments, directory.path())
    };
    for vihf in
        [direct(), indirect(), air(), direct().with_sha1(), direct().with("MONLOGICIEL", "é &lt;&amp;&gt;&#13;\t\n")]
    {
        let Some(output) = verify(&vihf.signed()) else { return };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let tampered = vihf.signed().replace("284067510512388", "279035121518989");
        assert!(verify(&tampered).is_some_and(|output| !output.status.success()));
    }
}

#[test]
fn signatures_of_xmlsec1_verify_here() {
    let directory = directory();
    let template = |prefix_list: &str, separator: &str| {
        let parts = [
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
            "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>",
            "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>",
            &format!("<ds:Reference URI=\"#{ID}\"><ds:Transforms>"),
            "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>",
            &format!(
                "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">{prefix_list}</ds:Transform>"
            ),
            "</ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>",
            "<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>",
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>",
        ];
        parts.join(separator)
    };
    let prefixes = "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" \
                    PrefixList=\"ds saml #default xsi q\"/>";
    for (prefix_list, separator) in [("", ""), ("", "\n  "), (prefixes, ""), (prefixes, "\r\n\t")] {
        let unsigned = direct().with("MONLOGICIEL", "é &lt;&amp;&gt;&#13;").unsigned();
        let placed = format!("</saml2:Issuer>{}", template(prefix_list, separator));
        // Signed inside the message, as a client does whose namespaces come from the envelope.
        let message = format!(
            "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" xmlns=\"urn:default\" \
             xmlns:q=\"urn:q\"><soap:Header><wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/\
             oasis-200401-wss-wssecurity-secext-1.0.xsd\">{}</wsse:Security></soap:Header><soap:Body/></soap:Envelope>",
            unsigned.replace("</saml2:Issuer>", &placed)
        );
        std::fs::write(directory.path().join("template.xml"), message).unwrap();
        let arguments = [
            "--sign",
            "--privkey-pem",
            "sign.key,sign.pem",
            "--id-attr:ID",
            ASSERTION,
            "--output",
            "signed.xml",
            "template.xml",
        ];
        let Some(output) = xmlsec1(&arguments, directory.path()) else { return };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let signed = std::fs::read_to_string(directory.path().join("signed.xml")).unwrap();
        assert_eq!(sent_as(&signed).is_taken().software().name, "é <&>");
        sent_as(&signed.replace("284067510512388", "279035121518989")).is_refused_by("VIHF-SIG-06");
    }
}

#[test]
fn a_signed_element_is_found_by_its_place_and_not_by_its_id() {
    // The same ID on an element outside the header is of no consequence.
    let signed = direct().signed();
    let document = Document::parse(&signed, &Limits::default()).unwrap();
    assert_eq!(
        document.root().descendants().filter(Node::is_element).filter(|n| n.attribute("ID") == Some(ID)).count(),
        1
    );
    let message = format!(
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Header><wsse:Security \
         xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">{signed}\
         </wsse:Security></soap:Header><soap:Body><x ID=\"{ID}\"/></soap:Body></soap:Envelope>"
    );
    sent_as(&message).is_taken();
}
