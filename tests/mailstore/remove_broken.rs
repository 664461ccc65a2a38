//! Removing where the server does not do what it says: a server of the tests' own with one folder
//! and one vice.

use crate::scripted;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use scripted::{Server, Talk, folder};
use vmimap::mailstore::error::StoreError;
use vmimap::mailstore::session::{Removal, RemovalStopped, Session};
use vmimap::mailstore::types::{Uid, UidValidity};

const CAPS: &str = "IMAP4rev1 UIDPLUS UNSELECT";

/// What a server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vice {
    None,
    /// Says BAD to UID EXPUNGE, and (where so) to taking the mark back.
    Refuses {
        marks: bool,
    },
    /// Does not mark message 4, and expunges whatever it is told to, marked or not.
    LikeMix,
    /// Takes UID EXPUNGE for EXPUNGE.
    TakesAll,
    /// Somebody else removes message 9 while UID EXPUNGE runs.
    OthersRemove,
    /// A new message comes and goes meanwhile.
    OthersComeAndGo,
    /// None; but message 4 has two Message-IDs.
    TwoIds,
    /// Says OK to UID EXPUNGE and does nothing.
    Idle,
    /// Says OK to UID SEARCH and nothing else, from the second time on.
    Mute,
    /// Hangs up when this command comes for the n-th time, after or before doing it.
    HangsUp {
        at: &'static str,
        done: bool,
    },
}

/// One folder: UIDs, and whether they are marked. 2 and 7 are by somebody else.
struct Folder {
    messages: BTreeMap<u32, bool>,
    vice: Vice,
    searches: u32,
}

type Log = Arc<Mutex<Vec<String>>>;
type State = Arc<Mutex<BTreeMap<u32, bool>>>;

impl Folder {
    fn serve(&mut self, talk: &mut Talk, log: &Log, state: &State) {
        loop {
            let line = talk.line();
            let Some((tag, command)) = line.split_once(' ') else {
                return;
            };
            log.lock().unwrap().push(command.to_owned());
            let hangs_up = matches!(self.vice, Vice::HangsUp { at, .. } if command.starts_with(at));
            if hangs_up && matches!(self.vice, Vice::HangsUp { done: false, .. }) {
                return;
            }
            let answer = self.answer(command);
            state.lock().unwrap().clone_from(&self.messages);
            if hangs_up {
                return;
            }
            talk.send(answer.replace("TAG", tag));
        }
    }

    fn answer(&mut self, command: &str) -> String {
        let words: Vec<_> = command.split(' ').collect();
        match (words[0], words.get(1).copied().unwrap_or_default()) {
            ("SELECT", _) => {
                let count = self.messages.len();
                format!("* {count} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nTAG OK [READ-WRITE] in\r\n")
            }
            ("UID", "FETCH") => self.fetch(words[2]),
            ("UID", "STORE") => self.store(words[2], words[3] == "+FLAGS.SILENT"),
            ("UID", "SEARCH") => {
                self.searches += 1;
                if self.vice == Vice::Mute && self.searches > 1 {
                    return "TAG OK done\r\n".to_owned();
                }
                let all: Vec<_> = self.messages.keys().map(ToString::to_string).collect();
                format!("* SEARCH {}\r\nTAG OK done\r\n", all.join(" "))
            }
            ("UID", "EXPUNGE") => self.expunge(words[2]),
            ("UNSELECT", _) => "TAG OK out\r\n".to_owned(),
            _ => format!("TAG BAD {command}\r\n"),
        }
    }

    fn fetch(&self, set: &str) -> String {
        let mut answer = String::new();
        for (uid, marked) in self.messages.iter().filter(|(uid, _)| holds(set, **uid)) {
            let flags = if *marked { "\\Deleted" } else { "" };
            let other = match (self.vice, uid) {
                (Vice::TwoIds, 4) => "Message-ID: <other@test>\r\n",
                _ => "",
            };
            let id = format!("Message-ID: <{uid}@test>\r\n{other}\r\n");
            let _ = write!(
                answer,
                "* 1 FETCH (UID {uid} FLAGS ({flags}) BODY[HEADER.FIELDS (MESSAGE-ID)] {{{}}}\r\n{id})\r\n",
                id.len()
            );
        }
        answer + "TAG OK done\r\n"
    }

