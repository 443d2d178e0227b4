//! XOP: where the content of an element is, and whether references and parts agree. Spec: XOP 1.0: 3.2, 4.2.

use std::collections::{BTreeMap, BTreeSet};

use crate::soap::fault::Fault;
use crate::soap::mtom::base64;
use crate::soap::mtom::content_id::ContentId;
use crate::soap::rule::{self, Rule};
use crate::soap::tolerance::Tolerance;
use crate::xml::document::{Node, is, plain_attribute, plain_text};
use crate::xml::location::Location;
use crate::xml::namespace::XOP;

/// Where the octets of an element such as `xdsb:Document` are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// In a part of the package.
    Part(PartReference),
    /// In the element, as base64.
    Inline(InlineText<'a>),
}

/// The base64 text of an element; its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct InlineText<'a>(&'a str);

/// A `cid:` reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartReference {
    meant: ContentId,
    /// The reference as written, where that differs.
    literal: Option<ContentId>,
    padded: bool,
}

/// Why content could not be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XopError {
    /// The element holds something else than one `xop:Include` or base64 text.
    #[error("the element holds neither one xop:Include nor base64 text")]
    Content(Location),
    /// `href` is missing or no `cid:` reference.
    #[error("the href of xop:Include is not a cid reference")]
    Reference(Location),
    /// The inline text is not base64.
    #[error("the inline text is not base64")]
    NotBase64(Location),
    /// Two elements refer to one part.
    #[error("the part {0} is referenced twice")]
    ReferencedTwice(ContentId),
    /// No part has that Content-ID.
    #[error("the package has no part {0}")]
    Missing(ContentId),
}

/// Finds the content of an element.
///
/// # Errors
/// [`XopError::Content`], [`XopError::Reference`].
pub fn content_of<'a>(element: Node<'a, '_>) -> Result<Content<'a>, XopError> {
    let mut elements = element.children().filter(Node::is_element);
    match (elements.next(), elements.next()) {
        (None, _) => match plain_text(element) {
            Some(text) => Ok(Content::Inline(InlineText(text))),
            None => Err(XopError::Content(Location::of(element))),
        },
        (Some(include), None) if is(include, XOP, "Include") && !has_text(element) => {
            let href = plain_attribute(include, "href").unwrap_or_default();
            let meant = ContentId::of_reference(href).ok_or_else(|| XopError::Reference(Location::of(include)))?;
            let literal = ContentId::of_literal_reference(href).filter(|literal| *literal != meant);
            let padded = element.children().any(|child| child.is_text());
            Ok(Content::Part(PartReference { meant, literal, padded }))
        }
        (Some(other), _) => Err(XopError::Content(Location::of(other))),
    }
}

fn has_text(element: Node<'_, '_>) -> bool {
    element.children().any(|child| child.text().is_some_and(|text| child.is_text() && !text.trim().is_empty()))
}

impl InlineText<'_> {
    /// The octets.
    ///
    /// # Errors
    /// [`base64::NotBase64`].
    pub fn decode(&self) -> Result<Vec<u8>, base64::NotBase64> {
        base64::decode(self.0)
    }

    /// The most octets that it can hold.
    pub fn most_octets(&self) -> usize {
        self.0.len() / 4 * 3
    }
}

impl std::fmt::Debug for InlineText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InlineText({} characters)", self.0.len())
    }
}

impl PartReference {
    /// The Content-ID that is meant.
    pub fn content_id(&self) -> &ContentId {
        &self.meant
    }

    /// Finds the part among those received: the one meant, else one whose Content-ID is encoded like the reference.
    pub fn find<'m, T>(&self, parts: &'m BTreeMap<ContentId, T>) -> Option<(&'m ContentId, &'m T)> {
        parts.get_key_value(&self.meant).or_else(|| parts.get_key_value(self.literal.as_ref()?))
    }
}

/// Keeps account of which parts were referenced.
#[derive(Debug)]
pub struct References<'m, T> {
    parts: &'m BTreeMap<ContentId, T>,
    used: BTreeSet<&'m ContentId>,
    tolerated: BTreeSet<Tolerance>,
}

impl<'m, T> References<'m, T> {
    /// Starts the account over the parts that were received, the root not included.
    pub fn new(parts: &'m BTreeMap<ContentId, T>) -> Self {
        Self { parts, used: BTreeSet::new(), tolerated: BTreeSet::new() }
    }

    /// Takes the part of a reference.
    ///
    /// # Errors
    /// [`XopError::Missing`], [`XopError::ReferencedTwice`].
    pub fn take(&mut self, reference: &PartReference) -> Result<&'m T, XopError> {
        let (id, part) = reference.find(self.parts).ok_or_else(|| XopError::Missing(reference.meant.clone()))?;
        if !self.used.insert(id) {
            return Err(XopError::ReferencedTwice(id.clone()));
        }
        let literal = reference.literal.is_some();
        let found = [
            (literal && *id == reference.meant, Tolerance::EncodedReference),
            (literal && *id != reference.meant, Tolerance::EncodedContentId),
            (reference.padded, Tolerance::PaddedInclude),
        ];
        self.tolerated.extend(found.into_iter().filter_map(|(holds, tolerance)| holds.then_some(tolerance)));
        Ok(part)
    }

    /// Notes that an element of a package holds its content as text.
    pub fn take_inline(&mut self) {
        self.tolerated.insert(Tolerance::InlineInPackage);
    }

    /// The deviations that were taken.
    pub fn tolerated(&self) -> impl Iterator<Item = Tolerance> {
        self.tolerated.iter().copied()
    }

    /// The parts that no element refers to: they are ignored, and their number is worth a line in the log (not their
    /// names, which clients make of file names).
    pub fn unreferenced(&self) -> impl Iterator<Item = &'m ContentId> {
        self.parts.keys().filter(|id| !self.used.contains(id))
    }
}

impl XopError {
    /// The rule that was broken.
    pub const fn rule(&self) -> &'static Rule {
        match self {
            Self::Content(_) | Self::Reference(_) | Self::NotBase64(_) => &rule::XOP_REFERENCE,
            Self::ReferencedTwice(_) => &rule::XOP_ONCE,
            Self::Missing(_) => &rule::XOP_FOUND,
        }
    }

    /// The fault that tells the sender, for transactions that have no error code for it.
    pub fn fault(&self) -> Fault {
        let (french, location) = match self {
            Self::Content(at) => ("l'élément ne contient ni un seul xop:Include ni du base64".to_owned(), Some(at)),
            Self::Reference(at) => ("le href de xop:Include n'est pas une référence cid".to_owned(), Some(at)),
            Self::NotBase64(at) => ("le texte n'est pas du base64".to_owned(), Some(at)),
            Self::ReferencedTwice(id) => (format!("la partie {id} est référencée deux fois"), None),
            Self::Missing(id) => (format!("le message n'a pas de partie {id}"), None),
        };
        let mut fault = Fault::sender(
            self.rule(),
            format!("Le contenu d'un document est introuvable : {french}."),
            format!("The content of a document cannot be found: {self}."),
        );
        if let (Some(detail), Some(at)) = (&mut fault.detail, location) {
            detail.xpath = Some(at.xpath.clone());
            detail.line = Some(at.line);
            detail.column = Some(at.column);
        }
        fault
    }
}
