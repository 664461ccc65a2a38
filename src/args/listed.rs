//! Lists of names that flags read: one a line, from a file or stdin.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, anyhow, bail};

/// The longest list that is read, in octets.
const MOST: u64 = 64 << 20;

/// The names in a file, or on stdin where it is `-`; blanks around them, empty lines, those that begin
/// with `#`, and the byte order mark that some editors begin a file with do not count.
///
/// # Errors
/// When it cannot be read, is longer than 64 MiB, or holds no name: neither an empty list nor a failed
/// command in front of a pipe must come to mean "everything" or "nothing". `what` is what it has names
/// of.
pub fn names(file: &Path, what: &str) -> anyhow::Result<Vec<String>> {
    read(file, what, MOST)
}

fn read(file: &Path, what: &str, most: u64) -> anyhow::Result<Vec<String>> {
    let mut octets = Vec::new();
    let read = if file == Path::new("-") {
        let stdin = io::stdin().lock();
        stdin.take(most + 1).read_to_end(&mut octets)
    } else {
        File::open(file).and_then(|file| file.take(most + 1).read_to_end(&mut octets))
    };
    let shown = file.display();
    read.with_context(|| format!("read the list {shown}"))?;
    if octets.len() as u64 > most {
        // Half a name may be another one's.
        bail!("the list {shown} is longer than {most} octets");
    }
    let text = std::str::from_utf8(&octets).map_err(|error| {
        let before = octets.iter().take(error.valid_up_to());
        let line = 1 + before.filter(|octet| **octet == b'\n').count();
        anyhow!("{shown}:{line}: is not UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim);
    let names: Vec<String> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    if names.is_empty() {
        bail!("{shown} names no {what}");
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: impl AsRef<[u8]>, most: u64) -> Result<Vec<String>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, text).unwrap();
        read(file.path(), "voicemail box", most).map_err(|error| error.to_string())
    }

    #[test]
    fn names_are_lines_without_blanks_and_comments() {
        let text = "# these\n 4123@default\r\n\n41*@sales\n";
        assert_eq!(of(text, 64).unwrap(), ["4123@default", "41*@sales"]);
    }

    #[test]
    fn a_list_of_a_windows_editor_is_read_and_one_in_another_charset_refused_with_its_line() {
        let text = "\u{feff}4123@default\r\n4124@default\r\n";
        assert_eq!(of(text, 64).unwrap(), ["4123@default", "4124@default"]);
        let latin = of(b"4123@default\nj\xf6rg@default\n", 64).unwrap_err();
        assert!(latin.ends_with(":2: is not UTF-8"), "{latin}");
    }

    #[test]
    fn a_list_that_is_empty_or_cut_is_refused() {
        let empty = of("# nobody\n\n", 64).unwrap_err();
        assert!(empty.ends_with("names no voicemail box"), "{empty}");
        assert!(of("4123", 4).is_ok());
        let long = of("4123@default", 4).unwrap_err();
        assert!(long.ends_with("is longer than 4 octets"), "{long}");
    }
}
