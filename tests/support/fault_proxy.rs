//! A proxy on loopback that stands before a real server and spoils the answer to one command.
//!
//! It reads whole commands and whole answers, numbers the places where a server can say something
//! (a greeting, or the answer to a command; together *points*), and does its one fault at one of
//! them. Commands that come together are handed on one by one, as a slow server would take them. A
//! farewell is no point: nobody waits for its answer. Understands Dovecot with LITERAL+, no more.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::fault_play;
use super::fault_words::{Answer, command_name};
use super::process;

/// What is done at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// NO, BAD: the server does not do it, and says so with the command's own words.
    No,
    Bad,
    /// BYE instead of doing it; and after doing it, instead of the answer.
    Bye,
    ByeAfter,
    /// Nothing, the connection stays open: without doing it, after doing it.
    SilenceBefore,
    Silence,
    /// What is no IMAP, then the true answer.
    Garbage,
    /// A literal that ends in the middle, with the connection.
    HalfLiteral,
    /// A literal of 4 GiB is announced, some of it comes, then nothing; or a drop now and then.
    HugeLiteral,
    Drip,
    /// 200,000 open parentheses, then the true answer.
    Deep,
    /// Text that is neither ASCII nor UTF-8, in asides and in the answer itself.
    EightBit,
    /// The true answer with LF for CRLF.
    BareLf,
    /// Something else happened in the folder, says the server before its answer.
    Exists,
    Expunge,
    Fetch,
    /// The answer belongs to no command that was sent.
    WrongTag,
    /// OK, and nothing is done and nothing told.
    Lie,
    /// Every UIDVALIDITY from here on is another one.
    UidValidity,
    /// The connection ends, or the program is killed: before the command, in its middle, after it.
    CutBefore,
    CutHalf,
    CutAfter,
    KillBefore,
    KillHalf,
    KillAfter,
    /// The hook is called before the command goes on, and that is all.
    Hook,
}

/// Where a server could say something in a run.
#[derive(Debug, Clone)]
pub struct Point {
    pub command: String,
    pub validity: bool,
}

/// Is called at the point of [`Fault::Hook`].
pub type Hook = Box<dyn Fn() + Send + Sync>;

/// The proxy; it listens until dropped.
pub struct FaultProxy {
    port: u16,
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    target: String,
    at: usize,
    fault: Option<Fault>,
    pub(super) hook: Option<Hook>,
    pub(super) latency: Duration,
    /// Each so-manieth point is spoiled instead of one.
    every: Option<usize>,
    /// Connections at once, and what the others are told before they are closed.
    room: Option<(usize, &'static str)>,
    open: AtomicUsize,
    most: AtomicUsize,
    turned_away: AtomicUsize,
    armed: AtomicBool,
    closed: AtomicBool,
    struck: AtomicBool,
    points: Mutex<Vec<Point>>,
    /// The process to kill.
    pid: AtomicU32,
    /// What SETQUOTA set: Dovecot itself refuses it.
    limit: Mutex<Option<String>>,
}

impl FaultProxy {
    /// Spoils nothing; counts the points.
    pub fn clean(target: &str) -> Self {
        Self::build(Shared::new(target))
    }

    /// Does `fault` at point `at`, counted from 0 over all connections.
    pub fn start(target: &str, at: usize, fault: Fault) -> Self {
        let shared = Shared {
            at,
            fault: Some(fault),
            ..Shared::new(target)
        };
        Self::build(shared)
    }

    /// Calls `hook` before the command of point `at` goes on.
    pub fn hooked(target: &str, at: usize, hook: Hook) -> Self {
        let shared = Shared {
            at,
            fault: Some(Fault::Hook),
            hook: Some(hook),
            ..Shared::new(target)
        };
        Self::build(shared)
    }

    /// Spoils nothing; each answer comes later by `latency`.
    pub fn distant(target: &str, latency: Duration) -> Self {
        let shared = Shared {
            latency,
            ..Shared::new(target)
        };
        Self::build(shared)
    }

    /// Does `fault` at each `every`th point.
    pub fn often(target: &str, every: usize, fault: Fault) -> Self {
        let shared = Shared {
            fault: Some(fault),
            every: Some(every),
            ..Shared::new(target)
        };
        Self::build(shared)
    }

    /// Lets so many connections in at once; the others are told `words` and closed.
    pub fn narrow(target: &str, most: usize, words: &'static str) -> Self {
        let shared = Shared {
            room: Some((most, words)),
            ..Shared::new(target)
        };
        Self::build(shared)
    }

