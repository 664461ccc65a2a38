//! A telephone that works on a file spool, and what it would find in IMAP afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::raw_imap::RawImap;
use super::spool_generator::Noise;

/// A box whose files are handled as `app_voicemail.c` handles them: under the folders' `.lock`,
/// the recording first, the txt last, gaps closed by renaming (`resequence_mailbox`).
pub struct Phone {
    inbox: PathBuf,
    old: PathBuf,
    noise: Noise,
    work: PathBuf,
    pub deleted: usize,
    pub left: usize,
    pub heard: usize,
    pub saved: usize,
    /// Whether messages are saved to Work as well.
    pub saves: bool,
    /// Whether it takes the folders' locks, as Asterisk does and a script may not.
    locks: bool,
}

impl Phone {
    /// The phone of the box in this directory, which has an INBOX.
    pub fn of(dir: &Path, locks: bool) -> Self {
        let below = |name: &str| dir.join(name);
        for folder in ["Old", "Work"] {
            fs::create_dir(below(folder)).unwrap();
        }
        Self {
            inbox: below("INBOX"),
            old: below("Old"),
            work: below("Work"),
            noise: Noise::new(5),
            deleted: 0,
            left: 0,
            heard: 0,
            saved: 0,
            saves: false,
            locks,
        }
    }

    fn number(dir: &Path) -> usize {
        (0..=9999)
            .find(|n| !dir.join(format!("msg{n:04}.txt")).exists())
            .unwrap()
    }

    fn lock(&self, dir: &Path) {
        if !self.locks {
            return;
        }
        let own = dir.join(".lock-0000002a");
        fs::write(&own, "").unwrap();
        while fs::hard_link(&own, dir.join(".lock")).is_err() {
            thread::sleep(Duration::from_millis(1));
        }
        fs::remove_file(own).unwrap();
    }

    fn unlock(&self, dir: &Path) {
        if !self.locks {
            return;
        }
        fs::remove_file(dir.join(".lock")).unwrap();
    }

    fn shift(from: &Path, number: usize, to: &Path, new: usize) {
        for extension in ["WAV", "txt"] {
            let path = |dir: &Path, n| dir.join(format!("msg{n:04}.{extension}"));
            fs::rename(path(from, number), path(to, new)).unwrap();
        }
    }

    fn close_gap(dir: &Path, gap: usize) {
        let mut number = gap + 1;
        while dir.join(format!("msg{number:04}.txt")).exists() {
            Self::shift(dir, number, dir, number - 1);
            number += 1;
        }
    }

    /// One thing that happens on a telephone.
    pub fn act(&mut self) {
        let (inbox, old) = (self.inbox.clone(), self.old.clone());
        let count = Self::number(&inbox);
        let chosen = usize::try_from(self.noise.next_u64() % 1000).unwrap() % count.max(1);
        self.lock(&inbox);
        match self.noise.next_u64() % 4 {
            0 if count > 10 => {
                for extension in ["WAV", "txt"] {
                    fs::remove_file(inbox.join(format!("msg{chosen:04}.{extension}"))).unwrap();
                }
                Self::close_gap(&inbox, chosen);
                self.deleted += 1;
            }
            1 | 2 if count > 10 => {
                let save = self.saves && self.noise.next_u64().is_multiple_of(3);
                let to = if save { self.work.clone() } else { old };
                *(if save {
                    &mut self.saved
                } else {
                    &mut self.heard
                }) += 1;
                self.lock(&to);
                Self::shift(&inbox, chosen, &to, Self::number(&to));
                self.unlock(&to);
                Self::close_gap(&inbox, chosen);
            }
            _ => {
                self.left += 1;
                let txt = fs::read_to_string(inbox.join("msg0000.txt")).unwrap();
                let id = format!("msg_id=new-{:08x}", self.left);
                let txt: Vec<_> = txt
                    .lines()
                    .map(|line| {
                        if line.starts_with("msg_id=") {
                            id.as_str()
                        } else {
                            line
                        }
                    })
                    .collect();
                let wav = fs::read(inbox.join("msg0000.WAV")).unwrap();
                fs::write(inbox.join(format!("msg{count:04}.WAV")), wav).unwrap();
                let finished = inbox.with_file_name("finished");
                fs::write(&finished, txt.join("\n")).unwrap();
                fs::rename(finished, inbox.join(format!("msg{count:04}.txt"))).unwrap();
            }
        }
        self.unlock(&inbox);
    }

    pub fn messages(&self) -> usize {
        Self::number(&self.inbox) + Self::number(&self.old)
    }

    /// The ids of the messages, and the list a phone that reads IMAP must show each in: new, old or
    /// Work.
    pub fn lists(&self) -> BTreeMap<String, &'static str> {
        let mut lists = BTreeMap::new();
        for (dir, list) in [
            (&self.inbox, "new"),
            (&self.old, "old"),
            (&self.work, "Work"),
        ] {
            for number in 0..Self::number(dir) {
                let txt = fs::read_to_string(dir.join(format!("msg{number:04}.txt"))).unwrap();
                let id = txt.lines().find_map(|line| line.strip_prefix("msg_id="));
                assert_eq!(
                    lists.insert(id.unwrap().to_owned(), list),
                    None,
                    "ids differ"
                );
            }
        }
        lists
    }
}

/// The ids of the messages in an account and the list a phone shows each in, one entry a message.
pub fn lists_on(raw: &mut RawImap) -> Vec<(String, &'static str)> {
    let mut lists = Vec::new();
    let work = raw.list().iter().any(|name| name == "Work");
    for folder in ["INBOX", "Work"]
        .into_iter()
        .filter(|name| *name == "INBOX" || work)
    {
        for message in raw.messages(folder) {
            let text = String::from_utf8_lossy(&message.body).into_owned();
            let id = text
                .lines()
                .find_map(|line| line.strip_prefix("X-Asterisk-VM-Message-ID: "));
            let seen = message.flags.iter().any(|flag| flag == "\\Seen");
            let list = match (folder, seen) {
                ("INBOX", false) => "new",
                ("INBOX", true) => "old",
                // Unseen ones there would be counted as new by VM_INFO.
                (_, true) => "Work",
                (_, false) => "Work, unseen",
            };
            lists.push((id.unwrap().to_owned(), list));
        }
    }
    lists.sort();
    lists
}
