//! `audit` against a server whose answers make no sense: what was told before is kept, what was not
//! understood is a finding, and nothing ends well.

use crate::support;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use support::cli::Vmimap;

/// One message in answer to the FETCH.
type Fetched = fn(u32) -> String;

fn sound(uid: u32, rest: &str) -> String {
    let header = "X-Asterisk-VM-Extension: 100\r\nX-Asterisk-VM-Context: default\r\n\
                  X-Asterisk-VM-Orig-time: 1795427956\r\n\r\n";
    format!(
        "* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE 900 INTERNALDATE \
         \"23-Nov-2026 09:59:16 +0000\" BODY[HEADER] {{{}}}\r\n{header} {rest})\r\n",
        header.len()
    )
}

/// A server with two messages in INBOX; connections come one after the other.
fn serve(fetched: Fetched) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            talk(stream.unwrap(), fetched);
        }
    });
    port
}

fn talk(mut stream: TcpStream, fetched: Fetched) {
    let reader = BufReader::new(stream.try_clone().unwrap());
    let _ = stream.write_all(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hello\r\n");
    for line in reader.lines() {
        let Ok(line) = line else { return };
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        let untagged = match command.split(' ').next().unwrap_or_default() {
            "LIST" => "* LIST () \"/\" INBOX\r\n".to_owned(),
            "CAPABILITY" => "* CAPABILITY IMAP4rev1\r\n".to_owned(),
            "EXAMINE" => "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n".to_owned(),
            "UID" => format!("{}{}", fetched(1), fetched(2)),
            _ => String::new(),
        };
        let answer = format!("{untagged}{tag} OK done\r\n");
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn audit(fetched: Fetched) -> support::cli::Ran {
    let port = serve(fetched);
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("voicemail.conf");
    let text = format!(
        "[general]\nimapserver=127.0.0.1\nimapport={port}\nimapflags=notls\n[default]\n\
         100 => 1,,,,imapuser=a|imappassword=b\n"
    );
    fs::write(&conf, text).unwrap();
    Vmimap::new(["audit", "--json", "--voicemail-conf"])
        .arg(&conf)
        .run()
}

fn codes(ran: &support::cli::Ran) -> Vec<(String, u64)> {
    let lines = ran
        .json()
        .into_iter()
        .filter(|line| line["type"] == "finding");
    let mut found: Vec<_> = lines
        .map(|line| {
            (
                line["code"].as_str().unwrap().to_owned(),
                line["uid"].as_u64().unwrap_or(0),
            )
        })
        .collect();
    found.sort();
    found
}

#[test]
fn an_answer_that_lacks_what_was_asked_for_is_a_finding_and_a_failure() {
    let ran = audit(|uid| match uid {
        1 => sound(
            1,
            "BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 5 1)",
        ),
        _ => sound(2, "X-NOTHING NIL"),
    });
    let ran = ran.status(3);
    let found = codes(&ran);
    assert!(found.contains(&("VMA099".to_owned(), 0)), "{}", ran.stdout);
    // What came before it was looked at all the same, and told once.
    let nameless = found.iter().filter(|one| one.0 == "VMA001").count();
    assert_eq!((nameless, ran.count("messages")), (1, 1), "{}", ran.stdout);
    assert_eq!(ran.count("mailboxes_failed"), 1);
}

#[test]
fn parts_that_make_no_sense_are_a_finding_of_their_message_alone() {
    let ran = audit(|uid| match uid {
        1 => sound(1, "BODYSTRUCTURE (\"text\" (nonsense) NIL)"),
        _ => sound(
            2,
            "BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 5 1)",
        ),
    });
    let ran = ran.status(4);
    let found = codes(&ran);
    assert!(found.contains(&("VMA095".to_owned(), 1)), "{}", ran.stdout);
    assert!(found.contains(&("VMA007".to_owned(), 2)), "{}", ran.stdout);
    assert_eq!(ran.count("messages"), 2);
}
