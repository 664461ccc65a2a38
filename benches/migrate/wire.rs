//! The floors: IMAP straight onto a socket, from ready-made messages, with nothing in between.
//!
//! The benchmark starts itself again as these peers, so that they are measured as the others are:
//! a process of their own under GNU time.

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::net::TcpStream;
use std::path::Path;

use crate::corpus::Corpus;
use crate::support::fixtures::PASSWORD;

/// The argument that makes this program a peer:
/// `--as-peer blast|sync HOST PORT READY PREFIX EXTENSION...`.
pub const AS_PEER: &str = "--as-peer";

/// A batch ends with this many messages ...
const BATCH_MESSAGES: usize = 50;
/// ... or before it would grow over this many octets, whichever comes first.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

const INTERNAL_DATE: &str = "\"14-Nov-2023 22:13:20 +0000\"";

/// Delivers each extension's messages to its account, one connection at a time.
pub fn run_as_peer(args: &[String]) {
    let [kind, host, port, ready, prefix, extensions @ ..] = args else {
        panic!("arguments of a peer: {args:?}");
    };
    let port = port.parse().unwrap();
    for extension in extensions {
        let maildir = Path::new(ready).join(extension);
        let mut wire = Wire::log_in(host, port, &format!("{prefix}{extension}"));
        match kind.as_str() {
            "blast" => wire.blast(&maildir),
            _ => wire.one_by_one(&maildir),
        }
        wire.command("LOGOUT");
    }
}

struct Wire {
    reader: BufReader<TcpStream>,
    writer: BufWriter<TcpStream>,
}

impl Wire {
    fn log_in(host: &str, port: u16, user: &str) -> Self {
        let stream = TcpStream::connect((host, port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let reader = BufReader::new(stream.try_clone().unwrap());
        let mut wire = Self {
            reader,
            writer: BufWriter::with_capacity(256 * 1024, stream),
        };
        wire.line();
        wire.command(&format!("LOGIN {user} {PASSWORD}"));
        wire
    }

    fn command(&mut self, line: &str) {
        write!(self.writer, "a {line}\r\n").unwrap();
        self.expect_ok();
    }

    /// MULTIAPPEND with LITERAL+: one round trip a batch.
    fn blast(&mut self, maildir: &Path) {
        let mut in_batch = 0;
        let mut bytes = 0;
        for file in Corpus::ready_files(maildir) {
            let message = fs::read(file).unwrap();
            let full = in_batch == BATCH_MESSAGES || bytes + message.len() > BATCH_BYTES;
            if in_batch > 0 && full {
                self.end_append();
                in_batch = 0;
                bytes = 0;
            }
            let opening = if in_batch == 0 { "a APPEND INBOX" } else { "" };
            write!(
                self.writer,
                "{opening} {INTERNAL_DATE} {{{}+}}\r\n",
                message.len()
            )
            .unwrap();
            self.writer.write_all(&message).unwrap();
            in_batch += 1;
            bytes += message.len();
        }
        if in_batch > 0 {
            self.end_append();
        }
    }

    /// Plain APPEND: waits for the server's go-ahead and for its answer, message by message.
    fn one_by_one(&mut self, maildir: &Path) {
        for file in Corpus::ready_files(maildir) {
            let message = fs::read(file).unwrap();
            let size = message.len();
            write!(self.writer, "a APPEND INBOX {INTERNAL_DATE} {{{size}}}\r\n").unwrap();
            self.writer.flush().unwrap();
            let line = self.line();
            assert!(line.starts_with('+'), "the server said {line}");
            self.writer.write_all(&message).unwrap();
            self.end_append();
        }
    }

    fn end_append(&mut self) {
        self.writer.write_all(b"\r\n").unwrap();
        self.expect_ok();
    }

    fn expect_ok(&mut self) {
        self.writer.flush().unwrap();
        loop {
            let line = self.line();
            if let Some(answer) = line.strip_prefix("a ") {
                assert!(answer.starts_with("OK"), "the server said {answer}");
                return;
            }
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let length = self.reader.read_line(&mut line).unwrap();
        assert!(length > 0, "the server hung up");
        line
    }
}
