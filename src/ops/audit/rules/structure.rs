//! Rules about a message's parts.
//!
//! What the server tells (BODYSTRUCTURE) is what Asterisk's mail library sees, in the same order.
//! Source: `app_voicemail.c`, `imap_retrieve_file`, `save_body`.

use super::super::catalogue::{account, message as code};
use super::{Check, Fault, Stored, quoted, quoted_octets};
use crate::mailstore::types::{Part, Structure};
use crate::voicemail::audio::AudioFormat;

/// The rules of this file.
pub const CHECKS: &[Check] = &[
    no_structure,
    long_header,
    message_in_message,
    no_attachment,
    recording_first,
    no_parameter,
    no_format,
    empty_recording,
    third_part,
    too_long,
    not_base64,
];

/// Octets of base64 that Asterisk's reader of parts takes (`MAX_MAIL_BODY_CONTENT_SIZE`).
const MOST_BASE64: u64 = 128 << 20;
/// What a spoken comment's file is called.
const COMMENT: &[u8] = b"msgintro";

fn no_structure(stored: &Stored<'_>) -> Option<Fault> {
    let found = match stored.structure {
        Some(Structure::TooComplex) => "more parts or levels than any voicemail has".to_owned(),
        Some(Structure::Unreadable(excerpt)) => quoted(excerpt),
        _ => return None,
    };
    Some(Fault::new(&account::NO_STRUCTURE, found))
}

fn long_header(stored: &Stored<'_>) -> Option<Fault> {
    stored
        .header_cut
        .then(|| Fault::new(&account::LONG_HEADER, "more than 64 KiB"))
}

/// `type/subtype`, as the server spells it.
fn kind(part: &Part) -> String {
    quoted(&format!("{}/{}", part.media_type, part.subtype))
}

fn message_in_message(stored: &Stored<'_>) -> Option<Fault> {
    let part = stored.parts()?;
    let found = part.is("message", "rfc822");
    found.then(|| Fault::new(&code::MESSAGE_IN_MESSAGE, kind(part)))
}

fn is_audio(part: &Part) -> bool {
    part.media_type.eq_ignore_ascii_case("audio") || part.is("application", "ogg")
}

fn no_attachment(stored: &Stored<'_>) -> Option<Fault> {
    let part = stored.parts()?;
    if part.is("message", "rfc822")
        || part.children.len() >= 2
        || part.children.first().is_some_and(is_audio)
    {
        return None;
    }
    let found = if part.is_multipart() {
        format!("{} with {} part(s)", kind(part), part.children.len())
    } else {
        kind(part)
    };
    Some(Fault::new(&code::NO_ATTACHMENT, found))
}

fn recording_first(stored: &Stored<'_>) -> Option<Fault> {
    let part = stored.parts()?;
    let first = part.children.first().is_some_and(is_audio) && part.is_multipart();
    let second = part.children.get(1).is_some_and(is_audio);
    (first && !second).then(|| Fault::new(&code::RECORDING_FIRST, kind(&part.children[0])))
}

/// The part that Asterisk takes for the recording.
fn recording<'s>(stored: &'s Stored<'_>) -> Option<&'s Part> {
    let part = stored.parts()?;
    part.is_multipart().then(|| part.children.get(1)).flatten()
}

fn no_parameter(stored: &Stored<'_>) -> Option<Fault> {
    let part = recording(stored)?;
    let none = part.parameters.is_empty();
    none.then(|| {
        Fault::new(
            &code::NO_PARAMETER,
            format!("{} without parameters", kind(part)),
        )
    })
}

/// The format that Asterisk takes: what follows the first dot of the first parameter.
pub(super) fn format_of(value: &[u8]) -> Option<AudioFormat> {
    let value = std::str::from_utf8(value).ok()?;
    AudioFormat::from_extension(value.split_once('.')?.1)
}

/// As [`format_of`], of a part.
pub(super) fn recording_format(part: &Part) -> Option<AudioFormat> {
    format_of(&part.parameters.first()?.1)
}

fn no_format(stored: &Stored<'_>) -> Option<Fault> {
    let part = recording(stored)?;
    let (name, value) = part.parameters.first()?;
    format_of(value).is_none().then(|| {
        let name = String::from_utf8_lossy(name).to_lowercase();
        let found = format!("{} = {}", quoted(&name), quoted_octets(value));
        Fault::new(&code::NO_FORMAT, found)
    })
}

/// Octets of header in front of the sound, as Asterisk writes it.
fn header_octets(format: AudioFormat) -> u64 {
    match format {
        AudioFormat::Wav49 => 60,
        AudioFormat::Wav | AudioFormat::Wav16 => 44,
        _ => 0,
    }
}

/// Octets of sound, from the size in base64: lines of 72 characters and two for the line end.
pub(super) fn decoded_octets(part: &Part, format: AudioFormat) -> Option<u64> {
    let base64 = part.encoding.eq_ignore_ascii_case("base64");
    let octets = part.size.filter(|_| base64)? / 74 * 54 + part.size? % 74 * 3 / 4;
    Some(octets.saturating_sub(header_octets(format)))
}

fn empty_recording(stored: &Stored<'_>) -> Option<Fault> {
    let part = recording(stored)?;
    let format = recording_format(part)?;
    let empty = part.size == Some(0) || decoded_octets(part, format) == Some(0);
    empty.then(|| {
        let size = part.size.unwrap_or(0);
        Fault::new(&code::EMPTY_RECORDING, format!("{size} octets of base64"))
    })
}

fn third_part(stored: &Stored<'_>) -> Option<Fault> {
    let whole = stored.parts().filter(|part| part.is_multipart())?;
    let third = whole.children.get(2)?;
    let value = third.parameters.first().map(|(_, value)| value.as_slice());
    let value = value.unwrap_or_default();
    let is_comment = value.to_ascii_lowercase().starts_with(COMMENT);
    let second = recording(stored).and_then(recording_format);
    (!is_comment || format_of(value) != second).then(|| {
        Fault::new(
            &code::THIRD_PART,
            format!("{} {}", kind(third), quoted_octets(value)),
        )
    })
}

fn too_long(stored: &Stored<'_>) -> Option<Fault> {
    let size = recording(stored)?.size?;
    (size > MOST_BASE64).then(|| Fault::new(&code::TOO_LONG, format!("{size} octets of base64")))
}

/// A part without the header counts as 7bit, and may well be base64.
fn not_base64(stored: &Stored<'_>) -> Option<Fault> {
    let part = recording(stored).filter(|part| recording_format(part).is_some())?;
    let plays = ["base64", "7bit", ""];
    let plays = plays
        .iter()
        .any(|word| part.encoding.eq_ignore_ascii_case(word));
    (!plays).then(|| Fault::new(&code::NOT_BASE64, quoted(&part.encoding)))
}
