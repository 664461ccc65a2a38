//! The wire and the gate: octets are framed as a second reader frames them, none is lost or handed
//! out twice, and whatever a server says, a session ends in a value or an error and has sent
//! nothing that could remove a message.

use vmimap::mailstore::fuzzing::{Kind, frame};
use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::search::Search;
use vmimap::mailstore::session::Session;
use vmimap::mailstore::types::Asked;

/// Takes the octets for everything a server says.
pub fn check(data: &[u8]) {
    if data.len() > super::MOST {
        return;
    }
    framing(data, None);
    framing(data, Some(3));
    conversation(data);
}

fn framing(data: &[u8], bulk_from: Option<u64>) {
    let framed = frame(data, bulk_from).expect("a pair");
    let (responses, bulk) = naive(data, bulk_from);
    let ours: Vec<_> = framed
        .responses
        .iter()
        .map(|(_, octets)| octets.clone())
        .collect();
    assert_eq!(ours, responses, "another reader");
    assert_eq!(framed.bulk, bulk, "the bulk of another reader");
    assert!(!framed.end.to_string().is_empty());
    if bulk_from.is_none() {
        assert!(data.starts_with(&ours.concat()), "an octet was lost");
    }
    for (kind, octets) in &framed.responses {
        match kind {
            Kind::Continue => assert!(octets.starts_with(b"+")),
            Kind::Untagged | Kind::Data => assert!(octets.starts_with(b"* ")),
            Kind::Tagged => assert!(octets[0].is_ascii_alphanumeric()),
            Kind::Garbage => {}
        }
    }
}

/// Cuts octets into logical responses; also what of them is bulk.
fn naive(data: &[u8], bulk_from: Option<u64>) -> (Vec<Vec<u8>>, Vec<u8>) {
    let (mut rest, mut responses, mut bulk) = (data, Vec::new(), Vec::new());
    loop {
        let mut response = Vec::new();
        let mut literals = None;
        loop {
            let Some(end) = rest.iter().position(|octet| *octet == b'\n') else {
                return (responses, bulk);
            };
            let line;
            (line, rest) = rest.split_at(end + 1);
            response.extend_from_slice(line);
            if !*literals.get_or_insert_with(|| is_data(line)) {
                break;
            }
            let Some(size) = announced(line) else { break };
            let there = usize::try_from(size).map_or(rest.len(), |size| size.min(rest.len()));
            if bulk_from.is_some_and(|from| size >= from) {
                let open = response
                    .iter()
                    .rposition(|octet| *octet == b'{')
                    .expect("announced");
                response.truncate(open);
                response.extend(b"{0}\r\n");
                bulk.extend_from_slice(&rest[..there]);
            } else if size > 4 * 1024 * 1024 {
                return (responses, bulk);
            } else {
                response.extend_from_slice(&rest[..there]);
            }
            if size > there as u64 {
                return (responses, bulk);
            }
            rest = &rest[there..];
        }
        responses.push(response);
    }
}

/// Whether a line begins data: `* ` and no condition.
fn is_data(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    let Some(rest) = text.strip_prefix("* ") else {
        return false;
    };
    let word = rest
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    !["OK", "NO", "BAD", "PREAUTH", "BYE"].contains(&word.as_str())
}

/// The size of the literal that a line announces at its end.
fn announced(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(&line[line.iter().rposition(|octet| *octet == b'{')?..]).ok()?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    let digits = text.strip_prefix('{')?.strip_suffix('}')?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// A session over these answers; every verb is tried whatever became of the one before.
fn conversation(data: &[u8]) {
    const WORDS: &str = "IMAP4rev1 UIDPLUS QUOTA NAMESPACE ACL UNSELECT LIST-STATUS";
    let (mut session, server) = Session::rehearsed(data, WORDS).expect("a pair");
    let inbox = MailboxName::inbox();
    let mut errors = Vec::new();
    let mut told = 0_u64;
    let opened = session.examine(&inbox);
    if let Ok(state) = &opened {
        let counts = exists(data);
        assert!(
            counts.contains(&state.exists),
            "{} of {counts:?}",
            state.exists
        );
    }
    errors.extend(opened.err());
    let listed = session.envelopes(&Asked::everything(), &mut |envelope| {
        assert!(envelope.header.len() <= 64 * 1024 && envelope.structure.is_some());
        told += 1;
    });
    if let Ok(count) = &listed {
        assert_eq!(*count, told);
    }
    errors.extend(listed.err());
    errors.extend(session.search(&Search::deleted()).err());
    errors.extend(session.noop().err());
    errors.extend(session.overview().err());
    errors.extend(session.subscribed().err());
    errors.extend(session.quota_root(&inbox).err());
    errors.extend(session.my_rights(std::slice::from_ref(&inbox)).err());
    errors.extend(session.create(&inbox).err());
    errors.extend(session.unselect().err());
    for error in &errors {
        assert!(!error.to_string().is_empty());
    }
    for warning in session.take_warnings() {
        assert!(warning.chars().count() <= 500);
    }
    session.logout();
    said(&super::said(server));
}

/// Every number that a line names as a count of messages.
fn exists(data: &[u8]) -> Vec<u32> {
    let framed = frame(data, None).expect("a pair");
    let word = |octets: &[u8]| String::from_utf8_lossy(octets).to_ascii_uppercase();
    let lines = framed.responses.iter().map(|(_, octets)| word(octets));
    let numbers = lines
        .filter(|line| line.contains("EXISTS"))
        .flat_map(|line| {
            let digits = line.split(|c: char| !c.is_ascii_digit());
            digits
                .filter_map(|digits| digits.parse().ok())
                .collect::<Vec<_>>()
        });
    numbers.collect()
}

/// Only the commands that were asked for have been sent, each in a line of its own.
fn said(said: &[u8]) {
    let text = std::str::from_utf8(said).expect("ASCII");
    for line in text.split_terminator("\r\n") {
        let command = line.split_once(' ').map_or("", |(_, command)| command);
        let known = [
            "EXAMINE",
            "UID FETCH",
            "UID SEARCH",
            "NOOP",
            "LIST",
            "NAMESPACE",
            "GETQUOTAROOT",
            "LSUB",
            "MYRIGHTS",
            "CREATE",
            "UNSELECT",
            "LOGOUT",
        ];
        assert!(
            known.iter().any(|word| command.starts_with(word)),
            "{line:?}"
        );
        assert!(!line.contains(['\r', '\n']));
    }
}
