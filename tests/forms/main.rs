//! What vmimap reads and writes: voicemail.conf, spools, messages.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod conf_edges;
mod conf_rules;
mod message_genuine;
mod message_hostile;
mod message_round_trip;
mod spool_live;
mod spool_oddities;
mod spool_paths;
mod spool_recorded;
mod spool_recordings;
mod spool_support;
