//! The IMAP layer and the logins, against scripted servers and real ones.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, missing_docs)]

mod append;
mod append_broken;
mod conversation;
mod dovecot;
mod folders;
mod gate;
mod login;
#[cfg(feature = "gssapi")]
mod logins_kerberos;
mod logins_scripted;
mod logins_servers;
mod logins_user_format;
mod moving;
mod probe;
mod provision;
mod questions;
mod read;
mod remove;
mod remove_broken;
#[path = "../support/scripted.rs"]
mod scripted;
mod search;
#[path = "../support/small_imap/mod.rs"]
mod small_imap;
mod starttls;
#[path = "../support/mod.rs"]
mod support;
mod survey;
mod traps;
