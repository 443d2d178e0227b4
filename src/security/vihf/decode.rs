//! From the canonical bytes of an assertion to its typed values, driven by the attribute table.

use chrono::{DateTime, Utc};

use crate::datatype::code::Code;
use crate::datatype::oid::Oid;
use crate::security::pki::name::DistinguishedName;
use crate::security::vihf::assertion::{Assertion, Conditions, Mode, PURPOSE_SCHEME, PurposeOfUse, Software};
use crate::security::vihf::attribute::{Attribute, Form, Presence, Row, TABLE};
use crate::security::vihf::rule::{self, VihfError};
use crate::xml::document::{Document, Node, children, is, plain_attribute, plain_text};
use crate::xml::limits::Limits;
use crate::xml::location::Location;
use crate::xml::namespace::{HL7V3, SAML2};

type Decoded<T> = Result<T, Box<VihfError>>;

const ISSUER_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName";
const SMARTCARD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI";
/// The service that `Ressource_URN` names.
pub(super) const DMP: &str = "urn:dmp";

/// The assertion, and the patient identifier as text: its form is checked later than the rest.
pub(super) struct Content {
    pub(super) assertion: Assertion,
    pub(super) resource_id: Option<String>,
}

/// Reads the canonical bytes of one assertion. Locations are relative to these bytes.
pub(super) fn decode(covered: &[u8], versions: &[String]) -> Decoded<Content> {
    let text = std::str::from_utf8(covered).map_err(|_| rule::STRUCTURE.broken_by("UTF-8"))?;
    let document = Document::parse(text, &Limits::default())
        .map_err(|refused| rule::STRUCTURE.broken_by(&refused.to_string()).at("/Assertion"))?;
    let root = document.root();
    let parts = Parts::of(root)?;
    let values = Values::of(parts.attributes)?;
    let mode = mode_of(&values)?;
    values.check_presence(mode)?;
    check_version(&values, versions)?;
    let urn = values.text(Attribute::ResourceUrn)?;
    if urn != DMP {
        return Err(values.broken(&rule::RESOURCE_URN, Attribute::ResourceUrn).expected(DMP));
    }
    let authn = authn_of(parts.authn, mode)?;
    let assertion = Assertion {
        id: plain_attribute(root, "ID").unwrap_or("").to_owned(),
        issue_instant: instant(root, "IssueInstant")?,
        issuer: issuer_of(parts.issuer)?,
        name_id: name_id_of(parts.subject)?,
        conditions: parts.conditions.map_or(Ok(Conditions::default()), conditions_of)?,
        authn_instant: authn.instant,
        authn_context: authn.class,
        authn_declaration: authn.declaration,
        version: values.text(Attribute::Version)?.to_owned(),
        mode,
        structure_id: values.text(Attribute::Structure)?.to_owned(),
        sector: sector_of(&values)?,
        subject_id: values.optional_text(Attribute::SubjectId).map(str::to_owned),
        roles: values.codes(Attribute::Role),
        resource_id: None,
        purpose_of_use: purpose_of(&values)?,
        confidentiality: values.confidentiality(),
        software: Software {
            name: values.text(Attribute::SoftwareName)?.to_owned(),
            version: values.text(Attribute::SoftwareVersion)?.to_owned(),
            homologation: values.text(Attribute::SoftwareHomologation)?.to_owned(),
            id: values.optional_text(Attribute::SoftwareId).map(str::to_owned),
        },
    };
    let resource_id = values.optional_text(Attribute::ResourceId).map(str::to_owned);
    Ok(Content { assertion, resource_id })
}

/// The children of an assertion, each at its place.
struct Parts<'a, 'i> {
    issuer: Node<'a, 'i>,
    subject: Node<'a, 'i>,
    conditions: Option<Node<'a, 'i>>,
    authn: Node<'a, 'i>,
    attributes: Node<'a, 'i>,
}

