//! One file a verb: its flags beside its `run`, which only connects `ops` with `ui`.

pub mod audit;
pub mod audit_fix;
pub mod completions;
pub mod config;
pub mod doctor;
mod ends;
pub mod expire;
pub mod export;
pub mod expunge;
pub mod lamps;
pub mod list;
pub mod man;
pub mod migrate;
mod migrate_prune;
pub mod orientation;
pub mod password;
pub mod provision;
pub mod quota;
pub mod quota_set;
pub mod removal;
pub mod retire;
pub mod rollback;
pub mod runs;
pub mod runs_merge;
pub mod source;
pub mod tenant;
pub mod verify;
