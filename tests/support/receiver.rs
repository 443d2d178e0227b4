//! Somebody to whom answers are sent: a small HTTP server that does with each connection what the test says.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver as Heard, Sender, channel};
use std::time::Duration;

use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod, SslVerifyMode};

use crate::support::wire::Answer;

/// What is done with one connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conduct {
    /// The message is taken, and this status given.
    Answer(u16),
    /// A status with another address.
    Redirect,
    /// Nothing is read; the connection stays open.
    Nothing,
    /// The connection is closed at once.
    HangUp,
}

/// A receiver that listens on loopback until the test ends.
pub(crate) struct Receiver {
    address: SocketAddr,
    heard: Heard<Request>,
    secure: bool,
}

/// What was sent to it.
pub(crate) struct Request {
    /// The request line.
    pub(crate) line: String,
    /// Headers and body, read like an answer.
    pub(crate) message: Answer,
    /// The subject of the certificate that was shown.
    pub(crate) shown: Option<String>,
}

impl Receiver {
    /// One that treats the first connections so, and takes all others.
    pub(crate) fn start(conduct: &[Conduct]) -> Self {
        Self::listen(conduct, None)
    }

    /// One that demands TLS with a certificate of the test PKI.
    pub(crate) fn secure(pki: &Path) -> Self {
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_certificate_chain_file(pki.join("server/tls.pem")).unwrap();
        acceptor.set_private_key_file(pki.join("server/tls.key"), SslFiletype::PEM).unwrap();
        acceptor.set_ca_file(pki.join("trust.pem")).unwrap();
        acceptor.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        Self::listen(&[], Some(acceptor.build()))
    }

    fn listen(conduct: &[Conduct], tls: Option<SslAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, heard) = channel();
        let mut conduct = VecDeque::from(conduct.to_vec());
        let secure = tls.is_some();
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                match conduct.pop_front().unwrap_or(Conduct::Answer(202)) {
                    Conduct::Nothing => kept.push(stream),
                    Conduct::HangUp => drop(stream),
                    treated @ (Conduct::Answer(_) | Conduct::Redirect) => {
                        let (tell, tls) = (tell.clone(), tls.clone());
                        std::thread::spawn(move || serve(stream, tls, treated, &tell));
                    }
                }
            }
        });
        Self { address, heard, secure }
    }

    /// Scheme, host and port.
    pub(crate) fn base(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// What comes next.
    #[track_caller]
    pub(crate) fn next(&self) -> Request {
        self.heard.recv_timeout(Duration::from_secs(30)).expect("an answer is sent")
    }

    /// Nothing has come, nor comes within a moment.
    #[track_caller]
    pub(crate) fn hears_nothing(&self, moment: Duration) {
        assert!(self.heard.recv_timeout(moment).is_err(), "something was sent");
    }
}

fn serve(stream: TcpStream, tls: Option<SslAcceptor>, conduct: Conduct, tell: &Sender<Request>) {
    match tls {
        None => answer(stream, None, conduct, tell),
        Some(acceptor) => {
            let Ok(stream) = acceptor.accept(stream) else { return };
            let shown = stream.ssl().peer_certificate().map(|shown| format!("{:?}", shown.subject_name()));
            answer(stream, shown, conduct, tell);
        }
    }
}

fn answer(mut stream: impl Read + Write, shown: Option<String>, conduct: Conduct, tell: &Sender<Request>) {
    let mut read = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    let head = loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break read.drain(..end + 4).collect::<Vec<u8>>();
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(some) => read.extend_from_slice(&buffer[..some]),
        }
    };
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut message = Answer { status: 200, headers, body: Vec::new() };
    let length: usize = message.header("content-length").unwrap().parse().unwrap();
    while read.len() < length {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(some) => read.extend_from_slice(&buffer[..some]),
        }
    }
    message.body = read;
    let said = match conduct {
        Conduct::Redirect => {
            "HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".to_owned()
        }
        Conduct::Answer(status) => format!("HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n\r\n"),
        Conduct::Nothing | Conduct::HangUp => return,
    };
    // What was taken is told before the other side can go on.
    let _ = tell.send(Request { line, message, shown });
    let _ = stream.write_all(said.as_bytes());
}
