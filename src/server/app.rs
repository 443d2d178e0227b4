//! Puts the parts together: the service listener with its limits, the operators' listener beside it.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server as Running, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::rt::System;
use actix_web::rt::task::JoinHandle;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use tokio::time::timeout;

use crate::server::connection::on_connect;
use crate::server::feed::FeedListener;
use crate::server::listener::Live;
use crate::server::middleware::admission::{Gate, admit};
use crate::server::middleware::correlation::correlate;
use crate::server::middleware::limit::hold;
use crate::server::{Server, Settings, feed, health, open_files, shutdown};

/// Serves until it is told to stop.
pub(super) fn run(
    server: Server,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ready: impl FnOnce(),
) -> io::Result<()> {
    let feeding = server.feed.as_ref().map_or(0, FeedListener::connections);
    open_files::make_room(server.settings.limits.connections + feeding);
    System::new().block_on(async move {
        let Server { settings, listener, admin, live, feed, checks, remote, heed_signals, .. } = server;
        let admin = health::serve(admin, checks)?;
        let feed = Feeding::start(feed, settings.shutdown)?;
        let services = services(&settings, listener, live.as_ref(), configure)?;
        let stop = stop_all(services.handle(), feed, admin.handle());
        actix_web::rt::spawn(shutdown::wait(remote, heed_signals, stop));
        ready();
        together(services, admin).await
    })
}

/// The feed under way, when there is one.
struct Feeding(Option<(feed::Stop, JoinHandle<()>, Duration)>);

impl Feeding {
    fn start(listener: Option<FeedListener>, patience: Duration) -> io::Result<Self> {
        let Some(listener) = listener else { return Ok(Self(None)) };
        let (stop, serving) = listener.serve()?;
        Ok(Self(Some((stop, actix_web::rt::spawn(serving), patience))))
    }

    /// The messages under way get their acknowledgements, if they come in time.
    async fn stop(self) {
        if let Some((stop, serving, patience)) = self.0 {
            stop.stop();
            let _ = timeout(patience, serving).await;
        }
    }
}

/// The listener of callers, with the limits that the HTTP library keeps and those of our own.
fn services(
    settings: &Settings,
    listener: TcpListener,
    live: Option<&Arc<Live>>,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<Running> {
    let limits = settings.limits;
    let workers = settings.workers.unwrap_or_else(processors).clamp(1, MOST_WORKERS);
    let blocking = settings.blocking_threads.unwrap_or(workers * BLOCKING_PER_WORKER);
    let gate = Data::new(Gate(live.cloned()));
    let held = Data::new(limits);
    let services = HttpServer::new(move || {
        App::new()
            .app_data(gate.clone())
            .app_data(held.clone())
            // The last one wrapped around is the first one met.
            .wrap(from_fn(hold))
            .wrap(from_fn(admit))
            .wrap(from_fn(correlate))
            .configure(configure.clone())
            .default_service(web::to(nothing_here))
    });
    let services = services
        .on_connect(on_connect(live.cloned(), limits))
        .disable_signals()
        // An answer takes several writes: without this the last of them waits 40 ms for the client's acknowledgement.
        .tcp_nodelay(true)
        .workers(workers)
        .worker_max_blocking_threads(blocking.div_ceil(workers))
        .max_connections(limits.connections.div_ceil(workers))
        .keep_alive(limits.keep_alive)
        .client_request_timeout(limits.headers)
        .tls_handshake_timeout(limits.headers)
        .shutdown_timeout(settings.shutdown.as_secs());
    let services = match live {
        None => services.listen(listener)?,
        Some(live) => services.listen_openssl(listener, live.acceptor().map_err(io::Error::other)?)?,
    };
    Ok(services.run())
}

/// What the HTTP library takes.
const MOST_WORKERS: usize = 512;

/// Enough for the storage work of the requests that one worker has under way.
const BLOCKING_PER_WORKER: usize = 16;

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get)
}

async fn together(services: Running, admin: Running) -> io::Result<()> {
    let (services, admin) = futures_util::future::join(services, admin).await;
    services.and(admin)
}

/// Operators see the process until its last request has ended.
async fn stop_all(services: ServerHandle, feed: Feeding, admin: ServerHandle) {
    futures_util::future::join(services.stop(true), feed.stop()).await;
    admin.stop(false).await;
}

async fn nothing_here() -> HttpResponse {
    HttpResponse::NotFound().body("there is no service at this path\n")
}
