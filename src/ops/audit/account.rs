//! The walk through one account: its folders listed, and its recordings where they are asked for.
//!
//! A question that broke with its connection is asked once more from the beginning, so what was
//! noted until then is forgotten: each message is told once.

use std::collections::HashMap;

use crate::mailstore::error::StoreError;
use crate::mailstore::session::{Overview, Session};
use crate::mailstore::types::{Asked, ListedFolder, Namespace, Uid};
use crate::ops::error::BoxError;
use crate::ops::folders::greetings_folder;
use crate::ops::index::{self, Layout};
use crate::ops::lane::Lane;
use crate::ops::readings;
use crate::voicemail::folder::VoicemailFolder;
use crate::voicemail::terms::Terms;
use crate::voicemail::vmbox::VoicemailBox;

use super::Audit;
use super::book::Book;
use super::rules::sound;

/// Recordings asked for at once; a UID each is all that is kept of them.
const AT_ONCE: usize = 500;

/// Reads an account into the book.
pub fn read(
    audit: &Audit<'_>,
    everybody: &HashMap<Terms, &VoicemailBox>,
    lane: &mut Lane<'_>,
    book: &mut Book,
) -> Result<(), BoxError> {
    lane.ask(|session, overview| {
        book.forget();
        let mut layout = Layout::new(audit.conf, book.boxes(), overview)?;
        for name in candidates(audit, overview) {
            layout.shelf(&name.name);
        }
        let greetings = audit.conf.general.imapgreetings.value;
        let greetings = greetings
            .then(|| greetings_folder(audit.conf))
            .transpose()?;
        if let Some(name) = &greetings {
            layout.shelf(name);
        }
        book.begin(&layout, greetings.as_ref(), overview.namespace.delimiter);
        let outcome = index::read(
            session,
            overview,
            &mut layout,
            &Asked::everything(),
            &mut |layout, message| book.take(audit, everybody, layout, &message),
        );
        book.end(&layout);
        outcome?;
        if audit.options.audio {
            listen(session, &layout, book)?;
        }
        Ok(())
    })
}

/// Folders beside those that phones open which may hold voicemail: those with a voicemail folder's
/// name, wherever they lie, or all.
fn candidates<'o>(
    audit: &Audit<'_>,
    overview: &'o Overview,
) -> impl Iterator<Item = &'o ListedFolder> {
    let everywhere = audit.options.everywhere;
    let foreign = |folder: &ListedFolder| {
        let spaces = &overview.namespaces;
        let mut spaces = spaces.other_users.iter().chain(&spaces.shared);
        spaces.any(|space: &Namespace| {
            !space.prefix.is_empty() && folder.name.as_wire().starts_with(&space.prefix)
        })
    };
    overview.folders.iter().filter(move |folder| {
        folder.selectable && !foreign(folder) && (everywhere || has_voicemail_name(folder))
    })
}

fn has_voicemail_name(folder: &ListedFolder) -> bool {
    let wire = folder.name.as_wire();
    let last = folder
        .delimiter
        .and_then(|delimiter| wire.rsplit(delimiter).next())
        .unwrap_or(wire);
    let mut all = VoicemailFolder::ALL.into_iter();
    all.any(|known| known.as_str().eq_ignore_ascii_case(last))
}

/// Looks at the recordings of every voicemail in the book, and of the greetings that Asterisk plays.
fn listen(session: &mut Session, layout: &Layout, book: &mut Book) -> Result<(), StoreError> {
    for (at, shelf) in layout.shelves.iter().enumerate() {
        let uids = book.recordings(at);
        if uids.is_empty() {
            continue;
        }
        let state = session.examine(&shelf.name)?;
        if shelf.state.map(|known| known.uid_validity) != Some(state.uid_validity) {
            return Err(StoreError::Incomplete {
                folder: shelf.name.to_string(),
                expected: uids.len() as u64,
                got: 0,
            });
        }
        for some in uids.chunks(AT_ONCE) {
            let mut came = Vec::with_capacity(some.len());
            readings::each(session, some, &mut |info, reader| {
                came.push(info.uid);
                if let Some(heard) = reader.into_sound() {
                    let digest = heard.decoded.map(|(digest, _)| digest);
                    book.heard(at, info.uid, digest, sound::faults(&heard));
                }
            })?;
            came.sort_unstable();
            let missing: Vec<Uid> = some
                .iter()
                .copied()
                .filter(|uid| came.binary_search(uid).is_err())
                .collect();
            // What was removed meanwhile is no fault; what is there and did not come is one.
            session.envelopes_of(&missing, &Asked::default(), &mut |envelope| {
                book.not_delivered(at, envelope.uid);
            })?;
        }
    }
    Ok(())
}
