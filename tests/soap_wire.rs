//! The SOAP face over HTTP: media types, addressing in both profiles, limits, malformed XML, and the WSDL.

use std::sync::Arc;

use crate::support::caller::{BASE, Caller, SIMPLE, patient};
use crate::support::gateway::{DMP, Gateway, IHE, Setup, Shared};
use crate::support::message::{Deposit, ITI18, ITI41, ITI42, PACKAGE, find_documents, package};
use crate::support::wire::{Answer, Wire};

fn gateway() -> Arc<Gateway> {
    static SHARED: Shared = Shared::new();
    SHARED.with(DMP)
}

fn domain() -> Arc<Gateway> {
    static SHARED: Shared = Shared::new();
    SHARED.with(IHE)
}

/// A good query with something changed.
fn changed_query(caller: &Caller, from: &str, to: &str) -> Answer {
    let text = caller.envelope(ITI18, &find_documents(&patient(1901)));
    assert!(text.contains(from), "no {from}");
    caller.post("registry", SIMPLE, text.replace(from, to).as_bytes())
}

#[test]
fn the_dmp_reads_the_body_and_takes_no_action_or_an_unknown_one() {
    let gateway = gateway();
    let doctor = gateway.treating_doctor(&patient(1901));
    for action in
        ["urn:ihe:iti:xds-b:2007:RegistryStoredQuery-b", "urn:ihe:iti:2007:RegistryStoredQueryResponse", "new"]
    {
        doctor.send("registry", action, &find_documents(&patient(1901))).is_taken();
    }
    let without =
        format!("<Action xmlns=\"http://www.w3.org/2005/08/addressing\" mustUnderstand=\"true\">{ITI18}</Action>");
    changed_query(&doctor, &without, "").is_taken();
    doctor.send("registry", ITI42, &find_documents(&patient(1901))).faults_by(500, "WSA-08");
}

#[test]
fn an_affinity_domain_wants_the_exact_action() {
    let domain = domain();
    let caller = domain.anybody();
    caller.ask(&find_documents(&patient(1901))).is_taken();
    caller.send("registry", ITI42, &find_documents(&patient(1901))).faults_by(500, "WSA-08");
    let fault = caller.send("registry", "new", &find_documents(&patient(1901))).faults_by(500, "WSA-07");
    assert!(fault.codes.contains(&"wsa:ActionNotSupported".to_owned()), "{fault:?}");
    let without =
        format!("<Action xmlns=\"http://www.w3.org/2005/08/addressing\" mustUnderstand=\"true\">{ITI18}</Action>");
    changed_query(&caller, &without, "").faults_by(500, "WSA-06");
}

#[test]
fn a_body_at_the_wrong_service_learns_where_to_go() {
    let gateway = gateway();
    let doctor = gateway.treating_doctor(&patient(1901));
    let fault = doctor.send("repository", ITI18, &find_documents(&patient(1901))).faults_by(500, "SOAP-ENV-06");
    assert!(fault.english.contains("registry") && fault.french.contains("registry"), "{fault:?}");
}

#[test]
fn soap_1_1_outside_a_package_is_refused() {
    let gateway = gateway();
    let doctor = gateway.treating_doctor(&patient(1901));
    let old = "http://schemas.xmlsoap.org/soap/envelope/";
    let fault = changed_query(&doctor, "http://www.w3.org/2003/05/soap-envelope", old).faults_by(500, "SOAP-ENV-02");
    assert_eq!(fault.codes, ["soap:VersionMismatch"]);
}

#[test]
fn a_reply_address_elsewhere_is_refused() {
    let gateway = gateway();
    let doctor = gateway.treating_doctor(&patient(1901));
    let address = "<Address>http://www.w3.org/2005/08/addressing/anonymous</Address>";
    changed_query(&doctor, address, "<Address>https://elsewhere.example/</Address>").faults_by(500, "WSA-05");
}

#[test]
fn a_media_type_that_holds_no_soap_is_415_and_octets_are_read_as_soap() {
    let gateway = gateway();
    let doctor = gateway.treating_doctor(&patient(1901));
    let text = doctor.envelope(ITI18, &find_documents(&patient(1901)));
    for wrong in ["application/json", "text/html", "multipart/form-data; boundary=b1", "multipart/related"] {
        let answer = doctor.post("registry", wrong, text.as_bytes());
        assert!(answer.status == 415 || answer.status == 400, "{wrong}: {}", answer.status);
        assert!(answer.fault().unwrap().rule().starts_with("MTOM-"), "{wrong}");
    }
    for taken in ["application/octet-stream", "application/soap+xml", "text/xml; charset=\"utf-8\"", "application/xml"]
    {
        doctor.post("registry", taken, text.as_bytes()).is_taken();
    }
    let action = "application/soap+xml; charset=utf-8; action=\"whatever\"";
    doctor.post("registry", action, text.as_bytes()).is_taken();
}

