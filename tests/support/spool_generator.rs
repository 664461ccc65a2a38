//! Spools of any size, the same for the same seed: whole, playable sets in Asterisk's form.
//!
//! The recordings have true headers and noise for sound, so that neither a server nor a file
//! system can compress them away. Source of the forms: the recorded spool in `tests/fixtures`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::fixtures::{Account, PASSWORD};

/// A recording format, by the file extension Asterisk gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// GSM 6.10 in RIFF, `.WAV`, 65 octets for 40 ms.
    Wav49,
    /// 16-bit PCM in RIFF, `.wav`, 16,000 octets a second.
    Wav,
    /// Raw GSM 6.10, `.gsm`, 33 octets for 20 ms.
    Gsm,
}

impl Format {
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav49 => "WAV",
            Self::Wav => "wav",
            Self::Gsm => "gsm",
        }
    }
}

/// What to generate.
#[derive(Debug, Clone)]
pub struct SpoolSpec {
    pub seed: u64,
    /// The boxes; messages are dealt to them in turn.
    pub accounts: Vec<Account>,
    /// How many messages in all.
    pub messages: usize,
    /// The folders; each box deals its messages to them in turn.
    pub folders: Vec<&'static str>,
    /// Sizes of recordings in octets (about), each with its share out of the shares' sum.
    pub sizes: Vec<(u32, usize)>,
    /// The formats each message is stored in.
    pub formats: Vec<Format>,
    /// The first message's origtime, Unix seconds; each following one is a minute later.
    pub first_origtime: i64,
}

impl Default for SpoolSpec {
    fn default() -> Self {
        Self {
            seed: 1,
            accounts: vec![
                Account::new("default", "1001"),
                Account::new("default", "1002"),
            ],
            messages: 20,
            folders: vec!["INBOX", "Old", "Urgent", "Work"],
            sizes: vec![(3, 2_000), (1, 20_000)],
            formats: vec![Format::Wav49],
            first_origtime: 1_700_000_000,
        }
    }
}

/// One message that was written.
#[derive(Debug, Clone)]
pub struct Generated {
    pub account: Account,
    pub folder: &'static str,
    /// The spool number: `msgNNNN`.
    pub number: usize,
    pub origtime: i64,
    pub duration: usize,
    pub msg_id: String,
    pub caller_name: String,
    pub caller_number: String,
    /// The recordings, one a format.
    pub recordings: Vec<PathBuf>,
}

/// `SplitMix64`: enough for noise, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend_from_slice(&self.next_u64().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

/// Writes the spool below `root` and says what is in it, in the order of origtimes.
pub fn generate(root: &Path, spec: &SpoolSpec) -> Vec<Generated> {
    let mut noise = Noise::new(spec.seed);
    let mut numbers = std::collections::HashMap::new();
    let mut all = Vec::with_capacity(spec.messages);
    for index in 0..spec.messages {
        let account = &spec.accounts[index % spec.accounts.len()];
        let folder = spec.folders[index / spec.accounts.len() % spec.folders.len()];
        let dir = root
            .join(&account.context)
            .join(&account.extension)
            .join(folder);
        let number = numbers.entry(dir.clone()).or_insert(0_usize);
        if *number == 0 {
            fs::create_dir_all(&dir).unwrap();
        }
        let size = pick_size(&spec.sizes, &mut noise);
        all.push(write_message(
            &dir, *number, index, size, account, folder, spec, &mut noise,
        ));
        *number += 1;
    }
    all
}

fn pick_size(sizes: &[(u32, usize)], noise: &mut Noise) -> usize {
    let total: u64 = sizes.iter().map(|(share, _)| u64::from(*share)).sum();
    let mut point = noise.next_u64() % total;
    for (share, size) in sizes {
        if point < u64::from(*share) {
            return *size;
        }
        point -= u64::from(*share);
    }
    unreachable!("the point lies below the sum of the shares")
}

#[allow(clippy::too_many_arguments)]
fn write_message(
    dir: &Path,
    number: usize,
    index: usize,
    size: usize,
    account: &Account,
    folder: &'static str,
    spec: &SpoolSpec,
    noise: &mut Noise,
) -> Generated {
    let mut duration = 0;
    let mut recordings = Vec::new();
    for format in &spec.formats {
        let (bytes, milliseconds) = recording(*format, size, noise);
        let path = dir.join(format!("msg{number:04}.{}", format.extension()));
        fs::write(&path, bytes).unwrap();
        recordings.push(path);
        duration = milliseconds / 1000;
    }
    let origtime = spec.first_origtime + 60 * i64::try_from(index).unwrap();
    let message = Generated {
        account: account.clone(),
        folder,
        number,
        origtime,
        duration,
        msg_id: format!("{origtime}-{index:08x}"),
        caller_name: format!("Caller {index}"),
        caller_number: format!("555{:07}", index % 10_000_000),
        recordings,
    };
    fs::write(dir.join(format!("msg{number:04}.txt")), envelope(&message)).unwrap();
    message
}

