//! The descriptions and schemas that are served: complete, consistent, and of one mind with the official schemas.
//!
//! libxml2 is the judge of schemas. Official schemas and worked samples lie outside the repository; where they are
//! absent, the tests say so in one line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dmp_gateway::soap::fault::{self, Fault};
use dmp_gateway::soap::wsdl::{self, FILES};
use dmp_gateway::transaction::catalogue::CATALOGUE;
use dmp_gateway::xml::document::{Document, Node, children, is, plain_attribute};
use dmp_gateway::xml::limits::Limits;
use dmp_gateway::xml::namespace::{LCM, QUERY, RMD, RS, SOAP12, XDSB, XOP, XS};
use libxml::parser::Parser;
use libxml::schemas::{SchemaParserContext, SchemaValidationContext};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const ADDRESSING: &str = "http://www.w3.org/2007/05/addressing/metadata";
const URL: &str = "https://dmp.example/v2/services/registry";

/// Message → what the test calls it.
const MESSAGES: &[(&str, &str)] = &[
    ("query", include_str!("support/data/message/stored_query_request.xml")),
    ("found", include_str!("support/data/message/stored_query_response.xml")),
    ("deposit", include_str!("support/data/message/deposit_request.xml")),
    ("retrieve", include_str!("support/data/message/retrieve_request.xml")),
    ("retrieved", include_str!("support/data/message/retrieve_response.xml")),
    ("remove", include_str!("support/data/message/remove_request.xml")),
];

/// Message, text to replace, replacement: what a schema refuses.
const MUTATIONS: &[(&str, &str, &str)] = &[
    ("query", "<query:ResponseOption returnType=\"LeafClass\" returnComposedObjects=\"true\"/>", ""),
    ("query", "\"LeafClass\"", "\"Leaves\""),
    ("query", "\"true\"", "\"oui\""),
    ("query", " name=\"$XDSDocumentEntryStatus\"", ""),
    ("query", "<ValueList><Value>'1", "<ValueList><Valeur/><Value>'1"),
    ("query", "<AdhocQuery id=", "<AdhocQuery identifier="),
    ("found", " status=\"urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success\"", ""),
    ("found", "totalResultCount=\"2\"", "totalResultCount=\"deux\""),
    ("found", "<ns4:Description/>", ""), // no refusal: the element is optional
    ("found", "<ns4:Description/>", "<ns4:Description/><ns4:Description/>"),
    ("found", "<ns4:VersionInfo versionName=\"1\"/>", "<ns4:VersionInfo versionName=\"12345678901234567\"/>"),
    ("found", "xml:lang=\"fr-FR\"", "xml:lang=\"français\""),
    ("found", " value=\"1.2.3.4\"", ""),
    ("found", "value=\"Compte rendu\"", "value=\"LONG1025\""),
    ("found", "<ns4:Value>20260105", "<ns4:Value>LONG257"),
    ("found", "<ns4:Value>20260105", "<ns4:Value>LONG256"), // no refusal: the longest value
    ("found", "isOpaque=\"false\"", "isOpaque=\"false\" unknown=\"1\""),
    ("deposit", "<rim:Name/>", "<rim:Name/><rim:Slot name=\"late\"><rim:ValueList/></rim:Slot>"),
    ("deposit", "classifiedObject=\"lot\" ", ""),
    ("deposit", "associationType=\"urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember\" ", ""),
    ("deposit", " targetObject=\"fiche\"", ""),
    ("deposit", "<rim:ValueList><rim:Value>Original</rim:Value></rim:ValueList>", ""),
    ("deposit", "<xdsb:Document id=\"fiche\">", "<xdsb:Document>"),
    ("deposit", "Qm9uam91cg==", "pas du base64"),
    ("deposit", "<xdsb:Document id=\"fiche\">Qm9uam91cg==</xdsb:Document>", ""), // no refusal: no document
    ("deposit", "<rim:RegistryPackage id=\"lot\">", "<rim:RegistryPackage>"),
    (
        "retrieve",
        "<RepositoryUniqueId>1.2.3.4</RepositoryUniqueId><DocumentUniqueId>1.2.3.6",
        "<DocumentUniqueId>1.2.3.6",
    ),
    ("retrieve", "<DocumentUniqueId>1.2.3.5</DocumentUniqueId>", ""),
    ("retrieve", "<HomeCommunityId>urn:oid:1.2.3</HomeCommunityId>", "<Home/>"),
    ("retrieved", "<x:mimeType>text/xml</x:mimeType>", ""),
    ("retrieved", " errorCode=\"XDSDocumentUniqueIdError\"", ""),
    ("retrieved", " codeContext=\"1.2.3.6\"", ""),
    ("retrieved", "<rs:RegistryError ", "<rs:Error "),
    ("remove", "<ObjectRef id=", "<ObjectRef uuid="),
];

