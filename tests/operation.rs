//! What operators rely on: health, metrics, correlation, an orderly end.

use std::net::TcpStream;
use std::sync::mpsc;

use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use dmp_gateway::server::health::{Check, Outcome};
use dmp_gateway::telemetry::correlation::Correlation;
use futures_util::StreamExt as _;

use crate::support::gateway::Setup;

fn services(config: &mut ServiceConfig) {
    config.route("/echo", web::post().to(async |body: Bytes| HttpResponse::Ok().body(body)));
    config.route("/correlation", web::get().to(answer_correlation));
}

async fn answer_correlation(request: HttpRequest) -> HttpResponse {
    HttpResponse::Ok().body(request.extensions().get::<Correlation>().unwrap().to_string())
}

#[test]
fn a_running_process_is_healthy_without_a_certificate() {
    let gateway = Setup::default().start(services);
    let answer = gateway.ask("/healthz");
    assert_eq!((answer.status, answer.text().as_str()), (200, "{\"status\":\"pass\"}"));
}

#[test]
fn readiness_names_each_check_and_why_it_is_not_well() {
    let gateway = Setup::default()
        .check(Check::new("store", || Outcome::Fail("the database is locked".to_owned())))
        .check(Check::new("disk", || Outcome::Warn("1 MiB free".to_owned())))
        .start(services);
    let answer = gateway.ask("/readyz");
    assert_eq!(answer.status, 503);
    let report: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        report,
        serde_json::json!({ "status": "fail", "checks": [
            { "name": "certificate", "status": "pass" },
            { "name": "store", "status": "fail", "reason": "the database is locked" },
            { "name": "disk", "status": "warn", "reason": "1 MiB free" },
        ]})
    );
}

#[test]
fn a_warning_leaves_the_gateway_ready() {
    let gateway = Setup::default().check(Check::new("disk", || Outcome::Warn("1 MiB free".to_owned()))).start(services);
    let answer = gateway.ask("/readyz");
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("\"status\":\"warn\""), "{}", answer.text());
}

#[test]
fn a_disk_that_is_not_there_is_not_ready() {
    let gateway =
        Setup::default().check(dmp_gateway::server::health::disk(vec!["/nowhere/at/all".into()])).start(services);
    assert_eq!(gateway.ask("/readyz").status, 503);
}

#[test]
fn metrics_have_our_names_and_stand_on_the_operators_listener_only() {
    let gateway = Setup::default().start(services);
    gateway.ask("/readyz");
    let figures = gateway.ask("/metrics");
    assert_eq!(figures.status, 200);
    assert!(figures.text().contains("dmpgw_cert_expiry_seconds{certificate=\"server\"}"), "{}", figures.text());
    assert_eq!(gateway.card("medecin").get(gateway.address, "/metrics").unwrap().status, 404);
    assert_eq!(gateway.ask("/echo").status, 404);
}

#[test]
fn the_correlation_of_the_service_is_in_the_header_of_the_answer() {
    let gateway = Setup::default().start(services);
    let answer = gateway.card("medecin").get(gateway.address, "/correlation").unwrap();
    assert_eq!(answer.header("x-correlation-id"), Some(answer.text().as_str()));
    assert_eq!(answer.text().len(), 32);
}

#[test]
fn the_trace_of_the_caller_is_taken_up() {
    let gateway = Setup::default().start(services);
    let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
    let trace = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    let answer = wire.request("GET", "/correlation", &[trace], b"").unwrap();
    assert_eq!(answer.header("x-correlation-id"), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
}

#[test]
fn a_path_without_a_service_is_404_with_a_correlation() {
    let gateway = Setup::default().start(services);
    let answer = gateway.card("medecin").get(gateway.address, "/nothing").unwrap();
    assert_eq!(answer.status, 404);
    assert!(answer.header("x-correlation-id").is_some());
}

#[test]
fn a_request_under_way_ends_before_the_server_does() {
    let (begun, has_begun) = mpsc::channel();
    let gateway = Setup::default().start(move |config| {
        let begun = begun.clone();
        config.route("/slow", web::post().to(move |payload| echo_slowly(payload, begun.clone())));
    });
    let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
    wire.send("POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nha").unwrap();
    has_begun.recv().unwrap();
    let address = gateway.address;
    let (stopped, has_stopped) = mpsc::channel();
    let stop = std::thread::spawn(move || {
        gateway.stop();
        stopped.send(()).unwrap();
    });
    // New connections are no longer taken …
    while TcpStream::connect(address).is_ok() {}
    assert!(has_stopped.try_recv().is_err());
    // … and the request under way still is answered.
    wire.send("lf").unwrap();
    let answer = wire.answer().unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "half"));
    has_stopped.recv().unwrap();
    stop.join().unwrap();
}

/// Says when the first bytes are there.
async fn echo_slowly(mut payload: web::Payload, begun: mpsc::Sender<()>) -> HttpResponse {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        body.extend_from_slice(&chunk.unwrap());
        begun.send(()).unwrap();
    }
    HttpResponse::Ok().body(body)
}
