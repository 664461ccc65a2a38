//! The journal of moves of several state directories: one of them as a whole, or none.
//!
//! A later line of it tells what became of an earlier one, so two that each know of something the other
//! does not are not put together. Nor is it left behind: what was retired would be taken for deleted by
//! phone, and could not be brought back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::replace;
use crate::ops::jsonl::named;
use crate::ops::retire::record::{FILE, Record};

/// Takes over what one source knows, where the target and the others know no more than its beginning.
pub(super) fn merge(sources: &[PathBuf], target: &Path, dry_run: bool) -> io::Result<bool> {
    let own = whole(target)?;
    let mut longest = own.clone();
    for source in sources {
        let other = whole(source)?;
        if other.starts_with(&longest) {
            longest = other;
        } else if !longest.starts_with(&other) {
            return Err(refused(
                source,
                "what was retired there and what was retired elsewhere are not put together; keep this \
                 state directory for vmimap retire --undo",
            ));
        }
    }
    if longest == own {
        return Ok(false);
    }
    if !dry_run {
        replace(&target.join(FILE), &mut |out| out.write_all(&longest))?;
    }
    Ok(true)
}

/// The whole lines of a journal of moves in which no run was cut; a missing one has none.
fn whole(state_dir: &Path) -> io::Result<Vec<u8>> {
    // Says of a damaged line what every reader says of it.
    if Record::read(state_dir)?.open().is_some() {
        let why =
            "a run was cut there; vmimap retire with this state directory ends what it had begun";
        return Err(refused(state_dir, why));
    }
    let path = state_dir.join(FILE);
    let mut octets = match fs::read(&path) {
        Ok(octets) => octets,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(named(&path, &error)),
    };
    let end = octets.iter().rposition(|octet| *octet == b'\n');
    octets.truncate(end.map_or(0, |end| end + 1));
    Ok(octets)
}

fn refused(state_dir: &Path, why: &str) -> io::Error {
    let text = format!("{}: {why}", state_dir.join(FILE).display());
    io::Error::new(io::ErrorKind::InvalidData, text)
}
