//! The functions: one table of names, arguments and types. Spec: `XPath` 1.0 §4.

use super::tree::Kind;

/// A function of the recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    /// `last()`
    Last,
    /// `position()`
    Position,
    /// `count(nodes)`
    Count,
    /// `local-name(nodes?)`
    LocalName,
    /// `namespace-uri(nodes?)`
    NamespaceUri,
    /// `name(nodes?)`
    Name,
    /// `string(any?)`
    Text,
    /// `concat(text, text, …)`
    Concat,
    /// `starts-with(text, text)`
    StartsWith,
    /// `contains(text, text)`
    Contains,
    /// `substring-before(text, text)`
    SubstringBefore,
    /// `substring-after(text, text)`
    SubstringAfter,
    /// `substring(text, number, number?)`
    Substring,
    /// `string-length(text?)`
    StringLength,
    /// `normalize-space(text?)`
    NormalizeSpace,
    /// `translate(text, text, text)`
    Translate,
    /// `boolean(any)`
    Truth,
    /// `not(truth)`
    Not,
    /// `true()`
    True,
    /// `false()`
    False,
    /// `number(any?)`
    Number,
    /// `sum(nodes)`
    Sum,
    /// `floor(number)`
    Floor,
    /// `ceiling(number)`
    Ceiling,
    /// `round(number)`
    Round,
}

/// Name, fewest and most arguments, type, whether the first argument must be nodes.
type Row = (&'static str, Function, usize, usize, Kind, bool);

const TABLE: [Row; 25] = [
    ("last", Function::Last, 0, 0, Kind::Number, false),
    ("position", Function::Position, 0, 0, Kind::Number, false),
    ("count", Function::Count, 1, 1, Kind::Number, true),
    ("local-name", Function::LocalName, 0, 1, Kind::Text, true),
    ("namespace-uri", Function::NamespaceUri, 0, 1, Kind::Text, true),
    ("name", Function::Name, 0, 1, Kind::Text, true),
    ("string", Function::Text, 0, 1, Kind::Text, false),
    ("concat", Function::Concat, 2, usize::MAX, Kind::Text, false),
    ("starts-with", Function::StartsWith, 2, 2, Kind::Truth, false),
    ("contains", Function::Contains, 2, 2, Kind::Truth, false),
    ("substring-before", Function::SubstringBefore, 2, 2, Kind::Text, false),
    ("substring-after", Function::SubstringAfter, 2, 2, Kind::Text, false),
    ("substring", Function::Substring, 2, 3, Kind::Text, false),
    ("string-length", Function::StringLength, 0, 1, Kind::Number, false),
    ("normalize-space", Function::NormalizeSpace, 0, 1, Kind::Text, false),
    ("translate", Function::Translate, 3, 3, Kind::Text, false),
    ("boolean", Function::Truth, 1, 1, Kind::Truth, false),
    ("not", Function::Not, 1, 1, Kind::Truth, false),
    ("true", Function::True, 0, 0, Kind::Truth, false),
    ("false", Function::False, 0, 0, Kind::Truth, false),
    ("number", Function::Number, 0, 1, Kind::Number, false),
    ("sum", Function::Sum, 1, 1, Kind::Number, true),
    ("floor", Function::Floor, 1, 1, Kind::Number, false),
    ("ceiling", Function::Ceiling, 1, 1, Kind::Number, false),
    ("round", Function::Round, 1, 1, Kind::Number, false),
];

impl Function {
    /// The function of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.0 == name).map(|row| row.1)
    }

    /// What it yields.
    pub(super) fn kind(self) -> Kind {
        self.row().map_or(Kind::Truth, |row| row.4)
    }

    /// Whether so many arguments are taken.
    pub(super) fn takes(self, arguments: usize) -> bool {
        self.row().is_some_and(|row| (row.2..=row.3).contains(&arguments))
    }

    /// Whether the first argument must be nodes.
    pub(super) fn wants_nodes(self) -> bool {
        self.row().is_some_and(|row| row.5)
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.1 == self)
    }
}
