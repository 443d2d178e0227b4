//! The load: connections kept open, each with a message built once and patched for every request, every answer checked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use memchr::memmem;

use crate::bench::process::Process;
use crate::bench::yardstick::Work;
use crate::client::Client;
use crate::document::Document;
use crate::failure::Failure;
use crate::http::{Connection, Connector, Endpoint, post};
use crate::metadata::{self, Variation};
use crate::pki::Card;
use crate::plan::caller::ins;
use crate::plan::sample;
use crate::server::Server;
use crate::soap::{Call, Message, Part};
use crate::time;
use crate::vihf::Vihf;

/// Twelve digits that stand where each request has its own number; they occur nowhere else in a message.
const SERIAL: &str = "718281828459";
/// How many entries the query finds.
const ENTRIES: usize = 50;
/// Time before measuring, for connections, caches and the allocator to settle.
const WARM_UP: Duration = Duration::from_secs(1);

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// ITI-41 of a document of 100 KB whose content nobody looks at.
    Deposit,
    /// The same, by a server that judges what is in it.
    Judged,
    /// ITI-18 `FindDocuments`, 50 entries as `LeafClass`.
    Find,
    /// ITI-43 of a document of 1 MB.
    Retrieve,
}

impl Scenario {
    /// In the order of measuring.
    pub const ALL: [Self; 4] = [Self::Deposit, Self::Judged, Self::Find, Self::Retrieve];

    /// The number of the transaction in the ITI framework.
    pub fn number(self) -> u32 {
        match self {
            Self::Deposit | Self::Judged => 41,
            Self::Find => 18,
            Self::Retrieve => 43,
        }
    }

    /// What the server is told beside its defaults.
    pub fn configuration(self) -> &'static str {
        match self {
            Self::Judged => "",
            Self::Deposit | Self::Find | Self::Retrieve => "[cda]\nvalidation = \"off\"\n",
        }
    }

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Deposit => "ITI-41 100 KB, VIHF verified, CDA off",
            Self::Judged => "ITI-41 100 KB, VIHF verified, CDA judged",
            Self::Find => "ITI-18 50 entries LeafClass",
            Self::Retrieve => "ITI-43 1 MB",
        }
    }
}

/// A prepared load.
pub struct Load {
    scenario: Scenario,
    connector: Connector,
    shots: Vec<Shot>,
    document: Vec<u8>,
    /// The material of one request, for the yardstick.
    pub work: Work,
}

/// The message of one connection and the places of its number.
struct Shot {
    request: Vec<u8>,
    places: Vec<usize>,
    serial: u64,
}

/// What came of a load.
pub struct Measured {
    /// Of each request inside the window, sorted.
    pub latencies: Vec<Duration>,
    window: Duration,
    /// Microseconds of the server's CPU for each request.
    pub server_cpu: f64,
    /// Microseconds of our own CPU for each request.
    pub client_cpu: f64,
    /// Bytes of a request.
    pub sent: usize,
    /// Bytes of an answer's body.
    pub received: usize,
    /// The suite of TLS that was negotiated.
    pub suite: String,
}

impl Load {
    /// Deposits what the transaction needs and builds the messages.
    pub fn prepare(server: &Server, scenario: Scenario, connections: u32) -> Result<Self, Failure> {
        let pki = server.pki()?;
        let card = pki.card("medecin")?;
        let connector = Connector::new(Endpoint::parse(&server.url)?, &pki.trust(), Some(&card.authentication))?;
        let mut client = Client::new(connector.clone());
        let mut shots = Vec::new();
        let shared = ins(2_840_675_100_000);
        let document = match scenario {
            Scenario::Deposit | Scenario::Judged => sample("consultation")?.grown_to(100 * 1024),
            Scenario::Find => {
                for _ in 0..ENTRIES {
                    store(&mut client, &card, &sample("consultation")?.about(&shared).under(&time::oid()?))?;
                }
                sample("consultation")?.about(&shared)
            }
            Scenario::Retrieve => {
                let document =
                    sample("consultation")?.about(&ins(2_840_675_100_001)).grown_to(1024 * 1024).under(&time::oid()?);
                store(&mut client, &card, &document)?;
                document
            }
        };
        let repository = repository_of(&mut client, &card, &document, scenario)?;
        let mut work = None;
        for thread in 0..connections {
            // A patient for each connection, as an LPS has one open record at a time.
            let document = match scenario {
                Scenario::Deposit | Scenario::Judged => document
                    .about(&ins(2_840_675_101_000 + u64::from(thread)))
                    .under(&format!("1.2.250.1.999.77.9.1.{SERIAL}")),
                Scenario::Find | Scenario::Retrieve => document.clone(),
            };
            let security = Vihf::of(&card, &document.patient).signed_by(&card.signature)?;
            let message = message(scenario, &document, &repository, &security)?;
            if work.is_none() {
                work = Some(work_of(scenario, &card, &security, &message, &document));
            }
            shots.push(Shot::of(&connector, scenario, &message, thread));
        }
        let work = work.ok_or_else(|| Failure::Usage("at least one connection".to_owned()))?;
        Ok(Self { scenario, connector, shots, document: document.bytes, work })
    }

