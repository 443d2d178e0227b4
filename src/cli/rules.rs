//! `rules`: every rule that this gateway asks, with what it demands, what breaks it and who demands it.
//!
//! The table below is printed by `dmp-gateway rules` from the same values that findings and faults are made of;
//! `tests/rules.rs` fails when it is stale, and when a rule has no test that breaks it.
#![expect(clippy::doc_markdown, reason = "the table holds names of clients and of XML")]
#![doc = include_str!("../RULES.md")]

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cda::rule::header;
use crate::cda::rule::volet::Volets;
use crate::cda::rule::{self as cda, Severity as CdaSeverity};
use crate::cli::console::Console;
use crate::dmp::{admission, coherence, submission_signature};
use crate::hl7v2::rule as hl7v2;
use crate::hl7v3::rule as hl7v3;
use crate::security::vihf::rule as vihf;
use crate::soap::{rule as soap, tolerance};
use crate::transaction;
use crate::transaction::iti8;
use crate::xds::error::Severity;
use crate::xds::metadata::attribute::{self, AttributeRow};
use crate::xds::rule::{self, Rule};

#[derive(Args)]
#[command(
    after_help = "Example:\n  dmp-gateway rules --format json | jq 'select(.answer == \"XDSRegistryMetadataError\")'"
)]
pub(super) struct Arguments {
    /// How the table is written
    #[arg(long, value_enum, default_value = "markdown")]
    format: TableFormat,
}

#[derive(Clone, Copy, ValueEnum)]
enum TableFormat {
    /// One table for each room
    Markdown,
    /// One object a line
    Json,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The id that answers, logs and tests quote.
    pub id: &'static str,
    /// Whether breaking it refuses the request.
    pub severity: Severity,
    /// The profile in which it holds.
    pub profile: &'static str,
    /// What an answer carries: an error code or the subcode of a fault.
    pub answer: String,
    /// What is true of a good request.
    pub demands: String,
    /// Who demands it.
    pub spec: String,
}

/// The rules of one room of the gateway.
pub struct Room {
    /// Its heading.
    pub title: &'static str,
    /// What its table says of each rule.
    pub columns: Columns,
    /// What its rules have in common.
    pub about: &'static str,
    /// Its rules.
    pub rows: Vec<Row>,
}

/// How much a table says of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// All of it.
    Full,
    /// Not the profile and the answer, which all rules of the room have in common.
    Short,
}

