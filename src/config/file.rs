//! The TOML file: read key by key against the table, so that every mistake is reported at once and by line, then
//! typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::de::DeTable;

use crate::config::finding::Finding;
use crate::config::key::{SECTIONS, find, nearest, nearest_section};
use crate::config::value::{Source, Values};
use crate::datatype::oid::Oid;
use crate::datatype::unique_id::RepositoryUniqueId;
use crate::storage::secret;

/// Sets what the file says.
pub fn overlay(values: &mut Values, text: &str, findings: &mut Vec<Finding>) {
    let line_of = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let (spans, mut table) = match (DeTable::parse(text), text.parse::<toml::Table>()) {
        (Ok(spans), Ok(table)) => (spans, table),
        // Only the reason: the line itself may hold a password.
        (Err(cause), _) | (_, Err(cause)) => {
            let line = line_of(cause.span().map_or(0, |span| span.start));
            findings.push(Finding::error(format!("line {line}"), cause.message()));
            return;
        }
    };
    for (section, content) in spans.get_ref() {
        let (line, name) = (line_of(section.span().start), section.get_ref().as_ref());
        let known = SECTIONS.iter().any(|(known, _)| *known == name);
        let (Some(keys), Some(toml::Value::Table(section_values))) =
            (content.get_ref().as_table(), table.get_mut(name))
        else {
            let meant =
                if known { format!("[{name}]") } else { format!("a section such as [{}]", nearest_section(name)) };
            findings.push(Finding::error(format!("line {line}, {name}"), format!("expected {meant}")));
            continue;
        };
        if !known && keys.is_empty() {
            let near = nearest_section(name);
            findings.push(Finding::error(
                format!("line {line}, [{name}]"),
                format!("unknown section; the nearest is [{near}]"),
            ));
        }
        for key in keys.keys() {
            let (line, written) = (line_of(key.span().start), key.get_ref().as_ref());
            match (find(name, written), section_values.remove(written)) {
                (Some(known), Some(value)) => values.set(known, value, Source::File(line), findings),
                _ => findings.push(Finding::error(
                    format!("line {line}, {name}.{written}"),
                    format!("unknown key; the nearest is {}", nearest(name, written)),
                )),
            }
        }
    }
}

