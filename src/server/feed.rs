//! The listener of the patient identity feed: sockets, TLS, a bound on connections, the end. What is said there is `mllp`'s.
//!
//! It lives on the thread of the process's own runtime, beside the workers of the services: a flood of messages there holds up
//! no request, and the other way round.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener as StdTcpListener};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::net::{TcpListener, TcpStream};
use actix_web::rt::task::JoinHandle;
use openssl::ssl::{Ssl, SslAcceptor};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_openssl::SslStream;

use crate::mllp::Feed;
use crate::mllp::connection::{Holder, converse};
use crate::security::pki::certificate::Certificate;
use crate::server::connection::Peer;
use crate::server::listener::{self, Live};
use crate::server::{ServerError, Tls, now};
use crate::telemetry::{log_field, metric};

/// What a deployment may set about the feed's listener.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where senders come in.
    pub listen: SocketAddr,
    /// Who is let in. The configuration allows plain connections on loopback only, unless it says so.
    pub tls: Tls,
    /// Time for the TLS handshake.
    pub handshake: Duration,
}

/// A feed that has its socket and its credentials.
pub(super) struct FeedListener {
    pub(super) address: SocketAddr,
    pub(super) live: Option<Arc<Live>>,
    settings: Settings,
    listener: StdTcpListener,
    feed: Arc<Feed>,
}

/// A feed that is served, or none.
pub(super) struct Serving(Option<(watch::Sender<bool>, JoinHandle<()>, Duration)>);

/// The connections that are open. All of them live on one thread.
#[derive(Default)]
struct Connections {
    open: RefCell<BTreeMap<u64, Rc<Seat>>>,
    /// One ended, or became idle.
    changed: Notify,
}

/// A place among the connections that are open, until it is dropped: a panic included.
struct Place {
    number: u64,
    seat: Rc<Seat>,
    connections: Rc<Connections>,
}

/// One connection, as the listener sees it.
struct Seat {
    idle_since: Cell<Option<Instant>>,
    close: Notify,
}

/// One connection, as the conversation sees it.
struct Held {
    place: Place,
    stop: watch::Receiver<bool>,
    peer: Option<(Peer, Arc<Live>)>,
}

impl FeedListener {
    /// Reads the credentials and takes the socket.
    pub(super) fn bind(settings: Settings, feed: Arc<Feed>) -> Result<Self, ServerError> {
        let live = Live::read(&settings.tls, now())?.map(Arc::new);
        let (listener, address) = listener::take(settings.listen)?;
        Ok(Self { address, live, settings, listener, feed })
    }

    /// Connections that may be open at one time.
    pub(super) fn connections(&self) -> usize {
        self.feed.limits().connections
    }

    /// Serves on the present runtime until `stop`; ends when the last connection has.
    fn serve(self, stop: watch::Receiver<bool>) -> io::Result<JoinHandle<()>> {
        self.listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(self.listener)?;
        let tls = match &self.live {
            None => None,
            Some(live) => Some((live.acceptor().map_err(io::Error::other)?.build(), Arc::clone(live))),
        };
        let (feed, settings) = (self.feed, self.settings);
        Ok(actix_web::rt::spawn(async move {
            let connections = Rc::new(Connections::default());
            accept(listener, tls, &feed, &settings, &connections, stop).await;
            while connections.count() > 0 {
                connections.changed.notified().await;
            }
        }))
    }
}

impl Serving {
    /// Serves; `patience` is the time that messages under way get to end.
    pub(super) fn start(listener: Option<FeedListener>, patience: Duration) -> io::Result<Self> {
        let Some(listener) = listener else { return Ok(Self(None)) };
        let (sender, stop) = watch::channel(false);
        Ok(Self(Some((sender, listener.serve(stop)?, patience))))
    }

    /// Takes no new connection and no new message on an idle one; the messages under way get their acknowledgements.
    pub(super) async fn stop(self) {
        if let Some((sender, serving, patience)) = self.0 {
            // Nobody listens when it has ended already.
            let _ = sender.send(true);
            let _ = timeout(patience, serving).await;
        }
    }
}