/// Every rule, in the order in which a request meets them.
pub fn rooms() -> Vec<Room> {
    vec![
        Room {
            title: "Envelope and package",
            columns: Columns::Full,
            about: "Broken: a SOAP fault, whose detail names the rule.",
            rows: soap::TABLE.iter().map(of_envelope).collect(),
        },
        Room {
            title: "Tolerances",
            columns: Columns::Full,
            about: "Deviations of real clients that are taken; the log names those that a request needed.",
            rows: tolerance::TABLE.iter().map(of_tolerance).collect(),
        },
        Room {
            title: "Assertion (VIHF)",
            columns: Columns::Full,
            about: "Broken: a SOAP fault with this subcode. The first that is broken is answered.",
            rows: vihf::RULES
                .iter()
                .map(of_assertion)
                .chain(admission::RULES.iter().map(|rule| of_admission(rule)))
                .collect(),
        },
        Room {
            title: "Signature of a submission set (XAdES)",
            columns: Columns::Full,
            about: "Broken: a warning or an error of the answer, as signature.policy has it. Of the rules XADES the first \
                    that is broken is answered.",
            rows: submission_signature::rule::rules().map(of_request).collect(),
        },
        Room {
            title: "Metadata attributes",
            columns: Columns::Full,
            about: "Broken: an entry of the error list. How often an attribute stands, and in which form, says the \
                    table of attributes.",
            rows: attribute::TABLE.iter().map(|row| of_attribute(row)).collect(),
        },
        Room {
            title: "Messages, submissions and queries",
            columns: Columns::Full,
            about: "Broken: an entry of the error list, all of them at once.",
            rows: rule::all().map(of_request).collect(),
        },
        Room {
            title: "Document, entry and assertion",
            columns: Columns::Full,
            about: "Asked in ITI-41 of each entry that announces a CDA document (`cda.validation`). Broken: an entry of the error \
                    list with the place in the document; `cda.severities` decides how each speaks.",
            rows: coherence::rules().map(of_request).collect(),
        },
        Room {
            title: "Registry and repository",
            columns: Columns::Full,
            about: "What depends on what is kept here, and on the caller.",
            rows: transaction::rule::RULES.iter().map(|rule| of_request(rule)).collect(),
        },
        Room {
            title: "Messages of HL7 version 2",
            columns: Columns::Full,
            about: "Broken: an acknowledgement AE or AR with this error condition, the segment and the field.",
            rows: hl7v2::TABLE.iter().map(of_feed).collect(),
        },
        Room {
            title: "Messages of HL7 version 3",
            columns: Columns::Full,
            about: "Broken: an acknowledgement CE with this detail and the place.",
            rows: hl7v3::TABLE.iter().map(of_feed_v3).collect(),
        },
        Room {
            title: "Patient identities",
            columns: Columns::Full,
            about: "Asked of every feed, ITI-8 and ITI-44. Broken: an acknowledgement AE or CE; nothing is changed.",
            rows: iti8::RULES.iter().map(|rule| of_identity(rule)).collect(),
        },
        Room {
            title: "Clinical documents (CDA)",
            columns: Columns::Short,
            about: "Asked by `dmp-gateway cda validate`, and of a deposit in profile dmp (`cda.validation`); `cda.severities` \
                    changes what breaking a rule means. All findings are told at once, each with its place.",
            rows: cda::declared().map(of_document).collect(),
        },
        Room {
            title: "Header of documents (Structuration minimale)",
            columns: Columns::Short,
            about: "The ids of findings begin with these: `SM001/setId` is the number of setId that SM001 demands, `SM008/@code:J07` \
                    the value set of the code; a key such as `SM008*` of `cda.severities` means them all. The facts stand in \
                    `src/cda/rule/header/header.rules`.",
            rows: header::overview().iter().map(of_header).collect(),
        },
        Room {
            title: "Structured documents, by volet",
            columns: Columns::Short,
            about: "Asked of a level 3 document by the volet whose template it claims, and of the sections and entries that volets \
                    share (MODEL) by the templates these claim. An operator may add volets.",
            rows: Volets::built_in_rules().map(|(_, rule)| of_document(rule)).collect(),
        },
    ]
}

pub(super) fn run(arguments: &Arguments, console: &mut Console) {
    match arguments.format {
        TableFormat::Markdown => console.text(markdown()),
        TableFormat::Json => rooms().iter().for_each(|room| json_lines(room, console)),
    }
}

const FULL: &str =
    "| rule | profile | severity | answered with | demands | specification |\n|---|---|---|---|---|---|\n";
const SHORT: &str = "| rule | severity | demands | specification |\n|---|---|---|---|\n";

/// The whole as it stands in the documentation.
pub fn markdown() -> String {
    let mut out = String::from("# Rules\n\nPrinted by `dmp-gateway rules`. Do not edit: change the rule.\n");
    for room in rooms() {
        out.extend(["\n## ", room.title, "\n\n", room.about, "\n\n"]);
        out.push_str(match room.columns {
            Columns::Full => FULL,
            Columns::Short => SHORT,
        });
        for row in &room.rows {
            let (severity, demands, spec) = (word(row.severity), row.demands.as_str(), row.spec.as_str());
            let cells = match room.columns {
                Columns::Full => vec![row.id, row.profile, severity, &row.answer, demands, spec],
                Columns::Short => vec![row.id, severity, demands, spec],
            };
            let cells: Vec<String> =
                cells.iter().map(|cell| cell.replace('|', "\\|").replace('<', "&lt;").replace('[', "\\[")).collect();
            out.extend(["| ", &cells.join(" | "), " |\n"]);
        }
    }
    out
}

