//! `metadata validate`: the metadata of a submission, judged without a registry. `metadata derive` stands beside it.
//!
//! What only a registry knows is assumed to be well: patients are known, objects outside the file exist, are Approved
//! and belong to the same patient. Documents that are not in the file are assumed to be as their metadata say.

pub(in crate::cli) mod derive;
mod french;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::cli::console::{Console, Failure, Format};

use crate::datatype::hash::Sha1;
use crate::datatype::unique_id::RepositoryUniqueId;
use crate::soap::mtom::xop::{Content, content_of};
use crate::xds::error::{Finding, Profile, Severity};
use crate::xds::message::provide_and_register::SentDocument;
use crate::xds::message::{provide_and_register, register, rule as message};
use crate::xds::metadata::association::AssociationType;
use crate::xds::metadata::availability::AvailabilityStatus;
use crate::xds::metadata::document_entry::DocumentEntryType;
use crate::xds::metadata::object::{ObjectId, ObjectKind};
use crate::xds::metadata::registration::{ObjectFact, RegistryFacts};
use crate::xds::metadata::submission::Submission;
use crate::xds::rule;
use crate::xds::validation::code::CodesInForce;
use crate::xds::validation::provide::{ProvidedDocument, provide};
use crate::xds::validation::{self, RegisterSettings, Registering, UnknownPatients};
use crate::xml::document::{Document, is, text_of_bytes};
use crate::xml::limits::Limits;
use crate::xml::namespace::{LCM, XDSB};

#[derive(Args)]
#[command(after_help = "Example:\n  dmp-gateway metadata validate submission.xml")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge `SubmitObjectsRequest` or `ProvideAndRegister` files, alone or in an envelope; exit 1 if one has an error
    #[command(after_help = "Example:\n  dmp-gateway metadata validate --profile ihe --format json *.xml")]
    Validate {
        /// Whose rules apply
        #[arg(long, value_enum, default_value = "dmp")]
        profile: ProfileName,
        /// How findings are written
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// The files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Print the metadata that a CDA document implies, ready to be deposited
    Derive(derive::Arguments),
}

#[derive(Clone, Copy, ValueEnum)]
enum ProfileName {
    /// The French rules
    Dmp,
    /// The ITI technical framework only
    Ihe,
}

/// How far a file could be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Valid,
    Invalid,
    Malformed,
}

impl Form {
    fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Malformed => "malformed",
        }
    }
}

pub(super) fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    match &arguments.command {
        Command::Validate { profile, format, files } => validate(*profile, *format, files, console),
        Command::Derive(arguments) => derive::run(arguments, console),
    }
}

fn validate(profile: ProfileName, format: Format, files: &[PathBuf], console: &mut Console) -> Result<(), Failure> {
    let profile = match profile {
        ProfileName::Dmp => Profile::Dmp,
        ProfileName::Ihe => Profile::Ihe,
    };
    let mut passed = true;
    for file in files {
        let bytes = std::fs::read(file)
            .map_err(|cause| Failure::input_output(format!("cannot read {}: {cause}", file.display())))?;
        let (form, findings) = judge(&bytes, profile);
        let good = form == Form::Valid && findings.iter().all(|finding| finding.severity == Severity::Warning);
        passed &= good;
        report(file, form, good, &findings, (format, profile), console);
    }
    if passed { Ok(()) } else { Err(Failure::check_failed()) }
}

fn judge(bytes: &[u8], profile: Profile) -> (Form, Vec<Finding>) {
    // A file may hold documents inline, which a message to a gateway has in parts of their own.
    let limits = Limits { bytes: usize::MAX, text_bytes: usize::MAX, ..Limits::default() };
    let document = match text_of_bytes(bytes).and_then(|text| Document::parse(text, &limits)) {
        Ok(document) => document,
        Err(cause) => return (Form::Malformed, vec![unreadable(cause.to_string())]),
    };
    let find = |namespace, local| document.root().descendants().find(|node| is(*node, namespace, local));
    let (submission, mut findings) = if let Some(request) = find(XDSB, "ProvideAndRegisterDocumentSetRequest") {
        let (request, mut findings) = provide_and_register::decode(request, profile);
        let submission = request.submission.map(|mut submission| {
            findings.extend(documents(&mut submission, &request.documents));
            submission
        });
        (submission, findings)
    } else if let Some(request) = find(LCM, "SubmitObjectsRequest") {
        register::decode(request, profile)
    } else {
        let missing = "neither xdsb:ProvideAndRegisterDocumentSetRequest nor lcm:SubmitObjectsRequest";
        return (Form::Invalid, vec![unreadable(missing.to_owned())]);
    };
    let Some(submission) = submission else { return (Form::Invalid, findings) };
    findings.extend(validation::register(
        &submission,
        registering(&submission),
        &assumed(&submission),
        &settings(profile),
    ));
    (Form::Valid, findings)
}

fn unreadable(context: String) -> Finding {
    Finding::of(&message::FORM, context)
}

/// A file does not say by which transaction it will be sent: one that holds on-demand entries only is of ITI-61.
fn registering(submission: &Submission) -> Registering {
    let mut kinds = submission.entries.iter().map(|entry| entry.object_type);
    let on_demand = !submission.entries.is_empty() && kinds.all(|kind| kind == DocumentEntryType::OnDemand);
    if on_demand { Registering::OnDemand } else { Registering::Documents }
}

