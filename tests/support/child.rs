//! The binary itself as a process of its own: `dmp-gateway serve`, with its log, to be killed.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use tempfile::TempDir;

use crate::support::caller::Caller;
use crate::support::pki_on_disk;

/// A directory with a test PKI and a configuration on free ports.
pub(crate) fn directory(toml: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    pki_on_disk::copy_to(&directory.path().join("pki"));
    let ports = "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n";
    std::fs::write(directory.path().join("gateway.toml"), format!("{ports}{toml}")).unwrap();
    directory
}

/// A running process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    log: Option<JoinHandle<Vec<String>>>,
}

impl Process {
    /// Starts the binary in a directory and waits until it listens.
    pub(crate) fn serve(directory: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dmp-gateway"));
        command.args(["serve", "--config"]).arg(directory.join("gateway.toml")).env_clear();
        // What is deposited by it are stand-ins for documents.
        command.env("DMP__CDA__VALIDATION", "off");
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut early = Vec::new();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("it ended: {early:?}"));
            let on = |scheme: &str| line.strip_prefix(scheme).map(str::to_owned);
            if let Some(address) = on("listening on https://").or_else(|| on("listening on http://")) {
                break address.parse().unwrap();
            }
            early.push(line);
        };
        let log = std::thread::spawn(move || {
            early.extend(lines);
            early
        });
        Self { child, address, log: Some(log) }
    }

    /// A general practitioner with her card, who treats that patient.
    pub(crate) fn treating_doctor(&self, directory: &Path, patient: &str) -> Caller {
        Caller::treating_doctor(self.address, &directory.join("pki"), patient)
    }

    /// SIGKILL: no word of farewell, nothing is written any more.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and what it logged.
    pub(crate) fn stop(mut self) -> Vec<String> {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
