//! Carries answers to the addresses that callers named: one connection for each attempt, on a thread of its own, so
//! that a receiver who is slow or down holds up no request.
//!
//! Spec: ITI TF-2: V.3.2.2. No redirect is followed and no address is tried that the configuration does not name. What
//! is still on its way when the process ends is logged, each answer with its correlation, and not kept: the transaction
//! was carried out, only its answer is lost.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::rt::System;
use arc_swap::ArcSwapOption;
use awc::{Client, Connector};
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::endpoint::destination::Target;
use crate::endpoint::outbox::{Accepted, Inbox, Letter};
use crate::server::KeyPair;
use crate::server::listener::{CredentialsError, present, read};
use crate::telemetry::correlation::Correlation;
use crate::telemetry::{log_field, metric};

/// What a deployment may set about answers that go elsewhere.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whereto; none: every answer stays on its connection.
    pub allowed: Vec<Target>,
    /// PEM: the authorities whose certificates receivers may have.
    pub trust: PathBuf,
    /// What we show to receivers who ask.
    pub pair: Option<KeyPair>,
    /// Requests that wait at one time.
    pub room: usize,
    /// How often one answer is tried.
    pub attempts: u32,
    /// Time before the second attempt; it doubles with each.
    pub retry: Duration,
    /// A receiver must take something within each such time.
    pub stall: Duration,
    /// Where large answers wait.
    pub spool: PathBuf,
}

/// The longest time between two attempts.
const LONGEST_RETRY: Duration = Duration::from_mins(1);
/// The slowest pace, over the whole of an answer, at which a receiver may take it.
const SLOWEST: u64 = 16 << 10;
/// Connections to one target at a time: one that is slow leaves room for the others.
const AT_A_TIME: usize = 4;
/// Transactions carried out at a time for answers that go elsewhere.
const CARRIED_OUT: usize = 8;

/// The TLS side, read again on reload.
#[derive(Clone)]
pub(super) struct Tls(Arc<ArcSwapOption<SslConnector>>);

impl Tls {
    /// Reads what is needed for the targets that are reached by TLS.
    pub(super) fn read(settings: &Settings) -> Result<Self, CredentialsError> {
        Ok(Self(Arc::new(ArcSwapOption::from(connector(settings)?.map(Arc::new)))))
    }

    /// Reads it again; what was in force stays when something cannot be used.
    pub(super) fn reload(&self, settings: &Settings) -> Result<(), CredentialsError> {
        self.0.store(connector(settings)?.map(Arc::new));
        Ok(())
    }
}

/// Reads what answers need, as a start would.
///
/// # Errors
/// The first file that cannot be used.
pub fn check(settings: &Settings) -> Result<(), CredentialsError> {
    connector(settings).map(drop)
}

fn connector(settings: &Settings) -> Result<Option<SslConnector>, CredentialsError> {
    if !settings.allowed.iter().any(Target::is_secure) {
        return Ok(None);
    }
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    let mut store = X509StoreBuilder::new()?;
    let authorities = X509::stack_from_pem(&read(&settings.trust)?)
        .map_err(|_| CredentialsError::NotACertificate(settings.trust.clone()))?;
    for authority in authorities {
        store.add_cert(authority)?;
    }
    builder.set_cert_store(store.build());
    builder.set_verify(SslVerifyMode::PEER);
    if let Some(pair) = &settings.pair {
        present(&mut builder, pair)?;
    }
    Ok(Some(builder.build()))
}

/// The thread that carries.
pub(super) struct Delivery {
    thread: JoinHandle<()>,
    stop: watch::Sender<Option<Duration>>,
}

impl Delivery {
    /// Starts it where there is anybody to whom answers may go.
    pub(super) fn start(settings: Settings, tls: Tls, inbox: Inbox) -> io::Result<Option<Self>> {
        if settings.allowed.is_empty() {
            return Ok(None);
        }
        let (stop, stopped) = watch::channel(None);
        let thread = std::thread::Builder::new()
            .name("answers".to_owned())
            .spawn(move || System::new().block_on(Carrier::new(settings, tls).carry(inbox, stopped)))?;
        Ok(Some(Self { thread, stop }))
    }

