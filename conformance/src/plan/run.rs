//! Runs the steps of a plan, one after another, and remembers what they deposited.

use std::collections::BTreeMap;
use std::time::Duration;

use openssl::hash::{MessageDigest, hash};

use crate::answer::{Answer, Found};
use crate::client::Exchange;
use crate::document::Document;
use crate::failure::Failure;
use crate::metadata::{self, Variation};
use crate::plan::caller::{Caller, Callers};
use crate::plan::judge::{self, Shape, judge};
use crate::plan::report::Outcome;
use crate::plan::{Deposit, Expect, Find, Kind, Knock, Plan, Retrieve, Step, VihfKind, sample};
use crate::soap::{Call, Part};
use crate::time;

/// repositoryUniqueId of the DMP, unless a query tells another.
const REPOSITORY: &str = "1.2.250.1.213.4.1.1.1.2";

/// A plan being run.
pub struct Run<'a> {
    callers: &'a mut Callers,
    /// The patient to use instead of the samples' own: the 15 characters of an INS.
    ins: Option<&'a str>,
    deposited: BTreeMap<String, Document>,
    repository: String,
}

/// What a step sends.
struct Request<'a> {
    transaction: &'static str,
    service: &'static str,
    action: &'static str,
    body: String,
    documents: Vec<Part<'a>>,
    shape: &'static Shape,
}

impl<'a> Run<'a> {
    /// A run that has deposited nothing yet.
    pub fn new(callers: &'a mut Callers, ins: Option<&'a str>) -> Self {
        Self { callers, ins, deposited: BTreeMap::new(), repository: REPOSITORY.to_owned() }
    }

    /// Runs all steps. A step whose request cannot even be made is an outcome too.
    pub fn plan(&mut self, plan_name: &str, plan: &Plan) -> Vec<Outcome> {
        let outcome = |step: &Step, transaction: &str, duration, findings| Outcome {
            plan: plan_name.to_owned(),
            step: step.name.clone(),
            transaction: transaction.to_owned(),
            duration,
            findings,
        };
        let mut outcomes = Vec::new();
        for step in &plan.steps {
            outcomes.push(match self.step(step) {
                Ok((transaction, duration, findings)) => outcome(step, transaction, duration, findings),
                Err(failure) => outcome(step, "–", Duration::ZERO, vec![failure.to_string()]),
            });
        }
        outcomes
    }

    fn step(&mut self, step: &Step) -> Result<(&'static str, Duration, Vec<String>), Failure> {
        if let Some(knock) = &step.knock {
            return self.knock(knock, step.expect.answer);
        }
        let caller = Caller { card: step.card.clone(), structure: step.structure.clone() };
        let (request, document) = if let Some(deposit) = &step.deposit {
            let document = self.document(deposit)?;
            let body = self.deposit(deposit, &document, &caller)?;
            self.deposited.insert(deposit.name.clone(), document.clone());
            (request_of_deposit(body), document)
        } else if let Some(find) = &step.find {
            self.find(find)?
        } else if let Some(retrieve) = &step.retrieve {
            self.retrieve(retrieve)?
        } else {
            return Err(Failure::Usage("a step without a request".to_owned()));
        };
        let security = self.callers.security(&caller, step.vihf, &document.patient)?;
        let part = [Part { content_id: metadata::DOCUMENT_PART, bytes: &document.bytes }];
        let documents = if step.deposit.is_some() { &part[..] } else { &request.documents };
        let call = Call {
            service: request.service,
            action: request.action,
            security: security.as_deref(),
            body: &request.body,
            documents,
        };
        let sent = self.callers.client(&caller)?.send(&call);
        let exchange = match sent {
            Ok(exchange) => exchange,
            Err(failure) => {
                self.callers.forget(&caller);
                let refused = matches!(failure, Failure::Refused(_) | Failure::Unreadable(_));
                let expected = refused && step.expect.answer == Kind::Refused;
                let findings = if expected { Vec::new() } else { vec![failure.to_string()] };
                return Ok((request.transaction, Duration::ZERO, findings));
            }
        };
        let mut findings = judge(&exchange, request.shape, &step.expect)?;
        if step.expect.answer == Kind::Success {
            findings.extend(self.content(step, &exchange, &document)?);
        }
        Ok((request.transaction, exchange.duration, findings))
    }

    fn knock(&mut self, knock: &Knock, expected: Kind) -> Result<(&'static str, Duration, Vec<String>), Failure> {
        let found = match self.callers.knock(knock.certificate.as_deref()) {
            Ok(()) => Kind::Connected,
            Err(Failure::Refused(_)) => Kind::Refused,
            Err(other) => return Err(other),
        };
        let findings =
            if found == expected { Vec::new() } else { vec![format!("expected {expected:?}, found {found:?}")] };
        Ok(("TLS", Duration::ZERO, findings))
    }

    fn document(&self, deposit: &Deposit) -> Result<Document, Failure> {
        let unique_id = match &deposit.unique_id_of {
            Some(name) => self.known(name)?.unique_id.clone(),
            None => time::oid()?,
        };
        let document = self.patient_of(sample(&deposit.sample)?.under(&unique_id));
        Ok(match &deposit.replaces {
            Some(old) => document.replacing(&self.known(old)?.unique_id),
            None => document,
        })
    }

    fn patient_of(&self, document: Document) -> Document {
        match self.ins {
            Some(ins) => document.about(ins),
            None => document,
        }
    }

    fn known(&self, name: &str) -> Result<&Document, Failure> {
        self.deposited.get(name).ok_or_else(|| Failure::Usage(format!("no earlier step deposits {name}")))
    }

