//! A server without UIDPLUS, of the tests' own: one INBOX that outlives connections, and one fault a
//! run. Says BAD to UID EXPUNGE, as UW imapd did until 2006, and EXPUNGE takes all that is marked.

#![allow(dead_code)] // each test file uses a part of it

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use super::scripted::{Script, Server, Talk, holds};
use super::support::cli::{Ran, Vmimap};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    #[default]
    None,
    /// Hangs up at the command with this number, counted over all connections of a run, before or
    /// after doing it; and where so, takes no connection afterwards.
    HangsUp { at: usize, done: bool, stays: bool },
    /// Somebody else marks message 1 while this command is carried out for the `n`th time.
    OtherMarks(&'static str, usize),
    /// Somebody else takes the mark off message 3, which is planned, at the last look.
    OtherUnmarks,
    /// Hangs up at EXPUNGE, and carries it out two seconds later.
    LateExpunge,
    /// Message 1 is marked at the last look; told only by a FETCH within its answer, or behind it.
    TellsOfMark { behind: bool },
    /// Says NO to EXPUNGE.
    RefusesExpunge,
    /// Says OK to taking marks off, or to putting them on, and does nothing, for others' messages.
    Keeps { sign: char },
}

/// INBOX: UIDs and whether they are marked. 1, 2 and 6 are others' mail, 2 and 6 marked; 3, 4 and 5
/// voicemail, 5 marked.
pub struct World {
    pub inbox: BTreeMap<u32, bool>,
    pub validity: u32,
    pub fault: Fault,
    pub log: Vec<String>,
    down: bool,
}

pub const BEFORE: [(u32, bool); 6] = [
    (1, false),
    (2, true),
    (3, false),
    (4, false),
    (5, true),
    (6, true),
];

/// What stands in the log once an EXPUNGE was carried out late.
pub const LATE: &str = "(late EXPUNGE)";

/// What is left where all that was planned is gone.
pub const AFTER: [(u32, bool); 3] = [(1, false), (2, true), (6, true)];

fn header(uid: u32) -> String {
    if matches!(uid, 1 | 2 | 6) {
        return format!("Message-ID: <mail-{uid}@test>\r\n\r\n");
    }
    format!(
        "X-Asterisk-VM-Extension: 4123\r\nX-Asterisk-VM-Context: default\r\n\
         X-Asterisk-VM-Orig-time: 1000\r\nMessage-ID: <vm-{uid}@test>\r\n\r\n"
    )
}

impl World {
    fn fetch(&self, set: &str, command: &str) -> String {
        let mut answer = String::new();
        for (number, (uid, marked)) in (1..).zip(&self.inbox) {
            if !holds(set, *uid) {
                continue;
            }
            let flags = if *marked { "\\Deleted" } else { "" };
            let _ = write!(answer, "* {number} FETCH (UID {uid} FLAGS ({flags})");
            if command.contains("SIZE") {
                answer.push_str(" RFC822.SIZE 500");
            }
            let mut text = header(*uid);
            if command.contains("(MESSAGE-ID)") {
                let at = text.find("Message-ID").unwrap();
                text.drain(..at);
            }
            if command.contains("HEADER") {
                let length = text.len();
                let _ = write!(answer, " BODY[HEADER.FIELDS (X)] {{{length}}}\r\n{text}");
            }
            answer.push_str(")\r\n");
        }
        answer + "TAG OK done\r\n"
    }

    fn store(&mut self, set: &str, sign: char) -> String {
        for (uid, marked) in &mut self.inbox {
            let kept = self.fault == Fault::Keeps { sign } && matches!(uid, 2 | 6);
            if holds(set, *uid) && !kept {
                *marked = sign == '+';
            }
        }
        "TAG OK done\r\n".to_owned()
    }

    fn search(&self, deleted: bool) -> String {
        let found = self.inbox.iter().filter(|(_, marked)| **marked || !deleted);
        let found: Vec<String> = found.map(|(uid, _)| uid.to_string()).collect();
        let mark = "* 1 FETCH (FLAGS (\\Deleted))\r\n";
        let looks = self.log.iter().filter(|line| *line == "UID SEARCH DELETED");
        let (within, behind) = match self.fault {
            Fault::TellsOfMark { behind } if deleted && looks.count() > 1 => {
                if behind {
                    ("", mark)
                } else {
                    (mark, "")
                }
            }
            _ => ("", ""),
        };
        let found = found.join(" ");
        format!("* SEARCH {found}\r\n{within}TAG OK done\r\n{behind}")
    }

