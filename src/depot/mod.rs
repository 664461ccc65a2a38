//! Writing a file spool: directories that cannot be led astray, Asterisk's own lock, and messages
//! that appear whole or not at all.
//!
//! The counterpart of [`crate::spool`], which only reads. Knows no server and no message form; what
//! a message says is [`crate::voicemail::txt`]'s. Nothing that is there is ever overwritten, no link
//! below the root is followed, and every name is checked to be one name and not a path.
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
