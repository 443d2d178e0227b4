//! The VIHF: what is taken, and every reason to refuse it in the order of the checks. Spec: DMP TD0.1.

use std::sync::Arc;

use chrono::TimeDelta;
use dmp_gateway::datatype::oid::Oid;
use dmp_gateway::security::pki::chain::{KeyUsageRule, TrustStore};
use dmp_gateway::security::pki::holder::Holder;
use dmp_gateway::security::vihf::assertion::{Mode, PurposeOfUse};
use dmp_gateway::security::vihf::attribute::{Presence, TABLE};
use dmp_gateway::security::vihf::rule::RULES;
use dmp_gateway::security::vihf::verify::{Verifier, VihfFault};
use dmp_gateway::security::vihf::{Settings, UnknownCodes, UnsignedDirect};
use dmp_gateway::xml::document::Document;
use dmp_gateway::xml::guard::Refused;
use dmp_gateway::xml::limits::Limits;

use crate::support::pki::{file, foreign_files, now, trust};
use crate::support::vihf::{ID, PATIENT, Vihf, air, direct, indirect, sent};

fn accept_unsigned(settings: &mut Settings) {
    settings.unsigned_direct = UnsignedDirect::Accept;
}

// What is taken.

#[test]
fn an_assertion_of_a_card_is_taken_with_all_that_it_says() {
    let vihf = direct().sent().over_tls_of("cards/medecin").is_taken();
    assert_eq!(vihf.id(), ID);
    assert_eq!(vihf.name_id(), "899700000017");
    assert_eq!(vihf.mode(), Mode::Direct);
    assert_eq!(vihf.version(), "3.0");
    assert_eq!(vihf.structure_id(), "499700000017001");
    assert_eq!((vihf.sector().value.as_str(), vihf.sector().scheme.as_str()), ("SA07", "1.2.250.1.71.4.2.4"));
    assert_eq!(vihf.subject_id(), Some("DUMONT ALICE"));
    assert_eq!(vihf.profession().unwrap().value, "10");
    assert_eq!(vihf.speciality().unwrap().value, "SM26");
    assert_eq!(vihf.resource_id().unwrap().to_string(), PATIENT);
    assert_eq!(vihf.purpose_of_use(), PurposeOfUse::Normal);
    assert_eq!(vihf.confidentiality(), None);
    assert_eq!(vihf.software().name, "MONLOGICIEL");
    assert_eq!(vihf.software().id.as_deref(), Some("00012345"));
    assert_eq!((vihf.issue_instant(), vihf.authn_instant()), (now(), now()));
    assert!(vihf.authn_context().ends_with("SmartcardPKI"));
    assert!(matches!(vihf.holder(), Holder::Person { .. }));
}

#[test]
fn a_structure_speaks_for_its_professionals_in_both_indirect_modes() {
    let vihf = indirect().sent().over_tls_of("organisations/hopital").is_taken();
    assert_eq!((vihf.mode(), vihf.name_id()), (Mode::Indirect, "899700000025"));
    assert!(matches!(vihf.holder(), Holder::Organisation { .. }));
    let vihf = air().sent().over_tls_of("organisations/hopital").is_taken();
    assert_eq!((vihf.mode(), vihf.authn_declaration()), (Mode::Air, Some("APP_BROWSER_AUTH")));
}

