//! One file a verb: its flags beside its `run`, which only connects `ops` with `ui`.

pub mod config;
pub mod expire;
pub mod expunge;
pub mod migrate;
pub mod removal;
pub mod tenant;
