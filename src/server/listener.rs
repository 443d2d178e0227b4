//! Sockets and TLS: 1.2 and 1.3, the client's certificate demanded and verified in the handshake.
//!
//! The credentials in force are one value that is swapped whole on reload. A new connection gets the new ones; an
//! open or resumed one is looked at again on each request (see `connection`), because OpenSSL does not.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, Guard};
use chrono::{DateTime, Utc};
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::SslFiletype;
use openssl::ssl::{
    AlpnError, ClientHelloResponse, SslAcceptor, SslAcceptorBuilder, SslContext, SslContextBuilder, SslMethod,
    SslOptions, SslVerifyMode, select_next_proto,
};
use openssl::stack::Stack;
use openssl::x509::store::{X509Lookup, X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use openssl::x509::{X509, X509StoreContextRef, X509VerifyResult};

use crate::security::pki::certificate::{Certificate, Validity};
use crate::security::pki::chain::{TrustError, TrustStore};
use crate::security::pki::revocation::{MissingList, RevocationPolicy};
use crate::security::tls::PeerIdentity;
use crate::server::{Clients, KeyPair, ServerError, Tls, now};
use crate::telemetry::log_field;

/// The suites announced to DMP clients, the CBC one last: only old clients choose it.
const SUITES: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
    ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
    ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-SHA384";

/// The suites of TLS 1.3, in the order of the list above.
const SUITES_13: &str = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

/// HTTP/1.1 only: no DMP client speaks HTTP/2, and every limit on slow callers is proven for 1.1.
const PROTOCOLS: &[u8] = b"\x08http/1.1";

/// OpenSSL resumes a session with a client certificate only within a named context.
const SESSION_CONTEXT: &[u8] = b"dmp-gateway";

/// Why a file of the TLS side cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// It cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// It holds no PEM certificate.
    #[error("{} holds no PEM certificate", .0.display())]
    NotACertificate(PathBuf),
    /// It holds no PEM key, or one with a password.
    #[error("{} holds no PEM private key without password", .0.display())]
    NotAKey(PathBuf),
    /// The key is another certificate's.
    #[error("the private key {} is not that of the certificate {}", key.display(), certificate.display())]
    NotAPair {
        /// The key.
        key: PathBuf,
        /// The certificate.
        certificate: PathBuf,
    },
    /// The trusted authorities or a revocation list.
    #[error("{}: {cause}", path.display())]
    Trust {
        /// The authorities.
        path: PathBuf,
        /// What is wrong with them or their lists.
        cause: TrustError,
    },
    /// OpenSSL refuses what was read.
    #[error("OpenSSL refuses the TLS settings: {0}")]
    OpenSsl(#[from] ErrorStack),
}

/// Takes a socket; the address says the real port when 0 was asked for.
pub(super) fn take(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServerError> {
    let listen = |cause| ServerError::Listen { address, cause };
    let listener = TcpListener::bind(address).map_err(listen)?;
    let real = listener.local_addr().map_err(listen)?;
    Ok((listener, real))
}

/// What was read at one moment from the files of the TLS side.
pub(super) struct Credentials {
    /// Counts reloads: a peer verified under an older count is verified anew.
    pub(super) generation: u64,
    /// Whom to believe; none when no client certificate is asked for.
    pub(super) trust: Option<Arc<TrustStore>>,
    /// Of the server's certificate.
    pub(super) validity: Validity,
    context: SslContext,
}

/// The credentials in force.
pub(super) struct Live {
    tls: Tls,
    current: ArcSwap<Credentials>,
    generation: AtomicU64,
}

impl Live {
    /// Reads everything; nothing when TLS is off.
    pub(super) fn read(tls: &Tls, at: DateTime<Utc>) -> Result<Option<Self>, CredentialsError> {
        let Some(credentials) = Credentials::read(tls, 0)? else { return Ok(None) };
        let live =
            Self { tls: tls.clone(), current: ArcSwap::from_pointee(credentials), generation: AtomicU64::new(0) };
        tracing::debug!(expires = %live.current().validity.not_after, at = %at, "TLS credentials read");
        Ok(Some(live))
    }

    /// The credentials in force at this moment.
    pub(super) fn current(&self) -> Guard<Arc<Credentials>> {
        self.current.load()
    }

    /// Reads everything again; what was in force stays when something cannot be used.
    pub(super) fn reload(&self) -> Result<(), CredentialsError> {
        let generation = self.generation.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(credentials) = Credentials::read(&self.tls, generation)? {
            self.current.store(Arc::new(credentials));
        }
        Ok(())
    }

    /// What the listener works with: each handshake takes the context in force when its first message comes.
    pub(super) fn acceptor(self: &Arc<Self>) -> Result<SslAcceptorBuilder, CredentialsError> {
        let trust = self.current().trust.clone();
        let mut acceptor = context(&self.tls, trust)?;
        let live = Arc::clone(self);
        acceptor.set_client_hello_callback(move |ssl, _| {
            ssl.set_ssl_context(&live.current().context)?;
            Ok(ClientHelloResponse::SUCCESS)
        });
        Ok(acceptor)
    }
}

impl Credentials {
    fn read(tls: &Tls, generation: u64) -> Result<Option<Self>, CredentialsError> {
        let (pair, trust) = match tls {
            Tls::Off => return Ok(None),
            Tls::Server(pair) => (pair, None),
            Tls::Mutual(pair, clients) => (pair, Some(Arc::new(read_trust(clients)?))),
        };
        let leaf = Certificate::from_pem(&read(&pair.certificate)?)
            .map_err(|_| CredentialsError::NotACertificate(pair.certificate.clone()))?;
        let context = context(tls, trust.clone())?.build().into_context();
        Ok(Some(Self { generation, trust, validity: leaf.validity(), context }))
    }
}

/// Reads everything as a start would, and says between which instants the server's certificate is valid.
///
/// # Errors
/// The first file that cannot be used.
pub fn validity(tls: &Tls) -> Result<Option<Validity>, CredentialsError> {
    Ok(Credentials::read(tls, 0)?.map(|credentials| credentials.validity))
}

/// Reads the authorities and their lists. Without any list, revocation is not looked at: the configuration check warns.
pub fn read_trust(clients: &Clients) -> Result<TrustStore, CredentialsError> {
    let lists: Vec<Vec<u8>> = clients.revocation_lists.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    let trust = TrustStore::from_pem(&read(&clients.trust)?, &lists)
        .map_err(|cause| CredentialsError::Trust { path: clients.trust.clone(), cause })?;
    if lists.is_empty() {
        return Ok(trust.with_policy(RevocationPolicy { missing: MissingList::Accept, ..RevocationPolicy::default() }));
    }
    Ok(trust)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, CredentialsError> {
    std::fs::read(path).map_err(|cause| CredentialsError::Unreadable { path: path.to_owned(), cause })
}

/// One function for the listener's own context and for each that replaces it: OpenSSL finds the verify callback of
/// the replacing one by its Rust type, and resumes sessions only if both name the same session context.
fn context(tls: &Tls, trust: Option<Arc<TrustStore>>) -> Result<SslAcceptorBuilder, CredentialsError> {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    builder.set_cipher_list(SUITES)?;
    builder.set_ciphersuites(SUITES_13)?;
    // One read of the socket for a record instead of two: its header, then the rest.
    builder.set_read_ahead(true);
    builder.set_options(SslOptions::NO_RENEGOTIATION | SslOptions::CIPHER_SERVER_PREFERENCE);
    builder.set_session_id_context(SESSION_CONTEXT)?;
    builder.set_alpn_select_callback(|_, offered| select_next_proto(PROTOCOLS, offered).ok_or(AlpnError::NOACK));
    match tls {
        Tls::Off => {}
        Tls::Server(pair) => present(&mut builder, pair)?,
        Tls::Mutual(pair, clients) => {
            present(&mut builder, pair)?;
            demand(&mut builder, clients, trust)?;
        }
    }
    Ok(builder)
}

/// The server's own certificate, chain and key.
pub(super) fn present(builder: &mut SslContextBuilder, pair: &KeyPair) -> Result<(), CredentialsError> {
    let not_a_certificate = || CredentialsError::NotACertificate(pair.certificate.clone());
    let chain = X509::stack_from_pem(&read(&pair.certificate)?).map_err(|_| not_a_certificate())?;
    let mut chain = chain.into_iter();
    let leaf = chain.next().ok_or_else(not_a_certificate)?;
    builder.set_certificate(&leaf)?;
    for issuer in chain {
        builder.add_extra_chain_cert(issuer)?;
    }
    // The callback answers "no password", so that OpenSSL never asks the terminal for one.
    let key = PKey::private_key_from_pem_callback(&read(&pair.private_key)?, |_| Ok(0))
        .map_err(|_| CredentialsError::NotAKey(pair.private_key.clone()))?;
    let matches = builder.set_private_key(&key).and_then(|()| builder.check_private_key());
    matches.map_err(|_| CredentialsError::NotAPair {
        key: pair.private_key.clone(),
        certificate: pair.certificate.clone(),
    })
}

/// OpenSSL verifies chain, dates and revocation, so that the alert says which failed; our own rule then decides.
fn demand(
    builder: &mut SslAcceptorBuilder,
    clients: &Clients,
    trust: Option<Arc<TrustStore>>,
) -> Result<(), CredentialsError> {
    let authorities = X509::stack_from_pem(&read(&clients.trust)?)
        .map_err(|_| CredentialsError::NotACertificate(clients.trust.clone()))?;
    let mut names = Stack::new()?;
    for authority in &authorities {
        names.push(authority.subject_name().to_owned()?)?;
    }
    builder.set_client_ca_list(names);
    builder.set_verify_cert_store(store(authorities, &clients.revocation_lists)?)?;
    builder.set_verify_callback(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT, move |good, context| {
        let taken = if good { take_peer(context, trust.as_deref()) } else { Err(chain_fault(context)) };
        match taken {
            Ok(()) => true,
            Err(cause) => {
                tracing::info!({ log_field::CAUSE } = cause, "client certificate refused in the handshake");
                false
            }
        }
    });
    Ok(())
}

fn store(authorities: Vec<X509>, lists: &[PathBuf]) -> Result<X509Store, CredentialsError> {
    let mut store = X509StoreBuilder::new()?;
    for authority in authorities {
        store.add_cert(authority)?;
    }
    for path in lists {
        let pem = read(path)?.trim_ascii_start().starts_with(b"-----");
        let form = if pem { SslFiletype::PEM } else { SslFiletype::ASN1 };
        store.add_lookup(X509Lookup::file())?.load_crl_file(path, form)?;
    }
    if !lists.is_empty() {
        // Of the holder's certificate only: authorities above publish their lists rarely or nowhere.
        store.set_flags(X509VerifyFlags::CRL_CHECK)?;
    }
    Ok(store.build())
}

/// The holder's certificate, once OpenSSL has found its chain good.
fn take_peer(context: &mut X509StoreContextRef, trust: Option<&TrustStore>) -> Result<(), String> {
    if context.error_depth() > 0 {
        return Ok(());
    }
    let verdict = match (context.current_cert(), trust) {
        (Some(presented), Some(trust)) => {
            Certificate::new(presented.to_owned()).map_err(|cause| cause.to_string()).and_then(|certificate| {
                PeerIdentity::establish(&certificate, trust, now()).map(drop).map_err(|cause| cause.to_string())
            })
        }
        (None, _) | (_, None) => Err("no certificate to look at".to_owned()),
    };
    if verdict.is_err() {
        context.set_error(X509VerifyResult::APPLICATION_VERIFICATION);
    }
    verdict
}

/// The subject is not told: on a card it names a person.
fn chain_fault(context: &X509StoreContextRef) -> String {
    format!("{} (depth {})", context.error().error_string(), context.error_depth())
}