async fn accept(
    listener: TcpListener,
    tls: Option<(SslAcceptor, Arc<Live>)>,
    feed: &Arc<Feed>,
    settings: &Settings,
    connections: &Rc<Connections>,
    mut stop: watch::Receiver<bool>,
) {
    let most = feed.limits().connections;
    let mut next = 0;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        let socket = match accepted {
            Ok((socket, _)) => socket,
            Err(cause) => {
                // Too many open files, mostly: others close theirs.
                tracing::warn!({ log_field::CAUSE } = %cause, "a connection of the feed was not taken");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        while connections.count() >= most {
            connections.make_room();
            tokio::select! {
                () = connections.changed.notified() => {}
                _ = stop.changed() => return,
            }
        }
        next += 1;
        let held = Held { place: Place::take(connections, next), stop: stop.clone(), peer: None };
        let (feed, tls, handshake) = (Arc::clone(feed), tls.clone(), settings.handshake);
        actix_web::rt::spawn(async move { hold(socket, tls, handshake, &feed, held).await });
    }
}

/// One connection from its first byte to its last.
async fn hold(
    socket: TcpStream,
    tls: Option<(SslAcceptor, Arc<Live>)>,
    handshake: Duration,
    feed: &Arc<Feed>,
    held: Held,
) {
    let unread = u32::try_from(feed.limits().message.as_millis()).unwrap_or(u32::MAX);
    // Where the system lacks an option the connection works without it.
    let _ = rustix::net::sockopt::set_tcp_user_timeout(&socket, unread);
    let _ = socket.set_nodelay(true);
    let end = match tls {
        None => converse(feed, socket, &held).await,
        Some((acceptor, live)) => {
            let Some(stream) = shake(socket, &acceptor, handshake).await else { return };
            let certificate = stream.ssl().peer_certificate().and_then(|presented| Certificate::new(presented).ok());
            let Some(peer) = certificate.and_then(|certificate| Peer::meet(certificate, &live.current())) else {
                metrics::counter!(metric::CONNECTIONS_CUT, "reason" => "certificate").increment(1);
                return;
            };
            converse(feed, stream, &Held { peer: Some((peer, live)), ..held }).await
        }
    };
    if let Some(reason) = end.cut() {
        metrics::counter!(metric::CONNECTIONS_CUT, "reason" => reason).increment(1);
        tracing::info!(reason, "a connection of the feed was cut");
    }
}

/// The handshake, within its time. Why it failed was logged where the certificate was looked at.
async fn shake(socket: TcpStream, acceptor: &SslAcceptor, within: Duration) -> Option<SslStream<TcpStream>> {
    let mut stream = SslStream::new(Ssl::new(acceptor.context()).ok()?, socket).ok()?;
    match timeout(within, Pin::new(&mut stream).accept()).await {
        Ok(Ok(())) => Some(stream),
        Ok(Err(_)) => None,
        Err(_) => {
            metrics::counter!(metric::CONNECTIONS_CUT, "reason" => "slow handshake").increment(1);
            None
        }
    }
}

impl Connections {
    fn count(&self) -> usize {
        self.open.borrow().len()
    }

    /// Asks the connection that is idle longest to close. Those that are not idle end by their own limits of time.
    fn make_room(&self) {
        let open = self.open.borrow();
        let longest = open.values().filter_map(|seat| seat.idle_since.get().map(|since| (since, seat)));
        if let Some((_, seat)) = longest.min_by_key(|(since, _)| *since) {
            seat.close.notify_one();
        }
    }
}

impl Place {
    fn take(connections: &Rc<Connections>, number: u64) -> Self {
        let seat = Rc::new(Seat { idle_since: Cell::new(None), close: Notify::new() });
        connections.open.borrow_mut().insert(number, Rc::clone(&seat));
        Self { number, seat, connections: Rc::clone(connections) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open.borrow_mut().remove(&self.number);
        self.connections.changed.notify_one();
    }
}

impl Holder for Held {
    fn admit(&self) -> Result<(), String> {
        match &self.peer {
            None => Ok(()),
            Some((peer, live)) => peer.admit(&live.current()),
        }
    }

    fn idle(&self, idle: bool) {
        self.place.seat.idle_since.set(idle.then(Instant::now));
        if idle {
            self.place.connections.changed.notify_one();
        }
    }

    async fn close(&self) {
        let mut stop = self.stop.clone();
        tokio::select! {
            () = self.place.seat.close.notified() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}