fn json_lines(room: &Room, console: &mut Console) {
    for row in &room.rows {
        let line = json!({
            "rule": row.id,
            "room": room.title,
            "profile": row.profile,
            "severity": word(row.severity),
            "answer": row.answer,
            "demands": row.demands,
            "specification": row.spec,
        });
        console.line(line.to_string());
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn of_request(rule: &Rule) -> Row {
    let codes: Vec<&str> = std::iter::once(&rule.code).chain(rule.other_codes).map(|code| code.as_str()).collect();
    Row {
        id: rule.id,
        severity: rule.severity,
        profile: rule.scope.as_str(),
        answer: codes.join(", "),
        demands: rule.demands.to_owned(),
        spec: rule.spec.to_owned(),
    }
}

fn of_attribute(row: &AttributeRow) -> Row {
    let demands = format!(
        "{}.{} is {} and stands {} in ITI-41, {} in ITI-42, {} on demand, {} in profile dmp",
        row.object.as_str(),
        row.name,
        row.data_type.as_str(),
        row.source,
        row.registry,
        row.on_demand,
        row.dmp
    );
    Row { demands, spec: row.spec(), ..of_request(&row.rule) }
}

fn of_envelope(rule: &soap::Rule) -> Row {
    Row {
        id: rule.id,
        severity: Severity::Error,
        profile: "both",
        answer: "fault".to_owned(),
        demands: rule.demands.to_owned(),
        spec: rule.spec.to_owned(),
    }
}

fn of_tolerance(row: &tolerance::Row) -> Row {
    Row {
        id: row.id,
        severity: Severity::Warning,
        profile: "both",
        answer: "taken".to_owned(),
        demands: format!("{}; sent by {}", row.taken, row.whose),
        spec: row.spec.to_owned(),
    }
}

fn of_feed(rule: &hl7v2::Rule) -> Row {
    Row {
        id: rule.id,
        severity: Severity::Error,
        profile: "both",
        answer: format!("{} {} {}", rule.code.as_str(), rule.condition.as_code(), rule.condition.as_text()),
        demands: rule.demands.to_owned(),
        spec: rule.spec.to_owned(),
    }
}

fn of_feed_v3(rule: &hl7v3::Rule) -> Row {
    Row {
        id: rule.id,
        severity: Severity::Error,
        profile: "ihe",
        answer: format!("CE {} {}", rule.detail.as_code(), rule.detail.as_text()),
        demands: rule.demands.to_owned(),
        spec: rule.spec.to_owned(),
    }
}

fn of_identity(rule: &iti8::Rule) -> Row {
    Row {
        id: rule.id,
        severity: Severity::Error,
        profile: if rule.kind == iti8::Kind::Closed { "ihe" } else { "both" },
        answer: if rule.kind == iti8::Kind::Closed { "CR" } else { "AE, CE" }.to_owned(),
        demands: rule.demands.to_owned(),
        spec: rule.spec.to_owned(),
    }
}

fn of_header(line: &'static header::Overview) -> Row {
    Row {
        id: &line.ids,
        severity: severity_of(line.severity),
        profile: "dmp",
        answer: "finding".to_owned(),
        demands: line.demands.clone(),
        spec: line.path.clone(),
    }
}

fn severity_of(severity: CdaSeverity) -> Severity {
    match severity {
        CdaSeverity::Error => Severity::Error,
        CdaSeverity::Warning => Severity::Warning,
    }
}

fn of_document(rule: &'static cda::Rule) -> Row {
    Row {
        id: &rule.id,
        severity: severity_of(rule.severity),
        profile: "dmp",
        answer: "finding".to_owned(),
        demands: rule.help.en.clone().into_owned(),
        spec: rule.spec.clone().into_owned(),
    }
}

fn of_assertion(rule: &vihf::Rule) -> Row {
    Row {
        id: rule.id,
        severity: Severity::Error,
        profile: "both",
        answer: rule.fault.subcode().to_owned(),
        demands: format!("answered: {}", rule.en.replace("{}", "…")),
        spec: rule.spec().to_owned(),
    }
}

fn of_admission(rule: &admission::AdmissionRule) -> Row {
    Row {
        id: rule.id,
        severity: Severity::Error,
        profile: "both",
        answer: "InvalidSecurityToken".to_owned(),
        demands: format!("answered: {}", rule.reason_en),
        spec: "DMP TD0.1, resource-id".to_owned(),
    }
}
