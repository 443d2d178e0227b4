//! The forms of an assertion: each is an expression and two sentences that are made the same way for all rules.

use std::borrow::Cow;

use crate::cda::rule::Help;
use crate::xml::document::Node;

use super::xpath::budget::{Budget, Exhausted};
use super::xpath::expression::Expression;
use super::xpath::item::Item;
use super::xpath::parse::Names;
use super::xpath::token::Fault;

/// What must be so of a context element.
#[derive(Debug, Clone)]
pub(super) enum Form {
    /// The expression holds.
    Holds(Expression),
    /// So many nodes are there: at least, at most.
    Count(Expression, usize, usize),
    /// One of the nodes passes, if the path leads to one that does.
    Some(Expression, Expression),
    /// Each of the nodes passes.
    Each(Expression, Expression),
}

/// What of a rule is known from its line: how it is checked and what is said.
#[derive(Debug, Clone)]
pub(super) struct Assertion {
    pub(super) form: Form,
    pub(super) expected: Cow<'static, str>,
    /// What to do, in both languages; `{what}` and `{where}` are filled in by the reader.
    pub(super) help: Option<Help>,
}

/// The nullFlavors that stand for a code of a value set. Spec: CI-SIS, common pattern of the value sets.
const FLAVOURS: &str = "@nullFlavor='UNK' or @nullFlavor='NA' or @nullFlavor='NASK' or @nullFlavor='ASKU' or @nullFlavor='NI' \
    or @nullFlavor='NAV' or @nullFlavor='MSK' or @nullFlavor='OTH' or @nullFlavor='NINF' or @nullFlavor='PINF' or @nullFlavor='TRC'";

/// The words that begin an assertion.
pub(super) const WORDS: [&str; 10] =
    ["test", "need", "one", "at-most-one", "no", "code", "one-of", "each", "set", "set-or-null"];

/// Reads `word rest`.
pub(super) fn assertion(word: &str, rest: &str, names: &dyn Names) -> Result<Assertion, Fault> {
    let counted = |least, most, expected: String, fr: &str, en: &str| {
        let form = Form::Count(path(rest, names)?, least, most);
        Ok(Assertion { form, expected: expected.into(), help: Some(help(fr, en)) })
    };
    match word {
        "need" => counted(
            1,
            usize::MAX,
            rest.to_owned(),
            "Ajouter {what}, obligatoire dans {where} : {path}.",
            "Add {what}, required in {where}: {path}.",
        ),
        "one" => counted(
            1,
            1,
            format!("{rest}, once"),
            "Mettre {what} une fois et une seule dans {where} : {path}.",
            "Put {what} once and only once into {where}: {path}.",
        ),
        "at-most-one" => counted(
            0,
            1,
            format!("{rest}, at most once"),
            "Mettre {what} une fois au plus dans {where} : {path}.",
            "Put {what} at most once into {where}: {path}.",
        ),
        "no" => counted(
            0,
            0,
            format!("no {rest}"),
            "Retirer {what} de {where} : {path}.",
            "Remove {what} from {where}: {path}.",
        ),
        "code" => code(rest, names),
        "one-of" => one_of(rest, names),
        "each" => each(rest, names),
        "set" => set(rest, names, false),
        "set-or-null" => set(rest, names, true),
        _ => Ok(Assertion {
            form: Form::Holds(Expression::parse(rest, names)?),
            expected: rest.to_owned().into(),
            help: None,
        }),
    }
}

fn help(fr: &str, en: &str) -> Help {
    Help { fr: fr.to_owned().into(), en: en.to_owned().into() }
}

fn path(text: &str, names: &dyn Names) -> Result<Expression, Fault> {
    let path = Expression::parse(text, names)?;
    if path.yields_nodes() { Ok(path) } else { Err(Fault { at: 0, reason: "a path must stand here".to_owned() }) }
}

/// `code PATH CODE SYSTEM`: a node of the path has that code.
fn code(rest: &str, names: &dyn Names) -> Result<Assertion, Fault> {
    let wants = || Fault { at: 0, reason: "code takes a path, a code and a system".to_owned() };
    let (rest, system) = rest.rsplit_once(' ').ok_or_else(wants)?;
    let (of, code) = rest.trim_end().rsplit_once(' ').ok_or_else(wants)?;
    let system = match system.strip_prefix('$') {
        Some(name) => {
            let unknown = || Fault { at: 0, reason: format!("${name} is not defined") };
            names.constant(name).ok_or_else(unknown)?
        }
        None => system,
    };
    let test = format!("@code='{code}' and @codeSystem='{system}'");
    Ok(Assertion {
        form: Form::Some(path(of, names)?, Expression::parse(&test, names)?),
        expected: format!("code=\"{code}\" codeSystem=\"{system}\"").into(),
        help: Some(help(
            &format!("Donner à {{what}} de {{where}} le code {code} ({system})."),
            &format!("Give {{what}} of {{where}} the code {code} ({system})."),
        )),
    })
}