    fn answer(&mut self, command: &str) -> String {
        let words: Vec<&str> = command.split(' ').collect();
        let nth = |at: usize| words.get(at).copied().unwrap_or_default();
        if let Fault::OtherMarks(at, n) = self.fault {
            let so_far = self.log.iter().filter(|line| line.as_str() == at).count();
            if command == at && so_far == n {
                self.inbox.insert(1, true);
            }
        }
        let looks = self.log.iter().filter(|line| *line == "UID SEARCH DELETED");
        if self.fault == Fault::OtherUnmarks && looks.count() == 2 {
            self.inbox.insert(3, false);
        }
        match (nth(0), nth(1)) {
            ("LIST", _) => "* LIST () \"/\" INBOX\r\nTAG OK done\r\n".to_owned(),
            ("EXAMINE" | "SELECT", _) => format!(
                "* {} EXISTS\r\n* OK [UIDVALIDITY {}] ok\r\nTAG OK [READ-WRITE] in\r\n",
                self.inbox.len(),
                self.validity
            ),
            ("UID", "FETCH") => self.fetch(nth(2), command),
            ("UID", "STORE") => self.store(nth(2), nth(3).chars().next().unwrap_or('+')),
            ("UID", "SEARCH") => self.search(nth(2) == "DELETED"),
            ("EXPUNGE", _) if self.fault == Fault::RefusesExpunge => {
                "TAG NO not today\r\n".to_owned()
            }
            ("EXPUNGE", _) => {
                let before = self.inbox.len();
                self.inbox.retain(|_, marked| !*marked);
                let gone = before - self.inbox.len();
                "* 1 EXPUNGE\r\n".repeat(gone) + "TAG OK done\r\n"
            }
            ("NOOP" | "UNSELECT", _) => "TAG OK done\r\n".to_owned(),
            _ => format!("TAG BAD Command unrecognized: {command}\r\n"),
        }
    }
}

/// What a server does that was busy when the command came, and its client is gone.
fn expunge_late(world: &Arc<Mutex<World>>) {
    let world = Arc::clone(world);
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(2));
        let mut world = world.lock().unwrap();
        world.inbox.retain(|_, marked| !*marked);
        world.log.push(LATE.to_owned());
    });
}

fn serve(talk: &mut Talk, shared: &Arc<Mutex<World>>) {
    let world = shared;
    if world.lock().unwrap().down {
        return;
    }
    talk.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
    let line = talk.line();
    let Some((tag, _)) = line.split_once(" AUTHENTICATE PLAIN ") else {
        return; // somebody who only looks at the door
    };
    talk.send(format!("{tag} OK [CAPABILITY IMAP4rev1 UNSELECT] in\r\n"));
    loop {
        let line = talk.line();
        let Some((tag, command)) = line.split_once(' ') else {
            return;
        };
        if command == "LOGOUT" {
            return;
        }
        let mut world = world.lock().unwrap();
        world.log.push(command.to_owned());
        if world.fault == Fault::LateExpunge && command == "EXPUNGE" {
            world.fault = Fault::None;
            return expunge_late(shared);
        }
        let hangs = match world.fault {
            Fault::HangsUp { at, done, stays } if world.log.len() == at + 1 => Some((done, stays)),
            _ => None,
        };
        world.down = hangs.is_some_and(|(_, stays)| stays);
        if hangs.is_some_and(|(done, _)| !done) {
            return;
        }
        let answer = world.answer(command);
        if hangs.is_some() {
            return;
        }
        talk.send(answer.replace("TAG", tag));
    }
}

/// The server, a voicemail.conf that names it, and a state directory.
pub struct LiftSite {
    world: Arc<Mutex<World>>,
    server: Option<Server>,
    dir: tempfile::TempDir,
}

/// Connections a test may need.
const CONNECTIONS: usize = 24;

impl LiftSite {
    pub fn new(fault: Fault) -> Self {
        let world = Arc::new(Mutex::new(World {
            inbox: BTreeMap::from(BEFORE),
            validity: 7,
            fault,
            log: Vec::new(),
            down: false,
        }));
        let script =
            |world: Arc<Mutex<World>>| -> Script { Box::new(move |talk| serve(talk, &world)) };
        let scripts = (0..CONNECTIONS).map(|_| script(Arc::clone(&world)));
        let server = Server::sequence(scripts.collect());
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "[general]\nimapserver=127.0.0.1\nimapport={}\nimapflags=notls\n[default]\n\
             4123 => 1,A,,,imapuser=ada|imappassword=analytical\n",
            server.port
        );
        std::fs::write(dir.path().join("voicemail.conf"), text).unwrap();
        Self {
            world,
            server: Some(server),
            dir,
        }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// INBOX now.
    pub fn inbox(&self) -> Vec<(u32, bool)> {
        let inbox = &self.world().inbox;
        inbox.iter().map(|(uid, marked)| (*uid, *marked)).collect()
    }

    /// The server is well from here on, and its log begins anew.
    pub fn heal(&self) {
        let mut world = self.world();
        world.fault = Fault::None;
        world.down = false;
        world.log.clear();
    }

    pub fn state(&self) -> std::path::PathBuf {
        self.dir.path().join("state")
    }

    pub fn run(&self, verb: &str, words: &[&str]) -> Ran {
        let call = Vmimap::new([verb]).args(words);
        let call = call
            .arg("--voicemail-conf")
            .arg(self.dir.path().join("voicemail.conf"));
        call.arg("--state-dir").arg(self.state()).run()
    }

    /// `expunge 4123 --yes --lift-foreign-marks --json`
    pub fn lift(&self) -> Ran {
        let words = ["4123", "--yes", "--lift-foreign-marks", "--json"];
        self.run("expunge", &words)
    }
}

impl Drop for LiftSite {
    fn drop(&mut self) {
        let Some(server) = self.server.take() else {
            return;
        };
        // A script that nobody came for must end and not wait for ever.
        if let Ok(mut world) = self.world.lock() {
            world.down = true;
        }
        for _ in 0..CONNECTIONS {
            let _ = std::net::TcpStream::connect(("127.0.0.1", server.port));
        }
        if !std::thread::panicking() {
            server.finish();
        }
    }
}
