//! The client side of the demonstration: one mutual TLS connection, one exchange at a time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use openssl::ssl::{SslConnector, SslFiletype, SslMethod, SslStream};

/// Why an exchange did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    /// The connection, or the files of the card.
    #[error("{what}: {source}")]
    Connection {
        /// What was tried.
        what: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An answer that is not HTTP, or cut.
    #[error("the answer is not HTTP/1.1 with a known length")]
    NotHttp,
}

/// An HTTP answer.
pub(super) struct Answer {
    /// The status code.
    pub(super) status: u16,
    /// `Content-Type`.
    pub(super) content_type: String,
    /// The body.
    pub(super) body: Vec<u8>,
}

/// A connection that presents a card.
pub(super) struct Client {
    stream: BufReader<SslStream<TcpStream>>,
    host: String,
}

impl Client {
    /// Connects with the authentication certificate of a card; `pki` is a directory made by `pki init`.
    pub(super) fn connect(address: SocketAddr, pki: &Path, card: &Path) -> Result<Self, ClientError> {
        let tls =
            |source: openssl::error::ErrorStack| ClientError::Connection { what: "TLS set-up", source: source.into() };
        let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(tls)?;
        builder.set_ca_file(pki.join("trust.pem")).map_err(tls)?;
        builder.set_certificate_chain_file(card.join("auth.pem")).map_err(tls)?;
        builder.set_private_key_file(card.join("auth.key"), SslFiletype::PEM).map_err(tls)?;
        let failed = |source: std::io::Error| ClientError::Connection { what: "connection", source: source.into() };
        let tcp = TcpStream::connect(address).map_err(failed)?;
        tcp.set_nodelay(true).map_err(failed)?;
        tcp.set_read_timeout(Some(Duration::from_secs(30))).map_err(failed)?;
        let stream = builder
            .build()
            .connect("localhost", tcp)
            .map_err(|source| ClientError::Connection { what: "TLS handshake", source: source.to_string().into() })?;
        Ok(Self { stream: BufReader::new(stream), host: format!("localhost:{}", address.port()) })
    }

    /// Sends one request and reads the whole answer.
    pub(super) fn post(&mut self, path: &str, content_type: &str, body: &[u8]) -> Result<Answer, ClientError> {
        let broken = |source: std::io::Error| ClientError::Connection { what: "exchange", source: source.into() };
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).map_err(broken)?;
        let status = self.line()?.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(ClientError::NotHttp)?;
        let (mut content_type, mut length, mut chunked) = (String::new(), None, false);
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-type" => value.trim().clone_into(&mut content_type),
                "content-length" => length = value.trim().parse::<usize>().ok(),
                "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
                _ => {}
            }
        }
        let body = match (length, chunked) {
            (Some(length), false) => self.exactly(length)?,
            (None, true) => self.chunks()?,
            _ => return Err(ClientError::NotHttp),
        };
        Ok(Answer { status, content_type, body })
    }

    fn line(&mut self) -> Result<String, ClientError> {
        let mut line = String::new();
        self.stream.read_line(&mut line).map_err(|_| ClientError::NotHttp)?;
        Ok(line.trim_end().to_owned())
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, ClientError> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).map_err(|_| ClientError::NotHttp)?;
        Ok(body)
    }

    fn chunks(&mut self) -> Result<Vec<u8>, ClientError> {
        let mut body = Vec::new();
        loop {
            let size = usize::from_str_radix(&self.line()?, 16).map_err(|_| ClientError::NotHttp)?;
            body.extend(self.exactly(size)?);
            self.line()?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
}