pub(crate) fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of outside material, beside the repository or beside the folder of its worktrees.
#[expect(clippy::print_stdout, reason = "a comparison that does not happen is said in one line")]
fn shared(inside: &str) -> Option<PathBuf> {
    let found =
        ["../shared", "../../shared"].iter().map(|path| top().join(path).join(inside)).find(|path| path.exists());
    if found.is_none() {
        println!("../shared/{inside} is absent: not compared with it");
    }
    found
}

pub(crate) struct Judge(Vec<SchemaValidationContext>);

impl Judge {
    pub(crate) fn of(schemas: &[PathBuf]) -> Self {
        Self(schemas.iter().map(|path| compiled(path)).collect())
    }

    fn ours() -> Self {
        Self::of(&["schemas/query.xsd", "schemas/xds.b.xsd"].map(|path| top().join(path)))
    }

    /// Valid if one of the schemas takes it.
    pub(crate) fn takes(&mut self, text: &str) -> Result<(), String> {
        let document = Parser::default().parse_string(text).unwrap();
        let verdicts: Vec<_> = self.0.iter_mut().map(|schema| schema.validate_document(&document)).collect();
        if verdicts.iter().any(Result::is_ok) {
            return Ok(());
        }
        let errors = verdicts.into_iter().flat_map(Result::unwrap_err);
        Err(errors.filter_map(|error| error.message).collect())
    }
}

fn compiled(path: &Path) -> SchemaValidationContext {
    let mut parser = SchemaParserContext::from_file(path.to_str().unwrap());
    SchemaValidationContext::from_parser(&mut parser).unwrap_or_else(|errors| {
        panic!("{}: {:?}", path.display(), errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>())
    })
}

fn mutated() -> impl Iterator<Item = (String, String)> {
    MUTATIONS.iter().map(|(name, old, new)| {
        let (_, message) = MESSAGES.iter().find(|(own, _)| own == name).unwrap();
        assert!(message.contains(old), "{name} has no {old}");
        let new = match new.split_once("LONG") {
            Some((before, rest)) => {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                format!("{before}{}{}", "x".repeat(digits.parse().unwrap()), &rest[digits.len()..])
            }
            None => (*new).to_owned(),
        };
        (format!("{name}: {old} -> {new}"), message.replacen(old, &new, 1))
    })
}

#[test]
fn our_schemas_take_the_messages_and_refuse_their_mutations() {
    let mut ours = Judge::ours();
    for (name, message) in MESSAGES {
        assert_eq!(ours.takes(message), Ok(()), "{name}");
    }
    let taken: Vec<String> = mutated().filter(|(_, text)| ours.takes(text).is_ok()).map(|(name, _)| name).collect();
    assert_eq!(taken.len(), 3, "{taken:#?}");
}

#[test]
fn our_schemas_agree_with_the_official_ones() {
    for folder in ["data/official-schemas/ihe-toolkit/v3", "conformance/nist/schema/v3"] {
        let Some(folder) = shared(folder) else { continue };
        let mut official = Judge::of(&[folder.join("XDS.b_DocumentRepository.xsd")]);
        let mut ours = Judge::ours();
        let messages = MESSAGES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        for (name, text) in messages.chain(mutated()) {
            assert_eq!(ours.takes(&text).is_ok(), official.takes(&text).is_ok(), "{name}: {:?}", official.takes(&text));
        }
    }
}

/// The registry messages among the worked samples of the reference, documents inlined.
fn worked_samples(reference: &str) -> Vec<String> {
    let ours = [QUERY, LCM, RS, XDSB];
    let mut samples = Vec::new();
    for block in reference.split("```xml\n").skip(1) {
        let text = block.split("```").next().unwrap();
        let Ok(document) = Document::parse(text.trim(), &Limits::default()) else { continue };
        let root = document.root();
        let body = children(root, SOAP12, "Body").next().and_then(|body| body.first_element_child()).unwrap_or(root);
        if body.tag_name().namespace().is_some_and(|uri| ours.contains(&uri)) {
            samples.push(standing_alone(body));
        }
    }
    samples
}

