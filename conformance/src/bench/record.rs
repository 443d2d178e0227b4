//! The record layer of TLS alone: the library, the version and the suite that the load used, without a socket.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;

use openssl::ssl::{SslAcceptor, SslConnector, SslMethod, SslStream, SslVerifyMode, SslVersion};

use crate::failure::Failure;
use crate::pki::Pair;

/// One end of a TLS connection whose records go nowhere.
pub struct Records {
    stream: SslStream<Pipe>,
    plain: Vec<u8>,
}

/// A socket for the handshake; afterwards what is written is dropped.
#[derive(Debug)]
struct Pipe {
    socket: UnixStream,
    closed: bool,
}

impl Records {
    /// Shakes hands in `suite`, by its name in OpenSSL.
    pub fn of(suite: &str, pair: &Pair) -> Result<Self, Failure> {
        let (ours, theirs) = UnixStream::pair().map_err(Failure::io("a pair of sockets"))?;
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
        acceptor.set_private_key(&pair.key)?;
        acceptor.set_certificate(&pair.certificate)?;
        if suite.starts_with("TLS_") {
            acceptor.set_ciphersuites(suite)?;
        } else {
            acceptor.set_max_proto_version(Some(SslVersion::TLS1_2))?;
            acceptor.set_cipher_list(suite)?;
        }
        let acceptor = acceptor.build();
        let mut connector = SslConnector::builder(SslMethod::tls_client())?;
        connector.set_verify(SslVerifyMode::NONE);
        let connector = connector.build();
        let stream = thread::scope(|scope| {
            scope.spawn(move || connector.connect("localhost", theirs).map(drop));
            acceptor.accept(Pipe { socket: ours, closed: false })
        });
        let mut stream = stream.map_err(|error| Failure::Refused(format!("TLS with itself: {error}")))?;
        stream.get_mut().closed = true;
        Ok(Self { stream, plain: vec![0x5A; 256 * 1024] })
    }

    /// Seals so many bytes.
    pub fn pass(&mut self, mut bytes: usize) -> io::Result<()> {
        while bytes > 0 {
            let piece = self.plain.get(..bytes.min(self.plain.len())).unwrap_or_default();
            self.stream.write_all(piece)?;
            bytes -= piece.len();
        }
        Ok(())
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buffer)
    }
}

impl Write for Pipe {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.closed { Ok(buffer.len()) } else { self.socket.write(buffer) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed { Ok(()) } else { self.socket.flush() }
    }
}