    /// Lets what is on its way arrive, for that time at most, and says what did not.
    pub(super) fn finish(self, limit: Duration) {
        self.stop.send_replace(Some(limit));
        if self.thread.join().is_err() {
            tracing::error!("the thread that carries answers has failed");
        }
    }
}

struct Carrier {
    settings: Settings,
    tls: Tls,
    /// What is on its way, for the log.
    under_way: RefCell<BTreeMap<u64, (Correlation, String)>>,
    carried_out: Semaphore,
    gates: BTreeMap<Target, Semaphore>,
    idle: watch::Sender<()>,
}

impl Carrier {
    fn new(settings: Settings, tls: Tls) -> Rc<Self> {
        let gates = settings.allowed.iter().map(|target| (target.clone(), Semaphore::new(AT_A_TIME))).collect();
        let (under_way, carried_out) = (RefCell::default(), Semaphore::new(CARRIED_OUT));
        Rc::new(Self { settings, tls, under_way, carried_out, gates, idle: watch::channel(()).0 })
    }

    async fn carry(self: Rc<Self>, inbox: Inbox, mut stopped: watch::Receiver<Option<Duration>>) {
        let Inbox(mut jobs) = inbox;
        let mut number = 0;
        let mut begin = |accepted: Accepted| {
            number += 1;
            actix_web::rt::spawn(one(Listed::new(&self, number, accepted.correlation.clone()), accepted));
        };
        let limit = loop {
            tokio::select! {
                Some(accepted) = jobs.recv() => begin(accepted),
                changed = stopped.changed() => match (changed, *stopped.borrow()) {
                    (Ok(()), Some(limit)) => break limit,
                    (Ok(()), None) => {}
                    (Err(_), _) => break Duration::ZERO,
                },
            }
        };
        // Nothing is accepted any more; what was, is carried out.
        jobs.close();
        while let Ok(accepted) = jobs.try_recv() {
            begin(accepted);
        }
        let mut is_idle = self.idle.subscribe();
        let all_done = async { while !self.under_way.borrow().is_empty() && is_idle.changed().await.is_ok() {} };
        if timeout(limit, all_done).await.is_err() {
            for (correlation, what) in self.under_way.borrow().values() {
                metrics::counter!(metric::ASYNCHRONOUS_ANSWERS, "outcome" => "lost").increment(1);
                tracing::error!(%correlation, what, "stopping: an answer is lost on its way");
            }
        }
    }

