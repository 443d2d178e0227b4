//! How the process is told to stop, or to read its files again: by a signal, or from another thread.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use crate::server::listener::Live;
use crate::telemetry::log_field;

/// What is done again on reload.
type Reload = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Stops a running server, or makes it read its files again.
#[derive(Clone)]
pub struct Remote(Arc<Shared>);

struct Shared {
    live: Option<Arc<Live>>,
    reloads: Mutex<Vec<Reload>>,
    stop: Notify,
}

impl Remote {
    pub(super) fn new(live: Option<Arc<Live>>) -> Self {
        Self(Arc::new(Shared { live, reloads: Mutex::default(), stop: Notify::new() }))
    }

    pub(super) fn on_reload(&self, reload: impl Fn() -> Result<(), String> + Send + Sync + 'static) {
        self.0.reloads.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(reload));
    }

    /// Ends running requests, then the server.
    pub fn stop(&self) {
        self.0.stop.notify_one();
    }

    /// Reads certificates, authorities and revocation lists again. What cannot be used leaves in force what was.
    ///
    /// # Errors
    /// What could not be used, one sentence each.
    pub fn reload(&self) -> Result<(), String> {
        let own = self.0.live.iter().map(|live| live.reload().map_err(|cause| cause.to_string()));
        let reloads = self.0.reloads.lock().unwrap_or_else(PoisonError::into_inner);
        let failures: Vec<String> = own.chain(reloads.iter().map(|reload| reload())).filter_map(Result::err).collect();
        if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
    }
}

/// Waits to be told to stop, by `signals` too where they are heeded, then does it.
pub(super) async fn wait(remote: Remote, signals: Option<Signals>, stop: impl Future<Output = ()>) {
    match signals {
        Some(mut signals) => signals.until_stop(&remote).await,
        None => remote.0.stop.notified().await,
    }
    tracing::info!("stopping: running requests end, new ones are not taken");
    stop.await;
}

/// The signals of an operator, caught from the moment at which this is made.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    pub(super) fn take() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn until_stop(&mut self, remote: &Remote) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                () = remote.0.stop.notified() => return,
                _ = self.hang_up.recv() => reload(remote.clone()).await,
            }
        }
    }
}

/// Files are read beside the thread that waits.
async fn reload(remote: Remote) {
    match tokio::task::spawn_blocking(move || remote.reload()).await {
        Ok(Ok(())) => tracing::info!("certificates, authorities, revocation lists and the code table read again"),
        Ok(Err(cause)) => tracing::error!({ log_field::CAUSE } = cause, "not everything could be read again"),
        Err(cause) => tracing::error!({ log_field::CAUSE } = %cause, "reading again was interrupted"),
    }
}
