//! Where journals lie, whose they are, and how one is read: whole line by whole line.
//!
//! Reads only. A torn last line is what a crash leaves and is left out; a damaged line elsewhere is an
//! error that names file and line.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::ops::jsonl;
use crate::voicemail::vmbox::VoicemailBox;

use super::lines::{FORMAT, Line};

/// The longest line that is read; a batch of 50 messages needs about 12 kB.
const MAX_LINE: u64 = 1 << 20;
/// The folder of journals below the state directory.
const FOLDER: &str = "journal";
const EXTENSION: &str = ".jsonl";

/// The journal of a box, whether or not there is one.
#[must_use]
pub fn path(state_dir: &Path, vmbox: &VoicemailBox) -> PathBuf {
    state_dir
        .join(FOLDER)
        .join(file_name(&vmbox.context))
        .join(format!("{}{EXTENSION}", file_name(&vmbox.extension)))
}

/// The boxes that have a journal below a state directory, sorted; none where there is no such
/// directory. What has no name that a journal could have is left out.
///
/// # Errors
/// When a directory cannot be listed.
pub fn boxes(state_dir: &Path) -> io::Result<Vec<VoicemailBox>> {
    let mut boxes = Vec::new();
    for context in names(&state_dir.join(FOLDER))? {
        let dir = state_dir.join(FOLDER).join(&context);
        let Some(context) = name_of(&context).filter(|_| dir.is_dir()) else {
            continue;
        };
        for file in names(&dir)? {
            if let Some(extension) = file.strip_suffix(EXTENSION).and_then(name_of) {
                boxes.push(VoicemailBox::new(extension, context.clone()));
            }
        }
    }
    boxes.sort_unstable();
    Ok(boxes)
}

fn names(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(jsonl::named(dir, &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| jsonl::named(dir, &error))?;
        names.extend(entry.file_name().into_string());
    }
    Ok(names)
}

/// Tells every whole line of a journal, in order, and returns where the last one ends. A missing file
/// has none.
///
/// # Errors
/// When the file cannot be read, or a line other than the last is damaged, or of a format this vmimap
/// does not know. The error names file and line.
pub fn replay(path: &Path, sink: &mut dyn FnMut(Line)) -> io::Result<u64> {
    let mut input = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(jsonl::named(path, &error)),
    };
    let mut whole = 0;
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        let length = io::Read::take(&mut input, MAX_LINE)
            .read_until(b'\n', &mut text)
            .map_err(|error| jsonl::named(path, &error))? as u64;
        if text.last() != Some(&b'\n') {
            if length == MAX_LINE {
                return Err(damaged(path, number, "too long"));
            }
            break; // the end, or the torn line a crash left
        }
        sink(understood(&text).map_err(|why| damaged(path, number, why))?);
        whole += length;
    }
    Ok(whole)
}

/// The line in this text.
///
/// # Errors
/// Says what is wrong with it.
pub fn understood(text: &[u8]) -> Result<Line, String> {
    let line: Line = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    match &line {
        Line::Run { format, .. } if *format != FORMAT => {
            Err(format!("format {format}, this vmimap knows {FORMAT}"))
        }
        Line::Intent { keys, meant, .. } if keys.len() != meant.len() => {
            Err("keys and meant are not of one length".to_owned())
        }
        _ => Ok(line),
    }
}

fn damaged(path: &Path, line: u64, why: impl std::fmt::Display) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!(
            "{}:{line}: damaged journal line ({why}); move the file away to go on without it: \
             that costs time, not messages",
            path.display()
        ),
    )
}

/// A file name for any context or extension: everything unusual is percent-encoded, so that no
/// name can climb out of the state directory.
pub(super) fn file_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        let plain =
            byte.is_ascii_alphanumeric() || b"-_+".contains(&byte) || (byte == b'.' && at > 0);
        if plain {
            name.push(char::from(byte));
        } else {
            name.extend(format!("%{byte:02X}").chars());
        }
    }
    name
}

/// The context or extension that has this file name.
pub(super) fn name_of(file_name: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(file_name.len());
    let mut rest = file_name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            octets.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        octets.push(u8::from_str_radix(digits, 16).ok()?);
        rest = rest.get(2..)?;
    }
    let name = String::from_utf8(octets).ok()?;
    // Whatever another name could have been made of is no journal's.
    (!name.is_empty() && self::file_name(&name) == file_name).then_some(name)
}
