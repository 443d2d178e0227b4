//! Code lists: the dated ones of the French field, as data beside the code that reads them, and those of an operator.

pub mod code_set;
pub mod code_table;
pub mod document_format;
pub mod nearest;
pub mod value_set;