fn settings(profile: Profile) -> RegisterSettings {
    RegisterSettings {
        profile,
        unknown_patients: UnknownPatients::Accept,
        assigning_authorities: Vec::new(),
        codes: CodesInForce::default(),
    }
}

/// Compares what is in the file; what a repository would fill in is filled in.
fn documents(submission: &mut Submission, sent: &[SentDocument<'_, '_>]) -> Vec<Finding> {
    let Ok(repository) = RepositoryUniqueId::parse("1.2.250.1.213.4.1.1.1.2") else { return Vec::new() };
    let mut findings = Vec::new();
    let mut provided = Vec::new();
    for SentDocument { id, element } in sent {
        match content_of(*element).map(|content| inline(&content)) {
            Ok(Some(bytes)) => provided.push(ProvidedDocument {
                id: id.clone(),
                hash: Sha1::from_bytes(openssl::sha::sha1(&bytes)),
                size: bytes.len() as u64,
            }),
            Ok(None) => {
                let entry = submission.entries.iter().find(|entry| entry.id.as_str().eq_ignore_ascii_case(id));
                let hash = entry.and_then(|entry| entry.hash).unwrap_or(Sha1::OF_NOTHING);
                let size = entry.and_then(|entry| entry.size).unwrap_or_default();
                provided.push(ProvidedDocument { id: id.clone(), hash, size });
            }
            Err(cause) => findings.push(unreadable(cause.to_string()).on(id.clone())),
        }
    }
    findings.extend(provide(submission, &provided, &repository, &[]).1);
    findings
}

/// The bytes that stand in the file. Text that is no base64, such as a placeholder, is not the document.
fn inline(content: &Content<'_>) -> Option<Vec<u8>> {
    match content {
        Content::Inline(text) => text.decode().ok(),
        Content::Part(_) => None,
    }
}

/// A registry that knows every object outside the file to which an association leads.
fn assumed(submission: &Submission) -> RegistryFacts {
    let mut facts = RegistryFacts::default();
    let of_set = submission.submission_set.patient_id.to_patient_id();
    for association in &submission.associations {
        let from_folder = association.association_type == AssociationType::HasMember;
        let source = if from_folder { ObjectKind::Folder } else { ObjectKind::DocumentEntry };
        for (id, kind) in [(&association.source, source), (&association.target, ObjectKind::DocumentEntry)] {
            if let ObjectId::Uuid(uuid) = id
                && !is_member(submission, id)
            {
                facts.objects.entry(uuid.clone()).or_insert_with(|| ObjectFact {
                    kind,
                    logical_id: uuid.to_logical_id(),
                    version: 1,
                    status: AvailabilityStatus::Approved,
                    patient: Some(of_set.clone()),
                    unique_id: None,
                    object_type: None,
                    is_transformation: false,
                });
            }
        }
    }
    facts
}

fn is_member(submission: &Submission, id: &ObjectId) -> bool {
    submission.submission_set.id == *id
        || submission.entry(id).is_some()
        || submission.folder(id).is_some()
        || submission.association(id).is_some()
        || submission.unreadable.iter().any(|unreadable| unreadable == id.as_str())
}

fn report(
    file: &Path,
    form: Form,
    good: bool,
    findings: &[Finding],
    (format, profile): (Format, Profile),
    console: &mut Console,
) {
    let verdict = if good { "pass" } else { "fail" };
    let name = file.display().to_string();
    match format {
        Format::Json => {
            let findings: Vec<Value> = findings.iter().map(|finding| to_json(finding, profile)).collect();
            let line = json!({ "file": name, "schema": form.as_str(), "verdict": verdict, "findings": findings });
            console.line(line.to_string());
        }
        Format::Text => {
            console.line(format!("{name}: {verdict} ({})", form.as_str()));
            for finding in findings {
                console.line(format!("  {}", to_text(finding)));
            }
        }
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn to_text(finding: &Finding) -> String {
    let object = finding.object.iter().map(|object| format!(" {object}"));
    let attribute = finding.attribute.iter().map(|attribute| format!(" {attribute}"));
    let about: String = object.chain(attribute).collect();
    let place = finding.location.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
    format!("{} {} {}{about}: {}{place}", word(finding.severity), finding.rule, finding.code, finding.context)
}

fn to_json(finding: &Finding, profile: Profile) -> Value {
    let place = finding.location.as_ref();
    let object = finding.object.as_deref().map(|object| format!("objet {object}"));
    let attribute = finding.attribute.map(|name| format!("attribut {name}"));
    let about: Vec<String> = object.into_iter().chain(attribute).collect();
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
    let demands = rule::all().find(|rule| rule.id == finding.rule).map(|rule| rule.demands);
    json!({
        "rule": finding.rule,
        "severity": word(finding.severity),
        "code": finding.code.as_str(),
        "object": finding.object,
        "attribute": finding.attribute,
        "xpath": place.map(|place| place.xpath.as_str()),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "found": Value::Null,
        "expected": demands,
        "help": {
            "fr": french::sentence(finding.rule, profile).map(|sentence| format!("{sentence}{about}")),
            "en": finding.context,
        },
    })
}
