//! HTTP/1.1 over one connection kept open, with a client certificate. Blocking, and as cheap as a load generator needs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use openssl::ssl::{SslConnector, SslMethod, SslStream};

use crate::failure::Failure;
use crate::pki::Pair;

/// Where the services are when the URL names none.
const SERVICES: &str = "/si-dmp-server/v2/services";

/// A base URL, taken apart.
#[derive(Clone)]
pub struct Endpoint {
    tls: bool,
    host: String,
    port: u16,
    /// Path under which `registry` and `repository` are.
    pub services: String,
}

impl Endpoint {
    /// Reads `http[s]://HOST[:PORT][/PATH]`.
    pub fn parse(url: &str) -> Result<Self, Failure> {
        let wrong = || Failure::Usage(format!("not a URL of the form https://HOST:PORT: {url}"));
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        let tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(wrong()),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
            None => (authority, if tls { 443 } else { 80 }),
        };
        let path = path.trim_end_matches('/');
        let services = if path.is_empty() { SERVICES.to_owned() } else { format!("/{path}") };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { tls, host, port, services })
    }

    /// What goes into the `Host` header.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// Opens connections to one endpoint.
#[derive(Clone)]
pub struct Connector {
    endpoint: Endpoint,
    tls: Option<SslConnector>,
}

impl Connector {
    /// Trusts the authorities in `trust`; shows `certificate` when the server asks for one.
    pub fn new(endpoint: Endpoint, trust: &Path, certificate: Option<&Pair>) -> Result<Self, Failure> {
        let tls = if endpoint.tls {
            let mut builder = SslConnector::builder(SslMethod::tls_client())?;
            builder.set_ca_file(trust)?;
            if let Some(pair) = certificate {
                builder.set_certificate(&pair.certificate)?;
                builder.set_private_key(&pair.key)?;
            }
            Some(builder.build())
        } else {
            None
        };
        Ok(Self { endpoint, tls })
    }

    /// The endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Connects, with TLS when the URL says so.
    pub fn connect(&self) -> Result<Connection, Failure> {
        let address = self.endpoint.authority();
        let tcp =
            TcpStream::connect((self.endpoint.host.as_str(), self.endpoint.port)).map_err(Failure::io(&address))?;
        tcp.set_nodelay(true).map_err(Failure::io(&address))?;
        tcp.set_read_timeout(Some(Duration::from_mins(2))).map_err(Failure::io(&address))?;
        let stream = match &self.tls {
            Some(tls) => Stream::Tls(
                tls.connect(&self.endpoint.host, tcp).map_err(|e| Failure::Refused(format!("TLS handshake: {e}")))?,
            ),
            None => Stream::Plain(tcp),
        };
        Ok(Connection { stream: BufReader::with_capacity(64 * 1024, stream) })
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(SslStream<TcpStream>),
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(s) => s.read(buffer),
            Self::Tls(s) => s.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(s) => s.write(buffer),
            Self::Tls(s) => s.write(buffer),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(s) => s.flush(),
            Self::Tls(s) => s.flush(),
        }
    }
}

/// One open connection.
pub struct Connection {
    stream: BufReader<Stream>,
}

/// The head of an answer.
pub struct Head {
    /// Status code.
    pub status: u16,
    /// `Content-Type`, or nothing.
    pub content_type: String,
    /// The server closes after this answer.
    pub closes: bool,
}

/// The head of a POST, ready to be followed by `length` bytes.
pub fn post(endpoint: &Endpoint, service: &str, content_type: &str, length: usize) -> String {
    format!(
        "POST {}/{service} HTTP/1.1\r\nHost: {}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n",
        endpoint.services,
        endpoint.authority(),
    )
}

impl Connection {
    /// The suite of TLS, by its name in OpenSSL; none without TLS.
    pub fn suite(&self) -> Option<&'static str> {
        match self.stream.get_ref() {
            Stream::Plain(_) => None,
            Stream::Tls(stream) => stream.ssl().current_cipher().map(openssl::ssl::SslCipherRef::name),
        }
    }

    /// Sends the bytes of a whole request and reads the answer; its body replaces what `body` held.
    pub fn exchange(&mut self, request: &[u8], body: &mut Vec<u8>) -> Result<Head, Failure> {
        let stream = self.stream.get_mut();
        let sent = stream.write_all(request).and_then(|()| stream.flush());
        // A server that refuses early answers and closes: its answer says more than our broken pipe.
        match self.read(body) {
            Err(_) if sent.is_err() => Err(lost("sending", &sent.err().map(|e| e.to_string()).unwrap_or_default())),
            other => other,
        }
    }

    fn read(&mut self, body: &mut Vec<u8>) -> Result<Head, Failure> {
        body.clear();
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1).and_then(|s| s.parse().ok());
        let status = status.ok_or_else(|| Failure::Unreadable(format!("status line {status_line:?}")))?;
        let mut head = Head { status, content_type: String::new(), closes: false };
        let (mut length, mut chunked) = (None, false);
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-type" => value.clone_into(&mut head.content_type),
                "content-length" => length = value.parse::<usize>().ok(),
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                "connection" => head.closes = value.eq_ignore_ascii_case("close"),
                _ => {}
            }
        }
        match (chunked, length) {
            (true, _) => self.chunks(body)?,
            (false, Some(length)) => self.exactly(length, body)?,
            (false, None) => {
                self.stream.read_to_end(body).map_err(|e| lost("reading", &e.to_string()))?;
                head.closes = true;
            }
        }
        Ok(head)
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> Result<(), Failure> {
        loop {
            let line = self.line()?;
            let digits = line.split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(digits.trim(), 16)
                .map_err(|_| Failure::Unreadable(format!("chunk size {line:?}")))?;
            self.exactly(size, body)?;
            let end = self.line()?;
            if !end.is_empty() {
                return Err(Failure::Unreadable("chunk longer than its size".to_owned()));
            }
            if size == 0 {
                return Ok(());
            }
        }
    }

    fn exactly(&mut self, length: usize, body: &mut Vec<u8>) -> Result<(), Failure> {
        let start = body.len();
        body.resize(start + length, 0);
        let room = body.get_mut(start..).unwrap_or_default();
        self.stream.read_exact(room).map_err(|e| lost("reading", &e.to_string()))
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = Vec::new();
        let read = self
            .stream
            .by_ref()
            .take(65_536)
            .read_until(b'\n', &mut line)
            .map_err(|e| lost("reading", &e.to_string()))?;
        if read == 0 {
            return Err(lost("reading", "the connection was closed"));
        }
        let line = String::from_utf8_lossy(&line);
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

fn lost(doing: &str, why: &str) -> Failure {
    Failure::Refused(format!("{doing}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_without_a_path_means_the_services_of_the_dmp() {
        let endpoint = Endpoint::parse("https://localhost:8443").unwrap();
        assert_eq!(endpoint.services, "/si-dmp-server/v2/services");
        assert_eq!(endpoint.authority(), "localhost:8443");
    }

    #[test]
    fn a_base_url_keeps_its_own_path_and_an_ipv6_host() {
        let endpoint = Endpoint::parse("http://[::1]:80/xds/").unwrap();
        assert_eq!((endpoint.services.as_str(), endpoint.authority().as_str()), ("/xds", "[::1]:80"));
    }

    #[test]
    fn another_scheme_is_wrong_use() {
        assert_eq!(Endpoint::parse("ftp://x").err().map(|f| f.exit_code()), Some(2));
    }
}
