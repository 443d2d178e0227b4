//! The catalogue: one row per transaction. Dispatch, addressing, WSDL coverage, logs and the README table read it.
//!
//! Spec: ITI TF-2: 3.18, 3.41, 3.42, 3.43, 3.44, 3.51, 3.57, 3.61, 3.62, 3.86, 3.92; DMP TD2.1, TD3.1, TD3.2, TD3.3.

use crate::xds::error::Profile;
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
    /// Patient Identity Feed HL7 V3.
    Iti44,
    /// Multi-Patient Stored Query.
    Iti51,
    /// Update Document Set.
    Iti57,
    /// Register On-Demand Document Entry.
    Iti61,
    /// Remove Metadata, the same as Delete Document Set.
    Iti62,
    /// Remove Documents.
    Iti86,
    /// Restricted Update Document Set.
    Iti92,
}

/// A SOAP service, by the last step of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// `patient-identity`.
    PatientIdentity,
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
    /// Whose rules it is served under.
    pub profiles: &'static [Profile],
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
    /// The same in profile `dmp`, where the national service has another one.
    pub national_response_action: Option<&'static str>,
    /// How the answer is packed.
    pub answer_packaging: AnswerPackaging,
    /// Whether the root part of a package may be in SOAP 1.1, as the official sample of TD2.1 is.
    pub soap11_root_part: bool,
    /// Where it is specified.
    pub spec: &'static str,
}

/// Transactions of the national service, and ITI-42 for registries that feed this one.
const EVERYWHERE: &[Profile] = &[Profile::Ihe, Profile::Dmp];

/// Transactions that the national service does not know: there nothing is removed or made on
/// demand, identities come from elsewhere, and whoever asks speaks for one patient.
const OUTSIDE_DMP: &[Profile] = &[Profile::Ihe];

/// Every transaction, in the order of their numbers.
pub const CATALOGUE: &[&Row] = &[
    &ITI18,
    &ITI41,
    &ITI42,
    &ITI43,
    &ITI44_ADDED,
    &ITI44_REVISED,
    &ITI44_MERGED,
    &ITI51,
    &ITI57,
    &ITI61,
    &ITI62,
    &ITI86,
    &ITI92,
];

static ITI18: Row = Row {
    transaction: Transaction::Iti18,
    number: "ITI-18",
    name: "Registry Stored Query",
    td: "TD3.1",
    profiles: EVERYWHERE,
    service: Service::Registry,
    root: (namespace::QUERY, "AdhocQueryRequest"),
    request_action: "urn:ihe:iti:2007:RegistryStoredQuery",
    tolerated_actions: &["urn:ihe:iti:xds-b:2007:RegistryStoredQuery-b"],
    response_action: "urn:ihe:iti:2007:RegistryStoredQueryResponse",
    national_response_action: None,
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.18",
};

static ITI41: Row = Row {
    transaction: Transaction::Iti41,
    number: "ITI-41",
    name: "Provide and Register Document Set-b",
    td: "TD2.1, TD2.2",
    profiles: EVERYWHERE,
    service: Service::Repository,
    root: (namespace::XDSB, "ProvideAndRegisterDocumentSetRequest"),
    request_action: "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b",
    tolerated_actions: &["urn:ihe:iti:xds-b:2007:ProvideAndRegisterDocumentSet-b"],
    response_action: "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse",
    national_response_action: None,
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: true,
    spec: "ITI TF-2: 3.41",
};

static ITI42: Row = Row {
    transaction: Transaction::Iti42,
    number: "ITI-42",
    name: "Register Document Set-b",
    td: "",
    profiles: EVERYWHERE,
    service: Service::Registry,
    root: (namespace::LCM, "SubmitObjectsRequest"),
    request_action: "urn:ihe:iti:2007:RegisterDocumentSet-b",
    tolerated_actions: &[],
    response_action: "urn:ihe:iti:2007:RegisterDocumentSet-bResponse",
    national_response_action: None,
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.42",
};

static ITI43: Row = Row {
    transaction: Transaction::Iti43,
    number: "ITI-43",
    name: "Retrieve Document Set",
    td: "TD3.2",
    profiles: EVERYWHERE,
    service: Service::Repository,
    root: (namespace::XDSB, "RetrieveDocumentSetRequest"),
    request_action: "urn:ihe:iti:2007:RetrieveDocumentSet",
    tolerated_actions: &["urn:ihe:iti:xds-b:2007:RetrieveDocumentSet-b"],
    response_action: "urn:ihe:iti:2007:RetrieveDocumentSetResponse",
    national_response_action: None,
    answer_packaging: AnswerPackaging::AlwaysMultipart,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.43",
};

