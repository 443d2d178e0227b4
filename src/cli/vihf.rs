//! `vihf`: one signed assertion, ready to paste into a `wsse:Security` header.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use serde::Deserialize;
use uuid::Uuid;

use crate::cli::console::{Console, Failure};
use crate::datatype::code::Code;
use crate::datatype::cx::{Cx, PatientId};
use crate::datatype::ins::Ins;
use crate::security::pki::certificate::{Certificate, PrivateKey};
use crate::security::signature::xades;
use crate::security::signature::xades::issue::SignatureRequest;
use crate::security::vihf::assertion::{Mode, PurposeOfUse, Software};
use crate::security::vihf::issue::{VihfRequest, sign, unsigned};

const EXAMPLES: &str = "\
Examples:
  dmp-gateway vihf --card pki/cards/medecin --ins 284067510512388
  dmp-gateway vihf --card pki/cards/regulateur --ins 284067510512388 --purpose centre_15
  dmp-gateway vihf --card pki/organisations/hopital --mode air --professional cardiologue --ins 284067510512388";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Who signs: PKI/cards/NAME or PKI/organisations/NAME of a directory made by `pki init`
    #[arg(long, value_name = "DIR")]
    card: PathBuf,
    /// The patient: 15 characters, of the test authority, or a CX; none for a transaction without patient
    #[arg(long)]
    ins: Option<String>,
    /// Authentication mode; directe for a card, indirecte for a structure
    #[arg(long, value_enum)]
    mode: Option<ModeName>,
    /// Why the record is opened
    #[arg(long, value_enum, default_value = "normal")]
    purpose: PurposeName,
    /// The professional whom a structure names: a card of the same PKI; by default the first one who works there
    #[arg(long, value_name = "NAME")]
    professional: Option<String>,
    /// Leave the signature out, as some clients do in mode directe
    #[arg(long)]
    unsigned: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum ModeName {
    /// By card
    Directe,
    /// By the software of a structure
    Indirecte,
    /// The same, with a strong authentication (indirecte renforcée)
    Air,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum PurposeName {
    /// Ordinary care
    Normal,
    /// Medical regulation of emergency calls
    #[value(name = "centre_15")]
    Centre15,
    /// Break-glass
    BrisDeGlace,
}

pub(super) fn run(arguments: &Arguments, console: &mut Console) -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "the command line is part of the shell")]
    let now = Utc::now();
    let signatory = Signatory::open(&arguments.card)?;
    let request = request(&signatory, arguments)?;
    let assertion = if arguments.unsigned {
        unsigned(&request, &signatory.certificate, now, Uuid::new_v4())
    } else {
        signatory.assertion(&request, now)?
    };
    console.line(assertion);
    Ok(())
}

fn request(signatory: &Signatory, arguments: &Arguments) -> Result<VihfRequest, Failure> {
    let resource_id = arguments.ins.as_deref().map(patient).transpose()?;
    let mode = arguments.mode.map(|mode| match mode {
        ModeName::Directe => Mode::Direct,
        ModeName::Indirecte => Mode::Indirect,
        ModeName::Air => Mode::Air,
    });
    let purpose_of_use = match arguments.purpose {
        PurposeName::Normal => PurposeOfUse::Normal,
        PurposeName::Centre15 => PurposeOfUse::Centre15,
        PurposeName::BrisDeGlace => PurposeOfUse::BrisDeGlace,
    };
    let request = signatory.request(mode, arguments.professional.as_deref())?;
    Ok(VihfRequest { resource_id, purpose_of_use, ..request })
}

/// The test authority of the INS, which fifteen characters alone belong to.
const TEST_AUTHORITY: &str = "1.2.250.1.213.1.4.10";

/// Reads a patient and verifies the key, so that a typing error is not found by the server.
fn patient(text: &str) -> Result<Cx, Failure> {
    let cx = if text.contains('^') { text.to_owned() } else { format!("{text}^^^&{TEST_AUTHORITY}&ISO^NH") };
    let cx = Cx::parse(&cx).map_err(|malformed| Failure::wrong_use(format!("--ins: {malformed}")))?;
    let checked: PatientId = cx.to_patient_id();
    if checked.authority().as_str() == TEST_AUTHORITY {
        Ins::of(&checked).map_err(|malformed| Failure::wrong_use(format!("--ins: {malformed}")))?;
    }
    Ok(cx)
}

/// A signature pair of a test PKI and what the index says of its holder.
pub(super) struct Signatory {
    name: String,
    kind: Kind,
    index: Index,
    key: PrivateKey,
    certificate: Certificate,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Card,
    Organisation,
}

#[derive(Deserialize)]
struct Index {
    cards: BTreeMap<String, CardEntry>,
    organisations: BTreeMap<String, OrganisationEntry>,
}

#[derive(Deserialize)]
struct CardEntry {
    identifier: String,
    family: String,
    given: String,
    profession: String,
    speciality: Option<String>,
    structure: String,
    sector: String,
}

#[derive(Deserialize)]
struct OrganisationEntry {
    identifier: String,
    sector: String,
}

