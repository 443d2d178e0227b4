//! The files of a schema, as texts that are compiled without looking anywhere else.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::xml::namespace::XS;

/// Where libxml2 believes the files to be, so that it resolves the locations in them against each other.
const FOLDER: &str = "/schema/";

/// The code of libxml2 for a state that it does not know, or for want of memory.
pub(super) const INTERNAL_ERROR: i32 = 1818;

/// Files of a schema by their paths below one folder.
#[derive(Debug, Default)]
pub struct Sources(BTreeMap<String, Cow<'static, str>>);

impl Sources {
    /// Takes the texts of files, each with its path below the folder of the schema (`general/datatypes.xsd`).
    ///
    /// # Errors
    /// The first file that is no XML, and what is wrong with it.
    pub fn new(files: impl IntoIterator<Item = (String, Cow<'static, str>)>) -> Result<Self, (String, String)> {
        let read = |(path, text): (String, Cow<'static, str>)| match without_forbidden_particles(text) {
            Ok(text) => Ok((path, text)),
            Err(reason) => Err((path, reason)),
        };
        files.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// The address that libxml2 is given for a file.
    pub(super) fn address_of(path: &str) -> String {
        format!("{FOLDER}{path}")
    }

    /// The text at an address; nothing when the schema has no such file.
    pub(super) fn at(&self, address: &str) -> Option<&str> {
        let mut path: Vec<&str> = Vec::new();
        for step in address.strip_prefix(FOLDER)?.split('/') {
            match step {
                "" | "." => {}
                ".." => {
                    path.pop()?;
                }
                name => path.push(name),
            }
        }
        self.0.get(&path.join("/")).map(AsRef::as_ref)
    }
}

/// Takes out what may occur no time at all (`maxOccurs="0"`), which libxml2 lets occur. Lines stay where they are.
///
/// Spec: XML Schema part 1, 3.9.2: "if minOccurs = maxOccurs = 0, then no component corresponds".
fn without_forbidden_particles(text: Cow<'static, str>) -> Result<Cow<'static, str>, String> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let tree = match roxmltree::Document::parse_with_options(&text, options) {
        Ok(tree) => tree,
        // The schema of schemas comes with a DTD that only libxml2 reads.
        Err(_) if text.contains("<!DOCTYPE") => return Ok(text),
        Err(error) => return Err(error.to_string()),
    };
    let never = |node: &roxmltree::Node<'_, '_>| {
        node.tag_name().namespace() == Some(XS) && node.attribute("maxOccurs").is_some_and(|most| most.trim() == "0")
    };
    let ranges: Vec<_> = tree.descendants().filter(never).map(|node| node.range()).collect();
    if ranges.is_empty() {
        drop(tree);
        return Ok(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for range in ranges {
        if range.start < from {
            continue;
        }
        kept.push_str(text.get(from..range.start).unwrap_or_default());
        kept.extend(text.get(range.clone()).unwrap_or_default().chars().filter(|letter| *letter == '\n'));
        from = range.end;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    Ok(Cow::Owned(kept))
}

#[cfg(test)]
mod tests {
    use super::{Sources, without_forbidden_particles};

    #[test]
    fn addresses_are_resolved_within_the_folder_and_never_out_of_it() {
        let files = [("a.xsd", "<a/>"), ("general/b.xsd", "<b/>")];
        let sources = Sources::new(files.map(|(path, text)| (path.to_owned(), text.into()))).unwrap();
        assert_eq!(sources.at(&Sources::address_of("a.xsd")), Some("<a/>"));
        assert_eq!(sources.at("/schema/pharmacy/../general/./b.xsd"), Some("<b/>"));
        assert_eq!(sources.at("/schema/../etc/passwd"), None);
        assert_eq!(sources.at("/etc/passwd"), None);
        assert_eq!(sources.at("http://www.w3.org/2001/xml.xsd"), None);
    }

    #[test]
    fn what_may_never_occur_is_taken_out_and_the_rest_keeps_its_line() {
        let schema = "<xs:sequence xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n<xs:element name='a' maxOccurs='0'>\n<xs:any maxOccurs='0'/></xs:element>\n<xs:element name='b' maxOccurs='10'/></xs:sequence>";
        let kept = without_forbidden_particles(schema.into()).unwrap();
        assert_eq!(
            kept,
            "<xs:sequence xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n\n\n<xs:element name='b' maxOccurs='10'/></xs:sequence>"
        );
        assert!(without_forbidden_particles("<a>".into()).is_err());
    }
}
