//! Removing voicemail by policy: rules and holds, for cron.
//!
//! Only decides; planning and removing is [`super::expunge`]'s. [`rules`] are what was written,
//! [`decide`] judges all messages of a box by them and says why of each.

pub mod decide;
pub mod rules;
