//! One caller: a connection kept open, requests sent, answers taken apart and timed.

use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::failure::Failure;
use crate::http::{Connection, Connector, post};
use crate::soap::{Call, Message};

/// A client of one server.
pub struct Client {
    connector: Connector,
    connection: Option<Connection>,
}

/// A request and what came back.
pub struct Exchange {
    /// `wsa:MessageID` that was sent.
    pub message_id: String,
    /// From the first byte sent to the last byte read.
    pub duration: Duration,
    /// The answer.
    pub answer: Answer,
}

impl Client {
    /// A client that has not connected yet.
    pub fn new(connector: Connector) -> Self {
        Self { connector, connection: None }
    }

    /// Connects and lets go again: does the server take this certificate?
    pub fn knock(&mut self) -> Result<(), Failure> {
        let head = format!(
            "GET {}/registry?wsdl HTTP/1.1\r\nHost: {}\r\n\r\n",
            self.connector.endpoint().services,
            self.connector.endpoint().authority()
        );
        // TLS 1.3 tells a client that its certificate is refused only when it reads.
        self.connector.connect()?.exchange(head.as_bytes(), &mut Vec::new()).map(drop)
    }

    /// Sends one request.
    pub fn send(&mut self, call: &Call) -> Result<Exchange, Failure> {
        let Message { message_id, content_type, body } = Message::of(call)?;
        let mut request = post(self.connector.endpoint(), call.service, &content_type, body.len()).into_bytes();
        request.extend_from_slice(&body);
        let mut received = Vec::new();
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connector.connect()?,
        };
        let begin = Instant::now();
        let head = connection.exchange(&request, &mut received)?;
        let duration = begin.elapsed();
        if !head.closes {
            self.connection = Some(connection);
        }
        let answer = Answer::of(head.status, &head.content_type, &received)?;
        Ok(Exchange { message_id, duration, answer })
    }
}
