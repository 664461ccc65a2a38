//! Certificates that no test server has for long: expired, not yet valid, self-signed, version 1.

use super::*;
use crate::mailstore::options::ConnectOptions;
use crate::mailstore::probe::SubjectName;
use crate::voicemail::conf::ImapFlags;

fn door(flags: &str, verify: bool) -> Door {
    let mut options = ConnectOptions::new("imap.example.com", 143);
    options.tls.verify = verify;
    Door {
        label: "imap.example.com:143".to_owned(),
        options,
        flags: ImapFlags::parse(flags).unwrap(),
        origin: String::new(),
        groups: Vec::new(),
    }
}

fn certificate(days: (i64, i64)) -> Certificate {
    let now = jiff::Timestamp::now().as_second();
    Certificate {
        subject: "CN=imap".to_owned(),
        issuer: "CN=authority".to_owned(),
        common_names: Vec::new(),
        names: vec![SubjectName::Dns("imap.example.com".to_owned())],
        not_before: now + days.0 * DAY,
        not_after: now + days.1 * DAY + 60,
        self_signed: false,
        version: 3,
        authority: None,
        serial: String::new(),
        fingerprint: String::new(),
    }
}

fn facts(chain: Vec<Certificate>) -> TlsFacts {
    TlsFacts {
        version: String::new(),
        cipher: String::new(),
        chain: chain.into_iter().map(Ok).collect(),
        chain_trusted: Ok(()),
        name_matches: Ok(()),
        key_proven: Ok(()),
    }
}

/// The codes, and whether vmimap goes on.
fn judged(flags: &str, facts: &TlsFacts) -> (Vec<Option<&'static str>>, bool) {
    let door = door(flags, !flags.contains("novalidate"));
    let mut checks = Vec::new();
    let usable = judge(&door, facts, &mut checks);
    (checks.iter().map(|check| check.code).collect(), usable)
}

#[test]
fn dates_are_judged_for_the_whole_chain_but_not_for_the_authoritys_own() {
    let sound = || certificate((-1, 90));
    let root = |days| Certificate {
        self_signed: true,
        ..certificate(days)
    };
    for (chain, expected) in [
        (vec![sound()], None),
        (vec![certificate((-1, 20))], Some("VMD013")),
        (vec![certificate((-1, 21))], None),
        (vec![certificate((-9, -1))], Some("VMD012")),
        (vec![certificate((1, 90))], Some("VMD012")),
        (vec![sound(), certificate((-9, -1))], Some("VMD012")),
        (vec![sound(), root((-9, -1))], None),
    ] {
        let (codes, usable) = judged("", &facts(chain));
        assert_eq!((codes, usable), (vec![expected], true));
    }
}

#[test]
fn one_fault_is_told_once_and_two_are_told_both() {
    let untrusted = |days| TlsFacts {
        chain_trusted: Err("it has expired".to_owned()),
        ..facts(vec![certificate(days)])
    };
    assert_eq!(
        judged("", &untrusted((-9, -1))),
        (vec![Some("VMD012")], false)
    );
    assert_eq!(
        judged("", &untrusted((-9, 90))),
        (vec![Some("VMD008")], false)
    );
    let mut both = untrusted((-9, 90));
    if let Some(Ok(own)) = both.chain.first_mut() {
        own.names = vec![SubjectName::Dns("other.example.com".to_owned())];
    }
    both.name_matches = Err("it is not for this name".to_owned());
    let codes = vec![Some("VMD008"), Some("VMD011")];
    assert_eq!(judged("", &both), (codes, false));
    assert_eq!(
        judged("novalidate-cert", &both),
        (vec![Some("VMD009")], true)
    );
}

#[test]
fn what_asterisk_takes_and_vmimap_does_not_is_a_warning_of_its_own() {
    let mut by_common_name = facts(vec![Certificate {
        names: Vec::new(),
        common_names: vec!["imap.example.com".to_owned()],
        ..certificate((-1, 90))
    }]);
    by_common_name.name_matches = Err("it is not for this name".to_owned());
    let odd = vec![None, Some("VMD014")];
    assert_eq!(judged("", &by_common_name), (odd.clone(), false));
    let mut version_1 = facts(vec![certificate((-1, 90))]);
    version_1.key_proven = Err("it is of X.509 version 1".to_owned());
    assert_eq!(judged("", &version_1), (odd, false));
    let mut unreadable = facts(Vec::new());
    unreadable
        .chain
        .push(Err("certificate cannot be read".to_owned()));
    assert_eq!(judged("", &unreadable), (vec![Some("VMD008")], false));
}
