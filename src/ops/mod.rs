//! What vmimap does: voicemail and spool on one side, a mail store on the other.
//!
//! No terminal and no flags here: input is values, output is values and [`event::Event`]s. Each
//! operation that writes is three values in a row: a plan (pure, printable), shown, applied.

pub mod account;
pub mod audit;
pub mod backoff;
pub mod crosstalk;
pub mod doctor;
pub mod error;
pub mod event;
pub mod expire;
pub mod export;
pub mod expunge;
pub mod failures;
pub mod fleet;
pub mod folders;
pub mod greetings;
pub mod in_order;
pub mod index;
pub mod jsonl;
pub mod lamps;
pub mod lane;
pub mod list;
pub mod lock;
pub mod migrate;
pub mod octets;
pub mod provision;
pub mod quota;
pub mod readings;
pub mod retire;
pub mod rollback;
pub mod runs;
pub mod select;
pub mod shard;
pub mod stop;
pub mod turns;
pub mod verify;
mod whose;
pub mod words;
