//! The test PKI and the verification of certificates: chain, dates, revocation, use, holder. Spec: RFC 5280.

use chrono::TimeDelta;
use dmp_gateway::security::pki::certificate::Certificate;
use dmp_gateway::security::pki::chain::{ChainError, KeyUsageRule, Purpose, TrustError, TrustStore};
use dmp_gateway::security::pki::holder::Holder;
use dmp_gateway::security::pki::name::DistinguishedName;
use dmp_gateway::security::pki::revocation::{ListError, MissingList, RevocationPolicy};
use dmp_gateway::security::tls::PeerIdentity;

use crate::support::pki::{certificate, file, files, foreign_files, lists, now, pair, trust};

const SIGNATURE: Purpose = Purpose::Signature(KeyUsageRule::SignatureOnly);
const EITHER: Purpose = Purpose::Signature(KeyUsageRule::SignatureOrAuthentication);

fn verify(path: &str, purpose: Purpose) -> Result<Holder, ChainError> {
    trust().verify(&certificate(path), purpose, now()).map(|trusted| trusted.holder().clone())
}

#[test]
fn the_files_are_the_promised_ones_and_only_keys_are_secret() {
    for name in ["ca/root.pem", "ca/people.pem", "ca/organisations.pem", "ca/people.crl", "ca/organisations.crl"] {
        file(name);
    }
    for name in ["trust.pem", "server/tls.pem", "server/tls.key", "index.toml"] {
        file(name);
    }
    for card in [
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
        for pair_name in ["auth", "sign"] {
            pair(&format!("cards/{card}/{pair_name}"));
        }
    }
    for organisation in ["cabinet", "hopital", "ehpad", "laboratoire"] {
        for pair_name in ["auth", "sign"] {
            pair(&format!("organisations/{organisation}/{pair_name}"));
        }
    }
    for file in files() {
        assert_eq!(file.secret, file.path.rsplit('.').next() == Some("key"), "{}", file.path);
    }
}

#[test]
fn a_card_proves_a_person_and_a_structure_its_identifier() {
    match verify("cards/medecin/sign", SIGNATURE).unwrap() {
        Holder::Person { identifier, family, given, structure } => {
            assert_eq!(identifier, "899700000017");
            assert_eq!((family.as_deref(), given.as_deref()), (Some("DUMONT"), Some("ALICE")));
            assert_eq!(structure, None);
        }
        other @ Holder::Organisation { .. } => panic!("{other:?}"),
    }
    match verify("organisations/hopital/auth", Purpose::TlsClient).unwrap() {
        Holder::Organisation { identifier, name } => {
            assert_eq!((identifier.as_str(), name.as_str()), ("1750099990", "HOPITAL DU PONT"));
        }
        other @ Holder::Person { .. } => panic!("{other:?}"),
    }
}

#[test]
fn the_card_of_an_employee_names_the_structure() {
    let holder = verify("cards/secretaire/auth", Purpose::TlsClient).unwrap();
    assert!(matches!(holder, Holder::Person { structure: Some(structure), .. } if structure == "499700000017001"));
}

#[test]
fn each_certificate_is_taken_for_its_use_only() {
    for holder in ["cards/medecin", "organisations/cabinet"] {
        let (auth, sign) = (format!("{holder}/auth"), format!("{holder}/sign"));
        assert!(verify(&auth, Purpose::TlsClient).is_ok());
        assert!(matches!(verify(&sign, Purpose::TlsClient), Err(ChainError::Usage(_))));
        assert!(verify(&sign, SIGNATURE).is_ok());
        assert!(matches!(verify(&auth, SIGNATURE), Err(ChainError::Usage(_))));
        assert!(verify(&sign, EITHER).is_ok());
        assert!(verify(&auth, EITHER).is_ok());
    }
}

#[test]
fn an_authority_and_a_server_are_no_callers() {
    for path in ["ca/root", "ca/people"] {
        for purpose in [Purpose::TlsClient, SIGNATURE, EITHER] {
            assert!(verify(path, purpose).is_err(), "{path}");
        }
    }
    assert_eq!(verify("server/tls", Purpose::TlsClient), Err(ChainError::UnknownHolder));
}

#[test]
fn a_revoked_card_is_refused_even_after_it_was_taken() {
    assert_eq!(verify("cards/revoque/sign", SIGNATURE), Err(ChainError::Revoked));
    assert_eq!(verify("cards/revoque/auth", Purpose::TlsClient), Err(ChainError::Revoked));

    let accept = RevocationPolicy { missing: MissingList::Accept, ..RevocationPolicy::default() };
    let trust = TrustStore::from_pem(file("trust.pem"), &[]).unwrap().with_policy(accept);
    let card = certificate("cards/revoque/auth");
    let peer = PeerIdentity::establish(&card, &trust, now()).unwrap();
    let trust = TrustStore::from_pem(file("trust.pem"), &lists()).unwrap();
    assert_eq!(peer.recheck(&trust, now()), Err(ChainError::Revoked));
    assert_eq!(trust.verify(&card, Purpose::TlsClient, now()).err(), Some(ChainError::Revoked));
}