    /// Tries until the answer has arrived, or cannot.
    async fn deliver(&self, letter: &Letter, gate: Option<&Semaphore>) {
        let (correlation, transaction, target) = (&letter.correlation, letter.transaction, &letter.destination.target);
        let began = Instant::now();
        let mut wait = self.settings.retry;
        for attempt in 1..=self.settings.attempts {
            let outcome = {
                // Held during an attempt and not between two: who is down does not keep the others waiting.
                let _place = match gate {
                    Some(gate) => gate.acquire().await.ok(),
                    None => None,
                };
                self.attempt(letter).await
            };
            match outcome {
                Ok(status) => {
                    metrics::counter!(metric::ASYNCHRONOUS_ANSWERS, "outcome" => "delivered").increment(1);
                    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                    let (bytes_out, status) = (letter.body.length(), status.as_u16());
                    tracing::info!(%correlation, transaction, destination = %target, attempt, http.status = status, bytes_out, duration_ms, "answer delivered");
                    return;
                }
                Err(failure) if failure.is_final() || attempt == self.settings.attempts => {
                    metrics::counter!(metric::ASYNCHRONOUS_ANSWERS, "outcome" => "undelivered").increment(1);
                    tracing::error!(%correlation, transaction, destination = %target, attempt, { log_field::CAUSE } = %failure, "an answer cannot be delivered");
                    return;
                }
                Err(failure) => {
                    tracing::warn!(%correlation, transaction, destination = %target, attempt, { log_field::CAUSE } = %failure, "an answer is tried again later");
                }
            }
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_RETRY);
        }
    }

    /// One connection, one request.
    async fn attempt(&self, letter: &Letter) -> Result<StatusCode, Failure> {
        let stall = self.settings.stall;
        let client = self.client();
        let progress = Rc::new(Cell::new(Instant::now()));
        let seen = Rc::clone(&progress);
        let length = letter.body.length();
        let body = SizedStream::new(length, Box::pin(letter.body.stream(move |_| seen.set(Instant::now()))));
        let sent = client
            .post(&letter.destination.address)
            .insert_header(("Content-Type", letter.content_type.as_str()))
            .force_close()
            .send_body(body);
        let latest = Instant::now() + stall + Duration::from_secs(length / SLOWEST);
        let stalled = async {
            loop {
                let deadline = (progress.get() + stall).min(latest);
                if Instant::now() >= deadline {
                    return;
                }
                sleep_until(deadline).await;
            }
        };
        let response = tokio::select! {
            sent = sent => sent.map_err(|cause| Failure::Unsent(cause.to_string()))?,
            () = stalled => return Err(Failure::Slow),
        };
        let status = response.status();
        if status.is_success() { Ok(status) } else { Err(Failure::Refused(status)) }
    }

    fn client(&self) -> Client {
        // HTTP/1.1, since no other protocol is offered. The client builder's own setting would replace the TLS side.
        let connector = Connector::new().timeout(self.settings.stall).handshake_timeout(self.settings.stall);
        let connector = match self.tls.0.load_full() {
            Some(ssl) => connector.openssl((*ssl).clone()),
            None => connector,
        };
        Client::builder().disable_redirects().disable_timeout().connector(connector).finish()
    }
}

/// One request from its acceptance to the arrival of its answer.
async fn one(listed: Listed, accepted: Accepted) {
    let carrier = &listed.carrier;
    let (job, _, room) = accepted.into_parts();
    let letter = {
        let _place = carrier.carried_out.acquire().await;
        job().await
    };
    if let Some(letter) = letter {
        listed.say(format!("sending the answer to {}", letter.destination.target));
        carrier.deliver(&letter, carrier.gates.get(&letter.destination.target)).await;
    }
    drop(room);
}

/// Stands in the list of what is on its way for as long as it lives, a panic included.
struct Listed {
    carrier: Rc<Carrier>,
    number: u64,
}

impl Listed {
    fn new(carrier: &Rc<Carrier>, number: u64, correlation: Correlation) -> Self {
        carrier.under_way.borrow_mut().insert(number, (correlation, "carrying out the transaction".to_owned()));
        Self { carrier: Rc::clone(carrier), number }
    }

    fn say(&self, what: String) {
        if let Some((_, told)) = self.carrier.under_way.borrow_mut().get_mut(&self.number) {
            *told = what;
        }
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.carrier.under_way.borrow_mut().remove(&self.number);
        self.carrier.idle.send_replace(());
    }
}

/// Why an attempt did not succeed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Unsent(String),
    #[error("the receiver takes nothing any more, or too slowly")]
    Slow,
    #[error("the receiver answers {0}")]
    Refused(StatusCode),
}

impl Failure {
    /// Whether another attempt would fail in the same way.
    fn is_final(&self) -> bool {
        match self {
            Self::Unsent(_) | Self::Slow => false,
            Self::Refused(status) => {
                !status.is_server_error()
                    && *status != StatusCode::REQUEST_TIMEOUT
                    && *status != StatusCode::TOO_MANY_REQUESTS
            }
        }
    }
}
