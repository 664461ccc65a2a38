//! Every verb against every fault at every place where a server can say something; crashes at every
//! write; and what the machine itself can run out of. See CONTRIBUTING.md for the full matrix.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// How many cases were tried is worth seeing with --nocapture.
#![allow(clippy::print_stdout)]

mod crash;
mod matrix;
mod resources;
mod scenario;
mod site;
#[path = "../support/mod.rs"]
mod support;
