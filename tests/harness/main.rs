//! What the tests stand on: that the private servers, the second opinions and the spools are what they say.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod dovecot;
mod servers;
mod spools;
#[path = "../support/mod.rs"]
mod support;