#[test]
fn debug_shows_neither_patient_nor_professional() {
    let vihf = direct().sent().is_taken();
    let shown = format!("{vihf:?} {:?}", vihf.holder());
    for secret in ["284067510512388", "DUMONT", "899700000017"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_forms_that_real_clients_send_are_taken() {
    direct().with("Authentification_mode", "Authentification_Mode").sent().is_taken();
    direct().with(" xsi:type=\"xs:string\"", "").sent().is_taken();
    direct().with("09:30:00.000Z", "09:30:00Z").sent().is_taken();
    direct().with(ID, ID).with(">3.0<", ">\n 3.0\n<").sent().is_taken();
    let sister = "<saml2:Attribute Name=\"Profil_Utilisateur\"><saml2:AttributeValue>x</saml2:AttributeValue>\
                  </saml2:Attribute><saml2:Attribute Name=\"VIHF_Version\">";
    direct().with("<saml2:Attribute Name=\"VIHF_Version\">", sister).sent().is_taken();
    direct().with("<saml2:Subject>", "<!-- between --><saml2:Subject>").sent().is_taken();
    direct().without("urn:oasis:names:tc:xacml:2.0:resource:resource-id").sent().is_taken();
    for code in ["INVISIBLE_REPRESENTANTS_LEGAUX^1.2.250.1.213.1.1.4.13", "INVISIBLE_REPRESENTANTS_LEGAUX"] {
        let secret = format!(
            "<saml2:Attribute Name=\"urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code\">\
             <saml2:AttributeValue>{code}</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement>"
        );
        let vihf = direct().with("</saml2:AttributeStatement>", &secret).sent().is_taken();
        assert_eq!(vihf.confidentiality().unwrap().value, "INVISIBLE_REPRESENTANTS_LEGAUX");
    }
    for purpose in ["bris_de_glace", "centre_15"] {
        let vihf = direct().with("code=\"normal\"", &format!("code=\"{purpose}\"")).sent().is_taken();
        assert_eq!(vihf.purpose_of_use().as_str(), purpose);
    }
}

#[test]
fn the_issuer_may_be_written_in_the_order_and_encoding_of_the_client() {
    let rfc2253 = "GN=ALICE,SN=DUMONT,CN=899700000017,OU=Médecin,O=TEST,C=FR";
    for other in [
        "C=FR, O=TEST, OU=Médecin, CN=899700000017, SN=DUMONT, GN=ALICE",
        "C=FR,O=TEST,OU=M?decin,CN=899700000017+2.5.4.4=#140644554d4f4e54+2.5.4.42=#1405414c494345",
        "G=Alice, SN=Dumont, CN=899700000017, OU=MÃ©decin, O=TEST, C=FR",
    ] {
        direct().with(rfc2253, other).sent().is_taken();
    }
    direct().with("CN=899700000017", "CN=899700000025").sent().is_refused_by("VIHF-ISS-01");
    direct().with(rfc2253, "CN=899700000017").sent().is_refused_by("VIHF-ISS-01");
}

#[test]
fn the_same_assertion_may_be_used_again_inside_its_window() {
    let verifier = Verifier::new(Settings::default(), trust());
    let message = direct().sent();
    for minutes in [0, 0, 30, 60] {
        let again = direct().sent().at(now() + TimeDelta::minutes(minutes));
        again.verified_by(&verifier).unwrap();
        message.verified_by(&verifier).unwrap();
    }
}

// The header.

#[test]
fn a_header_without_or_with_two_assertions_is_refused() {
    let one = direct().signed();
    let error = sent("").is_refused_by("VIHF-SEC-01");
    assert_eq!(error.kind, VihfFault::InvalidSecurity);
    assert_eq!(error.xpath.as_deref(), Some("/Envelope/Header/Security"));
    sent(&format!("{one}{one}")).is_refused_by("VIHF-SEC-01");
    sent(&format!("{one}{}", direct().with(ID, "_other").unsigned())).is_refused_by("VIHF-SEC-01");
    sent(&format!("<x>{one}</x>")).is_refused_by("VIHF-SEC-01");
    sent(&format!("{one}<x>{one}</x>")).is_refused_by("VIHF-SEC-01");
}

#[test]
fn other_elements_of_the_header_are_not_looked_at() {
    let timestamp = "<wsu:Timestamp xmlns:wsu=\"urn:wsu\" wsu:Id=\"T1\"/>";
    sent(&format!("{timestamp}{}", direct().signed())).is_taken();
}

#[test]
fn a_comment_inside_a_value_is_refused_though_the_signature_does_not_see_it() {
    for (from, to) in [
        (">899700000017<", ">8997<!-- -->00000017<"),
        (">899700000017<", ">899700000017<!---->.evil.example<"),
        (">899700000017<", ">8997<?x?>00000017<"),
        ("284067510512388", "284067<!-- x -->510512388"),
        (">DIRECTE<", ">INDIRECTE<!-- -->_RENFORCEE<"),
    ] {
        let signed = direct().signed();
        assert!(signed.contains(from));
        sent(&signed.replace(from, to)).is_refused_by("VIHF-SEC-02");
        direct().with(from, to).sent().is_refused_by("VIHF-SEC-02");
    }
}

#[test]
fn an_id_that_two_elements_bear_is_refused() {
    for attribute in ["ID", "Id", "id", "xml:id", "w:Id"] {
        let other = format!("<x xmlns:w=\"urn:wsu\" {attribute}=\"{ID}\"/>{}", direct().signed());
        sent(&other).is_refused_by("VIHF-SEC-03");
    }
    let inside = direct().with("<saml2:Subject>", &format!("<saml2:Subject Id=\"{ID}\">"));
    inside.sent().is_refused_by("VIHF-SEC-03");
}

#[test]
fn an_attribute_of_a_foreign_namespace_is_not_taken_for_the_one_that_saml_names() {
    let id = format!(" ID=\"{ID}\"");
    let foreign = format!(" xmlns:evil=\"urn:evil\" evil:ID=\"{ID}\"");
    sent(&direct().signed().replace(&id, &foreign)).is_refused_by("VIHF-STR-02");
    let version = direct().with(" Version=\"2.0\"", " xmlns:evil=\"urn:evil\" evil:Version=\"2.0\"");
    version.sent().is_refused_by("VIHF-STR-01");
}

#[test]
fn a_message_with_doctype_or_entities_never_reaches_the_verifier() {
    let entity = direct().signed().replace(">899700000017<", ">&name;<");
    let parse = |text: &str| Document::parse(text, &Limits::default()).err();
    for declaration in [
        "<!DOCTYPE x>",
        "<!DOCTYPE x [<!ENTITY name '899700000017'>]>",
        "<!DOCTYPE x [<!ENTITY name SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE x [<!ATTLIST x ID ID #IMPLIED>]>",
        "<!DOCTYPE x SYSTEM 'http://evil.example/x.dtd'>",
    ] {
        assert_eq!(parse(&format!("{declaration}<x>{entity}</x>")), Some(Refused::Doctype), "{declaration}");
    }
    assert!(matches!(parse(&format!("<x>{entity}</x>")), Some(Refused::Malformed { .. })));
}

// Structure and attributes.

#[test]
fn an_assertion_of_another_shape_is_refused() {
    direct().with("Version=\"2.0\"", "Version=\"1.1\"").sent().is_refused_by("VIHF-STR-01");
    direct().with(" Version=\"2.0\"", "").sent().is_refused_by("VIHF-STR-01");
    for id in ["", "a b", "#x", "&quot;", "é"] {
        let signed = direct().signed().replace(&format!(" ID=\"{ID}\""), &format!(" ID=\"{id}\""));
        sent(&signed).is_refused_by("VIHF-STR-02");
    }
    sent(&direct().signed().replace(&format!(" ID=\"{ID}\""), "")).is_refused_by("VIHF-STR-02");
    for (from, to) in [
        ("<saml2:Subject>", "<saml2:Advice/><saml2:Subject>"),
        ("<saml2:Subject>", "text<saml2:Subject>"),
        ("<saml2:AttributeStatement>", "<saml2:AttributeStatement/><saml2:AttributeStatement>"),
        ("</saml2:Assertion>", "<saml2:AuthzDecisionStatement/></saml2:Assertion>"),
        ("<saml2:NameID>899700000017</saml2:NameID>", ""),
        ("<saml2:NameID>", "<saml2:NameID>x</saml2:NameID><saml2:NameID>"),
        ("saml2:AuthnContext>", "saml2:Other>"),
    ] {
        direct().with(from, to).sent().is_refused_by("VIHF-STR-03");
    }
}

#[test]
fn a_value_is_text_and_nothing_else() {
    direct().with(">899700000017</saml2:NameID>", "></saml2:NameID>").sent().is_refused_by("VIHF-STR-04");
    direct().with(">899700000017</saml2:NameID>", ">8997<b/>0017</saml2:NameID>").sent().is_refused_by("VIHF-STR-04");
    direct().with(">499700000017001<", ">4997<b>x</b>01<").sent().is_refused_by("VIHF-STR-04");
    direct().with(">3.0<", "><b/><").sent().is_refused_by("VIHF-STR-04");
}

#[test]
fn instants_are_utc_and_there() {
    for (from, to) in [
        ("IssueInstant=\"2025-03-10T09:30:00.000Z\"", ""),
        ("IssueInstant=\"2025-03-10T09:30:00.000Z\"", "IssueInstant=\"2025-03-10T09:30:00\""),
        ("IssueInstant=\"2025-03-10T09:30:00.000Z\"", "IssueInstant=\"10/03/2025\""),
        ("AuthnInstant=\"2025-03-10T09:30:00.000Z\"", "AuthnInstant=\"\""),
        ("<saml2:AuthnStatement", "<saml2:Conditions NotBefore=\"yesterday\"/><saml2:AuthnStatement"),
    ] {
        direct().with(from, to).sent().is_refused_by("VIHF-STR-05");
    }
}

#[test]
fn an_issuer_is_a_name_in_the_format_of_x509() {
    direct().with("X509SubjectName", "unspecified").sent().is_refused_by("VIHF-STR-06");
    let name = "GN=ALICE,SN=DUMONT,CN=899700000017,OU=Médecin,O=TEST,C=FR";
    direct().with(name, "medecin").sent().is_refused_by("VIHF-STR-06");
}

#[test]
fn the_authentication_context_goes_with_the_mode() {
    direct().with("classes:SmartcardPKI", "classes:Password").sent().is_refused_by("VIHF-STR-07");
    let declaration = "<saml2:AuthnContextDecl>APP_BROWSER_AUTH</saml2:AuthnContextDecl>";
    air().with(declaration, "").sent().is_refused_by("VIHF-STR-07");
    indirect().with("classes:Password", "classes:MobileTwoFactorUnregistered").sent().is_taken();
}

#[test]
fn each_mandatory_attribute_is_missed_by_name_in_each_mode() {
    for (mode, base) in [(Mode::Direct, direct as fn() -> Vihf), (Mode::Indirect, indirect), (Mode::Air, air)] {
        for row in TABLE {
            let name = row.names[0];
            if name.ends_with("confidentiality-code") {
                continue;
            }
            let without = base().without(name).sent();
            if row.presence(mode) == Presence::Required {
                let error = without.is_refused_by("VIHF-ATT-01");
                assert_eq!(error.kind, VihfFault::InvalidSecurityToken);
                assert!(error.reason_fr.contains(name) && error.reason_en.contains(name), "{error:?}");
                let xpath = "/Envelope/Header/Security/Assertion/AttributeStatement/Attribute";
                assert_eq!(error.xpath, Some(format!("{xpath}[@Name='{name}']")));
            } else {
                without.is_taken();
            }
        }
    }
    direct().with(">MONLOGICIEL<", "> <").sent().is_refused_by("VIHF-ATT-01");
}

#[test]
fn an_attribute_given_twice_is_refused() {
    let second = "<saml2:Attribute Name=\"Identifiant_Structure\"><saml2:AttributeValue>1750099990\
                  </saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement>";
    direct().with("</saml2:AttributeStatement>", second).sent().is_refused_by("VIHF-ATT-02");
    let other_spelling = "<saml2:Attribute Name=\"Authentification_Mode\"><saml2:AttributeValue>INDIRECTE\
                          </saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement>";
    direct().with("</saml2:AttributeStatement>", other_spelling).sent().is_refused_by("VIHF-ATT-02");
    let two_values = ">3.0</saml2:AttributeValue><saml2:AttributeValue>2.0</saml2:AttributeValue>";
    direct().with(">3.0</saml2:AttributeValue>", two_values).sent().is_refused_by("VIHF-ATT-02");
}

#[test]
fn a_malformed_attribute_is_named() {
    for (from, to) in [
        ("SA07^1.2.250.1.71.4.2.4", "SA07"),
        ("SA07^1.2.250.1.71.4.2.4", "SA07^secteur"),
        ("SA07^1.2.250.1.71.4.2.4", "^1.2.250.1.71.4.2.4"),
        ("code=\"10\" ", ""),
        ("code=\"10\" codeSystem=\"1.2.250.1.71.1.2.7\"", "code=\"10\""),
        ("<Role xmlns=\"urn:hl7-org:v3\"", "<Role"),
        ("<PurposeOfUse", "<x/><PurposeOfUse"),
    ] {
        let error = direct().with(from, to).sent().is_refused_by("VIHF-ATT-03");
        assert!(error.xpath.is_some() && error.expected.is_some(), "{error:?}");
    }
}

#[test]
fn closed_lists_are_closed() {
    let error = direct().with(">3.0<", ">5.0<").sent().is_refused_by("VIHF-ATT-04");
    assert_eq!(error.expected.as_deref(), Some("2.0, 3.0, 4.0"));
    assert_eq!(error.found.as_deref(), Some("5.0"));
    direct()
        .with(">3.0<", ">5.0<")
        .sent()
        .at_gateway_with(|settings| settings.accepted_versions.push("5.0".to_owned()))
        .is_taken();
    direct().with(">DIRECTE<", ">DIRECT<").sent().is_refused_by("VIHF-ATT-05");
    direct().with(">urn:dmp<", ">urn:dcc<").sent().is_refused_by("VIHF-ATT-06");
    direct().with("code=\"normal\"", "code=\"curiosite\"").sent().is_refused_by("VIHF-ATT-07");
    direct().with("1.2.250.1.213.1.1.4.248", "1.2.250.1.213.1.1.4.249").sent().is_refused_by("VIHF-ATT-07");
}

// Certificate.

#[test]
fn a_certificate_that_is_no_signature_certificate_is_refused() {
    let error = direct().signed_by("cards/medecin/auth").sent().is_refused_by("VIHF-CRT-07");
    assert_eq!(error.kind, VihfFault::InvalidCertificate);
    assert!(error.reason_fr.contains("n'est pas un certificat de signature valide"));
    indirect().signed_by("organisations/hopital/auth").sent().is_refused_by("VIHF-CRT-07");
    air().signed_by("organisations/hopital/auth").sent().is_taken();
    air()
        .signed_by("organisations/hopital/auth")
        .sent()
        .at_gateway_with(|settings| settings.key_usage.air = KeyUsageRule::SignatureOnly)
        .is_refused_by("VIHF-CRT-07");
}

#[test]
fn a_revoked_or_expired_card_signs_nothing() {
    let as_card = |identifier: &str, card: &str| direct().with(">899700000017<", identifier).signed_by(card).sent();
    let error = as_card(">899700000082<", "cards/revoque/sign").is_refused_by("VIHF-CRT-05");
    assert_eq!(error.kind, VihfFault::InvalidCertificate);
    as_card(">899700000090<", "cards/expire/sign").is_refused_by("VIHF-CRT-04");
}

#[test]
fn a_certificate_that_cannot_be_traced_is_refused() {
    let signed = direct().signed();
    let start = signed.find("<ds:X509Certificate>").unwrap() + "<ds:X509Certificate>".len();
    let end = signed.find("</ds:X509Certificate>").unwrap();
    let unreadable = format!("{}AAAA{}", &signed[..start], &signed[end..]);
    sent(&unreadable).is_refused_by("VIHF-CRT-01");
    direct().signed_by("server/tls").sent().is_refused_by("VIHF-CRT-03");

    let foreign = &foreign_files().iter().find(|file| file.path == "trust.pem").unwrap().content;
    let elsewhere =
        |trust: TrustStore| direct().sent().verified_by(&Verifier::new(Settings::default(), Arc::new(trust)));
    assert_eq!(elsewhere(TrustStore::from_pem(foreign, &[]).unwrap()).unwrap_err().rule, "VIHF-CRT-02");
    assert_eq!(elsewhere(TrustStore::from_pem(file("trust.pem"), &[]).unwrap()).unwrap_err().rule, "VIHF-CRT-06");
}

#[test]
fn a_certificate_revoked_after_it_was_seen_is_refused_at_once() {
    let verifier = Verifier::new(Settings::default(), trust());
    direct().sent().verified_by(&verifier).unwrap();
    verifier.replace_trust(Arc::new(TrustStore::from_pem(file("trust.pem"), &[]).unwrap()));
    assert_eq!(direct().sent().verified_by(&verifier).unwrap_err().rule, "VIHF-CRT-06");
}

// Freshness.

#[test]
fn an_assertion_lives_to_the_exact_bound_and_not_a_second_longer() {
    let skew = TimeDelta::minutes(5);
    let second = TimeDelta::seconds(1);
    direct().sent().at(now() + TimeDelta::hours(1) + skew).is_taken();
    let late = now() + TimeDelta::hours(1) + skew + second;
    let error = direct().sent().at(late).is_refused_by("VIHF-TIM-02");
    assert_eq!(error.kind, VihfFault::InvalidSecurityToken);
    assert_eq!(error.server_time.as_deref(), Some("2025-03-10T10:35:01Z"));
    assert_eq!(error.found.as_deref(), Some("2025-03-10T09:30:00Z"));
    assert_eq!(error.xpath.as_deref(), Some("/Envelope/Header/Security/Assertion/@IssueInstant"));
    direct().sent().at(now() - skew).is_taken();
    direct().sent().at(now() - skew - second).is_refused_by("VIHF-TIM-01");
}

#[test]
fn the_authentication_of_the_person_has_its_own_bound() {
    let authenticated = |at: &str| direct().with("AuthnInstant=\"2025-03-10T09:30:00", &format!("AuthnInstant=\"{at}"));
    authenticated("2025-03-09T09:25:00").sent().is_taken();
    authenticated("2025-03-09T09:24:59").sent().is_refused_by("VIHF-TIM-04");
    authenticated("2025-03-10T09:35:00").sent().is_taken();
    authenticated("2025-03-10T09:35:01").sent().is_refused_by("VIHF-TIM-03");
}

#[test]
fn conditions_hold_when_they_are_given() {
    let with = |condition: &str| {
        direct().with("<saml2:AuthnStatement", &format!("<saml2:Conditions {condition}<saml2:AuthnStatement")).sent()
    };
    with("NotBefore=\"2025-03-10T09:35:00Z\"/>").is_taken();
    with("NotBefore=\"2025-03-10T09:35:01Z\"/>").is_refused_by("VIHF-TIM-05");
    with("NotOnOrAfter=\"2025-03-10T09:25:01Z\"/>").is_taken();
    with("NotOnOrAfter=\"2025-03-10T09:25:00Z\"/>").is_refused_by("VIHF-TIM-06");
    with("><saml2:OneTimeUse/></saml2:Conditions>").is_refused_by("VIHF-STR-03");
}

// Who speaks.

#[test]
fn an_unsigned_assertion_is_taken_only_by_setting_and_only_from_the_person_herself() {
    let unsigned = direct().unsigned();
    let over = |holder| sent(&unsigned).at_gateway_with(accept_unsigned).over_tls_of(holder);
    let error = sent(&unsigned).over_tls_of("cards/medecin").is_refused_by("VIHF-SIG-01");
    assert_eq!(error.kind, VihfFault::FailedCheck);
    assert!(matches!(over("cards/medecin").is_taken().holder(), Holder::Person { .. }));
    assert_eq!(over("cards/cardiologue").is_refused_by("VIHF-ISS-02").kind, VihfFault::FailedAuthentication);
    over("organisations/cabinet").is_refused_by("VIHF-ISS-02");
    sent(&unsigned).at_gateway_with(accept_unsigned).is_refused_by("VIHF-ISS-02");
    for structure in [indirect(), air()] {
        sent(&structure.unsigned())
            .at_gateway_with(accept_unsigned)
            .over_tls_of("organisations/hopital")
            .is_refused_by("VIHF-SIG-01");
    }
    sent(&unsigned.replace(">899700000017<", ">899700000025<"))
        .at_gateway_with(accept_unsigned)
        .over_tls_of("cards/medecin")
        .is_refused_by("VIHF-PMO-02");
}

#[test]
fn the_mode_goes_with_the_kind_of_certificate() {
    let error = direct().signed_by("organisations/cabinet/sign").sent().is_refused_by("VIHF-PMO-01");
    assert_eq!(error.kind, VihfFault::FailedAuthentication);
    assert!(error.reason_fr.starts_with("Erreur d'authentification de la personne morale"));
    indirect().signed_by("cards/medecin/sign").sent().is_refused_by("VIHF-PMO-01");
    air().signed_by("cards/medecin/sign").sent().is_refused_by("VIHF-PMO-01");
}

#[test]
fn nobody_uses_the_name_of_another_with_her_own_card() {
    direct().with(">899700000017<", ">899700000025<").sent().is_refused_by("VIHF-PMO-02");
}

#[test]
fn a_structure_speaks_for_itself_and_for_its_own_sites() {
    let elsewhere = || indirect().with(">1750099990<", ">1750099982<").sent();
    let error = elsewhere().is_refused_by("VIHF-PMO-03");
    assert!(error.reason_fr.starts_with("Erreur d'authentification de la personne morale"));
    let link = |settings: &mut Settings| {
        let sites = settings.linked_structures.entry("1750099990".to_owned()).or_default();
        sites.insert("1750099982".to_owned());
    };
    elsewhere().at_gateway_with(link).is_taken();
    let employee = |structure: &str| {
        direct()
            .with(">899700000017<", ">699700000017001/0001<")
            .with(">499700000017001<", structure)
            .signed_by("cards/secretaire/sign")
            .sent()
    };
    employee(">499700000017001<").is_taken();
    employee(">1750099990<").is_refused_by("VIHF-PMO-03");
}

#[test]
fn the_tls_certificate_is_that_of_the_same_holder() {
    let error = direct().sent().over_tls_of("cards/cardiologue").is_refused_by("VIHF-PMO-04");
    assert_eq!(error.kind, VihfFault::FailedAuthentication);
    direct().sent().over_tls_of("organisations/cabinet").is_refused_by("VIHF-PMO-04");
    indirect().sent().over_tls_of("organisations/cabinet").is_refused_by("VIHF-PMO-04");
    indirect().sent().over_tls_of("cards/cardiologue").is_refused_by("VIHF-PMO-04");
}

// Role and patient.

#[test]
fn a_doctor_and_a_pharmacist_give_their_speciality() {
    let speciality = "<saml2:AttributeValue><Role xmlns=\"urn:hl7-org:v3\" xsi:type=\"CE\" code=\"SM26\" \
                      codeSystem=\"1.2.250.1.71.4.2.5\"/></saml2:AttributeValue>";
    let error = direct().with(speciality, "").sent().is_refused_by("VIHF-ROL-01");
    assert!(error.reason_fr.starts_with("Aucune spécialité dans le vihf"));
    direct().with(speciality, "").with("code=\"10\"", "code=\"21\"").sent().is_refused_by("VIHF-ROL-01");
    direct().with(speciality, "").with("code=\"10\"", "code=\"60\"").sent().is_taken();
}

#[test]
fn profession_speciality_and_sector_are_in_their_value_sets() {
    let error = direct().with("code=\"10\"", "code=\"11\"").sent().is_refused_by("VIHF-ROL-02");
    assert_eq!(error.kind, VihfFault::InvalidSecurityToken);
    assert!(error.reason_fr.contains("11^1.2.250.1.71.1.2.7") && error.xpath.unwrap().ends_with("/AttributeValue[1]"));
    let error = direct().with("code=\"SM26\"", "code=\"SM260\"").sent().is_refused_by("VIHF-ROL-03");
    assert!(error.xpath.unwrap().ends_with("/AttributeValue[2]"));
    let error = direct().with("SA07^", "SA62^").sent().is_refused_by("VIHF-ROL-04");
    assert!(error.expected.unwrap().contains("^1.2.250.1.71.4.2.4"));

    let accept = |settings: &mut Settings| settings.unknown_codes = UnknownCodes::Accept;
    direct().with("code=\"10\"", "code=\"11\"").sent().at_gateway_with(accept).is_taken();
}

#[test]
fn a_patient_identifier_is_well_formed_and_of_this_environment() {
    let escaped = "284067510512388^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH";
    let for_patient = |cx: &str| direct().with(escaped, cx).sent();
    for_patient("284067510512388").is_refused_by("VIHF-INS-01");
    for_patient("^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH").is_refused_by("VIHF-INS-01");
    for_patient("284067510512389^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH").is_refused_by("VIHF-INS-03");
    for_patient("2840675105123^^^&amp;1.2.250.1.213.1.4.8&amp;ISO^NH").is_refused_by("VIHF-INS-03");
    for_patient("IPP-1^^^&amp;1.2.3.4&amp;ISO^PI").is_taken();
    for_patient("284067510512388^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH^^20100907").is_taken();
    let production = |settings: &mut Settings| {
        settings.patient_authorities = vec![Oid::parse("1.2.250.1.213.1.4.8").unwrap()];
    };
    let error = direct().sent().at_gateway_with(production).is_refused_by("VIHF-INS-02");
    assert_eq!(error.found.as_deref(), Some("1.2.250.1.213.1.4.10"));
    assert_eq!(error.expected.as_deref(), Some("1.2.250.1.213.1.4.8"));
}

#[test]
fn the_first_broken_rule_is_the_one_that_is_answered() {
    // A missing attribute, a broken signature, a stale instant and a wrong structure at once.
    let all = direct().without("LPS_Nom").signed().replace("2025-03-10T09:30", "2024-03-10T09:30");
    sent(&all).is_refused_by("VIHF-ATT-01");
    let less = direct().signed().replace("2025-03-10T09:30", "2024-03-10T09:30");
    sent(&less).is_refused_by("VIHF-SIG-06");
}

#[test]
fn every_rule_has_its_test() {
    let tests = [include_str!("vihf.rs"), include_str!("signature.rs"), include_str!("iti43.rs")].concat();
    for rule in RULES {
        let refused = format!("is_refused_by(\"{}\")", rule.id);
        let compared = format!("rule, \"{}\"", rule.id);
        let on_the_wire = format!("faults_by(500, \"{}\")", rule.id);
        let forms = [refused, compared, on_the_wire];
        assert!(forms.iter().any(|form| tests.contains(form)), "{}", rule.id);
    }
}
