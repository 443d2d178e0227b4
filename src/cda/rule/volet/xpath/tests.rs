//! The engine against libxml2, which is another reading of the same standard: many expressions on many nodes.

use std::sync::Arc;

use libxml::parser::Parser as Libxml;
use libxml::xpath::Context;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;

use crate::terminology::code_set::{CodeSet, Concept};
use crate::xml::document::{Document, Node};
use crate::xml::limits::Limits;

use super::budget::Budget;
use super::expression::Expression;
use super::parse::Names;

const HL7: &str = "urn:hl7-org:v3";

/// Prefix `h` for HL7, none for no namespace.
struct Plain;

impl Names for Plain {
    fn namespace(&self, prefix: Option<&str>) -> Option<&str> {
        match prefix {
            None => Some(""),
            Some("h") => Some(HL7),
            Some("x") => Some("urn:x"),
            Some(_) => None,
        }
    }

    fn constant(&self, name: &str) -> Option<&str> {
        (name == "loinc").then_some("2.16.840.1.113883.6.1")
    }

    fn set(&self, name: &str) -> Option<Arc<CodeSet>> {
        let concept = Concept { code: "a".to_owned(), system: "1.2".to_owned(), label: String::new() };
        (name == "s").then(|| Arc::new(CodeSet::new("1".to_owned(), name.to_owned(), vec![concept])))
    }
}

const DOCUMENT: &str = "<r xmlns:x='urn:x' n='7'><!--c--><a i='1'>1</a><a i='2' x:i='9'>2<b>x</b></a>\
    <x:a>3</x:a><?go on?><c><a i='3'> 3 <a i='4'>04</a></a><b/><b>x</b>tail</c>\
    <h:s xmlns:h='urn:hl7-org:v3'><h:t root='1.2'/><h:t/>-5.50</h:s></r>";

