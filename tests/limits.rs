//! How much one caller may send and how slowly, and that others are served meanwhile.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, ServiceConfig};

use crate::support::gateway::{Gateway, Setup};
use crate::support::wire::Wire;

const SHORT: Duration = Duration::from_millis(300);

/// For limits that the HTTP library measures with a clock it reads every half second.
const COARSE: Duration = Duration::from_millis(1200);

/// So many callers at once are slow.
const CROWD: usize = 10;

fn services(config: &mut ServiceConfig) {
    config.route("/echo", web::post().to(async |body: Bytes| HttpResponse::Ok().body(body)));
    config.route("/hello", web::get().to(async || HttpResponse::Ok().body("hello")));
    config.route("/large", web::get().to(async || HttpResponse::Ok().body(vec![b'x'; LARGE])));
}

/// More than the buffers of both ends of a connection hold.
const LARGE: usize = 64 << 20;

/// One worker, so that whoever holds it up holds up everybody; nothing lasts long.
fn start() -> Gateway {
    start_with("")
}

fn start_with(toml: &str) -> Gateway {
    let setup = Setup::toml(&format!("[server]\nworkers = 1\n{toml}")).settings(|settings| {
        settings.limits.headers = COARSE;
        settings.limits.body_stall = SHORT;
        settings.limits.keep_alive = COARSE;
    });
    setup.start(services)
}

#[track_caller]
fn check_others_are_served(gateway: &Gateway) {
    let answer = gateway.card("infirmiere").get(gateway.address, "/hello").unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "hello"));
}

/// Callers who all begin like this, and then say no more.
fn crowd(gateway: &Gateway, beginning: &str) -> Vec<Wire> {
    let begin = |_| {
        let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
        wire.send(beginning).unwrap();
        wire
    };
    (0..CROWD).map(begin).collect()
}

/// Lets the other side say something for a moment; whether the connection is still open.
fn silent_for_a_moment(wire: &mut Wire) -> bool {
    wire.peek(Duration::from_millis(30)).is_ok_and(|heard| !heard)
}

#[test]
fn a_caller_that_never_ends_its_handshake_is_cut_and_holds_up_nobody() {
    let gateway = start();
    let mut idle: Vec<Wire> = (0..CROWD).map(|_| Wire::plain(gateway.address)).collect();
    check_others_are_served(&gateway);
    for wire in &mut idle {
        assert_eq!(wire.rest(), b"");
    }
}

#[test]
fn a_caller_that_never_ends_its_header_gets_408_and_holds_up_nobody() {
    let gateway = start();
    let mut slow = crowd(&gateway, "GET /hello HTTP/1.1\r\nHost: local");
    check_others_are_served(&gateway);
    for wire in &mut slow {
        assert_eq!(wire.answer().unwrap().status, 408);
        assert_eq!(wire.rest(), b"");
    }
}

#[test]
fn a_header_that_drips_after_a_first_request_is_cut_too() {
    let gateway = start();
    let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
    assert_eq!(wire.get("/hello").unwrap().status, 200);
    wire.send("GET /hello HTTP/1.1\r\nX: ").unwrap();
    let mut sent = 0;
    while silent_for_a_moment(&mut wire) && wire.send("x").is_ok() {
        sent += 1;
        assert!(sent < 200, "the connection is still open after {sent} drops");
    }
    check_others_are_served(&gateway);
}

#[test]
fn an_idle_connection_is_closed() {
    let gateway = start();
    let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
    assert_eq!(wire.get("/hello").unwrap().status, 200);
    assert_eq!(wire.rest(), b"");
}

#[test]
fn a_body_that_stops_gets_408_and_holds_up_nobody() {
    let gateway = start();
    let mut slow = crowd(&gateway, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n<soap:");
    check_others_are_served(&gateway);
    for wire in &mut slow {
        let answer = wire.answer().unwrap();
        assert_eq!(answer.status, 408);
        assert!(answer.text().contains("came at less than 1024 bytes a second"), "{}", answer.text());
        assert!(answer.header("x-correlation-id").is_some());
        assert_eq!(wire.rest(), b"");
    }
}

#[test]
fn a_body_that_drips_below_the_pace_gets_408() {
    let gateway = start();
    let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
    wire.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n").unwrap();
    let mut sent = 0;
    while silent_for_a_moment(&mut wire) && wire.send("x").is_ok() {
        sent += 1;
        assert!(sent < 200, "the body is still taken after {sent} drops");
    }
    assert_eq!(wire.answer().unwrap().status, 408);
}

#[test]
fn a_body_that_keeps_the_pace_may_take_longer_than_the_span() {
    let gateway = start_with("[limits]\nbody_minimum_bytes_per_second = 100\n");
    let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
    wire.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n").unwrap();
    for _ in 0..20 {
        wire.send([b'x'; 50]).unwrap();
        silent_for_a_moment(&mut wire);
    }
    let answer = wire.answer().unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, 1000));
}

#[test]
fn a_body_announced_too_large_is_refused_before_it_is_sent() {
    let gateway = start_with("[limits]\nmessage_bytes = 2000\n");
    let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
    wire.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2001\r\n\r\n").unwrap();
    let answer = wire.answer().unwrap();
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("the request body holds more than 2000 bytes"), "{}", answer.text());
}

#[test]
fn a_body_in_chunks_is_refused_where_it_becomes_too_large() {
    let gateway = start_with("[limits]\nmessage_bytes = 2000\n");
    let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
    wire.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    for _ in 0..3 {
        wire.send(format!("3e8\r\n{}\r\n", "x".repeat(1000))).unwrap();
    }
    assert_eq!(wire.answer().unwrap().status, 413);
}

#[test]
fn a_body_of_the_exact_size_is_taken() {
    let gateway = start_with("[limits]\nmessage_bytes = 2000\n");
    let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
    let answer = wire.post("/echo", "text/plain", &[b'x'; 2000]).unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, 2000));
}

#[test]
fn more_connections_than_the_limit_wait_until_one_ends() {
    let gateway = start_with("[limits]\nconnections = 1\n");
    let mut first = Wire::plain(gateway.address);
    assert!(silent_for_a_moment(&mut first));
    // The first never speaks, so its handshake is cut after a while; then it is the second's turn.
    check_others_are_served(&gateway);
    assert_eq!(first.rest(), b"");
}

#[test]
fn a_caller_that_does_not_read_its_answer_loses_the_connection() {
    let gateway = start();
    let mut deaf = gateway.card("medecin").connect(gateway.address).unwrap();
    deaf.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    // Others are cut meanwhile by limits of the same length, one after the other: that is the clock of this test.
    for _ in 0..3 {
        Wire::plain(gateway.address).rest();
    }
    assert!(deaf.rest().len() < LARGE);
    check_others_are_served(&gateway);
}
