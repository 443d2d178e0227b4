//! The service descriptions and schemas that the gateway serves, embedded from `wsdl/` and `schemas/`.
//!
//! Spec: WSDL 1.1, WS-Addressing 1.0 metadata: 4. In the tree the files refer to each other by relative path, so that
//! `wsdl.zip` and a checkout work as they are; when one is served alone, its imports become `?xsd=NAME` of the same
//! service. The public address is a setting, never the `Host` header of a stranger.

use std::borrow::Cow;

use crate::xml::writer::push_text;

/// One file, by its path from the top of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its path in the tree and in `wsdl.zip`.
    pub path: &'static str,
    /// Its text, as in the tree.
    pub text: &'static str,
}

macro_rules! files {
    ($($path:literal),+ $(,)?) => {
        &[$(File { path: $path, text: include_str!(concat!("../../", $path)) }),+]
    };
}

/// Every file that is served.
pub const FILES: &[File] = files![
    "wsdl/patient-identity.wsdl",
    "wsdl/registry.wsdl",
    "wsdl/repository.wsdl",
    "schemas/fault.xsd",
    "schemas/hl7v3.xsd",
    "schemas/lcm.xsd",
    "schemas/query.xsd",
    "schemas/rim.xsd",
    "schemas/rmd.xsd",
    "schemas/rs.xsd",
    "schemas/xds.b.xsd",
    "schemas/xml.xsd",
];

impl File {
    /// The last step of its path, which is also its name in `?xsd=`.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
}

/// The text of a file by its name, such as `rim.xsd` or `registry.wsdl`.
pub fn file(name: &str) -> Option<&'static str> {
    FILES.iter().find(|file| file.name() == name).map(|file| file.text)
}

/// The answer to `?wsdl` of a service, such as `registry`, whose public address is `url`.
pub fn description(service: &str, url: &str) -> Option<String> {
    let text = addressed(file(&format!("{service}.wsdl"))?, url);
    Some(served(&text, url))
}

/// The answer to `?xsd=NAME` of a service whose public address is `url`; the name with or without `.xsd`.
pub fn schema(name: &str, url: &str) -> Option<String> {
    let name = if has_ending(name, ".xsd") { Cow::Borrowed(name) } else { Cow::Owned(format!("{name}.xsd")) };
    Some(served(file(&name)?, url))
}

/// What `wsdl.zip` holds: paths and texts, each description with the public address of its service.
pub fn archive(url_of: impl Fn(&str) -> String) -> impl Iterator<Item = (&'static str, String)> {
    FILES.iter().map(move |file| match file.name().strip_suffix(".wsdl") {
        Some(service) => (file.path, addressed(file.text, &url_of(service))),
        None => (file.path, file.text.to_owned()),
    })
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.len() > ending.len() && name.ends_with(ending)
}

/// Puts the public address of the service in place of the one in the tree.
fn addressed(text: &str, url: &str) -> String {
    replace_values(text, "<soap12:address location=\"", |_| escaped(url))
}

/// Turns relative imports into `?xsd=` of the service.
fn served(text: &str, url: &str) -> String {
    replace_values(text, "schemaLocation=\"", |path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        format!("{}?xsd={name}", escaped(url))
    })
}

/// Replaces what stands between each `opening` and the next quote.
fn replace_values(text: &str, opening: &str, value: impl Fn(&str) -> String) -> String {
    let mut pieces = text.split(opening);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (old, rest) = piece.split_once('"').unwrap_or((piece, ""));
        out.push_str(opening);
        out.push_str(&value(old));
        out.push('"');
        out.push_str(rest);
    }
    out
}

fn escaped(url: &str) -> String {
    let mut out = Vec::new();
    push_text(&mut out, &url.replace('"', "%22"));
    String::from_utf8_lossy(&out).into_owned()
}
