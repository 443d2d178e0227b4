//! Peak memory: what a document of 100 MB costs over a small one, in and out, and what four at once cost.
//!
//! The large ones are announced as what they could be, images: a CDA of that size is refused before it is read.

use std::fmt::Write;
use std::path::PathBuf;
use std::thread;

use crate::bench::load::store;
use crate::bench::mebibytes;
use crate::bench::process::Process;
use crate::client::Client;
use crate::document::Document;
use crate::failure::Failure;
use crate::http::{Connector, Endpoint};
use crate::metadata;
use crate::pki::Card;
use crate::plan::sample;
use crate::server::Server;
use crate::soap::Call;
use crate::time;
use crate::vihf::Vihf;

/// A hundred megabytes.
const LARGE: usize = 100_000_000;
/// What one large document may cost over a small one.
const ALLOWED: u64 = 32 * 1024 * 1024;

/// What `memory` takes.
#[derive(clap::Args)]
pub struct Arguments {
    /// The gateway to start; a release build.
    #[arg(long)]
    pub start: PathBuf,
}

/// Measures; returns the report and whether all is within the allowance.
pub fn run(arguments: &Arguments) -> Result<(String, bool), Failure> {
    let server = Server::start(&arguments.start)?;
    let process = Process::of(server.pid());
    let pki = server.pki()?;
    let card = pki.card("medecin")?;
    let connector = Connector::new(Endpoint::parse(&server.url)?, &pki.trust(), Some(&card.authentication))?;
    let small = sample("consultation")?;
    let large: Vec<Document> =
        (0..5).map(|_| Ok(small.grown_to(LARGE).under(&time::oid()?).as_images())).collect::<Result<_, Failure>>()?;
    let (first, four) = large.split_first().ok_or_else(|| Failure::Usage("no document".to_owned()))?;

    // Small ones first, and on four connections, so that what every connection costs is not counted as a large document's.
    let warm: Vec<Document> = (0..4).map(|_| Ok(small.under(&time::oid()?))).collect::<Result<_, Failure>>()?;
    at_once(&connector, &card, &warm)?;
    process.forget_peak();
    at_once(&connector, &card, &warm.iter().map(|d| Ok(d.under(&time::oid()?))).collect::<Result<Vec<_>, Failure>>()?)?;
    let base = process.peak_memory()?;

    let mut report = Report { text: String::new(), good: true, base };
    let _ = writeln!(report.text, "peak memory with small documents: {:.1} MiB", mebibytes(base));
    process.forget_peak();
    store(&mut Client::new(connector.clone()), &card, first)?;
    report.line("100 MB deposited", process.peak_memory()?, 1);
    process.forget_peak();
    fetch(&connector, &card, first)?;
    report.line("100 MB fetched", process.peak_memory()?, 1);
    process.forget_peak();
    at_once(&connector, &card, four)?;
    report.line("four of 100 MB deposited at once", process.peak_memory()?, 4);
    Ok((report.text, report.good))
}

struct Report {
    text: String,
    good: bool,
    base: u64,
}

impl Report {
    fn line(&mut self, what: &str, peak: u64, times: u64) {
        let more = peak.saturating_sub(self.base);
        let fine = more <= times * ALLOWED;
        self.good &= fine;
        let word = if fine { "ok" } else { "TOO MUCH" };
        let _ = writeln!(
            self.text,
            "{what}: {:.1} MiB more, {:.0} allowed: {word}",
            mebibytes(more),
            mebibytes(times * ALLOWED)
        );
    }
}

fn at_once(connector: &Connector, card: &Card, documents: &[Document]) -> Result<(), Failure> {
    thread::scope(|scope| {
        let deposit = |document| store(&mut Client::new(connector.clone()), card, document);
        let threads: Vec<_> = documents.iter().map(|document| scope.spawn(move || deposit(document))).collect();
        threads
            .into_iter()
            .try_for_each(|t| t.join().map_err(|_| Failure::Unreadable("a thread stopped".to_owned()))?)
    })
}

fn fetch(connector: &Connector, card: &Card, document: &Document) -> Result<(), Failure> {
    let security = Vihf::of(card, &document.patient).signed_by(&card.signature)?;
    let body = metadata::retrieve("1.2.250.1.213.4.1.1.1.2", &document.unique_id);
    let exchange = Client::new(connector.clone()).send(&Call {
        service: "repository",
        action: "urn:ihe:iti:2007:RetrieveDocumentSet",
        security: Some(&security),
        body: &body,
        documents: &[],
    })?;
    let tree = exchange.answer.tree()?;
    match tree.documents(&exchange.answer).as_slice() {
        [(_, Some(bytes))] if *bytes == document.bytes => Ok(()),
        _ => Err(Failure::Unreadable("a large document did not come back as it was".to_owned())),
    }
}