#[test]
fn without_a_revocation_list_or_with_an_old_one_nobody_is_taken() {
    let card = certificate("cards/medecin/sign");
    let none = TrustStore::from_pem(file("trust.pem"), &[]).unwrap();
    assert_eq!(none.verify(&card, SIGNATURE, now()).err(), Some(ChainError::NoRevocationList));

    // A PKI of yesterday, whose lists end before its certificates do.
    let late = now() + TimeDelta::days(5 * 365);
    let error = trust().verify(&card, SIGNATURE, late + TimeDelta::seconds(1)).err();
    assert_eq!(error, Some(ChainError::Expired(late)));
    let grace = RevocationPolicy { grace: TimeDelta::days(-2), ..RevocationPolicy::default() };
    let strict = TrustStore::from_pem(file("trust.pem"), &lists()).unwrap().with_policy(grace);
    assert_eq!(
        strict.verify(&card, SIGNATURE, late - TimeDelta::days(1)).err(),
        Some(ChainError::RevocationListTooOld(late))
    );
    assert!(strict.verify(&card, SIGNATURE, late - TimeDelta::days(2)).is_ok());
}

#[test]
fn a_certificate_is_valid_to_its_last_second_and_not_before_its_first() {
    assert!(matches!(verify("cards/expire/sign", SIGNATURE), Err(ChainError::Expired(_))));
    let trust = trust();
    let card = certificate("cards/expire/sign");
    let last = card.validity().not_after;
    assert!(trust.verify(&card, SIGNATURE, last).is_ok());
    assert_eq!(trust.verify(&card, SIGNATURE, last + TimeDelta::seconds(1)).err(), Some(ChainError::Expired(last)));
    let first = card.validity().not_before;
    assert!(trust.verify(&card, SIGNATURE, first).is_ok());
    assert_eq!(
        trust.verify(&card, SIGNATURE, first - TimeDelta::seconds(1)).err(),
        Some(ChainError::NotYetValid(first))
    );
}

#[test]
fn the_same_names_under_another_root_are_refused() {
    let foreign = |path: &str| &foreign_files().iter().find(|file| file.path == path).unwrap().content;
    let card = Certificate::from_pem(foreign("cards/medecin/sign.pem")).unwrap();
    assert!(card.subject().matches(certificate("cards/medecin/sign").subject()));
    assert!(matches!(trust().verify(&card, SIGNATURE, now()), Err(ChainError::Untrusted(_))));
    // And a foreign authority cannot revoke ours, nor declare that nothing is revoked.
    let lists = [foreign("ca/people.crl").clone()];
    assert_eq!(
        TrustStore::from_pem(file("trust.pem"), &lists).err(),
        Some(TrustError::List(ListError::UnknownAuthority))
    );
}

#[test]
fn a_card_alone_or_an_intermediate_alone_makes_no_chain() {
    let only_people = TrustStore::from_pem(file("ca/people.pem"), &[]).unwrap();
    assert!(matches!(
        only_people.verify(&certificate("cards/medecin/sign"), SIGNATURE, now()),
        Err(ChainError::Untrusted(_))
    ));
}

#[test]
fn a_trust_store_needs_authorities_and_readable_lists() {
    assert_eq!(TrustStore::from_pem(b"", &[]).err(), Some(TrustError::Authorities));
    let garbage = TrustStore::from_pem(file("trust.pem"), &[b"garbage".to_vec()]);
    assert_eq!(garbage.err(), Some(TrustError::List(ListError::Unreadable)));
}

#[test]
fn openssl_itself_takes_the_chain_and_the_lists() {
    let text = String::from_utf8(file("ca/people.crl").to_vec()).unwrap();
    let list = openssl::x509::X509Crl::from_pem(text.as_bytes()).unwrap();
    let people = openssl::x509::X509::from_pem(file("ca/people.pem")).unwrap();
    assert!(list.verify(&people.public_key().unwrap()).unwrap());
    assert_eq!(list.get_revoked().unwrap().len(), 2);
    assert!(list.next_update().unwrap() > list.last_update());
}

#[test]
fn a_subject_of_one_unsorted_rdn_with_t61_strings_is_read_as_old_cards_have_it() {
    let card = Certificate::from_der(include_bytes!("support/data/vihf/unsorted_rdn.der")).unwrap();
    assert!(card.subject().matches(certificate("cards/medecin/sign").subject()));
    let written = DistinguishedName::parse(
        "CN=899700000017+2.5.4.4=#140644554d4f4e54+2.5.4.42=#1405414c494345,\
                                            OU=M?decin, O=TEST, C=FR",
    );
    assert!(card.subject().matches(&written.unwrap()));
}
