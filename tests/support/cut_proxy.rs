//! A TCP proxy on loopback that cuts one connection, usually the first, or every one, after a given
//! number of octets.
//!
//! What is tested is what happens after a cut, not a dead network.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Which direction is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// What the program sends.
    ToServer,
    /// What the server answers.
    ToClient,
}

/// The proxy; it listens until dropped.
pub struct CutProxy {
    port: u16,
    closed: Arc<AtomicBool>,
    /// What went by in the counted direction on that connection.
    passed: Arc<Mutex<Vec<u8>>>,
}

impl CutProxy {
    /// Cuts the first connection to `target` once `after` octets went by in `direction`.
    pub fn start(target: String, direction: Direction, after: usize) -> Self {
        Self::start_at(target, direction, after, 0)
    }

    /// As [`start`](Self::start), for the connection with this number, counted from 0.
    pub fn start_at(target: String, direction: Direction, after: usize, which: usize) -> Self {
        Self::cutting(target, direction, after, Some(which))
    }

    /// As [`start`](Self::start), for each connection.
    pub fn start_each(target: String, direction: Direction, after: usize) -> Self {
        Self::cutting(target, direction, after, None)
    }

    fn cutting(target: String, direction: Direction, after: usize, which: Option<usize>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let closed = Arc::new(AtomicBool::new(false));
        let passed = Arc::new(Mutex::new(Vec::new()));
        let (stop, count) = (Arc::clone(&closed), Arc::clone(&passed));
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let cut = which.is_none_or(|which| which == number);
                let limit = if cut { after } else { usize::MAX };
                let counted = (which == Some(number)).then(|| Arc::clone(&count));
                if let (Ok(client), Ok(server)) = (client, TcpStream::connect(&target)) {
                    join(&client, &server, direction, limit, counted.as_ref());
                }
            }
        });
        Self {
            port,
            closed,
            passed,
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Octets that went by in the counted direction on that connection.
    pub fn passed(&self) -> usize {
        self.passed.lock().unwrap().len()
    }

    /// Where each command ended that went by to the server: places at which a cut leaves it done and
    /// unanswered. One octet before, for those that change something: it is not done.
    pub fn command_ends(&self) -> Vec<usize> {
        let passed = self.passed.lock().unwrap();
        let (mut ends, mut at) = (Vec::new(), 0);
        for line in passed.split_inclusive(|octet| *octet == b'\n') {
            at += line.len();
            let text = String::from_utf8_lossy(line);
            let Some((tag, command)) = text.split_once(' ') else {
                continue;
            };
            let digits = tag.strip_prefix(['a', 'v']).unwrap_or_default();
            if digits.is_empty() || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
                continue;
            }
            let changing = ["APPEND", "UID STORE", "UID EXPUNGE", "EXPUNGE", "UID MOVE"];
            if changing.iter().any(|verb| command.starts_with(verb)) {
                ends.push(at - 1);
            }
            ends.push(at);
        }
        ends
    }
}

impl Drop for CutProxy {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn join(
    client: &TcpStream,
    server: &TcpStream,
    direction: Direction,
    limit: usize,
    counted: Option<&Arc<Mutex<Vec<u8>>>>,
) {
    let one_way = |from: &TcpStream, to: &TcpStream, counts: bool| {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        let limit = if counts { limit } else { usize::MAX };
        let counted = counted.filter(|_| counts).cloned();
        thread::spawn(move || {
            let mut left = limit;
            let mut block = [0; 4096];
            while left > 0 {
                let want = left.min(block.len());
                let Ok(octets @ 1..) = from.read(&mut block[..want]) else {
                    break;
                };
                if to.write_all(&block[..octets]).is_err() {
                    break;
                }
                left -= octets;
                if let Some(counted) = &counted {
                    counted.lock().unwrap().extend_from_slice(&block[..octets]);
                }
            }
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        });
    };
    one_way(client, server, direction == Direction::ToServer);
    one_way(server, client, direction == Direction::ToClient);
}
