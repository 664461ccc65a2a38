//! What vmimap's readers of foreign octets promise, as functions over any octets.
//!
//! `fuzz_targets/` gives them to libFuzzer (`make fuzz`); `tests/fuzz.rs` of the main package
//! includes [`targets`] as it is and runs it over the corpus and mutations of it, on stable Rust and
//! without a build of its own.

pub mod targets;
