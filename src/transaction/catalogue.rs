//! The catalogue: one row per transaction. Dispatch, addressing, WSDL coverage, logs and the README table read it.
//!
//! Spec: ITI TF-2: 3.18, 3.41, 3.42, 3.43; DMP TD2.1, TD3.1, TD3.2.

use crate::xml::namespace;

/// A transaction that the gateway serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transaction {
    /// Registry Stored Query.
    Iti18,
    /// Provide and Register Document Set-b.
    Iti41,
    /// Register Document Set-b.
    Iti42,
    /// Retrieve Document Set.
    Iti43,
    /// Remove Metadata, the same as Delete Document Set.
    Iti62,
    /// Remove Documents.
    Iti86,
}

/// A SOAP service, by the last step of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// `registry`.
    Registry,
    /// `repository`.
    Repository,
}

/// How an answer is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerPackaging {
    /// As the request came.
    AsRequest,
    /// Multipart whatever came, faults included: clients of ITI-43 look for the boundary first.
    AlwaysMultipart,
}

/// What the gateway knows of one transaction.
#[derive(Debug)]
pub struct Row {
    /// Which one.
    pub transaction: Transaction,
    /// Its number in the ITI framework.
    pub number: &'static str,
    /// Its name in the ITI framework.
    pub name: &'static str,
    /// Its numbers in the DMP guide.
    pub td: &'static str,
    /// Where it is served.
    pub service: Service,
    /// Namespace and local name of the body's root element.
    pub root: (&'static str, &'static str),
    /// `wsa:Action` of the request.
    pub request_action: &'static str,
    /// Other request actions that real clients send.
    pub tolerated_actions: &'static [&'static str],
    /// `wsa:Action` of the answer.
    pub response_action: &'static str,
    /// How the answer is packed.
    pub answer_packaging: AnswerPackaging,
    /// Whether the root part of a package may be in SOAP 1.1, as the official sample of TD2.1 is.
    pub soap11_root_part: bool,
    /// Where it is specified.
    pub spec: &'static str,
}

/// Every transaction, in the order of their numbers.
pub const CATALOGUE: &[&Row] = &[&ITI18, &ITI41, &ITI42, &ITI43, &ITI62, &ITI86];

static ITI18: Row = Row {
    transaction: Transaction::Iti18,
    number: "ITI-18",
    name: "Registry Stored Query",
    td: "TD3.1",
    service: Service::Registry,
    root: (namespace::QUERY, "AdhocQueryRequest"),
    request_action: "urn:ihe:iti:2007:RegistryStoredQuery",
    tolerated_actions: &["urn:ihe:iti:xds-b:2007:RegistryStoredQuery-b"],
    response_action: "urn:ihe:iti:2007:RegistryStoredQueryResponse",
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.18",
};

static ITI41: Row = Row {
    transaction: Transaction::Iti41,
    number: "ITI-41",
    name: "Provide and Register Document Set-b",
    td: "TD2.1, TD2.2",
    service: Service::Repository,
    root: (namespace::XDSB, "ProvideAndRegisterDocumentSetRequest"),
    request_action: "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b",
    tolerated_actions: &["urn:ihe:iti:xds-b:2007:ProvideAndRegisterDocumentSet-b"],
    response_action: "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse",
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: true,
    spec: "ITI TF-2: 3.41",
};

static ITI42: Row = Row {
    transaction: Transaction::Iti42,
    number: "ITI-42",
    name: "Register Document Set-b",
    td: "",
    service: Service::Registry,
    root: (namespace::LCM, "SubmitObjectsRequest"),
    request_action: "urn:ihe:iti:2007:RegisterDocumentSet-b",
    tolerated_actions: &[],
    response_action: "urn:ihe:iti:2007:RegisterDocumentSet-bResponse",
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.42",
};

static ITI43: Row = Row {
    transaction: Transaction::Iti43,
    number: "ITI-43",
    name: "Retrieve Document Set",
    td: "TD3.2",
    service: Service::Repository,
    root: (namespace::XDSB, "RetrieveDocumentSetRequest"),
    request_action: "urn:ihe:iti:2007:RetrieveDocumentSet",
    tolerated_actions: &["urn:ihe:iti:xds-b:2007:RetrieveDocumentSet-b"],
    response_action: "urn:ihe:iti:2007:RetrieveDocumentSetResponse",
    answer_packaging: AnswerPackaging::AlwaysMultipart,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.43",
};

static ITI62: Row = Row {
    transaction: Transaction::Iti62,
    number: "ITI-62",
    name: "Remove Metadata",
    td: "",
    service: Service::Registry,
    root: (namespace::LCM, "RemoveObjectsRequest"),
    request_action: "urn:ihe:iti:2010:DeleteDocumentSet",
    tolerated_actions: &[],
    response_action: "urn:ihe:iti:2010:DeleteDocumentSetResponse",
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.62",
};

