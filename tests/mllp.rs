//! The line of the feed: frames, limits, TLS, and senders that are slow, silent or strange.

use std::time::Duration;

use crate::iti8::{FED, domain};
use crate::support::caller::patient;
use crate::support::feed::{Sender, announcement};
use crate::support::gateway::{IHE, Setup};
use crate::support::pki_on_disk::revoke;
use crate::support::wire::{Client, Wire};

#[test]
fn messages_may_come_in_any_pieces_and_one_after_the_other() {
    let (_gateway, mut hospital, _) = domain(FED);
    let good = announcement("A01", &patient(850));
    let frame = format!("\x0b{good}\x1c\r");
    for piece in frame.as_bytes().chunks(7) {
        hospital.write(piece);
    }
    hospital.hear().unwrap().accepts();
    // Three at once, the second without its last carriage return, the third after a line end.
    hospital.write(format!("{frame}\x0b{good}\x1c{frame}\n").as_bytes());
    for _ in 0..3 {
        hospital.hear().unwrap().accepts();
    }
    // One that was given up half-way.
    hospital.write(format!("\x0bMSH|^~\\&|half{frame}").as_bytes());
    hospital.hear().unwrap().accepts();
}

#[test]
fn a_message_beyond_the_limit_is_rejected_and_ends_the_connection() {
    let (_gateway, mut hospital, _) = domain(&format!("{FED}message_bytes = 2048\n"));
    let long = format!("{}ZZZ|{}", announcement("A01", &patient(851)), "x".repeat(4000));
    let ack = hospital.try_send(long.as_bytes()).unwrap();
    ack.refuses("AR", "HL7-SIZE-01", "MSH^1");
    assert_eq!(ack.field("MSA", 2), "MSG4711");
    assert!(hospital.rest().is_empty());
}

#[test]
fn another_protocol_is_hung_up_on() {
    let (gateway, mut browser, _) = domain(FED);
    browser.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(browser.rest().is_empty());
    Sender::plain(gateway.feed()).send(&announcement("A01", &patient(852))).accepts();
}

#[test]
fn a_message_that_does_not_end_in_time_loses_its_connection() {
    let (gateway, mut slow, _) = domain(&format!("{FED}message_seconds = 1\n"));
    slow.write(b"\x0bMSH|^~\\&|");
    Sender::plain(gateway.feed()).send(&announcement("A01", &patient(853))).accepts();
    assert!(slow.rest().is_empty());
}

#[test]
fn an_idle_connection_is_closed_after_its_time() {
    let (_gateway, mut idle, _) = domain(&format!("{FED}idle_seconds = 1\n"));
    idle.send(&announcement("A01", &patient(854))).accepts();
    assert!(idle.rest().is_empty());
}

#[test]
fn when_all_connections_are_taken_the_one_that_is_idle_longest_makes_room() {
    let (gateway, mut first, _) = domain(&format!("{FED}connections = 2\n"));
    let good = announcement("A01", &patient(855));
    first.send(&good).accepts();
    let mut second = Sender::plain(gateway.feed());
    second.send(&good).accepts();
    let mut third = Sender::plain(gateway.feed());
    third.send(&good).accepts();
    assert!(first.rest().is_empty());
    second.send(&good).accepts();
}

#[test]
fn a_sender_in_the_middle_of_a_message_is_not_made_to_give_way() {
    let (gateway, mut first, _) = domain(&format!("{FED}connections = 1\n"));
    let good = announcement("A01", &patient(856));
    first.write(format!("\x0b{good}").as_bytes());
    let mut second = Sender::plain(gateway.feed());
    second.write(format!("\x0b{good}\x1c\r").as_bytes());
    assert!(!second.hears_something(Duration::from_millis(300)));
    first.write(b"\x1c\r");
    first.hear().unwrap().accepts();
    // Now the first is idle, and the second has its turn.
    second.hear().unwrap().accepts();
}

#[test]
fn a_stop_lets_the_message_under_way_be_acknowledged_and_ends_the_idle_ones() {
    let (gateway, mut busy, _) = domain(FED);
    let mut idle = Sender::plain(gateway.feed());
    let good = announcement("A01", &patient(857));
    idle.send(&good).accepts();
    busy.send(&good).accepts();
    busy.write(format!("\x0b{good}").as_bytes());
    // The gateway has seen the beginning once it has answered somebody who came later.
    Sender::plain(gateway.feed()).send(&good).accepts();
    let feed = gateway.feed();
    gateway.remote().stop();
    assert!(idle.rest().is_empty());
    busy.write(b"\x1c\r");
    busy.hear().unwrap().accepts();
    assert!(busy.rest().is_empty());
    gateway.stop();
    assert!(Wire::try_plain(feed).is_err());
}

#[test]
fn with_mutual_tls_only_a_trusted_certificate_may_feed() {
    let gateway = Setup::toml(&format!("{IHE}[mllp]\nmode = \"mutual\"\n")).serve();
    let good = announcement("A01", &patient(858));
    let hospital = Client::organisation(&gateway.pki(), "hopital");
    Sender::over_tls(&hospital, gateway.feed()).unwrap().send(&good).accepts();
    for stranger in [Client::anonymous(&gateway.pki()), Client::card(&gateway.pki(), "revoque")] {
        let heard = Sender::over_tls(&stranger, gateway.feed()).and_then(|mut sender| sender.try_send(good.as_bytes()));
        assert!(heard.is_err(), "{heard:?}");
    }
    // Who speaks no TLS is not heard either, and harms nobody.
    let mut plain = Sender::plain(gateway.feed());
    assert!(plain.try_send(good.as_bytes()).is_err());
    Sender::over_tls(&hospital, gateway.feed()).unwrap().send(&good).accepts();
}

#[test]
fn a_certificate_that_is_revoked_ends_a_connection_that_is_open() {
    let gateway = Setup::toml(&format!("{IHE}[mllp]\nmode = \"mutual\"\n")).serve();
    let good = announcement("A01", &patient(859));
    let mut hospital = Sender::over_tls(&gateway.card("medecin"), gateway.feed()).unwrap();
    hospital.send(&good).accepts();
    revoke(&gateway.pki(), "cards/medecin/auth.pem");
    gateway.remote().reload().unwrap();
    assert!(hospital.try_send(good.as_bytes()).is_err());
}
