//! Is this the answer that the plan expects, and is it well made? Everything that is not right is said.

use crate::client::Exchange;
use crate::failure::Failure;
use crate::plan::{Expect, Kind};

/// What a transaction's answers look like, whatever they say.
pub struct Shape {
    /// `wsa:Action` of an answer that is not a fault.
    pub action: &'static str,
    /// Local name of the body's child.
    pub body: &'static str,
    /// The answer is `multipart/related`.
    pub packaged: bool,
}

/// TD2.1 answers in the packaging of the request, which was MTOM.
pub const DEPOSIT: Shape = Shape {
    action: "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse",
    body: "RegistryResponse",
    packaged: true,
};
/// TD3.1.
pub const FIND: Shape =
    Shape { action: "urn:ihe:iti:2007:RegistryStoredQueryResponse", body: "AdhocQueryResponse", packaged: false };
/// TD3.2 is always a package.
pub const RETRIEVE: Shape = Shape {
    action: "urn:ihe:iti:2007:RetrieveDocumentSetResponse",
    body: "RetrieveDocumentSetResponse",
    packaged: true,
};

/// The findings about one answer.
pub fn judge(exchange: &Exchange, shape: &Shape, expect: &Expect) -> Result<Vec<String>, Failure> {
    let tree = exchange.answer.tree()?;
    let mut findings = Vec::new();
    let mut equal = |what: &str, found: Option<&str>, expected: &str| {
        if found != Some(expected) {
            findings.push(format!("{what}: expected {expected}, found {}", found.unwrap_or("nothing")));
        }
    };
    let packaging = |packaged: bool| if packaged { "multipart/related" } else { "plain SOAP" };
    equal("RelatesTo", tree.relates_to(), &exchange.message_id);
    equal("packaging", Some(packaging(exchange.answer.packaged)), packaging(shape.packaged));
    let status = exchange.answer.status.to_string();
    let fault = tree.fault();
    if let Some(fault) = &fault {
        equal("HTTP status of a fault", Some(&status), "500");
        if expect.answer == Kind::Fault {
            if let Some(code) = &expect.code {
                equal("subcode", fault.subcodes.last().map(String::as_str), code);
            }
            if fault.reason.is_empty() {
                findings.push("the fault gives no reason".to_owned());
            }
        } else {
            findings.push(format!("a fault {:?}: {}", fault.subcodes, fault.reason));
        }
        return Ok(findings);
    }
    equal("HTTP status", Some(&status), "200");
    equal("Action", tree.action(), shape.action);
    equal("body", tree.body(), shape.body);
    let errors: Vec<&str> = tree.errors().into_iter().filter(|(_, s)| *s == "Error").map(|(code, _)| code).collect();
    match expect.answer {
        Kind::Success => equal("status", tree.response_status(), "Success"),
        Kind::Failure => equal("status", tree.response_status(), "Failure"),
        Kind::Fault | Kind::Connected | Kind::Refused => {
            findings.push(format!(
                "expected {:?}, found an answer of status {}",
                expect.answer,
                tree.response_status().unwrap_or("?")
            ));
        }
    }
    if let Some(code) = expect.code.as_deref().filter(|code| !errors.contains(code)) {
        findings.push(format!("error code: expected {code}, found {}", errors.join(", ")));
    } else if expect.answer == Kind::Success && !errors.is_empty() {
        findings.push(format!("error codes: {}", errors.join(", ")));
    }
    Ok(findings)
}
