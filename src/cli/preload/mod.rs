//! `preload`: fill a registry with fictitious patients and their metadata, fast, for measurements and for load tests.
//!
//! What it stores went through the reading, the rules and the registration of ITI-42; only the messages are spared, and many
//! submissions share a transaction. There are no documents behind the entries: they can be found, not fetched.

mod submission;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use self::submission::{PATIENTS, Plan, Random, patient_of, submissions};
use crate::cli::console::{ConfigFile, Console, Failure, Format, now};
use crate::config::Config;
use crate::datatype::cx::PatientId;
use crate::storage::{StorageError, Store};
use crate::xds::ebrim::decode;
use crate::xds::error::Severity;
use crate::xds::metadata::registration::{FactsWanted, Registration, RegistryFacts, register};
use crate::xds::validation::{self, Registering};
use crate::xml::document::Document;
use crate::xml::limits::Limits;

/// Domains of real persons: INS-NIR and INS-NIA.
const REAL_DOMAINS: [&str; 2] = ["1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"];

/// Entries in one transaction, about.
const BATCH: u64 = 1000;

#[derive(Args)]
#[command(
    after_help = "Example, a million entries:\n  dmp-gateway preload --config gateway.toml --patients 20000 --entries 50"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    file: ConfigFile,
    /// How many patients are added
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..=PATIENTS))]
    patients: u64,
    /// How many document entries each of them gets
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    entries: u64,
    /// Other numbers give other metadata
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Go on although the registry holds patients that this command did not make
    #[arg(long)]
    force: bool,
    /// How the answer is written
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let config = arguments.file.load()?;
    let store = Store::open(&config.storage()).map_err(|cause| failed(&cause))?;
    let (ours, others) = store
        .read("preload", |reader| {
            let ours = reader.count_patients(Some(submission::PREFIX))?;
            Ok((ours, reader.count_patients(None)? - ours))
        })
        .map_err(|cause| failed(&cause))?;
    if others > 0 && !arguments.force {
        let sentence = "the registry holds patients that this command did not make; --force adds to them all the same";
        return Err(Failure::refused(sentence));
    }
    let plan = Plan {
        domain: domain(&config)?,
        first: ours,
        entries: arguments.entries,
        seed: arguments.seed,
        repository: config.file().repository.unique_id.to_string(),
        settings: config.transaction().register,
        now: now(),
    };
    if ours + arguments.patients > PATIENTS {
        return Err(Failure::refused(format!("of {PATIENTS} fictitious identifiers {ours} are taken")));
    }
    let begin = Instant::now();
    let preload = Preload { store: &store, plan: &plan, patients: arguments.patients, stored: AtomicU64::new(0) };
    preload.run(writers(&config), console)?;
    let (entries, seconds) = (preload.stored.load(Ordering::Relaxed), begin.elapsed().as_secs_f64());
    #[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
    let rate = entries as f64 / seconds;
    let (first, last) = (patient_of(&plan, 0), patient_of(&plan, arguments.patients - 1));
    console.line(match arguments.format {
        Format::Json => json!({
            "patients": arguments.patients, "entries": entries, "seconds": seconds, "entries_per_second": rate,
            "first_patient": first, "last_patient": last,
        })
        .to_string(),
        Format::Text => format!(
            "{entries} entries of {} patients in {seconds:.1} s, {rate:.0} a second\nthe first patient is {first}\nthe last patient is {last}",
            arguments.patients
        ),
    });
    Ok(())
}

/// The domain of the fictitious patients. One in which real persons are identified is not taken.
fn domain(config: &Config) -> Result<String, Failure> {
    let domains = &config.file().domain.assigning_authorities;
    let domains = domains.iter().map(ToString::to_string);
    let fictitious = domains.into_iter().find(|domain| !REAL_DOMAINS.contains(&domain.as_str()));
    fictitious.ok_or_else(|| Failure::refused("domain.assigning_authorities names no domain of fictitious patients"))
}

/// A database file has one writer at a time; a server has as many as there are processors for them and for it.
fn writers(config: &Config) -> usize {
    let processors = thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
    if config.storage().registry_url.starts_with("sqlite://") { 1 } else { processors.clamp(2, 8) }
}

fn failed(cause: &StorageError) -> Failure {
    Failure::input_output(cause.to_string())
}

/// One run.
struct Preload<'p> {
    store: &'p Store,
    plan: &'p Plan,
    patients: u64,
    stored: AtomicU64,
}

/// What is stored in one transaction.
#[derive(Default)]
struct Batch {
    registrations: Vec<Registration>,
    entries: u64,
}

