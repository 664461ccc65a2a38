//! Search answers: never fewer than the server said, each once, in order; and a question stays one
//! command whatever is searched for.

use std::collections::BTreeSet;

use vmimap::mailstore::name::MailboxName;
use vmimap::mailstore::search::Search;
use vmimap::mailstore::session::Session;
use vmimap::mailstore::types::Uid;

/// Takes the octets for the answer to a search, and for what is searched for.
pub fn check(data: &[u8]) {
    if data.len() > super::MOST {
        return;
    }
    let found = ask(data);
    if let Some(found) = &found {
        assert!(found.is_sorted() && found.len() <= 2_000_000);
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len());
        // Another way to say the same.
        if (1..2000).contains(&found.len()) {
            let set: Vec<_> = found.iter().rev().map(Uid::to_string).collect();
            let line = format!(
                "* ESEARCH (TAG \"v1\") UID COUNT 1 ALL {}\r\n",
                set.join(",")
            );
            assert_eq!(ask(line.as_bytes()).as_ref(), Some(found));
            assert!(Search::uids(found).is_ok());
        }
    }
    if let Some(expected) = plain(data) {
        assert_eq!(found, expected.map(|all| all.into_iter().collect()));
    }
    question(&String::from_utf8_lossy(data));
}

/// What a session makes of an answer; `None` for an error.
fn ask(answer: &[u8]) -> Option<Vec<Uid>> {
    let answers = [super::examined(3).as_bytes(), answer, b"v1 OK done\r\n"].concat();
    let (mut session, _server) = Session::rehearsed(&answers, "IMAP4rev1").expect("a pair");
    session.examine(&MailboxName::inbox()).expect("a folder");
    let found = session.search(&Search::all());
    assert!(
        found.is_ok() || session.is_dead() || is_refused(&found),
        "{found:?}"
    );
    found.ok()
}

fn is_refused<T>(found: &Result<T, vmimap::mailstore::error::StoreError>) -> bool {
    matches!(
        found,
        Err(vmimap::mailstore::error::StoreError::Refused { .. })
    )
}

/// The numbers of an answer that is nothing but plain SEARCH lines; the inner `None` where one of
/// them is no UID; the outer one where it is anything else.
fn plain(data: &[u8]) -> Option<Option<BTreeSet<Uid>>> {
    let text = std::str::from_utf8(data).ok()?;
    let mut all = Some(BTreeSet::new());
    for line in text.strip_suffix("\r\n")?.split("\r\n") {
        let numbers = line.strip_prefix("* SEARCH")?;
        if !numbers.bytes().all(|b| b.is_ascii_digit() || b == b' ')
            || numbers.starts_with(|c| c != ' ')
        {
            return None;
        }
        for number in numbers.split(' ').filter(|n| !n.is_empty()) {
            match number.parse() {
                Ok(uid) => {
                    if let Some(all) = &mut all {
                        all.insert(Uid(uid));
                    }
                }
                Err(_) => all = None,
            }
        }
    }
    Some(all)
}

/// One line, or one line with literals: nothing of the value becomes a command of its own.
fn question(text: &str) {
    let Ok(search) = Search::header("X-Asterisk-VM-Context", text) else {
        assert!(text.len() > 1000 || text.chars().any(char::is_control));
        return;
    };
    assert!(!search.to_string().chars().any(char::is_control));
    let search = Search::undeleted().or(!search.clone()).and(search);
    let answers = [super::examined(3).as_bytes(), b"* SEARCH\r\nv1 OK done\r\n"].concat();
    let (mut session, server) = Session::rehearsed(&answers, "IMAP4rev1 LITERAL+").expect("a pair");
    session.examine(&MailboxName::inbox()).expect("a folder");
    assert_eq!(session.search(&search).expect("an answer"), []);
    drop(session);
    let said = super::said(server);
    let (_, command) = said.split_at(b"a2 EXAMINE \"INBOX\"\r\n".len());
    let value = if text.is_ascii() {
        String::new()
    } else {
        format!("{{{}+}}\r\n{text}", text.len())
    };
    let mut rest = command.to_vec();
    if !value.is_empty() {
        for _ in 0..2 {
            let at = rest
                .windows(value.len())
                .position(|w| w == value.as_bytes())
                .expect("the literal");
            rest.drain(at..at + value.len());
        }
    }
    assert!(rest.ends_with(b"\r\n") && rest.is_ascii());
    let line = &rest[..rest.len() - 2];
    assert!(line.starts_with(b"v1 UID SEARCH ") && !line.iter().any(u8::is_ascii_control));
}
