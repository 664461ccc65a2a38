//! The IMAP session layer: everything between `ops` and a server's socket.
//!
//! Knows nothing of voicemail. See [`session::Session`].

pub mod error;
pub mod name;
pub mod session;
pub mod types;
