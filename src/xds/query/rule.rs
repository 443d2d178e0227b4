//! The rules of a stored query and its parameters. Spec: ITI TF-2: 3.18.4.1.2.3.

use crate::xds::error::ErrorCode;
use crate::xds::rule::{Rule, rules};

rules! {
    ID = Rule::new("QUERY-ID", ErrorCode::UnknownStoredQuery,
        "the query is one that the transaction serves", "ITI TF-2: 3.18.4.1.2.4, 3.51.4.1.2.4");
    SYNTAX = Rule::new("QUERY-SYNTAX", ErrorCode::RegistryError,
        "a value is a number, a quoted string, or a list of them in parentheses", "ITI TF-2: 3.18.4.1.2.3.5");
    NUMBER = Rule::new("QUERY-NUMBER", ErrorCode::StoredQueryParamNumber,
        "a parameter that takes one value has one, any has 1,000 at most, and stands 100 times at most", "ITI TF-2: 3.18.4.1.2.3.5");
    REPEATED = Rule::new("QUERY-REPEATED", ErrorCode::StoredQueryParamNumber,
        "a parameter stands once, unless it may be repeated for AND", "ITI TF-2: 3.18.4.1.2.3.5");
    REQUIRED = Rule::new("QUERY-REQUIRED", ErrorCode::StoredQueryMissingParam,
        "a required parameter stands", "ITI TF-2: 3.18.4.1.2.3.7");
    VALUE = Rule::new("QUERY-VALUE", ErrorCode::RegistryError,
        "a value has the form of its parameter, and 1,024 characters at most", "ITI TF-2: 3.18.4.1.2.3.7");
    CODE = Rule::new("QUERY-CODE", ErrorCode::RegistryError,
        "a code is code^^scheme, both parts present", "ITI TF-2: 3.18.4.1.2.3.4");
    SELECTOR = Rule::new("QUERY-SELECTOR", ErrorCode::StoredQueryMissingParam,
        "of parameters that exclude each other exactly one stands", "ITI TF-2: 3.18.4.1.2.3.7")
        .or(&[ErrorCode::StoredQueryParamNumber]);
    BOUND = Rule::new("QUERY-BOUND", ErrorCode::StoredQueryMissingParam,
        "a query about several patients has at least one of the parameters that bound it", "ITI TF-2: 3.51.4.1.2.3");
    LEVEL = Rule::new("QUERY-LEVEL", ErrorCode::RegistryError,
        "$MetadataLevel is 1 or 2, and 2 where logical ids are asked for", "ITI TF-2: 3.18.4.1.2.3.9");
}
