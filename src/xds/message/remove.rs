//! `lcm:RemoveObjectsRequest`, the request of ITI-62. Spec: ITI TF-2: 3.62.4.1.2.
//!
//! ebRS would let a query choose what is removed, or the objects be kept and only their content removed. This
//! transaction knows neither: it names each object.

use std::collections::BTreeSet;

use crate::xds::ebrim::faults::Faults;
use crate::xds::error::{ErrorCode, Finding};
use crate::xds::message::{missing, rule};
use crate::xml::document::{Node, child, children, is, plain_attribute};
use crate::xml::namespace::RIM;

/// What is to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveObjectsRequest {
    /// `ObjectRef/@id` as sent, at least one: an id that names nothing is answered, not refused. The order says
    /// nothing.
    pub ids: BTreeSet<String>,
}

const DELETE_ALL: &str = "urn:oasis:names:tc:ebxml-regrep:DeletionScopeType:DeleteAll";

/// Reads the request from its root element.
pub fn decode(request: Node<'_, '_>) -> (Option<RemoveObjectsRequest>, Vec<Finding>) {
    let mut faults = Faults::default();
    let alone = |context: &str| Finding::of(&rule::REFERENCES_ONLY, context);
    for stray in request.children().filter(|node| node.is_element() && !is(*node, RIM, "ObjectRefList")) {
        faults.push(alone("the request holds an ObjectRefList and nothing else"), stray);
    }
    if plain_attribute(request, "deletionScope").is_some_and(|scope| scope != DELETE_ALL) {
        faults.push(alone("@deletionScope is not for this transaction"), request);
    }
    let mut ids = BTreeSet::new();
    let Some(list) = child(request, RIM, "ObjectRefList") else {
        return (None, vec![missing(ErrorCode::RegistryError, "rim:ObjectRefList", request)]);
    };
    for reference in children(list, RIM, "ObjectRef") {
        if plain_attribute(reference, "home").is_some() {
            faults.push(alone("@home is not for this transaction"), reference);
        }
        match plain_attribute(reference, "id").map(str::trim) {
            Some(id) if !id.is_empty() => drop(ids.insert(id.to_owned())),
            _ => faults.push(alone("an ObjectRef names the object by @id"), reference),
        }
    }
    let mut findings = faults.into_findings();
    if ids.is_empty() && findings.is_empty() {
        findings.push(missing(ErrorCode::RegistryError, "rim:ObjectRef", list));
    }
    (Some(RemoveObjectsRequest { ids }).filter(|_| findings.is_empty()), findings)
}

#[cfg(test)]
mod tests {
    use super::decode;
    use crate::xml::document::Document;
    use crate::xml::limits::Limits;
    use crate::xml::namespace::{LCM, RIM};

    fn read(attributes: &str, content: &str) -> Result<Vec<String>, Vec<&'static str>> {
        let text = format!(
            "<l:RemoveObjectsRequest xmlns:l=\"{LCM}\" xmlns=\"{RIM}\"{attributes}>{content}</l:RemoveObjectsRequest>"
        );
        let document = Document::parse(&text, &Limits::default()).unwrap();
        match decode(document.root()) {
            (Some(request), findings) if findings.is_empty() => Ok(request.ids.into_iter().collect()),
            (_, findings) => Err(findings.iter().map(|finding| finding.rule).collect()),
        }
    }

    #[test]
    fn the_objects_are_named_each_once_in_any_order() {
        let list = "<ObjectRefList><ObjectRef id=\"b\"/><ObjectRef id=\" a \"/><ObjectRef id=\"b\"/></ObjectRefList>";
        assert_eq!(read("", list), Ok(vec!["a".to_owned(), "b".to_owned()]));
        let scope = " deletionScope=\"urn:oasis:names:tc:ebxml-regrep:DeletionScopeType:DeleteAll\"";
        assert_eq!(read(scope, list).map(|ids| ids.len()), Ok(2), "what ebRS assumes may be said");
    }

    #[test]
    fn a_request_without_a_name_is_refused() {
        for content in ["", "<ObjectRefList/>"] {
            assert_eq!(read("", content), Err(vec!["MESSAGE-SHAPE"]), "{content}");
        }
        assert_eq!(read("", "<ObjectRefList><ObjectRef/></ObjectRefList>"), Err(vec!["REMOVE-REFS-ONLY"]));
    }

    #[test]
    fn nothing_but_names_is_taken() {
        let list = "<ObjectRefList><ObjectRef id=\"a\"/></ObjectRefList>";
        let only_content = "urn:oasis:names:tc:ebxml-regrep:DeletionScopeType:DeleteRepositoryItemOnly";
        let refused = Err(vec!["REMOVE-REFS-ONLY"]);
        assert_eq!(read(&format!(" deletionScope=\"{only_content}\""), list), refused);
        assert_eq!(read("", &format!("<AdhocQuery id=\"urn:x\"/>{list}")), refused);
        assert_eq!(read("", &list.replace("id=\"a\"", "id=\"a\" home=\"urn:oid:1.2\"")), refused);
    }
}
