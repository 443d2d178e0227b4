//! Canonical XML 1.0, exclusive and inclusive, of a sub-tree or a whole document: the bytes that a signature covers.
//!
//! Not covered, because the signatures of the field need none of it: version 1.1 and `XPath` filters.
//! Spec: W3C xml-c14n 1.0, W3C xml-exc-c14n 1.0.

use std::collections::BTreeSet;

use crate::xml::document::{Document, Node};
use crate::xml::namespace::XML;

/// Which of the two recommendations is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// `xml-exc-c14n`: only the namespaces that are visibly used, and those of the prefix list.
    Exclusive,
    /// `xml-c14n`: every namespace in scope, and the `xml:` attributes of the ancestors of the apex.
    Inclusive,
}

/// One way to write a sub-tree as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonicalization {
    /// The recommendation.
    pub algorithm: Algorithm,
    /// Whether comments are kept.
    pub with_comments: bool,
    /// `InclusiveNamespaces/@PrefixList` as it was sent: prefixes, and `#default` for the default namespace.
    /// Only the exclusive form reads it.
    pub inclusive_prefixes: Vec<String>,
}

impl Canonicalization {
    /// Exclusive canonicalisation without comments and without prefix list: what signatures of the DMP use.
    pub fn exclusive() -> Self {
        Self { algorithm: Algorithm::Exclusive, with_comments: false, inclusive_prefixes: Vec::new() }
    }

    /// Inclusive canonicalisation without comments: what a reference without transform means.
    pub fn inclusive() -> Self {
        Self { algorithm: Algorithm::Inclusive, ..Self::exclusive() }
    }

    /// The same with the comments that it meets kept.
    #[must_use]
    pub fn with_comments(self) -> Self {
        Self { with_comments: true, ..self }
    }

    /// The same with comments left out: a reference to an element by its ID does not see them, whatever the
    /// algorithm says. Spec: W3C xmldsig-core §4.4.3.2.
    #[must_use]
    pub fn without_comments(self) -> Self {
        Self { with_comments: false, ..self }
    }

    /// Writes the element `apex` and all that it holds, but for the one child `except` and its content:
    /// the place of the signature in an enveloped signature.
    pub fn canonicalize(&self, apex: Node<'_, '_>, except: Option<Node<'_, '_>>) -> Vec<u8> {
        let mut writer = self.writer(apex, except);
        writer.element(apex, Place::Apex);
        writer.out
    }

    /// Writes a whole document: its root element, and what stands before and after it on lines of their own.
    pub fn canonicalize_document(&self, document: &Document<'_>) -> Vec<u8> {
        let root = document.root();
        let mut writer = self.writer(root, None);
        for node in root.parent().into_iter().flat_map(|above| above.children()) {
            if node == root {
                writer.element(root, Place::Apex);
                continue;
            }
            let after = node.range().start > root.range().start;
            let (mark, before) = (writer.out.len(), usize::from(after));
            writer.out.extend_from_slice(if after { b"\n" } else { b"" });
            writer.node(node);
            // A comment that is not kept leaves no line behind.
            if writer.out.len() == mark + before {
                writer.out.truncate(mark);
            } else if !after {
                writer.out.push(b'\n');
            }
        }
        writer.out
    }

    fn writer<'a, 'input: 'a>(
        &self,
        apex: Node<'a, 'input>,
        except: Option<Node<'a, 'input>>,
    ) -> Writer<'_, 'a, 'input> {
        Writer {
            settings: self,
            listed: self
                .inclusive_prefixes
                .iter()
                .map(|listed| if listed == "#default" { "" } else { listed })
                .collect(),
            source: apex.document().input_text(),
            except,
            rendered: Vec::with_capacity(16),
            wanted: Vec::with_capacity(16),
            attributes: Vec::with_capacity(16),
            out: Vec::with_capacity(apex.range().len() + 256),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Apex,
    Within,
}

struct Writer<'s, 'a, 'input> {
    settings: &'s Canonicalization,
    /// The prefixes of the list, the empty one for the default namespace: a sender may list thousands, and one many times.
    listed: BTreeSet<&'s str>,
    source: &'input str,
    except: Option<Node<'a, 'input>>,
    /// Namespace declarations written by the open elements, the innermost last.
    rendered: Vec<(&'a str, &'a str)>,
    /// The declarations and attributes of the tag that is being written: kept from tag to tag for their room.
    wanted: Vec<(&'a str, &'a str)>,
    attributes: Vec<Attribute<'a>>,
    out: Vec<u8>,
}

