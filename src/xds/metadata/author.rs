//! Who wrote a document or sent a submission set. Spec: ITI TF-3: 4.2.3.2.1.

use crate::datatype::xcn::Xcn;
use crate::datatype::xon::Xon;
use crate::datatype::xtn::Xtn;

/// One author: a person, where it works, in which role.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Author {
    /// Slot `authorPerson`, at most one.
    pub persons: Vec<Xcn>,
    /// Slot `authorInstitution`.
    pub institutions: Vec<Xon>,
    /// Slot `authorRole`, as sent.
    pub roles: Vec<String>,
    /// Slot `authorSpecialty`, as sent.
    pub specialties: Vec<String>,
    /// Slot `authorTelecommunication`.
    pub telecommunications: Vec<Xtn>,
}

impl std::fmt::Debug for Author {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Author(…)")
    }
}
