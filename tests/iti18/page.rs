//! Large answers: in pages that the caller asks for, or whole, written while they are read.

use super::{APPROVED, DATABASE, domain};
use crate::support::caller::{Caller, patient};
use crate::support::gateway::{IHE, Setup};
use crate::support::message::{FIND_DOCUMENTS, ITI18, ITI42, PACKAGE, package, query};
use crate::support::wire::Answer;
use crate::xds_fixture::{Message, base, entry_object, original};
use dmp_gateway::xds::metadata::attribute::{entry, submission_set};

/// Registers that many documents of a patient by ITI-42, the first made first.
pub(crate) fn register(caller: &Caller, number: u32, documents: usize) {
    let mut message: Message = base();
    message.set.identifier(&submission_set::UNIQUE_ID, &format!("1.2.250.1.999.18.40.{number}"));
    message.set.identifier(&submission_set::PATIENT_ID, &patient(number));
    for one in 2..=documents {
        let id = format!("Document{one}");
        message.entries.push(entry_object(&id, "replaced below"));
        message.associations.push(original(&format!("member{one}"), &id));
    }
    for (one, object) in message.entries.iter_mut().enumerate() {
        object.identifier(&entry::UNIQUE_ID, &format!("1.2.250.1.999.18.41.{number}.{one}"));
        object.identifier(&entry::PATIENT_ID, &patient(number));
        object.slot("creationTime", &[&format!("20260101{:02}{:02}", one / 60, one % 60)]);
    }
    let body = format!(
        "<lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\">{}</lcm:SubmitObjectsRequest>",
        message.xml()
    );
    caller.send("registry", ITI42, &body).is_taken();
}

fn find(number: u32, return_type: &str) -> String {
    let named = format!("'{}'", patient(number));
    let parameters = [("$XDSDocumentEntryPatientId", named.as_str()), ("$XDSDocumentEntryStatus", APPROVED)];
    query(FIND_DOCUMENTS, return_type, &parameters)
}

fn paged(question: &str, page: &str) -> String {
    question.replacen("<query:AdhocQueryRequest", &format!("<query:AdhocQueryRequest {page}"), 1)
}

fn extent(answer: &Answer) -> (String, String, usize) {
    let objects = answer.ids("ExtrinsicObject").len() + answer.ids("ObjectRef").len();
    (answer.response_attribute("startIndex"), answer.response_attribute("totalResultCount"), objects)
}

fn expected(start: &str, total: &str, objects: usize) -> (String, String, usize) {
    (start.to_owned(), total.to_owned(), objects)
}

#[test]
fn an_answer_is_asked_for_in_pages_that_fit_together() {
    let domain = domain();
    let caller = domain.anybody();
    register(&caller, 1840, 7);
    for return_type in ["LeafClass", "ObjectRef"] {
        let kind = if return_type == "LeafClass" { "ExtrinsicObject" } else { "ObjectRef" };
        let question = find(1840, return_type);
        let whole = caller.ask(&question);
        assert_eq!(extent(&whole), expected("0", "7", 7));
        let pages: Vec<Answer> = (0..3)
            .map(|page| caller.ask(&paged(&question, &format!("startIndex=\"{}\" maxResults=\"3\"", page * 3))))
            .collect();
        let extents: Vec<_> = pages.iter().map(extent).collect();
        assert_eq!(extents, [expected("0", "7", 3), expected("3", "7", 3), expected("6", "7", 1)]);
        let together: Vec<String> = pages.iter().flat_map(|page| page.ids(kind)).collect();
        assert_eq!(together, whole.ids(kind));
        assert_eq!(extent(&caller.ask(&paged(&question, "startIndex=\"9\""))), expected("9", "7", 0));
        assert_eq!(extent(&caller.ask(&paged(&question, "maxResults=\"-1\""))), expected("0", "7", 7));
        assert_eq!(extent(&caller.ask(&paged(&question, "maxResults=\"0\""))), expected("0", "7", 0), "a count");
    }
}

#[test]
fn a_page_that_is_no_number_is_refused() {
    let domain = domain();
    let caller = domain.anybody();
    for page in ["startIndex=\"-1\"", "startIndex=\"one\"", "maxResults=\"-2\"", "maxResults=\"\""] {
        let answer = caller.ask(&paged(&find(1841, "LeafClass"), page));
        answer.fails_with("XDSRegistryError", "QUERY-PAGE");
    }
}

#[test]
fn more_objects_than_one_answer_holds_may_be_had_in_pages() {
    let gateway = Setup::toml(&format!("{IHE}query_results = 3\n")).on(DATABASE).serve();
    let caller = gateway.anybody();
    register(&caller, 1842, 5);
    let question = find(1842, "LeafClass");
    caller.ask(&question).fails_with("XDSTooManyResults", "SQ-TOO-MANY");
    assert_eq!(extent(&caller.ask(&paged(&question, "maxResults=\"3\""))), expected("0", "5", 3));
    assert_eq!(extent(&caller.ask(&paged(&question, "startIndex=\"3\""))), expected("3", "5", 2));
}

#[test]
fn a_large_answer_is_written_while_it_is_read_and_is_the_same() {
    let domain = domain();
    let caller = domain.anybody();
    register(&caller, 1843, 230);
    let question = find(1843, "LeafClass");
    let streamed = caller.ask(&question);
    assert_eq!(streamed.header("transfer-encoding"), Some("chunked"));
    assert_eq!(extent(&streamed), expected("0", "230", 230));
    let mut ids = streamed.ids("ExtrinsicObject");
    let pages = ["maxResults=\"100\"", "startIndex=\"100\" maxResults=\"100\"", "startIndex=\"200\""];
    let pages: Vec<Answer> = pages.iter().map(|page| caller.ask(&paged(&question, page))).collect();
    assert!(pages.iter().all(|page| page.header("content-length").is_some()), "small answers have a length");
    let paged: Vec<String> = pages.iter().flat_map(|page| page.ids("ExtrinsicObject")).collect();
    assert_eq!(ids, paged);
    let times = streamed.envelope();
    assert!(times.find(">202601010349<").unwrap() < times.find(">202601010000<").unwrap(), "the newest comes first");

    let references = caller.ask(&find(1843, "ObjectRef"));
    assert_eq!(references.ids("ObjectRef"), ids);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 230);
}

#[test]
fn a_large_answer_to_a_package_is_a_package() {
    let domain = domain();
    let caller = domain.anybody();
    register(&caller, 1844, 130);
    let envelope = caller.envelope(ITI18, &find(1844, "LeafClass"));
    let answer = caller.post("registry", PACKAGE, &package(&envelope, &[]));
    assert!(answer.is_package());
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    assert_eq!(extent(&answer), expected("0", "130", 130));
}
