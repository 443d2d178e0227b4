//! A CDA document as a value: the tree, and where in it the `ClinicalDocument` stands.
//!
//! Spec: ANS volet "Structuration minimale" §2.1: the document may stand inside a stylesheet ("autoprésentable") or a
//! signature; rules look at the `ClinicalDocument` alone.

use crate::xml::document::{Document, Node, child, is};
use crate::xml::namespace::{DS, HL7V3, XSL};

/// What stands around the `ClinicalDocument`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapper {
    /// Nothing: it is the root.
    Bare,
    /// A stylesheet that shows it.
    Stylesheet,
    /// A signature that covers it.
    Signature,
}

/// How much of the body a machine can read. Spec: CDA R2 §4.3.1; there is no level 2 in the French profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `component/nonXMLBody`: a file in base64.
    One,
    /// `component/structuredBody`: sections and entries.
    Three,
}

/// Why a text is no CDA document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCda {
    /// The root is something else.
    #[error("the root element is neither hl7:ClinicalDocument, nor a stylesheet or a signature that holds one")]
    Root,
    /// A wrapper holds none, or several.
    #[error("a stylesheet or a signature holds exactly one hl7:ClinicalDocument")]
    Wrapped,
}

/// The `ClinicalDocument` of a tree.
#[derive(Clone, Copy)]
pub struct ClinicalDocument<'d, 'input> {
    element: Node<'d, 'input>,
    wrapper: Wrapper,
}

impl<'d, 'input> ClinicalDocument<'d, 'input> {
    /// Finds the document in a tree.
    ///
    /// # Errors
    /// [`NotCda`].
    pub fn of(document: &'d Document<'input>) -> Result<Self, NotCda> {
        let root = document.root();
        if is(root, HL7V3, "ClinicalDocument") {
            return Ok(Self { element: root, wrapper: Wrapper::Bare });
        }
        let wrapper = if is(root, XSL, "stylesheet") {
            Wrapper::Stylesheet
        } else if is(root, DS, "Signature") {
            Wrapper::Signature
        } else {
            return Err(NotCda::Root);
        };
        let mut inside = root.descendants().filter(|node| is(*node, HL7V3, "ClinicalDocument"));
        match (inside.next(), inside.next()) {
            (Some(element), None) => Ok(Self { element, wrapper }),
            _ => Err(NotCda::Wrapped),
        }
    }

    /// The element `ClinicalDocument`.
    pub fn element(self) -> Node<'d, 'input> {
        self.element
    }

    /// What stands around it.
    pub fn wrapper(self) -> Wrapper {
        self.wrapper
    }

    /// The level of its body; nothing when it has none, which the schema says.
    pub fn level(self) -> Option<Level> {
        let component = child(self.element, HL7V3, "component")?;
        if child(component, HL7V3, "structuredBody").is_some() {
            Some(Level::Three)
        } else {
            child(component, HL7V3, "nonXMLBody").map(|_| Level::One)
        }
    }
}

impl std::fmt::Debug for ClinicalDocument<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClinicalDocument({:?}, {} bytes)", self.wrapper, self.element.range().len())
    }
}

#[cfg(test)]
mod tests {
    use super::{ClinicalDocument, Level, NotCda, Wrapper};
    use crate::xml::document::Document;
    use crate::xml::limits::Limits;

    fn read(text: &str) -> Result<(Wrapper, Option<Level>), NotCda> {
        let document = Document::parse(text, &Limits::default()).unwrap();
        ClinicalDocument::of(&document).map(|clinical| (clinical.wrapper(), clinical.level()))
    }

    const LEVEL_ONE: &str =
        "<ClinicalDocument xmlns='urn:hl7-org:v3'><component><nonXMLBody/></component></ClinicalDocument>";

    #[test]
    fn a_document_is_found_bare_or_in_its_wrapper() {
        assert_eq!(read(LEVEL_ONE), Ok((Wrapper::Bare, Some(Level::One))));
        let stylesheet = |inside: &str| {
            format!("<x:stylesheet xmlns:x='http://www.w3.org/1999/XSL/Transform'><x:template/>{inside}</x:stylesheet>")
        };
        assert_eq!(read(&stylesheet(LEVEL_ONE)), Ok((Wrapper::Stylesheet, Some(Level::One))));
        let signed =
            format!("<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'><Object>{LEVEL_ONE}</Object></Signature>");
        assert_eq!(read(&signed), Ok((Wrapper::Signature, Some(Level::One))));
        assert_eq!(read(&stylesheet("")), Err(NotCda::Wrapped));
        assert_eq!(read(&stylesheet(&format!("{LEVEL_ONE}{LEVEL_ONE}"))), Err(NotCda::Wrapped));
        assert_eq!(read("<ClinicalDocument/>"), Err(NotCda::Root));
    }

    #[test]
    fn the_level_is_that_of_the_body() {
        let with = |body: &str| LEVEL_ONE.replace("<nonXMLBody/>", body);
        assert_eq!(read(&with("<structuredBody/>")).unwrap().1, Some(Level::Three));
        assert_eq!(read(&with("")).unwrap().1, None);
    }
}
