//! `config check`: values that contradict each other, then everything the configuration names.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use openssl::asn1::Asn1Time;
use openssl::x509::X509Crl;
use rustix::fs::Access;

use crate::config::Config;
use crate::config::cda::severities;
use crate::config::file::{File, MllpMode, Policy, Profile, Removal, SignaturePolicy, TlsMode};
use crate::config::finding::Finding;
use crate::config::settings::callers_are_proven;
use crate::endpoint::destination::Target;
use crate::server::{self, delivery, listener, log};
use crate::storage::{StorageError, Store};

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
    for link in &file.vihf.linked_structures {
        if link.split_once('=').is_none_or(|(certificate, structure)| certificate.is_empty() || structure.is_empty()) {
            refuse("vihf.linked_structures", format!("expected CERTIFICATE=STRUCTURE, found {link}"));
        }
    }
    if let Some(listen) = file.mllp.listen
        && file.mllp.mode == MllpMode::Plain
        && !listen.ip().is_loopback()
        && !file.mllp.plain_beyond_loopback
    {
        // Whoever reaches a plain feed may merge patients.
        refuse(
            "mllp.mode",
            format!(
                "plain is refused while mllp.listen = {listen} is not a loopback address: \
                 use mutual, or set mllp.plain_beyond_loopback where something else protects the network"
            ),
        );
    }
    findings.extend(severities(&file.cda.severities).err().into_iter().flatten());
    let mut refuse = |place: &str, text: String| findings.push(Finding::error(place, text));
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
    if file.asynchronous.certificate.is_some() != file.asynchronous.private_key.is_some() {
        refuse("asynchronous.certificate", "needs asynchronous.private_key, and the other way round".to_owned());
    }
    for address in &file.asynchronous.reply_to {
        if let Err(cause) = Target::parse(address) {
            refuse("asynchronous.reply_to", format!("{cause}, found {address}"));
        }
    }
    if let Err(cause) = log::check(&file.log.level) {
        refuse("log.level", cause.to_string());
    }
    findings
}

/// Reads every file and store the configuration names, and changes nothing.
pub fn everything_named(config: &Config, now: DateTime<Utc>) -> Vec<Finding> {
    let mut findings = advice(config.file());
    certificates(config, now, &mut findings);
    for (place, lists) in [("tls.client_crls", tls_lists(config.file())), ("vihf.crls", vihf_lists(config.file()))] {
        findings.extend(lists.iter().filter_map(|path| revocation_list(place, path, now)));
    }
    if let Err(cause) = delivery::check(&config.server().answers) {
        findings.push(Finding::error("asynchronous.trust", cause.to_string()));
    }
    findings.extend(config.cda().err().into_iter().flatten());
    findings.extend(config.codes().map_or_else(|faults| faults, |(_, warnings)| warnings));
    stores(config, &mut findings);
    findings
}

/// Settings that work and are seldom meant.
fn advice(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut advise = |place: &str, text: String| findings.push(Finding::warning(place, text));
    if !file.server.admin_listen.ip().is_loopback() {
        let address = file.server.admin_listen;
        advise(
            "server.admin_listen",
            format!("{address} is not a loopback address: whoever reaches it reads /metrics"),
        );
    }
    if file.tls.mode == TlsMode::Mutual && file.tls.client_crls.is_empty() {
        advise("tls.client_crls", "no revocation list: revoked certificates are taken".to_owned());
    }
    if file.vihf.required && file.vihf.crls.is_empty() {
        advise("vihf.crls", "no revocation list: signatures of revoked certificates are taken".to_owned());
    }
    if let Some(listen) = file.mllp.listen
        && file.mllp.plain_beyond_loopback
        && file.mllp.mode == MllpMode::Plain
        && !listen.ip().is_loopback()
    {
        advise("mllp.plain_beyond_loopback", format!("whoever reaches {listen} may announce and merge patients"));
    }
    if file.domain.profile == Profile::Ihe && file.domain.removal == Removal::Proven && !callers_are_proven(file) {
        advise(
            "domain.removal",
            "nobody is proven here, so nothing is removed: ITI-62 and ITI-86 are refused".to_owned(),
        );
    }
    if file.domain.profile == Profile::Ihe && !callers_are_proven(file) {
        advise(
            "server.listen",
            "nobody is proven here, so nobody may announce or merge patients: ITI-44 is refused".to_owned(),
        );
    }
    for (place, allowed) in
        [("vihf.allow_sha1", file.vihf.allow_sha1), ("signature.allow_sha1", file.signature.allow_sha1)]
    {
        if allowed {
            advise(place, "SHA-1 no longer proves who signed".to_owned());
        }
    }
    if file.signature.policy == SignaturePolicy::Enforce && file.signature.unsigned == Policy::Accept {
        advise("signature.unsigned", "accept: whoever leaves the signature out is taken".to_owned());
    }
    for address in file.asynchronous.reply_to.iter().filter(|address| address.starts_with("http://")) {
        advise("asynchronous.reply_to", format!("answers to {address} go in clear"));
    }
    if file.repository.max_document_bytes > file.limits.message_bytes {
        advise(
            "repository.max_document_bytes",
            "larger than limits.message_bytes: no such document can arrive".to_owned(),
        );
    }
    findings
}