static ITI86: Row = Row {
    transaction: Transaction::Iti86,
    number: "ITI-86",
    name: "Remove Documents",
    td: "",
    service: Service::Repository,
    root: (namespace::RMD, "RemoveDocumentsRequest"),
    request_action: "urn:ihe:iti:2017:RemoveDocuments",
    tolerated_actions: &[],
    response_action: "urn:ihe:iti:2017:RemoveDocumentsResponse",
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.86",
};

impl Service {
    /// The services, in the order of their names.
    pub const ALL: [Self; 2] = [Self::Registry, Self::Repository];

    /// The last step of the path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Repository => "repository",
        }
    }
}

/// Why a message belongs to no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unserved {
    /// No transaction of this service has that body; another service may have it.
    Root {
        /// What the service takes.
        expected: Vec<&'static str>,
        /// Where the body would have been taken.
        served_at: Option<Service>,
    },
    /// The body is known, the action is that of something else.
    Action {
        /// The action that the body wants.
        expected: &'static str,
    },
}

/// The row of a message, by the root of its body; the action must not contradict it.
///
/// Real clients send several variants of the action, the action of the answer, or none, so the body decides. What is refused
/// is an action that this gateway knows for another body.
///
/// # Errors
/// [`Unserved`] says what would have been taken.
pub fn row_for(
    service: Service,
    namespace: &str,
    local: &str,
    action: Option<&str>,
    action_required: ActionRequired,
) -> Result<&'static Row, Unserved> {
    let has_root = |row: &Row| row.root == (namespace, local);
    let Some(row) = CATALOGUE.iter().copied().find(|row| row.service == service && has_root(row)) else {
        return Err(Unserved::Root {
            expected: CATALOGUE.iter().filter(|row| row.service == service).map(|row| row.root.1).collect(),
            served_at: CATALOGUE.iter().find(|row| has_root(row)).map(|row| row.service),
        });
    };
    let of_row = |action: &str| {
        action == row.request_action || action == row.response_action || row.tolerated_actions.contains(&action)
    };
    let agrees = match (action, action_required) {
        (Some(action), ActionRequired::Exact) => action == row.request_action,
        (Some(action), ActionRequired::Tolerant) => of_row(action) || !is_known(action),
        (None, ActionRequired::Exact) => false,
        (None, ActionRequired::Tolerant) => true,
    };
    if agrees { Ok(row) } else { Err(Unserved::Action { expected: row.request_action }) }
}

/// How closely `wsa:Action` is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionRequired {
    /// The action of the row and no other, as the ITI framework wants.
    Exact,
    /// Absent, unknown and known variants are taken, as the national service does.
    Tolerant,
}

fn is_known(action: &str) -> bool {
    CATALOGUE.iter().any(|row| {
        row.request_action == action || row.response_action == action || row.tolerated_actions.contains(&action)
    })
}

impl Transaction {
    /// Its row.
    pub fn row(self) -> &'static Row {
        match self {
            Self::Iti18 => &ITI18,
            Self::Iti41 => &ITI41,
            Self::Iti42 => &ITI42,
            Self::Iti43 => &ITI43,
            Self::Iti62 => &ITI62,
            Self::Iti86 => &ITI86,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ActionRequired, CATALOGUE, Service, Unserved, row_for};
    use crate::xml::namespace::{LCM, QUERY, XDSB};

    #[test]
    fn each_transaction_has_one_row_and_each_row_its_own_root() {
        for row in CATALOGUE {
            assert_eq!(row.transaction.row().number, row.number);
        }
        for (at, row) in CATALOGUE.iter().enumerate() {
            assert!(CATALOGUE.iter().skip(at + 1).all(|other| other.root != row.root || other.service != row.service));
        }
    }

    #[test]
    fn the_body_decides_and_the_action_must_not_contradict() {
        let tolerant = |action| {
            row_for(Service::Registry, QUERY, "AdhocQueryRequest", action, ActionRequired::Tolerant)
                .map(|row| row.number)
        };
        assert_eq!(tolerant(None), Ok("ITI-18"));
        assert_eq!(tolerant(Some("urn:ihe:iti:2007:RegistryStoredQueryResponse")), Ok("ITI-18"));
        assert_eq!(tolerant(Some("something new")), Ok("ITI-18"));
        assert!(matches!(tolerant(Some("urn:ihe:iti:2007:RegisterDocumentSet-b")), Err(Unserved::Action { .. })));
        let exact = |action| row_for(Service::Registry, LCM, "SubmitObjectsRequest", action, ActionRequired::Exact);
        assert!(exact(Some("urn:ihe:iti:2007:RegisterDocumentSet-b")).is_ok());
        assert!(matches!(exact(None), Err(Unserved::Action { .. })));
        assert!(matches!(exact(Some("something new")), Err(Unserved::Action { .. })));
    }

    #[test]
    fn a_body_at_the_wrong_service_learns_where_to_go() {
        let refused =
            row_for(Service::Registry, XDSB, "RetrieveDocumentSetRequest", None, ActionRequired::Tolerant).unwrap_err();
        let expected = vec!["AdhocQueryRequest", "SubmitObjectsRequest", "RemoveObjectsRequest"];
        assert_eq!(refused, Unserved::Root { expected, served_at: Some(Service::Repository) });
    }
}
