//! One document deposited, found and fetched, each exchange on a readable line: TD2.1, TD3.1, TD3.2.

use std::io::Write;

use crate::client::{Client, Exchange};
use crate::document::Document;
use crate::failure::Failure;
use crate::http::{Connector, Endpoint};
use crate::metadata::{self, Variation};
use crate::pki::{Card, Pki};
use crate::soap::{Call, Part};
use crate::time;
use crate::vihf::Vihf;

/// Deposits a copy of the document in `sample` as the card `card`, finds it and fetches it; writes to `out`.
/// True when the bytes fetched are the bytes sent.
pub fn demo(endpoint: Endpoint, pki: &Pki, card: &str, sample: &[u8], out: &mut dyn Write) -> Result<bool, Failure> {
    let card = pki.card(card)?;
    let document = Document::read(sample)?.under(&time::oid()?);
    let client = Client::new(Connector::new(endpoint, &pki.trust(), Some(&card.authentication))?);
    Demo { client, card, document, out }.run()
}

struct Demo<'a> {
    client: Client,
    card: Card,
    document: Document,
    out: &'a mut dyn Write,
}

impl Demo<'_> {
    fn run(&mut self) -> Result<bool, Failure> {
        let body = metadata::deposit(&self.document, &Variation::default())?;
        let deposit = self.send("repository", "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b", &body, true)?;
        let (unique_id, size) = (self.document.unique_id.clone(), self.document.bytes.len());
        if !self.tell("TD2.1 deposit", &deposit, &format!("{size} bytes as {unique_id}"))? {
            return Ok(false);
        }

        let body = metadata::find_documents(&self.document.patient, &["Approved"], "LeafClass");
        let find = self.send("registry", "urn:ihe:iti:2007:RegistryStoredQuery", &body, false)?;
        let found = find.answer.tree()?.found();
        let entry = found.iter().find(|f| f.unique_id == unique_id);
        let which = entry.map_or_else(|| "but not ours".to_owned(), |e| format!("ours is {}", e.entry_uuid));
        let fine = self.tell("TD3.1 find", &find, &format!("{} found, {which}", found.len()))?;
        let Some(entry) = entry.filter(|_| fine) else { return Ok(false) };

        let body = metadata::retrieve(&entry.repository, &unique_id);
        let fetch = self.send("repository", "urn:ihe:iti:2007:RetrieveDocumentSet", &body, false)?;
        let tree = fetch.answer.tree()?;
        let documents = tree.documents(&fetch.answer);
        let same = matches!(documents.as_slice(), [(_, Some(bytes))] if *bytes == self.document.bytes);
        let remark = if same { "the bytes that were sent" } else { "not the bytes that were sent" };
        Ok(self.tell("TD3.2 fetch", &fetch, remark)? && same)
    }

    fn send(&mut self, service: &str, action: &str, body: &str, with_document: bool) -> Result<Exchange, Failure> {
        let security = Vihf::of(&self.card, &self.document.patient).signed_by(&self.card.signature)?;
        let part = [Part { content_id: metadata::DOCUMENT_PART, bytes: &self.document.bytes }];
        let documents = if with_document { &part[..] } else { &[] };
        self.client.send(&Call { service, action, security: Some(&security), body, documents })
    }

    /// One line; true when the answer is a success.
    fn tell(&mut self, transaction: &str, exchange: &Exchange, remark: &str) -> Result<bool, Failure> {
        let tree = exchange.answer.tree()?;
        let (status, remark) = match tree.fault() {
            Some(fault) => (format!("Fault {}", fault.subcodes.join("/")), fault.reason),
            None => (tree.response_status().unwrap_or("?").to_owned(), remark.to_owned()),
        };
        let errors: Vec<String> = tree.errors().iter().map(|(code, _)| format!("  {code}")).collect();
        let milliseconds = exchange.duration.as_secs_f64() * 1000.0;
        writeln!(self.out, "{transaction:14} {status:8} {milliseconds:7.1} ms  {remark}{}", errors.concat())
            .map_err(Failure::io("standard output"))?;
        Ok(status == "Success")
    }
}
