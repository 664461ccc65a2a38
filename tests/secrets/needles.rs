//! The forms in which a secret could be written, and the search for them.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What must not be found, with the name of its form.
pub struct Needles(Vec<(String, Vec<u8>)>);

impl Needles {
    /// Plain, in hexadecimal, and in base64 wherever it may begin in what is encoded.
    pub fn of(secrets: &[&str]) -> Self {
        let mut all = Vec::new();
        for secret in secrets {
            // Of a signed token its signature is the secret; what stands before is known to all.
            let secret = secret.rsplit('.').next().unwrap();
            all.push(("plain".to_owned(), secret.as_bytes().to_vec()));
            let backwards: String = secret.chars().rev().collect();
            all.push(("backwards".to_owned(), backwards.into_bytes()));
            let hex = secret.bytes().map(|octet| format!("{octet:02x}"));
            let hex: String = hex.collect();
            all.push(("upper hex".to_owned(), hex.to_uppercase().into_bytes()));
            all.push(("hex".to_owned(), hex.into_bytes()));
            for alignment in 0..3 {
                let before = [&vec![0; alignment], secret.as_bytes()].concat();
                for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                    let encoded = engine.encode(&before);
                    // Without the letters that have to do with the neighbours.
                    let from = (alignment * 8).div_ceil(6);
                    let to = before.len() * 8 / 6;
                    let form = format!("base64 from {alignment}");
                    all.push((form, encoded.as_bytes()[from..to].to_vec()));
                }
            }
        }
        Self(all)
    }

    /// The form in which a secret is in there, if it is.
    pub fn found(&self, octets: &[u8]) -> Option<&str> {
        let found = self.0.iter().find(|(_, needle)| {
            let mut windows = octets.windows(needle.len());
            windows.any(|window| window == needle)
        });
        found.map(|(form, _)| form.as_str())
    }

    /// Panics where there is one.
    pub fn absent(&self, place: &str, octets: &[u8]) {
        if let Some(form) = self.found(octets) {
            panic!(
                "{place} holds a secret ({form}):\n{}",
                String::from_utf8_lossy(octets)
            );
        }
    }

    /// Panics where there is one in a file or a name below `dir`.
    pub fn absent_below(&self, what: &str, dir: &Path) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{what}: {}", path.display());
            self.absent(&name, path.as_os_str().as_encoded_bytes());
            if path.is_dir() {
                self.absent_below(what, &path);
            } else if let Ok(content) = fs::read(&path) {
                self.absent(&name, &content);
            }
        }
    }
}

#[test]
fn a_secret_is_found_in_each_of_its_forms_and_what_is_none_is_not() {
    use base64::engine::general_purpose::STANDARD;
    let secret = "Right0hush4Qz";
    let needles = Needles::of(&[secret, "head.body.Sig_nature-of-it"]);
    for owner in ["", "a", "ad", "ada", "longer"] {
        for text in [
            STANDARD.encode(format!("{owner}\0admin\0{secret}")),
            STANDARD.encode(format!("{owner}{secret}\u{1}\u{1}")),
            format!("LOGIN \"{owner}\" \"{secret}\""),
            format!("{owner} 5269676874306875736834517A"),
            format!("{{\"token\":\"Bearer {owner}.x.Sig_nature-of-it\"}}"),
        ] {
            assert!(needles.found(text.as_bytes()).is_some(), "{text}");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("below")).unwrap();
    fs::write(dir.path().join("below/file"), secret).unwrap();
    let seen = std::panic::catch_unwind(|| needles.absent_below("", dir.path()));
    assert!(seen.is_err(), "files are looked into");
    assert!(needles.found(b"Right0hush4Q").is_none());
    assert!(needles.found(b"head.body.Sig_nature").is_none());
}