const EXPRESSIONS: &[&str] = &[
    "a",
    "//a",
    "/r/a",
    "/",
    "/*",
    "//a/a",
    "//a//a",
    ".//b",
    "*",
    "//*",
    "node()",
    "text()",
    "comment()",
    "//comment()",
    "processing-instruction()",
    "processing-instruction('go')",
    "processing-instruction('no')",
    "@*",
    "@n",
    "//@i",
    "@x:i",
    "//@x:i",
    "x:*",
    "x:a",
    "//h:s/h:t[@root]",
    "//h:*",
    "..",
    ".",
    "a/..",
    "//a/ancestor::*",
    "//a/ancestor-or-self::a",
    "//b/preceding-sibling::*",
    "//b/following-sibling::node()",
    "//@i/..",
    "//a/self::a",
    "self::node()",
    "self::r",
    "descendant::a[1]",
    "descendant-or-self::a",
    "a[1]",
    "a[2]",
    "a[last()]",
    "a[position()=2]",
    "a[position()>1]",
    "//a[1]",
    "(//a)[1]",
    "(//a)[last()]",
    "(//a)[position() mod 2 = 1]",
    "//a[@i>2]",
    "//a[@i and b]",
    "//a[not(b)]",
    "c/a/a",
    "c/*[2]",
    "c/*[self::b][2]",
    "c/b[.='x']",
    "(a|c)/b",
    "a|x:a|//b",
    "(a|c)/a[1]",
    "//b/ancestor::*[1]",
    "//b/ancestor::*[last()]",
    "//b/preceding-sibling::*[1]",
    "count(//a)",
    "count(//a/..)",
    "count(//@*)",
    "count(//node())",
    "string(a)",
    "string(//a[2])",
    "string(//nothing)",
    "string()",
    "string(@n)",
    "string-length()",
    "string-length('é€')",
    "number(a)",
    "number('-5.50')",
    "number(' 12 ')",
    "number('')",
    "number('+1')",
    "number(//h:s)",
    "number('.5')",
    "number('5.')",
    "number('.')",
    "sum(a)",
    "sum(//@i)",
    "1 div 0",
    "-1 div 0",
    "0 div 0",
    "5 mod 3",
    "-5 mod 3",
    "5 mod -3",
    "1.5 mod 0.5",
    "2 * 3 + 4",
    "2 + 3 * 4",
    "10 - 2 - 3",
    "- 3",
    "--3",
    "- - - 3",
    "-(2+3)",
    "3 -2",
    "2*-3",
    "round(2.5)",
    "round(-2.5)",
    "round(2.4)",
    "floor(-2.5)",
    "ceiling(2.1)",
    "round(1 div 0)",
    "round('x')",
    "'a'='a'",
    "'a'!='a'",
    "1=1.0",
    "'1'=1",
    "a=1",
    "a!=1",
    "a=2",
    "1=a",
    "a<2",
    "2>a",
    "a>=2",
    "a<=0",
    "//a=//b",
    "//a!=//b",
    "//b=//b",
    "//a=//a/a",
    "//a<//a",
    "//a>//nothing",
    "//nothing=//nothing",
    "//nothing!=1",
    "a=true()",
    "//nothing=false()",
    "//nothing<1",
    "true()>false()",
    "'x'>1",
    "a='1'",
    "not(//nothing)",
    "boolean(//a)",
    "boolean('')",
    "boolean(0)",
    "boolean('false')",
    "boolean(0 div 0)",
    "true() and false()",
    "true() or false()",
    "true()+1",
    "//a and //nothing",
    "//a or //nothing",
    "1 or 0",
    "'' or 'x'",
    "concat('a','b','c')",
    "concat(a,1,true())",
    "starts-with('abc','ab')",
    "starts-with('abc','')",
    "contains('abc','bc')",
    "contains('','')",
    "contains(//c,'tail')",
    "substring-before('1999/04/01','/')",
    "substring-after('1999/04/01','/')",
    "substring-before('a','x')",
    "substring-after('a','')",
    "substring-after('abc','c')",
    "substring('12345',2,3)",
    "substring('12345',2)",
    "substring('12345',1.5,2.6)",
    "substring('12345',0,3)",
    "substring('12345',0 div 0,3)",
    "substring('12345',1,0 div 0)",
    "substring('12345',-42,1 div 0)",
    "substring('12345',-1 div 0,1 div 0)",
    "substring('éàü',2,1)",
    "normalize-space('  a  b  ')",
    "normalize-space()",
    "normalize-space(//c)",
    "translate('bar','abc','ABC')",
    "translate('--aaa--','abc-','ABC')",
    "translate('éa','é','e')",
    "local-name()",
    "local-name(x:a)",
    "name(x:a)",
    "name()",
    "namespace-uri(x:a)",
    "local-name(//@x:i)",
    "name(//@x:i)",
    "local-name(//nothing)",
    "local-name(processing-instruction())",
    "local-name(//text())",
    "name(/)",
    "string(/)",
    "string(comment())",
    "string(processing-instruction())",
    "string(1.5)",
    "string(-0)",
    "string(1000000)",
    "string(0.1)",
    "string(12345.678)",
    "string(1 div 3 > 0.3)",
    "*[name()='a']",
    "//*[local-name()='t' and namespace-uri()='urn:hl7-org:v3']",
    "//*[count(*)>1]",
    "//*[@*]",
    "//*[string-length(@i)=1]",
    "//a[../b]",
    "//a[.//a]",
    "//a[a/@i='4']",
    "//*[text()]",
    "//text()[contains(.,'x')]",
    "//*[last()]",
    "//*[position()=last()]",
    "//*[2]/@i",
    "a[@i=2]/b",
    "a[@i='2' or @i='1'][2]",
    "a[2][1]",
    "a[1][2]",
    "descendant::*[3]",
    "*[3]/following-sibling::*[1]",
    "div",
    "mod",
    "and",
    "or",
    "*[div or mod]",
    "a[1]/@i + a[2]/@i",
    "a*2",
    "a *a",
    "@n*2",
    "@n div 2",
    "@n mod 4",
    "* and *",
    "*=*",
    "a/b|a/@i",
    "//a[@i=//@i][3]",
    "count((//a|//b)[2])",
    "/descendant::a",
    "/descendant-or-self::node()/child::a",
    "child::a/attribute::i",
    "parent::node()",
    "ancestor::node()",
    "//a/parent::*",
    "//a/parent::r",
    "(//b)[2]/preceding-sibling::a/a",
    "string(//a[@i=3])",
    "\"a'b\"",
    "string(\"a'b\")",
    "a [ 1 ]",
    " a / b ",
    "/r/c/text()[last()]",
    "r",
    "/r[a][c]/h:s",
    "//h:t[2]",
    "//h:s/h:t[1]/following-sibling::h:t",
];

/// What is said of the n-th element: the nodes by kind and order of names, or the value.
fn ours(expression: &str, node: Node<'_, '_>) -> Result<String, String> {
    let read = Expression::parse(expression, &Plain).map_err(|fault| format!("{expression}: {fault:?}"))?;
    let budget = Budget::new(1_000_000);
    let all = || -> Result<String, super::budget::Exhausted> {
        if read.yields_nodes() {
            let nodes = read.nodes(node, &budget)?;
            let texts = nodes.iter().map(|item| Ok(item.text(&budget)?.into_owned()));
            let texts: Result<Vec<String>, _> = texts.collect();
            return Ok(format!("{} {:?} {}", nodes.len(), texts?, read.holds(node, &budget)?));
        }
        Ok(format!("{} {}", read.text(node, &budget)?, read.holds(node, &budget)?))
    };
    all().map_err(|_| format!("{expression}: the budget ended"))
}

