//! What it costs to validate a clinical document, against libxml2's parse and schema validation of the same bytes in the same run.
//!
//! `make bench`, or `cargo bench --bench cda`. Times are of one thread's CPU, the best of several rounds taken in turn, so that whatever else
//! the machine does meanwhile disturbs both alike.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement prints, and stops where it cannot measure"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use dmp_gateway::cda::report::SchemaVerdict;
use dmp_gateway::cda::validation::{Settings, Validator};
use dmp_gateway::xml::document::Document;
use dmp_gateway::xml::guard::guard;
use dmp_gateway::xml::limits::Limits;
use libxml::parser::{Parser, ParserOptions};
use libxml::schemas::{SchemaParserContext, SchemaValidationContext};

/// Bytes of the documents that are measured, about.
const SIZE: usize = 100_000;
/// What the validator may cost of libxml2's parse and validation alone.
const MOST: f64 = 2.5;
const ROUNDS: usize = 15;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut parser = SchemaParserContext::from_file(root.join("schemas/cda/cda.xsd").to_str().unwrap());
    let mut judge = SchemaValidationContext::from_parser(&mut parser).unwrap();
    let validator = Validator::new(Settings::default());
    println!(
        "\nvalidation of a clinical document: CPU of one thread, against libxml2's parse and schema validation alone"
    );
    println!("{:<44} {:>8} {:>9} {:>9} {:>7} {:>7}", "document", "bytes", "libxml2", "validate", "ratio", "target");
    for (name, sample) in [
        ("level 3, schema and header rules", "consultation.xml"),
        ("level 3, and the rules of its volet (VSM)", "vsm.xml"),
    ] {
        let text = lengthened(&std::fs::read_to_string(root.join("cda-samples").join(sample)).unwrap());
        assert_eq!(validator.validate(text.as_bytes()).schema, SchemaVerdict::Valid, "{sample}");
        let [theirs, ours] = in_turn([&mut || assert!(judge.validate_document(&read(&text)).is_ok()), &mut || {
            drop(black_box(validator.validate(text.as_bytes())));
        }]);
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        println!(
            "{name:<44} {:>8} {:>9} {:>9} {ratio:>7.2} {:>7}",
            text.len(),
            micros(theirs),
            micros(ours),
            format!("≤ {MOST}")
        );
        parts(&text, &mut judge);
        if sample == "consultation.xml" {
            side_by_side(&validator, &text);
        }
    }
}

fn read(text: &str) -> libxml::tree::Document {
    let options = ParserOptions { recover: false, no_net: true, ..ParserOptions::default() };
    Parser::default().parse_string_with_options(text, options).unwrap()
}

/// Where the time goes.
fn parts(text: &str, judge: &mut SchemaValidationContext) {
    let limits = Limits::default();
    let tree = Document::parse(text, &limits).unwrap();
    let theirs = read(text);
    let [guarded, parsed, their_parse, their_verdict] = in_turn([
        &mut || guard(black_box(text), &limits).unwrap(),
        &mut || drop(black_box(Document::parse(text, &limits).unwrap())),
        &mut || drop(black_box(read(text))),
        &mut || assert!(judge.validate_document(&theirs).is_ok()),
    ]);
    drop(tree);
    println!(
        "  of which: guard {}, guard and tree {}; of libxml2's: tree {}, verdict {}",
        micros(guarded),
        micros(parsed),
        micros(their_parse),
        micros(their_verdict)
    );
}

/// A thousand documents by one thread and by two.
fn side_by_side(validator: &Validator, text: &str) {
    let validate = |count: usize| (0..count).for_each(|_| drop(black_box(validator.validate(text.as_bytes()))));
    let begun = Instant::now();
    validate(1_000);
    let alone = begun.elapsed();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| validate(500));
        validate(500);
    });
    let both = begun.elapsed();
    let times = alone.as_secs_f64() / both.as_secs_f64();
    println!(
        "  1,000 documents: {} ms by one thread, {} ms by two ({times:.2} times)",
        alone.as_millis(),
        both.as_millis()
    );
}

/// The least CPU of each work, taken in turn.
fn in_turn<const N: usize>(mut works: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut least = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for (work, least) in works.iter_mut().zip(&mut least) {
            let (begun, mut calls) = (cpu(), 0_u32);
            let spent = loop {
                work();
                calls += 1;
                let spent = cpu().saturating_sub(begun);
                if spent > Duration::from_millis(20) {
                    break spent;
                }
            };
            *least = (*least).min(spent / calls);
        }
    }
    least
}

/// CPU that this thread has had.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split_whitespace().next().unwrap().parse().unwrap())
}

fn micros(time: Duration) -> String {
    format!("{} µs", time.as_micros())
}

/// A document with its sections told over again until it is long enough, each time with identifiers of their own.
fn lengthened(text: &str) -> String {
    let open = text.find("<structuredBody").unwrap();
    let start = open + text[open..].find('>').unwrap() + 1;
    let end = text.rfind("</structuredBody>").unwrap();
    let sections = &text[start..end];
    let tree = roxmltree::Document::parse(text).unwrap();
    let mut marks: Vec<usize> = tree
        .descendants()
        .flat_map(|node| node.attributes())
        .filter(|own| own.range().start > start && own.range().end < end)
        .filter(|own| ["ID", "IDREF", "referencedObject"].contains(&own.name()) || own.value().starts_with('#'))
        .map(|own| own.range_value().end - start)
        .collect();
    marks.sort_unstable();
    let mut longer = text[..end].to_owned();
    for copy in 2.. {
        if longer.len() + (text.len() - end) > SIZE {
            break;
        }
        let mut from = 0;
        for mark in &marks {
            longer.push_str(&sections[from..*mark]);
            write!(longer, "-{copy}").unwrap();
            from = *mark;
        }
        longer.push_str(&sections[from..]);
    }
    longer.push_str(&text[end..]);
    longer
}
