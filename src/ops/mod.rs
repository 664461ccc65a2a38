//! What vmimap does: voicemail and spool on one side, a mail store on the other.
//!
//! No terminal and no flags here: input is values, output is values and [`event::Event`]s. Each
//! operation that writes is three values in a row: a plan (pure, printable), shown, applied.

pub mod account;
pub mod crosstalk;
pub mod error;
pub mod event;
pub mod expire;
pub mod expunge;
pub mod failures;
pub mod fleet;
pub mod folders;
pub mod index;
pub mod lane;
pub mod lock;
pub mod migrate;
pub mod octets;
pub mod select;
pub mod stop;