    fn store(&mut self, set: &str, mark: bool) -> String {
        if !mark && self.vice == (Vice::Refuses { marks: true }) {
            return "TAG NO not any more\r\n".to_owned();
        }
        let vice = self.vice;
        for (uid, marked) in self
            .messages
            .iter_mut()
            .filter(|(uid, _)| holds(set, **uid))
        {
            *marked = mark && !(vice == Vice::LikeMix && *uid == 4);
        }
        "TAG OK done\r\n".to_owned()
    }

    fn expunge(&mut self, set: &str) -> String {
        let vice = self.vice;
        if matches!(vice, Vice::Refuses { .. }) {
            return "TAG BAD Command unrecognized: UID EXPUNGE\r\n".to_owned();
        }
        let mut answer = String::new();
        let mut goes = |uid: u32, marked: bool| {
            let named = holds(set, uid);
            let goes = match vice {
                Vice::TakesAll => marked,
                Vice::LikeMix => named,
                Vice::OthersRemove => (named && marked) || uid == 9,
                Vice::Idle => false,
                _ => named && marked,
            };
            if goes {
                answer += "* 1 EXPUNGE\r\n";
            }
            goes
        };
        self.messages.retain(|uid, marked| !goes(*uid, *marked));
        if vice == Vice::OthersComeAndGo {
            answer += "* 11 EXISTS\r\n* 11 EXPUNGE\r\n";
        }
        answer + "TAG OK done\r\n"
    }
}

fn holds(set: &str, uid: u32) -> bool {
    set.split(',').any(|range| {
        let (low, high) = range.split_once(':').unwrap_or((range, range));
        (low.parse().unwrap()..=high.parse().unwrap()).contains(&uid)
    })
}

struct Played {
    outcome: Result<Removal, Box<RemovalStopped>>,
    log: Vec<String>,
    left: BTreeMap<u32, bool>,
    dead: bool,
}

impl Played {
    fn stopped(&self) -> &RemovalStopped {
        self.outcome.as_ref().unwrap_err()
    }

    fn done(&self) -> &Removal {
        match &self.outcome {
            Ok(done) => done,
            Err(stopped) => &stopped.done,
        }
    }

    fn marked(&self) -> Vec<u32> {
        let marked = self.left.iter().filter(|(_, marked)| **marked);
        marked.map(|(uid, _)| *uid).collect()
    }
}

fn uids(numbers: &[u32]) -> Vec<Uid> {
    numbers
        .iter()
        .map(|n| Uid(NonZeroU32::new(*n).unwrap()))
        .collect()
}

/// Removes 3, 4 and 7 (marked by somebody else already) of ten messages.
fn play(vice: Vice) -> Played {
    let (log, state) = (Log::default(), State::default());
    let (server_log, server_state) = (Arc::clone(&log), Arc::clone(&state));
    let server = Server::logged_in(CAPS, move |talk| {
        let mut folder = Folder {
            messages: (1..=10).map(|uid| (uid, matches!(uid, 2 | 7))).collect(),
            vice,
            searches: 0,
        };
        folder.serve(talk, &server_log, &server_state);
    });
    let mut session = server.connect().unwrap();
    let validity = UidValidity(NonZeroU32::new(7).unwrap());
    let outcome = session.remove(&folder(), validity, &uids(&[3, 4, 7]), &mut |m| {
        m.message_id.as_deref() == Some(&format!("<{}@test>", m.uid))
    });
    let dead = session.is_dead();
    Session::logout(session);
    server.finish();
    let log = log.lock().unwrap().clone();
    for line in &log {
        assert!(
            !line.starts_with("EXPUNGE") && !line.starts_with("CLOSE"),
            "{line}"
        );
    }
    let left = state.lock().unwrap().clone();
    Played {
        outcome,
        log,
        left,
        dead,
    }
}

#[test]
fn a_good_server_is_asked_in_this_order() {
    let played = play(Vice::None);
    assert_eq!(played.outcome.unwrap().removed, uids(&[3, 4, 7]));
    let look = "UID FETCH 3:4,7 (UID FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])";
    assert_eq!(
        played.log,
        [
            "SELECT \"Old\"",
            look,
            "UID SEARCH ALL",
            "UID STORE 3:4 +FLAGS.SILENT (\\Deleted)",
            look,
            "UID EXPUNGE 3:4,7",
            "UID SEARCH ALL",
            "UNSELECT",
            "LOGOUT",
        ]
    );
}