static ITI44_ADDED: Row = Row {
    transaction: Transaction::Iti44,
    number: "ITI-44",
    name: "Patient Identity Feed HL7 V3",
    td: "",
    profiles: OUTSIDE_DMP,
    service: Service::PatientIdentity,
    root: (namespace::HL7V3, "PRPA_IN201301UV02"),
    request_action: "urn:hl7-org:v3:PRPA_IN201301UV02",
    tolerated_actions: &[],
    response_action: "urn:hl7-org:v3:MCCI_IN000002UV01",
    national_response_action: None,
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.44",
};

static ITI44_REVISED: Row = Row {
    root: (namespace::HL7V3, "PRPA_IN201302UV02"),
    request_action: "urn:hl7-org:v3:PRPA_IN201302UV02",
    ..ITI44_ADDED
};

static ITI44_MERGED: Row = Row {
    root: (namespace::HL7V3, "PRPA_IN201304UV02"),
    request_action: "urn:hl7-org:v3:PRPA_IN201304UV02",
    ..ITI44_ADDED
};

static ITI51: Row = Row {
    transaction: Transaction::Iti51,
    number: "ITI-51",
    name: "Multi-Patient Stored Query",
    td: "",
    profiles: OUTSIDE_DMP,
    service: Service::Registry,
    root: (namespace::QUERY, "AdhocQueryRequest"),
    request_action: "urn:ihe:iti:2009:MultiPatientStoredQuery",
    tolerated_actions: &[],
    response_action: "urn:ihe:iti:2009:MultiPatientStoredQueryResponse",
    national_response_action: None,
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.51",
};

static ITI57: Row = Row {
    transaction: Transaction::Iti57,
    number: "ITI-57",
    name: "Update Document Set",
    td: "TD3.3",
    profiles: EVERYWHERE,
    service: Service::Registry,
    root: (namespace::LCM, "SubmitObjectsRequest"),
    request_action: "urn:ihe:iti:2010:UpdateDocumentSet",
    tolerated_actions: &["urn:ihe:iti:xds-b:2007:UpdateDocumentSet-b"],
    response_action: "urn:ihe:iti:2010:UpdateDocumentSetResponse",
    national_response_action: Some("urn:ihe:iti:2010:UpdateDocumentSet-Response"),
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.57",
};

/// The action by which the NIST toolkit knows the answer of ITI-61.
pub const TOOLKIT_ON_DEMAND_ANSWER: &str = "urn:ihe:iti:2010:RegisterOnDemandDocumentResponse";

static ITI61: Row = Row {
    transaction: Transaction::Iti61,
    number: "ITI-61",
    name: "Register On-Demand Document Entry",
    td: "",
    profiles: OUTSIDE_DMP,
    service: Service::Registry,
    root: (namespace::LCM, "SubmitObjectsRequest"),
    request_action: "urn:ihe:iti:2010:RegisterOnDemandDocumentEntry",
    tolerated_actions: &[],
    response_action: "urn:ihe:iti:2010:RegisterOnDemandDocumentEntryResponse",
    national_response_action: None,
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.61",
};

static ITI62: Row = Row {
    transaction: Transaction::Iti62,
    number: "ITI-62",
    name: "Remove Metadata",
    td: "",
    profiles: OUTSIDE_DMP,
    service: Service::Registry,
    root: (namespace::LCM, "RemoveObjectsRequest"),
    request_action: "urn:ihe:iti:2010:DeleteDocumentSet",
    tolerated_actions: &[],
    response_action: "urn:ihe:iti:2010:DeleteDocumentSetResponse",
    national_response_action: None,
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.62",
};

static ITI86: Row = Row {
    transaction: Transaction::Iti86,
    number: "ITI-86",
    name: "Remove Documents",
    td: "",
    profiles: OUTSIDE_DMP,
    service: Service::Repository,
    root: (namespace::RMD, "RemoveDocumentsRequest"),
    request_action: "urn:ihe:iti:2017:RemoveDocuments",
    tolerated_actions: &[],
    response_action: "urn:ihe:iti:2017:RemoveDocumentsResponse",
    national_response_action: None,
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.86",
};

static ITI92: Row = Row {
    transaction: Transaction::Iti92,
    number: "ITI-92",
    name: "Restricted Update Document Set",
    td: "",
    profiles: OUTSIDE_DMP,
    service: Service::Registry,
    root: (namespace::LCM, "SubmitObjectsRequest"),
    request_action: "urn:ihe:iti:2018:RestrictedUpdateDocumentSet",
    tolerated_actions: &[],
    response_action: "urn:ihe:iti:2018:RestrictedUpdateDocumentSetResponse",
    national_response_action: None,
    answer_packaging: AnswerPackaging::AsRequest,
    soap11_root_part: false,
    spec: "ITI TF-2: 3.92",
};

