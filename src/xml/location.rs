//! Where something stands in a received document: `XPath` for people and tools, line and column for editors.

use std::cell::OnceCell;

use crate::xml::document::Node;

/// A place in one part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Absolute `XPath` by local names, with positions where siblings share a name.
    pub xpath: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
}

impl Location {
    /// The place of a node.
    pub fn of(node: Node<'_, '_>) -> Self {
        let position = node.document().text_pos_at(node.range().start);
        Self { xpath: xpath_of(node), line: position.row, column: position.col }
    }
}

/// Where the lines of one text begin, for whoever places many nodes: counted once, when first asked.
pub struct Lines<'t> {
    text: &'t str,
    starts: OnceCell<Vec<usize>>,
}

impl<'t> Lines<'t> {
    /// Of a text.
    pub fn of(text: &'t str) -> Self {
        Self { text, starts: OnceCell::new() }
    }

    /// Line and column (in characters) of a byte of the text, both from 1.
    pub fn at(&self, offset: usize) -> (u32, u32) {
        let starts = self.starts.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| at + 1);
            std::iter::once(0).chain(ends).collect()
        });
        let line = starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|at| starts.get(at)).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (count(line), count(column + 1))
    }

    /// The place of a node of that text.
    pub fn place(&self, node: Node<'_, '_>) -> Location {
        let (line, column) = self.at(node.range().start);
        Location { xpath: xpath_of(node), line, column }
    }

    /// The place of an attribute of a node of that text; of the node when it has no such attribute.
    pub fn place_attribute(&self, node: Node<'_, '_>, namespace: Option<&str>, local: &str) -> Location {
        let named = |own: &roxmltree::Attribute<'_, '_>| own.name() == local && own.namespace() == namespace;
        let start = node.attributes().find(named).map_or(node.range().start, |attribute| attribute.range().start);
        let (line, column) = self.at(start);
        Location { xpath: format!("{}/@{local}", xpath_of(node)), line, column }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (line {}, column {})", self.xpath, self.line, self.column)
    }
}

fn xpath_of(node: Node<'_, '_>) -> String {
    let mut steps: Vec<String> = node.ancestors().filter(Node::is_element).map(step_of).collect();
    steps.reverse();
    format!("/{}", steps.join("/"))
}

fn step_of(element: Node<'_, '_>) -> String {
    let name = element.tag_name().name();
    let same = |other: &Node<'_, '_>| other.is_element() && other.tag_name().name() == name;
    let before = element.prev_siblings().skip(1).filter(same).count();
    let alone = before == 0 && !element.next_siblings().skip(1).any(|other| same(&other));
    if alone { name.to_owned() } else { format!("{name}[{}]", before + 1) }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Location};
    use crate::xml::document::Document;
    use crate::xml::limits::Limits;

    #[test]
    fn a_location_counts_siblings_of_the_same_name_only() {
        let text = "<a>\n <b/>\n <c/><b><d/></b></a>";
        let document = Document::parse(text, &Limits::default()).unwrap();
        let d = document.root().descendants().find(|n| n.has_tag_name("d")).unwrap();
        assert_eq!(Location::of(d), Location { xpath: "/a/b[2]/d".to_owned(), line: 3, column: 9 });
    }

    #[test]
    fn counted_lines_place_a_node_as_the_tree_does() {
        let text = "<a>\n <é>ü</é><b/>\n\n<c/>x</a>";
        let document = Document::parse(text, &Limits::default()).unwrap();
        let lines = Lines::of(text);
        for node in document.root().descendants().filter(roxmltree::Node::is_element) {
            assert_eq!(lines.place(node), Location::of(node));
        }
        assert_eq!(lines.at(text.len()), (4, 10));
    }

    #[test]
    fn an_attribute_has_a_place_of_its_own() {
        let text = "<a>\n <b x='1' y='2'/></a>";
        let document = Document::parse(text, &Limits::default()).unwrap();
        let b = document.root().first_element_child().unwrap();
        let place = |local| Lines::of(text).place_attribute(b, None, local);
        assert_eq!(place("y"), Location { xpath: "/a/b/@y".to_owned(), line: 2, column: 11 });
        assert_eq!(place("z"), Location { xpath: "/a/b/@z".to_owned(), line: 2, column: 2 });
    }
}
