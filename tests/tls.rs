//! Mutual TLS: who gets in, who does not, and what the services learn about the peer.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use dmp_gateway::security::tls::PeerIdentity;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::ssl::SslVersion;
use openssl::x509::extension::{ExtendedKeyUsage, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};

use crate::support::gateway::{Gateway, Setup};
use crate::support::pki_on_disk::revoke;
use crate::support::wire::{Client, Wire};

/// A service that answers the identifier its peer proved.
fn who(config: &mut ServiceConfig) {
    config.route("/who", web::get().to(answer_who));
}

async fn answer_who(request: HttpRequest) -> HttpResponse {
    match request.conn_data::<Arc<PeerIdentity>>() {
        Some(peer) => HttpResponse::Ok().body(peer.holder().identifier().to_owned()),
        None => HttpResponse::Ok().body("nobody"),
    }
}

fn start() -> Gateway {
    Setup::default().start(who)
}

#[track_caller]
fn check_taken(gateway: &Gateway, client: &Client, identifier: &str) {
    let answer = client.get(gateway.address, "/who").unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, identifier));
}

/// The connection ends with an alert, before any HTTP.
#[track_caller]
fn check_refused(gateway: &Gateway, client: &Client, alert: &str) {
    let cause = client.get(gateway.address, "/who").expect_err("refused in the handshake");
    assert!(cause.contains(alert), "{alert:?} is not in {cause:?}");
}

#[test]
fn a_card_is_taken_in_both_versions_and_its_holder_reaches_the_service() {
    let gateway = start();
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        check_taken(&gateway, &gateway.card("medecin").only(version), "899700000017");
    }
}

#[test]
fn a_structure_is_taken_and_its_identifier_reaches_the_service() {
    let gateway = start();
    let answer = Client::organisation(&gateway.pki(), "cabinet").get(gateway.address, "/who").unwrap();
    let index = std::fs::read_to_string(gateway.pki().join("index.toml")).unwrap();
    assert!(index.contains(&format!("identifier = \"{}\"", answer.text())), "{}", answer.text());
}

#[test]
fn every_suite_announced_to_clients_works() {
    let gateway = start();
    for suite in [
        "ECDHE-RSA-AES256-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-RSA-CHACHA20-POLY1305",
    ] {
        let mut wire = gateway.card("medecin").suites(suite).connect(gateway.address).unwrap();
        assert_eq!(wire.tls().ssl().current_cipher().unwrap().name(), suite);
        assert_eq!(wire.get("/who").unwrap().status, 200, "{suite}");
    }
}

#[test]
fn other_suites_are_refused() {
    let gateway = start();
    for suite in ["AES256-GCM-SHA384", "ECDHE-RSA-AES256-SHA", "DHE-RSA-AES256-GCM-SHA384"] {
        check_refused(&gateway, &gateway.card("medecin").suites(suite), "alert handshake failure");
    }
}

#[test]
fn tls_1_1_is_refused() {
    let gateway = start();
    check_refused(&gateway, &gateway.card("medecin").only(SslVersion::TLS1_1), "alert protocol version");
}

#[test]
fn without_a_certificate_nobody_gets_in() {
    let gateway = start();
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        let cause = Client::anonymous(&gateway.pki()).only(version).get(gateway.address, "/who").unwrap_err();
        assert!(cause.contains("certificate required") || cause.contains("handshake failure"), "{cause}");
    }
}

#[test]
fn a_revoked_card_is_refused() {
    let gateway = start();
    check_refused(&gateway, &gateway.card("revoque"), "certificate revoked");
    check_refused(&gateway, &gateway.card("revoque").only(SslVersion::TLS1_2), "certificate revoked");
}

#[test]
fn an_expired_card_is_refused() {
    let gateway = start();
    check_refused(&gateway, &gateway.card("expire"), "certificate expired");
}

#[test]
fn a_signature_certificate_opens_no_connection() {
    let gateway = start();
    let sign = gateway.pki().join("cards/medecin/sign");
    let cause = Client::anonymous(&gateway.pki()).presenting(&sign).get(gateway.address, "/who").unwrap_err();
    assert!(cause.contains("unsupported certificate") || cause.contains("handshake failure"), "{cause}");
}

