//! The command line as people and scripts use it: help everywhere, exit codes, reports for both.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use crate::codes::CODES_XML;
use crate::support::caller::{Caller, patient};
use crate::support::message::{Deposit, find_documents};
use crate::support::pki_on_disk;
use crate::support::wire::{Client, Wire};
use crate::xds_fixture::{self, Message};

fn gateway(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dmp-gateway"));
    command.args(arguments).env_clear();
    command
}

fn run(arguments: &[&str]) -> Output {
    gateway(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A directory with a test PKI and a configuration on free ports.
fn directory(toml: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    pki_on_disk::copy_to(&directory.path().join("pki"));
    let ports = "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n";
    std::fs::write(directory.path().join("gateway.toml"), format!("[server]\n{ports}{toml}")).unwrap();
    directory
}

fn configuration(directory: &Path) -> String {
    directory.join("gateway.toml").to_str().unwrap().to_owned()
}

/// A gateway in a process of its own, which ends with the test.
struct Serving {
    child: Child,
    /// What it says on standard error from then on.
    lines: Option<Lines<BufReader<ChildStderr>>>,
    address: SocketAddr,
}

impl Serving {
    /// Starts it and waits for the line that says where it listens.
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("listening on ")).unwrap();
        let address = line.strip_prefix("listening on https://").unwrap().parse().unwrap();
        Self { child, lines: Some(lines), address }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(name).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// The lines still to come.
    fn lines(&mut self) -> impl Iterator<Item = String> {
        self.lines.as_mut().unwrap().map(Result::unwrap)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It has ended already in a test that told it to.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_level_has_help_with_an_example() {
    for level in [
        &["--help"][..],
        &["serve", "--help"],
        &["config", "--help"],
        &["config", "check", "--help"],
        &["config", "show", "--help"],
        &["metadata", "--help"],
        &["metadata", "validate", "--help"],
        &["pki", "--help"],
        &["pki", "init", "--help"],
        &["vihf", "--help"],
        &["sign", "--help"],
        &["preload", "--help"],
        &["migrate", "--help"],
        &["migrate", "status", "--help"],
        &["migrate", "up", "--help"],
        &["patient", "--help"],
        &["patient", "add", "--help"],
        &["rules", "--help"],
    ] {
        let output = run(level);
        assert_eq!(output.status.code(), Some(0), "{level:?}");
        assert!(
            out(&output).contains("Example") && out(&output).contains("dmp-gateway "),
            "{level:?}\n{}",
            out(&output)
        );
    }
}

#[test]
fn wrong_use_is_exit_2_and_says_what_was_meant() {
    let output = run(&["serv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("serve"), "{}", err(&output));
    assert_eq!(run(&[]).status.code(), Some(2));
    assert_eq!(run(&["serve"]).status.code(), Some(2));
}

#[test]
fn a_configuration_that_cannot_be_read_is_exit_3_and_one_that_is_wrong_exit_2() {
    let output = run(&["serve", "--config", "/nowhere/gateway.toml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(err(&output).contains("cannot read /nowhere/gateway.toml"), "{}", err(&output));
    let directory = directory("[tsl]\nmode = \"off\"\n");
    let output = run(&["config", "check", "--config", &configuration(directory.path())]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("the nearest is tls.mode"), "{}", err(&output));
}

#[test]
fn the_defaults_are_shown_as_a_configuration_that_loads() {
    let output = run(&["config", "show"]);
    assert_eq!(output.status.code(), Some(0));
    let directory = directory("");
    std::fs::write(directory.path().join("gateway.toml"), out(&output)).unwrap();
    let output = run(&["config", "check", "--config", &configuration(directory.path())]);
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(0), "configuration: ok\n"));
    assert!(!directory.path().join("var").exists(), "a check makes nothing");
}

#[test]
fn a_check_reads_what_the_configuration_names_and_reports_all_of_it() {
    let directory = directory("");
    let pki = directory.path().join("pki");
    std::fs::remove_file(pki.join("server/tls.key")).unwrap();
    std::fs::write(pki.join("trust.pem"), "nothing").unwrap();
    std::fs::write(directory.path().join("var"), "a file where a directory is wanted").unwrap();
    let file = configuration(directory.path());
    let output = run(&["config", "check", "--config", &file]);
    assert_eq!(output.status.code(), Some(1));
    for part in ["error: tls: ", "error: vihf: ", "error: registry.url: ", "error: repository.url: "] {
        assert!(out(&output).contains(part), "{part:?} is not in\n{}", out(&output));
    }
    let json = out(&run(&["config", "check", "--config", &file, "--format", "json"]));
    for line in json.lines() {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(finding["severity"] == "error" && finding["place"].is_string() && finding["text"].is_string());
    }
    assert_eq!(json.lines().count(), out(&output).lines().count());
}

#[test]
fn a_check_warns_of_a_key_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = directory("");
    let key = directory.path().join("pki/server/tls.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = run(&["config", "check", "--config", &configuration(directory.path())]);
    assert_eq!(output.status.code(), Some(0));
    assert!(out(&output).contains("warning: tls.private_key: "), "{}", out(&output));
}

#[test]
fn migrations_are_shown_and_made() {
    let directory = directory("");
    let file = configuration(directory.path());
    let status = run(&["migrate", "status", "--config", &file]);
    assert_eq!(status.status.code(), Some(1));
    assert!(out(&status).starts_with("pending "), "{}", out(&status));
    let up = run(&["migrate", "up", "--config", &file]);
    assert_eq!(up.status.code(), Some(0));
    assert!(out(&up).starts_with("made "), "{}", out(&up));
    assert_eq!(out(&run(&["migrate", "up", "--config", &file])), "nothing to do\n");
    let status = run(&["migrate", "status", "--config", &file, "--format", "json"]);
    assert_eq!(status.status.code(), Some(0));
    let state: serde_json::Value = serde_json::from_str(&out(&status)).unwrap();
    assert_eq!(state["pending"], serde_json::json!([]));
}

#[test]
fn patients_are_made_known_all_or_none() {
    let directory = directory("[domain]\nassigning_authorities = [\"1.2.3\"]\n");
    let file = configuration(directory.path());
    let add = |identifiers: &[&str]| run(&[&["patient", "add", "--config", &file][..], identifiers].concat());
    let output = add(&["A-1^^^&1.2.3&ISO", "A-2^^^&1.2.4&ISO"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("patient identifier 2: 1.2.4 is not among domain.assigning_authorities"),
        "{}",
        err(&output)
    );
    assert!(
        err(&add(&["A-1"])).contains("patient identifier 1: expected"),
        "a malformed identifier is named by its place"
    );
    assert_eq!(out(&add(&["A-1^^^&1.2.3&ISO", "A-2^^^&1.2.3&ISO"])), "2 made known, 0 known before\n");
    assert_eq!(out(&add(&["A-1^^^&1.2.3&ISO", "A-3^^^&1.2.3&ISO"])), "1 made known, 1 known before\n");
}

/// Writes a file and validates it; the exit code, and the report as JSON.
fn validate(content: &str, arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("metadata.xml");
    std::fs::write(&file, content).unwrap();
    let arguments = [&["metadata", "validate", "--format", "json"], arguments, &[file.to_str().unwrap()]].concat();
    let output = run(&arguments);
    let report: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(report["file"], file.to_str().unwrap());
    (output.status.code(), report)
}

/// A deposit in which the document is a part that is not in the file.
fn deposit(message: &Message) -> String {
    let id = message.entries[0].id();
    let list = message.xml();
    let submit = format!(
        "<l:SubmitObjectsRequest xmlns:l=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\">{list}</l:SubmitObjectsRequest>"
    );
    let include = "<i:Include xmlns:i=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:1\"/>";
    format!(
        "<x:ProvideAndRegisterDocumentSetRequest xmlns:x=\"urn:ihe:iti:xds-b:2007\">{submit}<x:Document id=\"{id}\">{include}</x:Document></x:ProvideAndRegisterDocumentSetRequest>"
    )
}

#[test]
fn good_metadata_passes_in_both_profiles_and_says_nothing_wrong() {
    for profile in ["dmp", "ihe"] {
        let (code, report) = validate(&deposit(&xds_fixture::base()), &["--profile", profile]);
        assert_eq!(
            (code, &report["schema"], &report["verdict"]),
            (Some(0), &"valid".into(), &"pass".into()),
            "{report}"
        );
    }
}

#[test]
fn a_replacement_is_judged_as_if_the_registry_had_the_document() {
    let message = xds_fixture::base_related(xds_fixture::REPLACE, xds_fixture::OLD);
    let (code, report) = validate(&deposit(&message), &[]);
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn each_finding_has_a_rule_a_severity_a_place_and_help_in_two_languages() {
    let mut message = xds_fixture::base();
    message.entries[0].no_slot("languageCode");
    let (code, report) = validate(&deposit(&message), &[]);
    assert_eq!((code, &report["verdict"]), (Some(1), &"fail".into()));
    let finding = &report["findings"][0];
    assert!(finding["rule"].is_string() && finding["severity"] == "error", "{finding}");
    assert!(finding["xpath"].is_string() && finding["line"].is_u64() && finding["column"].is_u64(), "{finding}");
    let french = finding["help"]["fr"].as_str().unwrap();
    assert!(french.starts_with("Donner à DocumentEntry.languageCode la forme voulue"), "{french}");
    assert!(
        french.contains("exactement une fois dans le profil DMP") && finding["help"]["en"].is_string(),
        "{finding}"
    );
}

#[test]
fn what_is_no_submission_is_invalid_and_what_is_no_xml_malformed() {
    for (content, schema) in [("<a/>", "invalid"), ("<a>", "malformed"), ("<!DOCTYPE a><a/>", "malformed")] {
        let (code, report) = validate(content, &[]);
        assert_eq!(
            (code, &report["schema"], &report["verdict"]),
            (Some(1), &schema.into(), &"fail".into()),
            "{report}"
        );
        assert_eq!(report["findings"][0]["rule"], "MESSAGE-FORM", "{report}");
    }
    assert_eq!(run(&["metadata", "validate", "/nowhere.xml"]).status.code(), Some(3));
}

#[test]
fn serve_says_where_it_listens_answers_and_ends_in_order_when_told() {
    let directory = directory("");
    let mut serving = Serving::start(&mut gateway(&["serve", "--config", &configuration(directory.path())]));
    let address = serving.address;
    let answer = Client::card(&directory.path().join("pki"), "medecin").get(address, "/nothing").unwrap();
    assert_eq!(answer.status, 404);
    // SIGHUP reads files again, SIGTERM ends.
    serving.signal("-HUP");
    assert!(serving.lines().any(|line| line.contains("read again")));
    serving.signal("-TERM");
    let rest: Vec<String> = serving.lines().collect();
    assert!(rest.iter().any(|line| line.contains("stopping")), "{rest:?}");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    assert!(Wire::try_plain(address).is_err());
}

#[test]
fn serve_reads_its_code_table_again_and_keeps_the_one_in_force_when_the_new_one_is_wrong() {
    let directory = directory(
        "[domain]\nunknown_patients = \"accept\"\n[codes]\ntable = \"codes.xml\"\n[cda]\nvalidation = \"off\"\n",
    );
    let table = directory.path().join("codes.xml");
    std::fs::write(&table, CODES_XML).unwrap();
    let mut serving = Serving::start(&mut gateway(&["serve", "--config", &configuration(directory.path())]));
    let doctor = Caller::treating_doctor(serving.address, &directory.path().join("pki"), &patient(8811));
    let deposit = |number: u32| {
        let deposit = Deposit::of(&format!("1.2.250.1.999.89.{number}")).for_patient(&patient(8811));
        doctor.deposit(&deposit, b"one").status_urn()
    };
    assert_eq!(deposit(1), "Success");
    std::fs::write(&table, CODES_XML.replace("\"11488-4\"", "\"11488-1\"")).unwrap();
    serving.signal("-HUP");
    assert!(serving.lines().any(|line| line.contains("read again")));
    assert_eq!(deposit(2), "Failure");
    std::fs::write(&table, "<Codes><CodeType/></Codes>").unwrap();
    serving.signal("-HUP");
    assert!(serving.lines().any(|line| line.contains("line 1, CodeType/@name: the attribute is missing")));
    assert_eq!(deposit(3), "Failure");
}

#[test]
fn a_check_reads_the_code_table_and_says_line_and_key() {
    let directory = directory("[codes]\ntable = \"codes.toml\"\n");
    let file = configuration(directory.path());
    let check = |table: &str| {
        std::fs::write(directory.path().join("codes.toml"), table).unwrap();
        let output = run(&["config", "check", "--config", &file]);
        (output.status.code(), out(&output))
    };
    let (code, said) = check("version = \"1\"\ndate = \"2026-01-01\"\nclas_code = 1\n");
    assert_eq!(code, Some(1));
    assert!(said.contains("codes.toml, line 3, clas_code: unknown key; the nearest is class_code"), "{said}");
    let (code, said) = check("<Codes><CodeType name='somethingElse'/><CodeType name='typeCode'/></Codes>");
    assert_eq!(code, Some(0));
    assert!(said.contains("warning: codes.table: ") && said.contains("somethingElse"), "{said}");
    assert!(said.contains("the list of typeCode is empty"), "{said}");
    std::fs::remove_file(directory.path().join("codes.toml")).unwrap();
    let served = run(&["serve", "--config", &file]);
    assert_eq!(served.status.code(), Some(2));
    assert!(err(&served).contains("codes.table: cannot read "), "{}", err(&served));
}

#[test]
fn the_rules_are_printed_for_people_and_for_programs() {
    let markdown = out(&run(&["rules"]));
    assert!(markdown.contains("| DE-HASH | both | error | XDSRegistryMetadataError | "), "{markdown}");
    let json = out(&run(&["rules", "--format", "json"]));
    for line in json.lines() {
        let rule: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(rule["rule"].is_string() && rule["specification"].is_string(), "{line}");
    }
    assert!(json.lines().count() > 150);
}

#[test]
fn serve_that_is_told_to_stop_as_soon_as_it_listens_ends_in_order() {
    let directory = directory("");
    for _ in 0..5 {
        let mut serving = Serving::start(&mut gateway(&["serve", "--config", &configuration(directory.path())]));
        serving.signal("-TERM");
        assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_hangup_puts_new_revocation_lists_in_force_for_assertions_too() {
    let directory = directory("");
    let pki = directory.path().join("pki");
    let mut serving = Serving::start(&mut gateway(&["serve", "--config", &configuration(directory.path())]));
    let doctor = Caller::treating_doctor(serving.address, &pki, &patient(41));
    doctor.ask(&find_documents(&patient(41))).is_taken();

    pki_on_disk::revoke(&pki, "cards/medecin/sign.pem");
    doctor.ask(&find_documents(&patient(41))).is_taken();
    serving.signal("-HUP");
    assert!(serving.lines().any(|line| line.contains("read again")));
    doctor.ask(&find_documents(&patient(41))).faults_by(500, "VIHF-CRT-05");
}

#[test]
fn serve_goes_on_and_ends_in_order_when_nobody_reads_its_log_any_more() {
    let directory = directory("");
    let mut serving = Serving::start(&mut gateway(&["serve", "--config", &configuration(directory.path())]));
    serving.lines = None;
    let pki = directory.path().join("pki");
    assert!(Client::card(&pki, "revoque").get(serving.address, "/nothing").is_err(), "a refusal is a line of the log");
    assert_eq!(Client::card(&pki, "medecin").get(serving.address, "/nothing").unwrap().status, 404);
    serving.signal("-TERM");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
}

#[test]
fn serve_takes_its_connections_even_where_few_files_may_be_open_at_first() {
    let directory = directory("[limits]\nheaders_seconds = 3600\n");
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -Sn 100; exec \"$0\" serve --config \"$1\"", env!("CARGO_BIN_EXE_dmp-gateway")]);
    let serving = Serving::start(command.arg(configuration(directory.path())));
    let open: Vec<Wire> = (0..120).map(|_| Wire::try_plain(serving.address).unwrap()).collect();
    let answer = Client::card(&directory.path().join("pki"), "medecin").get(serving.address, "/nothing").unwrap();
    assert_eq!(answer.status, 404);
    drop(open);
}

#[test]
fn serve_that_cannot_start_says_why_in_one_sentence() {
    let directory = directory("[tls]\ncertificate = \"absent.pem\"\n");
    let output = run(&["serve", "--config", &configuration(directory.path())]);
    assert_eq!(output.status.code(), Some(3));
    let said = err(&output);
    assert!(said.lines().last().unwrap().starts_with("dmp-gateway: cannot read "), "{said}");
}
