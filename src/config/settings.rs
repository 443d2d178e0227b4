//! Each module's own settings, built from the configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;

use crate::config::Config;
use crate::config::file::{self, LogFormat, MllpMode, Policy, Signers, TlsMode};
use crate::endpoint;
use crate::endpoint::destination::Target;
use crate::mllp;
use crate::security::pki::chain::KeyUsageRule;
use crate::security::vihf::{self, KeyUsageRules, UnknownCodes, UnsignedDirect};
use crate::server;
use crate::server::{delivery, log};
use crate::soap::mtom::package;
use crate::storage;
use crate::transaction::{self, Feeding, Removing};
use crate::xds::error::Profile;
use crate::xds::validation::code::CodesInForce;
use crate::xds::validation::{RegisterSettings, UnknownPatients};
use crate::xml::limits;

impl Config {
    /// The listening process.
    pub fn server(&self) -> server::Settings {
        let (server, limits) = (&self.file().server, &self.file().limits);
        server::Settings {
            listen: server.listen,
            admin_listen: server.admin_listen,
            workers: server.workers,
            blocking_threads: server.blocking_threads,
            shutdown: Duration::from_secs(server.shutdown_seconds),
            tls: self.tls(),
            limits: server::Limits {
                headers: Duration::from_secs(limits.headers_seconds),
                body_stall: Duration::from_secs(limits.body_stall_seconds),
                body_minimum_rate: limits.body_minimum_bytes_per_second,
                keep_alive: Duration::from_secs(limits.keep_alive_seconds),
                connections: limits.connections,
                message_bytes: limits.message_bytes,
            },
            answers: self.answers(),
        }
    }

    fn answers(&self) -> delivery::Settings {
        let (answers, tls) = (&self.file().asynchronous, &self.file().tls);
        let own = (tls.mode != TlsMode::Off).then_some((&tls.certificate, &tls.private_key));
        let pair = answers.certificate.as_ref().zip(answers.private_key.as_ref()).or(own);
        delivery::Settings {
            // What is no target does not load.
            allowed: answers.reply_to.iter().filter_map(|address| Target::parse(address).ok()).collect(),
            trust: answers.trust.clone(),
            pair: pair.map(|(certificate, private_key)| server::KeyPair {
                certificate: certificate.clone(),
                private_key: private_key.clone(),
            }),
            room: answers.waiting,
            attempts: answers.attempts,
            retry: Duration::from_secs(answers.retry_seconds),
            stall: Duration::from_secs(answers.stall_seconds),
            spool: answers.spool.clone(),
        }
    }

    fn tls(&self) -> server::Tls {
        match self.file().tls.mode {
            TlsMode::Off => server::Tls::Off,
            TlsMode::Server => server::Tls::Server(self.pair()),
            TlsMode::Mutual => self.mutual(),
        }
    }

    fn mutual(&self) -> server::Tls {
        let tls = &self.file().tls;
        let clients = server::Clients { trust: tls.client_trust.clone(), revocation_lists: tls.client_crls.clone() };
        server::Tls::Mutual(self.pair(), clients)
    }

    fn pair(&self) -> server::KeyPair {
        let tls = &self.file().tls;
        server::KeyPair { certificate: tls.certificate.clone(), private_key: tls.private_key.clone() }
    }

    /// The patient identity feed, when it is served: its listener, and what a sender may send.
    pub fn feed(&self) -> Option<(server::feed::Settings, mllp::Limits)> {
        let (mllp, limits) = (&self.file().mllp, &self.file().limits);
        let settings = server::feed::Settings {
            listen: mllp.listen?,
            tls: match mllp.mode {
                MllpMode::Plain => server::Tls::Off,
                MllpMode::Mutual => self.mutual(),
            },
            handshake: Duration::from_secs(limits.headers_seconds),
        };
        let limits = mllp::Limits {
            connections: mllp.connections,
            message_bytes: mllp.message_bytes,
            message: Duration::from_secs(mllp.message_seconds),
            idle: Duration::from_secs(mllp.idle_seconds),
        };
        Some((settings, limits))
    }

    /// Whose signature certificates are taken.
    pub fn vihf_authorities(&self) -> server::Clients {
        let vihf = &self.file().vihf;
        server::Clients { trust: vihf.trust.clone(), revocation_lists: vihf.crls.clone() }
    }

    /// How assertions are judged.
    pub fn vihf(&self) -> vihf::Settings {
        let vihf = &self.file().vihf;
        let seconds = |seconds: u32| TimeDelta::seconds(seconds.into());
        vihf::Settings {
            required: vihf.required,
            clock_skew: seconds(vihf.clock_skew_seconds),
            issue_max_age: seconds(vihf.issue_max_age_seconds),
            authn_max_age: seconds(vihf.authn_max_age_seconds),
            allow_sha1: vihf.allow_sha1,
            unknown_codes: match vihf.unknown_codes {
                Policy::Refuse => UnknownCodes::Refuse,
                Policy::Accept => UnknownCodes::Accept,
            },
            unsigned_direct: match vihf.unsigned_direct {
                Policy::Refuse => UnsignedDirect::Refuse,
                Policy::Accept => UnsignedDirect::Accept,
            },
            accepted_versions: vihf.accepted_versions.clone(),
            key_usage: KeyUsageRules {
                direct: key_usage(vihf.direct_key_usage),
                indirect: key_usage(vihf.indirect_key_usage),
                air: key_usage(vihf.air_key_usage),
            },
            patient_authorities: self.file().domain.assigning_authorities.clone(),
            linked_structures: linked(&vihf.linked_structures),
        }
    }

