//! Where something stands in a received document: `XPath` for people and tools, line and column for editors.

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
    use super::Location;
    use crate::xml::document::Document;
    use crate::xml::limits::Limits;

    #[test]
    fn a_location_counts_siblings_of_the_same_name_only() {
        let text = "<a>\n <b/>\n <c/><b><d/></b></a>";
        let document = Document::parse(text, &Limits::default()).unwrap();
        let d = document.root().descendants().find(|n| n.has_tag_name("d")).unwrap();
        assert_eq!(Location::of(d), Location { xpath: "/a/b[2]/d".to_owned(), line: 3, column: 9 });
    }
}
