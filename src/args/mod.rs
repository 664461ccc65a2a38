//! Flag groups that several verbs share: what was typed, without any effect yet.
//!
//! What it means is decided in [`crate::settings`].

pub mod care;
pub mod expire;
pub mod global;
pub mod lamps;
pub mod listed;
pub mod login;
pub mod messages;
pub mod migrate;
pub mod output;
pub mod select;
pub mod source;