/// An attribute with what orders it (namespace, local name) and what is written (qualified name, value).
struct Attribute<'a> {
    namespace: &'a str,
    local: &'a str,
    qualified: &'a str,
    value: &'a str,
}

impl<'a, 'input: 'a> Writer<'_, 'a, 'input> {
    fn element(&mut self, element: Node<'a, 'input>, place: Place) {
        let name = qualified_name(self.source, element);
        let mark = self.rendered.len();
        self.out.push(b'<');
        self.out.extend_from_slice(name.as_bytes());
        let source = self.source;
        self.attributes.clear();
        self.attributes.extend(element.attributes().map(|attribute| Attribute::of(attribute, source)));
        self.namespaces(element, name, place);
        if place == Place::Apex && self.settings.algorithm == Algorithm::Inclusive {
            inherit_xml_attributes(element, &mut self.attributes, source);
        }
        self.attributes.sort_unstable_by_key(|attribute| (attribute.namespace, attribute.local));
        for attribute in &self.attributes {
            push_attribute(&mut self.out, attribute.qualified, attribute.value);
        }
        self.out.push(b'>');
        for child in element.children() {
            self.node(child);
        }
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'>');
        self.rendered.truncate(mark);
    }

    fn node(&mut self, node: Node<'a, 'input>) {
        match node.node_type() {
            roxmltree::NodeType::Element => {
                if self.except != Some(node) {
                    self.element(node, Place::Within);
                }
            }
            roxmltree::NodeType::Text => push_escaped(&mut self.out, node.text().unwrap_or(""), text_escape),
            roxmltree::NodeType::Comment => {
                if self.settings.with_comments {
                    self.out.extend_from_slice(b"<!--");
                    push_lines(&mut self.out, node.text().unwrap_or(""));
                    self.out.extend_from_slice(b"-->");
                }
            }
            roxmltree::NodeType::PI => {
                if let Some(instruction) = node.pi() {
                    self.out.extend_from_slice(b"<?");
                    self.out.extend_from_slice(instruction.target.as_bytes());
                    if let Some(value) = instruction.value.filter(|value| !value.is_empty()) {
                        self.out.push(b' ');
                        push_lines(&mut self.out, value);
                    }
                    self.out.extend_from_slice(b"?>");
                }
            }
            roxmltree::NodeType::Root => {}
        }
    }

    /// Writes the declarations that this element needs and that no element around it has written.
    fn namespaces(&mut self, element: Node<'a, 'input>, name: &'a str, place: Place) {
        let mut wanted = std::mem::take(&mut self.wanted);
        wanted.clear();
        // The resolved names of the tree are written; a prefix is never looked up a second time.
        wanted.push((prefix_of(name), element.tag_name().namespace().unwrap_or("")));
        let prefixed = self.attributes.iter().map(|attribute| (prefix_of(attribute.qualified), attribute.namespace));
        wanted.extend(prefixed.filter(|(prefix, _)| !prefix.is_empty()));
        match self.settings.algorithm {
            // What the element around it has in scope is written already, if it is to be written.
            Algorithm::Inclusive if place == Place::Within && declares_nothing(element) => {}
            Algorithm::Exclusive if self.listed.is_empty() || (place == Place::Within && declares_nothing(element)) => {
            }
            Algorithm::Inclusive => {
                wanted.extend(element.namespaces().map(|namespace| (namespace.name().unwrap_or(""), namespace.uri())));
            }
            Algorithm::Exclusive => {
                let scope = element.namespaces().map(|namespace| (namespace.name().unwrap_or(""), namespace.uri()));
                wanted.extend(scope.filter(|(prefix, _)| self.listed.contains(prefix)));
            }
        }
        // The default namespace sorts first, then by prefix.
        wanted.sort_unstable();
        for (prefix, uri) in &wanted {
            if *prefix != "xml" && !self.in_force(prefix, uri) {
                self.out.extend_from_slice(b" xmlns");
                if !prefix.is_empty() {
                    self.out.push(b':');
                    self.out.extend_from_slice(prefix.as_bytes());
                }
                self.out.extend_from_slice(b"=\"");
                push_escaped(&mut self.out, uri, attribute_escape);
                self.out.push(b'"');
                self.rendered.push((prefix, uri));
            }
        }
        self.wanted = wanted;
    }

    /// Whether the output already says so; `xmlns=""` is said only when there is something to undo.
    fn in_force(&self, prefix: &str, uri: &str) -> bool {
        match self.rendered.iter().rev().find(|(rendered, _)| *rendered == prefix) {
            Some((_, current)) => *current == uri,
            None => prefix.is_empty() && uri.is_empty(),
        }
    }
}