impl Service {
    /// The services, in the order of their names.
    pub const ALL: [Self; 3] = [Self::PatientIdentity, Self::Registry, Self::Repository];

    /// Whether a gateway of that profile has it.
    pub fn is_served(self, profile: Profile) -> bool {
        CATALOGUE.iter().any(|row| row.service == self && row.is_served(profile))
    }

    /// The last step of the path.
    pub fn path(self) -> &'static str {
        match self {
            Self::PatientIdentity => "patient-identity",
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
    /// The body is known, the action is that of something else or says too little.
    Action {
        /// The actions that the body may have.
        expected: Vec<&'static str>,
    },
}

/// The row of a message, by the root of its body and its action, which must not contradict each other.
///
/// Real clients of the national service send several variants of the action, the action of the answer, or none, so the body
/// decides where it can. Where several transactions have the same body, the action tells them apart; an absent or
/// unknown one then means the transaction of the national service. What is refused is an action that this gateway
/// knows for something else.
///
/// # Errors
/// [`Unserved`] says what would have been taken.
pub fn row_for(
    service: Service,
    root: (&str, &str),
    action: Option<&str>,
    action_required: ActionRequired,
    profile: Profile,
) -> Result<&'static Row, Unserved> {
    chosen(CATALOGUE, service, root, action, action_required, profile)
}

fn chosen(
    catalogue: &[&'static Row],
    service: Service,
    root: (&str, &str),
    action: Option<&str>,
    action_required: ActionRequired,
    profile: Profile,
) -> Result<&'static Row, Unserved> {
    let served: Vec<&'static Row> =
        catalogue.iter().copied().filter(|row| row.root == root && row.is_served(profile)).collect();
    let here: Vec<&'static Row> = served.iter().copied().filter(|row| row.service == service).collect();
    let Some(first) = here.first().copied() else {
        let offered = catalogue.iter().filter(|row| row.service == service && row.is_served(profile));
        let mut expected: Vec<_> = offered.map(|row| row.root.1).collect();
        expected.dedup();
        return Err(Unserved::Root { expected, served_at: served.first().map(|row| row.service) });
    };
    let known = |action: &str| catalogue.iter().any(|row| row.has_action(action));
    let row = match (action, action_required) {
        (Some(action), ActionRequired::Exact) => here.iter().find(|row| row.request_action == action).copied(),
        (None, ActionRequired::Exact) => None,
        (Some(action), ActionRequired::Tolerant) if known(action) => {
            here.iter().find(|row| row.has_action(action)).copied()
        }
        (_, ActionRequired::Tolerant) => here.iter().find(|row| !row.td.is_empty()).copied().or(Some(first)),
    };
    row.ok_or_else(|| Unserved::Action { expected: here.iter().map(|row| row.request_action).collect() })
}

/// How closely `wsa:Action` is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionRequired {
    /// The action of the row and no other, as the ITI framework wants.
    Exact,
    /// Absent, unknown and known variants are taken, as the national service does.
    Tolerant,
}

impl Row {
    /// Whether a gateway of that profile serves it.
    pub fn is_served(&self, profile: Profile) -> bool {
        self.profiles.contains(&profile)
    }

    /// `wsa:Action` of the answer of a gateway of that profile.
    pub fn answer_action(&self, profile: Profile) -> &'static str {
        match profile {
            Profile::Dmp => self.national_response_action.unwrap_or(self.response_action),
            Profile::Ihe => self.response_action,
        }
    }

    /// Whether it is one of its actions, those of the answer included: some clients send them.
    fn has_action(&self, action: &str) -> bool {
        action == self.request_action
            || action == self.response_action
            || self.national_response_action == Some(action)
            || self.tolerated_actions.contains(&action)
    }
}

impl Transaction {
    /// Whether its answer may go to another address than the connection of the request. Spec: ITI TF-2: V.5.
    pub fn may_answer_elsewhere(self) -> bool {
        match self {
            Self::Iti18 | Self::Iti41 | Self::Iti42 | Self::Iti43 | Self::Iti51 | Self::Iti61 => true,
            Self::Iti44 | Self::Iti57 | Self::Iti62 | Self::Iti86 | Self::Iti92 => false,
        }
    }

