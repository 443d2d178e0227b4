//! A gateway of a test's own: the real server in this process, on free loopback ports, stopped when dropped.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::thread::JoinHandle;

use actix_web::web::ServiceConfig;
use chrono::{DateTime, Utc};
use dmp_gateway::config::Config;
use dmp_gateway::endpoint::Endpoint;
use dmp_gateway::mllp::Feed;
use dmp_gateway::security::vihf::verify::Verifier;
use dmp_gateway::server::health::Check;
use dmp_gateway::server::{Remote, Server, Settings, feed, listener};
use dmp_gateway::storage::Store;
use dmp_gateway::transaction;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::caller::Caller;
use crate::support::database::Database;
use crate::support::pki_on_disk;
use crate::support::wire::{Answer, Client, Wire};

/// A running gateway.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    feed: Option<SocketAddr>,
    directory: TempDir,
    remote: Remote,
    thread: Option<JoinHandle<()>>,
}

type Change = Box<dyn FnOnce(&mut Settings)>;

/// What a test changes before the gateway starts.
#[derive(Default)]
pub(crate) struct Setup {
    database: Option<Database>,
    toml: String,
    change: Option<Change>,
    decide: Option<fn(&mut transaction::Settings)>,
    checks: Vec<Check>,
}

impl Setup {
    /// More lines of the configuration file.
    pub(crate) fn toml(toml: &str) -> Self {
        Self { toml: toml.to_owned(), ..Self::default() }
    }

    /// The database of the registry, which is a file unless this says otherwise.
    pub(crate) fn on(mut self, database: Database) -> Self {
        self.database = Some(database);
        self
    }

    /// Changes that the configuration file does not allow, such as limits below a second.
    pub(crate) fn settings(mut self, change: impl FnOnce(&mut Settings) + 'static) -> Self {
        let earlier = self.change.take();
        self.change = Some(Box::new(move |settings| {
            earlier.into_iter().for_each(|earlier| earlier(settings));
            change(settings);
        }));
        self
    }

    /// What transactions do, where it hangs on an address that a test cannot have.
    pub(crate) fn decides(mut self, decide: fn(&mut transaction::Settings)) -> Self {
        self.decide = Some(decide);
        self
    }

    /// One more line of `/readyz`.
    pub(crate) fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// Starts a gateway with these services.
    pub(crate) fn start(self, configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Gateway {
        let (directory, config) = self.load();
        self.run(directory, &config, None, |_| configure)
    }

    /// Starts the whole gateway as `serve` does: the real services, a registry and blobs in its own directory.
    pub(crate) fn serve(self) -> Gateway {
        let (directory, config) = self.load();
        let store = Store::open(&config.storage()).unwrap();
        let trust =
            config.file().vihf.required.then(|| Arc::new(listener::read_trust(&config.vihf_authorities()).unwrap()));
        let verifier = trust.clone().map(|trust| Arc::new(Verifier::new(config.vihf(), trust)));
        let mut settings = config.transaction();
        settings.signing = trust.and_then(|trust| config.signing(trust));
        if let Some(decide) = self.decide {
            decide(&mut settings);
        }
        settings.register.codes.replace(config.codes().unwrap().0);
        settings.judging = config.judging().unwrap();
        let gateway = Arc::new(transaction::Gateway::new(store, settings, Uuid::new_v4));
        let feed = config.feed().map(|(settings, limits)| {
            (settings, Arc::new(Feed::new(Arc::clone(&gateway), limits, today, Uuid::new_v4)))
        });
        let endpoint = Endpoint::new(gateway, verifier, config.endpoint(), today, Uuid::new_v4);
        self.run(directory, &config, feed, |server| {
            let endpoint = Arc::new(endpoint.with_outbox(server.outbox()));
            move |services: &mut ServiceConfig| endpoint.configure(services)
        })
    }

    fn load(&self) -> (TempDir, Config) {
        let directory = tempfile::tempdir().unwrap();
        pki_on_disk::copy_to(&directory.path().join("pki"));
        let file = directory.path().join("gateway.toml");
        std::fs::write(&file, &self.toml).unwrap();
        let free_ports = ["DMP__SERVER__LISTEN", "DMP__SERVER__ADMIN_LISTEN"];
        let free_ports = free_ports.map(|name| (name.to_owned(), "127.0.0.1:0".to_owned()));
        let feed = self.toml.contains("[mllp]").then(|| ("DMP__MLLP__LISTEN".to_owned(), "127.0.0.1:0".to_owned()));
        // Most tests deposit stand-ins for documents: what is in them is looked at where a test says how.
        let stand_ins = (!self.toml.contains("[cda]")).then(|| ("DMP__CDA__VALIDATION".to_owned(), "off".to_owned()));
        let registry = self.database.filter(|database| *database != Database::Sqlite);
        let registry = registry.map(|database| ("DMP__REGISTRY__URL".to_owned(), database.fresh_url(directory.path())));
        let config =
            Config::load(Some(&file), free_ports.into_iter().chain(stand_ins).chain(registry).chain(feed)).unwrap();
        (directory, config)
    }

    fn run<C: Fn(&mut ServiceConfig) + Clone + Send + 'static>(
        self,
        directory: TempDir,
        config: &Config,
        feed: Option<(feed::Settings, Arc<Feed>)>,
        configure: impl FnOnce(&Server) -> C,
    ) -> Gateway {
        let mut settings = config.server();
        if let Some(change) = self.change {
            change(&mut settings);
        }
        let server = Server::bind(settings).unwrap();
        let server = self.checks.into_iter().fold(server, Server::with_check);
        let server = match feed {
            Some((settings, feed)) => server.with_feed(settings, feed).unwrap(),
            None => server,
        };
        let feed = server.feed_address();
        let (address, admin, remote) = (server.address(), server.admin_address(), server.remote());
        let configure = configure(&server);
        let (ready, is_ready) = mpsc::channel();
        let thread = std::thread::spawn(move || server.run(configure, move || ready.send(()).unwrap()).unwrap());
        is_ready.recv().unwrap();
        Gateway { address, admin, feed, directory, remote, thread: Some(thread) }
    }
}

