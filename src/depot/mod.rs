//! Writing a file spool: directories that cannot be led astray, Asterisk's own lock, and messages
//! that appear whole or not at all.
//!
//! The counterpart of [`crate::spool`], which only reads. Knows no server and no message form; what
//! a message says is [`crate::voicemail::txt`]'s. Nothing that is there is ever overwritten, no link
//! below the root is followed, and every name is checked to be one name and not a path.
//!
//! ```
//! use std::io::Write;
//! use vmimap::depot::{Depot, Folder, Owner};
//! use vmimap::voicemail::source_key::AudioDigest;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("spool");
//! // New, empty, or written by an earlier run; and nobody else's while it is open.
//! let depot = Depot::open(&path, &[], false, Owner::default())?;
//! let mut inbox = Folder::new(depot.root.child("default")?.child("1001")?.child("INBOX")?)?;
//! let stage = depot.stage()?;
//! for expected in [0, 1] {
//!     let mut recording = stage.part(0o644)?;
//!     recording.file.write_all(&[0xd5; 33])?;
//!     // The SHA-256 of the recording: one that a cut run has left is known by it.
//!     let digest = AudioDigest([0; 32]);
//!     let number = inbox.publish((&stage, recording), "gsm", &digest, b"[message]\n")?;
//!     assert_eq!(number, expected);
//! }
//! depot.end()?;
//! # Ok(())
//! # }
//! ```
//!
//! Source: `app_voicemail.c` (`leave_voicemail`, `last_message_index`, `count_messages`), `main/app.c`
//! (`ast_lock_path_lockfile`, `ast_lock_path_flock`).

mod archive;
mod dir;
mod folder;
mod guard;
mod held;
mod lock;
mod owner;
mod set;
mod sums;

pub use archive::Archive;
pub use dir::{Dir, Owner};
pub use folder::{Folder, Latest, Part, PublishError, Stage, digest_of, no_space};
pub use guard::{Depot, DepotError, OURS, existing_manifest, hold, resolved};
pub use held::{Held, held};
pub use lock::{FolderLock, LockError, clear as clear_lock};
pub use owner::{OwnerError, owner};
pub use set::{
    Likeness, Listing, MoveError, SetFile, bring, clear, clear_rest, discard, find, is_at, list,
    numbers, under,
};
pub use sums::write_sums;
