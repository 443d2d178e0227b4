//! The registry under test: the whole SOAP face over a real database, asked in this process without a network.

use std::cell::Cell;
use std::sync::Arc;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{self, TestRequest};
use actix_web::{App, Error};
use chrono::{DateTime, TimeDelta, Utc};
use dmp_gateway::config::Config;
use dmp_gateway::datatype::cx::PatientId;
use dmp_gateway::endpoint::Endpoint;
use dmp_gateway::storage::Store;
use dmp_gateway::transaction::Gateway;
use tempfile::TempDir;
use uuid::Uuid;

use crate::model::wire::{self, Answer};
use crate::support::message::envelope;

thread_local! {
    /// The registry's clock, in seconds after [`start`].
    static CLOCK: Cell<i64> = const { Cell::new(0) };
}

fn clock() -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-11-25T12:00:00Z".parse().unwrap();
    start + TimeDelta::seconds(CLOCK.get())
}

/// Moves the clock on and tells the time as fourteen digits.
pub(crate) fn tick(seconds: i64) -> String {
    CLOCK.set(CLOCK.get() + seconds);
    clock().format("%Y%m%d%H%M%S").to_string()
}

/// The present second and the one before, as fourteen digits.
pub(crate) fn just_now() -> [String; 2] {
    [0, 1].map(|ago| (clock() - TimeDelta::seconds(ago)).format("%Y%m%d%H%M%S").to_string())
}

/// The files of a registry.
pub(crate) struct Ground {
    // Held for its end.
    _directory: TempDir,
    endpoint: Arc<Endpoint>,
    store: Store,
}

const SETTINGS: &str = "[server]\nbase_path = \"/x\"\n[tls]\nmode = \"off\"\n[vihf]\nrequired = false\n\
    [domain]\nprofile = \"ihe\"\nunknown_patients = \"refuse\"\nquery_results = 100000\n";

impl Ground {
    /// An empty registry; `database` is the line of the configuration that names another database than a file.
    pub(crate) fn new(database: &str) -> Self {
        // What is written is not to outlive the test, so it need not wait for a disk.
        let memory = std::path::Path::new("/dev/shm");
        let directory = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
        let file = directory.path().join("gateway.toml");
        std::fs::write(&file, format!("{SETTINGS}{database}")).unwrap();
        let config = Config::load(Some(&file), []).unwrap();
        let store = Store::open(&config.storage()).unwrap();
        let gateway = Arc::new(Gateway::new(store.clone(), config.transaction(), Uuid::new_v4));
        let endpoint = Arc::new(Endpoint::new(gateway, None, config.endpoint(), clock, Uuid::new_v4));
        Self { _directory: directory, endpoint, store }
    }

    /// Makes a patient known, as the feed does.
    pub(crate) fn know(&self, patient: &str) {
        let patient = PatientId::parse(patient).unwrap();
        self.store.write("model", |writer| writer.know_patient(&patient, clock())).unwrap();
    }

    /// Runs what asks the registry.
    pub(crate) fn run<T>(&self, work: impl AsyncFnOnce(&Face<'_>) -> T) -> T {
        actix_web::rt::System::new().block_on(async {
            let endpoint = Arc::clone(&self.endpoint);
            let app = test::init_service(App::new().configure(move |services| endpoint.configure(services))).await;
            let send = |request: TestRequest| {
                let response = app.call(request.to_request());
                let text: Sent<'_> = Box::pin(async move { body_of(response.await).await });
                text
            };
            work(&Face { send: &send }).await
        })
    }
}

type Sent<'a> = std::pin::Pin<Box<dyn Future<Output = String> + 'a>>;

async fn body_of(response: Result<ServiceResponse<impl actix_web::body::MessageBody>, Error>) -> String {
    let bytes = test::read_body(response.unwrap()).await;
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The services of the registry.
pub(crate) struct Face<'a> {
    send: &'a dyn Fn(TestRequest) -> Sent<'a>,
}

impl Face<'_> {
    /// Sends a body to the registry and reads the answer.
    pub(crate) async fn send(&self, action: &str, body: &str) -> Answer {
        let request = TestRequest::post()
            .uri("/x/registry")
            .insert_header(("content-type", "application/soap+xml"))
            .set_payload(envelope(action, None, body));
        wire::read(&(self.send)(request).await)
    }
}
