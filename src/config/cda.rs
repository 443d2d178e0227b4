//! How clinical documents are judged: the section `[cda]`, with what its directories hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cda::rule::volet::Volets;
use crate::cda::rule::{self, Severities, Severity};
use crate::cda::validation::{Policy, Settings, Validator};
use crate::config::Config;
use crate::config::cda_files;
use crate::config::file::{CdaPolicy, Profile};
use crate::config::finding::Finding;
use crate::dmp::coherence;
use crate::terminology::code_set::CodeSets;
use crate::terminology::nearest::distance;
use crate::transaction::clinical::Judging;

/// The key of the severities.
const SEVERITIES: &str = "cda.severities";

impl Config {
    /// What a deposit does with what is found in its CDA. A plain IHE domain knows no CDA of its own: nothing is asked there.
    pub fn cda_policy(&self) -> Policy {
        let file = self.file();
        match (file.domain.profile, file.cda.validation) {
            (Profile::Ihe, _) | (_, CdaPolicy::Off) => Policy::Off,
            (Profile::Dmp, CdaPolicy::Report) => Policy::Report,
            (Profile::Dmp, CdaPolicy::Enforce) => Policy::Enforce,
        }
    }

    /// How the clinical documents of deposits are judged; nothing where they are not read.
    ///
    /// # Errors
    /// Those of [`Config::cda`].
    pub fn judging(&self) -> Result<Option<Judging>, Vec<Finding>> {
        let policy = self.cda_policy();
        if policy == Policy::Off {
            return Ok(None);
        }
        let validator = Validator::new(self.cda()?);
        // Without its schema nothing would be taken: whoever starts the gateway shall know at once.
        validator.ready().map_err(|cause| vec![Finding::error("cda.schemas", cause.to_string())])?;
        Ok(Some(Judging { policy, validator: Arc::new(validator) }))
    }

    /// How documents are judged.
    ///
    /// # Errors
    /// Each fault of the section and of the files that it names.
    pub fn cda(&self) -> Result<Settings, Vec<Finding>> {
        let cda = &self.file().cda;
        let severities = severities(&cda.severities);
        let schema = cda.schemas.as_deref().map(cda_files::schema).transpose();
        let code_sets = cda.value_sets.as_deref().map_or_else(|| Ok(CodeSets::built_in()), cda_files::value_sets);
        let volets = match (&cda.rules, &code_sets) {
            (None, Ok(_)) if cda.value_sets.is_none() => Ok(Volets::built_in()),
            (rules, Ok(sets)) => cda_files::volets(rules.as_deref(), sets),
            // Asked all the same, for what is wrong with its files.
            (rules, Err(_)) => cda_files::volets(rules.as_deref(), &CodeSets::built_in()),
        };
        // Everything that is wrong at once.
        match (severities, schema, volets, code_sets) {
            (Ok(severities), Ok(schema), Ok(volets), Ok(code_sets)) => {
                let strangers = unknown(&severities, &known(&volets));
                if !strangers.is_empty() {
                    return Err(strangers);
                }
                Ok(Settings {
                    limits: Settings::limits_of(cda.max_document_bytes),
                    severities,
                    most_findings: cda.most_findings,
                    schema,
                    volets,
                    code_sets,
                })
            }
            (severities, schema, volets, code_sets) => {
                let faults = [severities.err(), schema.err(), volets.err(), code_sets.err()];
                Err(faults.into_iter().flatten().flatten().collect())
            }
        }
    }
}

/// The ids of all rules that may speak of a document.
fn known(volets: &Volets) -> Vec<&str> {
    let in_files = volets.rules().map(|(_, rule)| rule.id.as_ref());
    rule::ids().into_iter().chain(coherence::rules().map(|rule| rule.id)).chain(in_files).collect()
}

/// Reads `RULE=error`, `RULE=warning`, `RULE=off`.
pub(super) fn severities(texts: &[String]) -> Result<Severities, Vec<Finding>> {
    let mut table = BTreeMap::new();
    let mut faults = Vec::new();
    for text in texts {
        let (name, word) = text.split_once('=').map_or((text.trim(), ""), |(name, word)| (name.trim(), word.trim()));
        let severity = match word {
            "error" => Some(Severity::Error),
            "warning" => Some(Severity::Warning),
            "off" => None,
            _ => {
                let form = "expected RULE=error, RULE=warning or RULE=off";
                faults.push(Finding::error(SEVERITIES, format!("{form}, found {text}")));
                continue;
            }
        };
        // A star alone would silence what reads the document at all.
        if name.trim_end_matches('*').is_empty() {
            faults.push(Finding::error(SEVERITIES, format!("expected a rule or a family such as SM*, found {text}")));
        } else if table.insert(name.to_owned(), severity).is_some() {
            faults.push(Finding::error(SEVERITIES, format!("{name} stands twice")));
        }
    }
    if faults.is_empty() { Ok(Severities::new(table)) } else { Err(faults) }
}

/// Keys that fit no rule, each with the rule that was most likely meant.
fn unknown(severities: &Severities, ids: &[&str]) -> Vec<Finding> {
    let nearest = |key: &str| ids.iter().min_by_key(|id| distance(key, id)).copied().unwrap_or_default();
    let told = |key: &str| format!("there is no rule {key}; the nearest is {}", nearest(key));
    severities.strangers(ids).into_iter().map(|key| Finding::error(SEVERITIES, told(key))).collect()
}
