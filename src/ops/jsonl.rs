//! Files of JSON lines that are only ever appended to, and what a crash does to them.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Opens a file of the journal to append, for its owner only, making it and the directories above it
/// if need be. Its name is on disk once [`sync_name`] has returned.
///
/// # Errors
/// The system's.
pub fn open(path: &Path) -> io::Result<File> {
    let dir = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let mut options = OpenOptions::new();
    let options = options.read(true).append(true).create(true).mode(0o600);
    options.open(path)
}

/// Puts a file's name on disk: a new file is only there for good once its directory is.
///
/// # Errors
/// The system's.
pub fn sync_name(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// The error, with the file's name in front.
#[must_use]
pub fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Appends whole lines, and returns when they are on disk. Where that fails (a full disk), what was
/// written of them is cut off again: what is appended next begins a line.
///
/// # Errors
/// The system's.
pub fn append(file: &mut File, lines: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    let written = file.write_all(lines).and_then(|()| file.sync_data());
    if written.is_err() {
        // What cannot be cut off now is ended when the file is opened again.
        let _ = file.set_len(before);
    }
    written
}

/// Ends a line that a crash has torn, so that the next one begins behind it. Leaves the file at its end.
///
/// # Errors
/// The system's.
pub fn end_torn(file: &mut File) -> io::Result<()> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(());
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(());
    }
    file.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended_whole_and_a_failure_leaves_the_file_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines.jsonl");
        let mut file = open(&path).unwrap();
        append(&mut file, b"a\nb\n").unwrap();
        append(&mut file, b"c\n").unwrap();
        let mut closed = File::open(&path).unwrap();
        assert!(append(&mut closed, b"d\n").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\nb\nc\n");
    }

    #[test]
    fn a_torn_line_is_ended_once_and_a_whole_one_not_at_all() {
        for (text, becomes) in [("", ""), ("a\n", "a\n"), ("a\nb", "a\nb\n")] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("new/lines.jsonl");
            let mut file = open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            for _ in 0..2 {
                end_torn(&mut file).unwrap();
                assert_eq!(std::fs::read_to_string(&path).unwrap(), becomes);
            }
        }
    }
}