impl<'a, 'i> Parts<'a, 'i> {
    /// `Issuer, Subject, Conditions?, AuthnStatement, AttributeStatement`, the signature being left out already.
    fn of(root: Node<'a, 'i>) -> Decoded<Self> {
        if plain_attribute(root, "Version") != Some("2.0") {
            return Err(rule::SAML_VERSION.broken().at(format!("{}/@Version", xpath(root))).expected("2.0"));
        }
        let mut elements = elements_of(root)?.into_iter().peekable();
        let mut next = |name: &'static str| {
            elements.next_if(|element| is(*element, SAML2, name)).ok_or_else(|| missing(root, name))
        };
        let issuer = next("Issuer")?;
        let subject = next("Subject")?;
        let conditions = next("Conditions").ok();
        let authn = next("AuthnStatement")?;
        let attributes = next("AttributeStatement")?;
        match elements.next() {
            Some(further) => Err(rule::STRUCTURE.broken_by(further.tag_name().name()).at(xpath(further))),
            None => Ok(Self { issuer, subject, conditions, authn, attributes }),
        }
    }
}

fn missing(parent: Node<'_, '_>, name: &str) -> Box<VihfError> {
    rule::STRUCTURE.broken_by(name).at(format!("{}/{name}", xpath(parent))).expected(format!("saml2:{name}"))
}

/// The child elements; text between them is white space.
fn elements_of<'a, 'i>(parent: Node<'a, 'i>) -> Decoded<Vec<Node<'a, 'i>>> {
    let text = parent.children().any(|child| child.is_text() && !child.text().unwrap_or("").trim().is_empty());
    if text {
        return Err(rule::STRUCTURE.broken_by(parent.tag_name().name()).at(xpath(parent)));
    }
    Ok(parent.children().filter(Node::is_element).collect())
}

fn xpath(node: Node<'_, '_>) -> String {
    Location::of(node).xpath
}

fn issuer_of(issuer: Node<'_, '_>) -> Decoded<DistinguishedName> {
    let name = plain_text(issuer).and_then(DistinguishedName::parse);
    name.filter(|_| plain_attribute(issuer, "Format") == Some(ISSUER_FORMAT))
        .ok_or_else(|| rule::ISSUER.broken().at(xpath(issuer)).expected(format!("Format=\"{ISSUER_FORMAT}\"")))
}

fn name_id_of(subject: Node<'_, '_>) -> Decoded<String> {
    let mut names = children(subject, SAML2, "NameID");
    match (names.next(), names.next()) {
        (Some(name), None) => required_text(name, "NameID").map(str::to_owned),
        _ => Err(missing(subject, "NameID")),
    }
}

fn required_text<'a>(element: Node<'a, '_>, name: &str) -> Decoded<&'a str> {
    let text = plain_text(element).filter(|text| !text.is_empty());
    text.ok_or_else(|| rule::PLAIN_VALUE.broken_by(name).at(xpath(element)))
}

fn instant(element: Node<'_, '_>, attribute: &str) -> Decoded<DateTime<Utc>> {
    let text = plain_attribute(element, attribute).unwrap_or("");
    DateTime::parse_from_rfc3339(text.trim()).map(|read| read.to_utc()).map_err(|_| {
        let at = format!("{}/@{attribute}", xpath(element));
        rule::INSTANT.broken_by(attribute).at(at).expected("2025-03-10T09:30:00Z")
    })
}

/// Conditions other than the two instants are not understood here, and a condition that is not understood cannot
/// be said to hold. Spec: SAML 2.0 core 2.5.1.1.
fn conditions_of(conditions: Node<'_, '_>) -> Decoded<Conditions> {
    if let Some(condition) = conditions.children().find(Node::is_element) {
        return Err(rule::STRUCTURE.broken_by(condition.tag_name().name()).at(xpath(condition)));
    }
    let optional = |name| plain_attribute(conditions, name).map(|_| instant(conditions, name)).transpose();
    Ok(Conditions { not_before: optional("NotBefore")?, not_on_or_after: optional("NotOnOrAfter")? })
}

struct Authn {
    instant: DateTime<Utc>,
    class: String,
    declaration: Option<String>,
}

