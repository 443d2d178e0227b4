//! The files inside a document: the body of level 1, and the copies and images of level 3.
//!
//! Base64 is decoded in pieces and never held; the first bytes are compared with the media type, and a PDF is asked for what
//! PDF/A-1 wants in clear. Whether a file is a good PDF, image or text throughout is not said here.
//!
//! Spec: ANS volet "Structuration minimale", corps non structuré; IHE ITI TF-3: 5.2 (XDS-SD); ISO 19005-1.

mod base64;
mod file;
mod media;
mod pdf;

use crate::cda::document::{ClinicalDocument, Level};
use crate::cda::finding::Findings;
use crate::cda::rule::{Rule, Severity};
use crate::xml::document::{Node, child, children, is, plain_attribute};
use crate::xml::namespace::HL7V3;

/// Template of the section that holds a copy of the document as PDF.
const COPY: &str = "1.2.250.1.213.1.1.2.243";
/// Kinds of file that a level 1 document may be.
const BODIES: &[&str] = &["application/pdf", "text/plain", "text/rtf", "image/jpeg", "image/tiff"];
/// Those of them that the newer guide keeps.
const KEPT: &[&str] = &["application/pdf", "text/plain"];
/// Kinds of file that a section may hold.
const MEDIA: &[&str] = &["application/pdf", "image/png", "image/jpeg"];

const BODY: &str = "ANS Structuration minimale, corps non structuré (nonXMLBody)";
const CORE: &str = "ANS volet de référence des documents CDA, corps non structuré";
const SECTION: &str = "ANS sections et entrées, observationMedia";

macro_rules! rules {
    ($($name:ident $id:literal $severity:ident $spec:ident $fr:literal $en:literal)+) => {
        $(static $name: Rule = Rule::declared($id, Severity::$severity, $fr, $en, $spec);)+
        /// Every rule of this room.
        pub(crate) static RULES: &[&Rule] = &[$(&$name),+];
    };
}

rules! {
    TEXT "BODY-TEXT-01" Error BODY
        "Mettre le fichier, en base64, dans l'unique élément nonXMLBody/text, sans nullFlavor ni référence externe."
        "Put the file, in base64, into the only nonXMLBody/text, without nullFlavor and without a reference to elsewhere."
    REPRESENTATION "BODY-TEXT-02" Error BODY
        "Le corps d'un document de niveau 1 est en base64 : nonXMLBody/text/@representation=\"B64\"."
        "The body of a level 1 document is in base64: nonXMLBody/text/@representation=\"B64\"."
    MEDIA_TYPE "BODY-MEDIA-01" Error BODY
        "Donner dans nonXMLBody/text/@mediaType le type du fichier : application/pdf, text/plain, text/rtf, image/jpeg ou image/tiff."
        "State the kind of the file in nonXMLBody/text/@mediaType: application/pdf, text/plain, text/rtf, image/jpeg or image/tiff."
    LEAVING "BODY-MEDIA-02" Warning CORE
        "Convertir le corps en PDF/A-1 : le guide en vigueur ne garde que application/pdf et text/plain."
        "Turn the body into PDF/A-1: the present guide keeps application/pdf and text/plain only."
    SECTION_MEDIA "BODY-MEDIA-03" Warning SECTION
        "Un fichier joint à une section est du type application/pdf, image/png ou image/jpeg."
        "A file in a section is of type application/pdf, image/png or image/jpeg."
    SECTION_REPRESENTATION "BODY-MEDIA-04" Warning SECTION
        "Mettre le fichier joint dans observationMedia/value, en base64, avec @representation=\"B64\"."
        "Put the file into observationMedia/value, in base64, with @representation=\"B64\"."
    BASE64 "BODY-BASE64-01" Error BODY
        "Le contenu annoncé B64 doit être du base64 : lettres, chiffres, + et /, complété par = jusqu'à un multiple de quatre."
        "What is announced as B64 must be base64: letters, digits, + and /, filled up with = to a multiple of four."
    EMPTY "BODY-CONTENT-01" Warning SECTION
        "Le fichier joint est vide : y mettre son contenu, ou retirer l'élément."
        "The file is empty: put its content there, or leave the element out."
    CONTENT "BODY-CONTENT-02" Warning BODY
        "Accorder @mediaType et le fichier : les premiers octets ne sont pas ceux du type annoncé."
        "Make @mediaType and the file agree: the first bytes are not those of the announced kind."
    PLAIN "BODY-CONTENT-03" Warning BODY
        "Un corps text/plain est du texte lisible en UTF-8 (ou Latin-1) : retirer les octets de commande, ou annoncer le vrai type."
        "A text/plain body is readable text in UTF-8 (or Latin-1): take the control bytes out, or announce the true kind."
    PDF_HEADER "BODY-PDFA-01" Warning CORE
        "Un PDF/A-1 commence, dès le premier octet, par %PDF-1."
        "A PDF/A-1 begins with %PDF-1. at its first byte."
    PDF_CLAIM "BODY-PDFA-02" Warning CORE
        "Produire le PDF en PDF/A-1 (a ou b) : aucune métadonnée XMP lisible en clair ne l'annonce (pdfaid:part=1, pdfaid:conformance=A ou B)."
        "Make the PDF a PDF/A-1 (a or b): no XMP metadata in clear says so (pdfaid:part=1, pdfaid:conformance=A or B)."
    PDF_ENCRYPTED "BODY-PDFA-03" Warning CORE
        "Retirer le chiffrement ou le mot de passe du PDF (/Encrypt) : PDF/A-1 l'exclut."
        "Take the encryption or the password off the PDF (/Encrypt): PDF/A-1 excludes it."
    PDF_SCRIPT "BODY-PDFA-04" Warning CORE
        "Retirer les scripts du PDF (/JavaScript) : PDF/A-1 les exclut."
        "Take the scripts out of the PDF (/JavaScript): PDF/A-1 excludes them."
    PDF_COLOURS "BODY-PDFA-05" Warning CORE
        "Le PDF s'annonce PDF/A-1 sans profil de couleurs (/OutputIntents) : le produire avec un profil ICC."
        "The PDF claims PDF/A-1 and has no /OutputIntents: make it with an ICC profile."
    LANGUAGE "BODY-LANGUAGE-01" Warning CORE
        "Donner la langue du corps sous la forme ll-PP, par exemple fr-FR, dans nonXMLBody/languageCode/@code."
        "State the language of the body as ll-CC, such as fr-FR, in nonXMLBody/languageCode/@code."
    COPY_MISSING "BODY-COPY-01" Warning SECTION
        "La section « copie du document » contient le PDF : observationMedia/value en B64, @mediaType=\"application/pdf\"."
        "The section with the copy of the document holds the PDF: observationMedia/value in B64, @mediaType=\"application/pdf\"."
}

