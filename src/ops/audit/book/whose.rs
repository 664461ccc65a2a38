//! Whose a message is, whether a phone opens its folder, and whether it was asked for.

use std::collections::HashMap;

use crate::ops::audit::Audit;
use crate::ops::audit::rules::{Owner, Stored};
use crate::ops::audit::twins::{Trace, mark};
use crate::ops::index::{Indexed, Layout};
use crate::voicemail::folder::{Home, VoicemailFolder};
use crate::voicemail::header::VmHeader;
use crate::voicemail::list::List;
use crate::voicemail::parse::leading_number;
use crate::voicemail::source_key::is_no_msg_id;
use crate::voicemail::terms::Terms;
use crate::voicemail::vmbox::VoicemailBox;

/// Whose a message is.
pub(super) fn owner(message: &Indexed, everybody: &HashMap<Terms, &VoicemailBox>) -> Owner {
    match (&message.extension, &message.context) {
        _ if !message.owners().is_empty() => Owner::Here,
        (Some(extension), Some(context)) => match everybody.get(&Terms::new(extension, context)) {
            Some(vmbox) => Owner::Elsewhere((*vmbox).clone()),
            None => Owner::Nobody(VoicemailBox::new(extension, context)),
        },
        _ => Owner::Unnamed,
    }
}

/// Whether a phone opens the folder: one of the owner's, or anybody's for a message that has none.
pub(super) fn opened(layout: &Layout, message: &Indexed) -> bool {
    let roles = layout.shelves[message.shelf].roles.iter();
    let mut roles =
        roles.filter(|(vmbox, _)| message.owners().is_empty() || message.belongs_to(*vmbox));
    roles.any(|(_, home)| List::shown(*home, false, false).is_some())
}

/// Whether the message is among those asked for. A time that cannot be read excludes nothing.
pub(super) fn chosen(
    audit: &Audit<'_>,
    layout: &Layout,
    message: &Indexed,
    mailbox: Option<usize>,
    stored: &Stored<'_>,
) -> bool {
    let selection = &audit.options.selection;
    let flags = message.envelope.flags;
    let home = mailbox.and_then(|at| layout.home(message.shelf, at));
    let folder = match home {
        Some(Home::Named(folder)) => Some(folder),
        Some(Home::ImapFolder) if flags.seen => Some(VoicemailFolder::Old),
        Some(Home::ImapFolder) if flags.flagged => Some(VoicemailFolder::Urgent),
        Some(Home::ImapFolder) => Some(VoicemailFolder::Inbox),
        None => None,
    };
    let folder_asked = selection.folders.is_empty()
        || folder.is_some_and(|folder| selection.folders.contains(&folder));
    let time = time_of(stored).filter(|time| *time > 0);
    let time = time.or(message.envelope.internal_date);
    let time_asked = time.is_none_or(|time| {
        selection.since.is_none_or(|since| time >= since)
            && selection.until.is_none_or(|until| time < until)
    });
    folder_asked && time_asked
}

/// When it was left, as Asterisk reads it.
fn time_of(stored: &Stored<'_>) -> Option<i64> {
    leading_number(&stored.view.text(VmHeader::OrigTime)?)
}

/// What is remembered of a voicemail, to tell copies by.
pub(super) fn trace(message: &Indexed, mailbox: Option<usize>, stored: &Stored<'_>) -> Trace {
    let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let msg_id = stored.view.text(VmHeader::MessageId);
    let msg_id = msg_id.filter(|id| !is_no_msg_id(id.trim()));
    Trace {
        shelf: small(message.shelf),
        uid: message.envelope.uid,
        owner: mailbox.map(small),
        message_id: message.envelope.field("Message-ID").map(|id| mark(&id)),
        msg_id: msg_id.map(|id| mark(id.trim())),
        left: time_of(stored),
        audio: None,
        greeting: false,
    }
}
