//! Plans: what is sent and what must come back, as data (`conformance/plan/`), with a closed vocabulary.

pub mod caller;
pub mod judge;
pub mod report;
pub mod run;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::document::Document;
use crate::failure::Failure;

/// The plans that come with the harness.
const EMBEDDED: &[(&str, &str)] = &[
    ("dmp/td2_1", include_str!("../../plan/dmp/td2_1.toml")),
    ("dmp/td3_1", include_str!("../../plan/dmp/td3_1.toml")),
    ("dmp/td3_2", include_str!("../../plan/dmp/td3_2.toml")),
    ("dmp/vihf", include_str!("../../plan/dmp/vihf.toml")),
    ("dmp/tls", include_str!("../../plan/dmp/tls.toml")),
];

/// The documents that plans may name.
const SAMPLES: &[(&str, &[u8])] = &[
    ("consultation", include_bytes!("../../../cda-samples/consultation.xml")),
    ("adressage", include_bytes!("../../../cda-samples/adressage.xml")),
];

/// Steps that share what they deposit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// In one line.
    pub title: String,
    /// What it holds the server to.
    pub spec: String,
    /// In order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One request and its judgement. Exactly one of `deposit`, `find`, `retrieve`, `knock` is there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// A sentence.
    pub name: String,
    /// The card that speaks.
    #[serde(default = "doctor")]
    pub card: String,
    /// The organisation through which the holder of the card speaks (mode indirecte), instead of by the card itself.
    pub structure: Option<String>,
    /// What the VIHF is like.
    #[serde(default)]
    pub vihf: VihfKind,
    /// TD2.1.
    pub deposit: Option<Deposit>,
    /// TD3.1.
    pub find: Option<Find>,
    /// TD3.2.
    pub retrieve: Option<Retrieve>,
    /// Connect, and see whether the certificate is taken.
    pub knock: Option<Knock>,
    /// What must come back.
    pub expect: Expect,
}

fn doctor() -> String {
    "medecin".to_owned()
}

/// A VIHF that is right, or wrong in one way.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum VihfKind {
    /// Right.
    #[default]
    Good,
    /// No `wsse:Security` at all.
    Absent,
    /// `wsse:Security` without an assertion.
    Empty,
    /// Two assertions.
    Two,
    /// Issued two hours ago.
    Expired,
    /// Issued in an hour.
    Future,
    /// Not signed.
    Unsigned,
    /// A value changed after signing.
    Tampered,
    /// Signed with the authentication key.
    AuthenticationKey,
    /// Signed by a revoked card.
    Revoked,
    /// Signed by another person's card.
    OtherSigner,
    /// Of another patient than the request's.
    OtherPatient,
    /// The key of the INS is wrong.
    MalformedIns,
    /// Of another structure than the certificate's.
    OtherStructure,
}

/// A deposit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deposit {
    /// Which sample.
    pub sample: String,
    /// The name under which later steps know it.
    #[serde(rename = "as")]
    pub name: String,
    /// Takes the uniqueId of an earlier document instead of a new one.
    pub unique_id_of: Option<String>,
    /// Replaces an earlier document.
    pub replaces: Option<String>,
    /// Announces the hash of something else.
    #[serde(default)]
    pub wrong_hash: bool,
    /// Announces another size.
    #[serde(default)]
    pub wrong_size: bool,
}

/// A query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// availabilityStatus, the last word of the URN; default Approved.
    #[serde(default = "approved")]
    pub status: Vec<String>,
    /// By the uniqueId of this earlier document, instead of by patient.
    pub document: Option<String>,
    /// `LeafClass` or `ObjectRef`.
    #[serde(default = "leaf_class")]
    pub return_type: String,
}

fn approved() -> Vec<String> {
    vec!["Approved".to_owned()]
}

fn leaf_class() -> String {
    "LeafClass".to_owned()
}

/// A retrieve.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retrieve {
    /// The earlier document; nothing means one that does not exist.
    pub document: Option<String>,
    /// Asks a repository that is not there.
    #[serde(default)]
    pub other_repository: bool,
}

/// A connection.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knock {
    /// The card whose authentication certificate is shown; nothing means none is.
    pub certificate: Option<String>,
}

/// What must come back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// In one word.
    pub answer: Kind,
    /// A failure's error code, or a fault's innermost subcode.
    pub code: Option<String>,
    /// Earlier documents that a query must find.
    #[serde(default)]
    pub holds: Vec<String>,
    /// Earlier documents that it must not find.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// The availabilityStatus of what it finds.
    #[serde(default)]
    pub status: BTreeMap<String, String>,
}

/// Kinds of answer.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A response with status Success.
    Success,
    /// A response with status Failure.
    Failure,
    /// A SOAP fault.
    Fault,
    /// The connection is taken.
    Connected,
    /// The connection, or the request before SOAP, is refused.
    Refused,
}

impl Plan {
    /// Reads a plan.
    pub fn read(name: &str, text: &str) -> Result<Self, Failure> {
        let plan: Self = toml::from_str(text).map_err(|e| Failure::Usage(format!("plan {name}: {e}")))?;
        for step in &plan.steps {
            let kinds = [step.deposit.is_some(), step.find.is_some(), step.retrieve.is_some(), step.knock.is_some()];
            if kinds.iter().filter(|k| **k).count() != 1 {
                return Err(Failure::Usage(format!("plan {name}, step {:?}: one request, please", step.name)));
            }
        }
        Ok(plan)
    }

    /// The plans in `files`, or those that come with the harness.
    pub fn load(files: &[impl AsRef<Path>]) -> Result<Vec<(String, Self)>, Failure> {
        if files.is_empty() {
            return EMBEDDED.iter().map(|(name, text)| Ok(((*name).to_owned(), Self::read(name, text)?))).collect();
        }
        let read = |path: &Path| {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(Failure::io(&name))?;
            let plan = Self::read(&name, &text)?;
            Ok((name, plan))
        };
        files.iter().map(|path| read(path.as_ref())).collect()
    }
}

/// The sample of that name.
pub fn sample(name: &str) -> Result<Document, Failure> {
    let found = SAMPLES.iter().find(|(known, _)| *known == name);
    let (_, bytes) = found.ok_or_else(|| Failure::Usage(format!("no sample is called {name}")))?;
    Document::read(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plans_that_come_with_the_harness_can_be_read() {
        let plans = Plan::load(&[] as &[&Path]).unwrap();
        assert!(plans.iter().all(|(_, plan)| !plan.steps.is_empty()));
    }

    #[test]
    fn a_step_with_two_requests_is_refused() {
        let text = "title='t'\nspec='s'\n[[step]]\nname='n'\nfind={}\nretrieve={}\nexpect={answer='success'}";
        assert!(Plan::read("p", text).is_err());
    }
}
