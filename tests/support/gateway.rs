//! A gateway of a test's own: the real server in this process, on free loopback ports, stopped when dropped.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;

use actix_web::web::ServiceConfig;
use dmp_gateway::config::Config;
use dmp_gateway::server::health::Check;
use dmp_gateway::server::{Remote, Server, Settings};
use tempfile::TempDir;

use crate::support::pki_on_disk;
use crate::support::wire::{Answer, Client, Wire};

/// A running gateway.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    directory: TempDir,
    remote: Remote,
    thread: Option<JoinHandle<()>>,
}

type Change = Box<dyn FnOnce(&mut Settings)>;

/// What a test changes before the gateway starts.
#[derive(Default)]
pub(crate) struct Setup {
    toml: String,
    change: Option<Change>,
    checks: Vec<Check>,
}

impl Setup {
    /// More lines of the configuration file.
    pub(crate) fn toml(toml: &str) -> Self {
        Self { toml: toml.to_owned(), ..Self::default() }
    }

    /// Changes that the configuration file does not allow, such as limits below a second.
    pub(crate) fn settings(mut self, change: impl FnOnce(&mut Settings) + 'static) -> Self {
        self.change = Some(Box::new(change));
        self
    }

    /// One more line of `/readyz`.
    pub(crate) fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// Starts a gateway with these services.
    pub(crate) fn start(self, configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Gateway {
        let directory = tempfile::tempdir().unwrap();
        pki_on_disk::copy_to(&directory.path().join("pki"));
        let file = directory.path().join("gateway.toml");
        std::fs::write(&file, &self.toml).unwrap();
        let free_ports = ["DMP__SERVER__LISTEN", "DMP__SERVER__ADMIN_LISTEN"];
        let free_ports = free_ports.map(|name| (name.to_owned(), "127.0.0.1:0".to_owned()));
        let mut settings = Config::load(Some(&file), free_ports).unwrap().server();
        if let Some(change) = self.change {
            change(&mut settings);
        }
        let server = Server::bind(settings).unwrap();
        let server = self.checks.into_iter().fold(server, Server::with_check);
        let (address, admin, remote) = (server.address(), server.admin_address(), server.remote());
        let (ready, is_ready) = mpsc::channel();
        let thread = std::thread::spawn(move || server.run(configure, move || ready.send(()).unwrap()).unwrap());
        is_ready.recv().unwrap();
        Gateway { address, admin, directory, remote, thread: Some(thread) }
    }
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

    /// A client with the card of that name.
    pub(crate) fn card(&self, name: &str) -> Client {
        Client::card(&self.pki(), name)
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