impl Signatory {
    /// Opens `PKI/cards/NAME` or `PKI/organisations/NAME`.
    pub(super) fn open(directory: &Path) -> Result<Self, Failure> {
        let wrong = || {
            Failure::wrong_use(format!("{}: expected PKI/cards/NAME or PKI/organisations/NAME", directory.display()))
        };
        let absolute = std::path::absolute(directory).map_err(|_| wrong())?;
        let part =
            |path: Option<&Path>| path.and_then(Path::file_name).and_then(|name| name.to_str()).map(str::to_owned);
        let name = part(Some(&absolute)).ok_or_else(wrong)?;
        let kind = match part(absolute.parent()).as_deref() {
            Some("cards") => Kind::Card,
            Some("organisations") => Kind::Organisation,
            _ => return Err(wrong()),
        };
        let root = absolute.parent().and_then(Path::parent).ok_or_else(wrong)?;
        let index = String::from_utf8(read(&root.join("index.toml"))?).map_err(|_| wrong())?;
        let index = toml::from_str(&index)
            .map_err(|error| Failure::input_output(format!("{}: {error}", root.join("index.toml").display())))?;
        let unreadable = |_| Failure::input_output(format!("{}: the pair cannot be read", directory.display()));
        let key = PrivateKey::from_pem(&read(&directory.join("sign.key"))?).map_err(unreadable)?;
        let certificate = Certificate::from_pem(&read(&directory.join("sign.pem"))?).map_err(unreadable)?;
        Ok(Self { name, kind, index, key, certificate })
    }

    /// What an assertion of this signatory says, for no patient and in normal access.
    pub(super) fn request(&self, mode: Option<Mode>, professional: Option<&str>) -> Result<VihfRequest, Failure> {
        let unknown = |name: &str| Failure::wrong_use(format!("no {name} in the index of the PKI"));
        let (mode, professional, structure, sector) = match self.kind {
            Kind::Card => {
                let mode = mode.unwrap_or(Mode::Direct);
                if mode != Mode::Direct || professional.is_some_and(|name| name != self.name) {
                    let sentence = "a card speaks for its holder, in mode directe; for the other modes --card names \
                                    PKI/organisations/NAME";
                    return Err(Failure::wrong_use(sentence));
                }
                let card = self.index.cards.get(&self.name).ok_or_else(|| unknown(&self.name))?;
                let structure =
                    self.index.organisations.get(&card.structure).ok_or_else(|| unknown(&card.structure))?;
                (mode, card, structure, &card.sector)
            }
            Kind::Organisation => {
                let mode = mode.unwrap_or(Mode::Indirect);
                if mode == Mode::Direct {
                    let sentence = "a structure speaks in the modes indirecte and air; for directe --card names \
                                    PKI/cards/NAME";
                    return Err(Failure::wrong_use(sentence));
                }
                let structure = self.index.organisations.get(&self.name).ok_or_else(|| unknown(&self.name))?;
                (mode, self.professional(professional)?, structure, &structure.sector)
            }
        };
        let code = |text: &str| code(text).ok_or_else(|| unknown(&format!("code {text}")));
        let roles = [Some(&professional.profession), professional.speciality.as_ref()];
        Ok(VihfRequest {
            mode,
            name_id: professional.identifier.clone(),
            subject_id: Some(format!("{} {}", professional.family, professional.given)),
            structure_id: structure.identifier.clone(),
            sector: code(sector)?,
            roles: roles.into_iter().flatten().map(|role| code(role)).collect::<Result<_, _>>()?,
            resource_id: None,
            purpose_of_use: PurposeOfUse::Normal,
            confidentiality: None,
            software: Software {
                name: "dmp-gateway".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                homologation: "TEST-000000".to_owned(),
                id: None,
            },
        })
    }

    fn professional(&self, name: Option<&str>) -> Result<&CardEntry, Failure> {
        let works_here = |card: &&CardEntry| card.structure == self.name;
        match name {
            Some(name) => self.index.cards.get(name),
            None => self.index.cards.values().find(works_here),
        }
        .ok_or_else(|| Failure::wrong_use("--professional: name a card of the index of the PKI"))
    }

    /// Signs one assertion, issued at `now`.
    pub(super) fn assertion(&self, request: &VihfRequest, now: DateTime<Utc>) -> Result<String, Failure> {
        sign(request, &self.key, &self.certificate, now, Uuid::new_v4())
            .map_err(|error| Failure::input_output(error.to_string()))
    }

    /// Signs one submission set at `now`.
    pub(super) fn signature(&self, request: &SignatureRequest, now: DateTime<Utc>) -> Result<String, Failure> {
        xades::issue::sign(request, &self.key, &self.certificate, now)
            .map_err(|error| Failure::input_output(error.to_string()))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::input_output(format!("{}: {error}", path.display())))
}

/// `code^scheme`, as the index and the VIHF write it.
fn code(text: &str) -> Option<Code> {
    text.split_once('^').map(|(value, scheme)| Code::new(value, scheme))
}