#[test]
fn xml_that_is_not_well_formed_is_refused_with_line_and_column() {
    let gateway = gateway();
    let doctor = gateway.treating_doctor(&patient(1901));
    let answer = doctor.post("registry", SIMPLE, b"<a>\n  <b>\n</a>");
    let fault = answer.faults_by(500, "SOAP-XML-01");
    assert_eq!(fault.field("line"), Some("3"), "{fault:?}");
    assert!(fault.field("column").is_some(), "{fault:?}");
    for bytes in [b"".as_slice(), b"\xff\xfe<\0", b"\0", b"<a xmlns:p='u'><q:b/></a>"] {
        doctor.post("registry", SIMPLE, bytes).faults_by(500, "SOAP-XML-01");
    }
    doctor.post("registry", SIMPLE, b"<a/>").faults_by(500, "SOAP-ENV-01");
}

#[test]
fn a_doctype_is_never_read() {
    let gateway = gateway();
    let doctor = gateway.treating_doctor(&patient(1901));
    let envelope = doctor.envelope(ITI18, &find_documents(&patient(1901)));
    for declaration in ["<!DOCTYPE a>", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"] {
        doctor.post("registry", SIMPLE, format!("{declaration}{envelope}").as_bytes()).faults_by(500, "SOAP-XML-02");
        let packed = package(&format!("{declaration}{envelope}"), &[]);
        doctor.post("repository", PACKAGE, &packed).faults_by(500, "SOAP-XML-02");
    }
}

#[test]
fn each_limit_of_a_message_is_held_and_named() {
    let limits = "[limits]\nmessage_bytes = 100000\nroot_bytes = 60000\nparts = 3\npart_header_bytes = 300\n\
                  xml_depth = 40\nxml_attributes = 20\nxml_tag_bytes = 8000\nxml_namespaces = 20\nxml_text_bytes = 20000\n";
    let gateway = Setup::toml(&format!("{DMP}{limits}")).serve();
    let patient = patient(1902);
    let doctor = gateway.treating_doctor(&patient);
    let deposit = Deposit::of("1.2.250.1.999.19.2").for_patient(&patient);
    let envelope = doctor.envelope(ITI41, &deposit.provide_and_register());
    let send = |parts: &[(&str, &[u8])]| doctor.post("repository", PACKAGE, &package(&envelope, parts));
    let check = |answer: Answer, status: u16, rule: &str, number: &str| {
        let fault = answer.faults_by(status, rule);
        assert!(fault.english.replace([',', '\u{a0}', ' '], "").contains(number), "{number}: {fault:?}");
    };
    // A length that is announced is refused before anything is read as SOAP.
    let announced = send(&[("document", &vec![b'x'; 100_000])]);
    assert_eq!((announced.status, announced.text().contains("100000")), (413, true), "{}", announced.text());
    check(send(&[("a", b"x"), ("b", b"x"), ("document", b"x")]), 413, "MTOM-07", "3");
    check(send(&[(&"i".repeat(400), b"x")]), 413, "MTOM-07", "300");
    let with = |more: &str| envelope.replace("<soap:Body>", &format!("{more}<soap:Body>"));
    let root = |text: &str| doctor.post("repository", PACKAGE, &package(text, &[("document", b"x")]));
    check(root(&with(&format!("<!--{}-->", "x".repeat(60_000)))), 413, "MTOM-07", "60000");
    check(root(&format!("{}{}", "<a>".repeat(41), "</a>".repeat(41))), 500, "SOAP-XML-03", "40");
    let attributes = (0..21).map(|number| format!(" a{number}=''")).collect::<Vec<_>>().concat();
    check(root(&format!("<a{attributes}/>")), 500, "SOAP-XML-03", "20");
    let namespaces = (0..21).map(|number| format!("<a xmlns:n{number}='u'>")).collect::<Vec<_>>().concat();
    check(root(&format!("{namespaces}{}", "</a>".repeat(21))), 500, "SOAP-XML-03", "20");
    check(root(&format!("<a>{}</a>", "x".repeat(20_001))), 500, "SOAP-XML-03", "20000");
    check(root(&format!("<a b='{}'/>", "x".repeat(8_001))), 500, "SOAP-XML-03", "8000");
    // What is within all of them is taken.
    send(&[("document", b"x")]).is_taken();
}

