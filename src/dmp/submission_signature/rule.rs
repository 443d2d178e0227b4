//! The rules of a signed submission set, each with how to mend what breaks it. Spec: DMP TD2.1, signature.

use crate::security::signature::xades::rule as xades;
use crate::xds::error::{ErrorCode, Finding};
use crate::xds::metadata::document_entry::DocumentEntry;
use crate::xds::rule::{Rule, Scope};

/// A rule and its help in French; in English it is what the rule demands.
#[derive(Debug, PartialEq, Eq)]
pub struct SignatureRule {
    /// The rule.
    pub rule: Rule,
    /// How to mend, in French.
    pub help: &'static str,
}

impl SignatureRule {
    pub(in crate::dmp::submission_signature) fn finding(&'static self, context: impl std::fmt::Display) -> Finding {
        Finding::of(&self.rule, format!("{context}. {}", self.help))
    }

    /// What breaks the rule at an entry.
    pub(in crate::dmp::submission_signature) fn broken(
        &'static self,
        entry: &DocumentEntry,
        context: impl std::fmt::Display,
    ) -> Finding {
        self.finding(context).on(entry.id.as_str())
    }
}

const SPEC: &str = "DMP TD2.1, signature of the submission set";

const fn on_document(id: &'static str, demands: &'static str, help: &'static str) -> SignatureRule {
    SignatureRule { rule: Rule::new(id, ErrorCode::RepositoryError, demands, SPEC).only(Scope::DmpOnly), help }
}

const fn on_metadata(id: &'static str, demands: &'static str, help: &'static str) -> SignatureRule {
    SignatureRule { rule: Rule::new(id, ErrorCode::RepositoryMetadataError, demands, SPEC).only(Scope::DmpOnly), help }
}

/// The same, which warns where nothing says that the national service refuses.
const fn warning(rule: &SignatureRule) -> SignatureRule {
    SignatureRule { rule: rule.rule.warning(), help: rule.help }
}

/// Declares the rules as statics and as the table of all of them.
///
/// A macro because each rule is named where it is checked and listed where all are: once written, never forgotten.
macro_rules! signature_rules {
    ($($name:ident = $rule:expr;)+) => {
        $(pub(in crate::dmp::submission_signature) static $name: SignatureRule = $rule;)+
        /// Every rule of this file.
        static DECLARED: &[&SignatureRule] = &[$(&$name),+];
    };
}

