//! What the kernel says of a process: CPU time and peak memory. Linux only, from `/proc`.

use std::fs;
use std::time::Duration;

use crate::failure::Failure;

/// A process by its id.
pub struct Process(String);

impl Process {
    /// The process with that id.
    pub fn of(pid: u32) -> Self {
        Self(pid.to_string())
    }

    /// This process.
    pub fn this() -> Self {
        Self("self".to_owned())
    }

    /// The processes that it started and that still run.
    pub fn children(&self) -> Vec<Self> {
        let running = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = running.filter_map(|entry| entry.file_name().into_string().ok());
        let is_child = |process: &Self| {
            let stat = process.read("stat").unwrap_or_default();
            stat.rsplit(')').next().and_then(|after| after.split_whitespace().nth(1)) == Some(&self.0)
        };
        ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit())).map(Self).filter(is_child).collect()
    }

    fn read(&self, file: &str) -> Result<String, Failure> {
        let path = format!("/proc/{}/{file}", self.0);
        fs::read_to_string(&path).map_err(Failure::io(path))
    }

    /// CPU time of all its threads so far, user and system, in ticks of 10 ms.
    pub fn cpu(&self) -> Result<Duration, Failure> {
        let stat = self.read("stat")?;
        // The name stands in brackets and may hold blanks; utime and stime are the 12th and 13th words after it.
        let after = stat.rsplit(')').next().unwrap_or_default();
        let ticks: Vec<u64> = after.split_whitespace().skip(11).take(2).filter_map(|w| w.parse().ok()).collect();
        let [user, system] = ticks.as_slice() else { return Err(Failure::Unreadable("/proc stat".to_owned())) };
        Ok(Duration::from_millis((user + system) * 10))
    }

    /// Peak resident memory in bytes since the start, or since [`Self::forget_peak`].
    pub fn peak_memory(&self) -> Result<u64, Failure> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|l| l.trim().strip_suffix("kB")).and_then(|n| n.trim().parse::<u64>().ok());
        kib.map(|kib| kib * 1024).ok_or_else(|| Failure::Unreadable("/proc status".to_owned()))
    }

    /// Starts a new peak from what is resident now. Where the kernel does not allow it, the old peak stands.
    pub fn forget_peak(&self) {
        let _ = fs::write(format!("/proc/{}/clear_refs", self.0), "5");
    }
}

/// CPU time of the calling thread so far.
pub fn thread_cpu() -> Result<Duration, Failure> {
    let path = "/proc/thread-self/schedstat";
    let text = fs::read_to_string(path).map_err(Failure::io(path))?;
    let nanoseconds = text.split(' ').next().and_then(|w| w.parse().ok());
    nanoseconds.map(Duration::from_nanos).ok_or_else(|| Failure::Unreadable(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_memory() {
        assert!(Process::this().peak_memory().unwrap() > 100_000);
        assert!(Process::this().cpu().is_ok());
    }
}