impl Preload<'_> {
    /// Makes the registrations on one side and stores them on the other.
    fn run(&self, writers: usize, console: &mut Console) -> Result<(), Failure> {
        self.know_patients()?;
        let next = AtomicU64::new(0);
        let (sender, receiver) = sync_channel(4);
        let receiver = Mutex::new(receiver);
        let waiting = thread::current();
        thread::scope(|scope| {
            for _ in 0..MAKERS {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || self.make(next, &sender));
            }
            drop(sender);
            let store = || {
                let stored = self.store_all(&receiver);
                waiting.unpark();
                stored
            };
            let writers: Vec<_> = (0..writers).map(|_| scope.spawn(store)).collect();
            let mut told = Instant::now();
            while !writers.iter().all(thread::ScopedJoinHandle::is_finished) {
                // A writer that has ended wakes this, a moment before it counts as finished.
                thread::park_timeout(Duration::from_millis(100));
                if told.elapsed() > Duration::from_secs(10) {
                    told = Instant::now();
                    console.note(format!("{} entries so far", self.stored.load(Ordering::Relaxed)));
                }
            }
            // Whoever still makes something hears that nobody takes it.
            drop(std::mem::replace(&mut *receiver.lock().unwrap_or_else(PoisonError::into_inner), sync_channel(0).1));
            let stopped = |_| Failure::input_output("a thread of the preload stopped");
            writers.into_iter().try_for_each(|writer| writer.join().map_err(stopped)?)
        })
    }

    fn know_patients(&self) -> Result<(), Failure> {
        let ids: Result<Vec<_>, _> = (0..self.patients).map(|n| PatientId::parse(&patient_of(self.plan, n))).collect();
        let ids = ids.map_err(|cause| Failure::input_output(cause.to_string()))?;
        let (store, at) = (self.store, now());
        let know = |ids: &[PatientId]| {
            store
                .write("preload patients", |writer| ids.iter().try_for_each(|id| writer.know_patient(id, at).map(drop)))
        };
        ids.chunks(1000).try_for_each(know).map_err(|cause| failed(&cause))
    }

    /// Makes batches until all patients have theirs, or nobody takes them any more.
    fn make(&self, next: &AtomicU64, sender: &SyncSender<Result<Batch, Failure>>) {
        let mut batch = Batch::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= self.patients {
                break;
            }
            let mut random = Random::of(self.plan.seed, self.plan.first + number);
            for (entries, text) in submissions(self.plan, number, &mut random) {
                let made = self.registration(&text, &mut random);
                match made {
                    Ok(registration) => batch.registrations.push(registration),
                    Err(failure) => return drop(sender.send(Err(failure))),
                }
                batch.entries += entries;
                if batch.entries >= BATCH && sender.send(Ok(std::mem::take(&mut batch))).is_err() {
                    return;
                }
            }
        }
        drop(sender.send(Ok(batch)));
    }

    /// Reads, judges and registers one submission as ITI-42 does. Nothing that it could refer to is in the registry.
    fn registration(&self, list: &str, random: &mut Random) -> Result<Registration, Failure> {
        let wrong =
            |cause: String| Failure::check_failed_for(format!("a submission of the preload breaks a rule: {cause}"));
        let document = Document::parse(list, &Limits::default()).map_err(|cause| wrong(cause.to_string()))?;
        let (submission, mut findings) = decode::submission(document.root(), self.plan.settings.profile);
        let submission = submission.ok_or_else(|| wrong("it cannot be read".to_owned()))?;
        let facts = RegistryFacts { known_patients: FactsWanted::of(&submission).patients, ..RegistryFacts::default() };
        findings.extend(validation::register(&submission, Registering::Documents, &facts, &self.plan.settings));
        if let Some(finding) = findings.iter().find(|finding| finding.severity == Severity::Error) {
            return Err(wrong(format!("{}: {}", finding.rule, finding.context)));
        }
        Ok(register(submission, &facts, self.plan.now, &mut || random.uuid()))
    }

    fn store_all(&self, receiver: &Mutex<Receiver<Result<Batch, Failure>>>) -> Result<(), Failure> {
        loop {
            let received = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(batch) = received else { return Ok(()) };
            let batch = batch?;
            self.store
                .write("preload", |writer| {
                    batch.registrations.iter().try_for_each(|registration| writer.insert(registration, self.plan.now))
                })
                .map_err(|cause| failed(&cause))?;
            self.stored.fetch_add(batch.entries, Ordering::Relaxed);
        }
    }
}

/// Threads that make registrations: one keeps a writer busy.
const MAKERS: usize = 2;