    /// Whose rules apply.
    pub fn profile(&self) -> Profile {
        match self.file().domain.profile {
            file::Profile::Dmp => Profile::Dmp,
            file::Profile::Ihe => Profile::Ihe,
        }
    }

    /// What transactions do. The code lists are read apart, by [`Config::codes`], and what judges documents by
    /// [`Config::judging`].
    pub fn transaction(&self) -> transaction::Settings {
        let file = self.file();
        transaction::Settings {
            register: RegisterSettings {
                profile: self.profile(),
                unknown_patients: match file.domain.unknown_patients {
                    Policy::Refuse => UnknownPatients::Refuse,
                    Policy::Accept => UnknownPatients::Accept,
                },
                assigning_authorities: file.domain.assigning_authorities.clone(),
                codes: CodesInForce::default(),
            },
            removing: self.removing(),
            feeding: if callers_are_proven(file) { Feeding::Admitted } else { Feeding::Refused },
            repository_unique_id: file.repository.unique_id.clone(),
            other_repository_unique_ids: file.repository.other_unique_ids.clone(),
            max_document_bytes: file.repository.max_document_bytes,
            max_documents: file.domain.documents_per_submission,
            max_results: Some(file.domain.query_results),
            judging: None,
            signing: None,
        }
    }

    /// Health data is removed only by a caller who is proven, and never in profile `dmp`: its documents are deleted
    /// by status.
    fn removing(&self) -> Removing {
        let file = self.file();
        let proven = callers_are_proven(file);
        match (self.profile(), file.domain.removal) {
            (Profile::Ihe, file::Removal::Proven) if proven => Removing::Admitted,
            (Profile::Ihe, file::Removal::Proven | file::Removal::Refuse) | (Profile::Dmp, _) => Removing::Refused,
        }
    }

    /// The SOAP face.
    pub fn endpoint(&self) -> endpoint::Settings {
        let file = self.file();
        endpoint::Settings {
            profile: self.profile(),
            base_path: file.server.base_path.clone(),
            public_url: file.server.public_url.clone(),
            fault_status: match file.soap.fault_status {
                file::FaultStatus::Always500 => endpoint::FaultStatus::Always500,
                file::FaultStatus::ByCode => endpoint::FaultStatus::ByCode,
            },
            on_demand_answer: match file.soap.on_demand_answer {
                file::OnDemandAnswer::Framework => endpoint::OnDemandAnswer::Framework,
                file::OnDemandAnswer::Toolkit => endpoint::OnDemandAnswer::Toolkit,
            },
            package: self.package_limits(),
            xml: self.xml_limits(),
        }
    }

    /// What is logged, and how.
    pub fn log(&self) -> log::Settings {
        let format = match self.file().log.format {
            LogFormat::Text => log::Format::Text,
            LogFormat::Json => log::Format::Json,
        };
        log::Settings { format, level: self.file().log.level.clone() }
    }

    /// The registry and the documents.
    pub fn storage(&self) -> storage::Settings {
        let file = self.file();
        storage::Settings {
            registry_url: file.registry.url.clone(),
            repository_url: file.repository.url.clone(),
            connections: file.registry.connections,
        }
    }

    /// The directories that must have room: that of the database and that of the documents.
    pub fn data_directories(&self) -> Vec<PathBuf> {
        let database = self.registry_file().and_then(Path::parent);
        database.into_iter().chain(self.repository_directory()).map(Path::to_owned).collect()
    }

    /// The database, when it is a file.
    pub(super) fn registry_file(&self) -> Option<&Path> {
        self.file().registry.url.strip_prefix("sqlite://").map(Path::new)
    }

    /// The documents, when they are on a disk.
    pub(super) fn repository_directory(&self) -> Option<&Path> {
        self.file().repository.url.strip_prefix("file://").map(Path::new)
    }

    /// Bounds of a multipart request.
    pub fn package_limits(&self) -> package::Limits {
        let limits = &self.file().limits;
        package::Limits {
            message_bytes: limits.message_bytes,
            root_bytes: limits.root_bytes as u64,
            parts: limits.parts,
            header_bytes: limits.part_header_bytes,
        }
    }

    /// Bounds of one XML text.
    pub fn xml_limits(&self) -> limits::Limits {
        let limits = &self.file().limits;
        limits::Limits {
            bytes: limits.root_bytes,
            depth: limits.xml_depth,
            attributes: limits.xml_attributes,
            tag_bytes: limits.xml_tag_bytes,
            namespaces: limits.xml_namespaces,
            text_bytes: limits.xml_text_bytes,
            nodes: limits.xml_nodes,
        }
    }
}

/// Whether whoever calls was proven by a certificate or an assertion, or sits on this machine.
pub(super) fn callers_are_proven(file: &file::File) -> bool {
    file.vihf.required || file.tls.mode == TlsMode::Mutual || file.server.listen.ip().is_loopback()
}

pub(super) fn key_usage(signers: Signers) -> KeyUsageRule {
    match signers {
        Signers::Signature => KeyUsageRule::SignatureOnly,
        Signers::SignatureOrAuthentication => KeyUsageRule::SignatureOrAuthentication,
    }
}

/// `CERTIFICATE=STRUCTURE`, several for one certificate.
fn linked(links: &[String]) -> BTreeMap<String, BTreeSet<String>> {
    let mut linked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (certificate, structure) in links.iter().filter_map(|link| link.split_once('=')) {
        linked.entry(certificate.trim().to_owned()).or_default().insert(structure.trim().to_owned());
    }
    linked
}