    /// Its row.
    pub fn row(self) -> &'static Row {
        match self {
            Self::Iti18 => &ITI18,
            Self::Iti41 => &ITI41,
            Self::Iti42 => &ITI42,
            Self::Iti43 => &ITI43,
            Self::Iti44 => &ITI44_ADDED,
            Self::Iti51 => &ITI51,
            Self::Iti57 => &ITI57,
            Self::Iti61 => &ITI61,
            Self::Iti62 => &ITI62,
            Self::Iti86 => &ITI86,
            Self::Iti92 => &ITI92,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ActionRequired::{Exact, Tolerant};
    use super::{ActionRequired, CATALOGUE, ITI18, ITI42, Row, Service, Unserved, chosen, row_for};
    use crate::xds::error::Profile;
    use crate::xml::namespace::{LCM, QUERY, XDSB};

    const REGISTER: &str = "urn:ihe:iti:2007:RegisterDocumentSet-b";
    const CHANGE: &str = "urn:ihe:iti:2010:UpdateDocumentSet";
    const RESTRICTED: &str = "urn:ihe:iti:2018:RestrictedUpdateDocumentSet";

    #[test]
    fn each_row_is_told_apart_by_its_body_or_its_action() {
        for (at, row) in CATALOGUE.iter().enumerate() {
            assert_eq!(row.transaction.row().number, row.number);
            assert!(row.is_served(Profile::Ihe));
            assert!(CATALOGUE.iter().skip(at + 1).all(|other| !other.has_action(row.request_action)));
        }
    }

    #[test]
    fn the_body_decides_and_the_action_must_not_contradict() {
        let tolerant = |action| {
            row_for(Service::Registry, (QUERY, "AdhocQueryRequest"), action, Tolerant, Profile::Dmp)
                .map(|row| row.number)
        };
        assert_eq!(tolerant(None), Ok("ITI-18"));
        assert_eq!(tolerant(Some("urn:ihe:iti:2007:RegistryStoredQueryResponse")), Ok("ITI-18"));
        assert_eq!(tolerant(Some("something new")), Ok("ITI-18"));
        assert!(matches!(tolerant(Some(REGISTER)), Err(Unserved::Action { .. })));
        let exact = |action| row_for(Service::Registry, (LCM, "SubmitObjectsRequest"), action, Exact, Profile::Ihe);
        assert!(exact(Some(REGISTER)).is_ok());
        assert!(matches!(exact(None), Err(Unserved::Action { .. })));
        assert!(matches!(exact(Some("something new")), Err(Unserved::Action { .. })));
    }

    /// A catalogue with three transactions of one body: the first and the second national, the third not.
    fn rivals(action: Option<&str>, required: ActionRequired, profile: Profile) -> Result<&'static str, Unserved> {
        static NATIONAL: Row = Row { number: "second", td: "TD", request_action: CHANGE, response_action: "", ..ITI42 };
        static FOREIGN: Row = Row {
            number: "third",
            profiles: &[Profile::Ihe],
            request_action: RESTRICTED,
            response_action: "",
            ..ITI42
        };
        let catalogue: &[&'static Row] = &[&ITI18, &ITI42, &NATIONAL, &FOREIGN];
        chosen(catalogue, Service::Registry, (LCM, "SubmitObjectsRequest"), action, required, profile)
            .map(|row| row.number)
    }

    #[test]
    fn transactions_with_the_same_body_are_told_apart_by_their_action() {
        for (action, number) in [(REGISTER, "ITI-42"), (CHANGE, "second"), (RESTRICTED, "third")] {
            assert_eq!(rivals(Some(action), Exact, Profile::Ihe), Ok(number));
        }
        let expected = vec![REGISTER, CHANGE, RESTRICTED];
        assert_eq!(rivals(None, Exact, Profile::Ihe), Err(Unserved::Action { expected }));
    }

    #[test]
    fn without_an_action_that_is_known_the_body_means_the_transaction_of_the_national_service() {
        assert_eq!(rivals(None, Tolerant, Profile::Dmp), Ok("second"));
        assert_eq!(rivals(Some("something new"), Tolerant, Profile::Dmp), Ok("second"));
        assert_eq!(rivals(Some(REGISTER), Tolerant, Profile::Dmp), Ok("ITI-42"));
    }

    #[test]
    fn a_transaction_of_another_profile_is_not_served() {
        let expected = vec![REGISTER, CHANGE];
        assert_eq!(rivals(Some(RESTRICTED), Tolerant, Profile::Dmp), Err(Unserved::Action { expected }));
    }

    #[test]
    fn a_body_at_the_wrong_service_learns_where_to_go() {
        let root = (XDSB, "RetrieveDocumentSetRequest");
        let Err(Unserved::Root { expected, served_at }) =
            row_for(Service::Registry, root, None, Tolerant, Profile::Dmp)
        else {
            panic!("a retrieval is not served by the registry");
        };
        assert_eq!((expected.first(), served_at), (Some(&"AdhocQueryRequest"), Some(Service::Repository)));
    }
}
