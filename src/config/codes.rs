//! The code table that the configuration names, read and given its policies.

use std::path::Path;

use crate::config::Config;
use crate::config::file::{CodePolicy, Codes};
use crate::config::finding::Finding;
use crate::terminology::code_table::CodeTable;
use crate::xds::validation::code::{CodeRules, PATIENT_AUTHORITY, Policy};

/// The key that names the file.
const PLACE: &str = "codes.table";

impl Config {
    /// The lists of the affinity domain; without a table, none. Warnings come beside them.
    ///
    /// # Errors
    /// Each fault of the file, with its line and key.
    pub fn codes(&self) -> Result<(CodeRules, Vec<Finding>), Vec<Finding>> {
        let codes = &self.file().codes;
        let Some(path) = &codes.table else { return Ok((CodeRules::default(), Vec::new())) };
        let table = read(path)?;
        let (rules, unheeded) = CodeRules::new(table, |attribute| policy(codes, attribute));
        let mut warnings: Vec<Finding> = unheeded
            .iter()
            .map(|name| format!("{}: the list {name} is for no attribute that is checked", path.display()))
            .map(|text| Finding::warning(PLACE, text))
            .collect();
        for row in rules.empty() {
            let text = format!("{}: the list of {} is empty, so that every code is refused", path.display(), row.name);
            warnings.push(Finding::warning(PLACE, text));
        }
        Ok((rules, warnings))
    }
}

fn read(path: &Path) -> Result<CodeTable, Vec<Finding>> {
    let bytes = std::fs::read(path)
        .map_err(|cause| vec![Finding::error(PLACE, format!("cannot read {}: {cause}", path.display()))])?;
    CodeTable::read(&bytes).map_err(|faults| {
        let named = faults.iter().map(|fault| Finding::error(PLACE, format!("{}, {fault}", path.display())));
        named.collect()
    })
}

fn policy(codes: &Codes, attribute: &str) -> Policy {
    let setting = match attribute {
        "classCode" => codes.class_code,
        "confidentialityCode" => codes.confidentiality_code,
        "eventCodeList" => codes.event_code,
        "formatCode" => codes.format_code,
        "healthcareFacilityTypeCode" => codes.healthcare_facility_type_code,
        "practiceSettingCode" => codes.practice_setting_code,
        "typeCode" => codes.type_code,
        "contentTypeCode" => codes.content_type_code,
        "codeList" => codes.folder_code,
        "documentation" => codes.association_documentation,
        "mimeType" => codes.mime_type,
        "languageCode" => codes.language_code,
        PATIENT_AUTHORITY => codes.assigning_authority,
        _ => CodePolicy::Error,
    };
    match setting {
        CodePolicy::Error => Policy::Error,
        CodePolicy::Warning => Policy::Warning,
        CodePolicy::Off => Policy::Off,
    }
}

/// What a reload says: all faults in one sentence.
pub fn in_one_line(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
