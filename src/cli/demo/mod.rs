//! `demo`: a gateway of its own, a doctor with a test card, and the three exchanges of a practice's day.
//!
//! The gateway runs as a process of this same binary, in a fresh directory, and ends with the demonstration.

mod client;
mod message;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use clap::Args;
use uuid::Uuid;

use crate::cli::console::{Console, Failure, now};
use crate::cli::demo::client::{Answer, Client};
use crate::cli::demo::message::{BOUNDARY, Sample};
use crate::cli::pki;
use crate::cli::vihf::Signatory;
use crate::datatype::cx::Cx;
use crate::datatype::dtm::Dtm;
use crate::security::vihf::issue::VihfRequest;
use crate::soap::mtom::package::{Event, Limits as PackageLimits, PackageError, Reader};
use crate::transaction::catalogue::{Row, Transaction};
use crate::xml::document::{Document, Node, text_of_bytes};
use crate::xml::limits::Limits;

#[derive(Args)]
#[command(after_help = "\
Example:
  dmp-gateway demo

Makes a test PKI and starts a gateway on loopback in a fresh directory, then deposits a CDA document (TD2.1), finds it
(TD3.1) and fetches it (TD3.2) as a doctor with a test card. The last line is `demo: ok`.")]
pub(super) struct Arguments {
    /// Another CDA document to deposit
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
    /// Keep the directory of the gateway here instead of a temporary one that is removed
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

const SAMPLE: &str = include_str!("../../../cda-samples/consultation.xml");
const CARD: &str = "medecin";
const REPOSITORY: &str = "1.2.250.1.213.4.1.1.1.2";

pub(super) fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let text = match &arguments.sample {
        None => SAMPLE.to_owned(),
        Some(path) => std::fs::read_to_string(path)
            .map_err(|cause| Failure::input_output(format!("cannot read {}: {cause}", path.display())))?,
    };
    let directory = Directory::make(arguments.directory.clone())?;
    let gateway = Gateway::start(directory.path())?;
    let sent_at = Dtm::from_utc(now());
    let sample = Sample::read(&text, &sent_at).map_err(|cause| Failure::wrong_use(cause.to_string()))?;
    let mut practice = Practice::open(directory.path(), gateway.address, &sample.patient)?;
    practice.deposit(&sample, console)?;
    let entry = practice.find(&sample, console)?;
    practice.fetch(&sample, &entry, console)?;
    console.line("demo: ok");
    Ok(())
}

/// The directory of one demonstration; a temporary one goes with it.
struct Directory {
    path: PathBuf,
    temporary: bool,
}

