//! Files with passwords in them that everybody on the machine can read.
//!
//! Not part of [`super::load`]: whoever reads the configuration every night need not be told every
//! night. Looks at modes only, also at those of the folders above: behind a closed door a file may
//! have any mode.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use super::catalogue::EXPOSED;
use super::{Origin, VoicemailConf};
use crate::voicemail::notice::Notice;

/// A remark on each file.
pub(super) fn of(conf: &VoicemailConf) -> Vec<Notice> {
    let filled = |secret: &SecretString| !secret.expose_secret().is_empty();
    let mut files: BTreeSet<&Path> = BTreeSet::new();
    let general = &conf.general.authpassword;
    if let Origin::Line(place) = &general.origin
        && filled(&general.value)
    {
        files.insert(&place.file);
    }
    let own = conf.mailboxes.iter();
    let own = own.filter(|one| one.options.imappassword.as_ref().is_some_and(filled));
    files.extend(own.map(|one| &*one.origin.file));
    let exposed = files.into_iter().filter_map(|file| {
        let mode = open_to_all(file)?;
        let message = format!("can be read by everybody (mode {mode:04o}) and holds passwords");
        Some(Notice::new(&EXPOSED, file.display().to_string(), message))
    });
    exposed.collect()
}

/// The file's mode, where everybody can read it.
fn open_to_all(file: &Path) -> Option<u32> {
    // What cannot be looked at (an #exec line, a file that has gone) is no secret's place.
    let file = file.canonicalize().ok()?;
    let mode = |path: &Path| Some(path.metadata().ok()?.mode() & 0o7777);
    let mut above = file.ancestors().skip(1);
    let reached = above.all(|dir| mode(dir).is_some_and(|mode| mode & 0o001 != 0));
    let own = mode(&file).filter(|mode| mode & 0o004 != 0);
    own.filter(|_| reached)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::voicemail::conf::{LoadOptions, load};

    /// The files that are told about, by name, with these modes of folder, main and included file.
    fn told(modes: [u32; 3], general: &str, boxes: &str) -> Vec<String> {
        let top = tempfile::tempdir_in("/tmp").unwrap();
        fs::set_permissions(&top, Permissions::from_mode(0o755)).unwrap();
        let dir = top.path().join("asterisk");
        fs::create_dir(&dir).unwrap();
        let (main, more) = (dir.join("voicemail.conf"), dir.join("more.conf"));
        fs::write(&more, format!("[a]\n{boxes}\n")).unwrap();
        let text = format!("[general]\n{general}\n#include \"{}\"\n", more.display());
        fs::write(&main, text).unwrap();
        for (path, mode) in [&dir, &main, &more].into_iter().zip(modes) {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        let conf = load(&main, &LoadOptions::default()).unwrap();
        let told = of(&conf).into_iter().map(|notice| {
            assert_eq!(notice.code, "VMC042");
            assert!(!notice.to_string().contains("hush"), "{notice}");
            let name = Path::new(&notice.place).file_name().unwrap();
            name.to_str().unwrap().to_owned()
        });
        told.collect()
    }

    #[test]
    fn a_file_with_a_password_that_everybody_can_reach_and_read_is_told() {
        let (general, own) = (
            "authpassword=hush",
            "1 => 1,,,,imapuser=u|imappassword=hush",
        );
        assert_eq!(told([0o755, 0o644, 0o640], general, ""), ["voicemail.conf"]);
        assert_eq!(told([0o755, 0o640, 0o644], "", own), ["more.conf"]);
        let both = told([0o755, 0o644, 0o644], general, own);
        assert_eq!(both, ["more.conf", "voicemail.conf"]);
    }

    #[test]
    fn a_file_without_a_password_or_behind_a_closed_door_is_nobodys_business() {
        let own = "1 => 1,,,,imapuser=u|imappassword=hush";
        assert!(told([0o755, 0o644, 0o640], "", own).is_empty());
        assert!(told([0o750, 0o644, 0o644], "", own).is_empty());
        assert!(told([0o755, 0o644, 0o644], "", "1 => 1,,,,imapuser=u").is_empty());
    }
}
