//! From text to expression. Spec: `XPath` 1.0 §2, §3.

use std::sync::Arc;

use crate::terminology::code_set::CodeSet;

use super::function::Function;
use super::token::{Fault, Token, tokens};
use super::tree::{Axis, Comparison, Expr, Filter, Kind, Operator, Path, Predicate, Step, Test};

/// How deep an expression may be nested.
const DEEPEST: usize = 48;

/// What the names in an expression stand for.
pub(in crate::cda) trait Names {
    /// The namespace of a prefix; `None` asks for that of element names without one.
    fn namespace(&self, prefix: Option<&str>) -> Option<&str>;
    /// The text of `$name`.
    fn constant(&self, name: &str) -> Option<&str>;
    /// A value set.
    fn set(&self, name: &str) -> Option<Arc<CodeSet>>;
}

/// Reads one expression after the other from the words of a text.
pub(super) struct Parser<'e> {
    words: Vec<(usize, Token<'e>)>,
    next: usize,
    names: &'e dyn Names,
    depth: usize,
}

const AXES: [(&str, Axis); 10] = [
    ("child", Axis::Child),
    ("descendant", Axis::Descendant),
    ("descendant-or-self", Axis::DescendantOrSelf),
    ("parent", Axis::Parent),
    ("ancestor", Axis::Ancestor),
    ("ancestor-or-self", Axis::AncestorOrSelf),
    ("self", Axis::Itself),
    ("attribute", Axis::Attribute),
    ("following-sibling", Axis::FollowingSibling),
    ("preceding-sibling", Axis::PrecedingSibling),
];

const EQUALITIES: [(&str, Comparison); 2] = [("=", Comparison::Equal), ("!=", Comparison::Unequal)];

const RELATIONS: [(&str, Comparison); 4] = [
    ("<", Comparison::Less),
    ("<=", Comparison::LessOrEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterOrEqual),
];