/// The whole configuration, typed. Paths are absolute.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct File {
    pub server: Server,
    pub tls: Tls,
    pub domain: Domain,
    pub codes: Codes,
    pub vihf: Vihf,
    pub mllp: Mllp,
    pub registry: Registry,
    pub repository: Repository,
    pub cda: Cda,
    pub signature: Signature,
    pub soap: Soap,
    pub asynchronous: Asynchronous,
    pub limits: Limits,
    pub log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Server {
    pub listen: SocketAddr,
    pub admin_listen: SocketAddr,
    pub base_path: String,
    pub public_url: String,
    pub workers: Option<usize>,
    pub blocking_threads: Option<usize>,
    pub shutdown_seconds: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Tls {
    pub mode: TlsMode,
    pub certificate: PathBuf,
    pub private_key: PathBuf,
    pub client_trust: PathBuf,
    pub client_crls: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum TlsMode {
    Mutual,
    Server,
    Off,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Domain {
    pub profile: Profile,
    #[serde(deserialize_with = "oids")]
    pub assigning_authorities: Vec<Oid>,
    pub unknown_patients: Policy,
    pub removal: Removal,
    pub documents_per_submission: usize,
    pub query_results: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum Profile {
    Dmp,
    Ihe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum Policy {
    Refuse,
    Accept,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum Removal {
    Refuse,
    Proven,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Codes {
    pub table: Option<PathBuf>,
    pub class_code: CodePolicy,
    pub confidentiality_code: CodePolicy,
    pub event_code: CodePolicy,
    pub format_code: CodePolicy,
    pub healthcare_facility_type_code: CodePolicy,
    pub practice_setting_code: CodePolicy,
    pub type_code: CodePolicy,
    pub content_type_code: CodePolicy,
    pub folder_code: CodePolicy,
    pub association_documentation: CodePolicy,
    pub mime_type: CodePolicy,
    pub language_code: CodePolicy,
    pub assigning_authority: CodePolicy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum CodePolicy {
    Error,
    Warning,
    Off,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Vihf {
    pub required: bool,
    pub trust: PathBuf,
    pub crls: Vec<PathBuf>,
    pub accepted_versions: Vec<String>,
    pub clock_skew_seconds: u32,
    pub issue_max_age_seconds: u32,
    pub authn_max_age_seconds: u32,
    pub allow_sha1: bool,
    pub unknown_codes: Policy,
    pub unsigned_direct: Policy,
    pub direct_key_usage: Signers,
    pub indirect_key_usage: Signers,
    pub air_key_usage: Signers,
    pub linked_structures: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum Signers {
    Signature,
    SignatureOrAuthentication,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Mllp {
    pub listen: Option<SocketAddr>,
    pub mode: MllpMode,
    pub plain_beyond_loopback: bool,
    pub message_bytes: usize,
    pub message_seconds: u64,
    pub idle_seconds: u64,
    pub connections: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum MllpMode {
    Plain,
    Mutual,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Registry {
    pub url: String,
    pub connections: u32,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = secret::mask(&self.url);
        f.debug_struct("Registry").field("url", &url).field("connections", &self.connections).finish()
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Repository {
    pub url: String,
    #[serde(deserialize_with = "repository")]
    pub unique_id: RepositoryUniqueId,
    #[serde(default, deserialize_with = "repositories")]
    pub other_unique_ids: Vec<RepositoryUniqueId>,
    pub max_document_bytes: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Cda {
    pub validation: CdaPolicy,
    pub max_document_bytes: usize,
    pub most_findings: usize,
    pub severities: Vec<String>,
    pub schemas: Option<PathBuf>,
    pub value_sets: Option<PathBuf>,
    pub rules: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum CdaPolicy {
    Enforce,
    Report,
    Off,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Signature {
    pub policy: SignaturePolicy,
    pub unsigned: Policy,
    pub allow_sha1: bool,
    pub key_usage: Signers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum SignaturePolicy {
    Report,
    Enforce,
    Off,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Soap {
    pub fault_status: FaultStatus,
    pub on_demand_answer: OnDemandAnswer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum OnDemandAnswer {
    Framework,
    Toolkit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum FaultStatus {
    #[serde(rename = "500")]
    Always500,
    #[serde(rename = "by_code")]
    ByCode,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Asynchronous {
    pub reply_to: Vec<String>,
    pub trust: PathBuf,
    pub certificate: Option<PathBuf>,
    pub private_key: Option<PathBuf>,
    pub waiting: usize,
    pub attempts: u32,
    pub retry_seconds: u64,
    pub stall_seconds: u64,
    pub spool: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Limits {
    pub message_bytes: u64,
    pub root_bytes: usize,
    pub parts: u32,
    pub part_header_bytes: usize,
    pub xml_depth: usize,
    pub xml_attributes: usize,
    pub xml_tag_bytes: usize,
    pub xml_namespaces: usize,
    pub xml_text_bytes: usize,
    pub xml_nodes: u32,
    pub headers_seconds: u64,
    pub body_stall_seconds: u64,
    pub body_minimum_bytes_per_second: u64,
    pub keep_alive_seconds: u64,
    pub connections: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub struct Log {
    pub format: LogFormat,
    pub level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the table of keys says what each means, once")]
pub enum LogFormat {
    Text,
    Json,
}

// The kinds of the table of keys were checked before: these do not fail on a value that was taken.

fn oids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Oid>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| Oid::parse(text).map_err(D::Error::custom)).collect()
}

fn repository<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RepositoryUniqueId, D::Error> {
    RepositoryUniqueId::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn repositories<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RepositoryUniqueId>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| RepositoryUniqueId::parse(text).map_err(D::Error::custom)).collect()
}
