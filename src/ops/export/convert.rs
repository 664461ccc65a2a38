//! From a stored message to what a file spool keeps of it. Pure.
//!
//! Reads what Asterisk reads, and where it would find nothing to play says what it took instead: a
//! message that a phone cannot play is brought back all the same, if there is a recording in it.
//! Source: `app_voicemail.c`, `imap_retrieve_file`; asterisk-format 1.1, 1.3.

use crate::mailstore::types::ContentInfo;
use crate::voicemail::audio::AudioFormat;
use crate::voicemail::header::VmHeader;
use crate::voicemail::parse::{Sound, Whole};
use crate::voicemail::source_key::{AudioDigest, SourceKey, is_no_msg_id};
use crate::voicemail::txt::{Txt, writable_number};
use crate::voicemail::vmbox::VoicemailBox;

use super::manifest::{Line, Origin};
use super::target::Stored;

/// A message in the form of the file spool, its recording left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// What the recording is.
    pub format: AudioFormat,
    /// The recording's digest.
    pub digest: AudioDigest,
    /// The recording's octets.
    pub octets: u64,
    /// The comment's format, digest and octets.
    pub comment: Option<(AudioFormat, AudioDigest, u64)>,
    /// When it was left, Unix seconds UTC.
    pub origtime: i64,
    /// Whole seconds.
    pub duration: u32,
    /// As on the server.
    pub caller_name: String,
    /// As on the server.
    pub caller_number: String,
    /// Asterisk's id; none where it has none, or only the one that migration made for it.
    pub msg_id: Option<String>,
    /// The category.
    pub category: String,
    /// Empty, `Urgent` or `PRIORITY`.
    pub flag: String,
    /// The dialplan priority.
    pub priority: i64,
    /// The caller's channel, where it was stored.
    pub channel: Option<String>,
    /// Keys of a txt that the server does not have.
    pub not_carried: Vec<String>,
    /// What was odd.
    pub remarks: Vec<String>,
}

/// Reads what a message has to give.
///
/// # Errors
/// Why it cannot be a message of a file spool; nothing of it may be written then.
pub fn convert(whole: &Whole, info: &ContentInfo) -> Result<Converted, String> {
    if whole.header_too_long {
        return Err("its header block is too long to be read".to_owned());
    }
    let mut remarks = Vec::new();
    let sound = whole
        .sound
        .as_ref()
        .ok_or("it has no second part, where the recording is")?;
    if !sound.closed {
        if info.delivered < info.size {
            let (is, of) = (info.delivered, info.size);
            return Err(format!("the server delivered {is} of its {of} octets"));
        }
        remarks.push("the message ends without its closing boundary".to_owned());
    }
    let (digest, octets) = sound.decoded.ok_or("its recording is not base64")?;
    if octets == 0 {
        return Err("its recording is empty".to_owned());
    }
    let format = format(sound, &mut remarks)?;
    let facts = sound.inspect(format);
    match &facts {
        Err(fault) => remarks.push(format!("recording: {fault}")),
        Ok(facts) => remarks.extend(facts.shortfall.map(|short| format!("recording {short}"))),
    }
    let view = &whole.view;
    let text = |header| {
        let text = view.text(header).unwrap_or_default();
        text.trim_end().to_owned()
    };
    let origtime = match view.number(VmHeader::OrigTime) {
        Some(origtime) => origtime,
        None if info.internal_date == i64::MIN => {
            return Err("it tells no time: no Orig-time, and the server has no date".to_owned());
        }
        None => {
            remarks.push("no Orig-time that can be read: the server's date was taken".to_owned());
            info.internal_date
        }
    };
    let duration = view.number(VmHeader::Duration);
    let duration = duration.and_then(|seconds| u32::try_from(seconds).ok());
    let duration = duration.unwrap_or_else(|| {
        remarks.push("no Duration that can be read: the recording's length was taken".to_owned());
        let millis = facts.ok().and_then(|facts| facts.millis);
        millis.map_or(0, |millis| u32::try_from(millis / 1000).unwrap_or(u32::MAX))
    });
    let caller_number = text(VmHeader::CallerIdNum);
    if writable_number(&caller_number) != caller_number.trim() {
        remarks.push("the caller's number holds characters that a txt cannot".to_owned());
    }
    let msg_id = Some(text(VmHeader::MessageId)).filter(|id| !is_no_msg_id(id.trim()));
    let made = |key: &SourceKey| msg_id.as_deref() == Some(key.msg_id(origtime).as_str());
    let made = whole.source_key.as_ref().is_some_and(made);
    Ok(Converted {
        format,
        digest,
        octets,
        comment: comment(whole, format, &mut remarks),
        origtime,
        duration,
        // Between its quotes a space counts.
        caller_name: view
            .text(VmHeader::CallerIdName)
            .unwrap_or_default()
            .into_owned(),
        caller_number,
        msg_id: msg_id.filter(|_| !made),
        category: text(VmHeader::Category),
        flag: text(VmHeader::Flag),
        priority: view.number(VmHeader::Priority).unwrap_or(0),
        channel: whole.caller_channel.clone(),
        not_carried: not_carried(whole),
        remarks,
    })
}