/// What libxml2 says, in the same form. It orders nodes itself.
fn theirs(expression: &str, context: &Context, node: &libxml::tree::Node, nodes: bool) -> String {
    let mut context = context.clone();
    let value = |text: &str, context: &mut Context| {
        context.findvalue(text, Some(node)).unwrap_or_else(|()| panic!("libxml2 refuses {text}"))
    };
    let truth = value(&format!("string(boolean({expression}))"), &mut context);
    if nodes {
        let found = context.node_evaluate(expression, node).unwrap();
        let texts: Vec<String> = found.get_nodes_as_vec().iter().map(libxml::tree::Node::get_content).collect();
        return format!("{} {texts:?} {truth}", texts.len());
    }
    format!("{} {truth}", value(&format!("string({expression})"), &mut context))
}

fn elements(node: &libxml::tree::Node, all: &mut Vec<libxml::tree::Node>) {
    all.push(node.clone());
    for child in node.get_child_elements() {
        elements(&child, all);
    }
}

/// Compares all expressions on all elements of a document.
fn check<'e>(text: &str, expressions: impl IntoIterator<Item = &'e str>) {
    let document = Document::parse(text, &Limits::default()).unwrap();
    let judge = Libxml::default().parse_string(text).unwrap();
    let context = Context::new(&judge).unwrap();
    context.register_namespace("h", HL7).unwrap();
    context.register_namespace("x", "urn:x").unwrap();
    let mut differences = Vec::new();
    let mut all = Vec::new();
    elements(&judge.get_root_element().unwrap(), &mut all);
    for expression in expressions {
        let nodes = Expression::parse(expression, &Plain).is_ok_and(|read| read.yields_nodes());
        let own = document.root().descendants().filter(Node::is_element);
        for (at, (own, other)) in own.zip(&all).enumerate() {
            let said = ours(expression, own).unwrap();
            let judged = theirs(expression, &context, other, nodes);
            if said != judged {
                differences.push(format!("{expression} at element {at}: {said}, but libxml2 {judged}"));
            }
        }
    }
    assert!(differences.is_empty(), "{text}\n{}", differences.join("\n"));
}

#[test]
fn every_expression_says_what_libxml2_says() {
    check(DOCUMENT, EXPRESSIONS.iter().copied());
}

#[test]
fn what_is_no_expression_is_refused_with_its_place() {
    let at = |text: &str| Expression::parse(text, &Plain).expect_err(text).at;
    assert_eq!(at("a["), 2);
    assert_eq!(at("a]"), 1);
    assert_eq!(at("'it''s'"), 4);
    assert_eq!(at("'open"), 0);
    assert_eq!(at("a and "), 6);
    assert_eq!(at("following::a"), 0);
    assert_eq!(at("b/namespace::a"), 2);
    assert_eq!(at("id('x')"), 0);
    assert_eq!(at("b = h:count(a)"), 4);
    assert_eq!(at("count()"), 0);
    assert_eq!(at("count('x')"), 0);
    assert_eq!(at("'x' | a"), 7);
    assert_eq!(at("'x'/a"), 3);
    assert_eq!(at("y:a"), 0);
    assert_eq!(at("a = $unknown"), 4);
    assert_eq!(at("in-set('unknown')"), 0);
    assert_eq!(at("template(a)"), 0);
    assert_eq!(at("a # b"), 2);
    assert_eq!(at("/ a b"), 4);
    assert_eq!(at(&format!("{}1{}", "(".repeat(1_000), ")".repeat(1_000))), 48);
    assert!(Expression::parse(&format!("1{}", "+1".repeat(10_000)), &Plain).is_err());
    assert!(Expression::parse(&"a[".repeat(100_000), &Plain).is_err());
}

#[test]
fn numbers_are_only_those_of_the_recommendation() {
    let document = Document::parse("<a/>", &Limits::default()).unwrap();
    for text in ["1e5", "+1", "inf", "NaN", "0x1", "1_0", "--1", "-", ".", "1.2.3", "\u{a0}1"] {
        let said = ours(&format!("string(number('{text}'))"), document.root()).unwrap();
        assert_eq!(said, "NaN true", "{text}");
    }
}

#[test]
fn a_constant_a_template_and_a_value_set_are_known() {
    let text = "<s xmlns='urn:hl7-org:v3'><templateId root='1.1'/><templateId root='1.2'/><code code='a' codeSystem='1.2'/><code code='b' codeSystem='1.2'/></s>";
    let document = Document::parse(text, &Limits::default()).unwrap();
    let said = |expression: &str| ours(expression, document.root()).unwrap();
    assert_eq!(said("template('1.2')"), "true true");
    assert_eq!(said("template('1.3')"), "false false");
    assert_eq!(said("h:code[in-set('s')]/@code"), "1 [\"a\"] true");
    assert_eq!(said("$loinc"), "2.16.840.1.113883.6.1 true");
}

