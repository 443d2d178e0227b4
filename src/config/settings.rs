//! Each module's own settings, built from the configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::Config;
use crate::config::file::{LogFormat, TlsMode};
use crate::server;
use crate::server::log;
use crate::soap::mtom::package;
use crate::storage;
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
        }
    }

    fn tls(&self) -> server::Tls {
        let tls = &self.file().tls;
        let pair = || server::KeyPair { certificate: tls.certificate.clone(), private_key: tls.private_key.clone() };
        let clients = || server::Clients { trust: tls.client_trust.clone(), revocation_lists: tls.client_crls.clone() };
        match tls.mode {
            TlsMode::Off => server::Tls::Off,
            TlsMode::Server => server::Tls::Server(pair()),
            TlsMode::Mutual => server::Tls::Mutual(pair(), clients()),
        }
    }

    /// Whose signature certificates are taken.
    pub fn vihf_authorities(&self) -> server::Clients {
        let vihf = &self.file().vihf;
        server::Clients { trust: vihf.trust.clone(), revocation_lists: vihf.crls.clone() }
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
