//! A parsed message: the guard has passed and the tree stands.

use crate::xml::guard::{Refused, guard};
use crate::xml::limits::Limits;

/// An element, text, comment or processing instruction of a [`Document`].
pub type Node<'a, 'input> = roxmltree::Node<'a, 'input>;

/// An attribute of an element.
pub type Attribute<'a, 'input> = roxmltree::Attribute<'a, 'input>;

/// A tree that was made within limits and without DTD. The only way in is [`Document::parse`].
pub struct Document<'input>(roxmltree::Document<'input>);

impl<'input> Document<'input> {
    /// Guards and parses a text. A leading byte order mark is skipped by the caller (see [`text_of_bytes`]).
    ///
    /// # Errors
    /// The first reason to refuse the text.
    pub fn parse(text: &'input str, limits: &Limits) -> Result<Self, Refused> {
        guard(text, limits)?;
        let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: limits.nodes, ..Default::default() };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "all other variants are errors of grammar, in another crate's enum"
        )]
        roxmltree::Document::parse_with_options(text, options).map(Self).map_err(|error| match error {
            roxmltree::Error::DtdDetected => Refused::Doctype,
            roxmltree::Error::NodesLimitReached => {
                Refused::Limit { what: "nodes", limit: limits.nodes as usize, offset: text.len() }
            }
            error => Refused::Malformed { offset: offset_of(text, error.pos()), reason: error.to_string() },
        })
    }

    /// The root element.
    pub fn root(&self) -> Node<'_, 'input> {
        self.0.root_element()
    }

    /// The text that was parsed.
    pub fn text(&self) -> &'input str {
        self.0.input_text()
    }
}

impl std::fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({} bytes)", self.text().len())
    }
}

/// Reads bytes as UTF-8, without the byte order mark that some clients send.
///
/// # Errors
/// [`Refused::NotUtf8`].
pub fn text_of_bytes(bytes: &[u8]) -> Result<&str, Refused> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refused::NotUtf8)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Whether the node is the element of that namespace and local name.
pub fn is(node: Node<'_, '_>, namespace: &str, local: &str) -> bool {
    node.is_element() && node.tag_name().name() == local && node.tag_name().namespace().unwrap_or("") == namespace
}

/// The child elements of that namespace and local name.
pub fn children<'a, 'input>(
    parent: Node<'a, 'input>,
    namespace: &'static str,
    local: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    parent.children().filter(move |child| is(*child, namespace, local))
}

/// The first child element of that name.
pub fn child<'a, 'input>(
    parent: Node<'a, 'input>,
    namespace: &'static str,
    local: &'static str,
) -> Option<Node<'a, 'input>> {
    children(parent, namespace, local).next()
}

/// The value of an attribute without namespace.
///
/// `roxmltree`'s own `attribute("ID")` also answers with `evil:ID`, whichever stands first: never use it with a
/// bare name where a decision hangs on the value.
pub fn plain_attribute<'a>(element: Node<'a, '_>, local: &str) -> Option<&'a str> {
    let named = |own: &roxmltree::Attribute<'_, '_>| own.namespace().is_none() && own.name() == local;
    element.attributes().find(named).map(|attribute| attribute.value())
}

/// The text of an element that holds nothing but text, white space around it removed.
///
/// `None` when there is a comment, a processing instruction or an element inside: a reader that stops at a
/// comment and one that does not would otherwise read two identifiers in the same signed bytes.
pub fn plain_text<'a>(element: Node<'a, '_>) -> Option<&'a str> {
    let mut children = element.children();
    match (children.next(), children.next()) {
        (None, _) => Some(""),
        (Some(only), None) if only.is_text() => only.text().map(str::trim),
        _ => None,
    }
}

fn offset_of(text: &str, position: roxmltree::TextPos) -> usize {
    let line = usize::try_from(position.row.saturating_sub(1)).unwrap_or(0);
    text.split_inclusive('\n').take(line).map(str::len).sum::<usize>() + position.col.saturating_sub(1) as usize
}

#[cfg(test)]
mod tests {
    use super::{Document, plain_attribute, plain_text, text_of_bytes};
    use crate::xml::guard::Refused;
    use crate::xml::limits::Limits;

    #[test]
    fn an_element_with_a_comment_inside_has_no_plain_text() {
        let read = |text: &str| {
            let document = Document::parse(text, &Limits::default()).unwrap();
            plain_text(document.root()).map(str::to_owned)
        };
        assert_eq!(read("<a> 8997 </a>").as_deref(), Some("8997"));
        assert_eq!(read("<a/>").as_deref(), Some(""));
        assert_eq!(read("<a>89&#57;<![CDATA[7]]></a>").as_deref(), Some("8997"));
        assert_eq!(read("<a>8997<!-- x -->0024</a>"), None);
        assert_eq!(read("<a>8997<?x y?></a>"), None);
        assert_eq!(read("<a>8997<b/></a>"), None);
    }

    #[test]
    fn an_attribute_of_a_foreign_namespace_is_not_the_plain_one() {
        let read = |text: &str| {
            let document = Document::parse(text, &Limits::default()).unwrap();
            plain_attribute(document.root(), "ID").map(str::to_owned)
        };
        assert_eq!(read("<a xmlns:x='u' x:ID='evil' ID='good'/>").as_deref(), Some("good"));
        assert_eq!(read("<a xmlns:x='u' x:ID='evil'/>"), None);
    }

    #[test]
    fn the_tree_parser_does_not_see_what_the_guard_refuses() {
        assert!(matches!(Document::parse("<!DOCTYPE a><a/>", &Limits::default()), Err(Refused::Doctype)));
        let few = Limits { nodes: 2, ..Limits::default() };
        assert!(matches!(Document::parse("<a><b/><c/></a>", &few), Err(Refused::Limit { what: "nodes", .. })));
        assert!(matches!(
            Document::parse("<a xmlns:b='u'><c:d/></a>", &Limits::default()),
            Err(Refused::Malformed { .. })
        ));
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_other_encodings_are_refused() {
        assert_eq!(text_of_bytes(b"\xef\xbb\xbf<a/>"), Ok("<a/>"));
        assert_eq!(text_of_bytes(b"<a>\xe9</a>"), Err(Refused::NotUtf8));
    }
}
