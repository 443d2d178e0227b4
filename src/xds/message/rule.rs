//! The rules of the messages, asked before anything is judged. Spec: ITI TF-2: 3.18, 3.41, 3.42, 3.43.

use crate::xds::error::ErrorCode;
use crate::xds::rule::{Rule, rules};

rules! {
    SHAPE = Rule::new("MESSAGE-SHAPE", ErrorCode::RegistryError,
        "a request holds the elements that its schema demands", "ITI TF-2: 3.18.4.1.2, 3.41.4.1.2, 3.42.4.1.2, 3.43.4.1.2")
        .or(&[ErrorCode::RegistryMetadataError, ErrorCode::RepositoryMetadataError, ErrorCode::RepositoryError]);
    FORM = Rule::new("MESSAGE-FORM", ErrorCode::RegistryMetadataError,
        "a file to be validated is XML and holds a request", "ITI TF-2: 3.41.4.1.2, 3.42.4.1.2");
    DOCUMENT = Rule::new("MESSAGE-DOCUMENT", ErrorCode::RepositoryMetadataError,
        "a Document has the id of its entry", "ITI TF-2: 3.41.4.1.2");
    DOCUMENT_BYTES = Rule::new("MESSAGE-BYTES", ErrorCode::RepositoryMetadataError,
        "a Document holds base64 text or refers to a part of the package by xop:Include (XOP-01 to XOP-03)",
        "ITI TF-2: V.3.6, 3.41.4.1.2").or(&[ErrorCode::MissingDocument]);
    DOCUMENT_REQUESTS = Rule::new("RETRIEVE-NUMBER", ErrorCode::RepositoryError,
        "a request names 1,000 documents at most: each is an open file until it is sent", "ITI TF-2: 3.43.4.1.2, 3.86.4.1.2; a limit of the gateway");
    REFERENCES_ONLY = Rule::new("REMOVE-REFS-ONLY", ErrorCode::RegistryError,
        "a removal of metadata names its objects by ObjectRef/@id, and holds nothing else", "ITI TF-2: 3.62.4.1.2");
    RETURN_TYPE = Rule::new("QUERY-RETURN-TYPE", ErrorCode::RegistryError,
        "ResponseOption/@returnType is LeafClass or ObjectRef", "ITI TF-2: 3.18.4.1.2.2");
    PAGE = Rule::new("QUERY-PAGE", ErrorCode::RegistryError,
        "startIndex is a number from 0 and maxResults one from -1", "ebRS 3.0, 6.1.1");
}
