//! Where something stands in a received document: `XPath` for people and tools, line and column for editors.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

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

/// Bytes between two points at which the characters before are known.
const STRIDE: usize = 4096;

/// Places in one text, for whoever places many nodes: what each place needs is counted once, when first asked.
pub struct Lines<'t> {
    text: &'t str,
    starts: OnceCell<Vec<usize>>,
    /// Characters before every [`STRIDE`]th byte: a line may be as long as the text.
    characters: OnceCell<Vec<usize>>,
    /// The positions of the elements of parents that were asked about: a parent may have any number.
    positions: RefCell<HashMap<u32, Position>>,
}

/// Where an element stands among its siblings of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Alone,
    /// From 1.
    Among(usize),
}

impl<'t> Lines<'t> {
    /// Of a text.
    pub fn of(text: &'t str) -> Self {
        let (starts, characters) = (OnceCell::new(), OnceCell::new());
        Self { text, starts, characters, positions: RefCell::new(HashMap::new()) }
    }

    /// Line and column (in characters) of a byte of the text, both from 1.
    pub fn at(&self, offset: usize) -> (u32, u32) {
        let starts = self.starts.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| at + 1);
            std::iter::once(0).chain(ends).collect()
        });
        let line = starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|at| starts.get(at)).copied().unwrap_or(0);
        let column = self.characters_before(offset).saturating_sub(self.characters_before(start));
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (count(line), count(column + 1))
    }

    fn characters_before(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let known = self.characters.get_or_init(|| {
            let counted = bytes.chunks(STRIDE).scan(0, |sum, chunk| {
                *sum += characters_in(chunk);
                Some(*sum)
            });
            std::iter::once(0).chain(counted).collect()
        });
        let stride = offset.min(bytes.len()) / STRIDE;
        let rest = bytes.get(stride * STRIDE..offset.min(bytes.len())).map_or(0, characters_in);
        known.get(stride).copied().unwrap_or(0) + rest
    }

    /// Where an element stands among its siblings. All of its siblings are counted with the first of them that is asked about.
    fn position_of(&self, element: Node<'_, '_>) -> Position {
        let mut positions = self.positions.borrow_mut();
        if let Some(known) = positions.get(&element.id().get()) {
            return *known;
        }
        let siblings = || element.parent().into_iter().flat_map(|parent| parent.children()).filter(Node::is_element);
        let mut last: HashMap<&str, (u32, usize)> = HashMap::new();
        for sibling in siblings() {
            let (first, before) = last.entry(sibling.tag_name().name()).or_insert((sibling.id().get(), 0));
            *before += 1;
            if *before == 2 {
                positions.insert(*first, Position::Among(1));
            }
            let position = if *before == 1 { Position::Alone } else { Position::Among(*before) };
            positions.insert(sibling.id().get(), position);
        }
        positions.get(&element.id().get()).copied().unwrap_or(Position::Alone)
    }

    fn xpath_of(&self, node: Node<'_, '_>) -> String {
        xpath_by(node, |element| self.position_of(element))
    }

    /// The place of a node of that text.
    pub fn place(&self, node: Node<'_, '_>) -> Location {
        let (line, column) = self.at(node.range().start);
        Location { xpath: self.xpath_of(node), line, column }
    }

    /// The place of an attribute of a node of that text; of the node when it has no such attribute.
    pub fn place_attribute(&self, node: Node<'_, '_>, namespace: Option<&str>, local: &str) -> Location {
        let named = |own: &roxmltree::Attribute<'_, '_>| own.name() == local && own.namespace() == namespace;
        let start = node.attributes().find(named).map_or(node.range().start, |attribute| attribute.range().start);
        let (line, column) = self.at(start);
        Location { xpath: format!("{}/@{local}", self.xpath_of(node)), line, column }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (line {}, column {})", self.xpath, self.line, self.column)
    }
}

/// Characters of UTF-8 that begin in some bytes.
fn characters_in(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

fn xpath_of(node: Node<'_, '_>) -> String {
    xpath_by(node, position_of)
}

fn xpath_by(node: Node<'_, '_>, position: impl Fn(Node<'_, '_>) -> Position) -> String {
    let step_of = |element: Node<'_, '_>| match (element.tag_name().name(), position(element)) {
        (name, Position::Alone) => name.to_owned(),
        (name, Position::Among(number)) => format!("{name}[{number}]"),
    };
    let mut steps: Vec<String> = node.ancestors().filter(Node::is_element).map(step_of).collect();
    steps.reverse();
    format!("/{}", steps.join("/"))
}

/// Counts the siblings of one element.
fn position_of(element: Node<'_, '_>) -> Position {
    let name = element.tag_name().name();
    let same = |other: &Node<'_, '_>| other.is_element() && other.tag_name().name() == name;
    let before = element.prev_siblings().skip(1).filter(same).count();
    let alone = before == 0 && !element.next_siblings().skip(1).any(|other| same(&other));
    if alone { Position::Alone } else { Position::Among(before + 1) }
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

    #[test]
    fn many_siblings_on_one_long_line_are_placed_in_the_time_of_one_pass() {
        const MANY: usize = 60_000;
        let text = format!("<é>{}</é>", "<ü a='é'/>".repeat(MANY));
        let document = Document::parse(&text, &Limits { text_bytes: usize::MAX, ..Limits::default() }).unwrap();
        let lines = Lines::of(&text);
        let begun = std::time::Instant::now();
        let mut last = None;
        for node in document.root().children() {
            last = Some(lines.place(node));
        }
        // Counted anew for each, it takes minutes.
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
        let column = u32::try_from(4 + 10 * (MANY - 1)).unwrap();
        assert_eq!(last, Some(Location { xpath: format!("/é/ü[{MANY}]"), line: 1, column }));
    }
}
