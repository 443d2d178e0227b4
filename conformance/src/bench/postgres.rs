//! A `PostgreSQL` of the bench's own: made in a directory, reached by a socket in it, stopped when dropped.
//!
//! Its settings are those of a fresh installation but for the memory that it may use: a commit waits for the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::bench::process::Process;
use crate::failure::Failure;
use crate::time;

/// A running server.
pub struct Postgres {
    child: Child,
    binaries: PathBuf,
    directory: PathBuf,
}

impl Postgres {
    /// Makes a server and starts it. `None` where `PostgreSQL` is not installed.
    pub fn start() -> Result<Option<Self>, Failure> {
        let Some(binaries) = binaries() else { return Ok(None) };
        let directory = std::env::temp_dir().join(format!("dmp-scale-{}", time::uuid()?));
        fs::create_dir_all(&directory).map_err(Failure::io(directory.display().to_string()))?;
        let data = directory.join("data");
        let mut make = as_ordinary_user(&binaries.join("initdb"), &directory)?;
        make.arg("-D").arg(&data).args(["-U", "gateway", "--auth=trust", "--encoding=UTF8", "--no-instructions"]);
        let made = make.env("LC_ALL", "C").stdout(Stdio::null()).status().map_err(Failure::io("initdb"))?;
        if !made.success() {
            return Err(Failure::Refused("initdb failed; what it said is above".to_owned()));
        }
        let mut serve = as_ordinary_user(&binaries.join("postgres"), &directory)?;
        serve.arg("-D").arg(&data).arg("-k").arg(&directory);
        for setting in ["listen_addresses=", "shared_buffers=512MB", "max_wal_size=8GB", "checkpoint_timeout=30min"] {
            serve.args(["-c", setting]);
        }
        let log = fs::File::create(directory.join("log")).map_err(Failure::io("the log of PostgreSQL"))?;
        let child = serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let server = Self { child: child.map_err(Failure::io("postgres"))?, binaries, directory };
        let begin = Instant::now();
        while !server.psql("SELECT 1") {
            if begin.elapsed() > Duration::from_secs(30) {
                let said = fs::read_to_string(server.directory.join("log")).unwrap_or_default();
                return Err(Failure::Refused(format!("PostgreSQL did not start; it said:\n{said}")));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(Some(server))
    }

    /// Makes an empty database and gives its URL.
    pub fn database(&self, name: &str) -> Result<String, Failure> {
        if !self.psql(&format!("CREATE DATABASE {name}")) {
            return Err(Failure::Refused("PostgreSQL did not make a database".to_owned()));
        }
        Ok(format!("postgres://gateway@/{name}?host={}", self.directory.display()))
    }

    /// Writes everything to the disk and looks at what the tables hold, as a server does by itself after a while.
    pub fn settle(&self, database: &str) {
        self.order(database, "VACUUM ANALYZE");
        self.order(database, "CHECKPOINT");
    }

    /// CPU time of the server and of its sessions so far.
    pub fn cpu(&self) -> Duration {
        let server = Process::of(self.child.id());
        server.children().into_iter().chain([server]).filter_map(|process| process.cpu().ok()).sum()
    }

    fn psql(&self, sql: &str) -> bool {
        self.order("postgres", sql)
    }

    fn order(&self, database: &str, sql: &str) -> bool {
        let mut command = Command::new(self.binaries.join("psql"));
        command.arg("-h").arg(&self.directory).args(["-U", "gateway", "-d", database, "-qAtc", sql]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // INT: sessions are ended, the data is not needed any more.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Where `postgres` is: in the path, or where Debian puts it. All of them are beside the real file, whatever link led to it.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(versions.map(|version| version.path().join("bin")));
    let found = folders.into_iter().map(|folder| folder.join("initdb")).find(|file| file.exists())?;
    fs::canonicalize(found).ok()?.parent().map(Path::to_owned)
}

/// `PostgreSQL` refuses to run as root: then an ordinary user owns the directory and runs it.
fn as_ordinary_user(program: &Path, directory: &Path) -> Result<Command, Failure> {
    let ask = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()?.trim().parse::<u32>().ok()
    };
    if ask(&["-u"]) != Some(0) {
        return Ok(Command::new(program));
    }
    let ids = ["postgres", "nobody"].into_iter().find_map(|user| ask(&["-u", user]).zip(ask(&["-g", user])));
    let (uid, gid) = ids.ok_or_else(|| Failure::Usage("no ordinary user to run PostgreSQL as".to_owned()))?;
    std::os::unix::fs::chown(directory, Some(uid), Some(gid)).map_err(Failure::io("the directory of PostgreSQL"))?;
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={uid}"), &format!("--regid={gid}"), "--clear-groups"]).arg(program);
    Ok(command)
}