    /// Runs the connections for the warm-up and `window`.
    pub fn run(&self, process: &Process, window: Duration) -> Result<Measured, Failure> {
        let stop = AtomicBool::new(false);
        let (begin, cpu, results) = thread::scope(|scope| {
            let threads: Vec<_> = self.shots.iter().map(|shot| scope.spawn(|| self.fire(shot, &stop))).collect();
            thread::sleep(WARM_UP);
            let (begin, before) = (Instant::now(), (process.cpu(), Process::this().cpu()));
            thread::sleep(window);
            let after = (process.cpu(), Process::this().cpu());
            stop.store(true, Ordering::Relaxed);
            let results: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
            (begin, (before, after), results)
        });
        let (mut latencies, mut received) = (Vec::new(), 0);
        for result in results {
            let (shots, length) = result.map_err(|_| Failure::Unreadable("a load thread stopped".to_owned()))??;
            received = length;
            let inside = |end: Instant| end >= begin && end <= begin + window;
            latencies.extend(shots.into_iter().filter(|(end, _)| inside(*end)).map(|(_, latency)| latency));
        }
        latencies.sort_unstable();
        let ((server_before, own_before), (server_after, own_after)) = cpu;
        let requests = latencies.len().max(1);
        let each = |before: Duration, after: Duration| micros(after.saturating_sub(before), requests);
        Ok(Measured {
            latencies,
            window,
            server_cpu: each(server_before?, server_after?),
            client_cpu: each(own_before?, own_after?),
            sent: self.shots.first().map_or(0, |shot| shot.request.len()),
            received,
            suite: self.connector.connect()?.suite().unwrap_or_default().to_owned(),
        })
    }

    /// One connection: end and latency of each request, and the length of an answer.
    fn fire(&self, shot: &Shot, stop: &AtomicBool) -> Result<(Vec<(Instant, Duration)>, usize), Failure> {
        let mut connection = self.connector.connect()?;
        let mut request = shot.request.clone();
        let (mut body, mut done) = (Vec::new(), Vec::with_capacity(32_768));
        let mut serial = shot.serial;
        while !stop.load(Ordering::Relaxed) {
            serial += 1;
            let digits = serial.to_string();
            for place in &shot.places {
                if let Some(room) = request.get_mut(*place..place + SERIAL.len()) {
                    room.copy_from_slice(digits.as_bytes());
                }
            }
            let begin = Instant::now();
            self.exchange(&mut connection, &request, &mut body, &digits)?;
            let end = Instant::now();
            done.push((end, end - begin));
        }
        Ok((done, body.len()))
    }

    fn exchange(
        &self,
        connection: &mut Connection,
        request: &[u8],
        body: &mut Vec<u8>,
        digits: &str,
    ) -> Result<(), Failure> {
        let head = connection.exchange(request, body)?;
        let holds = |what: &str| memmem::find(body, what.as_bytes()).is_some();
        let fine = head.status == 200
            && holds(digits)
            && holds("ResponseStatusType:Success")
            && match self.scenario {
                Scenario::Deposit | Scenario::Judged => true,
                Scenario::Find => {
                    holds("totalResultCount=\"50\"")
                        && memmem::find_iter(body, b"ExtrinsicObject id=").count() == ENTRIES
                }
                Scenario::Retrieve => {
                    let start = self.document.get(..64).unwrap_or_default();
                    let found = memmem::find(body, start).and_then(|at| body.get(at..at + self.document.len()));
                    found == Some(&self.document)
                }
            };
        if fine {
            return Ok(());
        }
        let said: String = String::from_utf8_lossy(body).chars().take(4000).collect();
        Err(Failure::Unreadable(format!("{}: HTTP {}: {said}", self.scenario.title(), head.status)))
    }
}

