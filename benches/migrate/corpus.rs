//! The messages of the benchmark: a spool for vmimap, and the same recordings as ready-made
//! messages in the form each peer reads.
//!
//! Ready-made messages are laid out as a Maildir with CRLF line ends, one a mailbox, read by
//! mbsync, by the raw blast and by the single-APPEND loop. For mailutil they are put into a
//! mailbox of c-client's own `mbx` form. All of it is done before any clock runs.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Settings;
use crate::support::fixtures::Account;
use crate::support::mailutil::{Mailutil, give_to_mail};
use crate::support::spool_generator::{self, Format, Generated, SpoolSpec};

/// The recordings: 70 % of 30 KB, 25 % of 200 KB, 5 % of 1.5 MB.
const MIXED: &[(u32, usize)] = &[(70, 30_000), (25, 200_000), (5, 1_500_000)];

/// All of 30 KB.
const SMALL: &[(u32, usize)] = &[(1, 30_000)];

/// The context of every mailbox.
pub const CONTEXT: &str = "default";

/// What was made, and how much.
#[derive(Debug)]
pub struct Corpus {
    pub spool: PathBuf,
    /// Below it, one Maildir an extension.
    pub ready: PathBuf,
    pub extensions: Vec<String>,
    /// Messages in each extension's mailbox.
    pub counts: Vec<usize>,
    pub messages: usize,
    pub audio_bytes: u64,
    pub message_bytes: u64,
}

impl Corpus {
    /// Generates spool and ready-made messages below `dir`.
    pub fn make(dir: &Path, settings: &Settings) -> Self {
        let extensions: Vec<_> = (0..settings.mailboxes)
            .map(|n| (1001 + n).to_string())
            .collect();
        let spec = SpoolSpec {
            accounts: extensions
                .iter()
                .map(|ext| Account::new(CONTEXT, ext))
                .collect(),
            messages: settings.messages,
            folders: vec!["INBOX"],
            sizes: if settings.small { SMALL } else { MIXED }.to_vec(),
            formats: vec![Format::Wav49],
            ..SpoolSpec::default()
        };
        let spool = dir.join("voicemail");
        let generated = spool_generator::generate(&spool, &spec);
        let mut corpus = Self {
            spool,
            ready: dir.join("ready"),
            counts: vec![0; extensions.len()],
            extensions,
            messages: settings.messages,
            audio_bytes: 0,
            message_bytes: 0,
        };
        for message in &generated {
            corpus.add_ready(message);
        }
        corpus
    }

    /// The corpus in one line.
    pub fn describe(&self) -> String {
        format!(
            "{} messages in {} mailboxes, {} MB of recordings, {} MB as messages",
            self.messages,
            self.extensions.len(),
            self.audio_bytes / 1_000_000,
            self.message_bytes / 1_000_000
        )
    }

