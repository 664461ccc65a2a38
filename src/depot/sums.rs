//! `SHA256SUMS` at the root of a depot, as `sha256sum -c` reads it.
//!
//! Made from what lies on disk when the run ends, of all messages, comments and greetings, old and new.
//! Source: coreutils, sha256sum: two spaces between digest and name; a name with a backslash or a line
//! end has these escaped and a backslash in front of its line.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::dir::Dir;
use super::folder::digest_of;
use super::guard::at_root;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::greeting::Greeting;

const NAME: &str = "SHA256SUMS";
const UNFINISHED: &str = ".SHA256SUMS.part";

/// Writes the file anew and returns how many files it names. Safe to repeat.
///
/// # Errors
/// The system's.
pub fn write_sums(root: &Dir) -> io::Result<u64> {
    let mut lines = Vec::new();
    for (context, is_dir) in root.names()? {
        if !is_dir || at_root(&context) {
            continue;
        }
        let Some(boxes) = root.existing(&context)? else {
            continue;
        };
        for (extension, is_dir) in boxes.names()? {
            if let Some(vmbox) = boxes.existing(&extension).ok().flatten().filter(|_| is_dir) {
                of_box(&vmbox, &format!("{context}/{extension}"), &mut lines)?;
            }
        }
    }
    lines.sort();
    let _ = root.remove(UNFINISHED);
    let mut file = root.create(UNFINISHED, 0o644)?;
    for (name, digest) in &lines {
        file.write_all(line(name, digest).as_bytes())?;
    }
    file.sync_data()?;
    root.replace(UNFINISHED, NAME)?;
    root.sync()?;
    Ok(lines.len() as u64)
}

fn of_box(vmbox: &Dir, above: &str, lines: &mut Vec<(String, String)>) -> io::Result<()> {
    for (name, is_dir) in vmbox.names()? {
        // A box holds more than greetings: a changed password, for one.
        if !is_dir
            && Greeting::of_file(name.as_bytes()).is_some()
            && let Ok(file) = vmbox.open(&name)
        {
            let digest = digest_of(file)?.to_string();
            lines.push((format!("{above}/{name}"), digest));
        }
    }
    for folder in VoicemailFolder::ALL {
        let Some(dir) = vmbox.existing(folder.as_str())? else {
            continue;
        };
        for (name, _) in dir.names()? {
            if !name.starts_with('.')
                && let Ok(file) = dir.open(&name)
            {
                let digest = digest_of(file)?.to_string();
                lines.push((format!("{above}/{folder}/{name}"), digest));
            }
        }
    }
    Ok(())
}

/// One line of the file.
pub(super) fn line(name: &str, digest: &str) -> String {
    let mut line = String::new();
    let escaped = name.replace('\\', "\\\\");
    let mark = if escaped == name { "" } else { "\\" };
    let _ = writeln!(line, "{mark}{digest}  {escaped}");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_as_sha256sum_does() {
        assert_eq!(line("a/b", "00"), "00  a/b\n");
        assert_eq!(line("a\\b", "00"), "\\00  a\\\\b\n");
    }
}
