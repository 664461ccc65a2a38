//! Reads one message: its txt and all its recordings, and notices when they change meanwhile.
//!
//! Separate from the folder's walk because it is the only part that opens files. Invariant: an
//! entry's parts were all there, unchanged, at one moment after the last of them was read.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};

use super::catalogue as code;
use super::entry::{OrigtimeSource, SpoolEntry};
use super::envelope::{Envelope, EnvelopeFault, MAX_ENVELOPE, Remark};
use super::files::{Dir, FileStamp, Kind, OpenError};
use super::folder::FolderScan;
use super::layout;
use super::notes::refusal;
use super::recording::AudioFile;
use crate::voicemail::audio::{AudioFacts, AudioFormat};
use crate::voicemail::message::EARLIEST;
use crate::voicemail::notice::CodeRow;

/// How far ahead of our clock the phone system's may be, in seconds.
const AHEAD: i64 = 2 * 86_400;

/// The files of one message number.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) txt: Option<OsString>,
    pub(super) audio: Vec<(AudioFormat, OsString)>,
}

/// What became of a set.
pub(super) enum Outcome {
    /// A message.
    Entry(Box<SpoolEntry>),
    /// Not now: the place for people, the code and the reason.
    Later(String, CodeRow, &'static str),
    /// A message of which nothing can be used; the notices say why.
    Lost,
    /// No message.
    Nothing,
}

/// A txt that has been read.
struct Txt {
    stamp: FileStamp,
    envelope: Envelope,
    remarks: Vec<Remark>,
}

/// Reads one set of files.
pub(super) fn read(scan: &mut FolderScan<'_>, number: u32, mut set: Set) -> Outcome {
    set.audio.sort_unstable();
    let Some(txt_name) = set.txt else {
        return without_txt(scan, number, &set.audio);
    };
    let place = scan.dir.show(&txt_name);
    let txt = match read_txt(scan, &txt_name) {
        Ok(txt) => txt,
        Err(Unread::Gone) => return later(place, "it was moved away while being read"),
        Err(Unread::No(row, why)) => {
            scan.notes.push(&row, &place, why);
            return Outcome::Lost;
        }
    };
    let at = (scan.dir, scan.root, scan.path);
    let Some(audio) = AudioFile::look_at_all(at, &set.audio, scan.notes) else {
        return later(place, "a recording was moved away while being read");
    };
    let young = std::iter::once(&txt.stamp)
        .chain(audio.iter().map(|file| &file.stamp))
        .any(|stamp| scan.options.is_young(*stamp, scan.now_ns));
    if txt.envelope.duration.is_none() && young {
        return Outcome::Later(place, code::RECORDING, "it is still being recorded");
    }
    if changed(scan.dir, &txt_name, &txt.stamp, &set.audio, &audio) {
        return later(place, "it changed while being read");
    }
    let arrived = || AudioFormat::all().any(|f| exists(scan.dir, number, f.extension()));
    if audio.is_empty() && (scan.moved() || arrived()) {
        return later(place, "its folder changed while being read");
    }
    remark(scan, &place, &txt.remarks);
    judge_audio(scan, &place, &audio);
    if !audio.iter().any(AudioFile::usable) {
        return Outcome::Lost;
    }
    Outcome::Entry(Box::new(entry(scan, number, &txt_name, txt, audio)))
}

fn later(place: String, why: &'static str) -> Outcome {
    Outcome::Later(place, code::CHANGED, why)
}

fn without_txt(
    scan: &mut FolderScan<'_>,
    number: u32,
    audio: &[(AudioFormat, OsString)],
) -> Outcome {
    let Some((_, first)) = audio.first() else {
        return Outcome::Nothing;
    };
    let place = scan.dir.show(first);
    // Asterisk renames the recording first, the txt last: half a set may just be on its way.
    let gone = scan.dir.stat(first).is_err();
    if gone || exists(scan.dir, number, layout::TXT) || scan.moved() {
        return later(place, "its folder changed while being read");
    }
    let why = match audio.len() {
        1 => "a recording without a txt".to_owned(),
        n => format!("a recording in {n} formats without a txt"),
    };
    scan.notes.push(&code::NO_TXT, &place, why);
    Outcome::Lost
}

/// Whether a message has such a file by now. A directory's times tick too slowly to rely on.
fn exists(dir: &Dir, number: u32, extension: &str) -> bool {
    let name = format!("msg{number:04}.{extension}");
    matches!(dir.kind(OsStr::new(&name)), Ok(Kind::File | Kind::Link))
}

/// Why a txt could not be read.
enum Unread {
    /// It is not there any more.
    Gone,
    No(CodeRow, String),
}

fn read_txt(scan: &FolderScan<'_>, name: &OsStr) -> Result<Txt, Unread> {
    let (file, stamp) = scan.dir.open_file(name, scan.root).map_err(unread)?;
    let octets = read_at_most(file, stamp.size, MAX_ENVELOPE)
        .map_err(|error| unread(OpenError::Io(error)))?;
    let bad = |fault: EnvelopeFault| Unread::No(code::BAD_TXT, fault.to_string());
    let (envelope, remarks) = Envelope::parse(&octets).map_err(bad)?;
    Ok(Txt {
        stamp,
        envelope,
        remarks,
    })
}

/// Reads up to one octet more than `limit`, so that too long shows.
fn read_at_most(file: File, size: u64, limit: usize) -> io::Result<Vec<u8>> {
    let expected = usize::try_from(size).unwrap_or(limit).min(limit) + 1;
    let mut octets = Vec::with_capacity(expected);
    file.take(limit as u64 + 1).read_to_end(&mut octets)?;
    Ok(octets)
}

fn unread(error: OpenError) -> Unread {
    match error {
        error if error.gone() => Unread::Gone,
        other => {
            let (row, why) = refusal(&other);
            Unread::No(row, why)
        }
    }
}

/// Whether any name now means another file, or another state of it, than what was read.
fn changed(
    dir: &Dir,
    txt_name: &OsStr,
    txt: &FileStamp,
    names: &[(AudioFormat, OsString)],
    audio: &[AudioFile],
) -> bool {
    let differs = |name: &OsStr, then: &FileStamp| {
        // For a link, what was read is what it leads to.
        let now = dir.stat(name);
        now.ok() != Some(*then) && dir.stat_target(name).ok() != Some(*then)
    };
    differs(txt_name, txt)
        || names
            .iter()
            .zip(audio)
            .any(|((_, name), file)| differs(name, &file.stamp))
}

fn remark(scan: &mut FolderScan<'_>, place: &str, remarks: &[Remark]) {
    for remark in remarks {
        let row = match remark {
            Remark::Duplicate(_) => code::DUPLICATE_KEY,
            Remark::NotUtf8 => code::NOT_UTF8,
            // Told with what is used instead.
            Remark::NotANumber("origtime", _) => continue,
            Remark::NoSection | Remark::Nul | Remark::Rubbish(_) | Remark::NotANumber(..) => {
                code::DAMAGED_TXT
            }
        };
        scan.notes.push(&row, place, remark.to_string());
    }
}

fn judge_audio(scan: &mut FolderScan<'_>, place: &str, audio: &[AudioFile]) {
    for file in audio {
        file.judge(scan.dir, scan.notes);
    }
    if audio.is_empty() {
        scan.notes.push(&code::NO_AUDIO, place, "has no recording");
    } else if !audio.iter().any(AudioFile::usable) {
        // Where only errors are shown, this is all that is seen of it.
        let fault = |file: &AudioFile| {
            let fault = file.facts.as_ref().err()?;
            Some(format!("the .{} {fault}", file.extension()))
        };
        let faults: Vec<String> = audio.iter().filter_map(fault).collect();
        let why = format!("has no usable recording: {}", faults.join(", "));
        scan.notes.push(&code::NO_GOOD_AUDIO, place, why);
    }
}

fn entry(
    scan: &mut FolderScan<'_>,
    number: u32,
    txt_name: &OsStr,
    txt: Txt,
    audio: Vec<AudioFile>,
) -> SpoolEntry {
    let place = scan.dir.show(txt_name);
    let (origtime, origtime_source) = origtime(scan, &place, &txt);
    if number >= layout::ASTERISK_LIMIT {
        scan.notes.stray(
            &code::BEYOND_LIMIT,
            &place,
            "has a number Asterisk does not count",
        );
    }
    let mut entry = SpoolEntry {
        folder: scan.folder,
        number,
        txt: scan.path.join(txt_name),
        txt_stamp: txt.stamp,
        origtime,
        origtime_source,
        duration: txt.envelope.duration.unwrap_or(0),
        envelope: txt.envelope,
        audio,
    };
    let facts = entry.key_audio().and_then(|file| file.facts.as_ref().ok());
    if let Some(millis) = facts.and_then(|facts: &AudioFacts| facts.millis) {
        entry.duration = duration(scan, &place, entry.envelope.duration, millis);
    }
    entry
}

/// Whole seconds: the txt's, unless the recording differs from it by a second or more.
fn duration(scan: &mut FolderScan<'_>, place: &str, said: Option<u32>, millis: u64) -> u32 {
    let lasts = u32::try_from(millis / 1000).unwrap_or(u32::MAX);
    match said {
        Some(said) if (u64::from(said) * 1000).abs_diff(millis) < 1000 => said,
        Some(said) => {
            let (whole, part) = (millis / 1000, millis % 1000 / 10);
            let why = format!("says duration {said} s, the recording lasts {whole}.{part:02} s");
            scan.notes.push(&code::DURATION, place, why);
            lasts
        }
        None => {
            scan.notes.push(&code::DURATION, place, "says no duration");
            lasts
        }
    }
}

fn origtime(scan: &mut FolderScan<'_>, place: &str, txt: &Txt) -> (i64, OrigtimeSource) {
    let latest = scan.now_ns / 1_000_000_000 + AHEAD;
    let why = match txt.envelope.origtime {
        Some(time) if (EARLIEST..=latest).contains(&time) => return (time, OrigtimeSource::Txt),
        Some(time) if time > latest && time < i64::from(u32::MAX) => {
            // Perhaps a wrong clock; still the best order there is.
            scan.notes.push(
                &code::ABSURD_ORIGTIME,
                place,
                format!("origtime {time} is to come"),
            );
            return (time, OrigtimeSource::Txt);
        }
        Some(time) => {
            let why = format!("origtime {time} cannot be right");
            scan.notes.push(&code::ABSURD_ORIGTIME, place, why.clone());
            why
        }
        None => {
            let no_number = |remark: &&Remark| matches!(remark, Remark::NotANumber("origtime", _));
            let remark = txt.remarks.iter().find(no_number);
            remark.map_or_else(|| "no origtime".to_owned(), ToString::to_string)
        }
    };
    let (time, source, name) = match txt.envelope.origdate_time() {
        Some(time) if (EARLIEST..=latest).contains(&time) => {
            (time, OrigtimeSource::Origdate, "origdate")
        }
        _ => {
            // A file may claim any time; one that IMAP and Asterisk can say is needed.
            let seconds = txt.stamp.mtime_ns.div_euclid(1_000_000_000);
            (
                seconds.clamp(0, u32::MAX.into()),
                OrigtimeSource::FileTime,
                "the file's time",
            )
        }
    };
    scan.notes.push(
        &code::NO_ORIGTIME,
        place,
        format!("{why}; {name} is used instead"),
    );
    (time, source)
}

#[cfg(test)]
mod tests {
    use super::super::{ScanOptions, Spool};
    use crate::voicemail::vmbox::VoicemailBox;

    #[test]
    fn an_origtime_that_is_no_number_is_not_called_missing() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = dir.path().join("default/1/INBOX");
        std::fs::create_dir_all(&inbox).unwrap();
        let said = |line: &str| {
            std::fs::write(inbox.join("msg0000.gsm"), [0xD0; 33]).unwrap();
            let txt = format!("[message]\n{line}duration=0\n");
            std::fs::write(inbox.join("msg0000.txt"), txt).unwrap();
            let vmbox = VoicemailBox::new("1", "default");
            let spool = Spool::open(dir.path()).unwrap();
            let scan = spool.scan_box(&vmbox, &ScanOptions::default());
            let notice = scan.notices.iter().find(|one| one.code == "VMS025");
            notice.unwrap().message.clone()
        };
        let used = "the file's time is used instead";
        assert_eq!(said(""), format!("no origtime; {used}"));
        assert_eq!(
            said("origtime=soon\n"),
            format!("says origtime=soon, which is no number; {used}")
        );
    }
}