impl Directory {
    fn make(wanted: Option<PathBuf>) -> Result<Self, Failure> {
        let temporary = wanted.is_none();
        let path = wanted.unwrap_or_else(|| std::env::temp_dir().join(format!("dmp-gateway-demo-{}", Uuid::new_v4())));
        let failed = |cause: std::io::Error| Failure::input_output(format!("cannot make {}: {cause}", path.display()));
        std::fs::create_dir_all(&path).map_err(failed)?;
        let made = Self { path, temporary };
        pki::init(&made.path.join("pki"), now()).map_err(|cause| Failure::input_output(cause.to_string()))?;
        std::fs::write(made.path.join("gateway.toml"), CONFIGURATION)
            .map_err(|cause| Failure::input_output(format!("cannot write the configuration: {cause}")))?;
        Ok(made)
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.temporary {
            // What stays is in the directory for temporary files.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

const CONFIGURATION: &str = "\
[server]
listen = \"127.0.0.1:0\"
admin_listen = \"127.0.0.1:0\"

[domain]
unknown_patients = \"accept\"

[registry]
url = \"sqlite://registry.db\"

[repository]
url = \"file://blobs\"

[log]
level = \"error\"
";

/// The gateway as a process, ended when dropped.
struct Gateway {
    process: Child,
    address: SocketAddr,
}

impl Gateway {
    fn start(directory: &Path) -> Result<Self, Failure> {
        let failed = |cause: std::io::Error| Failure::input_output(format!("the gateway did not start: {cause}"));
        let program = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(program);
        command.arg("serve").arg("--config").arg(directory.join("gateway.toml")).stderr(Stdio::piped());
        let mut gateway =
            Self { process: command.spawn().map_err(failed)?, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let mut said = String::new();
        if let Some(stderr) = gateway.process.stderr.take() {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("listening on https://").and_then(|text| text.parse().ok()) {
                    gateway.address = address;
                    return Ok(gateway);
                }
                said.push_str(&line);
                said.push('\n');
            }
        }
        Err(Failure::input_output(format!("the gateway did not start\n{said}")))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The software of a practice: a connection with a card, and an assertion for one patient.
struct Practice {
    client: Client,
    assertion: String,
}

/// What a search says of a document.
struct Entry {
    entry_uuid: String,
    repository: String,
}

impl Practice {
    fn open(directory: &Path, gateway: SocketAddr, patient: &str) -> Result<Self, Failure> {
        let pki = directory.join("pki");
        let card = pki.join("cards").join(CARD);
        let signatory = Signatory::open(&card)?;
        let resource_id = Cx::parse(patient).map_err(|cause| Failure::wrong_use(cause.to_string()))?;
        let request = VihfRequest { resource_id: Some(resource_id), ..signatory.request(None, None)? };
        let assertion = signatory.assertion(&request, now())?;
        let client = Client::connect(gateway, &pki, &card).map_err(|cause| Failure::input_output(cause.to_string()))?;
        Ok(Self { client, assertion })
    }

    fn deposit(&mut self, sample: &Sample, console: &mut Console) -> Result<(), Failure> {
        let row = Transaction::Iti41.row();
        let envelope = self.envelope(row, &sample.provide_and_register());
        let body = message::package(&envelope, &sample.content);
        let content_type = format!(
            "multipart/related; boundary=\"{BOUNDARY}\"; type=\"application/xop+xml\"; start=\"<root>\"; \
             start-info=\"application/soap+xml\""
        );
        let identifiers = format!("uniqueId={} bytes={}", sample.unique_id, sample.content.len());
        self.exchange(row, &content_type, &body, console, |_| Ok(((), identifiers))).map(drop)
    }

    fn find(&mut self, sample: &Sample, console: &mut Console) -> Result<Entry, Failure> {
        let row = Transaction::Iti18.row();
        let body = self.envelope(row, &message::find_documents(&sample.patient));
        self.exchange(row, "application/soap+xml; charset=UTF-8", &body, console, |answer| {
            let entry = entry_of(&envelope_of(answer)?, &sample.unique_id)?;
            let identifiers = format!("entryUUID={} repository={}", entry.entry_uuid, entry.repository);
            Ok((entry, identifiers))
        })
    }

    fn fetch(&mut self, sample: &Sample, entry: &Entry, console: &mut Console) -> Result<(), Failure> {
        let row = Transaction::Iti43.row();
        let body = self.envelope(row, &message::retrieve(&entry.repository, &sample.unique_id));
        self.exchange(row, "application/soap+xml; charset=UTF-8", &body, console, |answer| {
            let parts = parts_of(answer)?;
            match parts.get(1) {
                Some(document) if *document == sample.content => {
                    Ok(((), format!("uniqueId={} bytes={} identical", sample.unique_id, document.len())))
                }
                _ => Err(Failure::refused("the bytes fetched are not the bytes sent")),
            }
        })
    }

    fn envelope(&self, row: &Row, body: &[u8]) -> Vec<u8> {
        message::envelope(row.request_action, Uuid::new_v4(), &self.assertion, body)
    }

    /// One exchange and its line.
    fn exchange<T>(
        &mut self,
        row: &Row,
        content_type: &str,
        body: &[u8],
        console: &mut Console,
        read: impl FnOnce(&Answer) -> Result<(T, String), Failure>,
    ) -> Result<T, Failure> {
        let started = Instant::now();
        let path = format!("/si-dmp-server/v2/services/{}", row.service.path());
        let answer = self.client.post(&path, content_type, body);
        let answer = answer.map_err(|cause| Failure::input_output(cause.to_string()))?;
        let elapsed = started.elapsed();
        let status = status_of(&answer)?;
        let refused = |why: &str| Failure::refused(format!("{} {}: {why}", row.number, row.name));
        if status != "Success" {
            return Err(refused(&format!("{status}\n{}", String::from_utf8_lossy(&answer.body))));
        }
        let (value, identifiers) = read(&answer)?;
        console.line(format!(
            "{:<6} {:<12} {:<36} {status:<8} {:>4} ms  {identifiers}",
            row.number,
            row.td,
            row.name,
            elapsed.as_millis()
        ));
        Ok(value)
    }
}

/// The status that the answer states, or the HTTP status of a fault.
fn status_of(answer: &Answer) -> Result<String, Failure> {
    let envelope = envelope_of(answer)?;
    let status = with_root(&envelope, |root| {
        root.descendants()
            .find_map(|node| node.attribute("status"))
            .map(|urn| urn.rsplit(':').next().unwrap_or("").to_owned())
    })?;
    Ok(status.unwrap_or_else(|| format!("HTTP {}", answer.status)))
}

/// The XML of an answer, alone or as the root part of a package.
fn envelope_of(answer: &Answer) -> Result<Vec<u8>, Failure> {
    if answer.content_type.starts_with("multipart/") {
        let mut parts = parts_of(answer)?;
        if parts.is_empty() {
            return Err(Failure::refused("the package is empty"));
        }
        return Ok(parts.swap_remove(0));
    }
    Ok(answer.body.clone())
}

/// The contents of the parts of a package, in order.
fn parts_of(answer: &Answer) -> Result<Vec<Vec<u8>>, Failure> {
    let refused = |cause: PackageError| Failure::refused(cause.to_string());
    let mut reader = Reader::new(&answer.content_type, PackageLimits::default()).map_err(refused)?;
    reader.feed(bytes::Bytes::from(answer.body.clone()));
    let mut parts: Vec<Vec<u8>> = Vec::new();
    while let Some(event) = reader.next().map_err(refused)? {
        match event {
            Event::PartStart(_) => parts.push(Vec::new()),
            Event::Data(octets) => parts.last_mut().into_iter().for_each(|part| part.extend_from_slice(&octets)),
            Event::PartEnd | Event::End => {}
        }
    }
    reader.finish().map_err(refused)?;
    Ok(parts)
}

fn entry_of(envelope: &[u8], unique_id: &str) -> Result<Entry, Failure> {
    let found = with_root(envelope, |root| {
        let entry = root.descendants().find(|node| {
            node.tag_name().name() == "ExtrinsicObject"
                && node.children().any(|child| child.attribute("value") == Some(unique_id))
        })?;
        let slot = entry.children().find(|child| child.attribute("name") == Some("repositoryUniqueId"))?;
        let repository = slot.descendants().find_map(|node| node.text().filter(|text| !text.trim().is_empty()));
        let repository = repository.unwrap_or(REPOSITORY).to_owned();
        Some(Entry { entry_uuid: entry.attribute("id")?.to_owned(), repository })
    })?;
    found.ok_or_else(|| Failure::refused("the document that was deposited is not found"))
}

fn with_root<T>(envelope: &[u8], read: impl FnOnce(Node<'_, '_>) -> T) -> Result<T, Failure> {
    let refused = |cause: crate::xml::guard::Refused| Failure::refused(cause.to_string());
    let text = text_of_bytes(envelope).map_err(refused)?;
    let document = Document::parse(text, &Limits::default()).map_err(refused)?;
    Ok(read(document.root()))
}
