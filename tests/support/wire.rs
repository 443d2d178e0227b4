//! A small blocking HTTP/1.1 client over TLS: it sends what a test says, in the pieces the test says.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use openssl::ssl::{SslConnector, SslFiletype, SslMethod, SslStream, SslVersion};

/// No answer of a healthy gateway takes longer; it keeps a broken test from hanging.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a client connects.
#[derive(Clone)]
pub(crate) struct Client {
    trust: PathBuf,
    pair: Option<(PathBuf, PathBuf)>,
    version: Option<SslVersion>,
    suites: Option<&'static str>,
}

impl Client {
    /// A client that trusts the server of a test PKI and has no certificate.
    pub(crate) fn anonymous(pki: &Path) -> Self {
        Self { trust: pki.join("trust.pem"), pair: None, version: None, suites: None }
    }

    /// A client with the authentication pair of a card of the test PKI.
    pub(crate) fn card(pki: &Path, name: &str) -> Self {
        Self::anonymous(pki).presenting(&pki.join("cards").join(name).join("auth"))
    }

    /// A client with the TLS pair of a structure of the test PKI.
    pub(crate) fn organisation(pki: &Path, name: &str) -> Self {
        Self::anonymous(pki).presenting(&pki.join("organisations").join(name).join("auth"))
    }

    /// The same with the pair `STEM.pem` and `STEM.key`.
    #[must_use]
    pub(crate) fn presenting(self, stem: &Path) -> Self {
        Self { pair: Some((stem.with_extension("pem"), stem.with_extension("key"))), ..self }
    }

    /// The same, speaking only this version.
    #[must_use]
    pub(crate) fn only(self, version: SslVersion) -> Self {
        Self { version: Some(version), ..self }
    }

    /// The same, offering only these suites of TLS 1.2.
    #[must_use]
    pub(crate) fn suites(self, suites: &'static str) -> Self {
        Self { suites: Some(suites), ..self }.only(SslVersion::TLS1_2)
    }

    /// Connects over TLS. In version 1.3 a refused certificate shows only at the first read.
    pub(crate) fn connect(&self, address: SocketAddr) -> Result<Wire, String> {
        let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
        builder.set_ca_file(&self.trust).unwrap();
        if let Some((certificate, key)) = &self.pair {
            builder.set_certificate_file(certificate, SslFiletype::PEM).unwrap();
            builder.set_private_key_file(key, SslFiletype::PEM).unwrap();
        }
        if let Some(version) = self.version {
            // OpenSSL itself would not offer the old versions at its default level.
            builder.set_security_level(0);
            builder.set_min_proto_version(Some(version)).unwrap();
            builder.set_max_proto_version(Some(version)).unwrap();
        }
        if let Some(suites) = self.suites {
            builder.set_cipher_list(suites).unwrap();
        }
        let stream = builder.build().connect("localhost", dial(address)).map_err(|cause| cause.to_string())?;
        Ok(Wire { stream: Stream::Tls(Box::new(stream)), early: Vec::new() })
    }

    /// Sends one GET on a connection of its own and returns the answer, or why there was none.
    pub(crate) fn get(&self, address: SocketAddr, path: &str) -> Result<Answer, String> {
        self.connect(address)?.get(path)
    }
}

fn dial(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<SslStream<TcpStream>>),
}

/// One connection.
pub(crate) struct Wire {
    stream: Stream,
    /// Bytes read beyond the last answer.
    early: Vec<u8>,
}