    fn build(shared: Shared) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(shared);
        let other = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if other.closed.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(client) = client else { continue };
                let shared = Arc::clone(&other);
                thread::spawn(move || shared.serve(&client));
            }
        });
        Self { port, shared }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The points that were passed, the one of the fault included.
    pub fn points(&self) -> Vec<Point> {
        self.shared.points.lock().unwrap().clone()
    }

    /// Whether the fault was done.
    pub fn struck(&self) -> bool {
        self.shared.struck.load(Ordering::SeqCst)
    }

    /// Spoils nothing from here on.
    pub fn disarm(&self) {
        self.shared.armed.store(false, Ordering::SeqCst);
    }

    /// Names the process that is to be killed.
    pub fn aim(&self, pid: u32) {
        self.shared.pid.store(pid, Ordering::SeqCst);
    }

    /// The most connections at once that were let in, and how many were not.
    pub fn crowd(&self) -> (usize, usize) {
        let count = |of: &AtomicUsize| of.load(Ordering::SeqCst);
        (count(&self.shared.most), count(&self.shared.turned_away))
    }

    /// What SETQUOTA set.
    pub fn limit(&self) -> Option<String> {
        self.shared.limit.lock().unwrap().clone()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn new(target: &str) -> Self {
        Self {
            target: target.to_owned(),
            at: 0,
            fault: None,
            hook: None,
            latency: Duration::ZERO,
            every: None,
            room: None,
            open: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            turned_away: AtomicUsize::new(0),
            armed: AtomicBool::new(true),
            closed: AtomicBool::new(false),
            struck: AtomicBool::new(false),
            points: Mutex::default(),
            pid: AtomicU32::new(0),
            limit: Mutex::default(),
        }
    }

    /// Plays one connection, where there is room for it.
    fn serve(&self, client: &TcpStream) {
        let _ = client.set_nodelay(true);
        let before = self.open.fetch_add(1, Ordering::SeqCst);
        match self.room {
            Some((most, words)) if before >= most => {
                self.turned_away.fetch_add(1, Ordering::SeqCst);
                fault_play::say(client, words);
            }
            _ => {
                self.most.fetch_max(before + 1, Ordering::SeqCst);
                if let Ok(server) = TcpStream::connect(&self.target) {
                    let _ = server.set_nodelay(true);
                    fault_play::converse(self, client, &server);
                    let _ = server.shutdown(Shutdown::Both);
                }
            }
        }
        self.open.fetch_sub(1, Ordering::SeqCst);
        let _ = client.shutdown(Shutdown::Both);
    }

    /// Counts a point, and says what is to be done there.
    pub(super) fn point(&self, command: &str) -> (usize, Option<Fault>) {
        let mut points = self.points.lock().unwrap();
        let at = points.len();
        points.push(Point {
            command: command.to_owned(),
            validity: false,
        });
        drop(points);
        let armed = self.armed.load(Ordering::SeqCst);
        let lasting = self.fault == Some(Fault::UidValidity) && at >= self.at;
        let here = match self.every {
            Some(every) => at % every == every - 1,
            None => at == self.at,
        };
        let now = armed && (here || lasting);
        if now && self.fault.is_some() {
            self.struck.store(true, Ordering::SeqCst);
        }
        (at, self.fault.filter(|_| now))
    }

    pub(super) fn note_validity(&self, at: usize, answer: &Answer) {
        let validity = answer.says("UIDVALIDITY") || answer.says("APPENDUID");
        self.points.lock().unwrap()[at].validity = validity;
    }

    pub(super) fn kill(&self) {
        let begun = Instant::now();
        while self.pid.load(Ordering::SeqCst) == 0 && begun.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(1));
        }
        let pid = self.pid.load(Ordering::SeqCst);
        assert_ne!(pid, 0, "nobody said whom to kill");
        process::signal(pid, "KILL");
    }

    /// SETQUOTA as a server does that permits it; a limit that was set is what is told of it.
    pub(super) fn set_quota(&self, command: &[u8], answer: &mut Answer, tag: &str) {
        let text = String::from_utf8_lossy(command).into_owned();
        if command_name(command) == "SETQUOTA" {
            let limits = text.rsplit_once('(').map_or("", |(_, rest)| rest);
            *self.limit.lock().unwrap() = Some(limits.trim_end().trim_end_matches(')').to_owned());
            *answer = Answer::of_line(&format!("{tag} OK set\r\n"));
        } else if let Some(limit) = self.limit()
            && answer.says("* QUOTA ")
        {
            answer.limit_storage(limit.rsplit(' ').next().unwrap_or_default());
        }
    }

    fn limit(&self) -> Option<String> {
        self.limit.lock().unwrap().clone()
    }
}
