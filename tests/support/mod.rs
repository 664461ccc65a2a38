//! What the tests and the benchmark share: private servers, a second opinion on what it holds,
//! and spools to migrate.
//!
//! Nothing here uses vmimap's own code. An assertion that went through the code under test would
//! agree with its mistakes.

// Every test binary compiles this module and uses a part of it.
#![allow(dead_code, unused_imports)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

pub mod audit;
pub mod careful;
pub mod cli;
pub mod courier;
pub mod cut_proxy;
pub mod cyrus;
pub mod document;
pub mod dovecot;
pub mod dovecot_config;
pub mod export_site;
pub mod fault_play;
pub mod fault_proxy;
pub mod fault_words;
pub mod fixtures;
pub mod greeting_site;
pub mod kdc;
pub mod keeper;
pub mod live_site;
pub mod mailutil;
pub mod manager;
pub mod marked_folder;
pub mod migrated_site;
pub mod phone;
pub mod process;
pub mod raw_imap;
pub mod removal_site;
pub mod run_site;
pub mod server;
pub mod site;
pub mod spool_generator;
pub mod stage;
pub mod terminal;
pub mod tokens;
pub mod unpacked;

/// Writes a file that only its owner can read, as one with passwords should be.
pub fn write_private(path: &std::path::Path, text: impl AsRef<[u8]>) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// An address of this machine that is none of its loopback. Every machine on a network has one; on
/// another, tests of what goes over a network cannot be run, and fail.
pub fn far_address() -> std::net::IpAddr {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    // Sends nothing.
    socket
        .connect("198.51.100.1:9")
        .expect("a route to somewhere");
    let address = socket.local_addr().unwrap().ip();
    assert!(
        !address.is_loopback() && !address.is_unspecified(),
        "this machine has no address besides loopback"
    );
    address
}
