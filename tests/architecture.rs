//! The house rules that a compiler does not know: who may import whom, where outside crates may appear,
//! what every file opens with. `src/ARCHITECTURE.md` explains them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Module → modules it may import. Adding an arrow is editing this table, with the reason in the commit.
const MAY_IMPORT: &[(&str, &str)] = &[
    ("datatype", ""),
    ("telemetry", ""),
    // `xml` for code lists that come as XML.
    ("terminology", "datatype xml"),
    ("xml", "datatype"),
    ("soap", "datatype xml"),
    ("security", "datatype terminology xml"),
    ("xds", "datatype terminology xml"),
    ("hl7v3", "datatype terminology xml"),
    ("hl7v2", "datatype terminology"),
    ("cda", "datatype terminology xml"),
    ("dmp", "datatype terminology security xds cda"),
    ("storage", "datatype terminology telemetry xds dmp"),
    // `xml` for the namespaces of the catalogue only: the codec of a row is the business of `endpoint`.
    ("transaction", "datatype terminology telemetry xml security xds cda dmp storage"),
    ("endpoint", "datatype terminology telemetry xml soap security xds hl7v3 dmp transaction"),
    ("mllp", "datatype telemetry terminology security hl7v2 xds dmp transaction"),
    ("server", "datatype telemetry soap security storage transaction endpoint mllp"),
    ("config", "datatype telemetry terminology xml soap security xds cda dmp storage transaction endpoint mllp server"),
    (
        "cli",
        "datatype telemetry terminology xml soap security xds hl7v3 hl7v2 cda dmp storage transaction endpoint mllp server config",
    ),
];

/// Outside crate → path prefixes under `src/` where it may appear.
const CRATE_HOMES: &[(&str, &[&str])] = &[
    ("actix_web", &["endpoint/", "server/"]),
    ("actix_http", &["endpoint/", "server/"]),
    ("actix_server", &["server/"]),
    ("actix_service", &["server/"]),
    ("actix_tls", &["server/"]),
    ("awc", &["server/"]),
    ("diesel", &["storage/"]),
    ("diesel_migrations", &["storage/"]),
    // The judge of our XPath, in its tests only.
    ("libxml", &["xml/", "cda/rule/volet/xpath/tests.rs"]),
    ("roxmltree", &["xml/"]),
    ("quick_xml", &["xml/"]),
    ("openssl", &["security/", "storage/blob/", "server/", "cli/", "config/"]),
    ("tokio", &["storage/", "endpoint/", "mllp/", "server/", "cli/"]),
    ("tokio_openssl", &["server/"]),
    ("tracing", &["telemetry/", "storage/", "transaction/", "endpoint/", "mllp/", "server/", "cli/"]),
    ("metrics", &["telemetry/", "storage/", "transaction/", "endpoint/", "mllp/", "server/"]),
    ("clap", &["cli/", "main.rs"]),
    ("toml", &["config/", "terminology/", "cli/"]),
    ("serde", &["config/", "cli/", "terminology/"]),
    ("serde_json", &["cli/", "server/"]),
    ("zip", &["endpoint/"]),
];

/// File names that say nothing.
const FORBIDDEN_NAMES: &[&str] =
    &["utils.rs", "util.rs", "helpers.rs", "helper.rs", "common.rs", "misc.rs", "manager.rs"];

/// Files longer than 600 lines, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

pub(crate) fn source_files(root: &str) -> Vec<(PathBuf, String)> {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
    let mut open = vec![base];
    let mut files = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no sources under {root}");
    files
}

fn inside_src(path: &Path) -> String {
    path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap().to_str().unwrap().to_owned()
}

