//! vmimap: the administrator's toolkit for Asterisk voicemail kept in IMAP.
//!
//! # The map
//!
//! ```text
//! main -> cli -> commands -> ops -> { voicemail <- spool <- depot } and { mailstore <- manager }
//! ```
//!
//! - [`voicemail`]: what a voicemail is. Configuration dialect, message form, recordings: bytes
//!   in, values out.
//! - [`spool`]: Asterisk's file storage, read only.
//! - [`depot`]: writing a file spool: Asterisk's lock, files that appear whole, archives.
//! - [`mailstore`]: the IMAP session: transport, login, names, appending, reading back. Knows
//!   nothing of voicemail.
//! - [`manager`]: Asterisk's manager interface, over the mail store's transport.
//! - [`ops`]: what vmimap does with those above. No terminal, no flags.
//! - [`ui`]: the only code that prints.
//! - [`commands`], [`args`], [`settings`], [`cli`], [`exit`]: from what was typed to what is
//!   meant, and from a result to an exit status.
//! - [`manual`] and [`completion`]: man pages and shell completion, from the command line's own tree.
//!
//! `voicemail` and `mailstore` do not know each other; only `ops` sees both. A test
//! (`tests/house/layers.rs`) holds every arrow of this map.

pub mod args;
pub mod cli;
pub mod commands;
pub mod completion;
pub mod depot;
pub mod exit;
pub mod mailstore;
pub mod manager;
pub mod manual;
pub mod ops;
pub mod settings;
pub mod spool;
pub mod ui;
pub mod voicemail;
