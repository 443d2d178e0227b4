//! A gateway started by the harness: fresh directory, test PKI, free ports, stopped at the end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::pki::Pki;
use crate::time;

/// The configuration of a started gateway; paths are relative to the file.
const CONFIGURATION: &str = r#"[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"

[domain]
unknown_patients = "accept"

[registry]
url = "sqlite://registry.db"

[repository]
url = "file://blobs"
"#;

/// A running gateway; stopped, and its directory removed, when dropped.
pub struct Server {
    child: Child,
    directory: PathBuf,
    /// Its base URL.
    pub url: String,
}

impl Server {
    /// Makes a PKI and a configuration in a fresh directory and starts the binary `gateway` on it.
    pub fn start(gateway: &Path) -> Result<Self, Failure> {
        Self::start_with(gateway, "")
    }

    /// The same with further lines of configuration.
    pub fn start_with(gateway: &Path, more: &str) -> Result<Self, Failure> {
        let directory = std::env::temp_dir().join(format!("dmp-conformance-{}", time::uuid()?));
        fs::create_dir_all(&directory).map_err(Failure::io(directory.display().to_string()))?;
        let configuration = directory.join("gateway.toml");
        fs::write(&configuration, format!("{CONFIGURATION}\n{more}"))
            .map_err(Failure::io(configuration.display().to_string()))?;
        let pki = directory.join("pki");
        let made = Command::new(gateway).args(["pki", "init"]).arg(&pki).stdout(Stdio::null()).status();
        if !made.map_err(Failure::io(gateway.display().to_string()))?.success() {
            return Err(Failure::Usage(format!("{} pki init failed", gateway.display())));
        }
        Self::serve(gateway, directory)
    }

    /// Starts the binary `gateway` on the `gateway.toml` of a directory, which is removed at the end.
    pub fn serve(gateway: &Path, directory: PathBuf) -> Result<Self, Failure> {
        let log = directory.join("gateway.log");
        let stderr = File::create(&log).map_err(Failure::io(log.display().to_string()))?;
        let child = Command::new(gateway)
            .args(["serve", "--config"])
            .arg(directory.join("gateway.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .map_err(Failure::io(gateway.display().to_string()))?;
        let mut server = Self { child, directory, url: String::new() };
        server.url = server.address(&log)?;
        Ok(server)
    }

    /// Waits for `listening on https://ADDR`.
    fn address(&mut self, log: &Path) -> Result<String, Failure> {
        let begin = Instant::now();
        loop {
            let text = fs::read_to_string(log).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("listening on "));
            if let Some(url) = line.filter(|_| text.ends_with('\n')) {
                return Ok(url.trim().to_owned());
            }
            let ended = self.child.try_wait().map_err(Failure::io("waiting for the gateway"))?;
            if ended.is_some() || begin.elapsed() > Duration::from_secs(20) {
                return Err(Failure::Refused(format!("the gateway did not start; it said:\n{text}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The PKI that it trusts.
    pub fn pki(&self) -> Result<Pki, Failure> {
        Pki::open(&self.directory.join("pki"))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    #[expect(clippy::print_stderr, reason = "a destructor has no other way to complain")]
    fn drop(&mut self) {
        // Asked first, so that a shutdown that hangs is noticed as a slow end and not hidden by a kill.
        let _ = Command::new("kill").arg(self.pid().to_string()).status();
        let begin = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if begin.elapsed() > Duration::from_secs(15) {
                eprintln!("the gateway does not stop when asked");
                let _ = self.child.kill();
                let _ = self.child.wait();
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}