#[test]
fn a_refusal_takes_back_our_marks_and_only_ours() {
    let played = play(Vice::Refuses { marks: false });
    let stopped = played.stopped();
    assert_eq!(
        stopped.to_string(),
        "UID EXPUNGE in Old: BAD Command unrecognized: UID EXPUNGE"
    );
    assert_eq!(
        (&stopped.done.kept, &stopped.done.removed),
        (&uids(&[3, 4, 7]), &vec![])
    );
    assert_eq!(
        played.marked(),
        [2, 7],
        "what somebody else has marked stays marked"
    );
    assert!(
        played
            .log
            .contains(&"UID STORE 3:4 -FLAGS.SILENT (\\Deleted)".to_owned())
    );
    assert_eq!(played.left.len(), 10);
    assert!(!played.dead);
}

#[test]
fn marks_that_cannot_be_taken_back_are_told() {
    let played = play(Vice::Refuses { marks: true });
    assert_eq!(played.stopped().done.may_be_marked, uids(&[3, 4]));
    assert!(
        played
            .stopped()
            .to_string()
            .ends_with("; 2 messages may be left marked as deleted")
    );
    assert_eq!(played.marked(), [2, 3, 4, 7]);
}

#[test]
fn a_message_that_is_not_marked_is_never_named_to_a_server_that_would_expunge_it() {
    let played = play(Vice::LikeMix);
    assert_eq!(played.done().unmarked, uids(&[4]));
    assert_eq!(played.done().removed, uids(&[3, 7]));
    assert!(
        played.log.contains(&"UID EXPUNGE 3,7".to_owned()),
        "{:?}",
        played.log
    );
    assert!(played.left.contains_key(&4) && played.left.len() == 8);
}

#[test]
fn more_vanished_than_was_asked_for_is_an_error_whoever_did_it() {
    for (vice, also) in [(Vice::TakesAll, 2), (Vice::OthersRemove, 9)] {
        let played = play(vice);
        let stopped = played.stopped();
        assert!(
            matches!(stopped.error, StoreError::MoreVanished { count: 1, .. }),
            "{stopped}"
        );
        assert_eq!(stopped.done.also_gone, uids(&[also]), "{vice:?}");
        assert_eq!(stopped.done.removed, uids(&[3, 4, 7]), "{vice:?}");
        assert!(!played.dead);
    }
}

#[test]
fn expunge_answers_about_a_message_that_came_meanwhile_alarm_nobody() {
    let played = play(Vice::OthersComeAndGo);
    assert_eq!(played.outcome.as_ref().unwrap().removed, uids(&[3, 4, 7]));
}

#[test]
fn an_ok_is_not_believed_where_the_messages_are_still_there() {
    let played = play(Vice::Idle);
    let done = played.outcome.as_ref().unwrap();
    assert_eq!((&done.kept, done.removed.len()), (&uids(&[3, 4, 7]), 0));
    assert!(done.may_be_marked.is_empty());
    assert_eq!(played.marked(), [2, 7]);
}

#[test]
fn a_search_without_an_answer_is_not_an_empty_folder() {
    let played = play(Vice::Mute);
    assert!(matches!(
        played.stopped().error,
        StoreError::OutcomeUnknown { .. }
    ));
    assert!(played.done().removed.is_empty() && played.done().also_gone.is_empty());
    assert!(played.dead);
}

#[test]
fn a_connection_that_ends_at_any_command_says_what_may_be_marked() {
    for (at, unknown) in [
        ("SELECT", false),
        ("UID FETCH", false),
        ("UID SEARCH", false),
        ("UID STORE", true),
        ("UID EXPUNGE", true),
    ] {
        for done in [false, true] {
            let played = play(Vice::HangsUp { at, done });
            let stopped = played.stopped();
            let is_unknown = matches!(stopped.error, StoreError::OutcomeUnknown { .. });
            assert_eq!(is_unknown, unknown, "{at}: {stopped}");
            let may_be_marked: &[u32] = if unknown { &[3, 4] } else { &[] };
            assert_eq!(stopped.done.may_be_marked, uids(may_be_marked), "{at}");
            assert!(stopped.done.removed.is_empty(), "{at}");
            for uid in played.marked() {
                assert!(
                    matches!(uid, 2 | 7) || may_be_marked.contains(&uid),
                    "{at}: {uid}"
                );
            }
            assert!(played.dead);
        }
    }
}

#[test]
fn of_two_message_ids_the_first_counts_as_in_a_listing() {
    let played = play(Vice::TwoIds);
    assert_eq!(played.done().removed, uids(&[3, 4, 7]));
}
