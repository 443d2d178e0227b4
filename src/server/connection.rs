//! What is known about one connection: who is at its other end, and whether a request is under way on it.
//!
//! Two things OpenSSL and the HTTP library leave open are closed here. A resumed session or a connection that stays
//! open is not verified again, so each request does. And the time for a request's header is measured only for the
//! first request of a connection, so a watch cuts one that is neither idle nor complete in time.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::net::{Shutdown, TcpStream as StdTcpStream};
use std::os::fd::AsFd;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_tls::accept::openssl::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use actix_web::rt::task::JoinHandle;

use crate::security::pki::certificate::Certificate;
use crate::security::pki::chain::{ChainError, TrustStore};
use crate::security::tls::PeerIdentity;
use crate::server::listener::{Credentials, Live};
use crate::server::stream::Gathering;
use crate::server::{Limits, now};
use crate::telemetry::metric;

/// One connection, shared by the requests on it. It never leaves its worker thread.
pub(super) struct Connection {
    peer: Option<Peer>,
    requests: Cell<usize>,
    quiet_since: Cell<Instant>,
    watch: RefCell<Option<JoinHandle<()>>>,
}

/// The other end of a mutual connection, as its handshake proved it.
pub(super) struct Peer {
    certificate: Certificate,
    identity: Arc<PeerIdentity>,
    generation: Cell<u64>,
}

/// What makes the hook of the HTTP server: it reads the peer's certificate and starts the watch.
pub(super) fn on_connect(live: Option<Arc<Live>>, limits: Limits) -> impl Fn(&dyn Any, &mut Extensions) + Send + Sync {
    move |io, extensions| {
        let (socket, certificate) = if let Some(stream) = io.downcast_ref::<TlsStream<Gathering>>() {
            (stream.get_ref().socket(), stream.ssl().peer_certificate())
        } else if let Some(stream) = io.downcast_ref::<TcpStream>() {
            (stream, None)
        } else {
            return;
        };
        // Without a peer of its own a mutual connection answers nothing: `Connection::admit` refuses.
        let certificate = certificate.and_then(|certificate| Certificate::new(certificate).ok());
        let peer =
            live.as_ref().zip(certificate).and_then(|(live, certificate)| Peer::meet(certificate, &live.current()));
        if let Some(peer) = &peer {
            extensions.insert(Arc::clone(&peer.identity));
        }
        let connection = Rc::new(Connection {
            peer,
            requests: Cell::new(0),
            quiet_since: Cell::new(Instant::now()),
            watch: RefCell::new(None),
        });
        guard_socket(socket, &connection, limits);
        extensions.insert(connection);
    }
}

impl Connection {
    /// Whether the peer, demanded or not, may still speak.
    ///
    /// # Errors
    /// Why not, in words for the caller.
    pub(super) fn admit(&self, live: Option<&Live>) -> Result<(), String> {
        let Some(live) = live else { return Ok(()) };
        let credentials = live.current();
        let Some(trust) = &credentials.trust else { return Ok(()) };
        let Some(peer) = &self.peer else { return Err("no client certificate was presented".to_owned()) };
        peer.recheck(trust, &credentials)
    }

    /// A request is under way until the value is dropped.
    pub(super) fn begin(self: &Rc<Self>) -> UnderWay {
        self.requests.set(self.requests.get() + 1);
        UnderWay(Rc::clone(self))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.abort();
        }
    }
}

/// Held while a request is served and its answer written.
pub(super) struct UnderWay(Rc<Connection>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.requests.set(self.0.requests.get().saturating_sub(1));
        self.0.quiet_since.set(Instant::now());
    }
}

impl Peer {
    pub(super) fn meet(certificate: Certificate, credentials: &Credentials) -> Option<Self> {
        let trust = credentials.trust.as_ref()?;
        let identity = PeerIdentity::establish(&certificate, trust, now()).ok()?;
        Some(Self { certificate, identity: Arc::new(identity), generation: Cell::new(credentials.generation) })
    }

    /// Whether it may still speak under the credentials in force.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn admit(&self, credentials: &Credentials) -> Result<(), String> {
        credentials.trust.as_ref().map_or(Ok(()), |trust| self.recheck(trust, credentials))
    }

    fn recheck(&self, trust: &TrustStore, credentials: &Credentials) -> Result<(), String> {
        let outcome = if self.generation.get() == credentials.generation {
            self.identity.recheck(trust, now())
        } else {
            PeerIdentity::establish(&self.certificate, trust, now()).map(drop)
        };
        outcome.map_err(|cause: ChainError| format!("the client certificate is no longer taken: {cause}"))?;
        self.generation.set(credentials.generation);
        Ok(())
    }
}

/// A caller that takes nothing of its answer, or sends a header too slowly, loses the connection.
fn guard_socket(socket: &TcpStream, connection: &Rc<Connection>, limits: Limits) {
    let unread = u32::try_from(limits.body_stall.as_millis()).unwrap_or(u32::MAX);
    // Where the system has no such option the answer waits in its socket, and holds up nobody else.
    let _ = rustix::net::sockopt::set_tcp_user_timeout(socket, unread);
    if let Ok(twin) = socket.as_fd().try_clone_to_owned() {
        let between = limits.keep_alive + limits.headers;
        let watch = actix_web::rt::spawn(watch(Rc::downgrade(connection), twin.into(), between));
        *connection.watch.borrow_mut() = Some(watch);
    }
}

/// Between two requests there is time to be idle and time for a header, and no more.
async fn watch(connection: Weak<Connection>, socket: StdTcpStream, between: Duration) {
    loop {
        let Some(quiet) = connection.upgrade().map(|connection| {
            if connection.requests.get() > 0 { Duration::ZERO } else { connection.quiet_since.get().elapsed() }
        }) else {
            return;
        };
        if quiet >= between {
            metrics::counter!(metric::CONNECTIONS_CUT, "reason" => "slow header").increment(1);
            // It fails only when the caller has gone already.
            let _ = socket.shutdown(Shutdown::Both);
            return;
        }
        tokio::time::sleep(between.saturating_sub(quiet)).await;
    }
}