/// One HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header by name, whatever its letter case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Wire {
    /// Connects without TLS.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self { stream: Stream::Plain(dial(address)), early: Vec::new() }
    }

    /// Whether anybody listens.
    pub(crate) fn try_plain(address: SocketAddr) -> io::Result<Self> {
        TcpStream::connect(address).map(|stream| Self { stream: Stream::Plain(stream), early: Vec::new() })
    }

    /// Whether the other side says something, or ends the connection, within a moment.
    pub(crate) fn peek(&mut self, moment: Duration) -> io::Result<bool> {
        let socket = match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_ref(),
        };
        socket.set_read_timeout(Some(moment))?;
        let heard = match socket.peek(&mut [0]) {
            Ok(_) => true,
            Err(cause) if matches!(cause.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => false,
            Err(cause) => return Err(cause),
        };
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(heard)
    }

    /// The TLS side of the connection.
    pub(crate) fn tls(&self) -> &SslStream<TcpStream> {
        match &self.stream {
            Stream::Tls(stream) => stream,
            Stream::Plain(_) => panic!("a plain connection has no TLS"),
        }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes.as_ref()),
            Stream::Tls(stream) => stream.write_all(bytes.as_ref()),
        }
    }

    /// Sends a GET and reads the answer; the connection stays open.
    pub(crate) fn get(&mut self, path: &str) -> Result<Answer, String> {
        self.request("GET", path, &[], b"")
    }

    /// Sends a POST and reads the answer; the connection stays open.
    pub(crate) fn post(&mut self, path: &str, content_type: &str, body: &[u8]) -> Result<Answer, String> {
        self.request("POST", path, &[("Content-Type", content_type)], body)
    }

    /// Sends a request and reads the answer; the connection stays open.
    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, String> {
        let mut message = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in headers {
            message.extend([name, ": ", value, "\r\n"]);
        }
        if method != "GET" {
            message.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
        }
        message += "\r\n";
        let mut message = message.into_bytes();
        message.extend_from_slice(body);
        // A gateway that refuses early closes while we still send: its answer counts.
        let sent = self.send(message);
        self.answer()
            .map_err(|cause| format!("{cause}{}", sent.err().map(|e| format!(" after {e}")).unwrap_or_default()))
    }

    /// Reads one answer: with a length, in chunks, or up to the end of the connection.
    pub(crate) fn answer(&mut self) -> Result<Answer, String> {
        let head = self.until(b"\r\n\r\n")?;
        let head = String::from_utf8(head).map_err(|_| "the head is not text")?;
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| format!("no status in {status_line:?}"))?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new() };
        answer.body = if status == 100 || status == 204 || status == 304 {
            Vec::new()
        } else if answer.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            self.chunks()?
        } else if let Some(length) = answer.header("content-length") {
            self.exactly(length.parse().map_err(|_| "the length is no number")?)?
        } else {
            self.rest()
        };
        Ok(answer)
    }

    /// Reads until the other side ends the connection; what came before that.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.more().is_ok_and(|read| read > 0) {}
        std::mem::take(&mut self.early)
    }

    fn chunks(&mut self) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        loop {
            let line = String::from_utf8(self.until(b"\r\n")?).map_err(|_| "a chunk size is not text")?;
            let size = usize::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16);
            let size = size.map_err(|_| format!("no chunk size in {line:?}"))?;
            body.extend(self.exactly(size)?);
            self.until(b"\r\n")?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    /// Reads up to and including these bytes.
    pub(crate) fn until(&mut self, end: &[u8]) -> Result<Vec<u8>, String> {
        loop {
            if let Some(at) = self.early.windows(end.len()).position(|window| window == end) {
                return Ok(self.early.drain(..at + end.len()).collect());
            }
            self.some()?;
        }
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, String> {
        while self.early.len() < length {
            self.some()?;
        }
        Ok(self.early.drain(..length).collect())
    }

    /// Waits for the first bytes of an answer, which stay to be read.
    pub(crate) fn begun(&mut self) -> Result<(), String> {
        self.some()
    }

    fn some(&mut self) -> Result<(), String> {
        match self.more() {
            Ok(0) => Err("the connection ended".to_owned()),
            Ok(_) => Ok(()),
            Err(cause) => Err(cause.to_string()),
        }
    }

    fn more(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 << 10];
        let read = match &mut self.stream {
            Stream::Plain(stream) => stream.read(&mut buffer)?,
            Stream::Tls(stream) => stream.read(&mut buffer)?,
        };
        self.early.extend_from_slice(&buffer[..read]);
        Ok(read)
    }
}
