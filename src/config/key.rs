//! The table of keys: every setting once, with its kind, its default and its meaning.

use crate::terminology::nearest::distance;

use self::Kind::{Address, Choice, Flag, Location, Number, Oid, Oids, PathName, Paths, Text, Texts};

/// What a value must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An IP address and a port.
    Address,
    /// One word of a list.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A URL of a store; `sqlite://` and `file://` paths may be relative, and a password is masked when shown.
    Location,
    /// A whole number within bounds, both included.
    Number {
        /// Smallest value taken.
        least: i64,
        /// Largest value taken.
        most: i64,
    },
    /// An object identifier.
    Oid,
    /// A list of object identifiers, at least one.
    Oids,
    /// A file or directory; relative to the configuration file.
    PathName,
    /// A list of files.
    Paths,
    /// Any text.
    Text,
    /// A list of texts.
    Texts,
}

/// What holds when the key is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// This value, written as TOML.
    Default(&'static str),
    /// Nothing; the value shown is an example.
    Absent(&'static str),
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Table of the file.
    pub section: &'static str,
    /// Key in the table.
    pub name: &'static str,
    /// Shape of its value.
    pub kind: Kind,
    /// What holds without it.
    pub unset: Unset,
    /// One line for the reader of `config show`.
    pub meaning: &'static str,
}

impl Key {
    /// `section.key`, as messages name it.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("DMP__{}__{}", self.section.to_ascii_uppercase(), self.name.to_ascii_uppercase())
    }
}

/// What each section is about, in the order of the file.
pub const SECTIONS: &[(&str, &str)] = &[
    ("server", "Where the gateway listens"),
    ("tls", "Mutual TLS. mode = \"off\" is refused unless `server.listen` is a loopback address"),
    ("domain", "The affinity domain"),
    ("codes", "The codes that the affinity domain accepts"),
    ("vihf", "The signed assertion that comes with each request"),
    ("mllp", "ITI-8 patient identity feed; off when `listen` is absent"),
    ("registry", "Metadata"),
    ("repository", "Documents"),
    (
        "cda",
        "Clinical documents (CDA R2): what is judged, and how strictly. A deposit and `dmp-gateway cda validate` read it",
    ),
    (
        "signature",
        "Signatures (XAdES) of submissions in profile dmp; who may sign says [vihf], by its authorities and lists",
    ),
    ("soap", "Messages"),
    ("asynchronous", "Answers on a connection of their own, for callers that name an address in wsa:ReplyTo"),
    ("limits", "What one caller may send, and how slowly"),
    ("log", "One line per exchange, on standard error"),
];

const fn key(section: &'static str, name: &'static str, kind: Kind, unset: Unset, meaning: &'static str) -> Key {
    Key { section, name, kind, unset, meaning }
}

const fn set(toml: &'static str) -> Unset {
    Unset::Default(toml)
}

const fn absent(example: &'static str) -> Unset {
    Unset::Absent(example)
}

const fn number(least: i64, most: i64) -> Kind {
    Number { least, most }
}

const SIGNERS: Kind = Choice(&["signature", "signature_or_authentication"]);
const CODES: Kind = Choice(&["error", "warning", "off"]);
const DAY: i64 = 86_400;
const GIB: i64 = 1 << 30;

