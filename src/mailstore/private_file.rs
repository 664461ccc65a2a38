//! Whether a file that holds a secret is out of other people's reach.
//!
//! Judges what an open file's metadata say; neither opens nor changes anything, and does not look at
//! the folders above. Members of the file's group may read: `root:asterisk 0640` is how Debian
//! keeps voicemail.conf itself, and how a service that is not its owner gets to read a secret.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// What speaks against trusting a file, without its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// What is wrong.
    pub why: String,
    /// The command that mends it, to be followed by the file's name.
    pub cure: &'static str,
}

/// What speaks against trusting the file, if anything: everybody can use it, its group can change
/// it, or it belongs to somebody who is neither root nor the caller.
#[must_use]
pub fn objection(metadata: &Metadata) -> Option<Objection> {
    let caller = rustix::process::geteuid().as_raw();
    judge(metadata.mode() & 0o7777, metadata.uid(), caller)
}

fn judge(mode: u32, owner: u32, caller: u32) -> Option<Objection> {
    let no = |why: String, cure| Some(Objection { why, cure });
    if mode & 0o007 != 0 {
        let why = format!("can be used by everybody (mode {mode:04o})");
        no(why, "chmod 600")
    } else if mode & 0o020 != 0 {
        let why = format!("can be changed by its group (mode {mode:04o})");
        no(why, "chmod 600")
    } else if owner != 0 && owner != caller {
        let why = format!("belongs to user {owner}, who is neither root nor the caller");
        no(why, "chown root")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_the_caller_may_keep_it_and_its_group_may_read_it() {
        for (mode, owner) in [(0o600, 0), (0o400, 7), (0o640, 0), (0o440, 7)] {
            assert_eq!(judge(mode, owner, 7), None, "{mode:o}");
        }
        for (mode, owner, says) in [
            (0o604, 7, "everybody"),
            (0o601, 7, "everybody"),
            (0o660, 7, "its group (mode 0660)"),
            (0o600, 8, "belongs to user 8"),
        ] {
            let why = judge(mode, owner, 7).unwrap().why;
            assert!(why.contains(says), "{mode:o}: {why}");
        }
        assert!(judge(0o600, 7, 0).is_some(), "root trusts no one else");
    }
}
