//! The configuration as an operator meets it: mistakes are named all at once, the environment stands over the file,
//! paths start at the file, secrets are not shown.

use std::path::Path;

use dmp_gateway::cda::rule::Severity;
use dmp_gateway::cda::validation::Policy;
use dmp_gateway::config::Config;
use dmp_gateway::config::file::{Profile, TlsMode};
use dmp_gateway::config::show;
use dmp_gateway::datatype::unique_id::RepositoryUniqueId;
use dmp_gateway::transaction::{Feeding, Removing};

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gateway.toml");
    std::fs::write(&path, text).unwrap();
    load_from(&path, variables)
}

fn load_from(path: &Path, variables: &[(&str, &str)]) -> Result<Config, String> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(path), variables).map_err(|refused| refused.to_string())
}

/// Every expected text stands in the report.
fn check_refused(text: &str, variables: &[(&str, &str)], expected: &[&str]) {
    let report = load(text, variables).expect_err(text);
    for part in expected {
        assert!(report.contains(part), "{part:?} is not in\n{report}");
    }
}

#[test]
fn an_empty_file_is_the_safe_default() {
    let config = load("", &[]).unwrap();
    assert_eq!(config.file().tls.mode, TlsMode::Mutual);
    assert_eq!(config.file().domain.profile, Profile::Dmp);
    assert!(config.file().vihf.required && !config.file().vihf.allow_sha1);
    assert!(config.file().server.listen.ip().is_loopback() && config.file().server.admin_listen.ip().is_loopback());
    assert_eq!(config.file().mllp.listen, None);
}

#[test]
fn an_unknown_key_names_its_line_and_the_nearest_key() {
    check_refused(
        "[server]\nlisten = \"127.0.0.1:1\"\n\n[tls]\nclient_crl = [\"a\"]\n",
        &[],
        &["line 5, tls.client_crl: unknown key; the nearest is tls.client_crls"],
    );
}

#[test]
fn an_unknown_section_names_the_nearest() {
    check_refused("[sever]\n", &[], &["line 1, [sever]: unknown section; the nearest is [server]"]);
    check_refused("[sever]\nbase_path = \"/x\"\n", &[], &["the nearest is server.base_path"]);
    check_refused("listen = \"127.0.0.1:1\"\n", &[], &["line 1, listen: expected a section such as ["]);
}

#[test]
fn an_unknown_variable_names_the_nearest() {
    check_refused(
        "",
        &[("DMP__SERVER__LISTN", "x")],
        &["DMP__SERVER__LISTN: unknown setting; the nearest is DMP__SERVER__LISTEN"],
    );
}

#[test]
fn all_mistakes_are_reported_at_once() {
    check_refused(
        "[server]\nlisten = \"localhost\"\n[tls]\nmode = \"maybe\"\n[limits]\nparts = 0\n[vihf]\nrequired = \"yes\"\ncrls = \"one\"\n",
        &[("DMP__LOG__FORMAT", "xml")],
        &[
            "line 2, server.listen: expected an IP address and a port such as 127.0.0.1:8443, found \"localhost\"",
            "line 4, tls.mode: expected one of mutual, server, off, found \"maybe\"",
            "line 6, limits.parts: expected a whole number from 1 to 100000, found 0",
            "line 8, vihf.required: expected true or false, found \"yes\"",
            "line 9, vihf.crls: expected a list of paths, found \"one\"",
            "DMP__LOG__FORMAT: expected one of text, json, found \"xml\"",
        ],
    );
}

#[test]
fn a_file_that_is_not_toml_names_the_line_but_does_not_quote_it() {
    let report = load("[registry]\nurl = \"postgres://dmp:s3cret@db/x\n", &[]).unwrap_err();
    assert!(report.contains("line 2"), "{report}");
    assert!(!report.contains("s3cret"), "{report}");
}

#[test]
fn a_file_that_is_absent_is_named() {
    let report = load_from(Path::new("/nowhere/gateway.toml"), &[]).unwrap_err();
    assert!(report.contains("cannot read /nowhere/gateway.toml"), "{report}");
}