signature_rules! {
    MISSING = on_document("SIG-MISSING", "one document of a submission is its signature (signature.unsigned)",
        "Joindre au lot sa signature XAdES.");
    ONE = on_metadata("SIG-ONE", "a submission has one signature", "Ne joindre qu'une signature au lot.");
    SIGNS = on_metadata("SIG-SIGNS", "an association signs leads from the signature to the submission set",
        "Ajouter une association signs de la signature vers le lot.");
    MIME_TYPE = on_metadata("SIG-MIME-TYPE", "mimeType of the signature is text/xml", "Mettre mimeType à text/xml.");
    LANGUAGE = on_metadata("SIG-LANGUAGE", "languageCode of the signature is art", "Mettre languageCode à art.");
    TITLE = warning(&on_metadata("SIG-TITLE", "title of the signature is Source", "Mettre le titre à Source."));
    CLASS = on_metadata("SIG-CLASS", "classCode of the signature is urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1 of scheme URN",
        "Mettre classCode à urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1 (URN).");
    TYPE = on_metadata("SIG-TYPE", "typeCode of the signature is E1762 of scheme ASTM", "Mettre typeCode à E1762 (ASTM).");
    FORMAT = on_metadata("SIG-FORMAT",
        "formatCode of the signature is the namespace of XML Signature (scheme URN), or urn:ihe:iti:dsg:detached:2014",
        "Mettre formatCode à http://www.w3.org/2000/09/xmldsig# (URN).");
    CONFIDENTIALITY = on_metadata("SIG-CONFIDENTIALITY",
        "confidentialityCode of the signature is N, MASQUE_PS and INVISIBLE_PATIENT",
        "Donner à la signature les trois codes N, MASQUE_PS et INVISIBLE_PATIENT.");
    EVENT = on_metadata("SIG-EVENT", "eventCodeList of the signature holds 1.2.840.10065.1.12.1.14 of scheme 1.2.840.10065.1.12",
        "Ajouter à eventCodeList le code 1.2.840.10065.1.12.1.14 (1.2.840.10065.1.12).");
    SOURCE_PATIENT = on_metadata("SIG-SOURCE-PATIENT", "sourcePatientId of the signature is the INS, as patientId",
        "Mettre dans sourcePatientId l'INS du patient.");
    SOURCE_PATIENT_INFO = on_metadata("SIG-SOURCE-PATIENT-INFO", "the signature has no sourcePatientInfo",
        "Retirer sourcePatientInfo de la signature.");
    AUTHOR = on_metadata("SIG-AUTHOR", "the author of the signature is the author of the submission set",
        "Reprendre pour la signature l'auteur du lot.");
    AUTHENTICATOR = warning(&on_metadata("SIG-AUTHENTICATOR",
        "legalAuthenticator of the signature is the person who is author of the submission set",
        "Reprendre dans legalAuthenticator la personne auteur du lot."));
    FACILITY = warning(&on_metadata("SIG-FACILITY",
        "healthcareFacilityTypeCode of the signature is the sector of the assertion",
        "Reprendre dans healthcareFacilityTypeCode le secteur d'activité du VIHF."));
    SET = on_document("SIG-SET", "the manifest names the uniqueId of the submission set",
        "Signer l'uniqueId du lot qui est déposé.");
    COVERS = on_document("SIG-COVERS", "the manifest names every document of the set but the signature",
        "Signer chaque document du lot.");
    STRANGER = on_document("SIG-STRANGER", "the manifest names no document but those of the set",
        "Ne signer que les documents du lot, chacun par son uniqueId.");
    DIGEST = on_document("SIG-DIGEST", "the digest of a document in the manifest is that of the document that came",
        "Calculer le condensat sur le document tel qu'il est déposé, sous la forme que la transformation annonce.");
    CANONICAL = on_document("SIG-CANONICAL",
        "a document that is signed in canonical form is XML, no larger than cda.max_document_bytes",
        "Ne déclarer une canonicalisation que pour un document XML ; signer les autres tels quels.");
    SIGNER = on_document("SIG-SIGNER",
        "the signature is of the person or of the structure that the assertion names",
        "Signer le lot avec la carte du professionnel ou le certificat de la structure du VIHF.");
}

/// Every rule of a signed set, then those of the signature document.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    DECLARED.iter().map(|declared| &declared.rule).chain(&OF_DOCUMENT)
}

/// How to mend what breaks the rules of this file, in French, by the id of the rule.
pub fn helps() -> impl Iterator<Item = (&'static str, &'static str)> {
    DECLARED.iter().map(|declared| (declared.rule.id, declared.help))
}

/// The rules of a signature document, as rules of an answer.
static OF_DOCUMENT: [Rule; xades::RULES.len()] = of_document();

const fn of_document() -> [Rule; xades::RULES.len()] {
    let mut rules = [Rule::new("", ErrorCode::RepositoryError, "", ""); xades::RULES.len()];
    let mut at = 0;
    while at < xades::RULES.len() {
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, within the bound of the loop")]
        {
            let rule = xades::RULES[at];
            rules[at] = Rule::new(rule.id, ErrorCode::RepositoryError, rule.en, rule.spec).only(Scope::DmpOnly);
        }
        at += 1;
    }
    rules
}

/// What breaks a rule of the signature document.
pub(in crate::dmp::submission_signature) fn finding_of(broken: &xades::Rule, context: String) -> Finding {
    let rule = OF_DOCUMENT.iter().find(|rule| rule.id == broken.id);
    // Every rule of the signature document stands in the table that is made from theirs.
    Finding::of(rule.unwrap_or(&DIGEST.rule), context)
}

#[cfg(test)]
mod tests {
    use super::{DIGEST, OF_DOCUMENT, finding_of, helps, rules};
    use crate::security::signature::xades::rule::RULES;

    #[test]
    fn every_rule_of_a_signature_document_is_a_rule_of_an_answer() {
        for rule in RULES {
            let finding = finding_of(rule, String::new());
            assert_eq!((finding.rule, finding.code), (rule.id, DIGEST.rule.code));
            assert!(!rule.fr.is_empty() && !rule.en.is_empty());
        }
        assert_eq!(OF_DOCUMENT.len(), RULES.len());
    }

    #[test]
    fn every_rule_of_a_set_says_how_to_mend_in_both_languages() {
        assert!(helps().all(|(id, help)| id.starts_with("SIG-") && help.ends_with('.')));
        assert!(rules().all(|rule| !rule.demands.is_empty() && !rule.spec.is_empty()));
    }
}