fn authn_of(statement: Node<'_, '_>, mode: Mode) -> Decoded<Authn> {
    let only = |parent, name| {
        let mut found = children(parent, SAML2, name);
        found.next().filter(|_| found.next().is_none())
    };
    let context = only(statement, "AuthnContext").ok_or_else(|| missing(statement, "AuthnContext"))?;
    let broken = |name: &str| rule::AUTHN_CONTEXT.broken_by(name).at(format!("{}/{name}", xpath(context)));
    let class = only(context, "AuthnContextClassRef").ok_or_else(|| broken("AuthnContextClassRef"))?;
    let class = required_text(class, "AuthnContextClassRef")?;
    let declaration = only(context, "AuthnContextDecl");
    let declaration = declaration.map(|declaration| required_text(declaration, "AuthnContextDecl")).transpose()?;
    if mode == Mode::Direct && class != SMARTCARD {
        return Err(broken("AuthnContextClassRef").expected(SMARTCARD));
    }
    if mode == Mode::Air && declaration.is_none() {
        return Err(broken("AuthnContextDecl"));
    }
    let instant = instant(statement, "AuthnInstant")?;
    Ok(Authn { instant, class: class.to_owned(), declaration: declaration.map(str::to_owned) })
}

enum Value<'a> {
    Text(&'a str),
    Coded(Code),
}

/// The attributes of the table that were sent.
struct Values<'a, 'i> {
    statement: Node<'a, 'i>,
    sent: Vec<(&'static Row, Node<'a, 'i>, Vec<Value<'a>>)>,
}

impl<'a, 'i> Values<'a, 'i> {
    fn of(statement: Node<'a, 'i>) -> Decoded<Self> {
        let mut all: Vec<(&Row, _, _)> = Vec::with_capacity(TABLE.len());
        for attribute in children(statement, SAML2, "Attribute") {
            let name = plain_attribute(attribute, "Name").unwrap_or("");
            let Some(row) = TABLE.iter().find(|row| row.names.contains(&name)) else { continue };
            let values: Vec<_> = children(attribute, SAML2, "AttributeValue").collect();
            let again = all.iter().any(|(known, ..)| known.attribute == row.attribute);
            if again || values.len() > row.most_values {
                return Err(rule::ATTRIBUTE_REPEATED.broken_by(name).at(xpath(attribute)));
            }
            let values: Vec<_> =
                values.into_iter().map(|value| value_of(row, name, value)).collect::<Result<_, _>>()?;
            // An empty element says as much as none.
            let is_empty = values.iter().all(|value| matches!(value, Value::Text("")));
            if !is_empty {
                all.push((row, attribute, values));
            }
        }
        Ok(Self { statement, sent: all })
    }

    fn check_presence(&self, mode: Mode) -> Decoded<()> {
        let absent = |row: &&Row| row.presence(mode) == Presence::Required && self.find(row.attribute).is_none();
        match TABLE.iter().find(absent) {
            None => Ok(()),
            Some(row) => Err(self.absent(row.attribute)),
        }
    }

    fn find(&self, wanted: Attribute) -> Option<&(&'static Row, Node<'a, 'i>, Vec<Value<'a>>)> {
        self.sent.iter().find(|(row, ..)| row.attribute == wanted)
    }

    fn optional_text(&self, wanted: Attribute) -> Option<&'a str> {
        match self.find(wanted)?.2.first()? {
            Value::Text(text) => Some(*text),
            Value::Coded(_) => None,
        }
    }

    fn text(&self, wanted: Attribute) -> Decoded<&'a str> {
        self.optional_text(wanted).ok_or_else(|| self.absent(wanted))
    }

    fn codes(&self, wanted: Attribute) -> Vec<Code> {
        let values = self.find(wanted).map(|(.., values)| values.as_slice()).unwrap_or_default();
        let code = |value: &Value<'_>| match value {
            Value::Coded(code) => Some(code.clone()),
            Value::Text(_) => None,
        };
        values.iter().filter_map(code).collect()
    }

    /// `CODE^OID`, a bare code, or a coded element: the sources do not agree.
    fn confidentiality(&self) -> Option<Code> {
        let coded = self.codes(Attribute::Confidentiality).into_iter().next();
        coded.or_else(|| {
            let (code, scheme) = self
                .optional_text(Attribute::Confidentiality)
                .map(|text| text.split_once('^').unwrap_or((text, "")))?;
            Some(Code::new(code, scheme))
        })
    }

    fn absent(&self, attribute: Attribute) -> Box<VihfError> {
        let name = attribute.name();
        let at = format!("{}/Attribute[@Name='{name}']", xpath(self.statement));
        rule::ATTRIBUTE_MISSING.broken_by(name).at(at).expected(name)
    }

    fn broken(&self, rule: &rule::Rule, attribute: Attribute) -> Box<VihfError> {
        self.broken_by(rule, attribute, attribute.name())
    }

    fn broken_by(&self, rule: &rule::Rule, attribute: Attribute, what: &str) -> Box<VihfError> {
        let error = rule.broken_by(what);
        match self.find(attribute) {
            Some((_, node, _)) => error.at(xpath(*node)),
            None => error,
        }
    }
}

