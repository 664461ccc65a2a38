//! A TCP proxy on loopback that cuts one connection, usually the first, after a given number of
//! octets.
//!
//! The others pass: what is tested is what happens after a cut, not a dead network.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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
    /// Octets that went by in the counted direction on that connection.
    passed: Arc<AtomicUsize>,
}

impl CutProxy {
    /// Cuts the first connection to `target` once `after` octets went by in `direction`.
    pub fn start(target: String, direction: Direction, after: usize) -> Self {
        Self::start_at(target, direction, after, 0)
    }

    /// As [`start`](Self::start), for the connection with this number, counted from 0.
    pub fn start_at(target: String, direction: Direction, after: usize, which: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let closed = Arc::new(AtomicBool::new(false));
        let passed = Arc::new(AtomicUsize::new(0));
        let (stop, count) = (Arc::clone(&closed), Arc::clone(&passed));
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let limit = if number == which { after } else { usize::MAX };
                let counted = if number == which {
                    Some(Arc::clone(&count))
                } else {
                    None
                };
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
        self.passed.load(Ordering::SeqCst)
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
    counted: Option<&Arc<AtomicUsize>>,
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
                    counted.fetch_add(octets, Ordering::SeqCst);
                }
            }
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        });
    };
    one_way(client, server, direction == Direction::ToServer);
    one_way(server, client, direction == Direction::ToClient);
}
