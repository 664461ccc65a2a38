//! `vmimap expunge` on a server of the tests' own that does what no real one does on demand: another
//! message under the same UID, refusals after marking, connections that break again and again.

use crate::scripted;
use crate::support::cli;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use cli::{Ran, Vmimap};
use scripted::{Script, Server, Talk, holds};

/// What a server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vice {
    /// From the second EXAMINE of INBOX on, another message has UID 3, under the same UIDVALIDITY.
    Swaps,
    /// Says NO to UID EXPUNGE.
    Refuses,
    /// Hangs up at UID EXPUNGE, so many times.
    HangsUp(u32),
    /// Moves messages to where nobody finds them.
    Loses,
    /// As [`Loses`](Self::Loses), of so many messages that it takes several commands, and says NO to
    /// all but the first.
    LosesSome,
}

/// INBOX: UIDs and whether they are marked. 1 and 2 are others' mail, 2 marked; 3 and 4 voicemail.
struct World {
    inbox: BTreeMap<u32, bool>,
    open: String,
    vice: Vice,
    examined: u32,
    log: Vec<String>,
}

type Shared = Arc<Mutex<World>>;

fn header(world: &World, uid: u32) -> String {
    if uid < 3 {
        return format!("Message-ID: <mail-{uid}@test>\r\n\r\n");
    }
    let other = world.vice == Vice::Swaps && world.examined > 1 && uid == 3;
    let extension = if other { "4124" } else { "4123" };
    format!(
        "X-Asterisk-VM-Extension: {extension}\r\nX-Asterisk-VM-Context: default\r\n\
         X-Asterisk-VM-Orig-time: 1000\r\nMessage-ID: <vm-{uid}@test>\r\n\r\n"
    )
}

fn fetch(world: &World, set: &str, command: &str) -> String {
    let mut answer = String::new();
    if world.open != "INBOX" {
        return "TAG OK done\r\n".to_owned();
    }
    for (number, (uid, marked)) in (1..).zip(&world.inbox) {
        if !holds(set, *uid) {
            continue;
        }
        let flags = if *marked {
            "\\Seen \\Deleted"
        } else {
            "\\Seen"
        };
        let _ = write!(answer, "* {number} FETCH (UID {uid} FLAGS ({flags})");
        if command.contains("SIZE") {
            answer.push_str(" RFC822.SIZE 500");
        }
        if command.contains("(MESSAGE-ID)") {
            let id = header(world, *uid);
            let id = id
                .lines()
                .find(|line| line.starts_with("Message-ID"))
                .unwrap();
            let id = format!("{id}\r\n\r\n");
            let _ = write!(answer, " BODY[HEADER.FIELDS (X)] {{{}}}\r\n{id}", id.len());
        } else if command.contains("HEADER") {
            let text = header(world, *uid);
            let _ = write!(
                answer,
                " BODY[HEADER.FIELDS (X)] {{{}}}\r\n{text}",
                text.len()
            );
        }
        answer.push_str(")\r\n");
    }
    answer + "TAG OK done\r\n"
}

/// The answer; `None` hangs up.
fn answer(world: &mut World, command: &str) -> Option<String> {
    let words: Vec<&str> = command.split(' ').collect();
    let nth = |at: usize| words.get(at).copied().unwrap_or_default();
    let answer = match (nth(0), nth(1)) {
        ("LIST", _) => "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Bin\r\nTAG OK done\r\n".to_owned(),
        ("EXAMINE" | "SELECT", name) => {
            name.trim_matches('"').clone_into(&mut world.open);
            world.examined += u32::from(world.open == "INBOX" && nth(0) == "EXAMINE");
            let count = if world.open == "INBOX" {
                world.inbox.len()
            } else {
                0
            };
            format!("* {count} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nTAG OK [READ-WRITE] in\r\n")
        }
        ("UID", "FETCH") => fetch(world, nth(2), command),
        ("UID", "STORE") => {
            let mark = nth(3).starts_with('+');
            let named = world
                .inbox
                .iter_mut()
                .filter(|(uid, _)| holds(nth(2), **uid));
            named.for_each(|(_, marked)| *marked = mark);
            "TAG OK done\r\n".to_owned()
        }
        ("UID", "SEARCH") => {
            let all: Vec<String> = world.inbox.keys().map(ToString::to_string).collect();
            format!("* SEARCH {}\r\nTAG OK done\r\n", all.join(" "))
        }
        ("UID", "MOVE") if world.vice == Vice::LosesSome => {
            let before = world.inbox.len();
            if before < 400 {
                return Some("TAG NO [OVERQUOTA] full\r\n".to_owned());
            }
            world.inbox.retain(|uid, _| !holds(nth(2), *uid));
            let (set, moved) = (nth(2), before - world.inbox.len());
            format!("* OK [COPYUID 7 {set} 1:{moved}] moved\r\nTAG OK done\r\n")
        }
        ("UID", "MOVE") => {
            world.inbox.retain(|uid, _| !holds(nth(2), *uid));
            "* OK [COPYUID 7 3:4 1:2] moved\r\n* 3 EXPUNGE\r\n* 3 EXPUNGE\r\nTAG OK done\r\n"
                .to_owned()
        }
        ("UID", "EXPUNGE") => match &mut world.vice {
            Vice::Refuses => "TAG NO not today\r\n".to_owned(),
            Vice::HangsUp(times @ 1..) => {
                *times -= 1;
                return None;
            }
            _ => {
                world
                    .inbox
                    .retain(|uid, marked| !(*marked && holds(nth(2), *uid)));
                "TAG OK done\r\n".to_owned()
            }
        },
        ("NOOP" | "UNSELECT", _) => "TAG OK done\r\n".to_owned(),
        _ => return None,
    };
    Some(answer)
}

