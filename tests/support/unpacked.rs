//! The servers that cannot be installed beside Dovecot: scripts/deps.sh unpacks them into a folder.
//!
//! Debian lets one IMAP server be installed at a time. Cyrus and Courier are therefore unpacked only;
//! the libraries they need are installed, and their own are found through `LD_LIBRARY_PATH`.

use std::fs;
use std::path::{Path, PathBuf};

use super::process;

/// The folder deps.sh unpacks to. Root's lies where the servers' own accounts can reach it.
pub fn folder() -> PathBuf {
    if let Some(named) = std::env::var_os("VMIMAP_TEST_SERVERS") {
        return named.into();
    }
    if process::is_root() {
        return "/var/cache/vmimap-test-servers".into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
        || Path::new(&std::env::var_os("HOME").expect("HOME is set")).join(".cache"),
        PathBuf::from,
    );
    cache.join("vmimap-test-servers")
}

/// A file of a server, by its path in the package.
///
/// # Panics
/// If it is not there.
pub fn file(path: &str) -> String {
    let whole = folder().join(path);
    assert!(
        whole.exists(),
        "{} is missing: run scripts/deps.sh",
        whole.display()
    );
    whole.into_os_string().into_string().unwrap()
}

/// `LD_LIBRARY_PATH` for what was unpacked.
pub fn library_path() -> String {
    let machine = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let folders = ["usr/lib", &machine, "usr/lib/courier-authlib"];
    let whole = folders.map(|folder| self::folder().join(folder).display().to_string());
    whole.join(":")
}

/// The version of an unpacked package, without Debian's own part: `3.6.1-4+deb12u5` is `3.6.1`.
pub fn version(package: &str) -> String {
    let list = fs::read_to_string(file("versions")).unwrap();
    let version = list
        .lines()
        .find_map(|line| line.strip_prefix(package)?.strip_prefix(' '))
        .unwrap_or_else(|| panic!("no version of {package} in {list}"));
    version.split(['-', '+']).next().unwrap().to_owned()
}