/// One gateway for the tests of a file that run side by side, each with patients of its own; it ends with the last of them.
pub(crate) struct Shared {
    database: Database,
    running: Mutex<Weak<Gateway>>,
}

impl Shared {
    pub(crate) const fn new() -> Self {
        Self::on(Database::Sqlite)
    }

    pub(crate) const fn on(database: Database) -> Self {
        Self { database, running: Mutex::new(Weak::new()) }
    }

    /// The running gateway, or a fresh one with that configuration.
    pub(crate) fn with(&self, toml: &str) -> Arc<Gateway> {
        let mut shared = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let fresh = Arc::new(Setup::toml(toml).on(self.database).serve());
            *shared = Arc::downgrade(&fresh);
            fresh
        })
    }
}

/// The configuration of most tests: profile `dmp`, a patient is known from the first deposit.
pub(crate) const DMP: &str = "[domain]\nunknown_patients = \"accept\"\n";

/// A plain affinity domain without TLS and without assertions.
pub(crate) const IHE: &str = "[tls]\nmode = \"off\"\n[vihf]\nrequired = false\n\
    [domain]\nprofile = \"ihe\"\nunknown_patients = \"accept\"\n";

/// The clock of the gateway: the certificates on disk are of today.
#[expect(clippy::disallowed_methods, reason = "where the specifications take the time from")]
pub(crate) fn today() -> DateTime<Utc> {
    Utc::now()
}

impl Gateway {
    /// The directory of its configuration; `pki/` in it is its own copy.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Its own copy of the test PKI.
    pub(crate) fn pki(&self) -> PathBuf {
        self.directory.path().join("pki")
    }

    /// Where the patient identity feed comes in; the configuration has an `[mllp]`.
    pub(crate) fn feed(&self) -> SocketAddr {
        self.feed.unwrap()
    }

    /// A client with the card of that name.
    pub(crate) fn card(&self, name: &str) -> Client {
        Client::card(&self.pki(), name)
    }

    /// A general practitioner of the practice, with her card, who treats that patient.
    pub(crate) fn treating_doctor(&self, patient: &str) -> Caller {
        Caller::treating_doctor(self.address, &self.pki(), patient)
    }

    /// Software without certificate and without assertion.
    pub(crate) fn anybody(&self) -> Caller {
        Caller::plain(self.address)
    }

    /// The documents that lie on its disk, registered or not.
    pub(crate) fn documents_on_disk(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.directory().join("var/blobs")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
                let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else if !hidden {
                    found.push(entry.path());
                }
            }
        }
        found
    }

    /// Asks the operators' listener.
    pub(crate) fn ask(&self, path: &str) -> Answer {
        Wire::plain(self.admin).get(path).unwrap()
    }

    /// What stops it or makes it read its files again.
    pub(crate) fn remote(&self) -> &Remote {
        &self.remote
    }

    /// Tells it to stop and waits until it has.
    pub(crate) fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.remote.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if self.thread.is_some() && !std::thread::panicking() {
            self.end();
        }
    }
}