#[test]
fn a_plain_message_over_the_limit_is_refused_too() {
    let gateway = Setup::toml(&format!("{DMP}[limits]\nroot_bytes = 30000\n")).serve();
    let doctor = gateway.treating_doctor(&patient(1903));
    let text = doctor.envelope(ITI18, &find_documents(&patient(1903)));
    let long = text.replace("<soap:Body>", &format!("<!--{}--><soap:Body>", "x".repeat(30_000)));
    let answer = doctor.post("registry", SIMPLE, long.as_bytes());
    assert!(answer.fault().unwrap().english.contains("30000"), "{}", answer.envelope());
}

#[test]
fn the_number_of_nodes_is_held_and_named() {
    let gateway = Setup::toml(&format!("{DMP}[limits]\nxml_nodes = 2000\n")).serve();
    let doctor = gateway.treating_doctor(&patient(1904));
    let many = format!("<a>{}</a>", "<b/>".repeat(2_001));
    let fault = doctor.post("registry", SIMPLE, many.as_bytes()).faults_by(500, "SOAP-XML-03");
    assert!(fault.english.contains("nodes") && fault.english.contains("2000"), "{fault:?}");
}

#[test]
fn the_status_of_a_fault_follows_its_code_where_the_setting_says_so() {
    let gateway = Setup::toml(&format!("{DMP}[soap]\nfault_status = \"by_code\"\n")).serve();
    let doctor = gateway.treating_doctor(&patient(1905));
    doctor.post("registry", SIMPLE, b"<a>").faults_by(400, "SOAP-XML-01");
    let old = doctor
        .envelope(ITI18, &find_documents(&patient(1905)))
        .replace("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/");
    doctor.post("registry", SIMPLE, old.as_bytes()).faults_by(500, "SOAP-ENV-02");
}

/// Follows every import of a description, each once.
fn follow(wire: &mut Wire, path: String, seen: &mut Vec<String>) {
    if seen.contains(&path) {
        return;
    }
    let answer = wire.get(&path).unwrap();
    assert_eq!(answer.status, 200, "{path}");
    let text = answer.text();
    let document = roxmltree::Document::parse(&text).unwrap_or_else(|cause| panic!("{path}: {cause}"));
    seen.push(path);
    for node in document.descendants() {
        let location = node.attribute("schemaLocation").or_else(|| node.attribute("location"));
        if let Some(url) = location.filter(|url| url.contains("?xsd=")) {
            let path = url.strip_prefix("https://localhost:8443").unwrap_or_else(|| panic!("{url} is elsewhere"));
            follow(wire, path.to_owned(), seen);
        }
    }
}

#[test]
fn the_wsdl_of_each_service_and_everything_that_it_imports_is_served() {
    let gateway = gateway();
    let mut wire = gateway.card("medecin").connect(gateway.address).unwrap();
    for service in ["registry", "repository"] {
        let mut seen = Vec::new();
        follow(&mut wire, format!("{BASE}/{service}?wsdl"), &mut seen);
        assert!(seen.len() > 4, "{seen:?}");
        let text = wire.get(&format!("{BASE}/{service}?WSDL")).unwrap().text();
        assert!(text.contains(&format!("location=\"https://localhost:8443{BASE}/{service}\"")), "{text}");
    }
    assert_eq!(wire.get(&format!("{BASE}/registry?xsd=absent")).unwrap().status, 404);
    let zip = wire.get("/wsdl.zip").unwrap();
    assert_eq!((zip.status, zip.header("content-type")), (200, Some("application/zip")));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip.body)).unwrap();
    let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
    assert!(names.iter().any(|name| name.ends_with("registry.wsdl")), "{names:?}");
    for name in names {
        let text = std::io::read_to_string(archive.by_name(&name).unwrap()).unwrap();
        assert!(!text.contains("?xsd="), "{name} is read without a server");
    }
}

#[test]
fn a_get_that_asks_for_no_description_is_405() {
    let gateway = gateway();
    let answer = gateway.card("medecin").get(gateway.address, &format!("{BASE}/registry")).unwrap();
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
}