/// The code without comments and without its unit tests, which may look where they like.
fn code_of(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    before_tests.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The identifiers that directly follow `prefix` in the code.
fn words_after<'a>(code: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    code.match_indices(prefix)
        .filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$'))
        .map(|(at, found)| {
            let rest = &code[at + found.len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            &rest[..end]
        })
        .collect()
}

/// The arrows of one file that the table does not allow.
fn forbidden_imports(module: &str, code: &str) -> Vec<String> {
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
        return vec![format!("module {module} is not in the table")];
    };
    let known = |word: &&&str| MAY_IMPORT.iter().any(|(name, _)| name == *word);
    words_after(code, "crate::")
        .iter()
        .filter(known)
        .filter(|word| **word != module && !allowed.split(' ').any(|name| name == **word))
        .map(|word| format!("{module} imports {word}"))
        .collect()
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut faults = Vec::new();
    for (path, text) in source_files("src") {
        let relative = inside_src(&path);
        let Some((module, _)) = relative.split_once('/') else { continue };
        let code = code_of(&text);
        faults.extend(forbidden_imports(module, &code).into_iter().map(|fault| format!("{relative}: {fault}")));
        if code.contains("use crate::{") || code.contains("super::super") {
            faults.push(format!("{relative}: `use crate::{{` and `super::super` hide arrows from this test"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_import_check_finds_a_planted_arrow() {
    assert_eq!(forbidden_imports("soap", "use crate::storage::Store;"), ["soap imports storage"]);
    assert_eq!(forbidden_imports("soap", "use crate::xml::location::Location;"), Vec::<String>::new());
    assert_eq!(forbidden_imports("nowhere", ""), ["module nowhere is not in the table"]);
}

#[test]
fn outside_crates_stay_in_their_rooms() {
    let mut faults = Vec::new();
    for (path, text) in source_files("src") {
        let relative = inside_src(&path);
        let code = code_of(&text);
        for (outside, homes) in CRATE_HOMES {
            let appears = code
                .match_indices(&format!("{outside}::"))
                .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'));
            if appears && !homes.iter().any(|home| relative.starts_with(home)) {
                faults.push(format!("{relative}: {outside} lives in {homes:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_import_table_has_no_cycle() {
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<&(&str, &str)> = MAY_IMPORT.iter().collect();
    while !left.is_empty() {
        let before = left.len();
        let ready: Vec<&str> = left
            .iter()
            .filter(|(_, allowed)| allowed.split(' ').filter(|name| !name.is_empty()).all(|name| placed.contains(name)))
            .map(|(name, _)| *name)
            .collect();
        placed.extend(&ready);
        left.retain(|(name, _)| !ready.contains(name));
        assert!(left.len() < before, "a cycle among {left:?}");
    }
}

#[test]
fn every_file_opens_with_its_sentence() {
    let missing: Vec<PathBuf> = ["src", "tests", "conformance/src"]
        .iter()
        .flat_map(|root| source_files(root))
        .filter(|(path, _)| !path.components().any(|part| part.as_os_str() == "target"))
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path)
        .collect();
    assert!(missing.is_empty(), "no module sentence in {missing:?}");
}

#[test]
fn files_are_named_for_what_they_hold_and_fit_a_reader() {
    let mut faults = Vec::new();
    for (path, text) in source_files("src").into_iter().chain(source_files("conformance/src")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if FORBIDDEN_NAMES.contains(&name) {
            faults.push(format!("{} is not the name of a thing", path.display()));
        }
        let lines = code_of(&text).lines().count();
        let excused = LONG_FILES.iter().any(|(long, _)| path.ends_with(long));
        if lines > 600 && !excused {
            faults.push(format!("{} has {lines} lines: split it or say why", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn tests_are_neither_ignored_nor_asleep() {
    // Written apart so that this file does not find itself.
    let banned = [concat!("#[", "ignore"), concat!("thread::", "sleep"), concat!("#[", "should_panic")];
    let mut faults = Vec::new();
    for (path, text) in source_files("src").into_iter().chain(source_files("tests")) {
        for word in banned.iter().filter(|word| text.contains(**word)) {
            faults.push(format!("{}: {word}", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn unsafe_code_is_only_in_the_room_that_binds_libxml2() {
    let faults: Vec<String> = source_files("src")
        .iter()
        .map(|(path, text)| (inside_src(path), code_of(text)))
        .filter(|(relative, code)| code.contains("unsafe ") && relative != "xml/schema/libxml2.rs")
        .map(|(relative, _)| relative)
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}
