//! Where journals and the lock are kept unless somebody says otherwise.
//!
//! Source: systemd.exec(5) for `$STATE_DIRECTORY`, the XDG Base Directory Specification.

use std::path::PathBuf;

use super::filled;

/// systemd's choice, else the system's place for root, else the user's.
#[must_use]
pub fn default() -> PathBuf {
    let variable = |name| filled(name).map(PathBuf::from);
    if let Some(dirs) = variable("STATE_DIRECTORY") {
        // systemd joins several with colons; the first is ours.
        let text = dirs.to_string_lossy().into_owned();
        return PathBuf::from(text.split(':').next().unwrap_or_default());
    }
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/vmimap");
    }
    variable("XDG_STATE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/state")))
        .unwrap_or_else(|| PathBuf::from("."))
        .join("vmimap")
}
