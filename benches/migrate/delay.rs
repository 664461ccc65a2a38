//! A proxy that makes the way to the server longer without making it narrower.
//!
//! Each direction hands on what it reads after a fixed delay; as much as comes may be under way,
//! up to a bound that only guards the memory.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Chunks of up to 64 KiB under way in one direction.
const UNDER_WAY: usize = 2048;

/// A running proxy; its threads end with the program.
#[derive(Debug)]
pub struct DelayProxy {
    port: u16,
}

impl DelayProxy {
    /// Listens on loopback for connections to `target`; each direction is late by `delay`.
    pub fn start(target: (&'static str, u16), delay: Duration) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(target).unwrap();
                connect(&client, &server, delay);
                connect(&server, &client, delay);
            }
        });
        Self { port }
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Hands everything from one end to the other, late.
fn connect(from: &TcpStream, to: &TcpStream, delay: Duration) {
    let (sender, receiver) = sync_channel(UNDER_WAY);
    let from = from.try_clone().unwrap();
    let to = to.try_clone().unwrap();
    to.set_nodelay(true).unwrap();
    thread::spawn(move || take(from, &sender, delay));
    thread::spawn(move || hand_on(to, &receiver));
}

fn take(mut from: TcpStream, sender: &SyncSender<(Instant, Vec<u8>)>, delay: Duration) {
    let mut chunk = vec![0; 64 * 1024];
    loop {
        // An error ends the direction as the end of the stream does.
        let length = from.read(&mut chunk).unwrap_or(0);
        let message = (Instant::now() + delay, chunk[..length].to_vec());
        if sender.send(message).is_err() || length == 0 {
            return;
        }
    }
}

fn hand_on(mut to: TcpStream, receiver: &Receiver<(Instant, Vec<u8>)>) {
    while let Ok((due, chunk)) = receiver.recv() {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if chunk.is_empty() || to.write_all(&chunk).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