/// An element with the namespaces in scope, and base64 in place of `xop:Include`.
fn standing_alone(element: Node<'_, '_>) -> String {
    let text = element.document().input_text();
    let mut out = text[element.range()].to_owned();
    let includes: Vec<_> = element.descendants().filter(|node| is(*node, XOP, "Include")).collect();
    for include in includes.iter().rev() {
        let (start, end) = (include.range().start - element.range().start, include.range().end - element.range().start);
        out.replace_range(start..end, "Qm9uam91cg==");
    }
    out
}

#[test]
fn our_schemas_take_the_worked_samples_of_the_reference() {
    let Some(path) = shared("reference/dmp.md") else { return };
    let samples = worked_samples(&std::fs::read_to_string(path).unwrap());
    assert!(samples.len() >= 6, "{}", samples.len());
    let mut ours = Judge::ours();
    for sample in samples {
        assert_eq!(ours.takes(&sample), Ok(()), "{sample}");
    }
}

#[test]
fn our_schemas_take_what_the_connectathon_tests_submit() {
    let Some(folder) = shared("conformance/nist/tests") else { return };
    let mut official = Judge::of(&[shared("conformance/nist/schema/v3/XDS.b_DocumentRepository.xsd").unwrap()]);
    let mut ours = Judge::ours();
    let mut compared = 0;
    let mut open = vec![folder];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let Ok(document) = Document::parse(&text, &Limits::default()) else { continue };
        let root = document.root().tag_name();
        if root.namespace().is_some_and(|uri| [QUERY, LCM, XDSB].contains(&uri)) {
            compared += 1;
            let verdict = official.takes(&text);
            assert_eq!(ours.takes(&text).is_ok(), verdict.is_ok(), "{}: {verdict:?}", path.display());
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn the_schema_of_a_removal_of_documents_wants_documents_by_repository() {
    let mut judges = vec![Judge::of(&[top().join("schemas/rmd.xsd")])];
    judges.extend(shared("conformance/nist/schema/v3/rmd.xsd").map(|official| Judge::of(&[official])));
    let request = |documents: &str| {
        format!("<r:RemoveDocumentsRequest xmlns:r=\"{RMD}\" xmlns=\"{XDSB}\">{documents}</r:RemoveDocumentsRequest>")
    };
    let document = "<DocumentRequest><RepositoryUniqueId>1.2.3</RepositoryUniqueId>\
                    <DocumentUniqueId>1.2.3.4</DocumentUniqueId></DocumentRequest>";
    for judge in &mut judges {
        assert_eq!(judge.takes(&request(document)), Ok(()));
        assert!(judge.takes(&request("")).is_err());
        let nameless = document.replace("<RepositoryUniqueId>1.2.3</RepositoryUniqueId>", "");
        assert!(judge.takes(&request(&nameless)).is_err());
    }
    // The toolkit's schema takes one document only; the transaction is about several.
    assert_eq!(judges[0].takes(&request(&document.repeat(2))), Ok(()));
}

#[test]
fn the_detail_of_a_fault_is_described() {
    let text = "<a xmlns='urn:x'>\n<b/></a>";
    let document = Document::parse(text, &Limits::default()).unwrap();
    let node = document.root().first_element_child().unwrap();
    let faults = [Fault::body_not_supported(node, &["c"]).correlated("c-17"), Fault::receiver("c-18")];
    let mut judge = Judge::of(&[top().join("schemas/fault.xsd")]);
    for fault in faults {
        let mut out = Vec::new();
        fault::write(&mut out, &fault, "urn:uuid:1", None, None);
        let out = String::from_utf8(out).unwrap();
        let answer = Document::parse(&out, &Limits::default()).unwrap();
        let detail = answer.root().descendants().find(|node| node.has_tag_name(("urn:dmp-gateway:fault:1", "fault")));
        assert_eq!(judge.takes(&out[detail.unwrap().range()]), Ok(()), "{out}");
    }
}

/// Service, operation, root and action of the request, root and action of the answer.
type Operation<'a> = (&'a str, &'a str, String, String, String, String);

fn operations<'a>(service: &'a str, document: &'a Document<'_>) -> Vec<Operation<'a>> {
    let root = document.root();
    let element_of = |name: &str| {
        let named =
            |node: &Node<'_, '_>| plain_attribute(*node, "name") == name.split_once(':').map(|(_, local)| local);
        let message = children(root, WSDL, "message").find(named).unwrap();
        let part = children(message, WSDL, "part").next().unwrap();
        let (prefix, local) = plain_attribute(part, "element").unwrap().split_once(':').unwrap();
        format!("{{{}}}{local}", part.lookup_namespace_uri(Some(prefix)).unwrap())
    };
    let side = |operation: Node<'_, '_>, name: &'static str| {
        let side = children(operation, WSDL, name).next().unwrap();
        let action = side.attribute((ADDRESSING, "Action")).unwrap();
        let older = side.attribute(("http://www.w3.org/2006/05/addressing/wsdl", "Action"));
        assert_eq!(older, Some(action));
        (element_of(plain_attribute(side, "message").unwrap()), action.to_owned())
    };
    let port_type = children(root, WSDL, "portType").next().unwrap();
    children(port_type, WSDL, "operation")
        .map(|operation| {
            let (request, request_action) = side(operation, "input");
            let (response, response_action) = side(operation, "output");
            let name = plain_attribute(operation, "name").unwrap();
            (service, name, request, request_action, response, response_action)
        })
        .collect()
}

