//! `dmp-gateway cda validate` as an editor meets it: what is printed, in which order, and with which exit code.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use dmp_gateway::xml::document::{Document, plain_attribute};
use dmp_gateway::xml::limits::Limits;
use insta::assert_snapshot;
use serde_json::Value;

/// No clinical document: what is said of it depends on no rule of content.
const STRANGER: &str = "<?xml version='1.0' encoding='UTF-8'?>\n<lettre>Été</lettre>\n";
const MALFORMED: &str = "<ClinicalDocument xmlns='urn:hl7-org:v3'>\n  <titre>Été</title>\n</ClinicalDocument>\n";

/// A directory to work in.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dmp-gateway"));
        command.args(["cda", "validate"]).args(arguments).env_clear().current_dir(self.path());
        command
    }

    fn validate(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().unwrap())
    }
}

/// What came back.
struct Answer {
    out: String,
    err: String,
    code: Option<i32>,
}

impl Answer {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { out: text(output.stdout), err: text(output.stderr), code: output.status.code() }
    }

    fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn files(&self) -> Vec<String> {
        self.lines().iter().map(|line| line["file"].as_str().unwrap().to_owned()).collect()
    }
}

fn rules(line: &Value) -> Vec<&str> {
    line["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn the_text_shows_the_place_the_line_and_how_to_mend_it() {
    let desk = Desk::new().with("a.xml", STRANGER).with("b.xml", MALFORMED);
    let answer = desk.validate(&["a.xml", "b.xml"]);
    assert_eq!(answer.code, Some(1), "{}", answer.err);
    assert_snapshot!(answer.out);
    assert_eq!(answer.err, "");
}

#[test]
fn the_text_is_french_where_people_read_french() {
    let desk = Desk::new().with("a.xml", STRANGER).with("b.xml", MALFORMED);
    let asked = desk.validate(&["--lang", "fr", "a.xml", "b.xml"]);
    assert_snapshot!(asked.out);
    let by_environment = desk.command(&["a.xml", "b.xml"]).env("LANG", "fr_FR.UTF-8").output().unwrap();
    assert_eq!(Answer::of(by_environment).out, asked.out);
}

#[test]
fn json_is_one_line_a_file_with_the_names_that_were_promised() {
    let desk = Desk::new().with("a.xml", STRANGER).with("b.xml", MALFORMED);
    let answer = desk.validate(&["--format", "json", "a.xml", "b.xml"]);
    let pretty = |line: &Value| serde_json::to_string_pretty(line).unwrap();
    assert_snapshot!(answer.lines().iter().map(pretty).collect::<Vec<_>>().join("\n"));
    for key in ["file", "schema", "verdict", "findings"] {
        assert!(answer.lines()[0].get(key).is_some(), "{key}");
    }
}

#[test]
fn junit_is_a_suite_for_each_file_and_a_case_for_each_rule() {
    let desk = Desk::new().with("a.xml", STRANGER).with("b<&>.xml", MALFORMED);
    let answer = desk.validate(&["--format", "junit", "a.xml", "b<&>.xml", "absent.xml"]);
    assert_eq!(answer.code, Some(3));
    assert_snapshot!(without_times(&answer.out));
    let document = Document::parse(&answer.out, &Limits::default()).unwrap();
    for suite in document.root().children().filter(|node| node.has_tag_name("testsuite")) {
        let number = |name: &str| plain_attribute(suite, name).unwrap().parse::<usize>().unwrap();
        let count = |name: &str| suite.descendants().filter(|node| node.has_tag_name(name)).count();
        assert_eq!(number("tests"), count("testcase"));
        assert_eq!((number("failures"), number("errors")), (count("failure"), count("error")));
    }
}

/// What differs between two runs.
fn without_times(junit: &str) -> String {
    let parts = junit.split(" time=\"").enumerate();
    parts.map(|(at, part)| if at == 0 { part } else { part.split_once('"').unwrap().1 }).collect()
}

#[test]
fn every_file_is_judged_even_if_one_cannot_be_read() {
    let desk = Desk::new().with("a.xml", STRANGER).with("c.xml", STRANGER);
    let answer = desk.validate(&["--format", "json", "a.xml", "absent.xml", "c.xml"]);
    assert_eq!(answer.code, Some(3));
    assert_eq!(answer.files(), ["a.xml", "absent.xml", "c.xml"]);
    assert_eq!(answer.lines()[1]["verdict"], "fail");
    assert!(answer.lines()[1]["unreadable"].as_str().unwrap().contains("No such file"), "{}", answer.out);
    assert!(answer.err.contains("cannot read absent.xml") && answer.err.contains("1 of 3 could not be read"));
    let text = desk.validate(&["--lang", "fr", "absent.xml"]);
    assert!(text.out.starts_with("absent.xml : non lu (cannot read absent.xml:"), "{}", text.out);
}

#[test]
fn a_folder_is_searched_and_the_order_is_that_of_the_arguments_and_of_the_names() {
    let desk = Desk::new()
        .with("lot/b/2.xml", STRANGER)
        .with("lot/b/10.xml", STRANGER)
        .with("lot/a.XML", STRANGER)
        .with("lot/c.xml", STRANGER)
        .with("lot/readme.txt", "no document")
        .with("z.xml", STRANGER);
    let answer = desk.validate(&["--format", "json", "z.xml", "lot"]);
    assert_eq!(answer.files(), ["z.xml", "lot/a.XML", "lot/b/10.xml", "lot/b/2.xml", "lot/c.xml"]);
    let empty = Desk::new().with("lot/readme.txt", "no document").validate(&["lot"]);
    assert_eq!((empty.code, empty.err.as_str()), (Some(2), "dmp-gateway: there is no *.xml in what was named\n"));
}

#[test]
fn a_thousand_files_come_in_order_with_a_summary_by_rule() {
    let mut desk = Desk::new();
    for number in 0..1_000 {
        desk = desk.with(&format!("lot/{number:04}.xml"), if number % 4 == 0 { MALFORMED } else { STRANGER });
    }
    let answer = desk.validate(&["--format", "json", "--jobs", "4", "lot"]);
    assert_eq!(answer.code, Some(1));
    assert_eq!(answer.files(), (0..1_000).map(|number| format!("lot/{number:04}.xml")).collect::<Vec<_>>());
    for (number, line) in answer.lines().iter().enumerate() {
        assert_eq!(rules(line), [if number % 4 == 0 { "CDA-READ-01" } else { "CDA-READ-02" }]);
    }
    let summary = "1000 files: 0 pass, 1000 fail\n  \
                   CDA-READ-02  error          750 findings in 750 files\n  \
                   CDA-READ-01  error          250 findings in 250 files\n";
    assert_eq!(answer.err, summary, "no bar where there is no terminal");
    let text = desk.validate(&["lot"]);
    assert!(text.out.ends_with(summary), "{}", &text.out[text.out.len() - 300..]);
}

#[test]
fn a_terminal_gets_a_bar_that_is_taken_away_again() {
    let mut desk = Desk::new();
    for number in 0..400 {
        desk = desk.with(&format!("lot/{number:04}.xml"), STRANGER);
    }
    let gateway = format!("{} cda validate lot > report.txt", env!("CARGO_BIN_EXE_dmp-gateway"));
    let script = Command::new("script").args(["-qec", &gateway, "/dev/null"]).current_dir(desk.path()).output();
    let Ok(script) = script else {
        eprintln!("script is absent: the bar on a terminal is not looked at");
        return;
    };
    let seen = String::from_utf8(script.stdout).unwrap();
    // A machine that judges all of them before the bar is due shows none.
    assert!(seen.is_empty() || (seen.contains("/400") && seen.ends_with("\r\u{1b}[K")), "{seen:?}");
    assert!(std::fs::read_to_string(desk.path().join("report.txt")).unwrap().contains("400 files: "));
}

#[test]
fn a_document_may_come_by_standard_input() {
    let desk = Desk::new();
    let mut child =
        desk.command(&["--format", "json", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(STRANGER.as_bytes()).unwrap();
    let answer = Answer::of(child.wait_with_output().unwrap());
    assert_eq!((answer.code, answer.files()), (Some(1), vec!["-".to_owned()]));
}

#[test]
fn hostile_files_are_findings_and_nothing_else() {
    let bomb = "<!DOCTYPE b [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><b>&b;</b>";
    let outside = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>";
    let utf16: Vec<u8> = format!("\u{feff}{STRANGER}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut attributes = String::from("<a");
    (0..10_000).for_each(|number| write!(attributes, " a{number}='1'").unwrap());
    let desk = Desk::new()
        .with("attribute.xml", format!("<a b='{}'/>", "x".repeat(1 << 20)))
        .with("attributes.xml", format!("{attributes}/>"))
        .with("bomb.xml", bomb)
        .with("deep.xml", "<a>".repeat(1_000_000))
        .with("empty.xml", "")
        .with("garbage.xml", (0..=255).cycle().take(100_000).collect::<Vec<u8>>())
        .with("outside.xml", outside)
        .with("truncated.xml", &MALFORMED[..40])
        .with("utf16.xml", utf16)
        .with("zeros.xml", [0; 1_000]);
    let answer = desk.validate(&["--format", "json", "."]);
    assert_eq!(answer.code, Some(1), "{}", answer.err);
    assert_eq!(answer.lines().len(), 10);
    for line in answer.lines() {
        assert_eq!((&line["schema"], &line["verdict"]), (&"malformed".into(), &"fail".into()), "{line}");
        assert_eq!(rules(&line), ["CDA-READ-01"], "{line}");
    }
    assert!(!answer.out.contains("root:"), "a file that a document names is not read");
    let text = desk.validate(&["."]);
    assert!(!text.out.chars().any(|c| c.is_control() && c != '\n'), "nothing of a document steers the terminal");
}

#[test]
fn a_file_larger_than_what_is_judged_is_told_without_being_read() {
    let desk = Desk::new().with("small.xml", STRANGER);
    let huge = std::fs::File::create(desk.path().join("huge.xml")).unwrap();
    huge.set_len(1 << 40).unwrap();
    let answer = desk.validate(&["--format", "json", "huge.xml", "/dev/zero", "small.xml"]);
    assert_eq!(answer.code, Some(1));
    let lines = answer.lines();
    assert_eq!((rules(&lines[0]), rules(&lines[1])), (vec!["CDA-READ-03"], vec!["CDA-READ-03"]));
    assert_eq!(lines[0]["findings"][0]["expected"], "at most 20971520 bytes, not 1099511627776");
    assert_eq!(rules(&lines[2]), ["CDA-READ-02"]);
}

#[test]
fn the_configuration_says_how_strict_and_how_large() {
    let desk = Desk::new().with("a.xml", STRANGER);
    let with = |cda: &str| {
        std::fs::write(desk.path().join("gateway.toml"), format!("[cda]\n{cda}\n")).unwrap();
        desk.validate(&["--format", "json", "--config", "gateway.toml", "a.xml"])
    };
    assert_eq!(rules(&with("max_document_bytes = 1024").lines()[0]), ["CDA-READ-02"]);
    let small = format!("<!--{}--><a/>", "x".repeat(1_024));
    std::fs::write(desk.path().join("a.xml"), small).unwrap();
    assert_eq!(rules(&with("max_document_bytes = 1024").lines()[0]), ["CDA-READ-03"]);
    let softer = with("severities = [\"CDA-READ-02=warning\"]");
    assert_eq!(softer.lines()[0]["findings"][0]["severity"], "warning");
    let stranger = with("severities = [\"CDA-RAED-02=warning\"]");
    assert_eq!(stranger.code, Some(2));
    assert!(stranger.err.contains("there is no rule CDA-RAED-02; the nearest is CDA-READ-02"), "{}", stranger.err);
    let absent = desk.validate(&["--config", "absent.toml", "a.xml"]);
    assert_eq!(absent.code, Some(3));
}

#[test]
fn wrong_use_is_said_in_one_line() {
    let desk = Desk::new().with("a.xml", STRANGER);
    assert_eq!(desk.validate(&[]).code, Some(2));
    assert_eq!(desk.validate(&["--format", "yaml", "a.xml"]).code, Some(2));
    assert_eq!(desk.validate(&["--jobs", "0", "a.xml"]).code, Some(2));
    let help = desk.validate(&["--help"]);
    assert!(help.out.contains("Exit codes: 0 no error") && help.out.contains("Examples:"), "{}", help.out);
}

fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cda-samples").join(name);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_document_without_a_fault_passes_in_every_format() {
    let desk = Desk::new().with("lettre.xml", sample("adressage.xml")).with("note.xml", sample("vsm.xml"));
    let text = desk.validate(&["lettre.xml"]);
    assert_eq!((text.out.as_str(), text.code), ("lettre.xml: pass (schema valid, level 1)\n", Some(0)));
    let json = desk.validate(&["--format", "json", "note.xml"]);
    let line = &json.lines()[0];
    assert_eq!(
        (&line["schema"], &line["verdict"], &line["level"], &line["volet"]),
        (&"valid".into(), &"pass".into(), &3.into(), &"VSM".into()),
        "{line}"
    );
    let junit = desk.validate(&["--format", "junit", "lettre.xml"]);
    assert_eq!(junit.code, Some(0));
    assert_snapshot!(without_times(&junit.out));
}

#[test]
fn a_warning_is_said_and_fails_only_whom_it_should() {
    let desk = Desk::new().with("photo.xml", sample("photo-plaie.xml"));
    let said = desk.validate(&["--format", "junit", "photo.xml"]);
    assert!(said.code == Some(0) && said.out.contains("<system-out>"), "{}", said.out);
    let failed = desk.validate(&["--format", "junit", "--fail-on", "warning", "photo.xml"]);
    assert!(failed.code == Some(1) && failed.out.contains("<failure type=\"BODY-MEDIA-02\""), "{}", failed.out);
    let json = desk.validate(&["--format", "json", "--fail-on", "warning", "photo.xml"]);
    assert_eq!((json.code, &json.lines()[0]["verdict"]), (Some(1), &"pass".into()));
}

#[test]
fn a_letter_that_is_no_base64_is_told_in_the_middle_of_its_long_line() {
    let letter = sample("adressage.xml");
    let content = letter.find("representation=\"B64\">").unwrap() + 5_000;
    let broken = format!("{}*{}", &letter[..content], &letter[content + 1..]);
    let desk = Desk::new().with("lettre.xml", broken);
    let answer = desk.validate(&["--lang", "fr", "lettre.xml"]);
    assert_eq!(answer.code, Some(1));
    assert!(answer.out.contains("erreur : BODY-BASE64-01") && answer.out.contains("trouvé : *"), "{}", answer.out);
    let lines: Vec<&str> = answer.out.lines().collect();
    let caret = lines.iter().position(|line| line.trim_end().ends_with("| ^") || line.ends_with('^')).unwrap();
    let column = lines[caret].chars().count() - 1;
    assert_eq!(lines[caret - 1].chars().nth(column), Some('*'), "{}", answer.out);
}

#[test]
fn a_wrapped_document_is_judged_and_its_wrapper_said() {
    let letter = sample("suivi-infirmier.xml");
    let body = letter.split_once("?>").map_or(letter.as_str(), |(_, body)| body);
    let signed = format!(
        "<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><ds:SignedInfo/><ds:Object>{body}</ds:Object></ds:Signature>"
    );
    let desk = Desk::new().with("a.xml", sample("consultation-autopresentable.xml")).with("b.xml", signed);
    let answer = desk.validate(&["a.xml", "b.xml"]);
    assert!(answer.out.contains("a.xml: pass (schema valid, level 3, in a stylesheet)\n"), "{}", answer.out);
    let signed = "b.xml: pass (schema valid, level 1, signed, the signature is not verified here)\n";
    assert!(answer.out.contains(signed), "{}", answer.out);
}

/// A volet of an operator: the letters of his region say where they come from.
const REGION: &str = "\
volet REGION Lettres de la région | Letters of the region
applies setId
spec the region

context ClinicalDocument
  is l'en-tête | the header
  REGION-01 need sdtc:statusCode
    what le statut | the status
";

#[test]
fn an_operator_brings_rules_and_schemas_of_his_own() {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/cda");
    let desk = Desk::new().with("vsm.xml", sample("vsm.xml")).with("own/region.rules", REGION);
    let with = |cda: &str| {
        std::fs::write(desk.path().join("gateway.toml"), format!("[cda]\n{cda}\n")).unwrap();
        desk.validate(&["--format", "json", "--config", "gateway.toml", "vsm.xml"])
    };
    let asked = with("rules = \"own\"");
    assert!(rules(&asked.lines()[0]).contains(&"REGION-01"), "{}{}", asked.out, asked.err);
    let silenced = with("rules = \"own\"\nseverities = [\"REGION*=off\"]");
    assert!(!rules(&silenced.lines()[0]).contains(&"REGION-01"), "{}{}", silenced.out, silenced.err);
    let unknown = with("severities = [\"REGION*=off\"]");
    assert!(unknown.code == Some(2) && unknown.err.contains("there is no rule REGION*"), "{}", unknown.err);
    let own = with(&format!("schemas = \"{}\"", schemas.display()));
    assert_eq!((own.code, &own.lines()[0]["schema"]), (Some(0), &"valid".into()), "{}{}", own.out, own.err);

    std::fs::write(desk.path().join("own/region.rules"), "volet REGION\n").unwrap();
    let faulty = with("rules = \"own\"\nschemas = \"own\"");
    assert_eq!(faulty.code, Some(2));
    for said in
        ["cda.rules: ", "own/region.rules:1:", "cda.schemas: ", "own holds none of cda.xsd, CDA_extended.xsd, CDA.xsd"]
    {
        assert!(faulty.err.contains(said), "{said}: {}", faulty.err);
    }
}

#[test]
fn an_operator_brings_value_sets_of_his_own() {
    let types = "# name: JDV_J07_own\n# oid: 1.2.250.1.213.1.1.5.471\nX-1\t1.2.3\tOwn\n";
    let desk = Desk::new().with("vsm.xml", sample("vsm.xml")).with("own/types.tsv", types);
    std::fs::write(desk.path().join("gateway.toml"), "[cda]\nvalue_sets = \"own\"\n").unwrap();
    let validate = || desk.validate(&["--format", "json", "--config", "gateway.toml", "vsm.xml"]);
    let asked = validate();
    assert_eq!(
        (asked.code, rules(&asked.lines()[0])),
        (Some(1), vec!["SM008/@code:J07"]),
        "{}{}",
        asked.out,
        asked.err
    );
    for (file, said) in [("", "types.tsv: line 1: the file holds no set"), ("a\tb\n", "a code stands before any line")]
    {
        std::fs::write(desk.path().join("own/types.tsv"), file).unwrap();
        let faulty = validate();
        assert!(
            faulty.code == Some(2) && faulty.err.contains("cda.value_sets: ") && faulty.err.contains(said),
            "{}",
            faulty.err
        );
    }
    std::fs::remove_file(desk.path().join("own/types.tsv")).unwrap();
    assert!(validate().err.contains("holds no file *.tsv or *.xml"));
}

#[test]
fn the_official_schema_may_stand_in_for_ours() {
    let official = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/official-schemas/ans-cda");
    if !official.is_dir() {
        eprintln!("{} is absent: no other schema is tried", official.display());
        return;
    }
    let broken = sample("vsm.xml").replace("<title>", "<titre>").replace("</title>", "</titre>");
    let desk = Desk::new().with("a.xml", sample("vsm.xml")).with("b.xml", broken);
    std::fs::write(desk.path().join("gateway.toml"), format!("[cda]\nschemas = \"{}\"\n", official.display())).unwrap();
    let answer = desk.validate(&["--format", "json", "--config", "gateway.toml", "a.xml", "b.xml"]);
    let verdicts: Vec<_> = answer.lines().iter().map(|line| line["schema"].clone()).collect();
    assert_eq!(verdicts, ["valid", "invalid"], "{}{}", answer.out, answer.err);
}