#[test]
fn a_card_of_a_foreign_authority_is_refused_even_with_the_names_of_ours() {
    let gateway = start();
    let stem = gateway.directory().join("foreign");
    let ours = X509::from_pem(&std::fs::read(gateway.pki().join("cards/medecin/auth.pem")).unwrap()).unwrap();
    forge(&ours, &stem);
    let client = Client::anonymous(&gateway.pki()).presenting(&stem);
    let cause = client.get(gateway.address, "/who").unwrap_err();
    assert!(cause.contains("unknown ca") || cause.contains("decrypt error"), "{cause}");
}

#[test]
fn a_session_is_resumed_with_its_peer() {
    let gateway = start();
    let session = gateway.directory().join("session.pem");
    let first = s_client(&gateway, "-sess_out", &session);
    let second = s_client(&gateway, "-sess_in", &session);
    assert!(first.contains("New, TLSv1.2") && first.contains("899700000017"), "{first}");
    assert!(second.contains("Reused, TLSv1.2") && second.contains("899700000017"), "{second}");
}

#[test]
fn a_card_revoked_while_connected_is_refused_on_its_next_request() {
    let gateway = start();
    let mut open = gateway.card("medecin").connect(gateway.address).unwrap();
    assert_eq!(open.get("/who").unwrap().status, 200);

    revoke(&gateway.pki(), "cards/medecin/auth.pem");
    assert_eq!(open.get("/who").unwrap().status, 200, "nothing changes before the lists are read again");
    gateway.remote().reload().unwrap();

    let answer = open.get("/who").unwrap();
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("the client certificate is no longer taken: revoked"), "{}", answer.text());
    assert_eq!(answer.header("connection"), Some("close"));
    check_refused(&gateway, &gateway.card("medecin"), "certificate revoked");
    check_taken(&gateway, &gateway.card("infirmiere"), "899700000033");
}

#[test]
fn a_resumed_session_of_a_card_revoked_since_is_refused() {
    let gateway = start();
    let session = gateway.directory().join("session.pem");
    s_client(&gateway, "-sess_out", &session);
    revoke(&gateway.pki(), "cards/medecin/auth.pem");
    gateway.remote().reload().unwrap();
    let resumed = s_client(&gateway, "-sess_in", &session);
    assert!(resumed.contains("Reused, TLSv1.2") && resumed.contains("HTTP/1.1 403"), "{resumed}");
}

#[test]
fn an_authority_that_is_no_longer_trusted_ends_open_connections_too() {
    let gateway = start();
    let mut open = gateway.card("medecin").connect(gateway.address).unwrap();
    assert_eq!(open.get("/who").unwrap().status, 200);
    let ca = gateway.pki().join("ca");
    let left: Vec<u8> =
        ["root.pem", "organisations.pem"].iter().flat_map(|name| std::fs::read(ca.join(name)).unwrap()).collect();
    std::fs::copy(ca.join("organisations.crl"), ca.join("people.crl")).unwrap();
    std::fs::write(gateway.pki().join("trust.pem"), &left).unwrap();
    gateway.remote().reload().unwrap();
    let answer = open.get("/who").unwrap();
    assert_eq!(answer.status, 403, "{}", answer.text());
}

#[test]
fn a_list_that_cannot_be_read_leaves_the_old_one_in_force() {
    let gateway = start();
    std::fs::write(gateway.pki().join("ca/people.crl"), "nothing").unwrap();
    let cause = gateway.remote().reload().unwrap_err();
    assert!(cause.contains("revocation list"), "{cause}");
    check_taken(&gateway, &gateway.card("medecin"), "899700000017");
    check_refused(&gateway, &gateway.card("revoque"), "certificate revoked");
}

#[test]
fn the_server_certificate_is_renewed_without_a_restart() {
    let gateway = start();
    let client = gateway.card("medecin");
    let presented = || {
        let wire = client.connect(gateway.address).unwrap();
        wire.tls().ssl().peer_certificate().unwrap().to_der().unwrap()
    };
    let before = presented();
    let ca = gateway.pki().join("ca");
    let renewed = certify(&ca.join("organisations"), &gateway.pki().join("server/tls"));
    assert_eq!(presented(), before, "nothing changes before the files are read again");
    gateway.remote().reload().unwrap();
    assert_eq!(presented(), renewed);
}