impl<'a> Attribute<'a> {
    fn of<'input: 'a>(attribute: roxmltree::Attribute<'a, 'input>, source: &'input str) -> Self {
        Self {
            namespace: attribute.namespace().unwrap_or(""),
            local: attribute.name(),
            qualified: source.get(attribute.range_qname()).unwrap_or_else(|| attribute.name()),
            value: attribute.value(),
        }
    }
}

/// Whether an element has the very namespaces in scope that the element around it has.
fn declares_nothing(element: Node<'_, '_>) -> bool {
    // The tree keeps one value for each namespace, so that no text needs to be compared.
    let Some(around) = element.parent_element() else { return false };
    let (own, around) = (element.namespaces(), around.namespaces());
    own.len() == around.len() && own.zip(around).all(|(own, around)| std::ptr::eq(own, around))
}

/// Adds the `xml:` attributes of the ancestors that the apex does not set itself, the nearest first.
fn inherit_xml_attributes<'a, 'input: 'a>(
    apex: Node<'a, 'input>,
    attributes: &mut Vec<Attribute<'a>>,
    source: &'input str,
) {
    for ancestor in apex.ancestors().skip(1) {
        for inherited in ancestor.attributes().filter(|attribute| attribute.namespace() == Some(XML)) {
            let set = attributes.iter().any(|own| own.namespace == XML && own.local == inherited.name());
            if !set {
                attributes.push(Attribute::of(inherited, source));
            }
        }
    }
}

/// The name of an element as it was written, prefix included: the tree keeps only the resolved name.
///
/// Right because a DOCTYPE is refused before the tree is made, so no node comes from an entity.
fn qualified_name<'input>(source: &'input str, element: Node<'_, 'input>) -> &'input str {
    let tag = source.get(element.range().start + 1..).unwrap_or("");
    let end = tag.bytes().position(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'/' | b'>'));
    end.and_then(|end| tag.get(..end)).unwrap_or_else(|| element.tag_name().name())
}

fn prefix_of(qualified: &str) -> &str {
    qualified.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn text_escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    }
}

fn attribute_escape(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'"' => Some(b"&quot;"),
        b'\t' => Some(b"&#x9;"),
        b'\n' => Some(b"&#xA;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    }
}

fn push_attribute(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    push_escaped(out, value, attribute_escape);
    out.push(b'"');
}

fn push_escaped(out: &mut Vec<u8>, text: &str, escape: impl Fn(u8) -> Option<&'static [u8]>) {
    let bytes = text.as_bytes();
    // Nearly no text has anything to escape: one look without branches, which the compiler makes wide, then a copy.
    if !bytes.iter().fold(false, |found, byte| found | is_reserved(*byte)) {
        out.extend_from_slice(bytes);
        return;
    }
    let mut plain = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if let Some(replacement) = escape(*byte) {
            out.extend_from_slice(bytes.get(plain..at).unwrap_or_default());
            out.extend_from_slice(replacement);
            plain = at + 1;
        }
    }
    out.extend_from_slice(bytes.get(plain..).unwrap_or_default());
}

/// Whether one of the two escapes may change the byte.
fn is_reserved(byte: u8) -> bool {
    matches!(byte, 0..b' ' | b'&' | b'<' | b'>' | b'"')
}

/// Writes the content of a comment or processing instruction. The tree keeps these as they were sent,
/// where the standard has every line end as one line feed.
fn push_lines(out: &mut Vec<u8>, text: &str) {
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\r' {
            bytes.next_if_eq(&b'\n');
            out.push(b'\n');
        } else {
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests;
