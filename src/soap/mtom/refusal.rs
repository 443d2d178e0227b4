//! Why a package is refused, and the fault that says so.

use crate::soap::fault::Fault;
use crate::soap::mtom::media_type::EXPECTED;
use crate::soap::rule::{self, Rule};

/// The first thing wrong with a package. Values are names and limits, never content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// A Content-Type that holds no SOAP message.
    #[error("the Content-Type holds no SOAP message")]
    MediaType,
    /// A charset other than UTF-8.
    #[error("the charset is not UTF-8")]
    Charset,
    /// No boundary, or one that RFC 2046 does not allow.
    #[error("the boundary parameter is missing or not of 1 to 70 characters")]
    Boundary,
    /// A limit was passed.
    #[error("{what} over the limit of {limit}")]
    Limit {
        /// Which limit.
        what: &'static str,
        /// Its value.
        limit: u64,
    },
    /// The package ends before its closing boundary.
    #[error("the package ends before its closing boundary")]
    NotClosed,
    /// A line begins with the boundary and is no delimiter.
    #[error("a line begins with the boundary and is no delimiter")]
    Delimiter,
    /// Headers of a part that break the grammar.
    #[error("malformed headers of part {part}")]
    Header {
        /// Number of the part, from 1.
        part: u32,
    },
    /// A header that stands twice on one part.
    #[error("a header stands twice on part {part}")]
    DuplicateHeader {
        /// Number of the part, from 1.
        part: u32,
    },
    /// A Content-Transfer-Encoding that is not taken.
    #[error("unknown Content-Transfer-Encoding of part {part}")]
    TransferEncoding {
        /// Number of the part, from 1.
        part: u32,
    },
    /// A compressed part.
    #[error("unknown Content-Encoding of part {part}")]
    ContentEncoding {
        /// Number of the part, from 1.
        part: u32,
    },
    /// A base64 part that is none.
    #[error("part {part} is not base64")]
    Base64 {
        /// Number of the part, from 1.
        part: u32,
    },
    /// Two parts of the same Content-ID.
    #[error("part {part} repeats a Content-ID")]
    DuplicateContentId {
        /// Number of the part, from 1.
        part: u32,
    },
    /// A root part of a media type that is no XML.
    #[error("the root part is not XML")]
    RootMediaType,
    /// `start` names no part, or the package has none.
    #[error("the package has no root part")]
    NoRoot,
}

/// How a face that speaks HTTP classes a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A media type that is not taken.
    MediaType,
    /// Over a limit.
    TooLarge,
    /// Not what it says it is.
    Malformed,
}

impl PackageError {
    /// The class of this refusal.
    pub const fn class(&self) -> Class {
        match self {
            Self::MediaType | Self::Charset | Self::ContentEncoding { .. } => Class::MediaType,
            Self::Limit { .. } => Class::TooLarge,
            Self::Boundary
            | Self::NotClosed
            | Self::Delimiter
            | Self::Header { .. }
            | Self::DuplicateHeader { .. }
            | Self::TransferEncoding { .. }
            | Self::Base64 { .. }
            | Self::DuplicateContentId { .. }
            | Self::RootMediaType
            | Self::NoRoot => Class::Malformed,
        }
    }

    /// The rule that was broken.
    pub const fn rule(&self) -> &'static Rule {
        match self {
            Self::MediaType | Self::Charset => &rule::MEDIA_TYPE,
            Self::Boundary | Self::NotClosed | Self::Delimiter => &rule::PACKAGE_BOUNDARY,
            Self::Header { .. } | Self::DuplicateHeader { .. } => &rule::PACKAGE_HEADER,
            Self::TransferEncoding { .. } | Self::ContentEncoding { .. } | Self::Base64 { .. } => {
                &rule::PACKAGE_ENCODING
            }
            Self::RootMediaType | Self::NoRoot => &rule::PACKAGE_ROOT,
            Self::DuplicateContentId { .. } => &rule::PACKAGE_UNIQUE,
            Self::Limit { .. } => &rule::PACKAGE_LIMIT,
        }
    }

    fn french(&self) -> String {
        match self {
            Self::MediaType => "le Content-Type n'annonce pas un message SOAP".to_owned(),
            Self::Charset => "le jeu de caractères n'est pas UTF-8".to_owned(),
            Self::Boundary => "le paramètre boundary est absent ou n'a pas de 1 à 70 caractères".to_owned(),
            Self::Limit { what, limit } => format!("limite dépassée : {what}, {limit} au plus"),
            Self::NotClosed => "le message s'arrête avant sa frontière finale".to_owned(),
            Self::Delimiter => "une ligne commence par la frontière sans en être une".to_owned(),
            Self::Header { part } => format!("les en-têtes de la partie {part} sont mal formés"),
            Self::DuplicateHeader { part } => format!("un en-tête de la partie {part} est présent deux fois"),
            Self::TransferEncoding { part } => format!("Content-Transfer-Encoding inconnu sur la partie {part}"),
            Self::ContentEncoding { part } => format!("Content-Encoding inconnu sur la partie {part}"),
            Self::Base64 { part } => format!("la partie {part} n'est pas du base64"),
            Self::DuplicateContentId { part } => format!("la partie {part} répète un Content-ID"),
            Self::RootMediaType => "la partie racine n'est pas du XML".to_owned(),
            Self::NoRoot => "le message n'a pas de partie racine".to_owned(),
        }
    }

    /// The fault that tells the sender.
    pub fn fault(&self) -> Fault {
        let fault = Fault::sender(
            self.rule(),
            format!("Le message MIME ne peut pas être lu : {}.", self.french()),
            format!("The MIME message cannot be read: {self}."),
        );
        match self {
            Self::MediaType => fault.expected(EXPECTED),
            Self::Charset => fault.expected("charset=UTF-8"),
            Self::TransferEncoding { .. } => fault.expected("binary | 8bit | 7bit | base64"),
            Self::ContentEncoding { .. } => fault.expected("identity"),
            Self::RootMediaType => fault.expected("application/xop+xml; type=\"application/soap+xml\""),
            Self::Limit { limit, .. } => fault.expected(format!("<= {limit}")),
            Self::Boundary
            | Self::NotClosed
            | Self::Delimiter
            | Self::Header { .. }
            | Self::DuplicateHeader { .. }
            | Self::Base64 { .. }
            | Self::DuplicateContentId { .. }
            | Self::NoRoot => fault,
        }
    }
}