fn value_of<'a>(row: &Row, name: &str, value: Node<'a, '_>) -> Decoded<Value<'a>> {
    let element = match row.form {
        Form::Text => None,
        Form::Coded(_) | Form::TextOrCoded => value.children().find(Node::is_element),
    };
    let Some(element) = element else {
        let text = plain_text(value).ok_or_else(|| rule::PLAIN_VALUE.broken_by(name).at(xpath(value)))?;
        return match row.form {
            Form::Coded(expected) if !text.is_empty() => {
                Err(malformed(name, value).expected(format!("<{expected} xmlns=\"{HL7V3}\" code codeSystem/>")))
            }
            Form::Coded(_) | Form::Text | Form::TextOrCoded => Ok(Value::Text(text)),
        };
    };
    let alone = elements_of(value)?.len() == 1;
    let named = match row.form {
        Form::Coded(expected) => is(element, HL7V3, expected),
        Form::Text | Form::TextOrCoded => true,
    };
    let filled = |name| plain_attribute(element, name).map(str::trim).filter(|text| !text.is_empty());
    match (filled("code"), filled("codeSystem")) {
        (Some(code), Some(scheme)) if alone && named => {
            let display = plain_attribute(element, "displayName").map(str::to_owned);
            Ok(Value::Coded(Code { display, ..Code::new(code, scheme) }))
        }
        _ => Err(malformed(name, value).expected("one coded element with code and codeSystem")),
    }
}

fn malformed(name: &str, node: Node<'_, '_>) -> Box<VihfError> {
    rule::ATTRIBUTE_MALFORMED.broken_by(name).at(xpath(node))
}

fn mode_of(values: &Values<'_, '_>) -> Decoded<Mode> {
    let text = values.text(Attribute::Mode)?;
    Mode::parse(text).ok_or_else(|| {
        values.broken_by(&rule::MODE, Attribute::Mode, &shown(text)).expected(Mode::expected()).found(shown(text))
    })
}

fn check_version(values: &Values<'_, '_>, versions: &[String]) -> Decoded<()> {
    let version = values.text(Attribute::Version)?;
    if versions.iter().any(|taken| taken == version) {
        return Ok(());
    }
    let error = values.broken_by(&rule::VERSION, Attribute::Version, &shown(version));
    Err(error.expected(versions.join(", ")).found(shown(version)))
}

fn sector_of(values: &Values<'_, '_>) -> Decoded<Code> {
    let sector = values.text(Attribute::Sector)?.split_once('^');
    let sector = sector.filter(|(code, scheme)| !code.is_empty() && Oid::parse(scheme).is_ok());
    sector
        .map(|(code, scheme)| Code::new(code, scheme))
        .ok_or_else(|| values.broken(&rule::ATTRIBUTE_MALFORMED, Attribute::Sector).expected("SA07^1.2.250.1.71.4.2.4"))
}

fn purpose_of(values: &Values<'_, '_>) -> Decoded<PurposeOfUse> {
    let code = values.codes(Attribute::PurposeOfUse).into_iter().next();
    let code = code.ok_or_else(|| values.absent(Attribute::PurposeOfUse))?;
    let purpose = PurposeOfUse::parse(&code.value).filter(|_| code.scheme == PURPOSE_SCHEME);
    purpose.ok_or_else(|| {
        let found = shown(&code.value);
        let expected = format!("{} ({PURPOSE_SCHEME})", PurposeOfUse::expected());
        values.broken_by(&rule::PURPOSE, Attribute::PurposeOfUse, &found).expected(expected).found(found)
    })
}

/// What may be said back of a short code: its beginning.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}
