//! The documents that arguments name: files, folders with what is below them, and the standard input.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// One document to judge, or one thing that was named and cannot be.
pub(super) enum Source {
    /// A file.
    File(PathBuf),
    /// What is written to this process.
    StandardInput,
    /// A name without a file, or a folder that cannot be listed.
    Unreadable(PathBuf, String),
}

/// The bytes of a document.
pub(super) enum Content {
    /// All of them.
    Whole(Vec<u8>),
    /// More than are judged: how many there are, or at least are.
    TooLarge(u64),
}

impl Source {
    /// The name in reports.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) | Self::Unreadable(path, _) => path.display().to_string(),
            Self::StandardInput => "-".to_owned(),
        }
    }

    /// Reads the document, and no more of it than one byte beyond what is judged.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn read(&self, largest: usize) -> Result<Content, String> {
        match self {
            Self::File(path) => read_file(path, largest).map_err(|cause| cause.to_string()),
            Self::StandardInput => read_to(io::stdin().lock(), largest).map_err(|cause| cause.to_string()),
            Self::Unreadable(_, cause) => Err(cause.clone()),
        }
    }
}

fn read_file(path: &Path, largest: usize) -> io::Result<Content> {
    let file = std::fs::File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.len() > largest as u64 {
        return Ok(Content::TooLarge(metadata.len()));
    }
    read_to(file, largest)
}

fn read_to(from: impl Read, largest: usize) -> io::Result<Content> {
    let mut bytes = Vec::new();
    from.take((largest as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > largest { Ok(Content::TooLarge(bytes.len() as u64)) } else { Ok(Content::Whole(bytes)) }
}

/// What the arguments name, in their order; inside a folder, by name.
pub(super) fn expand(arguments: &[PathBuf]) -> Vec<Source> {
    let mut sources = Vec::new();
    for path in arguments {
        if path.as_os_str() == "-" {
            sources.push(Source::StandardInput);
        } else if path.is_dir() {
            folder(path, &mut sources);
        } else {
            sources.push(Source::File(path.clone()));
        }
    }
    sources
}

/// Every `*.xml` of a folder, whatever the case of the letters. A link to a folder is not followed: it may lead back.
fn folder(path: &Path, sources: &mut Vec<Source>) {
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        // What was named or found stands until its turn comes, so that files and folders keep one order.
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")) && path.is_file() {
            sources.push(Source::File(path));
            continue;
        }
        let listed: io::Result<Vec<_>> = std::fs::read_dir(&path).and_then(Iterator::collect);
        let mut entries = match listed {
            Ok(entries) => entries,
            Err(cause) => {
                sources.push(Source::Unreadable(path, cause.to_string()));
                continue;
            }
        };
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.file_name()));
        let wanted = |path: &Path| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"));
        open.extend(entries.into_iter().filter_map(|entry| {
            let (path, kind) = (entry.path(), entry.file_type().ok()?);
            (kind.is_dir() || (wanted(&path) && path.is_file())).then_some(path)
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, expand};

    fn names(arguments: &[&std::path::Path], base: &std::path::Path) -> Vec<String> {
        let arguments: Vec<_> = arguments.iter().map(|path| path.to_path_buf()).collect();
        let relative = |source: &Source| {
            source.name().strip_prefix(base.to_str().unwrap()).map_or(source.name(), |name| name[1..].to_owned())
        };
        expand(&arguments).iter().map(relative).collect()
    }

    #[test]
    fn a_folder_is_searched_by_name_and_loops_are_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path();
        std::fs::create_dir_all(base.join("b/deep")).unwrap();
        std::fs::create_dir(base.join("folder.xml")).unwrap();
        for name in ["c.xml", "a.XML", "b/deep/z.xml", "b/note.txt", "folder.xml/inside.xml"] {
            std::fs::write(base.join(name), "<a/>").unwrap();
        }
        std::os::unix::fs::symlink(base, base.join("b/loop")).unwrap();
        std::os::unix::fs::symlink(base.join("c.xml"), base.join("b/link.xml")).unwrap();
        let expected = ["a.XML", "b/deep/z.xml", "b/link.xml", "c.xml", "folder.xml/inside.xml"];
        assert_eq!(names(&[base], base), expected);
        let (note, absent) = (base.join("b/note.txt"), base.join("absent"));
        assert_eq!(names(&[&note, &absent, "-".as_ref()], base), ["b/note.txt", "absent", "-"]);
    }
}