#[test]
fn a_document_that_would_take_quadratic_time_ends_the_budget() {
    let text = format!("<a>{}</a>", "<b><c/></b>".repeat(20_000));
    let document = Document::parse(&text, &Limits { nodes: 1_000_000, ..Limits::default() }).unwrap();
    let ends = |expression: &str| {
        let read = Expression::parse(expression, &Plain).unwrap();
        read.holds(document.root(), &Budget::new(1_000_000)).is_err()
    };
    assert!(ends("b[not(following-sibling::b/d)][position()=0]"));
    assert!(ends("b[count(preceding-sibling::b) < 0]"));
    assert!(ends("b[../b/c/d]"));
    assert!(ends("b[contains(concat(string(/), string(/)), 'x')]"));
    // A set after each step: no node is looked at twice.
    assert!(!ends("//c/ancestor::*//c/ancestor::*//d"));
    assert!(!ends("//d"));
    assert!(!ends("count(//b) = count(//c) and //b != //c"));
}

fn step() -> impl Strategy<Value = String> {
    let axes = [
        "",
        "",
        "",
        "",
        "descendant::",
        "descendant-or-self::",
        "ancestor::",
        "ancestor-or-self::",
        "parent::",
        "self::",
        "following-sibling::",
        "preceding-sibling::",
        "@",
    ];
    let tests = ["a", "b", "*", "node()", "h:a", "i", "text()"];
    (0..axes.len(), 0..tests.len(), predicate()).prop_map(move |(axis, test, predicate)| {
        let test = if axes[axis] == "@" && tests[test].ends_with("()") { "*" } else { tests[test] };
        format!("{}{test}{predicate}", axes[axis])
    })
}

fn predicate() -> impl Strategy<Value = String> {
    let all = [
        "",
        "",
        "",
        "[1]",
        "[2]",
        "[last()]",
        "[position()>1]",
        "[@i]",
        "[@i='1']",
        "[@i>1]",
        "[b]",
        "[not(a)]",
        "[.='x']",
        "[a and b]",
        "[count(*)=2]",
        "[../@i=@i]",
        "[a|b]",
        "[a[2]]",
        "[@i][2]",
        "[position()=last()-1]",
        "[contains(.,'x')]",
        "[a=b]",
        "[a!=b]",
        "[string-length()>2]",
    ];
    (0..all.len()).prop_map(move |at| all[at].to_owned())
}

fn path() -> impl Strategy<Value = String> {
    let separators = ["/", "//"];
    let start = prop_oneof![Just(String::new()), Just("/".to_owned()), Just("//".to_owned())];
    let more = proptest::collection::vec((0..separators.len(), step()), 0..3);
    (start, step(), more).prop_map(move |(start, first, more)| {
        let steps = more.into_iter().fold(String::new(), |path, (at, step)| path + separators[at] + &step);
        format!("{start}{first}{steps}")
    })
}

fn expression() -> impl Strategy<Value = String> {
    let operators = ["=", "!=", "<", ">=", "|", " and ", " or "];
    let both = (path(), 0..operators.len(), path())
        .prop_map(move |(left, at, right)| format!("{left}{}{right}", operators[at]));
    let filtered =
        (path(), predicate(), step()).prop_map(|(path, predicate, step)| format!("({path}){predicate}/{step}"));
    let called = path().prop_map(|path| format!("count({path})"));
    prop_oneof![path(), path(), both, filtered, called]
}

fn tree() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x".to_owned()),
        Just("12".to_owned()),
        Just("<b/>".to_owned()),
        Just("<h:a i='2'/>".to_owned())
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let names = ["a", "b", "h:a", "i"];
        (0..names.len(), any::<u8>(), proptest::collection::vec(inner, 0..4)).prop_map(
            move |(name, attribute, inside)| {
                let attribute = if attribute < 128 { format!(" i='{}'", attribute % 4) } else { String::new() };
                // Two texts side by side are one node here and there.
                format!("<{0}{attribute}>{1}</{0}>", names[name], inside.join("<i/>"))
            },
        )
    })
    .prop_map(|inside| format!("<a xmlns:h='{HL7}'>{inside}</a>"))
}

proptest! {
    #![proptest_config(Config { cases: 400, failure_persistence: None, ..Config::default() })]

    #[test]
    fn random_expressions_on_random_trees_say_what_libxml2_says(text in tree(), expressions in proptest::collection::vec(expression(), 6)) {
        check(&text, expressions.iter().map(String::as_str));
    }
}
