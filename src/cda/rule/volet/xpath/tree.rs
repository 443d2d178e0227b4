//! An expression as a value.

use std::sync::Arc;

use crate::terminology::code_set::CodeSet;

use super::function::Function;

/// An expression. Its type is known without a document: [`Expr::kind`].
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// One of them holds.
    Or(Vec<Expr>),
    /// All of them hold.
    And(Vec<Expr>),
    /// Two values are compared.
    Compare(Box<Expr>, Comparison, Box<Expr>),
    /// Two numbers make a third.
    Arithmetic(Box<Expr>, Operator, Box<Expr>),
    /// A number with the other sign.
    Negative(Box<Expr>),
    /// The nodes of all of them.
    Union(Vec<Expr>),
    /// A location path.
    Path(Path),
    /// Nodes, filtered, and where one goes from them.
    Filter(Box<Filter>),
    /// A string.
    Literal(Box<str>),
    /// A number.
    Number(f64),
    /// A function of the recommendation.
    Call(Function, Vec<Expr>),
    /// Ours: the context element claims this template.
    Template(Box<str>),
    /// Ours: code and system of the context element are in a value set.
    InSet(Arc<CodeSet>),
}

/// What an expression yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nodes.
    Nodes,
    /// A string.
    Text,
    /// A number.
    Number,
    /// A truth value.
    Truth,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What is made of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `div`
    Div,
    /// `mod`
    Mod,
}

/// Where a path begins and the steps it takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    /// Whether it begins at the root of the tree.
    pub(super) absolute: bool,
    /// One after the other.
    pub(super) steps: Vec<Step>,
}

/// An expression that yields nodes, predicates on all of them together, and steps from there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    /// The nodes.
    pub(super) of: Expr,
    /// Which of them.
    pub(super) predicates: Vec<Predicate>,
    /// Where to go from them.
    pub(super) steps: Vec<Step>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// The direction.
    pub(super) axis: Axis,
    /// Which nodes.
    pub(super) test: Test,
    /// Which of those.
    pub(super) predicates: Vec<Predicate>,
}

/// A predicate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Predicate {
    /// What must hold; a number must be the position.
    pub(super) holds: Expr,
    /// Whether it asks for the position or the number of nodes.
    pub(super) positional: bool,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// `child`
    Child,
    /// `descendant`
    Descendant,
    /// `descendant-or-self`
    DescendantOrSelf,
    /// `parent`
    Parent,
    /// `ancestor`
    Ancestor,
    /// `ancestor-or-self`
    AncestorOrSelf,
    /// `self`
    Itself,
    /// `attribute`
    Attribute,
    /// `following-sibling`
    FollowingSibling,
    /// `preceding-sibling`
    PrecedingSibling,
}

/// A node test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// `node()`
    Node,
    /// `text()`
    Text,
    /// `comment()`
    Comment,
    /// `processing-instruction()`
    Instruction(Option<Box<str>>),
    /// `*`
    Any,
    /// `prefix:*`
    Namespace(Box<str>),
    /// A name; the namespace is empty for none.
    Name {
        /// Its namespace.
        namespace: Box<str>,
        /// Its local name.
        local: Box<str>,
    },
}

impl Expr {
    /// What it yields.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Or(_) | Self::And(_) | Self::Compare(..) | Self::Template(_) | Self::InSet(_) => Kind::Truth,
            Self::Arithmetic(..) | Self::Negative(_) | Self::Number(_) => Kind::Number,
            Self::Union(_) | Self::Path(_) | Self::Filter(_) => Kind::Nodes,
            Self::Literal(_) => Kind::Text,
            Self::Call(function, _) => function.kind(),
        }
    }

    /// Whether it asks for the position or the size of its own context; predicates inside have contexts of their own.
    fn asks_position(&self) -> bool {
        match self {
            Self::Or(all) | Self::And(all) | Self::Union(all) => all.iter().any(Self::asks_position),
            Self::Compare(left, _, right) | Self::Arithmetic(left, _, right) => {
                left.asks_position() || right.asks_position()
            }
            Self::Negative(of) => of.asks_position(),
            Self::Filter(filter) => filter.of.asks_position(),
            Self::Call(function, arguments) => {
                matches!(function, Function::Position | Function::Last) || arguments.iter().any(Self::asks_position)
            }
            Self::Path(_) | Self::Literal(_) | Self::Number(_) | Self::Template(_) | Self::InSet(_) => false,
        }
    }
}

impl Predicate {
    /// A predicate of an expression.
    pub(super) fn new(holds: Expr) -> Self {
        let positional = holds.kind() == Kind::Number || holds.asks_position();
        Self { holds, positional }
    }
}

impl Step {
    /// A step without predicates.
    pub(super) fn new(axis: Axis, test: Test) -> Self {
        Self { axis, test, predicates: Vec::new() }
    }
}