/// Every key there is, in the order of `config show`.
#[rustfmt::skip]
pub const TABLE: &[Key] = &[
    key("server", "listen", Address, set(r#""127.0.0.1:8443""#), "SOAP services; port 0 takes a free one"),
    key("server", "admin_listen", Address, set(r#""127.0.0.1:8080""#), "/healthz, /readyz, /metrics; no certificate is asked there, so keep it on a private network"),
    key("server", "base_path", Text, set(r#""/si-dmp-server/v2/services""#), "path under which the services stand"),
    key("server", "public_url", Text, set(r#""https://localhost:8443""#), "what callers use; written into the WSDL"),
    key("server", "workers", number(1, 512), absent("2"), "threads that serve requests; one per processor when absent"),
    key("server", "blocking_threads", number(1, 4096), absent("16"), "threads for storage, all workers together; 16 per worker when absent"),
    key("server", "shutdown_seconds", number(0, 3600), set("30"), "time that running requests get to end after SIGTERM"),

    key("tls", "mode", Choice(&["mutual", "server", "off"]), set(r#""mutual""#), "mutual: a client certificate is demanded; server: none is asked; off: plain HTTP"),
    key("tls", "certificate", PathName, set(r#""pki/server/tls.pem""#), "PEM, the server's certificate first, then its chain"),
    key("tls", "private_key", PathName, set(r#""pki/server/tls.key""#), "PEM"),
    key("tls", "client_trust", PathName, set(r#""pki/trust.pem""#), "PEM, the authorities whose client certificates are taken; SIGHUP reads it again"),
    key("tls", "client_crls", Paths, set(r#"["pki/ca/people.crl", "pki/ca/organisations.crl"]"#), "PEM, one revocation list for each authority that issues client certificates; SIGHUP reads them again"),

    key("domain", "profile", Choice(&["dmp", "ihe"]), set(r#""dmp""#), "dmp: the French rules, VIHF required; ihe: a plain IHE affinity domain"),
    key("domain", "assigning_authorities", Oids, set(r#"["1.2.250.1.213.1.4.10"]"#), "OIDs of the patient identifier domains that are taken"),
    key("domain", "unknown_patients", Choice(&["refuse", "accept"]), set(r#""refuse""#), "accept: a patient is known from the first deposit"),
    key("domain", "removal", Choice(&["refuse", "proven"]), set(r#""proven""#), "ITI-62 and ITI-86, profile ihe only; proven: for callers whom TLS or an assertion proves, or on a loopback address"),
    key("domain", "documents_per_submission", number(1, 10_000), set("100"), "documents in one submission"),
    key("domain", "query_results", number(1, 1_000_000), set("100000"), "objects in one answer to a query with LeafClass; more are an error"),

    key("codes", "table", PathName, absent(r#""codes.xml""#), "lists of codes, a TOML or the codes.xml of XDS test tools; without one every code is taken; SIGHUP reads it again"),
    key("codes", "class_code", CODES, set(r#""error""#), "DocumentEntry.classCode: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "confidentiality_code", CODES, set(r#""error""#), "DocumentEntry.confidentialityCode: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "event_code", CODES, set(r#""error""#), "DocumentEntry.eventCodeList: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "format_code", CODES, set(r#""error""#), "DocumentEntry.formatCode: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "healthcare_facility_type_code", CODES, set(r#""error""#), "DocumentEntry.healthcareFacilityTypeCode: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "practice_setting_code", CODES, set(r#""error""#), "DocumentEntry.practiceSettingCode: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "type_code", CODES, set(r#""error""#), "DocumentEntry.typeCode: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "content_type_code", CODES, set(r#""error""#), "SubmissionSet.contentTypeCode: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "folder_code", CODES, set(r#""error""#), "Folder.codeList: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "association_documentation", CODES, set(r#""error""#), "the documentation code of an association: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "mime_type", CODES, set(r#""error""#), "DocumentEntry.mimeType: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "language_code", CODES, set(r#""error""#), "DocumentEntry.languageCode: what a value leads to that is not in the list of the table, where it has one"),
    key("codes", "assigning_authority", CODES, set(r#""error""#), "the domain of the patient identifier: what a value leads to that is not in the list of the table, where it has one"),

    key("vihf", "required", Flag, set("true"), "false only in profile ihe"),
    key("vihf", "trust", PathName, set(r#""pki/trust.pem""#), "PEM, the authorities whose signature certificates are taken; read at start"),
    key("vihf", "crls", Paths, set(r#"["pki/ca/people.crl", "pki/ca/organisations.crl"]"#), "PEM, their revocation lists; SIGHUP reads them again"),
    key("vihf", "accepted_versions", Texts, set(r#"["2.0", "3.0", "4.0"]"#), "values of VIHF_Version that are taken"),
    key("vihf", "clock_skew_seconds", number(0, DAY), set("300"), "how far a caller's clock may be ahead"),
    key("vihf", "issue_max_age_seconds", number(1, 30 * DAY), set("3600"), "oldest IssueInstant taken"),
    key("vihf", "authn_max_age_seconds", number(1, 30 * DAY), set("86400"), "oldest AuthnInstant taken"),
    key("vihf", "allow_sha1", Flag, set("false"), "take signatures and digests with SHA-1"),
    key("vihf", "unknown_codes", Choice(&["refuse", "accept"]), set(r#""refuse""#), "a profession, a speciality or a sector that the value sets of this release do not have"),
    key("vihf", "unsigned_direct", Choice(&["refuse", "accept"]), set(r#""refuse""#), "accept: an unsigned assertion, only when the TLS certificate is a person's and its subject is the Issuer"),
    key("vihf", "direct_key_usage", SIGNERS, set(r#""signature""#), "which certificates may sign in mode directe"),
    key("vihf", "indirect_key_usage", SIGNERS, set(r#""signature""#), "which certificates may sign in mode indirecte"),
    key("vihf", "air_key_usage", SIGNERS, set(r#""signature_or_authentication""#), "which certificates may sign in mode indirecte renforcée"),
    key("vihf", "linked_structures", Texts, set("[]"), "further structures that a structure's certificate may speak for, each as CERTIFICATE=STRUCTURE"),

    key("mllp", "listen", Address, absent(r#""127.0.0.1:2575""#), "HL7 version 2 over MLLP; port 0 takes a free one"),
    key("mllp", "mode", Choice(&["plain", "mutual"]), set(r#""plain""#), "mutual: TLS with the certificate, the authorities and the lists of [tls]; plain: on loopback only, see plain_beyond_loopback"),
    key("mllp", "plain_beyond_loopback", Flag, set("false"), "true: mode plain on a network that something else protects"),
    key("mllp", "message_bytes", number(1024, 64 << 20), set("1048576"), "one message"),
    key("mllp", "message_seconds", number(1, 3600), set("30"), "time for one message, from its first byte to its last, and again for its acknowledgement"),
    key("mllp", "idle_seconds", number(1, 86_400), set("3600"), "an idle connection is closed after it"),
    key("mllp", "connections", number(1, 10_000), set("64"), "open at one time; for one more, the one that is idle longest is closed"),

    key("registry", "url", Location, set(r#""sqlite://var/registry.db""#), "sqlite://PATH, or postgres://USER:PASSWORD@HOST:PORT/DATABASE with the parameters of libpq, such as sslmode=verify-full&sslrootcert=FILE"),
    key("registry", "connections", number(2, 1024), set("8"), "connections to the database, at most"),

    key("repository", "url", Location, set(r#""file://var/blobs""#), "file://DIRECTORY"),
    key("repository", "unique_id", Oid, set(r#""1.2.250.1.213.4.1.1.1.2""#), "OID of this repository"),
    key("repository", "other_unique_ids", Oids, absent(r#"["1.2.250.1.213.4.1.1.1.4"]"#), "further OIDs that this repository answers to; a deposit may name one of them"),
    key("repository", "max_document_bytes", number(1, 64 * GIB), set("104857600"), "largest document"),

    key("cda", "validation", Choice(&["enforce", "report", "off"]), set(r#""enforce""#), "deposits in profile dmp; enforce: a CDA that breaks a rule of severity error is refused; report: it is taken and the answer warns; off: it is not read"),
    key("cda", "max_document_bytes", number(1024, GIB), set("20971520"), "largest CDA that is judged; in profile dmp a larger one is refused. The limit of the national service is not published"),
    key("cda", "most_findings", number(1, 1_000_000), set("1000"), "findings in one report; more are counted"),
    key("cda", "severities", Texts, set("[]"), "what breaking a rule means here, each as RULE=error, RULE=warning or RULE=off; a family as SM*=warning; the longest that fits decides"),
    key("cda", "schemas", PathName, absent(r#""schemas/cda""#), "directory of XML schemas that stand in for those built in"),
    key("cda", "value_sets", PathName, absent(r#""value-sets""#), "directory of value sets that stand beside or instead of those built in"),
    key("cda", "rules", PathName, absent(r#""cda-rules""#), "directory of rule files for content models (volets), beside or instead of those built in"),

    key("signature", "policy", Choice(&["report", "enforce", "off"]), set(r#""report""#), "report: what is wrong with a signature is a warning of the answer; enforce: it refuses the deposit; off: signatures are not looked at"),
    key("signature", "unsigned", Choice(&["refuse", "accept"]), set(r#""refuse""#), "a submission without signature, under policy enforce; under report it is taken without a word"),
    key("signature", "allow_sha1", Flag, set("false"), "take signatures and digests with SHA-1, as clients of 2020 send them"),
    key("signature", "key_usage", SIGNERS, set(r#""signature""#), "which certificates may sign"),

    key("soap", "fault_status", Choice(&["500", "by_code"]), set(r#""500""#), "HTTP status of faults: always 500, or 400 for the caller's mistakes and 500 for ours"),
    key("soap", "on_demand_answer", Choice(&["framework", "toolkit"]), set(r#""framework""#), "wsa:Action of the answer of ITI-61: framework: …RegisterOnDemandDocumentEntryResponse; toolkit: …RegisterOnDemandDocumentResponse, for tests of the NIST toolkit"),

    key("asynchronous", "reply_to", Texts, set("[]"), "scheme, host and port of each receiver that answers may be sent to, such as https://consumer.example:9443; none: an answer stays on the connection of its request"),
    key("asynchronous", "trust", PathName, set(r#""pki/trust.pem""#), "PEM, the authorities whose certificates receivers may have; SIGHUP reads it again"),
    key("asynchronous", "certificate", PathName, absent(r#""pki/organisations/hopital/auth.pem""#), "PEM, what is shown to receivers who ask, then its chain; tls.certificate when absent"),
    key("asynchronous", "private_key", PathName, absent(r#""pki/organisations/hopital/auth.key""#), "PEM, the key of that certificate; tls.private_key when absent"),
    key("asynchronous", "waiting", number(1, 100_000), set("256"), "requests whose answer is still to be delivered, at one time; more get a fault"),
    key("asynchronous", "attempts", number(1, 100), set("6"), "connections that are tried for one answer"),
    key("asynchronous", "retry_seconds", number(1, 60), set("2"), "time before the second attempt; it doubles with each, up to a minute"),
    key("asynchronous", "stall_seconds", number(1, 3600), set("30"), "a receiver must take something, or answer, within each such time"),
    key("asynchronous", "spool", PathName, set(r#""var/spool""#), "directory for large answers that wait; its files have no names and vanish with the process"),

    key("limits", "message_bytes", number(1024, 64 * GIB), set("268435456"), "one request, all parts together"),
    key("limits", "root_bytes", number(1024, GIB), set("8388608"), "its envelope"),
    key("limits", "parts", number(1, 100_000), set("1000"), "parts of a multipart request"),
    key("limits", "part_header_bytes", number(256, 1 << 20), set("16384"), "header lines of one part"),
    key("limits", "xml_depth", number(16, 4096), set("256"), "elements open at one point"),
    key("limits", "xml_attributes", number(8, 65_536), set("256"), "attributes of one element"),
    key("limits", "xml_tag_bytes", number(1024, GIB), set("65536"), "one tag"),
    key("limits", "xml_namespaces", number(16, 4096), set("128"), "namespace declarations in scope"),
    key("limits", "xml_text_bytes", number(1024, GIB), set("8388608"), "one run of text"),
    key("limits", "xml_nodes", number(1000, 100_000_000), set("400000"), "nodes of one envelope"),
    key("limits", "headers_seconds", number(1, 3600), set("10"), "time for the TLS handshake, and again for the header of a request"),
    key("limits", "body_stall_seconds", number(1, 3600), set("60"), "a body must make progress over each such time"),
    key("limits", "body_minimum_bytes_per_second", number(1, 1 << 30), set("1024"), "that progress"),
    key("limits", "keep_alive_seconds", number(1, 3600), set("30"), "an idle connection is closed after it"),
    key("limits", "connections", number(1, 1_000_000), set("1024"), "open at one time; more wait"),

    key("log", "format", Choice(&["text", "json"]), set(r#""text""#), "json: one object a line"),
    key("log", "level", Text, set(r#""info""#), "error, warn, info, debug or trace; or directives such as info,dmp_gateway::storage=debug"),
];

/// The row of a key.
pub fn find(section: &str, name: &str) -> Option<&'static Key> {
    TABLE.iter().find(|key| key.section == section && key.name == name)
}

/// The known key that somebody who wrote `section.name` most likely meant.
pub fn nearest(section: &str, name: &str) -> String {
    let written = format!("{section}.{name}");
    TABLE.iter().map(Key::path).min_by_key(|path| distance(&written, path)).unwrap_or_default()
}

/// The known section that somebody who wrote `section` most likely meant.
pub fn nearest_section(section: &str) -> &'static str {
    SECTIONS.iter().map(|(name, _)| *name).min_by_key(|name| distance(section, name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{SECTIONS, TABLE, Unset, nearest};
    use crate::config::value;

    #[test]
    fn every_key_stands_once_in_a_known_section_and_its_default_is_of_its_kind() {
        for (at, key) in TABLE.iter().enumerate() {
            assert!(SECTIONS.iter().any(|(name, _)| *name == key.section), "{}", key.path());
            assert!(TABLE.iter().skip(at + 1).all(|other| other.path() != key.path()), "{} twice", key.path());
            assert!(!key.meaning.is_empty() && !key.meaning.ends_with('.'), "{}", key.path());
            let (Unset::Default(text) | Unset::Absent(text)) = key.unset;
            let value = value::of_toml(text);
            assert_eq!(value::fault(key.kind, &value), None, "{}", key.path());
        }
    }

    #[test]
    fn the_nearest_key_is_found_by_letters() {
        assert_eq!(nearest("server", "listn"), "server.listen");
        assert_eq!(nearest("tls", "client_crl"), "tls.client_crls");
        assert_eq!(nearest("sever", "base_path"), "server.base_path");
    }
}
