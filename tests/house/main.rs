//! The house itself: layers, generated files, documents, packaging.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod dependencies;
mod generated;
mod layers;
#[path = "../support/lift_world.rs"]
mod lift_world;
mod links;
mod manual;
mod packaging;
mod readme;
mod records;
#[path = "../support/rust_paths.rs"]
mod rust_paths;
mod screens;
#[path = "../support/scripted.rs"]
mod scripted;
#[path = "../support/mod.rs"]
mod support;
