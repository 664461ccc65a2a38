//! A spool as a tar archive: the same paths, in the order in which they are added, with nothing of
//! the moment or the machine in it, so that two archives of the same messages are the same octets.
//!
//! Separate from the directory because an archive has no lock, no numbers of others and no second
//! look. Source: POSIX.1-2001 pax (by the crate).

use std::io::{self, Read, Seek, SeekFrom, Write};

use tar::{Builder, EntryType, Header};

use super::dir::Owner;
use super::sums;
use crate::voicemail::source_key::AudioDigest;

/// An archive that is being written.
pub struct Archive {
    builder: Builder<Box<dyn Write + Send>>,
    owner: Owner,
    sums: Option<String>,
}

impl Archive {
    /// An archive that goes to `out`; `sums` adds a `SHA256SUMS` at its end.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, owner: Owner, sums: bool) -> Self {
        Self {
            builder: Builder::new(out),
            owner,
            sums: sums.then(String::new),
        }
    }

    /// Adds a file.
    ///
    /// # Errors
    /// Where the archive cannot be written; it is of no more use then.
    pub fn add(
        &mut self,
        path: &str,
        mode: u32,
        mtime: i64,
        file: &mut (impl Read + Seek),
        digest: &AudioDigest,
    ) -> io::Result<()> {
        if let Some(sums) = &mut self.sums {
            sums.push_str(&sums::line(path, &digest.to_string()));
        }
        self.add_file(path, mode, mtime, file)
    }

    fn add_file(
        &mut self,
        path: &str,
        mode: u32,
        mtime: i64,
        file: &mut (impl Read + Seek),
    ) -> io::Result<()> {
        let octets = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(octets);
        header.set_mode(mode);
        header.set_mtime(u64::try_from(mtime).unwrap_or(0));
        header.set_uid(self.owner.uid.unwrap_or(0).into());
        header.set_gid(self.owner.gid.unwrap_or(0).into());
        self.builder.append_data(&mut header, path, file)
    }

    /// Ends the archive with the manifest and, where asked for, the sums; all of it is on its way to
    /// the disk when this returns.
    ///
    /// # Errors
    /// Where the archive cannot be written.
    pub fn finish(mut self, manifest: &mut (impl Read + Seek), name: &str) -> io::Result<()> {
        self.add_file(name, 0o644, 0, manifest)?;
        if let Some(sums) = self.sums.take() {
            let mut sums = io::Cursor::new(sums.into_bytes());
            self.add_file("SHA256SUMS", 0o644, 0, &mut sums)?;
        }
        self.builder.into_inner()?.flush()
    }
}
