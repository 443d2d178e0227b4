//! Dated code lists of the French field, as data beside the code that reads them.

pub mod value_set;
