//! What lies above the folders: contexts, boxes, and whatever else people put there.
//!
//! Separate from the walk so that its judgements on stray names, links and wrong levels stand
//! together. Nothing here reads a message.

use std::path::Path;

use super::catalogue as code;
use super::files::{Dir, Item, Kind, OpenError};
use super::layout::{self, FolderName};
use super::notes::{Notes, refusal};
use super::scan::SpoolBox;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::notice::CodeRow;
use crate::voicemail::vmbox::VoicemailBox;

/// Lists the boxes of one context.
pub(super) fn boxes_of(
    root: &Path,
    context: &str,
    dir: &Dir,
    boxes: &mut Vec<SpoolBox>,
    notes: &mut Notes,
) {
    let items = match dir.list() {
        Ok(items) => sorted(items),
        Err(error) => {
            notes.push(
                &code::UNREADABLE,
                dir.shown(),
                format!("cannot be read: {error}"),
            );
            return;
        }
    };
    for item in items {
        let folder = item.name.to_str().and_then(VoicemailFolder::from_dir_name);
        if let (Some(folder), Kind::Dir) = (folder, item.kind) {
            let why = format!("{folder} is a folder, not a mailbox: one level too deep");
            notes.stray(&code::WRONG_LEVEL, &dir.show(&item.name), why);
            continue;
        }
        if item.kind == Kind::Link {
            // Opened only to see where it leads.
            let Some(target) = open_upper(dir, &item, root, notes) else {
                continue;
            };
            if target.contains(dir) {
                let why = "links to its own context, or above it";
                notes.stray(&code::TWICE, target.shown(), why);
                continue;
            }
        } else if item.kind != Kind::Dir {
            report_upper(dir, &item, notes);
            continue;
        }
        if let Some(extension) = usable_name(dir, &item, notes) {
            boxes.push(SpoolBox {
                vmbox: VoicemailBox::new(extension, context),
                path: root.join(context).join(extension),
            });
        }
    }
}

/// What tells whether two directories are one.
pub(super) fn identity(dir: &Dir) -> Option<(u64, u64)> {
    dir.stamp().map(|stamp| (stamp.dev, stamp.ino)).ok()
}

pub(super) fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    items
}

/// The code and words for a directory that was not opened.
pub(super) fn unusable_dir(error: &OpenError) -> (CodeRow, String) {
    match error {
        OpenError::WrongKind => (code::SPECIAL, "is not a directory".to_owned()),
        other => refusal(other),
    }
}

/// Opens a directory above the folders, or says why not.
pub(super) fn open_upper(parent: &Dir, item: &Item, root: &Path, notes: &mut Notes) -> Option<Dir> {
    if !matches!(item.kind, Kind::Dir | Kind::Link) {
        report_upper(parent, item, notes);
        return None;
    }
    match parent.open_dir(&item.name, root) {
        Ok(dir) => Some(dir),
        Err(OpenError::WrongKind) => {
            report_upper(parent, item, notes);
            None
        }
        Err(error) => {
            let (row, why) = refusal(&error);
            notes.stray(&row, &parent.show(&item.name), why);
            None
        }
    }
}

fn report_upper(parent: &Dir, item: &Item, notes: &mut Notes) {
    let place = parent.show(&item.name);
    if item.kind == Kind::Other {
        notes.stray(&code::SPECIAL, &place, "not a regular file, not opened");
        return;
    }
    let name = item
        .name
        .to_str()
        .map_or(FolderName::Other, layout::in_folder);
    if let FolderName::Message { .. } = name {
        let why = "a message file above the folders: this looks like a folder";
        notes.once(&code::WRONG_LEVEL, &place, why);
    } else {
        notes.stray(
            &code::STRAY,
            &place,
            "no part of a voicemail spool, not read",
        );
    }
}

/// A name that can be a context or an extension.
pub(super) fn usable_name<'i>(parent: &Dir, item: &'i Item, notes: &mut Notes) -> Option<&'i str> {
    let name = item.name.to_str();
    let usable = name.filter(|name| !name.chars().any(char::is_control));
    if usable.is_none() {
        let why = "the name is not UTF-8 or holds control characters";
        notes.stray(&code::UNUSABLE_NAME, &parent.show(&item.name), why);
    }
    usable
}

/// Reports something in a box that is neither folder nor greeting.
pub(super) fn report_in_box(dir: &Dir, item: &Item, root: &Path, notes: &mut Notes) {
    let place = dir.show(&item.name);
    let (row, why) = match item.kind {
        Kind::Other => (code::SPECIAL, "not a regular file, not opened"),
        Kind::File if is_message(item) => (
            code::UNKNOWN_FOLDER,
            "a message outside of every folder, not read",
        ),
        Kind::File => (code::STRAY, "no part of a voicemail box, not read"),
        Kind::Dir | Kind::Link => match dir.open_dir(&item.name, root) {
            Ok(sub) if holds_messages(&sub) => (
                code::UNKNOWN_FOLDER,
                "an unknown folder with messages, not read",
            ),
            Ok(sub) if holds_folders(&sub) => (
                code::WRONG_LEVEL,
                "a mailbox inside a mailbox: one level too high",
            ),
            Err(OpenError::LeadsOut(_) | OpenError::Dangling) => {
                (code::LEADS_OUT, "links out of the spool, or nowhere")
            }
            _ => (code::STRAY, "no part of a voicemail box, not read"),
        },
    };
    notes.stray(&row, &place, why);
}

fn holds_folders(dir: &Dir) -> bool {
    dir.list().is_ok_and(|items| {
        items.iter().any(|item| {
            let folder = item.name.to_str().and_then(VoicemailFolder::from_dir_name);
            folder.is_some() && item.kind == Kind::Dir
        })
    })
}

fn holds_messages(dir: &Dir) -> bool {
    dir.list().is_ok_and(|items| items.iter().any(is_message))
}

fn is_message(item: &Item) -> bool {
    let name = item
        .name
        .to_str()
        .map_or(FolderName::Other, layout::in_folder);
    matches!(name, FolderName::Message { .. })
}
