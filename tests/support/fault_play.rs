//! One connection of [`super::fault_proxy`], and how each fault is played on it.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::fault_proxy::{Fault, Shared};
use super::fault_words::{Answer, Reader, command_name, move_validity, printable};

/// Plays one connection to its end.
pub(super) fn converse(shared: &Shared, client: &TcpStream, server: &TcpStream) {
    let mut from_client = Reader::new(client);
    let mut from_server = Reader::new(server);
    let Some(greeting) = from_server.answer(None) else {
        return;
    };
    let (_, fault) = shared.point("greeting");
    match fault {
        Some(Fault::No) => say(client, "* NO scripted refusal\r\n"),
        Some(Fault::Bad) => say(client, "* BAD scripted refusal\r\n"),
        Some(fault) if before(shared, client, server, fault, b"", "*") => return,
        fault => {
            if !deliver(shared, client, &greeting, fault, "*") {
                return;
            }
        }
    }
    while let Some(command) = from_client.command() {
        let name = command_name(&command);
        let text = String::from_utf8_lossy(&command).into_owned();
        let tag = text.split(' ').next().unwrap_or_default().to_owned();
        if name == "LOGOUT" {
            let _ = (&*server).write_all(&command);
            return;
        }
        let (at, fault) = shared.point(&name);
        if let Some(fault) = fault
            && before(shared, client, server, fault, &command, &tag)
        {
            if ends(fault) {
                return;
            }
            continue;
        }
        if (&*server).write_all(&command).is_err() {
            return;
        }
        let Some(mut answer) = from_server.answer(Some(&tag)) else {
            return;
        };
        shared.set_quota(&command, &mut answer, &tag);
        shared.note_validity(at, &answer);
        thread::sleep(shared.latency);
        if !deliver(shared, client, &answer, fault, &tag) {
            return;
        }
    }
}

fn ends(fault: Fault) -> bool {
    !matches!(fault, Fault::No | Fault::Bad | Fault::Lie)
}

/// Does what is done before a command goes on; says whether it does not go on at all.
fn before(
    shared: &Shared,
    client: &TcpStream,
    server: &TcpStream,
    fault: Fault,
    command: &[u8],
    tag: &str,
) -> bool {
    let half = |command: &[u8]| {
        let _ = (&*server).write_all(&command[..command.len() / 2]);
        // So that the server has it before the connection ends.
        thread::sleep(Duration::from_millis(5));
    };
    match fault {
        Fault::No | Fault::Bad => {
            let word = if fault == Fault::No { "NO" } else { "BAD" };
            let echo = printable(command);
            say(
                client,
                &format!("{tag} {word} scripted refusal of {echo}\r\n"),
            );
        }
        Fault::Lie => say(client, &format!("{tag} OK scripted\r\n")),
        Fault::Bye => say(client, "* BYE scripted refusal\r\n"),
        Fault::SilenceBefore => hold(client),
        Fault::CutBefore => {}
        Fault::CutHalf => half(command),
        Fault::KillBefore => shared.kill(),
        Fault::KillHalf => {
            half(command);
            shared.kill();
        }
        Fault::Hook => {
            if let Some(hook) = &shared.hook {
                hook();
            }
            return false;
        }
        _ => return false,
    }
    true
}

/// Hands an answer on, spoiled or not; says whether the connection goes on.
fn deliver(
    shared: &Shared,
    client: &TcpStream,
    answer: &Answer,
    fault: Option<Fault>,
    tag: &str,
) -> bool {
    let first = |octets: &[u8]| (&*client).write_all(octets).is_ok();
    let truth = || first(&answer.octets());
    match fault {
        None => truth(),
        Some(fault) => match fault {
            Fault::ByeAfter => {
                first(b"* BYE scripted refusal\r\n");
                false
            }
            Fault::Silence => {
                hold(client);
                false
            }
            Fault::Garbage => first(b"\x01\xff220 scripted refusal ESMTP\r\n") && truth(),
            Fault::HalfLiteral => {
                first(b"* 1 FETCH (UID 1 BODY[HEADER] {4000}\r\nhalf");
                false
            }
            Fault::HugeLiteral | Fault::Drip => {
                let begun = first(b"* 1 FETCH (UID 1 BODY[] {4294967296}\r\n")
                    && first(&vec![b'x'; 200_000]);
                while begun && fault == Fault::Drip && first(b"x") {
                    thread::sleep(Duration::from_millis(100));
                }
                hold(client);
                false
            }
            Fault::Deep => {
                let deep = "(".repeat(200_000);
                first(format!("* 1 FETCH (BODYSTRUCTURE {deep}\r\n").as_bytes()) && truth()
            }
            Fault::EightBit => {
                first(b"* OK caf\xe9 \xff\xfe\x1b[31m\r\n* X-\xe9 \xff\x80 {\r\n")
                    && first(&answer.with_text(b" caf\xe9 \xff\xfe \x1b[31m"))
            }
            Fault::BareLf => first(&answer.with_bare_lf()),
            Fault::Exists => first(b"* 50 EXISTS\r\n* 1 RECENT\r\n") && truth(),
            Fault::Expunge => first(b"* 1 EXPUNGE\r\n") && truth(),
            Fault::Fetch => {
                first(b"* 1 FETCH (UID 1 FLAGS (\\Seen \\Deleted))\r\n* 2 FETCH (FLAGS ())\r\n")
                    && truth()
            }
            Fault::WrongTag => {
                first(&answer.with_tag(tag, "zz99"));
                hold(client);
                false
            }
            Fault::UidValidity => first(&move_validity(answer)),
            Fault::CutAfter => false,
            Fault::KillAfter => {
                shared.kill();
                false
            }
            _ => truth(),
        },
    }
}

pub(super) fn say(client: &TcpStream, line: &str) {
    let _ = (&*client).write_all(line.as_bytes());
}

/// Keeps the connection open until the client has had enough.
fn hold(client: &TcpStream) {
    let mut reader = Reader::new(client);
    while reader.command().is_some() {}
}