/// What Asterisk takes the recording for: what follows the first dot of the first parameter.
fn format(sound: &Sound, remarks: &mut Vec<String>) -> Result<AudioFormat, String> {
    let name = sound.name.as_deref().unwrap_or_default();
    let name = String::from_utf8_lossy(name);
    let after = |at: Option<(&str, &str)>| AudioFormat::from_extension(at?.1);
    if let Some(format) = after(name.split_once('.')) {
        return Ok(format);
    }
    let format = after(name.rsplit_once('.')).ok_or_else(|| {
        let name: String = name.chars().take(80).collect();
        format!("its second part is no recording that Asterisk knows: {name:?}")
    })?;
    remarks.push(format!(
        "Asterisk does not know the format in the name {name:?}"
    ));
    Ok(format)
}

/// A third part that holds sound. Asterisk takes any for a comment in the format of the recording;
/// one whose name says another format, or none, is told by that.
fn comment(
    whole: &Whole,
    format: AudioFormat,
    remarks: &mut Vec<String>,
) -> Option<(AudioFormat, AudioDigest, u64)> {
    let comment = whole.comment.as_ref()?;
    let name = comment.name.as_deref().unwrap_or_default();
    let name = String::from_utf8_lossy(name);
    let named = name
        .rsplit_once('.')
        .and_then(|(_, e)| AudioFormat::from_extension(e));
    let decoded = comment.decoded.filter(|(_, octets)| *octets > 0);
    let format = named.or(name.starts_with("msgintro").then_some(format));
    if let (Some(format), Some((digest, octets))) = (format, decoded) {
        return Some((format, digest, octets));
    }
    remarks.push("its third part is no recording and was left out".to_owned());
    None
}

/// The keys of a txt that no header carries. `context` is the dialplan's there.
fn not_carried(whole: &Whole) -> Vec<String> {
    let mut keys = vec!["context", "exten", "rdnis"];
    if whole.caller_channel.is_none() {
        keys.push("callerchan");
    }
    if whole.source_key.is_none() {
        // Asterisk stores every message in IMAP without its category.
        keys.push("category");
    }
    keys.into_iter().map(str::to_owned).collect()
}

impl Converted {
    /// The txt of it, for this box.
    #[must_use]
    pub fn txt(&self, vmbox: &VoicemailBox) -> Vec<u8> {
        let txt = Txt {
            origmailbox: &vmbox.extension,
            // As Asterisk does when it plays from IMAP: the caller's context is not known.
            context: &vmbox.context,
            exten: "",
            rdnis: "unknown",
            priority: self.priority,
            callerchan: self.channel.as_deref().unwrap_or_default(),
            caller_name: &self.caller_name,
            caller_number: &self.caller_number,
            origtime: self.origtime,
            category: &self.category,
            msg_id: self.msg_id.as_deref(),
            flag: &self.flag,
            duration: self.duration,
        };
        txt.write()
    }

