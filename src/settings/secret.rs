//! Secrets in files that nobody else can read.
//!
//! Invariants: what was read is wiped; no part of it stands in an error.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::mailstore::private_file::{self, Objection};

/// The longest secret, in octets; a token of a large directory has some 10,000.
pub(super) const LONGEST: usize = 64 * 1024;

/// A secret that cannot be used as it stands, and what to do about it.
#[derive(Debug)]
pub struct UnusableSecret(String);

impl UnusableSecret {
    /// Says why, and what to do.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for UnusableSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnusableSecret {}

/// Reads a secret, called `what`, from the first line of a file that nobody else can read or change.
pub(super) fn read(what: &str, path: &Path) -> Result<SecretString, UnusableSecret> {
    let shown = path.display();
    let unreadable = |error| UnusableSecret(format!("read the {what} {shown}: {error}"));
    let no = |why: &str| UnusableSecret(format!("{what} {shown} {why}"));
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if let Some(Objection { why, cure }) = private_file::objection(&metadata) {
        return Err(no(&format!("{why}; run: {cure} {shown}")));
    }
    // With room for all of it, so that no copy is left behind where the buffer grows.
    let mut octets = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    file.take(LONGEST as u64 + 1)
        .read_to_end(&mut octets)
        .map_err(unreadable)?;
    let end = octets.iter().position(|&b| b == b'\n');
    let line = octets.get(..end.unwrap_or(octets.len()));
    let line = line.unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    check(line).map(SecretString::from).map_err(|why| no(&why))
}

/// A secret as it can be sent: text of one line, and not empty.
pub(super) fn check(octets: &[u8]) -> Result<&str, String> {
    if octets.is_empty() {
        return Err("is empty".to_owned());
    }
    if octets.len() > LONGEST {
        return Err(format!("is longer than {LONGEST} octets"));
    }
    if octets.iter().any(|b| matches!(b, 0 | b'\r' | b'\n')) {
        return Err("holds a line break or NUL".to_owned());
    }
    std::str::from_utf8(octets).map_err(|_| "is no text (UTF-8)".to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use secrecy::ExposeSecret as _;

    use super::*;

    fn kept(content: &[u8], mode: u32) -> Result<String, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let secret = read("password file", file.path()).map_err(|e| e.to_string())?;
        Ok(secret.expose_secret().to_owned())
    }

    #[test]
    fn the_first_line_is_the_secret_and_keeps_its_blanks() {
        assert_eq!(kept(b" one \nmore", 0o600), Ok(" one ".to_owned()));
        assert_eq!(kept(b"one\r\n", 0o640), Ok("one".to_owned()));
        assert_eq!(kept("p\u{e4}ss".as_bytes(), 0o400), Ok("p\u{e4}ss".into()));
    }

    #[test]
    fn what_cannot_be_sent_or_is_open_to_others_is_refused_and_not_shown() {
        let long = vec![b'x'; LONGEST + 1];
        for (content, mode, says) in [
            (
                &b"hush\n"[..],
                0o644,
                "can be used by everybody (mode 0644)",
            ),
            (b"hush\n", 0o660, "can be changed by its group"),
            (b"\nhush", 0o600, "is empty"),
            (b"hu\0sh", 0o600, "holds a line break or NUL"),
            (b"hush\xff", 0o600, "is no text"),
            (&long, 0o600, "is longer than"),
        ] {
            let why = kept(content, mode).unwrap_err();
            assert!(why.contains(says) && !why.contains("hu"), "{why}");
        }
    }
}
