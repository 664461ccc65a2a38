//! What is said of servers that no test can have on loopback: with several addresses, and on another
//! host. The rest is tried on real servers (`tests/e2e/doctor_server.rs`).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::*;
use crate::mailstore::error::StoreError;
use crate::mailstore::probe::{Reached, TlsFacts};
use crate::ops::account::Overrides;
use crate::ops::doctor::door::{Origins, doors};
use crate::ops::fleet;
use crate::voicemail::conf::{self, LoadOptions};

const AWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

/// The door of a server on another host, with these imapflags.
fn door(flags: &str) -> Door {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("voicemail.conf");
    let text = format!(
        "[general]\nimapserver=mail.example.test\nimapflags={flags}\n[a]\n\
         1 => 1,,,,imapuser=u|imappassword=p\n"
    );
    std::fs::write(&path, text).unwrap();
    let conf = conf::load(&path, &LoadOptions::default()).unwrap();
    let boxes = conf.mailboxes.iter().map(|one| one.vmbox.clone()).collect();
    let overrides = Overrides::default();
    let groups = fleet::with_neighbours(&conf, &overrides, boxes);
    doors(&conf, &overrides, &Origins::default(), &groups).remove(0)
}

fn done<T>(value: T) -> Outcome<T> {
    let took = Duration::from_millis(1);
    Outcome::Done { value, took }
}

fn seen(reached: Vec<Reached>, tls: Outcome<TlsFacts>) -> Probe {
    Probe {
        address: "mail.example.test:143".to_owned(),
        resolved: Outcome::Skipped(""),
        reached,
        greeting: Outcome::Skipped(""),
        before_tls: Outcome::Skipped(""),
        tls,
        under_tls: Outcome::Skipped(""),
    }
}

fn address(ip: &str, reachable: bool) -> Reached {
    let address = SocketAddr::new(ip.parse().unwrap(), 143);
    let refused = || StoreError::Connect {
        addr: address.to_string(),
        io: io::ErrorKind::ConnectionRefused.into(),
    };
    let connection = if reachable {
        done(())
    } else {
        let took = Duration::ZERO;
        Outcome::Failed {
            error: refused(),
            took,
        }
    };
    Reached {
        address,
        connection,
    }
}

fn found(checks: &[Check]) -> Vec<&str> {
    checks.iter().filter_map(|check| check.code).collect()
}

#[test]
fn an_address_that_is_dead_is_a_warning_and_all_of_them_an_error() {
    let door = door("notls");
    let no_tls = || Outcome::Skipped("");
    let two = |first, second| vec![address("2001:db8::1", first), address("192.0.2.1", second)];
    let mut checks = Vec::new();
    let peer = port(&door, &seen(two(false, true), no_tls()), &mut checks);
    assert_eq!((peer, found(&checks)), (Some(AWAY), vec!["VMD003"]));
    assert!(checks[1].text.contains("[2001:db8::1]:143"), "{checks:?}");
    let mut checks = Vec::new();
    let peer = port(&door, &seen(two(false, false), no_tls()), &mut checks);
    assert_eq!((peer, found(&checks)), (None, vec!["VMD002"]));
    let mut checks = Vec::new();
    assert!(port(&door, &seen(two(true, true), no_tls()), &mut checks).is_some());
    assert!(found(&checks).is_empty());
}

#[test]
fn no_encryption_is_a_warning_on_another_host_and_none_on_this_one() {
    let look = |flags: &str, peer: IpAddr| {
        let mut checks = Vec::new();
        let seen = seen(Vec::new(), Outcome::Skipped("no TLS is wanted"));
        let usable = tls(&door(flags), &seen, peer, &mut checks);
        let codes: Vec<&str> = checks.iter().filter_map(|check| check.code).collect();
        (usable, codes)
    };
    assert_eq!(look("notls", AWAY), (true, vec!["VMD005"]));
    assert_eq!(look("notls", IpAddr::from([127, 0, 0, 1])), (true, vec![]));
    assert_eq!(look("tls", AWAY), (false, vec!["VMD007"]));
}

#[test]
fn tls_that_nobody_insists_on_is_noted_on_another_host() {
    let codes = |flags: &str, peer: IpAddr| {
        let facts = TlsFacts {
            version: "TLSv1_3".to_owned(),
            cipher: "TLS13_AES_256_GCM_SHA384".to_owned(),
            chain: Vec::new(),
            chain_trusted: Ok(()),
            name_matches: Ok(()),
            key_proven: Ok(()),
        };
        let mut checks = Vec::new();
        tls(
            &door(flags),
            &seen(Vec::new(), done(facts)),
            peer,
            &mut checks,
        );
        found(&checks).contains(&"VMD006")
    };
    assert!(codes("", AWAY));
    assert!(!codes("tls", AWAY));
    assert!(!codes("ssl", AWAY));
    assert!(!codes("", IpAddr::from([127, 0, 0, 1])));
}
