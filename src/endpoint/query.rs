//! The answers of ITI-18 and ITI-51: few objects in one piece, many of them written as they are read.
//! Spec: ITI TF-2: 3.18.4.1.3.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use crate::endpoint::answer::{Frame, Packed, told};
use crate::endpoint::document::{Produced, Segment};
use crate::endpoint::exchange::Outcome;
use crate::endpoint::message::Query;
use crate::telemetry::correlation::Correlation;
use crate::transaction::error::TransactionError;
use crate::transaction::iti18::{Answered, Objects, Pages, QueryAnswer, Wanted};
use crate::transaction::{Context, Gateway};
use crate::xds::error::{ErrorCode, Finding, refuses};
use crate::xds::message::stored_query;
use crate::xds::query::StoredQuery;

/// Carries a query out and packs its answer. Blocks.
pub(super) fn queried(
    gateway: &Arc<Gateway>,
    context: &Context,
    query: Query,
    frame: &Frame,
    carry_out: fn(&Gateway, &Context, StoredQuery, Wanted) -> Result<QueryAnswer, TransactionError>,
) -> Packed {
    let Query { query, wanted, mut findings } = query;
    let answered = match query {
        Some(query) if !refuses(&findings) => carry_out(gateway, context, query, wanted),
        _ => Err(TransactionError::Refused(std::mem::take(&mut findings))),
    };
    match answered {
        Ok(answer) => {
            let results = Some(answer.objects.len());
            let segments = packed(answer, &findings, frame, gateway, &context.correlation);
            Packed { segments, outcome: Outcome::Success, findings, results }
        }
        Err(error) => {
            let findings = told(error, ErrorCode::RegistryError, context);
            let segments = frame.whole(1024, |out| stored_query::write_failure(out, &findings));
            Packed { segments, outcome: Outcome::Failure, findings, results: None }
        }
    }
}

fn packed(
    answer: QueryAnswer,
    warnings: &[Finding],
    frame: &Frame,
    gateway: &Arc<Gateway>,
    correlation: &Correlation,
) -> Vec<Segment> {
    let QueryAnswer { start, total, objects } = answer;
    match objects {
        Objects::Few(objects) => frame.whole(size_of(&objects), |out| {
            stored_query::write_header(out, start, total, warnings);
            for object in &objects {
                write_object(out, object);
            }
            stored_query::write_footer(out);
        }),
        Objects::Many(pages) => {
            let before = |out: &mut Vec<u8>| stored_query::write_header(out, start, total, warnings);
            let (head, tail) = frame.halves(before, stored_query::write_footer);
            let around = head.len() + tail.len();
            let objects = written(pages, around, Arc::clone(gateway), correlation.clone());
            vec![Segment::from(head), Segment::Produced(objects), Segment::from(tail)]
        }
    }
}

/// The objects of many pages, each read when the one before has left. What was sent is told at the end; `around` stands
/// before and after them.
fn written(mut pages: Pages, around: usize, gateway: Arc<Gateway>, correlation: Correlation) -> Produced {
    let (mut bytes_out, mut results) = (around, 0);
    Produced::new(move || match pages.next(&gateway) {
        Ok(None) => {
            tracing::info!(%correlation, bytes_out, results, "a large answer was written");
            Ok(None)
        }
        Ok(Some(objects)) => {
            let mut out = Vec::with_capacity(size_of(&objects));
            for object in &objects {
                write_object(&mut out, object);
            }
            bytes_out += out.len();
            results += objects.len();
            Ok(Some(Bytes::from(out)))
        }
        Err(error) => {
            tracing::error!(%correlation, %error, bytes_out, results, "an answer cannot be read to its end");
            Err(io::Error::other("the store failed"))
        }
    })
}

fn size_of(objects: &[Answered]) -> usize {
    let fragments = objects.iter().filter_map(|object| object.fragment.as_ref());
    fragments.map(|fragment| fragment.head.len() + fragment.tail.len() + 96).sum::<usize>() + 80 * objects.len()
}

fn write_object(out: &mut Vec<u8>, object: &Answered) {
    match &object.fragment {
        Some(fragment) => stored_query::write_object(out, &fragment.head, object.status.as_urn(), &fragment.tail),
        None => stored_query::write_object_ref(out, object.entry_uuid.as_str()),
    }
}
