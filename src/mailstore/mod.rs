//! The IMAP session layer: everything between `ops` and a server's socket.
//!
//! Knows nothing of voicemail. [`Session`](session::Session) is the way in; the rest serves it:
//!
//! - [`options`], [`types`], [`name`], [`grant`], [`capability`], [`mechanism`], [`error`]: the values
//!   it takes and gives; [`envelope`], [`structure`]: what a listing tells; [`search`]: what to look for.
//! - `transport`, `tls`: a socket with deadlines, and TLS on it; [`dial`] lends them to `manager`.
//! - `wire`, `response`, `syntax`: octets to logical responses, and those to values.
//! - `link`: one connection's conversation: tags, warnings, the words of a farewell.
//! - `auth`: from a greeting to a logged-in connection.
//! - `gate`: the `imap` crate's view of the same connection.
//! - [`throttle`]: whether a server asks to come again later.
//! - [`probe`]: a look at a server without logging in.
//! - `append`: the bulk engine (MULTIAPPEND, LITERAL+, and what to do without them).
//!
//! Invariants: nothing but `session/remove.rs` sends a command that could remove a message, and it
//! sends neither EXPUNGE without UIDs nor CLOSE; the one exception is `session/lift.rs`, where a
//! server has no UIDPLUS and it was asked for. An answer that was asked for and not understood is an
//! error, never a smaller count; after an error of
//! [`Scope::Session`](error::Scope::Session) a session answers every call with
//! [`StoreError::Dead`](error::StoreError::Dead).

mod append;
mod auth;
pub mod capability;
mod date;
pub mod dial;
pub mod envelope;
pub mod error;
mod fetched;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
pub mod grant;
mod link;
pub mod mechanism;
pub mod name;
pub mod options;
pub mod private_file;
pub mod probe;
mod response;
pub mod search;
pub mod session;
pub mod structure;
mod syntax;
pub mod throttle;
mod tls;
mod transport;
pub mod types;
mod uidset;
pub mod user_format;
mod utf7;
mod validity;
mod wire;