impl<'e> Parser<'e> {
    /// Over a text.
    pub(super) fn of(text: &'e str, names: &'e dyn Names) -> Result<Self, Fault> {
        Ok(Self { words: tokens(text)?, next: 0, names, depth: 0 })
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Result<(), Fault> {
        if self.peek() == Token::End { Ok(()) } else { Err(self.fault("nothing may stand here any more")) }
    }

    /// An expression of any kind.
    pub(super) fn expression(&mut self) -> Result<Expr, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.fault("nested too deeply"));
        }
        let found = self.any_of("or", Expr::Or, |parser| parser.any_of("and", Expr::And, Self::equality));
        self.depth -= 1;
        found
    }

    fn any_of(
        &mut self,
        word: &str,
        make: fn(Vec<Expr>) -> Expr,
        part: impl Fn(&mut Self) -> Result<Expr, Fault>,
    ) -> Result<Expr, Fault> {
        let first = part(self)?;
        let mut all = vec![first];
        while self.takes_word(word) {
            all.push(part(self)?);
        }
        Ok(if all.len() > 1 { make(all) } else { all.pop().unwrap_or(Expr::Call(Function::False, Vec::new())) })
    }

    fn equality(&mut self) -> Result<Expr, Fault> {
        self.comparison(&EQUALITIES, |parser| parser.comparison(&RELATIONS, Self::sum))
    }

    fn comparison(
        &mut self,
        signs: &[(&'static str, Comparison)],
        part: impl Fn(&mut Self) -> Result<Expr, Fault>,
    ) -> Result<Expr, Fault> {
        let mut left = part(self)?;
        while let Some((_, how)) = signs.iter().find(|(sign, _)| self.peek() == Token::Sign(sign)) {
            self.next += 1;
            left = Expr::Compare(Box::new(left), *how, Box::new(part(self)?));
            self.deeper_than_allowed(&left)?;
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expr, Fault> {
        let mut left = self.product()?;
        loop {
            let signs = [("+", Operator::Plus), ("-", Operator::Minus)];
            let next = self.peek();
            let Some((_, operator)) = signs.into_iter().find(|(sign, _)| next == Token::Sign(sign)) else {
                return Ok(left);
            };
            self.next += 1;
            left = Expr::Arithmetic(Box::new(left), operator, Box::new(self.product()?));
            self.deeper_than_allowed(&left)?;
        }
    }

    fn product(&mut self) -> Result<Expr, Fault> {
        let mut left = self.unary()?;
        loop {
            let words = [("*", Operator::Times), ("div", Operator::Div), ("mod", Operator::Mod)];
            let next = self.peek();
            let named = |word| next == Token::Name { prefix: None, local: word };
            let Some((_, operator)) = words.into_iter().find(|(word, _)| named(word)) else { return Ok(left) };
            self.next += 1;
            left = Expr::Arithmetic(Box::new(left), operator, Box::new(self.unary()?));
            self.deeper_than_allowed(&left)?;
        }
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
        let mut negative = false;
        let mut signed = false;
        while self.takes("-") {
            negative = !negative;
            signed = true;
        }
        let first = self.path_or_primary()?;
        let mut all = vec![first];
        while self.takes("|") {
            all.push(self.path_or_primary()?);
        }
        if all.len() > 1 && all.iter().any(|part| part.kind() != Kind::Nodes) {
            return Err(self.fault("only nodes can be united"));
        }
        let found = if all.len() > 1 { Expr::Union(all) } else { all.pop().unwrap_or(Expr::Number(0.0)) };
        Ok(match (signed, negative) {
            (false, _) => found,
            (true, true) => Expr::Negative(Box::new(found)),
            // Twice negated is the number still.
            (true, false) => Expr::Negative(Box::new(Expr::Negative(Box::new(found)))),
        })
    }

    fn path_or_primary(&mut self) -> Result<Expr, Fault> {
        let Some(primary) = self.primary()? else { return self.path().map(Expr::Path) };
        let at = self.at();
        let predicates = self.predicates()?;
        let steps = self.steps_after()?;
        if predicates.is_empty() && steps.is_empty() {
            return Ok(primary);
        }
        if primary.kind() != Kind::Nodes {
            return Err(Fault::new(at, "only nodes have predicates and steps"));
        }
        Ok(Expr::Filter(Box::new(Filter { of: primary, predicates, steps })))
    }

    /// What stands before predicates and is no location path.
    fn primary(&mut self) -> Result<Option<Expr>, Fault> {
        let found = match self.peek() {
            Token::Literal(text) => Expr::Literal(text.into()),
            Token::Number(number) => Expr::Number(number),
            Token::Variable(name) => match self.names.constant(name) {
                Some(text) => Expr::Literal(text.into()),
                None => return Err(self.fault(format!("${name} is not defined"))),
            },
            Token::Sign("(") => {
                self.next += 1;
                let inside = self.expression()?;
                self.must(")")?;
                return Ok(Some(inside));
            }
            Token::Name { prefix, local } if self.is_call(local) => {
                return self.call(prefix, local).map(Some);
            }
            Token::Name { .. } | Token::Sign(_) | Token::End => return Ok(None),
        };
        self.next += 1;
        Ok(Some(found))
    }

    fn is_call(&self, local: &str) -> bool {
        let node_type = matches!(local, "node" | "text" | "comment" | "processing-instruction");
        !node_type && matches!(self.words.get(self.next + 1), Some((_, Token::Sign("("))))
    }

    fn call(&mut self, prefix: Option<&str>, name: &str) -> Result<Expr, Fault> {
        let at = self.at();
        self.next += 2;
        let mut arguments = Vec::new();
        if !self.takes(")") {
            loop {
                arguments.push(self.expression()?);
                if self.takes(")") {
                    break;
                }
                self.must(",")?;
            }
        }
        if prefix.is_some() {
            return Err(Fault::new(at, "functions have no prefix"));
        }
        match (name, arguments.as_slice()) {
            ("template", [Expr::Literal(root)]) => return Ok(Expr::Template(root.clone())),
            ("in-set", [Expr::Literal(set)]) => {
                let unknown = || Fault::new(at, format!("there is no value set {set}"));
                return self.names.set(set).map(Expr::InSet).ok_or_else(unknown);
            }
            ("template" | "in-set", _) => return Err(Fault::new(at, format!("{name} takes one string"))),
            _ => {}
        }
        let function = Function::named(name).ok_or_else(|| Fault::new(at, format!("there is no function {name}")))?;
        if !function.takes(arguments.len()) {
            return Err(Fault::new(at, format!("{name} does not take {} arguments", arguments.len())));
        }
        if function.wants_nodes() && arguments.first().is_some_and(|first| first.kind() != Kind::Nodes) {
            return Err(Fault::new(at, format!("{name} takes nodes")));
        }
        Ok(Expr::Call(function, arguments))
    }

    /// A location path.
    pub(super) fn path(&mut self) -> Result<Path, Fault> {
        if self.peek() == Token::Sign("/") && !self.step_follows(1) {
            self.next += 1;
            return Ok(Path { absolute: true, steps: Vec::new() });
        }
        if matches!(self.peek(), Token::Sign("/" | "//")) {
            return Ok(Path { absolute: true, steps: self.steps_after()? });
        }
        let mut steps = vec![self.step()?];
        steps.extend(self.steps_after()?);
        Ok(Path { absolute: false, steps })
    }

    /// Whether the word so far ahead can begin a step.
    fn step_follows(&self, ahead: usize) -> bool {
        let word = self.words.get(self.next + ahead).map(|(_, word)| *word);
        matches!(word, Some(Token::Name { .. } | Token::Sign("." | ".." | "@")))
    }

    /// Each `/step` and `//step` that follows.
    fn steps_after(&mut self) -> Result<Vec<Step>, Fault> {
        let mut steps = Vec::new();
        loop {
            if self.takes("//") {
                let step = self.step()?;
                let positional = step.predicates.iter().any(|predicate| predicate.positional);
                if step.axis == Axis::Child && !positional {
                    steps.push(Step { axis: Axis::Descendant, ..step });
                } else {
                    steps.push(Step::new(Axis::DescendantOrSelf, Test::Node));
                    steps.push(step);
                }
            } else if self.takes("/") {
                steps.push(self.step()?);
            } else {
                return Ok(steps);
            }
        }
    }

    /// One step.
    pub(super) fn step(&mut self) -> Result<Step, Fault> {
        if self.takes(".") {
            return Ok(Step::new(Axis::Itself, Test::Node));
        }
        if self.takes("..") {
            return Ok(Step::new(Axis::Parent, Test::Node));
        }
        let axis = self.axis()?;
        let test = self.test(axis)?;
        Ok(Step { axis, test, predicates: self.predicates()? })
    }

    fn axis(&mut self) -> Result<Axis, Fault> {
        if self.takes("@") {
            return Ok(Axis::Attribute);
        }
        let named = matches!(self.words.get(self.next + 1), Some((_, Token::Sign("::"))));
        let (Token::Name { prefix: None, local }, true) = (self.peek(), named) else { return Ok(Axis::Child) };
        let axis = AXES.iter().find(|(name, _)| *name == local).map(|(_, axis)| *axis);
        let axis = axis.ok_or_else(|| self.fault(format!("there is no axis {local}")))?;
        self.next += 2;
        Ok(axis)
    }

    fn test(&mut self, axis: Axis) -> Result<Test, Fault> {
        let Token::Name { prefix, local } = self.peek() else { return Err(self.fault("a step must stand here")) };
        if prefix.is_none() && matches!(self.words.get(self.next + 1), Some((_, Token::Sign("(")))) {
            return self.node_type(local);
        }
        let test = match (prefix, local) {
            (None, "*") => Test::Any,
            (None, name) if axis == Axis::Attribute => Test::Name { namespace: "".into(), local: name.into() },
            (prefix, local) => {
                let unknown = || self.fault(format!("the prefix {} is not defined", prefix.unwrap_or("")));
                let namespace = self.names.namespace(prefix).ok_or_else(unknown)?;
                if local == "*" {
                    Test::Namespace(namespace.into())
                } else {
                    Test::Name { namespace: namespace.into(), local: local.into() }
                }
            }
        };
        self.next += 1;
        Ok(test)
    }

    fn node_type(&mut self, name: &str) -> Result<Test, Fault> {
        let at = self.at();
        self.next += 2;
        let test = match (name, self.peek()) {
            ("node", _) => Test::Node,
            ("text", _) => Test::Text,
            ("comment", _) => Test::Comment,
            ("processing-instruction", Token::Literal(target)) => {
                self.next += 1;
                Test::Instruction(Some(target.into()))
            }
            ("processing-instruction", _) => Test::Instruction(None),
            _ => return Err(Fault::new(at, format!("{name}() is no step"))),
        };
        self.must(")")?;
        Ok(test)
    }

    fn predicates(&mut self) -> Result<Vec<Predicate>, Fault> {
        let mut predicates = Vec::new();
        while self.takes("[") {
            predicates.push(Predicate::new(self.expression()?));
            self.must("]")?;
        }
        Ok(predicates)
    }

    /// A chain of operators nests as deeply as it is long.
    fn deeper_than_allowed(&self, expr: &Expr) -> Result<(), Fault> {
        let mut depth = 0;
        let mut at = expr;
        while let Expr::Compare(left, ..) | Expr::Arithmetic(left, ..) = at {
            depth += 1;
            at = left;
        }
        if depth > DEEPEST { Err(self.fault("nested too deeply")) } else { Ok(()) }
    }

    /// The next word.
    pub(super) fn peek(&self) -> Token<'e> {
        self.words.get(self.next).map_or(Token::End, |(_, word)| *word)
    }

    fn at(&self) -> usize {
        self.words.get(self.next).map_or(0, |(at, _)| *at)
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Name { prefix: None, local } if local == word);
        self.next += usize::from(found);
        found
    }

    /// Whether the next word is that sign, which is then behind.
    pub(super) fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(own) if own == sign);
        self.next += usize::from(found);
        found
    }

    fn must(&mut self, sign: &str) -> Result<(), Fault> {
        if self.takes(sign) { Ok(()) } else { Err(self.fault(format!("{sign} must stand here"))) }
    }

    /// A fault at the next word.
    pub(super) fn fault(&self, reason: impl Into<String>) -> Fault {
        Fault::new(self.at(), reason)
    }
}