    /// The ready-made messages of one mailbox, oldest first.
    pub fn ready_files(maildir: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(maildir.join("cur")).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    fn add_ready(&mut self, message: &Generated) {
        let extension = &message.account.extension;
        let maildir = self.ready.join(extension);
        if message.number == 0 {
            for folder in ["cur", "new", "tmp"] {
                fs::create_dir_all(maildir.join(folder)).unwrap();
            }
        }
        let audio = fs::read(&message.recordings[0]).unwrap();
        let text = compose(message, &audio);
        let name = format!("{}.{}.bench:2,", message.origtime, message.number);
        fs::write(maildir.join("cur").join(name), &text).unwrap();
        let index = self
            .extensions
            .iter()
            .position(|known| known == extension)
            .unwrap();
        self.counts[index] += 1;
        self.audio_bytes += audio.len() as u64;
        self.message_bytes += text.len() as u64;
    }

    /// Lays the ready-made messages into one mbx file an extension, in `mailutil`'s home.
    pub fn lay_out_mbx(&self, mailutil: &Mailutil) {
        for extension in &self.extensions {
            let unix = format!("{extension}.unix");
            let path = mailutil.write(&unix, b"");
            let mut mbox = BufWriter::new(File::create(&path).unwrap());
            for file in Self::ready_files(&self.ready.join(extension)) {
                let text = String::from_utf8(fs::read(file).unwrap()).unwrap();
                mbox.write_all(b"From bench@pbx.example Tue Nov 14 22:13:20 2023\n")
                    .unwrap();
                mbox.write_all(text.replace("\r\n", "\n").as_bytes())
                    .unwrap();
                mbox.write_all(b"\n").unwrap();
            }
            mbox.into_inner().unwrap().sync_all().unwrap();
            give_to_mail(&path);
            let made = mailutil.run(
                &["copy", &unix, &format!("#driver.mbx/{extension}.mbx")],
                &[],
            );
            assert!(
                made.status.success(),
                "{}",
                String::from_utf8_lossy(&made.stderr)
            );
            fs::remove_file(path).unwrap();
        }
    }
}

/// A message of Asterisk's form and size. The benchmark's own, so that the peers' messages do not
/// change when vmimap's do.
fn compose(message: &Generated, audio: &[u8]) -> Vec<u8> {
    let boundary = format!(
        "----voicemail_{}{}",
        message.number, message.account.extension
    );
    let encoded = STANDARD.encode(audio);
    let mut text = String::with_capacity(encoded.len() / 72 * 74 + 2048);
    let header = [
        ("Date", "Tue, 14 Nov 2023 22:13:20 +0000"),
        ("From", "Asterisk PBX <asterisk@pbx.example>"),
        ("To", "Ada Lovelace <ada@pbx.example>"),
        ("Subject", "[PBX]: New message in mailbox"),
        (
            "Message-ID",
            &format!("<bench-{}@pbx.example>", message.msg_id),
        ),
        (
            "X-Asterisk-VM-Message-Num",
            &(message.number + 1).to_string(),
        ),
        ("X-Asterisk-VM-Server-Name", ""),
        ("X-Asterisk-VM-Context", CONTEXT),
        ("X-Asterisk-VM-Extension", &message.account.extension),
        ("X-Asterisk-VM-Flag", ""),
        ("X-Asterisk-VM-Priority", "8"),
        ("X-Asterisk-VM-Caller-ID-Num", &message.caller_number),
        ("X-Asterisk-VM-Caller-ID-Name", &message.caller_name),
        ("X-Asterisk-VM-Duration", &message.duration.to_string()),
        ("X-Asterisk-VM-Category", ""),
        ("X-Asterisk-VM-Message-Type", "Message"),
        (
            "X-Asterisk-VM-Orig-date",
            "Tuesday, November 14, 2023 at 10:13:20 PM",
        ),
        ("X-Asterisk-VM-Orig-time", &message.origtime.to_string()),
        ("X-Asterisk-VM-Message-ID", &message.msg_id),
        ("MIME-Version", "1.0"),
        (
            "Content-Type",
            &format!("multipart/mixed; boundary=\"{boundary}\""),
        ),
    ];
    for (name, value) in header {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    let _ = write!(
        text,
        "\r\nThis is a multi-part message in MIME format.\r\n\r\n--{boundary}\r\n\
         Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         Dear Ada Lovelace:\r\n\r\n\tYou were just left a message.\r\n\r\n--{boundary}\r\n\
         Content-Type: audio/x-wav; name=\"msg{0:04}.WAV\"\r\n\
         Content-Transfer-Encoding: base64\r\nContent-Description: Voicemail sound attachment.\r\n\
         Content-Disposition: attachment; filename=\"msg{0:04}.WAV\"\r\n\r\n",
        message.number
    );
    for line in encoded.as_bytes().chunks(72) {
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push_str("\r\n");
    }
    let _ = write!(text, "\r\n\r\n--{boundary}--\r\n.\r\n");
    text.into_bytes()
}
