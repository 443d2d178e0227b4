//! What operators ask: is the process alive, can it do its work, how much did it do.
//!
//! `/readyz` names each check with its reason, because a constant "UP" helps nobody.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::Server as Running;
use actix_web::http::header::ContentType;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::server::listener::Live;
use crate::server::now;
use crate::telemetry::metric;

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Pass,
    /// Well, but somebody should look.
    Warn(String),
    /// The gateway cannot do its work.
    Fail(String),
}

/// One line of `/readyz`.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    run: Arc<dyn Fn() -> Outcome + Send + Sync>,
}

impl Check {
    /// A check that may block: it runs beside the requests.
    pub fn new(name: &'static str, run: impl Fn() -> Outcome + Send + Sync + 'static) -> Self {
        Self { name, run: Arc::new(run) }
    }
}

/// Days before its end at which the server's certificate is a warning.
const EXPIRY_WARNING_DAYS: i64 = 30;

/// Free bytes below which a deposit may fail soon.
const DISK_WARNING: u64 = 2 << 30;

/// Free bytes below which a large document no longer fits.
const DISK_FAILURE: u64 = 256 << 20;

/// The end of the server's certificate.
pub(super) fn certificate(live: &Arc<Live>) -> Check {
    let live = Arc::clone(live);
    Check::new("certificate", move || {
        let end = live.current().validity.not_after;
        let left = end - now();
        #[expect(clippy::cast_precision_loss, reason = "a gauge of seconds")]
        metrics::gauge!(metric::CERT_EXPIRY, "certificate" => "server").set(left.num_seconds() as f64);
        match left.num_days() {
            _ if left.num_seconds() < 0 => Outcome::Fail(format!("the server certificate expired on {end}")),
            days if days < EXPIRY_WARNING_DAYS => Outcome::Warn(format!("the server certificate expires on {end}")),
            _ => Outcome::Pass,
        }
    })
}

/// Room on the disks that hold these directories.
pub fn disk(directories: Vec<PathBuf>) -> Check {
    Check::new("disk", move || {
        directories.iter().map(|directory| room(directory)).max_by_key(rank).unwrap_or(Outcome::Pass)
    })
}

fn room(directory: &std::path::Path) -> Outcome {
    match rustix::fs::statvfs(directory) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let text = format!("{} MiB free for {}", free >> 20, directory.display());
            match free {
                free if free < DISK_FAILURE => Outcome::Fail(text),
                free if free < DISK_WARNING => Outcome::Warn(text),
                _ => Outcome::Pass,
            }
        }
        Err(cause) => Outcome::Fail(format!("{}: {cause}", directory.display())),
    }
}

fn rank(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Pass => 0,
        Outcome::Warn(_) => 1,
        Outcome::Fail(_) => 2,
    }
}

/// Serves operators on their own thread, so that no load of requests holds them up.
pub(super) fn serve(listener: TcpListener, checks: Vec<Check>) -> std::io::Result<Running> {
    let checks = Data::new(checks);
    let recorder = Data::new(recorder());
    actix_web::rt::spawn(upkeep());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(checks.clone())
            .app_data(recorder.clone())
            .route("/healthz", web::get().to(alive))
            .route("/readyz", web::get().to(ready))
            .route("/metrics", web::get().to(figures))
    });
    Ok(server.workers(1).max_connections(64).disable_signals().listen(listener)?.run())
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "pass" }))
}

async fn ready(checks: Data<Vec<Check>>) -> HttpResponse {
    let checks = checks.get_ref().clone();
    let names: Vec<_> = checks.iter().map(|check| check.name).collect();
    let outcomes = web::block(move || checks.iter().map(|check| (check.run)()).collect::<Vec<_>>()).await;
    let Ok(outcomes) = outcomes else { return HttpResponse::ServiceUnavailable().finish() };
    let worst = outcomes.iter().max_by_key(|outcome| rank(outcome)).map_or("pass", word);
    let lines: Vec<_> = names.iter().zip(&outcomes).map(|(name, outcome)| line(name, outcome)).collect();
    let mut answer = if worst == "fail" { HttpResponse::ServiceUnavailable() } else { HttpResponse::Ok() };
    answer.json(serde_json::json!({ "status": worst, "checks": lines }))
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Warn(_) => "warn",
        Outcome::Fail(_) => "fail",
    }
}

fn line(name: &str, outcome: &Outcome) -> serde_json::Value {
    match outcome {
        Outcome::Pass => serde_json::json!({ "name": name, "status": "pass" }),
        Outcome::Warn(reason) | Outcome::Fail(reason) => {
            serde_json::json!({ "name": name, "status": word(outcome), "reason": reason })
        }
    }
}

async fn figures(recorder: Data<Option<PrometheusHandle>>) -> HttpResponse {
    match recorder.get_ref() {
        Some(recorder) => HttpResponse::Ok().content_type(ContentType::plaintext()).body(recorder.render()),
        None => HttpResponse::ServiceUnavailable().body("another recorder of metrics is installed\n"),
    }
}

/// One recorder for the process, however many servers it runs; none when somebody else's is installed.
fn recorder() -> Option<PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let seconds = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, metric::SECONDS_BUCKETS).ok()?;
        let handle = builder.install_recorder().ok()?;
        metric::describe();
        Some(handle)
    };
    RECORDER.get_or_init(install).clone()
}

/// Observations are folded into their buckets even when nobody asks for them.
async fn upkeep() {
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    loop {
        tick.tick().await;
        if let Some(recorder) = recorder() {
            recorder.run_upkeep();
        }
    }
}
