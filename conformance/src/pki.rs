//! The test PKI as a client reads it: one directory, PEM files, `index.toml` (written by `dmp-gateway pki init`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use serde::Deserialize;

use crate::failure::Failure;

/// The directory and what its index says of it.
pub struct Pki {
    directory: PathBuf,
    index: Index,
}

#[derive(Deserialize)]
struct Index {
    cards: BTreeMap<String, CardFacts>,
    organisations: BTreeMap<String, OrganisationFacts>,
}

/// What the index says of a person's card.
#[derive(Clone, Deserialize)]
pub struct CardFacts {
    /// `PS_IdNat`.
    pub identifier: String,
    /// Family name.
    pub family: String,
    /// Given name.
    pub given: String,
    /// Profession, `code^OID of its system`.
    pub profession: String,
    /// Speciality, `code^OID of its system`; empty when the profession has none.
    #[serde(default)]
    pub speciality: String,
    /// Name of the organisation where the person works.
    pub structure: String,
    /// Sector of activity, `code^OID of its system`.
    pub sector: String,
}

/// What the index says of an organisation.
#[derive(Clone, Deserialize)]
pub struct OrganisationFacts {
    /// `Struct_IdNat`.
    pub identifier: String,
    /// Name in words.
    pub name: String,
    /// Sector of activity, `code^OID of its system`.
    pub sector: String,
}

/// A certificate and its key.
#[derive(Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: X509,
    /// Its private key.
    pub key: PKey<Private>,
}

/// A person's card: two pairs and who it is.
#[derive(Clone)]
pub struct Card {
    /// Who.
    pub facts: CardFacts,
    /// Where.
    pub organisation: OrganisationFacts,
    /// For TLS.
    pub authentication: Pair,
    /// For the VIHF.
    pub signature: Pair,
}

impl Pki {
    /// Reads the index of `directory`.
    pub fn open(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join("index.toml");
        let text = fs::read_to_string(&path).map_err(Failure::io(path.display().to_string()))?;
        let index = toml::from_str(&text).map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))?;
        Ok(Self { directory: directory.to_owned(), index })
    }

    /// The file of the authorities to trust.
    pub fn trust(&self) -> PathBuf {
        self.directory.join("trust.pem")
    }

    /// The card of that name.
    pub fn card(&self, name: &str) -> Result<Card, Failure> {
        let facts = self.index.cards.get(name).ok_or_else(|| Failure::Usage(format!("the PKI has no card {name}")))?;
        let organisation = self.organisation(&facts.structure)?;
        Ok(Card {
            facts: facts.clone(),
            organisation,
            authentication: self.pair(&format!("cards/{name}/auth"))?,
            signature: self.pair(&format!("cards/{name}/sign"))?,
        })
    }

    /// The authentication and the signature pair of an organisation.
    pub fn structure(&self, name: &str) -> Result<(Pair, Pair), Failure> {
        Ok((self.pair(&format!("organisations/{name}/auth"))?, self.pair(&format!("organisations/{name}/sign"))?))
    }

    /// What the index says of the organisation of that name.
    pub fn organisation(&self, name: &str) -> Result<OrganisationFacts, Failure> {
        let found = self.index.organisations.get(name);
        found.cloned().ok_or_else(|| Failure::Usage(format!("the PKI has no organisation {name}")))
    }

    /// The pair in `NAME.pem` and `NAME.key`, relative to the directory.
    pub fn pair(&self, name: &str) -> Result<Pair, Failure> {
        let read = |extension: &str| {
            let path = self.directory.join(format!("{name}.{extension}"));
            fs::read(&path).map_err(Failure::io(path.display().to_string()))
        };
        Ok(Pair { certificate: X509::from_pem(&read("pem")?)?, key: PKey::private_key_from_pem(&read("key")?)? })
    }
}
