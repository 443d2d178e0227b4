//! The attributes of a VIHF, one row each: names, form, and in which mode they must be there.
//! Spec: DMP TD0.1, attributes of the VIHF.

use crate::security::vihf::assertion::Mode;

/// An attribute by its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    /// Version of the VIHF.
    Version,
    /// Authentication mode.
    Mode,
    /// `Struct_IdNat` of the structure.
    Structure,
    /// Sector of activity.
    Sector,
    /// Free text that names the person or the device.
    SubjectId,
    /// Profession, then speciality.
    Role,
    /// The service that is called.
    ResourceUrn,
    /// The patient.
    ResourceId,
    /// Access mode.
    PurposeOfUse,
    /// Connexion secrète of a minor's record.
    Confidentiality,
    /// Name of the client software.
    SoftwareName,
    /// Version of the client software.
    SoftwareVersion,
    /// Number of the authorisation of the client software.
    SoftwareHomologation,
    /// Serial number of the installation.
    SoftwareId,
}

/// What an `AttributeValue` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Text.
    Text,
    /// One HL7 coded element of that name.
    Coded(&'static str),
    /// Either: the sources do not agree on this one.
    TextOrCoded,
}

/// Whether an attribute must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Exactly once.
    Required,
    /// Once or not at all.
    Optional,
}

/// One row of the table.
#[derive(Debug)]
pub struct Row {
    /// The attribute.
    pub attribute: Attribute,
    /// `Attribute/@Name`: the one that is written first, then other spellings that are live.
    pub names: &'static [&'static str],
    /// What its values hold.
    pub form: Form,
    /// How many values it may have.
    pub most_values: usize,
    /// In mode directe.
    pub direct: Presence,
    /// In mode indirecte.
    pub indirect: Presence,
    /// In mode indirecte renforcée.
    pub air: Presence,
}

use Presence::{Optional, Required};

/// Every attribute that is read. Others are ignored: sister profiles of the VIHF add their own.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    Row { attribute: Attribute::Version, names: &["VIHF_Version"], form: Form::Text, most_values: 1, direct: Required, indirect: Required, air: Required },
    // Official samples write a small m, most clients a capital one.
    Row { attribute: Attribute::Mode, names: &["Authentification_mode", "Authentification_Mode"], form: Form::Text, most_values: 1, direct: Required, indirect: Required, air: Required },
    Row { attribute: Attribute::Structure, names: &["Identifiant_Structure"], form: Form::Text, most_values: 1, direct: Required, indirect: Required, air: Required },
    Row { attribute: Attribute::Sector, names: &["Secteur_Activite"], form: Form::Text, most_values: 1, direct: Required, indirect: Required, air: Required },
    Row { attribute: Attribute::SubjectId, names: &["urn:oasis:names:tc:xspa:1.0:subject:subject-id"], form: Form::Text, most_values: 1, direct: Optional, indirect: Required, air: Required },
    Row { attribute: Attribute::Role, names: &["urn:oasis:names:tc:xacml:2.0:subject:role"], form: Form::Coded("Role"), most_values: 2, direct: Required, indirect: Required, air: Required },
    Row { attribute: Attribute::ResourceUrn, names: &["Ressource_URN"], form: Form::Text, most_values: 1, direct: Required, indirect: Required, air: Required },
    // Whether a transaction needs the patient is known to the transaction, not here.
    Row { attribute: Attribute::ResourceId, names: &["urn:oasis:names:tc:xacml:2.0:resource:resource-id"], form: Form::Text, most_values: 1, direct: Optional, indirect: Optional, air: Optional },
    Row { attribute: Attribute::PurposeOfUse, names: &["urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"], form: Form::Coded("PurposeOfUse"), most_values: 1, direct: Required, indirect: Required, air: Required },
    Row { attribute: Attribute::Confidentiality, names: &["urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code"], form: Form::TextOrCoded, most_values: 1, direct: Optional, indirect: Optional, air: Optional },
    Row { attribute: Attribute::SoftwareName, names: &["LPS_Nom"], form: Form::Text, most_values: 1, direct: Required, indirect: Required, air: Required },
    Row { attribute: Attribute::SoftwareVersion, names: &["LPS_Version"], form: Form::Text, most_values: 1, direct: Required, indirect: Required, air: Required },
    Row { attribute: Attribute::SoftwareHomologation, names: &["LPS_ID_HOMOLOGATION_DMP"], form: Form::Text, most_values: 1, direct: Required, indirect: Required, air: Required },
    Row { attribute: Attribute::SoftwareId, names: &["LPS_ID"], form: Form::Text, most_values: 1, direct: Optional, indirect: Optional, air: Optional },
];

impl Row {
    /// Whether the attribute must be there in that mode.
    pub fn presence(&self, mode: Mode) -> Presence {
        match mode {
            Mode::Direct => self.direct,
            Mode::Indirect => self.indirect,
            Mode::Air => self.air,
        }
    }
}

impl Attribute {
    /// The name that is written.
    pub fn name(self) -> &'static str {
        let row = TABLE.iter().find(|row| row.attribute == self);
        row.and_then(|row| row.names.first()).copied().unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::{Attribute, TABLE};

    #[test]
    fn every_attribute_has_one_row_and_its_own_names() {
        let names: Vec<&str> = TABLE.iter().flat_map(|row| row.names).copied().collect();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[at + 1..].contains(name), "{name}");
        }
        assert_eq!(TABLE.last().map(|row| row.attribute as usize + 1), Some(TABLE.len()));
        assert_eq!(Attribute::ResourceUrn.name(), "Ressource_URN");
    }
}
