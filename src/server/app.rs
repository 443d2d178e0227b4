//! Puts the parts together: the service listener with its limits, the operators' listener beside it.

use std::any::Any;
use std::fmt::Debug;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::body::BoxBody;
use actix_http::error::DispatchError;
use actix_http::{Extensions, HttpServiceBuilder, Request, Response};
use actix_server::GracefulShutdownSignal;
use actix_service::{IntoServiceFactory as _, Service, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config};
use actix_tls::accept::openssl::{Acceptor, TlsStream};
use actix_web::dev::{AppConfig, Server as Running, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::rt::System;
use actix_web::rt::net::{ActixStream, TcpStream};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpResponse};

use crate::server::connection::on_connect;
use crate::server::delivery::Delivery;
use crate::server::feed::{FeedListener, Serving};
use crate::server::listener::Live;
use crate::server::middleware::admission::{Gate, admit};
use crate::server::middleware::correlation::correlate;
use crate::server::middleware::limit::hold;
use crate::server::shutdown::Signals;
use crate::server::stream::{Gathering, HELD};
use crate::server::{Limits, Server, Settings, health, open_files, shutdown};

/// Serves until it is told to stop.
pub(super) fn run(
    server: Server,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ready: impl FnOnce(),
) -> io::Result<()> {
    let feeding = server.feed.as_ref().map_or(0, FeedListener::connections);
    open_files::make_room(server.settings.limits.connections + feeding);
    let Server { settings, listener, admin, live, feed, checks, remote, heed_signals, inbox, delivery_tls, .. } =
        server;
    let (answers, shutdown) = (settings.answers.clone(), settings.shutdown);
    let delivery = Delivery::start(answers, delivery_tls, inbox)?;
    let outcome = System::new().block_on(async move {
        let admin = health::serve(admin, checks)?;
        let feed = Serving::start(feed, settings.shutdown)?;
        let services = services(&settings, listener, live.as_ref(), configure)?;
        let stop = stop_all(services.handle(), feed, admin.handle());
        // Before anybody is told that it listens: who then stops it at once must find it heeding.
        let signals = heed_signals.then(Signals::take).transpose()?;
        actix_web::rt::spawn(shutdown::wait(remote, signals, stop));
        ready();
        together(services, admin).await
    });
    // No request is under way any more that could hand in another answer.
    if let Some(delivery) = delivery {
        delivery.finish(shutdown);
    }
    outcome
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
    let app = move || {
        let app = App::new()
            .app_data(gate.clone())
            .app_data(held.clone())
            // The last one wrapped around is the first one met.
            .wrap(from_fn(hold))
            .wrap(from_fn(admit))
            .wrap(from_fn(correlate))
            .configure(configure.clone())
            .default_service(web::to(nothing_here))
            .into_factory()
            .map_err(|error: actix_web::Error| error.error_response());
        map_config(app, |()| AppConfig::default())
    };
    let server = actix_server::Server::build()
        .disable_signals()
        .workers(workers)
        .worker_max_blocking_threads(blocking.div_ceil(workers))
        .max_concurrent_connections(limits.connections.div_ceil(workers))
        .shutdown_timeout(settings.shutdown.as_secs());
    let ending = server.graceful_shutdown_signal();
    let met = Arc::new(on_connect(live.cloned(), limits));
    let server = match live {
        None => server.listen("services", listener, move || {
            fn_service(|socket: TcpStream| async move { Ok::<_, DispatchError>(prompt(socket)) })
                .map(|socket| with_peer(socket, TcpStream::peer_addr))
                .and_then(http(limits, &ending, &met).h1(app()))
        })?,
        Some(live) => {
            let acceptor = live.acceptor().map_err(io::Error::other)?.build();
            server.listen("services", listener, move || {
                let mut tls = Acceptor::new(acceptor.clone());
                tls.set_handshake_timeout(limits.headers);
                fn_service(|socket: TcpStream| async move { Ok::<_, DispatchError>(Gathering::new(prompt(socket))) })
                    // Why a handshake failed is logged where the certificate is looked at.
                    .and_then(tls.map_err(|_| DispatchError::Io(io::ErrorKind::ConnectionAborted.into())))
                    .map(|stream| {
                        with_peer(stream, |stream: &TlsStream<Gathering>| stream.get_ref().socket().peer_addr())
                    })
                    .and_then(http(limits, &ending, &met).h1(app()))
            })?
        }
    };
    Ok(server.run())
}

/// What the HTTP library does with a connection.
fn http<T, S>(
    limits: Limits,
    ending: &GracefulShutdownSignal,
    met: &Arc<impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static>,
) -> HttpServiceBuilder<T, S>
where
    T: ActixStream + 'static,
    S: ServiceFactory<Request, Config = ()>,
    S::Error: Into<Response<BoxBody>> + 'static,
    S::InitError: Debug,
    <S::Service as Service<Request>>::Future: 'static,
{
    let (ending, met) = (ending.clone(), Arc::clone(met));
    HttpServiceBuilder::default()
        .graceful_shutdown_signal(move || {
            let ending = ending.clone();
            async move { ending.notified().await }
        })
        .keep_alive(limits.keep_alive)
        .client_request_timeout(limits.headers)
        .client_disconnect_timeout(DISCONNECT)
        .h1_write_buffer_size(HELD)
        .on_connect_ext(move |stream: &T, extensions: &mut Extensions| met(stream, extensions))
}

/// An answer takes several writes: without this the last of them waits 40 ms for the client's acknowledgement.
fn prompt(socket: TcpStream) -> TcpStream {
    // It fails only on a socket that is gone, which the first read then says.
    let _ = socket.set_nodelay(true);
    socket
}

fn with_peer<T>(stream: T, address: impl Fn(&T) -> io::Result<SocketAddr>) -> (T, Option<SocketAddr>) {
    let address = address(&stream).ok();
    (stream, address)
}

/// Time that a caller gets to take the end of an answer before the connection is dropped.
const DISCONNECT: Duration = Duration::from_secs(1);

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
async fn stop_all(services: ServerHandle, feed: Serving, admin: ServerHandle) {
    futures_util::future::join(services.stop(true), feed.stop()).await;
    admin.stop(false).await;
}

async fn nothing_here() -> HttpResponse {
    HttpResponse::NotFound().body("there is no service at this path\n")
}