    fn deposit(&mut self, deposit: &Deposit, document: &Document, caller: &Caller) -> Result<String, Failure> {
        let replaced = match &deposit.replaces {
            Some(old) => Some(self.entry_uuid(&self.known(old)?.clone(), caller)?),
            None => None,
        };
        let hash = hex(&hash(MessageDigest::sha1(), if deposit.wrong_hash { b"another" } else { &document.bytes })?);
        let size = (document.bytes.len() + usize::from(deposit.wrong_size)).to_string();
        metadata::deposit(
            document,
            &Variation { replaces: replaced.as_deref(), hash: Some(&hash), size: Some(&size), set: None },
        )
    }

    /// Asks the registry for the entryUUID that a replacement has to name.
    fn entry_uuid(&mut self, document: &Document, caller: &Caller) -> Result<String, Failure> {
        let security = self.callers.security(caller, VihfKind::Good, &document.patient)?;
        let call = Call {
            service: "registry",
            action: "urn:ihe:iti:2007:RegistryStoredQuery",
            security: security.as_deref(),
            body: &metadata::get_documents(&document.unique_id),
            documents: &[],
        };
        let answer = self.callers.client(caller)?.send(&call)?.answer;
        let found = answer.tree()?.found();
        let entry = found.into_iter().next().map(|f| f.entry_uuid);
        entry.ok_or_else(|| Failure::Unreadable(format!("{} is not in the registry", document.unique_id)))
    }

    fn find(&self, find: &Find) -> Result<(Request<'static>, Document), Failure> {
        let (document, body) = if let Some(name) = &find.document {
            let document = self.known(name)?.clone();
            let body = metadata::get_documents(&document.unique_id);
            (document, body)
        } else {
            let document = self.patient_of(sample("consultation")?);
            let statuses: Vec<&str> = find.status.iter().map(String::as_str).collect();
            let body = metadata::find_documents(&document.patient, &statuses, &find.return_type);
            (document, body)
        };
        let request = Request {
            transaction: "TD3.1",
            service: "registry",
            action: "urn:ihe:iti:2007:RegistryStoredQuery",
            body,
            documents: Vec::new(),
            shape: &judge::FIND,
        };
        Ok((request, document))
    }

    fn retrieve(&self, retrieve: &Retrieve) -> Result<(Request<'static>, Document), Failure> {
        let document = match &retrieve.document {
            Some(name) => self.known(name)?.clone(),
            None => self.patient_of(sample("consultation")?).under(&time::oid()?),
        };
        let repository = if retrieve.other_repository { "1.2.250.1.999.77.9" } else { self.repository.as_str() };
        let request = Request {
            transaction: "TD3.2",
            service: "repository",
            action: "urn:ihe:iti:2007:RetrieveDocumentSet",
            body: metadata::retrieve(repository, &document.unique_id),
            documents: Vec::new(),
            shape: &judge::RETRIEVE,
        };
        Ok((request, document))
    }

    /// What a successful answer holds.
    fn content(&mut self, step: &Step, exchange: &Exchange, document: &Document) -> Result<Vec<String>, Failure> {
        if step.retrieve.is_some() {
            return same_bytes(&exchange.answer, document);
        }
        let Some(find) = &step.find else { return Ok(Vec::new()) };
        let tree = exchange.answer.tree()?;
        let found = tree.found();
        let mut findings = Vec::new();
        if tree.total() != Some(found.len()) {
            findings.push(format!("totalResultCount {:?} for {} results", tree.total(), found.len()));
        }
        if let Some(repository) = found.iter().map(|f| &f.repository).find(|r| !r.is_empty()) {
            self.repository.clone_from(repository);
        }
        if find.return_type == "LeafClass" {
            findings.extend(self.entries(&step.expect, &found)?);
        } else if found.len() < step.expect.holds.len() || found.iter().any(|f| !f.entry_uuid.starts_with("urn:uuid:"))
        {
            findings.push(format!("{} references, of which not all are UUIDs", found.len()));
        }
        Ok(findings)
    }

    fn entries(&self, expect: &Expect, found: &[Found]) -> Result<Vec<String>, Failure> {
        let mut findings = Vec::new();
        for name in &expect.holds {
            let document = self.known(name)?;
            let Some(entry) = found.iter().find(|f| f.unique_id == document.unique_id) else {
                findings.push(format!("{name} is not found"));
                continue;
            };
            let hash = hex(&hash(MessageDigest::sha1(), &document.bytes)?);
            if entry.hash != hash || entry.size != document.bytes.len().to_string() {
                findings.push(format!("{name}: hash or size is not that of the document sent"));
            }
            let status = expect.status.get(name).map_or("Approved", String::as_str);
            if entry.status != status {
                findings.push(format!("{name}: expected {status}, found {}", entry.status));
            }
        }
        for name in &expect.lacks {
            let document = self.known(name)?;
            if found.iter().any(|f| f.unique_id == document.unique_id) {
                findings.push(format!("{name} is found"));
            }
        }
        Ok(findings)
    }
}

fn request_of_deposit(body: String) -> Request<'static> {
    Request {
        transaction: "TD2.1",
        service: "repository",
        action: "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b",
        body,
        documents: Vec::new(),
        shape: &judge::DEPOSIT,
    }
}

fn same_bytes(answer: &Answer, document: &Document) -> Result<Vec<String>, Failure> {
    let tree = answer.tree()?;
    let documents = tree.documents(answer);
    let finding = match documents.as_slice() {
        [(id, _)] if *id != document.unique_id => Some(format!("another document: {id}")),
        [(_, None)] => Some("no part has the Content-ID that is referred to".to_owned()),
        [(_, Some(bytes))] if *bytes != document.bytes => Some("the bytes are not those that were sent".to_owned()),
        [_] => None,
        several => Some(format!("{} documents", several.len())),
    };
    Ok(finding.into_iter().collect())
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