    /// Its line of the manifest.
    pub(super) fn line(
        &self,
        vmbox: &VoicemailBox,
        folder: &str,
        stored: Stored,
        existed: bool,
        origin: Origin,
        whole: &Whole,
    ) -> Line {
        let (kind, format) = Line::head();
        Line {
            kind,
            format,
            mailbox: vmbox.to_string(),
            folder: folder.to_owned(),
            number: stored.number,
            path: stored.path,
            existed,
            audio: self.format.extension().to_owned(),
            octets: self.octets,
            sha256: self.digest,
            origtime: self.origtime,
            duration: self.duration,
            caller_name: self.caller_name.clone(),
            caller_number: self.caller_number.clone(),
            msg_id: self.msg_id.clone(),
            message_id: whole.message_id.clone(),
            key: whole.source_key.clone(),
            origin,
            comment: stored.comment,
            not_carried: self.not_carried.clone(),
            remarks: self.remarks.clone(),
        }
    }

    /// Whether this box's spool is where a migration found it: its key says so.
    #[must_use]
    pub fn came_from(&self, vmbox: &VoicemailBox, key: &SourceKey) -> bool {
        let msg_id = self.msg_id.as_deref().unwrap_or_default();
        let own = SourceKey::new(vmbox, msg_id, self.origtime, &self.digest, 1);
        let base = key.as_str().split('-').next();
        base == Some(own.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailstore::types::{Flags, Uid};
    use crate::voicemail::parse::MessageReader;
    use std::fmt::Write as _;
    use std::num::NonZeroU32;

    fn read(changed: &[(&str, &str)], name: &str, tail: &str) -> Result<Converted, String> {
        let mut text = String::new();
        let of = |key: &str, usual: &str| {
            let changed = changed.iter().find(|(known, _)| *known == key);
            changed.map_or(usual.to_owned(), |(_, value)| (*value).to_owned())
        };
        for (key, usual) in [
            ("Caller-ID-Num", "1"),
            ("Caller-ID-Name", "Ada"),
            ("Duration", "3"),
            ("Orig-time", "5"),
            ("Message-ID", "5-1"),
        ] {
            let value = of(key, usual);
            if value != "-" {
                let _ = write!(text, "X-Asterisk-VM-{key}: {value}\r\n");
            }
        }
        text.push_str("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n");
        let _ = write!(text, "Content-Type: a/b; name=\"{name}\"\r\n\r\n{tail}");
        let mut reader = MessageReader::new();
        reader.push(text.as_bytes());
        let info = ContentInfo {
            uid: Uid(NonZeroU32::MIN),
            flags: Flags::default(),
            internal_date: 99,
            size: 10_000,
            delivered: 10_000,
        };
        convert(&reader.into_whole(), &info)
    }

    #[test]
    fn what_a_phone_cannot_play_is_read_with_a_remark() {
        let missing = [
            ("Caller-ID-Name", "-"),
            ("Orig-time", "soon"),
            ("Duration", "-"),
        ];
        let message = read(&missing, "my.msg0000.gsm", "QWRh\r\n").unwrap();
        assert_eq!((message.origtime, message.caller_name.as_str()), (99, ""));
        assert_eq!(message.format.extension(), "gsm");
        assert!(message.remarks.len() >= 4, "{:?}", message.remarks);
        assert_eq!(message.not_carried.last().unwrap(), "category");
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        for (name, tail, why) in [
            (
                "msg0000.exe",
                "QWRh\r\n--b--",
                "no recording that Asterisk knows",
            ),
            ("msg0000.gsm", "\r\n--b--", "empty"),
            ("msg0000.gsm", "Q===\r\n--b--", "not base64"),
        ] {
            let error = read(&[], name, tail).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn null_is_no_id() {
        let message = read(&[("Message-ID", "(null)")], "a.gsm", "QWRh\r\n--b--").unwrap();
        assert_eq!(message.msg_id, None);
        let message = read(&[], "a.gsm", "QWRh\r\n--b--").unwrap();
        assert_eq!(message.msg_id.as_deref(), Some("5-1"));
    }
}