fn serve(talk: &mut Talk, world: &Shared) {
    talk.login("IMAP4rev1 UIDPLUS UNSELECT MOVE");
    loop {
        let line = talk.line();
        let Some((tag, command)) = line.split_once(' ') else {
            return;
        };
        let mut world = world.lock().unwrap();
        world.log.push(command.to_owned());
        let Some(answer) = answer(&mut world, command) else {
            return;
        };
        talk.send(answer.replace("TAG", tag));
    }
}

/// Runs `expunge` over so many connections; gives what it said, what INBOX holds, and the commands.
fn run(vice: Vice, connections: usize, words: &[&str]) -> (Ran, BTreeMap<u32, bool>, Vec<String>) {
    let mut inbox = BTreeMap::from([(1, false), (2, true), (3, false), (4, false)]);
    if vice == Vice::LosesSome {
        inbox.extend((1001..1801).step_by(2).map(|uid| (uid, false)));
    }
    let world: Shared = Arc::new(Mutex::new(World {
        inbox,
        open: String::new(),
        vice,
        examined: 0,
        log: Vec::new(),
    }));
    let script = |world: Shared| -> Script { Box::new(move |talk| serve(talk, &world)) };
    let scripts = (0..connections).map(|_| script(Arc::clone(&world)));
    let server = Server::sequence(scripts.collect());
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("voicemail.conf");
    let text = format!(
        "[general]\nimapserver=127.0.0.1\nimapport={}\nimapflags=notls\n[default]\n\
         4123 => 1,A,,,imapuser=ada|imappassword=analytical\n",
        server.port
    );
    std::fs::write(&conf, text).unwrap();
    let call = Vmimap::new(["expunge", "4123", "--yes", "--json"]).args(words);
    let call = call.arg("--voicemail-conf").arg(&conf);
    let ran = call.arg("--state-dir").arg(dir.path()).run();
    // A script that nobody came for must fail and not wait for ever.
    for _ in 0..connections {
        let _ = std::net::TcpStream::connect(("127.0.0.1", server.port));
    }
    server.finish();
    let world = world.lock().unwrap();
    for command in &world.log {
        assert!(
            !command.starts_with("EXPUNGE") && !command.starts_with("CLOSE"),
            "{command}"
        );
    }
    (ran, world.inbox.clone(), world.log.clone())
}

#[test]
fn another_message_under_the_same_uid_stays_and_is_a_failure() {
    let (ran, left, log) = run(Vice::Swaps, 2, &[]);
    assert_eq!(
        (ran.count("removed"), ran.count("refused")),
        (1, 1),
        "{ran:?}"
    );
    ran.status(3);
    assert_eq!(left, BTreeMap::from([(1, false), (2, true), (3, false)]));
    assert!(log.contains(&"UID EXPUNGE 4".to_owned()), "{log:?}");
}

#[test]
fn a_refusal_after_marking_takes_the_marks_back() {
    let (ran, left, _) = run(Vice::Refuses, 2, &[]);
    assert_eq!(
        (ran.count("removed"), ran.count("may_be_marked")),
        (0, 0),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("not today"), "{}", ran.stdout);
    ran.status(3);
    assert_eq!(
        left,
        BTreeMap::from([(1, false), (2, true), (3, false), (4, false)])
    );
}

#[test]
fn a_connection_that_breaks_once_is_made_anew_and_the_work_ended() {
    let (ran, left, _) = run(Vice::HangsUp(1), 3, &[]);
    assert_eq!(ran.status(0).count("removed"), 2);
    assert_eq!(left, BTreeMap::from([(1, false), (2, true)]));
}

#[test]
fn a_connection_that_breaks_again_leaves_no_mark_of_ours() {
    let (ran, left, log) = run(Vice::HangsUp(2), 4, &[]);
    assert_eq!((ran.count("removed"), ran.count("left")), (0, 2), "{ran:?}");
    assert_eq!(ran.count("may_be_marked"), 0);
    ran.status(3);
    assert_eq!(
        left,
        BTreeMap::from([(1, false), (2, true), (3, false), (4, false)])
    );
    assert!(
        log.contains(&"UID STORE 3:4 -FLAGS.SILENT (\\Deleted)".to_owned()),
        "{log:?}"
    );
}

#[test]
fn what_was_moved_and_is_not_in_the_trash_is_a_failure() {
    let (ran, _, _) = run(Vice::Loses, 2, &["--trash", "Bin"]);
    let said = ran.json();
    let failure = said.iter().find(|line| line["type"] == "failure").unwrap();
    let error = failure["error"].as_str().unwrap();
    assert!(error.contains("Bin"), "{error}");
    assert_eq!((ran.count("removed"), ran.count("left")), (0, 2));
    ran.status(3);
}

#[test]
fn what_was_moved_before_a_refusal_is_looked_for_in_the_trash_as_well() {
    let (ran, _, log) = run(Vice::LosesSome, 2, &["--trash", "Bin"]);
    let moves = log.iter().filter(|line| line.starts_with("UID MOVE"));
    assert_eq!(moves.count(), 2, "{log:?}");
    let said = ran.json();
    let failure = said.iter().find(|line| line["type"] == "failure").unwrap();
    let error = failure["error"].as_str().unwrap();
    assert!(error.contains("full"), "{error}");
    assert_eq!(
        (
            ran.count("removed"),
            ran.count("refused"),
            ran.count("left")
        ),
        (0, 180, 222),
        "{}",
        ran.summary()
    );
    ran.status(3);
}