fn tls_lists(file: &File) -> &[PathBuf] {
    if file.tls.mode == TlsMode::Mutual { &file.tls.client_crls } else { &[] }
}

fn vihf_lists(file: &File) -> &[PathBuf] {
    if file.vihf.required { &file.vihf.crls } else { &[] }
}

/// The server's pair and the authorities, read by the code that will use them.
fn certificates(config: &Config, now: DateTime<Utc>, findings: &mut Vec<Finding>) {
    let served = config.server().tls;
    // The feed has the same pair and authorities, also where the services have none.
    let tls = match (served, config.feed()) {
        (server::Tls::Off, Some((feed, _))) => feed.tls,
        (tls, _) => tls,
    };
    match listener::validity(&tls) {
        Err(cause) => findings.push(Finding::error("tls", cause.to_string())),
        Ok(Some(validity)) if validity.not_after < now => {
            findings.push(Finding::error("tls.certificate", format!("expired on {}", validity.not_after)));
        }
        Ok(Some(validity)) if validity.not_after < now + EXPIRY_WARNING => {
            findings.push(Finding::warning("tls.certificate", format!("expires on {}", validity.not_after)));
        }
        Ok(_) => {}
    }
    let file = config.file();
    let key = &file.tls.private_key;
    if file.tls.mode != TlsMode::Off
        && std::fs::metadata(key).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    {
        findings
            .push(Finding::warning("tls.private_key", format!("{} can be read by others: chmod 600", key.display())));
    }
    if file.vihf.required
        && let Err(cause) = listener::read_trust(&config.vihf_authorities())
    {
        findings.push(Finding::error("vihf", cause.to_string()));
    }
}

/// A late list makes every certificate of its authority refused. One that cannot be read is reported with its authorities.
fn revocation_list(place: &str, path: &Path, now: DateTime<Utc>) -> Option<Finding> {
    let bytes = std::fs::read(path).ok()?;
    let list = X509Crl::from_pem(&bytes).or_else(|_| X509Crl::from_der(&bytes)).ok()?;
    let left = Asn1Time::from_unix(now.timestamp()).ok()?.diff(list.next_update()?).ok()?;
    let list = path.display();
    if left.days < 0 || left.secs < 0 {
        return Some(Finding::error(place, format!("{list} is late: every certificate of its authority is refused")));
    }
    (left.days < 1).then(|| Finding::warning(place, format!("{list} must be replaced within a day")))
}

/// A store that exists is opened; for one that does not, the place is looked at.
fn stores(config: &Config, findings: &mut Vec<Finding>) {
    let (registry, repository) = (config.registry_file(), config.repository_directory());
    let both_exist = registry.is_none_or(Path::exists) && repository.is_some_and(Path::exists);
    let asked = if both_exist || repository.is_none() {
        Some(Store::connect(&config.storage()).and_then(|store| store.check()))
    } else if registry.is_none() {
        Some(Store::registry_state(&config.storage()).and_then(|state| state.complete()))
    } else {
        None
    };
    if let Some(asked) = asked {
        match asked {
            Ok(()) => {}
            Err(cause @ StorageError::OlderSchema { .. }) => {
                findings.push(Finding::warning("registry.url", cause.to_string()));
            }
            Err(cause @ StorageError::Blob(_)) => findings.push(Finding::error("repository.url", cause.to_string())),
            Err(cause) => findings.push(Finding::error("registry.url", cause.to_string())),
        }
    }
    if both_exist {
        return;
    }
    let places = [("registry.url", registry.and_then(Path::parent)), ("repository.url", repository)];
    for (place, directory) in places.into_iter().filter_map(|(place, path)| path.map(|path| (place, path))) {
        let standing = directory.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(directory);
        if !standing.is_dir() || rustix::fs::access(standing, Access::WRITE_OK | Access::EXEC_OK).is_err() {
            findings.push(Finding::error(place, format!("cannot make files in {}", standing.display())));
        }
    }
}

/// Before the end of a certificate there must be time to get another.
const EXPIRY_WARNING: TimeDelta = TimeDelta::days(30);
