//! What was sent to log in is not left in the program's memory: looked at from outside, while a server
//! lets the next command wait.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::FileExt as _;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::support::cli::Vmimap;
use super::ways::Way;

/// Where in the memory of a process this stands; `None` where it may not be looked at.
fn places(pid: u32, needle: &[u8]) -> Option<usize> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let memory = File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut count = 0;
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, rest) = line.split_once('-').unwrap();
        let (to, _) = rest.split_once(' ').unwrap();
        let number = |text: &str| u64::from_str_radix(text, 16).unwrap();
        let (from, to) = (number(from), number(to));
        let mut octets = vec![0; usize::try_from(to - from).unwrap()];
        if memory.read_exact_at(&mut octets, from).is_ok() {
            let windows = octets.windows(needle.len());
            count += windows.filter(|window| *window == needle).count();
        }
    }
    Some(count)
}

/// Logs in by this way, and counts `needle` once the server has let it in.
fn left(way: Way, by: &str, secret: &str, needle: &[u8]) -> Option<usize> {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (let_in, wait) = channel();
    let offers = "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2";
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = BufReader::new(stream);
        let greeting = format!("* OK [CAPABILITY {offers}] ready\r\n");
        stream.get_mut().write_all(greeting.as_bytes()).unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        let tag = line.split(' ').next().unwrap();
        let answer = format!("{tag} OK [CAPABILITY {offers}] in\r\n");
        stream.get_mut().write_all(answer.as_bytes()).unwrap();
        line.clear();
        // Whatever comes next is not answered.
        stream.read_line(&mut line).unwrap();
        let_in.send(()).unwrap();
        let _ = stream.read_line(&mut line);
    });
    let list = way.give(Vmimap::new(["list"]), dir.path(), port, secret, by);
    let mut child = list.spawn();
    wait.recv_timeout(Duration::from_secs(20)).unwrap();
    let found = places(child.id(), needle);
    let control = places(child.id(), b"127.0.0.1");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_ne!(control, Some(0), "the search finds what is there");
    found
}

#[test]
fn what_was_sent_to_log_in_is_wiped() {
    let secret = "Right0hush4Qz";
    let plain = STANDARD.encode(format!("\0u0\0{secret}"));
    let bearer = STANDARD.encode(format!("user=u6\u{1}auth=Bearer {secret}\u{1}\u{1}"));
    for (way, by, needle) in [
        (Way::ImapPassword, "PLAIN", plain.as_bytes()),
        (
            Way::ImapPassword,
            "PLAIN",
            format!("u0\0{secret}").as_bytes(),
        ),
        (
            Way::ImapPassword,
            "LOGIN",
            format!("\"{secret}\"").as_bytes(),
        ),
        (Way::TokenFile, "", bearer.as_bytes()),
        (Way::TokenFile, "", format!("Bearer {secret}").as_bytes()),
    ] {
        // Where processes may not look at each other there is nothing to be said.
        if let Some(count) = left(way, by, secret, needle) {
            assert_eq!(count, 0, "{way:?} {by} {}", String::from_utf8_lossy(needle));
        }
    }
}
