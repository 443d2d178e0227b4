//! The schema that comes with the gateway: the files of `schemas/cda`, compiled once in a process.

use std::sync::{Arc, LazyLock};

use crate::xml::schema::source::Sources;
use crate::xml::schema::{Schema, SchemaError};

/// The file that names the others.
const ROOT: &str = "cda.xsd";

/// Every file of the schema.
const FILES: &[(&str, &str)] = &[
    (ROOT, include_str!("../../../../schemas/cda/cda.xsd")),
    ("header.xsd", include_str!("../../../../schemas/cda/header.xsd")),
    ("body.xsd", include_str!("../../../../schemas/cda/body.xsd")),
    ("narrative.xsd", include_str!("../../../../schemas/cda/narrative.xsd")),
    ("datatype.xsd", include_str!("../../../../schemas/cda/datatype.xsd")),
    ("vocabulary.xsd", include_str!("../../../../schemas/cda/vocabulary.xsd")),
    ("sdtc.xsd", include_str!("../../../../schemas/cda/sdtc.xsd")),
    ("laboratory.xsd", include_str!("../../../../schemas/cda/laboratory.xsd")),
    ("pharmacy.xsd", include_str!("../../../../schemas/cda/pharmacy.xsd")),
    ("imaging.xsd", include_str!("../../../../schemas/cda/imaging.xsd")),
];

static COMPILED: LazyLock<Result<Arc<Schema>, SchemaError>> = LazyLock::new(|| {
    let files = FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).into()));
    let sources = Sources::new(files).map_err(|(file, reason)| SchemaError::Malformed { file, reason })?;
    Schema::compile(sources, ROOT).map(Arc::new)
});

/// The schema; an error where libxml2 was built without schemas.
pub(crate) fn schema() -> Result<Arc<Schema>, SchemaError> {
    COMPILED.clone()
}