/// The `msgNNNN.txt` as Asterisk 22 writes it.
fn envelope(message: &Generated) -> String {
    let flag = if message.folder == "Urgent" {
        "Urgent"
    } else {
        ""
    };
    format!(
        ";\n; Message Information file\n;\n[message]\norigmailbox={}\ncontext=incoming\nexten=s\n\
         rdnis=unknown\npriority=8\ncallerchan=SIP/trunk-00000001\ncallerid=\"{}\" <{}>\n\
         origdate=Tue Nov 14 10:13:20 PM UTC 2023\norigtime={}\ncategory=\nmsg_id={}\nflag={flag}\n\
         duration={}\n",
        message.account.extension,
        message.caller_name,
        message.caller_number,
        message.origtime,
        message.msg_id,
        message.duration,
    )
}

/// A recording of about `size` octets, and how long it plays in milliseconds.
pub fn recording(format: Format, size: usize, noise: &mut Noise) -> (Vec<u8>, usize) {
    match format {
        Format::Wav49 => {
            let blocks = (size.saturating_sub(60) / 65).max(1);
            (wav49(&noise.bytes(blocks * 65), blocks * 320), blocks * 40)
        }
        Format::Gsm => {
            let frames = (size / 33).max(1);
            let mut sound = noise.bytes(frames * 33);
            for frame in sound.chunks_mut(33) {
                // Every raw GSM frame opens with the nibble 0xD.
                frame[0] = 0xD0 | (frame[0] & 0x0F);
            }
            (sound, frames * 20)
        }
        Format::Wav => {
            let samples = (size.saturating_sub(44) / 2).max(1);
            (pcm(&noise.bytes(samples * 2)), samples / 8)
        }
    }
}

fn le32(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap().to_le_bytes()
}

fn wav49(sound: &[u8], samples: usize) -> Vec<u8> {
    // A chunk of odd length is followed by one octet of padding that its length does not count.
    let padding = sound.len() % 2;
    let mut file = Vec::with_capacity(sound.len() + 61);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&le32(52 + sound.len() + padding));
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&le32(20));
    // Tag 0x31, one channel, 8000 Hz, 1625 octets a second, blocks of 65, 320 samples a block.
    file.extend_from_slice(&[0x31, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x59, 0x06, 0, 0]);
    file.extend_from_slice(&[65, 0, 0, 0, 2, 0, 0x40, 0x01]);
    file.extend_from_slice(b"fact");
    file.extend_from_slice(&le32(4));
    file.extend_from_slice(&le32(samples));
    file.extend_from_slice(b"data");
    file.extend_from_slice(&le32(sound.len()));
    file.extend_from_slice(sound);
    file.resize(file.len() + padding, 0);
    file
}

fn pcm(sound: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(sound.len() + 44);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&le32(36 + sound.len()));
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&le32(16));
    // Tag 1, one channel, 8000 Hz, 16,000 octets a second, 2 octets a sample, 16 bits.
    file.extend_from_slice(&[1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0]);
    file.extend_from_slice(b"data");
    file.extend_from_slice(&le32(sound.len()));
    file.extend_from_slice(sound);
    file
}

/// A voicemail.conf for the accounts, with room for every message.
pub fn voicemail_conf(accounts: &[Account], host: &str, port: u16, format: &str) -> String {
    let mut conf = format!(
        "[general]\nformat={format}\nserveremail=asterisk@pbx.example\nmaxmsg=9999\n\
         imapserver={host}\nimapport={port}\nimapflags=notls\n"
    );
    let mut contexts: Vec<_> = accounts.iter().map(|account| &account.context).collect();
    contexts.sort();
    contexts.dedup();
    for context in contexts {
        let _ = writeln!(conf, "\n[{context}]");
        for account in accounts
            .iter()
            .filter(|account| &account.context == context)
        {
            let _ = writeln!(
                conf,
                "{0} => 1234,Box {0},,,imapuser={1}|imappassword={PASSWORD}",
                account.extension, account.user
            );
        }
    }
    conf
}
