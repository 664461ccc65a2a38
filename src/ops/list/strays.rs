//! Folders that no phone opens although voicemail is known to end up there.
//!
//! The phone's "save to folder" copies to a top-level Work even where it reads `PARENT/Work`, the
//! README of 2006 asked for a folder called Old, and mail programs file things below INBOX. Only
//! folders that bear the name of a voicemail folder, beside the ones that phones open, are looked
//! at: to read somebody's whole account for a stray voicemail would cost more than it tells.
//!
//! Source: asterisk-findings 1.8, 1.9 (tried on a running Asterisk).

use std::collections::HashSet;

use crate::mailstore::name::MailboxName;
use crate::mailstore::session::Overview;
use crate::ops::index::Layout;
use crate::voicemail::folder::VoicemailFolder;

/// The voicemail folder whose name this folder bears, in any case; below whatever it lies.
pub(in crate::ops) fn called(
    name: &MailboxName,
    delimiter: Option<char>,
) -> Option<VoicemailFolder> {
    let wire = name.as_wire();
    let leaf = delimiter.and_then(|delimiter| wire.rsplit(delimiter).next());
    let leaf = leaf.unwrap_or(wire);
    VoicemailFolder::ALL
        .into_iter()
        .find(|folder| folder.as_str().eq_ignore_ascii_case(leaf))
}

/// Adds the account's stray folders to what is looked at.
pub(in crate::ops) fn add(layout: &mut Layout, overview: &Overview, parent: Option<&str>) {
    let delimiter = overview.namespace.delimiter;
    let mut above: HashSet<String> = HashSet::from([String::new()]);
    above.insert(overview.namespace.prefix.clone());
    if let Some(delimiter) = delimiter {
        above.insert(format!("INBOX{delimiter}"));
        above.extend(parent.map(|parent| format!("{parent}{delimiter}")));
        let folders = layout.maps.iter().map(|map| map.imapfolder().as_wire());
        above.extend(folders.map(|folder| format!("{folder}{delimiter}")));
    }
    for listed in overview.folders.iter().filter(|one| one.selectable) {
        let wire = listed.name.as_wire();
        let end = delimiter.and_then(|delimiter| wire.rfind(delimiter));
        let base = end.map_or("", |end| wire.get(..=end).unwrap_or_default());
        let bears_a_name = called(&listed.name, delimiter);
        if bears_a_name.is_some_and(|folder| folder != VoicemailFolder::Inbox)
            && above.contains(base)
        {
            layout.shelf(&listed.name);
        }
    }
}
