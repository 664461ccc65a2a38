//! Taking a set's files from a folder: each is renamed first and looked at again, so that what goes is
//! the very file that was meant, also where somebody renumbers without the folder's lock.

use std::io;

use super::{Likeness, MoveError, SetFile, name, said, txt_last};
use crate::depot::dir::Dir;
use crate::spool::message_file;

/// Looks for what is renumbered meanwhile.
const LOOKS: u32 = 100;
/// Looks that have to find nothing: one alone may miss what is renamed while it reads the directory.
const CLEAN: u32 = 2;

/// Takes the files of a set that lies under this number from a folder, the txt first, and tells whether
/// all of them were there. What is gone already is no error, and what is another file by now stays.
///
/// # Errors
/// Then some may still be there.
pub fn clear(
    dir: &Dir,
    number: u32,
    files: &[SetFile],
    likeness: Likeness,
) -> Result<bool, MoveError> {
    let mut all = true;
    for file in txt_last(files).rev() {
        let waited = finish(dir, file, likeness)?;
        let name = name(number, &file.extension);
        let is = dir.stamp(&name).map_err(said(&name))?;
        let meant = is.is_some_and(|(stamp, _)| likeness.holds(file, &stamp));
        let taken = meant && take_away(dir, &name, file, likeness)?;
        all &= taken || waited;
    }
    Ok(all)
}

/// As [`clear`], wherever the files have been renumbered to, and where some of them have gone already.
/// Looks until it finds none of them several times in a row: somebody who renumbers without the folder's lock
/// may move one on between a look and the taking away.
///
/// # Errors
/// As [`clear`]'s.
pub fn clear_rest(dir: &Dir, files: &[SetFile]) -> Result<(), MoveError> {
    let mut clean = 0;
    for _ in 0..LOOKS {
        clean = if take_wherever(dir, files)? {
            0
        } else {
            clean + 1
        };
        if clean == CLEAN {
            return Ok(());
        }
    }
    let why = "is renumbered all the time";
    Err(said("the message")(io::Error::other(why)))
}

/// Takes what one look finds of the files, and tells whether there was any, or may have been: a name
/// that is gone by the time it is looked at is another one now.
fn take_wherever(dir: &Dir, files: &[SetFile]) -> Result<bool, MoveError> {
    let mut found = false;
    for file in txt_last(files).rev() {
        found |= finish(dir, file, Likeness::Same)?;
        for (there, _) in dir.names().map_err(said("the folder"))? {
            if message_file(&there).is_none_or(|(_, extension)| extension != file.extension) {
                continue;
            }
            let Some((stamp, regular)) = dir.stamp(&there).map_err(said(&there))? else {
                found = true;
                continue;
            };
            let meant = regular && Likeness::Same.holds(file, &stamp);
            found |= meant;
            match meant.then(|| take_away(dir, &there, file, Likeness::Same)) {
                // Another file had its name by then, and has it again.
                Some(Err(MoveError::Changed(_))) | None => {}
                Some(taken) => drop(taken?),
            }
        }
    }
    Ok(found)
}

/// Removes what was brought of a set that is still whole at its old place.
///
/// # Errors
/// As [`clear`]'s.
pub fn discard(dir: &Dir, number: u32, files: &[SetFile]) -> Result<(), MoveError> {
    clear(dir, number, files, Likeness::Brought).map(drop)
}

/// The name under which a file waits for its end.
fn waiting(file: &SetFile) -> String {
    format!(
        ".vmimap-{:x}-{:x}.gone",
        file.stamp.ino, file.stamp.mtime_ns
    )
}

/// Removes what a run that was killed has renamed and not removed, and tells whether there was any.
fn finish(dir: &Dir, file: &SetFile, likeness: Likeness) -> Result<bool, MoveError> {
    let hidden = waiting(file);
    let io = said(&hidden);
    match dir.stamp(&hidden).map_err(&io)? {
        Some((stamp, _)) if likeness.holds(file, &stamp) => {
            dir.remove(&hidden).map_err(&io)?;
            Ok(true)
        }
        Some(_) => Err(MoveError::Changed(hidden)),
        None => Ok(false),
    }
}

/// Removes the file of this name, and tells whether there was one.
pub(super) fn take_away(
    dir: &Dir,
    name: &str,
    file: &SetFile,
    likeness: Likeness,
) -> Result<bool, MoveError> {
    let hidden = waiting(file);
    let io = said(name);
    match dir.rename_new(name, &hidden) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        result => result.map_err(&io)?,
    }
    let is = dir.stamp(&hidden).map_err(&io)?;
    if is.is_some_and(|(stamp, _)| likeness.holds(file, &stamp)) {
        dir.remove(&hidden).map_err(&io)?;
        return Ok(true);
    }
    dir.rename_new(&hidden, name).map_err(&io)?;
    Err(MoveError::Changed(name.to_owned()))
}
