//! Namespaces by the names that the field gives them. Spec: ITI TF-2: V.3, ebRS 3.0, SAML 2.0 core.

/// SOAP 1.2 envelope.
pub const SOAP12: &str = "http://www.w3.org/2003/05/soap-envelope";
/// SOAP 1.1 envelope, taken only inside the root part of an ITI-41 package.
pub const SOAP11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// WS-Addressing 1.0.
pub const WSA: &str = "http://www.w3.org/2005/08/addressing";
/// WS-Security extensions 1.0.
pub const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
/// SAML 2.0 assertion.
pub const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// XML Signature.
pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Exclusive canonicalisation, of which `InclusiveNamespaces` is an element.
pub const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// ebRIM 3.0.
pub const RIM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0";
/// ebRS 3.0.
pub const RS: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0";
/// ebRS 3.0 query protocol.
pub const QUERY: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0";
/// ebRS 3.0 life cycle management.
pub const LCM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0";
/// XDS.b messages.
pub const XDSB: &str = "urn:ihe:iti:xds-b:2007";
/// Removal of documents.
pub const RMD: &str = "urn:ihe:iti:rmd:2017";
/// XOP.
pub const XOP: &str = "http://www.w3.org/2004/08/xop/include";
/// HL7 version 3, CDA.
pub const HL7V3: &str = "urn:hl7-org:v3";
/// XSLT.
pub const XSL: &str = "http://www.w3.org/1999/XSL/Transform";
/// The extensions of CDA by HL7 (SDTC).
pub const SDTC: &str = "urn:hl7-org:sdtc";
/// The extensions of CDA by IHE for laboratories.
pub const IHE_LAB: &str = "urn:oid:1.3.6.1.4.1.19376.1.3.2";
/// The extensions of CDA by IHE for pharmacies.
pub const IHE_PHARM: &str = "urn:ihe:pharm:medication";
/// The extensions of CDA by DICOM.
pub const DICOM_PS3_20: &str = "urn:dicom-org:ps3-20";
/// XML Schema instance.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// XML Schema.
pub const XS: &str = "http://www.w3.org/2001/XMLSchema";
/// The reserved `xml` prefix.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
