//! What a voicemail is: values in, values out, and the bytes between them.
//!
//! Nothing here opens a socket or walks a spool. The one exception to "no I/O" is
//! [`conf::load`], which has to follow `#include` lines to other files.
//!
//! Words (see `docs/glossary.md`): a [`vmbox::VoicemailBox`] is `extension@context`, a
//! [`folder::VoicemailFolder`] is INBOX, Old, Urgent, Work, ...; the IMAP mailbox a message ends
//! up in is a third thing and lives in `mailstore`.

pub mod audio;
pub mod compose;
pub mod conf;
pub mod folder;
pub mod greeting;
pub mod header;
pub mod list;
pub mod message;
pub mod notice;
pub mod parse;
pub mod source_key;
pub mod terms;
pub mod txt;
pub mod vmbox;