#[test]
fn in_mode_server_no_certificate_is_asked() {
    let gateway = Setup::toml("[tls]\nmode = \"server\"\n").start(who);
    check_taken(&gateway, &Client::anonymous(&gateway.pki()), "nobody");
    check_taken(&gateway, &gateway.card("revoque"), "nobody");
}

#[test]
fn in_mode_off_plain_http_is_spoken_on_loopback() {
    let gateway = Setup::toml("[tls]\nmode = \"off\"\n").start(who);
    let answer = Wire::plain(gateway.address).get("/who").unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "nobody"));
}

#[test]
fn only_http_1_1_is_spoken() {
    let gateway = start();
    let wire = gateway.card("medecin").connect(gateway.address).unwrap();
    assert_ne!(wire.tls().ssl().selected_alpn_protocol(), Some(&b"h2"[..]));
}

/// Asks `/who` with OpenSSL's own client, which keeps (`-sess_out`) or offers (`-sess_in`) a session.
fn s_client(gateway: &Gateway, flag: &str, session: &Path) -> String {
    let pair = gateway.pki().join("cards/medecin/auth");
    let mut client = Command::new("openssl")
        .args(["s_client", "-tls1_2", "-ign_eof", "-connect", &gateway.address.to_string()])
        .arg("-CAfile")
        .arg(gateway.pki().join("trust.pem"))
        .arg("-cert")
        .arg(pair.with_extension("pem"))
        .arg("-key")
        .arg(pair.with_extension("key"))
        .arg(flag)
        .arg(session)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let request = b"GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    client.stdin.take().unwrap().write_all(request).unwrap();
    String::from_utf8_lossy(&client.wait_with_output().unwrap().stdout).into_owned()
}

/// A new pair for `localhost` at `stem`, signed by an authority. Returns the certificate.
fn certify(authority: &Path, stem: &Path) -> Vec<u8> {
    let issuer = X509::from_pem(&std::fs::read(authority.with_extension("pem")).unwrap()).unwrap();
    let issuer_key = PKey::private_key_from_pem(&std::fs::read(authority.with_extension("key")).unwrap()).unwrap();
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", "localhost").unwrap();
    let subject = subject.build();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    certificate.set_serial_number(&BigNum::from_u32(77).unwrap().to_asn1_integer().unwrap()).unwrap();
    certificate.set_subject_name(&subject).unwrap();
    certificate.set_issuer_name(issuer.subject_name()).unwrap();
    certificate.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    certificate.set_not_after(&Asn1Time::days_from_now(90).unwrap()).unwrap();
    certificate.set_pubkey(&key).unwrap();
    let name = SubjectAlternativeName::new().dns("localhost").build(&certificate.x509v3_context(None, None)).unwrap();
    certificate.append_extension(name).unwrap();
    certificate.sign(&issuer_key, MessageDigest::sha256()).unwrap();
    let certificate = certificate.build();
    std::fs::write(stem.with_extension("pem"), certificate.to_pem().unwrap()).unwrap();
    std::fs::write(stem.with_extension("key"), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    certificate.to_der().unwrap()
}

/// A certificate with the names of ours, signed by a key of nobody's.
fn forge(ours: &X509, stem: &Path) {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut forged = X509::builder().unwrap();
    forged.set_version(2).unwrap();
    forged.set_serial_number(ours.serial_number()).unwrap();
    forged.set_subject_name(ours.subject_name()).unwrap();
    forged.set_issuer_name(ours.issuer_name()).unwrap();
    forged.set_not_before(ours.not_before()).unwrap();
    forged.set_not_after(ours.not_after()).unwrap();
    forged.set_pubkey(&key).unwrap();
    forged.append_extension(KeyUsage::new().digital_signature().build().unwrap()).unwrap();
    forged.append_extension(ExtendedKeyUsage::new().client_auth().build().unwrap()).unwrap();
    forged.sign(&key, MessageDigest::sha256()).unwrap();
    std::fs::write(stem.with_extension("pem"), forged.build().to_pem().unwrap()).unwrap();
    std::fs::write(stem.with_extension("key"), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
}
