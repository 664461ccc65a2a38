//! The `vmimap` program.

fn main() {}