/// `one-of PATH VALUE …`: a node of the path has one of these values. The path has no blanks.
fn one_of(rest: &str, names: &dyn Names) -> Result<Assertion, Fault> {
    let wants = || Fault { at: 0, reason: "one-of takes a path and values".to_owned() };
    let (of, values) = rest.split_once(' ').ok_or_else(wants)?;
    path(of, names)?;
    let values: Vec<&str> = values.split_whitespace().collect();
    let tests: Vec<String> = values.iter().map(|value| format!("{of} = '{value}'")).collect();
    let joined = |or: &str| match values.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} {or} {last}", all.join(", ")),
        _ => values.concat(),
    };
    Ok(Assertion {
        form: Form::Holds(Expression::parse(&tests.join(" or "), names)?),
        expected: format!("{of}: {}", joined("or")).into(),
        help: Some(help(
            &format!("Dans {{where}}, mettre {of} à {}.", joined("ou")),
            &format!("In {{where}}, set {of} to {}.", joined("or")),
        )),
    })
}

/// `each PATH : TEST`: each node of the path passes.
fn each(rest: &str, names: &dyn Names) -> Result<Assertion, Fault> {
    let wants = || Fault { at: 0, reason: "each takes a path, ` : ` and a test".to_owned() };
    let (of, test) = rest.split_once(" : ").ok_or_else(wants)?;
    let offset = of.len() + 3;
    let test_read = Expression::parse(test, names).map_err(|fault| Fault { at: fault.at + offset, ..fault })?;
    let form = Form::Each(path(of, names)?, test_read);
    Ok(Assertion { form, expected: test.to_owned().into(), help: None })
}

/// `set PATH NAME`: each node of the path is of the value set, or of another type than CD and CE. The same test for
/// all sets, with or without nullFlavor.
fn set(rest: &str, names: &dyn Names, null: bool) -> Result<Assertion, Fault> {
    let wants = || Fault { at: 0, reason: "set takes a path and a value set".to_owned() };
    let (of, name) = rest.rsplit_once(' ').ok_or_else(wants)?;
    if names.set(name).is_none() {
        return Err(Fault { at: of.len() + 1, reason: format!("there is no value set {name}") });
    }
    let flavours = if null { FLAVOURS } else { "false()" };
    let allowed = if null { "true()" } else { "not(@nullFlavor)" };
    let other_type = "(@xsi:type and not(@xsi:type='CD') and not(@xsi:type='CE'))";
    let test = format!(
        "{allowed} and ((@code and @codeSystem) or {flavours} or {other_type}) \
         and (@nullFlavor or {other_type} or in-set('{name}'))"
    );
    Ok(Assertion {
        form: Form::Each(path(of, names)?, Expression::parse(&test, names)?),
        expected: format!("a code of {name}").into(),
        help: Some(help(
            &format!("Prendre le code de {{what}} de {{where}} dans le jeu de valeurs {name}."),
            &format!("Take the code of {{what}} of {{where}} from the value set {name}."),
        )),
    })
}

impl Form {
    /// Shows each place where this is not so: the context element, or the node that is wrong.
    pub(super) fn faults<'x, 'i>(
        &'x self,
        element: Node<'x, 'i>,
        budget: &'x Budget,
        tell: &mut dyn FnMut(Node<'x, 'i>, bool),
    ) -> Result<(), Exhausted> {
        match self {
            Self::Holds(test) => {
                if !test.holds(element, budget)? {
                    tell(element, true);
                }
            }
            Self::Count(path, 1, usize::MAX) => {
                if !path.holds(element, budget)? {
                    tell(element, false);
                }
            }
            Self::Count(path, least, most) => {
                let number = path.count(element, budget)?;
                if number < *least {
                    tell(element, false);
                } else if number > *most {
                    let nodes = path.nodes(element, budget)?;
                    tell(nodes.get(*most).map_or(element, Item::node), true);
                }
            }
            Self::Some(path, test) => {
                let nodes = path.nodes(element, budget)?;
                for item in &nodes {
                    if test.holds(item.node(), budget)? {
                        return Ok(());
                    }
                }
                match nodes.first() {
                    Some(item) => tell(item.node(), true),
                    None => tell(element, false),
                }
            }
            Self::Each(path, test) => {
                for item in path.nodes(element, budget)? {
                    if !test.holds(item.node(), budget)? {
                        tell(item.node(), true);
                    }
                }
            }
        }
        Ok(())
    }
}
