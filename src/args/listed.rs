//! Lists of names that flags read: one a line, from a file or stdin.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};

/// The longest list that is read, in octets.
const MOST: u64 = 64 << 20;

/// The names in a file, or on stdin where it is `-`; blanks around them, empty lines and those that
/// begin with `#` do not count.
///
/// # Errors
/// When it cannot be read, is longer than 64 MiB, or holds no name: neither an empty list nor a failed
/// command in front of a pipe must come to mean "everything" or "nothing". `what` is what it has names
/// of.
pub fn names(file: &Path, what: &str) -> anyhow::Result<Vec<String>> {
    read(file, what, MOST)
}

fn read(file: &Path, what: &str, most: u64) -> anyhow::Result<Vec<String>> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        let stdin = std::io::stdin().lock();
        stdin.take(most + 1).read_to_string(&mut text)
    } else {
        File::open(file).and_then(|file| file.take(most + 1).read_to_string(&mut text))
    };
    let shown = file.display();
    read.with_context(|| format!("read the list {shown}"))?;
    if text.len() as u64 > most {
        // Half a name may be another one's.
        bail!("the list {shown} is longer than {most} octets");
    }
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

    fn of(text: &str, most: u64) -> Result<Vec<String>, String> {
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
    fn a_list_that_is_empty_or_cut_is_refused() {
        let empty = of("# nobody\n\n", 64).unwrap_err();
        assert!(empty.ends_with("names no voicemail box"), "{empty}");
        assert!(of("4123", 4).is_ok());
        let long = of("4123@default", 4).unwrap_err();
        assert!(long.ends_with("is longer than 4 octets"), "{long}");
    }
}
