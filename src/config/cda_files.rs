//! The directories that `[cda]` names: schemas, value sets and rule files of an operator, read whole.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cda::rule::volet::Volets;
use crate::config::finding::Finding;
use crate::terminology::code_set::{CodeSet, CodeSets};
use crate::terminology::code_table::Fault;
use crate::xml::schema::Schema;
use crate::xml::schema::source::Sources;

/// Names under which the first file of a CDA schema is known; ours, those of HL7 and of the ANS.
const ROOTS: &[&str] = &["cda.xsd", "CDA_extended.xsd", "CDA.xsd"];
/// Bytes of one file, and files of one directory with all below it: whoever names more named the wrong directory.
const FILE_BYTES: u64 = 64 << 20;
const FILES: usize = 2_000;

/// A file of a directory: its path below it, and its text.
type Named = (String, String);

/// Compiles the schema of a directory.
///
/// # Errors
/// What is wrong with it.
pub(super) fn schema(directory: &Path) -> Result<Arc<Schema>, Vec<Finding>> {
    let fault = |text: String| vec![Finding::error("cda.schemas", text)];
    let files = texts(directory, &["xsd"]).map_err(fault)?;
    let Some(root) = ROOTS.iter().find(|root| files.iter().any(|(name, _)| name == *root)) else {
        return Err(fault(format!("{} holds none of {}", directory.display(), ROOTS.join(", "))));
    };
    let sources = Sources::new(files.into_iter().map(|(name, text)| (name, Cow::Owned(text))))
        .map_err(|(file, reason)| fault(format!("{}: {reason}", directory.join(file).display())))?;
    let schema = Schema::compile(sources, root);
    schema.map(Arc::new).map_err(|cause| fault(format!("{}: {cause}", directory.join(root).display())))
}

/// The volets that are built in, with those of a directory, as they compare with these value sets.
///
/// # Errors
/// What is wrong with a file.
pub(super) fn volets(directory: Option<&Path>, sets: &CodeSets) -> Result<Arc<Volets>, Vec<Finding>> {
    let fault = |text: String| vec![Finding::error("cda.rules", text)];
    let files = directory.map_or_else(|| Ok(Vec::new()), |directory| texts(directory, &["rules"])).map_err(fault)?;
    let place = directory.map_or_else(|| Cow::Borrowed("."), Path::to_string_lossy);
    if files.is_empty() && directory.is_some() {
        return Err(fault(format!("{place} holds no file *.rules")));
    }
    let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Volets::with(files, sets).map(Arc::new).map_err(|cause| fault(format!("{place}/{cause}")))
}

/// The value sets that are built in, with those of a directory before them.
///
/// # Errors
/// What is wrong with the files.
pub(super) fn value_sets(directory: &Path) -> Result<Arc<CodeSets>, Vec<Finding>> {
    let fault = |text: String| Finding::error("cda.value_sets", text);
    let files = texts(directory, &["tsv", "xml"]).map_err(|text| vec![fault(text)])?;
    if files.is_empty() {
        return Err(vec![fault(format!("{} holds no file *.tsv or *.xml", directory.display()))]);
    }
    let (mut sets, mut faults) = (Vec::new(), Vec::new());
    for (name, text) in &files {
        let told = |cause: &Fault| fault(format!("{}: {cause}", directory.join(name).display()));
        match CodeSet::read(text.as_bytes()) {
            Ok(read) => sets.extend(read),
            Err(causes) => faults.extend(causes.iter().map(told)),
        }
    }
    if faults.is_empty() { Ok(Arc::new(CodeSets::built_in().with(sets))) } else { Err(faults) }
}

/// Every file of a directory with one of these extensions, and of those below it, by path.
fn texts(directory: &Path, extensions: &[&str]) -> Result<Vec<Named>, String> {
    let mut texts = Vec::new();
    for path in paths(directory, extensions)? {
        let bytes = bytes(&path)?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", path.display()))?;
        let name = path.strip_prefix(directory).unwrap_or(&path).to_string_lossy().into_owned();
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        texts.push((name, text));
    }
    Ok(texts)
}

fn paths(directory: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, String> {
    let mut open = vec![directory.to_owned()];
    let mut found = Vec::new();
    while let Some(directory) = open.pop() {
        let unreadable = |cause: std::io::Error| format!("cannot read {}: {cause}", directory.display());
        for entry in std::fs::read_dir(&directory).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            let wanted = |extension: &std::ffi::OsStr| extensions.iter().any(|one| extension.eq_ignore_ascii_case(one));
            // A link to a directory may lead back: it is not followed.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(path);
            } else if path.extension().is_some_and(wanted) && path.is_file() {
                found.push(path);
            }
            if found.len() + open.len() > FILES {
                return Err(format!("{} holds more than {FILES} files", directory.display()));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |cause: std::io::Error| format!("cannot read {}: {cause}", path.display());
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(format!("{} is larger than {FILE_BYTES} bytes", path.display()));
    }
    Ok(bytes)
}
