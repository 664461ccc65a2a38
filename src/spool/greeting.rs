//! The greetings of one box: `unavail`, `busy`, `greet` and `temp` in every format there is.
//!
//! Read only where somebody asks for them, apart from the messages. Asterisk takes no lock for a
//! greeting: one whose files changed a moment ago may still be being recorded, and waits.
//! Source: `app_voicemail.c`, `vm_options`, `play_record_review`.

use std::ffi::OsString;

use super::catalogue as code;
use super::entry::choose;
use super::files::{Dir, Kind};
use super::notes::Notes;
use super::recording::AudioFile;
use super::scan::{ScanOptions, Spool};
use super::upper::sorted;
use crate::voicemail::audio::{AudioFormat, not_read};
use crate::voicemail::greeting::Greeting;
use crate::voicemail::notice::Notice;
use crate::voicemail::vmbox::VoicemailBox;

/// One greeting: at least one of its recordings is usable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolGreeting {
    /// Which.
    pub kind: Greeting,
    /// Every recording that is there, damaged ones too; sorted by format.
    pub audio: Vec<AudioFile>,
}

impl SpoolGreeting {
    /// The recording to use; see [`SpoolEntry::choose_audio`](super::SpoolEntry::choose_audio).
    #[must_use]
    pub fn choose_audio(&self, order: &[AudioFormat]) -> Option<&AudioFile> {
        choose(&self.audio, order)
    }

    /// The recording whose digest identifies it, whatever the configuration.
    #[must_use]
    pub fn key_audio(&self) -> Option<&AudioFile> {
        choose(&self.audio, &[])
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Greetings {
    /// The greetings that can be used.
    pub usable: Vec<SpoolGreeting>,
    /// Those that are being recorded or were changed a moment ago.
    pub waiting: Vec<Greeting>,
    /// Those of which nothing can be used; the notices say why.
    pub lost: Vec<Greeting>,
    /// What was odd.
    pub notices: Vec<Notice>,
}

impl Spool {
    /// Reads a box's greetings. A box without a directory has none, and what keeps the directory
    /// from being read is [`scan_box`](Self::scan_box)'s to tell.
    #[must_use]
    pub fn greetings(&self, vmbox: &VoicemailBox, options: &ScanOptions) -> Greetings {
        let mut found = Greetings::default();
        let Ok(dir) = self.open_box(vmbox) else {
            return found;
        };
        let Ok(items) = dir.list() else {
            return found;
        };
        let mut notes = Notes::default();
        let mut sets: Vec<(Greeting, Vec<(AudioFormat, OsString)>)> =
            Greeting::ALL.map(|kind| (kind, Vec::new())).to_vec();
        for item in sorted(items) {
            let Some((stem, extension)) = item.name.to_str().and_then(|name| name.split_once('.'))
            else {
                continue;
            };
            let format = AudioFormat::from_extension(extension);
            let set = sets.iter_mut().find(|(kind, _)| kind.as_str() == stem);
            match (set, format) {
                (Some((_, set)), Some(format)) if item.kind != Kind::Dir => {
                    set.push((format, item.name));
                }
                (Some(_), None) if item.kind != Kind::Dir => {
                    let why = not_read(extension);
                    notes.stray(&code::UNKNOWN_FORMAT, &dir.show(&item.name), why);
                }
                _ => {}
            }
        }
        for (kind, mut names) in sets.into_iter().filter(|(_, names)| !names.is_empty()) {
            names.sort_unstable();
            self.greeting(
                (&dir, vmbox),
                kind,
                &names,
                options,
                (&mut found, &mut notes),
            );
        }
        notes.end(dir.shown());
        found.notices = notes.into_list();
        found
    }

    fn greeting(
        &self,
        (dir, vmbox): (&Dir, &VoicemailBox),
        kind: Greeting,
        names: &[(AudioFormat, OsString)],
        options: &ScanOptions,
        (found, notes): (&mut Greetings, &mut Notes),
    ) {
        let above = self.root().join(&vmbox.context).join(&vmbox.extension);
        let at = (dir, self.root(), above.as_path());
        let Some(audio) = AudioFile::look_at_all(at, names, notes) else {
            found.waiting.push(kind);
            return;
        };
        let now_ns = options.now_ns();
        if audio
            .iter()
            .any(|file| options.is_young(file.stamp, now_ns))
        {
            found.waiting.push(kind);
            return;
        }
        for file in &audio {
            file.judge(dir, notes);
        }
        if audio.iter().any(AudioFile::usable) {
            found.usable.push(SpoolGreeting { kind, audio });
        } else {
            found.lost.push(kind);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_greeting_is_all_its_formats_and_one_just_recorded_waits() {
        let dir = tempfile::tempdir().unwrap();
        let above = dir.path().join("default/1");
        fs::create_dir_all(&above).unwrap();
        let gsm: Vec<u8> = [[0xD0; 33], [0xD0; 33]].concat();
        for (name, content) in [
            ("unavail.gsm", &gsm[..]),
            ("unavail.ulaw", &[7; 800]),
            ("unavail.tmp.gsm", &gsm),
            ("busy.WAV", b"not a RIFF file"),
            ("unavailable.gsm", &gsm),
            ("greet", &gsm),
        ] {
            fs::write(above.join(name), content).unwrap();
        }
        let spool = Spool::open(dir.path()).unwrap();
        let options = ScanOptions {
            now: Some(SystemTime::now() + Duration::from_mins(1)),
            ..ScanOptions::default()
        };
        let vmbox = VoicemailBox::new("1", "default");
        let found = spool.greetings(&vmbox, &options);
        let [one] = &found.usable[..] else {
            panic!("{found:?}")
        };
        assert_eq!((one.kind, one.audio.len()), (Greeting::Unavail, 2));
        let chosen = |order: &[AudioFormat]| one.choose_audio(order).unwrap().format;
        assert_eq!(chosen(&[]), AudioFormat::Gsm);
        assert_eq!(chosen(&[AudioFormat::Ulaw]), AudioFormat::Ulaw);
        assert_eq!(found.lost, [Greeting::Busy]);
        assert_eq!(found.notices.len(), 2, "{:?}", found.notices);
        let now = ScanOptions::default();
        let found = spool.greetings(&vmbox, &now);
        assert_eq!(found.waiting, [Greeting::Unavail, Greeting::Busy]);
    }

    #[test]
    fn rubbish_that_is_left_out_of_the_notices_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let above = dir.path().join("default/1");
        fs::create_dir_all(&above).unwrap();
        for number in 0..23 {
            fs::write(above.join(format!("unavail.x{number:02}")), "x").unwrap();
        }
        let spool = Spool::open(dir.path()).unwrap();
        let vmbox = VoicemailBox::new("1", "default");
        let found = spool.greetings(&vmbox, &ScanOptions::default());
        let last = found.notices.last().unwrap();
        assert_eq!(found.notices.len(), 21);
        assert_eq!(last.message, "3 more of the same");
    }
}
