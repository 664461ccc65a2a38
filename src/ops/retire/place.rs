//! A folder of a spool: named in both directories, in the journal, and to people.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::depot::Dir;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::vmbox::VoicemailBox;

/// `CONTEXT/EXTENSION/FOLDER`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The context.
    pub context: String,
    /// The extension.
    pub extension: String,
    /// The directory of the folder.
    pub folder: String,
}

impl Place {
    /// A box's folder.
    #[must_use]
    pub fn new(vmbox: &VoicemailBox, folder: VoicemailFolder) -> Self {
        Self {
            context: vmbox.context.clone(),
            extension: vmbox.extension.clone(),
            folder: folder.as_str().to_owned(),
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn vmbox(&self) -> VoicemailBox {
        VoicemailBox::new(self.extension.as_str(), self.context.as_str())
    }

    /// Which folder it is, of those that Asterisk knows.
    #[must_use]
    pub fn kind(&self) -> Option<VoicemailFolder> {
        VoicemailFolder::from_dir_name(&self.folder)
    }

    fn names(&self) -> [&str; 3] {
        [&self.context, &self.extension, &self.folder]
    }

    /// Its directory below a root, if it is there. Links are not followed.
    ///
    /// # Errors
    /// Where something of its names is no directory, and the system's.
    pub fn existing(&self, root: &Dir) -> io::Result<Option<Dir>> {
        let [context, extension, folder] = self.names();
        let Some(context) = root.existing(context)? else {
            return Ok(None);
        };
        let Some(vmbox) = context.existing(extension)? else {
            return Ok(None);
        };
        vmbox.existing(folder)
    }

    /// Its directory below a root, made where it is missing. Links are not followed.
    ///
    /// # Errors
    /// As [`existing`](Self::existing)'s.
    pub fn make(&self, root: &Dir) -> io::Result<Dir> {
        let [context, extension, folder] = self.names();
        root.child(context)?.child(extension)?.child(folder)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}: {}", self.extension, self.context, self.folder)
    }
}