#[test]
fn the_environment_stands_over_the_file() {
    let config = load(
        "[server]\nlisten = \"127.0.0.1:1\"\n[domain]\nprofile = \"dmp\"\n",
        &[
            ("DMP__SERVER__LISTEN", "127.0.0.1:2"),
            ("DMP__DOMAIN__PROFILE", "ihe"),
            ("DMP__VIHF__REQUIRED", "false"),
            ("DMP__LIMITS__PARTS", "7"),
            ("DMP__DOMAIN__ASSIGNING_AUTHORITIES", "1.2.3, 1.2.4"),
            ("PATH", "/usr/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.file().server.listen.port(), 2);
    assert_eq!(config.file().domain.profile, Profile::Ihe);
    assert!(!config.file().vihf.required);
    assert_eq!(config.file().limits.parts, 7);
    let authorities: Vec<&str> =
        config.file().domain.assigning_authorities.iter().map(dmp_gateway::datatype::oid::Oid::as_str).collect();
    assert_eq!(authorities, ["1.2.3", "1.2.4"]);
}

#[test]
fn relative_paths_start_at_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gateway.toml");
    std::fs::write(&path, "[tls]\nclient_crls = [\"a.crl\", \"/etc/b.crl\"]\n[registry]\nurl = \"sqlite://db/r.db\"\n")
        .unwrap();
    let config = load_from(&path, &[]).unwrap();
    let base = directory.path().display();
    assert_eq!(config.file().tls.certificate, directory.path().join("pki/server/tls.pem"));
    assert_eq!(config.file().tls.client_crls, [directory.path().join("a.crl"), "/etc/b.crl".into()]);
    assert_eq!(config.file().registry.url, format!("sqlite://{base}/db/r.db"));
    assert_eq!(config.file().repository.url, format!("file://{base}/var/blobs"));
}

#[test]
fn without_tls_only_loopback_is_listened_on() {
    check_refused(
        "[server]\nlisten = \"0.0.0.0:8443\"\n[tls]\nmode = \"off\"\n",
        &[],
        &["tls.mode: off is refused while server.listen = 0.0.0.0:8443 is not a loopback address"],
    );
    assert!(load("[server]\nlisten = \"[::1]:8443\"\n[tls]\nmode = \"off\"\n", &[]).is_ok());
}

#[test]
fn the_vihf_may_be_waived_only_in_profile_ihe() {
    check_refused(
        "[vihf]\nrequired = false\n",
        &[],
        &["vihf.required: false is taken only with domain.profile = \"ihe\""],
    );
    assert!(load("[domain]\nprofile = \"ihe\"\n[vihf]\nrequired = false\n", &[]).is_ok());
}

#[test]
fn an_unsigned_assertion_needs_mutual_tls() {
    check_refused(
        "[tls]\nmode = \"server\"\n[vihf]\nunsigned_direct = \"accept\"\n",
        &[],
        &["vihf.unsigned_direct: accept needs"],
    );
}

#[test]
fn identifiers_are_checked_where_they_stand() {
    check_refused(
        "[domain]\nassigning_authorities = [\"1.02\"]\n[repository]\nunique_id = \"x\"\n",
        &[],
        &[
            "line 2, domain.assigning_authorities: expected a list of at least one OID, found [\"1.02\"]",
            "line 4, repository.unique_id: expected an OID such as 1.2.250.1.213.1.4.10, found \"x\"",
        ],
    );
    check_refused("[domain]\nassigning_authorities = []\n", &[], &["expected a list of at least one OID, found []"]);
}

#[test]
fn paths_urls_and_links_are_checked() {
    check_refused(
        "[server]\nbase_path = \"a/\"\npublic_url = \"localhost\"\n[vihf]\naccepted_versions = []\nlinked_structures = [\"1\"]\n[log]\nlevel = \"a=loud\"\n",
        &[],
        &[
            "server.base_path: expected a path",
            "server.public_url: expected a URL",
            "vihf.accepted_versions: at least one version is needed",
            "vihf.linked_structures: expected CERTIFICATE=STRUCTURE, found 1",
            "log.level: not a log level",
        ],
    );
}

#[test]
fn what_is_shown_masks_passwords_and_says_what_the_environment_set() {
    let config = load(
        "[registry]\nurl = \"postgres://dmp:s3cret@db/registry\"\n",
        &[("DMP__REPOSITORY__URL", "s3://key:hidden@bucket/x")],
    )
    .unwrap();
    let shown = show::toml(config.values());
    assert!(shown.contains("url = \"postgres://dmp:****@db/registry\""), "{shown}");
    assert!(shown.contains("url = \"s3://key:****@bucket/x\"  # from DMP__REPOSITORY__URL"), "{shown}");
    assert!(!shown.contains("s3cret") && !shown.contains("hidden"), "{shown}");
}

#[test]
fn what_is_shown_is_a_configuration_that_gives_the_same() {
    let config = load("[server]\nlisten = \"127.0.0.1:2575\"\n[limits]\nparts = 3\n", &[]).unwrap();
    let shown = show::toml(config.values());
    let again = load(&shown, &[]).unwrap();
    assert_eq!(show::toml(again.values()), shown);
    assert!(shown.contains("# workers = 2\n"), "{shown}");
}

#[test]
fn a_feed_that_is_not_served_is_refused_rather_than_silently_absent() {
    check_refused("[mllp]\nlisten = \"0.0.0.0:2575\"\n", &[], &["mllp.mode", "not a loopback address"]);
}

#[test]
fn removal_is_for_callers_who_are_proven_and_never_in_the_dmp() {
    let check = |toml: &str, expected: Removing| {
        let config = load(toml, &[]).unwrap();
        assert_eq!(config.transaction().removing, expected, "{toml}");
    };
    let ihe = |rest: &str| format!("[domain]\nprofile = \"ihe\"\n{rest}");
    let open = "[server]\nlisten = \"192.0.2.1:8443\"\n[tls]\nmode = \"server\"\n";
    check("", Removing::Refused);
    check("[domain]\nremoval = \"proven\"\n", Removing::Refused);
    check(&ihe(""), Removing::Admitted);
    check(&ihe("removal = \"refuse\"\n"), Removing::Refused);
    check(&ihe("[vihf]\nrequired = false\n"), Removing::Admitted);
    check(&ihe(&format!("[vihf]\nrequired = false\n{open}")), Removing::Refused);
    check(&ihe(open), Removing::Admitted);
    check(&ihe("[vihf]\nrequired = false\n[tls]\nmode = \"off\"\n"), Removing::Admitted);
}

#[test]
fn identities_are_fed_by_callers_who_are_proven() {
    let check = |toml: &str, expected: Feeding| {
        let toml = format!("[domain]\nprofile = \"ihe\"\n[vihf]\n{toml}");
        assert_eq!(load(&toml, &[]).unwrap().transaction().feeding, expected, "{toml}");
    };
    let beyond = "[server]\nlisten = \"192.0.2.1:8443\"\n[tls]\nmode = ";
    check("required = false\n[tls]\nmode = \"off\"\n", Feeding::Admitted);
    check(&format!("required = false\n{beyond}\"server\"\n"), Feeding::Refused);
    check(&format!("required = false\n{beyond}\"mutual\"\n"), Feeding::Admitted);
    check(&format!("required = true\n{beyond}\"server\"\n"), Feeding::Admitted);
}

#[test]
fn a_repository_may_have_further_names() {
    let config = load("[repository]\nother_unique_ids = [\"1.2.3\", \"1.2.4\"]\n", &[]).unwrap();
    let others = config.transaction().other_repository_unique_ids;
    assert_eq!(others.iter().map(RepositoryUniqueId::as_str).collect::<Vec<_>>(), ["1.2.3", "1.2.4"]);
    assert!(load("", &[]).unwrap().transaction().other_repository_unique_ids.is_empty());
    check_refused(
        "[repository]\nother_unique_ids = [\"x\"]\n",
        &[],
        &["line 2, repository.other_unique_ids: expected a list of at least one OID, found [\"x\"]"],
    );
}

#[test]
fn clinical_documents_are_judged_in_the_dmp_unless_the_deployment_says_otherwise() {
    let policy = |text: &str| load(text, &[]).unwrap().cda_policy();
    assert_eq!(policy(""), Policy::Enforce);
    assert_eq!(policy("[cda]\nvalidation = \"report\"\n"), Policy::Report);
    assert_eq!(policy("[cda]\nvalidation = \"off\"\n"), Policy::Off);
    assert_eq!(policy("[domain]\nprofile = \"ihe\"\n"), Policy::Off, "a plain IHE domain knows no CDA of its own");
}

#[test]
fn the_severity_of_a_rule_or_a_family_is_a_setting() {
    let text = "[cda]\nmax_document_bytes = 5000000\nmost_findings = 10\n\
                severities = [\"CDA-READ-02 = warning\", \"CDA-READ*=off\", \"CDA-READ-03=error\"]\n";
    let settings = load(text, &[]).unwrap().cda().unwrap();
    assert_eq!(settings.severities.of("CDA-READ-01", Severity::Error), None);
    assert_eq!(settings.severities.of("CDA-READ-02", Severity::Error), Some(Severity::Warning));
    assert_eq!(settings.severities.of("CDA-READ-03", Severity::Warning), Some(Severity::Error));
    assert_eq!((settings.limits.bytes, settings.limits.text_bytes, settings.most_findings), (5_000_000, 5_000_000, 10));
}

#[test]
fn severities_that_make_no_sense_are_named() {
    let with = |list: &str| format!("[cda]\nseverities = [{list}]\n");
    let form = "cda.severities: expected RULE=error, RULE=warning or RULE=off, found CDA-READ-01=fatal";
    check_refused(&with("\"CDA-READ-01=fatal\""), &[], &[form]);
    check_refused(&with("\"CDA-READ-01\""), &[], &["found CDA-READ-01"]);
    check_refused(&with("\"*=off\""), &[], &["expected a rule or a family such as SM*"]);
    check_refused(&with("\"CDA-READ-01=off\", \"CDA-READ-01=error\""), &[], &["CDA-READ-01 stands twice"]);
    let strangers = load(&with("\"CDA-RAED-01=off\", \"NOWHERE*=error\""), &[]).unwrap().cda().unwrap_err();
    let told: Vec<&str> = strangers.iter().map(|finding| finding.text.as_str()).collect();
    assert_eq!(told[0], "there is no rule CDA-RAED-01; the nearest is CDA-READ-01");
    assert!(told[1].starts_with("there is no rule NOWHERE*; the nearest is "), "{told:?}");
}
