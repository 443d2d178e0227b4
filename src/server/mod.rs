//! The listening process: TLS, HTTP limits, health, shutdown. It carries messages and decides nothing about them.
//!
//! [`Server::bind`] takes the sockets, so that a port that is taken or a certificate that cannot be read is known
//! before anything starts; [`Server::run`] serves until it is told to stop.

mod app;
mod connection;
pub mod delivery;
pub mod feed;
pub mod health;
pub mod listener;
pub mod log;
mod middleware;
mod open_files;
mod shutdown;
mod stream;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::ServiceConfig;
use chrono::{DateTime, Utc};

use self::feed::FeedListener;
use self::health::Check;
use self::listener::{CredentialsError, Live};
pub use self::shutdown::Remote;
use crate::endpoint::outbox::{Inbox, Outbox};
use crate::mllp::Feed;

/// What a deployment may set about the listening process.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where callers come in.
    pub listen: SocketAddr,
    /// Where operators come in: health and metrics, without a certificate.
    pub admin_listen: SocketAddr,
    /// Threads that serve requests; one per processor when absent.
    pub workers: Option<usize>,
    /// Threads for blocking work, all workers together.
    pub blocking_threads: Option<usize>,
    /// Time that running requests get to end.
    pub shutdown: Duration,
    /// Who is let in.
    pub tls: Tls,
    /// How much and how slowly.
    pub limits: Limits,
    /// Answers that go elsewhere than the connection of their request.
    pub answers: delivery::Settings,
}

/// Who is let in.
#[derive(Debug, Clone)]
pub enum Tls {
    /// Plain HTTP. The configuration allows it on loopback only.
    Off,
    /// TLS without a client certificate.
    Server(KeyPair),
    /// TLS with a client certificate.
    Mutual(KeyPair, Clients),
}

/// The server's own certificate.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// PEM: the certificate, then its chain.
    pub certificate: PathBuf,
    /// PEM.
    pub private_key: PathBuf,
}

/// Whose client certificates are taken.
#[derive(Debug, Clone)]
pub struct Clients {
    /// PEM: the authorities.
    pub trust: PathBuf,
    /// Their revocation lists.
    pub revocation_lists: Vec<PathBuf>,
}

/// What a caller may send, and how slowly.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time for the TLS handshake, and again for the header of a request.
    pub headers: Duration,
    /// A body must make progress over each such time …
    pub body_stall: Duration,
    /// … of so many bytes for each second of it.
    pub body_minimum_rate: u64,
    /// An idle connection is closed after it.
    pub keep_alive: Duration,
    /// Connections open at one time.
    pub connections: usize,
    /// Bytes of one request body.
    pub message_bytes: u64,
}

/// Why the process cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The certificate, the key, the trust or a revocation list.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// As configured.
        address: SocketAddr,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The runtime failed.
    #[error("the server stopped: {0}")]
    Runtime(std::io::Error),
}

/// A server that has its sockets and its credentials.
pub struct Server {
    settings: Settings,
    listener: TcpListener,
    admin: TcpListener,
    address: SocketAddr,
    admin_address: SocketAddr,
    live: Option<Arc<Live>>,
    feed: Option<FeedListener>,
    checks: Vec<Check>,
    remote: Remote,
    outbox: Outbox,
    inbox: Inbox,
    delivery_tls: delivery::Tls,
    heed_signals: bool,
}

impl Server {
    /// Reads the credentials and takes both sockets.
    ///
    /// # Errors
    /// [`ServerError`] when a file cannot be used or an address cannot be listened on.
    pub fn bind(settings: Settings) -> Result<Self, ServerError> {
        let live = Live::read(&settings.tls, now())?.map(Arc::new);
        let (listener, address) = listener::take(settings.listen)?;
        let (admin, admin_address) = listener::take(settings.admin_listen)?;
        let checks = live.iter().map(health::certificate).collect();
        let remote = Remote::new(live.clone());
        let answers = &settings.answers;
        let delivery_tls = delivery::Tls::read(answers)?;
        let (reloaded, of) = (delivery_tls.clone(), answers.clone());
        remote.on_reload(move || reloaded.reload(&of).map_err(|cause| cause.to_string()));
        let (outbox, inbox) = Outbox::new(answers.allowed.clone(), answers.room, answers.spool.clone());
        let heed_signals = false;
        Ok(Self {
            settings,
            listener,
            admin,
            address,
            admin_address,
            live,
            feed: None,
            checks,
            remote,
            outbox,
            inbox,
            delivery_tls,
            heed_signals,
        })
    }

    /// Serves the patient identity feed too: reads its credentials and takes its socket.
    ///
    /// # Errors
    /// [`ServerError`] when a file cannot be used or the address cannot be listened on.
    pub fn with_feed(mut self, settings: feed::Settings, feed: Arc<Feed>) -> Result<Self, ServerError> {
        let listener = FeedListener::bind(settings, feed)?;
        if let Some(live) = &listener.live {
            if self.live.is_none() {
                self.checks.push(health::certificate(live));
            }
            let live = Arc::clone(live);
            self.remote.on_reload(move || live.reload().map_err(|cause| cause.to_string()));
        }
        self.feed = Some(listener);
        Ok(self)
    }

    /// Adds a line to `/readyz`.
    #[must_use]
    pub fn with_check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    /// Adds something to do when SIGHUP asks to read files again. A failure is logged; what was in force stays.
    #[must_use]
    pub fn on_reload(self, reload: impl Fn() -> Result<(), String> + Send + Sync + 'static) -> Self {
        self.remote.on_reload(reload);
        self
    }

    /// SIGTERM and SIGINT end it, SIGHUP makes it read its files again. For the process that is nothing but a server.
    #[must_use]
    pub fn heeding_signals(mut self) -> Self {
        self.heed_signals = true;
        self
    }

    /// Where answers are handed in that go elsewhere.
    pub fn outbox(&self) -> Outbox {
        self.outbox.clone()
    }

    /// Where callers come in; the real port when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where operators come in.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// Where the senders of the patient identity feed come in, when it is served.
    pub fn feed_address(&self) -> Option<SocketAddr> {
        self.feed.as_ref().map(|feed| feed.address)
    }

    /// The address with its scheme.
    pub fn url(&self) -> String {
        let scheme = if self.live.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// What stops the server, or makes it read its files again, from another thread.
    pub fn remote(&self) -> Remote {
        self.remote.clone()
    }

    /// Serves until a signal or [`Remote::stop`] ends it; says `ready` once requests are answered.
    ///
    /// # Errors
    /// [`ServerError::Runtime`] when the runtime or a socket fails.
    pub fn run(
        self,
        configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
        ready: impl FnOnce(),
    ) -> Result<(), ServerError> {
        app::run(self, configure, ready).map_err(ServerError::Runtime)
    }
}

/// Binds and serves, saying `listening on URL` on standard error.
///
/// # Errors
/// [`ServerError`].
pub fn run(
    settings: Settings,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Result<(), ServerError> {
    let server = Server::bind(settings)?.heeding_signals();
    let url = server.url();
    server.run(configure, || announce(&url, None))
}

/// The line that scripts wait for; the one before it says where a feed is served.
pub fn announce(url: &str, feed: Option<SocketAddr>) {
    use std::io::Write as _;
    // Without a standard error there is nobody to tell.
    let _ = feed.map_or(Ok(()), |feed| writeln!(std::io::stderr(), "patient feed on mllp://{feed}"));
    let _ = writeln!(std::io::stderr(), "listening on {url}");
}

/// The wall clock of the listening process; below it time is an argument.
#[expect(clippy::disallowed_methods, reason = "the server is where time comes in")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
