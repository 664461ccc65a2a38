//! A server that lets nobody in and repeats all it is told, in every place where a server has words.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Starts it; the port. It ends with the test's process.
pub fn start() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve(BufReader::new(stream.unwrap())));
        }
    });
    port
}

const OFFERS: &str = "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1 \
                      AUTH=SCRAM-SHA-256 AUTH=XOAUTH2 AUTH=OAUTHBEARER";

fn serve(mut stream: BufReader<TcpStream>) {
    let say = |stream: &mut BufReader<TcpStream>, words: String| {
        let _ = stream.get_mut().write_all(words.as_bytes());
    };
    say(&mut stream, format!("* OK [CAPABILITY {OFFERS}] ready\r\n"));
    let mut line = String::new();
    while matches!(stream.read_line(&mut line), Ok(1..)) {
        let heard = line.trim_end().to_owned();
        line.clear();
        let (tag, command) = heard.split_once(' ').unwrap_or((&heard, ""));
        let mut all = command.to_owned();
        let words: Vec<&str> = command.split(' ').collect();
        if words.first() == Some(&"AUTHENTICATE") && words.len() == 2 {
            // Asked twice at most: user and password.
            let questions = if command.ends_with("LOGIN") { 2 } else { 1 };
            for _ in 0..questions {
                say(
                    &mut stream,
                    format!("+ {}\r\n", STANDARD.encode("<1@echo>")),
                );
                let mut answer = String::new();
                let _ = stream.read_line(&mut answer);
                all = format!("{all} {}", answer.trim_end());
            }
        }
        let clear: Vec<String> = all
            .split(' ')
            .filter_map(|word| STANDARD.decode(word).ok())
            .map(|octets| String::from_utf8_lossy(&octets).replace(['\0', '\u{1}'], " "))
            .collect();
        let told = format!("{all} {}", clear.join(" "));
        let answer = format!(
            "* OK [ALERT] {told}\r\n* NO {told}\r\n{tag} NO [AUTHENTICATIONFAILED] {told}\r\n"
        );
        say(&mut stream, answer);
    }
}
