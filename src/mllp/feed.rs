//! One message: read, carried out, acknowledged, told in one line of the log. It blocks.

use std::time::Instant;

use chrono::{DateTime, Utc};

use crate::datatype::dtm::Dtm;
use crate::hl7v2::acknowledgement::{self, Code, Fault};
use crate::hl7v2::adt::{self, Event};
use crate::hl7v2::charset;
use crate::hl7v2::header::{self, Header};
use crate::hl7v2::rule;
use crate::hl7v2::segment::{Message, Place};
use crate::mllp::{Feed, ack};
use crate::telemetry::correlation::Correlation;
use crate::telemetry::{log_field, metric};
use crate::transaction::Context;
use crate::transaction::iti8::{Change, Changed, FeedError, Merge, patient_identity_feed};

/// The number of the transaction in logs.
const TRANSACTION: &str = "ITI-8";

/// What is known of a message so far.
struct Exchange {
    correlation: Correlation,
    now: DateTime<Utc>,
    started: Instant,
    bytes_in: usize,
    header: Header,
    event: Option<Event>,
}

impl Feed {
    /// Carries out a message and gives its acknowledgement.
    pub(super) fn answer(&self, message: &[u8]) -> Vec<u8> {
        let mut exchange = self.begin(message.len());
        let outcome = self.carry_out(message, &mut exchange);
        exchange.end(outcome)
    }

    /// Acknowledges a message that is too long, by what has come of it.
    pub(super) fn refuse_length(&self, beginning: &[u8]) -> Vec<u8> {
        let mut exchange = self.begin(beginning.len());
        // The header is whole or it is not: it names the sender all the same.
        let header = beginning.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
        if let Ok((text, charset)) = charset::decode(header)
            && let Ok(message) = Message::parse(&text)
        {
            exchange.header = Header::read(&message, charset);
        }
        exchange.end(Err(rule::SIZE.broken_at(Place::segment("MSH")).into()))
    }

    fn begin(&self, bytes_in: usize) -> Exchange {
        Exchange {
            correlation: Correlation::new(None, (self.draw)()),
            now: (self.clock)(),
            started: Instant::now(),
            bytes_in,
            header: Header::unread(),
            event: None,
        }
    }

    fn carry_out(&self, message: &[u8], exchange: &mut Exchange) -> Result<Changed, Fault> {
        let (text, charset) = charset::decode(message)?;
        let message = Message::parse(&text)?;
        exchange.header = Header::read(&message, charset);
        exchange.event = Event::parse(&exchange.header.event);
        header::check(&message, &exchange.header)?;
        let authorities = &self.gateway.settings().register.assigning_authorities;
        let (_, feed) = adt::decode(&message, authorities)?;
        let (change, groups) = change(feed);
        let context = Context { correlation: exchange.correlation.clone(), now: exchange.now, caller: None };
        patient_identity_feed(&self.gateway, &context, &change).map_err(|error| {
            if let FeedError::Storage(cause) = &error {
                tracing::error!(correlation = %exchange.correlation, { log_field::CAUSE } = %cause, "the feed could not be stored");
            }
            ack::fault(&error, |at| groups.get(at).copied().unwrap_or(1))
        })
    }
}

impl Exchange {
    /// One line and one count for each message, without patient and without words of the sender.
    fn end(self, outcome: Result<Changed, Fault>) -> Vec<u8> {
        let (changed, fault) =
            outcome.map_or_else(|fault| (Changed::default(), Some(fault)), |changed| (changed, None));
        let ack = fault.as_ref().map_or(Code::Accept, |fault| fault.code).as_str();
        let event = self.event.map_or("other", Event::as_str);
        let elapsed = self.started.elapsed();
        metrics::counter!(metric::HL7_MESSAGES, "event" => event, "ack" => ack).increment(1);
        metrics::counter!(metric::REQUESTS, "transaction" => TRANSACTION, "outcome" => if fault.is_none() { "success" } else { "failure" })
            .increment(1);
        metrics::histogram!(metric::REQUEST_DURATION, "transaction" => TRANSACTION).record(elapsed.as_secs_f64());
        tracing::info!(
            correlation = %self.correlation,
            transaction = TRANSACTION,
            event,
            ack,
            rule = fault.as_ref().map(|fault| fault.rule),
            place = fault.as_ref().and_then(|fault| fault.place).map(tracing::field::display),
            made_known = changed.made_known,
            merged = changed.merged,
            moved = changed.moved,
            duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            bytes_in = self.bytes_in,
            "exchange"
        );
        let control_id = self.correlation.to_string();
        // HL7 2.3.1 gives a control id twenty characters.
        let control_id = control_id.get(..20).unwrap_or(&control_id);
        acknowledgement::write(&self.header, fault.as_ref(), control_id, &Dtm::from_utc(self.now))
    }
}

/// The change of a message, and for each part of it the PID that it came from.
fn change(feed: adt::Feed) -> (Change, Vec<usize>) {
    match feed {
        adt::Feed::Announce(identities) => (Change::Announce(identities), Vec::new()),
        adt::Feed::Merge(merges) => {
            let groups = merges.iter().map(|merge| merge.group).collect();
            let pair = |merge: adt::Merge| Merge { subsumed: merge.subsumed, surviving: merge.surviving };
            (Change::Merge(merges.into_iter().map(pair).collect()), groups)
        }
    }
}
