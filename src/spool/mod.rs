//! Asterisk's file storage, read only: `ROOT/CONTEXT/MAILBOX/FOLDER/msgNNNN.{txt,EXT}`.
//!
//! [`Spool::open`], then [`Spool::boxes`], then [`Spool::scan_box`] for one box at a time: memory
//! is bounded by the largest box, not by the spool. Nothing here writes, renames or removes anything
//! or keeps a lock, and nothing is opened that is not a regular file inside the spool.
//!
//! Every oddity becomes a coded notice ([`CATALOGUE`]); none is an error that stops the rest.
//! Source: `app_voicemail.c` (`make_dir`, `make_file`, `last_message_index`, `leave_voicemail`).

mod box_scan;
mod catalogue;
mod entry;
pub mod envelope;
mod files;
mod folder;
mod greeting;
mod layout;
mod leftover;
mod lock;
mod message;
mod notes;
mod recording;
mod scan;
mod upper;

pub use box_scan::{BoxScan, Deferred, Snapshot, Trouble};
pub use catalogue::CATALOGUE;
pub use entry::{Choice, OrigtimeSource, SpoolEntry};
pub use envelope::{CallerId, Envelope};
pub use files::{FileStamp, OpenError};
pub use greeting::{Greetings, SpoolGreeting};
pub use layout::{ASTERISK_LIMIT, EXPORTED, USUAL, message_file};
pub use leftover::{Leftover, Leftovers};
pub use recording::{AudioFile, Recording};
pub use scan::{BoxList, ScanOptions, Spool, SpoolBox, SpoolError};