impl Measured {
    /// Requests per second.
    #[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.window.as_secs_f64()
    }

    /// A percentile of the latencies in milliseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        let at = (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(at).map_or(0.0, |d| d.as_secs_f64() * 1000.0)
    }
}

impl Shot {
    fn of(connector: &Connector, scenario: Scenario, message: &Message, thread: u32) -> Self {
        let service = if scenario == Scenario::Find { "registry" } else { "repository" };
        let mut request = post(connector.endpoint(), service, &message.content_type, message.body.len()).into_bytes();
        request.extend_from_slice(&message.body);
        let places = memmem::find_iter(&request, SERIAL.as_bytes()).collect();
        Self { request, places, serial: 100_000_000_000 + u64::from(thread) * 1_000_000_000 }
    }
}

fn message(scenario: Scenario, document: &Document, repository: &str, security: &str) -> Result<Message, Failure> {
    let uuid = time::uuid()?;
    let message_id = format!("urn:uuid:{}-{SERIAL}", uuid.get(..23).unwrap_or_default());
    let set = format!("1.2.250.1.999.77.9.2.{SERIAL}");
    let part = [Part { content_id: metadata::DOCUMENT_PART, bytes: &document.bytes }];
    let (service, action, body, documents) = match scenario {
        Scenario::Deposit | Scenario::Judged => {
            let variation = Variation { set: Some(&set), ..Variation::default() };
            let body = metadata::deposit(document, &variation)?;
            ("repository", "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b", body, &part[..])
        }
        Scenario::Find => {
            let body = metadata::find_documents(&document.patient, &["Approved"], "LeafClass");
            ("registry", "urn:ihe:iti:2007:RegistryStoredQuery", body, &[][..])
        }
        Scenario::Retrieve => {
            let body = metadata::retrieve(repository, &document.unique_id);
            ("repository", "urn:ihe:iti:2007:RetrieveDocumentSet", body, &[][..])
        }
    };
    Message::under(message_id, &Call { service, action, security: Some(security), body: &body, documents })
}

fn work_of(scenario: Scenario, card: &Card, security: &str, message: &Message, document: &Document) -> Work {
    let body = &message.body;
    let begin = memmem::find(body, b"<soap:Envelope").unwrap_or(0);
    let close = b"</soap:Envelope>";
    let end = memmem::find(body, close).map_or(body.len(), |at| at + close.len());
    Work {
        signer: card.signature.clone(),
        assertion: security.to_owned(),
        envelope: String::from_utf8_lossy(body.get(begin..end).unwrap_or_default()).into_owned(),
        document: if scenario.number() == 41 { document.bytes.clone() } else { Vec::new() },
    }
}

/// Deposits one document and holds the server to Success.
pub fn store(client: &mut Client, card: &Card, document: &Document) -> Result<(), Failure> {
    let security = Vihf::of(card, &document.patient).signed_by(&card.signature)?;
    let exchange = client.send(&Call {
        service: "repository",
        action: "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b",
        security: Some(&security),
        body: &metadata::deposit(document, &Variation::default())?,
        documents: &[Part { content_id: metadata::DOCUMENT_PART, bytes: &document.bytes }],
    })?;
    let tree = exchange.answer.tree()?;
    if tree.response_status() == Some("Success") {
        return Ok(());
    }
    Err(Failure::Unreadable(format!("a deposit was not taken: {:?} {:?}", tree.fault(), tree.errors())))
}

/// The repositoryUniqueId that a retrieve has to name.
fn repository_of(client: &mut Client, card: &Card, document: &Document, scenario: Scenario) -> Result<String, Failure> {
    if scenario != Scenario::Retrieve {
        return Ok(String::new());
    }
    let security = Vihf::of(card, &document.patient).signed_by(&card.signature)?;
    let exchange = client.send(&Call {
        service: "registry",
        action: "urn:ihe:iti:2007:RegistryStoredQuery",
        security: Some(&security),
        body: &metadata::get_documents(&document.unique_id),
        documents: &[],
    })?;
    let found = exchange.answer.tree()?.found();
    let repository = found.into_iter().next().map(|f| f.repository);
    repository.ok_or_else(|| Failure::Unreadable("the deposited document is not found".to_owned()))
}

#[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
fn micros(total: Duration, requests: usize) -> f64 {
    total.as_secs_f64() * 1e6 / requests as f64
}
