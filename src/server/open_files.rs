//! The system's bound on open files: a process begins with a low one that it may raise itself.

use rustix::process::{Resource, getrlimit, setrlimit};

/// A connection has its socket and the handle by which its watch cuts it.
const FILES_OF_A_CONNECTION: u64 = 2;

/// Databases, documents under way, listeners, runtimes.
const FILES_BESIDE: u64 = 512;

/// Raises the bound as far as `connections` need and the system allows; without files no connection is taken at all.
pub(super) fn make_room(connections: usize) {
    let needed = (connections as u64).saturating_mul(FILES_OF_A_CONNECTION).saturating_add(FILES_BESIDE);
    let mut limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(u64::MAX);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    limit.current = Some(needed.min(allowed));
    let raised = setrlimit(Resource::Nofile, limit).is_ok();
    if allowed < needed || !raised {
        tracing::warn!(
            needed,
            allowed,
            "fewer files may be open than limits.connections needs: raise the limit of the service"
        );
    }
}
