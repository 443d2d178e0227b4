//! `config check`: values that contradict each other, then everything the configuration names.

use crate::config::Config;
use crate::config::file::{File, Policy, Profile, TlsMode};
use crate::config::finding::Finding;
use crate::datatype::oid::Oid;

/// Values that are good alone but not together. A configuration with one of these does not load.
pub fn contradictions(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut refuse = |place: &str, text: String| findings.push(Finding::error(place, text));
    if file.tls.mode == TlsMode::Off && !file.server.listen.ip().is_loopback() {
        refuse(
            "tls.mode",
            format!("off is refused while server.listen = {} is not a loopback address", file.server.listen),
        );
    }
    if file.domain.profile == Profile::Dmp && !file.vihf.required {
        refuse("vihf.required", "false is taken only with domain.profile = \"ihe\"".to_owned());
    }
    if file.vihf.unsigned_direct == Policy::Accept && file.tls.mode != TlsMode::Mutual {
        refuse(
            "vihf.unsigned_direct",
            "accept needs tls.mode = \"mutual\": only the TLS certificate proves the person".to_owned(),
        );
    }
    if file.domain.assigning_authorities.is_empty() {
        refuse("domain.assigning_authorities", "at least one patient identifier domain is needed".to_owned());
    }
    for authority in &file.domain.assigning_authorities {
        if Oid::parse(authority).is_err() {
            refuse("domain.assigning_authorities", format!("{authority} is not an OID"));
        }
    }
    if Oid::parse(&file.repository.unique_id).is_err() {
        refuse("repository.unique_id", format!("{} is not an OID", file.repository.unique_id));
    }
    if let Some(home) = &file.domain.home_community_id
        && home.strip_prefix("urn:oid:").is_none_or(|oid| Oid::parse(oid).is_err())
    {
        refuse("domain.home_community_id", format!("expected urn:oid: and an OID, found {home}"));
    }
    let path = &file.server.base_path;
    if !path.starts_with('/') || path.ends_with('/') || path.contains(['?', '#', '{', '}', ' ']) {
        refuse("server.base_path", format!("expected a path such as /si-dmp-server/v2/services, found {path}"));
    }
    let public = &file.server.public_url;
    if !(public.starts_with("https://") || public.starts_with("http://")) || public.ends_with('/') {
        refuse(
            "server.public_url",
            format!("expected a URL without a slash at its end, such as https://localhost:8443, found {public}"),
        );
    }
    if file.vihf.accepted_versions.is_empty() {
        refuse("vihf.accepted_versions", "at least one version is needed".to_owned());
    }
    findings
}

/// Reads every file and store the configuration names.
pub fn everything_named(config: &Config) -> Vec<Finding> {
    let file = config.file();
    let mut findings = Vec::new();
    if !file.server.admin_listen.ip().is_loopback() {
        findings.push(Finding::warning(
            "server.admin_listen",
            format!("{} is not a loopback address: whoever reaches it reads /metrics", file.server.admin_listen),
        ));
    }
    findings
}
