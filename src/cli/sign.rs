//! `sign`: the signature document of a submission set, ready to be deposited with it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use uuid::Uuid;

use crate::cda::validation;
use crate::cli::console::{Console, Failure, now};
use crate::cli::vihf::Signatory;
use crate::datatype::unique_id::UniqueId;
use crate::security::signature::algorithm::Hash;
use crate::security::signature::xades::is_name;
use crate::security::signature::xades::issue::{SignatureRequest, SignedDocument, Version};

const EXAMPLES: &str = "\
Examples:
  dmp-gateway sign --card pki/cards/medecin --submission-set 1.2.250.1.999.77.1.1.1 \\
      --document 1.2.250.1.999.77.1.3.1=cr.xml --out signature.xml
  dmp-gateway sign --card pki/organisations/hopital --submission-set 1.2.250.1.999.77.1.1.2 \\
      --document 1.2.250.1.999.77.1.3.2=cr.xml --document 1.2.250.1.999.77.1.3.3=kos.dcm --sha1

A document that is XML is signed in its canonical form, any other as its octets.
Exit codes: 0 ok, 2 wrong use, 3 input or output";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Who signs: PKI/cards/NAME or PKI/organisations/NAME of a directory made by `pki init`
    #[arg(long, value_name = "DIR")]
    card: PathBuf,
    /// uniqueId of the submission set
    #[arg(long, value_name = "UNIQUE_ID")]
    submission_set: String,
    /// A document of the set, by its uniqueId; once for each
    #[arg(long = "document", value_name = "UNIQUE_ID=FILE", required = true)]
    documents: Vec<String>,
    /// Sign with SHA-1, as clients of 2020 do; a gateway takes it only with `signature.allow_sha1`
    #[arg(long)]
    sha1: bool,
    /// Version of `XAdES`
    #[arg(long, value_enum, default_value = "1.1.1")]
    xades: VersionName,
    /// Id of the signature: the uniqueId of the signature document; drawn when absent
    #[arg(long, value_name = "UNIQUE_ID")]
    id: Option<String>,
    /// Where the signature document goes; standard output when absent
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum VersionName {
    /// The one of the DMP
    #[value(name = "1.1.1")]
    V111,
    /// With `SigningCertificateV2`
    #[value(name = "1.3.2")]
    V132,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    let signatory = Signatory::open(&arguments.card)?;
    let hash = if arguments.sha1 { Hash::Sha1 } else { Hash::Sha256 };
    let request = SignatureRequest {
        id: match &arguments.id {
            Some(id) if is_name(id) => id.clone(),
            Some(_) => return Err(Failure::wrong_use("--id: expected letters, digits, or one of - _ . : ^")),
            None => format!("_{}", Uuid::new_v4()),
        },
        submission_set: unique_id("--submission-set", &arguments.submission_set)?,
        documents: documents(&arguments.documents, hash)?,
        hash,
        version: match arguments.xades {
            VersionName::V111 => Version::V111,
            VersionName::V132 => Version::V132,
        },
    };
    let signed = signatory.signature(&request, now())?;
    match &arguments.out {
        None => console.text(signed),
        Some(path) => std::fs::write(path, signed)
            .map_err(|error| Failure::input_output(format!("{}: {error}", path.display())))?,
    }
    Ok(())
}

fn documents(named: &[String], hash: Hash) -> Result<Vec<SignedDocument>, Failure> {
    let limits = validation::Settings::default().limits;
    let mut seen = BTreeSet::new();
    let mut documents = Vec::with_capacity(named.len());
    for text in named {
        let (name, file) = text
            .split_once('=')
            .filter(|(_, file)| !file.is_empty())
            .ok_or_else(|| Failure::wrong_use(format!("--document: expected UNIQUE_ID=FILE, found {text}")))?;
        let name = unique_id("--document", name)?;
        if !seen.insert(name.clone()) {
            return Err(Failure::wrong_use(format!("--document: {name} stands twice")));
        }
        let content =
            std::fs::read(Path::new(file)).map_err(|error| Failure::input_output(format!("{file}: {error}")))?;
        documents.push(SignedDocument::of(&name, &content, hash, &limits));
    }
    Ok(documents)
}

fn unique_id(option: &str, text: &str) -> Result<String, Failure> {
    UniqueId::parse(text)
        .map(|unique_id| unique_id.as_str().to_owned())
        .map_err(|malformed| Failure::wrong_use(format!("{option}: {malformed}")))
}
