//! The folders Asterisk knows, and where each of them goes in IMAP.
//!
//! Source: `app_voicemail.c`, `mailbox_folders[]` and `imap_mailbox_name()`; what the flags do was
//! tried on a running Asterisk 22. In IMAP mode INBOX, Old and Urgent are one and the same IMAP
//! folder, told apart by `\Seen` and `\Flagged` only.

use std::fmt;

use serde::{Serialize, Serializer};

/// A folder as Asterisk's phone menu and file spool know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the names are the documentation
pub enum VoicemailFolder {
    Inbox,
    Old,
    Work,
    Family,
    Friends,
    Cust1,
    Cust2,
    Cust3,
    Cust4,
    Cust5,
    Deleted,
    Urgent,
}

impl VoicemailFolder {
    /// Every folder, in Asterisk's numbering (0 to 11).
    pub const ALL: [Self; 12] = [
        Self::Inbox,
        Self::Old,
        Self::Work,
        Self::Family,
        Self::Friends,
        Self::Cust1,
        Self::Cust2,
        Self::Cust3,
        Self::Cust4,
        Self::Cust5,
        Self::Deleted,
        Self::Urgent,
    ];

    /// The name of the folder's directory in the spool, and of its IMAP folder where it has one.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbox => "INBOX",
            Self::Old => "Old",
            Self::Work => "Work",
            Self::Family => "Family",
            Self::Friends => "Friends",
            Self::Cust1 => "Cust1",
            Self::Cust2 => "Cust2",
            Self::Cust3 => "Cust3",
            Self::Cust4 => "Cust4",
            Self::Cust5 => "Cust5",
            Self::Deleted => "Deleted",
            Self::Urgent => "Urgent",
        }
    }

    /// The folder with exactly this directory name (case matters, as on disk).
    #[must_use]
    pub fn from_dir_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|folder| folder.as_str() == name)
    }

    /// Where Asterisk's IMAP storage looks for this folder's messages.
    #[must_use]
    pub const fn placement(self) -> Placement {
        match self {
            Self::Inbox => Placement {
                home: Home::ImapFolder,
                seen: false,
                flagged: false,
            },
            Self::Old => Placement {
                home: Home::ImapFolder,
                seen: true,
                flagged: false,
            },
            Self::Urgent => Placement {
                home: Home::ImapFolder,
                seen: false,
                flagged: true,
            },
            // Unseen messages there are counted as new by VM_INFO for that folder: `\Seen` keeps
            // the counts as they were in the file spool.
            named => Placement {
                home: Home::Named(named),
                seen: true,
                flagged: false,
            },
        }
    }
}

impl fmt::Display for VoicemailFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for VoicemailFolder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Which IMAP folder a voicemail folder lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Home {
    /// The one named by `imapfolder` (INBOX unless set).
    ImapFolder,
    /// A folder of its own, below `imapparentfolder` where that is set.
    Named(VoicemailFolder),
}

/// The IMAP folder and flags that make Asterisk show a message in a voicemail folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Placement {
    /// The IMAP folder.
    pub home: Home,
    /// Whether `\Seen` is set.
    pub seen: bool,
    /// Whether `\Flagged` is set.
    pub flagged: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directory_name_finds_its_folder() {
        for folder in VoicemailFolder::ALL {
            assert_eq!(
                VoicemailFolder::from_dir_name(folder.as_str()),
                Some(folder)
            );
        }
        assert_eq!(VoicemailFolder::from_dir_name("inbox"), None);
        assert_eq!(VoicemailFolder::from_dir_name("tmp"), None);
    }

    #[test]
    fn old_and_urgent_share_imapfolder_and_differ_by_flags() {
        let old = VoicemailFolder::Old.placement();
        let urgent = VoicemailFolder::Urgent.placement();
        assert_eq!(
            (old.home, old.seen, old.flagged),
            (Home::ImapFolder, true, false)
        );
        assert_eq!(
            (urgent.home, urgent.seen, urgent.flagged),
            (Home::ImapFolder, false, true)
        );
    }
}