/// The year in the actions of transactions that came after 2007.
const YEARS: &[(&str, &str)] = &[
    ("MultiPatientStoredQuery", "2009"),
    ("UpdateDocumentSet", "2010"),
    ("RegisterOnDemandDocumentEntry", "2010"),
    ("DeleteDocumentSet", "2010"),
    ("RemoveDocuments", "2017"),
    ("RestrictedUpdateDocumentSet", "2018"),
];

#[test]
fn each_transaction_is_described_with_its_roots_and_actions() {
    let expected = [
        ("registry", "RegistryStoredQuery", QUERY, "AdhocQueryRequest", QUERY, "AdhocQueryResponse"),
        ("registry", "RegisterDocumentSet-b", LCM, "SubmitObjectsRequest", RS, "RegistryResponse"),
        ("registry", "MultiPatientStoredQuery", QUERY, "AdhocQueryRequest", QUERY, "AdhocQueryResponse"),
        ("registry", "UpdateDocumentSet", LCM, "SubmitObjectsRequest", RS, "RegistryResponse"),
        ("registry", "RestrictedUpdateDocumentSet", LCM, "SubmitObjectsRequest", RS, "RegistryResponse"),
        ("registry", "RegisterOnDemandDocumentEntry", LCM, "SubmitObjectsRequest", RS, "RegistryResponse"),
        ("registry", "DeleteDocumentSet", LCM, "RemoveObjectsRequest", RS, "RegistryResponse"),
        (
            "repository",
            "ProvideAndRegisterDocumentSet-b",
            XDSB,
            "ProvideAndRegisterDocumentSetRequest",
            RS,
            "RegistryResponse",
        ),
        ("repository", "RetrieveDocumentSet", XDSB, "RetrieveDocumentSetRequest", XDSB, "RetrieveDocumentSetResponse"),
        ("repository", "RemoveDocuments", RMD, "RemoveDocumentsRequest", RS, "RegistryResponse"),
    ];
    let mut described = Vec::new();
    for service in ["registry", "repository"] {
        let document = Document::parse(wsdl::file(&format!("{service}.wsdl")).unwrap(), &Limits::default()).unwrap();
        let bound: Vec<_> = document.root().descendants().filter(|node| is(*node, WSDL, "operation")).collect();
        let actions: Vec<_> = bound
            .iter()
            .flat_map(Node::children)
            .filter(Node::is_element)
            .filter_map(|node| plain_attribute(node, "soapAction"))
            .collect();
        let operations = operations(service, &document);
        assert!(operations.iter().map(|operation| operation.3.as_str()).eq(actions));
        assert_eq!(bound.len(), 2 * operations.len(), "each operation of {service} is bound");
        for (_, name, request, request_action, response, response_action) in operations {
            assert_eq!(response_action, format!("{request_action}Response"));
            let (_, short) = name.split_once('_').unwrap();
            let (_, year) = YEARS.iter().find(|(named, _)| *named == short).unwrap_or(&("", "2007"));
            assert_eq!(request_action, format!("urn:ihe:iti:{year}:{short}"));
            described.push((service, short.to_owned(), request, response));
        }
    }
    let expected = expected.map(|(service, name, request_ns, request, response_ns, response)| {
        (service, name.to_owned(), format!("{{{request_ns}}}{request}"), format!("{{{response_ns}}}{response}"))
    });
    assert_eq!(described, expected);
}

