//! The life of a mailbox, step by step; what a further verb adds is a line in [`LIFE`].

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

pub mod arrive;
pub mod inbox;
pub mod keep;
pub mod remove;
pub mod site;
pub mod subjects;
pub mod table;

use site::Site;

/// One verb's turn: asserts what has to be, and returns what the table says of it, in words that
/// are the same on every run.
pub struct Step {
    /// The heading of the table's column.
    pub name: &'static str,
    /// After each step, mail that is none of vmimap's business is looked at.
    pub run: fn(&mut Site) -> String,
}

const fn step(name: &'static str, run: fn(&mut Site) -> String) -> Step {
    Step { name, run }
}

/// In the order of an administrator's work.
pub const LIFE: &[Step] = &[
    step("doctor", arrive::doctor),
    step("provision", arrive::provision),
    step("provision again", arrive::provision_again),
    step("migrate", arrive::migrate),
    step("rollback", arrive::rollback),
    step("migrate --update", arrive::update),
    step("migrate again", arrive::migrate_again),
    step("audit", keep::audit),
    step("list", keep::list),
    step("quota", keep::quota),
    step("quota set", keep::quota_set),
    step("expunge", remove::expunge),
    step("audit --fix", keep::fix),
    step("expire -n", remove::expire),
];