/// Asks about the body of a document.
pub(crate) fn ask(document: ClinicalDocument<'_, '_>, findings: &mut Findings<'_>) {
    let Some(component) = child(document.element(), HL7V3, "component") else { return };
    match document.level() {
        Some(Level::One) => {
            for body in children(component, HL7V3, "nonXMLBody") {
                level_one(body, findings);
            }
        }
        Some(Level::Three) => level_three(component, findings),
        None => {}
    }
}

fn level_one(body: Node<'_, '_>, findings: &mut Findings<'_>) {
    if let Some(language) = child(body, HL7V3, "languageCode") {
        let code = plain_attribute(language, "code");
        if !code.is_some_and(is_language) {
            findings.tell(&LANGUAGE, language, code, "a language and a country, as fr-FR");
        }
    }
    let mut texts = children(body, HL7V3, "text");
    let Some(text) = texts.next() else {
        findings.tell(&TEXT, body, None, "one text, which holds the file");
        return;
    };
    for other in texts {
        findings.tell(&TEXT, other, Some("text"), "one text only");
    }
    if let Some(null) = plain_attribute(text, "nullFlavor") {
        findings.tell(&TEXT, text, Some(null), "no nullFlavor: the file itself");
        return;
    }
    if let Some(inside) = text.children().find(Node::is_element) {
        findings.tell(&TEXT, inside, Some(inside.tag_name().name()), "the file itself, and no element");
    }
    let media_type = attribute(text, "mediaType");
    if !media_type.is_some_and(|media_type| BODIES.contains(&media_type)) {
        findings.tell(&MEDIA_TYPE, text, media_type, BODIES.join(", "));
    } else if !media_type.is_some_and(|media_type| KEPT.contains(&media_type)) {
        findings.tell(&LEAVING, text, media_type, KEPT.join(", "));
    }
    if attribute(text, "representation") == Some("B64") {
        file::ask(text, &TEXT, findings);
    } else {
        findings.tell(&REPRESENTATION, text, attribute(text, "representation"), "B64");
    }
}

fn level_three(component: Node<'_, '_>, findings: &mut Findings<'_>) {
    for node in component.descendants().filter(Node::is_element) {
        if is(node, HL7V3, "section") && is_copy(node) && !holds_pdf(node) {
            findings.tell(&COPY_MISSING, node, None, "a PDF in observationMedia/value");
        }
        if plain_attribute(node, "nullFlavor").is_some() {
            continue;
        }
        let in_base64 = attribute(node, "representation") == Some("B64");
        if is(node, HL7V3, "value") && node.parent_element().is_some_and(|parent| is(parent, HL7V3, "observationMedia"))
        {
            let media_type = attribute(node, "mediaType");
            if !media_type.is_some_and(|media_type| MEDIA.contains(&media_type)) {
                findings.tell(&SECTION_MEDIA, node, media_type, MEDIA.join(", "));
            }
            if !in_base64 {
                findings.tell(&SECTION_REPRESENTATION, node, attribute(node, "representation"), "B64");
            }
        }
        if in_base64 {
            file::ask(node, &EMPTY, findings);
        }
    }
}

fn is_copy(section: Node<'_, '_>) -> bool {
    children(section, HL7V3, "templateId").any(|template| plain_attribute(template, "root") == Some(COPY))
}

fn holds_pdf(section: Node<'_, '_>) -> bool {
    let media = section.descendants().filter(|node| is(*node, HL7V3, "observationMedia"));
    media.filter_map(|media| child(media, HL7V3, "value")).any(|value| {
        attribute(value, "mediaType") == Some("application/pdf") && attribute(value, "representation") == Some("B64")
    })
}

/// An attribute whose type is a token: white space around it says nothing.
fn attribute<'a>(element: Node<'a, '_>, name: &str) -> Option<&'a str> {
    plain_attribute(element, name).map(str::trim)
}

fn is_language(code: &str) -> bool {
    let of = |text: &str, letter: fn(&u8) -> bool| text.len() == 2 && text.as_bytes().iter().all(letter);
    code.split_once('-')
        .is_some_and(|(language, country)| of(language, u8::is_ascii_lowercase) && of(country, u8::is_ascii_uppercase))
}

#[cfg(test)]
mod tests;