#[test]
fn the_patient_identity_service_is_described_with_its_three_messages_and_one_answer() {
    let document = Document::parse(wsdl::file("patient-identity.wsdl").unwrap(), &Limits::default()).unwrap();
    let operations = operations("patient-identity", &document);
    for (_, name, request, request_action, response, response_action) in &operations {
        let (_, root) = name.split_once('_').unwrap();
        assert_eq!(
            (request, request_action),
            (&format!("{{urn:hl7-org:v3}}{root}"), &format!("urn:hl7-org:v3:{root}"))
        );
        assert_eq!(
            (response.as_str(), response_action.as_str()),
            ("{urn:hl7-org:v3}MCCI_IN000002UV01", "urn:hl7-org:v3:MCCI_IN000002UV01")
        );
    }
    let rows = CATALOGUE.iter().filter(|row| row.service.path() == "patient-identity").map(|row| row.request_action);
    assert!(operations.iter().map(|operation| operation.3.as_str()).eq(rows));
}

#[test]
fn each_described_element_is_declared_in_a_schema() {
    let mut declared = BTreeSet::new();
    for file in FILES.iter().filter(|file| file.path.starts_with("schemas/")) {
        let document = Document::parse(file.text, &Limits::default()).unwrap();
        let namespace = plain_attribute(document.root(), "targetNamespace").unwrap();
        for element in children(document.root(), XS, "element") {
            declared.insert(format!("{{{namespace}}}{}", plain_attribute(element, "name").unwrap()));
        }
    }
    for service in ["patient-identity", "registry", "repository"] {
        let document = Document::parse(wsdl::file(&format!("{service}.wsdl")).unwrap(), &Limits::default()).unwrap();
        for (_, _, request, _, response, _) in operations(service, &document) {
            assert!(declared.contains(&request) && declared.contains(&response), "{request} {response}");
        }
    }
}

fn imports(text: &str) -> Vec<String> {
    let document = Document::parse(text, &Limits::default()).unwrap();
    let imports = document.root().descendants().filter(|node| is(*node, XS, "import"));
    imports.map(|import| plain_attribute(import, "schemaLocation").unwrap().to_owned()).collect()
}

#[test]
fn what_is_served_leads_to_what_is_served_on_the_same_host() {
    let description = wsdl::description("registry", URL).unwrap();
    assert!(description.contains(&format!("<soap12:address location=\"{URL}\"/>")));
    assert!(!description.contains("localhost"));
    let mut seen = BTreeSet::new();
    let mut open = imports(&description);
    while let Some(location) = open.pop() {
        let name = location.strip_prefix(&format!("{URL}?xsd=")).unwrap().to_owned();
        if seen.insert(name.clone()) {
            open.extend(imports(&wsdl::schema(&name, URL).unwrap()));
        }
    }
    let expected = ["lcm.xsd", "query.xsd", "rim.xsd", "rs.xsd", "xml.xsd"].map(str::to_owned);
    assert_eq!(seen, BTreeSet::from(expected));
}

#[test]
fn names_outside_the_table_are_not_served() {
    for name in ["", "..", "../Cargo.toml", "registry.wsdl", "nothing.xsd", ".xsd"] {
        assert_eq!(wsdl::schema(name, URL), None, "{name}");
        assert_eq!(wsdl::description(name, URL), None, "{name}");
    }
    assert_eq!(wsdl::schema("rim", URL), wsdl::schema("rim.xsd", URL));
    assert!(wsdl::schema("rim", URL).is_some());
}

#[test]
fn a_public_address_cannot_break_out_of_its_attribute() {
    let description = wsdl::description("registry", "https://a/?b=c&d=\"<e>").unwrap();
    let document = Document::parse(&description, &Limits::default()).unwrap();
    let address = document.root().descendants().find(|node| node.tag_name().name() == "address").unwrap();
    assert_eq!(plain_attribute(address, "location"), Some("https://a/?b=c&d=%22<e>"));
}

#[test]
fn the_archive_is_complete_by_relative_paths() {
    let files: BTreeMap<_, _> = wsdl::archive(|service| format!("https://dmp.example/{service}")).collect();
    assert!(files["wsdl/repository.wsdl"].contains("location=\"https://dmp.example/repository\""));
    for (path, text) in &files {
        for location in imports(text) {
            let folder = path.rsplit_once('/').unwrap().0;
            let target = match location.strip_prefix("../") {
                Some(rest) => rest.to_owned(),
                None => format!("{folder}/{location}"),
            };
            assert!(files.contains_key(target.as_str()), "{path} imports {location}");
        }
    }
    // The schema of documents (`schemas/cda`) is none of messages.
    let is_file = |entry: &std::fs::DirEntry| entry.file_type().unwrap().is_file();
    let in_tree =
        |folder: &str| std::fs::read_dir(top().join(folder)).unwrap().map(Result::unwrap).filter(is_file).count();
    assert_eq!(files.len(), in_tree("wsdl") + in_tree("schemas"), "every file of the tree is served");
}
